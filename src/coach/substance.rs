//! Rules for what an answer of its kind should contain: parts, keywords, remedies, phases, measures, questions.

use std::ops::Range;

use super::case::{Case, Remark, missing};
use super::tokens::Tokens;
use crate::deck::Card;
use crate::grammar::Item;
use crate::text::{agree, list};

pub(crate) fn part_missing(case: &Case<'_>) -> Option<Remark> {
    let card = case.context.card?;
    let ticked = |n: usize| case.answer.ticks.is_some_and(|ticks| ticks.iter().any(|&tick| usize::from(tick) == n + 1));
    let is_missing = |(n, part): &(usize, &Item)| {
        !part.any.is_empty() && !ticked(*n) && !part.any.iter().any(|cue| find_cue(case.text, cue).is_some())
    };
    let unsaid: Vec<String> =
        card.parts.iter().enumerate().filter(is_missing).map(|(_, part)| format!("\"{}\"", part.text)).collect();
    let did = agree(unsaid.len(), "it", "them");
    let question = || format!("I did not hear {}. Did you answer {did}?", list(&unsaid, "or"));
    (!unsaid.is_empty()).then(|| Remark::new(question()))
}

pub(crate) fn keyword_missing(case: &Case<'_>) -> Option<Remark> {
    let card = case.context.card.filter(|card| card.keywords.iter().any(|word| !word.trim().is_empty()))?;
    let words: Vec<String> = card.keywords.iter().map(|word| format!("\"{word}\"")).collect();
    let question = || format!("I did not hear {}. Would one of them fit?", list(&words, "or"));
    keyword(card, case.text).is_none().then(|| Remark::new(question()))
}

pub(crate) fn keyword(card: &Card, text: &Tokens<'_>) -> Option<Range<usize>> {
    card.keywords.iter().filter_map(|keyword| find_cue(text, keyword)).min_by_key(|hit| hit.start)
}

/// Finds an author's words in a text, in any form: `deliveries` matches `delivery`.
fn find_cue(text: &Tokens<'_>, cue: &str) -> Option<Range<usize>> {
    let cue = Tokens::plain(cue);
    let long = cue.words.len();
    let fits = |start: &usize| (0..long).all(|n| same_stem(text.folded(start + n), cue.folded(n)));
    (0..(text.words.len() + 1).saturating_sub(long))
        .find(|start| long > 0 && fits(start))
        .map(|start| start..start + long)
}

/// Whether two words are forms of one word: equal but for short endings.
fn same_stem(a: &str, b: &str) -> bool {
    const STEM: usize = 4;
    const ENDING: usize = 3;
    let (a, b) = (a.strip_suffix("'s").unwrap_or(a), b.strip_suffix("'s").unwrap_or(b));
    let shared: usize = a.chars().zip(b.chars()).take_while(|(a, b)| a == b).map(|(c, _)| c.len_utf8()).sum();
    let [a, b] = [&a[shared..], &b[shared..]];
    let stem = shared > STEM || (shared == STEM && a.len().min(b.len()) == 0);
    (a.is_empty() && b.is_empty())
        || (stem && a.len() <= ENDING && b.len() <= ENDING)
        || (shared >= 3 && matches!((a, b), ("", "s") | ("s", "")))
}

pub(crate) fn no_mitigation(case: &Case<'_>) -> Option<Remark> {
    missing(case.any("no-mitigation"), "I did not hear what you do about it. Did you say it?")
}

pub(crate) fn no_forward_look(case: &Case<'_>) -> Option<Remark> {
    missing(case.any("no-forward-look"), "I did not hear what you want to do there. Did you say it?")
}

/// The phases of a plan that is not an answer to a card.
const PHASES: [&str; 3] = ["30", "60", "90"];

pub(crate) fn plan_phase_missing(case: &Case<'_>) -> Option<Remark> {
    let named = |phase: &str| {
        let digits = |text: &Tokens<'_>| (0..text.words.len()).any(|word| text.folded(word) == phase);
        let in_words = match phase {
            "30" => case.any("plan-phase-missing: 30"),
            "60" => case.any("plan-phase-missing: 60"),
            _ => case.any("plan-phase-missing: 90"),
        };
        in_words || digits(case.text) || digits(case.ticked)
    };
    let phases: Vec<&str> = match case.context.card {
        Some(card) => card.phases.iter().map(String::as_str).collect(),
        None => PHASES.to_vec(),
    };
    let unsaid: Vec<String> =
        phases.iter().filter(|phase| !named(phase)).map(|phase| format!("the first {phase} days")).collect();
    let question = || format!("I did not hear {}. What would be done by then?", list(&unsaid, "or"));
    (!unsaid.is_empty()).then(|| Remark::new(question()))
}

pub(crate) fn plan_no_measure(case: &Case<'_>) -> Option<Remark> {
    let measured = case.text.raw.contains('%') || case.any("plan-no-measure");
    missing(measured, "I did not hear how one would know that it works. What would you measure?")
}

pub(crate) fn no_breadcrumb(case: &Case<'_>) -> Option<Remark> {
    let heard = case.context.heard;
    let words = |said: &str| -> Vec<String> {
        let text = case.context.phrases.tokens(said);
        let hits = case.context.phrases.find(&text);
        let common: Vec<usize> = hits.group("common").iter().map(|hit| hit.start).collect();
        (0..text.words.len())
            .filter(|word| common.binary_search(word).is_err() && text.folded(*word).len() > 2)
            .map(|word| text.folded(word).to_owned())
            .collect()
    };
    let crumbs: Vec<String> = heard.iter().flat_map(|heard| words(&heard.said)).collect();
    let taken_up = |text: &Tokens<'_>| {
        (0..text.words.len()).any(|word| crumbs.iter().any(|crumb| same_stem(crumb, text.folded(word))))
    };
    let missed = !crumbs.is_empty() && !taken_up(case.text) && !taken_up(case.ticked);
    // The longest is the most specific.
    let longest = heard.iter().map(|heard| heard.said.trim()).max_by_key(|said| said.len())?;
    let message = || format!("I did not hear what they told you, such as \"{longest}\". Could the plan begin there?");
    missed.then(|| Remark::new(message()))
}

pub(crate) fn not_a_question(case: &Case<'_>) -> Option<Remark> {
    let asks = case.text.asks || case.hits.any("not-a-question");
    missing(asks, "I did not hear a question. What do you want to know from them?")
}

pub(crate) fn weak_question(case: &Case<'_>) -> Option<Remark> {
    case.remark(&case.own("weak-question"), "would a website or the first round tell? Ask what only they can")
}

pub(crate) fn no_concerns_question(case: &Case<'_>) -> Option<Remark> {
    // A card can ask for a question about something else.
    let wanted = case.context.card.is_none_or(|card| {
        let prompt = case.context.phrases.tokens(&card.prompt);
        let general =
            |word: usize| matches!(prompt.folded(word), "question" | "questions" | "anything" | "us" | "me" | "panel");
        case.context.phrases.find(&prompt).any("no-concerns-question") || (0..prompt.words.len()).any(general)
    });
    let asked = case.hits.any("no-concerns-question");
    missing(!wanted || asked, "I did not hear you ask for their doubts about you. Would you?")
}
