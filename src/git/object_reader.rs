//! A `git cat-file --batch` that keeps running: one process for everything that is looked up, before and after a fetch.
//! Git looks again for what it does not find, so objects that arrive in the meantime are found.

use std::io::{self, BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::call::not_started;
use super::error::Error;
use super::object::{Object, ObjectKind, Oid};

/// The largest object that is read, in bytes. A month of reviews is far smaller.
pub(crate) const LARGEST: u64 = 256 << 20;

/// How many bytes of questions are sent before answers are read: what a pipe holds on any system. So writing the
/// questions never waits for git, which may be waiting for its answers to be read.
const WAITING: usize = 4096;

/// A running process that is sent a name on a line and answers with the object.
#[derive(Debug)]
pub(super) struct ObjectReader {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Drop for ObjectReader {
    fn drop(&mut self) {
        // It only reads. After a failure it may still be writing to a pipe that nobody reads.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Gets each answer, with the position of its question.
pub(super) type Each<'a, E> = dyn FnMut(usize, Option<Object>) -> Result<(), E> + 'a;

impl ObjectReader {
    /// Starts git. `command` names the repository.
    pub(super) fn start(mut command: Command) -> Result<ObjectReader, Error> {
        command.args(["cat-file", "--batch"]).stdin(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(not_started)?;
        let (questions, answers) = (child.stdin.take(), child.stdout.take());
        let (questions, answers) = questions.zip(answers).ok_or(Error::NoPipe)?;
        Ok(ObjectReader { child, questions, answers: BufReader::new(answers) })
    }

    /// Asks for objects by name, a few at a time. The outer error means that git ended early; the inner one comes from
    /// `each`, and answers are then left unread.
    pub(super) fn ask<E>(
        &mut self,
        names: &[String],
        bytes: bool,
        each: &mut Each<'_, E>,
    ) -> io::Result<Result<(), E>> {
        let mut asked = 0;
        while asked < names.len() {
            let first = asked;
            let mut questions = String::new();
            while let Some(name) = names.get(asked)
                && (asked == first || questions.len() + name.len() < WAITING)
            {
                questions.extend([name, "\n"]);
                asked += 1;
            }
            self.questions.write_all(questions.as_bytes())?;
            for n in first..asked {
                if let Err(error) = each(n, self.answer(bytes)?) {
                    return Ok(Err(error));
                }
            }
        }
        Ok(Ok(()))
    }

    /// Reads an answer: `OID KIND SIZE` and the object, or the name and a word that says why there is none.
    fn answer(&mut self, bytes: bool) -> io::Result<Option<Object>> {
        let mut head = Vec::new();
        self.answers.read_until(b'\n', &mut head)?;
        if head.pop() != Some(b'\n') {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        let Some((oid, kind, size)) = std::str::from_utf8(&head).ok().and_then(parse_head) else { return Ok(None) };
        let mut object = Object { oid, kind, bytes: None };
        let mut content = self.answers.by_ref().take(size);
        if bytes && size <= LARGEST {
            let mut read = Vec::new();
            content.read_to_end(&mut read)?;
            object.bytes = Some(read);
        } else {
            io::copy(&mut content, &mut io::sink())?;
        }
        // The line end is missing if git ended within the object.
        self.answers.read_exact(&mut [0])?;
        Ok(Some(object))
    }
}

fn parse_head(head: &str) -> Option<(Oid, ObjectKind, u64)> {
    let mut words = head.split(' ');
    let (Some(oid), Some(kind), Some(size), None) = (words.next(), words.next(), words.next(), words.next()) else {
        return None;
    };
    let kind = match kind {
        "blob" => ObjectKind::Blob,
        "tree" => ObjectKind::Tree,
        "commit" => ObjectKind::Commit,
        "tag" => ObjectKind::Tag,
        _ => return None,
    };
    Some((Oid::parse(oid)?, kind, size.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_of_found_and_of_missing_objects_are_distinguished() {
        let oid = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
        let cases = [
            (format!("{oid} tree 0"), Some((ObjectKind::Tree, 0))),
            (format!("{oid} blob 12"), Some((ObjectKind::Blob, 12))),
            (format!("{oid} missing"), None),
            (format!("{oid} submodule"), None),
            ("HEAD:a blob 12 missing".to_owned(), None),
            ("HEAD:x blob 12".to_owned(), None),
            (format!("{oid} blob 12 missing"), None),
            ("4b82 ambiguous".to_owned(), None),
            (String::new(), None),
        ];
        for (head, expected) in cases {
            assert_eq!(parse_head(&head).map(|(_, kind, size)| (kind, size)), expected, "{head}");
        }
    }
}
