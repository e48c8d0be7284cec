//! `merge-driver`: merges a deck for git.

use std::path::{Path, PathBuf};

use super::context::Context;
use super::output::say_finding;
use crate::atomic_file::{self, Access};
use crate::collection::{LARGEST, read_bytes};
use crate::deck::{self, DeckConflict, MARKERS_HELP, MergedDeck};
use crate::diagnostic::Source;
use crate::failure::{DONE, FINDINGS, Failure, NO_RESULT};
use crate::text::list;

/// Merge a deck that two sides changed, card by card; git calls this
///
/// The result takes the place of OURS. Exit codes: 0 merged; 1 merged with conflicts, which are marked; 129 no result,
/// because it is no deck or has conflicts already: then OURS is as it was, and lines can be merged. `rehearse init`
/// tells git of it, as the driver `rehearse-deck`.
#[derive(Debug, clap::Args)]
#[command(hide = true)]
pub(crate) struct Args {
    /// What both sides began with: git's %O
    #[arg(value_name = "BASE", allow_hyphen_values = true)]
    base: PathBuf,
    /// Our side, and where the result goes: git's %A
    #[arg(value_name = "OURS", allow_hyphen_values = true)]
    ours: PathBuf,
    /// Their side: git's %B
    #[arg(value_name = "THEIRS", allow_hyphen_values = true)]
    theirs: PathBuf,
    /// What the file is called: git's %P
    #[arg(value_name = "PATH", allow_hyphen_values = true)]
    path: PathBuf,
    /// How many characters a marker has: git's %L
    #[arg(value_name = "N", default_value = "7", value_parser = parse_markers)]
    markers: usize,
}

/// Git's markers have seven characters, and more in merges of merges.
fn parse_markers(text: &str) -> Result<usize, String> {
    let markers = text.parse().ok().filter(|markers| (1..=1000).contains(markers));
    markers.ok_or_else(|| "from 1 to 1000".to_owned())
}

/// Returns the exit code for git. It takes every code up to 128 for a conflict, and would lose one side.
pub(crate) fn exit_code(code: u8) -> u8 {
    if code > FINDINGS { NO_RESULT } else { code }
}

pub(crate) fn run(context: &Context, args: &Args) -> Result<u8, Failure> {
    let texts = [&args.base, &args.ours, &args.theirs].map(|path| read_deck(path));
    let [Some(base), Some(ours), Some(theirs)] = texts else { return Ok(NO_RESULT) };
    // A panic must not look like a conflict, because git would then lose their side. In a release a panic aborts, and the
    // signal tells git the same.
    let merged = std::panic::catch_unwind(|| deck::merge(&base, [&ours, &theirs], args.markers));
    let Ok(Some(MergedDeck { text, conflicts, kept })) = merged else { return Ok(NO_RESULT) };
    if text != ours {
        atomic_file::replace(&args.ours, text.as_bytes(), Access::Shared)?;
    }
    let source = Source::new(args.path.to_string_lossy(), text);
    for (what, at) in kept {
        let line = source.line(at);
        context.note(&format!(
            "{}:{line}: {what} was deleted on one side and changed on the other; it is kept",
            source.path
        ));
    }
    for conflict in &conflicts {
        let marker = conflict.at..source.line_span(source.line(conflict.at)).end;
        let finding = source.error(marker, "conflict-markers", conflict_words(conflict)).help(MARKERS_HELP);
        say_finding(&finding);
    }
    Ok(if conflicts.is_empty() { DONE } else { FINDINGS })
}

fn conflict_words(DeckConflict { what, fields, .. }: &DeckConflict) -> String {
    if fields.is_empty() {
        return format!("both sides changed {what}");
    }
    format!("both sides changed {} of {what}", list(fields, "and"))
}

fn read_deck(path: &Path) -> Option<String> {
    let bytes = read_bytes(path).ok().filter(|bytes| bytes.len() as u64 <= LARGEST)?;
    String::from_utf8(bytes).ok()
}
