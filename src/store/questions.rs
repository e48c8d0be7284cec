//! What is asked of the database: cards and decks, what is due, what was recorded. Each question brings in first what waits
//! in the log, where that could change the answer, and a damaged database is found out by asking.

use std::collections::BTreeMap;

use anyhow::Result;
use rusqlite::{Connection, TransactionBehavior};

use super::decks::{self, Indexed};
use super::edits;
use super::events::{self, Logged};
use super::stamp::Stamp;
use super::{Store, agenda, mentions, names};
use crate::check::{Dangling, Twins, UnusedStory};
use crate::clock::StudyDay;
use crate::deck::{CardId, Interview};
use crate::diagnostic::Diagnostic;
use crate::entry::Entry;
use crate::follow::{Newcomer, Orphan, Refused};
use crate::history::{Device, Event, EventId};
use crate::stories::StoryRef;

impl Store {
    /// What devices call themselves.
    pub(crate) fn device_names(&self) -> Result<BTreeMap<Device, String>> {
        self.checked(events::device_names(&self.db))
    }

    /// Deck files as the index knows them, in path order.
    pub(crate) fn files(&self) -> Result<Vec<Indexed>> {
        self.checked(decks::files(&self.db))
    }

    /// BLAKE3 of the bytes of an indexed file.
    pub(crate) fn hash(&self, file: i64) -> Result<Vec<u8>> {
        self.checked(decks::hash(&self.db, file))
    }

    /// What an indexed file was when it was read, and the text of its `[deck]`.
    pub(crate) fn head(&self, path: &str) -> Result<Option<(Stamp, String)>> {
        self.checked(decks::head(&self.db, path))
    }

    /// What is wrong within deck files, as the index noted it.
    pub(crate) fn findings(&self) -> Result<Vec<Diagnostic>> {
        self.checked(decks::findings(&self.db))
    }

    /// Places that are one card.
    pub(crate) fn twins(&self) -> Result<Vec<Twins>> {
        self.checked(decks::twins(&self.db))
    }

    /// Names in the decks under which nothing stands, by file and place.
    pub(crate) fn dangling(&self) -> Result<Vec<Dangling>> {
        self.checked(mentions::dangling(&self.db))
    }

    /// Stories that nothing in the decks names, by file and place.
    pub(crate) fn unnamed_stories(&self) -> Result<Vec<UnusedStory>> {
        self.checked(mentions::unnamed(&self.db))
    }

    /// Files that are kept from an interview, each with the interview's id.
    pub(crate) fn debriefs(&self) -> Result<Vec<(String, String)>> {
        self.checked(mentions::debriefs(&self.db))
    }

    /// Every story of the decks in path order, with how often it was told.
    pub(crate) fn repertoire(&self) -> Result<Vec<StoryRef>> {
        self.checked(mentions::repertoire(self.settled()?))
    }

    /// How many decks and cards there are.
    pub fn sizes(&self) -> Result<(usize, usize)> {
        self.checked(decks::sizes(&self.db))
    }

    /// Every deck: path and title.
    pub(crate) fn titles(&self) -> Result<Vec<(String, String)>> {
        self.checked(decks::titles(&self.db))
    }

    /// Every interview, with the first interviewer's name and the file it stands in.
    pub(crate) fn interviews(&self) -> Result<Vec<(Interview, Option<String>, String)>> {
        self.checked(decks::interviews(&self.db))
    }

    /// Every card of the decks, in path order.
    pub fn all(&self) -> Result<Vec<Entry>> {
        self.checked(decks::all(self.settled()?))
    }

    /// The cards of each file, file after file in path order, so that a large collection is never held whole.
    pub(crate) fn by_file(&self, each: impl FnMut(Vec<Entry>) -> Result<()>) -> Result<()> {
        self.checked(decks::by_file(self.settled()?, each))
    }

    /// Cards with history that are in no deck.
    pub fn absent(&self) -> Result<Vec<Entry>> {
        self.checked(decks::absent(self.settled()?))
    }

    /// Cards with history, but without written id, that stand in no deck.
    pub(crate) fn orphans(&self) -> Result<Vec<Orphan>> {
        self.checked(edits::orphans(self.settled()?))
    }

    /// Cards of the decks without history, in path order.
    pub(crate) fn newcomers(&self) -> Result<Vec<Newcomer>> {
        self.checked(edits::newcomers(self.settled()?))
    }

    /// Pairs of names whose rename was taken back.
    pub(crate) fn refused(&self) -> Result<Refused> {
        self.checked(edits::refused(self.settled()?))
    }

    /// How many cards are due on a study day, and how many seconds they are likely to take.
    pub(crate) fn tally(&self, today: StudyDay) -> Result<(usize, u64)> {
        self.checked(agenda::tally(self.settled()?, today))
    }

