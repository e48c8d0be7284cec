//! A deck file and the interview it is about, as values.

use serde::{Deserialize, Serialize};

use super::card::{Card, Kind, Story};
use crate::clock::StudyDay;
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
    pub cards: Vec<Card>,
    pub stories: Vec<Story>,
    pub interview: Option<Interview>,
    /// The id of the interview this file is a debrief of.
    pub(crate) debrief: Option<String>,
    pub interviewers: Vec<Interviewer>,
    pub heard: Vec<Heard>,
    pub told: Vec<Told>,
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

pub(crate) fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.strip_suffix(".toml").unwrap_or(name)
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interview {
    /// The written id, else the name of the file.
    pub(crate) id: String,
    pub(crate) company: Option<String>,
    /// Other ways people say the company.
    pub(crate) also: Vec<String>,
    pub(crate) role: Option<String>,
    pub(crate) role_also: Vec<String>,
    pub date: Option<StudyDay>,
    pub(crate) round: Option<i64>,
    pub(crate) values: Vec<String>,
    pub(crate) qualifications: Vec<String>,
    /// Titles of the competencies asked for; the name of a list is replaced by its titles.
    pub(crate) competencies: Vec<String>,
    pub(crate) wpm: u32,
    /// Decks in scope: paths or titles.
    pub(crate) decks: Vec<String>,
    pub(crate) tags: Vec<String>,
}

impl Interview {
    /// Returns the company, else the id.
    pub(crate) fn name(&self) -> &str {
        self.company.as_deref().unwrap_or(&self.id)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interviewer {
    /// As they spell it.
    pub(crate) name: String,
    pub(crate) title: Option<String>,
    pub(crate) note: Option<String>,
    pub(crate) thanked: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    pub(crate) said: String,
    pub(crate) by: Option<String>,
    /// Cards whose answers should use it.
    pub(crate) cards: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub(crate) story: String,
    pub(crate) to: Vec<String>,
}
