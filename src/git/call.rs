//! One call of git: the settings and the environment it gets, and what it answered.

use std::io::{ErrorKind, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use super::error::Error;
use crate::search_path;

/// Settings passed with every call. Auto-maintenance would run in the background with settings of its own.
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

/// The `GIT_*` variables that a call may see: how to log in, where the user's own configuration is, and who the user is.
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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Only this machine: missing objects are not fetched, and git asks for no password.
    Here,
    /// The remote as well.
    Remote,
}

/// Returns a call of git in a folder. Only the folder decides which repository it is about, not the environment.
pub(crate) fn command(folder: &Path, reach: Reach) -> Command {
    // Nothing is started without a name, as if git were not there.
    let mut command = Command::new(search_path::find("git").unwrap_or_default());
    // Git finds ssh and credential helpers by name.
    command.env("PATH", search_path::trusted()).arg("-C").arg(folder).args([
        "--no-pager",
        "--literal-pathspecs",
        "--no-optional-locks",
    ]);
    for setting in ALWAYS {
        command.args(["-c", setting]);
    }
    for (name, _) in std::env::vars_os() {
        if name.as_encoded_bytes().starts_with(b"GIT_") && !KEPT.iter().any(|kept| name == *kept) {
            command.env_remove(name);
        }
    }
    if reach == Reach::Here {
        // It takes a moment, and ends even if this program is killed with its whole group, so that it leaves no lock behind.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        // A missing object would be fetched by whatever program the configuration names for it.
        command.env("GIT_NO_LAZY_FETCH", "1").env("GIT_ALLOW_PROTOCOL", "").env("GIT_TERMINAL_PROMPT", "0");
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[derive(Debug)]
pub(crate) struct CallOutput {
    /// The exit code; `None` if a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
}

impl CallOutput {
    /// Git's error message on one line. It is foreign text.
    pub(crate) fn message(&self) -> String {
        message(&String::from_utf8_lossy(&self.stderr))
    }

    /// The lines of stderr that start with `prefix`, without it.
    pub(crate) fn stderr_lines(&self, prefix: &str) -> Vec<String> {
        let stderr = String::from_utf8_lossy(&self.stderr);
        stderr.lines().filter_map(|line| line.strip_prefix(prefix)).map(str::to_owned).collect()
    }

    pub(crate) fn success(self, task: &str) -> Result<Vec<u8>, Error> {
        if self.code == Some(0) {
            return Ok(self.stdout);
        }
        Err(Error::Failed { task: task.to_owned(), message: self.message() })
    }
}

/// Joins what git printed to stderr, without its hints, progress, and courtesies.
fn message(stderr: &str) -> String {
    const IDLE: [&str; 7] = [
        "hint:",
        "To ",
        "From ",
        "Please make sure you have the correct access rights",
        "and the repository exists.",
        "error: failed to push some refs",
        "warning:",
    ];
    let mut kept: Vec<&str> = Vec::new();
    for line in stderr.split(['\n', '\r']).map(str::trim) {
        let line = line.strip_prefix("fatal: ").or_else(|| line.strip_prefix("error: ")).unwrap_or(line);
        if !line.is_empty() && !IDLE.iter().any(|idle| line.starts_with(idle)) && !kept.contains(&line) {
            kept.push(line);
        }
    }
    kept.join("; ").trim_end_matches('.').chars().take(600).collect()
}

pub(crate) fn run(command: &mut Command, input: &[u8]) -> Result<CallOutput, Error> {
    if !input.is_empty() {
        command.stdin(Stdio::piped());
    }
    let mut child = command.spawn().map_err(not_started)?;
    let stdin = child.stdin.take();
    let output = std::thread::scope(|scope| {
        // Written while the answer is read, or each would wait for the other. If git stops reading, its exit says why.
        scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(input)));
        child.wait_with_output()
    });
    let output = output.map_err(Error::NotEnded)?;
    Ok(CallOutput { code: output.status.code(), stdout: output.stdout, stderr: output.stderr })
}

pub(super) fn not_started(error: std::io::Error) -> Error {
    if error.kind() == ErrorKind::NotFound { Error::NoGit } else { Error::NotStarted(error) }
}

/// Runs a call on this machine in a folder and returns its stdout; `None` if it failed.
pub(crate) fn stdout_of(folder: &Path, args: &[&str]) -> Option<Vec<u8>> {
    let output = run(command(folder, Reach::Here).args(args), b"").ok()?;
    (output.code == Some(0)).then_some(output.stdout)
}

/// Returns an answer as text, without its last line end.
pub(crate) fn into_text(answer: Vec<u8>) -> Result<String, Error> {
    let mut text = String::from_utf8(answer).map_err(Error::NotText)?;
    if text.ends_with('\n') {
        text.pop();
    }
    Ok(text)
}

pub(crate) fn version() -> Result<(u32, u32), Error> {
    let output = run(command(Path::new("."), Reach::Here).arg("version"), b"")?;
    let text = into_text(output.success("tell its version")?)?;
    let mut numbers = text.trim_start_matches(|c: char| !c.is_ascii_digit()).split('.');
    let mut next = || numbers.next().and_then(|number| number.parse().ok());
    next().zip(next()).ok_or(Error::NoVersion(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_kept_and_courtesies_are_not() {
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
            assert_eq!(message(stderr), expected);
        }
    }
}
