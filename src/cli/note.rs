//! `note`: checks a thank-you note.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::coach::{coaching, print_review, read_stdin, read_text, too_long};
use super::context::Context;
use crate::coach::{Answer, TextKind};
use crate::failure::Failure;

/// Check a thank-you note as the coach does an answer
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The note, in a file; `-` is standard input
    #[arg(long, value_name = "FILE")]
    check: PathBuf,
}

pub(crate) fn run(context: &Context, args: &Args) -> Result<u8, Failure> {
    let text = if args.check == Path::new("-") { read_stdin(context)? } else { read_file(&args.check)? };
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
