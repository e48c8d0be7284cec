//! Numbers about what was rehearsed. What each counts is in the comment of its field.
//!
//! Not here: how they look, and where reviews and cards come from.

use std::collections::{BTreeMap, BTreeSet};

use crate::history::Review;

/// How often each part and point of a card was missed, since their number last changed: before, they were others.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Misses {
    /// How many parts and points there are, by the newest review with ticks.
    pub items: u16,
    /// Of how many reviews with ticks this is told.
    pub of: u32,
    said: BTreeMap<u16, u32>,
}

impl Misses {
    /// Takes the card's next review; one without ticks says nothing.
    pub fn take(&mut self, review: &Review) {
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
    pub fn missed(&self, number: u16) -> u32 {
        self.of - self.said.get(&number).copied().unwrap_or(0)
    }
}

/// The middle of some numbers, of two in the middle their mean rounded down; `None` of none.
pub fn median(mut numbers: Vec<u64>) -> Option<u64> {
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
