//! Taking events in, whatever their order: a few as they come, many at once. Works inside the caller's transaction.

use std::collections::{BTreeSet, HashMap};

use rusqlite::{CachedStatement, Connection, Result, params};

use super::events;
use super::names::{card_number, device_number, final_number};
use crate::history::{Body, Device, Line};
use crate::schedule::Grade;
use crate::settings::Rules;

/// What an index of events costs row by row, against making it anew: worth it when one event in so many is new.
const NEW_SHARE: i64 = 8;
/// Fewer new events than these are never worth it.
const MANY: i64 = 5_000;
/// What folding a card by itself costs, against its share of a fold of everything: so many events.
const CARD_SHARE: i64 = 50;

/// Events on their way in. What they mean for the states is settled at the end, once for all of them.
pub struct Intake<'db> {
    db: &'db Connection,
    insert: CachedStatement<'db>,
    cards: HashMap<String, i64>,
    devices: HashMap<Device, i64>,
    /// How many events there were.
    known: i64,
    /// How many are new.
    new: i64,
    /// Whether the indexes are made, and everything is folded, at the end.
    bulk: bool,
    /// Whether there are undos, which may be of events still to come.
    undos: bool,
    undone: bool,
    renamed: bool,
    touched: BTreeSet<i64>,
}

impl<'db> Intake<'db> {
    /// For a database as it stands.
    pub fn new(db: &'db Connection) -> Result<Self> {
        let known = db.prepare_cached("SELECT coalesce(max(n), 0) FROM events")?.query_row([], |row| row.get(0))?;
        let undos = db
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM events WHERE of IS NOT NULL)")?
            .query_row([], |row| row.get(0))?;
        Self::with(db, known, undos)
    }

    /// For a database that is being built, and has no index of events yet.
    pub fn first(db: &'db Connection) -> Result<Self> {
        Ok(Intake { bulk: true, ..Self::with(db, 0, false)? })
    }

    fn with(db: &'db Connection, known: i64, undos: bool) -> Result<Self> {
        Ok(Intake {
            db,
            insert: db.prepare_cached(
                "INSERT OR IGNORE INTO events (time, device, seq, crc, t, logical, zone, kind, card, grade, proposed, ms, \
                 ticks, points, flag, other, of, text, raw) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)",
            )?,
            cards: HashMap::new(),
            devices: HashMap::new(),
            known,
            new: 0,
            bulk: false,
            undos,
            undone: false,
            renamed: false,
            touched: BTreeSet::new(),
        })
    }

    /// Takes events in; those already known change nothing.
    pub fn take(&mut self, lines: impl IntoIterator<Item = Line>) -> Result<()> {
        for line in lines {
            if let Some(card) = self.insert(&line)? {
                self.note(&line, card)?;
            }
        }
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
        self.touched.extend(card);
        self.renamed |= matches!(line.event.body, Body::Rename { .. });
        let undo = matches!(line.event.body, Body::Undo { .. });
        self.undos |= undo;
        self.undone |= undo || (self.undos && events::is_undone(self.db, line.event.id)?);
        Ok(())
    }

    /// So much is new that the indexes are better made anew than kept up row by row.
    fn turn_to_bulk(&mut self) -> Result<()> {
        self.bulk = true;
        self.touched.clear();
        events::drop_indexes(self.db)
    }

    /// Inserts an event; `None` if it was known, else the card it is about.
    fn insert(&mut self, line: &Line) -> Result<Option<Option<i64>>> {
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
        ])?;
        Ok((inserted > 0).then_some(card))
    }

    fn card(&mut self, name: &str) -> Result<i64> {
        if let Some(known) = self.cards.get(name) {
            return Ok(*known);
        }
        let number = card_number(self.db, name)?;
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

    /// Brings every state that the events touch up to date; `progress` hears how much of how much is folded. Gives every
    /// name whose history goes on elsewhere than before.
    pub fn settle(self, rules: &Rules, progress: &dyn Fn(usize, usize)) -> Result<BTreeSet<i64>> {
        let Intake { db, known, new, bulk, undone, mut renamed, mut touched, .. } = self;
        if bulk {
            events::make_indexes(db)?;
        }
        let cards = i64::try_from(touched.len()).unwrap_or(i64::MAX);
        if bulk || (cards >= MANY && cards > (known + new) / CARD_SHARE) {
            return events::refold_all(db, rules, progress);
        }
        if undone {
            let (cards, renames) = events::settle_undos(db)?;
            touched.extend(cards);
            renamed |= renames;
        }
        let moved = if renamed { events::settle_renames(db)? } else { BTreeSet::new() };
        touched.extend(&moved);
        let finals = touched.into_iter().map(|card| final_number(db, card)).collect::<Result<BTreeSet<_>>>()?;
        for card in finals {
            events::refold(db, card, rules)?;
        }
        Ok(moved)
    }
}
