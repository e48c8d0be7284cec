//! Whether what was typed names the competency behind a question.

use crate::text::SMALL_WORDS;

const SHORTEST: usize = 3;

/// Whether a typed name means one of the competencies that a card shows, and no other known one. Accepted are the name, its
/// beginning, two or more of its words in a row (`rule of law`), the beginnings of its words (`lead peo`), and its initials
/// (`LP`). Case and punctuation do not matter.
pub(crate) fn is_named(typed: &str, shows: &[String], known: &[String]) -> bool {
    let typed = words(typed);
    let is = |name: &String| words(name) == typed;
    let other = |name: &String| !shows.iter().any(|shown| words(shown) == words(name)) && can_mean(&typed, name);
    shows.iter().any(is) || shows.iter().any(|name| can_mean(&typed, name)) && !known.iter().any(other)
}

fn words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

fn can_mean(typed: &[String], name: &str) -> bool {
    let all = words(name);
    let is_large = |word: &&String| !SMALL_WORDS.contains(&word.as_str());
    let large: Vec<String> = all.iter().filter(is_large).cloned().collect();
    let text = typed.join(" ");
    let begins = text.chars().count() >= SHORTEST && all.join(" ").starts_with(&text);
    let within = typed.iter().filter(is_large).count() > 1 && all.windows(typed.len()).any(|words| words == typed);
    let abbreviates = |name: &[String]| {
        let each =
            typed.len() == name.len() && typed.iter().zip(name).all(|(short, word)| word.starts_with(short.as_str()));
        let initials: String = name.iter().filter_map(|word| word.chars().next()).collect();
        name.len() > 1 && (each || typed.len() == 1 && text == initials)
    };
    !typed.is_empty() && (begins || within || abbreviates(&all) || abbreviates(&large))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deck::competencies::titles;

    #[test]
    fn a_competency_is_named_by_anything_unambiguous() {
        let known: Vec<String> =
            ["Leading People", "Leading Change", "Rule of Law", "Results Driven"].map(str::to_owned).to_vec();
        let cases = [
            ("Leading People", "leading people", true),
            ("Leading People", " LEADING-people. ", true),
            ("Leading People", "leading p", true),
            ("Leading People", "lead peo", true),
            ("Leading People", "LP", true),
            ("Leading People", "l p", true),
            // The beginning of two names is ambiguous.
            ("Leading People", "leading", false),
            ("Leading People", "people", false),
            ("Leading People", "Leading Change", false),
            ("Leading People", "leading peoples", false),
            ("Results Driven", "results", true),
            ("Results Driven", "re", false),
            ("Results Driven", "rd", true),
            ("Results Driven", "r", false),
            ("Rule of Law", "rule law", true),
            ("Rule of Law", "rol", true),
            ("Rule of Law", "RL", true),
            ("Budget", "bud", true),
            ("Budget", "b", false),
            ("Führung", "FÜH", true),
            ("Results Driven", "", false),
            ("Results Driven", "...", false),
        ];
        for (shows, typed, expected) in cases {
            assert_eq!(is_named(typed, &[shows.to_owned()], &known), expected, "{typed:?} for {shows}");
        }
        // The middle of a long title is enough.
        let listed: Vec<String> = titles(vec!["ses-2025".into(), "ses-classic".into()]);
        let cases = [
            ("rule of law", 0, true),
            ("Principles of the American Founding", 0, true),
            ("commitment", 0, true),
            ("of the", 0, false),
            ("law", 0, false),
            ("driving", 1, true),
            ("leading", 3, false),
            ("achieving", 4, true),
        ];
        for (typed, n, expected) in cases {
            assert_eq!(is_named(typed, &listed[n..=n], &listed), expected, "{typed:?} for {}", listed[n]);
        }
        // Any competency of the card counts, and a name may start like another one.
        assert!(is_named("leading", &known[..2], &known));
        assert!(is_named("Leading", &["Leading".to_owned()], &known));
        assert!(!is_named("anything", &[], &known));
    }
}
