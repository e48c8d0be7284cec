//! Shell completions, and man pages.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;

use crate::support::{Done, Place, finish, shell};
use crate::tiers::has;

const DECK: &str = "[deck]\ntitle = \"Why this job\"\n\n[[card]]\nid = \"why-job\"\nprompt = \"Why this job?\\nReally?\"\n\n\
                    [[card]]\nid = \"why-now\"\nprompt = \"\\u001b[2J\\tWhy now?\"\n\n[[card]]\nid = \"alone\"\nprompt = \"Alone?\"\ntags = [\"travel\", \"two words\"]\n";

/// A collection with two decks. The name of one would run a command if a shell saw it unquoted.
fn place() -> Place {
    let place = Place::new();
    place.write("motives/why.toml", DECK);
    place.write("$(touch hacked) *.toml", "[[card]]\nid = \"odd\"\nprompt = \"Odd?\"\n");
    place
}

/// Runs a script in a shell, in a folder.
fn script(folder: &Path, program: &str, args: &[&str], script: &str) -> Done {
    let mut command = shell(folder, program, &[args, &[script]].concat());
    finish(command.stdin(Stdio::null()).spawn().unwrap())
}

/// The lines to complete; the last word is the one being typed.
const LINES: [&[&str]; 8] = [
    &["rehearse", "sho"],
    &["rehearse", "show", "why-"],
    &["rehearse", "grade", "alone", "5"],
    &["rehearse", "review", "m"],
    &["rehearse", "review", "--kind", "mo"],
    &["rehearse", "review", "--tag", "t"],
    &["rehearse", "--color", "al"],
    &["rehearse", "rename", "al"],
];
/// The candidates for these lines.
const FOUND: &str = "show\nwhy-job\nwhy-now\n5\nmotives/why\nmotive\ntravel\nalways\nalone\n";

#[test]
fn bash_loads_and_completes() {
    let place = place();
    let lines: String = LINES.iter().map(|line| format!("try {}\n", quoted(line))).collect();
    let text = format!(
        "set -eu\nsource <(rehearse completions bash)\ncomplete -p rehearse >/dev/null\n\
         try() {{ COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); _rehearse \"$1\" \"${{@: -1}}\" x; \
         for word in \"${{COMPREPLY[@]}}\"; do echo \"$word\"; done; }}\n{lines}\
         try rehearse --color = al\ntry rehearse --color = =\n"
    );
    // Bash treats `=` and what follows it as separate words.
    let expected = format!("{FOUND}always\nauto\nalways\nnever\n");
    script(place.path(), "bash", &["--norc", "-c"], &text).success(&expected);
}

#[test]
fn zsh_loads_and_completes() {
    if !has("zsh", &["--version"]) {
        return;
    }
    let place = place();
    let lines: String = LINES.iter().map(|line| format!("try {}\n", quoted(line))).collect();
    let text = format!(
        "source <(rehearse completions zsh)\n(( $+_comps[rehearse] )) || print not known\n\
         _describe() {{ print -rl -- \"${{${{(P)@[-1]}}[@]%%:*}}\" }}\n_files() {{}}\n\
         try() {{ words=(\"$@\"); CURRENT=$#; PREFIX=${{(q)words[CURRENT]}}; _rehearse }}\n{lines}try rehearse --color=al\n"
    );
    script(place.path(), "zsh", &["-f", "-c"], &text).success(&format!("{FOUND}--color=always\n"));
}

#[test]
fn fish_loads_and_completes() {
    if !has("fish", &["--version"]) {
        return;
    }
    let place = place();
    let lines: String = LINES.iter().map(|line| format!("complete -C '{}'\n", line.join(" "))).collect();
    let text = format!("rehearse completions fish | source\n{lines}complete -C 'rehearse --color=al'\n");
    let done = script(place.path(), "fish", &["--no-config", "-c"], &text);
    let words: String =
        done.stdout.lines().filter_map(|line| line.split('\t').next()).map(|word| format!("{word}\n")).collect();
    Done { stdout: words, ..done }.success(&format!("{FOUND}--color=always\n"));
}

fn quoted(words: &[&str]) -> String {
    words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" ")
}

/// Returns the candidates for the last word.
fn candidates(place: &Place, words: &[&str]) -> Vec<String> {
    let done = place.run(&[&["candidates", "--", "rehearse"], words].concat());
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""), "{done:?}");
    done.stdout.lines().map(str::to_owned).collect()
}

/// Reads every file below a folder.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.path().is_dir() {
            found.extend(files(&entry.path()));
        } else {
            found.insert(entry.path().to_string_lossy().into_owned(), std::fs::read(entry.path()).unwrap());
        }
    }
    found
}

