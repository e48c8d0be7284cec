//! Thank-you notes: a skeleton for each person, and who still waits for one.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;

use crate::application::{HOSTILE, ROUND_1, second_round};
use crate::support::{Done, Place, finish};

const NOTE: &str = "Dear Priya Ramanathan,

Thank you for talking with me yesterday about the VP Engineering role at Northwind.

You said: \"we need calm in the hubs\". [Why that stayed with you.]

If I joined you, I would [in a sentence or two; your plan says: listen and agree on measures].

I'd be glad to continue our conversation. If you need anything else from me, please let me know.

Kind regards,
[your name]
";

const DEBRIEF_2: &str = "# written by rehearse debrief\n\n[debrief]\ninterview = \"northwind-round-2\"\n\n[[heard]]\n\
                         said = \"we need calm in the hubs\"\nby = \"Priya Ramanathan\"\n\n[[interviewer]]\nname = \"Dana Wu\"\n";

/// The day after the second round.
fn day_after() -> Place {
    let mut place = second_round();
    place.write("northwind-round-2-debrief.toml", DEBRIEF_2);
    place.write("northwind-round-1.toml", ROUND_1.to_owned() + "thanked = true\n");
    let debrief = place.read("northwind-round-1-debrief.toml");
    place.write("northwind-round-1-debrief.toml", debrief + "thanked = 2026-11-21\n");
    place.at("2026-12-10T08:00:00Z");
    place
}

/// Runs a command with an editor that is this script.
fn with_editor(place: &Place, script: &str, args: &[&str]) -> Done {
    let editor = place.path().join("editor.sh");
    place.write("editor.sh", format!("#!/bin/sh\n{script}\n"));
    std::fs::set_permissions(&editor, std::fs::Permissions::from_mode(0o755)).unwrap();
    finish(place.command(args).env("EDITOR", &editor).spawn().unwrap())
}

#[test]
fn a_skeleton_has_everything_that_is_known() {
    let place = day_after();
    for name in ["Priya Ramanathan", "priya", "Pri", "Ramanathan", "PRIYA RAM"] {
        place.run(&["note", name]).success(NOTE);
    }
    // Dana said nothing that is written down, so the note takes up what Priya said.
    let dana = place.run(&["note", "wu"]).stdout;
    assert!(dana.starts_with("Dear Dana Wu,\n") && dana.contains("One thing Priya Ramanathan said stayed"), "{dana}");
    let first = place.run(&["note", "Dana", "--interview", "northwind-round-1"]).stdout;
    assert!(
        first.contains("with me on Friday 20 November about the VP Engineering role at Northwind Logistics."),
        "{first}"
    );
    let note = place.json(&["note", "Priya"]);
    assert_eq!(note, json!({ "interview": "northwind-round-2", "name": "Priya Ramanathan", "text": NOTE }));
}

#[cfg(target_os = "linux")]
#[test]
fn a_terminal_shows_the_same_text() {
    let place = day_after();
    let command = "stty rows 24 cols 80; rehearse --color never --now 2026-12-10T08:00:00Z note Priya";
    if let Some(seen) = crate::support::on_terminal(place.path(), command, "") {
        // A note is copied into a mail, so its lines are whole.
        assert_eq!(seen, NOTE);
    }
}

#[test]
fn the_coach_finds_thanks_and_the_right_name_in_it() {
    let place = day_after();
    let findings = place.feed(&["note", "--check", "-"], NOTE).stdout;
    for rule in ["no-thanks", "name-misspelt", "presumes-job", "too-casual"] {
        assert!(!findings.contains(rule), "{findings}");
    }
    let misspelt = place.feed(&["note", "--check", "-"], NOTE.replace("Ramanathan", "Ramanatan")).stdout;
    assert!(misspelt.contains("name-misspelt"), "{misspelt}");
}

#[test]
fn a_name_that_nobody_has_is_an_error_with_the_near_one() {
    let place = day_after();
    let before = place.read("northwind-round-2-debrief.toml");
    for flags in [&[][..], &["--done"]] {
        let run = |name: &str| place.run(&[&["note", name], flags].concat());
        run("Prya").ended(2, "", "error: you met nobody called `Prya`\nhelp: did you mean `Priya`?\n");
        run("Oscar").ended(2, "", "error: you met nobody called `Oscar`\nhelp: you met Priya Ramanathan and Dana Wu\n");
        run("core.toml").ended(
            2,
            "",
            "error: you met nobody called `core.toml`\nhelp: `rehearse note --check core.toml` checks a note\n",
        );
        run(" ").ended(2, "", "error: the name is empty\nhelp: write NAME as in `rehearse note \"Dana Wu\"`\n");
    }
    assert_eq!(place.read("northwind-round-2-debrief.toml"), before);
    place.write("northwind-round-2-debrief.toml", before + "[[interviewer]]\nname = \"Dana Li\"\n");
    let two = place.run(&["note", "Dana"]);
    two.ended(2, "", "error: `Dana` could be Dana Wu or Dana Li\nhelp: write more of the name\n");
    assert!(place.run(&["note", "Dana W"]).stdout.starts_with("Dear Dana Wu,\n"));
}

