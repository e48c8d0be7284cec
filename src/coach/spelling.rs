//! Rules for names: the company, the role, and the people of a note.

use std::ops::Range;

use super::case::{Case, Remark, missing};
use super::tokens::Tokens;
use crate::deck::Interview;
use crate::text::{SMALL_WORDS, list};

/// Legal forms at the end of a company's name, which nobody says.
#[rustfmt::skip]
const LEGAL_FORMS: [&str; 14] = [
    "inc", "ltd", "llc", "plc", "corp", "corporation", "co", "gmbh", "ag", "sa", "bv", "limited", "incorporated", "llp",
];

pub(crate) fn no_company(case: &Case<'_>) -> Option<Remark> {
    let interview = needs(case, "company")?;
    let names = names_of(interview.company.as_deref(), &interview.also);
    let short = interview.company.as_deref().and_then(short_form);
    let named = names.iter().chain(&short).any(|name| has_name(case.text, name, true));
    let question = || format!("I didn't hear {}. Where would it fit?", first_of(&names));
    (!names.is_empty() && !named).then(|| Remark::new(question()))
}

/// Returns the first word of a company's name, by which people know it, if it is distinctive.
fn short_form(company: &str) -> Option<&str> {
    let first = company.split_whitespace().next()?;
    let letters = first.chars().filter(|c| c.is_alphanumeric()).count();
    (letters >= 3 && !first.eq_ignore_ascii_case("the")).then_some(first)
}

pub(crate) fn no_role(case: &Case<'_>) -> Option<Remark> {
    let interview = needs(case, "role")?;
    let names = names_of(interview.role.as_deref(), &interview.role_also);
    let named = names.iter().any(|name| has_name(case.text, name, false) || has_inverted_title(case.text, name));
    let question = || format!("I didn't hear {}. Can you name the job?", first_of(&names));
    (!names.is_empty() && !named).then(|| Remark::new(question()))
}

fn needs<'a>(case: &Case<'a>, what: &str) -> Option<&'a Interview> {
    let needed = case.context.card?.needs.iter().any(|need| need == what);
    case.context.interview.filter(|_| needed)
}

fn names_of<'a>(name: Option<&'a str>, also: &'a [String]) -> Vec<&'a str> {
    name.into_iter().chain(also.iter().map(String::as_str)).filter(|name| !name.trim().is_empty()).collect()
}

fn first_of(names: &[&str]) -> String {
    names.first().map(|name| format!("\"{name}\"")).unwrap_or_default()
}

/// Whether a text has a name in it, ignoring case and a final "'s". The legal form of a company is optional.
fn has_name(text: &Tokens<'_>, name: &str, company: bool) -> bool {
    let name = Tokens::plain(name);
    let mut wanted: Vec<&str> = (0..name.words.len()).map(|word| name.folded(word)).collect();
    while company && wanted.len() > 1 && wanted.last().is_some_and(|last| LEGAL_FORMS.contains(last)) {
        wanted.pop();
    }
    let bare = |word: usize| {
        let word = text.folded(word);
        word.strip_suffix("'s").unwrap_or(word)
    };
    let fits = |start: usize| {
        wanted.iter().enumerate().all(|(n, wanted)| bare(start + n) == wanted.strip_suffix("'s").unwrap_or(wanted))
    };
    !wanted.is_empty() && (0..(text.words.len() + 1).saturating_sub(wanted.len())).any(fits)
}

/// Whether a title has another word order: "operations director" for "Director of Operations".
fn has_inverted_title(text: &Tokens<'_>, role: &str) -> bool {
    let role = Tokens::plain(role);
    let wanted: Vec<&str> =
        (0..role.words.len()).map(|word| role.folded(word)).filter(|word| !SMALL_WORDS.contains(word)).collect();
    let within = |start: usize| {
        let near: Range<usize> = start..(start + 2 * wanted.len()).min(text.words.len());
        wanted.iter().all(|wanted| near.clone().any(|word| text.folded(word) == *wanted))
    };
    wanted.len() > 1 && (0..text.words.len()).any(within)
}

