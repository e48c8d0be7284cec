//! What a start, a change, and a grade cost in collections of any size, compared with the least that the machine needs for
//! the same work. Prints one table.
//!
//! Run with `cargo bench --bench scale`, for other sizes with `-- --cards 1000000 --reviews 1000000 --runs 3`. Everything
//! is measured as a whole process, by the process that waits for it. A floor is a process, too: this program again, doing
//! only the steps in [`Work`]. The two take turns, because the speed of a machine drifts. Files are in the page cache throughout.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods, reason = "a bench prints times")]

use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant as Timer, SystemTime};

use clap::Parser as _;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use serde::{Deserialize, Serialize};

#[path = "../tests/it/events.rs"]
#[allow(dead_code, reason = "shared with the tests, which use more of it")]
mod events;

use events::{DAY_MS, Event, at, day_number, review, rfc3339, unix_ms};

const PROGRAM: &str = env!("CARGO_BIN_EXE_rehearse");
/// First argument of this program as the one that runs a command and waits for it.
const MEASURE: &str = "measure";
/// First argument of this program as a floor.
const FLOOR: &str = "floor";

const NOW: &str = "2026-06-01T08:00:00Z";
const FILES_A_FOLDER: usize = 100;
/// The least number of reviews of a card that has any: with fewer, every card would be due.
const REVIEWS_A_CARD: usize = 10;
/// How many grades a session has.
const GRADES: usize = 1_000;
/// Longer than a file has to be unchanged before its stamp is trusted.
const SETTLED: Duration = Duration::from_millis(120);

/// Measures collections of several sizes.
#[derive(clap::Parser)]
struct Args {
    /// How many cards, for each collection
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 10_000, 100_000])]
    cards: Vec<usize>,
    /// How many reviews are in the journal [default: ten for each card]
    #[arg(long)]
    reviews: Option<usize>,
    /// How many cards stand in a file
    #[arg(long, default_value_t = 100)]
    a_file: usize,
    /// Measure only scenarios whose name holds this
    #[arg(long, default_value = "")]
    only: String,
    /// How often what is quick is measured; what is slow, a third as often
    #[arg(long, default_value_t = 9)]
    runs: usize,
    /// Leave the collections for a look
    #[arg(long)]
    keep: bool,
    /// Cargo says so
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.split_first() {
        Some((mode, command)) if mode == MEASURE => measure_child(command),
        Some((mode, rest)) if mode == FLOOR => do_works(Path::new(&rest[0]), &serde_json::from_str(&rest[1]).unwrap()),
        _ => compare(&Args::parse()),
    }
}

// What is measured

/// What is measured, and against what.
struct Scenario {
    name: &'static str,
    /// Whether the journal is there.
    history: bool,
    /// Whether it is measured less often.
    slow: bool,
    /// Prepares the collection before each run; not measured.
    prepare: fn(&Collection, run: usize),
    command: &'static [&'static str],
    floor: &'static [Work],
    /// How the two are compared.
    by: By,
}

#[derive(Clone, Copy)]
enum By {
    Cpu,
    /// By wall time, if the disk counts.
    Wall,
}

const SHORT: &[&str] = &["due", "--short"];
const SESSION: &[&str] = &["review", "--format", "jsonl", "--new", "2000"];

/// The start of every day: nothing has changed.
const WARM: Scenario = Scenario {
    name: "warm `due --short`",
    history: true,
    slow: false,
    prepare: |collection, _| collection.warm(),
    command: SHORT,
    floor: &[Work::Walk, Work::Count],
    by: By::Cpu,
};

/// A session of so many grades, each durable before the next.
const GRADING: Scenario =
    Scenario { name: "1,000 grades", slow: true, command: SESSION, floor: &[Work::Record], by: By::Wall, ..WARM };

