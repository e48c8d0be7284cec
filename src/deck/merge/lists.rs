//! Merges a list that both sides changed, entry by entry. If order matters, two wordings in one place are a conflict.

use std::collections::HashSet;

use toml::{Table as Fields, Value};
use toml_parser::lexer::TokenKind;

use super::order::{Aligned, Versions, align, order, pick, pick_optional, pick_or_longer, row, stays};
use crate::diagnostic::Span;

/// Returns a value in one notation, however it is written.
pub(super) fn canonical(text: &str) -> String {
    let parsed = toml::from_str::<Fields>(&format!("x = {text}")).ok();
    let value = parsed.and_then(|mut parsed| parsed.remove("x"));
    value.as_ref().map_or_else(|| text.to_owned(), Value::to_string)
}

/// Merges the comments after a value: of two comments, both are kept.
pub(super) fn merge_comments(base: Option<&str>, sides: [&str; 2]) -> String {
    if let Some(text) = pick(base, sides) {
        return text.to_owned();
    }
    let mut comments: Vec<&str> = sides.iter().map(|text| text.trim()).filter(|text| !text.is_empty()).collect();
    comments.sort_unstable();
    comments.dedup();
    let [a, b] = sides.map(|text| &text[..text.len() - text.trim_start_matches([' ', '\t']).len()]);
    let space = pick_or_longer(None, [a, b]);
    let end = if sides.iter().any(|text| text.ends_with('\n')) { "\n" } else { "" };
    if comments.is_empty() { end.to_owned() } else { format!("{space}{}{end}", comments.join(" ")) }
}

#[derive(Debug, Default)]
pub(super) struct WrittenList<'t> {
    entries: Vec<ListEntry<'t>>,
    multiline: bool,
    /// The white space before its first entry that starts a line.
    indent: &'t str,
    closing_indent: &'t str,
}

/// An entry of a list with the comment beside it, or a comment alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct ListEntry<'t> {
    text: &'t str,
    comment: &'t str,
}

impl<'t> WrittenList<'t> {
    /// Parses a value; `None` if it is not a list.
    pub(super) fn parse(text: &'t str) -> Option<Self> {
        let inside = text.strip_prefix('[')?.strip_suffix(']')?;
        let mut parser = ListParser { inside, ..ListParser::default() };
        for token in toml_parser::Source::new(inside).lex() {
            parser.token(token.kind(), token.span().start()..token.span().end());
        }
        let ListParser { mut list, space, indent, .. } = parser;
        (list.closing_indent, list.indent) = (space.unwrap_or_default(), indent.unwrap_or("  "));
        Some(list)
    }
}

#[derive(Default)]
struct ListParser<'t> {
    inside: &'t str,
    list: WrittenList<'t>,
    depth: usize,
    start: Option<usize>,
    /// The white space of the current line, as long as it has no entry.
    space: Option<&'t str>,
    indent: Option<&'t str>,
}

impl ListParser<'_> {
    fn token(&mut self, kind: TokenKind, span: Span) {
        match kind {
            TokenKind::Whitespace if self.depth == 0 => self.space = self.space.map(|_| &self.inside[span]),
            TokenKind::Newline if self.depth == 0 => (self.list.multiline, self.space) = (true, Some("")),
            TokenKind::Comment if self.depth == 0 => self.comment(span),
            TokenKind::Comma if self.depth == 0 => self.start = None,
            TokenKind::Whitespace | TokenKind::Newline | TokenKind::Comment | TokenKind::Eof => {}
            TokenKind::LeftSquareBracket | TokenKind::LeftCurlyBracket => {
                self.depth += 1;
                self.entry(span);
            }
            TokenKind::RightSquareBracket | TokenKind::RightCurlyBracket => {
                self.depth = self.depth.saturating_sub(1);
                self.entry(span);
            }
            _ => self.entry(span),
        }
    }

    fn entry(&mut self, span: Span) {
        if let Some(space) = self.space.take() {
            self.indent.get_or_insert(space);
        }
        if self.start.is_none() {
            self.list.entries.push(ListEntry { text: "", comment: "" });
        }
        let start = *self.start.get_or_insert(span.start);
        if let Some(entry) = self.list.entries.last_mut() {
            entry.text = &self.inside[start..span.end];
        }
    }

    /// Adds a comment to the entry on its line, if there is one.
    fn comment(&mut self, span: Span) {
        let comment = &self.inside[span];
        match self.list.entries.last_mut() {
            Some(entry) if self.space.is_none() && entry.comment.is_empty() => entry.comment = comment,
            _ => self.list.entries.push(ListEntry { text: "", comment }),
        }
    }
}

