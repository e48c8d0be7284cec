//! Messages and progress on stderr.

use std::borrow::Cow;
use std::io::{IsTerminal, Write as _};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::diagnostic::Diagnostic;
use crate::failure::Failure;
use crate::render::shown_line;
use crate::text::{abridged, fitted};

/// Returns the width of the terminal that a stream is; `None` if it is something else.
pub(crate) fn width(stream: &impl IsTerminal) -> Option<usize> {
    let size = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    if stream.is_terminal() { size() } else { None }
}

/// Prints lines on stderr, wrapped on a terminal. If stderr is closed, there is nowhere to report that.
pub(crate) fn say(text: &str) {
    let mut stderr = std::io::stderr();
    let text = width(&stderr).map_or(Cow::Borrowed(text), |width| fitted(text, width));
    let _ = stderr.write_all(format!("{text}\n").as_bytes());
}

pub(crate) fn say_finding(finding: &Diagnostic) {
    say(&finding.long(width(&std::io::stderr())));
}

pub(crate) fn complain(message: &str, help: Option<&str>) {
    say(&format!("error: {}", shown_line(&abridged(message))));
    if let Some(help) = help {
        say(&format!("help: {}", shown_line(help)));
    }
}

/// Prints why a command failed and returns the exit code. `records` is whether the command records events.
pub(crate) fn report(failure: &Failure, records: bool) -> u8 {
    match failure {
        Failure::Usage { message, help } => complain(message, Some(help)),
        Failure::Settings(findings) => {
            findings.iter().for_each(say_finding);
            say("note: nothing was shown or recorded; with other settings every due day would move");
        }
        Failure::World(error) => {
            complain(&format!("{error:#}"), None);
            if records {
                say("note: whatever was acknowledged is saved");
            }
        }
        Failure::ClosedPipe => {}
    }
    failure.exit_code()
}

/// A progress bar on stderr, on a terminal only.
pub(crate) struct Bar {
    wanted: bool,
    after: Duration,
    since: Instant,
    bar: OnceLock<ProgressBar>,
}

impl Bar {
    /// A bar that appears if the work takes longer than `after`.
    #[expect(clippy::disallowed_methods, reason = "measures how long the work has taken")]
    pub(crate) fn new(wanted: bool, after: Duration) -> Self {
        let wanted = wanted && std::io::stderr().is_terminal();
        Bar { wanted, after, since: Instant::now(), bar: OnceLock::new() }
    }

    pub(crate) fn update(&self, what: &'static str, done: usize, of: usize) {
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

    pub(crate) fn clear(&self) {
        if let Some(bar) = self.bar.get() {
            bar.finish_and_clear();
        }
    }
}
