//! Before, at, and after an interview: who is there, the page for its morning, what a mock interview asks, what a debrief asks,
//! the file that it writes, and thank-you notes.
//!
//! - `people`: who you meet
//! - `draw`: random numbers and orders that are the same on every machine
//! - `mock`: which questions a mock interview asks, and which score an answer earns
//! - `scorecard`: the scores of mock interviews, put together
//! - `debrief`: the questions of a debrief, and what an entry means
//! - `debrief_file`: the file of a debrief as text
//! - `rounds`: what is known of one round
//! - `brief`: the page for the morning of an interview
//! - `note`: the skeleton of a thank-you note
//!
//! Not here: files, output, and which cards are due.

mod people;
mod draw;
pub(crate) mod mock;
pub(crate) mod scorecard;
mod debrief;
mod debrief_file;
mod rounds;
mod brief;
mod note;

pub(crate) use brief::{Brief, BriefFacts, BriefQuestion, PlanPoints, belongs, is_asked};
pub(crate) use debrief::{
    CardHint, Question, category, doubt_prompt, matching_cards, matching_story, person, split_name, split_speaker,
};
pub(crate) use debrief_file::{DebriefFile, NewCard, NotEditable};
pub(crate) use note::{NoteFacts, skeleton};
pub(crate) use people::{called_by, not_thanked, people, people_named};
pub(crate) use rounds::RoundNotes;
