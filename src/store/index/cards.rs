//! Applies changes of decks to the card tables, and queries cards.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::LazyLock;

use rusqlite::{CachedStatement, Connection, OptionalExtension as _, Result, Row, ToSql, params};

use super::agenda::{self, AskedCard, AskedColumns, from_json};
use super::edits::{self, Pass};
use super::entry::{entries, entries_sql, entry};
use super::row::{CardIdentity, CardRow, IndexedDeck, StoredRow, column, stored, stored_sql};
use super::upcoming::{Upcoming, upcoming};
use super::{files, references};
use crate::check::Twins;
use crate::clock::StudyDay;
use crate::deck::{CardId, Kind};
use crate::entry::{Entry, ScopedCard};
use crate::history::CardState;
use crate::horizon::Scope;
use crate::store::db::batch::Batch;
use crate::store::db::file_stamp::Stamp;
use crate::store::db::rows::{FEW, card_id, card_row, rows_of_file};
use crate::store::events::ids::{NewNames, any_renamed, final_number};
use crate::store::events::states::{STATE, state, state_of};

/// A change of a deck file since the index was written.
#[derive(Debug)]
pub(crate) enum Change {
    Deleted(i64),
    /// It has a new stamp and the same bytes.
    Touched {
        n: i64,
        stamp: Stamp,
    },
    /// It is new, or its bytes changed.
    Read(Box<IndexedDeck>),
}

/// The indexes of `cards`. They are not in the schema: made after many rows are inserted, they cost less.
const CARD_INDEXES: &str = include_str!("../db/card_indexes.sql");

pub(crate) fn create_indexes(db: &Connection) -> Result<()> {
    db.execute_batch(CARD_INDEXES)
}

/// Drops the indexes of the cards, to make them again when many rows are in.
pub(crate) fn drop_indexes(db: &Connection) -> Result<()> {
    let names = ["cards_by_card", "cards_due", "cards_new", "shadows", "cards_by_digest"];
    names.iter().try_for_each(|name| db.execute_batch(&format!("DROP INDEX IF EXISTS {name}")))?;
    let triggers = ["unseen_came", "unseen_went", "unseen_changed"];
    triggers.iter().try_for_each(|name| db.execute_batch(&format!("DROP TRIGGER IF EXISTS {name}")))
}

/// Updates the index, one change at a time. `building`: there are no cards and no card indexes yet, and the indexes are
/// made when the rows are in. Returns the cards that came and went, as far as history may follow them.
pub(crate) fn apply(db: &Connection, changes: impl IntoIterator<Item = Change>, building: bool) -> Result<Pass> {
    let has_states = db.prepare("SELECT 1 FROM states")?.exists([])?;
    let no_names = !db.prepare("SELECT 1 FROM names")?.exists([])?;
    let mut writer = Writer {
        db,
        building,
        has_renames: any_renamed(db)?,
        has_states,
        upcoming: upcoming(db)?,
        touched: BTreeSet::new(),
        pass: (has_states && !building).then(|| Pass::new(db)).transpose()?,
        names: NewNames::new(db),
        insert: Batch::new(db, "INSERT OR ROLLBACK", "cards", column::COLUMNS),
    };
    for change in changes {
        writer.apply(change)?;
    }
    let Writer { touched, pass, names, .. } = writer;
    if building {
        create_indexes(db)?;
        if has_states {
            edits::create_digest_index(db)?;
        }
        // In an empty database, duplicates can only come from a repeated id.
        if !no_names || names.any_seen_before() {
            update_shadowed(db, None)?;
        }
    } else if touched.len() > FEW {
        update_shadowed(db, None)?;
    } else if !touched.is_empty() {
        update_shadowed(db, Some(&touched))?;
    }
    Ok(pass.unwrap_or_default())
}

struct Writer<'db> {
    db: &'db Connection,
    building: bool,
    /// Whether any card was ever renamed; if not, none is looked up.
    has_renames: bool,
    has_states: bool,
    upcoming: Upcoming,
    /// Cards that were added, changed, or removed; not collected for a database that is being built.
    touched: BTreeSet<i64>,
    /// The cards that came and went, if history may follow them.
    pass: Option<Pass>,
    names: NewNames<'db>,
    /// A failed insert takes the whole transaction with it, so SQLite need not keep a journal for each statement.
    insert: Batch<'db>,
}

