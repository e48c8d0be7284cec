//! What a clone brings below `.rehearse` is not trusted: nothing outside is read, written, or published, and no other
//! person's settings take effect.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;

use super::*;
use crate::support::{can_close, finish, powerless};

/// Commands that open a collection, each for another reason.
const COMMANDS: [&[&str]; 9] = [
    &["due"],
    &["grade", "c0", "4"],
    &["sync"],
    &["doctor"],
    &["undo"],
    &["export", "--journal"],
    &["stats"],
    &["log"],
    &["check"],
];

/// What this program opens in this machine's folder.
const OWN_FILES: [&str; 13] = [
    "lock",
    "log.jsonl",
    "device",
    "settings.toml",
    "answers.jsonl",
    "sync.lock",
    "rehearse.db",
    "rehearse.db-wal",
    "rehearse.db-shm",
    "rehearse.db-journal",
    "rehearse.db.stamp",
    "rehearse.db.new",
    ".device.new",
];

const PRIVATE: &str = "a private file\n";

/// A collection with a review, and a folder elsewhere with private files.
fn with_outside() -> (Place, tempfile::TempDir) {
    let place = Place::with_deck(&many(3));
    assert_ended(&place.run(&["grade", "c0", "4"]), 0);
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("private"), PRIVATE).unwrap();
    std::fs::create_dir(outside.path().join("folder")).unwrap();
    std::fs::write(outside.path().join("folder/private"), PRIVATE).unwrap();
    (place, outside)
}

/// Asserts that nothing elsewhere was changed or added.
#[track_caller]
fn assert_untouched(outside: &tempfile::TempDir) {
    let names = |folder: PathBuf| {
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        entries.collect::<BTreeSet<_>>()
    };
    assert_eq!(names(outside.path().to_owned()), BTreeSet::from(["folder".to_owned(), "private".to_owned()]));
    assert_eq!(names(outside.path().join("folder")), BTreeSet::from(["private".to_owned()]));
    for file in ["private", "folder/private"] {
        assert_eq!(std::fs::read_to_string(outside.path().join(file)).unwrap(), PRIVATE);
    }
}

fn remove(path: &Path) {
    match std::fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => std::fs::remove_dir_all(path).unwrap(),
        Ok(_) => std::fs::remove_file(path).unwrap(),
        Err(_) => {}
    }
}

fn pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// Asserts that commands refuse the collection and name a file.
#[track_caller]
fn assert_refuse(place: &Place, commands: &[&[&str]], name: &str, how: &str) {
    for args in commands {
        let done = place.run(args);
        assert_ended(&done, 3);
        let (named, said) = (format!("{name}: it is "), done.stderr.lines().count());
        assert!(done.stderr.starts_with("error: /") && done.stderr.contains(&named), "{name} {how} {args:?}: {done:?}");
        assert!(done.stdout.is_empty() && said <= 2, "{name} {how} {args:?}: {done:?}");
    }
}

#[test]
fn a_link_to_a_private_file_is_refused_in_the_place_of_any_file() {
    let (place, outside) = with_outside();
    let folder = |name: &&str| ["sync", "takes"].contains(name);
    for name in OWN_FILES.iter().chain(&["sync", "takes"]) {
        let path = place.local().join(name);
        let kept = std::fs::read(&path).ok();
        for target in ["folder", "missing", "private"] {
            remove(&path);
            symlink(outside.path().join(target), &path).unwrap();
            let commands = if target == "private" { &COMMANDS[..] } else { &COMMANDS[..2] };
            assert_refuse(&place, commands, name, target);
        }
        remove(&path);
        if !folder(name)
            && let Some(kept) = kept
        {
            std::fs::write(&path, kept).unwrap();
        }
    }
    assert_untouched(&outside);
    assert_grades(&place);
}

