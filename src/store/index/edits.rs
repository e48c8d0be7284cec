//! Which cards came and went in a pass over the decks: the facts by which history follows an edit, and what is kept of cards
//! that vanished. [`crate::follow`] decides which card is which.

use std::collections::{BTreeSet, HashMap, HashSet};

use rusqlite::{Connection, Params, Result, Row, params};

use super::files::is_faulty;
use super::row::{CardIdentity, column, content};
use crate::deck::{CardId, ContentDigest};
use crate::follow::{self, CardSnapshot, Evidence, Neighbors, Newcomer, Orphan, Refused, Sighting};
use crate::store::db::columns::select;
use crate::store::db::rows::card_id;

/// The cards that came and went in a pass over the decks.
#[derive(Debug, Default)]
pub(crate) struct Pass {
    /// Cards without written id that left their file.
    left: Vec<LeftCard>,
    /// Other cards, by id, whose content changed or left their file, with the digest it had.
    dropped: Vec<(String, ContentDigest)>,
    /// Rows of cards that came to their file.
    came: HashSet<i64>,
    /// Files that may have held more than was read before the pass.
    faulty: HashSet<String>,
    /// The newest row of `names` before the pass.
    newest_name: i64,
}

#[derive(Debug)]
struct LeftCard {
    id: CardId,
    line: usize,
    prompt: String,
    file: String,
    beside: Neighbors,
    content: ContentDigest,
}

/// A card whose history continues under another id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MovedHistory {
    pub(crate) from: CardId,
    pub(crate) to: CardId,
    pub(crate) prompt: String,
    pub(crate) file: String,
    pub(crate) line: usize,
    pub(crate) why: Evidence,
}

impl Pass {
    pub(crate) fn new(db: &Connection) -> Result<Self> {
        let sql = "SELECT coalesce(max(n), 0) FROM names";
        let newest_name = db.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
        Ok(Pass { newest_name, ..Pass::default() })
    }

