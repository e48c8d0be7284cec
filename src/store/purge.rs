//! Cards whose history is to be forgotten for good: named in `PURGED` beside the journals, a card id a line, which travels
//! with them. Events of such a card, by any name in there, are taken in no more; lines of logs stay as they are.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use rusqlite::{Connection, Row};

use super::entries::id;
use super::names::{self, card_number};
use super::{Store, pages};
use crate::atomic_file::{self, Access, create_folder};
use crate::deck::CardId;
use crate::history::Body;

/// The name of the file that has the names.
pub(crate) const PURGED: &str = "PURGED";

/// The names in the text of a `PURGED`; what is no id is passed over, since it can be no card.
pub(crate) fn names(text: &str) -> BTreeSet<CardId> {
    text.lines().filter_map(|line| CardId::parse(line.trim())).collect()
}

/// The names in `PURGED` in the folder of journals.
pub(crate) fn listed(journal: &Path) -> Result<BTreeSet<CardId>> {
    Ok(names(&text(journal)?))
}

fn path(journal: &Path) -> PathBuf {
    journal.join(PURGED)
}

fn text(journal: &Path) -> Result<String> {
    let path = path(journal);
    match std::fs::read(&path) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(error).with_context(|| format!("{}: cannot be read", path.display())),
    }
}

/// The names that the database leaves out.
pub(crate) fn noted(db: &Connection) -> rusqlite::Result<BTreeSet<CardId>> {
    noted_where(db, "TRUE")
}

/// Those of them that the file in the folder of journals had when it was last looked at.
pub(crate) fn here(db: &Connection) -> rusqlite::Result<BTreeSet<CardId>> {
    noted_where(db, "p.here")
}

/// Those of them that a commit has.
pub(crate) fn published(db: &Connection) -> rusqlite::Result<BTreeSet<CardId>> {
    noted_where(db, "p.published")
}

fn noted_where(db: &Connection, condition: &str) -> rusqlite::Result<BTreeSet<CardId>> {
    let sql = format!("SELECT i.name FROM purged p JOIN names i ON i.n = p.card WHERE {condition}");
    db.prepare_cached(&sql)?.query_map([], |row| id(row, 0))?.collect()
}

/// The same as numbers.
pub(crate) fn numbers(db: &Connection) -> rusqlite::Result<BTreeSet<i64>> {
    db.prepare_cached("SELECT card FROM purged")?.query_map([], |row| row.get(0))?.collect()
}

/// Leaves these names out from now on, and forgets what was taken in of them. Gives whether they are others than before: then
/// whoever calls this takes everything in anew, since what was left out before and is no more comes back.
pub(crate) fn note(db: &Connection, here: &BTreeSet<CardId>, published: &BTreeSet<CardId>) -> rusqlite::Result<bool> {
    let (before, names) = (noted(db)?, here | published);
    db.execute_batch("DELETE FROM purged")?;
    for name in &names {
        let of = (card_number(db, name.as_str())?, here.contains(name), published.contains(name));
        db.execute("INSERT INTO purged (card, here, published) VALUES (?1, ?2, ?3)", of)?;
    }
    if before == names {
        return Ok(false);
    }
    db.execute_batch("DELETE FROM withheld")?;
    let theirs = "card IN (SELECT card FROM purged) OR other IN (SELECT card FROM purged)";
    db.execute_batch(&format!(
        "INSERT OR IGNORE INTO withheld SELECT device, seq FROM events WHERE {theirs}; \
         DELETE FROM events WHERE {theirs}; DELETE FROM gone WHERE card IN (SELECT card FROM purged); \
         DELETE FROM journals; UPDATE meta SET log_offset = 0, log_mark = x''"
    ))?;
    pages::lessened(db)?;
    Ok(true)
}

/// The purged card that an event is about, if it is.
pub(crate) fn about<'a>(body: &Body, purged: &'a BTreeSet<CardId>) -> Option<&'a CardId> {
    let to = if let Body::Rename { to, .. } = body { purged.get(to) } else { None };
    body.card().and_then(|card| purged.get(card)).or(to)
}

/// Refuses to record what would not be taken in: nothing may be acknowledged that does not count.
pub(crate) fn refuse(body: &Body, purged: &BTreeSet<CardId>) -> Result<()> {
    if let Some(card) = about(body, purged) {
        bail!(
            "nothing is recorded of `{card}`, whose history was purged; give the card another id, or take its line out of `PURGED`"
        );
    }
    Ok(())
}

impl Store {
    /// Names whose events are taken in no more, nor are they to be published.
    pub(crate) fn purged(&self) -> Result<BTreeSet<CardId>> {
        self.checked(noted(&self.db))
    }

    /// Cards of the decks of which nothing is recorded, each with its file and line.
    pub(crate) fn purged_in_decks(&self) -> Result<Vec<(CardId, String, usize)>> {
        let sql = "SELECT i.name, f.path, c.line FROM cards c JOIN purged p ON p.card = c.card \
                   JOIN names i ON i.n = c.id JOIN files f ON f.n = c.file ORDER BY f.path, c.line";
        let found = || {
            let row = |row: &Row<'_>| Ok((id(row, 0)?, row.get(1)?, row.get(2)?));
            self.db.prepare(sql)?.query_map([], row)?.collect::<rusqlite::Result<_>>()
        };
        self.checked(found())
    }

    /// Forgets the history of a card, by every name it has or had, for good and on every machine that `PURGED` reaches.
    /// Gives those names, and how many events no longer count.
    pub(crate) fn purge(&mut self, card: &CardId) -> Result<(Vec<CardId>, usize)> {
        let mut names = BTreeSet::from_iter(names::all(&self.db, card)?);
        names.insert(card.clone());
        write(&self.journal.folder(), &names)?;
        let before = self.count_events()?;
        self.catch_up(&|_, _, _| {})?;
        Ok((names.into_iter().collect(), before.saturating_sub(self.count_events()?)))
    }

    fn count_events(&self) -> Result<usize> {
        Ok(self.settled()?.query_row("SELECT count(*) FROM events", [], |row| row.get(0))?)
    }

    /// The names in the file in the folder of journals, if they are others than when it was last looked at.
    pub(super) fn newly_listed(&self) -> Result<Option<BTreeSet<CardId>>> {
        let listed = listed(&self.journal.folder())?;
        Ok((listed != here(&self.db)?).then_some(listed))
    }
}

/// Adds names to `PURGED`, whose other lines stay as they are.
fn write(journal: &Path, names: &BTreeSet<CardId>) -> Result<()> {
    let mut text = text(journal)?;
    let known = listed(journal)?;
    for name in names.difference(&known) {
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str(name.as_str());
        text.push('\n');
    }
    let path = path(journal);
    let write = || {
        create_folder(journal)?;
        atomic_file::replace(&path, text.as_bytes(), Access::Private)
    };
    write().with_context(|| format!("{}: cannot be written", path.display()))
}
