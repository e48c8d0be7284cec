//! Missed parts and points of one card.

use std::collections::{BTreeMap, BTreeSet};

use crate::history::Review;

/// How often each part and point of a card was missed, since their number last changed: before that, they were different
/// ones.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Misses {
    /// The number of parts and points in the newest review with ticks.
    pub(crate) items: u16,
    pub(crate) of: u32,
    said: BTreeMap<u16, u32>,
}

impl Misses {
    /// Adds the card's next review; one without ticks changes nothing.
    pub(crate) fn add(&mut self, review: &Review) {
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

    /// Returns in how many of the reviews a part or point was missed, by its number from 1.
    pub(crate) fn missed(&self, number: u16) -> u32 {
        self.of - self.said.get(&number).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deck::CardId;
    use crate::schedule::Grade;

    #[test]
    fn misses_count_since_the_number_of_points_changed() {
        type Ticked<'a> = (Option<&'a [u16]>, u16);
        type Missed<'a> = (u16, u32, &'a [u32]);
        let cases: &[(&[Ticked], Missed)] = &[
            (&[], (0, 0, &[])),
            (&[(None, 3)], (0, 0, &[])),
            (&[(Some(&[1, 3]), 3)], (3, 1, &[0, 1, 0])),
            (&[(Some(&[1, 3]), 3), (None, 3), (Some(&[]), 3)], (3, 2, &[1, 2, 1])),
            // A repeated tick, and ticks out of range.
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
                misses.add(&review);
            }
            let found: Vec<u32> = (1..=misses.items).map(|number| misses.missed(number)).collect();
            assert_eq!((misses.items, misses.of, found.as_slice()), (*items, *of, *missed), "{reviews:?}");
        }
    }
}
