//! Why a journal could not be read or written.

use std::io;
use std::path::{Path, PathBuf};

use crate::git;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A file or a folder, and what could not be done with it.
    #[error("{what}")]
    File { what: String, source: io::Error },
    /// Something is in the place of a folder of the journal.
    #[error("{}: not a folder, so no journal can be written there; move it away", .0.display())]
    NotAFolder(PathBuf),
    /// A link is in the place of a folder of the journal.
    #[error("{}: a link; no journal is read or written through one; put a folder in its place", .0.display())]
    LinkedFolder(PathBuf),
    #[error(transparent)]
    Git(#[from] git::Error),
}

impl Error {
    /// Returns what turns a failure of the system into an error about a file.
    pub(crate) fn file<'a>(path: &'a Path, what: &'a str) -> impl FnOnce(io::Error) -> Error + use<'a> {
        move |source| Error::File { what: format!("{}: {what}", path.display()), source }
    }
}
