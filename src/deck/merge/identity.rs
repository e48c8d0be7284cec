//! Which block of one text is which of another: by its identity, and if that changed, by the evidence that is also used for
//! histories: the same prompt, the same everything else, or a single change between unchanged neighbors.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use toml::de::{DeTable, DeValue};
use toml::{Table as Fields, Value};

use super::super::blocks::Start;
use super::super::card::CardId;
use super::super::keys::{DISTINCTIVE, table};
use super::order::{Aligned, row};
use super::units::{Unit, units};
use crate::diagnostic::Span;
use crate::grammar::Table;

/// Returns the bytes of the block of a card or a story with this id, even if the block does not parse.
pub(crate) fn block_of(text: &str, id: &CardId) -> Option<Span> {
    let has_id = |unit: &Unit| {
        let bare = &text[unit.table.clone()];
        KnownBlock::new(bare.to_owned(), bare, unit.start).id() == Some(id.as_str())
    };
    units(text).into_iter().find(has_id).map(|unit| unit.table)
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(super) enum BlockKey {
    /// Keys above the first table.
    #[default]
    Root,
    /// Comments on their own, by their text.
    Comment(String),
    /// A table that may be in a file once, or one that a deck does not have, by its header.
    Header(String),
    /// A card or a story, by its id, written or derived.
    Id(String),
    /// Another table, by its name and its subject.
    Subject(&'static str, String),
    /// A block whose identity is unknown, by its text.
    Text(String),
}

#[derive(Debug, Clone, Default)]
pub(super) struct KnownBlock {
    pub(super) key: BlockKey,
    /// Its text with comments; every line ends with LF.
    pub(super) text: String,
    pub(super) table: Option<&'static Table>,
    /// Whether it parses alone as one table.
    pub(super) parses: bool,
    has_id: bool,
    /// The text that identifies it if no id is written.
    subject: Option<String>,
    /// Everything but its id and its subject.
    rest: Fields,
}

impl KnownBlock {
    /// Examines a block: its text, its table without comments around it, and what that starts with.
    pub(super) fn new(text: String, bare: &str, start: Option<Start>) -> Self {
        let unknown = KnownBlock { key: BlockKey::Text(bare.to_owned()), text, ..KnownBlock::default() };
        match (start, toml::from_str::<Fields>(bare)) {
            (None, _) => KnownBlock { key: BlockKey::Comment(unknown.text.clone()), ..unknown },
            (Some(Start::Conflict), _) => unknown,
            (Some(Start::Preamble), root) => KnownBlock { key: BlockKey::Root, parses: root.is_ok(), ..unknown },
            (Some(Start::Header), Ok(root)) => unknown.with_root(bare, &root),
            (Some(Start::Header), Err(_)) => unknown.with_recovered(bare),
        }
    }

    fn with_root(self, bare: &str, root: &Fields) -> Self {
        let only = root.iter().next().filter(|_| root.len() == 1);
        let known = only.and_then(|(name, value)| Some((table(name)?, single_table(value)?)));
        let parses = true;
        let Some((table, fields)) = known else {
            let header = bare.lines().next().unwrap_or_default();
            let end = header.rfind(']').map_or(header.len(), |end| end + 1);
            return KnownBlock { key: BlockKey::Header(header[..end].trim().to_owned()), parses, ..self };
        };
        let text = |key: &str| fields.get(key).and_then(Value::as_str).map(str::to_owned);
        let known = self.with_identity(table, text);
        let mut rest = fields.clone();
        rest.retain(|key, _| key != "id" && Some(key) != subject_key(table.name));
        KnownBlock { rest, parses, ..known }
    }

    /// Adds what the parser recovers from a block that does not parse.
    fn with_recovered(self, bare: &str) -> Self {
        let (root, _) = DeTable::parse_recoverable(bare);
        let known = root.get_ref().iter().find_map(|(name, value)| Some((table(name.get_ref())?, value)));
        let Some((table, value)) = known else { return self };
        let fields = match value.get_ref() {
            DeValue::Array(tables) => tables.first().and_then(|first| first.get_ref().as_table()),
            value => value.as_table(),
        };
        let Some(fields) = fields else { return self };
        self.with_identity(table, |key| fields.get(key)?.get_ref().as_str().map(str::to_owned))
    }

    fn with_identity(self, table: &'static Table, text: impl Fn(&str) -> Option<String>) -> Self {
        let id = text("id").filter(|_| matches!(table.name, "card" | "story"));
        let subject = subject_key(table.name).and_then(&text);
        let key = match (&id, &subject) {
            _ if !table.many => BlockKey::Header(table.header()),
            (Some(id), _) => BlockKey::Id(id.clone()),
            (None, Some(prompt)) if table.name == "card" => BlockKey::Id(CardId::derived(prompt).to_string()),
            (None, Some(subject)) => BlockKey::Subject(table.name, subject.clone()),
            (None, None) => self.key.clone(),
        };
        KnownBlock { key, table: Some(table), has_id: id.is_some(), subject, ..self }
    }

    pub(super) fn id(&self) -> Option<&str> {
        match &self.key {
            BlockKey::Id(id) => Some(id),
            _ => None,
        }
    }

    pub(super) fn name(&self) -> String {
        let noun = self.table.map_or("table", |table| table.name);
        match (&self.key, &self.subject) {
            (BlockKey::Root, _) => "the keys above the first table".to_owned(),
            (BlockKey::Comment(_), _) => "a remark".to_owned(),
            (BlockKey::Header(header), _) => format!("`{header}`"),
            (BlockKey::Id(id), _) if self.has_id => format!("{noun} `{id}`"),
            (BlockKey::Id(_) | BlockKey::Subject(..), Some(subject)) => {
                let mut short: String = subject.split_whitespace().collect::<Vec<_>>().join(" ");
                if let Some((at, _)) = short.char_indices().nth(60) {
                    short.truncate(at);
                    short.push('…');
                }
                format!("{noun} \"{short}\"")
            }
            _ => "a block that cannot be read".to_owned(),
        }
    }

    fn distinctive_rest(&self) -> Option<(&'static str, String)> {
        let table = self.table?.name;
        let is_distinctive = |(key, value): (&String, &Value)| {
            let own = table != "card" || DISTINCTIVE.contains(&key.as_str());
            own && !value.as_array().is_some_and(Vec::is_empty)
        };
        self.rest.iter().any(is_distinctive).then(|| (table, self.rest.to_string()))
    }

    /// Returns whether this block may be the new one. A written id never changes; it is only added or removed.
    fn may_become(&self, new: &KnownBlock) -> bool {
        let [table, also] = [self, new].map(|known| known.table.map(|table| table.name));
        let may_change = table == also && matches!(table, Some("card" | "interviewer" | "heard"));
        may_change && (!self.has_id || !new.has_id && self.subject == new.subject)
    }

    /// Returns whether this block is the new one in its place, between so many unchanged neighbors.
    fn becomes_in_place(&self, new: &KnownBlock, neighbors: usize) -> bool {
        let unreadable = !self.parses || !new.parses;
        match neighbors {
            _ if unreadable => neighbors > 0 && !(self.has_id && new.has_id),
            // A block with an id of its own is another one.
            2 => self.may_become(new) && !new.has_id,
            _ => self.may_become(new) && self.rest == new.rest,
        }
    }
}

fn subject_key(table: &str) -> Option<&'static str> {
    match table {
        "card" => Some("prompt"),
        "interviewer" => Some("name"),
        "heard" => Some("said"),
        "told" => Some("story"),
        _ => None,
    }
}

fn single_table(value: &Value) -> Option<&Fields> {
    match value {
        Value::Table(fields) => Some(fields),
        Value::Array(tables) => tables.first().filter(|_| tables.len() == 1)?.as_table(),
        _ => None,
    }
}

/// Joins blocks whose identity changed: one that vanished from a side, and one that is new there.
pub(super) fn join_renamed(aligned: &mut Vec<Aligned>, base: &[KnownBlock], sides: [&[KnownBlock]; 2]) {
    let links = [0, 1]
        .map(|side| Links { aligned, side, base, text: sides[side], found: Vec::new(), taken: HashSet::new() }.find());
    let (mut news, mut olds): (HashMap<usize, HashSet<usize>>, HashMap<usize, HashSet<usize>>) = Default::default();
    for &(old, new) in links.iter().flatten() {
        news.entry(old).or_default().insert(new);
        olds.entry(new).or_default().insert(old);
    }
    let mut moves: HashSet<(usize, usize, usize)> = HashSet::new();
    for (side, links) in links.iter().enumerate() {
        for &(old, new) in links {
            // A block that is new on both sides is the old one on both, unless a side has the old one or links differ.
            let other = 1 - side;
            let contested = news[&old].len() > 1 || olds[&new].len() > 1 || aligned[old].sides[other].is_some();
            match aligned[new].sides[other] {
                None => moves.extend([(side, old, new)]),
                Some(_) if contested => {}
                Some(_) => moves.extend([(side, old, new), (other, old, new)]),
            }
        }
    }
    for (side, old, new) in moves {
        aligned[old].sides[side] = aligned[new].sides[side].take();
    }
    aligned.retain(|thing| thing.base.is_some() || thing.sides.iter().any(Option::is_some));
}

/// Links of blocks that vanished from one side to the blocks they became there.
struct Links<'t> {
    aligned: &'t [Aligned],
    side: usize,
    base: &'t [KnownBlock],
    text: &'t [KnownBlock],
    found: Vec<(usize, usize)>,
    taken: HashSet<usize>,
}

