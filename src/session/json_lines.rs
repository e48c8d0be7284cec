//! A session for programs: one JSON object a line, both ways.

use std::borrow::Cow;
use std::io::{BufRead, Write};

use serde::{Deserialize, Serialize};

use super::{Action, Asked, Did, Face, Input, Output};
use crate::clock::StudyDay;
use crate::coach::Finding;
use crate::collection::Failure;
use crate::deck::CardId;
use crate::render::json_line;
use crate::schedule::Grade;
use crate::stories::StoryRef;
use crate::text::did_you_mean;

/// The face of a session in JSON lines.
pub(crate) struct Jsonl<R, W> {
    input: R,
    output: W,
}

impl<R: BufRead, W: Write> Jsonl<R, W> {
    /// Reads actions from one stream and writes events to the other.
    pub(crate) fn new(input: R, output: W) -> Self {
        Jsonl { input, output }
    }

    fn write(&mut self, event: &Event<'_>) -> Result<(), Failure> {
        self.output.write_all(json_line(event).as_bytes())?;
        Ok(self.output.flush()?)
    }
}

/// A line for the program.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
enum Event<'a> {
    Card {
        id: &'a str,
        deck: &'a str,
        kind: &'a str,
        prompt: &'a str,
        points: &'a [String],
        parts: usize,
        limit: u32,
        left: usize,
    },
    Spot {
        id: &'a str,
    },
    Spotted {
        id: &'a str,
        right: bool,
        shows: &'a [String],
    },
    Sheet {
        id: &'a str,
        points: Vec<&'a str>,
        answer: Option<&'a str>,
        note: Option<&'a str>,
        source: Option<&'a str>,
        followups: &'a [String],
    },
    Hint {
        hint: Option<&'a str>,
    },
    Saved {
        id: &'a str,
        grade: u8,
        due: Option<String>,
        again: bool,
    },
    Noted {
        grade: u8,
        again: bool,
    },
    FollowUp {
        id: &'a str,
        text: &'a str,
    },
    Skipped {
        id: &'a str,
    },
    Buried {
        id: &'a str,
    },
    Suspended {
        id: &'a str,
    },
    Undone {
        id: &'a str,
    },
    Revealed {
        id: &'a str,
        points: &'a [String],
        answer: Option<&'a str>,
        note: Option<&'a str>,
        source: Option<&'a str>,
        proposed: Option<u8>,
    },
    Coach {
        id: &'a str,
        findings: &'a [Finding],
        words: usize,
        seconds: u64,
    },
    Stories {
        id: &'a str,
        stories: Vec<Story<'a>>,
    },
    Error {
        message: Cow<'a, str>,
    },
    Gone {
        id: &'a str,
    },
    Time {
        left: usize,
    },
    End {
        answered: usize,
        of: usize,
        ms: u64,
    },
}

/// A story that fits.
#[derive(Serialize)]
struct Story<'a> {
    id: &'a str,
    title: &'a str,
    told: u32,
}

impl<'a> Event<'a> {
    fn saved(card: &'a CardId, grade: Grade, due: Option<StudyDay>, again: bool) -> Self {
        Event::Saved { id: card.as_str(), grade: grade.get(), due: due.map(|day| day.to_string()), again }
    }
}

/// What a program is told of an output; `None` where it has no need of it, or has it in the card.
fn event(output: &Output) -> Option<Event<'_>> {
    let error = |message: &'static str| Event::Error { message: message.into() };
    Some(match output {
        Output::Card(Asked { card, deck, kind, prompt, items, parts, limit, left, .. }) => {
            let (parts, limit, left) = (*parts, *limit, *left);
            Event::Card { id: card.as_str(), deck, kind, prompt, points: items, parts, limit, left }
        }
        Output::Spot(card) => Event::Spot { id: card.as_str() },
        Output::Spotted { card, right, shows } => Event::Spotted { id: card.as_str(), right: *right, shows },
        Output::InHand { card, items, model, followups } => Event::Sheet {
            id: card.as_str(),
            points: items.iter().map(|(text, _)| text.as_str()).collect(),
            answer: model.answer.as_deref(),
            note: model.note.as_deref(),
            source: model.source.as_deref(),
            followups,
        },
        Output::Hint(hint) => Event::Hint { hint: hint.as_deref() },
        Output::Saved { card, grade, due, again, .. } => Event::saved(card, *grade, *due, *again),
        Output::Noted { grade, again } => Event::Noted { grade: grade.get(), again: *again },
        Output::FollowUp { card, text } => Event::FollowUp { id: card.as_str(), text },
        Output::Done(Did::Skipped, card) => Event::Skipped { id: card.as_str() },
        Output::Done(Did::Buried, card) => Event::Buried { id: card.as_str() },
        Output::Done(Did::Suspended, card) => Event::Suspended { id: card.as_str() },
        Output::Done(Did::Undone, card) => Event::Undone { id: card.as_str() },
        Output::Revealed { card, items, answer, note, source, proposed } => Event::Revealed {
            id: card.as_str(),
            points: items,
            answer: answer.as_deref(),
            note: note.as_deref(),
            source: source.as_deref(),
            proposed: proposed.map(Grade::get),
        },
        Output::Coached(card, review) => Event::Coach {
            id: card.as_str(),
            findings: &review.findings,
            words: review.words,
            seconds: review.seconds(),
        },
        Output::Tales(card, tales) => {
            let stories = tales.iter().map(|StoryRef { id, title, told, .. }| Story { id, title, told: *told });
            Event::Stories { id: card.as_str(), stories: stories.collect() }
        }
        Output::NeedsTerminal(_) => error("editing needs a terminal"),
        Output::Trouble(trouble) => Event::Error { message: trouble.into() },
        Output::NothingToUndo => error("nothing in this session to take back"),
        Output::NoSuchItem(items) => Event::Error { message: format!("a tick is a number from 1 to {items}").into() },
        Output::Unclear(_) => error("not possible here"),
        Output::Gone(card) => Event::Gone { id: card.as_str() },
        Output::TimeIsUp(left) => Event::Time { left: *left },
        Output::Summary { answered, of, spoken_ms } => Event::End { answered: *answered, of: *of, ms: *spoken_ms },
        _ => return None,
    })
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

