//! What `sync` costs in a repository with ten years of reviews, next to bare git doing the same. Prints medians and ratios.
//!
//! Run with `cargo bench --bench sync`. Ten years of 100 reviews a day lie in the repository, 100 are new. The floor is git
//! alone: fetch and push of a commit with the same lines, fetch and fast-forward to it, fetch of nothing. Both have a bare
//! repository on the same disk to push to, so nothing waits for a network. Peaks are of the largest process.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods, reason = "a bench prints times")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant as Timer;

use nix::sys::resource::{UsageWho, getrusage};

#[path = "../tests/it/events.rs"]
#[allow(dead_code, reason = "shared with the tests, which use more of it")]
mod events;

use events::{Event, When, lines, rfc3339};

const PROGRAM: &str = env!("CARGO_BIN_EXE_rehearse");
/// What this program is called with to measure another one alone.
const MEASURE: &str = "measure";

const EVENTS: i64 = 365_000;
const NEW: i64 = 100;
const CARDS: i64 = 1_000;
const ROUNDS: i64 = 7;
/// 1 November 2026, 08:00 UTC; ten years of reviews lie before.
const NOW: i64 = 1_793_520_000_000;
const APART_MS: i64 = 864_000;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.first().is_some_and(|arg| arg == MEASURE) {
        return measure_child(&args[1..]);
    }
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let places = Places::make(folder.path());
    let mut costs: [Vec<[Cost; 2]>; 3] = Default::default();
    for round in 0..ROUNDS {
        for (all, one) in costs.iter_mut().zip(places.round(round)) {
            all.push(one);
        }
    }
    println!("| {EVENTS} events in the repository | ms | git alone | ratio | peak MiB | git alone |");
    println!("| --- | ---: | ---: | ---: | ---: | ---: |");
    for (what, costs) in ["100 new, pushed", "100 new, received", "nothing new"].iter().zip(costs) {
        let median = |side: usize, of: fn(&Cost) -> f64| {
            let mut values: Vec<f64> = costs.iter().map(|pair| of(&pair[side])).collect();
            values.sort_by(f64::total_cmp);
            values[values.len() / 2]
        };
        let (wall, floor) = (median(0, |cost| cost.wall), median(1, |cost| cost.wall));
        let (peak, least) = (median(0, |cost| cost.peak), median(1, |cost| cost.peak));
        println!("| {what} | {wall:.0} | {floor:.0} | {:.2} | {peak:.1} | {least:.1} |", wall / floor);
    }
}

/// What a run took: milliseconds by the clock, and most memory at any time, in MiB.
#[derive(serde::Serialize, serde::Deserialize)]
struct Cost {
    wall: f64,
    peak: f64,
}

/// Runs a command alone in a process, so that its peak is told from those of others.
fn measured(folder: &Path, command: &[&str]) -> Cost {
    let this = std::env::current_exe().unwrap();
    let output =
        with_name(Command::new(this).arg(MEASURE).args(command).current_dir(folder)).stderr(Stdio::inherit()).output();
    serde_json::from_slice(&output.unwrap().stdout).unwrap()
}

fn measure_child(command: &[String]) {
    let timer = Timer::now();
    let output = Command::new(&command[0]).args(&command[1..]).output().unwrap();
    let wall = timer.elapsed().as_secs_f64() * 1e3;
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    let unit = if cfg!(target_os = "macos") { 1024.0 * 1024.0 } else { 1024.0 };
    let peak = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap().max_rss() as f64 / unit;
    println!("{}", serde_json::json!(Cost { wall, peak }));
}

/// Somebody who has told git a name and nothing else.
fn with_name(command: &mut Command) -> &mut Command {
    for role in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{role}_NAME"), "Ada").env(format!("GIT_{role}_EMAIL"), "ada@example.com");
    }
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1")
}

