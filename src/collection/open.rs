//! Opening a collection: settings, store, and an index that is up to date with the folder.

use std::cell::Cell;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use super::error::Error;
use super::find::Folders;
use super::scan::FolderScan;
use super::settings_files::{SettingsFiles, read_settings};
use super::trust::refuse_foreign;
use crate::atomic_file::{create_folder, create_private};
use crate::clock::Instant;
use crate::diagnostic::{Diagnostic, Source};
use crate::follow::Evidence;
use crate::git;
use crate::journal::Journal;
use crate::settings::Settings;
use crate::store::{Followed, Opening, Progress, SKIPPED, Store, Upcoming};
use crate::text::opening;

/// Shown after a reworded card is found again for the first time.
const IDS_ADVICE: &str = "without an id a card is known by its wording; `rehearse ids` writes one into every card, and \
                          its history stays with it whatever you change";

pub(crate) struct Open<'a> {
    pub folders: Folders,
    /// Fresh random bits, for a device that has no name yet.
    pub random: u64,
    pub now: Instant,
    pub write: bool,
    /// Says that a command which records waits for another process.
    pub waiting: fn(),
    /// Whether broken settings are only reported, because nothing shown depends on them.
    pub lenient: bool,
    pub progress: Progress<'a>,
}

/// An open collection, up to date with its folder.
pub(crate) struct Collection {
    pub(crate) folders: Folders,
    pub(crate) settings: Settings,
    pub store: Store,
    /// The interviews to come, as the index knows them.
    pub(crate) upcoming: Upcoming,
    /// Messages for the user besides findings.
    pub notes: Vec<String>,
    pub(super) settings_findings: Vec<Diagnostic>,
    pub(super) settings_sources: Vec<Source>,
}

impl Collection {
    pub(crate) fn open(open: Open<'_>) -> Result<Collection, Error> {
        let Open { folders, random, now, write, waiting, lenient, progress } = open;
        refuse_foreign(&folders)?;
        let SettingsFiles { settings, findings, sources } = read_settings(&folders)?;
        if !findings.is_empty() && !lenient {
            return Err(Error::Settings(findings));
        }
        if folders.local.starts_with(folders.root.join(".rehearse"))
            && let Err(error) = keep_local_out_of_git(&folders.root)
            && write
        {
            return Err(error);
        }
        let journal = Journal::new(&folders.root, &settings.sync);
        let scan = FolderScan { root: &folders.root, exclude: &settings.exclude, progress };
        let read_all = Cell::new(false);
        let opening = Opening {
            local: &folders.local,
            journal: &journal,
            decks: &|clock, index| {
                read_all.set(true);
                scan.read_all(clock, index)
            },
            rules: settings.rules,
            random,
            write,
            waiting,
            progress,
        };
        let (store, notes) = Store::open(&opening)?;
        let mut collection = Collection {
            folders: folders.clone(),
            settings: settings.clone(),
            store,
            upcoming: Upcoming::default(),
            notes,
            settings_findings: findings,
            settings_sources: sources,
        };
        // A database that was just built has every deck in it.
        let ready = if read_all.get() { collection.look_ahead(now) } else { collection.refresh(now, progress) };
        if let Err(error) = ready {
            let Error::Store(error) = error else { return Err(error) };
            if error.is_busy() && !write {
                collection.notes.retain(|note| note != SKIPPED);
                collection.notes.push(SKIPPED.to_owned());
                collection.upcoming = collection.store.upcoming()?;
                return Ok(collection);
            }
            let (store, notes) = Store::open_without_disk(&opening, error)?;
            collection.store = store;
            collection.notes.extend(notes);
            collection.refresh(now, progress)?;
        }
        Ok(collection)
    }

    pub(crate) fn refresh(&mut self, now: Instant, progress: Progress<'_>) -> Result<(), Error> {
        let followed = self.index(now, progress)?;
        self.notes.extend(followed.moved.iter().map(|(moved, event)| {
            let place = format!("{}:{}", moved.file, moved.line);
            let onwards = match moved.why {
                Evidence::Prompt => format!("goes on as `{}`", moved.to),
                Evidence::Content | Evidence::Place => "follows its new wording".to_owned(),
            };
            format!("{place}: the history of \"{}\" {onwards} (undo {event} takes it back)", opening(&moved.prompt))
        }));
        if followed.first && !followed.moved.is_empty() {
            self.notes.push(IDS_ADVICE.to_owned());
        }
        self.look_ahead(now)
    }

    /// Tells the index which interviews are to come, so that cards are asked in time for them.
    fn look_ahead(&mut self, now: Instant) -> Result<(), Error> {
        let today = now.study_day(self.settings.rules.day_starts_at);
        self.upcoming = Upcoming::new(self.interview_scopes()?, &self.settings.days_off, today);
        Ok(self.store.set_upcoming(&self.upcoming)?)
    }

    /// Reads what changed since the index was written, and returns the histories that follow an edit.
    fn index(&mut self, now: Instant, progress: Progress<'_>) -> Result<Followed, Error> {
        let scan = FolderScan { root: &self.folders.root, exclude: &self.settings.exclude, progress };
        let stale = scan.stale(self.store.files()?, |file| Ok(self.store.hash(file)?))?;
        let mut followed = Followed::default();
        if !stale.is_empty() {
            scan.read(stale, self.store.file_clock(), &mut |changes| {
                followed = self.store.index(now, changes)?;
                Ok(())
            })?;
        }
        Ok(followed)
    }

    /// Returns how many reviews are on this machine only; `None` if no remote could have them.
    pub(crate) fn unsynced(&self) -> Result<Option<usize>, Error> {
        let sync = &self.settings.sync;
        let home = Journal::new(&self.folders.root, sync).home;
        if sync.stays_here() || !home.canonicalize().is_ok_and(|home| git::has_remote(&home)) {
            return Ok(None);
        }
        Ok(Some(self.store.unsynced()?))
    }
}

/// Writes `.rehearse/.gitignore`, so that this machine's own files are never committed.
pub(super) fn keep_local_out_of_git(root: &Path) -> Result<(), Error> {
    let path = root.join(".rehearse").join(".gitignore");
    if path.exists() {
        return Ok(());
    }
    let write = || {
        create_folder(&root.join(".rehearse"))?;
        let file = create_private(OpenOptions::new().create_new(true).write(true)).open(&path);
        match file.and_then(|mut file| file.write_all(b"/local/\n")) {
            // Another process was first.
            Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
            _ => Ok(()),
        }
    };
    write().map_err(Error::file(&path, "cannot be written"))
}
