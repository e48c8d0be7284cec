//! One table that both sides changed: merged field by field, remarks kept.
//!
//! What one side changed is taken as it is written there. Lists are merged entry by entry: as sets where their order means
//! nothing, and where it does, two wordings in the place of one entry are a conflict. So is any other field that both
//! sides changed.

use std::collections::HashSet;

use toml::{Table as Fields, Value};
use toml_parser::lexer::TokenKind;

use super::super::blocks::{Line, What, lines};
use super::order::{Given, Settled, Thread, order, pick, pick_of, pick_or_longer, stays, threads};
use crate::diagnostic::Span;
use crate::grammar::{Shape, Table};

/// Merges the texts of a table, each of which parses and has no line end but LF. Where fields are in conflict, the rest is
/// the same in the texts of both sides: whichever is followed, nothing else of the other is lost.
pub(crate) fn merge(table: Option<&Table>, base: Option<&str>, sides: [&str; 2]) -> Settled {
    let (base, sides) = (base.map(beads).unwrap_or_default(), sides.map(beads));
    let parts = |beads: &[Bead<'_>]| beads.iter().map(|bead| bead.part.clone()).collect::<Vec<Part>>();
    let threads = threads(&parts(&base), [&parts(&sides[0]), &parts(&sides[1])]);
    let given = |thread: &Thread| thread.of(&base, [&sides[0], &sides[1]]);
    let keys: Vec<Part> = threads.iter().filter_map(|thread| Some(given(thread).any()?.part.clone())).collect();
    let settled: Vec<Settled> = threads.iter().map(|thread| settle(table, &given(thread))).collect();
    let (mut whole, mut clashing) = ([String::new(), String::new()], Vec::new());
    for n in in_grammar(order(&threads, &keys, &Settled::live(&settled)), &keys) {
        let gap = pick_of(given(&threads[n]).map(|bead| bead.gap)).unwrap_or_default();
        let texts = match &settled[n] {
            Settled::Gone => continue,
            Settled::Text(text) => [text, text],
            Settled::Clash([a, b], _) => {
                clashing.push(keys[n].name());
                [a, b]
            }
        };
        for (whole, text) in whole.iter_mut().zip(texts).filter(|(_, text)| !text.is_empty()) {
            whole.extend([gap, text]);
        }
    }
    if clashing.is_empty() { Settled::Text(std::mem::take(&mut whole[0])) } else { Settled::Clash(whole, clashing) }
}

/// A line of a table, or what cannot be parted further.
#[derive(Debug)]
struct Bead<'t> {
    part: Part,
    /// The blank lines above it.
    gap: &'t str,
    text: &'t str,
    /// The bytes of its value in the text; of a header its end.
    value: Span,
}

/// What a line of a table is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Part {
    Remark(String),
    Header,
    /// A field, by its key.
    Field(String),
    /// Tables below it, such as `[[card.points]]`: all of them.
    Below,
}

impl Part {
    fn name(&self) -> String {
        match self {
            Part::Remark(_) => "a remark".to_owned(),
            Part::Header => "the header".to_owned(),
            Part::Field(key) => format!("`{key}`"),
            Part::Below => "the tables below it".to_owned(),
        }
    }
}

fn beads(text: &str) -> Vec<Bead<'_>> {
    let mut beads: Vec<Bead<'_>> = Vec::new();
    let (mut headers, mut gap) = (0, 0);
    for Line { span, what } in lines(text) {
        let bead =
            |part: Part, value: Span| Bead { part, gap: &text[gap..span.start], text: &text[span.clone()], value };
        let bead = match what {
            What::Blank => continue,
            What::Remark => bead(Part::Remark(text[span.clone()].trim().to_owned()), 0..0),
            What::Field { key, value } => {
                let value = value.start - span.start..value.end - span.start;
                bead(Part::Field(text[key].to_owned()), value)
            }
            What::Header(name) if headers == 0 => bead(Part::Header, name.end - span.start..name.end - span.start),
            What::Header(_) => {
                beads.push(Bead { text: &text[span.start..], ..bead(Part::Below, 0..0) });
                break;
            }
        };
        headers += usize::from(bead.part == Part::Header);
        gap = span.end;
        beads.push(bead);
    }
    beads
}

