//! What shells ask for while a word is typed.
//!
//! A completion script runs `rehearse candidates -- WORD…` with the words of the line up to the one being typed. It gets a
//! line for each candidate: the word, a tab, an explanation. Only scripts call this, so it is not in the help. It writes
//! nothing, and prints no errors.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::builder::ValueParser;
use clap::{Arg, Command};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate, complete};

use crate::collection::{Candidate, Folders, card_candidates, deck_candidates, tag_candidates};
use crate::deck::Kind;
use crate::render::shown_within;
use crate::schedule::Grade;

const ABOUT: usize = 60;

/// The candidate that means any file name.
const A_FILE: &str = "\0";

/// Returns the words to complete, if a completion script is calling. The last word is the one being typed.
pub(crate) fn words_to_complete(args: &[OsString]) -> Option<&[OsString]> {
    match args {
        [_, word, separator, words @ ..] if word == "candidates" && separator == "--" => Some(words),
        _ => None,
    }
}

/// Returns the candidates for the last word of a command line, as lines. `program` is the root command.
pub(crate) fn candidates(words: &[OsString], program: &Command) -> String {
    let mut words = words.to_vec();
    let Some(typed) = words.last().cloned() else { return String::new() };
    let mut command = with_names(program.clone(), folders(&words[..words.len() - 1], program));
    let last = words.len() - 1;
    // The engine expects the name of the program first, whatever it was run as.
    words[0] = "rehearse".into();
    let mut found = complete(&mut command, words, last, None).unwrap_or_default();
    // Shells complete file names themselves if there is no candidate.
    if found.iter().any(|candidate| candidate.get_value().as_encoded_bytes().ends_with(A_FILE.as_bytes())) {
        return String::new();
    }
    // Options are offered after `-`, or if there is nothing else.
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

fn folders(words: &[OsString], program: &Command) -> Option<Folders> {
    let matches = program.clone().ignore_errors(true).try_get_matches_from(words).ok();
    let path = |name: &str| {
        let path = matches.as_ref()?.try_get_one::<PathBuf>(name).ok()??;
        Some(with_home(path))
    };
    Folders::find(path("dir").as_deref(), path("local").as_deref(), &std::env::current_dir().ok()?).ok()
}

/// Resolves `~`, which the shell has not done yet.
fn with_home(path: &Path) -> PathBuf {
    match (path.strip_prefix("~"), std::env::var_os("HOME")) {
        (Ok(below), Some(home)) => Path::new(&home).join(below),
        _ => path.to_owned(),
    }
}

fn with_names(command: Command, folders: Option<Folders>) -> Command {
    let folders = Arc::new(folders);
    command.mut_subcommands(|command| command.mut_args(|arg| with_candidates(arg, &folders)))
}

/// Adds candidates to an argument, chosen by the name of its value in the manual.
fn with_candidates(arg: Arg, folders: &Arc<Option<Folders>>) -> Arg {
    let named = |names: fn(&Folders, &str) -> Vec<Candidate>| {
        let folders = Arc::clone(folders);
        ArgValueCompleter::new(move |typed: &OsStr| {
            let (Some(folders), Some(typed)) = (folders.as_ref(), typed.to_str()) else { return Vec::new() };
            let about = |name: &Candidate| Some(shown_within(&name.about, ABOUT).into());
            let candidate = |name: Candidate| CompletionCandidate::new(&name.name).help(about(&name));
            names(folders, typed).into_iter().map(candidate).collect()
        })
    };
    let value = arg.get_value_names().and_then(|names| names.first()).map(ToString::to_string).unwrap_or_default();
    match value.as_str() {
        "ID" | "OLD" | "NEW" => arg.add(named(card_candidates)),
        "DECK" => arg.add(named(deck_candidates)),
        "TAG" => arg.add(named(tag_candidates)),
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
    let grade = |grade: Grade| CompletionCandidate::new(grade.to_string()).help(Some(grade.description().into()));
    grades.map(grade).filter(|candidate| begins(candidate, typed)).collect()
}

fn kinds(typed: &OsStr) -> Vec<CompletionCandidate> {
    let kinds = Kind::ALL.iter().map(|(_, word)| CompletionCandidate::new(*word));
    kinds.filter(|candidate| begins(candidate, typed)).collect()
}

fn begins(candidate: &CompletionCandidate, typed: &OsStr) -> bool {
    candidate.get_value().as_encoded_bytes().starts_with(typed.as_encoded_bytes())
}
