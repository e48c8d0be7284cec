//! Letting the local branch follow what was pushed: its files, its index entries, then the branch itself. All or nothing:
//! where anything of the user's is in the way, nothing moves.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::publish::index_info;
use crate::exchange;
use crate::git::{Oid, Reach, Repository, TreeChange, TreeEntry, run};
use crate::store::{Journal, Store};

/// The index of the user, as far as it matters.
struct Index {
    /// Every entry; `None` where a merge left several.
    entries: BTreeMap<Vec<u8>, Option<TreeEntry>>,
    /// Files that are not as the index has them.
    dirty: BTreeSet<Vec<u8>>,
}

/// What has to be done beside git: it would leave a file alone that is not as the index has it.
#[derive(Default)]
struct Beside<'c> {
    /// Entries of the index that are as they should be but for the index: the file is right, or will be.
    entries: Vec<&'c TreeChange>,
    /// Files of the journal, which are rendered, whatever became of them in the folder.
    pages: Vec<(String, &'c TreeChange)>,
}

/// Lets `branch` go on from a commit (or from none) to another. Gives what is in the way if something is.
pub(crate) fn advance(
    repository: &Repository,
    journal: &Journal,
    store: &mut Store,
    branch: &str,
    from: Option<&Oid>,
    to: &Oid,
) -> Result<Option<String>> {
    let nothing = repository.empty_tree();
    let old = from.unwrap_or(&nothing);
    let changes = repository.changes(old, to)?;
    // Files that were only touched are told from those that were changed.
    repository.call(&["update-index", "-q", "--ignore-submodules", "--refresh"], b"")?;
    let index = Index::read(repository)?;
    let beside = match sort(repository, journal, &index, &changes)? {
        Ok(beside) => beside,
        Err(way) => return Ok(Some(way)),
    };
    if let Some(path) = filtered(repository, journal, &changes, &beside)? {
        return Ok(Some(format!(
            "{} goes through a content filter, which is not run here (`git pull` runs it)",
            shown(&path)
        )));
    }
    write_pages(repository, journal, store, &beside)?;
    let entries = |new: bool| {
        let change = |change: &&TreeChange| {
            let entry = if new { change.new.clone() } else { change.old.clone() };
            (change.path.clone(), entry)
        };
        beside.entries.iter().map(change).collect::<Vec<_>>()
    };
    update_index(repository, &entries(true))?;
    let follow = |from: &Oid, to: &Oid| {
        repository.call(&["read-tree", "-m", "-u", "--no-recurse-submodules", from.as_str(), to.as_str()], b"")
    };
    let followed = follow(old, to)?;
    if followed.code != Some(0) {
        update_index(repository, &entries(false))?;
        return Ok(Some(format!("git would not let the files follow ({})", followed.message())));
    }
    // Only if nobody committed meanwhile; a branch that is not there yet has a hash of zeros.
    let zeros = "0".repeat(to.as_str().len());
    let before = from.map_or(zeros.as_str(), Oid::as_str);
    let moved = repository.call(&["update-ref", "-m", "rehearse sync", branch, to.as_str(), before], b"")?;
    if moved.code != Some(0) {
        follow(to, old)?;
        return Ok(Some(format!("somebody committed meanwhile ({})", moved.message())));
    }
    Ok(None)
}

impl Index {
    fn read(repository: &Repository) -> Result<Index> {
        let listed = repository.call(&["ls-files", "-s", "-z"], b"")?.success("list its index")?;
        let mut entries: BTreeMap<Vec<u8>, Option<TreeEntry>> = BTreeMap::new();
        for record in listed.split(|&byte| byte == 0).filter(|record| !record.is_empty()) {
            let tab = record
                .iter()
                .position(|&byte| byte == b'\t')
                .context("git listed its index in a form that is not known")?;
            let head = std::str::from_utf8(&record[..tab])?;
            let words: Vec<&str> = head.split(' ').collect();
            let entry = match words[..] {
                [mode, oid, "0"] => Oid::parse(oid).map(|oid| TreeEntry { mode: mode.to_owned(), oid }),
                _ => None,
            };
            entries.insert(record[tab + 1..].to_vec(), entry);
        }
        let dirty = repository
            .call(&["diff-files", "-z", "--name-only", "--ignore-submodules=all"], b"")?
            .success("compare its files")?;
        let dirty = dirty.split(|&byte| byte == 0).filter(|path| !path.is_empty()).map(<[u8]>::to_vec).collect();
        Ok(Index { entries, dirty })
    }
}

/// The way to the journal from the top of the repository.
fn folder(repository: &Repository, journal: &Journal) -> String {
    format!("{}/", journal.below(repository.prefix()))
}

