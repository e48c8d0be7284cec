//! Cuts a deck file into blocks, so that one bad line costs one card.
//!
//! A block starts at a line that starts with `[`, or with a marker of a merge conflict, and runs to the next one. A header
//! with a dotted path (`[[card.points]]`) stays with the block before it.

use toml::de::DeTable;

use super::keys::{TABLES, table};
use crate::diagnostic::Span;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    Preamble,
    Header,
    Conflict,
}

/// What marker lines start with: our side, the common origin (only if git is told to show it), their side, the end.
pub(crate) const MARKERS: [&str; 4] = ["<<<<<<<", "|||||||", "=======", ">>>>>>>"];

pub(crate) const MARKERS_HELP: &str = "keep what you want of both sides and delete the marker lines";

/// A run of lines that is parsed alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) span: Span,
    pub(crate) start: Start,
}

/// Cuts a text into blocks; together they are the whole text.
pub(crate) fn blocks(text: &str) -> Vec<Block> {
    let mut starts: Vec<(usize, Start)> = vec![(0, Start::Preamble)];
    let lines = std::iter::once(0).chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|end| end + 1));
    for at in lines {
        let line = &text[at..];
        let line = line.strip_prefix('\u{feff}').filter(|_| at == 0).unwrap_or(line);
        if let Some(start) = start_of(line) {
            starts.push((at, start));
        }
    }
    if starts.len() > 1 && starts[1].0 == 0 {
        starts.remove(0);
    }
    let ends = starts.iter().skip(1).map(|(at, _)| *at).chain([text.len()]);
    starts.iter().zip(ends).map(|(&(at, start), end)| Block { span: at..end, start }).collect()
}

/// Returns what the first line of a text starts, if it starts a block.
fn start_of(text: &str) -> Option<Start> {
    // A fast way out: most lines start with a letter or a `#`.
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
    let is_below = |table: &str| name.strip_prefix(table).is_some_and(|rest| rest.trim_start().starts_with('.'));
    let dotted = TABLES.iter().any(|table| is_below(table.name));
    // An indented `[` is more often the inside of a list than a header.
    let header = !dotted && (!indented || table(name).is_some());
    header.then_some(Start::Header)
}

/// How many tokens of TOML are parsed: the parser keeps every one, and 16 MiB of brackets would take gigabytes.
const MOST_TOKENS: usize = 4 << 20;

pub(crate) fn too_many_tokens(text: &str) -> bool {
    text.len() > MOST_TOKENS && toml_parser::Source::new(text).lex().take(MOST_TOKENS + 1).count() > MOST_TOKENS
}

/// Returns whether the first of these blocks is the common origin in a conflict, which is `open` above and ends below.
pub(crate) fn is_origin(text: &str, blocks: &[Block], open: bool) -> bool {
    let ends = || blocks.iter().skip(1).any(|block| block.start == Start::Conflict);
    open && text[blocks[0].span.clone()].starts_with("|||||||") && ends()
}

/// Returns where the first of these blocks ends, which does not parse alone, and how many of the next belong to it: a `"""`
/// text may hold a line that starts with `[`. `budget` is how many bytes may be parsed in search of that; `broken` are the
/// offsets that were not UTF-8.
pub(crate) fn rejoin(text: &str, blocks: &[Block], broken: &[usize], budget: &mut usize) -> Option<(usize, usize)> {
    const MOST_BLOCKS: usize = 16;
    const MOST_BYTES: usize = 1 << 16;
    let start = blocks[0].span.start;
    if !has_three_quotes(&text[blocks[0].span.clone()]) {
        return None;
    }
    (1..blocks.len().min(MOST_BLOCKS)).find_map(|taken| {
        let end = blocks[taken].span.end;
        let whole = end - start <= MOST_BYTES.min(*budget) && first_within(broken, &(start..end)).is_none();
        *budget -= if whole { end - start } else { 0 };
        (whole && DeTable::parse_recoverable(&text[start..end]).1.is_empty()).then_some((end, taken))
    })
}

pub(super) fn has_three_quotes(text: &str) -> bool {
    text.contains("\"\"\"") || text.contains("'''")
}

/// How many bytes of one file [`rejoin`] may parse.
pub(crate) const REJOIN_BUDGET: usize = 16 << 20;

/// Returns the first of these offsets, which are sorted, that is inside the span.
pub(crate) fn first_within(offsets: &[usize], span: &Span) -> Option<usize> {
    let next = offsets.partition_point(|&at| at < span.start);
    offsets.get(next).copied().filter(|&at| at < span.end)
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
            ("[[card]]\n[[card.a]]\n[[ card . a ]]\n[[card]]", &["[[card]]\n[[card.a]]\n[[ card . a ]]\n", "[[card]]"]),
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

    proptest! {
        #[test]
        fn blocks_are_the_whole_text(text in "([\\[a\\]\n <=>\u{feff}]|\\[card|<<<<<<<){0,60}") {
            let whole: String = blocks(&text).into_iter().map(|block| text[block.span].to_owned()).collect();
            prop_assert_eq!(whole, text);
        }
    }
}
