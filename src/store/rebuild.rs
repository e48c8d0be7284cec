//! Builds a database from the journals in their folder and in git's commits, from the log, and from the decks.

use rusqlite::Connection;

use super::error::Error;
use super::events::ingest::{EventSource, Ingest};
use super::index::cards::{self, Change};
use super::replay::{Progress, Sources, changed_journals, ingest_journals, ingest_log, rules_text, unreadable_note};
use crate::git;
use crate::history::parse_lines;
use crate::journal::Published;

pub(crate) type IndexChanges<'a> = &'a mut dyn FnMut(&mut dyn Iterator<Item = Change>) -> Result<(), Error>;

#[derive(Debug, Default)]
pub(super) struct Built {
    /// Whether another machine uses this device's name.
    pub(super) cloned: bool,
    /// Notes for the user about events that are missing.
    pub(super) notes: Vec<String>,
}

/// Fills an empty database. `decks` reads every deck.
pub(super) fn build(
    db: &Connection,
    sources: &Sources<'_>,
    decks: &dyn Fn(IndexChanges<'_>) -> Result<(), Error>,
    progress: Progress<'_>,
) -> Result<Built, Error> {
    let mut trouble = None;
    let published = Published::find(sources.journal).unwrap_or_else(|error| {
        trouble = not_asked(&error);
        None
    });
    let mut built = build_from(db, sources, published.as_ref(), decks, progress)?;
    built.notes.splice(0..0, trouble);
    Ok(built)
}

/// Fills an empty database from these journals in git's commits, if any, and from the files.
pub(super) fn build_from(
    db: &Connection,
    sources: &Sources<'_>,
    published: Option<&Published>,
    decks: &dyn Fn(IndexChanges<'_>) -> Result<(), Error>,
    progress: Progress<'_>,
) -> Result<Built, Error> {
    let tx = db.unchecked_transaction()?;
    let mut trouble = None;
    let mut ingest = Ingest::first(&tx, sources.device)?;
    ingest.turn_to(EventSource::Journal)?;
    if let Some(published) = published {
        trouble = ingest_published(&mut ingest, published)?;
    }
    let unreadable = ingest_journals(&tx, &mut ingest, changed_journals(&tx, sources.journal)?, progress)?;
    // After the journals: events that only the log has are unsynced.
    ingest.turn_to(EventSource::Log)?;
    ingest_log(&tx, &mut ingest, sources.log)?;
    let cloned = ingest.finish(sources.rules, &|done, of| progress("scheduling", done, of))?.cloned;
    tx.execute_batch(include_str!("db/indexes.sql"))?;
    // These decks are read for the first time, so no history follows an edit.
    decks(&mut |changes| Ok(cards::apply(&tx, changes, true).map(|_| ())?))?;
    // Without any deck, nothing was applied.
    cards::create_indexes(&tx)?;
    tx.execute("UPDATE meta SET rules = ?1, journal = ?2", (rules_text(sources.rules), &sources.journal.name))?;
    tx.commit()?;
    let notes = trouble.into_iter().chain(unreadable_note(sources.journal, &unreadable)).collect();
    Ok(Built { cloned, notes })
}

/// Takes in the journals in git's commits. If git fails, takes in what it returned, and returns why.
fn ingest_published(ingest: &mut Ingest<'_>, published: &Published) -> Result<Option<String>, Error> {
    match published.pages(|bytes| Ok::<_, Error>(ingest.add(parse_lines(&bytes))?)) {
        Err(Error::Git(error)) => Ok(not_asked(&error)),
        result => result.map(|()| None),
    }
}

/// Returns the note for journals that git has and cannot be asked for.
fn not_asked(error: &git::Error) -> Option<String> {
    let note = || format!("{error}; journals that only git has are not among the events, until `rehearse sync`");
    (!matches!(error, git::Error::NoGit)).then(note)
}
