//! The store: the log on disk, and the database that caches what it adds up to.
//!
//! A review is safe when its line is in the log and the log is synced; the database is a cache of the log, the journals
//! and the decks. `log` is the file, `device` the name under which it is written, `guard` opens or builds the database,
//! `intake` takes events in, `names`, `events` and `decks` are its rows, `pages` tells which file of the journal an event
//! belongs to, `mentions` knows what decks name, `entries` reads cards with their state, `agenda` settles and tells what is
//! asked today, `questions` is what one may want to know of all that, `ahead` lets reviews wait in the log, `edits` is what
//! the decks said before, by which history follows an edit, `peek` looks without a trace, `examine` at everything, `purge`
//! knows whose history is forgotten, `takes` is what was typed. What [`Store::record`] does, in this order, is what makes an
//! acknowledged review impossible to lose.
//!
//! Not here: printing, the time, parsing decks.

mod agenda;
mod ahead;
mod decks;
mod device;
mod edits;
mod entries;
mod events;
mod examine;
mod guard;
mod intake;
mod log;
mod mentions;
mod names;
mod pages;
mod peek;
mod purge;
mod questions;
mod stamp;
mod takes;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use rusqlite::{Connection, ErrorCode, Row, TransactionBehavior};

use crate::clock::{Instant, Month};
use crate::deck::CardId;
use crate::git::{self, NoGit, Oid, Published};
use crate::history::{Body, Device, Event, EventId, Line, parse_lines, render, seal};
use crate::queue::Entry;
use crate::settings::{self, Rules};
use ahead::Ahead;
pub use decks::{Change, Indexed, Read};
pub use device::copied_from;
pub use edits::Moved;
pub use events::Logged;
pub use examine::{Examined, close_to_others, open_to_others};
use guard::{Guard, HUGE_WAL, LARGE_WAL, Reason};
pub use guard::{create_folder, create_private, sync_folder};
use intake::{Intake, Settled, Source};
use log::{Log, Pieces};
pub use pages::{Counts, Mark, Page};
pub use peek::Peek;
pub use purge::{PURGED, about as purged_of, names as purged_names};
use questions::card;
pub use stamp::Stamp;
pub use takes::Take;

/// Hears how far a long piece of work is: what is done, how much of how much.
pub type Progress<'a> = &'a (dyn Fn(&'static str, usize, usize) + Sync);

/// Takes what changed in the decks, as it comes.
pub type Index<'a> = &'a mut dyn FnMut(&mut dyn Iterator<Item = Change>) -> Result<()>;

/// Where the journals are: one folder for each device, below a folder that may not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Journal {
    /// The collection, or the other repository that has the history.
    pub home: PathBuf,
    /// The way from there to the folder of journals, with `/`.
    pub path: String,
    /// What tells these journals from others, wherever the collection is.
    name: String,
}

impl Journal {
    /// The journals of a collection, by the settings of `[sync]`: of one learner, in another repository.
    pub fn new(root: &Path, sync: &settings::Sync) -> Self {
        let home = sync.journal.as_deref().map_or_else(|| root.to_owned(), |other| root.join(other));
        let learner = sync.learner.as_deref().map(|learner| format!("/{learner}")).unwrap_or_default();
        let path = format!(".rehearse/journal{learner}");
        let name = sync.journal.as_deref().map_or_else(|| path.clone(), |other| format!("{path} of {other}"));
        Journal { home, path, name }
    }

    /// The folder of journals.
    pub fn folder(&self) -> PathBuf {
        self.home.join(&self.path)
    }

    /// The way to it in a repository, where `prefix` is the way to the collection: empty, or ending in `/`.
    pub fn below(&self, prefix: &str) -> String {
        format!("{prefix}{}", self.path)
    }
}

/// What a store is opened with.
pub struct Opening<'a> {
    /// This machine's folder.
    pub local: &'a Path,
    /// Where the journals are.
    pub journal: &'a Journal,
    /// Reads every deck, for a database that is being built; given a time by the clock of the file system.
    pub decks: &'a dyn Fn(i64, Index<'_>) -> Result<()>,
    /// What states are folded with.
    pub rules: Rules,
    /// Fresh random bits, for a device that has no name yet.
    pub random: u64,
    /// Whether something may be recorded; if not, a folder that cannot be written is no hindrance.
    pub write: bool,
    /// Hears of long work.
    pub progress: Progress<'a>,
}