impl Writer<'_> {
    fn apply(&mut self, change: Change) -> Result<()> {
        match change {
            Change::Touched { n, stamp } => files::touch(self.db, n, stamp),
            Change::Deleted(n) => self.delete_file(n),
            Change::Read(deck) => self.write_file(&deck),
        }
    }

    fn delete_file(&mut self, file: i64) -> Result<()> {
        let old = rows_of(self.db, file)?;
        if let Some(pass) = &mut self.pass {
            pass.note_deleted(self.db, file, &identities(&old))?;
        }
        self.touched.extend(old.values().map(|row| row.card));
        let [first, last] = rows_of_file(file);
        self.db.prepare_cached("DELETE FROM cards WHERE n BETWEEN ?1 AND ?2")?.execute([first, last])?;
        references::delete(self.db, file)?;
        files::delete(self.db, file)
    }

    fn write_file(&mut self, deck: &IndexedDeck) -> Result<()> {
        let was_faulty = self.pass.is_some() && files::is_faulty(self.db, &deck.path)?;
        let file = files::write(self.db, deck)?;
        if self.building {
            self.insert_all(file, deck)?;
        } else {
            self.replace_rows(file, deck, was_faulty)?;
            references::delete(self.db, file)?;
        }
        references::write(self.db, file, &deck.references)
    }

    /// Writes the differences between a file's rows and its cards.
    fn replace_rows(&mut self, file: i64, deck: &IndexedDeck, was_faulty: bool) -> Result<()> {
        let mut old = rows_of(self.db, file)?;
        let now: Vec<CardIdentity<'_>> = deck.cards.iter().map(CardRow::identity).collect();
        let came = match &mut self.pass {
            Some(pass) => pass.note(&deck.path, was_faulty, &identities(&old), &now),
            None => HashSet::new(),
        };
        for (ord, card) in deck.cards.iter().enumerate() {
            match old.remove(&ord) {
                Some(stored) if stored.row == *card => continue,
                Some(stored) if stored.row.is_moved_to(card) => {
                    let sql = "UPDATE cards SET line = ?2, start = ?3, stop = ?4 WHERE n = ?1";
                    let CardRow { line, block, .. } = card;
                    self.db.prepare_cached(sql)?.execute(params![stored.n, line, block.start, block.end])?;
                    continue;
                }
                Some(stored) => self.delete_row(&stored)?,
                None => {}
            }
            self.insert_row((file, deck), ord, card)?;
            if let (true, Some(pass)) = (came.contains(&ord), &mut self.pass) {
                pass.note_row(card_row(file, ord));
            }
        }
        old.values().try_for_each(|stored| self.delete_row(stored))
    }

    fn delete_row(&mut self, stored: &StoredRow) -> Result<()> {
        self.touched.insert(stored.card);
        self.db.prepare_cached("DELETE FROM cards WHERE n = ?1")?.execute([stored.n])?;
        Ok(())
    }

    fn insert_row(&mut self, (file, deck): (i64, &IndexedDeck), ord: usize, card: &CardRow) -> Result<()> {
        let id = self.names.number(card.id.as_str())?;
        let row = self.row((file, ord), id, (deck, card))?;
        self.touched.insert(row.card);
        let insert = self.insert.statement(1)?;
        row.bind(insert, 0)?;
        insert.raw_execute()?;
        agenda::check(self.db, row.card, &row.asked, card.weight, &row.state.memory)
    }

    fn insert_all(&mut self, file: i64, deck: &IndexedDeck) -> Result<()> {
        let (mut first, mut left) = (0, deck.cards.as_slice());
        while !left.is_empty() {
            let (now, later) = left.split_at(Batch::size(left.len()));
            let ids = self.names.numbers(now.iter().map(|card| card.id.as_str()))?;
            let row = |(nth, (card, id))| self.row((file, first + nth), id, (deck, card));
            let rows = now.iter().zip(ids).enumerate().map(row).collect::<Result<Vec<_>>>()?;
            let insert = self.insert.statement(rows.len())?;
            for (nth, row) in rows.iter().enumerate() {
                row.bind(insert, nth)?;
            }
            insert.raw_execute()?;
            (first, left) = (first + now.len(), later);
        }
        Ok(())
    }

    fn row<'a>(&self, place: (i64, usize), id: i64, (deck, row): (&IndexedDeck, &'a CardRow)) -> Result<NewRow<'a>> {
        let card = if self.has_renames { final_number(self.db, id)? } else { id };
        let state = if self.has_states { state_of(self.db, card)? } else { CardState::default() };
        let scope = self.scope(deck, row);
        let asked = AskedCard { limit: row.limit, suspended: row.suspended, shadowed: false, scope };
        let asked = AskedColumns::new(&state, asked, &self.upcoming);
        Ok(NewRow { place, id, card, row, state, asked })
    }

    fn scope(&self, deck: &IndexedDeck, row: &CardRow) -> Scope {
        if self.upcoming.interviews.is_empty() {
            return Scope::NONE;
        }
        let (tags, round) = (from_json(row.tags.clone()), from_json(row.rounds.clone()));
        self.upcoming.scope(&ScopedCard { file: &deck.path, deck: &deck.title, tags: &tags, round: &round })
    }
}

