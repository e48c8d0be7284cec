//! `coach`: findings on a typed answer; what a rule is about; and `note --check`, the same for a thank-you note.

use std::io::{IsTerminal as _, Read};
use std::path::Path;

use anyhow::Context as _;
use serde_json::{Value, json};

use super::undo::{check_ticks, sought};
use super::context::Door;
use super::{CoachArgs, DONE, NoteArgs};
use crate::coach::{self, Answer, Genre, RULES, Review, Rule, Runs};
use crate::collection::{Coaching, Collection, Failure};
use crate::deck::{Card, decode};
use crate::render::shown_block;
use crate::schedule::Grade;
use crate::session::Paint;
use crate::settings::Settings;
use crate::text::{count, did_you_mean, list, minutes_seconds};

/// Longest answer that is read, in bytes.
const LONGEST: u64 = 1 << 20;

/// Reviews the answer on standard input, or tells what a rule is about.
pub(crate) fn coach(door: &mut Door, args: &CoachArgs) -> Result<u8, Failure> {
    match &args.explain {
        Some(Some(rule)) => return explain(door, rule),
        Some(None) => return explain_all(door),
        None => {}
    }
    let collection = door.open_for_history()?;
    let card = match &args.card {
        Some(name) => Some(card(door, &collection, name, args.ticks.as_deref())?),
        None => None,
    };
    let (card, before) = card.map_or((None, None), |(card, before)| (Some(card), before));
    let text = standard_input(door)?;
    let ms = args.seconds.map(|seconds| seconds.saturating_mul(1000));
    let answer = Answer { text: &text, ms, ticks: args.ticks.as_deref(), hint: false, before: before.as_ref() };
    let genre = card.as_ref().map(|card| card.kind).or(args.kind).unwrap_or_default();
    judge(door, &collection, &answer, genre.into(), card.as_ref())
}

/// Reviews a thank-you note.
pub(crate) fn note(door: &mut Door, args: &NoteArgs) -> Result<u8, Failure> {
    let text = if args.check == Path::new("-") { standard_input(door)? } else { file(&args.check)? };
    let collection = door.open_for_history()?;
    judge(door, &collection, &Answer { text: &text, ..Answer::default() }, Genre::Note, None)
}

/// The card of that name, and the last answer that was typed for it.
fn card(
    door: &Door,
    collection: &Collection,
    name: &str,
    ticks: Option<&[u16]>,
) -> Result<(Card, Option<Runs>), Failure> {
    let entry = sought(door, collection, name)?;
    let card = collection.card(&entry)?.ok_or_else(|| {
        Failure::usage(format!("`{}` is in no deck", entry.card), "`rehearse list` shows the cards that are")
    })?;
    check_ticks(&entry.card, card.items().count(), ticks.unwrap_or_default())?;
    Ok((card, collection.store.last_take(&entry.card)))
}

fn judge(
    door: &Door,
    collection: &Collection,
    answer: &Answer<'_>,
    genre: Genre,
    card: Option<&Card>,
) -> Result<u8, Failure> {
    let review = coach::review(answer, &coaching(door, collection)?.context(genre, card));
    if door.json() {
        door.value(&json(&review, answer, card))?;
    } else {
        lines(&review, answer, card, door.paint()).iter().try_for_each(|line| door.line(line))?;
    }
    Ok(DONE)
}

/// What the coach knows; what is wrong with what the settings tell it is named on stderr.
pub(crate) fn coaching(door: &Door, collection: &Collection) -> Result<Coaching, Failure> {
    let (coaching, faults) = collection.coaching(door.today(collection))?;
    faults.iter().for_each(|fault| door.note_block(&fault.long()));
    Ok(coaching)
}

fn json(review: &Review, answer: &Answer<'_>, card: Option<&Card>) -> Value {
    json!({
        "findings": review.findings,
        "words": review.words,
        "seconds": review.seconds(),
        "grade": review.grade(answer, card).map(Grade::get),
    })
}

fn lines(review: &Review, answer: &Answer<'_>, card: Option<&Card>, paint: Paint) -> Vec<String> {
    let mut lines = paint.findings(&review.findings, 0);
    if lines.is_empty() {
        lines.push("Nothing to ask: say it aloud once more, and it is yours.".to_owned());
    }
    let words = count(review.words, "word");
    let time = minutes_seconds(review.seconds());
    lines.push(if answer.ms.is_some_and(|ms| ms == review.ms) {
        format!("{words} in {time}.")
    } else {
        format!("{words}, about {time} aloud.")
    });
    lines.extend(review.grade(answer, card).map(|grade| match answer.ticks {
        Some(_) => format!("Proposed: grade {grade}, {}.", grade.words()),
        None => format!("At most grade {grade}."),
    }));
    lines
}

