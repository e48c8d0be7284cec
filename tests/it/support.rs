//! A collection in a temporary folder, and the program run in it with an empty environment.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::tiers;

/// A temporary collection. Runs use no settings of this machine, and start at the time of [`Place::at`].
pub struct Place {
    folder: TempDir,
    now: String,
}

/// What a run printed, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    pub stdout: String,
    pub stderr: String,
    /// The exit code; `None` when a signal ended it.
    pub code: Option<i32>,
}

impl Place {
    /// An empty folder. The time is 22 November 2026, 08:00 UTC.
    pub fn empty() -> Self {
        Place { folder: TempDir::new().unwrap(), now: "2026-11-22T08:00:00Z".into() }
    }

    /// An empty folder that is a collection.
    pub fn new() -> Self {
        let place = Self::empty();
        place.write("rehearse.toml", "");
        place
    }

    /// A collection with one deck file `deck.toml`.
    pub fn with_deck(text: &str) -> Self {
        let place = Self::new();
        place.write("deck.toml", text);
        place
    }

    /// Sets the clock of later runs.
    pub fn at(&mut self, now: &str) -> &mut Self {
        self.now = now.into();
        self
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// This machine's folder.
    pub fn local(&self) -> PathBuf {
        self.path().join(".rehearse/local")
    }

    /// Writes a file, and creates the folders above it.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap()
    }

    /// The command, ready to run in this folder.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rehearse"));
        command.args(args).current_dir(self.path()).env_clear();
        command
            .env("REHEARSE_NOW", &self.now)
            .env("TZ", "UTC")
            .env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", self.path()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs git in this folder, which must succeed, and returns its stdout. The user has a name.
    #[track_caller]
    pub fn git(&self, args: &[&str]) -> String {
        let done = self.try_git(args);
        assert_eq!(done.code, Some(0), "git {args:?}: {done:?}");
        done.stdout
    }

    /// Runs git, which may fail.
    pub fn try_git(&self, args: &[&str]) -> Done {
        let mut command = Command::new("git");
        command.args(args).current_dir(self.path()).env_clear().env("HOME", self.path());
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("GIT_CONFIG_NOSYSTEM", "1");
        for role in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{role}_NAME"), "Ada").env(format!("GIT_{role}_EMAIL"), "ada@example.com");
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        finish(command.spawn().unwrap())
    }

    /// Runs a command with empty stdin.
    pub fn run(&self, args: &[&str]) -> Done {
        finish(self.command(args).spawn().unwrap())
    }

    /// Runs a command with this on stdin.
    pub fn feed(&self, args: &[&str], input: impl AsRef<[u8]>) -> Done {
        let mut child = self.command(args).stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // The program may stop reading before the end.
        let _ = stdin.write_all(input.as_ref());
        drop(stdin);
        finish(child)
    }

    /// Runs a command with `--json` and parses its output.
    pub fn json(&self, args: &[&str]) -> Value {
        let mut args = args.to_vec();
        args.push("--json");
        let done = self.run(&args);
        serde_json::from_str(&done.stdout).unwrap_or_else(|error| panic!("{error}: {done:?}"))
    }

    /// One card's row of `list --json`.
    pub fn card(&self, id: &str) -> Value {
        let list = self.json(&["list"]);
        let rows = list["cards"].as_array().unwrap();
        rows.iter().find(|row| row["id"] == id).unwrap_or_else(|| panic!("no card {id} in {list:#}")).clone()
    }

    /// The lines of `log --all --json`.
    pub fn log(&self) -> Vec<Value> {
        let done = self.run(&["log", "--all", "--json"]);
        assert_eq!(done.code, Some(0), "{done:?}");
        done.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// The same program with the same arguments, environment, and folder, run by another with these arguments.
fn run_by(runner: &str, args: &[&str], command: &Command) -> Command {
    let mut same = Command::new(runner);
    same.args(args).arg(command.get_program()).args(command.get_args());
    same.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    same.current_dir(command.get_current_dir().unwrap());
    same.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    same
}

/// The same command under limits of the shell, such as `-f 8`.
pub fn limited(command: &Command, limits: &str) -> Command {
    let each: String = limits.split(" -").map(|limit| format!("ulimit -{}; ", limit.trim_start_matches('-'))).collect();
    run_by("sh", &["-c", &format!("{each}exec \"$0\" \"$@\"")], command)
}

/// What `setpriv` takes away from root: to open files that are closed to everyone.
const POWERS: &str = "--bounding-set=-dac_override,-dac_read_search";

/// The same command, to which closed files are closed even if root runs it, where [`can_close`].
pub fn powerless(command: &Command) -> Command {
    let can =
        Command::new("setpriv").args([POWERS, "true"]).stderr(Stdio::null()).status().is_ok_and(|done| done.success());
    if can { run_by("setpriv", &[POWERS], command) } else { run_by("env", &[], command) }
}

/// Whether a file can be closed to a [`powerless`] program; the test that asks is skipped if not.
#[track_caller]
pub fn can_close() -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(0o000)).unwrap();
    let mut cat = Command::new("cat");
    cat.arg(file.path()).current_dir("/").env("PATH", std::env::var_os("PATH").unwrap_or_default());
    let closed = finish(powerless(&cat).spawn().unwrap()).code != Some(0);
    if !closed && tiers::has("setpriv", &["--version"]) {
        tiers::skip("root may not give up its right to open closed files");
    }
    closed
}

