//! States of a repository before a `sync`, and what it does and prints.

use super::*;

/// A deck that two people edit.
const SHARED: &str = "[[card]]\nid = \"c0\"\nprompt = \"Question 0?\"\n";

#[track_caller]
fn note(done: &Done, code: i32, words: &str) {
    assert_eq!(done.code, Some(code), "{done:?}");
    assert!(done.stderr.contains(words), "{done:?}");
}

#[test]
fn two_machines_exchange_reviews_and_decks() {
    let hub = Hub::new();
    let desk = hub.first(&[("deck.toml", &deck(3)), ("other.toml", SHARED)]);
    run(&desk, &["grade", "c1", "4"]);
    run(&desk, &["grade", "c2", "2"]);
    assert!(run(&desk, &[]).stdout.contains("2 reviews only on this laptop: rehearse sync\n"));
    assert_eq!(desk.json(&[])["unsynced"], 2);
    assert_eq!(run(&desk, &["sync", "--dry-run"]).stdout, "would push 2 reviews\n");
    assert_eq!(hub.files("main"), ["deck.toml", "other.toml"]);
    assert_eq!(sync(&desk), "pushed 2 reviews\n");
    assert!(!run(&desk, &[]).stdout.contains("laptop"));
    assert_eq!(desk.json(&[])["unsynced"], 0);
    assert_eq!(sync(&desk), "nothing new\n");

    let laptop = hub.clone();
    assert_eq!(reviews(&laptop), 2, "a clone has the events of the journal");
    run(&laptop, &["suspend", "c1"]);
    run(&laptop, &["grade", "c0", "5"]);
    laptop.write("other.toml", format!("{SHARED}hint = \"x\"\n"));
    commit(&laptop, "a hint");
    assert_eq!(sync(&laptop), "pushed 1 commit\npushed 1 review\npushed 1 other event\n");

    desk.write("deck.toml", deck(4));
    commit(&desk, "a card");
    let name = laptop.log().iter().find(|row| row["kind"] == "device").unwrap()["name"].as_str().unwrap().to_owned();
    let received = format!("received 1 review from {name}\nreceived 1 other event from {name}\nreceived 1 deck\n");
    assert_eq!(sync(&desk), format!("{received}pushed 1 commit\n"));
    assert_eq!(desk.read("other.toml"), laptop.read("other.toml"));
    assert_eq!(sync(&laptop), "received 1 deck\n");
    assert_eq!(head(&desk), head(&laptop));
    assert_eq!(run(&laptop, &["sync", "--quiet"]).stdout, "");
    assert_eq!(list(&desk), list(&laptop));
}

#[test]
fn excluded_files_are_not_counted_as_decks() {
    let hub = Hub::new();
    let settings = "[collection]\nexclude = [\"examples/\"]\n";
    let desk = hub.first(&[("rehearse.toml", settings), ("deck.toml", &deck(2)), ("examples/e.toml", SHARED)]);
    sync(&desk);
    let laptop = hub.clone();
    sync(&laptop);
    desk.write("examples/e.toml", format!("{SHARED}hint = \"x\"\n"));
    commit(&desk, "an example");
    assert_eq!(sync(&desk), "pushed 1 commit\n");
    assert_eq!(sync(&laptop), "nothing new\n");
    assert_eq!(laptop.read("examples/e.toml"), desk.read("examples/e.toml"));
}

#[test]
fn what_only_a_fetch_brought_is_not_missed_by_doctor() {
    let hub = Hub::new();
    let desk = hub.first(&[("deck.toml", &deck(2))]);
    sync(&desk);
    let laptop = hub.clone();
    sync(&laptop);
    for (card, fetched) in [("c0", false), ("c1", true)] {
        run(&desk, &["grade", card, "4"]);
        sync(&desk);
        if fetched {
            laptop.git(&["fetch", "--quiet"]);
        } else {
            sync(&laptop);
        }
        // Without the file, the review is in commits alone.
        let _ = std::fs::remove_dir_all(laptop.path().join(".rehearse/journal"));
        let done = laptop.run(&["doctor"]);
        let checks = done.stdout.matches("\n\n").count();
        assert_eq!((checks, done.stdout.matches("[merge-driver]").count()), (2, 3), "{card}: {done:?}");
    }
}

