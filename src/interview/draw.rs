//! Random numbers from a seed that is handed in, and orders made of them. They are the program's own, so that the same seed
//! draws the same on every machine and in every version.
//!
//! Source of the numbers: Sebastiano Vigna, SplitMix64 (`splitmix64.c`, 2015). Of the order: R. A. Fisher and F. Yates, as
//! Knuth has it in "The Art of Computer Programming", volume 2, algorithm 3.4.2 P.

/// A sequence of numbers that look random.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SplitMix64(u64);

impl SplitMix64 {
    pub(crate) fn new(seed: u64) -> Self {
        SplitMix64(seed)
    }

    fn next_bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Returns a number below `limit`; 0 if that is 0. It is the upper half of a product, so a small limit favors no number
    /// by more than a part in 2^32.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        let product = u128::from(self.next_bits()) * limit as u128;
        usize::try_from(product >> 64).unwrap_or(0)
    }

    /// Returns the numbers below `count` in a random order.
    pub(crate) fn order(&mut self, count: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..count).collect();
        for last in (1..count).rev() {
            order.swap(last, self.below(last + 1));
        }
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_the_reference() {
        // The first three of `splitmix64.c` for the seeds 0 and 1234567.
        let cases = [
            (0, [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4, 0x06c4_5d18_8009_454f]),
            (1_234_567, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]),
        ];
        for (seed, expected) in cases {
            let mut random = SplitMix64::new(seed);
            assert_eq!([(); 3].map(|()| random.next_bits()), expected, "{seed}");
        }
    }

    #[test]
    fn an_order_has_every_number_once_and_each_comes_first_about_as_often() {
        assert_eq!((SplitMix64::new(7).order(0), SplitMix64::new(7).order(1)), (vec![], vec![0]));
        // Written down so that no version draws another order.
        assert_eq!(SplitMix64::new(7).order(8), [7, 4, 6, 1, 2, 5, 0, 3]);
        let mut firsts = [0; 5];
        for seed in 0..1000 {
            let order = SplitMix64::new(seed).order(5);
            let mut sorted = order.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, [0, 1, 2, 3, 4]);
            firsts[order[0]] += 1;
        }
        assert!(firsts.iter().all(|&times| (140..260).contains(&times)), "{firsts:?}");
    }
}
