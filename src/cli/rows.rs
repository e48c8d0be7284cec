//! Cards, events, and findings as JSON rows and as lines.

use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr as _;

use super::context::Context;
use crate::clock::StudyDay;
use crate::collection::Collection;
use crate::deck::{CardId, Interview};
use crate::diagnostic::Diagnostic;
use crate::entry::Entry;
use crate::failure::Failure;
use crate::history::{Body, Score};
use crate::recall::four_decimals;
use crate::render::{shown_line, shown_within};
use crate::schedule::Grade;
use crate::session::Names;
use crate::store::Logged;

pub(crate) fn card_row(entry: &Entry, today: StudyDay) -> Value {
    let state = &entry.state;
    let place = entry.place.as_ref();
    json!({
        "id": entry.card.as_str(),
        "deck": place.map(|place| place.deck.as_str()),
        "file": place.map(|place| place.file.as_str()),
        "line": place.map(|place| place.line),
        "kind": place.map(|_| entry.kind.word()),
        "prompt": Some(entry.prompt.as_str()).filter(|prompt| place.is_some() || !prompt.is_empty()),
        "tags": entry.tags,
        "weight": place.map(|_| entry.weight),
        "status": entry.status(today).word(),
        "due": entry.due.map(|due| due.to_string()),
        "interval": state.memory.interval,
        "ease": state.memory.ease,
        "repetitions": state.memory.repetitions,
        "reviews": state.reviews,
        "lapses": state.lapses,
        "last": state.memory.last.map(|last| last.to_string()),
        "ready": entry.ready(),
        "expected": state.expected(today).map(four_decimals),
    })
}

pub(crate) fn event_row(logged: &Logged) -> Value {
    let event = &logged.event;
    let mut row = json!({
        "id": event.id.to_string(),
        "at": event.at.rfc3339(),
        "kind": event.body.word(),
        "card": logged.card.as_ref().map(CardId::as_str),
        "device": event.id.device.as_str(),
        "void": logged.void,
    });
    match &event.body {
        Body::Review(review) => {
            row["grade"] = json!(review.grade.get());
            row["proposed"] = json!(review.proposed.map(Grade::get));
            row["seconds"] = json!(review.ms.map(|ms| ms as f64 / 1000.0));
            row["ticks"] = json!(review.ticks);
            row["points"] = json!(review.points);
            row["hint"] = json!(review.hint);
            row["spot"] = json!(review.spot);
        }
        Body::Undo { of } => row["of"] = json!(of.to_string()),
        Body::Rename { card, to } => {
            row["from"] = json!(card.as_str());
            row["to"] = json!(to.as_str());
        }
        Body::Suspend { on, .. } => row["on"] = json!(on),
        Body::Device { name } => row["name"] = json!(name),
        Body::Mock(mock) => {
            row["grade"] = json!(mock.score.get());
            row["proposed"] = json!(mock.suggested.map(Score::get));
            row["seconds"] = json!(mock.ms.map(|ms| ms as f64 / 1000.0));
            row["ticks"] = json!(mock.ticks);
            row["points"] = json!(mock.points);
            row["of"] = json!(mock.first.map(|first| first.to_string()));
            row["competency"] = json!(mock.competency.map(|competency| competency.to_string()));
            row["again"] = json!(mock.again);
        }
        Body::Bury { .. } | Body::Bring { .. } | Body::Reset { .. } | Body::Unknown => {}
    }
    row
}

/// Returns the width of the column of ids, for the longest of them.
pub(crate) fn id_column(longest: Option<usize>) -> usize {
    const USUAL: usize = 28;
    longest.unwrap_or(0).max(USUAL)
}

/// Returns a function that shows a card on one line: id, status, due day, `*` if it is ready, prompt, remark. On a terminal
/// the prompt is cut to fit the width. The columns are below each other in all lines of these cards.
pub(crate) fn card_line(
    context: &Context,
    collection: &Collection,
    today: StudyDay,
    entries: &[Entry],
) -> Result<impl Fn(&Entry) -> String + use<>, Failure> {
    const LEAST: usize = 20;
    let column = id_column(entries.iter().map(|entry| entry.card.as_str().len()).max());
    let names = Names::from_interview(collection.next_interview(today)?);
    let upcoming = collection.upcoming.clone();
    let width = context.paint().width;
    Ok(move |entry: &Entry| {
        let status = entry.status(today);
        let due = entry.due.map_or_else(|| "-".to_owned(), |due| due.to_string());
        let id = entry.card.as_str();
        let ready = if entry.ready() { "*" } else { " " };
        let mut line = format!("  {id:<column$} {:<9} {due:<10}{ready} ", status.word());
        let prompt = names.fill(&entry.prompt);
        let remark = remark(entry, upcoming.early_for(entry, today));
        line.push_str(&match width {
            Some(width) => shown_within(&prompt, width.saturating_sub(line.len() + remark.width()).max(LEAST)),
            None => shown_line(&prompt),
        });
        line.push_str(&remark);
        line.trim_end().to_owned()
    })
}

/// Returns what is special about a card in parentheses: its weight, and the interview that it comes early for.
fn remark(entry: &Entry, early_for: Option<&Interview>) -> String {
    const NAME: usize = 24;
    let mut parts = Vec::new();
    if entry.place.is_some() && entry.weight != 1 {
        parts.push(format!("weight {}", entry.weight));
    }
    parts.extend(early_for.map(|interview| format!("early for {}", shown_within(interview.name(), NAME))));
    if parts.is_empty() { String::new() } else { format!("  ({})", parts.join(", ")) }
}

/// Prints findings in full, with an empty line between them.
pub(crate) fn print_findings(context: &Context, findings: &[Diagnostic]) -> Result<(), Failure> {
    for (n, finding) in findings.iter().enumerate() {
        let gap = if n > 0 { "\n" } else { "" };
        context.line(&format!("{gap}{}", finding.long(context.paint().width)))?;
    }
    Ok(())
}

pub(crate) fn finding_row(finding: &Diagnostic) -> Value {
    json!({
        "file": finding.file,
        "line": finding.line,
        "column": finding.column,
        "severity": finding.severity.word(),
        "check": finding.check,
        "message": finding.message,
        "help": finding.help,
    })
}
