//! Faults: after each, every acknowledged review is in the log exactly once, and the next run works.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Child, Command};

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::Value;

use crate::events::{DAY_MS, Event, at, review, rfc3339};
use crate::support::{Done, Place};

mod arrival;
mod clocks;
mod crowd;
mod database;
mod faults;
mod kill;
mod log;
mod streams;
#[cfg(unix)]
mod trust;

/// 22 November 2026, 08:00 UTC, the time in a new [`Place`].
const START: i64 = 1_795_334_400_000;

/// A deck of cards `c0`, `c1` and so on, none with points: two lines answer one.
fn many(cards: usize) -> String {
    let card = |n| format!("[[card]]\nid = \"c{n}\"\nprompt = \"Question {n}?\"\n");
    "[deck]\ntitle = \"Many\"\n".to_owned() + &(0..cards).map(card).collect::<String>()
}

/// How often each card was acknowledged, by whole lines `saved ID …`.
fn acknowledged(stdout: &str) -> BTreeMap<String, usize> {
    let mut cards = BTreeMap::new();
    for line in stdout.split_inclusive('\n').filter(|line| line.ends_with('\n')) {
        if let Some(card) = line.strip_prefix("saved ").and_then(|rest| rest.split(' ').next()) {
            *cards.entry(card.to_owned()).or_default() += 1;
        }
    }
    cards
}

/// How often each card is in a log.
fn logged(log: &[Value]) -> BTreeMap<String, usize> {
    let mut cards = BTreeMap::new();
    for row in log.iter().filter(|row| row["kind"] == "review") {
        *cards.entry(row["card"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    cards
}

/// Asserts that no event of a log is there twice.
#[track_caller]
fn assert_no_twins(log: &[Value]) {
    let ids: BTreeSet<&str> = log.iter().map(|row| row["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), log.len(), "an event is in the log twice");
}

/// Asserts that SQLite finds nothing wrong with the database. Opens a copy, because opening can change it.
#[track_caller]
fn assert_intact(place: &Place) {
    let copy = tempfile::tempdir().unwrap();
    for name in ["rehearse.db", "rehearse.db-wal"] {
        if place.local().join(name).exists() {
            std::fs::copy(place.local().join(name), copy.path().join(name)).unwrap();
        }
    }
    let db = rusqlite::Connection::open(copy.path().join("rehearse.db")).unwrap();
    let verdict: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(verdict, "ok");
}

/// Asserts that a run ended with this code and without a panic.
#[track_caller]
fn assert_ended(done: &Done, code: i32) {
    assert!(!done.stderr.contains("panicked"), "{done:?}");
    assert_eq!(done.code, Some(code), "{done:?}");
}

/// Asserts that the next run works: a card can be graded, and its whole line ends the log.
#[track_caller]
fn assert_grades(place: &Place) {
    let done = place.run(&["grade", "c0", "4"]);
    assert_ended(&done, 0);
    assert!(done.stdout.starts_with("saved c0 grade 4, next "), "{done:?}");
    let bytes = std::fs::read(place.local().join("log.jsonl")).unwrap();
    let last = bytes.strip_suffix(b"\n").unwrap().rsplit(|&byte| byte == b'\n').next().unwrap();
    let event = Event::parse(std::str::from_utf8(last).unwrap()).unwrap();
    assert_eq!((event.get("k"), event.get("c")), ("review".into(), "c0".into()), "{event:?}");
    let newest = &place.log()[0];
    assert_eq!(newest["id"], event.id.as_str());
}

/// What `list --json` prints.
#[track_caller]
fn list(place: &Place) -> String {
    let done = place.run(&["list", "--json"]);
    assert_ended(&done, 0);
    done.stdout
}

/// The n-th event of a device, at so many minutes after [`START`].
fn event(device: &str, seq: i64, minutes: i64, body: &str) -> Event {
    Event::new(device, seq, at(START + minutes * 60_000), body)
}

/// So many reviews of cards `c0` to `c9` as lines of a log, one an hour.
fn history(reviews: i64) -> String {
    let line = |n: i64| {
        let body = review(&format!("c{}", n % 10), u8::try_from(n * 7 % 6).unwrap());
        event("aaaaaaaa", n + 1, (n - reviews) * 60, &body).line + "\n"
    };
    (0..reviews).map(line).collect()
}

/// Sends a signal to a program.
fn signal(child: &Child, name: &str) {
    let kill = format!("kill -{name} {}", child.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
}

fn delete_database(local: &Path) {
    for suffix in ["", "-wal", "-shm", ".stamp"] {
        let _ = std::fs::remove_file(local.join(format!("rehearse.db{suffix}")));
    }
}

fn random(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}
