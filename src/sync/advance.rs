//! Moving the local branch to what was pushed: its files, its index entries, then the branch itself. All or nothing: if
//! anything of the user's is in the way, nothing moves.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::error::Error;
use super::publish::index_info;
use crate::git::{CallOutput, Oid, Reach, Repository, TreeChange, TreeEntry, run};
use crate::journal::{self, Journal};
use crate::regular_file;
use crate::store::Store;

pub(super) struct Advance<'a> {
    pub(super) repository: &'a Repository,
    pub(super) journal: &'a Journal,
    pub(super) branch: &'a str,
    pub(super) from: Option<&'a Oid>,
    pub(super) to: &'a Oid,
}

struct UserIndex {
    /// Every entry; `None` if a merge left several.
    entries: BTreeMap<Vec<u8>, Option<TreeEntry>>,
    /// Files that differ from their index entry.
    dirty: BTreeSet<Vec<u8>>,
}

/// What `read-tree` would not do, because the files differ from the index.
#[derive(Default)]
struct LeftByGit<'c> {
    /// Changes of which only the index entry is missing: the file is as it should be, or will be.
    entries: Vec<&'c TreeChange>,
    /// Files of the journal. They are rendered, so local changes to them don't count.
    pages: Vec<(String, &'c TreeChange)>,
}

impl Advance<'_> {
    /// Moves the branch. Returns what is in the way if it cannot.
    pub(super) fn run(&self, store: &mut Store) -> Result<Option<String>, Error> {
        let repository = self.repository;
        let nothing = repository.empty_tree();
        let old = self.from.unwrap_or(&nothing);
        let changes = repository.changes(old, self.to)?;
        // Afterward only files with other content count as dirty.
        repository.call(&["update-index", "-q", "--ignore-submodules", "--refresh"], b"")?;
        let index = UserIndex::read(repository)?;
        let left = match self.sort(&index, &changes)? {
            Ok(left) => left,
            Err(obstacle) => return Ok(Some(obstacle)),
        };
        if let Some(path) = self.filtered(&changes, &left)? {
            return Ok(Some(format!(
                "{} goes through a content filter, which is not run here (`git pull` runs it)",
                shown(&path)
            )));
        }
        self.write_pages(store, &left)?;
        self.move_branch(old, &left)
    }

    fn move_branch(&self, old: &Oid, left: &LeftByGit<'_>) -> Result<Option<String>, Error> {
        let (repository, to) = (self.repository, self.to);
        update_index(repository, left.entries.iter().map(|change| (&change.path, change.new.as_ref())))?;
        let followed = self.switch(old, to)?;
        if followed.code != Some(0) {
            update_index(repository, left.entries.iter().map(|change| (&change.path, change.old.as_ref())))?;
            return Ok(Some(format!("git would not let the files follow ({})", followed.message())));
        }
        // Fails if somebody committed in the meantime. Zeros stand for a branch that does not exist yet.
        let zeros = "0".repeat(to.as_str().len());
        let before = self.from.map_or(zeros.as_str(), Oid::as_str);
        let moved = repository.call(&["update-ref", "-m", "rehearse sync", self.branch, to.as_str(), before], b"")?;
        if moved.code != Some(0) {
            self.switch(to, old)?;
            return Ok(Some(format!("somebody committed meanwhile ({})", moved.message())));
        }
        Ok(None)
    }

    fn switch(&self, from: &Oid, to: &Oid) -> Result<CallOutput, Error> {
        let args = ["read-tree", "-m", "-u", "--no-recurse-submodules", from.as_str(), to.as_str()];
        Ok(self.repository.call(&args, b"")?)
    }

    /// Returns what git would not do by itself, or what is in the way.
    fn sort<'c>(&self, index: &UserIndex, changes: &'c [TreeChange]) -> Result<Result<LeftByGit<'c>, String>, Error> {
        let mut left = LeftByGit::default();
        for change in changes {
            let path = || shown(&change.path);
            let staged = match index.entries.get(&change.path) {
                None => None,
                Some(Some(entry)) => Some(entry),
                Some(None) => return Ok(Err(format!("{} is in conflict", path()))),
            };
            if staged == change.new.as_ref() {
                continue;
            }
            if staged != change.old.as_ref() {
                return Ok(Err(format!("{} is staged and not committed", path())));
            }
            let file = self.repository.top.join(os_path(&change.path));
            let untracked = change.old.is_none() && std::fs::symlink_metadata(&file).is_ok();
            if !untracked && !index.dirty.contains(&change.path) {
                continue;
            }
            match self.page(&change.path) {
                Some(page) => {
                    left.pages.push((page, change));
                    left.entries.push(change);
                }
                None if untracked && self.is_same(&file, change.new.as_ref())? => left.entries.push(change),
                None if untracked => {
                    return Ok(Err(format!("{} is in the way, and git does not track it", path())));
                }
                None => return Ok(Err(format!("{} has changes that are not committed", path()))),
            }
        }
        Ok(Ok(left))
    }

    /// Returns the path of a journal file from the journal's folder; `None` for any other file.
    fn page(&self, path: &[u8]) -> Option<String> {
        let folder = self.journal.below(&self.repository.prefix);
        let page = std::str::from_utf8(path).ok()?.strip_prefix(&folder)?.strip_prefix('/')?;
        journal::page_of(page).map(|_| page.to_owned())
    }

    fn is_same(&self, file: &Path, new: Option<&TreeEntry>) -> Result<bool, Error> {
        let Some(entry) = new.filter(|entry| entry.mode == "100644") else { return Ok(false) };
        let regular = std::fs::symlink_metadata(file).is_ok_and(|metadata| metadata.is_file());
        Ok(regular && std::fs::read(file).ok() == Some(self.repository.blob(&entry.oid)?))
    }

    /// Returns a file for which git would have to run a filter, which it must not.
    fn filtered(&self, changes: &[TreeChange], left: &LeftByGit<'_>) -> Result<Option<Vec<u8>>, Error> {
        let filters = self.repository.config.names("filter.", "");
        if filters.is_empty() {
            return Ok(None);
        }
        let mut paths = Vec::new();
        for change in changes.iter().filter(|change| change.new.is_some()) {
            // Filters don't apply to the journal.
            let own = self.page(&change.path).is_some() || left.entries.iter().any(|done| done.path == change.path);
            if !own {
                paths.extend_from_slice(&change.path);
                paths.push(0);
            }
        }
        if paths.is_empty() {
            return Ok(None);
        }
        // Path, attribute, and value, each ended by NUL.
        let args = ["check-attr", "-z", "--stdin", "filter"];
        let listed = self.repository.call(&args, &paths)?.success("look up attributes")?;
        let parts: Vec<&[u8]> = listed.split(|&byte| byte == 0).collect();
        let is_filter = |record: &&[&[u8]]| {
            let value = String::from_utf8_lossy(record[2]);
            filters.iter().any(|filter| filter.strip_prefix(&*value).is_some_and(|rest| rest.starts_with('.')))
        };
        Ok(parts.chunks_exact(3).find(is_filter).map(|record| record[0].to_vec()))
    }

    /// Writes the journal files that differ from the index. What they have now is ingested first.
    fn write_pages(&self, store: &mut Store, left: &LeftByGit<'_>) -> Result<(), Error> {
        for (page, change) in &left.pages {
            let file = self.journal.folder().join(page);
            if let Ok(bytes) = regular_file::read(&file, journal::files::LARGEST) {
                store.receive(&[bytes], true)?;
            }
            match &change.new {
                Some(entry) => {
                    journal::files::replace(self.journal, page, &self.repository.blob(&entry.oid)?)?;
                }
                None => std::fs::remove_file(&file).map_err(Error::file(&file, "cannot be removed"))?,
            }
        }
        Ok(())
    }
}

