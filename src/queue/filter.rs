//! Which cards a session asks.

use crate::deck::Kind;
use crate::entry::{Entry, InterviewScope, ScopedCard, names_deck};

/// Which cards a session asks; an empty field means all.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    /// Names of decks as [`names_deck`] reads them.
    pub decks: Vec<String>,
    pub tags: Vec<String>,
    pub kinds: Vec<Kind>,
    pub round: Option<i64>,
    /// The interview for which the cards must be in scope.
    pub(crate) interview: Option<InterviewScope>,
}

impl Filter {
    pub(crate) fn is_empty(&self) -> bool {
        self.decks.is_empty()
            && self.tags.is_empty()
            && self.kinds.is_empty()
            && self.round.is_none()
            && self.interview.is_none()
    }

    pub(crate) fn selects(&self, entry: &Entry) -> bool {
        let any = |wanted: &[String], has: &dyn Fn(&str) -> bool| wanted.is_empty() || wanted.iter().any(|w| has(w));
        any(&self.decks, &|deck| entry.place.as_ref().is_some_and(|place| names_deck(deck, &place.file, &place.deck)))
            && any(&self.tags, &|tag| entry.tags.iter().any(|own| own == tag))
            && (self.kinds.is_empty() || self.kinds.contains(&entry.kind))
            && self.round.is_none_or(|round| entry.comes_in(round))
            && self
                .interview
                .as_ref()
                .is_none_or(|scope| ScopedCard::of_entry(entry).is_some_and(|card| scope.contains(&card)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_selects_decks_and_rounds() {
        let entry = Entry::sample("a", "Why this job", Kind::Open);
        for (word, expected) in
            [("Why this job", true), ("Why this job.toml", true), ("why", false), ("./Why this job", true)]
        {
            let filter = Filter { decks: vec![word.into()], ..Filter::default() };
            assert_eq!(filter.selects(&entry), expected, "{word}");
        }
        let filter = Filter { round: Some(2), ..Filter::default() };
        let second = Entry { round: vec![2, 3], ..entry.clone() };
        let third = Entry { round: vec![3], ..entry.clone() };
        assert_eq!([&entry, &second, &third].map(|entry| filter.selects(entry)), [true, true, false]);
    }
}
