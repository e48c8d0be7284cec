//! `man`: the manual as pages for man(1), made of the same words as `--help`.

use anyhow::Context as _;
use clap::{Command, CommandFactory as _};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::context::Door;
use super::{Cli, DONE, FINDINGS, INTERRUPTED, ManArgs, NOTHING_DUE, USAGE, WORLD};
use crate::collection::Failure;
use crate::render::shown_line;
use crate::text::count;

/// What each exit code means.
const EXITS: [(u8, &str); 6] = [
    (DONE, "done"),
    (FINDINGS, "done, and something in your files needs you"),
    (USAGE, "wrong usage, or an unknown card or deck"),
    (WORLD, "it could not be done (disk, database, settings); nothing that was acknowledged is lost"),
    (NOTHING_DUE, "nothing is due (due --exit-code)"),
    (INTERRUPTED, "interrupted"),
];

/// Prints one page with every command, or writes a page for each.
pub(crate) fn man(door: &mut Door, args: &ManArgs) -> Result<u8, Failure> {
    door.no_json("man", "pages for man(1)")?;
    let day = door.now().rfc3339().chars().take(10).collect::<String>();
    let Some(folder) = &args.out else {
        whole(&day)?.lines().try_for_each(|line| door.line(line))?;
        return Ok(DONE);
    };
    std::fs::create_dir_all(folder).with_context(|| format!("{}: cannot be created", folder.display()))?;
    let pages = pages(&day)?;
    for (name, text) in &pages {
        let path = folder.join(name);
        std::fs::write(&path, text).with_context(|| format!("{}: cannot be written", path.display()))?;
    }
    door.remark(&format!("Wrote {} to {}.", count(pages.len(), "page"), shown_line(&folder.display().to_string())))?;
    Ok(DONE)
}

/// A page in the making, with the day it is made.
fn page(command: Command, day: &str) -> Man {
    let title = command.get_display_name().unwrap_or_else(|| command.get_name()).to_uppercase();
    Man::new(command).title(title).date(day).source(concat!("rehearse ", env!("CARGO_PKG_VERSION"))).manual("Rehearse")
}

/// Every command, also one that only programs call, by the name of its page, without the options that every command takes.
fn commands() -> Vec<Command> {
    let named = |command: &Command| {
        let name = command.get_name();
        command.clone().display_name(format!("rehearse-{name}")).bin_name(format!("rehearse {name}"))
    };
    let program = Cli::command().disable_help_flag(true);
    program.get_subcommands().map(named).map(|command| command.disable_help_flag(true)).collect()
}

/// The name and text of each page: that of the program, which lists the commands, and one a command.
fn pages(day: &str) -> Result<Vec<(String, String)>, Failure> {
    let program = page(Cli::command(), day);
    let text = text(|out| program.render(out))? + &exits();
    let mut pages = vec![(program.get_filename(), text)];
    for command in commands() {
        let page = page(command, day);
        let mut also = Roff::new();
        also.control("SH", ["SEE ALSO"]);
        also.text([bold("rehearse"), roman("(1), for the options that every command takes")]);
        pages.push((page.get_filename(), self::text(|out| page.render(out))? + &also.to_roff()));
    }
    Ok(pages)
}

/// One page with everything.
fn whole(day: &str) -> Result<String, Failure> {
    let program = page(Cli::command(), day);
    let mut whole = text(|out| {
        program.render_title(out)?;
        program.render_name_section(out)?;
        program.render_synopsis_section(out)?;
        program.render_description_section(out)?;
        program.render_options_section(out)
    })?;
    whole.push_str(".SH COMMANDS\n");
    for command in commands() {
        whole.push_str(&format!(".SS {}\n", command.get_name()));
        let page = page(command, day);
        let told = text(|out| {
            page.render_synopsis_section(out)?;
            page.render_description_section(out)?;
            page.render_options_section(out)
        })?;
        // They are no sections of their own here: usage, then what it does, then the options.
        let told =
            told.replace(".SH SYNOPSIS\n", "").replace(".SH DESCRIPTION\n", ".PP\n").replace(".SH OPTIONS\n", "");
        whole.push_str(&told);
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

/// What the crate renders, without what `groff -ww` and `mandoc -T lint` find in it.
fn text(render: impl FnOnce(&mut dyn std::io::Write) -> std::io::Result<()>) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    render(&mut bytes)?;
    let rendered = String::from_utf8_lossy(&bytes);
    // Before every part it says how an apostrophe is set; once, at the top of the page, is enough.
    let (preamble, part): (Vec<&str>, Vec<&str>) =
        rendered.lines().partition(|line| line.starts_with(".ie ") || line.starts_with(".el "));
    let top = part.first().is_some_and(|line| line.starts_with(".TH"));
    let lines = preamble.into_iter().take(if top { 2 } else { 0 }).chain(part);
    let text: String = lines.map(|line| format!("{}\n", line.trim_end())).collect();
    Ok(text.replace(".br\n\n.br\n", ".br\n"))
}
