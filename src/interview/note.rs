//! The skeleton of a thank-you note: everything that is known, and brackets around what is yours to write.

use crate::clock::StudyDay;
use crate::deck::{Heard, Interview, Interviewer};
use crate::render::shown_line;
use crate::text::folded;

#[derive(Debug, Clone, Copy)]
pub(crate) struct NoteFacts<'a> {
    /// The name as they spell it.
    pub(crate) name: &'a str,
    pub(crate) interview: Option<&'a Interview>,
    /// What was said at the interview, and who may have said it.
    pub(crate) heard: &'a [Heard],
    pub(crate) people: &'a [Interviewer],
    /// What you would do about it, if a plan says so.
    pub(crate) action: Option<&'a str>,
    pub(crate) today: StudyDay,
}

impl<'a> NoteFacts<'a> {
    /// Returns what the note takes up: something they said themselves, else something said by anybody.
    pub(crate) fn takes_up(&self) -> Option<&'a Heard> {
        let own = self.heard.iter().find(|heard| heard.by.as_deref().is_some_and(|by| self.is_theirs(by)));
        own.or(self.heard.first())
    }

    /// Whether a name is theirs, or a word of their name that nobody else has.
    fn is_theirs(&self, by: &str) -> bool {
        let by = folded(by);
        let has = |name: &str| folded(name) == by || folded(name).split(' ').any(|word| word == by);
        let others = || self.people.iter().filter(|person| folded(&person.name) != folded(self.name));
        has(self.name) && !others().any(|person| has(&person.name))
    }
}

/// Returns the note as text, with a line end.
pub(crate) fn skeleton(facts: &NoteFacts<'_>) -> String {
    let paragraphs = [
        format!("Dear {},", inert(facts.name)),
        thanks(facts),
        heard(facts),
        action(facts),
        "I'd be glad to continue our conversation. If you need anything else from me, please let me know.".to_owned(),
        "Kind regards,\n[your name]".to_owned(),
    ];
    format!("{}\n", paragraphs.join("\n\n"))
}

fn thanks(facts: &NoteFacts<'_>) -> String {
    let interview = facts.interview;
    let when = interview.and_then(|interview| interview.date).map(|date| match date.spoken(facts.today) {
        day if ["today", "yesterday", "tomorrow"].contains(&day.as_str()) => format!(" {day}"),
        day => format!(" on {day}"),
    });
    let role =
        interview.and_then(|interview| interview.role.as_deref()).map(|role| format!(" the {} role", inert(role)));
    let company = interview.and_then(|interview| interview.company.as_deref()).map(inert);
    let about = match (role, company) {
        (Some(role), Some(company)) => format!(" about{role} at {company}"),
        (Some(role), None) => format!(" about{role}"),
        (None, Some(company)) => format!(" about {company}"),
        (None, None) => String::new(),
    };
    format!("Thank you for talking with me{}{about}.", when.unwrap_or_default())
}

fn heard(facts: &NoteFacts<'_>) -> String {
    let Some(heard) = facts.takes_up() else {
        return "You mentioned [something they said, in their words]. [Why that stayed with you.]".to_owned();
    };
    let said = inert(&heard.said);
    let said = said.trim_end_matches('.');
    match &heard.by {
        Some(by) if facts.is_theirs(by) => format!("You said: \"{said}\". [Why that stayed with you.]"),
        Some(by) => format!("One thing {} said stayed with me: \"{said}\". [Why.]", inert(by)),
        None => format!("One thing I heard stayed with me: \"{said}\". [Why.]"),
    }
}

fn action(facts: &NoteFacts<'_>) -> String {
    match facts.action {
        Some(action) => format!("If I joined you, I would [in a sentence or two; your plan says: {}].", inert(action)),
        None => "If I joined you, I would [what you'd do about it, in a sentence or two].".to_owned(),
    }
}

/// Returns a foreign text on one line that no editor reads as its own settings: vi, Vim, Kakoune, and Emacs look for them in
/// any text file.
fn inert(text: &str) -> String {
    let text = shown_line(text).replace("-*-", "-\\u{2a}-");
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if c == ':' && begins_settings(&safe) {
            safe.push_str("\\u{3a}");
        } else {
            safe.push(c);
        }
    }
    safe
}

