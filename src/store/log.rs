//! This device's log: one line an event, never trimmed, never rewritten. Other files to which lines are appended durably
//! are logs, too.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use super::db::file_stamp::inode;
use super::error::Error;
use crate::atomic_file::{create_private, sync_folder};
use crate::history::{LONGEST_LINE, Line, parse_lines};
use crate::journal::Pieces;
use crate::regular_file;

/// The number of bytes before an offset by which the log is recognized.
const MARK: u64 = 24;
/// The number of bytes that are read at once from the end.
const BLOCK: u64 = 1 << 16;

#[derive(Debug)]
pub(crate) struct Log {
    path: PathBuf,
    /// Kept open from one append to the next.
    open: Option<OpenFile>,
}

#[derive(Debug)]
struct OpenFile {
    file: File,
    inode: u64,
    whole: u64,
}

impl Log {
    pub(crate) fn new(path: PathBuf) -> Self {
        Log { path, open: None }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn size(&self) -> Result<u64, Error> {
        match regular_file::metadata(&self.path) {
            Ok(metadata) => Ok(metadata.len()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(0),
            Err(error) => Err(Error::file(&self.path, "cannot be read")(error)),
        }
    }

    /// Whether the bytes before `offset` are still those of `mark`.
    pub(crate) fn has_mark(&self, offset: u64, mark: &[u8]) -> Result<bool, Error> {
        if offset == 0 {
            return Ok(true);
        }
        Ok(self.size()? >= offset && self.read(offset - mark.len() as u64, mark.len() as u64)? == mark)
    }

    /// Returns everything from `offset` on, if there is anything.
    pub(crate) fn pieces(&self, offset: u64) -> Result<Option<Pieces>, Error> {
        if self.size()? <= offset { Ok(None) } else { Ok(Some(Pieces::open(&self.path, offset)?)) }
    }

    /// Returns the bytes before an offset, by which the log is recognized.
    pub(crate) fn mark(&self, offset: u64) -> Result<Vec<u8>, Error> {
        if offset == 0 { Ok(Vec::new()) } else { self.read(offset - MARK.min(offset), MARK.min(offset)) }
    }

    /// Passes the good lines to `each`, the last one first, until it returns `false`.
    pub(crate) fn each_from_end(&self, mut each: impl FnMut(Line) -> Result<bool, Error>) -> Result<(), Error> {
        let mut end = self.size()?;
        // The beginning of the line at which the last block began.
        let mut cut: Vec<u8> = Vec::new();
        while end > 0 {
            let start = end.saturating_sub(BLOCK);
            let mut block = self.read(start, end - start)?;
            block.append(&mut cut);
            let whole = match block.iter().position(|&byte| byte == b'\n') {
                _ if start == 0 => 0,
                Some(newline) => newline,
                None => block.len(),
            };
            for line in block[whole..].rsplit(|&byte| byte == b'\n') {
                if let Some(line) = parse_lines(line).next()
                    && !each(line)?
                {
                    return Ok(());
                }
            }
            block.truncate(whole);
            // A longer line is bad, whatever it holds.
            cut = if block.len() > 2 * LONGEST_LINE { block[..LONGEST_LINE + 1].to_vec() } else { block };
            end = start;
        }
        Ok(())
    }

    fn read(&self, from: u64, length: u64) -> Result<Vec<u8>, Error> {
        let read = || {
            let mut file = regular_file::open_to_read(&self.path)?;
            file.seek(SeekFrom::Start(from))?;
            let mut bytes = Vec::new();
            file.take(length).read_to_end(&mut bytes)?;
            Ok::<_, std::io::Error>(bytes)
        };
        read().map_err(Error::file(&self.path, "cannot be read"))
    }

    /// Appends a line durably. Returns the size of the log and the bytes before its end. A torn last line is ended first. On
    /// failure the log is cut back, so that nothing unacknowledged counts later.
    pub(crate) fn append(&mut self, line: &str) -> Result<(u64, Vec<u8>), Error> {
        let (open, size) = self.end()?;
        self.append_to(open, size, line)
    }

    /// Does the same if the log still has this size; else appends nothing and returns `None`.
    pub(crate) fn append_at(&mut self, size: u64, line: &str) -> Result<Option<(u64, Vec<u8>)>, Error> {
        let (open, now) = self.end()?;
        if now != size {
            return Ok(None);
        }
        self.append_to(open, size, line).map(Some)
    }

    /// Returns the file that has the path now, reopened if it is another one, and its size.
    fn end(&mut self) -> Result<(OpenFile, u64), Error> {
        let reach = |kept: Option<OpenFile>| {
            let named = regular_file::metadata(&self.path).ok().map(|metadata| (inode(&metadata), metadata.len()));
            if let (Some(kept), Some((inode, size))) = (kept, named)
                && kept.inode == inode
            {
                return Ok((kept, size));
            }
            let file = open_for_append(&self.path)?;
            let metadata = file.metadata()?;
            Ok::<_, std::io::Error>((OpenFile { inode: inode(&metadata), file, whole: 0 }, metadata.len()))
        };
        let kept = self.open.take();
        reach(kept).map_err(Error::file(&self.path, "cannot be opened"))
    }

    fn append_to(&mut self, mut open: OpenFile, before: u64, line: &str) -> Result<(u64, Vec<u8>), Error> {
        let path = &self.path;
        let sealed =
            before == open.whole || last_byte(&open.file).map_err(Error::file(path, "cannot be read"))? == b'\n';
        let text = if sealed { format!("{line}\n") } else { format!("\n{line}\n") };
        let mut write = || {
            open.file.write_all(text.as_bytes())?;
            open.file.sync_data()?;
            // The name of a new log must be durable, too.
            if before == 0 { sync_folder(path) } else { Ok(()) }
        };
        if let Err(error) = write() {
            // Best effort; the lock is still held. If the line stays, it counts as if only its acknowledgment had been lost.
            let _ = open.file.set_len(before);
            return Err(Error::file(path, "cannot be written")(error));
        }
        let size = before + text.len() as u64;
        open.whole = size;
        self.open = Some(open);
        let mark = text.as_bytes()[text.len().saturating_sub(MARK as usize)..].to_vec();
        Ok((size, mark))
    }
}

fn last_byte(mut file: &File) -> std::io::Result<u8> {
    let mut byte = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut byte)?;
    Ok(byte[0])
}

fn open_for_append(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).read(true).append(true);
    create_private(&mut options);
    regular_file::open(path, &mut options)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Instant;
    use crate::history::{Body, Device, render, seal};

