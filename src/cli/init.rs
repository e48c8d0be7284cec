//! `init`: a new collection, from what the binary carries.

use std::path::Path;

use super::door::Door;
use super::{DONE, InitArgs};
use crate::collection::{self, Driver, Failure, Hook};
use crate::diagnostic::{count, shown_block, shown_line};

/// Makes a collection; adds what is missing, overwrites nothing, commits nothing.
pub fn init(door: &mut Door, args: &InitArgs) -> Result<u8, Failure> {
    let folder = match &args.folder {
        Some(folder) => folder.clone(),
        None => std::env::current_dir()?,
    };
    let made = collection::init(&folder)?;
    for file in &made.files {
        door.remark(&format!("  {}", shown_line(file)))?;
    }
    let place = shown_line(&folder.display().to_string());
    if made.files.is_empty() && made.attributes == 0 && !matches!(made.driver, Driver::Set(_)) {
        door.line(&format!("Nothing was missing in {place}."))?;
    }
    if !made.files.is_empty() {
        door.line(&format!("Made {} in {place}.", count(made.files.len(), "file")))?;
    }
    if made.attributes > 0 {
        door.line(&format!("Added {} to .gitattributes.", count(made.attributes, "line")))?;
    }
    if made.examples_left_out {
        door.line("The examples are left out: `rehearse.toml` does not exclude them, so they would be asked.")?;
    }
    if made.repository {
        door.line("It is a git repository now; nothing is committed.")?;
    }
    match &made.driver {
        Driver::None | Driver::There => {}
        Driver::Set(program) => {
            let why = if program.starts_with('\'') { ", which is not what PATH finds" } else { "" };
            door.line(&format!("In this clone git merges decks card by card, with {}{why}.", shown_line(program)))?;
        }
        Driver::Foreign => door.note("`git config merge.rehearse-deck.driver` is another command; it stays as it is"),
        Driver::Refused => door.note("git cannot be told how to merge decks: its configuration cannot be written"),
    }
    if args.hook {
        hook(door, &folder)?;
    }
    let dir = if args.folder.is_some() { format!(" --dir {place}") } else { String::new() };
    door.line(&format!("`rehearse review{dir}` begins."))?;
    Ok(DONE)
}

/// Writes the hook, or says what to add to the one that is there.
fn hook(door: &Door, folder: &Path) -> Result<(), Failure> {
    match collection::hook(folder)? {
        Hook::Written(path) => {
            door.line(&format!("Every commit takes the journal along now, by {}.", shown_line(&path)))
        }
        Hook::There => door.line("The hook is there already."),
        Hook::Taken(path, lines) => {
            door.note(&format!("{path} is your own, and stays as it is; these lines would take the journal along"));
            door.line(&shown_block(&lines))
        }
    }
}
