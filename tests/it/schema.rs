//! The schema for editors says what the parser says: of whole decks, and of every key with every sort of value.

use std::path::Path;

use boon::{Compiler, SchemaIndex, Schemas};
use rehearsal::check::{CHECKS, Example};
use rehearsal::deck::{TABLES, parse};
use rehearsal::diagnostic::{Severity, Source};
use serde_json::Value;

use crate::support::Place;

/// The schema as the program prints it, ready to judge.
struct Judge {
    schemas: Schemas,
    index: SchemaIndex,
}

impl Judge {
    fn new() -> Self {
        let done = Place::new().run(&["schema"]);
        assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""));
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.add_resource("deck.schema.json", serde_json::from_str(&done.stdout).unwrap()).unwrap();
        let index = compiler.compile("deck.schema.json", &mut schemas).unwrap();
        Judge { schemas, index }
    }

    /// Whether it takes a deck that is TOML.
    fn takes(&self, deck: &str) -> bool {
        let table: toml::Table = toml::from_str(deck).unwrap_or_else(|error| panic!("{deck}: {error}"));
        self.schemas.validate(&as_json(toml::Value::Table(table)), self.index).is_ok()
    }
}

/// TOML as language servers see it: a date is its text.
fn as_json(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => text.into(),
        toml::Value::Integer(number) => number.into(),
        toml::Value::Float(number) => number.into(),
        toml::Value::Boolean(flag) => flag.into(),
        toml::Value::Datetime(at) => at.to_string().into(),
        toml::Value::Array(list) => list.into_iter().map(as_json).collect(),
        toml::Value::Table(table) => table.into_iter().map(|(key, value)| (key, as_json(value))).collect(),
    }
}

fn parser_takes(deck: &str) -> bool {
    parse(&Source::new("a.toml", deck), &[]).1.iter().all(|finding| finding.severity != Severity::Error)
}

#[test]
fn starter_decks_fit() {
    let judge = Judge::new();
    let decks = Path::new(env!("CARGO_MANIFEST_DIR")).join("decks");
    let paths = std::fs::read_dir(&decks).unwrap().map(|entry| entry.unwrap().path());
    let texts: Vec<String> = paths
        .filter(|path| {
            path.extension().is_some_and(|extension| extension == "toml") && !path.ends_with("rehearse.toml")
        })
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    assert!(texts.len() >= 3);
    assert!(texts.iter().all(|text| judge.takes(text)));
}

#[test]
fn what_a_schema_can_judge_of_the_checks_is_judged() {
    // Faults of what is written, not of what it means or of TOML itself.
    let judged = [
        "unknown-key",
        "unknown-table",
        "wrong-table",
        "missing-key",
        "value",
        "bad-id",
        "bad-date",
        "bad-limit",
        "empty",
        "not-a-deck",
    ];
    let judge = Judge::new();
    for check in CHECKS {
        let Example::Deck(bad) = check.example else { continue };
        if toml::from_str::<toml::Table>(bad).is_ok() {
            assert_eq!(judge.takes(bad), !judged.contains(&check.name), "{}", check.name);
        }
        let near = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/checks").join(check.name).join("near.toml");
        assert!(judge.takes(&std::fs::read_to_string(near).unwrap()), "{}, near", check.name);
    }
}

/// Values of every sort, those at the edges among them.
fn values() -> Vec<String> {
    let written = r#"
        ""; " "; "x"; "a b"; "-a"; ".a"; "a.b_c-D"; "é"; "open"; "Open"; "ses-2025"; ["ses-2025"]; "company"; "30"; 0; 1; -1; 59; 60; 99;
        100; 300; 301; 1899; 1900; 2200; 2201; 7200; 7201; 1.5; true; false; 2026-12-09; 2026-12-09T10:30:00;
        2026-12-09 10:30:00; 2026-12-09T10:30:00.5+01:00; 2026-12-09T10:30:00Z; 10:30:00; "9 December"; "90";
        "90s"; "2m"; "1m30s"; " 2m\t"; "\u00852m\u3000"; "2h"; "m"; "1m30"; "-5"; "1234567s"; []; [""]; [" "];
        ["x"]; ["x", "a b"]; [1]; [1, 99]; [0]; [100]; [true]; [2026-12-09]; ["company", "role"]; ["30"];
        ["salary"]; [["x"]]; {}; [{}]; [{ ask = "x" }]; [{ text = "x" }]; [{ ask = "x", any = ["y"] }];
        [{ text = "x", any = ["y"] }, "z"]; [{ text = " " }]; [{ ask = "x", any = "y" }];
        [{ text = "x", ayn = ["y"] }]; [{ any = ["y"] }];
    "#;
    let values = written.split(';').map(str::trim).filter(|value| !value.is_empty());
    values.map(str::to_owned).chain([64, 65].map(|n| format!("\"{}\"", "x".repeat(n)))).collect()
}

#[test]
fn every_key_takes_what_the_parser_takes() {
    let judge = Judge::new();
    for table in TABLES {
        for key in table.keys {
            // The other keys that the table needs, so that only this one is judged.
            let others = table.keys.iter().filter(|other| other.required && other.name != key.name);
            let others: String = others.map(|other| format!("{} = \"x\"\n", other.name)).collect();
            for value in values() {
                let deck = format!("{}\n{others}{} = {value}\n", table.header(), key.name);
                // JSON has no dates: a schema cannot tell one from a text.
                let date = value.contains("2026-12-09") || value.contains("10:30:00");
                match (judge.takes(&deck), parser_takes(&deck)) {
                    (true, false) => assert!(date, "only the schema takes it:\n{deck}"),
                    (false, true) => panic!("only the parser takes it:\n{deck}"),
                    _ => {}
                }
            }
        }
    }
    let quoted = "[interview]\ndate = \"2026-12-09\"\n";
    assert_eq!((judge.takes(quoted), parser_takes(quoted)), (true, false));
    for deck in
        ["card = 1", "[[deck]]", "[card]\nprompt = \"x\"", "[[card]]", "[[cards]]", "[deck.tags]\nx = 1", "card = []"]
    {
        assert_eq!(judge.takes(deck), parser_takes(deck), "{deck}");
    }
    let tables = "[[card]]\nprompt = \"x\"\n[[card.points]]\ntext = \"y\"\n";
    assert!(judge.takes(tables) && parser_takes(tables));
}
