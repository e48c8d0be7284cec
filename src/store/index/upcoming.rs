//! The interviews to come: which cards must be ready for them, and when.
//!
//! They are kept in `meta`, so that every change of a card or of a state knows them. Not here: what their dates ask of a card.

use rusqlite::{Connection, Result};
use serde::{Deserialize, Serialize};

use crate::clock::StudyDay;
use crate::deck::Interview;
use crate::entry::{Entry, InterviewScope, ScopedCard, due_day};
use crate::history::CardState;
use crate::horizon::{DaysOff, Horizon, Scope};

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Upcoming {
    /// The day of the first interview if it is today, else the day before it: until then, no card's due day changes.
    as_of: StudyDay,
    /// In order of their dates, the earliest first.
    pub(crate) interviews: Vec<InterviewScope>,
    days_off: Vec<StudyDay>,
    #[serde(skip)]
    horizon: Horizon,
}

impl Upcoming {
    /// Chooses the interviews that are to come as of today.
    pub(crate) fn new(interviews: Vec<InterviewScope>, days_off: &[StudyDay], today: StudyDay) -> Self {
        let mut interviews = interviews;
        interviews.retain(|scope| scope.interview.date.is_some_and(|date| date >= today));
        interviews.sort_by(|a, b| (a.interview.date, &a.file).cmp(&(b.interview.date, &b.file)));
        interviews.truncate(Horizon::MOST);
        let days_off = if interviews.is_empty() { Vec::new() } else { days_off.to_vec() };
        let first = interviews.first().and_then(|scope| scope.interview.date);
        let as_of = first.map_or(StudyDay::default(), |first| if first > today { first.plus(-1) } else { first });
        Upcoming { as_of, interviews, days_off, horizon: Horizon::default() }.with_horizon()
    }

    fn with_horizon(mut self) -> Self {
        let dates = self.interviews.iter().filter_map(|scope| scope.interview.date).collect();
        self.horizon = Horizon::new(dates, DaysOff::new(self.days_off.clone()));
        self
    }

    pub(crate) fn horizon(&self) -> &Horizon {
        &self.horizon
    }

    /// Returns the text that `meta` has of it; `None` if there are none.
    fn text(&self) -> Option<String> {
        (!self.interviews.is_empty()).then(|| serde_json::json!(self).to_string())
    }

    /// Returns the interviews for which a card must be ready.
    pub(crate) fn scope(&self, card: &ScopedCard<'_>) -> Scope {
        let interviews = self.interviews.iter().enumerate();
        interviews.fold(
            Scope::NONE,
            |scope, (n, interview)| {
                if interview.contains(card) { scope.with(n) } else { scope }
            },
        )
    }

    /// Returns the interview for which a card is due today, if it would not be due without it.
    pub(crate) fn early_for(&self, entry: &Entry, today: StudyDay) -> Option<&Interview> {
        entry.early(&self.horizon, today).and_then(|cap| self.interview(cap.interview))
    }

    /// Returns an interview by its number in the horizon.
    pub(crate) fn interview(&self, number: usize) -> Option<&Interview> {
        self.interviews.get(number).map(|scope| &scope.interview)
    }

    pub(crate) fn due(&self, state: &CardState, scope: Scope) -> Option<StudyDay> {
        due_day(state, scope, &self.horizon, self.as_of).map(|(due, _)| due)
    }
}

fn noted(db: &Connection) -> Result<Option<String>> {
    db.prepare_cached("SELECT upcoming FROM meta")?.query_row([], |row| row.get(0))
}

/// Returns the interviews to come as the index knows them.
pub(crate) fn upcoming(db: &Connection) -> Result<Upcoming> {
    let read = noted(db)?.and_then(|json| serde_json::from_str::<Upcoming>(&json).ok());
    Ok(read.map(Upcoming::with_horizon).unwrap_or_default())
}

/// Whether the index knows these interviews to come. With the same text, every card has the same scope and due day.
pub(crate) fn is_known(db: &Connection, upcoming: &Upcoming) -> Result<bool> {
    Ok(noted(db)? == upcoming.text())
}

pub(crate) fn note(db: &Connection, upcoming: &Upcoming) -> Result<()> {
    db.execute("UPDATE meta SET upcoming = ?1", [upcoming.text()])?;
    Ok(())
}
