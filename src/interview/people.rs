//! The people of an interview, from its file and its debrief.

use crate::deck::{Deck, Interviewer};
use crate::text::folded;

/// Returns everyone who is in one of the files, once: what an earlier file says about them comes first, and they were thanked
/// if any file says so.
pub(crate) fn people<'a>(decks: impl IntoIterator<Item = &'a Deck>) -> Vec<Interviewer> {
    let mut people: Vec<Interviewer> = Vec::new();
    for person in decks.into_iter().flat_map(|deck| &deck.interviewers) {
        match people.iter_mut().find(|known| folded(&known.name) == folded(&person.name)) {
            Some(known) => {
                known.title = known.title.take().or_else(|| person.title.clone());
                known.note = known.note.take().or_else(|| person.note.clone());
                known.thanked |= person.thanked;
            }
            None => people.push(person.clone()),
        }
    }
    people
}

/// Returns the names of those who were not thanked yet.
pub(crate) fn not_thanked(people: &[Interviewer]) -> Vec<&str> {
    people.iter().filter(|person| !person.thanked).map(|person| person.name.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deck::parse;
    use crate::diagnostic::Source;

    #[test]
    fn people_are_listed_once_and_thanked_if_any_file_says_so() {
        let deck = |text: &str| parse(&Source::new("job.toml", text), &[]).0;
        let interview = deck(
            "[[interviewer]]\nname = \"Priya Ramanathan\"\n[[interviewer]]\nname = \"Dana Wu\"\nthanked = false\n",
        );
        let debrief = deck(
            "[[interviewer]]\nname = \"dana  wu\"\ntitle = \"CFO\"\nthanked = 2026-12-10\n[[interviewer]]\nname = \"Dan Reyes\"\n",
        );
        let people = people([&interview, &debrief]);
        let names: Vec<&str> = people.iter().map(|person| person.name.as_str()).collect();
        assert_eq!(names, ["Priya Ramanathan", "Dana Wu", "Dan Reyes"]);
        assert_eq!((people[1].title.as_deref(), people[1].thanked), (Some("CFO"), true));
        assert_eq!(not_thanked(&people), ["Priya Ramanathan", "Dan Reyes"]);
    }
}
