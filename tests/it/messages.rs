//! Every message, as the program prints it, and the form that all of them share.
//!
//! What the checks say of decks is in `src/check/examples/`; here are wrong calls, settings, and the system. What no test can
//! cause (a failing disk, a lock that is never released) is read from the source.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::sync::OnceLock;

use crate::source;
use crate::support::{Done, Place, can_close, finish, powerless};

/// Messages by situation.
struct Catalogue(String);

impl Catalogue {
    fn chapter(&mut self, name: &str) {
        let _ = write!(self.0, "=== {name}\n\n");
    }

    /// Adds stderr and the exit code of a run.
    fn add(&mut self, situation: &str, place: &Place, done: &Done) {
        let said = done.stderr.replace(&place.path().canonicalize().unwrap().display().to_string(), "/answers");
        let _ = write!(self.0, "{situation}\n{said}exit {}\n\n", done.code.unwrap());
    }

    fn run(&mut self, place: &Place, args: &[&str]) {
        self.add(&format!("$ rehearse {}", args.join(" ")), place, &place.run(args));
    }

    /// Runs a command after a note about the state of the place.
    fn when(&mut self, how: &str, place: &Place, args: &[&str]) {
        self.add(&format!("# {how}\n$ rehearse {}", args.join(" ")), place, &place.run(args));
    }

    /// Adds what `check` prints to stdout.
    fn check(&mut self, place: &Place) {
        let mut done = place.run(&["check"]);
        done.stderr = done.stdout.clone();
        self.add("$ rehearse check", place, &done);
    }
}

const DECK: &str = "[deck]\ntitle = \"Why\"\n[[card]]\nid = \"why-here\"\nprompt = \"Why here?\"\npoints = [\"a\", \"b\"]\n\
                    [[card]]\nid = \"kept-back\"\nprompt = \"Why?\"\nsuspended = true\n";

/// The chapter of errors in clap's words, which the rules for our own don't apply to.
const CLAP: &str = "wrong arguments, in clap's words";

fn arguments(catalogue: &mut Catalogue) {
    catalogue.chapter(CLAP);
    let place = Place::with_deck(DECK);
    let calls = [
        "reveiw",
        "frobnicate",
        "grade",
        "grade why-here",
        "grade why-here 7",
        "grade why-here 4 5",
        "due --limt 3",
        "due -x",
        "due --limit few",
        "due --limit",
        "due again",
        "list --json --json",
        "list --json=3",
        "--color blue due",
        "--now yesterday due",
        "review --kind opne",
        "review --format jsnl",
        "review --format",
        "review --ahead --cram",
        "check --explain syntax .",
        "doctor --explain copied --fix",
        "doctor --yes",
        "reset",
        "coach --card",
        "coach --card x --kind open",
        "coach --kind opne",
        "coach --ticks 1",
        "coach --seconds long",
        "coach answer.txt",
        "note",
        "note --check",
        "note thanks.txt",
        "stories flood",
        "interview add --date soon",
        "interview add --round 0",
        "interview list",
        "undo 0",
        "undo nonsense",
    ];
    for call in calls {
        catalogue.run(&place, &call.split(' ').collect::<Vec<_>>());
    }
}

fn calls(catalogue: &mut Catalogue) {
    catalogue.chapter("wrong calls");
    let place = Place::with_deck(DECK);
    let calls = [
        "review --edit --format jsonl",
        "check --explain unknown-kye",
        "check --explain nothing-like-it",
        "doctor --explain unknown",
        "doctor --explain copeid",
        "doctor --explain value",
        "coach --explain blaem",
        "coach --explain nothing-like-it",
        "check 5",
        "interview add --json",
        "interview add --meet ,COO",
        "plan --interview northwind",
    ];
    for call in calls {
        catalogue.run(&place, &call.split(' ').collect::<Vec<_>>());
    }
}

