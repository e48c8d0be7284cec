//! What the interviews can expect, in words and as JSON.

use serde_json::{Value, json};

use crate::clock::StudyDay;
use crate::collection::{Collection, Prospect, Prospects, Readiness};
use crate::deck::{Debrief, Interview, Outcome};
use crate::entry::InterviewScope;
use crate::failure::Failure;
use crate::interview::{not_thanked, people};
use crate::plan::Outlook;
use crate::render::shown_line;
use crate::text::count;

/// How many days after an interview the glance names what is left to do.
const AFTERWARDS: i64 = 14;

/// Returns the interviews to come as JSON, the next one first.
pub(crate) fn interview_rows(prospects: &Prospects, today: StudyDay) -> Vec<Value> {
    let row = |prospect: &Prospect| {
        let Prospect { interview, readiness: Readiness { cards, ready, met, unseen }, outlook, .. } = prospect;
        json!({
            "id": interview.id, "company": interview.company, "role": interview.role,
            "date": interview.date.map(|date| date.to_string()), "days": interview.date.map(|date| date.since(today)),
            "values": interview.values, "cards": cards, "ready": ready, "met": met, "unseen": unseen,
            "will_not_fit": outlook.map(Outlook::never_seen), "recall": outlook.map(share),
        })
    };
    prospects.interviews.iter().map(row).collect()
}

/// Returns expected recall from 0 to 1.
pub(crate) fn share(outlook: Outlook) -> f64 {
    outlook.recall as f64 / 1000.0
}

/// Returns expected recall in percent: `85 %`.
pub(crate) fn percent(outlook: Outlook) -> String {
    format!("{} %", (outlook.recall + 5) / 10)
}

/// Returns the company and the role of an interview, or its id if it names neither.
pub(crate) fn called(interview: &Interview) -> String {
    let names: Vec<&str> = interview.company.iter().chain(&interview.role).map(String::as_str).collect();
    let name = if names.is_empty() { interview.id.clone() } else { names.join(", ") };
    opening_a_line(&shown_line(&name))
}

/// Returns a name that can begin a line: a line that starts with `saved ` means that a review is durable.
fn opening_a_line(name: &str) -> String {
    if name.starts_with("saved ") { format!("Interview: {name}") } else { name.to_owned() }
}

/// Returns the company of an interview, or what else names it.
pub(crate) fn company(interview: &Interview) -> String {
    opening_a_line(&shown_line(interview.company.as_deref().or(interview.role.as_deref()).unwrap_or(&interview.id)))
}

/// Returns how many cards are in scope and how far they are: `12 cards, 1 ready, 3 met, 8 not seen yet`.
pub(crate) fn progress(readiness: Readiness) -> String {
    let Readiness { cards, ready, met, unseen } = readiness;
    if cards == 0 {
        return "no card is in scope".to_owned();
    }
    let parts = [(ready, "ready"), (met, "met"), (unseen, "not seen yet")];
    let parts = parts.iter().filter(|(cards, _)| *cards > 0).map(|(cards, word)| format!("{cards} {word}"));
    std::iter::once(counted(cards, "card")).chain(parts).collect::<Vec<_>>().join(", ")
}

pub(crate) fn counted(n: u64, noun: &str) -> String {
    count(usize::try_from(n).unwrap_or(usize::MAX), noun)
}

/// Returns how long a day is: `15 minutes a day`, `15 minutes and 10 cards a day`.
pub(crate) fn day_length(prospects: &Prospects) -> String {
    let budget = prospects.situation.budget;
    let most = budget.cards.map(|(most, _)| format!(" and {}", counted(most, "card"))).unwrap_or_default();
    format!("{}{most} a day", counted(budget.minutes, "minute"))
}

/// Returns how many cards will not be seen, `about` them until first answers are measured; `None` if all will.
pub(crate) fn shortfall(prospects: &Prospects, prospect: &Prospect) -> Option<String> {
    let never = prospect.outlook.map_or(0, Outlook::never_seen);
    let about = if prospects.situation.pace.measured { "" } else { "about " };
    let all = counted(prospect.readiness.cards, "card");
    (never > 0).then(|| format!("At {}, {about}{never} of {all} won't be seen.", day_length(prospects)))
}

