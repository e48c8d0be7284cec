//! The remote: which branch carries the history, and how it is fetched and pushed.

use super::error::Error;
use super::local::Head;
use crate::git::{CallOutput, Oid, Reach, Repository, run};
use crate::history::Device;

/// A symbolic ref to the branch that was synced last.
const LAST: &str = "refs/rehearse/seen";

/// Stands for a branch that only the remote knows. No branch has this name.
const UNKNOWN: &str = "HEAD";

/// The branch that carries the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HistoryBranch {
    pub(super) remote: String,
    pub(super) branch: String,
    /// Whether it is the upstream of HEAD's branch, or would be.
    pub(super) attached: bool,
    pub(super) named: bool,
}

impl HistoryBranch {
    /// The ref that holds the branch as it was synced last.
    pub(super) fn seen(&self) -> String {
        format!("refs/rehearse/on/{}/{}", ref_part(&self.remote), self.branch)
    }

    pub(super) fn tracking(&self) -> String {
        format!("refs/remotes/{}/{}", self.remote, self.branch)
    }

    pub(super) fn pull(&self) -> String {
        format!("git pull --no-rebase {} {}", self.remote, self.branch)
    }

    /// The note for a remote that has neither this branch nor another to use.
    pub(super) fn missing_note(&self) -> String {
        let HistoryBranch { remote, branch, .. } = self;
        let missing = if branch == UNKNOWN { "no branch yet".to_owned() } else { format!("no branch `{branch}`") };
        format!(
            "{remote} has {missing}: the reviews wait here; check a branch out, or name one as `branch` of `[sync]`"
        )
    }

    /// Returns whether it may be created: as the first branch of an `empty` remote, or because the settings name it. Any
    /// other branch that the user has not pushed yet stays theirs to push.
    pub(super) fn may_begin(&self, empty: bool) -> bool {
        self.named || (empty && self.attached)
    }
}

/// Returns a remote as part of a ref's name. A remote that is an address goes by its hash.
fn ref_part(remote: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '/');
    let edge = |text: &str| text.starts_with(['/', '-']) || text.ends_with('/') || text.contains("//");
    if !remote.is_empty() && remote.chars().all(plain) && !edge(remote) {
        return remote.to_owned();
    }
    blake3::hash(remote.as_bytes()).to_hex()[..16].to_owned()
}

/// Finds the branch that carries the history: the one the settings name, else HEAD's upstream, else one with the name of
/// HEAD's branch; if HEAD is detached, the one synced last, else the remote's HEAD. `None` if there is no remote.
pub(super) fn history_branch(
    repository: &Repository,
    head: &Head,
    named: Option<&str>,
) -> Result<Option<HistoryBranch>, Error> {
    let config = &repository.config;
    let here = head.short();
    let of_branch = |key: &str| config.get(&format!("branch.{}.{key}", here?)).map(str::to_owned);
    let upstream = of_branch("remote").filter(|remote| remote != ".").zip(of_branch("merge"));
    let upstream = upstream.and_then(|(remote, merge)| Some((remote, merge.strip_prefix("refs/heads/")?.to_owned())));
    let remotes = config.names("remote.", ".url");
    let only = || {
        let origin = remotes.iter().find(|remote| **remote == "origin");
        origin.or(if let [only] = &remotes[..] { Some(only) } else { None }).map(|remote| (*remote).to_owned())
    };
    let Some(remote) = upstream.as_ref().map(|(remote, _)| remote.clone()).or_else(only) else { return Ok(None) };
    let carrier = upstream.map(|(_, branch)| branch).or_else(|| here.map(str::to_owned));
    let (branch, attached, named) = match (named, carrier) {
        (Some(named), carrier) => (named.to_owned(), carrier.as_deref() == Some(named), true),
        (None, Some(carrier)) => (carrier, true, false),
        (None, None) => (detached_branch(repository, &remote)?.unwrap_or_else(|| UNKNOWN.to_owned()), false, false),
    };
    Ok(Some(HistoryBranch { remote, branch, attached, named }))
}

/// Returns the branch of a detached HEAD: the one synced last, else the remote's HEAD.
fn detached_branch(repository: &Repository, remote: &str) -> Result<Option<String>, Error> {
    let below = |name: &str, folder: String| {
        Ok(repository.symbolic_target(name)?.and_then(|target| target.strip_prefix(&folder).map(str::to_owned)))
    };
    let last: Option<String> = below(LAST, format!("refs/rehearse/on/{}/", ref_part(remote)))?;
    match last {
        Some(last) => Ok(Some(last)),
        None => below(&format!("refs/remotes/{remote}/HEAD"), format!("refs/remotes/{remote}/")),
    }
}

#[derive(Debug)]
pub(super) enum Fetched {
    /// It exists, and is under this name here.
    There(String),
    Missing {
        /// Whether it has no branch at all.
        empty: bool,
        head: Option<String>,
    },
}