    /// Notes the cards that a file had and has; returns the places of those that came.
    pub(crate) fn note(
        &mut self,
        file: &str,
        was_faulty: bool,
        was: &[CardIdentity<'_>],
        is: &[CardIdentity<'_>],
    ) -> HashSet<usize> {
        if was_faulty {
            self.faulty.insert(file.to_owned());
        }
        let same = |(a, b): (&CardIdentity<'_>, &CardIdentity<'_>)| a.id == b.id && a.content == b.content;
        if was.len() == is.len() && was.iter().zip(is).all(same) {
            return HashSet::new();
        }
        let now: HashMap<&str, ContentDigest> = is.iter().map(|seen| (seen.id, seen.content)).collect();
        let then: HashSet<&str> = was.iter().map(|seen| seen.id).collect();
        for (n, seen) in was.iter().enumerate() {
            match now.get(seen.id) {
                Some(content) if *content == seen.content => {}
                None if !seen.written => self.left.extend(LeftCard::of(file, was, n)),
                Some(_) if !seen.content.distinctive => {}
                _ => self.dropped.push((seen.id.to_owned(), seen.content)),
            }
        }
        (0..is.len()).filter(|&n| !then.contains(is[n].id)).collect()
    }

    pub(crate) fn note_deleted(&mut self, db: &Connection, file: i64, was: &[CardIdentity<'_>]) -> Result<()> {
        let sql = "SELECT path, faulty FROM files WHERE n = ?1";
        let (path, faulty): (String, bool) =
            db.prepare_cached(sql)?.query_row([file], |row| Ok((row.get(0)?, row.get(1)?)))?;
        self.note(&path, faulty, was, &[]);
        Ok(())
    }

    pub(crate) fn note_row(&mut self, row: i64) {
        self.came.insert(row);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.left.is_empty()
    }

    /// Whether a card is new in all of its places.
    fn is_new_everywhere(&self, db: &Connection, card: i64) -> Result<bool> {
        let mut places = db.prepare_cached(PLACES)?;
        let mut rows = places.query([card])?;
        while let Some(row) = rows.next()? {
            if !self.came.contains(&row.get(0)?) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether a file is and was without errors, and every folder above it is and was readable.
    fn is_sound(&self, db: &Connection, file: &str) -> Result<bool> {
        let above = file.match_indices('/').map(|(at, _)| &file[..at]);
        for path in above.chain([file]) {
            if self.faulty.contains(path) || is_faulty(db, path)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

const PLACES: &str = "SELECT n FROM cards WHERE card = ?1";

impl LeftCard {
    fn of(file: &str, was: &[CardIdentity<'_>], n: usize) -> Option<Self> {
        let CardIdentity { id, line, prompt, content, .. } = was[n];
        let beside = beside(was, n, |seen| Some((CardId::parse(seen.id)?, seen.content.digest)));
        let (prompt, file) = (prompt.to_owned(), file.to_owned());
        Some(LeftCard { id: CardId::parse(id)?, line, prompt, file, beside, content })
    }
}

/// Returns what is before and after an item of a list.
fn beside<T, U>(all: &[T], n: usize, name: impl Fn(&T) -> Option<U>) -> [Option<U>; 2] {
    [n.checked_sub(1).and_then(|n| all.get(n)).and_then(&name), all.get(n + 1).and_then(name)]
}

/// Returns the cards whose history certainly continues elsewhere, and writes down the others that vanished.
pub(crate) fn follow(db: &Connection, mut pass: Pass) -> Result<Vec<MovedHistory>> {
    // Files are parsed in any order.
    pass.left.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    let mut before = pass.left.iter().map(|left| vanished(db, &pass, left)).collect::<Result<Vec<_>>>()?;
    if !before.iter().any(waits) {
        return Ok(Vec::new());
    }
    create_digest_index(db)?;
    for (id, content) in &pass.dropped {
        before.push(bystander(CurrentCard::find(db, id)?.name, *content));
    }
    let (after, lines) = candidates(db, &pass, &before)?;
    let pairs = follow::pairs(&before, &after, &refused(db)?);
    let moved = pairs.iter().map(|pair| MovedHistory {
        from: before[pair.from].card.clone(),
        to: after[pair.to].card.clone(),
        prompt: pass.left[pair.from].prompt.clone(),
        file: after[pair.to].file.clone(),
        line: lines[pair.to],
        why: pair.why,
    });
    let moved: Vec<MovedHistory> = moved.collect();
    let followed: BTreeSet<&CardId> = moved.iter().map(|moved| &moved.from).collect();
    for (left, stand) in pass.left.iter().zip(&before) {
        if waits(stand) && !followed.contains(&stand.card) {
            write_vanished(db, &stand.card, left, pass.newest_name)?;
        }
    }
    Ok(moved)
}

/// Whether a card that left its file is in no deck and has a history.
fn waits(card: &CardSnapshot) -> bool {
    card.unmatched && card.has_history
}

/// A card by its current id.
struct CurrentCard {
    name: CardId,
    number: i64,
    stands: bool,
    history: bool,
}

const CURRENT: &str = "SELECT f.name, f.n, EXISTS (SELECT 1 FROM cards WHERE card = f.n), \
                     EXISTS (SELECT 1 FROM states WHERE card = f.n) FROM names i LEFT JOIN renames r ON r.old = i.n \
                     JOIN names f ON f.n = coalesce(r.final, i.n) WHERE i.name = ?1";

impl CurrentCard {
    /// Finds the card of an id that a deck has or had.
    fn find(db: &Connection, id: &str) -> Result<Self> {
        db.prepare_cached(CURRENT)?.query_row([id], |row| {
            Ok(CurrentCard { name: card_id(row, 0)?, number: row.get(1)?, stands: row.get(2)?, history: row.get(3)? })
        })
    }
}

fn vanished(db: &Connection, pass: &Pass, left: &LeftCard) -> Result<CardSnapshot> {
    let CurrentCard { name, stands, history, .. } = CurrentCard::find(db, left.id.as_str())?;
    let unmatched = !stands;
    Ok(CardSnapshot {
        card: name,
        derived_id: left.id.clone(),
        written: false,
        file: left.file.clone(),
        neighbors: left.beside.clone(),
        content: left.content,
        readable: !(unmatched && history) || pass.is_sound(db, &left.file)?,
        unmatched,
        has_history: history,
    })
}

/// Returns a card that matters only because it has or had the same content.
fn bystander(card: CardId, content: ContentDigest) -> CardSnapshot {
    CardSnapshot {
        derived_id: card.clone(),
        card,
        written: true,
        file: String::new(),
        neighbors: [None, None],
        content,
        readable: true,
        unmatched: false,
        has_history: false,
    }
}

/// Returns cards that could be those that vanished, with the line of each.
fn candidates(db: &Connection, pass: &Pass, before: &[CardSnapshot]) -> Result<(Vec<CardSnapshot>, Vec<usize>)> {
    let stood: HashSet<&CardId> = before.iter().map(|stand| &stand.card).collect();
    let mut search = Search::default();
    for stand in before.iter().filter(|stand| waits(stand)) {
        search.files.insert(stand.file.clone());
        search.contents.insert(stand.content);
    }
    let (near, _) = within(db, pass, &stood, &mut search)?;
    // All of its places are needed: another place may be an edit of something else.
    for stand in near.iter().filter(|stand| stand.unmatched) {
        search.files.extend(files_of(db, CurrentCard::find(db, stand.card.as_str())?.number)?);
        search.contents.insert(stand.content);
    }
    within(db, pass, &stood, &mut search)
}

/// Where to look for cards that came: these files, and where a card has this content.
#[derive(Default)]
struct Search {
    files: BTreeSet<String>,
    contents: BTreeSet<ContentDigest>,
}

/// Returns cards that came to the files of a search, and as bystanders others that share their content.
fn within(
    db: &Connection,
    pass: &Pass,
    stood: &HashSet<&CardId>,
    search: &mut Search,
) -> Result<(Vec<CardSnapshot>, Vec<usize>)> {
    let mut others = Vec::new();
    for content in search.contents.iter().filter(|content| content.distinctive) {
        match having(db, *content)?.as_slice() {
            [one] => search.files.extend(files_of(db, *one)?),
            many => {
                for number in many {
                    others.push(bystander(name_of(db, *number)?, *content));
                }
            }
        }
    }
    let (mut after, mut lines) = (Vec::new(), Vec::new());
    for file in &search.files {
        let placed = placed(db, OF_FILE, [file])?;
        let sound = pass.is_sound(db, file)?;
        for (n, card) in placed.iter().enumerate().filter(|(_, card)| pass.came.contains(&card.row)) {
            let CurrentCard { name, number, history, .. } = CurrentCard::find(db, card.id.as_str())?;
            lines.push(card.line);
            after.push(CardSnapshot {
                unmatched: !stood.contains(&name) && pass.is_new_everywhere(db, number)?,
                card: name,
                derived_id: CardId::derived(&card.prompt),
                written: card.written,
                file: file.clone(),
                neighbors: beside(&placed, n, |card| Some((card.id.clone(), card.content.digest))),
                content: card.content,
                readable: sound,
                has_history: history,
            });
        }
    }
    lines.resize(lines.len() + others.len(), 0);
    after.append(&mut others);
    Ok((after, lines))
}

/// Returns up to two cards with distinctive content: two are enough to know that it is not evidence.
fn having(db: &Connection, content: ContentDigest) -> Result<Vec<i64>> {
    db.prepare_cached(HAVING)?.query_map([content.digest.cast_signed()], |row| row.get(0))?.collect()
}

const HAVING: &str = "SELECT DISTINCT card FROM cards WHERE distinctive AND content_digest = ?1 LIMIT 2";

fn files_of(db: &Connection, card: i64) -> Result<Vec<String>> {
    db.prepare_cached(FILES_OF)?.query_map([card], |row| row.get(0))?.collect()
}

const FILES_OF: &str = "SELECT f.path FROM cards c JOIN files f ON f.n = c.file WHERE c.card = ?1";

fn name_of(db: &Connection, card: i64) -> Result<CardId> {
    db.prepare_cached("SELECT name FROM names WHERE n = ?1")?.query_row([card], |row| card_id(row, 0))
}

/// A card in a place.
struct Placed {
    row: i64,
    id: CardId,
    card: CardId,
    file: String,
    written: bool,
    line: usize,
    prompt: String,
    content: ContentDigest,
    /// Whether it is asked here, not in an earlier place, and has no history.
    new: bool,
    number: i64,
}

/// Reads rows of cards in the order of their files. `choose` is the condition.
fn placed(db: &Connection, choose: &str, params: impl Params) -> Result<Vec<Placed>> {
    let row = |row: &Row<'_>| {
        let after = column::COLUMNS.len();
        Ok(Placed {
            row: row.get(column::n)?,
            number: row.get(column::id)?,
            written: row.get(column::written)?,
            line: row.get(column::line)?,
            prompt: row.get(column::prompt)?,
            content: content(row, column::content_digest, column::distinctive)?,
            id: card_id(row, after)?,
            card: card_id(row, after + 1)?,
            file: row.get(after + 2)?,
            new: row.get(after + 3)?,
        })
    };
    db.prepare_cached(&placed_sql(choose))?.query_map(params, row)?.collect()
}

fn placed_sql(choose: &str) -> String {
    let columns = select("c", column::COLUMNS);
    format!(
        "SELECT {columns}, i.name, j.name, f.path, \
         NOT c.shadowed AND NOT EXISTS (SELECT 1 FROM states s WHERE s.card = c.card) \
         FROM files f JOIN cards c ON c.n BETWEEN f.n << 24 AND (f.n << 24 | 16777215) JOIN names i ON i.n = c.id \
         JOIN names j ON j.n = c.card {choose} ORDER BY f.path, c.ord"
    )
}

const OF_FILE: &str = "WHERE f.path = ?1";

/// Creates the index of distinctive content, unless it is there: it is needed only when history may follow an edit.
pub(crate) fn create_digest_index(db: &Connection) -> Result<()> {
    db.execute_batch("CREATE INDEX IF NOT EXISTS cards_by_digest ON cards (content_digest) WHERE distinctive")
}

/// Returns the renames that an undo made void.
pub(crate) fn refused(db: &Connection) -> Result<Refused> {
    db.prepare_cached(REFUSED)?.query_map([], |row| Ok((card_id(row, 0)?, card_id(row, 1)?)))?.collect()
}

const REFUSED: &str = "SELECT a.name, b.name FROM events e LEFT JOIN renames r ON r.old = e.card \
                       LEFT JOIN renames q ON q.old = e.other JOIN names a ON a.n = coalesce(r.final, e.card) \
                       JOIN names b ON b.n = coalesce(q.final, e.other) WHERE e.other IS NOT NULL AND e.void";

fn write_vanished(db: &Connection, card: &CardId, left: &LeftCard, newest_name: i64) -> Result<()> {
    let LeftCard { line, prompt, file, beside: [prev, next], content, .. } = left;
    let name = |side: &Option<(CardId, u64)>| side.as_ref().map(|(id, _)| id.as_str().to_owned());
    db.prepare_cached(
        "INSERT OR REPLACE INTO vanished (card, prompt, file, line, prev, next, content_digest, distinctive, newest_name) \
         SELECT n, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 FROM names WHERE name = ?1",
    )?
    .execute(params![
        card.as_str(),
        prompt,
        file,
        line,
        name(prev),
        name(next),
        content.digest.cast_signed(),
        content.distinctive,
        newest_name
    ])?;
    Ok(())
}

/// Returns cards with history and without a written id that are in no deck. A card of a file with errors may still be in
/// it.
pub(crate) fn orphans(db: &Connection) -> Result<Vec<Orphan>> {
    let sql = "SELECT i.name, s.reviews, g.prompt, g.file, g.line, g.prev, g.next, g.content_digest, g.distinctive, \
               coalesce(f.faulty, 0), coalesce(g.newest_name, 0) FROM states s JOIN names i ON i.n = s.card LEFT JOIN vanished g ON g.card = s.card \
               LEFT JOIN files f ON f.path = g.file \
               WHERE NOT EXISTS (SELECT 1 FROM cards c WHERE c.card = s.card) ORDER BY i.name";
    let mut statement = db.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut orphans = Vec::new();
    while let Some(row) = rows.next()? {
        let card = card_id(row, 0)?;
        let seen = row.get::<_, Option<String>>(2)?;
        let last = seen.map(|prompt| last_seen(row, prompt)).transpose()?;
        if !row.get::<_, bool>(9)? && (last.is_some() || card.looks_derived()) {
            orphans.push(Orphan { card, reviews: row.get(1)?, last, names_then: row.get(10)? });
        }
    }
    Ok(orphans)
}

fn last_seen(row: &Row<'_>, prompt: String) -> Result<Sighting> {
    let side = |column: usize| {
        Ok::<_, rusqlite::Error>(row.get::<_, Option<String>>(column)?.and_then(|id| CardId::parse(&id)))
    };
    let neighbors = [side(5)?, side(6)?];
    Ok(Sighting { prompt, file: row.get(3)?, line: row.get(4)?, neighbors, content: content(row, 7, 8)? })
}

/// Returns cards of the decks without history, in path order.
pub(crate) fn newcomers(db: &Connection) -> Result<Vec<Newcomer>> {
    let all = placed(db, "", [])?;
    let newcomer = |(n, card): (usize, &Placed)| Newcomer {
        card: card.card.clone(),
        written: card.written,
        current: Sighting {
            prompt: card.prompt.clone(),
            file: card.file.clone(),
            line: card.line,
            neighbors: beside(&all, n, |other| (other.file == card.file).then(|| other.id.clone())),
            content: card.content,
        },
        number: card.number,
    };
    Ok(all.iter().enumerate().filter(|(_, card)| card.new).map(newcomer).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::db::open;
    use crate::store::events::logged;

    /// What a pass asks costs what changed, not what there is.
    #[test]
    fn nothing_that_a_pass_asks_reads_a_whole_table() {
        let db = Connection::open_in_memory().unwrap();
        open::create(&db).unwrap();
        db.execute_batch(include_str!("../db/card_indexes.sql")).unwrap();
        create_digest_index(&db).unwrap();
        logged::create_indexes(&db).unwrap();
        for sql in [CURRENT, HAVING, FILES_OF, PLACES, REFUSED, &placed_sql(OF_FILE)] {
            let mut plan = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let any = rusqlite::params_from_iter(vec![1; plan.parameter_count()]);
            let steps: Vec<String> = plan.query_map(any, |row| row.get(3)).unwrap().map(Result::unwrap).collect();
            // Of events only the renames are in that index.
            let whole = |step: &String| step.starts_with("SCAN") && !step.contains("INDEX renamings");
            assert!(!steps.iter().any(|step| whole(step) && !step.contains("CONSTANT")), "{sql}\n{steps:#?}");
            assert!(!steps.iter().any(|step| step.contains("AUTOMATIC")), "{sql}\n{steps:#?}");
        }
    }
}
