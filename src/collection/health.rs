//! `doctor`: examining everything that is kept, and fixing what has exactly one fix. History is never deleted.

use std::path::{Path, PathBuf};

use super::error::Error;
use super::merge_driver::{Driver, add_attributes, merging, set_driver};
use super::open::Collection;
use super::scan::FolderScan;
use crate::clock::Instant;
use crate::diagnostic::Diagnostic;
use crate::history::{Body, Device};
use crate::journal::{Journal, PurgedList};
use crate::store::{Examined, IndexChanges, Progress, close_to_others, open_to_others};
use crate::text::count;
use crate::{check, doctor, git, store};

#[derive(Debug)]
pub(crate) struct Health {
    pub(crate) findings: Vec<Diagnostic>,
    /// What other users may open, with the mode it should have.
    open: Vec<(PathBuf, u32)>,
    only_here: Vec<String>,
    rebuild: bool,
    set_up_merging: bool,
    /// A list that version 0.1.0 left.
    purged: Option<PurgedList>,
}

impl Collection {
    /// Examines everything. `copied` is what [`store::copied_from`] returned before the collection was opened, which fixes it.
    pub(crate) fn health(&self, now: Instant, copied: Option<Device>, progress: Progress<'_>) -> Result<Health, Error> {
        let local = self.folders.local_name();
        let database = format!("{local}/rehearse.db");
        let scan = FolderScan { root: &self.folders.root, exclude: &self.settings.exclude, progress };
        let clock = self.store.file_clock();
        let named = |path: &Path| self.folders.name_of(path);
        let decks = |index: IndexChanges<'_>| scan.read_all(clock, index);
        let Examined { records, void, only_here, unread, differing } = self.store.examine(&decks, &named, progress)?;
        let mut findings = records.findings(&void, now, self.settings.rules.day_starts_at);
        findings.extend(unread.iter().map(|unread| doctor::journal_entry(&named(&unread.path), &unread.why)));
        findings.extend(doctor::only_in_database(&database, only_here.len()));
        let differing: Vec<Diagnostic> =
            differing.iter().filter_map(|(noun, names)| doctor::differing(&database, noun, names)).collect();
        let rebuild = !differing.is_empty();
        findings.extend(differing);
        findings.extend(copied.map(|device| doctor::copied(&local, device)));
        let open = open_to_others(&self.folders.local);
        let open_to_others = |(path, mode, wanted): &(PathBuf, u32, u32)| {
            doctor::open_to_others(&self.folders.name_of(path), *mode, *wanted)
        };
        findings.extend(open.iter().map(open_to_others));
        let below = std::fs::read_dir(&self.folders.local).into_iter().flatten().flatten();
        findings.extend(below.filter_map(|entry| doctor::stray(&local, &entry.file_name().to_string_lossy())));
        let merging = merging(&self.folders.root).map(doctor::merging).unwrap_or_default();
        let set_up_merging = !merging.is_empty();
        findings.extend(merging);
        findings.extend(check::all_twins(&self.store.twins()?, &self.store.findings()?));
        let purged = PurgedList::find(&Journal::new(&self.folders.root, &self.settings.sync).folder());
        findings
            .extend(purged.iter().map(|list| doctor::purged_list(&self.folders.name_of(&list.path), list.cards.len())));
        findings.extend(self.orphans()?);
        findings.extend(check::tracked(&local, &git::tracked(&self.folders.local).unwrap_or_default()));
        findings.sort_by_cached_key(Diagnostic::order);
        let open = open.into_iter().map(|(path, _, wanted)| (path, wanted)).collect();
        Ok(Health { findings, open, only_here, rebuild, set_up_merging, purged })
    }

    /// Fixes what has exactly one fix, and returns a line for each thing done. The collection must be opened again
    /// afterward, which rebuilds a database that was set aside.
    pub(crate) fn fix(mut self, health: &Health, now: Instant) -> Result<Vec<String>, Error> {
        let mut done = Vec::new();
        let Health { open, only_here, rebuild, set_up_merging, purged, .. } = health;
        for (path, mode) in open {
            close_to_others(path, *mode)?;
            done.push(format!("{}: mode {mode:04o}", self.folders.name_of(path)));
        }
        if !only_here.is_empty() {
            self.store.save_lines(only_here)?;
            let log = format!("{}/log.jsonl", self.folders.local_name());
            done.push(format!("{log}: {} written to its end, from the database", count(only_here.len(), "event")));
        }
        if let Some(list) = purged {
            for card in &list.cards {
                self.store.record(now, Body::Reset { card: card.clone() })?;
            }
            list.remove().map_err(store::Error::from)?;
            let (name, resets) = (self.folders.name_of(&list.path), count(list.cards.len(), "reset"));
            done.push(format!("{name}: removed; {resets} recorded in its place"));
        }
        if *rebuild {
            done.push(format!("{}/rehearse.db: built anew; the old one is rehearse.db.bad", self.folders.local_name()));
            self.store.discard_database();
        }
        if *set_up_merging {
            let (lines, _) = add_attributes(&self.folders.root)?;
            if lines > 0 {
                done.push(format!(".gitattributes: {} added that say who merges what", count(lines, "line")));
            }
            if let Driver::Set(_) = set_driver(&self.folders.root) {
                done.push(".git/config: the driver `rehearse-deck`, which merges decks card by card".to_owned());
            }
        }
        Ok(done)
    }
}
