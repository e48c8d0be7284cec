//! The journals in a repository's commits: those of HEAD, of every remote branch, and of what was last synced.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::call::into_text;
use super::error::{Error, Result};
use super::object::Oid;
use super::repository::Repository;
use super::worktree::inside_repository;

/// The journals in the commits of a repository.
#[derive(Debug)]
pub(crate) struct Published {
    repository: Repository,
    pages: Vec<Oid>,
    purged: Vec<Oid>,
}

/// Looks for a journal in the commits of the repository around a folder; `None` if there is no repository. `journal` is the
/// path from the folder to the journal, `list` the name of the file beside the pages that lists what was purged.
pub(crate) fn published(folder: &Path, journal: &str, list: &str) -> Result<Option<Published>> {
    let Some(folder) = inside_repository(folder) else { return Ok(None) };
    let Some(repository) = Repository::find(&folder)? else { return Ok(None) };
    let args = ["for-each-ref", "--format=%(objectname)", "refs/remotes/", "refs/rehearse/"];
    let tips = into_text(repository.call(&args, b"")?.success("list its branches")?)?;
    let tips: BTreeSet<&str> = tips.lines().chain(["HEAD"]).collect();
    let names: Vec<String> = tips.iter().map(|tip| format!("{tip}:{}{journal}", repository.prefix())).collect();
    let trees: BTreeSet<Oid> = repository.resolve(&names)?.into_iter().flatten().collect();
    let (mut pages, mut purged) = (BTreeSet::new(), BTreeSet::new());
    for tree in trees {
        let mut files = repository.journal(&tree, list)?;
        purged.extend(files.remove(list));
        pages.extend(files.into_values());
    }
    let (pages, purged) = (pages.into_iter().collect(), purged.into_iter().collect());
    Ok(Some(Published { repository, pages, purged }))
}

impl Published {
    /// Passes the bytes of every page to `each`, each blob once.
    pub(crate) fn pages<E: From<Error>>(&self, mut each: impl FnMut(Vec<u8>) -> Result<(), E>) -> Result<(), E> {
        self.repository.blobs(&self.pages, |_, bytes| each(bytes))
    }

    /// Passes the bytes of every list of what was purged to `each`, each blob once.
    pub(crate) fn purged(&self, mut each: impl FnMut(Vec<u8>)) -> Result<()> {
        self.repository.blobs(&self.purged, |_, bytes| {
            each(bytes);
            Ok(())
        })
    }
}

impl Repository {
    /// Returns the files of a journal by path: `DEVICE/MONTH.jsonl`, and `list`. What is deeper belongs to another
    /// learner.
    pub(crate) fn journal(&self, tree: &Oid, list: &str) -> Result<BTreeMap<String, Oid>> {
        let file = |(path, oid): (Vec<u8>, Oid)| {
            let path = String::from_utf8(path).ok()?;
            let is_of_journal = path == list || path.contains('/') && path.ends_with(".jsonl");
            is_of_journal.then_some((path, oid))
        };
        Ok(self.files_of_two_levels(tree)?.into_iter().filter_map(file).collect())
    }
}
