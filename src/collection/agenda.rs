//! What to ask on a study day, counted at once and drawn as it is needed, and the interviews to come.

use std::collections::VecDeque;

use super::error::Error;
use super::open::Collection;
use crate::clock::StudyDay;
use crate::deck::Interview;
use crate::entry::Entry;
use crate::horizon::Scope;
use crate::queue::{AskedDay, DayPart, Filter, NewCards, Queue};
use crate::store::Store;

#[derive(Debug)]
pub(crate) struct Agenda {
    today: StudyDay,
    queue: Queue,
    due_cards: DueCards,
    pub seconds: u64,
}

#[derive(Debug)]
enum DueCards {
    /// The store's agenda, from this place on.
    InStore(i64),
    Listed(VecDeque<Entry>),
}

impl Collection {
    /// Returns what to ask on a study day. `new` and `cards` replace the limits in the settings.
    pub(crate) fn agenda(
        &mut self,
        today: StudyDay,
        filter: Filter,
        new: Option<usize>,
        cards: Option<usize>,
    ) -> Result<Agenda, Error> {
        let upcoming = self.store.upcoming()?;
        let horizon = upcoming.horizon();
        let counts = self.store.new_counts(today)?;
        let (_, reviewed) = self.store.day_counts(today)?;
        let per_day = |limit: u32, done: usize| (limit as usize).saturating_sub(done);
        let outside = new.unwrap_or_else(|| per_day(self.settings.new_per_day, counts.met_outside(horizon, today)));
        let most = cards.or_else(|| self.settings.max_per_day.map(|limit| per_day(limit, reviewed)));
        let takes = |entry: &Entry| filter.selects(entry) && entry.askable(today);
        let mut due_cards = DueCards::InStore(0);
        let (mut due, mut seconds) = self.store.tally(today)?;
        if !filter.is_empty() {
            // The number of cards that pass the filter is only known after looking at all of them.
            let (all, _) = self.store.agenda(today, 0, usize::MAX)?;
            let fit: VecDeque<Entry> = all.into_iter().filter(takes).collect();
            (due, seconds) = (fit.len(), fit.iter().map(Entry::seconds).sum());
            due_cards = DueCards::Listed(fit);
        }
        // A filter asks for exactly these cards; otherwise a new card waits for a round in which it may come.
        let rounds = if filter.is_empty() { self.rounds_in_sight(today)? } else { Vec::new() };
        let mut draw = |wanted: usize, scope: Scope, may: &dyn Fn(&Entry) -> bool| {
            let mut drawn = Vec::new();
            if wanted > 0 {
                self.store.new_cards(scope, &mut |entry| {
                    if takes(&entry) && entry.comes_in_any(&rounds) && may(&entry) {
                        drawn.push(entry);
                    }
                    drawn.len() < wanted
                })?;
            }
            Ok::<_, Error>(drawn)
        };
        let fresh = NewCards::choose(&counts, (horizon, today), outside, &mut draw)?;
        let again = self.store.again(today)?.into_iter().filter(takes).collect();
        let queue = Queue::new(due, fresh, again, AskedDay { today, horizon: horizon.clone(), most, mix: false });
        // Due cards over the limit are assumed to take as long as the others.
        let asked = queue.due() as u64;
        let seconds = if due == 0 { 0 } else { seconds * asked / due as u64 } + queue.seconds();
        Ok(Agenda { today, queue, due_cards, seconds })
    }

    /// Returns the interview that prompts are filled from, with its first interviewer: the next one, else one without a
    /// date.
    pub(crate) fn next_interview(&self, today: StudyDay) -> Result<Option<(Interview, Option<String>)>, Error> {
        let mut interviews = self.store.interviews()?;
        interviews.retain(|(interview, ..)| is_to_come(interview, today));
        interviews.sort_by_key(|(interview, ..)| interview.date.map_or(i32::MAX, |date| date.0));
        Ok(interviews.into_iter().next().map(|(interview, interviewer, _)| (interview, interviewer)))
    }

    /// Returns the rounds of the interviews to come, for which new cards are asked; none if any round may come.
    pub(crate) fn rounds_in_sight(&self, today: StudyDay) -> Result<Vec<i64>, Error> {
        let interviews = self.store.interviews()?.into_iter().map(|(interview, ..)| interview);
        let rounds: Option<Vec<i64>> =
            interviews.filter(|interview| is_to_come(interview, today)).map(|interview| interview.round).collect();
        Ok(rounds.unwrap_or_default())
    }
}

fn is_to_come(interview: &Interview, today: StudyDay) -> bool {
    interview.date.is_none_or(|date| date >= today)
}

impl Agenda {
    /// Returns an agenda of up to `most` cards picked by the caller, decks and kinds mixed.
    pub(crate) fn mixed(cards: Vec<Entry>, most: Option<usize>, today: StudyDay) -> Self {
        let seconds = cards.iter().map(Entry::seconds).sum();
        let day = AskedDay { today, most, mix: true, ..AskedDay::default() };
        let queue = Queue::new(cards.len(), NewCards::default(), Vec::new(), day);
        Agenda { today, queue, due_cards: DueCards::Listed(cards.into()), seconds }
    }

    /// Returns an agenda of up to `most` cards picked by the caller, in their order.
    pub(crate) fn in_order(mut cards: Vec<Entry>, most: Option<usize>, today: StudyDay) -> Self {
        cards.truncate(most.unwrap_or(usize::MAX));
        let seconds = cards.iter().map(Entry::seconds).sum();
        let fresh = NewCards { quota: cards, ..NewCards::default() };
        let queue = Queue::new(0, fresh, Vec::new(), AskedDay { today, ..AskedDay::default() });
        Agenda { today, queue, due_cards: DueCards::Listed(VecDeque::new()), seconds }
    }

    /// Returns the number of due cards, those to repeat today included, and of new ones.
    pub(crate) fn counts(&self) -> (usize, usize) {
        self.queue.counts()
    }

    pub(crate) fn len(&self) -> usize {
        self.queue.len()
    }

    /// Returns the part of the day in which a card is asked that was not drawn yet.
    pub(crate) fn part(&self, entry: &Entry) -> DayPart {
        self.queue.part(entry)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Loads the rest of the store's agenda, so that drawing no longer depends on the index, which may change.
    pub(crate) fn load(&mut self, store: &mut Store) -> Result<(), Error> {
        if let DueCards::InStore(place) = self.due_cards {
            self.due_cards = DueCards::Listed(store.agenda(self.today, place, usize::MAX)?.0.into());
        }
        Ok(())
    }

    pub(crate) fn draw(&mut self, store: &mut Store, most: usize) -> Result<Vec<Entry>, Error> {
        let mut drawn = Vec::new();
        while drawn.len() < most {
            while self.queue.lacks() > 0 {
                let lacks = self.queue.lacks();
                let entries = match &mut self.due_cards {
                    DueCards::InStore(place) => {
                        let (entries, next) = store.agenda(self.today, *place, lacks)?;
                        *place = next;
                        entries
                    }
                    DueCards::Listed(cards) => cards.drain(..lacks.min(cards.len())).collect(),
                };
                self.queue.refill(entries);
            }
            match self.queue.draw() {
                Some(entry) => drawn.push(entry),
                None => break,
            }
        }
        Ok(drawn)
    }
}
