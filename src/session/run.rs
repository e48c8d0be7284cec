//! Does what a session asks for: cards from the collection, reviews into its store, lines from whoever answers.

use std::path::PathBuf;

use anyhow::Context as _;

use super::{Change, Input, Output, Session, Sheet};
use crate::clock::Instant;
use crate::collection::{Agenda, Collection, Failure, scratch};
use crate::deck::CardId;
use crate::editor::{self, Author, Edited, Program};
use crate::entry::Entry;
use crate::history::Body;
use crate::render::shown_block;
use crate::store::{Recorded, Take};
use crate::stories::{fitting, wants_stories};

/// How many of the newest reviews tell what is missed lately.
const LATELY: usize = 5;

/// How many cards are drawn at once: the first prompt waits for no more.
pub(crate) const BATCH: usize = 32;

/// How a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// By itself, or by `q`, or because no more input came.
    Finished,
    Interrupted,
}

/// Whoever answers: shows what there is to show, and gives the next input; `None` when interrupted.
pub(crate) trait Face {
    fn show(&mut self, output: &Output) -> Result<(), Failure>;
    /// Reads the next input.
    fn read(&mut self) -> Result<Option<Input>, Failure>;
    /// The person who can edit a deck, if one is there.
    fn author(&mut self) -> Option<&mut dyn Author> {
        None
    }
}

/// Where cards come from and reviews go to, and the clock.
pub(crate) struct Desk<'a> {
    pub(crate) collection: &'a mut Collection,
    /// What is still to be asked.
    pub(crate) agenda: &'a mut Agenda,
    pub(crate) now: &'a dyn Fn() -> Instant,
    /// The answer written last, until it is graded.
    pub(crate) answer: Option<PathBuf>,
}

/// Why nobody can answer any more.
const STDIN: &str = "standard input: cannot be read";
/// Why nothing more can be asked.
const STDOUT: &str = "standard output: cannot be written";

/// Runs a session to its end. An answer that was written in the editor stays where it is if something fails.
pub(crate) fn run(session: &mut Session, desk: &mut Desk<'_>, face: &mut dyn Face) -> Result<End, Failure> {
    let ended = run_to_end(session, desk, face);
    match (ended, desk.answer.take()) {
        (Err(Failure::World(error)), Some(answer)) => {
            Err(Failure::World(error.context(format!("your answer is in {}", answer.display()))))
        }
        (ended, answer) => {
            discard(answer);
            ended
        }
    }
}

fn run_to_end(session: &mut Session, desk: &mut Desk<'_>, face: &mut dyn Face) -> Result<End, Failure> {
    let mut input = Input::Start;
    loop {
        let outputs = session.step(input, (desk.now)());
        let mut answer = None;
        for output in &outputs {
            answer = match output {
                Output::Draw => Some(Input::Drawn(desk.agenda.draw(&mut desk.collection.store, BATCH)?)),
                Output::Fetch(entry) => Some(Input::Fetched(desk.fetch(entry)?.map(Box::new))),
                Output::Record(at, body, typed) => {
                    let Recorded { id, state } = desk.collection.store.record(*at, body.clone())?;
                    if let (Body::Review(review), Some(answer)) = (body, typed) {
                        let take = Take { at: *at, id, card: &review.card, answer };
                        // The review is safe: that its answer is not kept ends no session.
                        if let Err(error) = desk.keep(&take) {
                            face.show(&Output::Trouble(error)).map_err(|failure| failure.context(STDOUT))?;
                        }
                    }
                    discard(desk.answer.take());
                    Some(Input::Recorded(id, state))
                }
                Output::Edit(entry) => Some(Input::Edited(desk.edit(entry, face)?)),
                Output::Write(prompt) => Some(Input::Written(desk.write(prompt).map_err(|error| format!("{error:#}")))),
                Output::Read => match face.read().map_err(|failure| failure.context(STDIN))? {
                    Some(input) => Some(input),
                    None => return Ok(End::Interrupted),
                },
                Output::Finish => return Ok(End::Finished),
                shown => {
                    face.show(shown).map_err(|failure| failure.context(STDOUT))?;
                    None
                }
            };
        }
        input = answer.unwrap_or(Input::End);
    }
}

