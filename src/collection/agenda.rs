//! What to ask on a study day, counted at once and drawn as it is needed, and the interviews to come.

use std::collections::VecDeque;

use super::error::Error;
use super::open::Collection;
use crate::backlog::{self, BacklogCard, caught_up};
use crate::clock::StudyDay;
use crate::deck::Interview;
use crate::entry::Entry;
use crate::horizon::{DaysOff, Scope};
use crate::plan::Budget;
use crate::queue::{AskedDay, DayPart, Filter, NewCards, NewChoice, Queue};
use crate::store::Store;

#[derive(Debug)]
pub(crate) struct Agenda {
    today: StudyDay,
    queue: Queue,
    due_cards: DueCards,
    /// What a due card that is not drawn yet is likely to take together with the others, and how many those were.
    due_seconds: (u64, usize),
    /// New cards that are not read yet.
    new_cards: Option<NewSource>,
    /// Cards that were drawn to see what fits.
    seen: VecDeque<Entry>,
    /// How many come after the repeats.
    last: usize,
}

#[derive(Debug)]
enum DueCards {
    /// The store's agenda, from this place on.
    InStore(i64),
    Listed(VecDeque<Entry>),
}

#[derive(Debug)]
struct NewSource {
    choice: NewChoice,
    rounds: Vec<i64>,
    /// How many are read at once. Each time the store is read from its first new card on, so the number grows.
    chunk: usize,
}

/// How many new cards are read first.
const CHUNK: usize = 32;

/// What fits into the time that is left: due cards, those to repeat today included, new cards, and their seconds; and how many
/// cards wait.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Fit {
    pub(crate) due: usize,
    pub(crate) new: usize,
    pub(crate) seconds: u64,
    pub(crate) waiting: usize,
}

