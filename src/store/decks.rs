//! Rows of deck files and their cards: the index. A cache of what the files say, for queries; the rest of a card is read
//! from its file when it is shown.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::LazyLock;

use rusqlite::{CachedStatement, Connection, OptionalExtension as _, Result, Row, ToSql, params};

use super::agenda::{self, Wanted, check_agenda, settle, state_of};
use super::batch::Batch;
use super::edits::{Pass, Seen};
use super::entries::{entries, entries_sql, entry, id};
use super::events::{STATE, state};
use super::mentions;
use super::names::{NewNames, any_renamed, final_number};
use super::purge;
use super::said::{Read, Said};
use super::stamp::Stamp;
use crate::check::Twins;
use crate::clock::StudyDay;
use crate::deck::{CardId, ContentDigest, Interview, Kind};
use crate::diagnostic::Diagnostic;
use crate::entry::Entry;
use crate::history::CardState;

/// A deck file as the index knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Indexed {
    pub(crate) n: i64,
    /// Path relative to the collection.
    pub(crate) path: String,
    /// What it was when it was read.
    pub(crate) stamp: Stamp,
}

/// What became of a deck file since the index was written.
#[derive(Debug)]
pub enum Change {
    Gone(i64),
    /// It was touched; its bytes are the same.
    Touched {
        n: i64,
        stamp: Stamp,
    },
    /// It is new or its bytes are others.
    Read(Box<Read>),
}

/// Every file in the index, in path order.
pub(crate) fn files(db: &Connection) -> Result<Vec<Indexed>> {
    let mut statement = db.prepare_cached("SELECT n, path, stamp FROM files ORDER BY path")?;
    let row = |row: &Row<'_>| Ok(Indexed { n: row.get(0)?, path: row.get(1)?, stamp: row.get(2)? });
    statement.query_map([], row)?.collect()
}

/// What a file was when it was read, and the text of its `[deck]`.
pub(crate) fn head(db: &Connection, path: &str) -> Result<Option<(Stamp, String)>> {
    let sql = "SELECT stamp, head FROM files WHERE path = ?1";
    db.prepare_cached(sql)?.query_row([path], |row| Ok((row.get(0)?, row.get(1)?))).optional()
}

/// BLAKE3 of a file's bytes as they were when it was read.
pub(crate) fn hash(db: &Connection, file: i64) -> Result<Vec<u8>> {
    db.prepare_cached("SELECT hash FROM files WHERE n = ?1")?.query_row([file], |row| row.get(0))
}

/// Brings the index up to date, one change at a time. `bulk` says that there are many and no cards yet: then the indexes
/// are made when the rows are in. Gives what came and went, as far as history may follow it.
pub(crate) fn apply(db: &Connection, changes: impl IntoIterator<Item = Change>, bulk: bool) -> Result<Pass> {
    let (renames, states) = (any_renamed(db)?, db.prepare("SELECT 1 FROM states")?.exists([])?);
    let unheard_of = !db.prepare("SELECT 1 FROM names")?.exists([])?;
    if bulk {
        for name in CARD_INDEXES.lines().filter_map(|line| line.split(' ').nth(2)) {
            db.execute_batch(&format!("DROP INDEX IF EXISTS {name}"))?;
        }
        agenda::lose_fresh(db)?;
        db.execute_batch("DROP INDEX IF EXISTS cards_by_rest")?;
        // Without history rows come in the order of their cards' numbers, and nothing is due.
        if !states {
            db.execute_batch(CARD_INDEXES)?;
        }
    }
    let mut index = Indexing {
        touched: BTreeSet::new(),
        bulk,
        renames,
        states,
        purged: purge::numbers(db)?,
        pass: (states && !bulk).then(|| Pass::new(db)).transpose()?,
        names: NewNames::new(db),
        insert: Batch::new(db, INSERT, COLUMNS),
    };
    for change in changes {
        match change {
            Change::Touched { n, stamp } => {
                db.prepare_cached("UPDATE files SET stamp = ?2 WHERE n = ?1")?.execute(params![n, stamp])?;
            }
            Change::Gone(n) => {
                if let Some(pass) = &mut index.pass {
                    pass.note_gone(db, n, &in_order(&said_before(db, n)?))?;
                }
                forget_cards(db, n, &mut index.touched)?;
                db.prepare_cached("DELETE FROM files WHERE n = ?1")?.execute([n])?;
            }
            Change::Read(read) => write(db, &read, &mut index)?,
        }
        if bulk {
            // Twins are found by index below; a million cards need not be remembered for that.
            index.touched.clear();
        }
    }
    if bulk {
        if states {
            db.execute_batch(CARD_INDEXES)?;
            make_rest_index(db)?;
        }
        agenda::find_fresh(db)?;
    }
    let few = !bulk && index.touched.len() <= FEW;
    // Where no card was ever heard of, two places are one card only if a name came twice.
    let alone = bulk && unheard_of && !index.names.came_twice();
    if !alone && (!few || !index.touched.is_empty()) {
        settle_twins(db, few.then_some(&index.touched))?;
    }
    Ok(index.pass.unwrap_or_default())
}

