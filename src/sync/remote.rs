//! The other side: which branch carries the history, and how it is fetched and pushed.

use anyhow::{Result, bail};

use super::local::Local;
use crate::git::{CallOutput, Oid, Reach, Repository, run};
use crate::history::Device;

/// Names the branch that was synced last.
const LAST: &str = "refs/rehearse/seen";

/// Stands for the branch that only the remote knows: no branch is called so.
const UNKNOWN: &str = "HEAD";

/// The branch that carries the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) remote: String,
    pub(crate) branch: String,
    /// Whether HEAD is the branch that goes with it.
    pub(crate) attached: bool,
    /// Whether the settings name it.
    pub(crate) named: bool,
}

impl Target {
    /// The ref that remembers what the branch was when it was synced last.
    pub(crate) fn seen(&self) -> String {
        format!("refs/rehearse/on/{}/{}", ref_part(&self.remote), self.branch)
    }

    /// The ref in which git remembers what the branch was when it was fetched last.
    pub(crate) fn tracking(&self) -> String {
        format!("refs/remotes/{}/{}", self.remote, self.branch)
    }

    /// What to type to merge it by hand.
    pub(crate) fn pull(&self) -> String {
        format!("git pull --no-rebase {} {}", self.remote, self.branch)
    }

    /// What to say where there is no such branch, and no other to take its place.
    pub(crate) fn nowhere(&self) -> String {
        let Target { remote, branch, .. } = self;
        let missing = if branch == UNKNOWN { "no branch yet".to_owned() } else { format!("no branch `{branch}`") };
        format!(
            "{remote} has {missing}: the reviews wait here; check a branch out, or name one as `branch` of `[sync]`"
        )
    }

    /// Whether it may be made where it is not there yet: as the first branch of all, or because the settings say so. A
    /// branch that the user has not shown to anybody is theirs to push.
    pub(crate) fn may_begin(&self, empty: bool) -> bool {
        self.named || (empty && self.attached)
    }
}

/// A remote in the name of a ref. One that is an address, not a name, goes by its hash.
fn ref_part(remote: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '/');
    let edge = |text: &str| text.starts_with(['/', '-']) || text.ends_with('/') || text.contains("//");
    if !remote.is_empty() && remote.chars().all(plain) && !edge(remote) {
        return remote.to_owned();
    }
    blake3::hash(remote.as_bytes()).to_hex()[..16].to_owned()
}

/// Finds the branch that carries the history: the one the settings name, else the upstream of HEAD's, else one of the same
/// name; with a detached HEAD the one synced last, else the remote's own HEAD. `None` if there is no remote.
pub(crate) fn target(repository: &Repository, local: &Local, named: Option<&str>) -> Result<Option<Target>> {
    let config = repository.config();
    let here = local.short();
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
    let target = |branch: String, attached, named| Some(Target { remote: remote.clone(), branch, attached, named });
    if let Some(named) = named {
        return Ok(target(named.to_owned(), carrier.as_deref() == Some(named), true));
    }
    if let Some(branch) = carrier {
        return Ok(target(branch, true, false));
    }
    let last = repository
        .symbolic_target(LAST)?
        .and_then(|name| Some(name.strip_prefix(&format!("refs/rehearse/on/{}/", ref_part(&remote)))?.to_owned()));
    let tracked = || {
        let head = repository.symbolic_target(&format!("refs/remotes/{remote}/HEAD"))?;
        Ok::<_, anyhow::Error>(
            head.and_then(|name| Some(name.strip_prefix(&format!("refs/remotes/{remote}/"))?.to_owned())),
        )
    };
    let branch = match last {
        Some(last) => Some(last),
        None => tracked()?,
    };
    Ok(target(branch.unwrap_or_else(|| UNKNOWN.to_owned()), false, false))
}

/// What came of fetching a branch.
#[derive(Debug)]
pub(crate) enum Fetched {
    /// It is there, under this name here.
    There(String),
    /// The remote has no such branch.
    Missing {
        /// Whether it has none at all.
        empty: bool,
        /// The branch that its HEAD is.
        head: Option<String>,
    },
}

