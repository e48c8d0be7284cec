//! Sync: history is shared through git.
//!
//! The events a machine knows are the union of every journal it has seen and its own log. [`sync`] fetches what others
//! published, ingests it, publishes what only this machine knows, and moves the local branch. It uses plumbing only: the
//! user's files, index entries, and hooks are not touched, and nothing is ever forced.
//!
//! - `error`: why a sync failed
//! - `local`: the local branch and its working tree
//! - `remote`: the branch that carries the history: fetch and push
//! - `merge`: merges two histories
//! - `strategy`: on which commit the journal is committed
//! - `report`: what was done
//! - `run`: what all steps share
//! - `state`: both sides, fetched
//! - `publish`: the journal as it is to be, trees, and commits
//! - `prepare`: the commit to push
//! - `advance`: moves the local branch
//! - `rounds`: all steps in order, until a push is not rejected
//!
//! Not here: printing, the clock, and the bytes of the journal.

mod error;
mod local;
mod remote;
mod merge;
mod strategy;
mod report;
mod run;
mod state;
mod publish;
mod prepare;
mod advance;
mod rounds;

use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::Duration;

use crate::atomic_file::{create_private, remove_folder};
use crate::collection::Collection;
use crate::git::{self, Repository};
use crate::journal::{self, Journal};
use crate::regular_file;
pub(crate) use error::Error;
use local::Head;
pub(crate) use report::Report;
use run::Run;
pub(crate) use run::SyncRequest;

/// How often to try to get the lock of another sync of this collection, at intervals of 200 ms.
const PATIENCE: u32 = 300;

/// Syncs a collection. If it fails, the report has what was done before.
///
/// # Errors
/// No review is lost: what was not pushed stays in the log.
pub(crate) fn sync(collection: &mut Collection, request: &SyncRequest<'_>, report: &mut Report) -> Result<(), Error> {
    let settings = collection.settings.sync.clone();
    let journal = Journal::new(&collection.folders.root, &settings);
    if settings.stays_here() {
        report.notes.push(
            "`private` of `[sync]` keeps the history on this machine; `journal` there names another repository for it"
                .to_owned(),
        );
        return Ok(());
    }
    if !journal.home.is_dir() {
        return Err(Error::NoJournalFolder(journal.home));
    }
    journal::files::refuse_linked_folders(&journal)?;
    let _lock = lock(&collection.folders.local)?;
    match sync_with_remote(collection, &journal, request, report)? {
        Some(why) => write(collection, &journal, request, report, &why),
        None => Ok(()),
    }
}

/// Syncs with the remote. Returns why there is nowhere to push the journal if there is not.
fn sync_with_remote(
    collection: &mut Collection,
    journal: &Journal,
    request: &SyncRequest<'_>,
    report: &mut Report,
) -> Result<Option<String>, Error> {
    let repository = match Repository::find(&journal.home) {
        Ok(Some(repository)) => repository,
        Ok(None) => return Ok(Some("this is no git repository".to_owned())),
        Err(error @ git::Error::NoGit) => return Ok(Some(error.to_string())),
        Err(error) => return Err(error.into()),
    };
    let head = Head::read(&repository)?;
    let named = collection.settings.sync.branch.as_deref();
    let Some(upstream) = remote::history_branch(&repository, &head, named)? else {
        return Ok(Some("the repository has no remote to sync with".to_owned()));
    };
    let work = collection.folders.local.join("sync");
    // What a killed sync left behind.
    remove_folder(&work).map_err(Error::file(&work, "cannot be removed"))?;
    let mut run = Run {
        signs: repository.config.signs_commits(),
        repository,
        journal: journal.clone(),
        work,
        collection,
        request,
        report,
        upstream,
        head: Some(head),
        ignored_by: None,
    };
    let synced = run.rounds();
    let _ = remove_folder(&run.work);
    synced?;
    Ok(run.ignored_by.map(|rule| format!("git ignores the journal ({rule})")))
}

/// Returns the rule that makes git ignore the journal of a collection; `None` if none does, or without git.
pub(crate) fn ignoring_rule(collection: &Collection) -> Result<Option<String>, Error> {
    let journal = Journal::new(&collection.folders.root, &collection.settings.sync);
    match Repository::find(&journal.home) {
        Ok(Some(repository)) => {
            let tracked = repository.resolve_one(&format!("HEAD:{}", journal.below(&repository.prefix)))?.is_some();
            if tracked { Ok(None) } else { local::ignoring_rule(&repository, &journal, collection.store.device()) }
        }
        Ok(None) | Err(git::Error::NoGit) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn write(
    collection: &mut Collection,
    journal: &Journal,
    request: &SyncRequest<'_>,
    report: &mut Report,
    why: &str,
) -> Result<(), Error> {
    if !request.dry_run {
        report.written = Some(collection.store.write_journal(false)?);
    }
    let written = if request.dry_run { "would be written" } else { "is written" };
    report.notes.push(format!("{why}: the journal {written} to {}, and stays on this machine", journal.path));
    Ok(())
}

/// Waits until no other sync of this collection runs.
fn lock(local: &Path) -> Result<File, Error> {
    let path = local.join("sync.lock");
    let file = regular_file::open(&path, create_private(File::options().create(true).append(true)));
    let file = file.map_err(Error::file(&path, "cannot be opened"))?;
    for _ in 0..PATIENCE {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(200)),
            Err(TryLockError::Error(error)) => return Err(Error::file(&path, "cannot be locked")(error)),
        }
    }
    Err(Error::Locked)
}
