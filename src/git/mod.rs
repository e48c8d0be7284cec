//! Git: the user's own, as a child process, told what to do so that nothing a repository says can act.
//!
//! [`ask`] is a question about a folder; a [`Repository`] is where a collection is kept. Everywhere: no hook, no file
//! monitor, no pager, no content filter, no signature, no repository that merely lies about, no helper for `ext::`; of
//! `GIT_*` in the environment only what the user needs to log in. `config` overrules the programs that the repository's own
//! configuration names, `reader` asks what git keeps and `objects` understands it, `published` finds the journals in what is committed.
//!
//! Not here: what is committed, fetched or pushed, and why.

mod config;
mod objects;
mod published;
mod reader;

use std::cell::RefCell;
use std::fmt;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::doctor::Merging;
pub(crate) use config::Config;
pub use objects::{Change, Entry, Oid};
pub(crate) use published::{Published, published};
use reader::Reader;

/// Said with every call. Auto-maintenance would go on in the background with settings of its own.
const ALWAYS: [&str; 11] = [
    "core.fsmonitor=",
    "core.hooksPath=/dev/null",
    "safe.bareRepository=explicit",
    "protocol.ext.allow=never",
    "protocol.fd.allow=never",
    "gc.auto=0",
    "maintenance.auto=false",
    "submodule.recurse=false",
    "fetch.writeCommitGraph=false",
    "push.gpgSign=false",
    "merge.conflictStyle=merge",
];

/// What of `GIT_*` a call may see: how to log in, where the user's own configuration is, and who the user is.
const KEPT: [&str; 18] = [
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_SSH_VARIANT",
    "GIT_ASKPASS",
    "GIT_TERMINAL_PROMPT",
    "GIT_PROXY_COMMAND",
    "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH",
    "GIT_SSL_CERT",
    "GIT_SSL_KEY",
    "GIT_SSL_NO_VERIFY",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_AUTHOR_NAME",
    "GIT_AUTHOR_EMAIL",
    "GIT_COMMITTER_NAME",
    "GIT_COMMITTER_EMAIL",
];

/// There is no git on this machine.
#[derive(Debug)]
pub(crate) struct NoGit;

impl fmt::Display for NoGit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there is no `git` on this machine")
    }
}

impl std::error::Error for NoGit {}

/// How far a call may reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// This machine alone: what is missing is not fetched, and nobody is asked for a password.
    Here,
    /// Where the remote is.
    Remote,
}

