//! Comparing the folder of decks with the index, and reading what differs.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::error::Error;
use super::parallel;
use super::walk::{IndexedFile, WalkedFile, walk};
use crate::store::{self, Change, IndexChanges, Progress, StoredFile};

pub(super) struct FolderScan<'a> {
    pub(super) root: &'a Path,
    pub(super) exclude: &'a [String],
    pub(super) progress: Progress<'a>,
}

pub(super) struct Stale {
    gone: Vec<Change>,
    files: Vec<(WalkedFile, Option<IndexedFile>)>,
}

impl Stale {
    pub(super) fn is_empty(&self) -> bool {
        self.gone.is_empty() && self.files.is_empty()
    }
}

impl FolderScan<'_> {
    pub(super) fn read_all(&self, clock: i64, index: IndexChanges<'_>) -> Result<(), store::Error> {
        let stale = self.stale(Vec::new(), |_| Ok(Vec::new()));
        self.read(stale.map_err(|error| store::Error::Refused(error.to_string()))?, clock, index)
    }

    /// Walks the folder and compares it with the index. `hash` returns the hash of the bytes an indexed file had.
    pub(super) fn stale(
        &self,
        indexed: Vec<StoredFile>,
        hash: impl Fn(i64) -> Result<Vec<u8>, Error>,
    ) -> Result<Stale, Error> {
        let walked = walk(self.root, self.exclude).map_err(Error::file(self.root, "cannot be read"))?;
        let mut stale = Stale { gone: Vec::new(), files: Vec::new() };
        // Both are in path order, so one pass finds what is new, changed, and gone.
        let mut indexed = indexed.into_iter().peekable();
        for file in walked {
            while let Some(gone) = indexed.next_if(|known| known.path < file.path) {
                stale.gone.push(Change::Deleted(gone.n));
            }
            match indexed.next_if(|known| known.path == file.path) {
                Some(known) if known.stamp == file.stamp => {}
                Some(known) => {
                    let known = IndexedFile { n: known.n, stamp: known.stamp, hash: hash(known.n)? };
                    stale.files.push((file, Some(known)));
                }
                None => stale.files.push((file, None)),
            }
        }
        stale.gone.extend(indexed.map(|gone| Change::Deleted(gone.n)));
        Ok(stale)
    }

    /// Reads what is stale and passes it to `index` as it comes. `clock` is a time by the clock of the file system.
    pub(super) fn read(&self, stale: Stale, clock: i64, index: IndexChanges<'_>) -> Result<(), store::Error> {
        let Stale { gone, files } = stale;
        let (done, of) = (AtomicUsize::new(0), files.len());
        let read = |(file, indexed): (WalkedFile, Option<IndexedFile>)| {
            let change = file.read(self.root, indexed, clock);
            (self.progress)("reading decks", done.fetch_add(1, Ordering::Relaxed), of);
            change
        };
        parallel::each(files, read, |read| {
            let mut changes = gone.into_iter().chain(read).peekable();
            if changes.peek().is_some() { index(&mut changes) } else { Ok(()) }
        })
    }
}
