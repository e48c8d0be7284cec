//! The journal of this store: its pages, what was published, and what came from elsewhere.

use std::collections::BTreeMap;
use std::path::PathBuf;

use rusqlite::Connection;

use super::db::file_stamp::Stamp;
use super::error::Error;
use super::events::logged;
use super::events::pages::{self, Counts, Mark, Page};
use super::writer::Store;
use crate::clock::Month;
use crate::deck::CardId;
use crate::git::Oid;
use crate::history::{Device, EventId, Line};
use crate::journal::{self, page_path, render};
use crate::regular_file;

/// What writing the journal to its folder did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct WrittenFiles {
    /// Files that were written, because they were not as they should be.
    pub(crate) files: usize,
    /// All files there are.
    pub(crate) of: usize,
}

/// What was new in journals from elsewhere.
#[derive(Debug, Default)]
pub(crate) struct Received {
    /// The numbers of new events by device.
    pub(crate) counts: BTreeMap<Device, Counts>,
    /// New resets, with their cards.
    pub(crate) resets: Vec<(EventId, CardId)>,
    /// A note for the user if this device took a new name.
    pub(crate) note: Option<String>,
}

impl Store {
    /// Returns every page of the journal, by device and month.
    pub(crate) fn pages(&self) -> Result<Vec<Page>, Error> {
        self.checked(pages::pages(self.reader()?))
    }

    /// Returns the events of one page, and how many it had when they were read.
    pub(crate) fn page(&self, device: Device, month: Month) -> Result<(Vec<Line>, Mark), Error> {
        let db = self.reader()?;
        let read = || {
            let tx = db.unchecked_transaction()?;
            let (mark, range) = pages::mark(&tx, device, month)?;
            Ok::<_, rusqlite::Error>((logged::page(&tx, device, month, &range)?, mark))
        };
        self.checked(read())
    }

    /// Notes that pages are published, and git's names of those that are as the events make them.
    pub(crate) fn note_published(&mut self, published: &[(Mark, Option<Oid>)]) -> Result<(), Error> {
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

    fn note_written(&mut self, written: &[(Mark, PathBuf)], shared: bool) -> Result<(), Error> {
        self.note_pages(|db| {
            for (mark, path) in written {
                let Ok(metadata) = regular_file::metadata(path) else { continue };
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
    fn note_pages(&mut self, note: impl FnOnce(&Connection) -> rusqlite::Result<()>) -> Result<(), Error> {
        if !self.is_current() {
            return Ok(());
        }
        self.write(|writing| Ok(note(writing.db)?))
    }

    /// Writes every journal file that differs from what the events make it. `shared`: the user carries the files to other
    /// machines, so their reviews no longer count as unsynced.
    pub(crate) fn write_journal(&mut self, shared: bool) -> Result<WrittenFiles, Error> {
        let journal = self.journal().clone();
        journal::files::refuse_linked_folders(&journal)?;
        let folder = journal.folder();
        let mut written = WrittenFiles::default();
        let mut noted = Vec::new();
        for page in self.pages()? {
            written.of += 1;
            let path = folder.join(page_path(page.device, page.month));
            // A link is not a journal file, whatever it points to.
            if regular_file::metadata(&path).is_ok_and(|metadata| page.written == Some(Stamp::new(&metadata))) {
                continue;
            }
            let (lines, mark) = self.page(page.device, page.month)?;
            for text in render(lines).into_values() {
                if regular_file::read(&path, text.len() as u64).ok().as_deref() != Some(text.as_bytes()) {
                    journal::files::replace(&journal, &page_path(page.device, page.month), text.as_bytes())?;
                    written.files += 1;
                }
            }
            noted.push((mark, path));
        }
        self.note_written(&noted, shared)?;
        Ok(written)
    }

    /// Takes in journals from elsewhere. Unless `keep`, they are only counted.
    pub(crate) fn receive(&mut self, journals: &[Vec<u8>], keep: bool) -> Result<Received, Error> {
        self.reopen_if_replaced()?;
        if journals.is_empty() {
            return Ok(Received::default());
        }
        let ingested = self.receive_journals(journals, keep)?;
        let note = if ingested.cloned && keep { Some(self.take_new_device()?) } else { None };
        Ok(Received { counts: ingested.received, resets: ingested.resets, note })
    }
}
