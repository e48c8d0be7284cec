//! Rules for what can put a listener off. They report only what the speaker certainly meant.

use std::ops::Range;

use super::case::{Case, Remark, without_overlaps};
use crate::deck::Kind;
use crate::diagnostic::Severity;

/// The most words between a person who is named and the pronoun that refers to them.
const REACH: usize = 40;

pub(crate) fn blame(case: &Case<'_>) -> Option<Remark> {
    // In a story about a conflict, what others did is part of the story. In other answers it is a complaint.
    let complaint = case.is(Kind::Motive) || case.is(Kind::Weakness) || case.is(Kind::Open);
    let named = case.hits.group("blame: somebody");
    let about_somebody = |hit: &Range<usize>| {
        let after = named.partition_point(|somebody| somebody.start < hit.start);
        let near = named[..after].last().is_some_and(|somebody| hit.start - somebody.start <= REACH);
        // In a motive, "they" and "he" are the people the speaker leaves.
        near || case.is(Kind::Motive)
    };
    let mut found = case.meant("blame");
    found.extend(case.meant("blame: pronoun contempt").into_iter().filter(about_somebody));
    if complaint {
        // A complaint can end in a talk with the person, but not in a motive.
        let settled = case.hits.group("blame: settled").last().filter(|_| !case.is(Kind::Motive)).map(|hit| hit.start);
        let open = |hit: &Range<usize>| settled.is_none_or(|settled| settled < hit.end);
        found.extend(case.meant("blame: accusation").into_iter().filter(open));
        found.extend(case.meant("blame: pronoun").into_iter().filter(about_somebody).filter(open));
    }
    // Taking the blame in the same sentence cancels it.
    let owning = case.meant("owning");
    found.retain(|hit| !case.in_sentence_of(&owning, hit.start));
    found.extend(case.meant("blame: insult"));
    case.remark(&without_overlaps(found), "how would they tell it? Say what you learned, or what you move to")
}

pub(crate) fn defensive(case: &Case<'_>) -> Option<Remark> {
    let mut found = case.meant("defensive");
    let mut owning = case.meant("owning");
    owning.retain(|owning| !within(owning, &found));
    let owned = |hit: &Range<usize>| {
        let next = case.text.sentence(hit.start).end;
        case.in_sentence_of(&owning, hit.start) || (next < case.word_count() && case.in_sentence_of(&owning, next))
    };
    found.retain(|hit| !owned(hit) && !acted_upon(case, hit));
    case.remark(&found, "what was your own part, and what do you do differently now?")
}

/// Whether the sentence continues with what the speaker did about it: "it was not my job, but I fixed it".
fn acted_upon(case: &Case<'_>, hit: &Range<usize>) -> bool {
    let end = case.text.sentence(hit.start).end.min(hit.end + REACH);
    let turns = (hit.end..end).find(|&word| matches!(case.text.folded(word), "but" | "so" | "yet" | "still" | "and"));
    let actions = case.hits.group("no-action: own");
    let after = |turn: usize| {
        let next = actions.partition_point(|action| action.start < turn);
        actions.get(next).is_some_and(|action| action.start < end)
    };
    turns.is_some_and(after)
}

/// Whether a span is within one of these, which are in order and do not overlap.
fn within(span: &Range<usize>, others: &[Range<usize>]) -> bool {
    let after = others.partition_point(|other| other.start <= span.start);
    others[..after].last().is_some_and(|other| span.end <= other.end)
}

pub(crate) fn fake_weakness(case: &Case<'_>) -> Option<Remark> {
    let real = case.any("evidence") && case.any("no-mitigation");
    let advice = if real { "is there a weakness behind it?" } else { "what has really cost you something?" };
    let mut remark = case.remark(&case.meant("fake-weakness"), advice)?;
    remark.severity = real.then_some(Severity::Warning);
    Some(remark)
}

pub(crate) fn escape_from(case: &Case<'_>) -> Option<Remark> {
    case.remark(&case.meant("escape-from"), "what do you want to get to?")
}

pub(crate) fn too_casual(case: &Case<'_>) -> Option<Remark> {
    let slang = case.own("too-casual");
    let marks = case.text.exclamations;
    match (slang.len() >= 2, marks >= 2) {
        (true, _) => case.remark(&slang, "would you say it so to the head of the house?"),
        (false, true) => {
            let message = format!("{marks} exclamation marks. Would you say it so loudly?");
            Some(Remark { found: vec!["!".to_owned()], message, severity: None })
        }
        (false, false) => None,
    }
}

pub(crate) fn presumes_job(case: &Case<'_>) -> Option<Remark> {
    // A story about an earlier job can mention a new office.
    const PAST: [&str; 8] = ["was", "were", "had", "did", "moved", "started", "joined", "took"];
    let past = |hit: &Range<usize>| {
        let sentence = case.text.sentence(hit.start);
        let near = sentence.start.max(hit.start.saturating_sub(REACH))..sentence.end.min(hit.end + REACH);
        near.into_iter().any(|word| PAST.contains(&case.text.folded(word)))
    };
    let mut found = case.meant("presumes-job");
    if !case.is(Kind::Story) {
        found.extend(case.meant("presumes-job: new").into_iter().filter(|hit| !past(hit)));
    }
    case.remark(&without_overlaps(found), "they have not decided yet. What would you do, if they chose you?")
}

pub(crate) fn assumes_known(case: &Case<'_>) -> Option<Remark> {
    case.remark(&case.meant("assumes-known"), "can they follow you if they have not read or seen it?")
}
