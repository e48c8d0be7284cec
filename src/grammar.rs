//! What may stand in a TOML table: keys, the shape of their values, and every fault found against them.
//!
//! Settings and decks are each one table of [`Key`]s; reading one gives the values that are right and a finding, with its
//! span, for each that is not. TOML itself is parsed by the `toml` crate.
//!
//! Not here: what any key means, and files.

use std::hash::{Hash as _, Hasher};
use std::ops::RangeInclusive;

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use twox_hash::XxHash3_64;

use crate::clock::{DayStart, StudyDay};
use crate::diagnostic::{Diagnostic, Source, Span};
use crate::text::{did_you_mean, list, nearest};

/// A kind of table, as it is written in a file.
#[derive(Debug)]
pub struct Table {
    /// The key it stands under.
    pub name: &'static str,
    /// Whether it is written `[[name]]`, any number of times.
    pub(crate) many: bool,
    /// One sentence for authors.
    pub doc: &'static str,
    /// The keys it may hold.
    pub keys: &'static [Key],
}

impl Table {
    /// As authors write it: `[deck]`, `[[card]]`.
    pub fn header(&self) -> String {
        if self.many { format!("[[{}]]", self.name) } else { format!("[{}]", self.name) }
    }
}

/// One key of a table.
#[derive(Debug)]
pub struct Key {
    pub name: &'static str,
    /// What its value must be.
    pub(crate) shape: Shape,
    /// Whether the table is worth nothing without it.
    pub required: bool,
    /// One sentence for authors.
    pub doc: &'static str,
    /// What stands elsewhere under the names that its value gives.
    pub(crate) refers: Option<Target>,
}

impl Key {
    /// A key that may be left out.
    pub(crate) const fn new(name: &'static str, shape: Shape, doc: &'static str) -> Self {
        Key { name, shape, required: false, doc, refers: None }
    }

    /// The same key, without which the table is worth nothing.
    #[must_use]
    pub(crate) const fn needed(self) -> Self {
        let Key { name, shape, doc, refers, .. } = self;
        Key { name, shape, required: true, doc, refers }
    }

    /// The same key, whose value names what stands elsewhere.
    #[must_use]
    pub(crate) const fn naming(self, what: Target) -> Self {
        let Key { name, shape, required, doc, .. } = self;
        Key { name, shape, required, doc, refers: Some(what) }
    }
}

/// What a value may name that stands elsewhere in a collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Target {
    /// A story, by its id.
    Story,
    /// A card or a story, by its id.
    Card,
    /// An interview, by its id.
    Interview,
    /// A deck, by path, folder or title.
    Deck,
    /// A tag that cards have.
    Tag,
    /// A rule of the coach.
    Rule,
    /// A file of the collection.
    File,
}

impl Target {
    /// Every target, with its word.
    pub(crate) const ALL: [(Target, &'static str); 7] = [
        (Target::Story, "story"),
        (Target::Card, "card"),
        (Target::Interview, "interview"),
        (Target::Deck, "deck"),
        (Target::Tag, "tag"),
        (Target::Rule, "coach rule"),
        (Target::File, "file"),
    ];

    /// What authors call it.
    pub(crate) fn word(self) -> &'static str {
        Self::ALL.iter().find(|(target, _)| *target == self).map_or("card", |(_, word)| word)
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, name)| *name == word).map(|(target, _)| *target)
    }
}

/// A name of something that should stand elsewhere, as it is written in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mention {
    pub(crate) what: Target,
    pub name: String,
    /// Where the name is written.
    pub(crate) span: Span,
}

/// What a value must be.
#[derive(Debug)]
pub(crate) enum Shape {
    Text,
    /// A string with more in it than white space.
    Words,
    /// A list of strings.
    Texts,
    /// A list of strings with more in each than white space.
    ManyWords,
    /// A string, or a list of strings.
    TextOrTexts,
    /// One of these names, or a list of strings.
    NameOrTexts(&'static [&'static str]),
    /// An identity: 1 to 64 of `A-Z a-z 0-9 . _ -`, not beginning with `-` or `.`.
    Id,
    /// A list of identities.
    Ids,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A list of these words.
    ManyOf(&'static [&'static str]),
    /// A list of strings, or of tables with this key and `any`, a list of cue words.
    Items(&'static str),
    /// A duration: whole seconds, or a string such as `90s`, `2m`, `1m30s`.
    Seconds,
    /// An integer in this range.
    Whole(RangeInclusive<i64>),
    /// A list of integers in this range.
    Wholes(RangeInclusive<i64>),
    Flag,
    /// A local date, or a local date and time.
    Day,
    /// A list of local dates.
    Days,
    /// `true`, `false` or a local date.
    FlagOrDay,
    /// A time of day, `"04:00"`.
    TimeOfDay,
}

