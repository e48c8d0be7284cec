//! Before and after an interview: who is there, what a debrief asks, and the file that it writes.
//!
//! - `people`: who you meet
//! - `debrief`: the questions of a debrief, and what an entry means
//! - `debrief_file`: the file of a debrief as text
//!
//! Not here: files, output, and which cards are due.

mod people;
mod debrief;
mod debrief_file;

pub(crate) use debrief::{
    CardHint, Question, category, doubt_prompt, matching_cards, matching_story, person, split_name, split_speaker,
};
pub(crate) use debrief_file::{DebriefFile, NewCard, NotEditable};
pub(crate) use people::{not_thanked, people};
