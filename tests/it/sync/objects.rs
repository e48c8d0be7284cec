//! What a repository has is read by one git that stays, and understood as git itself understands it.

use std::collections::BTreeSet;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use rehearsal::git::{self, Oid, Repository, TreeChange, TreeEntry};

use super::{Hub, commit, deck, run, sync};
use crate::support::Place;
use crate::tiers::with_seeds;

fn oid(text: &str) -> Oid {
    Oid::parse(text.trim()).unwrap()
}

fn repository(place: &Place) -> Repository {
    Repository::find(place.path()).unwrap().unwrap()
}

/// What git tells of the changes between two trees.
fn told(place: &Place, from: &Oid, to: &Oid) -> Vec<TreeChange> {
    let args = ["diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", from.as_str(), to.as_str(), "--"];
    let said = place.git(&args);
    let parts: Vec<&str> = said.split('\0').collect();
    let change = |pair: &[&str]| {
        let words: Vec<&str> = pair[0].trim_start_matches(':').split(' ').collect();
        let entry = |mode: &str, oid: &str| {
            (mode != "000000").then(|| TreeEntry { mode: mode.to_owned(), oid: Oid::parse(oid).unwrap() })
        };
        TreeChange { path: pair[1].into(), old: entry(words[0], words[2]), new: entry(words[1], words[3]) }
    };
    let mut changes: Vec<TreeChange> = parts.chunks_exact(2).map(change).collect();
    changes.sort_by(|a, b| a.path.cmp(&b.path));
    changes
}

#[test]
fn changes_between_trees_are_those_that_git_tells() {
    with_seeds(1, |seed| ["sha1", "sha256"].iter().for_each(|format| compare_changes(seed, format)));
}

fn compare_changes(seed: u64, format: &str) {
    let place = Place::empty();
    place.git(&["init", "--quiet", "--initial-branch=main", &format!("--object-format={format}")]);
    let blobs = ["one", "two", "three"].map(|text| {
        place.write("text", text);
        place.git(&["hash-object", "-w", "text"]).trim().to_owned()
    });
    let mut random = StdRng::seed_from_u64(seed);
    let names = ["a", "a.b", "a b", "a0", "\u{e4}", "tab\t", "line\n", "-x", ":(x)"];
    let modes = ["100644", "100644", "100755", "120000", "160000"];
    let mut trees = vec![repository(&place).empty_tree()];
    for _ in 0..6 {
        place.git(&["read-tree", "--empty"]);
        for _ in 0..random.random_range(0..12) {
            let depth = random.random_range(1..4);
            let path: Vec<&str> = (0..depth).map(|_| names[random.random_range(0..names.len())]).collect();
            let (mode, blob) = (modes[random.random_range(0..modes.len())], &blobs[random.random_range(0..3)]);
            // What is a file in one tree is a folder in another.
            place.git(&["update-index", "--add", "--replace", "--cacheinfo", mode, blob, &path.join("/")]);
        }
        trees.push(oid(&place.git(&["write-tree", "--missing-ok"])));
    }
    let repository = repository(&place);
    for pair in trees.windows(2).chain([&[trees[3].clone(), trees[3].clone()][..]]) {
        assert_eq!(repository.changes(&pair[0], &pair[1]).unwrap(), told(&place, &pair[0], &pair[1]), "{format}");
    }
    assert!(repository.changes(&trees[1], &oid(&blobs[0])).is_err(), "a blob is no tree");
    assert!(repository.changes(&trees[1], &oid(&"1".repeat(blobs[0].len()))).is_err(), "nothing is no tree");
}

#[test]
fn what_arrives_later_is_seen_and_answers_stay_with_their_questions() {
    let place = Place::empty();
    place.git(&["init", "--quiet", "--initial-branch=main"]);
    let repository = repository(&place);
    let names = ["HEAD^{commit}", "main:folder/a b", "main:folder"].map(str::to_owned);
    assert_eq!(repository.resolve(&names).unwrap(), [None, None, None]);
    place.write("folder/a b", "text\n");
    commit(&place, "it arrives");
    let there = repository.resolve(&names).unwrap();
    assert_eq!(there[0], Some(oid(&place.git(&["rev-parse", "HEAD"]))));
    assert!(there.iter().all(Option::is_some));
    place.git(&["gc", "--quiet", "--prune=now"]);
    assert_eq!(repository.resolve(&names).unwrap(), there);

    // More questions and longer answers than any pipe holds, some about nothing.
    let large = "0123456789abcdef".repeat(20_000);
    place.write("large", &large);
    let large_oid = oid(&place.git(&["hash-object", "-w", "large"]));
    let (small, nothing) = (there[1].clone().unwrap(), oid(&"1".repeat(40)));
    let asked: Vec<Oid> = (0..3_000)
        .map(|n| {
            if n % 100 == 0 {
                &large_oid
            } else if n % 3 == 0 {
                &nothing
            } else {
                &small
            }
            .clone()
        })
        .collect();
    let mut heard = Vec::new();
    repository
        .blobs(&asked, |oid, bytes| {
            assert_eq!(bytes.len(), if *oid == large_oid { large.len() } else { 5 });
            // Who listens may ask, too.
            if heard.is_empty() {
                assert_eq!(repository.blob(&small).unwrap(), b"text\n");
            }
            heard.push(oid.clone());
            Ok::<_, git::Error>(())
        })
        .unwrap();
    assert_eq!(heard, asked.iter().filter(|oid| **oid != nothing).cloned().collect::<Vec<_>>());
    let long = format!("HEAD:{}", "x/".repeat(100_000));
    assert_eq!(repository.resolve(&[long.clone(), names[0].clone(), long]).unwrap(), [None, there[0].clone(), None]);
    assert!(repository.resolve(&["HEAD:a\nHEAD".to_owned()]).is_err());
    // One that listens no longer spoils no later answer.
    assert!(repository.blobs(&asked, |_, _| Err(anyhow::anyhow!("enough"))).is_err());
    assert_eq!(repository.resolve(&names).unwrap(), there);
    // What git says of itself is told when it cannot answer.
    place.write(".git/config", "[core\n");
    let error = Repository::find(place.path()).unwrap_err();
    assert!(error.to_string().contains("bad config"), "{error}");
}

