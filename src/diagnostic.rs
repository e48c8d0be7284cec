//! What a user is told about their own text: a place, what is wrong there, what to do next.
//!
//! The place makes the error: a [`Diagnostic`] comes from a [`Source`] and a [`Span`], so none can lack its file, line
//! and column. Foreign text (decks, file names, errors of others) is shown through [`shown`] and nothing else, so
//! nothing a deck says can act on a terminal. The English helpers are here because every storey above speaks.
//!
//! Not here: printing, files, and the wording of any single check.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation as _};
use unicode_width::UnicodeWidthStr as _;

/// A half-open range of bytes in a [`Source`].
pub type Span = Range<usize>;

/// A text file as it was read: its path relative to the collection (with `/`), its text, where its lines begin.
#[derive(Debug, Clone)]
pub struct Source {
    /// Path relative to the collection, with forward slashes.
    pub path: String,
    /// The whole text, as UTF-8.
    pub text: String,
    line_starts: Vec<usize>,
}

impl Source {
    /// Notes where the lines of `text` begin; a line ends with LF.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let line_starts =
            std::iter::once(0).chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1)).collect();
        Source { path: path.into(), text, line_starts }
    }

    /// The line of a byte, counted from 1. A byte past the end is on the last line.
    pub fn line(&self, at: usize) -> usize {
        self.line_starts.partition_point(|&start| start <= at)
    }

    /// The bytes of a line (counted from 1), without its line end.
    pub fn line_span(&self, line: usize) -> Span {
        let start = self.line_starts.get(line.wrapping_sub(1)).copied().unwrap_or(self.text.len());
        let end = self.line_starts.get(line).copied().unwrap_or(self.text.len());
        let body = self.text.get(start..end).unwrap_or_default();
        start..start + body.trim_end_matches(['\n', '\r']).len()
    }

    /// Line and column of a byte, both from 1; a column is one character (Unicode scalar value).
    pub fn place(&self, at: usize) -> (usize, usize) {
        let line = self.line(at);
        let start = self.line_span(line).start;
        let before = self.text.get(start..at.max(start)).map_or(0, |text| text.chars().count());
        (line, before + 1)
    }

    /// An error at a place of this text.
    pub fn error(&self, span: Span, check: &'static str, message: impl Into<String>) -> Diagnostic {
        self.finding(Severity::Error, span, check, message)
    }

    /// A warning at a place of this text.
    pub fn warning(&self, span: Span, check: &'static str, message: impl Into<String>) -> Diagnostic {
        self.finding(Severity::Warning, span, check, message)
    }

    /// A remark at a place of this text.
    pub fn info(&self, span: Span, check: &'static str, message: impl Into<String>) -> Diagnostic {
        self.finding(Severity::Info, span, check, message)
    }

    fn finding(&self, severity: Severity, span: Span, check: &'static str, message: impl Into<String>) -> Diagnostic {
        let start = self.floor_boundary(span.start.min(self.text.len()));
        let (line, column) = self.place(start);
        let line_span = self.line_span(line);
        let end = self.floor_boundary(span.end.clamp(start, line_span.end.max(start)));
        let excerpt = Excerpt::new(&self.text[line_span.clone()], start.min(line_span.end) - line_span.start, {
            end.min(line_span.end).max(start.min(line_span.end)) - line_span.start
        });
        Diagnostic {
            severity,
            check: Cow::Borrowed(check),
            message: message.into(),
            file: self.path.clone(),
            line,
            column,
            excerpt: Some(excerpt),
            help: None,
        }
    }

    fn floor_boundary(&self, mut at: usize) -> usize {
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }
}

/// How much a finding matters; ordered, the gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The card, table or file is left out.
    Error,
    /// It works, and is probably not what was meant.
    Warning,
    /// Worth knowing; `check` still exits 0.
    Info,
}

impl Severity {
    /// The word that begins a message.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        }
    }
}

/// The line of text a finding is about, with the part to underline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excerpt {
    /// The line as it may be shown: tabs as spaces, nothing that can act.
    text: String,
    /// Columns before the carets, as a terminal counts them.
    indent: usize,
    /// How many carets.
    carets: usize,
}

impl Excerpt {
    /// Longest part of a line that is shown, in terminal columns; a deck may hold a line of a megabyte.
    const WIDEST: usize = 160;

