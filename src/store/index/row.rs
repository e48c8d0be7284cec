//! What the index keeps of a deck file, and its cards as rows.
//!
//! Made where files are parsed, which happens in parallel, so that the thread that writes has less to do: it is what a
//! first start waits for.

use rusqlite::{Result, Row};

use crate::deck::{Card, CardId, ContentDigest, Deck, Kind, Story};
use crate::diagnostic::{Diagnostic, Severity, Span};
use crate::grammar::Reference;
use crate::store::db::columns::{columns, select};
use crate::store::db::file_stamp::Stamp;
use crate::store::db::rows::card_id;

#[derive(Debug)]
pub(crate) struct IndexedDeck {
    pub(super) path: String,
    /// Its stamp when it was read; unknown if it must be read again next time.
    pub(super) stamp: Stamp,
    /// BLAKE3 of its bytes; empty if they were not read.
    pub(super) hash: Vec<u8>,
    pub(super) title: String,
    pub(super) is_deck: bool,
    /// The text of its `[deck]` table.
    pub(super) head: String,
    /// Its findings as JSON, if there are any.
    pub(super) findings: Option<String>,
    /// Whether it may hold more than was read: it has an error, or was not read at all.
    pub(super) faulty: bool,
    /// Its cards in their order.
    pub(super) cards: Vec<CardRow>,
    pub(super) references: References,
    /// Its interview as JSON, and the first interviewer's name.
    pub(super) interview: Option<(String, Option<String>)>,
    /// Its debrief as JSON.
    pub(super) debrief: Option<String>,
}

/// What a file refers to, and its stories.
#[derive(Debug)]
pub(crate) struct References {
    /// Id, title, and what each story shows, as JSON.
    pub(super) stories: Vec<(CardId, String, String)>,
    /// A story id for each time one was told.
    pub(super) told: Vec<String>,
    pub(super) mentions: Vec<Reference>,
}

pub(super) mod column {
    super::columns!(
        n,
        file,
        ord,
        id,
        card,
        line,
        start,
        stop,
        written,
        suspended,
        weight,
        kind,
        variants,
        seconds,
        prompt,
        tags,
        rounds,
        content_digest,
        distinctive,
        shadowed,
        asked,
        scope,
        due,
        likely
    );
}

/// A card as its file has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CardRow {
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
    pub(super) weight: u8,
    pub(super) content: ContentDigest,
}

impl IndexedDeck {
    /// `hash` is BLAKE3 of the file's bytes, empty if they were not read.
    pub(crate) fn new(path: String, stamp: Stamp, hash: Vec<u8>, deck: Deck, findings: &[Diagnostic]) -> Self {
        let interview = deck.interview.as_ref().map(|interview| {
            let name = deck.interviewers.first().map(|person| person.name.clone());
            (serde_json::json!(interview).to_string(), name)
        });
        let story = |Story { id, title, shows, .. }| (id, title, serde_json::json!(shows).to_string());
        IndexedDeck {
            title: deck.name(&path).to_owned(),
            faulty: hash.is_empty() || findings.iter().any(|finding| finding.severity == Severity::Error),
            findings: (!findings.is_empty()).then(|| serde_json::json!(findings).to_string()),
            cards: deck.cards.into_iter().map(CardRow::new).collect(),
            references: References {
                stories: deck.stories.into_iter().map(story).collect(),
                told: deck.told.into_iter().map(|told| told.story).collect(),
                mentions: deck.references,
            },
            is_deck: deck.is_deck,
            head: deck.head,
            debrief: deck.debrief.map(|debrief| serde_json::json!(debrief).to_string()),
            interview,
            path,
            stamp,
            hash,
        }
    }
}

impl CardRow {
    fn new(card: Card) -> Self {
        CardRow {
            written: card.written,
            line: card.line,
            kind: Kind::ALL.iter().position(|(kind, _)| *kind == card.kind).unwrap_or(0),
            limit: card.limit,
            tags: json_list(&card.tags),
            rounds: json_list(&card.round),
            variants: card.variants.len(),
            suspended: card.suspended_line.is_some(),
            weight: card.weight,
            content: card.content,
            id: card.id,
            block: card.block,
            prompt: card.prompt,
        }
    }

    /// Whether another card is this one in another place of the same file.
    pub(super) fn is_moved_to(&self, other: &CardRow) -> bool {
        CardRow { line: other.line, block: other.block.clone(), ..self.clone() } == *other
    }

    pub(super) fn identity(&self) -> CardIdentity<'_> {
        CardIdentity {
            id: self.id.as_str(),
            written: self.written,
            line: self.line,
            prompt: &self.prompt,
            content: self.content,
        }
    }
}

/// Returns a list as JSON, `None` if it is empty.
fn json_list<T: serde::Serialize>(list: &[T]) -> Option<String> {
    (!list.is_empty()).then(|| serde_json::json!(list).to_string())
}

/// What a card is recognized by after an edit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CardIdentity<'a> {
    pub(crate) id: &'a str,
    pub(crate) written: bool,
    /// Line of its header.
    pub(crate) line: usize,
    pub(crate) prompt: &'a str,
    /// The digest of everything else.
    pub(crate) content: ContentDigest,
}

pub(super) struct StoredRow {
    pub(super) n: i64,
    pub(super) ord: usize,
    pub(super) card: i64,
    pub(super) row: CardRow,
}

/// Returns the select of [`stored`] from a table named `c`.
pub(super) fn stored_sql() -> String {
    format!("SELECT {}, i.name FROM cards c JOIN names i ON i.n = c.id", select("c", column::COLUMNS))
}

pub(super) fn stored(row: &Row<'_>) -> Result<StoredRow> {
    Ok(StoredRow {
        n: row.get(column::n)?,
        ord: row.get(column::ord)?,
        card: row.get(column::card)?,
        row: CardRow {
            id: card_id(row, column::COLUMNS.len())?,
            written: row.get(column::written)?,
            line: row.get(column::line)?,
            block: row.get(column::start)?..row.get(column::stop)?,
            kind: row.get(column::kind)?,
            limit: row.get(column::seconds)?,
            prompt: row.get(column::prompt)?,
            tags: row.get(column::tags)?,
            rounds: row.get(column::rounds)?,
            variants: row.get(column::variants)?,
            suspended: row.get(column::suspended)?,
            weight: row.get(column::weight)?,
            content: content(row, column::content_digest, column::distinctive)?,
        },
    })
}

/// Reads the digest of a card's content from two columns.
pub(super) fn content(row: &Row<'_>, digest: usize, distinctive: usize) -> Result<ContentDigest> {
    Ok(ContentDigest { digest: row.get::<_, i64>(digest)?.cast_unsigned(), distinctive: row.get(distinctive)? })
}
