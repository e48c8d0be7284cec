//! What the coach knows from a collection: the interview to come, the people met, and the user's own phrases.

use std::path::Path;

use super::error::Error;
use super::open::Collection;
use super::read_file::read_bytes;
use crate::check::{self, Dangling};
use crate::coach::{self, Coaching, Phrases, RULES};
use crate::deck::{Interview, Reference, ReferenceKind, decode};
use crate::diagnostic::{Diagnostic, Severity, Source};
use crate::text::nearest;

/// Largest file of phrases that is read, in bytes.
const LARGEST_PHRASES: usize = 1 << 20;

impl Collection {
    /// Returns what the coach knows for an interview, and what is wrong in the settings about it.
    pub(crate) fn coaching(&self, next: Option<Interview>) -> Result<(Coaching, Vec<Diagnostic>), Error> {
        let mut findings = self.settings_dangling();
        let phrases = (!self.settings.coach_phrases.is_empty()).then(|| {
            let (phrases, more) = self.phrases();
            findings.extend(more);
            phrases
        });
        let off = self.settings.coach_off.clone();
        Ok((Coaching { off, phrases, ..self.background(next)? }, findings))
    }

    /// Reads the files about interviews, notes from past ones included.
    fn background(&self, next: Option<Interview>) -> Result<Coaching, Error> {
        let held = self.store.interviews()?;
        let is_next = |interview: &Interview| {
            next.as_ref().is_some_and(|next| next.id == interview.id || interview.is_with_company_of(next))
        };
        let of_next = |id: &str| held.iter().any(|(interview, ..)| interview.id == id && is_next(interview));
        let interviews = held.iter().map(|(interview, _, path)| (path.clone(), interview.id.clone()));
        let mut background = Coaching::default();
        let debriefs = self.store.debriefs()?.into_iter().map(|(debrief, path)| (path, debrief.interview));
        for (path, id) in interviews.chain(debriefs) {
            let Some(deck) = self.deck(&path)? else { continue };
            background.interviewers.extend(deck.interviewers);
            background.heard.extend(if of_next(&id) { deck.heard } else { Vec::new() });
        }
        background.interview = next;
        Ok(background)
    }

    /// Returns the coach's phrases with those in the files that the settings name, and what is wrong with the files.
    pub(super) fn phrases(&self) -> (Phrases, Vec<Diagnostic>) {
        let mut findings = Vec::new();
        let names = self.settings.coach_phrases.iter();
        let files: Vec<Source> = names.filter_map(|name| self.phrase_file(name, &mut findings)).collect();
        let (phrases, more) = coach::phrases_with_own(&files);
        findings.extend(more);
        (phrases, findings)
    }

    /// Reads a file of phrases. [`Self::settings_dangling`] reports a missing one.
    fn phrase_file(&self, name: &str, findings: &mut Vec<Diagnostic>) -> Option<Source> {
        let path = self.folders.root.join(name);
        let mut report = |severity, check, message: String| {
            findings.push(Diagnostic::whole_file(severity, name, check, message));
        };
        if !path.canonicalize().ok()?.starts_with(&self.folders.root) {
            report(Severity::Warning, "link", "leads out of the collection and is not followed".to_owned());
            return None;
        }
        match read_bytes(&path) {
            Ok(bytes) if bytes.len() > LARGEST_PHRASES => {
                report(Severity::Error, "too-large", "over 1 MiB; it is not read".to_owned());
                None
            }
            Ok(bytes) => {
                let (text, broken) = decode(bytes);
                let source = Source::new(name, text);
                findings.extend(broken.first().map(|&at| source.error(at..at + 3, "encoding", "not UTF-8 here")));
                Some(source)
            }
            Err(error) => {
                report(Severity::Error, "unreadable", format!("cannot be read: {error}"));
                None
            }
        }
    }

    pub(super) fn settings_dangling(&self) -> Vec<Diagnostic> {
        let missing = |(file, reference): &(String, Reference)| {
            let source = self.settings_sources.iter().find(|source| source.path == *file)?;
            let exists = match reference.kind {
                ReferenceKind::Rule => RULES.iter().any(|rule| rule.id == reference.name),
                _ => Path::exists(&self.folders.root.join(&reference.name)),
            };
            let rules = RULES.iter().map(|rule| rule.id).filter(|_| reference.kind == ReferenceKind::Rule);
            let dangling = Dangling {
                file: file.clone(),
                span: reference.span.clone(),
                kind: reference.kind,
                name: reference.name.clone(),
                near: nearest(&reference.name, rules).map(str::to_owned),
                card: false,
            };
            (!exists).then(|| check::dangling(&dangling, source))
        };
        self.settings.references.iter().filter_map(missing).collect()
    }
}
