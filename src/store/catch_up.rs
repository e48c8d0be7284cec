//! Catching up: what the log and the journals have that the database has not, by how far each was taken in when it was
//! last looked at; and what comes from journals elsewhere. The cards of the decks follow, in the same transaction.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use rusqlite::{Connection, Row};

use super::intake::{Intake, Settled, Source};
use super::log::{Log, Pieces};
use super::pages::Counts;
use super::stamp::Stamp;
use super::{Progress, Store, agenda, decks, events, locked, purge};
use crate::deck::CardId;
use crate::history::{Device, Line, parse_lines};
use crate::settings::Rules;

impl Store {
    /// Takes in what is new in the log and the journals, and folds anew if the rules are others. Tells whether another
    /// machine writes under this one's name.
    pub(super) fn catch_up(&mut self, progress: Progress<'_>) -> Result<bool> {
        let rules: String = self.db.query_row("SELECT rules FROM meta", [], |row| row.get(0))?;
        let (offset, mark) = log_place(&self.db)?;
        let log_is_new = self.log.size()? != offset || !self.log.agrees(offset, &mark)?;
        let journals = changed_journals(&self.db, &self.journal.folder())?;
        let rules_are_new = rules != rules_text(&self.rules);
        let purged = self.newly_listed()?;
        if !log_is_new && journals.is_empty() && !rules_are_new && purged.is_none() {
            return Ok(false);
        }
        if let Some(names) = &purged {
            self.forget_takes(names)?;
        }
        let tx = locked(&self.db)?;
        let scheduling = |done, of| progress("scheduling", done, of);
        let anew = match &purged {
            Some(listed) => purge::note(&tx, listed, &purge::published(&tx)?)?,
            None => false,
        };
        let journals = if anew { journal_files(&self.journal.folder()) } else { journals };
        let mut intake = Intake::new(&tx, self.device)?;
        take_log(&tx, &mut intake, &self.log)?;
        intake.turn_to(Source::Journal)?;
        for (done, (path, stamp)) in journals.iter().enumerate() {
            progress("reading the journal", done, journals.len());
            match Pieces::of(path, 0).and_then(|pieces| take_pieces(&mut intake, pieces)) {
                // One that cannot be read now is read when it can be.
                Err(error) if error.is::<std::io::Error>() => continue,
                taken => taken?,
            };
            note_journal(&tx, path, *stamp)?;
        }
        let settled = intake.settle(&self.rules, &scheduling)?;
        follow(&tx, &settled)?;
        if rules_are_new || anew {
            let moved = events::refold_all(&tx, &self.rules, &scheduling)?;
            follow(&tx, &Settled { moved, folded: None, ..Settled::default() })?;
            tx.execute("UPDATE meta SET rules = ?1", [rules_text(&self.rules)])?;
        }
        tx.commit().context("rehearse.db: cannot be written")?;
        self.ahead.take();
        Ok(settled.cloned)
    }

    /// Takes in journals from elsewhere, and the names that were purged there; gives how much was new, by device, and a note
    /// if this device took a new name. Unless `keep`, it is only counted.
    pub(crate) fn receive(
        &mut self,
        journals: &[Vec<u8>],
        purged: &BTreeSet<CardId>,
        keep: bool,
    ) -> Result<(BTreeMap<Device, Counts>, Option<String>)> {
        self.reopen_if_replaced()?;
        if journals.is_empty() && purged.is_subset(&self.checked(purge::published(&self.db))?) {
            return Ok((BTreeMap::new(), None));
        }
        if keep {
            self.forget_takes(purged)?;
        }
        let received = self.receive_once(journals, purged, keep);
        let (received, cloned) = self.checked(received)?;
        let note = if cloned && keep { Some(self.part()?) } else { None };
        Ok((received, note))
    }

    fn receive_once(
        &mut self,
        journals: &[Vec<u8>],
        purged: &BTreeSet<CardId>,
        keep: bool,
    ) -> Result<(BTreeMap<Device, Counts>, bool)> {
        let tx = locked(&self.db)?;
        let known = purge::published(&tx)?;
        let anew = !purged.is_subset(&known) && purge::note(&tx, &purge::here(&tx)?, &(&known | purged))?;
        let mut intake = Intake::new(&tx, self.device)?;
        take_log(&tx, &mut intake, &self.log)?;
        intake.turn_to(Source::Journal)?;
        for bytes in journals {
            intake.take(parse_lines(bytes))?;
        }
        let settled = intake.settle(&self.rules, &|_, _| {})?;
        if keep {
            follow(&tx, &settled)?;
            if anew {
                let moved = events::refold_all(&tx, &self.rules, &|_, _| {})?;
                follow(&tx, &Settled { moved, folded: None, ..Settled::default() })?;
            }
            tx.commit().context("rehearse.db: cannot be written")?;
            self.ahead.take();
        }
        Ok((settled.received, settled.cloned))
    }
}

