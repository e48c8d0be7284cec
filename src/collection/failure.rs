//! How a command failed, for the doors.

use std::fmt;

use super::error::Error;
use crate::diagnostic::Diagnostic;

/// Why a command ended: the user's call was wrong, or the world was. Their decks being wrong is neither; it is reported.
#[derive(Debug)]
pub enum Failure {
    /// Wrong usage, an unknown card or deck: exit 2.
    Usage {
        message: String,
        /// What to do next.
        help: String,
    },
    /// A settings file is broken; guessing would reschedule everything: exit 3.
    Settings(Vec<Diagnostic>),
    /// Disk, database, pipe: exit 3.
    World(anyhow::Error),
}

impl Failure {
    pub(crate) fn usage(message: impl Into<String>, help: impl Into<String>) -> Self {
        Failure::Usage { message: message.into(), help: help.into() }
    }

    /// The same failure, and where the world failed.
    #[must_use]
    pub(crate) fn context(self, place: &'static str) -> Self {
        match self {
            Failure::World(error) => Failure::World(error.context(place)),
            other => other,
        }
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        match error.into().downcast::<Error>() {
            Ok(Error::Settings(findings)) => Failure::Settings(findings),
            Ok(error) => match error.help() {
                Some(help) => Failure::Usage { message: error.to_string(), help },
                None => Failure::World(error.into()),
            },
            Err(error) => Failure::World(error),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Usage { message, .. } => f.write_str(message),
            Failure::Settings(findings) => write!(f, "{} in the settings", findings.len()),
            Failure::World(error) => write!(f, "{error:#}"),
        }
    }
}
