//! The program `rehearse`; everything is in the library.

use std::process::ExitCode;
use std::sync::Arc;

use signal_hook::consts::SIGINT;
use signal_hook::flag;

fn main() -> ExitCode {
    // What is acknowledged is safe at any moment, so the program may end at any moment; but not under its editor.
    let _ = flag::register_conditional_shutdown(SIGINT, 130, rehearsal::editor::interruptible());
    // A write beyond the limit of file sizes fails and is reported like any other; unheard, the signal ends the program.
    #[cfg(unix)]
    let _ = flag::register(signal_hook::consts::SIGXFSZ, Arc::default());
    ExitCode::from(rehearsal::cli::main(std::env::args_os()))
}
