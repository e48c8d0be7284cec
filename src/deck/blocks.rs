//! Cuts a deck file into blocks, so that one bad line costs one card.
//!
//! A block begins at a line that begins with `[`, or with a marker of a merge conflict, and runs to the next. A header
//! with a dotted path (`[[card.points]]`) goes on with the block before it. For a merge the same blocks are [`pieces`],
//! each with the remarks that belong to it.

use std::collections::HashSet;

use toml::de::DeTable;
use toml_parser::lexer::TokenKind;

use crate::diagnostic::Span;

/// What a block begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// The text before the first header.
    Preamble,
    /// A line that begins with `[`.
    Header,
    Conflict,
}

/// What lines begin with that a merge leaves: our side, what both began with (only where git is told to show it), their
/// side, and the end.
pub(crate) const MARKERS: [&str; 4] = ["<<<<<<<", "|||||||", "=======", ">>>>>>>"];

/// What to do about the markers of a merge.
pub(crate) const MARKERS_HELP: &str = "keep what you want of both sides and delete the marker lines";

/// A run of lines that is parsed alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Block {
    /// Its bytes in the file.
    pub(crate) span: Span,
    /// What it begins with.
    pub(crate) start: Start,
}

/// Cuts a text into blocks; together they are the whole text.
pub(crate) fn blocks(text: &str) -> Vec<Block> {
    let mut heads: Vec<(usize, Start)> = vec![(0, Start::Preamble)];
    let lines = std::iter::once(0).chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|end| end + 1));
    for at in lines {
        let line = &text[at..];
        let line = line.strip_prefix('\u{feff}').filter(|_| at == 0).unwrap_or(line);
        if let Some(start) = starts(line) {
            heads.push((at, start));
        }
    }
    if heads.len() > 1 && heads[1].0 == 0 {
        heads.remove(0);
    }
    let ends = heads.iter().skip(1).map(|(at, _)| *at).chain([text.len()]);
    heads.iter().zip(ends).map(|(&(at, start), end)| Block { span: at..end, start }).collect()
}

/// What begins with the line at the beginning of this text.
fn starts(text: &str) -> Option<Start> {
    // Most lines begin with a letter or a `#`, and are none of these.
    if !matches!(text.as_bytes().first(), Some(b'[' | b'<' | b'|' | b'=' | b'>' | b' ' | b'\t')) {
        return None;
    }
    let line = text.split('\n').next().unwrap_or_default();
    if MARKERS.iter().any(|marker| line.starts_with(marker)) {
        return Some(Start::Conflict);
    }
    let path = line.trim_start_matches([' ', '\t']);
    let indented = path.len() < line.len();
    let name = path.strip_prefix("[[").or_else(|| path.strip_prefix('['))?;
    let name = name.split([']', '#', '\n', '\r']).next().unwrap_or_default().trim();
    let dotted = super::keys::TABLES
        .iter()
        .any(|table| name.strip_prefix(table.name).is_some_and(|rest| rest.trim_start().starts_with('.')));
    // An indented `[` is more often the inside of a list than a header.
    let header = !dotted && (!indented || super::keys::table(name).is_some());
    header.then_some(Start::Header)
}

/// Most tokens of TOML that are parsed: the parser keeps every one, and 16 MiB of brackets would be gigabytes.
const MOST_TOKENS: usize = 4 << 20;

/// Whether a text has more brackets and signs than a deck can hold.
pub(crate) fn too_many_tokens(text: &str) -> bool {
    text.len() > MOST_TOKENS && toml_parser::Source::new(text).lex().take(MOST_TOKENS + 1).count() > MOST_TOKENS
}

/// Whether the first of these blocks begins what both sides of a conflict began with, and another marker ends it: that is on
/// neither side. `open` says that a conflict is open above.
pub(crate) fn is_origin(text: &str, blocks: &[Block], open: bool) -> bool {
    let ends = || blocks.iter().skip(1).any(|block| block.start == Start::Conflict);
    open && text[blocks[0].span.clone()].starts_with("|||||||") && ends()
}

