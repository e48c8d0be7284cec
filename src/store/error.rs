//! Why the store could not do something.

use std::io::{self, ErrorKind};
use std::path::Path;

use rusqlite::ErrorCode;

use crate::{git, journal};

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A file or a folder, and what could not be done with it.
    #[error("{what}")]
    File { what: String, source: io::Error },
    /// What could not be done with the database.
    #[error("{what}")]
    Database { what: String, source: rusqlite::Error },
    /// What an error means for the user.
    #[error("{what}")]
    Context { what: String, source: Box<Error> },
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    #[error(transparent)]
    Journal(#[from] journal::Error),
    #[error(transparent)]
    Git(#[from] git::Error),
    /// Another process is using the collection for too long.
    #[error("{0}")]
    Busy(&'static str),
    /// Something that is not done, and why.
    #[error("{0}")]
    Refused(String),
}

impl Error {
    /// Returns what turns a failure of the system into an error about a file.
    pub(crate) fn file<'a>(path: &'a Path, what: &'a str) -> impl FnOnce(io::Error) -> Error + use<'a> {
        move |source| Error::File { what: format!("{}: {what}", path.display()), source }
    }

    /// Returns what turns a failure of SQLite into an error about the database file.
    pub(crate) fn database<'a>(path: &'a Path, what: &'a str) -> impl FnOnce(rusqlite::Error) -> Error + use<'a> {
        move |source| Error::Database { what: format!("{}: {what}", path.display()), source }
    }

    /// Returns the message followed by those of its causes.
    pub(crate) fn with_causes(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            text.push_str(&format!(": {error}"));
            cause = error.source();
        }
        text
    }

    /// Says what an error means.
    pub(crate) fn context(self, what: impl Into<String>) -> Error {
        Error::Context { what: what.into(), source: Box::new(self) }
    }

    /// Whether the database holds what was never written to it.
    pub(crate) fn is_corrupt(&self) -> bool {
        use rusqlite::Error::{FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType};
        let corrupt = |error: &rusqlite::Error| {
            matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
                || matches!(error, FromSqlConversionFailure(..) | IntegralValueOutOfRange(..) | InvalidColumnType(..))
        };
        match self {
            Error::Database { source, .. } | Error::Sqlite(source) => corrupt(source),
            Error::Context { source, .. } => source.is_corrupt(),
            _ => false,
        }
    }

    /// Whether another process is the cause.
    pub(crate) fn is_busy(&self) -> bool {
        match self {
            Error::Busy(_) => true,
            Error::Database { source, .. } | Error::Sqlite(source) => {
                matches!(source.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
            }
            Error::Context { source, .. } => source.is_busy(),
            _ => false,
        }
    }

    /// Whether the disk, not its content, is the cause: a read-only folder, no permission, no space.
    pub(crate) fn is_refused_by_disk(&self) -> bool {
        use ErrorKind::{FileTooLarge, PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
        let refused = |error: &io::Error| {
            matches!(error.kind(), PermissionDenied | ReadOnlyFilesystem | StorageFull | QuotaExceeded | FileTooLarge)
        };
        match self {
            Error::File { source, .. } | Error::Io(source) | Error::Journal(journal::Error::File { source, .. }) => {
                refused(source)
            }
            Error::Database { source, .. } | Error::Sqlite(source) => matches!(
                source.sqlite_error_code(),
                Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::DiskFull | ErrorCode::SystemIoFailure)
            ),
            Error::Context { source, .. } => source.is_refused_by_disk(),
            Error::Journal(_) | Error::Git(_) | Error::Busy(_) | Error::Refused(_) => false,
        }
    }
}
