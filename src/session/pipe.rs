//! A session in a pipe: every prompt reads one line, nothing is painted, and `saved ID` means the review is durable.

use std::io::{BufRead, Write};

use super::paint::Paint;
use super::protocol::{Input, Show};
use super::run::Frontend;
use super::wording::lines;
use crate::failure::Failure;

pub(crate) struct Pipe<R, W> {
    input: R,
    output: W,
}

impl<R: BufRead, W: Write> Pipe<R, W> {
    pub(crate) fn new(input: R, output: W) -> Self {
        Pipe { input, output }
    }
}

impl<R: BufRead, W: Write> Frontend for Pipe<R, W> {
    fn show(&mut self, show: &Show) -> Result<(), Failure> {
        Ok(write_lines(&mut self.output, &lines(show, Paint::default(), true))?)
    }

    fn read(&mut self) -> Result<Option<Input>, Failure> {
        Ok(Some(read_line(&mut self.input)?.map_or(Input::End, Input::Line)))
    }
}

pub(crate) fn write_lines(out: &mut dyn Write, lines: &[String]) -> std::io::Result<()> {
    for line in lines {
        // One write per line, so that another process that appends to the same file doesn't split it.
        out.write_all(format!("{line}\n").as_bytes())?;
    }
    out.flush()
}

/// The length in bytes at which a line is cut; it makes no sense at any prompt.
const LONGEST_LINE: usize = 64 * 1024;

/// Reads one line, without its line end; `None` at the end of input. Bytes that are not UTF-8 become U+FFFD.
pub(crate) fn read_line(input: &mut dyn BufRead) -> std::io::Result<Option<String>> {
    let mut bytes = Vec::new();
    loop {
        let buffer = match input.fill_buf() {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            buffer => buffer?,
        };
        if buffer.is_empty() {
            return Ok((!bytes.is_empty()).then(|| without_end(&bytes)));
        }
        let end = buffer.iter().position(|&byte| byte == b'\n');
        let taken = end.map_or(buffer.len(), |end| end + 1);
        if bytes.len() < LONGEST_LINE {
            bytes.extend_from_slice(&buffer[..end.unwrap_or(taken)]);
        }
        input.consume(taken);
        if end.is_some() {
            return Ok(Some(without_end(&bytes)));
        }
    }
}

fn without_end(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_end_matches('\r').to_owned()
}
