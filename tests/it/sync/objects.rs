//! Repositories whose objects or refs are kept in other ways.

use std::collections::BTreeSet;

use super::{Hub, commit, deck, run, sync};
use crate::support::Place;

#[test]
fn partial_clones_and_reftables_sync_like_any_other() {
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
            // This git is too old.
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
fn a_missing_list_of_purged_cards_is_fetched_or_an_error() {
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
    // If the repository names the program that would serve the fetch, nothing is fetched, and so nothing is published.
    wary.git(&["config", "remote.origin.uploadpack", "git-upload-pack"]);
    run(&wary, &["grade", "c3", "4"]);
    let done = wary.run(&["sync"]);
    assert!(done.code == Some(3) && done.stderr.contains("git has not fetched "), "{done:?}");
    assert_eq!(hub.show(".rehearse/journal/PURGED"), "c0\n");
    wary.git(&["config", "--unset", "remote.origin.uploadpack"]);
    assert!(sync(&wary).ends_with("pushed 1 review\n"));
}
