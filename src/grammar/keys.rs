//! Tables, their keys, and the shapes of values.

use std::ops::RangeInclusive;

use crate::text::list;

#[derive(Debug)]
pub struct Table {
    pub name: &'static str,
    /// Whether it is written `[[name]]`, any number of times.
    pub(crate) many: bool,
    pub doc: &'static str,
    pub keys: &'static [Key],
}

impl Table {
    /// Returns the header as authors write it: `[deck]`, `[[card]]`.
    pub fn header(&self) -> String {
        if self.many { format!("[[{}]]", self.name) } else { format!("[{}]", self.name) }
    }
}

#[derive(Debug)]
pub struct Key {
    pub name: &'static str,
    pub(crate) shape: Shape,
    pub required: bool,
    pub doc: &'static str,
    pub(crate) refers_to: Option<ReferenceKind>,
}

impl Key {
    pub(crate) const fn new(name: &'static str, shape: Shape, doc: &'static str) -> Self {
        Key { name, shape, required: false, doc, refers_to: None }
    }

    #[must_use]
    pub(crate) const fn required(self) -> Self {
        let Key { name, shape, doc, refers_to, .. } = self;
        Key { name, shape, required: true, doc, refers_to }
    }

    #[must_use]
    pub(crate) const fn refers_to(self, kind: ReferenceKind) -> Self {
        let Key { name, shape, required, doc, .. } = self;
        Key { name, shape, required, doc, refers_to: Some(kind) }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ReferenceKind {
    Story,
    /// A card or a story, by its id.
    Card,
    Interview,
    /// A deck, by path, folder, or title.
    Deck,
    Tag,
    Rule,
    File,
}

impl ReferenceKind {
    pub(crate) const ALL: [(ReferenceKind, &'static str); 7] = [
        (ReferenceKind::Story, "story"),
        (ReferenceKind::Card, "card"),
        (ReferenceKind::Interview, "interview"),
        (ReferenceKind::Deck, "deck"),
        (ReferenceKind::Tag, "tag"),
        (ReferenceKind::Rule, "coach rule"),
        (ReferenceKind::File, "file"),
    ];

    pub(crate) fn word(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("card", |(_, word)| word)
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, name)| *name == word).map(|(kind, _)| *kind)
    }
}

/// What a value must be; see [`Shape::description`].
#[derive(Debug)]
pub(crate) enum Shape {
    Text,
    Words,
    Texts,
    ManyWords,
    TextOrTexts,
    /// One of these names, or a list of strings.
    NameOrTexts(&'static [&'static str]),
    Id,
    Ids,
    OneOf(&'static [&'static str]),
    ManyOf(&'static [&'static str]),
    /// A list of strings, or of tables with this key and `any`, a list of cue words.
    Items(&'static str),
    /// A duration: whole seconds, or a string such as `90s`, `2m`, `1m30s`.
    Seconds,
    Whole(RangeInclusive<i64>),
    Wholes(RangeInclusive<i64>),
    Flag,
    /// A date, or a date and a time.
    Day,
    Days,
    FlagOrDay,
    TimeOfDay,
}

/// How many problems of one file are reported; a file with more was not written by hand.
pub(crate) const MOST_FAULTS: usize = 1000;

/// How many entries a list may have, the cues of its entries included.
pub(super) const MOST_ENTRIES: usize = 1000;

/// The most bytes of one text, as much as a typed answer may have.
pub(super) const LONGEST_TEXT: usize = 1 << 20;

/// The longest spoken answer a deck may ask for, in seconds: two hours.
pub(crate) const LONGEST_LIMIT: i64 = 7200;

impl Shape {
    pub(super) fn check(&self) -> &'static str {
        match self {
            Shape::Id | Shape::Ids => "bad-id",
            Shape::Day | Shape::Days => "bad-date",
            Shape::Seconds => "bad-limit",
            _ => "value",
        }
    }

    /// Describes the shape for authors: "a text in quotes", "a list of whole numbers from 1 to 99".
    pub(super) fn description(&self) -> String {
        let quoted = |words: &[&str]| list(&words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>(), "or");
        match self {
            Shape::Text => "a text in quotes".into(),
            Shape::Words => "a text in quotes, not empty".into(),
            Shape::Texts => "a list of texts".into(),
            Shape::ManyWords => "a list of texts, none of them empty".into(),
            Shape::TextOrTexts => "a text or a list of texts".into(),
            Shape::NameOrTexts(names) => format!("a list of texts, or {}", quoted(names)),
            Shape::Id => "a text of 1 to 64 letters, digits, `.`, `_` and `-`, not beginning with `.` or `-`".into(),
            Shape::Ids => "a list of ids".into(),
            Shape::OneOf(words) => quoted(words),
            Shape::ManyOf(words) => format!("a list of {}", quoted(words)),
            Shape::Items(key) => format!("a list of texts or of `{{ {key} = \"…\", any = [\"…\"] }}`"),
            Shape::Seconds => {
                format!("seconds from 1 to {LONGEST_LIMIT}, or a text such as \"90s\", \"2m\", \"1m30s\"")
            }
            Shape::Whole(range) => format!("a whole number from {} to {}", range.start(), range.end()),
            Shape::Wholes(range) => format!("a list of whole numbers from {} to {}", range.start(), range.end()),
            Shape::Flag => "`true` or `false`".into(),
            Shape::Day => "a date such as 2026-12-09, without quotes".into(),
            Shape::Days => "a list of dates such as 2026-12-24, without quotes".into(),
            Shape::FlagOrDay => "`true`, `false` or a date such as 2026-12-09, without quotes".into(),
            Shape::TimeOfDay => "a time of day such as \"04:00\"".into(),
        }
    }
}

static ANY: Key = Key::new("any", Shape::Texts, "cue words: any of them in a typed answer shows that this was said");
static ASK: Key = Key::new("ask", Shape::Words, "what this part asks").required();
static TEXT: Key = Key::new("text", Shape::Words, "what a good answer says").required();

/// Returns the noun and the keys of the table that an entry of [`Shape::Items`] may be.
pub(crate) fn item(name: &str) -> (&'static str, [&'static Key; 2]) {
    if name == "ask" { ("part", [&ASK, &ANY]) } else { ("point", [&TEXT, &ANY]) }
}

/// [`is_id`] as a regular expression, for schemas.
pub(crate) const ID_PATTERN: &str = "^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$";

/// Returns whether a text may be an identity: 1 to 64 of `A-Z a-z 0-9 . _ -`, not starting with `-` or `.`.
pub(crate) fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && !text.starts_with(['-', '.'])
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids() {
        for good in ["a", "9", "_x", "largest-organization", "A.b_c-d", &"x".repeat(64)] {
            assert!(is_id(good), "{good}");
        }
        for bad in ["", "-a", ".a", "a b", "ä", "a/b", &"x".repeat(65), "a\n"] {
            assert!(!is_id(bad), "{bad}");
        }
    }
}
