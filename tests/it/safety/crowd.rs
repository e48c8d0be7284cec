//! Several processes at once on one collection.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::*;

/// Runs this many processes at the same time, from the first run on, beside a process that reads all the time.
fn crowd(writers: usize) {
    const TURNS: usize = 4;
    let place = Place::with_deck(&many(40));
    let busy = AtomicBool::new(true);
    let (said, reads) = std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut reads = Vec::new();
            while busy.load(Ordering::Relaxed) {
                reads.push(place.run(&["due", "--short"]));
            }
            reads
        });
        let writer = |own: usize| {
            let place = &place;
            move || -> Vec<Done> {
                (0..TURNS)
                    .map(|turn| match (own + turn) % 3 {
                        0 => place.feed(&["review", "--new", "10", "--limit", "3"], "\n4\n\n5\n\n2\n"),
                        _ => place.run(&["grade", &format!("c{own}"), "4"]),
                    })
                    .collect()
            }
        };
        let writers: Vec<_> = (0..writers).map(|own| scope.spawn(writer(own))).collect();
        let said: Vec<Done> = writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect();
        busy.store(false, Ordering::Relaxed);
        (said, reader.join().unwrap())
    });
    let mut expected = BTreeMap::new();
    for done in said.iter().chain(&reads) {
        assert_ended(done, 0);
        assert!(!done.stderr.contains("error"), "{writers} at once: {done:?}");
        for (card, times) in acknowledged(&done.stdout) {
            *expected.entry(card).or_default() += times;
        }
    }
    let log = place.log();
    assert_no_twins(&log);
    assert_eq!(logged(&log), expected, "{writers} at once");
    assert_eq!(place.read(".rehearse/local/log.jsonl").lines().count(), log.len());
    assert_intact(&place);
    assert!(!reads.is_empty());
    let before = list(&place);
    delete_database(&place.local());
    assert_eq!(list(&place), before, "{writers} at once");
}

#[test]
fn two_to_eight_processes_review_one_collection() {
    for writers in [2, 3, 5, 8] {
        crowd(writers);
    }
}

