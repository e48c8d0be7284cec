//! Rules for what may sour a listener: found only where the speaker's own words are certain.

use std::ops::Range;

use super::Genre;
use super::case::{Case, Remark, apart};
use crate::diagnostic::Severity;

/// Words between somebody who is named and the pronoun that means them, at most.
const REACH: usize = 40;

pub(crate) fn blame(case: &Case<'_>) -> Option<Remark> {
    // In the story of a conflict, what the others did is the story. In answers of other kinds it is a complaint.
    let complaint = case.is(Genre::Motive) || case.is(Genre::Weakness) || case.is(Genre::Open);
    let named = case.hits.of("blame: somebody");
    let about_somebody = |hit: &Range<usize>| {
        let after = named.partition_point(|somebody| somebody.start < hit.start);
        let near = named[..after].last().is_some_and(|somebody| hit.start - somebody.start <= REACH);
        // Of a motive, "they" and "he" are those one leaves.
        near || case.is(Genre::Motive)
    };
    let mut found = case.meant("blame");
    found.extend(case.meant("blame: pronoun contempt").into_iter().filter(about_somebody));
    if complaint {
        // Of a motive there is no good end; elsewhere a complaint may be the beginning of a talk.
        let settled = case.hits.of("blame: settled").last().filter(|_| !case.is(Genre::Motive)).map(|hit| hit.start);
        let open = |hit: &Range<usize>| settled.is_none_or(|settled| settled < hit.end);
        found.extend(case.meant("blame: accusation").into_iter().filter(open));
        found.extend(case.meant("blame: pronoun").into_iter().filter(about_somebody).filter(open));
    }
    // Who takes the blame in the same breath gives none.
    let owning = case.meant("owning");
    found.retain(|hit| !case.in_sentence_of(&owning, hit.start));
    found.extend(case.meant("blame: insult"));
    case.remark(&apart(found), "how would they tell it? Say what you learned, or what you move to")
}

pub(crate) fn defensive(case: &Case<'_>) -> Option<Remark> {
    let mut found = case.meant("defensive");
    let mut owning = case.meant("owning");
    owning.retain(|owning| !within(owning, &found));
    let owned = |hit: &Range<usize>| {
        let next = case.text.sentence(hit.start).end;
        case.in_sentence_of(&owning, hit.start) || (next < case.words() && case.in_sentence_of(&owning, next))
    };
    found.retain(|hit| !owned(hit) && !acted_upon(case, hit));
    case.remark(&found, "what was your own part, and what do you do differently now?")
}

/// Whether the sentence goes on with what the speaker did about it: "it was not my job, but I mended it".
fn acted_upon(case: &Case<'_>, hit: &Range<usize>) -> bool {
    let end = case.text.sentence(hit.start).end.min(hit.end + REACH);
    let turns = (hit.end..end).find(|&word| matches!(case.text.folded(word), "but" | "so" | "yet" | "still" | "and"));
    let deeds = case.hits.of("no-action: own");
    let after = |turn: usize| {
        let next = deeds.partition_point(|deed| deed.start < turn);
        deeds.get(next).is_some_and(|deed| deed.start < end)
    };
    turns.is_some_and(after)
}

/// Whether a stretch lies within one of these, which are in order and apart.
fn within(stretch: &Range<usize>, others: &[Range<usize>]) -> bool {
    let after = others.partition_point(|other| other.start <= stretch.start);
    others[..after].last().is_some_and(|other| stretch.end <= other.end)
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
    // An account of an earlier job may have a new office in it.
    const PAST: [&str; 8] = ["was", "were", "had", "did", "moved", "started", "joined", "took"];
    let past = |hit: &Range<usize>| {
        let sentence = case.text.sentence(hit.start);
        let near = sentence.start.max(hit.start.saturating_sub(REACH))..sentence.end.min(hit.end + REACH);
        near.into_iter().any(|word| PAST.contains(&case.text.folded(word)))
    };
    let mut found = case.meant("presumes-job");
    if !case.is(Genre::Story) {
        found.extend(case.meant("presumes-job: new").into_iter().filter(|hit| !past(hit)));
    }
    case.remark(&apart(found), "they have not decided yet. What would you do, if they chose you?")
}

pub(crate) fn assumes_known(case: &Case<'_>) -> Option<Remark> {
    case.remark(&case.meant("assumes-known"), "can they follow you if they have not read or seen it?")
}
