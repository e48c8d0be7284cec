//! History follows an edit where the evidence is certain, is never guessed, and can always be told where it belongs.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use proptest::prelude::*;
use rehearsal::clock::Instant;
use rehearsal::collection::{Collection, Folders, Open};
use rehearsal::deck::CardId;
use rehearsal::entry::Entry;
use rehearsal::history::{Body, Device, Renames, Review, render, seal};
use rehearsal::schedule::Grade;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Done, Place, finish};
use crate::tiers::cases;

fn derived(prompt: &str) -> String {
    CardId::derived(prompt).to_string()
}

/// A card without id; what follows the prompt after a `|` are further lines.
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

/// Reviews of the card that has this prompt now.
#[track_caller]
fn reviews(place: &Place, prompt: &str) -> i64 {
    let list = place.json(&["list"]);
    let rows = list["cards"].as_array().unwrap();
    let row = rows.iter().find(|row| row["prompt"] == prompt).unwrap_or_else(|| panic!("{prompt}: {list:#}"));
    row["reviews"].as_i64().unwrap()
}

/// The event that a note says can be taken back.
fn event(note: &str) -> &str {
    note.split_once("(undo ").unwrap().1.split(' ').next().unwrap()
}

const ADVICE: &str = "note: without an id a card is known by its wording; `rehearse ids` writes one into every card, and \
                      its history stays with it whatever you change\n";

#[test]
fn an_edit_is_announced_once_and_can_be_taken_back() {
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
    // Either name is the card's.
    graded(&place, old);
    graded(&place, new);
    assert_eq!(reviews(&place, new), 3);

    let done = place.run(&["undo", newest["id"].as_str().unwrap()]);
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""), "{done:?}");
    // What was recorded under the new name stays with it, and nothing that happens to the files brings the rename back.
    for text in [deck(&["A", new, "B"]), deck(&["A", new, "B", "C"]), deck(&["A", old, "B"]), deck(&["A", new, "B"])] {
        place.write("deck.toml", text);
        assert_eq!(place.run(&["list"]).stderr, "");
        assert_eq!(place.log().iter().filter(|row| row["kind"] == "rename").count(), 1);
    }
    assert_eq!(reviews(&place, new), 2);
    place.run(&["check"]).success("");
}

#[test]
fn a_rename_taken_back_is_not_evidence_again_even_for_a_card_without_reviews() {
    let place = Place::with_deck(&deck(&["A", "X", "B"]));
    graded(&place, "X");
    place.write("deck.toml", deck(&["A", "Y", "B"]));
    let id = event(&place.run(&["list"]).stderr).to_owned();
    assert_eq!(place.run(&["undo", &id]).code, Some(0));
    // There and back again, as branches are switched.
    for prompt in ["X", "Y", "X", "Y"] {
        place.write("deck.toml", deck(&["A", prompt, "B"]));
        assert_eq!(place.run(&["list"]).stderr, "", "{prompt}");
        assert_eq!(reviews(&place, prompt), i64::from(prompt == "X"));
    }
    // `check` knows that the two are not one.
    place.run(&["check"]).success("");
    // The undo undone, and another card in that place, are other matters.
    let undo = place.log()[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(place.run(&["undo", &undo]).code, Some(0));
    assert_eq!(reviews(&place, "Y"), 1);
    place.write("deck.toml", deck(&["A", "Z", "B"]));
    assert_eq!(place.run(&["list"]).stderr.lines().count(), 1);
    assert_eq!(reviews(&place, "Z"), 1);
}

#[test]
fn what_two_machines_recorded_is_taken_back_at_once() {
    let place = Place::with_deck(&deck(&["A", "X", "B"]));
    graded(&place, "X");
    place.write("deck.toml", deck(&["A", "Y", "B"]));
    let id = event(&place.run(&["list"]).stderr).to_owned();
    let body = Body::Rename { card: CardId::derived("X"), to: CardId::derived("Y") };
    let at = Instant::parse_rfc3339("2026-11-22T09:00:00Z").unwrap();
    let line = render(&seal(Device::parse("otherone").unwrap(), 1, at, None, body));
    place.write(".rehearse/journal/otherone/2026-11.jsonl", line + "\n");
    assert_eq!(reviews(&place, "Y"), 1);
    let done = place.run(&["undo", &id]);
    assert_eq!((done.code, done.stdout.lines().count()), (Some(0), 2), "{done:?}");
    assert_eq!(reviews(&place, "Y"), 0);
}

#[test]
fn a_rename_that_comes_with_the_edit_is_not_recorded_again() {
    let place = Place::with_deck(&deck(&["A", "X", "B"]));
    graded(&place, "X");
    let body = Body::Rename { card: CardId::derived("X"), to: CardId::derived("Y") };
    let at = Instant::parse_rfc3339("2026-11-22T09:00:00Z").unwrap();
    let line = render(&seal(Device::parse("otherone").unwrap(), 1, at, None, body)) + "\n";
    // By a pull, or in the own log by a run that was killed before it had told the database.
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

/// What a collection is made to say, what it says then, and which prompts' histories go on as which.
type Case<'a> = (&'a str, &'a [(&'a str, &'a [&'a str])], &'a [(&'a str, &'a [&'a str])], &'a [(&'a str, &'a str)]);

