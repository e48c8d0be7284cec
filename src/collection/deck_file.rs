//! Deck files that their author asks to have written: read once, edited beside, replaced whole or not at all.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use super::{Collection, Failure, LARGEST, read_bytes, walk};
use crate::atomic_file::{Access, Replacement, create_private, sync_folder};

/// A deck file as it was read, or one that is to be made.
#[derive(Debug)]
pub(crate) struct Original {
    /// Path relative to the collection.
    pub(crate) name: String,
    path: PathBuf,
    before: Option<(Vec<u8>, Metadata)>,
}

/// A copy of a deck for the editor. Its name begins with a dot, so it is no deck, and ends in `.toml`, so that an editor
/// knows what it is. It stays until [`Draft::remove`].
#[derive(Debug)]
pub(crate) struct Draft {
    /// Path relative to the collection.
    pub(crate) name: String,
    pub(crate) path: PathBuf,
}

impl Collection {
    /// A deck file as it is now.
    pub(crate) fn original(&self, name: &str) -> Result<Original> {
        let path = self.folders.root.join(name);
        let read = || {
            if !std::fs::symlink_metadata(&path)?.is_file() || !path.canonicalize()?.starts_with(&self.folders.root) {
                bail!("no regular file inside the collection");
            }
            let bytes = read_bytes(&path)?;
            if bytes.len() as u64 > LARGEST {
                bail!("over 16 MiB");
            }
            Ok((bytes, std::fs::metadata(&path)?))
        };
        let before = read().with_context(|| format!("{name}: cannot be read"))?;
        Ok(Original { name: name.to_owned(), path, before: Some(before) })
    }

