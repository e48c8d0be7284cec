//! Numbers for names that repeat: cards and devices.

use rusqlite::{CachedStatement, Connection, OptionalExtension as _, Result};

use crate::history::Device;

const NEW_NAME: &str = "INSERT OR IGNORE INTO names (name) VALUES (?1)";

/// The number of a card's name, made if it is new.
pub fn card_number(db: &Connection, name: &str) -> Result<i64> {
    number(db, "SELECT n FROM names WHERE name = ?1", NEW_NAME, name)
}

/// Gives numbers to names that are probably new.
pub struct NewNames<'db> {
    db: &'db Connection,
    insert: CachedStatement<'db>,
}

impl<'db> NewNames<'db> {
    pub fn new(db: &'db Connection) -> Result<Self> {
        Ok(NewNames { db, insert: db.prepare_cached(NEW_NAME)? })
    }

    /// The number of a card's name, made if it is new.
    pub fn number(&mut self, name: &str) -> Result<i64> {
        match self.insert.execute([name])? {
            0 => card_number(self.db, name),
            _ => Ok(self.db.last_insert_rowid()),
        }
    }
}

/// The number of a device, made if it is new.
pub fn device_number(db: &Connection, device: Device) -> Result<i64> {
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
pub fn final_number(db: &Connection, name: i64) -> Result<i64> {
    let renamed = "SELECT final FROM renames WHERE old = ?1";
    Ok(db.prepare_cached(renamed)?.query_row([name], |row| row.get(0)).optional()?.unwrap_or(name))
}

/// The same for a name as text; `None` if nobody ever heard of it.
pub fn known_number(db: &Connection, name: &str) -> Result<Option<i64>> {
    let number = "SELECT n FROM names WHERE name = ?1";
    let number: Option<i64> = db.prepare_cached(number)?.query_row([name], |row| row.get(0)).optional()?;
    number.map(|number| final_number(db, number)).transpose()
}

/// Whether any name's history goes on under another.
pub fn any_renamed(db: &Connection) -> Result<bool> {
    db.prepare("SELECT 1 FROM renames")?.exists([])
}
