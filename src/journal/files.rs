//! The journal's folder: which files it has, what else is in it, and replacing a file. Anyone who can write to the
//! repository can put anything there, so no link is followed, and only regular files are opened.

use std::fs::{DirEntry, FileType, Metadata};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::error::Error;
use super::paths::Journal;
use super::purged;
use crate::atomic_file::{self, Access};
use crate::git;
use crate::regular_file;

/// The largest journal file that is read, in bytes; git's commits are read up to the same size.
pub(crate) const LARGEST: u64 = git::LARGEST;

/// What is in a journal's folder.
#[derive(Debug, Default)]
pub(crate) struct JournalFolder {
    /// Every journal file, in path order.
    pub(crate) files: Vec<(PathBuf, Metadata)>,
    /// What is not read, in path order.
    pub(crate) unread: Vec<UnreadEntry>,
}

/// Something in a journal's folder that is not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnreadEntry {
    pub(crate) path: PathBuf,
    pub(crate) why: String,
    reason: UnreadReason,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum UnreadReason {
    /// A link is in the place of a folder.
    LinkedFolder,
    /// Something else is in the place of a folder or a file.
    Odd,
    /// It is what it should be, and cannot be read.
    Unreadable,
}

impl UnreadEntry {
    fn odd(path: &Path, why: impl Into<String>) -> Self {
        UnreadEntry { path: path.to_owned(), why: why.into(), reason: UnreadReason::Odd }
    }

    /// Returns a file or a folder that could not be read.
    pub(crate) fn unreadable(path: &Path, why: impl std::error::Error) -> Self {
        UnreadEntry { path: path.to_owned(), why: why.to_string(), reason: UnreadReason::Unreadable }
    }

    pub(crate) fn is_unreadable(&self) -> bool {
        self.reason == UnreadReason::Unreadable
    }
}

/// Looks at everything in a journal's folder. What is deeper than `DEVICE/MONTH.jsonl` belongs to another learner.
pub(crate) fn list(journal: &Journal) -> JournalFolder {
    let mut found = JournalFolder::default();
    let mut folder = journal.home.clone();
    for part in journal.path.split('/') {
        folder.push(part);
        match std::fs::symlink_metadata(&folder) {
            Ok(metadata) if metadata.is_dir() => {}
            Ok(metadata) => {
                found.not_a_folder(&folder, metadata.file_type());
                return found;
            }
            Err(_) => return found,
        }
    }
    for entry in found.entries(&folder) {
        found.device(&entry);
    }
    found.files.sort_by(|(a, _), (b, _)| a.cmp(b));
    found.unread.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

impl JournalFolder {
    fn entries(&mut self, folder: &Path) -> Vec<DirEntry> {
        match std::fs::read_dir(folder).and_then(Iterator::collect) {
            Ok(entries) => entries,
            // One that vanished in the meantime has no journals.
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            Err(error) => {
                self.unread.push(UnreadEntry::unreadable(folder, error));
                Vec::new()
            }
        }
    }

    /// Sorts what is directly in the journal's folder.
    fn device(&mut self, entry: &DirEntry) {
        let (name, Ok(kind)) = (entry.file_name(), entry.file_type()) else { return };
        if is_page(entry) {
            self.page(entry, kind);
        } else if name == purged::NAME {
            let too_large = kind.is_file() && entry.metadata().is_ok_and(|metadata| metadata.len() > purged::LARGEST);
            let why =
                if too_large { Some(over(purged::LARGEST)) } else { regular_file::problem(kind).map(str::to_owned) };
            self.unread.extend(why.map(|why| UnreadEntry::odd(&entry.path(), why)));
        } else if kind.is_dir() {
            for below in self.entries(&entry.path()) {
                self.below_device(&below);
            }
        } else if is_other_file(entry) {
            self.unread.extend(regular_file::problem(kind).map(|problem| UnreadEntry::odd(&entry.path(), problem)));
        } else {
            self.not_a_folder(&entry.path(), kind);
        }
    }

    fn below_device(&mut self, entry: &DirEntry) {
        let Ok(kind) = entry.file_type() else { return };
        if is_page(entry) {
            self.page(entry, kind);
        } else if let Some(problem) = regular_file::problem(kind).filter(|_| !kind.is_dir()) {
            self.unread.push(UnreadEntry::odd(&entry.path(), problem));
        }
    }

    fn page(&mut self, entry: &DirEntry, kind: FileType) {
        let path = entry.path();
        match (regular_file::problem(kind), entry.metadata()) {
            (Some(problem), _) => self.unread.push(UnreadEntry::odd(&path, problem)),
            (None, Ok(metadata)) if metadata.len() > LARGEST => {
                self.unread.push(UnreadEntry::odd(&path, over(LARGEST)));
            }
            (None, Ok(metadata)) => self.files.push((path, metadata)),
            (None, Err(_)) => {}
        }
    }

    fn not_a_folder(&mut self, path: &Path, kind: FileType) {
        let why = regular_file::problem(kind).unwrap_or("it is a file, not a folder");
        let reason = if kind.is_symlink() { UnreadReason::LinkedFolder } else { UnreadReason::Odd };
        self.unread.push(UnreadEntry { reason, ..UnreadEntry::odd(path, why) });
    }
}

fn is_page(entry: &DirEntry) -> bool {
    Path::new(&entry.file_name()).extension().is_some_and(|extension| extension == "jsonl")
}

/// Whether something beside the folders of devices has the name of a file that people and systems put there: hidden, or
/// with an extension.
fn is_other_file(entry: &DirEntry) -> bool {
    let name = entry.file_name();
    name.as_encoded_bytes().starts_with(b".") || Path::new(&name).extension().is_some()
}

fn over(most: u64) -> String {
    format!("it is over {}", regular_file::size(most))
}

/// Refuses a journal that is reached, or has a device's folder, through a link: what is written there would be elsewhere.
pub(crate) fn refuse_linked_folders(journal: &Journal) -> Result<(), Error> {
    match list(journal).unread.into_iter().find(|unread| unread.reason == UnreadReason::LinkedFolder) {
        Some(linked) => Err(Error::LinkedFolder(linked.path)),
        None => Ok(()),
    }
}

/// Replaces a journal file, named by its path from the journal's folder. No link on the way is followed.
pub(crate) fn replace(journal: &Journal, page: &str, text: &[u8]) -> Result<PathBuf, Error> {
    let mut folder = journal.home.clone();
    let path = format!("{}/{page}", journal.path);
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", &path));
    for part in folders.split('/') {
        folder.push(part);
        create_folder_unless_link(&folder)?;
    }
    let path = folder.join(name);
    atomic_file::replace(&path, text, Access::Shared).map_err(Error::file(&path, "cannot be written"))?;
    Ok(path)
}

fn create_folder_unless_link(folder: &Path) -> Result<(), Error> {
    match std::fs::symlink_metadata(folder) {
        Ok(metadata) if metadata.is_dir() => Ok(()),
        Ok(metadata) if metadata.is_symlink() => Err(Error::LinkedFolder(folder.to_owned())),
        Ok(_) => Err(Error::NotAFolder(folder.to_owned())),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            std::fs::create_dir(folder).map_err(Error::file(folder, "cannot be created"))
        }
        Err(error) => Err(Error::file(folder, "cannot be opened")(error)),
    }
}
