//! Saves and reads typed answers by card.

use super::error::Error;
use super::events::ids;
use super::local::answers::{self, TypedAnswer};
use super::writer::Store;
use crate::coach::Runs;
use crate::deck::CardId;

impl Store {
    /// Saves hashes of a typed answer, and with `words` the answer itself.
    pub(crate) fn save_answer(&self, answer: &TypedAnswer<'_>, words: bool) -> Result<(), Error> {
        match self.lock()? {
            Some(_lock) => {
                let ids = ids::all_ids(self.deck_reader(), answer.card)?;
                answers::save(self.local(), answer, words, &ids)
            }
            None => Ok(()),
        }
    }

    /// Returns the hashes of the last answer that was typed to a card, under any id it has or had.
    pub(crate) fn last_answer(&self, card: &CardId) -> Option<Runs> {
        // Without typed answers, no ids are looked up.
        if !answers::any(self.local()) {
            return None;
        }
        let others = || ids::all_ids(self.deck_reader(), card).unwrap_or_default();
        answers::last(self.local(), card).or_else(|| others().iter().find_map(|id| answers::last(self.local(), id)))
    }
}
