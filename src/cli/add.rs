//! Commands that write decks: `add`, `edit`, `ids`.

use std::io::IsTerminal as _;

use serde_json::json;

use super::undo::find;
use super::check::row;
use super::context::{self, Door};
use super::review::{known_decks, unknown_deck};
use super::{AddArgs, CardArgs, DONE, IdsArgs, WORLD};
use crate::check::Twins;
use crate::collection::{Collection, Failure, Original};
use crate::deck::{Blank, Card, CardId, decode, with_ids};
use crate::diagnostic::{Diagnostic, Source};
use crate::editor::{self, Author, Changes, Edited};
use crate::entry::is_deck;
use crate::render::shown_path;
use crate::text::{count, list};

/// The author at the other end of the streams.
pub(crate) struct Here<'a> {
    pub(crate) door: &'a Door,
}

impl Author for Here<'_> {
    fn say(&mut self, line: &str) -> Result<(), Failure> {
        // A program reads the same in one object at the end.
        if self.door.json() {
            return Ok(());
        }
        self.door.line(line)?;
        self.door.finish()
    }

    fn note(&mut self, text: &str) -> Result<(), Failure> {
        self.door.note(text);
        Ok(())
    }

    fn fault(&mut self, fault: &Diagnostic) -> Result<(), Failure> {
        context::say(&fault.long());
        Ok(())
    }

    fn ask(&mut self, question: &str) -> Result<Option<String>, Failure> {
        let (stdin, stdout) = (std::io::stdin(), std::io::stdout());
        if self.door.json() || !stdin.is_terminal() || !stdout.is_terminal() {
            return Ok(None);
        }
        self.say(question)?;
        let mut line = String::new();
        Ok((stdin.read_line(&mut line)? > 0).then_some(line))
    }
}

/// Adds a card or a story: the editor on a template at the end of a deck.
pub(crate) fn add(door: &mut Door, args: &AddArgs) -> Result<u8, Failure> {
    let blank = match args.from.as_deref() {
        Some(prompt) if prompt.trim().is_empty() => {
            return Err(Failure::usage(
                "the prompt is empty",
                "write it in quotes: `rehearse add --from \"Why here?\"`",
            ));
        }
        _ if args.story => Blank::Story,
        prompt => Blank::Card(args.kind, prompt),
    };
    let collection = door.open()?;
    let original = deck_to_add_to(&collection, args.deck.as_deref())?;
    let changes = editor::add(&collection, original, blank, &mut Here { door })?;
    tell(door, changes.added.first(), &changes)
}

/// The deck that was named, the only one there is, or one that is to be made.
fn deck_to_add_to(collection: &Collection, named: Option<&str>) -> Result<Original, Failure> {
    let titles = collection.store.titles()?;
    let fit: Vec<&str> = titles
        .iter()
        .filter(|(path, title)| named.is_none_or(|named| is_deck(named, path, title)))
        .map(|(path, _)| path.as_str())
        .collect();
    match (named, fit.as_slice()) {
        (_, [deck]) => Ok(collection.original(deck)?),
        (Some(named), []) if named.ends_with(".toml") => collection.new_deck(named, &std::env::current_dir()?),
        (Some(named), []) => Err(unknown_deck(&titles, named)),
        (None, []) => Err(Failure::usage("there is no deck yet", "`rehearse add NAME.toml` makes one")),
        (named, several) => {
            let message = match named {
                Some(named) => format!("`{named}` is {}", count(several.len(), "deck")),
                None => format!("there are {}, and none is named", count(several.len(), "deck")),
            };
            Err(Failure::usage(message, format!("name one of {}", list(several, "or"))))
        }
    }
}

