//! The starter packs in the binary, which `init` copies: each a folder of decks below `decks/`.

use std::collections::HashSet;

use crate::deck::{self, Deck};
use crate::diagnostic::Source;

/// A folder of decks that goes with the program.
#[derive(Debug)]
pub(crate) struct Pack {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    /// Whether a new collection starts with it.
    pub(crate) starts: bool,
    /// Path in the collection, and text.
    pub(super) files: &'static [(&'static str, &'static str)],
}

macro_rules! pack {
    ($name:literal, $starts:literal, $about:literal, [$($file:literal)*]) => {
        Pack {
            name: $name,
            about: $about,
            starts: $starts,
            files: &[$((
                concat!($name, "/", $file, ".toml"),
                include_str!(concat!("../../decks/", $name, "/", $file, ".toml")),
            )),*],
        }
    };
}

pub(crate) const PACKS: [Pack; 7] = [
    pack!("core", true, "Questions nearly everyone is asked", [
        "essentials" "first-90-days" "manners" "results" "second-round" "weaknesses" "why-this-job" "working"
    ]),
    pack!("questions", true, "Questions for you to ask, about the role, the company, the culture, and their concerns", [
        "company" "concerns" "culture" "role"
    ]),
    pack!("management", false, "Leading people: hiring, feedback, letting someone go, growth", ["people" "running-a-team"]),
    pack!("executive", false, "Strategy, the board, profit and loss, mergers", ["executive"]),
    pack!("federal", false, "Senior Executive Service panels, for both lists of core qualifications", [
        "panel" "qualifications-2025" "qualifications-classic"
    ]),
    pack!("facts", true, "What you should know about the company and each interviewer, to fill in", [
        "company" "interviewers"
    ]),
    pack!("examples", true, "Invented stories and an invented interview, to copy from; not asked", [
        "interview" "stories"
    ]),
];

/// How to write more cards.
pub(super) const GUIDE: (&str, &str) = ("README.md", include_str!("../../decks/README.md"));

/// The settings that a new collection starts with.
pub(super) const SETTINGS_TEXT: &str = include_str!("starter_settings.toml");

impl Pack {
    /// Returns how many cards and stories the pack has.
    pub(crate) fn cards(&self) -> usize {
        self.files.iter().map(|(name, text)| parsed(name, text).cards.len()).sum()
    }
}

/// What is left of a starter deck without the cards that a collection has.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Remainder {
    /// `None` if every card is there already.
    pub(super) text: Option<String>,
    pub(super) left_out: usize,
}

/// Returns a starter deck without the cards whose ids are taken.
pub(super) fn without_cards(name: &str, text: &str, taken: &HashSet<String>) -> Remainder {
    let cards = parsed(name, text).cards;
    let twins: Vec<_> = cards.iter().filter(|card| taken.contains(card.id.as_str())).collect();
    let mut kept = text.to_owned();
    for card in twins.iter().rev() {
        kept.replace_range(card.block.clone(), "");
    }
    let nothing_left = !twins.is_empty() && twins.len() == cards.len();
    Remainder { text: (!nothing_left).then_some(kept), left_out: twins.len() }
}

fn parsed(name: &str, text: &str) -> Deck {
    deck::parse(&Source::new(name, text), &[]).0
}

#[cfg(test)]
mod tests {
    use super::*;

    const DECK: &str =
        "[deck]\ntitle = \"T\"\n\n[[card]]\nid = \"a\"\nprompt = \"A?\"\n\n[[card]]\nid = \"b\"\nprompt = \"B?\"\n";

    #[test]
    fn cards_that_are_there_are_left_out_and_every_other_byte_stays() {
        let cases: [(&[&str], Option<&str>, usize); 4] = [
            (&[], Some(DECK), 0),
            (&["x"], Some(DECK), 0),
            (&["a"], Some("[deck]\ntitle = \"T\"\n\n[[card]]\nid = \"b\"\nprompt = \"B?\"\n"), 1),
            (&["a", "b"], None, 2),
        ];
        for (taken, text, left_out) in cases {
            let taken = taken.iter().map(|id| (*id).to_owned()).collect();
            let expected = Remainder { text: text.map(str::to_owned), left_out };
            assert_eq!(without_cards("d.toml", DECK, &taken), expected, "{taken:?}");
        }
    }

    #[test]
    fn every_pack_has_cards_and_every_file_of_a_pack_is_in_the_program() {
        for pack in &PACKS {
            assert!(pack.cards() > 0, "{}", pack.name);
            let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("decks").join(pack.name);
            assert_eq!(std::fs::read_dir(folder).unwrap().count(), pack.files.len(), "{}", pack.name);
        }
    }
}
