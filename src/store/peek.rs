//! The database as it lies there, looked at without a trace: nothing is built, taken in, locked or written.

use std::path::Path;
use std::time::Duration;

use anyhow::{Result, ensure};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Row};

use super::decks::{self, Indexed};
use super::guard::{WAL, is_ours};

/// A look at the database. It may be older than the decks and the log.
pub(crate) struct Peek {
    db: Connection,
}

/// A card that the database knows.
pub(crate) struct Seen {
    /// Its name after renames.
    pub(crate) card: String,
    /// What is asked; empty for a card that is in no deck.
    pub(crate) prompt: String,
    /// The number of the file it stands in; none for a card that is in no deck.
    pub(crate) file: Option<i64>,
    /// Whether it has history.
    pub(crate) history: bool,
}

impl Peek {
    /// Looks at the database of this machine's folder. An error where there is none, or none that can be read like this.
    pub(crate) fn open(local: &Path) -> Result<Self> {
        let path = local.join("rehearse.db");
        // To open a pipe would be to wait for a writer.
        ensure!(path.is_file(), "no database");
        let wal = std::fs::metadata(local.join(format!("rehearse.db{WAL}"))).map_or(0, |wal| wal.len());
        // Reading a WAL database notes the reader in its shared memory, which is a file; so that is read only, too, and
        // where there is no WAL the file alone is read, for which it must not change: nobody writes to it but at a
        // checkpoint, and then at worst a name is missed.
        let how = if wal > 0 { "mode=ro&readonly_shm=1" } else { "immutable=1" };
        let uri = format!("file:{}?{how}", in_uri(&path.to_string_lossy()));
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Connection::open_with_flags(uri, flags)?;
        db.busy_timeout(Duration::ZERO)?;
        ensure!(is_ours(&db)?, "another version of the database");
        Ok(Peek { db })
    }

    /// Deck files as the index knows them, in path order.
    pub(crate) fn files(&self) -> Result<Vec<Indexed>> {
        Ok(decks::files(&self.db)?)
    }

    /// Every deck: the number of its file and its title.
    pub(crate) fn titles(&self) -> Result<Vec<(i64, String)>> {
        let sql = "SELECT n, title FROM files WHERE is_deck";
        Ok(self
            .db
            .prepare(sql)?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?)
    }

    /// The tags of cards: the number of their file, the tags, and how many cards of that file have just these.
    pub(crate) fn tags(&self) -> Result<Vec<(i64, Vec<String>, usize)>> {
        let sql = "SELECT file, tags, count(*) FROM cards WHERE tags <> '[]' AND NOT shadowed GROUP BY file, tags";
        let row = |row: &Row<'_>| {
            let tags: String = row.get(1)?;
            Ok((row.get(0)?, serde_json::from_str(&tags).unwrap_or_default(), row.get(2)?))
        };
        Ok(self.db.prepare(sql)?.query_map([], row)?.collect::<rusqlite::Result<_>>()?)
    }

    /// Cards whose names begin so, those with history in no deck among them.
    pub(crate) fn cards(&self, prefix: &str) -> Result<Vec<Seen>> {
        // Names are of ASCII letters, digits, `.`, `_` and `-`: all come before `~`.
        let sql = "SELECT i.name, coalesce(c.prompt, ''), c.file, s.card IS NOT NULL FROM names i \
                   LEFT JOIN cards c ON c.card = i.n AND NOT c.shadowed LEFT JOIN states s ON s.card = i.n \
                   WHERE i.name >= ?1 AND i.name < ?1 || '~' AND (c.n IS NOT NULL OR s.card IS NOT NULL)";
        let seen = |row: &Row<'_>| {
            Ok(Seen { card: row.get(0)?, prompt: row.get(1)?, file: row.get(2)?, history: row.get(3)? })
        };
        Ok(self.db.prepare(sql)?.query_map([prefix], seen)?.collect::<rusqlite::Result<_>>()?)
    }

    /// The name under which a card's history goes on, if that is another.
    pub(crate) fn goes_on_as(&self, card: &str) -> Result<Option<String>> {
        let sql =
            "SELECT f.name FROM names i JOIN renames r ON r.old = i.n JOIN names f ON f.n = r.final WHERE i.name = ?1";
        Ok(self.db.prepare_cached(sql)?.query_row([card], |row| row.get(0)).optional()?)
    }
}

/// A path as it stands in a URI (sqlite.org/uri.html): what means something else there, spelled out.
fn in_uri(path: &str) -> String {
    path.replace('%', "%25").replace('?', "%3f").replace('#', "%23")
}
