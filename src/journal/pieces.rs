//! The lines of a log or journal, a MiB at a time, so that a file of any size fits into memory.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Take};
use std::path::{Path, PathBuf};

use super::error::Error;
use crate::regular_file;

/// How many bytes of a file are in memory at once.
const PIECE: u64 = 1 << 20;

/// The lines of a log or journal, a MiB at a time.
pub(crate) struct Pieces {
    path: PathBuf,
    file: Take<File>,
    /// Where the last whole line that was returned ends.
    whole: u64,
    /// What was read; from `used` on it belongs to the next piece.
    bytes: Vec<u8>,
    used: usize,
}

impl Pieces {
    /// Opens a file as it is now, from an offset on.
    pub(crate) fn open(path: &Path, from: u64) -> Result<Self, Error> {
        let open = || {
            let mut file = regular_file::open_to_read(path)?;
            let size = file.metadata()?.len();
            file.seek(SeekFrom::Start(from))?;
            Ok::<_, std::io::Error>(file.take(size.saturating_sub(from)))
        };
        let file = open().map_err(Error::file(path, "cannot be read"))?;
        Ok(Pieces { path: path.to_owned(), file, whole: from, bytes: Vec::new(), used: 0 })
    }

    /// Returns the next whole lines; at the end, a last one without a line end if there is one.
    pub(crate) fn next(&mut self) -> Result<Option<&[u8]>, Error> {
        self.bytes.drain(..self.used);
        self.used = 0;
        loop {
            let before = self.bytes.len();
            let read = self.file.by_ref().take(PIECE).read_to_end(&mut self.bytes);
            let read = read.map_err(Error::file(&self.path, "cannot be read"))?;
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

    /// Whether the last piece was the end of the file.
    pub(crate) fn at_end(&self) -> bool {
        self.file.limit() == 0 && self.used == self.bytes.len()
    }

    /// Returns the offset after the last whole line that was returned.
    pub(crate) fn whole(&self) -> u64 {
        self.whole
    }
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
                let mut pieces = Pieces::open(&path, from).unwrap();
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
