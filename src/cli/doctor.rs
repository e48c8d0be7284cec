//! `doctor`: what looks wrong with clocks, ids and files, and how to fix it.

use serde_json::json;

use super::author::StreamAuthor;
use super::context::Context;
use super::findings::{finding_row, print_findings};
use super::lookup::find_card_with_note;
use crate::check;
use crate::collection::Health;
use crate::deck::CardId;
use crate::diagnostic::Severity;
use crate::doctor;
use crate::editor::Author as _;
use crate::failure::{DONE, FINDINGS, Failure};
use crate::history::Device;
use crate::render::shown_line;
use crate::text::{count, did_you_mean, list};

/// Find what is wrong with clocks, histories and this machine's files
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Mend what can be mended without a doubt, and say what was done
    #[arg(long)]
    fix: bool,
    /// Tell what a finding means, and what to do about it
    #[arg(long, value_name = "NAME", conflicts_with = "fix")]
    explain: Option<String>,
    /// Forget the history of a card that is in no deck, for good and on every machine
    #[arg(long, value_name = "CARD", conflicts_with_all = ["fix", "explain"])]
    purge: Option<String>,
    /// Do not ask before purging
    #[arg(long, requires = "purge")]
    yes: bool,
}

/// Prints the findings. The exit code is 1 if the user has to do something.
pub(crate) fn run(context: &Context, args: &Args) -> Result<u8, Failure> {
    if let Some(name) = &args.explain {
        return explain(context, name);
    }
    if let Some(card) = &args.purge {
        return purge(context, card, args.yes);
    }
    let folders = context.folders()?;
    let (mut health, mended) = examine(context, folders.copied_from(), args.fix)?;
    if !mended.is_empty() {
        health = examine(context, None, false)?.0;
    }
    if context.json() {
        let findings: Vec<_> = health.findings.iter().map(finding_row).collect();
        let mut answer = json!({ "findings": findings });
        if args.fix {
            answer["mended"] = json!(mended);
        }
        context.value(&answer)?;
    } else {
        mended.iter().try_for_each(|line| context.line(&format!("mended {}", shown_line(line))))?;
        if !mended.is_empty() && !health.findings.is_empty() {
            context.line("")?;
        }
        print_findings(context, &health.findings)?;
    }
    let needs_user = health.findings.iter().any(|finding| finding.severity < Severity::Info);
    Ok(if needs_user { FINDINGS } else { DONE })
}

/// Opens the collection and examines it. With `fix` it fixes what it can; the second value says what was fixed.
fn examine(context: &Context, copied: Option<Device>, fix: bool) -> Result<(Health, Vec<String>), Failure> {
    let collection = context.open_at(context.folders()?, fix, true)?;
    let health = collection.health(context.now(), copied, &|_, _, _| {})?;
    let mended = if fix { collection.fix(&health)? } else { Vec::new() };
    Ok((health, mended))
}

/// Deletes the history of a card for good, after confirmation.
fn purge(context: &Context, card: &str, yes: bool) -> Result<u8, Failure> {
    let mut collection = context.open_to_record()?;
    let entry = find_card_with_note(context, &collection, card)?;
    let card = entry.card;
    if let Some(place) = &entry.place {
        let message = format!("`{card}` stands in {}:{}", shown_line(&place.file), place.line);
        return Err(Failure::usage(message, "take it out of the deck, or give it another id; then purge its history"));
    }
    if !yes {
        let reviews = count(entry.state.reviews as usize, "review");
        let question =
            format!("Forget {card} with {reviews}, for good and on every machine? (yes, or Enter to keep it)");
        match (StreamAuthor { context }).ask(&question)? {
            Some(answer) if answer.trim() == "yes" => {}
            Some(_) => return context.line(&format!("kept {card}")).map(|()| DONE),
            None => {
                let message = format!("nobody is here to be asked whether `{card}` is to be forgotten");
                return Err(Failure::usage(message, "`--yes` purges without asking"));
            }
        }
    }
    let (names, events) = collection.store.purge(&card)?;
    if context.json() {
        let names: Vec<&str> = names.iter().map(CardId::as_str).collect();
        return context.value(&json!({ "purged": names, "events": events })).map(|()| DONE);
    }
    let also: Vec<&str> = names.iter().filter(|name| **name != card).map(CardId::as_str).collect();
    let also = if also.is_empty() { String::new() } else { format!(" (also {})", list(&also, "and")) };
    let counts = if events == 1 { "counts" } else { "count" };
    context.line(&format!("purged {card}{also}: {} {counts} no more", count(events, "event")))?;
    context.note(
        "`.rehearse/journal/PURGED` says so to every machine it reaches; the lines stay in this machine's log, and what \
         was committed stays in git's history",
    );
    Ok(DONE)
}

/// Prints what a finding means, and what to do about it.
fn explain(context: &Context, name: &str) -> Result<u8, Failure> {
    let Some(problem) = doctor::named(name) else {
        let help = match check::named(name) {
            Some(_) => format!("`rehearse check --explain {name}` tells of it"),
            None => did_you_mean(name, &doctor::PROBLEMS.iter().map(|problem| problem.name).collect::<Vec<_>>()),
        };
        return Err(Failure::usage(format!("`doctor` has no finding `{name}`"), help));
    };
    let (severity, finds, fix) = (problem.severity.word(), problem.finds, problem.fix);
    if context.json() {
        context.value(&json!({ "check": name, "severity": severity, "finds": finds, "help": fix }))?;
    } else {
        context.line(&format!("`{name}` ({severity}) finds {finds}.\nWhat to do: {fix}."))?;
    }
    Ok(DONE)
}
