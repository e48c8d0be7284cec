//! Inserting many rows: SQLite opens a table and its indexes once for all the rows of a statement, and not for each.

use rusqlite::{CachedStatement, Connection, Result};

/// Statements of 1, 2, 4 and so on up to 64 rows: any number of rows takes few, and few are prepared.
const SIZES: usize = 7;

/// The text of an insert of so many rows into so many columns, which is `head` up to `VALUES`.
pub(crate) fn statement(head: &str, columns: usize, rows: usize) -> String {
    let tuple = format!("(?{})", ", ?".repeat(columns - 1));
    format!("{head} VALUES {}", vec![tuple; rows].join(", "))
}

/// One insert for different numbers of rows, each prepared when it is first wanted.
pub(crate) struct Batch<'db> {
    db: &'db Connection,
    head: &'static str,
    columns: usize,
    sizes: [Option<CachedStatement<'db>>; SIZES],
}

impl<'db> Batch<'db> {
    /// An insert whose text up to `VALUES` is `head`, into so many columns.
    pub(crate) fn new(db: &'db Connection, head: &'static str, columns: usize) -> Self {
        Batch { db, head, columns, sizes: Default::default() }
    }

    /// How many of some rows one statement takes: at least one.
    pub(crate) fn most(rows: usize) -> usize {
        1 << rows.max(1).ilog2().min(SIZES as u32 - 1)
    }

    /// The statement for a number of rows that [`most`](Self::most) gave; row after row, its parameters are the columns.
    pub(crate) fn of(&mut self, rows: usize) -> Result<&mut CachedStatement<'db>> {
        let size = &mut self.sizes[rows.ilog2() as usize];
        Ok(match size {
            Some(statement) => statement,
            none => none.insert(self.db.prepare_cached(&statement(self.head, self.columns, rows))?),
        })
    }
}
