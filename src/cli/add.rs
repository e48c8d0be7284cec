//! `add`: a new card or story, written in the editor.

use super::arguments::parse_kind;
use super::author::{StreamAuthor, print_changes};
use super::context::{Context, current_folder};
use super::lookup::unknown_deck;
use crate::collection::{Collection, Original};
use crate::deck::{Blank, Kind};
use crate::editor;
use crate::entry::names_deck;
use crate::failure::Failure;
use crate::text::{count, list};

/// Add a card or a story: $VISUAL or $EDITOR on a template at the end of a deck
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The deck: title or path; a NAME.toml that does not exist is made [default: the only deck]
    #[arg(value_name = "DECK")]
    deck: Option<String>,
    /// What sort of answer is wanted [default: the deck's kind]
    #[arg(long, value_name = "KIND", value_parser = parse_kind)]
    kind: Option<Kind>,
    /// The prompt, where you know it
    #[arg(long, value_name = "PROMPT")]
    from: Option<String>,
    /// A competency or qualification that the card shows; asks about your experience with it unless `--from` says otherwise
    #[arg(long, value_name = "TITLE")]
    shows: Option<String>,
    /// A story instead of a card
    #[arg(long, conflicts_with_all = ["kind", "from", "shows"])]
    story: bool,
}

pub(crate) fn run(context: &Context, args: &Args) -> Result<u8, Failure> {
    let blank = match args.from.as_deref() {
        Some(prompt) if prompt.trim().is_empty() => {
            return Err(Failure::usage(
                "the prompt is empty",
                "write it in quotes: `rehearse add --from \"Why here?\"`",
            ));
        }
        _ if args.story => Blank::Story,
        prompt => match args.shows.as_deref() {
            Some(title) if title.trim().is_empty() => {
                return Err(Failure::usage("`--shows` is empty", "name the competency or qualification in quotes"));
            }
            Some(title) => Blank::Shows(args.kind, prompt, title),
            None => Blank::Card(args.kind, prompt),
        },
    };
    let collection = context.open()?;
    let original = deck_to_add_to(&collection, args.deck.as_deref())?;
    let changes = editor::add(&collection, original, blank, &mut StreamAuthor { context })?;
    print_changes(context, changes.added.first(), &changes)
}

fn deck_to_add_to(collection: &Collection, named: Option<&str>) -> Result<Original, Failure> {
    let titles = collection.store.titles()?;
    let fit: Vec<&str> = titles
        .iter()
        .filter(|(path, title)| named.is_none_or(|named| names_deck(named, path, title)))
        .map(|(path, _)| path.as_str())
        .collect();
    match (named, fit.as_slice()) {
        (_, [deck]) => Ok(collection.original(deck)?),
        (Some(named), []) if named.ends_with(".toml") => Ok(collection.new_deck(named, &current_folder()?)?),
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
