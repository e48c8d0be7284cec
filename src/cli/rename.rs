//! `rename`: moves the history of a card to another id.

use serde_json::json;

use super::context::Context;
use super::lookup::find_card;
use crate::deck::CardId;
use crate::failure::{DONE, Failure};
use crate::history::{Body, EventId};

/// Let the history of one card go on as another's
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The card's id until now
    #[arg(value_name = "OLD")]
    old: String,
    /// Its id from now on
    #[arg(value_name = "NEW")]
    new: String,
}

pub(crate) fn run(context: &Context, args: &Args) -> Result<u8, Failure> {
    let mut collection = context.open_to_record()?;
    // OLD may be a name from before an earlier rename.
    let old = find_card(&collection, &args.old)?.card;
    let new = CardId::parse(&args.new).ok_or_else(|| bad_id(&args.new))?;
    if args.old == args.new {
        return Err(Failure::usage("the two names are the same", "`rehearse list` shows every card"));
    }
    let renamed = |event: Option<EventId>| json!({ "from": args.old, "to": new.as_str(), "event": event.map(|id| id.to_string()) });
    if old == new {
        context.note(&format!("the history of {} goes on as {new} already", args.old));
        if context.json() {
            context.value(&renamed(None))?;
        }
        return Ok(DONE);
    }
    let known = collection.store.card(&new)?.is_some_and(|entry| entry.place.is_some());
    let event = collection.store.record(context.now(), Body::Rename { card: old.clone(), to: new.clone() })?.id;
    if context.json() {
        context.value(&renamed(Some(event)))?;
    } else {
        context.line(&format!("renamed {old} to {new}; `rehearse undo {event}` takes it back"))?;
    }
    if !known {
        context.note(&format!("no card `{new}` stands in a deck yet; the history waits for it"));
    }
    Ok(DONE)
}

fn bad_id(id: &str) -> Failure {
    let help = "an id is 1 to 64 letters, digits, `.`, `_` and `-`, not beginning with `.` or `-`";
    Failure::usage(format!("`{id}` is no id"), help)
}
