//! The deck merge as git uses it: two clones, the driver that `init` installs, and what happens without it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::support::{Done, Place, finish};

const BASE: &str = "[deck]\ntitle = \"Why\"\n\n[[card]]\nid = \"one\"\nprompt = \"One?\"\nlimit = 60\n\n\
                    [[card]]\nid = \"two\"\nprompt = \"Two?\"\n";

/// Git's output for a deck without conflicts.
const MERGED: &str = "Auto-merging deck.toml\n";

fn card(id: &str) -> String {
    format!("\n[[card]]\nid = \"{id}\"\nprompt = \"{id}?\"\n")
}

/// Two clones of one repository, in a folder of their own.
struct Clones {
    place: Place,
    path: OsString,
}

impl Clones {
    /// Creates a collection with the program in `PATH`, commits and clones it, and runs `init` in both.
    fn new(deck: &str) -> Self {
        Self::with_program(deck, Path::new(env!("CARGO_BIN_EXE_rehearse")), true)
    }

    fn with_program(deck: &str, program: &Path, in_path: bool) -> Self {
        let place = Place::new();
        let bin = program.parent().unwrap().to_owned();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path =
            std::env::join_paths(in_path.then_some(bin).into_iter().chain(std::env::split_paths(&path))).unwrap();
        let clones = Clones { place, path };
        let run = |args: &[&str]| {
            let done = clones.run(program.to_str().unwrap(), "", args);
            assert_eq!(done.code, Some(0), "{done:?}");
        };
        run(&["init", "desk"]);
        clones.write("desk", "deck.toml", deck);
        clones.write("desk", "rehearse.toml", "[review]\nnew_per_day = 1000\n");
        clones.commit("desk");
        clones.git("", &["clone", "--quiet", "desk", "lap"]);
        run(&["init", "lap"]);
        clones
    }

    /// Runs a program in one of the clones, or in the folder above them.
    fn run(&self, program: &str, clone: &str, args: &[&str]) -> Done {
        let own = self.place.command(&[]);
        let mut command = Command::new(program);
        command.args(args).current_dir(self.place.path().join(clone)).env_clear();
        command.envs(own.get_envs().filter_map(|(name, value)| Some((name, value?)))).env("PATH", &self.path);
        for person in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{person}_NAME"), "A").env(format!("GIT_{person}_EMAIL"), "a@b.example");
        }
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_MERGE_AUTOEDIT", "no");
        finish(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
    }

    #[track_caller]
    fn git(&self, clone: &str, args: &[&str]) -> String {
        let done = self.run("git", clone, args);
        assert_eq!(done.code, Some(0), "git {args:?}: {done:?}");
        done.stdout
    }

    fn file(&self, clone: &str, name: &str) -> PathBuf {
        self.place.path().join(clone).join(name)
    }

    fn write(&self, clone: &str, name: &str, text: &str) {
        std::fs::create_dir_all(self.file(clone, name).parent().unwrap()).unwrap();
        std::fs::write(self.file(clone, name), text).unwrap();
    }

    fn read(&self, clone: &str, name: &str) -> String {
        std::fs::read_to_string(self.file(clone, name)).unwrap()
    }

    fn commit(&self, clone: &str) {
        self.git(clone, &["add", "--all"]);
        self.git(clone, &["commit", "--quiet", "--message", clone]);
    }

    /// Writes a file on both sides and merges in `lap`.
    fn merge(&self, name: &str, desk: &str, lap: &str) -> Done {
        self.write("desk", name, desk);
        self.commit("desk");
        self.write("lap", name, lap);
        self.commit("lap");
        self.git("lap", &["fetch", "--quiet"]);
        self.run("git", "lap", &["merge", "--quiet", "FETCH_HEAD"])
    }
}

#[test]
fn git_merges_cards_that_both_sides_appended() {
    let clones = Clones::new(BASE);
    let (desk, lap) = (BASE.to_owned() + &card("desk"), BASE.to_owned() + &card("lap"));
    let merged = format!("{BASE}{}{}", card("desk"), card("lap"));
    clones.merge("deck.toml", &desk, &lap).success(MERGED);
    assert_eq!(clones.read("lap", "deck.toml"), merged);
    // Merging in the other clone gives the same bytes, and so does a merge without a working tree.
    clones.git("lap", &["branch", "before", "HEAD^1"]);
    clones.git("desk", &["fetch", "--quiet", "../lap", "before"]);
    let tree = clones.git("desk", &["merge-tree", "--write-tree", "HEAD", "FETCH_HEAD"]);
    clones.git("desk", &["merge", "--quiet", "FETCH_HEAD"]);
    assert_eq!(clones.read("desk", "deck.toml"), merged);
    assert_eq!(tree, clones.git("lap", &["rev-parse", "HEAD^{tree}"]));
    assert_eq!(clones.git("lap", &["status", "--porcelain"]), "");
}

