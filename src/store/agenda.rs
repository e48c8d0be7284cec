//! What the queue asks for: columns of the cards' rows, settled whenever a row or a state changes, and the agenda of a day.

use std::collections::BTreeSet;
use std::mem::replace;
use std::sync::LazyLock;

use rusqlite::{Connection, OptionalExtension as _, Result, Row, params};

use super::decks::{FEW, card_row, rows_of};
use super::entries::{COLUMNS, columns, entries, entries_sql, entry};
use super::events::{STATE, state};
use crate::clock::StudyDay;
use crate::entry::{Entry, likely_seconds};
use crate::history::CardState;
use crate::queue::compare_overdue;
use crate::schedule::Memory;

/// What the queue asks for of a card.
#[derive(PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Neither shadowed nor suspended.
    pub(crate) asked: bool,
    /// Study day; none: never reviewed.
    pub(crate) due: Option<i32>,
    /// Seconds a review is likely to take.
    pub(crate) likely: u64,
}

impl Wanted {
    /// From the state and what the file says.
    pub(crate) fn of(state: &CardState, limit: u32, suspended: bool, shadowed: bool) -> Self {
        Wanted {
            asked: !shadowed && !suspended && !state.suspended,
            due: state.due().map(|day| day.0),
            likely: likely_seconds(state, limit),
        }
    }
}

/// The state of a card, as new as it is when it has none.
pub(crate) fn state_of(db: &Connection, card: i64) -> Result<CardState> {
    static SQL: LazyLock<String> = LazyLock::new(|| format!("SELECT {STATE} FROM states s WHERE s.card = ?1"));
    let found = db.prepare_cached(&SQL)?.query_row([card], |row| state(row, 0)).optional()?;
    Ok(found.unwrap_or_default())
}

