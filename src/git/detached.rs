//! A call of git that has no terminal and little time, because it runs a program that might ask for a password.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::call::{CallOutput, not_started};
use super::error::Error;

/// How long to wait, and how often to look.
const PATIENCE: Duration = Duration::from_secs(10);
const INTERVAL: Duration = Duration::from_millis(10);

/// The command of this program that runs another one without a terminal.
const WITHOUT_TERMINAL: &str = "without-terminal";

/// Runs a call in a session of its own, which has no terminal. `program` is this program, which starts it there. Returns
/// `None` if it took longer than 10 s; then it is killed.
pub(crate) fn run_detached(call: &Command, program: &Path, work: &Path) -> Result<Option<CallOutput>, Error> {
    let mut command = Command::new(program);
    command.arg(WITHOUT_TERMINAL).arg("--").arg(call.get_program()).args(call.get_args());
    for (name, value) in call.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.env_remove("GPG_TTY");
    // Files, because a program that is left behind may keep a pipe open.
    let [stdout, stderr] = ["signer.out", "signer.err"].map(|name| work.join(name));
    let create = |path: &Path| File::create(path).map_err(|error| Error::NotOpened { path: path.to_owned(), error });
    command.stdin(Stdio::null()).stdout(create(&stdout)?).stderr(create(&stderr)?);
    let mut child = command.spawn().map_err(not_started)?;
    for _ in 0..PATIENCE.as_millis() / INTERVAL.as_millis() {
        if let Some(status) = child.try_wait().map_err(Error::NotEnded)? {
            let read =
                |path: &Path| std::fs::read(path).map_err(|error| Error::NotRead { path: path.to_owned(), error });
            return Ok(Some(CallOutput { code: status.code(), stdout: read(&stdout)?, stderr: read(&stderr)? }));
        }
        std::thread::sleep(INTERVAL);
    }
    kill(&mut child);
    Ok(None)
}

/// Kills a program and what it started in its session.
fn kill(child: &mut Child) {
    #[cfg(unix)]
    if let Ok(id) = i32::try_from(child.id()) {
        let _ = nix::sys::signal::killpg(nix::unistd::Pid::from_raw(id), nix::sys::signal::Signal::SIGKILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}
