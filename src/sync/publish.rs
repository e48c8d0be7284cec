//! Publishing: the journal files that differ from what is published, and the commit that has them all.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use super::error::Error;
use crate::collection::DeckPaths;
use crate::git::{Oid, Reach, Repository, into_text, run, run_detached};
use crate::history::{EventId, Line, parse_lines};
use crate::journal::{self, Journal};
use crate::store::{Counts, Mark, Store};
use crate::text::count;

/// The author of a commit if git has no name of the user: variable, setting, and value.
const NOBODY: [(&str, &str, &str); 4] = [
    ("GIT_AUTHOR_NAME", "name", "rehearse"),
    ("GIT_AUTHOR_EMAIL", "email", "rehearse@localhost"),
    ("GIT_COMMITTER_NAME", "name", "rehearse"),
    ("GIT_COMMITTER_EMAIL", "email", "rehearse@localhost"),
];

#[derive(Debug, Default)]
pub(super) struct RenderedJournal {
    files: Vec<RenderedFile>,
    pub(super) counts: Counts,
}

#[derive(Debug)]
struct RenderedFile {
    path: String,
    /// How far the page had come when it was read; `None` if it was not read.
    mark: Option<Mark>,
    /// The bytes of a file that may be new to git.
    text: Option<String>,
    /// Its blob; `None` if the file is to be removed, or git does not have it yet.
    blob: Option<Oid>,
}

impl RenderedJournal {
    /// Returns what has to change in a journal that has these files: the new blob, or `None` to remove the file.
    pub(super) fn updates(&self, files: &BTreeMap<String, Oid>) -> Vec<(String, Option<Oid>)> {
        let differs = |file: &&RenderedFile| files.get(&file.path) != file.blob.as_ref();
        self.files.iter().filter(differs).map(|file| (file.path.clone(), file.blob.clone())).collect()
    }

    pub(super) fn published(&self) -> Vec<(Mark, Option<Oid>)> {
        self.files.iter().filter_map(|file| Some((file.mark?, file.blob.clone()))).collect()
    }

    pub(super) fn store_blobs(&mut self, repository: &Repository, work: &Path) -> Result<(), Error> {
        let mut new: Vec<&mut RenderedFile> = self.files.iter_mut().filter(|file| file.text.is_some()).collect();
        if new.is_empty() {
            return Ok(());
        }
        let folder = work.join("pages");
        std::fs::create_dir_all(&folder).map_err(Error::file(&folder, "cannot be created"))?;
        for (n, file) in new.iter().enumerate() {
            let path = folder.join(n.to_string());
            std::fs::write(&path, file.text.as_deref().unwrap_or_default())
                .map_err(Error::file(&path, "cannot be written"))?;
        }
        let mut command = repository.command_in(&folder, Reach::Here);
        command.args(["hash-object", "-w", "--no-filters", "--stdin-paths"]);
        let names: String = (0..new.len()).map(|n| format!("{n}\n")).collect();
        let answer = into_text(run(&mut command, names.as_bytes())?.success("keep the journal")?)?;
        for (file, line) in new.iter_mut().zip(answer.lines()) {
            file.blob = Some(Oid::parse(line).ok_or(Error::Answer("named no blob"))?);
            file.text = None;
        }
        Ok(())
    }
}

/// Renders every journal file whose blob `there` is not the one `published` last.
pub(super) fn render(
    repository: &Repository,
    store: &Store,
    there: &BTreeMap<String, Oid>,
    published: &BTreeMap<String, Oid>,
) -> Result<RenderedJournal, Error> {
    let mut rendered = RenderedJournal::default();
    let mut read: Vec<(String, Mark, Vec<Line>)> = Vec::new();
    for page in store.pages()? {
        let path = journal::page_path(page.device, page.month);
        match published.get(&path) {
            Some(blob) if there.get(&path) == Some(blob) => {
                rendered.files.push(RenderedFile { path, mark: None, text: None, blob: Some(blob.clone()) });
            }
            _ => {
                let (lines, mark) = store.page(page.device, page.month)?;
                read.push((path, mark, lines));
            }
        }
    }
    let before: Vec<Oid> = read.iter().filter_map(|(path, ..)| there.get(path)).cloned().collect();
    let mut before_bytes = HashMap::new();
    repository.blobs(&before, |oid, bytes| {
        before_bytes.insert(oid.clone(), bytes);
        Ok::<_, Error>(())
    })?;
    for (path, mark, lines) in read {
        let old = there.get(&path).and_then(|blob| Some((blob, before_bytes.get(blob)?)));
        let known: HashSet<EventId> =
            old.iter().flat_map(|(_, bytes)| parse_lines(bytes)).map(|line| line.event.id).collect();
        let new = lines.iter().filter(|line| !known.contains(&line.event.id));
        new.for_each(|line| rendered.counts.add(&line.event.body));
        let text = journal::render(lines).into_values().next();
        let same = old.filter(|(_, bytes)| text.as_ref().is_some_and(|text| text.as_bytes() == bytes.as_slice()));
        let blob = same.map(|(blob, _)| blob.clone());
        rendered.files.push(RenderedFile { path, mark: Some(mark), text: text.filter(|_| blob.is_none()), blob });
    }
    Ok(rendered)
}

