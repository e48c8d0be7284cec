//! What is asked: columns of `cards` that are updated whenever a row or a state changes, and the agenda of a day.

use std::sync::LazyLock;

use rusqlite::{CachedStatement, Connection, Result, Row, params};

use super::entry::{COLUMNS, COUNT, entries, entry};
use super::upcoming::{self, Upcoming};
use crate::clock::StudyDay;
use crate::entry::{Entry, ScopedCard, likely_seconds};
use crate::history::CardState;
use crate::horizon::Scope;
use crate::queue::{Claim, NewCounts};
use crate::schedule::{Memory, SAME_DAY_REACH};
use crate::store::events::states::{STATE, state};

#[derive(PartialEq, Eq)]
pub(crate) struct AskedColumns {
    /// Neither shadowed nor suspended.
    pub(crate) asked: bool,
    pub(crate) scope: Scope,
    /// The study day, the cap of an interview included; `None` if it was never reviewed.
    pub(crate) due: Option<i32>,
    pub(crate) likely: u64,
}

/// What the columns depend on besides the state.
#[derive(Clone, Copy)]
pub(crate) struct AskedCard {
    pub(crate) limit: u32,
    pub(crate) suspended: bool,
    pub(crate) shadowed: bool,
    pub(crate) scope: Scope,
}

impl AskedColumns {
    pub(crate) fn new(state: &CardState, card: AskedCard, upcoming: &Upcoming) -> Self {
        AskedColumns {
            asked: !card.shadowed && !card.suspended && !state.suspended,
            scope: card.scope,
            due: upcoming.due(state, card.scope).map(|day| day.0),
            likely: likely_seconds(state, card.limit),
        }
    }
}

fn asked_card(row: &Row<'_>, at: usize) -> Result<AskedCard> {
    let scope = Scope(row.get::<_, i64>(at + 3)?.cast_unsigned());
    Ok(AskedCard { limit: row.get(at)?, suspended: row.get(at + 1)?, shadowed: row.get(at + 2)?, scope })
}

const ASKED_CARD: &str = "c.seconds, c.suspended, c.shadowed, c.scope";

/// Updates what is asked of one card, from its rows and its state.
pub(crate) fn update(db: &Connection, card: i64, state: &CardState) -> Result<()> {
    let upcoming = upcoming::upcoming(db)?;
    let rows: Vec<(i64, u8, AskedCard)> = db
        .prepare_cached(&format!("SELECT c.n, c.weight, {ASKED_CARD} FROM cards c WHERE c.card = ?1"))?
        .query_map([card], |row| Ok((row.get(0)?, row.get(1)?, asked_card(row, 2)?)))?
        .collect::<Result<_>>()?;
    let mut update = db.prepare_cached(UPDATE)?;
    for (n, weight, row) in rows {
        let columns = AskedColumns::new(state, row, &upcoming);
        write(&mut update, n, &columns)?;
        check(db, card, &columns, weight, &state.memory)?;
    }
    Ok(())
}

fn write(update: &mut CachedStatement<'_>, n: i64, columns: &AskedColumns) -> Result<()> {
    let AskedColumns { asked, scope, due, likely } = columns;
    update.execute(params![n, asked, scope.0.cast_signed(), due, likely])?;
    Ok(())
}

/// Discards the agenda if a card that is due on its day is not in it, or changed since it was made.
pub(crate) fn check(db: &Connection, card: i64, columns: &AskedColumns, weight: u8, memory: &Memory) -> Result<()> {
    let (true, Some(due)) = (columns.asked, columns.due) else { return Ok(()) };
    // Most cards are due later, and reading costs less than writing nothing.
    if agenda_day(db)?.is_none_or(|day| day.0 < due && !memory.is_ahead(day)) {
        return Ok(());
    }
    db.prepare_cached(
        "UPDATE meta SET agenda_day = NULL WHERE NOT EXISTS (SELECT 1 FROM agenda \
         WHERE card = ?1 AND last IS ?2 AND interval = ?3 AND weight = ?4 AND scope = ?5)",
    )?
    .execute(params![
        card,
        memory.last.map(|day| day.0),
        memory.interval,
        weight,
        columns.scope.0.cast_signed()
    ])?;
    Ok(())
}

