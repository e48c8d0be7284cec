//! Findings as text: the excerpt with carets, and foreign text with control characters escaped.
//!
//! Text from decks, file names, and errors of other programs is shown only through [`shown`] and its variants, so that no
//! deck can act on a terminal.
//!
//! Not here: printing, and where findings come from.

use std::borrow::Cow;
use std::fmt::Write as _;

use serde::Serialize;
use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation as _};
use unicode_width::UnicodeWidthStr as _;

use crate::diagnostic::{Diagnostic, Excerpt, head};

impl Diagnostic {
    /// Formats the place as `FILE:LINE:COL`, escaped.
    pub(crate) fn place(&self) -> String {
        format!("{}:{}:{}", shown_line(&self.file), self.line, self.column)
    }

    fn named(&self) -> String {
        format!("{} [{}]", shown_line(&self.message), self.check)
    }

    /// Formats the finding on one line for editors' quickfix lists: `FILE:LINE:COL: severity: message [check]`.
    pub(crate) fn short(&self) -> String {
        let place = format!("{}:{}:{}", shown_path(&self.file), self.line, self.column);
        format!("{place}: {}: {}", self.severity.word(), self.named())
    }

    /// Formats the finding on several lines: message, excerpt with carets, help; without final line end. `width` is that of
    /// a terminal: the excerpt is cut to it, because carets in a wrapped line would be below something else.
    pub(crate) fn long(&self, width: Option<usize>) -> String {
        let mut text = format!("{}: {}: {}", self.severity.word(), self.place(), self.named());
        if let Some(excerpt) = &self.excerpt {
            let number = self.line.to_string();
            let room = width.map_or(usize::MAX, |width| width.saturating_sub("   | ".len() + number.len()));
            let ShownExcerpt { line, indent, carets } = ShownExcerpt::new(excerpt, room);
            let margin = " ".repeat(number.len());
            let (indent, carets) = (" ".repeat(indent), "^".repeat(carets));
            let _ = write!(text, "\n  {number} | {line}\n  {margin} | {indent}{carets}");
        }
        if let Some(help) = &self.help {
            let _ = write!(text, "\nhelp: {}", shown_line(help));
        }
        text
    }
}

/// An excerpt as it is printed: escaped, with tabs as spaces, in few enough columns.
struct ShownExcerpt {
    line: String,
    /// The number of terminal columns before the carets.
    indent: usize,
    carets: usize,
}

impl ShownExcerpt {
    const WIDEST: usize = 160;
    const NARROWEST: usize = 20;

    fn new(excerpt: &Excerpt, room: usize) -> Self {
        // One column is left for `…`.
        let widest = room.saturating_sub(1).clamp(Self::NARROWEST, Self::WIDEST);
        let Excerpt { line, marked } = excerpt;
        let (start, end) = whole_graphemes(line, marked.start, marked.end);
        let before = excerpt_text(&line[..start]);
        let marked = excerpt_text(&line[start..end]);
        let after = excerpt_text(&line[end..]);
        let marked_width = marked.width();
        // To keep the marked part visible in a long line, cut whole graphemes from the left.
        let room = widest - marked_width.min(widest / 2) - widest / 8;
        let mut kept = before.as_str();
        let mut width = kept.width();
        let cut = if width > room { "…" } else { "" };
        while let Some(first) = kept.graphemes(true).next().filter(|_| width > room) {
            kept = &kept[first.len()..];
            width -= first.width().min(width);
        }
        let indent = cut.width() + kept.width();
        let mut text = format!("{cut}{kept}");
        let mut width = indent;
        for grapheme in marked.graphemes(true).chain(after.graphemes(true)) {
            width += grapheme.width();
            if width > widest {
                text.push('…');
                break;
            }
            text.push_str(grapheme);
        }
        let carets = marked_width.clamp(1, widest.saturating_sub(indent).max(1));
        ShownExcerpt { line: text, indent, carets }
    }
}

