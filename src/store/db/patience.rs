//! How long to wait for another process that is using the collection, and what to do then.

use std::fs::{File, TryLockError};
use std::io;
use std::thread::sleep;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior};

use crate::store::error::Error;

/// After this long, a writer says that it waits.
const UNNOTICED: Duration = Duration::from_secs(2);
/// After this long, a writer gives up: the other process is stopped.
const LONGEST: Duration = Duration::from_secs(10);
/// How long a reader waits for a transaction. A review takes less; a stopped process would keep it waiting forever.
const READER: Duration = Duration::from_millis(100);
/// How long a reader waits for the lock on the folder. The alternative is to build a database in memory.
const READER_OF_LOCK: Duration = Duration::from_secs(1);
const NAP: Duration = Duration::from_millis(10);

/// Who waits: a command that records, or one that only reads.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    pub(crate) writes: bool,
    /// Says that a writer waits for another process.
    pub(crate) waiting: fn(),
}

impl Patience {
    /// Returns how long a connection waits for what is not a transaction that writes.
    pub(crate) fn of_connection(self) -> Duration {
        if self.writes { LONGEST } else { READER }
    }

    /// Begins a transaction that only one process can be in at a time.
    pub(crate) fn begin(self, db: &Connection) -> Result<Transaction<'_>, Error> {
        let begin = |patience: Duration| {
            db.busy_timeout(patience)?;
            Transaction::new_unchecked(db, TransactionBehavior::Immediate)
        };
        let busy = |error: &rusqlite::Error| error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy);
        let begun = match begin(if self.writes { UNNOTICED } else { READER }) {
            Err(error) if busy(&error) && self.writes => {
                (self.waiting)();
                begin(LONGEST - UNNOTICED)
            }
            begun => begun,
        };
        db.busy_timeout(self.of_connection())?;
        match begun {
            Err(error) if busy(&error) => Err(self.busy()),
            begun => {
                begun.map_err(|source| Error::Database { what: "rehearse.db: cannot be locked".to_owned(), source })
            }
        }
    }

    /// Locks a file against other processes.
    pub(crate) fn lock(self, file: &File) -> Result<(), Error> {
        let longest = if self.writes { LONGEST } else { READER_OF_LOCK };
        let mut waited = Duration::ZERO;
        while !try_lock(file)? {
            if waited >= longest {
                return Err(self.busy());
            }
            sleep(NAP);
            waited += NAP;
            if waited == UNNOTICED {
                (self.waiting)();
            }
        }
        Ok(())
    }

    fn busy(self) -> Error {
        Error::Busy(if self.writes {
            "another process is using the collection and does not finish; nothing was recorded; end it, or continue it \
             if it is stopped, and try again"
        } else {
            "another process is using the collection"
        })
    }
}

/// Locks a file unless another process has locked it.
pub(crate) fn try_lock(file: &File) -> io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}
