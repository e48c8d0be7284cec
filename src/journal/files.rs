//! The journal's folder: which files it has, and replacing one.

use std::fs::Metadata;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::error::Error;
use super::paths::Journal;
use crate::atomic_file::{self, Access};

/// Returns every journal file, in path order. What is deeper than `DEVICE/MONTH.jsonl` belongs to another learner.
pub(crate) fn list(folder: &Path) -> Vec<(PathBuf, Metadata)> {
    let walk = ignore::WalkBuilder::new(folder).standard_filters(false).follow_links(false).max_depth(Some(2)).build();
    let files = walk.flatten().filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()));
    let journals = files.filter(|entry| entry.path().extension().is_some_and(|extension| extension == "jsonl"));
    let mut found: Vec<_> =
        journals.filter_map(|entry| entry.metadata().ok().map(|metadata| (entry.into_path(), metadata))).collect();
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    found
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
        Ok(_) => Err(Error::NotAFolder(folder.display().to_string())),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            std::fs::create_dir(folder).map_err(Error::file(folder, "cannot be created"))
        }
        Err(error) => Err(Error::file(folder, "cannot be opened")(error)),
    }
}
