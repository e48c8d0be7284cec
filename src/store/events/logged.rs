//! Events as rows, and reading them back.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::LazyLock;

use rusqlite::{Connection, OptionalExtension as _, Params, Result, Row, params};

use super::ids::known_number;
use crate::clock::{Instant, Month};
use crate::deck::CardId;
use crate::deck::competencies::CompetencyDigest;
use crate::history::{self, Body, Device, Event, EventId, Line, MockScore, Review, Score};
use crate::schedule::Grade;
use crate::store::db::columns::columns;
use crate::store::db::rows::{card_id, device, impossible};

/// The columns of `events` that are inserted.
pub(crate) mod column {
    super::columns!(
        time, device, seq, crc, t, logical, zone, kind, card, grade, proposed, ms, ticks, points, flag, spot, other,
        of, text, mock, competency, again, raw
    );
}

/// The kinds of events; the place of each is its number in the database.
pub(crate) const KINDS: [&str; 10] =
    ["unknown", "review", "undo", "rename", "suspend", "bury", "bring", "reset", "device", "mock"];
pub(crate) const REVIEW: i64 = 1;
pub(crate) const RENAME: i64 = 3;
const RESET: i64 = 7;
const MOCK: i64 = 9;

/// The indexes of events. They are not in the schema: made after many rows are inserted, they cost a fifth.
const INDEXES: [(&str, &str); 5] = [
    ("events_by_card", "(card)"),
    ("events_by_time", "(time)"),
    ("undos", "(of) WHERE of IS NOT NULL"),
    ("renamings", "(other) WHERE other IS NOT NULL"),
    ("announced", "(device) WHERE text IS NOT NULL"),
];

pub(crate) fn kind_number(body: &Body) -> i64 {
    KINDS.iter().position(|word| *word == body.word()).map_or(0, |n| n as i64)
}

/// Returns the sequence number and the logical clock for the next event of a device.
pub(crate) fn next_stamp(db: &Connection, device: Device, now: i64) -> Result<(i64, i64)> {
    let newest = "SELECT max(time) FROM events WHERE time <= ?1";
    let newest = db.prepare_cached(newest)?.query_row([history::believed(now)], |row| row.get(0))?;
    Ok((last_seq(db, device)? + 1, history::logical_clock(now, newest)))
}

/// Returns the sequence number of a device's last event; 0 if there is none.
pub(crate) fn last_seq(db: &Connection, device: Device) -> Result<i64> {
    let last = "SELECT coalesce(max(seq), 0) FROM events WHERE device = (SELECT n FROM devices WHERE name = ?1)";
    db.prepare_cached(last)?.query_row([device.as_str()], |row| row.get(0))
}

/// Returns the logical clock with which a new event comes after all others of its card, if the newest of them is so far
/// ahead that its clock is not adopted. It counts for this card only.
pub(crate) fn raised_time(db: &Connection, body: &Body, now: i64) -> Result<Option<i64>> {
    let believed = history::believed(now);
    if newest_time(db)?.is_none_or(|newest| newest <= believed) {
        return Ok(None);
    }
    let to = match body {
        Body::Rename { to, .. } => Some(to),
        _ => None,
    };
    let mut newest = None;
    for card in body.card().into_iter().chain(to) {
        if let Some(number) = known_number(db, card.as_str())? {
            let sql = format!("SELECT max(e.time) FROM events e WHERE e.void = 0 AND {OF_CARD}");
            newest = newest.max(db.prepare_cached(&sql)?.query_row([number], |row| row.get::<_, Option<i64>>(0))?);
        }
    }
    Ok(newest.filter(|newest| *newest > believed).map(|newest| history::logical_clock(now, Some(newest))))
}

/// Returns the logical clock of the newest event, however far ahead.
pub(crate) fn newest_time(db: &Connection) -> Result<Option<i64>> {
    db.prepare_cached("SELECT max(time) FROM events")?.query_row([], |row| row.get(0))
}

pub(crate) fn create_indexes(db: &Connection) -> Result<()> {
    for (name, on) in INDEXES {
        db.execute_batch(&format!("CREATE INDEX {name} ON events {on}"))?;
    }
    Ok(())
}

pub(crate) fn drop_indexes(db: &Connection) -> Result<()> {
    INDEXES.iter().try_for_each(|(name, _)| db.execute_batch(&format!("DROP INDEX IF EXISTS {name}")))
}

pub(crate) fn is_undone(db: &Connection, id: EventId) -> Result<bool> {
    db.prepare_cached("SELECT 1 FROM events WHERE of = ?1")?.exists([id.to_string()])
}