/// Widens a part of a line to whole graphemes: a problem can be at a combining mark alone.
fn whole_graphemes(line: &str, start: usize, end: usize) -> (usize, usize) {
    let cursor = |at: usize| GraphemeCursor::new(at, line.len(), true);
    let inside = |at: usize| at < line.len() && !cursor(at).is_boundary(line, 0).unwrap_or(true);
    let first = if inside(start) { cursor(start).prev_boundary(line, 0).ok().flatten() } else { None };
    let last = if end > start && inside(end) { cursor(end).next_boundary(line, 0).ok().flatten() } else { None };
    (first.unwrap_or(start), last.unwrap_or(end))
}

fn excerpt_text(text: &str) -> String {
    shown(&text.replace('\t', "    ")).into_owned()
}

/// Whether a character can be written to a terminal, a pipe, or JSON as it is.
///
/// Not allowed: C0, DEL, C1, line and paragraph separators, direction marks, embeddings, overrides, isolates, and tag
/// characters. Joiners (U+200C, U+200D) and combining marks are allowed, because scripts need them.
pub fn harmless(c: char) -> bool {
    !matches!(c,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{61c}'
        | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{e0000}'..='\u{e007f}')
}

/// Escapes everything in foreign text that is not [`harmless`], as in `\u{202e}`. Escaping twice changes nothing.
pub(crate) fn shown(text: &str) -> Cow<'_, str> {
    if text.chars().all(harmless) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if harmless(c) {
            safe.push(c);
        } else {
            let _ = write!(safe, "\\u{{{:x}}}", c as u32);
        }
    }
    Cow::Owned(safe)
}

/// Like [`shown`], on one line: line ends and tabs become spaces.
pub(crate) fn shown_line(text: &str) -> String {
    let text = text.trim_matches(['\n', '\r', '\t', ' ']).replace("\r\n", " ").replace(['\n', '\t'], " ");
    shown(&text).into_owned()
}

/// Like [`shown_line`], in at most `columns` columns; ends in `…` if the text is longer.
pub(crate) fn shown_within(text: &str, columns: usize) -> String {
    // A deck can have a line of a megabyte.
    let start = head(text, 4 * columns);
    let line = shown_line(start);
    if start.len() == text.len() && line.width() <= columns {
        return line;
    }
    let mut cut = String::new();
    let mut width = 1;
    for grapheme in line.graphemes(true) {
        width += grapheme.width();
        if width > columns {
            break;
        }
        cut.push_str(grapheme);
    }
    format!("{}…", cut.trim_end())
}

/// Like [`shown_line`], for a path at the start of a line. Lines that start with `saved ` are reserved for sessions.
pub(crate) fn shown_path(path: &str) -> String {
    let path = shown_line(path);
    if path.starts_with("saved ") { format!("./{path}") } else { path }
}

/// Like [`shown`], for several lines, each indented by two columns, so that none looks like the program's own.
pub(crate) fn shown_block(text: &str) -> String {
    let text = text.trim_end_matches(['\n', '\r', '\t', ' ']).replace("\r\n", "\n").replace('\t', "    ");
    let lines = text.split('\n').map(|line| format!("  {}", shown(line)).trim_end().to_owned());
    lines.collect::<Vec<_>>().join("\n")
}

/// Like [`shown_line`], for Markdown: nothing in it becomes a link, an image, HTML, a heading, or a list, and no address or
/// name in it is linked by GitHub.
pub(crate) fn shown_markdown(text: &str) -> String {
    let line = shown_line(text);
    let mut safe = String::with_capacity(line.len() + 16);
    let mut letters = line.char_indices().peekable();
    while let Some((at, c)) = letters.next() {
        let next = letters.peek().map(|(_, next)| *next);
        let before = &line[..at];
        let escapes = match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '&' | '|' | '~' | '#' | '$' => true,
            '-' | '+' | '=' => before.is_empty(),
            ')' => before.chars().all(|c| c.is_ascii_digit()),
            '.' => next.is_some_and(char::is_alphanumeric) || before.chars().all(|c| c.is_ascii_digit()),
            ':' => next.is_some_and(|next| !next.is_whitespace()),
            _ => false,
        };
        match c {
            // GitHub finds addresses in text that was escaped, too, but not across code.
            '@' if before.ends_with('@') => {}
            '@' => {
                let run = line[at..].chars().take_while(|c| *c == '@').count();
                safe.push_str(&format!("`{}`", "@".repeat(run)));
            }
            _ if escapes => safe.extend(['\\', c]),
            _ => safe.push(c),
        }
    }
    safe
}

