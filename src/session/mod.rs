//! The daily session: a machine of values, and its three thin drivers.
//!
//! [`Session::step`] takes an input (a line, an action, what the store answered) and the instant it came, and gives
//! outputs: things to show, and at most one thing to do, the last of them. It reads nothing, writes nothing and does not
//! know the time, so a whole session is a table of inputs and outputs. Here is what goes in and out; `machine` is the
//! machine, `round` its cards, `turn` the one being asked, `typed` what a typed line means, `drive` does what the machine
//! asks for, `spot` knows a competency by its name, `text` and `jsonl` are its faces.
//!
//! Not here: which cards are due, and how a review is kept.

mod run;
mod json_lines;
mod machine;
mod progress;
mod competency;
mod wording;
mod attempt;
mod input;

use crate::clock::{Instant, StudyDay};
use crate::coach::{self, Runs};
use crate::collection::Coaching;
use crate::deck::{Card, CardId, Interview, Kind};
use crate::entry::Entry;
use crate::history::{Body, CardState, EventId};
use crate::schedule::Grade;
use crate::settings::Rules;
use crate::stories::StoryRef;
pub(crate) use run::{BATCH, Desk, End, Face, run};
pub(crate) use json_lines::{Jsonl, saved};
pub(crate) use machine::Session;
pub(crate) use wording::{Paint, Pipe, Terminal};
pub(crate) use attempt::propose;

/// What a session is made of.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    /// The first cards to ask, in order.
    pub(crate) first: Vec<Entry>,
    /// How many come after them; the session asks for them when it needs them.
    pub(crate) more: usize,
    /// Seconds all of it is likely to take.
    pub(crate) seconds: u64,
    /// How many decks and cards the collection has.
    pub(crate) sizes: (usize, usize),
    /// What states are folded with.
    pub(crate) rules: Rules,
    /// Leave the schedule untouched: nothing is recorded.
    pub(crate) cram: bool,
    /// Ask no further card once this many minutes have passed.
    pub(crate) minutes: Option<u32>,
    /// What fills `{company}`, `{role}` and `{interviewer}`.
    pub(crate) names: Names,
    /// How answers are given.
    pub(crate) answers: Answers,
    /// Words spoken in a minute: how long a typed answer takes aloud.
    pub(crate) wpm: u32,
    /// Whether the competency behind a question is to be named before it is answered.
    pub(crate) spot: bool,
    /// Competencies that are known besides those of a card: what stands for one of them, too, is not clear.
    pub(crate) competencies: Vec<String>,
    /// What the coach knows; it hears every typed answer but a fact.
    pub(crate) coach: Coaching,
    /// Whether a person sits there, and a follow-up waits until they have answered it.
    pub(crate) attended: bool,
}

/// How answers are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answers {
    Aloud,
    /// Typed on one line.
    Line,
    /// Typed on lines that end with an empty one; a fact still on one.
    Lines,
    Editor,
    /// Aloud, to a listener who holds the sheet and ticks.
    Partner,
}

impl Answers {
    /// Where in a card of a kind the session is when it is asked.
    fn stage(self, kind: Kind) -> Stage {
        match self {
            Answers::Aloud => Stage::Speaking,
            Answers::Line => Stage::Typing { lines: false },
            Answers::Lines => Stage::Typing { lines: kind != Kind::Fact },
            Answers::Editor => Stage::Writing,
            Answers::Partner => Stage::Listening,
        }
    }
}

/// What the next interview fills into prompts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    pub(crate) company: Option<String>,
    pub(crate) role: Option<String>,
    pub(crate) interviewer: Option<String>,
}

impl Names {
    /// The names that an interview gives, and its first interviewer.
    pub(crate) fn of(next: Option<(Interview, Option<String>)>) -> Self {
        let names = |(next, interviewer): (Interview, _)| Names { company: next.company, role: next.role, interviewer };
        next.map(names).unwrap_or_default()
    }

    /// A text with the names filled in.
    pub(crate) fn fill(&self, text: &str) -> String {
        crate::deck::fill(text, self.company.as_deref(), self.role.as_deref(), self.interviewer.as_deref())
    }
}

