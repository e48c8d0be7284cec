//! Decks through their author's editor: a card edited, a card added, and what that does to histories.
//!
//! The editor works on a copy beside the deck ([`crate::collection::Draft`]). When it ends the copy is read and checked, and
//! only a text without new faults replaces the deck, and only if that is still as it was read; in every other case the deck
//! stays whole and the author's text stays in the copy, which is named. `program` is which editor, and how it is told the
//! line.
//!
//! Not here: the terminal. Whoever calls is mouth and ear of the author.

mod program;

use std::collections::HashMap;

use anyhow::{Context as _, anyhow, bail};

use crate::check::{Twins, twins};
use crate::clock::Instant;
use crate::collection::{Collection, Draft, Original, position};
use crate::deck::{Blank, Card, CardId, Deck, added, decode, new_problems, parse, successor, template};
use crate::diagnostic::{Diagnostic, Severity, Source};
use crate::entry::Entry;
use crate::failure::Failure;
use crate::history::{Body, CardState, EventId};
use crate::render::shown_line;
use crate::text::count;
pub(crate) use program::Program;
pub use program::interruptible;

/// The author, as whoever calls reaches them.
pub(crate) trait Author {
    /// Says what was done.
    fn say(&mut self, line: &str) -> Result<(), Failure>;
    fn note(&mut self, text: &str) -> Result<(), Failure>;
    /// Shows a fault in the text.
    fn fault(&mut self, fault: &Diagnostic) -> Result<(), Failure>;
    /// Asks; `None` if there is nobody to answer.
    fn ask(&mut self, question: &str) -> Result<Option<String>, Failure>;
}

/// What became of a card in the editor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Edited {
    /// Its deck is as it was.
    Same,
    /// Its deck changed, and it is this card now.
    Card(CardId),
    /// It is no longer in its deck.
    Gone,
}

/// What came of a deck in the editor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Changes {
    /// Its path, relative to the collection.
    pub(crate) file: String,
    /// Whether it is other than it was.
    pub(crate) changed: bool,
    /// Cards that added, but for the one that the edited card became.
    pub(crate) added: Vec<CardId>,
    /// Cards that went, but for the one that was edited and became another.
    pub(crate) gone: Vec<CardId>,
    /// The rename by which the history of the edited card follows it.
    pub(crate) renamed: Option<EventId>,
}

const QUESTION: &str = "Enter edits again, k keeps the copy beside the deck, d drops it";

/// Opens the deck of a card at its line. The history of a card without a written id follows it.
pub(crate) fn edit(
    collection: &mut Collection,
    entry: &Entry,
    now: &dyn Fn() -> Instant,
    author: &mut dyn Author,
) -> Result<(Edited, Changes), Failure> {
    let gone = || Failure::usage(format!("`{}` is in no deck", entry.card), "`rehearse list` shows every card");
    let place = entry.place.as_ref().ok_or_else(gone)?;
    let work = Work::new(collection.original(&place.file)?);
    let at = position(&work.before.cards, entry).ok_or_else(gone)?;
    let saved = work.at_line(work.before.cards[at].line, collection, author)?;
    let Some((after, warnings)) = saved else { return Ok((Edited::Same, work.unchanged())) };
    // What is to be recorded comes first: whoever hears of it may be gone. And before the index learns of the edit: a card
    // that it misses might be taken for one that went elsewhere.
    let old = &work.before.cards[at];
    let new = successor(&work.before.cards, &after.cards, at);
    let (renamed, followed) = match new {
        Some(new) => follow(collection, entry, old.written, &new.id, now)?,
        None => (None, Vec::new()),
    };
    let became = (new.map(|new| (&old.id, &new.id)), followed.as_slice());
    let changes = changed(collection, &work, &after, &warnings, became, now, author)?;
    let changes = Changes { renamed, ..changes };
    let is_there = after.cards.iter().any(|card| card.id == old.id);
    let edited = match new {
        Some(new) => Edited::Card(new.id.clone()),
        None if is_there => Edited::Card(old.id.clone()),
        None => Edited::Gone,
    };
    Ok((edited, changes))
}

/// Opens a deck at a line with a fault.
pub(crate) fn edit_at(
    collection: &mut Collection,
    file: &str,
    line: usize,
    now: &dyn Fn() -> Instant,
    author: &mut dyn Author,
) -> Result<Changes, Failure> {
    let work = Work::new(collection.original(file)?);
    let Some((after, warnings)) = work.at_line(line, collection, author)? else { return Ok(work.unchanged()) };
    changed(collection, &work, &after, &warnings, (None, &[]), now, author)
}

