//! A log that is torn, cut, or garbled: good lines count, none is lost, and the next line is whole.

use super::*;

const LOG: &str = ".rehearse/local/log.jsonl";

/// The ids of the good lines in these bytes.
fn good(bytes: &[u8]) -> BTreeSet<String> {
    let lines = bytes.split(|&byte| byte == b'\n').filter_map(|line| std::str::from_utf8(line).ok());
    lines.filter_map(Event::parse).map(|event| event.id).collect()
}

fn known(place: &Place) -> BTreeSet<String> {
    let log = place.log();
    assert_no_twins(&log);
    log.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

/// A name, and what happens to the log of `history(20)`.
type Fault = (&'static str, fn(&str) -> Vec<u8>);

const FAULTS: &[Fault] = &[
    ("last line torn", |log| log.as_bytes()[..log.len() - 30].to_vec()),
    ("last line torn after one byte", |log| {
        let last = log.trim_end().rfind('\n').unwrap();
        log.as_bytes()[..last + 2].to_vec()
    }),
    ("last line good but not ended", |log| log.trim_end().as_bytes().to_vec()),
    ("only a line, not ended", |log| log.lines().next().unwrap().as_bytes().to_vec()),
    ("garbage in the middle", |log| {
        let lines: Vec<&str> = log.lines().collect();
        [
            lines[..7].join("\n").as_bytes(),
            b"\n\xff\0\x1b[2J\nnonsense\n{}\n\n",
            lines[7..].join("\n").as_bytes(),
            b"\n",
        ]
        .concat()
    }),
    ("one letter other", |log| log.replacen("\"g\":1", "\"g\":5", 1).into_bytes()),
    ("conflict markers", |log| {
        let lines: Vec<&str> = log.lines().collect();
        let (a, b, c) = (lines[..5].join("\n"), lines[5..9].join("\n"), lines[9..].join("\n"));
        format!("{a}\n<<<<<<< HEAD\n{b}\n=======\n{b}\n>>>>>>> desk\n{c}\n").into_bytes()
    }),
    ("two lines run together", |log| log.replacen('\n', "", 1).into_bytes()),
    ("carriage returns", |log| log.replace('\n', "\r\n").into_bytes()),
    ("lines twice and in another order", |log| {
        let lines: Vec<&str> = log.lines().rev().chain(log.lines().take(5)).collect();
        (lines.join("\n") + "\n").into_bytes()
    }),
    ("a line without end", |log| (log.to_owned() + &"x".repeat(300_000)).into_bytes()),
    ("a hole of zeros at the end", |log| [log.as_bytes(), &[0; 5000]].concat()),
    ("empty", |_| Vec::new()),
];

#[test]
fn good_lines_count_whatever_is_between_them() {
    for (fault, garble) in FAULTS {
        let place = Place::with_deck(&many(10));
        let bytes = garble(&history(20));
        place.write(LOG, &bytes);
        assert_eq!(known(&place), good(&bytes), "{fault}");
        assert_grades(&place);
        let after = std::fs::read(place.path().join(LOG)).unwrap();
        assert!(after.starts_with(&bytes), "{fault}: the log was rewritten");
        assert_eq!(known(&place), good(&after), "{fault}");
        assert_grades(&place);
        let right = list(&place);
        delete_database(&place.local());
        assert_eq!(list(&place), right, "{fault}");
    }
}

#[test]
fn damage_to_a_log_in_use_loses_nothing_that_was_read() {
    for (fault, garble) in FAULTS {
        let place = Place::with_deck(&many(10));
        place.write(LOG, history(20));
        let before = known(&place);
        let right = list(&place);
        let bytes = garble(&history(20));
        place.write(LOG, &bytes);
        assert!(known(&place).is_superset(&before), "{fault}");
        if good(&bytes).is_subset(&before) {
            assert_eq!(list(&place), right, "{fault}");
        }
        assert_grades(&place);
        assert_grades(&place);
        let after = std::fs::read(place.path().join(LOG)).unwrap();
        assert!(after.starts_with(&bytes), "{fault}: the log was rewritten");
        let all: BTreeSet<String> = before.union(&good(&after)).cloned().collect();
        assert_eq!(known(&place), all, "{fault}");
    }
}

#[test]
fn a_log_cut_anywhere_in_its_last_lines_can_be_continued() {
    let whole = history(3);
    for length in 0..whole.len() {
        if length % 7 != 0 && length + 3 < whole.len() {
            continue;
        }
        let place = Place::with_deck(&many(10));
        let bytes = &whole.as_bytes()[..length];
        place.write(LOG, bytes);
        assert_grades(&place);
        let after = std::fs::read(place.path().join(LOG)).unwrap();
        assert_eq!(good(&after).len(), good(bytes).len() + 1, "cut to {length}");
        assert_eq!(known(&place), good(&after), "cut to {length}");
    }
}

#[test]
fn a_log_shorter_than_the_database_knows_can_be_continued() {
    let place = Place::with_deck(&many(10));
    place.write(LOG, history(20));
    let before = known(&place);
    let mut log = place.read(LOG);
    for lines in [15, 3, 0] {
        log = log.split_inclusive('\n').take(lines).collect();
        place.write(LOG, &log);
        assert!(known(&place).is_superset(&before), "{lines} lines");
        assert_grades(&place);
        log = place.read(LOG);
        assert_eq!(log.lines().count(), lines + 1);
    }
    std::fs::remove_file(place.path().join(LOG)).unwrap();
    assert!(known(&place).is_superset(&before));
    assert_grades(&place);
}

#[test]
fn a_log_replaced_by_another_is_read_from_the_start() {
    let place = Place::with_deck(&many(10));
    place.write(LOG, history(20));
    let before = known(&place);
    // Longer than what was read, and other bytes: the stored offset means nothing.
    let other: String = (0..30).map(|n| event("bbbbbbbb", n + 1, n, &review("c1", 5)).line + "\n").collect();
    place.write(LOG, &other);
    let all: BTreeSet<String> = before.union(&good(other.as_bytes())).cloned().collect();
    assert_eq!(known(&place), all);
    assert_grades(&place);
}
