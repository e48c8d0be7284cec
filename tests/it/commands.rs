//! Each command as a person would type it.

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
Tomorrow: 2 cards due, and up to 5 new.
",
    );
}

#[test]
fn the_day_of_an_interview_is_today() {
    let mut place = Place::with_deck(DECK);
    place.write("job.toml", "[interview]\nrole = \"Manager\"\ndate = 2026-11-24\n");
    let line = |place: &Place| {
        let shown = place.run(&[]).stdout;
        shown.lines().find(|line| line.starts_with("Next interview")).unwrap_or_default().to_owned()
    };
    assert_eq!(line(&place), "Next interview: Tuesday 24 November (in 2 days).");
    place.at("2026-11-23T08:00:00Z");
    assert_eq!(line(&place), "Next interview: tomorrow (in 1 day).");
    place.at("2026-11-24T08:00:00Z");
    assert_eq!(line(&place), "Next interview: today.");
}

#[test]
fn ticks_need_parts_or_points() {
    let place = Place::with_deck(DECK);
    let error = "error: `bare` has no parts or points to tick\nhelp: leave out `--ticks`\n";
    place.run(&["grade", "bare", "4", "--ticks", "1"]).ended(2, "", error);
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
