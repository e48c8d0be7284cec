//! The user's files, index entries, hooks, and keys are not touched.

use super::*;
use std::collections::BTreeMap;

/// Files by name, the index, and the output of `git status`.
type Snapshot = (BTreeMap<String, (Vec<u8>, u32)>, String, String);

/// Returns everything of the user's: each file's bytes and mode, each index entry, and the output of `git status`.
fn snapshot(place: &Place) -> Snapshot {
    use std::os::unix::fs::PermissionsExt as _;
    let mut files = BTreeMap::new();
    for entry in ignore::WalkBuilder::new(place.path()).standard_filters(false).build().flatten() {
        let name = entry.path().strip_prefix(place.path()).unwrap().to_str().unwrap().to_owned();
        let own =
            name.starts_with(".git/") || name.starts_with(".rehearse/local") || name.starts_with(".rehearse/journal/");
        if !own && entry.file_type().unwrap().is_file() {
            let mode = entry.metadata().unwrap().permissions().mode();
            files.insert(name, (std::fs::read(entry.path()).unwrap(), mode));
        }
    }
    let index: String = place
        .git(&["ls-files", "--stage"])
        .lines()
        .filter(|line| !line.contains(".rehearse/journal/"))
        .map(|line| format!("{line}\n"))
        .collect();
    (files, index, place.git(&["status", "--porcelain", "--untracked-files=all"]))
}

/// Leaves uncommitted files in every possible state.
fn work(place: &Place) {
    place.write("dirty.toml", "# dirty\n");
    place.write("staged.toml", "# staged\n");
    place.git(&["add", "staged.toml"]);
    place.write("both.toml", "# staged\n");
    place.git(&["add", "both.toml"]);
    place.write("both.toml", "# and dirty\n");
    place.write("new and staged.toml", "[[card]]\nprompt = \"New?\"\n");
    place.git(&["add", "new and staged.toml"]);
    place.write("intended.toml", "");
    place.git(&["add", "--intent-to-add", "intended.toml"]);
    place.write("untracked.toml", "");
    place.git(&["rm", "--quiet", "--cached", "forgotten.toml"]);
    std::fs::remove_file(place.path().join("deleted.toml")).unwrap();
    place.git(&["rm", "--quiet", "removed.toml"]);
    place.git(&["update-index", "--chmod=+x", "run.toml"]);
}

const FILES: [&str; 8] = [
    "dirty.toml",
    "staged.toml",
    "both.toml",
    "forgotten.toml",
    "deleted.toml",
    "removed.toml",
    "run.toml",
    "calm.toml",
];

fn pair() -> (Hub, Place, Place) {
    let hub = Hub::new();
    let deck = deck(3);
    let mut files: Vec<(&str, &str)> = FILES.iter().map(|name| (*name, "# a comment\n")).collect();
    files.extend([("deck.toml", deck.as_str()), (".rehearse/.gitignore", "/local/\n")]);
    let place = hub.first(&files);
    run(&place, &["grade", "c0", "4"]);
    sync(&place);
    let other = hub.clone();
    (hub, place, other)
}

#[test]
fn uncommitted_work_is_unchanged_by_a_sync() {
    let (_hub, place, other) = pair();
    work(&place);
    let before = snapshot(&place);
    // Nothing new upstream; a review and a deck; a merge with a local commit.
    run(&place, &["grade", "c1", "4"]);
    sync(&place);
    assert_eq!(snapshot(&place), before);
    for n in 0..2 {
        other.write("calm.toml", format!("# calm {n}\n"));
        other.write(&format!("from-other-{n}.toml"), "# new\n");
        commit(&other, "other");
        run(&other, &["grade", "c2", "3"]);
        sync(&other);
        if n == 1 {
            place.write("deck.toml", deck(4));
            place.git(&["commit", "--quiet", "--message", "mine", "--only", "deck.toml"]);
        }
        let (mut files, _, status) = snapshot(&place);
        let said = sync(&place);
        assert!(said.contains("received 2 decks\n") && said.starts_with("received 1 review from "), "{said}");
        let calm = place.read("calm.toml");
        assert_eq!(calm, format!("# calm {n}\n"));
        files.get_mut("calm.toml").unwrap().0 = calm.into_bytes();
        files.insert(format!("from-other-{n}.toml"), (b"# new\n".to_vec(), 0o100644));
        let (after, index, status_after) = snapshot(&place);
        assert_eq!((after, status_after), (files, status));
        assert!(index.contains("staged.toml"));
        assert_eq!(head(&place), place.git(&["rev-parse", "origin/main"]));
    }
}

