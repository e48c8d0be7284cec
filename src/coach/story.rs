//! Rules for stories: challenge, context, action, result, and numbers for scale.

use std::ops::Range;

use super::case::{Case, Remark, missing, without_overlaps};
use super::substance::keyword;
use super::tokens::{Tokens, is_year};

/// The number of sentences within which the point should come.
const START: usize = 3;

pub(crate) fn slow_start(case: &Case<'_>) -> Option<Remark> {
    let text = case.text;
    let end = text.sentences.get(START - 1).or(text.sentences.last())?.end;
    let early = |group: &str| case.hits.group(group).iter().any(|hit| hit.start < end);
    let number = early("no-numbers") || (0..end).any(|word| is_number(text, word));
    let keyword = case.context.card.is_some_and(|card| keyword(card, text).is_some_and(|hit| hit.start < end));
    let quick = number || early("no-result") || keyword;
    missing(quick, "I didn't hear the point in the first three sentences. Could the result come first?")
}

fn first_action<'a>(case: &Case<'a>) -> Option<&'a Range<usize>> {
    case.hits.group("no-action: own").iter().min_by_key(|hit| hit.start)
}

pub(crate) fn long_setup(case: &Case<'_>) -> Option<Remark> {
    let hit = first_action(case)?;
    let action = hit.start;
    let late = 2 * action > case.word_count();
    let advice =
        format!("the first thing you did comes after {action} of {} words. Could it come sooner?", case.word_count());
    late.then(|| case.remark(std::slice::from_ref(hit), &advice)).flatten()
}

pub(crate) fn no_challenge(case: &Case<'_>) -> Option<Remark> {
    missing(case.any("no-challenge"), "I didn't hear what was hard about it. Did you say it?")
}

pub(crate) fn no_context(case: &Case<'_>) -> Option<Remark> {
    let year = |text: &Tokens<'_>| (0..text.words.len()).any(|word| is_year(text.folded(word)));
    let placed = case.any("no-context") || year(case.text) || year(case.ticked);
    missing(placed, "I didn't hear when or where it was. Did you say it?")
}

pub(crate) fn no_action(case: &Case<'_>) -> Option<Remark> {
    let acted = case.any("no-action: own") || case.any("no-action");
    missing(acted, "I didn't hear what you did yourself. Did you say it?")
}

pub(crate) fn no_result(case: &Case<'_>) -> Option<Remark> {
    let action = first_action(case).map_or(0, |action| action.start);
    let later = case.hits.group("no-result: later").iter().any(|hit| hit.start > action);
    let came = case.any("no-result") || later || case.ticked_hits.any("no-result: later") || ends_with_result(case);
    missing(came, "I didn't hear a result. Did you say it?")
}

/// Whether the last sentence, if the speaker acted before it, has a number, a comparison, or a verb of a result.
fn ends_with_result(case: &Case<'_>) -> bool {
    let Some(last) = case.text.sentences.last() else { return false };
    let acted = first_action(case).is_some_and(|action| action.start < last.start);
    let says = |group: &str| case.hits.group(group).iter().any(|hit| hit.start >= last.start);
    acted && (says("no-result: last") || last.clone().any(|word| is_number(case.text, word)))
}

pub(crate) fn no_numbers(case: &Case<'_>) -> Option<Remark> {
    let counted = |text: &Tokens<'_>| (0..text.words.len()).any(|word| is_number(text, word));
    let currency = case.text.raw.contains(['%', '‰', '$', '€', '£', '¥']);
    let some = case.any("no-numbers") || counted(case.text) || counted(case.ticked) || currency;
    missing(some, "I didn't hear a number. How many, how much, how long?")
}

fn is_number(text: &Tokens<'_>, word: usize) -> bool {
    text.words[word].quantity
}

pub(crate) fn scale_unquantified(case: &Case<'_>) -> Option<Remark> {
    let mut people = case.own("scale-unquantified: people");
    let mut money = case.own("scale-unquantified: money");
    people.retain(|claim| !numbered(case, claim));
    money.retain(|claim| !numbered(case, claim));
    let question = match (people.is_empty(), money.is_empty()) {
        (false, true) => "how many people?",
        (true, false) => "how much money?",
        _ => "how many people, and how much money?",
    };
    case.remark(&without_overlaps([people, money].concat()), question)
}

/// Whether there is a number in the sentence of a claim, or in the one before or after it.
fn numbered(case: &Case<'_>, claim: &Range<usize>) -> bool {
    let text = case.text;
    let sentence = text.words[claim.start].sentence;
    let first = text.sentences[sentence.saturating_sub(1)].start;
    let last = text.sentences.get(sentence + 1).unwrap_or(&text.sentences[sentence]).end;
    // Sentences can be very long, so a number must also be near in words.
    const NEAR: usize = 40;
    let near = first.max(claim.start.saturating_sub(NEAR))..last.min(claim.end + NEAR);
    let timed = |word: usize| {
        const UNITS: [&str; 12] = [
            "year", "years", "month", "months", "week", "weeks", "day", "days", "hour", "hours", "minutes", "quarters",
        ];
        word < text.words.len() && UNITS.contains(&text.folded(word))
    };
    let in_words = case.hits.group("number");
    let after = in_words.partition_point(|hit| hit.start < near.start);
    let spoken = in_words[after..].iter().map(|hit| hit.start).take_while(|&word| word < near.end);
    // A time says nothing about how large it was.
    spoken.chain(near.clone().filter(|&word| is_number(text, word))).any(|word| !timed(word + 1))
}
