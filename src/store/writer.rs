//! The open store: opens the database, records events, and hands out the database to queries.
//!
//! A review is safe when its line is in the log and the log is synced; the database is only a cache. SQLite inserts 64
//! reviews for hardly more than one costs, so the reviews of a session are appended to the log one by one and inserted
//! together: when there are enough, before a query that they may change, or at the end. A killed session leaves them at the
//! end of the log, which every start takes in. Only this file knows that: a query asks for a [reader](Store::reader), and
//! getting one inserts what is pending.
//!
//! Not here: what is queried.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::Path;

use rusqlite::Connection;

use super::db::file_stamp::Stamp;
use super::db::open::{DatabaseFile, HUGE_WAL, LARGE_WAL, Reason, create};
use super::db::patience::Patience;
use super::error::Error;
use super::events::ingest::Ingested;
use super::events::{ids, logged, states};
use super::local::device;
use super::log::Log;
use super::rebuild::{Built, IndexChanges, build, build_from};
use super::replay::{self, CaughtUp, News, Progress, Sources, catch_up_log, log_place};
use crate::atomic_file::create_folder;
use crate::clock::Instant;
use crate::deck::CardId;
use crate::history::{
    Body, CardState, Device, Event, EventId, LAST_SEQ, LONGEST_LINE, Line, Review, logical_clock, parse_line, render,
    seal,
};
use crate::journal::Journal;
use crate::settings::Rules;
use crate::text::count;

/// How many reviews may be pending.
const MOST_PENDING: usize = 64;
/// How many sequence numbers must be left for what is recorded at once.
const ROOM: i64 = 1 << 32;
/// After how many events the size of the WAL is checked, so that a long session does not let it grow forever.
const CHECKPOINT_EVERY: usize = 128;

pub(crate) struct Opening<'a> {
    pub local: &'a Path,
    pub journal: &'a Journal,
    /// Reads every deck for a database that is being built. It is passed a time by the clock of the file system.
    pub decks: &'a dyn Fn(i64, IndexChanges<'_>) -> Result<(), Error>,
    pub rules: Rules,
    /// Fresh random bits, for a device that has no name yet.
    pub random: u64,
    /// Whether something may be recorded. If not, the folder need not be writable.
    pub write: bool,
    /// Says that a command which records waits for another process.
    pub waiting: fn(),
    pub progress: Progress<'a>,
}

impl Opening<'_> {
    fn patience(&self) -> Patience {
        Patience { writes: self.write, waiting: self.waiting }
    }
}

/// The note of a reader that does not wait for a process which is writing.
pub(crate) const SKIPPED: &str =
    "another process is using the collection; what is new since its last command is not shown";

pub(crate) struct Store {
    db: Connection,
    patience: Patience,
    /// `None` for a database in memory.
    file: Option<DatabaseFile>,
    inode: Option<u64>,
    log: Log,
    journal: Journal,
    device: Device,
    random: u64,
    rules: Rules,
    recorded: usize,
    pending: RefCell<Option<PendingReviews>>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Recorded {
    pub id: EventId,
    /// The new state of the card it is about; of an undo, of the card whose event it makes void.
    pub state: Option<CardState>,
}

/// A log that is ahead of the database, all of it by this process.
#[derive(Debug)]
struct PendingReviews {
    /// SQLite's number for the state of the database, which changes when another connection writes.
    version: i64,
    size: u64,
    seq: i64,
    time: i64,
    /// The numbers of the cards whose reviews are pending.
    cards: BTreeSet<i64>,
}

impl PendingReviews {
    /// Returns nothing pending; `None` if the database lacks something of the log.
    fn new(db: &Connection, log: &Log, device: Device, now: i64) -> Result<Option<Self>, Error> {
        let size = log.size()?;
        if log_place(db)?.0 != size {
            return Ok(None);
        }
        let (seq, time) = logged::next_stamp(db, device, now)?;
        Ok(Some(PendingReviews { version: version(db)?, size, seq: seq - 1, time: time - 1, cards: BTreeSet::new() }))
    }
}

fn version(db: &Connection) -> rusqlite::Result<i64> {
    db.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))
}

