//! The states that events fold to, which undos make events void, and where renamed cards continue.
//!
//! Every function works inside the caller's transaction.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use rusqlite::{CachedStatement, Connection, OptionalExtension as _, Result, Row, ToSql, params};

use super::logged::{KINDS, OF_CARD, RENAME, instant};
use crate::clock::{Instant, StudyDay};
use crate::history::{self, CardAction, CardState, Device, EventId, Renames};
use crate::recall::Recall;
use crate::schedule::{Grade, Memory};
use crate::settings::Rules;
use crate::store::db::batch::Batch;
use crate::store::db::columns::{columns, select};
use crate::store::db::rows::{device, impossible};

pub(crate) mod column {
    super::columns!(
        card,
        repetitions,
        ease,
        interval,
        last,
        reviews,
        lapses,
        good,
        streak,
        suspended,
        buried,
        brought,
        latest_day,
        latest_grade,
        first,
        failed_at,
        stability,
        difficulty,
        spoken_ms,
        spoken,
        day_ms,
        day_untimed,
        first_ms,
        first_failed,
        repeats_ms,
        repeats
    );
}

/// The columns from which states are folded.
mod folded {
    super::columns!(time, device, seq, crc, kind, grade, ms, flag, t, zone, card);
}

/// The columns that [`state`] reads, of a table named `s`.
pub(crate) static STATE: LazyLock<String> = LazyLock::new(|| select("s", column::COLUMNS));

/// Reads the columns of [`STATE`] from `at` on. A card without history has a new state.
pub(crate) fn state(row: &Row<'_>, at: usize) -> Result<CardState> {
    let Some(repetitions) = row.get(at + column::repetitions)? else { return Ok(CardState::default()) };
    let day = |column: usize| Ok::<_, rusqlite::Error>(row.get::<_, Option<i32>>(at + column)?.map(StudyDay));
    let ms = |column: usize| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(at + column)?.map(i64::unsigned_abs));
    let latest_grade = row.get::<_, Option<u8>>(at + column::latest_grade)?.and_then(Grade::new);
    Ok(CardState {
        memory: Memory {
            repetitions,
            ease: row.get(at + column::ease)?,
            interval: row.get(at + column::interval)?,
            last: day(column::last)?,
        },
        reviews: row.get(at + column::reviews)?,
        lapses: row.get(at + column::lapses)?,
        good: row.get(at + column::good)?,
        streak: row.get(at + column::streak)?,
        suspended: row.get(at + column::suspended)?,
        buried: day(column::buried)?,
        brought: day(column::brought)?,
        latest: day(column::latest_day)?.zip(latest_grade),
        first: day(column::first)?,
        failed_at: row.get(at + column::failed_at)?,
        recall: match (row.get(at + column::stability)?, row.get(at + column::difficulty)?) {
            (Some(stability), Some(difficulty)) => Some(Recall { stability, difficulty }),
            _ => None,
        },
        spoken_ms: ms(column::spoken_ms)?.unwrap_or(0),
        spoken: row.get(at + column::spoken)?,
        day_ms: ms(column::day_ms)?.unwrap_or(0),
        day_untimed: row.get(at + column::day_untimed)?,
        first_ms: ms(column::first_ms)?,
        first_failed: row.get(at + column::first_failed)?,
        repeats_ms: ms(column::repeats_ms)?.unwrap_or(0),
        repeats: row.get(at + column::repeats)?,
    })
}