/// Whether a colon after this text would begin the settings of an editor.
fn begins_settings(before: &str) -> bool {
    let before = before.to_lowercase();
    let word = before.rsplit(char::is_whitespace).next().unwrap_or_default();
    let version = |rest: &str| rest.chars().all(|c| c.is_ascii_digit() || "<>=".contains(c));
    ["vi", "ex", "kak"].contains(&word)
        || word.strip_prefix("vim").is_some_and(version)
        || before.ends_with("local variables")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deck::parse;
    use crate::diagnostic::Source;

    const TODAY: &str = "2026-12-10";

    fn note(name: &str, text: &str, action: Option<&str>) -> String {
        let deck = parse(&Source::new("r.toml", text), &[]).0;
        let today = StudyDay::parse(TODAY).unwrap();
        let (interview, heard, people) = (deck.interview.as_ref(), &deck.heard, &deck.interviewers);
        skeleton(&NoteFacts { name, interview, heard, people, action, today })
    }

    #[test]
    fn everything_that_is_known_is_in_the_note() {
        let text = "[interview]\ncompany = \"Northwind\"\nrole = \"VP Engineering\"\ndate = 2026-12-09\n\
                    [[interviewer]]\nname = \"Priya Ramanathan\"\n[[interviewer]]\nname = \"Dana Wu\"\n\
                    [[heard]]\nsaid = \"we need calm\"\nby = \"Dana\"\n\
                    [[heard]]\nsaid = \"we're struggling with late deliveries.\"\nby = \"Priya Ramanathan\"\n";
        let expected = "Dear Priya Ramanathan,

Thank you for talking with me yesterday about the VP Engineering role at Northwind.

You said: \"we're struggling with late deliveries\". [Why that stayed with you.]

If I joined you, I would [in a sentence or two; your plan says: listen first].

I'd be glad to continue our conversation. If you need anything else from me, please let me know.

Kind regards,
[your name]
";
        assert_eq!(note("Priya Ramanathan", text, Some("listen first")), expected);
        let dana = note("Dana Wu", text, None);
        assert!(dana.contains("You said: \"we need calm\".") && dana.contains("I would [what you'd do"), "{dana}");
        let other = note("Li Na", text, None);
        assert!(other.contains("One thing Dana said stayed with me: \"we need calm\". [Why.]"), "{other}");
    }

    #[test]
    fn a_note_about_nothing_known_says_what_to_write() {
        let bare = note("Dana Wu", "", None);
        assert!(bare.contains("Thank you for talking with me.\n\nYou mentioned [something they said"), "{bare}");
        for (keys, thanks) in [
            ("company = \"Northwind\"", "Thank you for talking with me about Northwind."),
            ("role = \"CTO\"\ndate = 2026-12-01", "with me on Tuesday 1 December about the CTO role."),
            ("date = 2026-12-10", "Thank you for talking with me today."),
        ] {
            let text = note("Dana Wu", &format!("[interview]\n{keys}\n"), None);
            assert!(text.contains(thanks), "{text}");
        }
        let said = note("Dana Wu", "[interview]\n[[heard]]\nsaid = \"calm\"\n", None);
        assert!(said.contains("One thing I heard stayed with me: \"calm\"."), "{said}");
        // A first name that two people have is nobody's.
        let two = "[interview]\n[[interviewer]]\nname = \"Dana Wu\"\n[[interviewer]]\nname = \"Dana Li\"\n\
                   [[heard]]\nsaid = \"calm\"\nby = \"Dana\"\n";
        assert!(note("Dana Wu", two, None).contains("One thing Dana said stayed with me"));
    }

    #[test]
    fn no_text_is_read_by_an_editor_as_settings() {
        let cases = [
            ("x vim:set foldexpr=y:", "x vim\\u{3a}set foldexpr=y:"),
            ("vi: ai", "vi\\u{3a} ai"),
            ("ex:x Vim>700: y kak: z", "ex\\u{3a}x Vim>700\\u{3a} y kak\\u{3a} z"),
            ("-*- mode: shell -*-", "-\\u{2a}- mode: shell -\\u{2a}-"),
            ("Local Variables: eval", "Local Variables\\u{3a} eval"),
            ("a\u{1b}[2Jb\nDear you:", "a\\u{1b}[2Jb Dear you:"),
            ("Levi: no, vimto: yes at 10:30", "Levi: no, vimto: yes at 10:30"),
        ];
        for (text, expected) in cases {
            assert_eq!(inert(text), expected);
        }
    }
}
