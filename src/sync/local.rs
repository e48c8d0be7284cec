//! The local branch and its working tree: read, never changed.

use super::error::Error;
use crate::git::{Oid, Reach, Repository, into_text, run};
use crate::history::Device;
use crate::journal::Journal;

/// How many commits are looked at one by one before git searches all of history.
const NEAR: usize = 16;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    /// The branch, as `refs/heads/main`; `None` if HEAD is detached.
    pub(super) branch: Option<String>,
    pub(super) busy: Option<&'static str>,
}

impl Head {
    pub(super) fn read(repository: &Repository) -> Result<Self, Error> {
        let branch = repository.symbolic_target("HEAD")?.filter(|name| name.starts_with("refs/heads/"));
        let states = [
            ("MERGE_HEAD", "a merge"),
            ("rebase-merge", "a rebase"),
            ("rebase-apply", "a rebase"),
            ("CHERRY_PICK_HEAD", "a cherry-pick"),
            ("REVERT_HEAD", "a revert"),
        ];
        let busy = states.iter().find(|(file, _)| repository.own.join(file).exists()).map(|(_, what)| *what);
        Ok(Head { branch, busy })
    }

    pub(super) fn short(&self) -> Option<&str> {
        self.branch.as_deref()?.strip_prefix("refs/heads/")
    }
}

/// Returns the rule that makes git ignore the journal, as `.gitignore:3`.
pub(super) fn ignoring_rule(
    repository: &Repository,
    journal: &Journal,
    device: Device,
) -> Result<Option<String>, Error> {
    let page = format!("./{}/{device}/2026-11.jsonl", journal.below(&repository.prefix));
    let mut command = repository.command(Reach::Here);
    // `check-ignore` rejects `--literal-pathspecs`.
    command.args(["--no-literal-pathspecs", "check-ignore", "-v", "-z", "--stdin"]);
    let output = run(&mut command, format!("{page}\0").as_bytes())?;
    if output.code == Some(1) {
        return Ok(None);
    }
    // Source, line, pattern, and path, each ended by NUL.
    let listed = output.success("tell what it ignores")?;
    let mut parts = listed.split(|&byte| byte == 0).map(String::from_utf8_lossy);
    let (source, line, pattern) = (parts.next(), parts.next(), parts.next());
    let negated = pattern.is_none_or(|pattern| pattern.starts_with('!'));
    Ok(source.zip(line).filter(|_| !negated).map(|(source, line)| format!("{source}:{line}")))
}

pub(super) fn merge_base(repository: &Repository, one: &Oid, other: &Oid) -> Result<Option<Oid>, Error> {
    for (old, new) in [(one, other), (other, one)] {
        if is_near(repository, old, new)? {
            return Ok(Some(old.clone()));
        }
    }
    let output = repository.call(&["merge-base", one.as_str(), other.as_str()], b"")?;
    if output.code == Some(1) {
        return Ok(None);
    }
    let base = into_text(output.success("find what two commits have in common")?)?;
    Oid::parse(&base).map(Some).ok_or(Error::Answer("named no commit"))
}

pub(super) fn is_ancestor(repository: &Repository, old: &Oid, new: &Oid) -> Result<bool, Error> {
    let ask = || repository.call(&["merge-base", "--is-ancestor", old.as_str(), new.as_str()], b"");
    Ok(is_near(repository, old, new)? || ask()?.code == Some(0))
}

/// Returns whether `old` is a few first parents back from `new`, which saves a process. `false` means that it may still be
/// an ancestor. Only git knows where the history of a shallow clone ends.
fn is_near(repository: &Repository, old: &Oid, new: &Oid) -> Result<bool, Error> {
    if repository.common.join("shallow").exists() {
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

pub(super) fn unpushed(repository: &Repository, tip: Option<&Oid>, upstream: Option<&Oid>) -> Result<usize, Error> {
    let Some(range) = range(tip, upstream) else { return Ok(0) };
    let output = repository.call(&["rev-list", "--count", "--stdin"], range.as_bytes())?;
    let count = into_text(output.success("count commits")?)?;
    count.parse().map_err(|_| Error::Answer("counted no number of commits"))
}

pub(super) fn outside(
    repository: &Repository,
    tip: Option<&Oid>,
    upstream: Option<&Oid>,
) -> Result<Option<String>, Error> {
    let Some(range) = range(tip, upstream).filter(|_| !repository.prefix.is_empty()) else { return Ok(None) };
    let commits = repository.call(&["rev-list", "--stdin"], range.as_bytes())?.success("list commits")?;
    // `-c`: of a merge only what differs from all its parents; the merged commits are listed themselves.
    let args = ["diff-tree", "--stdin", "-r", "-c", "-z", "--root", "--no-commit-id", "--name-only", "--no-renames"];
    let touched = repository.call(&args, &commits)?.success("tell what commits touch")?;
    let outside = touched
        .split(|&byte| byte == 0)
        .find(|path| !path.is_empty() && !path.starts_with(repository.prefix.as_bytes()));
    Ok(outside.map(|path| String::from_utf8_lossy(path).into_owned()))
}

/// Returns the local commits that upstream lacks, as input for `rev-list --stdin`.
fn range(tip: Option<&Oid>, upstream: Option<&Oid>) -> Option<String> {
    let there = upstream.map(|upstream| format!("^{upstream}\n")).unwrap_or_default();
    Some(format!("{}\n{there}", tip?))
}
