//! `completions`: scripts for shells.

use clap::ValueEnum;

use super::context::Context;
use crate::failure::{DONE, Failure};

/// Print what lets a shell complete commands, cards, decks and tags
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which shell
    #[arg(value_name = "SHELL", value_enum)]
    shell: Shell,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Shell {
    /// In ~/.bashrc: source <(rehearse completions bash)
    Bash,
    /// In ~/.zshrc: source <(rehearse completions zsh)
    Zsh,
    /// In ~/.config/fish/config.fish: rehearse completions fish | source
    Fish,
}

pub(crate) fn run(context: &Context, args: &Args) -> Result<u8, Failure> {
    context.no_json("completions", "a script for a shell")?;
    let script = match args.shell {
        Shell::Bash => include_str!("shells/rehearse.bash"),
        Shell::Zsh => include_str!("shells/rehearse.zsh"),
        Shell::Fish => include_str!("shells/rehearse.fish"),
    };
    script.lines().try_for_each(|line| context.verbatim(line))?;
    Ok(DONE)
}