/// Takes a changed deck in, and says what changed; `became` is which card became another, and what to say of that.
fn changed(
    collection: &mut Collection,
    work: &Work,
    after: &Deck,
    warnings: &[Diagnostic],
    became: (Option<(&CardId, &CardId)>, &[Said]),
    now: &dyn Fn() -> Instant,
    author: &mut dyn Author,
) -> Result<Changes, Failure> {
    let (became, followed) = became;
    let known = collection.notes.len();
    collection.refresh(now(), &|_, _, _| {})?;
    author.say(&format!("changed {}", shown_line(&work.original.name)))?;
    let changes = tell(work, after, warnings, became, author)?;
    for said in followed {
        match said {
            Said::Done(line) => author.say(line)?,
            Said::Note(text) => author.note(text)?,
        }
    }
    collection.notes.iter().skip(known).try_for_each(|note| author.note(note))?;
    Ok(changes)
}

/// Opens a deck with a card or a story to be filled in at its end.
pub(crate) fn add(
    collection: &Collection,
    original: Original,
    blank: Blank<'_>,
    author: &mut dyn Author,
) -> Result<Changes, Failure> {
    let work = Work::new(original);
    let (name, text) = (shown_line(&work.original.name), work.source.text.as_str());
    if !work.broken.is_empty() {
        return Err(Failure::usage(format!("{name} is not UTF-8"), "save it as UTF-8 in your editor"));
    }
    let template = template(blank, work.before.is_deck.then_some(work.before.kind));
    let (gap, end) = gap(text);
    let probe = format!("{text}{gap}{}", blank.minimal(end));
    let (with_one, findings) = parse(&Source::new(&*name, probe), &[]);
    let hinders = |fault: &Diagnostic| fault.severity == Severity::Error;
    if with_one.cards.len() <= work.before.cards.len() || new_problems(&work.findings, findings).iter().any(hinders) {
        let help = "`rehearse edit ID` opens it at one of its cards";
        return Err(Failure::usage(format!("no {} can be put at the end of {name}", blank.word()), help));
    }
    let mut opened = work.original.bytes().to_vec();
    opened.extend_from_slice(format!("{gap}{}", template.text.replace('\n', end)).as_bytes());
    let line = text.matches('\n').count() + gap.matches('\n').count() + template.line;
    let filled_in = |left: &[u8]| {
        let filled = template.without_hints(&String::from_utf8_lossy(left));
        (filled.trim_end() != text.trim_end()).then(|| filled.into_bytes())
    };
    let nothing = format!("nothing was added to {name}");
    let saved = work.run(collection, &opened, line, &filled_in, &nothing, author)?;
    let Some((after, warnings)) = saved else { return Ok(work.unchanged()) };
    if added(&work.before.cards, &after.cards).is_empty() {
        author.say(&format!("changed {name}"))?;
    }
    tell(&work, &after, &warnings, None, author)
}

/// What stands between the end of a deck and the next card, and how its lines end.
fn gap(text: &str) -> (String, &'static str) {
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let gap = match text {
        text if text.trim_start_matches('\u{feff}').is_empty() => String::new(),
        text if text.ends_with('\n') => end.to_owned(),
        _ => end.repeat(2),
    };
    (gap, end)
}

/// Says which cards came and went, but for the one that became another, and what is doubtful in the deck now; gives the
/// same as a value.
fn tell(
    work: &Work,
    after: &Deck,
    warnings: &[Diagnostic],
    became: Option<(&CardId, &CardId)>,
    author: &mut dyn Author,
) -> Result<Changes, Failure> {
    const MOST: usize = 10;
    let name = shown_line(&work.original.name);
    let mut new = added(&work.before.cards, &after.cards);
    new.retain(|card| became.is_none_or(|(_, new)| card.id != *new));
    match new.len() {
        0..=MOST => new.iter().try_for_each(|card| author.say(&format!("added {} to {name}", card.id)))?,
        many => author.say(&format!("added {} to {name}", count(many, "card")))?,
    }
    let mut gone = added(&after.cards, &work.before.cards);
    gone.retain(|card| became.is_none_or(|(old, _)| card.id != *old));
    match gone.len() {
        0..=MOST => gone
            .iter()
            .try_for_each(|card| author.note(&format!("{} is no longer in {name}; its history stays", card.id)))?,
        many => author.note(&format!("{} are no longer in {name}; their histories stay", count(many, "card")))?,
    }
    warnings.iter().try_for_each(|warning| author.fault(warning))?;
    let ids = |cards: &[&Card]| cards.iter().map(|card| card.id.clone()).collect();
    Ok(Changes { changed: true, added: ids(&new), gone: ids(&gone), ..work.unchanged() })
}