/// Formats a value as one line of JSON with line end. Characters that are not [`harmless`] are escaped, as in `\u202e`.
pub(crate) fn json_line(value: &impl Serialize) -> String {
    let mut bytes = Vec::with_capacity(256);
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, Harmless);
    // Writing to memory cannot fail, and all keys are strings.
    let _ = value.serialize(&mut serializer);
    bytes.push(b'\n');
    String::from_utf8(bytes).unwrap_or_default()
}

/// Escapes more than C0, unlike serde_json.
struct Harmless;

impl serde_json::ser::Formatter for Harmless {
    fn write_string_fragment<W: ?Sized + std::io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> std::io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(|c| !harmless(c)) {
            writer.write_all(&rest.as_bytes()[..at])?;
            let Some(c) = rest[at..].chars().next() else { break };
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = &rest[at + c.len_utf8()..];
        }
        writer.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Severity, Source};
    use proptest::prelude::*;

    #[test]
    fn carets_are_below_the_marked_part() {
        // A text whose marked part is between `«` and `»`, the line as it is shown, and the carets below it.
        let cases = [
            ("«promt» = 1", "promt = 1", "^^^^^"),
            ("key = «»", "key =", "      ^"),
            ("\t«x» = 1", "    x = 1", "    ^"),
            ("a\t=\t«1»", "a    =    1", "          ^"),
            ("a = «\"b\tc\"»", "a = \"b    c\"", "    ^^^^^^^^"),
            ("日本 «=» 1", "日本 = 1", "     ^"),
            ("\t日本\t«語» = 1", "    日本    語 = 1", "            ^^"),
            ("한국 «말»", "한국 말", "     ^^"),
            ("e\u{301}«x» = 1", "e\u{301}x = 1", " ^"),
            ("x«e\u{301}» = 1", "xe\u{301} = 1", " ^"),
            // A combining mark alone: a terminal shows it with its letter.
            ("cle«\u{301}» = 1", "cle\u{301} = 1", "  ^"),
            ("c«le»\u{301} = 1", "cle\u{301} = 1", " ^^"),
            ("«👩\u{200d}🚀»x", "👩\u{200d}🚀x", "^^"),
            ("👩\u{200d}🚀«x»", "👩\u{200d}🚀x", "  ^"),
            ("👩«\u{200d}»🚀x", "👩\u{200d}🚀x", "^^"),
            ("🇮🇸 «x»", "🇮🇸 x", "   ^"),
            ("שלום «x»", "שלום x", "     ^"),
            ("a = \"«\u{1b}»[2J\"", "a = \"\\u{1b}[2J\"", "     ^^^^^^"),
            ("\u{202e}«x»", "\\u{202e}x", "        ^"),
            ("a = \"«b\r\nc»\"", "a = \"b", "     ^"),
            ("a = «\"b\nc\nd\"»", "a = \"b", "    ^^"),
        ];
        for (marked, text, carets) in cases {
            let (before, rest) = marked.split_once('«').unwrap();
            let (inside, after) = rest.split_once('»').unwrap();
            let span = before.len()..before.len() + inside.len();
            let finding = Source::new("a.toml", [before, inside, after].concat()).error(span, "key", "x");
            assert_eq!((finding.line, finding.column), (1, before.chars().count() + 1), "{marked:?}");
            let long = finding.long(None);
            let lines: Vec<&str> = long.lines().skip(1).map(str::trim_end).collect();
            assert_eq!(lines, [format!("  1 | {text}"), format!("    | {carets}")], "{marked:?}");
        }
    }

    #[test]
    fn short_and_long_forms() {
        let source = Source::new("a b.toml", "[[card]]\npromt = 1\n");
        let finding = source.error(9..14, "unknown-key", "card has no key `promt`").help("did you mean `prompt`?");
        assert_eq!(finding.short(), "a b.toml:2:1: error: card has no key `promt` [unknown-key]");
        let long = "error: a b.toml:2:1: card has no key `promt` [unknown-key]\n  2 | promt = 1\n    | ^^^^^\n\
                    help: did you mean `prompt`?";
        assert_eq!(finding.long(None), long);
        let whole = Diagnostic::whole_file(Severity::Info, "saved x.toml", "not-a-deck", "not a deck");
        assert_eq!(whole.short(), "./saved x.toml:1:1: info: not a deck [not-a-deck]");
        assert_eq!(whole.long(None), "info: saved x.toml:1:1: not a deck [not-a-deck]");
    }

    #[test]
    fn the_marked_part_of_a_long_line_is_visible() {
        let line = format!("{}!{}", "a".repeat(1 << 20), "b".repeat(1 << 20));
        let long = Source::new("a.toml", line).error(1 << 20..(1 << 20) + 1, "key", "x").long(None);
        let lines: Vec<&str> = long.lines().collect();
        assert!(lines[1].width() < 200 && lines[2].width() < 200);
        assert_eq!(lines[1].graphemes(true).nth(lines[2].graphemes(true).position(|g| g == "^").unwrap()), Some("!"));
    }

    #[test]
    fn markdown_in_a_text_is_only_text() {
        let cases = [
            ("[x](http://a.b)", "\\[x\\](http\\://a\\.b)"),
            ("![x](y) <img src=x>", "!\\[x\\](y) \\<img src=x\\>"),
            ("# Heading\n# more", "\\# Heading \\# more"),
            ("- a - b", "\\- a - b"),
            ("--- ", "\\---"),
            ("1. one. Two", "1\\. one. Two"),
            ("1) one) two", "1\\) one) two"),
            ("*a* _b_ `c` ~~d~~", "\\*a\\* \\_b\\_ \\`c\\` \\~\\~d\\~\\~"),
            ("a\\b &lt; $x$ a|b", "a\\\\b \\&lt; \\$x\\$ a\\|b"),
            ("see www.example.com: now", "see www\\.example\\.com: now"),
            ("ada@example.com @team a@@b", "ada`@`example\\.com `@`team a`@@`b"),
            (":smile: at 10:30", "\\:smile: at 10\\:30"),
            ("a\u{1b}[2J\u{2028}b", "a\\\\u{1b}\\[2J\\\\u{2028}b"),
            ("We're late, they said; why?", "We're late, they said; why?"),
        ];
        for (text, expected) in cases {
            assert_eq!(shown_markdown(text), expected, "{text}");
        }
    }

    #[test]
    fn long_text_is_cut() {
        let cases = [
            ("abc", 3, "abc"),
            ("abcd", 3, "ab…"),
            ("a\r\nb", 3, "a b"),
            (" ab cd", 4, "ab…"),
            ("日本語", 5, "日本…"),
            ("e\u{301}e\u{301}", 2, "e\u{301}e\u{301}"),
        ];
        for (text, columns, expected) in cases {
            assert_eq!(shown_within(text, columns), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn shown_text_is_harmless_and_escaping_is_idempotent(text in any::<String>()) {
            let once = shown(&text).into_owned();
            prop_assert!(once.chars().all(harmless));
            prop_assert_eq!(shown(&once).into_owned(), once);
            prop_assert!(shown_line(&text).chars().all(harmless));
            let cut = shown_within(&text, 7);
            prop_assert!(cut.chars().all(harmless) && cut.width() <= 7, "{}", cut);
            let json = json_line(&text);
            prop_assert!(json.strip_suffix('\n').unwrap().chars().all(harmless));
            prop_assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text.clone());
            let block = shown_block(&text);
            prop_assert!(block.split('\n').all(|line| line.chars().all(harmless) && (line.is_empty() || line.starts_with("  "))));
        }

        #[test]
        fn any_span_of_any_text_renders(text in any::<String>(), start in 0usize..200, length in 0usize..200) {
            let long = Source::new("a.toml", text).error(start..start + length, "key", "x").long(None);
            prop_assert!(long.split('\n').all(|line| line.chars().all(harmless)));
        }
    }
}
