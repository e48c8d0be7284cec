//! Queries: cards and decks, what is due, what was recorded.
//!
//! Not here: SQL and what it returns, which is described with the tables.

use std::collections::{BTreeMap, HashSet};

use rusqlite::Connection;

use super::db::file_stamp::Stamp;
use super::error::Error;
use super::events::logged::{self, Logged};
use super::events::{ids, pages};
use super::index::files::{self, StoredFile};
use super::index::upcoming::{self, Upcoming};
use super::index::{agenda, cards, edits, minutes, references, scoped};
use super::writer::Store;
use crate::check::{Dangling, Twins, UnusedStory};
use crate::clock::StudyDay;
use crate::deck::{CardId, Debrief, Interview};
use crate::diagnostic::Diagnostic;
use crate::entry::Entry;
use crate::follow::{Newcomer, Orphan, Refused};
use crate::history::{Body, CardState, Device, Event, EventId};
use crate::horizon::Scope;
use crate::plan::{DeckGroup, Totals};
use crate::queue::NewCounts;
use crate::stories::StoryRef;

impl Store {
    pub(crate) fn device_names(&self) -> Result<BTreeMap<Device, String>, Error> {
        self.checked(logged::device_names(self.deck_reader()))
    }

    pub(crate) fn files(&self) -> Result<Vec<StoredFile>, Error> {
        self.checked(files::files(self.deck_reader()))
    }

    pub(crate) fn hash(&self, file: i64) -> Result<Vec<u8>, Error> {
        self.checked(files::hash(self.deck_reader(), file))
    }

    pub(crate) fn head(&self, path: &str) -> Result<Option<(Stamp, String)>, Error> {
        self.checked(files::head(self.deck_reader(), path))
    }

    pub(crate) fn findings(&self) -> Result<Vec<Diagnostic>, Error> {
        self.checked(files::findings(self.deck_reader()))
    }

    pub(crate) fn twins(&self) -> Result<Vec<Twins>, Error> {
        self.checked(cards::twins(self.deck_reader()))
    }

    pub(crate) fn dangling(&self) -> Result<Vec<Dangling>, Error> {
        self.checked(references::dangling(self.deck_reader()))
    }

    pub(crate) fn unnamed_stories(&self) -> Result<Vec<UnusedStory>, Error> {
        self.checked(references::unnamed(self.deck_reader()))
    }

    pub(crate) fn debriefs(&self) -> Result<Vec<(Debrief, String)>, Error> {
        self.checked(files::debriefs(self.deck_reader()))
    }

    pub(crate) fn stories(&self) -> Result<Vec<StoryRef>, Error> {
        self.checked(references::stories(self.reader()?))
    }

    pub(crate) fn sizes(&self) -> Result<(usize, usize), Error> {
        self.checked(cards::sizes(self.deck_reader()))
    }

    pub(crate) fn titles(&self) -> Result<Vec<(String, String)>, Error> {
        self.checked(files::titles(self.deck_reader()))
    }

    pub(crate) fn interviews(&self) -> Result<Vec<(Interview, Option<String>, String)>, Error> {
        self.checked(files::interviews(self.deck_reader()))
    }

    pub(crate) fn all(&self) -> Result<Vec<Entry>, Error> {
        self.checked(cards::all(self.reader()?))
    }

    /// Passes the cards of each file to `each`, in path order, so that a large collection is never in memory as a whole.
    pub(crate) fn by_file(&self, each: impl FnMut(Vec<Entry>)) -> Result<(), Error> {
        self.checked(cards::by_file(self.reader()?, each))
    }

    pub(crate) fn absent(&self) -> Result<Vec<Entry>, Error> {
        self.checked(cards::absent(self.reader()?))
    }

    pub(crate) fn orphans(&self) -> Result<Vec<Orphan>, Error> {
        self.checked(edits::orphans(self.reader()?))
    }

