//! Histories for tests: a few numbers each, so that a failing one shrinks to little.

use proptest::prelude::*;

use super::{Body, Device, Event, Review, seal};
use crate::clock::Instant;
use crate::deck::CardId;
use crate::schedule::Grade;

/// What one event is made from.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Seed {
    /// 0 an undo, 1 to 5 what is no review, anything else a review.
    pub(crate) kind: u8,
    /// Hours after the first of all.
    pub(crate) hours: i64,
    /// Days by which the clock on the wall was wrong.
    pub(crate) skew: i64,
    /// Which of three cards.
    pub(crate) card: u8,
    /// The grade, which event is undone, whether a suspension is on.
    pub(crate) n: usize,
}

/// Up to forty of them, over three months.
pub(crate) fn seeds() -> impl Strategy<Value = Vec<Seed>> {
    let skew = prop_oneof![9 => Just(0), 1 => -9i64..9];
    let seed = (0u8..14, 0i64..24 * 90, skew, 0u8..3, 0usize..12);
    let seed = seed.prop_map(|(kind, hours, skew, card, n)| Seed { kind, hours, skew, card, n });
    prop::collection::vec(seed, 1..40)
}

/// The cards that events are about.
pub(crate) fn cards() -> [CardId; 3] {
    ["x", "y", "z"].map(|name| CardId::parse(name).unwrap())
}

/// The events, of three devices, in the order of their seeds and not of time.
pub(crate) fn events(seeds: &[Seed]) -> Vec<Event> {
    let mut events: Vec<Event> = Vec::new();
    for (n, seed) in seeds.iter().enumerate() {
        let device = Device::parse(["aaaaaaaa", "bbbbbbbb", "cccccccc"][n % 3]).unwrap();
        let card = cards()[usize::from(seed.card)].clone();
        let body = match seed.kind {
            0 if seed.n < n => Body::Undo { of: events[seed.n].id },
            1 => Body::Rename { card, to: cards()[(usize::from(seed.card) + 1 + seed.n % 2) % 3].clone() },
            2 => Body::Suspend { card, on: seed.n.is_multiple_of(2) },
            3 => Body::Bury { card },
            4 => Body::Bring { card },
            5 => Body::Reset { card },
            _ => Body::Review(review(card, seed)),
        };
        let time = 1_790_000_000_000 + seed.hours * 3_600_000;
        let at = Instant::new(time + seed.skew * 86_400_000, 60).unwrap();
        events.push(seal(device, i64::try_from(n).unwrap(), at, Some(time), body));
    }
    events
}

/// A review of a card with three points, or with two, or of which nothing is known but the grade.
fn review(card: CardId, seed: &Seed) -> Review {
    let grade = Grade::new(u8::try_from(seed.n % 6).unwrap()).unwrap();
    let mut review = Review::new(card, grade);
    review.ms = (!seed.kind.is_multiple_of(3)).then_some(1000 * u64::from(seed.kind));
    if seed.kind > 8 {
        review.points = Some(if seed.kind == 13 { 2 } else { 3 });
        review.ticks = Some((1..=3).filter(|tick| seed.n >> tick & 1 == 1).collect());
        review.proposed = Grade::new(u8::try_from(seed.hours % 6).unwrap());
    }
    review
}