/// The same order, with the header above every field, and tables below at the end.
fn in_grammar(mut order: Vec<usize>, keys: &[Part]) -> Vec<usize> {
    let below = |n: &usize| keys[*n] == Part::Below;
    order.sort_by_key(|n| below(n));
    let header = order.iter().position(|&n| keys[n] == Part::Header);
    let field = order.iter().position(|&n| matches!(keys[n], Part::Field(_)));
    if let (Some(header), Some(field)) = (header, field)
        && field < header
    {
        order[field..=header].rotate_right(1);
    }
    order
}

fn settle(table: Option<&Table>, given: &Given<'_, Bead<'_>>) -> Settled {
    let text = |bead: &Bead<'_>| bead.text.to_owned();
    match (given.base, given.sides) {
        (_, [None, None]) => Settled::Gone,
        (_, [Some(a), Some(b)]) => blend(table, given.base, [a, b]),
        (None, [Some(side), None] | [None, Some(side)]) => Settled::Text(text(side)),
        (Some(base), [Some(side), None] | [None, Some(side)]) if base.text == side.text => Settled::Gone,
        // Taken away here, changed there.
        (Some(_), sides) => clash(sides.map(|side| side.map(text).unwrap_or_default())),
    }
}

fn clash(sides: [String; 2]) -> Settled {
    Settled::Clash(sides, Vec::new())
}

/// What becomes of a bead that both sides have.
fn blend<'t>(table: Option<&Table>, base: Option<&Bead<'t>>, sides: [&Bead<'t>; 2]) -> Settled {
    if let Some(text) = pick(base.map(|bead| bead.text), sides.map(|bead| bead.text)) {
        return Settled::Text(text.to_owned());
    }
    let values = sides.map(|bead| &bead.text[bead.value.clone()]);
    let value = match &sides[0].part {
        Part::Field(key) => blend_values(is_prose(table, key), base.map(|bead| &bead.text[bead.value.clone()]), values),
        Part::Header => Some(String::new()),
        Part::Remark(_) | Part::Below => None,
    };
    let Some(value) = value else { return clash(sides.map(|bead| bead.text.to_owned())) };
    let (before, after) =
        (|bead: &Bead<'t>| &bead.text[..bead.value.start], |bead: &Bead<'t>| &bead.text[bead.value.end..]);
    let front = pick_or_longer(base.map(before), sides.map(before));
    Settled::Text(format!("{front}{value}{}", both_remarks(base.map(after), sides.map(after))))
}

/// What stands beside a value: of two remarks both.
fn both_remarks(base: Option<&str>, sides: [&str; 2]) -> String {
    if let Some(text) = pick(base, sides) {
        return text.to_owned();
    }
    let mut remarks: Vec<&str> = sides.iter().map(|text| text.trim()).filter(|text| !text.is_empty()).collect();
    remarks.sort_unstable();
    remarks.dedup();
    let [a, b] = sides.map(|text| &text[..text.len() - text.trim_start_matches([' ', '\t']).len()]);
    let space = pick_or_longer(None, [a, b]);
    let end = if sides.iter().any(|text| text.ends_with('\n')) { "\n" } else { "" };
    if remarks.is_empty() { end.to_owned() } else { format!("{space}{}{end}", remarks.join(" ")) }
}

/// Whether the entries of a list are sentences in an order, and not a set of names.
fn is_prose(table: Option<&Table>, key: &str) -> bool {
    let key = table.and_then(|table| table.keys.iter().find(|known| known.name == key));
    key.is_none_or(|key| matches!(key.shape, Shape::Items(_) | Shape::ManyWords | Shape::TextOrTexts))
}