/// What indexing needs to know and to remember.
struct Indexing<'db> {
    /// Cards that came or went.
    touched: BTreeSet<i64>,
    /// Whether there were no cards before, so that none need be forgotten.
    bulk: bool,
    /// Whether any card was ever renamed; if not, nobody need ask for each.
    renames: bool,
    /// Whether any card has history.
    states: bool,
    /// Cards of which nothing is recorded.
    purged: BTreeSet<i64>,
    /// What came and went, where history may follow it.
    pass: Option<Pass>,
    names: NewNames<'db>,
    insert: Batch<'db>,
}

/// A card's row number is its file's and its place in that, so that the cards of a file lie together. A file of 16 MiB
/// holds fewer than 2^24 cards.
pub(crate) fn card_row(file: i64, ord: usize) -> i64 {
    file << 24 | i64::try_from(ord).unwrap_or(i64::MAX) & 0xff_ffff
}

/// The indexes of the cards; one a line.
pub(crate) const CARD_INDEXES: &str = include_str!("card_indexes.sql");

/// Makes the index of rests, unless it is there: it is asked for only where history may follow an edit.
pub(crate) fn make_rest_index(db: &Connection) -> Result<()> {
    db.execute_batch("CREATE INDEX IF NOT EXISTS cards_by_rest ON cards (rest) WHERE telling")
}

/// Beyond this many cards it is cheaper to look at all of them once than at each.
pub(crate) const FEW: usize = 1000;

/// Whether no card is indexed yet.
pub(crate) fn is_empty(db: &Connection) -> Result<bool> {
    Ok(!db.prepare("SELECT 1 FROM cards")?.exists([])?)
}

/// The first and the last row number that a card of a file may have.
pub(crate) fn rows_of(file: i64) -> [i64; 2] {
    [card_row(file, 0), card_row(file + 1, 0) - 1]
}

fn forget_cards(db: &Connection, file: i64, touched: &mut BTreeSet<i64>) -> Result<()> {
    let mut forget = db.prepare_cached("DELETE FROM cards WHERE n BETWEEN ?1 AND ?2 RETURNING card")?;
    for card in forget.query_map(rows_of(file), |row| row.get(0))? {
        touched.insert(card?);
    }
    mentions::forget(db, file)?;
    db.prepare_cached("DELETE FROM interviews WHERE file = ?1")?.execute([file])?;
    Ok(())
}

fn write(db: &Connection, read: &Read, index: &mut Indexing<'_>) -> Result<()> {
    let Read { path, stamp, hash, title, is_deck, head, findings, faulty, cards, named, interview } = read;
    let faulty_before = index.pass.is_some() && is_faulty(db, path)?;
    let file: i64 = db
        .prepare_cached(
            "INSERT INTO files (path, stamp, hash, title, is_deck, cards, head, findings, faulty) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (path) DO UPDATE SET stamp = ?2, hash = ?3, \
             title = ?4, is_deck = ?5, cards = ?6, head = ?7, findings = ?8, faulty = ?9 RETURNING n",
        )?
        .query_row(params![path, stamp, hash, title, is_deck, cards.len(), head, findings, faulty], |row| row.get(0))?;
    if index.bulk {
        insert_all(db, file, cards, index)?;
    } else {
        replace(db, file, read, faulty_before, index)?;
    }
    mentions::forget(db, file)?;
    mentions::note(db, file, named)?;
    db.prepare_cached("DELETE FROM interviews WHERE file = ?1")?.execute([file])?;
    if let Some((body, interviewer)) = interview {
        let sql = "INSERT INTO interviews (file, interviewer, body) VALUES (?1, ?2, ?3)";
        db.prepare_cached(sql)?.execute(params![file, interviewer, body])?;
    }
    Ok(())
}

