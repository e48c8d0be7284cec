//! A sync in progress: what it was asked, and what all its steps share.

use std::path::{Path, PathBuf};

use super::local::Head;
use super::remote::HistoryBranch;
use super::report::Report;
use crate::clock::Instant;
use crate::collection::Collection;
use crate::git::Repository;
use crate::journal::Journal;
use crate::store::Progress;

pub(crate) struct SyncRequest<'a> {
    pub(crate) at: Instant,
    pub(crate) host: &'a str,
    /// This program, which git runs to merge decks.
    pub(crate) program: &'a Path,
    pub(crate) random: u64,
    /// Whether commits that touch anything outside the collection are pushed.
    pub(crate) with_commits: bool,
    pub(crate) dry_run: bool,
    pub(crate) progress: Progress<'a>,
}

pub(super) struct Run<'a, 'r> {
    pub(super) repository: Repository,
    pub(super) journal: Journal,
    pub(super) collection: &'a mut Collection,
    pub(super) request: &'a SyncRequest<'r>,
    pub(super) report: &'a mut Report,
    pub(super) upstream: HistoryBranch,
    /// Where HEAD was before the first round.
    pub(super) head: Option<Head>,
    pub(super) work: PathBuf,
    /// Whether commits are still to be signed.
    pub(super) signs: bool,
    /// The rule by which git ignores the journal, if it does.
    pub(super) ignored_by: Option<String>,
}

impl Run<'_, '_> {
    pub(super) fn progress(&self, what: &'static str, step: usize) {
        (self.request.progress)(what, step, 4);
    }

    /// The path of the journal from the top of the repository.
    pub(super) fn folder(&self) -> String {
        self.journal.below(&self.repository.prefix)
    }
}