/// A card as it is asked: from its file, with what the log says.
#[derive(Debug, Clone)]
pub(crate) struct Sheet {
    pub(crate) card: Card,
    /// The name of its deck.
    pub(crate) deck: String,
    /// For each part and point, in how many of the last reviews in a row it was missed.
    pub(crate) missed: Vec<usize>,
    /// The stories that fit it, the least told first.
    pub(crate) tales: Vec<StoryRef>,
    /// The last answer that was typed.
    pub(crate) before: Option<Runs>,
}

/// What comes to a session.
#[derive(Debug, Clone)]
pub(crate) enum Input {
    Start,
    /// A line that was typed.
    Line(String),
    /// A word said by a program instead of a person.
    Action(Action),
    /// No more input will come.
    End,
    /// The next cards to ask; none if there are no more.
    Drawn(Vec<Entry>),
    /// The card that was fetched; `None` if it is no longer in its deck.
    Fetched(Option<Box<Sheet>>),
    /// What was recorded, and the state of the card as it is now.
    Recorded(EventId, Option<CardState>),
    /// What became of the card that was edited.
    Edited(Change),
    /// What was written in the editor, or why nothing was.
    Written(Result<String, String>),
}

/// What became of a card that was to be edited.
#[derive(Debug, Clone)]
pub enum Change {
    /// Here nothing can be edited.
    Unable,
    /// It is as it was.
    Same,
    /// It is no longer in its deck.
    Gone,
    /// It is this card now.
    Card(Box<Entry>, Box<Sheet>),
}

/// What can be done at a prompt, besides answering.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Action {
    /// A grade, with the numbers said and the spoken time in milliseconds where they are known.
    Grade {
        grade: Grade,
        ticks: Option<Vec<u16>>,
        ms: Option<u64>,
    },
    /// An answer that was typed, with the numbers said and the spoken time in milliseconds where they are known.
    Answer {
        text: String,
        ticks: Option<Vec<u16>>,
        ms: Option<u64>,
    },
    /// The competency behind the question.
    Spot(String),
    Hint,
    /// Not in this session.
    Skip,
    Bury,
    Suspend,
    /// Take back the last thing this session recorded.
    Undo,
    Edit,
    /// Say what can be typed.
    Help,
    Quit,
}