fn cards(catalogue: &mut Catalogue) {
    catalogue.chapter("cards, decks and events");
    let place = Place::with_deck(DECK);
    let event = |place: &Place| place.log()[0]["id"].as_str().unwrap().to_owned();
    for call in [
        "undo",
        "grade why-heer 4",
        "grade something-else 4",
        "grade why-here 4 --ticks 1,3",
        "grade kept-back 4 --ticks 1",
        "suspend nobody",
        "review Wyh",
        "review something-else",
        "resume why-here",
        "resume kept-back",
        "rename nobody x",
        "rename why-here why-here",
        "rename why-here a/b",
        "rename why-here waiting",
        "undo k7f3qm2x-412-9f3a12bc",
    ] {
        catalogue.run(&place, &call.split(' ').collect::<Vec<_>>());
    }
    let renamed = event(&place);
    assert_eq!(place.run(&["undo", &renamed]).code, Some(0));
    let mut again = place.run(&["undo", &renamed]);
    again.stderr = again.stderr.replace(&renamed, "EVENT");
    catalogue.add("$ rehearse undo EVENT", &place, &again);
    assert_eq!(place.run(&["suspend", "why-here"]).code, Some(0));
    catalogue.run(&place, &["suspend", "why-here"]);
    assert_eq!(place.run(&["resume", "why-here"]).code, Some(0));
    let lines = [
        "",
        "[]",
        "{\"grade\":6}",
        "{}",
        "{\"action\":\"fly\"}",
        "{\"action\":\"edti\"}",
        "{\"action\":\"skip\",\"grade\":4}",
        "{\"action\":\"grade\"}",
        "{\"action\":\"answer\"}",
        "{\"action\":\"spot\"}",
        "{\"action\":\"undo\"}",
        "{\"grade\":3,\"ticks\":[9]}",
    ];
    let answers = place.feed(&["review", "--format", "jsonl"], lines.join("\n")).stdout;
    let events = answers.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let errors: String = events
        .filter(|event| event["event"] == "error")
        .map(|event| format!("error: {}\n", event["message"].as_str().unwrap()))
        .collect();
    let done = Done { stdout: String::new(), stderr: errors, code: Some(0) };
    catalogue.add("# lines that are no actions\n$ rehearse review --format jsonl", &place, &done);
}

fn places(catalogue: &mut Catalogue) {
    catalogue.chapter("where the collection is, and how its decks are");
    let place = Place::with_deck(DECK);
    catalogue.run(&place, &["--dir", "nowhere", "due"]);
    catalogue.run(&place, &["check", "nowhere"]);
    catalogue.run(&place, &["init", "deck.toml"]);
    place.write("faulty.toml", "[[card]]\nprompt = \"Why?\"\nlimt = 90\n");
    catalogue.when("a faulty card", &place, &["due", "--short"]);
    place.write("faulty.toml", "[[card]]\npromt = \"Why?\"\n[[card]]\nid = \"why-here\"\nprompt = \"Why?\"\n");
    catalogue.when("several faults", &place, &["due", "--short"]);
    std::fs::remove_file(place.path().join("rehearse.toml")).unwrap();
    std::fs::remove_dir_all(place.path().join(".rehearse")).unwrap();
    std::fs::remove_file(place.path().join("faulty.toml")).unwrap();
    std::fs::remove_file(place.path().join("deck.toml")).unwrap();
    catalogue.when("nothing here", &place, &["due"]);
}

fn settings(catalogue: &mut Catalogue) {
    catalogue.chapter("settings");
    let place = Place::with_deck(DECK);
    let shared = "[schedule\n";
    place.write("rehearse.toml", shared);
    catalogue.when("rehearse.toml is no TOML", &place, &["due"]);
    catalogue.when("rehearse.toml is no TOML", &place, &["log"]);
    let faults = [
        "[shedule]\n",
        "schedule = 3\n",
        "[schedule]\npreset = \"fsrs\"\nmaximum_intervall = 3\n",
        "[schedule]\nday_starts_at = \"25:00\"\nmaximum_interval = 0\n",
        "[review]\nnew_per_day = -1\nmax_per_day = \"many\"\n",
        "[review]\nkeep_answers = true\n",
        "[collection]\nexclude = [\"a{b\"]\n",
        "[coach]\noff = \"blame\"\n",
        "[sync]\nlearner = \"Ada Lovelace\"\n",
    ];
    for text in faults {
        place.write("rehearse.toml", text);
        catalogue.check(&place);
    }
    place.write("rehearse.toml", b"# caf\xe9\n");
    catalogue.check(&place);
    place.write("rehearse.toml", "");
    place.write(
        ".rehearse/local/settings.toml",
        "[schedule]\npreset = \"delphi\"\n[review]\ndays_off = [\"2026-12-24\"]\n",
    );
    catalogue.check(&place);
    std::fs::remove_file(place.path().join("rehearse.toml")).unwrap();
    std::fs::create_dir(place.path().join("rehearse.toml")).unwrap();
    catalogue.when("rehearse.toml is a folder", &place, &["due"]);
}