/// Each scenario starts with the collection that the one before it left, or prepares its own.
const SCENARIOS: &[Scenario] = &[
    Scenario { name: "`--version`", history: false, prepare: |_, _| {}, command: &["--version"], floor: &[], ..WARM },
    Scenario {
        name: "cold start, no database",
        history: false,
        slow: true,
        prepare: |collection, _| collection.forget(),
        floor: &[Work::Parse],
        ..WARM
    },
    Scenario {
        name: "1,000 grades",
        history: false,
        prepare: |collection, _| collection.forget_and_index(),
        ..GRADING
    },
    Scenario {
        name: "journal taken in",
        slow: true,
        prepare: |collection, _| {
            collection.forget_and_index();
            collection.receive();
        },
        floor: &[Work::Insert],
        ..WARM
    },
    WARM,
    Scenario { name: "warm `due --json --limit 20`", command: &["due", "--json", "--limit", "20"], ..WARM },
    Scenario { name: "first prompt of `review`", command: &["review"], ..WARM },
    Scenario { name: "one file changed", prepare: Collection::change_one, ..WARM },
    Scenario {
        name: "every file touched",
        slow: true,
        prepare: |collection, _| collection.touch(),
        floor: &[Work::Walk, Work::Read, Work::Count],
        ..WARM
    },
    GRADING,
    Scenario {
        name: "database rebuilt",
        slow: true,
        prepare: |collection, _| collection.lose_database(),
        floor: &[Work::Parse, Work::Insert],
        ..WARM
    },
];

/// Measures every scenario at every size.
fn compare(args: &Args) {
    let mut rows = vec![["scenario", "size", "CPU ms", "wall ms", "peak MiB", "floor ms", "ratio"].map(str::to_owned)];
    for &cards in &args.cards {
        // The folder of the build is on a disk; a temporary folder may be in memory, where fdatasync is free.
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let seldom = args.runs.div_ceil(3);
        let collection = Collection::generate(
            folder.path(),
            cards,
            args.reviews.unwrap_or(REVIEWS_A_CARD * cards),
            args.a_file,
            seldom,
        );
        for scenario in SCENARIOS.iter().filter(|scenario| collection.can(scenario)) {
            if !scenario.name.contains(&args.only) {
                (scenario.prepare)(&collection, 0);
                continue;
            }
            rows.push(row(scenario, &collection, if scenario.slow { seldom } else { args.runs }));
        }
        if args.keep {
            println!("{}", folder.keep().display());
        }
    }
    print!("{}", table(&rows));
}

/// Measures one scenario.
fn row(scenario: &Scenario, collection: &Collection, runs: usize) -> [String; 7] {
    let (mut whole, mut floor) = (Vec::new(), Vec::new());
    for run in 0..runs {
        (scenario.prepare)(collection, run);
        let logged = collection.logged();
        whole.push(collection.measure(scenario.command));
        let graded = if scenario.command == SESSION { GRADES } else { 0 };
        assert_eq!(collection.logged(), logged + graded, "{}", scenario.name);
        floor.push(collection.floor(scenario.floor));
    }
    let (cpu, wall, peak) = (median(&whole, |c| c.cpu), median(&whole, |c| c.wall), median(&whole, |c| c.peak));
    let (took, least, by) = match scenario.by {
        By::Cpu => (cpu, median(&floor, |c| c.cpu), ""),
        By::Wall => (wall, median(&floor, |c| c.wall), " wall"),
    };
    let reviews = if scenario.history { format!(", {} reviews", grouped(collection.reviews)) } else { String::new() };
    [
        scenario.name.to_owned(),
        format!("{} cards{reviews}", grouped(collection.cards)),
        format!("{cpu:.1}"),
        format!("{wall:.1}"),
        format!("{peak:.1}"),
        format!("{least:.1}{by}"),
        format!("{:.2}", took / least),
    ]
}

fn median(costs: &[Cost], of: impl Fn(&Cost) -> f64) -> f64 {
    let mut numbers: Vec<f64> = costs.iter().map(of).collect();
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

/// A number with commas.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = digits.as_bytes().rchunks(3).rev().map(|group| str::from_utf8(group).unwrap()).collect();
    groups.join(",")
}

