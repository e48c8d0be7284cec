//! The cards a session still has to ask, and what it can undo.

use std::collections::VecDeque;

use crate::deck::CardId;
use crate::entry::Entry;
use crate::history::EventId;

#[derive(Debug, Default)]
pub(crate) struct SessionProgress {
    todo: VecDeque<Entry>,
    /// How many more are not drawn yet.
    more: usize,
    /// Cards to ask again, after all others.
    again: VecDeque<Entry>,
    pub(crate) done: Vec<Undoable>,
    pub(crate) answered: usize,
    pub(crate) spoken_ms: u64,
    /// The number of the card being asked, repeats included.
    pub(crate) nth: usize,
}

#[derive(Debug)]
pub(crate) struct Undoable {
    pub(crate) event: EventId,
    pub(crate) before: Entry,
    pub(crate) again: bool,
    pub(crate) ms: Option<u64>,
    pub(crate) counted: bool,
}

impl SessionProgress {
    pub(crate) fn new(first: Vec<Entry>, more: usize) -> Self {
        SessionProgress { todo: first.into(), more, ..SessionProgress::default() }
    }

    pub(crate) fn left(&self) -> usize {
        self.todo.len() + self.more + self.again.len()
    }

    pub(crate) fn of(&self) -> usize {
        self.nth + self.left()
    }

    pub(crate) fn must_draw(&self) -> bool {
        self.todo.is_empty() && self.more > 0
    }

    /// Adds cards that were drawn. If there are none, no more will come.
    pub(crate) fn drawn(&mut self, cards: Vec<Entry>) {
        self.more = if cards.is_empty() { 0 } else { self.more.saturating_sub(cards.len()) };
        self.todo.extend(cards);
    }

    pub(crate) fn next(&mut self) -> Option<Entry> {
        let entry = self.todo.pop_front().or_else(|| self.again.pop_front())?;
        self.nth += 1;
        Some(entry)
    }

    pub(crate) fn count(&mut self, ms: Option<u64>) {
        self.answered += 1;
        self.spoken_ms += ms.unwrap_or(0);
    }

    pub(crate) fn ask_again(&mut self, entry: Entry) {
        self.again.push_back(entry);
    }

    /// Asks a card again, as it is after an undo. The card that waited, if any, comes right after it.
    pub(crate) fn undone(&mut self, undone: &Undoable, waited: Option<Entry>, now: Entry) {
        let card = &undone.before.card;
        if undone.again
            && let Some(at) = self.again.iter().rposition(|entry| entry.card == *card)
        {
            self.again.remove(at);
        }
        if undone.counted {
            self.answered -= 1;
            self.spoken_ms -= undone.ms.unwrap_or(0).min(self.spoken_ms);
        }
        self.nth = self.nth.saturating_sub(1 + usize::from(waited.is_some()));
        if let Some(waited) = waited.filter(|waited| waited.card != *card) {
            self.todo.push_front(waited);
        }
        self.todo.push_front(now);
    }

    /// Replaces a card with its edited version wherever it waits or can be undone.
    pub(crate) fn replace(&mut self, old: &CardId, new: &Entry) {
        let before = self.done.iter_mut().map(|done| &mut done.before);
        for entry in self.todo.iter_mut().chain(&mut self.again).chain(before).filter(|entry| entry.card == *old) {
            *entry = Entry { state: entry.state, ..new.clone() };
        }
    }
}
