//! Looking up objects: blobs, trees, parents of commits, and what differs between two trees.

use std::collections::BTreeMap;

use super::call::Reach;
use super::error::Error;
use super::object::{Object, ObjectKind, Oid, TreeChange, TreeEntry};
use super::object_reader::ObjectReader;
use super::repository::Repository;

/// The bits of a mode that hold the type of an entry.
const TYPE_BITS: u32 = 0o170_000;
const FOLDER: u32 = 0o040_000;
const FILE: u32 = 0o100_000;
const LINK: u32 = 0o120_000;

/// The names of the empty tree. Git knows it without storing it.
const EMPTY_SHA1: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
const EMPTY_SHA256: &str = "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321";

/// One level of a tree: the name, type bits, and object of each entry.
type Level = Vec<(Vec<u8>, u32, Oid)>;

impl Repository {
    /// Returns the objects of these names, such as `HEAD:a/b` or `main^{commit}`; `None` where there is none.
    pub(crate) fn resolve(&self, names: &[String]) -> Result<Vec<Option<Oid>>, Error> {
        let mut found = vec![None; names.len()];
        self.look_up(Reach::Here, names, false, |n, object| {
            found[n] = object.map(|object| object.oid);
            Ok::<_, Error>(())
        })?;
        Ok(found)
    }

    pub(crate) fn resolve_one(&self, name: &str) -> Result<Option<Oid>, Error> {
        Ok(self.resolve(&[name.to_owned()])?.pop().flatten())
    }

