//! Inserting many rows: SQLite opens a table and its indexes once for all the rows of a statement, and not for each.

use rusqlite::{CachedStatement, Connection, Result};

use super::columns::insert;

/// How many rows the large statement inserts.
const ROWS: usize = 32;

pub(crate) struct Batch<'db> {
    db: &'db Connection,
    head: String,
    columns: usize,
    one: Option<CachedStatement<'db>>,
    many: Option<CachedStatement<'db>>,
}

impl<'db> Batch<'db> {
    pub(crate) fn new(db: &'db Connection, verb: &str, table: &str, columns: &[&str]) -> Self {
        Batch { db, head: insert(verb, table, columns), columns: columns.len(), one: None, many: None }
    }

    /// Returns how many of some rows one statement inserts: 1 or [`ROWS`].
    pub(crate) fn size(rows: usize) -> usize {
        if rows < ROWS { 1 } else { ROWS }
    }

    /// Returns the statement for [`size`](Self::size) rows; row after row, its parameters are the columns.
    pub(crate) fn statement(&mut self, rows: usize) -> Result<&mut CachedStatement<'db>> {
        let statement = if rows == 1 { &mut self.one } else { &mut self.many };
        Ok(match statement {
            Some(statement) => statement,
            none => {
                let values = format!("(?{})", ", ?".repeat(self.columns - 1));
                let sql = format!("{} VALUES {}", self.head, vec![values; rows].join(", "));
                none.insert(self.db.prepare_cached(&sql)?)
            }
        })
    }
}
