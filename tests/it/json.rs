//! `--json`: every command answers in JSON, and in nothing else on stdout.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::events::derived;
use crate::support::{Done, Place, finish};

const DECK: &str = "[[card]]\nid = \"a\"\nprompt = \"A?\"\n[[card]]\nprompt = \"B?\"\n";
/// The keys of an object, in order.
fn keys(value: &Value) -> Vec<&str> {
    value.as_object().map(|object| object.keys().map(String::as_str).collect()).unwrap_or_default()
}

/// Runs a command with `--json` and an editor that fills in a prompt and adds a line; returns each line of stdout as a value.
fn run(place: &Place, args: &[&str], input: &str) -> Vec<Value> {
    let script = "#!/bin/sh\nsed -i 's/^prompt = \"\"/prompt = \"N?\"/' \"$1\"; echo '# more' >> \"$1\"\n";
    place.write("editor.sh", script);
    let editor = place.path().join("editor.sh");
    std::fs::set_permissions(&editor, std::fs::Permissions::from_mode(0o755)).unwrap();
    place.write("typed", input);
    let mut command = place.command(&[args, &["--json"]].concat());
    command.env("EDITOR", editor).stdin(std::fs::File::open(place.path().join("typed")).unwrap());
    let Done { stdout, stderr, code } = finish(command.spawn().unwrap());
    assert!(matches!(code, Some(0 | 1)), "{args:?}: {stderr}");
    match serde_json::from_str(&stdout) {
        Ok(value) => vec![value],
        Err(_) => stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{args:?}: {line}")))
            .collect(),
    }
}

#[test]
fn every_command_answers_in_json() {
    let place = Place::with_deck(DECK);
    let second = derived("B?");
    let second = second.as_str();
    place.write("gone.toml", "[[card]]\nid = \"gone\"\nprompt = \"Gone?\"\n");
    assert_eq!(place.run(&["grade", "gone", "4"]).code, Some(0));
    std::fs::remove_file(place.path().join("gone.toml")).unwrap();
    // Arguments, input, and the keys of the output.
    let cases: &[(&[&str], &str, &str)] = &[
        (&[], "", "cards decks due interviews minutes_per_day new seconds today unsynced"),
        (&["grade", "a", "4"], "", "again due event grade id"),
        (&["undo"], "", "undone"),
        (&["suspend", "a"], "", "card event suspended"),
        (&["suspend", "a"], "", "card event suspended"),
        (&["resume", "a"], "", "card event suspended"),
        (&["resume", "a"], "", "card event suspended"),
        (&["rename", "a", "c"], "", "event from to"),
        (&["rename", "a", "c"], "", "event from to"),
        (
            &["review", "--limit", "1"],
            "{\"action\":\"skip\"}\n",
            "deck early_for event id kind left limit parts points prompt",
        ),
        (&["due"], "", "cards interviews minutes today waiting"),
        (&["due", "--short"], "", "cards interviews minutes today waiting"),
        (&["list"], "", "cards"),
        (&["log", "--all"], "", "at card device id kind of void"),
        (&["show", second], "", ""),
        (&["why", second], "", ""),
        (&["stats"], "", ""),
        (&["stories"], "", ""),
        (&["interview"], "", "interviews"),
        (&["interview", "add", "--company", "N", "--date", "2026-12-09"], "", "cards file id"),
        (&["plan"], "", "interviews"),
        (&["brief"], "", "ask blank company date heard id meet plan role round shaky unsaid untold"),
        (&["note", "Dana Wu"], "", "interview name text"),
        (&["check"], "", "findings"),
        (&["check", "--explain", "value"], "", "check example finds says severity"),
        (&["doctor"], "", "findings"),
        (&["doctor", "--fix"], "", "findings mended"),
        (&["reset", "gone", "--yes"], "", "card event"),
        (&["coach"], "I built it.", ""),
        (&["coach", "--explain"], "", ""),
        (&["note", "--check", "-"], "Thank you.", ""),
        (&["schema"], "", ""),
        (&["add", "deck"], "", "added card changed event file gone"),
        (&["edit", second], "", "added card changed event file gone"),
        (&["ids"], "", "decks left written"),
        (&["ids"], "", "decks left written"),
        (&["export", "--journal"], "", "folder ignored of written"),
        (&["sync"], "", ""),
        (&["sync", "--dry-run"], "", ""),
        (&["init", "--list"], "", "packs"),
        (&["init", "new"], "", "attributes driver examples_left_out files folder hook repository"),
        (&["init", "--hook", "new"], "", "attributes driver examples_left_out files folder hook repository"),
    ];
    for (args, typed, expected) in cases {
        let answers = run(&place, args, typed);
        let lines = matches!(args.first(), Some(&("log" | "review")));
        assert!(!answers.is_empty() && (lines || answers.len() == 1), "{args:?}: {answers:#?}");
        if !expected.is_empty() {
            let mut found = keys(&answers[0]);
            found.sort_unstable();
            let expected: Vec<&str> =
                if args.first() == Some(&"log") { found.clone() } else { expected.split(' ').collect() };
            assert_eq!(found, expected, "{args:?}");
        }
    }
    // Commands with a format of their own refuse `--json`, and two hidden ones print nothing. Every other command is above.
    let own = ["completions", "debrief", "man", "merge-driver", "mock", "without-terminal"];
    for command in [&["completions", "bash"][..], &["man"], &["mock"]] {
        let done = place.run(&[command, &["--json"]].concat());
        assert!(done.code == Some(2) && done.stderr.contains("`--json` does not go with"), "{done:?}");
    }
    let tried: BTreeSet<&str> = cases.iter().filter_map(|(args, ..)| args.first().copied()).chain(own).collect();
    let manual = rehearsal::cli::manual();
    let commands: BTreeSet<&str> = manual.lines().filter_map(|line| line.strip_prefix("--- ")).collect();
    assert_eq!(tried, commands);
}

