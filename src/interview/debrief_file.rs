//! The file of a debrief as text: changes one thing at a time, and keeps everything else as it is written.

use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, TableLike, value};

use super::debrief::Question;
use crate::clock::StudyDay;
use crate::deck::{CardId, Outcome, Went};
use crate::text::folded;

/// The first line of a file that the program owns.
const FIRST_LINE: &str = "# written by rehearse debrief";

/// Why a debrief cannot be written to a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotEditable {
    #[error("{0}")]
    Syntax(String),
    #[error("`{0}` is not written as `{1}`")]
    OtherForm(&'static str, &'static str),
}

/// A card to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewCard<'a> {
    pub(crate) prompt: &'a str,
    /// The kind and the tag, if they are not the usual ones.
    pub(crate) kind: Option<(&'static str, &'static str)>,
}

#[derive(Debug, Clone)]
pub(crate) struct DebriefFile {
    document: DocumentMut,
}

impl DebriefFile {
    /// Makes the file of an interview that nothing was asked about yet.
    pub(crate) fn new(interview: &str) -> Self {
        let mut document = DocumentMut::new();
        let mut debrief = Table::new();
        debrief.decor_mut().set_prefix(format!("{FIRST_LINE}\n\n"));
        debrief.insert("interview", value(interview));
        debrief.insert("next", value(Question::Asked.word()));
        document.insert("debrief", Item::Table(debrief));
        DebriefFile { document }
    }

    /// Returns whether a file says that the program owns it.
    pub(crate) fn is_ours(text: &str) -> bool {
        text.trim_start_matches('\u{feff}').lines().next().is_some_and(|line| line.trim_end() == FIRST_LINE)
    }

    pub(crate) fn parse(text: &str) -> Result<Self, NotEditable> {
        let document = text.parse::<DocumentMut>();
        Ok(DebriefFile { document: document.map_err(|error| NotEditable::Syntax(error.message().to_owned()))? })
    }

    pub(crate) fn text(&self) -> String {
        self.document.to_string()
    }

    fn debrief(&mut self) -> Result<&mut dyn TableLike, NotEditable> {
        let debrief = self.document.get_mut("debrief").and_then(Item::as_table_like_mut);
        debrief.ok_or(NotEditable::OtherForm("debrief", "[debrief]"))
    }

    /// Returns the tables of one name, such as `[[asked]]`.
    fn tables(&mut self, name: &'static str, form: &'static str) -> Result<&mut ArrayOfTables, NotEditable> {
        let tables = self.document.entry(name).or_insert(Item::ArrayOfTables(ArrayOfTables::new()));
        tables.as_array_of_tables_mut().ok_or(NotEditable::OtherForm(name, form))
    }

    /// Adds a table unless there is one with the same value in one of its keys.
    fn add_table(
        &mut self,
        (name, form): (&'static str, &'static str),
        key: &str,
        table: Table,
    ) -> Result<(), NotEditable> {
        let tables = self.tables(name, form)?;
        let text = |table: &Table| table.get(key).and_then(Item::as_str).map(str::to_owned);
        let wanted = text(&table);
        if !tables.iter().any(|known| text(known) == wanted) {
            tables.push(table);
        }
        Ok(())
    }

    /// Notes the question to continue with; `None` once all were asked.
    pub(crate) fn set_next(&mut self, next: Option<Question>) -> Result<(), NotEditable> {
        let debrief = self.debrief()?;
        match next {
            Some(question) => set(debrief, "next", question.word()),
            None => drop(debrief.remove("next")),
        }
        Ok(())
    }

    pub(crate) fn set_outcome(&mut self, outcome: Outcome) -> Result<(), NotEditable> {
        set(self.debrief()?, "outcome", outcome.words());
        Ok(())
    }

    /// Adds a line to one of the lists of `[debrief]`, unless it is there. Without a line, an empty list says that there is
    /// nothing to add.
    pub(crate) fn add_to_list(&mut self, list: &'static str, line: Option<&str>) -> Result<(), NotEditable> {
        let entry = self.debrief()?.entry(list).or_insert(value(Array::new()));
        let lines = entry.as_array_mut().ok_or(NotEditable::OtherForm(list, "a list"))?;
        if let Some(line) = line
            && !lines.iter().any(|known| known.as_str() == Some(line))
        {
            lines.push(line);
            // A line each, so that the file can be read and compared.
            lines.iter_mut().for_each(|entry| entry.decor_mut().set_prefix("\n  "));
            lines.set_trailing_comma(true);
            lines.set_trailing("\n");
        }
        Ok(())
    }

    pub(crate) fn add_asked(&mut self, question: &str) -> Result<(), NotEditable> {
        self.add_table(("asked", "[[asked]]"), "question", table(&[("question", question)]))
    }

