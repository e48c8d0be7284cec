//! What a durable grade and the first prompt cost, compared with the least that the disk needs. Prints medians and ratios.
//!
//! Run with `cargo bench --bench floor`. The floor of a grade is one append with fdatasync and one SQLite transaction (WAL,
//! NORMAL) on the same disk, measured in turn with it, because the speed of a machine drifts.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods, reason = "a bench prints times")]

use std::fs::OpenOptions;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant as Timer;

use nix::sys::resource::{UsageWho, getrusage};
use rusqlite::{Connection, TransactionBehavior};

const CARDS: usize = 1_000;
const ROUNDS: usize = 400;

fn main() {
    // The folder of the build is on a disk; a temporary folder may be in memory, where fdatasync is free.
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    grades(folder.path());
    first_prompt(folder.path());
}

/// Microseconds, the middle one.
fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn micros(work: impl FnOnce()) -> f64 {
    let timer = Timer::now();
    work();
    timer.elapsed().as_secs_f64() * 1e6
}

/// A session that grades a card each time it is told to.
struct Session {
    child: Child,
    grades: ChildStdin,
    events: BufReader<ChildStdout>,
}

impl Session {
    fn start(decks: &Path) -> Self {
        let mut text = String::new();
        for card in 0..ROUNDS {
            text.push_str(&format!("[[card]]\nid = \"card-{card}\"\nprompt = \"Question {card}?\"\n"));
        }
        std::fs::create_dir(decks).unwrap();
        std::fs::write(decks.join("deck.toml"), text).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_rehearse"));
        command.args([
            "review",
            "--format",
            "jsonl",
            "--new",
            "1000",
            "--limit",
            "1000",
            "--minutes",
            "10000",
            "--dir",
        ]);
        let mut child = command.arg(decks).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (grades, events) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let mut session = Session { child, grades, events };
        session.wait_for("card");
        session
    }

    fn wait_for(&mut self, event: &str) {
        let (mut line, start) = (String::new(), format!("{{\"event\":\"{event}\""));
        while !line.starts_with(&start) {
            line.clear();
            assert!(self.events.read_line(&mut line).unwrap() > 0, "the session ended before `{event}`");
        }
    }

    /// From the grade to its acknowledgment.
    fn grade(&mut self) {
        self.grades.write_all(b"{\"grade\":4}\n").unwrap();
        self.wait_for("saved");
    }

    fn end(self) {
        let Session { mut child, grades, events } = self;
        drop((grades, events));
        child.wait().unwrap();
    }
}

fn grades(folder: &Path) {
    let mut session = Session::start(&folder.join("grades"));
    let mut log = OpenOptions::new().create(true).append(true).open(folder.join("floor.jsonl")).unwrap();
    let mut floor = Connection::open(folder.join("floor.db")).unwrap();
    floor
        .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; CREATE TABLE t (a INTEGER, b TEXT);")
        .unwrap();
    let line = format!("{}\n", "x".repeat(140));
    let (mut at_floor, mut of_session, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for n in 0..ROUNDS {
        let bare = micros(|| {
            let tx = floor.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
            log.write_all(line.as_bytes()).unwrap();
            log.sync_data().unwrap();
            tx.execute("INSERT INTO t VALUES (?1, ?2)", (n, &line)).unwrap();
            tx.commit().unwrap();
        });
        let whole = micros(|| session.grade());
        if n + 1 < ROUNDS {
            session.wait_for("card");
        }
        at_floor.push(bare);
        of_session.push(whole);
        ratios.push(whole / bare);
    }
    session.end();
    println!(
        "durable grade: {:.0} µs; floor (fdatasync and a transaction): {:.0} µs; ratio {:.2}",
        median(of_session),
        median(at_floor),
        median(ratios)
    );
}

fn first_prompt(folder: &Path) {
    let decks = folder.join("decks");
    std::fs::create_dir(&decks).unwrap();
    for file in 0..CARDS / 100 {
        let mut text = format!("[deck]\ntitle = \"Deck {file}\"\n");
        for card in 0..100 {
            text.push_str(&format!(
                "\n[[card]]\nid = \"c{file}-{card}\"\nprompt = \"{} {file} {card}?\"\npoints = [\"{}\", \"{}\"]\n",
                "what did you change ".repeat(4).trim(),
                "what was there before".repeat(6),
                "what came of it, in numbers".repeat(6)
            ));
        }
        std::fs::write(decks.join(format!("deck-{file}.toml")), text).unwrap();
    }
    let program = env!("CARGO_BIN_EXE_rehearse");
    let run = |arguments: &[&str]| {
        let before = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap();
        let mut child = Command::new(program)
            .args(arguments)
            .arg("--dir")
            .arg(&decks)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // The first prompt is there when the header of the first card is.
        let output = BufReader::new(child.stdout.take().unwrap());
        assert!(output.lines().any(|line| line.unwrap().starts_with("[1/")));
        drop(child.stdin.take());
        child.wait().unwrap();
        let after = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap();
        let seconds = |time: nix::sys::time::TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
        let cpu = |usage: &nix::sys::resource::Usage| seconds(usage.user_time()) + seconds(usage.system_time());
        (cpu(&after) - cpu(&before)) * 1e3
    };
    let cold = run(&["review"]);
    let warm = median((0..20).map(|_| run(&["review"])).collect());
    println!(
        "first prompt, {CARDS} cards: {cold:.1} ms of CPU with everything to read, {warm:.1} ms with nothing changed"
    );
}
