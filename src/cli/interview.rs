//! `interview`: your interviews, and the file of a new one.

use serde_json::json;

use super::context::Context;
use super::outlook::{called, counted};
use super::questions::ask;
use crate::clock::StudyDay;
use crate::collection::{Collection, Prospect};
use crate::deck::{InterviewDate, Meeting, NewInterview, Outcome, folded_answer, parse_round};
use crate::failure::{DONE, Failure};
use crate::render::shown_line;
use crate::text::agree;

/// List your interviews, or add one
#[derive(Debug, clap::Args)]
#[command(disable_help_subcommand = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Option<InterviewAction>,
}

#[derive(Debug, clap::Subcommand)]
enum InterviewAction {
    /// Write a file for an interview: asks what you know about it, unless options say so
    Add(AddInterview),
}

#[derive(Debug, clap::Args)]
struct AddInterview {
    /// The company
    #[arg(long, value_name = "NAME")]
    company: Option<String>,
    /// The role you apply for
    #[arg(long, value_name = "ROLE")]
    role: Option<String>,
    /// The day, as in 2026-12-09, or with the time, as in "2026-12-09 10:00"
    #[arg(long, value_name = "DATE", value_parser = InterviewDate::parse)]
    date: Option<InterviewDate>,
    /// Which round of interviews it is, from 1 to 99
    #[arg(long, value_name = "N", value_parser = parse_round)]
    round: Option<u8>,
    /// Someone you will meet; can be repeated
    #[arg(long, value_name = "NAME, TITLE")]
    meet: Vec<String>,
}

pub(crate) fn run(context: &Context, args: &Args) -> Result<u8, Failure> {
    match &args.action {
        Some(InterviewAction::Add(new)) => add(context, new),
        None => show_all(context),
    }
}

fn show_all(context: &Context) -> Result<u8, Failure> {
    let collection = context.open()?;
    let today = context.today(&collection);
    let all = collection.all_interviews(today)?;
    let debriefs = collection.store.debriefs()?;
    let outcome = |prospect: &Prospect| {
        let own = debriefs.iter().filter(|(debrief, _)| debrief.interview == prospect.interview.id);
        own.filter_map(|(debrief, _)| debrief.outcome).next_back().map(Outcome::words)
    };
    if context.json() {
        let row = |prospect: &Prospect| {
            let Prospect { interview, readiness, .. } = prospect;
            json!({
                "id": interview.id, "company": interview.company, "role": interview.role,
                "date": interview.date.map(|date| date.to_string()), "round": interview.round,
                "cards": readiness.cards, "ready": readiness.ready, "met": readiness.met, "unseen": readiness.unseen,
                "outcome": outcome(prospect),
            })
        };
        let rows: Vec<_> = all.iter().map(row).collect();
        context.value(&json!({ "interviews": rows }))?;
        return Ok(DONE);
    }
    if all.is_empty() {
        context.line("No interviews yet. `rehearse interview add` writes a file for one.")?;
    }
    let column = all.iter().map(|prospect| prospect.interview.id.len()).max().unwrap_or(0);
    let is_past = |prospect: &Prospect| prospect.interview.date.is_some_and(|date: StudyDay| date < today);
    let (past, ahead): (Vec<&Prospect>, Vec<&Prospect>) = all.iter().partition(|prospect| is_past(prospect));
    let print = |prospect: &&Prospect| {
        let outcome = outcome(prospect).map(|outcome| format!(": {outcome}")).unwrap_or_default();
        context.line(&format!("{}{outcome}", line(prospect, column)))
    };
    ahead.iter().try_for_each(print)?;
    if !past.is_empty() {
        context.line("Past:")?;
    }
    past.iter().try_for_each(print)?;
    Ok(DONE)
}