/// Stops a session while it has the lock, and returns it. What it prints is read by a thread.
fn stopped_session(place: &Place) -> (Child, std::thread::JoinHandle<String>) {
    use std::io::{Read as _, Write as _};
    let mut command = place.command(&["review", "--new", "3000"]);
    let mut child = command.stdin(std::process::Stdio::piped()).spawn().unwrap();
    let (mut stdin, mut stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    std::thread::spawn(move || stdin.write_all("\n4\n".repeat(3000).as_bytes()));
    let said = std::thread::spawn(move || {
        let mut said = String::new();
        stdout.read_to_string(&mut said).unwrap();
        said
    });
    let db = rusqlite::Connection::open(place.local().join("rehearse.db")).unwrap();
    db.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).unwrap();
    db.busy_timeout(Duration::ZERO).unwrap();
    let stat = format!("/proc/{}/stat", child.id());
    let state = || std::fs::read_to_string(&stat).unwrap();
    loop {
        assert!(child.try_wait().unwrap().is_none(), "the session ended before it was stopped with the lock");
        signal(&child, "STOP");
        while !state().contains(") T ") {
            std::thread::yield_now();
        }
        if db.execute_batch("BEGIN IMMEDIATE; ROLLBACK").is_err() {
            return (child, said);
        }
        signal(&child, "CONT");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_stopped_process_delays_no_reader_and_a_writer_for_ten_seconds() {
    const WAITING: &str = "note: another process is using the collection; waiting for it, at most 10 seconds\n";
    const SKIPPED: &str =
        "note: another process is using the collection; what is new since its last command is not shown\n";
    let mut place = Place::with_deck(&many(3000));
    place.write("job.toml", "[interview]\ndate = 2026-11-22\ntags = [\"none\"]\n");
    assert_ended(&place.run(&["grade", "c0", "4"]), 0);
    let (mut child, said) = stopped_session(&place);
    let log = place.read(".rehearse/local/log.jsonl");
    // The next day: the interview is over, which changes what the index says.
    place.at("2026-11-23T08:00:00Z");
    let done = place.run(&["due", "--short"]);
    assert_ended(&done, 0);
    assert_eq!((done.stderr.as_str(), done.stdout.is_empty()), (SKIPPED, false), "{done:?}");
    // With a new deck and a journal from elsewhere: all that a reader would write.
    place.write("more.toml", "[[card]]\nprompt = \"More?\"\n");
    place.write(".rehearse/journal/x/2026-11.jsonl", event("aaaaaaaa", 1, -60, &review("c1", 4)).line + "\n");
    for args in [&["due", "--short"][..], &["due"], &["list"], &["log"], &["stats"], &["why", "c0"], &[]] {
        let done = place.run(args);
        assert_ended(&done, 0);
        assert_eq!((done.stderr.as_str(), done.stdout.is_empty()), (SKIPPED, false), "{args:?}: {done:?}");
    }
    let done = place.run(&["grade", "c2", "4"]);
    assert_ended(&done, 3);
    assert!(done.stdout.is_empty() && done.stderr.starts_with(WAITING), "{done:?}");
    assert_eq!(done.stderr.matches("another process is using the collection").count(), 2, "{done:?}");
    assert_eq!(place.read(".rehearse/local/log.jsonl"), log);
    // A writer that still waits goes on when the other does.
    let mut waiting = place.command(&["grade", "c2", "4"]).spawn().unwrap();
    let mut first = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(waiting.stderr.take().unwrap()), &mut first).unwrap();
    assert_eq!(first, WAITING);
    signal(&child, "CONT");
    let graded = crate::support::finish(waiting);
    assert_ended(&graded, 0);
    let status = child.wait().unwrap();
    assert!(status.success(), "{status:?}");
    let mut expected = acknowledged(&said.join().unwrap());
    *expected.entry("c2".to_owned()).or_default() += 1;
    *expected.entry("c0".to_owned()).or_default() += 1;
    *expected.entry("c1".to_owned()).or_default() += 1;
    assert_eq!(logged(&place.log()), expected);
    assert_intact(&place);
    assert_grades(&place);
}

#[test]
fn many_processes_rebuild_a_lost_database() {
    let place = Place::with_deck(&many(10));
    place.write(".rehearse/local/log.jsonl", history(2000));
    for _ in 0..3 {
        delete_database(&place.local());
        let runs: Vec<Done> = std::thread::scope(|scope| {
            let runs: Vec<_> = (0..6)
                .map(|n| {
                    scope.spawn({
                        let place = &place;
                        move || place.run(&["grade", &format!("c{n}"), "3"])
                    })
                })
                .collect();
            runs.into_iter().map(|run| run.join().unwrap()).collect()
        });
        let rebuilt = runs.iter().filter(|done| done.stderr.contains("built anew")).count();
        assert!(rebuilt >= 1, "{runs:?}");
        runs.iter().for_each(|done| assert_ended(done, 0));
    }
    let log = place.log();
    assert_no_twins(&log);
    assert_eq!(log.len(), 2000 + 3 * 6);
    assert_intact(&place);
}

#[test]
fn no_review_is_lost_if_the_database_is_lost_again_and_again() {
    let place = Place::with_deck(&many(40));
    let busy = AtomicBool::new(true);
    let said = std::thread::scope(|scope| {
        let vandal = scope.spawn(|| {
            let mut random = random(9);
            while busy.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(random.random_range(1..60)));
                match random.random_range(0..3) {
                    0 => delete_database(&place.local()),
                    1 => drop(std::fs::remove_file(place.local().join("rehearse.db"))),
                    _ => drop(std::fs::write(place.local().join("rehearse.db"), "garbled")),
                }
            }
        });
        let writer = |own: usize| {
            let place = &place;
            move || -> Vec<Done> {
                (0..12)
                    .map(|turn| match (own + turn) % 3 {
                        0 => place.feed(&["review", "--new", "10", "--limit", "3"], "\n4\n\n5\n\n2\n"),
                        _ => place.run(&["grade", &format!("c{own}"), "4"]),
                    })
                    .collect()
            }
        };
        let writers: Vec<_> = (0..4).map(|own| scope.spawn(writer(own))).collect();
        let said: Vec<Done> = writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect();
        busy.store(false, Ordering::Relaxed);
        vandal.join().unwrap();
        said
    });
    let mut expected = BTreeMap::new();
    for done in &said {
        // A process that opens the database while it is being deleted may fail.
        assert!(matches!(done.code, Some(0 | 3)) && !done.stderr.contains("panicked"), "{done:?}");
        for (card, times) in acknowledged(&done.stdout) {
            *expected.entry(card).or_insert(0) += times;
        }
    }
    let log = place.log();
    assert_no_twins(&log);
    let kept = logged(&log);
    assert!(expected.iter().all(|(card, times)| kept.get(card) >= Some(times)), "{expected:?} {kept:?}");
    let before = list(&place);
    delete_database(&place.local());
    assert_eq!(list(&place), before);
    assert_intact(&place);
    assert_grades(&place);
}