fn run(folder: &Path, program: &str, args: &[&str]) {
    let output = with_name(Command::new(program).args(args).current_dir(folder)).output().unwrap();
    assert!(output.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn git(folder: &Path, args: &[&str]) {
    run(folder, "git", args);
}

fn rehearse(folder: &Path, args: &[&str]) {
    run(folder, PROGRAM, args);
}

/// The review of that number in the life of a device.
fn review(device: &str, seq: i64, unix_ms: i64) -> Event {
    let review = events::review(&format!("c{}", seq * 7 % CARDS), u8::try_from(seq % 6).unwrap());
    let when = When { unix_ms, zone: 60, logical: None };
    Event::new(device, seq, when, &format!("{review},\"ms\":{}", 60_000 + seq % 9_000))
}

/// One who syncs and one who receives, and the same with bare git, each pair with a repository between.
struct Places {
    desk: PathBuf,
    laptop: PathBuf,
    writer: PathBuf,
    reader: PathBuf,
}

impl Places {
    fn make(folder: &Path) -> Self {
        let place = |name: &str| folder.join(name);
        git(folder, &["init", "--quiet", "--bare", "--initial-branch=main", "hub.git"]);
        git(folder, &["clone", "--quiet", "hub.git", "desk"]);
        let desk = place("desk");
        let mut deck = String::new();
        for n in 0..CARDS {
            let _ = write!(deck, "[[card]]\nid = \"c{n}\"\nprompt = \"Question {n}?\"\n\n");
        }
        std::fs::write(desk.join("deck.toml"), deck).unwrap();
        std::fs::write(desk.join("rehearse.toml"), "").unwrap();
        let mut months: BTreeMap<String, String> = BTreeMap::new();
        for seq in 1..=EVENTS {
            let unix_ms = NOW - (EVENTS - seq + 1) * APART_MS;
            let month = months.entry(rfc3339(unix_ms, 0)[..7].to_owned()).or_default();
            month.push_str(&lines(&[review("aaaaaaaa", seq, unix_ms)]));
        }
        for (month, lines) in months {
            append(&desk.join(format!(".rehearse/journal/aaaaaaaa/{month}.jsonl")), &lines);
        }
        std::fs::write(desk.join(".rehearse/.gitignore"), "/local/\n").unwrap();
        git(&desk, &["add", "--all"]);
        git(&desk, &["commit", "--quiet", "--message", "ten years"]);
        git(&desk, &["push", "--quiet", "--set-upstream", "origin", "main"]);
        git(folder, &["clone", "--quiet", "--bare", "hub.git", "other.git"]);
        git(folder, &["clone", "--quiet", "hub.git", "laptop"]);
        git(folder, &["clone", "--quiet", "other.git", "writer"]);
        git(folder, &["clone", "--quiet", "other.git", "reader"]);
        let places = Places { desk, laptop: place("laptop"), writer: place("writer"), reader: place("reader") };
        for place in [&places.desk, &places.laptop, &places.desk] {
            rehearse(place, &["sync"]);
        }
        places
    }

    /// 100 reviews more: pushed, received, and nothing new after that; each as the program and as git alone does it.
    fn round(&self, round: i64) -> [[Cost; 2]; 3] {
        let local = self.desk.join(".rehearse/local");
        let device = &std::fs::read_to_string(local.join("device")).unwrap()[..8];
        let new = (0..NEW).map(|n| review(device, round * NEW + n + 10, NOW + (round * NEW + n) * 1_000));
        let lines = lines(&new.collect::<Vec<_>>());
        append(&local.join("log.jsonl"), &lines);
        rehearse(&self.desk, &["list"]);
        let page = self.writer.join(".rehearse/journal").join(device).join("2026-11.jsonl");
        append(&page, &lines);
        git(&self.writer, &["add", "--all"]);
        git(&self.writer, &["commit", "--quiet", "--message", "100 reviews"]);
        let shell = |folder: &Path, line: &str| measured(folder, &["sh", "-c", line]);
        let sync = |folder: &Path| measured(folder, &[PROGRAM, "sync"]);
        [
            [sync(&self.desk), shell(&self.writer, "git fetch -q && git push -q")],
            [sync(&self.laptop), shell(&self.reader, "git fetch -q && git merge -q --ff-only")],
            [sync(&self.laptop), shell(&self.reader, "git fetch -q")],
        ]
    }
}

fn append(path: &Path, lines: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut file = OpenOptions::new().create(true).append(true).open(path).unwrap();
    file.write_all(lines.as_bytes()).unwrap();
}
