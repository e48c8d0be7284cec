//! Reading cards with their state, as the rules know them.

use rusqlite::{Connection, Params, Result, Row};

use super::events::{STATE, state};
use crate::deck::{CardId, Kind};
use crate::entry::{Entry, Place};

/// How many columns [`entry`] reads.
pub(crate) const COLUMNS: usize = 30;

pub(crate) fn columns() -> String {
    format!(
        "i.name, f.path, f.title, c.line, c.ord, c.prompt, c.kind, c.tags, c.rounds, c.seconds, c.suspended, c.start, c.stop, \
         c.variants, {STATE}"
    )
}

/// Cards that stand in a deck, with their state, and how they are chosen and ordered.
pub(crate) fn entries(db: &Connection, choose: &str, params: impl Params) -> Result<Vec<Entry>> {
    db.prepare_cached(&entries_sql(choose))?.query_map(params, entry)?.collect()
}

pub(crate) fn entries_sql(choose: &str) -> String {
    let columns = columns();
    format!(
        "SELECT {columns} FROM cards c JOIN files f ON f.n = c.file JOIN names i ON i.n = c.card \
         LEFT JOIN states s ON s.card = c.card WHERE NOT c.shadowed {choose}"
    )
}

pub(crate) fn entry(row: &Row<'_>) -> Result<Entry> {
    let kind: usize = row.get(6)?;
    let place = Place {
        file: row.get(1)?,
        deck: row.get(2)?,
        line: row.get(3)?,
        ordinal: row.get(4)?,
        block: row.get(11)?..row.get(12)?,
    };
    Ok(Entry {
        card: id(row, 0)?,
        place: Some(place),
        prompt: row.get(5)?,
        kind: Kind::ALL.get(kind).map_or(Kind::Open, |(kind, _)| *kind),
        tags: list(row, 7)?,
        round: list(row, 8)?,
        variants: row.get(13)?,
        limit: row.get(9)?,
        suspended_in_file: row.get(10)?,
        state: state(row, 14)?,
    })
}

/// A list in a column, as JSON; none is an empty one.
fn list<T: serde::de::DeserializeOwned>(row: &Row<'_>, column: usize) -> Result<Vec<T>> {
    let json = row.get_ref(column)?.as_str_or_null()?;
    Ok(json.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default())
}

/// A card's id in a column.
pub(crate) fn id(row: &Row<'_>, column: usize) -> Result<CardId> {
    CardId::parse(row.get_ref(column)?.as_str()?).ok_or(rusqlite::Error::InvalidColumnType(
        column,
        "card".into(),
        rusqlite::types::Type::Text,
    ))
}
