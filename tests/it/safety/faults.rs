//! A failing disk: `strace` makes system calls fail, one at a time.

use std::process::Stdio;

use super::*;
use crate::support::{finish, limited};
use crate::tiers;

const LOCAL: &str = ".rehearse/local";

/// Whether system calls can be made to fail here.
fn strace() -> bool {
    if !tiers::has("strace", &["--version"]) {
        return false;
    }
    let works = Command::new("strace").args(["-qq", "-e", "trace=none", "true"]).output().unwrap().status.success();
    if !works {
        tiers::skip("the kernel does not let strace trace");
    }
    works
}

/// Runs `grade c0 4` with a fault injected into system calls that touch one file of the place.
fn grade_with(place: &Place, file: &Path, fault: &str) -> Done {
    let program = place.command(&["grade", "c0", "4"]);
    let calls = fault.split(':').next().unwrap();
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-o", "/dev/null", "-e", &format!("trace={calls}"), "-e", &format!("inject={fault}")]);
    command.arg("-P").arg(place.path().join(file)).arg(program.get_program()).args(program.get_args());
    command.env_clear().envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    finish(command.current_dir(place.path()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
}

/// Asserts that the review was acknowledged and is in the log, or that the run ended with an error and exit code 3, and that
/// the next review works.
#[track_caller]
fn assert_safe(place: &Place, before: usize, done: &Done, fault: &str) {
    let reviews = logged(&place.log()).values().sum::<usize>() - before;
    match done.code {
        Some(0) => {
            assert_eq!(acknowledged(&done.stdout), BTreeMap::from([("c0".to_owned(), 1)]), "{fault}: {done:?}");
            assert_eq!(reviews, 1, "{fault}: {done:?}");
        }
        Some(3) => {
            assert!(acknowledged(&done.stdout).is_empty(), "{fault}: {done:?}");
            assert!(done.stderr.contains("error: "), "{fault}: {done:?}");
            // If it is in the log all the same, the message says so. Only if the log cannot be truncated is it there without
            // a message, as if the acknowledgment had been lost.
            let said = usize::from(done.stderr.contains("the review is in the log"));
            assert!(reviews == said || fault.contains("ftruncate"), "{fault}: {reviews} in the log, {done:?}");
        }
        _ => panic!("{fault}: {done:?}"),
    }
    assert!(!done.stderr.contains("panicked"), "{fault}: {done:?}");
    assert_grades(place);
    assert_no_twins(&place.log());
    assert_intact(place);
}

/// Injects faults into a file of a folder, on a first run and on a later one.
fn inject(folder: &str, faults: &[(&str, &str)]) {
    if !strace() {
        return;
    }
    for (file, fault) in tiers::sample(faults) {
        let file = &Path::new(folder).join(file);
        for fresh in [true, false] {
            let place = Place::with_deck(&many(3));
            if !fresh {
                assert_grades(&place);
            }
            let done = grade_with(&place, file, fault);
            assert_safe(&place, usize::from(!fresh), &done, &format!("{}: {fault}, fresh {fresh}", file.display()));
        }
    }
}

#[test]
fn a_log_that_cannot_be_written_acknowledges_nothing() {
    inject(
        LOCAL,
        &[
            ("log.jsonl", "fdatasync:error=EIO:when=1"),
            ("log.jsonl", "fdatasync:error=ENOSPC:when=1+"),
            ("log.jsonl", "fdatasync:error=EDQUOT:when=1"),
            ("log.jsonl", "fdatasync:error=EINTR:when=1"),
            ("log.jsonl", "write:error=ENOSPC:when=1"),
            ("log.jsonl", "write:error=EIO:when=1+"),
            ("log.jsonl", "write:error=EDQUOT:when=1"),
            ("log.jsonl", "write:error=EINTR:when=1"),
            ("log.jsonl", "openat:error=ENOSPC:when=1"),
            ("log.jsonl", "openat:error=ENOSPC:when=2"),
            ("log.jsonl", "openat:error=EINTR:when=1"),
            ("log.jsonl", "openat:error=EMFILE:when=1"),
            ("log.jsonl", "openat:error=EACCES:when=1"),
            ("log.jsonl", "read:error=EIO:when=1"),
            ("log.jsonl", "statx:error=EIO:when=1"),
            ("log.jsonl", "statx:error=EIO:when=2"),
            ("log.jsonl", "statx:error=EIO:when=3"),
            ("log.jsonl", "ftruncate,fdatasync:error=EIO:when=1+"),
        ],
    );
    // The folder is synced for the database, and for a new log.
    inject(
        ".rehearse",
        &[
            ("local", "fsync:error=EIO:when=1"),
            ("local", "fsync:error=EIO:when=2"),
            ("local", "fsync:error=EIO:when=3"),
            ("local", "openat:error=EMFILE:when=2"),
        ],
    );
}

#[test]
fn a_database_that_cannot_be_written_loses_nothing() {
    inject(
        LOCAL,
        &[
            ("rehearse.db", "openat:error=ENOSPC:when=1"),
            ("rehearse.db", "openat:error=EINTR:when=1"),
            ("rehearse.db", "pread64:error=EIO:when=1"),
            ("rehearse.db", "pread64:error=EIO:when=3"),
            ("rehearse.db.new", "pwrite64:error=ENOSPC:when=1"),
            ("rehearse.db.new", "pwrite64:error=EIO:when=5"),
            ("rehearse.db.new", "fsync:error=EIO:when=1"),
            ("rehearse.db.new", "openat:error=ENOSPC:when=1"),
            ("rehearse.db.new", "openat:error=ENOSPC:when=2"),
            ("rehearse.db.new", "rename:error=EIO:when=1"),
            ("rehearse.db-wal", "openat:error=ENOSPC:when=1"),
            ("rehearse.db-wal", "openat:error=EINTR:when=1"),
            ("rehearse.db-wal", "pwrite64:error=ENOSPC:when=1"),
            ("rehearse.db-wal", "pwrite64:error=ENOSPC:when=4"),
            ("rehearse.db-wal", "pwrite64:error=EIO:when=9+"),
            ("rehearse.db-wal", "pwrite64:error=EDQUOT:when=30"),
            ("rehearse.db-wal", "pwrite64:error=EINTR:when=2"),
            ("rehearse.db-shm", "openat:error=ENOSPC:when=1"),
            ("rehearse.db-shm", "ftruncate,pwrite64:error=ENOSPC:when=1"),
            ("rehearse.db.stamp-new", "openat:error=ENOSPC:when=1"),
            ("rehearse.db.stamp-new", "write:error=ENOSPC:when=1"),
            ("rehearse.db.stamp-new", "rename:error=EIO:when=1"),
            ("rehearse.db.stamp", "openat:error=EIO:when=1+"),
        ],
    );
}

#[test]
fn the_small_files_beside_the_database_can_fail() {
    inject(
        LOCAL,
        &[
            ("lock", "openat:error=ENOSPC:when=1"),
            ("lock", "openat:error=EINTR:when=1"),
            ("lock", "flock:error=ENOLCK:when=1"),
            ("lock", "flock:error=EINTR:when=1"),
            ("lock", "write:error=ENOSPC:when=1"),
            ("device", "openat:error=EINTR:when=1"),
            ("device.new", "openat:error=ENOSPC:when=1"),
            ("device.new", "write:error=ENOSPC:when=1"),
            ("device.new", "fsync:error=EIO:when=1"),
            ("device.new", "rename:error=EIO:when=1"),
        ],
    );
    inject(".rehearse", &[(".gitignore", "openat:error=ENOSPC:when=1"), (".gitignore", "write:error=ENOSPC:when=1")]);
    inject("", &[("deck.toml", "openat:error=EINTR:when=1")]);
}

/// Runs the program with a limit on file sizes, in the blocks of the shell (512 or 1024 bytes).
fn run_limited(place: &Place, blocks: usize, args: &[&str]) -> Done {
    finish(limited(&place.command(args), &format!("-f {blocks}")).spawn().unwrap())
}

#[test]
fn a_limit_of_file_sizes_works_like_a_full_disk() {
    let blocks = [0, 1, 2, 3, 8, 32, 64, 100, 150, 200, 300, 1000];
    for (before, blocks) in tiers::sample([0, 1, 60].iter().flat_map(|before| blocks.map(|blocks| (*before, blocks)))) {
        let place = Place::with_deck(&many(3));
        for _ in 0..before {
            assert_grades(&place);
        }
        let done = run_limited(&place, blocks, &["grade", "c0", "4"]);
        assert_safe(&place, before, &done, &format!("{blocks} blocks, {before} reviews"));
        // Commands that only read still work.
        for args in [&["due", "--short"][..], &["log"], &["check"], &["list", "--json"]] {
            let limited = run_limited(&place, blocks, args);
            assert_ended(&limited, 0);
            assert_eq!(limited.stdout, place.run(args).stdout, "{blocks} blocks, {before} reviews");
        }
        let bad = place.local().join("rehearse.db.bad");
        assert!(!bad.exists(), "{blocks} blocks, {before} reviews: a good database was set aside");
    }
}
