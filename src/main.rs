//! The program `rehearse`; everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    // What is acknowledged is safe at any moment, so the program may end at any moment.
    #[expect(clippy::disallowed_methods, reason = "an interrupt ends the program")]
    let interrupted = ctrlc::set_handler(|| std::process::exit(130));
    drop(interrupted);
    ExitCode::from(rehearsal::cli::main(std::env::args_os()))
}
