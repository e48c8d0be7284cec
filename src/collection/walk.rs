//! Finding the files of a collection and reading those that changed since the index was written.

use std::fs::{DirEntry, FileType};
use std::path::{Path, PathBuf};

use super::deck_path::{DeckPaths, SETTINGS, is_hidden, is_toml};
use super::read_file::{LARGEST, read_bytes};
use crate::deck::{self, Deck};
use crate::diagnostic::{Diagnostic, Severity, Source};
use crate::store::{Change, IndexedDeck, Stamp};

pub(super) struct WalkedFile {
    /// Path relative to the root, with `/`.
    pub(super) path: String,
    pub(super) stamp: Stamp,
    /// Why it is not read, if it is not.
    refused: Option<Diagnostic>,
}

const PERMISSIONS: &str = "look at its permissions with `ls -l`; its cards are asked again as soon as it can be read";

/// What the index has about a file whose stamp changed.
pub(super) struct IndexedFile {
    pub(super) n: i64,
    pub(super) stamp: Stamp,
    /// BLAKE3 of its bytes then.
    pub(super) hash: Vec<u8>,
}

/// Returns every `*.toml` below the root that may be a deck, in path order. Links are reported, not followed.
///
/// Walked by hand: a file costs one `stat` relative to its folder, and a start with nothing changed does nothing else.
pub(super) fn walk(root: &Path, exclude: &[String]) -> std::io::Result<Vec<WalkedFile>> {
    let mut walk = Walk { paths: DeckPaths::new(root, exclude), found: Vec::new() };
    walk.folder(root, "")?;
    walk.found.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    Ok(walk.found)
}

struct Walk {
    paths: DeckPaths,
    found: Vec<WalkedFile>,
}

impl Walk {
    /// Walks a folder whose path relative to the root is `prefix`, empty or ending in `/`.
    fn folder(&mut self, folder: &Path, prefix: &str) -> std::io::Result<()> {
        let mut below: Vec<(PathBuf, String)> = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let (name, kind) = (entry.file_name(), entry.file_type()?);
            if is_hidden(name.as_encoded_bytes()) {
                continue;
            }
            let toml = is_toml(name.as_encoded_bytes());
            let may_count = toml || kind.is_dir() || kind.is_symlink();
            if !may_count || self.paths.excludes_entry(&entry.path(), kind.is_dir()) {
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
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => self.unreadable(&prefix, &error),
                // One that vanished in the meantime has no decks.
                _ => {}
            }
        }
        Ok(())
    }

    /// Reports a folder that cannot be opened, like a file that cannot be: it hides decks.
    fn unreadable(&mut self, prefix: &str, error: &std::io::Error) {
        let path = prefix.trim_end_matches('/').to_owned();
        let message = format!("this folder cannot be opened: {error}");
        let refused = Diagnostic::whole_file(Severity::Error, &path, "unreadable", message).help(PERMISSIONS);
        self.found.push(WalkedFile { path, stamp: Stamp::UNKNOWN, refused: Some(refused) });
    }

    fn file(&mut self, entry: &DirEntry, path: String, kind: FileType, utf8: bool) {
        if path == SETTINGS {
            return;
        }
        let Ok(metadata) = entry.metadata() else { return };
        let refused = refusal(&path, utf8, kind, metadata.len());
        self.found.push(WalkedFile { path, stamp: Stamp::new(&metadata), refused });
    }
}

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

/// A parsed file, its findings, and BLAKE3 of its bytes; no hash if it was not read.
type Contents = (Deck, Vec<Diagnostic>, Vec<u8>);

impl WalkedFile {
    /// Reads and parses the file unless its bytes are those in the index. `clock` is the time of the file system.
    pub(super) fn read(self, root: &Path, indexed: Option<IndexedFile>, clock: i64) -> Option<Change> {
        // A file written just now may be written again within the same tick of the clock, so it is read again next time.
        let stamp = if self.stamp.is_older_than(clock) { self.stamp } else { Stamp::UNKNOWN };
        match (self.contents(root, indexed.as_ref().map(|indexed| &*indexed.hash)), indexed) {
            (Some((deck, findings, hash)), _) => {
                Some(Change::Read(Box::new(IndexedDeck::new(self.path, stamp, hash, deck, &findings))))
            }
            (None, Some(indexed)) => (indexed.stamp != stamp).then_some(Change::Touched { n: indexed.n, stamp }),
            (None, None) => None,
        }
    }

    pub(super) fn deck(&self, root: &Path) -> Deck {
        self.contents(root, None).map(|(deck, ..)| deck).unwrap_or_default()
    }

    /// Reads and parses the file unless its bytes have the `known` hash.
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