#[test]
fn a_linked_folder_is_refused() {
    for name in [".rehearse", ".rehearse/local", ".rehearse/.gitignore"] {
        let (place, outside) = with_outside();
        remove(&place.path().join(name));
        symlink(outside.path().join("folder"), place.path().join(name)).unwrap();
        assert_refuse(&place, &COMMANDS, name, "linked");
        let init = place.run(&["init"]);
        assert!(init.code == Some(3) && init.stderr.contains(&format!("{name}: it is a link")), "{init:?}");
        assert_untouched(&outside);
    }
}

#[test]
fn a_pipe_or_a_folder_in_the_place_of_a_file_is_refused() {
    let (place, _outside) = with_outside();
    // The database has messages of its own, and a session goes on without keeping answers.
    for name in OWN_FILES.iter().filter(|name| !["answers.jsonl", "rehearse.db"].contains(name)) {
        let path = place.local().join(name);
        let kept = std::fs::read(&path).ok();
        remove(&path);
        pipe(&path);
        assert_refuse(&place, &COMMANDS[..3], name, "a pipe");
        remove(&path);
        std::fs::create_dir(&path).unwrap();
        assert_refuse(&place, &COMMANDS[..3], name, "a folder");
        remove(&path);
        if let Some(kept) = kept {
            std::fs::write(&path, kept).unwrap();
        }
    }
    assert_grades(&place);
}

#[test]
fn the_collection_and_the_folder_of_this_machine_may_be_links_if_the_user_names_them() {
    let (place, links) = (Place::with_deck(&many(2)), Place::empty());
    let [decks, own] = ["decks", "own"].map(|name| links.path().join(name));
    std::fs::create_dir(links.path().join("elsewhere")).unwrap();
    symlink(place.path(), &decks).unwrap();
    symlink(links.path().join("elsewhere"), &own).unwrap();
    for local in ["own", "new/below"] {
        let done = links.run(&["--dir", "decks", "--local", local, "grade", "c0", "4"]);
        assert_ended(&done, 0);
        assert!(links.path().join(local).join("log.jsonl").exists());
        let listed = links.run(&["--dir", decks.to_str().unwrap(), "--local", local, "log"]);
        assert_eq!((listed.code, listed.stdout.lines().count()), (Some(0), 1), "{listed:?}");
    }
    assert!(!place.path().join(".rehearse").exists());
}

const JOURNAL: &str = ".rehearse/journal";

