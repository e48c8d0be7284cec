//! What goes into a session and what comes out of it.
//!
//! Every step takes an [`Input`] and returns things to [`Show`] and one [`Request`]. The driver shows them, does what is
//! requested, and passes the result in as the next input.

use super::answers::{Answers, Stage};
use crate::clock::{Instant, StudyDay};
use crate::coach::{self, Runs};
use crate::deck::{Card, CardId};
use crate::entry::Entry;
use crate::history::{Body, CardState, EventId};
use crate::schedule::Grade;
use crate::stories::StoryRef;

#[derive(Debug, Clone)]
pub(crate) enum Input {
    Start,
    /// A line that was typed.
    Line(String),
    /// What a program sends instead of a line.
    Action(UserAction),
    /// No more input will come.
    End,
    /// The next cards to ask; empty if there are no more.
    Drawn(Vec<Entry>),
    /// The requested card; `None` if it is no longer in its deck.
    Fetched(Option<Box<CardSheet>>),
    /// The recorded event, and the state of its card after it.
    Recorded(EventId, Option<CardState>),
    Edited(AfterEdit),
    /// What was written in the editor, or why nothing was.
    Written(Result<String, String>),
}

/// A card as its file has it, with what the log says about it.
#[derive(Debug, Clone)]
pub(crate) struct CardSheet {
    pub(crate) card: Card,
    /// The name of its deck.
    pub(crate) deck: String,
    /// For each part and point, in how many of the last reviews in a row it was missed.
    pub(crate) missed: Vec<usize>,
    /// The stories that fit it, the least told first.
    pub(crate) stories: Vec<StoryRef>,
    /// The last answer that was typed.
    pub(crate) before: Option<Runs>,
}

/// What became of a card that was to be edited.
#[derive(Debug, Clone)]
pub(crate) enum AfterEdit {
    /// Nothing can be edited without a terminal.
    Unable,
    Same,
    /// It is no longer in its deck.
    Gone,
    /// It is this card now.
    Card(Box<Entry>, Box<CardSheet>),
}

/// What you can do at a prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum UserAction {
    Grade {
        grade: Grade,
        facts: AnswerFacts,
    },
    Answer {
        text: String,
        facts: AnswerFacts,
    },
    /// The competency behind the question.
    Spot(String),
    Hint,
    /// Skip the card in this session.
    Skip,
    Bury,
    Suspend,
    /// Undo the last thing this session recorded.
    Undo,
    Edit,
    Help,
    Quit,
}

/// What a program knows about an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct AnswerFacts {
    /// The numbers of the parts and points that were said.
    pub(crate) ticks: Option<Vec<u16>>,
    /// Spoken time in milliseconds.
    pub(crate) ms: Option<u64>,
}

/// The one thing a session wants done.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Request {
    /// Draw the next cards to ask.
    Draw,
    Fetch(Box<Entry>),
    Record {
        at: Instant,
        body: Body,
        /// The answer to keep, if one was typed.
        typed: Option<String>,
    },
    Edit(Box<Entry>),
    /// Open the editor for an answer to this prompt.
    Write(String),
    /// Read a line or an action.
    Read,
    Finish,
}