    /// The line as it may be shown.
    pub fn text(&self) -> &str {
        &self.text
    }

    fn new(line: &str, start: usize, end: usize) -> Self {
        let (start, end) = whole_graphemes(line, start, end);
        let before = excerpt_text(tail(&line[..start], 4 * Self::WIDEST));
        let marked = excerpt_text(head(&line[start..end], 4 * Self::WIDEST));
        let after = excerpt_text(head(&line[end..], 4 * Self::WIDEST));
        let marked_width = marked.width();
        // Keep the fault in sight: of a long line, whole graphemes go from the left.
        let room = Self::WIDEST - marked_width.min(Self::WIDEST / 2) - 20;
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
            if width > Self::WIDEST {
                text.push('…');
                break;
            }
            text.push_str(grapheme);
        }
        let carets = marked_width.clamp(1, Self::WIDEST.saturating_sub(indent).max(1));
        Excerpt { text, indent, carets }
    }
}

/// The same part of a line, widened to what a terminal shows as one: a fault may be at a combining mark alone.
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

/// The first characters of a text; a line of a megabyte must not be escaped to be thrown away.
fn head(text: &str, most: usize) -> &str {
    text.char_indices().nth(most).map_or(text, |(at, _)| &text[..at])
}

/// The last characters of a text.
fn tail(text: &str, most: usize) -> &str {
    text.char_indices().rev().nth(most).map_or(text, |(at, _)| &text[at..])
}

/// One thing found in a user's file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// How much it matters.
    pub severity: Severity,
    /// The named check that found it.
    pub check: Cow<'static, str>,
    /// What is wrong, in one clause: lower case, no final period, names in backticks.
    pub message: String,
    /// Path relative to the collection.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The line it is about, if there is one to show.
    pub excerpt: Option<Excerpt>,
    /// What to do next.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A finding about a file as a whole: line 1, column 1, no excerpt.
    pub fn whole_file(severity: Severity, file: &str, check: &'static str, message: impl Into<String>) -> Self {
        Diagnostic {
            severity,
            check: Cow::Borrowed(check),
            message: message.into(),
            file: file.to_owned(),
            line: 1,
            column: 1,
            excerpt: None,
            help: None,
        }
    }

    /// The same finding with the next move.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Where the finding stands in a sorted list: by file, line, column, then gravity.
    pub fn order(&self) -> impl Ord + use<> {
        (self.file.clone(), self.line, self.column, self.severity, self.message.clone())
    }

    /// `FILE:LINE:COL`, safe to show.
    pub fn place(&self) -> String {
        format!("{}:{}:{}", shown_line(&self.file), self.line, self.column)
    }

    /// The message with the name of its check, for `check --explain`.
    fn named(&self) -> String {
        format!("{} [{}]", shown_line(&self.message), self.check)
    }

    /// The finding on one line, as editors' quickfix lists read it: `FILE:LINE:COL: severity: message [check]`.
    pub fn short(&self) -> String {
        let place = format!("{}:{}:{}", shown_path(&self.file), self.line, self.column);
        format!("{place}: {}: {}", self.severity.word(), self.named())
    }

    /// The finding in full: message, excerpt with carets, help; several lines, no line end after the last.
    pub fn long(&self) -> String {
        let mut text = format!("{}: {}: {}", self.severity.word(), self.place(), self.named());
        if let Some(Excerpt { text: line, indent, carets }) = &self.excerpt {
            let number = self.line.to_string();
            let margin = " ".repeat(number.len());
            let (indent, carets) = (" ".repeat(*indent), "^".repeat(*carets));
            let _ = write!(text, "\n  {number} | {line}\n  {margin} | {indent}{carets}");
        }
        if let Some(help) = &self.help {
            let _ = write!(text, "\nhelp: {}", shown_line(help));
        }
        text
    }
}

