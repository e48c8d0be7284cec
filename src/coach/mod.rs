//! The coach: what is found in an answer that was typed, and what is not. It asks, it never judges.
//!
//! [`review`] takes an [`Answer`] and its [`Context`] and gives at most five [`Finding`]s. `rules` is the table of rules;
//! `length`, `story`, `tone`, `substance` and `names` hold their functions. `text` cuts an answer into words and sentences,
//! `phrases` finds the phrases that are written in `phrases/*.txt`. Rules that look for phrases know English only.
//!
//! Not here: reading answers and decks, recording a grade, and showing findings.

mod case;
mod length;
mod names;
mod phrases;
mod rules;
mod runs;
mod story;
mod substance;
mod text;
mod tone;

use serde::Serialize;

use crate::deck::{Card, Heard, Interview, Interviewer, Kind, WPM, aloud};
use crate::diagnostic::Severity;
use crate::schedule::{self, Attempt, Grade};
use crate::text::whole_seconds;
use case::{Case, Remark};
pub use phrases::Phrases;
pub use rules::{Example, RULES, Rule, rule};
pub use runs::Runs;
use text::Text;

/// Most findings of one answer: more would not be read.
pub const MOST: usize = 5;

/// Most words that a finding quotes.
const MOST_QUOTES: usize = 5;

/// What sort of text is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Genre {
    /// An answer to a card of kind `open`, or to no card.
    Open,
    Story,
    Motive,
    Weakness,
    Plan,
    Ask,
    /// Of kind `fact`: it is right or wrong, and no rule is about it.
    Fact,
    Note,
}

impl Genre {
    /// The word for it: the kind of the card, or `note`.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Genre::Open => Kind::Open.word(),
            Genre::Story => Kind::Story.word(),
            Genre::Motive => Kind::Motive.word(),
            Genre::Weakness => Kind::Weakness.word(),
            Genre::Plan => Kind::Plan.word(),
            Genre::Ask => Kind::Ask.word(),
            Genre::Fact => Kind::Fact.word(),
            Genre::Note => "note",
        }
    }
}

impl From<Kind> for Genre {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Open => Genre::Open,
            Kind::Story => Genre::Story,
            Kind::Motive => Genre::Motive,
            Kind::Weakness => Genre::Weakness,
            Kind::Plan => Genre::Plan,
            Kind::Ask => Genre::Ask,
            Kind::Fact => Genre::Fact,
        }
    }
}

/// An answer as it was given.
#[derive(Debug, Clone, Copy, Default)]
pub struct Answer<'a> {
    pub text: &'a str,
    /// Spoken time in milliseconds, if it was measured.
    pub ms: Option<u64>,
    /// The numbers of the parts and points that were said, from 1; `None` where nothing was ticked.
    pub ticks: Option<&'a [u16]>,
    /// Whether a hint was asked for.
    pub hint: bool,
    /// The last answer to the same card.
    pub before: Option<&'a Runs>,
}

/// What an answer is an answer to.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// What sort of text it is.
    pub genre: Genre,
    /// The card, if there is one.
    pub card: Option<&'a Card>,
    /// The interview it is rehearsed for.
    pub interview: Option<&'a Interview>,
    /// People met; a note should spell their names right.
    pub interviewers: &'a [Interviewer],
    pub heard: &'a [Heard],
    /// Rules switched off, besides those that the card switches off.
    pub off: &'a [String],
    /// What the rules look for.
    pub phrases: &'a Phrases,
}

/// One thing found, or not found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub rule: &'static str,
    /// How much it matters: `Error` is the coach's `fail`.
    pub severity: Severity,
    /// The words it is about, as they stand in the answer; empty where it is about what is missing.
    pub found: Vec<String>,
    /// What to say of it.
    pub message: String,
}

/// What the coach says of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// At most [`MOST`] findings, the gravest first.
    pub findings: Vec<Finding>,
    /// How many words the answer has.
    pub words: usize,
    /// How long it took in milliseconds, or is likely to take aloud.
    pub(crate) ms: u64,
}

