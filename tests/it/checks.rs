//! Every check finds something in its example, says what `expected.txt` says, and finds nothing in its near miss.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use rehearsal::check::{CHECKS, Check};
use serde_json::Value;

use crate::support::{Done, Place, can_close, finish, powerless};

fn folder(check: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/check/examples").join(check)
}

/// A collection made by the `bad` or `near` file of a check's folder: a deck, or shell commands.
struct Made {
    place: Place,
    /// Whether files must be unreadable even for root.
    closed: bool,
}

impl Made {
    fn by(check: &str, which: &str) -> Self {
        let made = Made { place: Place::new(), closed: check == "unreadable" };
        // One level down, so that commands can reach outside the collection.
        made.place.write("collection/rehearse.toml", "");
        let (deck, commands) = (format!("{which}.toml"), folder(check).join(format!("{which}.sh")));
        if commands.exists() {
            let mut shell = made.command("sh", &["-e", commands.to_str().unwrap()]);
            let bin = Path::new(env!("CARGO_BIN_EXE_rehearse")).parent().unwrap().to_owned();
            let path = std::env::var_os("PATH").unwrap_or_default();
            let path = std::env::join_paths([bin].into_iter().chain(std::env::split_paths(&path))).unwrap();
            let done = finish(shell.env("PATH", path).spawn().unwrap());
            assert_eq!(done.code, Some(0), "{check}/{which}.sh: {done:?}");
        } else {
            made.place.write(&format!("collection/{deck}"), std::fs::read(folder(check).join(deck)).unwrap());
        }
        made
    }

    /// Returns a command in this collection, with an empty environment.
    fn command(&self, program: &str, args: &[&str]) -> Command {
        let own = self.place.command(&[]);
        let mut command = Command::new(program);
        command.args(args).current_dir(self.place.path().join("collection")).env_clear();
        command.envs(own.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::piped());
        command.stderr(std::process::Stdio::piped());
        command
    }

    fn run(&self, args: &[&str]) -> Done {
        let command = self.command(env!("CARGO_BIN_EXE_rehearse"), args);
        finish(if self.closed { powerless(&command) } else { command }.spawn().unwrap())
    }

    /// Returns each finding: its JSON and its text.
    fn findings(&self) -> Vec<(Value, String)> {
        let (json, long) = (self.run(&["check", "--format", "json"]), self.run(&["check"]));
        assert_eq!((json.stderr.as_str(), long.stderr.as_str(), json.code), ("", "", long.code));
        let rows: Value = serde_json::from_str(&json.stdout).unwrap();
        let texts: Vec<String> =
            long.stdout.split("\n\n").map(|text| text.trim_end().to_owned()).filter(|text| !text.is_empty()).collect();
        let rows = rows["findings"].as_array().unwrap().clone();
        assert_eq!(rows.len(), texts.len(), "{}", long.stdout);
        rows.into_iter().zip(texts).collect()
    }
}

#[test]
fn every_check_reports_its_example_and_not_its_near_miss() {
    for Check { name, severity, .. } in CHECKS {
        if *name == "unreadable" && !can_close() {
            continue;
        }
        let findings = Made::by(name, "bad").findings();
        // A file with too many problems has other problems; every other example has only the one it shows.
        let own: Vec<_> = findings.iter().filter(|(row, _)| row["check"] == *name).collect();
        assert!(own.len() == findings.len() || *name == "too-many", "{name}: {findings:#?}");
        assert!(own.iter().all(|(row, _)| row["severity"] == severity.word()), "{name}: {own:#?}");
        let said: String = own.iter().map(|(_, text)| format!("{text}\n")).collect::<Vec<_>>().join("\n");
        let path = folder(name).join("expected.txt");
        if std::env::var_os("UPDATE_CHECKS").is_some() {
            std::fs::write(&path, &said).unwrap();
        }
        assert!(!said.is_empty(), "{name} says nothing");
        let expected = std::fs::read_to_string(&path).unwrap();
        assert!(said == expected, "{name} says something else: read it, then run with UPDATE_CHECKS=1\n{said}");
        let near = Made::by(name, "near").findings();
        let own: Vec<_> = near.iter().filter(|(row, _)| row["check"] == *name).collect();
        assert!(own.is_empty(), "{name}, near: {own:#?}");
        assert!(near.is_empty() || *name == "too-many", "{name}, near: {near:#?}");
    }
}

