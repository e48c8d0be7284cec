//! Why git could not do something.

use std::io;
use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("there is no `git` on this machine")]
    NoGit,
    #[error("git cannot be started: {0}")]
    NotStarted(io::Error),
    #[error("git cannot be heard")]
    NoPipe,
    #[error("git did not end as it should: {0}")]
    NotEnded(io::Error),
    #[error("git ended in the middle of an answer")]
    EndedEarly,
    #[error("git could not {task}{}{message}", if message.is_empty() { "" } else { ": " })]
    Failed { task: String, message: String },
    #[error("git answered with something else than text: {0}")]
    NotText(std::string::FromUtf8Error),
    #[error("git told no version, but `{0}`")]
    NoVersion(String),
    #[error("{}: cannot be opened: {error}", path.display())]
    NotOpened { path: PathBuf, error: io::Error },
    #[error("{}: cannot be read: {error}", path.display())]
    NotRead { path: PathBuf, error: io::Error },
    #[error("{}: does not say where the repository is", .0.display())]
    NoGitFolder(PathBuf),
    #[error("{}: says in `core.worktree` that its files are elsewhere; git is not asked there", .0.display())]
    WorktreeElsewhere(PathBuf),
    #[error("{}: its name is not UTF-8", .0.display())]
    NameNotUtf8(PathBuf),
    #[error("a path with a line end in its name: git cannot be asked for it")]
    LineEndInName,
    /// An object that a remote has and this partial clone has not fetched.
    #[error("git has not fetched {0} of this partial clone; `git cat-file -p {0}` does, if you trust its remote")]
    NotFetched(String),
    #[error("git has no {what} {oid}")]
    Missing { what: &'static str, oid: String },
    #[error("git has something else than a tree as {0}")]
    NotATree(String),
    #[error("git listed changes in a form that is not known")]
    UnknownDiff,
}
