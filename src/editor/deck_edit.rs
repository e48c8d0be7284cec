//! One deck in the editor: a copy beside it is opened until it has no new problems, and then replaces the deck.

use std::collections::HashMap;

use anyhow::{Context as _, anyhow};

use super::program::Program;
use crate::check::{Twins, twins};
use crate::collection::{Collection, Draft, Original};
use crate::deck::{Card, CardId, Deck, decode, new_problems, parse};
use crate::diagnostic::{Diagnostic, Severity, Source};
use crate::failure::Failure;
use crate::render::shown_line;
use crate::text::count;

/// The author of a deck, wherever they are.
pub(crate) trait Author {
    fn say(&mut self, line: &str) -> Result<(), Failure>;
    fn note(&mut self, text: &str) -> Result<(), Failure>;
    fn problem(&mut self, problem: &Diagnostic) -> Result<(), Failure>;
    /// Asks a question; `None` if nobody can answer.
    fn ask(&mut self, question: &str) -> Result<Option<String>, Failure>;
}

pub(crate) struct DeckEdit {
    pub(crate) original: Original,
    pub(crate) source: Source,
    /// Where the file is not UTF-8.
    pub(crate) broken: Vec<usize>,
    pub(crate) before: Deck,
    pub(crate) findings: Vec<Diagnostic>,
}

pub(crate) struct OpenedText<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) line: usize,
    /// Turns what the editor leaves into what is saved; `None` if there is nothing to save.
    pub(crate) saved: &'a dyn Fn(&[u8]) -> Option<Vec<u8>>,
    pub(crate) nothing: &'a str,
}

pub(crate) type SavedDeck = (Deck, Vec<Diagnostic>);

enum EditorExit {
    Unchanged,
    Text(Vec<u8>),
    /// With errors, and without wanting the text.
    Dropped,
    /// With so many errors, and wanting to keep the text.
    Kept(usize),
}

struct Copy {
    draft: Draft,
    program: Program,
}

const QUESTION: &str = "Enter edits again, k keeps the copy beside the deck, d drops it";

impl DeckEdit {
    pub(crate) fn new(original: Original) -> DeckEdit {
        let (text, broken) = decode(original.bytes().to_vec());
        let source = Source::new(original.name.clone(), text);
        let (before, findings) = parse(&source, &broken);
        DeckEdit { original, source, broken, before, findings }
    }

    pub(crate) fn run_at(
        &self,
        line: usize,
        collection: &Collection,
        author: &mut dyn Author,
    ) -> Result<Option<SavedDeck>, Failure> {
        let saved = |left: &[u8]| Some(left.to_vec());
        let opened = OpenedText { bytes: self.original.bytes(), line, saved: &saved, nothing: "nothing was changed" };
        self.run(&opened, collection, author)
    }

    /// Opens a copy until what the editor leaves can replace the deck. Returns `None` if the deck stays as it is.
    pub(crate) fn run(
        &self,
        opened: &OpenedText<'_>,
        collection: &Collection,
        author: &mut dyn Author,
    ) -> Result<Option<SavedDeck>, Failure> {
        let program = Program::chosen()?;
        let copy = Copy { draft: self.original.draft(opened.bytes)?, program };
        let saved = match self.open_until_valid(&copy, opened, collection, author) {
            Ok(EditorExit::Unchanged) => Ok(None),
            Ok(EditorExit::Text(left)) => match (opened.saved)(&left) {
                Some(bytes) => self.save(collection, bytes).map(Some),
                None => Ok(None),
            },
            Ok(EditorExit::Dropped) => {
                copy.draft.remove();
                return author.say(&format!("dropped; {}", shown_line(&self.as_it_was()))).map(|()| None);
            }
            Ok(EditorExit::Kept(errors)) => {
                let why = format!("{} in the new text", count(errors, "fault"));
                return author.note(&self.given_up(copy.draft, opened.bytes, &why)).map(|()| None);
            }
            Err(failure) => Err(failure),
        };
        match saved {
            Ok(saved) => {
                copy.draft.remove();
                if saved.is_none() {
                    author.say(opened.nothing)?;
                }
                Ok(saved)
            }
            Err(failure) => Err(Failure::World(anyhow!(self.given_up(copy.draft, opened.bytes, &failure.to_string())))),
        }
    }

