//! Rounds of fetching, publishing, and pushing, until a push is not rejected.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io::ErrorKind;
use std::time::Duration;

use super::advance::Advance;
use super::error::Error;
use super::prepare::Prepared;
use super::publish::{self, RenderedJournal};
use super::remote::{self, PushResult};
use super::run::Run;
use super::state::SyncState;
use crate::atomic_file::create_folder;
use crate::deck::CardId;
use crate::git::Oid;
use crate::history::{Body, Device, EventId};
use crate::journal;
use crate::store::Counts;

const TRIES: u32 = 8;

impl Run<'_, '_> {
    pub(super) fn rounds(&mut self) -> Result<(), Error> {
        for tried in 0..=TRIES {
            if tried > 0 {
                self.pause(tried);
            }
            match std::fs::remove_dir_all(&self.work) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(Error::file(&self.work, "cannot be emptied")(error));
                }
                _ => {}
            }
            create_folder(&self.work).map_err(Error::file(&self.work, "cannot be created"))?;
            if self.round()? {
                return Ok(());
            }
        }
        Err(Error::Outrun { remote: self.upstream.remote.clone(), branch: self.upstream.branch.clone() })
    }

    /// Waits for a random time, so that two machines don't keep getting in each other's way.
    fn pause(&self, tried: u32) {
        let hash = blake3::hash(format!("{} {tried}", self.request.random).as_bytes());
        let share = u64::from(hash.as_bytes()[0]) + 1;
        let most = (50 << tried).min(3_000);
        std::thread::sleep(Duration::from_millis(most * share / 256));
    }

    /// Runs one round. Returns `false` if the push was rejected.
    fn round(&mut self) -> Result<bool, Error> {
        self.progress("fetching", 0);
        let Some(state) = self.fetch()? else { return Ok(true) };
        self.progress("taking in what is new", 1);
        self.ingest(&state)?;
        self.announce()?;
        let published = self.published()?;
        self.progress("writing the journal", 2);
        let store = &self.collection.store;
        let mut rendered = publish::render(&self.repository, store, &state.there, &published)?;
        self.report.pushed = rendered.counts;
        if !self.request.dry_run {
            rendered.store_blobs(&self.repository, &self.work)?;
        }
        let Some(prepared) = self.prepare(&state, &rendered)? else { return Ok(true) };
        if self.request.dry_run {
            return Ok(true);
        }
        self.progress("pushing", 3);
        let pushed = match &prepared.commit {
            Some(commit) if Some(commit) != state.upstream.as_ref() => {
                remote::push(&self.repository, &self.upstream, commit)?
            }
            _ => PushResult::Done,
        };
        if pushed == PushResult::Rejected {
            return Ok(false);
        }
        self.finish(&state, &prepared, &rendered)?;
        prepared.failed.map_or(Ok(true), Err)
    }

    fn published(&self) -> Result<BTreeMap<String, Oid>, Error> {
        let pages = self.collection.store.pages()?.into_iter();
        Ok(pages.filter_map(|page| Some((journal::page_path(page.device, page.month), page.published?))).collect())
    }

    /// Ingests the journal files that differ from what this machine published.
    fn ingest(&mut self, state: &SyncState) -> Result<(), Error> {
        let known: HashSet<Oid> = self.published()?.into_values().collect();
        let files = state.there.iter().chain(&state.here);
        let new: BTreeSet<&Oid> = files.map(|(_, blob)| blob).filter(|blob| !known.contains(blob)).collect();
        let journals = self.repository.every_blob(&new.into_iter().cloned().collect::<Vec<_>>())?;
        let received = self.collection.store.receive(&journals, !self.request.dry_run)?;
        self.report.notes.extend(received.note);
        self.report_received(received.counts, received.resets)
    }

    fn report_received(
        &mut self,
        received: BTreeMap<Device, Counts>,
        resets: Vec<(EventId, CardId)>,
    ) -> Result<(), Error> {
        let names = if received.is_empty() { BTreeMap::new() } else { self.collection.store.device_names()? };
        let own = self.collection.store.device();
        let name = |device: Device| names.get(&device).cloned().unwrap_or_else(|| device.to_string());
        let others = resets.into_iter().filter(|(id, _)| id.device != own);
        self.report.resets.extend(others.map(|(id, card)| (name(id.device), card, id)));
        for (device, counts) in received.into_iter().filter(|(_, counts)| !counts.is_none()) {
            let name = name(device);
            // An earlier round may have received events of the same device.
            match self.report.received.iter_mut().find(|(known, _)| *known == name) {
                Some((_, known)) => *known = known.plus(counts),
                None => self.report.received.push((name, counts)),
            }
        }
        self.report.received.sort_by(|(a, _), (b, _)| a.cmp(b));
        Ok(())
    }

    fn announce(&mut self) -> Result<(), Error> {
        let store = &mut self.collection.store;
        if self.request.dry_run || self.request.host.is_empty() || store.device_names()?.contains_key(&store.device()) {
            return Ok(());
        }
        store.record(self.request.at, Body::Device { name: self.request.host.to_owned() })?;
        Ok(())
    }

    fn finish(&mut self, state: &SyncState, prepared: &Prepared, rendered: &RenderedJournal) -> Result<(), Error> {
        let Some(commit) = &prepared.commit else { return Ok(()) };
        if prepared.follows || !self.is_rewritten(state)? {
            let known = state.before.seen.as_ref() == Some(commit);
            remote::note_seen(&self.repository, &self.upstream, Some(commit).filter(|_| !known))?;
        }
        self.collection.store.note_published(&rendered.published())?;
        let from = state.before.tip.as_ref();
        let Some(branch) = state.head.branch.as_deref().filter(|_| prepared.follows && from != Some(commit)) else {
            return Ok(());
        };
        let advance = Advance { repository: &self.repository, journal: &self.journal, branch, from, to: commit };
        // The reviews are pushed, so a branch that cannot follow is not a failure.
        let advanced = advance.run(&mut self.collection.store);
        if let Some(obstacle) = advanced.unwrap_or_else(|error| Some(error.to_string())) {
            let short = state.head.short().unwrap_or(branch);
            self.report.decks = 0;
            self.report.notes.push(format!("{obstacle}: `{short}` stays where it is, and the next sync catches up"));
        }
        Ok(())
    }
}
