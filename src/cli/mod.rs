//! The command line: arguments, dispatch, exit codes, and the only clock.
//!
//! A command is one file: its `Args`, whose doc comment is its manual, and its function `run`. It is listed once, in the
//! table below.
//!
//! - `clock`, `arguments`, `output`, `context`: what every command works with
//! - `lookup`, `rows`, `author`, `outlook`, `questions`: what several commands share
//! - `conversation`: a mock interview as it is held
//! - `today`: `rehearse` without a command
//! - `candidates`: what shells ask for while a word is typed
//!
//! Not here: what a command does beyond reading its arguments and printing; that is in the modules below.

mod clock;
mod arguments;
mod output;
mod context;
mod lookup;
mod rows;
mod author;
mod outlook;
mod questions;
mod due;
mod today;
mod list;
mod log;
mod show;
mod why;
mod coach;
mod note;
mod review;
mod grade;
mod undo;
mod suspend;
mod resume;
mod rename;
mod reset;
mod add;
mod edit;
mod ids;
mod check;
mod doctor;
mod schema;
mod stats;
mod stories;
mod interview;
mod plan;
mod conversation;
mod mock;
mod debrief;
mod brief;
mod sync;
mod export;
mod init;
mod merge_driver;
mod without_terminal;
mod completions;
mod man;
mod candidates;

use std::ffi::OsString;

use clap::{CommandFactory as _, Parser, Subcommand};

use crate::failure::{DONE, Failure, USAGE};
use arguments::GlobalArgs;
use context::Context;

/// Rehearse answers that have to be given aloud: plain-text decks, spaced repetition, history that is never lost.
///
/// Without a command: today at a glance.
#[derive(Debug, Parser)]
#[command(name = "rehearse", version, max_term_width = 100, disable_help_subcommand = true)]
struct Cli {
    #[command(flatten)]
    global: GlobalArgs,
    #[command(subcommand)]
    command: Option<Command>,
}

/// Makes the table of commands: the name of a command, its file, and `records` if its errors say that acknowledged reviews
/// are saved.
macro_rules! commands {
    ($($name:ident: $file:ident $($records:ident)?;)*) => {
        #[derive(Debug, Subcommand)]
        enum Command {
            $($name($file::Args),)*
        }

        impl Command {
            fn run(&self, context: &Context) -> Result<u8, Failure> {
                match self {
                    $(Command::$name(args) => $file::run(context, args),)*
                }
            }

            fn records(&self) -> bool {
                match self {
                    $(Command::$name(_) => commands!(@ $($records)?),)*
                }
            }
        }
    };
    (@) => { false };
    (@ records) => { true };
}

commands! {
    Review: review records;
    Grade: grade records;
    Due: due;
    List: list;
    Log: log;
    Undo: undo records;
    Suspend: suspend records;
    Resume: resume records;
    Rename: rename records;
    Reset: reset records;
    Check: check;
    Doctor: doctor;
    Init: init;
    Coach: coach;
    Note: note;
    Show: show;
    Why: why;
    Schema: schema;
    Stats: stats;
    Stories: stories;
    Interview: interview;
    Plan: plan;
    Mock: mock records;
    Debrief: debrief records;
    Brief: brief;
    Completions: completions;
    Man: man;
    Add: add;
    Edit: edit;
    Ids: ids;
    Sync: sync;
    Export: export;
    MergeDriver: merge_driver;
    WithoutTerminal: without_terminal;
}

/// Runs the program and returns its exit code.
pub fn main(args: impl IntoIterator<Item = OsString>) -> u8 {
    let args: Vec<OsString> = args.into_iter().collect();
    if let Some(words) = candidates::words_to_complete(&args) {
        let candidates = candidates::candidates(words, &Cli::command());
        // Errors would appear in the line that is being typed.
        let _ = std::io::Write::write_all(&mut std::io::stdout(), candidates.as_bytes());
        return DONE;
    }
    match Cli::try_parse_from(&args) {
        Ok(Cli { global, command }) => {
            let code = run(global, command.as_ref());
            if matches!(command, Some(Command::MergeDriver(_))) { merge_driver::exit_code(code) } else { code }
        }
        Err(mut message) => {
            // Nothing can report that stdout or stderr is closed.
            let _ = arguments::escaped(&mut message).print();
            match message.use_stderr() {
                true if calls_merge_driver(args) => merge_driver::exit_code(USAGE),
                true => USAGE,
                false => DONE,
            }
        }
    }
}

fn run(global: GlobalArgs, command: Option<&Command>) -> u8 {
    let context = Context::new(global, Cli::command);
    let result = match command {
        Some(command) => command.run(&context),
        None => today::run(&context),
    };
    match result.and_then(|code| context.finish().map(|()| code)) {
        Ok(code) => code,
        Err(failure) => output::report(&failure, command.is_some_and(Command::records)),
    }
}

fn calls_merge_driver(args: Vec<OsString>) -> bool {
    let matches = Cli::command().ignore_errors(true).try_get_matches_from(args);
    matches.is_ok_and(|matches| matches.subcommand_name() == Some("merge-driver"))
}

/// Returns the manual of every command, as `--help` shows it. The tests compare it with a snapshot.
pub fn manual() -> String {
    let mut command = Cli::command().term_width(100);
    command.build();
    let mut text = command.render_long_help().to_string();
    for sub in command.get_subcommands_mut() {
        text.push_str(&format!("\n--- {}\n\n{}", sub.get_name().to_owned(), sub.render_long_help()));
    }
    text
}
