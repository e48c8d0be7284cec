//! Publishing: which files of the journal differ from what is published, and the commit that has them all.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::sides::Sides;
use crate::collection::DeckPaths;
use crate::exchange;
use crate::git::{Oid, Reach, Repository, into_text, run};
use crate::history::{EventId, Line, parse_lines};
use crate::store::{Counts, Journal, Mark, PURGED, Store, purged_names};
use crate::text::count;

/// Who makes a commit where the user has told git no name: variable, setting, and what is said instead.
const NOBODY: [(&str, &str, &str); 4] = [
    ("GIT_AUTHOR_NAME", "name", "rehearse"),
    ("GIT_AUTHOR_EMAIL", "email", "rehearse@localhost"),
    ("GIT_COMMITTER_NAME", "name", "rehearse"),
    ("GIT_COMMITTER_EMAIL", "email", "rehearse@localhost"),
];

/// The journal as it is to be.
#[derive(Debug, Default)]
pub(crate) struct Rendered {
    sheets: Vec<Sheet>,
    /// How many events the upstream branch lacks.
    pub(crate) counts: Counts,
}

/// A file of the journal as it is to be.
#[derive(Debug)]
struct Sheet {
    path: String,
    /// Of one that was read: how far it had come.
    mark: Option<Mark>,
    /// Of one that may be new to git: its bytes.
    text: Option<String>,
    /// What git calls it; `None` if it is not to be there, or git has not been told yet.
    blob: Option<Oid>,
}

impl Rendered {
    /// What has to change where the journal has these files: the new one, or `None` where there is to be none.
    pub(crate) fn updates(&self, pages: &BTreeMap<String, Oid>) -> Vec<(String, Option<Oid>)> {
        let other = |sheet: &&Sheet| pages.get(&sheet.path) != sheet.blob.as_ref();
        self.sheets.iter().filter(other).map(|sheet| (sheet.path.clone(), sheet.blob.clone())).collect()
    }

    /// What to remember of those that were read.
    pub(crate) fn notes(&self) -> Vec<(Mark, Option<Oid>)> {
        self.sheets.iter().filter_map(|sheet| Some((sheet.mark?, sheet.blob.clone()))).collect()
    }

    /// Adds what purging asks for: the list of it with the lines of every side, and no file that has nothing else. Gives how
    /// many names the upstream branch lacks.
    pub(crate) fn purge(
        &mut self,
        repository: &Repository,
        store: &Store,
        sides: &Sides,
        folder: &Path,
    ) -> Result<usize> {
        let here = std::fs::read(folder.join(PURGED)).unwrap_or_default();
        let here = String::from_utf8_lossy(&here);
        let list = union(sides.purged.iter().map(String::as_str).chain([&*here]));
        if list.is_empty() {
            return Ok(0);
        }
        let there = sides.purged.first().filter(|_| sides.there.contains_key(PURGED));
        let known = there.map(|text| purged_names(text)).unwrap_or_default();
        let lacking = purged_names(&list).difference(&known).count();
        let same = sides.there.get(PURGED).filter(|_| there == Some(&list)).cloned();
        let text = Some(list).filter(|_| same.is_none());
        self.sheets.push(Sheet { path: PURGED.to_owned(), mark: None, text, blob: same });
        let purged = store.purged()?;
        let rendered: HashSet<&str> = self.sheets.iter().map(|sheet| sheet.path.as_str()).collect();
        let files = sides.there.iter().chain(&sides.here);
        let unknown = files.filter(|(path, _)| exchange::page_of(path).is_some() && !rendered.contains(path.as_str()));
        let unknown: BTreeMap<String, Oid> = unknown.map(|(path, blob)| (path.clone(), blob.clone())).collect();
        for (path, blob) in unknown {
            if exchange::is_purged(&repository.blob(&blob)?, &purged) {
                self.sheets.push(Sheet { path, mark: None, text: None, blob: None });
            }
        }
        Ok(lacking)
    }
}

