//! History follows an edit if the evidence is certain, and is never guessed. `rename` moves it in any case.

use std::process::Stdio;

use serde_json::Value;

use crate::events::{Event, at, derived, lines, rename, unix_ms};
use crate::support::{Done, Place, finish};

/// A card without a written id. What follows the prompt after a `|` are more lines.
fn card(card: &str) -> String {
    let (prompt, rest) = card.split_once('|').unwrap_or((card, ""));
    format!("[[card]]\nprompt = \"{prompt}\"\n{}\n", rest.replace('|', "\n"))
}

fn deck(cards: &[&str]) -> String {
    cards.iter().map(|text| card(text)).collect()
}

#[track_caller]
fn graded(place: &Place, prompt: &str) {
    let done = place.run(&["grade", &derived(prompt), "4"]);
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""), "{done:?}");
}

/// The number of reviews of the card with this prompt.
#[track_caller]
fn reviews(place: &Place, prompt: &str) -> i64 {
    let list = place.json(&["list"]);
    let rows = list["cards"].as_array().unwrap();
    let row = rows.iter().find(|row| row["prompt"] == prompt).unwrap_or_else(|| panic!("{prompt}: {list:#}"));
    row["reviews"].as_i64().unwrap()
}

/// The event that a note says can be undone.
fn event(note: &str) -> &str {
    note.split_once("(undo ").unwrap().1.split(' ').next().unwrap()
}

const ADVICE: &str = "note: without an id a card is known by its wording; `rehearse ids` writes one into every card, and \
                      its history stays with it whatever you change\n";

#[test]
fn an_edit_is_announced_once_and_can_be_undone() {
    let old = "What is your greatest weakness, and how do you keep it from hurting the people you led?";
    let new = &old.replace("led", "lead");
    let place = Place::with_deck(&deck(&["A", old, "B"]));
    graded(&place, old);
    place.write("deck.toml", deck(&["A", new, "B"]));
    let first = place.run(&["due", "--short"]);
    let id = event(&first.stderr).to_owned();
    let note = "deck.toml:4: the history of \"What is your greatest weakness, and how …\" follows its new wording";
    first.ended(0, "0 due, 2 new\n", &format!("note: {note} (undo {id} takes it back)\n{ADVICE}"));
    place.run(&["due", "--short"]).success("0 due, 2 new\n");
    let newest = &place.log()[0];
    assert_eq!((&newest["id"], &newest["kind"], &newest["void"]), (&id.into(), &"rename".into(), &false.into()));
    assert_eq!((&newest["from"], &newest["to"]), (&derived(old).into(), &derived(new).into()));
    // Both names mean the card.
    graded(&place, old);
    graded(&place, new);
    assert_eq!(reviews(&place, new), 3);

    let done = place.run(&["undo", newest["id"].as_str().unwrap()]);
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""), "{done:?}");
    // Reviews under the new name stay with it, and no change of the files records the rename again.
    for text in [deck(&["A", new, "B"]), deck(&["A", new, "B", "C"]), deck(&["A", old, "B"]), deck(&["A", new, "B"])] {
        place.write("deck.toml", text);
        assert_eq!(place.run(&["list"]).stderr, "");
        assert_eq!(place.log().iter().filter(|row| row["kind"] == "rename").count(), 1);
    }
    assert_eq!(reviews(&place, new), 2);
    place.run(&["check"]).success("");
}

