//! Reviews that are in the log and not in the database yet. The log makes a review safe; the database only caches it, and
//! takes sixty-four reviews in for hardly more than one costs. So a session's reviews are appended and synced one by one,
//! and inserted together: when there are enough, when something is asked that they may have changed, or at the end. What a
//! killed session leaves behind is what any start takes in: the end of the log.

use std::collections::BTreeSet;

use anyhow::Result;
use rusqlite::Connection;

use super::agenda::state_of;
use super::catch_up::{catch_up_log, log_place};
use super::log::Log;
use super::{Recorded, Store, events, locked, names, purge};
use crate::clock::Instant;
use crate::deck::CardId;
use crate::history::{Body, CardAction, Device, Review, logical_clock, render, seal};

/// How many reviews may wait in the log.
const MOST: usize = 64;

/// What is known of a log that is ahead of the database, all of it by this process.
#[derive(Debug)]
pub(crate) struct Ahead {
    /// SQLite's number for the state of the database, which changes when another connection writes.
    version: i64,
    /// Size of the log.
    size: u64,
    /// Sequence number of the newest own event.
    seq: i64,
    /// Logical clock of the newest event of all.
    time: i64,
    /// Numbers of the cards reviewed since.
    cards: BTreeSet<i64>,
    /// Names of cards of which nothing may be recorded.
    purged: BTreeSet<CardId>,
}

impl Ahead {
    /// From a database that has all the log has. `None` if it has not, or if events lie in a future that is not believed:
    /// then a review now is not the newest event of its card.
    fn begin(db: &Connection, log: &Log, device: Device, now: i64) -> Result<Option<Self>> {
        let size = log.size()?;
        if log_place(db)?.0 != size {
            return Ok(None);
        }
        let (seq, time) = events::next_stamp(db, device, now)?;
        if events::newest_time(db)?.is_some_and(|newest| newest >= time) {
            return Ok(None);
        }
        let (cards, purged) = (BTreeSet::new(), purge::noted(db)?);
        Ok(Some(Ahead { version: version(db)?, size, seq: seq - 1, time: time - 1, cards, purged }))
    }

    /// Whether nobody else has written to the database since.
    fn holds(&self, db: &Connection) -> Result<bool> {
        Ok(self.version == version(db)?)
    }
}

fn version(db: &Connection) -> rusqlite::Result<i64> {
    db.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))
}

impl Store {
    /// Records a review in the log alone, as the first two steps of [`Store::record`] do. `None`, and nothing is recorded,
    /// where that takes the third: the card was reviewed just now, enough reviews wait, or another process has written.
    pub(super) fn record_ahead(&mut self, at: Instant, review: &Review) -> Result<Option<Recorded>> {
        let tx = locked(&self.db)?;
        let slot = self.ahead.get_mut();
        if slot.is_none() {
            *slot = Ahead::begin(&tx, &self.log, self.device, at.unix_ms)?;
        }
        let Some(ahead) = slot else { return Ok(None) };
        if ahead.cards.len() >= MOST || !ahead.holds(&tx)? {
            return Ok(None);
        }
        let Some(number) = names::known_number(&tx, review.card.as_str())? else { return Ok(None) };
        if ahead.cards.contains(&number) {
            return Ok(None);
        }
        let mut state = state_of(&tx, number)?;
        let body = Body::Review(review.clone());
        purge::refuse(&body, &ahead.purged)?;
        let (seq, time) = (ahead.seq + 1, logical_clock(at.unix_ms, Some(ahead.time)));
        let event = seal(self.device, seq, at, Some(time), body);
        let Some((size, _)) = self.log.append_at(ahead.size, &render(&event))? else { return Ok(None) };
        (ahead.size, ahead.seq, ahead.time) = (size, seq, time);
        ahead.cards.insert(number);
        let deed = CardAction::Review { grade: review.grade, ms: review.ms };
        state.apply(deed, at.study_day(self.rules.day_starts_at), &self.rules);
        Ok(Some(Recorded { id: event.id, state: Some(state) }))
    }

    /// Brings what waits in the log into the database.
    pub(super) fn settle(&self) -> Result<()> {
        if self.ahead.borrow().as_ref().is_some_and(|ahead| !ahead.cards.is_empty()) {
            let tx = locked(&self.db)?;
            catch_up_log(&tx, &self.log, self.device, &self.rules)?;
            tx.commit()?;
            self.ahead.take();
        }
        Ok(())
    }

    /// The database, with all that was recorded.
    pub(super) fn settled(&self) -> Result<&Connection> {
        self.checked(self.settle())?;
        Ok(&self.db)
    }

    /// Whether reviews of a card, by the number of its name, wait in the log.
    pub(super) fn waits(&self, card: i64) -> bool {
        self.ahead.borrow().as_ref().is_some_and(|ahead| ahead.cards.contains(&card))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Index, Journal, Opening};
    use super::*;
    use crate::history::EventId;
    use crate::schedule::Grade;
    use crate::settings::{Rules, Sync};