/// The open store.
pub struct Store {
    db: Connection,
    guard: Option<Guard>,
    /// Which file the connection is to.
    file: Option<u64>,
    log: Log,
    journal: Journal,
    device: Device,
    random: u64,
    rules: Rules,
    /// How many events this process recorded.
    recorded: usize,
    /// Reviews that are in the log alone.
    ahead: RefCell<Option<Ahead>>,
}

/// After how many events it is worth looking whether the WAL is large; a long session must not let it grow for ever.
const CHECKPOINT_EVERY: usize = 128;

/// What was recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// The id of the new event.
    pub id: EventId,
    /// The card it is about, as it stands now; of an undo, the one whose event it takes back.
    pub card: Option<Entry>,
}

/// Renames that were recorded because history follows an edit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Followed {
    /// Each, with the id of its event.
    pub moved: Vec<(Moved, EventId)>,
    /// Whether no card was ever renamed before.
    pub first: bool,
}

impl Store {
    /// Opens the store, building the database where it must be; takes in what the log and the journals have that is new.
    /// Gives notes for the user.
    pub fn open(opening: &Opening<'_>) -> Result<(Store, Vec<String>)> {
        let local = opening.local;
        let log = Log::new(local.join("log.jsonl"));
        let opened = match Self::open_on_disk(opening, &log) {
            // It was as it was left, and yet it cannot be read: the disk lost it.
            Err(error) if is_corrupt(&error) => {
                Guard::new(local).distrust();
                Self::open_on_disk(opening, &log)
            }
            opened => opened,
        };
        opened.or_else(|error| Self::open_without_disk(opening, error))
    }

    fn open_on_disk(opening: &Opening<'_>, log: &Log) -> Result<(Store, Vec<String>)> {
        let local = opening.local;
        let mut notes = Vec::new();
        create_folder(local).with_context(|| format!("{}: cannot be created", local.display()))?;
        let guard = Guard::new(local);
        let device = device::name(&guard, local, opening.random, &mut notes)?;
        let sources = Sources { log, journal: opening.journal, device };
        let built = RefCell::new(Built::default());
        let build = |db: &Connection, clock| {
            let decks = |index: Index<'_>| (opening.decks)(clock, index);
            *built.borrow_mut() = build(db, &sources, &opening.rules, opening.progress, &decks)?;
            Ok(())
        };
        let (mut db, mut reason) = guard.open(&build)?;
        if db.query_row("SELECT journal <> ?1 FROM meta", [&opening.journal.name], |row| row.get(0))? {
            drop(db);
            guard.distrust();
            (db, _) = guard.open(&build)?;
            reason = Some(Reason::Elsewhere);
        }
        let mut store = Store {
            db,
            file: guard.file(),
            guard: Some(guard),
            log: Log::new(log.path().to_owned()),
            journal: opening.journal.clone(),
            device,
            random: opening.random,
            rules: opening.rules,
            recorded: 0,
            ahead: RefCell::default(),
        };
        let built = built.take();
        notes.extend(built.trouble);
        if let Some(reason) = reason {
            let events: usize = store.db.query_row("SELECT count(*) FROM events", [], |row| row.get(0))?;
            // A clone that was never used here misses nothing.
            if reason != Reason::Missing || (events > 0 && store.log.size()? > 0) {
                let events = crate::diagnostic::count(events, "event");
                let what = reason.words();
                notes.push(format!("rehearse.db {what} and was built anew from {events} of the log and the journals"));
            }
        }
        let cloned = store.catch_up(opening.progress)?;
        if built.cloned || cloned {
            notes.push(store.part()?);
        }
        Ok((store, notes))
    }

    /// Parts from a device of the same name: takes a new one, and tells so.
    fn part(&mut self) -> Result<String> {
        let old = self.device;
        if let (Some(guard), Some(local)) = (&self.guard, self.log.path().parent()) {
            self.device = device::anew(guard, local, old, self.random)?;
        }
        Ok(format!(
            "another machine writes as device `{old}`, too: this one goes on as a new device, `{}`, with both histories",
            self.device
        ))
    }