/// Fetches a branch. A dry run does not update the remote-tracking branch.
pub(super) fn fetch(
    repository: &Repository,
    branch: &HistoryBranch,
    device: Device,
    dry_run: bool,
) -> Result<Fetched, Error> {
    // The name contains the device because several working trees may share one repository.
    let fetched = format!("refs/rehearse/fetched/{device}");
    let spec = format!("+refs/heads/{}:{fetched}", branch.branch);
    let mut command = repository.command(Reach::Remote);
    command.args(["fetch", "--quiet", "--no-tags", "--no-prune", "--no-write-fetch-head", "--no-recurse-submodules"]);
    if dry_run {
        command.arg("--refmap=");
    }
    if let Some(program) = repository.config.server(&branch.remote, "uploadpack") {
        command.arg(format!("--upload-pack={program}"));
    }
    let output = run(command.args(["--", &branch.remote, &spec]), b"")?;
    if output.code != Some(0) {
        return missing(repository, branch, &output);
    }
    Ok(Fetched::There(fetched))
}

pub(super) fn remove_fetched(repository: &Repository, fetched: &str) -> Result<(), Error> {
    repository.call(&["update-ref", "-d", fetched], b"")?.success("forget what was fetched")?;
    Ok(())
}

/// Returns what the remote has if a fetch failed because it lacks the branch; otherwise the error of the fetch.
fn missing(repository: &Repository, branch: &HistoryBranch, failed: &CallOutput) -> Result<Fetched, Error> {
    let remote = &branch.remote;
    let unreachable = || Err(Error::Unreachable { remote: remote.clone(), message: failed.message() });
    let mut command = repository.command(Reach::Remote);
    command.args(["ls-remote", "--quiet", "--symref"]);
    if let Some(program) = repository.config.server(remote, "uploadpack") {
        command.arg(format!("--upload-pack={program}"));
    }
    let listed = run(command.args(["--", remote]), b"")?;
    if listed.code != Some(0) {
        return unreachable();
    }
    let wanted = format!("refs/heads/{}", branch.branch);
    let mut head = None;
    let (mut empty, mut there) = (true, false);
    for line in String::from_utf8_lossy(&listed.stdout).lines() {
        let Some((what, name)) = line.split_once('\t') else { continue };
        if name == "HEAD" {
            head = what.strip_prefix("ref: refs/heads/").map(str::to_owned).or(head);
        }
        empty &= !name.starts_with("refs/heads/");
        there |= name == wanted;
    }
    if there { unreachable() } else { Ok(Fetched::Missing { empty, head: head.filter(|_| !empty) }) }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PushResult {
    Done,
    Rejected,
}

/// Pushes a commit to the branch, never forced: what others pushed in the meantime is fetched first.
pub(super) fn push(repository: &Repository, branch: &HistoryBranch, commit: &Oid) -> Result<PushResult, Error> {
    let spec = format!("{commit}:refs/heads/{}", branch.branch);
    let mut command = repository.command(Reach::Remote);
    command.args(["push", "--porcelain", "--no-verify", "--no-follow-tags", "--no-signed", "--recurse-submodules=no"]);
    if let Some(program) = repository.config.server(&branch.remote, "receivepack") {
        command.arg(format!("--receive-pack={program}"));
    }
    let output = run(command.args(["--", &branch.remote, &spec]), b"")?;
    if output.code == Some(0) {
        return Ok(PushResult::Done);
    }
    let stdout = String::from_utf8_lossy(&output.stdout);
    let refused = stdout.lines().find_map(|line| line.strip_prefix('!')?.rsplit('\t').next()).unwrap_or_default();
    if was_outrun(refused) {
        return Ok(PushResult::Rejected);
    }
    let words = [refused.to_owned(), output.message()];
    let message = words.into_iter().filter(|words| !words.is_empty()).collect::<Vec<_>>().join("; ");
    Err(Error::PushRefused { remote: branch.remote.clone(), message })
}

/// Returns whether a push was refused because the branch had moved, by git's summary of it.
fn was_outrun(summary: &str) -> bool {
    let moved = [
        "failed to update ref",
        "cannot lock ref",
        "incorrect old value",
        "reference already exists",
        "failed to lock",
    ];
    summary.starts_with("[rejected]") || moved.iter().any(|why| summary.contains(why))
}

/// Records that the branch was synced last, and its commit if that is new.
pub(super) fn note_seen(repository: &Repository, branch: &HistoryBranch, commit: Option<&Oid>) -> Result<(), Error> {
    let seen = branch.seen();
    if let Some(commit) = commit {
        repository.call(&["update-ref", &seen, commit.as_str()], b"")?.success("remember what was synced")?;
    }
    if repository.symbolic_target(LAST)?.as_deref() != Some(&seen) {
        repository.call(&["symbolic-ref", LAST, &seen], b"")?.success("remember what was synced")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_push_is_repeated_only_if_the_branch_had_moved() {
        let cases = [
            ("[rejected] (fetch first)", true),
            ("[rejected] (non-fast-forward)", true),
            ("[remote rejected] (failed to update ref)", true),
            ("[remote rejected] (cannot lock ref 'refs/heads/main': is at a but expected b)", true),
            ("[remote rejected] (incorrect old value provided)", true),
            ("[remote rejected] (pre-receive hook declined)", false),
            ("[remote rejected] (branch is currently checked out)", false),
            ("[remote failure] (remote failed to report status)", false),
            ("", false),
        ];
        for (summary, expected) in cases {
            assert_eq!(was_outrun(summary), expected, "{summary}");
        }
    }
}
