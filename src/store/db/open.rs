//! Opens the database file, rebuilds it when it cannot be trusted, refuses it when it belongs to something else.
//!
//! The database is only a cache, so it is trusted only if it is unchanged. Only a checkpoint writes to the file, only this
//! module checkpoints, and it writes down the file's stamp afterwards. A file with another stamp was cut, garbled, copied,
//! or replaced, and is set aside. What is not yet checkpointed is in the WAL, which has its own checksums.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::ffi::SQLITE_IOERR_SHMSIZE;
use rusqlite::{Connection, OpenFlags};

use super::file_stamp::{Stamp, inode};
use super::patience::{Patience, try_lock};
use crate::atomic_file::{self, Access, create_private, remove, sync_folder};
use crate::regular_file;
use crate::store::error::Error;

/// The version of the schema; a database of an older one is rebuilt.
pub(crate) const SCHEMA: i64 = 13;
const NEWER: &str = "made by a newer version of rehearse";
/// More than any stamp has, in bytes.
const LARGEST_STAMP: u64 = 1 << 10;
/// The end of the WAL's name.
pub(crate) const WAL: &str = "-wal";
/// `rhrs`, in the header of every database of ours.
const APPLICATION: i64 = 0x7268_7273;
const MAGIC: &str = "rehearse";
/// How to open a database besides whether to write to it. A connection is never shared between threads, which the compiler
/// checks, so SQLite need not lock for every value. Nothing is opened through a link.
pub(crate) const ONE_THREAD: OpenFlags = OpenFlags::SQLITE_OPEN_NO_MUTEX.union(OpenFlags::SQLITE_OPEN_NOFOLLOW);
/// The size in bytes from which the WAL is written back at the end of a process.
pub(crate) const LARGE_WAL: u64 = 1 << 20;
/// The size from which it is written back in the middle of a session, where the next answer waits for it.
pub(crate) const HUGE_WAL: u64 = 64 << 20;

#[derive(Debug, Clone)]
pub(crate) struct DatabaseFile {
    database: PathBuf,
    patience: Patience,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    Missing,
    Older,
    /// Not readable as a database.
    Damaged,
    /// Not as it was left.
    Changed,
    Elsewhere,
}

impl Reason {
    pub(crate) fn words(self) -> &'static str {
        match self {
            Reason::Missing => "was missing",
            Reason::Older => "was of an older version",
            Reason::Damaged => "was damaged",
            Reason::Changed => "was not as rehearse left it",
            Reason::Elsewhere => "was of other journals than `[sync]` names now",
        }
    }
}

/// Fills an empty database. It is passed a time by the clock of the file system, in nanoseconds, from before it starts.
pub(crate) type Build<'a> = &'a dyn Fn(&Connection, i64) -> Result<(), Error>;

enum Found {
    Ours,
    Rebuild(Reason),
    Refuse(&'static str),
}

impl DatabaseFile {
    pub(crate) fn new(local: &Path, patience: Patience) -> Self {
        DatabaseFile { database: local.join("rehearse.db"), patience }
    }

    fn beside(&self, suffix: &str) -> PathBuf {
        let mut name: OsString = self.database.clone().into_os_string();
        name.push(suffix);
        PathBuf::from(name)
    }

    /// Opens the database, or builds it with `build`, which is passed one with empty tables, and returns why.
    pub(crate) fn open(&self, build: Build<'_>) -> Result<(Connection, Option<Reason>), Error> {
        if self.as_left()
            && let Some(ours) = self.open_ours()?
        {
            return Ok((ours, None));
        }
        let _lock = self.lock()?;
        // Another process may have built it while this one waited.
        if self.as_left()
            && let Some(ours) = self.open_ours()?
        {
            return Ok((ours, None));
        }
        let reason = match self.look()? {
            Found::Ours => Reason::Changed,
            Found::Rebuild(reason) => reason,
            Found::Refuse(what) => {
                return Err(Error::Refused(format!(
                    "{}: {what}; it was left as it is, and no review is lost; move it away, and it is built anew from the log",
                    self.database.display()
                )));
            }
        };
        if reason != Reason::Missing {
            atomic_file::rename(&self.database, &self.beside(".bad"))
                .map_err(Error::file(&self.database, "cannot be set aside"))?;
        }
        let database = self.database.display();
        self.rebuild(build).map_err(|error| error.context(format!("{database}: cannot be built")))?;
        match self.open_ours()? {
            Some(ours) => Ok((ours, Some(reason))),
            None => Err(Error::Refused(format!("{database}: cannot be opened after it was built"))),
        }
    }