    /// Where nothing can be written, a reader still gets its answer: the database is built in memory. Gives the error back
    /// if it is another, or if something is to be recorded.
    pub fn open_without_disk(opening: &Opening<'_>, error: anyhow::Error) -> Result<(Store, Vec<String>)> {
        if opening.write || !refused_by_disk(&error) {
            return Err(error);
        }
        let log = Log::new(opening.local.join("log.jsonl"));
        let device = Device::from_bits(opening.random);
        let db = Connection::open_in_memory()?;
        guard::create(&db)?;
        let sources = Sources { log: &log, journal: opening.journal, device };
        let decks = |index: Index<'_>| (opening.decks)(0, index);
        let built = build(&db, &sources, &opening.rules, opening.progress, &decks)?;
        let mut notes = vec![format!("{error:#}; answering from the log alone, and nothing can be recorded")];
        notes.extend(built.trouble);
        let (journal, random, rules) = (opening.journal.clone(), opening.random, opening.rules);
        let store = Store {
            db,
            guard: None,
            file: None,
            log,
            journal,
            device,
            random,
            rules,
            recorded: 0,
            ahead: RefCell::default(),
        };
        Ok((store, notes))
    }

    /// Records what happened at an instant. Gives its id when it is durable:
    ///
    /// 1. `BEGIN IMMEDIATE`, which is also the lock between processes; what another left in the log is taken in;
    /// 2. the line is appended to the log and synced;
    /// 3. the event and the new state are inserted, and committed.
    ///
    /// When 2 fails nothing is recorded. When 3 fails it is in the log all the same, and the next start takes it in. The
    /// third step may wait for more reviews, as `ahead` tells, where nobody can see the difference.
    pub fn record(&mut self, at: Instant, body: Body) -> Result<Recorded> {
        self.reopen_if_replaced()?;
        let ahead = match &body {
            Body::Review(review) => self.record_ahead(at, review),
            _ => Ok(None),
        };
        let recorded = ahead.and_then(|ahead| ahead.map_or_else(|| self.record_once(at, body), Ok));
        self.recorded += 1;
        if self.recorded.is_multiple_of(CHECKPOINT_EVERY)
            && let Some(guard) = &self.guard
        {
            guard.checkpoint(&self.db, HUGE_WAL);
        }
        self.checked(recorded)
    }

    fn record_once(&mut self, at: Instant, body: Body) -> Result<Recorded> {
        let (log, rules, device) = (&mut self.log, &self.rules, self.device);
        let tx = self
            .db
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .context("rehearse.db: cannot be locked")?;
        catch_up_log(&tx, log, device, rules)?;
        purge::refuse(&body, &purge::noted(&tx)?)?;
        let (seq, logical) = events::next_stamp(&tx, device, at.unix_ms)?;
        let event = seal(device, seq, at, Some(logical), body);
        let id = event.id;
        let (size, mark) = log.append(&render(&event))?;
        let committed = (|| {
            let name = about(&tx, &event.body)?;
            absorb(&tx, device, |intake| Ok(intake.take([Line { event, raw: None }])?), rules)?;
            note_log(&tx, size, &mark)?;
            let card = name.map(|name| card(&tx, &name)).transpose()?.flatten();
            tx.commit()?;
            anyhow::Ok(card)
        })();
        let card = committed
            .context("rehearse.db: cannot be written; the review is in the log and counts from the next start")?;
        self.ahead.take();
        Ok(Recorded { id, card })
    }

    /// A database that was deleted or replaced under a running session is opened anew; what was recorded is in the log.
    fn reopen_if_replaced(&mut self) -> Result<()> {
        let Some(guard) = &self.guard else {
            anyhow::bail!("nothing can be recorded here: the folder cannot be written")
        };
        if guard.file() == self.file {
            return Ok(());
        }
        // The decks are indexed by the next start; this session has read its cards.
        let no_decks = |index: Index<'_>| index(&mut std::iter::empty());
        let sources = Sources { log: &self.log, journal: &self.journal, device: self.device };
        let cloned = RefCell::new(false);
        let build = |db: &Connection, _| {
            *cloned.borrow_mut() = build(db, &sources, &self.rules, &|_, _, _| {}, &no_decks)?.cloned;
            Ok(())
        };
        let (db, _) = guard.open(&build)?;
        self.file = guard.file();
        self.db = db;
        self.ahead.take();
        let cloned = cloned.take();
        if self.catch_up(&|_, _, _| {})? || cloned {
            self.part()?;
        }
        Ok(())
    }

    /// What was asked of the database. One that turns out to be damaged is distrusted: the next start builds it anew.
    fn checked<T>(&self, answer: Result<T, impl Into<anyhow::Error>>) -> Result<T> {
        let answer = answer.map_err(Into::into);
        match (&answer, &self.guard) {
            (Err(error), Some(guard)) if is_corrupt(error) => {
                guard.distrust();
                answer
                    .context("rehearse.db is damaged; the next run builds it anew from the log, and no review is lost")
            }
            _ => answer,
        }
    }

