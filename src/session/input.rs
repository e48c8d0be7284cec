//! What a typed line means, at each stage of a card.

use super::answers::Stage;
use super::protocol::{AnswerFacts, UserAction};
use crate::schedule::Grade;

pub(crate) enum LineMeaning {
    Action(UserAction),
    Spoken,
    Ticks(Vec<u16>),
    Accept,
    Competency(String),
}

/// Returns what a line does at every prompt.
pub(crate) fn command(line: &str) -> Option<UserAction> {
    Some(match line {
        "?" => UserAction::Help,
        "e" => UserAction::Edit,
        "u" => UserAction::Undo,
        "s" => UserAction::Skip,
        "b" => UserAction::Bury,
        "!" => UserAction::Suspend,
        "q" => UserAction::Quit,
        "h" => UserAction::Hint,
        _ => return None,
    })
}

pub(crate) fn parse_line(stage: Stage, line: &str, items: usize) -> Option<LineMeaning> {
    if let Some(action) = command(line) {
        return Some(LineMeaning::Action(action));
    }
    match stage {
        Stage::Spotting => Some(LineMeaning::Competency(line.to_owned())),
        Stage::Speaking | Stage::Typing { .. } | Stage::Writing | Stage::FollowUp => {
            line.is_empty().then_some(LineMeaning::Spoken)
        }
        Stage::Ticking | Stage::Listening => parse_ticks(line, items).map(LineMeaning::Ticks),
        Stage::Grading if line.is_empty() => Some(LineMeaning::Accept),
        Stage::Grading => {
            let action = |grade| UserAction::Grade { grade, facts: AnswerFacts::default() };
            Grade::parse(line).map(|grade| LineMeaning::Action(action(grade)))
        }
    }
}

/// Whether all of these are numbers of items.
pub(crate) fn are_items(ticks: &[u16], items: usize) -> bool {
    ticks.iter().all(|&tick| (1..=items).contains(&usize::from(tick)))
}

/// Parses numbers such as `1 3`, `1,3`, or `1-3`; `a` is all, `0` is none. There is no default: an empty line is an error.
pub(crate) fn parse_ticks(line: &str, items: usize) -> Option<Vec<u16>> {
    let last = u16::try_from(items).ok()?;
    match line {
        "a" => return Some((1..=last).collect()),
        "0" => return Some(Vec::new()),
        _ => {}
    }
    let number = |text: &str| text.parse::<u16>().ok().filter(|n| (1..=last).contains(n));
    let mut said = std::collections::BTreeSet::new();
    for word in line.split([' ', ',', ';', '\t']).filter(|word| !word.is_empty()) {
        match word.split_once('-') {
            Some((from, to)) => said.extend(number(from)?..=number(to)?),
            None => {
                said.insert(number(word)?);
            }
        }
    }
    (!said.is_empty()).then(|| said.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_parsed_as_people_type_them() {
        let cases: &[(&str, Option<&[u16]>)] = &[
            ("1 3", Some(&[1, 3])),
            ("3,1, 1", Some(&[1, 3])),
            ("1-3", Some(&[1, 2, 3])),
            ("a", Some(&[1, 2, 3])),
            ("0", Some(&[])),
            ("", None),
            ("4", None),
            ("0 1", None),
            ("x", None),
            ("1-9", None),
            ("1 -", None),
        ];
        for (line, expected) in cases {
            assert_eq!(parse_ticks(line, 3).as_deref(), *expected, "{line:?}");
        }
    }
}
