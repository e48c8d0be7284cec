//! Findings in a user's text: where, what is wrong, and what to do next.
//!
//! A [`Diagnostic`] is made from a [`Source`] and a [`Span`], so that none can be without file, line, and column.
//!
//! Not here: rendering (`render`), printing, files, and the wording of any check.

use std::borrow::Cow;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::text::abridged;

/// A half-open range of bytes in a [`Source`].
pub(crate) type Span = Range<usize>;

#[derive(Debug, Clone)]
pub struct Source {
    /// The path relative to the collection, with forward slashes.
    pub(crate) path: String,
    pub(crate) text: String,
    line_starts: Vec<usize>,
}

impl Source {
    /// Makes a source. Lines end with LF.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let line_starts =
            std::iter::once(0).chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1)).collect();
        Source { path: path.into(), text, line_starts }
    }

    /// Returns the line of a byte, from 1. A byte past the end is on the last line.
    pub(crate) fn line(&self, at: usize) -> usize {
        self.line_starts.partition_point(|&start| start <= at)
    }

    /// Returns the bytes of a line (from 1), without its line end.
    pub(crate) fn line_span(&self, line: usize) -> Span {
        let start = self.line_starts.get(line.wrapping_sub(1)).copied().unwrap_or(self.text.len());
        let end = self.line_starts.get(line).copied().unwrap_or(self.text.len());
        let body = self.text.get(start..end).unwrap_or_default();
        start..start + body.trim_end_matches(['\n', '\r']).len()
    }

    /// Returns line and column of a byte, both from 1. A column is one character (Unicode scalar value).
    pub(crate) fn place(&self, at: usize) -> (usize, usize) {
        let line = self.line(at);
        let start = self.line_span(line).start;
        let before = self.text.get(start..at.max(start)).map_or(0, |text| text.chars().count());
        (line, before + 1)
    }

    pub(crate) fn error(&self, span: Span, check: &'static str, message: impl Into<String>) -> Diagnostic {
        self.finding(Severity::Error, span, check, message)
    }

    pub(crate) fn warning(&self, span: Span, check: &'static str, message: impl Into<String>) -> Diagnostic {
        self.finding(Severity::Warning, span, check, message)
    }

    pub(crate) fn info(&self, span: Span, check: &'static str, message: impl Into<String>) -> Diagnostic {
        self.finding(Severity::Info, span, check, message)
    }

    fn finding(&self, severity: Severity, span: Span, check: &'static str, message: impl Into<String>) -> Diagnostic {
        let start = self.floor_boundary(span.start.min(self.text.len()));
        let (line, column) = self.place(start);
        let line_span = self.line_span(line);
        let end = self.floor_boundary(span.end.clamp(start, line_span.end.max(start)));
        let from = start.min(line_span.end) - line_span.start;
        let to = end.min(line_span.end).max(start.min(line_span.end)) - line_span.start;
        let excerpt = Some(Excerpt::new(&self.text[line_span], from..to));
        Diagnostic { line, column, excerpt, ..Diagnostic::whole_file(severity, &self.path, check, message) }
    }

    fn floor_boundary(&self, mut at: usize) -> usize {
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }
}

/// How much a finding matters, the most severe first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The card, table, or file is skipped.
    Error,
    /// It works, but is probably not what was meant.
    Warning,
    /// Worth knowing; `check` still exits 0.
    Info,
}

impl Severity {
    pub fn word(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        }
    }
}

/// The line that a finding is about, as written, and the part to underline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Excerpt {
    /// The line, or of a very long one the text around the marked part.
    pub(crate) line: String,
    pub(crate) marked: Span,
}

impl Excerpt {
    /// The most characters kept before, in, and after the marked part.
    const MOST: usize = 640;

    fn new(line: &str, marked: Span) -> Self {
        let before = tail(&line[..marked.start], Self::MOST);
        let inside = head(&line[marked.clone()], Self::MOST);
        let after = head(&line[marked.start + inside.len()..], Self::MOST);
        let marked = before.len()..before.len() + inside.len();
        Excerpt { line: [before, inside, after].concat(), marked }
    }
}

pub(crate) fn head(text: &str, most: usize) -> &str {
    text.char_indices().nth(most).map_or(text, |(at, _)| &text[..at])
}

fn tail(text: &str, most: usize) -> &str {
    text.char_indices().rev().nth(most).map_or(text, |(at, _)| &text[at..])
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    pub severity: Severity,
    pub(crate) check: Cow<'static, str>,
    /// What is wrong, in one clause: in lower case, without period, with names in backticks.
    pub(crate) message: String,
    pub(crate) file: String,
    pub(crate) line: usize,
    /// The column in characters, from 1.
    pub(crate) column: usize,
    pub(crate) excerpt: Option<Excerpt>,
    pub(crate) help: Option<String>,
}

impl Diagnostic {
    /// Makes a finding about a file as a whole: line 1, column 1, no excerpt.
    pub(crate) fn whole_file(severity: Severity, file: &str, check: &'static str, message: impl Into<String>) -> Self {
        Diagnostic {
            severity,
            check: Cow::Borrowed(check),
            message: abridged(&message.into()).into_owned(),
            file: file.to_owned(),
            line: 1,
            column: 1,
            excerpt: None,
            help: None,
        }
    }

    #[must_use]
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(abridged(&help.into()).into_owned());
        self
    }

    pub(crate) fn order(&self) -> impl Ord + use<> {
        (self.file.clone(), self.line, self.column, self.severity, self.message.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_from_one() {
        let source = Source::new("a.toml", "ab\nçd = 1\r\n");
        for (at, place) in [(0, (1, 1)), (2, (1, 3)), (3, (2, 1)), (5, (2, 2)), (99, (3, 1))] {
            assert_eq!(source.place(at), place, "byte {at}");
        }
        assert_eq!(&source.text[source.line_span(2)], "çd = 1");
    }
}
