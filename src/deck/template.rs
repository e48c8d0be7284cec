//! The text that an author fills in to add a card or a story.

use super::card::Kind;
use super::keys::table;
use crate::grammar::{Key, Shape};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Blank<'a> {
    /// A card: its kind, if it is not the deck's, and its prompt, if it is known. White space in the prompt is folded.
    Card(Option<Kind>, Option<&'a str>),
    /// The same for a card that shows a competency or a qualification.
    Shows(Option<Kind>, Option<&'a str>, &'a str),
    Story,
}

impl Blank<'_> {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Blank::Card(..) | Blank::Shows(..) => "card",
            Blank::Story => "story",
        }
    }

    /// Returns the shortest valid text of this sort, to test whether it can be added to a deck.
    pub(crate) fn minimal(self, end: &str) -> String {
        match self {
            Blank::Card(..) | Blank::Shows(..) => format!("[[card]]{end}prompt = \"x\"{end}"),
            Blank::Story => format!("[[story]]{end}id = \"x\"{end}title = \"x\"{end}"),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template {
    pub(crate) text: String,
    /// The line where the author starts, from 1: the prompt of a card, the id of a story.
    pub(crate) line: usize,
    hints: Vec<String>,
}

/// Returns the keys of a kind that are worth a hint, besides `prompt`.
fn hinted_keys(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Open => &["points", "variants", "hint", "answer", "limit", "weight"],
        Kind::Story => &["parts", "points", "shows", "stories", "limit", "weight"],
        Kind::Motive => &["points", "variants", "needs", "limit", "weight"],
        Kind::Weakness => &["points", "variants", "followups", "limit", "weight"],
        Kind::Plan => &["points", "phases", "needs", "limit", "weight"],
        Kind::Ask => &["answer", "points", "followups", "round"],
        Kind::Fact => &["answer", "accept", "hint", "source"],
    }
}

const LEAD: &str = "# lines that begin with `#` are not kept; take the `#` off to use a key";

const STORY_LEADS: [&str; 3] = [
    "# tell it in four steps: challenge, context, action, result; two or three minutes in all",
    "# say `I` for what you did and `we` for what others did with you",
    "# say how many people, how much money, how long: numbers give the scale",
];

/// Returns the template for a deck whose cards are of the kind `deck`; `None` is a deck that does not exist yet.
pub(crate) fn template(blank: Blank<'_>, deck: Option<Kind>) -> Template {
    let mut template = Template { text: String::new(), line: 0, hints: Vec::new() };
    if deck.is_none() {
        template.line("[deck]");
        if let Some(key) = find_key("deck", "title") {
            template.key(key, None, "\"\"");
        }
        template.line("");
    }
    let of_deck = deck.unwrap_or_default();
    match blank {
        Blank::Card(kind, prompt) => template.card(kind.unwrap_or(of_deck), prompt, None, of_deck),
        Blank::Shows(kind, prompt, shows) => {
            let question = format!("What experience do you have with {shows}?");
            template.card(kind.unwrap_or(Kind::Story), Some(prompt.unwrap_or(&question)), Some(shows), of_deck);
        }
        Blank::Story => template.story(),
    }
    template
}

fn find_key(table_name: &str, name: &str) -> Option<&'static Key> {
    table(table_name).and_then(|table| table.keys.iter().find(|key| key.name == name))
}

fn sample(key: &Key, kind: Kind) -> String {
    match &key.shape {
        Shape::Seconds => format!("\"{}s\"", kind.limit()),
        Shape::ManyOf(words) => format!("[\"{}\"]", words.join("\", \"")),
        Shape::Wholes(range) => format!("[{}]", range.start()),
        Shape::Whole(range) => range.start().to_string(),
        Shape::Texts | Shape::TextOrTexts | Shape::ManyWords | Shape::Items(_) | Shape::Ids => "[\"\"]".to_owned(),
        _ => "\"\"".to_owned(),
    }
}

impl Template {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn hint(&mut self, line: String) {
        self.line(&line);
        self.hints.push(line);
    }

    /// Adds a key with its description: with a value that is kept, or with a sample that is not.
    fn key(&mut self, key: &Key, kept: Option<&str>, sample: &str) {
        self.hint(format!("# {}", key.doc));
        match kept {
            Some(value) => self.line(&format!("{} = {value}", key.name)),
            None => self.hint(format!("# {} = {sample}", key.name)),
        }
    }

    fn card(&mut self, kind: Kind, prompt: Option<&str>, shows: Option<&str>, deck: Kind) {
        self.line("[[card]]");
        self.hint(LEAD.to_owned());
        if deck != kind {
            self.line(&format!("kind = \"{}\"", kind.word()));
        }
        let quoted =
            |text: &str| toml::Value::String(text.split_whitespace().collect::<Vec<_>>().join(" ")).to_string();
        let prompt = quoted(prompt.unwrap_or_default());
        let shows = shows.map(|shows| format!("[{}]", quoted(shows)));
        let shown: &[&str] = if shows.is_some() { &["prompt", "shows"] } else { &["prompt"] };
        let others = hinted_keys(kind).iter().filter(|name| !shown.contains(name));
        for key in shown.iter().chain(others).filter_map(|name| find_key("card", name)) {
            let sample = sample(key, kind);
            match key.name {
                "prompt" => {
                    self.key(key, Some(&prompt), &sample);
                    self.line = self.text.lines().count();
                }
                "shows" if shows.is_some() => self.key(key, shows.as_deref(), &sample),
                // A fact without its answer is useless.
                "answer" if kind == Kind::Fact => self.key(key, Some(&sample), &sample),
                _ => self.key(key, None, &sample),
            }
        }
    }

