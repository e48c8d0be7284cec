//! Cuts a deck file into blocks, so that one bad line costs one card.
//!
//! A block begins at a line that begins with `[`, or with a marker of a merge conflict, and runs to the next. A header
//! with a dotted path (`[[card.points]]`) goes on with the block before it.

use crate::diagnostic::Span;

/// What a block begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// The text before the first header.
    Preamble,
    /// A line that begins with `[`.
    Header,
    /// `<<<<<<<`, `=======` or `>>>>>>>`.
    Conflict,
}

/// A run of lines that is parsed alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Its bytes in the file.
    pub span: Span,
    /// What it begins with.
    pub start: Start,
}

/// Cuts a text into blocks; together they are the whole text.
pub fn blocks(text: &str) -> Vec<Block> {
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
    if !matches!(text.as_bytes().first(), Some(b'[' | b'<' | b'=' | b'>' | b' ' | b'\t')) {
        return None;
    }
    let line = text.split('\n').next().unwrap_or_default();
    if ["<<<<<<<", "=======", ">>>>>>>"].iter().any(|marker| line.starts_with(marker)) {
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
