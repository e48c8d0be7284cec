//! `init`: a new collection, from what the binary carries.

use super::door::Door;
use super::{DONE, InitArgs};
use crate::collection::{self, Failure};
use crate::diagnostic::{count, shown_line};

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
    if made.files.is_empty() {
        door.line(&format!("Nothing was missing in {place}."))?;
    } else {
        door.line(&format!("Made {} in {place}.", count(made.files.len(), "file")))?;
    }
    if made.examples_left_out {
        door.line("The examples are left out: `rehearse.toml` does not exclude them, so they would be asked.")?;
    }
    if made.repository {
        door.line("It is a git repository now; nothing is committed.")?;
    }
    let dir = if args.folder.is_some() { format!(" --dir {place}") } else { String::new() };
    door.line(&format!("`rehearse review{dir}` begins."))?;
    Ok(DONE)
}
