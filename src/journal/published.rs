//! The journals in a repository's commits: those of HEAD, of the branch that carries the history, of every remote branch,
//! and of what was last synced.

use std::collections::{BTreeMap, BTreeSet};

use super::paths::Journal;
use crate::git::{self, Oid, Repository, inside_repository, into_text};

#[derive(Debug)]
pub(crate) struct Published {
    repository: Repository,
    pages: Vec<Oid>,
}

impl Published {
    /// Looks for a journal in the commits of the repository around its home; `None` if there is no repository.
    pub(crate) fn find(journal: &Journal) -> Result<Option<Self>, git::Error> {
        let Some(folder) = inside_repository(&journal.home) else { return Ok(None) };
        let Some(repository) = Repository::find(&folder)? else { return Ok(None) };
        let carrier = journal.branch.iter().map(|branch| format!("refs/heads/{branch}"));
        let refs: Vec<String> =
            ["refs/remotes/", "refs/rehearse/"].map(str::to_owned).into_iter().chain(carrier).collect();
        let mut args = vec!["for-each-ref", "--format=%(objectname)"];
        args.extend(refs.iter().map(String::as_str));
        let tips = into_text(repository.call(&args, b"")?.success("list its branches")?)?;
        let tips: BTreeSet<&str> = tips.lines().chain(["HEAD"]).collect();
        let names: Vec<String> =
            tips.iter().map(|tip| format!("{tip}:{}{}", repository.prefix, journal.path)).collect();
        let trees: BTreeSet<Oid> = repository.resolve(&names)?.into_iter().flatten().collect();
        let mut pages = BTreeSet::new();
        for tree in trees {
            pages.extend(files_of(&repository, &tree)?.into_values());
        }
        Ok(Some(Published { repository, pages: pages.into_iter().collect() }))
    }

    pub(crate) fn pages<E: From<git::Error>>(&self, mut each: impl FnMut(Vec<u8>) -> Result<(), E>) -> Result<(), E> {
        self.repository.blobs(&self.pages, |_, bytes| each(bytes))
    }
}

/// Returns the files of a journal's tree by path, `DEVICE/MONTH.jsonl`. What is deeper belongs to another learner.
pub(crate) fn files_of(repository: &Repository, tree: &Oid) -> Result<BTreeMap<String, Oid>, git::Error> {
    let file = |(path, oid): (Vec<u8>, Oid)| {
        let path = String::from_utf8(path).ok()?;
        let is_of_journal = path.contains('/') && path.ends_with(".jsonl");
        is_of_journal.then_some((path, oid))
    };
    Ok(repository.files_of_two_levels(tree)?.into_iter().filter_map(file).collect())
}