    pub(crate) fn newcomers(&self) -> Result<Vec<Newcomer>, Error> {
        self.checked(edits::newcomers(self.reader()?))
    }

    pub(crate) fn refused(&self) -> Result<Refused, Error> {
        self.checked(edits::refused(self.reader()?))
    }

    pub(crate) fn tally(&self, today: StudyDay) -> Result<(usize, u64), Error> {
        self.checked(agenda::tally(self.reader()?, today))
    }

    /// Returns how long the reviews of a study day took, in milliseconds.
    pub(crate) fn spent(&self, day: StudyDay) -> Result<u64, Error> {
        self.checked(minutes::spent(self.reader()?, day))
    }

    /// Returns how many seconds the due cards that were answered on a study day are likely to take.
    pub(crate) fn answered(&self, day: StudyDay) -> Result<u64, Error> {
        self.checked(minutes::answered(self.reader()?, day))
    }

    /// Returns how many new cards that a scope wants are buried on a study day.
    pub(crate) fn hidden_new(&self, scope: Scope, day: StudyDay) -> Result<usize, Error> {
        self.checked(minutes::hidden_new(self.reader()?, scope, day))
    }

    /// Returns the cards that are due by a day, each with its weight and the seconds it is likely to take.
    pub(crate) fn due_by(&self, day: StudyDay) -> Result<Vec<(CardState, u8, u64)>, Error> {
        self.checked(minutes::due_by(self.reader()?, day))
    }

    pub(crate) fn agenda(&mut self, today: StudyDay, from: i64, most: usize) -> Result<(Vec<Entry>, i64), Error> {
        if !self.checked(agenda::agenda_is_of(self.reader()?, today))? {
            let made = self.write(|writing| {
                // Another process may have made it in the meantime.
                if !agenda::agenda_is_of(writing.db, today)? {
                    agenda::make_agenda(writing.db, today)?;
                }
                Ok(())
            });
            match made {
                Err(error) if error.is_busy() && !self.writes() => {
                    self.checked(agenda::make_agenda_aside(self.deck_reader(), today))?;
                }
                made => made?,
            }
        }
        self.checked(agenda::agenda(self.reader()?, today, from, most))
    }

    pub(crate) fn again(&self, today: StudyDay) -> Result<Vec<Entry>, Error> {
        self.checked(agenda::again(self.reader()?, today))
    }

    /// Passes new cards to `each`, in the order in which they are asked, until it returns `false`.
    pub(crate) fn new_cards(&self, scope: Scope, each: &mut dyn FnMut(Entry) -> bool) -> Result<(), Error> {
        self.checked(agenda::new_cards(self.reader()?, scope, each))
    }

    pub(crate) fn new_counts(&self, today: StudyDay) -> Result<NewCounts, Error> {
        self.checked(agenda::new_counts(self.reader()?, today))
    }

    /// Returns the interviews to come, as the index knows them.
    pub(crate) fn upcoming(&self) -> Result<Upcoming, Error> {
        self.checked(upcoming::upcoming(self.deck_reader()))
    }

    /// Takes over the interviews to come, unless the index knows them.
    pub(crate) fn set_upcoming(&mut self, upcoming: &Upcoming) -> Result<(), Error> {
        if self.checked(upcoming::is_known(self.deck_reader(), upcoming))? {
            return Ok(());
        }
        self.write(|writing| Ok(agenda::set_upcoming(writing.db, upcoming)?))
    }

    pub(crate) fn scoped_decks(&self) -> Result<Vec<DeckGroup>, Error> {
        self.checked(scoped::decks(self.reader()?))
    }

    pub(crate) fn totals(&self) -> Result<Totals, Error> {
        self.checked(scoped::totals(self.reader()?))
    }

    pub(crate) fn later(&self, today: StudyDay) -> Result<Vec<Entry>, Error> {
        self.checked(cards::later(self.reader()?, today))
    }

    pub(crate) fn next_due(&self, today: StudyDay) -> Result<Option<(StudyDay, usize)>, Error> {
        self.checked(cards::next_due(self.reader()?, today))
    }

