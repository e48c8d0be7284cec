//! Row numbers of card ids and devices, which repeat in every event.

use rusqlite::{Connection, OptionalExtension as _, Result};

use crate::deck::CardId;
use crate::history::Device;
use crate::store::db::batch::Batch;
use crate::store::db::rows::card_id;

/// Returns the number of a card id, which is added if it is new.
pub(crate) fn card_number(db: &Connection, name: &str) -> Result<i64> {
    number(db, "SELECT n FROM names WHERE name = ?1", "INSERT OR IGNORE INTO names (name) VALUES (?1)", name)
}

/// Numbers card ids that are probably new.
pub(crate) struct NewNames<'db> {
    db: &'db Connection,
    insert: Batch<'db>,
    seen_before: bool,
}

impl<'db> NewNames<'db> {
    pub(crate) fn new(db: &'db Connection) -> Self {
        NewNames { db, insert: Batch::new(db, "INSERT OR IGNORE", "names", &["name"]), seen_before: false }
    }

    /// Returns the number of a card id, which is added if it is new.
    pub(crate) fn number(&mut self, name: &str) -> Result<i64> {
        match self.insert.statement(1)?.execute([name])? {
            0 => {
                self.seen_before = true;
                card_number(self.db, name)
            }
            _ => Ok(self.db.last_insert_rowid()),
        }
    }

    /// Whether any of the ids so far had a number before.
    pub(crate) fn any_seen_before(&self) -> bool {
        self.seen_before
    }

    /// Returns the numbers of some ids, as many as one statement inserts.
    pub(crate) fn numbers<'a>(&mut self, names: impl ExactSizeIterator<Item = &'a str> + Clone) -> Result<Vec<i64>> {
        let insert = self.insert.statement(names.len())?;
        for (at, name) in (1..).zip(names.clone()) {
            insert.raw_bind_parameter(at, name)?;
        }
        if insert.raw_execute()? == names.len() {
            // Each got the number after the highest.
            let last = self.db.last_insert_rowid();
            let mut numbers: Vec<i64> = (1..=last).rev().take(names.len()).collect();
            numbers.reverse();
            return Ok(numbers);
        }
        // The ids that were known before were skipped.
        names.map(|name| self.number(name)).collect()
    }
}

/// Returns the number of a device, which is added if it is new.
pub(crate) fn device_number(db: &Connection, device: Device) -> Result<i64> {
    let (find, insert) = ("SELECT n FROM devices WHERE name = ?1", "INSERT OR IGNORE INTO devices (name) VALUES (?1)");
    number(db, find, insert, device.as_str())
}

fn number(db: &Connection, find: &str, insert: &str, name: &str) -> Result<i64> {
    if let Some(known) = db.prepare_cached(find)?.query_row([name], |row| row.get(0)).optional()? {
        return Ok(known);
    }
    db.prepare_cached(insert)?.execute([name])?;
    Ok(db.last_insert_rowid())
}

/// Returns the number under which the history of an id continues.
pub(crate) fn final_number(db: &Connection, name: i64) -> Result<i64> {
    let renamed = "SELECT final FROM renames WHERE old = ?1";
    Ok(db.prepare_cached(renamed)?.query_row([name], |row| row.get(0)).optional()?.unwrap_or(name))
}

/// Returns the same for an id as text; `None` if it is unknown.
pub(crate) fn known_number(db: &Connection, name: &str) -> Result<Option<i64>> {
    let number = "SELECT coalesce(r.final, i.n) FROM names i LEFT JOIN renames r ON r.old = i.n WHERE i.name = ?1";
    db.prepare_cached(number)?.query_row([name], |row| row.get(0)).optional()
}

pub(crate) fn all_ids(db: &Connection, card: &CardId) -> Result<Vec<CardId>> {
    let number = known_number(db, card.as_str())?;
    let sql = "SELECT name FROM names WHERE n = ?1 OR n IN (SELECT old FROM renames WHERE final = ?1)";
    db.prepare_cached(sql)?.query_map([number], |row| card_id(row, 0))?.collect()
}

pub(crate) fn any_renamed(db: &Connection) -> Result<bool> {
    db.prepare("SELECT 1 FROM renames")?.exists([])
}
