//! What is known of one round of an application.

use super::people::people;
use crate::deck::{Deck, Heard, Interview, Interviewer, Told};

/// What the file of an interview and the files of its debriefs say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RoundNotes {
    pub(crate) interview: Interview,
    pub(crate) file: String,
    pub(crate) debrief_files: Vec<String>,
    /// Everyone in it, each once.
    pub(crate) people: Vec<Interviewer>,
    pub(crate) heard: Vec<Heard>,
    pub(crate) told: Vec<Told>,
    /// What you didn't get to say.
    pub(crate) unsaid: Vec<String>,
}

impl RoundNotes {
    /// Joins the deck that an interview is in and its debriefs, each with its file.
    pub(crate) fn new(interview: Interview, (file, deck): (String, Deck), debriefs: Vec<(String, Deck)>) -> Self {
        let (debrief_files, mut decks): (Vec<String>, Vec<Deck>) = debriefs.into_iter().unzip();
        decks.insert(0, deck);
        let people = people(&decks);
        let mut notes = RoundNotes {
            interview,
            file,
            debrief_files,
            people,
            heard: Vec::new(),
            told: Vec::new(),
            unsaid: Vec::new(),
        };
        for deck in decks {
            notes.heard.extend(deck.heard);
            notes.told.extend(deck.told);
            let debrief = deck.debrief.filter(|debrief| debrief.interview == notes.interview.id);
            notes.unsaid.extend(debrief.map(|debrief| debrief.unsaid).unwrap_or_default());
        }
        notes
    }
}