#[test]
fn json_has_the_same_facts_as_the_text() {
    let hub = Hub::new();
    let desk = hub.first(&[("deck.toml", &deck(3))]);
    let facts = |place: &Place, args: &[&str]| place.json(&[&["sync"], args].concat());
    let pushed = |facts: &Value, names: [&str; 3]| names.map(|name| facts["pushed"][name].as_u64().unwrap());
    let all = ["commits", "reviews", "others"];
    run(&desk, &["grade", "c1", "4"]);
    run(&desk, &["suspend", "c2"]);
    desk.write("deck.toml", deck(4));
    commit(&desk, "a card");
    for (args, dry_run) in [(&["--dry-run"][..], true), (&[], false)] {
        let said = facts(&desk, args);
        assert_eq!((&said["dry_run"], pushed(&said, all)), (&dry_run.into(), [1, 1, 1]), "{said}");
        assert_eq!((&said["done"], &said["trouble"]), (&true.into(), &Value::Null), "{said}");
    }
    assert_eq!(pushed(&facts(&desk, &[]), all), [0, 0, 0], "nothing new");

    let laptop = hub.clone();
    for (place, prompt) in [(&desk, "prompt = \"Mine?\""), (&laptop, "prompt = \"Yours?\"")] {
        place.write("deck.toml", deck(4).replace("prompt = \"Question 0?\"", prompt));
        commit(place, prompt);
        run(place, &["grade", "c0", "3"]);
        place.run(&["sync"]);
    }
    let said = facts(&desk, &[]);
    let from = laptop.log().iter().find(|row| row["kind"] == "device").unwrap()["name"].clone();
    let received = serde_json::json!([{ "from": from, "reviews": 1, "others": 0 }]);
    assert_eq!((&said["received"], &said["decks"]["received"]), (&received, &0.into()), "{said}");
    let done = laptop.run(&["sync", "--json"]);
    let said: Value = serde_json::from_str(&done.stdout).unwrap();
    assert!(
        said["trouble"]["message"].as_str().unwrap().contains("both sides changed `prompt` of card `c0`"),
        "{said}"
    );
    assert_eq!(done.code, Some(1), "{done:?}");

    hub.away();
    let done = laptop.run(&["sync", "--json"]);
    let said: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!((done.code, &said["done"]), (Some(3), &false.into()), "{done:?}");
    let alone = Place::with_deck(&deck(1));
    run(&alone, &["grade", "c0", "4"]);
    let said = facts(&alone, &[]);
    assert_eq!((&said["written"], said["notes"].as_array().unwrap().len()), (&1.into(), 1), "{said}");
}

#[test]
fn without_git_or_a_remote_the_journal_is_written() {
    let place = Place::with_deck(&deck(2));
    run(&place, &["grade", "c0", "4"]);
    let kept = |place: &Place| std::fs::read_dir(place.path().join(".rehearse/journal")).unwrap().count();
    let planned = place.run(&["sync", "--dry-run"]);
    note(&planned, 0, "note: this is no git repository: the journal would be written to .rehearse/journal, ");
    assert!(!place.path().join(".rehearse/journal").exists());
    let done = place.run(&["sync"]);
    note(
        &done,
        0,
        "note: this is no git repository: the journal is written to .rehearse/journal, and stays on this machine\n",
    );
    assert_eq!((done.stdout.as_str(), kept(&place)), ("wrote 1 file of the journal\n", 1));
    place.git(&["init", "--quiet"]);
    run(&place, &["grade", "c1", "4"]);
    let done = place.run(&["sync"]);
    note(&done, 0, "note: the repository has no remote to sync with: the journal is written to ");
    assert!(!run(&place, &[]).stdout.contains("laptop"), "there is no remote");
    // A machine without git: only this program is on its path.
    let bin = tempfile::tempdir().unwrap();
    run(&place, &["grade", "c1", "5"]);
    let mut command = place.command(&["sync"]);
    let done = crate::support::finish(command.env("PATH", bin.path()).spawn().unwrap());
    note(&done, 0, "note: there is no `git` on this machine: the journal is written to ");
    let page = std::fs::read_dir(place.path().join(".rehearse/journal")).unwrap().next().unwrap().unwrap().path();
    let text = std::fs::read_to_string(page.join("2026-11.jsonl")).unwrap();
    assert_eq!(text, std::fs::read_to_string(place.local().join("log.jsonl")).unwrap());
}

#[test]
fn an_ignored_journal_is_not_pushed() {
    let hub = Hub::new();
    let place = hub.first(&[("deck.toml", &deck(2)), (".gitignore", "*.log\n.rehearse/\n")]);
    run(&place, &["grade", "c0", "4"]);
    let done = place.run(&["sync"]);
    note(&done, 0, "note: git ignores the journal (.gitignore:2): the journal is written to .rehearse/journal");
    assert_eq!(hub.files("main"), [".gitignore", "deck.toml"]);
    note(
        &place.run(&["export", "--journal"]),
        0,
        "note: git ignores the journal (.gitignore:2); `git add` will pass it over\n",
    );
}

