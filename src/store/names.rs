//! Numbers for names that repeat: cards and devices.

use rusqlite::{Connection, OptionalExtension as _, Result};

use super::batch::Batch;
use super::entries::id;
use crate::deck::CardId;
use crate::history::Device;

const NEW_NAMES: &str = "INSERT OR IGNORE INTO names (name)";

/// The number of a card's name, made if it is new.
pub(crate) fn card_number(db: &Connection, name: &str) -> Result<i64> {
    number(db, "SELECT n FROM names WHERE name = ?1", "INSERT OR IGNORE INTO names (name) VALUES (?1)", name)
}

/// Gives numbers to names that are probably new.
pub(crate) struct NewNames<'db> {
    db: &'db Connection,
    insert: Batch<'db>,
    known: bool,
}

impl<'db> NewNames<'db> {
    pub(crate) fn new(db: &'db Connection) -> Self {
        NewNames { db, insert: Batch::new(db, NEW_NAMES, 1), known: false }
    }

    /// The number of a card's name, made if it is new.
    pub(crate) fn number(&mut self, name: &str) -> Result<i64> {
        match self.insert.of(1)?.execute([name])? {
            0 => {
                self.known = true;
                card_number(self.db, name)
            }
            _ => Ok(self.db.last_insert_rowid()),
        }
    }

    /// Whether any of the names so far had a number before it came.
    pub(crate) fn came_twice(&self) -> bool {
        self.known
    }

    /// The same of each of some names, as many as one statement takes.
    pub(crate) fn numbers<'a>(&mut self, names: impl ExactSizeIterator<Item = &'a str> + Clone) -> Result<Vec<i64>> {
        let insert = self.insert.of(names.len())?;
        for (at, name) in (1..).zip(names.clone()) {
            insert.raw_bind_parameter(at, name)?;
        }
        if insert.raw_execute()? == names.len() {
            // Each got the number after the largest.
            let last = self.db.last_insert_rowid();
            let mut numbers: Vec<i64> = (1..=last).rev().take(names.len()).collect();
            numbers.reverse();
            return Ok(numbers);
        }
        // Of those that were known some number or other was left out.
        names.map(|name| self.number(name)).collect()
    }
}

/// The number of a device, made if it is new.
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

/// The number under which the history of a name goes on.
pub(crate) fn final_number(db: &Connection, name: i64) -> Result<i64> {
    let renamed = "SELECT final FROM renames WHERE old = ?1";
    Ok(db.prepare_cached(renamed)?.query_row([name], |row| row.get(0)).optional()?.unwrap_or(name))
}

/// The same for a name as text; `None` if nobody ever heard of it.
pub(crate) fn known_number(db: &Connection, name: &str) -> Result<Option<i64>> {
    let number = "SELECT coalesce(r.final, i.n) FROM names i LEFT JOIN renames r ON r.old = i.n WHERE i.name = ?1";
    db.prepare_cached(number)?.query_row([name], |row| row.get(0)).optional()
}

/// Every name that a card has or had.
pub(crate) fn all(db: &Connection, card: &CardId) -> Result<Vec<CardId>> {
    let number = known_number(db, card.as_str())?;
    let sql = "SELECT name FROM names WHERE n = ?1 OR n IN (SELECT old FROM renames WHERE final = ?1)";
    db.prepare_cached(sql)?.query_map([number], |row| id(row, 0))?.collect()
}

/// Whether any name's history goes on under another.
pub(crate) fn any_renamed(db: &Connection) -> Result<bool> {
    db.prepare("SELECT 1 FROM renames")?.exists([])
}