/// The coach's word for a severity.
pub fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "fail",
        Severity::Warning => "warn",
        Severity::Info => "info",
    }
}

/// Reviews an answer: the findings of every rule that is about this genre and is not switched off; what is in the answer
/// before what is not, in the order of the table.
pub fn review(answer: &Answer<'_>, context: &Context<'_>) -> Review {
    let text = Text::new(answer.text, context.phrases);
    let hits = context.phrases.find(&text);
    let said = ticked(answer, context.card);
    let said = Text::new(&said, context.phrases);
    let said_hits = context.phrases.find(&said);
    let wpm = context.interview.map_or(WPM, |interview| interview.wpm);
    let ms = measured(answer, context.card).unwrap_or_else(|| aloud(text.words.len(), wpm));
    let case = Case { answer, context, text: &text, hits: &hits, said: &said, said_hits: &said_hits, ms };
    let mut findings: Vec<Finding> = RULES
        .iter()
        .filter(|rule| rule.applies(&case))
        .filter_map(|rule| finding(rule, (rule.check)(&case)?))
        .collect();
    findings.sort_by_key(|finding| (finding.severity, finding.found.is_empty()));
    findings.truncate(MOST);
    Review { findings, words: text.words.len(), ms }
}

fn finding(rule: &Rule, remark: Remark) -> Option<Finding> {
    let Remark { mut found, message, severity } = remark;
    let mut seen: Vec<String> = Vec::new();
    found.retain(|quote| {
        let folded = quote.to_lowercase();
        let new = seen.len() < MOST_QUOTES && !seen.contains(&folded);
        seen.extend(new.then_some(folded));
        new
    });
    Some(Finding { rule: rule.id, severity: severity.unwrap_or(rule.severity), found, message })
}

/// The texts of the parts and points that were ticked, a line each.
fn ticked(answer: &Answer<'_>, card: Option<&Card>) -> String {
    let (Some(ticks), Some(card)) = (answer.ticks, card) else { return String::new() };
    let items = card.parts.iter().chain(&card.points).enumerate();
    let said = items.filter(|(n, _)| ticks.iter().any(|&tick| usize::from(tick) == n + 1));
    said.map(|(_, item)| format!("{}.\n\n{}.\n\n", item.text, item.any.join(".\n\n"))).collect()
}

/// The spoken time, unless it was a coffee break.
fn measured(answer: &Answer<'_>, card: Option<&Card>) -> Option<u64> {
    let ms = answer.ms?;
    card.map_or(Some(ms), |card| schedule::spoken(ms, card.limit))
}

impl Review {
    /// The time in whole seconds, to the nearest.
    pub fn seconds(&self) -> u64 {
        whole_seconds(self.ms)
    }

    /// The gravest of the findings.
    pub fn gravest(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).min()
    }

    /// The grade the answer earns by its ticks, its time and the findings. Where nothing was ticked it is the highest that
    /// these leave to it, or none if they leave every grade.
    pub fn grade(&self, answer: &Answer<'_>, card: Option<&Card>) -> Option<Grade> {
        let attempt = Attempt {
            parts: card.map_or(0, |card| card.parts.len()),
            points: card.map_or(0, |card| card.points.len()),
            ticks: answer.ticks.unwrap_or_default(),
            ms: Some(self.ms),
            limit: card.map_or(u32::MAX, |card| card.limit),
            hint: answer.hint,
            finding: self.gravest(),
        };
        match answer.ticks {
            Some(_) => schedule::proposed(&attempt),
            None => schedule::proposed(&Attempt { parts: 0, points: 1, ticks: &[1], ..attempt })
                .filter(|grade| grade.get() < 5),
        }
    }
}

impl Serialize for Finding {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct as _;
        let mut row = serializer.serialize_struct("Finding", 4)?;
        row.serialize_field("rule", self.rule)?;
        row.serialize_field("severity", word(self.severity))?;
        row.serialize_field("found", &self.found)?;
        row.serialize_field("message", &self.message)?;
        row.end()
    }
}
