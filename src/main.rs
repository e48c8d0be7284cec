//! The program `rehearse`; everything is in the library.

use std::process::ExitCode;
use std::sync::Arc;

use signal_hook::consts::SIGINT;
use signal_hook::flag;

fn main() -> ExitCode {
    // Acknowledged reviews are durable, so Ctrl-C may end the program at any moment, except while an editor runs.
    let _ = flag::register_conditional_shutdown(SIGINT, 130, rehearsal::editor::interruptible());
    // Without a handler this signal would end the program when a file exceeds its size limit. With one, the write fails.
    #[cfg(unix)]
    let _ = flag::register(signal_hook::consts::SIGXFSZ, Arc::default());
    ExitCode::from(rehearsal::cli::main(std::env::args_os()))
}