    /// A deck that is to be made, or a file in which nothing stands yet. It is named as paths are in a shell where that is
    /// inside the collection, else from the collection's folder.
    pub(crate) fn new_deck(&self, word: &str, cwd: &Path) -> Result<Original, Failure> {
        let root = &self.folders.root;
        let inside = |path: PathBuf| {
            let folder = path.parent()?.canonicalize().ok().filter(|folder| folder.starts_with(root))?;
            Some(folder.join(path.file_name()?))
        };
        let Some(path) = inside(cwd.join(word)).or_else(|| inside(root.join(word))) else {
            let help = format!("a deck is a file below {}; make its folder first", root.display());
            return Err(Failure::usage(format!("`{word}` is in no folder of the collection"), help));
        };
        let refused = |help: &str| Failure::usage(format!("`{word}` cannot be a deck"), help);
        let parts = path.strip_prefix(root).unwrap_or(&path).components().map(|part| part.as_os_str().to_str());
        let name = parts.collect::<Option<Vec<_>>>().map(|parts| parts.join("/"));
        let Some(name) = name else { return Err(refused("its name is not UTF-8")) };
        if !walk::is_deck_path(root, &self.settings.exclude, &name) {
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
    /// Its bytes; none if it is to be made.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.before.as_ref().map_or(&[], |(bytes, _)| bytes)
    }

    /// Whether it is to be made.
    pub(crate) fn is_new(&self) -> bool {
        self.before.is_none()
    }

    /// Whether it is the author's wish that nobody writes to it.
    pub(crate) fn is_read_only(&self) -> bool {
        self.before.as_ref().is_some_and(|(_, metadata)| metadata.permissions().readonly())
    }

    /// A copy beside it, with other bytes and the same permissions.
    pub(crate) fn draft(&self, bytes: &[u8]) -> Result<Draft> {
        let path = self.beside(bytes)?;
        let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let folder = self.name.rfind('/').map_or("", |end| &self.name[..=end]);
        Ok(Draft { name: format!("{folder}{file}"), path })
    }

    /// Replaces the file, at once and durably, mode kept; gives `false` and changes nothing if it is not as it was read.
    pub(crate) fn replace(&self, bytes: &[u8]) -> Result<bool> {
        let access = self.before.as_ref().map_or(Access::Shared, |(_, metadata)| Access::Like(metadata));
        let replace = || {
            let replacement = Replacement::write(&self.path, bytes, access)?;
            let unchanged = self.is_unchanged()?;
            if unchanged {
                replacement.put()?;
            }
            Ok::<_, std::io::Error>(unchanged)
        };
        let replaced = replace().with_context(|| format!("{}: cannot be replaced", self.name))?;
        if replaced {
            let unsure = || format!("{}: it is replaced, but that may not outlast a power cut", self.name);
            sync_folder(&self.path).with_context(unsure)?;
        }
        Ok(replaced)
    }

    /// Whether the file is as it was read.
    pub(crate) fn is_unchanged(&self) -> std::io::Result<bool> {
        let regular = match std::fs::symlink_metadata(&self.path) {
            Ok(metadata) => metadata.is_file(),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(self.before.is_none()),
            Err(error) => return Err(error),
        };
        let Some((before, _)) = &self.before else { return Ok(false) };
        Ok(regular && read_bytes(&self.path)? == *before)
    }

    /// A new file beside it, durable, with the same owner and permissions.
    fn beside(&self, bytes: &[u8]) -> Result<PathBuf> {
        let file = self.path.file_name().unwrap_or_default().to_string_lossy();
        // The longest name that any file system takes is 255 bytes.
        let short: String = file.char_indices().take_while(|(at, _)| *at < 200).map(|(_, c)| c).collect();
        let name = |n: usize| format!(".{short}.rehearse-{n}.toml");
        let folder = self.path.parent().unwrap_or(Path::new(""));
        let like = self.before.as_ref().map(|(_, metadata)| metadata);
        let written = create(folder, &name, like.is_some()).and_then(|(path, mut file)| {
            let written = file.write_all(bytes).and_then(|()| like.map_or(Ok(()), |like| make_like(&file, like)));
            match written.and_then(|()| file.sync_all()) {
                Ok(()) => Ok(path),
                Err(error) => {
                    let _ = std::fs::remove_file(&path);
                    Err(error)
                }
            }
        });
        written.with_context(|| format!("{}: no copy can be written beside it", self.name))
    }
}

/// Gives a file the permissions of another, and its owner where that may be given. Not every file system knows of these.
fn make_like(file: &File, like: &Metadata) -> std::io::Result<()> {
    let own = file.metadata()?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt as _, fchown};
        if (own.uid(), own.gid()) != (like.uid(), like.gid()) {
            let _ = fchown(file, Some(like.uid()), Some(like.gid()));
        }
    }
    if own.permissions() == like.permissions() { Ok(()) } else { file.set_permissions(like.permissions()) }
}

impl Draft {
    /// What the editor left; `None` if it left nothing.
    pub(crate) fn read(&self) -> Result<Option<Vec<u8>>> {
        match std::fs::symlink_metadata(&self.path) {
            Ok(metadata) if !metadata.is_file() => bail!("{}: no regular file", self.name),
            Ok(metadata) if metadata.len() > LARGEST => bail!("{}: over 16 MiB", self.name),
            Ok(_) => Ok(Some(read_bytes(&self.path).with_context(|| format!("{}: cannot be read", self.name))?)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("{}: cannot be read", self.name)),
        }
    }

    /// Removes it. What cannot be removed is no deck, and stays.
    pub(crate) fn remove(self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// A sheet of paper: a file in this machine's folder, for the user alone, to be written on in the editor.
pub(crate) fn scratch(local: &Path, text: &str) -> Result<PathBuf> {
    let written = create(local, &|n| format!("answer-{n}.txt"), true)
        .and_then(|(path, mut file)| file.write_all(text.as_bytes()).map(|()| path));
    written.with_context(|| format!("{}: no file can be written there", local.display()))
}

/// Creates the first file of these names that is not there.
fn create(folder: &Path, name: &dyn Fn(usize) -> String, private: bool) -> std::io::Result<(PathBuf, File)> {
    let mut n = 1;
    loop {
        let path = folder.join(name(n));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        if private {
            create_private(&mut options);
        }
        match options.open(&path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => n += 1,
            opened => return opened.map(|file| (path, file)),
        }
    }
}
