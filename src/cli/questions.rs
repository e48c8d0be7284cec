//! Questions that a person answers on a line, on a terminal or in a pipe.

use std::io::{IsTerminal as _, stdin, stdout};

use super::context::Context;
use crate::deck::folded_answer;
use crate::failure::Failure;
use crate::session::{NOT_UTF8, NotUtf8, read_line};

/// What a person answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LineReply {
    /// A line with its white space folded.
    Line(String),
    /// Enter without any text.
    Nothing,
    /// There are no more lines.
    End,
}

/// Reads a line after a prompt, which a terminal shows beside the cursor, and a pipe not at all.
pub(crate) fn reply(context: &Context, prompt: &str) -> Result<LineReply, Failure> {
    loop {
        if stdin().is_terminal() && stdout().is_terminal() {
            context.question(prompt, true)?;
        } else {
            context.finish()?;
        }
        match read_line(&mut stdin().lock())? {
            None => return Ok(LineReply::End),
            Some(Err(NotUtf8)) => context.line(NOT_UTF8)?,
            Some(Ok(line)) => return Ok(folded_answer(&line).map_or(LineReply::Nothing, LineReply::Line)),
        }
    }
}

/// Asks until the answer can be read; `None` if it is skipped.
pub(crate) fn ask<T>(
    context: &Context,
    question: &str,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<Option<T>, Failure> {
    let terminal = stdin().is_terminal() && stdout().is_terminal();
    loop {
        if !terminal {
            context.line(question)?;
        }
        match reply(context, question)? {
            LineReply::Nothing | LineReply::End => return Ok(None),
            LineReply::Line(line) => match parse(&line) {
                Ok(answer) => return Ok(Some(answer)),
                Err(problem) => context.line(&format!("Please try again: {problem}."))?,
            },
        }
    }
}
