//! The coach: what it finds in a typed answer, and what it misses there. It asks questions and does not judge.
//!
//! [`review`] takes an [`Answer`] and its [`AnswerContext`] and returns [`Feedback`]. Rules that look for phrases know English
//! only. The phrases are in `phrases/*.txt`, the cases of each rule in `cases/*.txt`.
//!
//! - `tokens`: a text as words and sentences, and numbers for words
//! - `units`: words as phrases compare them
//! - `runs`: what two answers have in common
//! - `phrases`: the phrases of the rules, and where they are in a text
//! - `answer`: an answer and its context
//! - `feedback`: findings
//! - `case`: an answer as the rules see it
//! - `substance`, `story`, `spelling`, `length`, `tone`: the functions of the rules
//! - `rules`: the table of rules
//!
//! Not here: reading answers and decks, recording a grade, and showing findings.

mod tokens;
mod units;
mod runs;
mod phrases;
mod answer;
mod feedback;
mod case;
mod substance;
mod story;
mod spelling;
mod length;
mod tone;
mod rules;

use crate::deck::{Card, WPM, speaking_ms};
use crate::diagnostic::{Diagnostic, Source};
use crate::schedule;
pub(crate) use answer::Coaching;
pub use answer::{Answer, AnswerContext, TextKind};
use case::{Case, Remark};
pub use feedback::{Feedback, Finding, MOST, word};
pub use phrases::Phrases;
pub use rules::{RULES, Rule, rule};
pub use runs::Runs;

const MOST_QUOTES: usize = 5;

/// Reviews an answer: returns the findings of every rule that applies to it and is not switched off. The most severe come
/// first; then what is in the answer before what is missing; then the order of the table.
pub fn review(answer: &Answer<'_>, context: &AnswerContext<'_>) -> Feedback {
    let text = context.phrases.tokens(answer.text);
    let hits = context.phrases.find(&text);
    let ticked = ticked(answer, context.card);
    let ticked = context.phrases.tokens(&ticked);
    let ticked_hits = context.phrases.find(&ticked);
    let wpm = context.interview.map_or(WPM, |interview| interview.wpm);
    let ms = measured(answer, context.card).unwrap_or_else(|| speaking_ms(text.words.len(), wpm));
    let case = Case { answer, context, text: &text, hits: &hits, ticked: &ticked, ticked_hits: &ticked_hits, ms };
    let mut findings: Vec<Finding> = RULES
        .iter()
        .filter(|rule| rule.applies(&case))
        .filter_map(|rule| Some(finding(rule, (rule.check)(&case)?)))
        .collect();
    without_doubles(&mut findings);
    findings.sort_by_key(|finding| (finding.severity, !finding.caps, finding.found.is_empty()));
    findings.truncate(MOST);
    let checked = RULES.iter().filter(|rule| rule.applies(&case)).map(|rule| rule.looks_for).collect();
    Feedback { findings, words: text.words.len(), ms, checked }
}

/// Two rules that can find the same gap: the second says nothing beside the first.
const SAME_GAP: [(&str, &str); 3] = [
    ("scale-unquantified", "no-numbers"),
    ("part-missing", "plan-phase-missing"),
    ("not-a-question", "no-concerns-question"),
];

/// Rules that can hear the same words as `blame` does.
const SAME_WORDS: [&str; 2] = ["escape-from", "assumes-known"];

/// Drops a finding whose gap, or whose every quote, an earlier one has already.
fn without_doubles(findings: &mut Vec<Finding>) {
    for (first, second) in SAME_GAP {
        if findings.iter().any(|finding| finding.rule == first) {
            findings.retain(|finding| finding.rule != second);
        }
    }
    let Some(blame) = findings.iter().find(|finding| finding.rule == "blame") else { return };
    let blamed = blame.found.clone();
    let heard = |quote: &String| blamed.iter().any(|said| said.contains(quote.as_str()));
    findings.retain(|finding| !SAME_WORDS.contains(&finding.rule) || !finding.found.iter().all(heard));
}

fn finding(rule: &Rule, remark: Remark) -> Finding {
    let Remark { mut found, message, severity } = remark;
    let mut seen: Vec<String> = Vec::new();
    found.retain(|quote| {
        let folded = quote.to_lowercase();
        let new = seen.len() < MOST_QUOTES && !seen.contains(&folded);
        seen.extend(new.then_some(folded));
        new
    });
    Finding { rule: rule.id, severity: severity.unwrap_or(rule.severity), found, message, caps: rule.caps }
}

/// Returns the parts and points that were ticked as a text, each in its own paragraph.
fn ticked(answer: &Answer<'_>, card: Option<&Card>) -> String {
    let (Some(ticks), Some(card)) = (answer.ticks, card) else { return String::new() };
    let items = card.parts.iter().chain(&card.points).enumerate();
    let ticked = items.filter(|(n, _)| ticks.iter().any(|&tick| usize::from(tick) == n + 1));
    ticked.map(|(_, item)| format!("{}.\n\n{}.\n\n", item.text, item.any.join(".\n\n"))).collect()
}

/// Returns the spoken time, unless it was a coffee break.
fn measured(answer: &Answer<'_>, card: Option<&Card>) -> Option<u64> {
    let ms = answer.ms?;
    card.map_or(Some(ms), |card| schedule::plausible_time(ms, card.limit))
}

pub(crate) fn phrases_with_own(files: &[Source]) -> (Phrases, Vec<Diagnostic>) {
    Phrases::with_own(files, &|name| rule(name).is_some())
}