/// Edits a card: the editor on its deck, at its line, or at the fault for which it is left out.
pub(crate) fn edit(door: &mut Door, args: &CardArgs) -> Result<u8, Failure> {
    let mut collection = door.open_to_record()?;
    let entry = find(&collection, &args.card);
    let now = || door.now();
    let asked = entry.as_ref().is_ok_and(|entry| entry.place.is_some());
    let id = CardId::parse(&args.card).filter(|_| !asked);
    let fault = id.as_ref().map(|id| collection.left_out(id)).transpose()?.flatten();
    if let (Some(id), Some((file, line))) = (id, fault) {
        let changes = editor::mend(&mut collection, &file, line, &now, &mut Here { door })?;
        let card = collection.store.card(&id)?.filter(|entry| entry.place.is_some()).map(|entry| entry.card);
        tell(door, card.as_ref(), &changes)
    } else {
        let entry = entry?;
        let (edited, changes) = editor::edit(&mut collection, &entry, &now, &mut Here { door })?;
        let card = match &edited {
            Edited::Same => Some(&entry.card),
            Edited::Card(card) => Some(card),
            Edited::Gone => None,
        };
        tell(door, card, &changes)
    }
}

/// Tells a program what came of a deck in the editor, and which card the edited one is now; people heard it already.
fn tell(door: &Door, card: Option<&CardId>, changes: &Changes) -> Result<u8, Failure> {
    let Changes { file, changed, added, gone, renamed } = changes;
    let ids = |ids: &[CardId]| ids.iter().map(CardId::to_string).collect::<Vec<_>>();
    if door.json() {
        door.value(&json!({
            "file": file, "changed": changed, "card": card.map(CardId::as_str), "added": ids(added), "gone": ids(gone),
            "event": renamed.map(|id| id.to_string()),
        }))?;
    }
    Ok(DONE)
}

/// Writes the derived id of every card that has none into its deck.
pub(crate) fn ids(door: &mut Door, args: &IdsArgs) -> Result<u8, Failure> {
    let collection = door.open()?;
    known_decks(&collection, &args.decks)?;
    let twins = collection.store.twins()?;
    let (mut written, mut left, mut failed) = (0, Vec::new(), false);
    let mut decks = Vec::new();
    for (path, title) in collection.store.titles()? {
        if !args.decks.is_empty() && !args.decks.iter().any(|deck| is_deck(deck, &path, &title)) {
            continue;
        }
        let here: Vec<&Twins> = twins.iter().filter(|twin| twin.second.1 == path && twin.first.1 != path).collect();
        let elsewhere = |card: &Card| {
            let is_this = |twin: &&&Twins| (&twin.second.0, twin.second.2) == (&card.id, card.line);
            let (id, file, line) = &here.iter().find(is_this)?.first;
            (*id == card.id).then(|| (file.clone(), *line))
        };
        match write_ids(&collection, &path, &elsewhere) {
            Ok((ids, cards)) => {
                written += ids;
                if ids > 0 && !door.json() {
                    door.line(&format!("{}: {} written", shown_path(&path), count(ids, "id")))?;
                }
                if ids > 0 {
                    decks.push(json!({ "file": path, "written": ids }));
                }
                cards.iter().for_each(|card| context::say(&card.long()));
                left.extend(cards.iter().map(row));
            }
            Err(error) => {
                context::complain(&format!("{error:#}"), None);
                failed = true;
            }
        }
    }
    match (written, left.len()) {
        _ if door.json() => door.value(&json!({ "decks": decks, "written": written, "left": left }))?,
        (0, 0) if !failed => door.line("Every card has an id.")?,
        (0, left) if left > 0 => door.line("No id was written.")?,
        _ => {}
    }
    Ok(if failed { WORLD } else { DONE })
}

/// Writes the ids of one deck; gives how many, and the cards that are left without.
fn write_ids(
    collection: &Collection,
    path: &str,
    elsewhere: &dyn Fn(&Card) -> Option<(String, usize)>,
) -> anyhow::Result<(usize, Vec<Diagnostic>)> {
    let original = collection.original(path)?;
    let (text, broken) = decode(original.bytes().to_vec());
    let with_ids = with_ids(&Source::new(path, text), &broken, elsewhere);
    if with_ids.written > 0 {
        anyhow::ensure!(!original.is_read_only(), "{path}: it is read-only; no id was written");
        let replaced = original.replace(with_ids.text.as_bytes())?;
        anyhow::ensure!(replaced, "{path}: it was changed meanwhile; no id was written");
    }
    Ok((with_ids.written, with_ids.left))
}
