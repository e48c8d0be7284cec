//! What an older version wrote is read unchanged. Each folder of `tests/fixtures` holds a collection as that version left
//! it, and what that version printed of it in `expected`:
//!
//! - decks: written and derived ids, CRLF, a story, an interview, variants, a file that the collection excludes
//! - the log of a device: ticks, hints, competencies, `bury`, `suspend`, renames, undos of undos, torn lines
//! - the journals of three devices and of a second learner, with kinds and versions that came later
//!
//! One value differs from what version 0.1.0 printed: it had no command for a reset, and still counted the reviews before
//! one.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::Place;

fn fixture(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/version-0.1.0").join(path)
}

/// The files below a folder, relative to it, in the order of their names.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = PathBuf::from(path.file_name().unwrap());
        if path.is_dir() {
            found.extend(files(&path).into_iter().map(|below| name.join(below)));
        } else {
            found.push(name);
        }
    }
    found.sort();
    found
}

fn place() -> Place {
    let mut place = Place::empty();
    place.at("2026-12-03T08:00:00Z");
    for (from, to) in [("decks", ""), ("journal", ".rehearse/journal"), ("local", ".rehearse/local")] {
        for file in files(&fixture(from)) {
            let to = Path::new(to).join(&file);
            place.write(to.to_str().unwrap(), std::fs::read(fixture(from).join(file)).unwrap());
        }
    }
    place
}

/// Everything that the older version printed is there and the same. A newer version may add keys.
#[track_caller]
fn assert_same(expected: &Value, found: &Value) {
    match (expected, found) {
        (Value::Object(expected_keys), Value::Object(found)) => {
            for (key, value) in expected_keys {
                let found = found.get(key).unwrap_or_else(|| panic!("`{key}` is missing: {expected}"));
                assert_same(value, found);
            }
        }
        (Value::Array(expected), Value::Array(found)) => {
            assert_eq!(expected.len(), found.len(), "{expected:#?}\n{found:#?}");
            expected.iter().zip(found).for_each(|(expected, found)| assert_same(expected, found));
        }
        _ => assert_eq!(expected, found),
    }
}

#[track_caller]
fn assert_reads_the_same(place: &Place) {
    let expected = std::fs::read_to_string(fixture("expected/list.json")).unwrap();
    assert_same(&serde_json::from_str(&expected).unwrap(), &place.json(&["list"]));
    let expected = std::fs::read_to_string(fixture("expected/log.jsonl")).unwrap();
    let expected: Vec<Value> = expected.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_same(&Value::from(expected), &Value::from(place.log()));
}

#[test]
fn files_of_version_0_1_0_are_read_unchanged() {
    let place = place();
    assert_reads_the_same(&place);
    // Once more, from the database that the first commands left.
    assert_reads_the_same(&place);
    assert_eq!(place.read(".rehearse/local/log.jsonl"), std::fs::read_to_string(fixture("local/log.jsonl")).unwrap());
}

#[test]
fn files_of_version_0_1_0_are_read_without_the_device_file() {
    let place = place();
    std::fs::remove_file(place.local().join("device")).unwrap();
    assert_reads_the_same(&place);
}

#[test]
fn the_journal_is_written_as_version_0_1_0_wrote_it() {
    let place = place();
    let done = place.run(&["export", "--journal"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    let (expected, found) = (fixture("expected/journal"), place.path().join(".rehearse/journal"));
    assert_eq!(files(&expected), files(&found));
    for file in files(&expected) {
        let read = |folder: &Path| String::from_utf8(std::fs::read(folder.join(&file)).unwrap()).unwrap();
        assert_eq!(read(&expected), read(&found), "{}", file.display());
    }
}
