//! Verifies everything that is stored, for `doctor`: every line of the log and the journals, and every column of the database
//! against a rebuild.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::path::Path;

use rusqlite::types::Value;
use rusqlite::{Connection, Row};

use super::error::Error;
use super::events::ingest::Ingest;
use super::index::{agenda, upcoming};
use super::rebuild::IndexChanges;
use super::replay::{Progress, update_cards};
use super::writer::Store;
use crate::doctor::Records;
use crate::history::{EventId, parse_line, parse_lines, render};
use crate::journal::files::{JournalFolder, UnreadEntry};
use crate::journal::{self, Pieces, Published};
use crate::settings::Rules;

#[derive(Debug)]
pub(crate) struct Examined {
    pub(crate) records: Records,
    pub(crate) void: HashSet<EventId>,
    pub(crate) only_here: Vec<String>,
    /// What is in the journal's folder and is not read.
    pub(crate) unread: Vec<UnreadEntry>,
    /// What rows are about, and the ids or positions of those that differ.
    pub(crate) differing: Vec<(&'static str, Vec<String>)>,
}

/// A table that is compared with a rebuild.
struct ComparedTable {
    noun: &'static str,
    name: &'static str,
    /// The name of a row in messages, as an expression.
    key: &'static str,
    /// Columns that may differ: row numbers, which depend on the order of arrival, and cached stamps.
    exempt: &'static [&'static str],
}

const FILE: &str = "(SELECT path FROM files WHERE files.n = t.file)";

const COMPARED: [ComparedTable; 12] = [
    ComparedTable {
        noun: "event",
        name: "events",
        key: "(SELECT name FROM devices WHERE devices.n = t.device) || '-' || t.seq || '-' || printf('%08x', t.crc)",
        exempt: &["n"],
    },
    ComparedTable { noun: "rename", name: "renames", key: "(SELECT name FROM names WHERE n = t.old)", exempt: &[] },
    ComparedTable { noun: "state", name: "states", key: "(SELECT name FROM names WHERE n = t.card)", exempt: &[] },
    ComparedTable { noun: "file", name: "files", key: "t.path", exempt: &["n", "stamp"] },
    ComparedTable {
        noun: "place",
        name: "cards",
        key: "(SELECT path FROM files WHERE files.n = t.file) || ':' || t.line",
        exempt: &["n"],
    },
    ComparedTable { noun: "story", name: "stories", key: FILE, exempt: &[] },
    ComparedTable { noun: "told story", name: "told", key: FILE, exempt: &[] },
    ComparedTable { noun: "reference", name: "mentions", key: FILE, exempt: &[] },
    ComparedTable { noun: "interview", name: "interviews", key: FILE, exempt: &[] },
    ComparedTable { noun: "debrief", name: "debriefs", key: FILE, exempt: &[] },
    ComparedTable { noun: "number of new cards", name: "unseen", key: "'scope ' || t.scope", exempt: &[] },
    ComparedTable {
        noun: "journal file",
        name: "pages",
        key: "(SELECT name FROM devices WHERE devices.n = t.device) || '/' || t.month",
        exempt: &["newest", "unsynced", "blob", "blob_covers", "stamp", "stamp_covers"],
    },
];

/// Columns with row numbers of another table, by the table and the column that replaces them.
const REFERENCES: [(&str, &str, &str, &str); 12] = [
    ("events", "device", "devices", "name"),
    ("pages", "device", "devices", "name"),
    ("events", "card", "names", "name"),
    ("events", "other", "names", "name"),
    ("renames", "old", "names", "name"),
    ("renames", "final", "names", "name"),
    ("states", "card", "names", "name"),
    ("cards", "id", "names", "name"),
    ("cards", "card", "names", "name"),
    ("cards", "file", "files", "path"),
    ("interviews", "file", "files", "path"),
    ("debriefs", "file", "files", "path"),
];