#[cfg(unix)]
fn brought(catalogue: &mut Catalogue) {
    use std::os::unix::fs::symlink;
    catalogue.chapter("what a clone brings");
    let place = Place::with_deck(DECK);
    place.run(&["grade", "why-here", "4"]);
    symlink("/etc/hostname", place.local().join("answers.jsonl")).unwrap();
    catalogue.when("answers.jsonl is a link", &place, &["due"]);
    std::fs::remove_file(place.local().join("answers.jsonl")).unwrap();
    symlink("/etc", place.path().join(".rehearse/journal")).unwrap();
    catalogue.when("the folder of journals is a link", &place, &["export", "--journal"]);
    std::fs::remove_file(place.path().join(".rehearse/journal")).unwrap();
    place.write(".rehearse/journal", "");
    catalogue.when("a file is in its place", &place, &["export", "--journal"]);
    place.write("rehearse.toml", " ".repeat(2 << 20));
    catalogue.when("rehearse.toml has 2 MiB", &place, &["due"]);
    place.write("rehearse.toml", "");
    place.git(&["init", "--quiet"]);
    place.git(&["add", "--force", ".rehearse/local"]);
    std::fs::remove_file(place.local().join("device")).unwrap();
    catalogue.when("git tracks the folder of another machine", &place, &["due"]);
}

fn merging(catalogue: &mut Catalogue) {
    catalogue.chapter("merging");
    let place = Place::with_deck(DECK);
    let mut merge = |how: &str, ours: &str, theirs: &str| {
        for (name, text) in [("base", DECK), ("ours", ours), ("theirs", theirs)] {
            place.write(name, text);
        }
        catalogue.when(how, &place, &["merge-driver", "base", "ours", "theirs", "why.toml", "7"]);
    };
    let (limit, without) =
        (DECK.replace("true", "true\nlimit = 7"), DECK.split("[[card]]\nid = \"kept").next().unwrap());
    merge("deleted here, changed there", without, &limit);
    let (us, me) = (DECK.replace("Why here", "Why us"), DECK.replace("Why here", "Why me"));
    merge("both changed a field", &us, &me);
    merge("both changed two", &us.replace("\"a\"", "\"A\""), &me.replace("\"a\"", "\"c\""));
    merge("both changed a card, and one broke it", &us, &me.replace("\"b\"", "\"b"));
    let git = |args: &[&str]| {
        assert!(std::process::Command::new("git").args(args).current_dir(place.path()).status().unwrap().success());
    };
    git(&["init", "--quiet"]);
    git(&["config", "merge.rehearse-deck.driver", "mine %O %A %B"]);
    catalogue.when("the driver is another's", &place, &["init"]);
}

/// Messages of `coach`, `note`, `stories`, and `doctor`.
fn looks(catalogue: &mut Catalogue) {
    catalogue.chapter("answers, notes and stories");
    let place = Place::with_deck(DECK);
    for call in [
        "coach --card why-heer",
        "coach --card something-else",
        "coach --card why-here --ticks 3",
        "note --check gone.txt",
        "note --check .",
    ] {
        catalogue.run(&place, &call.split(' ').collect::<Vec<_>>());
    }
    let long = "a ".repeat(600_000);
    catalogue.add("# over a MiB\n$ rehearse coach", &place, &place.feed(&["coach"], &long));
    place.write("long.txt", &long);
    catalogue.run(&place, &["note", "--check", "long.txt"]);
    place.write("rehearse.toml", "[coach]\noff = [\"blaem\"]\nphrases = [\"mine.txt\", \"gone.txt\"]\n");
    place.write("mine.txt", "[blaem]\nhad it in for me\n");
    catalogue.add("# faults in the settings\n$ rehearse coach", &place, &place.feed(&["coach"], "Why not?"));
    place.write("rehearse.toml", "[schedule\n");
    catalogue.when("rehearse.toml is no TOML", &place, &["stories"]);

    catalogue.chapter("doctor");
    let (place, _) = reviewed();
    let said = |how: &str, args: &[&str], catalogue: &mut Catalogue| {
        let mut done = place.run(args);
        done.stderr.push_str(&done.stdout);
        let device = std::fs::read_to_string(place.local().join("device")).unwrap_or_default();
        let device = device.split_whitespace().next().unwrap_or_default().to_owned();
        if !device.is_empty() {
            done.stderr = done.stderr.replace(&device, "DEVICE");
        }
        catalogue.add(&format!("# {how}\n$ rehearse {}", args.join(" ")), &place, &done);
    };
    said("all is well", &["doctor"], catalogue);
    said("no such card", &["reset", "nobody"], catalogue);
    let log = place.read(".rehearse/local/log.jsonl");
    place.write(".rehearse/local/log.jsonl", format!("{log}nonsense\n"));
    place.write(".rehearse/local/log (1).jsonl", &log);
    let closed = std::fs::metadata(place.local().join("device")).unwrap().permissions();
    std::fs::set_permissions(place.local().join("log (1).jsonl"), closed).unwrap();
    said("a bad line, and a copy", &["doctor"], catalogue);
    place.write("deck.toml", "[[card]]\nid = \"kept-back\"\nprompt = \"Why?\"\n");
    said("nobody there to ask", &["reset", "why-here"], catalogue);
}

