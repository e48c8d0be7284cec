//! Rules for what an answer of its kind should contain: parts, keywords, remedies, phases, measures, questions.

use std::ops::Range;

use super::case::{Case, Remark, missing};
use super::tokens::Tokens;
use crate::deck::Card;
use crate::grammar::Item;
use crate::text::{agree, is_common, list, stem};

pub(crate) fn part_missing(case: &Case<'_>) -> Option<Remark> {
    let card = case.context.card?;
    let ticked = |n: usize| case.answer.ticks.is_some_and(|ticks| ticks.iter().any(|&tick| usize::from(tick) == n + 1));
    let is_missing = |(n, part): &(usize, &Item)| !part.any.is_empty() && !ticked(*n) && !is_said(case.text, &part.any);
    let unsaid: Vec<String> =
        card.parts.iter().enumerate().filter(is_missing).map(|(_, part)| format!("\"{}\"", part.text)).collect();
    let did = agree(unsaid.len(), "it", "them");
    let question = || format!("I didn't hear {}. Did you answer {did}?", list(&unsaid, "or"));
    (!unsaid.is_empty()).then(|| Remark::new(question()))
}

pub(crate) fn keyword_missing(case: &Case<'_>) -> Option<Remark> {
    let card = case.context.card.filter(|card| card.keywords.iter().any(|word| !word.trim().is_empty()))?;
    let words: Vec<String> = card.keywords.iter().map(|word| format!("\"{word}\"")).collect();
    let question = || format!("I didn't hear {}. Would one of them fit?", list(&words, "or"));
    keyword(card, case.text).is_none().then(|| Remark::new(question()))
}

pub(crate) fn keyword(card: &Card, text: &Tokens<'_>) -> Option<Range<usize>> {
    card.keywords.iter().filter_map(|keyword| find_cue(text, keyword)).min_by_key(|hit| hit.start)
}

/// Whether a text has one of an author's cues that isn't a common word, or two that are.
fn is_said(text: &Tokens<'_>, cues: &[String]) -> bool {
    let telling = |cue: &str| {
        let cue = Tokens::plain(cue);
        (0..cue.words.len()).any(|word| !is_common(cue.folded(word)))
    };
    let (telling, common): (Vec<&String>, Vec<&String>) = cues.iter().partition(|cue| telling(cue));
    telling.iter().any(|cue| find_cue(text, cue).is_some())
        || common.iter().flat_map(|cue| find_cues(text, cue)).take(2).count() == 2
}

fn find_cue(text: &Tokens<'_>, cue: &str) -> Option<Range<usize>> {
    find_cues(text, cue).into_iter().next()
}

/// Finds an author's words in a text, whole words in any form: `deliveries` matches `delivery`.
fn find_cues(text: &Tokens<'_>, cue: &str) -> Vec<Range<usize>> {
    let cue = Tokens::plain(cue);
    let stems: Vec<String> = (0..cue.words.len()).map(|word| stem(cue.folded(word))).collect();
    let long = stems.len();
    // Most words differ in their first letter, which no ending changes.
    let fits = |word: usize, wanted: &String| {
        text.folded(word).as_bytes().first() == wanted.as_bytes().first() && stem(text.folded(word)) == *wanted
    };
    let found = |start: &usize| stems.iter().enumerate().all(|(n, wanted)| fits(start + n, wanted));
    let starts = 0..(text.words.len() + 1).saturating_sub(long);
    starts.filter(|start| long > 0 && found(start)).map(|start| start..start + long).collect()
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
    missing(case.any("no-mitigation"), "I didn't hear what you do about it. Did you say it?")
}

pub(crate) fn no_forward_look(case: &Case<'_>) -> Option<Remark> {
    missing(case.any("no-forward-look"), "I didn't hear what you want to do there. Did you say it?")
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
    let question = || format!("I didn't hear {}. What would be done by then?", list(&unsaid, "or"));
    (!unsaid.is_empty()).then(|| Remark::new(question()))
}

pub(crate) fn plan_no_measure(case: &Case<'_>) -> Option<Remark> {
    let measured = case.text.raw.contains('%') || case.any("plan-no-measure");
    missing(measured, "I didn't hear how you'd know it was working. What would you measure?")
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
    let message = || format!("I didn't hear what they told you, such as \"{longest}\". Could the plan begin there?");
    missed.then(|| Remark::new(message()))
}

pub(crate) fn not_a_question(case: &Case<'_>) -> Option<Remark> {
    let asks = case.text.asks || case.hits.any("not-a-question");
    missing(asks, "I didn't hear a question. What do you want to know from them?")
}

pub(crate) fn weak_question(case: &Case<'_>) -> Option<Remark> {
    case.remark(
        &case.own("weak-question"),
        "would a website or the first round tell you? Ask what only they can answer",
    )
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
    missing(!wanted || asked, "I didn't hear you ask about their doubts. Will you?")
}