/// A value that stands on both sides; `None` if they differ beyond mending.
fn blend_values(prose: bool, base: Option<&str>, sides: [&str; 2]) -> Option<String> {
    if let Some(text) = pick(base, sides) {
        return Some(text.to_owned());
    }
    let lists = (base.map(List::read), sides.map(List::read));
    if let (None | Some(Some(_)), [Some(a), Some(b)]) = &lists {
        return blend_lists(prose, lists.0.as_ref().and_then(Option::as_ref), [a, b]);
    }
    // The same value in other words, such as other quotes.
    let [a, b] = sides.map(meaning);
    match base.map(meaning) {
        _ if a == b => Some(pick_or_longer(None, sides).to_owned()),
        Some(base) if base == a => Some(sides[1].to_owned()),
        Some(base) if base == b => Some(sides[0].to_owned()),
        _ => None,
    }
}

/// A value in one form, however it is written.
fn meaning(text: &str) -> String {
    let parsed = toml::from_str::<Fields>(&format!("x = {text}")).ok();
    let value = parsed.and_then(|mut parsed| parsed.remove("x"));
    value.as_ref().map_or_else(|| text.to_owned(), Value::to_string)
}

/// A list as it is written.
#[derive(Debug, Default)]
struct List<'t> {
    entries: Vec<Entry<'t>>,
    /// Whether it reaches over several lines.
    tall: bool,
    /// What stands before its first entry that begins a line, and before its end.
    indent: &'t str,
    foot: &'t str,
}

/// An entry of a list with the remark beside it, or a remark alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry<'t> {
    text: &'t str,
    remark: &'t str,
}

impl<'t> List<'t> {
    /// A value that is a list.
    fn read(text: &'t str) -> Option<Self> {
        let inside = text.strip_prefix('[')?.strip_suffix(']')?;
        let mut reader = ListReader { inside, ..ListReader::default() };
        for token in toml_parser::Source::new(inside).lex() {
            reader.token(token.kind(), token.span().start()..token.span().end());
        }
        let ListReader { mut list, space, indent, .. } = reader;
        (list.foot, list.indent) = (space.unwrap_or_default(), indent.unwrap_or("  "));
        Some(list)
    }
}

#[derive(Default)]
struct ListReader<'t> {
    /// What stands between the brackets.
    inside: &'t str,
    list: List<'t>,
    /// How many brackets are open.
    depth: usize,
    /// Where the entry begins that is being read.
    open: Option<usize>,
    /// What begins a line on which there is no entry yet; and what began the first that had one.
    space: Option<&'t str>,
    indent: Option<&'t str>,
}

impl ListReader<'_> {
    fn token(&mut self, kind: TokenKind, span: Span) {
        match kind {
            TokenKind::Whitespace if self.depth == 0 => self.space = self.space.map(|_| &self.inside[span]),
            TokenKind::Newline if self.depth == 0 => (self.list.tall, self.space) = (true, Some("")),
            TokenKind::Comment if self.depth == 0 => self.remark(span),
            TokenKind::Comma if self.depth == 0 => self.open = None,
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

    /// A part of an entry, or all of it.
    fn entry(&mut self, span: Span) {
        if let Some(space) = self.space.take() {
            self.indent.get_or_insert(space);
        }
        if self.open.is_none() {
            self.list.entries.push(Entry { text: "", remark: "" });
        }
        let start = *self.open.get_or_insert(span.start);
        if let Some(entry) = self.list.entries.last_mut() {
            entry.text = &self.inside[start..span.end];
        }
    }

    /// A remark, which belongs to the entry on its line.
    fn remark(&mut self, span: Span) {
        let remark = &self.inside[span];
        match self.list.entries.last_mut() {
            Some(entry) if self.space.is_none() && entry.remark.is_empty() => entry.remark = remark,
            _ => self.list.entries.push(Entry { text: "", remark }),
        }
    }
}

/// What an entry is: what it means, or a remark.
fn entry_key(entry: &Entry<'_>) -> Result<String, String> {
    if entry.text.is_empty() { Err(entry.remark.to_owned()) } else { Ok(meaning(entry.text)) }
}

/// A list that both sides changed; `None` if both put other words in the place of one entry.
fn blend_lists(prose: bool, base: Option<&List<'_>>, sides: [&List<'_>; 2]) -> Option<String> {
    let lists = [base.map(|list| list.entries.as_slice()).unwrap_or_default(), &sides[0].entries, &sides[1].entries];
    let keys = lists.map(|list| list.iter().map(entry_key).collect::<Vec<_>>());
    let threads = threads(&keys[0], [&keys[1], &keys[2]]);
    if prose && reworded(&threads, lists.map(<[_]>::len)) {
        return None;
    }
    let given = |thread: &Thread| thread.of(lists[0], [lists[1], lists[2]]);
    let keys: Vec<Result<String, String>> =
        threads.iter().filter_map(|thread| given(thread).any()).map(entry_key).collect();
    let live: Vec<bool> = threads.iter().map(|thread| stays(given(thread).map(|entry| entry))).collect();
    let entries = order(&threads, &keys, &live).into_iter().map(|n| blend_entries(&given(&threads[n])));
    Some(written(&entries.collect::<Vec<_>>(), sides))
}

