//! Which files there are, and what those say that changed since the index was written.

use std::fs::{DirEntry, FileType};
use std::path::{Path, PathBuf};

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::{LARGEST, SETTINGS, read_bytes};
use crate::deck::{self, Deck};
use crate::diagnostic::{Diagnostic, Severity, Source};
use crate::store::{Change, Read, Stamp};

/// A file found on the walk.
pub(crate) struct Walked {
    /// Path relative to the root, with `/`.
    pub(crate) path: String,
    /// What tells whether it is still the one that was read.
    pub(crate) stamp: Stamp,
    /// Why it is not read, if it is not.
    refused: Option<Diagnostic>,
}

/// What to do about what cannot be opened.
const PERMISSIONS: &str = "look at its permissions with `ls -l`; its cards are asked again as soon as it can be read";

/// What the index knows of a file whose stamp changed.
pub(crate) struct Known {
    pub(crate) n: i64,
    /// What it was when it was read.
    pub(crate) stamp: Stamp,
    /// BLAKE3 of its bytes then.
    pub(crate) hash: Vec<u8>,
}

/// Every `*.toml` below the root that may be a deck, in path order. Never leaves the root: links are named, not followed.
///
/// Walked by hand: a file costs one `stat` relative to its folder, which is all that a start with nothing changed does.
pub(crate) fn walk(root: &Path, exclude: &[String]) -> std::io::Result<Vec<Walked>> {
    let mut walk = Walk { excluded: globs(root, exclude), found: Vec::new() };
    walk.folder(root, "")?;
    walk.found.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    Ok(walk.found)
}

struct Walk {
    excluded: Option<Gitignore>,
    found: Vec<Walked>,
}

impl Walk {
    /// Takes a folder whose path relative to the root is `prefix`, empty or ending in `/`.
    fn folder(&mut self, folder: &Path, prefix: &str) -> std::io::Result<()> {
        let mut below: Vec<(PathBuf, String)> = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let (name, kind) = (entry.file_name(), entry.file_type()?);
            if name.as_encoded_bytes().starts_with(b".") {
                continue;
            }
            let toml = name.as_encoded_bytes().ends_with(b".toml");
            if !(toml || kind.is_dir() || kind.is_symlink()) || self.is_excluded(&entry, kind) {
                continue;
            }
            let shown = name.to_string_lossy();
            if kind.is_dir() {
                below.push((entry.path(), format!("{prefix}{shown}/")));
            } else if toml || entry.path().is_dir() {
                self.file(&entry, format!("{prefix}{shown}"), kind, name.to_str().is_some());
            }
        }
        for (folder, prefix) in below {
            match self.folder(&folder, &prefix) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => self.closed(&prefix, &error),
                // One that vanished meanwhile holds nothing.
                _ => {}
            }
        }
        Ok(())
    }

    /// A folder that cannot be opened hides decks: it is named like a file that cannot be.
    fn closed(&mut self, prefix: &str, error: &std::io::Error) {
        let path = prefix.trim_end_matches('/').to_owned();
        let message = format!("this folder cannot be opened: {error}");
        let refused = Diagnostic::whole_file(Severity::Error, &path, "unreadable", message).help(PERMISSIONS);
        self.found.push(Walked { path, stamp: Stamp::UNKNOWN, refused: Some(refused) });
    }

    fn is_excluded(&self, entry: &DirEntry, kind: FileType) -> bool {
        self.excluded.as_ref().is_some_and(|globs| globs.matched(entry.path(), kind.is_dir()).is_ignore())
    }

    fn file(&mut self, entry: &DirEntry, path: String, kind: FileType, utf8: bool) {
        if path == SETTINGS {
            return;
        }
        let Ok(metadata) = entry.metadata() else { return };
        let refused = refusal(&path, utf8, kind, metadata.len());
        self.found.push(Walked { path, stamp: Stamp::of(&metadata), refused });
    }
}