fn bind_state(insert: &mut CachedStatement<'_>, nth: usize, card: i64, state: &CardState) -> Result<()> {
    let day = |day: Option<StudyDay>| day.map(|day| day.0);
    let ms = |ms: u64| i64::try_from(ms).unwrap_or(i64::MAX);
    // In the order of the columns.
    let values: [&dyn ToSql; column::COLUMNS.len()] = [
        &card,
        &state.memory.repetitions,
        &state.memory.ease,
        &state.memory.interval,
        &day(state.memory.last),
        &state.reviews,
        &state.lapses,
        &state.good,
        &state.streak,
        &state.suspended,
        &day(state.buried),
        &day(state.brought),
        &day(state.latest.map(|(day, _)| day)),
        &state.latest.map(|(_, grade)| grade.get()),
        &day(state.first),
        &state.failed_at,
        &state.recall.map(|recall| recall.stability),
        &state.recall.map(|recall| recall.difficulty),
        &ms(state.spoken_ms),
        &state.spoken,
        &ms(state.day_ms),
        &state.day_untimed,
        &state.first_ms.map(ms),
        &state.first_failed,
        &ms(state.repeats_ms),
        &state.repeats,
    ];
    (nth * values.len() + 1..).zip(values).try_for_each(|(at, value)| insert.raw_bind_parameter(at, value))
}

/// Returns the state of a card, a new one if it has no history.
pub(crate) fn state_of(db: &Connection, card: i64) -> Result<CardState> {
    static SQL: LazyLock<String> = LazyLock::new(|| format!("SELECT {} FROM states s WHERE s.card = ?1", *STATE));
    let found = db.prepare_cached(&SQL)?.query_row([card], |row| state(row, 0)).optional()?;
    Ok(found.unwrap_or_default())
}

fn write_state(db: &Connection, card: i64, state: &CardState) -> Result<()> {
    let mut batch = Batch::new(db, "INSERT OR REPLACE", "states", column::COLUMNS);
    let insert = batch.statement(1)?;
    bind_state(insert, 0, card, state)?;
    insert.raw_execute().map(|_| ())
}

fn forget_state(db: &Connection, card: i64) -> Result<()> {
    db.prepare_cached("DELETE FROM states WHERE card = ?1")?.execute([card])?;
    Ok(())
}

/// Updates which events are void by all undos there are. Returns the cards whose history changed, and whether a rename did.
pub(crate) fn update_void(db: &Connection) -> Result<(BTreeSet<i64>, bool)> {
    let of = "SELECT d.name, e.seq, e.crc, e.of FROM events e JOIN devices d ON d.n = e.device WHERE e.of IS NOT NULL";
    let mut undos = Vec::new();
    let mut statement = db.prepare(of)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let of: String = row.get(3)?;
        undos.push((
            EventId { device: device(row, 0)?, seq: row.get(1)?, crc: row.get(2)? },
            EventId::parse(&of).ok_or_else(|| impossible(3, "undo"))?,
        ));
    }
    let void = history::void_events(&undos);
    let targets: BTreeSet<EventId> = undos.into_iter().map(|(_, of)| of).collect();
    let mut touched = BTreeSet::new();
    let mut renamed = false;
    // Only an event that some undo refers to can be void, or have been.
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

/// Updates where the histories of renamed cards continue. Returns every id for which that changed, at either end.
pub(crate) fn update_renames(db: &Connection) -> Result<BTreeSet<i64>> {
    let sql = "SELECT e.time, d.name, e.seq, e.crc, e.card, e.other FROM events e JOIN devices d ON d.n = e.device \
               WHERE e.other IS NOT NULL AND e.void = 0";
    let mut found: Vec<(i64, EventId, i64, i64)> = db
        .prepare(sql)?
        .query_map([], |row| {
            let id = EventId { device: device(row, 1)?, seq: row.get(2)?, crc: row.get(3)? };
            Ok((row.get(0)?, id, row.get(4)?, row.get(5)?))
        })?
        .collect::<Result<_>>()?;
    found.sort_unstable_by_key(|(time, id, ..)| (*time, *id));
    let mut renames = Renames::default();
    for (_, _, card, to) in &found {
        renames.add(card, to);
    }
    let now = renames.finals();
    let was = pairs(db, "SELECT old, final FROM renames")?;
    let mut changed: BTreeSet<i64> = was.keys().copied().filter(|old| !now.contains_key(old)).collect();
    changed.extend(now.iter().filter(|(old, last)| was.get(old) != Some(**last)).map(|(old, _)| **old));
    let mut touched = BTreeSet::new();
    let mut remove = db.prepare_cached("DELETE FROM renames WHERE old = ?1")?;
    let mut replace = db.prepare_cached("INSERT OR REPLACE INTO renames (old, final) VALUES (?1, ?2)")?;
    for old in changed {
        touched.insert(old);
        touched.extend(was.get(&old));
        match now.get(&old) {
            Some(&&last) => {
                touched.insert(last);
                replace.execute([old, last])?;
            }
            None => {
                remove.execute([old])?;
            }
        }
    }
    for name in &touched {
        forget_state(db, *name)?;
    }
    Ok(touched)
}

