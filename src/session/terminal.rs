//! A session on a terminal, with line editing and color.

use std::io::{ErrorKind, Write};

use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::DefaultHistory;
use rustyline::validate::Validator;
use rustyline::{CompletionType, Config, Context, Editor, Helper};

use super::paint::Paint;
use super::pipe::write_lines;
use super::protocol::{Input, Show};
use super::run::Frontend;
use super::wording::{NOT_UTF8, lines};
use crate::diagnostic::Diagnostic;
use crate::editor::Author;
use crate::failure::Failure;
use crate::render::{shown, shown_line};
use crate::signals::guard_terminal;

pub(crate) struct Terminal<W> {
    editor: Editor<TabsAreText, DefaultHistory>,
    output: W,
    paint: Paint,
}

/// Completes nothing: a tab that is typed or pasted is text.
struct TabsAreText;

impl Completer for TabsAreText {
    type Candidate = &'static str;

    fn complete(
        &self,
        _line: &str,
        position: usize,
        _context: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Self::Candidate>)> {
        Ok((position, vec!["\t"]))
    }
}

impl Hinter for TabsAreText {
    type Hint = &'static str;
}

impl Highlighter for TabsAreText {}
impl Validator for TabsAreText {}
impl Helper for TabsAreText {}

impl<W: Write> Terminal<W> {
    pub(crate) fn new(output: W, paint: Paint) -> Result<Self, Failure> {
        guard_terminal()?;
        let mut editor = Editor::with_config(Config::builder().completion_type(CompletionType::List).build())?;
        editor.set_helper(Some(TabsAreText));
        Ok(Terminal { editor, output, paint })
    }

    fn write(&mut self, lines: &[String]) -> Result<(), Failure> {
        let fitted: Vec<String> = lines.iter().map(|line| self.paint.fitted(line).into_owned()).collect();
        Ok(write_lines(&mut self.output, &fitted)?)
    }
}

impl<W: Write> Frontend for Terminal<W> {
    fn show(&mut self, show: &Show) -> Result<(), Failure> {
        self.write(&lines(show, self.paint, false))
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
            Err(ReadlineError::Io(error)) if error.kind() == ErrorKind::InvalidData => Ok(Some(Input::NotUtf8)),
            Err(error) => Err(error.into()),
        }
    }

    fn author(&mut self) -> Option<&mut dyn Author> {
        Some(self)
    }
}

impl<W: Write> Author for Terminal<W> {
    fn say(&mut self, line: &str) -> Result<(), Failure> {
        self.write(&[line.to_owned()])
    }

    fn note(&mut self, text: &str) -> Result<(), Failure> {
        self.say(&format!("note: {}", shown_line(text)))
    }

    fn problem(&mut self, problem: &Diagnostic) -> Result<(), Failure> {
        self.write(&[problem.long(self.paint.width)])
    }

    fn ask(&mut self, question: &str) -> Result<Option<String>, Failure> {
        self.say(question)?;
        loop {
            match self.read()? {
                Some(Input::Line(line)) => return Ok(Some(line)),
                Some(Input::NotUtf8) => self.say(NOT_UTF8)?,
                _ => return Ok(None),
            }
        }
    }
}
