//! One answer before the rules: its words, what was found in them, and which of that the speaker meant.

use std::ops::Range;

use super::phrases::Hits;
use super::text::Text;
use super::{Answer, Context, Genre};
use crate::diagnostic::Severity;

/// What a rule looks at.
pub(crate) struct Case<'a> {
    pub(crate) answer: &'a Answer<'a>,
    pub(crate) context: &'a Context<'a>,
    pub(crate) text: &'a Text<'a>,
    pub(crate) hits: &'a Hits<'a>,
    /// The parts and points that were ticked, as a text.
    pub(crate) said: &'a Text<'a>,
    pub(crate) said_hits: &'a Hits<'a>,
    /// Milliseconds the answer took, or is likely to take.
    pub(crate) ms: u64,
}

/// What a rule has to say.
pub(crate) struct Remark {
    /// The words it is about, as written.
    pub(crate) found: Vec<String>,
    pub(crate) message: String,
    /// The severity, where it is not the rule's.
    pub(crate) severity: Option<Severity>,
}

impl Remark {
    /// A remark on what is missing, or on the whole.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Remark { found: Vec::new(), message: message.into(), severity: None }
    }
}

/// How many words lie between a phrase that turns another into its opposite and that other, at most.
const NEAR: usize = 8;

impl<'a> Case<'a> {
    pub(crate) fn is(&self, genre: Genre) -> bool {
        self.context.genre == genre
    }

    /// How many words the answer has.
    pub(crate) fn words(&self) -> usize {
        self.text.words.len()
    }

    /// Whether the words of the answer, or of what was ticked, have a phrase of the group.
    pub(crate) fn any(&self, group: &str) -> bool {
        self.hits.any(group) || self.said_hits.any(group)
    }

    /// Whether every part and point there is was ticked.
    pub(crate) fn all_ticked(&self) -> bool {
        let items = self.context.card.map_or(0, |card| card.items().count());
        let Some(ticks) = self.answer.ticks.filter(|_| items > 0) else { return false };
        (1..=items).all(|n| ticks.iter().any(|&tick| usize::from(tick) == n))
    }

    /// Phrases of a group in the speaker's own words, each stretch of them once.
    pub(crate) fn own(&self, group: &str) -> Vec<Range<usize>> {
        apart(self.hits.of(group).iter().filter(|hit| !self.quoted(hit)).cloned().collect())
    }

    /// Phrases of a group that the speaker claims: neither quoted nor denied nor only supposed.
    pub(crate) fn meant(&self, group: &str) -> Vec<Range<usize>> {
        apart(self.hits.of(group).iter().filter(|hit| !self.quoted(hit) && !self.denied(hit)).cloned().collect())
    }

    fn quoted(&self, hit: &Range<usize>) -> bool {
        self.text.words[hit.start].quoted
    }

    fn denied(&self, hit: &Range<usize>) -> bool {
        self.before("negation", hit.start, 0)
            || self.before("distance", hit.start, NEAR)
            || self.before("condition", hit.start, NEAR)
    }

    /// Whether a phrase of the group ends at most so many words before a word, in the same clause.
    fn before(&self, group: &str, word: usize, reach: usize) -> bool {
        let hits = self.hits.of(group);
        let after = hits.partition_point(|hit| hit.start < word);
        let near = hits[..after].iter().rev().take_while(|hit| hit.start + reach + 2 * NEAR >= word);
        near.into_iter().any(|hit| hit.end <= word && word - hit.end <= reach && self.one_clause(hit.start, word))
    }

    /// Whether no comma or the like and no end of a sentence stands between two words.
    fn one_clause(&self, first: usize, last: usize) -> bool {
        let words = &self.text.words;
        words[first].sentence == words[last].sentence && words[first + 1..=last].iter().all(|word| !word.clause)
    }

    /// Whether any of these stretches touches the sentence of a word.
    pub(crate) fn in_sentence_of(&self, stretches: &[Range<usize>], word: usize) -> bool {
        let sentence = self.text.sentence(word);
        let after = stretches.partition_point(|stretch| stretch.start < sentence.start);
        stretches.get(after).is_some_and(|stretch| stretch.start < sentence.end)
    }

    /// Stretches of words as they are written.
    pub(crate) fn quotes(&self, stretches: &[Range<usize>]) -> Vec<String> {
        stretches.iter().map(|words| self.text.quote(words.clone()).to_owned()).collect()
    }

    /// A remark that begins with the words it is about; `None` without any.
    pub(crate) fn remark(&self, stretches: &[Range<usize>], advice: &str) -> Option<Remark> {
        let found = self.quotes(stretches);
        let message = format!("{}: {advice}", quoted(&found)?);
        Some(Remark { found, message, severity: None })
    }
}

/// The first few of some words, each different one once, on one line in quotation marks; `None` of none.
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

/// Stretches in order, of those that overlap the first and longest.
pub(crate) fn apart(mut stretches: Vec<Range<usize>>) -> Vec<Range<usize>> {
    stretches.sort_unstable_by_key(|words| (words.start, std::cmp::Reverse(words.end)));
    let mut end = 0;
    stretches.retain(|words| {
        let new = words.start >= end;
        end = if new { words.end } else { end };
        new
    });
    stretches
}
