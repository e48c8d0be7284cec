//! A collection: a folder of decks with its settings and its store.
//!
//! Nothing is parsed that has not changed since the index was written.
//!
//! - `error`: why a collection cannot be opened, read, or written
//! - `read_file`: reads a file up to a cap
//! - `deck_path`: which paths are decks
//! - `find`: where a collection is
//! - `trust`: what in a collection is this machine's own
//! - `settings_files`: the settings in force
//! - `walk`: finds and reads files
//! - `parallel`: work on many files
//! - `scan`: compares the folder with the index
//! - `open`: opens a collection, and brings its index up to date
//! - `cards`: decks and cards as their files are now
//! - `agenda`: what to ask on a day, and the interviews to come
//! - `prospects`: what the interviews can expect
//! - `mocks`: what a mock interview can ask, and those that were held
//! - `rounds`: what the files say of one round, and the cards in scope for it
//! - `coaching`: what the coach knows
//! - `findings`: what is wrong with decks and settings
//! - `candidates`: names for shell completion
//! - `deck_file`: writes decks
//! - `debriefs`: writes debriefs
//! - `merge_driver`: sets git up to merge decks
//! - `health`: examines and fixes everything that is kept
//! - `packs`: the starter packs in the binary
//! - `init`: creates a collection
//!
//! Not here: printing, the clock, and what is done with the cards.

mod error;
mod read_file;
mod deck_path;
mod find;
mod trust;
mod settings_files;
mod walk;
mod parallel;
mod scan;
mod open;
mod cards;
mod agenda;
mod prospects;
mod mocks;
mod rounds;
mod coaching;
mod findings;
mod candidates;
mod deck_file;
mod debriefs;
mod merge_driver;
mod health;
mod packs;
mod init;
#[cfg(test)]
#[path = "../../tests/unit/collection/mod.rs"]
mod tests;

pub(crate) use agenda::{Agenda, Fit};
pub(crate) use candidates::{Candidate, card_candidates, deck_candidates, tag_candidates};
pub(crate) use cards::position;
pub(crate) use debriefs::OwnDebrief;
pub(crate) use deck_file::{Draft, Original, scratch};
pub(crate) use deck_path::DeckPaths;
pub(crate) use error::Error;
pub(crate) use find::Folders;
pub(crate) use health::Health;
pub(crate) use init::{Created, Hook, hook, init};
pub(crate) use merge_driver::{DRIVER, Driver, driver_command};
pub(crate) use mocks::MockStock;
pub(crate) use open::{Collection, Open};
pub(crate) use packs::{PACKS, Pack};
pub(crate) use prospects::{Prospect, Prospects, Readiness};
pub(crate) use read_file::{LARGEST, read_bytes};
