//! `log`: reviews and other events.

use super::context::Context;
use super::rows::{event_row, id_column};
use crate::failure::{DONE, Failure};
use crate::history::Body;
use crate::render::shown_line;
use crate::store::Logged;
use crate::text::minutes_seconds;

/// Show reviews, the newest first
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Every event, not only reviews
    #[arg(long)]
    all: bool,
}

pub(crate) fn run(context: &Context, args: &Args) -> Result<u8, Failure> {
    let collection = context.open_for_history()?;
    let column = id_column(collection.store.longest_id()?);
    let mut written = Ok(());
    collection.store.newest(args.all, |logged| {
        written = if context.json() {
            context.value(&event_row(&logged))
        } else {
            context.line(&event_line(&logged, column))
        };
        written.is_ok()
    })?;
    written.map(|()| DONE)
}

fn time(ms: Option<u64>) -> String {
    ms.map(|ms| format!(", {}", minutes_seconds(ms / 1000))).unwrap_or_default()
}

fn event_line(logged: &Logged, column: usize) -> String {
    let event = &logged.event;
    let card = logged.card.as_ref().map_or("-", |card| card.as_str());
    let what = match &event.body {
        Body::Review(review) => {
            let proposed = review.proposed.filter(|proposed| *proposed != review.grade);
            let proposed = proposed.map(|grade| format!(", proposed {grade}")).unwrap_or_default();
            format!("grade {}{proposed}{}", review.grade, time(review.ms))
        }
        Body::Mock(mock) => {
            let suggested = mock.suggested.filter(|suggested| *suggested != mock.score);
            let suggested = suggested.map(|score| format!(", suggested {score}")).unwrap_or_default();
            format!("mock {}{suggested}{}", mock.score, time(mock.ms))
        }
        Body::Undo { of } => format!("undo {of}"),
        Body::Rename { card, to } => format!("rename {card} to {to}"),
        Body::Suspend { on, .. } => (if *on { "suspend" } else { "resume" }).to_owned(),
        Body::Device { name } => format!("device {}", shown_line(name)),
        other => other.word().to_owned(),
    };
    let void = if logged.void { "  (taken back)" } else { "" };
    let id = if matches!(event.body, Body::Review(_)) { String::new() } else { format!("  {}", event.id) };
    format!("  {}  {card:<column$} {what}{id}{void}", event.at.minute())
}
