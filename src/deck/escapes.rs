//! Escapes that nobody meant: `"\theta"` is a tab and `heta`, `"C:\new"` has two lines.

use toml_parser::lexer::TokenKind;

use crate::diagnostic::{Diagnostic, Source};

/// Returns a finding for the first such escape of each text in double quotes.
pub(super) fn unmeant(source: &Source) -> impl Iterator<Item = Diagnostic> {
    // Most decks have no escape, and then there is nothing to lex.
    let text = memchr::memchr(b'\\', source.text.as_bytes()).map_or("", |_| source.text.as_str());
    let quoted = |kind| matches!(kind, TokenKind::BasicString | TokenKind::MlBasicString);
    let tokens = toml_parser::Source::new(text).lex().filter(move |token| quoted(token.kind()));
    tokens.filter_map(|token| {
        let (start, end) = (token.span().start(), token.span().end());
        first(&source.text[start..end]).map(|(at, escape)| finding(source, start + at, escape))
    })
}

fn finding(source: &Source, at: usize, escape: &str) -> Diagnostic {
    let what = match escape {
        r"\b" => "a backspace",
        r"\t" => "a tab",
        r"\n" => "a line break",
        r"\f" => "a form feed",
        r"\r" => "a carriage return",
        r"\e" => "an escape character",
        _ => "a control character",
    };
    let message = format!("TOML reads this `{escape}` as {what}");
    let help = format!(r"write the text in single quotes, where a `\` is a `\`, or write `\{escape}`");
    source.warning(at..at + escape.len(), "escape", message).help(help)
}

/// Returns the first unmeant escape of a text as it is written, with its offset.
fn first(written: &str) -> Option<(usize, &str)> {
    let mut at = 0;
    while let Some(found) = written[at..].find('\\') {
        let start = at + found;
        let mut after = written[start + 1..].chars();
        let code = after.next()?;
        let digits = match code {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ => 0,
        };
        let end = start + 1 + code.len_utf8() + digits;
        let (before, escape, rest) = (&written[..start], written.get(start..end)?, &written[end..]);
        let unmeant = match code {
            'b' | 'f' | 'e' => true,
            'r' => !rest.starts_with("\\n"),
            't' => rest.chars().take_while(char::is_ascii_alphabetic).take(2).count() == 2,
            'n' => (ends_with_drive(before) && rest.starts_with(char::is_alphanumeric)) || is_math(before, rest),
            'x' | 'u' | 'U' => is_control(&escape[2..]),
            _ => false,
        };
        if unmeant {
            return Some((start, escape));
        }
        at = end;
    }
    None
}

/// Whether hexadecimal digits name a control character other than a tab and a line break.
fn is_control(digits: &str) -> bool {
    let c = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
    c.is_some_and(|c| c.is_control() && !['\t', '\n', '\r'].contains(&c))
}

/// Whether a text ends with a letter and a colon, as in `C:`; one letter, because `Note:` often ends a line.
fn ends_with_drive(text: &str) -> bool {
    let mut back = text.chars().rev();
    back.next() == Some(':')
        && back.next().is_some_and(|c| c.is_ascii_alphabetic())
        && !back.next().is_some_and(char::is_alphanumeric)
}

/// Whether a place is between two `$` signs that enclose a formula, and before a letter. As in Pandoc, a formula begins with
/// no blank and no digit, and ends with no blank, so that `$5` is a price.
fn is_math(before: &str, after: &str) -> bool {
    let formula = |text: &str| text.starts_with(|c: char| !c.is_whitespace() && !c.is_ascii_digit() && c != '$');
    let mut open = false;
    for (at, _) in before.match_indices('$') {
        let inside = &before[at + 1..];
        open = if open { false } else { inside.is_empty() || formula(inside) };
    }
    let closes = after.find('$').is_some_and(|at| !after[..at].ends_with(char::is_whitespace));
    open && closes && after.starts_with(|c: char| c.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_that_nobody_meant() {
        // Each text as it is written, with the escape that is found.
        let cases = [
            (r"\theta", Some(r"\t")),
            (r"$\frac{a}{b}$", Some(r"\f")),
            (r"the \euler number", Some(r"\e")),
            (r"\beta", Some(r"\b")),
            (r"\right", Some(r"\r")),
            (r"C:\new", Some(r"\n")),
            (r"in (d:\notes)", Some(r"\n")),
            (r"C:\temp", Some(r"\t")),
            (r"$\nabla f$", Some(r"\n")),
            (r"the price is $\nu$", Some(r"\n")),
            (r"\u001b[2J", Some(r"\u001b")),
            (r"\x1B[2J", Some(r"\x1B")),
            (r"\U0000009b", Some(r"\U0000009b")),
            (r"one\nline, \\theta, and \theta", Some(r"\t")),
            // What is meant.
            (r"one\ntwo", None),
            (r"Note:\nnext", None),
            (r"Q:\n", None),
            (r"a\tb", None),
            (r"a\t", None),
            (r"a\t12", None),
            (r"a\r\nb", None),
            (r"\\theta, \\frac, C:\\new, \\e", None),
            (r#"say \"next\""#, None),
            (r"caf\u00e9\u000a\x09", None),
            (r"It cost $5.\nThen it cost $6.", None),
            (r"$x$ and\nthen $y$", None),
            (r"from $1M\nto $2M", None),
            (r"$a\n", None),
            (r"at the end \", None),
            (r"\u00", None),
        ];
        for (written, expected) in cases {
            assert_eq!(first(written).map(|(_, escape)| escape), expected, "{written}");
        }
    }

    #[test]
    fn texts_in_single_quotes_and_comments_have_no_escapes() {
        let text = "# \"\\theta\"\na = '\\theta'\nb = '''\n\\theta\n'''\nc = \"\"\"\n\\theta \\frac\n\"\"\"\nd = [\"x\", \"\\frac\"]\n";
        let found: Vec<String> = unmeant(&Source::new("a.toml", text)).map(|finding| finding.place()).collect();
        assert_eq!(found, ["a.toml:7:1", "a.toml:9:12"]);
        let long = unmeant(&Source::new("a.toml", "prompt = \"\\theta\"\n")).next().map(|finding| finding.short());
        assert_eq!(long.as_deref(), Some("a.toml:1:11: warning: TOML reads this `\\t` as a tab [escape]"));
    }
}