    /// Builds it under another name, so that nothing is ever read from a half-built database.
    fn rebuild(&self, build: Build<'_>) -> Result<(), Error> {
        let new = self.beside(".new");
        for stale in [self.beside(WAL), self.beside("-shm"), self.beside(".stamp"), new.clone()] {
            remove(&stale)?;
        }
        let mut options = OpenOptions::new();
        create_private(options.create_new(true).write(true));
        let clock = Stamp::new(&options.open(&new)?.metadata()?).modified();
        let connection = Connection::open_with_flags(&new, OpenFlags::SQLITE_OPEN_READ_WRITE | ONE_THREAD)?;
        connection.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536;")?;
        create(&connection)?;
        build(&connection, clock)?;
        // The mode is written into the header here, before the file gets its stamp.
        connection.execute_batch("PRAGMA journal_mode = WAL;")?;
        connection.close().map_err(|(_, error)| error)?;
        sync(&new)?;
        atomic_file::rename(&new, &self.database)?;
        self.stamp()
    }

    /// Opens a file with the right stamp; `None` if it turns out to be of another version.
    fn open_ours(&self) -> Result<Option<Connection>, Error> {
        let open = || {
            let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | ONE_THREAD;
            let connection = Connection::open_with_flags(&self.database, flags)?;
            connection.busy_timeout(self.patience.of_connection())?;
            // Before anything is read: closing a file that turns out not to be ours must not write to it.
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
            plan_once(&connection)?;
            if !matches!(identity(&connection)?, Found::Ours) {
                return Ok(None);
            }
            let settings = "PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16384;";
            connection.execute_batch(settings)?;
            Ok(Some(connection))
        };
        open().map_err(Error::database(&self.database, "cannot be opened"))
    }

    /// Examines a database with another stamp without writing to it.
    fn look(&self) -> Result<Found, Error> {
        let metadata = match std::fs::symlink_metadata(&self.database) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Found::Rebuild(Reason::Missing)),
            Err(error) => return Err(Error::file(&self.database, "cannot be read")(error)),
        };
        if metadata.is_dir() {
            return Ok(Found::Refuse("a folder, not a database"));
        }
        if !metadata.is_file() {
            return Ok(Found::Refuse("no regular file"));
        }
        if metadata.len() == 0 {
            return Ok(Found::Rebuild(Reason::Damaged));
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | ONE_THREAD;
        let Ok(connection) = Connection::open_with_flags(&self.database, flags) else {
            return Ok(Found::Rebuild(Reason::Damaged));
        };
        connection.busy_timeout(self.patience.of_connection())?;
        identity(&connection).map_err(Error::database(&self.database, "cannot be read"))
    }

    /// Whether the file has the stamp that was last written down.
    fn as_left(&self) -> bool {
        let Ok(metadata) = regular_file::metadata(&self.database) else { return false };
        let noted = regular_file::read(&self.beside(".stamp"), LARGEST_STAMP).unwrap_or_default();
        noted.split(|&byte| byte == b'\n').next() == Some(Stamp::new(&metadata).text().as_bytes())
    }

    fn stamp(&self) -> Result<(), Error> {
        let stamp = Stamp::new(&std::fs::metadata(&self.database)?).text();
        Ok(atomic_file::replace(&self.beside(".stamp"), format!("{stamp}\n").as_bytes(), Access::Private)?)
    }

    /// Makes the next start rebuild the file.
    pub(crate) fn distrust(&self) {
        let _ = std::fs::remove_file(self.beside(".stamp"));
    }

    /// Returns which file has the name now. If it is another one, the open connection is to a file that nobody reads.
    pub(crate) fn inode(&self) -> Option<u64> {
        std::fs::metadata(&self.database).ok().map(|metadata| inode(&metadata))
    }

