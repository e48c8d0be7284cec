//! What was typed in this machine's folder, for the user alone: of each card the runs of the last take, as hashes; and,
//! where the user wants them kept, the answers, a line each. Neither is history: nothing is folded from it, no journal
//! carries it. It stands in files of its own, so that a database that is built anew has not forgotten it.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::log::Log;
use super::{Store, names};
use crate::atomic_file::{self, Access, create_folder, remove};
use crate::clock::Instant;
use crate::coach::Runs;
use crate::deck::CardId;
use crate::history::EventId;
use crate::render::json_line;

/// An answer that was typed and graded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Take<'a> {
    pub(crate) at: Instant,
    /// The review that it was graded by.
    pub(crate) id: EventId,
    pub(crate) card: &'a CardId,
    pub(crate) answer: &'a str,
}

/// The answers that are kept.
fn answers(local: &Path) -> PathBuf {
    local.join("answers.jsonl")
}

fn takes(local: &Path) -> PathBuf {
    local.join("takes")
}

/// The runs of a card's last take. What stands before the id keeps it from being a name that some system has reserved.
fn runs(local: &Path, card: &CardId) -> PathBuf {
    takes(local).join(format!("take-{card}"))
}

impl Store {
    fn local(&self) -> &Path {
        self.log.path().parent().unwrap_or(Path::new(""))
    }

    /// Keeps the runs of a take in place of those of the one before, and with `words` also the answer itself, durably.
    pub(crate) fn keep_take(&self, take: &Take<'_>, words: bool) -> Result<()> {
        let Some(guard) = &self.guard else { return Ok(()) };
        let _lock = guard.lock()?;
        let Take { at, id, card, answer } = take;
        if words {
            let row = json!({ "at": at.rfc3339(), "id": id.to_string(), "card": card.as_str(), "answer": answer });
            Log::new(answers(self.local())).append(json_line(&row).trim_end())?;
        }
        // A file system may hold two names for one, so the card is named within, too.
        let hashes: String = Runs::of(answer).hashes().iter().map(|hash| format!("{hash:016x}\n")).collect();
        replace(&runs(self.local(), card), &format!("{card}\n{hashes}"))?;
        // What was typed while it had another name is no longer the last.
        names::all(&self.db, card)?.iter().filter(|name| *name != *card).try_for_each(|name| self.forget_take(name))
    }

    fn forget_take(&self, name: &CardId) -> Result<()> {
        let path = runs(self.local(), name);
        remove(&path).with_context(|| format!("{}: cannot be deleted", path.display()))
    }

    /// The runs of a card's last take, by any name it has or had; `None` where nothing was typed, or it cannot be read.
    pub(crate) fn last_take(&self, card: &CardId) -> Option<Runs> {
        // Of those who only ever speak no name need be asked for.
        if !takes(self.local()).is_dir() {
            return None;
        }
        let read = |name: &CardId| {
            let text = std::fs::read_to_string(runs(self.local(), name)).ok()?;
            let hashes = text.strip_prefix(name.as_str())?.strip_prefix('\n')?;
            let hash = |line: &str| u64::from_str_radix(line, 16).ok();
            hashes.lines().map(hash).collect::<Option<Vec<u64>>>().map(Runs::from_hashes)
        };
        let others = || names::all(&self.db, card).unwrap_or_default();
        read(card).or_else(|| others().iter().find_map(read))
    }

    /// Forgets what was typed for cards of these names.
    pub(super) fn forget_takes(&self, names: &BTreeSet<CardId>) -> Result<()> {
        let Some(guard) = &self.guard else { return Ok(()) };
        let _lock = guard.lock()?;
        names.iter().try_for_each(|name| self.forget_take(name))?;
        let path = answers(self.local());
        let text = match std::fs::read(&path) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error).with_context(|| format!("{}: cannot be read", path.display())),
        };
        let theirs = |line: &&str| {
            let row: Option<Value> = serde_json::from_str(line).ok();
            let card = row.as_ref().and_then(|row| row["card"].as_str()).and_then(CardId::parse);
            card.is_some_and(|card| names.contains(&card))
        };
        let left: String = text.lines().filter(|line| !theirs(line)).map(|line| format!("{line}\n")).collect();
        if left.len() < text.len() { replace(&path, &left) } else { Ok(()) }
    }
}

/// Replaces a file with a text.
fn replace(path: &Path, text: &str) -> Result<()> {
    let write = || {
        create_folder(path.parent().unwrap_or(path))?;
        atomic_file::replace(path, text.as_bytes(), Access::Private)
    };
    write().with_context(|| format!("{}: cannot be written", path.display()))
}