const CASES: &[Case<'_>] = &[
    ("a typo", &[("a", &["A", "X", "B"])], &[("a", &["A", "Y", "B"])], &[("X", "Y")]),
    ("the only card of its file", &[("a", &["X"])], &[("a", &["Y"])], &[("X", "Y")]),
    (
        "two prompts reworded at once",
        &[("a", &["A", "X|points = [\"x\"]", "W|answer = \"w\"", "B"])],
        &[("a", &["A", "Y|points = [\"x\"]", "Z|answer = \"w\"", "B"])],
        &[("X", "Y"), ("W", "Z")],
    ),
    (
        "with a neighbour between them",
        &[("a", &["X", "A", "W"])],
        &[("a", &["Y", "A", "Z"])],
        &[("X", "Y"), ("W", "Z")],
    ),
    (
        "reworded and moved to another file",
        &[("a", &["A", "X|points = [\"x\", \"y\"]|tags = [\"t\"]"]), ("b", &["B"])],
        &[("a", &["A"]), ("b", &["B", "Y|tags = [\"t\"]|points = [ \"x\",\"y\" ]"])],
        &[("X", "Y")],
    ),
    ("moved to another file", &[("a", &["A", "X"]), ("b", &["B"])], &[("a", &["A"]), ("b", &["X", "B"])], &[]),
    ("a file renamed", &[("a", &["A", "X"])], &[("b", &["A", "X"])], &[]),
    (
        "a file renamed, and a card of it reworded",
        &[("a", &["A", "X|hint = \"h\"", "B"])],
        &[("b", &["A", "Y|hint = \"h\"", "B"])],
        &[("X", "Y")],
    ),
    (
        "a deck split in two",
        &[("a", &["A", "X|points = [\"x\"]", "B", "W", "C"])],
        &[("a", &["A", "Y|points = [\"x\"]"]), ("b", &["B", "Z", "C"])],
        // The one whose place is another file, too, and that says nothing else, cannot be told.
        &[("X", "Y")],
    ),
    (
        "one deleted, another that sounds alike added elsewhere",
        &[("a", &["A", "greatest strength", "B"]), ("b", &["C"])],
        &[("a", &["A", "B"]), ("b", &["C", "greatest weakness"])],
        &[],
    ),
    ("the same in one file", &[("a", &["greatest strength", "A"])], &[("a", &["A", "greatest weakness"])], &[]),
    (
        "one of two that are alike deleted",
        &[("a", &["first 30 days|points = [\"p\"]", "first 60 days|points = [\"p\"]"])],
        &[("a", &["first 60 days|points = [\"p\"]"])],
        &[],
    ),
    (
        "and a third put elsewhere",
        &[("a", &["first 30 days|points = [\"p\"]", "first 60 days|points = [\"p\"]"])],
        &[("a", &["first 60 days|points = [\"p\"]", "first 90 days|points = [\"p\"]"])],
        &[],
    ),
    (
        "one deleted and the other reworded",
        &[("a", &["A", "first 30 days|points = [\"p\"]", "first 60 days|points = [\"p\"]", "B"])],
        &[("a", &["A", "first days|points = [\"p\"]", "B"])],
        &[],
    ),
    (
        "labels are nobody's own",
        &[("a", &["A", "X|limit = 60|tags = [\"t\"]"])],
        &[("a", &["A"]), ("b", &["Y|limit = 60|tags = [\"t\"]"])],
        &[],
    ),
    (
        "what another card said as well",
        &[("a", &["A", "X|points = [\"p\"]", "B"]), ("b", &["C|points = [\"p\"]"])],
        &[("a", &["A", "B", "Y|points = [\"p\"]"]), ("b", &["C|points = [\"q\"]"])],
        &[],
    ),
    (
        "what one with an id said, which is deleted",
        &[("a", &["A", "X|hint = \"h\"", "B"]), ("b", &["C|id = \"c\"|hint = \"h\"", "B"])],
        &[("a", &["A", "B", "Y|hint = \"h\""]), ("b", &["B"])],
        &[],
    ),
    (
        "two places of one card",
        &[("a", &["A", "X", "B"]), ("b", &["X", "C"])],
        &[("a", &["A", "Y", "B"]), ("b", &["Y", "C"])],
        &[("X", "Y")],
    ),
    (
        "in its place, and where another file had a card without history",
        &[("a", &["A", "X", "B"]), ("b", &["C", "new W", "D"])],
        &[("a", &["A", "Y", "B"]), ("b", &["C", "Y", "D"])],
        &[],
    ),
    (
        "one of the two places",
        &[("a", &["A", "X", "B"]), ("b", &["X"])],
        &[("a", &["A", "Y", "B"]), ("b", &["X"])],
        &[],
    ),
];

