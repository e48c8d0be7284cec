//! `merge-driver`: git's way to the deck merge.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::Path;

use super::context::{Door, say};
use super::{DONE, FINDINGS, MergeArgs, NO_RESULT};
use crate::collection::{Failure, LARGEST, read_bytes};
use crate::deck::{self, Clash, MARKERS_HELP, Merged};
use crate::diagnostic::Source;
use crate::text::list;

/// Merges what git hands over; the result takes the place of our file. Exit 0: merged; 1: with conflicts, which are marked;
/// over 128: no result, and our file is as it was.
pub(crate) fn merge_driver(door: &mut Door, args: &MergeArgs) -> Result<u8, Failure> {
    let texts = [&args.base, &args.ours, &args.theirs].map(|path| text(path));
    let [Some(base), Some(ours), Some(theirs)] = texts else { return Ok(NO_RESULT) };
    // A mistake of the program must not look like a conflict: git would take our side, and theirs would be lost. Where a
    // panic aborts, as in a release, the signal says as much to the command that git runs.
    let merged = std::panic::catch_unwind(|| deck::merge(&base, [&ours, &theirs], args.markers));
    let Ok(Some(Merged { text, clashes, kept })) = merged else { return Ok(NO_RESULT) };
    if text != ours {
        replace(&args.ours, &text)?;
    }
    let source = Source::new(args.path.to_string_lossy(), text);
    for (what, at) in kept {
        let line = source.line(at);
        door.note(&format!(
            "{}:{line}: {what} was deleted on one side and changed on the other; it is kept",
            source.path
        ));
    }
    for clash in &clashes {
        let marker = clash.at..source.line_span(source.line(clash.at)).end;
        let finding = source.error(marker, "conflict-markers", in_words(clash)).help(MARKERS_HELP);
        say(&finding.long());
    }
    Ok(if clashes.is_empty() { DONE } else { FINDINGS })
}

fn in_words(Clash { what, fields, .. }: &Clash) -> String {
    if fields.is_empty() {
        return format!("both sides changed {what}");
    }
    format!("both sides changed {} of {what}", list(fields, "and"))
}

/// The text of a file, if it is one that a deck may be.
fn text(path: &Path) -> Option<String> {
    let bytes = read_bytes(path).ok().filter(|bytes| bytes.len() as u64 <= LARGEST)?;
    String::from_utf8(bytes).ok()
}

/// Puts a text in the place of a file's, whole or not at all.
fn replace(path: &Path, text: &str) -> Result<(), Failure> {
    let mut name = path.file_name().map(OsStr::to_owned).unwrap_or_default();
    name.push(format!(".{}", std::process::id()));
    let new = path.with_file_name(name);
    let write = || {
        let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(&new)?;
        file.write_all(text.as_bytes())?;
        drop(file);
        std::fs::rename(&new, path)
    };
    write().inspect_err(|_| {
        // What is left of it is of no use to anyone.
        let _ = std::fs::remove_file(&new);
    })?;
    Ok(())
}
