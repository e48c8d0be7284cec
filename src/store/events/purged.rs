//! Cards whose events don't count, and the events that are withheld because of that.

use std::collections::BTreeSet;

use rusqlite::{Connection, Result, Row};

use super::ids::card_number;
use super::pages;
use crate::deck::CardId;
use crate::history::Body;
use crate::journal::purged::purged_card;
use crate::store::db::rows::card_id;
use crate::store::error::Error;

/// Returns the ids whose events don't count.
pub(crate) fn noted(db: &Connection) -> Result<BTreeSet<CardId>> {
    noted_where(db, "TRUE")
}

/// Returns those that the list in the journal's folder had when it was last read.
pub(crate) fn here(db: &Connection) -> Result<BTreeSet<CardId>> {
    noted_where(db, "p.here")
}

/// Returns those that a list in a commit has.
pub(crate) fn published(db: &Connection) -> Result<BTreeSet<CardId>> {
    noted_where(db, "p.published")
}

fn noted_where(db: &Connection, condition: &str) -> Result<BTreeSet<CardId>> {
    let sql = format!("SELECT i.name FROM purged p JOIN names i ON i.n = p.card WHERE {condition}");
    db.prepare_cached(&sql)?.query_map([], |row| card_id(row, 0))?.collect()
}

/// Returns the numbers of all.
pub(crate) fn numbers(db: &Connection) -> Result<BTreeSet<i64>> {
    db.prepare_cached("SELECT card FROM purged")?.query_map([], |row| row.get(0))?.collect()
}

/// Removes the events of these ids, and withholds them from now on. Returns whether they differ from before. If so, the
/// caller takes in everything again, since events that were withheld may count now.
pub(crate) fn note(db: &Connection, here: &BTreeSet<CardId>, published: &BTreeSet<CardId>) -> Result<bool> {
    let (before, names) = (noted(db)?, here | published);
    db.execute_batch("DELETE FROM purged")?;
    for name in &names {
        let row = (card_number(db, name.as_str())?, here.contains(name), published.contains(name));
        db.execute("INSERT INTO purged (card, here, published) VALUES (?1, ?2, ?3)", row)?;
    }
    if before == names {
        return Ok(false);
    }
    db.execute_batch("DELETE FROM withheld")?;
    let purged = "card IN (SELECT card FROM purged) OR other IN (SELECT card FROM purged)";
    db.execute_batch(&format!(
        "INSERT OR IGNORE INTO withheld SELECT device, seq FROM events WHERE {purged}; \
         DELETE FROM events WHERE {purged}; DELETE FROM vanished WHERE card IN (SELECT card FROM purged); \
         DELETE FROM journals; UPDATE meta SET log_offset = 0, log_mark = x''"
    ))?;
    pages::note_removed(db)?;
    Ok(true)
}

/// Returns cards of the decks that are purged, each with its file and line.
pub(crate) fn in_decks(db: &Connection) -> Result<Vec<(CardId, String, usize)>> {
    let sql = "SELECT i.name, f.path, c.line FROM cards c JOIN purged p ON p.card = c.card \
               JOIN names i ON i.n = c.id JOIN files f ON f.n = c.file ORDER BY f.path, c.line";
    let row = |row: &Row<'_>| Ok((card_id(row, 0)?, row.get(1)?, row.get(2)?));
    db.prepare(sql)?.query_map([], row)?.collect()
}

/// Refuses an event of a purged card: nothing may be acknowledged that does not count.
pub(crate) fn refuse(body: &Body, purged: &BTreeSet<CardId>) -> Result<(), Error> {
    if let Some(card) = purged_card(body, purged) {
        return Err(Error::Refused(format!(
            "nothing is recorded of `{card}`, whose history was purged; give the card another id, or take its line out of `PURGED`"
        )));
    }
    Ok(())
}