/// Most faults of one file that are named; a file with more was not written by hand.
pub(crate) const MOST_FAULTS: usize = 1000;

/// Longest spoken answer a deck may ask for: two hours, in seconds.
pub(crate) const LONGEST_LIMIT: i64 = 7200;

impl Shape {
    /// The check that names a value of another shape.
    fn check(&self) -> &'static str {
        match self {
            Shape::Id | Shape::Ids => "bad-id",
            Shape::Day | Shape::Days => "bad-date",
            Shape::Seconds => "bad-limit",
            _ => "value",
        }
    }

    /// What an author reads: "a text", "a list of whole numbers from 1 to 99".
    pub(crate) fn words(&self) -> String {
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

/// A part or a point: what is said, and the cue words that show it was.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Item {
    /// What a good answer says, or what is asked.
    pub text: String,
    /// Any of these words shows that it was said.
    pub any: Vec<String>,
}

/// A value that has the shape its key asks for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Value {
    /// `Text`, `Words`, `Id`, `OneOf`.
    Text(String),
    /// `Texts`, `ManyWords`, `TextOrTexts`, `NameOrTexts`, `Ids`, `ManyOf`.
    Texts(Vec<String>),
    Items(Vec<Item>),
    /// `Whole`, `Seconds`, and `TimeOfDay` as minutes.
    Whole(i64),
    Wholes(Vec<i64>),
    Flag(bool),
    Day(StudyDay),
    Days(Vec<StudyDay>),
}

/// The values of one table that passed, each with the span it was written at.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    values: Vec<(&'static str, Span, Value)>,
    /// What the values name that stands elsewhere.
    pub(crate) mentions: Vec<Mention>,
}

