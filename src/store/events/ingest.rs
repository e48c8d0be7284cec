//! Adds events to the database in any order, and updates the states. Works inside the caller's transaction.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rusqlite::{Connection, Result, params};

use super::ids::{NewNames, card_number, device_number, final_number};
use super::logged;
use super::pages::{Arrivals, Counts};
use super::states::{apply, refold, refold_all, update_renames, update_void};
use crate::clock::Instant;
use crate::deck::CardId;
use crate::history::{Body, CardAction, CardState, Device, EventId, Line, Score};
use crate::schedule::Grade;
use crate::settings::Rules;
use crate::store::db::batch::Batch;

/// Fewer cards than this are always folded one by one.
const MANY: i64 = 5_000;
/// The number of events in a fold of everything that cost as much as folding one card by itself.
const CARD_SHARE: i64 = 50;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EventSource {
    Log,
    /// A journal, in its folder or elsewhere.
    Journal,
}

/// Adds events. The states are updated at the end, once for all of them.
pub(crate) struct Ingest<'db> {
    db: &'db Connection,
    insert: Batch<'db>,
    names: NewNames<'db>,
    cards: HashMap<String, i64>,
    devices: HashMap<Device, i64>,
    known: i64,
    new: i64,
    /// Whether the database is being built: the indexes are made and everything is folded at the end.
    first: bool,
    /// Whether there are undos, which may refer to events still to come.
    undos: bool,
    undone: bool,
    renamed: bool,
    touched: BTreeSet<i64>,
    newest: i64,
    /// Actions newer than everything known before, in order: they are applied to the state without folding the rest.
    latest: Vec<(i64, CardAction, Instant)>,
    own: Device,
    source: EventSource,
    pages: Arrivals,
    /// The number of new events from journals, by device.
    received: BTreeMap<Device, Counts>,
    resets: Vec<(EventId, CardId)>,
    /// The number of events of this device that were new when a journal had them.
    own_elsewhere: usize,
    /// How many of these the log has after all.
    own_here: usize,
}

#[derive(Debug, Default)]
pub(crate) struct Ingested {
    /// Ids whose history continues elsewhere than before.
    pub(crate) moved: BTreeSet<i64>,
    /// The cards whose state changed, each with its state; `None` means all cards.
    pub(crate) folded: Option<BTreeMap<i64, CardState>>,
    /// The number of new events from journals, by device.
    pub(crate) received: BTreeMap<Device, Counts>,
    pub(crate) resets: Vec<(EventId, CardId)>,
    /// Whether a journal has events of this device that its log lacks: another machine uses its name.
    pub(crate) cloned: bool,
}

/// What the columns of a review say; a score in a mock interview has most of them, too.
#[derive(Default)]
struct AnswerColumns<'a> {
    grade: Option<u8>,
    proposed: Option<u8>,
    ms: Option<u64>,
    ticks: Option<&'a [u16]>,
    points: Option<u16>,
    spot: Option<bool>,
}

impl<'a> AnswerColumns<'a> {
    fn of_body(body: &'a Body) -> Self {
        match body {
            Body::Review(review) => AnswerColumns {
                grade: Some(review.grade.get()),
                proposed: review.proposed.map(Grade::get),
                ms: review.ms,
                ticks: review.ticks.as_deref(),
                points: review.points,
                spot: review.spot,
            },
            Body::Mock(mock) => AnswerColumns {
                grade: Some(mock.score.get()),
                proposed: mock.suggested.map(Score::get),
                ms: mock.ms,
                ticks: mock.ticks.as_deref(),
                points: mock.points,
                spot: None,
            },
            _ => AnswerColumns::default(),
        }
    }
}