impl UserIndex {
    fn read(repository: &Repository) -> Result<UserIndex, Error> {
        let listed = repository.call(&["ls-files", "-s", "-z"], b"")?.success("list its index")?;
        let mut entries: BTreeMap<Vec<u8>, Option<TreeEntry>> = BTreeMap::new();
        for record in listed.split(|&byte| byte == 0).filter(|record| !record.is_empty()) {
            let (path, entry) =
                parse_entry(record).ok_or(Error::Answer("listed its index in a form that is not known"))?;
            entries.insert(path, entry);
        }
        let args = ["diff-files", "-z", "--name-only", "--ignore-submodules=all"];
        let dirty = repository.call(&args, b"")?.success("compare its files")?;
        let dirty = dirty.split(|&byte| byte == 0).filter(|path| !path.is_empty()).map(<[u8]>::to_vec).collect();
        Ok(UserIndex { entries, dirty })
    }
}

/// Parses an entry of `ls-files`: `MODE OID STAGE`, a tab, the path. An entry of a merge is `None`.
fn parse_entry(record: &[u8]) -> Option<(Vec<u8>, Option<TreeEntry>)> {
    let tab = record.iter().position(|&byte| byte == b'\t')?;
    let words: Vec<&str> = std::str::from_utf8(&record[..tab]).ok()?.split(' ').collect();
    let entry = match words[..] {
        [mode, oid, "0"] => Oid::parse(oid).map(|oid| TreeEntry { mode: mode.to_owned(), oid }),
        _ => None,
    };
    Some((record[tab + 1..].to_vec(), entry))
}

fn update_index<'c>(
    repository: &Repository,
    entries: impl Iterator<Item = (&'c Vec<u8>, Option<&'c TreeEntry>)>,
) -> Result<(), Error> {
    let entries: Vec<_> =
        entries.map(|(path, entry)| (path.clone(), entry.map(|entry| (entry.mode.as_str(), &entry.oid)))).collect();
    if entries.is_empty() {
        return Ok(());
    }
    let info = index_info(repository, entries);
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