#[test]
fn a_conflict_marks_one_card_and_the_others_are_still_asked() {
    let clones = Clones::new(BASE);
    let desk = BASE.replace("One?", "One at the desk?") + &card("desk");
    let lap = BASE.replace("One?", "One on the lap?") + &card("lap");
    let done = clones.merge("deck.toml", &desk, &lap);
    assert_eq!(done.code, Some(1), "{done:?}");
    let said = "error: deck.toml:4:1: both sides changed `prompt` of card `one` [conflict-markers]\n  \
                4 | <<<<<<< ours\n    | ^^^^^^^^^^^^\n\
                help: keep what you want of both sides and delete the marker lines\n";
    assert!(done.stderr.starts_with(said), "{}", done.stderr);
    let one = |prompt: &str| format!("[[card]]\nid = \"one\"\nprompt = \"{prompt}\"\nlimit = 60\n");
    let marked = format!(
        "[deck]\ntitle = \"Why\"\n\n<<<<<<< ours\n{}=======\n{}>>>>>>> theirs\n\n\
         [[card]]\nid = \"two\"\nprompt = \"Two?\"\n{}{}",
        one("One on the lap?"),
        one("One at the desk?"),
        card("desk"),
        card("lap")
    );
    assert_eq!(clones.read("lap", "deck.toml"), marked);
    let due = clones.run(env!("CARGO_BIN_EXE_rehearse"), "lap", &["due", "--json", "--quiet"]);
    let due: serde_json::Value = serde_json::from_str(&due.stdout).unwrap();
    let mut asked: Vec<&str> = due["cards"].as_array().unwrap().iter().filter_map(|card| card["id"].as_str()).collect();
    asked.retain(|id| ["one", "two", "desk", "lap"].contains(id));
    asked.sort_unstable();
    assert_eq!(asked, ["desk", "lap", "one", "two"]);
    assert_eq!(clones.git("lap", &["diff", "--name-only", "--diff-filter=U"]), "deck.toml\n");
}

#[test]
fn a_card_deleted_on_one_side_and_edited_on_the_other_is_kept_with_a_note() {
    let clones = Clones::new(BASE);
    let (without, edited) = (BASE.split("\n[[card]]\nid = \"two\"").next().unwrap(), BASE.to_owned() + "limit = 9\n");
    let done = clones.merge("deck.toml", without, &edited);
    let said = "note: deck.toml:9: card `two` was deleted on one side and changed on the other; it is kept\n";
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), said));
    assert_eq!(clones.read("lap", "deck.toml"), edited);
}

/// The program under a path that a shell needs quoted.
fn elsewhere() -> (Place, PathBuf) {
    let place = Place::new();
    let folder = place.path().join("it's 100%O");
    std::fs::create_dir(&folder).unwrap();
    let (own, program) = (env!("CARGO_BIN_EXE_rehearse"), folder.join("rehearse"));
    if std::fs::hard_link(own, &program).is_err() {
        std::fs::copy(own, &program).unwrap();
    }
    (place, program)
}

#[test]
fn the_driver_calls_a_program_outside_path_by_its_path() {
    let (_place, program) = elsewhere();
    let mut clones = Clones::with_program(BASE, &program, false);
    let command = clones.git("lap", &["config", "merge.rehearse-deck.driver"]);
    assert!(command.starts_with('\'') && command.contains(r"it'\''s 100%%O/rehearse' merge-driver %O %A"), "{command}");
    clones.merge("deck.toml", &(BASE.to_owned() + &card("desk")), &(BASE.to_owned() + &card("lap"))).success(MERGED);
    // After `init` with the program in PATH it is called by its name.
    let folders = [program.parent().unwrap().to_owned()];
    clones.path = std::env::join_paths(folders.into_iter().chain(std::env::split_paths(&clones.path))).unwrap();
    let done = clones.run(program.to_str().unwrap(), "lap", &["init"]);
    assert!(done.stdout.starts_with("In this clone git merges decks card by card, with rehearse.\n"), "{done:?}");
    assert!(clones.git("lap", &["config", "merge.rehearse-deck.driver"]).starts_with("rehearse merge-driver %O"));
}

/// Without the fallback git would keep our side without a marker.
#[test]
fn conflicts_are_marked_if_the_program_is_missing() {
    let by_name = {
        let mut clones = Clones::new(BASE);
        clones.path = std::env::var_os("PATH").unwrap_or_default();
        clones
    };
    let by_path = {
        let (_place, program) = elsewhere();
        Clones::with_program(BASE, &program, false)
    };
    for clones in [by_name, by_path] {
        let (desk, lap) = (BASE.to_owned() + &card("desk"), BASE.to_owned() + &card("lap"));
        let done = clones.merge("deck.toml", &desk, &lap);
        assert_eq!(done.code, Some(1), "{done:?}");
        let text = clones.read("lap", "deck.toml");
        for said in ["\n<<<<<<< ", "\n=======\n", "\n>>>>>>> ", "id = \"desk\"", "id = \"lap\""] {
            assert!(text.contains(said), "{said} in {text}");
        }
    }
}

