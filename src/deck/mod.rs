//! Decks: what an author wrote, as values. Parsing never fails: it returns the values and the problems.
//!
//! - `encoding`: text from bytes
//! - `language`: whether a text is English
//! - `competencies`: the lists an interview may name; when two competencies are the same
//! - `speaking_time`: how long a text takes aloud
//! - `id`, `placeholders`, `card`, `interview`, `file`: the values
//! - `keys`: the grammar, one table of tables
//! - `schema`: the grammar as JSON schema, for editors
//! - `template`: what an author fills in
//! - `blocks`: a file cut into blocks, so that one bad line costs one card
//! - `syntax`: what is wrong with text that is not TOML
//! - `lint`: what is weak in a card that is not wrong
//! - `values`: from the fields of a table to a value
//! - `parse`: from the text of a file to a deck and its findings
//! - `ids`: where the id of a card would be written
//! - `edit`: what an edit did to the cards
//! - `merge`: one text from two that were edited apart
//!
//! Not here: files, other decks, history.

mod encoding;
mod language;
pub(crate) mod competencies;
mod speaking_time;
mod id;
mod placeholders;
mod card;
mod interview;
mod file;
mod keys;
mod schema;
mod template;
mod blocks;
mod syntax;
mod lint;
mod values;
mod parse;
mod ids;
mod edit;
mod merge;

pub(crate) use crate::grammar::{Item, Reference, ReferenceKind};
pub(crate) use blocks::{MARKERS, MARKERS_HELP};
pub(crate) use card::ContentDigest;
pub use card::{Card, Kind, Story};
pub(crate) use edit::{added, new_problems, successor};
pub(crate) use encoding::{SAVE_AS_UTF8, decode};
pub use file::Deck;
pub(crate) use file::stem;
pub use id::CardId;
pub(crate) use id::base32;
pub(crate) use ids::with_ids;
pub use interview::{Heard, Interview, Interviewer, Told};
pub use keys::TABLES;
pub(crate) use language::is_english;
pub(crate) use merge::{DeckConflict, MergedDeck, block_of, merge};
pub(crate) use parse::card_in;
pub use parse::parse;
pub(crate) use placeholders::fill;
pub(crate) use schema::schema;
pub(crate) use speaking_time::{WPM, count_words, speaking_ms};
pub(crate) use template::{Blank, template};
