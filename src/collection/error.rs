//! Why a collection cannot be opened, read, or written.

use std::io;
use std::path::{Path, PathBuf};

use crate::diagnostic::Diagnostic;
use crate::interview::NotEditable;
use crate::{git, store};

/// Why a collection cannot be opened, read, or written. Messages hold their whole cause.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("`{}` is no folder", .0.display())]
    NotAFolder(PathBuf),
    #[error("no decks here: no `.rehearse/` or `rehearse.toml` upwards, no `decks/`, no deck in this folder")]
    NoDecks,
    #[error("`{word}` is in no folder of the collection")]
    OutsideCollection { word: String, root: PathBuf },
    #[error("`{word}` cannot be a deck")]
    CannotBeDeck { word: String, help: &'static str },
    #[error("{}: is in no git repository, so there is nothing to hook into", .0.display())]
    NoRepository(PathBuf),
    #[error("{} in the settings", .0.len())]
    Settings(Vec<Diagnostic>),
    #[error("{name}: {problem}: {error}")]
    File { name: String, problem: &'static str, error: io::Error },
    #[error("{name}: {problem}")]
    Unusable { name: String, problem: &'static str },
    /// Something else is in the place of a file or a folder of this program.
    #[error("{}: {problem}; move it away", path.display())]
    InTheWay { path: PathBuf, problem: &'static str },
    #[error(
        "{path}: git tracks this folder, so it came with the repository, and nothing in it is read; if it is yours, \
         run `git rm -r --cached {path}`, else delete it", path = .0.display()
    )]
    TrackedLocal(PathBuf),
    #[error("{name}: nothing can be added to this debrief: {why}; run `rehearse check` and fix it, or move it away")]
    Debrief { name: String, why: NotEditable },
    #[error(transparent)]
    Git(#[from] git::Error),
    #[error("{}", .0.with_causes())]
    Store(store::Error),
}

impl Error {
    /// Returns what to do next if the user's call was wrong; `None` for every other cause.
    pub(crate) fn help(&self) -> Option<String> {
        match self {
            Error::NotAFolder(_) => Some("name an existing folder, or make one with `rehearse init DIR`".to_owned()),
            Error::NoDecks => Some("`rehearse init` makes a collection with starter decks here".to_owned()),
            Error::OutsideCollection { root, .. } => {
                Some(format!("a deck is a file below {}; make its folder first", root.display()))
            }
            Error::CannotBeDeck { help, .. } => Some((*help).to_owned()),
            _ => None,
        }
    }

    pub(super) fn file(name: &Path, problem: &'static str) -> impl FnOnce(io::Error) -> Error {
        move |error| Error::File { name: name.display().to_string(), problem, error }
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        Error::Store(error)
    }
}
