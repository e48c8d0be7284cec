//! `undo`: takes back reviews and other events.

use serde_json::json;

use super::context::Context;
use super::rows::event_row;
use crate::collection::Collection;
use crate::failure::{DONE, Failure};
use crate::history::{Body, EventId};
use crate::store::Logged;

/// Take back the newest reviews, or any event
///
/// The newest reviews are those that were recorded last on this device, whatever its clock said.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How many reviews, or the id of an event
    #[arg(value_name = "N|EVENT", default_value = "1", value_parser = parse_target)]
    target: UndoTarget,
    /// Take back the newest reviews of all devices, not only those recorded on this one
    #[arg(long)]
    any_device: bool,
}

#[derive(Debug, Clone, Copy)]
enum UndoTarget {
    Newest(usize),
    Event(EventId),
}

fn parse_target(text: &str) -> Result<UndoTarget, String> {
    match (text.parse(), EventId::parse(text)) {
        (Ok(0), _) => Err("0 is not in 1..".to_owned()),
        (Ok(reviews), _) => Ok(UndoTarget::Newest(reviews)),
        (_, Some(id)) => Ok(UndoTarget::Event(id)),
        _ => Err("neither a number nor an event; `rehearse log --all` shows events".to_owned()),
    }
}

pub(crate) fn run(context: &Context, args: &Args) -> Result<u8, Failure> {
    let mut collection = context.open_to_record()?;
    let chosen = match args.target {
        UndoTarget::Newest(reviews) if args.any_device => newest_reviews(&collection, reviews)?,
        UndoTarget::Newest(reviews) => collection.store.newest_here(reviews)?,
        UndoTarget::Event(id) => with_same_renames(&collection, event_to_undo(&collection, id)?)?,
    };
    if chosen.is_empty() {
        let help = "`rehearse log` shows reviews and those taken back";
        return Err(match args.any_device || newest_reviews(&collection, 1)?.is_empty() {
            true => Failure::usage("no review to undo", help),
            false => Failure::usage(
                "no review was recorded on this device that could be taken back",
                "`rehearse undo --any-device` takes back the newest of all devices",
            ),
        });
    }
    let mut undone = Vec::new();
    for logged in chosen {
        let recorded = collection.store.record(context.now(), Body::Undo { of: logged.event.id })?;
        if context.json() {
            let mut row = event_row(&Logged { void: true, ..logged });
            row["undo"] = json!(recorded.id.to_string());
            undone.push(row);
        } else {
            context.line(&undone_line(&logged, recorded.id))?;
        }
    }
    if context.json() {
        context.value(&json!({ "undone": undone }))?;
    }
    Ok(DONE)
}

fn newest_reviews(collection: &Collection, most: usize) -> Result<Vec<Logged>, Failure> {
    let mut chosen = Vec::new();
    collection.store.newest(false, |logged| {
        if !logged.void && chosen.len() < most {
            chosen.push(logged);
        }
        chosen.len() < most
    })?;
    Ok(chosen)
}

fn event_to_undo(collection: &Collection, id: EventId) -> Result<Logged, Failure> {
    let logged = collection.store.event(id)?.ok_or_else(|| {
        Failure::usage(format!("no event `{id}`"), "`rehearse log --all --json` shows every event with its id")
    })?;
    if logged.void {
        return Err(Failure::usage(
            format!("`{id}` is taken back already"),
            "undo its undo to bring it back; `rehearse log --all` shows both",
        ));
    }
    Ok(logged)
}

/// Returns an event and, if it is a rename, the same rename by other machines: undoing one of them alone would change
/// nothing.
fn with_same_renames(collection: &Collection, logged: Logged) -> Result<Vec<Logged>, Failure> {
    let mut same = match &logged.event.body {
        Body::Rename { .. } => collection.store.same_renames(logged.event.id)?,
        _ => Vec::new(),
    };
    same.insert(0, logged);
    Ok(same)
}

fn undone_line(logged: &Logged, undo: EventId) -> String {
    let card = logged.card.as_ref().map(|card| format!(" of {card}")).unwrap_or_default();
    let what = match &logged.event.body {
        Body::Review(review) => format!("grade {}{card}", review.grade),
        Body::Mock(mock) => format!("the score {}{card} in a mock interview", mock.score),
        Body::Rename { card, to } => format!("the rename of {card} to {to}"),
        Body::Suspend { on: true, .. } => format!("the suspension{card}"),
        Body::Suspend { .. } => format!("the resumption{card}"),
        Body::Undo { of } => format!("the undo of {of}"),
        other => format!("{}{card}", other.word()),
    };
    let (at, device) = (logged.event.at.minute(), logged.event.id.device);
    format!("took back {what} ({at}, device {device}); `rehearse undo {undo}` brings it back")
}
