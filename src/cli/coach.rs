//! `coach`: findings on a typed answer, and what a rule is about.

use std::io::{IsTerminal as _, Read};

use anyhow::Context as _;
use serde_json::{Value, json};

use super::arguments::parse_kind;
use super::context::Context;
use super::lookup::{check_ticks, find_card_with_note, named_or_next_interview};
use crate::coach::{self, Answer, Coaching, Feedback, RULES, Rule, Runs, TextKind};
use crate::collection::Collection;
use crate::deck::{Card, Kind, decode};
use crate::failure::{DONE, Failure};
use crate::render::shown_block;
use crate::schedule::Grade;
use crate::session::Paint;
use crate::settings::Settings;
use crate::text::{count, did_you_mean, list, minutes_seconds};

const LONGEST: u64 = 1 << 20;

/// Show what a typed answer lacks and what could put a listener off
///
/// Reads the answer from standard input, to its end.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The card it answers
    #[arg(long, value_name = "ID")]
    card: Option<String>,
    /// The kind of answer, if it is not to a card
    #[arg(long, value_name = "KIND", value_parser = parse_kind, conflicts_with = "card")]
    kind: Option<Kind>,
    /// How long it took aloud
    #[arg(long, value_name = "N")]
    seconds: Option<u64>,
    /// The numbers of the parts and points you said, such as 1,3
    #[arg(long, value_name = "N", value_delimiter = ',', requires = "card")]
    ticks: Option<Vec<u16>>,
    /// The interview it is for [default: the next one]
    #[arg(long, value_name = "ID")]
    interview: Option<String>,
    /// Explain what a rule finds and why it matters, with an example; without RULE, list them
    #[arg(long, value_name = "RULE", num_args = 0..=1, conflicts_with_all = ["card", "kind", "seconds", "ticks", "interview"])]
    explain: Option<Option<String>>,
}

pub(crate) fn run(context: &Context, args: &Args) -> Result<u8, Failure> {
    match &args.explain {
        Some(Some(rule)) => return explain(context, rule),
        Some(None) => return explain_all(context),
        None => {}
    }
    let collection = context.open_for_history()?;
    let card = match &args.card {
        Some(name) => Some(card(context, &collection, name, args.ticks.as_deref())?),
        None => None,
    };
    let (card, before) = card.map_or((None, None), |(card, before)| (Some(card), before));
    let text = read_stdin(context)?;
    let ms = args.seconds.map(|seconds| seconds.saturating_mul(1000));
    let answer = Answer { text: &text, ms, ticks: args.ticks.as_deref(), hint: false, before: before.as_ref() };
    let kind = card.as_ref().map(|card| card.kind).or(args.kind).unwrap_or_default();
    let coaching = coaching(context, &collection, args.interview.as_deref())?;
    print_review(context, &coaching, &answer, TextKind::Answer(kind), card.as_ref())
}

fn card(
    context: &Context,
    collection: &Collection,
    name: &str,
    ticks: Option<&[u16]>,
) -> Result<(Card, Option<Runs>), Failure> {
    let entry = find_card_with_note(context, collection, name)?;
    let card = collection.card(&entry)?.ok_or_else(|| {
        Failure::usage(format!("`{}` is in no deck", entry.card), "`rehearse list` shows the cards that are")
    })?;
    check_ticks(&entry.card, card.items().count(), ticks.unwrap_or_default())?;
    Ok((card, collection.store.last_answer(&entry.card)))
}

pub(crate) fn print_review(
    context: &Context,
    coaching: &Coaching,
    answer: &Answer<'_>,
    kind: TextKind,
    card: Option<&Card>,
) -> Result<u8, Failure> {
    let review = coach::review(answer, &coaching.context(kind, card));
    if context.json() {
        context.value(&review_row(&review, answer, kind, card))?;
    } else {
        review_lines(&review, answer, kind, card, context.paint()).iter().try_for_each(|line| context.line(line))?;
    }
    Ok(DONE)
}

/// Loads what the coach knows for an interview, else for the next one. Problems in its settings are printed on stderr.
pub(crate) fn coaching(
    context: &Context,
    collection: &Collection,
    interview: Option<&str>,
) -> Result<Coaching, Failure> {
    let interview = named_or_next_interview(collection, interview, context.today(collection))?;
    let (coaching, faults) = collection.coaching(interview.map(|(interview, _)| interview))?;
    faults.iter().for_each(|fault| context.note_finding(fault));
    Ok(coaching)
}

/// A note is not spoken and not graded.
fn is_spoken(kind: TextKind) -> bool {
    kind != TextKind::Note
}

fn review_row(review: &Feedback, answer: &Answer<'_>, kind: TextKind, card: Option<&Card>) -> Value {
    let spoken = is_spoken(kind);
    json!({
        "findings": review.findings,
        "words": review.words,
        "seconds": spoken.then(|| review.seconds()),
        "grade": review.grade(answer, card).filter(|_| spoken).map(Grade::get),
    })
}

