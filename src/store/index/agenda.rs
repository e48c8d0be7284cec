//! What is asked: columns of `cards` that are updated whenever a row or a state changes, and the agenda of a day.

use rusqlite::{Connection, Result, params};

use super::entry::{COLUMNS, COUNT, entries, entry};
use crate::clock::StudyDay;
use crate::entry::{Entry, likely_seconds};
use crate::history::CardState;
use crate::queue::compare_overdue;
use crate::schedule::{Memory, SAME_DAY_REACH};
use crate::store::events::states::{STATE, state};

#[derive(PartialEq, Eq)]
pub(crate) struct AskedColumns {
    /// Neither shadowed nor suspended.
    pub(crate) asked: bool,
    /// The study day; `None` if it was never reviewed.
    pub(crate) due: Option<i32>,
    pub(crate) likely: u64,
}

impl AskedColumns {
    pub(crate) fn new(state: &CardState, limit: u32, suspended: bool, shadowed: bool) -> Self {
        AskedColumns {
            asked: !shadowed && !suspended && !state.suspended,
            due: state.due().map(|day| day.0),
            likely: likely_seconds(state, limit),
        }
    }
}

/// Updates what is asked of one card, from its rows and its state.
pub(crate) fn update(db: &Connection, card: i64, state: &CardState) -> Result<()> {
    let rows: Vec<(i64, u32, bool, bool)> = db
        .prepare_cached("SELECT n, seconds, suspended, shadowed FROM cards WHERE card = ?1")?
        .query_map([card], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?
        .collect::<Result<_>>()?;
    let mut update = db.prepare_cached(UPDATE)?;
    for (n, limit, suspended, shadowed) in rows {
        let AskedColumns { asked, due, likely } = AskedColumns::new(state, limit, suspended, shadowed);
        update.execute(params![n, asked, due, likely])?;
        if let (true, Some(due)) = (asked, due) {
            check(db, card, due, &state.memory)?;
        }
    }
    Ok(())
}

/// Discards the agenda if a card that is due on its day is not in it, or changed since it was made.
pub(crate) fn check(db: &Connection, card: i64, due: i32, memory: &Memory) -> Result<()> {
    // Most cards are due later, and reading costs less than writing nothing.
    if agenda_day(db)?.is_none_or(|day| day.0 < due && !memory.is_ahead(day)) {
        return Ok(());
    }
    db.prepare_cached(
        "UPDATE meta SET agenda_day = NULL \
         WHERE NOT EXISTS (SELECT 1 FROM agenda WHERE card = ?1 AND last IS ?2 AND interval = ?3)",
    )?
    .execute(params![card, memory.last.map(|day| day.0), memory.interval])?;
    Ok(())
}

/// Updates what is asked of every card; only differences are written.
pub(crate) fn update_all(db: &Connection) -> Result<()> {
    let sql = format!(
        "SELECT c.n, c.seconds, c.suspended, c.shadowed, c.asked, c.due, c.likely, {} \
         FROM cards c LEFT JOIN states s ON s.card = c.card",
        *STATE
    );
    let mut changed: Vec<(i64, AskedColumns)> = Vec::new();
    let mut statement = db.prepare(&sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let was = AskedColumns { asked: row.get(4)?, due: row.get(5)?, likely: row.get(6)? };
        let wanted = AskedColumns::new(&state(row, 7)?, row.get(1)?, row.get(2)?, row.get(3)?);
        if wanted != was {
            changed.push((row.get(0)?, wanted));
        }
    }
    let mut update = db.prepare_cached(UPDATE)?;
    for (n, AskedColumns { asked, due, likely }) in changed {
        update.execute(params![n, asked, due, likely])?;
    }
    db.execute("UPDATE meta SET agenda_day = NULL", [])?;
    Ok(())
}

const UPDATE: &str = "UPDATE cards SET asked = ?2, due = ?3, likely = ?4 WHERE n = ?1";

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

/// Makes the agenda of a study day: every due card, the most overdue first.
pub(crate) fn make_agenda(db: &Connection, today: StudyDay) -> Result<()> {
    let sql = format!(
        "SELECT c.card, s.last, s.interval, i.name FROM cards c JOIN states s ON s.card = c.card \
         JOIN names i ON i.n = c.card WHERE c.asked AND c.due IS NOT NULL AND c.due <= ?1 \
         UNION ALL SELECT c.card, s.last, s.interval, (SELECT name FROM names WHERE n = c.card) {AHEAD}"
    );
    let mut due: Vec<(i64, Memory, String)> = db
        .prepare(&sql)?
        .query_map([today.0], |row| {
            let last = row.get::<_, Option<i32>>(1)?.map(StudyDay);
            Ok((row.get(0)?, Memory { last, interval: row.get(2)?, ..Memory::default() }, row.get(3)?))
        })?
        .collect::<Result<_>>()?;
    due.sort_unstable_by(|(_, a, x), (_, b, y)| compare_overdue(a, b, today).then_with(|| x.cmp(y)));
    db.execute("DELETE FROM agenda", [])?;
    let mut insert = db.prepare("INSERT INTO agenda (pos, card, last, interval) VALUES (?1, ?2, ?3, ?4)")?;
    for (pos, (card, memory, _)) in due.iter().enumerate() {
        insert.execute(params![pos, card, memory.last.map(|day| day.0), memory.interval])?;
    }
    db.execute("UPDATE meta SET agenda_day = ?1", [today.0])?;
    Ok(())
}

/// Makes the agenda of a study day for this connection alone, because another process is writing: in tables that hide those
/// of the file.
pub(crate) fn make_agenda_aside(db: &Connection, today: StudyDay) -> Result<()> {
    db.execute_batch(
        "PRAGMA temp_store = MEMORY; CREATE TEMP TABLE meta AS SELECT * FROM main.meta; \
         CREATE TEMP TABLE agenda (pos INTEGER PRIMARY KEY, card INTEGER NOT NULL UNIQUE, last INTEGER, interval INTEGER)",
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

/// The places in files at which there are new cards, from one on.
const NEXT_ORD: &str = "SELECT min(ord) FROM cards WHERE asked AND due IS NULL AND ord >= ?1";
/// Selects new cards at a place in their files. The joins are in path order, so the first few cards cost no sort.
fn new_at_sql() -> String {
    let columns = &*COLUMNS;
    format!(
        "SELECT {columns} FROM files f CROSS JOIN cards c INDEXED BY cards_new ON c.ord = ?1 AND c.file = f.n AND c.asked \
         AND c.due IS NULL CROSS JOIN names i ON i.n = c.card LEFT JOIN states s ON s.card = c.card ORDER BY f.path"
    )
}

/// Returns up to `most` new cards that `takes` accepts: the first card of each file comes before the second of any.
pub(crate) fn new_cards(db: &Connection, most: usize, takes: impl Fn(&Entry) -> bool) -> Result<Vec<Entry>> {
    // All from one moment, whatever others write meanwhile.
    let _snapshot = db.unchecked_transaction()?;
    let mut next = db.prepare_cached(NEXT_ORD)?;
    let mut cards = db.prepare_cached(&new_at_sql())?;
    let (mut found, mut from) = (Vec::new(), 0);
    while found.len() < most
        && let Some(ord) = next.query_row([from], |row| row.get::<_, Option<i64>>(0))?
    {
        let mut rows = cards.query([ord])?;
        while found.len() < most
            && let Some(row) = rows.next()?
        {
            found.extend(Some(entry(row)?).filter(&takes));
        }
        from = ord + 1;
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::entry::entries_sql;
    use super::*;
    use crate::store::index::cards::{DAY_MET, DAY_REVIEWED, SHADOWED, TWINS, create_indexes};

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
            NEXT_ORD.to_owned(),
            new_at_sql(),
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
                // Files are scanned in path order until enough new cards are found; few cards are shadowed.
                let whole =
                    step.starts_with("SCAN") && !step.contains("SCAN f USING INDEX") && !step.contains("INDEX shadows");
                assert!(!whole && !step.contains("AUTOMATIC"), "{sql}\n{steps:#?}");
            }
        }
    }
}