impl ComparedTable {
    /// Returns the select of its rows: the key and every column that is compared, by natural keys.
    fn sql(&self, db: &Connection) -> Result<String, Error> {
        let mut statement = db.prepare("SELECT name FROM pragma_table_info(?1)")?;
        let columns = statement.query_map([self.name], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()?;
        let compared = columns.iter().filter(|column| !self.exempt.contains(&column.as_str()));
        let read = |column: &String| {
            let reference = REFERENCES.iter().find(|(table, name, ..)| (*table, *name) == (self.name, column));
            match reference {
                Some((_, _, table, name)) => format!("(SELECT r.{name} FROM {table} r WHERE r.n = t.{column})"),
                None if column == "file" => FILE.to_owned(),
                None => format!("t.\"{column}\""),
            }
        };
        let columns: Vec<String> = compared.map(read).collect();
        let order: Vec<String> = (1..=columns.len() + 1).map(|n| n.to_string()).collect();
        Ok(format!("SELECT {}, {} FROM {} t ORDER BY {}", self.key, columns.join(", "), self.name, order.join(", ")))
    }
}

impl Store {
    /// Reads every file of history, and compares the database with a rebuild in memory. `decks` reads every deck; `name`
    /// returns what a path is called in messages.
    pub(crate) fn examine(
        &self,
        decks: &dyn Fn(IndexChanges<'_>) -> Result<(), Error>,
        name: &dyn Fn(&Path) -> String,
        progress: Progress<'_>,
    ) -> Result<Examined, Error> {
        let (records, unread) = self.records(name)?;
        let elsewhere = self.in_commits();
        let (mut void, mut only_here, mut in_commits) = (HashSet::new(), Vec::new(), Vec::new());
        self.newest(true, |logged| {
            let id = logged.event.id;
            if logged.void {
                void.insert(id);
            }
            if !records.has(id) {
                let lines = if elsewhere.contains(&id) { &mut in_commits } else { &mut only_here };
                lines.push(logged.raw.unwrap_or_else(|| render(&logged.event)));
            }
            true
        })?;
        // Oldest first, as in a log.
        only_here.reverse();
        let rebuilt = self.rebuilt(decks, progress)?;
        // A `git fetch` may have brought commits that the database has not taken in, so only what it has is expected.
        self.ingest_lines(&rebuilt, &in_commits)?;
        self.ingest_lines(&rebuilt, &only_here)?;
        let ours = self.reader()?;
        // Which interviews are to come depends on the day, not on the files alone.
        self.checked(upcoming::upcoming(ours).and_then(|upcoming| agenda::set_upcoming(&rebuilt, &upcoming)))?;
        let compare = |table: ComparedTable| {
            let sql = table.sql(ours)?;
            Ok((table.noun, differing(ours, &rebuilt, &sql)?))
        };
        let differing = COMPARED.into_iter().map(compare).collect::<Result<Vec<_>, Error>>();
        Ok(Examined { records, void, only_here, unread, differing: self.checked(differing)? })
    }

    /// Adds events that only the database has to the rebuild.
    fn ingest_lines(&self, rebuilt: &Connection, lines: &[String]) -> Result<(), Error> {
        let mut ingest = Ingest::new(rebuilt, self.device())?;
        ingest.add(lines.iter().filter_map(|line| parse_line(line).ok()))?;
        let rules: &Rules = self.rules();
        update_cards(rebuilt, &ingest.finish(rules, &|_, _| {})?)
    }

    fn records(&self, name: &dyn Fn(&Path) -> String) -> Result<(Records, Vec<UnreadEntry>), Error> {
        let mut records = Records::default();
        if let Some(pieces) = self.log().pieces(0)? {
            record_lines(&mut records, &name(self.log().path()), true, pieces)?;
        }
        let JournalFolder { files, mut unread } = journal::files::list(self.journal());
        for (path, _) in files {
            let pieces = Pieces::open(&path, 0).map_err(Error::from);
            match pieces.and_then(|pieces| record_lines(&mut records, &name(&path), false, pieces)) {
                Err(Error::Journal(journal::Error::File { source, .. })) => {
                    unread.push(UnreadEntry::unreadable(&path, source));
                }
                read => read?,
            }
        }
        Ok((records.finish(), unread))
    }

    /// Returns the events in git's commits; none if git cannot be asked.
    fn in_commits(&self) -> HashSet<EventId> {
        let mut ids = HashSet::new();
        let Ok(Some(published)) = Published::find(self.journal()) else { return ids };
        // What was read before an error counts.
        let _ = published.pages(|bytes| {
            ids.extend(parse_lines(&bytes).map(|line| line.event.id));
            Ok::<_, crate::git::Error>(())
        });
        ids
    }

    /// Appends lines of events that only the database has to the log.
    pub(crate) fn save_lines(&mut self, lines: &[String]) -> Result<(), Error> {
        if lines.is_empty() { Ok(()) } else { self.write(|writing| writing.append_lines(lines)) }
    }
}

fn record_lines(records: &mut Records, name: &str, log: bool, mut pieces: Pieces) -> Result<(), Error> {
    records.begin(name, log);
    let mut whole = true;
    while let Some(piece) = pieces.next()? {
        whole = piece.ends_with(b"\n");
        let lines = piece.strip_suffix(b"\n").unwrap_or(piece);
        lines.split(|&byte| byte == b'\n').for_each(|line| records.line(line));
    }
    records.end(whole);
    Ok(())
}

/// Returns the names of rows that differ or that only one database has.
fn differing(ours: &Connection, rebuilt: &Connection, sql: &str) -> Result<Vec<String>, Error> {
    let (mut ours, mut rebuilt) = (ours.prepare(sql)?, rebuilt.prepare(sql)?);
    let (mut ours, mut rebuilt) = (ours.query_map([], named_row)?, rebuilt.query_map([], named_row)?);
    let (mut left, mut right) = (ours.next().transpose()?, rebuilt.next().transpose()?);
    let mut names = Vec::new();
    loop {
        let order = match (&left, &right) {
            (None, None) => return Ok(names),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((a, _)), Some((b, _))) => a.cmp(b),
        };
        if order != Ordering::Equal || left != right {
            let row = if order == Ordering::Greater { &right } else { &left };
            names.extend(row.as_ref().map(|(name, _)| name.clone()).filter(|name| names.last() != Some(name)));
        }
        if order != Ordering::Greater {
            left = ours.next().transpose()?;
        }
        if order != Ordering::Less {
            right = rebuilt.next().transpose()?;
        }
    }
}

fn named_row(row: &Row<'_>) -> rusqlite::Result<(String, Vec<Value>)> {
    let columns = row.as_ref().column_count();
    let name = row.get::<_, Option<String>>(0)?.unwrap_or_else(|| "?".to_owned());
    Ok((name, (1..columns).map(|column| row.get(column)).collect::<rusqlite::Result<_>>()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Instant;
    use crate::deck::{CardId, parse};
    use crate::diagnostic::Source;
    use crate::history::{Body, Review};
    use crate::journal::Journal;
    use crate::schedule::Grade;
    use crate::store::{Change, IndexedDeck, Opening, Stamp};

    const EXEMPT: [(&str, &str); 6] = [
        ("meta", "offsets and stamps"),
        ("names", "a dictionary: it may know ids that a rebuild does not"),
        ("devices", "a dictionary"),
        ("journals", "cached stamps"),
        ("vanished", "evidence about cards that vanished"),
        ("agenda", "made again for every day"),
    ];

    #[test]
    fn every_table_is_compared_or_exempt_and_every_exempt_column_exists() {
        let db = Connection::open_in_memory().unwrap();
        crate::store::db::open::create(&db).unwrap();
        let names = |sql: &str| -> Vec<String> {
            let mut statement = db.prepare(sql).unwrap();
            statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
        };
        for table in names("SELECT name FROM sqlite_schema WHERE type = 'table'") {
            let compared = COMPARED.iter().any(|compared| compared.name == table);
            let exempt = EXEMPT.iter().any(|(name, _)| *name == table);
            assert!(compared != exempt, "{table}");
        }
        for table in COMPARED {
            let columns = names(&format!("SELECT name FROM pragma_table_info('{}')", table.name));
            assert!(table.exempt.iter().all(|exempt| columns.iter().any(|column| column == exempt)), "{}", table.name);
            db.prepare(&table.sql(&db).unwrap()).unwrap();
        }
    }

    const DECK: &str = "[interview]\nid = \"i\"\n[debrief]\ninterview = \"i\"\n[[told]]\nstory = \"s\"\n[[story]]\nid = \"s\"\ntitle = \"S\"\n\
                        [[card]]\nid = \"a\"\nprompt = \"A\"\nstories = [\"s\"]\ntags = [\"t\"]\nround = [1]\n";

    #[test]
    fn a_wrong_value_in_any_compared_column_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let read = || {
            IndexedDeck::new("d.toml".into(), Stamp::UNKNOWN, vec![1], parse(&Source::new("d.toml", DECK), &[]).0, &[])
        };
        let index = |index: IndexChanges<'_>| index(&mut std::iter::once(Change::Read(Box::new(read()))));
        let opening = Opening {
            local: &folder.path().join("local"),
            journal: &Journal::new(folder.path(), &crate::settings::Sync::default()),
            decks: &|_, changes: IndexChanges<'_>| index(changes),
            rules: Rules::default(),
            random: 7,
            write: true,
            waiting: || {},
            progress: &|_, _, _| {},
        };
        let mut store = Store::open(&opening).unwrap().0;
        let id = |id: &str| CardId::parse(id).unwrap();
        let review = |card: &str| Body::Review(Review::new(id(card), Grade::new(4).unwrap()));
        let at = Instant::new(1_790_000_000_000, 0).unwrap();
        let first = store.record(at, review("a")).unwrap();
        for body in [review("b"), Body::Rename { card: id("b"), to: id("c") }, Body::Undo { of: first.id }] {
            store.record(at, body).unwrap();
        }
        let found = |store: &Store| match store.examine(&index, &|path| path.display().to_string(), &|_, _, _| {}) {
            Ok(examined) => examined.differing.iter().any(|(_, names)| !names.is_empty()),
            // A value that cannot be read is found as well.
            Err(_) => true,
        };
        assert!(!found(&store));
        for table in COMPARED {
            let db = store.reader().unwrap();
            let mut statement = db.prepare("SELECT name, type FROM pragma_table_info(?1)").unwrap();
            let columns = statement.query_map([table.name], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
            let columns: Vec<(String, String)> = columns.map(Result::unwrap).collect();
            for (column, kind) in columns.iter().filter(|(column, _)| !table.exempt.contains(&column.as_str())) {
                let wrong = match kind.as_str() {
                    "TEXT" => format!("coalesce(\"{column}\", '') || 'x'"),
                    "BLOB" => "x'00'".to_owned(),
                    _ => format!("coalesce(\"{column}\", 0) + 1000"),
                };
                db.execute_batch("SAVEPOINT planted").unwrap();
                let changed = db.execute(&format!("UPDATE {} SET \"{column}\" = {wrong}", table.name), []).unwrap();
                assert!(changed > 0, "{} has no row", table.name);
                assert!(found(&store), "{}.{column}", table.name);
                db.execute_batch("ROLLBACK TO planted; RELEASE planted").unwrap();
            }
        }
    }
}
