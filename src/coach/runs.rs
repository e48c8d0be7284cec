//! What two attempts at one answer have in common: runs of four words, as hashes, so that no words are stored.

use super::tokens::Tokens;

const RUN: usize = 4;

/// The fewest words of an answer that can be recited.
pub(crate) const FEWEST: usize = 60;

/// The hashes of the runs of four words of one answer, in order; the same on every machine.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Runs(Vec<u64>);

impl Runs {
    pub fn of(answer: &str) -> Self {
        Self::of_tokens(&Tokens::plain(answer))
    }

    pub(crate) fn from_hashes(mut hashes: Vec<u64>) -> Self {
        hashes.sort_unstable();
        hashes.dedup();
        Runs(hashes)
    }

    pub(crate) fn hashes(&self) -> &[u64] {
        &self.0
    }

    fn of_tokens(text: &Tokens<'_>) -> Self {
        Self::from_hashes((RUN..=text.words.len()).map(|end| hash(text, end - RUN)).collect())
    }

    /// Returns how many of the text's runs are among these, how many it has, and the words of a longest series of them.
    pub(super) fn shared(&self, text: &Tokens<'_>) -> (usize, usize, std::ops::Range<usize>) {
        let all = (text.words.len() + 1).saturating_sub(RUN);
        let (mut shared, mut series, mut longest) = (0, 0, 0..0);
        for start in 0..all {
            let known = self.0.binary_search(&hash(text, start)).is_ok();
            shared += usize::from(known);
            series = if known { series + 1 } else { 0 };
            if series > longest.len().saturating_sub(RUN - 1) {
                longest = start + 1 - series..start + RUN;
            }
        }
        (shared, all, longest)
    }
}

/// Returns the 64-bit FNV-1a hash of the words of a run, each followed by a space.
fn hash(text: &Tokens<'_>, start: usize) -> u64 {
    let bytes = (start..start + RUN).flat_map(|word| text.folded(word).bytes().chain([b' ']));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_depend_on_words_alone() {
        let runs = Runs::of("One two, THREE four five.");
        assert_eq!(runs, Runs::of("one two three. Four five"));
        // FNV-1a of "one two three four ", by the published constants.
        assert_eq!(Runs::of("one two three four").hashes(), [0x054d_dd50_3c0e_bb15]);
        let text = Tokens::plain("so one two three four five six");
        assert_eq!(runs.shared(&text), (2, 4, 1..6));
        assert!(Runs::of("a b c").hashes().is_empty());
    }
}
