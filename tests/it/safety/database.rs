//! A database that is older, newer, cut, garbled, foreign, missing, or half-built: a cache is rebuilt, anything else is left
//! alone.

use std::path::PathBuf;

use rusqlite::Connection;

use super::*;
use crate::support::{can_close, finish, powerless};
use crate::tiers;

/// A collection with some history.
fn with_history() -> Place {
    let place = Place::with_deck(&many(12));
    place.write(".rehearse/local/log.jsonl", history(40));
    for args in [&["grade", "c10", "5"][..], &["undo"], &["suspend", "c3"], &["rename", "c4", "c11"]] {
        assert_ended(&place.run(args), 0);
    }
    place
}

fn database(place: &Place) -> PathBuf {
    place.local().join("rehearse.db")
}

/// What must not change: the output of `list`, and the log.
struct Kept {
    list: String,
    log: String,
}

fn kept(place: &Place) -> Kept {
    Kept { list: list(place), log: place.read(".rehearse/local/log.jsonl") }
}

impl Kept {
    /// Asserts that the next run prints the same, with one line about the rebuild.
    #[track_caller]
    fn assert_healed(&self, place: &Place, fault: &str) {
        self.assert_heals(place, &place.run(&["list", "--json"]), fault);
    }

    #[track_caller]
    fn assert_heals(&self, place: &Place, done: &Done, fault: &str) {
        assert_ended(done, 0);
        assert_eq!(done.stdout, self.list, "{fault}");
        assert_eq!(place.read(".rehearse/local/log.jsonl"), self.log, "{fault}");
        assert!(done.stderr.starts_with("note: rehearse.db ") && done.stderr.lines().count() == 1, "{fault}: {done:?}");
    }
}

#[test]
fn an_older_database_is_rebuilt() {
    let place = with_history();
    let kept = kept(&place);
    for version in [0, -7] {
        let db = Connection::open(database(&place)).unwrap();
        db.pragma_update(None, "user_version", version).unwrap();
        drop(db);
        kept.assert_healed(&place, "older");
        place.run(&["list"]).ended(0, &place.run(&["list"]).stdout, "");
    }
    assert_grades(&place);
}

#[test]
fn a_database_cut_to_any_length_is_rebuilt() {
    let place = with_history();
    let kept = kept(&place);
    let whole = std::fs::metadata(database(&place)).unwrap().len();
    for length in [0, 1, 50, 99, 100, 101, 1000, 4096, 4097, whole / 2, whole - 1] {
        let file = std::fs::OpenOptions::new().write(true).open(database(&place)).unwrap();
        file.set_len(length).unwrap();
        drop(file);
        kept.assert_healed(&place, &format!("cut to {length}"));
    }
    assert!(place.local().join("rehearse.db.bad").exists());
    assert_grades(&place);
    assert_intact(&place);
}

#[test]
fn a_database_garbled_anywhere_is_rebuilt() {
    let place = with_history();
    let kept = kept(&place);
    let size = usize::try_from(std::fs::metadata(database(&place)).unwrap().len()).unwrap();
    let mut random = random(4);
    let header = (0..100).flat_map(|at| [(at, 0xff_u8), (at, 1)]);
    let anywhere: Vec<_> = (0..200).map(|_| (random.random_range(0..size), random.random_range(1..=255))).collect();
    for (at, flip) in tiers::sample(header.chain(anywhere)) {
        let mut bytes = std::fs::read(database(&place)).unwrap();
        let at = at.min(bytes.len() - 1);
        bytes[at] ^= flip;
        std::fs::write(database(&place), &bytes).unwrap();
        let done = place.run(&["list", "--json"]);
        // A garbled version number looks like a newer version: the database is refused and left unchanged.
        if (60..64).contains(&at) && done.code == Some(3) {
            assert!(done.stderr.contains("newer version"), "byte {at} ^ {flip:#x}: {done:?}");
            assert_eq!(std::fs::read(database(&place)).unwrap(), bytes, "byte {at} ^ {flip:#x}");
            delete_database(&place.local());
            list(&place);
            continue;
        }
        kept.assert_heals(&place, &done, &format!("byte {at} ^ {flip:#x}"));
    }
    assert_grades(&place);
    assert_intact(&place);
}

/// The content of the file beside the database that says nobody else changed it.
fn stamp_text(path: &Path) -> String {
    use std::os::unix::fs::MetadataExt as _;
    let file = std::fs::metadata(path).unwrap();
    let ns = |seconds: i64, nanoseconds: i64| seconds * 1_000_000_000 + nanoseconds;
    let (modified, changed) = (ns(file.mtime(), file.mtime_nsec()), ns(file.ctime(), file.ctime_nsec()));
    format!("{} {modified} {changed} {}", file.len(), file.ino())
}