struct NewRow<'a> {
    place: (i64, usize),
    id: i64,
    card: i64,
    row: &'a CardRow,
    state: CardState,
    asked: AskedColumns,
}

impl NewRow<'_> {
    fn bind(&self, insert: &mut CachedStatement<'_>, nth: usize) -> Result<()> {
        let (file, ord) = self.place;
        let CardRow {
            line,
            block,
            written,
            suspended,
            weight,
            kind,
            variants,
            limit,
            prompt,
            tags,
            rounds,
            content,
            ..
        } = self.row;
        let AskedColumns { asked, scope, due, likely } = &self.asked;
        // In the order of the columns.
        let values: [&dyn ToSql; column::COLUMNS.len()] = [
            &card_row(file, ord),
            &file,
            &ord,
            &self.id,
            &self.card,
            line,
            &block.start,
            &block.end,
            written,
            suspended,
            weight,
            kind,
            variants,
            limit,
            prompt,
            tags,
            rounds,
            &content.digest.cast_signed(),
            &content.distinctive,
            &false,
            asked,
            &scope.0.cast_signed(),
            due,
            likely,
        ];
        (nth * values.len() + 1..).zip(values).try_for_each(|(at, value)| insert.raw_bind_parameter(at, value))
    }
}

pub(crate) fn is_empty(db: &Connection) -> Result<bool> {
    Ok(!db.prepare("SELECT 1 FROM cards")?.exists([])?)
}

fn rows_of(db: &Connection, file: i64) -> Result<BTreeMap<usize, StoredRow>> {
    let sql = format!("{} WHERE c.n BETWEEN ?1 AND ?2", stored_sql());
    let rows = db.prepare_cached(&sql)?.query_map(rows_of_file(file), stored)?.collect::<Result<Vec<_>>>()?;
    Ok(rows.into_iter().map(|row| (row.ord, row)).collect())
}

fn identities(rows: &BTreeMap<usize, StoredRow>) -> Vec<CardIdentity<'_>> {
    rows.values().map(|stored| stored.row.identity()).collect()
}

/// Updates the cards of the decks after renames: the histories of these ids continue elsewhere than before.
pub(crate) fn follow_renames(db: &Connection, moved: &BTreeSet<i64>) -> Result<()> {
    if moved.is_empty() {
        return Ok(());
    }
    // One pass over the cards for all renames, because no index finds a card by the id in its deck.
    let last = "coalesce((SELECT final FROM renames WHERE old = cards.id), cards.id)";
    db.prepare_cached(&format!("UPDATE cards SET card = {last} WHERE card <> {last}"))?.execute([])?;
    update_shadowed(db, Some(moved).filter(|moved| moved.len() <= FEW))
}

/// Updates which of the places of one card is asked, the first in path order, and with that what is asked. `None` means
/// all cards.
fn update_shadowed(db: &Connection, cards: Option<&BTreeSet<i64>>) -> Result<()> {
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
    // Nearly every card is in one place and not shadowed: there is nothing to update.
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
        agenda::update(db, *card, &state_of(db, *card)?)?;
    }
    Ok(())
}

