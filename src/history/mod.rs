//! History: the events of every device, and what they add up to.
//!
//! The events a machine knows are the union of every journal it has seen and its own log, and every card's state is the
//! fold of that card's events in their total order. `codec` is an event's line, `derive` the fold told step by step; here
//! are the order, undo, renames, and the fold. All of it is a function of the set of events: no clock, no float, no random number, no map order.
//!
//! Not here: where events are kept.

mod codec;
mod derive;
#[cfg(test)]
pub(crate) mod samples;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;

use crate::clock::{Instant, StudyDay};
use crate::deck::{CardId, base32};
use crate::schedule::{Grade, Memory, Rule};
use crate::settings::Rules;
pub(crate) use codec::parse_lines;
pub use codec::{Bad, Line, parse_line, render, seal};
pub(crate) use derive::{Future, Step, derivation, reason};

/// The name of a device: 8 random base32 characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Device([u8; 8]);

impl Device {
    /// A name from 40 random bits (the upper ones of 64).
    pub fn from_bits(bits: u64) -> Self {
        let mut name = [b'a'; 8];
        name.copy_from_slice(base32(bits, 8).as_bytes());
        Device(name)
    }

    /// Reads a name: 8 of `a-z2-7`.
    pub fn parse(text: &str) -> Option<Self> {
        let name: [u8; 8] = text.as_bytes().try_into().ok()?;
        name.iter().all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7')).then_some(Device(name))
    }

    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The identity of an event: device, sequence number, checksum. The checksum is what makes a copied device name lose
/// nothing. Written `d-s-x`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId {
    pub(crate) device: Device,
    /// The writer's count, from 1.
    pub(crate) seq: i64,
    /// CRC-32 of its line.
    pub(crate) crc: u32,
}

impl EventId {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let device = Device::parse(parts.next()?)?;
        let (seq, crc) = (parts.next()?, parts.next()?);
        let plain = !seq.is_empty() && seq.bytes().all(|byte| byte.is_ascii_digit());
        let hex = crc.len() == 8 && crc.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if parts.next().is_some() || !plain || !hex {
            return None;
        }
        Some(EventId { device, seq: seq.parse().ok()?, crc: u32::from_str_radix(crc, 16).ok()? })
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{:08x}", self.device, self.seq, self.crc)
    }
}

/// Something that happened, as one line of a log says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub id: EventId,
    /// When, by the clock on the wall of the device.
    pub(crate) at: Instant,
    /// The logical clock in Unix milliseconds, where it is not the wall clock's.
    pub(crate) logical: Option<i64>,
    pub body: Body,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// A card was graded.
    Review(Review),
    /// An event is taken back; an undo is an event too.
    Undo {
        /// What is taken back.
        of: EventId,
    },
    /// The history of one card goes on as another's.
    Rename { card: CardId, to: CardId },
    /// A card is not asked for a while (`on`), or asked again.
    Suspend {
        card: CardId,
        /// Whether it is suspended.
        on: bool,
    },
    /// A card is hidden until the next study day.
    Bury { card: CardId },
    /// A card is due now.
    Bring { card: CardId },
    /// A card is as if it had never been reviewed.
    Reset { card: CardId },
    /// A device says what its user calls it.
    Device { name: String },
    /// From a newer program: kept and published verbatim, not folded.
    Unknown,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    pub card: CardId,
    pub grade: Grade,
    pub proposed: Option<Grade>,
    /// Spoken time in milliseconds.
    pub ms: Option<u64>,
    /// The numbers of the parts and points said; `None` where nothing was ticked.
    pub ticks: Option<Vec<u16>>,
    pub points: Option<u16>,
    /// Whether a hint was asked for.
    pub hint: bool,
    /// Whether the competency behind the question was named rightly; `None` where nobody asked for it.
    pub spot: Option<bool>,
}

