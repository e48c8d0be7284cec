//! A session for programs: one JSON object per line, both ways.

use std::io::{BufRead, Write};

use serde::Deserialize;
use serde_json::{Value, json};

use super::pipe::{NotUtf8, read_line};
use super::protocol::{AnswerFacts, Asked, CardChange, Input, Model, Show, UserAction};
use super::run::Frontend;
use crate::clock::StudyDay;
use crate::deck::{CardId, Heard};
use crate::failure::Failure;
use crate::render::json_line;
use crate::schedule::Grade;
use crate::stories::StoryRef;
use crate::text::{abridged, beginning, did_you_mean, list};

pub(crate) struct JsonLines<R, W> {
    input: R,
    output: W,
}

impl<R: BufRead, W: Write> JsonLines<R, W> {
    pub(crate) fn new(input: R, output: W) -> Self {
        JsonLines { input, output }
    }

    fn write(&mut self, event: &Value) -> Result<(), Failure> {
        self.output.write_all(json_line(event).as_bytes())?;
        Ok(self.output.flush()?)
    }
}

/// Returns the event for a program; `None` for what it doesn't need, or knows from the card.
fn event(show: &Show) -> Option<Value> {
    Some(match show {
        Show::Card(Asked { card, deck, kind, prompt, items, parts, limit, left, early_for, .. }) => json!({
            "event": "card", "id": card.as_str(), "deck": deck, "kind": kind, "prompt": prompt, "points": items,
            "parts": parts, "limit": limit, "left": left,
            "early_for": early_for.as_ref().map(|interview| &interview.id),
        }),
        Show::Spot(card) => json!({ "event": "spot", "id": card.as_str() }),
        Show::Spotted { card, right, shows } => {
            json!({ "event": "spotted", "id": card.as_str(), "right": right, "shows": shows })
        }
        Show::InHand { card, items, model, followups } => with_words(
            model,
            json!({
                "event": "sheet", "id": card.as_str(), "points": items.iter().map(|(text, _)| text).collect::<Vec<_>>(),
                "answer": model.answer, "note": model.note, "source": model.source, "followups": followups,
            }),
        ),
        Show::Hint(hint) => json!({ "event": "hint", "hint": hint }),
        Show::Saved { card, grade, due, again, .. } => saved_event(card, *grade, *due, *again),
        Show::Noted { grade, again } => json!({ "event": "noted", "grade": grade.get(), "again": again }),
        Show::FollowUp { card, text } => json!({ "event": "followup", "id": card.as_str(), "text": text }),
        Show::Done(outcome, card) => {
            let done = match outcome {
                CardChange::Skipped => "skipped",
                CardChange::Buried => "buried",
                CardChange::Suspended => "suspended",
                CardChange::Undone => "undone",
            };
            json!({ "event": done, "id": card.as_str() })
        }
        Show::Revealed { card, items, model, proposed } => with_words(
            model,
            json!({
                "event": "revealed", "id": card.as_str(), "points": items, "answer": model.answer, "note": model.note,
                "source": model.source, "proposed": proposed.map(Grade::get),
            }),
        ),
        Show::Coached(card, review) => json!({
            "event": "coach", "id": card.as_str(), "findings": review.findings, "words": review.words,
            "seconds": review.seconds(),
        }),
        Show::Stories(card, stories) => {
            let row = |story: &StoryRef| json!({ "id": story.id, "title": story.title, "told": story.told });
            json!({ "event": "stories", "id": card.as_str(), "stories": stories.iter().map(row).collect::<Vec<_>>() })
        }
        Show::NeedsTerminal(_) => error("editing needs a terminal"),
        Show::Trouble(trouble) => error(trouble),
        Show::NothingToUndo => error("nothing in this session to take back"),
        Show::NoSuchItem(items) => error(&format!("a tick is a number from 1 to {items}")),
        Show::NotUtf8 => error(WRONG_BYTES),
        Show::Unclear(_) => error("not possible here"),
        Show::Gone(card) => json!({ "event": "gone", "id": card.as_str() }),
        Show::TimeIsUp { left, limit } => {
            json!({ "event": "time", "left": left, "minutes": limit.minutes, "of_day": limit.of_day })
        }
        Show::Summary { answered, of, spoken_ms } => {
            json!({ "event": "end", "answered": answered, "of": of, "ms": spoken_ms })
        }
        _ => return None,
    })
}