#[test]
fn the_first_branch_of_an_empty_remote_is_created() {
    // With committed decks, and without any commit.
    for committed in [true, false] {
        let hub = Hub::new();
        let place = Place::with_deck(&deck(2));
        place.git(&["init", "--quiet", "--initial-branch=main"]);
        if committed {
            commit(&place, "decks");
        }
        place.git(&["remote", "add", "origin", &hub.url()]);
        run(&place, &["grade", "c0", "4"]);
        let commits = if committed { "pushed 1 commit\n" } else { "" };
        assert_eq!(sync(&place), format!("{commits}pushed 1 review\n"));
        assert_eq!(place.git(&["rev-parse", "main"]), place.git(&["rev-parse", "origin/main"]));
        // Uncommitted files are unchanged.
        let status = place.git(&["status", "--porcelain", "--untracked-files=all"]);
        let expected = if committed {
            "?? .rehearse/.gitignore\n"
        } else {
            "?? .rehearse/.gitignore\n?? deck.toml\n?? rehearse.toml\n"
        };
        assert_eq!(status, expected);
        assert_eq!(sync(&place), "nothing new\n");
        assert_eq!(hub.files("main").len(), if committed { 3 } else { 1 });
    }
}

#[test]
fn a_repository_without_commits_receives_the_upstream_branch() {
    let hub = Hub::new();
    let desk = hub.first(&[("deck.toml", &deck(2)), ("other.toml", SHARED)]);
    run(&desk, &["grade", "c0", "4"]);
    sync(&desk);
    let place = Place::empty();
    place.git(&["init", "--quiet", "--initial-branch=main"]);
    place.git(&["remote", "add", "origin", &hub.url()]);
    place.write("deck.toml", deck(2));
    place.write("mine.toml", "[[card]]\nid = \"mine\"\nprompt = \"Mine?\"\n");
    run(&place, &["grade", "mine", "4"]);
    let said = sync(&place);
    assert!(
        said.starts_with("received 1 review from ") && said.ends_with("received 2 decks\npushed 1 review\n"),
        "{said}"
    );
    assert_eq!(
        place.git(&["status", "--porcelain", "--untracked-files=all"]),
        "?? .rehearse/.gitignore\n?? mine.toml\n"
    );
    assert_eq!(place.read("other.toml"), SHARED);
}

#[test]
fn only_reviews_are_synced_with_a_detached_head_or_a_merge_in_progress() {
    type Prepare = fn(&Place);
    let states: [(Prepare, &str); 4] = [
        (
            |place| drop(place.git(&["checkout", "--quiet", "--detach"])),
            "HEAD is detached: the reviews travel on `main` of origin",
        ),
        (
            |place| drop(place.git(&["checkout", "--quiet", "-b", "mine"])),
            "the reviews travel on `main` of origin; `mine` stays as it is",
        ),
        (
            |place| {
                place.git(&["checkout", "--quiet", "-b", "side", "HEAD"]);
                place.write("deck.toml", deck(1));
                commit(place, "side");
                place.git(&["checkout", "--quiet", "main"]);
                place.write("deck.toml", deck(3));
                commit(place, "main");
                assert_eq!(place.try_git(&["merge", "side"]).code, Some(1));
            },
            "a merge is in progress: only the reviews are synced",
        ),
        (
            |place| {
                place.write("deck.toml", deck(1));
                commit(place, "one");
                place.write("deck.toml", deck(3));
                commit(place, "two");
                assert_eq!(place.try_git(&["revert", "HEAD~1"]).code, Some(1));
            },
            "a revert is in progress: only the reviews are synced",
        ),
    ];
    for (prepare, words) in states {
        let hub = Hub::new();
        let place = hub.first(&[("deck.toml", &deck(2)), (".rehearse/.gitignore", "/local/\n")]);
        run(&place, &["grade", "c0", "4"]);
        sync(&place);
        let other = hub.clone();
        run(&other, &["grade", "c1", "3"]);
        sync(&other);
        prepare(&place);
        let look = || {
            let refs = place.git(&["for-each-ref", "refs/heads"]);
            [head(&place), refs, place.git(&["status", "--porcelain=2"]), place.read("deck.toml")]
        };
        let before = look();
        run(&place, &["grade", "c0", "5"]);
        let done = place.run(&["sync"]);
        note(&done, 0, words);
        assert!(
            done.stdout.starts_with("received 1 review from ") && done.stdout.ends_with("\npushed 1 review\n"),
            "{done:?}"
        );
        assert_eq!(look(), before);
        assert_eq!(reviews(&hub.clone()), 3);
        assert_eq!(place.run(&["sync"]).stdout, "", "everything is pushed");
    }
}