    /// Cards due on a study day, the most overdue first, from a place on; gives the place after the last.
    pub(crate) fn agenda(&mut self, today: StudyDay, from: i64, most: usize) -> Result<(Vec<Entry>, i64)> {
        self.checked(self.settle())?;
        let made = (|| {
            if agenda::agenda_is_of(&self.db, today)? {
                return Ok(());
            }
            let tx = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
            // Another process may have made it meanwhile.
            if !agenda::agenda_is_of(&tx, today)? {
                agenda::make_agenda(&tx, today)?;
            }
            tx.commit()
        })();
        self.checked(made)?;
        self.checked(agenda::agenda(&self.db, today, from, most))
    }

    /// Cards failed on a study day and not due by their day, to be repeated.
    pub(crate) fn again(&self, today: StudyDay) -> Result<Vec<Entry>> {
        self.checked(agenda::again(self.settled()?, today))
    }

    /// Up to `most` new cards that `takes` agrees to, each file's first before any file's second.
    pub fn fresh(&self, most: usize, takes: impl Fn(&Entry) -> bool) -> Result<Vec<Entry>> {
        self.checked(agenda::fresh(self.settled()?, most, takes))
    }

    /// Cards not due yet, the soonest first.
    pub(crate) fn later(&self, today: StudyDay) -> Result<Vec<Entry>> {
        self.checked(decks::later(self.settled()?, today))
    }

    /// The next study day on which a card is due, and how many then are.
    pub(crate) fn next_due(&self, today: StudyDay) -> Result<Option<(StudyDay, usize)>> {
        self.checked(decks::next_due(self.settled()?, today))
    }

    /// How many cards were met for the first time on a study day, and how many were reviewed.
    pub(crate) fn day_counts(&self, day: StudyDay) -> Result<(usize, usize)> {
        self.checked(decks::day_counts(self.settled()?, day))
    }

    /// A card by any name it has or had, in a deck or with history; `None` if nobody ever heard of it.
    pub fn card(&self, id: &CardId) -> Result<Option<Entry>> {
        self.checked(card(self.settled()?, id))
    }

    /// The newest reviews of a card that are not void.
    pub(crate) fn reviews(&self, id: &CardId, most: usize) -> Result<Vec<Logged>> {
        match self.number(id)? {
            Some(number) if self.waits(number) => self.checked(events::reviews(self.settled()?, number, most)),
            Some(number) => self.checked(events::reviews(&self.db, number, most)),
            None => Ok(Vec::new()),
        }
    }

    /// Every event of a card, by any name it had, oldest first in the total order; those taken back among them.
    pub(crate) fn history(&self, id: &CardId) -> Result<Vec<Logged>> {
        match self.number(id)? {
            Some(number) => self.checked(events::history(self.settled()?, number)),
            None => Ok(Vec::new()),
        }
    }

    fn number(&self, id: &CardId) -> Result<Option<i64>> {
        self.checked(names::known_number(&self.db, id.as_str()))
    }

    /// Events newest first in the total order, every one or only reviews, until `each` gives `false`.
    pub fn newest(&self, all: bool, each: impl FnMut(Logged) -> Result<bool>) -> Result<()> {
        self.checked(events::newest(self.settled()?, all, each))
    }

    /// Reviews and resets that are not void, oldest first in the total order, each with its card's name after renames.
    pub(crate) fn moving(&self, each: impl FnMut(&CardId, &Event)) -> Result<()> {
        self.checked(events::moving(self.settled()?, each))
    }

    /// Standing renames between the same two names as that event: two machines that see an edit each record it.
    pub(crate) fn same_renames(&self, id: EventId) -> Result<Vec<Logged>> {
        self.checked(events::same_renames(self.settled()?, id))
    }

    /// Whether any card's history goes on under another name.
    pub(crate) fn has_renames(&self) -> Result<bool> {
        self.checked(names::any_renamed(self.settled()?))
    }

    /// The event of that id.
    pub(crate) fn event(&self, id: EventId) -> Result<Option<Logged>> {
        self.checked(events::event(self.settled()?, id))
    }
}

/// A card by any name it has or had.
fn card(db: &Connection, id: &CardId) -> rusqlite::Result<Option<Entry>> {
    let Some(number) = names::known_number(db, id.as_str())? else { return Ok(None) };
    if let Some(entry) = decks::one(db, number)? {
        return Ok(Some(entry));
    }
    if let Some(entry) = decks::absent_one(db, number)? {
        return Ok(Some(entry));
    }
    // Somebody may have renamed a card to a name that nobody has written yet.
    decks::awaited(db, number)
}