    /// Takes in what is new in the log and the journals, and folds anew if the rules are others. Tells whether another
    /// machine writes under this one's name.
    fn catch_up(&mut self, progress: Progress<'_>) -> Result<bool> {
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
        let tx = self
            .db
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .context("rehearse.db: cannot be locked")?;
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
    pub fn receive(
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
        let tx = self
            .db
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .context("rehearse.db: cannot be locked")?;
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

    /// Every file of the journal, by device and month.
    pub fn pages(&self) -> Result<Vec<Page>> {
        self.checked(pages::pages(self.settled()?))
    }

    /// The events of one file of the journal, and how far it had come when they were read.
    pub fn page(&self, device: Device, month: Month) -> Result<(Vec<Line>, Mark)> {
        self.settled()?;
        let read = || {
            let tx = self.db.unchecked_transaction()?;
            let (mark, range) = pages::mark(&tx, device, month)?;
            Ok::<_, rusqlite::Error>((events::page(&tx, device, month, &range)?, mark))
        };
        self.checked(read())
    }

    /// Notes that pages are published, and what git calls them if they are as the events make them.
    pub fn note_published(&mut self, published: &[(Mark, Option<Oid>)]) -> Result<()> {
        self.note_pages(|tx| {
            for (mark, blob) in published {
                if let Some(blob) = blob {
                    pages::note_published(tx, mark, blob)?;
                }
                pages::no_longer_alone(tx, mark)?;
            }
            Ok(())
        })
    }

    /// Notes in which files pages are written. They count as known elsewhere if `shared`.
    pub fn note_written(&mut self, written: &[(Mark, PathBuf)], shared: bool) -> Result<()> {
        self.note_pages(|tx| {
            for (mark, path) in written {
                let Ok(metadata) = std::fs::metadata(path) else { continue };
                pages::note_written(tx, mark, Stamp::of(&metadata))?;
                note_journal(tx, path, Stamp::of(&metadata))?;
                if shared {
                    pages::no_longer_alone(tx, mark)?;
                }
            }
            Ok(())
        })
    }

    /// What is noted of pages holds for the database they were read from, and no other.
    fn note_pages(&mut self, note: impl FnOnce(&Connection) -> rusqlite::Result<()>) -> Result<()> {
        if self.guard.as_ref().is_none_or(|guard| guard.file() != self.file) {
            return Ok(());
        }
        let noted = (|| {
            let tx = self
                .db
                .transaction_with_behavior(TransactionBehavior::Immediate)
                .context("rehearse.db: cannot be locked")?;
            note(&tx)?;
            tx.commit().context("rehearse.db: cannot be written")
        })();
        self.checked(noted)
    }

    /// How many reviews are on this machine alone.
    pub fn alone(&self) -> Result<usize> {
        self.checked(pages::alone(self.settled()?))
    }

    /// Brings the index of decks up to date, taking the changes as they come, and records which histories certainly go on
    /// elsewhere. Both in one transaction, and the log before it: where a rename cannot be recorded, the index still knows
    /// what the decks said before, and the next pass sees the same edit.
    pub fn index(&mut self, at: Instant, changes: &mut dyn Iterator<Item = Change>) -> Result<Followed> {
        let (log, rules, device) = (&mut self.log, &self.rules, self.device);
        let on_disk = self.guard.is_some();
        let indexed = (|| {
            let tx = self
                .db
                .transaction_with_behavior(TransactionBehavior::Immediate)
                .context("rehearse.db: cannot be locked")?;
            let bulk = decks::is_empty(&tx)?;
            let pass = decks::apply(&tx, changes, bulk)?;
            let followed = if on_disk && !pass.is_empty() {
                // What another process recorded meanwhile may have made it one card already.
                catch_up_log(&tx, log, device, rules)?;
                record_moves(&tx, log, rules, device, at, edits::follow(&tx, pass)?)?
            } else {
                Followed::default()
            };
            tx.commit().context("rehearse.db: cannot be written")?;
            anyhow::Ok(followed)
        })();
        self.checked(indexed)
    }

    /// A time by the clock of the file system, to tell which files may have changed since they were read; in nanoseconds.
    pub fn file_clock(&self) -> i64 {
        let touch = || {
            let lock = self.guard.as_ref()?.lock().ok()?;
            // Any write gives the file the present time of its file system.
            std::io::Write::write_all(&mut &lock, b"\n").ok()?;
            lock.set_len(0).ok()?;
            Some(Stamp::of(&lock.metadata().ok()?).modified())
        };
        touch().unwrap_or(0)
    }

    /// This device's name.
    pub fn device(&self) -> Device {
        self.device
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // What cannot be brought in now is in the log, and is by the next start; a damaged database is distrusted here.
        let _ = self.settled();
        if let Some(guard) = &self.guard {
            guard.checkpoint(&self.db, LARGE_WAL);
        }
    }
}

/// What a database is built from, besides the decks.
struct Sources<'a> {
    log: &'a Log,
    journal: &'a Journal,
    device: Device,
}

/// What building one brought to light.
#[derive(Debug, Default)]
struct Built {
    /// Whether another machine writes under this one's name.
    cloned: bool,
    /// Why what git has is not among it.
    trouble: Option<String>,
}

/// Fills an empty database from the journals, the log and the decks.
fn build(
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
    // Nothing can have been edited since: these decks are read for the first time.
    decks(&mut |changes| Ok(decks::apply(&tx, changes, true).map(|_| ())?))?;
    tx.execute("UPDATE meta SET rules = ?1, journal = ?2", (rules_text(rules), &sources.journal.name))?;
    tx.commit()?;
    Ok(Built { cloned, trouble })
}

/// What git has in its commits: the folder of journals may be cut, or of another branch. With the names that are purged.
fn published(journal: &Journal) -> Result<Option<(Published, BTreeSet<CardId>)>> {
    let Some(published) = git::published(&journal.home, &journal.path)? else { return Ok(None) };
    let mut purged = BTreeSet::new();
    published.purged(|_, bytes| {
        purged.extend(purge::names(&String::from_utf8_lossy(&bytes)));
        Ok(())
    })?;
    Ok(Some((published, purged)))
}

/// Takes in what git has in its commits. Gives what git said if it could not be asked; what is there is taken in without it.
fn take_published(intake: &mut Intake<'_>, published: &Published) -> Result<Option<String>> {
    let mut failed = None;
    let asked = published.journals(|_, bytes| {
        intake.take(parse_lines(&bytes)).map_err(|error| {
            failed = Some(error);
            anyhow::anyhow!("not taken in")
        })
    });
    match (failed, asked) {
        (Some(error), _) => Err(error.into()),
        (None, asked) => Ok(asked.err().and_then(|error| not_asked(&error))),
    }
}

/// What to say where git has something and cannot be asked for it.
fn not_asked(error: &anyhow::Error) -> Option<String> {
    let why = || format!("{error:#}; journals that only git has are not among the events, until `rehearse sync`");
    (!error.is::<NoGit>()).then(why)
}

/// The name of the card that an event is about.
fn about(db: &Connection, body: &Body) -> rusqlite::Result<Option<CardId>> {
    match body {
        Body::Undo { of } => Ok(events::event(db, *of)?.and_then(|undone| undone.card)),
        body => Ok(body.card().cloned()),
    }
}

/// Records that the histories of cards go on elsewhere, in the order that [`Store::record`] keeps; the log is synced once.
fn record_moves(
    db: &Connection,
    log: &mut Log,
    rules: &Rules,
    device: Device,
    at: Instant,
    mut moved: Vec<Moved>,
) -> Result<Followed> {
    let purged = purge::noted(db)?;
    // Nothing goes on under a name whose events are taken in no more.
    moved.retain(|moved| !purged.contains(&moved.to));
    if moved.is_empty() {
        return Ok(Followed::default());
    }
    let first = !events::any_rename(db)?;
    let (seq, logical) = events::next_stamp(db, device, at.unix_ms)?;
    let sealed = (0..).zip(&moved).map(|(n, moved)| {
        let body = Body::Rename { card: moved.from.clone(), to: moved.to.clone() };
        seal(device, seq.saturating_add(n), at, Some(logical.saturating_add(n)), body)
    });
    let sealed: Vec<Event> = sealed.collect();
    let (size, mark) = log.append(&sealed.iter().map(render).collect::<Vec<_>>().join("\n"))?;
    let moved = moved.into_iter().zip(sealed.iter().map(|event| event.id)).collect();
    absorb(db, device, |intake| Ok(intake.take(sealed.into_iter().map(|event| Line { event, raw: None }))?), rules)?;
    note_log(db, size, &mark)?;
    Ok(Followed { moved, first })
}

/// Takes events in, and lets the cards of the decks follow.
fn absorb(db: &Connection, own: Device, take: impl FnOnce(&mut Intake<'_>) -> Result<()>, rules: &Rules) -> Result<()> {
    let mut intake = Intake::new(db, own)?;
    take(&mut intake)?;
    follow(db, &intake.settle(rules, &|_, _| {})?)
}

/// Lets the cards of the decks follow what happened to names and states.
fn follow(db: &Connection, settled: &Settled) -> Result<()> {
    decks::follow_renames(db, &settled.moved)?;
    match &settled.folded {
        Some(cards) => cards.iter().try_for_each(|card| agenda::settle(db, *card))?,
        None => agenda::settle_all(db)?,
    }
    Ok(())
}

/// Takes in what another process, or this one before it was killed, left in the log.
fn catch_up_log(db: &Connection, log: &Log, own: Device, rules: &Rules) -> Result<()> {
    let (offset, _) = log_place(db)?;
    if log.size()? == offset { Ok(()) } else { absorb(db, own, |intake| take_log(db, intake, log), rules) }
}

/// Up to where the log is taken in, and the bytes before that.
fn log_place(db: &Connection) -> Result<(u64, Vec<u8>)> {
    let place = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?.unsigned_abs(), row.get(1)?));
    Ok(db.prepare_cached("SELECT log_offset, log_mark FROM meta")?.query_row([], place)?)
}

