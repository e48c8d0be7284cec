//! Cards in memory, asked as the program asks them: what the simulated learner of `benches/` rehearses with.
//!
//! Not here: how the learner answers.

use std::collections::VecDeque;
use std::convert::Infallible;

use crate::clock::StudyDay;
use crate::deck::{CardId, Kind};
use crate::entry::{Entry, Place, due_day};
use crate::history::{CardAction, CardState};
use crate::horizon::{DaysOff, Horizon, Scope};
use crate::plan::{Budget, CARD, Group, Pace, Situation, USUAL_FAILS};
use crate::queue::{AskedDay, Claim, NewCards, NewChoice, NewCounts, Queue};
use crate::schedule::Grade;
use crate::settings::Rules;

/// A collection in memory and the day that is being rehearsed.
#[derive(Debug)]
pub struct Practice {
    cards: Vec<Entry>,
    horizon: Horizon,
    rules: Rules,
    minutes: u64,
    today: StudyDay,
    queue: Queue,
    again: VecDeque<usize>,
    spent_ms: u64,
    answered: i64,
}

impl Practice {
    /// Makes cards with these weights and one limit, which must be ready on the days of the interviews, counted from day 0.
    pub fn new(weights: &[u8], limit: u32, interviews: &[i32], minutes: u64) -> Self {
        let horizon = Horizon::new(interviews.iter().map(|&day| StudyDay(day)).collect(), DaysOff::default());
        let scope = (0..interviews.len()).fold(Scope::NONE, Scope::with);
        let card = |(n, &weight): (usize, &u8)| {
            let place = Place { file: "d.toml".into(), line: 1, deck: "d".into(), ordinal: n, block: 0..0 };
            Entry {
                card: CardId::derived(&format!("card {n:06}")),
                place: Some(place),
                prompt: String::new(),
                kind: Kind::Open,
                tags: Vec::new(),
                round: Vec::new(),
                variants: 0,
                limit,
                suspended_in_file: false,
                weight,
                scope,
                due: None,
                state: CardState::default(),
            }
        };
        let today = StudyDay(0);
        Practice {
            cards: weights.iter().enumerate().map(card).collect(),
            horizon,
            rules: Rules::default(),
            minutes,
            today,
            queue: Queue::new(0, NewCards::default(), Vec::new(), AskedDay::default()),
            again: VecDeque::new(),
            spent_ms: 0,
            answered: 0,
        }
    }

    /// Starts a study day. Without an interview, all new cards may come.
    pub fn start(&mut self, day: i32) {
        let today = StudyDay(day);
        for card in &mut self.cards {
            card.due = due_day(&card.state, card.scope, &self.horizon, today).map(|(due, _)| due);
        }
        let mut due: Vec<Entry> =
            self.cards.iter().filter(|card| card.due.is_some_and(|due| due <= today)).cloned().collect();
        let claim = |entry: &Entry| Claim::of_entry(entry, &self.horizon, today);
        due.sort_by(|a, b| claim(a).compare(&claim(b), today).then_with(|| a.card.cmp(&b.card)));
        let mut unseen: Vec<&Entry> = self.cards.iter().filter(|card| card.due.is_none()).collect();
        unseen.sort_by_key(|card| (std::cmp::Reverse(card.weight), card.place.as_ref().map(|place| place.ordinal)));
        let mut counts = NewCounts::default();
        unseen.iter().for_each(|card| *counts.unseen.entry(card.scope).or_default() += 1);
        let mut draw = |most: usize, scope: Scope, takes: &dyn Fn(&Entry) -> bool| {
            let wanted = unseen.iter().filter(|card| scope.wants(card.scope) && takes(card));
            Ok(wanted.take(most).map(|&card| card.clone()).collect())
        };
        let chosen = match NewChoice::new(counts, &self.horizon, today) {
            Some(choice) => choice.all::<Infallible>(&mut draw),
            None => draw(usize::MAX, Scope::NONE, &|_| true).map(|cards| (Vec::new(), cards)),
        };
        let fresh = match chosen {
            Ok((quota, others)) => NewCards::listed(quota, others, Vec::new()),
        };
        let mut queue = Queue::new(
            due.len(),
            fresh,
            Vec::new(),
            AskedDay { today, horizon: self.horizon.clone(), ..AskedDay::default() },
        );
        queue.refill(due);
        (self.today, self.queue, self.spent_ms) = (today, queue, 0);
        self.again.clear();
    }

    /// Returns the card to answer next; `None` when the day is over.
    #[allow(clippy::should_implement_trait, reason = "an answer comes between two cards")]
    pub fn next(&mut self) -> Option<usize> {
        if self.spent_ms >= self.minutes * 60_000 {
            return None;
        }
        match self.queue.draw() {
            Some(entry) => entry.place.map(|place| place.ordinal),
            None => self.again.pop_front(),
        }
    }

    /// Records an answer. `repeat`: a card graded below 4 is asked again today.
    pub fn answer(&mut self, card: usize, grade: Grade, ms: u64, repeat: bool) {
        self.answered += 1;
        let action = CardAction::Review { grade, ms: Some(ms), time: self.answered };
        self.cards[card].state.apply(action, self.today, &self.rules);
        self.spent_ms += ms;
        if repeat && !grade.settles() {
            self.again.push_back(card);
        }
    }

    /// Returns what the days from now on bring to the first interview, for mean times of first answers, reviews, and repeats
    /// in milliseconds.
    pub fn forecast(&self, [first, review, repeat]: [u64; 3]) -> PracticeForecast {
        let mut group = Group { scope: Scope::NONE.with(0), ..Group::default() };
        for card in &self.cards {
            match card.state.memory.last {
                Some(last) => *group.seen.entry((card.weight, last, card.state.memory.repetitions)).or_default() += 1,
                None => group.unseen[usize::from(card.weight) - 1] += 1,
            }
        }
        let pace = Pace { first, review, repeat, fails: USUAL_FAILS, measured: true };
        let budget = Budget { minutes: self.minutes, spent_today: 0, cards: None };
        let (horizon, today) = (self.horizon.clone(), self.today);
        let course = Situation { groups: vec![group], horizon, pace, budget, today }.forecast();
        let outlook = course.interviews.first().copied().unwrap_or_default();
        PracticeForecast {
            recall: outlook.recall as f64 / 1000.0,
            never: outlook.never as f64 / CARD as f64,
            days: course.days.iter().map(|day| (day.ms, day.slack)).collect(),
        }
    }
}

/// What the forecast says of a [`Practice`].
#[derive(Debug)]
pub struct PracticeForecast {
    pub recall: f64,
    pub never: f64,
    /// The milliseconds of each day, and whether time is left on it.
    pub days: Vec<(u64, bool)>,
}
