//! `plan`: what fits before the interviews, what does not, and what would change that.

use std::io::IsTerminal as _;

use serde_json::{Value, json};

use super::context::Context;
use super::lookup::find_interview;
use super::outlook::{ahead, called, counted, day_length, percent, progress, share, shortfall};
use crate::clock::StudyDay;
use crate::collection::{Collection, Prospect, Prospects};
use crate::entry::Entry;
use crate::failure::{DONE, Failure};
use crate::plan::{CARD, ForecastDay, Outlook};
use crate::recall::MODEL;
use crate::remedy::Remedies;
use crate::render::{shown_line, shown_within};
use crate::session::Names;
use crate::text::list_of_most;

/// How many cards that will not be seen are named.
const MOST_NAMED: usize = 50;
const MOST_DECKS: usize = 3;
const WEEK: i64 = 7;
/// The columns of the longest bar.
const BAR: u64 = 30;

/// Show what will fit before your interviews, what won't, and what you can do
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only this interview
    #[arg(long, value_name = "ID")]
    interview: Option<String>,
}

pub(crate) fn run(context: &Context, args: &Args) -> Result<u8, Failure> {
    let collection = context.open()?;
    let today = context.today(&collection);
    let only = args.interview.as_deref().map(|id| find_interview(&collection, id)).transpose()?;
    let prospects = collection.prospects(today)?;
    let wanted = |prospect: &Prospect| only.as_ref().is_none_or(|(.., file)| *file == prospect.file);
    let shown: Vec<usize> = (0..prospects.interviews.len()).filter(|&n| wanted(&prospects.interviews[n])).collect();
    if context.json() {
        let rows: Vec<Value> = shown.iter().map(|&n| row(&prospects, n)).collect();
        context.value(&json!({ "interviews": rows }))?;
        return Ok(DONE);
    }
    if shown.is_empty() {
        context.line(match &only {
            Some(_) => "That interview has no upcoming date, so there is nothing to plan.",
            None => "No upcoming interview has a date. Run `rehearse interview add`.",
        })?;
    }
    let last = shown.iter().filter_map(|&n| prospects.interviews[n].interview.date).max();
    for &n in &shown {
        expectation(&prospects, n, today).iter().try_for_each(|line| context.line(line))?;
    }
    if let Some(last) = last {
        weeks(context, &prospects, today, last)?;
    }
    for &n in &shown {
        left_out(context, &collection, &prospects, n)?;
    }
    Ok(DONE)
}

/// Returns the days of the forecast before an interview, as JSON, with minutes rounded to 5: single days are not exact.
fn row(prospects: &Prospects, n: usize) -> Value {
    let Prospect { interview, outlook, .. } = &prospects.interviews[n];
    let day = |day: &ForecastDay| {
        json!({
            "date": day.day.to_string(), "minutes": (day.ms + 150_000) / 300_000 * 5,
            "new": whole(day.new), "reviews": whole(day.reviews),
        })
    };
    let before = |day: &&ForecastDay| outlook.is_some() && interview.date.is_some_and(|date| day.day < date);
    json!({
        "id": interview.id, "date": interview.date.map(|date| date.to_string()), "recall": outlook.map(share),
        "model": MODEL, "never": outlook.map(Outlook::never_seen),
        "days": prospects.forecast.days.iter().filter(before).map(day).collect::<Vec<_>>(),
    })
}

/// Rounds thousandths of a card.
fn whole(thousandths: u64) -> u64 {
    (thousandths + CARD / 2) / CARD
}

fn expectation(prospects: &Prospects, n: usize, today: StudyDay) -> Vec<String> {
    let prospect = &prospects.interviews[n];
    let mut lines = vec![format!("{}: {}.", ahead(&prospect.interview, today), progress(prospect.readiness))];
    if prospect.interview.date == Some(today) {
        lines[0] = format!("{}: today.", called(&prospect.interview));
    }
    match prospect.outlook.filter(|_| prospect.readiness.cards > 0) {
        Some(outlook) => {
            let fits = shortfall(prospects, prospect);
            let fits = fits.unwrap_or_else(|| format!("On track at {}.", day_length(prospects)));
            let ahead = prospect.interview.date > Some(today);
            lines.push(format!(
                "  Expected recall on the day: {} ({MODEL}).{}",
                percent(outlook),
                if ahead { format!(" {fits}") } else { String::new() }
            ));
        }
        None if prospect.outlook.is_none() => {
            lines.push("  It is over a year away, too far for a forecast.".to_owned());
        }
        None => {}
    }
    lines
}

