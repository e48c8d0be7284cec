//! `without-terminal`: runs a program that cannot reach the terminal.

use std::ffi::OsString;
use std::process::Command;

use super::context::Context;
use crate::failure::Failure;

/// Run a program that cannot ask anything on the terminal; `sync` signs commits this way
///
/// It takes the place of this program, in a session of its own.
#[derive(Debug, clap::Args)]
#[command(hide = true)]
pub(crate) struct Args {
    /// The program and its arguments
    #[arg(value_name = "PROGRAM", required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<OsString>,
}

pub(crate) fn run(_: &Context, args: &Args) -> Result<u8, Failure> {
    let mut command = Command::new(args.command.first().map_or("".as_ref(), OsString::as_os_str));
    command.args(args.command.iter().skip(1));
    instead_of_this(&mut command)
}

#[cfg(unix)]
fn instead_of_this(command: &mut Command) -> Result<u8, Failure> {
    nix::unistd::setsid().map_err(std::io::Error::from)?;
    Err(std::os::unix::process::CommandExt::exec(command).into())
}

#[cfg(not(unix))]
fn instead_of_this(command: &mut Command) -> Result<u8, Failure> {
    let code = command.status()?.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.unwrap_or(crate::failure::WORLD))
}