#[test]
fn a_page_damaged_unnoticed_makes_at_most_one_command_fail() {
    let place = with_history();
    let kept = kept(&place);
    let stamp = place.local().join("rehearse.db.stamp");
    let size = usize::try_from(std::fs::metadata(database(&place)).unwrap().len()).unwrap();
    // The start of a page has its type, so SQLite notices.
    for page in 1..size / 8192 {
        let mut bytes = std::fs::read(database(&place)).unwrap();
        if page * 8192 >= bytes.len() {
            continue;
        }
        bytes[page * 8192..page * 8192 + 8].fill(0xee);
        std::fs::write(database(&place), &bytes).unwrap();
        std::fs::write(&stamp, stamp_text(&database(&place))).unwrap();
        let first = place.run(&["list", "--json"]);
        let next = place.run(&["list", "--json"]);
        assert_eq!((next.code, &next.stdout), (Some(0), &kept.list), "page {page}: {first:?} {next:?}");
        let graded = place.run(&["grade", "c0", "4"]);
        let seen = place.run(&["log", "--json"]);
        let answers = [&first, &graded, &seen];
        let refused = answers.iter().filter(|done| done.code == Some(3)).count();
        let given = answers.iter().filter(|done| done.code == Some(0)).count();
        assert!(refused <= 1 && refused + given == 3, "page {page}: {answers:?}");
        assert_grades(&place);
        delete_database(&place.local());
        place.write(".rehearse/local/log.jsonl", &kept.log);
        list(&place);
    }
}

#[test]
fn any_other_file_in_its_place_is_set_aside_or_replaced() {
    let place = with_history();
    let kept = kept(&place);
    let stale = std::fs::read(place.local().join("rehearse.db-wal")).unwrap_or_default();
    let noise: Vec<u8> = {
        let mut random = random(5);
        (0..20_000).map(|_| random.random()).collect()
    };
    let text = b"SQLite format 3\0 and then nothing of the kind".to_vec();
    for (fault, bytes) in [("empty", Vec::new()), ("noise", noise), ("text", text)] {
        std::fs::write(database(&place), bytes).unwrap();
        kept.assert_healed(&place, fault);
    }
    for wal in [stale, b"7\x7f\x06\x82 and noise".to_vec(), Vec::new()] {
        delete_database(&place.local());
        std::fs::write(place.local().join("rehearse.db-wal"), wal).unwrap();
        kept.assert_healed(&place, "missing, with a stale WAL");
    }
    assert_grades(&place);
    assert_intact(&place);
}

#[test]
fn a_cut_or_garbled_wal_loses_nothing() {
    let place = with_history();
    let wal = place.local().join("rehearse.db-wal");
    let mut random = random(6);
    for _ in 0..40 {
        assert_grades(&place);
        let kept = kept(&place);
        let mut bytes = std::fs::read(&wal).unwrap();
        let at = random.random_range(0..bytes.len());
        if random.random() {
            bytes.truncate(at);
        } else {
            bytes[at] ^= 0x5a;
        }
        std::fs::write(&wal, bytes).unwrap();
        let _ = std::fs::remove_file(place.local().join("rehearse.db-shm"));
        assert_eq!(list(&place), kept.list, "byte {at}");
        assert_eq!(place.log().len(), kept.log.lines().count(), "byte {at}");
    }
    assert_intact(&place);
}

/// Asserts that the database is refused, named, and unchanged, and that no review is recorded.
#[track_caller]
fn assert_refused(place: &Place, why: &str) {
    let bytes = std::fs::metadata(database(place)).unwrap().is_file().then(|| std::fs::read(database(place)).unwrap());
    let log = place.read(".rehearse/local/log.jsonl");
    for args in [&["list"][..], &["due"], &["due", "--short"], &["grade", "c0", "4"], &["review"], &["log"]] {
        let done = place.run(args);
        assert_ended(&done, 3);
        assert_eq!(done.stdout, "", "{args:?}");
        assert!(done.stderr.starts_with("error: ") && done.stderr.contains(why), "{done:?}");
        assert!(done.stderr.contains("rehearse.db"), "{done:?}");
    }
    if let Some(bytes) = bytes {
        assert_eq!(std::fs::read(database(place)).unwrap(), bytes, "{why}");
    }
    assert_eq!(place.read(".rehearse/local/log.jsonl"), log);
    assert!(!place.local().join("rehearse.db.bad").exists());
}

#[test]
fn a_newer_database_is_refused() {
    let place = with_history();
    // Once in the file itself, and once only in the WAL, where the header does not show it.
    for checkpointed in [true, false] {
        delete_database(&place.local());
        list(&place);
        let db = Connection::open(database(&place)).unwrap();
        db.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, !checkpointed).unwrap();
        db.pragma_update(None, "user_version", 99).unwrap();
        drop(db);
        assert_refused(&place, "newer version");
    }
    std::fs::remove_file(database(&place)).unwrap();
    assert_grades(&place);
}