impl<'db> Ingest<'db> {
    /// For a database with indexes, on this device. Events come from the log until [`Ingest::turn_to`] says otherwise.
    pub(crate) fn new(db: &'db Connection, own: Device) -> Result<Self> {
        let known = db.prepare_cached("SELECT coalesce(max(n), 0) FROM events")?.query_row([], |row| row.get(0))?;
        let undos = db
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM events WHERE of IS NOT NULL)")?
            .query_row([], |row| row.get(0))?;
        Self::with(db, own, known, undos)
    }

    /// For a database that is being built and has no index of events yet.
    pub(crate) fn first(db: &'db Connection, own: Device) -> Result<Self> {
        Ok(Ingest { first: true, ..Self::with(db, own, 0, false)? })
    }

    fn with(db: &'db Connection, own: Device, known: i64, undos: bool) -> Result<Self> {
        Ok(Ingest {
            db,
            insert: Batch::new(db, "INSERT OR IGNORE", "events", logged::column::COLUMNS),
            names: NewNames::new(db),
            cards: HashMap::new(),
            devices: HashMap::new(),
            known,
            new: 0,
            first: false,
            undos,
            undone: false,
            renamed: false,
            touched: BTreeSet::new(),
            newest: logged::newest_time(db)?.unwrap_or(i64::MIN),
            latest: Vec::new(),
            own,
            source: EventSource::Log,
            pages: Arrivals::default(),
            received: BTreeMap::new(),
            resets: Vec::new(),
            own_elsewhere: 0,
            own_here: 0,
        })
    }

    /// Says where the following events come from. Events that only the log has are unsynced. So the log comes first, except
    /// for a database that is being built, where the journals come first.
    pub(crate) fn turn_to(&mut self, source: EventSource) -> Result<()> {
        self.write_pages()?;
        self.source = source;
        Ok(())
    }

    fn write_pages(&mut self) -> Result<()> {
        let came = self.pages.write(self.db, self.source == EventSource::Log)?;
        if self.source == EventSource::Journal {
            let devices = self.devices.iter().filter_map(|(device, n)| Some((*device, *came.get(n)?)));
            for (device, counts) in devices {
                let count = self.received.entry(device).or_default();
                *count = count.plus(counts);
            }
        }
        Ok(())
    }

    /// Adds events; known ones change nothing.
    pub(crate) fn add(&mut self, lines: impl IntoIterator<Item = Line>) -> Result<()> {
        for line in lines {
            let own = line.event.id.device == self.own;
            match self.insert(&line)? {
                Some((device, card)) => {
                    self.pages.add(device, self.db.last_insert_rowid(), &line.event);
                    self.own_elsewhere += usize::from(own && self.source == EventSource::Journal);
                    if let (EventSource::Journal, Body::Reset { card }) = (self.source, &line.event.body) {
                        self.resets.push((line.event.id, card.clone()));
                    }
                    self.note(&line, card)?;
                }
                None => self.own_here += usize::from(own && self.first && self.source == EventSource::Log),
            }
        }
        Ok(())
    }

    /// Remembers what to update at the end because of a new event.
    fn note(&mut self, line: &Line, card: Option<i64>) -> Result<()> {
        self.new += 1;
        if self.first {
            return Ok(());
        }
        self.renamed |= matches!(line.event.body, Body::Rename { .. });
        let undo = matches!(line.event.body, Body::Undo { .. });
        self.undos |= undo;
        let undone = self.undos && logged::is_undone(self.db, line.event.id)?;
        self.undone |= undo || undone;
        let time = line.event.order().0;
        match (card, line.event.action()) {
            (Some(card), Some(action)) if time > self.newest && !undone => {
                self.latest.push((card, action, line.event.at));
            }
            _ => self.touched.extend(card),
        }
        self.newest = self.newest.max(time);
        Ok(())
    }

    /// Inserts an event. Returns `None` if it was known, else its device and the card it is about.
    fn insert(&mut self, line: &Line) -> Result<Option<(i64, Option<i64>)>> {
        let Line { event, raw } = line;
        let device = self.device(event.id.device)?;
        let card = event.body.card().map(|card| self.card(card.as_str())).transpose()?;
        let other = match &event.body {
            Body::Rename { to, .. } => Some(self.card(to.as_str())?),
            _ => None,
        };
        let answer = AnswerColumns::of_body(&event.body);
        let ticks = answer.ticks.and_then(|ticks| serde_json::to_string(ticks).ok());
        let mock = match &event.body {
            Body::Mock(mock) => Some(mock),
            _ => None,
        };
        let flag = match &event.body {
            Body::Review(review) => Some(review.hint),
            Body::Suspend { on, .. } => Some(*on),
            _ => None,
        };
        let of = match &event.body {
            Body::Undo { of } => Some(of.to_string()),
            _ => None,
        };
        let text = match &event.body {
            Body::Device { name } => Some(name.as_str()),
            _ => None,
        };
        let statement = self.insert.statement(1)?;
        // In the order of the columns.
        let inserted = statement.execute(params![
            event.order().0,
            device,
            event.id.seq,
            event.id.crc,
            event.at.unix_ms,
            event.logical,
            event.at.offset,
            logged::kind_number(&event.body),
            card,
            answer.grade,
            answer.proposed,
            answer.ms.and_then(|ms| i64::try_from(ms).ok()),
            ticks,
            answer.points,
            flag,
            answer.spot,
            other,
            of,
            text,
            mock.and_then(|mock| mock.first).map(|first| first.to_string()),
            mock.and_then(|mock| mock.competency).map(|competency| competency.to_string()),
            mock.map(|mock| mock.again).filter(|&again| again > 0),
            raw,
        ])?;
        Ok((inserted > 0).then_some((device, card)))
    }

    fn card(&mut self, name: &str) -> Result<i64> {
        if let Some(known) = self.cards.get(name) {
            return Ok(*known);
        }
        // A database that is being built has no ids but those remembered here.
        let number = if self.first { self.names.number(name)? } else { card_number(self.db, name)? };
        self.cards.insert(name.to_owned(), number);
        Ok(number)
    }

    fn device(&mut self, device: Device) -> Result<i64> {
        if let Some(known) = self.devices.get(&device) {
            return Ok(*known);
        }
        let number = device_number(self.db, device)?;
        self.devices.insert(device, number);
        Ok(number)
    }

    /// Updates every state that the events affect. `progress` is told how many of how many events are folded.
    pub(crate) fn finish(mut self, rules: &Rules, progress: &dyn Fn(usize, usize)) -> Result<Ingested> {
        self.write_pages()?;
        let cloned = self.own_elsewhere > self.own_here;
        let Ingest { db, known, new, first, undone, mut renamed, mut touched, latest, received, resets, .. } = self;
        if first {
            logged::create_indexes(db)?;
        }
        let cards = i64::try_from(touched.len() + latest.len()).unwrap_or(i64::MAX);
        if first || (cards >= MANY && cards > (known + new) / CARD_SHARE) {
            return Ok(Ingested { moved: refold_all(db, rules, progress)?, folded: None, received, resets, cloned });
        }
        if undone {
            let (cards, renames) = update_void(db)?;
            touched.extend(cards);
            renamed |= renames;
        }
        let moved = if renamed { update_renames(db)? } else { BTreeSet::new() };
        touched.extend(&moved);
        let touched = touched.into_iter().map(|card| final_number(db, card)).collect::<Result<BTreeSet<_>>>()?;
        let mut folded = BTreeMap::new();
        for card in &touched {
            folded.insert(*card, refold(db, *card, rules)?);
        }
        for (card, action, at) in latest {
            let card = final_number(db, card)?;
            if !touched.contains(&card) {
                folded.insert(card, apply(db, card, action, at, rules)?);
            }
        }
        Ok(Ingested { moved, folded: Some(folded), received, resets, cloned })
    }
}