    /// Notes which card rehearses a question that was asked, and how the answer went.
    pub(crate) fn set_asked(
        &mut self,
        question: &str,
        card: Option<&CardId>,
        went: Option<Went>,
    ) -> Result<(), NotEditable> {
        let asked = self.tables("asked", "[[asked]]")?;
        let is_it = |table: &&mut Table| table.get("question").and_then(Item::as_str) == Some(question);
        let Some(asked) = asked.iter_mut().find(is_it) else { return Ok(()) };
        if let Some(card) = card {
            set(asked, "card", card.as_str());
        }
        if let Some(went) = went {
            set(asked, "went", went.word());
        }
        Ok(())
    }

    /// Adds a card with the id that its prompt derives, unless it is there.
    pub(crate) fn add_card(&mut self, card: &NewCard<'_>) -> Result<(), NotEditable> {
        let id = CardId::derived(card.prompt);
        let mut table = table(&[("id", id.as_str()), ("prompt", card.prompt)]);
        if let Some((kind, tag)) = card.kind {
            table.insert("kind", value(kind));
            table.insert("tags", value(Array::from_iter([tag])));
        }
        self.add_table(("card", "[[card]]"), "id", table)
    }

    /// Adds a story that is only known by its title.
    pub(crate) fn add_story(&mut self, title: &str) -> Result<(), NotEditable> {
        let id = CardId::derived(title);
        self.add_table(("story", "[[story]]"), "id", table(&[("id", id.as_str()), ("title", title)]))
    }

    pub(crate) fn add_heard(&mut self, said: &str, by: Option<&str>) -> Result<(), NotEditable> {
        let mut heard = table(&[("said", said)]);
        if let Some(by) = by {
            heard.insert("by", value(by));
        }
        self.add_table(("heard", "[[heard]]"), "said", heard)
    }

    /// Adds a story that was told, and who heard it; a story that others heard, too, is added once more.
    pub(crate) fn add_told(&mut self, story: &str, to: Option<&str>) -> Result<(), NotEditable> {
        let told = self.tables("told", "[[told]]")?;
        let text = |table: &Table, key: &str| table.get(key).and_then(Item::as_str).map(str::to_owned);
        let known =
            |table: &Table| text(table, "story").as_deref() == Some(story) && text(table, "to").as_deref() == to;
        if !told.iter().any(known) {
            let mut row = table(&[("story", story)]);
            if let Some(to) = to {
                row.insert("to", value(to));
            }
            told.push(row);
        }
        Ok(())
    }

    pub(crate) fn add_interviewer(&mut self, name: &str, title: Option<&str>) -> Result<(), NotEditable> {
        let mut person = table(&[("name", name)]);
        if let Some(title) = title {
            person.insert("title", value(title));
        }
        self.add_table(("interviewer", "[[interviewer]]"), "name", person)
    }

    /// Notes on which day someone was thanked; the first day stays. Case and white space in names don't matter.
    pub(crate) fn set_thanked(&mut self, name: &str, day: StudyDay) -> Result<(), NotEditable> {
        let is_it =
            |table: &Table| table.get("name").and_then(Item::as_str).is_some_and(|own| folded(own) == folded(name));
        if !self.tables("interviewer", "[[interviewer]]")?.iter().any(is_it) {
            self.add_interviewer(name, None)?;
        }
        let people = self.tables("interviewer", "[[interviewer]]")?;
        if let Some(person) = people.iter_mut().find(|table| is_it(table))
            && !is_thanked(person)
            && let Ok(day) = day.to_string().parse::<toml_edit::Datetime>()
        {
            person.insert("thanked", value(day));
        }
        Ok(())
    }
}

fn is_thanked(person: &Table) -> bool {
    person.get("thanked").is_some_and(|thanked| thanked.as_bool() != Some(false))
}

fn table(texts: &[(&str, &str)]) -> Table {
    let mut table = Table::new();
    texts.iter().for_each(|(key, text)| drop(table.insert(key, value(*text))));
    table
}

