//! What the interviews can expect, in words and as JSON.

use serde_json::{Value, json};

use crate::clock::StudyDay;
use crate::collection::{Collection, Prospect, Prospects, Readiness};
use crate::deck::Interview;
use crate::failure::Failure;
use crate::plan::Outlook;
use crate::render::shown_line;
use crate::text::{count, list};

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
    shown_line(&name)
}

/// Returns the company of an interview, or what else names it.
fn company(interview: &Interview) -> String {
    shown_line(interview.company.as_deref().or(interview.role.as_deref()).unwrap_or(&interview.id))
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
        return format!("{}: today.", called(interview));
    }
    let said = format!("{}: {}", ahead(interview, today), progress(prospect.readiness));
    let Some(outlook) = prospect.outlook.filter(|_| prospect.readiness.cards > 0) else { return format!("{said}.") };
    let fits = match shortfall(prospects, prospect) {
        Some(shortfall) => format!("{shortfall} Run `rehearse plan`."),
        None => format!("On track at {}.", day_length(prospects)),
    };
    format!("{said}; expected recall {}. {fits}", percent(outlook))
}

/// Returns what to do after the interviews of the last 14 days, until something is written down about them.
pub(crate) fn afterwards(collection: &Collection, today: StudyDay) -> Result<Vec<String>, Failure> {
    let mut held = collection.store.interviews()?;
    let days = |interview: &Interview| interview.date.map_or(0, |date| today.since(date));
    held.retain(|(interview, ..)| (1..=AFTERWARDS).contains(&days(interview)));
    held.sort_by_key(|(interview, ..)| days(interview));
    let debriefed: Vec<String> = collection.store.debriefs()?.into_iter().map(|(_, id)| id).collect();
    let mut lines = Vec::new();
    for (interview, _, file) in held.iter().filter(|(interview, ..)| !debriefed.contains(&interview.id)) {
        let Some(deck) = collection.deck(file)? else { continue };
        let when = interview.date.map(|date| date.spoken(today)).unwrap_or_default();
        let when = if when == "yesterday" { when } else { format!("on {when}") };
        let unthanked = deck.interviewers.iter().filter(|person| !person.thanked);
        let unthanked: Vec<String> = unthanked.map(|person| shown_line(&person.name)).collect();
        if deck.heard.is_empty() && deck.told.is_empty() {
            let (company, file) = (company(interview), shown_line(file));
            lines.push(format!(
                "{company} was {when}. While you remember, add what they said (`[[heard]]`) and the stories you told \
                 (`[[told]]`) to {file}."
            ));
        } else if !unthanked.is_empty() {
            lines.push(format!("{} was {when}.", company(interview)));
        }
        if !unthanked.is_empty() {
            let notes = count(unthanked.len(), "thank-you note");
            let people = list(&unthanked, "and");
            lines.push(format!("{notes} to write: {people}. `rehearse note --check FILE` reads one over."));
        }
    }
    Ok(lines)
}