/// A Markdown table, numbers to the right.
fn table(rows: &[[String; 7]]) -> String {
    const WORDS: usize = 2;
    let widths: Vec<usize> = (0..7).map(|column| rows.iter().map(|row| row[column].len()).max().unwrap()).collect();
    let mut text = String::new();
    for (nth, row) in rows.iter().enumerate() {
        for (column, (cell, &width)) in row.iter().zip(&widths).enumerate() {
            let _ = if column < WORDS { write!(text, "| {cell:<width$} ") } else { write!(text, "| {cell:>width$} ") };
        }
        text.push_str("|\n");
        if nth == 0 {
            for (column, &width) in widths.iter().enumerate() {
                let end = if column < WORDS { '-' } else { ':' };
                let _ = write!(text, "| {}{end} ", "-".repeat(width - 1));
            }
            text.push_str("|\n");
        }
    }
    text
}

// How it is measured

/// What a process cost.
#[derive(Serialize, Deserialize)]
struct Cost {
    /// Milliseconds of all cores, in the program and in the kernel.
    cpu: f64,
    /// Milliseconds by the clock.
    wall: f64,
    /// Most memory at any time, in MiB.
    peak: f64,
}

/// Runs a command and prints what it cost. This needs a process of its own: the kernel reports the peak of all children so
/// far, starting with the memory of the parent.
fn measure_child(command: &[String]) {
    let timer = Timer::now();
    let output = Command::new(&command[0])
        .args(&command[1..])
        .stdin(Stdio::inherit())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    let wall = timer.elapsed().as_secs_f64() * 1e3;
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap();
    let millis = |time: TimeVal| time.tv_sec() as f64 * 1e3 + time.tv_usec() as f64 / 1e3;
    let unit = if cfg!(target_os = "macos") { 1024.0 * 1024.0 } else { 1024.0 };
    let (cpu, peak) = (millis(usage.user_time()) + millis(usage.system_time()), usage.max_rss() as f64 / unit);
    println!("{}", serde_json::json!(Cost { cpu, wall, peak }));
}

