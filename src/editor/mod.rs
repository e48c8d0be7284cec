//! Decks in their author's editor: a card is edited or added, and its history follows.
//!
//! The editor works on a copy beside the deck ([`crate::collection::Draft`]). The copy replaces the deck only if it has no new
//! problems, and only if the deck is still as it was read. Otherwise the deck stays as it is, and the author is told where
//! their text is.
//!
//! - `program`: which editor, and how it is told the line
//! - `deck_edit`: one deck in the editor, and its author
//! - `changes`: what changed, and what that does to the history of the card
//!
//! Not here: the terminal. The caller is the [`Author`].

mod program;
mod deck_edit;
mod changes;

use crate::clock::Instant;
use crate::collection::{Collection, Original, position};
use crate::deck::{Blank, added, new_problems, parse, successor, template};
use crate::diagnostic::{Diagnostic, Severity, Source};
use crate::entry::Entry;
use crate::failure::Failure;
use crate::render::shown_line;
pub(crate) use changes::{Changes, Edited};
use changes::{FollowedHistory, follow, report};
pub(crate) use deck_edit::Author;
use deck_edit::{DeckEdit, OpenedText};
pub(crate) use program::Program;

/// Opens the deck of a card at its line. If the card has no written id, its history follows it.
pub(crate) fn edit(
    collection: &mut Collection,
    entry: &Entry,
    now: &dyn Fn() -> Instant,
    author: &mut dyn Author,
) -> Result<(Edited, Changes), Failure> {
    let gone = || Failure::usage(format!("`{}` is in no deck", entry.card), "`rehearse list` shows every card");
    let place = entry.place.as_ref().ok_or_else(gone)?;
    let edit = DeckEdit::new(collection.original(&place.file)?);
    let at = position(&edit.before.cards, entry).ok_or_else(gone)?;
    let Some(saved) = edit.run_at(edit.before.cards[at].line, collection, author)? else {
        return Ok((Edited::Same, Changes::none(&edit)));
    };
    let old = &edit.before.cards[at];
    let new = successor(&edit.before.cards, &saved.0.cards, at);
    // The rename is recorded before anything is said, because output can fail. And it is recorded before the index sees the
    // edit: a card that the index misses might be taken for one that moved to another deck.
    let followed = match new {
        Some(new) => follow(collection, entry, old, &new.id, now)?,
        None => FollowedHistory::default(),
    };
    let notes = refresh(collection, &edit, now(), author)?;
    let changes = report(&edit, &saved, new.map(|new| (&old.id, &new.id)), author)?;
    followed.report(author)?;
    notes.iter().try_for_each(|note| author.note(note))?;
    let edited = match new {
        Some(new) => Edited::Card(new.id.clone()),
        None if saved.0.cards.iter().any(|card| card.id == old.id) => Edited::Card(old.id.clone()),
        None => Edited::Gone,
    };
    Ok((edited, Changes { renamed: followed.renamed, ..changes }))
}

pub(crate) fn edit_at(
    collection: &mut Collection,
    file: &str,
    line: usize,
    now: &dyn Fn() -> Instant,
    author: &mut dyn Author,
) -> Result<Changes, Failure> {
    let edit = DeckEdit::new(collection.original(file)?);
    let Some(saved) = edit.run_at(line, collection, author)? else { return Ok(Changes::none(&edit)) };
    let notes = refresh(collection, &edit, now(), author)?;
    let changes = report(&edit, &saved, None, author)?;
    notes.iter().try_for_each(|note| author.note(note))?;
    Ok(changes)
}

/// Indexes an edited deck and returns the notes about it.
fn refresh(
    collection: &mut Collection,
    edit: &DeckEdit,
    at: Instant,
    author: &mut dyn Author,
) -> Result<Vec<String>, Failure> {
    let known = collection.notes.len();
    collection.refresh(at, &|_, _, _| {})?;
    author.say(&format!("changed {}", shown_line(&edit.original.name)))?;
    Ok(collection.notes.get(known..).unwrap_or_default().to_vec())
}

/// Opens a deck with a template for a card or a story at its end.
pub(crate) fn add(
    collection: &Collection,
    original: Original,
    blank: Blank<'_>,
    author: &mut dyn Author,
) -> Result<Changes, Failure> {
    let edit = DeckEdit::new(original);
    let (name, text) = (shown_line(&edit.original.name), edit.source.text.as_str());
    if !edit.broken.is_empty() {
        return Err(Failure::usage(format!("{name} is not UTF-8"), "save it as UTF-8 in your editor"));
    }
    let template = template(blank, edit.before.is_deck.then_some(edit.before.kind));
    let (gap, end) = gap(text);
    // If the smallest possible card makes new problems here, the author's will, too.
    let probe = format!("{text}{gap}{}", blank.minimal(end));
    let (with_one, findings) = parse(&Source::new(&*name, probe), &[]);
    let is_error = |problem: &Diagnostic| problem.severity == Severity::Error;
    if with_one.cards.len() <= edit.before.cards.len() || new_problems(&edit.findings, findings).iter().any(is_error) {
        let help = "`rehearse edit ID` opens it at one of its cards";
        return Err(Failure::usage(format!("no {} can be put at the end of {name}", blank.word()), help));
    }
    let mut opened = edit.original.bytes().to_vec();
    opened.extend_from_slice(format!("{gap}{}", template.text.replace('\n', end)).as_bytes());
    let line = text.matches('\n').count() + gap.matches('\n').count() + template.line;
    let filled_in = |left: &[u8]| {
        let filled = template.without_hints(&String::from_utf8_lossy(left));
        (filled.trim_end() != text.trim_end()).then(|| filled.into_bytes())
    };
    let nothing = format!("nothing was added to {name}");
    let opening = OpenedText { bytes: &opened, line, saved: &filled_in, nothing: &nothing };
    let Some(saved) = edit.run(&opening, collection, author)? else { return Ok(Changes::none(&edit)) };
    if added(&edit.before.cards, &saved.0.cards).is_empty() {
        author.say(&format!("changed {name}"))?;
    }
    report(&edit, &saved, None, author)
}

/// Returns what separates the end of a deck from the next card, and the line end of the deck.
fn gap(text: &str) -> (String, &'static str) {
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let gap = match text {
        text if text.trim_start_matches('\u{feff}').is_empty() => String::new(),
        text if text.ends_with('\n') => end.to_owned(),
        _ => end.repeat(2),
    };
    (gap, end)
}