#[test]
fn a_partial_clone_and_other_ways_to_keep_refs_sync_like_any_other() {
    let hub = Hub::new();
    let desk = hub.first(&[("deck.toml", &deck(4))]);
    Place::empty().git(&["--git-dir", &hub.url(), "config", "uploadpack.allowFilter", "true"]);
    Place::empty().git(&["--git-dir", &hub.url(), "config", "uploadpack.allowAnySHA1InWant", "true"]);
    run(&desk, &["grade", "c0", "4"]);
    sync(&desk);
    let url = format!("file://{}", hub.url());
    let ways: &[&[&str]] = &[&["--filter=blob:none"], &["--ref-format=reftable"]];
    let mut all = BTreeSet::new();
    for (n, way) in ways.iter().enumerate() {
        let place = Place::empty();
        if place.try_git(&[&["clone", "--quiet"], *way, &[&url, "."]].concat()).code != Some(0) {
            // This git is older than that.
            continue;
        }
        run(&place, &["grade", &format!("c{}", n + 1), "4"]);
        assert!(sync(&place).ends_with("pushed 1 review\n"), "{way:?}");
        run(&desk, &["grade", "c3", "4"]);
        sync(&desk);
        assert!(sync(&place).contains("received 1 review"), "{way:?}");
        run(&desk, &["undo"]);
        sync(&desk);
        sync(&place);
        assert_eq!(super::events(&place), super::events(&desk));
        assert_eq!(super::head(&place), super::head(&desk));
        all.extend(super::events(&place));
    }
    assert_eq!(super::events(&hub.clone()), all);
}

#[test]
fn a_list_of_the_purged_that_is_not_here_yet_is_fetched_and_never_taken_for_none() {
    let hub = Hub::new();
    let desk = hub.first(&[("deck.toml", &deck(4))]);
    Place::empty().git(&["--git-dir", &hub.url(), "config", "uploadpack.allowFilter", "true"]);
    Place::empty().git(&["--git-dir", &hub.url(), "config", "uploadpack.allowAnySHA1InWant", "true"]);
    for card in ["c0", "c1"] {
        run(&desk, &["grade", card, "4"]);
    }
    sync(&desk);
    let url = format!("file://{}", hub.url());
    let [place, wary] = [(); 2].map(|()| {
        let place = Place::empty();
        place.git(&["clone", "--quiet", "--filter=blob:none", &url, "."]);
        place
    });
    desk.write("deck.toml", deck(4).replace("\"c0\"", "\"c9\""));
    commit(&desk, "c0 goes");
    run(&desk, &["doctor", "--purge", "c0", "--yes"]);
    sync(&desk);
    run(&place, &["grade", "c2", "4"]);
    let said = sync(&place);
    assert!(said.contains("forgot 1 card, purged elsewhere\n") && said.ends_with("pushed 1 review\n"), "{said}");
    assert_eq!(hub.show(".rehearse/journal/PURGED"), "c0\n");
    // Where the repository names a program that would serve it, git fetches nothing; then nothing is known, and nothing
    // is published.
    wary.git(&["config", "remote.origin.uploadpack", "git-upload-pack"]);
    run(&wary, &["grade", "c3", "4"]);
    let done = wary.run(&["sync"]);
    assert!(done.code == Some(3) && done.stderr.contains("git has not fetched "), "{done:?}");
    assert_eq!(hub.show(".rehearse/journal/PURGED"), "c0\n");
    wary.git(&["config", "--unset", "remote.origin.uploadpack"]);
    assert!(sync(&wary).ends_with("pushed 1 review\n"));
}
