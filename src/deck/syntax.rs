//! The finding for text that is not TOML: the parser's first error, moved to what the author forgot, with a fix.

use toml_parser::lexer::TokenKind;

use crate::diagnostic::{Diagnostic, Source};

pub(super) fn first(source: &Source, base: usize, end: usize, errors: &[toml::de::Error]) -> Option<Diagnostic> {
    let error = errors.iter().min_by_key(|error| error.span().map_or(usize::MAX, |span| span.start))?;
    // The parser has no span for keys that nest too deeply: the block's first line with text is the best place.
    let block = &source.text[base..end];
    let fallback = || {
        let at = end - block.trim_start().len();
        at..at
    };
    let span = error.span().map_or_else(fallback, |span| span.start + base..span.end + base);
    let mut span = span.start.min(end)..span.end.min(end);
    let mut message = error.message().to_owned();
    // The parser fails some lines below what the author forgot.
    let opener = unclosed(block).map(|(at, what)| (at + base, what)).filter(|(at, _)| *at < span.start);
    if let Some((at, what)) = opener {
        span = at..at + what.len();
        message = format!("this `{what}` is never closed");
    }
    let help = advice(source, span.start);
    let finding = source.error(span, "syntax", format!("TOML syntax error: {message}"));
    Some(match help {
        Some(help) => finding.help(help),
        None => finding,
    })
}

/// Returns the bracket or the three quotes that a block opens and never closes, with its offset.
fn unclosed(block: &str) -> Option<(usize, &'static str)> {
    let mut open: Vec<(usize, &'static str)> = Vec::new();
    // The last two tokens that are neither space nor comment: what is before a key shows whether a `,` is missing.
    let mut last = [TokenKind::Newline; 2];
    let mut header = false;
    for token in toml_parser::Source::new(block).lex() {
        let (kind, at) = (token.kind(), token.span().start());
        let text = &block[at..token.span().end()];
        match kind {
            TokenKind::Whitespace | TokenKind::Comment => continue,
            TokenKind::Newline => header = false,
            TokenKind::LeftSquareBracket if open.is_empty() && last[1] == TokenKind::Newline => header = true,
            _ if header => {}
            TokenKind::LeftSquareBracket => open.push((at, "[")),
            TokenKind::LeftCurlyBracket => open.push((at, "{")),
            TokenKind::RightSquareBracket | TokenKind::RightCurlyBracket => {
                let closes = if kind == TokenKind::RightSquareBracket { "[" } else { "{" };
                match open.pop() {
                    Some((_, what)) if what == closes => {}
                    mismatch => return mismatch,
                }
            }
            TokenKind::Equals => {
                let separated = matches!(last[0], TokenKind::Comma | TokenKind::LeftCurlyBracket | TokenKind::Dot);
                // `key =` directly in a list, or in a table with no `,` before it: the next key of the card.
                if open.last().is_some_and(|(_, what)| *what == "[" || !separated) {
                    return open.first().copied();
                }
            }
            TokenKind::MlBasicString if text.len() < 6 || !text.ends_with("\"\"\"") => return Some((at, "\"\"\"")),
            TokenKind::MlLiteralString if text.len() < 6 || !text.ends_with("'''") => return Some((at, "'''")),
            _ => {}
        }
        // A line end inside brackets separates nothing.
        if kind != TokenKind::Newline || open.is_empty() {
            last = [last[1], kind];
        }
    }
    open.first().copied()
}

fn advice(source: &Source, at: usize) -> Option<&'static str> {
    let line = &source.text[source.line_span(source.line(at))];
    let key =
        line.trim_start().split(|c: char| !c.is_alphanumeric() && c != '_' && c != '-').next().unwrap_or_default();
    let after = line.trim_start()[key.len()..].trim_start();
    if line.contains(['“', '”', '‘', '’', '„']) {
        Some("write straight quotes: \"…\"")
    } else if after.starts_with(':') {
        Some("TOML writes `key = value`, with `=`")
    } else if !key.is_empty() && !line.contains('=') && !line.trim_start().starts_with('[') {
        Some("a remark begins with `#`; a value is written `key = \"…\"`")
    } else if line.matches('"').count() % 2 == 1 && !line.contains("\"\"\"") {
        Some(
            "close the text with `\"` on the same line, or write it between `\"\"\"` and `\"\"\"`, where it may have several",
        )
    } else {
        None
    }
}
