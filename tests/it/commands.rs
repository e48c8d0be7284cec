//! Each command as a person would type it.

use std::process::Stdio;

#[cfg(target_os = "linux")]
use crate::support::on_terminal;
use crate::support::{Place, finish};

const DECK: &str = "[deck]\ntitle = \"Why\"\n\n[[card]]\nid = \"why-job\"\nprompt = \"Why this job?\"\nlimit = 90\n\
                    points = [\"one thing they said\", \"what I have done\", \"my first month\"]\n\n\
                    [[card]]\nid = \"bare\"\nprompt = \"Anything else?\"\n";

#[test]
fn a_session_in_a_pipe() {
    let place = Place::with_deck(DECK);
    let mut done = place.feed(&["review"], "\n1 2\n\n\n5\n\na\n4\n");
    // On a busy machine an answer from a pipe may take a second.
    done.stdout = done.stdout.replace("0:01 of", "0:00 of");
    done.success(
        "1 deck, 2 cards. 2 now, about 4 minutes. Answer aloud, then press Enter. (? help, q quit)

[1/2] Why · open · 1:30
  Why this job?
0:00 of 1:30. Which did you say? (1 3; a all, 0 none)
  1  one thing they said
  2  what I have done
  3  my first month
The core came; a point was missing: grade 3. Enter accepts, or 0-5
saved why-job grade 3, next 2026-11-23

[2/3] Why · open · 2:00
  Anything else?
0:00 of 2:00.
How did it go? 0-5 (? what they mean)
saved bare grade 5, next 2026-11-23

[3/3] Why · open · 1:30
  Why this job?
0:00 of 1:30. Which did you say? (1 3; a all, 0 none)
  1  one thing they said
  2  what I have done
  3  my first month  missed the last time
Every point, inside the time: grade 5. Enter accepts, or 0-5
saved why-job grade 4, next 2026-11-23

3 of 3 answers.
Tomorrow: 2 cards due.
",
    );
}

#[test]
fn the_day_of_an_interview_is_today() {
    let mut place = Place::with_deck(DECK);
    place.write("job.toml", "[interview]\nrole = \"Manager\"\ndate = 2026-11-24\n");
    let line = |place: &Place| {
        let shown = place.run(&[]).stdout;
        shown
            .lines()
            .find(|line| line.starts_with("Manager"))
            .unwrap_or_default()
            .split_once(": ")
            .map(|(who, _)| who.to_owned())
            .unwrap_or_default()
    };
    assert_eq!(line(&place), "Manager, in 2 days");
    place.at("2026-11-23T08:00:00Z");
    assert_eq!(line(&place), "Manager, tomorrow");
    place.at("2026-11-24T08:00:00Z");
    assert_eq!(line(&place), "Manager");
    assert!(place.run(&[]).stdout.contains("\nManager: today. Run `rehearse brief`.\n"));
}

#[test]
fn ticks_need_parts_or_points() {
    let place = Place::with_deck(DECK);
    let error = "error: `bare` has no parts or points to tick\nhelp: leave out `--ticks`\n";
    place.run(&["grade", "bare", "4", "--ticks", "1"]).ended(2, "", error);
}

#[test]
fn init_names_the_folder_it_was_given() {
    let place = Place::empty();
    std::fs::create_dir(place.path().join("below")).unwrap();
    let root = place.path().canonicalize().unwrap();
    let cases = [(".", ""), ("..", "below"), ("below/..", ""), ("./", "")];
    for (named, from) in cases {
        let mut init = place.command(&["init", named, "--json"]);
        let done = finish(init.current_dir(place.path().join(from)).spawn().unwrap());
        let made: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
        assert_eq!(made["folder"], root.to_str().unwrap(), "{named}");
    }
    let said = place.run(&["init", "."]).stdout;
    assert_eq!(said, format!("Nothing was missing in {}.\n`rehearse review` begins.\n", root.display()));
    let said = finish(place.command(&["init", ".."]).current_dir(place.path().join("below")).spawn().unwrap()).stdout;
    assert!(said.contains(&format!("`rehearse review --dir {}`", root.display())), "{said}");
}

