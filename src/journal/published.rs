//! The journals in a repository's commits: those of HEAD, of every remote branch, and of what was last synced.

use std::collections::{BTreeMap, BTreeSet};

use super::paths::Journal;
use super::purged::{PURGED, card_ids};
use crate::deck::CardId;
use crate::git::{self, Oid, Repository, inside_repository, into_text};

/// The journals in the commits of a repository.
#[derive(Debug)]
pub(crate) struct Published {
    repository: Repository,
    pages: Vec<Oid>,
    purged: Vec<Oid>,
}

impl Published {
    /// Looks for a journal in the commits of the repository around its home; `None` if there is no repository.
    pub(crate) fn find(journal: &Journal) -> Result<Option<Self>, git::Error> {
        let Some(folder) = inside_repository(&journal.home) else { return Ok(None) };
        let Some(repository) = Repository::find(&folder)? else { return Ok(None) };
        let args = ["for-each-ref", "--format=%(objectname)", "refs/remotes/", "refs/rehearse/"];
        let tips = into_text(repository.call(&args, b"")?.success("list its branches")?)?;
        let tips: BTreeSet<&str> = tips.lines().chain(["HEAD"]).collect();
        let names: Vec<String> =
            tips.iter().map(|tip| format!("{tip}:{}{}", repository.prefix(), journal.path)).collect();
        let trees: BTreeSet<Oid> = repository.resolve(&names)?.into_iter().flatten().collect();
        let (mut pages, mut purged) = (BTreeSet::new(), BTreeSet::new());
        for tree in trees {
            let mut files = files_of(&repository, &tree)?;
            purged.extend(files.remove(PURGED));
            pages.extend(files.into_values());
        }
        let (pages, purged) = (pages.into_iter().collect(), purged.into_iter().collect());
        Ok(Some(Published { repository, pages, purged }))
    }

    /// Passes the bytes of every page to `each`, each blob once.
    pub(crate) fn pages<E: From<git::Error>>(&self, mut each: impl FnMut(Vec<u8>) -> Result<(), E>) -> Result<(), E> {
        self.repository.blobs(&self.pages, |_, bytes| each(bytes))
    }

    /// Returns the card ids that any list of purged cards in the commits names.
    pub(crate) fn purged(&self) -> Result<BTreeSet<CardId>, git::Error> {
        let mut purged = BTreeSet::new();
        self.repository.blobs(&self.purged, |_, bytes| {
            purged.extend(card_ids(&String::from_utf8_lossy(&bytes)));
            Ok::<_, git::Error>(())
        })?;
        Ok(purged)
    }
}

/// Returns the files of a journal's tree by path: `DEVICE/MONTH.jsonl`, and the list of purged cards. What is deeper
/// belongs to another learner.
pub(crate) fn files_of(repository: &Repository, tree: &Oid) -> Result<BTreeMap<String, Oid>, git::Error> {
    let file = |(path, oid): (Vec<u8>, Oid)| {
        let path = String::from_utf8(path).ok()?;
        let is_of_journal = path == PURGED || path.contains('/') && path.ends_with(".jsonl");
        is_of_journal.then_some((path, oid))
    };
    Ok(repository.files_of_two_levels(tree)?.into_iter().filter_map(file).collect())
}
