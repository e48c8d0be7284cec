//! The database as it is, read without a trace: nothing is built, taken in, locked, or written. For completions in the shell.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Row};

use super::db::open::{ONE_THREAD, WAL, is_ours};
use super::error::Error;
use super::index::files::{self, StoredFile};
use crate::regular_file;

/// The database as it is. It may be older than the decks and the log.
pub(crate) struct Snapshot {
    db: Connection,
}

pub(crate) struct KnownCard {
    pub(crate) card: String,
    /// Empty for a card that is in no deck.
    pub(crate) prompt: String,
    /// The number of its file; `None` for a card that is in no deck.
    pub(crate) file: Option<i64>,
    pub(crate) history: bool,
}

impl Snapshot {
    /// Opens the database of this machine's folder. It is an error if there is none that can be read without a trace.
    pub(crate) fn open(local: &Path) -> Result<Self, Error> {
        let path = local.join("rehearse.db");
        // Opening a pipe would wait for a writer.
        regular_file::metadata(&path)?;
        let wal = std::fs::metadata(local.join(format!("rehearse.db{WAL}"))).map_or(0, |wal| wal.len());
        // A reader of a WAL database writes to its shared memory, which is a file, unless that is read-only, too. Without a
        // WAL only the file is read, which must not change: only a checkpoint writes to it, and then at worst an id is
        // missed.
        let how = if wal > 0 { "mode=ro&readonly_shm=1" } else { "immutable=1" };
        let uri = format!("file:{}?{how}", in_uri(&path.to_string_lossy()));
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | ONE_THREAD;
        let db = Connection::open_with_flags(uri, flags)?;
        db.busy_timeout(Duration::ZERO)?;
        if !is_ours(&db)? {
            return Err(Error::Refused("another version of the database".to_owned()));
        }
        Ok(Snapshot { db })
    }

    pub(crate) fn files(&self) -> Result<Vec<StoredFile>, Error> {
        Ok(files::files(&self.db)?)
    }

    pub(crate) fn titles(&self) -> Result<Vec<(i64, String)>, Error> {
        let sql = "SELECT n, title FROM files WHERE is_deck";
        Ok(self
            .db
            .prepare(sql)?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?)
    }

    /// Returns tags of cards: the number of their file, the tags, and how many cards of that file have exactly these.
    pub(crate) fn tags(&self) -> Result<Vec<(i64, Vec<String>, usize)>, Error> {
        let sql = "SELECT file, tags, count(*) FROM cards WHERE tags IS NOT NULL AND NOT shadowed GROUP BY file, tags";
        let row = |row: &Row<'_>| {
            let tags: String = row.get(1)?;
            Ok((row.get(0)?, serde_json::from_str(&tags).unwrap_or_default(), row.get(2)?))
        };
        Ok(self.db.prepare(sql)?.query_map([], row)?.collect::<rusqlite::Result<_>>()?)
    }

    /// Returns cards whose ids have this prefix, also those with history that are in no deck.
    pub(crate) fn cards(&self, prefix: &str) -> Result<Vec<KnownCard>, Error> {
        // Ids have ASCII letters, digits, `.`, `_`, and `-`, which all sort before `~`.
        let sql = "SELECT i.name, coalesce(c.prompt, ''), c.file, s.card IS NOT NULL FROM names i \
                   LEFT JOIN cards c ON c.card = i.n AND NOT c.shadowed LEFT JOIN states s ON s.card = i.n \
                   WHERE i.name >= ?1 AND i.name < ?1 || '~' AND (c.n IS NOT NULL OR s.card IS NOT NULL)";
        let seen = |row: &Row<'_>| {
            Ok(KnownCard { card: row.get(0)?, prompt: row.get(1)?, file: row.get(2)?, history: row.get(3)? })
        };
        Ok(self.db.prepare(sql)?.query_map([prefix], seen)?.collect::<rusqlite::Result<_>>()?)
    }

    /// Returns the id under which a card's history continues, if that is another.
    pub(crate) fn renamed_to(&self, card: &str) -> Result<Option<String>, Error> {
        let sql =
            "SELECT f.name FROM names i JOIN renames r ON r.old = i.n JOIN names f ON f.n = r.final WHERE i.name = ?1";
        Ok(self.db.prepare_cached(sql)?.query_row([card], |row| row.get(0)).optional()?)
    }
}

/// Escapes a path for a URI (sqlite.org/uri.html).
fn in_uri(path: &str) -> String {
    path.replace('%', "%25").replace('?', "%3f").replace('#', "%23")
}