fn review_lines(
    review: &Feedback,
    answer: &Answer<'_>,
    kind: TextKind,
    card: Option<&Card>,
    paint: Paint,
) -> Vec<String> {
    let mut lines = paint.findings(&review.findings, 0);
    if lines.is_empty() {
        // Finding nothing is not praise: what the rules don't know may still be wrong.
        lines.push(paint.sentence(&format!("No questions. I checked for: {}.", review.checked.join(", "))));
    }
    let words = count(review.words, "word");
    if !is_spoken(kind) {
        lines.push(format!("{words}."));
        return lines;
    }
    let time = minutes_seconds(review.seconds());
    lines.push(if answer.ms.is_some_and(|ms| ms == review.ms) {
        format!("{words} in {time}.")
    } else {
        format!("{words}, about {time} aloud.")
    });
    lines.extend(review.grade(answer, card).map(|grade| match answer.ticks {
        Some(_) => format!("Suggested grade: {grade} ({}).", grade.description()),
        None => format!("At most grade {grade}."),
    }));
    lines
}

pub(crate) fn read_stdin(context: &Context) -> Result<String, Failure> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        context.note("type the text, then Ctrl-D on a line of its own");
    }
    let text = read_text(stdin.lock()).context("standard input cannot be read")?;
    text.ok_or_else(|| too_long("the text on standard input"))
}

/// Reads a whole text; `None` if it is too long.
pub(crate) fn read_text(input: impl Read) -> std::io::Result<Option<String>> {
    let mut bytes = Vec::new();
    input.take(LONGEST + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= LONGEST).then(|| decode(bytes).0))
}

pub(crate) fn too_long(what: &str) -> Failure {
    let help = "an hour of speech is 60 KiB; is it the right file?";
    Failure::usage(format!("{what} is longer than 1 MiB"), help)
}

fn is_off(rule: &Rule) -> bool {
    Settings::default().coach_off.iter().any(|off| off == rule.id)
}

fn kinds(rule: &Rule) -> Vec<&'static str> {
    rule.on.iter().map(|kind| kind.word()).collect()
}

fn rule_row(rule: &Rule) -> Value {
    json!({
        "rule": rule.id, "severity": coach::word(rule.severity), "kinds": kinds(rule), "finds": rule.finds,
        "why": rule.why, "english": rule.english, "ticks_win": rule.ticks_win, "phrases": rule.has_phrases(),
        "off": is_off(rule),
    })
}

fn explain(context: &Context, id: &str) -> Result<u8, Failure> {
    let Some(rule) = coach::rule(id) else {
        let known: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
        return Err(Failure::usage(format!("no rule `{id}`"), did_you_mean(id, &known)));
    };
    let example = rule.example();
    if context.json() {
        let mut row = rule_row(rule);
        row["example"] = json!({ "kind": example.kind, "keys": example.keys, "text": example.text });
        context.value(&row)?;
        return Ok(DONE);
    }
    let paint = context.paint();
    let mut lines = vec![format!("`{}` ({}) finds {}.", rule.id, coach::word(rule.severity), rule.finds)];
    lines.extend([rule.why.to_owned(), String::new()]);
    lines.extend(conditions(rule));
    lines.iter().try_for_each(|line| context.line(&paint.sentence(line)))?;
    let keys: Vec<String> = example.keys.iter().map(|key| format!("`{key}`")).collect();
    let with = if keys.is_empty() { String::new() } else { format!(", with {}", list(&keys, "and")) };
    context.line(&match example.kind {
        "note" => format!("\nAn example, in a note{with}:\n"),
        kind => format!("\nAn example, to a card of kind `{kind}`{with}:\n"),
    })?;
    context.line(&shown_block(example.text))?;
    Ok(DONE)
}

fn conditions(rule: &Rule) -> Vec<String> {
    let id = rule.id;
    let kinds: Vec<String> = kinds(rule).iter().map(|kind| format!("`{kind}`")).collect();
    let mut lines =
        vec![format!("Applies to: {}{}.", list(&kinds, "and"), if rule.english { "; in English" } else { "" })];
    if rule.ticks_win {
        lines.push("It says nothing if you ticked every part and point: you know what you said.".to_owned());
    }
    if rule.has_phrases() {
        lines.push(format!(
            "Add phrases of your own under `[{id}]`, one per line, in a file that `[coach] phrases` names."
        ));
    }
    lines.push(if is_off(rule) {
        "It is off by default. `off = []` under `[coach]` in the settings switches it on.".to_owned()
    } else {
        format!("`off = [\"{id}\"]` switches it off: on a card, under `[deck]`, or under `[coach]` in the settings.")
    });
    lines
}

fn explain_all(context: &Context) -> Result<u8, Failure> {
    if context.json() {
        context.value(&json!({ "rules": RULES.iter().map(rule_row).collect::<Vec<_>>() }))?;
        return Ok(DONE);
    }
    let widest = RULES.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    for rule in RULES {
        context.line(&format!("{}  {:widest$}  {}", coach::word(rule.severity), rule.id, rule.finds))?;
    }
    context.line("\nRun `rehearse coach --explain RULE` for the reason and an example.")?;
    Ok(DONE)
}