impl<'t> Links<'t> {
    fn find(mut self) -> Vec<(usize, usize)> {
        let is_card = |known: &KnownBlock| known.table.is_some_and(|table| table.name == "card");
        self.link_by(|known| known.subject.clone().filter(|_| is_card(known)));
        self.link_by(KnownBlock::distinctive_rest);
        self.link_by_neighbors();
        self.found
    }

    fn add(&mut self, links: Vec<(usize, usize)>) {
        self.taken.extend(links.iter().flat_map(|&(old, new)| [old, new]));
        self.found.extend(links);
    }

    fn in_base(&self, n: usize) -> Option<&'t KnownBlock> {
        self.aligned[n].base.map(|at| &self.base[at])
    }

    fn in_side(&self, n: usize) -> Option<&'t KnownBlock> {
        self.aligned[n].sides[self.side].map(|at| &self.text[at])
    }

    /// Returns a block that vanished and one that is new, if neither is linked.
    fn unlinked(&self, old: usize, new: usize) -> Option<(&'t KnownBlock, &'t KnownBlock)> {
        let (was, is) = (self.in_base(old)?, self.in_side(new)?);
        let free = self.in_side(old).is_none() && self.in_base(new).is_none();
        (free && !self.taken.contains(&old) && !self.taken.contains(&new)).then_some((was, is))
    }

    /// Links a block that vanished and one that is new if they are the only ones in either text with the same key.
    fn link_by<K: Eq + Hash>(&mut self, key: impl Fn(&KnownBlock) -> Option<K>) {
        let mut same: HashMap<K, [Vec<usize>; 2]> = HashMap::new();
        for n in 0..self.aligned.len() {
            for (which, known) in [self.in_base(n), self.in_side(n)].into_iter().enumerate() {
                if let Some(key) = known.and_then(&key) {
                    same.entry(key).or_default()[which].push(n);
                }
            }
        }
        let only = same.into_values().filter_map(|[old, new]| match (old.as_slice(), new.as_slice()) {
            ([old], [new]) => Some((*old, *new)),
            _ => None,
        });
        let may_become =
            |&(old, new): &(usize, usize)| self.unlinked(old, new).is_some_and(|(was, is)| was.may_become(is));
        self.add(only.filter(may_become).collect());
    }

    /// Links a block that vanished and the new one in its place, between unchanged neighbors.
    fn link_by_neighbors(&mut self) {
        let is_table = |known: &KnownBlock| !matches!(known.key, BlockKey::Comment(_));
        let old = row(self.aligned, |_, thing| thing.base.filter(|&at| is_table(&self.base[at])));
        let new = row(self.aligned, |_, thing| thing.sides[self.side].filter(|&at| is_table(&self.text[at])));
        let place: HashMap<usize, usize> = new.iter().enumerate().map(|(at, &n)| (n, at)).collect();
        let is_unchanged =
            |&n: &usize| self.in_base(n).zip(self.in_side(n)).is_some_and(|(was, is)| was.text == is.text);
        let link = |(at, n): (usize, &usize)| {
            let before = at.checked_sub(1).map(|at| old[at]);
            let after = old.get(at + 1).copied();
            let at = before.map_or(Some(0), |before| Some(place.get(&before)? + 1))?;
            let candidate = *new.get(at)?;
            let neighbors: Vec<usize> = before.into_iter().chain(after).collect();
            let between = new.get(at + 1).copied() == after && neighbors.iter().all(is_unchanged);
            let (was, is) = self.unlinked(*n, candidate)?;
            (between && was.becomes_in_place(is, neighbors.len())).then_some((*n, candidate))
        };
        let links = old.iter().enumerate().filter_map(link).collect();
        self.add(links);
    }
}
