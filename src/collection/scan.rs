//! What the folder says that the index does not know yet.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, Result};

use super::parallel;
use super::walk::{Known, Walked, walk};
use crate::store::{Change, Index, Indexed, Progress};

/// The folder of decks.
pub(crate) struct Shelf<'a> {
    pub(crate) root: &'a Path,
    pub(crate) exclude: &'a [String],
    pub(crate) progress: Progress<'a>,
}

/// Which files are not as they were indexed.
pub(crate) struct Stale {
    gone: Vec<Change>,
    files: Vec<(Walked, Option<Known>)>,
}

impl Stale {
    /// Whether every file is as it was.
    pub(crate) fn is_none(&self) -> bool {
        self.gone.is_empty() && self.files.is_empty()
    }
}

impl Shelf<'_> {
    /// Walks the folder, and tells what is other than `indexed`; `hash` gives what a file's bytes were.
    pub(crate) fn stale(&self, indexed: Vec<Indexed>, hash: impl Fn(i64) -> Result<Vec<u8>>) -> Result<Stale> {
        let walked =
            walk(self.root, self.exclude).with_context(|| format!("{}: cannot be read", self.root.display()))?;
        let mut stale = Stale { gone: Vec::new(), files: Vec::new() };
        // Both are in path order: one pass tells what is new, changed and gone.
        let mut indexed = indexed.into_iter().peekable();
        for file in walked {
            while let Some(gone) = indexed.next_if(|known| known.path < file.path) {
                stale.gone.push(Change::Gone(gone.n));
            }
            match indexed.next_if(|known| known.path == file.path) {
                Some(known) if known.stamp == file.stamp => {}
                Some(known) => {
                    let known = Known { n: known.n, stamp: known.stamp, hash: hash(known.n)? };
                    stale.files.push((file, Some(known)));
                }
                None => stale.files.push((file, None)),
            }
        }
        stale.gone.extend(indexed.map(|gone| Change::Gone(gone.n)));
        Ok(stale)
    }

    /// Reads what is stale, and gives it to `index` as it comes. `clock` is a time by the clock of the file system.
    pub(crate) fn read(&self, stale: Stale, clock: i64, index: Index<'_>) -> Result<()> {
        let Stale { gone, files } = stale;
        let (done, of) = (AtomicUsize::new(0), files.len());
        let read = |(file, known): (Walked, Option<Known>)| {
            let change = file.read(self.root, known, clock);
            (self.progress)("reading decks", done.fetch_add(1, Ordering::Relaxed), of);
            change
        };
        parallel::each(files, read, |read| {
            let mut changes = gone.into_iter().chain(read).peekable();
            if changes.peek().is_some() { index(&mut changes) } else { Ok(()) }
        })
    }
}