#[test]
fn a_deck_conflict_names_file_and_card_and_the_reviews_are_synced() {
    let hub = Hub::new();
    let desk = hub.first(&[("deck.toml", &deck(3))]);
    let laptop = hub.clone();
    for (place, hint) in [(&desk, "a"), (&laptop, "b")] {
        place.write("deck.toml", deck(3).replace("1?\"\n", &format!("1?\"\nhint = \"{hint}\"\n")));
        commit(place, hint);
        run(place, &["grade", "c0", "4"]);
    }
    sync(&desk);
    let before = head(&laptop);
    let done = laptop.run(&["sync"]);
    note(&done, 1, "error: deck.toml: both sides changed `hint` of card `c1`; the reviews are synced, ");
    note(&done, 1, "; the reviews are synced, the decks wait for you\nhelp: `git pull --no-rebase origin main` shows");
    assert!(done.stdout.ends_with("\npushed 1 review\n"), "{done:?}");
    assert_eq!(head(&laptop), before);
    assert_eq!(laptop.git(&["status", "--porcelain"]), "?? .rehearse/\n");
    assert_eq!(reviews(&hub.clone()), 2);
    // Again: nothing is lost or pushed twice, and the message is the same.
    note(&laptop.run(&["sync"]), 1, "error: deck.toml: both sides changed ");
    // After the user merges, everything is synced.
    assert_eq!(laptop.try_git(&["pull", "--no-rebase", "origin", "main"]).code, Some(1));
    laptop.write("deck.toml", deck(3));
    commit(&laptop, "mended");
    assert_eq!(sync(&laptop), "pushed 2 commits\n");
    assert_eq!(sync(&desk), "received 1 review from NAME\nreceived 1 deck\n".replace("NAME", &device_name(&laptop)));
}

fn device_name(place: &Place) -> String {
    let device = std::fs::read_to_string(place.local().join("device")).unwrap()[..8].to_owned();
    let log = place.log();
    let row = log.iter().find(|row| row["kind"] == "device" && row["device"] == device.as_str()).unwrap();
    row["name"].as_str().unwrap().to_owned()
}

#[test]
fn only_reviews_are_synced_with_a_rewritten_branch_until_one_side_contains_the_other() {
    // By the sync itself, and after the user's own fetch.
    for fetched in [false, true] {
        let hub = Hub::new();
        let desk = hub.first(&[("deck.toml", &deck(3))]);
        desk.write("leak.toml", "[[card]]\nprompt = \"Secret?\"\n");
        commit(&desk, "a secret");
        run(&desk, &["grade", "c0", "4"]);
        sync(&desk);
        let laptop = hub.clone();
        run(&laptop, &["grade", "c1", "4"]);
        sync(&laptop);
        desk.git(&["reset", "--quiet", "--hard", "HEAD~2"]);
        commit(&desk, "without the secret");
        desk.git(&["push", "--quiet", "--force", "origin", "main"]);
        if fetched {
            laptop.git(&["fetch", "--quiet"]);
        }
        let before = head(&laptop);
        run(&laptop, &["grade", "c2", "4"]);
        for _ in 0..2 {
            let done = laptop.run(&["sync"]);
            note(&done, 0, "note: `main` of origin was rewritten: only the reviews are synced until ");
            assert_eq!(head(&laptop), before);
        }
        assert!(!hub.files("main").contains(&"leak.toml".to_owned()));
        assert_eq!(reviews(&hub.clone()), 3, "events that upstream lost are published again");
        laptop.git(&["reset", "--quiet", "--hard", "origin/main"]);
        assert_eq!(laptop.run(&["sync"]).stderr, "");
        run(&laptop, &["grade", "c2", "5"]);
        assert_eq!(sync(&laptop), "pushed 1 review\n");
        assert_eq!(head(&laptop), laptop.git(&["rev-parse", "origin/main"]));
    }
}

