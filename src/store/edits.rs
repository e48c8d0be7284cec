//! What a pass over the decks took away and brought: the facts by which history follows an edit, and what is left of cards
//! that vanished all the same. Which card is which is for [`crate::follow`] to tell.

use std::collections::{BTreeSet, HashMap, HashSet};

use rusqlite::{Connection, Params, Result, Row, params};

use super::decks::{is_faulty, make_rest_index, rest};
use super::entries::id as card_id;
use crate::deck::{CardId, ContentDigest};
use crate::follow::{self, CardSnapshot, Evidence, Neighbors, Newcomer, Orphan, Refused, Sighting};

/// A card in its file, as a pass looks at it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen<'a> {
    /// Its id, written or derived.
    pub(crate) id: &'a str,
    /// Whether the id is written.
    pub(crate) written: bool,
    /// Line of its header.
    pub(crate) line: usize,
    pub(crate) prompt: &'a str,
    /// What it says besides.
    pub(crate) rest: ContentDigest,
}

/// What a pass took away and brought.
#[derive(Debug, Default)]
pub(crate) struct Pass {
    /// Cards without written id that left their file.
    left: Vec<Left>,
    /// Other cards, by id, that no longer have in their file the rest they had, and that rest.
    dropped: Vec<(String, ContentDigest)>,
    /// Rows of cards that came to their file.
    came: HashSet<i64>,
    /// Files that may have said more than was read of them before the pass.
    faulty: HashSet<String>,
    /// How many names had been heard of before the pass.
    heard: i64,
}

/// A card that left its file.
#[derive(Debug)]
struct Left {
    id: CardId,
    line: usize,
    prompt: String,
    file: String,
    beside: Neighbors,
    rest: ContentDigest,
}

/// A card whose history goes on elsewhere: what vanished and what is new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Moved {
    /// The name it had.
    pub(crate) from: CardId,
    /// The name it has.
    pub(crate) to: CardId,
    pub(crate) prompt: String,
    /// Path of the file it stands in.
    pub(crate) file: String,
    /// Line of its header.
    pub(crate) line: usize,
    /// Why that is certain.
    pub(crate) why: Evidence,
}

impl Pass {
    /// The beginning of a pass.
    pub(crate) fn new(db: &Connection) -> Result<Self> {
        let sql = "SELECT coalesce(max(n), 0) FROM names";
        let heard = db.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
        Ok(Pass { heard, ..Pass::default() })
    }

    /// Notes what a file said and says; gives the places in it of cards that came to it.
    pub(crate) fn note(&mut self, file: &str, was_faulty: bool, was: &[Seen<'_>], is: &[Seen<'_>]) -> HashSet<usize> {
        if was_faulty {
            self.faulty.insert(file.to_owned());
        }
        let same = |(a, b): (&Seen<'_>, &Seen<'_>)| a.id == b.id && a.rest == b.rest;
        if was.len() == is.len() && was.iter().zip(is).all(same) {
            return HashSet::new();
        }
        let now: HashMap<&str, ContentDigest> = is.iter().map(|seen| (seen.id, seen.rest)).collect();
        let then: HashSet<&str> = was.iter().map(|seen| seen.id).collect();
        for (n, seen) in was.iter().enumerate() {
            match now.get(seen.id) {
                Some(rest) if *rest == seen.rest => {}
                None if !seen.written => self.left.extend(Left::of(file, was, n)),
                Some(_) if !seen.rest.distinctive => {}
                _ => self.dropped.push((seen.id.to_owned(), seen.rest)),
            }
        }
        (0..is.len()).filter(|&n| !then.contains(is[n].id)).collect()
    }

