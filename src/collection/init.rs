//! A new collection, from what the binary carries.

use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use super::merge_driver::{Driver, add_attributes, set_driver};
use super::walk::excludes;
use super::{Folders, keep_local_out_of_git, read_settings};
use crate::git::{self, Repository};

macro_rules! shipped {
    ($($name:literal)*) => { &[$(($name, include_str!(concat!("../../decks/", $name)))),*] };
}

/// What every new collection begins with: decks, how to write more of them, and settings.
const STARTERS: &[(&str, &str)] = shipped! {
    "company-facts.toml"
    "questions-to-ask.toml"
    "results-and-stories.toml"
    "the-first-90-days.toml"
    "weaknesses.toml"
    "why-this-job.toml"
    "work-colleagues.toml"
    "work-duties.toml"
    "work-philosophy.toml"
    "worth-asking-at-the-table.toml"
    "worth-asking-company.toml"
    "worth-asking-culture.toml"
    "worth-asking-role.toml"
    "your-manners.toml"
    "your-panel.toml"
    "your-second-round.toml"
    "README.md"
    "rehearse.toml"
};

/// Examples to copy from. Somebody else's stories must not be asked: they come only where the settings exclude them.
const EXAMPLES: &[(&str, &str)] = shipped! {
    "examples/interview.toml"
    "examples/stories.toml"
};

#[derive(Debug, Default)]
pub(crate) struct Made {
    /// Files, relative to the folder.
    pub(crate) files: Vec<String>,
    /// Whether examples were left out, because the settings that were there do not exclude them.
    pub(crate) examples_left_out: bool,
    /// Lines added to a `.gitattributes` that was there.
    pub(crate) attributes: usize,
    /// Whether the folder became a git repository.
    pub(crate) repository: bool,
    /// What became of the merge driver.
    pub(crate) driver: Driver,
}

/// Makes a collection in a folder: starter decks, settings, examples, a git repository unless it is in one already, and
/// what git has to know to merge decks. What is there already stays as it is.
pub(crate) fn init(folder: &Path) -> Result<Made> {
    std::fs::create_dir_all(folder).with_context(|| format!("{}: cannot be created", folder.display()))?;
    let mut made = Made::default();
    for (name, text) in STARTERS {
        made.add(folder, name, text)?;
    }
    // What is wrong with settings that were there already is for `check` to say.
    let local = folder.join(".rehearse").join("local");
    let settings = read_settings(&Folders { root: folder.to_owned(), local });
    let exclude = settings.map(|(settings, ..)| settings.exclude).unwrap_or_default();
    for (name, text) in EXAMPLES {
        if excludes(folder, &exclude, name) {
            made.add(folder, name, text)?;
        } else if !folder.join(name).exists() {
            made.examples_left_out = true;
        }
    }
    if !folder.join(".rehearse").join(".gitignore").exists() {
        keep_local_out_of_git(folder)?;
        made.files.push(".rehearse/.gitignore".to_owned());
    }
    match add_attributes(folder)? {
        (_, true) => made.files.push(".gitattributes".to_owned()),
        (lines, false) => made.attributes = lines,
    }
    let root = folder.canonicalize().with_context(|| format!("{}: cannot be opened", folder.display()))?;
    if git::top(&root).is_none() {
        // Without git the collection is as good on one machine.
        made.repository = git::stdout_of(&root, &["init", "--quiet"]).is_some();
    }
    if git::top(&root).is_some() {
        made.driver = set_driver(&root);
    }
    Ok(made)
}

impl Made {
    /// Writes a file, with the folder above it, unless there is one of that name.
    fn add(&mut self, folder: &Path, name: &str, text: &str) -> Result<()> {
        let path = folder.join(name);
        let write = || {
            path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
            let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(&path)?;
            file.write_all(text.as_bytes())
        };
        match write() {
            Ok(()) => self.files.push(name.to_owned()),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error).with_context(|| format!("{}: cannot be written", path.display())),
        }
        Ok(())
    }
}

/// What became of the hook.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Hook {
    /// It was written to this file.
    Written(String),
    /// It is there, as it would be written.
    There,
    /// This is the user's own, and stays; these lines would do it.
    Taken(String, String),
}

/// Writes a hook of git that takes the journal along with every commit; one that is there already stays as it is.
pub(crate) fn hook(folder: &Path) -> Result<Hook> {
    let Some(repository) = Repository::find(folder)? else {
        bail!("{}: is in no git repository, so there is nothing to hook into", folder.display())
    };
    let folder = match repository.config().get("core.hookspath") {
        Some(path) => repository.top().join(path),
        None => repository.common().join("hooks"),
    };
    let path = folder.join("pre-commit");
    let name = path.strip_prefix(repository.top()).unwrap_or(&path).display().to_string();
    let lines = hook_lines(repository.prefix());
    let text = format!("#!/bin/sh\n{lines}");
    let write = || {
        std::fs::create_dir_all(&folder)?;
        let mut options = std::fs::OpenOptions::new();
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o755);
        let mut file = options.write(true).create_new(true).open(&path)?;
        std::io::Write::write_all(&mut file, text.as_bytes())
    };
    match write() {
        Ok(()) => Ok(Hook::Written(name)),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            let same = std::fs::read(&path).is_ok_and(|there| there == text.as_bytes());
            Ok(if same { Hook::There } else { Hook::Taken(name, lines) })
        }
        Err(error) => Err(error).with_context(|| format!("{}: cannot be written", path.display())),
    }
}

/// What the hook does, for a collection in this folder of its repository. A commit is never held up by it.
fn hook_lines(prefix: &str) -> String {
    let folder = format!("./{prefix}").replace('\'', r"'\''");
    format!(
        "# Takes the reviews along: writes the journal of rehearse, and adds it to the commit.\n\
         command -v rehearse >/dev/null && rehearse --quiet --dir '{folder}' export --journal && \
         [ -d '{folder}.rehearse/journal' ] && git add -- '{folder}.rehearse/journal'\ntrue\n"
    )
}
