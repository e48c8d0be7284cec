//! What two takes of one answer have in common, told by runs of four words; of the words themselves nothing is kept.

use super::text::Text;

/// Words in a run.
const LONG: usize = 4;

/// Fewest words of an answer that can be recited.
pub(crate) const FEWEST: usize = 60;

/// The runs of four words of one answer, as hashes in order. They are the same on every machine.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Runs(Vec<u64>);

impl Runs {
    /// The runs of an answer.
    pub fn of(answer: &str) -> Self {
        Self::of_text(&Text::new(answer, super::Phrases::shipped()))
    }

    /// From hashes that were kept.
    pub(crate) fn from_hashes(mut hashes: Vec<u64>) -> Self {
        hashes.sort_unstable();
        hashes.dedup();
        Runs(hashes)
    }

    /// The hashes, to be kept.
    pub(crate) fn hashes(&self) -> &[u64] {
        &self.0
    }

    pub(super) fn of_text(text: &Text<'_>) -> Self {
        Self::from_hashes((LONG..=text.words.len()).map(|end| hash(text, end - LONG)).collect())
    }

    /// How many of the text's runs are among these, and of how many; and where a longest row of them stands.
    pub(super) fn shared(&self, text: &Text<'_>) -> (usize, usize, std::ops::Range<usize>) {
        let all = (text.words.len() + 1).saturating_sub(LONG);
        let (mut shared, mut row, mut longest) = (0, 0, 0..0);
        for start in 0..all {
            let known = self.0.binary_search(&hash(text, start)).is_ok();
            shared += usize::from(known);
            row = if known { row + 1 } else { 0 };
            if row > longest.len().saturating_sub(LONG - 1) {
                longest = start + 1 - row..start + LONG;
            }
        }
        (shared, all, longest)
    }
}

/// FNV-1a in 64 bits over the words of a run, each with a space after it.
fn hash(text: &Text<'_>, start: usize) -> u64 {
    let bytes = (start..start + LONG).flat_map(|word| text.folded(word).bytes().chain([b' ']));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_the_same_everywhere_and_shared_by_words_alone() {
        let runs = Runs::of("One two, THREE four five.");
        assert_eq!(runs, Runs::of("one two three. Four five"));
        // FNV-1a of "one two three four ", by the published constants.
        assert_eq!(Runs::of("one two three four").hashes(), [0x054d_dd50_3c0e_bb15]);
        let text = Text::new("so one two three four five six", super::super::Phrases::shipped());
        assert_eq!(runs.shared(&text), (2, 4, 1..6));
        assert!(Runs::of("a b c").hashes().is_empty());
    }
}
