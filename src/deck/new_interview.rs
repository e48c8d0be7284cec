//! The file of a new interview: its name and its text.

use crate::clock::{DayStart, StudyDay};

/// The longest part of a name that comes from the company; an id has at most 64 characters.
const LONGEST_NAME: usize = 40;
/// The longest text of an answer that is kept.
const LONGEST_ANSWER: usize = 1000;

/// What is known of an interview to come. White space in texts is folded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct NewInterview {
    pub(crate) company: Option<String>,
    pub(crate) role: Option<String>,
    pub(crate) date: Option<InterviewDate>,
    pub(crate) round: Option<u8>,
    pub(crate) meet: Vec<Meeting>,
}

/// A date, or a date and a time, as TOML writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InterviewDate(String);

/// A person to meet, and their title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Meeting {
    pub(crate) name: String,
    pub(crate) title: Option<String>,
}

impl InterviewDate {
    /// Parses `2026-12-09` or `2026-12-09 10:00`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (date, time) = text.trim().split_once([' ', 'T']).map_or((text.trim(), None), |(d, t)| (d, Some(t)));
        let day = StudyDay::parse(date).filter(|day| day.to_string() == date && (1..=9999).contains(&day.year()));
        let time = time.map(|time| DayStart::parse(time).map(|_| format!("T{time}:00")));
        match (day, time) {
            (Some(day), None) => Ok(InterviewDate(day.to_string())),
            (Some(day), Some(Some(time))) => Ok(InterviewDate(format!("{day}{time}"))),
            _ => Err("a date is written 2026-12-09, or 2026-12-09 10:00".to_owned()),
        }
    }
}

/// Parses a round of interview.
pub(crate) fn parse_round(text: &str) -> Result<u8, String> {
    let round = text.trim().parse().ok().filter(|round| (1..=99).contains(round));
    round.ok_or_else(|| "a round is a number from 1 to 99".to_owned())
}

impl Meeting {
    /// Parses `NAME, TITLE`; `None` without a name.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (name, title) = text.split_once(',').map_or((text, None), |(name, title)| (name, Some(title)));
        Some(Meeting { name: folded_answer(name)?, title: title.and_then(folded_answer) })
    }
}

/// Returns an answer with its white space folded; `None` if nothing is left.
pub(crate) fn folded_answer(text: &str) -> Option<String> {
    let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(LONGEST_ANSWER).collect();
    Some(text.trim_end().to_owned()).filter(|text| !text.is_empty())
}

impl NewInterview {
    pub(crate) fn is_empty(&self) -> bool {
        *self == NewInterview::default()
    }

    /// Returns the first id that is not taken: `northwind-round-2`, then `northwind-round-2-2`.
    pub(crate) fn id(&self, is_taken: impl Fn(&str) -> bool) -> String {
        let company = self.company.as_deref().map(slug).filter(|slug| !slug.is_empty());
        let mut id = company.unwrap_or_else(|| "interview".to_owned());
        if let Some(round) = self.round {
            id.push_str(&format!("-round-{round}"));
        }
        let numbered = (2..).map(|n: u32| format!("{id}-{n}"));
        std::iter::once(id.clone()).chain(numbered).find(|id| !is_taken(id)).unwrap_or(id)
    }