#[test]
fn commits_that_touch_files_outside_the_collection_are_not_pushed_unasked() {
    let hub = Hub::new();
    let desk = hub.first(&[("talks/deck.toml", &deck(3)), ("README.md", "a\n")]);
    let folder = |place: &Place, args: &[&str]| place.run(&[&["--dir", "talks"], args].concat());
    assert_eq!(folder(&desk, &["grade", "c0", "4"]).code, Some(0));
    assert_eq!(folder(&desk, &["sync"]).stdout, "pushed 1 review\n");
    desk.write("README.md", "b\n");
    desk.write("talks/deck.toml", deck(4));
    commit(&desk, "both");
    folder(&desk, &["grade", "c1", "4"]);
    let before = head(&desk);
    let done = folder(&desk, &["sync"]);
    note(
        &done,
        0,
        "note: commits that are not pushed touch README.md, outside the collection: only the reviews are synced; ",
    );
    assert_eq!((done.stdout.as_str(), head(&desk)), ("pushed 1 review\n", before));
    assert_eq!(hub.show("README.md"), "a\n");
    // The branches have diverged by the journal: the same, until `--with-commits`.
    note(&folder(&desk, &["sync"]), 0, "note: commits that are not pushed touch README.md");
    assert_eq!(folder(&desk, &["sync", "--with-commits"]).stdout, "pushed 1 commit\n");
    assert_eq!(hub.show("README.md"), "b\n");
    assert_eq!(head(&desk), desk.git(&["rev-parse", "origin/main"]));

    // A commit that touches only the collection is pushed.
    desk.write("talks/deck.toml", deck(5));
    commit(&desk, "a card");
    assert_eq!(folder(&desk, &["sync"]).stdout, "pushed 1 commit\n");

    // Without an upstream branch the reviews cannot be pushed alone.
    let empty = Hub::new();
    desk.git(&["remote", "set-url", "origin", &empty.url()]);
    desk.git(&["update-ref", "-d", "refs/remotes/origin/main"]);
    let done = folder(&desk, &["sync"]);
    note(&done, 1, "error: origin has no `main` yet, and its commits touch README.md, outside the collection\n");
    note(&done, 1, "help: `git push -u origin main` first, or `rehearse sync --with-commits`\n");
    assert_eq!(folder(&desk, &["sync", "--with-commits"]).code, Some(0));
    assert_eq!(folder(&empty.clone(), &["log", "--json"]).stdout.lines().count(), 2);
}

#[test]
fn nothing_is_lost_offline_or_if_the_remote_refuses() {
    let hub = Hub::new();
    let place = hub.first(&[("deck.toml", &deck(2))]);
    run(&place, &["grade", "c0", "4"]);
    hub.away();
    let done = place.run(&["sync"]);
    note(&done, 3, "error: origin cannot be reached: ");
    note(&done, 3, "; no review is lost, they wait here for the next sync\n");
    assert_eq!(place.json(&[])["unsynced"], 1);
    hub.back();
    assert_eq!(sync(&place), "pushed 1 review\n");
    // A remote that refuses the push.
    script(&hub.path().join("hooks/pre-receive"), "echo 'not \u{1b}[2Jtoday' >&2; exit 1");
    run(&place, &["grade", "c0", "5"]);
    let done = place.run(&["sync"]);
    note(
        &done,
        3,
        "error: origin does not take the reviews: [remote rejected] (pre-receive hook declined); remote: not \\u{1b}[2Jtoday",
    );
    assert_eq!(place.json(&[])["unsynced"], 1);
}

#[test]
fn a_git_that_cannot_merge_still_pushes_the_reviews() {
    let hub = Hub::new();
    let desk = hub.first(&[("deck.toml", &deck(2))]);
    let laptop = hub.clone();
    desk.write("a.toml", SHARED.replace("c0", "a"));
    commit(&desk, "a");
    sync(&desk);
    laptop.write("b.toml", SHARED.replace("c0", "b"));
    commit(&laptop, "b");
    run(&laptop, &["grade", "c0", "4"]);
    let bin = tempfile::tempdir().unwrap();
    let path = std::env::var("PATH").unwrap();
    let version = "for word; do [ \"$word\" = version ] && { echo git version 2.37.1; exit; }; done";
    script(&bin.path().join("git"), &format!("{version}\nPATH='{path}' exec git \"$@\""));
    let mut command = laptop.command(&["sync"]);
    let done = crate::support::finish(command.env("PATH", format!("{}:{path}", bin.path().display())).spawn().unwrap());
    note(&done, 3, "error: git 2.37 cannot merge two histories by itself, 2.38 or newer can; the reviews are pushed, ");
    assert_eq!(reviews(&hub.clone()), 1);
    assert_eq!(sync(&laptop), "received 1 deck\npushed 1 commit\n");
}

