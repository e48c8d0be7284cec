//! `show`: everything about one card.

use serde_json::{Value, json};

use super::context::Context;
use super::lookup::find_card_with_note;
use super::rows::{card_row, event_row};
use crate::clock::StudyDay;
use crate::deck::{Card, Item};
use crate::entry::{Entry, READY, Standing};
use crate::failure::{DONE, Failure};
use crate::history::Body;
use crate::recall::MODEL;
use crate::render::shown_line;
use crate::session::Paint;
use crate::settings::Rules;
use crate::stats::{Misses, median};
use crate::store::Logged;
use crate::text::{count, minutes_seconds, percent, plural};

type Reads = fn(&Card) -> Value;

/// Show one card whole, and how it went
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The card
    #[arg(value_name = "ID")]
    card: String,
}

pub(crate) fn run(context: &Context, args: &Args) -> Result<u8, Failure> {
    let collection = context.open()?;
    let entry = find_card_with_note(context, &collection, &args.card)?;
    let card = collection.card(&entry)?;
    let mut reviews = collection.store.reviews(&entry.card, usize::MAX)?;
    reviews.reverse();
    let today = context.today(&collection);
    let past = Past::collect(&reviews, card.as_ref().map(|card| card.limit));
    let view = CardView { past, entry, card, today };
    if context.json() {
        context.value(&view.json(&reviews, &collection.settings.rules))?;
    } else {
        view.lines(context.paint()).iter().try_for_each(|line| context.line(line))?;
    }
    Ok(DONE)
}

struct CardView {
    entry: Entry,
    /// The card as its file has it; `None` if it is in no deck.
    card: Option<Card>,
    past: Past,
    today: StudyDay,
}

struct Past {
    /// Each grade, oldest first, and whether the answer took longer than the card allows.
    grades: Vec<(u8, bool)>,
    /// Spoken times in milliseconds, oldest first.
    spoken: Vec<u64>,
    misses: Misses,
}

impl Past {
    fn collect(reviews: &[Logged], limit: Option<u32>) -> Self {
        let mut past = Past { grades: Vec::new(), spoken: Vec::new(), misses: Misses::default() };
        for logged in reviews {
            let Body::Review(review) = &logged.event.body else { continue };
            let over = review.ms.zip(limit).is_some_and(|(ms, limit)| ms > u64::from(limit) * 1000);
            past.grades.push((review.grade.get(), over));
            past.spoken.extend(review.ms);
            past.misses.add(review);
        }
        past
    }

    /// Returns in how many of how many reviews a part or point was missed, by its index; 0 of 0 if the card had others then.
    fn missed(&self, at: usize, items: usize) -> (u32, u32) {
        match u16::try_from(at + 1) {
            Ok(number) if usize::from(self.misses.items) == items => (self.misses.missed(number), self.misses.of),
            _ => (0, 0),
        }
    }

    fn grades_line(&self) -> String {
        let grade = |(grade, over): &(u8, bool)| format!("{grade}{}", if *over { "!" } else { "" });
        let over = if self.grades.iter().any(|(_, over)| *over) { "  (! over the time)" } else { "" };
        format!("Grades: {}{over}", self.grades.iter().map(grade).collect::<Vec<_>>().join(" "))
    }
}

/// Describes the standing of a card in a clause. `line` is where its file says that it is suspended.
pub(crate) fn standing_words(entry: &Entry, line: Option<usize>, today: StudyDay) -> String {
    let card = &entry.card;
    match entry.standing(today) {
        Standing::Absent => "absent: it is in no deck, and its history waits for it".to_owned(),
        Standing::SuspendedInFile => {
            let place = entry.place.as_ref().map(|place| (shown_line(&place.file), line.unwrap_or(place.line)));
            let (file, line) = place.unwrap_or_default();
            format!("suspended: {file}:{line} says `suspended = true`")
        }
        Standing::Suspended => format!("suspended: `rehearse resume {card}` asks it again"),
        Standing::Buried => "buried until tomorrow".to_owned(),
        Standing::Again(grade) => format!("due again today: graded {grade}, and it stays until it gets a 4"),
        Standing::Due(day) if day == today => "due today".to_owned(),
        Standing::Due(day) => format!("due since {}", day.spoken(today)),
        Standing::New => "new: never reviewed".to_owned(),
        Standing::Learned(day) if day == today.plus(1) => "learned: due tomorrow".to_owned(),
        Standing::Learned(day) => {
            let days = usize::try_from(day.since(today)).unwrap_or(0);
            format!("learned: due {}, in {}", day.spoken(today), count(days, "day"))
        }
    }
}