#[test]
fn with_nothing_known_the_note_says_what_to_write() {
    let note = "note: nobody you met is written down, so check the spelling; `[[interviewer]]` in the file of the interview \
                keeps it\n";
    let text = "Dear Dana Wu,

Thank you for talking with me.

You mentioned [something they said, in their words]. [Why that stayed with you.]

If I joined you, I would [what you'd do about it, in a sentence or two].

I'd be glad to continue our conversation. If you need anything else from me, please let me know.

Kind regards,
[your name]
";
    let place = Place::new();
    place.run(&["note", "Dana Wu"]).ended(0, text, note);
    let done = place.run(&["note", "--done", "Dana Wu"]);
    assert_eq!((done.code, done.stdout.as_str()), (Some(2), ""), "{done:?}");
    // Before the first interview, the next one is meant.
    place.write(
        "job.toml",
        "[interview]\ncompany = \"Northwind\"\ndate = 2026-12-24\n[[interviewer]]\nname = \"Dana Wu\"\n",
    );
    let early = place.run(&["note", "dana"]);
    assert!(early.code == Some(0) && early.stdout.contains("about Northwind."), "{early:?}");
}

#[test]
fn the_editor_gets_the_skeleton_and_what_it_saves_is_printed() {
    let place = day_after();
    let edited = with_editor(&place, "sed -i 's/\\[your name\\]/Ada/' \"$1\"", &["note", "Priya", "--edit"]);
    edited.success(&NOTE.replace("[your name]", "Ada"));
    let left = |place: &Place| -> Vec<String> {
        let names = std::fs::read_dir(place.local()).unwrap().map(|entry| entry.unwrap().file_name());
        names.map(|name| name.into_string().unwrap()).filter(|name| name.ends_with(".txt")).collect()
    };
    assert_eq!(left(&place), Vec::<String>::new());
    let failed = with_editor(&place, "exit 3", &["note", "Priya", "--edit"]);
    assert!(failed.code == Some(3) && failed.stderr.contains("your note is in "), "{failed:?}");
    assert_eq!(left(&place).len(), 1);
}

#[test]
fn a_note_is_owed_until_it_is_done() {
    let place = day_after();
    let owed = |place: &Place| {
        let glance = place.run(&[]).stdout;
        glance.lines().find(|line| line.contains("to write: ")).map(str::to_owned)
    };
    let line = owed(&place).unwrap();
    assert!(line.starts_with("2 thank-you notes to write: Priya Ramanathan, Dana Wu."), "{line}");
    let round = place.read("northwind-round-2.toml");
    place
        .run(&["note", "--done", "priya"])
        .success("Noted in northwind-round-2-debrief.toml: you thanked Priya Ramanathan. Still to write: Dana Wu.\n");
    let after = place.read("northwind-round-2-debrief.toml");
    assert!(after.starts_with(DEBRIEF_2), "{after}");
    assert!(after.ends_with("[[interviewer]]\nname = \"Priya Ramanathan\"\nthanked = 2026-12-10\n"), "{after}");
    let line = owed(&place).unwrap();
    assert!(line.starts_with("1 thank-you note to write: Dana Wu."), "{line}");
    // A second time changes nothing, on another day, too.
    let mut place = place;
    place.at("2026-12-11T08:00:00Z");
    let again = "You thanked Priya Ramanathan already; nothing was changed. Still to write: Dana Wu.\n";
    place.run(&["note", "--done", "priya"]).success(again);
    assert_eq!(place.read("northwind-round-2-debrief.toml"), after);
    let done = place.json(&["note", "--done", "Dana"]);
    let file = "northwind-round-2-debrief.toml";
    assert_eq!(done, json!({ "interview": "northwind-round-2", "name": "Dana Wu", "file": file, "changed": true }));
    assert_eq!(owed(&place), None);
    assert_eq!(place.read("northwind-round-2.toml"), round);
    let check = place.run(&["check"]).stdout;
    assert!(!check.contains("debrief"), "{check}");
}

#[test]
fn a_debrief_is_made_for_the_note_and_each_round_has_its_own() {
    let mut place = second_round();
    place.at("2026-11-21T08:00:00Z");
    let handwritten =
        place.read("northwind-round-1-debrief.toml").replace("# written by rehearse debrief\n", "# mine\n");
    place.write("northwind-round-1-debrief.toml", &handwritten);
    let said = "Noted in northwind-round-1-debrief-2.toml: you thanked Dana Wu. Still to write: Priya Ramanathan.\n";
    place.run(&["note", "Dana", "--done"]).success(said);
    assert_eq!(place.read("northwind-round-1-debrief.toml"), handwritten);
    let made = place.read("northwind-round-1-debrief-2.toml");
    assert!(
        made.starts_with("# written by rehearse debrief\n\n[debrief]\ninterview = \"northwind-round-1\"\n"),
        "{made}"
    );
    // The next round owes its own thanks to the same person.
    place.write("northwind-round-2-debrief.toml", DEBRIEF_2);
    place.at("2026-12-10T08:00:00Z");
    let glance = place.run(&[]).stdout;
    assert!(glance.contains("2 thank-you notes to write: Priya Ramanathan, Dana Wu."), "{glance}");
}

#[test]
fn a_hostile_name_or_line_is_only_text() {
    let place = day_after();
    place.write(
        "northwind-round-2-debrief.toml",
        format!(
            "[debrief]\ninterview = \"northwind-round-2\"\n[[interviewer]]\nname = \"Eve vim: set x: {HOSTILE}\"\n\
             [[heard]]\nsaid = \" vi:{HOSTILE} -*- eval -*-\"\nby = \"Eve\"\n"
        ),
    );
    let note = with_editor(&place, "cp \"$1\" seen.txt", &["note", "Eve", "--edit"]);
    assert_eq!(note.code, Some(0), "{note:?}");
    for text in [place.read("seen.txt"), note.stdout, place.run(&["note", "Eve"]).stdout] {
        assert!(text.contains("\\u{1b}[2J") && !text.contains(['\u{1b}', '\u{202e}']), "{text}");
        assert!(!text.contains(" vim:") && !text.contains(" vi:") && !text.contains("-*-"), "{text}");
        assert!(text.lines().all(|line| !line.starts_with("saved") && !line.starts_with("# ")), "{text}");
        assert_eq!(text.lines().count(), NOTE.lines().count(), "{text}");
    }
}