    fn story(&mut self) {
        self.line("[[story]]");
        self.hint(LEAD.to_owned());
        STORY_LEADS.iter().for_each(|lead| self.hint((*lead).to_owned()));
        self.line = self.text.lines().count() + 2;
        for key in table("story").iter().flat_map(|table| table.keys) {
            let sample = sample(key, Kind::Story);
            self.key(key, key.required.then_some(sample.as_str()), &sample);
        }
    }

    /// Returns a text without the hints that the author left unchanged.
    pub(crate) fn without_hints(&self, text: &str) -> String {
        text.split_inclusive('\n').filter(|line| !self.hints.iter().any(|hint| hint == line.trim_end())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deck::Deck;
    use crate::deck::parse::read;

    /// Returns a text with every key taken into use.
    fn used(text: &str) -> String {
        let line = |line: &str| line.strip_prefix("# ").filter(|rest| rest.contains(" = ")).unwrap_or(line).to_owned();
        text.lines().map(|text| line(text) + "\n").collect()
    }

    #[test]
    fn every_kind_has_a_template_that_wants_a_prompt_and_no_more() {
        for (kind, word) in Kind::ALL {
            for deck in [None, Some(Kind::Open), Some(kind)] {
                let template = template(Blank::Card(Some(kind), None), deck);
                let lines: Vec<&str> = template.text.lines().collect();
                assert_eq!(lines[template.line - 1], "prompt = \"\"", "{word}");
                assert_eq!(lines.iter().any(|line| line.starts_with("kind = ")), deck.unwrap_or_default() != kind);
                assert_eq!(lines.contains(&"[deck]"), deck.is_none());
                let (Deck { cards, .. }, findings) = read(&template.text);
                let wanted = if kind == Kind::Fact { 2 } else { 1 };
                assert_eq!((cards.len(), findings.len()), (0, wanted), "{word} {findings:#?}");
                // Filled in: the prompt alone, and with every key taken into use.
                let fill = |text: &str| text.replace("prompt = \"\"", "prompt = \"Why?\"").replace("\"\"", "\"x\"");
                let used = used(&fill(&template.text));
                let kept = fill(&template.without_hints(&template.text));
                assert!(!kept.contains('#'), "{kept}");
                let defaults = deck.map(|deck| format!("[deck]\nkind = \"{}\"\n", deck.word())).unwrap_or_default();
                for text in [kept, used].map(|text| text + &defaults) {
                    let (Deck { cards, .. }, findings) = read(&text);
                    assert_eq!((cards.len(), findings), (1, Vec::new()), "{text}");
                    assert_eq!(cards[0].kind, kind, "{text}");
                }
            }
        }
    }

    #[test]
    fn a_known_prompt_is_filled_in() {
        for prompt in ["Why?", "Say \"no\" to C:\\x", "two\n  lines\t", "it's \"\"\" \u{1b}[2J"] {
            let template = template(Blank::Card(None, Some(prompt)), Some(Kind::Open));
            let (Deck { cards, .. }, findings) = read(&template.text);
            // The escape of a control character is a warning.
            let faults = findings.iter().filter(|finding| !finding.ends_with("[escape]")).count();
            assert_eq!((cards.len(), faults), (1, 0), "{}", template.text);
            assert_eq!(cards[0].prompt, prompt.split_whitespace().collect::<Vec<_>>().join(" "));
            assert!(template.text.lines().nth(template.line - 1).unwrap().starts_with("prompt = "));
        }
    }

    #[test]
    fn a_card_for_a_qualification_shows_it_whatever_its_kind() {
        for title in ["running a network of depots", "\"]\n[[card]]\nprompt = \"x"] {
            for kind in [None, Some(Kind::Open)] {
                let template = template(Blank::Shows(kind, None, title), Some(Kind::Open));
                let (Deck { cards, .. }, findings) = read(&template.without_hints(&template.text));
                assert_eq!((cards.len(), findings), (1, Vec::new()), "{}", template.text);
                let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
                assert_eq!(cards[0].prompt, format!("What experience do you have with {title}?"));
                assert_eq!((&cards[0].shows, cards[0].kind), (&vec![title], kind.unwrap_or(Kind::Story)));
                assert_eq!(template.text.matches("# competencies").count(), 1, "{}", template.text);
            }
        }
    }

    #[test]
    fn a_story_needs_an_id_and_a_title_and_hints_at_the_rest() {
        for deck in [None, Some(Kind::Ask)] {
            let template = template(Blank::Story, deck);
            assert_eq!(template.text.lines().nth(template.line - 1), Some("id = \"\""));
            let (Deck { cards, .. }, findings) = read(&template.text);
            assert_eq!((cards.len(), findings.len()), (0, 2), "{findings:#?}");
            let used = used(&template.text.replace("\"\"", "\"x\""));
            let kept = template.without_hints(&template.text).replace("\"\"", "\"x\"");
            assert!(!kept.contains('#'), "{kept}");
            for (text, points) in [(kept, 0), (used, 4)] {
                let (Deck { cards, .. }, findings) = read(&text);
                assert_eq!((cards.len(), findings), (1, Vec::new()), "{text}");
                assert_eq!((cards[0].id.as_str(), cards[0].points.len()), ("x", points), "{text}");
            }
        }
    }

    #[test]
    fn only_unchanged_hints_are_removed() {
        let template = template(Blank::Card(None, None), Some(Kind::Fact));
        let text = format!("# mine\n{}# a remark # accept = [\"\"]\n", template.text.replace('\n', "\r\n"));
        let kept = "# mine\n[[card]]\r\nprompt = \"\"\r\nanswer = \"\"\r\n# a remark # accept = [\"\"]\n";
        assert_eq!(template.without_hints(&text), kept);
    }
}