/// Sorts out what git will do by itself, what has to be done beside it, and what is in the way.
fn sort<'c>(
    repository: &Repository,
    journal: &Journal,
    index: &Index,
    changes: &'c [TreeChange],
) -> Result<Result<Beside<'c>, String>> {
    let folder = folder(repository, journal);
    let mut beside = Beside::default();
    for change in changes {
        let staged = match index.entries.get(&change.path) {
            None => None,
            Some(Some(entry)) => Some(entry),
            Some(None) => return Ok(Err(format!("{} is in conflict", shown(&change.path)))),
        };
        if staged == change.new.as_ref() {
            continue;
        }
        if staged != change.old.as_ref() {
            return Ok(Err(format!("{} is staged and not committed", shown(&change.path))));
        }
        let file = repository.top().join(os_path(&change.path));
        let untracked = change.old.is_none() && std::fs::symlink_metadata(&file).is_ok();
        if !untracked && !index.dirty.contains(&change.path) {
            continue;
        }
        match page(&folder, &change.path) {
            Some(page) => {
                beside.pages.push((page.to_owned(), change));
                beside.entries.push(change);
            }
            None if untracked && is_same(repository, &file, change.new.as_ref())? => beside.entries.push(change),
            None if untracked => {
                return Ok(Err(format!("{} is in the way, and git does not track it", shown(&change.path))));
            }
            None => return Ok(Err(format!("{} has changes that are not committed", shown(&change.path)))),
        }
    }
    Ok(Ok(beside))
}

/// The way of a file in the journal; `None` if it is none of its files.
fn page<'p>(folder: &str, path: &'p [u8]) -> Option<&'p str> {
    let page = std::str::from_utf8(path).ok()?.strip_prefix(folder)?;
    exchange::is_of_journal(page).then_some(page)
}

/// Whether a file is what it is to become, byte for byte.
fn is_same(repository: &Repository, file: &Path, new: Option<&TreeEntry>) -> Result<bool> {
    let Some(entry) = new.filter(|entry| entry.mode == "100644") else { return Ok(false) };
    let regular = std::fs::symlink_metadata(file).is_ok_and(|metadata| metadata.is_file());
    Ok(regular && std::fs::read(file).ok() == Some(repository.blob(&entry.oid)?))
}

/// A file that git would run a program for, which it must not; `None` if there is none.
fn filtered(
    repository: &Repository,
    journal: &Journal,
    changes: &[TreeChange],
    beside: &Beside<'_>,
) -> Result<Option<Vec<u8>>> {
    let filters = repository.config().names("filter.", "");
    if filters.is_empty() {
        return Ok(None);
    }
    let folder = folder(repository, journal);
    let mut paths = Vec::new();
    for change in changes.iter().filter(|change| change.new.is_some()) {
        // The journal is what it is, whatever a filter would make of it.
        let own = page(&folder, &change.path).is_some() || beside.entries.iter().any(|done| done.path == change.path);
        if !own {
            paths.extend_from_slice(&change.path);
            paths.push(0);
        }
    }
    if paths.is_empty() {
        return Ok(None);
    }
    // PATH, attribute, value, each ended by a NUL.
    let told = repository.call(&["check-attr", "-z", "--stdin", "filter"], &paths)?.success("look up attributes")?;
    let parts: Vec<&[u8]> = told.split(|&byte| byte == 0).collect();
    let is_filter = |record: &&[&[u8]]| {
        let value = String::from_utf8_lossy(record[2]);
        filters.iter().any(|filter| filter.strip_prefix(&*value).is_some_and(|rest| rest.starts_with('.')))
    };
    Ok(parts.chunks_exact(3).find(is_filter).map(|record| record[0].to_vec()))
}

/// Writes the files of the journal that are not as the index has them; what they hold now is taken in first.
fn write_pages(repository: &Repository, journal: &Journal, store: &mut Store, beside: &Beside<'_>) -> Result<()> {
    for (page, change) in &beside.pages {
        let file = journal.folder().join(page);
        if let Ok(bytes) = std::fs::read(&file) {
            store.receive(&[bytes], &BTreeSet::new(), true)?;
        }
        match &change.new {
            Some(entry) => {
                exchange::replace(journal, page, &repository.blob(&entry.oid)?)?;
            }
            None => std::fs::remove_file(&file).with_context(|| format!("{}: cannot be removed", file.display()))?,
        }
    }
    Ok(())
}

fn update_index(repository: &Repository, entries: &[(Vec<u8>, Option<TreeEntry>)]) -> Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    let info = entries
        .iter()
        .map(|(path, entry)| (path.clone(), entry.as_ref().map(|entry| (entry.mode.as_str(), &entry.oid))));
    let info = index_info(repository, info);
    let mut command = repository.command(Reach::Here);
    run(command.args(["update-index", "-z", "--index-info"]), &info)?.success("write its index")?;
    Ok(())
}

fn shown(path: &[u8]) -> String {
    String::from_utf8_lossy(path).into_owned()
}

#[cfg(unix)]
fn os_path(path: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    PathBuf::from(std::ffi::OsStr::from_bytes(path))
}

#[cfg(not(unix))]
fn os_path(path: &[u8]) -> PathBuf {
    PathBuf::from(shown(path))
}
