//! Brings the database up to date with the log and the journals, by how far each was taken in before, and the cards of the
//! decks with it. Every function works inside the caller's transaction.

use std::path::PathBuf;

use rusqlite::{Connection, Row};

use super::db::file_stamp::Stamp;
use super::error::Error;
use super::events::ingest::{EventSource, Ingest, Ingested};
use super::events::pages::note_journal;
use super::events::{logged, states};
use super::index::{agenda, cards};
use super::log::Log;
use crate::history::{Device, Event, Line, parse_lines};
use crate::journal::files::{JournalFolder, UnreadEntry};
use crate::journal::{self, Journal, Pieces};
use crate::settings::Rules;
use crate::text::list_of_most;

/// The size of journals from which their events are added in bulk, in bytes.
const MANY_BYTES: u64 = 1 << 20;
/// How many files a note names.
const MOST_NAMED: usize = 3;

pub(crate) type Progress<'a> = &'a (dyn Fn(&'static str, usize, usize) + Sync);

/// What a database is filled from, besides the decks.
pub(super) struct Sources<'a> {
    pub(super) log: &'a Log,
    pub(super) journal: &'a Journal,
    pub(super) device: Device,
    pub(super) rules: &'a Rules,
}

pub(super) struct News {
    log: bool,
    journals: ChangedJournals,
    rules: bool,
}

/// Journal files that changed since they were taken in, with their stamps, and what cannot be read.
pub(super) struct ChangedJournals {
    files: Vec<(PathBuf, Stamp)>,
    unreadable: Vec<UnreadEntry>,
}

/// What taking in news found besides events.
#[derive(Debug, Default)]
pub(super) struct CaughtUp {
    /// Whether another machine uses this device's name.
    pub(super) cloned: bool,
    /// A note for the user that names the journals that could not be read.
    pub(super) unreadable: Option<String>,
}

impl News {
    pub(super) fn find(db: &Connection, sources: &Sources<'_>) -> Result<Self, Error> {
        let rules: String = db.query_row("SELECT rules FROM meta", [], |row| row.get(0))?;
        let (offset, mark) = log_place(db)?;
        Ok(News {
            log: sources.log.size()? != offset || !sources.log.has_mark(offset, &mark)?,
            journals: changed_journals(db, sources.journal)?,
            rules: rules != rules_text(sources.rules),
        })
    }

    pub(super) fn is_none(&self) -> bool {
        !self.log && self.journals.files.is_empty() && !self.rules
    }

    /// Returns what there is to say if nothing is to be taken in.
    pub(super) fn caught_up(self, journal: &Journal) -> CaughtUp {
        CaughtUp { cloned: false, unreadable: unreadable_note(journal, &self.journals.unreadable) }
    }
}

pub(super) fn catch_up(
    db: &Connection,
    sources: &Sources<'_>,
    news: News,
    progress: Progress<'_>,
) -> Result<CaughtUp, Error> {
    let scheduling = |done, of| progress("scheduling", done, of);
    let bytes = news.journals.files.iter().map(|(_, stamp)| stamp.size()).sum();
    let mut ingest = start_ingest(db, sources.device, bytes)?;
    ingest_log(db, &mut ingest, sources.log)?;
    ingest.turn_to(EventSource::Journal)?;
    let unreadable = ingest_journals(db, &mut ingest, news.journals, progress)?;
    let ingested = ingest.finish(sources.rules, &scheduling)?;
    update_cards(db, &ingested)?;
    if news.rules {
        let moved = states::refold_all(db, sources.rules, &scheduling)?;
        update_cards(db, &Ingested { moved, folded: None, ..Ingested::default() })?;
        db.execute("UPDATE meta SET rules = ?1", [rules_text(sources.rules)])?;
    }
    Ok(CaughtUp { cloned: ingested.cloned, unreadable: unreadable_note(sources.journal, &unreadable) })
}

/// Takes in journals from elsewhere.
pub(super) fn receive(db: &Connection, sources: &Sources<'_>, journals: &[Vec<u8>]) -> Result<Ingested, Error> {
    let bytes = journals.iter().map(|bytes| bytes.len() as u64).sum();
    let mut ingest = start_ingest(db, sources.device, bytes)?;
    ingest_log(db, &mut ingest, sources.log)?;
    ingest.turn_to(EventSource::Journal)?;
    for bytes in journals {
        ingest.add(parse_lines(bytes))?;
    }
    let ingested = ingest.finish(sources.rules, &|_, _| {})?;
    update_cards(db, &ingested)?;
    Ok(ingested)
}

/// Starts to add events of journals of this size. Many events go into a database without any as into one that is being
/// built: their indexes are made at the end.
fn start_ingest(db: &Connection, device: Device, bytes: u64) -> Result<Ingest<'_>, Error> {
    let empty = !db.prepare_cached("SELECT 1 FROM events")?.exists([])?;
    if empty && bytes > MANY_BYTES {
        logged::drop_indexes(db)?;
        Ok(Ingest::first(db, device)?)
    } else {
        Ok(Ingest::new(db, device)?)
    }
}

