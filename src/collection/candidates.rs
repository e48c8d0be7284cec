//! Names of cards, decks, and tags that a shell can complete: those in the index, and those in files that changed since.
//! Nothing is written, and what cannot be read is left out.

use std::collections::BTreeMap;

use super::find::Folders;
use super::parallel;
use super::settings_files::read_settings;
use super::trust::refuse_foreign;
use super::walk::{WalkedFile, walk};
use crate::deck::Deck;
use crate::store::Snapshot;
use crate::text::count;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// Letters, digits, `.`, `_`, `-`, and `/` in decks and tags. None of these is special to a shell.
    pub(crate) name: String,
    pub(crate) about: String,
}

/// Returns cards whose ids start with `prefix`, by id: those in decks and those with history only.
pub(crate) fn card_candidates(folders: &Folders, prefix: &str) -> Vec<Candidate> {
    let decks = DecksNow::read(folders);
    let mut found = BTreeMap::new();
    for seen in decks.index.iter().flat_map(|index| index.cards(prefix).unwrap_or_default()) {
        // If its file changed, the card may be gone from there, but not from the history.
        if seen.history || seen.file.is_some_and(|file| decks.unchanged.contains_key(&file)) {
            found.insert(seen.card, seen.prompt);
        }
    }
    for card in decks.changed.into_iter().flat_map(|(_, deck)| deck.cards) {
        let goes_on = decks.index.as_ref().and_then(|index| index.renamed_to(card.id.as_str()).ok().flatten());
        let id = goes_on.unwrap_or_else(|| card.id.to_string());
        if id.starts_with(prefix) {
            found.insert(id, card.prompt);
        }
    }
    candidates(found)
}

/// Returns decks whose paths without `.toml` start with `prefix`, by path.
pub(crate) fn deck_candidates(folders: &Folders, prefix: &str) -> Vec<Candidate> {
    let now = DecksNow::read(folders);
    let titles = now.index.as_ref().and_then(|index| index.titles().ok()).unwrap_or_default();
    let indexed = titles.into_iter().filter_map(|(file, title)| Some((now.unchanged.get(&file)?.clone(), title)));
    let decks = now.changed.iter().filter(|(_, deck)| deck.is_deck);
    let changed = decks.map(|(path, deck)| (path.clone(), deck.name(path).to_owned()));
    let bare = |(path, title): (String, String)| (path.strip_suffix(".toml").unwrap_or(&path).to_owned(), title);
    candidates(indexed.chain(changed).map(bare).filter(|(path, _)| path.starts_with(prefix)).collect())
}

/// Returns tags that start with `prefix`, in alphabetical order.
pub(crate) fn tag_candidates(folders: &Folders, prefix: &str) -> Vec<Candidate> {
    let decks = DecksNow::read(folders);
    let indexed = decks.index.iter().flat_map(|index| index.tags().unwrap_or_default());
    let indexed = indexed.filter(|(file, ..)| decks.unchanged.contains_key(file));
    let changed = decks.changed.iter().flat_map(|(_, deck)| &deck.cards).map(|card| (card.tags.clone(), 1));
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    for (tags, cards) in indexed.map(|(_, tags, cards)| (tags, cards)).chain(changed) {
        for tag in tags.into_iter().filter(|tag| tag.starts_with(prefix)) {
            *found.entry(tag).or_default() += cards;
        }
    }
    candidates(found.into_iter().map(|(tag, cards)| (tag, count(cards, "card"))).collect())
}

fn candidates(found: BTreeMap<String, String>) -> Vec<Candidate> {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '/');
    let plain = found.into_iter().filter(|(name, _)| !name.starts_with('-') && name.chars().all(is_plain));
    plain.map(|(name, about)| Candidate { name, about }).collect()
}

struct DecksNow {
    index: Option<Snapshot>,
    /// Files that are as the index has them: number and path.
    unchanged: BTreeMap<i64, String>,
    /// The other files: path and deck.
    changed: Vec<(String, Deck)>,
}

impl DecksNow {
    fn read(folders: &Folders) -> Self {
        let settings = refuse_foreign(folders).and_then(|()| read_settings(folders));
        let trusted = settings.is_ok();
        let exclude = settings.map(|read| read.settings.exclude).unwrap_or_default();
        let walked = walk(&folders.root, &exclude).unwrap_or_default();
        let index = if trusted { Snapshot::open(&folders.local).ok() } else { None };
        let indexed = index.as_ref().and_then(|index| index.files().ok()).unwrap_or_default();
        let known: BTreeMap<String, _> = indexed.into_iter().map(|file| (file.path.clone(), file)).collect();
        let mut unchanged = BTreeMap::new();
        let mut stale: Vec<WalkedFile> = Vec::new();
        for file in walked {
            match known.get(&file.path) {
                Some(known) if known.stamp == file.stamp => {
                    unchanged.insert(known.n, file.path);
                }
                _ => stale.push(file),
            }
        }
        let read = |file: WalkedFile| {
            let deck = file.deck(&folders.root);
            Some((file.path, deck))
        };
        let mut changed: Vec<(String, Deck)> = parallel::each(stale, read, |read| read.collect());
        changed.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        DecksNow { index, unchanged, changed }
    }
}