fn standard_input(door: &Door) -> Result<String, Failure> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        door.note("type the text, then Ctrl-D on a line of its own");
    }
    let text = read(stdin.lock()).context("standard input cannot be read")?;
    text.ok_or_else(|| too_long("the text on standard input"))
}

fn file(path: &Path) -> Result<String, Failure> {
    let name = path.display();
    // Looked at before it is opened: opening a pipe would wait for ever.
    let metadata = std::fs::metadata(path);
    match &metadata {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(Failure::usage(format!("no file `{name}`"), "name a file with the note in it"));
        }
        Ok(metadata) if !metadata.is_file() => {
            return Err(Failure::usage(format!("`{name}` is no regular file"), "name a file with the note in it"));
        }
        _ => {}
    }
    let text = std::fs::File::open(path).and_then(read).with_context(|| format!("{name}: cannot be read"))?;
    text.ok_or_else(|| too_long(&format!("`{name}`")))
}

/// The whole text; `None` if it is too long.
fn read(input: impl Read) -> std::io::Result<Option<String>> {
    let mut bytes = Vec::new();
    input.take(LONGEST + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= LONGEST).then(|| decode(bytes).0))
}

fn too_long(what: &str) -> Failure {
    let help = "an hour of speech is 60 KiB; is it the right file?";
    Failure::usage(format!("{what} is longer than 1 MiB"), help)
}

/// The rules that are off where the settings say nothing.
fn is_off(rule: &Rule) -> bool {
    Settings::default().coach_off.iter().any(|off| off == rule.id)
}

fn kinds(rule: &Rule) -> Vec<&'static str> {
    rule.on.iter().map(|genre| genre.word()).collect()
}

fn row(rule: &Rule) -> Value {
    json!({
        "rule": rule.id, "severity": coach::word(rule.severity), "kinds": kinds(rule), "finds": rule.finds,
        "why": rule.why, "english": rule.english, "ticks_win": rule.ticks_win, "phrases": rule.has_phrases(),
        "off": is_off(rule),
    })
}

/// Tells what a rule finds and why, with an example.
fn explain(door: &Door, id: &str) -> Result<u8, Failure> {
    let Some(rule) = coach::rule(id) else {
        let known: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
        return Err(Failure::usage(format!("no rule `{id}`"), did_you_mean(id, &known)));
    };
    let example = rule.example();
    if door.json() {
        let mut row = row(rule);
        row["example"] = json!({ "kind": example.kind, "keys": example.keys, "text": example.text });
        door.value(&row)?;
        return Ok(DONE);
    }
    let paint = door.paint();
    let mut lines = vec![format!("`{}` ({}) finds {}.", rule.id, coach::word(rule.severity), rule.finds)];
    lines.extend([rule.why.to_owned(), String::new()]);
    lines.extend(conditions(rule));
    lines.iter().try_for_each(|line| door.line(&paint.sentence(line)))?;
    let keys: Vec<String> = example.keys.iter().map(|key| format!("`{key}`")).collect();
    let with = if keys.is_empty() { String::new() } else { format!(", with {}", list(&keys, "and")) };
    door.line(&match example.kind {
        "note" => format!("\nAn example, in a note{with}:\n"),
        kind => format!("\nAn example, to a card of kind `{kind}`{with}:\n"),
    })?;
    door.line(&shown_block(example.text))?;
    Ok(DONE)
}

/// When a rule is heard, and how that is changed.
fn conditions(rule: &Rule) -> Vec<String> {
    let id = rule.id;
    let kinds: Vec<String> = kinds(rule).iter().map(|kind| format!("`{kind}`")).collect();
    let mut lines =
        vec![format!("Heard on: {}{}.", list(&kinds, "and"), if rule.english { "; in English" } else { "" })];
    if rule.ticks_win {
        lines.push("Where every part and point is ticked it says nothing: you know what you said.".to_owned());
    }
    if rule.has_phrases() {
        lines.push(format!(
            "Phrases of your own stand under `[{id}]`, a phrase a line, in a file that `[coach] phrases` names."
        ));
    }
    lines.push(if is_off(rule) {
        "It is off by default: `off = []` under `[coach]` in the settings switches it on.".to_owned()
    } else {
        format!("`off = [\"{id}\"]` switches it off: on a card, under `[deck]`, or under `[coach]` in the settings.")
    });
    lines
}

/// Lists every rule.
fn explain_all(door: &Door) -> Result<u8, Failure> {
    if door.json() {
        door.value(&json!({ "rules": RULES.iter().map(row).collect::<Vec<_>>() }))?;
        return Ok(DONE);
    }
    let widest = RULES.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    for rule in RULES {
        door.line(&format!("{}  {:widest$}  {}", coach::word(rule.severity), rule.id, rule.finds))?;
    }
    door.line("\n`rehearse coach --explain RULE` tells why, with an example.")?;
    Ok(DONE)
}
