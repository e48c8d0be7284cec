//! `export`: the journal, for those who commit it themselves.

use std::path::Path;

use serde_json::json;

use super::context::Context;

use crate::failure::{DONE, Failure};
use crate::journal::Journal;
use crate::render::shown_line;
use crate::sync;
use crate::text::count;

/// Write the history out
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The journal, into `.rehearse/journal/`, for those who commit it themselves
    #[arg(long, required = true)]
    journal: bool,
}

pub(crate) fn run(context: &Context, _: &Args) -> Result<u8, Failure> {
    let mut collection = context.open_to_record()?;
    let settings = &collection.settings.sync;
    if settings.stays_here() {
        let message = "`private` of `[sync]` keeps the history out of this repository";
        return Err(Failure::usage(message, "`journal` of `[sync]` names another repository for it"));
    }
    let journal = Journal::new(&collection.folders.root, settings);
    let left = collection.store.write_journal(true)?;
    let folder = relative(&journal.folder(), &collection.folders.root);
    let place = shown_line(&folder);
    let ignored = sync::ignoring_rule(&collection)?;
    match (left.files, left.of) {
        _ if context.json() => {
            context.value(&json!({ "folder": folder, "written": left.files, "of": left.of, "ignored": ignored }))?;
        }
        (_, 0) => context.remark("No reviews yet, so there is no journal to write.")?,
        (0, _) => context.remark(&format!("The journal in {place} is as it should be."))?,
        (files, _) => context.remark(&format!("wrote {} of the journal to {place}", count(files, "file")))?,
    }
    if let Some(rule) = ignored {
        context.note(&format!("git ignores the journal ({rule}); `git add` will pass it over"));
    }
    Ok(DONE)
}

fn relative(folder: &Path, root: &Path) -> String {
    folder.strip_prefix(root).unwrap_or(folder).to_string_lossy().into_owned()
}
