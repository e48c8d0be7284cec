//! Asking git, so that nothing a repository says can act: no hook, no monitor, no helper of its configuration runs.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::doctor::Merging;

/// A call of git in a folder. Which repository it is about is decided by the folder alone, whatever the environment says.
pub fn git(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(["--no-pager", "--literal-pathspecs", "--no-optional-locks"]);
    for setting in ["core.fsmonitor=", "core.hooksPath=/dev/null", "safe.bareRepository=explicit"] {
        command.args(["-c", setting]);
    }
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.as_encoded_bytes().starts_with(b"GIT_")) {
        command.env_remove(name);
    }
    // An object that is missing would be fetched, by whatever the configuration names for it.
    command.env("GIT_NO_LAZY_FETCH", "1").env("GIT_ALLOW_PROTOCOL", "").env("GIT_TERMINAL_PROMPT", "0");
    command.stdin(Stdio::null());
    command
}

/// Whether a folder, given by its full path, lies in a git repository.
pub fn in_repository(folder: &Path) -> bool {
    folder.ancestors().any(|above| above.join(".git").exists())
}

/// The files below a folder that git tracks, relative to the folder; none where there is no git or no repository.
pub fn tracked(folder: &Path) -> Vec<String> {
    let Some(folder) = folder.canonicalize().ok().filter(|folder| in_repository(folder)) else { return Vec::new() };
    let listed = git(&folder).args(["ls-files", "-z", "--", "."]).output();
    let listed = listed.ok().filter(|listed| listed.status.success()).map(|listed| listed.stdout).unwrap_or_default();
    let names = listed.split(|byte| *byte == 0).filter(|name| !name.is_empty());
    names.map(|name| String::from_utf8_lossy(name).into_owned()).collect()
}

/// How git merges in a folder; `None` where there is no git or no repository.
pub fn merging(folder: &Path) -> Option<Merging> {
    let folder = folder.canonicalize().ok().filter(|folder| in_repository(folder))?;
    let ask = |args: &[&str]| Some(git(&folder).args(args).output().ok()?.stdout);
    let driver = ask(&["config", "--get", "merge.rehearse-deck.driver"])?;
    // Path, attribute and value, each ended by NUL.
    let merge = |path: &str| {
        let said = ask(&["check-attr", "-z", "merge", "--", path])?;
        said.split(|byte| *byte == 0).nth(2).map(<[u8]>::to_vec)
    };
    Some(Merging {
        driver: !driver.trim_ascii().is_empty(),
        decks: merge("deck.toml")? == b"rehearse-deck",
        journals: merge(".rehearse/journal/aaaaaaaa/2026-01.jsonl")? == b"union",
    })
}
