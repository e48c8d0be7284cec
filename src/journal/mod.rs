//! The journal: events as files that git carries, one for each device and month of UTC, `DEVICE/YYYY-MM.jsonl`.
//!
//! Its bytes are a pure function of the set of events, so two machines that know the same events write the same files.
//!
//! - `error`: why a journal could not be read or written
//! - `purged`: the list of cards whose history is forgotten
//! - `paths`: where the journal is, and what its files are called
//! - `pieces`: the lines of a log or journal, a MiB at a time
//! - `render`: events as files
//! - `files`: the journal's folder
//! - `published`: the journals in a repository's commits
//!
//! Not here: the database, and when a journal is written.

mod error;
pub(crate) mod purged;
mod paths;
mod pieces;
mod render;
pub(crate) mod files;
pub(crate) mod published;

pub use error::Error;
pub use paths::Journal;
pub use paths::page_path;
pub(crate) use paths::{is_of_journal, page_of};
pub(crate) use pieces::Pieces;
pub(crate) use published::Published;
pub use render::render;
