//! Deck files that their author asks the program to write: read once, edited beside, replaced whole or not at all.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use super::deck_path::DeckPaths;
use super::error::Error;
use super::open::Collection;
use super::read_file::{LARGEST, read_bytes};
use crate::atomic_file::{self, Access, Replacement, create_private, sync_folder};

/// A deck file as it was read, or one that is to be created.
#[derive(Debug)]
pub(crate) struct Original {
    pub(crate) name: String,
    path: PathBuf,
    before: Option<(Vec<u8>, Metadata)>,
}

/// A copy of a deck for the editor. Its name begins with a dot, so it is not a deck, and ends in `.toml`, so an editor
/// knows its syntax. It stays until [`Draft::remove`].
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) name: String,
    pub(crate) path: PathBuf,
}

impl Collection {
    pub(crate) fn original(&self, name: &str) -> Result<Original, Error> {
        let path = self.folders.root.join(name);
        let read = || {
            if !std::fs::symlink_metadata(&path)?.is_file() || !path.canonicalize()?.starts_with(&self.folders.root) {
                return Err(io::Error::other("no regular file inside the collection"));
            }
            let bytes = read_bytes(&path)?;
            if bytes.len() as u64 > LARGEST {
                return Err(io::Error::other("over 16 MiB"));
            }
            Ok((bytes, std::fs::metadata(&path)?))
        };
        let before = read().map_err(Error::file(Path::new(name), "cannot be read"))?;
        Ok(Original { name: name.to_owned(), path, before: Some(before) })
    }

    /// Returns a deck that is to be created, or a file that has nothing in it yet. `word` is a path from the current folder
    /// if that is inside the collection, else from the collection's folder.
    pub(crate) fn new_deck(&self, word: &str, cwd: &Path) -> Result<Original, Error> {
        let root = &self.folders.root;
        let inside = |path: PathBuf| {
            let folder = path.parent()?.canonicalize().ok().filter(|folder| folder.starts_with(root))?;
            Some(folder.join(path.file_name()?))
        };
        let Some(path) = inside(cwd.join(word)).or_else(|| inside(root.join(word))) else {
            return Err(Error::OutsideCollection { word: word.to_owned(), root: root.clone() });
        };
        let refused = |help| Error::CannotBeDeck { word: word.to_owned(), help };
        let parts = path.strip_prefix(root).unwrap_or(&path).components().map(|part| part.as_os_str().to_str());
        let name = parts.collect::<Option<Vec<_>>>().map(|parts| parts.join("/"));
        let Some(name) = name else { return Err(refused("its name is not UTF-8")) };
        if !DeckPaths::new(root, &self.settings.exclude).contains(&name) {
            let help = "settings, names that begin with a dot, and what `[collection] exclude` names are not read";
            return Err(refused(help));
        }
        if std::fs::symlink_metadata(&path).is_err() {
            return Ok(Original { name, path, before: None });
        }
        let original = self.original(&name)?;
        let blank = |line: &[u8]| line.trim_ascii().is_empty() || line.trim_ascii_start().starts_with(b"#");
        if !original.bytes().split(|&byte| byte == b'\n').all(blank) {
            return Err(refused("a file of that name is there, and is no deck; `rehearse check` says why"));
        }
        Ok(original)
    }
}

impl Original {
    pub(crate) fn bytes(&self) -> &[u8] {
        self.before.as_ref().map_or(&[], |(bytes, _)| bytes)
    }

    pub(crate) fn is_new(&self) -> bool {
        self.before.is_none()
    }

    pub(crate) fn is_read_only(&self) -> bool {
        self.before.as_ref().is_some_and(|(_, metadata)| metadata.permissions().readonly())
    }

    /// Writes a copy beside it, with other bytes and the same permissions.
    pub(crate) fn draft(&self, bytes: &[u8]) -> Result<Draft, Error> {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        // File systems allow names of 255 bytes.
        let short: String = name.char_indices().take_while(|(at, _)| *at < 200).map(|(_, c)| c).collect();
        let folder = self.path.parent().unwrap_or(Path::new(""));
        let write = || {
            // The first free name is reserved, then filled.
            let (path, _) = create(folder, &|n| format!(".{short}.rehearse-{n}.toml"))?;
            atomic_file::replace(&path, bytes, self.access()).inspect_err(|_| {
                let _ = std::fs::remove_file(&path);
            })?;
            Ok(path)
        };
        let path: PathBuf = write().map_err(Error::file(Path::new(&self.name), "no copy can be written beside it"))?;
        let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let folder = self.name.rfind('/').map_or("", |end| &self.name[..=end]);
        Ok(Draft { name: format!("{folder}{file}"), path })
    }

    /// Replaces the file, durably and with its permissions. Returns `false` and changes nothing if it is not as it was read.
    pub(crate) fn replace(&self, bytes: &[u8]) -> Result<bool, Error> {
        let replace = || {
            let replacement = Replacement::write(&self.path, bytes, self.access())?;
            let unchanged = self.is_unchanged()?;
            if unchanged {
                replacement.put()?;
            }
            Ok(unchanged)
        };
        let name = Path::new(&self.name);
        let replaced = replace().map_err(Error::file(name, "cannot be replaced"))?;
        if replaced {
            sync_folder(&self.path)
                .map_err(Error::file(name, "it is replaced, but that may not outlast a power cut"))?;
        }
        Ok(replaced)
    }

    fn access(&self) -> Access<'_> {
        self.before.as_ref().map_or(Access::Shared, |(_, metadata)| Access::Like(metadata))
    }

    pub(crate) fn is_unchanged(&self) -> io::Result<bool> {
        let regular = match std::fs::symlink_metadata(&self.path) {
            Ok(metadata) => metadata.is_file(),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(self.before.is_none()),
            Err(error) => return Err(error),
        };
        let Some((before, _)) = &self.before else { return Ok(false) };
        Ok(regular && read_bytes(&self.path)? == *before)
    }
}

impl Draft {
    pub(crate) fn read(&self) -> Result<Option<Vec<u8>>, Error> {
        let unusable = |problem| Err(Error::Unusable { name: self.name.clone(), problem });
        let cannot_read = Error::file(Path::new(&self.name), "cannot be read");
        match std::fs::symlink_metadata(&self.path) {
            Ok(metadata) if !metadata.is_file() => unusable("no regular file"),
            Ok(metadata) if metadata.len() > LARGEST => unusable("over 16 MiB"),
            Ok(_) => read_bytes(&self.path).map(Some).map_err(cannot_read),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(cannot_read(error)),
        }
    }

    /// Removes it. If that fails, it stays: it is not a deck.
    pub(crate) fn remove(self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Writes a text to a new file in this machine's folder, for the user alone, to be edited.
pub(crate) fn scratch(local: &Path, text: &str) -> Result<PathBuf, Error> {
    let written = create(local, &|n| format!("answer-{n}.txt"))
        .and_then(|(path, mut file)| file.write_all(text.as_bytes()).map(|()| path));
    written.map_err(Error::file(local, "no file can be written there"))
}

/// Creates a file for the user alone under the first of these names that is free.
fn create(folder: &Path, name: &dyn Fn(usize) -> String) -> io::Result<(PathBuf, File)> {
    let mut n = 1;
    loop {
        let path = folder.join(name(n));
        match create_private(OpenOptions::new().write(true).create_new(true)).open(&path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => n += 1,
            opened => return opened.map(|file| (path, file)),
        }
    }
}
