//! What a session still has to ask, and what it did and could take back.

use std::collections::VecDeque;

use crate::deck::CardId;
use crate::entry::Entry;
use crate::history::EventId;

/// The cards of a session, and what became of them.
#[derive(Debug, Default)]
pub(crate) struct Round {
    /// The next cards to ask for the first time; so many more are not drawn yet.
    todo: VecDeque<Entry>,
    more: usize,
    /// Cards to ask again, after all others.
    again: VecDeque<Entry>,
    /// What this session recorded, to be taken back in turn.
    done: Vec<Deed>,
    /// Answers graded, repeats included.
    pub(crate) answered: usize,
    /// Spoken time in milliseconds.
    pub(crate) spoken_ms: u64,
    /// The number of the card being asked, repeats included.
    pub(crate) nth: usize,
}

/// Something the session recorded.
#[derive(Debug)]
pub(crate) struct Deed {
    pub(crate) event: EventId,
    /// The card as it was before.
    pub(crate) before: Entry,
    /// Whether it was put back into the queue.
    pub(crate) again: bool,
    pub(crate) ms: Option<u64>,
    /// Whether it counts as an answer.
    pub(crate) counted: bool,
}

impl Round {
    /// A round of these cards and so many more.
    pub(crate) fn new(first: Vec<Entry>, more: usize) -> Self {
        Round { todo: first.into(), more, ..Round::default() }
    }

    /// How many cards are left to ask.
    pub(crate) fn left(&self) -> usize {
        self.todo.len() + self.more + self.again.len()
    }

    /// How many are asked in all, as far as is known.
    pub(crate) fn of(&self) -> usize {
        self.nth + self.left()
    }

    /// Whether the next card must be drawn first.
    pub(crate) fn must_draw(&self) -> bool {
        self.todo.is_empty() && self.more > 0
    }

    /// Takes cards that were drawn; none means that there are no more.
    pub(crate) fn drawn(&mut self, cards: Vec<Entry>) {
        self.more = if cards.is_empty() { 0 } else { self.more.saturating_sub(cards.len()) };
        self.todo.extend(cards);
    }

    /// The next card to ask.
    pub(crate) fn next(&mut self) -> Option<Entry> {
        let entry = self.todo.pop_front().or_else(|| self.again.pop_front())?;
        self.nth += 1;
        Some(entry)
    }

    /// The card being asked turned out to be gone: it does not count.
    pub(crate) fn gone(&mut self) {
        self.nth -= 1;
    }

    pub(crate) fn count(&mut self, ms: Option<u64>) {
        self.answered += 1;
        self.spoken_ms += ms.unwrap_or(0);
    }

    /// Asks a card again, after all others.
    pub(crate) fn ask_again(&mut self, entry: Entry) {
        self.again.push_back(entry);
    }

    /// Remembers what was recorded.
    pub(crate) fn did(&mut self, deed: Deed) {
        self.done.push(deed);
    }

    /// What was recorded last, to be taken back.
    pub(crate) fn last(&mut self) -> Option<Deed> {
        self.done.pop()
    }

    /// What was taken back is asked again now, as it stands; the card that waited, if one did, comes right after it.
    pub(crate) fn undone(&mut self, deed: &Deed, waited: Option<Entry>, now: Entry) {
        let card = &deed.before.card;
        if deed.again
            && let Some(at) = self.again.iter().rposition(|entry| entry.card == *card)
        {
            self.again.remove(at);
        }
        if deed.counted {
            self.answered -= 1;
            self.spoken_ms -= deed.ms.unwrap_or(0).min(self.spoken_ms);
        }
        self.nth = self.nth.saturating_sub(1 + usize::from(waited.is_some()));
        if let Some(waited) = waited.filter(|waited| waited.card != *card) {
            self.todo.push_front(waited);
        }
        self.todo.push_front(now);
    }

    /// Lets whatever waits of a card, or could be taken back of it, be of the card it is now.
    pub(crate) fn became(&mut self, old: &CardId, new: &Entry) {
        let before = self.done.iter_mut().map(|deed| &mut deed.before);
        for entry in self.todo.iter_mut().chain(&mut self.again).chain(before).filter(|entry| entry.card == *old) {
            *entry = Entry { state: entry.state, ..new.clone() };
        }
    }
}