/// Takes in events that were appended to the log up to `size`.
pub(super) fn ingest_appended(
    db: &Connection,
    sources: &Sources<'_>,
    events: Vec<Event>,
    (size, mark): (u64, Vec<u8>),
) -> Result<(), Error> {
    let mut ingest = Ingest::new(db, sources.device)?;
    ingest.add(events.into_iter().map(|event| Line { event, raw: None }))?;
    update_cards(db, &ingest.finish(sources.rules, &|_, _| {})?)?;
    note_log(db, size, &mark)
}

/// Updates the cards of the decks after changes of ids and states.
pub(super) fn update_cards(db: &Connection, ingested: &Ingested) -> Result<(), Error> {
    cards::follow_renames(db, &ingested.moved)?;
    match &ingested.folded {
        Some(cards) => cards.iter().try_for_each(|(card, state)| agenda::update(db, *card, state))?,
        None => agenda::update_all(db)?,
    }
    Ok(())
}

/// Takes in what another process, or this one before it was killed, appended to the log.
pub(super) fn catch_up_log(db: &Connection, sources: &Sources<'_>) -> Result<(), Error> {
    if sources.log.size()? == log_place(db)?.0 {
        return Ok(());
    }
    let mut ingest = Ingest::new(db, sources.device)?;
    ingest_log(db, &mut ingest, sources.log)?;
    update_cards(db, &ingest.finish(sources.rules, &|_, _| {})?)
}

/// Returns the offset up to which the log is taken in, and the bytes before it.
pub(super) fn log_place(db: &Connection) -> Result<(u64, Vec<u8>), Error> {
    let place = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?.unsigned_abs(), row.get(1)?));
    Ok(db.prepare_cached("SELECT log_offset, log_mark FROM meta")?.query_row([], place)?)
}

pub(super) fn ingest_log(db: &Connection, ingest: &mut Ingest<'_>, log: &Log) -> Result<(), Error> {
    let (offset, mark) = log_place(db)?;
    if log.size()? == offset {
        return Ok(());
    }
    // A log that was cut or replaced is read from its start: known events change nothing.
    let from = if log.has_mark(offset, &mark)? { offset } else { 0 };
    let end = log.pieces(from)?.map_or(Ok(from), |pieces| ingest_pieces(ingest, pieces))?;
    note_log(db, end, &log.mark(end)?)
}

pub(super) fn ingest_journals(
    db: &Connection,
    ingest: &mut Ingest<'_>,
    journals: ChangedJournals,
    progress: Progress<'_>,
) -> Result<Vec<UnreadEntry>, Error> {
    let ChangedJournals { files, mut unreadable } = journals;
    for (done, (path, stamp)) in files.iter().enumerate() {
        progress("reading the journal", done, files.len());
        match Pieces::open(path, 0).map_err(Error::from).and_then(|pieces| ingest_pieces(ingest, pieces)) {
            // An unreadable file is read when it can be.
            Err(Error::Journal(journal::Error::File { source, .. })) => {
                unreadable.push(UnreadEntry::unreadable(path, source));
            }
            ingested => {
                ingested?;
                note_journal(db, path, *stamp)?;
            }
        }
    }
    Ok(unreadable)
}

/// Returns the note about journals that could not be read; `None` if there are none.
pub(super) fn unreadable_note(journal: &Journal, unreadable: &[UnreadEntry]) -> Option<String> {
    let name = |unread: &UnreadEntry| {
        format!("`{}`", unread.path.strip_prefix(&journal.home).unwrap_or(&unread.path).display())
    };
    let names: Vec<String> = unreadable.iter().map(name).collect();
    let note = || {
        let names = list_of_most(&names, MOST_NAMED);
        format!("cannot read {names}: what only this journal has doesn't count yet; `rehearse doctor` says why")
    };
    (!names.is_empty()).then(note)
}

