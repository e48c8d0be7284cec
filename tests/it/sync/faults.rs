//! Files deleted, cut, copied, reset, or force-pushed between syncs: every acknowledged event is everywhere in the end.

use super::*;

/// Every file of the journal in a working tree.
fn pages(place: &Place) -> Vec<PathBuf> {
    let walk = ignore::WalkBuilder::new(place.path().join(".rehearse/journal")).standard_filters(false).build();
    let files = walk.flatten().filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()));
    files.map(ignore::DirEntry::into_path).collect()
}

/// Copies this machine's folder to another place, as a disk image would: the copy has the same device id.
fn copy_machine(from: &Place, to: &Place) {
    run(to, &["list"]);
    run(from, &["list"]);
    let device = |place: &Place| std::fs::read_to_string(place.local().join("device")).unwrap();
    let same = format!("{}{}", &device(from)[..8], &device(to)[8..]);
    for entry in std::fs::read_dir(from.local()).unwrap().flatten().filter(|entry| entry.path().is_file()) {
        std::fs::copy(entry.path(), to.local().join(entry.file_name())).unwrap();
    }
    to.write(".rehearse/local/device", same);
}

fn fault(random: &mut StdRng, hub: &Hub, places: &mut Vec<Place>, n: usize) {
    let place = &places[n];
    match random.random_range(0..9) {
        0 => {
            for suffix in ["", "-wal", "-shm", ".stamp"] {
                let _ = std::fs::remove_file(place.local().join(format!("rehearse.db{suffix}")));
            }
        }
        1 => {
            for page in pages(place) {
                let bytes = std::fs::read(&page).unwrap();
                std::fs::write(&page, &bytes[..random.random_range(0..=bytes.len())]).unwrap();
            }
        }
        2 => {
            for page in pages(place) {
                let text = std::fs::read_to_string(&page).unwrap();
                std::fs::write(&page, format!("<<<<<<< HEAD\n{text}=======\n{text}>>>>>>> theirs\n")).unwrap();
            }
        }
        3 if places.len() < 5 => {
            let copy = hub.clone();
            copy_machine(place, &copy);
            places.push(copy);
        }
        3 | 4 => drop(place.try_git(&["reset", "--quiet", "--hard", "HEAD~1"])),
        5 => {
            let _ = place.try_git(&["reset", "--quiet", "--hard", "HEAD~1"]);
            place.git(&["commit", "--quiet", "--allow-empty", "--message", "otherwise"]);
            place.git(&["push", "--quiet", "--force", "origin", "main"]);
        }
        6 => {
            let _ = place.try_git(&["rm", "-r", "--quiet", "--force", ".rehearse/journal"]);
            place.git(&["commit", "--quiet", "--allow-empty", "--message", "no journal"]);
            let _ = place.try_git(&["push", "--quiet", "origin", "main"]);
        }
        7 => drop(std::fs::remove_dir_all(place.path().join(".rehearse/journal"))),
        // A new working tree; this machine's history is in its own folder.
        _ => {
            place.git(&["for-each-ref", "--format=delete %(refname)", "refs/rehearse"]);
            for name in place.git(&["for-each-ref", "--format=%(refname)", "refs/rehearse"]).lines() {
                let _ = place.try_git(&["update-ref", "-d", name]);
            }
        }
    }
}

fn run_with(seed: u64) {
    let mut random = StdRng::seed_from_u64(seed);
    let hub = Hub::new();
    let mut places = vec![hub.first(&[("deck.toml", &deck(6)), (".rehearse/.gitignore", "/local/\n")])];
    places.extend((0..2).map(|_| hub.clone()));
    let mut now = START;
    for _ in 0..12 {
        now += random.random_range(0..6 * 3_600_000);
        let n = random.random_range(0..places.len());
        places[n].at(&moment(now, 0));
        match random.random_range(0..10) {
            0..=3 => drop(places[n].run(&["grade", &format!("c{}", random.random_range(0..6)), "3"])),
            4 => drop(places[n].run(&["undo"])),
            5..=7 => {
                let done = places[n].run(&["sync"]);
                assert_eq!(done.code, Some(0), "{done:?}");
            }
            _ => fault(&mut random, &hub, &mut places, n),
        }
    }
    let known: BTreeSet<String> = places.iter().flat_map(logged).collect();
    for place in &places {
        // Conflicting decks have to be merged by the user; here, by taking those of the others.
        drop(sync(place));
        place.git(&["fetch", "--quiet"]);
        place.git(&["reset", "--quiet", "--hard", "origin/main"]);
    }
    for _ in 0..2 {
        places.iter().for_each(|place| drop(sync(place)));
    }
    assert_agree(&hub, &mut places, &known);
}

#[test]
fn no_review_is_lost_after_random_faults() {
    with_seeds(3, run_with);
}
