//! Rows of events, and the states they fold to. Every function works inside the caller's transaction.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::sync::LazyLock;

use rusqlite::types::Type;
use rusqlite::{CachedStatement, Connection, OptionalExtension as _, Params, Result, Row, ToSql, params};

use super::agenda::state_of;
use super::batch::{self, Batch};
use super::names::card_number;
use crate::clock::{Instant, Month, StudyDay};
use crate::deck::CardId;
use crate::history::{self, Body, CardAction, CardState, Device, Event, EventId, Line, Renames, Review};
use crate::schedule::{Grade, Memory};
use crate::settings::Rules;

/// The numbers that stand for kinds of events in the database.
const KINDS: [&str; 9] = ["unknown", "review", "undo", "rename", "suspend", "bury", "bring", "reset", "device"];
const REVIEW: i64 = 1;
const RENAME: i64 = 3;
const RESET: i64 = 7;

/// The indexes of events. They are not in the schema: made after many rows have come in, they cost a fifth.
const INDEXES: [(&str, &str); 5] = [
    ("events_by_card", "(card)"),
    ("events_by_time", "(time)"),
    ("undos", "(of) WHERE of IS NOT NULL"),
    ("renamings", "(other) WHERE other IS NOT NULL"),
    ("announced", "(device) WHERE text IS NOT NULL"),
];

/// The number that stands for a kind of event.
pub(crate) fn kind_number(body: &Body) -> i64 {
    KINDS.iter().position(|word| *word == body.word()).map_or(0, |n| n as i64)
}

/// A value that is in the database but cannot be: the file was tampered with in a way that kept its checks.
fn impossible(column: usize, what: &str) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, format!("impossible {what}").into())
}

