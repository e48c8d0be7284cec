//! The store: the log on disk, and the database that caches what it adds up to.
//!
//! A review is safe when its line is in the log and the log is synced. The database is a cache of the log, the journals,
//! and the decks.
//!
//! - `error`: why the store could not do something
//! - `db/`: the SQLite file
//! - `log`: this device's log
//! - `local/`: this machine's other files
//! - `events/`: the event tables, and the states that events fold to
//! - `index/`: the card tables
//! - `replay`: takes in what is new in the log and the journals
//! - `rebuild`: builds a database
//! - `writer`: the open store: opens, records, hands out the database
//! - `edited_decks`: updates the index, and records where history continues
//! - `journal_pages`: what was published, and what came from elsewhere
//! - `typed_answers`: typed answers by card
//! - `queries`: cards, decks, what is due, what was recorded
//! - `verify`: compares everything with a rebuild
//! - `snapshot`: the database as it is, without a trace
//!
//! Not here: printing, the wall clock, parsing decks.

pub(crate) mod error;
pub(crate) mod db;
pub(crate) mod log;
pub(crate) mod local;
pub(crate) mod events;
pub(crate) mod index;
mod replay;
mod rebuild;
mod writer;
mod edited_decks;
mod journal_pages;
mod typed_answers;
mod queries;
mod verify;
mod snapshot;

pub(crate) use db::file_stamp::Stamp;
pub(crate) use edited_decks::Followed;
pub(crate) use error::Error;
pub(crate) use events::logged::Logged;
pub(crate) use events::pages::{Counts, Mark};
pub(crate) use index::cards::Change;
pub(crate) use index::files::StoredFile;
pub(crate) use index::row::IndexedDeck;
pub(crate) use index::upcoming::Upcoming;
pub(crate) use journal_pages::WrittenFiles;
pub(crate) use local::answers::TypedAnswer;
pub(crate) use local::device::{copied_from, is_of_this_machine};
pub(crate) use local::permissions::{close_to_others, open_to_others};
pub(crate) use rebuild::IndexChanges;
pub(crate) use replay::Progress;
pub(crate) use snapshot::Snapshot;
pub(crate) use verify::Examined;
pub(crate) use writer::{Opening, Recorded, SKIPPED, Store};
