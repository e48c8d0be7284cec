//! Opening files that a clone may have brought: regular files only, never through a link. A link may lead to a private file
//! anywhere, and a pipe or a device may block or never end.
//!
//! Not here: the folders above a file, which the caller has looked at, and replacing a file.

use std::fs::{File, FileType, Metadata, OpenOptions};
use std::io::{Error, ErrorKind, Read as _, Result};
use std::path::Path;

/// Opens a file with these options, which may create it.
///
/// # Errors
/// If it is not a regular file, it is neither opened nor changed.
pub(crate) fn open(path: &Path, options: &mut OpenOptions) -> Result<File> {
    match metadata(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    // What has the name may have changed since.
    without_links(options);
    let file = options.open(path)?;
    check(file.metadata()?.file_type())?;
    Ok(file)
}

/// Opens a file to read it.
pub(crate) fn open_to_read(path: &Path) -> Result<File> {
    open(path, OpenOptions::new().read(true))
}

/// Returns the metadata of a regular file.
pub(crate) fn metadata(path: &Path) -> Result<Metadata> {
    let metadata = std::fs::symlink_metadata(path)?;
    check(metadata.file_type())?;
    Ok(metadata)
}

/// Reads a file of at most so many bytes.
pub(crate) fn read(path: &Path, most: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open_to_read(path)?.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(Error::new(ErrorKind::InvalidData, format!("it is over {}", size(most))));
    }
    Ok(bytes)
}

/// Returns a size in bytes as messages give it.
pub(crate) fn size(bytes: u64) -> String {
    if bytes >= 1 << 20 { format!("{} MiB", bytes >> 20) } else { format!("{} KiB", bytes >> 10) }
}

/// Returns what is in the place of a regular file; `None` if it is one.
pub(crate) fn problem(kind: FileType) -> Option<&'static str> {
    if kind.is_file() {
        None
    } else if kind.is_symlink() {
        Some("it is a link, and links are not followed here")
    } else if kind.is_dir() {
        Some("it is a folder, not a file")
    } else {
        Some("it is not a regular file")
    }
}

fn check(kind: FileType) -> Result<()> {
    problem(kind).map_or(Ok(()), |problem| Err(Error::new(ErrorKind::InvalidInput, problem)))
}

#[cfg(unix)]
fn without_links(options: &mut OpenOptions) {
    use rustix::fs::OFlags;
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    std::os::unix::fs::OpenOptionsExt::custom_flags(options, flags.bits().cast_signed());
}

#[cfg(not(unix))]
fn without_links(_: &mut OpenOptions) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_up_to_its_cap() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "four").unwrap();
        assert_eq!(read(&path, 4).unwrap(), b"four");
        assert_eq!(read(&path, 3).unwrap_err().kind(), ErrorKind::InvalidData);
        assert_eq!(read(&folder.path().join("b"), 3).unwrap_err().kind(), ErrorKind::NotFound);
    }

    #[cfg(unix)]
    #[test]
    fn only_a_regular_file_is_opened() {
        let folder = tempfile::tempdir().unwrap();
        let [target, link, pipe, dangling] =
            ["target", "link", "pipe", "dangling"].map(|name| folder.path().join(name));
        std::fs::write(&target, "private").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        std::os::unix::fs::symlink(folder.path().join("nothing"), &dangling).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let cases = [
            (link.as_path(), "it is a link, and links are not followed here"),
            (&dangling, "it is a link, and links are not followed here"),
            (&pipe, "it is not a regular file"),
            (Path::new("/dev/zero"), "it is not a regular file"),
            (folder.path(), "it is a folder, not a file"),
        ];
        for (path, problem) in cases {
            assert_eq!(read(path, 10).unwrap_err().to_string(), problem, "{path:?}");
            for options in [OpenOptions::new().read(true), OpenOptions::new().append(true).create(true)] {
                assert_eq!(open(path, options).unwrap_err().to_string(), problem, "{path:?}");
            }
            assert_eq!(open(path, OpenOptions::new().write(true).truncate(true)).unwrap_err().to_string(), problem);
        }
        assert_eq!(std::fs::read(&target).unwrap(), b"private");
        assert!(!folder.path().join("nothing").exists());
    }
}
