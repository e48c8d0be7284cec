//! `why`: how a card's due day came about, why it is asked today or not, and what each grade would do.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::context::Context;
use super::lookup::find_card_with_note;
use super::show::standing_words;
use crate::clock::StudyDay;
use crate::collection::Collection;
use crate::deck::Interview;
use crate::entry::{Cap, CapRule, Entry, Standing};
use crate::failure::{DONE, Failure};
use crate::history::{Body, CardState, Future, Step, derivation};
use crate::queue::{DayPart, Filter};
use crate::render::shown_line;
use crate::schedule::Memory;
use crate::session::{BATCH, Paint};
use crate::settings::Rules;
use crate::text::{agree, list, plural};

/// Tell how a card's due day came about, and what each grade would do
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The card
    #[arg(value_name = "ID")]
    card: String,
}

pub(crate) fn run(context: &Context, args: &Args) -> Result<u8, Failure> {
    let mut collection = context.open()?;
    let today = context.today(&collection);
    let entry = find_card_with_note(context, &collection, &args.card)?;
    let events = collection.store.history(&entry.card)?.into_iter().map(|logged| (logged.event, logged.void));
    let rules = collection.settings.rules;
    let mut explanation = Explanation {
        steps: derivation(events, &rules),
        futures: entry.state.futures(today, &rules),
        rules,
        today,
        cap: None,
    };
    let asked = asked_today(&mut collection, &entry, today)?;
    let upcoming = collection.upcoming.clone();
    let cap = entry.cap(upcoming.horizon(), today);
    let cap = cap.and_then(|cap| Some((cap, upcoming.interview(cap.interview)?.clone())));
    explanation.cap = cap;
    let line = collection.card(&entry)?.and_then(|card| card.suspended_line);
    let standing = standing_words(&entry, line, today);
    if context.json() {
        return context.value(&explanation.json(&entry, &standing, &asked)).map(|()| DONE);
    }
    explanation.lines(&entry, &standing, &asked, context.paint()).iter().try_for_each(|line| context.line(line))?;
    Ok(DONE)
}