#[test]
fn a_linked_working_tree_and_a_shallow_clone_sync_like_any_other() {
    let hub = Hub::new();
    let desk = hub.first(&[("deck.toml", &deck(3))]);
    run(&desk, &["grade", "c0", "4"]);
    sync(&desk);
    for n in 0..3 {
        commit(&desk, &format!("more {n}"));
    }
    sync(&desk);
    let shallow = Place::empty();
    shallow.git(&["clone", "--quiet", "--depth=1", &format!("file://{}", hub.url()), "."]);
    run(&shallow, &["grade", "c1", "4"]);
    assert_eq!(sync(&shallow), "pushed 1 review\n");
    desk.write("a.toml", SHARED.replace("c0", "a"));
    commit(&desk, "a");
    sync(&desk);
    shallow.write("b.toml", SHARED.replace("c0", "b"));
    commit(&shallow, "b");
    assert_eq!(sync(&shallow), "received 1 deck\npushed 1 commit\n");
    assert!(shallow.path().join(".git/shallow").exists());

    let linked = Place::empty();
    let path = linked.path().to_str().unwrap();
    desk.git(&["worktree", "add", "--quiet", "--track", "-b", "linked", path, "origin/main"]);
    run(&linked, &["grade", "c2", "4"]);
    let said = sync(&linked);
    assert!(said.ends_with("pushed 1 review\n"), "{said}");
    assert_eq!(reviews(&hub.clone()), 3);
    assert_eq!(head(&linked), linked.git(&["rev-parse", "origin/main"]));
}

#[test]
fn several_learners_share_a_repository() {
    let hub = Hub::new();
    let ada = hub.first(&[("deck.toml", &deck(3))]);
    ada.write(".rehearse/local/settings.toml", "[sync]\nlearner = \"ada\"\n");
    let bob = hub.clone();
    bob.write(".rehearse/local/settings.toml", "[sync]\nlearner = \"bob\"\n");
    run(&ada, &["grade", "c0", "4"]);
    run(&bob, &["grade", "c1", "4"]);
    run(&bob, &["grade", "c2", "4"]);
    sync(&ada);
    sync(&bob);
    assert_eq!(sync(&ada), "nothing new\n");
    let learners: BTreeSet<String> = hub
        .files("main")
        .iter()
        .filter_map(|path| Some(path.strip_prefix(".rehearse/journal/")?.split('/').next()?.to_owned()))
        .collect();
    assert_eq!(learners.into_iter().collect::<Vec<_>>(), ["ada", "bob"]);
    assert_eq!((reviews(&ada), reviews(&bob)), (1, 2));
    // Without a learner no history is read; on another machine Ada reads hers.
    let third = hub.clone();
    assert_eq!(reviews(&third), 0);
    third.write(".rehearse/local/settings.toml", "[sync]\nlearner = \"ada\"\n");
    assert_eq!(reviews(&third), 1);
    third.write(".rehearse/local/settings.toml", "[sync]\nlearner = \"bob\"\n");
    assert_eq!(reviews(&third), 2);
}

#[test]
fn the_history_can_have_a_branch_of_its_own() {
    let hub = Hub::new();
    let desk = hub.first(&[("deck.toml", &deck(2))]);
    desk.write(".rehearse/local/settings.toml", "[sync]\nbranch = \"history\"\n");
    run(&desk, &["grade", "c0", "4"]);
    let done = desk.run(&["sync"]);
    note(&done, 0, "the reviews travel on `history` of origin; `main` stays as it is");
    assert_eq!(done.stdout, "pushed 1 review\n");
    assert_eq!(hub.files("main"), ["deck.toml"]);
    assert_eq!(hub.files("history").len(), 1);
    let laptop = hub.clone();
    laptop.write(".rehearse/local/settings.toml", "[sync]\nbranch = \"history\"\n");
    run(&laptop, &["grade", "c1", "4"]);
    laptop.run(&["sync"]);
    desk.run(&["sync"]);
    assert_eq!((reviews(&desk), reviews(&laptop)), (2, 2));
    assert_eq!(list(&desk), list(&laptop));
}

#[test]
fn the_history_can_be_in_another_repository() {
    let (decks, history) = (Hub::new(), Hub::new());
    let desk = decks.first(&[("deck.toml", &deck(2))]);
    let kept = history.first(&[("README.md", "my history\n")]);
    let settings = |kept: &Place| format!("[sync]\njournal = \"{}\"\nprivate = true\n", kept.path().display());
    desk.write(".rehearse/local/settings.toml", settings(&kept));
    run(&desk, &["grade", "c0", "4"]);
    assert!(run(&desk, &[]).stdout.contains("1 review only on this laptop"));
    assert_eq!(sync(&desk), "pushed 1 review\n");
    assert_eq!((decks.files("main").len(), history.files("main").len()), (1, 2));
    assert_eq!(desk.git(&["status", "--porcelain"]), "?? .rehearse/\n");
    let laptop = decks.clone();
    let kept_too = history.clone();
    laptop.write(".rehearse/local/settings.toml", settings(&kept_too));
    assert_eq!(reviews(&laptop), 1);
    laptop.write(".rehearse/local/settings.toml", "[sync]\njournal = \"nowhere\"\n");
    note(&laptop.run(&["sync"]), 3, "nowhere: `journal` of `[sync]` names no folder");
}

