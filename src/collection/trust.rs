//! What in a collection is this machine's own. A clone can bring anything below `.rehearse`: a link there may lead to a
//! private file, and a folder `local` that git tracks is another person's.

use std::fs::FileType;
use std::path::{Path, PathBuf};

use super::error::Error;
use super::find::Folders;
use crate::{git, regular_file, store};

/// The start of the name of every file in this machine's folder. A file that is about to replace one has a dot before it.
const OWN_FILES: [&str; 7] =
    ["answers.jsonl", "device", "lock", "log.jsonl", "rehearse.db", "settings.toml", "sync.lock"];
const OWN_FOLDERS: [&str; 2] = ["sync", "takes"];
/// Files that may be anything but a link here: the database says what is in its place, and a session goes on if an answer
/// cannot be kept.
const LOOKED_AT_LATER: [&str; 2] = ["answers.jsonl", "rehearse.db"];

/// Refuses a collection in which something else is in the place of what is opened below `.rehearse`, or whose folder of this
/// machine came with a clone. Nothing of either was opened before.
pub(super) fn refuse_foreign(folders: &Folders) -> Result<(), Error> {
    let home = folders.root.join(".rehearse");
    refuse_unless(&home, FileType::is_dir)?;
    refuse_unless(&home.join(".gitignore"), FileType::is_file)?;
    refuse_unless(&folders.local, FileType::is_dir)?;
    for entry in std::fs::read_dir(&folders.local).into_iter().flatten().flatten() {
        let Ok(kind) = entry.file_type() else { continue };
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let bare = name.strip_prefix('.').unwrap_or(&name);
        let is_folder = OWN_FOLDERS.contains(&bare);
        let is_file = !is_folder && OWN_FILES.iter().any(|own| bare.starts_with(own));
        if is_folder && !kind.is_dir()
            || is_file && !kind.is_file() && (kind.is_symlink() || !LOOKED_AT_LATER.contains(&bare))
        {
            return Err(in_the_way(entry.path(), kind));
        }
    }
    refuse_tracked(folders)
}

fn refuse_unless(path: &Path, expected: impl Fn(&FileType) -> bool) -> Result<(), Error> {
    match std::fs::symlink_metadata(path) {
        Ok(metadata) if !expected(&metadata.file_type()) => Err(in_the_way(path.to_owned(), metadata.file_type())),
        _ => Ok(()),
    }
}

fn in_the_way(path: PathBuf, kind: FileType) -> Error {
    Error::InTheWay { path, problem: regular_file::problem(kind).unwrap_or("it is a file, not a folder") }
}

/// Refuses a folder of this machine that git tracks, unless its file `device` names this machine: the owner may have
/// committed it by mistake, of which `check` warns.
fn refuse_tracked(folders: &Folders) -> Result<(), Error> {
    if store::is_of_this_machine(&folders.local) {
        return Ok(());
    }
    match git::tracked(&folders.local) {
        Ok(tracked) if tracked.is_empty() => Ok(()),
        // Without git, it cannot have come with a clone.
        Err(git::Error::NoGit) => Ok(()),
        Ok(_) => Err(Error::TrackedLocal(folders.local.clone())),
        Err(error) => Err(error.into()),
    }
}
