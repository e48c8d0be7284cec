//! The examples in README work as shown.

use std::path::Path;
use std::process::Stdio;

#[cfg(target_os = "linux")]
use crate::support::on_terminal;
use crate::support::{Place, finish, shell};

fn readme() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap()
}

/// Fenced blocks of a language in a Markdown text, with the line each begins at.
pub fn blocks(markdown: &str, language: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut open: Option<(usize, String, bool)> = None;
    for (n, line) in markdown.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => open = Some((n + 1, String::new(), info == language)),
            (Some(_), Some(_)) => {
                let (at, text, wanted) = open.take().unwrap();
                if wanted {
                    found.push((at, text));
                }
            }
            (Some((_, text, _)), None) => text.extend([line, "\n"]),
            (None, None) => {}
        }
    }
    found
}

#[test]
fn toml_blocks_are_valid_decks_or_settings() {
    let blocks = blocks(&readme(), "toml");
    assert!(blocks.len() >= 2, "{blocks:?}");
    for (line, text) in blocks {
        let place = Place::new();
        let name = if text.starts_with("# rehearse.toml") { "rehearse.toml" } else { "deck.toml" };
        place.write(name, text);
        let findings = place.run(&["check", "--format", "short"]).stdout;
        let problems: Vec<&str> = findings.lines().filter(|line| !line.contains(": info: ")).collect();
        assert_eq!(problems, [""; 0], "README.md:{line}");
    }
}

/// Removes what differs between runs from a transcript: spoken times, ids of events and devices.
fn normalized(text: &str) -> String {
    let mut lines = Vec::new();
    for line in text.lines() {
        let mut words: Vec<String> = Vec::new();
        for word in line.split(' ') {
            let device = words.last().is_some_and(|word| word.trim_start_matches('(') == "device");
            let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
            let time = bare.contains(':')
                && bare.chars().all(|c| c.is_ascii_digit() || c == ':')
                && (line.contains(" of ") || line.contains("grade") || line.starts_with("Spoken"));
            let time = time && !line.starts_with("[") && bare.len() < 5;
            let event = bare.split('-').count() == 3 && bare.split('-').next().is_some_and(|device| device.len() == 8);
            words.push(if time || event || device { word.replace(bare, "*") } else { word.to_owned() });
        }
        let line = words.join(" ");
        let line = match line.split_once(" spoken.") {
            Some((before, _)) => before.rsplit_once(", ").map_or(before, |(before, _)| before).to_owned() + ".",
            None => line,
        };
        lines.push(line.trim_end().to_owned());
    }
    lines.join("\n")
}

/// In `console` blocks `$ ` starts a command, `> ` a line typed in a session, and the rest is output. All blocks run in the
/// same folder.
#[test]
#[cfg(target_os = "linux")]
fn console_blocks_show_real_output() {
    let blocks = blocks(&readme(), "console");
    assert!(blocks.len() >= 3, "{blocks:?}");
    let place = Place::new();
    std::fs::remove_file(place.path().join("rehearse.toml")).unwrap();
    let mut folder = place.path().to_owned();
    for (line, text) in blocks {
        for run in text.split("$ ").skip(1) {
            let (command, expected) = run.split_once('\n').unwrap();
            if let Some(below) = command.strip_prefix("cd ") {
                folder.push(below);
                continue;
            }
            let typed: String = run
                .lines()
                .skip(1)
                .filter_map(|line| line.strip_prefix(">"))
                .map(|line| format!("{}\n", line.trim()))
                .collect();
            let said = if typed.is_empty() {
                in_shell(&folder, command)
            } else {
                let Some(said) = on_terminal(&folder, command, &typed) else { return };
                said
            };
            assert_eq!(normalized(&said), normalized(expected), "README.md:{line}: {command}\n{said}");
        }
    }
}

fn in_shell(folder: &Path, command: &str) -> String {
    let mut shell = shell(folder, "sh", &["-c", &format!("exec 2>&1; {command}")]);
    // A user whose name git knows.
    for role in ["AUTHOR", "COMMITTER"] {
        shell.env(format!("GIT_{role}_NAME"), "Ada").env(format!("GIT_{role}_EMAIL"), "ada@example.com");
    }
    finish(shell.stdin(Stdio::null()).spawn().unwrap()).stdout
}