/// Prints a table of the weeks to the last interview, each with a bar on a terminal.
fn weeks(context: &Context, prospects: &Prospects, today: StudyDay, last: StudyDay) -> Result<(), Failure> {
    let days: Vec<&ForecastDay> = prospects.forecast.days.iter().filter(|day| day.day < last).collect();
    if days.is_empty() {
        return Ok(());
    }
    let plot = std::io::stdout().is_terminal() && context.paint().width.is_some_and(|width| width >= 80);
    let plot = plot && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
    let weeks: Vec<&[&ForecastDay]> =
        days.chunk_by(|a, b| a.day.since(today) / WEEK == b.day.since(today) / WEEK).collect();
    let sum = |week: &[&ForecastDay], part: fn(&ForecastDay) -> u64| week.iter().map(|day| part(day)).sum::<u64>();
    let longest = weeks.iter().map(|week| sum(week, |day| day.ms)).max().unwrap_or(0).max(1);
    context.line("")?;
    context.line(&format!("  {:<12} {:>8} {:>5} {:>8}", "week from", "minutes", "new", "reviews"))?;
    for week in weeks {
        let start = today.plus(week[0].day.since(today) / WEEK * WEEK);
        let (ms, new, reviews) = (sum(week, |d| d.ms), sum(week, |d| d.new), sum(week, |d| d.reviews));
        let minutes = (ms + 30_000) / 60_000;
        let mut line = format!("  {:<12} {minutes:>8} {:>5} {:>8}", start.to_string(), whole(new), whole(reviews));
        if plot {
            let bar = ms * BAR / longest;
            let met = (bar * new).checked_div(new + reviews).unwrap_or(0);
            let repeat = |mark: &str, columns: u64| mark.repeat(usize::try_from(columns).unwrap_or(0));
            line.push_str(&format!("  {}{}", repeat("+", met), repeat("=", bar - met)));
        }
        context.verbatim(&line)?;
    }
    if plot {
        context.line("  Bars: minutes, + for new cards, = for reviews.")?;
    }
    let off: Vec<String> = (0..last.since(today))
        .map(|days| today.plus(days))
        .filter(|day| prospects.situation.horizon.off().contains(*day))
        .map(|day| day.spoken(today))
        .collect();
    if !off.is_empty() {
        context.line(&format!("  Planned around days off: {}.", list_of_most(&off, 5)))?;
    }
    Ok(())
}

/// Prints the cards that will not be seen before an interview, and what would change that.
fn left_out(context: &Context, collection: &Collection, prospects: &Prospects, n: usize) -> Result<(), Failure> {
    let prospect = &prospects.interviews[n];
    let Some(outlook) = prospect.outlook.filter(|outlook| outlook.never_seen() > 0) else { return Ok(()) };
    let never = collection.never_seen(n, outlook)?;
    if never.is_empty() {
        return Ok(());
    }
    let company =
        if prospects.interviews.len() > 1 { format!(" before {}", called(&prospect.interview)) } else { String::new() };
    context.line("")?;
    context.line(&format!("These won't be seen{company}: the lowest weights, last in their decks."))?;
    let names = Names::from_interview(collection.next_interview(prospects.situation.today)?);
    let column = never.iter().take(MOST_NAMED).map(|entry| entry.card.as_str().len()).max().unwrap_or(0);
    let width = context.paint().width;
    let line = |entry: &Entry| {
        let prompt = names.fill(&entry.prompt);
        let lead = format!("  {:<column$}  ", entry.card.as_str());
        let room = width.map(|width| width.saturating_sub(lead.len()).max(20));
        let prompt = room.map_or_else(|| shown_line(&prompt), |room| shown_within(&prompt, room));
        format!("{lead}{prompt}")
    };
    never.iter().take(MOST_NAMED).try_for_each(|entry| context.line(&line(entry)))?;
    if never.len() > MOST_NAMED {
        context.line(&format!("  and {} more", never.len() - MOST_NAMED))?;
    }
    context.line("")?;
    context.line("What would change that:")?;
    remedy_lines(&prospects.remedies(n), prospects, prospect).iter().try_for_each(|line| context.line(line))
}

fn remedy_lines(remedies: &Remedies, prospects: &Prospects, prospect: &Prospect) -> Vec<String> {
    let mut lines = Vec::new();
    lines.push(match (&remedies.minutes, prospects.situation.budget.cards) {
        (Some((minutes, outlook)), _) => {
            let minutes = counted(*minutes, "minute");
            let recall = percent(*outlook);
            format!("  {minutes} a day (`minutes_per_day`): you see every card; expected recall {recall}.")
        }
        (None, Some((most, _))) => {
            format!("  More minutes alone don't help: `max_per_day` is {most}. A greater one lets you see more cards.")
        }
        (None, None) => "  No number of minutes a day is enough to see every card.".to_owned(),
    });
    if let Some((cards, outlook)) = &remedies.weights {
        let (these, others) =
            if *cards == 1 { ("this card", "another is") } else { ("these cards", "as many others are") };
        lines.push(format!(
            "  `weight = 3` on up to {cards} of {these}: you see them first, with an expected recall of {}, and {others} not seen.",
            percent(*outlook)
        ));
    }
    for without in remedies.decks.iter().take(MOST_DECKS) {
        let left = match without.outlook.never_seen() {
            0 => "you see every other card".to_owned(),
            never => format!("{} won't be seen", counted(never, "card")),
        };
        let (deck, cards) = (shown_line(&without.deck), counted(without.cards, "card"));
        lines.push(format!(
            "  Without the deck `{deck}` ({cards}): {left}; expected recall {}.",
            percent(without.outlook)
        ));
    }
    if !remedies.decks.is_empty() {
        let file = shown_line(&prospect.file);
        lines.push(format!("  `decks` in {file} names the decks in scope; without it, all of them are."));
    }
    lines
}