impl Review {
    pub fn new(card: CardId, grade: Grade) -> Self {
        Review { card, grade, proposed: None, ms: None, ticks: None, points: None, hint: false, spot: None }
    }
}

impl Body {
    /// The word for it in the log.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Body::Review(_) => "review",
            Body::Undo { .. } => "undo",
            Body::Rename { .. } => "rename",
            Body::Suspend { .. } => "suspend",
            Body::Bury { .. } => "bury",
            Body::Bring { .. } => "bring",
            Body::Reset { .. } => "reset",
            Body::Device { .. } => "device",
            Body::Unknown => "unknown",
        }
    }

    /// The card it is about, by the name it had then.
    pub(crate) fn card(&self) -> Option<&CardId> {
        match self {
            Body::Review(review) => Some(&review.card),
            Body::Rename { card, .. }
            | Body::Suspend { card, .. }
            | Body::Bury { card }
            | Body::Bring { card }
            | Body::Reset { card } => Some(card),
            Body::Undo { .. } | Body::Device { .. } | Body::Unknown => None,
        }
    }

    /// What it does to its card, on the study day it happened; `None` if it does nothing to a card's state.
    pub(crate) fn deed(&self) -> Option<Deed> {
        match self {
            Body::Review(review) => Some(Deed::Review { grade: review.grade, ms: review.ms }),
            Body::Suspend { on, .. } => Some(Deed::Suspend(*on)),
            Body::Bury { .. } => Some(Deed::Bury),
            Body::Bring { .. } => Some(Deed::Bring),
            Body::Reset { .. } => Some(Deed::Reset),
            Body::Undo { .. } | Body::Rename { .. } | Body::Device { .. } | Body::Unknown => None,
        }
    }
}

impl Event {
    /// Its place in the total order: logical time (the wall clock's where there is no other), device, sequence, checksum.
    pub(crate) fn order(&self) -> (i64, EventId) {
        (self.logical.unwrap_or(self.at.unix_ms), self.id)
    }
}

/// The logical clock of a new event: now, but after the newest known.
pub(crate) fn logical_clock(now: i64, newest: Option<i64>) -> i64 {
    newest.map_or(now, |newest| now.max(newest.saturating_add(1)))
}

/// How far ahead of the own clock another device's logical clock may be and still be believed, in milliseconds.
pub(crate) const BELIEVED_AHEAD_MS: i64 = 48 * 3_600_000;

/// Which events are void: those of which some undo is not itself void. Settled on the references alone, so the order of
/// time and arrival does not matter. Takes every undo with what it takes back.
///
/// References cannot form a ring by accident (an id holds its event's checksum); in one made on purpose no undo counts.
pub(crate) fn voids(undos: &[(EventId, EventId)]) -> HashSet<EventId> {
    let target: HashMap<EventId, EventId> = undos.iter().copied().collect();
    let mut against: HashMap<EventId, usize> = HashMap::new();
    for of in target.values() {
        *against.entry(*of).or_default() += 1;
    }
    let mut void = HashSet::new();
    let mut standing: Vec<EventId> = target.keys().copied().filter(|undo| !against.contains_key(undo)).collect();
    while let Some(undo) = standing.pop() {
        let Some(&of) = target.get(&undo) else { continue };
        if !void.insert(of) {
            continue;
        }
        // What `of` took back has one undo less against it, and stands again when that was the last.
        if let Some(freed) = target.get(&of)
            && let Some(left) = against.get_mut(freed)
        {
            *left -= 1;
            if *left == 0 && !void.contains(freed) {
                standing.push(*freed);
            }
        }
    }
    void
}

/// Where the history of each renamed card goes on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Renames {
    forward: BTreeMap<CardId, CardId>,
}

impl Renames {
    /// Takes the next rename in the total order. No ring can arise: the new name loses its own way forward first.
    pub fn add(&mut self, card: &CardId, to: &CardId) {
        self.forward.remove(to);
        if card != to {
            self.forward.insert(card.clone(), to.clone());
        }
    }

