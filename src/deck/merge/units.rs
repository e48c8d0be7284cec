//! Cuts a text into the units that a merge handles, and into lines.

use std::collections::HashSet;

use toml::de::DeTable;
use toml_parser::lexer::TokenKind;

use super::super::blocks::{Block, REJOIN_BUDGET, Start, blocks, rejoin};
use crate::diagnostic::Span;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum LineKind {
    Blank,
    Comment,
    Field {
        /// With dots and quotes.
        key: Span,
        value: Span,
    },
    /// The header of a table: its bytes, with the brackets.
    Header(Span),
}

/// A line of TOML, with its line end. It covers several lines of the file if its value does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TomlLine {
    pub(super) span: Span,
    pub(super) kind: LineKind,
}

/// Returns the lines of a text that parses; together they are the whole text.
pub(super) fn lines(text: &str) -> Vec<TomlLine> {
    let mut lines = Vec::new();
    let (mut start, mut depth, mut comment) = (0, 0_usize, false);
    let (mut key, mut value): (Option<Span>, Option<Span>) = (None, None);
    let mut equals = false;
    for token in toml_parser::Source::new(text).lex() {
        let (kind, span) = (token.kind(), token.span().start()..token.span().end());
        match kind {
            TokenKind::Whitespace => {}
            TokenKind::Comment => comment = true,
            TokenKind::Newline if depth > 0 => {}
            TokenKind::Newline | TokenKind::Eof => {
                let kind = match (key.take(), value.take()) {
                    (Some(key), Some(value)) => LineKind::Field { key, value },
                    (Some(key), None) => LineKind::Header(key),
                    _ if comment => LineKind::Comment,
                    _ => LineKind::Blank,
                };
                if span.end > start {
                    lines.push(TomlLine { span: start..span.end, kind });
                }
                (start, depth, comment, equals) = (span.end, 0, false, false);
            }
            TokenKind::Equals if !equals => equals = true,
            _ => {
                match kind {
                    TokenKind::LeftSquareBracket | TokenKind::LeftCurlyBracket if equals => depth += 1,
                    TokenKind::RightSquareBracket | TokenKind::RightCurlyBracket => depth = depth.saturating_sub(1),
                    _ => {}
                }
                let whole = if equals { &mut value } else { &mut key };
                *whole = Some(whole.take().map_or(span.start, |whole| whole.start)..span.end);
            }
        }
    }
    lines
}

/// What a merge handles as one: a table with its comments, or comments on their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unit {
    pub(super) gap: Span,
    pub(super) body: Span,
    /// What its table starts with; `None` for comments on their own.
    pub(super) start: Option<Start>,
    /// Without the comments that touch it.
    pub(super) table: Span,
}

/// Cuts a text into units; together, with the blank lines after the last, they are the whole text.
///
/// Comments right above a header belong to its table, and those right below if a blank line follows. Others are units.
pub(super) fn units(text: &str) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    let mut at = 0;
    for (table, start) in tables(text) {
        let mut comments = paragraphs(text, at..table.start);
        let (gap, above) = comments.pop().unwrap_or((at..at, at..at));
        if let (Some(last), Some((below, body))) = (units.last_mut(), comments.first())
            && below.is_empty()
        {
            last.body.end = body.end;
            comments.remove(0);
        }
        units.extend(comments.into_iter().map(|(gap, body)| comment_unit(gap, body)));
        at = table.end;
        units.push(Unit { gap, body: above.start..table.end, start: Some(start), table });
    }
    let last = paragraphs(text, at..text.len()).into_iter().filter(|(_, body)| !body.is_empty());
    units.extend(last.map(|(gap, body)| comment_unit(gap, body)));
    units
}

fn comment_unit(gap: Span, body: Span) -> Unit {
    Unit { gap, table: body.end..body.end, body, start: None }
}

fn tables(text: &str) -> Vec<(Span, Start)> {
    let cut = blocks(text);
    let valid = DeTable::parse_recoverable(text).1.is_empty();
    let blocks = if valid { outside_values(text, cut) } else { rejoined(text, cut) };
    let table = |(block, parses): (Block, bool)| {
        let within = &text[block.span.clone()];
        let solid = if parses { solid(within) } else { solid_by_line(within) };
        solid.map(|solid| (solid.start + block.span.start..solid.end + block.span.start, block.start))
    };
    blocks.into_iter().filter_map(table).collect()
}

/// Returns the blocks of a text that parses, with those that start inside a value joined to the one before.
fn outside_values(text: &str, cut: Vec<Block>) -> Vec<(Block, bool)> {
    let headers = lines(text).into_iter().filter(|line| matches!(line.kind, LineKind::Header(_)));
    let headers: HashSet<usize> = headers.map(|line| line.span.start).collect();
    let mut blocks: Vec<(Block, bool)> = Vec::new();
    for block in cut {
        match blocks.last_mut() {
            Some((last, _)) if !headers.contains(&block.span.start) => last.span.end = block.span.end,
            _ => blocks.push((block, true)),
        }
    }
    blocks
}