/// Whether a file of that path, relative to the root and with `/`, would be found on the walk.
pub(crate) fn is_deck_path(root: &Path, exclude: &[String], path: &str) -> bool {
    let hidden = path.split('/').any(|part| part.starts_with('.'));
    path.ends_with(".toml") && path != SETTINGS && !hidden && !excludes(root, exclude, path)
}

/// Whether the settings keep the file at this path, relative to the root, from being read.
pub(crate) fn excludes(root: &Path, exclude: &[String], path: &str) -> bool {
    globs(root, exclude).is_some_and(|globs| globs.matched_path_or_any_parents(path, false).is_ignore())
}

fn globs(root: &Path, exclude: &[String]) -> Option<Gitignore> {
    if exclude.is_empty() {
        return None;
    }
    let mut builder = GitignoreBuilder::new(root);
    for glob in exclude {
        // The settings' check has named every glob that cannot be read.
        let _ = builder.add_line(None, glob);
    }
    builder.build().ok()
}

/// Why a file is not read, if it is not.
fn refusal(path: &str, utf8: bool, kind: FileType, size: u64) -> Option<Diagnostic> {
    let finding = |severity, check, message: &str| Diagnostic::whole_file(severity, path, check, message);
    if !utf8 {
        Some(
            finding(Severity::Warning, "file-name", "the name of this file is not UTF-8; it is not read")
                .help("rename it"),
        )
    } else if kind.is_symlink() {
        let help = "copy it here, or name its folder with `--dir`";
        Some(finding(Severity::Warning, "link", "a link; only files inside the collection are read").help(help))
    } else if !kind.is_file() {
        Some(finding(Severity::Warning, "link", "no regular file; it is not read"))
    } else if size > LARGEST {
        Some(
            finding(Severity::Error, "too-large", "over 16 MiB; it is not read")
                .help("split the deck into several files"),
        )
    } else {
        None
    }
}

/// What a file says, what is wrong with it, and BLAKE3 of its bytes; of one that was not read, of none.
type Contents = (Deck, Vec<Diagnostic>, Vec<u8>);

impl Walked {
    /// Reads and parses the file, unless its bytes are still those of the index. `clock` is the time of the file system.
    pub(crate) fn read(self, root: &Path, known: Option<Known>, clock: i64) -> Option<Change> {
        // A file that was written just now may be written again within the same tick of the clock: look again next time.
        let stamp = if self.stamp.is_settled(clock) { self.stamp } else { Stamp::UNKNOWN };
        match (self.contents(root, known.as_ref().map(|known| &*known.hash)), known) {
            (Some((deck, findings, hash)), _) => {
                Some(Change::Read(Box::new(Read::new(self.path, stamp, hash, deck, &findings))))
            }
            (None, Some(known)) => (known.stamp != stamp).then_some(Change::Touched { n: known.n, stamp }),
            (None, None) => None,
        }
    }

    /// What the file says.
    pub(crate) fn deck(&self, root: &Path) -> Deck {
        self.contents(root, None).map(|(deck, ..)| deck).unwrap_or_default()
    }

    /// What the file says, unless its bytes have the hash that is known.
    fn contents(&self, root: &Path, known: Option<&[u8]>) -> Option<Contents> {
        if let Some(refused) = &self.refused {
            return Some((Deck::default(), vec![refused.clone()], Vec::new()));
        }
        match read_bytes(&root.join(&self.path)) {
            Ok(bytes) => {
                let hash = blake3::hash(&bytes).as_bytes().to_vec();
                if known == Some(&*hash) {
                    return None;
                }
                let (text, broken) = deck::decode(bytes);
                let (deck, findings) = deck::parse(&Source::new(self.path.clone(), text), &broken);
                Some((deck, findings, hash))
            }
            Err(error) => {
                let message = format!("cannot be read: {error}");
                let finding = Diagnostic::whole_file(Severity::Error, &self.path, "unreadable", message);
                Some((Deck::default(), vec![finding.help(PERMISSIONS)], Vec::new()))
            }
        }
    }
}