/// What to tell the author.
enum Said {
    Done(String),
    Note(String),
}

/// Lets the history of an edited card follow it: who edits a card through `edit` says that it is the same. Gives the rename
/// by which it does, if that is needed, and what to say of it.
fn follow(
    collection: &mut Collection,
    entry: &Entry,
    written: bool,
    new: &CardId,
    now: &dyn Fn() -> Instant,
) -> anyhow::Result<(Option<EventId>, Vec<Said>)> {
    let old = &entry.card;
    let state = collection.store.card(old)?.map(|entry| entry.state).unwrap_or_default();
    if state == CardState::default() {
        return Ok((None, Vec::new()));
    }
    let other = collection.store.card(new)?.filter(|other| other.card != *old);
    if written || other.is_some_and(|other| other.state != CardState::default()) {
        let why = if written { "" } else { ", which has one of its own" };
        let text = format!("the history stays with {old}; `rehearse rename {old} {new}` lets it go on as {new}{why}");
        return Ok((None, vec![Said::Note(text)]));
    }
    let is_first = !collection.store.has_renames()?;
    let undo = collection.store.record(now(), Body::Rename { card: old.clone(), to: new.clone() })?.id;
    let line = format!("{old} is {new} now, with its history; `rehearse undo {undo}` takes the rename back");
    let advice = "`rehearse ids` writes an id into every card; then a history stays with its card by itself";
    let advice = is_first.then(|| Said::Note(advice.to_owned()));
    Ok((Some(undo), std::iter::once(Said::Done(line)).chain(advice).collect()))
}

/// A deck that is being edited.
struct Work {
    original: Original,
    source: Source,
    broken: Vec<usize>,
    before: Deck,
    findings: Vec<Diagnostic>,
}

impl Work {
    fn new(original: Original) -> Work {
        let (text, broken) = decode(original.bytes().to_vec());
        let source = Source::new(original.name.clone(), text);
        let (before, findings) = parse(&source, &broken);
        Work { original, source, broken, before, findings }
    }

    /// The deck stays as it is.
    fn unchanged(&self) -> Changes {
        let file = self.original.name.clone();
        Changes { file, changed: false, added: Vec::new(), gone: Vec::new(), renamed: None }
    }

    /// Opens a copy of the deck at a line; what is left replaces the deck.
    fn at_line(
        &self,
        line: usize,
        collection: &Collection,
        author: &mut dyn Author,
    ) -> Result<Option<(Deck, Vec<Diagnostic>)>, Failure> {
        let as_it_is = |left: &[u8]| Some(left.to_vec());
        self.run(collection, self.original.bytes(), line, &as_it_is, "nothing was changed", author)
    }

    /// Opens a copy with these bytes at a line, until what the editor leaves can replace the deck; gives the new deck and
    /// what is doubtful in it, or `None` if it stays as it is. `saved` makes of what is left what is saved, if anything;
    /// `nothing` is what to say if nothing is.
    fn run(
        &self,
        collection: &Collection,
        opened: &[u8],
        line: usize,
        saved: &dyn Fn(&[u8]) -> Option<Vec<u8>>,
        nothing: &str,
        author: &mut dyn Author,
    ) -> Result<Option<(Deck, Vec<Diagnostic>)>, Failure> {
        let program = Program::chosen()?;
        let draft = self.original.draft(opened)?;
        let ended = match self.rounds(&program, &draft, opened, line, collection, author) {
            Ok(End::Same) => Ok(None),
            Ok(End::Left(left)) => match saved(&left) {
                Some(bytes) => self.save(collection, bytes).map(Some),
                None => Ok(None),
            },
            Ok(End::Dropped) => {
                draft.remove();
                return author.say(&format!("dropped; {}", shown_line(&self.as_it_was()))).map(|()| None);
            }
            Ok(End::Kept(faults)) => {
                let left = self.given_up(draft, opened, &anyhow!("{} in the new text", count(faults, "fault")));
                return author.note(&left).map(|()| None);
            }
            Err(error) => Err(error),
        };
        match ended {
            Ok(Some(saved)) => {
                draft.remove();
                Ok(Some(saved))
            }
            Ok(None) => {
                draft.remove();
                author.say(nothing).map(|()| None)
            }
            Err(error) => Err(Failure::World(anyhow!(self.given_up(draft, opened, &error)))),
        }
    }

