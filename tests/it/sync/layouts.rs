//! Sync in every layout of a repository: a submodule, a linked working tree, a git folder elsewhere.

use super::*;
use crate::support::finish;

/// A machine whose collection is somewhere in its folder.
struct Machine {
    place: Place,
    folder: &'static str,
}

impl Machine {
    #[track_caller]
    fn run(&self, args: &[&str]) -> Done {
        let mut command = self.place.command(args);
        let done = finish(command.current_dir(self.place.path().join(self.folder)).spawn().unwrap());
        assert_eq!(done.code, Some(0), "{args:?}: {done:?}");
        done
    }

    /// The index and the files of the user, without this program's, and of the repository around it.
    fn files(&self) -> Vec<String> {
        let mut shown = Vec::new();
        for folder in ["c", "."] {
            for args in [["ls-files", "--stage"], ["status", "--porcelain"]] {
                let listed = self.place.try_git(&[&["-C", folder][..], &args].concat()).stdout;
                // The commit of a submodule moves, and the repository around it sees that.
                let counts = |line: &&str| !line.contains(".rehearse/") && *line != " M c" && *line != "M  c";
                shown.extend(listed.lines().filter(counts).map(str::to_owned));
            }
        }
        for name in ["note.md", "staged.md", "new.md"] {
            shown.push(std::fs::read_to_string(self.place.path().join("c").join(name)).unwrap());
        }
        shown
    }
}

/// The commands that create the folder `c` from the address of a hub.
const LAYOUTS: [(&str, &[&str]); 6] = [
    ("a clone", &["clone --quiet HUB c"]),
    (
        "a submodule",
        &[
            "init --quiet",
            "-c protocol.file.allow=always submodule --quiet add HUB c",
            "commit --quiet --message outer",
        ],
    ),
    (
        "a submodule as `submodule update` leaves it",
        &[
            "init --quiet",
            "-c protocol.file.allow=always submodule --quiet add HUB c",
            "commit --quiet --message outer",
            "-C c checkout --quiet --detach",
        ],
    ),
    (
        "a linked working tree",
        &["clone --quiet HUB m", "-C m checkout --quiet --detach", "-C m worktree add --quiet ../c main"],
    ),
    ("a separate git folder", &["clone --quiet --separate-git-dir elsewhere HUB c"]),
    (
        "a linked working tree of a separate git folder",
        &[
            "clone --quiet --separate-git-dir elsewhere HUB m",
            "-C m checkout --quiet --detach",
            "-C m worktree add --quiet ../c main",
        ],
    ),
];

#[test]
fn reviews_travel_both_ways_in_every_layout() {
    for (n, (layout, steps)) in LAYOUTS.into_iter().enumerate() {
        let folder = ["c", "c/decks"][n % 2];
        let hub = Hub::new();
        hub.first(&[("decks/deck.toml", &deck(2)), ("rehearse.toml", ""), ("note.md", "a\n")]);
        let machines = [(), ()].map(|()| {
            let place = Place::empty();
            for step in steps {
                let step = step.replace("HUB", &hub.url());
                place.git(&step.split(' ').collect::<Vec<_>>());
            }
            place.write("c/note.md", "changed\n");
            place.write("c/staged.md", "staged\n");
            place.git(&["-C", "c", "add", "staged.md"]);
            place.write("c/new.md", "new\n");
            Machine { place, folder }
        });
        let [a, b] = &machines;
        a.run(&["grade", "c0", "4"]);
        b.run(&["grade", "c1", "4"]);
        let before = machines.each_ref().map(Machine::files);
        assert_eq!(a.run(&["sync"]).stdout, "pushed 1 review\n", "{layout}");
        for machine in [b, a] {
            let done = machine.run(&["sync"]);
            assert!(done.stdout.contains("received 1 review"), "{layout}: {done:?}");
            assert_eq!(done.stderr.contains("HEAD is detached"), layout.contains("update"), "{layout}: {done:?}");
        }
        assert_eq!(machines.each_ref().map(Machine::files), before, "{layout}");
        for machine in &machines {
            let log = machine.run(&["log", "--json"]).stdout;
            assert_eq!(log.lines().count(), 2, "{layout}: {log}");
        }
    }
}
