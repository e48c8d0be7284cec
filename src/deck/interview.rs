//! An interview and what came of it, as values.

use serde::{Deserialize, Serialize};

use crate::clock::StudyDay;

/// One round of one application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interview {
    /// The written id, else the name of the file.
    pub(crate) id: String,
    pub(crate) company: Option<String>,
    /// Other ways people say the company.
    pub(crate) also: Vec<String>,
    pub(crate) role: Option<String>,
    /// Other ways people say the role.
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

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interviewer {
    /// As they spell it.
    pub(crate) name: String,
    pub(crate) title: Option<String>,
    pub(crate) note: Option<String>,
    pub(crate) thanked: bool,
}

/// Something an interviewer said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    pub(crate) said: String,
    pub(crate) by: Option<String>,
    /// Cards whose answers should use it.
    pub(crate) cards: Vec<String>,
}

/// A story told at an interview.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub(crate) story: String,
    pub(crate) to: Vec<String>,
}
