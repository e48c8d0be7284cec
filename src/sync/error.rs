//! Why a sync failed.

use std::io;
use std::path::{Path, PathBuf};

use crate::{git, journal, store};

/// Why a sync failed. Messages hold their whole cause.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("{}: `journal` of `[sync]` names no folder; clone the repository of your history there", .0.display())]
    NoJournalFolder(PathBuf),
    #[error("another `rehearse sync` of this collection is still running; no review is lost")]
    Locked,
    #[error("`{branch}` of {remote} is no branch of commits")]
    NoCommits { remote: String, branch: String },
    #[error("{remote} cannot be reached: {message}; no review is lost, they wait here for the next sync")]
    Unreachable { remote: String, message: String },
    #[error("{remote} does not take the reviews: {message}; no review is lost, they wait here for the next sync")]
    PushRefused { remote: String, message: String },
    #[error("`{branch}` of {remote} was pushed to by others each time; no review is lost: sync again in a while")]
    Outrun { remote: String, branch: String },
    #[error(
        "git {}.{} cannot merge two histories by itself, {}.{} or newer can; the reviews are pushed, the decks wait: \
         `{pull}`, then sync again", .found.0, .found.1, .needed.0, .needed.1
    )]
    OldGit { found: (u32, u32), needed: (u32, u32), pull: String },
    #[error("git could not merge the two histories: {message}; `{pull}`, then sync again")]
    NotMerged { message: String, pull: String },
    /// Git answered in a form that is not known.
    #[error("git {0}")]
    Answer(&'static str),
    #[error("{}: {problem}: {error}", path.display())]
    File { path: PathBuf, problem: &'static str, error: io::Error },
    #[error(transparent)]
    Git(#[from] git::Error),
    #[error("{}", .0.with_causes())]
    Store(store::Error),
}

impl Error {
    pub(super) fn file(path: &Path, problem: &'static str) -> impl FnOnce(io::Error) -> Error {
        move |error| Error::File { path: path.to_owned(), problem, error }
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        Error::Store(error)
    }
}

impl From<journal::Error> for Error {
    fn from(error: journal::Error) -> Self {
        Error::Store(error.into())
    }
}