/// The sequence number and the logical clock for the next event of a device.
pub(crate) fn next_stamp(db: &Connection, device: Device, now: i64) -> Result<(i64, i64)> {
    let own = "SELECT max(seq), max(time) FROM events WHERE device = (SELECT n FROM devices WHERE name = ?1) \
               AND seq = (SELECT max(seq) FROM events WHERE device = (SELECT n FROM devices WHERE name = ?1))";
    let (seq, own): (Option<i64>, Option<i64>) =
        db.prepare_cached(own)?.query_row([device.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    // Numbers of events that are left out are taken, too.
    let withheld = "SELECT max(seq) FROM withheld WHERE device = (SELECT n FROM devices WHERE name = ?1)";
    let withheld: Option<i64> = db.prepare_cached(withheld)?.query_row([device.as_str()], |row| row.get(0))?;
    let seq = seq.max(withheld);
    let believed = now.saturating_add(history::BELIEVED_AHEAD_MS);
    let newest: Option<i64> =
        db.prepare_cached("SELECT max(time) FROM events WHERE time <= ?1")?.query_row([believed], |row| row.get(0))?;
    Ok((seq.unwrap_or(0) + 1, history::logical_clock(now, own.max(newest))))
}

/// The logical clock of the newest event of all, believed or not.
pub(crate) fn newest_time(db: &Connection) -> Result<Option<i64>> {
    db.prepare_cached("SELECT max(time) FROM events")?.query_row([], |row| row.get(0))
}

/// Makes the indexes of events, as for a database that is being built.
pub(crate) fn make_indexes(db: &Connection) -> Result<()> {
    for (name, on) in INDEXES {
        db.execute_batch(&format!("CREATE INDEX {name} ON events {on}"))?;
    }
    Ok(())
}

/// Drops the indexes of events, to make them anew when many have come in.
pub(crate) fn drop_indexes(db: &Connection) -> Result<()> {
    for (name, _) in INDEXES {
        db.execute_batch(&format!("DROP INDEX {name}"))?;
    }
    Ok(())
}

/// Whether some undo is of this event.
pub(crate) fn is_undone(db: &Connection, id: EventId) -> Result<bool> {
    db.prepare_cached("SELECT 1 FROM events WHERE of = ?1")?.exists([id.to_string()])
}

/// Whether any card was ever renamed, taken back or not.
pub(crate) fn any_rename(db: &Connection) -> Result<bool> {
    db.prepare("SELECT 1 FROM events WHERE other IS NOT NULL")?.exists([])
}

/// Standing renames between the same two names as that event, which say the same again.
pub(crate) fn same_renames(db: &Connection, id: EventId) -> Result<Vec<Logged>> {
    let sql = format!(
        "{LOGGED} JOIN events o ON o.card = e.card AND o.other = e.other JOIN devices x ON x.n = o.device \
         WHERE e.other IS NOT NULL AND NOT e.void AND x.name = ?1 AND o.seq = ?2 AND o.crc = ?3 \
         AND NOT (d.name = ?1 AND e.seq = ?2 AND e.crc = ?3) ORDER BY e.time, d.name, e.seq, e.crc"
    );
    collect(db, &sql, params![id.device.as_str(), id.seq, id.crc])
}

/// Settles which events are void, on all undos there are; gives the cards whose history changed, and whether a rename did.
pub(crate) fn settle_undos(db: &Connection) -> Result<(BTreeSet<i64>, bool)> {
    let of = "SELECT d.name, e.seq, e.crc, e.of FROM events e JOIN devices d ON d.n = e.device WHERE e.of IS NOT NULL";
    let mut undos = Vec::new();
    let mut statement = db.prepare(of)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let of: String = row.get(3)?;
        undos.push((event_id(row)?, EventId::parse(&of).ok_or_else(|| impossible(3, "undo"))?));
    }
    let void = history::void_events(&undos);
    let targets: BTreeSet<EventId> = undos.into_iter().map(|(_, of)| of).collect();
    let mut touched = BTreeSet::new();
    let mut renamed = false;
    // Only what some undo is of can be void, or have been.
    let mut update = db.prepare_cached(
        "UPDATE events SET void = ?4 WHERE device = (SELECT n FROM devices WHERE name = ?1) AND seq = ?2 AND crc = ?3 \
         AND void <> ?4 RETURNING card, kind",
    )?;
    for id in targets {
        let changed = update
            .query_row(params![id.device.as_str(), id.seq, id.crc, void.contains(&id)], |row| {
                Ok((row.get::<_, Option<i64>>(0)?, row.get::<_, i64>(1)?))
            })
            .optional()?;
        if let Some((card, kind)) = changed {
            touched.extend(card);
            renamed |= kind == RENAME;
        }
    }
    Ok((touched, renamed))
}

/// Settles where renamed cards' histories go on; gives every name for which that changed, at either end.
pub(crate) fn settle_renames(db: &Connection) -> Result<BTreeSet<i64>> {
    let sql = "SELECT e.time, d.name, e.seq, e.crc, a.name, b.name FROM events e JOIN devices d ON d.n = e.device \
               JOIN names a ON a.n = e.card JOIN names b ON b.n = e.other WHERE e.other IS NOT NULL AND e.void = 0";
    let mut found: Vec<(i64, EventId, CardId, CardId)> = db
        .prepare(sql)?
        .query_map([], |row| {
            let id = EventId { device: device(row, 1)?, seq: row.get(2)?, crc: row.get(3)? };
            Ok((row.get(0)?, id, card_id(row, 4)?, card_id(row, 5)?))
        })?
        .collect::<Result<_>>()?;
    found.sort_by_key(|(time, id, ..)| (*time, *id));
    let mut renames = Renames::default();
    for (_, _, card, to) in &found {
        renames.add(card, to);
    }
    let mut now: HashMap<i64, i64> = HashMap::new();
    for (old, last) in renames.pairs() {
        now.insert(card_number(db, old.as_str())?, card_number(db, last.as_str())?);
    }
    let was = pairs(db, "SELECT old, final FROM renames")?;
    let mut touched = BTreeSet::new();
    for old in was.keys().chain(now.keys()) {
        if was.get(old) != now.get(old) {
            touched.insert(*old);
            touched.extend(was.get(old));
            touched.extend(now.get(old));
        }
    }
    db.execute("DELETE FROM renames", [])?;
    for (old, last) in &now {
        db.execute("INSERT INTO renames (old, final) VALUES (?1, ?2)", [old, last])?;
    }
    for name in &touched {
        forget_state(db, *name)?;
    }
    Ok(touched)
}

/// Folds one card's history anew; gives its state.
pub(crate) fn refold(db: &Connection, card: i64, rules: &Rules) -> Result<CardState> {
    let sql = "SELECT e.time, d.name, e.seq, e.crc, e.kind, e.grade, e.ms, e.flag, e.t, e.zone \
               FROM events e JOIN devices d ON d.n = e.device";
    let mut statement = db.prepare_cached(&format!("{sql} WHERE e.void = 0 AND {OF_CARD}"))?;
    let mut deeds: Vec<(i64, EventId, CardAction, StudyDay)> = Vec::new();
    let mut rows = statement.query([card])?;
    while let Some(row) = rows.next()? {
        let Some(deed) = deed(row)? else { continue };
        let id = EventId { device: device(row, 1)?, seq: row.get(2)?, crc: row.get(3)? };
        deeds.push((row.get(0)?, id, deed, instant(row, 8, 9)?.study_day(rules.day_starts_at)));
    }
    deeds.sort_by_key(|(time, id, ..)| (*time, *id));
    let some = !deeds.is_empty();
    let state = history::fold(deeds.into_iter().map(|(_, _, deed, day)| (deed, day)), rules);
    if some {
        write_state(db, card, &state)?;
    } else {
        forget_state(db, card)?;
    }
    Ok(state)
}

/// What a deed makes of a card's state, when it comes after all that the state knows; gives that.
pub(crate) fn apply(db: &Connection, card: i64, deed: CardAction, at: Instant, rules: &Rules) -> Result<CardState> {
    let mut state = state_of(db, card)?;
    state.apply(deed, at.study_day(rules.day_starts_at), rules);
    write_state(db, card, &state)?;
    Ok(state)
}

/// Folds every card anew, as after a change of the rules; `progress` hears how many of how many are done. Gives every
/// name whose history goes on elsewhere than before.
pub(crate) fn refold_all(db: &Connection, rules: &Rules, progress: &dyn Fn(usize, usize)) -> Result<BTreeSet<i64>> {
    settle_undos(db)?;
    let moved = settle_renames(db)?;
    let mut states: Vec<(i64, CardState)> = fold_in_order(db, rules, progress)?.into_iter().collect();
    // In the order of the table, so that rows only ever come at its end.
    states.sort_unstable_by_key(|(card, _)| *card);
    db.execute("DELETE FROM states", [])?;
    let (mut insert, mut left) = (Batch::new(db, NEW_STATE, STATE_COLUMNS), &*states);
    while !left.is_empty() {
        let (now, later) = left.split_at(Batch::most(left.len()));
        let insert = insert.of(now.len())?;
        for (nth, (card, state)) in now.iter().enumerate() {
            bind_state(insert, nth, *card, state)?;
        }
        insert.raw_execute()?;
        left = later;
    }
    Ok(moved)
}

/// Every card's state, from one pass over the events in their total order. By time, rows lie nearly as they are read;
/// by card, fetching them would cost more than all the rest.
fn fold_in_order(db: &Connection, rules: &Rules, progress: &dyn Fn(usize, usize)) -> Result<HashMap<i64, CardState>> {
    let finals: HashMap<i64, i64> = pairs(db, "SELECT old, final FROM renames")?;
    let devices = devices(db)?;
    let count: usize = db.query_row("SELECT coalesce(max(n), 0) FROM events", [], |row| row.get(0))?;
    let sql = "SELECT time, device, seq, crc, kind, grade, ms, flag, t, zone, card FROM events INDEXED BY events_by_time \
               WHERE void = 0 AND card IS NOT NULL ORDER BY time";
    let mut statement = db.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut states = HashMap::new();
    let mut moment = Moment::default();
    let mut done = 0_usize;
    while let Some(row) = rows.next()? {
        let Some(deed) = deed(row)? else { continue };
        let time = row.get(0)?;
        if time != moment.time {
            moment.fold_into(&mut states, rules);
            moment.time = time;
        }
        let device = devices.get(&row.get(1)?).copied().ok_or_else(|| impossible(1, "device"))?;
        let id = EventId { device, seq: row.get(2)?, crc: row.get(3)? };
        let card = row.get(10)?;
        let card = finals.get(&card).copied().unwrap_or(card);
        moment.deeds.push((id, card, deed, instant(row, 8, 9)?.study_day(rules.day_starts_at)));
        done += 1;
        if done.is_multiple_of(1 << 14) {
            progress(done, count);
        }
    }
    moment.fold_into(&mut states, rules);
    Ok(states)
}

/// What happened within one millisecond: rows come by time, and the order is total to its last field.
#[derive(Default)]
struct Moment {
    time: i64,
    deeds: Vec<(EventId, i64, CardAction, StudyDay)>,
}

impl Moment {
    fn fold_into(&mut self, states: &mut HashMap<i64, CardState>, rules: &Rules) {
        self.deeds.sort_unstable_by_key(|(id, ..)| *id);
        for (_, card, deed, day) in self.deeds.drain(..) {
            states.entry(card).or_default().apply(deed, day, rules);
        }
    }
}

fn pairs(db: &Connection, sql: &str) -> Result<HashMap<i64, i64>> {
    db.prepare(sql)?.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

fn devices(db: &Connection) -> Result<HashMap<i64, Device>> {
    db.prepare("SELECT n, name FROM devices")?.query_map([], |row| Ok((row.get(0)?, device(row, 1)?)))?.collect()
}

fn forget_state(db: &Connection, card: i64) -> Result<()> {
    db.prepare_cached("DELETE FROM states WHERE card = ?1")?.execute([card])?;
    Ok(())
}

fn write_state(db: &Connection, card: i64, state: &CardState) -> Result<()> {
    static SQL: LazyLock<String> = LazyLock::new(|| batch::statement(NEW_STATE, STATE_COLUMNS, 1));
    let mut insert = db.prepare_cached(&SQL)?;
    bind_state(&mut insert, 0, card, state)?;
    insert.raw_execute().map(|_| ())
}

const NEW_STATE: &str = "INSERT OR REPLACE INTO states (card, repetitions, ease, interval, last, reviews, lapses, suspended, \
                         buried, brought, latest_day, latest_grade, first, spoken_ms, spoken, good, streak)";

/// How many columns [`bind_state`] binds.
const STATE_COLUMNS: usize = 17;

/// Binds a state as the `nth` row of a statement.
fn bind_state(insert: &mut CachedStatement<'_>, nth: usize, card: i64, state: &CardState) -> Result<()> {
    let day = |day: Option<StudyDay>| day.map(|day| day.0);
    let columns: [&dyn ToSql; STATE_COLUMNS] = [
        &card,
        &state.memory.repetitions,
        &state.memory.ease,
        &state.memory.interval,
        &day(state.memory.last),
        &state.reviews,
        &state.lapses,
        &state.suspended,
        &day(state.buried),
        &day(state.brought),
        &day(state.latest.map(|(day, _)| day)),
        &state.latest.map(|(_, grade)| grade.get()),
        &day(state.first),
        &i64::try_from(state.spoken_ms).unwrap_or(i64::MAX),
        &state.spoken,
        &state.good,
        &state.streak,
    ];
    (nth * STATE_COLUMNS + 1..).zip(columns).try_for_each(|(at, column)| insert.raw_bind_parameter(at, column))
}

/// The columns [`state`] reads, for a table named `s`.
pub(crate) const STATE: &str = "s.repetitions, s.ease, s.interval, s.last, s.reviews, s.lapses, s.suspended, s.buried, s.brought, \
                         s.latest_day, s.latest_grade, s.first, s.spoken_ms, s.spoken, s.good, s.streak";

/// Reads the columns of [`STATE`] from `at` on; a card without history has none.
pub(crate) fn state(row: &Row<'_>, at: usize) -> Result<CardState> {
    let Some(repetitions) = row.get(at)? else { return Ok(CardState::default()) };
    let day = |column: usize| Ok::<_, rusqlite::Error>(row.get::<_, Option<i32>>(column)?.map(StudyDay));
    let latest_grade = row.get::<_, Option<u8>>(at + 10)?.and_then(Grade::new);
    Ok(CardState {
        memory: Memory { repetitions, ease: row.get(at + 1)?, interval: row.get(at + 2)?, last: day(at + 3)? },
        reviews: row.get(at + 4)?,
        lapses: row.get(at + 5)?,
        suspended: row.get(at + 6)?,
        buried: day(at + 7)?,
        brought: day(at + 8)?,
        latest: day(at + 9)?.zip(latest_grade),
        first: day(at + 11)?,
        spoken_ms: row.get::<_, i64>(at + 12)?.unsigned_abs(),
        spoken: row.get(at + 13)?,
        good: row.get(at + 14)?,
        streak: row.get(at + 15)?,
    })
}

fn deed(row: &Row<'_>) -> Result<Option<CardAction>> {
    let flag = || row.get::<_, Option<bool>>(7);
    Ok(Some(match KINDS[row.get::<_, usize>(4)?.min(KINDS.len() - 1)] {
        "review" => {
            let grade = row.get::<_, Option<u8>>(5)?.and_then(Grade::new).ok_or_else(|| impossible(5, "grade"))?;
            CardAction::Review { grade, ms: row.get::<_, Option<i64>>(6)?.map(i64::unsigned_abs) }
        }
        "suspend" => CardAction::Suspend(flag()?.unwrap_or(false)),
        "bury" => CardAction::Bury,
        "bring" => CardAction::Bring,
        "reset" => CardAction::Reset,
        _ => return Ok(None),
    }))
}

fn device(row: &Row<'_>, column: usize) -> Result<Device> {
    Device::parse(row.get_ref(column)?.as_str()?).ok_or_else(|| impossible(column, "device"))
}

fn card_id(row: &Row<'_>, column: usize) -> Result<CardId> {
    CardId::parse(row.get_ref(column)?.as_str()?).ok_or_else(|| impossible(column, "card"))
}

fn event_id(row: &Row<'_>) -> Result<EventId> {
    Ok(EventId { device: device(row, 0)?, seq: row.get(1)?, crc: row.get(2)? })
}

fn instant(row: &Row<'_>, t: usize, zone: usize) -> Result<Instant> {
    Instant::new(row.get(t)?, row.get(zone)?).ok_or_else(|| impossible(t, "time"))
}

/// An event with what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    pub event: Event,
    /// The card it is about, by its name after renames.
    pub(crate) card: Option<CardId>,
    /// Whether it was taken back.
    pub void: bool,
    /// The line, where the event alone would not give the same bytes.
    pub(crate) raw: Option<String>,
}

const LOGGED: &str = "SELECT e.time, d.name, e.seq, e.crc, e.kind, e.grade, e.ms, e.flag, e.t, e.zone, e.logical, a.name, \
                      f.name, b.name, e.proposed, e.ticks, e.points, e.of, e.text, e.raw, e.void, e.spot \
                      FROM events e JOIN devices d ON d.n = e.device LEFT JOIN names a ON a.n = e.card \
                      LEFT JOIN renames r ON r.old = e.card LEFT JOIN names f ON f.n = coalesce(r.final, e.card) \
                      LEFT JOIN names b ON b.n = e.other";

/// The events of a card's number, by any name it had.
const OF_CARD: &str = "(e.card = ?1 OR e.card IN (SELECT old FROM renames WHERE final = ?1))";
const ORDER: &str = "e.time, d.name, e.seq, e.crc";
/// The same from its end.
const NEWEST: &str = "e.time DESC, d.name DESC, e.seq DESC, e.crc DESC";

/// Events that move a card's memory and are not void, oldest first in the total order, each with its card.
pub(crate) fn moving(db: &Connection, mut each: impl FnMut(&CardId, &Event)) -> Result<()> {
    let mut statement = db.prepare(&moving_sql())?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let Logged { event, card, .. } = logged(row)?;
        if let Some(card) = &card {
            each(card, &event);
        }
    }
    Ok(())
}