fn take_log(db: &Connection, intake: &mut Intake<'_>, log: &Log) -> Result<()> {
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
fn take_pieces(intake: &mut Intake<'_>, mut pieces: Pieces) -> Result<u64> {
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

fn note_log(db: &Connection, offset: u64, mark: &[u8]) -> Result<()> {
    let offset = i64::try_from(offset).context("the log is too large")?;
    db.prepare_cached("UPDATE meta SET log_offset = ?1, log_mark = ?2")?.execute((offset, mark))?;
    Ok(())
}

/// Journal files that are not as they were when they were taken in, with their stamps. What lies deeper than
/// `DEVICE/MONTH.jsonl` is another learner's.
fn changed_journals(db: &Connection, folder: &Path) -> Result<Vec<(PathBuf, Stamp)>> {
    let mut known = db.prepare_cached("SELECT stamp FROM journals WHERE path = ?1")?;
    let mut changed = journal_files(folder);
    changed.retain(|(path, stamp)| {
        let same = known.query_row([path.to_string_lossy()], |row| row.get::<_, Stamp>(0));
        !same.is_ok_and(|same| same == *stamp)
    });
    Ok(changed)
}

/// Every journal file, with its stamp, in path order. What lies deeper than `DEVICE/MONTH.jsonl` is another learner's.
fn journal_files(folder: &Path) -> Vec<(PathBuf, Stamp)> {
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

fn note_journal(db: &Connection, path: &Path, stamp: Stamp) -> rusqlite::Result<()> {
    let sql = "INSERT OR REPLACE INTO journals (path, stamp) VALUES (?1, ?2)";
    db.prepare_cached(sql)?.execute((path.to_string_lossy(), stamp))?;
    Ok(())
}

fn rules_text(rules: &Rules) -> String {
    format!("{} {} {}", rules.preset.word(), rules.maximum_interval, rules.day_starts_at.0)
}

/// Whether the disk, not its content, is why something failed: a read-only folder, no permission, no space.
fn refused_by_disk(error: &anyhow::Error) -> bool {
    use std::io::ErrorKind::{FileTooLarge, PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    error.chain().any(|cause| {
        let io = cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
        let sqlite = cause.downcast_ref::<rusqlite::Error>().and_then(rusqlite::Error::sqlite_error_code);
        matches!(io, Some(PermissionDenied | ReadOnlyFilesystem | StorageFull | QuotaExceeded | FileTooLarge))
            || matches!(
                sqlite,
                Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::DiskFull | ErrorCode::SystemIoFailure)
            )
    })
}

/// Whether the database holds what it never was given.
fn is_corrupt(error: &anyhow::Error) -> bool {
    use rusqlite::Error::{FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType};
    error.chain().filter_map(|cause| cause.downcast_ref()).any(|error: &rusqlite::Error| {
        let code = error.sqlite_error_code();
        matches!(code, Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
            || matches!(error, FromSqlConversionFailure(..) | IntegralValueOutOfRange(..) | InvalidColumnType(..))
    })
}