/// Something odd among the journals: its path, and how it is made, given a private file.
type Oddity = (&'static str, Make);

/// Makes something at a path, given a private file.
type Make = fn(&Path, &Path);

const ODDITIES: [Oddity; 16] = [
    ("bbbbbbbb/2026-11.jsonl", |path, private| symlink(private, path).unwrap()),
    ("bbbbbbbb/2026-11.jsonl", |path, _| symlink("/dev/zero", path).unwrap()),
    ("bbbbbbbb/2026-11.jsonl", |path, _| symlink("nowhere", path).unwrap()),
    ("bbbbbbbb/2026-11.jsonl", |path, _| pipe(path)),
    ("bbbbbbbb/2026-11.jsonl", |path, _| std::fs::create_dir(path).unwrap()),
    ("bbbbbbbb/2026-11.jsonl", |path, _| std::fs::File::create(path).unwrap().set_len((256 << 20) + 1).unwrap()),
    ("bbbbbbbb/other", |path, private| symlink(private, path).unwrap()),
    ("bbbbbbbb", |path, _| std::fs::write(path, "a file").unwrap()),
    ("bbbbbbbb", |path, _| pipe(path)),
    ("copy.jsonl", |path, private| symlink(private, path).unwrap()),
    ("README.md", |path, private| symlink(private, path).unwrap()),
    ("PURGED", |path, private| symlink(private, path).unwrap()),
    ("PURGED", |path, _| symlink("/dev/zero", path).unwrap()),
    ("PURGED", |path, _| pipe(path)),
    ("PURGED", |path, _| std::fs::create_dir(path).unwrap()),
    ("PURGED", |path, _| std::fs::File::create(path).unwrap().set_len((1 << 20) + 1).unwrap()),
];

/// Makes `rehearse sync` push to a repository of its own.
fn with_remote(place: &Place) -> tempfile::TempDir {
    let hub = tempfile::tempdir().unwrap();
    let hub_path = hub.path().to_str().unwrap();
    place.git(&["init", "--quiet", "--bare", "--initial-branch=main", hub_path]);
    place.git(&["init", "--quiet", "--initial-branch=main"]);
    place.git(&["add", "deck.toml", "rehearse.toml"]);
    place.git(&["commit", "--quiet", "--message", "decks"]);
    place.git(&["remote", "add", "origin", hub_path]);
    place.git(&["push", "--quiet", "--set-upstream", "origin", "main"]);
    hub
}

#[test]
fn an_odd_entry_among_the_journals_is_named_by_doctor_and_never_followed() {
    for (n, (name, make)) in ODDITIES.iter().enumerate() {
        let (place, outside) = with_outside();
        let private = outside.path().join("private");
        // If it were followed, an event would be read from it.
        let secret = review_line("c2");
        std::fs::write(&private, &secret).unwrap();
        let hub = with_remote(&place);
        let path = place.path().join(JOURNAL).join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        make(&path, &private);
        let doctor = place.run(&["doctor"]);
        assert_ended(&doctor, 1);
        let finding = format!("warning: {JOURNAL}/{name}:1:1: not read: it is ");
        assert!(
            doctor.stdout.contains(&finding) && doctor.stdout.contains("[journal-entry]"),
            "{n} {name}: {doctor:?}"
        );
        for args in COMMANDS.iter().filter(|args| !["doctor", "check"].contains(&args[0])) {
            assert_ended(&place.run(args), 0);
        }
        delete_database(&place.local());
        assert_eq!(place.card("c2")["reviews"], 0, "{n} {name}");
        let fixed = place.run(&["doctor", "--fix"]);
        assert!(fixed.code == Some(1) && fixed.stdout.contains(&finding), "{n} {name}: {fixed:?}");
        assert!(std::fs::symlink_metadata(&path).is_ok(), "{n} {name}");
        let published = place.git(&["--git-dir", hub.path().to_str().unwrap(), "log", "--patch", "--text", "main"]);
        assert!(published.contains("\"c\":\"c0\"") && !published.contains("\"c\":\"c2\""), "{n} {name}: {published}");
        assert_eq!(std::fs::read_to_string(&private).unwrap(), secret, "{n} {name}");
    }
}

/// A line of another device about a card.
fn review_line(card: &str) -> String {
    format!("{}\n", Event::new("bbbbbbbb", 1, at(START - DAY_MS), &review(card, 4)).line)
}

#[test]
fn a_linked_folder_of_journals_is_not_read_and_stops_only_what_writes_there() {
    for name in [JOURNAL, ".rehearse/journal/bbbbbbbb"] {
        for remote in [false, true] {
            let (place, outside) = with_outside();
            let _hub = remote.then(|| with_remote(&place));
            std::fs::create_dir(outside.path().join("folder/bbbbbbbb")).unwrap();
            for page in ["folder/2026-11.jsonl", "folder/bbbbbbbb/2026-11.jsonl"] {
                std::fs::write(outside.path().join(page), review_line("c2")).unwrap();
            }
            let link = place.path().join(name);
            std::fs::create_dir_all(link.parent().unwrap()).unwrap();
            symlink(outside.path().join("folder"), &link).unwrap();
            for args in [&["due"][..], &["grade", "c1", "4"], &["undo"], &["stats"], &["log"]] {
                assert_ended(&place.run(args), 0);
            }
            for args in [&["sync"][..], &["sync", "--dry-run"], &["export", "--journal"]] {
                let done = place.run(args);
                assert_ended(&done, 3);
                assert!(done.stderr.contains(&format!("{name}: a link; no journal is read or written")), "{done:?}");
            }
            let doctor = place.run(&["doctor"]);
            assert!(doctor.stdout.contains(&format!("{name}:1:1: not read: it is a link")), "{doctor:?}");
            assert_eq!(place.card("c2")["reviews"], 0);
            assert_eq!(std::fs::read_dir(outside.path().join("folder")).unwrap().count(), 3);
        }
    }
}

#[test]
fn a_journal_that_cannot_be_read_is_named_and_skipped_with_and_without_a_database() {
    if !can_close() {
        return;
    }
    let place = Place::with_deck(&many(3));
    for device in ["bbbbbbbb", "cccccccc"] {
        place.write(&format!("{JOURNAL}/{device}/2026-11.jsonl"), "");
    }
    place.write(&format!("{JOURNAL}/dddddddd/2026-11.jsonl"), review_line("c2"));
    let close = |name: &str, mode| {
        let path = place.path().join(JOURNAL).join(name);
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    close("bbbbbbbb/2026-11.jsonl", 0o000);
    close("cccccccc", 0o000);
    let run = |args: &[&str]| finish(powerless(&place.command(args)).spawn().unwrap());
    let note = format!(
        "note: cannot read `{JOURNAL}/cccccccc` and `{JOURNAL}/bbbbbbbb/2026-11.jsonl`: what only this journal has doesn't \
         count yet; `rehearse doctor` says why\n"
    );
    for database in ["none yet", "present", "lost"] {
        if database == "lost" {
            delete_database(&place.local());
        }
        let listed = run(&["list", "--json"]);
        assert_eq!((listed.code, &listed.stderr), (Some(0), &note), "{database}");
        assert!(listed.stdout.contains("\"reviews\":1"), "{database}: {listed:?}");
    }
    let doctor = run(&["doctor"]);
    for name in ["bbbbbbbb/2026-11.jsonl", "cccccccc"] {
        let finding = format!("warning: {JOURNAL}/{name}:1:1: not read: Permission denied");
        assert!(doctor.code == Some(1) && doctor.stdout.contains(&finding), "{doctor:?}");
    }
    close("cccccccc", 0o755);
}

#[test]
fn shared_settings_are_a_regular_file_of_a_mib() {
    let cases: [(Make, &str); 6] = [
        (|path, _| pipe(path), "it is not a regular file"),
        (|path, _| std::fs::create_dir(path).unwrap(), "it is a folder, not a file"),
        (|path, private| symlink(private, path).unwrap(), "it is a link, and links are not followed here"),
        (|path, _| symlink("/dev/zero", path).unwrap(), "it is a link, and links are not followed here"),
        (|path, _| symlink("nowhere", path).unwrap(), "it is a link, and links are not followed here"),
        (|path, _| std::fs::write(path, " ".repeat((1 << 20) + 1)).unwrap(), "it is over 1 MiB"),
    ];
    for (make, problem) in cases {
        let (place, outside) = with_outside();
        let path = place.path().join("rehearse.toml");
        remove(&path);
        make(&path, &outside.path().join("private"));
        for args in COMMANDS {
            let done = place.run(args);
            assert_ended(&done, 3);
            assert!(done.stderr.contains(&format!("rehearse.toml: cannot be read: {problem}")), "{args:?}: {done:?}");
        }
        assert_untouched(&outside);
    }
    let (place, _outside) = with_outside();
    place.write("rehearse.toml", format!("[collection]\nexclude = [{}]\n", "'*.x',".repeat(100_000)));
    let done = place.run(&["due"]);
    assert!(
        done.code == Some(3)
            && done.stderr.contains("`exclude` of `[collection]` has 100000 entries; 1000 are allowed"),
        "{done:?}"
    );
    place.write("rehearse.toml", format!("[collection]\nexclude = [{}]\n", "'*.x',".repeat(1000)));
    assert_ended(&place.run(&["due"]), 0);
}

/// A clone of a repository in which somebody committed their own files.
fn clone_with_local(change: impl Fn(&Place)) -> Place {
    let origin = Place::with_deck(&many(3));
    assert_ended(&origin.run(&["grade", "c0", "4"]), 0);
    origin.write(".rehearse/local/settings.toml", "[review]\nnew_per_day = 1\n[sync]\njournal = \"../elsewhere\"\n");
    change(&origin);
    origin.git(&["init", "--quiet"]);
    origin.git(&["add", "--force", "--all"]);
    origin.git(&["commit", "--quiet", "--message", "everything"]);
    // On the machine that `device` names they are only reported.
    if origin.local().join("device").exists() {
        let check = origin.run(&["check"]);
        assert!(check.code == Some(1) && check.stdout.contains("[tracked-local]"), "{check:?}");
    }
    let clone = Place::empty();
    clone.git(&["clone", "--quiet", origin.path().to_str().unwrap(), "."]);
    clone
}

#[test]
fn a_folder_of_this_machine_that_came_with_a_clone_is_not_read() {
    let changes: [fn(&Place); 2] = [|_| {}, |origin| std::fs::remove_file(origin.local().join("device")).unwrap()];
    for change in changes {
        let clone = clone_with_local(change);
        let before = std::fs::read(clone.local().join("log.jsonl")).unwrap();
        for args in COMMANDS {
            let done = clone.run(args);
            assert_ended(&done, 3);
            assert!(done.stderr.contains(".rehearse/local: git tracks this folder"), "{args:?}: {done:?}");
        }
        assert_eq!(clone.git(&["status", "--porcelain"]), "");
        assert_eq!(std::fs::read(clone.local().join("log.jsonl")).unwrap(), before);
        // What the message says to do.
        clone.git(&["rm", "-r", "--cached", "--quiet", ".rehearse/local"]);
        std::fs::remove_dir_all(clone.local()).unwrap();
        assert_ended(&clone.run(&["grade", "c1", "4"]), 0);
        assert_eq!(clone.log().len(), 1);
    }
}

#[test]
fn no_program_comes_from_the_collection_or_from_a_relative_folder_of_path() {
    let (place, outside) = with_outside();
    let _hub = with_remote(&place);
    let ran = outside.path().join("ran");
    for (folder, name) in ["bin", "."].iter().flat_map(|folder| ["git", "ssh", "vi", "ed"].map(|name| (folder, name))) {
        place.write(&format!("{folder}/{name}"), format!("#!/bin/sh\ntouch '{}'\n", ran.display()));
        let file = place.path().join(folder).join(name);
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    symlink(place.path().join("bin"), outside.path().join("linked")).unwrap();
    let usual = std::env::var("PATH").unwrap();
    let collection = place.path().join("bin");
    let first = ["".to_owned(), ".".to_owned(), "bin".to_owned(), collection.display().to_string()];
    for first in first.into_iter().chain([outside.path().join("linked").display().to_string()]) {
        let path = format!("{first}:{usual}");
        for (args, code) in [(&["sync"][..], 0), (&["check"], 0), (&["init"], 0), (&["export", "--journal"], 0)] {
            let done = finish(place.command(args).env("PATH", &path).spawn().unwrap());
            assert_ended(&done, code);
        }
        // Here only the collection has an editor, and only the collection has an ssh.
        let nowhere = format!("{first}:{}", outside.path().display());
        let edited = finish(place.command(&["edit", "c0"]).env("PATH", nowhere).env("EDITOR", "ed").spawn().unwrap());
        assert_ended(&edited, 3);
        assert!(edited.stderr.contains("the editor `ed` of EDITOR cannot be started: no folder of PATH"), "{edited:?}");
        assert!(!ran.exists(), "{path}");
    }
    place.git(&["remote", "set-url", "origin", "ssh://nobody@localhost:1/x"]);
    let done = finish(place.command(&["sync"]).env("PATH", format!("bin:.:{usual}")).spawn().unwrap());
    assert_ended(&done, 3);
    assert!(!ran.exists());
    // What the user names by its path is run.
    let edited = finish(place.command(&["edit", "c0"]).env("EDITOR", "bin/ed").spawn().unwrap());
    assert!(edited.code == Some(0) && ran.exists(), "{edited:?}");
}
