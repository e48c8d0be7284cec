//! Creating a collection from the decks in the binary.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use super::deck_path::DeckPaths;
use super::error::Error;
use super::find::Folders;
use super::merge_driver::{Driver, add_attributes, set_driver};
use super::open::keep_local_out_of_git;
use super::settings_files::read_settings;
use super::trust::refuse_foreign;
use crate::git::{self, Repository};
use crate::search_path;

macro_rules! shipped {
    ($($name:literal)*) => { &[$(($name, include_str!(concat!("../../decks/", $name)))),*] };
}

/// What every new collection starts with: decks, how to write more of them, and settings.
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

/// Examples to copy from. They are somebody else's stories, so they are only written where the settings exclude them.
const EXAMPLES: &[(&str, &str)] = shipped! {
    "examples/interview.toml"
    "examples/stories.toml"
};

#[derive(Debug, Default)]
pub(crate) struct Created {
    pub(crate) files: Vec<String>,
    /// Whether examples were left out because the existing settings do not exclude them.
    pub(crate) examples_left_out: bool,
    pub(crate) attributes: usize,
    pub(crate) repository: bool,
    pub(crate) driver: Driver,
}

/// Creates a collection in a folder: starter decks, settings, examples, a git repository unless it is in one, and what git
/// needs to merge decks. What exists is not changed.
pub(crate) fn init(folder: &Path) -> Result<Created, Error> {
    std::fs::create_dir_all(folder).map_err(Error::file(folder, "cannot be created"))?;
    let root = folder.canonicalize().map_err(Error::file(folder, "cannot be opened"))?;
    let local = root.join(".rehearse").join("local");
    search_path::distrust(&root);
    refuse_foreign(&Folders { root: root.clone(), local })?;
    let mut created = Created::default();
    for (name, text) in STARTERS {
        created.add(folder, name, text)?;
    }
    created.add_examples(folder)?;
    if !folder.join(".rehearse").join(".gitignore").exists() {
        keep_local_out_of_git(folder)?;
        created.files.push(".rehearse/.gitignore".to_owned());
    }
    match add_attributes(folder)? {
        (_, true) => created.files.push(".gitattributes".to_owned()),
        (lines, false) => created.attributes = lines,
    }
    if git::top(&root).is_none() {
        // Without git the collection works on one machine.
        created.repository = git::stdout_of(&root, &["init", "--quiet"]).is_some();
    }
    if git::top(&root).is_some() {
        created.driver = set_driver(&root);
    }
    Ok(created)
}

impl Created {
    fn add_examples(&mut self, folder: &Path) -> Result<(), Error> {
        let local = folder.join(".rehearse").join("local");
        // `check` reports what is wrong in existing settings.
        let settings = read_settings(&Folders { root: folder.to_owned(), local });
        let exclude = settings.map(|read| read.settings.exclude).unwrap_or_default();
        let paths = DeckPaths::new(folder, &exclude);
        for (name, text) in EXAMPLES {
            if paths.excludes(name) {
                self.add(folder, name, text)?;
            } else if !folder.join(name).exists() {
                self.examples_left_out = true;
            }
        }
        Ok(())
    }

    /// Writes a file, with the folder above it, unless it exists.
    fn add(&mut self, folder: &Path, name: &str, text: &str) -> Result<(), Error> {
        let path = folder.join(name);
        let write = || {
            path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
            OpenOptions::new().write(true).create_new(true).open(&path)?.write_all(text.as_bytes())
        };
        match write() {
            Ok(()) => self.files.push(name.to_owned()),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(Error::file(&path, "cannot be written")(error)),
        }
        Ok(())
    }
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Hook {
    Written(String),
    There,
    /// This file is the user's own and was not changed; these lines would do it.
    Taken(String, String),
}

/// Writes a git hook that adds the journal to every commit. An existing hook is not changed.
pub(crate) fn hook(folder: &Path) -> Result<Hook, Error> {
    let Some(repository) = Repository::find(folder)? else { return Err(Error::NoRepository(folder.to_owned())) };
    let folder = match repository.config.get("core.hookspath") {
        Some(path) => repository.top.join(path),
        None => repository.common.join("hooks"),
    };
    let path = folder.join("pre-commit");
    let name = path.strip_prefix(&repository.top).unwrap_or(&path).display().to_string();
    let lines = hook_lines(&repository.prefix);
    let text = format!("#!/bin/sh\n{lines}");
    let write = || {
        std::fs::create_dir_all(&folder)?;
        let mut options = OpenOptions::new();
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o755);
        options.write(true).create_new(true).open(&path)?.write_all(text.as_bytes())
    };
    match write() {
        Ok(()) => Ok(Hook::Written(name)),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let same = std::fs::read(&path).is_ok_and(|there| there == text.as_bytes());
            Ok(if same { Hook::There } else { Hook::Taken(name, lines) })
        }
        Err(error) => Err(Error::file(&path, "cannot be written")(error)),
    }
}

/// Returns the lines of the hook for a collection in this folder of its repository. The hook never stops a commit.
fn hook_lines(prefix: &str) -> String {
    let folder = format!("./{prefix}").replace('\'', r"'\''");
    format!(
        "# Takes the reviews along: writes the journal of rehearse, and adds it to the commit.\n\
         command -v rehearse >/dev/null && rehearse --quiet --dir '{folder}' export --journal && \
         [ -d '{folder}.rehearse/journal' ] && git add -- '{folder}.rehearse/journal'\ntrue\n"
    )
}
