//! How long a text takes aloud.

use unicode_segmentation::UnicodeSegmentation as _;

/// Words that people speak in a minute, where an interview does not say otherwise.
pub(crate) const WPM: u32 = 150;

/// How many words a text has. Words are those of Unicode (UAX 29): a dash is none, whatever stands around it.
pub(crate) fn words(text: &str) -> usize {
    text.unicode_words().count()
}

/// How long so many words take aloud, at so many a minute; in milliseconds, to the nearest.
pub(crate) fn aloud(words: usize, wpm: u32) -> u64 {
    let wpm = u64::from(wpm.max(1));
    (words as u64 * 60_000 + wpm / 2) / wpm
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_as_they_are_spoken() {
        let cases = [
            ("", 0),
            (" \n", 0),
            ("We asked them.", 3),
            ("I don't - it's 3.5 — so", 5),
            ("a well-known \"thing\" …", 4),
            ("first,second\n* third", 3),
        ];
        for (text, expected) in cases {
            assert_eq!(words(text), expected, "{text:?}");
        }
    }

    #[test]
    fn time_of_so_many_words() {
        for ((words, wpm), expected) in
            [((150, 150), 60_000), ((0, 150), 0), ((1, 0), 60_000), ((1, 130), 462), ((2, 300), 400)]
        {
            assert_eq!(aloud(words, wpm), expected, "{words} {wpm}");
        }
    }
}