/// Writes what differs between the rows of a file's cards and the cards that were read.
fn replace(db: &Connection, file: i64, read: &Read, faulty_before: bool, index: &mut Indexing<'_>) -> Result<()> {
    let Read { path, cards, .. } = read;
    let mut old = said_before(db, file)?;
    let came = match &mut index.pass {
        Some(pass) => {
            pass.note(path, faulty_before, &in_order(&old), &cards.iter().map(Said::seen).collect::<Vec<_>>())
        }
        None => HashSet::new(),
    };
    for (ord, now) in cards.iter().enumerate() {
        match old.remove(&ord) {
            Some((_, _, was)) if was == *now => continue,
            Some((n, _, was)) if (Said { line: now.line, block: now.block.clone(), ..was.clone() }) == *now => {
                let mut moved = db.prepare_cached("UPDATE cards SET line = ?2, start = ?3, stop = ?4 WHERE n = ?1")?;
                moved.execute(params![n, now.line, now.block.start, now.block.end])?;
                continue;
            }
            Some((n, last, _)) => forget_card(db, n, last, index)?,
            None => {}
        }
        insert(db, file, ord, now, index)?;
        if let (true, Some(pass)) = (came.contains(&ord), &mut index.pass) {
            pass.note_row(db.last_insert_rowid());
        }
    }
    for (n, last, _) in old.into_values() {
        forget_card(db, n, last, index)?;
    }
    Ok(())
}

/// The rows of a file as a pass looks at them, in their order.
fn in_order(rows: &HashMap<usize, (i64, i64, Said)>) -> Vec<Seen<'_>> {
    let mut rows: Vec<_> = rows.iter().collect();
    rows.sort_unstable_by_key(|(ord, _)| **ord);
    rows.into_iter().map(|(_, (_, _, said))| said.seen()).collect()
}

/// Whether the file of that path, if it is known, may say more than was read of it.
pub(crate) fn is_faulty(db: &Connection, path: &str) -> Result<bool> {
    let sql = "SELECT faulty FROM files WHERE path = ?1";
    Ok(db.prepare_cached(sql)?.query_row([path], |row| row.get(0)).optional()?.unwrap_or(false))
}

/// The rows of a file by their place in it: number, card after renames, and what they say.
fn said_before(db: &Connection, file: i64) -> Result<HashMap<usize, (i64, i64, Said)>> {
    let sql = "SELECT c.ord, c.n, c.card, i.name, c.written, c.line, c.kind, c.seconds, c.prompt, c.tags, c.rounds, \
               c.suspended, c.start, c.stop, c.rest, c.telling, c.variants FROM cards c JOIN names i ON i.n = c.id \
               WHERE c.n BETWEEN ?1 AND ?2";
    let row = |row: &Row<'_>| {
        let said = Said {
            id: id(row, 3)?,
            written: row.get(4)?,
            line: row.get(5)?,
            block: row.get(12)?..row.get(13)?,
            kind: row.get(6)?,
            limit: row.get(7)?,
            prompt: row.get(8)?,
            tags: row.get(9)?,
            rounds: row.get(10)?,
            variants: row.get(16)?,
            suspended: row.get(11)?,
            rest: rest(row, 14)?,
        };
        Ok((row.get(0)?, (row.get(1)?, row.get(2)?, said)))
    };
    db.prepare_cached(sql)?.query_map(rows_of(file), row)?.collect()
}

/// What a card says besides its id and its prompt, from two columns.
pub(crate) fn rest(row: &Row<'_>, at: usize) -> Result<ContentDigest> {
    Ok(ContentDigest { digest: row.get::<_, i64>(at)?.cast_unsigned(), distinctive: row.get(at + 1)? })
}

fn forget_card(db: &Connection, n: i64, last: i64, index: &mut Indexing<'_>) -> Result<()> {
    index.touched.insert(last);
    db.prepare_cached("DELETE FROM cards WHERE n = ?1")?.execute([n])?;
    Ok(())
}