#[test]
fn files_in_the_way_stay_until_the_user_moves_them() {
    for (n, name) in FILES
        .iter()
        .filter(|name| **name != "calm.toml")
        .chain(&["new and staged.toml", "untracked.toml", "intended.toml"])
        .enumerate()
    {
        // With three of them the journal is in the way as well.
        let (_hub, place, other) = pair();
        work(&place);
        other.write(name, "# theirs\n");
        other.write("first.toml", "# sorted before\n");
        commit(&other, "other");
        run(&other, &["grade", "c2", "3"]);
        sync(&other);
        run(&place, &["grade", "c1", "4"]);
        let (before, tip) = (snapshot(&place), head(&place));
        let done = place.run(&["sync"]);
        assert_eq!(done.code, Some(0), "{done:?}");
        assert!(done.stderr.starts_with(&format!("note: {name} ")), "{done:?}");
        assert!(done.stderr.ends_with(": `main` stays where it is, and the next sync catches up\n"), "{done:?}");
        assert!(done.stdout.ends_with("\npushed 1 review\n") && !done.stdout.contains("deck"), "{done:?}");
        assert_eq!((snapshot(&place), head(&place)), (before, tip), "{name}");
        if n % 4 == 0 {
            place.git(&["reset", "--quiet", "--hard"]);
            let _ = std::fs::remove_file(place.path().join(name));
            place.git(&["checkout", "--quiet", "HEAD", "--", "."]);
            assert_eq!(place.run(&["sync"]).stderr, "", "{name}");
            assert_eq!(place.read(name), "# theirs\n");
            assert_eq!(head(&place), place.git(&["rev-parse", "origin/main"]));
        }
    }
}

#[test]
fn damaged_journal_files_are_written_again() {
    type Damage = fn(&Place, &Path);
    let damages: [Damage; 5] = [
        |_, page| std::fs::write(page, "").unwrap(),
        |_, page| std::fs::write(page, "<<<<<<< HEAD\nnonsense\n").unwrap(),
        |_, page| std::fs::remove_file(page).unwrap(),
        |place, _| drop(run(place, &["export", "--journal"])),
        |place, page| {
            place.git(&["rm", "--quiet", "--cached", "-r", ".rehearse/journal"]);
            place.git(&["commit", "--quiet", "--message", "forgotten"]);
            std::fs::write(page, "torn").unwrap();
        },
    ];
    for damage in damages {
        let (hub, place, other) = pair();
        let journal = place.path().join(".rehearse/journal");
        let folder = std::fs::read_dir(&journal).unwrap().next().unwrap().unwrap().path();
        let page = std::fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
        run(&other, &["grade", "c2", "3"]);
        sync(&other);
        run(&place, &["grade", "c1", "4"]);
        damage(&place, &page);
        let done = place.run(&["sync"]);
        assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""), "{done:?}");
        assert_eq!(place.git(&["status", "--porcelain"]), "");
        assert_eq!(std::fs::read(&page).unwrap(), std::fs::read(place.local().join("log.jsonl")).unwrap());
        assert_eq!(reviews(&hub.clone()), 3);
    }
}

#[test]
fn staged_journal_files_are_not_touched() {
    let (hub, place, other) = pair();
    run(&other, &["grade", "c2", "3"]);
    sync(&other);
    run(&place, &["grade", "c1", "4"]);
    run(&place, &["export", "--journal"]);
    place.git(&["add", "--all"]);
    run(&place, &["grade", "c0", "4"]);
    let (before, tip) = (place.git(&["ls-files", "--stage"]), head(&place));
    let done = place.run(&["sync"]);
    assert!(done.stderr.contains(" is staged and not committed: `main` stays where it is"), "{done:?}");
    assert_eq!((place.git(&["ls-files", "--stage"]), head(&place)), (before, tip));
    assert_eq!(reviews(&hub.clone()), 4);
    place.git(&["commit", "--quiet", "--message", "by hand"]);
    assert_eq!(place.run(&["sync"]).stderr, "");
    assert_eq!(place.git(&["status", "--porcelain"]), "");
    assert_eq!(reviews(&place), 4);
}

#[test]
fn hooks_and_signing_do_not_run() {
    let (_hub, place, other) = pair();
    let fired = place.path().join(".git/fired");
    let fire = format!("echo \"$0\" >> '{}'; exit 1", fired.display());
    for hook in [
        "pre-commit",
        "commit-msg",
        "prepare-commit-msg",
        "post-commit",
        "pre-push",
        "post-checkout",
        "post-merge",
        "reference-transaction",
        "post-index-change",
        "pre-auto-gc",
        "post-rewrite",
        "pre-merge-commit",
        "applypatch-msg",
    ] {
        script(&place.path().join(".git/hooks").join(hook), &fire);
    }
    script(&place.path().join(".git/sign"), &fire);
    for (key, value) in [
        ("commit.gpgSign", "true"),
        ("push.gpgSign", "if-asked"),
        ("gpg.program", ".git/sign"),
        ("tag.gpgSign", "true"),
        ("log.showSignature", "true"),
    ] {
        place.git(&["config", key, value]);
    }
    other.write("calm.toml", "# calm\n");
    commit(&other, "other");
    sync(&other);
    place.write("deck.toml", deck(4));
    place.git(&[
        "-c",
        "core.hooksPath=/dev/null",
        "-c",
        "commit.gpgSign=false",
        "commit",
        "--quiet",
        "--all",
        "--message",
        "mine",
    ]);
    run(&place, &["grade", "c1", "4"]);
    assert_eq!(sync(&place), "received 1 deck\npushed 1 commit\npushed 1 review\n");
    assert_eq!(head(&place), place.git(&["-c", "core.hooksPath=/dev/null", "rev-parse", "origin/main"]));
    assert!(!fired.exists(), "{}", std::fs::read_to_string(fired).unwrap());
}
