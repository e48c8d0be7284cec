//! When a backlog is caught up: a forecast, without randomness.
//!
//! Each day the greatest claims are answered until the minutes are used. As many answers fail as the forecast of recall says,
//! and everything else is the schedule's own.
//!
//! Not here: what pauses in a backlog, and the days until an interview.

use std::collections::BTreeMap;

use crate::clock::StudyDay;
use crate::history::CardState;
use crate::horizon::{DaysOff, Horizon, Scope};
use crate::plan::{Budget, CARD, recall_after};
use crate::queue::Claim;
use crate::schedule::Grade;
use crate::settings::Rules;

/// How many days ahead it looks.
pub(crate) const REACH: i64 = 366;

/// A card that is due within reach.
#[derive(Debug, Clone)]
pub(crate) struct BacklogCard {
    pub(crate) state: CardState,
    pub(crate) weight: u8,
    /// How long it is likely to take.
    pub(crate) seconds: u64,
}

/// Returns the first day after today on which the due cards do not fill the minutes any more; `None` if that is out of reach.
pub(crate) fn caught_up(
    cards: Vec<BacklogCard>,
    budget: Budget,
    off: &DaysOff,
    rules: &Rules,
    today: StudyDay,
) -> Option<StudyDay> {
    let mut waiting: Vec<BacklogCard> = Vec::new();
    let mut later: BTreeMap<StudyDay, Vec<BacklogCard>> = BTreeMap::new();
    for card in cards {
        let hidden = card.state.buried == Some(today);
        let due = if hidden { Some(today.plus(1)) } else { card.state.due() };
        later.entry(due.unwrap_or(today)).or_default().push(card);
    }
    let mut missed = 0;
    for day in (0..=REACH).map(|days| today.plus(days)) {
        while let Some(due) = later.first_entry().filter(|due| *due.key() <= day) {
            waiting.extend(due.remove());
        }
        if off.contains(day) {
            continue;
        }
        let load: u64 = waiting.iter().map(|card| card.seconds).sum();
        if day > today && load < budget.minutes * 60 {
            return Some(day);
        }
        let claim = |card: &BacklogCard| Claim::new(&card.state, (card.weight, Scope::NONE), &Horizon::default(), day);
        waiting.sort_by(|a, b| claim(a).compare(&claim(b), day));
        let (ms, cards) = match budget.cards {
            _ if day > today => (budget.minutes * 60_000, budget.cards.map(|(each, _)| each)),
            cards => (budget.left_today(), cards.map(|(_, left)| left)),
        };
        let (mut used, mut answered) = (0, 0);
        // A card is started while time is left.
        while used < ms && (answered as u64) < cards.unwrap_or(u64::MAX) && answered < waiting.len() {
            used += waiting[answered].seconds * 1000;
            answered += 1;
        }
        for mut card in waiting.drain(..answered) {
            answer(&mut card.state, &mut missed, rules, day);
            later.entry(card.state.due().unwrap_or(day).max(day.plus(1))).or_default().push(card);
        }
    }
    None
}

/// Answers a card well or not. `missed` adds up the shares that fail, in thousandths; each whole card of them fails.
fn answer(state: &mut CardState, missed: &mut u64, rules: &Rules, day: StudyDay) {
    let days = state.memory.last.map_or(0, |last| day.since(last));
    *missed += CARD - recall_after(days, state.memory.repetitions).min(CARD);
    let fails = *missed >= CARD;
    *missed -= if fails { CARD } else { 0 };
    if let Some(grade) = Grade::new(if fails { 1 } else { 4 }) {
        (state.memory, _) = state.memory.review(grade, day, rules);
    }
    state.brought = None;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::Memory;

    const TODAY: StudyDay = StudyDay(1000);

    fn card(elapsed: i32, interval: u32, seconds: u64) -> BacklogCard {
        let memory = Memory { interval, last: Some(StudyDay(TODAY.0 - elapsed)), repetitions: 3, ease: 2500 };
        BacklogCard { state: CardState { memory, ..CardState::default() }, weight: 1, seconds }
    }

    #[test]
    fn a_backlog_is_caught_up_when_the_due_cards_fit_a_day() {
        let cards = |count: usize| (0..count).map(|_| card(40, 30, 60)).collect::<Vec<_>>();
        let budget = |left: u64, cards| Budget { minutes: 15, spent_today: 900_000 - left * 60_000, cards };
        let none = DaysOff::default();
        let off = DaysOff::new(vec![TODAY.plus(1), TODAY.plus(2)]);
        // Cards, minutes left today, cards a day, days off, days until it is caught up.
        let cases = [
            (20, 15, None, &none, Some(1)),
            (27, 15, None, &none, Some(1)),
            // Two of the 15 of today fail and come back.
            (28, 15, None, &none, Some(2)),
            (31, 15, None, &none, Some(2)),
            (31, 0, None, &none, Some(3)),
            (20, 15, None, &off, Some(3)),
            (31, 15, Some((15, 1)), &none, Some(3)),
            (31, 15, Some((0, 0)), &none, None),
            (20_000, 15, None, &none, None),
        ];
        for (count, left, most, off, days) in cases {
            let found = caught_up(cards(count), budget(left, most), off, &Rules::default(), TODAY);
            assert_eq!(found, days.map(|days| TODAY.plus(days)), "{count} {left} {most:?}");
        }
    }

    #[test]
    fn missed_cards_come_back_and_buried_ones_wait() {
        // Long overdue: nearly half of them fail and are due the next day, so the days fill again.
        let old = |seconds| (0..40).map(|_| card(900, 30, seconds)).collect::<Vec<_>>();
        let budget = Budget { minutes: 15, spent_today: 0, cards: None };
        let none = DaysOff::default();
        let days = |cards| caught_up(cards, budget, &none, &Rules::default(), TODAY).map(|day| day.since(TODAY));
        assert_eq!((days(old(60)), days(old(20))), (Some(5), Some(1)));
        let mut buried = old(60);
        buried.iter_mut().for_each(|card| card.state.buried = Some(TODAY));
        assert_eq!(days(buried), Some(6));
    }
}
