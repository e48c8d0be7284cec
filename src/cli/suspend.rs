//! `suspend`: stops asking a card.

use serde_json::{Value, json};

use super::context::Context;
use super::lookup::find_card;
use crate::entry::Entry;
use crate::failure::{DONE, Failure};
use crate::history::{Body, EventId};

/// Stop asking a card for a while
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The card
    #[arg(value_name = "ID")]
    card: String,
}

pub(crate) fn run(context: &Context, args: &Args) -> Result<u8, Failure> {
    let mut collection = context.open_to_record()?;
    let entry = find_card(&collection, &args.card)?;
    let card = &entry.card;
    let event = match entry.state.suspended {
        true => None,
        false => Some(collection.store.record(context.now(), Body::Suspend { card: card.clone(), on: true })?.id),
    };
    match event {
        _ if context.json() => context.value(&suspension_row(&entry, true, event))?,
        Some(event) => {
            context.line(&format!("suspended {card}; `rehearse resume {card}` asks it again (event {event})"))?;
        }
        None => context.note(&format!("`{card}` is suspended already")),
    }
    Ok(DONE)
}

/// Whether a card is suspended, and the event that was recorded for that, if any.
pub(crate) fn suspension_row(entry: &Entry, suspended: bool, event: Option<EventId>) -> Value {
    json!({ "card": entry.card.as_str(), "suspended": suspended, "event": event.map(|id| id.to_string()) })
}
