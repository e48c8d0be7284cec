//! Histories for tests, each made from a few numbers, so that a failing one shrinks to little.

use std::collections::{BTreeMap, HashSet};

use proptest::prelude::*;

use super::codec::seal;
use super::event::{Body, Device, Event, EventId, MockScore, Review, Score};
use super::renames::Renames;
use super::state::CardState;
use super::undo::void_events;
use crate::clock::Instant;
use crate::deck::CardId;
use crate::schedule::Grade;
use crate::settings::Rules;

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Seed {
    /// 0 is an undo, 1 to 5 and 14 are the other events that are not reviews, anything else is a review.
    pub(crate) kind: u8,
    /// Hours after the first event.
    pub(crate) hours: i64,
    /// Days by which the wall clock was wrong.
    pub(crate) skew: i64,
    /// Which of three cards.
    pub(crate) card: u8,
    /// The grade, the event to undo, or whether to suspend.
    pub(crate) n: usize,
}

pub(crate) fn seeds() -> impl Strategy<Value = Vec<Seed>> {
    let skew = prop_oneof![9 => Just(0), 1 => -9i64..9];
    let seed = (0u8..15, 0i64..24 * 90, skew, 0u8..3, 0usize..12);
    let seed = seed.prop_map(|(kind, hours, skew, card, n)| Seed { kind, hours, skew, card, n });
    prop::collection::vec(seed, 1..40)
}

pub(crate) fn card(name: &str) -> CardId {
    CardId::parse(name).unwrap()
}

fn cards() -> [CardId; 3] {
    ["x", "y", "z"].map(card)
}

/// Makes the events, from three devices, in the order of their seeds and not of time.
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
            14 => Body::Mock(Box::new(MockScore::new((seed.n > 2).then_some(card), score(seed.n)))),
            _ => Body::Review(review(card, seed)),
        };
        let time = 1_790_000_000_000 + seed.hours * 3_600_000;
        let at = Instant::new(time + seed.skew * 86_400_000, 60).unwrap();
        events.push(seal(device, i64::try_from(n).unwrap(), at, Some(time), body));
    }
    events
}

fn score(n: usize) -> Score {
    Score::new(u8::try_from(n % 5 + 1).unwrap()).unwrap()
}

/// Makes a review of a card with two or three points, or one with nothing but a grade.
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

pub(crate) fn void_among(events: &[Event]) -> HashSet<EventId> {
    let undo = |event: &Event| match event.body {
        Body::Undo { of } => Some((event.id, of)),
        _ => None,
    };
    void_events(&events.iter().filter_map(undo).collect::<Vec<_>>())
}

/// Returns the events that are not void, once each, in their total order.
pub(crate) fn effective(events: &[Event]) -> Vec<Event> {
    let void = void_among(events);
    let mut ordered: Vec<Event> = events.iter().filter(|event| !void.contains(&event.id)).cloned().collect();
    ordered.sort_by_key(Event::order);
    ordered.dedup_by_key(|event| event.id);
    ordered
}

/// Returns every card's state and the final names, from a whole set of events in any order: what a store that folds step by
/// step must equal.
pub(crate) fn fold_all(events: &[Event], rules: &Rules) -> (BTreeMap<CardId, CardState>, Renames) {
    let ordered = effective(events);
    let mut renames = Renames::default();
    for event in &ordered {
        if let Body::Rename { card, to } = &event.body {
            renames.add(card, to);
        }
    }
    let mut states: BTreeMap<CardId, CardState> = BTreeMap::new();
    for event in &ordered {
        if let (Some(card), Some(action)) = (event.body.card(), event.action()) {
            let state = states.entry(renames.resolve(card).clone()).or_default();
            state.apply(action, event.at.study_day(rules.day_starts_at), rules);
        }
    }
    (states, renames)
}