#[cfg(test)]
mod tests {
    use super::super::states;
    use super::*;
    use crate::history::samples::fold_all;
    use crate::history::{Event, MockScore, Review, seal};
    use crate::store::db::open;

    /// Reviews of two devices within few minutes, so that milliseconds are shared, with undos, renames and resets.
    fn events(count: usize) -> Vec<Event> {
        let devices = ["zzzzzzzz", "aaaaaaaa"].map(|name| Device::parse(name).unwrap());
        let mut events: Vec<Event> = Vec::new();
        for n in 0..count {
            let chance = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
            let card = CardId::parse(&format!("card-{}", chance % 97)).unwrap();
            let body = match chance % 53 {
                0 if n > 9 => Body::Undo { of: events[n - chance % 9 - 1].id },
                1 => Body::Rename { card, to: CardId::parse(&format!("card-{}", chance / 97 % 101)).unwrap() },
                2 => Body::Reset { card },
                3 => Body::Suspend { card, on: chance.is_multiple_of(2) },
                4 => Body::Mock(Box::new(MockScore::new(Some(card), Score::new(4).unwrap()))),
                _ => Body::Review(Review::new(card, Grade::new((chance / 53 % 6) as u8).unwrap())),
            };
            let at = Instant::new(1_790_000_000_000 + n as i64 / 3 * 3_600_000, 60).unwrap();
            events.push(seal(devices[chance % 2], n as i64, at, None, body));
        }
        events
    }