impl Fit {
    pub(crate) fn cards(&self) -> usize {
        self.due + self.new
    }
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
        let horizon = self.upcoming.horizon().clone();
        let counts = self.store.new_counts(today)?;
        let (_, reviewed) = self.store.day_counts(today)?;
        let per_day = |limit: u32, done: usize| (limit as usize).saturating_sub(done);
        let outside = match new {
            Some(new) => new,
            None if self.is_backlogged(today)? => 0,
            None => per_day(self.settings.new_per_day, counts.met_outside(&horizon, today)),
        };
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
        let takes_new = |entry: &Entry| takes(entry) && entry.comes_in_any(&rounds);
        let mut draw = |wanted: usize, scope: Scope, may: &dyn Fn(&Entry) -> bool| {
            draw_new(&self.store, wanted, scope, &|entry| takes_new(entry) && may(entry))
        };
        let last = draw(outside, Scope::NONE, &|_| true)?;
        let mut new_cards = None;
        let fresh = match NewChoice::new(counts, &horizon, today) {
            None => NewCards::listed(Vec::new(), last, Vec::new()),
            Some(choice) if filter.is_empty() => {
                let unseen = choice.unseen().saturating_sub(self.store.hidden_new(choice.scope(), today)?);
                let quota = choice.quota().min(unseen);
                new_cards = Some(NewSource { choice, rounds: rounds.clone(), chunk: CHUNK });
                NewCards { quota, others: unseen - quota, read: Vec::new(), last }
            }
            Some(choice) => {
                let (quota, others) = choice.all(&mut draw)?;
                NewCards::listed(quota, others, last)
            }
        };
        let again = self.store.again(today)?.into_iter().filter(takes).collect();
        let queue = Queue::new(due, fresh, again, AskedDay { today, horizon, most, mix: false });
        Ok(Agenda { due_seconds: (seconds, due), new_cards, ..Agenda::new(today, queue, due_cards) })
    }

    /// Returns how much of the day's minutes is left, in milliseconds.
    pub(crate) fn left_today(&self, today: StudyDay) -> Result<u64, Error> {
        let minutes = u64::from(self.settings.minutes_per_day);
        Ok((minutes * 60_000).saturating_sub(self.store.spent(today)?))
    }

    /// Whether new cards pause: no interview is ahead, and the due cards of the whole day, answered or not, would fill its
    /// minutes.
    pub(crate) fn is_backlogged(&self, day: StudyDay) -> Result<bool, Error> {
        if self.upcoming.horizon().ahead(day).next().is_some() {
            return Ok(false);
        }
        Ok(self.day_seconds(day)? >= u64::from(self.settings.minutes_per_day) * 60)
    }

    /// Returns how many minutes the due cards of the whole day take, answered or not.
    pub(crate) fn day_minutes(&self, day: StudyDay) -> Result<usize, Error> {
        Ok(usize::try_from(self.day_seconds(day)?.div_ceil(60)).unwrap_or(usize::MAX))
    }

    fn day_seconds(&self, day: StudyDay) -> Result<u64, Error> {
        Ok(self.store.tally(day)?.1 + self.store.answered(day)?)
    }

    /// Returns when the due cards fit into a day again, as a forecast; `None` if that takes more than a year.
    pub(crate) fn caught_up(&self, today: StudyDay) -> Result<Option<StudyDay>, Error> {
        let minutes = u64::from(self.settings.minutes_per_day);
        let (_, seconds) = self.store.tally(today)?;
        if seconds / (minutes * 60) > backlog::REACH.unsigned_abs() {
            return Ok(None);
        }
        let cards = self.store.due_by(today.plus(backlog::REACH))?;
        let card = |(state, weight, seconds)| BacklogCard { state, weight, seconds };
        let (_, reviewed) = self.store.day_counts(today)?;
        let per_day = |limit: u32| (u64::from(limit), u64::from(limit).saturating_sub(reviewed as u64));
        let cards_per_day = self.settings.max_per_day.map(per_day);
        let budget = Budget { minutes, spent_today: self.store.spent(today)?, cards: cards_per_day };
        let off = DaysOff::new(self.settings.days_off.clone());
        Ok(caught_up(cards.into_iter().map(card).collect(), budget, &off, &self.settings.rules, today))
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

/// Returns up to so many new cards that a scope wants and that pass.
fn draw_new(store: &Store, wanted: usize, scope: Scope, may: &dyn Fn(&Entry) -> bool) -> Result<Vec<Entry>, Error> {
    let mut drawn = Vec::new();
    if wanted > 0 {
        store.new_cards(scope, &mut |entry| {
            if may(&entry) {
                drawn.push(entry);
            }
            drawn.len() < wanted
        })?;
    }
    Ok(drawn)
}

impl Agenda {
    fn new(today: StudyDay, queue: Queue, due_cards: DueCards) -> Self {
        let last = queue.after_repeats();
        Agenda { today, queue, due_cards, due_seconds: (0, 0), new_cards: None, seen: VecDeque::new(), last }
    }

    /// Returns an agenda of up to `most` cards picked by the caller, decks and kinds mixed.
    pub(crate) fn mixed(cards: Vec<Entry>, most: Option<usize>, today: StudyDay) -> Self {
        let due_seconds = (cards.iter().map(Entry::seconds).sum(), cards.len());
        let day = AskedDay { today, most, mix: true, ..AskedDay::default() };
        let queue = Queue::new(cards.len(), NewCards::default(), Vec::new(), day);
        Agenda { due_seconds, ..Agenda::new(today, queue, DueCards::Listed(cards.into())) }
    }

    /// Returns an agenda of up to `most` cards picked by the caller, in their order.
    pub(crate) fn in_order(mut cards: Vec<Entry>, most: Option<usize>, today: StudyDay) -> Self {
        cards.truncate(most.unwrap_or(usize::MAX));
        let fresh = NewCards::listed(cards, Vec::new(), Vec::new());
        let queue = Queue::new(0, fresh, Vec::new(), AskedDay { today, ..AskedDay::default() });
        Agenda::new(today, queue, DueCards::Listed(VecDeque::new()))
    }

    pub(crate) fn len(&self) -> usize {
        self.queue.len() + self.seen.len()
    }

    /// Returns the part of the day in which a card is asked, with so many new cards before it.
    pub(crate) fn part(&self, entry: &Entry, new_before: usize) -> DayPart {
        self.queue.part(entry, new_before)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns how many come after the repeats.
    pub(crate) fn after_repeats(&self) -> usize {
        self.last.min(self.len())
    }

    /// Returns everything there is to ask, with its expected time.
    pub(crate) fn all(&mut self, store: &Store) -> Result<Fit, Error> {
        if self.queue.lacks_new() {
            self.read_new(store, CHUNK)?;
        }
        let (due, new) = self.queue.counts();
        let (seconds, of) = self.due_seconds;
        // Due cards over the limit are assumed to take as long as the others.
        let seconds = if of == 0 { 0 } else { seconds * self.queue.due() as u64 / of as u64 };
        let seen = |is_new: bool| self.seen.iter().filter(|entry| entry.due.is_none() == is_new).count();
        Ok(Fit {
            due: due + seen(false),
            new: new + seen(true),
            seconds: seconds + self.queue.seconds() + self.seen.iter().map(Entry::seconds).sum::<u64>(),
            waiting: 0,
        })
    }

    /// Returns what fits into so many milliseconds: a card is started while time is left. Cards after that are not read.
    pub(crate) fn fit(&mut self, store: &mut Store, left: u64) -> Result<Fit, Error> {
        let mut fit = Fit::default();
        while fit.seconds * 1000 < left {
            let at = fit.cards();
            if at == self.seen.len() {
                let Some(entry) = self.next(store)? else { break };
                self.seen.push_back(entry);
            }
            let entry = &self.seen[at];
            fit.seconds += entry.seconds();
            *if entry.due.is_none() { &mut fit.new } else { &mut fit.due } += 1;
        }
        Ok(Fit { waiting: self.len() - fit.cards(), ..fit })
    }

    /// Loads the rest, so that drawing no longer depends on the index, which may change.
    pub(crate) fn load(&mut self, store: &mut Store) -> Result<(), Error> {
        if let DueCards::InStore(place) = self.due_cards {
            self.due_cards = DueCards::Listed(store.agenda(self.today, place, usize::MAX)?.0.into());
        }
        while self.new_cards.is_some() {
            self.read_new(store, usize::MAX)?;
        }
        Ok(())
    }

    /// Reads the next new cards that interviews need.
    fn read_new(&mut self, store: &Store, most: usize) -> Result<(), Error> {
        let today = self.today;
        let (entries, quota) = match &mut self.new_cards {
            Some(NewSource { choice, rounds, .. }) => {
                let takes = |entry: &Entry| entry.askable(today) && entry.comes_in_any(rounds);
                choice.more(most, &mut |wanted, scope, may| {
                    draw_new(store, wanted, scope, &|entry| takes(entry) && may(entry))
                })?
            }
            None => (Vec::new(), false),
        };
        if entries.is_empty() {
            self.new_cards = None;
        }
        self.queue.refill_new(entries, quota);
        Ok(())
    }

    fn next(&mut self, store: &mut Store) -> Result<Option<Entry>, Error> {
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
        if self.queue.lacks_new() {
            let most = self.new_cards.as_mut().map_or(0, |source| {
                source.chunk *= 2;
                source.chunk / 2
            });
            self.read_new(store, most)?;
        }
        Ok(self.queue.draw())
    }

    pub(crate) fn draw(&mut self, store: &mut Store, most: usize) -> Result<Vec<Entry>, Error> {
        let mut drawn: Vec<Entry> = self.seen.drain(..most.min(self.seen.len())).collect();
        while drawn.len() < most
            && let Some(entry) = self.next(store)?
        {
            drawn.push(entry);
        }
        Ok(drawn)
    }
}