#[test]
fn json_output_names_the_recorded_event() {
    let place = Place::with_deck(DECK);
    let second = derived("B?");
    let newest = || place.log()[0]["id"].clone();
    let run = |args: &[&str]| run(&place, args, "").remove(0);
    assert_eq!(
        run(&["grade", "a", "3"]),
        json!({ "event": "saved", "id": "a", "grade": 3, "due": "2026-11-23", "again": true })
    );
    let review = newest();
    let undone = run(&["undo"]);
    assert_eq!((&undone["undone"][0]["id"], &undone["undone"][0]["void"]), (&review, &json!(true)));
    assert_eq!((&undone["undone"][0]["undo"], &undone["undone"][0]["grade"]), (&newest(), &json!(3)));
    let suspended = run(&["suspend", "a"]);
    assert_eq!(suspended, json!({ "card": "a", "suspended": true, "event": newest() }));
    assert_eq!(run(&["suspend", "a"]), json!({ "card": "a", "suspended": true, "event": null }));
    assert_eq!(run(&["resume", "a"]), json!({ "card": "a", "suspended": false, "event": newest() }));
    assert_eq!(run(&["rename", "a", "c"]), json!({ "from": "a", "to": "c", "event": newest() }));
    assert_eq!(run(&["rename", "a", "c"]), json!({ "from": "a", "to": "c", "event": null }));
    let added = run(&["add", "deck"]);
    assert_eq!((&added["changed"], &added["added"]), (&json!(true), &json!([derived("N?")])));
    place.write("deck.toml", "[[card]]\nprompt = \"B?\"\npoints = [\"b\"]\n[[card]]\nid = \"z\"\nprompt = \"Z?\"\n");
    assert_eq!(run(&["grade", second.as_str(), "4"])["again"], false);
    place.write(
        "new.sh",
        "#!/bin/sh\nsed -i 's/B?/C?/' \"$1\"; printf '[[card]]\\nid = \"d\"\\nprompt = \"D?\"\\n' >> \"$1\"\n",
    );
    let editor = place.path().join("new.sh");
    std::fs::set_permissions(&editor, std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = place.command(&["edit", second.as_str(), "--json"]);
    let done = finish(command.env("EDITOR", editor).spawn().unwrap());
    let edited: Value = serde_json::from_str(&done.stdout).unwrap();
    let card = place.json(&["list"])["cards"][0]["id"].clone();
    assert_eq!(
        edited,
        json!({ "file": "deck.toml", "changed": true, "card": card, "added": ["d"], "gone": [], "event": newest() })
    );
    assert_eq!(run(&["ids"]), json!({ "decks": [{ "file": "deck.toml", "written": 1 }], "written": 1, "left": [] }));
}