/// A call of git in a folder. Which repository it is about is decided by the folder alone, whatever the environment says.
pub(crate) fn git(folder: &Path, reach: Reach) -> Command {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(["--no-pager", "--literal-pathspecs", "--no-optional-locks"]);
    for setting in ALWAYS {
        command.args(["-c", setting]);
    }
    for (name, _) in std::env::vars_os() {
        if name.as_encoded_bytes().starts_with(b"GIT_") && !KEPT.iter().any(|kept| name == *kept) {
            command.env_remove(name);
        }
    }
    if reach == Reach::Here {
        // An object that is missing would be fetched, by whatever the configuration names for it.
        command.env("GIT_NO_LAZY_FETCH", "1").env("GIT_ALLOW_PROTOCOL", "").env("GIT_TERMINAL_PROMPT", "0");
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// What a call said, and how it ended.
#[derive(Debug)]
pub(crate) struct Said {
    /// The exit code; `None` when a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    stderr: Vec<u8>,
}

impl Said {
    /// What it said on the way, as text of a stranger.
    pub(crate) fn words(&self) -> String {
        words(&String::from_utf8_lossy(&self.stderr))
    }

    /// The lines that it said on the way and that begin so, without that beginning.
    pub(crate) fn lines(&self, beginning: &str) -> Vec<String> {
        let said = String::from_utf8_lossy(&self.stderr);
        said.lines().filter_map(|line| line.strip_prefix(beginning)).map(str::to_owned).collect()
    }

    /// The answer of a call that went well; else an error that says which call, and git's words.
    pub(crate) fn good(self, what: &str) -> Result<Vec<u8>> {
        if self.code == Some(0) {
            return Ok(self.stdout);
        }
        let words = self.words();
        if words.is_empty() { bail!("git could not {what}") } else { bail!("git could not {what}: {words}") }
    }
}

/// What git says went wrong, on one line: without its hints, progress and courtesies.
fn words(stderr: &str) -> String {
    const IDLE: [&str; 7] = [
        "hint:",
        "To ",
        "From ",
        "Please make sure you have the correct access rights",
        "and the repository exists.",
        "error: failed to push some refs",
        "warning:",
    ];
    let mut told: Vec<&str> = Vec::new();
    for line in stderr.split(['\n', '\r']).map(str::trim) {
        let line = line.strip_prefix("fatal: ").or_else(|| line.strip_prefix("error: ")).unwrap_or(line);
        if !line.is_empty() && !IDLE.iter().any(|idle| line.starts_with(idle)) && !told.contains(&line) {
            told.push(line);
        }
    }
    told.join("; ").trim_end_matches('.').chars().take(600).collect()
}

/// Runs a call to its end, with this on its standard input.
pub(crate) fn run(command: &mut Command, input: &[u8]) -> Result<Said> {
    if !input.is_empty() {
        command.stdin(Stdio::piped());
    }
    let mut child = command.spawn().map_err(not_started)?;
    let stdin = child.stdin.take();
    let output = std::thread::scope(|scope| {
        // Written beside the reading, or each would wait for the other. One that stops reading says why when it ends.
        scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(input)));
        child.wait_with_output()
    });
    let output = output.context("git did not end as it should")?;
    Ok(Said { code: output.status.code(), stdout: output.stdout, stderr: output.stderr })
}

fn not_started(error: std::io::Error) -> anyhow::Error {
    if error.kind() == ErrorKind::NotFound {
        NoGit.into()
    } else {
        anyhow::Error::from(error).context("git cannot be started")
    }
}

/// Asks about a folder, whatever repository it is in; `None` if git does not know.
pub(crate) fn ask(folder: &Path, args: &[&str]) -> Option<Vec<u8>> {
    let said = run(git(folder, Reach::Here).args(args), b"").ok()?;
    (said.code == Some(0)).then_some(said.stdout)
}

/// The nearest folder upwards that is the top of a repository. `folder` is given by its full path.
pub(crate) fn top(folder: &Path) -> Option<&Path> {
    folder.ancestors().find(|above| {
        let dot = above.join(".git");
        dot.is_file() || dot.join("HEAD").symlink_metadata().is_ok()
    })
}

/// The files below a folder that git tracks, relative to the folder; none where there is no git or no repository.
pub(crate) fn tracked(folder: &Path) -> Vec<String> {
    let Some(folder) = folder.canonicalize().ok().filter(|folder| top(folder).is_some()) else { return Vec::new() };
    let listed = ask(&folder, &["ls-files", "-z", "--", "."]).unwrap_or_default();
    let names = listed.split(|byte| *byte == 0).filter(|name| !name.is_empty());
    names.map(|name| String::from_utf8_lossy(name).into_owned()).collect()
}

/// How git merges in a folder; `None` where there is no git or no repository.
pub(crate) fn merging(folder: &Path) -> Option<Merging> {
    let folder = folder.canonicalize().ok().filter(|folder| top(folder).is_some())?;
    let driver = ask(&folder, &["config", "--get", "merge.rehearse-deck.driver"]).unwrap_or_default();
    // Path, attribute and value, each ended by NUL.
    let merge = |path: &str| {
        let said = ask(&folder, &["check-attr", "-z", "merge", "--", path])?;
        said.split(|byte| *byte == 0).nth(2).map(<[u8]>::to_vec)
    };
    Some(Merging {
        driver: !driver.trim_ascii().is_empty(),
        decks: merge("deck.toml")? == b"rehearse-deck",
        journals: merge(".rehearse/journal/aaaaaaaa/2026-01.jsonl")? == b"union",
    })
}

