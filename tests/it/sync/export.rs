//! The journal as plain files, for those who commit it themselves.

use super::*;

fn page(place: &Place, month: &str) -> PathBuf {
    let folder = std::fs::read_dir(place.path().join(".rehearse/journal")).unwrap().next().unwrap().unwrap().path();
    folder.join(format!("{month}.jsonl"))
}

#[test]
fn the_journal_has_a_file_for_each_month_and_only_changed_files_are_written() {
    let mut place = Place::with_deck(&deck(2));
    assert_eq!(run(&place, &["export", "--journal"]).stdout, "No reviews yet, so there is no journal to write.\n");
    place.at("2026-11-30T23:30:00-02:00");
    run(&place, &["grade", "c0", "4"]);
    place.at("2026-11-30T20:30:00-02:00");
    run(&place, &["grade", "c1", "3"]);
    assert_eq!(run(&place, &["export", "--journal"]).stdout, "wrote 2 files of the journal to .rehearse/journal\n");
    let log = std::fs::read_to_string(place.local().join("log.jsonl")).unwrap();
    let lines: Vec<&str> = log.split_inclusive('\n').collect();
    for (month, line) in [("2026-12", lines[0]), ("2026-11", lines[1])] {
        assert_eq!(std::fs::read_to_string(page(&place, month)).unwrap(), line);
    }
    let again = "The journal in .rehearse/journal is as it should be.\n";
    assert_eq!(run(&place, &["export", "--journal"]).stdout, again);
    // A damaged file is written again; events that only it had are kept.
    let other = lines[0].replace(&logged(&place).first().unwrap()[..8], "aaaaaaaa");
    let body = other.split(",\"x\"").next().unwrap();
    let other = format!("{body},\"x\":\"{:08x}\"}}\n", crc32fast::hash(body.as_bytes()));
    std::fs::write(page(&place, "2026-12"), format!("<<<<<<< ours\n{}=======\n{other}>>>>>>> theirs\n", lines[0]))
        .unwrap();
    assert_eq!(run(&place, &["export", "--journal"]).stdout, "wrote 2 files of the journal to .rehearse/journal\n");
    assert_eq!(std::fs::read_to_string(place.path().join(".rehearse/journal/aaaaaaaa/2026-12.jsonl")).unwrap(), other);
    assert_eq!(run(&place, &["export", "--journal"]).stdout, again);
    assert_eq!(run(&place, &["export", "--journal", "--quiet"]).stdout, "");
    assert_eq!(events(&place).len(), 3);
}

#[test]
fn events_of_a_newer_version_are_published_unchanged() {
    let place = Place::with_deck(&deck(1));
    let sealed = |body: &str| format!("{body},\"x\":\"{:08x}\"}}\n", crc32fast::hash(body.as_bytes()));
    let dream = sealed("{\"v\":7, \"d\":\"aaaaaaaa\",\"k\":\"dream\",\"s\":2,\"t\":1795939200000,\"colour\":\"grün\"");
    let review = sealed(
        "{\"v\":1,\"d\":\"aaaaaaaa\",\"s\":1,\"t\":1795939200000,\"z\":0,\"k\":\"review\",\"c\":\"c0\",\"g\":4,\"mood\":1",
    );
    place.write(".rehearse/journal/somewhere/else.jsonl", format!("{dream}{review}"));
    run(&place, &["export", "--journal"]);
    assert_eq!(place.read(".rehearse/journal/aaaaaaaa/2026-11.jsonl"), format!("{review}{dream}"));
}

#[test]
fn the_journal_is_never_written_through_a_link() {
    for link in [".rehearse/journal", ".rehearse/journal/DEVICE"] {
        let (place, outside) = (Place::with_deck(&deck(1)), tempfile::tempdir().unwrap());
        run(&place, &["grade", "c0", "4"]);
        let device = logged(&place).first().unwrap()[..8].to_owned();
        let link = place.path().join(link.replace("DEVICE", &device));
        std::fs::create_dir_all(link.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(outside.path(), &link).unwrap();
        let done = place.run(&["export", "--journal"]);
        assert_eq!(done.code, Some(3));
        assert!(done.stderr.contains("a link; no journal is read or written through one"), "{done:?}");
        assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 0);
    }
}

#[test]
fn the_hook_adds_the_journal_to_every_commit() {
    for folder in ["", "my 'own/answers/"] {
        let place = Place::empty();
        place.git(&["init", "--quiet", "--initial-branch=main"]);
        place.write(&format!("{folder}deck.toml"), deck(1));
        let dir = if folder.is_empty() { "." } else { folder };
        let said = run(&place, &["init", "--hook", dir]).stdout;
        assert!(said.contains("Every commit takes the journal along now, by .git/hooks/pre-commit.\n"), "{said}");
        assert!(run(&place, &["init", "--hook", dir]).stdout.contains("The hook is there already.\n"));
        // First without a journal, then with a review.
        let commit = || {
            let bin = Path::new(env!("CARGO_BIN_EXE_rehearse")).parent().unwrap();
            let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
            let mut command = std::process::Command::new("git");
            command.args([
                "-c",
                "user.name=Ada",
                "-c",
                "user.email=a@example.com",
                "commit",
                "--allow-empty",
                "--message",
                "x",
            ]);
            let done = command
                .current_dir(place.path())
                .env_clear()
                .env("PATH", path)
                .env("HOME", place.path())
                .output()
                .unwrap();
            assert!(done.status.success(), "{done:?}");
            place.git(&["show", "--format=", "--name-only"])
        };
        assert_eq!(commit(), "");
        run(&place, &["--dir", dir, "grade", "c0", "4"]);
        let committed = commit();
        assert!(committed.contains(&format!("{folder}.rehearse/journal/")), "{committed}");
        // The user's own hook is not changed.
        place.write(".git/hooks/pre-commit", "#!/bin/sh\nexit 0\n");
        let done = run(&place, &["init", "--hook", dir]);
        assert!(done.stderr.contains(".git/hooks/pre-commit is your own, and stays as it is"), "{done:?}");
        assert!(done.stdout.contains("\n  command -v rehearse"), "{done:?}");
        assert_eq!(place.read(".git/hooks/pre-commit"), "#!/bin/sh\nexit 0\n");
    }
}
