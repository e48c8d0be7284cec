//! Which block of one text is which of another: by its identity, and where that changed, by certain evidence.
//!
//! The evidence is that by which a history follows a card: the prompt is the same, or everything but the prompt, or one
//! block changed between neighbours that did not. What a text says is no evidence of anything else.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use toml::de::{DeTable, DeValue};
use toml::{Table as Fields, Value};

use super::super::blocks::{Piece, Start, pieces};
use super::super::id::CardId;
use super::super::keys::{DISTINCTIVE, table};
use super::order::Thread;
use crate::diagnostic::Span;
use crate::grammar::Table;

/// Where a text has a card or a story of that id, whole or faulty: the bytes of its block.
pub(crate) fn block_of(text: &str, id: &CardId) -> Option<Span> {
    let is_it = |piece: &Piece| {
        let bare = &text[piece.table.clone()];
        Known::of(bare.to_owned(), bare, piece.start).id() == Some(id.as_str())
    };
    pieces(text).into_iter().find(is_it).map(|piece| piece.table)
}

/// What a block is, whatever else is written in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Key {
    /// Keys above the first table.
    Root,
    /// Remarks that stand alone, by their text.
    Remark(String),
    /// A table that may stand once, or one that a deck does not have, by its header.
    Header(String),
    /// A card or a story, by its id, written or derived.
    Id(String),
    /// Another table, by its name and what it is about.
    About(&'static str, String),
    /// A block of which nothing can be told, by its text.
    Text(String),
}

/// A block and what is known of it.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) key: Key,
    /// Its text, remarks included; every line ends with LF.
    pub(crate) text: String,
    /// Its table, if a deck may hold it.
    pub(crate) table: Option<&'static Table>,
    /// Whether it can be read alone as one table.
    pub(crate) parses: bool,
    /// Whether its id is written.
    has_id: bool,
    /// The words that its identity is made of where no id is written.
    words: Option<String>,
    /// Everything else that it says.
    rest: Fields,
}

impl Known {
    /// Looks at a block: its text, its table without the remarks around it, and what that begins with.
    pub(crate) fn of(text: String, bare: &str, start: Option<Start>) -> Self {
        let unknown = Known {
            key: Key::Text(bare.to_owned()),
            table: None,
            parses: false,
            has_id: false,
            words: None,
            rest: Fields::new(),
            text,
        };
        match (start, toml::from_str::<Fields>(bare)) {
            (None, _) => Known { key: Key::Remark(unknown.text.clone()), ..unknown },
            (Some(Start::Conflict), _) => unknown,
            (Some(Start::Preamble), root) => Known { key: Key::Root, parses: root.is_ok(), ..unknown },
            (Some(Start::Header), Ok(root)) => unknown.read(bare, &root),
            (Some(Start::Header), Err(_)) => unknown.guess(bare),
        }
    }

    /// What a block that parses says.
    fn read(self, bare: &str, root: &Fields) -> Self {
        let only = root.iter().next().filter(|_| root.len() == 1);
        let known = only.and_then(|(name, value)| Some((table(name)?, one_table(value)?)));
        let parses = true;
        let Some((table, fields)) = known else {
            let header = bare.lines().next().unwrap_or_default();
            let end = header.rfind(']').map_or(header.len(), |end| end + 1);
            return Known { key: Key::Header(header[..end].trim().to_owned()), parses, ..self };
        };
        let text = |key: &str| fields.get(key).and_then(Value::as_str).map(str::to_owned);
        let known = self.identified(table, text);
        let mut rest = fields.clone();
        rest.retain(|key, _| key != "id" && Some(key) != about(table.name));
        Known { rest, parses, ..known }
    }

    /// What can still be told of a block that does not parse.
    fn guess(self, bare: &str) -> Self {
        let (root, _) = DeTable::parse_recoverable(bare);
        let known = root.get_ref().iter().find_map(|(name, value)| Some((table(name.get_ref())?, value)));
        let fields = known.and_then(|(table, value)| match value.get_ref() {
            DeValue::Table(fields) => Some((table, fields)),
            DeValue::Array(tables) => Some((table, tables.first()?.get_ref().as_table()?)),
            _ => None,
        });
        match fields {
            Some((table, fields)) => {
                self.identified(table, |key| fields.get(key)?.get_ref().as_str().map(str::to_owned))
            }
            None => self,
        }
    }

