//! What git keeps: names of objects, trees, and the bytes of blobs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use anyhow::{Context as _, Result, bail};

use super::reader::{Kind, Object};
use super::{Reach, Repository};

/// How many folders may lie in one another: as many as git itself puts up with.
const DEEPEST: usize = 2048;

/// The modes of what is no file.
const FOLDER: &str = "40000";
const SUBMODULE: &str = "160000";

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
    pub oid: Oid,
}

/// What is other at a path in the second of two trees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The path from the top, as git has it.
    pub path: Vec<u8>,
    pub old: Option<Entry>,
    pub new: Option<Entry>,
}

/// A tree, one level of it: what it has by name, and whether that is a tree itself.
type Tree = BTreeMap<(Vec<u8>, bool), Entry>;

impl Repository {
    /// The objects of these names, such as `HEAD:a/b` or `main^{commit}`; `None` where there is none.
    pub fn resolve(&self, names: &[String]) -> Result<Vec<Option<Oid>>> {
        let mut found = vec![None; names.len()];
        self.look_up(Reach::Here, names, false, |n, object| {
            found[n] = object.map(|object| object.oid);
            Ok(())
        })?;
        Ok(found)
    }

    /// The object of that name.
    pub(crate) fn object(&self, name: &str) -> Result<Option<Oid>> {
        Ok(self.resolve(&[name.to_owned()])?.pop().flatten())
    }

    /// The bytes of blobs, in this order; those that are missing, larger than any journal, or no blobs are passed over.
    /// A partial clone may have to fetch them.
    pub fn blobs(&self, oids: &[Oid], mut each: impl FnMut(&Oid, Vec<u8>) -> Result<()>) -> Result<()> {
        self.contents(oids, |n, object| match object {
            Some(Object { kind: Kind::Blob, bytes: Some(bytes), .. }) => each(&oids[n], bytes),
            _ => Ok(()),
        })
    }

    /// The same where a missing one is an error: what is not known must not be taken for what is not there.
    pub(crate) fn every_blob(&self, oids: &[Oid], mut each: impl FnMut(&Oid, Vec<u8>) -> Result<()>) -> Result<()> {
        self.contents(oids, |n, object| match object {
            Some(Object { kind: Kind::Blob, bytes: Some(bytes), .. }) => each(&oids[n], bytes),
            Some(_) => Ok(()),
            None if self.config().is_partial() => bail!(
                "git has not fetched {} of this partial clone; `git cat-file -p {}` does, if you trust its remote",
                oids[n],
                oids[n]
            ),
            None => bail!("git has no blob {}", oids[n]),
        })
    }

