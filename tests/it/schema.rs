//! The schema for editors accepts what the parser accepts: whole decks, and every key with every sort of value.

use std::path::{Path, PathBuf};

use boon::{Compiler, SchemaIndex, Schemas};
use rehearsal::check::{CHECKS, Example};
use rehearsal::deck::{TABLES, parse};
use rehearsal::diagnostic::{Severity, Source};
use serde_json::Value;

use crate::support::Place;

/// The schema as the program prints it, compiled.
struct Compiled {
    schemas: Schemas,
    index: SchemaIndex,
}

impl Compiled {
    fn new() -> Self {
        let done = Place::new().run(&["schema"]);
        assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""));
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.add_resource("deck.schema.json", serde_json::from_str(&done.stdout).unwrap()).unwrap();
        let index = compiler.compile("deck.schema.json", &mut schemas).unwrap();
        Compiled { schemas, index }
    }

    /// Returns whether it accepts a deck that is valid TOML.
    fn accepts(&self, deck: &str) -> bool {
        let table: toml::Table = toml::from_str(deck).unwrap_or_else(|error| panic!("{deck}: {error}"));
        self.schemas.validate(&as_json(toml::Value::Table(table)), self.index).is_ok()
    }
}

/// Converts TOML as language servers do: a date becomes its text.
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

fn parser_accepts(deck: &str) -> bool {
    parse(&Source::new("a.toml", deck), &[]).1.iter().all(|finding| finding.severity != Severity::Error)
}

#[test]
fn starter_decks_fit() {
    let schema = Compiled::new();
    let decks = Path::new(env!("CARGO_MANIFEST_DIR")).join("decks");
    let entries = |folder: &Path| std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let packs = entries(&decks).filter(|path| path.is_dir());
    let is_toml = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "toml");
    let texts: Vec<String> = packs
        .flat_map(|pack| entries(&pack))
        .filter(is_toml)
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    assert!(texts.len() >= 20);
    assert!(texts.iter().all(|text| schema.accepts(text)));
}

#[test]
fn the_schema_rejects_the_examples_of_checks_about_keys_and_values() {
    // Checks of keys and values, not of meaning or of TOML itself.
    let rejected = [
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
    let schema = Compiled::new();
    for check in CHECKS {
        let Example::Deck(bad) = check.example else { continue };
        if toml::from_str::<toml::Table>(bad).is_ok() {
            assert_eq!(schema.accepts(bad), !rejected.contains(&check.name), "{}", check.name);
        }
        let near = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/check/examples").join(check.name).join("near.toml");
        assert!(schema.accepts(&std::fs::read_to_string(near).unwrap()), "{}, near", check.name);
    }
}

/// Returns values of every sort, with edge cases.
fn values() -> Vec<String> {
    let written = r#"
        ""; " "; "x"; "a b"; "-a"; ".a"; "a.b_c-D"; "é"; "open"; "Open"; "ses-2025"; ["ses-2025"]; "company"; "30"; 0; 1; 3; 4; -1; 59; 60; 99;
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
fn every_key_accepts_what_the_parser_accepts() {
    let schema = Compiled::new();
    for table in TABLES {
        for key in table.keys {
            // The other required keys, so that only this one matters.
            let others = table.keys.iter().filter(|other| other.required && other.name != key.name);
            let others: String = others.map(|other| format!("{} = \"x\"\n", other.name)).collect();
            for value in values() {
                let deck = format!("{}\n{others}{} = {value}\n", table.header(), key.name);
                // JSON has no dates: a schema cannot tell a date from a text.
                let date = value.contains("2026-12-09") || value.contains("10:30:00");
                match (schema.accepts(&deck), parser_accepts(&deck)) {
                    (true, false) => assert!(date, "only the schema accepts it:\n{deck}"),
                    (false, true) => panic!("only the parser accepts it:\n{deck}"),
                    _ => {}
                }
            }
        }
    }
    let quoted = "[interview]\ndate = \"2026-12-09\"\n";
    assert_eq!((schema.accepts(quoted), parser_accepts(quoted)), (true, false));
    for deck in
        ["card = 1", "[[deck]]", "[card]\nprompt = \"x\"", "[[card]]", "[[cards]]", "[deck.tags]\nx = 1", "card = []"]
    {
        assert_eq!(schema.accepts(deck), parser_accepts(deck), "{deck}");
    }
    let tables = "[[card]]\nprompt = \"x\"\n[[card.points]]\ntext = \"y\"\n";
    assert!(schema.accepts(tables) && parser_accepts(tables));
}
