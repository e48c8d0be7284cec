//! The interviews to come, which decide what prompts say and which new cards are asked.

use super::error::Result;
use super::open::Collection;
use crate::clock::StudyDay;
use crate::deck::Interview;

impl Collection {
    /// Returns the interview that prompts are filled from, with its first interviewer: the next one, else one without a
    /// date.
    pub(crate) fn next_interview(&self, today: StudyDay) -> Result<Option<(Interview, Option<String>)>> {
        let mut interviews = self.store.interviews()?;
        interviews.retain(|(interview, ..)| is_to_come(interview, today));
        interviews.sort_by_key(|(interview, ..)| interview.date.map_or(i32::MAX, |date| date.0));
        Ok(interviews.into_iter().next().map(|(interview, interviewer, _)| (interview, interviewer)))
    }

    /// Returns the rounds of the interviews to come, for which new cards are asked; none if any round may come.
    pub(crate) fn rounds_in_sight(&self, today: StudyDay) -> Result<Vec<i64>> {
        let interviews = self.store.interviews()?.into_iter().map(|(interview, ..)| interview);
        let rounds: Option<Vec<i64>> =
            interviews.filter(|interview| is_to_come(interview, today)).map(|interview| interview.round).collect();
        Ok(rounds.unwrap_or_default())
    }
}

fn is_to_come(interview: &Interview, today: StudyDay) -> bool {
    interview.date.is_none_or(|date| date >= today)
}
