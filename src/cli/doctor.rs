//! `doctor`: what looks wrong with clocks, ids and files, and how to mend it.

use serde_json::json;

use super::undo::sought;
use super::check::{print, row};
use super::context::Door;
use super::add::Here;
use super::{DONE, DoctorArgs, FINDINGS};
use crate::check;
use crate::collection::{Failure, Health};
use crate::deck::CardId;
use crate::diagnostic::Severity;
use crate::doctor;
use crate::editor::Author as _;
use crate::history::Device;
use crate::render::shown_line;
use crate::text::{count, did_you_mean, list};

/// Finds what is wrong with what the program keeps; exit 1 if something needs the user.
pub(crate) fn doctor(door: &mut Door, args: &DoctorArgs) -> Result<u8, Failure> {
    if let Some(name) = &args.explain {
        return explain(door, name);
    }
    if let Some(card) = &args.purge {
        return purge(door, card, args.yes);
    }
    let folders = door.folders()?;
    let (mut health, mended) = examine(door, folders.copied_from(), args.fix)?;
    if !mended.is_empty() {
        health = examine(door, None, false)?.0;
    }
    if door.json() {
        let findings: Vec<_> = health.findings.iter().map(row).collect();
        let mut answer = json!({ "findings": findings });
        if args.fix {
            answer["mended"] = json!(mended);
        }
        door.value(&answer)?;
    } else {
        mended.iter().try_for_each(|line| door.line(&format!("mended {}", shown_line(line))))?;
        if !mended.is_empty() && !health.findings.is_empty() {
            door.line("")?;
        }
        print(door, &health.findings)?;
    }
    let needs_user = health.findings.iter().any(|finding| finding.severity < Severity::Info);
    Ok(if needs_user { FINDINGS } else { DONE })
}

/// Opens the collection and looks at it; with `fix` it mends what it can and says what it did.
fn examine(door: &Door, copied: Option<Device>, fix: bool) -> Result<(Health, Vec<String>), Failure> {
    let collection = door.open_at(door.folders()?, fix, true)?;
    let health = collection.health(door.now(), copied, &|_, _, _| {})?;
    let mended = if fix { collection.mend(&health)? } else { Vec::new() };
    Ok((health, mended))
}

/// Forgets the history of a card for good, once the user said so.
fn purge(door: &mut Door, card: &str, yes: bool) -> Result<u8, Failure> {
    let mut collection = door.open_to_record()?;
    let entry = sought(door, &collection, card)?;
    let card = entry.card;
    if let Some(place) = &entry.place {
        let message = format!("`{card}` stands in {}:{}", shown_line(&place.file), place.line);
        return Err(Failure::usage(message, "take it out of the deck, or give it another id; then purge its history"));
    }
    if !yes {
        let reviews = count(entry.state.reviews as usize, "review");
        let question =
            format!("Forget {card} with {reviews}, for good and on every machine? (yes, or Enter to keep it)");
        match (Here { door }).ask(&question)? {
            Some(answer) if answer.trim() == "yes" => {}
            Some(_) => return door.line(&format!("kept {card}")).map(|()| DONE),
            None => {
                let message = format!("nobody is here to be asked whether `{card}` is to be forgotten");
                return Err(Failure::usage(message, "`--yes` purges without asking"));
            }
        }
    }
    let (names, events) = collection.store.purge(&card)?;
    if door.json() {
        let names: Vec<&str> = names.iter().map(CardId::as_str).collect();
        return door.value(&json!({ "purged": names, "events": events })).map(|()| DONE);
    }
    let also: Vec<&str> = names.iter().filter(|name| **name != card).map(CardId::as_str).collect();
    let also = if also.is_empty() { String::new() } else { format!(" (also {})", list(&also, "and")) };
    let counts = if events == 1 { "counts" } else { "count" };
    door.line(&format!("purged {card}{also}: {} {counts} no more", count(events, "event")))?;
    door.note(
        "`.rehearse/journal/PURGED` says so to every machine it reaches; the lines stay in this machine's log, and what \
         was committed stays in git's history",
    );
    Ok(DONE)
}

/// Tells what a finding means, and what to do about it.
fn explain(door: &Door, name: &str) -> Result<u8, Failure> {
    let Some(ailment) = doctor::named(name) else {
        let help = match check::named(name) {
            Some(_) => format!("`rehearse check --explain {name}` tells of it"),
            None => did_you_mean(name, &doctor::AILMENTS.iter().map(|ailment| ailment.name).collect::<Vec<_>>()),
        };
        return Err(Failure::usage(format!("`doctor` has no finding `{name}`"), help));
    };
    let (severity, finds, mend) = (ailment.severity.word(), ailment.finds, ailment.mend);
    if door.json() {
        door.value(&json!({ "check": name, "severity": severity, "finds": finds, "help": mend }))?;
    } else {
        door.line(&format!("`{name}` ({severity}) finds {finds}.\nWhat to do: {mend}."))?;
    }
    Ok(DONE)
}
