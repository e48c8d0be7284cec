//! Color, and wrapping at the width of a terminal.

use std::borrow::Cow;

use crate::coach::{self, Finding};
use crate::render::{shown_block, shown_line};
use crate::text::{fitted, wrapped};

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Paint {
    pub(crate) color: bool,
    /// The width to wrap text at; `None` leaves lines as they are.
    pub(crate) width: Option<usize>,
}

impl Paint {
    fn styled(self, code: &str, text: &str) -> String {
        if self.color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    pub(crate) fn bold(self, text: &str) -> String {
        self.styled("1", text)
    }

    pub(crate) fn dim(self, text: &str) -> String {
        self.styled("2", text)
    }

    /// Indents every line of foreign text by two columns, and wraps it.
    pub(crate) fn block(self, text: &str) -> String {
        let block = shown_block(text);
        match self.width {
            // The block has its indent already.
            Some(width) => wrapped(&block, width, "", ""),
            None => block,
        }
    }

    /// Wraps whatever is wider than the terminal.
    pub(crate) fn fitted(self, text: &str) -> Cow<'_, str> {
        self.width.map_or(Cow::Borrowed(text), |width| fitted(text, width))
    }

    pub(crate) fn sentence(self, text: &str) -> String {
        self.width.map_or_else(|| text.to_owned(), |width| wrapped(text, width, "", ""))
    }

    pub(crate) fn under(self, text: &str, columns: usize) -> String {
        let indent = " ".repeat(columns);
        match self.width {
            Some(width) => wrapped(text, width, &indent, &indent),
            None => format!("{indent}{text}"),
        }
    }

    /// Shows findings of the coach, indented by `columns`. Wrapped lines are aligned with the message.
    pub(crate) fn findings(self, findings: &[Finding], columns: usize) -> Vec<String> {
        let widest = findings.iter().map(|finding| finding.rule.len()).max().unwrap_or(0);
        let line = |Finding { rule, severity, message, .. }: &Finding| {
            let lead = format!("{}{}  {rule:widest$}  ", " ".repeat(columns), coach::word(*severity));
            match self.width {
                Some(width) => wrapped(&shown_line(message), width, &lead, &" ".repeat(lead.len())),
                None => format!("{lead}{}", shown_line(message)),
            }
        };
        findings.iter().map(line).collect()
    }

    /// Shows a numbered item, indented. Wrapped lines are aligned with the text.
    pub(crate) fn item(self, number: usize, digits: usize, text: &str) -> String {
        let lead = format!("  {number:>digits$}  ");
        let indent = " ".repeat(lead.len());
        let text = shown_line(text);
        match self.width {
            Some(width) => wrapped(&text, width, &lead, &indent),
            None => format!("{lead}{text}"),
        }
    }
}
