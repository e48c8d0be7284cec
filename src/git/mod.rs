//! Git: the user's own program, run as a child process so that nothing a repository says can act.
//!
//! Every call runs without hooks, file monitor, pager, and content filters, and without helpers for `ext::`. A commit is
//! signed by the user's own program, if at all.
//! Of `GIT_*` in the environment it sees only what the user needs to log in.
//!
//! - `error`: why git could not do something
//! - `call`: one call and what it answered
//! - `detached`: a call without a terminal, for a limited time
//! - `config`: replaces the programs that a repository's own configuration names
//! - `worktree`: questions about a folder
//! - `object`: names and kinds of what git stores
//! - `object_reader`: a process that looks up objects
//! - `repository`: a repository as seen from a folder in it
//! - `objects`: blobs, trees, parents, and differences
//!
//! Not here: what is committed, fetched, or pushed, and why; what the files mean.

mod error;
mod call;
mod detached;
mod config;
mod worktree;
mod object;
mod object_reader;
mod repository;
mod objects;

pub(crate) use call::{CallOutput, Reach, command, into_text, run, stdout_of, version};
pub(crate) use detached::run_detached;
pub(crate) use error::Error;
pub(crate) use object::{Oid, TreeChange, TreeEntry};
pub(crate) use object_reader::LARGEST;
pub(crate) use repository::Repository;
pub(crate) use worktree::{has_remote, inside_repository, top, tracked};