    /// Passes the bytes of blobs to `each`, in this order. What is missing, larger than any journal, or not a blob is
    /// skipped. A partial clone may have to fetch them.
    pub(crate) fn blobs<E: From<Error>>(
        &self,
        oids: &[Oid],
        mut each: impl FnMut(&Oid, Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.contents(oids, |n, object| match object {
            Some(Object { kind: ObjectKind::Blob, bytes: Some(bytes), .. }) => each(&oids[n], bytes),
            _ => Ok(()),
        })
    }

    /// Returns the bytes of blobs, in this order. A missing one is an error: an unknown file must not count as absent.
    pub(crate) fn every_blob(&self, oids: &[Oid]) -> Result<Vec<Vec<u8>>, Error> {
        let mut blobs = Vec::with_capacity(oids.len());
        self.contents(oids, |n, object| {
            match object {
                Some(Object { kind: ObjectKind::Blob, bytes: Some(bytes), .. }) => blobs.push(bytes),
                Some(_) => {}
                None if self.config.is_partial() => return Err(Error::NotFetched(oids[n].to_string())),
                None => return Err(missing("blob", &oids[n])),
            }
            Ok(())
        })?;
        Ok(blobs)
    }

    pub(crate) fn blob(&self, oid: &Oid) -> Result<Vec<u8>, Error> {
        let mut found = None;
        self.blobs(std::slice::from_ref(oid), |_, bytes| {
            found = Some(bytes);
            Ok::<_, Error>(())
        })?;
        found.ok_or_else(|| missing("blob", oid))
    }

    fn contents<E: From<Error>>(
        &self,
        oids: &[Oid],
        each: impl FnMut(usize, Option<Object>) -> Result<(), E>,
    ) -> Result<(), E> {
        // If the repository names the program that would serve the fetch, nothing is fetched.
        let fetched = self.config.is_partial() && !self.config.has_server();
        let reach = if fetched { Reach::Remote } else { Reach::Here };
        self.look_up(reach, oids, true, each)
    }

    fn levels(&self, names: &[Oid]) -> Result<Vec<Level>, Error> {
        let trees: Vec<String> = names.iter().map(|name| format!("{name}^{{tree}}")).collect();
        let mut levels = Vec::with_capacity(trees.len());
        self.look_up(Reach::Here, &trees, true, |n, object| match object.and_then(|object| object.bytes) {
            Some(bytes) => {
                let level = parse_level(&bytes, names[n].as_str().len() / 2);
                levels.push(level.ok_or_else(|| Error::NotATree(names[n].to_string()))?);
                Ok(())
            }
            None => Err(missing("tree", &names[n])),
        })?;
        Ok(levels)
    }

    /// Returns the files that are directly in a tree or in one of its folders, by path: `FILE`, `FOLDER/FILE`. Only
    /// trees are read, so the files themselves may be missing here; what is deeper costs nothing.
    pub(crate) fn files_of_two_levels(&self, tree: &Oid) -> Result<BTreeMap<Vec<u8>, Oid>, Error> {
        let is_file = |kind| matches!(kind, FILE | LINK);
        let top = self.levels(std::slice::from_ref(tree))?.pop().unwrap_or_default();
        let (folders, top): (Level, Level) = top.into_iter().partition(|(_, kind, _)| *kind == FOLDER);
        let mut files: BTreeMap<Vec<u8>, Oid> =
            top.into_iter().filter(|(_, kind, _)| is_file(*kind)).map(|(name, _, oid)| (name, oid)).collect();
        let (names, folders): (Vec<_>, Vec<_>) = folders.into_iter().map(|(name, _, oid)| (name, oid)).unzip();
        for (folder, level) in names.iter().zip(self.levels(&folders)?) {
            let below = level.into_iter().filter(|(_, kind, _)| is_file(*kind));
            files.extend(below.map(|(name, _, oid)| ([&folder[..], &name[..]].join(&b'/'), oid)));
        }
        Ok(files)
    }

    pub(crate) fn parents(&self, commit: &Oid) -> Result<Vec<Oid>, Error> {
        let mut parents = Vec::new();
        self.look_up(Reach::Here, std::slice::from_ref(commit), true, |_, object| {
            if let Some(Object { kind: ObjectKind::Commit, bytes: Some(bytes), .. }) = object {
                // The head of a commit ends with an empty line.
                let lines = bytes.split(|&byte| byte == b'\n').take_while(|line| !line.is_empty());
                let lines = lines.filter_map(|line| std::str::from_utf8(line).ok()?.strip_prefix("parent "));
                parents.extend(lines.filter_map(Oid::parse));
            }
            Ok::<_, Error>(())
        })?;
        Ok(parents)
    }

    /// Returns what differs between two trees or commits, by path. A rename is a removal and an addition.
    pub(crate) fn changes(&self, from: &Oid, to: &Oid) -> Result<Vec<TreeChange>, Error> {
        let args = ["diff-tree", "-r", "--raw", "-z", "--no-renames", "--no-abbrev", "--ignore-submodules=none"];
        let listed = self.call(&[&args[..], &[from.as_str(), to.as_str(), "--"]].concat(), b"")?;
        let listed = listed.success("compare two commits")?;
        // `:OLD-MODE NEW-MODE OLD-OID NEW-OID STATUS` and the path, each ended by NUL.
        let parts: Vec<&[u8]> = listed.split(|&byte| byte == 0).collect();
        let mut changes = Vec::with_capacity(parts.len() / 2);
        for record in parts.chunks_exact(2) {
            changes.push(parse_change(record[0], record[1]).ok_or(Error::UnknownDiff)?);
        }
        changes.sort_by(|a: &TreeChange, b: &TreeChange| a.path.cmp(&b.path));
        Ok(changes)
    }

    /// The empty tree, as this repository names it.
    pub(crate) fn empty_tree(&self) -> Oid {
        let sha256 = self.config.get("extensions.objectformat") == Some("sha256");
        Oid::known(if sha256 { EMPTY_SHA256 } else { EMPTY_SHA1 })
    }

    /// Looks up objects by name, in this order, with their `bytes` if they are wanted.
    fn look_up<E: From<Error>>(
        &self,
        reach: Reach,
        names: &[impl ToString],
        bytes: bool,
        mut each: impl FnMut(usize, Option<Object>) -> Result<(), E>,
    ) -> Result<(), E> {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let Some(first) = names.first() else { return Ok(()) };
        if names.iter().any(|name| name.contains('\n')) {
            return Err(Error::LineEndInName.into());
        }
        let readers = match reach {
            Reach::Here => &self.reader,
            Reach::Remote => &self.fetching_reader,
        };
        // Put back only if every answer was read.
        let mut reader = match readers.take() {
            Some(reader) => reader,
            None => ObjectReader::start(self.command(reach))?,
        };
        match reader.ask(&names, bytes, &mut each) {
            Ok(Ok(())) => {
                readers.replace(Some(reader));
                Ok(())
            }
            Ok(Err(error)) => Err(error),
            Err(_) => Err(self.why_it_ended(first).into()),
        }
    }

    /// Returns why git does not answer. The stderr of the one that ended was not read, so another is asked.
    fn why_it_ended(&self, name: &str) -> Error {
        let output = self.call(&["cat-file", "--batch-check"], format!("{name}\n").as_bytes());
        output.and_then(|output| output.success("look up its objects")).err().unwrap_or(Error::EndedEarly)
    }
}

fn missing(what: &'static str, oid: &Oid) -> Error {
    Error::Missing { what, oid: oid.to_string() }
}

/// Parses a record of `diff-tree --raw`; a mode of zeros means that there is nothing.
fn parse_change(record: &[u8], path: &[u8]) -> Option<TreeChange> {
    let mut words = std::str::from_utf8(record).ok()?.strip_prefix(':')?.split(' ');
    let (old_mode, new_mode) = (words.next()?, words.next()?);
    let (old, new) = (Oid::parse(words.next()?)?, Oid::parse(words.next()?)?);
    let entry = |mode: &str, oid| (mode != "000000").then(|| TreeEntry { mode: mode.to_owned(), oid });
    Some(TreeChange { path: path.to_vec(), old: entry(old_mode, old), new: entry(new_mode, new) })
}

/// Parses a stored tree: `MODE NAME`, a NUL, and the hash of `hash` bytes, repeated.
fn parse_level(mut bytes: &[u8], hash: usize) -> Option<Level> {
    let mut level = Level::new();
    while !bytes.is_empty() {
        let end = bytes.iter().position(|&byte| byte == 0)?;
        let space = bytes[..end].iter().position(|&byte| byte == b' ')?;
        let mode = u32::from_str_radix(std::str::from_utf8(&bytes[..space]).ok()?, 8).ok()?;
        let oid = Oid::from_bytes(bytes.get(end + 1..end + 1 + hash)?);
        level.push((bytes[space + 1..end].to_vec(), mode & TYPE_BITS, oid));
        bytes = &bytes[end + 1 + hash..];
    }
    Some(level)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use rand::rngs::StdRng;
    use rand::{RngExt as _, SeedableRng as _};
    use tempfile::TempDir;

    use super::super::call::{command, into_text, run};
    use super::*;

    fn git(folder: &Path, args: &[&str]) -> String {
        let mut command = command(folder, Reach::Here);
        for role in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{role}_NAME"), "Ada").env(format!("GIT_{role}_EMAIL"), "ada@example.com");
        }
        let output = run(command.args(args), b"").unwrap();
        into_text(output.success("prepare a test").unwrap()).unwrap()
    }

