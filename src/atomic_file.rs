//! Replacing a file: written beside it, synced, renamed over it, the folder synced. A reader sees the old file or the new
//! one, and so does the next start after a power cut.
//!
//! Not here: appending to a log, and the database file while SQLite has it open.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{ErrorKind, Result, Write as _};
use std::path::{Path, PathBuf};

use tempfile::TempPath;

/// Who may open a file that is created.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Access<'a> {
    /// The user alone, whatever the umask.
    Private,
    /// Everyone the umask allows.
    Shared,
    /// As this file, with the same owner if that is allowed.
    Like(&'a Metadata),
}

/// Replaces a file, or creates it, with these bytes.
///
/// # Errors
/// The old file is still there, unless only syncing the folder failed.
pub(crate) fn replace(path: &Path, bytes: &[u8], access: Access<'_>) -> Result<()> {
    Replacement::write(path, bytes, access)?.put()?;
    sync_folder(path)
}

/// A durable file beside the one it will replace. It is removed if it is dropped before.
#[derive(Debug)]
pub(crate) struct Replacement {
    new: TempPath,
    path: PathBuf,
}

impl Replacement {
    /// Writes the bytes beside a file, under a hidden name of its own.
    pub(crate) fn write(path: &Path, bytes: &[u8], access: Access<'_>) -> Result<Self> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        // File systems allow names of 255 bytes.
        let short: String = name.char_indices().take_while(|(at, _)| *at < 200).map(|(_, c)| c).collect();
        let new = path.with_file_name(format!(".{short}.new"));
        // What a killed process left behind.
        remove(&new)?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        if matches!(access, Access::Private | Access::Like(_)) {
            create_private(&mut options);
        }
        let mut file = options.open(&new)?;
        let new = TempPath::try_from_path(new)?;
        file.write_all(bytes)?;
        if let Access::Like(metadata) = access {
            make_like(&file, metadata)?;
        }
        file.sync_all()?;
        Ok(Replacement { new, path: path.to_owned() })
    }

    /// Puts the new file in the place of the old one. The folder is not synced.
    pub(crate) fn put(self) -> Result<()> {
        self.new.persist(&self.path).map_err(|error| error.error)
    }
}

/// Renames a file over another and syncs the folder; the file itself is durable already.
pub(crate) fn rename(new: &Path, path: &Path) -> Result<()> {
    std::fs::rename(new, path)?;
    sync_folder(path)
}

/// Makes the name of a new or replaced file durable.
pub(crate) fn sync_folder(path: &Path) -> Result<()> {
    match path.parent() {
        Some(folder) if cfg!(unix) => {
            let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            File::open(folder)?.sync_all()
        }
        _ => Ok(()),
    }
}

/// Removes a file if it is there.
pub(crate) fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Removes a folder with everything in it if it is there. A link is removed, not followed.
pub(crate) fn remove_folder(path: &Path) -> Result<()> {
    match std::fs::remove_dir_all(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Makes a file that is created the user's alone, whatever the umask.
pub(crate) fn create_private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Creates a folder, and those above it, for the user alone.
pub(crate) fn create_folder(path: &Path) -> Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Copies the owner and the permissions of another file. Only root may change owners; for others that is skipped.
#[cfg(unix)]
fn make_like(file: &File, like: &Metadata) -> Result<()> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = file.metadata()?;
    if (metadata.uid(), metadata.gid()) != (like.uid(), like.gid()) {
        let _ = std::os::unix::fs::fchown(file, Some(like.uid()), Some(like.gid()));
    }
    if metadata.permissions() == like.permissions() { Ok(()) } else { file.set_permissions(like.permissions()) }
}

#[cfg(not(unix))]
fn make_like(file: &File, like: &Metadata) -> Result<()> {
    file.set_permissions(like.permissions())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_new_bytes_take_the_place_of_the_old_and_nothing_is_left_beside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.toml");
        // A name that a killed process left behind does not get in the way.
        std::fs::write(folder.path().join(".a.toml.new"), "half").unwrap();
        for (bytes, access) in [(&b"one"[..], Access::Private), (b"", Access::Shared), (b"three", Access::Private)] {
            replace(&path, bytes, access).unwrap();
            assert_eq!(std::fs::read(&path).unwrap(), bytes);
        }
        drop(Replacement::write(&path, b"four", Access::Shared).unwrap());
        assert_eq!(std::fs::read(&path).unwrap(), b"three");
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn permissions_are_private_or_those_of_the_old_file() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o7777;
        replace(&path, b"1", Access::Private).unwrap();
        assert_eq!(mode(&path), 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        let metadata = std::fs::metadata(&path).unwrap();
        replace(&path, b"2", Access::Like(&metadata)).unwrap();
        assert_eq!(mode(&path), 0o640);
    }

    #[test]
    fn a_folder_in_its_place_is_an_error_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::create_dir_all(path.join("b")).unwrap();
        assert!(replace(&path, b"x", Access::Private).is_err());
        assert!(path.join("b").is_dir());
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
    }
}