/// How far the first of these blocks, which does not parse alone, reaches, and how many of the next it takes: a `"""` text
/// may hold a line that begins with `[`. `budget` is how many bytes may be parsed again in search of that; `broken` are
/// places that were not UTF-8.
pub(crate) fn rejoin(text: &str, blocks: &[Block], broken: &[usize], budget: &mut usize) -> Option<(usize, usize)> {
    const MOST_BLOCKS: usize = 16;
    const MOST_BYTES: usize = 1 << 16;
    let start = blocks[0].span.start;
    let alone = &text[blocks[0].span.clone()];
    if !alone.contains("\"\"\"") && !alone.contains("'''") {
        return None;
    }
    (1..blocks.len().min(MOST_BLOCKS)).find_map(|taken| {
        let end = blocks[taken].span.end;
        let whole = end - start <= MOST_BYTES.min(*budget) && first_within(broken, &(start..end)).is_none();
        *budget -= if whole { end - start } else { 0 };
        (whole && DeTable::parse_recoverable(&text[start..end]).1.is_empty()).then_some((end, taken))
    })
}

/// Bytes that may be parsed again in search of where the blocks of one file end.
pub(crate) const REJOIN_BUDGET: usize = 16 << 20;

/// The first of these places, which are in order, that is inside the span.
pub(crate) fn first_within(places: &[usize], span: &Span) -> Option<usize> {
    let next = places.partition_point(|&at| at < span.start);
    places.get(next).copied().filter(|&at| at < span.end)
}

/// What a line is to the grammar of TOML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    Blank,
    Remark,
    /// A key and its value.
    Field {
        /// The bytes of the key, dots and quotes included.
        key: Span,
        /// The bytes of the value.
        value: Span,
    },
    /// The header of a table: its bytes with the brackets.
    Header(Span),
}

/// A line of TOML, line end included; a value may make it reach over several lines of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) span: Span,
    pub(crate) what: What,
}