/// A machine that shares a folder of decks with others.
struct Machine {
    local: TempDir,
    random: u64,
}

impl Machine {
    fn new(random: u64) -> Self {
        Machine { local: TempDir::new().unwrap(), random: random << 24 }
    }

    fn open(&self, root: &Path, now: Instant) -> Collection {
        let folders = Folders::find(Some(root), Some(self.local.path()), root).unwrap();
        let open = Open { folders, random: self.random, now, write: true, lenient: false, progress: &|_, _, _| {} };
        Collection::open(open).ok().unwrap()
    }
}

/// Every rename of a log, the oldest first: from, to, and whether it was taken back.
fn renames(collection: &Collection) -> Vec<(CardId, CardId, bool)> {
    let mut found = Vec::new();
    let each = |logged: rehearsal::store::Logged| {
        if let Body::Rename { card, to } = logged.event.body {
            found.push((card, to, logged.void));
        }
        true
    };
    collection.store.newest(true, each).unwrap();
    found.reverse();
    found
}

fn now() -> Instant {
    Instant::parse_rfc3339("2026-11-22T08:00:00Z").unwrap()
}

/// Grades every card but those whose prompts begin with `new`.
fn grade_all(collection: &mut Collection, at: Instant) {
    let all = collection.store.all().unwrap();
    for entry in all.into_iter().filter(|entry| !entry.prompt.starts_with("new")) {
        let review = Review::new(entry.card, Grade::new(4).unwrap());
        collection.store.record(at, Body::Review(review)).unwrap();
    }
}

fn lay(root: &Path, files: &[(&str, &[&str])]) {
    for name in ["a", "b"] {
        let path = root.join(name).with_extension("toml");
        match files.iter().find(|(file, _)| *file == name) {
            Some((_, cards)) => std::fs::write(path, deck(cards)).unwrap(),
            None => drop(std::fs::remove_file(path)),
        }
    }
}

#[test]
fn history_follows_what_is_certain_and_nothing_else() {
    for (what, before, after, expected) in CASES {
        let root = TempDir::new().unwrap();
        std::fs::write(root.path().join("rehearse.toml"), "").unwrap();
        let machine = Machine::new(7);
        lay(root.path(), before);
        grade_all(&mut machine.open(root.path(), now()), now());
        lay(root.path(), after);
        let collection = machine.open(root.path(), now().plus_ms(60_000));
        let named = |(old, new): &(&str, &str)| (CardId::derived(old), CardId::derived(new), false);
        let expected: Vec<_> = expected.iter().map(named).collect();
        assert_eq!(renames(&collection), expected, "{what}");
        let advice = usize::from(!expected.is_empty());
        assert_eq!(collection.notes.len(), expected.len() + advice, "{what}: {:?}", collection.notes);
        for (_, new, _) in &expected {
            assert_eq!(collection.store.card(new).unwrap().unwrap().state.reviews, 1, "{what}");
        }
        drop(collection);
        // Whatever was told is told once, and a branch that is switched back finds its cards as they were.
        for files in [after, before, after] {
            lay(root.path(), files);
            let collection = machine.open(root.path(), now().plus_ms(120_000));
            assert_eq!(renames(&collection), expected, "{what}");
            assert_eq!(collection.notes, [""; 0], "{what}");
            let all = collection.store.all().unwrap();
            let old =
                |prompt: &str| files == before || expected.iter().any(|(_, new, _)| *new == CardId::derived(prompt));
            for entry in all.iter().filter(|entry| old(&entry.prompt) && !entry.prompt.starts_with("new")) {
                assert_eq!(entry.state.reviews, 1, "{what}: {entry:?}");
            }
        }
    }
}

