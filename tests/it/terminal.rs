//! A session on a terminal that edits lines: what is typed is kept, and the terminal is left as it was.
#![cfg(target_os = "linux")]

use std::process::Command;

use crate::support::{OnTerminal, Place};

const DECK: &str = "[[card]]\nid = \"why\"\nshows = [\"Leading People\"]\nprompt = \"\"\"\nWhy here?\n    And why now?\"\"\"\n\
                    points = [\"first\", \"second\"]\nanswer = \"\"\"\nif asked:\n    say it\n\"\"\"\n\
                    note = \"\"\"\nkeep:\n  - calm\"\"\"\nfollowups = [\"And then?\"]\n";

/// What shows that the program edits a line: it turned bracketed paste on.
const EDITS: &str = "\u{1b}[?2004h";

/// Starts a session in a terminal whose modes are saved in `before`, and in `after` when it has ended.
#[track_caller]
fn session(place: &Place, term: &str, args: &str) -> Option<OnTerminal> {
    let session = format!("sh -c 'echo $$ > pid; exec rehearse review --color never {args}'");
    let command = format!("stty sane cols 80 rows 24; stty -g > before; {session}; echo \"code $?\"; stty -g > after");
    OnTerminal::start(place.path(), term, &command)
}

#[test]
fn a_signal_at_any_prompt_leaves_the_terminal_as_it_was() {
    // The lines before the prompt at which the signal comes.
    let prompts: [(&str, &[&str]); 7] = [
        ("", &[]),
        ("--spot", &[]),
        ("--partner", &[]),
        ("--type", &["one"]),
        ("", &[""]),
        ("", &["", "1 2"]),
        ("", &["", "1 2", "5"]),
    ];
    for (args, lines) in prompts {
        for (signal, code) in [("TERM", 143), ("HUP", 129), ("INT", 130)] {
            let place = Place::with_deck(DECK);
            let Some(mut terminal) = session(&place, "xterm", args) else { return };
            for (n, line) in lines.iter().enumerate() {
                terminal.wait_for(EDITS, n + 1);
                terminal.type_in(format!("{line}\r"));
            }
            terminal.wait_for(EDITS, lines.len() + 1);
            let pid = place.read("pid");
            assert!(Command::new("kill").args(["-s", signal, pid.trim()]).status().unwrap().success());
            terminal.wait_for("code ", 1);
            let shown = terminal.rest();
            let what = format!("{args} {lines:?} {signal}: {shown:?}");
            assert!(shown.contains(&format!("code {code}\n")), "{what}");
            assert_eq!(place.read("after"), place.read("before"), "{what}");
            assert!(shown.rfind("\u{1b}[?2004l") > shown.rfind(EDITS), "{what}");
            assert!(shown.rfind("\u{1b}[?25h") >= shown.rfind("\u{1b}[?25l"), "{what}");
            // What was saved stays saved.
            assert_eq!(place.log().len(), usize::from(lines.len() == 3), "{what}");
        }
    }
}

#[test]
fn lines_that_arrive_together_are_all_read() {
    for term in ["xterm", "dumb"] {
        let place = Place::with_deck(DECK);
        let Some(mut terminal) = session(&place, term, "--type") else { return };
        terminal.wait_for("> ", 1);
        // Pasted without the marks of a paste: an answer with a tab, its end, the ticks, the grade, and a follow-up.
        terminal.type_in("one\n\ttwo\n  three\n\n1 2\n2\nq\n");
        terminal.wait_for("code ", 1);
        let shown = terminal.rest();
        assert!(shown.contains("Your answer:\n  one\n      two\n    three\n"), "{term}: {shown}");
        assert!(shown.contains("saved · grade 2") && shown.contains("code 0"), "{term}: {shown}");
        assert_eq!(place.card("why")["reviews"], 1);
    }
}

#[test]
fn bytes_that_are_not_utf8_cost_a_line_and_not_the_session() {
    let said = "That line is not UTF-8 text and does not count. Type it again.\n";
    for term in ["xterm", "dumb"] {
        let place = Place::with_deck(DECK);
        let Some(mut terminal) = session(&place, term, "--type") else { return };
        // At the first line of an answer, at its second, at the ticks, and at the grade.
        let lines: [&[u8]; 8] = [b"caf\xe9\n", b"one\n", b"\xc3\n", b"\n", b"\xff\xfe\n", b"1\n", b"5\x80\n", b"2\n"];
        let mut prompts = 1;
        for line in lines {
            terminal.wait_for("> ", prompts);
            terminal.type_in(line);
            prompts += 1;
        }
        terminal.wait_for("> ", prompts);
        terminal.type_in("q\n");
        terminal.wait_for("code ", 1);
        let shown = terminal.rest();
        assert_eq!(shown.matches(said).count(), 4, "{term}: {shown}");
        assert!(shown.contains("Your answer:\n  one\n") && shown.contains("code 0"), "{term}: {shown}");
        assert_eq!(place.card("why")["reviews"], 1, "{term}: {shown}");
    }
    let place = Place::with_deck(DECK);
    let done = place.feed(&["review", "--type"], b"caf\xe9\none\n\xff\n1\n5\x80\n2\nq\n");
    assert_eq!((done.code, done.stdout.matches(said).count()), (Some(0), 3), "{done:?}");
    assert!(done.stdout.contains("\nsaved why grade 2, next "), "{done:?}");
    let place = Place::with_deck(DECK);
    let done = place.feed(&["review", "--json"], b"{\"answer\":\"caf\xe9\"}\n{\"grade\":4}\n");
    let error = "{\"event\":\"error\",\"message\":\"the line is not UTF-8 text; send it again\"}\n";
    assert_eq!((done.code, done.stdout.matches(error).count()), (Some(0), 1), "{done:?}");
    assert!(done.stdout.contains("{\"event\":\"saved\",\"id\":\"why\",\"grade\":4,"), "{done:?}");
}

#[test]
fn lines_of_a_deck_keep_their_leading_blanks_as_in_a_pipe() {
    let place = Place::with_deck(DECK);
    let Some(mut terminal) = session(&place, "dumb", "") else { return };
    for (n, line) in ["", "1", "q"].iter().enumerate() {
        terminal.wait_for("> ", n + 1);
        terminal.type_in(format!("{line}\n"));
    }
    terminal.wait_for("code ", 1);
    let shown = terminal.rest();
    let piped = place.feed(&["review"], "\n1\nq\n").stdout;
    for block in
        ["  Why here?\n      And why now?\n", "  if asked:\n      say it\n", "  keep:\n    - calm\n", "  1  first\n"]
    {
        assert!(shown.contains(block) && piped.contains(block), "{block}: {shown}\n{piped}");
    }
}
