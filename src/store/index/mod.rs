//! The card tables: what decks say, for queries, and what is asked.
//!
//! A cache of the deck files; the rest of a card is read from its file when it is shown.
//!
//! - `row`: what the index keeps of a file, and cards as rows
//! - `entry`: cards with their state
//! - `files`: deck files, their findings, and interviews
//! - `references`: what decks name that is defined elsewhere
//! - `upcoming`: which cards must be ready for the interviews to come
//! - `minutes`: how much time a day has taken, and how much its due cards take
//! - `scoped`: cards counted by interview, for the forecast
//! - `agenda`: what is asked on a day
//! - `edits`: which history certainly continues in an edited card
//! - `cards`: applies changes of decks, and queries cards
//!
//! Not here: parsing decks, and when they changed.

pub(crate) mod row;
pub(crate) mod entry;
pub(crate) mod files;
pub(crate) mod references;
pub(crate) mod upcoming;
pub(crate) mod minutes;
pub(crate) mod scoped;
pub(crate) mod agenda;
pub(crate) mod edits;
pub(crate) mod cards;