fn readiness(entry: &Entry) -> Option<String> {
    entry.place.as_ref()?;
    let every = if entry.variants > 0 { ", and every variant is met" } else { "" };
    if entry.ready() {
        return Some(format!("Ready: the last {READY} answers were good{every}"));
    }
    let streak = format!("{} of {READY} good answers in a row", entry.state.streak.min(READY));
    let met = format!(", {} of {} prompts met", entry.prompts_asked(), entry.prompts());
    Some(format!("Not ready: {streak}{}", if entry.variants > 0 { met } else { String::new() }))
}

impl CardView {
    fn items(&self) -> impl Iterator<Item = (usize, &Item)> {
        self.card.iter().flat_map(|card| card.parts.iter().chain(&card.points)).enumerate()
    }

    fn lines(&self, paint: Paint) -> Vec<String> {
        let entry = &self.entry;
        let kind = match &self.card {
            Some(card) => format!(" · {} · {}", card.kind.word(), minutes_seconds(u64::from(card.limit))),
            None => String::new(),
        };
        let mut lines = vec![paint.dim(&format!("Card {}{kind}", entry.card))];
        if let Some(card) = &self.card {
            lines.push(paint.bold(&paint.block(&card.prompt)));
        }
        if let Some(place) = &entry.place {
            let place = format!("{}:{} · {}", place.file, place.line, place.deck);
            lines.push(paint.dim(&paint.block(&shown_line(&place))));
        }
        lines.extend(self.card.iter().flat_map(|card| self.field_lines(card, paint)));
        lines.extend(self.history_lines(paint));
        lines
    }

    fn field_lines(&self, card: &Card, paint: Paint) -> Vec<String> {
        let mut lines = Vec::new();
        let mut titled = |title: &str, texts: Vec<String>| {
            if !texts.is_empty() {
                lines.push(paint.dim(title));
                lines.extend(texts);
            }
        };
        let joined =
            |texts: &[String]| if texts.is_empty() { Vec::new() } else { vec![paint.block(&texts.join(", "))] };
        let each = |texts: &[String]| texts.iter().map(|text| paint.block(text)).collect();
        let one = |text: &Option<String>| text.iter().map(|text| paint.block(text)).collect();
        let round = card.round.iter().map(ToString::to_string).collect::<Vec<_>>();
        titled("Tags:", joined(&card.tags));
        titled("Shows:", joined(&card.shows));
        titled("Only in round:", joined(&round));
        let weight = Some(card.weight).filter(|weight| *weight != 1).map(|weight| weight.to_string());
        titled("Weight:", one(&weight));
        let words = match (card.parts.len(), card.points.len()) {
            (_, 0) => "Parts:".to_owned(),
            (0, _) => "Points:".to_owned(),
            (parts, _) => format!("{}, then points:", count(parts, "part")),
        };
        titled(&words, self.items().map(|(at, item)| self.item(at, item, paint)).collect());
        titled("Variants:", each(&card.variants));
        titled("Follow-ups:", each(&card.followups));
        titled("Keywords:", joined(&card.keywords));
        titled("Stories:", joined(&card.stories));
        titled("Hint:", one(&card.hint));
        titled(if card.kind == crate::deck::Kind::Fact { "Answer:" } else { "A model answer:" }, one(&card.answer));
        titled("Also right:", joined(&card.accept));
        titled("Note:", one(&card.note));
        titled("Source:", one(&card.source));
        lines
    }