/// Returns the blocks of a text that does not parse, each with whether it parses. Those that parse together are joined.
fn rejoined(text: &str, cut: Vec<Block>) -> Vec<(Block, bool)> {
    let mut budget = REJOIN_BUDGET;
    let mut blocks = Vec::new();
    let mut n = 0;
    while n < cut.len() {
        let Block { span, start } = cut[n].clone();
        let parses = start != Start::Conflict && DeTable::parse_recoverable(&text[span.clone()]).1.is_empty();
        let whole = if parses || start == Start::Conflict { None } else { rejoin(text, &cut[n..], &[], &mut budget) };
        let (end, taken) = whole.unwrap_or((span.end, 0));
        blocks.push((Block { span: span.start..end, start }, parses || taken > 0));
        n += 1 + taken;
    }
    blocks
}

/// Returns the part of a block from its first to its last line that is neither blank nor a comment.
fn solid(block: &str) -> Option<Span> {
    let lines = lines(block);
    let solid = |line: &&TomlLine| matches!(line.kind, LineKind::Field { .. } | LineKind::Header(_));
    let first = lines.iter().find(solid)?.span.start;
    Some(first..lines.iter().rfind(solid)?.span.end)
}

/// Does the same for a block that does not parse, judging by each line alone.
fn solid_by_line(block: &str) -> Option<Span> {
    let (mut solid, mut at): (Option<Span>, usize) = (None, 0);
    for line in block.split_inclusive('\n') {
        let end = at + line.len();
        if !line.trim().is_empty() && !line.trim_start().starts_with('#') {
            solid = Some(solid.map_or(at, |solid| solid.start)..end);
        }
        at = end;
    }
    solid
}

/// Returns comments by paragraph, each with the blank lines above it. The last reaches to the end and may be empty.
fn paragraphs(text: &str, run: Span) -> Vec<(Span, Span)> {
    let mut found = Vec::new();
    let (mut gap, mut body) = (run.start..run.start, run.start..run.start);
    for line in text[run].split_inclusive('\n') {
        let end = body.end + line.len();
        if !line.trim().is_empty() {
            body.end = end;
            continue;
        }
        let start = if body.is_empty() { gap.start } else { body.end };
        if !body.is_empty() {
            found.push((gap, body));
        }
        gap = start..end;
        body = end..end;
    }
    found.push((gap, body));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn units_are_tables_with_their_comments() {
        // Each unit with the blank lines above it; together they are the text.
        let cases: &[&[(&str, &str)]] = &[
            &[],
            &[("", "# alone\n")],
            &[("", "# head\n"), ("\n", "# more\n"), ("\n", "[deck]\ntitle = \"x\"\n")],
            &[("", "# touches\n[deck]\n")],
            &[("", "a = 1\n"), ("", "[deck]\n")],
            &[
                ("", "[deck]\n# below\n"),
                ("\n\n", "# alone\n"),
                ("\n", "# touches\n[[card]]\nid = \"a\" # too\n"),
                (" \r\n", "# end\n"),
            ],
            &[("", "[[card]]\n"), ("", "# touches the next\n[[card]]\n"), ("", "# at the end\n")],
            &[("", "[[card]]\nprompt = \"\"\"\n[[card]]\n# no remark\"\"\"\n"), ("\n", "[[card]]\n")],
            &[("", "[[card]]\nparts = [\n[\n# inside\n]]\n[[card.points]]\ntext = \"x\"\n"), ("", "[[card]]")],
            &[
                ("", "[[card]]\nprompt = \"x\n"),
                ("\n", "# a\n[[card]]\nprompt = \"\"\"\n[note]\n\"\"\"\n"),
                ("", "[[card]]\nid =\n"),
            ],
            &[
                ("", "[[card]]\n"),
                ("\n", "<<<<<<< ours\n"),
                ("", "[[card]]\n"),
                ("", "=======\n"),
                ("", ">>>>>>> theirs\n"),
            ],
        ];
        for expected in cases {
            let text: String = expected.iter().flat_map(|(gap, body)| [*gap, *body]).collect();
            let cut = units(&text);
            let cut: Vec<_> = cut.into_iter().map(|unit| (&text[unit.gap], &text[unit.body])).collect();
            assert_eq!(&cut, expected);
        }
    }

    proptest! {
        #[test]
        fn units_and_lines_are_the_whole_text(text in "(\\[\\[card\\]\\]\n|\\[\\[card.points\\]\\]\n|a = |\"|\"\"\"|'|\\[|\\]|\\{|,|\r?\n|# é|x|=======|\n\n){0,40}") {
            let mut at = 0;
            for unit in units(&text) {
                prop_assert!(unit.gap.start == at && unit.gap.end == unit.body.start && !unit.body.is_empty());
                prop_assert!(text[unit.gap].trim().is_empty());
                prop_assert!(unit.table.start >= unit.body.start && unit.table.end <= unit.body.end);
                at = unit.body.end;
            }
            prop_assert!(text[at..].trim().is_empty());
            let whole: String = lines(&text).into_iter().map(|line| &text[line.span]).collect();
            prop_assert_eq!(whole, text);
        }
    }
}
