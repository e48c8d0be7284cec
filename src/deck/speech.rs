//! A text that is spoken: whether it is English, and how long it takes.

use unicode_segmentation::UnicodeSegmentation as _;

/// Words spoken per minute, unless an interview says otherwise.
pub(crate) const WPM: u32 = 150;

/// Returns whether a BCP 47 tag means English: `en`, `EN`, `en-GB`, or `en_GB`.
pub(crate) fn is_english(tag: &str) -> bool {
    tag.split(['-', '_']).next().is_some_and(|language| language.eq_ignore_ascii_case("en"))
}

/// Counts the words of a text by Unicode's definition (UAX 29): a dash is not a word, with or without spaces around it.
pub(crate) fn count_words(text: &str) -> usize {
    text.unicode_words().count()
}

/// Returns how many milliseconds so many words take aloud.
pub(crate) fn speaking_ms(words: usize, wpm: u32) -> u64 {
    let wpm = u64::from(wpm.max(1));
    (words as u64 * 60_000 + wpm / 2) / wpm
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn english_is_the_primary_subtag_in_any_case() {
        for tag in ["en", "EN", "En", "en-GB", "en_GB", "EN-us", "en-Latn-US"] {
            assert!(is_english(tag), "{tag}");
        }
        for tag in ["", "de", "eng", "e", "gb-en", " en", "en.GB"] {
            assert!(!is_english(tag), "{tag}");
        }
    }

    #[test]
    fn words_are_counted_as_spoken_and_take_time() {
        let cases = [
            ("", 0),
            (" \n", 0),
            ("We asked them.", 3),
            ("I don't - it's 3.5 — so", 5),
            ("a well-known \"thing\" …", 4),
            ("first,second\n* third", 3),
        ];
        for (text, expected) in cases {
            assert_eq!(count_words(text), expected, "{text:?}");
        }
        for (words, wpm, expected) in [(150, 150, 60_000), (0, 150, 0), (1, 0, 60_000), (1, 130, 462), (2, 300, 400)] {
            assert_eq!(speaking_ms(words, wpm), expected, "{words} {wpm}");
        }
    }
}
