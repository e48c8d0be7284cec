//! From a TOML table to its fields and findings.

use std::ops::RangeInclusive;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fields::{Fields, Item, Reference, Value};
use super::keys::{Key, LONGEST_LIMIT, LONGEST_TEXT, MOST_ENTRIES, MOST_FAULTS, ReferenceKind, Shape, is_id, item};
use crate::clock::{DayStart, StudyDay};
use crate::diagnostic::{Diagnostic, Source, Span};
use crate::text::{beginning, count, did_you_mean, nearest};

pub(crate) struct TableReader<'a> {
    pub(crate) source: &'a Source,
    /// Added to every span: a block is parsed alone, but its places are those of the file.
    pub(crate) base: usize,
    /// Where to report a missing key.
    pub(crate) header: Span,
    /// What messages call the table.
    pub(crate) noun: &'a str,
    pub(crate) findings: &'a mut Vec<Diagnostic>,
}

impl TableReader<'_> {
    pub(crate) fn read(mut self, keys: &[&'static Key], table: &DeTable<'_>) -> Fields {
        let mut fields = Fields::default();
        let before = self.findings.len();
        for (name, value) in table {
            if self.findings.len() - before > MOST_FAULTS {
                break;
            }
            let Some(key) = keys.iter().find(|key| key.name == name.get_ref()) else {
                self.unknown_key(keys, name);
                continue;
            };
            if let Some(read) = self.value(key, value) {
                if let Some(kind) = key.refers_to {
                    fields.references.extend(self.references(kind, value, &read));
                }
                fields.values.push((key.name, self.span(value), read));
            }
        }
        for key in keys.iter().filter(|key| key.required) {
            if !table.keys().any(|name| name.get_ref() == key.name) {
                let message = format!("{} has no `{}`", self.noun, key.name);
                let help = format!("add `{} = …`: {}", key.name, key.doc);
                self.findings.push(self.source.error(self.header.clone(), "missing-key", message).help(help));
            }
        }
        fields
    }

    fn span<T>(&self, value: &Spanned<T>) -> Span {
        value.span().start + self.base..value.span().end + self.base
    }

    fn unknown_key(&mut self, keys: &[&'static Key], name: &Spanned<impl AsRef<str>>) {
        let known: Vec<&str> = keys.iter().map(|key| key.name).collect();
        let text = name.get_ref().as_ref();
        let message = format!("{} has no key `{}`", self.noun, beginning(text));
        let finding = self.source.error(self.span(name), "unknown-key", message);
        self.findings.push(finding.help(did_you_mean(text, &known)));
    }

    fn references(&self, kind: ReferenceKind, value: &Spanned<DeValue<'_>>, read: &Value) -> Vec<Reference> {
        let reference = |(name, span): (&String, Span)| Reference { kind, name: name.clone(), span };
        match (read, value.get_ref()) {
            (Value::Text(name), _) => vec![reference((name, self.span(value)))],
            (Value::Texts(names), DeValue::Array(array)) => {
                names.iter().zip(array.iter().map(|entry| self.span(entry))).map(reference).collect()
            }
            (Value::Texts(names), _) => names.iter().map(|name| reference((name, self.span(value)))).collect(),
            _ => Vec::new(),
        }
    }

    fn value(&mut self, key: &Key, value: &Spanned<DeValue<'_>>) -> Option<Value> {
        match &key.shape {
            Shape::Text => self.text(key, value).map(Value::Text),
            Shape::Words => self.words(key, value).map(Value::Text),
            Shape::Texts => self.each(key, value, Self::text).map(Value::Texts),
            Shape::ManyWords => self.each(key, value, Self::entry).map(Value::Texts),
            Shape::TextOrTexts => self.text_or_texts(key, value).map(Value::Texts),
            Shape::NameOrTexts(names) => self.name_or_texts(key, value, names).map(Value::Texts),
            Shape::Id => self.id(key, value).map(Value::Text),
            Shape::Ids => self.each(key, value, Self::id).map(Value::Texts),
            Shape::OneOf(words) => self.word(key, value, words).map(Value::Text),
            Shape::ManyOf(words) => {
                self.each(key, value, |it, key, value| it.word(key, value, words)).map(Value::Texts)
            }
            Shape::Items(name) => self.items(key, value, name).map(Value::Items),
            Shape::Seconds => self.seconds(key, value).map(Value::Whole),
            Shape::Whole(range) => self.whole(key, value, range).map(Value::Whole),
            Shape::Wholes(range) => {
                self.each(key, value, |it, key, value| it.whole(key, value, range)).map(Value::Wholes)
            }
            Shape::Flag => self.flag(key, value),
            Shape::Day => self.moment(key, value),
            Shape::Days => self.each(key, value, Self::day).map(Value::Days),
            Shape::FlagOrDay if value.get_ref().is_bool() => self.flag(key, value),
            Shape::FlagOrDay => self.day(key, value).map(Value::Day),
            Shape::TimeOfDay => self.time_of_day(key, value).map(Value::Whole),
        }
    }

    fn fault<T>(&mut self, key: &Key, value: &Spanned<DeValue<'_>>, check: &'static str, message: &str) -> Option<T> {
        let help = format!("`{}` is {}", key.name, key.shape.description());
        let finding = self.source.error(self.span(value), check, message).help(help);
        self.findings.push(finding);
        None
    }

    fn wrong_shape<T>(&mut self, key: &Key, value: &Spanned<DeValue<'_>>) -> Option<T> {
        let found = match value.get_ref() {
            DeValue::String(text) if text.chars().take(41).count() <= 40 => format!("\"{text}\""),
            DeValue::String(_) => "this text".to_owned(),
            DeValue::Integer(number) => format!("the number {}", beginning(&number.to_string())),
            DeValue::Float(number) => format!("the number {}", beginning(number.as_str())),
            DeValue::Boolean(flag) => format!("`{flag}`"),
            DeValue::Datetime(at) => format!("the date {at}"),
            DeValue::Array(_) => "a list".to_owned(),
            DeValue::Table(_) => "a table".to_owned(),
        };
        let message = format!("`{}` of {} cannot be {found}", key.name, self.noun);
        self.fault(key, value, key.shape.check(), &message)
    }

    fn text(&mut self, key: &Key, value: &Spanned<DeValue<'_>>) -> Option<String> {
        let Some(text) = value.get_ref().as_str() else { return self.wrong_shape(key, value) };
        if text.len() > LONGEST_TEXT {
            return self.too_many(
                key,
                value,
                &format!("a text of {} KiB; 1024 are allowed", text.len().div_ceil(1024)),
            );
        }
        Some(text.to_owned())
    }

    fn too_many<T>(&mut self, key: &Key, value: &Spanned<DeValue<'_>>, what: &str) -> Option<T> {
        let message = format!("`{}` of {} has {what}", key.name, self.noun);
        let finding = self.source.error(self.span(value), "too-many", message);
        self.findings.push(finding.help("shorten it, or split it into several cards"));
        None
    }

    fn words(&mut self, key: &Key, value: &Spanned<DeValue<'_>>) -> Option<String> {
        self.filled(key, value, "")
    }

    fn entry(&mut self, key: &Key, value: &Spanned<DeValue<'_>>) -> Option<String> {
        self.filled(key, value, "an entry of ")
    }

    /// Reads a text that is not blank; `what` begins the message about a blank one.
    fn filled(&mut self, key: &Key, value: &Spanned<DeValue<'_>>, what: &str) -> Option<String> {
        match self.text(key, value)? {
            text if text.trim().is_empty() => {
                self.fault(key, value, "empty", &format!("{what}`{}` is empty", key.name))
            }
            text => Some(text),
        }
    }

    fn text_or_texts(&mut self, key: &Key, value: &Spanned<DeValue<'_>>) -> Option<Vec<String>> {
        match value.get_ref() {
            DeValue::String(_) => Some(vec![self.text(key, value)?]),
            _ => self.each(key, value, Self::text),
        }
    }

    fn name_or_texts(&mut self, key: &Key, value: &Spanned<DeValue<'_>>, names: &[&str]) -> Option<Vec<String>> {
        let DeValue::String(text) = value.get_ref() else { return self.each(key, value, Self::text) };
        // A name that is nearly right was meant; any other text belongs into a list, and the help says so.
        if names.contains(&&**text) || nearest(text, names.iter().copied()).is_some() {
            Some(vec![self.word(key, value, names)?])
        } else {
            self.wrong_shape(key, value)
        }
    }

    fn id(&mut self, key: &Key, value: &Spanned<DeValue<'_>>) -> Option<String> {
        let text = self.text(key, value)?;
        if is_id(&text) { Some(text) } else { self.wrong_shape(key, value) }
    }

    fn word(&mut self, key: &Key, value: &Spanned<DeValue<'_>>, words: &[&str]) -> Option<String> {
        let text = self.text(key, value)?;
        if words.contains(&text.as_str()) {
            return Some(text);
        }
        let message = format!("`{}` of {} cannot be \"{}\"", key.name, self.noun, beginning(&text));
        let finding = self.source.error(self.span(value), "value", message).help(did_you_mean(&text, words));
        self.findings.push(finding);
        None
    }

    fn items(&mut self, key: &Key, value: &Spanned<DeValue<'_>>, name: &'static str) -> Option<Vec<Item>> {
        let items = self.each(key, value, |it, key, value| it.item(key, value, name))?;
        let cues: usize = items.iter().map(|item| item.any.len()).sum();
        if items.len() + cues > MOST_ENTRIES {
            let entries = count(items.len(), "entry");
            return self.too_many(
                key,
                value,
                &format!("{entries} with {}; {MOST_ENTRIES} are allowed", count(cues, "cue")),
            );
        }
        Some(items)
    }

    fn item(&mut self, key: &Key, value: &Spanned<DeValue<'_>>, name: &'static str) -> Option<Item> {
        match value.get_ref() {
            DeValue::String(_) => Some(Item { text: self.entry(key, value)?, any: Vec::new() }),
            DeValue::Table(table) => {
                let before = self.findings.len();
                let (noun, keys) = item(name);
                let header = self.span(value);
                let reader =
                    TableReader { source: self.source, base: self.base, header, noun, findings: self.findings };
                let mut fields = reader.read(&keys, table);
                if self.findings.len() > before {
                    return None;
                }
                Some(Item { text: fields.text(name)?, any: fields.texts("any").unwrap_or_default() })
            }
            _ => self.wrong_shape(key, value),
        }
    }

    fn whole(&mut self, key: &Key, value: &Spanned<DeValue<'_>>, range: &RangeInclusive<i64>) -> Option<i64> {
        let DeValue::Integer(number) = value.get_ref() else { return self.wrong_shape(key, value) };
        let number = i64::from_str_radix(number.as_str(), number.radix()).ok().filter(|n| range.contains(n));
        number.or_else(|| self.wrong_shape(key, value))
    }

    fn seconds(&mut self, key: &Key, value: &Spanned<DeValue<'_>>) -> Option<i64> {
        let range = 1..=LONGEST_LIMIT;
        let DeValue::String(text) = value.get_ref() else { return self.whole(key, value, &range) };
        let seconds = parse_seconds(text).filter(|seconds| range.contains(seconds));
        seconds.or_else(|| self.wrong_shape(key, value))
    }

    fn time_of_day(&mut self, key: &Key, value: &Spanned<DeValue<'_>>) -> Option<i64> {
        let start = value.get_ref().as_str().and_then(DayStart::parse);
        start.map(|DayStart(minutes)| i64::from(minutes)).or_else(|| self.wrong_shape(key, value))
    }

    fn flag(&mut self, key: &Key, value: &Spanned<DeValue<'_>>) -> Option<Value> {
        value.get_ref().as_bool().map(Value::Flag).or_else(|| self.wrong_shape(key, value))
    }

    fn day(&mut self, key: &Key, value: &Spanned<DeValue<'_>>) -> Option<StudyDay> {
        let date = match value.get_ref() {
            DeValue::Datetime(at) => at.date.and_then(|date| StudyDay::parse(&date.to_string())),
            _ => None,
        };
        date.or_else(|| self.wrong_shape(key, value))
    }

    /// Reads a date with its time, whatever the zone: it is read off a clock where the user is.
    fn moment(&mut self, key: &Key, value: &Spanned<DeValue<'_>>) -> Option<Value> {
        let day = self.day(key, value)?;
        let time = value.get_ref().as_datetime().and_then(|at| at.time);
        let minute = time.map(|time| u16::from(time.hour) * 60 + u16::from(time.minute));
        Some(Value::Moment(day, minute))
    }

    fn each<T>(
        &mut self,
        key: &Key,
        value: &Spanned<DeValue<'_>>,
        mut one: impl FnMut(&mut Self, &Key, &Spanned<DeValue<'_>>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let DeValue::Array(array) = value.get_ref() else { return self.wrong_shape(key, value) };
        if array.len() > MOST_ENTRIES {
            let entries = count(array.len(), "entry");
            return self.too_many(key, value, &format!("{entries}; {MOST_ENTRIES} are allowed"));
        }
        // Read all of them before giving up, to report every problem of the list.
        let before = self.findings.len();
        let mut next = |element| (self.findings.len() - before <= MOST_FAULTS).then(|| one(self, key, element));
        let read: Vec<Option<T>> = array.iter().map_while(&mut next).collect();
        read.into_iter().collect()
    }
}

/// Parses seconds from `90`, `90s`, `2m`, `1m30s`.
fn parse_seconds(text: &str) -> Option<i64> {
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
            assert_eq!(parse_seconds(text), expected, "{text:?}");
        }
        for bad in ["", "s", "m", "2h", "-5", "+5", "1m30m", "2ms", "9999999s", "1.5m", "ms"] {
            assert_eq!(parse_seconds(bad), None, "{bad:?}");
        }
    }
}
