//! A session on a terminal, with line editing and color.

use std::io::Write;

use rustyline::error::ReadlineError;

use super::paint::Paint;
use super::pipe::write_lines;
use super::protocol::{Input, Show};
use super::run::Frontend;
use super::wording::lines;
use crate::diagnostic::Diagnostic;
use crate::editor::Author;
use crate::failure::Failure;
use crate::render::{shown, shown_line};

pub(crate) struct Terminal<W> {
    editor: rustyline::DefaultEditor,
    output: W,
    paint: Paint,
}

impl<W: Write> Terminal<W> {
    pub(crate) fn new(output: W, paint: Paint) -> Result<Self, Failure> {
        Ok(Terminal { editor: rustyline::DefaultEditor::new()?, output, paint })
    }
}

impl<W: Write> Frontend for Terminal<W> {
    fn show(&mut self, show: &Show) -> Result<(), Failure> {
        Ok(write_lines(&mut self.output, &lines(show, self.paint, false))?)
    }

    fn read(&mut self) -> Result<Option<Input>, Failure> {
        match self.editor.readline("> ") {
            // Pasted text can have several lines.
            Ok(line) => {
                let lines: Vec<String> =
                    line.replace('\t', "    ").split('\n').map(|line| shown(line).into()).collect();
                Ok(Some(Input::Line(lines.join("\n"))))
            }
            Err(ReadlineError::Eof) => Ok(Some(Input::End)),
            Err(ReadlineError::Interrupted) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn author(&mut self) -> Option<&mut dyn Author> {
        Some(self)
    }
}

impl<W: Write> Author for Terminal<W> {
    fn say(&mut self, line: &str) -> Result<(), Failure> {
        Ok(write_lines(&mut self.output, &[self.paint.sentence(line)])?)
    }

    fn note(&mut self, text: &str) -> Result<(), Failure> {
        self.say(&format!("note: {}", shown_line(text)))
    }

    fn problem(&mut self, problem: &Diagnostic) -> Result<(), Failure> {
        Ok(write_lines(&mut self.output, &[problem.long()])?)
    }

    fn ask(&mut self, question: &str) -> Result<Option<String>, Failure> {
        self.say(question)?;
        Ok(match self.read()? {
            Some(Input::Line(line)) => Some(line),
            _ => None,
        })
    }
}
