//! Cards with their state, as the rules know them.

use std::sync::LazyLock;

use rusqlite::{Connection, Params, Result, Row};

use super::row::column;
use crate::clock::StudyDay;
use crate::deck::Kind;
use crate::entry::{Entry, Place};
use crate::horizon::Scope;
use crate::store::db::columns::select;
use crate::store::db::rows::card_id;
use crate::store::events::states::{STATE, state};

const STATE_AT: usize = column::COLUMNS.len() + 3;

/// The columns that [`entry`] reads: those of the card, its id after renames, its file and deck, and its state.
pub(crate) static COLUMNS: LazyLock<String> =
    LazyLock::new(|| format!("{}, i.name, f.path, f.title, {}", select("c", column::COLUMNS), *STATE));

pub(crate) const COUNT: usize = STATE_AT + crate::store::events::states::column::COLUMNS.len();

/// Returns cards of the decks with their state. `choose` is the condition and the order.
pub(crate) fn entries(db: &Connection, choose: &str, params: impl Params) -> Result<Vec<Entry>> {
    db.prepare_cached(&entries_sql(choose))?.query_map(params, entry)?.collect()
}

pub(crate) fn entries_sql(choose: &str) -> String {
    let columns = &*COLUMNS;
    format!(
        "SELECT {columns} FROM cards c JOIN files f ON f.n = c.file JOIN names i ON i.n = c.card \
         LEFT JOIN states s ON s.card = c.card WHERE NOT c.shadowed {choose}"
    )
}

pub(crate) fn entry(row: &Row<'_>) -> Result<Entry> {
    let after = column::COLUMNS.len();
    let kind: usize = row.get(column::kind)?;
    let place = Place {
        file: row.get(after + 1)?,
        deck: row.get(after + 2)?,
        line: row.get(column::line)?,
        ordinal: row.get(column::ord)?,
        block: row.get(column::start)?..row.get(column::stop)?,
    };
    Ok(Entry {
        card: card_id(row, after)?,
        place: Some(place),
        prompt: row.get(column::prompt)?,
        kind: Kind::ALL.get(kind).map_or(Kind::Open, |(kind, _)| *kind),
        tags: list(row, column::tags)?,
        round: list(row, column::rounds)?,
        variants: row.get(column::variants)?,
        limit: row.get(column::seconds)?,
        suspended_in_file: row.get(column::suspended)?,
        weight: row.get(column::weight)?,
        scope: Scope(row.get::<_, i64>(column::scope)?.cast_unsigned()),
        due: row.get::<_, Option<i32>>(column::due)?.map(StudyDay),
        state: state(row, STATE_AT)?,
    })
}

/// Reads a list from a column with JSON; null is an empty one.
fn list<T: serde::de::DeserializeOwned>(row: &Row<'_>, column: usize) -> Result<Vec<T>> {
    let json = row.get_ref(column)?.as_str_or_null()?;
    Ok(json.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default())
}
