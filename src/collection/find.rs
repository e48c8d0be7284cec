//! Finding a collection: its folder of decks, and this machine's own folder.

use std::path::{MAIN_SEPARATOR, Path, PathBuf};

use super::deck_path::SETTINGS;
use super::error::Error;
use super::read_file::read_bytes;
use crate::deck;
use crate::diagnostic::Source;
use crate::search_path;

#[derive(Debug, Clone)]
pub(crate) struct Folders {
    pub(crate) root: PathBuf,
    /// This machine's own folder, which is never synced.
    pub(crate) local: PathBuf,
}

impl Folders {
    /// Finds the collection: the folder named; else the nearest folder upward with `.rehearse/` or `rehearse.toml`; else
    /// `./decks`; else the current folder if it has a deck.
    pub(crate) fn find(named: Option<&Path>, local: Option<&Path>, cwd: &Path) -> Result<Folders, Error> {
        let root = match named {
            Some(named) if named.is_dir() => named.to_owned(),
            Some(named) => return Err(Error::NotAFolder(named.to_owned())),
            None => nearest(cwd).ok_or(Error::NoDecks)?,
        };
        let root = root.canonicalize().map_err(Error::file(&root, "cannot be opened"))?;
        search_path::distrust(&root);
        let local = match local {
            Some(local) => canonical(local).map_err(Error::file(local, "cannot be opened"))?,
            None => root.join(".rehearse").join("local"),
        };
        Ok(Folders { root, local })
    }

    /// This machine's folder as messages name it: relative to the collection if it is inside.
    pub(super) fn local_name(&self) -> String {
        with_slashes(self.local.strip_prefix(&self.root).unwrap_or(&self.local))
    }

    /// A path of the collection or of this machine's folder, as messages name it.
    pub(super) fn name_of(&self, path: &Path) -> String {
        match path.strip_prefix(&self.local) {
            Ok(below) if below.as_os_str().is_empty() => self.local_name(),
            Ok(below) => format!("{}/{}", self.local_name(), with_slashes(below)),
            Err(_) => with_slashes(path.strip_prefix(&self.root).unwrap_or(path)),
        }
    }
}

/// Returns the full path of a folder that may not exist yet, without links.
fn canonical(folder: &Path) -> std::io::Result<PathBuf> {
    match folder.canonicalize() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let (Some(above), Some(name)) = (folder.parent(), folder.file_name()) else { return Err(error) };
            let above = if above.as_os_str().is_empty() { Path::new(".") } else { above };
            Ok(canonical(above)?.join(name))
        }
        canonical => canonical,
    }
}

fn with_slashes(path: &Path) -> String {
    path.to_string_lossy().replace(MAIN_SEPARATOR, "/")
}

fn nearest(cwd: &Path) -> Option<PathBuf> {
    let is_marked =
        |folder: &&Path| folder.join(".rehearse").is_dir() || folder.join(SETTINGS).symlink_metadata().is_ok();
    if let Some(folder) = cwd.ancestors().find(is_marked) {
        return Some(folder.to_owned());
    }
    let decks = cwd.join("decks");
    if decks.is_dir() {
        return Some(decks);
    }
    let is_deck = |entry: std::fs::DirEntry| {
        let path = entry.path();
        path.extension().is_some_and(|extension| extension == "toml")
            && !entry.file_name().as_encoded_bytes().starts_with(b".")
            && read_bytes(&path).is_ok_and(|bytes| {
                let (text, broken) = deck::decode(bytes);
                deck::parse(&Source::new("", text), &broken).0.is_deck
            })
    };
    std::fs::read_dir(cwd).ok()?.flatten().any(is_deck).then(|| cwd.to_owned())
}
