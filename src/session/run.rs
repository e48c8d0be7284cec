//! Does what a session requests: draws and fetches cards, records reviews, reads lines, opens the editor.

use std::path::PathBuf;

use anyhow::Context as _;

use super::machine::Session;
use super::protocol::{AfterEdit, CardSheet, EarlyFor, Input, Request, Show};
use crate::clock::Instant;
use crate::collection::{Agenda, Collection, scratch};
use crate::deck::{CardId, Heard, Kind};
use crate::editor::{self, Author, Edited, Program};
use crate::entry::Entry;
use crate::failure::Failure;
use crate::history::Body;
use crate::render::shown_block;
use crate::store::{Recorded, TypedAnswer};
use crate::stories::{stories_for, wants_stories};

/// How many of the newest reviews say what was missed recently.
const RECENT: usize = 5;

/// How many cards are drawn at once. The first prompt waits for them.
pub(crate) const BATCH: usize = 32;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SessionEnd {
    /// Everything was asked, or input ended, or you quit.
    Finished,
    Interrupted,
}

/// The side of a driver that talks to a person or a program.
pub(crate) trait Frontend {
    fn show(&mut self, show: &Show) -> Result<(), Failure>;
    /// Reads the next input; `None` if interrupted.
    fn read(&mut self) -> Result<Option<Input>, Failure>;
    fn author(&mut self) -> Option<&mut dyn Author> {
        None
    }
}

pub(crate) struct Backend<'a> {
    pub(crate) collection: &'a mut Collection,
    pub(crate) agenda: &'a mut Agenda,
    pub(crate) now: &'a dyn Fn() -> Instant,
    pub(crate) words: CompanyWords,
    /// The file of the last answer written in the editor, until it is graded.
    pub(crate) answer: Option<PathBuf>,
}

/// What the people of a company said so far, and what it values.
#[derive(Debug, Default)]
pub(crate) struct CompanyWords {
    pub(crate) heard: Vec<Heard>,
    pub(crate) values: Vec<String>,
}

impl CompanyWords {
    /// Returns what was said that the answer to a card should take up.
    fn heard_for(&self, card: &CardId) -> Vec<Heard> {
        self.heard.iter().filter(|heard| heard.cards.iter().any(|id| id == card.as_str())).cloned().collect()
    }
}

const STDIN: &str = "standard input: cannot be read";
const STDOUT: &str = "standard output: cannot be written";

/// Runs a session to its end. If something fails, an answer that was written in the editor stays in its file.
pub(crate) fn run(
    session: &mut Session,
    backend: &mut Backend<'_>,
    frontend: &mut dyn Frontend,
) -> Result<SessionEnd, Failure> {
    let ended = run_to_end(session, backend, frontend);
    match (ended, backend.answer.take()) {
        (Ok(end), answer) => {
            discard(answer);
            Ok(end)
        }
        (Err(Failure::World(error)), Some(answer)) => {
            Err(Failure::World(error.context(format!("your answer is in {}", answer.display()))))
        }
        (Err(failure), _) => Err(failure),
    }
}

fn run_to_end(
    session: &mut Session,
    backend: &mut Backend<'_>,
    frontend: &mut dyn Frontend,
) -> Result<SessionEnd, Failure> {
    let mut input = Input::Start;
    loop {
        let (shows, request) = session.step(input, (backend.now)());
        for show in &shows {
            frontend.show(show).map_err(|failure| failure.context(STDOUT))?;
        }
        input = match request {
            Request::Draw => Input::Drawn(backend.agenda.draw(&mut backend.collection.store, BATCH)?),
            Request::Fetch(entry) => Input::Fetched(backend.fetch(&entry)?.map(Box::new)),
            Request::Record { at, body, typed } => {
                let (recorded, trouble) = backend.record(at, body, typed)?;
                if let Some(trouble) = trouble {
                    frontend.show(&Show::Trouble(trouble)).map_err(|failure| failure.context(STDOUT))?;
                }
                discard(backend.answer.take());
                recorded
            }
            Request::Edit(entry) => Input::Edited(backend.edit(&entry, frontend)?),
            Request::Write(prompt) => Input::Written(backend.write(&prompt).map_err(|error| format!("{error:#}"))),
            Request::Read => match frontend.read().map_err(|failure| failure.context(STDIN))? {
                Some(input) => input,
                None => return Ok(SessionEnd::Interrupted),
            },
            Request::Finish => return Ok(SessionEnd::Finished),
        };
    }
}

