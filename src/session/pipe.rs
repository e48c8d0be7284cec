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
        Ok(Some(match read_line(&mut self.input)? {
            Some(Ok(line)) => Input::Line(line),
            Some(Err(NotUtf8)) => Input::NotUtf8,
            None => Input::End,
        }))
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

/// A line with bytes that are not UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotUtf8;

/// Reads one line, without its line end; `None` at the end of input.
pub(crate) fn read_line(input: &mut dyn BufRead) -> std::io::Result<Option<Result<String, NotUtf8>>> {
    let mut bytes = Vec::new();
    let mut whole = true;
    loop {
        let buffer = match input.fill_buf() {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            buffer => buffer?,
        };
        if buffer.is_empty() {
            return Ok((!bytes.is_empty()).then(|| without_end(bytes, whole)));
        }
        let end = buffer.iter().position(|&byte| byte == b'\n');
        let taken = end.map_or(buffer.len(), |end| end + 1);
        let part = &buffer[..end.unwrap_or(taken)];
        let room = part.len().min(LONGEST_LINE - bytes.len());
        whole &= room == part.len();
        bytes.extend_from_slice(&part[..room]);
        input.consume(taken);
        if end.is_some() {
            return Ok(Some(without_end(bytes, whole)));
        }
    }
}

fn without_end(mut bytes: Vec<u8>, whole: bool) -> Result<String, NotUtf8> {
    if let Err(error) = std::str::from_utf8(&bytes)
        && error.error_len().is_none()
        && !whole
    {
        // The line was cut within a character.
        bytes.truncate(error.valid_up_to());
    }
    let line = String::from_utf8(bytes).map_err(|_| NotUtf8)?;
    Ok(line.trim_end_matches('\r').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_not_utf8_is_told_apart_and_costs_no_other() {
        type Lines = Vec<Option<Result<String, NotUtf8>>>;
        let long = "x".repeat(LONGEST_LINE - 1);
        let text = |text: &str| Some(Ok(text.to_owned()));
        let cases: [(Vec<u8>, Lines); 6] = [
            (b" a\r\n\nb".to_vec(), vec![text(" a"), text(""), text("b"), None]),
            (b"a\n\xff\nb\n".to_vec(), vec![text("a"), Some(Err(NotUtf8)), text("b"), None]),
            ("b\u{e4}\n\u{e4}".into(), vec![text("b\u{e4}"), text("\u{e4}"), None]),
            (b"caf\xc3\nb\xc3".to_vec(), vec![Some(Err(NotUtf8)), Some(Err(NotUtf8)), None]),
            (format!("{long}\u{e4}y\nb\n").into(), vec![text(&long), text("b"), None]),
            (Vec::new(), vec![None]),
        ];
        for (input, expected) in cases {
            for capacity in [1, 8192] {
                let mut input = std::io::BufReader::with_capacity(capacity, &input[..]);
                let read: Vec<_> = expected.iter().map(|_| read_line(&mut input).unwrap()).collect();
                assert_eq!(read, expected, "{capacity}");
            }
        }
    }
}
