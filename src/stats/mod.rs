//! Numbers about what was rehearsed. What each counts is in the comment of its field.
//!
//! A [`Ledger`] takes every event in the total order, then every card, and gives the [`Stats`] of one study day. It keeps
//! a row for each card and one for each study day, however many events there are.
//!
//! Not here: how they look, and where events and cards come from.

mod ledger;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Serialize, Serializer};

use crate::clock::StudyDay;
use crate::history::Review;
pub(crate) use ledger::Ledger;

/// How many days ahead what comes due is told, today included.
pub(crate) const AHEAD: i64 = 14;
/// How many weeks back each day is told, this one included.
pub(crate) const WEEKS: i64 = 12;

/// Every number, as of one study day. A review that was taken back counts nowhere.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Stats {
    /// The study day they are told on.
    #[serde(serialize_with = "date")]
    pub(crate) today: StudyDay,
    /// How many reviews there were, repeats within a study day included.
    pub(crate) reviews: Windows<u64>,
    /// Seconds spoken: the sum of the times that were kept, rounded down. A review without one adds nothing.
    pub(crate) seconds: Windows<u64>,
    /// How much was remembered.
    pub(crate) retention: Windows<Retention>,
    /// Study days in a row with a review, counted back from today; today is left out while it has none, and so is a day
    /// off.
    pub(crate) streak: u32,
    /// The cards of the decks by how they stand today, and those with history that are in no deck.
    pub(crate) cards: Statuses,
    /// How many of those in the decks are ready: their last three answers were graded 4 or 5, and every variant is met.
    pub(crate) ready: u64,
    /// What comes due on each of the next 14 study days, today first.
    pub(crate) due: Vec<Due>,
    /// Each study day of the last 12 weeks, from a Monday to today.
    pub(crate) days: Vec<Day>,
    /// Given grades against proposed ones, over all reviews that have both.
    pub(crate) bias: Bias,
    /// The same by the kind of the card, for kinds that have such reviews; cards that are in no deck have no kind.
    pub(crate) bias_by_kind: Vec<KindBias>,
    /// How often the competency behind a question was named rightly, where it was asked for.
    pub(crate) spotted: Spotted,
    /// The parts and points missed most often, the most often first; see [`Misses`]. Of as many misses, the larger share
    /// comes first, then the id.
    pub(crate) missed: Vec<MissedPoint>,
    /// Spoken time by deck, the longest first; cards that are in no deck are left out.
    pub(crate) spoken_by_deck: Vec<Spoken>,
    /// Spoken time by competency, the longest first. A card that shows two counts for both.
    pub(crate) spoken_by_competency: Vec<Spoken>,
}

/// A number for four spans of time, each of which ends with today, by study day.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub(crate) struct Windows<T> {
    pub(crate) today: T,
    /// The last 7 study days, today included.
    pub(crate) days_7: T,
    /// The last 30 study days, today included.
    pub(crate) days_30: T,
    /// Every study day there is, those that a wrong clock put after today included.
    pub(crate) all: T,
}

/// How much was remembered: of the reviews that moved the schedule of a card that was not new, those graded 3 or better.
///
/// A card is new until its first review, and again after a reset. The first review of a study day moves the schedule,
/// early or late; repeats on that day do not, and neither does one that only mends a wrong clock.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub(crate) struct Retention {
    /// How many were graded 3 or better.
    pub(crate) recalled: u64,
    pub(crate) of: u64,
    /// The one over the other, from 0 to 1; none of none.
    pub(crate) share: Option<f64>,
}

impl Retention {
    fn new(recalled: u64, of: u64) -> Self {
        Retention { recalled, of, share: ratio(recalled as f64, of) }
    }
}

/// How many cards stand how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub(crate) struct Statuses {
    pub(crate) new: u64,
    /// Due, or failed today and not yet answered well.
    pub(crate) due: u64,
    pub(crate) learned: u64,
    /// Not asked, by the file or by `suspend`.
    pub(crate) suspended: u64,
    /// With history, and in no deck.
    pub(crate) absent: u64,
}

/// What comes due on a study day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Due {
    #[serde(serialize_with = "date")]
    pub(crate) day: StudyDay,
    /// How many cards that are asked have their due day then. Today has those overdue, too, and those to repeat; what is
    /// buried today comes tomorrow. New cards are not counted, and no limit of a day is.
    pub(crate) cards: u64,
}

/// One study day that is past, or today.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Day {
    #[serde(serialize_with = "date")]
    pub(crate) day: StudyDay,
    /// How many reviews there were.
    pub(crate) reviews: u64,
    pub(crate) seconds: u64,
    /// How much was remembered.
    pub(crate) retention: Retention,
}

/// How far given grades run from proposed ones.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub(crate) struct Bias {
    /// How many reviews have both.
    pub(crate) reviews: u64,
    /// The mean of given minus proposed: above 0, the user is milder than the ticks. None of none.
    pub(crate) mean: Option<f64>,
}