    fn contents(&self, oids: &[Oid], each: impl FnMut(usize, Option<Object>) -> Result<()>) -> Result<()> {
        // Of what would be fetched by a program that the repository names, nothing is.
        let fetched = self.config().is_partial() && !self.config().has_server();
        let reach = if fetched { Reach::Remote } else { Reach::Here };
        self.look_up(reach, oids, true, each)
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

    /// What commits or trees of these names have, one level of it.
    fn trees(&self, names: &[Oid]) -> Result<Vec<Tree>> {
        let trees: Vec<String> = names.iter().map(|name| format!("{name}^{{tree}}")).collect();
        let mut read = Vec::with_capacity(trees.len());
        self.look_up(Reach::Here, &trees, true, |n, object| match object.and_then(|object| object.bytes) {
            Some(bytes) => {
                let tree = tree(&bytes, names[n].0.len() / 2);
                read.push(tree.with_context(|| format!("git has something else than a tree as {}", names[n]))?);
                Ok(())
            }
            None => bail!("git has no tree {}", names[n]),
        })?;
        Ok(read)
    }

    /// Every file of a tree that lies in it, or in a folder of it and in none below that, by its path: `FILE`,
    /// `FOLDER/FILE`. Nothing of a file but its name is needed for that, so that it may be missing here.
    pub(crate) fn files_of_two_levels(&self, tree: &Oid) -> Result<BTreeMap<Vec<u8>, Entry>> {
        let top = self.trees(std::slice::from_ref(tree))?.pop().unwrap_or_default();
        let (folders, mut files): (Tree, Tree) = top.into_iter().partition(|((_, folder), _)| *folder);
        let (names, folders): (Vec<_>, Vec<_>) =
            folders.into_iter().map(|((name, _), entry)| (name, entry.oid)).unzip();
        for (name, below) in names.iter().zip(self.trees(&folders)?) {
            let path = |file: &[u8]| [&name[..], file].join(&b'/');
            files.extend(below.into_iter().map(|((file, folder), entry)| ((path(&file), folder), entry)));
        }
        let is_file = |folder: bool, entry: &Entry| !folder && entry.mode != SUBMODULE;
        Ok(files
            .into_iter()
            .filter(|((_, folder), entry)| is_file(*folder, entry))
            .map(|((path, _), entry)| (path, entry))
            .collect())
    }

    /// The parents of a commit, as it names them; none of what is no commit, or is missing.
    pub(crate) fn parents(&self, commit: &Oid) -> Result<Vec<Oid>> {
        let mut parents = Vec::new();
        self.look_up(Reach::Here, std::slice::from_ref(commit), true, |_, object| {
            if let Some(Object { kind: Kind::Commit, bytes: Some(bytes), .. }) = object {
                // The head of a commit ends with an empty line.
                let lines = bytes.split(|&byte| byte == b'\n').take_while(|line| !line.is_empty());
                let lines = lines.filter_map(|line| std::str::from_utf8(line).ok()?.strip_prefix("parent "));
                parents.extend(lines.filter_map(Oid::parse));
            }
            Ok(())
        })?;
        Ok(parents)
    }

    /// What is other in the second of two trees or commits, by path. Renames are told as what is gone and what is new.
    pub fn changes(&self, from: &Oid, to: &Oid) -> Result<Vec<Change>> {
        let mut changes = Vec::new();
        // The folders in which something is other, a level at a time: the way to each, and what it was and is.
        let mut level = vec![(Vec::new(), Some(from.clone()), Some(to.clone()))];
        for _ in 0..DEEPEST {
            if level.is_empty() {
                changes.sort_by(|a: &Change, b: &Change| a.path.cmp(&b.path));
                return Ok(changes);
            }
            let asked: Vec<Oid> = level.iter().flat_map(|(_, old, new)| old.iter().chain(new)).cloned().collect();
            let mut trees = self.trees(&asked)?.into_iter();
            let mut below = Vec::new();
            for (way, old, new) in level {
                let mut tree = |side: Option<Oid>| side.and_then(|_| trees.next()).unwrap_or_default();
                let (mut old, mut new) = (tree(old), tree(new));
                let names: BTreeSet<(Vec<u8>, bool)> = old.keys().chain(new.keys()).cloned().collect();
                for name in names {
                    let (old, new) = (old.remove(&name), new.remove(&name));
                    if old == new {
                        continue;
                    }
                    let (name, folder) = name;
                    let path = [&way[..], &name[..]].concat();
                    if folder {
                        let path = [&path[..], b"/"].concat();
                        below.push((path, old.map(|entry| entry.oid), new.map(|entry| entry.oid)));
                    } else {
                        changes.push(Change { path, old, new });
                    }
                }
            }
            level = below;
        }
        bail!("git has a tree with more than {DEEPEST} folders in one another")
    }

    /// The tree that has nothing, as this repository names it.
    pub fn empty_tree(&self) -> Oid {
        let sha256 = self.config().get("extensions.objectformat") == Some("sha256");
        Oid((if sha256 { EMPTY_SHA256 } else { EMPTY_SHA1 }).to_owned())
    }
}

/// Reads a tree as git keeps it: `MODE NAME`, a NUL and the hash, of so many bytes, again and again.
fn tree(mut bytes: &[u8], hash: usize) -> Option<Tree> {
    let mut tree = Tree::new();
    while !bytes.is_empty() {
        let end = bytes.iter().position(|&byte| byte == 0)?;
        let space = bytes[..end].iter().position(|&byte| byte == b' ')?;
        let mode = u32::from_str_radix(std::str::from_utf8(&bytes[..space]).ok()?, 8).ok()?;
        let name = bytes[space + 1..end].to_vec();
        let oid = bytes.get(end + 1..end + 1 + hash)?;
        let oid = Oid(oid.iter().fold(String::with_capacity(2 * hash), |hex, byte| hex + &format!("{byte:02x}")));
        let mode = canonical(mode).to_owned();
        tree.insert((name, mode == FOLDER), Entry { mode, oid });
        bytes = &bytes[end + 1 + hash..];
    }
    Some(tree)
}

/// A mode as git has it in its index: of the rights of a file only whether it can be run.
fn canonical(mode: u32) -> &'static str {
    match mode & 0o170_000 {
        0o100_000 if mode & 0o100 == 0 => "100644",
        0o100_000 => "100755",
        0o120_000 => "120000",
        0o040_000 => FOLDER,
        _ => SUBMODULE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_read_as_git_keeps_it() {
        let hash = |byte: u8| [byte; 20];
        let entry = |mode: &str, name: &[u8], byte: u8| [mode.as_bytes(), b" ", name, b"\0", &hash(byte)].concat();
        let cases: &[(&str, &[u8], &str, bool)] = &[
            ("100644", b"a b", "100644", false),
            ("100664", b"\xff\n", "100644", false),
            ("100755", b"run", "100755", false),
            ("120000", b"link", "120000", false),
            ("40000", b"folder", FOLDER, true),
            ("040000", b"folder", FOLDER, true),
            ("160000", b"sub", SUBMODULE, false),
        ];
        for (written, name, mode, folder) in cases {
            let bytes = [entry(written, name, 0x0a), entry("100644", b"last", 0xb0)].concat();
            let read = tree(&bytes, 20).unwrap();
            let expected = Entry { mode: (*mode).to_owned(), oid: Oid::parse(&"0a".repeat(20)).unwrap() };
            assert_eq!(read.get(&(name.to_vec(), *folder)), Some(&expected), "{written}");
            assert_eq!(read.len(), 2);
            // Cut off anywhere but between its entries, it is none.
            let whole = [0, written.len() + name.len() + 22, bytes.len()];
            for end in 0..=bytes.len() {
                assert_eq!(tree(&bytes[..end], 20).is_some(), whole.contains(&end), "{end} bytes of {written}");
            }
        }
        assert_eq!(tree(b"", 20), Some(Tree::new()));
        assert_eq!(tree(&entry("1006x4", b"a", 1), 20), None);
    }
}
