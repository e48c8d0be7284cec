//! A session for programs: one JSON object a line, both ways.

use std::io::{BufRead, Write};

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Action, Did, Face, Input, Output};
use crate::clock::StudyDay;
use crate::collection::Failure;
use crate::deck::CardId;
use crate::diagnostic::{did_you_mean, json_line};
use crate::queue::Tale;
use crate::schedule::Grade;

/// The face of a session in JSON lines.
pub struct Jsonl<R, W> {
    input: R,
    output: W,
}

impl<R: BufRead, W: Write> Jsonl<R, W> {
    /// Reads actions from one stream and writes events to the other.
    pub fn new(input: R, output: W) -> Self {
        Jsonl { input, output }
    }

    fn write(&mut self, value: &Value) -> Result<(), Failure> {
        self.output.write_all(json_line(value).as_bytes())?;
        Ok(self.output.flush()?)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with `grade` or `action`")]
struct Wire {
    action: Option<String>,
    grade: Option<u8>,
    answer: Option<String>,
    spot: Option<String>,
    ticks: Option<Vec<u16>>,
    ms: Option<u64>,
}

/// What a program may ask for besides a grade.
const ACTIONS: [&str; 6] = ["skip", "bury", "suspend", "undo", "hint", "quit"];

/// Reads one line; the error says what is wrong with it.
fn action(line: &str) -> Result<Action, String> {
    let wire: Wire = serde_json::from_str(line).map_err(|error| format!("no action in JSON: {error}"))?;
    if wire.answer.is_some() && wire.grade.is_some() {
        return Err("`answer` comes before `grade`, on a line of its own".to_owned());
    }
    if let Some(name) = wire.spot {
        let alone = wire.action.is_none() && wire.grade.is_none() && wire.answer.is_none();
        return if alone { Ok(Action::Spot(name)) } else { Err("`spot` comes first, on a line of its own".to_owned()) };
    }
    match (wire.action.as_deref(), wire.grade) {
        (None | Some("grade"), Some(grade)) => {
            let grade = Grade::new(grade).ok_or_else(|| format!("grade {grade} is not one of 0 to 5"))?;
            Ok(Action::Grade { grade, ticks: wire.ticks, ms: wire.ms })
        }
        (None | Some("answer"), None) if wire.answer.is_some() => {
            let text = wire.answer.unwrap_or_default();
            Ok(Action::Answer { text, ticks: wire.ticks, ms: wire.ms })
        }
        (Some("edit"), None) => Ok(Action::Edit),
        (Some("hint"), None) => Ok(Action::Hint),
        (Some("skip"), None) => Ok(Action::Skip),
        (Some("bury"), None) => Ok(Action::Bury),
        (Some("suspend"), None) => Ok(Action::Suspend),
        (Some("undo"), None) => Ok(Action::Undo),
        (Some("quit"), None) => Ok(Action::Quit),
        (Some(other), _) => Err(format!("no action `{other}`; {}", did_you_mean(other, &ACTIONS))),
        (None, None) => Err("neither `grade`, `answer` nor `action`".to_owned()),
    }
}

/// A review that is durable: its card, when that is due, and whether it is asked again today.
pub fn saved(card: &CardId, grade: Grade, due: Option<StudyDay>, again: bool) -> Value {
    let due = due.map(|day| day.to_string());
    json!({ "event": "saved", "id": card.as_str(), "grade": grade.get(), "due": due, "again": again })
}

impl<R: BufRead, W: Write> Face for Jsonl<R, W> {
    fn show(&mut self, output: &Output) -> Result<(), Failure> {
        let value = match output {
            Output::Card(card) => json!({
                "event": "card", "id": card.card.as_str(), "deck": card.deck, "kind": card.kind, "prompt": card.prompt,
                "points": card.items, "parts": card.parts, "limit": card.limit, "left": card.left,
            }),
            Output::Spot(card) => json!({ "event": "spot", "id": card.as_str() }),
            Output::Spotted { card, right, shows } => {
                json!({ "event": "spotted", "id": card.as_str(), "right": right, "shows": shows })
            }
            Output::InHand { card, items, model, followups } => json!({
                "event": "sheet", "id": card.as_str(), "points": items.iter().map(|(text, _)| text).collect::<Vec<_>>(),
                "answer": model.answer, "note": model.note, "source": model.source, "followups": followups,
            }),
            Output::Hint(hint) => json!({ "event": "hint", "hint": hint }),
            Output::Saved { card, grade, due, again, .. } => saved(card, *grade, *due, *again),
            Output::Noted { grade, again } => json!({ "event": "noted", "grade": grade.get(), "again": again }),
            Output::FollowUp { card, text } => json!({ "event": "followup", "id": card.as_str(), "text": text }),
            Output::Done(did, card) => {
                let event = match did {
                    Did::Skipped => "skipped",
                    Did::Buried => "buried",
                    Did::Suspended => "suspended",
                    Did::Undone => "undone",
                };
                json!({ "event": event, "id": card.as_str() })
            }
            Output::Revealed { card, items, answer, note, source, proposed } => json!({
                "event": "revealed", "id": card.as_str(), "points": items, "answer": answer, "note": note,
                "source": source, "proposed": proposed.map(Grade::get),
            }),
            Output::Coached(card, review) => json!({
                "event": "coach", "id": card.as_str(), "findings": review.findings, "words": review.words,
                "seconds": review.seconds(),
            }),
            Output::Tales(card, tales) => {
                let row = |tale: &Tale| json!({ "id": tale.id, "title": tale.title, "told": tale.told });
                json!({ "event": "stories", "id": card.as_str(), "stories": tales.iter().map(row).collect::<Vec<_>>() })
            }
            Output::NeedsTerminal(_) => json!({ "event": "error", "message": "editing needs a terminal" }),
            Output::Trouble(trouble) => json!({ "event": "error", "message": trouble }),
            Output::NothingToUndo => json!({ "event": "error", "message": "nothing in this session to take back" }),
            Output::NoSuchItem(items) => {
                json!({ "event": "error", "message": format!("a tick is a number from 1 to {items}") })
            }
            Output::Unclear(_) => json!({ "event": "error", "message": "not possible here" }),
            Output::Gone(card) => json!({ "event": "gone", "id": card.as_str() }),
            Output::TimeIsUp(left) => json!({ "event": "time", "left": left }),
            Output::Summary { answered, of, spoken_ms } => {
                json!({ "event": "end", "answered": answered, "of": of, "ms": spoken_ms })
            }
            // A program has no need of the rest, or has it in the card.
            _ => return Ok(()),
        };
        self.write(&value)
    }

    fn read(&mut self) -> Result<Option<Input>, Failure> {
        loop {
            let Some(line) = super::drive::line(&mut self.input)? else { return Ok(Some(Input::End)) };
            if line.trim().is_empty() {
                continue;
            }
            match action(&line) {
                Ok(action) => return Ok(Some(Input::Action(action))),
                Err(message) => self.write(&json!({ "event": "error", "message": message }))?,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_program() {
        let grade = Action::Grade { grade: Grade::new(4).unwrap(), ticks: Some(vec![1, 3]), ms: Some(73000) };
        let cases = [
            ("{\"grade\":4,\"ticks\":[1,3],\"ms\":73000}", Ok(grade)),
            ("{\"action\":\"skip\"}", Ok(Action::Skip)),
            ("{\"action\":\"quit\"}", Ok(Action::Quit)),
            ("{\"grade\":6}", Err("grade 6 is not one of 0 to 5".to_owned())),
            (
                "{\"answer\":\"a\\nb\",\"ms\":9}",
                Ok(Action::Answer { text: "a\nb".to_owned(), ticks: None, ms: Some(9) }),
            ),
            ("{\"answer\":\"\"}", Ok(Action::Answer { text: String::new(), ticks: None, ms: None })),
            ("{\"answer\":\"a\",\"grade\":4}", Err("`answer` comes before `grade`, on a line of its own".to_owned())),
            ("{\"action\":\"edit\"}", Ok(Action::Edit)),
            ("{\"spot\":\"LP\"}", Ok(Action::Spot("LP".to_owned()))),
            ("{\"spot\":\"LP\",\"grade\":4}", Err("`spot` comes first, on a line of its own".to_owned())),
            ("{}", Err("neither `grade`, `answer` nor `action`".to_owned())),
            ("{\"action\":\"skp\"}", Err("no action `skp`; did you mean `skip`?".to_owned())),
        ];
        for (line, expected) in cases {
            assert_eq!(action(line), expected, "{line}");
        }
        assert!(ACTIONS.iter().all(|word| action(&format!("{{\"action\":\"{word}\"}}")).is_ok()));
        for bad in ["", "[]", "4", "{\"grade\":-1}", "{\"grade\":4,\"tick\":[1]}", "{\"grade\":4"] {
            assert!(action(bad).is_err(), "{bad}");
        }
    }
}