/// A transaction that only one process can be in, with everything of the log taken in.
pub(super) struct Writing<'a> {
    pub(super) db: &'a Connection,
    log: &'a mut Log,
    sources: (&'a Journal, Device, &'a Rules),
    appended: bool,
}

impl Writing<'_> {
    /// Seals events about these bodies, appends them to the log durably, and takes them in.
    pub(super) fn append(&mut self, at: Instant, bodies: Vec<Body>) -> Result<Vec<EventId>, Error> {
        let (journal, device, rules) = self.sources;
        let (seq, logical) = logged::next_stamp(self.db, device, at.unix_ms)?;
        let mut events: Vec<Event> = Vec::new();
        for (n, body) in (0..).zip(bodies) {
            let raised = logged::raised_time(self.db, &body, at.unix_ms)?;
            let logical = raised.unwrap_or(logical.saturating_add(n));
            events.push(seal(device, seq.saturating_add(n), at, Some(logical), body));
        }
        let ids = events.iter().map(|event| event.id).collect();
        let lines = events.iter().map(line_of).collect::<Result<Vec<_>, _>>()?;
        let place = self.log.append(&lines.join("\n"))?;
        self.appended = true;
        replay::ingest_appended(self.db, &Sources { log: self.log, journal, device, rules }, events, place)?;
        Ok(ids)
    }

    /// Appends lines of events that the database has and the log lacks.
    pub(super) fn append_lines(&mut self, lines: &[String]) -> Result<(), Error> {
        let (size, mark) = self.log.append(&lines.join("\n"))?;
        replay::note_log(self.db, size, &mark)
    }
}

impl Store {
    /// Opens the store: builds the database if necessary, and takes in what is new in the log and the journals. Returns notes
    /// for the user, too.
    pub(crate) fn open(opening: &Opening<'_>) -> Result<(Store, Vec<String>), Error> {
        let opened = match Self::open_on_disk(opening) {
            // It has the right stamp, and yet cannot be read: the disk lost it.
            Err(error) if error.is_corrupt() => {
                DatabaseFile::new(opening.local, opening.patience()).distrust();
                Self::open_on_disk(opening)
            }
            opened => opened,
        };
        opened.or_else(|error| Self::open_without_disk(opening, error))
    }

    fn open_on_disk(opening: &Opening<'_>) -> Result<(Store, Vec<String>), Error> {
        let mut notes = Vec::new();
        create_folder(opening.local).map_err(Error::file(opening.local, "cannot be created"))?;
        let file = DatabaseFile::new(opening.local, opening.patience());
        let log = Log::new(opening.local.join("log.jsonl"));
        let device = device::name(&file, opening.local, opening.random, &mut notes)?;
        // Before the database is opened: another process may record as soon as it exists.
        let has_log = log.size()? > 0;
        let sources = Sources { log: &log, journal: opening.journal, device, rules: &opening.rules };
        let (db, mut reason, built) = open_or_build(&file, &sources, opening)?;
        let mut store = Store::new(db, Some(file), log, device, opening);
        notes.extend(built.notes);
        let events: usize = store.db.query_row("SELECT count(*) FROM events", [], |row| row.get(0))?;
        // A clone that was never used here has lost nothing.
        reason = reason.filter(|reason| *reason != Reason::Missing || (events > 0 && has_log));
        if let Some(reason) = reason {
            let (what, events) = (reason.words(), count(events, "event"));
            notes.push(format!("rehearse.db {what} and was built anew from {events} of the log and the journals"));
        }
        match store.catch_up(opening.progress) {
            Err(error) if error.is_busy() && !opening.write => notes.push(SKIPPED.to_owned()),
            caught_up => {
                let CaughtUp { cloned, unreadable } = caught_up?;
                // A rebuild has named them already.
                notes.extend(unreadable.filter(|note| !notes.contains(note)));
                if cloned || built.cloned {
                    notes.push(store.take_new_device()?);
                }
            }
        }
        Ok((store, notes))
    }