/// Inserts cards. One that fails takes the whole transaction with it: SQLite need not remember what stood there before
/// each statement.
const INSERT: &str = "INSERT OR ROLLBACK INTO cards (n, id, card, line, start, stop, traits, seconds, prompt, tags, rounds, \
                      rest, asked, due, likely, shadowed)";

/// How many columns [`CardRow::bind`] binds.
const COLUMNS: usize = 16;

/// A row as it is inserted.
struct CardRow<'a> {
    file: i64,
    ord: usize,
    id: i64,
    card: i64,
    said: &'a Said,
    state: CardState,
    wanted: Wanted,
}

impl<'a> CardRow<'a> {
    fn new(db: &Connection, (file, ord): (i64, usize), id: i64, said: &'a Said, index: &Indexing<'_>) -> Result<Self> {
        let card = if index.renames { final_number(db, id)? } else { id };
        let state = if index.states { state_of(db, card)? } else { CardState::default() };
        let wanted = Wanted::of(&state, said.limit, said.suspended || index.purged.contains(&card), false);
        Ok(CardRow { file, ord, id, card, said, state, wanted })
    }

    /// Binds the columns as those of the `nth` row of a statement.
    fn bind(&self, statement: &mut CachedStatement<'_>, nth: usize) -> Result<()> {
        let Said { line, block, limit, prompt, tags, rounds, rest, .. } = self.said;
        let Wanted { asked, due, likely } = &self.wanted;
        let columns: [&dyn ToSql; COLUMNS] = [
            &card_row(self.file, self.ord),
            &self.id,
            &self.card,
            line,
            &block.start,
            &block.end,
            &self.said.traits(),
            limit,
            prompt,
            tags,
            rounds,
            &rest.digest.cast_signed(),
            asked,
            due,
            likely,
            &false,
        ];
        (nth * COLUMNS + 1..).zip(columns).try_for_each(|(at, column)| statement.raw_bind_parameter(at, column))
    }
}

fn insert(db: &Connection, file: i64, ord: usize, said: &Said, index: &mut Indexing<'_>) -> Result<()> {
    let id = index.names.number(said.id.as_str())?;
    let row = CardRow::new(db, (file, ord), id, said, index)?;
    index.touched.insert(row.card);
    let insert = index.insert.of(1)?;
    row.bind(insert, 0)?;
    insert.raw_execute()?;
    if let (true, Some(due)) = (row.wanted.asked && !index.bulk, row.wanted.due) {
        check_agenda(db, row.card, due, &row.state.memory)?;
    }
    Ok(())
}

/// Inserts the cards of a file where there were none.
fn insert_all(db: &Connection, file: i64, cards: &[Said], index: &mut Indexing<'_>) -> Result<()> {
    let (mut first, mut left) = (0, cards);
    while !left.is_empty() {
        let (said, rest) = left.split_at(Batch::most(left.len()));
        let ids = index.names.numbers(said.iter().map(|said| said.id.as_str()))?;
        let row = |(nth, (said, id))| CardRow::new(db, (file, first + nth), id, said, index);
        let rows = said.iter().zip(ids).enumerate().map(row).collect::<Result<Vec<_>>>()?;
        let insert = index.insert.of(rows.len())?;
        for (nth, row) in rows.iter().enumerate() {
            row.bind(insert, nth)?;
        }
        insert.raw_execute()?;
        (first, left) = (first + said.len(), rest);
    }
    Ok(())
}

/// Lets the cards of the decks follow renames: these names' histories go on elsewhere than before.
pub(crate) fn follow_renames(db: &Connection, moved: &BTreeSet<i64>) -> Result<()> {
    for name in moved {
        let mut follow = db.prepare_cached("UPDATE cards SET card = ?2 WHERE id = ?1 AND card <> ?2")?;
        follow.execute([*name, final_number(db, *name)?])?;
    }
    if moved.is_empty() { Ok(()) } else { settle_twins(db, Some(moved)) }
}

