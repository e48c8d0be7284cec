//! Why a journal could not be read or written.

use std::io;
use std::path::Path;

use crate::git;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A file or a folder, and what could not be done with it.
    #[error("{what}")]
    File { what: String, source: io::Error },
    /// Something is in the place of a folder of the journal.
    #[error("{0}: is no folder; the journal is not written through a link")]
    NotAFolder(String),
    #[error(transparent)]
    Git(#[from] git::Error),
}

impl Error {
    /// Returns what turns a failure of the system into an error about a file.
    pub(crate) fn file<'a>(path: &'a Path, what: &'a str) -> impl FnOnce(io::Error) -> Error + use<'a> {
        move |source| Error::File { what: format!("{}: {what}", path.display()), source }
    }
}
