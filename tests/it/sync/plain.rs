//! One user with plain git and one with `sync`.

use super::*;

/// Commits everything; the hook adds the journal.
fn commit_with_hook(place: &Place) {
    let line = "git add --all && git -c user.name=Ada -c user.email=a@b.c commit --quiet --allow-empty --message mine";
    let done = crate::support::finish(crate::support::shell(place.path(), "sh", &["-c", line]).spawn().unwrap());
    assert_eq!(done.code, Some(0), "{done:?}");
}

fn run_with(seed: u64) {
    let mut random = StdRng::seed_from_u64(seed);
    let hub = Hub::new();
    let syncs = hub.first(&[("deck.toml", &deck(6)), (".rehearse/.gitignore", "/local/\n")]);
    let mut places = [syncs, hub.clone()];
    run(&places[1], &["init", "--hook"]);
    // It has starter decks as well.
    places[1].git(&["clean", "--quiet", "-d", "--force"]);
    let mut now = START;
    for round in 0..40 {
        for (n, place) in places.iter_mut().enumerate() {
            now += random.random_range(0..12 * 3_600_000);
            place.at(&moment(now, 60));
            for _ in 0..random.random_range(0..3) {
                run(
                    place,
                    &["grade", &format!("c{}", random.random_range(0..6)), &random.random_range(0..6).to_string()],
                );
            }
            if random.random_range(0..4) == 0 {
                place.run(&["undo"]);
            }
            if random.random_range(0..3) == 0 {
                place.write(&format!("of-{n}.toml"), format!("[[card]]\nprompt = \"Question {round}?\"\n"));
                if n == 0 {
                    commit(place, "a card");
                }
            }
        }
        let [syncs, plain] = &places;
        let turns: [bool; 2] = if random.random() { [true, false] } else { [false, true] };
        for sync_first in turns {
            if sync_first {
                sync(syncs);
            } else {
                if random.random() {
                    run(plain, &["export", "--journal", "--quiet"]);
                    plain.git(&["add", "--all"]);
                    plain.git(&["commit", "--quiet", "--no-verify", "--allow-empty", "--message", "mine"]);
                } else {
                    commit_with_hook(plain);
                }
                plain.git(&["pull", "--quiet", "--rebase"]);
                plain.git(&["push", "--quiet"]);
            }
        }
    }
    let known = places.iter().flat_map(logged).collect();
    sync(&places[0]);
    places[1].git(&["pull", "--quiet", "--rebase"]);
    assert_eq!(head(&places[0]), head(&places[1]));
    assert_eq!(
        run(&places[1], &["export", "--journal"]).stdout,
        "The journal in .rehearse/journal is as it should be.\n"
    );
    assert_agree(&hub, &mut places, &known);
}

#[test]
fn plain_git_and_sync_together_never_conflict_in_the_journal() {
    with_seeds(1, run_with);
}