/// Settles, among places that are the same card, which is asked: the first in path order; and with that what the queue
/// asks for. `None` looks at every card.
fn settle_twins(db: &Connection, cards: Option<&BTreeSet<i64>>) -> Result<()> {
    let twins;
    let cards = match cards {
        Some(cards) => cards,
        None => {
            db.execute("UPDATE meta SET agenda_day = NULL", [])?;
            let sql =
                "SELECT card FROM cards GROUP BY card HAVING count(*) > 1 UNION SELECT card FROM cards WHERE shadowed";
            twins = db.prepare(sql)?.query_map([], |row| row.get(0))?.collect::<Result<BTreeSet<i64>>>()?;
            &twins
        }
    };
    // Nearly every card stands in one place and is not shadowed: there is nothing to settle.
    let mut alone =
        db.prepare_cached("SELECT count(*) < 2 AND NOT coalesce(max(shadowed), 0) FROM cards WHERE card = ?1")?;
    let mut places = db.prepare_cached(
        "SELECT c.n, c.shadowed FROM cards c JOIN files f ON f.n = c.file WHERE c.card = ?1 ORDER BY f.path, c.ord",
    )?;
    let mut update = db.prepare_cached("UPDATE cards SET shadowed = ?2 WHERE n = ?1")?;
    for card in cards {
        if alone.query_row([card], |row| row.get(0))? {
            continue;
        }
        let found: Vec<(i64, bool)> =
            places.query_map([card], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_>>()?;
        for (nth, (n, was)) in found.into_iter().enumerate() {
            if was != (nth > 0) {
                update.execute(params![n, nth > 0])?;
            }
        }
        settle(db, *card, &state_of(db, *card)?)?;
    }
    Ok(())
}

/// Findings within single files.
pub(crate) fn findings(db: &Connection) -> Result<Vec<Diagnostic>> {
    let mut statement = db.prepare("SELECT findings FROM files WHERE findings IS NOT NULL ORDER BY path")?;
    let mut found = Vec::new();
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let json = row.get_ref(0)?.as_str()?;
        found.extend(serde_json::from_str::<Vec<Diagnostic>>(json).unwrap_or_default());
    }
    Ok(found)
}

/// Places that are one card.
pub(crate) fn twins(db: &Connection) -> Result<Vec<Twins>> {
    let place = |row: &Row<'_>, at: usize, line: usize| {
        Ok::<_, rusqlite::Error>((id(row, at)?, row.get(at + 1)?, row.get(line)?))
    };
    db.prepare(TWINS)?
        .query_map([], |row| Ok(Twins { second: place(row, 0, 2)?, first: place(row, 4, 6)?, written: row.get(3)? }))?
        .collect()
}

pub(crate) const TWINS: &str = "SELECT i.name, f.path, c.line, c.written, j.name, g.path, b.line FROM cards c INDEXED BY shadows \
               JOIN files f ON f.n = c.file JOIN names i ON i.n = c.id \
               JOIN cards b ON b.card = c.card AND NOT b.shadowed JOIN files g ON g.n = b.file JOIN names j ON j.n = b.id \
               WHERE c.shadowed ORDER BY f.path, c.line";

pub(crate) const SHADOWED: &str = "SELECT count(*) FROM cards INDEXED BY shadows WHERE shadowed";

/// How many decks and cards there are.
pub(crate) fn sizes(db: &Connection) -> Result<(usize, usize)> {
    let shadowed: usize = db.query_row(SHADOWED, [], |row| row.get(0))?;
    let sql = "SELECT count(*), coalesce(sum(cards), 0) FROM files WHERE cards > 0";
    let (decks, cards): (usize, usize) = db.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok((decks, cards.saturating_sub(shadowed)))
}

/// Every deck with cards: path and title.
pub(crate) fn titles(db: &Connection) -> Result<Vec<(String, String)>> {
    db.prepare("SELECT path, title FROM files WHERE is_deck ORDER BY path")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

/// Every interview, with the first interviewer's name and the file it stands in.
pub(crate) fn interviews(db: &Connection) -> Result<Vec<(Interview, Option<String>, String)>> {
    let sql = "SELECT i.body, i.interviewer, f.path FROM interviews i JOIN files f ON f.n = i.file ORDER BY f.path";
    let rows: Vec<(String, Option<String>, String)> = db
        .prepare_cached(sql)?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_>>()?;
    Ok(rows
        .into_iter()
        .filter_map(|(body, name, path)| Some((serde_json::from_str(&body).ok()?, name, path)))
        .collect())
}

/// Every card of the decks, in path order.
pub(crate) fn all(db: &Connection) -> Result<Vec<Entry>> {
    entries(db, "ORDER BY f.path, c.ord", [])
}

/// The cards of each file that has any, file after file in path order.
pub(crate) fn by_file(db: &Connection, mut each: impl FnMut(Vec<Entry>) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let mut statement = db.prepare("SELECT n FROM files WHERE cards > 0 ORDER BY path")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        each(entries(db, "AND c.n BETWEEN ?1 AND ?2 ORDER BY c.n", rows_of(row.get(0)?))?)?;
    }
    Ok(())
}

