//! `grade`: one review without a session.

use super::context::Context;
use super::lookup::{check_ticks, find_card};
use crate::failure::{DONE, Failure};
use crate::history::{Body, Review};
use crate::schedule::{Grade, plausible_time};
use crate::session::{propose, saved_event};

/// Record one review without a session
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The card
    #[arg(value_name = "ID")]
    card: String,
    /// From 0 (nothing came) to 5 (every point, inside the time)
    #[arg(value_name = "GRADE", value_parser = parse_grade)]
    grade: Grade,
    /// Spoken time in milliseconds
    #[arg(long, value_name = "N")]
    ms: Option<u64>,
    /// The numbers of the parts and points said, as in 1,3
    #[arg(long, value_name = "N", value_delimiter = ',')]
    ticks: Option<Vec<u16>>,
}

fn parse_grade(text: &str) -> Result<Grade, String> {
    Grade::parse(text).ok_or_else(|| "a grade is one of 0 to 5".to_owned())
}

/// Records one review. `saved` is printed only after `Store::record` has made the review durable.
pub(crate) fn run(context: &Context, args: &Args) -> Result<u8, Failure> {
    let mut collection = context.open_to_record()?;
    let entry = find_card(&collection, &args.card)?;
    let card = collection.card(&entry)?;
    let mut review = Review::new(entry.card.clone(), args.grade);
    review.ms = args.ms.and_then(|ms| plausible_time(ms, entry.limit));
    if let Some(ticks) = &args.ticks {
        let items = card.as_ref().map_or(0, |card| card.items().count());
        check_ticks(&entry.card, items, ticks)?;
        review.points = u16::try_from(items).ok();
        review.proposed =
            card.as_ref().and_then(|card| propose(card, ticks, review.ms, false, None)).map(|(grade, _)| grade);
        review.ticks = Some(ticks.clone());
    }
    let recorded = collection.store.record(context.now(), Body::Review(review))?;
    let due = recorded.state.and_then(|state| collection.upcoming.due(&state, entry.scope));
    if context.json() {
        context.value(&saved_event(&entry.card, args.grade, due, !args.grade.settles()))?;
    } else {
        let next = due.map(|day| day.to_string()).unwrap_or_default();
        context.line(&format!("saved {} grade {}, next {next}", entry.card, args.grade))?;
    }
    Ok(DONE)
}