fn moving_sql() -> String {
    format!("{LOGGED} WHERE e.void = 0 AND e.kind IN ({REVIEW}, {RESET}) ORDER BY {ORDER}")
}

/// Events newest first in the total order: every one, or only reviews.
pub(crate) fn newest(
    db: &Connection,
    all: bool,
    mut each: impl FnMut(Logged) -> anyhow::Result<bool>,
) -> anyhow::Result<()> {
    let filter = if all { String::new() } else { format!("WHERE e.kind = {REVIEW}") };
    let sql = format!("{LOGGED} {filter} ORDER BY {NEWEST}");
    let mut statement = db.prepare(&sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        if !each(logged(row)?)? {
            break;
        }
    }
    Ok(())
}

/// The lines of a page, in the order of its file; `range` has their sequence numbers.
pub(crate) fn page(db: &Connection, device: Device, month: Month, range: &Range<i64>) -> Result<Vec<Line>> {
    let span = month.span();
    let line = |row: &Row<'_>| logged(row).map(|Logged { event, raw, .. }| Line { event, raw });
    db.prepare_cached(&page_sql())?
        .query_map(params![device.as_str(), range.start, range.end, span.start, span.end], line)?
        .collect()
}

fn page_sql() -> String {
    format!(
        "{LOGGED} WHERE e.device = (SELECT n FROM devices WHERE name = ?1) AND e.seq >= ?2 AND e.seq < ?3 AND e.t >= ?4 \
         AND e.t < ?5 ORDER BY e.seq, e.crc"
    )
}