/// The values of `action`.
const ACTIONS: [&str; 10] = ["grade", "answer", "spot", "skip", "bury", "suspend", "undo", "hint", "edit", "quit"];

/// Reads one line; the error says what is wrong with it.
fn action(line: &str) -> Result<Action, String> {
    let wire: Wire = serde_json::from_str(line).map_err(|error| format!("no action in JSON: {error}"))?;
    if wire.answer.is_some() && wire.grade.is_some() {
        return Err("`answer` comes before `grade`, on a line of its own".to_owned());
    }
    if let Some(name) = wire.spot {
        let alone = wire.action.is_none_or(|action| action == "spot") && wire.grade.is_none() && wire.answer.is_none();
        return if alone { Ok(Action::Spot(name)) } else { Err("`spot` comes first, on a line of its own".to_owned()) };
    }
    match (wire.action.as_deref(), wire.grade) {
        (Some(key @ ("grade" | "answer" | "spot")), None) if key != "answer" || wire.answer.is_none() => {
            Err(format!("the action `{key}` needs the key `{key}`"))
        }
        (Some(action), Some(_)) if action != "grade" && ACTIONS.contains(&action) => {
            Err(format!("`grade` does not go with the action `{action}`"))
        }
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
pub(crate) fn saved(card: &CardId, grade: Grade, due: Option<StudyDay>, again: bool) -> impl Serialize {
    Event::saved(card, grade, due, again)
}

impl<R: BufRead, W: Write> Face for Jsonl<R, W> {
    fn show(&mut self, output: &Output) -> Result<(), Failure> {
        event(output).map_or(Ok(()), |event| self.write(&event))
    }

    fn read(&mut self) -> Result<Option<Input>, Failure> {
        loop {
            let Some(line) = super::run::line(&mut self.input)? else { return Ok(Some(Input::End)) };
            if line.trim().is_empty() {
                continue;
            }
            match action(&line) {
                Ok(action) => return Ok(Some(Input::Action(action))),
                Err(message) => self.write(&Event::Error { message: message.into() })?,
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
            ("{\"action\":\"edti\"}", Err("no action `edti`; did you mean `edit`?".to_owned())),
            ("{\"action\":\"skip\",\"grade\":4}", Err("`grade` does not go with the action `skip`".to_owned())),
            ("{\"action\":\"answer\",\"grade\":4}", Err("`grade` does not go with the action `answer`".to_owned())),
            ("{\"action\":\"grade\"}", Err("the action `grade` needs the key `grade`".to_owned())),
            ("{\"action\":\"answer\"}", Err("the action `answer` needs the key `answer`".to_owned())),
            ("{\"action\":\"spot\"}", Err("the action `spot` needs the key `spot`".to_owned())),
            ("{\"action\":\"spot\",\"spot\":\"LP\"}", Ok(Action::Spot("LP".to_owned()))),
        ];
        for (line, expected) in cases {
            assert_eq!(action(line), expected, "{line}");
        }
        let other = |word: &&&str| !["grade", "answer", "spot"].contains(*word);
        assert!(ACTIONS.iter().filter(other).all(|word| action(&format!("{{\"action\":\"{word}\"}}")).is_ok()));
        for bad in ["", "[]", "4", "{\"grade\":-1}", "{\"grade\":4,\"tick\":[1]}", "{\"grade\":4"] {
            assert!(action(bad).is_err(), "{bad}");
        }
    }
}
