//! Commands that record something: `grade`, `undo`, `suspend`, `resume`, `rename`.

use serde_json::{Value, json};

use super::context::Door;
use super::due::log_row;
use super::{CardArgs, DONE, GradeArgs, RenameArgs, UndoArgs};
use crate::collection::{Collection, Failure};
use crate::deck::CardId;
use crate::entry::Entry;
use crate::history::{Body, EventId, Review};
use crate::render::shown_line;
use crate::session::{propose, saved};
use crate::store::Logged;
use crate::text::nearest;

/// Records one review: `Store::record` makes it durable, and only then is `saved` printed.
pub(crate) fn grade(door: &mut Door, args: &GradeArgs) -> Result<u8, Failure> {
    let mut collection = door.open_to_record()?;
    let entry = find(&collection, &args.card)?;
    let card = collection.card(&entry)?;
    let mut review = Review::new(entry.card.clone(), args.grade);
    review.ms = args.ms.and_then(|ms| crate::schedule::spoken(ms, entry.limit));
    if let Some(ticks) = &args.ticks {
        let items = card.as_ref().map_or(0, |card| card.items().count());
        check_ticks(&entry.card, items, ticks)?;
        review.points = u16::try_from(items).ok();
        review.proposed =
            card.as_ref().and_then(|card| propose(card, ticks, review.ms, false, None)).map(|(grade, _)| grade);
        review.ticks = Some(ticks.clone());
    }
    let recorded = collection.store.record(door.now(), Body::Review(review))?;
    let due = recorded.state.and_then(|state| state.due());
    if door.json() {
        door.value(&saved(&entry.card, args.grade, due, !args.grade.settles()))?;
    } else {
        let next = due.map(|day| day.to_string()).unwrap_or_default();
        door.line(&format!("saved {} grade {}, next {next}", entry.card, args.grade))?;
    }
    Ok(DONE)
}

/// Whether a card has all the parts and points that were ticked.
pub(crate) fn check_ticks(card: &CardId, items: usize, ticks: &[u16]) -> Result<(), Failure> {
    match ticks.iter().find(|&&tick| tick == 0 || usize::from(tick) > items) {
        Some(stray) => {
            let help = format!("its parts and points are numbered from 1 to {items}");
            Err(Failure::usage(format!("`{card}` has no point {stray}"), help))
        }
        None => Ok(()),
    }
}

/// The card of that name; if it goes on under another, a note says so.
pub(crate) fn sought(door: &Door, collection: &Collection, name: &str) -> Result<Entry, Failure> {
    let entry = find(collection, name)?;
    if entry.card.as_str() != name {
        door.note(&format!("`{name}` goes on as `{}`", entry.card));
    }
    Ok(entry)
}

/// The card of that name, with history or in a deck; else why it is left out, or what was probably meant.
pub(crate) fn find(collection: &Collection, name: &str) -> Result<Entry, Failure> {
    let id = CardId::parse(name);
    if let Some(entry) = id.as_ref().map(|id| collection.store.card(id)).transpose()?.flatten() {
        return Ok(entry);
    }
    if let Some((file, line)) = id.as_ref().map(|id| collection.left_out(id)).transpose()?.flatten() {
        let message = format!("`{name}` is left out for a fault at {file}:{line}");
        return Err(Failure::usage(message, format!("`rehearse edit {name}` opens it there")));
    }
    let known = collection.store.all()?;
    let help = match nearest(name, known.iter().map(|entry| entry.card.as_str())) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`rehearse list` shows every card".to_owned(),
    };
    Err(Failure::usage(format!("no card `{name}`"), help))
}

/// Takes back the newest reviews that count, or the event named.
pub(crate) fn undo(door: &mut Door, args: &UndoArgs) -> Result<u8, Failure> {
    let mut collection = door.open_to_record()?;
    let chosen = match (args.what.parse::<usize>(), EventId::parse(&args.what)) {
        (Ok(reviews), _) => newest(&collection, reviews)?,
        (_, Some(id)) => alike(&collection, named(&collection, id)?)?,
        _ => {
            let message = format!("`{}` is neither a number nor an event", args.what);
            return Err(Failure::usage(
                message,
                "`rehearse log --all` shows events; an id looks like `k7f3qm2x-412-9f3a12bc`",
            ));
        }
    };
    if chosen.is_empty() {
        return Err(Failure::usage(
            "there is no review to take back",
            "`rehearse log` shows reviews and those taken back",
        ));
    }
    let mut undone = Vec::new();
    for logged in chosen {
        let recorded = collection.store.record(door.now(), Body::Undo { of: logged.event.id })?;
        if door.json() {
            let mut row = log_row(&Logged { void: true, ..logged });
            row["undo"] = json!(recorded.id.to_string());
            undone.push(row);
        } else {
            door.line(&took_back(&logged, recorded.id))?;
        }
    }
    if door.json() {
        door.value(&json!({ "undone": undone }))?;
    }
    Ok(DONE)
}

fn newest(collection: &Collection, most: usize) -> Result<Vec<Logged>, Failure> {
    let mut chosen = Vec::new();
    collection.store.newest(false, |logged| {
        if !logged.void && chosen.len() < most {
            chosen.push(logged);
        }
        Ok(chosen.len() < most)
    })?;
    Ok(chosen)
}

