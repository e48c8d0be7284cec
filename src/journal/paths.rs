//! Where the journal is, and what its files are called.

use std::path::{Path, PathBuf};

use crate::clock::Month;
use crate::history::Device;
use crate::settings;

/// Where the journals are: one folder for each device, below a folder that may not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Journal {
    /// The collection, or the other repository that holds the history.
    pub(crate) home: PathBuf,
    /// The path from there to the folder of journals, with `/`.
    pub(crate) path: String,
    /// The branch that carries the history, if the settings name one.
    pub(crate) branch: Option<String>,
    /// Distinguishes these journals from others, wherever the collection is.
    pub(crate) name: String,
}

impl Journal {
    /// Returns the journals of a collection by the settings of `[sync]`: of one learner, in another repository.
    pub(crate) fn new(root: &Path, sync: &settings::Sync) -> Self {
        let home = sync.journal.as_deref().map_or_else(|| root.to_owned(), |other| root.join(other));
        let learner = sync.learner.as_deref().map(|learner| format!("/{learner}")).unwrap_or_default();
        let path = format!(".rehearse/journal{learner}");
        let name = sync.journal.as_deref().map_or_else(|| path.clone(), |other| format!("{path} of {other}"));
        Journal { home, path, branch: sync.branch.clone(), name }
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.home.join(&self.path)
    }

    /// Returns its path in a repository. `prefix` is the path to the collection: empty, or ending in `/`.
    pub(crate) fn below(&self, prefix: &str) -> String {
        format!("{prefix}{}", self.path)
    }
}

/// Returns the path of a journal file from the journal's folder.
pub(crate) fn page_path(device: Device, month: Month) -> String {
    format!("{device}/{month}.jsonl")
}

/// Returns whose events of which month are in a journal file.
pub(crate) fn page_of(path: &str) -> Option<(Device, Month)> {
    let (device, month) = path.strip_suffix(".jsonl")?.split_once('/')?;
    Some((Device::parse(device)?, Month::parse(month)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_a_device_and_a_month() {
        for good in ["k7f3qm2x/2026-11.jsonl", "aaaaaaaa/0001-01.jsonl"] {
            let (device, month) = page_of(good).unwrap();
            assert_eq!(page_path(device, month), good);
        }
        for bad in [
            "k7f3qm2x/2026-13.jsonl",
            "k7f3qm2/2026-11.jsonl",
            "2026-11.jsonl",
            "k7f3qm2x/2026-11.json",
            "PURGED",
            "a/b/c.jsonl",
        ] {
            assert_eq!(page_of(bad), None, "{bad}");
        }
    }
}
