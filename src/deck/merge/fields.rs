//! Merges one table that both sides changed, field by field, with its comments.
//! A field other than a list that both changed is a conflict.

use super::lists::{WrittenList, canonical, merge_comments, merge_lists};
use super::order::{Aligned, Resolution, Versions, align, move_above, order, pick, pick_optional, pick_or_longer};
use super::units::{LineKind, TomlLine, lines};
use crate::diagnostic::Span;
use crate::grammar::{Shape, Table};

/// Merges the texts of a table, each of which parses and has no line end but LF. If fields are in conflict, the texts of
/// both sides differ in these fields only: anyone who takes one side loses nothing else of the other.
pub(super) fn merge_table(table: Option<&Table>, base: Option<&str>, sides: [&str; 2]) -> Resolution {
    let (base, sides) = (base.map(parts).unwrap_or_default(), sides.map(parts));
    let keys = |parts: &[Part<'_>]| parts.iter().map(|part| part.key.clone()).collect::<Vec<PartKey>>();
    let aligned = align(&keys(&base), [&keys(&sides[0]), &keys(&sides[1])]);
    let versions = |thing: &Aligned| thing.in_lists(&base, [&sides[0], &sides[1]]);
    let keys: Vec<PartKey> = aligned.iter().filter_map(|thing| Some(versions(thing).any()?.key.clone())).collect();
    let resolved: Vec<Resolution> = aligned.iter().map(|thing| resolve(table, &versions(thing))).collect();
    let (mut whole, mut conflicts) = ([String::new(), String::new()], Vec::new());
    let mut order = order(&aligned, &keys, &Resolution::live(&resolved));
    order.sort_by_key(|&n| keys[n] == PartKey::Below);
    move_above(&mut order, |n| keys[n] == PartKey::Header, |n| matches!(keys[n], PartKey::Field(_)));
    for n in order {
        let gap = pick_optional(versions(&aligned[n]).map(|part| part.gap)).unwrap_or_default();
        let texts = match &resolved[n] {
            Resolution::Removed => continue,
            Resolution::Text(text) => [text, text],
            Resolution::Conflict([a, b], _) => {
                conflicts.push(keys[n].name());
                [a, b]
            }
        };
        for (whole, text) in whole.iter_mut().zip(texts).filter(|(_, text)| !text.is_empty()) {
            whole.extend([gap, text]);
        }
    }
    if conflicts.is_empty() {
        Resolution::Text(std::mem::take(&mut whole[0]))
    } else {
        Resolution::Conflict(whole, conflicts)
    }
}

/// A line of a table, or all tables below it.
#[derive(Debug)]
struct Part<'t> {
    key: PartKey,
    gap: &'t str,
    text: &'t str,
    /// The bytes of its value in the text; for a header, its end.
    value: Span,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum PartKey {
    Comment(String),
    Header,
    Field(String),
    /// Tables below it, such as `[[card.points]]`.
    Below,
}

impl PartKey {
    fn name(&self) -> String {
        match self {
            PartKey::Comment(_) => "a remark".to_owned(),
            PartKey::Header => "the header".to_owned(),
            PartKey::Field(key) => format!("`{key}`"),
            PartKey::Below => "the tables below it".to_owned(),
        }
    }
}

fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts: Vec<Part<'_>> = Vec::new();
    let (mut headers, mut gap) = (0, 0);
    for TomlLine { span, kind } in lines(text) {
        let part =
            |key: PartKey, value: Span| Part { key, gap: &text[gap..span.start], text: &text[span.clone()], value };
        let part = match kind {
            LineKind::Blank => continue,
            LineKind::Comment => part(PartKey::Comment(text[span.clone()].trim().to_owned()), 0..0),
            LineKind::Field { key, value } => {
                let value = value.start - span.start..value.end - span.start;
                part(PartKey::Field(text[key].to_owned()), value)
            }
            LineKind::Header(name) if headers == 0 => {
                part(PartKey::Header, name.end - span.start..name.end - span.start)
            }
            LineKind::Header(_) => {
                parts.push(Part { text: &text[span.start..], ..part(PartKey::Below, 0..0) });
                break;
            }
        };
        headers += usize::from(part.key == PartKey::Header);
        gap = span.end;
        parts.push(part);
    }
    parts
}

fn resolve(table: Option<&Table>, versions: &Versions<'_, Part<'_>>) -> Resolution {
    let text = |part: &Part<'_>| part.text.to_owned();
    match (versions.base, versions.sides) {
        (_, [None, None]) => Resolution::Removed,
        (_, [Some(a), Some(b)]) => merge_parts(table, versions.base, [a, b]),
        (None, [Some(side), None] | [None, Some(side)]) => Resolution::Text(text(side)),
        (Some(base), [Some(side), None] | [None, Some(side)]) if base.text == side.text => Resolution::Removed,
        (Some(_), sides) => Resolution::Conflict(sides.map(|side| side.map(text).unwrap_or_default()), Vec::new()),
    }
}

fn merge_parts<'t>(table: Option<&Table>, base: Option<&Part<'t>>, sides: [&Part<'t>; 2]) -> Resolution {
    if let Some(text) = pick(base.map(|part| part.text), sides.map(|part| part.text)) {
        return Resolution::Text(text.to_owned());
    }
    let values = sides.map(|part| &part.text[part.value.clone()]);
    let value = match &sides[0].key {
        PartKey::Field(key) => {
            merge_values(has_order(table, key), base.map(|part| &part.text[part.value.clone()]), values)
        }
        PartKey::Header => Some(String::new()),
        PartKey::Comment(_) | PartKey::Below => None,
    };
    let Some(value) = value else { return Resolution::Conflict(sides.map(|part| part.text.to_owned()), Vec::new()) };
    let (before, after) =
        (|part: &Part<'t>| &part.text[..part.value.start], |part: &Part<'t>| &part.text[part.value.end..]);
    let front = pick_or_longer(base.map(before), sides.map(before));
    Resolution::Text(format!("{front}{value}{}", merge_comments(base.map(after), sides.map(after))))
}

/// Returns whether the entries of a list are sentences in an order, and not a set of names.
fn has_order(table: Option<&Table>, key: &str) -> bool {
    let key = table.and_then(|table| table.keys.iter().find(|known| known.name == key));
    key.is_none_or(|key| matches!(key.shape, Shape::Items(_) | Shape::ManyWords | Shape::TextOrTexts))
}

fn merge_values(ordered: bool, base: Option<&str>, sides: [&str; 2]) -> Option<String> {
    if let Some(text) = pick(base, sides) {
        return Some(text.to_owned());
    }
    let lists = (base.map(WrittenList::parse), sides.map(WrittenList::parse));
    if let (None | Some(Some(_)), [Some(a), Some(b)]) = &lists {
        return merge_lists(ordered, lists.0.as_ref().and_then(Option::as_ref), [a, b]);
    }
    // The same value in another notation, such as other quotes.
    let [a, b] = sides.map(canonical);
    match base.map(canonical) {
        _ if a == b => Some(pick_or_longer(None, sides).to_owned()),
        Some(base) if base == a => Some(sides[1].to_owned()),
        Some(base) if base == b => Some(sides[0].to_owned()),
        _ => None,
    }
}
