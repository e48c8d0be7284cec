//! `init`: a new collection, from what the binary carries.

use std::path::Path;

use serde_json::{Value, json};

use super::context::Door;
use super::{DONE, InitArgs};
use crate::collection::{self, Driver, Failure, Hook, Made};
use crate::render::{shown_block, shown_line};
use crate::text::count;

/// Makes a collection; adds what is missing, overwrites nothing, commits nothing.
pub(crate) fn init(door: &mut Door, args: &InitArgs) -> Result<u8, Failure> {
    let folder = match &args.folder {
        Some(folder) => folder.clone(),
        None => std::env::current_dir()?,
    };
    let made = collection::init(&folder)?;
    if !door.json() {
        tell(door, &made, &folder)?;
    }
    note(door, &made.driver);
    let hook = args.hook.then(|| collection::hook(&folder)).transpose()?;
    if let Some(Hook::Taken(path, _)) = &hook {
        door.note(&format!("{path} is your own, and stays as it is; these lines would take the journal along"));
    }
    if door.json() {
        return door.value(&value(&made, &folder, hook.as_ref())).map(|()| DONE);
    }
    match &hook {
        Some(Hook::Written(path)) => {
            door.line(&format!("Every commit takes the journal along now, by {}.", shown_line(path)))?;
        }
        Some(Hook::There) => door.line("The hook is there already.")?,
        Some(Hook::Taken(_, lines)) => door.line(&shown_block(lines))?,
        None => {}
    }
    let dir = args.folder.as_ref().map(|folder| format!(" --dir {}", shown_line(&folder.display().to_string())));
    door.line(&format!("`rehearse review{}` begins.", dir.unwrap_or_default()))?;
    Ok(DONE)
}

/// What was made, a line each.
fn tell(door: &Door, made: &Made, folder: &Path) -> Result<(), Failure> {
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
    if let Driver::Set(program) = &made.driver {
        let why = if program.starts_with('\'') { ", which is not what PATH finds" } else { "" };
        door.line(&format!("In this clone git merges decks card by card, with {}{why}.", shown_line(program)))?;
    }
    Ok(())
}

/// Why git does not merge decks card by card, where it cannot be told to.
fn note(door: &Door, driver: &Driver) {
    match driver {
        Driver::None | Driver::There | Driver::Set(_) => {}
        Driver::Foreign => door.note("`git config merge.rehearse-deck.driver` is another command; it stays as it is"),
        Driver::Refused => door.note("git cannot be told how to merge decks: its configuration cannot be written"),
    }
}

/// The same as JSON.
fn value(made: &Made, folder: &Path, hook: Option<&Hook>) -> Value {
    let driver = match &made.driver {
        Driver::None => "none",
        Driver::There => "there",
        Driver::Set(_) => "set",
        Driver::Foreign => "foreign",
        Driver::Refused => "refused",
    };
    let hook = hook.map(|hook| match hook {
        Hook::Written(_) => "written",
        Hook::There => "there",
        Hook::Taken(..) => "taken",
    });
    json!({
        "folder": folder.display().to_string(), "files": made.files, "attributes": made.attributes,
        "examples_left_out": made.examples_left_out, "repository": made.repository, "driver": driver, "hook": hook,
    })
}