    fn repository(format: &str) -> (TempDir, Repository) {
        let folder = tempfile::tempdir().unwrap();
        let format = format!("--object-format={format}");
        git(folder.path(), &["init", "--quiet", "--initial-branch=main", &format]);
        let repository = Repository::find(folder.path()).unwrap().unwrap();
        (folder, repository)
    }

    fn oid(text: &str) -> Oid {
        Oid::parse(text).unwrap()
    }

    /// The entries of a tree, by path, as `git ls-tree` lists them.
    fn listed(folder: &Path, tree: &Oid) -> BTreeMap<Vec<u8>, TreeEntry> {
        let listed = git(folder, &["ls-tree", "-r", "-z", tree.as_str()]);
        let entry = |record: &str| {
            let (head, path) = record.split_once('\t').unwrap();
            let words: Vec<&str> = head.split(' ').collect();
            (path.as_bytes().to_vec(), TreeEntry { mode: words[0].to_owned(), oid: oid(words[2]) })
        };
        listed.split('\0').filter(|record| !record.is_empty()).map(entry).collect()
    }

    #[test]
    fn changes_between_trees_are_what_their_listings_differ_in() {
        for format in ["sha1", "sha256"] {
            let (folder, repository) = repository(format);
            let place = folder.path();
            let blobs = ["one", "two", "three"].map(|text| {
                std::fs::write(place.join("text"), text).unwrap();
                git(place, &["hash-object", "-w", "text"])
            });
            let mut random = StdRng::seed_from_u64(7);
            let names = ["a", "a.b", "a b", "a0", "\u{e4}", "tab\t", "line\n", "-x", ":(x)"];
            let modes = ["100644", "100644", "100755", "120000", "160000"];
            let mut trees = vec![repository.empty_tree()];
            for _ in 0..30 {
                git(place, &["read-tree", "--empty"]);
                for _ in 0..random.random_range(0..12) {
                    let depth = random.random_range(1..4);
                    let path: Vec<&str> = (0..depth).map(|_| names[random.random_range(0..names.len())]).collect();
                    let (mode, blob) = (modes[random.random_range(0..modes.len())], &blobs[random.random_range(0..3)]);
                    // A file in one tree is a folder in another.
                    git(place, &["update-index", "--add", "--replace", "--cacheinfo", mode, blob, &path.join("/")]);
                }
                trees.push(oid(&git(place, &["write-tree", "--missing-ok"])));
            }
            for pair in trees.windows(2).chain([&[trees[3].clone(), trees[3].clone()][..]]) {
                let (mut old, mut new) = (listed(place, &pair[0]), listed(place, &pair[1]));
                let paths: std::collections::BTreeSet<_> = old.keys().chain(new.keys()).cloned().collect();
                let change = |path: Vec<u8>| TreeChange { old: old.remove(&path), new: new.remove(&path), path };
                let mut changes: Vec<TreeChange> = paths.into_iter().map(change).collect();
                changes.retain(|change| change.old != change.new);
                assert_eq!(repository.changes(&pair[0], &pair[1]).unwrap(), changes, "{format}");
            }
            assert!(repository.changes(&trees[1], &oid(&blobs[0])).is_err(), "a blob is not a tree");
            assert!(repository.changes(&trees[1], &oid(&"1".repeat(blobs[0].len()))).is_err(), "a missing tree");
        }
    }

