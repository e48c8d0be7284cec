//! This device's own log: one line an event, never trimmed, never rewritten. Only here is it read and appended to.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::guard::{create_private, sync_folder};

/// Bytes before an offset that tell whether the log is still the one that was read.
const MARK: u64 = 24;

/// The log file.
#[derive(Debug)]
pub struct Log {
    path: PathBuf,
}

/// What was read from the log.
#[derive(Debug, Default)]
pub struct Tail {
    /// Whole lines, and a last one without line end if it is there.
    pub bytes: Vec<u8>,
    /// The offset after the last whole line.
    pub offset: u64,
    /// The bytes before that offset.
    pub mark: Vec<u8>,
}

impl Log {
    pub fn new(path: PathBuf) -> Self {
        Log { path }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its size in bytes; 0 when there is none yet.
    pub fn size(&self) -> Result<u64> {
        match std::fs::metadata(&self.path) {
            Ok(metadata) => Ok(metadata.len()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(0),
            Err(error) => Err(error).with_context(|| format!("{}: cannot be read", self.path.display())),
        }
    }

    /// Whether the bytes before `offset` are still those that were read.
    pub fn agrees(&self, offset: u64, mark: &[u8]) -> Result<bool> {
        if offset == 0 {
            return Ok(true);
        }
        Ok(self.size()? >= offset && self.read(offset - mark.len() as u64, mark.len() as u64)? == mark)
    }

    /// Everything from `offset` on.
    pub fn tail(&self, offset: u64) -> Result<Tail> {
        let size = self.size()?;
        let bytes = if size > offset { self.read(offset, size - offset)? } else { Vec::new() };
        let whole = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at as u64 + 1);
        let end = offset + whole;
        let mark = if end == 0 { Vec::new() } else { self.read(end - MARK.min(end), MARK.min(end))? };
        Ok(Tail { bytes, offset: end, mark })
    }

    fn read(&self, from: u64, length: u64) -> Result<Vec<u8>> {
        let read = || {
            let mut file = File::open(&self.path)?;
            file.seek(SeekFrom::Start(from))?;
            let mut bytes = Vec::new();
            file.take(length).read_to_end(&mut bytes)?;
            Ok::<_, std::io::Error>(bytes)
        };
        read().with_context(|| format!("{}: cannot be read", self.path.display()))
    }

    /// Appends a line and makes it durable; gives the size of the log and the bytes before its end. A torn last line is
    /// sealed first. Where it fails the log is cut back to what it was, so that nothing unacknowledged counts later.
    pub fn append(&self, line: &str) -> Result<(u64, Vec<u8>)> {
        let path = &self.path;
        let mut file = open_for_append(path).with_context(|| format!("{}: cannot be opened", path.display()))?;
        let before = file.metadata().with_context(|| format!("{}: cannot be read", path.display()))?.len();
        let sealed = before == 0 || self.read(before - 1, 1)? == b"\n";
        let text = if sealed { format!("{line}\n") } else { format!("\n{line}\n") };
        let mut write = || {
            file.write_all(text.as_bytes())?;
            file.sync_data()?;
            // Of a log that begins here, the name must be durable as well.
            if before == 0 { sync_folder(path) } else { Ok(()) }
        };
        if let Err(error) = write() {
            // Best effort, and the lock is still held. A line that stays all the same counts as if only its
            // acknowledgement had been lost.
            let _ = file.set_len(before);
            return Err(error).with_context(|| format!("{}: cannot be written", path.display()));
        }
        let size = before + text.len() as u64;
        let mark = text.as_bytes()[text.len().saturating_sub(MARK as usize)..].to_vec();
        Ok((size, mark))
    }
}

fn open_for_append(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    create_private(&mut options);
    options.open(path)
}