#[test]
fn a_minute_of_broken_toml_costs_no_history() {
    let place = Place::with_deck(&deck(&["A", "X|points = [\"p\"]", "B"]));
    place.write("other.toml", deck(&["C"]));
    graded(&place, "X");
    let broken = deck(&["A", "X|points = [\"p\"]", "B"]).replace("prompt = \"X\"", "prompt = \"X");
    let renamed = |place: &Place| place.log().iter().filter(|row| row["kind"] == "rename").count();
    // While it is broken nobody takes the place of what cannot be read, here or elsewhere.
    for text in [broken.clone(), broken.replace("\"B\"", "\"Y\""), format!("{broken}{}", card("Y|points = [\"p\"]"))] {
        place.write("deck.toml", text);
        place.write("other.toml", deck(&["C", "Z|points = [\"p\"]"]));
        assert_eq!(place.run(&["list", "--quiet"]).stderr, "");
        assert_eq!(renamed(&place), 0);
        let orphans = place.run(&["check", "--format", "short"]).stdout;
        assert!(!orphans.contains("may be the new wording"), "{orphans}");
    }
    // Healed as it was: nothing happened.
    place.write("deck.toml", deck(&["A", "X|points = [\"p\"]", "B"]));
    place.write("other.toml", deck(&["C"]));
    place.run(&["check"]).success("");
    assert_eq!((reviews(&place, "X"), renamed(&place)), (1, 0));
    // Healed otherwise: what was seen of it was broken, and `check` says what may be meant.
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
fn a_card_that_moved_is_not_new_where_it_stands_now() {
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
fn what_lies_behind_a_link_is_not_gone() {
    let place = Place::with_deck(&deck(&["A"]));
    place.write("below/b.toml", deck(&["X|points = [\"x\"]", "B"]));
    graded(&place, "X");
    let (below, aside) = (place.path().join("below"), place.path().join(".aside"));
    let follows = |place: &Place| place.run(&["list"]).stderr.contains("follows its new wording");
    std::fs::rename(&below, &aside).unwrap();
    std::os::unix::fs::symlink(&aside, &below).unwrap();
    place.write("deck.toml", deck(&["A", "Y|points = [\"x\"]"]));
    assert!(!follows(&place));
    // Back, and without X: it was not seen to vanish from there.
    std::fs::remove_file(&below).unwrap();
    std::fs::rename(&aside, &below).unwrap();
    place.write("below/b.toml", deck(&["Z|points = [\"z\"]", "B"]));
    assert!(!follows(&place));
    assert_eq!((reviews(&place, "Y"), reviews(&place, "Z")), (0, 0));
}

#[test]
fn where_nothing_can_be_written_history_follows_later() {
    let place = Place::with_deck(&deck(&["A", "X", "B"]));
    graded(&place, "X");
    place.write("deck.toml", deck(&["A", "Y", "B"]));
    // No file may grow: as a disk that is full.
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

/// The findings of `check` named so.
fn orphans(place: &Place) -> Vec<Value> {
    let found = place.json(&["check"]);
    let findings = found["findings"].as_array().unwrap();
    findings.iter().filter(|finding| finding["check"] == "orphan").cloned().collect()
}

#[test]
fn an_orphan_is_named_beside_the_newcomer_it_may_have_become() {
    let strength = "What is your greatest strength?";
    let place = Place::with_deck(&deck(&["A", strength, "B"]));
    graded(&place, strength);
    graded(&place, "A");
    // Deleted on purpose: nothing may be it, and nothing is said.
    place.write("deck.toml", deck(&["A", "B"]));
    assert_eq!(orphans(&place), [] as [Value; 0]);
    place.write("other.toml", deck(&["Tell me about a conflict."]));
    assert_eq!(orphans(&place), [] as [Value; 0]);
    // One that sounds alike: named, and nothing done.
    place.write("other.toml", deck(&["Tell me about a conflict.", "What is your greatest weakness?"]));
    let [found] = &orphans(&place)[..] else { panic!("{:?}", orphans(&place)) };
    let (old, new) = (derived(strength), derived("What is your greatest weakness?"));
    assert_eq!((&found["file"], &found["line"], &found["severity"]), (&"other.toml".into(), &4.into(), &"info".into()));
    assert!(found["help"].as_str().unwrap().contains(&format!("`rehearse rename {old} {new}`")), "{found}");
    assert_eq!(place.run(&["check"]).code, Some(0));
    assert_eq!(place.json(&["list", "--absent"])["cards"][0]["prompt"], strength);
    assert!(place.run(&["list", "--absent"]).stdout.ends_with(&format!("  {strength}\n")));
    // A newcomer that was answered has a history of its own.
    graded(&place, "What is your greatest weakness?");
    assert_eq!(orphans(&place), [] as [Value; 0]);
}

#[test]
fn a_database_built_anew_cannot_tell_and_says_so() {
    let place = Place::with_deck(&deck(&["A", "X", "W", "B"]));
    for prompt in ["A", "X", "W", "B"] {
        graded(&place, prompt);
    }
    std::fs::remove_file(place.local().join("rehearse.db")).unwrap();
    place.write("deck.toml", deck(&["A", "Y", "W", "B"]));
    let anew = "note: rehearse.db was missing and was built anew from 4 events of the log and the journals\n";
    assert_eq!(place.run(&["list"]).stderr, anew);
    assert_eq!(place.log().len(), 4);
    // The only newcomer is the only one it can be.
    let [found] = &orphans(&place)[..] else { panic!("{:?}", orphans(&place)) };
    let command = |old: &str, new: &str| format!("`rehearse rename {} {}`", derived(old), derived(new));
    assert_eq!((&found["file"], &found["line"]), (&"deck.toml".into(), &4.into()));
    assert!(found["help"].as_str().unwrap().contains(&command("X", "Y")), "{found}");
    // Of several nobody knows which; one that has its old prompt under a new id is sure to be it.
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

/// What happens to the decks between two passes. Numbers are taken modulo what there is.
#[derive(Debug, Clone)]
enum Edit {
    /// A prompt is reworded.
    Reword(usize, usize, u8),
    /// What a card says besides is another.
    Rest(usize, usize, u8),
    /// A card gets an id of its own.
    Name(usize, usize),
    Delete(usize, usize),
    Insert(usize, usize, u8, u8),
    /// A card is moved to a place in another file.
    Move(usize, usize, usize, usize),
    /// Two files change names.
    Swap(usize, usize),
    /// A quotation mark is missing in a card.
    Break(usize, usize),
    /// None is missing any more.
    Heal(usize),
    /// An earlier state of everything is checked out.
    Back(usize),
    /// Every card of a file is graded.
    Grade(usize),
    /// The first rename that stands is taken back.
    Undo,
}

fn edits() -> impl Strategy<Value = Edit> {
    let (file, n) = (0usize..3, 0usize..6);
    prop_oneof![
        6 => (file.clone(), n.clone(), 0u8..12).prop_map(|(file, n, prompt)| Edit::Reword(file, n, prompt)),
        2 => (file.clone(), n.clone(), 0u8..6).prop_map(|(file, n, rest)| Edit::Rest(file, n, rest)),
        1 => (file.clone(), n.clone()).prop_map(|(file, n)| Edit::Name(file, n)),
        2 => (file.clone(), n.clone()).prop_map(|(file, n)| Edit::Delete(file, n)),
        3 => (file.clone(), n.clone(), 0u8..12, 0u8..6).prop_map(|(file, n, prompt, rest)| Edit::Insert(file, n, prompt, rest)),
        2 => (file.clone(), n.clone(), file.clone(), n.clone()).prop_map(|(from, n, to, m)| Edit::Move(from, n, to, m)),
        1 => (file.clone(), file.clone()).prop_map(|(a, b)| Edit::Swap(a, b)),
        1 => (file.clone(), n).prop_map(|(file, n)| Edit::Break(file, n)),
        2 => file.clone().prop_map(Edit::Heal),
        1 => (0usize..5).prop_map(Edit::Back),
        3 => file.prop_map(Edit::Grade),
        1 => Just(Edit::Undo),
    ]
}

/// A card as its author knows it: reworded, moved, named, it stays the same one.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Written {
    author: usize,
    prompt: u8,
    /// 0: nothing; 1: a label; others: points.
    rest: u8,
    id: Option<usize>,
    broken: bool,
}

type Decks = [Vec<Written>; 3];

const FILES: [&str; 3] = ["a.toml", "b.toml", "below/c.toml"];

impl Written {
    fn name(&self) -> CardId {
        match self.id {
            Some(id) => CardId::parse(&format!("id-{id}")).unwrap(),
            None => CardId::derived(&format!("prompt {}", self.prompt)),
        }
    }

    fn text(&self) -> String {
        let id = self.id.map(|id| format!("id = \"id-{id}\"\n")).unwrap_or_default();
        let quote = if self.broken { "" } else { "\"" };
        let rest = match self.rest {
            0 => String::new(),
            1 => "tags = [\"t\"]\n".to_owned(),
            n => format!("points = [\"point {n}\"]\n"),
        };
        format!("[[card]]\n{id}prompt = \"prompt {}{quote}\n{rest}", self.prompt)
    }
}

fn edit(edit: &Edit, decks: &mut Decks, earlier: &[Decks], next: &mut usize) {
    let at = |decks: &Decks, file: usize, n: usize| n.checked_rem(decks[file].len());
    *next += 1;
    match edit {
        Edit::Reword(file, n, prompt) => {
            if let Some(n) = at(decks, *file, *n) {
                decks[*file][n].prompt = *prompt;
            }
        }
        Edit::Rest(file, n, rest) => {
            if let Some(n) = at(decks, *file, *n) {
                decks[*file][n].rest = *rest;
            }
        }
        Edit::Name(file, n) => {
            if let Some(n) = at(decks, *file, *n) {
                decks[*file][n].id.get_or_insert(*next);
            }
        }
        Edit::Delete(file, n) => {
            if let Some(n) = at(decks, *file, *n) {
                decks[*file].remove(n);
            }
        }
        Edit::Insert(file, n, prompt, rest) => {
            let card = Written { author: *next, prompt: *prompt, rest: *rest, id: None, broken: false };
            let n = n % (decks[*file].len() + 1);
            decks[*file].insert(n, card);
        }
        Edit::Move(from, n, to, m) => {
            if let Some(n) = at(decks, *from, *n) {
                let card = decks[*from].remove(n);
                let m = m % (decks[*to].len() + 1);
                decks[*to].insert(m, card);
            }
        }
        Edit::Swap(a, b) => decks.swap(*a, *b),
        Edit::Break(file, n) => {
            if let Some(n) = at(decks, *file, *n) {
                decks[*file][n].broken = true;
            }
        }
        Edit::Heal(file) => decks[*file].iter_mut().for_each(|card| card.broken = false),
        Edit::Back(n) => *decks = earlier[n % earlier.len()].clone(),
        Edit::Grade(_) | Edit::Undo => {}
    }
}

/// A card in its place, as far as it can be read.
struct Seen<'a> {
    card: &'a Written,
    /// What its history goes on as.
    history: CardId,
    file: usize,
    /// Name and rest of its neighbours.
    beside: [Option<(CardId, u8)>; 2],
}

fn seen<'a>(decks: &'a Decks, renames: &Renames) -> Vec<Seen<'a>> {
    let mut all = Vec::new();
    for (file, cards) in decks.iter().enumerate() {
        let read: Vec<&Written> = cards.iter().filter(|card| !card.broken).collect();
        let side = |n: Option<usize>| n.and_then(|n| read.get(n)).map(|card| (card.name(), card.rest));
        for (n, card) in read.iter().enumerate() {
            let history = renames.resolve(&card.name()).clone();
            all.push(Seen { card, history, file, beside: [side(n.checked_sub(1)), side(Some(n + 1))] });
        }
    }
    all
}

