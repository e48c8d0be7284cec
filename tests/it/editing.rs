//! `add`, `edit`, and `ids`: whatever the editor does, the deck stays whole, no text is lost, and histories follow.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

#[cfg(target_os = "linux")]
use crate::support::on_terminal;
use crate::support::{Done, Place, finish};

const DECK: &str = "# mine\n[deck]\ntitle = \"D\"\n\n[[card]]\nid = \"a\"\nprompt = \"First?\"\n\n[[card]]\n\
                    prompt = \"Second?\"\npoints = [\"one\", \"two\"]\n";
/// The id of the second card.
const SECOND: &str = "hy4ebseovnag4";

/// An editor: a shell script that gets the file as `$1`, after its own arguments.
fn editor(place: &Place, script: &str) -> PathBuf {
    let path = place.path().join("my tools/ed it.sh");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    chmod(&path, 0o755);
    path
}

fn chmod(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

/// Runs a command with such an editor.
fn with_editor(place: &Place, script: &str, args: &[&str]) -> Done {
    finish(command(place, script, args).spawn().unwrap())
}

fn command(place: &Place, script: &str, args: &[&str]) -> Command {
    let mut command = place.command(args);
    command.env("EDITOR", editor(place, script));
    command
}

/// The copies left in a folder.
fn copies(folder: &Path) -> Vec<PathBuf> {
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut copies: Vec<PathBuf> =
        names.filter(|path| path.file_name().unwrap().to_string_lossy().contains(".rehearse-")).collect();
    copies.sort();
    copies
}

fn ids(place: &Place) -> Vec<String> {
    let list = place.json(&["list"]);
    list["cards"].as_array().unwrap().iter().map(|card| card["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn whatever_the_editor_does_the_deck_is_whole_and_no_text_is_lost() {
    enum After {
        /// The deck is unchanged, and no copy is left.
        Same,
        /// The deck is unchanged, and the text with MINE is in a copy that the message names.
        Kept,
        /// The deck is what the editor wrote.
        Changed,
    }
    use After::{Changed, Kept, Same};
    let card = "printf '\\n[[card]]\\nid = \"new\"\\nprompt = \"MINE\"\\n'";
    let cases: &[(&str, String, After, i32, &str)] = &[
        ("nothing", "true".into(), Same, 0, ""),
        ("a card at the end", format!("{card} >> \"$1\""), Changed, 0, ""),
        ("by rename", format!("umask 0; {card} | cat \"$1\" - > x; mv x \"$1\""), Changed, 0, ""),
        ("by rename, with a backup", format!("cp \"$1\" \"$1~\"; {card} >> \"$1\"; rm \"$1~\""), Changed, 0, ""),
        ("line ends of another system", "sed -i 's/$/\\r/; s/First/MINE/' \"$1\"".into(), Changed, 0, ""),
        (
            "another card removed",
            "sed -i '/^id = .a/d; s/^prompt = .First.*/prompt = \"MINE\"/' \"$1\"".into(),
            Changed,
            0,
            "a is no longer in sub/deck.toml; its history stays",
        ),
        ("ends badly, unchanged", "exit 1".into(), Same, 3, "did not end well (exit status: 1)"),
        ("ends badly, changed", format!("{card} >> \"$1\"; exit 1"), Kept, 3, "did not end well (exit status: 1)"),
        ("is killed, unchanged", "kill -9 $$".into(), Same, 3, "signal: 9"),
        ("is killed, changed", format!("{card} >> \"$1\"; kill -9 $$"), Kept, 3, "signal: 9"),
        ("empties it", ": > \"$1\"".into(), Same, 3, "no card is left"),
        ("empties it but for a remark", "echo '# MINE' > \"$1\"".into(), Kept, 3, "no card is left"),
        (
            "cuts it short",
            "echo '# MINE' > y; head -c 75 \"$1\" >> y; cat y > \"$1\"".into(),
            Kept,
            3,
            "key with no value",
        ),
        ("deletes it", "rm \"$1\"".into(), Same, 3, "the editor left no text behind"),
        (
            "renames it away",
            "echo MINE >> \"$1\"; mv \"$1\" elsewhere.txt".into(),
            Same,
            3,
            "the editor left no text behind",
        ),
        ("no TOML", "echo 'MINE: 3' >> \"$1\"".into(), Kept, 3, "TOML writes `key = value`"),
        ("a key that is none", "echo 'MINE = 3' >> \"$1\"".into(), Kept, 3, "card has no key `MINE`"),
        (
            "an id that is taken",
            "printf '[[card]]\\nid = \"a\"\\nprompt = \"MINE\"\\n' >> \"$1\"".into(),
            Kept,
            3,
            "the id `a` is taken",
        ),
        (
            "an id taken elsewhere",
            "printf '[[card]]\\nid = \"z\"\\nprompt = \"MINE\"\\n' >> \"$1\"".into(),
            Kept,
            3,
            "the id `z` is taken by the card at other.toml:1",
        ),
        ("no UTF-8", "printf '# MINE \\377\\n' >> \"$1\"".into(), Kept, 3, "not UTF-8 here"),
        ("a copy of another mode", format!("{card} >> \"$1\"; chmod 400 \"$1\""), Changed, 0, ""),
        (
            "a link in its place",
            "echo MINE > z.txt; rm \"$1\"; ln -s \"$PWD/z.txt\" \"$1\"".into(),
            Kept,
            3,
            "no regular file",
        ),
        ("a folder in its place", "rm \"$1\"; mkdir \"$1\"; echo MINE > \"$1/x\"".into(), Kept, 3, "no regular file"),
        (
            "sixteen MiB",
            "echo '# MINE' >> \"$1\"; head -c 17000000 /dev/zero | tr '\\0' '#' >> \"$1\"".into(),
            Kept,
            3,
            "over 16 MiB",
        ),
        (
            "the deck changes meanwhile",
            format!("{card} >> \"$1\"; echo '# theirs' >> sub/deck.toml"),
            Kept,
            3,
            "was changed meanwhile and stays as it is now",
        ),
        ("the deck goes meanwhile", format!("{card} >> \"$1\"; rm sub/deck.toml"), Kept, 3, "was changed meanwhile"),
        (
            "the deck becomes a link meanwhile",
            format!("{card} >> \"$1\"; mv sub/deck.toml real.txt; ln -s ../real.txt sub/deck.toml"),
            Kept,
            3,
            "was changed meanwhile",
        ),
        ("the deck changes, the copy does not", "echo '# theirs' >> sub/deck.toml".into(), Same, 0, ""),
    ];
    for (name, script, after, code, said) in cases {
        let place = Place::new();
        place.write("sub/deck.toml", DECK);
        place.write("other.toml", "[[card]]\nid = \"z\"\nprompt = \"Z?\"\n");
        let deck = place.path().join("sub/deck.toml");
        chmod(&deck, 0o640);
        let done = with_editor(&place, script, &["edit", SECOND]);
        assert_eq!(done.code, Some(*code), "{name}: {done:?}");
        assert!(format!("{}{}", done.stdout, done.stderr).contains(said), "{name}: {done:?}");
        // The deck has its old text, the text of somebody else, or the new text.
        let text = std::fs::read(&deck).unwrap_or_default();
        let kept = copies(deck.parent().unwrap());
        let theirs = script.contains("sub/deck.toml");
        match after {
            Same => assert!(kept.is_empty(), "{name}: {kept:?}"),
            Kept => {
                assert_eq!(kept.len(), 1, "{name}");
                assert!(done.stderr.contains(&format!("your text is in {}", kept[0].display())), "{name}: {done:?}");
                let inside = if kept[0].is_dir() { kept[0].join("x") } else { kept[0].clone() };
                let left = std::fs::read(inside).unwrap();
                assert!(left.windows(4).any(|bytes| bytes == b"MINE"), "{name}");
                assert_eq!(done.stderr.contains("sub/deck.toml is as it was"), !theirs, "{name}: {done:?}");
            }
            Changed => {
                assert!(text.windows(4).any(|bytes| bytes == b"MINE") && text.starts_with(b"# mine"), "{name}");
                assert!(kept.is_empty() && done.stdout.starts_with("changed sub/deck.toml\n"), "{name}: {done:?}");
            }
        }
        if !matches!(after, Changed) && !theirs {
            assert_eq!(text, DECK.as_bytes(), "{name}");
        }
        if deck.is_file() {
            assert_eq!(mode(&deck), 0o640, "{name}");
        }
        // A copy is not a deck.
        assert!(ids(&place).len() <= 4, "{name}: {:?}", ids(&place));
    }
}

#[test]
fn the_configured_editor_opens_at_the_line() {
    let place = Place::with_deck(DECK);
    let spaced = editor(&place, "printf '%s|' \"$@\" >> args.txt");
    let vim = spaced.with_file_name("vim");
    std::fs::copy(&spaced, &vim).unwrap();
    let copy = place.path().join(".deck.toml.rehearse-1.toml");
    let copy =
        copy.canonicalize().unwrap_or_else(|_| place.path().canonicalize().unwrap().join(copy.file_name().unwrap()));
    let (spaced, vim, copy) = (spaced.display().to_string(), vim.display().to_string(), copy.display().to_string());
    // VISUAL, EDITOR, and the arguments that the editor got.
    let cases: &[(Option<&str>, Option<&str>, String)] = &[
        (None, Some(&spaced), format!("{copy}|")),
        (Some(&spaced), Some("false"), format!("{copy}|")),
        (Some(""), Some(&spaced), format!("{copy}|")),
        (Some(&format!("'{vim}' -u 'my rc'")), None, format!("-u|my rc|+9|{copy}|")),
    ];
    for (visual, edit, args) in cases {
        let mut command = place.command(&["edit", SECOND]);
        for (name, value) in [("VISUAL", visual), ("EDITOR", edit)] {
            value.map(|value| command.env(name, value));
        }
        let done = finish(command.spawn().unwrap());
        done.success("nothing was changed\n");
        assert_eq!(place.read("args.txt"), *args);
        std::fs::remove_file(place.path().join("args.txt")).unwrap();
    }
    for (value, why) in [
        ("/no/such/editor -w", "the editor `/no/such/editor` of EDITOR cannot be started: No such file"),
        ("/dev/null", "the editor `/dev/null` of EDITOR cannot be started: Permission denied"),
        ("'half", "EDITOR cannot be read: 'half: missing closing quote"),
        ("''", "the editor `` of EDITOR cannot be started"),
    ] {
        let done = finish(place.command(&["edit", "a"]).env("EDITOR", value).spawn().unwrap());
        assert_eq!(done.code, Some(3), "{value}: {done:?}");
        assert!(done.stderr.starts_with(&format!("error: {why}")), "{value}: {done:?}");
        assert_eq!((place.read("deck.toml").as_str(), copies(place.path())), (DECK, Vec::new()));
    }
    // Neither is set, and nothing is on the path.
    let done = finish(place.command(&["edit", "a"]).env("PATH", "").spawn().unwrap());
    assert!(done.stderr.starts_with("error: the editor `vi` cannot be started"), "{done:?}");
    place.run(&["grade", "a", "4"]);
    place.write("deck.toml", "[deck]\n");
    for (id, message) in [("nobody", "no card `nobody`"), ("a", "`a` is in no deck")] {
        let done = place.run(&["edit", id]);
        assert!(done.code == Some(2) && done.stderr.contains(message), "{done:?}");
    }
}

#[test]
fn a_card_with_a_problem_is_named_and_opens_at_it() {
    let card = "\n[[card]]\nid = \"b\"\nprompt = \"Third?\"\n";
    let cases = [
        ("a key that is none", format!("{card}promt = \"x\"\n"), 16, true),
        ("text that is no TOML", format!("{card}hint = \"x\n"), 16, true),
        ("no prompt", "\n[[card]]\nid = \"b\"\n".to_owned(), 13, true),
        (
            "a conflict below its header",
            format!("{card}<<<<<<< ours\nlimit = 60\n=======\nlimit = 90\n>>>>>>> theirs\n"),
            13,
            true,
        ),
        ("a fault elsewhere", "\n[[card]]\nid = \"c\"\npromt = \"x\"\n".to_owned(), 0, false),
    ];
    for (fault, text, line, left_out) in cases {
        let place = Place::with_deck(&format!("{DECK}{text}"));
        let said = if left_out {
            format!("error: `b` is left out for a fault at deck.toml:{line}\nhelp: `rehearse edit b` opens it there\n")
        } else {
            "error: no card `b`\nhelp: `rehearse list` shows every card\n".to_owned()
        };
        for command in [&["grade", "b", "4"] as &[_], &["show", "b"], &["suspend", "b"], &["edit", "b"]] {
            let (command, edit) = ([command, &["--quiet"]].concat(), left_out && command[0] == "edit");
            let done = with_editor(&place, "true", &command);
            match edit {
                true => done.success("nothing was changed\n"),
                false => done.ended(2, "", &said),
            }
        }
        if left_out {
            let done = with_editor(
                &place,
                "head -n 11 \"$1\" > x; printf '[[card]]\\nid = \"b\"\\nprompt = \"B\"\\n' >> x; mv x \"$1\"",
                &["edit", "b", "--quiet"],
            );
            done.success("changed deck.toml\nadded b to deck.toml\n");
            assert_eq!(ids(&place), ["a", SECOND, "b"], "{fault}");
        }
    }
    // So is a card with a history. A card that has another place without problems is not left out.
    let place = Place::with_deck(DECK);
    place.run(&["grade", "a", "4"]).success("saved a grade 4, next 2026-11-23\n");
    place.write("deck.toml", DECK.replace("prompt = \"First", "promt = \"First"));
    with_editor(&place, "sed -i 's/promt/prompt/' \"$1\"", &["edit", "a", "--quiet"])
        .success("changed deck.toml\nadded a to deck.toml\n");
    place.write("deck.toml", format!("{DECK}[[card]]\nid = \"a\"\n"));
    assert_eq!(with_editor(&place, "echo '# more' >> \"$1\"", &["edit", "a"]).stdout, "changed deck.toml\n");
}

#[test]
fn a_read_only_deck_can_be_edited_and_keeps_its_mode() {
    let place = Place::with_deck(DECK);
    let deck = place.path().join("deck.toml");
    chmod(&deck, 0o444);
    let done =
        with_editor(&place, "ls -l \"$1\" > mode.txt; chmod u+w \"$1\"; echo '# more' >> \"$1\"", &["edit", "a"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(place.read("mode.txt").starts_with("-r--r--r--"), "{}", place.read("mode.txt"));
    assert_eq!((place.read("deck.toml"), mode(&deck)), (format!("{DECK}# more\n"), 0o444));
    // A command without an editor does not overwrite it.
    let done = place.run(&["ids"]);
    done.ended(3, "", "error: deck.toml: it is read-only; no id was written\n");
}

#[test]
fn only_new_problems_prevent_an_edit() {
    let broken = format!("{DECK}\n[[card]]\npromt = \"old fault\"\n");
    let place = Place::with_deck(&broken);
    let done = with_editor(&place, "sed -i 's/First/Primary/' \"$1\"", &["edit", "a"]);
    assert_eq!((done.code, done.stdout.as_str()), (Some(0), "changed deck.toml\n"), "{done:?}");
    let done = with_editor(&place, "sed -i 's/^points/pionts/' \"$1\"", &["edit", "a"]);
    assert_eq!(done.code, Some(3), "{done:?}");
    let fault = "error: .deck.toml.rehearse-1.toml:11:1: card has no key `pionts`";
    assert!(done.stderr.contains(fault) && done.stderr.contains("error: 1 fault in the new text"), "{done:?}");
    // A warning is shown and prevents nothing.
    let done = with_editor(&place, "sed -i 's/Primary/Primary {rolle}/' \"$1\"", &["edit", "a"]);
    assert!(done.stderr.contains("warning: deck.toml:7:19: `{rolle}` is not filled in"), "{done:?}");
    assert_eq!(done.code, Some(0));
}

#[test]
fn the_history_of_an_edited_card_follows_it_once() {
    let place = Place::with_deck(DECK);
    place.run(&["grade", SECOND, "4"]);
    let done = with_editor(&place, "sed -i 's/Second?/Second, and why?/' \"$1\"", &["edit", SECOND]);
    let new = &ids(&place)[1];
    let line = done.stdout.lines().nth(1).unwrap();
    assert!(line.starts_with(&format!("{SECOND} is {new} now, with its history; `rehearse undo ")), "{done:?}");
    assert!(done.stderr.starts_with("note: `rehearse ids` writes"), "{done:?}");
    assert_eq!((&place.card(new)["reviews"], place.log().len()), (&1.into(), 2));
    // Back to the old text in another TOML form. The advice is shown once.
    let done = with_editor(&place, "sed -i 's/Second, and why?/  Second?/' \"$1\"", &["edit", SECOND]);
    assert_eq!((done.stderr.as_str(), done.stdout.lines().count()), ("", 2), "{done:?}");
    assert_eq!((&place.card(SECOND)["reviews"], place.log().len()), (&1.into(), 3));
    // The rename can be undone.
    let done = with_editor(&place, "sed -i 's/Second?/Third?/' \"$1\"", &["edit", SECOND]);
    let third = ids(&place)[1].clone();
    assert_eq!(place.card(&third)["reviews"], 1);
    let undo = done.stdout.split('`').nth(1).unwrap().split(' ').nth(2).unwrap();
    assert_eq!(place.run(&["undo", undo]).code, Some(0));
    assert_eq!(place.card(&third)["reviews"], 0);
    // It is recorded before anything is printed, because stdout may be closed.
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = command(&place, "sed -i 's/Third?/Fourth?/' \"$1\"", &["edit", &third]);
    place.run(&["grade", &third, "4"]);
    assert_eq!(finish(command.stdout(writer).spawn().unwrap()).code, Some(0));
    assert_eq!(place.card(&ids(&place)[1])["reviews"], 1);
    // A changed written id is another card; nothing is guessed.
    place.run(&["grade", "a", "4"]);
    let done = with_editor(&place, "sed -i 's/^id = .a./id = \"b\"/' \"$1\"", &["edit", "a"]);
    assert_eq!((done.stdout.as_str(), done.code), ("changed deck.toml\n", Some(0)));
    assert!(done.stderr.contains("the history stays with a; `rehearse rename a b` lets it go on as b"), "{done:?}");
    assert_eq!(place.card("b")["reviews"], 0);
}

#[test]
fn where_more_than_the_card_changed_only_other_evidence_counts() {
    // What the editor does to the second card and around it, and how many reviews it has then. Its points, which no other
    // card has, identify it unless the old card is still there.
    let cases = [
        ("sed -i '/^prompt = .Second/d' \"$1\"; printf 'prompt = \"X\"\\n[[card]]\\nprompt = \"Y\"\\n' >> \"$1\"", 1),
        ("sed -i 's/Second/Third/; s/^id = .a./id = \"c\"/' \"$1\"", 1),
        ("sed -i 's/Second/Third/; s/First/Last/' \"$1\"", 1),
        ("sed -i 's/Second/Third/' \"$1\"; printf '[[card]]\\nprompt = \"Second?\"\\n' >> \"$1\"", 0),
        ("sed -i 's/^prompt = .Second/id = \"second\"\\n&/' \"$1\"", 1),
    ];
    for (script, reviews) in cases {
        let place = Place::with_deck(DECK);
        place.run(&["grade", SECOND, "4"]);
        let done = with_editor(&place, script, &["edit", SECOND]);
        assert_eq!(done.code, Some(0), "{script}: {done:?}");
        let second = ids(&place)[1].clone();
        assert_ne!(second, SECOND, "{script}");
        let renames = place.log().iter().filter(|event| event["kind"] == "rename").count();
        assert_eq!(renames, reviews, "{script}");
        assert_eq!(place.card(&second)["reviews"], reviews, "{script}");
    }
}

#[test]
fn a_card_is_added_at_the_end_of_a_deck() {
    let fill =
        "cp \"$1\" seen.txt; sed -i 's/^prompt = \"\"/prompt = \"New?\"/; s/^answer = \"\"/answer = \"A\"/' \"$1\"";
    // The deck, the arguments, and the end of the deck afterwards.
    let cases = [
        (DECK, &["add"][..], format!("{DECK}\n[[card]]\nprompt = \"New?\"\n")),
        (
            DECK,
            &["add", "D", "--kind", "fact"],
            format!("{DECK}\n[[card]]\nkind = \"fact\"\nprompt = \"New?\"\nanswer = \"A\"\n"),
        ),
        ("# only a remark", &["add", "deck.toml"], "# only a remark\n\n[deck]\n\n[[card]]\nprompt = \"New?\"\n".into()),
        ("", &["add", "deck.toml"], "[deck]\n\n[[card]]\nprompt = \"New?\"\n".into()),
        (
            "[deck]\r\nkind = \"fact\"",
            &["add"],
            "[deck]\r\nkind = \"fact\"\r\n\r\n[[card]]\r\nprompt = \"New?\"\r\nanswer = \"A\"\r\n".into(),
        ),
        ("[[card]]\nprompt: 1\n", &["add", "deck"], "[[card]]\nprompt: 1\n\n[[card]]\nprompt = \"New?\"\n".into()),
    ];
    for (deck, args, expected) in cases {
        let place = Place::with_deck(deck);
        let done = with_editor(&place, fill, args);
        assert_eq!((place.read("deck.toml"), done.code), (expected, Some(0)), "{done:?}");
        let id = ids(&place).pop().unwrap();
        assert_eq!(done.stdout, format!("added {id} to deck.toml\n"));
        assert!(
            place.read("seen.txt").contains("# lines that begin with `#` are not kept"),
            "{}",
            place.read("seen.txt")
        );
        assert!(copies(place.path()).is_empty());
    }
    let place = Place::with_deck(DECK);
    let args = ["add", "--from", "  Say \"no\":\n why? "];
    let done = with_editor(&place, "sed -i 's/^# hint = \"\"/hint = \"H\"/' \"$1\"", &args);
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""), "{done:?}");
    assert_eq!(place.read("deck.toml"), format!("{DECK}\n[[card]]\nprompt = 'Say \"no\": why?'\nhint = \"H\"\n"));
    let fill =
        "sed -i 's/^id = \"\"/id = \"flood\"/; s/^title = \"\"/title = \"T\"/; s/^# year = .*/year = 2020/' \"$1\"";
    let done = with_editor(&place, fill, &["add", "--story", "stories.toml"]);
    assert_eq!(done.stdout, "added flood to stories.toml\n", "{done:?}");
    assert_eq!(place.read("stories.toml"), "[deck]\n\n[[story]]\nid = \"flood\"\ntitle = \"T\"\nyear = 2020\n");
    // After an inline array of stories no `[[story]]` can follow.
    let listed = "story = [{ id = \"s\", title = \"S\" }]\n";
    place.write("listed.toml", listed);
    let done = with_editor(&place, fill, &["add", "--story", "listed"]);
    assert_eq!((done.code, place.read("listed.toml").as_str()), (Some(2), listed), "{done:?}");
    for args in [&["add", "--from", " "][..], &["add", "--story", "--kind", "fact"], &["add", "--story", "--from", "x"]]
    {
        assert_eq!(with_editor(&place, fill, args).code, Some(2), "{args:?}");
    }
    for script in ["true", "sed -i '2,$d' \"$1\""] {
        let place = Place::with_deck("[deck]\n");
        let done = with_editor(&place, script, &["add"]);
        assert_eq!((done.stdout.as_str(), done.code), ("nothing was added to deck.toml\n", Some(0)), "{done:?}");
        assert_eq!((place.read("deck.toml").as_str(), copies(place.path())), ("[deck]\n", Vec::new()));
    }
}

#[test]
fn a_deck_is_named_made_or_asked_for() {
    let fill = "sed -i 's/^prompt = \"\"/prompt = \"New?\"/' \"$1\"";
    let place = Place::new();
    place.write("rehearse.toml", "[collection]\nexclude = [\"out/\"]\n");
    let fails = |args: &[&str], message: &str| {
        let done = with_editor(&place, fill, args);
        assert!(matches!(done.code, Some(2 | 3)) && done.stderr.contains(message), "{args:?} {done:?}");
        assert!(copies(place.path()).is_empty() && done.stdout.is_empty(), "{args:?} {done:?}");
    };
    fails(&["add"], "there is no deck yet\nhelp: `rehearse add NAME.toml` makes one");
    let done = with_editor(&place, fill, &["add", "new.toml", "--kind", "ask"]);
    assert_eq!(place.read("new.toml"), "[deck]\n\n[[card]]\nkind = \"ask\"\nprompt = \"New?\"\n", "{done:?}");
    assert!(mode(&place.path().join("new.toml")) & 0o600 == 0o600);
    // In the current folder if it is in the collection.
    std::fs::create_dir_all(place.path().join("sub/.hidden")).unwrap();
    let done =
        finish(command(&place, fill, &["add", "more.toml"]).current_dir(place.path().join("sub")).spawn().unwrap());
    assert!(done.stdout.ends_with(" to sub/more.toml\n"), "{done:?}");
    let done = finish(
        command(&place, fill, &["add", "sub/third.toml"])
            .current_dir("/")
            .env("REHEARSE_DIR", place.path())
            .spawn()
            .unwrap(),
    );
    assert!(done.stdout.ends_with(" to sub/third.toml\n"), "{done:?}");

    place.write("Cargo.toml", "[package]\nname = \"x\"\n");
    place.write("inline.toml", "card = [{ prompt = \"x\" }]\n");
    std::fs::create_dir(place.path().join("out")).unwrap();
    symlink("new.toml", place.path().join("link.toml")).unwrap();
    fails(
        &["add"],
        "there are 4 decks, and none is named\nhelp: name one of inline.toml, new.toml, sub/more.toml or sub/third.toml",
    );
    fails(&["add", "sub"], "`sub` is 2 decks");
    fails(&["add", "nwe"], "no deck `nwe`\nhelp: did you mean `new`?");
    fails(&["add", "inline"], "no card can be put at the end of inline.toml");
    fails(&["add", "Cargo.toml"], "`Cargo.toml` cannot be a deck\nhelp: a file of that name is there");
    fails(&["add", "rehearse.toml"], "`rehearse.toml` cannot be a deck");
    fails(&["add", "out/x.toml"], "`out/x.toml` cannot be a deck");
    fails(&["add", ".x.toml"], "`.x.toml` cannot be a deck");
    fails(&["add", "sub/.hidden/x.toml"], "cannot be a deck");
    fails(&["add", "nowhere/x.toml"], "`nowhere/x.toml` is in no folder of the collection");
    fails(&["add", "../x.toml"], "`../x.toml` is in no folder of the collection");
    fails(&["add", "/x.toml"], "`/x.toml` is in no folder of the collection");
    fails(&["add", "link.toml"], "link.toml: cannot be read: no regular file");
    // A deck created meanwhile is not overwritten.
    let done = with_editor(&place, &format!("{fill}; echo '# theirs' > late.toml"), &["add", "late.toml"]);
    assert!(done.code == Some(3) && done.stderr.contains("late.toml was changed meanwhile"), "{done:?}");
    assert_eq!((place.read("late.toml").as_str(), copies(place.path()).len()), ("# theirs\n", 1));
    let done = with_editor(&place, "sed -i 's/^prompt.*/prompt: x/' \"$1\"", &["add", "never.toml"]);
    assert!(done.stderr.contains("; never.toml was not made; your text is in "), "{done:?}");
}

#[test]
fn a_saved_copy_does_not_make_a_collection() {
    let place = Place::new();
    std::fs::remove_file(place.path().join("rehearse.toml")).unwrap();
    place.write(".deck.toml.rehearse-1.toml", DECK);
    let done = place.run(&["list"]);
    assert!(done.code == Some(2) && done.stderr.contains("no decks here"), "{done:?}");
}

#[test]
fn ids_are_written_once_and_nothing_else_is() {
    let place = Place::new();
    place.write("a.toml", DECK);
    place.write("sub/b.toml", "\u{feff}card = [{prompt = \"In a row?\"}]\r\n[deck]\r\ntitle = \"B\"\r\n");
    place.write("c.toml", "[[card]]\nprompt = \"Second?\"\n[[card]]\nprompt: 1\n[[card]]\nprompt = \"Good?\"");
    let (a, c) = (place.path().join("a.toml"), place.path().join("c.toml"));
    chmod(&a, 0o600);
    symlink("a.toml", place.path().join("link.toml")).unwrap();
    place.run(&["grade", SECOND, "4"]);
    let (before, broken) = (ids(&place), std::fs::read_to_string(&c).unwrap());
    let done = place.run(&["ids", "a", "B"]);
    assert_eq!(
        (done.stdout.as_str(), done.code),
        ("a.toml: 1 id written\nsub/b.toml: 1 id written\n", Some(0)),
        "{done:?}"
    );
    let (head, tail) = DECK.split_at(DECK.find("prompt = \"Second").unwrap());
    assert_eq!(place.read("a.toml"), format!("{head}id = \"{SECOND}\"\n{tail}"));
    let inline = place.read("sub/b.toml");
    assert!(
        inline.starts_with("\u{feff}card = [{id = \"h")
            && inline.contains("\", prompt = \"In a row?\"}]\r\n[deck]\r\n"),
        "{inline:?}"
    );
    assert_eq!((mode(&a), place.read("c.toml") == broken), (0o600, true));
    // The rest: the other place of a card and a card with a problem get no id.
    let done = place.run(&["ids"]);
    assert_eq!((done.stdout.as_str(), done.code), ("c.toml: 1 id written\n", Some(0)), "{done:?}");
    let twin = format!("warning: c.toml:1:1: no id is written here: the card at a.toml:9 is `{SECOND}` already");
    assert!(done.stderr.contains("c.toml:4:7: TOML syntax error") && done.stderr.contains(&twin), "{done:?}");
    let done = place.run(&["ids"]);
    assert_eq!((done.stdout.as_str(), done.code), ("No id was written.\n", Some(0)), "{done:?}");
    place.run(&["ids", "a"]).ended(0, "Every card has an id.\n", done.stderr.split("warning: c.toml").next().unwrap());
    assert_eq!((ids(&place), place.card(SECOND)["reviews"].clone()), (before, 1.into()));
    assert!(std::fs::symlink_metadata(place.path().join("link.toml")).unwrap().is_symlink());
    assert!(copies(place.path()).is_empty());
    // Now any edit keeps the history.
    place.write("a.toml", place.read("a.toml").replace("Second?", "Quite another?"));
    assert_eq!(place.card(SECOND)["reviews"], 1);
    let done = place.run(&["ids", "nobody"]);
    assert!(done.code == Some(2) && done.stderr.contains("no deck `nobody`"), "{done:?}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_card_is_edited_in_a_session_on_a_terminal_only() {
    let place = Place::with_deck(DECK);
    let done = place.feed(&["review"], "e\nq\n");
    assert!(
        done.stdout.contains("Editing in a session needs a terminal; `rehearse edit a` does it anywhere."),
        "{done:?}"
    );
    // The first edit breaks the deck and is fixed, the second breaks it and is saved beside it, the third is dropped.
    let script = "n=$(cat n.txt 2>/dev/null || echo 0); echo $((n + 1)) > n.txt\n\
                  case $n in\n0) sed -i 's/^prompt = .Second/promt = .Second/' \"$1\" ;;\n\
                  1) sed -i 's/^promt = .Second/prompt = \"Third/' \"$1\" ;;\n*) echo 'MINE: 1' >> \"$1\" ;;\nesac";
    let editor = editor(&place, script);
    let run = format!("EDITOR='{}' rehearse review", editor.display());
    let Some(said) = on_terminal(place.path(), &run, "s\n\n1\n3\ne\n\ne\nk\ne\nd\nq\n") else { return };
    let wanted = [
        "promt",
        "Enter edits again, k keeps the copy beside the deck, d drops it",
        "changed deck.toml\n",
        " now, with its history; `rehearse undo ",
        "  Third?\n",
        "note: 1 fault in the new text; deck.toml is as it was; your text is in ",
        "dropped; deck.toml is as it was",
        "1 of 3 answers",
    ];
    for wanted in wanted {
        assert!(said.contains(wanted), "{wanted}\n{said}");
    }
    let kept = copies(place.path());
    assert!(kept.len() == 1 && std::fs::read_to_string(&kept[0]).unwrap().ends_with("MINE: 1\n"), "{kept:?}");
    let third = ids(&place)[1].clone();
    assert_eq!((place.card(&third)["reviews"].clone(), place.read("deck.toml").contains("MINE")), (1.into(), false));
}

#[test]
fn typed_answers_are_graded_and_not_saved() {
    let deck = "[[card]]\nid = \"fact\"\nprompt = \"Capital?\"\nkind = \"fact\"\nanswer = \"Paris\"\naccept = [\"Lutetia\"]\n\
                [[card]]\nid = \"open\"\nprompt = \"Why?\"\npoints = [\"one\", \"two\"]\nanswer = \"Because.\"\n";
    let place = Place::with_deck(deck);
    let done = place.feed(&["review", "--type"], "lutetia!\n\n two words\na\n4\nRome\n1\n");
    for wanted in [
        "Type your answer on one line. (? help, q quit)",
        "Your answer:\n  lutetia!\nThe right answer:\n  Paris\nThat counts, and is not the answer to the letter: grade 3.",
        "saved fact grade 3, next 2026-11-23",
        "2 words, aloud about 0:01 of 2:00. Which did you say?",
        "Your answer:\n   two words\nA model answer:\n  Because.\nThe coach asks:\n  warn  too-short  2 words. Is that all you want to say?\n\
         Every point, and the coach asks back: grade 4. Enter accepts, or 0-5",
        "saved open grade 4, next 2026-11-23",
        "Your answer:\n  Rome\nThe right answer:\n  Paris\nHow did it go?",
    ] {
        assert!(done.stdout.contains(wanted), "{wanted}\n{}", done.stdout);
    }
    let reviews = place.log();
    let proposed: Vec<_> = reviews.iter().map(|review| (review["card"].clone(), review["proposed"].clone())).collect();
    assert_eq!(serde_json::json!(proposed), serde_json::json!([["fact", null], ["open", 4], ["fact", 3]]));
    assert_eq!((&reviews[1]["seconds"], reviews[0]["seconds"].is_number()), (&serde_json::Value::Null, true));

    // A program gives its answer first.
    let place = Place::with_deck(deck);
    let input =
        "{\"answer\":\"PARIS\",\"ms\":15000}\n{\"grade\":4}\n{\"answer\":\"x\",\"ticks\":[1,2]}\n{\"grade\":5}\n";
    let done = place.feed(&["review", "--format", "jsonl"], input);
    let revealed: Vec<&str> = done.stdout.lines().filter(|line| line.contains("revealed")).collect();
    let expected = [
        "{\"event\":\"revealed\",\"id\":\"fact\",\"points\":[],\"answer\":\"Paris\",\"note\":null,\"source\":null,\"proposed\":4}",
        "{\"event\":\"revealed\",\"id\":\"open\",\"points\":[\"one\",\"two\"],\"answer\":\"Because.\",\"note\":null,\"source\":null,\"proposed\":4}",
    ];
    assert_eq!((revealed, place.log().len()), (expected.to_vec(), 2), "{done:?}");
}

#[test]
fn an_answer_from_the_editor_is_deleted_once_graded_and_saved_if_something_fails() {
    let place = Place::with_deck("[[card]]\nid = \"open\"\nprompt = \"Why?\"\nanswer = \"Because.\"\n");
    let sheets = || {
        let names = std::fs::read_dir(place.local()).unwrap().map(|entry| entry.unwrap().path());
        names.filter(|path| path.extension().is_some_and(|extension| extension == "txt")).collect::<Vec<_>>()
    };
    let run = |script: &str, input: &str| {
        let mut child =
            command(&place, script, &["review", "--edit"]).stdin(std::process::Stdio::piped()).spawn().unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), input.as_bytes()).unwrap();
        finish(child)
    };
    let write = "stat -c %a \"$1\" > mode.txt; cp \"$1\" seen.txt; printf 'MINE\\nand more\\n' | cat - \"$1\" > s; cat s > \"$1\"";
    let done = run(write, "\n5\n");
    assert!(done.stdout.contains("Press Enter to write your answer in the editor."), "{done:?}");
    assert!(
        done.stdout.contains("3 words, aloud about 0:01 of 2:00.\nYour answer:\n  MINE\n  and more\nA model answer:"),
        "{done:?}"
    );
    assert_eq!((place.read("mode.txt").as_str(), place.read("seen.txt").ends_with("\n  Why?\n")), ("600\n", true));
    assert_eq!((place.log().len(), sheets()), (1, Vec::new()));
    // The editor fails: the text is saved, and the session continues with the card.
    place.run(&["undo"]);
    let done = run(&format!("{write}; exit 1"), "\nq\n");
    let kept = sheets();
    assert!(kept.len() == 1 && std::fs::read_to_string(&kept[0]).unwrap().starts_with("MINE\n"), "{kept:?}");
    let wanted = format!("error: your answer is in {}: the editor `", kept[0].canonicalize().unwrap().display());
    assert!(done.code == Some(0) && done.stdout.contains(&wanted), "{done:?}");
    std::fs::remove_file(&kept[0]).unwrap();
    let done = run("exit 1", "\nq\n");
    assert!(done.stdout.contains("error: the editor `") && sheets().is_empty(), "{done:?}");
    // The log cannot be written: the answer is saved.
    let log = place.local().join("log.jsonl");
    let done = run(&format!("{write}; rm '{0}'; mkdir '{0}'", log.display()), "\n5\n");
    assert!(done.code == Some(3) && done.stderr.contains("error: your answer is in "), "{done:?}");
    assert_eq!(sheets().len(), 1);
}
