//! Commands that only read: today at a glance, `due`, `list`, `log`.

use serde_json::{Value, json};

use super::context::Door;
use super::{DONE, DueArgs, ListArgs, LogArgs, NOTHING_DUE};
use crate::clock::StudyDay;
use crate::collection::{Collection, Failure};
use crate::entry::{Entry, Status};
use crate::history::Body;
use crate::queue::Filter;
use crate::render::{shown_line, shown_within};
use crate::session::{Names, minutes};
use crate::store::Logged;
use crate::text::{count, list as join, minutes_seconds};

/// Today at a glance: what is due, how long it takes, the next interview, and what to type next.
pub(crate) fn today(door: &mut Door) -> Result<u8, Failure> {
    let mut collection = door.open()?;
    let today = door.today(&collection);
    let agenda = collection.agenda(today, Filter::default(), None, None)?;
    let (decks, cards) = collection.store.sizes()?;
    let ((due, new), seconds) = (agenda.counts(), agenda.seconds);
    let alone = collection.alone()?;
    if door.json() {
        let interviews = interviews(&collection, today)?;
        door.value(&json!({
            "today": today.to_string(), "decks": decks, "cards": cards, "due": due, "new": new, "seconds": seconds,
            "minutes_per_day": collection.settings.minutes_per_day, "unsynced": alone, "interviews": interviews,
        }))?;
        return Ok(DONE);
    }
    door.line(&format!("{}, {}.", count(decks, "deck"), count(cards, "card")))?;
    if agenda.is_empty() {
        door.line(&nothing_due(&collection, today)?)?;
    } else {
        let kinds: Vec<String> = [(due, "due"), (new, "new")]
            .iter()
            .filter(|(n, _)| *n > 0)
            .map(|(n, word)| format!("{n} {word}"))
            .collect();
        door.line(&format!("Today: {}, about {}.", join(&kinds, "and"), minutes(seconds * 1000)))?;
    }
    let meant = collection.settings.minutes_per_day;
    if seconds > u64::from(meant) * 60 {
        let meant_words = count(meant as usize, "minute");
        door.line(&format!(
            "That is over the {meant_words} of `minutes_per_day`; `rehearse review --minutes {meant}` keeps to them."
        ))?;
    }
    if let Some((interview, _)) = collection.next_interview(today)?
        && let Some(date) = interview.date
    {
        let role = interview.role.as_deref().unwrap_or("an interview");
        let company = interview.company.as_deref().map(|company| format!(" at {company}")).unwrap_or_default();
        door.line(&format!("Next interview: {} {}.", date.spoken(today), away(date.since(today))))?;
        door.line(&format!("  {}", shown_line(&format!("{role}{company}"))))?;
        if !interview.values.is_empty() {
            door.line("They value:")?;
            interview.values.iter().try_for_each(|value| door.line(&format!("  {}", shown_line(value))))?;
        }
    }
    if let Some(alone) = alone.filter(|alone| *alone > 0) {
        door.line(&format!("{} only on this laptop: rehearse sync", count(alone, "review")))?;
    }
    if !agenda.is_empty() {
        door.line("`rehearse review` begins.")?;
    } else if cards == 0 {
        door.line("`rehearse init` adds starter decks.")?;
    }
    Ok(DONE)
}

fn away(days: i64) -> String {
    match days {
        0 => String::new(),
        days => format!("(in {})", count(usize::try_from(days).unwrap_or(0), "day")),
    }
    .trim()
    .to_owned()
}