#[test]
fn files_that_are_not_decks_are_merged_by_line() {
    let clones = Clones::new(BASE);
    let text = |name: &str, version: &str| {
        format!("[package]\nname = \"{name}\"\n\n[x]\na = 1\nb = 2\nc = 3\nversion = \"{version}\"\n")
    };
    clones.write("desk", "Cargo.toml", &text("a", "1"));
    clones.commit("desk");
    clones.git("lap", &["pull", "--quiet"]);
    clones.merge("Cargo.toml", &text("b", "1"), &text("a", "2")).success("Auto-merging Cargo.toml\n");
    assert_eq!(clones.read("lap", "Cargo.toml"), text("b", "2"));
    let done = clones.merge("Cargo.toml", &text("c", "1"), &text("d", "2"));
    assert_eq!(done.code, Some(1), "{done:?}");
    assert!(clones.read("lap", "Cargo.toml").starts_with("[package]\n<<<<<<<"));
}

/// Without a result our file is unchanged and the exit code is over 128, which git treats as an error.
#[test]
fn a_merge_without_a_result_is_not_a_conflict() {
    let place = Place::new();
    let other = BASE.replace("60", "70");
    let files = [
        ("base", BASE.as_bytes()),
        ("deck", other.as_bytes()),
        ("words", b"just words\n".as_slice()),
        ("latin", b"[[card]]\nprompt = \"caf\xe9\"\n"),
        ("marked", b"[[card]]\nprompt = \"x\"\n<<<<<<< a\n=======\n>>>>>>> b\n"),
    ];
    for (name, bytes) in files {
        place.write(name, bytes);
    }
    let run = |args: &[&str]| place.run(&[&["merge-driver"], args].concat());
    let cases: &[&[&str]] = &[
        &["words", "words", "words", "x.toml", "7"],
        &["base", "latin", "base", "x.toml", "7"],
        &["base", "marked", "deck", "x.toml", "7"],
        &["base", "deck", "missing", "x.toml", "7"],
        &["base", "deck", ".", "x.toml", "7"],
        &["base", "missing/deck", "base", "x.toml", "7"],
        &["base", "deck", "base", "x.toml", "none"],
        &["base", "deck"],
        &[],
    ];
    for args in cases {
        assert_eq!(run(args).code, Some(129), "{args:?}");
    }
    for (name, bytes) in files {
        assert_eq!(std::fs::read(place.path().join(name)).unwrap(), bytes, "{name}");
    }
    // A name that looks like an option is not an option.
    for name in ["-x.toml", "-q.toml", "--json.toml", "--"] {
        run(&["base", "base", "deck", name, "7"]).success("");
        assert_eq!(place.read("base"), other);
        place.write("base", BASE);
    }
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), files.len() + 1);
}

#[test]
fn init_sets_up_merging_and_overwrites_nothing() {
    let place = Place::new();
    let git = |args: &[&str]| {
        let done = Command::new("git").current_dir(place.path()).env("HOME", place.path()).args(args).output().unwrap();
        String::from_utf8(done.stdout).unwrap()
    };
    let tail = "merge-driver %O %A %B %P %L; r=$?; if [ $r -ge 126 ]; then git merge-file -q --marker-size=%L %A %O %B; \
                else exit $r; fi\n";
    git(&["init", "--quiet"]);
    place.write(".gitattributes", "*.png binary");
    place.write("sub/.gitattributes", "*.md text\n*.toml merge=mine");
    // A collection inside a repository has its own attributes.
    let done = place.run(&["init", "sub"]);
    assert!(done.stdout.contains("\nAdded 1 line to .gitattributes.\n"), "{done:?}");
    assert_eq!(place.read(".gitattributes"), "*.png binary");
    assert_eq!(
        place.read("sub/.gitattributes"),
        "*.md text\n*.toml merge=mine\n.rehearse/journal/** -text merge=union\n"
    );
    let driver = git(&["config", "--local", "merge.rehearse-deck.driver"]);
    assert!(driver.starts_with('\'') && driver.ends_with(tail), "{driver}");
    let config = place.read(".git/config");
    let doctor = |collection: &str| place.run(&["doctor", "--dir", collection]).stdout;
    assert!(doctor("sub").contains("no line that gives decks to the driver"), "{}", doctor("sub"));
    place.run(&["init", "other"]);
    assert!(!doctor("other").contains("merge-driver"), "{}", doctor("other"));
    place.run(&["init", "sub"]).success("Nothing was missing in sub.\n`rehearse review --dir sub` begins.\n");
    assert_eq!(place.read(".git/config"), config);
    // If the program moved, its path is updated; the user's own command is not changed.
    git(&["config", "merge.rehearse-deck.driver", &format!("/gone/rehearse {}", tail.trim_end())]);
    place.run(&["init", "sub"]);
    assert_eq!(git(&["config", "merge.rehearse-deck.driver"]), driver);
    git(&["config", "merge.rehearse-deck.driver", "mine %O %A %B"]);
    let done = place.run(&["init", "sub"]);
    assert_eq!(done.stderr, "note: `git config merge.rehearse-deck.driver` is another command; it stays as it is\n");
    assert_eq!(git(&["config", "merge.rehearse-deck.driver"]), "mine %O %A %B\n");
    assert_eq!(git(&["log", "--oneline", "--all"]), "");
}