    pub(crate) fn day_counts(&self, day: StudyDay) -> Result<(usize, usize), Error> {
        self.checked(cards::day_counts(self.reader()?, day))
    }

    /// Returns a card by any id it has or had, in a deck or with history; `None` if the id is unknown.
    pub(crate) fn card(&self, id: &CardId) -> Result<Option<Entry>, Error> {
        self.checked(card(self.reader()?, id))
    }

    pub(crate) fn reviews(&self, id: &CardId, most: usize) -> Result<Vec<Logged>, Error> {
        match self.number(id)? {
            Some(number) => self.checked(logged::reviews(self.reader_of(number)?, number, most)),
            None => Ok(Vec::new()),
        }
    }

    pub(crate) fn history(&self, id: &CardId) -> Result<Vec<Logged>, Error> {
        match self.number(id)? {
            Some(number) => self.checked(logged::history(self.reader()?, number)),
            None => Ok(Vec::new()),
        }
    }

    fn number(&self, id: &CardId) -> Result<Option<i64>, Error> {
        self.checked(ids::known_number(self.deck_reader(), id.as_str()))
    }

    pub(crate) fn newest(&self, all: bool, each: impl FnMut(Logged) -> bool) -> Result<(), Error> {
        self.checked(logged::newest(self.reader()?, all, each))
    }

    /// Returns the newest reviews that were recorded on this machine, under whatever names of it, and are not void. They are
    /// the last of its log, whatever its clock said.
    pub(crate) fn newest_here(&self, most: usize) -> Result<Vec<Logged>, Error> {
        let (db, mut found, mut seen) = (self.reader()?, Vec::new(), HashSet::new());
        self.log().each_from_end(|line| {
            let review = matches!(line.event.body, Body::Review(_)) && seen.insert(line.event.id);
            let logged = if review { self.checked(logged::event(db, line.event.id))? } else { None };
            found.extend(logged.filter(|logged| !logged.void));
            Ok(found.len() < most)
        })?;
        Ok(found)
    }

    /// Returns the length of the longest id of a card with events.
    pub(crate) fn longest_id(&self) -> Result<Option<usize>, Error> {
        self.checked(logged::longest_id(self.reader()?))
    }

    pub(crate) fn each_review_and_reset(&self, each: impl FnMut(&CardId, &Event)) -> Result<(), Error> {
        self.checked(logged::each_review_and_reset(self.reader()?, each))
    }

    /// Passes scores of mock interviews to `each`, oldest first.
    pub(crate) fn each_mock_score(&self, each: impl FnMut(Logged)) -> Result<(), Error> {
        self.checked(logged::each_mock_score(self.reader()?, each))
    }

    /// Returns renames between the same two ids that are not void: two machines that see an edit each record one.
    pub(crate) fn same_renames(&self, id: EventId) -> Result<Vec<Logged>, Error> {
        self.checked(logged::same_renames(self.reader()?, id))
    }

    pub(crate) fn unsynced(&self) -> Result<usize, Error> {
        self.checked(pages::unsynced(self.reader()?))
    }

    pub(crate) fn has_renames(&self) -> Result<bool, Error> {
        self.checked(ids::any_renamed(self.reader()?))
    }

    pub(crate) fn event(&self, id: EventId) -> Result<Option<Logged>, Error> {
        self.checked(logged::event(self.reader()?, id))
    }
}

fn card(db: &Connection, id: &CardId) -> rusqlite::Result<Option<Entry>> {
    let Some(number) = ids::known_number(db, id.as_str())? else { return Ok(None) };
    if let Some(entry) = cards::one(db, number)? {
        return Ok(Some(entry));
    }
    if let Some(entry) = cards::absent_one(db, number)? {
        return Ok(Some(entry));
    }
    // A card may have been renamed to an id that no deck has yet.
    cards::awaited(db, number)
}