#[test]
fn a_private_history_is_never_written_to_the_repository() {
    let hub = Hub::new();
    let place = hub.first(&[("deck.toml", &deck(2)), (".rehearse/.gitignore", "/local/\n")]);
    place.write(".rehearse/local/settings.toml", "[sync]\nprivate = true\n");
    run(&place, &["grade", "c0", "4"]);
    note(&place.run(&["sync"]), 0, "note: `private` of `[sync]` keeps the history on this machine");
    note(
        &place.run(&["export", "--journal"]),
        2,
        "error: `private` of `[sync]` keeps the history out of this repository\n",
    );
    assert_eq!(place.git(&["status", "--porcelain"]), "");
    assert_eq!(hub.files("main").len(), 2);
    assert!(!run(&place, &[]).stdout.contains("laptop"));
}

#[test]
fn a_reset_travels_is_announced_and_can_be_undone_anywhere() {
    let hub = Hub::new();
    let desk = hub.first(&[("deck.toml", &deck(2))]);
    run(&desk, &["grade", "c0", "4"]);
    sync(&desk);
    let laptop = hub.clone();
    run(&laptop, &["grade", "c0", "5"]);
    assert_eq!(sync(&laptop), "pushed 1 review\n");
    sync(&desk);
    assert_eq!(desk.card("c0")["reviews"], 2);

    let refused = desk.run(&["reset", "c0"]);
    assert!(refused.code == Some(2) && refused.stderr.contains("`--yes`"), "{refused:?}");
    let reset = run(&desk, &["reset", "c0", "--yes"]).stdout;
    let undo = reset.split('`').nth(1).unwrap().strip_prefix("rehearse ").unwrap().to_owned();
    assert_eq!((desk.card("c0")["reviews"].clone(), desk.card("c0")["status"].clone()), (0.into(), "new".into()));
    assert!(sync(&desk).contains("pushed 1 other event\n"));

    let received = laptop.run(&["sync"]);
    let announced = format!("reset `c0`: its earlier reviews no longer count; `rehearse {undo}` restores them");
    assert!(received.code == Some(0) && received.stderr.contains(&announced), "{received:?}");
    assert_eq!(laptop.card("c0")["reviews"], 0);
    // A database that is built again says the same, and no line has left the journal.
    let cards = |place: &Place| place.json(&["list"])["cards"].clone();
    assert_eq!(cards(&hub.clone()), cards(&laptop));

    run(&laptop, &undo.split(' ').collect::<Vec<_>>());
    sync(&laptop);
    sync(&desk);
    for place in [&desk, &laptop, &hub.clone()] {
        assert_eq!(place.card("c0")["reviews"], 2);
        let differing = place.run(&["doctor"]).stdout;
        assert!(!differing.contains("[database]"), "{differing}");
    }
}

#[test]
fn a_copied_device_id_is_noticed() {
    let hub = Hub::new();
    let desk = hub.first(&[("deck.toml", &deck(3))]);
    run(&desk, &["grade", "c0", "4"]);
    // An image of the whole machine: another folder with the same device id.
    let twin = hub.clone();
    run(&twin, &["list"]);
    let name = |place: &Place| std::fs::read_to_string(place.local().join("device")).unwrap();
    let shared = name(&desk)[..8].to_owned();
    twin.write(".rehearse/local/device", format!("{shared}{}", &name(&twin)[8..]));
    std::fs::copy(desk.local().join("log.jsonl"), twin.local().join("log.jsonl")).unwrap();
    run(&twin, &["grade", "c1", "2"]);
    run(&desk, &["grade", "c1", "5"]);
    assert!(name(&twin).starts_with(&shared));
    sync(&desk);
    let done = twin.run(&["sync"]);
    note(
        &done,
        0,
        &format!("note: another machine writes as device `{shared}`, too: this one goes on as a new device, "),
    );
    assert!(!name(&twin).starts_with(&shared));
    run(&twin, &["grade", "c2", "2"]);
    let known = [&desk, &twin].into_iter().flat_map(logged).collect();
    sync(&twin);
    sync(&desk);
    sync(&twin);
    assert_eq!(reviews(&desk), 4);
    assert_agree(&hub, &mut [desk, twin], &known);
}