fn syncing(catalogue: &mut Catalogue) {
    catalogue.chapter("syncing");
    let (place, _) = reviewed();
    let personal = ".rehearse/local/settings.toml";
    catalogue.when("no repository", &place, &["sync"]);
    place.git(&["init", "--quiet", "--initial-branch=main"]);
    catalogue.when("no remote", &place, &["sync"]);
    place.write(personal, "[sync]\njournal = \"nowhere\"\n");
    catalogue.when("the other repository is missing", &place, &["sync"]);
    place.write(personal, "[sync]\nprivate = true\n");
    catalogue.when("the history is private", &place, &["sync"]);
    catalogue.when("the history is private", &place, &["export", "--journal"]);
    std::fs::remove_file(place.path().join(personal)).unwrap();

    let hub = Place::empty();
    hub.git(&["init", "--quiet", "--bare", "--initial-branch=main"]);
    place.git(&["add", "--all"]);
    place.git(&["commit", "--quiet", "--message", "decks"]);
    place.git(&["remote", "add", "origin", hub.path().to_str().unwrap()]);
    assert_eq!(place.run(&["sync"]).code, Some(0));
    let other = Place::empty();
    other.git(&["clone", "--quiet", hub.path().to_str().unwrap(), "."]);
    for (place, prompt) in [(&other, "Why us?"), (&place, "Why me?")] {
        place.write("deck.toml", DECK.replace("Why here?", prompt));
        place.git(&["commit", "--quiet", "--all", "--message", "x"]);
    }
    assert_eq!(other.run(&["sync"]).code, Some(0));
    catalogue.when("both sides changed a card", &place, &["sync"]);
    place.git(&["checkout", "--quiet", "--detach"]);
    catalogue.when("HEAD is detached", &place, &["sync"]);
    place.git(&["checkout", "--quiet", "--orphan", "alone"]);
    place.git(&["commit", "--quiet", "--message", "nothing in common"]);
    place.git(&["branch", "--quiet", "--set-upstream-to", "origin/main"]);
    catalogue.when("no commit in common", &place, &["sync"]);
    place.git(&["branch", "--quiet", "--unset-upstream"]);
    place.git(&["config", "core.worktree", "/elsewhere"]);
    catalogue.when("the files are elsewhere", &place, &["sync"]);
    place.git(&["--git-dir", ".git", "config", "--unset", "core.worktree"]);
    place.write(".git/hooks/pre-commit", "#!/bin/sh\n");
    catalogue.when("a hook of the user's own", &place, &["init", "--hook"]);
}

/// A collection with one review, and the path of its database.
fn reviewed() -> (Place, std::path::PathBuf) {
    let place = Place::with_deck(DECK);
    assert_eq!(place.run(&["grade", "why-here", "4"]).code, Some(0));
    let database = place.local().join("rehearse.db");
    (place, database)
}