    /// The same block with the identity that its fields give it.
    fn identified(self, table: &'static Table, text: impl Fn(&str) -> Option<String>) -> Self {
        let id = text("id").filter(|_| matches!(table.name, "card" | "story"));
        let words = about(table.name).and_then(&text);
        let key = match (&id, &words) {
            _ if !table.many => Key::Header(table.header()),
            (Some(id), _) => Key::Id(id.clone()),
            (None, Some(prompt)) if table.name == "card" => Key::Id(CardId::derived(prompt).to_string()),
            (None, Some(words)) => Key::About(table.name, words.clone()),
            (None, None) => self.key.clone(),
        };
        Known { key, table: Some(table), has_id: id.is_some(), words, ..self }
    }

    /// The id of a card or a story, written or derived.
    pub(crate) fn id(&self) -> Option<&str> {
        match &self.key {
            Key::Id(id) => Some(id),
            _ => None,
        }
    }

    /// What people call it.
    pub(crate) fn name(&self) -> String {
        let noun = self.table.map_or("table", |table| table.name);
        match (&self.key, &self.words) {
            (Key::Root, _) => "the keys above the first table".to_owned(),
            (Key::Remark(_), _) => "a remark".to_owned(),
            (Key::Header(header), _) => format!("`{header}`"),
            (Key::Id(id), _) if self.has_id => format!("{noun} `{id}`"),
            (Key::Id(_) | Key::About(..), Some(words)) => {
                let mut short: String = words.split_whitespace().collect::<Vec<_>>().join(" ");
                if let Some((at, _)) = short.char_indices().nth(60) {
                    short.truncate(at);
                    short.push('…');
                }
                format!("{noun} \"{short}\"")
            }
            _ => "a block that cannot be read".to_owned(),
        }
    }

    /// Everything but the words of the identity, if there is more to it than labels.
    fn own_rest(&self) -> Option<(&'static str, String)> {
        let table = self.table?.name;
        let worded = |(key, value): (&String, &Value)| {
            let own = table != "card" || DISTINCTIVE.contains(&key.as_str());
            own && !value.as_array().is_some_and(Vec::is_empty)
        };
        self.rest.iter().any(worded).then(|| (table, self.rest.to_string()))
    }

    /// Whether this, which vanished, may be that, which came, in other words: an id is for ever, and only with the same
    /// words may it be written or left out.
    fn may_be(&self, other: &Known) -> bool {
        let [table, also] = [self, other].map(|known| known.table.map(|table| table.name));
        let may_change = table == also && matches!(table, Some("card" | "interviewer" | "heard"));
        may_change && (!self.has_id || !other.has_id && self.words == other.words)
    }

    /// Whether this, which vanished, is that, which came in its place between so many neighbours that are as they were.
    /// The end of the text is a neighbour where only the words changed, or one of the two cannot be read.
    fn is_within(&self, other: &Known, neighbours: usize) -> bool {
        let unreadable = !self.parses || !other.parses;
        match neighbours {
            _ if unreadable => neighbours > 0 && !(self.has_id && other.has_id),
            // One that comes with an id of its own is another.
            2 => self.may_be(other) && !other.has_id,
            _ => self.may_be(other) && self.rest == other.rest,
        }
    }
}

/// The key whose words are a table's identity where no id is written.
fn about(table: &str) -> Option<&'static str> {
    match table {
        "card" => Some("prompt"),
        "interviewer" => Some("name"),
        "heard" => Some("said"),
        "told" => Some("story"),
        _ => None,
    }
}

/// The fields of a table that stands alone.
fn one_table(value: &Value) -> Option<&Fields> {
    match value {
        Value::Table(fields) => Some(fields),
        Value::Array(tables) => tables.first().filter(|_| tables.len() == 1)?.as_table(),
        _ => None,
    }
}

/// Joins threads of blocks whose identity changed: one that vanished from a side, and one that came there.
pub(crate) fn join(threads: &mut Vec<Thread>, base: &[Known], sides: [&[Known]; 2]) {
    let links = [0, 1].map(|side| Links::of(threads, side, base, sides[side]).found);
    let (mut news, mut olds): (HashMap<usize, HashSet<usize>>, HashMap<usize, HashSet<usize>>) = Default::default();
    for &(old, new) in links.iter().flatten() {
        news.entry(old).or_default().insert(new);
        olds.entry(new).or_default().insert(old);
    }
    let mut moves: HashSet<(usize, usize, usize)> = HashSet::new();
    for (side, links) in links.iter().enumerate() {
        for &(old, new) in links {
            // What came on both sides became of the old one on both, unless one side has that still, or tells otherwise.
            let other = 1 - side;
            let contested = news[&old].len() > 1 || olds[&new].len() > 1 || threads[old].sides[other].is_some();
            match threads[new].sides[other] {
                None => moves.extend([(side, old, new)]),
                Some(_) if contested => {}
                Some(_) => moves.extend([(side, old, new), (other, old, new)]),
            }
        }
    }
    for (side, old, new) in moves {
        threads[old].sides[side] = threads[new].sides[side].take();
    }
    threads.retain(|thread| thread.base.is_some() || thread.sides.iter().any(Option::is_some));
}

