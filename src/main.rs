//! The program `rehearse`; everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    rehearsal::signals::register();
    ExitCode::from(rehearsal::cli::main(std::env::args_os()))
}