/// Whether the repository around a folder, if there is one, has a remote. A glance at its configuration, without git.
pub(crate) fn has_remote(folder: &Path) -> bool {
    let folders = top(folder).and_then(|top| folders(top).ok());
    let config = folders.and_then(|(_, common)| std::fs::read_to_string(common.join("config")).ok());
    config.is_some_and(|config| config.lines().any(|line| line.trim_start().starts_with("[remote ")))
}

/// The folder of git for a working tree, and the one it shares with other working trees.
fn folders(top: &Path) -> Result<(PathBuf, PathBuf)> {
    let dot = top.join(".git");
    let mut own = dot.clone();
    if !dot.is_dir() {
        let text = std::fs::read_to_string(&dot).with_context(|| format!("{}: cannot be read", dot.display()))?;
        let Some(path) = text.trim_end_matches(['\n', '\r']).strip_prefix("gitdir: ") else {
            bail!("{}: does not say where the repository is", dot.display())
        };
        own = top.join(path);
    }
    let common = match std::fs::read_to_string(own.join("commondir")) {
        Ok(path) => own.join(path.trim_end_matches(['\n', '\r'])),
        Err(_) => own.clone(),
    };
    Ok((own, common))
}

/// A repository with a working tree, as seen from a folder in it.
#[derive(Debug)]
pub struct Repository {
    top: PathBuf,
    own: PathBuf,
    common: PathBuf,
    prefix: String,
    config: Config,
    overrides: Vec<(String, String)>,
    /// Answers what is here, once it was asked.
    reader: RefCell<Option<Reader>>,
    /// The same of what may have to be fetched.
    fetching: RefCell<Option<Reader>>,
}

impl Repository {
    /// The repository around a folder; `None` if there is none.
    pub fn find(folder: &Path) -> Result<Option<Repository>> {
        let folder = folder.canonicalize().with_context(|| format!("{}: cannot be opened", folder.display()))?;
        let Some(top) = top(&folder) else { return Ok(None) };
        let (own, common) = folders(top)?;
        let listed = run(git(top, Reach::Here).args(["config", "--list", "-z", "--show-scope"]), b"")?;
        let config = Config::parse(&listed.good("read the configuration of this repository")?);
        if own == top.join(".git") && config.of_repository("core.worktree").is_some() {
            bail!("{}: says in `core.worktree` that its files are elsewhere; git is not asked there", own.display());
        }
        let below = folder.strip_prefix(top).unwrap_or(Path::new(""));
        let mut prefix = String::new();
        for part in below {
            let Some(part) = part.to_str() else { bail!("{}: its name is not UTF-8", folder.display()) };
            prefix.push_str(part);
            prefix.push('/');
        }
        let overrides = config.overrides(&|name| std::env::var(name).ok());
        let (reader, fetching) = Default::default();
        Ok(Some(Repository { top: top.to_owned(), own, common, prefix, config, overrides, reader, fetching }))
    }

    /// The top of the working tree.
    pub(crate) fn top(&self) -> &Path {
        &self.top
    }

    /// The folder of git that this working tree has for itself.
    pub(crate) fn own(&self) -> &Path {
        &self.own
    }

    /// The folder of git that all working trees share.
    pub(crate) fn common(&self) -> &Path {
        &self.common
    }

    /// The way from the top to the folder: empty, or ending in `/`.
    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    /// A call at the top of the working tree.
    pub(crate) fn command(&self, reach: Reach) -> Command {
        self.overruled(git(&self.top, reach))
    }

    /// A call about this repository in another folder.
    pub(crate) fn command_in(&self, folder: &Path, reach: Reach) -> Command {
        let mut command = self.overruled(git(folder, reach));
        command.env("GIT_DIR", &self.own);
        command
    }

    fn overruled(&self, mut command: Command) -> Command {
        command.env("GIT_CONFIG_COUNT", self.overrides.len().to_string());
        for (n, (key, value)) in self.overrides.iter().enumerate() {
            command.env(format!("GIT_CONFIG_KEY_{n}"), key).env(format!("GIT_CONFIG_VALUE_{n}"), value);
        }
        if self.config.has_proxy_command() && std::env::var_os("GIT_PROXY_COMMAND").is_none() {
            command.env("GIT_PROXY_COMMAND", "");
        }
        command
    }

