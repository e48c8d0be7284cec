//! A deck file, as a value.

use super::card::{Card, Kind, Story};
use super::interview::{Heard, Interview, Interviewer, Told};
use crate::grammar::Reference;

/// A deck file without what could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Deck {
    pub title: Option<String>,
    /// The language of the answers, as a BCP 47 tag.
    pub(crate) language: String,
    /// The text of its `[deck]`, from which [`card_in`](super::parse::card_in) takes the defaults of a card.
    pub(crate) head: String,
    pub(crate) kind: Kind,
    /// Cards and stories to rehearse, in the order of the file.
    pub cards: Vec<Card>,
    pub stories: Vec<Story>,
    pub interview: Option<Interview>,
    /// The id of the interview this file is a debrief of.
    pub(crate) debrief: Option<String>,
    pub interviewers: Vec<Interviewer>,
    pub heard: Vec<Heard>,
    pub told: Vec<Told>,
    /// Names that refer to something in this or another file.
    pub(crate) references: Vec<Reference>,
    /// Whether this is a deck at all; `Cargo.toml` in a mixed repository is not.
    pub is_deck: bool,
}

impl Deck {
    /// Returns the name to show: the title, else the file name without folder and `.toml`.
    pub(crate) fn name<'a>(&'a self, path: &'a str) -> &'a str {
        self.title.as_deref().unwrap_or_else(|| stem(path))
    }
}

/// Returns the last part of a path without `.toml`.
pub(crate) fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.strip_suffix(".toml").unwrap_or(name)
}
