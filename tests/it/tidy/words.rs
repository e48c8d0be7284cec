//! Comments and names are plain American English.

use std::collections::BTreeMap;

use super::none;
use crate::source::{self, Comment};

/// Words and phrases that comments and names do without, each with what to write instead.
const AVOIDED: &[(&str, &str)] = &[
    ("anew", "again, from scratch"),
    ("mend", "fix"),
    ("mends", "fixes"),
    ("mended", "fixed"),
    ("mending", "fixing"),
    ("whom", "who"),
    ("whoever", "anyone who"),
    ("thereof", "of it"),
    ("storey", "layer"),
    ("storeys", "layers"),
    ("of late", "recently"),
    ("as ever", "as usual"),
    ("goes on as", "continues as"),
    ("took back", "undid"),
    ("brings it back", "restores it"),
    ("counts no more", "no longer counts"),
    ("faulty place", "problem"),
    ("faulty places", "problems"),
    ("brought about", "achieved"),
    ("one too many", "unexpected"),
    ("begin no further", "stop starting"),
    ("let go", "drop"),
    ("lets go", "drops"),
];

/// The words of a text in lower case.
fn words(text: &str) -> Vec<String> {
    let word = |c: char| c.is_alphanumeric() || c == '\'';
    text.split(|c| !word(c)).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

/// The words of a name in `snake_case` or `CamelCase`.
fn words_of_name(name: &str) -> Vec<String> {
    let mut spaced = String::new();
    let mut before = 'A';
    for c in name.chars() {
        if c.is_uppercase() && !before.is_uppercase() {
            spaced.push(' ');
        }
        spaced.push(if c == '_' { ' ' } else { c });
        before = c;
    }
    words(&spaced)
}

/// What to write instead of something in these words.
fn avoided(words: &[String]) -> Option<&'static (&'static str, &'static str)> {
    AVOIDED.iter().find(|(phrase, _)| {
        let phrase: Vec<&str> = phrase.split(' ').collect();
        words.windows(phrase.len()).any(|window| window == phrase)
    })
}

/// What is wrong with a comment.
fn comment_problem(comment: &Comment) -> Option<String> {
    let words = words(&comment.text);
    if let Some((phrase, instead)) = avoided(&words) {
        return Some(format!("`{phrase}`: write {instead}"));
    }
    let not = words.iter().enumerate().any(|(n, _)| {
        words[n..].starts_with(&["is".to_owned(), "no".to_owned()])
            && !words.get(n + 2).is_some_and(|word| word == "longer" || word == "more")
            && !(n > 0 && words[n - 1] == "there")
    });
    if not {
        return Some("`is no`: write is not a".to_owned());
    }
    let gives = words.first().is_some_and(|word| word == "gives") || comment.text.contains("; gives");
    let gives_back = words.windows(2).any(|pair| pair == ["gives", "back"]);
    (comment.doc && (gives || gives_back)).then(|| "`gives`: write returns".to_owned())
}

/// The code, the tests, and the benches.
fn files() -> Vec<source::File> {
    ["src", "tests", "benches"].into_iter().flat_map(source::files_below).collect()
}

#[test]
fn comments_are_plain_english() {
    let mut found = Vec::new();
    for file in files() {
        for comment in file.comments() {
            found.extend(comment_problem(&comment).map(|problem| format!("{}:{}: {problem}", file.path, comment.line)));
        }
    }
    none(found);
}

#[test]
fn names_are_plain_english() {
    let mut found = BTreeMap::new();
    for file in files() {
        for (name, line) in file.identifiers() {
            if let Some((word, instead)) = avoided(&words_of_name(&name)) {
                let place = format!("{}:{line}: `{name}`: `{word}`: write {instead}", file.path);
                found.entry((file.path.clone(), name)).or_insert(place);
            }
        }
    }
    none(found.into_values().collect());
}

#[test]
fn no_doc_comment_only_repeats_a_name() {
    let mut found = Vec::new();
    for file in source::files() {
        let short = |comment: &Comment| comment.doc && comment.text.split_whitespace().count() <= 3;
        found.extend(
            file.comments()
                .into_iter()
                .filter(short)
                .map(|comment| format!("{}:{}: `{}`", file.path, comment.line, comment.text)),
        );
    }
    none(found);
}

#[test]
fn words_to_avoid_are_found_in_comments_and_names() {
    let comment = |text: &str| comment_problem(&Comment { line: 1, text: text.to_owned(), doc: true });
    for bad in
        ["Made anew.", "This is no card.", "Gives the day.", "Whoever asks", "Reads it; gives it", "LET GO of it"]
    {
        assert!(comment(bad).is_some(), "{bad}");
    }
    for good in ["There is no card.", "It is no longer due.", "What a mender amends", "It gives up.", "a renewal"] {
        assert_eq!(comment(good), None, "{good}");
    }
    assert!(avoided(&words_of_name("built_anew_again")).is_some() && avoided(&words_of_name("LetGo")).is_some());
    assert!(avoided(&words_of_name("renewed")).is_none());
}