#[test]
fn an_undone_rename_is_not_recorded_again_even_for_a_card_without_reviews() {
    let place = Place::with_deck(&deck(&["A", "X", "B"]));
    graded(&place, "X");
    place.write("deck.toml", deck(&["A", "Y", "B"]));
    let id = event(&place.run(&["list"]).stderr).to_owned();
    assert_eq!(place.run(&["undo", &id]).code, Some(0));
    // There and back, as when branches are switched.
    for prompt in ["X", "Y", "X", "Y"] {
        place.write("deck.toml", deck(&["A", prompt, "B"]));
        assert_eq!(place.run(&["list"]).stderr, "", "{prompt}");
        assert_eq!(reviews(&place, prompt), i64::from(prompt == "X"));
    }
    // `check` knows that these are two cards.
    place.run(&["check"]).success("");
    // Undoing the undo, or another card in that place, is different.
    let undo = place.log()[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(place.run(&["undo", &undo]).code, Some(0));
    assert_eq!(reviews(&place, "Y"), 1);
    place.write("deck.toml", deck(&["A", "Z", "B"]));
    assert_eq!(place.run(&["list"]).stderr.lines().count(), 1);
    assert_eq!(reviews(&place, "Z"), 1);
}

/// The line by which another machine renames `X` to `Y`.
fn rename_by_another() -> String {
    let at = at(unix_ms("2026-11-22T09:00:00Z"));
    lines(&[Event::new("otherone", 1, at, &rename(&derived("X"), &derived("Y")))])
}

#[test]
fn one_undo_reverses_a_rename_that_two_machines_recorded() {
    let place = Place::with_deck(&deck(&["A", "X", "B"]));
    graded(&place, "X");
    place.write("deck.toml", deck(&["A", "Y", "B"]));
    let id = event(&place.run(&["list"]).stderr).to_owned();
    let line = rename_by_another();
    place.write(".rehearse/journal/otherone/2026-11.jsonl", line);
    assert_eq!(reviews(&place, "Y"), 1);
    let done = place.run(&["undo", &id]);
    assert_eq!((done.code, done.stdout.lines().count()), (Some(0), 2), "{done:?}");
    assert_eq!(reviews(&place, "Y"), 0);
}

#[test]
fn a_rename_that_comes_with_the_edit_is_not_recorded_again() {
    let place = Place::with_deck(&deck(&["A", "X", "B"]));
    graded(&place, "X");
    let line = rename_by_another();
    // It came by a pull, or it is in this log, from a run that was killed before it wrote the database.
    for file in [".rehearse/journal/otherone/2026-11.jsonl", ".rehearse/local/log.jsonl"] {
        let before = if file.ends_with("log.jsonl") { place.read(file) } else { String::new() };
        place.write(file, before + &line);
        for prompt in ["Y", "X"] {
            place.write("deck.toml", deck(&["A", prompt, "B"]));
            assert_eq!(place.run(&["list"]).stderr, "");
            assert_eq!(reviews(&place, prompt), 1);
        }
        assert_eq!(place.log().len(), 2);
    }
}

#[test]
fn broken_toml_loses_no_history() {
    let place = Place::with_deck(&deck(&["A", "X|points = [\"p\"]", "B"]));
    place.write("other.toml", deck(&["C"]));
    graded(&place, "X");
    let broken = deck(&["A", "X|points = [\"p\"]", "B"]).replace("prompt = \"X\"", "prompt = \"X");
    let renamed = |place: &Place| place.log().iter().filter(|row| row["kind"] == "rename").count();
    // While the deck is broken, no other card replaces the unreadable one, here or elsewhere.
    for text in [broken.clone(), broken.replace("\"B\"", "\"Y\""), format!("{broken}{}", card("Y|points = [\"p\"]"))] {
        place.write("deck.toml", text);
        place.write("other.toml", deck(&["C", "Z|points = [\"p\"]"]));
        assert_eq!(place.run(&["list", "--quiet"]).stderr, "");
        assert_eq!(renamed(&place), 0);
        let orphans = place.run(&["check", "--format", "short"]).stdout;
        assert!(!orphans.contains("may be the new wording"), "{orphans}");
    }
    // Fixed without other changes: nothing happens.
    place.write("deck.toml", deck(&["A", "X|points = [\"p\"]", "B"]));
    place.write("other.toml", deck(&["C"]));
    place.run(&["check"]).success("");
    assert_eq!((reviews(&place, "X"), renamed(&place)), (1, 0));
    // Fixed with other changes: the last readable state is old, so `check` suggests what may be meant.
    place.write("deck.toml", &broken);
    assert_eq!(place.run(&["list", "--quiet"]).code, Some(0));
    place.write("deck.toml", deck(&["A", "Y", "B"]));
    assert_eq!(place.run(&["list"]).stderr, "");
    assert_eq!((reviews(&place, "Y"), renamed(&place)), (0, 0));
    let (old, new) = (derived("X"), derived("Y"));
    place.run(&["check"]).success(&format!(
        "info: deck.toml:4:1: this may be the new wording of \"X\" (`{old}`), which has 1 review and stands in no deck [orphan]\n\
         help: if it is, `rehearse rename {old} {new}` lets that history go on here\n"
    ));
    assert_eq!(place.run(&["rename", &old, &new]).code, Some(0));
    assert_eq!(reviews(&place, "Y"), 1);
    place.run(&["check"]).success("");
}

#[test]
fn a_card_that_moved_is_not_new() {
    let place = Place::with_deck(&deck(&["A", "X", "B"]));
    place.write("other.toml", deck(&["Y", "C"]));
    graded(&place, "X");
    place.write("deck.toml", deck(&["A", "Y", "B"]));
    place.write("other.toml", deck(&["C"]));
    assert_eq!(place.run(&["list"]).stderr, "");
    assert_eq!(reviews(&place, "Y"), 0);
    assert_eq!(place.json(&["list", "--absent"])["cards"][0]["prompt"], "X");
}

#[test]
fn a_card_behind_a_link_has_not_vanished() {
    let place = Place::with_deck(&deck(&["A"]));
    place.write("below/b.toml", deck(&["X|points = [\"x\"]", "B"]));
    graded(&place, "X");
    let (below, aside) = (place.path().join("below"), place.path().join(".aside"));
    let follows = |place: &Place| place.run(&["list"]).stderr.contains("follows its new wording");
    std::fs::rename(&below, &aside).unwrap();
    std::os::unix::fs::symlink(&aside, &below).unwrap();
    place.write("deck.toml", deck(&["A", "Y|points = [\"x\"]"]));
    assert!(!follows(&place));
    // The file is back without X: nobody saw X vanish from it.
    std::fs::remove_file(&below).unwrap();
    std::fs::rename(&aside, &below).unwrap();
    place.write("below/b.toml", deck(&["Z|points = [\"z\"]", "B"]));
    assert!(!follows(&place));
    assert_eq!((reviews(&place, "Y"), reviews(&place, "Z")), (0, 0));
}

#[test]
fn history_follows_later_if_nothing_can_be_written() {
    let place = Place::with_deck(&deck(&["A", "X", "B"]));
    graded(&place, "X");
    place.write("deck.toml", deck(&["A", "Y", "B"]));
    // No file can grow, as on a full disk.
    let limited = |args: &[&str]| {
        let program = place.command(args);
        let mut command = std::process::Command::new("sh");
        command.args(["-c", "ulimit -f 0; exec \"$0\" \"$@\""]).arg(program.get_program()).args(program.get_args());
        command.env_clear().envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.current_dir(place.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
        finish(command.spawn().unwrap())
    };
    let log = place.read(".rehearse/local/log.jsonl");
    for args in [&["due", "--short"][..], &["list"], &["check"]] {
        let done = limited(args);
        assert_eq!(done.code, Some(0), "{done:?}");
        assert!(!done.stderr.contains("undo"), "{done:?}");
    }
    let grade = limited(&["grade", &derived("Y"), "4"]);
    assert_eq!((grade.code, grade.stdout.as_str()), (Some(3), ""), "{grade:?}");
    assert_eq!(place.read(".rehearse/local/log.jsonl"), log);
    assert_eq!(place.run(&["list"]).stderr.lines().count(), 2);
    assert_eq!(reviews(&place, "Y"), 1);
}

/// The findings of the check `orphan`.
fn orphans(place: &Place) -> Vec<Value> {
    let found = place.json(&["check"]);
    let findings = found["findings"].as_array().unwrap();
    findings.iter().filter(|finding| finding["check"] == "orphan").cloned().collect()
}

#[test]
fn an_orphan_is_reported_with_the_new_card_that_it_may_be() {
    let strength = "What is your greatest strength?";
    let place = Place::with_deck(&deck(&["A", strength, "B"]));
    graded(&place, strength);
    graded(&place, "A");
    // Deleted on purpose: no card can be it, and nothing is reported.
    place.write("deck.toml", deck(&["A", "B"]));
    assert_eq!(orphans(&place), [] as [Value; 0]);
    place.write("other.toml", deck(&["Tell me about a conflict."]));
    assert_eq!(orphans(&place), [] as [Value; 0]);
    // A similar card is reported, and nothing is changed.
    place.write("other.toml", deck(&["Tell me about a conflict.", "What is your greatest weakness?"]));
    let [found] = &orphans(&place)[..] else { panic!("{:?}", orphans(&place)) };
    let (old, new) = (derived(strength), derived("What is your greatest weakness?"));
    assert_eq!((&found["file"], &found["line"], &found["severity"]), (&"other.toml".into(), &4.into(), &"info".into()));
    assert!(found["help"].as_str().unwrap().contains(&format!("`rehearse rename {old} {new}`")), "{found}");
    assert_eq!(place.run(&["check"]).code, Some(0));
    assert_eq!(place.json(&["list", "--absent"])["cards"][0]["prompt"], strength);
    assert!(place.run(&["list", "--absent"]).stdout.ends_with(&format!("  {strength}\n")));
    // A new card with reviews has a history of its own.
    graded(&place, "What is your greatest weakness?");
    assert_eq!(orphans(&place), [] as [Value; 0]);
}

#[test]
fn a_rebuilt_database_has_no_evidence_and_check_says_so() {
    let place = Place::with_deck(&deck(&["A", "X", "W", "B"]));
    for prompt in ["A", "X", "W", "B"] {
        graded(&place, prompt);
    }
    std::fs::remove_file(place.local().join("rehearse.db")).unwrap();
    place.write("deck.toml", deck(&["A", "Y", "W", "B"]));
    let rebuilt = "note: rehearse.db was missing and was built anew from 4 events of the log and the journals\n";
    assert_eq!(place.run(&["list"]).stderr, rebuilt);
    assert_eq!(place.log().len(), 4);
    // Only one new card can be it.
    let [found] = &orphans(&place)[..] else { panic!("{:?}", orphans(&place)) };
    let command = |old: &str, new: &str| format!("`rehearse rename {} {}`", derived(old), derived(new));
    assert_eq!((&found["file"], &found["line"]), (&"deck.toml".into(), &4.into()));
    assert!(found["help"].as_str().unwrap().contains(&command("X", "Y")), "{found}");
    // With several the answer is unknown, but a card with the old prompt under a new id is certain.
    std::fs::remove_file(place.local().join("rehearse.db")).unwrap();
    place.write("deck.toml", deck(&["A", "Y", "Z", "B"]) + &card("W|id = \"named\"") + &card("V"));
    place.write("deck.toml", place.read("deck.toml").replace("prompt = \"B\"", "prompt = \"C\""));
    let found = orphans(&place);
    let helps: Vec<&str> = found.iter().map(|found| found["help"].as_str().unwrap()).collect();
    assert_eq!(helps.len(), 2, "{found:#?}");
    assert_eq!(found[0]["file"], ".rehearse/local/log.jsonl");
    let message = found[0]["message"].as_str().unwrap();
    assert!(message.starts_with("2 cards with history stand in no deck"), "{message}");
    assert!(message.contains(&derived("X")) && message.contains(&derived("B")), "{message}");
    assert!(helps[1].contains(&format!("`rehearse rename {} named`", derived("W"))), "{helps:?}");
}

#[test]
fn ids_written_by_hand_keep_the_history() {
    let place = Place::with_deck(&deck(&["X", "W", "V"]));
    for prompt in ["X", "W", "V"] {
        graded(&place, prompt);
    }
    place.write("deck.toml", deck(&["X|id = \"x\"", "W|id = \"w\"", "V|id = \"v\""]));
    let Done { stderr, .. } = place.run(&["list"]);
    let notes: Vec<&str> = stderr.lines().collect();
    assert_eq!(notes.len(), 4, "{stderr}");
    assert!(notes[0].starts_with("note: deck.toml:1: the history of \"X\" goes on as `x` (undo "), "{stderr}");
    assert_eq!(["x", "w", "v"].map(|id| place.card(id)["reviews"].as_i64()), [Some(1); 3]);
}
