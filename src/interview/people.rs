//! The people of an interview, from its file and its debrief, and how they are named.

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

/// Returns the people that a name may mean: the one of this name, else those of whose name it is the beginning, else those who
/// have a word in their name that begins so.
pub(crate) fn people_named<'a>(people: &'a [Interviewer], name: &str) -> Vec<&'a Interviewer> {
    let wanted = folded(name);
    if wanted.is_empty() {
        return Vec::new();
    }
    let found = |matches: &dyn Fn(&str) -> bool| -> Vec<&'a Interviewer> {
        people.iter().filter(|person| matches(&folded(&person.name))).collect()
    };
    let ways: [&dyn Fn(&str) -> bool; 4] = [
        &|known| known == wanted,
        &|known| known.split(' ').next() == Some(wanted.as_str()),
        &|known| known.starts_with(&wanted),
        &|known| known.split(' ').any(|word| word.starts_with(&wanted)),
    ];
    ways.iter().map(|way| found(way)).find(|people| !people.is_empty()).unwrap_or_default()
}

/// Returns what to call somebody where room is short: the first name of one of these people if no other one has it, else the
/// whole name.
pub(crate) fn called_by<'a>(name: &'a str, people: &[Interviewer]) -> &'a str {
    let Some(first) = name.split_whitespace().next() else { return name };
    let has_first = |person: &&Interviewer| folded(&person.name).split(' ').next() == Some(folded(first).as_str());
    let same: Vec<&Interviewer> = people.iter().filter(has_first).collect();
    match same.as_slice() {
        [person] if folded(&person.name) == folded(name) => first,
        _ => name,
    }
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

    #[test]
    fn people_are_found_by_what_one_would_type() {
        let person = |name: &str| Interviewer { name: name.into(), title: None, note: None, thanked: false };
        let people = ["Priya Ramanathan", "Dana Wu", "Dan Wulf", "Ana Maria Lopez"].map(person);
        let cases = [
            ("Dana Wu", "Dana Wu"),
            ("dana  wu", "Dana Wu"),
            ("Dan", "Dan Wulf"),
            ("Da", "Dana Wu, Dan Wulf"),
            ("pri", "Priya Ramanathan"),
            ("wu", "Dana Wu, Dan Wulf"),
            ("Lopez", "Ana Maria Lopez"),
            ("Ana M", "Ana Maria Lopez"),
            ("na", ""),
            ("", ""),
            (" ", ""),
        ];
        for (name, expected) in cases {
            let found: Vec<&str> = people_named(&people, name).iter().map(|person| person.name.as_str()).collect();
            assert_eq!(found.join(", "), expected, "{name:?}");
        }
        let twice = [person("Dana Wu"), person("Dana Li"), person("Priya Ramanathan")];
        let called = ["Dana Wu", "Priya Ramanathan", "Priya Other", "Li", ""].map(|name| called_by(name, &twice));
        assert_eq!(called, ["Dana Wu", "Priya", "Priya Other", "Li", ""]);
    }
}