pub(crate) fn any_rename(db: &Connection) -> Result<bool> {
    db.prepare("SELECT 1 FROM events WHERE other IS NOT NULL")?.exists([])
}

/// An event with what the database knows of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Logged {
    pub event: Event,
    /// The card it is about, by its name after renames.
    pub(crate) card: Option<CardId>,
    pub void: bool,
    /// The line, if the event alone does not render to the same bytes.
    pub(crate) raw: Option<String>,
}

/// The select of every column, the card after renames, and `void`, which come after the columns.
static LOGGED: LazyLock<String> = LazyLock::new(|| {
    let read = |column: &&str| match *column {
        "device" => "d.name".to_owned(),
        "card" => "a.name".to_owned(),
        "other" => "b.name".to_owned(),
        column => format!("e.{column}"),
    };
    let columns: Vec<String> = column::COLUMNS.iter().map(read).collect();
    format!(
        "SELECT {}, f.name, e.void FROM events e JOIN devices d ON d.n = e.device LEFT JOIN names a ON a.n = e.card \
         LEFT JOIN renames r ON r.old = e.card LEFT JOIN names f ON f.n = coalesce(r.final, e.card) \
         LEFT JOIN names b ON b.n = e.other",
        columns.join(", ")
    )
});

/// The events of a card, under any id it had.
pub(crate) const OF_CARD: &str = "(e.card = ?1 OR e.card IN (SELECT old FROM renames WHERE final = ?1))";
const ORDER: &str = "e.time, d.name, e.seq, e.crc";
const NEWEST: &str = "e.time DESC, d.name DESC, e.seq DESC, e.crc DESC";

/// Passes reviews and resets that are not void to `each`, oldest first in the total order, with the card after renames.
pub(crate) fn each_review_and_reset(db: &Connection, mut each: impl FnMut(&CardId, &Event)) -> Result<()> {
    let mut statement = db.prepare(&each_review_and_reset_sql())?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let Logged { event, card, .. } = logged(row)?;
        if let Some(card) = &card {
            each(card, &event);
        }
    }
    Ok(())
}