/// Whether a character may reach a terminal, a pipe or JSON as it is.
///
/// Not allowed: C0, DEL, C1, line and paragraph separators, direction marks, embeddings, overrides and isolates, and tag
/// characters. Joiners (U+200C, U+200D) and combining marks are: scripts need them.
pub fn harmless(c: char) -> bool {
    !matches!(c,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{61c}'
        | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{e0000}'..='\u{e007f}')
}

/// Foreign text with everything that could act on a terminal spelled out, as in `\u{202e}`. Showing twice changes nothing.
pub fn shown(text: &str) -> Cow<'_, str> {
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

/// Foreign text that must stay on one line: white space of any kind is one space, the rest as [`shown`].
pub fn shown_line(text: &str) -> String {
    let text = text.trim_matches(['\n', '\r', '\t', ' ']).replace("\r\n", " ").replace(['\n', '\t'], " ");
    shown(&text).into_owned()
}

/// The same in at most so many columns; what does not fit gives way to `…`.
pub fn shown_within(text: &str, columns: usize) -> String {
    // No more is looked at than could be shown: a deck may hold a line of a megabyte.
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

/// A path that begins a line. A line that begins with `saved ` is a session's, whatever a file is called.
pub fn shown_path(path: &str) -> String {
    let path = shown_line(path);
    if path.starts_with("saved ") { format!("./{path}") } else { path }
}

/// Foreign text of several lines, each line indented by two columns so that none can pose as the program's own.
pub fn shown_block(text: &str) -> String {
    let text = text.trim_end_matches(['\n', '\r', '\t', ' ']).replace("\r\n", "\n").replace('\t', "    ");
    let lines = text.split('\n').map(|line| format!("  {}", shown(line)).trim_end().to_owned());
    lines.collect::<Vec<_>>().join("\n")
}

/// A value as one line of JSON, line end included. What [`harmless`] does not let through is escaped as `\u202e`.
pub fn json_line(value: &impl Serialize) -> String {
    let mut bytes = Vec::with_capacity(256);
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, Harmless);
    // Writing to memory cannot fail, and what this program serializes has text for keys.
    let _ = value.serialize(&mut serializer);
    bytes.push(b'\n');
    String::from_utf8(bytes).unwrap_or_default()
}

/// serde_json escapes C0 only.
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

/// `1 card`, `2 cards`, `3 deck files`: nobody writes `card(s)`.
pub fn count(n: usize, noun: &str) -> String {
    format!("{n} {}", plural(n, noun))
}

/// The noun alone in the number that `n` asks for.
pub fn plural(n: usize, noun: &str) -> String {
    match noun {
        noun if n == 1 => noun.to_owned(),
        noun if noun.ends_with('y') && !noun.ends_with(['a', 'e', 'o']) && !noun.ends_with("ay") => {
            format!("{}ies", &noun[..noun.len() - 1])
        }
        noun if noun.ends_with('s') => format!("{noun}es"),
        noun => format!("{noun}s"),
    }
}

/// `a`, `a and b`, `a, b and c`, with `word` before the last.
pub fn list<S: AsRef<str>>(items: &[S], word: &str) -> String {
    match items {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [head @ .., last] => {
            let head: Vec<&str> = head.iter().map(AsRef::as_ref).collect();
            format!("{} {word} {}", head.join(", "), last.as_ref())
        }
    }
}

/// The first words of a text, to call it by: whole words of up to 40 characters, and ` …` where there is more.
pub fn opening(text: &str) -> String {
    const MOST: usize = 40;
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let Some((end, _)) = text.char_indices().nth(MOST) else { return text };
    // A word longer than that is cut.
    let words = text[..end].rfind(' ').unwrap_or(end);
    format!("{} …", &text[..words])
}

/// Spoken time as a clock shows it: `0:09`, `1:30`, `12:05`.
pub fn minutes_seconds(seconds: u64) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// Milliseconds as whole seconds, to the nearest.
pub fn whole_seconds(ms: u64) -> u64 {
    ms.saturating_add(500) / 1000
}

/// The candidate nearest to a mistyped word, if it is near enough to be a typo of it.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = match word.chars().count() {
        0..=2 => 1,
        3..=5 => 2,
        _ => 3,
    };
    candidates
        .into_iter()
        .map(|candidate| (strsim::osa_distance(&word.to_lowercase(), candidate), candidate))
        .filter(|&(distance, candidate)| distance <= allowed && distance < candidate.chars().count())
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, candidate)| candidate)
}

