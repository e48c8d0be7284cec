//! `man`: the manual as pages for man(1), made of the same words as `--help`.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::context::Context;
use crate::failure::{DONE, FINDINGS, Failure, INTERRUPTED, NOTHING_DUE, USAGE, WORLD};
use crate::render::shown_line;
use crate::text::count;

const EXITS: [(u8, &str); 6] = [
    (DONE, "done"),
    (FINDINGS, "done, and something in your files needs you"),
    (USAGE, "wrong usage, or an unknown card or deck"),
    (WORLD, "it could not be done (disk, database, settings); nothing that was acknowledged is lost"),
    (NOTHING_DUE, "nothing is due (due --exit-code)"),
    (INTERRUPTED, "interrupted"),
];

/// Print the manual as a page for man(1), or write one for each command
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Write a page for each command into this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(crate) fn run(context: &Context, args: &Args) -> Result<u8, Failure> {
    context.no_json("man", "pages for man(1)")?;
    let day = context.now().rfc3339().chars().take(10).collect::<String>();
    let Some(folder) = &args.out else {
        whole_manual(&context.program(), &day)?.lines().try_for_each(|line| context.verbatim(line))?;
        return Ok(DONE);
    };
    std::fs::create_dir_all(folder).with_context(|| format!("{}: cannot be created", folder.display()))?;
    let pages = pages(&context.program(), &day)?;
    for (name, text) in &pages {
        let path = folder.join(name);
        std::fs::write(&path, text).with_context(|| format!("{}: cannot be written", path.display()))?;
    }
    context.remark(&format!(
        "Wrote {} to {}.",
        count(pages.len(), "page"),
        shown_line(&folder.display().to_string())
    ))?;
    Ok(DONE)
}

fn page(command: Command, day: &str) -> Man {
    let title = command.get_display_name().unwrap_or_else(|| command.get_name()).to_uppercase();
    Man::new(command).title(title).date(day).source(concat!("rehearse ", env!("CARGO_PKG_VERSION"))).manual("Rehearse")
}

/// Returns every command, hidden ones too, named as its page, without the global options.
fn commands(program: &Command) -> Vec<Command> {
    let named = |command: &Command| {
        let name = command.get_name();
        command.clone().display_name(format!("rehearse-{name}")).bin_name(format!("rehearse {name}"))
    };
    program.get_subcommands().map(named).map(|command| command.disable_help_flag(true)).collect()
}

/// Returns name and text of each page: one for the program, which lists the commands, and one for each command.
fn pages(root: &Command, day: &str) -> Result<Vec<(String, String)>, Failure> {
    let program = page(root.clone(), day);
    let text = rendered(|out| program.render(out))? + &exits();
    let mut pages = vec![(program.get_filename(), text)];
    for command in commands(root) {
        let page = page(command, day);
        let mut also = Roff::new();
        also.control("SH", ["SEE ALSO"]);
        also.text([bold("rehearse"), roman("(1), for the options that every command takes")]);
        pages.push((page.get_filename(), rendered(|out| page.render(out))? + &also.to_roff()));
    }
    Ok(pages)
}

fn whole_manual(root: &Command, day: &str) -> Result<String, Failure> {
    let program = page(root.clone(), day);
    let mut whole = rendered(|out| {
        program.render_title(out)?;
        program.render_name_section(out)?;
        program.render_synopsis_section(out)?;
        program.render_description_section(out)?;
        program.render_options_section(out)
    })?;
    whole.push_str(".SH COMMANDS\n");
    for command in commands(root) {
        whole.push_str(&format!(".SS {}\n", command.get_name()));
        let page = page(command, day);
        let section = rendered(|out| {
            page.render_synopsis_section(out)?;
            page.render_description_section(out)?;
            page.render_options_section(out)
        })?;
        // On this page a command is one section: usage, then what it does, then the options.
        let section =
            section.replace(".SH SYNOPSIS\n", "").replace(".SH DESCRIPTION\n", ".PP\n").replace(".SH OPTIONS\n", "");
        whole.push_str(&section);
    }
    Ok(whole + &exits())
}

fn exits() -> String {
    let mut roff = Roff::new();
    roff.control("SH", ["EXIT STATUS"]);
    for (code, means) in EXITS {
        roff.control("TP", []).text([bold(code.to_string())]).text([roman(means)]);
    }
    roff.to_roff()
}

/// Renders a page or a part of it, without what `groff -ww` and `mandoc -T lint` complain about.
fn rendered(render: impl FnOnce(&mut dyn std::io::Write) -> std::io::Result<()>) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    render(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    // Every part starts with how to set an apostrophe; once, at the top of the page, is enough.
    let (preamble, part): (Vec<&str>, Vec<&str>) =
        text.lines().partition(|line| line.starts_with(".ie ") || line.starts_with(".el "));
    let top = part.first().is_some_and(|line| line.starts_with(".TH"));
    let lines = preamble.into_iter().take(if top { 2 } else { 0 }).chain(part);
    let text: String = lines.map(|line| format!("{}\n", line.trim_end())).collect();
    Ok(text.replace(".br\n\n.br\n", ".br\n"))
}