/// The lines of several texts, each once, in the order in which they are met.
fn union<'t>(texts: impl Iterator<Item = &'t str>) -> String {
    let mut lines: Vec<&str> = Vec::new();
    for line in texts.flat_map(str::lines).filter(|line| !line.trim().is_empty()) {
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines.iter().flat_map(|line| [*line, "\n"]).collect()
}

/// Renders every file of the journal that is not `there` as it was `published` last.
pub(crate) fn render(
    repository: &Repository,
    store: &Store,
    there: &BTreeMap<String, Oid>,
    published: &BTreeMap<String, Oid>,
) -> Result<Rendered> {
    let mut rendered = Rendered::default();
    let mut read: Vec<(String, Mark, Vec<Line>)> = Vec::new();
    for page in store.pages()? {
        let path = exchange::page_path(page.device, page.month);
        match published.get(&path) {
            Some(blob) if there.get(&path) == Some(blob) => {
                rendered.sheets.push(Sheet { path, mark: None, text: None, blob: Some(blob.clone()) });
            }
            _ => {
                let (lines, mark) = store.page(page.device, page.month)?;
                read.push((path, mark, lines));
            }
        }
    }
    let before: Vec<Oid> = read.iter().filter_map(|(path, ..)| there.get(path)).cloned().collect();
    let mut before_text = HashMap::new();
    repository.blobs(&before, |oid, bytes| {
        before_text.insert(oid.clone(), bytes);
        Ok::<_, crate::git::Error>(())
    })?;
    for (path, mark, lines) in read {
        let old = there.get(&path).and_then(|blob| Some((blob, before_text.get(blob)?)));
        let known: HashSet<EventId> =
            old.iter().flat_map(|(_, bytes)| parse_lines(bytes)).map(|line| line.event.id).collect();
        lines
            .iter()
            .filter(|line| !known.contains(&line.event.id))
            .for_each(|line| rendered.counts.add(&line.event.body));
        let text = exchange::render(lines).into_values().next();
        let same = old.filter(|(_, bytes)| text.as_ref().is_some_and(|text| text.as_bytes() == bytes.as_slice()));
        let blob = same.map(|(blob, _)| blob.clone());
        rendered.sheets.push(Sheet { path, mark: Some(mark), text: text.filter(|_| blob.is_none()), blob });
    }
    Ok(rendered)
}

/// Gives git the files it may not have.
pub(crate) fn hash(repository: &Repository, work: &Path, rendered: &mut Rendered) -> Result<()> {
    let mut new: Vec<&mut Sheet> = rendered.sheets.iter_mut().filter(|sheet| sheet.text.is_some()).collect();
    if new.is_empty() {
        return Ok(());
    }
    let folder = work.join("pages");
    std::fs::create_dir_all(&folder).with_context(|| format!("{}: cannot be created", folder.display()))?;
    for (n, sheet) in new.iter().enumerate() {
        let path = folder.join(n.to_string());
        std::fs::write(&path, sheet.text.as_deref().unwrap_or_default())
            .with_context(|| format!("{}: cannot be written", path.display()))?;
    }
    let mut command = repository.command_in(&folder, Reach::Here);
    command.args(["hash-object", "-w", "--no-filters", "--stdin-paths"]);
    let names: String = (0..new.len()).map(|n| format!("{n}\n")).collect();
    let answer = into_text(run(&mut command, names.as_bytes())?.success("keep the journal")?)?;
    for (sheet, line) in new.iter_mut().zip(answer.lines()) {
        sheet.blob = Some(Oid::parse(line).context("git named no blob")?);
        sheet.text = None;
    }
    Ok(())
}

/// The tree of a commit, or of nothing, with other files of the journal. Made in an index of its own.
pub(crate) fn tree(
    repository: &Repository,
    journal: &Journal,
    work: &Path,
    base: Option<&Oid>,
    updates: &[(String, Option<Oid>)],
) -> Result<Oid> {
    std::fs::create_dir_all(work).with_context(|| format!("{}: cannot be created", work.display()))?;
    let index = work.join("index");
    let call = |args: &[&str], input: &[u8]| {
        let mut command = repository.command(Reach::Here);
        run(command.env("GIT_INDEX_FILE", &index).args(args), input)?.success("make a tree")
    };
    call(&["read-tree", base.map_or("--empty", Oid::as_str)], b"")?;
    let entries = updates.iter().map(|(path, blob)| {
        (
            format!("{}/{path}", journal.below(repository.prefix())).into_bytes(),
            blob.as_ref().map(|blob| ("100644", blob)),
        )
    });
    call(&["update-index", "-z", "--index-info"], &index_info(repository, entries))?;
    let tree = into_text(call(&["write-tree", "--missing-ok"], b"")?)?;
    Oid::parse(&tree).context("git named no tree")
}

/// Entries of an index, or their absence, as `update-index --index-info` reads them.
pub(crate) fn index_info<'a>(
    repository: &Repository,
    entries: impl IntoIterator<Item = (Vec<u8>, Option<(&'a str, &'a Oid)>)>,
) -> Vec<u8> {
    let nothing = repository.empty_tree();
    let mut info = Vec::new();
    for (path, entry) in entries {
        // The hash of what is absent does not matter, but has to be one.
        let (mode, oid) = entry.unwrap_or(("0", &nothing));
        info.extend_from_slice(format!("{mode} {oid}\t").as_bytes());
        info.extend_from_slice(&path);
        info.push(0);
    }
    info
}

