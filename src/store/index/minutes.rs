//! How much time a study day has taken, and how much its due cards take together.

use std::sync::LazyLock;

use rusqlite::{Connection, Result};

use crate::clock::StudyDay;
use crate::history::CardState;
use crate::horizon::Scope;
use crate::store::events::states::{STATE, state};

/// A review without a time counts with the card's own mean, or half its limit.
pub(crate) const SPENT: &str = "SELECT coalesce(sum(s.day_ms + s.day_untimed * CASE WHEN s.spoken > 0 THEN s.spoken_ms / s.spoken \
                                ELSE coalesce(c.seconds, 0) * 500 END), 0) \
                                FROM states s LEFT JOIN cards c ON c.card = s.card AND NOT c.shadowed WHERE s.latest_day = ?1";

/// Cards that were met before and answered on the day, and are no longer due.
pub(crate) const ANSWERED: &str = "SELECT coalesce(sum(c.likely), 0) FROM states s JOIN cards c ON c.card = s.card AND c.asked AND c.due > ?1 \
     WHERE s.latest_day = ?1 AND s.first < ?1";

pub(crate) const HIDDEN_NEW: &str = "SELECT count(*) FROM states s JOIN cards c ON c.card = s.card AND c.asked AND c.due IS NULL \
                                     WHERE s.buried = ?1 AND c.scope & ?2 <> 0";

/// Returns how long the reviews of a study day took, in milliseconds.
pub(crate) fn spent(db: &Connection, day: StudyDay) -> Result<u64> {
    let ms: i64 = db.prepare_cached(SPENT)?.query_row([day.0], |row| row.get(0))?;
    Ok(u64::try_from(ms).unwrap_or(0))
}

/// Returns how many seconds the due cards that were answered on a study day are likely to take.
pub(crate) fn answered(db: &Connection, day: StudyDay) -> Result<u64> {
    db.prepare_cached(ANSWERED)?.query_row([day.0], |row| row.get(0))
}

/// Returns how many new cards that a scope wants are buried on a study day.
pub(crate) fn hidden_new(db: &Connection, scope: Scope, day: StudyDay) -> Result<usize> {
    db.prepare_cached(HIDDEN_NEW)?.query_row([i64::from(day.0), scope.0.cast_signed()], |row| row.get(0))
}

/// Returns the cards that are due by a day, each with its weight and the seconds it is likely to take.
pub(crate) fn due_by(db: &Connection, day: StudyDay) -> Result<Vec<(CardState, u8, u64)>> {
    static SQL: LazyLock<String> = LazyLock::new(|| {
        format!(
            "SELECT c.weight, c.likely, {} FROM cards c JOIN states s ON s.card = c.card \
             WHERE c.asked AND c.due IS NOT NULL AND c.due <= ?1 ORDER BY c.n",
            *STATE
        )
    });
    db.prepare_cached(&SQL)?.query_map([day.0], |row| Ok((state(row, 2)?, row.get(0)?, row.get(1)?)))?.collect()
}
