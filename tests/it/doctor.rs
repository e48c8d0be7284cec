//! Doctor: every problem is found, what can be fixed is fixed, no history is lost, and a healthy collection is silent.

use std::collections::BTreeSet;
use std::process::Command;

use rehearsal::diagnostic::Severity;
use rehearsal::doctor::PROBLEMS;
use serde_json::Value;

use crate::events::{Event, When, at, lines, review};
use crate::support::{Done, Place};

const LOG: &str = ".rehearse/local/log.jsonl";
const DATABASE: &str = ".rehearse/local/rehearse.db";
const JOURNAL: &str = ".rehearse/journal/bbbbbbbb/2026-11.jsonl";
const DECK: &str = "[[card]]\nid = \"x\"\nprompt = \"X\"\n[[card]]\nid = \"y\"\nprompt = \"Y\"\n";
/// 22 November 2026, 08:00 UTC.
const NOW: i64 = 1_795_334_400_000;
const HOUR: i64 = 3_600_000;

/// Makes a collection with a little history.
fn used() -> Place {
    let place = Place::with_deck(DECK);
    for grade in ["4", "2", "4"] {
        assert_eq!(place.run(&["grade", "x", grade]).code, Some(0));
    }
    place
}

/// Makes a review of `y` by another device, `hours` from now, with its logical clock another `ahead` hours later.
fn event(seq: i64, hours: i64, ahead: i64) -> Event {
    let unix_ms = NOW + hours * HOUR;
    let when = When { logical: Some(unix_ms + ahead * HOUR), ..at(unix_ms) };
    Event::new("bbbbbbbb", seq, when, &review("y", 4))
}

/// Changes the database behind the program's back. The change stays in the WAL, because the file itself is stamped.
fn sql(place: &Place, sql: &str) {
    let db = rusqlite::Connection::open(place.path().join(DATABASE)).unwrap();
    db.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).unwrap();
    db.execute_batch(sql).unwrap();
}

/// Returns each finding as `file:line name`.
fn findings(place: &Place) -> Vec<String> {
    let found = place.json(&["doctor"]);
    let rows = found["findings"].as_array().unwrap();
    assert!(rows.iter().all(|row| row["help"].is_string() && row["column"] == 1), "{rows:#?}");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    rows.iter().map(|row| format!("{}:{} {}", text(&row["file"]), row["line"], text(&row["check"]))).collect()
}

fn git(place: &Place, args: &[&str]) {
    let done = Command::new("git").current_dir(place.path()).env("HOME", place.path()).args(args).output().unwrap();
    assert!(done.status.success(), "{args:?}");
}

#[test]
fn a_healthy_collection_is_silent() {
    Place::new().run(&["doctor"]).success("");
    let place = used();
    place.write(JOURNAL, lines(&[event(1, -50, 0), event(2, -1, 0), event(3, -24, 0)]));
    assert_eq!(place.run(&["undo"]).code, Some(0));
    assert_eq!(place.run(&["rename", "y", "z"]).code, Some(0));
    let log = place.read(LOG);
    // Torn by a crash, with no event since.
    place.write(LOG, format!("{log}{}", &log[..20]));
    place.run(&["doctor"]).success("");
    // The next event seals it and has its number.
    for torn in [20, 45, 90] {
        let log = place.read(LOG);
        assert_eq!(place.run(&["grade", "x", "4"]).code, Some(0));
        let next = place.read(LOG)[log.len()..].trim_start().to_owned();
        place.write(LOG, format!("{log}\n{}\n{next}", &next[..torn]));
        place.run(&["doctor"]).success("");
        place.run(&["doctor", "--fix"]).success("");
    }
    let all = place.json(&["doctor", "--fix"]);
    assert_eq!(all.to_string(), "{\"findings\":[],\"mended\":[]}");
}

