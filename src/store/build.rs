//! Building a database: from the journals in their folder and in git's commits, from the log, and from the decks.

use std::collections::BTreeSet;

use anyhow::Result;
use rusqlite::Connection;

use super::catch_up::{changed_journals, note_journal, rules_text, take_log, take_pieces};
use super::intake::{Intake, Source};
use super::log::{Log, Pieces};
use super::{Index, Journal, Progress, agenda, decks, purge};
use crate::deck::CardId;
use crate::git::{self, Published};
use crate::history::{Device, parse_lines};
use crate::settings::Rules;

/// What a database is built from, besides the decks.
pub(super) struct Sources<'a> {
    pub(super) log: &'a Log,
    pub(super) journal: &'a Journal,
    pub(super) device: Device,
}

/// What building one brought to light.
#[derive(Debug, Default)]
pub(super) struct Built {
    /// Whether another machine writes under this one's name.
    pub(super) cloned: bool,
    /// Why what git has is not among it.
    pub(super) trouble: Option<String>,
}

/// Fills an empty database from the journals, the log and the decks.
pub(super) fn build(
    db: &Connection,
    sources: &Sources<'_>,
    rules: &Rules,
    progress: Progress<'_>,
    decks: &dyn Fn(Index<'_>) -> Result<()>,
) -> Result<Built> {
    let tx = db.unchecked_transaction()?;
    let mut trouble = None;
    let published = published(sources.journal).unwrap_or_else(|error| {
        trouble = not_asked(&error);
        None
    });
    let purged = published.as_ref().map(|(_, purged)| purged.clone()).unwrap_or_default();
    purge::note(&tx, &purge::listed(&sources.journal.folder())?, &purged)?;
    let mut intake = Intake::first(&tx, sources.device)?;
    intake.turn_to(Source::Journal)?;
    if let Some((published, _)) = &published {
        trouble = take_published(&mut intake, published)?;
    }
    let journals = changed_journals(&tx, &sources.journal.folder())?;
    for (done, (path, stamp)) in journals.iter().enumerate() {
        progress("reading the journal", done, journals.len());
        take_pieces(&mut intake, Pieces::of(path, 0)?)?;
        note_journal(&tx, path, *stamp)?;
    }
    // After the journals: what is new in the log is on this machine alone.
    intake.turn_to(Source::Log)?;
    take_log(&tx, &mut intake, sources.log)?;
    let cloned = intake.settle(rules, &|done, of| progress("scheduling", done, of))?.cloned;
    tx.execute_batch(include_str!("indexes.sql"))?;
    tx.execute_batch(decks::CARD_INDEXES)?;
    agenda::find_fresh(&tx)?;
    // Nothing can have been edited since: these decks are read for the first time.
    decks(&mut |changes| Ok(decks::apply(&tx, changes, true).map(|_| ())?))?;
    tx.execute("UPDATE meta SET rules = ?1, journal = ?2", (rules_text(rules), &sources.journal.name))?;
    tx.commit()?;
    Ok(Built { cloned, trouble })
}

/// What git has in its commits: the folder of journals may be cut, or of another branch. With the names that are purged.
pub(super) fn published(journal: &Journal) -> Result<Option<(Published, BTreeSet<CardId>)>, git::Error> {
    let Some(published) = git::published(&journal.home, &journal.path, purge::PURGED)? else { return Ok(None) };
    let mut purged = BTreeSet::new();
    published.purged(|bytes| purged.extend(purge::names(&String::from_utf8_lossy(&bytes))))?;
    Ok(Some((published, purged)))
}

/// Takes in what git has in its commits. Gives what git said if it could not be asked; what is there is taken in without it.
fn take_published(intake: &mut Intake<'_>, published: &Published) -> Result<Option<String>> {
    let mut failed = None;
    let asked = published.pages(|bytes| {
        intake.take(parse_lines(&bytes)).map_err(|error| {
            failed = Some(error);
            None
        })
    });
    match (failed, asked) {
        (Some(error), _) => Err(error.into()),
        (None, asked) => Ok(asked.err().flatten().and_then(|error: git::Error| not_asked(&error))),
    }
}

/// What to say where git has something and cannot be asked for it.
fn not_asked(error: &git::Error) -> Option<String> {
    let why = || format!("{error}; journals that only git has are not among the events, until `rehearse sync`");
    (!matches!(error, git::Error::NoGit)).then(why)
}