    /// Builds the database in memory, so that a reader gets its answers though nothing can be written. Returns the error if
    /// that is not why, or if something is to be recorded.
    pub(crate) fn open_without_disk(opening: &Opening<'_>, error: Error) -> Result<(Store, Vec<String>), Error> {
        if opening.write || !(error.is_refused_by_disk() || error.is_busy()) {
            return Err(error);
        }
        let log = Log::new(opening.local.join("log.jsonl"));
        let device = Device::from_bits(opening.random);
        let db = Connection::open_in_memory()?;
        create(&db)?;
        let sources = Sources { log: &log, journal: opening.journal, device, rules: &opening.rules };
        let built = build(&db, &sources, &|index| (opening.decks)(0, index), opening.progress)?;
        let error = error.with_causes();
        let mut notes = vec![format!("{error}; answering from the log alone, and nothing can be recorded")];
        notes.extend(built.notes);
        Ok((Store::new(db, None, log, device, opening), notes))
    }

    fn new(db: Connection, file: Option<DatabaseFile>, log: Log, device: Device, opening: &Opening<'_>) -> Self {
        Store {
            db,
            patience: opening.patience(),
            inode: file.as_ref().and_then(DatabaseFile::inode),
            file,
            log,
            journal: opening.journal.clone(),
            device,
            random: opening.random,
            rules: opening.rules,
            recorded: 0,
            pending: RefCell::default(),
        }
    }