    /// The name under which a card's history goes on.
    pub fn resolve<'a>(&'a self, card: &'a CardId) -> &'a CardId {
        let mut card = card;
        while let Some(next) = self.forward.get(card) {
            card = next;
        }
        card
    }

    /// Every old name with the one it goes on as.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&CardId, &CardId)> {
        self.forward.keys().map(|card| (card, self.resolve(card)))
    }
}

/// What an event does to its card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// A grade, with the spoken time in milliseconds.
    Review {
        grade: Grade,
        ms: Option<u64>,
    },
    /// Suspended, or no longer.
    Suspend(bool),
    /// Hidden for the day.
    Bury,
    Bring,
    /// As if never reviewed.
    Reset,
}

/// Everything the log says of one card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CardState {
    pub(crate) memory: Memory,
    /// Reviews that are not void, repeats of the same day included.
    pub reviews: u32,
    /// Grades below 3 that moved the memory.
    pub(crate) lapses: u32,
    /// How many of the reviews were graded 4 or 5.
    pub(crate) good: u32,
    /// How many of the newest of them in a row, since a reset.
    pub(crate) streak: u32,
    /// Whether the log says it is not asked.
    pub(crate) suspended: bool,
    /// The study day for which it is hidden.
    pub(crate) buried: Option<StudyDay>,
    /// The study day since which it is due, by request.
    pub(crate) brought: Option<StudyDay>,
    /// The last grade of the last study day of review.
    pub(crate) latest: Option<(StudyDay, Grade)>,
    /// The study day of the first review.
    pub(crate) first: Option<StudyDay>,
    /// Spoken time of all reviews that have one, in milliseconds.
    pub(crate) spoken_ms: u64,
    /// How many have one.
    pub(crate) spoken: u32,
}

impl CardState {
    /// Takes the next event of the card in the total order; gives the rule a review fell under.
    pub(crate) fn apply(&mut self, deed: Deed, day: StudyDay, rules: &Rules) -> Option<Rule> {
        match deed {
            Deed::Review { grade, ms } => return Some(self.review(grade, ms, day, rules)),
            Deed::Suspend(on) => self.suspended = on,
            Deed::Bury => self.buried = Some(day),
            Deed::Bring => self.brought = Some(day),
            Deed::Reset => {
                self.memory = Memory::default();
                self.streak = 0;
                self.brought = None;
                self.latest = None;
            }
        }
        None
    }

    fn review(&mut self, grade: Grade, ms: Option<u64>, day: StudyDay, rules: &Rules) -> Rule {
        let (memory, rule) = self.memory.review(grade, day, rules);
        self.memory = memory;
        self.reviews = self.reviews.saturating_add(1);
        self.lapses += u32::from(rule.moves() && grade.lapses());
        self.good = self.good.saturating_add(u32::from(grade.settles()));
        self.streak = if grade.settles() { self.streak.saturating_add(1) } else { 0 };
        self.brought = None;
        self.first = self.first.or(Some(day));
        // A review shortly before the last day counts for that day: it is the same queue.
        self.latest = Some((memory.last.unwrap_or(day), grade));
        if let Some(ms) = ms {
            self.spoken_ms = self.spoken_ms.saturating_add(ms);
            self.spoken += 1;
        }
        rule
    }

    /// The day on which the card is due; `None` for one never reviewed.
    pub(crate) fn due(&self) -> Option<StudyDay> {
        match (self.memory.due(), self.brought) {
            (Some(due), Some(brought)) => Some(due.min(brought)),
            (due, brought) => due.or(brought),
        }
    }

    /// Whether it was graded below 4 today and has not had a 4 since: it stays in today's queue.
    pub(crate) fn unsettled(&self, today: StudyDay) -> bool {
        self.latest.is_some_and(|(day, grade)| !grade.settles() && (0..=2).contains(&day.since(today)))
    }