/// An entry that stays, and the remark beside it.
fn blend_entries(given: &Given<'_, Entry<'_>>) -> (String, String) {
    let text = pick_of(given.map(|entry| entry.text)).unwrap_or_default().to_owned();
    match given.map(|entry| entry.remark) {
        (base, [Some(a), Some(b)]) => (text, both_remarks(base, [a, b])),
        (_, [a, b]) => (text, a.or(b).unwrap_or_default().to_owned()),
    }
}

/// Whether in the place of one entry, which is gone, each side put others.
fn reworded(threads: &[Thread], lengths: [usize; 3]) -> bool {
    let at = |list: usize, thread: &Thread| if list == 0 { thread.base } else { thread.sides[list - 1] };
    // For each list: what stands after which entry that all three have.
    let slots = |list: usize, wanted: &dyn Fn(&Thread) -> bool| {
        let mut row: Vec<Option<&Thread>> = vec![None; lengths[list]];
        threads.iter().for_each(|thread| {
            if let Some(at) = at(list, thread) {
                row[at] = Some(thread);
            }
        });
        let (mut slots, mut last) = (HashSet::new(), None);
        for thread in row.into_iter().flatten() {
            if thread.base.is_some() && thread.sides.iter().all(Option::is_some) {
                last = thread.base;
            } else if wanted(thread) {
                slots.insert(last);
            }
        }
        slots
    };
    let gone = slots(0, &|thread| thread.sides == [None, None]);
    let came = |side: usize| slots(side + 1, &|thread| thread.base.is_none() && thread.sides[1 - side].is_none());
    let (a, b) = (came(0), came(1));
    gone.iter().any(|slot| a.contains(slot) && b.contains(slot))
}

/// A list as an author would write it: on one line if both sides do, and nothing in it asks for more.
fn written(entries: &[(String, String)], sides: [&List<'_>; 2]) -> String {
    let tall: Vec<&&List<'_>> = sides.iter().filter(|list| list.tall).collect();
    if tall.is_empty() && entries.iter().all(|(_, remark)| remark.is_empty()) {
        let texts: Vec<&str> = entries.iter().map(|(text, _)| text.as_str()).collect();
        return format!("[{}]", texts.join(", "));
    }
    let (first, last) = (tall.first().copied().unwrap_or(&sides[0]), tall.last().copied().unwrap_or(&sides[1]));
    let indent = pick_or_longer(None, [first.indent, last.indent]);
    let mut list = "[\n".to_owned();
    for (text, remark) in entries {
        let comma = if text.is_empty() { "" } else { "," };
        let space = if text.is_empty() || remark.is_empty() { "" } else { " " };
        list.extend([indent, text, comma, space, remark, "\n"]);
    }
    list.extend([pick_or_longer(None, [first.foot, last.foot]), "]"]);
    list
}
