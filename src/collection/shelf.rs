//! What the folder says that the index does not know yet.

use std::num::NonZero;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result};

use super::walk::{Known, Walked, walk};
use crate::store::{Change, Index, Indexed, Progress};

/// How many parsed files may wait to be written.
const WAITING: usize = 32;

/// The folder of decks.
pub struct Shelf<'a> {
    pub root: &'a Path,
    pub exclude: &'a [String],
    pub progress: Progress<'a>,
}

/// Which files are not as they were indexed.
pub struct Stale {
    gone: Vec<Change>,
    files: Vec<(Walked, Option<Known>)>,
}

impl Stale {
    /// Whether every file is as it was.
    pub fn is_none(&self) -> bool {
        self.gone.is_empty() && self.files.is_empty()
    }
}

impl Shelf<'_> {
    /// Walks the folder, and tells what is other than `indexed`; `hash` gives what a file's bytes were.
    pub fn stale(&self, indexed: Vec<Indexed>, hash: impl Fn(i64) -> Result<Vec<u8>>) -> Result<Stale> {
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
    pub fn read(&self, stale: Stale, clock: i64, index: Index<'_>) -> Result<()> {
        let Stale { gone, files } = stale;
        let (done, of) = (AtomicUsize::new(0), files.len());
        let read = |(file, known): (Walked, Option<Known>)| {
            let change = file.read(self.root, known, clock);
            (self.progress)("reading decks", done.fetch_add(1, Ordering::Relaxed), of);
            change
        };
        // One or two files are read sooner than threads are started.
        if of <= 2 {
            let changes: Vec<Change> = gone.into_iter().chain(files.into_iter().filter_map(read)).collect();
            return if changes.is_empty() { Ok(()) } else { index(&mut changes.into_iter()) };
        }
        // Whoever writes to the index parses, too, while nothing waits to be written: then every core has one thread.
        let files = Mutex::new(files.into_iter());
        let next = || files.lock().unwrap_or_else(PoisonError::into_inner).next();
        let parse = || std::iter::from_fn(next).find_map(read);
        let (sender, parsed) = sync_channel(WAITING);
        std::thread::scope(|scope| {
            let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
            for _ in 1..cores.min(of) {
                let sender = sender.clone();
                // A closed channel means that writing failed: the rest need not be read.
                let work = move || std::iter::from_fn(parse).all(|change| sender.send(change).is_ok());
                // Where no thread can be had, those there are do the work.
                let _ = std::thread::Builder::new().spawn_scoped(scope, work);
            }
            drop(sender);
            let changes =
                std::iter::from_fn(move || parsed.try_recv().ok().or_else(parse).or_else(|| parsed.recv().ok()));
            index(&mut gone.into_iter().chain(changes))
        })
    }
}
