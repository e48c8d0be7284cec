//! `list`: every card and its state.

use serde_json::{Value, json};

use super::context::Context;
use super::rows::{card_line, card_row};
use crate::failure::{DONE, Failure};

/// Show every card and how it stands
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Cards with history that are in no deck
    #[arg(long)]
    absent: bool,
}

pub(crate) fn run(context: &Context, args: &Args) -> Result<u8, Failure> {
    let collection = context.open()?;
    let today = context.today(&collection);
    let entries = if args.absent { collection.store.absent()? } else { collection.store.all()? };
    if context.json() {
        let cards: Vec<Value> = entries.iter().map(|entry| card_row(entry, today)).collect();
        context.value(&json!({ "cards": cards }))?;
        return Ok(DONE);
    }
    let line = card_line(context, &collection, today, &entries)?;
    entries.iter().try_for_each(|entry| context.line(&line(entry)))?;
    if entries.is_empty() && args.absent {
        context.remark("Every card with history is in a deck.")?;
    }
    Ok(DONE)
}
