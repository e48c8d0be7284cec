//! Names of cards, decks and tags that begin as a word does, for a shell that completes it: what the index knows, and what files
//! say that changed since. Nothing is written, and what cannot be read is left out.

use std::collections::BTreeMap;

use super::walk::{Walked, walk};
use super::{Folders, parallel, read_settings};
use crate::deck::Deck;
use crate::store::Peek;
use crate::text::count;

/// A name that can be typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    /// The name: letters, digits, `.`, `_`, `-`, and `/` in decks and tags. No shell takes any of these for something else.
    pub(crate) name: String,
    /// What it is the name of, in its deck's words.
    pub(crate) about: String,
}

/// Cards whose ids begin with `prefix`, by id: those of the decks, and those with history in none.
pub(crate) fn cards_named(folders: &Folders, prefix: &str) -> Vec<Name> {
    let glance = Glance::at(folders);
    let mut found = BTreeMap::new();
    for seen in glance.peek.iter().flat_map(|peek| peek.cards(prefix).unwrap_or_default()) {
        // One whose file changed since may be gone from there, but not from the history.
        if seen.history || seen.file.is_some_and(|file| glance.unchanged.contains_key(&file)) {
            found.insert(seen.card, seen.prompt);
        }
    }
    for card in glance.read.into_iter().flat_map(|(_, deck)| deck.cards) {
        let goes_on = glance.peek.as_ref().and_then(|peek| peek.goes_on_as(card.id.as_str()).ok().flatten());
        let id = goes_on.unwrap_or_else(|| card.id.to_string());
        if id.starts_with(prefix) {
            found.insert(id, card.prompt);
        }
    }
    named(found)
}

/// Decks whose paths without `.toml` begin with `prefix`, by path.
pub(crate) fn decks_named(folders: &Folders, prefix: &str) -> Vec<Name> {
    let glance = Glance::at(folders);
    let titles = glance.peek.as_ref().and_then(|peek| peek.titles().ok()).unwrap_or_default();
    let indexed = titles.into_iter().filter_map(|(file, title)| Some((glance.unchanged.get(&file)?.clone(), title)));
    let decks = glance.read.iter().filter(|(_, deck)| deck.is_deck);
    let read = decks.map(|(path, deck)| (path.clone(), deck.name(path).to_owned()));
    let bare = |(path, title): (String, String)| (path.strip_suffix(".toml").unwrap_or(&path).to_owned(), title);
    named(indexed.chain(read).map(bare).filter(|(path, _)| path.starts_with(prefix)).collect())
}

/// Tags that begin with `prefix`, in their order.
pub(crate) fn tags_named(folders: &Folders, prefix: &str) -> Vec<Name> {
    let glance = Glance::at(folders);
    let indexed = glance.peek.iter().flat_map(|peek| peek.tags().unwrap_or_default());
    let indexed = indexed.filter(|(file, ..)| glance.unchanged.contains_key(file));
    let read = glance.read.iter().flat_map(|(_, deck)| &deck.cards).map(|card| (card.tags.clone(), 1));
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    for (tags, cards) in indexed.map(|(_, tags, cards)| (tags, cards)).chain(read) {
        for tag in tags.into_iter().filter(|tag| tag.starts_with(prefix)) {
            *found.entry(tag).or_default() += cards;
        }
    }
    named(found.into_iter().map(|(tag, cards)| (tag, count(cards, "card"))).collect())
}

fn named(found: BTreeMap<String, String>) -> Vec<Name> {
    let typed = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '/');
    let plain = found.into_iter().filter(|(name, _)| !name.starts_with('-') && name.chars().all(typed));
    plain.map(|(name, about)| Name { name, about }).collect()
}

/// What is known of the decks without opening the collection.
struct Glance {
    peek: Option<Peek>,
    /// Files that are as the index has them: number and path.
    unchanged: BTreeMap<i64, String>,
    /// The others: path and what it says.
    read: Vec<(String, Deck)>,
}

impl Glance {
    fn at(folders: &Folders) -> Self {
        let exclude = read_settings(folders).map(|(settings, ..)| settings.exclude).unwrap_or_default();
        let walked = walk(&folders.root, &exclude).unwrap_or_default();
        let peek = Peek::open(&folders.local).ok();
        let indexed = peek.as_ref().and_then(|peek| peek.files().ok()).unwrap_or_default();
        let known: BTreeMap<String, _> = indexed.into_iter().map(|file| (file.path.clone(), file)).collect();
        let mut unchanged = BTreeMap::new();
        let mut stale: Vec<Walked> = Vec::new();
        for file in walked {
            match known.get(&file.path) {
                Some(known) if known.stamp == file.stamp => {
                    unchanged.insert(known.n, file.path);
                }
                _ => stale.push(file),
            }
        }
        let read = |file: Walked| {
            let deck = file.deck(&folders.root);
            Some((file.path, deck))
        };
        let mut read: Vec<(String, Deck)> = parallel::each(stale, read, |read| read.collect());
        read.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        Glance { peek, unchanged, read }
    }
}
