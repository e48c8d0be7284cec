//! A mock interview as it is held: a question, its follow-up, what was covered, and the score, one after the other.
//!
//! Every prompt reads one line; `q` and the end of the input end it. What is typed too early, such as ticks at the
//! follow-up, is what the next prompt reads.
//!
//! Not here: which questions are asked, and recording the scores.

use std::io::{IsTerminal as _, sink, stdin, stdout};

use textwrap::core::display_width;

use super::context::Context;
use crate::clock::Instant;
use crate::failure::Failure;
use crate::history::Score;
use crate::render::shown_line;
use crate::schedule::plausible_time;
use crate::session::{Frontend, Input, NOT_UTF8, Pipe, Terminal, parse_ticks};
use crate::text::minutes_seconds;

/// Why the conversation does not go on.
pub(crate) enum Halt {
    Quit,
    Interrupted,
    Failed(Failure),
}

impl<E: Into<Failure>> From<E> for Halt {
    fn from(error: E) -> Self {
        Halt::Failed(error.into())
    }
}

/// An answer that was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SpokenAnswer {
    /// Its time in milliseconds; `None` if that was a break and not an answer.
    pub(crate) ms: Option<u64>,
    /// How often the question was repeated.
    pub(crate) again: u32,
}

pub(crate) struct Conversation<'a> {
    context: &'a Context,
    frontend: Box<dyn Frontend + 'a>,
    /// Whether a question is shown once.
    listen: bool,
    /// Whether what was shown can be erased.
    erases: bool,
    /// The rows of the terminal since the question was shown.
    rows: usize,
    notes: Vec<String>,
    /// A line that was typed before its prompt.
    ahead: Option<String>,
    /// Seconds for the answer to the question that is asked.
    limit: u32,
    /// When the last line came, and how much time was used until then.
    last: Instant,
    used_ms: u64,
}

const HEARD: &str = "Press Enter when you have heard the question.";
const ANSWER: &str = "Answer out loud, then press Enter.";
const TICKS: &str = "Which of these did you cover? (numbers, `a` for all, `0` for none)";
const QUIT: &str = "`q` quits; what you entered stays saved.";
const REPEAT: &str = "`r` repeats the question, and `n TEXT` is a note that you see while you answer.";

impl<'a> Conversation<'a> {
    pub(crate) fn new(context: &'a Context, listen: bool, used_ms: u64) -> Result<Self, Failure> {
        let terminal = stdin().is_terminal() && stdout().is_terminal();
        let frontend: Box<dyn Frontend> = match terminal {
            true => Box::new(Terminal::new(sink(), context.paint())?),
            false => Box::new(Pipe::new(stdin().lock(), sink())),
        };
        let erases = terminal && context.moves_cursor();
        let (notes, last) = (Vec::new(), context.now());
        Ok(Conversation { context, frontend, listen, erases, rows: 0, notes, ahead: None, limit: 0, last, used_ms })
    }

    /// Returns the time used until the last line in milliseconds, without breaks.
    pub(crate) fn used_ms(&self) -> u64 {
        self.used_ms
    }

    pub(crate) fn line(&mut self, line: &str) -> Result<(), Failure> {
        self.count_rows(line);
        self.context.line(line)
    }

    /// Prints a line that starts with a name or title from a deck. It cannot pass for a saved review.
    pub(crate) fn named_line(&mut self, line: &str) -> Result<(), Failure> {
        if line.starts_with("saved ") { self.line(&format!("  {line}")) } else { self.line(line) }
    }

    fn count_rows(&mut self, line: &str) {
        let width = self.context.paint().width.unwrap_or(usize::MAX).max(1);
        let fitted = self.context.paint().fitted(line).into_owned();
        self.rows += fitted.split('\n').map(|row| display_width(row).div_ceil(width).max(1)).sum::<usize>();
    }

    /// Reads the next line without the blanks around it.
    fn read(&mut self) -> Result<String, Halt> {
        if let Some(line) = self.ahead.take() {
            return Ok(line);
        }
        loop {
            self.context.finish()?;
            let input = self.frontend.read().map_err(|failure| failure.context("standard input: cannot be read"))?;
            self.pass();
            match input {
                None => return Err(Halt::Interrupted),
                Some(Input::NotUtf8) => self.line(NOT_UTF8)?,
                Some(Input::Line(line)) => {
                    self.count_rows(&format!("> {line}"));
                    match line.trim() {
                        "q" => return Err(Halt::Quit),
                        line => return Ok(line.to_owned()),
                    }
                }
                Some(_) => return Err(Halt::Quit),
            }
        }
    }

    /// Adds the time since the last line, unless it was too long for an answer.
    fn pass(&mut self) {
        let now = self.context.now();
        let since = u64::try_from(now.unix_ms - self.last.unix_ms).unwrap_or(0);
        self.used_ms += plausible_time(since, self.limit).unwrap_or(0);
        self.last = now;
    }

    /// Waits for Enter where nothing depends on it: whatever comes, even the end of the input, is as good.
    pub(crate) fn wait(&mut self) -> Result<(), Halt> {
        match self.read() {
            Ok(_) | Err(Halt::Quit) => Ok(()),
            Err(halt) => Err(halt),
        }
    }