/// Settles what the queue asks for of one card, from its rows and its state.
pub(crate) fn settle(db: &Connection, card: i64, state: &CardState) -> Result<()> {
    let rows: Vec<(i64, u32, bool, bool)> = db
        .prepare_cached(
            "SELECT n, seconds, suspended OR EXISTS (SELECT 1 FROM purged WHERE card = ?1), shadowed FROM cards WHERE card = ?1",
        )?
        .query_map([card], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?
        .collect::<Result<_>>()?;
    let mut update = db.prepare_cached(UPDATE_WANTED)?;
    for (n, limit, suspended, shadowed) in rows {
        let Wanted { asked, due, likely } = Wanted::of(state, limit, suspended, shadowed);
        update.execute(params![n, asked, due, likely])?;
        if let (true, Some(due)) = (asked, due) {
            check_agenda(db, card, due, &state.memory)?;
        }
    }
    Ok(())
}

/// A card that is due on the day of the agenda, and is not there or lies otherwise than when that was made, has no right
/// place in it: then the agenda must be made anew.
pub(crate) fn check_agenda(db: &Connection, card: i64, due: i32, memory: &Memory) -> Result<()> {
    // Most cards are due later, and reading costs less than writing nothing.
    if agenda_day(db)?.is_none_or(|day| day.0 < due) {
        return Ok(());
    }
    db.prepare_cached(
        "UPDATE meta SET agenda_day = NULL \
         WHERE NOT EXISTS (SELECT 1 FROM agenda WHERE card = ?1 AND last IS ?2 AND interval = ?3)",
    )?
    .execute(params![card, memory.last.map(|day| day.0), memory.interval])?;
    Ok(())
}

/// The same for every card of the decks, in one pass; only what differs is written.
pub(crate) fn settle_all(db: &Connection) -> Result<()> {
    let sql = format!(
        "SELECT c.n, c.seconds, c.suspended OR p.card IS NOT NULL, c.shadowed, c.asked, c.due, c.likely, {STATE} \
         FROM cards c LEFT JOIN states s ON s.card = c.card LEFT JOIN purged p ON p.card = c.card"
    );
    let mut changed: Vec<(i64, Wanted)> = Vec::new();
    let mut statement = db.prepare(&sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let was = Wanted { asked: row.get(4)?, due: row.get(5)?, likely: row.get(6)? };
        let wanted = Wanted::of(&state(row, 7)?, row.get(1)?, row.get(2)?, row.get(3)?);
        if wanted != was {
            changed.push((row.get(0)?, wanted));
        }
    }
    let many = changed.len() > FEW;
    if many {
        lose_fresh(db)?;
    }
    let mut update = db.prepare_cached(UPDATE_WANTED)?;
    for (n, Wanted { asked, due, likely }) in changed {
        update.execute(params![n, asked, due, likely])?;
    }
    if many {
        find_fresh(db)?;
    }
    db.execute("UPDATE meta SET agenda_day = NULL", [])?;
    Ok(())
}

const UPDATE_WANTED: &str = "UPDATE cards SET asked = ?2, due = ?3, likely = ?4 WHERE n = ?1";

const TALLY: &str =
    "SELECT count(*), coalesce(sum(likely), 0) FROM cards WHERE asked AND due IS NOT NULL AND due <= ?1";
const HIDDEN: &str = "SELECT count(*), coalesce(sum(c.likely), 0) FROM states s JOIN cards c ON c.card = s.card \
                      WHERE s.buried = ?1 AND c.asked AND c.due <= ?1";

/// How many cards are due on a study day, and how many seconds they are likely to take; those hidden for it not counted.
pub(crate) fn tally(db: &Connection, today: StudyDay) -> Result<(usize, u64)> {
    let count = |sql: &str| {
        db.prepare_cached(sql)?.query_row([today.0], |row| Ok((row.get::<_, usize>(0)?, row.get::<_, u64>(1)?)))
    };
    let ((cards, seconds), (hidden, less)) = (count(TALLY)?, count(HIDDEN)?);
    Ok((cards.saturating_sub(hidden), seconds.saturating_sub(less)))
}

/// Whether the agenda is that of a study day.
pub(crate) fn agenda_is_of(db: &Connection, today: StudyDay) -> Result<bool> {
    Ok(agenda_day(db)? == Some(today))
}

/// The study day the agenda was made for; `None` if it must be made anew.
fn agenda_day(db: &Connection) -> Result<Option<StudyDay>> {
    let day: Option<i32> = db.prepare_cached("SELECT agenda_day FROM meta")?.query_row([], |row| row.get(0))?;
    Ok(day.map(StudyDay))
}

/// Makes the agenda of a study day: every card due, the most overdue first.
pub(crate) fn make_agenda(db: &Connection, today: StudyDay) -> Result<()> {
    let sql = "SELECT c.card, s.last, s.interval, i.name FROM cards c JOIN states s ON s.card = c.card \
               JOIN names i ON i.n = c.card WHERE c.asked AND c.due IS NOT NULL AND c.due <= ?1";
    let mut due: Vec<(i64, Memory, String)> = db
        .prepare(sql)?
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

/// The next of the agenda that are still due, from a place on; gives the place after the last.
pub(crate) fn agenda(db: &Connection, today: StudyDay, from: i64, most: usize) -> Result<(Vec<Entry>, i64)> {
    let mut statement = db.prepare_cached(&agenda_sql())?;
    let mut rows = statement.query(params![today.0, from])?;
    let (mut found, mut next) = (Vec::new(), from);
    while found.len() < most
        && let Some(row) = rows.next()?
    {
        next = row.get::<_, i64>(COLUMNS)? + 1;
        found.extend(Some(entry(row)?).filter(|entry| entry.askable(today)));
    }
    Ok((found, next))
}

/// Read from the agenda outwards, whatever the planner thinks of it: the first few are wanted, not all.
fn agenda_sql() -> String {
    let columns = columns();
    format!(
        "SELECT {columns}, a.pos FROM agenda a CROSS JOIN cards c ON c.card = a.card AND c.asked AND c.due <= ?1 \
         CROSS JOIN files f ON f.n = c.file CROSS JOIN names i ON i.n = c.card CROSS JOIN states s ON s.card = c.card \
         WHERE a.pos >= ?2 ORDER BY a.pos"
    )
}

/// Cards failed on a study day and not due by their day, to be repeated.
pub(crate) fn again(db: &Connection, today: StudyDay) -> Result<Vec<Entry>> {
    entries(db, AGAIN, [today.0])
}

const AGAIN: &str =
    "AND s.latest_grade < 4 AND s.latest_day BETWEEN ?1 AND ?1 + 2 AND c.card = s.card AND c.asked AND c.due > ?1";

const ONE: &str = "AND c.n = ?1";

/// What keeps each file's first card to be met, whatever changes.
const FRESH: &str = include_str!("fresh.sql");

/// Lets go of each file's first card to be met, for as long as many cards change.
pub(crate) fn lose_fresh(db: &Connection) -> Result<()> {
    let mut names = FRESH.lines().filter_map(|line| line.strip_prefix("CREATE TRIGGER ")?.split(' ').next());
    names.try_for_each(|name| db.execute_batch(&format!("DROP TRIGGER IF EXISTS {name}")))
}

/// Finds each file's first card to be met, and keeps it from then on.
pub(crate) fn find_fresh(db: &Connection) -> Result<()> {
    db.execute_batch(
        "UPDATE files SET fresh = (SELECT c.ord FROM cards c WHERE c.n BETWEEN files.n << 24 AND files.n << 24 | 0xffffff \
         AND c.asked AND c.due IS NULL ORDER BY c.n LIMIT 1)",
    )?;
    db.execute_batch(FRESH)
}

/// Each file's first card to be met, the foremost places first.
const FIRST: &str = "SELECT fresh, path, n FROM files WHERE fresh IS NOT NULL ORDER BY fresh, path";
/// The next of a file from a row on.
const NEXT: &str = "SELECT ord FROM cards WHERE n BETWEEN ?1 AND ?2 AND asked AND due IS NULL ORDER BY n LIMIT 1";

/// Up to `most` cards never reviewed that `takes` agrees to, each file's first before any file's second.
pub(crate) fn fresh(db: &Connection, most: usize, takes: impl Fn(&Entry) -> bool) -> Result<Vec<Entry>> {
    // All of it from one moment, whatever others write meanwhile.
    let _snapshot = db.unchecked_transaction()?;
    let place = |row: &Row<'_>| Ok::<_, rusqlite::Error>((row.get(0)?, row.get(1)?, row.get(2)?));
    let mut first = db.prepare_cached(FIRST)?;
    let mut firsts = first.query([])?;
    let mut coming = firsts.next()?.map(place).transpose()?;
    let mut next = db.prepare_cached(NEXT)?;
    let mut one = db.prepare_cached(&entries_sql(ONE))?;
    // The next of each file that had its turn: place, path, number of the file.
    let mut waiting: BTreeSet<(usize, String, i64)> = BTreeSet::new();
    let mut found = Vec::new();
    while found.len() < most {
        let sooner = coming.as_ref().is_some_and(|coming| waiting.first().is_none_or(|next| coming < next));
        let turn =
            if sooner { replace(&mut coming, firsts.next()?.map(place).transpose()?) } else { waiting.pop_first() };
        let Some((ord, path, file)) = turn else { break };
        found.extend(one.query_row([card_row(file, ord)], entry).optional()?.filter(&takes));
        let [_, last] = rows_of(file);
        let after = next.query_row([card_row(file, ord) + 1, last], |row| row.get(0)).optional()?;
        waiting.extend(after.map(|ord| (ord, path, file)));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::decks::{CARD_INDEXES, DAY_MET, DAY_REVIEWED, SHADOWED, TWINS};
    use super::*;

    /// Every statement between the start and the first prompt that reads cards or states.
    #[test]
    fn nothing_on_the_way_to_the_first_prompt_reads_a_whole_table() {
        let db = Connection::open_in_memory().unwrap();
        super::super::guard::create(&db).unwrap();
        db.execute_batch(include_str!("indexes.sql")).unwrap();
        db.execute_batch(CARD_INDEXES).unwrap();
        let statements = [
            TALLY.to_owned(),
            HIDDEN.to_owned(),
            FIRST.to_owned(),
            NEXT.to_owned(),
            entries_sql(ONE),
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
                // The index of files with new cards holds those alone, in the order of asking: it is read from its beginning.
                let whole =
                    step.starts_with("SCAN") && !step.contains("INDEX files_fresh") && !step.contains("INDEX shadows");
                assert!(!whole && !step.contains("AUTOMATIC"), "{sql}\n{steps:#?}");
            }
        }
    }
}
