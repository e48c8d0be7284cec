//! Moves the history of an edited card to the card it became.

use super::author::Author;
use crate::clock::Instant;
use crate::collection::Collection;
use crate::deck::{Card, CardId};
use crate::entry::Entry;
use crate::failure::Failure;
use crate::history::{Body, CardState, EventId};

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