/// Passes scores of mock interviews to `each`, oldest first in the total order.
pub(crate) fn each_mock_score(db: &Connection, mut each: impl FnMut(Logged)) -> Result<()> {
    let select = &*LOGGED;
    let mut statement = db.prepare(&format!("{select} WHERE e.kind = {MOCK} ORDER BY {ORDER}"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        each(logged(row)?);
    }
    Ok(())
}

fn each_review_and_reset_sql() -> String {
    let select = &*LOGGED;
    format!("{select} WHERE e.void = 0 AND e.kind IN ({REVIEW}, {RESET}) ORDER BY {ORDER}")
}

/// Passes events to `each`, newest first in the total order, all or only reviews, until it returns `false`.
pub(crate) fn newest(db: &Connection, all: bool, mut each: impl FnMut(Logged) -> bool) -> Result<()> {
    let select = &*LOGGED;
    let filter = if all { String::new() } else { format!("WHERE e.kind = {REVIEW}") };
    let sql = format!("{select} {filter} ORDER BY {NEWEST}");
    let mut statement = db.prepare(&sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        if !each(logged(row)?) {
            break;
        }
    }
    Ok(())
}

/// Returns the length of the longest id of a card with events, by its name after renames.
pub(crate) fn longest_id(db: &Connection) -> Result<Option<usize>> {
    let sql = "SELECT max(length(f.name)) FROM (SELECT DISTINCT card FROM events) e \
               LEFT JOIN renames r ON r.old = e.card JOIN names f ON f.n = coalesce(r.final, e.card)";
    db.query_row(sql, [], |row| row.get(0))
}

/// Returns the lines of a page in the order of its file; `range` has their sequence numbers.
pub(crate) fn page(db: &Connection, device: Device, month: Month, range: &Range<i64>) -> Result<Vec<Line>> {
    let span = month.span();
    let line = |row: &Row<'_>| logged(row).map(|Logged { event, raw, .. }| Line { event, raw });
    db.prepare_cached(&page_sql())?
        .query_map(params![device.as_str(), range.start, range.end, span.start, span.end], line)?
        .collect()
}

fn page_sql() -> String {
    let select = &*LOGGED;
    format!(
        "{select} WHERE e.device = (SELECT n FROM devices WHERE name = ?1) AND e.seq >= ?2 AND e.seq < ?3 AND e.t >= ?4 \
         AND e.t < ?5 ORDER BY e.seq, e.crc"
    )
}

pub(crate) fn device_names(db: &Connection) -> Result<BTreeMap<Device, String>> {
    let sql = format!(
        "SELECT d.name, e.text FROM events e INDEXED BY announced JOIN devices d ON d.n = e.device \
         WHERE e.text IS NOT NULL AND e.void = 0 ORDER BY {ORDER}"
    );
    db.prepare(&sql)?.query_map([], |row| Ok((device(row, 0)?, row.get(1)?)))?.collect()
}

/// Returns renames between the same two ids as that event that are not void either.
pub(crate) fn same_renames(db: &Connection, id: EventId) -> Result<Vec<Logged>> {
    let select = &*LOGGED;
    let sql = format!(
        "{select} JOIN events o ON o.card = e.card AND o.other = e.other JOIN devices x ON x.n = o.device \
         WHERE e.other IS NOT NULL AND NOT e.void AND x.name = ?1 AND o.seq = ?2 AND o.crc = ?3 \
         AND NOT (d.name = ?1 AND e.seq = ?2 AND e.crc = ?3) ORDER BY e.time, d.name, e.seq, e.crc"
    );
    collect(db, &sql, params![id.device.as_str(), id.seq, id.crc])
}

/// Returns the card that an event is about. An undo is about the card of the event that it undoes, also if that is an undo.
pub(crate) fn card_of(db: &Connection, body: &Body) -> Result<Option<CardId>> {
    let Body::Undo { of } = body else { return Ok(body.card().cloned()) };
    let (mut undone, mut seen) = (event(db, *of)?, BTreeSet::from([*of]));
    // A checksum can be forged so that undos refer to one another in a circle.
    while let Some(Body::Undo { of }) = undone.as_ref().map(|logged| &logged.event.body)
        && seen.insert(*of)
    {
        undone = event(db, *of)?;
    }
    Ok(undone.and_then(|logged| logged.card))
}

pub(crate) fn event(db: &Connection, id: EventId) -> Result<Option<Logged>> {
    let select = &*LOGGED;
    let sql = format!("{select} WHERE d.name = ?1 AND e.seq = ?2 AND e.crc = ?3");
    db.prepare_cached(&sql)?.query_row(params![id.device.as_str(), id.seq, id.crc], logged).optional()
}

pub(crate) fn history(db: &Connection, card: i64) -> Result<Vec<Logged>> {
    let select = &*LOGGED;
    let sql = format!("{select} WHERE {OF_CARD} ORDER BY {ORDER}");
    collect(db, &sql, [card])
}

pub(crate) fn reviews(db: &Connection, card: i64, most: usize) -> Result<Vec<Logged>> {
    let select = &*LOGGED;
    let sql = format!("{select} WHERE e.kind = {REVIEW} AND e.void = 0 AND {OF_CARD} ORDER BY {NEWEST} LIMIT ?2");
    collect(db, &sql, params![card, i64::try_from(most).unwrap_or(i64::MAX)])
}

fn collect(db: &Connection, sql: &str, params: impl Params) -> Result<Vec<Logged>> {
    db.prepare_cached(sql)?.query_map(params, logged)?.collect()
}

fn logged(row: &Row<'_>) -> Result<Logged> {
    let id = EventId { device: device(row, column::device)?, seq: row.get(column::seq)?, crc: row.get(column::crc)? };
    let at = instant(row, column::t, column::zone)?;
    let event = Event { id, at, logical: row.get(column::logical)?, body: body(row)? };
    let (renamed, void) = (column::COLUMNS.len(), column::COLUMNS.len() + 1);
    let card = row.get::<_, Option<String>>(renamed)?.and_then(|name| CardId::parse(&name));
    Ok(Logged { event, card, void: row.get(void)?, raw: row.get(column::raw)? })
}

fn body(row: &Row<'_>) -> Result<Body> {
    let card = || card_id(row, column::card);
    let flag = row.get::<_, Option<bool>>(column::flag)?.unwrap_or(false);
    Ok(match KINDS[row.get::<_, usize>(column::kind)?.min(KINDS.len() - 1)] {
        "review" => Body::Review(review(row, card()?)?),
        "undo" => {
            let of: String = row.get(column::of)?;
            Body::Undo { of: EventId::parse(&of).ok_or_else(|| impossible(column::of, "undo"))? }
        }
        "rename" => Body::Rename { card: card()?, to: card_id(row, column::other)? },
        "suspend" => Body::Suspend { card: card()?, on: flag },
        "bury" => Body::Bury { card: card()? },
        "bring" => Body::Bring { card: card()? },
        "reset" => Body::Reset { card: card()? },
        "device" => Body::Device { name: row.get(column::text)? },
        "mock" => Body::Mock(Box::new(mock_score(row)?)),
        _ => Body::Unknown,
    })
}

fn review(row: &Row<'_>, card: CardId) -> Result<Review> {
    let grade = |column: usize| Ok::<_, rusqlite::Error>(row.get::<_, Option<u8>>(column)?.and_then(Grade::new));
    Ok(Review {
        card,
        grade: grade(column::grade)?.ok_or_else(|| impossible(column::grade, "grade"))?,
        proposed: grade(column::proposed)?,
        ms: ms(row)?,
        ticks: ticks(row)?,
        points: row.get(column::points)?,
        hint: row.get::<_, Option<bool>>(column::flag)?.unwrap_or(false),
        spot: row.get(column::spot)?,
    })
}

fn mock_score(row: &Row<'_>) -> Result<MockScore> {
    let score = |column: usize| Ok::<_, rusqlite::Error>(row.get::<_, Option<u8>>(column)?.and_then(Score::new));
    let card = row.get::<_, Option<String>>(column::card)?.map(|_| card_id(row, column::card)).transpose()?;
    let first = row.get::<_, Option<String>>(column::mock)?;
    let first = first.map(|first| EventId::parse(&first).ok_or_else(|| impossible(column::mock, "event")));
    let named = row.get::<_, Option<String>>(column::competency)?;
    let digest =
        |text: String| CompetencyDigest::parse(&text).ok_or_else(|| impossible(column::competency, "competency"));
    Ok(MockScore {
        card,
        score: score(column::grade)?.ok_or_else(|| impossible(column::grade, "score"))?,
        suggested: score(column::proposed)?,
        ms: ms(row)?,
        ticks: ticks(row)?,
        points: row.get(column::points)?,
        first: first.transpose()?,
        competency: named.map(digest).transpose()?,
        again: row.get::<_, Option<u32>>(column::again)?.unwrap_or(0),
    })
}

fn ms(row: &Row<'_>) -> Result<Option<u64>> {
    Ok(row.get::<_, Option<i64>>(column::ms)?.map(i64::unsigned_abs))
}

fn ticks(row: &Row<'_>) -> Result<Option<Vec<u16>>> {
    let ticks: Option<String> = row.get(column::ticks)?;
    ticks.map(|ticks| serde_json::from_str(&ticks).map_err(|_| impossible(column::ticks, "ticks"))).transpose()
}

pub(crate) fn instant(row: &Row<'_>, t: usize, zone: usize) -> Result<Instant> {
    Instant::new(row.get(t)?, row.get(zone)?).ok_or_else(|| impossible(t, "time"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pass_over_all_events_sorts_only_those_of_one_moment() {
        let db = Connection::open_in_memory().unwrap();
        crate::store::db::open::create(&db).unwrap();
        create_indexes(&db).unwrap();
        for sql in [each_review_and_reset_sql(), format!("{} WHERE e.kind = {REVIEW} ORDER BY {NEWEST}", *LOGGED)] {
            let mut plan = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let steps: Vec<String> = plan.query_map([], |row| row.get(3)).unwrap().map(Result::unwrap).collect();
            assert!(steps.contains(&"SCAN e USING INDEX events_by_time".to_owned()), "{steps:#?}");
            assert!(!steps.contains(&"USE TEMP B-TREE FOR ORDER BY".to_owned()), "{steps:#?}");
        }
    }

    #[test]
    fn a_page_is_read_by_its_sequence_numbers() {
        let db = Connection::open_in_memory().unwrap();
        crate::store::db::open::create(&db).unwrap();
        create_indexes(&db).unwrap();
        let mut plan = db.prepare(&format!("EXPLAIN QUERY PLAN {}", page_sql())).unwrap();
        let steps: Vec<String> = plan.query_map([0; 5], |row| row.get(3)).unwrap().map(Result::unwrap).collect();
        let by_number = "SEARCH e USING INDEX sqlite_autoindex_events_1 (device=? AND seq>? AND seq<?)";
        assert!(steps.iter().any(|step| step == by_number), "{steps:#?}");
        assert!(!steps.contains(&"USE TEMP B-TREE FOR ORDER BY".to_owned()), "{steps:#?}");
    }

    #[test]
    fn the_numbers_of_kinds_are_those_of_their_words() {
        assert_eq!([REVIEW, RENAME, RESET, MOCK].map(|n| KINDS[n as usize]), ["review", "rename", "reset", "mock"]);
    }
}