/// What devices call themselves: the last that each said and did not take back.
pub(crate) fn device_names(db: &Connection) -> Result<BTreeMap<Device, String>> {
    let sql = format!(
        "SELECT d.name, e.text FROM events e INDEXED BY announced JOIN devices d ON d.n = e.device \
         WHERE e.text IS NOT NULL AND e.void = 0 ORDER BY {ORDER}"
    );
    db.prepare(&sql)?.query_map([], |row| Ok((device(row, 0)?, row.get(1)?)))?.collect()
}

/// The event of that id.
pub(crate) fn event(db: &Connection, id: EventId) -> Result<Option<Logged>> {
    let sql = format!("{LOGGED} WHERE d.name = ?1 AND e.seq = ?2 AND e.crc = ?3");
    db.prepare_cached(&sql)?.query_row(params![id.device.as_str(), id.seq, id.crc], logged).optional()
}

/// Every event of a card, by any name it had, oldest first.
pub(crate) fn history(db: &Connection, card: i64) -> Result<Vec<Logged>> {
    let sql = format!("{LOGGED} WHERE {OF_CARD} ORDER BY {ORDER}");
    collect(db, &sql, [card])
}

/// The reviews of a card that are not void, newest first.
pub(crate) fn reviews(db: &Connection, card: i64, most: usize) -> Result<Vec<Logged>> {
    let sql = format!("{LOGGED} WHERE e.kind = {REVIEW} AND e.void = 0 AND {OF_CARD} ORDER BY {NEWEST} LIMIT ?2");
    collect(db, &sql, params![card, i64::try_from(most).unwrap_or(i64::MAX)])
}

