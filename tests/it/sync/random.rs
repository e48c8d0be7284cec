//! Clones that do random things in random order agree in the end.

use super::*;

/// Does one random thing in a place.
fn step(hub: &Hub, random: &mut StdRng, place: &mut Place, n: usize, away: &mut bool) {
    let card = |random: &mut StdRng| format!("c{}", random.random_range(0..6));
    let one = card(random);
    let done = match random.random_range(0..18) {
        0..=5 => place.run(&["grade", &one, &random.random_range(0..6).to_string()]),
        6 => place.run(&["undo", &random.random_range(1..3).to_string()]),
        7 => place.run(&["rename", &one, &card(random)]),
        8 => place.run(&["suspend", &one]),
        9 => place.run(&["resume", &one]),
        10 => {
            // A deck of its own, or the one to which all of them append.
            let name = if random.random() { format!("of-{n}.toml") } else { "deck.toml".to_owned() };
            let before = std::fs::read_to_string(place.path().join(&name)).unwrap_or_default();
            let prompt: u32 = random.random();
            place.write(&name, format!("{before}[[card]]\nprompt = \"Question {prompt}?\"\n"));
            return commit(place, "another card");
        }
        11 => place.run(&["reset", &one, "--yes"]),
        12 => return revert(place),
        13 => {
            if *away {
                hub.back();
            } else {
                hub.away();
            }
            *away = !*away;
            return;
        }
        _ => {
            let done = place.run(&["sync"]);
            assert_eq!(done.code, Some(if *away { 3 } else { 0 }), "{done:?}");
            return;
        }
    };
    // There may be nothing to undo, and a card cannot be renamed to itself.
    assert!(matches!(done.code, Some(0 | 2)), "{done:?}");
}

/// Takes the newest commit back if it changed only journals, as a user may do by hand.
fn revert(place: &Place) {
    let changed = place.git(&["show", "--name-only", "--format=", "HEAD"]);
    if !changed.is_empty() && changed.lines().all(|name| name.starts_with(".rehearse/journal/")) {
        place.try_git(&["revert", "--no-edit", "HEAD"]);
    }
}

/// Asserts that a place answers the same from a database that is built again.
fn assert_equals_rebuild(place: &Place) {
    let before = (events(place), list(place));
    for suffix in ["", "-wal", "-shm", ".stamp"] {
        let _ = std::fs::remove_file(place.local().join(format!("rehearse.db{suffix}")));
    }
    assert_eq!((events(place), list(place)), before);
}

fn run_with(seed: u64) {
    let mut random = StdRng::seed_from_u64(seed);
    let hub = Hub::new();
    let mut places = vec![hub.first(&[("deck.toml", &deck(6)), ("rehearse.toml", "")])];
    for _ in 0..[2, 2, 2, 3, 4][random.random_range(0..5)] {
        places.push(hub.clone());
    }
    let clocks: Vec<(i64, i32)> = places
        .iter()
        .map(|_| (random.random_range(-12..=12) * 3_600_000, random.random_range(-11..=13) * 60))
        .collect();
    let (mut now, mut away) = (START, false);
    for _ in 0..random.random_range(10..=14) {
        now += random.random_range(0..6 * 3_600_000);
        let n = random.random_range(0..places.len());
        let (skew, zone) = clocks[n];
        places[n].at(&moment(now + skew, zone));
        step(&hub, &mut random, &mut places[n], n, &mut away);
    }
    hub.back();
    let known = places.iter().flat_map(logged).collect();
    for _ in 0..2 {
        places.iter().for_each(|place| drop(sync(place)));
    }
    let tips: BTreeSet<String> = places.iter().map(head).collect();
    assert_eq!(tips.len(), 1, "the places have different tips");
    for place in &places {
        // Each created its own; it is committed with the first other deck and never conflicts.
        let status = place.git(&["status", "--porcelain"]);
        assert!(matches!(status.as_str(), "" | "?? .rehearse/.gitignore\n"), "{status}");
    }
    assert_eq!(sync(&places[random.random_range(0..places.len())]), "nothing new\n");
    assert_agree(&hub, &mut places, &known);
    places.iter().for_each(assert_equals_rebuild);
}

#[test]
fn clones_that_sync_in_any_order_agree_in_the_end() {
    with_seeds(10, run_with);
}

/// Several machines push at once; a rejected push is repeated after a fetch.
#[test]
fn machines_can_sync_at_the_same_time() {
    let hub = Hub::new();
    let mut places = vec![hub.first(&[("deck.toml", &deck(4))])];
    places.extend((0..3).map(|_| hub.clone()));
    for (n, place) in places.iter().enumerate() {
        run(place, &["grade", &format!("c{n}"), "4"]);
        place.write(&format!("of-{n}.toml"), "[[card]]\nprompt = \"Mine?\"\n");
        commit(place, "a deck of my own");
    }
    let running: Vec<_> = places.iter().map(|place| place.command(&["sync"]).spawn().unwrap()).collect();
    for child in running {
        let done = crate::support::finish(child);
        assert_eq!(done.code, Some(0), "{done:?}");
        assert!(done.stdout.ends_with("pushed 1 review\n"), "{done:?}");
    }
    let known: BTreeSet<String> = places.iter().flat_map(logged).collect();
    places.iter().for_each(|place| drop(sync(place)));
    assert_eq!(reviews(&places[0]), 4);
    assert_agree(&hub, &mut places, &known);
}