/// Fetches a branch. In a dry run git's own memory of it is left as it is.
pub(crate) fn fetch(repository: &Repository, target: &Target, device: Device, dry_run: bool) -> Result<Fetched> {
    // What is fetched has a name of this device's own: several working trees may share one repository.
    let kept = format!("refs/rehearse/fetched/{device}");
    let spec = format!("+refs/heads/{}:{kept}", target.branch);
    let mut command = repository.command(Reach::Remote);
    command.args(["fetch", "--quiet", "--no-tags", "--no-prune", "--no-write-fetch-head", "--no-recurse-submodules"]);
    if dry_run {
        command.arg("--refmap=");
    }
    if let Some(program) = repository.config().server(&target.remote, "uploadpack") {
        command.arg(format!("--upload-pack={program}"));
    }
    let said = run(command.args(["--", &target.remote, &spec]), b"")?;
    if said.code != Some(0) {
        return missing(repository, target, &said);
    }
    Ok(Fetched::There(kept))
}

/// Forgets the name under which a branch was fetched.
pub(crate) fn forget(repository: &Repository, kept: &str) -> Result<()> {
    repository.call(&["update-ref", "-d", kept], b"")?.success("forget what was fetched")?;
    Ok(())
}

/// Whether a branch could not be fetched because there is none; an error if that was not why.
fn missing(repository: &Repository, target: &Target, failed: &CallOutput) -> Result<Fetched> {
    let remote = &target.remote;
    let unreachable = || {
        format!("{remote} cannot be reached: {}; no review is lost, they wait here for the next sync", failed.message())
    };
    let mut command = repository.command(Reach::Remote);
    command.args(["ls-remote", "--quiet", "--symref"]);
    if let Some(program) = repository.config().server(remote, "uploadpack") {
        command.arg(format!("--upload-pack={program}"));
    }
    let listed = run(command.args(["--", remote]), b"")?;
    if listed.code != Some(0) {
        bail!(unreachable());
    }
    let wanted = format!("refs/heads/{}", target.branch);
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
    if there { bail!(unreachable()) } else { Ok(Fetched::Missing { empty, head: head.filter(|_| !empty) }) }
}

/// What came of pushing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Push {
    Done,
    Rejected,
}

/// Pushes a commit to the branch. Never forced: what others have pushed meanwhile is fetched first.
pub(crate) fn push(repository: &Repository, target: &Target, commit: &Oid) -> Result<Push> {
    let spec = format!("{commit}:refs/heads/{}", target.branch);
    let mut command = repository.command(Reach::Remote);
    command.args(["push", "--porcelain", "--no-verify", "--no-follow-tags", "--no-signed", "--recurse-submodules=no"]);
    if let Some(program) = repository.config().server(&target.remote, "receivepack") {
        command.arg(format!("--receive-pack={program}"));
    }
    let said = run(command.args(["--", &target.remote, &spec]), b"")?;
    if said.code == Some(0) {
        return Ok(Push::Done);
    }
    let told = String::from_utf8_lossy(&said.stdout).into_owned();
    let refused = told.lines().find_map(|line| line.strip_prefix('!')?.rsplit('\t').next()).unwrap_or_default();
    if overtaken(refused) {
        return Ok(Push::Rejected);
    }
    let words = [refused.to_owned(), said.message()]
        .into_iter()
        .filter(|words| !words.is_empty())
        .collect::<Vec<_>>()
        .join("; ");
    bail!("{} does not take the reviews: {words}; no review is lost, they wait here for the next sync", target.remote)
}

/// Whether a push was refused because the branch had moved, by git's summary of it: here, or while it was being updated there.
fn overtaken(summary: &str) -> bool {
    let moved = [
        "failed to update ref",
        "cannot lock ref",
        "incorrect old value",
        "reference already exists",
        "failed to lock",
    ];
    summary.starts_with("[rejected]") || moved.iter().any(|why| summary.contains(why))
}

/// Remembers what the branch is now, if that is new, and that it was synced last.
pub(crate) fn note_seen(repository: &Repository, target: &Target, commit: Option<&Oid>) -> Result<()> {
    let seen = target.seen();
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
    fn a_push_is_tried_again_only_where_others_were_faster() {
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
            assert_eq!(overtaken(summary), expected, "{summary}");
        }
    }
}