/// Returns words that an answer can repeat: those of the names of company and role, and of the card's keywords.
pub(crate) fn expected_words(case: &Case<'_>) -> Vec<String> {
    let interview = case.context.interview.into_iter();
    let names = interview.flat_map(|interview| {
        let named = [&interview.company, &interview.role].into_iter().flatten();
        named.chain(&interview.also).chain(&interview.role_also).map(String::as_str)
    });
    let keywords = case.context.card.into_iter().flat_map(|card| card.keywords.iter().map(String::as_str));
    let words = |name: &str| {
        let name = Tokens::plain(name);
        (0..name.words.len()).map(|word| name.folded(word).to_owned()).collect::<Vec<_>>()
    };
    names.chain(keywords).flat_map(words).collect()
}

pub(crate) fn no_thanks(case: &Case<'_>) -> Option<Remark> {
    missing(case.hits.any("no-thanks"), "I didn't see a thank-you. What, specifically, do you want to thank them for?")
}

const SALUTATIONS: [&str; 14] =
    ["dear", "hi", "hello", "hey", "ms", "mr", "mrs", "mx", "dr", "prof", "professor", "miss", "with", "meet"];

pub(crate) fn name_misspelt(case: &Case<'_>) -> Option<Remark> {
    let texts = case.context.interviewers.iter().map(|person| person.name.as_str());
    let parts: Vec<&str> =
        texts.flat_map(|name| name.split(|c: char| c.is_whitespace() || c == ',' || c == '-')).collect();
    let names: Vec<&str> = parts.into_iter().filter(|part| part.chars().count() > 1 && !part.ends_with('.')).collect();
    let mut common = vec![false; case.word_count()];
    case.hits.group("common").iter().for_each(|hit| common[hit.start] = true);
    let mut wrong: Vec<(Range<usize>, &str)> = Vec::new();
    for word in (0..case.word_count()).filter(|&word| case.text.capital(word)) {
        // Any word at the start of a sentence has a capital letter.
        let begins = case.text.sentence(word).start == word;
        let after_name = |before: &str| names.iter().any(|name| name.to_lowercase() == before);
        let expected = if begins {
            is_addressed(case, word)
        } else {
            let before = case.text.folded(word - 1);
            SALUTATIONS.contains(&before) || after_name(before)
        };
        if !common[word] && (expected || !begins) {
            wrong
                .extend(meant_by(case.text.quote(word..word + 1), &names, expected).map(|name| (word..word + 1, name)));
        }
    }
    let mut right: Vec<String> = wrong.iter().map(|(_, name)| format!("\"{name}\"")).collect();
    right.dedup();
    let spans: Vec<_> = wrong.into_iter().map(|(words, _)| words).collect();
    case.remark(&spans, &format!("did you mean {}?", list(&right, "or")))
}

/// Whether a word at the start of a sentence is followed by a comma or is alone, like the name of a person addressed.
fn is_addressed(case: &Case<'_>, word: usize) -> bool {
    let next = word + 1;
    case.text.words.get(next).is_none_or(|next| next.clause) || case.text.sentence(word).end == next
}

fn begins_alike(a: &str, b: &str) -> bool {
    a.chars().next() == b.chars().next()
}

/// Returns the name that a word was probably meant to be: up to three letters differ, fewer in short names and if no name
/// is expected. `None` if the word is one of the names.
fn meant_by<'a>(word: &str, names: &[&'a str], expected: bool) -> Option<&'a str> {
    let word = word.trim_end_matches("'s").trim_end_matches("’s");
    let folded = word.to_lowercase();
    let letters = folded.chars().count();
    // "UI" is not a person.
    let acronym = letters > 1 && word.chars().all(char::is_uppercase);
    if acronym || names.iter().any(|name| name.to_lowercase() == folded) {
        return None;
    }
    let allowed = |name: &str| match (name.chars().count(), expected) {
        (0..=1, _) => 0,
        (2, _) => 2,
        (3..=4, false) => 1,
        (3..=4, true) | (5..=7, false) => 2,
        _ => 3,
    };
    let near = |name: &&&str| {
        let (name, most) = (name.to_lowercase(), allowed(name));
        let length = name.chars().count();
        // A short name has hardly a letter that may differ: the first is the same, and one is added at most.
        let short = length > 2 || (begins_alike(&name, &folded) && letters <= 3 && letters > 1);
        short
            && letters.abs_diff(length) <= most
            && strsim::osa_distance(&name, &folded)
                <= most.min(if expected || begins_alike(&name, &folded) { 3 } else { 1 })
    };
    names.iter().find(near).copied()
}