    fn open_until_valid(
        &self,
        copy: &Copy,
        opened: &OpenedText<'_>,
        collection: &Collection,
        author: &mut dyn Author,
    ) -> Result<EditorExit, Failure> {
        let mut line = opened.line;
        loop {
            copy.program.open(&copy.draft.path, line)?;
            let left = copy.draft.read()?.context("the editor left no text behind")?;
            if left == opened.bytes {
                return Ok(EditorExit::Unchanged);
            }
            let (_, problems) = self.check(collection, &copy.draft.name, left.clone())?;
            let errors = || problems.iter().filter(|problem| problem.severity == Severity::Error);
            let Some(first) = errors().next() else { return Ok(EditorExit::Text(left)) };
            line = first.line;
            problems.iter().try_for_each(|problem| author.problem(problem))?;
            match choice(author)?.as_deref() {
                Some("") => {}
                Some("d") => return Ok(EditorExit::Dropped),
                Some(_) => return Ok(EditorExit::Kept(errors().count())),
                None => return Err(anyhow!("{} in the new text", count(errors().count(), "fault")).into()),
            }
        }
    }

    fn check(&self, collection: &Collection, name: &str, bytes: Vec<u8>) -> Result<SavedDeck, Failure> {
        let (text, broken) = decode(bytes);
        let (after, findings) = parse(&Source::new(name, text), &broken);
        let mut problems = new_problems(&self.findings, findings);
        let has_error = problems.iter().any(|problem| problem.severity == Severity::Error);
        if after.cards.is_empty() && !self.before.cards.is_empty() && !has_error {
            let message = "no card is left; to be rid of a deck, delete its file";
            problems.push(Diagnostic::whole_file(Severity::Error, name, "empty", message));
        }
        problems.extend(self.new_twins(collection, name, &after)?);
        Ok((after, problems))
    }

    /// Returns findings about ids that appear twice, here or in another deck, unless they did before.
    fn new_twins(&self, collection: &Collection, name: &str, after: &Deck) -> Result<Vec<Diagnostic>, Failure> {
        let mut count_before: HashMap<&CardId, usize> = HashMap::new();
        for card in &self.before.cards {
            *count_before.entry(&card.id).or_default() += 1;
        }
        let mut first_line: HashMap<&CardId, usize> = HashMap::new();
        let mut found = Vec::new();
        for card in &after.cards {
            let first = match (count_before.get(&card.id).copied().unwrap_or(0), first_line.get(&card.id)) {
                (0 | 1, Some(line)) => Some((card.id.clone(), name.to_owned(), *line)),
                (0, None) => self.in_another_deck(collection, card)?,
                _ => None,
            };
            first_line.entry(&card.id).or_insert(card.line);
            let second = (card.id.clone(), name.to_owned(), card.line);
            found.extend(first.map(|first| twins(&Twins { first, second, written: card.written })));
        }
        Ok(found)
    }

    fn in_another_deck(
        &self,
        collection: &Collection,
        card: &Card,
    ) -> Result<Option<(CardId, String, usize)>, Failure> {
        let known = collection.store.card(&card.id)?.and_then(|entry| Some((entry.card, entry.place?)));
        let other = known.filter(|(_, place)| place.file != self.original.name);
        Ok(other.map(|(id, place)| (id, place.file, place.line)))
    }

    fn save(&self, collection: &Collection, bytes: Vec<u8>) -> Result<SavedDeck, Failure> {
        let saved = self.check(collection, &self.original.name, bytes.clone())?;
        if !self.original.replace(&bytes)? {
            return Err(anyhow!("{} was changed meanwhile and stays as it is now", self.original.name).into());
        }
        Ok(saved)
    }

    fn as_it_was(&self) -> String {
        let how = if self.original.is_new() { "was not made" } else { "is as it was" };
        format!("{} {how}", self.original.name)
    }

    /// Says that the deck stays as it is, and where the author's text is. The copy is removed if it has no new text.
    fn given_up(&self, draft: Draft, opened: &[u8], why: &str) -> String {
        let mut message = why.to_owned();
        if self.original.is_unchanged().unwrap_or(false) {
            message.push_str(&format!("; {}", self.as_it_was()));
        }
        match draft.read() {
            Ok(Some(left)) if left == opened || left.trim_ascii().is_empty() => draft.remove(),
            Ok(None) => {}
            _ => message.push_str(&format!("; your text is in {}", draft.path.display())),
        }
        message
    }
}

fn choice(author: &mut dyn Author) -> Result<Option<String>, Failure> {
    loop {
        let answer = author.ask(QUESTION)?.map(|answer| answer.trim().to_owned());
        if answer.as_ref().is_none_or(|answer| ["", "k", "d"].contains(&answer.as_str())) {
            return Ok(answer);
        }
    }
}
