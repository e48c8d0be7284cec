//! What the files say of one round of an application, and which cards are in scope for it.

use std::cmp::Reverse;

use super::error::Error;
use super::open::Collection;
use crate::clock::StudyDay;
use crate::entry::{Entry, InterviewScope, ScopedCard};
use crate::interview::{RoundNotes, is_asked};

impl Collection {
    /// Returns what the file of an interview and its debriefs say. What cannot be read is skipped; `check` reports it.
    pub(crate) fn round(&self, scope: &InterviewScope) -> Result<RoundNotes, Error> {
        let deck = self.deck(&scope.file).ok().flatten().unwrap_or_default();
        let mut debriefs = Vec::new();
        for (debrief, file) in self.store.debriefs()? {
            if debrief.interview == scope.interview.id
                && file != scope.file
                && let Ok(Some(deck)) = self.deck(&file)
            {
                debriefs.push((file, deck));
            }
        }
        Ok(RoundNotes::new(scope.interview.clone(), (scope.file.clone(), deck), debriefs))
    }

    /// Returns the rounds with the same company before an interview, the last one first.
    pub(crate) fn earlier_rounds(&self, scope: &InterviewScope) -> Result<Vec<RoundNotes>, Error> {
        let mut earlier = self.interview_scopes()?;
        earlier.retain(|other| other.interview.precedes(&scope.interview));
        earlier.sort_by_key(|other| Reverse(other.interview.date));
        earlier.iter().map(|other| self.round(other)).collect()
    }

    /// Returns the next interview, or one without a date if none has one.
    pub(crate) fn next_round(&self, today: StudyDay) -> Result<Option<InterviewScope>, Error> {
        let mut scopes = self.interview_scopes()?;
        scopes.retain(|scope| scope.interview.date.is_none_or(|date| date >= today));
        Ok(scopes.into_iter().min_by_key(|scope| scope.interview.date.map_or(i32::MAX, |date| date.0)))
    }

    /// Returns the cards in scope for an interview, or all without one, that are wanted, and how many of all can be asked.
    pub(crate) fn cards_in_scope(
        &self,
        scope: Option<&InterviewScope>,
        wanted: impl Fn(&Entry) -> bool,
    ) -> Result<(Vec<Entry>, usize), Error> {
        let (mut found, mut askable) = (Vec::new(), 0);
        self.store.by_file(|entries| {
            for entry in entries {
                let Some(card) = ScopedCard::of_entry(&entry) else { continue };
                if scope.is_none_or(|scope| scope.contains(&card)) {
                    askable += usize::from(is_asked(&entry));
                    found.extend(wanted(&entry).then_some(entry));
                }
            }
        })?;
        Ok((found, askable))
    }

    /// Returns every competency and qualification that a card or a story shows.
    pub(crate) fn shown_competencies(&self) -> Result<Vec<String>, Error> {
        let mut shown = Vec::new();
        self.each_deck(|_, deck| shown.extend(deck.cards.into_iter().flat_map(|card| card.shows)))?;
        Ok(shown)
    }
}
