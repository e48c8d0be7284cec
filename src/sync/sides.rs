//! What both sides have when they are compared: fetched, and looked at.

use std::collections::BTreeMap;

use anyhow::{Result, bail};

use super::Run;
use super::local::{self, Local};
use super::remote::{self, Fetched, Target};
use crate::git::Oid;
use crate::store::PURGED;

/// What both sides have.
pub(crate) struct Sides {
    pub(crate) local: Local,
    pub(crate) before: Before,
    /// The newest commit of the upstream branch; `None` where there is no such branch yet.
    pub(crate) upstream: Option<Oid>,
    /// The files of the journal in the upstream branch, and here.
    pub(crate) there: BTreeMap<String, Oid>,
    pub(crate) here: BTreeMap<String, Oid>,
    /// Of either side, the text that names what was purged.
    pub(crate) purged: Vec<String>,
}

/// What is known before anything is fetched.
pub(crate) struct Before {
    /// The commit here; `None` where there is none yet.
    pub(crate) tip: Option<Oid>,
    /// The upstream branch as it was synced last.
    pub(crate) seen: Option<Oid>,
    /// The upstream branch as it was fetched last.
    tracked: Option<Oid>,
    /// Whether the commit here has a journal.
    has_journal: bool,
}

impl Before {
    /// The upstream branch as it was synced last; before the first sync, as it was fetched last.
    pub(crate) fn last(&self) -> Option<&Oid> {
        self.seen.as_ref().or(self.tracked.as_ref())
    }
}

impl Run<'_, '_> {
    /// Fetches the branch that carries the history. `None` if there is none and none can be made, or if git ignores the
    /// journal.
    pub(crate) fn fetch(&mut self) -> Result<Option<Sides>> {
        let local = match self.looked.take() {
            Some(local) => local,
            None => local::look(&self.repository)?,
        };
        let mut before = self.before()?;
        let device = self.collection.store.device();
        if !before.has_journal {
            self.ignored = local::ignored(&self.repository, &self.journal, device)?;
            if self.ignored.is_some() {
                return Ok(None);
            }
        }
        let dry_run = self.request.dry_run;
        let mut fetched = remote::fetch(&self.repository, &self.target, device, dry_run)?;
        if let Fetched::Missing { empty, head } = &fetched
            && !self.target.may_begin(*empty)
        {
            let Some(head) = head.clone().filter(|head| *head != self.target.branch) else {
                self.report.notes.push(self.target.nowhere());
                return Ok(None);
            };
            self.target = Target { remote: self.target.remote.clone(), branch: head, attached: false, named: false };
            before = self.before()?;
            fetched = remote::fetch(&self.repository, &self.target, device, dry_run)?;
        }
        let kept = match &fetched {
            Fetched::There(kept) => Some(kept.as_str()),
            Fetched::Missing { .. } => None,
        };
        let sides = self.sides(local, before, kept)?;
        if let Some(kept) = kept.filter(|_| dry_run) {
            remote::forget(&self.repository, kept)?;
        }
        Ok(Some(sides))
    }

    fn before(&self) -> Result<Before> {
        let names = [
            "HEAD^{commit}".to_owned(),
            format!("{}^{{commit}}", self.target.seen()),
            format!("{}^{{commit}}", self.target.tracking()),
            format!("HEAD:{}", self.folder()),
        ];
        let mut found = self.repository.resolve(&names)?.into_iter();
        let mut next = || found.next().flatten();
        Ok(Before { tip: next(), seen: next(), tracked: next(), has_journal: next().is_some() })
    }

    /// The way to the journal from the top of the repository.
    pub(crate) fn folder(&self) -> String {
        self.journal.below(self.repository.prefix())
    }

    /// What both sides have: the branch that was fetched as `kept`, and HEAD.
    fn sides(&self, local: Local, before: Before, kept: Option<&str>) -> Result<Sides> {
        let (upstream, there) = kept.map_or_else(|| Ok(Default::default()), |kept| self.side(kept))?;
        if kept.is_some() && upstream.is_none() {
            bail!("`{}` of {} is no branch of commits", self.target.branch, self.target.remote);
        }
        let here = match &before.tip {
            None => BTreeMap::new(),
            tip if *tip == upstream => there.clone(),
            Some(tip) => self.side(tip.as_str())?.1,
        };
        let mut lists: Vec<Oid> = there.get(PURGED).into_iter().chain(here.get(PURGED)).cloned().collect();
        lists.dedup();
        let purged = self.repository.every_blob(&lists)?;
        let purged = purged.iter().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect();
        Ok(Sides { local, before, upstream, there, here, purged })
    }

    /// The commit of that name and the files of its journal.
    fn side(&self, name: &str) -> Result<(Option<Oid>, BTreeMap<String, Oid>)> {
        let (tip, files) = self.commit_and_files(name)?;
        Ok(if tip.is_some() { (tip, files) } else { Default::default() })
    }

    /// The files of the journal in a commit or tree: its pages, and the list of what was purged.
    pub(crate) fn files(&self, name: &str) -> Result<BTreeMap<String, Oid>> {
        Ok(self.commit_and_files(name)?.1)
    }

    fn commit_and_files(&self, name: &str) -> Result<(Option<Oid>, BTreeMap<String, Oid>)> {
        let (repository, folder) = (&self.repository, self.folder());
        let names = [format!("{name}^{{commit}}"), format!("{name}:{folder}")];
        let mut found = repository.resolve(&names)?.into_iter();
        let mut next = || found.next().flatten();
        let (commit, tree) = (next(), next());
        Ok((commit, tree.map_or_else(|| Ok(BTreeMap::new()), |tree| repository.journal(&tree, PURGED))?))
    }
}