/// Takes events in, and lets the cards of the decks follow.
pub(super) fn absorb(
    db: &Connection,
    own: Device,
    take: impl FnOnce(&mut Intake<'_>) -> Result<()>,
    rules: &Rules,
) -> Result<()> {
    let mut intake = Intake::new(db, own)?;
    take(&mut intake)?;
    follow(db, &intake.settle(rules, &|_, _| {})?)
}

/// Lets the cards of the decks follow what happened to names and states.
pub(super) fn follow(db: &Connection, settled: &Settled) -> Result<()> {
    decks::follow_renames(db, &settled.moved)?;
    match &settled.folded {
        Some(cards) => cards.iter().try_for_each(|(card, state)| agenda::settle(db, *card, state))?,
        None => agenda::settle_all(db)?,
    }
    Ok(())
}

/// Takes in what another process, or this one before it was killed, left in the log.
pub(super) fn catch_up_log(db: &Connection, log: &Log, own: Device, rules: &Rules) -> Result<()> {
    let (offset, _) = log_place(db)?;
    if log.size()? == offset { Ok(()) } else { absorb(db, own, |intake| take_log(db, intake, log), rules) }
}

/// Up to where the log is taken in, and the bytes before that.
pub(super) fn log_place(db: &Connection) -> Result<(u64, Vec<u8>)> {
    let place = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?.unsigned_abs(), row.get(1)?));
    Ok(db.prepare_cached("SELECT log_offset, log_mark FROM meta")?.query_row([], place)?)
}

pub(super) fn take_log(db: &Connection, intake: &mut Intake<'_>, log: &Log) -> Result<()> {
    let (offset, mark) = log_place(db)?;
    if log.size()? == offset {
        return Ok(());
    }
    // A log that was cut or replaced is read from its beginning: what is known already changes nothing.
    let from = if log.agrees(offset, &mark)? { offset } else { 0 };
    let whole = log.pieces(from)?.map_or(Ok(from), |pieces| take_pieces(intake, pieces))?;
    note_log(db, whole, &log.mark(whole)?)
}

/// Takes a file in; gives the offset after its last whole line. While a piece is inserted the next is read and parsed.
pub(super) fn take_pieces(intake: &mut Intake<'_>, mut pieces: Pieces) -> Result<u64> {
    // What fits into one piece is read sooner than a thread is started.
    let Some(first) = pieces.next()? else { return Ok(pieces.whole()) };
    let first: Vec<Line> = parse_lines(first).collect();
    if pieces.at_end() {
        intake.take(first)?;
        return Ok(pieces.whole());
    }
    let (sender, parsed) = std::sync::mpsc::sync_channel::<Vec<Line>>(1);
    std::thread::scope(|scope| {
        let reader = scope.spawn(move || {
            while let Some(bytes) = pieces.next()? {
                // A closed channel means that inserting failed: the rest need not be read.
                if sender.send(parse_lines(bytes).collect()).is_err() {
                    break;
                }
            }
            Ok(pieces.whole())
        });
        intake.take(first)?;
        parsed.iter().try_for_each(|lines| intake.take(lines))?;
        reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

pub(super) fn note_log(db: &Connection, offset: u64, mark: &[u8]) -> Result<()> {
    let offset = i64::try_from(offset).context("the log is too large")?;
    db.prepare_cached("UPDATE meta SET log_offset = ?1, log_mark = ?2")?.execute((offset, mark))?;
    Ok(())
}

/// Journal files that are not as they were when they were taken in, with their stamps. What lies deeper than
/// `DEVICE/MONTH.jsonl` is another learner's.
pub(super) fn changed_journals(db: &Connection, folder: &Path) -> Result<Vec<(PathBuf, Stamp)>> {
    let mut known = db.prepare_cached("SELECT stamp FROM journals WHERE path = ?1")?;
    let mut changed = journal_files(folder);
    changed.retain(|(path, stamp)| {
        let same = known.query_row([path.to_string_lossy()], |row| row.get::<_, Stamp>(0));
        !same.is_ok_and(|same| same == *stamp)
    });
    Ok(changed)
}

/// Every journal file, with its stamp, in path order. What lies deeper than `DEVICE/MONTH.jsonl` is another learner's.
pub(super) fn journal_files(folder: &Path) -> Vec<(PathBuf, Stamp)> {
    let walk = ignore::WalkBuilder::new(folder).standard_filters(false).follow_links(false).max_depth(Some(2)).build();
    let files = walk.flatten().filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()));
    let journals = files.filter(|entry| entry.path().extension().is_some_and(|extension| extension == "jsonl"));
    let stamped = |entry: ignore::DirEntry| {
        let stamp = Stamp::of(&entry.metadata().ok()?);
        Some((entry.into_path(), stamp))
    };
    let mut found: Vec<(PathBuf, Stamp)> = journals.filter_map(stamped).collect();
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    found
}

pub(super) fn note_journal(db: &Connection, path: &Path, stamp: Stamp) -> rusqlite::Result<()> {
    let sql = "INSERT OR REPLACE INTO journals (path, stamp) VALUES (?1, ?2)";
    db.prepare_cached(sql)?.execute((path.to_string_lossy(), stamp))?;
    Ok(())
}

pub(super) fn rules_text(rules: &Rules) -> String {
    format!("{} {} {}", rules.preset.word(), rules.maximum_interval, rules.day_starts_at.0)
}
