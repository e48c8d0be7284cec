//! A session for programs: one JSON object per line, both ways.

use std::borrow::Cow;
use std::io::{BufRead, Write};

use serde::{Deserialize, Serialize};

use super::pipe::read_line;
use super::protocol::{AnswerFacts, Asked, Input, Outcome, Show, UserAction};
use super::run::Frontend;
use crate::clock::StudyDay;
use crate::coach::Finding;
use crate::deck::CardId;
use crate::failure::Failure;
use crate::render::json_line;
use crate::schedule::Grade;
use crate::stories::StoryRef;
use crate::text::did_you_mean;

pub(crate) struct JsonLines<R, W> {
    input: R,
    output: W,
}

impl<R: BufRead, W: Write> JsonLines<R, W> {
    pub(crate) fn new(input: R, output: W) -> Self {
        JsonLines { input, output }
    }

    fn write(&mut self, event: &SessionEvent<'_>) -> Result<(), Failure> {
        self.output.write_all(json_line(event).as_bytes())?;
        Ok(self.output.flush()?)
    }
}

#[derive(Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
enum SessionEvent<'a> {
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
        stories: Vec<StoryRow<'a>>,
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

#[derive(Serialize)]
struct StoryRow<'a> {
    id: &'a str,
    title: &'a str,
    told: u32,
}

impl<'a> SessionEvent<'a> {
    fn saved(card: &'a CardId, grade: Grade, due: Option<StudyDay>, again: bool) -> Self {
        SessionEvent::Saved { id: card.as_str(), grade: grade.get(), due: due.map(|day| day.to_string()), again }
    }
}

/// Returns the event for a program; `None` for what it doesn't need, or knows from the card.
fn event(show: &Show) -> Option<SessionEvent<'_>> {
    let error = |message: &'static str| SessionEvent::Error { message: message.into() };
    Some(match show {
        Show::Card(Asked { card, deck, kind, prompt, items, parts, limit, left, .. }) => {
            let (parts, limit, left) = (*parts, *limit, *left);
            SessionEvent::Card { id: card.as_str(), deck, kind, prompt, points: items, parts, limit, left }
        }
        Show::Spot(card) => SessionEvent::Spot { id: card.as_str() },
        Show::Spotted { card, right, shows } => SessionEvent::Spotted { id: card.as_str(), right: *right, shows },
        Show::InHand { card, items, model, followups } => SessionEvent::Sheet {
            id: card.as_str(),
            points: items.iter().map(|(text, _)| text.as_str()).collect(),
            answer: model.answer.as_deref(),
            note: model.note.as_deref(),
            source: model.source.as_deref(),
            followups,
        },
        Show::Hint(hint) => SessionEvent::Hint { hint: hint.as_deref() },
        Show::Saved { card, grade, due, again, .. } => SessionEvent::saved(card, *grade, *due, *again),
        Show::Noted { grade, again } => SessionEvent::Noted { grade: grade.get(), again: *again },
        Show::FollowUp { card, text } => SessionEvent::FollowUp { id: card.as_str(), text },
        Show::Done(Outcome::Skipped, card) => SessionEvent::Skipped { id: card.as_str() },
        Show::Done(Outcome::Buried, card) => SessionEvent::Buried { id: card.as_str() },
        Show::Done(Outcome::Suspended, card) => SessionEvent::Suspended { id: card.as_str() },
        Show::Done(Outcome::Undone, card) => SessionEvent::Undone { id: card.as_str() },
        Show::Revealed { card, items, answer, note, source, proposed } => SessionEvent::Revealed {
            id: card.as_str(),
            points: items,
            answer: answer.as_deref(),
            note: note.as_deref(),
            source: source.as_deref(),
            proposed: proposed.map(Grade::get),
        },
        Show::Coached(card, review) => SessionEvent::Coach {
            id: card.as_str(),
            findings: &review.findings,
            words: review.words,
            seconds: review.seconds(),
        },
        Show::Stories(card, stories) => {
            let rows = stories.iter().map(|StoryRef { id, title, told, .. }| StoryRow { id, title, told: *told });
            SessionEvent::Stories { id: card.as_str(), stories: rows.collect() }
        }
        Show::NeedsTerminal(_) => error("editing needs a terminal"),
        Show::Trouble(trouble) => SessionEvent::Error { message: trouble.into() },
        Show::NothingToUndo => error("nothing in this session to take back"),
        Show::NoSuchItem(items) => {
            SessionEvent::Error { message: format!("a tick is a number from 1 to {items}").into() }
        }
        Show::Unclear(_) => error("not possible here"),
        Show::Gone(card) => SessionEvent::Gone { id: card.as_str() },
        Show::TimeIsUp(left) => SessionEvent::Time { left: *left },
        Show::Summary { answered, of, spoken_ms } => SessionEvent::End { answered: *answered, of: *of, ms: *spoken_ms },
        _ => return None,
    })
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