fn world(catalogue: &mut Catalogue) {
    catalogue.chapter("the database");
    let (place, database) = reviewed();
    std::fs::remove_file(&database).unwrap();
    catalogue.when("it is gone", &place, &["due", "--short"]);
    std::fs::write(&database, "garbled").unwrap();
    catalogue.when("it is garbled", &place, &["due", "--short"]);
    let version = |number: i64| {
        let db = rusqlite::Connection::open(&database).unwrap();
        db.pragma_update(None, "user_version", number).unwrap();
    };
    version(0);
    catalogue.when("it is older", &place, &["due", "--short"]);
    std::fs::copy(&database, database.with_extension("copy")).unwrap();
    std::fs::rename(database.with_extension("copy"), &database).unwrap();
    catalogue.when("it was copied", &place, &["due", "--short"]);
    version(99);
    catalogue.when("it is newer", &place, &["due", "--short"]);
    std::fs::remove_file(&database).unwrap();
    rusqlite::Connection::open(&database).unwrap().execute_batch("CREATE TABLE theirs (x)").unwrap();
    catalogue.when("it is another's", &place, &["due", "--short"]);
    std::fs::remove_file(&database).unwrap();
    std::fs::create_dir(&database).unwrap();
    catalogue.when("it is a folder", &place, &["due", "--short"]);

    catalogue.chapter("the disk");
    let (place, _) = reviewed();
    std::fs::write(place.local().join("device"), "k7f3qm2x 00000000000000000000000000000000\n").unwrap();
    catalogue.when("the folder was copied", &place, &["due", "--short"]);
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let done = finish(place.command(&["due"]).stdout(Stdio::from(full)).spawn().unwrap());
    catalogue.add("$ rehearse due > /dev/full", &place, &done);
    std::fs::remove_file(place.local().join("log.jsonl")).unwrap();
    std::fs::create_dir(place.local().join("log.jsonl")).unwrap();
    catalogue.when("the log is a folder", &place, &["due", "--short"]);
    std::fs::remove_dir_all(place.path().join(".rehearse")).unwrap();
    place.write(".rehearse/local", "a file");
    catalogue.when("this machine's folder is a file", &place, &["due", "--short"]);
}

/// Messages about files that cannot be opened.
#[cfg(unix)]
fn closed(catalogue: &mut Catalogue) {
    use std::os::unix::fs::PermissionsExt as _;
    catalogue.chapter("closed folders");
    let place = Place::with_deck(DECK);
    let mode = |path: &str, mode: u32| {
        std::fs::set_permissions(place.path().join(path), std::fs::Permissions::from_mode(mode)).unwrap();
    };
    mode("", 0o555);
    let mut run = |how: &str, args: &[&str]| {
        let done = finish(powerless(&place.command(args)).spawn().unwrap());
        catalogue.add(&format!("# {how}\n$ rehearse {}", args.join(" ")), &place, &done);
    };
    run("the collection cannot be written", &["due", "--short"]);
    run("the collection cannot be written", &["grade", "why-here", "4"]);
    run("the collection cannot be written", &["init", "new"]);
    mode("", 0o755);
    mode("rehearse.toml", 0o000);
    run("the settings are closed", &["due", "--short"]);
    mode("rehearse.toml", 0o644);
    mode("deck.toml", 0o000);
    run("a deck is closed", &["due", "--short"]);
}

#[test]
#[cfg(target_os = "linux")]
fn messages_are_those_in_messages_txt() {
    let mut catalogue = Catalogue(String::new());
    for chapter in [arguments, calls, cards, places, settings, brought, merging, looks, syncing, world] {
        chapter(&mut catalogue);
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/messages.txt");
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    if can_close() {
        closed(&mut catalogue);
    } else {
        catalogue.0.push_str(&written[written.find("=== closed folders").unwrap_or(written.len())..]);
    }
    if std::env::var_os("UPDATE_MESSAGES").is_some() {
        std::fs::write(&path, &catalogue.0).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap();
    for (n, (now, then)) in catalogue.0.lines().zip(written.lines()).enumerate() {
        assert_eq!(now, then, "messages.txt:{}: look at it, then run with UPDATE_MESSAGES=1", n + 1);
    }
    assert_eq!(catalogue.0.len(), written.len(), "look at it, then run with UPDATE_MESSAGES=1");
}

/// What is wrong with the form of a message, without its label, its place, and the name of its check.
fn form_problem(message: &str) -> Option<&'static str> {
    let first = message.chars().next()?;
    // `TOML` and `UTF-8` are upper case everywhere.
    let acronym = message.chars().nth(1).is_some_and(char::is_uppercase);
    // Every second piece is between backticks.
    let outside: Vec<&str> = message.split('`').step_by(2).collect();
    let bare = outside.join("`");
    let words: Vec<&str> = bare.split(|c: char| c.is_whitespace() || "()\";:,".contains(c)).collect();
    let command = |pair: &[&str]| pair[0] == "rehearse" && commands().iter().any(|name| name == pair[1]);
    let checks = [
        (first.is_uppercase() && !acronym, "begins with a capital"),
        (message.ends_with(['.', '!', ' ']), "ends with a period, a shout or a space"),
        (message.contains("  "), "has two spaces in a row"),
        (message.contains("(s)"), "leaves the number open"),
        (message.matches('`').count() % 2 == 1, "leaves a backtick open"),
        (words.iter().any(|word| word.starts_with("--")), "has an option without backticks"),
        (words.iter().any(|word| word.starts_with('\'') || word.contains('_')), "has a name without backticks"),
        (bare.contains("[[") || bare.contains("{"), "has a table or a placeholder without backticks"),
        (words.windows(2).any(command), "has a command without backticks"),
    ];
    checks.iter().find(|(wrong, _)| *wrong).map(|(_, what)| *what)
}

/// The commands in the help, and the hidden one.
fn commands() -> &'static [String] {
    static COMMANDS: OnceLock<Vec<String>> = OnceLock::new();
    COMMANDS.get_or_init(|| {
        let help = Place::empty().run(&["--help"]).stdout;
        let list = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
        let names = list.filter_map(|line| line.split_whitespace().next()).map(str::to_owned);
        names.chain(["merge-driver".to_owned()]).collect()
    })
}