/// Returns an interview on one line: id, date, round, cards, ready, company, role.
fn line(prospect: &Prospect, column: usize) -> String {
    let Prospect { interview, readiness, .. } = prospect;
    let date = interview.date.map_or_else(|| "-".to_owned(), |date| date.to_string());
    let round = interview.round.map_or_else(|| "-".to_owned(), |round| format!("round {round}"));
    let cards = counted(readiness.cards, "card");
    let ready = format!("{} ready", readiness.ready);
    let id = &interview.id;
    format!("  {id:<column$}  {date:<10}  {round:<8}  {cards:>9}, {ready:<9}  {}", called(interview))
}

fn add(context: &Context, args: &AddInterview) -> Result<u8, Failure> {
    let mut collection = context.open()?;
    let new = match given(args)? {
        new if !new.is_empty() => new,
        _ if context.json() => {
            let help = "for example `--company Northwind --role \"VP Engineering\" --date 2026-12-09 --round 2`";
            return Err(Failure::usage("`--json` asks no questions, and no option describes the interview", help));
        }
        _ => asked(context)?,
    };
    if new.is_empty() {
        context.line("Nothing was written: no question has an answer.")?;
        return Ok(DONE);
    }
    let (id, file) = write(&collection, &new)?;
    collection.refresh(context.now(), &|_, _, _| {})?;
    let scope: Vec<_> = collection.interview_scopes()?.into_iter().filter(|scope| scope.file == file).collect();
    let today = context.today(&collection);
    let cards = collection.readiness(&scope, today)?.first().map_or(0, |readiness| readiness.cards);
    if context.json() {
        context.value(&json!({ "id": id, "file": file, "cards": cards }))?;
    } else {
        let are = agree(usize::try_from(cards).unwrap_or(usize::MAX), "is", "are");
        context.line(&format!("Wrote {}. {} {are} in scope.", shown_line(&file), counted(cards, "card")))?;
    }
    Ok(DONE)
}

/// Writes the file of an interview under the first name that is free. Returns its id and its path.
fn write(collection: &Collection, new: &NewInterview) -> Result<(String, String), Failure> {
    let interviews = collection.store.interviews()?;
    let root = &collection.folders.root;
    let is_taken = |id: &str| {
        let path = root.join(format!("{id}.toml"));
        std::fs::symlink_metadata(path).is_ok() || interviews.iter().any(|(interview, ..)| interview.id == id)
    };
    let id = new.id(is_taken);
    let original = collection.new_deck(&format!("{id}.toml"), root)?;
    if !original.is_new() || !original.replace(new.text(&id).as_bytes())? {
        let message = format!("{} appeared meanwhile; nothing was written", original.name);
        return Err(Failure::usage(message, "run the command again"));
    }
    Ok((id, original.name))
}

/// Returns what the options say.
fn given(args: &AddInterview) -> Result<NewInterview, Failure> {
    let text = |text: &Option<String>| text.as_deref().and_then(folded_answer);
    let person = |person: &String| {
        let help = "write `--meet \"NAME, TITLE\"`";
        Meeting::parse(person).ok_or_else(|| Failure::usage("`--meet` has no name", help))
    };
    Ok(NewInterview {
        company: text(&args.company),
        role: text(&args.role),
        date: args.date.clone(),
        round: args.round,
        meet: args.meet.iter().map(person).collect::<Result<_, _>>()?,
    })
}

/// Asks what is known; Enter skips a question, and the end of input skips all that are left.
fn asked(context: &Context) -> Result<NewInterview, Failure> {
    let text = |answer: &str| Ok(answer.to_owned());
    let company = ask(context, "Company?", text)?;
    let role = ask(context, "Role?", text)?;
    let date = ask(context, "Date?", InterviewDate::parse)?;
    let round = ask(context, "Round?", parse_round)?;
    let person = |answer: &str| Meeting::parse(answer).ok_or_else(|| "a name comes first: NAME, TITLE".to_owned());
    let mut meet = Vec::new();
    while let Some(person) = ask(context, "Who will you meet? (name, title)", person)? {
        meet.push(person);
    }
    Ok(NewInterview { company, role, date, round, meet })
}