/// The values of `action`.
const ACTIONS: [&str; 10] = ["grade", "answer", "spot", "skip", "bury", "suspend", "undo", "hint", "edit", "quit"];

fn parse_action(line: &str) -> Result<UserAction, String> {
    let json: JsonAction = serde_json::from_str(line).map_err(|error| format!("no action in JSON: {error}"))?;
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
        (Some(key @ ("grade" | "answer" | "spot")), None) if key != "answer" || json.answer.is_none() => {
            Err(format!("the action `{key}` needs the key `{key}`"))
        }
        (Some(action), Some(_)) if action != "grade" && ACTIONS.contains(&action) => {
            Err(format!("`grade` does not go with the action `{action}`"))
        }
        (None | Some("grade"), Some(grade)) => {
            let grade = Grade::new(grade).ok_or_else(|| format!("grade {grade} is not one of 0 to 5"))?;
            Ok(UserAction::Grade { grade, facts })
        }
        (None | Some("answer"), None) if json.answer.is_some() => {
            Ok(UserAction::Answer { text: json.answer.unwrap_or_default(), facts })
        }
        (Some("edit"), None) => Ok(UserAction::Edit),
        (Some("hint"), None) => Ok(UserAction::Hint),
        (Some("skip"), None) => Ok(UserAction::Skip),
        (Some("bury"), None) => Ok(UserAction::Bury),
        (Some("suspend"), None) => Ok(UserAction::Suspend),
        (Some("undo"), None) => Ok(UserAction::Undo),
        (Some("quit"), None) => Ok(UserAction::Quit),
        (Some(other), _) => Err(format!("no action `{other}`; {}", did_you_mean(other, &ACTIONS))),
        (None, None) => Err("neither `grade`, `answer` nor `action`".to_owned()),
    }
}

/// Returns the event of a durable review. `again` is whether the card is asked again today.
pub(crate) fn saved_event(card: &CardId, grade: Grade, due: Option<StudyDay>, again: bool) -> impl Serialize {
    SessionEvent::saved(card, grade, due, again)
}

impl<R: BufRead, W: Write> Frontend for JsonLines<R, W> {
    fn show(&mut self, show: &Show) -> Result<(), Failure> {
        event(show).map_or(Ok(()), |event| self.write(&event))
    }

    fn read(&mut self) -> Result<Option<Input>, Failure> {
        loop {
            let Some(line) = read_line(&mut self.input)? else { return Ok(Some(Input::End)) };
            if line.trim().is_empty() {
                continue;
            }
            match parse_action(&line) {
                Ok(action) => return Ok(Some(Input::Action(action))),
                Err(message) => self.write(&SessionEvent::Error { message: message.into() })?,
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
            ("{}", Err("neither `grade`, `answer` nor `action`".to_owned())),
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
        let other = |word: &&&str| !["grade", "answer", "spot"].contains(*word);
        assert!(ACTIONS.iter().filter(other).all(|word| parse_action(&format!("{{\"action\":\"{word}\"}}")).is_ok()));
        for bad in ["", "[]", "4", "{\"grade\":-1}", "{\"grade\":4,\"tick\":[1]}", "{\"grade\":4"] {
            assert!(parse_action(bad).is_err(), "{bad}");
        }
    }
}
