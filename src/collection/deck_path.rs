//! Which paths of a collection are decks. Everything that asks, asks here.

use std::path::Path;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// The file of shared settings, which is TOML and not a deck.
pub(crate) const SETTINGS: &str = "rehearse.toml";

pub(crate) struct DeckPaths {
    excluded: Option<Gitignore>,
}

impl DeckPaths {
    pub(crate) fn new(root: &Path, exclude: &[String]) -> Self {
        if exclude.is_empty() {
            return DeckPaths { excluded: None };
        }
        let mut builder = GitignoreBuilder::new(root);
        for glob in exclude {
            // `check` reports globs that cannot be parsed.
            let _ = builder.add_line(None, glob);
        }
        DeckPaths { excluded: builder.build().ok() }
    }

    /// Returns whether a file at this path, relative to the root and with `/`, is read as a deck.
    pub(crate) fn contains(&self, path: &str) -> bool {
        let hidden = path.split('/').any(|part| is_hidden(part.as_bytes()));
        is_toml(path.as_bytes()) && path != SETTINGS && !hidden && !self.excludes(path)
    }

    pub(super) fn excludes(&self, path: &str) -> bool {
        self.excluded.as_ref().is_some_and(|globs| globs.matched_path_or_any_parents(path, false).is_ignore())
    }

    pub(super) fn excludes_entry(&self, path: &Path, is_folder: bool) -> bool {
        self.excluded.as_ref().is_some_and(|globs| globs.matched(path, is_folder).is_ignore())
    }
}

pub(super) fn is_hidden(name: &[u8]) -> bool {
    name.starts_with(b".")
}

pub(super) fn is_toml(name: &[u8]) -> bool {
    name.ends_with(b".toml")
}
