//! Taking events in, whatever their order: a few as they come, many at once. Works inside the caller's transaction.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rusqlite::{CachedStatement, Connection, Result, params};

use super::events;
use super::names::{NewNames, card_number, device_number, final_number};
use super::pages::{Arrivals, Counts};
use super::purge;
use crate::clock::Instant;
use crate::deck::CardId;
use crate::history::{Body, CardAction, CardState, Device, Line};
use crate::schedule::Grade;
use crate::settings::Rules;

/// What an index of events costs row by row, against making it anew: worth it when one event in so many is new.
const NEW_SHARE: i64 = 8;
/// Fewer new events than these are never worth it.
const MANY: i64 = 5_000;
/// What folding a card by itself costs, against its share of a fold of everything: so many events.
const CARD_SHARE: i64 = 50;

/// Where events come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// The log of this machine.
    Log,
    /// A journal, in the folder of journals or elsewhere.
    Journal,
}

/// Events on their way in. What they mean for the states is settled at the end, once for all of them.
pub(crate) struct Intake<'db> {
    db: &'db Connection,
    insert: CachedStatement<'db>,
    names: NewNames<'db>,
    cards: HashMap<String, i64>,
    devices: HashMap<Device, i64>,
    /// How many events there were.
    known: i64,
    /// How many are new.
    new: i64,
    /// Whether the database is being built.
    first: bool,
    /// Whether the indexes are made, and everything is folded, at the end.
    bulk: bool,
    /// Whether there are undos, which may be of events still to come.
    undos: bool,
    undone: bool,
    renamed: bool,
    /// Cards whose history must be folded anew.
    touched: BTreeSet<i64>,
    /// The logical clock of the newest event.
    newest: i64,
    /// What was done to cards after everything else that is known, in its order: that need not be folded with the rest.
    latest: Vec<(i64, CardAction, Instant)>,
    /// Names of cards whose events are left out.
    purged: BTreeSet<CardId>,
    own: Device,
    source: Source,
    pages: Arrivals,
    /// What came from journals, by device.
    received: BTreeMap<Device, Counts>,
    /// How many events of this device were new when a journal had them.
    own_elsewhere: usize,
    /// How many of them the log turned out to have.
    own_here: usize,
}

/// What taking events in changed.
#[derive(Debug, Default)]
pub(crate) struct Settled {
    /// Names whose history goes on elsewhere than before.
    pub(crate) moved: BTreeSet<i64>,
    /// Cards whose state was folded anew, each with its state; none means every one.
    pub(crate) folded: Option<BTreeMap<i64, CardState>>,
    /// What came from journals, by device.
    pub(crate) received: BTreeMap<Device, Counts>,
    /// Whether a journal has events of this device that its log has not: another machine writes under its name.
    pub(crate) cloned: bool,
}

