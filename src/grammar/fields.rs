//! The values of one table.

use super::keys::ReferenceKind;
use crate::clock::StudyDay;
use crate::diagnostic::Span;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Item {
    /// What a good answer says, or what is asked.
    pub text: String,
    /// Words of which any shows that it was said.
    pub any: Vec<String>,
}

/// A name that refers to something else, as it is written in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reference {
    pub(crate) kind: ReferenceKind,
    pub(crate) name: String,
    pub(crate) span: Span,
}

#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// A day, and the minute of the day if it is known.
    Moment(StudyDay, Option<u16>),
    Days(Vec<StudyDay>),
}

#[derive(Debug, Default)]
pub(crate) struct Fields {
    pub(super) values: Vec<(&'static str, Span, Value)>,
    pub(crate) references: Vec<Reference>,
}

macro_rules! takers {
    ($($name:ident -> $variant:ident($type:ty);)*) => {
        impl Fields {
            $(pub(crate) fn $name(&mut self, key: &str) -> Option<$type> {
                match self.take(key) { Some((_, Value::$variant(value))) => Some(value), _ => None }
            })*
        }
    };
}

takers! {
    text -> Text(String);
    texts -> Texts(Vec<String>);
    items -> Items(Vec<Item>);
    whole -> Whole(i64);
    wholes -> Wholes(Vec<i64>);
    days -> Days(Vec<StudyDay>);
    flag -> Flag(bool);
}

impl Fields {
    pub(crate) fn span(&self, key: &str) -> Option<Span> {
        self.values.iter().find(|(name, ..)| *name == key).map(|(_, span, _)| span.clone())
    }

    pub(crate) fn moment(&mut self, key: &str) -> Option<(StudyDay, Option<u16>)> {
        match self.take(key) {
            Some((_, Value::Moment(day, minute))) => Some((day, minute)),
            _ => None,
        }
    }

    pub(crate) fn texts_at(&self, key: &str) -> Option<(&Span, &[String])> {
        self.values.iter().find(|(name, ..)| *name == key).and_then(|(_, span, value)| match value {
            Value::Texts(texts) => Some((span, texts.as_slice())),
            _ => None,
        })
    }

    pub(crate) fn take(&mut self, key: &str) -> Option<(Span, Value)> {
        let at = self.values.iter().position(|(name, ..)| *name == key)?;
        let (_, span, value) = self.values.swap_remove(at);
        Some((span, value))
    }

    /// Returns the first 64 bits of BLAKE3 over every value except those of some keys. It is the same for the same values,
    /// in any order and in any notation. It is stored, so the bytes it covers must not depend on the compiler.
    pub(crate) fn digest(&self, without: &[&str]) -> u64 {
        let mut fields: Vec<_> = self.values.iter().filter(|(name, ..)| !without.contains(name)).collect();
        fields.sort_unstable_by_key(|(name, ..)| *name);
        let mut bytes = Vec::with_capacity(256);
        for (name, _, value) in fields {
            put_text(&mut bytes, name);
            value.put(&mut bytes);
        }
        let hash = blake3::hash(&bytes);
        hash.as_bytes().iter().take(8).fold(0, |bits, &byte| bits << 8 | u64::from(byte))
    }

    pub(crate) fn has_words(&self, keys: &[&str]) -> bool {
        let has_words = |text: &String| !text.trim().is_empty();
        self.values.iter().filter(|(name, ..)| keys.contains(name)).any(|(_, _, value)| match value {
            Value::Text(text) => has_words(text),
            Value::Texts(texts) => texts.iter().any(has_words),
            Value::Items(items) => items.iter().any(|item| has_words(&item.text)),
            Value::Whole(_) | Value::Wholes(_) | Value::Flag(_) => false,
            Value::Day(_) | Value::Moment(..) | Value::Days(_) => false,
        })
    }
}

impl Value {
    /// Appends the canonical bytes of a value: a tag, the number of entries, and the entries, each of a fixed length or
    /// after its length.
    fn put(&self, bytes: &mut Vec<u8>) {
        match self {
            Value::Text(text) => put_tagged(bytes, 0, [text], |bytes, text| put_text(bytes, text)),
            Value::Texts(texts) => put_tagged(bytes, 1, texts, |bytes, text| put_text(bytes, text)),
            Value::Items(items) => put_tagged(bytes, 2, items, |bytes, item| {
                put_text(bytes, &item.text);
                put_tagged(bytes, 1, &item.any, |bytes, text| put_text(bytes, text));
            }),
            Value::Whole(number) => put_tagged(bytes, 3, [number], |bytes, number| put_number(bytes, *number)),
            Value::Wholes(numbers) => put_tagged(bytes, 4, numbers, |bytes, number| put_number(bytes, *number)),
            Value::Flag(flag) => put_tagged(bytes, 5, [flag], |bytes, flag| put_number(bytes, i64::from(*flag))),
            Value::Day(day) => put_tagged(bytes, 6, [day], |bytes, day| put_number(bytes, i64::from(day.0))),
            Value::Moment(day, minute) => {
                let numbers = [i64::from(day.0), minute.map_or(-1, i64::from)];
                put_tagged(bytes, 8, &numbers, |bytes, number| put_number(bytes, *number));
            }
            Value::Days(days) => put_tagged(bytes, 7, days, |bytes, day| put_number(bytes, i64::from(day.0))),
        }
    }
}

fn put_tagged<'v, T: 'v, I>(bytes: &mut Vec<u8>, tag: u8, entries: I, put: impl Fn(&mut Vec<u8>, &'v T))
where
    I: IntoIterator<Item = &'v T, IntoIter: ExactSizeIterator>,
{
    let entries = entries.into_iter();
    bytes.push(tag);
    put_length(bytes, entries.len());
    entries.for_each(|entry| put(bytes, entry));
}

fn put_text(bytes: &mut Vec<u8>, text: &str) {
    put_length(bytes, text.len());
    bytes.extend_from_slice(text.as_bytes());
}

fn put_length(bytes: &mut Vec<u8>, length: usize) {
    bytes.extend_from_slice(&(length as u64).to_le_bytes());
}

fn put_number(bytes: &mut Vec<u8>, number: i64) {
    bytes.extend_from_slice(&number.to_le_bytes());
}