/// The renames that a pass must record and no others, said as the format says it, of everything the decks held before and
/// hold after; each with the authors' cards at both ends.
fn expected(
    before: &Decks,
    after: &Decks,
    graded: &BTreeSet<CardId>,
    all: &[(CardId, CardId, bool)],
) -> BTreeMap<(CardId, CardId), (usize, usize)> {
    let mut renames = Renames::default();
    all.iter().filter(|(.., void)| !void).for_each(|(from, to, _)| renames.add(from, to));
    let graded: BTreeSet<CardId> = graded.iter().map(|card| renames.resolve(card).clone()).collect();
    let (was, is) = (seen(before, &renames), seen(after, &renames));
    let gone: Vec<&Seen<'_>> =
        was.iter().filter(|x| x.card.id.is_none() && is.iter().all(|y| y.history != x.history)).collect();
    let new: Vec<&Seen<'_>> = is.iter().filter(|y| was.iter().all(|x| x.history != y.history)).collect();
    let place = |x: &Seen<'_>, y: &Seen<'_>| x.file == y.file && x.beside == y.beside;
    let prompt = |x: &Seen<'_>, y: &Seen<'_>| {
        x.file == y.file
            && y.card.id.is_some()
            && CardId::derived(&format!("prompt {}", y.card.prompt)) == x.card.name()
    };
    let rest = |x: &Seen<'_>, y: &Seen<'_>| x.card.rest > 1 && x.card.rest == y.card.rest;
    let evidence = |x: &Seen<'_>, y: &Seen<'_>| {
        let alone = |by: &dyn Fn(&Seen<'_>, &Seen<'_>) -> bool, named: bool| {
            by(x, y)
                && (!named || y.card.id.is_some())
                && gone.iter().all(|other| other.history == x.history || !by(other, y))
                && new
                    .iter()
                    .all(|other| other.history == y.history || named && other.card.id.is_none() || !by(x, other))
        };
        let only_rest = rest(x, y)
            && y.card.id.is_none()
            && was.iter().all(|other| other.card.rest != x.card.rest || other.history == x.history)
            && is.iter().all(|other| other.card.rest != y.card.rest || other.history == y.history);
        alone(&place, false) || alone(&prompt, true) || only_rest
    };
    let mut meant = BTreeMap::new();
    for x in &gone {
        for y in new.iter().filter(|y| evidence(x, y)) {
            meant.insert((x.history.clone(), y.history.clone()), (x.card.author, y.card.author));
        }
    }
    let broken = |file: usize| [before, after].iter().any(|decks| decks[file].iter().any(|card| card.broken));
    let doubtful = |all: &[Seen<'_>], card: &CardId| all.iter().any(|seen| seen.history == *card && broken(seen.file));
    let refused = |from: &CardId, to: &CardId| {
        all.iter().any(|(a, b, void)| *void && renames.resolve(a) == from && renames.resolve(b) == to)
    };
    let only = |from: &CardId, to: &CardId| meant.keys().filter(|(a, b)| a == from || b == to).count() == 1;
    let certain = |from: &CardId, to: &CardId| {
        only(from, to)
            && graded.contains(from)
            && !graded.contains(to)
            && !doubtful(&was, from)
            && !doubtful(&is, to)
            && !refused(from, to)
    };
    meant.iter().filter(|((from, to), _)| certain(from, to)).map(|(pair, authors)| (pair.clone(), *authors)).collect()
}

fn write(root: &Path, decks: &Decks) {
    std::fs::create_dir_all(root.join("below")).unwrap();
    for (name, cards) in FILES.iter().zip(decks) {
        if cards.is_empty() {
            let _ = std::fs::remove_file(root.join(name));
        } else {
            std::fs::write(root.join(name), cards.iter().map(Written::text).collect::<String>()).unwrap();
        }
    }
}

proptest! {
    #![proptest_config(cases(7))]
    #[test]
    fn machines_that_see_the_same_edits_record_what_is_certain(passes in prop::collection::vec(prop::collection::vec(edits(), 1..5), 1..10)) {
        let root = TempDir::new().unwrap();
        std::fs::write(root.path().join("rehearse.toml"), "").unwrap();
        let machines = [Machine::new(7), Machine::new(0x00ff_1234_5678)];
        let mut at = now();
        let mut next = 100;
        let start = |file: usize| -> Vec<Written> {
            let card = |n: usize| Written { author: 4 * file + n, prompt: (4 * file + n) as u8, rest: (n + file) as u8 % 5, id: None, broken: false };
            (0..3).map(card).collect()
        };
        let mut decks: Decks = [start(0), start(1), start(2)];
        let mut earlier = vec![decks.clone()];
        let mut graded = BTreeSet::new();
        let mut known = Vec::new();
        write(root.path(), &decks);
        graded.extend(seen(&decks, &Renames::default()).into_iter().map(|seen| seen.history));
        let mut journal = Journal::new(root.path());
        graded.iter().for_each(|card| journal.grade(card, at));
        machines.iter().for_each(|machine| drop(machine.open(root.path(), at)));
        for edits in passes {
            at = at.plus_ms(60_000);
            let before = decks.clone();
            edits.iter().for_each(|change| edit(change, &mut decks, &earlier, &mut next));
            earlier.push(decks.clone());
            write(root.path(), &decks);
            let must = expected(&before, &decks, &graded, &known);
            let [mut first, mut second] = machines.each_ref().map(|machine| machine.open(root.path(), at));
            let recorded = renames(&first);
            prop_assert_eq!(&recorded, &renames(&second));
            let new: BTreeSet<(CardId, CardId)> = recorded[known.len()..].iter().map(|(from, to, _)| (from.clone(), to.clone())).collect();
            prop_assert_eq!(new.len(), recorded.len() - known.len());
            prop_assert_eq!(new, must.keys().cloned().collect::<BTreeSet<_>>());
            // Where nothing was put in the place of something else, what was matched is the same card to its author. (One
            // that gets an id and the words of another is that other to everybody else.)
            let honest = |edit: &Edit| !matches!(edit, Edit::Insert(..) | Edit::Name(..) | Edit::Move(..) | Edit::Swap(..) | Edit::Back(_) | Edit::Rest(..));
            if edits.iter().all(honest) {
                prop_assert!(must.values().all(|(from, to)| from == to), "{:?}", must);
            }
            for change in &edits {
                at = at.plus_ms(1000);
                match change {
                    Edit::Grade(file) => {
                        let of_file = |entry: &Entry| entry.place.as_ref().unwrap().file == FILES[*file];
                        for entry in first.store.all().unwrap().into_iter().filter(of_file) {
                            journal.grade(&entry.card, at);
                            graded.insert(entry.card);
                        }
                    }
                    Edit::Undo => {
                        for collection in [&mut first, &mut second] {
                            if let Some(undo) = undo_of_first(collection) {
                                collection.store.record(at, undo).unwrap();
                            }
                        }
                    }
                    _ => {}
                }
            }
            known = renames(&first);
            drop(second);
            let first = machines[0].open(root.path(), at);
            // Everything that was ever graded is a card, or waits for one.
            let names = first.store.all().unwrap().into_iter().chain(first.store.absent().unwrap());
            let names: BTreeSet<CardId> = names.map(|entry| entry.card).collect();
            for card in &graded {
                let entry = first.store.card(card).unwrap().unwrap();
                prop_assert!(names.contains(&entry.card), "{}", card);
            }
        }
    }
}

/// The journal of a third machine, which every other reads.
struct Journal {
    path: PathBuf,
    reviews: i64,
}

impl Journal {
    fn new(root: &Path) -> Self {
        let folder = root.join(".rehearse/journal/otherone");
        std::fs::create_dir_all(&folder).unwrap();
        Journal { path: folder.join("2026-11.jsonl"), reviews: 0 }
    }

    fn grade(&mut self, card: &CardId, at: Instant) {
        self.reviews += 1;
        let review = Body::Review(Review::new(card.clone(), Grade::new(4).unwrap()));
        let line = render(&seal(Device::parse("otherone").unwrap(), self.reviews, at, None, review)) + "\n";
        let mut journal = std::fs::OpenOptions::new().create(true).append(true).open(&self.path).unwrap();
        journal.write_all(line.as_bytes()).unwrap();
    }
}

/// The undo of the first rename that stands.
fn undo_of_first(collection: &Collection) -> Option<Body> {
    let mut first = None;
    let each = |logged: rehearsal::store::Logged| {
        if matches!(logged.event.body, Body::Rename { .. }) && !logged.void {
            first = Some(logged.event.id);
        }
        true
    };
    collection.store.newest(true, each).unwrap();
    first.map(|of| Body::Undo { of })
}