/// Updates what is asked of every card after many states changed; only differences are written.
pub(crate) fn update_all(db: &Connection) -> Result<()> {
    let upcoming = upcoming::upcoming(db)?;
    update_each(db, &upcoming, &|_, scope| Ok(scope))
}

/// Takes over other interviews to come: updates the scope of every card, and what is asked.
pub(crate) fn set_upcoming(db: &Connection, upcoming: &Upcoming) -> Result<()> {
    upcoming::note(db, upcoming)?;
    let list = |row: &Row<'_>, at: usize| row.get::<_, Option<String>>(at);
    update_each(db, upcoming, &|row, _| {
        let (file, deck): (String, String) = (row.get(PLACE_AT)?, row.get(PLACE_AT + 1)?);
        let tags: Vec<String> = from_json(list(row, PLACE_AT + 2)?);
        let round: Vec<i64> = from_json(list(row, PLACE_AT + 3)?);
        Ok(upcoming.scope(&ScopedCard { file: &file, deck: &deck, tags: &tags, round: &round }))
    })
}

pub(crate) fn from_json<T: serde::de::DeserializeOwned>(list: Option<String>) -> Vec<T> {
    list.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default()
}

const PLACE_AT: usize = 7;

fn update_each(db: &Connection, upcoming: &Upcoming, scope: &dyn Fn(&Row<'_>, Scope) -> Result<Scope>) -> Result<()> {
    let sql = format!(
        "SELECT c.n, {ASKED_CARD}, c.asked, c.due, f.path, f.title, c.tags, c.rounds, c.likely, {} \
         FROM cards c JOIN files f ON f.n = c.file LEFT JOIN states s ON s.card = c.card",
        *STATE
    );
    let mut changed: Vec<(i64, AskedColumns)> = Vec::new();
    let mut statement = db.prepare(&sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let card = asked_card(row, 1)?;
        let was =
            AskedColumns { asked: row.get(5)?, scope: card.scope, due: row.get(6)?, likely: row.get(PLACE_AT + 4)? };
        let card = AskedCard { scope: scope(row, card.scope)?, ..card };
        let wanted = AskedColumns::new(&state(row, PLACE_AT + 5)?, card, upcoming);
        if wanted != was {
            changed.push((row.get(0)?, wanted));
        }
    }
    let mut update = db.prepare_cached(UPDATE)?;
    changed.iter().try_for_each(|(n, columns)| write(&mut update, *n, columns))?;
    db.execute("UPDATE meta SET agenda_day = NULL", [])?;
    Ok(())
}

const UPDATE: &str = "UPDATE cards SET asked = ?2, scope = ?3, due = ?4, likely = ?5 WHERE n = ?1";

const TALLY: &str =
    "SELECT count(*), coalesce(sum(likely), 0) FROM cards WHERE asked AND due IS NOT NULL AND due <= ?1";
/// Cards whose last review is so far after today that its clock was wrong: they are due today.
const AHEAD: &str =
    "FROM states s JOIN cards c ON c.card = s.card WHERE s.latest_day > ?1 + 2 AND c.asked AND c.due > ?1";
const _: () = assert!(SAME_DAY_REACH == 2, "the reach in SQL");

fn ahead_sql() -> String {
    format!("SELECT count(*), coalesce(sum(c.likely), 0) {AHEAD}")
}

const HIDDEN: &str = "SELECT count(*), coalesce(sum(c.likely), 0) FROM states s JOIN cards c ON c.card = s.card \
                      WHERE s.buried = ?1 AND c.asked AND (c.due <= ?1 OR s.latest_day > ?1 + 2)";

/// Returns how many cards are due on a study day, without buried ones, and how many seconds they are likely to take.
pub(crate) fn tally(db: &Connection, today: StudyDay) -> Result<(usize, u64)> {
    let count = |sql: &str| {
        db.prepare_cached(sql)?.query_row([today.0], |row| Ok((row.get::<_, usize>(0)?, row.get::<_, u64>(1)?)))
    };
    let ((cards, seconds), (ahead, more), (hidden, less)) = (count(TALLY)?, count(&ahead_sql())?, count(HIDDEN)?);
    Ok(((cards + ahead).saturating_sub(hidden), (seconds + more).saturating_sub(less)))
}

pub(crate) fn agenda_is_of(db: &Connection, today: StudyDay) -> Result<bool> {
    Ok(agenda_day(db)? == Some(today))
}

/// Returns the study day the agenda was made for; `None` if it must be made again.
fn agenda_day(db: &Connection) -> Result<Option<StudyDay>> {
    let day: Option<i32> = db.prepare_cached("SELECT agenda_day FROM meta")?.query_row([], |row| row.get(0))?;
    Ok(day.map(StudyDay))
}

/// What the order of due cards depends on.
static DUE_CARDS: LazyLock<String> = LazyLock::new(|| {
    format!("SELECT c.card, c.weight, c.scope, (SELECT name FROM names WHERE n = c.card), {}", *STATE)
});

/// Makes the agenda of a study day: every due card, in the order of the queue.
pub(crate) fn make_agenda(db: &Connection, today: StudyDay) -> Result<()> {
    let (upcoming, select) = (upcoming::upcoming(db)?, &*DUE_CARDS);
    let sql = format!(
        "{select} FROM cards c JOIN states s ON s.card = c.card WHERE c.asked AND c.due IS NOT NULL AND c.due <= ?1 \
         UNION ALL {select} {AHEAD}"
    );
    let mut due: Vec<(i64, Memory, Claim, String)> = db
        .prepare(&sql)?
        .query_map([today.0], |row| {
            let scope = Scope(row.get::<_, i64>(2)?.cast_unsigned());
            let state = state(row, 4)?;
            let claim = Claim::new(&state, (row.get(1)?, scope), upcoming.horizon(), today);
            Ok((row.get(0)?, state.memory, claim, row.get(3)?))
        })?
        .collect::<Result<_>>()?;
    due.sort_unstable_by(|(.., a, x), (.., b, y)| a.compare(b, today).then_with(|| x.cmp(y)));
    db.execute("DELETE FROM agenda", [])?;
    let sql = "INSERT INTO agenda (pos, card, last, interval, weight, scope) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let mut insert = db.prepare(sql)?;
    for (pos, (card, memory, claim, _)) in due.iter().enumerate() {
        let last = memory.last.map(|day| day.0);
        insert.execute(params![pos, card, last, memory.interval, claim.weight, claim.scope.0.cast_signed()])?;
    }
    db.execute("UPDATE meta SET agenda_day = ?1", [today.0])?;
    Ok(())
}

/// Makes the agenda of a study day for this connection alone, because another process is writing: in tables that hide those
/// of the file.
pub(crate) fn make_agenda_aside(db: &Connection, today: StudyDay) -> Result<()> {
    db.execute_batch(
        "PRAGMA temp_store = MEMORY; CREATE TEMP TABLE meta AS SELECT * FROM main.meta; \
         CREATE TEMP TABLE agenda (pos INTEGER PRIMARY KEY, card INTEGER NOT NULL UNIQUE, last INTEGER, interval INTEGER, \
         weight INTEGER, scope INTEGER)",
    )?;
    make_agenda(db, today)
}

/// Returns the next cards of the agenda that are still due, from a place on, and the place after the last.
pub(crate) fn agenda(db: &Connection, today: StudyDay, from: i64, most: usize) -> Result<(Vec<Entry>, i64)> {
    let mut statement = db.prepare_cached(&agenda_sql())?;
    let mut rows = statement.query(params![today.0, from])?;
    let (mut found, mut next) = (Vec::new(), from);
    while found.len() < most
        && let Some(row) = rows.next()?
    {
        next = row.get::<_, i64>(COUNT)? + 1;
        found.extend(Some(entry(row)?).filter(|entry| entry.askable(today)));
    }
    Ok((found, next))
}

/// The joins are in a fixed order, because the first few cards are wanted, not all.
fn agenda_sql() -> String {
    let columns = &*COLUMNS;
    format!(
        "SELECT {columns}, a.pos FROM agenda a CROSS JOIN cards c ON c.card = a.card AND c.asked \
         CROSS JOIN files f ON f.n = c.file CROSS JOIN names i ON i.n = c.card CROSS JOIN states s ON s.card = c.card \
         WHERE a.pos >= ?2 AND (c.due <= ?1 OR s.latest_day > ?1 + 2) ORDER BY a.pos"
    )
}

/// Returns cards that failed on a study day and are to be repeated, unless they are due by their day.
pub(crate) fn again(db: &Connection, today: StudyDay) -> Result<Vec<Entry>> {
    entries(db, AGAIN, [today.0])
}

const AGAIN: &str =
    "AND s.latest_grade < 4 AND s.latest_day BETWEEN ?1 AND ?1 + 2 AND c.card = s.card AND c.asked AND c.due > ?1";

/// Counts new cards by scope, and those met on a study day.
pub(crate) fn new_counts(db: &Connection, today: StudyDay) -> Result<NewCounts> {
    let mut counts = NewCounts::default();
    let scope = |row: &Row<'_>| Ok::<_, rusqlite::Error>(Scope(row.get::<_, i64>(0)?.cast_unsigned()));
    for unseen in db.prepare_cached(UNSEEN)?.query_map([], |row| Ok((scope(row)?, row.get(1)?)))? {
        counts.unseen.extend([unseen?]);
    }
    for met in db.prepare_cached(MET)?.query_map([today.0], |row| scope(row))? {
        *counts.met_today.entry(met?).or_default() += 1;
    }
    Ok(counts)
}

const UNSEEN: &str = "SELECT scope, cards FROM unseen";
const MET: &str = "SELECT c.scope FROM states s JOIN cards c ON c.card = s.card AND NOT c.shadowed \
                   WHERE s.latest_day = ?1 AND s.first = ?1";

/// Counts the new cards that a scope wants, whatever their weight.
const WANTED: &str = "SELECT coalesce(sum(cards), 0) FROM unseen WHERE scope & ?1 <> 0 OR ?1 = 0 AND scope = 0";

const HAS_WEIGHT: &str = "SELECT 1 FROM cards WHERE weight = ?1 AND asked AND due IS NULL";

/// Selects new cards of one weight. The joins are in path order, so the first few cards cost no sort.
fn new_of_weight_sql() -> String {
    let columns = &*COLUMNS;
    format!(
        "SELECT {columns} FROM files f CROSS JOIN cards c INDEXED BY cards_new ON c.weight = ?1 AND c.file = f.n AND c.asked \
         AND c.due IS NULL CROSS JOIN names i ON i.n = c.card LEFT JOIN states s ON s.card = c.card \
         WHERE c.scope & ?2 <> 0 OR ?2 = 0 AND c.scope = 0 ORDER BY f.path, c.ord"
    )
}

/// Passes new cards that a scope wants to `each`, the heaviest first, then by path and place in the file, until it returns
/// `false`.
pub(crate) fn new_cards(db: &Connection, scope: Scope, each: &mut dyn FnMut(Entry) -> bool) -> Result<()> {
    // All from one moment, whatever others write meanwhile.
    let _snapshot = db.unchecked_transaction()?;
    let wanted = scope.0.cast_signed();
    // Cards out of scope are read to be passed over, so reading ends with the last card in scope.
    let mut left: u64 = db.prepare_cached(WANTED)?.query_row([wanted], |row| row.get(0))?;
    for weight in [3, 2, 1] {
        if left == 0 {
            break;
        }
        if !db.prepare_cached(HAS_WEIGHT)?.exists([weight])? {
            continue;
        }
        let mut cards = db.prepare_cached(&new_of_weight_sql())?;
        let mut rows = cards.query(params![weight, wanted])?;
        while left > 0
            && let Some(row) = rows.next()?
        {
            if !each(entry(row)?) {
                return Ok(());
            }
            left -= 1;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::super::entry::entries_sql;
    use super::super::minutes::{ANSWERED, HIDDEN_NEW, SPENT};
    use super::*;
    use crate::store::index::cards::{DAY_MET, DAY_REVIEWED, SHADOWED, TWINS, create_indexes};

    #[test]
    fn an_agenda_is_made_aside_while_another_process_writes() {
        let db = Connection::open_in_memory().unwrap();
        crate::store::db::open::create(&db).unwrap();
        make_agenda_aside(&db, StudyDay(1000)).unwrap();
        assert!(agenda_is_of(&db, StudyDay(1000)).unwrap());
    }

    #[test]
    fn new_cards_out_of_scope_are_not_read_behind_the_last_in_scope() {
        let db = Connection::open_in_memory().unwrap();
        crate::store::db::open::create(&db).unwrap();
        db.execute_batch(
            "INSERT INTO files VALUES (1, 'a.toml', x'', x'', 'A', 1, 1000, '', 0, NULL); \
             CREATE TEMP TABLE numbers AS \
             WITH RECURSIVE n (value) AS (SELECT 0 UNION ALL SELECT value + 1 FROM n LIMIT 1000) SELECT value FROM n; \
             INSERT INTO names SELECT value, 'c' || value FROM numbers; \
             INSERT INTO cards SELECT value, 1, value, value, value, 1, 0, 0, 1, 0, 1, 0, 0, 60, 'Why?', NULL, NULL, 0, 0, 0, \
             1, CASE WHEN value < 2 THEN 2 ELSE 1 END, NULL, 60 FROM numbers",
        )
        .unwrap();
        create_indexes(&db).unwrap();
        for (scope, cards) in [(2, 2), (4, 0), (0, 0)] {
            let mut read = 0;
            let each = &mut |_| {
                read += 1;
                true
            };
            new_cards(&db, Scope(scope), each).unwrap();
            assert_eq!(read, cards);
            let steps = db.prepare_cached(&new_of_weight_sql()).unwrap().reset_status(StatementStatus::VmStep);
            assert!(steps < 200, "{steps} steps in scope {scope}");
        }
    }

    /// Every statement between the start and the first prompt that reads cards or states.
    #[test]
    fn nothing_on_the_way_to_the_first_prompt_reads_a_whole_table() {
        let db = Connection::open_in_memory().unwrap();
        crate::store::db::open::create(&db).unwrap();
        db.execute_batch(include_str!("../db/indexes.sql")).unwrap();
        create_indexes(&db).unwrap();
        let statements = [
            TALLY.to_owned(),
            ahead_sql(),
            HIDDEN.to_owned(),
            UNSEEN.to_owned(),
            MET.to_owned(),
            SPENT.to_owned(),
            ANSWERED.to_owned(),
            HIDDEN_NEW.to_owned(),
            WANTED.to_owned(),
            HAS_WEIGHT.to_owned(),
            new_of_weight_sql(),
            entries_sql(AGAIN),
            entries_sql("AND c.card = ?1"),
            agenda_sql(),
            DAY_MET.to_owned(),
            DAY_REVIEWED.to_owned(),
            SHADOWED.to_owned(),
            TWINS.to_owned(),
        ];
        for sql in statements {
            let mut plan = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let any = rusqlite::params_from_iter(vec![1; plan.parameter_count()]);
            let steps: Vec<String> = plan.query_map(any, |row| row.get(3)).unwrap().map(Result::unwrap).collect();
            // Sorting would read all before the first.
            assert!(sql == TWINS || !steps.iter().any(|step| step.contains("B-TREE")), "{sql}\n{steps:#?}");
            for step in &steps {
                // Files are scanned in path order until enough new cards are found; few cards are shadowed, and there
                // are few scopes.
                let whole = step.starts_with("SCAN")
                    && !["SCAN f USING INDEX", "INDEX shadows", "SCAN unseen"].iter().any(|few| step.contains(few));
                assert!(!whole && !step.contains("AUTOMATIC"), "{sql}\n{steps:#?}");
            }
        }
    }
}