/// Adds what they said and what they value, if anything is known.
fn with_words(model: &Model, mut event: Value) -> Value {
    if !model.heard.is_empty() {
        let row = |heard: &Heard| json!({ "said": heard.said, "by": heard.by });
        event["heard"] = model.heard.iter().map(row).collect();
    }
    if !model.values.is_empty() {
        event["values"] = json!(model.values);
    }
    event
}

const WRONG_BYTES: &str = "the line is not UTF-8 text; send it again";

fn error(message: &str) -> Value {
    json!({ "event": "error", "message": message })
}

/// Returns the event of a durable review. `again` is whether the card is asked again today.
pub(crate) fn saved_event(card: &CardId, grade: Grade, due: Option<StudyDay>, again: bool) -> Value {
    let due = due.map(|day| day.to_string());
    json!({ "event": "saved", "id": card.as_str(), "grade": grade.get(), "due": due, "again": again })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with `grade` or `action`")]
struct JsonAction {
    action: Option<String>,
    grade: Option<u8>,
    answer: Option<String>,
    spot: Option<String>,
    ticks: Option<Vec<u16>>,
    ms: Option<u64>,
}

/// Keys that are actions themselves: `{"grade":4}` is `{"action":"grade","grade":4}`.
const KEYS: [&str; 3] = ["grade", "answer", "spot"];

/// The other actions, which have no key.
const ACTIONS: [(&str, UserAction); 7] = [
    ("skip", UserAction::Skip),
    ("bury", UserAction::Bury),
    ("suspend", UserAction::Suspend),
    ("undo", UserAction::Undo),
    ("hint", UserAction::Hint),
    ("edit", UserAction::Edit),
    ("quit", UserAction::Quit),
];

/// Returns every action there is, as errors name them.
fn actions() -> Vec<&'static str> {
    KEYS.into_iter().chain(ACTIONS.iter().map(|(word, _)| *word)).collect()
}

fn no_action(what: &str) -> String {
    let keys = KEYS.map(|key| format!("`{key}`")).join(", ");
    let words: Vec<String> = actions().iter().map(|word| format!("`{word}`")).collect();
    format!("{what}: an object has {keys} or `action`, which is one of {}", list(&words, "and"))
}

fn parse_action(line: &str) -> Result<UserAction, String> {
    let json: JsonAction = serde_json::from_str(line)
        .map_err(|error| no_action(&format!("no action in JSON: {}", abridged(&error.to_string()))))?;
    if json.answer.is_some() && json.grade.is_some() {
        return Err("`answer` comes before `grade`, on a line of its own".to_owned());
    }
    if let Some(name) = json.spot {
        let alone = json.action.is_none_or(|action| action == "spot") && json.grade.is_none() && json.answer.is_none();
        return if alone {
            Ok(UserAction::Spot(name))
        } else {
            Err("`spot` comes first, on a line of its own".to_owned())
        };
    }
    let facts = AnswerFacts { ticks: json.ticks, ms: json.ms };
    match (json.action.as_deref(), json.grade) {
        (Some(key), None) if KEYS.contains(&key) && (key != "answer" || json.answer.is_none()) => {
            Err(format!("the action `{key}` needs the key `{key}`"))
        }
        (Some(action), Some(_)) if action != "grade" && actions().contains(&action) => {
            Err(format!("`grade` does not go with the action `{action}`"))
        }
        (None | Some("grade"), Some(grade)) => {
            let grade = Grade::new(grade).ok_or_else(|| format!("grade {grade} is not one of 0 to 5"))?;
            Ok(UserAction::Grade { grade, facts })
        }
        (None | Some("answer"), None) if json.answer.is_some() => {
            Ok(UserAction::Answer { text: json.answer.unwrap_or_default(), facts })
        }
        (Some(other), _) => {
            let action = ACTIONS.into_iter().find(|(word, _)| *word == other && json.grade.is_none());
            let unknown = || format!("no action `{}`; {}", beginning(other), did_you_mean(other, &actions()));
            action.map(|(_, action)| action).ok_or_else(unknown)
        }
        (None, None) => Err(no_action("nothing to do")),
    }
}

