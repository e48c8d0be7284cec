//! What an edit changed, and how the author hears of it.

use super::author::Author;
use super::deck_edit::{DeckEdit, SavedDeck};
use crate::deck::{Card, CardId, added};
use crate::failure::Failure;
use crate::history::EventId;
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
    /// The rename that moved the history of the edited card.
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
