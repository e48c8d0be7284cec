//! `stats`: numbers about reviews and cards.

use super::context::Context;
use crate::clock::StudyDay;
use crate::collection::Collection;
use crate::failure::{DONE, Failure};
use crate::render::shown_within;
use crate::session::Paint;
use crate::stats::{
    Band, Bias, Calibration, Expected, Ledger, MissedPoint, Retention, Spoken, Spotted, Stats, WEEKS, Windows,
};
use crate::text::{count, list, minutes_seconds, percent};

const MISSED: usize = 5;
/// How many decks and competencies are listed; JSON has them all.
const LISTED: usize = 8;
const COLUMNS: usize = 78;
const BAR: u64 = 40;

/// Show what was rehearsed, what was remembered, and what comes
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(context: &Context, _: &Args) -> Result<u8, Failure> {
    let collection = context.open()?;
    let today = context.today(&collection);
    let stats = gather(&collection, today)?;
    if context.json() {
        context.value(&serde_json::to_value(&stats)?)?;
    } else if stats.reviews.all == 0 {
        let cards = stats.cards.new + stats.cards.suspended > 0;
        let begin = if cards { "`rehearse review` makes the first" } else { "`rehearse init` adds starter decks" };
        context.line(&format!("No reviews yet; {begin}."))?;
    } else {
        lines(&stats, context.paint()).iter().try_for_each(|line| context.line(line))?;
    }
    Ok(DONE)
}

fn gather(collection: &Collection, today: StudyDay) -> Result<Stats, Failure> {
    let store = &collection.store;
    let mut ledger = Ledger::new(today, collection.settings.rules);
    store.each_review_and_reset(|card, event| ledger.add_event(card, event))?;
    store.by_file(|entries| {
        let spoken = entries.iter().any(|entry| entry.state.spoken_ms > 0);
        // A file that cannot be read has no competencies; `check` reports it.
        let shows = if spoken { collection.shows(&entries).unwrap_or_default() } else { Vec::new() };
        for (at, entry) in entries.iter().enumerate() {
            ledger.add_card(entry, shows.get(at).map_or(&[], Vec::as_slice));
        }
    })?;
    store.absent()?.iter().for_each(|entry| ledger.add_card(entry, &[]));
    let missed = missed(collection, &ledger)?;
    Ok(ledger.into_stats(missed, &collection.settings.days_off))
}

/// Returns the points missed most often, with their text. Points that were edited since are left out.
fn missed(collection: &Collection, ledger: &Ledger) -> Result<Vec<MissedPoint>, Failure> {
    let mut found = Vec::new();
    for (card, number, missed, misses) in ledger.missed() {
        let Some(entry) = collection.store.card(card)? else { continue };
        let whole = collection.card(&entry)?;
        let items: Vec<&str> = whole.iter().flat_map(crate::deck::Card::items).collect();
        if items.len() != usize::from(misses.items) {
            continue;
        }
        let text = items[usize::from(number) - 1].to_owned();
        found.push(MissedPoint { card: card.to_string(), number, text, missed, of: misses.of });
        if found.len() == MISSED {
            break;
        }
    }
    Ok(found)
}

fn lines(stats: &Stats, paint: Paint) -> Vec<String> {
    let mut lines = table(stats, paint);
    lines.push(paint.sentence(&cards_sentence(stats)));
    lines.extend(expected_sentence(stats).map(|sentence| paint.sentence(&sentence)));
    let Spotted { right, of } = stats.spotted;
    lines.extend((of > 0).then(|| paint.sentence(&format!("Competencies named rightly: {right} of {of}."))));
    let mut section = |title: &str, rows: Vec<String>| {
        if !rows.is_empty() {
            lines.extend([String::new(), paint.bold(title)]);
            lines.extend(rows);
        }
    };
    section("Due in the next 14 days", due(stats));
    section("Reviews a day in the last 12 weeks", calendar(stats, paint));
    section("Answers against expected recall", calibration(stats));
    section("Your grades against those suggested", bias(stats));
    section("Missed most often", stats.missed.iter().flat_map(|point| missed_lines(point, paint)).collect());
    section("Spoken by deck", spoken(&stats.spoken_by_deck));
    section("Spoken by competency", spoken(&stats.spoken_by_competency));
    lines
}

fn table(stats: &Stats, paint: Paint) -> Vec<String> {
    let row = |name: &str, cells: [String; 4]| {
        let [today, week, month, all] = cells;
        format!("{name:<10}{today:>9}{week:>9}{month:>9}{all:>9}")
    };
    let cells = |windows: Windows<u64>, cell: fn(u64) -> String| windows.each().map(cell);
    let share = |Retention { share, .. }: Retention| share.map_or_else(|| "-".to_owned(), percent);
    vec![
        paint.bold(&row("", ["today", "7 days", "30 days", "all"].map(str::to_owned))),
        row("Reviews", cells(stats.reviews, |reviews| reviews.to_string())),
        row("Spoken", cells(stats.seconds, minutes_seconds)),
        row("Recalled", stats.retention.each().map(share)),
    ]
}