/// Measures a command by way of [`measure_child`].
fn measured(command: &[&str], input: Stdio) -> Cost {
    let this = std::env::current_exe().unwrap();
    let output = Command::new(this).arg(MEASURE).args(command).stdin(input).stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "{command:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

// What it is measured on

/// A generated collection. Its folder holds `decks/`, the root; the journal, while it is not there; the lines of a session
/// of grades; and what the floors write.
struct Collection {
    folder: PathBuf,
    cards: usize,
    /// How many of them stand in a file.
    a_file: usize,
    reviews: usize,
    /// How many cards have no review in the journal.
    unseen: usize,
    /// How many sessions of grades there will be with the journal.
    sessions: usize,
}

impl Collection {
    /// Makes decks and journal.
    fn generate(folder: &Path, cards: usize, reviews: usize, a_file: usize, sessions: usize) -> Self {
        // Enough for every session of grades, where there are enough at all.
        let asked = if cards >= 2 * sessions * GRADES { sessions * GRADES } else { 0 };
        let unseen = asked.max(cards / 20).max(cards.saturating_sub(reviews / REVIEWS_A_CARD));
        let collection = Collection { folder: folder.to_owned(), cards, a_file, reviews, unseen, sessions };
        collection.write_decks();
        collection.write_journal();
        std::fs::write(folder.join("grades.jsonl"), "{\"grade\":4,\"ms\":61000}\n".repeat(GRADES)).unwrap();
        std::thread::sleep(SETTLED);
        collection
    }

    fn root(&self) -> PathBuf {
        self.folder.join("decks")
    }

    fn local(&self) -> PathBuf {
        self.root().join(".rehearse/local")
    }

    /// Where the journal is read, and where it is kept from being read.
    fn journals(&self) -> (PathBuf, PathBuf) {
        (self.root().join(".rehearse/journal"), self.folder.join("journal"))
    }

    fn deck(&self, file: usize) -> PathBuf {
        self.root().join(format!("part-{:03}/deck-{file:05}.toml", file / FILES_A_FOLDER))
    }

    fn decks(&self) -> impl Iterator<Item = PathBuf> {
        (0..self.cards.div_ceil(self.a_file)).map(|file| self.deck(file))
    }

    fn write_decks(&self) {
        let mut words = Words(1);
        std::fs::create_dir_all(self.root()).unwrap();
        std::fs::write(self.root().join("rehearse.toml"), "").unwrap();
        for (file, path) in self.decks().enumerate() {
            let mut text = format!("[deck]\ntitle = \"Deck {file}\"\n");
            for card in file * self.a_file..self.cards.min((file + 1) * self.a_file) {
                let (prompt, answer) = (words.text(80), words.text(300));
                let _ =
                    write!(text, "\n[[card]]\nid = \"{}\"\nprompt = \"{prompt}?\"\nanswer = \"{answer}.\"\n", id(card));
            }
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
    }

    /// Writes the journal of one device, a file a month, in the order of time.
    fn write_journal(&self) {
        let (_, kept) = self.journals();
        let folder = kept.join("aaaaaaaa");
        std::fs::create_dir_all(&folder).unwrap();
        let mut month = (String::new(), String::new());
        for (seq, (ms, card, grade)) in (1..).zip(self.history()) {
            let name = format!("{}.jsonl", &rfc3339(ms, 0)[..7]);
            if name != month.0 {
                let (before, lines) = std::mem::replace(&mut month, (name, String::new()));
                append(&folder, &before, &lines);
            }
            let body = format!("{},\"p\":{grade},\"ms\":{}", review(&id(card), grade), 60_000 + ms % 30_000);
            month.1.push_str(&Event::new("aaaaaaaa", seq, at(ms), &body).line);
            month.1.push('\n');
        }
        append(&folder, &month.0, &month.1);
    }

    /// When each card was reviewed and how it went, the oldest first. Its last five reviews follow a lapse and keep to the
    /// schedule, which asks for the next 95 days after the last: of 95 cards one is due.
    fn history(&self) -> Vec<(i64, usize, u8)> {
        /// Days before its last review that a card was reviewed; before these, once a month.
        const BEFORE: [i64; 6] = [0, 38, 53, 59, 60, 61];
        const LAPSE: usize = 5;
        const INTERVAL: usize = 95;
        let now = unix_ms(NOW);
        let (seen, mut random) = ((self.cards - self.unseen).max(1), Words(2));
        let mut reviews: Vec<(i64, usize, u8)> = (0..self.reviews)
            .map(|n| {
                let (card, back) = (n % seen, n / seen);
                let month = |back: usize| BEFORE[LAPSE] + 30 * i64::try_from(back - LAPSE).unwrap();
                let before = BEFORE.get(back).copied().unwrap_or_else(|| month(back));
                let day = 1 + i64::try_from(card % INTERVAL).unwrap() + before;
                let time = i64::try_from(random.next() % 7_200_000).unwrap();
                let grade = if back == LAPSE { 2 } else { 4 };
                (now - day * DAY_MS + time, card, grade)
            })
            .collect();
        reviews.sort_unstable_by_key(|&(at, card, _)| (at, card));
        reviews
    }

    /// Whether a scenario can be measured at this size.
    fn can(&self, scenario: &Scenario) -> bool {
        match scenario.history {
            _ if scenario.command != SESSION => true,
            true => self.unseen >= self.sessions * GRADES,
            false => self.cards >= GRADES,
        }
    }

    /// Forgets everything but the decks.
    fn forget(&self) {
        let (there, kept) = self.journals();
        if there.exists() {
            std::fs::rename(there, kept).unwrap();
        }
        if self.local().exists() {
            std::fs::remove_dir_all(self.local()).unwrap();
        }
    }

    /// Leaves only the decks, indexed.
    fn forget_and_index(&self) {
        self.forget();
        self.warm();
    }

    /// Adds the journal.
    fn receive(&self) {
        let (there, kept) = self.journals();
        std::fs::rename(kept, there).unwrap();
    }

    /// Makes everything old and indexed.
    fn warm(&self) {
        self.measure(SHORT);
    }

    /// Changes the first prompt of a deck, another one for each run.
    fn change_one(&self, run: usize) {
        self.warm();
        let files = self.cards.div_ceil(self.a_file);
        let path = self.deck(run * 37 % files);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(path, text.replacen("prompt = \"", &format!("prompt = \"{run}: "), 1)).unwrap();
        std::thread::sleep(SETTLED);
    }

    /// Changes the modification time of every deck.
    fn touch(&self) {
        self.warm();
        for path in self.decks() {
            OpenOptions::new().append(true).open(path).unwrap().set_modified(SystemTime::now()).unwrap();
        }
        std::thread::sleep(SETTLED);
    }

    fn lose_database(&self) {
        for entry in std::fs::read_dir(self.local()).unwrap() {
            let path = entry.unwrap().path();
            if path.file_name().unwrap().as_encoded_bytes().starts_with(b"rehearse.db") {
                std::fs::remove_file(path).unwrap();
            }
        }
    }

    /// How many reviews are in the log.
    fn logged(&self) -> usize {
        std::fs::read(self.local().join("log.jsonl")).map_or(0, |log| lines(&log))
    }

    /// Runs the program: a session of grades is given its lines, any other command nothing.
    fn measure(&self, command: &[&str]) -> Cost {
        let input = match command == SESSION {
            true => Stdio::from(File::open(self.folder.join("grades.jsonl")).unwrap()),
            false => Stdio::null(),
        };
        let root = self.root();
        measured(&[&[PROGRAM, "--dir", root.to_str().unwrap(), "--now", NOW], command].concat(), input)
    }

    /// Runs the steps in a process of their own.
    fn floor(&self, works: &[Work]) -> Cost {
        for name in ["floor.db", "floor.db-wal", "floor.db-shm", "floor.jsonl"] {
            let _ = std::fs::remove_file(self.folder.join(name));
        }
        let (this, works) = (std::env::current_exe().unwrap(), serde_json::json!(works).to_string());
        measured(&[this.to_str().unwrap(), FLOOR, self.folder.to_str().unwrap(), &works], Stdio::null())
    }
}

fn id(card: usize) -> String {
    format!("card-{card:07}")
}

fn append(folder: &Path, name: &str, lines: &str) {
    if !name.is_empty() {
        let mut file = OpenOptions::new().create(true).append(true).open(folder.join(name)).unwrap();
        file.write_all(lines.as_bytes()).unwrap();
    }
}

fn lines(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| byte == b'\n').count()
}

/// Words at random, the same ones every time; the numbers are SplitMix64's.
struct Words(u64);

impl Words {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Words of about so many bytes.
    fn text(&mut self, length: usize) -> String {
        const WORDS: &str = "what did you change about the team that you lead and how would your last customer tell it \
                             when we asked which decision cost most, who was against it, what came of it in numbers";
        let words: Vec<&str> = WORDS.split_whitespace().collect();
        let mut text = String::new();
        while text.len() < length {
            let at = usize::try_from(self.next() % words.len() as u64).unwrap();
            text.push_str(words[at]);
            text.push(' ');
        }
        text.trim_end().to_owned()
    }
}

// What it is measured against

/// A step that any program would need. A floor without steps is the start of a process.
#[derive(Clone, Copy, Serialize, Deserialize)]
enum Work {
    /// Walk the folder, with one stat a file.
    Walk,
    /// Open the database and count what is due, by its index.
    Count,
    /// Read every deck.
    Read,
    /// Read and parse every deck, with spans, on all cores.
    Parse,
    /// Read the journal and insert as many rows into a table like that of the events, with its indexes made afterwards.
    Insert,
    /// Append, sync and commit a small transaction, for each grade of a session.
    Record,
}

fn do_works(folder: &Path, works: &Vec<Work>) {
    let root = folder.join("decks");
    for work in works {
        match work {
            Work::Walk => drop(files(&root, "toml")),
            Work::Count => count_due(&root.join(".rehearse/local/rehearse.db")),
            Work::Read => assert!(files(&root, "toml").iter().all(|path| std::fs::read(path).is_ok())),
            Work::Parse => parse(&files(&root, "toml")),
            Work::Insert => insert(&folder.join("floor.db"), &files(&root.join(".rehearse/journal"), "jsonl")),
            Work::Record => record(folder),
        }
    }
}

/// Every file below a folder whose name ends so, each looked at once.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let metadata = entry.metadata().unwrap();
        if metadata.is_dir() {
            found.extend(files(&entry.path(), extension));
        } else if entry.path().extension().is_some_and(|found| found == extension) {
            found.push(entry.path());
        }
    }
    found
}

