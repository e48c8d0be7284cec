//! `note`: a thank-you note.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::json;

use super::coach::{coaching, print_review, read_stdin, read_text, too_long};
use super::context::Context;
use super::lookup::held_interview;
use crate::coach::{Answer, TextKind};
use crate::collection::{Collection, scratch};
use crate::deck::{CardId, Heard, Kind};
use crate::editor::Program;
use crate::entry::InterviewScope;
use crate::failure::{DONE, Failure};
use crate::interview::{NoteFacts, RoundNotes, not_thanked, people_named, skeleton};
use crate::render::shown_line;
use crate::text::{list, nearest};

/// Start a thank-you note to somebody you met, or check one
///
/// Prints a skeleton: the greeting with the name as they spell it, thanks, something they said, what you would do, and a
/// closing. Brackets mark what is yours to write.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Who it is for: a name, the beginning of one, or a first name
    #[arg(value_name = "NAME", required_unless_present = "check")]
    name: Option<String>,
    /// Check the note in a file instead, as the coach does an answer; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["name", "edit", "done", "interview"])]
    check: Option<PathBuf>,
    /// Open the skeleton in $VISUAL or $EDITOR, and print what you saved
    #[arg(long)]
    edit: bool,
    /// Record that you thanked them, in the debrief of the interview
    #[arg(long, conflicts_with = "edit")]
    done: bool,
    /// The interview it is about [default: the last one held]
    #[arg(long, value_name = "ID")]
    interview: Option<String>,
}

pub(crate) fn run(context: &Context, args: &Args) -> Result<u8, Failure> {
    match (&args.check, &args.name) {
        (Some(file), _) => check(context, file),
        (None, name) => write(context, args, name.as_deref().unwrap_or_default()),
    }
}

fn write(context: &Context, args: &Args, typed: &str) -> Result<u8, Failure> {
    if typed.trim().is_empty() {
        return Err(Failure::usage("the name is empty", "write NAME as in `rehearse note \"Dana Wu\"`"));
    }
    let collection = context.open_for_history()?;
    let today = context.today(&collection);
    let scope = match held_interview(&collection, args.interview.as_deref(), today)? {
        Some(scope) => Some(scope),
        None => collection.next_round(today)?,
    };
    let round = scope.as_ref().map(|scope| collection.round(scope)).transpose()?;
    if args.done {
        return done(context, &collection, scope.as_ref().zip(round.as_ref()), typed);
    }
    let name = addressee(context, round.as_ref(), typed)?;
    let facts = NoteFacts {
        name: &name,
        interview: round.as_ref().map(|round| &round.interview),
        heard: round.as_ref().map_or(&[], |round| round.heard.as_slice()),
        people: round.as_ref().map_or(&[], |round| round.people.as_slice()),
        action: None,
        today,
    };
    let action = plan_for(&collection, scope.as_ref(), facts.takes_up())?;
    let mut text = skeleton(&NoteFacts { action: action.as_deref(), ..facts });
    if args.edit {
        text = edited(&collection, &text)?;
    }
    if context.json() {
        let id = scope.as_ref().map(|scope| &scope.interview.id);
        context.value(&json!({ "interview": id, "name": name, "text": text }))?;
    } else {
        context.verbatim(text.trim_end_matches('\n'))?;
    }
    Ok(DONE)
}

/// Records the day on which somebody was thanked, once for each round.
fn done(
    context: &Context,
    collection: &Collection,
    of: Option<(&InterviewScope, &RoundNotes)>,
    typed: &str,
) -> Result<u8, Failure> {
    let unknown = || {
        let help = "`rehearse interview add --meet NAME` writes down an interview and who you meet";
        Failure::usage(format!("no interview names `{}`", shown_line(typed)), help)
    };
    let (scope, round) = of.filter(|(_, round)| !round.people.is_empty()).ok_or_else(unknown)?;
    let name = person(round, typed)?;
    let own = collection.own_debrief(scope)?;
    let owed = not_thanked(&round.people).contains(&name);
    let today = context.today(collection);
    if owed {
        collection.change_debrief(&own, &mut |file| file.set_thanked(name, today))?;
    }
    if context.json() {
        let id = &scope.interview.id;
        context.value(&json!({ "interview": id, "name": name, "file": own.file, "changed": owed }))?;
        return Ok(DONE);
    }
    let left: Vec<&str> = not_thanked(&round.people).into_iter().filter(|other| *other != name).collect();
    let left: Vec<String> = left.into_iter().map(shown_line).collect();
    let left = if left.is_empty() { String::new() } else { format!(" Still to write: {}.", left.join(", ")) };
    let name = shown_line(name);
    context.line(&match owed {
        true => format!("Noted in {}: you thanked {name}.{left}", shown_line(&own.file)),
        false => format!("You thanked {name} already; nothing was changed.{left}"),
    })?;
    Ok(DONE)
}