/// What to say when nothing is left to ask today: when the next card comes, and what can be done all the same.
pub(crate) fn nothing_due(collection: &Collection, today: StudyDay) -> Result<String, Failure> {
    // A queue that is empty all the same was cut short by the day's limit.
    let (due, _) = collection.store.tally(today)?;
    if let (1.., Some(limit)) = (due, collection.settings.max_per_day) {
        let (due, are) = (count(due, "card"), if due == 1 { "is" } else { "are" });
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
    // Somebody may look for a card that was written just now.
    let rounds = collection.rounds_in_sight(today)?;
    let fresh = |entry: &Entry| entry.comes_in_any(&rounds);
    if collection.settings.new_per_day > 0 && !collection.store.fresh(1, fresh)?.is_empty() {
        said.push_str(" New cards come tomorrow; `--new 5` asks them now.");
    }
    Ok(said)
}

/// What is due today, in the order of asking.
pub(crate) fn due(door: &mut Door, args: &DueArgs) -> Result<u8, Failure> {
    let mut collection = door.open()?;
    let today = door.today(&collection);
    let mut agenda = collection.agenda(today, Filter::default(), None, None)?;
    let code = if args.exit_code && agenda.is_empty() { NOTHING_DUE } else { DONE };
    if args.short && !door.json() {
        door.line(&short(agenda.counts()))?;
        return Ok(code);
    }
    if agenda.is_empty() && !door.json() {
        door.line(&nothing_due(&collection, today)?)?;
        return Ok(code);
    }
    let shown = agenda.draw(&mut collection.store, args.limit.unwrap_or(usize::MAX))?;
    if door.json() {
        let cards: Vec<Value> = shown.iter().map(|entry| row(entry, today)).collect();
        let interviews = interviews(&collection, today)?;
        door.value(&json!({ "today": today.to_string(), "cards": cards, "interviews": interviews }))?;
    } else {
        let line = table_line(door, &collection, today)?;
        shown.iter().try_for_each(|entry| door.line(&line(entry)))?;
    }
    Ok(code)
}

/// `5 due` or `3 due, 2 new`, for a shell prompt.
fn short(counts: (usize, usize)) -> String {
    match counts {
        (due, 0) => format!("{due} due"),
        (due, new) => format!("{due} due, {new} new"),
    }
}

/// Every card with its state, in path order.
pub(crate) fn list(door: &mut Door, args: &ListArgs) -> Result<u8, Failure> {
    let collection = door.open()?;
    let today = door.today(&collection);
    let entries = if args.absent { collection.store.absent()? } else { collection.store.all()? };
    if door.json() {
        let cards: Vec<Value> = entries.iter().map(|entry| row(entry, today)).collect();
        door.value(&json!({ "cards": cards }))?;
        return Ok(DONE);
    }
    let line = table_line(door, &collection, today)?;
    entries.iter().try_for_each(|entry| door.line(&line(entry)))?;
    if entries.is_empty() && args.absent {
        door.remark("Every card with history is in a deck.")?;
    }
    Ok(DONE)
}

/// One card on a line: id, how it stands, when it is due, a mark if it is ready, what it asks. On a terminal no line is
/// longer than that is wide.
fn table_line(
    door: &Door,
    collection: &Collection,
    today: StudyDay,
) -> Result<impl Fn(&Entry) -> String + use<>, Failure> {
    const LEAST: usize = 20;
    let names = Names::of(collection.next_interview(today)?);
    let width = door.paint().width;
    Ok(move |entry: &Entry| {
        let status = entry.status(today);
        let due = entry.state.due().map_or_else(|| "-".to_owned(), |due| due.to_string());
        let id = entry.card.as_str();
        let ready = if entry.ready() { "*" } else { " " };
        let mut line = format!("  {id:<28} {:<9} {due:<10}{ready} ", status.word());
        let prompt = names.fill(&entry.prompt);
        line.push_str(&match width {
            Some(width) => shown_within(&prompt, width.saturating_sub(line.len()).max(LEAST)),
            None => shown_line(&prompt),
        });
        line.trim_end().to_owned()
    })
}

/// One card as JSON.
pub(crate) fn row(entry: &Entry, today: StudyDay) -> Value {
    let state = &entry.state;
    let place = entry.place.as_ref();
    json!({
        "id": entry.card.as_str(),
        "deck": place.map(|place| place.deck.as_str()),
        "file": place.map(|place| place.file.as_str()),
        "line": place.map(|place| place.line),
        "kind": place.map(|_| entry.kind.word()),
        "prompt": Some(entry.prompt.as_str()).filter(|prompt| place.is_some() || !prompt.is_empty()),
        "tags": entry.tags,
        "status": entry.status(today).word(),
        "due": state.due().map(|due| due.to_string()),
        "interval": state.memory.interval,
        "ease": state.memory.ease,
        "repetitions": state.memory.repetitions,
        "reviews": state.reviews,
        "lapses": state.lapses,
        "last": state.memory.last.map(|last| last.to_string()),
        "ready": entry.ready(),
    })
}

/// Interviews still to come, the next first, each with how many cards that are asked are in its scope, and how many of
/// these are ready.
fn interviews(collection: &Collection, today: StudyDay) -> Result<Vec<Value>, Failure> {
    let mut interviews = collection.store.interviews()?;
    interviews.retain(|(interview, ..)| interview.date.is_some_and(|date| date >= today));
    interviews.sort_by_key(|(interview, ..)| interview.date);
    let mut scopes = vec![(0, 0); interviews.len()];
    if !interviews.is_empty() {
        collection.store.by_file(|entries| {
            for entry in entries.iter().filter(|entry| entry.status(today) != Status::Suspended) {
                for ((interview, _, file), (cards, ready)) in interviews.iter().zip(&mut scopes) {
                    let within = entry.in_scope(interview, file);
                    *cards += usize::from(within);
                    *ready += usize::from(within && entry.ready());
                }
            }
            Ok(())
        })?;
    }
    let row = |((interview, ..), (cards, ready)): (
        &(crate::deck::Interview, Option<String>, String),
        (usize, usize),
    )| {
        json!({
            "id": interview.id, "company": interview.company, "role": interview.role,
            "date": interview.date.map(|date| date.to_string()), "days": interview.date.map(|date| date.since(today)),
            "values": interview.values, "cards": cards, "ready": ready,
        })
    };
    Ok(interviews.iter().zip(scopes).map(row).collect())
}

/// Reviews, or every event, newest first in the total order.
pub(crate) fn log(door: &mut Door, args: &LogArgs) -> Result<u8, Failure> {
    let collection = door.open_for_history()?;
    collection.store.newest(args.all, |logged| {
        let written = if door.json() { door.value(&log_row(&logged)) } else { door.line(&log_line(&logged)) };
        match written {
            Ok(()) => Ok(true),
            Err(Failure::World(error)) => Err(error),
            Err(failure) => Err(anyhow::anyhow!("{failure}")),
        }
    })?;
    Ok(DONE)
}

/// One event as JSON.
pub(crate) fn log_row(logged: &Logged) -> Value {
    let event = &logged.event;
    let mut row = json!({
        "id": event.id.to_string(),
        "at": event.at.rfc3339(),
        "kind": event.body.word(),
        "card": logged.card.as_ref().map(crate::deck::CardId::as_str),
        "device": event.id.device.as_str(),
        "void": logged.void,
    });
    match &event.body {
        Body::Review(review) => {
            row["grade"] = json!(review.grade.get());
            row["proposed"] = json!(review.proposed.map(crate::schedule::Grade::get));
            row["seconds"] = json!(review.ms.map(|ms| ms as f64 / 1000.0));
            row["ticks"] = json!(review.ticks);
            row["points"] = json!(review.points);
            row["hint"] = json!(review.hint);
            row["spot"] = json!(review.spot);
        }
        Body::Undo { of } => row["of"] = json!(of.to_string()),
        Body::Rename { card, to } => {
            row["from"] = json!(card.as_str());
            row["to"] = json!(to.as_str());
        }
        Body::Suspend { on, .. } => row["on"] = json!(on),
        Body::Device { name } => row["name"] = json!(name),
        Body::Bury { .. } | Body::Bring { .. } | Body::Reset { .. } | Body::Unknown => {}
    }
    row
}

fn log_line(logged: &Logged) -> String {
    let event = &logged.event;
    let card = logged.card.as_ref().map_or("-", |card| card.as_str());
    let what = match &event.body {
        Body::Review(review) => {
            let proposed = review.proposed.filter(|proposed| *proposed != review.grade);
            let proposed = proposed.map(|grade| format!(", proposed {grade}")).unwrap_or_default();
            let time = review.ms.map(|ms| format!(", {}", minutes_seconds(ms / 1000))).unwrap_or_default();
            format!("grade {}{proposed}{time}", review.grade)
        }
        Body::Undo { of } => format!("undo {of}"),
        Body::Rename { card, to } => format!("rename {card} to {to}"),
        Body::Suspend { on, .. } => (if *on { "suspend" } else { "resume" }).to_owned(),
        Body::Device { name } => format!("device {}", shown_line(name)),
        other => other.word().to_owned(),
    };
    let void = if logged.void { "  (taken back)" } else { "" };
    let id = if matches!(event.body, Body::Review(_)) { String::new() } else { format!("  {}", event.id) };
    format!("  {}  {card:<28} {what}{id}{void}", event.at.minute())
}
