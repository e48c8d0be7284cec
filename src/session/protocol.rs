//! What goes into a session and what comes out of it.
//!
//! Every step takes an [`Input`] and returns things to [`Show`] and one [`Request`]. The driver shows them, does what is
//! requested, and passes the result in as the next input.

use super::answers::{Answers, Stage};
use super::setup::TimeLimit;
use crate::clock::{Instant, StudyDay};
use crate::coach::{self, Runs};
use crate::deck::{Card, CardId, Heard};
use crate::entry::Entry;
use crate::history::{Body, CardState, EventId};
use crate::schedule::Grade;
use crate::stories::StoryRef;

#[derive(Debug, Clone)]
pub(crate) enum Input {
    Start,
    Line(String),
    /// A line that is not UTF-8.
    NotUtf8,
    /// What a program sends instead of a line.
    Action(UserAction),
    End,
    /// The next cards to ask; empty if there are no more.
    Drawn(Vec<Entry>),
    /// The requested card; `None` if it is no longer in its deck.
    Fetched(Option<Box<CardSheet>>),
    Recorded(EventId, Option<CardState>),
    Edited(AfterEdit),
    Written(Result<String, String>),
}

/// A card as its file has it, with what the log says about it.
#[derive(Debug, Clone)]
pub(crate) struct CardSheet {
    pub(crate) card: Card,
    pub(crate) deck: String,
    /// For each part and point, in how many of the last reviews in a row it was missed.
    pub(crate) missed: Vec<usize>,
    /// The stories that fit it, the least told first.
    pub(crate) stories: Vec<StoryRef>,
    pub(crate) before: Option<Runs>,
    /// What they said that the answer should take up.
    pub(crate) heard: Vec<Heard>,
    /// What the company values, for a motive.
    pub(crate) values: Vec<String>,
    pub(crate) early_for: Option<EarlyFor>,
}

/// The interview for which a card is asked before its own due day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EarlyFor {
    pub(crate) id: String,
    pub(crate) name: String,
}

#[derive(Debug, Clone)]
pub(crate) enum AfterEdit {
    /// Nothing can be edited without a terminal.
    Unable,
    Same,
    Gone,
    Card(Box<Entry>, Box<CardSheet>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum UserAction {
    Grade { grade: Grade, facts: AnswerFacts },
    Answer { text: String, facts: AnswerFacts },
    Spot(String),
    Hint,
    Skip,
    Bury,
    Suspend,
    Undo,
    Edit,
    Help,
    Quit,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct AnswerFacts {
    /// The numbers of the parts and points that were said.
    pub(crate) ticks: Option<Vec<u16>>,
    pub(crate) ms: Option<u64>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Request {
    Draw,
    Fetch(Box<Entry>),
    Record { at: Instant, body: Body, typed: Option<String> },
    Edit(Box<Entry>),
    Write(String),
    Read,
    Finish,
}

/// What a session wants shown. Items are parts and points in one numbering, each with how often in a row it was missed
/// recently. Limits are in seconds. Nothing says how long an answer took after a long break, and the words of an answer are
/// counted if its time is estimated from them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Show {
    Greeting { decks: usize, cards: usize, now: usize, seconds: u64, cram: bool, answers: Answers },
    Card(Asked),
    Spot(CardId),
    Spotted { card: CardId, right: bool, shows: Vec<String> },
    InHand { card: CardId, items: Vec<(String, usize)>, model: Model, followups: Vec<String> },
    Help(Stage),
    Hint(Option<String>),
    Spoken { ms: Option<u64>, words: Option<usize>, limit: u32, items: Vec<(String, usize)> },
    Model(Model),
    Stories(CardId, Vec<StoryRef>),
    Coached(CardId, coach::Feedback),
    Proposal(Option<(Grade, ProposalReason)>),
    Revealed { card: CardId, items: Vec<String>, model: Model, proposed: Option<Grade> },
    Grades(Vec<(Grade, StudyDay)>, StudyDay),
    Unclear(Stage),
    NotUtf8,
    NoSuchItem(usize),
    Saved { card: CardId, grade: Grade, due: Option<StudyDay>, again: bool, today: StudyDay },
    Noted { grade: Grade, again: bool },
    FollowUp { card: CardId, text: String },
    Done(CardChange, CardId),
    NothingToUndo,
    NeedsTerminal(CardId),
    Trouble(String),
    Gone(CardId),
    TimeIsUp { left: usize, limit: TimeLimit },
    Summary { answered: usize, of: usize, spoken_ms: u64 },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Model {
    pub(crate) typed: Option<String>,
    /// Whether there is one right answer.
    pub(crate) fact: bool,
    /// The model answer, or the right one.
    pub(crate) answer: Option<String>,
    pub(crate) note: Option<String>,
    pub(crate) source: Option<String>,
    pub(crate) heard: Vec<Heard>,
    pub(crate) values: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) card: CardId,
    /// Its number in the session, from 1.
    pub(crate) nth: usize,
    pub(crate) of: usize,
    pub(crate) deck: String,
    pub(crate) kind: &'static str,
    pub(crate) prompt: String,
    /// How many of the items are parts; they come first.
    pub(crate) parts: usize,
    /// What can be ticked, in one numbering.
    pub(crate) items: Vec<String>,
    pub(crate) limit: u32,
    pub(crate) left: usize,
    pub(crate) early_for: Option<EarlyFor>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CardChange {
    Skipped,
    Buried,
    Suspended,
    Undone,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProposalReason {
    /// What was said, and nothing else.
    Said,
    OverTime,
    /// Everything was said, but it took more than one and a half times the limit.
    FarOverTime,
    /// The coach found an error that caps the grade.
    Soured,
    /// Everything was said, and the coach asks something.
    Questioned,
    Hinted,
    /// So many parts of the question were not answered.
    Parts(usize),
    Exactly,
    Accepted,
}
