//! What an edit changed: the cards of a deck, and the card to which a history moves.

use super::deck_edit::{Author, DeckEdit, SavedDeck};
use crate::clock::Instant;
use crate::collection::Collection;
use crate::deck::{Card, CardId, added};
use crate::entry::Entry;
use crate::failure::Failure;
use crate::history::{Body, CardState, EventId};
use crate::render::shown_line;
use crate::text::count;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Edited {
    Same,
    /// Its deck changed, and it is this card now.
    Card(CardId),
    Gone,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Changes {
    pub(crate) file: String,
    pub(crate) changed: bool,
    /// New cards, without the one that the edited card became.
    pub(crate) added: Vec<CardId>,
    /// Removed cards, without the one that became another.
    pub(crate) gone: Vec<CardId>,
    pub(crate) renamed: Option<EventId>,
}

impl Changes {
    pub(crate) fn none(edit: &DeckEdit) -> Changes {
        let file = edit.original.name.clone();
        Changes { file, changed: false, added: Vec::new(), gone: Vec::new(), renamed: None }
    }
}

pub(crate) fn report(
    edit: &DeckEdit,
    (after, warnings): &SavedDeck,
    became: Option<(&CardId, &CardId)>,
    author: &mut dyn Author,
) -> Result<Changes, Failure> {
    const MOST: usize = 10;
    let name = shown_line(&edit.original.name);
    let mut new = added(&edit.before.cards, &after.cards);
    new.retain(|card| became.is_none_or(|(_, new)| card.id != *new));
    match new.len() {
        0..=MOST => new.iter().try_for_each(|card| author.say(&format!("added {} to {name}", card.id)))?,
        many => author.say(&format!("added {} to {name}", count(many, "card")))?,
    }
    let mut gone = added(&after.cards, &edit.before.cards);
    gone.retain(|card| became.is_none_or(|(old, _)| card.id != *old));
    match gone.len() {
        0..=MOST => gone
            .iter()
            .try_for_each(|card| author.note(&format!("{} is no longer in {name}; its history stays", card.id)))?,
        many => author.note(&format!("{} are no longer in {name}; their histories stay", count(many, "card")))?,
    }
    warnings.iter().try_for_each(|warning| author.problem(warning))?;
    let ids = |cards: &[&Card]| cards.iter().map(|card| card.id.clone()).collect();
    Ok(Changes { changed: true, added: ids(&new), gone: ids(&gone), ..Changes::none(edit) })
}

#[derive(Default)]
pub(crate) struct FollowedHistory {
    pub(crate) renamed: Option<EventId>,
    said: Vec<String>,
    notes: Vec<String>,
}

impl FollowedHistory {
    pub(crate) fn report(&self, author: &mut dyn Author) -> Result<(), Failure> {
        self.said.iter().try_for_each(|line| author.say(line))?;
        self.notes.iter().try_for_each(|note| author.note(note))
    }
}

/// Records a rename, so that the history of an edited card follows it. Only a card without a written id needs that.
pub(crate) fn follow(
    collection: &mut Collection,
    entry: &Entry,
    edited: &Card,
    new: &CardId,
    now: &dyn Fn() -> Instant,
) -> Result<FollowedHistory, Failure> {
    let old = &entry.card;
    let state = collection.store.card(old)?.map(|entry| entry.state).unwrap_or_default();
    if state == CardState::default() {
        return Ok(FollowedHistory::default());
    }
    let other = collection.store.card(new)?.filter(|other| other.card != *old);
    if edited.written || other.is_some_and(|other| other.state != CardState::default()) {
        let why = if edited.written { "" } else { ", which has one of its own" };
        let note = format!("the history stays with {old}; `rehearse rename {old} {new}` lets it go on as {new}{why}");
        return Ok(FollowedHistory { notes: vec![note], ..FollowedHistory::default() });
    }
    let is_first = !collection.store.has_renames()?;
    let undo = collection.store.record(now(), Body::Rename { card: old.clone(), to: new.clone() })?.id;
    let line = format!("{old} is {new} now, with its history; `rehearse undo {undo}` takes the rename back");
    let advice = "`rehearse ids` writes an id into every card; then a history stays with its card by itself";
    let notes = if is_first { vec![advice.to_owned()] } else { Vec::new() };
    Ok(FollowedHistory { renamed: Some(undo), said: vec![line], notes })
}