/// What vanished from one side, with what it has become there.
struct Links<'t> {
    threads: &'t [Thread],
    side: usize,
    base: &'t [Known],
    text: &'t [Known],
    found: Vec<(usize, usize)>,
    /// Threads that are linked.
    taken: HashSet<usize>,
}

impl<'t> Links<'t> {
    fn of(threads: &'t [Thread], side: usize, base: &'t [Known], text: &'t [Known]) -> Self {
        let mut links = Links { threads, side, base, text, found: Vec::new(), taken: HashSet::new() };
        links.by(|known| known.words.clone().filter(|_| known.table.is_some_and(|table| table.name == "card")));
        links.by(Known::own_rest);
        links.by_neighbours();
        links
    }

    fn take(&mut self, links: Vec<(usize, usize)>) {
        self.taken.extend(links.iter().flat_map(|&(old, new)| [old, new]));
        self.found.extend(links);
    }

    fn was(&self, n: usize) -> Option<&'t Known> {
        self.threads[n].base.map(|at| &self.base[at])
    }

    fn is(&self, n: usize) -> Option<&'t Known> {
        self.threads[n].sides[self.side].map(|at| &self.text[at])
    }

    /// A block that vanished and one that came, neither of them linked.
    fn free(&self, old: usize, new: usize) -> Option<(&'t Known, &'t Known)> {
        let (was, is) = (self.was(old)?, self.is(new)?);
        let free = self.is(old).is_none() && self.was(new).is_none();
        (free && !self.taken.contains(&old) && !self.taken.contains(&new)).then_some((was, is))
    }

    /// Links one that vanished and one that came, if of all that stood and stand they alone have the same of something.
    fn by<K: Eq + Hash>(&mut self, something: impl Fn(&Known) -> Option<K>) {
        let mut same: HashMap<K, [Vec<usize>; 2]> = HashMap::new();
        for n in 0..self.threads.len() {
            for (which, known) in [self.was(n), self.is(n)].into_iter().enumerate() {
                if let Some(key) = known.and_then(&something) {
                    same.entry(key).or_default()[which].push(n);
                }
            }
        }
        let only = same.into_values().filter_map(|[old, new]| match (old.as_slice(), new.as_slice()) {
            ([old], [new]) => Some((*old, *new)),
            _ => None,
        });
        self.take(only.filter(|&(old, new)| self.free(old, new).is_some_and(|(was, is)| was.may_be(is))).collect());
    }

    /// Links one that vanished and one that came in its place, between neighbours that are as they were.
    fn by_neighbours(&mut self) {
        let old = self.row(self.base, |thread| thread.base);
        let new = self.row(self.text, |thread| thread.sides[self.side]);
        let place: HashMap<usize, usize> = new.iter().enumerate().map(|(at, &n)| (n, at)).collect();
        let link = |(at, n): (usize, &usize)| {
            let before = at.checked_sub(1).map(|at| old[at]);
            let after = old.get(at + 1).copied();
            let at = before.map_or(Some(0), |before| Some(place.get(&before)? + 1))?;
            let candidate = *new.get(at)?;
            let neighbours: Vec<usize> = before.into_iter().chain(after).collect();
            let between = new.get(at + 1).copied() == after && neighbours.iter().all(|&n| self.is_as_it_was(n));
            let (was, is) = self.free(*n, candidate)?;
            (between && was.is_within(is, neighbours.len())).then_some((*n, candidate))
        };
        let links = old.iter().enumerate().filter_map(link).collect();
        self.take(links);
    }

    fn is_as_it_was(&self, n: usize) -> bool {
        self.was(n).zip(self.is(n)).is_some_and(|(was, is)| was.text == is.text)
    }

    /// The threads of the tables of a text, in its order.
    fn row(&self, text: &[Known], place: impl Fn(&Thread) -> Option<usize>) -> Vec<usize> {
        let placed = self.threads.iter().enumerate().filter_map(|(n, thread)| Some((place(thread)?, n)));
        let mut row: Vec<(usize, usize)> = placed.filter(|(at, _)| !matches!(text[*at].key, Key::Remark(_))).collect();
        row.sort_unstable();
        row.into_iter().map(|(_, n)| n).collect()
    }
}