    /// Writes a WAL over this size back into the database. Best effort: what is not written back stays in the WAL.
    pub(crate) fn checkpoint(&self, connection: &Connection, over: u64) {
        let large = std::fs::metadata(self.beside(WAL)).is_ok_and(|wal| wal.len() > over);
        if !large {
            return;
        }
        let Some(_lock) = self.lock_now() else { return };
        if !self.as_left() {
            return;
        }
        // SQLite would sync the WAL first, to be able to start over. A database without a stamp is rebuilt anyway, so it
        // need not survive a power cut.
        self.distrust();
        if sync_folder(&self.database).is_err() {
            return;
        }
        // Readers in other processes may block it; don't wait for them.
        let _ = connection.busy_timeout(Duration::ZERO);
        let _ = connection.execute_batch("PRAGMA synchronous = OFF");
        let left = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, bool>(0));
        let _ = connection.execute_batch("PRAGMA synchronous = NORMAL");
        let _ = connection.busy_timeout(self.patience.of_connection());
        let synced =
            sync(&self.database).and_then(|()| if left == Ok(false) { Ok(()) } else { sync(&self.beside(WAL)) });
        if synced.is_ok() {
            let _ = self.stamp();
        }
    }

    /// Locks the folder against other processes that examine, build, or checkpoint, until the file is dropped.
    pub(crate) fn lock(&self) -> Result<File, Error> {
        let file = self.lock_file()?;
        self.patience.lock(&file)?;
        Ok(file)
    }

    /// Does the same unless another process has locked it.
    pub(crate) fn lock_now(&self) -> Option<File> {
        self.lock_file().ok().filter(|file| try_lock(file).unwrap_or(false))
    }

    fn lock_file(&self) -> Result<File, Error> {
        let path = self.database.with_file_name("lock");
        let mut options = OpenOptions::new();
        create_private(options.create(true).append(true));
        regular_file::open(&path, &mut options).map_err(Error::file(&path, "cannot be opened"))
    }
}

/// Makes SQLite plan a statement once for all values. By default it plans again for new values; here every plan is by
/// index, whatever the value.
fn plan_once(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(128);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

pub(crate) fn create(connection: &Connection) -> rusqlite::Result<()> {
    plan_once(connection)?;
    connection.execute_batch(include_str!("schema.sql"))?;
    connection.execute(
        "INSERT INTO meta (magic, schema, rules, log_offset, log_mark) VALUES (?1, ?2, '', 0, x'')",
        (MAGIC, SCHEMA),
    )?;
    connection.execute_batch(&format!("PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {SCHEMA};"))
}

pub(crate) fn is_ours(connection: &Connection) -> rusqlite::Result<bool> {
    Ok(matches!(identity(connection)?, Found::Ours))
}

/// Returns whose database it is, as SQLite reads it: the header in the file is stale while a WAL exists.
fn identity(connection: &Connection) -> rusqlite::Result<Found> {
    let number = |pragma: &str| connection.query_row(pragma, [], |row| row.get::<_, i64>(0));
    let numbers = number("PRAGMA application_id").and_then(|id| Ok((id, number("PRAGMA user_version")?)));
    let (application, version) = match numbers {
        Ok(numbers) => numbers,
        Err(error) if is_passing(&error) => return Err(error),
        Err(_) => return Ok(Found::Rebuild(Reason::Damaged)),
    };
    let tables = number("SELECT count(*) FROM sqlite_schema");
    let magic = connection.query_row("SELECT magic FROM meta", [], |row| row.get::<_, String>(0));
    let named = magic.is_ok_and(|magic| magic == MAGIC);
    Ok(match (application == APPLICATION, version) {
        (true, SCHEMA) => Found::Ours,
        (true, SCHEMA..) => Found::Refuse(NEWER),
        (true, i64::MIN..SCHEMA) => Found::Rebuild(Reason::Older),
        _ if named => Found::Rebuild(Reason::Damaged),
        _ => match tables {
            Ok(0) => Found::Rebuild(Reason::Damaged),
            Ok(_) => Found::Refuse("another program's database"),
            Err(_) => Found::Rebuild(Reason::Damaged),
        },
    })
}

/// Whether the system, not the database, is why it cannot be read now: a full disk, or another process that locks it.
fn is_passing(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseBusy, DatabaseLocked, DiskFull, OutOfMemory};
    let passing = matches!(error.sqlite_error_code(), Some(DatabaseBusy | DatabaseLocked | DiskFull | OutOfMemory));
    // The index of the WAL needs a little space, too.
    let no_room = error.sqlite_error().is_some_and(|error| error.extended_code == SQLITE_IOERR_SHMSIZE);
    passing || no_room
}

fn sync(path: &Path) -> std::io::Result<()> {
    File::open(path).and_then(|file| file.sync_all())
}