    #[test]
    fn lines_from_the_end_are_those_from_the_start_reversed() {
        let line = |seq: i64, length: usize| {
            let at = Instant::new(1_790_000_000_000, 0).unwrap();
            render(&seal(Device::from_bits(1), seq, at, None, Body::Device { name: "x".repeat(length) }))
        };
        let long = [20, 300, 65_000, 20, 40_000, 40_000, 65_400, 1];
        let mut lines: Vec<String> = (1..).zip(long).map(|(seq, length)| line(seq, length)).collect();
        lines.extend((100..3_000).map(|seq| line(seq, 20)));
        for garbage in [0, 1, 65_535, 65_536, 65_537, 300_000] {
            for place in [0, 3, 500, lines.len()] {
                for ends in [true, false] {
                    let folder = tempfile::tempdir().unwrap();
                    let log = Log::new(folder.path().join("log.jsonl"));
                    let mut lines = lines.clone();
                    lines.insert(place, "#".repeat(garbage));
                    let text = lines.join("\n") + if ends { "\n" } else { "" };
                    std::fs::write(log.path(), &text).unwrap();
                    let mut found = Vec::new();
                    log.each_from_end(|line| {
                        found.push(line.event.id.seq);
                        Ok(true)
                    })
                    .unwrap();
                    found.reverse();
                    let expected: Vec<i64> = parse_lines(text.as_bytes()).map(|line| line.event.id.seq).collect();
                    assert_eq!(found, expected, "{garbage} bytes at {place}");
                }
            }
        }
    }
}
