//! A git that stays to tell what the repository has: one process for all that is looked up, before and after a fetch. It
//! sees what arrives meanwhile: git looks again for what it does not find.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use anyhow::{Context as _, Result, bail};

use super::{Oid, Reach, Repository, not_started};

/// The largest object that is read, in bytes: no month of reviews comes near it.
const LARGEST: u64 = 256 << 20;

/// How many bytes of questions wait for their answers: what a pipe holds anywhere. So the questions are out before git has
/// to be heard, and neither waits for the other.
const WAITING: usize = 4096;

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The content of a file.
    Blob,
    /// What is in a folder.
    Tree,
    Commit,
    /// A tag with words of its own.
    Tag,
}

/// An object that was found.
#[derive(Debug)]
pub(crate) struct Object {
    /// What git calls it.
    pub(crate) oid: Oid,
    pub(crate) kind: Kind,
    /// Its bytes, if they were asked for and are not too many.
    pub(crate) bytes: Option<Vec<u8>>,
}

/// `git cat-file --batch`: a name on a line, and git answers.
#[derive(Debug)]
pub(crate) struct Reader {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Drop for Reader {
    fn drop(&mut self) {
        // It only reads; where something failed, it may still be writing to nobody.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Reader {
    fn start(repository: &Repository, reach: Reach) -> Result<Reader> {
        let mut command = repository.command(reach);
        command.args(["cat-file", "--batch"]).stdin(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(not_started)?;
        let (questions, answers) = (child.stdin.take(), child.stdout.take());
        let (questions, answers) = questions.zip(answers).context("git cannot be heard")?;
        Ok(Reader { child, questions, answers: BufReader::new(answers) })
    }

    /// Asks for objects by name, a few at a time, and gives each answer with its place.
    fn ask(&mut self, names: &[String], bytes: bool, each: &mut Each<'_>) -> Result<()> {
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
            self.questions.write_all(questions.as_bytes()).context(Ended)?;
            for n in first..asked {
                each(n, self.answer(bytes)?)?;
            }
        }
        Ok(())
    }

    /// An answer: `OID KIND SIZE` and the object, or the name and a word that says why there is none.
    fn answer(&mut self, bytes: bool) -> Result<Option<Object>> {
        let mut head = Vec::new();
        self.answers.read_until(b'\n', &mut head).context(Ended)?;
        if head.pop() != Some(b'\n') {
            bail!(Ended);
        }
        let Some((oid, kind, size)) = std::str::from_utf8(&head).ok().and_then(found) else { return Ok(None) };
        let mut object = Object { oid, kind, bytes: None };
        let mut content = self.answers.by_ref().take(size);
        if bytes && size <= LARGEST {
            let mut read = Vec::new();
            content.read_to_end(&mut read).context(Ended)?;
            object.bytes = Some(read);
        } else {
            std::io::copy(&mut content, &mut std::io::sink()).context(Ended)?;
        }
        // Nothing of a line end is there if git ended in the middle.
        self.answers.read_exact(&mut [0]).context(Ended)?;
        Ok(Some(object))
    }
}

/// The head of an answer about an object that is there.
fn found(head: &str) -> Option<(Oid, Kind, u64)> {
    let mut words = head.split(' ');
    let (Some(oid), Some(kind), Some(size), None) = (words.next(), words.next(), words.next(), words.next()) else {
        return None;
    };
    let kind = match kind {
        "blob" => Kind::Blob,
        "tree" => Kind::Tree,
        "commit" => Kind::Commit,
        "tag" => Kind::Tag,
        _ => return None,
    };
    Some((Oid::parse(oid)?, kind, size.parse().ok()?))
}

/// Hears an answer, and to which of the questions.
type Each<'a> = dyn FnMut(usize, Option<Object>) -> Result<()> + 'a;

/// Git ended before it had answered.
#[derive(Debug)]
struct Ended;

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("git ended in the middle of an answer")
    }
}

impl std::error::Error for Ended {}

impl Repository {
    /// Looks up objects by name, in this order, and their `bytes` if they are wanted.
    pub(super) fn look_up(
        &self,
        reach: Reach,
        names: &[impl ToString],
        bytes: bool,
        mut each: impl FnMut(usize, Option<Object>) -> Result<()>,
    ) -> Result<()> {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let Some(first) = names.first() else { return Ok(()) };
        if names.iter().any(|name| name.contains('\n')) {
            bail!("a path with a line end in its name: git cannot be asked for it");
        }
        let readers = match reach {
            Reach::Here => &self.reader,
            Reach::Remote => &self.fetching,
        };
        // Taken out while it is asked, and put back only if it has answered everything.
        let mut reader = match readers.take() {
            Some(reader) => reader,
            None => Reader::start(self, reach)?,
        };
        match reader.ask(&names, bytes, &mut each) {
            Ok(()) => {
                readers.replace(Some(reader));
                Ok(())
            }
            Err(error) if error.is::<Ended>() => Err(self.why_it_ended(first, error)),
            Err(error) => Err(error),
        }
    }

    /// Why git does not answer: the one that ended was not listened to, so another is asked.
    fn why_it_ended(&self, name: &str, ended: anyhow::Error) -> anyhow::Error {
        let said = self.call(&["cat-file", "--batch-check"], format!("{name}\n").as_bytes());
        match said.and_then(|said| said.good("look up its objects")) {
            Ok(_) => ended,
            Err(why) => why,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_told_from_what_is_not() {
        let oid = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
        let cases = [
            (format!("{oid} tree 0"), Some((Kind::Tree, 0))),
            (format!("{oid} blob 12"), Some((Kind::Blob, 12))),
            (format!("{oid} missing"), None),
            (format!("{oid} submodule"), None),
            ("HEAD:a blob 12 missing".to_owned(), None),
            ("HEAD:x blob 12".to_owned(), None),
            (format!("{oid} blob 12 missing"), None),
            ("4b82 ambiguous".to_owned(), None),
            (String::new(), None),
        ];
        for (head, expected) in cases {
            assert_eq!(found(&head).map(|(_, kind, size)| (kind, size)), expected, "{head}");
        }
    }
}
