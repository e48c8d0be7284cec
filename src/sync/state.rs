//! Both sides, fetched and looked at.

use std::collections::BTreeMap;

use super::error::Error;
use super::local::{self, Head};
use super::remote::{self, Fetched, HistoryBranch};
use super::run::Run;
use crate::git::Oid;
use crate::journal::published;

pub(super) struct SyncState {
    pub(super) head: Head,
    pub(super) before: Before,
    /// The newest commit of the upstream branch; `None` if there is no such branch yet.
    pub(super) upstream: Option<Oid>,
    pub(super) there: BTreeMap<String, Oid>,
    pub(super) here: BTreeMap<String, Oid>,
}

pub(super) struct Before {
    pub(super) tip: Option<Oid>,
    /// The upstream branch as it was synced last.
    pub(super) seen: Option<Oid>,
    tracked: Option<Oid>,
    has_journal: bool,
}

impl Before {
    /// The upstream branch as it was synced last; before the first sync, as it was fetched last.
    fn last(&self) -> Option<&Oid> {
        self.seen.as_ref().or(self.tracked.as_ref())
    }
}

impl Run<'_, '_> {
    /// Fetches the branch that carries the history. Returns `None` if there is none and none can be created, or if git
    /// ignores the journal.
    pub(super) fn fetch(&mut self) -> Result<Option<SyncState>, Error> {
        let head = match self.head.take() {
            Some(head) => head,
            None => Head::read(&self.repository)?,
        };
        let mut before = self.before()?;
        let device = self.collection.store.device();
        if !before.has_journal {
            self.ignored_by = local::ignoring_rule(&self.repository, &self.journal, device)?;
            if self.ignored_by.is_some() {
                return Ok(None);
            }
        }
        let dry_run = self.request.dry_run;
        let mut fetched = remote::fetch(&self.repository, &self.upstream, device, dry_run)?;
        if let Fetched::Missing { empty, head } = &fetched
            && !self.upstream.may_begin(*empty)
        {
            let Some(branch) = head.clone().filter(|head| *head != self.upstream.branch) else {
                self.report.notes.push(self.upstream.missing_note());
                return Ok(None);
            };
            let remote = self.upstream.remote.clone();
            self.upstream = HistoryBranch { remote, branch, attached: false, named: false };
            before = self.before()?;
            fetched = remote::fetch(&self.repository, &self.upstream, device, dry_run)?;
        }
        let fetched = match &fetched {
            Fetched::There(fetched) => Some(fetched.as_str()),
            Fetched::Missing { .. } => None,
        };
        let state = self.state(head, before, fetched)?;
        if let Some(fetched) = fetched.filter(|_| dry_run) {
            remote::remove_fetched(&self.repository, fetched)?;
        }
        Ok(Some(state))
    }

    fn before(&self) -> Result<Before, Error> {
        let names = [
            "HEAD^{commit}".to_owned(),
            format!("{}^{{commit}}", self.upstream.seen()),
            format!("{}^{{commit}}", self.upstream.tracking()),
            format!("HEAD:{}", self.folder()),
        ];
        let mut found = self.repository.resolve(&names)?.into_iter();
        let mut next = || found.next().flatten();
        Ok(Before { tip: next(), seen: next(), tracked: next(), has_journal: next().is_some() })
    }

    fn state(&self, head: Head, before: Before, fetched: Option<&str>) -> Result<SyncState, Error> {
        let (upstream, there) = match fetched {
            Some(fetched) => {
                let (upstream, there) = self.commit_and_files(fetched)?;
                (Some(upstream.ok_or_else(|| self.no_commits())?), there)
            }
            None => Default::default(),
        };
        let here = match &before.tip {
            None => BTreeMap::new(),
            tip if *tip == upstream => there.clone(),
            Some(tip) => self.files(tip)?,
        };
        Ok(SyncState { head, before, upstream, there, here })
    }

    fn no_commits(&self) -> Error {
        let HistoryBranch { remote, branch, .. } = self.upstream.clone();
        Error::NoCommits { remote, branch }
    }

    pub(super) fn files(&self, tree: &Oid) -> Result<BTreeMap<String, Oid>, Error> {
        Ok(self.commit_and_files(tree.as_str())?.1)
    }

    fn commit_and_files(&self, name: &str) -> Result<(Option<Oid>, BTreeMap<String, Oid>), Error> {
        let (repository, folder) = (&self.repository, self.folder());
        let names = [format!("{name}^{{commit}}"), format!("{name}:{folder}")];
        let mut found = repository.resolve(&names)?.into_iter();
        let mut next = || found.next().flatten();
        let (commit, tree) = (next(), next());
        let files = tree.map_or_else(|| Ok(BTreeMap::new()), |tree| published::files_of(repository, &tree))?;
        Ok((commit, files))
    }

    /// Returns whether the upstream branch no longer contains what it had when it was synced last.
    pub(super) fn is_rewritten(&self, state: &SyncState) -> Result<bool, Error> {
        match (state.before.last(), &state.upstream) {
            (Some(seen), Some(upstream)) if seen != upstream => {
                Ok(!local::is_ancestor(&self.repository, seen, upstream)?)
            }
            _ => Ok(false),
        }
    }
}