/// The lines of a text that parses; together they are the whole text.
pub(crate) fn lines(text: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let (mut start, mut depth, mut remark) = (0, 0_usize, false);
    let (mut key, mut value): (Option<Span>, Option<Span>) = (None, None);
    let mut equals = false;
    for token in toml_parser::Source::new(text).lex() {
        let (kind, span) = (token.kind(), token.span().start()..token.span().end());
        match kind {
            TokenKind::Whitespace => {}
            TokenKind::Comment => remark = true,
            TokenKind::Newline if depth > 0 => {}
            TokenKind::Newline | TokenKind::Eof => {
                let what = match (key.take(), value.take()) {
                    (Some(key), Some(value)) => What::Field { key, value },
                    (Some(key), None) => What::Header(key),
                    _ if remark => What::Remark,
                    _ => What::Blank,
                };
                if span.end > start {
                    lines.push(Line { span: start..span.end, what });
                }
                (start, depth, remark, equals) = (span.end, 0, false, false);
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

/// What a merge takes as one: a table with its remarks, or remarks that stand alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    /// The blank lines before it.
    pub(crate) gap: Span,
    /// It, with the remarks that touch it.
    pub(crate) body: Span,
    /// What its table begins with; `None` for remarks that stand alone.
    pub(crate) start: Option<Start>,
    /// The table without remarks around it.
    pub(crate) table: Span,
}

/// Cuts a text into what a merge takes as one; together, with the blank lines after the last, they are the whole text.
///
/// Remarks right above a header belong to its table. Those right below a table belong to it if a blank line parts them
/// from the next. All others stand alone, by paragraph: at the beginning, between two tables, or at the end.
pub(crate) fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut at = 0;
    for (table, start) in tables(text) {
        let mut remarks = paragraphs(text, at..table.start);
        let (gap, above) = remarks.pop().unwrap_or((at..at, at..at));
        if let (Some(last), Some((below, body))) = (pieces.last_mut(), remarks.first())
            && below.is_empty()
        {
            last.body.end = body.end;
            remarks.remove(0);
        }
        pieces.extend(remarks.into_iter().map(|(gap, body)| alone(gap, body)));
        at = table.end;
        pieces.push(Piece { gap, body: above.start..table.end, start: Some(start), table });
    }
    let last = paragraphs(text, at..text.len()).into_iter().filter(|(_, body)| !body.is_empty());
    pieces.extend(last.map(|(gap, body)| alone(gap, body)));
    pieces
}

/// Remarks that stand alone.
fn alone(gap: Span, body: Span) -> Piece {
    Piece { gap, table: body.end..body.end, body, start: None }
}

/// The tables of a text, without what stands between them.
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

/// The blocks of a text that parses, those joined that begin inside a value.
fn outside_values(text: &str, cut: Vec<Block>) -> Vec<(Block, bool)> {
    let headers = lines(text).into_iter().filter(|line| matches!(line.what, What::Header(_)));
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

/// The blocks of a text that does not parse, those joined that parse together; with whether each does.
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

/// The part of a block that is neither blank nor remark.
fn solid(block: &str) -> Option<Span> {
    let lines = lines(block);
    let solid = |line: &&Line| matches!(line.what, What::Field { .. } | What::Header(_));
    let first = lines.iter().find(solid)?.span.start;
    Some(first..lines.iter().rfind(solid)?.span.end)
}

/// The same of a block that does not parse, as far as its lines tell.
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

/// Remarks by paragraph, each with the blank lines before it. The last reaches to the end, and may have no remark.
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
    fn cuts_at_headers_and_conflict_markers() {
        let cases: &[(&str, &[&str])] = &[
            ("", &[""]),
            ("# a\n[deck]\ntitle = 1\n[[card]]\n", &["# a\n", "[deck]\ntitle = 1\n", "[[card]]\n"]),
            (
                "[[card]]\n[[card.points]]\n[[ card . points ]]\n[[card]]",
                &["[[card]]\n[[card.points]]\n[[ card . points ]]\n", "[[card]]"],
            ),
            ("[[card]]\npoints = [\n  [\n]\n  [[card]] # x\n", &["[[card]]\npoints = [\n  [\n]\n", "  [[card]] # x\n"]),
            ("a\n<<<<<<< x\nb\n=======\nc\n>>>>>>> y\n", &["a\n", "<<<<<<< x\nb\n", "=======\nc\n", ">>>>>>> y\n"]),
            ("<<<<<<< x\n||||||| y\na\n=======\n", &["<<<<<<< x\n", "||||||| y\na\n", "=======\n"]),
            ("\u{feff}[deck]\n", &["\u{feff}[deck]\n"]),
        ];
        for (text, expected) in cases {
            let cut: Vec<&str> = blocks(text).into_iter().map(|block| &text[block.span]).collect();
            assert_eq!(&cut, expected, "{text:?}");
        }
    }

    #[test]
    fn pieces_are_tables_with_their_remarks() {
        // Each piece with the blank lines before it; together they are the text.
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
            // Text that does not parse.
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
            let cut = pieces(&text);
            let cut: Vec<_> = cut.into_iter().map(|piece| (&text[piece.gap], &text[piece.body])).collect();
            assert_eq!(&cut, expected);
        }
    }

    proptest! {
        #[test]
        fn blocks_are_the_whole_text(text in "([\\[a\\]\n <=>\u{feff}]|\\[card|<<<<<<<){0,60}") {
            let whole: String = blocks(&text).into_iter().map(|block| text[block.span].to_owned()).collect();
            prop_assert_eq!(whole, text);
        }

        #[test]
        fn pieces_and_lines_are_the_whole_text(text in "(\\[\\[card\\]\\]\n|\\[\\[card.points\\]\\]\n|a = |\"|\"\"\"|'|\\[|\\]|\\{|,|\r?\n|# é|x|=======|\n\n){0,40}") {
            let mut at = 0;
            for piece in pieces(&text) {
                prop_assert!(piece.gap.start == at && piece.gap.end == piece.body.start && !piece.body.is_empty());
                prop_assert!(text[piece.gap].trim().is_empty());
                prop_assert!(piece.table.start >= piece.body.start && piece.table.end <= piece.body.end);
                at = piece.body.end;
            }
            prop_assert!(text[at..].trim().is_empty());
            let whole: String = lines(&text).into_iter().map(|line| &text[line.span]).collect();
            prop_assert_eq!(whole, text);
        }
    }
}
