//! Who may open this machine's files.

use std::path::{Path, PathBuf};

use crate::store::error::Error;

/// Returns what other users may open in this machine's folder: each with its mode and the mode it should have.
#[cfg(unix)]
pub(crate) fn open_to_others(local: &Path) -> Vec<(PathBuf, u32, u32)> {
    use std::os::unix::fs::PermissionsExt as _;
    let below = std::fs::read_dir(local).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut open = Vec::new();
    for path in std::iter::once(local.to_owned()).chain(below) {
        let Ok(metadata) = std::fs::symlink_metadata(&path) else { continue };
        let mode = metadata.permissions().mode() & 0o7777;
        if !metadata.is_symlink() && mode & 0o077 != 0 {
            open.push((path, mode, if metadata.is_dir() { 0o700 } else { 0o600 }));
        }
    }
    open.sort();
    open
}

/// Returns nothing: this system has no modes.
#[cfg(not(unix))]
pub(crate) fn open_to_others(_: &Path) -> Vec<(PathBuf, u32, u32)> {
    Vec::new()
}

#[cfg(unix)]
pub(crate) fn close_to_others(path: &Path, mode: u32) -> Result<(), Error> {
    let closed = std::os::unix::fs::PermissionsExt::from_mode(mode);
    std::fs::set_permissions(path, closed).map_err(Error::file(path, "cannot be closed"))
}

#[cfg(not(unix))]
pub(crate) fn close_to_others(_: &Path, _: u32) -> Result<(), Error> {
    Ok(())
}
