//! What git keeps: names of objects, trees, and the bytes of blobs.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{BufRead, BufReader, Read as _, Write as _};

use anyhow::{Context as _, Result, bail};

use super::{Reach, Repository, not_started, text};

/// The largest blob that is read, in bytes: no month of reviews comes near it.
const LARGEST: u64 = 256 << 20;

/// What git calls the tree that has nothing; it knows that tree without having it.
const EMPTY_SHA1: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
const EMPTY_SHA256: &str = "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321";

/// The name of an object: its hash in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Oid(String);

impl Oid {
    /// Reads a name, of either kind of hash.
    pub fn parse(text: &str) -> Option<Self> {
        let hex = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        (hex && matches!(text.len(), 40 | 64)).then(|| Oid(text.to_owned()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a tree or the index has at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The kind of file, in octal: `100644`.
    pub mode: String,
    /// Its content.
    pub oid: Oid,
}

/// What is other at a path in the second of two trees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The path from the top, as git has it.
    pub path: Vec<u8>,
    /// What was there.
    pub old: Option<Entry>,
    /// What is there.
    pub new: Option<Entry>,
}

impl Repository {
    /// The objects of these names, such as `HEAD:a/b` or `main^{commit}`; `None` where there is none.
    pub fn resolve(&self, names: &[String]) -> Result<Vec<Option<Oid>>> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        if names.iter().any(|name| name.contains('\n')) {
            bail!("a path with a line end in its name: git cannot be asked for it");
        }
        let said = self
            .call(&["cat-file", "--batch-check=%(objectname) %(objecttype)"], (names.join("\n") + "\n").as_bytes())?;
        let answer = text(said.good("look up its objects")?)?;
        // `OID TYPE`; of what is missing, the name again and a word.
        let oid = |line: &str| {
            let (oid, kind) = line.split_once(' ')?;
            matches!(kind, "blob" | "tree" | "commit" | "tag").then(|| Oid::parse(oid)).flatten()
        };
        let found: Vec<Option<Oid>> = answer.lines().map(oid).collect();
        if found.len() == names.len() {
            Ok(found)
        } else {
            bail!("git answered {} of {} questions", found.len(), names.len())
        }
    }

    /// The object of that name.
    pub fn object(&self, name: &str) -> Result<Option<Oid>> {
        Ok(self.resolve(&[name.to_owned()])?.pop().flatten())
    }

    /// Every file of a tree, by its path from there.
    pub fn files(&self, tree: &Oid) -> Result<BTreeMap<Vec<u8>, Entry>> {
        let listed = self.call(&["ls-tree", "-r", "-z", "--full-tree", tree.as_str()], b"")?.good("list a tree")?;
        let mut files = BTreeMap::new();
        for record in listed.split(|&byte| byte == 0).filter(|record| !record.is_empty()) {
            let (head, path) = split(record, b'\t')?;
            let mut words = head.split(' ');
            let (mode, kind, oid) = (words.next(), words.next(), words.next().and_then(Oid::parse));
            if let (Some(mode), Some("blob"), Some(oid)) = (mode, kind, oid) {
                files.insert(path.to_vec(), Entry { mode: mode.to_owned(), oid });
            }
        }
        Ok(files)
    }

    /// The bytes of blobs, in this order; those that are missing, larger than any journal, or no blobs are passed over.
    /// A partial clone may have to fetch them.
    pub fn blobs(&self, oids: &[Oid], mut each: impl FnMut(&Oid, Vec<u8>) -> Result<()>) -> Result<()> {
        if oids.is_empty() {
            return Ok(());
        }
        // Of what would be fetched by a program that the repository names, nothing is.
        let mut command = self.command(if self.config().has_server() { Reach::Here } else { Reach::Remote });
        command.args(["cat-file", "--batch"]).stdin(std::process::Stdio::piped()).stderr(std::process::Stdio::null());
        let mut child = command.spawn().map_err(not_started)?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let asked: String = oids.iter().map(|oid| format!("{oid}\n")).collect();
        let read = std::thread::scope(|scope| {
            scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(asked.as_bytes())));
            let mut answers = BufReader::new(stdout.context("git cannot be heard")?);
            oids.iter().try_for_each(|oid| match blob(&mut answers)? {
                Some(bytes) => each(oid, bytes),
                None => Ok(()),
            })
        });
        if read.is_err() {
            // It may still be writing to nobody.
            let _ = child.kill();
        }
        let _ = child.wait();
        read
    }

    /// The bytes of one blob.
    pub fn blob(&self, oid: &Oid) -> Result<Vec<u8>> {
        let mut found = None;
        self.blobs(std::slice::from_ref(oid), |_, bytes| {
            found = Some(bytes);
            Ok(())
        })?;
        found.with_context(|| format!("git has no blob {oid}"))
    }

    /// What is other in the second of two trees or commits. Renames are told as what is gone and what is new.
    pub fn changes(&self, from: &Oid, to: &Oid) -> Result<Vec<Change>> {
        let args = ["diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", from.as_str(), to.as_str(), "--"];
        let told = self.call(&args, b"")?.good("compare two trees")?;
        let mut records = told.split(|&byte| byte == 0);
        let mut changes = Vec::new();
        while let (Some(head), Some(path)) = (records.next(), records.next()) {
            let head = std::str::from_utf8(head)?;
            let words: Vec<&str> = head.trim_start_matches(':').split(' ').collect();
            let [old_mode, new_mode, old, new, _] = words[..] else {
                bail!("git compared in a form that is not known: {head}")
            };
            let entry = |mode: &str, oid| {
                let there = mode.bytes().any(|digit| digit != b'0');
                Oid::parse(oid).filter(|_| there).map(|oid| Entry { mode: mode.to_owned(), oid })
            };
            changes.push(Change { path: path.to_vec(), old: entry(old_mode, old), new: entry(new_mode, new) });
        }
        Ok(changes)
    }

    /// The tree that has nothing, as this repository names it.
    pub fn empty_tree(&self) -> Oid {
        let sha256 = self.config().get("extensions.objectformat") == Some("sha256");
        Oid((if sha256 { EMPTY_SHA256 } else { EMPTY_SHA1 }).to_owned())
    }
}

/// One answer of `cat-file --batch`.
fn blob(answers: &mut impl BufRead) -> Result<Option<Vec<u8>>> {
    let mut head = String::new();
    answers.read_line(&mut head)?;
    let mut words = head.trim_end().split(' ');
    let (Some(_), Some(kind), size) =
        (words.next(), words.next(), words.next().and_then(|size| size.parse::<u64>().ok()))
    else {
        bail!("git ended in the middle of an answer")
    };
    // `OID missing` has no size and no content.
    let Some(size) = size else { return Ok(None) };
    let mut bytes = Vec::new();
    if kind == "blob" && size <= LARGEST {
        answers.by_ref().take(size).read_to_end(&mut bytes)?;
    } else {
        std::io::copy(&mut answers.by_ref().take(size), &mut std::io::sink())?;
    }
    answers.read_exact(&mut [0])?;
    Ok((kind == "blob" && size <= LARGEST).then_some(bytes))
}

/// Splits a record at the first of a byte; what stands before is text.
fn split(record: &[u8], at: u8) -> Result<(&str, &[u8])> {
    let place = record.iter().position(|&byte| byte == at).context("git answered in a form that is not known")?;
    Ok((std::str::from_utf8(&record[..place])?, &record[place + 1..]))
}