/// Another program, ready to run in a folder, with `rehearse` in its path.
pub fn shell(folder: &Path, program: &str, args: &[&str]) -> Command {
    let bin = Path::new(env!("CARGO_BIN_EXE_rehearse")).parent().unwrap();
    let path = std::env::join_paths(
        [bin.to_owned()].into_iter().chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
    );
    let mut command = Command::new(program);
    command.args(args).current_dir(folder).env_clear().env("PATH", path.unwrap()).env("HOME", folder);
    command.env("REHEARSE_NOW", "2026-11-22T08:00:00Z").env("TZ", "UTC").env("TERM", "dumb");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Waits for a program to end.
pub fn finish(child: Child) -> Done {
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Done { stdout: text(output.stdout), stderr: text(output.stderr), code: output.status.code() }
}

impl Done {
    /// Asserts that it succeeded, printed exactly this to stdout, and nothing to stderr.
    #[track_caller]
    pub fn success(&self, stdout: &str) {
        self.ended(0, stdout, "");
    }

    /// Asserts that it ended with this code and printed exactly this.
    #[track_caller]
    pub fn ended(&self, code: i32, stdout: &str, stderr: &str) {
        let expected = Done { stdout: stdout.into(), stderr: stderr.into(), code: Some(code) };
        assert_eq!(*self, expected, "\n--- stdout\n{}\n--- stderr\n{}", self.stdout, self.stderr);
    }
}

/// A program on a terminal of its own, which `script` of util-linux makes; `None` if that is missing, and the test is
/// skipped. `TERM` is the type of the terminal.
#[cfg(target_os = "linux")]
pub struct OnTerminal {
    child: Child,
    stdin: std::process::ChildStdin,
    terminal: Terminal,
}

#[cfg(target_os = "linux")]
impl OnTerminal {
    #[track_caller]
    pub fn start(folder: &Path, term: &str, command: &str) -> Option<Self> {
        if !tiers::has("script", &["--version"]) {
            return None;
        }
        let arguments = ["--quiet", "--return", "--echo", "never", "--command", command, "/dev/null"];
        let mut child = shell(folder, "script", &arguments).env("TERM", term).spawn().unwrap();
        let stdin = child.stdin.take().unwrap();
        let terminal = Terminal::new(child.stdout.take().unwrap());
        Some(OnTerminal { child, stdin, terminal })
    }

    pub fn type_in(&mut self, bytes: impl AsRef<[u8]>) {
        self.stdin.write_all(bytes.as_ref()).unwrap();
    }

    /// Waits until a text was shown so many times, or the program has ended.
    #[track_caller]
    pub fn wait_for(&mut self, text: &str, count: usize) {
        self.terminal.wait_for(text, count);
    }

    /// Everything that was shown until the program ended. The terminal is closed then.
    pub fn rest(self) -> String {
        drop(self.stdin);
        let said = self.terminal.rest().replace("\r\n", "\n");
        finish(self.child);
        said
    }
}

/// The transcript of a dumb terminal, from `script` of util-linux; `None` if that is missing, and the test is skipped.
/// Each line is typed when the program has shown a prompt for it.
#[cfg(target_os = "linux")]
#[track_caller]
pub fn on_terminal(folder: &Path, command: &str, typed: &str) -> Option<String> {
    let mut terminal = OnTerminal::start(folder, "dumb", command)?;
    for (n, line) in typed.lines().enumerate() {
        terminal.wait_for(PROMPT, n + 1);
        terminal.type_in(format!("{line}\n"));
    }
    // The program ends by itself, or asks for one line more and gets the end of its input.
    terminal.wait_for(PROMPT, typed.lines().count() + 1);
    let said = terminal.rest();
    // The dumb terminal does not echo: put what was typed where it was typed.
    let mut typed = typed.lines();
    let mut parts = said.split(PROMPT);
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        whole.push_str(PROMPT);
        whole.push_str(typed.next().unwrap_or_default());
        whole.push('\n');
        whole.push_str(part);
    }
    Some(whole)
}

#[cfg(target_os = "linux")]
const PROMPT: &str = "> ";

/// What a program shows, read as it comes.
#[cfg(target_os = "linux")]
struct Terminal {
    pieces: std::sync::mpsc::Receiver<Vec<u8>>,
    shown: Vec<u8>,
}

#[cfg(target_os = "linux")]
impl Terminal {
    fn new(mut stdout: std::process::ChildStdout) -> Self {
        let (send, pieces) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(length) = stdout.read(&mut buffer)
                && length > 0
                && send.send(buffer[..length].to_vec()).is_ok()
            {}
        });
        Terminal { pieces, shown: Vec::new() }
    }

    /// Waits until a text was shown so many times, or the program has ended.
    #[track_caller]
    fn wait_for(&mut self, text: &str, count: usize) {
        while String::from_utf8_lossy(&self.shown).matches(text).count() < count {
            match self.pieces.recv_timeout(std::time::Duration::from_secs(120)) {
                Ok(piece) => self.shown.extend(piece),
                Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => return,
                Err(std::sync::mpsc::RecvTimeoutError::Timeout) => {
                    panic!("{text:?} does not come {count} times: {}", String::from_utf8_lossy(&self.shown))
                }
            }
        }
    }

    /// Everything that was shown until the program ended.
    fn rest(mut self) -> String {
        self.shown.extend(self.pieces.iter().flatten());
        String::from_utf8_lossy(&self.shown).into_owned()
    }
}
