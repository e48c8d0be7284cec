//! Signals that end the program: with which exit code, and what they leave of a terminal.
//!
//! Acknowledged reviews are durable, so a signal may end the program at any moment. Its handler does so at once, until the
//! lines of a terminal are edited: from then on a thread does, because it has to restore the terminal first.
//!
//! Not here: Ctrl-C at a prompt, which is a key there.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

#[cfg(unix)]
pub(crate) use terminal::guard_terminal;

type Flag = LazyLock<Arc<AtomicBool>>;

/// Whether the handler of a signal ends the program.
static AT_ONCE: Flag = LazyLock::new(|| Arc::new(AtomicBool::new(true)));

/// Whether the handler of SIGINT does.
static INTERRUPT_AT_ONCE: Flag = LazyLock::new(|| Arc::new(AtomicBool::new(true)));

/// Whether an editor runs, to which Ctrl-C belongs.
static EDITOR_RUNS: AtomicBool = AtomicBool::new(false);

/// Registers the handlers of the signals that end the program.
pub fn register() {
    let _ = flag::register_conditional_shutdown(SIGINT, exit_code(SIGINT), Arc::clone(&INTERRUPT_AT_ONCE));
    let _ = flag::register_conditional_shutdown(SIGTERM, exit_code(SIGTERM), Arc::clone(&AT_ONCE));
    // Without a handler this signal would end the program when a file exceeds its size limit. With one, the write fails.
    #[cfg(unix)]
    let _ = flag::register(signal_hook::consts::SIGXFSZ, Arc::default());
}

/// Returns the exit code of a program that a signal ended, as shells report it.
fn exit_code(signal: i32) -> i32 {
    128 + signal
}

/// Runs an editor. Meanwhile Ctrl-C does not end the program.
pub(crate) fn leave_interrupts_to_editor<T>(run: impl FnOnce() -> T) -> T {
    EDITOR_RUNS.store(true, Ordering::SeqCst);
    let before = INTERRUPT_AT_ONCE.swap(false, Ordering::SeqCst);
    let ended = run();
    INTERRUPT_AT_ONCE.store(before, Ordering::SeqCst);
    EDITOR_RUNS.store(false, Ordering::SeqCst);
    ended
}

/// Does nothing where terminals have no modes to restore.
#[cfg(not(unix))]
pub(crate) fn guard_terminal() -> std::io::Result<()> {
    Ok(())
}

#[cfg(unix)]
mod terminal {
    use std::io::{Result, stdin, stdout};
    use std::os::fd::AsFd as _;
    use std::sync::Mutex;
    use std::sync::atomic::Ordering;

    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
    use nix::sys::termios::{SetArg, Termios, tcgetattr, tcsetattr};
    use nix::unistd::{getpgrp, tcgetpgrp, write};
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;
    use signal_hook::low_level;

    use super::{AT_ONCE, EDITOR_RUNS, INTERRUPT_AT_ONCE, exit_code};

    /// Ends a synchronized update and bracketed paste, and shows the cursor.
    const PLAIN: &[u8] = b"\x1b[?2026l\x1b[?2004l\x1b[?25h";

    /// From now on, a signal or a panic leaves the terminal as it is now.
    pub(crate) fn guard_terminal() -> Result<()> {
        let now = tcgetattr(stdin())?;
        let at_panic = Mutex::new(now.clone());
        let report = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if let Ok(before) = at_panic.try_lock() {
                restore(&before);
            }
            report(panic);
        }));
        let mut signals = Signals::new([SIGTERM, SIGHUP, SIGINT])?;
        AT_ONCE.store(false, Ordering::SeqCst);
        INTERRUPT_AT_ONCE.store(false, Ordering::SeqCst);
        std::thread::spawn(move || {
            for signal in signals.forever() {
                if signal != SIGINT || !EDITOR_RUNS.load(Ordering::SeqCst) {
                    restore(&now);
                    low_level::exit(exit_code(signal));
                }
            }
        });
        Ok(())
    }

    /// Restores the terminal. It may be gone, and the main thread may hold the lock of stdout.
    fn restore(before: &Termios) {
        // In the background, the terminal is somebody else's.
        if tcgetpgrp(stdin()) != Ok(getpgrp()) {
            return;
        }
        let edited = tcgetattr(stdin()).is_ok_and(|now| now != *before);
        let _ = tcsetattr(stdin(), SetArg::TCSANOW, before);
        let stdout = stdout();
        // If nobody reads what is shown, writing would wait for ever.
        let mut writable = [PollFd::new(stdout.as_fd(), PollFlags::POLLOUT)];
        if edited && poll(&mut writable, PollTimeout::ZERO) == Ok(1) {
            let _ = write(&stdout, PLAIN);
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::process::{Command, Stdio};

    use nix::sys::termios::{SetArg, cfmakeraw, tcgetattr, tcsetattr};

    const CHILD: &str = "REHEARSE_TEST_PANIC";

    /// Runs itself on a terminal, where it panics while lines are edited.
    #[test]
    fn a_panic_leaves_the_terminal_as_it_was() {
        if std::env::var_os(CHILD).is_some() {
            super::guard_terminal().unwrap();
            let mut raw = tcgetattr(std::io::stdin()).unwrap();
            cfmakeraw(&mut raw);
            tcsetattr(std::io::stdin(), SetArg::TCSANOW, &raw).unwrap();
            nix::unistd::write(std::io::stdout(), b"\x1b[?2004h\x1b[?25l").unwrap();
            panic!("as a test");
        }
        let program = std::env::current_exe().unwrap();
        let name = "signals::tests::a_panic_leaves_the_terminal_as_it_was";
        let run = format!("'{}' --exact {name} --nocapture", program.display());
        let modes = "printf 'modes '; stty -g";
        let all = format!("stty sane; {modes}; {CHILD}=1 {run}; {modes}");
        let mut script = Command::new("script");
        script.args(["--quiet", "--command", &all, "/dev/null"]).stdin(Stdio::null());
        let Ok(output) = script.output() else {
            assert!(std::env::var("CI").as_deref() != Ok("true"), "`script` is missing, and CI=true");
            return;
        };
        let shown = String::from_utf8_lossy(&output.stdout);
        let modes: Vec<&str> = shown.lines().filter_map(|line| line.strip_prefix("modes ")).collect();
        assert!(modes.len() == 2 && modes[0] == modes[1], "{shown:?}");
        assert!(shown.contains("as a test"), "{shown:?}");
        for (on, off) in [("\x1b[?2004h", "\x1b[?2004l"), ("\x1b[?25l", "\x1b[?25h")] {
            assert!(shown.rfind(off) > shown.rfind(on) && shown.contains(on), "{shown:?}");
        }
    }
}
