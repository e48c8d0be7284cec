//! What the coach reviews: an answer, and what it is an answer to.

use super::phrases::Phrases;
use super::runs::Runs;
use crate::deck::{Card, Heard, Interview, Interviewer, Kind};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextKind {
    /// An answer to a card of this kind. An answer to no card counts as `open`.
    Answer(Kind),
    Note,
}

impl TextKind {
    pub(crate) fn word(self) -> &'static str {
        match self {
            TextKind::Answer(kind) => kind.word(),
            TextKind::Note => "note",
        }
    }
}

#[derive(Debug, Clone, Copy, Default)]
pub struct Answer<'a> {
    pub text: &'a str,
    /// Spoken time in milliseconds, if it was measured.
    pub ms: Option<u64>,
    /// The numbers of the parts and points that were said, from 1; `None` if nothing was ticked.
    pub ticks: Option<&'a [u16]>,
    pub hint: bool,
    pub before: Option<&'a Runs>,
}

#[derive(Debug, Clone, Copy)]
pub struct AnswerContext<'a> {
    pub kind: TextKind,
    pub card: Option<&'a Card>,
    pub interview: Option<&'a Interview>,
    /// The people met, whose names a note should spell correctly.
    pub interviewers: &'a [Interviewer],
    pub heard: &'a [Heard],
    /// Rules that are switched off, in addition to those that the card switches off.
    pub off: &'a [String],
    pub phrases: &'a Phrases,
}

/// What the coach knows besides an answer and its card.
#[derive(Debug, Clone, Default)]
pub(crate) struct Coaching {
    pub(crate) interview: Option<Interview>,
    pub(crate) interviewers: Vec<Interviewer>,
    pub(crate) heard: Vec<Heard>,
    pub(crate) off: Vec<String>,
    pub(crate) phrases: Option<Phrases>,
}

impl Coaching {
    pub(crate) fn context<'a>(&'a self, kind: TextKind, card: Option<&'a Card>) -> AnswerContext<'a> {
        let Coaching { interview, interviewers, heard, off, phrases } = self;
        let phrases = phrases.as_ref().unwrap_or_else(|| Phrases::shipped());
        AnswerContext { kind, card, interview: interview.as_ref(), interviewers, heard, off, phrases }
    }
}