pub(crate) fn twins(db: &Connection) -> Result<Vec<Twins>> {
    let place = |row: &Row<'_>, at: usize, line: usize| {
        Ok::<_, rusqlite::Error>((card_id(row, at)?, row.get(at + 1)?, row.get(line)?))
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

pub(crate) fn sizes(db: &Connection) -> Result<(usize, usize)> {
    let shadowed: usize = db.query_row(SHADOWED, [], |row| row.get(0))?;
    let sql = "SELECT count(*), coalesce(sum(cards), 0) FROM files WHERE cards > 0";
    let (decks, cards): (usize, usize) = db.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok((decks, cards.saturating_sub(shadowed)))
}

pub(crate) fn all(db: &Connection) -> Result<Vec<Entry>> {
    entries(db, "ORDER BY f.path, c.ord", [])
}

/// Passes the cards of each file to `each`, in path order.
pub(crate) fn by_file(db: &Connection, mut each: impl FnMut(Vec<Entry>)) -> Result<()> {
    let mut statement = db.prepare("SELECT n FROM files WHERE cards > 0 ORDER BY path")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        each(entries(db, "AND c.n BETWEEN ?1 AND ?2 ORDER BY c.n", rows_of_file(row.get(0)?))?);
    }
    Ok(())
}

pub(crate) fn one(db: &Connection, card: i64) -> Result<Option<Entry>> {
    static SQL: LazyLock<String> = LazyLock::new(|| entries_sql("AND c.card = ?1"));
    db.prepare_cached(&SQL)?.query_row([card], entry).optional()
}

/// Returns cards that are not due yet, the soonest first.
pub(crate) fn later(db: &Connection, today: StudyDay) -> Result<Vec<Entry>> {
    let ahead = "s.latest_day > ?1 + 2";
    entries(db, &format!("AND c.asked AND c.due > ?1 AND {ahead} IS NOT TRUE ORDER BY c.due, i.name"), [today.0])
}

/// Returns the next study day after today on which cards are due, and how many.
pub(crate) fn next_due(db: &Connection, today: StudyDay) -> Result<Option<(StudyDay, usize)>> {
    let sql = "WITH later AS (SELECT due FROM cards WHERE asked AND due IS NOT NULL AND due > ?1 AND NOT EXISTS \
               (SELECT 1 FROM states s WHERE s.card = cards.card AND s.latest_day > ?1 + 2)) \
               SELECT due, count(*) FROM later WHERE due = (SELECT min(due) FROM later) GROUP BY due";
    db.prepare_cached(sql)?.query_row([today.0], |row| Ok((StudyDay(row.get(0)?), row.get(1)?))).optional()
}

/// Returns how many cards were first reviewed on a study day, and how many were reviewed at all.
pub(crate) fn day_counts(db: &Connection, day: StudyDay) -> Result<(usize, usize)> {
    let count = |sql: &str| db.prepare_cached(sql)?.query_row([day.0], |row| row.get(0));
    Ok((count(DAY_MET)?, count(DAY_REVIEWED)?))
}

pub(crate) const DAY_MET: &str = "SELECT count(*) FROM states WHERE latest_day = ?1 AND first = ?1";
pub(crate) const DAY_REVIEWED: &str = "SELECT count(*) FROM states WHERE latest_day = ?1";

/// Returns cards with history that are in no deck, by id.
pub(crate) fn absent(db: &Connection) -> Result<Vec<Entry>> {
    let sql = format!(
        "SELECT i.name, g.prompt, {} FROM states s JOIN names i ON i.n = s.card LEFT JOIN vanished g ON g.card = s.card \
         WHERE NOT EXISTS (SELECT 1 FROM cards c WHERE c.card = s.card) ORDER BY i.name",
        *STATE
    );
    let row = |row: &Row<'_>| {
        let prompt = row.get::<_, Option<String>>(1)?.unwrap_or_default();
        Ok(Entry { prompt, ..absentee(card_id(row, 0)?, state(row, 2)?) })
    };
    db.prepare(&sql)?.query_map([], row)?.collect()
}

/// Returns a card that is in no deck, by number, if it has history.
pub(crate) fn absent_one(db: &Connection, card: i64) -> Result<Option<Entry>> {
    let sql = format!("SELECT i.name, {} FROM states s JOIN names i ON i.n = s.card WHERE s.card = ?1", *STATE);
    db.prepare_cached(&sql)?.query_row([card], |row| Ok(absentee(card_id(row, 0)?, state(row, 1)?))).optional()
}

/// Returns a card by number that has neither place nor history, because a card without history was renamed to it.
pub(crate) fn awaited(db: &Connection, card: i64) -> Result<Option<Entry>> {
    let sql = "SELECT name FROM names WHERE n = ?1 AND EXISTS (SELECT 1 FROM renames WHERE final = ?1)";
    db.prepare_cached(sql)?.query_row([card], |row| Ok(absentee(card_id(row, 0)?, CardState::default()))).optional()
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
        weight: 1,
        scope: Scope::NONE,
        due: state.due(),
        state,
    }
}