    pub(crate) fn text(&self, id: &str) -> String {
        let mut text = format!("[interview]\nid = {}\n", quoted(id));
        let mut key = |name: &str, value: Option<String>| {
            text.extend(value.map(|value| format!("{name} = {value}\n")));
        };
        key("company", self.company.as_deref().map(quoted));
        key("role", self.role.as_deref().map(quoted));
        key("date", self.date.as_ref().map(|date| date.0.clone()));
        key("round", self.round.map(|round| round.to_string()));
        for Meeting { name, title } in &self.meet {
            text.push_str(&format!("\n[[interviewer]]\nname = {}\n", quoted(name)));
            text.extend(title.as_deref().map(|title| format!("title = {}\n", quoted(title))));
        }
        text
    }
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// Returns a name in lower-case ASCII letters and digits, with `-` for everything between.
fn slug(name: &str) -> String {
    let mut slug = String::new();
    for c in name.chars().flat_map(char::to_lowercase) {
        match c {
            c if c.is_ascii_alphanumeric() => slug.push(c),
            '\'' | '’' => {}
            _ if slug.is_empty() || slug.ends_with('-') => {}
            _ => slug.push('-'),
        }
    }
    slug.truncate(LONGEST_NAME);
    slug.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::deck::Deck;
    use crate::deck::parse::read;
    use crate::grammar::is_id;

    #[test]
    fn the_name_is_that_of_the_company_and_the_round() {
        let cases = [
            (Some("Northwind"), Some(2), &[][..], "northwind-round-2"),
            (Some("Northwind"), None, &[], "northwind"),
            (Some("Northwind"), Some(2), &["northwind-round-2"], "northwind-round-2-2"),
            (Some("Northwind"), Some(2), &["northwind-round-2", "northwind-round-2-2"], "northwind-round-2-3"),
            (Some("  O’Hara & Sons, Ltd. "), Some(1), &[], "ohara-sons-ltd-round-1"),
            (Some("../../etc/passwd"), None, &[], "etc-passwd"),
            (Some(".rehearse"), None, &[], "rehearse"),
            (Some("株式会社"), Some(1), &[], "interview-round-1"),
            (None, None, &["interview"], "interview-2"),
        ];
        for (company, round, taken, expected) in cases {
            let new = NewInterview { company: company.map(str::to_owned), round, ..NewInterview::default() };
            assert_eq!(new.id(|id| taken.contains(&id)), expected, "{company:?}");
        }
        let long = NewInterview { company: Some("x".repeat(500)), round: Some(99), ..NewInterview::default() };
        assert!(long.id(|_| false).len() <= 60);
    }

    #[test]
    fn dates_rounds_and_people_are_read_as_people_write_them() {
        let date = |text| InterviewDate::parse(text).ok().map(|date| date.0);
        for (text, expected) in [
            (" 2026-12-09 ", Some("2026-12-09")),
            ("2026-12-09 10:00", Some("2026-12-09T10:00:00")),
            ("2026-12-09T10:00", Some("2026-12-09T10:00:00")),
            ("2026-12-9", None),
            ("2026-13-09", None),
            ("2026-12-09 25:00", None),
            ("09.12.2026", None),
            ("12026-12-09", None),
            ("", None),
        ] {
            assert_eq!(date(text).as_deref(), expected, "{text}");
        }
        assert_eq!([parse_round("2"), parse_round(" 99 ")], [Ok(2), Ok(99)]);
        assert!(["0", "100", "-1", "two", ""].iter().all(|text| parse_round(text).is_err()));
        let person = |text| Meeting::parse(text).map(|person| (person.name, person.title));
        assert_eq!(person(" Dana  Wu , VP, People "), Some(("Dana Wu".into(), Some("VP, People".into()))));
        assert_eq!(person("Dana Wu,"), Some(("Dana Wu".into(), None)));
        assert_eq!(person(" , COO"), None);
    }

    proptest! {
        #[test]
        fn a_name_is_only_text(
            company in prop_oneof![any::<String>(), "[\"'\\\\\n\\[\\]#=a ]{0,30}"],
            role in any::<String>(),
            person in prop_oneof![any::<String>(), "[\"'\\\\\n\\[\\]#=a, ]{0,30}"],
        ) {
            let new = NewInterview {
                company: folded_answer(&company),
                role: folded_answer(&role),
                date: InterviewDate::parse("2026-12-09").ok(),
                round: Some(2),
                meet: Meeting::parse(&person).into_iter().collect(),
            };
            let id = new.id(|_| false);
            prop_assert!(is_id(&id) && !id.contains(['/', '\\']), "{}", id);
            let text = new.text(&id);
            let (Deck { interview, interviewers, cards, stories, .. }, findings) = read(&text);
            // The escape of a control character is a warning.
            prop_assert!(findings.iter().all(|finding| finding.ends_with("[escape]")), "{}\n{:?}", text, findings);
            let interview = interview.unwrap();
            prop_assert_eq!((&interview.id, &interview.company, &interview.role), (&id, &new.company, &new.role));
            prop_assert_eq!((interview.date, interview.round), (StudyDay::parse("2026-12-09"), Some(2)));
            let people: Vec<Meeting> =
                interviewers.into_iter().map(|person| Meeting { name: person.name, title: person.title }).collect();
            prop_assert_eq!((people, cards.len(), stories.len()), (new.meet, 0, 0));
        }
    }
}
