//! Typed answers, which never leave this machine: hashes of the last answer to each card, and the answers themselves if the
//! user wants them kept. They are in files of their own, so that they survive a rebuild of the database.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::atomic_file::{self, Access, create_folder, remove};
use crate::clock::Instant;
use crate::coach::Runs;
use crate::deck::CardId;
use crate::history::EventId;
use crate::regular_file;
use crate::render::json_line;
use crate::store::error::Error;
use crate::store::log::Log;

/// The largest file of hashes that is read, in bytes: an answer of a MiB has fewer words.
const LARGEST: u64 = 16 << 20;

/// A typed and graded answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TypedAnswer<'a> {
    pub(crate) at: Instant,
    pub(crate) id: EventId,
    pub(crate) card: &'a CardId,
    pub(crate) answer: &'a str,
}

fn answers(local: &Path) -> PathBuf {
    local.join("answers.jsonl")
}

fn takes(local: &Path) -> PathBuf {
    local.join("takes")
}

/// Returns the file of a card's last answer. The prefix keeps an id from being a name that some system reserves.
fn last_answer(local: &Path, card: &CardId) -> PathBuf {
    takes(local).join(format!("take-{card}"))
}

/// Saves the hashes of an answer in place of those of the one before, and with `words` the answer itself, durably.
/// `other_ids`: all ids that the card has or had.
pub(crate) fn save(local: &Path, answer: &TypedAnswer<'_>, words: bool, other_ids: &[CardId]) -> Result<(), Error> {
    let TypedAnswer { at, id, card, answer } = answer;
    if words {
        let row = json!({ "at": at.rfc3339(), "id": id.to_string(), "card": card.as_str(), "answer": answer });
        Log::new(answers(local)).append(json_line(&row).trim_end())?;
    }
    // Some file systems ignore case, so the file holds the id as well.
    let hashes: String = Runs::of(answer).hashes().iter().map(|hash| format!("{hash:016x}\n")).collect();
    replace(&last_answer(local, card), &format!("{card}\n{hashes}"))?;
    // An answer that was typed under an earlier id is no longer the last.
    other_ids.iter().filter(|id| id != card).try_for_each(|id| delete(local, id))
}

fn delete(local: &Path, id: &CardId) -> Result<(), Error> {
    let path = last_answer(local, id);
    remove(&path).map_err(Error::file(&path, "cannot be deleted"))
}

/// Whether any answer was ever typed.
pub(crate) fn any(local: &Path) -> bool {
    takes(local).is_dir()
}

/// Returns the hashes of the last answer that was typed under an id; `None` if there is none that can be read.
pub(crate) fn last(local: &Path, id: &CardId) -> Option<Runs> {
    let text = String::from_utf8(regular_file::read(&last_answer(local, id), LARGEST).ok()?).ok()?;
    let hashes = text.strip_prefix(id.as_str())?.strip_prefix('\n')?;
    let hash = |line: &str| u64::from_str_radix(line, 16).ok();
    hashes.lines().map(hash).collect::<Option<Vec<u64>>>().map(Runs::from_hashes)
}

fn replace(path: &Path, text: &str) -> Result<(), Error> {
    let write = || {
        create_folder(path.parent().unwrap_or(path))?;
        atomic_file::replace(path, text.as_bytes(), Access::Private)
    };
    write().map_err(Error::file(path, "cannot be written"))
}
