//! Words as phrases compare them: contractions in two, and the forms of a verb.

use super::tokens::{Tokens, Vocabulary};

/// A word, or half of a contraction.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WordForm {
    /// What it can stand for, by the numbers of the vocabulary: "'d" is "had" or "would".
    pub(crate) ids: [u32; 3],
    /// The word it is in.
    pub(crate) word: usize,
    pub(crate) sentence: usize,
    pub(crate) quantity: bool,
}

impl WordForm {
    pub(crate) fn is_in(&self, set: &[u32]) -> bool {
        self.ids.iter().any(|id| *id != 0 && set.binary_search(id).is_ok())
    }
}

impl Tokens<'_> {
    /// Returns the words with contractions in two. The numbers are those of the vocabulary with which the text was cut.
    pub(crate) fn units(&self, vocabulary: &Vocabulary) -> Vec<WordForm> {
        let mut units = Vec::with_capacity(self.words.len() + self.words.len() / 8);
        for (n, word) in self.words.iter().enumerate() {
            let unit = WordForm { ids: [word.id, 0, 0], word: n, sentence: word.sentence, quantity: word.quantity };
            let parts = if may_contract(self.folded(n)) { expanded(self.folded(n)) } else { Vec::new() };
            if parts.len() < 2 && parts.first().is_none_or(|part| part == self.folded(n)) {
                units.push(unit);
            }
            for part in parts.iter().filter(|part| parts.len() > 1 || part.as_str() != self.folded(n)) {
                let id = |text: &str| vocabulary.get(text);
                let ids = match part.as_str() {
                    "'d" => [id("'d"), id("had"), id("would")],
                    "'s" => [id("'s"), id("is"), id("has")],
                    part => [id(part), 0, 0],
                };
                units.push(WordForm { ids, ..unit });
            }
        }
        units
    }
}

fn may_contract(word: &str) -> bool {
    word.contains('\'') || TYPED.iter().any(|(typed, ..)| *typed == word)
}

/// Contractions as they are typed without an apostrophe, and those that are one word.
const TYPED: [(&str, &str, &str); 16] = [
    ("cannot", "can", "not"),
    ("dont", "do", "not"),
    ("doesnt", "does", "not"),
    ("didnt", "did", "not"),
    ("wont", "will", "not"),
    ("wouldnt", "would", "not"),
    ("couldnt", "could", "not"),
    ("isnt", "is", "not"),
    ("wasnt", "was", "not"),
    ("werent", "were", "not"),
    ("hasnt", "has", "not"),
    ("hadnt", "had", "not"),
    ("cant", "can", "not"),
    ("gonna", "going", "to"),
    ("wanna", "want", "to"),
    ("ive", "i", "have"),
];

/// Returns the words of a contraction, or the word itself.
pub(crate) fn expanded(word: &str) -> Vec<String> {
    let two = |first: &str, second: &str| vec![first.to_owned(), second.to_owned()];
    if let Some((_, first, second)) = TYPED.iter().find(|(typed, ..)| *typed == word) {
        return two(first, second);
    }
    match word {
        "won't" => return two("will", "not"),
        "can't" => return two("can", "not"),
        "shan't" => return two("shall", "not"),
        "ain't" => return two("is", "not"),
        "n't" => return vec!["not".to_owned()],
        _ => {}
    }
    let ends =
        [("n't", "not"), ("'m", "am"), ("'ve", "have"), ("'re", "are"), ("'ll", "will"), ("'d", "'d"), ("'s", "'s")];
    let end = ends.iter().find_map(|(end, second)| Some((word.strip_suffix(end)?, second)));
    match end {
        Some((first, second)) if !first.is_empty() => two(first, second),
        _ => vec![word.to_owned()],
    }
}

/// Returns the forms of a regular verb: `ignore`, `ignores`, `ignored`, `ignoring`.
pub(crate) fn inflected(verb: &str) -> Vec<String> {
    let vowel = |c: char| "aeiou".contains(c);
    let bare = verb.strip_suffix('e').filter(|bare| !bare.ends_with('e'));
    let letters: Vec<char> = verb.chars().rev().take(3).collect();
    let (stem, third) = match (bare, letters.as_slice()) {
        (Some(bare), _) => (bare.to_owned(), format!("{verb}s")),
        (None, ['y', before, ..]) if !vowel(*before) => {
            let stem = &verb[..verb.len() - 1];
            return [verb.to_owned(), format!("{stem}ies"), format!("{stem}ied"), format!("{verb}ing")].into();
        }
        (None, ['s' | 'x' | 'z', ..] | ['h', 's' | 'c', ..]) => (verb.to_owned(), format!("{verb}es")),
        // "drop", "dropped"; two vowels, or the unstressed end of a longer verb, double nothing.
        (None, [last, before, first])
            if !vowel(*last)
                && !"wxy".contains(*last)
                && vowel(*before)
                && !vowel(*first)
                && verb.chars().filter(|c| vowel(*c)).count() == 1 =>
        {
            (format!("{verb}{last}"), format!("{verb}s"))
        }
        (None, _) => (verb.to_owned(), format!("{verb}s")),
    };
    [verb.to_owned(), third, format!("{stem}ed"), format!("{stem}ing")].into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contractions_are_two_words() {
        let cases = [
            ("wasn't", "was not"),
            ("can't", "can not"),
            ("cannot", "can not"),
            ("dont", "do not"),
            ("i'm", "i am"),
            ("they've", "they have"),
            ("boss's", "boss 's"),
            ("o'clock", "o'clock"),
            ("n't", "not"),
            ("plain", "plain"),
        ];
        for (word, expected) in cases {
            assert_eq!(expanded(word).join(" "), expected, "{word}");
        }
    }

    #[test]
    fn forms_of_verbs() {
        let cases = [
            ("ignore", "ignore ignores ignored ignoring"),
            ("blame", "blame blames blamed blaming"),
            ("bully", "bully bullies bullied bullying"),
            ("play", "play plays played playing"),
            ("drop", "drop drops dropped dropping"),
            ("refuse", "refuse refuses refused refusing"),
            ("push", "push pushes pushed pushing"),
            ("listen", "listen listens listened listening"),
            ("shout", "shout shouts shouted shouting"),
        ];
        for (verb, expected) in cases {
            assert_eq!(inflected(verb).join(" "), expected, "{verb}");
        }
    }
}