/// Makes a commit. Never signed: that might ask somebody for a password.
pub(crate) fn commit(repository: &Repository, tree: &Oid, parents: &[&Oid], message: &str) -> Result<Oid> {
    let mut args = vec!["commit-tree", "--no-gpg-sign"];
    parents.iter().for_each(|parent| args.extend(["-p", parent.as_str()]));
    args.push(tree.as_str());
    let mut command = repository.command(Reach::Here);
    for (variable, setting, nobody) in NOBODY {
        let role = if variable.contains("AUTHOR") { "author" } else { "committer" };
        let told = |section: &str| repository.config().get(&format!("{section}.{setting}")).is_some();
        if std::env::var_os(variable).is_none() && !told("user") && !told(role) {
            command.env(variable, nobody);
        }
    }
    let said = run(command.args(&args), message.as_bytes())?;
    Oid::parse(&into_text(said.success("commit the journal")?)?).context("git named no commit")
}

/// What a commit says of itself.
pub(crate) fn message(counts: Counts, merge: bool) -> String {
    let mut told = Vec::new();
    if counts.reviews > 0 {
        told.push(count(counts.reviews, "review"));
    }
    if counts.others > 0 {
        told.push(count(counts.others, "other event"));
    }
    let mut message = "rehearse: ".to_owned();
    match (told.is_empty(), merge) {
        (false, false) => message.push_str(&told.join(" and ")),
        (true, false) => message.push_str("the journal as it should be"),
        (true, true) => message.push_str("merge of two histories"),
        (false, true) => {
            let _ = write!(message, "merge of two histories, with {}", told.join(" and "));
        }
    }
    message + "\n"
}

/// Returns the decks that differ between two commits.
pub(crate) fn decks(repository: &Repository, paths: &DeckPaths, from: &Oid, to: &Oid) -> Result<BTreeSet<Vec<u8>>> {
    let prefix = repository.prefix().as_bytes();
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
    fn a_commit_says_what_it_brings() {
        let counts = |reviews, others| Counts { reviews, others };
        let cases = [
            (counts(34, 0), false, "rehearse: 34 reviews\n"),
            (counts(1, 2), false, "rehearse: 1 review and 2 other events\n"),
            (counts(0, 0), false, "rehearse: the journal as it should be\n"),
            (counts(0, 0), true, "rehearse: merge of two histories\n"),
            (counts(0, 1), true, "rehearse: merge of two histories, with 1 other event\n"),
        ];
        for (counts, merge, expected) in cases {
            assert_eq!(message(counts, merge), expected);
        }
    }
}
