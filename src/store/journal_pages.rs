//! The journal of this store: its pages, what was published, and what came from elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use rusqlite::Connection;

use super::db::file_stamp::Stamp;
use super::error::{Error, Result};
use super::events::pages::{self, Counts, Mark, Page};
use super::events::{ids, logged, purged};
use super::writer::Store;
use crate::clock::Month;
use crate::deck::CardId;
use crate::git::Oid;
use crate::history::{Device, Line};
use crate::journal::{self, page_path, render};

/// What writing the journal to its folder did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct WrittenFiles {
    /// Files that were written or removed, because they were not as they should be.
    pub(crate) files: usize,
    /// All files there are.
    pub(crate) of: usize,
}

impl Store {
    /// Returns every page of the journal, by device and month.
    pub(crate) fn pages(&self) -> Result<Vec<Page>> {
        self.checked(pages::pages(self.reader()?))
    }

    /// Returns the events of one page, and how many it had when they were read.
    pub(crate) fn page(&self, device: Device, month: Month) -> Result<(Vec<Line>, Mark)> {
        let db = self.reader()?;
        let read = || {
            let tx = db.unchecked_transaction()?;
            let (mark, range) = pages::mark(&tx, device, month)?;
            Ok::<_, rusqlite::Error>((logged::page(&tx, device, month, &range)?, mark))
        };
        self.checked(read())
    }

    /// Notes that pages are published, and git's names of those that are as the events make them.
    pub(crate) fn note_published(&mut self, published: &[(Mark, Option<Oid>)]) -> Result<()> {
        self.note_pages(|db| {
            for (mark, blob) in published {
                if let Some(blob) = blob {
                    pages::note_published(db, mark, blob)?;
                }
                pages::note_synced(db, mark)?;
            }
            Ok(())
        })
    }

    fn note_written(&mut self, written: &[(Mark, PathBuf)], shared: bool) -> Result<()> {
        self.note_pages(|db| {
            for (mark, path) in written {
                let Ok(metadata) = std::fs::metadata(path) else { continue };
                pages::note_written(db, mark, Stamp::new(&metadata))?;
                pages::note_journal(db, path, Stamp::new(&metadata))?;
                if shared {
                    pages::note_synced(db, mark)?;
                }
            }
            Ok(())
        })
    }

    /// Marks are valid only for the database from which they were read.
    fn note_pages(&mut self, note: impl FnOnce(&Connection) -> rusqlite::Result<()>) -> Result<()> {
        if !self.is_current() {
            return Ok(());
        }
        self.write(|writing| Ok(note(writing.db)?))
    }

    /// Writes every journal file that differs from what the events make it. `shared`: the user carries the files to other
    /// machines, so their reviews no longer count as unsynced.
    pub(crate) fn write_journal(&mut self, shared: bool) -> Result<WrittenFiles> {
        let journal = self.journal().clone();
        let folder = journal.folder();
        let mut written = WrittenFiles::default();
        let mut noted = Vec::new();
        for page in self.pages()? {
            written.of += 1;
            let path = folder.join(page_path(page.device, page.month));
            // A link is not a journal file, whatever it points to.
            let file = std::fs::symlink_metadata(&path).ok().filter(std::fs::Metadata::is_file);
            if file.is_some_and(|metadata| page.written == Some(Stamp::new(&metadata))) {
                continue;
            }
            let (lines, mark) = self.page(page.device, page.month)?;
            for text in render(lines).into_values() {
                if std::fs::read(&path).ok().as_deref() != Some(text.as_bytes()) {
                    journal::files::replace(&journal, &page_path(page.device, page.month), text.as_bytes())?;
                    written.files += 1;
                }
            }
            noted.push((mark, path));
        }
        self.note_written(&noted, shared)?;
        written.files += journal::files::remove_purged(&folder, &self.purged()?)?;
        Ok(written)
    }

    /// Takes in journals from elsewhere, and the cards that were purged there. Returns the numbers of new events by device,
    /// and a note if this device took a new name. Unless `keep`, it is only counted.
    pub(crate) fn receive(
        &mut self,
        journals: &[Vec<u8>],
        purged: &BTreeSet<CardId>,
        keep: bool,
    ) -> Result<(BTreeMap<Device, Counts>, Option<String>)> {
        self.reopen_if_replaced()?;
        if journals.is_empty() && purged.is_subset(&self.checked(purged::published(self.deck_reader()))?) {
            return Ok((BTreeMap::new(), None));
        }
        if keep {
            self.delete_answers(purged)?;
        }
        let ingested = self.receive_journals(journals, purged, keep)?;
        let note = if ingested.cloned && keep { Some(self.take_new_device()?) } else { None };
        Ok((ingested.received, note))
    }

    /// Forgets the history of a card, under every id it has or had, on every machine that the list of purged cards reaches.
    /// Returns these ids, and how many events no longer count.
    pub(crate) fn purge(&mut self, card: &CardId) -> Result<(Vec<CardId>, usize)> {
        let mut cards = BTreeSet::from_iter(ids::all_ids(self.deck_reader(), card)?);
        cards.insert(card.clone());
        journal::purged::add(&self.journal().folder(), &cards)?;
        let before = self.count_events()?;
        self.catch_up(&|_, _, _| {})?;
        Ok((cards.into_iter().collect(), before.saturating_sub(self.count_events()?)))
    }

    fn count_events(&self) -> Result<usize, Error> {
        Ok(self.reader()?.query_row("SELECT count(*) FROM events", [], |row| row.get(0))?)
    }
}
