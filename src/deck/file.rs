//! A deck file and the interview it is about, as values.

use serde::{Deserialize, Serialize};

use super::card::{Card, Kind, Story};
use crate::clock::StudyDay;
use crate::grammar::Reference;
use crate::text::folded;

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
    pub(crate) debrief: Option<Debrief>,
    pub interviewers: Vec<Interviewer>,
    pub heard: Vec<Heard>,
    pub told: Vec<Told>,
    pub(crate) asked: Vec<AskedQuestion>,
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
    /// The minute of the day at which it starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) minute: Option<u16>,
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

    /// Whether both are with the same company, by any of its names. Case and white space don't matter.
    pub(crate) fn is_with_company_of(&self, other: &Interview) -> bool {
        let names = |interview: &Interview| -> Vec<String> {
            let names = interview.company.iter().chain(&interview.also).map(|name| folded(name));
            names.filter(|name| !name.is_empty()).collect()
        };
        let known = names(other);
        names(self).iter().any(|name| known.contains(name))
    }

    /// Whether it is an earlier round of the same application: with the same company, on an earlier day.
    pub(crate) fn precedes(&self, later: &Interview) -> bool {
        let earlier = self.date.is_some_and(|date| later.date.is_none_or(|later| date < later));
        earlier && self.id != later.id && self.is_with_company_of(later)
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

/// What was kept from an interview.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Debrief {
    /// The id of the interview.
    pub(crate) interview: String,
    /// The question to continue with; `None` once all were asked.
    pub(crate) next: Option<String>,
    pub(crate) fit: Vec<String>,
    pub(crate) liked: Vec<String>,
    pub(crate) unsaid: Vec<String>,
    pub(crate) advice: Vec<String>,
    pub(crate) outcome: Option<Outcome>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Outcome {
    Offer,
    NextRound,
    No,
    Withdrawn,
}

impl Outcome {
    /// Every outcome, with the words authors write.
    pub(crate) const ALL: [(Outcome, &'static str); 4] = [
        (Outcome::Offer, "offer"),
        (Outcome::NextRound, "next round"),
        (Outcome::No, "no"),
        (Outcome::Withdrawn, "withdrawn"),
    ];

    /// Parses its words, or their beginning; case and `-` for a blank don't matter.
    pub(crate) fn parse(words: &str) -> Option<Self> {
        let words = words.trim().to_lowercase().replace('-', " ");
        let exact = Self::ALL.iter().find(|(_, name)| *name == words);
        let mut near = Self::ALL.iter().filter(|(_, name)| !words.is_empty() && name.starts_with(&words));
        let begun = near.next().filter(|_| near.next().is_none());
        exact.or(begun).map(|(outcome, _)| *outcome)
    }

    pub(crate) fn words(self) -> &'static str {
        Self::ALL.iter().find(|(outcome, _)| *outcome == self).map_or("", |(_, words)| words)
    }

    /// Whether no further round is expected.
    pub(crate) fn closes(self) -> bool {
        self != Outcome::NextRound
    }
}

/// A question they asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AskedQuestion {
    pub(crate) question: String,
    /// The id of the card that rehearses it.
    pub(crate) card: Option<String>,
    pub(crate) went: Option<Went>,
}

/// How an answer went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Went {
    Good,
    Shaky,
}

impl Went {
    pub(crate) const ALL: [(Went, &'static str); 2] = [(Went::Good, "good"), (Went::Shaky, "shaky")];

    /// Parses its word, or the beginning of it.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        let word = word.trim().to_lowercase();
        let begun = Self::ALL.iter().find(|(_, name)| !word.is_empty() && name.starts_with(&word));
        begun.map(|(went, _)| *went)
    }

    pub(crate) fn word(self) -> &'static str {
        Self::ALL.iter().find(|(went, _)| *went == self).map_or("", |(_, word)| word)
    }
}