    fn open(folder: &std::path::Path) -> Store {
        let no_decks = |_, index: Index<'_>| index(&mut std::iter::empty());
        let opening = Opening {
            local: &folder.join("local"),
            journal: &Journal::new(folder, &Sync::default()),
            decks: &no_decks,
            rules: Rules::default(),
            random: 7,
            write: true,
            progress: &|_, _, _| {},
        };
        Store::open(&opening).unwrap().0
    }

    fn id(card: u8) -> CardId {
        CardId::parse(&format!("card-{card}")).unwrap()
    }

    /// Everything a store knows of the cards, whoever recorded it.
    fn known(store: &Store) -> Vec<(CardId, String)> {
        let state = |entry: crate::entry::Entry| (entry.card, format!("{:?}", entry.state));
        store.absent().unwrap().into_iter().map(state).collect()
    }

    /// Of two processes one does something: grades a card, takes its last event back, suspends a card, renames one, asks
    /// for all there is, or ends and begins again.
    #[derive(Debug, Clone)]
    enum Step {
        Grade(u8, u8),
        Undo,
        Suspend(u8),
        Rename(u8, u8),
        Ask,
        Restart,
    }

    fn step() -> impl Strategy<Value = (bool, Step)> {
        let card = || 0..90_u8;
        let step = prop_oneof![
            60 => (card(), 0..=5_u8).prop_map(|(card, grade)| Step::Grade(card, grade)),
            2 => Just(Step::Undo),
            1 => card().prop_map(Step::Suspend),
            1 => (card(), card()).prop_map(|(from, to)| Step::Rename(from, to)),
            2 => Just(Step::Ask),
            1 => Just(Step::Restart),
        ];
        // Long runs of one process, so that enough waits in the log.
        (prop::bool::weighted(0.03), step)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8))]
        #[test]
        fn waiting_in_the_log_makes_no_difference(steps in prop::collection::vec(step(), 1..260)) {
            let folder = tempfile::tempdir().unwrap();
            let mut stores = [open(folder.path()), open(folder.path())];
            let mut last: [Option<(EventId, CardId)>; 2] = [None, None];
            let mut turn = 0;
            for (n, (other, step)) in (0..).zip(steps) {
                turn = if other { 1 - turn } else { turn };
                let store = &mut stores[turn];
                // Some clocks stand still, and some go back.
                let at = Instant::new(1_790_000_000_000 + n / 3 * 40_000_000 - n % 3 * 7, 0).unwrap();
                let mut undone = None;
                let body = match step {
                    Step::Grade(card, grade) => Body::Review(Review::new(id(card), Grade::new(grade).unwrap())),
                    Step::Undo => match last[turn].take() {
                        Some((of, card)) => {
                            undone = Some(card);
                            Body::Undo { of }
                        }
                        None => continue,
                    },
                    Step::Suspend(card) => Body::Suspend { card: id(card), on: true },
                    Step::Rename(from, to) if from != to => Body::Rename { card: id(from), to: id(to) },
                    Step::Rename(..) => continue,
                    Step::Ask => {
                        known(store);
                        continue;
                    }
                    Step::Restart => {
                        *store = open(folder.path());
                        continue;
                    }
                };
                let card = body.card().cloned().or(undone).unwrap();
                let recorded = store.record(at, body).unwrap();
                // Asked one time in eight: asking brings in what waits.
                if n % 8 == 0 {
                    let read = store.card(&card).unwrap().map(|card| card.state);
                    prop_assert_eq!(recorded.state, Some(read.unwrap_or_default()));
                }
                last[turn] = Some((recorded.id, card));
            }
            let [one, two] = stores;
            drop(two);
            drop(one);
            let cached = known(&open(folder.path()));
            std::fs::remove_dir_all(folder.path().join("journal")).ok();
            std::fs::remove_file(folder.path().join("local/rehearse.db")).unwrap();
            prop_assert_eq!(cached, known(&open(folder.path())));
        }
    }

    #[test]
    fn a_session_of_reviews_waits_in_the_log_until_it_is_asked_about() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = open(folder.path());
        let at = |n: i64| Instant::new(1_790_000_000_000 + n * 1000, 0).unwrap();
        let review = |card: u8| Body::Review(Review::new(id(card), Grade::new(4).unwrap()));
        for card in 0..3 {
            store.record(at(i64::from(card)), review(card)).unwrap();
        }
        // New names come in with the first.
        let rows =
            |store: &Store| -> i64 { store.db.query_row("SELECT count(*) FROM events", [], |row| row.get(0)).unwrap() };
        assert_eq!(rows(&store), 3);
        for card in 0..3 {
            store.record(at(10 + i64::from(card)), review(card)).unwrap();
        }
        assert_eq!(rows(&store), 3);
        assert_eq!(store.reviews(&id(1), 9).unwrap().len(), 2);
        assert_eq!(rows(&store), 6);
        // Another process counts what waits here.
        store.record(at(20), review(0)).unwrap();
        assert_eq!(rows(&store), 6);
        assert_eq!(known(&open(folder.path())), known(&store));
        assert_eq!(rows(&store), 7);
    }
}
