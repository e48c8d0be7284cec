//! `PURGED`, a list of card ids beside the journals that version 0.1.0 wrote. Only `doctor` reads it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::error::Error;
use crate::atomic_file::remove;
use crate::deck::CardId;
use crate::regular_file;

pub(super) const NAME: &str = "PURGED";

/// The largest list that is read, in bytes.
pub(super) const LARGEST: u64 = 1 << 20;

/// A list of card ids whose history version 0.1.0 no longer counted.
#[derive(Debug)]
pub(crate) struct PurgedList {
    pub(crate) path: PathBuf,
    pub(crate) cards: BTreeSet<CardId>,
}

impl PurgedList {
    /// Reads the list in a journal's folder, if it is a regular file. Lines that are not ids are skipped.
    pub(crate) fn find(journal: &Path) -> Option<Self> {
        let path = journal.join(NAME);
        let bytes = regular_file::read(&path, LARGEST).ok()?;
        let text = String::from_utf8_lossy(&bytes);
        Some(PurgedList { path, cards: text.lines().filter_map(|line| CardId::parse(line.trim())).collect() })
    }

    pub(crate) fn remove(&self) -> Result<(), Error> {
        remove(&self.path).map_err(Error::file(&self.path, "cannot be removed"))
    }
}
