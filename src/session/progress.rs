//! The cards a session still has to ask, and what it can undo.

use std::collections::VecDeque;

use crate::deck::CardId;
use crate::entry::{Entry, assumed_ms};
use crate::history::EventId;

#[derive(Debug, Default)]
pub(crate) struct SessionProgress {
    todo: VecDeque<Entry>,
    /// How many more are not drawn yet.
    more: usize,
    /// How many of these and of those in `todo` come after the cards to ask again.
    last: usize,
    /// Cards to ask again, in the order of their last failure.
    again: VecDeque<Entry>,
    pub(crate) done: Vec<Undoable>,
    pub(crate) answered: usize,
    pub(crate) spoken_ms: u64,
    /// The same with an assumed time for each answer without one.
    pub(crate) spent_ms: u64,
    /// How many cards fit into the time, if not all do.
    fits: Option<usize>,
    /// The number of the card being asked, repeats included.
    pub(crate) nth: usize,
}

#[derive(Debug)]
pub(crate) struct Undoable {
    pub(crate) event: EventId,
    pub(crate) before: Entry,
    pub(crate) again: bool,
    pub(crate) ms: Option<u64>,
    pub(crate) spent_ms: u64,
    pub(crate) counted: bool,
}

impl SessionProgress {
    /// Starts with the first cards and the number of those to come; the `last` of all come after cards to ask again.
    pub(crate) fn new(first: Vec<Entry>, more: usize, last: usize, fits: Option<usize>) -> Self {
        SessionProgress { todo: first.into(), more, last, fits, ..SessionProgress::default() }
    }

    pub(crate) fn left(&self) -> usize {
        self.todo.len() + self.more + self.again.len()
    }

    /// Returns how many cards the session asks, as far as they fit into its time.
    pub(crate) fn of(&self) -> usize {
        let all = self.nth + self.left();
        self.fits.map_or(all, |fits| all.min(fits.max(self.nth)))
    }

    pub(crate) fn must_draw(&self) -> bool {
        self.todo.is_empty() && self.more > 0 && !self.repeats()
    }

    /// Whether a card to ask again comes next.
    fn repeats(&self) -> bool {
        !self.again.is_empty() && self.todo.len() + self.more <= self.last
    }

    /// Adds cards that were drawn. If there are none, no more will come.
    pub(crate) fn drawn(&mut self, cards: Vec<Entry>) {
        self.more = if cards.is_empty() { 0 } else { self.more.saturating_sub(cards.len()) };
        self.last = self.last.min(self.more + cards.len());
        self.todo.extend(cards);
    }

    pub(crate) fn next(&mut self) -> Option<Entry> {
        let again = if self.repeats() { self.again.pop_front() } else { None };
        let entry = again.or_else(|| self.todo.pop_front())?;
        self.last = self.last.min(self.todo.len() + self.more);
        self.nth += 1;
        Some(entry)
    }

    /// Counts an answer to a card.
    pub(crate) fn count(&mut self, ms: Option<u64>, entry: &Entry) -> u64 {
        let spent = ms.unwrap_or_else(|| assumed_ms(&entry.state, entry.limit));
        self.answered += 1;
        self.spoken_ms += ms.unwrap_or(0);
        self.spent_ms += spent;
        spent
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
            self.spent_ms -= undone.spent_ms.min(self.spent_ms);
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