#[test]
fn candidates_are_current_and_nothing_is_written() {
    let place = place();
    let why = ["why-job\tWhy this job? Really?", "why-now\t\\u{1b}[2J Why now?"];
    let show = ["show", "why"];
    // Without an index none is created.
    let before = files(place.path());
    assert_eq!(candidates(&place, &show), why);
    assert_eq!(candidates(&place, &["review", ""]), ["motives/why\tWhy this job"]);
    let travel = || candidates(&place, &["review", "--tag", "t"]);
    assert_eq!(travel(), ["travel\t1 card"]);
    assert_eq!(files(place.path()), before);
    // With an index, and while a session has the database open.
    assert_eq!(place.run(&["due", "--short"]).code, Some(0));
    let before = files(place.path());
    assert_eq!(candidates(&place, &show), why);
    assert_eq!(travel(), ["travel\t1 card"]);
    assert_eq!(files(place.path()), before);
    let mut session = place.command(&["review"]).stdin(Stdio::piped()).spawn().unwrap();
    assert_eq!(candidates(&place, &show), why);
    drop(session.stdin.take());
    finish(session);
    // A new card, a removed card with history, and a renamed card.
    assert_eq!(place.run(&["grade", "alone", "4"]).code, Some(0));
    assert_eq!(place.run(&["rename", "why-now", "why-then"]).code, Some(0));
    place.write("motives/why.toml", DECK.replace("alone", "why-new").replace("travel", "tact"));
    let before = files(place.path());
    assert_eq!(travel(), ["tact\t1 card"]);
    assert_eq!(candidates(&place, &["show", "al"]), ["alone\tAlone?"]);
    let now = ["why-job\tWhy this job? Really?", "why-new\tAlone?", "why-then\t\\u{1b}[2J Why now?"];
    assert_eq!(candidates(&place, &show), now);
    assert_eq!(files(place.path()), before);
    assert_eq!(place.run(&["due", "--short"]).code, Some(0));
    assert_eq!(candidates(&place, &["show", "al"]), ["alone\t"]);
    assert_eq!(candidates(&place, &show), now);
}

#[test]
fn candidates_never_complain() {
    let place = place();
    assert_eq!(place.run(&["due", "--short"]).code, Some(0));
    let why = ["why-job\tWhy this job? Really?", "why-now\t\\u{1b}[2J Why now?"];
    place.write("rehearse.toml", "nonsense");
    assert_eq!(candidates(&place, &["show", "why"]), why);
    place.write(".rehearse/local/rehearse.db", "nonsense");
    assert_eq!(candidates(&place, &["show", "why"]), why);
    place.write("motives/why.toml", "[[card]]\nid = \"why-else\"\nprompt = \"Why?\"\n[[card]\n");
    assert_eq!(candidates(&place, &["show", "why"]), ["why-else\tWhy?"]);
    let elsewhere = tempfile::TempDir::new().unwrap();
    let folder = elsewhere.path().to_string_lossy().into_owned();
    let nothing = Vec::<String>::new();
    for words in [
        &["--dir", "/nowhere", "show", "why"][..],
        &["--dir", &folder, "show", "why"],
        &["show", "\u{1b}"],
        &["x", "y"],
    ] {
        assert_eq!(candidates(&place, words), nothing, "{words:?}");
    }
    // Shells complete file names themselves.
    for words in [&["init", ""][..], &["--dir", ""], &["--dir="]] {
        assert_eq!(candidates(&place, words), nothing, "{words:?}");
    }
    assert_eq!(place.run(&["candidates", "--"]), Done { stdout: String::new(), stderr: String::new(), code: Some(0) });
    // The line names the collection.
    let there = place.path().to_string_lossy().into_owned();
    let at = |words: &[&str]| {
        finish(
            shell(elsewhere.path(), "rehearse", &[&["candidates", "--", "rehearse"], words].concat()).spawn().unwrap(),
        )
        .stdout
    };
    assert_eq!(at(&["--dir", &there, "show", "why-e"]), "why-else\tWhy?\n");
    assert_eq!(at(&["show", &format!("--dir={there}"), "why-e"]), "why-else\tWhy?\n");
}

/// Returns the commands in the manual.
fn commands() -> Vec<String> {
    let manual = rehearsal::cli::manual();
    manual.lines().filter_map(|line| line.strip_prefix("--- ")).map(str::to_owned).collect()
}

#[test]
fn man_pages_list_every_command_and_render_without_warnings() {
    let place = Place::new();
    let whole = place.run(&["man"]);
    assert_eq!((whole.code, whole.stderr.as_str()), (Some(0), ""));
    let sections: Vec<&str> = whole.stdout.lines().filter_map(|line| line.strip_prefix(".SS ")).collect();
    assert_eq!(sections, commands());
    place.write("rehearse.1", &whole.stdout);
    let pages = commands().len() + 1;
    place.run(&["man", "--out", "man/man1"]).success(&format!("Wrote {pages} pages to man/man1.\n"));
    let mut paths: Vec<String> = commands().iter().map(|name| format!("man/man1/rehearse-{name}.1")).collect();
    paths.extend(["man/man1/rehearse.1".to_owned(), "rehearse.1".to_owned()]);
    for (program, args) in [("groff", ["-man", "-ww", "-z"]), ("mandoc", ["-T", "lint", "-Wwarning"])] {
        if !has(program, &["-h"]) {
            continue;
        }
        for path in &paths {
            let done = script(place.path(), program, &args, path);
            assert_eq!((done.stdout.as_str(), done.stderr.as_str()), ("", ""), "{program} {path}");
        }
    }
}
