//! `ids`: writes ids into decks.

use serde_json::json;

use super::context::Context;
use super::lookup::check_decks;
use super::output::{complain, say_finding};
use super::rows::finding_row;
use crate::check::Twins;
use crate::collection::Collection;
use crate::deck::{Card, decode, with_ids};
use crate::diagnostic::{Diagnostic, Source};
use crate::entry::names_deck;
use crate::failure::{DONE, Failure, WORLD};
use crate::render::shown_path;
use crate::text::count;

/// Write an id into every card that has none
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only these decks: title, path, or folder
    #[arg(value_name = "DECK")]
    decks: Vec<String>,
}

pub(crate) fn run(context: &Context, args: &Args) -> Result<u8, Failure> {
    let collection = context.open()?;
    check_decks(&collection, &args.decks)?;
    let twins = collection.store.twins()?;
    let (mut written, mut left, mut failed) = (0, Vec::new(), false);
    let mut decks = Vec::new();
    for (path, title) in collection.store.titles()? {
        if !args.decks.is_empty() && !args.decks.iter().any(|deck| names_deck(deck, &path, &title)) {
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
                if ids > 0 && !context.json() {
                    context.line(&format!("{}: {} written", shown_path(&path), count(ids, "id")))?;
                }
                if ids > 0 {
                    decks.push(json!({ "file": path, "written": ids }));
                }
                cards.iter().for_each(say_finding);
                left.extend(cards.iter().map(finding_row));
            }
            Err(error) => {
                complain(&format!("{error:#}"), None);
                failed = true;
            }
        }
    }
    match (written, left.len()) {
        _ if context.json() => context.value(&json!({ "decks": decks, "written": written, "left": left }))?,
        (0, 0) if !failed => context.line("Every card has an id.")?,
        (0, left) if left > 0 => context.line("No id was written.")?,
        _ => {}
    }
    Ok(if failed { WORLD } else { DONE })
}

/// Writes the ids of one deck. Returns their number, and a finding for each card that is left without an id.
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
    Ok((with_ids.written, with_ids.skipped))
}
