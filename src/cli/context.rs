//! The streams, the clock, and how a command opens its collection.

use std::cell::RefCell;
use std::io::{BufWriter, IsTerminal as _, Stdout, Write as _};
use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use anyhow::Context as _;
use chrono::{Local, TimeZone as _};
use indicatif::{ProgressBar, ProgressStyle};

use super::{Color, Everywhere};
use crate::clock::{Instant, StudyDay};
use crate::collection::{Collection, Failure, Folders, Open};
use crate::diagnostic::Severity;
use crate::render::{json_line, shown_line};
use crate::session::Paint;
use crate::text::count;

/// Why nothing more can be said.
const STDOUT: &str = "standard output: cannot be written";

/// What a command speaks through.
pub(crate) struct Door {
    args: Everywhere,
    out: RefCell<BufWriter<Stdout>>,
    clock: Clock,
}

/// The system clock, or one that was set and runs on.
struct Clock {
    set: Option<(Instant, std::time::Instant)>,
}

impl Clock {
    #[expect(clippy::disallowed_methods, reason = "the one clock of the program")]
    fn new(set: Option<Instant>) -> Self {
        Clock { set: set.map(|at| (at, std::time::Instant::now())) }
    }

    #[expect(clippy::disallowed_methods, reason = "the one clock of the program")]
    fn now(&self) -> Instant {
        match self.set {
            Some((at, since)) => at.plus_ms(i64::try_from(since.elapsed().as_millis()).unwrap_or(0)),
            None => {
                let now = Local::now();
                let offset = now.offset().local_minus_utc() / 60;
                // A system clock outside the years 1 to 9999 is read as their beginning; `doctor` is for that.
                Instant::new(now.timestamp_millis(), offset).unwrap_or(Instant { unix_ms: 0, offset: 0 })
            }
        }
    }
}

/// Reads `--now`: RFC 3339 with its offset, or Unix milliseconds in the local zone.
pub(crate) fn parse_now(text: &str) -> Result<Instant, String> {
    let in_zone = |ms: i64| {
        let offset = Local.timestamp_millis_opt(ms).single()?.offset().local_minus_utc() / 60;
        Instant::new(ms, offset)
    };
    let parsed = match text.parse::<i64>() {
        Ok(ms) => in_zone(ms),
        Err(_) => Instant::parse_rfc3339(text),
    };
    parsed.ok_or_else(|| "a time is written 2026-11-22T07:30:00+01:00, or in Unix milliseconds".to_owned())
}

/// Lines on stderr; where even that is closed there is nobody to tell.
pub(crate) fn say(text: &str) {
    let _ = std::io::stderr().write_all(format!("{text}\n").as_bytes());
}

/// An error on stderr, with the next move.
pub(crate) fn complain(message: &str, help: Option<&str>) {
    say(&format!("error: {}", shown_line(message)));
    if let Some(help) = help {
        say(&format!("help: {}", shown_line(help)));
    }
}

impl Door {
    pub(crate) fn new(args: Everywhere) -> Self {
        let clock = Clock::new(args.now);
        Door { args, out: RefCell::new(BufWriter::with_capacity(1 << 16, std::io::stdout())), clock }
    }

    pub(crate) fn now(&self) -> Instant {
        self.clock.now()
    }

    pub(crate) fn json(&self) -> bool {
        self.args.json
    }

    /// Refuses `--json` where what is printed has a form of its own.
    pub(crate) fn no_json(&self, command: &str, prints: &str) -> Result<(), Failure> {
        let message = format!("`--json` does not go with `{command}`");
        if self.args.json { Err(Failure::usage(message, format!("it prints {prints}"))) } else { Ok(()) }
    }

    /// A line on stdout.
    pub(crate) fn line(&self, line: &str) -> Result<(), Failure> {
        self.write(format!("{line}\n").as_bytes())
    }

    fn write(&self, bytes: &[u8]) -> Result<(), Failure> {
        Ok(self.out.borrow_mut().write_all(bytes).context(STDOUT)?)
    }

    /// A value as JSON on stdout.
    pub(crate) fn value(&self, value: &impl serde::Serialize) -> Result<(), Failure> {
        self.write(json_line(value).as_bytes())
    }

    /// A line on stdout that `--quiet` does without.
    pub(crate) fn remark(&self, line: &str) -> Result<(), Failure> {
        if self.args.quiet { Ok(()) } else { self.line(line) }
    }

    /// Everything is written.
    pub(crate) fn finish(&self) -> Result<(), Failure> {
        Ok(self.out.borrow_mut().flush().context(STDOUT)?)
    }

    /// A note on stderr that `--quiet` does without.
    pub(crate) fn note(&self, text: &str) {
        if !self.args.quiet {
            say(&format!("note: {}", shown_line(text)));
        }
    }

