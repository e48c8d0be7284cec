//! Numbers for words, so that matching phrases compares numbers.

use std::collections::HashMap;

/// The words that occur in phrases.
#[derive(Debug, Clone, Default)]
pub(crate) struct Vocabulary {
    numbers: HashMap<String, u32>,
}

impl Vocabulary {
    /// Returns the number of a folded word; 0 if no phrase has it.
    pub(crate) fn get(&self, folded: &str) -> u32 {
        self.numbers.get(folded).copied().unwrap_or(0)
    }

    /// Returns the number of a folded word; adds the word if it is new.
    pub(crate) fn add(&mut self, folded: &str) -> u32 {
        let next = u32::try_from(self.numbers.len() + 1).unwrap_or(u32::MAX);
        *self.numbers.entry(folded.to_owned()).or_insert(next)
    }

    /// Returns one more than the highest number.
    pub(crate) fn end(&self) -> usize {
        self.numbers.len() + 1
    }
}
