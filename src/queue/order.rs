//! Which due card comes first.

use std::cmp::Ordering;

use crate::clock::StudyDay;
use crate::entry::{Entry, due_day};
use crate::history::CardState;
use crate::horizon::{Horizon, Scope};
use crate::schedule::Memory;

/// How many days a missed card counts as older.
const LAPSE: u64 = 2;

/// What a due card has to say for being asked first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) weight: u8,
    pub(crate) scope: Scope,
    rank: Rank,
    memory: Memory,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Brought,
    /// It was last graded below 4, and its interview is today. The heaviest come first.
    Shaky(std::cmp::Reverse<u8>),
    InScope,
    Other,
}

impl Claim {
    pub(crate) fn new(state: &CardState, (weight, scope): (u8, Scope), horizon: &Horizon, today: StudyDay) -> Self {
        let is_today = horizon.today(scope, today);
        let rank = if state.brought.is_some() {
            Rank::Brought
        } else if is_today.is_some()
            && due_day(state, scope, horizon, today).is_some_and(|(_, interview)| interview == is_today)
        {
            Rank::Shaky(std::cmp::Reverse(weight))
        } else if horizon.is_ahead(scope, today) {
            Rank::InScope
        } else {
            Rank::Other
        };
        Claim { weight, scope, rank, memory: state.memory }
    }

    pub(crate) fn of_entry(entry: &Entry, horizon: &Horizon, today: StudyDay) -> Self {
        Claim::new(&entry.state, (entry.weight, entry.scope), horizon, today)
    }

    pub(crate) fn is_brought(&self) -> bool {
        self.rank == Rank::Brought
    }

    /// Compares due cards: brought ones first, then those in scope of an interview, then by the greater of
    /// weight × (elapsed + lapse) / strength, without rounding; then the shorter interval. Cards that are equal are mixed.
    ///
    /// A card that was missed counts as two days older, one that was known perfectly at first sight as half as old.
    pub(crate) fn compare(&self, other: &Claim, today: StudyDay) -> Ordering {
        let (a, b) = (&self.memory, &other.memory);
        let by_claim = (other.age(today) * strength(a)).cmp(&(self.age(today) * strength(b)));
        self.rank.cmp(&other.rank).then(by_claim).then(a.interval.cmp(&b.interval))
    }

    fn age(&self, today: StudyDay) -> u64 {
        let elapsed = self.memory.last.map_or(0, |last| u64::try_from(today.since(last)).unwrap_or(0));
        u64::from(self.weight) * (elapsed + if self.memory.repetitions == 0 { LAPSE } else { 0 })
    }
}

fn strength(memory: &Memory) -> u64 {
    if memory.repetitions == 1 && memory.ease > 2500 { 2 } else { u64::from(memory.interval.max(1)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: StudyDay = StudyDay(1000);

    #[test]
    fn the_greatest_claim_comes_first() {
        let memory = |elapsed: i32, interval, repetitions, ease| Memory {
            repetitions,
            ease,
            interval,
            last: Some(StudyDay(TODAY.0 - elapsed)),
        };
        let claim = |weight, memory: &Memory| {
            let state = CardState { memory: *memory, ..CardState::default() };
            Claim::new(&state, (weight, Scope::NONE), &Horizon::default(), TODAY)
        };
        // Each row comes before the next.
        let rows = [
            ("missed yesterday, weight 3", 3, memory(1, 1, 0, 2500)),
            ("missed yesterday, weight 2", 2, memory(1, 1, 0, 2500)),
            ("missed yesterday", 1, memory(1, 1, 0, 2500)),
            ("twice its interval", 1, memory(12, 6, 2, 2500)),
            ("19 of 15 days", 1, memory(19, 15, 3, 2500)),
            ("met yesterday", 1, memory(1, 1, 1, 2500)),
            ("on time", 1, memory(6, 6, 2, 2500)),
            ("half its interval, weight 2, longer", 2, memory(8, 16, 3, 2500)),
            ("known at first sight yesterday", 1, memory(1, 1, 1, 2600)),
            ("half its interval", 1, memory(3, 6, 2, 2500)),
        ];
        for pair in rows.windows(2) {
            let [(first, weight_a, a), (second, weight_b, b)] = pair else { unreachable!() };
            let (a, b) = (claim(*weight_a, a), claim(*weight_b, b));
            assert_eq!(a.compare(&b, TODAY), Ordering::Less, "{first} before {second}");
            assert_eq!(b.compare(&a, TODAY), Ordering::Greater);
        }
        // Nothing is rounded.
        let near = [memory(1_000_001, 1_000_000, 3, 2500), memory(1_000_000, 999_999, 3, 2500)];
        assert_eq!(claim(1, &near[0]).compare(&claim(1, &near[1]), TODAY), Ordering::Greater);
    }
}
