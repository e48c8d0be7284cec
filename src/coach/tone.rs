//! Rules for what can put a listener off. They report only what the speaker certainly meant.

use std::ops::Range;

use super::case::{Case, Remark, without_overlaps};
use crate::deck::Kind;
use crate::diagnostic::Severity;

/// The most words between a person who is named and the pronoun that refers to them.
const REACH: usize = 40;

pub(crate) fn blame(case: &Case<'_>) -> Option<Remark> {
    // What others did is a complaint, unless it ends in a talk with them, as in a story about a conflict.
    let complaint = !case.is(Kind::Ask) && !case.is(Kind::Plan);
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
    case.remark(&without_overlaps(found), "how would they tell it? Say what you learned, or what you're moving toward")
}

pub(crate) fn defensive(case: &Case<'_>) -> Option<Remark> {
    let mut found = case.meant("defensive");
    let mut owning = case.meant("owning");
    // "It wasn't my fault" owns nothing.
    owning.retain(|owning| !overlaps(owning, &found));
    let owned = |hit: &Range<usize>| {
        let next = case.text.sentence(hit.start).end;
        case.in_sentence_of(&owning, hit.start) || (next < case.word_count() && case.in_sentence_of(&owning, next))
    };
    let excuses = found.clone();
    found.retain(|hit| !owned(hit) && !acted_upon(case, hit, &excuses));
    case.remark(&found, "what was your own part, and what do you do differently now?")
}

/// Whether the sentence continues with what the speaker did about it: "it was not my job, but I fixed it". Another excuse
/// does nothing about it: "it was not my job, and I did what I was told".
fn acted_upon(case: &Case<'_>, hit: &Range<usize>, excuses: &[Range<usize>]) -> bool {
    /// What happens to the speaker rather than is done: "nobody told me, so I got it wrong".
    const PASSIVE: [&str; 8] = ["got", "kept", "let", "failed", "lost", "missed", "made", "told"];
    let end = case.text.sentence(hit.start).end.min(hit.end + REACH);
    let turns = (hit.end..end).find(|&word| matches!(case.text.folded(word), "but" | "so" | "yet" | "still" | "and"));
    let actions = case.hits.group("no-action: own");
    let after = |turn: usize| {
        let next = actions.partition_point(|action| action.start < turn);
        let later = actions[next..].iter().take_while(|action| action.start < end);
        let acted = |action: &Range<usize>| !PASSIVE.contains(&case.text.folded(action.end - 1));
        later.into_iter().any(|action| acted(action) && !overlaps(action, excuses))
    };
    turns.is_some_and(after)
}

/// Whether a span overlaps one of these, which are in order and do not overlap.
fn overlaps(span: &Range<usize>, others: &[Range<usize>]) -> bool {
    let before = others.partition_point(|other| other.start < span.end);
    others[..before].last().is_some_and(|other| other.end > span.start)
}

pub(crate) fn fake_weakness(case: &Case<'_>) -> Option<Remark> {
    let real = case.any("evidence") && case.any("no-mitigation");
    let advice = if real { "what's the real weakness behind it?" } else { "what has really cost you something?" };
    let mut remark = case.remark(&case.meant("fake-weakness"), advice)?;
    remark.severity = real.then_some(Severity::Warning);
    Some(remark)
}

pub(crate) fn escape_from(case: &Case<'_>) -> Option<Remark> {
    case.remark(&case.meant("escape-from"), "what are you moving toward?")
}

pub(crate) fn too_casual(case: &Case<'_>) -> Option<Remark> {
    let slang = case.own("too-casual");
    let marks = case.text.exclamations;
    match (slang.len() >= 2, marks >= 2) {
        (true, _) => case.remark(&slang, "would you say it like that to the CEO?"),
        (false, true) => {
            let message = format!("{marks} exclamation marks. Would you say it that loudly?");
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
    case.remark(&without_overlaps(found), "they haven't decided yet. What would you do if they chose you?")
}

pub(crate) fn assumes_known(case: &Case<'_>) -> Option<Remark> {
    case.remark(&case.meant("assumes-known"), "can they follow you if they haven't read or seen it?")
}