impl Backend<'_> {
    /// Records an event. The second value says why a typed answer could not be kept; the review is durable all the same.
    fn record(&mut self, at: Instant, body: Body, typed: Option<String>) -> Result<(Input, Option<String>), Failure> {
        let card = body.card().cloned().filter(|_| matches!(body, Body::Review(_)));
        let Recorded { id, state } = self.collection.store.record(at, body)?;
        let trouble = match (&card, &typed) {
            (Some(card), Some(answer)) => self.keep(&TypedAnswer { at, id, card, answer }).err(),
            _ => None,
        };
        Ok((Input::Recorded(id, state), trouble))
    }

    fn fetch(&mut self, entry: &Entry) -> Result<Option<CardSheet>, Failure> {
        let Some(card) = self.collection.card(entry)? else { return Ok(None) };
        let deck = entry.place.as_ref().map(|place| place.deck.clone()).unwrap_or_default();
        let missed = self.missed(&entry.card, card.items().count())?;
        let stories =
            if wants_stories(&card) { stories_for(&card, &self.collection.store.stories()?) } else { Vec::new() };
        let before = self.collection.store.last_answer(&entry.card);
        let today = (self.now)().study_day(self.collection.settings.rules.day_starts_at);
        let upcoming = &self.collection.upcoming;
        let early_for = upcoming
            .early_for(entry, today)
            .map(|interview| EarlyFor { id: interview.id.clone(), name: interview.name().to_owned() });
        let heard = self.words.heard_for(&entry.card);
        let values = if card.kind == Kind::Motive { self.words.values.clone() } else { Vec::new() };
        Ok(Some(CardSheet { card, deck, missed, stories, before, heard, values, early_for }))
    }

    fn keep(&self, take: &TypedAnswer<'_>) -> Result<(), String> {
        let kept = self.collection.store.save_answer(take, self.collection.settings.keep_answers);
        kept.map_err(|error| format!("the review is recorded, but what was typed is not kept: {error:#}"))
    }

    /// Opens a card in the editor. A failure doesn't end the session.
    fn edit(&mut self, entry: &Entry, frontend: &mut dyn Frontend) -> Result<AfterEdit, Failure> {
        let Some(author) = frontend.author() else { return Ok(AfterEdit::Unable) };
        self.agenda.load(&mut self.collection.store)?;
        let id = match editor::edit(self.collection, entry, self.now, author).map(|(edited, _)| edited) {
            Ok(Edited::Card(id)) => id,
            Ok(Edited::Same) => return Ok(AfterEdit::Same),
            Ok(Edited::Gone) => return Ok(AfterEdit::Gone),
            Err(failure) => {
                author.note(&failure.to_string())?;
                return Ok(AfterEdit::Same);
            }
        };
        let Some(entry) = self.collection.store.card(&id)? else { return Ok(AfterEdit::Gone) };
        let sheet = self.fetch(&entry)?;
        Ok(sheet.map_or(AfterEdit::Gone, |sheet| AfterEdit::Card(Box::new(entry), Box::new(sheet))))
    }

    /// Opens the editor for an answer, on a file of its own. The file is deleted when the answer is graded. After a failure it
    /// stays if something was written in it.
    fn write(&mut self, prompt: &str) -> anyhow::Result<String> {
        discard(self.answer.take());
        let program = Program::chosen()?;
        let blank = format!("\n\n{BELOW}\n{}\n", shown_block(prompt));
        let sheet = scratch(&self.collection.folders.local, &blank)?;
        let read = || std::fs::read(&sheet).with_context(|| format!("{}: cannot be read", sheet.display()));
        let written = program.open(&sheet, 1).and_then(|()| read());
        if written.is_err() && read().is_ok_and(|left| left != blank.as_bytes()) {
            return written.map(|_| String::new()).with_context(|| format!("your answer is in {}", sheet.display()));
        }
        self.answer = Some(sheet);
        let text = String::from_utf8_lossy(&written?).into_owned();
        let above: Vec<&str> = text.lines().take_while(|line| line.trim_end() != BELOW).collect();
        Ok(above.join("\n"))
    }

    /// Returns for each part and point in how many of the newest ticked reviews in a row it was missed.
    fn missed(&self, card: &CardId, items: usize) -> Result<Vec<usize>, Failure> {
        let mut missed = vec![0; items];
        if items == 0 {
            return Ok(missed);
        }
        let mut open: Vec<bool> = vec![true; items];
        for logged in self.collection.store.reviews(card, RECENT)? {
            let Body::Review(review) = logged.event.body else { continue };
            // A review from before an edit can be about other points.
            let (Some(ticks), Some(points)) = (review.ticks, review.points) else { continue };
            if usize::from(points) != items {
                break;
            }
            for (n, open) in open.iter_mut().enumerate() {
                *open &= !ticks.iter().any(|&tick| usize::from(tick) == n + 1);
                missed[n] += usize::from(*open);
            }
        }
        Ok(missed)
    }
}

const BELOW: &str = "# Write above this line. It is no part of the answer, nor is the question below it.";

fn discard(answer: Option<PathBuf>) {
    if let Some(path) = answer {
        // If it cannot be removed, it stays in this machine's folder.
        let _ = std::fs::remove_file(path);
    }
}
