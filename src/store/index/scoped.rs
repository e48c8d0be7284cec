//! Cards by the interviews for which they must be ready, counted for the forecast.

use std::collections::BTreeMap;

use rusqlite::{Connection, Result, Row};

use crate::clock::StudyDay;
use crate::entry::READY;
use crate::horizon::Scope;
use crate::plan::{Answered, DeckGroup, Group, Totals};

const UNSEEN: &str = "SELECT f.path, f.title, c.scope, c.weight, count(*), sum(c.seconds) \
                      FROM cards c JOIN files f ON f.n = c.file WHERE c.asked AND c.due IS NULL AND c.scope <> 0 GROUP BY 1, 3, 4";
const SEEN: &str = "SELECT f.path, f.title, c.scope, c.weight, count(*), sum(c.seconds), s.last, s.repetitions, \
                    sum(s.streak >= 3 AND s.reviews > c.variants) FROM cards c JOIN files f ON f.n = c.file \
                    JOIN states s ON s.card = c.card WHERE c.asked AND c.due IS NOT NULL GROUP BY 1, 3, 4, 7, 8";
const _: () = assert!(READY == 3, "ready in SQL");

/// Counts the cards that are asked, by deck and scope; new cards outside of every scope are left out.
pub(crate) fn decks(db: &Connection) -> Result<Vec<DeckGroup>> {
    let mut decks: BTreeMap<(String, Scope), DeckGroup> = BTreeMap::new();
    let mut unseen = db.prepare(UNSEEN)?;
    let mut rows = unseen.query([])?;
    while let Some(row) = rows.next()? {
        let (deck, weight, cards) = deck(&mut decks, row)?;
        deck.group.unseen[usize::from(weight.clamp(1, 3)) - 1] += cards;
    }
    let mut seen = db.prepare(SEEN)?;
    let mut rows = seen.query([])?;
    while let Some(row) = rows.next()? {
        let (deck, weight, cards) = deck(&mut decks, row)?;
        let last = row.get::<_, Option<i32>>(6)?.map(StudyDay).unwrap_or_default();
        *deck.group.seen.entry((weight, last, row.get(7)?)).or_default() += cards;
        deck.ready += row.get::<_, u64>(8)?;
    }
    Ok(decks.into_values().collect())
}

fn deck<'a>(
    decks: &'a mut BTreeMap<(String, Scope), DeckGroup>,
    row: &Row<'_>,
) -> Result<(&'a mut DeckGroup, u8, u64)> {
    let (file, scope) = (row.get::<_, String>(0)?, Scope(row.get::<_, i64>(2)?.cast_unsigned()));
    let title: String = row.get(1)?;
    let deck = decks.entry((file.clone(), scope)).or_insert_with(|| {
        let group = Group { scope, ..Group::default() };
        DeckGroup { file, deck: title, group, ..DeckGroup::default() }
    });
    deck.seconds += row.get::<_, u64>(5)?;
    Ok((deck, row.get(3)?, row.get(4)?))
}

/// Adds up the answers of all cards so far.
pub(crate) fn totals(db: &Connection) -> Result<Totals> {
    let sql = "SELECT count(first_ms), coalesce(sum(first_ms), 0), coalesce(sum(repeats), 0), coalesce(sum(repeats_ms), 0), \
               coalesce(sum(spoken), 0), coalesce(sum(spoken_ms), 0), count(first), coalesce(sum(first_failed), 0) FROM states";
    db.prepare_cached(sql)?.query_row([], |row| {
        let answered = |at: usize| Ok::<_, rusqlite::Error>(Answered { timed: row.get(at)?, ms: row.get(at + 1)? });
        let (first, repeats, all) = (answered(0)?, answered(2)?, answered(4)?);
        let rest = |all: u64, first: u64, repeats: u64| all.saturating_sub(first).saturating_sub(repeats);
        let reviews =
            Answered { timed: rest(all.timed, first.timed, repeats.timed), ms: rest(all.ms, first.ms, repeats.ms) };
        Ok(Totals { first, reviews, repeats, met: row.get(6)?, failed: row.get(7)? })
    })
}
