//! The recall estimate: how likely an answer comes back, by FSRS-6 with its default parameters.
//!
//! It is only shown. It never moves a due day, so it may use floats: the same on one machine, not to the bit on every one.
//!
//! Source: the FSRS wiki (github.com/open-spaced-repetition/fsrs4anki/wiki/The-Algorithm). Tests compare it with the crate
//! `fsrs`.
//!
//! Not here: which reviews count, and the schedule.

use crate::schedule::Grade;

/// The default parameters w0 to w20.
const W: [f64; 21] = [
    0.212, 1.2931, 2.3065, 8.2956, 6.4133, 0.8334, 3.0194, 0.001, 1.8722, 0.1666, 0.796, 1.4835, 0.0614, 0.2629,
    1.6483, 0.6014, 1.8729, 0.5425, 0.0912, 0.0658, 0.1542,
];

/// The name of the model, as reports give it.
pub(crate) const MODEL: &str = "FSRS-6";

/// Rounds an estimate to the four decimals with which it is shown.
pub(crate) fn four_decimals(estimate: f64) -> f64 {
    (estimate * 10_000.0).round() / 10_000.0
}

/// What FSRS knows about one card.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Recall {
    /// The days after which recall falls to 0.9.
    pub stability: f64,
    /// From 1 to 10.
    pub difficulty: f64,
}

// Neither number is ever NaN.
impl Eq for Recall {}

impl Recall {
    pub fn first(grade: Grade) -> Self {
        let rating = rating(grade);
        let stability = W[rating as usize - 1];
        Recall { stability: clamped_stability(stability), difficulty: first_difficulty(rating).clamp(1.0, 10.0) }
    }

    /// Returns the estimate after a review `days` study days after the one before.
    pub fn review(self, grade: Grade, days: u32) -> Self {
        let rating = rating(grade);
        let stability = match (days, rating) {
            (0, _) => self.same_day(rating),
            (_, 1) => self.forgotten(days),
            _ => self.recalled(rating, days),
        };
        Recall { stability: clamped_stability(stability), difficulty: self.harder(rating) }
    }

    /// Returns the probability of recall, from 0 to 1, `days` after the last review.
    pub fn expected(self, days: u32) -> f64 {
        let factor = 0.9_f64.powf(-1.0 / W[20]) - 1.0;
        (1.0 + factor * f64::from(days) / self.stability).powf(-W[20])
    }

    fn same_day(self, rating: u8) -> f64 {
        let factor = (W[17] * (f64::from(rating) - 3.0 + W[18])).exp() * self.stability.powf(-W[19]);
        self.stability * if rating >= 2 { factor.max(1.0) } else { factor }
    }

    fn forgotten(self, days: u32) -> f64 {
        let lost = (W[14] * (1.0 - self.expected(days))).exp();
        let after = W[11] * self.difficulty.powf(-W[12]) * ((self.stability + 1.0).powf(W[13]) - 1.0) * lost;
        after.min(self.stability / (W[17] * W[18]).exp())
    }

    fn recalled(self, rating: u8, days: u32) -> f64 {
        let effort = match rating {
            2 => W[15],
            4 => W[16],
            _ => 1.0,
        };
        let gained = (W[10] * (1.0 - self.expected(days))).exp() - 1.0;
        let growth = W[8].exp() * (11.0 - self.difficulty) * self.stability.powf(-W[9]) * gained * effort;
        self.stability * (1.0 + growth)
    }

    fn harder(self, rating: u8) -> f64 {
        let change = -W[6] * (f64::from(rating) - 3.0);
        let moved = self.difficulty + change * (10.0 - self.difficulty) / 9.0;
        (W[7] * first_difficulty(4) + (1.0 - W[7]) * moved).clamp(1.0, 10.0)
    }
}

/// Returns the rating of FSRS for a grade: 1 Again, 2 Hard, 3 Good, 4 Easy.
fn rating(grade: Grade) -> u8 {
    match grade.get() {
        0..=2 => 1,
        3 => 2,
        4 => 3,
        _ => 4,
    }
}

/// Not clamped, as the mean to which difficulty reverts needs it.
fn first_difficulty(rating: u8) -> f64 {
    W[4] - (W[5] * (f64::from(rating) - 1.0)).exp() + 1.0
}

fn clamped_stability(stability: f64) -> f64 {
    stability.clamp(0.001, 36_500.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use fsrs::{DEFAULT_PARAMETERS, FSRS, FSRSItem, FSRSReview};

    /// Numbers that look random and are the same in every run (SplitMix64).
    fn next(seed: &mut u64) -> u64 {
        *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = *seed;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    #[test]
    fn random_histories_equal_the_crate_fsrs() {
        let oracle = FSRS::new(&DEFAULT_PARAMETERS).unwrap();
        let mut seed = 1;
        for history in 0..10_000 {
            let reviews: Vec<(Grade, u32)> = (0..1 + next(&mut seed) % 12)
                .map(|n| {
                    let grade = Grade::new((next(&mut seed) % 6) as u8).unwrap();
                    // A third on the same day, the others up to a year later, most of them soon.
                    let days = [0, next(&mut seed) % 10, next(&mut seed) % 365][(next(&mut seed) % 3) as usize];
                    (grade, if n == 0 { 0 } else { days as u32 })
                })
                .collect();
            let first = Recall::first(reviews[0].0);
            let ours = reviews[1..].iter().fold(first, |recall, &(grade, days)| recall.review(grade, days));
            let asked = |&(grade, delta_t)| FSRSReview { rating: u32::from(rating(grade)), delta_t };
            let item = FSRSItem { reviews: reviews.iter().map(asked).collect() };
            let theirs = oracle.memory_state(item, None).unwrap();
            let stability = (ours.stability / f64::from(theirs.stability) - 1.0).abs();
            let difficulty = (ours.difficulty - f64::from(theirs.difficulty)).abs();
            assert!(stability < 1e-4 && difficulty < 1e-4, "{history}: {reviews:?}\n{ours:?}\n{theirs:?}");
            let days = (next(&mut seed) % 400) as u32;
            let expected = fsrs::current_retrievability(theirs, days as f32, DEFAULT_PARAMETERS[20]);
            assert!((ours.expected(days) - f64::from(expected)).abs() < 1e-4, "{history}: {reviews:?}");
        }
    }

    #[test]
    fn recall_is_one_on_the_day_and_nine_tenths_after_the_stability() {
        let recall = Recall { stability: 30.0, difficulty: 5.0 };
        assert!((recall.expected(0) - 1.0).abs() < 1e-12 && (recall.expected(30) - 0.9).abs() < 1e-12);
    }
}