    /// Opens the copy until its text has no new fault, or the author has enough.
    fn rounds(
        &self,
        program: &Program,
        draft: &Draft,
        opened: &[u8],
        mut line: usize,
        collection: &Collection,
        author: &mut dyn Author,
    ) -> anyhow::Result<End> {
        loop {
            program.open(&draft.path, line)?;
            let left = draft.read()?.context("the editor left no text behind")?;
            if left == opened {
                return Ok(End::Same);
            }
            let (_, faults) = self.check(collection, &draft.name, left.clone())?;
            let errors = || faults.iter().filter(|fault| fault.severity == Severity::Error);
            let Some(first) = errors().next() else { return Ok(End::Left(left)) };
            line = first.line;
            let heard = faults.iter().try_for_each(|fault| author.fault(fault)).and_then(|()| choice(author));
            match heard.map_err(|failure| anyhow!("{failure}"))?.as_deref() {
                Some("") => {}
                Some("d") => return Ok(End::Dropped),
                Some(_) => return Ok(End::Kept(errors().count())),
                None => bail!("{} in the new text", count(errors().count(), "fault")),
            }
        }
    }

    /// Reads a text; gives what is wrong with it that was not wrong with the deck.
    fn check(&self, collection: &Collection, name: &str, bytes: Vec<u8>) -> anyhow::Result<(Deck, Vec<Diagnostic>)> {
        let (text, broken) = decode(bytes);
        let (after, findings) = parse(&Source::new(name, text), &broken);
        let mut faults = new_problems(&self.findings, findings);
        let is_faulty = faults.iter().any(|fault| fault.severity == Severity::Error);
        if after.cards.is_empty() && !self.before.cards.is_empty() && !is_faulty {
            let message = "no card is left; to be rid of a deck, delete its file";
            faults.push(Diagnostic::whole_file(Severity::Error, name, "empty", message));
        }
        let mut stood: HashMap<&CardId, usize> = HashMap::new();
        for card in &self.before.cards {
            *stood.entry(&card.id).or_default() += 1;
        }
        let mut stands: HashMap<&CardId, usize> = HashMap::new();
        for card in &after.cards {
            let first = match (stood.get(&card.id).copied().unwrap_or(0), stands.get(&card.id)) {
                (0 | 1, Some(line)) => Some((card.id.clone(), name.to_owned(), *line)),
                (0, None) => self.elsewhere(collection, card)?,
                _ => None,
            };
            stands.entry(&card.id).or_insert(card.line);
            let second = (card.id.clone(), name.to_owned(), card.line);
            faults.extend(first.map(|first| twins(&Twins { first, second, written: card.written })));
        }
        Ok((after, faults))
    }

    /// Where a card stands in another deck.
    fn elsewhere(&self, collection: &Collection, card: &Card) -> anyhow::Result<Option<(CardId, String, usize)>> {
        let known = collection.store.card(&card.id)?.and_then(|entry| Some((entry.card, entry.place?)));
        let other = known.filter(|(_, place)| place.file != self.original.name);
        Ok(other.map(|(id, place)| (id, place.file, place.line)))
    }

    fn save(&self, collection: &Collection, bytes: Vec<u8>) -> anyhow::Result<(Deck, Vec<Diagnostic>)> {
        let read = self.check(collection, &self.original.name, bytes.clone())?;
        if !self.original.replace(&bytes)? {
            bail!("{} was changed meanwhile and stays as it is now", self.original.name);
        }
        Ok(read)
    }

    fn as_it_was(&self) -> String {
        let how = if self.original.is_new() { "was not made" } else { "is as it was" };
        format!("{} {how}", self.original.name)
    }

    /// The deck stays as it is; a text that is not only what was opened stays, too. Says so.
    fn given_up(&self, draft: Draft, opened: &[u8], why: &anyhow::Error) -> String {
        let mut message = format!("{why:#}");
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

/// How the author's work in the editor ended.
enum End {
    /// With what was opened.
    Same,
    /// With this text, which has no new fault.
    Left(Vec<u8>),
    /// With faults; the text is not wanted.
    Dropped,
    /// With so many faults; the text is to be kept.
    Kept(usize),
}

fn choice(author: &mut dyn Author) -> Result<Option<String>, Failure> {
    loop {
        let answer = author.ask(QUESTION)?.map(|answer| answer.trim().to_owned());
        if answer.as_ref().is_none_or(|answer| ["", "k", "d"].contains(&answer.as_str())) {
            return Ok(answer);
        }
    }
}