    /// The ref that a symbolic ref stands for, such as the branch that `HEAD` is; `None` if it is none.
    pub(crate) fn symbolic(&self, name: &str) -> Result<Option<String>> {
        if let Some(target) = self.glance(name) {
            return Ok(Some(target));
        }
        let said = self.call(&["symbolic-ref", "-q", name], b"")?;
        match said.code {
            Some(0) => text(said.stdout).map(Some),
            // One of this program's own that is damaged is made anew.
            code if code == Some(1) || name != "HEAD" => Ok(None),
            _ => bail!("git could not tell where {name} is: {}", said.words()),
        }
    }

    /// The same where its file says it in so many words. Of anything less plain git is asked.
    fn glance(&self, name: &str) -> Option<String> {
        if self.config.get("extensions.refstorage").is_some_and(|storage| storage != "files") {
            return None;
        }
        let folder = if name == "HEAD" { &self.own } else { &self.common };
        let file = folder.join(name);
        let is_file = file.symlink_metadata().is_ok_and(|metadata| metadata.is_file());
        let said = is_file.then(|| std::fs::read_to_string(&file).ok()).flatten()?;
        let target = said.strip_prefix("ref: ")?.strip_suffix('\n')?;
        is_plain(target).then(|| target.to_owned())
    }

    /// Runs a call on this machine with this on its standard input.
    pub(crate) fn call(&self, args: &[&str], input: &[u8]) -> Result<Said> {
        run(self.command(Reach::Here).args(args), input)
    }
}

/// Whether a ref has a name that nobody could take for anything else.
fn is_plain(name: &str) -> bool {
    let part = |part: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        !part.is_empty() && part.bytes().all(plain)
    };
    name.strip_prefix("refs/").is_some_and(|rest| rest.split('/').all(part))
}

/// An answer as text, without its last line end.
pub(crate) fn text(answer: Vec<u8>) -> Result<String> {
    let mut text = String::from_utf8(answer).context("git answered with something else than text")?;
    if text.ends_with('\n') {
        text.pop();
    }
    Ok(text)
}

/// The version of git, as far as it matters.
pub(crate) fn version() -> Result<(u32, u32)> {
    let said = run(git(Path::new("."), Reach::Here).arg("version"), b"")?;
    let text = text(said.good("tell its version")?)?;
    let mut numbers = text.trim_start_matches(|c: char| !c.is_ascii_digit()).split('.');
    let mut next = || numbers.next().and_then(|number| number.parse().ok());
    next().zip(next()).with_context(|| format!("git told no version, but `{text}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_of_refs_are_taken_from_a_file() {
        let cases = [
            ("refs/heads/main", true),
            ("refs/heads/a-b/c_9", true),
            ("refs/heads/.invalid", false),
            ("refs/heads/a.lock", false),
            ("refs/heads/a..b", false),
            ("refs/heads//a", false),
            ("refs/heads/a/", false),
            ("refs/heads/a\n", false),
            ("refs/heads/\u{e4}", false),
            ("refs/", false),
            ("HEAD", false),
        ];
        for (name, expected) in cases {
            assert_eq!(is_plain(name), expected, "{name:?}");
        }
    }

    #[test]
    fn gits_words_are_kept_and_its_courtesies_are_not() {
        let cases = [
            ("fatal: no such thing\n", "no such thing"),
            (
                "ssh: connect to host x port 22: Connection refused\nfatal: Could not read from remote repository.\n\n\
                 Please make sure you have the correct access rights\nand the repository exists.\n",
                "ssh: connect to host x port 22: Connection refused; Could not read from remote repository",
            ),
            ("remote: no\r\nhint: yes\nerror: a\nerror: a\n", "remote: no; a"),
            ("", ""),
        ];
        for (stderr, expected) in cases {
            assert_eq!(words(stderr), expected);
        }
    }
}