impl<'db> Intake<'db> {
    /// For a database as it stands, of this device. Events come from the log until [`Intake::turn_to`] says otherwise.
    pub(crate) fn new(db: &'db Connection, own: Device) -> Result<Self> {
        let known = db.prepare_cached("SELECT coalesce(max(n), 0) FROM events")?.query_row([], |row| row.get(0))?;
        let undos = db
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM events WHERE of IS NOT NULL)")?
            .query_row([], |row| row.get(0))?;
        Self::with(db, own, known, undos)
    }

    /// For a database that is being built, and has no index of events yet.
    pub(crate) fn first(db: &'db Connection, own: Device) -> Result<Self> {
        Ok(Intake { first: true, bulk: true, ..Self::with(db, own, 0, false)? })
    }

    fn with(db: &'db Connection, own: Device, known: i64, undos: bool) -> Result<Self> {
        Ok(Intake {
            db,
            insert: db.prepare_cached(
                "INSERT OR IGNORE INTO events (time, device, seq, crc, t, logical, zone, kind, card, grade, proposed, ms, \
                 ticks, points, flag, other, of, text, raw, spot) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)",
            )?,
            names: NewNames::new(db),
            cards: HashMap::new(),
            devices: HashMap::new(),
            known,
            new: 0,
            first: false,
            bulk: false,
            undos,
            undone: false,
            renamed: false,
            touched: BTreeSet::new(),
            newest: events::newest_time(db)?.unwrap_or(i64::MIN),
            latest: Vec::new(),
            purged: purge::noted(db)?,
            own,
            source: Source::Log,
            pages: Arrivals::default(),
            received: BTreeMap::new(),
            own_elsewhere: 0,
            own_here: 0,
        })
    }

    /// Says where the events to come are from. What only the log has is on this machine alone: a database as it stands
    /// hears the log first, one that is being built hears the journals first.
    pub(crate) fn turn_to(&mut self, source: Source) -> Result<()> {
        self.settle_pages()?;
        self.source = source;
        Ok(())
    }

    fn settle_pages(&mut self) -> Result<()> {
        let came = self.pages.settle(self.db, self.source == Source::Log)?;
        if self.source == Source::Journal {
            let devices = self.devices.iter().filter_map(|(device, n)| Some((*device, *came.get(n)?)));
            for (device, counts) in devices {
                let count = self.received.entry(device).or_default();
                *count = count.plus(counts);
            }
        }
        Ok(())
    }

    /// Takes events in; those already known change nothing.
    pub(crate) fn take(&mut self, lines: impl IntoIterator<Item = Line>) -> Result<()> {
        for line in lines {
            if purge::about(&line.event.body, &self.purged).is_some() {
                self.withhold(&line)?;
                continue;
            }
            let own = line.event.id.device == self.own;
            match self.insert(&line)? {
                Some((device, card)) => {
                    self.pages.add(device, self.db.last_insert_rowid(), &line.event);
                    self.own_elsewhere += usize::from(own && self.source == Source::Journal);
                    self.note(&line, card)?;
                }
                None => self.own_here += usize::from(own && self.first && self.source == Source::Log),
            }
        }
        Ok(())
    }

    /// Leaves an event out, and remembers that its number is taken.
    fn withhold(&mut self, line: &Line) -> Result<()> {
        let device = self.device(line.event.id.device)?;
        let sql = "INSERT OR IGNORE INTO withheld (device, seq) VALUES (?1, ?2)";
        self.db.prepare_cached(sql)?.execute(params![device, line.event.id.seq])?;
        Ok(())
    }

    /// Remembers what a new event asks for at the end.
    fn note(&mut self, line: &Line, card: Option<i64>) -> Result<()> {
        self.new += 1;
        if self.bulk {
            return Ok(());
        }
        if self.new >= MANY && self.new > self.known / NEW_SHARE {
            return self.turn_to_bulk();
        }
        self.renamed |= matches!(line.event.body, Body::Rename { .. });
        let undo = matches!(line.event.body, Body::Undo { .. });
        self.undos |= undo;
        let undone = self.undos && events::is_undone(self.db, line.event.id)?;
        self.undone |= undo || undone;
        let time = line.event.order().0;
        match (card, line.event.body.action()) {
            (Some(card), Some(deed)) if time > self.newest && !undone => self.latest.push((card, deed, line.event.at)),
            _ => self.touched.extend(card),
        }
        self.newest = self.newest.max(time);
        Ok(())
    }

    /// So much is new that the indexes are better made anew than kept up row by row.
    fn turn_to_bulk(&mut self) -> Result<()> {
        self.bulk = true;
        self.touched.clear();
        self.latest.clear();
        events::drop_indexes(self.db)
    }

    /// Inserts an event; `None` if it was known, else its device and the card it is about.
    fn insert(&mut self, line: &Line) -> Result<Option<(i64, Option<i64>)>> {
        let Line { event, raw } = line;
        let device = self.device(event.id.device)?;
        let card = event.body.card().map(|card| self.card(card.as_str())).transpose()?;
        let other = match &event.body {
            Body::Rename { to, .. } => Some(self.card(to.as_str())?),
            _ => None,
        };
        let review = match &event.body {
            Body::Review(review) => Some(review),
            _ => None,
        };
        let ticks = review.and_then(|review| serde_json::to_string(review.ticks.as_ref()?).ok());
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
        let inserted = self.insert.execute(params![
            event.order().0,
            device,
            event.id.seq,
            event.id.crc,
            event.at.unix_ms,
            event.logical,
            event.at.offset,
            events::kind_number(&event.body),
            card,
            review.map(|review| review.grade.get()),
            review.and_then(|review| review.proposed).map(Grade::get),
            review.and_then(|review| review.ms).and_then(|ms| i64::try_from(ms).ok()),
            ticks,
            review.and_then(|review| review.points),
            flag,
            other,
            of,
            text,
            raw,
            review.and_then(|review| review.spot),
        ])?;
        Ok((inserted > 0).then_some((device, card)))
    }

    fn card(&mut self, name: &str) -> Result<i64> {
        if let Some(known) = self.cards.get(name) {
            return Ok(*known);
        }
        // What is being built holds no name but those that are remembered here, and those that are left out.
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

    /// Brings every state that the events touch up to date; `progress` hears how much of how much is folded.
    pub(crate) fn settle(mut self, rules: &Rules, progress: &dyn Fn(usize, usize)) -> Result<Settled> {
        self.settle_pages()?;
        let cloned = self.own_elsewhere > self.own_here;
        let Intake { db, known, new, bulk, undone, mut renamed, mut touched, latest, received, .. } = self;
        if bulk {
            events::make_indexes(db)?;
        }
        let cards = i64::try_from(touched.len() + latest.len()).unwrap_or(i64::MAX);
        if bulk || (cards >= MANY && cards > (known + new) / CARD_SHARE) {
            return Ok(Settled { moved: events::refold_all(db, rules, progress)?, folded: None, received, cloned });
        }
        if undone {
            let (cards, renames) = events::settle_undos(db)?;
            touched.extend(cards);
            renamed |= renames;
        }
        let moved = if renamed { events::settle_renames(db)? } else { BTreeSet::new() };
        touched.extend(&moved);
        let touched = touched.into_iter().map(|card| final_number(db, card)).collect::<Result<BTreeSet<_>>>()?;
        let mut folded = BTreeMap::new();
        for card in &touched {
            folded.insert(*card, events::refold(db, *card, rules)?);
        }
        for (card, deed, at) in latest {
            let card = final_number(db, card)?;
            if !touched.contains(&card) {
                folded.insert(card, events::apply(db, card, deed, at, rules)?);
            }
        }
        Ok(Settled { moved, folded: Some(folded), received, cloned })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::samples::fold_all;
    use crate::history::{Event, Review, seal};
    use crate::store::guard;

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
        guard::create(&db).unwrap();
        db
    }

    fn arrive(db: &Connection, events: &[Event]) -> bool {
        let mut intake = Intake::new(db, Device::from_bits(1)).unwrap();
        intake.take(lines(events)).unwrap();
        let bulk = intake.bulk;
        intake.settle(&Rules::default(), &|_, _| {}).unwrap();
        bulk
    }

    fn states(db: &Connection) -> Vec<(String, CardState)> {
        let sql = format!("SELECT n.name, {} FROM states s JOIN names n ON n.n = s.card", events::STATE);
        let mut statement = db.prepare(&sql).unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, events::state(row, 1)?))).unwrap();
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
    fn however_many_arrive_at_once_the_states_are_the_fold() {
        let events = events(MANY as usize * 3);
        let (expected, _) = fold_all(&events, &Rules::default());
        let expected: Vec<_> = expected.into_iter().map(|(card, state)| (card.as_str().to_owned(), state)).collect();

        let built = empty();
        let mut intake = Intake::first(&built, Device::from_bits(1)).unwrap();
        // Twice the same, as a log and the own journal are.
        intake.take(lines(&events).chain(lines(&events))).unwrap();
        intake.settle(&Rules::default(), &|_, _| {}).unwrap();
        assert_eq!(states(&built), expected);
        assert_eq!(indexes(&built), 5);
        assert!(!arrive(&built, &events), "what is known is no arrival");

        // The newest come first, a few at a time; then the rest at once; then the last few.
        let live = empty();
        events::make_indexes(&live).unwrap();
        let (middle, newest) = events.split_at(events.len() - 400);
        let (oldest, middle) = middle.split_at(100);
        for few in newest.chunks(50).rev() {
            assert!(!arrive(&live, few));
        }
        assert!(arrive(&live, middle));
        assert!(!arrive(&live, oldest));
        assert_eq!(states(&live), expected);
        assert_eq!(indexes(&live), 5);
    }
}