    fn item(&self, at: usize, item: &Item, paint: Paint) -> String {
        let items = self.items().count();
        let missed = match self.past.missed(at, items) {
            (0, _) => String::new(),
            (missed, of) => format!("  missed {missed} of {of} {}", plural(of as usize, "time")),
        };
        paint.item(at + 1, items.to_string().len(), &format!("{}{missed}", item.text))
    }

    fn history_lines(&self, paint: Paint) -> Vec<String> {
        let state = &self.entry.state;
        let line = self.card.as_ref().and_then(|card| card.suspended_line);
        let mut lines = vec![format!("Status: {}", standing_words(&self.entry, line, self.today))];
        if !self.past.grades.is_empty() {
            let reviews = count(state.reviews as usize, "review");
            let lapses = count(state.lapses as usize, "lapse");
            let successes = format!("{} in a row", count(state.memory.repetitions as usize, "success"));
            let interval = count(state.memory.interval as usize, "day");
            let ease = state.memory.ease_text();
            lines.push(format!("Schedule: {successes}, ease {ease}, interval {interval}; {reviews}, {lapses}"));
            lines.push(self.past.grades_line());
            lines.extend(readiness(&self.entry));
            lines.extend(
                state.expected(self.today).map(|expected| {
                    format!("Expected recall today: about {}, an estimate by {MODEL}", percent(expected))
                }),
            );
        }
        if let (Some(median), Some(last)) = (median(self.past.spoken.clone()), self.past.spoken.last()) {
            let limit = self.card.as_ref().map(|card| format!(", of {}", minutes_seconds(u64::from(card.limit))));
            let (median, last) = (minutes_seconds(median / 1000), minutes_seconds(last / 1000));
            lines.push(format!("Spoken: median {median}, last {last}{}", limit.unwrap_or_default()));
        }
        lines.into_iter().map(|line| paint.sentence(&line)).collect()
    }

    fn json(&self, reviews: &[Logged], rules: &Rules) -> Value {
        let mut value = card_row(&self.entry, self.today);
        value["standing"] = json!(self.entry.standing(self.today).word());
        self.add_fields(&mut value);
        let seconds = |ms: Option<u64>| json!(ms.map(|ms| ms as f64 / 1000.0));
        value["spoken"] = json!({
            "reviews": self.past.spoken.len(),
            "median": seconds(median(self.past.spoken.clone())),
            "last": seconds(self.past.spoken.last().copied()),
        });
        let review = |logged: &Logged| {
            let mut row = event_row(logged);
            row["day"] = json!(logged.event.at.study_day(rules.day_starts_at).to_string());
            row
        };
        value["history"] = reviews.iter().map(review).collect();
        value
    }

    /// Adds what the file says to a row of `list`; null for a card that is in no deck.
    fn add_fields(&self, row: &mut Value) {
        let items = self.items().count();
        let item = |(at, item): (usize, &Item)| {
            let (missed, of) = self.past.missed(at, items);
            json!({ "number": at + 1, "text": item.text, "any": item.any, "missed": missed, "of": of })
        };
        let numbered: Vec<Value> = self.items().map(item).collect();
        let (parts, points) = numbered.split_at(self.card.as_ref().map_or(0, |card| card.parts.len()));
        row["parts"] = json!(parts);
        row["points"] = json!(points);
        let said: [(&str, Reads); 15] = [
            ("limit", |card| json!(card.limit)),
            ("shows", |card| json!(card.shows)),
            ("round", |card| json!(card.round)),
            ("variants", |card| json!(card.variants)),
            ("followups", |card| json!(card.followups)),
            ("hint", |card| json!(card.hint)),
            ("answer", |card| json!(card.answer)),
            ("accept", |card| json!(card.accept)),
            ("note", |card| json!(card.note)),
            ("source", |card| json!(card.source)),
            ("keywords", |card| json!(card.keywords)),
            ("stories", |card| json!(card.stories)),
            ("needs", |card| json!(card.needs)),
            ("phases", |card| json!(card.phases)),
            ("off", |card| json!(card.off)),
        ];
        for (key, value) in said {
            row[key] = self.card.as_ref().map_or(Value::Null, value);
        }
    }
}