    /// Asks a question and measures the answer.
    pub(crate) fn ask(&mut self, prompt: &str, limit: u32) -> Result<SpokenAnswer, Halt> {
        (self.limit, self.notes, self.rows) = (limit, Vec::new(), 0);
        self.show(prompt)?;
        let mut hears = self.listen;
        let (mut began, mut again) = (if hears { None } else { Some(self.context.now()) }, 0);
        loop {
            let line = self.read()?;
            match (line.as_str(), began) {
                ("", _) if hears => {
                    self.erase()?;
                    hears = false;
                    began = began.or(Some(self.context.now()));
                }
                ("", Some(began)) => return Ok(SpokenAnswer { ms: self.since(began), again }),
                ("r", _) if self.listen => {
                    again += 1;
                    hears = true;
                    self.show(prompt)?;
                }
                ("?", _) => {
                    self.help(&[if hears { HEARD } else { ANSWER }])?;
                }
                // Who ticks already has answered.
                (line, Some(began)) if self.listen && !hears && line.starts_with(|c: char| c.is_ascii_digit()) => {
                    self.ahead = Some(line.to_owned());
                    return Ok(SpokenAnswer { ms: self.since(began), again });
                }
                (line, _) if self.noted(line)? => {}
                _ if hears => self.line(&format!("{HEARD} (? for help)"))?,
                _ => self.line(&format!("{ANSWER} (? for help)"))?,
            }
        }
    }

    fn show(&mut self, prompt: &str) -> Result<(), Failure> {
        let paint = self.context.paint();
        self.line(&paint.bold(&paint.block(prompt)))
    }

    fn since(&self, began: Instant) -> Option<u64> {
        let ms = u64::try_from(self.last.unix_ms - began.unix_ms).unwrap_or(0);
        plausible_time(ms, self.limit)
    }

    /// Erases the question where the terminal can; the notes stay.
    fn erase(&mut self) -> Result<(), Failure> {
        if self.erases {
            self.context.erase_rows(self.rows)?;
            self.rows = 0;
            self.show_notes()?;
        }
        Ok(())
    }

    /// Takes a note if that is what a line asks for.
    fn noted(&mut self, line: &str) -> Result<bool, Failure> {
        let Some(note) = line.strip_prefix("n ").map(str::trim).filter(|note| !note.is_empty()) else {
            return Ok(false);
        };
        self.notes.push(note.to_owned());
        self.show_notes()?;
        Ok(true)
    }

    fn show_notes(&mut self) -> Result<(), Failure> {
        if self.notes.is_empty() {
            return Ok(());
        }
        self.line(&self.context.paint().under(&format!("Notes: {}", shown_line(&self.notes.join("; "))), 2))
    }

    fn help(&mut self, what: &[&str]) -> Result<(), Failure> {
        let repeat = self.listen.then_some(REPEAT);
        let text: Vec<&str> = what.iter().copied().chain(repeat).chain([QUIT]).collect();
        self.line(&text.join(" "))
    }

    /// Says how long an answer took, asks the follow-up question, and returns the numbers of what was covered; `None` if
    /// there is nothing to cover.
    pub(crate) fn cover(
        &mut self,
        answer: SpokenAnswer,
        follow_up: Option<&str>,
        items: &[String],
    ) -> Result<Option<Vec<u16>>, Halt> {
        let limit = minutes_seconds(u64::from(self.limit));
        let time = match answer.ms {
            Some(ms) => format!("{} of {limit}.", minutes_seconds(ms / 1000)),
            None => format!("Far over {limit}: the time is not kept."),
        };
        let which = if items.is_empty() { None } else { Some(TICKS) };
        match (follow_up, which) {
            (Some(follow_up), which) => {
                self.line(&format!("{time} Follow-up: {}", shown_line(follow_up)))?;
                self.hear_out()?;
                which.map(|which| self.line(which)).transpose()?;
            }
            (None, Some(which)) => self.line(&format!("{time} {which}"))?,
            (None, None) => self.line(&time)?,
        }
        if items.is_empty() { Ok(None) } else { self.ticks(items).map(Some) }
    }

    /// Waits until the follow-up question is answered.
    fn hear_out(&mut self) -> Result<(), Halt> {
        loop {
            match self.read()?.as_str() {
                "" => return Ok(()),
                "?" => self.help(&[ANSWER, "Nobody scores this one."])?,
                line if self.noted(line)? => {}
                line => {
                    self.ahead = Some(line.to_owned());
                    return Ok(());
                }
            }
        }
    }

    fn ticks(&mut self, items: &[String]) -> Result<Vec<u16>, Halt> {
        const UNCLEAR: &str = "Type the numbers of what you covered, `a` for all, or `0` for none.";
        let digits = items.len().to_string().len();
        for (n, item) in (1..).zip(items) {
            self.line(&self.context.paint().item(n, digits, item))?;
        }
        loop {
            match self.read()?.as_str() {
                "?" => self.help(&[UNCLEAR, "As in 1 3, or 1-3."])?,
                line => match parse_ticks(line, items.len()) {
                    Some(ticks) => return Ok(ticks),
                    None => self.line(&format!("{UNCLEAR} (? for help)"))?,
                },
            }
        }
    }

    /// Asks for a score; Enter accepts the suggested one, if there is one.
    pub(crate) fn score(&mut self, of: &str, suggested: Option<Score>) -> Result<Score, Halt> {
        let suggestion = suggested.map(|score| format!(" Suggested: {score}")).unwrap_or_default();
        self.named_line(&format!("{}, 1 to 5?{suggestion}", shown_line(of)))?;
        let accept = suggested.map(|score| format!(", or press Enter to accept {score}")).unwrap_or_default();
        let unclear = format!("Type a number from 1 to 5{accept}.");
        loop {
            match (self.read()?.as_str(), suggested) {
                ("?", _) => self.help(&[unclear.as_str(), MEANINGS])?,
                ("", Some(suggested)) => return Ok(suggested),
                (line, _) => match line.parse().ok().and_then(Score::new) {
                    Some(score) => return Ok(score),
                    None => self.line(&format!("{unclear} (? for help)"))?,
                },
            }
        }
    }
}

const MEANINGS: &str = "1 means that nothing came, 2 under half, 3 that something was missing, 4 everything, and 5 everything \
                        within the time.";
