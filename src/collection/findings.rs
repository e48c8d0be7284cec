//! What is wrong with a collection, as `check` reports it.

use std::collections::{BTreeMap, BTreeSet};

use super::error::Error;
use super::open::Collection;
use super::read_file::read_bytes;
use crate::check;
use crate::deck;
use crate::diagnostic::{Diagnostic, Source};
use crate::text::folded;
use crate::{follow, git};

impl Collection {
    /// Returns the findings in the index and in the settings, sorted by place. Costs nothing if there are none.
    pub(crate) fn findings(&self) -> Result<Vec<Diagnostic>, Error> {
        let mut findings = self.settings_findings.clone();
        findings.extend(self.store.findings()?);
        findings.extend(check::all_twins(&self.store.twins()?, &findings));
        findings.sort_by_cached_key(Diagnostic::order);
        Ok(findings)
    }

    /// Returns every finding, including those that take a search, sorted by place.
    pub(crate) fn check(&self) -> Result<Vec<Diagnostic>, Error> {
        let mut findings = self.findings()?;
        findings.extend(self.dangling()?);
        findings.extend(self.duplicate_interviews()?);
        findings.extend(self.unused_stories()?);
        findings.extend(self.orphans()?);
        findings.extend(self.shared_interviews()?);
        findings.extend(self.settings_dangling());
        findings.extend(self.phrases().1);
        findings
            .extend(check::tracked(&self.folders.local_name(), &git::tracked(&self.folders.local).unwrap_or_default()));
        findings.sort_by_cached_key(Diagnostic::order);
        Ok(findings)
    }

    /// Finds names that refer to nothing. Their files are read again to show the line.
    fn dangling(&self) -> Result<Vec<Diagnostic>, Error> {
        let mut findings = Vec::new();
        let mut read: Option<Source> = None;
        for dangling in self.store.dangling()? {
            if read.as_ref().is_none_or(|source| source.path != dangling.file) {
                // A file that vanished since the walk no longer refers to anything.
                let Ok(bytes) = read_bytes(&self.folders.root.join(&dangling.file)) else { continue };
                read = Some(Source::new(dangling.file.clone(), deck::decode(bytes).0));
            }
            findings.extend(read.as_ref().map(|source| check::dangling(&dangling, source)));
        }
        Ok(findings)
    }

    fn duplicate_interviews(&self) -> Result<Vec<Diagnostic>, Error> {
        let mut first: BTreeMap<String, String> = BTreeMap::new();
        let mut findings = Vec::new();
        for (interview, _, file) in self.store.interviews()? {
            match first.get(&interview.id) {
                // Files that cannot be read have a finding of their own.
                Some(first) => {
                    let source = self.source(&file).ok().flatten();
                    findings
                        .extend(source.map(|(source, _)| check::duplicate_interview(&interview.id, first, &source)));
                }
                None => {
                    first.insert(interview.id, file);
                }
            }
        }
        Ok(findings)
    }

    /// Finds files about interviews that others may read. git is asked only if there are any, and a remote.
    fn shared_interviews(&self) -> Result<Vec<Diagnostic>, Error> {
        let interviews = self.store.interviews()?.into_iter().map(|(.., file)| file);
        let debriefs = self.store.debriefs()?.into_iter().map(|(_, file)| file);
        let files: BTreeSet<String> = interviews.chain(debriefs).collect();
        if files.is_empty() || !git::has_remote(&self.folders.root) {
            return Ok(Vec::new());
        }
        let tracked = git::tracked(&self.folders.root).unwrap_or_default();
        Ok(tracked.iter().filter(|file| files.contains(*file)).map(|file| check::shared_interview(file)).collect())
    }

    /// Finds stories that nothing refers to or asks for. The decks are read only if some story is not referred to.
    fn unused_stories(&self) -> Result<Vec<Diagnostic>, Error> {
        let mut unnamed = self.store.unnamed_stories()?;
        if unnamed.is_empty() {
            return Ok(Vec::new());
        }
        let mut asked: BTreeSet<String> = BTreeSet::new();
        self.each_deck(|_, deck| {
            let cards = deck.cards.iter().filter(|card| deck.stories.iter().all(|story| story.id != card.id));
            asked.extend(cards.flat_map(|card| &card.shows).map(|title| folded(title)));
            let interview = deck.interview.iter();
            let titles = interview.flat_map(|interview| interview.competencies.iter().chain(&interview.qualifications));
            asked.extend(titles.map(|title| folded(title)));
        })?;
        unnamed.retain(|story| !story.shows.iter().any(|title| asked.contains(&folded(title))));
        Ok(unnamed.iter().map(check::unused_story).collect())
    }

    pub(super) fn orphans(&self) -> Result<Vec<Diagnostic>, Error> {
        let orphans = self.store.orphans()?;
        if orphans.is_empty() {
            return Ok(Vec::new());
        }
        let newcomers = self.store.newcomers()?;
        let suggested = follow::suggest(&orphans, &newcomers, &self.store.refused()?);
        let log = self.folders.local.join("log.jsonl");
        let log = log.strip_prefix(&self.folders.root).unwrap_or(&log).to_string_lossy();
        Ok(check::orphans(&orphans, &newcomers, &suggested, &log))
    }
}