    /// Whether it is due today, by its day or because today's answer was not yet good.
    pub(crate) fn is_due(&self, today: StudyDay) -> bool {
        self.due().is_some_and(|due| due <= today) || self.unsettled(today)
    }
}

/// The state after a card's events that are not void, in their total order: what each does and its study day.
pub fn fold(deeds: impl IntoIterator<Item = (Deed, StudyDay)>, rules: &Rules) -> CardState {
    let mut state = CardState::default();
    for (deed, day) in deeds {
        state.apply(deed, day, rules);
    }
    state
}

/// Every card's state, and the final names, from a whole set of events in any order. What a store keeps step by step
/// must equal this.
#[cfg(test)]
pub(crate) fn fold_all(events: &[Event], rules: &Rules) -> (BTreeMap<CardId, CardState>, Renames) {
    let mut ordered: Vec<&Event> = events.iter().collect();
    ordered.sort_by_key(|event| event.order());
    ordered.dedup_by_key(|event| event.id);
    let undos: Vec<_> = ordered
        .iter()
        .filter_map(|event| match event.body {
            Body::Undo { of } => Some((event.id, of)),
            _ => None,
        })
        .collect();
    let void = voids(&undos);
    ordered.retain(|event| !void.contains(&event.id));
    let mut renames = Renames::default();
    for event in &ordered {
        if let Body::Rename { card, to } = &event.body {
            renames.add(card, to);
        }
    }
    let mut states: BTreeMap<CardId, CardState> = BTreeMap::new();
    for event in &ordered {
        if let (Some(card), Some(deed)) = (event.body.card(), event.body.deed()) {
            let state = states.entry(renames.resolve(card).clone()).or_default();
            state.apply(deed, event.at.study_day(rules.day_starts_at), rules);
        }
    }
    (states, renames)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn id(n: i64) -> EventId {
        EventId { device: Device::parse("aaaaaaaa").unwrap(), seq: n, crc: 7 }
    }

    fn card(name: &str) -> CardId {
        CardId::parse(name).unwrap()
    }

    #[test]
    fn undo_is_settled_on_the_references() {
        type Pairs<'a> = &'a [(i64, i64)];
        let cases: &[(Pairs, &[i64])] = &[
            (&[], &[]),
            (&[(2, 1)], &[1]),
            // An undo undone, twice, and an undo of that.
            (&[(2, 1), (3, 2)], &[2]),
            (&[(2, 1), (3, 2), (4, 3)], &[1, 3]),
            // Two devices undo the same: it is taken back once; one of the undos undone leaves it taken back.
            (&[(2, 1), (3, 1)], &[1]),
            (&[(2, 1), (3, 1), (4, 3)], &[1, 3]),
            // Rings made on purpose count for nothing.
            (&[(1, 1)], &[]),
            (&[(1, 2), (2, 1)], &[]),
            (&[(1, 2), (2, 1), (3, 1)], &[1]),
        ];
        for (undos, expected) in cases {
            let undos: Vec<_> = undos.iter().map(|&(undo, of)| (id(undo), id(of))).collect();
            let expected: HashSet<_> = expected.iter().map(|&n| id(n)).collect();
            assert_eq!(voids(&undos), expected, "{undos:?}");
        }
    }

    #[test]
    fn renames_never_form_a_ring() {
        let mut renames = Renames::default();
        for (old, new) in [("a", "b"), ("b", "c"), ("c", "a"), ("x", "x"), ("d", "b")] {
            renames.add(&card(old), &card(new));
        }
        let ends = [("a", "a"), ("b", "b"), ("c", "a"), ("d", "b"), ("x", "x")];
        for (name, end) in ends {
            assert_eq!(renames.resolve(&card(name)), &card(end), "{name}");
        }
    }

    #[test]
    fn a_wild_clock_heals_at_the_next_review() {
        let rules = Rules::default();
        let grade = |g| Deed::Review { grade: Grade::new(g).unwrap(), ms: None };
        let day = |text: &str| StudyDay::parse(text).unwrap();
        for wild in ["2031-05-01", "1999-05-01"] {
            let mut deeds =
                vec![(grade(4), day("2026-11-01")), (grade(4), day("2026-11-02")), (grade(4), day("2026-11-08"))];
            deeds.push((grade(4), day(wild)));
            let state = fold(deeds.clone(), &rules);
            deeds.push((grade(4), day("2026-11-23")));
            let healed = fold(deeds, &rules);
            let due = healed.due().unwrap();
            assert!((day("2026-11-23")..day("2027-06-01")).contains(&due), "{wild}: {state:?} {healed:?}");
            assert_eq!(healed.memory.last, Some(day("2026-11-23")));
        }
    }

    #[test]
    fn today_is_the_last_grade_of_the_day() {
        let rules = Rules::default();
        let grade = |g| Deed::Review { grade: Grade::new(g).unwrap(), ms: Some(1000) };
        let today = StudyDay(100);
        let state = |grades: &[u8]| fold(grades.iter().map(|&g| (grade(g), today)), &rules);
        assert!(state(&[3]).is_due(today) && state(&[3]).unsettled(today));
        assert!(!state(&[3, 4]).is_due(today));
        assert!(state(&[5, 2]).unsettled(today));
        let twice = state(&[2, 4]);
        assert_eq!((twice.reviews, twice.lapses, twice.memory.interval, twice.spoken_ms), (2, 1, 1, 2000));
        assert!(!twice.is_due(today) && twice.is_due(today.plus(1)));
    }

    #[test]
    fn good_answers_are_counted_and_those_in_a_row() {
        let rules = Rules::default();
        let cases: [(&[u8], (u32, u32)); 6] = [
            (&[], (0, 0)),
            (&[4, 5, 4], (3, 3)),
            (&[4, 3, 4], (2, 1)),
            (&[5, 0], (1, 0)),
            (&[4, 9], (1, 0)),
            (&[9, 4], (1, 1)),
        ];
        for (grades, expected) in cases {
            // 9 stands for a reset.
            let deed = |&grade: &u8| Grade::new(grade).map_or(Deed::Reset, |grade| Deed::Review { grade, ms: None });
            let state = fold(grades.iter().map(|grade| (deed(grade), StudyDay(100))), &rules);
            assert_eq!((state.good, state.streak), expected, "{grades:?}");
        }
    }

    proptest! {
        #[test]
        fn every_machine_asks_the_same_angle_and_probe(
            (events, arrived) in samples::seeds().prop_map(|seeds| samples::events(&seeds))
                .prop_flat_map(|events| (Just(events.clone()), Just(events).prop_shuffle())),
        ) {
            let text = "[[card]]\nprompt = \"P\"\nvariants = [\"V\", \"W\"]\nfollowups = [\"F\", \"G\", \"H\"]\n";
            let (deck, _) = crate::deck::parse(&crate::diagnostic::Source::new("d.toml", text), &[]);
            let asked = |events: &[Event]| -> Vec<_> {
                let states = fold_all(events, &Rules::default()).0;
                let card = &deck.cards[0];
                states.values().map(|state| (card.angle(state.reviews).to_owned(), card.followup(state.good).map(str::to_owned))).collect()
            };
            prop_assert_eq!(asked(&arrived), asked(&events));
        }

        #[test]
        fn the_fold_does_not_depend_on_arrival(seeds in samples::seeds(), turn in 0usize..40) {
            let events = samples::events(&seeds);
            let rules = Rules::default();
            let expected = fold_all(&events, &rules);
            let mut other = events.clone();
            other.rotate_left(turn % events.len());
            other.extend(events.iter().take(3).cloned());
            prop_assert_eq!(fold_all(&other, &rules), expected);
        }
    }
}
