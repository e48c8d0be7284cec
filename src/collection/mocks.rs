//! What a mock interview can ask, and the mock interviews that were held.

use std::collections::BTreeMap;

use super::cards::position;
use super::error::Error;
use super::open::Collection;
use crate::clock::StudyDay;
use crate::deck::{Card, CardId, Deck, Kind};
use crate::entry::Entry;
use crate::history::{Body, MockScore};
use crate::horizon::Scope;
use crate::interview::mock::{MockCard, MockRun, ScoreEvent, add_score};
use crate::queue::Filter;
use crate::stories::{StoryRef, stories_for};

/// More reviews than a card gets during a mock interview.
const MOST_REVIEWS: usize = 100;

/// What there is to ask, in path order.
#[derive(Debug, Default)]
pub(crate) struct MockStock {
    pub(crate) cards: Vec<MockCard>,
    /// The interviews for which each of these must be ready.
    pub(crate) scopes: Vec<Scope>,
    /// Cards with a question that you ask.
    pub(crate) own: Vec<Card>,
    /// How many stories there are, in scope or not.
    pub(crate) stories: usize,
}

impl Collection {
    /// Returns the cards that pass a filter and that can be asked. What cannot be read is skipped; `check` reports it.
    pub(crate) fn mock_stock(&self, filter: &Filter, today: StudyDay) -> Result<MockStock, Error> {
        let stories = self.store.stories()?;
        let mut by_file: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
        for entry in self.store.all()? {
            if let Some(place) = entry.place.as_ref().filter(|_| filter.selects(&entry) && entry.askable(today)) {
                by_file.entry(place.file.clone()).or_default().push(entry);
            }
        }
        let mut stock = MockStock { stories: stories.len(), ..MockStock::default() };
        for (file, entries) in by_file {
            if let Ok(Some(deck)) = self.deck(&file) {
                entries.iter().for_each(|entry| stock.add(&deck, entry, &stories));
            }
        }
        Ok(stock)
    }

    /// Returns the mock interviews in the order of their first scores.
    pub(crate) fn mock_runs(&self) -> Result<Vec<MockRun>, Error> {
        let day_starts_at = self.settings.rules.day_starts_at;
        let mut runs = Vec::new();
        self.store.each_mock_score(|logged| {
            let (time, id) = logged.event.order();
            let day = logged.event.at.study_day(day_starts_at);
            if let Body::Mock(score) = logged.event.body {
                let score = MockScore { card: logged.card, ..*score };
                add_score(&mut runs, ScoreEvent { id, time, day, void: logged.void, score });
            }
        })?;
        Ok(runs)
    }

    /// Returns how often a card was reviewed after a moment of the total order.
    pub(crate) fn reviews_after(&self, card: &CardId, moment: i64) -> Result<u32, Error> {
        let reviews = self.store.reviews(card, MOST_REVIEWS)?;
        let after = reviews.iter().filter(|logged| logged.event.order().0 > moment).count();
        Ok(u32::try_from(after).unwrap_or(u32::MAX))
    }
}

impl MockStock {
    fn add(&mut self, deck: &Deck, entry: &Entry, stories: &[StoryRef]) {
        let Some(card) = position(&deck.cards, entry).map(|at| deck.cards[at].clone()) else { return };
        if card.kind == Kind::Ask {
            return self.own.push(card);
        }
        if !MockCard::is_question(card.kind) {
            return;
        }
        let itself = stories.iter().find(|story| story.id == card.id.as_str());
        let is_story = itself.is_some() && deck.stories.iter().any(|story| story.id == card.id);
        let told = match itself.filter(|_| is_story) {
            Some(story) => Some(story.told),
            None => stories_for(&card, stories).first().map(|story| story.told),
        };
        self.scopes.push(entry.scope);
        self.cards.push(MockCard { id: entry.card.clone(), card, reviews: entry.state.reviews, is_story, told });
    }
}