#[test]
fn a_foreign_database_is_refused() {
    for mode in ["delete", "wal"] {
        let place = with_history();
        delete_database(&place.local());
        let db = Connection::open(database(&place)).unwrap();
        db.pragma_update(None, "journal_mode", mode).unwrap();
        db.execute_batch("CREATE TABLE songs (name TEXT); INSERT INTO songs VALUES ('Moon River');").unwrap();
        drop(db);
        assert_refused(&place, "another program's");
    }
}

#[test]
fn a_folder_or_a_pipe_in_its_place_is_refused() {
    let place = with_history();
    delete_database(&place.local());
    std::fs::create_dir(database(&place)).unwrap();
    assert_refused(&place, "a folder, not a database");
    std::fs::remove_dir(database(&place)).unwrap();
    assert!(Command::new("mkfifo").arg(database(&place)).status().unwrap().success());
    assert_refused(&place, "no regular file");
    std::fs::remove_file(database(&place)).unwrap();
    assert_grades(&place);
}

#[expect(clippy::disallowed_methods, reason = "a rebuild is killed after a part of the time it takes")]
fn now() -> std::time::Instant {
    std::time::Instant::now()
}

#[test]
fn nothing_is_read_from_a_rebuild_that_was_killed() {
    let place = Place::with_deck(&many(12));
    place.write(".rehearse/local/log.jsonl", history(5000));
    let right = list(&place);
    delete_database(&place.local());
    let start = now();
    list(&place);
    let whole = start.elapsed();
    for percent in [1, 3, 6, 9, 12, 18, 24, 36, 48, 60, 72, 80, 90, 99] {
        delete_database(&place.local());
        let mut first = place.command(&["grade", "c11", "5"]).spawn().unwrap();
        std::thread::sleep(whole * percent / 100);
        first.kill().unwrap();
        first.wait().unwrap();
        // The grade may have been recorded; undo it to compare.
        let graded = place.log().iter().filter(|row| row["card"] == "c11" && row["void"] == false).count();
        if graded > 0 {
            assert_ended(&place.run(&["undo", &graded.to_string()]), 0);
        }
        assert_eq!(list(&place), right, "killed after {percent} % of {whole:?}");
        assert_intact(&place);
    }
}

#[test]
#[cfg(unix)]
fn a_lost_database_is_rebuilt_beside_an_unreadable_journal_file() {
    use std::os::unix::fs::PermissionsExt as _;
    if !can_close() {
        return;
    }
    let place = with_history();
    assert_ended(&place.run(&["export", "--journal"]), 0);
    let kept = kept(&place);
    let device = place.read(".rehearse/local/device").split(' ').next().unwrap().to_owned();
    let folder = place.path().join(".rehearse/journal").join(device);
    let file = std::fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o000)).unwrap();
    delete_database(&place.local());
    let list = finish(powerless(&place.command(&["list", "--json"])).spawn().unwrap());
    assert_eq!((list.code, &list.stdout), (Some(0), &kept.list), "{list:?}");
    assert!(!place.local().join("rehearse.db.new").exists());
}

#[test]
fn a_lost_database_is_rebuilt_from_the_branch_that_carries_the_history() {
    let place = Place::with_deck(&many(3));
    place.write(".rehearse/local/settings.toml", "[sync]\nbranch = \"history\"\n");
    place.git(&["init", "--quiet", "--initial-branch=main"]);
    place.git(&["add", "deck.toml"]);
    place.git(&["commit", "--quiet", "--message", "a deck"]);
    place.git(&["switch", "--quiet", "--create", "history"]);
    let event = Event::new("bbbbbbbb", 1, at(START - DAY_MS), &review("c2", 4));
    place.write(".rehearse/journal/bbbbbbbb/2026-11.jsonl", format!("{}\n", event.line));
    place.git(&["add", ".rehearse/journal"]);
    place.git(&["commit", "--quiet", "--message", "a journal"]);
    place.git(&["switch", "--quiet", "main"]);
    assert!(!place.path().join(".rehearse/journal").exists());
    assert_eq!(place.card("c2")["reviews"], 1);
    // Any other branch is the user's own.
    place.git(&["branch", "--move", "history", "other"]);
    delete_database(&place.local());
    assert_eq!(place.card("c2")["reviews"], 0);
}

#[test]
fn a_half_built_database_left_behind_is_never_read() {
    let place = with_history();
    let kept = kept(&place);
    delete_database(&place.local());
    let half = Connection::open(place.local().join("rehearse.db.new")).unwrap();
    half.execute_batch("CREATE TABLE meta (magic TEXT); INSERT INTO meta VALUES ('rehearse');").unwrap();
    drop(half);
    kept.assert_healed(&place, "half-built");
    let names = ["rehearse.db.new", "rehearse.db.new-journal", "rehearse.db.stamp-new"];
    let left: Vec<_> = names.iter().filter(|name| place.local().join(name).exists()).collect();
    assert!(left.is_empty(), "{left:?} left behind");
}
