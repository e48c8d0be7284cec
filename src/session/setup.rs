//! What a session starts with.

use super::answers::Answers;
use crate::coach::Coaching;
use crate::deck::{Interview, fill};
use crate::entry::Entry;
use crate::horizon::Horizon;
use crate::settings::Rules;

#[derive(Debug, Clone)]
pub(crate) struct Setup {
    pub(crate) first: Vec<Entry>,
    /// How many come after them. The session requests them when it needs them.
    pub(crate) more: usize,
    /// How many of all these come after cards to ask again.
    pub(crate) last: usize,
    /// How many fit into the time, if not all do.
    pub(crate) fits: Option<usize>,
    pub(crate) seconds: u64,
    pub(crate) sizes: (usize, usize),
    pub(crate) rules: Rules,
    /// Records nothing and leaves the schedule untouched.
    pub(crate) cram: bool,
    pub(crate) time: Option<TimeLimit>,
    /// The interviews to come, whose dates bring cards forward.
    pub(crate) horizon: Horizon,
    pub(crate) names: Names,
    pub(crate) answers: Answers,
    /// Words spoken per minute, which tells how long a typed answer takes aloud.
    pub(crate) wpm: u32,
    pub(crate) spot: bool,
    /// Known competencies besides those of a card. A name that could be one of these, too, is ambiguous.
    pub(crate) competencies: Vec<String>,
    /// What the coach knows. It reviews typed answers, except to facts.
    pub(crate) coach: Coaching,
    /// Whether a person is there, so that a follow-up waits for Enter.
    pub(crate) attended: bool,
}

/// After how much time no further card is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TimeLimit {
    pub(crate) minutes: u32,
    /// Whether they are those of the day, of which earlier sessions used some.
    pub(crate) of_day: bool,
    pub(crate) left_ms: u64,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    pub(crate) company: Option<String>,
    pub(crate) role: Option<String>,
    pub(crate) interviewer: Option<String>,
}

impl Names {
    pub(crate) fn from_interview(next: Option<(Interview, Option<String>)>) -> Self {
        let names = |(next, interviewer): (Interview, _)| Names { company: next.company, role: next.role, interviewer };
        next.map(names).unwrap_or_default()
    }

    pub(crate) fn fill(&self, text: &str) -> String {
        fill(text, self.company.as_deref(), self.role.as_deref(), self.interviewer.as_deref())
    }
}