/// The next move for an unknown word: the nearest known one, else all of them.
pub fn did_you_mean(word: &str, known: &[&str]) -> String {
    match nearest(word, known.iter().copied()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => {
            format!("known here: {}", list(&known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>(), "and"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_text_is_called_by_its_first_words() {
        let long = "x".repeat(41);
        let cases = [
            ("", ""),
            ("Why here?", "Why here?"),
            (" Why\n  here? ", "Why here?"),
            ("What would you do in your first 100 days?", "What would you do in your first 100 …"),
            ("What would you do in your first 90 days?", "What would you do in your first 90 days?"),
            (
                "日本語でどうやって自己紹介をしますか。日本語でどうやって自己紹介をしますか。日本語で",
                "日本語でどうやって自己紹介をしますか。日本語でどうやって自己紹介をしますか。日本 …",
            ),
            (&long, &format!("{} …", &long[..40])),
        ];
        for (text, expected) in cases {
            assert_eq!(opening(text), expected);
        }
    }

    #[test]
    fn places_count_characters_from_one() {
        let source = Source::new("a.toml", "ab\nçd = 1\r\n");
        for (at, place) in [(0, (1, 1)), (2, (1, 3)), (3, (2, 1)), (5, (2, 2)), (99, (3, 1))] {
            assert_eq!(source.place(at), place, "byte {at}");
        }
        assert_eq!(&source.text[source.line_span(2)], "çd = 1");
    }

    #[test]
    fn carets_stand_under_what_they_mean() {
        // A text whose marked part stands between `«` and `»`; the line as it is shown, and the carets below it.
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
            // The parser may stumble over the mark alone; a terminal shows no less than the letter it stands on.
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
            let long = finding.long();
            let lines: Vec<&str> = long.lines().skip(1).map(str::trim_end).collect();
            assert_eq!(lines, [format!("  1 | {text}"), format!("    | {carets}")], "{marked:?}");
        }
    }

    #[test]
    fn findings_are_told_in_three_forms() {
        let source = Source::new("a b.toml", "[[card]]\npromt = 1\n");
        let finding = source.error(9..14, "unknown-key", "card has no key `promt`").help("did you mean `prompt`?");
        assert_eq!(finding.short(), "a b.toml:2:1: error: card has no key `promt` [unknown-key]");
        let long = "error: a b.toml:2:1: card has no key `promt` [unknown-key]\n  2 | promt = 1\n    | ^^^^^\n\
                    help: did you mean `prompt`?";
        assert_eq!(finding.long(), long);
        let whole = Diagnostic::whole_file(Severity::Info, "saved x.toml", "not-a-deck", "not a deck");
        assert_eq!(whole.short(), "./saved x.toml:1:1: info: not a deck [not-a-deck]");
        assert_eq!(whole.long(), "info: saved x.toml:1:1: not a deck [not-a-deck]");
    }

    #[test]
    fn a_long_line_keeps_its_fault_in_sight() {
        let line = format!("{}!{}", "a".repeat(1 << 20), "b".repeat(1 << 20));
        let long = Source::new("a.toml", line).error(1 << 20..(1 << 20) + 1, "key", "x").long();
        let lines: Vec<&str> = long.lines().collect();
        assert!(lines[1].width() < 200 && lines[2].width() < 200);
        assert_eq!(lines[1].graphemes(true).nth(lines[2].graphemes(true).position(|g| g == "^").unwrap()), Some("!"));
    }

    #[test]
    fn what_does_not_fit_gives_way() {
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

    #[test]
    fn english() {
        assert_eq!(count(1, "card"), "1 card");
        assert_eq!(count(0, "card"), "0 cards");
        assert_eq!(count(2, "day"), "2 days");
        assert_eq!(count(2, "history"), "2 histories");
        assert_eq!(count(2, "success"), "2 successes");
        assert_eq!(list(&["a", "b", "c"], "or"), "a, b or c");
        assert_eq!(minutes_seconds(72), "1:12");
        assert_eq!(nearest("promt", ["prompt", "points"]), Some("prompt"));
        assert_eq!(nearest("zzz", ["prompt", "points"]), None);
    }

    proptest! {
        #[test]
        fn nothing_that_acts_is_shown_and_showing_is_idempotent(text in any::<String>()) {
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
            let long = Source::new("a.toml", text).error(start..start + length, "key", "x").long();
            prop_assert!(long.split('\n').all(|line| line.chars().all(harmless)));
        }
    }
}
