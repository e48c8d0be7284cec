//! A new collection, from what the binary carries.

use std::path::Path;

use anyhow::{Context as _, Result};

use super::git::{git, in_repository};
use super::{SETTINGS, keep_local_out_of_git};

/// The decks every new collection begins with.
const STARTERS: &[(&str, &str)] = &[
    ("weaknesses.toml", include_str!("../../decks/weaknesses.toml")),
    ("why-this-job.toml", include_str!("../../decks/why-this-job.toml")),
    ("questions-to-ask.toml", include_str!("../../decks/questions-to-ask.toml")),
];

/// Settings as a new collection has them: all at their defaults, to be uncommented.
const STARTER_SETTINGS: &str = "\
# Settings of this collection, shared by every machine. Each line shows a default; remove the `#` to change it.

# [schedule]
# preset = \"original\"
# maximum_interval = 36500
# day_starts_at = \"04:00\"

# [review]
# new_per_day = 5
# minutes_per_day = 15
";

/// What [`init`] made.
#[derive(Debug, Default)]
pub struct Made {
    /// Files, relative to the folder.
    pub files: Vec<String>,
    /// Whether the folder became a git repository.
    pub repository: bool,
}

/// Makes a collection in a folder: starter decks, settings, and a git repository unless it is in one already. What is
/// there already stays as it is.
pub fn init(folder: &Path) -> Result<Made> {
    std::fs::create_dir_all(folder).with_context(|| format!("{}: cannot be created", folder.display()))?;
    let mut made = Made::default();
    for (name, text) in STARTERS.iter().chain(&[(SETTINGS, STARTER_SETTINGS)]) {
        let path = folder.join(name);
        match std::fs::OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(mut file) => {
                let written = std::io::Write::write_all(&mut file, text.as_bytes());
                written.with_context(|| format!("{}: cannot be written", path.display()))?;
                made.files.push((*name).to_owned());
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error).with_context(|| format!("{}: cannot be written", path.display())),
        }
    }
    if !folder.join(".rehearse").join(".gitignore").exists() {
        keep_local_out_of_git(folder)?;
        made.files.push(".rehearse/.gitignore".to_owned());
    }
    let root = folder.canonicalize().with_context(|| format!("{}: cannot be opened", folder.display()))?;
    if !in_repository(&root) {
        // Without git the collection is as good on one machine.
        let made_one = git(&root).args(["init", "--quiet"]).output();
        made.repository = made_one.is_ok_and(|output| output.status.success());
    }
    Ok(made)
}
