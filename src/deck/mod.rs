//! Decks: what an author wrote, as values. Parsing never fails: it returns the values and the problems.
//!
//! - `speech`: whether a text is English, and how long it takes aloud
//! - `placeholders`, `card`: the values of a card
//! - `competencies`: the lists an interview may name; when two competencies are the same
//! - `file`: the values of a file
//! - `keys`: the grammar, one table of tables
//! - `schema`: the grammar as JSON schema, for editors
//! - `template`: what an author fills in
//! - `new_interview`: the file of a new interview
//! - `blocks`: a file cut into blocks, so that one bad line costs one card
//! - `syntax`: what is wrong with text that is not TOML
//! - `lint`: what is weak in a card that is not wrong
//! - `escapes`: backslashes that TOML reads as something else
//! - `values`: from the fields of a table to a value
//! - `parse`: from the bytes of a file to a deck and its findings
//! - `ids`: where the id of a card would be written
//! - `edit`: what an edit did to the cards
//! - `merge`: one text from two that were edited apart
//!
//! Not here: files, other decks, history.

mod speech;
mod placeholders;
mod card;
pub(crate) mod competencies;
mod file;
mod keys;
mod schema;
mod template;
mod new_interview;
mod blocks;
mod syntax;
mod lint;
mod escapes;
mod values;
mod parse;
mod ids;
mod edit;
mod merge;

pub(crate) use crate::grammar::{Item, Reference, ReferenceKind};
pub(crate) use blocks::{MARKERS, MARKERS_HELP};
pub use card::{Card, CardId, Kind, Story};
pub(crate) use card::{ContentDigest, base32};
pub(crate) use edit::{added, new_problems, successor};
pub(crate) use file::{Debrief, Outcome, Went, stem};
pub use file::{Deck, Heard, Interview, Interviewer, Told};
pub(crate) use ids::with_ids;
pub use keys::TABLES;
pub(crate) use merge::{DeckConflict, MergedDeck, block_of, merge};
pub(crate) use new_interview::{InterviewDate, Meeting, NewInterview, folded_answer, parse_round};
pub use parse::parse;
pub(crate) use parse::{SAVE_AS_UTF8, card_in, decode};
pub(crate) use placeholders::fill;
pub(crate) use schema::schema;
pub(crate) use speech::{WPM, count_words, is_english, speaking_ms};
pub(crate) use template::{Blank, template};
