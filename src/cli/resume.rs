//! `resume`: asks a suspended card again.

use super::context::Context;
use super::lookup::find_card;
use super::suspend::suspension_row;
use crate::failure::{DONE, Failure};
use crate::history::Body;
use crate::render::shown_line;

/// Ask a suspended card again
#[derive(Debug, clap::Args)]
#[command(alias = "unsuspend")]
pub(crate) struct Args {
    /// The card
    #[arg(value_name = "ID")]
    card: String,
}

/// Resumes a card. A card that its file suspends stays suspended, and a note says where.
pub(crate) fn run(context: &Context, args: &Args) -> Result<u8, Failure> {
    let mut collection = context.open_to_record()?;
    let entry = find_card(&collection, &args.card)?;
    let card = &entry.card;
    let event = match entry.state.suspended {
        true => Some(collection.store.record(context.now(), Body::Suspend { card: card.clone(), on: false })?.id),
        false => None,
    };
    match event {
        _ if context.json() => context.value(&suspension_row(&entry, entry.suspended_in_file, event))?,
        Some(event) => context.line(&format!("resumed {card} (event {event})"))?,
        None if !entry.suspended_in_file => context.note(&format!("`{card}` is not suspended")),
        None => {}
    }
    if let (true, Some(place)) = (entry.suspended_in_file, &entry.place) {
        let line = collection.card(&entry)?.and_then(|card| card.suspended_line).unwrap_or(place.line);
        let place = format!("{}:{line}", shown_line(&place.file));
        context.note(&format!("`{card}` stays suspended: {place} says `suspended = true`; delete that line to ask it"));
    }
    Ok(DONE)
}