    /// Notes that a file is gone.
    pub(crate) fn note_gone(&mut self, db: &Connection, file: i64, was: &[Seen<'_>]) -> Result<()> {
        let sql = "SELECT path, faulty FROM files WHERE n = ?1";
        let (path, faulty): (String, bool) =
            db.prepare_cached(sql)?.query_row([file], |row| Ok((row.get(0)?, row.get(1)?)))?;
        self.note(&path, faulty, was, &[]);
        Ok(())
    }

    /// Notes the row of a card that came to its file.
    pub(crate) fn note_row(&mut self, row: i64) {
        self.came.insert(row);
    }

    /// Whether no card vanished from any file.
    pub(crate) fn is_empty(&self) -> bool {
        self.left.is_empty()
    }

    /// Whether every place of a card is one that it came to.
    fn brought(&self, db: &Connection, card: i64) -> Result<bool> {
        let mut places = db.prepare_cached(PLACES)?;
        let mut rows = places.query([card])?;
        while let Some(row) = rows.next()? {
            if !self.came.contains(&row.get(0)?) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether a file is, and was, without error, and no folder above it was or is closed.
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

impl Left {
    fn of(file: &str, was: &[Seen<'_>], n: usize) -> Option<Self> {
        let Seen { id, line, prompt, rest, .. } = was[n];
        let beside = beside(was, n, |seen| Some((CardId::parse(seen.id)?, seen.rest.digest)));
        let (prompt, file) = (prompt.to_owned(), file.to_owned());
        Some(Left { id: CardId::parse(id)?, line, prompt, file, beside, rest })
    }
}

/// What stands before and after one of a list.
fn beside<T, U>(all: &[T], n: usize, name: impl Fn(&T) -> Option<U>) -> [Option<U>; 2] {
    [n.checked_sub(1).and_then(|n| all.get(n)).and_then(&name), all.get(n + 1).and_then(name)]
}

/// Tells which cards' histories certainly go on elsewhere, and remembers how the others stood that vanished.
pub(crate) fn follow(db: &Connection, mut pass: Pass) -> Result<Vec<Moved>> {
    // Files are parsed in any order.
    pass.left.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    let mut before = pass.left.iter().map(|left| vanished(db, &pass, left)).collect::<Result<Vec<_>>>()?;
    if !before.iter().any(waits) {
        return Ok(Vec::new());
    }
    make_rest_index(db)?;
    for (id, rest) in &pass.dropped {
        before.push(bystander(Known::of(db, id)?.name, *rest));
    }
    let (after, lines) = candidates(db, &pass, &before)?;
    let pairs = follow::pairs(&before, &after, &refused(db)?);
    let moved = pairs.iter().map(|pair| Moved {
        from: before[pair.from].card.clone(),
        to: after[pair.to].card.clone(),
        prompt: pass.left[pair.from].prompt.clone(),
        file: after[pair.to].file.clone(),
        line: lines[pair.to],
        why: pair.why,
    });
    let moved: Vec<Moved> = moved.collect();
    let followed: BTreeSet<&CardId> = moved.iter().map(|moved| &moved.from).collect();
    for (left, stand) in pass.left.iter().zip(&before) {
        if waits(stand) && !followed.contains(&stand.card) {
            remember(db, &stand.card, left, pass.heard)?;
        }
    }
    Ok(moved)
}

/// Whether a card that left its file has vanished from every deck, and left a history.
fn waits(card: &CardSnapshot) -> bool {
    card.unmatched && card.has_history
}

/// A card as it is known by now.
struct Known {
    /// The name its history goes on as.
    name: CardId,
    /// The number of that name.
    number: i64,
    /// Whether it stands in a deck.
    stands: bool,
    /// Whether there are events of it.
    history: bool,
}

const KNOWN: &str = "SELECT f.name, f.n, EXISTS (SELECT 1 FROM cards WHERE card = f.n), \
                     EXISTS (SELECT 1 FROM states WHERE card = f.n) FROM names i LEFT JOIN renames r ON r.old = i.n \
                     JOIN names f ON f.n = coalesce(r.final, i.n) WHERE i.name = ?1";

impl Known {
    /// The card of an id that a deck has or had.
    fn of(db: &Connection, id: &str) -> Result<Self> {
        db.prepare_cached(KNOWN)?.query_row([id], |row| {
            Ok(Known { name: card_id(row, 0)?, number: row.get(1)?, stands: row.get(2)?, history: row.get(3)? })
        })
    }
}

fn vanished(db: &Connection, pass: &Pass, left: &Left) -> Result<CardSnapshot> {
    let Known { name, stands, history, .. } = Known::of(db, left.id.as_str())?;
    let unmatched = !stands;
    Ok(CardSnapshot {
        card: name,
        derived_id: left.id.clone(),
        written: false,
        file: left.file.clone(),
        neighbors: left.beside.clone(),
        content: left.rest,
        readable: !(unmatched && history) || pass.is_sound(db, &left.file)?,
        unmatched,
        has_history: history,
    })
}

/// A card that is looked at only for having, or having had, a rest.
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

/// What stands now where a card with history that vanished could be meant, with the line of each.
fn candidates(db: &Connection, pass: &Pass, before: &[CardSnapshot]) -> Result<(Vec<CardSnapshot>, Vec<usize>)> {
    let stood: HashSet<&CardId> = before.iter().map(|stand| &stand.card).collect();
    let mut scope = Scope::default();
    for stand in before.iter().filter(|stand| waits(stand)) {
        scope.files.insert(stand.file.clone());
        scope.rests.insert(stand.content);
    }
    let (near, _) = within(db, pass, &stood, &mut scope)?;
    // Of each the whole is needed: wherever else it stands, something else may be meant by it.
    for stand in near.iter().filter(|stand| stand.unmatched) {
        scope.files.extend(files_of(db, Known::of(db, stand.card.as_str())?.number)?);
        scope.rests.insert(stand.content);
    }
    within(db, pass, &stood, &mut scope)
}

/// Where to look for cards that came: these files, and wherever a card has one of these rests.
#[derive(Default)]
struct Scope {
    files: BTreeSet<String>,
    rests: BTreeSet<ContentDigest>,
}

/// Cards that came to the files of a scope; and others, as bystanders, where several have one of its rests.
fn within(
    db: &Connection,
    pass: &Pass,
    stood: &HashSet<&CardId>,
    scope: &mut Scope,
) -> Result<(Vec<CardSnapshot>, Vec<usize>)> {
    let mut others = Vec::new();
    for rest in scope.rests.iter().filter(|rest| rest.distinctive) {
        match having(db, *rest)?.as_slice() {
            [one] => scope.files.extend(files_of(db, *one)?),
            many => {
                for number in many {
                    others.push(bystander(name_of(db, *number)?, *rest));
                }
            }
        }
    }
    let (mut after, mut lines) = (Vec::new(), Vec::new());
    for file in &scope.files {
        let standing = standing(db, OF_FILE, [file])?;
        let sound = pass.is_sound(db, file)?;
        for (n, card) in standing.iter().enumerate().filter(|(_, card)| pass.came.contains(&card.row)) {
            let Known { name, number, history, .. } = Known::of(db, card.id.as_str())?;
            lines.push(card.line);
            after.push(CardSnapshot {
                unmatched: !stood.contains(&name) && pass.brought(db, number)?,
                card: name,
                derived_id: CardId::derived(&card.prompt),
                written: card.written,
                file: file.clone(),
                neighbors: beside(&standing, n, |card| Some((card.id.clone(), card.rest.digest))),
                content: card.rest,
                readable: sound,
                has_history: history,
            });
        }
    }
    lines.resize(lines.len() + others.len(), 0);
    after.append(&mut others);
    Ok((after, lines))
}

/// Up to two cards that have a telling rest: a second one is enough to know that it is no evidence.
fn having(db: &Connection, rest: ContentDigest) -> Result<Vec<i64>> {
    db.prepare_cached(HAVING)?.query_map([rest.digest.cast_signed()], |row| row.get(0))?.collect()
}

const HAVING: &str = "SELECT DISTINCT card FROM cards WHERE telling AND rest = ?1 LIMIT 2";

fn files_of(db: &Connection, card: i64) -> Result<Vec<String>> {
    db.prepare_cached(FILES_OF)?.query_map([card], |row| row.get(0))?.collect()
}

const FILES_OF: &str = "SELECT f.path FROM cards c JOIN files f ON f.n = c.file WHERE c.card = ?1";

fn name_of(db: &Connection, card: i64) -> Result<CardId> {
    db.prepare_cached("SELECT name FROM names WHERE n = ?1")?.query_row([card], |row| card_id(row, 0))
}

/// A row of a card, as it stands in its file.
struct Standing {
    row: i64,
    id: CardId,
    card: CardId,
    file: String,
    written: bool,
    line: usize,
    prompt: String,
    rest: ContentDigest,
    /// Whether it is asked here, not in a place that comes before, and there are no events of it.
    new: bool,
    /// The number of its id.
    number: i64,
}

/// Rows of cards in the order of their files, chosen by a condition.
fn standing(db: &Connection, choose: &str, params: impl Params) -> Result<Vec<Standing>> {
    let row = |row: &Row<'_>| {
        Ok(Standing {
            row: row.get(0)?,
            id: card_id(row, 1)?,
            card: card_id(row, 2)?,
            file: row.get(3)?,
            written: row.get(4)?,
            line: row.get(5)?,
            prompt: row.get(6)?,
            rest: rest(row, 7)?,
            new: row.get(9)?,
            number: row.get(10)?,
        })
    };
    db.prepare_cached(&standing_sql(choose))?.query_map(params, row)?.collect()
}

fn standing_sql(choose: &str) -> String {
    format!(
        "SELECT c.n, i.name, j.name, f.path, c.written, c.line, c.prompt, c.rest, c.telling, \
         NOT c.shadowed AND NOT EXISTS (SELECT 1 FROM states s WHERE s.card = c.card), c.id \
         FROM files f JOIN cards c ON c.n BETWEEN f.n << 24 AND (f.n << 24 | 16777215) JOIN names i ON i.n = c.id JOIN names j ON j.n = c.card \
         {choose} ORDER BY f.path, c.ord"
    )
}

/// Chooses the cards of one file.
const OF_FILE: &str = "WHERE f.path = ?1";

/// Pairs of names whose rename was taken back.
pub(crate) fn refused(db: &Connection) -> Result<Refused> {
    db.prepare_cached(REFUSED)?.query_map([], |row| Ok((card_id(row, 0)?, card_id(row, 1)?)))?.collect()
}

const REFUSED: &str = "SELECT a.name, b.name FROM events e LEFT JOIN renames r ON r.old = e.card \
                       LEFT JOIN renames q ON q.old = e.other JOIN names a ON a.n = coalesce(r.final, e.card) \
                       JOIN names b ON b.n = coalesce(q.final, e.other) WHERE e.other IS NOT NULL AND e.void";

/// Remembers how a card stood that vanished.
fn remember(db: &Connection, card: &CardId, left: &Left, heard: i64) -> Result<()> {
    let Left { line, prompt, file, beside: [prev, next], rest, .. } = left;
    let name = |side: &Option<(CardId, u64)>| side.as_ref().map(|(id, _)| id.as_str().to_owned());
    db.prepare_cached(
        "INSERT OR REPLACE INTO gone (card, prompt, file, line, prev, next, rest, telling, heard) \
         SELECT n, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 FROM names WHERE name = ?1",
    )?
    .execute(params![
        card.as_str(),
        prompt,
        file,
        line,
        name(prev),
        name(next),
        rest.digest.cast_signed(),
        rest.distinctive,
        heard
    ])?;
    Ok(())
}

/// Cards with history, but without written id, that stand in no deck. Those of a file with errors may stand in it.
pub(crate) fn orphans(db: &Connection) -> Result<Vec<Orphan>> {
    let sql = "SELECT i.name, s.reviews, g.prompt, g.file, g.line, g.prev, g.next, g.rest, g.telling, \
               coalesce(f.faulty, 0), coalesce(g.heard, 0) FROM states s JOIN names i ON i.n = s.card LEFT JOIN gone g ON g.card = s.card \
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
    Ok(Sighting { prompt, file: row.get(3)?, line: row.get(4)?, neighbors, content: rest(row, 7)? })
}

/// Cards of the decks without history, in path order.
pub(crate) fn newcomers(db: &Connection) -> Result<Vec<Newcomer>> {
    let all = standing(db, "", [])?;
    let newcomer = |(n, card): (usize, &Standing)| Newcomer {
        card: card.card.clone(),
        written: card.written,
        current: Sighting {
            prompt: card.prompt.clone(),
            file: card.file.clone(),
            line: card.line,
            neighbors: beside(&all, n, |other| (other.file == card.file).then(|| other.id.clone())),
            content: card.rest,
        },
        number: card.number,
    };
    Ok(all.iter().enumerate().filter(|(_, card)| card.new).map(newcomer).collect())
}

#[cfg(test)]
mod tests {
    use super::super::decks::CARD_INDEXES;
    use super::super::{events, guard};
    use super::*;

    /// What a pass asks costs what changed, not what there is.
    #[test]
    fn nothing_that_a_pass_asks_reads_a_whole_table() {
        let db = Connection::open_in_memory().unwrap();
        guard::create(&db).unwrap();
        db.execute_batch(CARD_INDEXES).unwrap();
        make_rest_index(&db).unwrap();
        events::make_indexes(&db).unwrap();
        for sql in [KNOWN, HAVING, FILES_OF, PLACES, REFUSED, &standing_sql(OF_FILE)] {
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
