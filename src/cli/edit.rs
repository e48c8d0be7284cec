//! `edit`: a card in the editor.

use super::author::{StreamAuthor, print_changes};
use super::context::Context;
use super::lookup::find_card;
use crate::deck::CardId;
use crate::editor::{self, Edited};
use crate::failure::Failure;

/// Edit a card: $VISUAL or $EDITOR on its deck, at its line
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The card
    #[arg(value_name = "ID")]
    card: String,
}

pub(crate) fn run(context: &Context, args: &Args) -> Result<u8, Failure> {
    let mut collection = context.open_to_record()?;
    let entry = find_card(&collection, &args.card);
    let now = || context.now();
    let in_deck = entry.as_ref().is_ok_and(|entry| entry.place.is_some());
    let id = CardId::parse(&args.card).filter(|_| !in_deck);
    let problem = id.as_ref().map(|id| collection.left_out(id)).transpose()?.flatten();
    if let (Some(id), Some((file, line))) = (id, problem) {
        let changes = editor::edit_at(&mut collection, &file, line, &now, &mut StreamAuthor { context })?;
        let card = collection.store.card(&id)?.filter(|entry| entry.place.is_some()).map(|entry| entry.card);
        print_changes(context, card.as_ref(), &changes)
    } else {
        let entry = entry?;
        let (edited, changes) = editor::edit(&mut collection, &entry, &now, &mut StreamAuthor { context })?;
        let card = match &edited {
            Edited::Same => Some(&entry.card),
            Edited::Card(card) => Some(card),
            Edited::Gone => None,
        };
        print_changes(context, card, &changes)
    }
}
