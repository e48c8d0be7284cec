//! Finding the programs that are run by name, git and an editor, in the folders of `PATH`. Only folders given by their full
//! path count, and none inside a collection: anything can be there after a `git pull`.
//!
//! Not here: running a program, and one that the user names by its path.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

/// The collections that were found. The programs of a process are those of its user, so this is not kept for each.
static COLLECTIONS: RwLock<Vec<PathBuf>> = RwLock::new(Vec::new());

/// Where programs are if `PATH` is not set (execvp(3)).
const DEFAULT: &str = if cfg!(unix) { "/bin:/usr/bin" } else { "" };

/// Keeps programs in a collection from being run. It is given by its full path without links.
pub(crate) fn distrust(collection: &Path) {
    let mut collections = COLLECTIONS.write().unwrap_or_else(PoisonError::into_inner);
    if !collections.iter().any(|known| known == collection) {
        collections.push(collection.to_owned());
    }
}

/// Finds a program by name.
pub(crate) fn find(name: impl AsRef<OsStr>) -> Option<PathBuf> {
    let collections = COLLECTIONS.read().unwrap_or_else(PoisonError::into_inner);
    find_in(&folders(&collections), name.as_ref(), &collections)
}

/// Returns the value of `PATH` for a program that finds others by name.
pub(crate) fn trusted() -> OsString {
    let collections = COLLECTIONS.read().unwrap_or_else(PoisonError::into_inner);
    std::env::join_paths(folders(&collections)).unwrap_or_default()
}

fn folders(collections: &[PathBuf]) -> Vec<PathBuf> {
    trusted_folders(&std::env::var_os("PATH").unwrap_or_else(|| DEFAULT.into()), collections)
}

/// Returns the folders of a search path that are not relative and not inside a collection.
fn trusted_folders(path: &OsStr, collections: &[PathBuf]) -> Vec<PathBuf> {
    let is_outside = |folder: &PathBuf| folder.is_absolute() && is_outside(folder, collections);
    std::env::split_paths(path).filter(is_outside).collect()
}

fn find_in(folders: &[PathBuf], name: &OsStr, collections: &[PathBuf]) -> Option<PathBuf> {
    let mut file = name.to_owned();
    if Path::new(name).extension().is_none_or(|extension| extension != std::env::consts::EXE_EXTENSION) {
        file.push(std::env::consts::EXE_SUFFIX);
    }
    // A folder elsewhere may have a link to a program in the collection.
    folders.iter().map(|folder| folder.join(&file)).find(|path| is_program(path) && is_outside(path, collections))
}

/// Returns whether a file or a folder is there and in no collection, whatever links lead to it.
fn is_outside(path: &Path, collections: &[PathBuf]) -> bool {
    path.canonicalize().is_ok_and(|path| collections.iter().all(|collection| !path.starts_with(collection)))
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn programs_come_from_folders_with_a_full_path_outside_of_collections() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let collection = root.join("collection");
        for (bin, name, mode) in [
            ("collection/bin", "tool", 0o755),
            ("bin", "tool", 0o755),
            ("bin", "text", 0o644),
            ("collection-bin", "tool", 0o755),
        ] {
            std::fs::create_dir_all(root.join(bin)).unwrap();
            std::fs::write(root.join(bin).join(name), "").unwrap();
            std::fs::set_permissions(root.join(bin).join(name), std::fs::Permissions::from_mode(mode)).unwrap();
        }
        symlink(collection.join("bin"), root.join("linked")).unwrap();
        symlink(collection.join("bin/tool"), root.join("bin/link")).unwrap();
        let full = |folder: &str| root.join(folder).display().to_string();
        let cases = [
            (full("bin"), "tool", Some("bin/tool")),
            (full("collection-bin"), "tool", Some("collection-bin/tool")),
            (full("bin"), "text", None),
            (full("bin"), "link", None),
            (full("bin"), "", None),
            (full("bin"), "none", None),
            (full("linked"), "tool", None),
            (full("collection/bin"), "tool", None),
            (full("bin/../collection/bin"), "tool", None),
            (String::new(), "tool", None),
            (format!(":.:bin:{}:{}", full("collection/bin"), full("bin")), "tool", Some("bin/tool")),
        ];
        for (path, name, expected) in cases {
            let collections = std::slice::from_ref(&collection);
            let folders = trusted_folders(OsStr::new(&path), collections);
            let found = find_in(&folders, OsStr::new(name), collections);
            assert_eq!(found, expected.map(|expected| root.join(expected)), "{path} {name}");
        }
    }
}
