//! Cards whose history is to be forgotten: listed in `PURGED` beside the journals, a card id a line, which travels with them.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::Path;

use super::error::{Error, Result};
use crate::atomic_file::{self, Access, create_folder};
use crate::deck::CardId;
use crate::history::{Body, parse_lines};

/// The name of the list.
pub(crate) const PURGED: &str = "PURGED";

/// Returns the card ids in the text of a list; other lines are passed over.
pub(crate) fn card_ids(text: &str) -> BTreeSet<CardId> {
    text.lines().filter_map(|line| CardId::parse(line.trim())).collect()
}

/// Returns the card ids of the list in a folder of journals.
pub(crate) fn listed(journal: &Path) -> Result<BTreeSet<CardId>> {
    Ok(card_ids(&text(journal)?))
}

fn text(journal: &Path) -> Result<String> {
    let path = journal.join(PURGED);
    match std::fs::read(&path) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(Error::file(&path, "cannot be read")(error)),
    }
}

/// Joins several lists: each line once, in the order in which they first appear.
pub(crate) fn joined<'t>(texts: impl Iterator<Item = &'t str>) -> String {
    let mut lines: Vec<&str> = Vec::new();
    for line in texts.flat_map(str::lines).filter(|line| !line.trim().is_empty()) {
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines.iter().flat_map(|line| [*line, "\n"]).collect()
}

/// Returns the purged card that an event is about.
pub(crate) fn purged_card<'a>(body: &Body, purged: &'a BTreeSet<CardId>) -> Option<&'a CardId> {
    let to = if let Body::Rename { to, .. } = body { purged.get(to) } else { None };
    body.card().and_then(|card| purged.get(card)).or(to)
}

/// Whether a journal file has nothing but events that were purged.
pub(crate) fn is_all_purged(bytes: &[u8], purged: &BTreeSet<CardId>) -> bool {
    let mut events = parse_lines(bytes).map(|line| purged_card(&line.event.body, purged).is_some()).peekable();
    events.peek().is_some() && events.all(|purged| purged)
}

/// Adds card ids to the list in a folder of journals; its other lines stay as they are.
pub(crate) fn add(journal: &Path, ids: &BTreeSet<CardId>) -> Result<()> {
    let mut text = text(journal)?;
    let known = card_ids(&text);
    for id in ids.difference(&known) {
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str(id.as_str());
        text.push('\n');
    }
    let path = journal.join(PURGED);
    let write = || {
        create_folder(journal)?;
        atomic_file::replace(&path, text.as_bytes(), Access::Private)
    };
    write().map_err(Error::file(&path, "cannot be written"))
}
