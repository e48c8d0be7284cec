//! A sync killed at any moment, alone or with all that it started: no review is lost.

use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::time::Duration;

use super::*;
use crate::support::finish;

/// Starts a sync and kills it after a while, if it still runs then.
fn killed_sync(place: &Place, hub: &Hub, whole_group: bool, delay: Duration) {
    let mut child = place.command(&["sync"]).process_group(0).spawn().unwrap();
    std::thread::sleep(delay);
    if whole_group {
        let kill = format!("kill -KILL -{} 2> /dev/null", child.id());
        Command::new("sh").args(["-c", &kill]).status().unwrap();
    }
    let _ = child.kill();
    let done = finish(child);
    assert!(!done.stderr.contains("panicked"), "{done:?}");
    // What git had begun comes to its end.
    let mut patience = 1000;
    while is_at_work(place.path()) {
        patience -= 1;
        assert!(patience > 0);
        std::thread::sleep(Duration::from_millis(10));
    }
    // A fetch or push that was killed, too, can leave a lock; git says which file to remove.
    let stale = [place.path().join(".git"), hub.path()].into_iter().flat_map(|folder| locks(&folder));
    stale.for_each(|lock| std::fs::remove_file(lock).unwrap());
}

/// Whether a process was started for a folder.
fn is_at_work(folder: &Path) -> bool {
    let name = folder.to_str().unwrap().as_bytes();
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let commands = processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    commands.into_iter().any(|command| command.windows(name.len()).any(|part| part == name))
}

/// Lock files in a git folder.
fn locks(folder: &Path) -> Vec<PathBuf> {
    let files = ignore::WalkBuilder::new(folder).standard_filters(false).build().flatten();
    files.map(ignore::DirEntry::into_path).filter(|path| path.extension().is_some_and(|end| end == "lock")).collect()
}

fn run_with(seed: u64) {
    let mut random = StdRng::seed_from_u64(seed);
    let hub = Hub::new();
    let mut places = vec![hub.first(&[("deck.toml", &deck(6)), (".rehearse/.gitignore", "/local/\n")])];
    places.push(hub.clone());
    let mut now = START;
    for round in 0..9 {
        now += 3_600_000;
        let place = &mut places[round % 2];
        place.at(&moment(now, 0));
        for _ in 0..random.random_range(1..4) {
            run(place, &["grade", &format!("c{}", random.random_range(0..6)), "4"]);
        }
        if random.random_range(0..3) == 0 {
            place.write(&format!("of-{round}.toml"), "[[card]]\nprompt = \"Mine?\"\n");
            commit(place, "a deck of my own");
        }
        killed_sync(
            place,
            &hub,
            random.random_range(0..2) == 0,
            Duration::from_micros(random.random_range(0..400_000)),
        );
        if random.random_range(0..3) == 0 {
            sync(place);
        }
    }
    let known: BTreeSet<String> = places.iter().flat_map(logged).collect();
    for _ in 0..2 {
        places.iter().for_each(|place| drop(sync(place)));
    }
    assert_agree(&hub, &mut places, &known);
}

#[test]
fn a_killed_sync_loses_no_review() {
    with_seeds(4, run_with);
}