fn count_due(database: &Path) {
    let db = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let today = day_number(&NOW[..10]);
    let count =
        db.query_row("SELECT count(*) FROM cards WHERE asked AND due IS NOT NULL AND due <= ?1", [today], |row| {
            row.get::<_, i64>(0)
        });
    assert!(count.is_ok());
}

fn parse(decks: &[PathBuf]) {
    let parses = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).unwrap();
        toml::de::DeTable::parse(&text).is_ok()
    };
    assert!(decks.par_iter().all(parses));
}

fn insert(database: &Path, journals: &[PathBuf]) {
    let mut db = Connection::open(database).unwrap();
    db.execute_batch(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536; \
         CREATE TABLE events (n INTEGER PRIMARY KEY, time INTEGER NOT NULL, device INTEGER NOT NULL, seq INTEGER NOT NULL, \
         crc INTEGER NOT NULL, t INTEGER NOT NULL, logical INTEGER, zone INTEGER NOT NULL, kind INTEGER NOT NULL, \
         card INTEGER, grade INTEGER, proposed INTEGER, ms INTEGER, ticks TEXT, points INTEGER, flag INTEGER, \
         other INTEGER, of TEXT, text TEXT, raw TEXT, void INTEGER NOT NULL DEFAULT 0) STRICT;",
    )
    .unwrap();
    let tx = db.transaction().unwrap();
    let mut statement = tx
        .prepare(
            "INSERT INTO events (time, device, seq, crc, t, zone, kind, card, grade, proposed, ms, flag) \
             VALUES (?1, 1, ?2, ?3, ?1, 0, 1, ?4, 4, 4, 61000, 0)",
        )
        .unwrap();
    let (mut seq, mut random, mut bytes) = (0_i64, Words(3), Vec::new());
    for journal in journals {
        bytes.clear();
        File::open(journal).unwrap().read_to_end(&mut bytes).unwrap();
        for _ in 0..lines(&bytes) {
            seq += 1;
            let (crc, card) = (random.next() >> 32, random.next() % 100_000);
            statement.execute((1_700_000_000_000 + seq * 1000, seq, crc.cast_signed(), card.cast_signed())).unwrap();
        }
    }
    drop(statement);
    tx.execute_batch(
        "CREATE UNIQUE INDEX a ON events (device, seq, crc); CREATE INDEX b ON events (card, time); \
         CREATE INDEX c ON events (time);",
    )
    .unwrap();
    tx.commit().unwrap();
}

fn record(folder: &Path) {
    let mut log = OpenOptions::new().create(true).append(true).open(folder.join("floor.jsonl")).unwrap();
    let mut db = Connection::open(folder.join("floor.db")).unwrap();
    db.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; CREATE TABLE t (a INTEGER, b TEXT);")
        .unwrap();
    let line = format!("{}\n", "x".repeat(140));
    for n in 0..GRADES {
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
        log.write_all(line.as_bytes()).unwrap();
        log.sync_data().unwrap();
        tx.prepare_cached("INSERT INTO t VALUES (?1, ?2)").unwrap().execute((n, &line)).unwrap();
        tx.commit().unwrap();
    }
}