/// Writes the tree of a commit, or an empty one, with updated journal files, through a temporary index.
pub(super) fn write_tree(
    repository: &Repository,
    journal: &Journal,
    work: &Path,
    base: Option<&Oid>,
    updates: &[(String, Option<Oid>)],
) -> Result<Oid, Error> {
    std::fs::create_dir_all(work).map_err(Error::file(work, "cannot be created"))?;
    let index = work.join("index");
    let call = |args: &[&str], input: &[u8]| {
        let mut command = repository.command(Reach::Here);
        run(command.env("GIT_INDEX_FILE", &index).args(args), input)?.success("make a tree")
    };
    call(&["read-tree", base.map_or("--empty", Oid::as_str)], b"")?;
    let folder = journal.below(&repository.prefix);
    let entries = updates
        .iter()
        .map(|(path, blob)| (format!("{folder}/{path}").into_bytes(), blob.as_ref().map(|blob| ("100644", blob))));
    call(&["update-index", "-z", "--index-info"], &index_info(repository, entries))?;
    let tree = into_text(call(&["write-tree", "--missing-ok"], b"")?)?;
    Oid::parse(&tree).ok_or(Error::Answer("named no tree"))
}

/// Returns index entries, `None` to remove one, as input for `update-index --index-info`.
pub(super) fn index_info<'a>(
    repository: &Repository,
    entries: impl IntoIterator<Item = (Vec<u8>, Option<(&'a str, &'a Oid)>)>,
) -> Vec<u8> {
    let nothing = repository.empty_tree();
    let mut info = Vec::new();
    for (path, entry) in entries {
        // To remove an entry, any valid hash will do.
        let (mode, oid) = entry.unwrap_or(("0", &nothing));
        info.extend_from_slice(format!("{mode} {oid}\t").as_bytes());
        info.extend_from_slice(&path);
        info.push(0);
    }
    info
}

/// What a commit is made of.
pub(super) struct CommitContent<'a> {
    pub(super) tree: &'a Oid,
    pub(super) parents: &'a [&'a Oid],
    pub(super) message: &'a str,
}

/// Creates a commit without a signature.
pub(super) fn write_commit(repository: &Repository, content: &CommitContent<'_>) -> Result<Oid, Error> {
    let output = run(&mut commit_tree(repository, "--no-gpg-sign", content), b"")?;
    named_commit(output.success("commit the journal")?)
}

/// Creates a signed commit, in the folder `work`; `program` is this program. Returns why it cannot be signed if it cannot.
pub(super) fn write_signed_commit(
    repository: &Repository,
    content: &CommitContent<'_>,
    program: &Path,
    work: &Path,
) -> Result<Result<Oid, String>, Error> {
    match run_detached(&commit_tree(repository, "--gpg-sign", content), program, work) {
        Ok(Some(output)) if output.code == Some(0) => named_commit(output.stdout).map(Ok),
        Ok(Some(output)) => Ok(Err(output.message())),
        Ok(None) => Ok(Err("it took longer than 10 s".to_owned())),
        Err(error) => Ok(Err(error.to_string())),
    }
}

fn named_commit(answer: Vec<u8>) -> Result<Oid, Error> {
    Oid::parse(&into_text(answer)?).ok_or(Error::Answer("named no commit"))
}

fn commit_tree(repository: &Repository, sign: &str, content: &CommitContent<'_>) -> Command {
    let mut command = repository.command(Reach::Here);
    command.args(["commit-tree", sign, "-m", content.message]);
    for parent in content.parents {
        command.args(["-p", parent.as_str()]);
    }
    command.arg(content.tree.as_str());
    for (variable, setting, nobody) in NOBODY {
        let role = if variable.contains("AUTHOR") { "author" } else { "committer" };
        let is_set = |section: &str| repository.config.get(&format!("{section}.{setting}")).is_some();
        if std::env::var_os(variable).is_none() && !is_set("user") && !is_set(role) {
            command.env(variable, nobody);
        }
    }
    command
}

pub(super) fn commit_message(counts: Counts, merge: bool) -> String {
    let mut new = Vec::new();
    if counts.reviews > 0 {
        new.push(count(counts.reviews, "review"));
    }
    if counts.others > 0 {
        new.push(count(counts.others, "other event"));
    }
    let mut message = "rehearse: ".to_owned();
    match (new.is_empty(), merge) {
        (false, false) => message.push_str(&new.join(" and ")),
        (true, false) => message.push_str("the journal as it should be"),
        (true, true) => message.push_str("merge of two histories"),
        (false, true) => {
            let _ = write!(message, "merge of two histories, with {}", new.join(" and "));
        }
    }
    message + "\n"
}

pub(super) fn changed_decks(
    repository: &Repository,
    paths: &DeckPaths,
    from: &Oid,
    to: &Oid,
) -> Result<BTreeSet<Vec<u8>>, Error> {
    let prefix = repository.prefix.as_bytes();
    let is_deck = |path: &[u8]| {
        let below = path.strip_prefix(prefix).and_then(|below| std::str::from_utf8(below).ok());
        below.is_some_and(|below| paths.contains(below))
    };
    Ok(repository.changes(from, to)?.into_iter().map(|change| change.path).filter(|path| is_deck(path)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_message_counts_what_is_new() {
        let counts = |reviews, others| Counts { reviews, others };
        let cases = [
            (counts(34, 0), false, "rehearse: 34 reviews\n"),
            (counts(1, 2), false, "rehearse: 1 review and 2 other events\n"),
            (counts(0, 0), false, "rehearse: the journal as it should be\n"),
            (counts(0, 0), true, "rehearse: merge of two histories\n"),
            (counts(0, 1), true, "rehearse: merge of two histories, with 1 other event\n"),
        ];
        for (counts, merge, expected) in cases {
            assert_eq!(commit_message(counts, merge), expected);
        }
    }
}