/// Takes in the lines of a file, and returns the offset after the last whole line. While a piece is inserted, the next is
/// read and parsed.
fn ingest_pieces(ingest: &mut Ingest<'_>, mut pieces: Pieces) -> Result<u64, Error> {
    // A single piece is read before a thread would have started.
    let Some(first) = pieces.next()? else { return Ok(pieces.whole()) };
    let first: Vec<Line> = parse_lines(first).collect();
    if pieces.at_end() {
        ingest.add(first)?;
        return Ok(pieces.whole());
    }
    let (sender, parsed) = std::sync::mpsc::sync_channel::<Vec<Line>>(1);
    std::thread::scope(|scope| {
        let reader = scope.spawn(move || {
            while let Some(bytes) = pieces.next()? {
                // A closed channel means that inserting failed, so the rest is not needed.
                if sender.send(parse_lines(bytes).collect()).is_err() {
                    break;
                }
            }
            Ok::<_, journal::Error>(pieces.whole())
        });
        ingest.add(first)?;
        parsed.iter().try_for_each(|lines| ingest.add(lines))?;
        Ok(reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?)
    })
}

pub(super) fn note_log(db: &Connection, offset: u64, mark: &[u8]) -> Result<(), Error> {
    let offset = i64::try_from(offset).unwrap_or(i64::MAX);
    db.prepare_cached("UPDATE meta SET log_offset = ?1, log_mark = ?2")?.execute((offset, mark))?;
    Ok(())
}

pub(super) fn changed_journals(db: &Connection, journal: &Journal) -> Result<ChangedJournals, Error> {
    let mut known = db.prepare_cached("SELECT stamp FROM journals WHERE path = ?1")?;
    let JournalFolder { files, unread } = journal::files::list(journal);
    let mut files: Vec<_> = files.into_iter().map(|(path, metadata)| (path, Stamp::new(&metadata))).collect();
    files.retain(|(path, stamp)| {
        let same = known.query_row([path.to_string_lossy()], |row| row.get::<_, Stamp>(0));
        !same.is_ok_and(|same| same == *stamp)
    });
    Ok(ChangedJournals { files, unreadable: unread.into_iter().filter(UnreadEntry::is_unreadable).collect() })
}

pub(super) fn rules_text(rules: &Rules) -> String {
    format!("{} {} {}", rules.preset.word(), rules.maximum_interval, rules.day_starts_at.shift())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Instant;
    use crate::deck::CardId;
    use crate::history::{Body, Review, render, seal};
    use crate::schedule::Grade;

    #[test]
    fn many_events_at_once_are_what_they_are_a_few_at_a_time() {
        let lines: Vec<String> = (0..12_000)
            .map(|n: i64| {
                let card = CardId::parse(&format!("card-{}", n % 701)).unwrap();
                let grade = Grade::new(u8::try_from(n * 7 % 6).unwrap()).unwrap();
                let at = Instant::new(1_700_000_000_000 + n * 9_000_000, 60).unwrap();
                render(&seal(Device::from_bits(9), n, at, None, Body::Review(Review::new(card, grade)))) + "\n"
            })
            .collect();
        let folder = tempfile::tempdir().unwrap();
        let (log, rules) = (Log::new(folder.path().join("log.jsonl")), Rules::default());
        let journal = Journal::new(folder.path(), &crate::settings::Sync::default());
        let sources = Sources { log: &log, journal: &journal, device: Device::from_bits(1), rules: &rules };
        let states = |portions: &[&[String]]| {
            let db = Connection::open_in_memory().unwrap();
            crate::store::db::open::create(&db).unwrap();
            logged::create_indexes(&db).unwrap();
            cards::create_indexes(&db).unwrap();
            for portion in portions {
                receive(&db, &sources, &[portion.concat().into_bytes()]).unwrap();
            }
            let indexes = "SELECT count(*) FROM sqlite_schema WHERE tbl_name = 'events' AND sql LIKE 'CREATE INDEX%'";
            let indexes: i64 = db.query_row(indexes, [], |row| row.get(0)).unwrap();
            assert_eq!(indexes, 5);
            (0..701).map(|n| states::state_of(&db, n + 1).unwrap()).collect::<Vec<_>>()
        };
        assert!(lines.concat().len() as u64 > MANY_BYTES);
        assert_eq!(states(&[&lines]), states(&lines.chunks(900).collect::<Vec<_>>()));
    }
}