impl<R: BufRead, W: Write> Frontend for JsonLines<R, W> {
    fn show(&mut self, show: &Show) -> Result<(), Failure> {
        event(show).map_or(Ok(()), |event| self.write(&event))
    }

    fn read(&mut self) -> Result<Option<Input>, Failure> {
        loop {
            let Some(line) = read_line(&mut self.input)? else { return Ok(Some(Input::End)) };
            let action = match line {
                Ok(line) if line.trim().is_empty() => continue,
                Ok(line) => parse_action(&line),
                Err(NotUtf8) => Err(WRONG_BYTES.to_owned()),
            };
            match action {
                Ok(action) => return Ok(Some(Input::Action(action))),
                Err(message) => self.write(&error(&message))?,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_program() {
        let answer =
            |text: &str, ms| UserAction::Answer { text: text.to_owned(), facts: AnswerFacts { ticks: None, ms } };
        let grade = UserAction::Grade {
            grade: Grade::new(4).unwrap(),
            facts: AnswerFacts { ticks: Some(vec![1, 3]), ms: Some(73000) },
        };
        let cases = [
            ("{\"grade\":4,\"ticks\":[1,3],\"ms\":73000}", Ok(grade)),
            ("{\"action\":\"skip\"}", Ok(UserAction::Skip)),
            ("{\"action\":\"quit\"}", Ok(UserAction::Quit)),
            ("{\"grade\":6}", Err("grade 6 is not one of 0 to 5".to_owned())),
            ("{\"answer\":\"a\\nb\",\"ms\":9}", Ok(answer("a\nb", Some(9)))),
            ("{\"answer\":\"\"}", Ok(answer("", None))),
            ("{\"answer\":\"a\",\"grade\":4}", Err("`answer` comes before `grade`, on a line of its own".to_owned())),
            ("{\"action\":\"edit\"}", Ok(UserAction::Edit)),
            ("{\"spot\":\"LP\"}", Ok(UserAction::Spot("LP".to_owned()))),
            ("{\"spot\":\"LP\",\"grade\":4}", Err("`spot` comes first, on a line of its own".to_owned())),
            ("{\"action\":\"skp\"}", Err("no action `skp`; did you mean `skip`?".to_owned())),
            ("{\"action\":\"edti\"}", Err("no action `edti`; did you mean `edit`?".to_owned())),
            ("{\"action\":\"skip\",\"grade\":4}", Err("`grade` does not go with the action `skip`".to_owned())),
            ("{\"action\":\"answer\",\"grade\":4}", Err("`grade` does not go with the action `answer`".to_owned())),
            ("{\"action\":\"grade\"}", Err("the action `grade` needs the key `grade`".to_owned())),
            ("{\"action\":\"answer\"}", Err("the action `answer` needs the key `answer`".to_owned())),
            ("{\"action\":\"spot\"}", Err("the action `spot` needs the key `spot`".to_owned())),
            ("{\"action\":\"spot\",\"spot\":\"LP\"}", Ok(UserAction::Spot("LP".to_owned()))),
        ];
        for (line, expected) in cases {
            assert_eq!(parse_action(line), expected, "{line}");
        }
        for (word, action) in ACTIONS {
            assert_eq!(parse_action(&format!("{{\"action\":\"{word}\"}}")), Ok(action));
        }
        for nothing in ["{}", "[]", "{\"action\":\"xyzzy\"}", "{\"grad\":4}"] {
            let message = parse_action(nothing).unwrap_err();
            assert!(actions().iter().all(|word| message.contains(&format!("`{word}`"))), "{nothing}: {message}");
        }
        for bad in ["", "[]", "4", "{\"grade\":-1}", "{\"grade\":4,\"tick\":[1]}", "{\"grade\":4"] {
            assert!(parse_action(bad).is_err(), "{bad}");
        }
    }
}
