//! `completions`: scripts for shells, and what they ask for while a word is typed.
//!
//! A script runs `rehearse candidates -- WORD…`, the words of the line up to the one that is typed, and gets a line for
//! each candidate: the word, a tab, what it means. That is no command for people, so no help names it. It writes nothing,
//! and where something goes wrong it says nothing.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::builder::ValueParser;
use clap::{Arg, Command, CommandFactory as _};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate, complete};

use super::context::Door;
use super::{Cli, CompletionsArgs, DONE, Shell};
use crate::collection::{Failure, Folders, Name, cards_named, decks_named, tags_named};
use crate::deck::Kind;
use crate::render::shown_within;
use crate::schedule::Grade;

/// Longest explanation of a candidate, in columns.
const ABOUT: usize = 60;

/// Stands for the name of any file among candidates.
const A_FILE: &str = "\0";

/// Prints the script of a shell.
pub(crate) fn completions(door: &mut Door, args: &CompletionsArgs) -> Result<u8, Failure> {
    door.no_json("completions", "a script for a shell")?;
    let script = match args.shell {
        Shell::Bash => include_str!("shells/rehearse.bash"),
        Shell::Zsh => include_str!("shells/rehearse.zsh"),
        Shell::Fish => include_str!("shells/rehearse.fish"),
    };
    script.lines().try_for_each(|line| door.line(line))?;
    Ok(DONE)
}

/// The words that a script asks about: the command line, the word that is typed last.
pub(crate) fn asked(args: &[OsString]) -> Option<&[OsString]> {
    match args {
        [_, word, separator, words @ ..] if word == "candidates" && separator == "--" => Some(words),
        _ => None,
    }
}

/// The candidates for the last word, as lines.
pub(crate) fn candidates(words: &[OsString]) -> String {
    let mut words = words.to_vec();
    let Some(typed) = words.last().cloned() else { return String::new() };
    let mut command = with_names(Cli::command(), folders(&words[..words.len() - 1]));
    let last = words.len() - 1;
    // The engine looks for the name of the program in front, whatever it is called here.
    words[0] = "rehearse".into();
    let mut found = complete(&mut command, words, last, None).unwrap_or_default();
    // The shell knows files better: where there is no candidate, it offers them.
    if found.iter().any(|candidate| candidate.get_value().as_encoded_bytes().ends_with(A_FILE.as_bytes())) {
        return String::new();
    }
    // Options come when they are asked for, or where there is nothing else.
    let option = |candidate: &CompletionCandidate| candidate.get_value().as_encoded_bytes().starts_with(b"-");
    if !typed.as_encoded_bytes().starts_with(b"-") && found.iter().any(|candidate| !option(candidate)) {
        found.retain(|candidate| !option(candidate));
    }
    let line = |candidate: &CompletionCandidate| {
        let about = candidate.get_help().map(ToString::to_string).unwrap_or_default();
        let about = shown_within(about.lines().next().unwrap_or_default(), ABOUT);
        format!("{}\t{about}\n", candidate.get_value().to_string_lossy())
    };
    found.iter().map(line).collect()
}

/// The collection that the command line so far names, or else would find.
fn folders(words: &[OsString]) -> Option<Folders> {
    let matches = Cli::command().ignore_errors(true).try_get_matches_from(words).ok();
    let path = |name: &str| {
        let path = matches.as_ref()?.try_get_one::<PathBuf>(name).ok()??;
        Some(at_home(path))
    };
    Folders::find(path("dir").as_deref(), path("local").as_deref(), &std::env::current_dir().ok()?).ok()
}

/// A path with the `~` that the shell has not yet resolved.
fn at_home(path: &Path) -> PathBuf {
    match (path.strip_prefix("~"), std::env::var_os("HOME")) {
        (Ok(below), Some(home)) => Path::new(&home).join(below),
        _ => path.to_owned(),
    }
}

/// The command line with candidates where a card, a deck, a tag, a grade or a kind is named, in every command alike.
fn with_names(command: Command, folders: Option<Folders>) -> Command {
    let folders = Arc::new(folders);
    command.mut_subcommands(|command| command.mut_args(|arg| with_candidates(arg, &folders)))
}

/// An argument with its candidates, by what its value is called in the manual.
fn with_candidates(arg: Arg, folders: &Arc<Option<Folders>>) -> Arg {
    let named = |names: fn(&Folders, &str) -> Vec<Name>| {
        let folders = Arc::clone(folders);
        ArgValueCompleter::new(move |typed: &OsStr| {
            let (Some(folders), Some(typed)) = (folders.as_ref(), typed.to_str()) else { return Vec::new() };
            let about = |name: &Name| Some(shown_within(&name.about, ABOUT).into());
            let candidate = |name: Name| CompletionCandidate::new(&name.name).help(about(&name));
            names(folders, typed).into_iter().map(candidate).collect()
        })
    };
    let value = arg.get_value_names().and_then(|names| names.first()).map(ToString::to_string).unwrap_or_default();
    match value.as_str() {
        "ID" | "OLD" | "NEW" => arg.add(named(cards_named)),
        "DECK" => arg.add(named(decks_named)),
        "TAG" => arg.add(named(tags_named)),
        "GRADE" => arg.add(ArgValueCompleter::new(grades)),
        "KIND" => arg.add(ArgValueCompleter::new(kinds)),
        _ if is_path(&arg) => arg.add(ArgValueCompleter::new(|_: &OsStr| vec![CompletionCandidate::new(A_FILE)])),
        _ => arg,
    }
}

fn is_path(arg: &Arg) -> bool {
    let path: ValueParser = clap::value_parser!(PathBuf);
    arg.get_value_parser().type_id() == path.type_id()
}

fn grades(typed: &OsStr) -> Vec<CompletionCandidate> {
    let grades = (0..=5).filter_map(Grade::new);
    let grade = |grade: Grade| CompletionCandidate::new(grade.to_string()).help(Some(grade.words().into()));
    grades.map(grade).filter(|candidate| begins(candidate, typed)).collect()
}

fn kinds(typed: &OsStr) -> Vec<CompletionCandidate> {
    let kinds = Kind::ALL.iter().map(|(_, word)| CompletionCandidate::new(*word));
    kinds.filter(|candidate| begins(candidate, typed)).collect()
}

fn begins(candidate: &CompletionCandidate, typed: &OsStr) -> bool {
    candidate.get_value().as_encoded_bytes().starts_with(typed.as_encoded_bytes())
}