/// What a session wants shown.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Show {
    Greeting {
        /// Decks of the collection.
        decks: usize,
        /// Cards of the collection.
        cards: usize,
        /// Cards to ask now.
        now: usize,
        /// How many seconds they will probably take.
        seconds: u64,
        /// Whether nothing is recorded.
        cram: bool,
        answers: Answers,
    },
    Card(Asked),
    /// The competency behind the question is asked for.
    Spot(CardId),
    Spotted {
        card: CardId,
        right: bool,
        /// The competencies that the card shows.
        shows: Vec<String>,
    },
    /// What the listener sees while the card is answered.
    InHand {
        card: CardId,
        /// Parts and points in one numbering, each with how often in a row it was missed recently.
        items: Vec<(String, usize)>,
        /// What is otherwise shown after the answer.
        model: Model,
        followups: Vec<String>,
    },
    Help(Stage),
    Hint(Option<String>),
    /// The answer was given.
    Spoken {
        /// Milliseconds, or `None` after a long break.
        ms: Option<u64>,
        /// How many words were typed, if the time was estimated from them.
        words: Option<usize>,
        /// Seconds the card allows.
        limit: u32,
        /// Parts and points to tick in one numbering, each with how often in a row it was missed recently.
        items: Vec<(String, usize)>,
    },
    Model(Model),
    /// The stories that fit the card, the least told first.
    Stories(CardId, Vec<StoryRef>),
    /// The coach's review of a typed answer.
    Coached(CardId, coach::Feedback),
    /// A grade is asked for; this one is proposed.
    Proposal(Option<(Grade, ProposalReason)>),
    /// Everything that a program learns after a typed answer.
    Revealed {
        card: CardId,
        /// Parts and points in one numbering.
        items: Vec<String>,
        /// The model answer, or the right one.
        answer: Option<String>,
        note: Option<String>,
        source: Option<String>,
        proposed: Option<Grade>,
    },
    /// For each grade the day the card would be due after today, and today.
    Grades(Vec<(Grade, StudyDay)>, StudyDay),
    /// The input makes no sense at this stage.
    Unclear(Stage),
    /// A tick is not among the parts and points; there are so many.
    NoSuchItem(usize),
    /// A review is durable.
    Saved {
        card: CardId,
        grade: Grade,
        /// When it is due next, not counting today.
        due: Option<StudyDay>,
        /// Whether it is asked again today.
        again: bool,
        today: StudyDay,
    },
    /// A grade that is not recorded.
    Noted {
        grade: Grade,
        /// Whether the card is asked again.
        again: bool,
    },
    FollowUp {
        card: CardId,
        text: String,
    },
    Done(Outcome, CardId),
    NothingToUndo,
    /// Editing needs a terminal.
    NeedsTerminal(CardId),
    /// Something failed, for this reason.
    Trouble(String),
    /// The card is no longer in its deck.
    Gone(CardId),
    /// The minutes are over, with so many cards left.
    TimeIsUp(usize),
    Summary {
        /// Answers graded, repeats included.
        answered: usize,
        /// Cards asked and left to ask, repeats included.
        of: usize,
        spoken_ms: u64,
    },
}

/// What a card says after the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Model {
    /// What was typed, to compare it with the model answer.
    pub(crate) typed: Option<String>,
    /// Whether there is one right answer.
    pub(crate) fact: bool,
    /// The model answer, or the right one.
    pub(crate) answer: Option<String>,
    pub(crate) note: Option<String>,
    pub(crate) source: Option<String>,
}

/// A card as it is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) card: CardId,
    /// Its number in the session, from 1.
    pub(crate) nth: usize,
    pub(crate) of: usize,
    /// The name of its deck.
    pub(crate) deck: String,
    pub(crate) kind: &'static str,
    /// The prompt or one of its variants.
    pub(crate) prompt: String,
    /// How many of the items are parts; they come first.
    pub(crate) parts: usize,
    /// What can be ticked, in one numbering.
    pub(crate) items: Vec<String>,
    /// Seconds for the answer.
    pub(crate) limit: u32,
    /// How many cards come after it.
    pub(crate) left: usize,
}

/// What was done to a card besides grading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is not asked again in this session.
    Skipped,
    /// It is not asked again today.
    Buried,
    /// It is not asked until resumed.
    Suspended,
    /// The last thing recorded about it was undone.
    Undone,
}

/// Why a grade is proposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProposalReason {
    /// What was said, and nothing else.
    Said,
    /// Everything was said, over the time.
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
    /// It is the right answer to a fact.
    Exactly,
    /// It is another accepted answer to a fact.
    Accepted,
}
