//! Values that rows of several tables have.

use rusqlite::types::Type;
use rusqlite::{Result, Row};

use crate::deck::CardId;
use crate::history::Device;

/// Beyond this many cards it is cheaper to look at all of them once than at each.
pub(crate) const FEW: usize = 1000;

/// Returns a card's row number: its file and its place in it, so that the cards of a file are neighbors. A file of 16 MiB
/// holds fewer than 2^24 cards.
pub(crate) fn card_row(file: i64, ord: usize) -> i64 {
    file << 24 | i64::try_from(ord).unwrap_or(i64::MAX) & 0xff_ffff
}

/// Returns the first and the last row number that a card of a file may have.
pub(crate) fn rows_of_file(file: i64) -> [i64; 2] {
    [card_row(file, 0), card_row(file + 1, 0) - 1]
}

/// Returns the error for a value that the database cannot hold unless something else wrote to it.
pub(crate) fn impossible(column: usize, what: &str) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, format!("impossible {what}").into())
}

pub(crate) fn card_id(row: &Row<'_>, column: usize) -> Result<CardId> {
    CardId::parse(row.get_ref(column)?.as_str()?).ok_or_else(|| impossible(column, "card"))
}

pub(crate) fn device(row: &Row<'_>, column: usize) -> Result<Device> {
    Device::parse(row.get_ref(column)?.as_str()?).ok_or_else(|| impossible(column, "device"))
}
