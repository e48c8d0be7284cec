//! The event tables, and the states that events fold to.
//!
//! - `ids`: row numbers of card ids and devices
//! - `logged`: events as rows
//! - `states`: the fold, undos, and renames
//! - `pages`: which events a journal file has
//! - `ingest`: adds events
//!
//! Not here: where events come from, and the cards of the decks.

pub(crate) mod ids;
pub(crate) mod logged;
pub(crate) mod states;
pub(crate) mod pages;
pub(crate) mod ingest;