    /// A finding that changes nothing of what is done, on stderr; `--quiet` does without.
    pub(crate) fn note_block(&self, finding: &str) {
        if !self.args.quiet {
            say(finding);
        }
    }

    /// How text may look on stdout.
    pub(crate) fn paint(&self) -> Paint {
        let terminal = std::io::stdout().is_terminal();
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let color = match self.args.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => terminal && !dumb && !unwanted,
        };
        let width = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)).filter(|_| terminal);
        Paint { color, width }
    }

    pub(crate) fn folders(&self) -> Result<Folders, Failure> {
        Folders::find(self.args.dir.as_deref(), self.args.local.as_deref(), &std::env::current_dir()?)
    }

    /// The collection that a folder is, or is a part of: the one that was named, the nearest around the folder, or itself.
    pub(crate) fn folders_around(&self, folder: &Path) -> Result<Folders, Failure> {
        let local = self.args.local.as_deref();
        let itself = Folders::find(Some(folder), local, folder)?;
        let within = |around: &Folders| itself.root.starts_with(&around.root);
        let named = self.args.dir.as_deref().map(|dir| Folders::find(Some(dir), local, folder)).transpose()?;
        let nearest = || Folders::find(None, local, &itself.root).ok().filter(within);
        Ok(named.filter(within).or_else(nearest).unwrap_or(itself))
    }

    /// Whether this machine's folder was named, so that it is that of one collection.
    pub(crate) fn names_local(&self) -> bool {
        self.args.local.is_some()
    }

    /// A bar for work that takes longer than that; `--quiet` does without.
    pub(crate) fn bar(&self, after: Duration) -> Bar {
        Bar::new(!self.args.quiet, after)
    }

    /// Opens the collection for reading.
    pub(crate) fn open(&self) -> Result<Collection, Failure> {
        self.open_at(self.folders()?, false, false)
    }

    /// Opens the collection to record in it.
    pub(crate) fn open_to_record(&self) -> Result<Collection, Failure> {
        self.open_at(self.folders()?, true, false)
    }

    /// Opens a collection; a faulty deck is named on stderr unless the command is about that.
    pub(crate) fn open_at(&self, folders: Folders, write: bool, lenient: bool) -> Result<Collection, Failure> {
        let bar = self.bar(Duration::from_secs(1));
        let progress = |what: &'static str, done: usize, of: usize| bar.at(what, done, of);
        let collection = Collection::open(Open {
            folders,
            random: rand::random(),
            now: self.now(),
            write,
            lenient,
            progress: &progress,
        })?;
        bar.clear();
        for note in &collection.notes {
            self.note(note);
        }
        if !lenient {
            let faults = self.name_faults(&collection)?;
            if faults > 0 {
                self.note(&format!("{} left out; the rest is asked as ever", count(faults, "faulty place")));
            }
        }
        Ok(collection)
    }

    /// Opens the collection to tell what happened, which no setting changes: broken ones are only named.
    pub(crate) fn open_for_history(&self) -> Result<Collection, Failure> {
        let collection = self.open_at(self.folders()?, false, true)?;
        self.name_faults(&collection)?;
        Ok(collection)
    }

    /// Names what is left out, on stderr; gives how much there is of it.
    fn name_faults(&self, collection: &Collection) -> Result<usize, Failure> {
        if self.args.quiet {
            return Ok(0);
        }
        let findings = collection.findings()?;
        let errors: Vec<_> = findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
        for finding in &errors {
            say(&finding.long());
        }
        Ok(errors.len())
    }

    /// The study day it is.
    pub(crate) fn today(&self, collection: &Collection) -> StudyDay {
        self.now().study_day(collection.settings.rules.day_starts_at)
    }
}

/// A progress bar on stderr, on a terminal only.
pub(crate) struct Bar {
    wanted: bool,
    after: Duration,
    since: std::time::Instant,
    bar: OnceLock<ProgressBar>,
}

impl Bar {
    #[expect(clippy::disallowed_methods, reason = "how long the work takes so far")]
    fn new(wanted: bool, after: Duration) -> Self {
        let wanted = wanted && std::io::stderr().is_terminal();
        Bar { wanted, after, since: std::time::Instant::now(), bar: OnceLock::new() }
    }

    /// Shows what is being done, and how much of how much is done.
    pub(crate) fn at(&self, what: &'static str, done: usize, of: usize) {
        if !self.wanted || self.since.elapsed() < self.after {
            return;
        }
        let bar = self.bar.get_or_init(|| {
            let style = ProgressStyle::with_template("{msg} {bar:32} {pos}/{len}")
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::new(0).with_style(style)
        });
        bar.set_length(of as u64);
        bar.set_message(what);
        bar.set_position(done as u64);
    }

    /// Takes the bar away.
    pub(crate) fn clear(&self) {
        if let Some(bar) = self.bar.get() {
            bar.finish_and_clear();
        }
    }
}