    fn lines(events: &[Event]) -> impl Iterator<Item = Line> {
        events.iter().map(|event| Line { event: event.clone(), raw: None })
    }

    fn empty() -> Connection {
        let db = Connection::open_in_memory().unwrap();
        open::create(&db).unwrap();
        db
    }

    fn arrive(db: &Connection, events: &[Event]) {
        let mut ingest = Ingest::new(db, Device::from_bits(1)).unwrap();
        ingest.add(lines(events)).unwrap();
        ingest.finish(&Rules::default(), &|_, _| {}).unwrap();
    }

    fn states(db: &Connection) -> Vec<(String, CardState)> {
        let sql = format!("SELECT n.name, {} FROM states s JOIN names n ON n.n = s.card", *states::STATE);
        let mut statement = db.prepare(&sql).unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, states::state(row, 1)?))).unwrap();
        let mut states: Vec<(String, CardState)> = rows.map(Result::unwrap).collect();
        states.sort_by(|(a, _), (b, _)| a.cmp(b));
        states
    }

    fn indexes(db: &Connection) -> usize {
        db.query_row(
            "SELECT count(*) FROM sqlite_schema WHERE tbl_name = 'events' AND sql LIKE 'CREATE INDEX%'",
            [],
            |row| row.get(0),
        )
        .unwrap()
    }

    #[test]
    fn states_are_the_fold_in_whatever_portions_events_arrive() {
        let events = events(MANY as usize * 3);
        let (expected, _) = fold_all(&events, &Rules::default());
        let expected: Vec<_> = expected.into_iter().map(|(card, state)| (card.as_str().to_owned(), state)).collect();

        let built = empty();
        let mut ingest = Ingest::first(&built, Device::from_bits(1)).unwrap();
        // Each twice, as they are in the log and in the journal.
        ingest.add(lines(&events).chain(lines(&events))).unwrap();
        ingest.finish(&Rules::default(), &|_, _| {}).unwrap();
        assert_eq!(states(&built), expected);
        assert_eq!(indexes(&built), 5);
        arrive(&built, &events);
        assert_eq!(states(&built), expected, "known events change nothing");

        // The newest first, a few at a time; then most of the rest at once; then the oldest.
        let live = empty();
        logged::create_indexes(&live).unwrap();
        let (middle, newest) = events.split_at(events.len() - 400);
        let (oldest, middle) = middle.split_at(100);
        for few in newest.chunks(50).rev() {
            arrive(&live, few);
        }
        arrive(&live, middle);
        arrive(&live, oldest);
        assert_eq!(states(&live), expected);
        assert_eq!(indexes(&live), 5);
    }
}