/// Sets a text and keeps the comments around it.
fn set(table: &mut dyn TableLike, key: &str, text: &str) {
    match table.get_mut(key).and_then(Item::as_value_mut) {
        Some(known) if known.as_str() == Some(text) => {}
        Some(known) => {
            let decor = known.decor().clone();
            *known = text.into();
            *known.decor_mut() = decor;
        }
        None => drop(table.insert(key, value(text))),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::deck::{Deck, parse};
    use crate::diagnostic::{Severity, Source};

    fn read(text: &str) -> Deck {
        let (deck, findings) = parse(&Source::new("job-debrief.toml", text), &[]);
        let errors: Vec<_> = findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
        assert!(errors.is_empty(), "{errors:?}\n{text}");
        deck
    }

    fn filled() -> DebriefFile {
        let mut file = DebriefFile::new("job");
        let gap = CardId::parse("career-gap").unwrap();
        file.add_asked("career gap").unwrap();
        file.set_asked("career gap", Some(&gap), None).unwrap();
        file.set_asked("career gap", None, Some(Went::Shaky)).unwrap();
        file.add_to_list("fit", Some("the coast routes")).unwrap();
        file.add_to_list("fit", Some("the team")).unwrap();
        file.add_to_list("liked", None).unwrap();
        file.add_card(&NewCard { prompt: "They doubt my P&L. Address it.", kind: None }).unwrap();
        file.add_card(&NewCard { prompt: "How do you plan?", kind: Some(("ask", "role")) }).unwrap();
        file.add_heard("late deliveries", Some("Priya Ramanathan")).unwrap();
        file.add_told("flood", Some("Priya Ramanathan")).unwrap();
        file.add_told("flood", Some("Dana Wu")).unwrap();
        file.add_story("The merger").unwrap();
        file.add_interviewer("Dana Wu", Some("CFO")).unwrap();
        file.set_thanked("Dana Wu", StudyDay::parse("2026-12-10").unwrap()).unwrap();
        file.set_outcome(Outcome::NextRound).unwrap();
        file.set_next(None).unwrap();
        file
    }

    #[test]
    fn a_debrief_is_written_once_however_often_it_is_added() {
        let text = filled().text();
        assert!(DebriefFile::is_ours(&text), "{text}");
        let deck = read(&text);
        let debrief = deck.debrief.as_ref().unwrap();
        assert_eq!(
            (debrief.fit.join(" | "), debrief.next.as_deref()),
            ("the coast routes | the team".to_owned(), None)
        );
        assert_eq!((debrief.outcome, deck.cards.len(), deck.told.len()), (Some(Outcome::NextRound), 3, 2));
        assert_eq!(deck.asked[0].card.as_deref(), Some("career-gap"));
        assert!(deck.interviewers[0].thanked);
        let mut again = DebriefFile::parse(&text).unwrap();
        again.add_asked("career gap").unwrap();
        again.add_to_list("fit", Some("the team")).unwrap();
        again.add_to_list("liked", None).unwrap();
        again.add_card(&NewCard { prompt: "How do you plan?", kind: Some(("ask", "role")) }).unwrap();
        again.add_heard("late deliveries", None).unwrap();
        again.add_told("flood", Some("Dana Wu")).unwrap();
        again.add_story("The merger").unwrap();
        again.set_thanked("dana  wu", StudyDay::parse("2026-12-12").unwrap()).unwrap();
        again.set_outcome(Outcome::NextRound).unwrap();
        assert_eq!(again.text(), text);
    }

    #[test]
    fn what_its_author_changed_stays() {
        let edited = filled()
            .text()
            .replace("[[asked]]\n", "# the hard one\n[[asked]]\n")
            .replace("outcome = \"next round\"", "outcome = 'next round' # so far");
        let mut file = DebriefFile::parse(&edited).unwrap();
        file.add_asked("why us").unwrap();
        file.set_outcome(Outcome::Offer).unwrap();
        let text = file.text();
        assert!(text.contains("# the hard one\n[[asked]]") && text.contains("outcome = \"offer\" # so far"), "{text}");
        let lost: Vec<&str> =
            edited.lines().filter(|line| !line.starts_with("outcome") && !text.contains(line)).collect();
        assert_eq!(lost, Vec::<&str>::new());
    }

    #[test]
    fn what_cannot_be_edited_is_refused() {
        assert!(matches!(DebriefFile::parse("a = ["), Err(NotEditable::Syntax(_))));
        let mut inline =
            DebriefFile::parse("heard = [{ said = \"x\" }]\n[debrief]\ninterview = \"a\"\nfit = 3\n").unwrap();
        assert_eq!(inline.add_heard("y", None), Err(NotEditable::OtherForm("heard", "[[heard]]")));
        assert_eq!(inline.add_to_list("fit", Some("y")), Err(NotEditable::OtherForm("fit", "a list")));
        let mut none = DebriefFile::parse("a = 1\n").unwrap();
        assert_eq!(none.set_next(None), Err(NotEditable::OtherForm("debrief", "[debrief]")));
        for (text, ours) in [
            ("# written by rehearse debrief\n", true),
            ("\u{feff}# written by rehearse debrief \r\n[debrief]", true),
            ("\n# written by rehearse debrief\n", false),
            ("# written by rehearse debriefer\n", false),
            ("", false),
        ] {
            assert_eq!(DebriefFile::is_ours(text), ours, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_line_comes_back_as_it_was_entered(line in "\\PC{1,40}", other in "[ -~]{1,20}") {
            prop_assume!(!line.trim().is_empty() && !other.trim().is_empty() && line != other);
            let mut file = DebriefFile::new("job");
            file.add_to_list("advice", Some(&line)).unwrap();
            file.add_to_list("advice", Some(&other)).unwrap();
            file.add_asked(&line).unwrap();
            file.add_heard(&line, Some(&other)).unwrap();
            file.add_card(&NewCard { prompt: &line, kind: None }).unwrap();
            let deck = read(&file.text());
            prop_assert_eq!(&deck.debrief.unwrap().advice, &[line.clone(), other]);
            prop_assert_eq!(&deck.asked[0].question, &line);
            prop_assert_eq!(&deck.heard[0].said, &line);
            prop_assert_eq!(&deck.cards[0].prompt, &line);
        }
    }
}
