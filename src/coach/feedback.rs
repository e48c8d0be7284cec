//! What the coach says about an answer.

use serde::{Serialize, Serializer};

use super::answer::Answer;
use crate::deck::Card;
use crate::diagnostic::Severity;
use crate::schedule::{self, Attempt, Grade};
use crate::text::whole_seconds;

/// The most findings for one answer: nobody would read more.
pub const MOST: usize = 5;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub rule: &'static str,
    /// How much it matters: `Error` is the coach's `fail`.
    #[serde(serialize_with = "serialize_word")]
    pub severity: Severity,
    /// The words it is about, as written in the answer; empty if something is missing.
    pub found: Vec<String>,
    pub message: String,
    /// Whether it caps the grade.
    #[serde(skip)]
    pub caps: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feedback {
    /// At most [`MOST`] findings, the most severe first.
    pub findings: Vec<Finding>,
    pub words: usize,
    /// The spoken time in milliseconds; an estimate if it was not measured.
    pub(crate) ms: u64,
    /// What the rules looked for, in the order of the table.
    pub(crate) checked: Vec<&'static str>,
}

/// Returns the coach's word for a severity.
pub fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "fail",
        Severity::Warning => "warn",
        Severity::Info => "info",
    }
}

impl Feedback {
    pub fn seconds(&self) -> u64 {
        whole_seconds(self.ms)
    }

    /// Returns the highest severity of the findings that cap the grade.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().filter(|finding| finding.caps).map(|finding| finding.severity).min()
    }

    /// Returns the grade that ticks, time, and findings suggest. If nothing was ticked, it is the highest grade that time
    /// and findings allow, or `None` if they allow every grade. An empty answer is a 0.
    pub fn grade(&self, answer: &Answer<'_>, card: Option<&Card>) -> Option<Grade> {
        if self.words == 0 {
            return Grade::new(0);
        }
        let attempt = Attempt {
            parts: card.map_or(0, |card| card.parts.len()),
            points: card.map_or(0, |card| card.points.len()),
            ticks: answer.ticks.unwrap_or_default(),
            ms: Some(self.ms),
            limit: card.map_or(u32::MAX, |card| card.limit),
            hint: answer.hint,
            finding: self.worst(),
        };
        match answer.ticks {
            Some(_) => schedule::proposed_grade(&attempt),
            None => schedule::proposed_grade(&Attempt { parts: 0, points: 1, ticks: &[1], ..attempt })
                .filter(|grade| grade.get() < 5),
        }
    }
}

fn serialize_word<S: Serializer>(severity: &Severity, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(word(*severity))
}
