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
