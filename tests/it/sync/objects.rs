//! Repositories whose objects or refs are kept in other ways.

use std::collections::BTreeSet;

use super::{Hub, deck, run, sync};
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