impl Desk<'_> {
    fn fetch(&mut self, entry: &Entry) -> Result<Option<Sheet>, Failure> {
        let Some(card) = self.collection.card(entry)? else { return Ok(None) };
        let deck = entry.place.as_ref().map(|place| place.deck.clone()).unwrap_or_default();
        let missed = self.missed(&entry.card, card.items().count())?;
        let tales =
            if wants_stories(&card) { fitting(&card, &self.collection.store.repertoire()?) } else { Vec::new() };
        let before = self.collection.store.last_take(&entry.card);
        Ok(Some(Sheet { card, deck, missed, tales, before }))
    }

    /// Keeps what was typed, as far as the user wants it kept.
    fn keep(&self, take: &Take<'_>) -> Result<(), String> {
        let kept = self.collection.store.keep_take(take, self.collection.settings.keep_answers);
        kept.map_err(|error| format!("the review is recorded, but what was typed is not kept: {error:#}"))
    }

    /// Lets whoever answers edit a card. What goes wrong there ends no session.
    fn edit(&mut self, entry: &Entry, face: &mut dyn Face) -> Result<Change, Failure> {
        let Some(author) = face.author() else { return Ok(Change::Unable) };
        self.agenda.load(&mut self.collection.store)?;
        let id = match editor::edit(self.collection, entry, self.now, author).map(|(edited, _)| edited) {
            Ok(Edited::Card(id)) => id,
            Ok(Edited::Same) => return Ok(Change::Same),
            Ok(Edited::Gone) => return Ok(Change::Gone),
            Err(failure) => {
                author.note(&failure.to_string())?;
                return Ok(Change::Same);
            }
        };
        let Some(entry) = self.collection.store.card(&id)? else { return Ok(Change::Gone) };
        let sheet = self.fetch(&entry)?;
        Ok(sheet.map_or(Change::Gone, |sheet| Change::Card(Box::new(entry), Box::new(sheet))))
    }

    /// Lets an answer be written in the editor, on a sheet of its own. That goes when the answer is graded; after trouble
    /// it stays if something is written on it.
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

    /// For each part and point, in how many of the newest ticked reviews in a row it was missed.
    fn missed(&self, card: &CardId, items: usize) -> Result<Vec<usize>, Failure> {
        let mut missed = vec![0; items];
        if items == 0 {
            return Ok(missed);
        }
        let mut open: Vec<bool> = vec![true; items];
        for logged in self.collection.store.reviews(card, LATELY)? {
            let Body::Review(review) = logged.event.body else { continue };
            // A review of other points, before the card was edited, says nothing of these.
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

/// What stands on a sheet below the answer, above the prompt.
const BELOW: &str = "# Write above this line. It is no part of the answer, nor is the question below it.";

fn discard(answer: Option<PathBuf>) {
    if let Some(path) = answer {
        // What cannot be removed stays in this machine's folder, for the user alone.
        let _ = std::fs::remove_file(path);
    }
}

/// Longest line that is kept; what is longer is read to its end and makes no sense of any kind.
const LONGEST_LINE: usize = 64 * 1024;

/// Reads one line, without its line end; `None` at the end of input. Bytes that are not UTF-8 become U+FFFD.
pub(super) fn line(input: &mut dyn std::io::BufRead) -> std::io::Result<Option<String>> {
    let mut bytes = Vec::new();
    loop {
        let buffer = match input.fill_buf() {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            buffer => buffer?,
        };
        if buffer.is_empty() {
            return Ok((!bytes.is_empty()).then(|| text(&bytes)));
        }
        let end = buffer.iter().position(|&byte| byte == b'\n');
        let taken = end.map_or(buffer.len(), |end| end + 1);
        if bytes.len() < LONGEST_LINE {
            bytes.extend_from_slice(&buffer[..end.unwrap_or(taken)]);
        }
        input.consume(taken);
        if end.is_some() {
            return Ok(Some(text(&bytes)));
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_end_matches('\r').to_owned()
}
