//! How a run ends: why a command failed, and exit codes.
//!
//! Not here: who prints it.

use crate::collection;
use crate::diagnostic::Diagnostic;
use crate::{store, sync};

pub(crate) const DONE: u8 = 0;
/// Done, and something in the user's files needs the user.
pub(crate) const FINDINGS: u8 = 1;
pub(crate) const USAGE: u8 = 2;
/// It could not be done; nothing that was acknowledged is lost.
pub(crate) const WORLD: u8 = 3;
/// `due --exit-code`: nothing is due.
pub(crate) const NOTHING_DUE: u8 = 4;
/// `merge-driver`: nothing is merged. Git treats every code above 128 as an error and not as a conflict.
pub(crate) const NO_RESULT: u8 = 129;
pub(crate) const INTERRUPTED: u8 = 130;

/// Why a command failed. Problems in decks are not failures; they are reported as findings.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("{message}")]
    Usage { message: String, help: String },
    /// A settings file is broken. Guessing would reschedule everything.
    #[error("{} in the settings", .0.len())]
    Settings(Vec<Diagnostic>),
    /// Something outside the program failed: the disk, the database, git.
    #[error("{0:#}")]
    World(anyhow::Error),
    /// The reader of the output closed it early, as `head` does.
    #[error("the output is closed")]
    ClosedPipe,
}

impl Failure {
    pub(crate) fn usage(message: impl Into<String>, help: impl Into<String>) -> Self {
        Failure::Usage { message: message.into(), help: help.into() }
    }

    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Failure::Usage { .. } => USAGE,
            Failure::Settings(_) | Failure::World(_) => WORLD,
            Failure::ClosedPipe => DONE,
        }
    }

    #[must_use]
    pub(crate) fn context(self, place: &'static str) -> Self {
        match self {
            Failure::World(error) => Failure::World(error.context(place)),
            other => other,
        }
    }
}

impl From<collection::Error> for Failure {
    fn from(error: collection::Error) -> Self {
        match (error.help(), error) {
            (Some(help), error) => Failure::usage(error.to_string(), help),
            (None, collection::Error::Settings(findings)) => Failure::Settings(findings),
            // The message includes its causes, which must not be printed again.
            (None, error) => Failure::World(anyhow::Error::msg(error.to_string())),
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Failure::ClosedPipe,
            _ => Failure::World(error.into()),
        }
    }
}

macro_rules! of_the_world {
    ($($error:ty),*) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Failure::World(error.into())
            }
        })*
    };
}

of_the_world!(anyhow::Error, store::Error, sync::Error, serde_json::Error, rustyline::error::ReadlineError);