#[test]
fn a_deleted_current_folder_matters_only_if_the_collection_is_looked_for_from_it() {
    let place = Place::with_deck(DECK);
    let gone = Place::empty();
    let root = place.path().to_str().unwrap().to_owned();
    let run = |args: &[&str]| {
        let shell = format!("cd '{0}' && rmdir '{0}' && exec \"$0\" \"$@\"", gone.path().display());
        std::fs::create_dir_all(gone.path()).unwrap();
        let mut command = place.command(&[]);
        let program = command.get_program().to_owned();
        let envs: Vec<_> = command.get_envs().map(|(k, v)| (k.to_owned(), v.unwrap().to_owned())).collect();
        command = std::process::Command::new("sh");
        command.args(["-c", &shell]).arg(program).args(args).env_clear().envs(envs);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        finish(command.spawn().unwrap())
    };
    for args in [&["due"][..], &["list"], &["grade", "bare", "4"], &["check"], &["doctor"], &["stats"], &[], &["log"]] {
        let done = run(&[&["--dir", &root], args].concat());
        assert!(matches!(done.code, Some(0..=1)) && done.stderr.is_empty(), "{args:?}: {done:?}");
    }
    let error = "error: the current folder cannot be found (No such file or directory (os error 2)); was it deleted?\n\
                 help: go to another folder, or name the collection in full: `--dir /…`\n";
    for args in [&["due"][..], &["--dir", "decks", "due"], &["init"], &["init", "."]] {
        run(args).ended(2, "", error);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn no_line_on_a_terminal_is_cut_inside_a_word() {
    use unicode_width::UnicodeWidthStr as _;
    let url = "https://example.com/a-path-that-is-longer/than-the-line";
    let id = "an-id-of-a-card-that-is-as-long-as-an-id-of-a-card-can-ever-be-x";
    let place = Place::with_deck(&format!(
        "[deck]\ntitle = \"A deck whose title is longer than the narrowest terminal is wide\"\n\
         [[card]]\nid = \"{id}\"\nprompt = \"What does {url} say of the things that people look for in an answer?\"\n\
         points = [\"one thing they said that I want to work on in the first month\", \"my part\"]\n\
         note = \"if x:\\n    return the answer that everybody expected to be returned\"\n\
         [[card]]\nid = \"short\"\nprompt = \"Why here?\"\nkeywrods = [\"a misspelled key with a long text beside it\"]\n\
         [[card]]\nid = \"b\"\nprompt = \"Why not at another one of the many organizations that there are?\"\n"
    ));
    let (show, why) = (format!("show {id}"), format!("why {id}"));
    for width in [40, 80] {
        let on = |command: &str, typed: &str| {
            let command = format!("stty rows 50 cols {width}; rehearse --color never {command}");
            on_terminal(place.path(), &command, typed)
        };
        let commands = [
            ("", ""),
            ("due", ""),
            ("list", ""),
            ("log --all", ""),
            ("check", ""),
            ("check --explain escape", ""),
            ("coach --explain", ""),
            ("coach --explain blame", ""),
            (show.as_str(), ""),
            (why.as_str(), ""),
            ("stats", ""),
            ("stories", ""),
            ("doctor", ""),
            ("grade nosuchcard 4", ""),
            ("undo", ""),
            ("review", "\n1\n\n?\nq\n"),
            ("review --partner", "1 2\n4\n\nq\n"),
        ];
        for (command, typed) in commands {
            let Some(seen) = on(command, typed) else { return };
            for line in seen.lines() {
                let words: Vec<&str> = line.split_whitespace().collect();
                // A word that is longer than a line is alone in it.
                assert!(line.width() <= width || words.len() == 1, "{width} {command}: {line:?}\n{seen}");
            }
            let dashed: String = seen.split_whitespace().filter(|word| word.starts_with("https")).collect();
            assert!(
                ["due", "list"].contains(&command) || dashed.is_empty() || dashed.contains(url),
                "{command}: {seen}"
            );
        }
        let shown = on(show.as_str(), "").unwrap_or_default();
        assert!(shown.contains("  if x:\n      return the answer"), "{shown}");
    }
}

#[test]
fn ids_of_any_length_keep_the_columns_of_lists() {
    let longest = "x".repeat(64);
    let place = Place::with_deck(&format!(
        "[[card]]\nid = \"a\"\nprompt = \"A\"\n[[card]]\nid = \"{longest}\"\nprompt = \"B\"\n"
    ));
    let column = |args: &[&str], words: &[&str]| {
        let said = place.run(args).stdout;
        let at: Vec<_> = said.lines().filter_map(|line| words.iter().find_map(|word| line.find(word))).collect();
        assert_eq!(at.len(), 2, "{said}");
        assert_eq!(at[0], at[1], "{said}");
    };
    column(&["list"], &[" new "]);
    column(&["due"], &[" new "]);
    place.run(&["grade", "a", "4"]);
    place.run(&["grade", &longest, "4"]);
    column(&["log"], &[" grade 4"]);
    column(&["list"], &[" learned "]);
}

#[test]
fn undo_takes_back_at_least_one_review() {
    let place = Place::with_deck(DECK);
    place.run(&["grade", "bare", "4"]);
    let done = place.run(&["undo", "0"]);
    assert_eq!(done.code, Some(2));
    assert!(done.stderr.starts_with("error: invalid value '0' for '[N|EVENT]': 0 is not in 1..\n"), "{done:?}");
    assert_eq!(place.run(&["undo", "1"]).code, Some(0));
}

#[test]
fn check_takes_folders() {
    let place = Place::with_deck(DECK);
    let help = "help: name folders of decks, or none to check the whole collection\n";
    for name in ["5", "deck.toml"] {
        place.run(&["check", name]).ended(2, "", &format!("error: `{name}` is not a folder\n{help}"));
    }
}

#[test]
fn why_shows_how_much_of_a_limit_is_used() {
    let place = Place::with_deck(DECK);
    place.write("rehearse.toml", "[review]\nnew_per_day = 1\n");
    place.run(&["grade", "bare", "4"]);
    let shown = place.run(&["why", "why-job"]).stdout;
    assert!(shown.contains("`new_per_day` is 1, of which 1 is used"), "{shown}");
}

#[test]
fn a_wrong_call_of_the_merge_driver_is_not_a_conflict() {
    let place = Place::with_deck(DECK);
    for args in [&["merge-driver"][..], &["--quiet", "merge-driver", "a"], &["merge-driver", "--nonsense"]] {
        assert_eq!(place.run(args).code, Some(129), "{args:?}");
    }
    assert_eq!(place.run(&["list", "merge-driver"]).code, Some(2));
}

#[test]
fn a_closed_pipe_is_not_an_error() {
    let place = Place::with_deck(DECK);
    place.run(&["grade", "bare", "4"]);
    for args in [&["list"][..], &["log"], &["review", "--cram"], &["review", "--cram", "--json"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let done = finish(place.command(args).stdout(writer).spawn().unwrap());
        assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""), "{args:?}");
    }
}

#[test]
fn wrong_arguments_are_escaped_in_errors() {
    let place = Place::with_deck(DECK);
    let raw = "--x\u{1b}[2J\nsaved x grade 5";
    let from_environment = finish(place.command(&["due"]).env("REHEARSE_NOW", raw).spawn().unwrap());
    for done in [place.run(&["due", raw]), place.run(&["grade", "bare", raw]), from_environment] {
        assert_eq!(done.code, Some(2), "{done:?}");
        assert!(!done.stderr.contains('\u{1b}') && !done.stderr.contains("\nsaved"), "{done:?}");
    }
}