/// A label, what is done to a used collection, the findings, and whether `--fix` helps.
type Damage = (&'static str, fn(&Place), &'static [&'static str], bool);

const DAMAGES: &[Damage] = &[
    (
        "a number changed",
        |place| place.write(LOG, place.read(LOG).replacen("\"g\":2", "\"g\":3", 1)),
        &["log.jsonl:2 bad-line", "log.jsonl:3 gap", "rehearse.db:1 only-in-database"],
        false,
    ),
    (
        "torn in the middle",
        |place| {
            let log = place.read(LOG);
            place.write(LOG, log.replacen('\n', "\n{\"v\":1,\"d\":\"zzzzzzzz\",\"s\"\n\n", 1));
        },
        &["log.jsonl:2 bad-line"],
        false,
    ),
    (
        "bytes and markers in a journal",
        |place| {
            place.write(
                JOURNAL,
                [
                    lines(&[event(1, -9, 0)]).as_bytes(),
                    b"<<<<<<< HEAD\n\xff\n",
                    lines(&[event(2, -8, 0)]).as_bytes(),
                    b"torn",
                ]
                .concat(),
            );
        },
        &["journal:2 bad-line", "journal:3 bad-line", "journal:5 bad-line"],
        false,
    ),
    (
        "an invalid device",
        |place| {
            let body = "{\"v\":1,\"d\":\"K7F3QM2X\",\"s\":1,\"t\":1790000000000,\"z\":0,\"k\":\"bury\",\"c\":\"a\"";
            place.write(JOURNAL, format!("{body},\"x\":\"{:08x}\"}}\n", crc32fast::hash(body.as_bytes())));
        },
        &["journal:1 bad-line"],
        false,
    ),
    (
        "a file in the place of a device's folder",
        |place| place.write(".rehearse/journal/bbbbbbbb", ""),
        &[".rehearse/journal/bbbbbbbb:1 journal-entry"],
        false,
    ),
    (
        "a newer version",
        |place| {
            let body = "{\"v\":2,\"d\":\"bbbbbbbb\",\"s\":1,\"t\":1790000000000,\"z\":0,\"k\":\"dream\"";
            place.write(JOURNAL, format!("{body},\"x\":\"{:08x}\"}}\n", crc32fast::hash(body.as_bytes())));
        },
        &["journal:1 newer-line"],
        false,
    ),
    (
        "the future",
        |place| place.write(JOURNAL, lines(&[event(1, 23, 0), event(2, 25, 0), event(3, 26, 0)])),
        &["journal:3 future"],
        false,
    ),
    (
        "a clock that went back",
        |place| place.write(JOURNAL, lines(&[event(1, -24, 0), event(2, -24 * 4, 0), event(3, -24 * 6, 0)])),
        &["journal:2 clock-jump"],
        false,
    ),
    (
        "a logical clock",
        |place| place.write(JOURNAL, lines(&[event(1, -2, 47), event(2, -1, 50)])),
        &["journal:2 clock-ahead"],
        false,
    ),
    (
        "numbers missing",
        |place| place.write(JOURNAL, lines(&[event(3, -3, 0), event(4, -2, 0), event(6, -1, 0)])),
        &["journal:1 gap"],
        false,
    ),
    (
        "a number twice",
        |place| place.write(JOURNAL, lines(&[event(1, -3, 0), event(1, -2, 0)])),
        &["journal:2 same-number"],
        false,
    ),
    (
        "a truncated log",
        |place| {
            let log = place.read(LOG);
            place.write(LOG, &log[..=log.find('\n').unwrap()]);
        },
        &["rehearse.db:1 only-in-database"],
        true,
    ),
    (
        "a deleted log",
        |place| std::fs::remove_file(place.path().join(LOG)).unwrap(),
        &["rehearse.db:1 only-in-database"],
        true,
    ),
    ("another state", |place| sql(place, "UPDATE states SET interval = 99"), &["rehearse.db:1 database"], true),
    (
        "another event",
        |place| sql(place, "UPDATE events SET grade = 0 WHERE seq = 2"),
        &["rehearse.db:1 database"],
        true,
    ),
    ("an event less", |place| sql(place, "DELETE FROM events WHERE seq = 3"), &["rehearse.db:1 database"], true),
    (
        "another prompt",
        |place| sql(place, "UPDATE cards SET prompt = 'Q' WHERE ord = 0"),
        &["rehearse.db:1 database"],
        true,
    ),
    ("another title", |place| sql(place, "UPDATE files SET title = 'Q'"), &["rehearse.db:1 database"], true),
    (
        "a copy of the folder",
        |place| {
            let device = place.read(".rehearse/local/device");
            place.write(".rehearse/local/device", format!("{} {}\n", &device[..8], "0".repeat(32)));
        },
        &["device:1 copied"],
        true,
    ),
    (
        "a file sync",
        |place| {
            place.write(".rehearse/local/log.sync-conflict-20261122-080000-ABCDEFG.jsonl", "");
            place.write(".rehearse/local/settings (conflicted copy).toml", "");
            let open = "chmod 600 .rehearse/local/*";
            assert!(Command::new("sh").args(["-c", open]).current_dir(place.path()).status().unwrap().success());
        },
        &["log.sync-conflict-20261122-080000-ABCDEFG.jsonl:1 shared", "settings (conflicted copy).toml:1 shared"],
        false,
    ),
    (
        "two cards with one id",
        |place| place.write("twin.toml", DECK),
        &["twin.toml:1 duplicate-id", "twin.toml:4 duplicate-id"],
        false,
    ),
    (
        "tracked by git",
        |place| {
            git(place, &["init", "--quiet"]);
            git(place, &["config", "merge.rehearse-deck.driver", "true"]);
            place.write(".gitattributes", "*.toml merge=rehearse-deck\n.rehearse/journal/** -text merge=union\n");
            git(place, &["add", "--force", LOG]);
        },
        &["log.jsonl:1 tracked-local"],
        false,
    ),
    (
        "a clone without a merge driver",
        |place| git(place, &["init", "--quiet"]),
        &[".git/config:1 merge-driver", ".gitattributes:1 merge-driver", ".gitattributes:1 merge-driver"],
        true,
    ),
];

#[test]
fn every_problem_is_found_and_fixing_loses_nothing() {
    for (label, damage, expected, fixable) in DAMAGES {
        let place = used();
        let before = reviews(&place);
        damage(&place);
        let (done, expected): (Done, Vec<String>) =
            (place.run(&["doctor"]), expected.iter().map(|place| position(place)).collect());
        let names: BTreeSet<&str> = expected.iter().map(|finding| finding.rsplit_once(' ').unwrap().1).collect();
        assert!(names.iter().all(|name| done.stdout.contains(&format!("[{name}]\n"))), "{label}: {done:?}");
        let info = |name: &&str| PROBLEMS.iter().any(|known| known.name == *name && known.severity == Severity::Info);
        assert_eq!(done.code, Some(if names.iter().all(info) { 0 } else { 1 }), "{label}: {done:?}");
        if names.contains("copied") {
            // Opening the folder fixes it.
            assert_eq!(findings(&place), [""; 0], "{label}");
            continue;
        }
        assert_eq!(findings(&place), expected, "{label}");
        let fixed = place.run(&["doctor", "--fix"]);
        if *fixable {
            assert!(fixed.stdout.starts_with("mended .") && fixed.code == Some(0), "{label}: {fixed:?}");
            place.run(&["doctor"]).success("");
        } else if names.iter().all(|name| *name != "bad-line") {
            assert_eq!(findings(&place), expected, "{label}");
        }
        assert!(reviews(&place).is_superset(&before), "{label}");
        for suffix in ["", "-wal", "-shm", ".stamp"] {
            let _ = std::fs::remove_file(place.local().join(format!("rehearse.db{suffix}")));
        }
        assert!(reviews(&place).is_superset(&before), "{label}: rebuilt");
    }
}

/// Expands a short position of the table.
fn position(short: &str) -> String {
    let (file, rest) = short.split_once(':').unwrap();
    let local = ["log", "rehearse.db", "device", "settings"].iter().any(|name| file.starts_with(name));
    match file {
        "journal" => format!("{JOURNAL}:{rest}"),
        _ if local => format!(".rehearse/local/{short}"),
        _ => short.to_owned(),
    }
}

/// Returns the ids of all events.
fn reviews(place: &Place) -> BTreeSet<String> {
    place.log().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn undone_events_are_not_reported() {
    let place = used();
    let future = event(1, 999, 0);
    place.write(JOURNAL, lines(std::slice::from_ref(&future)));
    assert_eq!(findings(&place), [format!("{JOURNAL}:1 future")]);
    let said = place.run(&["doctor"]);
    assert!(
        said.stdout.contains(&format!("as far as 2027-01-02 23:00 (event {}); it is 2026-11-22 08:00 here", future.id)),
        "{said:?}"
    );
    assert_eq!(place.run(&["undo", &future.id.to_string()]).code, Some(0));
    place.run(&["doctor"]).success("");
}

#[test]
#[cfg(unix)]
fn files_that_others_can_open_are_closed() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = used();
    let mode = |name: &str, mode| {
        std::fs::set_permissions(place.local().join(name), std::fs::Permissions::from_mode(mode)).unwrap();
    };
    mode("", 0o755);
    mode("log.jsonl", 0o644);
    mode("rehearse.db-wal", 0o660);
    place.write(".rehearse/local/settings.toml", "");
    mode("settings.toml", 0o640);
    place.run(&["doctor", "--fix"]).success(
        "mended .rehearse/local: mode 0700\nmended .rehearse/local/log.jsonl: mode 0600\n\
         mended .rehearse/local/rehearse.db-wal: mode 0600\nmended .rehearse/local/settings.toml: mode 0600\n",
    );
    place.run(&["doctor"]).success("");
}

#[test]
fn every_problem_is_explained() {
    let place = Place::new();
    for known in PROBLEMS {
        let done = place.run(&["doctor", "--explain", known.name]);
        assert!(
            done.code == Some(0) && done.stdout.contains(known.finds) && done.stdout.contains(known.fix),
            "{done:?}"
        );
        assert!(rehearsal::check::named(known.name).is_none(), "{}: `check` has one with this name", known.name);
    }
    place.run(&["doctor", "--explain", "futur"]).ended(
        2,
        "",
        "error: `doctor` has no finding `futur`\nhelp: did you mean `future`?\n",
    );
    place.run(&["doctor", "--explain", "orphan"]).ended(
        2,
        "",
        "error: `doctor` has no finding `orphan`\nhelp: `rehearse check --explain orphan` tells of it\n",
    );
}

const PURGED: &str = ".rehearse/journal/PURGED";

#[test]
fn a_list_of_purged_cards_has_no_effect_until_doctor_turns_it_into_resets() {
    let place = used();
    place.write(JOURNAL, lines(&[event(1, -9, 0)]));
    let before = place.json(&["list"]);
    place.write(PURGED, "x\nno id at all\n\ny\n");
    assert_eq!(place.json(&["list"]), before);
    assert_eq!(findings(&place), [".rehearse/journal/PURGED:1 purged-list"]);
    let fixed = place.run(&["doctor", "--fix"]);
    assert_eq!(fixed.code, Some(0), "{fixed:?}");
    assert!(fixed.stdout.contains("PURGED: removed; 2 resets recorded in its place"), "{fixed:?}");
    assert!(!place.path().join(PURGED).exists());
    assert_eq!((place.card("x")["reviews"].clone(), place.card("y")["reviews"].clone()), (0.into(), 0.into()));
    place.run(&["doctor"]).success("");
    // What is not a regular file is only named.
    std::fs::create_dir(place.path().join(PURGED)).unwrap();
    assert_eq!(place.run(&["doctor", "--fix"]).code, Some(1));
    assert_eq!(findings(&place), [".rehearse/journal/PURGED:1 journal-entry"]);
}