macro_rules! takers {
    ($($(#[$doc:meta])* $name:ident -> $variant:ident($of:ty);)*) => {
        impl Fields {
            $($(#[$doc])* pub fn $name(&mut self, key: &str) -> Option<$of> {
                match self.take(key) { Some((_, Value::$variant(value))) => Some(value), _ => None }
            })*
        }
    };
}

takers! {
    /// Takes a text out.
    text -> Text(String);
    /// Takes a list of texts out.
    texts -> Texts(Vec<String>);
    /// Takes parts or points out.
    items -> Items(Vec<Item>);
    /// Takes a number out.
    whole -> Whole(i64);
    /// Takes a list of numbers out.
    wholes -> Wholes(Vec<i64>);
    /// Takes a date out.
    day -> Day(StudyDay);
    /// Takes a list of dates out.
    days -> Days(Vec<StudyDay>);
    /// Takes a flag out.
    flag -> Flag(bool);
}

impl Fields {
    /// Where the value of a key was written.
    pub(crate) fn span(&self, key: &str) -> Option<Span> {
        self.values.iter().find(|(name, ..)| *name == key).map(|(_, span, _)| span.clone())
    }

    /// Takes any value out, with its span.
    pub(crate) fn take(&mut self, key: &str) -> Option<(Span, Value)> {
        let at = self.values.iter().position(|(name, ..)| *name == key)?;
        let (_, span, value) = self.values.swap_remove(at);
        Some((span, value))
    }

    /// A digest of every value but those of some keys: the same for the same values, in whatever order and however they
    /// were written. It is for this machine's index and never travels: whoever forges one fools nobody's history but their own.
    pub(crate) fn digest(&self, without: &[&str]) -> u64 {
        let mut fields: Vec<_> = self.values.iter().filter(|(name, ..)| !without.contains(name)).collect();
        fields.sort_unstable_by_key(|(name, ..)| *name);
        let mut bytes = Bytes(Vec::with_capacity(256));
        fields.into_iter().for_each(|(name, _, value)| (name, value).hash(&mut bytes));
        XxHash3_64::oneshot(&bytes.0)
    }

    /// Whether the value of one of these keys has words in it.
    pub(crate) fn has_words(&self, keys: &[&str]) -> bool {
        let worded = |text: &String| !text.trim().is_empty();
        self.values.iter().filter(|(name, ..)| keys.contains(name)).any(|(_, _, value)| match value {
            Value::Text(text) => worded(text),
            Value::Texts(texts) => texts.iter().any(worded),
            Value::Items(items) => items.iter().any(|item| worded(&item.text)),
            Value::Whole(_) | Value::Wholes(_) | Value::Flag(_) | Value::Day(_) | Value::Days(_) => false,
        })
    }
}

/// The bytes by which values are told apart.
struct Bytes(Vec<u8>);

impl Hasher for Bytes {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn finish(&self) -> u64 {
        0
    }
}

/// Reads one table, called `noun` in messages, against its keys. `base` is added to every span: a block is parsed alone, its places are the file's.
/// `header` is where to point when something is missing. Every fault is pushed to `faults`.
pub(crate) fn read(
    source: &Source,
    base: usize,
    header: Span,
    noun: &str,
    keys: &[&'static Key],
    table: &DeTable<'_>,
    faults: &mut Vec<Diagnostic>,
) -> Fields {
    let mut reader = Reader { source, base, noun, faults };
    let mut fields = Fields::default();
    let before = reader.faults.len();
    for (name, value) in table {
        if reader.faults.len() - before > MOST_FAULTS {
            break;
        }
        let Some(key) = keys.iter().find(|key| key.name == name.get_ref()) else {
            let known: Vec<&str> = keys.iter().map(|key| key.name).collect();
            let message = format!("{noun} has no key `{}`", name.get_ref());
            let span = reader.span(name);
            reader
                .faults
                .push(reader.source.error(span, "unknown-key", message).help(did_you_mean(name.get_ref(), &known)));
            continue;
        };
        if let Some(read) = reader.value(key, value) {
            if let Some(what) = key.refers {
                fields.mentions.extend(reader.mentions(what, value, &read));
            }
            fields.values.push((key.name, reader.span(value), read));
        }
    }
    for key in keys.iter().filter(|key| key.required) {
        if !table.keys().any(|name| name.get_ref() == key.name) {
            let message = format!("{noun} has no `{}`", key.name);
            let help = format!("add `{} = …`: {}", key.name, key.doc);
            faults.push(source.error(header.clone(), "missing-key", message).help(help));
        }
    }
    fields
}

struct Reader<'a> {
    source: &'a Source,
    base: usize,
    noun: &'a str,
    faults: &'a mut Vec<Diagnostic>,
}

impl Reader<'_> {
    fn span<T>(&self, value: &Spanned<T>) -> Span {
        value.span().start + self.base..value.span().end + self.base
    }

    /// The names in a value that passed, each where it is written.
    fn mentions(&self, what: Target, value: &Spanned<DeValue<'_>>, read: &Value) -> Vec<Mention> {
        let mention = |(name, span): (&String, Span)| Mention { what, name: name.clone(), span };
        match (read, value.get_ref()) {
            (Value::Text(name), _) => vec![mention((name, self.span(value)))],
            (Value::Texts(names), DeValue::Array(array)) => {
                names.iter().zip(array.iter().map(|entry| self.span(entry))).map(mention).collect()
            }
            (Value::Texts(names), _) => names.iter().map(|name| mention((name, self.span(value)))).collect(),
            _ => Vec::new(),
        }
    }

    fn value(&mut self, key: &Key, value: &Spanned<DeValue<'_>>) -> Option<Value> {
        match &key.shape {
            Shape::Text => Some(Value::Text(self.text(key, value)?)),
            Shape::Words => match self.text(key, value)? {
                text if text.trim().is_empty() => self.fault(key, value, "empty", &format!("`{}` is empty", key.name)),
                text => Some(Value::Text(text)),
            },
            Shape::Texts => Some(Value::Texts(self.each(key, value, Self::text)?)),
            Shape::ManyWords => Some(Value::Texts(self.each(key, value, Self::words)?)),
            Shape::TextOrTexts => match value.get_ref() {
                DeValue::String(text) => Some(Value::Texts(vec![text.to_string()])),
                _ => Some(Value::Texts(self.each(key, value, Self::text)?)),
            },
            Shape::NameOrTexts(names) => match value.get_ref() {
                // A title of its own belongs into a list, and the help says so; a name that is nearly one was meant.
                DeValue::String(text)
                    if !names.contains(&&**text) && nearest(text, names.iter().copied()).is_none() =>
                {
                    self.not(key, value)
                }
                DeValue::String(_) => Some(Value::Texts(vec![self.word(key, value, names)?])),
                _ => Some(Value::Texts(self.each(key, value, Self::text)?)),
            },
            Shape::Id => Some(Value::Text(self.id(key, value)?)),
            Shape::Ids => Some(Value::Texts(self.each(key, value, Self::id)?)),
            Shape::OneOf(words) => Some(Value::Text(self.word(key, value, words)?)),
            Shape::ManyOf(words) => {
                Some(Value::Texts(self.each(key, value, |reader, key, value| reader.word(key, value, words))?))
            }
            Shape::Items(name) => {
                Some(Value::Items(self.each(key, value, |reader, key, value| reader.item(key, value, name))?))
            }
            Shape::Seconds => match value.get_ref() {
                DeValue::String(text) => match seconds(text).filter(|s| (1..=LONGEST_LIMIT).contains(s)) {
                    Some(seconds) => Some(Value::Whole(seconds)),
                    None => self.not(key, value),
                },
                _ => Some(Value::Whole(self.whole(key, value, &(1..=LONGEST_LIMIT))?)),
            },
            Shape::Whole(range) => Some(Value::Whole(self.whole(key, value, range)?)),
            Shape::Wholes(range) => {
                Some(Value::Wholes(self.each(key, value, |reader, key, value| reader.whole(key, value, range))?))
            }
            Shape::Flag => match value.get_ref() {
                DeValue::Boolean(flag) => Some(Value::Flag(*flag)),
                _ => self.not(key, value),
            },
            Shape::Day => Some(Value::Day(self.day(key, value)?)),
            Shape::Days => Some(Value::Days(self.each(key, value, Self::day)?)),
            Shape::FlagOrDay => match value.get_ref() {
                DeValue::Boolean(flag) => Some(Value::Flag(*flag)),
                _ => Some(Value::Day(self.day(key, value)?)),
            },
            Shape::TimeOfDay => match value.get_ref() {
                DeValue::String(text) => match DayStart::parse(text) {
                    Some(DayStart(minutes)) => Some(Value::Whole(i64::from(minutes))),
                    None => self.not(key, value),
                },
                _ => self.not(key, value),
            },
        }
    }

    fn fault<T>(&mut self, key: &Key, value: &Spanned<DeValue<'_>>, check: &'static str, message: &str) -> Option<T> {
        let help = format!("`{}` is {}", key.name, key.shape.words());
        let finding = self.source.error(self.span(value), check, message).help(help);
        self.faults.push(finding);
        None
    }

    /// The fault of a value that has another shape.
    fn not<T>(&mut self, key: &Key, value: &Spanned<DeValue<'_>>) -> Option<T> {
        let found = match value.get_ref() {
            DeValue::String(text) if text.chars().count() <= 40 => format!("\"{text}\""),
            DeValue::String(_) => "this text".to_owned(),
            DeValue::Integer(number) => format!("the number {number}"),
            DeValue::Float(number) => format!("the number {}", number.as_str()),
            DeValue::Boolean(flag) => format!("`{flag}`"),
            DeValue::Datetime(at) => format!("the date {at}"),
            DeValue::Array(_) => "a list".to_owned(),
            DeValue::Table(_) => "a table".to_owned(),
        };
        let message = format!("`{}` of {} cannot be {found}", key.name, self.noun);
        self.fault(key, value, key.shape.check(), &message)
    }

    fn text(&mut self, key: &Key, value: &Spanned<DeValue<'_>>) -> Option<String> {
        match value.get_ref() {
            DeValue::String(text) => Some(text.to_string()),
            _ => self.not(key, value),
        }
    }

    /// An entry of a list that says something.
    fn words(&mut self, key: &Key, value: &Spanned<DeValue<'_>>) -> Option<String> {
        match self.text(key, value)? {
            text if text.trim().is_empty() => {
                self.fault(key, value, "empty", &format!("an entry of `{}` is empty", key.name))
            }
            text => Some(text),
        }
    }

    fn id(&mut self, key: &Key, value: &Spanned<DeValue<'_>>) -> Option<String> {
        let text = self.text(key, value)?;
        if is_id(&text) { Some(text) } else { self.not(key, value) }
    }

    fn word(&mut self, key: &Key, value: &Spanned<DeValue<'_>>, words: &[&str]) -> Option<String> {
        let text = self.text(key, value)?;
        if words.contains(&text.as_str()) {
            return Some(text);
        }
        let message = format!("`{}` of {} cannot be \"{text}\"", key.name, self.noun);
        let finding = self.source.error(self.span(value), "value", message).help(did_you_mean(&text, words));
        self.faults.push(finding);
        None
    }

    fn item(&mut self, key: &Key, value: &Spanned<DeValue<'_>>, name: &'static str) -> Option<Item> {
        match value.get_ref() {
            DeValue::String(_) => Some(Item { text: self.words(key, value)?, any: Vec::new() }),
            DeValue::Table(table) => {
                let before = self.faults.len();
                let (noun, keys) = item(name);
                let mut fields = read(self.source, self.base, self.span(value), noun, &keys, table, self.faults);
                if self.faults.len() > before {
                    return None;
                }
                Some(Item { text: fields.text(name)?, any: fields.texts("any").unwrap_or_default() })
            }
            _ => self.not(key, value),
        }
    }

    fn whole(&mut self, key: &Key, value: &Spanned<DeValue<'_>>, range: &RangeInclusive<i64>) -> Option<i64> {
        let DeValue::Integer(number) = value.get_ref() else { return self.not(key, value) };
        match i64::from_str_radix(number.as_str(), number.radix()).ok().filter(|n| range.contains(n)) {
            Some(number) => Some(number),
            None => self.not(key, value),
        }
    }

    fn day(&mut self, key: &Key, value: &Spanned<DeValue<'_>>) -> Option<StudyDay> {
        let date = match value.get_ref() {
            DeValue::Datetime(at) => at.date.and_then(|date| StudyDay::parse(&date.to_string())),
            _ => None,
        };
        if date.is_some() { date } else { self.not(key, value) }
    }

    fn each<T>(
        &mut self,
        key: &Key,
        value: &Spanned<DeValue<'_>>,
        mut one: impl FnMut(&mut Self, &Key, &Spanned<DeValue<'_>>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let DeValue::Array(array) = value.get_ref() else { return self.not(key, value) };
        // Read them all before giving up: every fault of a list is named, not its first.
        let before = self.faults.len();
        let mut next = |element| (self.faults.len() - before <= MOST_FAULTS).then(|| one(self, key, element));
        let read: Vec<Option<T>> = array.iter().map_while(&mut next).collect();
        read.into_iter().collect()
    }
}

static ANY: Key = Key::new("any", Shape::Texts, "cue words: any of them in a typed answer shows that this was said");
static ASK: Key = Key::new("ask", Shape::Words, "what this part asks").needed();
static TEXT: Key = Key::new("text", Shape::Words, "what a good answer says").needed();

/// The table that an entry of [`Shape::Items`] may be: what it is called, and its keys.
pub(crate) fn item(name: &str) -> (&'static str, [&'static Key; 2]) {
    if name == "ask" { ("part", [&ASK, &ANY]) } else { ("point", [&TEXT, &ANY]) }
}

/// [`is_id`] as a regular expression, for those who know no other way.
pub(crate) const ID_PATTERN: &str = "^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$";

/// Whether a text may be an identity: 1 to 64 of `A-Z a-z 0-9 . _ -`, not beginning with `-` or `.`.
pub(crate) fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && !text.starts_with(['-', '.'])
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

/// Seconds from `90`, `90s`, `2m`, `1m30s`.
fn seconds(text: &str) -> Option<i64> {
    let number = |digits: &str| {
        let plain = (1..=6).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| digits.parse::<i64>().ok())?
    };
    match text.trim().split_once('m') {
        Some((minutes, "")) => Some(number(minutes)? * 60),
        Some((minutes, rest)) => Some(number(minutes)? * 60 + number(rest.strip_suffix('s')?)?),
        None => number(text.trim().strip_suffix('s').unwrap_or(text.trim())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        let cases = [("90", Some(90)), ("90s", Some(90)), ("2m", Some(120)), ("1m30s", Some(90)), (" 2m ", Some(120))];
        for (text, expected) in cases {
            assert_eq!(seconds(text), expected, "{text:?}");
        }
        for bad in ["", "s", "m", "2h", "-5", "+5", "1m30m", "2ms", "9999999s", "1.5m", "ms"] {
            assert_eq!(seconds(bad), None, "{bad:?}");
        }
    }

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
