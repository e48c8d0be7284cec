//! `reset`: makes a card as if it was never reviewed.

use serde_json::json;

use super::author::StreamAuthor;
use super::context::Context;
use super::lookup::find_card_with_note;
use crate::editor::Author as _;
use crate::failure::{DONE, Failure};
use crate::history::Body;
use crate::text::count;

/// Make a card as if you had never reviewed it
///
/// Records an event: the card's earlier reviews no longer count, on every machine that syncs. `rehearse undo` of that event
/// restores them. No line leaves the log or the journal; to remove text from git's own history, use git's own tools.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The card
    #[arg(value_name = "ID")]
    card: String,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

pub(crate) fn run(context: &Context, args: &Args) -> Result<u8, Failure> {
    let mut collection = context.open_to_record()?;
    let entry = find_card_with_note(context, &collection, &args.card)?;
    let card = entry.card;
    if !args.yes {
        let reviews = count(entry.state.reviews as usize, "review");
        let question = format!("Reset {card}? Its {reviews} will no longer count. (yes, or Enter to keep them)");
        match (StreamAuthor { context }).ask(&question)? {
            Some(answer) if answer.trim() == "yes" => {}
            Some(_) => return context.line(&format!("kept {card}")).map(|()| DONE),
            None => {
                let message = "cannot ask for confirmation: stdin is not a terminal";
                return Err(Failure::usage(message, "pass `--yes` to reset without asking"));
            }
        }
    }
    let event = collection.store.record(context.now(), Body::Reset { card: card.clone() })?.id;
    if context.json() {
        return context.value(&json!({ "card": card.as_str(), "event": event.to_string() })).map(|()| DONE);
    }
    context.line(&format!("reset {card}; `rehearse undo {event}` restores its history")).map(|()| DONE)
}
