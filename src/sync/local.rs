//! What the working tree and its branch are like: looked at, never changed.

use anyhow::{Context as _, Result};

use crate::git::{Oid, Repository, into_text};
use crate::history::Device;
use crate::store::Journal;

/// How many steps a branch is gone back along before git is asked to search all of its history.
const NEAR: usize = 16;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Local {
    /// The branch, as `refs/heads/main`; `None` where HEAD is detached.
    pub(crate) branch: Option<String>,
    /// What the user is in the middle of.
    pub(crate) busy: Option<&'static str>,
}

impl Local {
    /// The branch as people call it.
    pub(crate) fn short(&self) -> Option<&str> {
        self.branch.as_deref()?.strip_prefix("refs/heads/")
    }
}

/// Looks where HEAD is.
pub(crate) fn look(repository: &Repository) -> Result<Local> {
    let branch = repository.symbolic_target("HEAD")?.filter(|name| name.starts_with("refs/heads/"));
    let states = [
        ("MERGE_HEAD", "a merge"),
        ("rebase-merge", "a rebase"),
        ("rebase-apply", "a rebase"),
        ("CHERRY_PICK_HEAD", "a cherry-pick"),
        ("REVERT_HEAD", "a revert"),
    ];
    let busy = states.iter().find(|(file, _)| repository.own().join(file).exists()).map(|(_, what)| *what);
    Ok(Local { branch, busy })
}

/// Which rule keeps the journal out of git, as `.gitignore:3`; `None` if none does.
pub(crate) fn ignored(repository: &Repository, journal: &Journal, device: Device) -> Result<Option<String>> {
    let page = format!("./{}/{device}/2026-11.jsonl", journal.below(repository.prefix()));
    let mut command = repository.command(crate::git::Reach::Here);
    // This one knows of no pathspecs, and complains of being told that they are literal.
    command.args(["--no-literal-pathspecs", "check-ignore", "-v", "-z", "--stdin"]);
    let said = crate::git::run(&mut command, format!("{page}\0").as_bytes())?;
    if said.code == Some(1) {
        return Ok(None);
    }
    // SOURCE, line, pattern and path, each ended by a NUL.
    let told = said.success("tell what it ignores")?;
    let mut parts = told.split(|&byte| byte == 0).map(String::from_utf8_lossy);
    let (source, line, pattern) = (parts.next(), parts.next(), parts.next());
    let negated = pattern.is_none_or(|pattern| pattern.starts_with('!'));
    Ok(source.zip(line).filter(|_| !negated).map(|(source, line)| format!("{source}:{line}")))
}

/// The best commit that two have in common.
pub(crate) fn merge_base(repository: &Repository, one: &Oid, other: &Oid) -> Result<Option<Oid>> {
    for (old, new) in [(one, other), (other, one)] {
        if is_near(repository, old, new)? {
            return Ok(Some(old.clone()));
        }
    }
    let said = repository.call(&["merge-base", one.as_str(), other.as_str()], b"")?;
    if said.code == Some(1) {
        return Ok(None);
    }
    let base = into_text(said.success("find what two commits have in common")?)?;
    Oid::parse(&base).map(Some).context("git named no commit")
}

/// Whether a commit is among those that another goes back to.
pub(crate) fn is_ancestor(repository: &Repository, old: &Oid, new: &Oid) -> Result<bool> {
    let told = || repository.call(&["merge-base", "--is-ancestor", old.as_str(), new.as_str()], b"");
    Ok(is_near(repository, old, new)? || told()?.code == Some(0))
}

/// Whether a commit is met a few steps back from another, along first parents. If not, it may lie further back. Where
/// history was cut off, git alone knows what it takes for the end.
fn is_near(repository: &Repository, old: &Oid, new: &Oid) -> Result<bool> {
    if repository.common().join("shallow").exists() {
        return Ok(false);
    }
    let mut at = Some(new.clone());
    for _ in 0..NEAR {
        let Some(commit) = at else { return Ok(false) };
        let parents = repository.parents(&commit)?;
        if parents.contains(old) {
            return Ok(true);
        }
        at = parents.into_iter().next();
    }
    Ok(false)
}

/// How many commits are here that the upstream branch has not.
pub(crate) fn unpushed(repository: &Repository, tip: Option<&Oid>, upstream: Option<&Oid>) -> Result<usize> {
    let Some(range) = range(tip, upstream) else { return Ok(0) };
    let count =
        into_text(repository.call(&["rev-list", "--count", "--stdin"], range.as_bytes())?.success("count commits")?)?;
    count.parse().context("git counted no number of commits")
}

/// A file outside the collection that commits touch which are not pushed.
pub(crate) fn outside(repository: &Repository, tip: Option<&Oid>, upstream: Option<&Oid>) -> Result<Option<String>> {
    let Some(range) = range(tip, upstream).filter(|_| !repository.prefix().is_empty()) else { return Ok(None) };
    let commits = repository.call(&["rev-list", "--stdin"], range.as_bytes())?.success("list commits")?;
    // Of a merge only what is as in none of its parents: the rest is told by the commits that it merges.
    let args = ["diff-tree", "--stdin", "-r", "-c", "-z", "--root", "--no-commit-id", "--name-only", "--no-renames"];
    let touched = repository.call(&args, &commits)?.success("tell what commits touch")?;
    let outside = touched
        .split(|&byte| byte == 0)
        .find(|path| !path.is_empty() && !path.starts_with(repository.prefix().as_bytes()));
    Ok(outside.map(|path| String::from_utf8_lossy(path).into_owned()))
}

/// Commits that are here and not there, as `rev-list --stdin` reads it.
fn range(tip: Option<&Oid>, upstream: Option<&Oid>) -> Option<String> {
    let there = upstream.map(|upstream| format!("^{upstream}\n")).unwrap_or_default();
    Some(format!("{}\n{there}", tip?))
}