/// Returns the name of the person that is meant. If nobody is written down, what was typed is the name.
fn addressee(context: &Context, round: Option<&RoundNotes>, typed: &str) -> Result<String, Failure> {
    let typed = shown_line(typed);
    match round.filter(|round| !round.people.is_empty()) {
        Some(round) => Ok(person(round, &typed)?.to_owned()),
        None => {
            context.note("nobody you met is written down, so check the spelling; `[[interviewer]]` in the file of the interview keeps it");
            Ok(typed)
        }
    }
}

/// Finds the one person of a round that a name means.
fn person<'a>(round: &'a RoundNotes, typed: &str) -> Result<&'a str, Failure> {
    let names = |people: Vec<&'a str>| people.into_iter().map(shown_line).collect::<Vec<String>>();
    let found: Vec<&str> = people_named(&round.people, typed).iter().map(|person| person.name.as_str()).collect();
    match found.as_slice() {
        [name] => Ok(name),
        [] => {
            let all: Vec<&str> = round.people.iter().map(|person| person.name.as_str()).collect();
            let words = all.iter().flat_map(|name| name.split_whitespace());
            let help = match nearest(typed, all.iter().copied().chain(words)) {
                Some(near) => format!("did you mean `{}`?", shown_line(near)),
                None if Path::new(typed).is_file() => format!("`rehearse note --check {typed}` checks a note"),
                None => format!("you met {}", list(&names(all), "and")),
            };
            Err(Failure::usage(format!("you met nobody called `{typed}`"), help))
        }
        _ => {
            let several = list(&names(found), "or");
            Err(Failure::usage(format!("`{typed}` could be {several}"), "write more of the name"))
        }
    }
}

/// Returns the first point of a plan that takes up what they said, or else of the plan that matters most.
fn plan_for(
    collection: &Collection,
    scope: Option<&InterviewScope>,
    heard: Option<&Heard>,
) -> Result<Option<String>, Failure> {
    let Some(scope) = scope else { return Ok(None) };
    let named = heard.iter().flat_map(|heard| &heard.cards).filter_map(|id| CardId::parse(id));
    let mut plans: Vec<_> = named.filter_map(|id| collection.store.card(&id).transpose()).collect::<Result<_, _>>()?;
    plans.retain(|entry| entry.kind == Kind::Plan);
    if plans.is_empty() {
        plans = collection.cards_in_scope(Some(scope), |entry| entry.kind == Kind::Plan)?.0;
        plans.sort_by_key(|entry| std::cmp::Reverse(entry.weight));
    }
    let Some(entry) = plans.first() else { return Ok(None) };
    let card = collection.card(entry)?;
    Ok(card.and_then(|card| card.points.into_iter().next()).map(|point| point.text))
}

/// Opens a text in the editor, in a file of its own, and returns what was saved. After a failure the file stays.
fn edited(collection: &Collection, text: &str) -> Result<String, Failure> {
    let program = Program::chosen()?;
    let file = scratch(&collection.folders.local, text)?;
    let read = || std::fs::File::open(&file).and_then(read_text);
    let saved = program.open(&file, 1).and_then(|()| Ok(read()?));
    let saved = saved.with_context(|| format!("your note is in {}", file.display()))?;
    let saved = saved.ok_or_else(|| too_long(&format!("`{}`", file.display())))?;
    // If it cannot be removed, it stays in this machine's folder.
    let _ = std::fs::remove_file(&file);
    Ok(saved)
}

fn check(context: &Context, file: &Path) -> Result<u8, Failure> {
    let text = if file == Path::new("-") { read_stdin(context)? } else { read_file(file)? };
    let collection = context.open_for_history()?;
    let coaching = coaching(context, &collection, None)?;
    print_review(context, &coaching, &Answer { text: &text, ..Answer::default() }, TextKind::Note, None)
}

fn read_file(path: &Path) -> Result<String, Failure> {
    let name = path.display();
    // Checked before it is opened, because opening a pipe would wait forever.
    let metadata = std::fs::metadata(path);
    match &metadata {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(Failure::usage(format!("no file `{name}`"), "name a file with the note in it"));
        }
        Ok(metadata) if !metadata.is_file() => {
            return Err(Failure::usage(format!("`{name}` is no regular file"), "name a file with the note in it"));
        }
        _ => {}
    }
    let text = std::fs::File::open(path).and_then(read_text).with_context(|| format!("{name}: cannot be read"))?;
    text.ok_or_else(|| too_long(&format!("`{name}`")))
}
