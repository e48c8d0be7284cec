//! Syncing through git: in the end every clone has the same events, and the user's files are unchanged.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Done, Place};
use crate::tiers::with_seeds;

mod export;
mod faults;
mod hostile;
mod kill;
mod layouts;
mod objects;
mod plain;
mod random;
mod signing;
mod states;
mod untouched;

/// 29 November 2026, 08:00 UTC. The month ends during the tests.
const START: i64 = 1_795_939_200_000;

/// A bare repository that collections share.
struct Hub {
    folder: TempDir,
}

impl Hub {
    fn new() -> Self {
        let hub = Hub { folder: TempDir::new().unwrap() };
        let maker = Place::empty();
        maker.git(&["init", "--quiet", "--bare", "--initial-branch=main", &hub.url()]);
        hub
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("hub.git")
    }

    fn url(&self) -> String {
        self.path().to_str().unwrap().to_owned()
    }

    /// Makes it unreachable until [`Hub::back`].
    fn away(&self) {
        let _ = std::fs::rename(self.path(), self.folder.path().join("away.git"));
    }

    fn back(&self) {
        let _ = std::fs::rename(self.folder.path().join("away.git"), self.path());
    }

    /// A collection with some files, all committed and pushed.
    fn first(&self, files: &[(&str, &str)]) -> Place {
        let place = Place::empty();
        place.git(&["init", "--quiet", "--initial-branch=main"]);
        for (name, text) in files {
            place.write(name, text);
        }
        commit(&place, "decks");
        place.git(&["remote", "add", "origin", &self.url()]);
        place.git(&["push", "--quiet", "--set-upstream", "origin", "main"]);
        place
    }

    /// A clone on another machine.
    fn clone(&self) -> Place {
        let place = Place::empty();
        place.git(&["clone", "--quiet", &self.url(), "."]);
        place
    }

    /// The content of a file on the branch `main`.
    fn show(&self, path: &str) -> String {
        Place::empty().git(&["--git-dir", &self.url(), "show", &format!("main:{path}")])
    }

    /// Every file of a branch.
    fn files(&self, branch: &str) -> Vec<String> {
        let listed = Place::empty().git(&["--git-dir", &self.url(), "ls-tree", "-r", "--name-only", branch]);
        listed.lines().map(str::to_owned).collect()
    }
}

/// A deck of cards `c0`, `c1` and so on.
fn deck(cards: usize) -> String {
    (0..cards).map(|n| format!("[[card]]\nid = \"c{n}\"\nprompt = \"Question {n}?\"\n\n")).collect()
}

fn commit(place: &Place, message: &str) {
    place.git(&["add", "--all"]);
    place.git(&["commit", "--quiet", "--allow-empty", "--message", message]);
}

/// Runs `sync`, which must succeed, and returns its stdout.
#[track_caller]
fn sync(place: &Place) -> String {
    let done = place.run(&["sync"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    done.stdout
}

/// Runs a command that must succeed.
#[track_caller]
fn run(place: &Place, args: &[&str]) -> Done {
    let done = place.run(args);
    assert_eq!(done.code, Some(0), "{args:?}: {done:?}");
    done
}

/// The ids of all events.
#[track_caller]
fn events(place: &Place) -> BTreeSet<String> {
    let log = place.log();
    let ids: BTreeSet<String> = log.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids.len(), log.len(), "an event is listed twice");
    ids
}

/// The ids of the events in the log of this machine.
fn logged(place: &Place) -> BTreeSet<String> {
    let text = std::fs::read_to_string(place.local().join("log.jsonl")).unwrap_or_default();
    let id = |line: &str| {
        let row: Value = serde_json::from_str(line).unwrap();
        format!("{}-{}-{}", row["d"].as_str().unwrap(), row["s"], row["x"].as_str().unwrap())
    };
    text.lines().map(id).collect()
}

/// How many reviews there are.
fn reviews(place: &Place) -> usize {
    place.log().iter().filter(|row| row["kind"] == "review").count()
}

/// The state of every card.
#[track_caller]
fn list(place: &Place) -> String {
    run(place, &["list", "--json"]).stdout
}

fn head(place: &Place) -> String {
    place.git(&["rev-parse", "HEAD"])
}

/// Asserts that all places and a fresh clone have the same events, the `known` ones included, and the same card states.
#[track_caller]
fn assert_agree(hub: &Hub, places: &mut [Place], known: &BTreeSet<String>) {
    let mut fresh = hub.clone();
    let now = moment(START + 40 * 86_400_000, 0);
    let (all, cards) = (events(fresh.at(&now)), list(fresh.at(&now)));
    let lost: Vec<&String> = known.difference(&all).collect();
    assert!(lost.is_empty(), "lost: {lost:?}");
    for (n, place) in places.iter_mut().enumerate() {
        assert_eq!(events(place.at(&now)), all, "place {n} has other events");
        assert_eq!(list(place.at(&now)), cards, "place {n} has other states");
    }
}

/// An instant as the program reads it.
fn moment(unix_ms: i64, zone: i32) -> String {
    crate::events::rfc3339(unix_ms, zone)
}

/// Writes a program that replaces another one in a test.
fn script(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, format!("#!/bin/sh\n{text}\n")).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}