/// Folds the history of one card from scratch and returns its state.
pub(crate) fn refold(db: &Connection, card: i64, rules: &Rules) -> Result<CardState> {
    static SQL: LazyLock<String> = LazyLock::new(|| {
        let columns = select("e", folded::COLUMNS);
        format!(
            "SELECT {columns}, d.name FROM events e JOIN devices d ON d.n = e.device WHERE e.void = 0 AND {OF_CARD}"
        )
    });
    let mut statement = db.prepare_cached(&SQL)?;
    let mut actions: Vec<(i64, EventId, CardAction, StudyDay)> = Vec::new();
    let mut rows = statement.query([card])?;
    while let Some(row) = rows.next()? {
        let Some(action) = action(row)? else { continue };
        let id = event_id(row, device(row, folded::COLUMNS.len())?)?;
        actions.push((row.get(folded::time)?, id, action, study_day(row, rules)?));
    }
    actions.sort_by_key(|(time, id, ..)| (*time, *id));
    let some = !actions.is_empty();
    let state = history::fold(actions.into_iter().map(|(_, _, action, day)| (action, day)), rules);
    if some {
        write_state(db, card, &state)?;
    } else {
        forget_state(db, card)?;
    }
    Ok(state)
}

/// Applies an action that is newer than everything in a card's state, and returns the new state.
pub(crate) fn apply(db: &Connection, card: i64, action: CardAction, at: Instant, rules: &Rules) -> Result<CardState> {
    let mut state = state_of(db, card)?;
    state.apply(action, at.study_day(rules.day_starts_at), rules);
    write_state(db, card, &state)?;
    Ok(state)
}

/// Folds every card from scratch, as after a change of the rules. `progress` is told how many of how many events are done.
/// Returns every id whose history continues elsewhere than before.
pub(crate) fn refold_all(db: &Connection, rules: &Rules, progress: &dyn Fn(usize, usize)) -> Result<BTreeSet<i64>> {
    update_void(db)?;
    let moved = update_renames(db)?;
    let mut states: Vec<(i64, CardState)> = fold_in_order(db, rules, progress)?.into_iter().collect();
    // In the order of the table, so that rows are only appended.
    states.sort_unstable_by_key(|(card, _)| *card);
    db.execute("DELETE FROM states", [])?;
    let (mut insert, mut left) = (Batch::new(db, "INSERT", "states", column::COLUMNS), &*states);
    while !left.is_empty() {
        let (now, later) = left.split_at(Batch::size(left.len()));
        let insert = insert.statement(now.len())?;
        for (nth, (card, state)) in now.iter().enumerate() {
            bind_state(insert, nth, *card, state)?;
        }
        insert.raw_execute()?;
        left = later;
    }
    Ok(moved)
}

/// Returns every card's state from one pass over the events in their total order. By time, rows are nearly in the order of
/// the table; by card, fetching them would cost more than all the rest.
fn fold_in_order(db: &Connection, rules: &Rules, progress: &dyn Fn(usize, usize)) -> Result<HashMap<i64, CardState>> {
    let finals: HashMap<i64, i64> = pairs(db, "SELECT old, final FROM renames")?;
    let devices = devices(db)?;
    let count: usize = db.query_row("SELECT coalesce(max(n), 0) FROM events", [], |row| row.get(0))?;
    let columns = select("e", folded::COLUMNS);
    let mut statement = db.prepare(&format!(
        "SELECT {columns} FROM events e INDEXED BY events_by_time WHERE void = 0 AND card IS NOT NULL ORDER BY time"
    ))?;
    let mut rows = statement.query([])?;
    let mut states = HashMap::new();
    let mut moment = Moment::default();
    let mut done = 0_usize;
    while let Some(row) = rows.next()? {
        let Some(action) = action(row)? else { continue };
        let time = row.get(folded::time)?;
        if time != moment.time {
            moment.fold_into(&mut states, rules);
            moment.time = time;
        }
        let device = devices.get(&row.get(folded::device)?).copied();
        let id = event_id(row, device.ok_or_else(|| impossible(folded::device, "device"))?)?;
        let card = row.get(folded::card)?;
        let card = finals.get(&card).copied().unwrap_or(card);
        moment.actions.push((id, card, action, study_day(row, rules)?));
        done += 1;
        if done.is_multiple_of(1 << 14) {
            progress(done, count);
        }
    }
    moment.fold_into(&mut states, rules);
    Ok(states)
}

