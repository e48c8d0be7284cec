//! What a deck file says, as the index keeps it. Made where files are read and parsed, of which many are at a time; the one
//! who writes to the database is handed nothing that it only would have to free.

use super::edits::Seen;
use super::stamp::Stamp;
use crate::deck::{Card, CardId, ContentDigest, Deck, Kind, Story};
use crate::diagnostic::{Diagnostic, Severity, Span};
use crate::grammar::Reference;

/// A deck file that was read.
#[derive(Debug)]
pub struct Read {
    /// Path relative to the collection.
    pub(super) path: String,
    /// What it was when it was read; unknown if it must be read again next time.
    pub(super) stamp: Stamp,
    /// BLAKE3 of its bytes; empty if they were not read.
    pub(super) hash: Vec<u8>,
    pub(super) title: String,
    pub(super) is_deck: bool,
    /// The text of its `[deck]`.
    pub(super) head: String,
    /// What is wrong with it, as JSON, if anything is.
    pub(super) findings: Option<String>,
    /// Whether it may say more than was read of it: it has an error, or was not read at all.
    pub(super) faulty: bool,
    /// Its cards in their order.
    pub(super) cards: Vec<Said>,
    pub(super) named: Named,
    /// The interview it is about, as JSON, and the first interviewer's name.
    pub(super) interview: Option<(String, Option<String>)>,
}

/// What a file names, and the stories it tells.
#[derive(Debug)]
pub(super) struct Named {
    /// Id, title and what each story shows, as JSON.
    pub(super) stories: Vec<(CardId, String, String)>,
    /// A story for each time one was told.
    pub(super) told: Vec<String>,
    pub(super) mentions: Vec<Reference>,
}

/// What a row says of a card by its file alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) id: CardId,
    pub(super) written: bool,
    pub(super) line: usize,
    pub(super) block: Span,
    pub(super) kind: usize,
    pub(super) limit: u32,
    pub(super) prompt: String,
    /// As JSON, if there are any.
    pub(super) tags: Option<String>,
    pub(super) rounds: Option<String>,
    pub(super) variants: usize,
    pub(super) suspended: bool,
    pub(super) rest: ContentDigest,
}

impl Read {
    /// What the index keeps of a file: its path relative to the collection, what it was when it was read (unknown if it
    /// must be read again next time), BLAKE3 of its bytes (empty if they were not read), what it says, and what is wrong
    /// with it.
    pub(crate) fn new(path: String, stamp: Stamp, hash: Vec<u8>, deck: Deck, findings: &[Diagnostic]) -> Self {
        let interview = deck.interview.as_ref().map(|interview| {
            let name = deck.interviewers.first().map(|person| person.name.clone());
            (serde_json::json!(interview).to_string(), name)
        });
        let story = |Story { id, title, shows, .. }| (id, title, serde_json::json!(shows).to_string());
        Read {
            title: deck.name(&path).to_owned(),
            faulty: hash.is_empty() || findings.iter().any(|finding| finding.severity == Severity::Error),
            findings: (!findings.is_empty()).then(|| serde_json::json!(findings).to_string()),
            cards: deck.cards.into_iter().map(Said::by).collect(),
            named: Named {
                stories: deck.stories.into_iter().map(story).collect(),
                told: deck.told.into_iter().map(|told| told.story).collect(),
                mentions: deck.references,
            },
            is_deck: deck.is_deck,
            head: deck.head,
            interview,
            path,
            stamp,
            hash,
        }
    }
}

impl Said {
    fn by(card: Card) -> Self {
        Said {
            written: card.written,
            line: card.line,
            kind: Kind::ALL.iter().position(|(kind, _)| *kind == card.kind).unwrap_or(0),
            limit: card.limit,
            tags: json_list(&card.tags),
            rounds: json_list(&card.round),
            variants: card.variants.len(),
            suspended: card.suspended_line.is_some(),
            rest: card.content,
            id: card.id,
            block: card.block,
            prompt: card.prompt,
        }
    }

    /// What takes few bits of it, as the generated columns of the schema take it apart.
    pub(super) fn traits(&self) -> usize {
        let Said { written, suspended, kind, variants, rest, .. } = self;
        usize::from(*written)
            | usize::from(rest.distinctive) << 1
            | usize::from(*suspended) << 2
            | kind << 3
            | variants << 8
    }

    /// The card as a pass looks at it.
    pub(super) fn seen(&self) -> Seen<'_> {
        Seen { id: self.id.as_str(), written: self.written, line: self.line, prompt: &self.prompt, rest: self.rest }
    }
}

/// A list as JSON; most are empty.
fn json_list<T: serde::Serialize>(list: &[T]) -> Option<String> {
    (!list.is_empty()).then(|| serde_json::json!(list).to_string())
}
