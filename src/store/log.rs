//! This device's own log: one line an event, never trimmed, never rewritten. Only here is it read and appended to; so is any
//! other file that takes a line at a time and must not lose it.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom, Take, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::stamp::inode;
use crate::atomic_file::{create_private, sync_folder};

/// Bytes before an offset that tell whether the log is still the one that was read.
const MARK: u64 = 24;

#[derive(Debug)]
pub(crate) struct Log {
    path: PathBuf,
    /// Kept open between one append and the next.
    open: Option<Open>,
}

/// The file that is appended to.
#[derive(Debug)]
struct Open {
    file: File,
    inode: u64,
    /// Its size when it was last appended to: up to there every line is whole.
    whole: u64,
}

/// How much of a log or journal is in memory at once.
const PIECE: u64 = 1 << 20;

/// The lines of a log or journal, a MiB at a time.
pub(crate) struct Pieces {
    path: PathBuf,
    file: Take<File>,
    /// Where the last whole line that was given ends.
    whole: u64,
    /// What was read; from `used` on it is to be given with the next piece.
    bytes: Vec<u8>,
    used: usize,
}

impl Pieces {
    /// The lines of a file as it is now, from a place on.
    pub(crate) fn of(path: &Path, from: u64) -> Result<Self> {
        let open = || {
            let mut file = File::open(path)?;
            let size = file.metadata()?.len();
            file.seek(SeekFrom::Start(from))?;
            Ok::<_, std::io::Error>(file.take(size.saturating_sub(from)))
        };
        let file = open().with_context(|| format!("{}: cannot be read", path.display()))?;
        Ok(Pieces { path: path.to_owned(), file, whole: from, bytes: Vec::new(), used: 0 })
    }

    /// The next whole lines; at the end, a last one without line end if it is there. `None` when all are given.
    pub(crate) fn next(&mut self) -> Result<Option<&[u8]>> {
        self.bytes.drain(..self.used);
        self.used = 0;
        loop {
            let before = self.bytes.len();
            let read = self.file.by_ref().take(PIECE).read_to_end(&mut self.bytes);
            let read = read.with_context(|| format!("{}: cannot be read", self.path.display()))?;
            let end = self.bytes[before..].iter().rposition(|&byte| byte == b'\n').map(|at| before + at + 1);
            self.whole += end.unwrap_or(0) as u64;
            self.used = match end {
                Some(end) => end,
                None if read > 0 => continue,
                None => self.bytes.len(),
            };
            return Ok((self.used > 0).then(|| &self.bytes[..self.used]));
        }
    }

    /// Whether what was given last was all.
    pub(crate) fn at_end(&self) -> bool {
        self.file.limit() == 0 && self.used == self.bytes.len()
    }

    /// The offset after the last whole line that was given.
    pub(crate) fn whole(&self) -> u64 {
        self.whole
    }
}

impl Log {
    pub(crate) fn new(path: PathBuf) -> Self {
        Log { path, open: None }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Its size in bytes; 0 when there is none yet.
    pub(crate) fn size(&self) -> Result<u64> {
        match std::fs::metadata(&self.path) {
            Ok(metadata) => Ok(metadata.len()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(0),
            Err(error) => Err(error).with_context(|| format!("{}: cannot be read", self.path.display())),
        }
    }

    /// Whether the bytes before `offset` are still those that were read.
    pub(crate) fn agrees(&self, offset: u64, mark: &[u8]) -> Result<bool> {
        if offset == 0 {
            return Ok(true);
        }
        Ok(self.size()? >= offset && self.read(offset - mark.len() as u64, mark.len() as u64)? == mark)
    }

    /// Everything from `offset` on.
    pub(crate) fn pieces(&self, offset: u64) -> Result<Option<Pieces>> {
        if self.size()? <= offset { Ok(None) } else { Pieces::of(&self.path, offset).map(Some) }
    }

    /// The bytes before an offset, by which the log is known again.
    pub(crate) fn mark(&self, offset: u64) -> Result<Vec<u8>> {
        if offset == 0 { Ok(Vec::new()) } else { self.read(offset - MARK.min(offset), MARK.min(offset)) }
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
    pub(crate) fn append(&mut self, line: &str) -> Result<(u64, Vec<u8>)> {
        let (open, size) = self.end()?;
        self.append_to(open, size, line)
    }

    /// The same where the log is as large as that, and nobody has appended since; else `None`, and nothing is appended.
    pub(crate) fn append_at(&mut self, size: u64, line: &str) -> Result<Option<(u64, Vec<u8>)>> {
        let (open, now) = self.end()?;
        if now != size {
            return Ok(None);
        }
        self.append_to(open, size, line).map(Some)
    }

    /// The file that the path names now, opened anew if it is another than before; and its size.
    fn end(&mut self) -> Result<(Open, u64)> {
        let reach = |kept: Option<Open>| {
            let named = std::fs::metadata(&self.path).ok().map(|metadata| (inode(&metadata), metadata.len()));
            if let (Some(kept), Some((inode, size))) = (kept, named)
                && kept.inode == inode
            {
                return Ok((kept, size));
            }
            let file = open_for_append(&self.path)?;
            let metadata = file.metadata()?;
            Ok::<_, std::io::Error>((Open { inode: inode(&metadata), file, whole: 0 }, metadata.len()))
        };
        let kept = self.open.take();
        reach(kept).with_context(|| format!("{}: cannot be opened", self.path.display()))
    }

    fn append_to(&mut self, mut open: Open, before: u64, line: &str) -> Result<(u64, Vec<u8>)> {
        let path = &self.path;
        let sealed = before == open.whole
            || last_byte(&open.file).with_context(|| format!("{}: cannot be read", path.display()))? == b'\n';
        let text = if sealed { format!("{line}\n") } else { format!("\n{line}\n") };
        let mut write = || {
            open.file.write_all(text.as_bytes())?;
            open.file.sync_data()?;
            // Of a log that begins here, the name must be durable as well.
            if before == 0 { sync_folder(path) } else { Ok(()) }
        };
        if let Err(error) = write() {
            // Best effort, and the lock is still held. A line that stays all the same counts as if only its
            // acknowledgement had been lost.
            let _ = open.file.set_len(before);
            return Err(error).with_context(|| format!("{}: cannot be written", path.display()));
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
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_end_where_lines_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.jsonl");
        // Lines of every length, one longer than a piece, and a last one that is torn.
        let mut text = String::new();
        for length in (0..3000).chain([PIECE as usize + 7]).chain(0..1000) {
            text.push_str(&"x".repeat(length));
            text.push('\n');
        }
        let whole = text.len() as u64;
        for torn in ["", "torn"] {
            std::fs::write(&path, format!("{text}{torn}")).unwrap();
            for from in [0, 1, whole] {
                let mut pieces = Pieces::of(&path, from).unwrap();
                let mut given = Vec::new();
                while let Some(piece) = pieces.next().unwrap() {
                    given.push(piece.to_vec());
                }
                let (last, others) =
                    given.split_last().map_or((&[][..], &[][..]), |(last, others)| (&last[..], others));
                assert!(others.iter().all(|piece| piece.ends_with(b"\n")));
                assert!(last.is_empty() || last.ends_with(b"\n") || last == torn.as_bytes());
                assert_eq!(given.concat(), format!("{text}{torn}").as_bytes()[from as usize..], "from {from}");
                assert_eq!(pieces.whole(), whole);
            }
        }
    }
}