    fn sources(&self) -> Sources<'_> {
        Sources { log: &self.log, journal: &self.journal, device: self.device, rules: &self.rules }
    }

    pub(super) fn catch_up(&mut self, progress: Progress<'_>) -> Result<CaughtUp, Error> {
        let news = News::find(&self.db, &self.sources())?;
        if news.is_none() {
            return Ok(news.caught_up(&self.journal));
        }
        let tx = self.patience.begin(&self.db)?;
        let caught_up = replay::catch_up(&tx, &self.sources(), news, progress)?;
        tx.commit().map_err(cannot_be_written)?;
        self.pending.take();
        Ok(caught_up)
    }

    /// Takes a new device name, because another machine uses this one. Returns a note for the user.
    pub(super) fn take_new_device(&mut self) -> Result<String, Error> {
        let old = self.device;
        if let (Some(file), Some(local)) = (&self.file, self.log.path().parent()) {
            self.device = device::rename(file, local, old, self.random)?;
        }
        Ok(format!(
            "another machine writes as device `{old}`, too: this one goes on as a new device, `{}`, with both histories",
            self.device
        ))
    }

    /// Goes on under the name that another process took for this machine since, because the old one is also another's.
    pub(super) fn look_at_name(&mut self) -> Result<(), Error> {
        if let Some(name) = self.file.as_ref().and_then(|_| device::taken(self.local()))
            && name != self.device
        {
            self.device = name;
            self.pending.take();
        }
        // An event under this name, forged or of another machine, has used up the numbers.
        if logged::last_seq(&self.db, self.device)? > LAST_SEQ - ROOM {
            self.take_new_device()?;
        }
        Ok(())
    }

    /// Records an event:
    ///
    /// 1. `BEGIN IMMEDIATE`, which is also the lock between processes; what another process appended to the log is taken in;
    /// 2. the line is appended to the log and synced;
    /// 3. the event and the new state are inserted and committed.
    ///
    /// If 2 fails, nothing is recorded. If 3 fails, the event is in the log and counts from the next start. Step 3 may wait
    /// for more reviews.
    pub(crate) fn record(&mut self, at: Instant, body: Body) -> Result<Recorded, Error> {
        self.reopen_if_replaced()?;
        self.look_at_name()?;
        let pending = match &body {
            Body::Review(review) => self.record_pending(at, review),
            _ => Ok(None),
        };
        let recorded = self.checked(pending)?.map_or_else(|| self.record_at_once(at, body), Ok)?;
        self.recorded += 1;
        if self.recorded.is_multiple_of(CHECKPOINT_EVERY)
            && let Some(file) = &self.file
        {
            file.checkpoint(&self.db, HUGE_WAL);
        }
        Ok(recorded)
    }

    fn record_at_once(&mut self, at: Instant, body: Body) -> Result<Recorded, Error> {
        self.write(|writing| {
            let card = logged::card_of(writing.db, &body)?;
            let id = writing.append(at, vec![body])?.remove(0);
            recorded(writing.db, id, card)
        })
    }

    /// Records two events of one moment: both are in the log, or neither.
    pub(crate) fn record_both(&mut self, at: Instant, bodies: [Body; 2]) -> Result<[Recorded; 2], Error> {
        self.reopen_if_replaced()?;
        self.look_at_name()?;
        self.write(|writing| {
            let cards = [logged::card_of(writing.db, &bodies[0])?, logged::card_of(writing.db, &bodies[1])?];
            let ids = writing.append(at, bodies.to_vec())?;
            let [first, second] = cards;
            Ok([recorded(writing.db, ids[0], first)?, recorded(writing.db, ids[1], second)?])
        })
    }

    /// Records a review in the log alone. Returns `None`, and records nothing, if the database must be written: the card was
    /// reviewed just now, or by a clock far ahead, enough reviews are pending, or another process has written.
    fn record_pending(&mut self, at: Instant, review: &Review) -> Result<Option<Recorded>, Error> {
        let tx = self.patience.begin(&self.db)?;
        let slot = self.pending.get_mut();
        if slot.is_none() {
            *slot = PendingReviews::new(&tx, &self.log, self.device, at.unix_ms)?;
        }
        let Some(pending) = slot else { return Ok(None) };
        if pending.cards.len() >= MOST_PENDING || pending.version != version(&tx)? {
            return Ok(None);
        }
        let Some(number) = ids::known_number(&tx, review.card.as_str())? else { return Ok(None) };
        let body = Body::Review(review.clone());
        if pending.cards.contains(&number) || logged::raised_time(&tx, &body, at.unix_ms)?.is_some() {
            return Ok(None);
        }
        let mut state = states::state_of(&tx, number)?;
        let (seq, time) = (pending.seq + 1, logical_clock(at.unix_ms, Some(pending.time)));
        let event = seal(self.device, seq, at, Some(time), body);
        let Some((size, _)) = self.log.append_at(pending.size, &line_of(&event)?)? else { return Ok(None) };
        (pending.size, pending.seq, pending.time) = (size, seq, time);
        pending.cards.insert(number);
        if let Some(action) = event.action() {
            state.apply(action, at.study_day(self.rules.day_starts_at), &self.rules);
        }
        Ok(Some(Recorded { id: event.id, state: Some(state) }))
    }

    /// Runs `work` in a transaction that only one process can be in, with everything of the log taken in.
    pub(super) fn write<T>(&mut self, work: impl FnOnce(&mut Writing<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let written = (|| {
            let tx = self.patience.begin(&self.db)?;
            let (journal, device, rules) = (&self.journal, self.device, &self.rules);
            catch_up_log(&tx, &Sources { log: &self.log, journal, device, rules })?;
            let sources = (journal, device, rules);
            let mut writing = Writing { db: &tx, log: &mut self.log, sources, appended: false };
            let worked = work(&mut writing);
            let appended = writing.appended;
            let committed = worked.and_then(|value| tx.commit().map(|()| value).map_err(cannot_be_written));
            committed.map_err(|error| if appended { counts_later(error) } else { error })
        })();
        if written.is_ok() {
            self.pending.take();
        }
        self.checked(written)
    }

    fn insert_pending(&self) -> Result<(), Error> {
        if self.pending.borrow().as_ref().is_some_and(|pending| !pending.cards.is_empty()) {
            let tx = self.patience.begin(&self.db)?;
            catch_up_log(&tx, &self.sources())?;
            tx.commit()?;
            self.pending.take();
        }
        Ok(())
    }

    /// Returns the database with everything that was recorded.
    pub(super) fn reader(&self) -> Result<&Connection, Error> {
        self.checked(self.insert_pending())?;
        Ok(&self.db)
    }

    /// Returns the database with everything that was recorded of one card, by its number.
    pub(super) fn reader_of(&self, card: i64) -> Result<&Connection, Error> {
        let pending = self.pending.borrow().as_ref().is_some_and(|pending| pending.cards.contains(&card));
        if pending { self.reader() } else { Ok(&self.db) }
    }

    /// Returns the database for what reviews don't change: what the decks say, ids, and names of devices.
    pub(super) fn deck_reader(&self) -> &Connection {
        &self.db
    }

    /// Returns what was read. If the database turns out to be damaged, the next start rebuilds it.
    pub(super) fn checked<T, E: Into<Error>>(&self, answer: Result<T, E>) -> Result<T, Error> {
        answer.map_err(Into::into).map_err(|error| match &self.file {
            Some(file) if error.is_corrupt() => {
                file.distrust();
                error.context("rehearse.db is damaged; the next run builds it anew from the log, and no review is lost")
            }
            _ => error,
        })
    }

    /// Opens the database again if it was deleted or replaced during a session. Everything recorded is in the log.
    pub(super) fn reopen_if_replaced(&mut self) -> Result<(), Error> {
        let Some(file) = &self.file else {
            return Err(Error::Refused("nothing can be recorded here: the folder cannot be written".to_owned()));
        };
        if file.inode() == self.inode {
            return Ok(());
        }
        // The next start indexes the decks; this session has read its cards.
        let no_decks = |index: IndexChanges<'_>| index(&mut std::iter::empty());
        let built = RefCell::new(Built::default());
        let build = |db: &Connection, _| {
            *built.borrow_mut() = build(db, &self.sources(), &no_decks, &|_, _, _| {})?;
            Ok(())
        };
        let (db, _) = file.open(&build)?;
        self.inode = file.inode();
        self.db = db;
        self.pending.take();
        if self.catch_up(&|_, _, _| {})?.cloned || built.take().cloned {
            self.take_new_device()?;
        }
        Ok(())
    }

    /// Whether the open connection is to the file that has the database's name.
    pub(super) fn is_current(&self) -> bool {
        self.file.as_ref().is_some_and(|file| file.inode() == self.inode)
    }

    /// Takes in journals from elsewhere. Unless `keep`, they are only counted.
    pub(super) fn receive_journals(&mut self, journals: &[Vec<u8>], keep: bool) -> Result<Ingested, Error> {
        let received = (|| {
            let tx = self.patience.begin(&self.db)?;
            let ingested = replay::receive(&tx, &self.sources(), journals)?;
            if keep {
                tx.commit().map_err(cannot_be_written)?;
                self.pending.take();
            }
            Ok::<_, Error>(ingested)
        })();
        self.checked(received)
    }

    /// Builds a second database in memory, from the files alone.
    pub(super) fn rebuilt(
        &self,
        decks: &dyn Fn(IndexChanges<'_>) -> Result<(), Error>,
        progress: Progress<'_>,
    ) -> Result<Connection, Error> {
        let db = Connection::open_in_memory()?;
        create(&db)?;
        build_from(&db, &self.sources(), None, decks, progress)?;
        Ok(db)
    }

    /// Returns a time by the clock of the file system in nanoseconds, to find files that may have changed since they were
    /// read.
    pub(crate) fn file_clock(&self) -> i64 {
        let touch = || {
            let lock = self.file.as_ref()?.lock_now()?;
            // Any write gives the file the present time of its file system.
            std::io::Write::write_all(&mut &lock, b"\n").ok()?;
            lock.set_len(0).ok()?;
            Some(Stamp::new(&lock.metadata().ok()?).modified())
        };
        touch().unwrap_or(0)
    }

    /// Makes the next start set the database aside and rebuild it.
    pub(crate) fn discard_database(self) {
        if let Some(file) = &self.file {
            file.distrust();
        }
    }

    pub(crate) fn device(&self) -> Device {
        self.device
    }

    pub(super) fn rules(&self) -> &Rules {
        &self.rules
    }

    pub(super) fn journal(&self) -> &Journal {
        &self.journal
    }

    pub(super) fn log(&self) -> &Log {
        &self.log
    }

    pub(super) fn local(&self) -> &Path {
        self.log.path().parent().unwrap_or(Path::new(""))
    }

    /// Whether it was opened to record.
    pub(super) fn writes(&self) -> bool {
        self.patience.writes
    }

    /// Whether the database is a file, not in memory.
    pub(super) fn is_on_disk(&self) -> bool {
        self.file.is_some()
    }

    /// Locks this machine's folder against other processes, unless the database is in memory.
    pub(super) fn lock(&self) -> Result<Option<std::fs::File>, Error> {
        self.file.as_ref().map(DatabaseFile::lock).transpose()
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // What cannot be inserted now is in the log, and the next start takes it in.
        let _ = self.reader();
        if let Some(file) = &self.file {
            file.checkpoint(&self.db, LARGE_WAL);
        }
    }
}

/// Opens the database file or builds it, also if it is of other journals. Returns why it was built.
fn open_or_build(
    file: &DatabaseFile,
    sources: &Sources<'_>,
    opening: &Opening<'_>,
) -> Result<(Connection, Option<Reason>, Built), Error> {
    let built = RefCell::new(Built::default());
    let build = |db: &Connection, clock| {
        let decks = |index: IndexChanges<'_>| (opening.decks)(clock, index);
        *built.borrow_mut() = build(db, sources, &decks, opening.progress)?;
        Ok(())
    };
    let (mut db, mut reason) = file.open(&build)?;
    if db.query_row("SELECT journal <> ?1 FROM meta", [&sources.journal.name], |row| row.get(0))? {
        drop(db);
        file.distrust();
        (db, _) = file.open(&build)?;
        reason = Some(Reason::Elsewhere);
    }
    Ok((db, reason, built.take()))
}

/// Returns what is known of an event after it was taken in, and the state of its card.
fn recorded(db: &Connection, id: EventId, card: Option<CardId>) -> Result<Recorded, Error> {
    let number = card.map(|card| ids::known_number(db, card.as_str())).transpose()?.flatten();
    let state = number.map(|number| states::state_of(db, number)).transpose()?;
    Ok(Recorded { id, state })
}

/// Returns an event's line, which can be read back.
fn line_of(event: &Event) -> Result<String, Error> {
    let line = render(event);
    if line.len() > LONGEST_LINE {
        return Err(Error::Refused(format!("an event of {} bytes is too long to be saved", line.len())));
    }
    if event.id.seq > LAST_SEQ {
        let what = "nothing was recorded: another machine used up the numbers of this device; run the command again";
        return Err(Error::Refused(what.to_owned()));
    }
    debug_assert_eq!(
        parse_line(&line),
        Ok(Line { event: event.clone(), raw: None }),
        "a line that cannot be read back"
    );
    Ok(line)
}

fn cannot_be_written(source: rusqlite::Error) -> Error {
    Error::Database { what: "rehearse.db: cannot be written".to_owned(), source }
}

/// Says that an event which could not be inserted is safe.
fn counts_later(error: Error) -> Error {
    let what = "rehearse.db: cannot be written; the review is in the log and counts from the next start";
    match error {
        Error::Database { source, .. } => Error::Sqlite(source).context(what),
        error => error.context(what),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::history::EventId;
    use crate::schedule::Grade;
    use crate::settings::Sync;

    fn open(folder: &Path) -> Store {
        let no_decks = |_, index: IndexChanges<'_>| index(&mut std::iter::empty());
        let opening = Opening {
            local: &folder.join("local"),
            journal: &Journal::new(folder, &Sync::default()),
            decks: &no_decks,
            rules: Rules::default(),
            random: 7,
            write: true,
            waiting: || {},
            progress: &|_, _, _| {},
        };
        Store::open(&opening).unwrap().0
    }

    fn id(card: u8) -> CardId {
        CardId::parse(&format!("card-{card}")).unwrap()
    }

    /// Everything a store knows of the cards, by any process.
    fn known(store: &Store) -> Vec<(CardId, String)> {
        let state = |entry: crate::entry::Entry| (entry.card, format!("{:?}", entry.state));
        store.absent().unwrap().into_iter().map(state).collect()
    }

    /// Of two processes one does something: grades a card, takes its last event back, suspends a card, renames one, asks
    /// for all there is, or ends and begins again.
    #[derive(Debug, Clone)]
    enum Step {
        Grade(u8, u8),
        Undo,
        Suspend(u8),
        Rename(u8, u8),
        Ask,
        Restart,
    }

    fn step() -> impl Strategy<Value = (bool, Step)> {
        let card = || 0..90_u8;
        let step = prop_oneof![
            60 => (card(), 0..=5_u8).prop_map(|(card, grade)| Step::Grade(card, grade)),
            2 => Just(Step::Undo),
            1 => card().prop_map(Step::Suspend),
            1 => (card(), card()).prop_map(|(from, to)| Step::Rename(from, to)),
            2 => Just(Step::Ask),
            1 => Just(Step::Restart),
        ];
        // Long runs of one process, so that enough waits in the log.
        (prop::bool::weighted(0.03), step)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8))]
        #[test]
        fn waiting_in_the_log_makes_no_difference(steps in prop::collection::vec(step(), 1..260)) {
            let folder = tempfile::tempdir().unwrap();
            let mut stores = [open(folder.path()), open(folder.path())];
            let mut last: [Option<(EventId, CardId)>; 2] = [None, None];
            let mut turn = 0;
            for (n, (other, step)) in (0..).zip(steps) {
                turn = if other { 1 - turn } else { turn };
                let store = &mut stores[turn];
                // Some clocks stand still, and some go back.
                let at = Instant::new(1_790_000_000_000 + n / 3 * 40_000_000 - n % 3 * 7, 0).unwrap();
                let mut undone = None;
                let body = match step {
                    Step::Grade(card, grade) => Body::Review(Review::new(id(card), Grade::new(grade).unwrap())),
                    Step::Undo => match last[turn].take() {
                        Some((of, card)) => {
                            undone = Some(card);
                            Body::Undo { of }
                        }
                        None => continue,
                    },
                    Step::Suspend(card) => Body::Suspend { card: id(card), on: true },
                    Step::Rename(from, to) if from != to => Body::Rename { card: id(from), to: id(to) },
                    Step::Rename(..) => continue,
                    Step::Ask => {
                        known(store);
                        continue;
                    }
                    Step::Restart => {
                        *store = open(folder.path());
                        continue;
                    }
                };
                let card = body.card().cloned().or(undone).unwrap();
                let recorded = store.record(at, body).unwrap();
                // Asked one time in eight: asking brings in what waits.
                if n % 8 == 0 {
                    let read = store.card(&card).unwrap().map(|card| card.state);
                    prop_assert_eq!(recorded.state, Some(read.unwrap_or_default()));
                }
                last[turn] = Some((recorded.id, card));
            }
            let [one, two] = stores;
            drop(two);
            drop(one);
            let cached = known(&open(folder.path()));
            std::fs::remove_dir_all(folder.path().join("journal")).ok();
            std::fs::remove_file(folder.path().join("local/rehearse.db")).unwrap();
            prop_assert_eq!(cached, known(&open(folder.path())));
        }
    }

    #[test]
    fn an_undo_of_an_undo_returns_the_state_of_the_card() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = open(folder.path());
        let mut at = (0..).map(|n| Instant::new(1_790_000_000_000 + n * 1000, 0).unwrap());
        let review = Body::Review(Review::new(id(1), Grade::new(4).unwrap()));
        let mut last = store.record(at.next().unwrap(), review).unwrap();
        for reviews in [0, 1, 0, 1] {
            last = store.record(at.next().unwrap(), Body::Undo { of: last.id }).unwrap();
            assert_eq!(last.state.unwrap().reviews, reviews);
        }
    }

    #[test]
    fn a_session_of_reviews_waits_in_the_log_until_it_is_asked_about() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = open(folder.path());
        let at = |n: i64| Instant::new(1_790_000_000_000 + n * 1000, 0).unwrap();
        let review = |card: u8| Body::Review(Review::new(id(card), Grade::new(4).unwrap()));
        for card in 0..3 {
            store.record(at(i64::from(card)), review(card)).unwrap();
        }
        // New names come in with the first.
        let rows =
            |store: &Store| -> i64 { store.db.query_row("SELECT count(*) FROM events", [], |row| row.get(0)).unwrap() };
        assert_eq!(rows(&store), 3);
        for card in 0..3 {
            store.record(at(10 + i64::from(card)), review(card)).unwrap();
        }
        assert_eq!(rows(&store), 3);
        assert_eq!(store.reviews(&id(1), 9).unwrap().len(), 2);
        assert_eq!(rows(&store), 6);
        // Another process counts what waits here.
        store.record(at(20), review(0)).unwrap();
        assert_eq!(rows(&store), 6);
        assert_eq!(known(&open(folder.path())), known(&store));
        assert_eq!(rows(&store), 7);
    }

    #[test]
    fn a_forged_event_under_this_device_loses_no_review() {
        let at = |n: i64| Instant::new(1_790_000_000_000 + n * 1000, 0).unwrap();
        let review = |card: u8| Body::Review(Review::new(id(card), Grade::new(4).unwrap()));
        for seq in [0, 2, 500, LAST_SEQ - ROOM, LAST_SEQ - 1, LAST_SEQ, LAST_SEQ + 1, i64::MAX - 1, i64::MAX] {
            // The other process takes the events in and is killed before it takes another name.
            for killed in [false, true] {
                let folder = tempfile::tempdir().unwrap();
                let mut session = open(folder.path());
                let mut saved: Vec<EventId> = (0..3).map(|n| session.record(at(n), review(1)).unwrap().id).collect();
                let name = std::fs::read_to_string(session.local().join("device")).unwrap();
                let forged = render(&seal(session.device, seq, at(0), None, review(9))) + "\n";
                let journal = session.journal.folder().join("x");
                std::fs::create_dir_all(&journal).unwrap();
                std::fs::write(journal.join("2026-09.jsonl"), forged).unwrap();
                let other = open(folder.path());
                assert_eq!(other.device != session.device, seq <= LAST_SEQ, "{seq}");
                drop(other);
                if killed {
                    std::fs::write(session.local().join("device"), name).unwrap();
                }
                saved.extend((3..9).map(|n| session.record(at(n), review(n as u8 % 3)).unwrap().id));
                drop(session);
                for _ in 0..2 {
                    let store = open(folder.path());
                    let mut known = Vec::new();
                    store
                        .newest(false, |logged| {
                            known.push(logged.event.id);
                            true
                        })
                        .unwrap();
                    assert!(saved.iter().all(|id| known.contains(id)), "{seq} {killed}: {saved:?} {known:?}");
                    assert_eq!(known.len(), saved.len() + usize::from(seq <= LAST_SEQ));
                    drop(store);
                    std::fs::remove_file(folder.path().join(".rehearse/local/rehearse.db"))
                        .or_else(|_| std::fs::remove_file(folder.path().join("local/rehearse.db")))
                        .unwrap();
                }
            }
        }
    }

    #[test]
    fn an_event_from_the_future_decides_its_own_card_and_no_other() {
        let (hour, start) = (3_600_000, 1_790_000_000_000);
        let at = |hours: i64| Instant::new(start + hours * hour, 0).unwrap();
        let review = |card: u8| Body::Review(Review::new(id(card), Grade::new(4).unwrap()));
        let device = Device::from_bits(99);
        // By how much the event's wall and logical clocks are ahead, and whether the card's next event comes after it.
        let limit: i64 = 1 << 52;
        for (ahead, logical) in [
            (1, None),
            (47, None),
            (49, None),
            (50_000, None),
            (0, Some(start + 49 * hour)),
            (0, Some(limit - 1)),
            (0, Some(limit)),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let mut store = open(folder.path());
            let wild = seal(device, 1, at(ahead), logical, review(1));
            let journal = render(&wild)
                + "\n"
                + &render(&seal(device, 2, at(ahead), logical, Body::Rename { card: id(1), to: id(2) }))
                + "\n";
            store.receive(&[journal.into_bytes()], true).unwrap();
            let time = |store: &Store, recorded: &Recorded| store.event(recorded.id).unwrap().unwrap().event.order().0;
            let far = wild.order().0 > start + 48 * hour;
            // Another card first, then the card by either name, then another again.
            let mut before = 0;
            for (n, card) in [(0, 5), (1, 1), (2, 2), (3, 5)] {
                let recorded = store.record(at(0), review(card)).unwrap();
                let found = time(&store, &recorded);
                if far && card != 5 {
                    assert_eq!(found, (wild.order().0 + n).min(limit), "{ahead} {logical:?} {card}");
                    let stored = store.card(&id(card)).unwrap().unwrap().state;
                    assert_eq!(recorded.state, Some(stored));
                    assert!(!stored.memory.is_ahead(at(0).study_day(Rules::default().day_starts_at)) || found == limit);
                } else {
                    assert!(found > before && found <= start + 49 * hour, "{ahead} {logical:?} {card}: {found}");
                    before = found;
                }
            }
            // Without the events from the future, the card is like any other.
            if logical == Some(limit) {
                store.record(at(0), Body::Undo { of: wild.id }).unwrap();
            }
        }
    }
}