/// Returns how far an interview is: `Northwind, VP Engineering, in 12 days`.
pub(crate) fn ahead(interview: &Interview, today: StudyDay) -> String {
    let when = match interview.date.map_or(0, |date| date.since(today)) {
        1 => ", tomorrow".to_owned(),
        days @ 2.. => format!(", in {days} days"),
        _ => String::new(),
    };
    format!("{}{when}", called(interview))
}

/// Returns the line of an interview to come.
pub(crate) fn glance(prospects: &Prospects, prospect: &Prospect, today: StudyDay) -> String {
    let interview = &prospect.interview;
    if interview.date == Some(today) {
        return format!("{}: today. Run `rehearse brief`.", called(interview));
    }
    let said = format!("{}: {}", ahead(interview, today), progress(prospect.readiness));
    let Some(outlook) = prospect.outlook.filter(|_| prospect.readiness.cards > 0) else { return format!("{said}.") };
    let fits = match shortfall(prospects, prospect) {
        Some(shortfall) => format!("{shortfall} Run `rehearse plan`."),
        None => format!("On track at {}.", day_length(prospects)),
    };
    format!("{said}; expected recall {}. {fits}", percent(outlook))
}

/// Returns what to do after the interviews of the last 14 days: a debrief, until it is complete, and the notes that are not
/// written. A closed application asks for no debrief, and only an offer for notes.
pub(crate) fn afterwards(collection: &Collection, today: StudyDay) -> Result<Vec<String>, Failure> {
    let mut held = collection.interview_scopes()?;
    let days = |scope: &InterviewScope| scope.interview.date.map_or(0, |date| today.since(date));
    let all = held.clone();
    held.retain(|scope| (1..=AFTERWARDS).contains(&days(scope)));
    held.sort_by_key(days);
    let debriefs = if held.is_empty() { Vec::new() } else { collection.store.debriefs()? };
    let mut lines = Vec::new();
    for scope in &held {
        let Some(deck) = collection.deck(&scope.file)? else { continue };
        let outcome = application_outcome(&scope.interview, &all, &debriefs);
        if matches!(outcome, Some(Outcome::No | Outcome::Withdrawn)) {
            continue;
        }
        let own = || debriefs.iter().filter(|(debrief, _)| debrief.interview == scope.interview.id);
        let complete = own().any(|(debrief, _)| debrief.next.is_none());
        let when = scope.interview.date.map(|date| date.spoken(today)).unwrap_or_default();
        let when = if when == "yesterday" { when } else { format!("on {when}") };
        let company = company(&scope.interview);
        if !complete && outcome.is_none_or(|outcome| !outcome.closes()) {
            lines.push(format!("{company} was {when}. Run `rehearse debrief` while you remember."));
        }
        let mut decks = vec![deck];
        for (_, file) in own() {
            decks.extend(collection.deck(file)?);
        }
        let people = people(&decks);
        let owed: Vec<String> = not_thanked(&people).into_iter().map(shown_line).collect();
        if !owed.is_empty() {
            let notes = count(owed.len(), "thank-you note");
            lines.push(format!("{notes} to write: {}. Run `rehearse note NAME` for a draft.", owed.join(", ")));
        }
    }
    Ok(lines)
}

/// Returns how an application ended, as the debrief of its latest round that says so has it.
fn application_outcome(
    round: &Interview,
    interviews: &[InterviewScope],
    debriefs: &[(Debrief, String)],
) -> Option<Outcome> {
    let of = |id: &str| interviews.iter().map(|scope| &scope.interview).find(|interview| interview.id == id);
    let same = |interview: &Interview| interview.id == round.id || interview.is_with_company_of(round);
    let outcomes = debriefs.iter().filter_map(|(debrief, _)| {
        let interview = of(&debrief.interview).filter(|interview| same(interview))?;
        Some((interview.date, debrief.outcome?))
    });
    outcomes.max_by_key(|(date, _)| *date).map(|(_, outcome)| outcome)
}
