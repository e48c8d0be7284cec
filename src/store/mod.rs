//! The store: the log on disk, and the database that caches what it adds up to.
//!
//! A review is safe when its line is in the log and the log is synced; the database is a cache of the log, the journals
//! and the decks. `log` is the file, `device` the name under which it is written. `guard` opens the database or has it
//! built, `build` knows from what, `catch_up` brings it up to the log and the journals, `intake` takes events in, `names`,
//! `events` and `decks` are its rows, `pages` tells which file of the journal an event belongs to, `mentions` knows what
//! decks name, `entries` reads cards with their state, `agenda` settles and tells what is asked, `questions` is what else
//! the database can tell. `ahead` lets reviews wait in the log, `edits` is what the decks said before, by which history
//! follows an edit, `peek` looks without a trace, `examine` at everything, `purge` knows whose history is forgotten,
//! `takes` is what was typed. What [`Store::record`] does, in this order, is what makes an acknowledged review impossible
//! to lose.
//!
//! Not here: printing, the time, parsing decks.

mod agenda;
mod ahead;
mod batch;
mod build;
mod catch_up;
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
mod said;
mod stamp;
mod takes;

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior};

use crate::atomic_file::create_folder;
use crate::clock::Instant;
use crate::deck::CardId;
use crate::history::{Body, CardState, Device, Event, EventId, Line, render, seal};
use crate::settings::{self, Rules};
use ahead::Ahead;
use build::{Built, Sources, build};
use catch_up::{absorb, catch_up_log, note_log};
pub(crate) use decks::{Change, Indexed};
pub(crate) use device::copied_from;
pub(crate) use edits::Moved;
pub use events::Logged;
pub(crate) use examine::{Examined, close_to_others, open_to_others};
use guard::{Guard, HUGE_WAL, LARGE_WAL, Reason};
use log::Log;
pub(crate) use pages::{Counts, Mark};
pub(crate) use peek::Peek;
pub(crate) use purge::{PURGED, about as purged_of, names as purged_names};
pub(crate) use said::Read;
pub use stamp::Stamp;
pub(crate) use takes::Take;

/// Hears how far a long piece of work is: what is done, how much of how much.
pub(crate) type Progress<'a> = &'a (dyn Fn(&'static str, usize, usize) + Sync);

/// Takes what changed in the decks, as it comes.
pub type Index<'a> = &'a mut dyn FnMut(&mut dyn Iterator<Item = Change>) -> Result<()>;

/// Where the journals are: one folder for each device, below a folder that may not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Journal {
    /// The collection, or the other repository that has the history.
    pub(crate) home: PathBuf,
    /// The way from there to the folder of journals, with `/`.
    pub(crate) path: String,
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
    pub(crate) fn folder(&self) -> PathBuf {
        self.home.join(&self.path)
    }

    /// The way to it in a repository, where `prefix` is the way to the collection: empty, or ending in `/`.
    pub(crate) fn below(&self, prefix: &str) -> String {
        format!("{prefix}{}", self.path)
    }
}

/// What a store is opened with.
pub struct Opening<'a> {
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

#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// The id of the new event.
    pub(crate) id: EventId,
    /// The state of the card it is about, as it is now; of an undo, of the one whose event it takes back.
    pub(crate) state: Option<CardState>,
}

/// Renames that were recorded because history follows an edit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Followed {
    /// Each, with the id of its event.
    pub(crate) moved: Vec<(Moved, EventId)>,
    /// Whether no card was ever renamed before.
    pub(crate) first: bool,
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
        // Before it is opened: another process may record as soon as it is there.
        let began = log.size()? > 0;
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
            if reason != Reason::Missing || (events > 0 && began) {
                let events = crate::text::count(events, "event");
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
    pub(crate) fn open_without_disk(opening: &Opening<'_>, error: anyhow::Error) -> Result<(Store, Vec<String>)> {
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
        let tx = locked(&self.db)?;
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
            let number = name.map(|name| names::known_number(&tx, name.as_str())).transpose()?.flatten();
            let state = number.map(|number| agenda::state_of(&tx, number)).transpose()?;
            tx.commit()?;
            anyhow::Ok(state)
        })();
        let state = committed
            .context("rehearse.db: cannot be written; the review is in the log and counts from the next start")?;
        self.ahead.take();
        Ok(Recorded { id, state })
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

    /// Brings the index of decks up to date, taking the changes as they come, and records which histories certainly go on
    /// elsewhere. Both in one transaction, and the log before it: where a rename cannot be recorded, the index still knows
    /// what the decks said before, and the next pass sees the same edit.
    pub(crate) fn index(&mut self, at: Instant, changes: &mut dyn Iterator<Item = Change>) -> Result<Followed> {
        let (log, rules, device) = (&mut self.log, &self.rules, self.device);
        let on_disk = self.guard.is_some();
        let indexed = (|| {
            let tx = locked(&self.db)?;
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
    pub(crate) fn file_clock(&self) -> i64 {
        let touch = || {
            let lock = self.guard.as_ref()?.lock().ok()?;
            // Any write gives the file the present time of its file system.
            std::io::Write::write_all(&mut &lock, b"\n").ok()?;
            lock.set_len(0).ok()?;
            Some(Stamp::of(&lock.metadata().ok()?).modified())
        };
        touch().unwrap_or(0)
    }

    pub(crate) fn device(&self) -> Device {
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

/// A transaction that only one process can be in at a time.
fn locked(db: &Connection) -> Result<Transaction<'_>> {
    Transaction::new_unchecked(db, TransactionBehavior::Immediate).context("rehearse.db: cannot be locked")
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
