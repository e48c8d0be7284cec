//! Today at a glance: what `rehearse` shows without a command.

use serde_json::json;

use super::context::Context;
use super::due::{backlog, day_is_done, nothing_due};
use super::outlook::{afterwards, glance, interview_rows};
use crate::clock::StudyDay;
use crate::collection::{Collection, Fit};
use crate::failure::{DONE, Failure};
use crate::queue::Filter;
use crate::render::shown_line;
use crate::text::{about_minutes, count, list};

pub(crate) fn run(context: &Context) -> Result<u8, Failure> {
    let mut collection = context.open()?;
    let today = context.today(&collection);
    let mut agenda = collection.agenda(today, Filter::default(), None, None)?;
    let left = collection.left_today(today)?;
    let fit = agenda.fit(&mut collection.store, left)?;
    let (decks, cards) = collection.store.sizes()?;
    let Fit { due, new, seconds, .. } = fit;
    let unsynced = collection.unsynced()?;
    if context.json() {
        let interviews = interview_rows(&collection.prospects(today)?, today);
        context.value(&json!({
            "today": today.to_string(), "decks": decks, "cards": cards, "due": due, "new": new, "seconds": seconds,
            "minutes_per_day": collection.settings.minutes_per_day, "unsynced": unsynced, "interviews": interviews,
        }))?;
        return Ok(DONE);
    }
    context.line(&format!("{}, {}.", count(decks, "deck"), count(cards, "card")))?;
    if agenda.is_empty() {
        context.line(&nothing_due(&collection, today)?)?;
    } else if fit.cards() == 0 {
        context.line(&day_is_done(&collection))?;
    } else {
        let kinds: Vec<String> = [(due, "due"), (new, "new")]
            .iter()
            .filter(|(n, _)| *n > 0)
            .map(|(n, word)| format!("{n} {word}"))
            .collect();
        context.line(&format!("Today: {}, about {}.", list(&kinds, "and"), about_minutes(seconds * 1000)))?;
    }
    if let Some(waiting) = backlog(&collection, fit.waiting, today)? {
        context.line(&waiting)?;
    }
    print_interviews(context, &collection, today)?;
    if let Some(unsynced) = unsynced.filter(|unsynced| *unsynced > 0) {
        context.line(&format!("{} only on this laptop: rehearse sync", count(unsynced, "review")))?;
    }
    if fit.cards() > 0 {
        context.line("`rehearse review` begins.")?;
    } else if cards == 0 {
        context.line("`rehearse init` adds starter decks.")?;
    }
    Ok(DONE)
}

/// Prints a line for each interview to come, what the next company values, and what to do after the last ones.
fn print_interviews(context: &Context, collection: &Collection, today: StudyDay) -> Result<(), Failure> {
    let prospects = collection.prospects(today)?;
    for (n, prospect) in prospects.interviews.iter().enumerate() {
        context.line(&glance(&prospects, prospect, today))?;
        let values = if n == 0 { prospect.interview.values.as_slice() } else { &[] };
        if !values.is_empty() {
            context.line("They value:")?;
            values.iter().try_for_each(|value| context.line(&format!("  {}", shown_line(value))))?;
        }
    }
    afterwards(collection, today)?.iter().try_for_each(|line| context.line(line))
}
