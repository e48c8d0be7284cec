//! The journal: events as files that git carries, one for each device and month of UTC, `DEVICE/YYYY-MM.jsonl`.
//!
//! Its bytes are a pure function of the set of events, so two machines that know the same events write the same files.
//!
//! - `error`: why a journal could not be read or written
//! - `purged`: a list that version 0.1.0 wrote
//! - `paths`: where the journal is, and what its files are called
//! - `pieces`: the lines of a log or journal, a MiB at a time
//! - `render`: events as files
//! - `files`: the journal's folder
//! - `published`: the journals in a repository's commits
//!
//! Not here: the database, and when a journal is written.

mod error;
mod purged;
mod paths;
mod pieces;
mod render;
pub(crate) mod files;
pub(crate) mod published;

pub(crate) use error::Error;
pub(crate) use paths::Journal;
pub(crate) use paths::page_of;
pub(crate) use paths::page_path;
pub(crate) use pieces::Pieces;
pub(crate) use published::Published;
pub(crate) use purged::PurgedList;
pub(crate) use render::render;
