//! The author of a deck, reached through stdin, stdout, and stderr.

use std::io::IsTerminal as _;

use serde_json::json;

use super::context::Context;
use super::output::say_finding;
use crate::deck::CardId;
use crate::diagnostic::Diagnostic;
use crate::editor::{Author, Changes};
use crate::failure::{DONE, Failure};
use crate::session::{NOT_UTF8, NotUtf8, read_line};

pub(crate) struct StreamAuthor<'a> {
    pub(crate) context: &'a Context,
}

impl Author for StreamAuthor<'_> {
    fn say(&mut self, line: &str) -> Result<(), Failure> {
        // With `--json` one object at the end says it all.
        if self.context.json() {
            return Ok(());
        }
        self.context.line(line)?;
        self.context.finish()
    }

    fn note(&mut self, text: &str) -> Result<(), Failure> {
        self.context.note(text);
        Ok(())
    }

    fn problem(&mut self, problem: &Diagnostic) -> Result<(), Failure> {
        say_finding(problem);
        Ok(())
    }

    fn ask(&mut self, question: &str) -> Result<Option<String>, Failure> {
        let (stdin, stdout) = (std::io::stdin(), std::io::stdout());
        if self.context.json() || !stdin.is_terminal() || !stdout.is_terminal() {
            return Ok(None);
        }
        self.say(question)?;
        loop {
            match read_line(&mut stdin.lock())? {
                Some(Ok(line)) => return Ok(Some(line)),
                Some(Err(NotUtf8)) => self.say(NOT_UTF8)?,
                None => return Ok(None),
            }
        }
    }
}

/// Prints what changed in a deck, and the card that the edited one is now, as JSON. Without `--json` it was already said.
pub(crate) fn print_changes(context: &Context, card: Option<&CardId>, changes: &Changes) -> Result<u8, Failure> {
    let Changes { file, changed, added, gone, renamed } = changes;
    let ids = |ids: &[CardId]| ids.iter().map(CardId::to_string).collect::<Vec<_>>();
    if context.json() {
        context.value(&json!({
            "file": file, "changed": changed, "card": card.map(CardId::as_str), "added": ids(added), "gone": ids(gone),
            "event": renamed.map(|id| id.to_string()),
        }))?;
    }
    Ok(DONE)
}
