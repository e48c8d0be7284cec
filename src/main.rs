//! The program `rehearse`; everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    // What is acknowledged is safe at any moment, so the program may end at any moment.
    #[expect(clippy::disallowed_methods, reason = "an interrupt ends the program")]
    let interrupted = ctrlc::set_handler(|| std::process::exit(130));
    drop(interrupted);
    fail_at_size_limit();
    ExitCode::from(rehearsal::cli::main(std::env::args_os()))
}

/// Lets a write beyond the limit of file sizes fail, and be reported like any other; else it ends the program unheard.
#[cfg(unix)]
fn fail_at_size_limit() {
    let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, std::sync::Arc::default());
}

#[cfg(not(unix))]
fn fail_at_size_limit() {}