/// The events of one millisecond: rows come by time, and the order has more fields.
#[derive(Default)]
struct Moment {
    time: i64,
    actions: Vec<(EventId, i64, CardAction, StudyDay)>,
}

impl Moment {
    fn fold_into(&mut self, states: &mut HashMap<i64, CardState>, rules: &Rules) {
        self.actions.sort_unstable_by_key(|(id, ..)| *id);
        for (_, card, action, day) in self.actions.drain(..) {
            states.entry(card).or_default().apply(action, day, rules);
        }
    }
}

fn pairs(db: &Connection, sql: &str) -> Result<HashMap<i64, i64>> {
    db.prepare(sql)?.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

fn devices(db: &Connection) -> Result<HashMap<i64, Device>> {
    db.prepare("SELECT n, name FROM devices")?.query_map([], |row| Ok((row.get(0)?, device(row, 1)?)))?.collect()
}

fn action(row: &Row<'_>) -> Result<Option<CardAction>> {
    let flag = || row.get::<_, Option<bool>>(folded::flag);
    Ok(Some(match KINDS[row.get::<_, usize>(folded::kind)?.min(KINDS.len() - 1)] {
        "review" => {
            let grade = row
                .get::<_, Option<u8>>(folded::grade)?
                .and_then(Grade::new)
                .ok_or_else(|| impossible(folded::grade, "grade"))?;
            let ms = row.get::<_, Option<i64>>(folded::ms)?.map(i64::unsigned_abs);
            CardAction::Review { grade, ms, time: row.get(folded::time)? }
        }
        "suspend" => CardAction::Suspend(flag()?.unwrap_or(false)),
        "bury" => CardAction::Bury,
        "bring" => CardAction::Bring,
        "reset" => CardAction::Reset,
        _ => return Ok(None),
    }))
}

fn event_id(row: &Row<'_>, device: Device) -> Result<EventId> {
    Ok(EventId { device, seq: row.get(folded::seq)?, crc: row.get(folded::crc)? })
}

fn study_day(row: &Row<'_>, rules: &Rules) -> Result<StudyDay> {
    Ok(instant(row, folded::t, folded::zone)?.study_day(rules.day_starts_at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_read_as_it_was_written() {
        let db = Connection::open_in_memory().unwrap();
        crate::store::db::open::create(&db).unwrap();
        let state = CardState {
            memory: Memory { repetitions: 1, ease: 2, interval: 3, last: Some(StudyDay(4)) },
            reviews: 5,
            lapses: 6,
            good: 7,
            streak: 8,
            suspended: true,
            buried: Some(StudyDay(9)),
            brought: Some(StudyDay(10)),
            latest: Some((StudyDay(11), Grade::new(3).unwrap())),
            first: Some(StudyDay(12)),
            failed_at: Some(13),
            recall: Some(Recall { stability: 14.5, difficulty: 1.25 }),
            spoken_ms: 15,
            spoken: 16,
            day_ms: 17,
            day_untimed: 18,
            first_ms: Some(19),
            first_failed: true,
            repeats_ms: 20,
            repeats: 21,
        };
        for state in [state, CardState::default()] {
            write_state(&db, 1, &state).unwrap();
            assert_eq!(state_of(&db, 1).unwrap(), state);
        }
    }
}