#[test]
fn a_database_is_rebuilt_from_the_commits() {
    let hub = Hub::new();
    let desk = hub.first(&[("deck.toml", &deck(3))]);
    run(&desk, &["grade", "c0", "4"]);
    let laptop = hub.clone();
    run(&laptop, &["grade", "c1", "4"]);
    sync(&laptop);
    desk.git(&["fetch", "--quiet"]);
    desk.git(&["checkout", "--quiet", "--detach"]);
    let done = desk.run(&["sync"]);
    assert!(done.stdout.starts_with("received 1 review from "), "{done:?}");
    let before = events(&desk);
    assert!(!desk.path().join(".rehearse/journal").exists(), "the working tree is unchanged");
    for suffix in ["", "-wal", "-shm", ".stamp"] {
        let _ = std::fs::remove_file(desk.local().join(format!("rehearse.db{suffix}")));
    }
    assert_eq!(events(&desk), before);
    assert_eq!(desk.json(&[])["unsynced"], 0);
    run(&desk, &["grade", "c2", "4"]);
    assert_eq!(desk.json(&[])["unsynced"], 1);
    // Events that only a commit has need no fix by `doctor`, and a sync leaves nothing readable by others.
    let log = std::fs::read(desk.local().join("log.jsonl")).unwrap();
    run(&desk, &["sync"]);
    run(&desk, &["doctor", "--fix"]).success(
        "mended .gitattributes: 2 lines added that say who merges what\n\
         mended .git/config: the driver `rehearse-deck`, which merges decks card by card\n",
    );
    assert_eq!(std::fs::read(desk.local().join("log.jsonl")).unwrap(), log);
}

/// One machine's clock was years ahead for a day.
#[test]
fn a_card_from_the_future_heals_everywhere_at_its_next_review() {
    let hub = Hub::new();
    let mut desk = hub.first(&[("deck.toml", &deck(3)), ("rehearse.toml", "")]);
    let mut laptop = hub.clone();
    for card in ["c0", "c1"] {
        run(desk.at("2026-11-20T08:00:00Z"), &["grade", card, "4"]);
    }
    run(desk.at("2031-05-01T08:00:00Z"), &["grade", "c0", "4"]);
    let today = "2026-11-29T09:00:00Z";
    sync(desk.at(today));
    sync(laptop.at(today));
    for place in [&desk, &laptop] {
        let card = place.card("c0");
        assert_eq!((&card["status"], &card["last"]), (&"due".into(), &"2031-05-01".into()));
        assert_eq!(run(place, &["due", "--short"]).stdout, "2 due, 1 new\n");
        let due = run(place, &["due"]).stdout;
        assert!(due.contains("c0") && due.contains("c1"), "{due}");
        let doctor = place.run(&["doctor"]);
        let future = place.log()[0]["id"].as_str().unwrap().to_owned();
        assert!(
            doctor.stdout.contains("warning: ") && doctor.stdout.contains(&format!("(event {future})")),
            "{doctor:?}"
        );
    }
    let graded = run(&laptop, &["grade", "c0", "5"]);
    assert_eq!(graded.stdout, "saved c0 grade 5, next 2026-12-05\n");
    sync(&laptop);
    sync(&desk);
    for place in [&desk, &laptop] {
        let card = place.card("c0");
        assert_eq!((&card["status"], &card["last"]), (&"learned".into(), &"2026-11-29".into()));
        assert_eq!(run(place, &["due", "--short"]).stdout, "1 due, 1 new\n");
        let doctor = place.run(&["doctor"]);
        assert!(!doctor.stdout.contains("logical clock"), "{doctor:?}");
    }
    // No other card is affected, also on the machine whose clock was wrong.
    run(&desk, &["grade", "c1", "4"]);
    let line = desk.read(".rehearse/local/log.jsonl").lines().last().unwrap().to_owned();
    assert!(!line.contains("\"h\":1935"), "{line}");
    // The newest review is the last recorded here, not the one from the future.
    assert!(run(&desk, &["undo"]).stdout.starts_with("took back grade 4 of c1 (2026-11-29"));
    assert!(run(&desk, &["undo"]).stdout.starts_with("took back grade 4 of c0 (2031-05-01"));
    assert!(run(&laptop, &["undo"]).stdout.starts_with("took back grade 5 of c0 (2026-11-29"));
    let done = laptop.run(&["undo"]);
    assert_eq!(done.code, Some(2), "{done:?}");
    assert!(done.stderr.contains("rehearse undo --any-device"), "{done:?}");
    assert!(run(&laptop, &["undo", "--any-device"]).stdout.starts_with("took back grade 4 of c0 (2031-05-01"));
    let known = logged(&desk).union(&logged(&laptop)).cloned().collect();
    for place in [&desk, &laptop, &desk] {
        sync(place);
    }
    assert_agree(&hub, &mut [desk, laptop], &known);
}
