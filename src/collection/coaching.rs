//! What a collection knows that the coach should know: the interview to come, the people met, and the user's own phrases.

use std::path::Path;

use anyhow::Result;

use super::{Collection, read_bytes};
use crate::check::{self, Dangling};
use crate::clock::StudyDay;
use crate::coach::{self, Context, Phrases, RULES, TextKind};
use crate::deck::{Card, Heard, Interview, Interviewer, ReferenceKind, decode};
use crate::diagnostic::{Diagnostic, Severity, Source};
use crate::text::nearest;

/// What is known from interviews.
#[derive(Debug, Clone, Default)]
pub(crate) struct Background {
    /// The one that prompts are filled from.
    pub(crate) interview: Option<Interview>,
    /// Everybody met, at whatever interview.
    pub(crate) interviewers: Vec<Interviewer>,
    /// What was said at that company.
    pub(crate) heard: Vec<Heard>,
}

/// What the coach knows besides an answer and its card.
#[derive(Debug, Clone, Default)]
pub(crate) struct Coaching {
    background: Background,
    /// Rules that the settings switch off.
    off: Vec<String>,
    /// Phrases with those of the user's own, where there are any.
    phrases: Option<Phrases>,
}

impl Coaching {
    /// What an answer of this genre, to this card, is an answer to.
    pub(crate) fn context<'a>(&'a self, kind: TextKind, card: Option<&'a Card>) -> Context<'a> {
        let Coaching { background: Background { interview, interviewers, heard }, off, phrases } = self;
        let phrases = phrases.as_ref().unwrap_or_else(|| Phrases::shipped());
        Context { kind, card, interview: interview.as_ref(), interviewers, heard, off, phrases }
    }
}

impl Collection {
    /// What the coach knows on a study day, and what is wrong with what the settings tell it.
    pub(crate) fn coaching(&self, today: StudyDay) -> Result<(Coaching, Vec<Diagnostic>)> {
        let mut faults = self.settings_dangling();
        let phrases = (!self.settings.coach_phrases.is_empty()).then(|| {
            let (phrases, more) = self.phrases();
            faults.extend(more);
            phrases
        });
        Ok((Coaching { background: self.background(today)?, off: self.settings.coach_off.clone(), phrases }, faults))
    }

    /// What the files about interviews tell, those kept from an interview among them.
    pub(crate) fn background(&self, today: StudyDay) -> Result<Background> {
        let next = self.next_interview(today)?.map(|(interview, _)| interview);
        let held = self.store.interviews()?;
        let is_next = |interview: &Interview| {
            let company = |interview: &Interview| interview.company.as_ref().map(|company| company.to_lowercase());
            next.as_ref().is_some_and(|next| {
                next.id == interview.id || (next.company.is_some() && company(next) == company(interview))
            })
        };
        let of_next = |id: &str| held.iter().any(|(interview, ..)| interview.id == id && is_next(interview));
        let interviews = held.iter().map(|(interview, _, path)| (path.clone(), interview.id.clone()));
        let mut background = Background::default();
        for (path, id) in interviews.chain(self.store.debriefs()?) {
            let Some(deck) = self.deck(&path)? else { continue };
            background.interviewers.extend(deck.interviewers);
            background.heard.extend(if of_next(&id) { deck.heard } else { Vec::new() });
        }
        background.interview = next;
        Ok(background)
    }

    /// The coach's phrases with those of the files that the settings name, and what is wrong with these.
    pub(crate) fn phrases(&self) -> (Phrases, Vec<Diagnostic>) {
        let mut faults = Vec::new();
        let names = self.settings.coach_phrases.iter();
        let files: Vec<Source> = names.filter_map(|name| self.phrase_file(name, &mut faults)).collect();
        let (phrases, more) = coach::phrases_with_own(&files);
        faults.extend(more);
        (phrases, faults)
    }

    /// A file of phrases. That there is none is the fault of whoever names it: `settings_dangling`.
    fn phrase_file(&self, name: &str, faults: &mut Vec<Diagnostic>) -> Option<Source> {
        let path = self.folders.root.join(name);
        let mut fault = |severity, check, message: String| {
            faults.push(Diagnostic::whole_file(severity, name, check, message));
        };
        if !path.canonicalize().ok()?.starts_with(&self.folders.root) {
            fault(Severity::Warning, "link", "leads out of the collection and is not followed".to_owned());
            return None;
        }
        match read_bytes(&path) {
            Ok(bytes) => {
                let (text, broken) = decode(bytes);
                let source = Source::new(name, text);
                faults.extend(broken.first().map(|&at| source.error(at..at + 3, "encoding", "not UTF-8 here")));
                Some(source)
            }
            Err(error) => {
                fault(Severity::Error, "unreadable", format!("cannot be read: {error}"));
                None
            }
        }
    }

    /// Names in the settings under which nothing stands.
    pub(crate) fn settings_dangling(&self) -> Vec<Diagnostic> {
        let missing = |(file, mention): &(String, _)| {
            let mention: &crate::deck::Reference = mention;
            let source = self.settings_files.iter().find(|source| source.path == *file)?;
            let stands = match mention.kind {
                ReferenceKind::Rule => RULES.iter().any(|rule| rule.id == mention.name),
                _ => Path::exists(&self.folders.root.join(&mention.name)),
            };
            let rules = RULES.iter().map(|rule| rule.id).filter(|_| mention.kind == ReferenceKind::Rule);
            let dangling = Dangling {
                file: file.clone(),
                span: mention.span.clone(),
                kind: mention.kind,
                name: mention.name.clone(),
                near: nearest(&mention.name, rules).map(str::to_owned),
                card: false,
            };
            (!stands).then(|| check::dangling(&dangling, source))
        };
        self.settings.references.iter().filter_map(missing).collect()
    }
}
