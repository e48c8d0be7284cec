//! What a command works with: global options, standard output, the clock, and the collection.

use std::borrow::Cow;
use std::cell::RefCell;
use std::io::{BufWriter, IsTerminal as _, Stdout, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Command;

use super::arguments::{Color, GlobalArgs};
use super::clock::Clock;
use super::output::{Bar, say, say_finding, width};
use crate::clock::{Instant, StudyDay};
use crate::collection::{Collection, Folders, Open};
use crate::diagnostic::{Diagnostic, Severity};
use crate::failure::Failure;
use crate::render::{json_line, shown_line};
use crate::session::Paint;
use crate::text::{count, fitted};

const STDOUT: &str = "standard output: cannot be written";

fn waiting() {
    say("note: another process is using the collection; waiting for it, at most 10 seconds");
}

pub(crate) struct Context {
    args: GlobalArgs,
    out: RefCell<BufWriter<Stdout>>,
    clock: Clock,
    /// The width of the terminal that stdout is.
    width: Option<usize>,
    program: fn() -> Command,
}

/// Returns the current folder, which another process can delete.
pub(crate) fn current_folder() -> Result<PathBuf, Failure> {
    std::env::current_dir().map_err(|error| {
        let message = format!("the current folder cannot be found ({error}); was it deleted?");
        Failure::usage(message, "go to another folder, or name the collection in full: `--dir /…`")
    })
}

impl Context {
    /// `program` makes the root command of the command line.
    pub(crate) fn new(args: GlobalArgs, program: fn() -> Command) -> Self {
        let width = width(&std::io::stdout());
        let out = RefCell::new(BufWriter::with_capacity(1 << 16, std::io::stdout()));
        Context { clock: Clock::new(args.now), args, out, width, program }
    }

    pub(crate) fn program(&self) -> Command {
        (self.program)()
    }

    pub(crate) fn now(&self) -> Instant {
        self.clock.now()
    }

    pub(crate) fn json(&self) -> bool {
        self.args.json
    }

    /// Refuses `--json` for a command that prints a format of its own.
    pub(crate) fn no_json(&self, command: &str, prints: &str) -> Result<(), Failure> {
        let message = format!("`--json` does not go with `{command}`");
        if self.args.json { Err(Failure::usage(message, format!("it prints {prints}"))) } else { Ok(()) }
    }

    /// Prints lines on stdout, wrapped on a terminal.
    pub(crate) fn line(&self, line: &str) -> Result<(), Failure> {
        self.verbatim(&self.width.map_or(Cow::Borrowed(line), |width| fitted(line, width)))
    }

    /// Prints lines of a format that must not be wrapped.
    pub(crate) fn verbatim(&self, line: &str) -> Result<(), Failure> {
        self.write(format!("{line}\n").as_bytes())
    }

    /// Prints a question at once: on a terminal the answer is typed beside it, else it is a line.
    pub(crate) fn question(&self, question: &str, terminal: bool) -> Result<(), Failure> {
        self.write(format!("{question}{}", if terminal { " " } else { "\n" }).as_bytes())?;
        self.finish()
    }

    /// Whether the cursor may be moved on the terminal that stdout is: not on a simple one, and not for a screen reader.
    pub(crate) fn moves_cursor(&self) -> bool {
        let is = |name: &str, wanted: &str| std::env::var_os(name).is_some_and(|value| value == wanted);
        self.width.is_some() && !is("TERM", "dumb") && !is("ACCESSIBLE", "1")
    }

    /// Erases the last rows of the terminal at once.
    pub(crate) fn erase_rows(&self, rows: usize) -> Result<(), Failure> {
        if rows > 0 {
            self.write(format!("\u{1b}[{rows}A\r\u{1b}[J").as_bytes())?;
        }
        self.finish()
    }

    fn write(&self, bytes: &[u8]) -> Result<(), Failure> {
        self.out.borrow_mut().write_all(bytes).map_err(|error| Failure::from(error).context(STDOUT))
    }

    pub(crate) fn value(&self, value: &impl serde::Serialize) -> Result<(), Failure> {
        self.write(json_line(value).as_bytes())
    }

    pub(crate) fn remark(&self, line: &str) -> Result<(), Failure> {
        if self.args.quiet { Ok(()) } else { self.line(line) }
    }

    pub(crate) fn finish(&self) -> Result<(), Failure> {
        self.out.borrow_mut().flush().map_err(|error| Failure::from(error).context(STDOUT))
    }

    /// Prints a note on stderr, unless `--quiet`.
    pub(crate) fn note(&self, text: &str) {
        if !self.args.quiet {
            say(&format!("note: {}", shown_line(text)));
        }
    }

    /// Prints a finding that does not change the result on stderr, unless `--quiet`.
    pub(crate) fn note_finding(&self, finding: &Diagnostic) {
        if !self.args.quiet {
            say_finding(finding);
        }
    }

    pub(crate) fn paint(&self) -> Paint {
        let terminal = std::io::stdout().is_terminal();
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let color = match self.args.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => terminal && !dumb && !unwanted,
        };
        Paint { color, width: self.width }
    }

    pub(crate) fn folders(&self) -> Result<Folders, Failure> {
        let dir = self.args.dir.as_deref();
        // A folder that is named in full is found from a folder that was deleted, too.
        let around = if dir.is_some_and(Path::is_absolute) { PathBuf::new() } else { current_folder()? };
        Ok(Folders::find(dir, self.args.local.as_deref(), &around)?)
    }

    pub(crate) fn folders_around(&self, folder: &Path) -> Result<Folders, Failure> {
        let local = self.args.local.as_deref();
        let itself = Folders::find(Some(folder), local, folder)?;
        let within = |around: &Folders| itself.root.starts_with(&around.root);
        let named = self.args.dir.as_deref().map(|dir| Folders::find(Some(dir), local, folder)).transpose()?;
        let nearest = || Folders::find(None, local, &itself.root).ok().filter(within);
        Ok(named.filter(within).or_else(nearest).unwrap_or(itself))
    }

    /// Whether `--local` is given; it belongs to one collection.
    pub(crate) fn names_local(&self) -> bool {
        self.args.local.is_some()
    }

    /// A progress bar for work that takes longer than `after`; none with `--quiet`.
    pub(crate) fn bar(&self, after: Duration) -> Bar {
        Bar::new(!self.args.quiet, after)
    }

    pub(crate) fn open(&self) -> Result<Collection, Failure> {
        self.open_at(self.folders()?, false, false)
    }

    pub(crate) fn open_to_record(&self) -> Result<Collection, Failure> {
        self.open_at(self.folders()?, true, false)
    }

    /// Opens a collection and prints the problems in its decks on stderr; `lenient` is for commands that report problems
    /// themselves.
    pub(crate) fn open_at(&self, folders: Folders, write: bool, lenient: bool) -> Result<Collection, Failure> {
        self.clock.check()?;
        let bar = self.bar(Duration::from_secs(1));
        let progress = |what: &'static str, done: usize, of: usize| bar.update(what, done, of);
        let collection = Collection::open(Open {
            folders,
            random: rand::random(),
            now: self.now(),
            write,
            waiting: if self.args.quiet { || {} } else { waiting },
            lenient,
            progress: &progress,
        })?;
        bar.clear();
        for note in &collection.notes {
            self.note(note);
        }
        if !lenient {
            let problems = self.print_problems(&collection)?;
            if problems > 0 {
                self.note(&format!("{} left out; the rest is asked as ever", count(problems, "faulty place")));
            }
        }
        Ok(collection)
    }

    /// Opens the collection to show what happened. Settings don't change that, so broken ones are only reported.
    pub(crate) fn open_for_history(&self) -> Result<Collection, Failure> {
        let collection = self.open_at(self.folders()?, false, true)?;
        self.print_problems(&collection)?;
        Ok(collection)
    }

    /// Prints what is left out on stderr and returns its number; nothing with `--quiet`.
    fn print_problems(&self, collection: &Collection) -> Result<usize, Failure> {
        if self.args.quiet {
            return Ok(0);
        }
        let findings = collection.findings()?;
        let errors: Vec<_> = findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
        for finding in &errors {
            say_finding(finding);
        }
        Ok(errors.len())
    }

    pub(crate) fn today(&self, collection: &Collection) -> StudyDay {
        self.now().study_day(collection.settings.rules.day_starts_at)
    }
}