enum AskedToday {
    None,
    /// It is asked in its place among all.
    Asked(Box<AskedPlace>),
    /// It is new, and the interview that needs it is today.
    TooLate,
    /// It is new, and no interview is scheduled for one of its rounds: the card's rounds, and the scheduled ones.
    OtherRound(Vec<i64>, Vec<i64>),
    /// The day's limits leave no room: name and value of each limit that applies, and how much of it is used.
    NoRoom(Vec<(&'static str, u32, usize)>),
}

/// Finds the card in the day's agenda. Its place depends on the cards before it.
fn asked_today(collection: &mut Collection, entry: &Entry, today: StudyDay) -> Result<AskedToday, Failure> {
    let new = match entry.standing(today) {
        Standing::New => true,
        Standing::Again(_) | Standing::Due(_) => false,
        _ => return Ok(AskedToday::None),
    };
    let rounds = if new { collection.rounds_in_sight(today)? } else { Vec::new() };
    if !entry.comes_in_any(&rounds) {
        return Ok(AskedToday::OtherRound(entry.round.clone(), rounds));
    }
    let upcoming = collection.upcoming.clone();
    let horizon = upcoming.horizon();
    let ahead = horizon.is_ahead(entry.scope, today);
    if new && !ahead && horizon.today(entry.scope, today).is_some() {
        return Ok(AskedToday::TooLate);
    }
    let mut agenda = collection.agenda(today, Filter::default(), None, None)?;
    let left = collection.left_today(today)?;
    let fit = agenda.fit(&mut collection.store, left)?.cards();
    let (of, mut new_before) = (agenda.len(), 0);
    let next = horizon.interviews().iter().position(|date| *date > today).and_then(|n| upcoming.interview(n));
    loop {
        let before = of - agenda.len();
        let drawn = agenda.draw(&mut collection.store, BATCH)?;
        if let Some(at) = drawn.iter().position(|other| other.card == entry.card) {
            new_before += drawn[..at].iter().filter(|other| other.due.is_none()).count();
            let part = agenda.part(entry, new_before);
            let interview = next.filter(|_| part == DayPart::Quota).map(|interview| interview.name().to_owned());
            return Ok(AskedToday::Asked(Box::new(AskedPlace { at: before + at + 1, of, fit, part, interview })));
        }
        if drawn.is_empty() {
            break;
        }
        new_before += drawn.iter().filter(|other| other.due.is_none()).count();
    }
    let (_, reviewed) = collection.store.day_counts(today)?;
    let met = collection.store.new_counts(today)?.met_outside(horizon, today);
    let settings = &collection.settings;
    let mut limits = Vec::new();
    if new && collection.is_backlogged(today)? {
        limits.push(("minutes_per_day", settings.minutes_per_day, collection.day_minutes(today)?));
    } else {
        limits.extend((new && !ahead).then_some(("new_per_day", settings.new_per_day, met)));
    }
    limits.extend(settings.max_per_day.map(|limit| ("max_per_day", limit, reviewed)));
    Ok(AskedToday::NoRoom(limits))
}

/// The place of a card in the day.
struct AskedPlace {
    /// Its number of all, from 1.
    at: usize,
    of: usize,
    /// To which number the minutes that are left reach.
    fit: usize,
    part: DayPart,
    /// The interview whose quota it is in.
    interview: Option<String>,
}

impl AskedPlace {
    fn words(&self) -> String {
        let AskedPlace { at, of, fit, .. } = self;
        if *fit == 0 {
            return format!("not asked, for today's minutes are used: it is number {at} of {of}");
        }
        if at > fit {
            return format!("not asked, for today's minutes reach to number {fit} of {of}, and it is number {at}");
        }
        let part = match (self.part, &self.interview) {
            (DayPart::Brought, _) => ", brought forward: it comes before all others".to_owned(),
            (DayPart::Quota, Some(name)) => format!(", among the new cards that come first for {}", shown_line(name)),
            (DayPart::Quota | DayPart::New, _) => ", among the new cards".to_owned(),
            (DayPart::Repeat, _) => ", among the repeats".to_owned(),
            (DayPart::Due, _) => String::new(),
        };
        format!("asked as number {at} of {of}{part}")
    }
}

impl AskedToday {
    fn words(&self) -> String {
        match self {
            AskedToday::None => "not asked".to_owned(),
            AskedToday::Asked(place) => place.words(),
            AskedToday::TooLate => "not asked: it is new, and the interview that needs it is today".to_owned(),
            AskedToday::OtherRound(own, to_come) => {
                let rounds = |rounds: &[i64], word: &str| {
                    let numbers: BTreeSet<i64> = rounds.iter().copied().collect();
                    let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
                    let noun = plural(numbers.len(), "round");
                    format!("{noun} {}", list(&numbers, word))
                };
                let (own, to_come) = (rounds(own, "or"), rounds(to_come, "and"));
                format!("not asked, for it waits for an interview of {own}, and those to come are of {to_come}")
            }
            AskedToday::NoRoom(limits) => {
                let limit = |(name, limit, used): &(&str, u32, usize)| {
                    let are = agree(*used, "is", "are");
                    format!("`{name}` is {limit}, of which {used} {are} used")
                };
                let limits: Vec<String> = limits.iter().map(limit).collect();
                format!("not asked, for the day's limits go to other cards: {}", list(&limits, "and"))
            }
        }
    }
}

struct Explanation {
    steps: Vec<Step>,
    futures: Vec<Future>,
    rules: Rules,
    today: StudyDay,
    /// What brings the card forward, and the interview that does.
    cap: Option<(Cap, Interview)>,
}

impl Explanation {
    fn lines(&self, entry: &Entry, standing: &str, asked: &AskedToday, paint: Paint) -> Vec<String> {
        let card = &entry.card;
        let mut lines = Vec::new();
        if self.steps.is_empty() {
            lines.push(format!("Nothing has happened to {card} yet."));
        } else {
            lines.push(format!("How {card} came to its day, by SM-2, preset `{}`:", self.rules.preset.word()));
            lines.push(paint.dim(&columns(["day", "event", "n", "ease", "interval"], "due")));
        }
        for step in &self.steps {
            lines.push(step_line(step));
            lines.push(paint.dim(&paint.under(&step_words(step, entry, &self.rules), 6)));
        }
        lines.push(paint.sentence(&format!("Status: {standing}")));
        lines.extend(self.cap_words().map(|words| paint.sentence(&words)));
        lines.push(paint.sentence(&format!("Today: {}", asked.words())));
        lines.push(format!("What a grade would do on {}:", self.today));
        // If no grade changes the schedule, the table needs an explanation.
        if let Some(still) = self.futures.first().filter(|future| !future.rule.moves()) {
            lines.push(paint.dim(&paint.under(&self.reason(still, entry), 2)));
        }
        lines.push(paint.dim(&future_columns(["grade", "n", "ease", "interval"], "due")));
        lines.extend(self.futures.iter().map(future_line));
        lines
    }

    /// Says which rule brings the card forward, and when it would be due without the interview.
    fn cap_words(&self) -> Option<String> {
        let (Cap { rule, due, plain, .. }, interview) = self.cap.as_ref()?;
        let (name, date) = (shown_line(interview.name()), interview.date?);
        let rule = match rule {
            CapRule::Halfway => format!("halfway to the interview on {date} ({name})"),
            CapRule::Eve => format!("the last study day before the interview on {date} ({name})"),
            CapRule::OnTheDay => format!("the interview is today ({name}), and the last grade was below 4"),
        };
        Some(format!("Due {due}: {rule}; without it, {plain}"))
    }

    fn json(&self, entry: &Entry, standing: &str, asked: &AskedToday) -> Value {
        let (at, limits) = match asked {
            AskedToday::None | AskedToday::TooLate | AskedToday::OtherRound(..) => (None, None),
            AskedToday::Asked(place) => (Some(place.at), None),
            AskedToday::NoRoom(limits) => (None, Some(limits.iter().map(|(name, ..)| *name).collect::<Vec<_>>())),
        };
        let part = match asked {
            AskedToday::Asked(place) => Some(place.part.word()),
            _ => None,
        };
        let day = |day: Option<StudyDay>| json!(day.map(|day| day.to_string()));
        json!({
            "id": entry.card.as_str(),
            "due": day(entry.due),
            "plain_due": day(entry.state.due()),
            "capped_by": self.cap.as_ref().map(|(_, interview)| &interview.id),
            "cap": self.cap.as_ref().map(|(cap, _)| cap.rule.word()),
            "part": part,
            "today": self.today.to_string(),
            "preset": self.rules.preset.word(),
            "steps": self.steps.iter().map(|step| step_row(step, entry, &self.rules)).collect::<Vec<_>>(),
            "state": state_row(&entry.state),
            "status": entry.status(self.today).word(),
            "standing": entry.standing(self.today).word(),
            "words": standing,
            "asked": matches!(asked, AskedToday::Asked(place) if place.at <= place.fit),
            "place": at,
            "limits": limits,
            "grades": self.futures.iter().map(|future| self.future_row(future, entry)).collect::<Vec<_>>(),
        })
    }

    fn future_row(&self, future: &Future, entry: &Entry) -> Value {
        let Future { grade, rule, after } = future;
        let mut row = state_row(after);
        row["grade"] = json!(grade.get());
        row["again"] = json!(!grade.settles());
        row["rule"] = json!(rule.word());
        row["words"] = json!(self.reason(future, entry));
        row
    }

    fn reason(&self, future: &Future, entry: &Entry) -> String {
        future.explain(&entry.state, self.today, &self.rules)
    }
}

fn columns([day, event, n, ease, interval]: [&str; 5], due: &str) -> String {
    format!("  {day:<10}  {event:<8}  {n:<7}  {ease:<11}  {interval:<13}  {due}").trim_end().to_owned()
}

fn event_words(body: &Body) -> String {
    match body {
        Body::Review(review) => format!("grade {}", review.grade),
        Body::Mock(mock) => format!("mock {}", mock.score),
        Body::Suspend { on: false, .. } => "resume".to_owned(),
        other => other.word().to_owned(),
    }
}

fn step_line(step: &Step) -> String {
    let (was, is) = (step.before.memory, step.after.memory);
    let (day, event) = (step.day.to_string(), event_words(&step.event.body));
    let moved = |was: String, is: String| if was == is { is } else { format!("{was} → {is}") };
    if step.rule.is_none() && step.before.due() == step.after.due() {
        return columns([&day, &event, "", "", ""], "");
    }
    let n = moved(was.repetitions.to_string(), is.repetitions.to_string());
    let interval = moved(was.interval.to_string(), is.interval.to_string());
    let due = step.after.due().map_or_else(|| "-".to_owned(), |due| due.to_string());
    columns([&day, &event, &n, &moved(was.ease_text(), is.ease_text()), &interval], &due)
}

fn step_words(step: &Step, entry: &Entry, rules: &Rules) -> String {
    let other = step.event.body.card().filter(|name| **name != entry.card);
    let name = match (&step.event.body, other) {
        (Body::Rename { .. }, _) | (_, None) => String::new(),
        (_, Some(name)) => format!(" (as {name})"),
    };
    format!("{}{name}", step.explain(rules))
}

fn future_line(future: &Future) -> String {
    let Future { grade, after, .. } = future;
    let due = after.due().map(|due| due.to_string()).unwrap_or_default();
    let again = if grade.settles() { "" } else { ", and again today" };
    let Memory { repetitions, interval, .. } = after.memory;
    let (grade, n, ease) = (grade.to_string(), repetitions.to_string(), after.memory.ease_text());
    future_columns([&grade, &n, &ease, &interval.to_string()], &format!("{due}{again}"))
}

fn future_columns([grade, n, ease, interval]: [&str; 4], due: &str) -> String {
    format!("  {grade:<5}  {n:<4}  {ease:<4}  {interval:<8}  {due}")
}

fn state_row(state: &CardState) -> Value {
    let day = |day: Option<StudyDay>| json!(day.map(|day| day.to_string()));
    json!({
        "repetitions": state.memory.repetitions,
        "ease": state.memory.ease,
        "interval": state.memory.interval,
        "last": day(state.memory.last),
        "due": day(state.due()),
        "suspended": state.suspended,
        "buried": day(state.buried),
    })
}

fn step_row(step: &Step, entry: &Entry, rules: &Rules) -> Value {
    let grade = match &step.event.body {
        Body::Review(review) => Some(review.grade.get()),
        _ => None,
    };
    json!({
        "event": step.event.id.to_string(),
        "at": step.event.at.rfc3339(),
        "day": step.day.to_string(),
        "kind": step.event.body.word(),
        "card": step.event.body.card().map_or(entry.card.as_str(), |card| card.as_str()),
        "grade": grade,
        "void": step.void,
        "rule": step.rule.map(crate::schedule::ScheduleRule::word),
        "words": step.explain(rules),
        "before": state_row(&step.before),
        "after": state_row(&step.after),
    })
}
