//! Creating a collection from the packs in the binary.

use std::collections::HashSet;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use super::deck_path::{DeckPaths, SETTINGS};
use super::error::Error;
use super::find::Folders;
use super::merge_driver::{Driver, add_attributes, set_driver};
use super::open::keep_local_out_of_git;
use super::packs::{GUIDE, PACKS, Pack, SETTINGS_TEXT, without_cards};
use super::settings_files::read_settings;
use super::trust::refuse_foreign;
use super::walk::walk;
use crate::git::{self, Repository};
use crate::search_path;

#[derive(Debug, Default)]
pub(crate) struct Created {
    pub(crate) files: Vec<String>,
    /// Whether examples were left out because the existing settings do not exclude them.
    pub(crate) examples_left_out: bool,
    /// Whether no pack was copied because there are decks, and none was named.
    pub(crate) had_decks: bool,
    /// How many cards of the packs were left out because their ids are there.
    pub(crate) cards_left_out: usize,
    pub(crate) attributes: usize,
    pub(crate) repository: bool,
    pub(crate) driver: Driver,
}

/// Creates a collection in a folder: starter packs, settings, a git repository unless it is in one, and what git needs to
/// merge decks. Where decks exist, only the packs named are copied. What exists is not changed.
pub(crate) fn init(folder: &Path, packs: &[String]) -> Result<Created, Error> {
    std::fs::create_dir_all(folder).map_err(Error::file(folder, "cannot be created"))?;
    let root = folder.canonicalize().map_err(Error::file(folder, "cannot be opened"))?;
    let local = root.join(".rehearse").join("local");
    search_path::distrust(&root);
    let folders = Folders { root: root.clone(), local };
    refuse_foreign(&folders)?;
    let decks = DecksThere::read(&folders)?;
    let mut created = Created { had_decks: decks.any && packs.is_empty(), ..Created::default() };
    if !decks.any {
        created.add(folder, GUIDE.0, GUIDE.1)?;
    }
    created.add(folder, SETTINGS, SETTINGS_TEXT)?;
    let is_wanted = |pack: &&Pack| packs.iter().any(|name| name == pack.name) || (pack.starts && !decks.any);
    let paths = DeckPaths::new(folder, &exclude(&folders));
    for pack in PACKS.iter().filter(is_wanted) {
        created.add_pack(folder, pack, &decks.ids, &paths)?;
    }
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

/// Returns what the settings exclude; `check` reports what is wrong in them.
fn exclude(folders: &Folders) -> Vec<String> {
    read_settings(folders).map(|read| read.settings.exclude).unwrap_or_default()
}

/// The decks that a collection has before anything is copied.
struct DecksThere {
    any: bool,
    ids: HashSet<String>,
}

impl DecksThere {
    fn read(folders: &Folders) -> Result<Self, Error> {
        let files = walk(&folders.root, &exclude(folders)).map_err(Error::file(&folders.root, "cannot be read"))?;
        let mut there = DecksThere { any: false, ids: HashSet::new() };
        for file in files {
            let deck = file.deck(&folders.root);
            there.any |= deck.is_deck;
            there.ids.extend(deck.cards.into_iter().map(|card| card.id.to_string()));
        }
        Ok(there)
    }
}

impl Created {
    /// Copies the decks of a pack, without the cards that are there. Examples are somebody else's stories, so they are only
    /// written where the settings exclude them.
    fn add_pack(&mut self, folder: &Path, pack: &Pack, ids: &HashSet<String>, paths: &DeckPaths) -> Result<(), Error> {
        for (name, text) in pack.files {
            if folder.join(name).exists() {
                continue;
            }
            if pack.name == "examples" && !paths.excludes(name) {
                self.examples_left_out = true;
                continue;
            }
            let remainder = without_cards(name, text, ids);
            self.cards_left_out += remainder.left_out;
            if let Some(text) = remainder.text {
                self.add(folder, name, &text)?;
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
