//! The table of named checks: what each finds and how much it matters, and the checks that look across files.
//!
//! Faults within one file are found while it is parsed; each names a check of this table. What a check needs to know of
//! other files is handed in.
//!
//! Not here: reading files, and printing findings.

use std::borrow::Cow;

use crate::deck::CardId;
use crate::diagnostic::{Diagnostic, Severity};

/// A named check.
#[derive(Debug, Clone, Copy)]
pub struct Check {
    /// Its name, as findings carry it.
    pub name: &'static str,
    /// How much a finding matters.
    pub severity: Severity,
    /// What it finds, in one clause.
    pub finds: &'static str,
}

macro_rules! checks {
    ($($name:literal $severity:ident $finds:literal)*) => {
        /// Every check there is.
        pub static CHECKS: &[Check] = &[$(Check { name: $name, severity: Severity::$severity, finds: $finds }),*];
    };
}

checks! {
    "syntax" Error "text that is not TOML"
    "conflict-markers" Error "a merge conflict left in the file"
    "encoding" Error "bytes that are not UTF-8"
    "too-large" Error "a file over 16 MiB"
    "too-many" Error "more faults in one file than are named"
    "unreadable" Error "a file that cannot be opened"
    "unknown-key" Error "a key that the table does not have"
    "unknown-table" Error "a table that a deck does not have"
    "wrong-table" Error "a table written with the wrong brackets"
    "repeated-table" Error "a table that may stand once and stands twice"
    "missing-key" Error "a table without a key it needs"
    "value" Error "a value of the wrong type, or out of range"
    "empty" Error "a text with nothing in it"
    "misplaced" Error "a setting in the wrong file"
    "duplicate-id" Error "two cards with one written id"
    "same-prompt" Warning "the same prompt twice, without ids"
    "renamed-twin" Warning "a card beside the one its history was renamed to"
    "placeholder" Warning "a `{word}` that nothing fills in"
    "unused-key" Warning "a key that has no effect on a card of this kind"
    "link" Warning "a link, or something else that is no regular file"
    "file-name" Warning "a file whose name is not UTF-8"
    "not-a-deck" Info "a TOML file with none of a deck's tables"
}

/// Two places in the decks that are one card; the first in path order is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Twins {
    /// The card asked: its id as written or derived, file and line.
    pub first: (CardId, String, usize),
    /// The one that is not.
    pub second: (CardId, String, usize),
    /// Whether the second one's id is written in its file.
    pub written: bool,
}

/// What to say of two places that are one card.
pub fn twins(twins: &Twins) -> Diagnostic {
    let (first, first_file, first_line) = &twins.first;
    let (second, file, line) = &twins.second;
    let (severity, check, message, help) = if first != second {
        (
            Severity::Warning,
            "renamed-twin",
            format!("`{second}` and `{first}` (at {first_file}:{first_line}) are one card since a rename"),
            "delete one of the two; `rehearse log --all` shows the rename and `rehearse undo EVENT` takes it back",
        )
    } else if twins.written {
        (
            Severity::Error,
            "duplicate-id",
            format!("the id `{second}` is taken by the card at {first_file}:{first_line}"),
            "give this card another id; the first keeps the history and is asked",
        )
    } else {
        (
            Severity::Warning,
            "same-prompt",
            format!("the same prompt stands at {first_file}:{first_line}; it is asked once"),
            "delete one, or write an `id` into each to rehearse both",
        )
    };
    Diagnostic {
        severity,
        check: Cow::Borrowed(check),
        message,
        file: file.clone(),
        line: *line,
        column: 1,
        excerpt: None,
        help: Some(help.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_severities_agree() {
        for (n, check) in CHECKS.iter().enumerate() {
            assert!(CHECKS[..n].iter().all(|other| other.name != check.name), "{}", check.name);
        }
        let id = |name: &str| CardId::parse(name).unwrap();
        let at = |name: &str| (id(name), "a.toml".to_owned(), 3);
        for (first, second, written, expected) in
            [("a", "a", true, "duplicate-id"), ("a", "a", false, "same-prompt"), ("b", "a", true, "renamed-twin")]
        {
            let finding = twins(&Twins { first: at(first), second: at(second), written });
            let check = CHECKS.iter().find(|check| check.name == finding.check).unwrap();
            assert_eq!((check.name, check.severity), (expected, finding.severity));
        }
    }
}