/// A line with a label, without the label, the place, and the name of its check; `None` if it has no label.
fn message(line: &str) -> Option<&str> {
    let (label, rest) = line.split_once(": ")?;
    if !["error", "warning", "info", "note", "help"].contains(&label) {
        return None;
    }
    let rest = match rest.split_once(": ") {
        Some((place, message)) if place.split(':').count() == 3 && !place.contains(' ') => message,
        _ => rest,
    };
    let named = rest
        .rsplit_once(" [")
        .filter(|(_, name)| name.ends_with(']') && rehearsal::check::named(name.trim_end_matches(']')).is_some());
    Some(named.map_or(rest, |(message, _)| message))
}

#[test]
fn badly_formed_messages_are_found() {
    let cases = [
        "Card has no key",
        "no key here.",
        "no  key",
        "2 card(s)",
        "no key `x",
        "try --help",
        "no key 'x'",
        "no key new_per_day",
        "no table [[card]]",
        "no {word}",
        "see rehearse list",
        "gone!",
    ];
    for case in cases {
        assert!(form_problem(case).is_some(), "{case}");
    }
    let good = "TOML syntax error: `[[card]]` of rehearse has no `--x` \"y z\": `it's` (os error 2)";
    assert_eq!(form_problem(good), None);
    assert_eq!(message("error: a b.toml:1:2: gone [value]"), Some("a b.toml:1:2: gone"));
    assert_eq!(message("error: a.toml:1:2: gone [value]"), Some("gone"));
    assert_eq!((message("  1 | error: x"), message("help: see [x]")), (None, Some("see [x]")));
}

#[test]
fn every_message_is_well_formed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &Path| std::fs::read_to_string(path).unwrap();
    let written = read(&root.join("tests/it/messages.txt"));
    let ours = written.split("=== ").filter(|chapter| !chapter.starts_with(CLAP));
    let mut texts: Vec<String> = ours.map(str::to_owned).collect();
    texts.extend(rehearsal::check::CHECKS.iter().map(|check| check.says.to_owned()));
    let mut messages: Vec<String> =
        texts.iter().flat_map(|text| text.lines().filter_map(message)).map(str::to_owned).collect();
    assert!(messages.len() > 150, "{}", messages.len());
    messages.extend(rehearsal::check::CHECKS.iter().map(|check| check.finds.to_owned()));
    messages.extend(rehearsal::settings::SETTINGS.iter().map(|setting| setting.key.doc.to_owned()));
    messages.extend(rehearsal::deck::TABLES.iter().flat_map(|table| table.keys).map(|key| key.doc.to_owned()));
    let before = messages.len();
    messages.extend(source::files().iter().flat_map(world_failures));
    assert!(messages.len() > before + 20, "{}", messages.len() - before);
    let faults: Vec<(&str, &String)> =
        messages.iter().filter_map(|message| Some((form_problem(message)?, message))).collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

/// The messages in a source file about failures that no test can cause, such as a broken disk, without the path in front.
fn world_failures(file: &source::File) -> Vec<String> {
    let texts = file.texts_in(&["context", "with_context", "bail", "anyhow", "error"]).into_iter();
    texts
        .map(|text| {
            filled(text.trim_start_matches("{}: ").trim_start_matches("{name}: ").trim_start_matches("{what}; "))
        })
        .collect()
}

/// Replaces the placeholders of a format string with a word.
fn filled(text: &str) -> String {
    let mut parts = text.split('{');
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        whole.push_str("it");
        whole.push_str(part.split_once('}').map_or(part, |(_, rest)| rest));
    }
    whole
}