fn cards_sentence(stats: &Stats) -> String {
    let streak = match stats.streak {
        0 => "No streak".to_owned(),
        days => format!("Streak: {}", count(days as usize, "study day")),
    };
    let cards = &stats.cards;
    let named = [
        (cards.new, "new"),
        (cards.due, "due"),
        (cards.learned, "learned"),
        (cards.suspended, "suspended"),
        (cards.absent, "in no deck"),
    ];
    let named: Vec<String> = named.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    let ready = if stats.ready > 0 { format!("; {} ready", stats.ready) } else { String::new() };
    format!("{streak}. Cards: {}{ready}.", list(&named, "and"))
}

fn due(stats: &Stats) -> Vec<String> {
    let most = stats.due.iter().map(|due| due.cards).max().unwrap_or(0);
    if most == 0 {
        return vec!["  nothing".to_owned()];
    }
    let line = |due: &crate::stats::Due| {
        let bar = "#".repeat(usize::try_from((due.cards * BAR.min(most)).div_ceil(most)).unwrap_or(0));
        format!("  {:<22}{:>7}  {bar}", due.day.spoken(stats.today), due.cards).trim_end().to_owned()
    };
    stats.due.iter().map(line).collect()
}

fn calendar(stats: &Stats, paint: Paint) -> Vec<String> {
    let most = stats.days.iter().map(|day| day.reviews).max().unwrap_or(0).max(3);
    let (few, some) = (most.div_ceil(3), (2 * most).div_ceil(3));
    let sign = |reviews: u64| match reviews {
        0 => paint.dim("."),
        reviews if reviews <= few => "-".to_owned(),
        reviews if reviews <= some => "+".to_owned(),
        _ => "#".to_owned(),
    };
    let weeks = usize::try_from(WEEKS).unwrap_or(0);
    let names = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let row = |(weekday, name): (usize, &&str)| {
        let days = (0..weeks).filter_map(|week| stats.days.get(7 * week + weekday));
        let signs: Vec<String> = days.map(|day| sign(day.reviews)).collect();
        format!("  {name}  {}", signs.join(" "))
    };
    let range = |from: u64, to: u64| if from == to { from.to_string() } else { format!("{from} to {to}") };
    let first = stats.days.first().map(|day| day.day.spoken(stats.today)).unwrap_or_default();
    let legend =
        format!("  from {first}; . none, - {}, + {}, # {} or more", range(1, few), range(few + 1, some), some + 1);
    names.iter().enumerate().map(row).chain([legend]).collect()
}

fn expected_sentence(stats: &Stats) -> Option<String> {
    let Expected { model, cards, mean } = stats.expected;
    let cards = count(usize::try_from(cards).unwrap_or(0), "card");
    Some(format!("Expected recall today: about {} over {cards}, an estimate by {model}.", percent(mean?)))
}

fn calibration(stats: &Stats) -> Vec<String> {
    let Calibration { model, reviews, bands } = &stats.calibration;
    if *reviews == 0 {
        return Vec::new();
    }
    let line = |band: &Band| {
        let expected = format!("{} to {} %", band.from, band.to);
        let share = band.share.map_or_else(|| "-".to_owned(), percent);
        let of = if band.reviews > 0 { format!("  {} of {}", band.well, band.reviews) } else { String::new() };
        format!("  {expected:<11}  {share:>12}{of}")
    };
    let title = format!("  {model:<11}  {:>12}", "3 or better");
    let note = "  only the first answer to a card on a study day counts".to_owned();
    std::iter::once(title).chain(bands.iter().map(line)).chain([note]).collect()
}

fn bias(stats: &Stats) -> Vec<String> {
    let line = |name: &str, bias: &Bias| {
        let Bias { reviews, higher, equal, lower, .. } = bias;
        let mean = bias.mean.map_or_else(|| "-".to_owned(), |mean| format!("{mean:+.2}"));
        let reviews = count(usize::try_from(*reviews).unwrap_or(0), "review");
        format!("  {name:<9}  {mean:>6}  in {reviews}: {higher} higher, {equal} equal, {lower} lower")
    };
    if stats.bias.reviews == 0 {
        return Vec::new();
    }
    let kinds = stats.bias_by_kind.iter().map(|kind| line(kind.kind, &kind.bias));
    std::iter::once(line("all", &stats.bias)).chain(kinds).collect()
}

fn missed_lines(point: &MissedPoint, paint: Paint) -> [String; 2] {
    let often = format!("{} of {}", point.missed, point.of);
    let lead = format!("  {often:>8}  {}. ", point.number);
    let words = shown_within(&point.text, COLUMNS.saturating_sub(lead.len()));
    [format!("{lead}{words}"), paint.dim(&format!("{:12}{}", "", point.card))]
}

fn spoken(spoken: &[Spoken]) -> Vec<String> {
    let line = |spoken: &Spoken| {
        format!("  {:>8}  {}", minutes_seconds(spoken.seconds), shown_within(&spoken.name, COLUMNS - 12))
    };
    let mut lines: Vec<String> = spoken.iter().take(LISTED).map(line).collect();
    let more = spoken.len().saturating_sub(LISTED);
    lines.extend((more > 0).then(|| format!("  and {more} more; `--json` has them all")));
    lines
}
