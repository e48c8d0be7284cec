//! `due`: what is due today.

use serde_json::{Value, json};

use super::context::Context;
use super::lookup::scope_of;
use super::outlook::interview_rows;
use super::rows::{card_line, card_row};
use crate::clock::StudyDay;
use crate::collection::Collection;
use crate::entry::Entry;
use crate::failure::{DONE, Failure, NOTHING_DUE};
use crate::horizon::Scope;
use crate::queue::Filter;
use crate::text::{agree, count};

/// Show what is due today
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// One line, for a shell prompt
    #[arg(long)]
    short: bool,
    /// Show at most so many cards
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Only cards in scope for this interview
    #[arg(long, value_name = "ID")]
    interview: Option<String>,
    /// Exit 4 when nothing is due
    #[arg(long)]
    exit_code: bool,
}

pub(crate) fn run(context: &Context, args: &Args) -> Result<u8, Failure> {
    let mut collection = context.open()?;
    let today = context.today(&collection);
    let filter = Filter { interview: scope_of(&collection, args.interview.as_deref())?, ..Filter::default() };
    let mut agenda = collection.agenda(today, filter, None, None)?;
    let left = collection.left_today(today)?;
    let fit = agenda.fit(&mut collection.store, left)?;
    let code = if args.exit_code && fit.cards() == 0 { NOTHING_DUE } else { DONE };
    if args.short && !context.json() {
        context.line(&short((fit.due, fit.new)))?;
        return Ok(code);
    }
    if agenda.is_empty() && !context.json() {
        context.line(&nothing_due(&collection, today)?)?;
        return Ok(code);
    }
    let shown = agenda.draw(&mut collection.store, args.limit.unwrap_or(usize::MAX))?;
    if context.json() {
        let upcoming = &collection.upcoming;
        let row = |entry: &Entry| {
            let mut row = card_row(entry, today);
            row["early_for"] = json!(upcoming.early_for(entry, today).map(|interview| &interview.id));
            row
        };
        let cards: Vec<Value> = shown.iter().map(row).collect();
        let interviews = interview_rows(&collection.prospects(today)?, today);
        let minutes = shown.iter().map(Entry::seconds).sum::<u64>().div_ceil(60);
        context.value(&json!({
            "today": today.to_string(), "cards": cards, "minutes": minutes, "waiting": fit.waiting,
            "interviews": interviews,
        }))?;
    } else {
        let line = card_line(context, &collection, today, &shown)?;
        shown.iter().try_for_each(|entry| context.line(&line(entry)))?;
        if let Some(waiting) = waiting(&collection, fit.waiting, today)? {
            context.remark(&waiting)?;
        }
    }
    Ok(code)
}

fn short(counts: (usize, usize)) -> String {
    match counts {
        (due, 0) => format!("{due} due"),
        (due, new) => format!("{due} due, {new} new"),
    }
}

/// Says that the minutes of the day are used, and how to go on.
pub(crate) fn day_is_done(collection: &Collection) -> String {
    let meant = collection.settings.minutes_per_day as usize;
    let (minutes, are) = (count(meant, "minute"), agree(meant, "is", "are"));
    format!("Today's {minutes} {are} used. `rehearse review --all` goes on.")
}

/// Says how many cards do not fit into today's minutes, and in a backlog when it is caught up.
pub(crate) fn waiting(collection: &Collection, waiting: usize, today: StudyDay) -> Result<Option<String>, Failure> {
    if waiting == 0 {
        return Ok(None);
    }
    let meant = collection.settings.minutes_per_day as usize;
    let (cards, fit) = (count(waiting, "card"), agree(waiting, "does", "do"));
    let plain = format!("{cards} {fit} not fit into today's {}.", count(meant, "minute"));
    Ok(Some(backlog(collection, waiting, today)?.unwrap_or(plain)))
}

/// Says when a backlog is caught up, as a forecast; nothing without a backlog.
pub(crate) fn backlog(collection: &Collection, waiting: usize, today: StudyDay) -> Result<Option<String>, Failure> {
    if waiting == 0 || !collection.is_backlogged(today)? {
        return Ok(None);
    }
    let meant = collection.settings.minutes_per_day as usize;
    let (cards, are, minutes) = (count(waiting, "card"), agree(waiting, "is", "are"), count(meant, "minute"));
    let ahead = match collection.caught_up(today)? {
        Some(day) => format!("you are caught up by {}", day.spoken(today)),
        None => "catching up takes more than a year".to_owned(),
    };
    Ok(Some(format!("{cards} {are} waiting; at {minutes} a day {ahead}.")))
}

/// Says that nothing is left to ask today, when the next card comes, and what you can do instead of waiting.
pub(crate) fn nothing_due(collection: &Collection, today: StudyDay) -> Result<String, Failure> {
    // If cards are due, the day's limit emptied the queue.
    let (due, _) = collection.store.tally(today)?;
    if let (1.., Some(limit)) = (due, collection.settings.max_per_day) {
        let (due, are) = (count(due, "card"), agree(due, "is", "are"));
        let limit = format!("`max_per_day` is {limit}, and that is done");
        return Ok(format!("{limit}. {due} {are} due still; `rehearse review --limit 5` asks more."));
    }
    let mut said = match collection.store.next_due(today)? {
        Some((day, cards)) => {
            let cards = count(cards, "card");
            format!("Nothing is due. Next: {cards} {}. `rehearse review --ahead` does not wait.", day.spoken(today))
        }
        None => "Nothing is due.".to_owned(),
    };
    // You may be looking for a card that you have just written.
    let rounds = collection.rounds_in_sight(today)?;
    let mut fresh = false;
    collection.store.new_cards(Scope::NONE, &mut |entry| {
        fresh = entry.comes_in_any(&rounds);
        !fresh
    })?;
    if collection.settings.new_per_day > 0 && fresh {
        said.push_str(" New cards come tomorrow; `--new 5` asks them now.");
    }
    Ok(said)
}
