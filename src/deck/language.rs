//! Which language a text is in.

/// Returns whether a BCP 47 tag means English: `en`, `EN`, `en-GB`, or `en_GB`.
pub(crate) fn is_english(tag: &str) -> bool {
    tag.split(['-', '_']).next().is_some_and(|language| language.eq_ignore_ascii_case("en"))
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
}