/// The same for cards of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct KindBias {
    /// The kind, as authors write it.
    pub(crate) kind: &'static str,
    #[serde(flatten)]
    pub(crate) bias: Bias,
}

/// How often a competency was named rightly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub(crate) struct Spotted {
    /// How often it was right.
    pub(crate) right: u64,
    /// How often it was asked for.
    pub(crate) of: u64,
}

/// A part or a point that was missed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct MissedPoint {
    pub(crate) card: String,
    /// Its number among parts and points, from 1.
    pub(crate) number: u16,
    /// Its words, as the deck has them now.
    pub(crate) text: String,
    /// In how many reviews with ticks it was missed.
    pub(crate) missed: u32,
    pub(crate) of: u32,
}

/// Spoken time of some cards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Spoken {
    /// What they have in common.
    pub(crate) name: String,
    pub(crate) seconds: u64,
}

impl<T: Copy> Windows<T> {
    /// The same for each span.
    pub(crate) fn map<U>(&self, each: impl Fn(T) -> U) -> Windows<U> {
        Windows { today: each(self.today), days_7: each(self.days_7), days_30: each(self.days_30), all: each(self.all) }
    }

    /// Each span, the shortest first.
    pub(crate) fn each(&self) -> [T; 4] {
        [self.today, self.days_7, self.days_30, self.all]
    }
}

fn ratio(part: f64, of: u64) -> Option<f64> {
    (of > 0).then(|| part / of as f64)
}

fn date<S: Serializer>(day: &StudyDay, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(day)
}

/// How often each part and point of a card was missed, since their number last changed: before, they were others.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Misses {
    /// How many parts and points there are, by the newest review with ticks.
    pub(crate) items: u16,
    /// Of how many reviews with ticks this is told.
    pub(crate) of: u32,
    said: BTreeMap<u16, u32>,
}

impl Misses {
    /// Takes the card's next review; one without ticks says nothing.
    pub(crate) fn take(&mut self, review: &Review) {
        let (Some(ticks), Some(items)) = (&review.ticks, review.points) else { return };
        if items != self.items {
            *self = Misses { items, ..Misses::default() };
        }
        self.of += 1;
        let said: BTreeSet<u16> = ticks.iter().copied().filter(|tick| (1..=items).contains(tick)).collect();
        for number in said {
            *self.said.entry(number).or_default() += 1;
        }
    }

    /// In how many of the reviews a part or point was missed, by its number from 1.
    pub(crate) fn missed(&self, number: u16) -> u32 {
        self.of - self.said.get(&number).copied().unwrap_or(0)
    }
}

/// The middle of some numbers, of two in the middle their mean rounded down; `None` of none.
pub(crate) fn median(mut numbers: Vec<u64>) -> Option<u64> {
    numbers.sort_unstable();
    let upper = *numbers.get(numbers.len() / 2)?;
    let lower = numbers[(numbers.len() - 1) / 2];
    Some(lower + (upper - lower) / 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deck::CardId;
    use crate::schedule::Grade;

    #[test]
    fn what_was_missed_is_counted_since_the_points_are_as_many() {
        type Ticked<'a> = (Option<&'a [u16]>, u16);
        type Missed<'a> = (u16, u32, &'a [u32]);
        let cases: &[(&[Ticked], Missed)] = &[
            (&[], (0, 0, &[])),
            (&[(None, 3)], (0, 0, &[])),
            (&[(Some(&[1, 3]), 3)], (3, 1, &[0, 1, 0])),
            (&[(Some(&[1, 3]), 3), (None, 3), (Some(&[]), 3)], (3, 2, &[1, 2, 1])),
            // Twice the same tick, and one of no point.
            (&[(Some(&[2, 2, 9, 0]), 3)], (3, 1, &[1, 0, 1])),
            // The card had two points, then three.
            (&[(Some(&[]), 2), (Some(&[1]), 3)], (3, 1, &[0, 1, 1])),
        ];
        for (reviews, (items, of, missed)) in cases {
            let mut misses = Misses::default();
            for (ticks, points) in *reviews {
                let mut review = Review::new(CardId::parse("a").unwrap(), Grade::new(3).unwrap());
                review.ticks = ticks.map(<[u16]>::to_vec);
                review.points = Some(*points);
                misses.take(&review);
            }
            let found: Vec<u32> = (1..=misses.items).map(|number| misses.missed(number)).collect();
            assert_eq!((misses.items, misses.of, found.as_slice()), (*items, *of, *missed), "{reviews:?}");
        }
    }

    #[test]
    fn medians() {
        for (numbers, expected) in [
            (vec![], None),
            (vec![3], Some(3)),
            (vec![9, 1, 5], Some(5)),
            (vec![4, 1, 9, 6], Some(5)),
            (vec![1, 2], Some(1)),
        ] {
            assert_eq!(median(numbers.clone()), expected, "{numbers:?}");
        }
    }
}