/// Returns what identifies an entry: its value, or its comment if it has none.
fn entry_key(entry: &ListEntry<'_>) -> Result<String, String> {
    if entry.text.is_empty() { Err(entry.comment.to_owned()) } else { Ok(canonical(entry.text)) }
}

/// Merges a list that both sides changed; `None` if both replaced one entry by different ones.
pub(super) fn merge_lists(
    ordered: bool,
    base: Option<&WrittenList<'_>>,
    sides: [&WrittenList<'_>; 2],
) -> Option<String> {
    let lists = [base.map(|list| list.entries.as_slice()).unwrap_or_default(), &sides[0].entries, &sides[1].entries];
    let keys = lists.map(|list| list.iter().map(entry_key).collect::<Vec<_>>());
    let aligned = align(&keys[0], [&keys[1], &keys[2]]);
    if ordered && both_reworded(&aligned) {
        return None;
    }
    let versions = |thing: &Aligned| thing.in_lists(lists[0], [lists[1], lists[2]]);
    let keys: Vec<Result<String, String>> =
        aligned.iter().filter_map(|thing| versions(thing).any()).map(entry_key).collect();
    let live: Vec<bool> = aligned.iter().map(|thing| stays(versions(thing).map(|entry| entry))).collect();
    let entries = order(&aligned, &keys, &live).into_iter().map(|n| merge_entries(&versions(&aligned[n])));
    Some(write_list(&entries.collect::<Vec<_>>(), sides))
}

fn merge_entries(versions: &Versions<'_, ListEntry<'_>>) -> (String, String) {
    let text = pick_optional(versions.map(|entry| entry.text)).unwrap_or_default().to_owned();
    match versions.map(|entry| entry.comment) {
        (base, [Some(a), Some(b)]) => (text, merge_comments(base, [a, b])),
        (_, [a, b]) => (text, a.or(b).unwrap_or_default().to_owned()),
    }
}

/// Returns whether both sides put other entries in the place of one that both removed.
fn both_reworded(aligned: &[Aligned]) -> bool {
    let at = |list: usize, thing: &Aligned| if list == 0 { thing.base } else { thing.sides[list - 1] };
    // The places of the wanted entries of a list, each by the last entry before it that all three lists have.
    let places = |list: usize, wanted: &dyn Fn(&Aligned) -> bool| {
        let (mut places, mut last) = (HashSet::new(), None);
        for thing in row(aligned, |_, thing| at(list, thing)).into_iter().map(|n| &aligned[n]) {
            if thing.base.is_some() && thing.sides.iter().all(Option::is_some) {
                last = thing.base;
            } else if wanted(thing) {
                places.insert(last);
            }
        }
        places
    };
    let removed = places(0, &|thing| thing.sides == [None, None]);
    let added = |side: usize| places(side + 1, &|thing| thing.base.is_none() && thing.sides[1 - side].is_none());
    let (a, b) = (added(0), added(1));
    removed.iter().any(|place| a.contains(place) && b.contains(place))
}

/// Writes a list: on one line if both sides do and it has no comments, else with one entry a line.
fn write_list(entries: &[(String, String)], sides: [&WrittenList<'_>; 2]) -> String {
    let multiline: Vec<&&WrittenList<'_>> = sides.iter().filter(|list| list.multiline).collect();
    if multiline.is_empty() && entries.iter().all(|(_, comment)| comment.is_empty()) {
        let texts: Vec<&str> = entries.iter().map(|(text, _)| text.as_str()).collect();
        return format!("[{}]", texts.join(", "));
    }
    let (first, last) =
        (multiline.first().copied().unwrap_or(&sides[0]), multiline.last().copied().unwrap_or(&sides[1]));
    let indent = pick_or_longer(None, [first.indent, last.indent]);
    let mut list = "[\n".to_owned();
    for (text, comment) in entries {
        let comma = if text.is_empty() { "" } else { "," };
        let space = if text.is_empty() || comment.is_empty() { "" } else { " " };
        list.extend([indent, text, comma, space, comment, "\n"]);
    }
    list.extend([pick_or_longer(None, [first.closing_indent, last.closing_indent]), "]"]);
    list
}
