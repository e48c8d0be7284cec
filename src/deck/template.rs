//! The card that an author fills in.

use super::Kind;
use super::keys::table;
use crate::grammar::{Key, Shape};

/// A card to be filled in, with a word on every key it is likely to need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// What to open in the editor, each line with its end.
    pub text: String,
    /// The line that wants the prompt, from 1.
    pub line: usize,
    hints: Vec<String>,
}

/// The keys of a kind that are worth a hint, besides `prompt`.
fn keys(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Open => &["points", "variants", "hint", "answer", "limit"],
        Kind::Story => &["parts", "points", "shows", "stories", "limit"],
        Kind::Motive => &["points", "variants", "needs", "limit"],
        Kind::Weakness => &["points", "variants", "followups", "limit"],
        Kind::Plan => &["points", "phases", "needs", "limit"],
        Kind::Ask => &["answer", "points", "followups", "round"],
        Kind::Fact => &["answer", "accept", "hint", "source"],
    }
}

const LEAD: &str = "# lines that begin with `#` are not kept; take the `#` off to use a key";

/// A card of a kind, for a deck whose cards are of the kind `deck`; `None` is a deck that does not exist yet.
pub fn template(kind: Kind, deck: Option<Kind>) -> Template {
    let mut lines: Vec<String> = Vec::new();
    let mut hints = vec![LEAD.to_owned()];
    let mut hint = |lines: &mut Vec<String>, text: String| {
        lines.push(text.clone());
        hints.push(text);
    };
    let shown = |of: &str, name: &str| table(of).and_then(|table| table.keys.iter().find(|key| key.name == name));
    if deck.is_none() {
        lines.push("[deck]".to_owned());
        if let Some(key) = shown("deck", "title") {
            hint(&mut lines, format!("# {}", key.doc));
            hint(&mut lines, format!("# {} = {}", key.name, sample(key, kind)));
        }
        lines.push(String::new());
    }
    lines.extend(["[[card]]".to_owned(), LEAD.to_owned()]);
    if deck.unwrap_or_default() != kind {
        lines.push(format!("kind = \"{}\"", kind.word()));
    }
    let mut line = 0;
    for key in ["prompt"].iter().chain(keys(kind)).filter_map(|name| shown("card", name)) {
        hint(&mut lines, format!("# {}", key.doc));
        let empty = format!("{} = {}", key.name, sample(key, kind));
        // A fact is worth nothing without its answer.
        if key.required || (kind == Kind::Fact && key.name == "answer") {
            lines.push(empty);
        } else {
            hint(&mut lines, format!("# {empty}"));
        }
        if key.name == "prompt" {
            line = lines.len();
        }
    }
    Template { text: lines.join("\n") + "\n", line, hints }
}

/// A value of the right shape, to be filled in.
fn sample(key: &Key, kind: Kind) -> String {
    match &key.shape {
        Shape::Seconds => format!("\"{}s\"", kind.limit()),
        Shape::ManyOf(words) => format!("[\"{}\"]", words.join("\", \"")),
        Shape::Wholes(range) => format!("[{}]", range.start()),
        Shape::Texts | Shape::ManyWords | Shape::Items(_) | Shape::Ids => "[\"\"]".to_owned(),
        _ => "\"\"".to_owned(),
    }
}

impl Template {
    /// A text without the hints that were left in it as they were.
    pub fn without_hints(&self, text: &str) -> String {
        text.split_inclusive('\n').filter(|line| !self.hints.iter().any(|hint| hint == line.trim_end())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deck::parse;
    use crate::diagnostic::{Diagnostic, Source};

    fn read(text: &str) -> (Vec<crate::deck::Card>, Vec<String>) {
        let (deck, findings) = parse(&Source::new("a.toml", text), &[]);
        (deck.cards, findings.iter().map(Diagnostic::short).collect())
    }

    #[test]
    fn every_kind_has_a_template_that_wants_a_prompt_and_no_more() {
        for (kind, word) in Kind::ALL {
            for deck in [None, Some(Kind::Open), Some(kind)] {
                let template = template(kind, deck);
                let lines: Vec<&str> = template.text.lines().collect();
                assert_eq!(lines[template.line - 1], "prompt = \"\"", "{word}");
                assert_eq!(lines.iter().any(|line| line.starts_with("kind = ")), deck.unwrap_or_default() != kind);
                assert_eq!(lines.contains(&"[deck]"), deck.is_none());
                let (cards, findings) = read(&template.text);
                let wanted = if kind == Kind::Fact { 2 } else { 1 };
                assert_eq!((cards.len(), findings.len()), (0, wanted), "{word} {findings:#?}");
                // Filled in: the prompt alone, and with every key taken into use.
                let fill = |text: &str| text.replace("prompt = \"\"", "prompt = \"Why?\"").replace("\"\"", "\"x\"");
                let filled = fill(&template.text);
                let kept = fill(&template.without_hints(&template.text));
                assert!(!kept.contains('#'), "{kept}");
                let used: String = filled
                    .lines()
                    .map(|line| line.strip_prefix("# ").filter(|rest| rest.contains(" = ")).unwrap_or(line))
                    .map(|line| format!("{line}\n"))
                    .collect();
                let defaults = deck.map(|deck| format!("[deck]\nkind = \"{}\"\n", deck.word())).unwrap_or_default();
                for text in [kept, used].map(|text| text + &defaults) {
                    let (cards, findings) = read(&text);
                    assert_eq!((cards.len(), findings), (1, Vec::new()), "{text}");
                    assert_eq!(cards[0].kind, kind, "{text}");
                }
            }
        }
    }

    #[test]
    fn only_hints_left_as_they_were_go() {
        let template = template(Kind::Fact, Some(Kind::Fact));
        let text = format!("# mine\n{}# a remark # accept = [\"\"]\n", template.text.replace('\n', "\r\n"));
        let kept = "# mine\n[[card]]\r\nprompt = \"\"\r\nanswer = \"\"\r\n# a remark # accept = [\"\"]\n";
        assert_eq!(template.without_hints(&text), kept);
    }
}
