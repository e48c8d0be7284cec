//! An answer as the rules see it: its words, the phrases found in them, and which of those the speaker meant.

use std::ops::Range;

use super::answer::{Answer, AnswerContext, TextKind};
use super::phrases::Hits;
use super::tokens::Tokens;
use crate::deck::Kind;
use crate::diagnostic::Severity;

pub(crate) struct Case<'a> {
    pub(crate) answer: &'a Answer<'a>,
    pub(crate) context: &'a AnswerContext<'a>,
    pub(crate) text: &'a Tokens<'a>,
    pub(crate) hits: &'a Hits<'a>,
    /// The parts and points that were ticked, as a text.
    pub(crate) ticked: &'a Tokens<'a>,
    pub(crate) ticked_hits: &'a Hits<'a>,
    pub(crate) ms: u64,
}

pub(crate) struct Remark {
    pub(crate) found: Vec<String>,
    pub(crate) message: String,
    /// The severity, if it differs from the rule's.
    pub(crate) severity: Option<Severity>,
}

impl Remark {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Remark { found: Vec::new(), message: message.into(), severity: None }
    }
}

pub(crate) fn missing(found: bool, question: &str) -> Option<Remark> {
    (!found).then(|| Remark::new(question))
}

/// The most words between a phrase and one before it that reverses its meaning.
const NEAR: usize = 8;

impl<'a> Case<'a> {
    pub(crate) fn is(&self, kind: Kind) -> bool {
        self.context.kind == TextKind::Answer(kind)
    }

    pub(crate) fn word_count(&self) -> usize {
        self.text.words.len()
    }

    /// Whether the answer, or what was ticked, has a phrase of the group.
    pub(crate) fn any(&self, group: &str) -> bool {
        self.hits.any(group) || self.ticked_hits.any(group)
    }

    pub(crate) fn all_ticked(&self) -> bool {
        let items = self.context.card.map_or(0, |card| card.items().count());
        let Some(ticks) = self.answer.ticks.filter(|_| items > 0) else { return false };
        (1..=items).all(|n| ticks.iter().any(|&tick| usize::from(tick) == n))
    }

    /// Returns the phrases of a group that are not quoted, without overlaps.
    pub(crate) fn own(&self, group: &str) -> Vec<Range<usize>> {
        without_overlaps(self.hits.group(group).iter().filter(|hit| !self.quoted(hit)).cloned().collect())
    }

    /// Returns the phrases of a group that the speaker claims: neither quoted, nor denied, nor only supposed.
    pub(crate) fn meant(&self, group: &str) -> Vec<Range<usize>> {
        without_overlaps(
            self.hits.group(group).iter().filter(|hit| !self.quoted(hit) && !self.denied(hit)).cloned().collect(),
        )
    }

    fn quoted(&self, hit: &Range<usize>) -> bool {
        self.text.words[hit.start].quoted
    }

    fn denied(&self, hit: &Range<usize>) -> bool {
        self.before("negation", hit.start, 0)
            || self.before("distance", hit.start, NEAR)
            || self.before("condition", hit.start, NEAR)
    }

    /// Whether a phrase of the group ends at most `reach` words before a word, in the same clause.
    fn before(&self, group: &str, word: usize, reach: usize) -> bool {
        let hits = self.hits.group(group);
        let after = hits.partition_point(|hit| hit.start < word);
        let near = hits[..after].iter().rev().take_while(|hit| hit.start + reach + 2 * NEAR >= word);
        near.into_iter().any(|hit| hit.end <= word && word - hit.end <= reach && self.one_clause(hit.start, word))
    }

    fn one_clause(&self, first: usize, last: usize) -> bool {
        let words = &self.text.words;
        words[first].sentence == words[last].sentence && words[first + 1..=last].iter().all(|word| !word.clause)
    }

    pub(crate) fn in_sentence_of(&self, spans: &[Range<usize>], word: usize) -> bool {
        let sentence = self.text.sentence(word);
        let after = spans.partition_point(|span| span.start < sentence.start);
        spans.get(after).is_some_and(|span| span.start < sentence.end)
    }

    pub(crate) fn quotes(&self, spans: &[Range<usize>]) -> Vec<String> {
        spans.iter().map(|words| self.text.quote(words.clone()).to_owned()).collect()
    }

    /// Makes a remark that begins with the words it is about; `None` if there are none.
    pub(crate) fn remark(&self, spans: &[Range<usize>], advice: &str) -> Option<Remark> {
        let found = self.quotes(spans);
        let message = format!("{}: {advice}", quoted(&found)?);
        Some(Remark { found, message, severity: None })
    }
}

/// Returns the first few different quotes, in quotation marks on one line; `None` if there are none.
pub(crate) fn quoted(found: &[String]) -> Option<String> {
    const FEW: usize = 3;
    let mut few: Vec<String> = Vec::new();
    for quote in found.iter().map(|quote| quote.split_whitespace().collect::<Vec<_>>().join(" ")) {
        if few.len() < FEW && !few.iter().any(|known| known.to_lowercase() == quote.to_lowercase()) {
            few.push(quote);
        }
    }
    let few: Vec<String> = few.iter().map(|quote| format!("\"{quote}\"")).collect();
    (!few.is_empty()).then(|| few.join(", "))
}

/// Sorts spans; of those that overlap, keeps the first and longest.
pub(crate) fn without_overlaps(mut spans: Vec<Range<usize>>) -> Vec<Range<usize>> {
    spans.sort_unstable_by_key(|words| (words.start, std::cmp::Reverse(words.end)));
    let mut end = 0;
    spans.retain(|words| {
        let new = words.start >= end;
        end = if new { words.end } else { end };
        new
    });
    spans
}