#[test]
fn every_folder_belongs_to_a_check() {
    let known: BTreeSet<String> = CHECKS.iter().map(|check| check.name.to_owned()).collect();
    let folders = std::fs::read_dir(folder("")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(folders.collect::<BTreeSet<_>>(), known);
}

#[test]
fn a_check_is_explained_with_its_example() {
    // This needs no collection, and works with broken settings.
    let place = Place::new();
    place.write("rehearse.toml", "[");
    for Check { name, severity, finds, .. } in CHECKS {
        let done = place.run(&["check", "--explain", name]);
        assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""), "{done:?}");
        assert!(done.stdout.starts_with(&format!("`{name}` ({}) finds {finds}.\n", severity.word())), "{done:?}");
        let row = place.json(&["check", "--explain", name]);
        let example =
            ["bad.toml", "bad.sh"].iter().find_map(|file| std::fs::read_to_string(folder(name).join(file)).ok());
        let says = std::fs::read_to_string(folder(name).join("expected.txt")).unwrap();
        assert_eq!((row["example"].as_str(), row["says"].as_str()), (example.as_deref(), Some(says.as_str())));
        for shown in [example.unwrap(), says] {
            let lines = shown.trim_end().lines().map(|line| format!("  {line}").trim_end().to_owned());
            let block = lines.collect::<Vec<_>>().join("\n");
            assert!(done.stdout.contains(&format!("\n\n{block}\n")), "{block}\n{}", done.stdout);
        }
    }
    place.run(&["check", "--explain", "unknown-kye"]).ended(
        2,
        "",
        "error: no check `unknown-kye`\nhelp: did you mean `unknown-key`?\n",
    );
    let unknown = place.run(&["check", "--explain", "nothing-like-it"]);
    assert!(unknown.code == Some(2) && unknown.stderr.contains("`same-prompt`"), "{unknown:?}");
}

#[test]
#[cfg(unix)]
fn looking_for_tracked_files_runs_nothing_from_the_repository() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::with_deck("[[card]]\nid = \"x\"\nprompt = \"X\"\n");
    assert_eq!(place.run(&["grade", "x", "4"]).code, Some(0));
    let (ran, monitor) = (place.path().join("ran"), place.path().join("monitor"));
    place.write("monitor", format!("#!/bin/sh\ntouch '{}'\n", ran.display()));
    std::fs::set_permissions(&monitor, std::fs::Permissions::from_mode(0o755)).unwrap();
    let git = |args: &[&str]| {
        let done = Command::new("git").current_dir(place.path()).env("HOME", place.path()).args(args).output().unwrap();
        assert!(done.status.success(), "{args:?}");
    };
    git(&["init", "--quiet"]);
    git(&["add", "--force", ".rehearse/local/log.jsonl"]);
    git(&["config", "core.fsmonitor", monitor.to_str().unwrap()]);
    git(&["update-index", "--fsmonitor"]);
    git(&["ls-files"]);
    assert!(ran.exists(), "git runs the monitor");
    std::fs::remove_file(&ran).unwrap();
    // Nor does the environment point to another repository.
    let mut command = place.command(&["check", "--format", "short"]);
    let done = finish(command.env("GIT_DIR", "/nowhere").env("GIT_INDEX_FILE", "/nowhere").spawn().unwrap());
    let expected =
        ".rehearse/local/log.jsonl:1:1: warning: git tracks 1 file of this machine [tracked-local]\n".to_owned();
    assert_eq!((done.stdout, done.stderr, done.code), (expected, String::new(), Some(1)));
    assert!(!ran.exists());
    // Only `check` asks git.
    place.run(&["list", "--absent"]).success("Every card with history is in a deck.\n");
    // Without git nothing is reported.
    let mut command = place.command(&["check"]);
    finish(command.env("PATH", place.path()).spawn().unwrap()).success("");
}
