//! What a typed line means, at each stage of a card.

use super::{Action, Stage};
use crate::schedule::Grade;

pub(crate) enum Typed {
    Action(Action),
    Spoken,
    Ticks(Vec<u16>),
    Accept,
    /// The name of a competency.
    Named(String),
}

/// What a line asks for at every prompt.
pub(crate) fn command(line: &str) -> Option<Action> {
    Some(match line {
        "?" => Action::Help,
        "e" => Action::Edit,
        "u" => Action::Undo,
        "s" => Action::Skip,
        "b" => Action::Bury,
        "!" => Action::Suspend,
        "q" => Action::Quit,
        "h" => Action::Hint,
        _ => return None,
    })
}

/// What a line means at a stage of a card with so many items.
pub(crate) fn read_line(stage: Stage, line: &str, items: usize) -> Option<Typed> {
    if let Some(action) = command(line) {
        return Some(Typed::Action(action));
    }
    match stage {
        Stage::Spotting => Some(Typed::Named(line.to_owned())),
        Stage::Speaking | Stage::Typing { .. } | Stage::Writing | Stage::FollowUp => {
            line.is_empty().then_some(Typed::Spoken)
        }
        Stage::Ticking | Stage::Listening => ticks(line, items).map(Typed::Ticks),
        Stage::Grading if line.is_empty() => Some(Typed::Accept),
        Stage::Grading => Grade::parse(line).map(|grade| Typed::Action(Action::Grade { grade, ticks: None, ms: None })),
    }
}

/// Whether all of these are numbers of items.
pub(crate) fn in_range(ticks: &[u16], items: usize) -> bool {
    ticks.iter().all(|&tick| (1..=items).contains(&usize::from(tick)))
}

/// Numbers such as `1 3`, `1,3` or `1-3`; `a` for all, `0` for none. There is no default: Enter alone says nothing.
fn ticks(line: &str, items: usize) -> Option<Vec<u16>> {
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
    fn ticks_are_read_as_people_type_them() {
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
            assert_eq!(ticks(line, 3).as_deref(), *expected, "{line:?}");
        }
    }
}