/// What a session wants shown or done.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Output {
    /// How much there is.
    Greeting {
        /// Decks of the collection.
        decks: usize,
        /// Cards of the collection.
        cards: usize,
        /// Cards to ask now.
        now: usize,
        /// How long they are likely to take.
        seconds: u64,
        /// Whether nothing is recorded.
        cram: bool,
        /// How answers are given.
        answers: Answers,
    },
    /// A card is asked.
    Card(Asked),
    /// The competency behind the question is to be named first.
    Spot(CardId),
    /// It was named, or was not.
    Spotted {
        card: CardId,
        right: bool,
        /// What the card shows.
        shows: Vec<String>,
    },
    /// What the listener holds in hand while the card is answered.
    InHand {
        card: CardId,
        /// Parts and points in one numbering, each with how often in a row it was missed lately.
        items: Vec<(String, usize)>,
        /// What is otherwise shown after the answer.
        model: Model,
        /// What they may ask on.
        followups: Vec<String>,
    },
    /// What can be typed here.
    Help(Stage),
    /// The hint, if there is one.
    Hint(Option<String>),
    /// The answer was given: the time it took, of how much, and what there is to tick.
    Spoken {
        /// Milliseconds, or `None` after a coffee break.
        ms: Option<u64>,
        /// How many words were typed, if that is what the time was told by.
        words: Option<usize>,
        /// Seconds the card allows.
        limit: u32,
        /// Parts and points in one numbering, each with how often in a row it was missed lately.
        items: Vec<(String, usize)>,
    },
    /// What the card says after the answer.
    Model(Model),
    /// The stories that fit the card, the least told first.
    Tales(CardId, Vec<StoryRef>),
    /// What the coach has to say of a typed answer to a card.
    Coached(CardId, coach::Feedback),
    /// A grade is wanted; this one is proposed, and why.
    Proposal(Option<(Grade, Because)>),
    /// The same for a program that gave a typed answer: all that is only shown after it.
    Revealed {
        card: CardId,
        /// Parts and points in one numbering.
        items: Vec<String>,
        /// The model answer, or the right one.
        answer: Option<String>,
        note: Option<String>,
        /// Where it comes from.
        source: Option<String>,
        proposed: Option<Grade>,
    },
    /// What each grade would do: the day the card would be due after today, and today.
    Grades(Vec<(Grade, StudyDay)>, StudyDay),
    /// What was typed makes no sense here.
    Unclear(Stage),
    /// A number was ticked that is not among the parts and points; there are so many.
    NoSuchItem(usize),
    /// A review is safe.
    Saved {
        card: CardId,
        grade: Grade,
        /// When it is due next, not counting today.
        due: Option<StudyDay>,
        /// Whether it comes again today.
        again: bool,
        today: StudyDay,
    },
    /// A grade was noted and not recorded.
    Noted {
        grade: Grade,
        /// Whether it comes again.
        again: bool,
    },
    /// The answer was good, and the interviewer asks on.
    FollowUp {
        card: CardId,
        text: String,
    },
    /// Something else was done to a card.
    Done(Did, CardId),
    /// Nothing in this session can be taken back.
    NothingToUndo,
    /// Here nothing can be edited.
    NeedsTerminal(CardId),
    /// What was asked for could not be done, and why.
    Trouble(String),
    /// The card is no longer in its deck.
    Gone(CardId),
    /// The minutes are over, and so many cards were not asked.
    TimeIsUp(usize),
    Summary {
        /// Answers graded, repeats included.
        answered: usize,
        /// Cards asked and still to ask, repeats included.
        of: usize,
        /// Spoken time in milliseconds.
        spoken_ms: u64,
    },
    /// Do: draw the next cards to ask.
    Draw,
    /// Do: fetch this card.
    Fetch(Box<Entry>),
    /// Do: record this, and keep the answer that was typed, if one was.
    Record(Instant, Body, Option<String>),
    /// Do: let this card be edited.
    Edit(Box<Entry>),
    /// Do: let an answer to this be written in the editor.
    Write(String),
    /// Do: read a line, or an action.
    Read,
    Finish,
}

/// What a card says after the answer: a model answer, a note, a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Model {
    /// What was typed, to be seen beside the model answer.
    pub(crate) typed: Option<String>,
    /// Whether there is one right answer.
    pub(crate) fact: bool,
    /// The model answer, or the right one.
    pub(crate) answer: Option<String>,
    pub(crate) note: Option<String>,
    /// Where it comes from.
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
    /// Its kind, as a word.
    pub(crate) kind: &'static str,
    /// What is asked, this time.
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

/// Where in a card the session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The competency behind the question is to be named.
    Spotting,
    /// The answer is being spoken.
    Speaking,
    /// The answer is being typed.
    Typing {
        /// On lines that end with an empty one.
        lines: bool,
    },
    /// The answer is to be written in the editor.
    Writing,
    /// The answer is being spoken to a listener, who ticks parts and points.
    Listening,
    /// Parts and points are to be ticked.
    Ticking,
    /// A grade is wanted.
    Grading,
    /// The card is graded, and a follow-up is being answered.
    FollowUp,
}

impl Stage {
    /// Whether the answer is still to be given.
    fn is_open(self) -> bool {
        matches!(self, Stage::Spotting | Stage::Speaking | Stage::Typing { .. } | Stage::Writing | Stage::Listening)
    }
}

/// What was done to a card besides grading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Did {
    /// It is not asked again in this session.
    Skipped,
    /// It is not asked again today.
    Buried,
    /// It is not asked until resumed.
    Suspended,
    /// What was done to it last was taken back.
    Undone,
}

/// Why a grade is proposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Because {
    /// By what was said, and nothing else.
    Said,
    /// Everything was said, over the time.
    OverTime,
    /// Everything was said, but it took more than half as long again as allowed.
    FarOverTime,
    /// The coach found a fault that caps it.
    Soured,
    /// Everything was said, and the coach found something to ask.
    Questioned,
    Hinted,
    /// This many parts of the question were not answered.
    Parts(usize),
    /// It is the right answer of a fact.
    Exactly,
    /// It is another answer that counts.
    Accepted,
}
