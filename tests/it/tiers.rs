//! How much of the tests runs, and what happens where a test cannot run.
//!
//! By default every test runs, those with random or with many cases on a fifth of them. `REHEARSE_TEST_RUNS=N` runs N times
//! as much: with 5, lists of cases run whole. `REHEARSE_TEST_SEED=S` repeats one random run; a failure prints the command.
//! With `CI=true` a missing tool fails the test that needs it.

use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

use proptest::prelude::ProptestConfig;

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is `{text}`, not a number")))
}

/// N times as much as the default.
fn times() -> u64 {
    number("REHEARSE_TEST_RUNS").unwrap_or(1)
}

/// Runs a test with seeds from 1 to `count` by default, on every core.
pub fn with_seeds(count: u64, test: impl Fn(u64) + Sync) {
    if let Some(seed) = number("REHEARSE_TEST_SEED") {
        return test(seed);
    }
    let name = std::thread::current().name().unwrap_or_default().to_owned();
    let (next, count) = (AtomicU64::new(1), count * times());
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed > count {
                return;
            }
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| test(seed))) {
                say(&format!("to repeat it: REHEARSE_TEST_SEED={seed} cargo test --locked --test it -- {name}"));
                resume_unwind(panic);
            }
        }
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> =
            (0..std::thread::available_parallelism().unwrap().get()).map(|_| scope.spawn(work)).collect();
        workers.into_iter().for_each(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic)));
    });
}

/// A property test with this many cases by default. Cases that fail are saved in `tests/proptest-regressions` and run
/// first the next time.
pub fn cases(count: u32) -> ProptestConfig {
    ProptestConfig::with_cases(count * u32::try_from(times()).unwrap())
}

/// Every fifth case of a list by default.
pub fn sample<T>(cases: impl IntoIterator<Item = T>) -> impl Iterator<Item = T> {
    let times = times();
    cases.into_iter().enumerate().filter(move |(n, _)| *n as u64 % 5 < times).map(|(_, case)| case)
}

/// Whether a program is there. The test that asks is skipped if it is not, and fails with `CI=true`.
#[track_caller]
pub fn has(program: &str, args: &[&str]) -> bool {
    let there = Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok();
    if !there {
        missing(program);
    }
    there
}

/// A test is skipped for want of a tool; with `CI=true` it fails.
#[track_caller]
pub fn missing(tool: &str) {
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{tool} is missing, and nothing may be skipped with CI=true");
    skip(&format!("{tool} is missing"));
}

/// A test is skipped because this machine forbids what it needs.
pub fn skip(reason: &str) {
    let thread = std::thread::current();
    say(&format!("SKIPPED {}: {reason}", thread.name().unwrap_or_default()));
}

/// Prints to stderr even if the test passes.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "\n{line}");
}