fn named(collection: &Collection, id: EventId) -> Result<Logged, Failure> {
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

/// An event, with the same rename by other machines: taking back one of them alone would change nothing.
fn alike(collection: &Collection, logged: Logged) -> Result<Vec<Logged>, Failure> {
    let mut same = match &logged.event.body {
        Body::Rename { .. } => collection.store.same_renames(logged.event.id)?,
        _ => Vec::new(),
    };
    same.insert(0, logged);
    Ok(same)
}

fn took_back(logged: &Logged, undo: EventId) -> String {
    let card = logged.card.as_ref().map(|card| format!(" of {card}")).unwrap_or_default();
    let what = match &logged.event.body {
        Body::Review(review) => format!("grade {}{card}", review.grade),
        Body::Rename { card, to } => format!("the rename of {card} to {to}"),
        Body::Suspend { on: true, .. } => format!("the suspension{card}"),
        Body::Suspend { .. } => format!("the resumption{card}"),
        Body::Undo { of } => format!("the undo of {of}"),
        other => format!("{}{card}", other.word()),
    };
    let (at, device) = (logged.event.at.minute(), logged.event.id.device);
    format!("took back {what} ({at}, device {device}); `rehearse undo {undo}` brings it back")
}

/// Stops asking a card.
pub(crate) fn suspend(door: &mut Door, args: &CardArgs) -> Result<u8, Failure> {
    let mut collection = door.open_to_record()?;
    let entry = find(&collection, &args.card)?;
    let card = &entry.card;
    let event = match entry.state.suspended {
        true => None,
        false => Some(collection.store.record(door.now(), Body::Suspend { card: card.clone(), on: true })?.id),
    };
    match event {
        _ if door.json() => door.value(&suspension(&entry, true, event))?,
        Some(event) => {
            door.line(&format!("suspended {card}; `rehearse resume {card}` asks it again (event {event})"))?;
        }
        None => door.note(&format!("`{card}` is suspended already")),
    }
    Ok(DONE)
}

/// Asks a suspended card again, unless its file says otherwise.
pub(crate) fn resume(door: &mut Door, args: &CardArgs) -> Result<u8, Failure> {
    let mut collection = door.open_to_record()?;
    let entry = find(&collection, &args.card)?;
    let card = &entry.card;
    let event = match entry.state.suspended {
        true => Some(collection.store.record(door.now(), Body::Suspend { card: card.clone(), on: false })?.id),
        false => None,
    };
    match event {
        _ if door.json() => door.value(&suspension(&entry, entry.suspended_in_file, event))?,
        Some(event) => door.line(&format!("resumed {card} (event {event})"))?,
        None if !entry.suspended_in_file => door.note(&format!("`{card}` is not suspended")),
        None => {}
    }
    if let (true, Some(place)) = (entry.suspended_in_file, &entry.place) {
        let line = collection.card(&entry)?.and_then(|card| card.suspended_line).unwrap_or(place.line);
        let place = format!("{}:{line}", shown_line(&place.file));
        door.note(&format!("`{card}` stays suspended: {place} says `suspended = true`; delete that line to ask it"));
    }
    Ok(DONE)
}

/// Whether a card is suspended now, and the event that made it so, if any was needed.
fn suspension(entry: &Entry, suspended: bool, event: Option<EventId>) -> Value {
    json!({ "card": entry.card.as_str(), "suspended": suspended, "event": event.map(|id| id.to_string()) })
}

/// Lets the history of one card go on as another's.
pub(crate) fn rename(door: &mut Door, args: &RenameArgs) -> Result<u8, Failure> {
    let mut collection = door.open_to_record()?;
    // A name it had before means the card, with all that was recorded under any name.
    let old = find(&collection, &args.old)?.card;
    let new = CardId::parse(&args.new).ok_or_else(|| bad_id(&args.new))?;
    if args.old == args.new {
        return Err(Failure::usage("the two names are the same", "`rehearse list` shows every card"));
    }
    let renamed = |event: Option<EventId>| json!({ "from": args.old, "to": new.as_str(), "event": event.map(|id| id.to_string()) });
    if old == new {
        door.note(&format!("the history of {} goes on as {new} already", args.old));
        if door.json() {
            door.value(&renamed(None))?;
        }
        return Ok(DONE);
    }
    let known = collection.store.card(&new)?.is_some_and(|entry| entry.place.is_some());
    let event = collection.store.record(door.now(), Body::Rename { card: old.clone(), to: new.clone() })?.id;
    if door.json() {
        door.value(&renamed(Some(event)))?;
    } else {
        door.line(&format!("renamed {old} to {new}; `rehearse undo {event}` takes it back"))?;
    }
    if !known {
        door.note(&format!("no card `{new}` stands in a deck yet; the history waits for it"));
    }
    Ok(DONE)
}

fn bad_id(id: &str) -> Failure {
    let help = "an id is 1 to 64 letters, digits, `.`, `_` and `-`, not beginning with `.` or `-`";
    Failure::usage(format!("`{id}` is no id"), help)
}