/// The card of that number.
pub(crate) fn one(db: &Connection, card: i64) -> Result<Option<Entry>> {
    static SQL: LazyLock<String> = LazyLock::new(|| entries_sql("AND c.card = ?1"));
    db.prepare_cached(&SQL)?.query_row([card], entry).optional()
}

/// Cards that are not due yet, the soonest first.
pub(crate) fn later(db: &Connection, today: StudyDay) -> Result<Vec<Entry>> {
    entries(db, "AND c.asked AND c.due IS NOT NULL AND c.due > ?1 ORDER BY c.due, i.name", [today.0])
}

/// The next study day after today on which a card is due, and how many then are.
pub(crate) fn next_due(db: &Connection, today: StudyDay) -> Result<Option<(StudyDay, usize)>> {
    let sql = "SELECT due, count(*) FROM cards WHERE asked AND due IS NOT NULL AND due = \
               (SELECT min(due) FROM cards WHERE asked AND due IS NOT NULL AND due > ?1) GROUP BY due";
    db.prepare_cached(sql)?.query_row([today.0], |row| Ok((StudyDay(row.get(0)?), row.get(1)?))).optional()
}

/// How many cards were first reviewed on a study day, and how many were reviewed at all.
pub(crate) fn day_counts(db: &Connection, day: StudyDay) -> Result<(usize, usize)> {
    let count = |sql: &str| db.prepare_cached(sql)?.query_row([day.0], |row| row.get(0));
    Ok((count(DAY_MET)?, count(DAY_REVIEWED)?))
}

pub(crate) const DAY_MET: &str = "SELECT count(*) FROM states WHERE latest_day = ?1 AND first = ?1";
pub(crate) const DAY_REVIEWED: &str = "SELECT count(*) FROM states WHERE latest_day = ?1";

/// Cards with history that are in no deck, by id.
pub(crate) fn absent(db: &Connection) -> Result<Vec<Entry>> {
    let sql = format!(
        "SELECT i.name, g.prompt, {STATE} FROM states s JOIN names i ON i.n = s.card LEFT JOIN gone g ON g.card = s.card \
         WHERE NOT EXISTS (SELECT 1 FROM cards c WHERE c.card = s.card) ORDER BY i.name"
    );
    let row = |row: &Row<'_>| {
        let prompt = row.get::<_, Option<String>>(1)?.unwrap_or_default();
        Ok(Entry { prompt, ..absentee(id(row, 0)?, state(row, 2)?) })
    };
    db.prepare(&sql)?.query_map([], row)?.collect()
}

/// A card that is in no deck, by number, if it has history.
pub(crate) fn absent_one(db: &Connection, card: i64) -> Result<Option<Entry>> {
    let sql = format!("SELECT i.name, {STATE} FROM states s JOIN names i ON i.n = s.card WHERE s.card = ?1");
    db.prepare_cached(&sql)?.query_row([card], |row| Ok(absentee(id(row, 0)?, state(row, 1)?))).optional()
}

/// A card by number that has neither place nor history: what a card without history was renamed to.
pub(crate) fn awaited(db: &Connection, card: i64) -> Result<Option<Entry>> {
    let sql = "SELECT name FROM names WHERE n = ?1 AND EXISTS (SELECT 1 FROM renames WHERE final = ?1)";
    db.prepare_cached(sql)?.query_row([card], |row| Ok(absentee(id(row, 0)?, CardState::default()))).optional()
}

fn absentee(card: CardId, state: CardState) -> Entry {
    Entry {
        card,
        place: None,
        prompt: String::new(),
        kind: Kind::Open,
        tags: Vec::new(),
        round: Vec::new(),
        variants: 0,
        limit: Kind::Open.limit(),
        suspended_in_file: false,
        state,
    }
}
