//! The journals that a repository has in its commits: those of HEAD, of every remote branch, and of what was last synced.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Result;

use super::{Entry, Oid, Repository, text, top};

/// The list of what was purged, beside the pages.
const LIST: &str = "PURGED";

/// What the commits of a repository have of a journal.
#[derive(Debug)]
pub(crate) struct Published {
    repository: Repository,
    pages: Vec<Oid>,
    purged: Vec<Oid>,
}

/// Looks for a journal in the commits of the repository around a folder; `None` where there is no repository. `journal` is
/// the way from the folder to the journal.
pub(crate) fn published(folder: &Path, journal: &str) -> Result<Option<Published>> {
    // Most collections that are not in git are told from a few stats.
    let Some(folder) = folder.canonicalize().ok().filter(|folder| top(folder).is_some()) else { return Ok(None) };
    let Some(repository) = Repository::find(&folder)? else { return Ok(None) };
    let listed = ["for-each-ref", "--format=%(objectname)", "refs/remotes/", "refs/rehearse/"];
    let tips = text(repository.call(&listed, b"")?.good("list its branches")?)?;
    let tips: BTreeSet<&str> = tips.lines().chain(["HEAD"]).collect();
    let names: Vec<String> = tips.iter().map(|tip| format!("{tip}:{}{journal}", repository.prefix())).collect();
    let trees: BTreeSet<Oid> = repository.resolve(&names)?.into_iter().flatten().collect();
    let (mut pages, mut purged) = (BTreeSet::new(), BTreeSet::new());
    for tree in trees {
        let mut files = repository.journal(&tree)?;
        purged.extend(files.remove(LIST));
        pages.extend(files.into_values());
    }
    let (pages, purged) = (pages.into_iter().collect(), purged.into_iter().collect());
    Ok(Some(Published { repository, pages, purged }))
}

impl Published {
    /// Gives the bytes of every file of the journals, each blob once.
    pub(crate) fn journals(&self, each: impl FnMut(&Oid, Vec<u8>) -> Result<()>) -> Result<()> {
        self.repository.blobs(&self.pages, each)
    }

    /// Gives the bytes of every `PURGED` beside them, each blob once.
    pub(crate) fn purged(&self, each: impl FnMut(&Oid, Vec<u8>) -> Result<()>) -> Result<()> {
        self.repository.blobs(&self.purged, each)
    }
}

impl Repository {
    /// The files of a journal, by their path in it: `DEVICE/MONTH.jsonl`, and `PURGED`. What lies deeper is another
    /// learner's.
    pub(crate) fn journal(&self, tree: &Oid) -> Result<BTreeMap<String, Oid>> {
        let file = |(path, entry): (Vec<u8>, Entry)| {
            let path = String::from_utf8(path).ok()?;
            let is_of_it = path == LIST || path.contains('/') && path.ends_with(".jsonl");
            is_of_it.then_some((path, entry.oid))
        };
        Ok(self.files_of_two_levels(tree)?.into_iter().filter_map(file).collect())
    }
}