    #[test]
    fn objects_that_arrive_later_are_found_and_answers_belong_to_their_questions() {
        let (folder, repository) = repository("sha1");
        let place = folder.path();
        let names = ["HEAD^{commit}", "main:folder/a b", "main:folder"].map(str::to_owned);
        assert_eq!(repository.resolve(&names).unwrap(), [None, None, None]);
        std::fs::create_dir(place.join("folder")).unwrap();
        std::fs::write(place.join("folder/a b"), "text\n").unwrap();
        git(place, &["add", "--all"]);
        git(place, &["commit", "--quiet", "--message", "it arrives"]);
        let there = repository.resolve(&names).unwrap();
        assert_eq!(there[0], Some(oid(&git(place, &["rev-parse", "HEAD"]))));
        assert!(there.iter().all(Option::is_some));
        git(place, &["gc", "--quiet", "--prune=now"]);
        assert_eq!(repository.resolve(&names).unwrap(), there);

        // More questions and longer answers than any pipe holds, some about nothing.
        let large = "0123456789abcdef".repeat(20_000);
        std::fs::write(place.join("large"), &large).unwrap();
        let large_oid = oid(&git(place, &["hash-object", "-w", "large"]));
        let (small, nothing) = (there[1].clone().unwrap(), oid(&"1".repeat(40)));
        let question = |n: usize| match n {
            n if n.is_multiple_of(100) => large_oid.clone(),
            n if n.is_multiple_of(3) => nothing.clone(),
            _ => small.clone(),
        };
        let asked: Vec<Oid> = (0..3_000).map(question).collect();
        let mut answered = Vec::new();
        let each = |oid: &Oid, bytes: Vec<u8>| {
            assert_eq!(bytes.len(), if *oid == large_oid { large.len() } else { 5 });
            // Asking while an answer is read works as well.
            if answered.is_empty() {
                assert_eq!(repository.blob(&small).unwrap(), b"text\n");
            }
            answered.push(oid.clone());
            Ok::<_, Error>(())
        };
        repository.blobs(&asked, each).unwrap();
        assert_eq!(answered, asked.iter().filter(|oid| **oid != nothing).cloned().collect::<Vec<_>>());
        let long = format!("HEAD:{}", "x/".repeat(100_000));
        assert_eq!(
            repository.resolve(&[long.clone(), names[0].clone(), long]).unwrap(),
            [None, there[0].clone(), None]
        );
        assert!(repository.resolve(&["HEAD:a\nHEAD".to_owned()]).is_err());
        // Stopping in the middle does not spoil later answers.
        assert!(repository.blobs(&asked, |_, _| Err(Error::LineEndInName)).is_err());
        assert_eq!(repository.resolve(&names).unwrap(), there);
        // If git cannot answer, its own message is returned.
        std::fs::write(place.join(".git/config"), "[core\n").unwrap();
        let error = Repository::find(place).unwrap_err();
        assert!(error.to_string().contains("bad config"), "{error}");
    }

    #[test]
    fn stored_trees_are_parsed() {
        let hash = |byte: u8| [byte; 20];
        let entry = |mode: &str, name: &[u8], byte: u8| [mode.as_bytes(), b" ", name, b"\0", &hash(byte)].concat();
        let cases: &[(&str, &[u8], u32)] = &[
            ("100644", b"a b", FILE),
            ("100664", b"\xff\n", FILE),
            ("100755", b"run", FILE),
            ("120000", b"link", LINK),
            ("40000", b"folder", FOLDER),
            ("040000", b"folder", FOLDER),
            ("160000", b"sub", 0o160_000),
        ];
        let oid = |hex: &str| Oid::parse(&hex.repeat(20)).unwrap();
        for (mode, name, kind) in cases {
            let bytes = [entry(mode, name, 0x0a), entry("100644", b"last", 0xb0)].concat();
            let expected = vec![(name.to_vec(), *kind, oid("0a")), (b"last".to_vec(), FILE, oid("b0"))];
            assert_eq!(parse_level(&bytes, 20), Some(expected), "{mode}");
            // Cut off within an entry, it is not a tree.
            let whole = [0, mode.len() + name.len() + 22, bytes.len()];
            for end in 0..=bytes.len() {
                assert_eq!(parse_level(&bytes[..end], 20).is_some(), whole.contains(&end), "{end} bytes of {mode}");
            }
        }
        assert_eq!(parse_level(b"", 20), Some(Level::new()));
        assert_eq!(parse_level(&entry("1006x4", b"a", 1), 20), None);
    }
}