fn collect(db: &Connection, sql: &str, params: impl Params) -> Result<Vec<Logged>> {
    db.prepare_cached(sql)?.query_map(params, logged)?.collect()
}

fn logged(row: &Row<'_>) -> Result<Logged> {
    let id = EventId { device: device(row, 1)?, seq: row.get(2)?, crc: row.get(3)? };
    let card = || card_id(row, 11);
    let grade = |column: usize| Ok::<_, rusqlite::Error>(row.get::<_, Option<u8>>(column)?.and_then(Grade::new));
    let flag = row.get::<_, Option<bool>>(7)?.unwrap_or(false);
    let body = match KINDS[row.get::<_, usize>(4)?.min(KINDS.len() - 1)] {
        "review" => Body::Review(Review {
            card: card()?,
            grade: grade(5)?.ok_or_else(|| impossible(5, "grade"))?,
            proposed: grade(14)?,
            ms: row.get::<_, Option<i64>>(6)?.map(i64::unsigned_abs),
            ticks: match row.get::<_, Option<String>>(15)? {
                Some(ticks) => Some(serde_json::from_str(&ticks).map_err(|_| impossible(15, "ticks"))?),
                None => None,
            },
            points: row.get(16)?,
            hint: flag,
            spot: row.get(21)?,
        }),
        "undo" => {
            let of: String = row.get(17)?;
            Body::Undo { of: EventId::parse(&of).ok_or_else(|| impossible(17, "undo"))? }
        }
        "rename" => Body::Rename { card: card()?, to: card_id(row, 13)? },
        "suspend" => Body::Suspend { card: card()?, on: flag },
        "bury" => Body::Bury { card: card()? },
        "bring" => Body::Bring { card: card()? },
        "reset" => Body::Reset { card: card()? },
        "device" => Body::Device { name: row.get(18)? },
        _ => Body::Unknown,
    };
    let event = Event { id, at: instant(row, 8, 9)?, logical: row.get(10)?, body };
    let card = row.get::<_, Option<String>>(12)?.and_then(|name| CardId::parse(&name));
    Ok(Logged { event, card, void: row.get(20)?, raw: row.get(19)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pass_over_all_events_sorts_only_those_of_one_moment() {
        let db = Connection::open_in_memory().unwrap();
        super::super::guard::create(&db).unwrap();
        make_indexes(&db).unwrap();
        for sql in [moving_sql(), format!("{LOGGED} WHERE e.kind = {REVIEW} ORDER BY {NEWEST}")] {
            let mut plan = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let steps: Vec<String> = plan.query_map([], |row| row.get(3)).unwrap().map(Result::unwrap).collect();
            assert!(steps.contains(&"SCAN e USING INDEX events_by_time".to_owned()), "{steps:#?}");
            assert!(!steps.contains(&"USE TEMP B-TREE FOR ORDER BY".to_owned()), "{steps:#?}");
        }
    }

    #[test]
    fn a_page_is_read_by_its_sequence_numbers() {
        let db = Connection::open_in_memory().unwrap();
        super::super::guard::create(&db).unwrap();
        make_indexes(&db).unwrap();
        let mut plan = db.prepare(&format!("EXPLAIN QUERY PLAN {}", page_sql())).unwrap();
        let steps: Vec<String> = plan.query_map([0; 5], |row| row.get(3)).unwrap().map(Result::unwrap).collect();
        let by_number = "SEARCH e USING INDEX sqlite_autoindex_events_1 (device=? AND seq>? AND seq<?)";
        assert!(steps.iter().any(|step| step == by_number), "{steps:#?}");
        assert!(!steps.contains(&"USE TEMP B-TREE FOR ORDER BY".to_owned()), "{steps:#?}");
    }

    #[test]
    fn the_numbers_of_kinds_are_those_of_their_words() {
        assert_eq!([REVIEW, RENAME, RESET].map(|n| KINDS[n as usize]), ["review", "rename", "reset"]);
    }
}
