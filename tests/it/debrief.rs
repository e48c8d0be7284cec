//! What is kept from an interview: asked line by line, saved line by line, and taken up in the next round.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;

use serde_json::Value;

use crate::support::Place;
use crate::tiers;

const ROUND_1: &str = "[interview]\ncompany = \"Northwind\"\nalso = [\"NWL\"]\nrole = \"VP Engineering\"\n\
                       date = 2026-11-21\nround = 1\ndecks = [\"core\"]\n\n[[interviewer]]\nname = \"Priya Ramanathan\"\n";
const ROUND_2: &str = "[interview]\ncompany = \"nwl\"\nrole = \"VP Engineering\"\ndate = 2026-12-09\nround = 2\n\
                       decks = [\"core\"]\n\n[[interviewer]]\nname = \"Priya Ramanathan\"\n";
const CORE: &str = "[deck]\ntitle = \"core\"\n\n\
                    [[card]]\nid = \"career-gap\"\nprompt = \"There's a gap in your résumé. What happened?\"\n\n\
                    [[card]]\nid = \"saved-money\"\nprompt = \"Tell me about a time you saved money.\"\n\n\
                    [[story]]\nid = \"flood\"\ntitle = \"The flood\"\n";

fn application() -> Place {
    let place = Place::with_deck(CORE);
    place.write("northwind-round-1.toml", ROUND_1);
    place.write("northwind-round-2.toml", ROUND_2);
    place
}

/// What a user answers to each question, and what they say when they are asked how an answer went.
const ANSWERS: [(&str, &[&str]); 13] = [
    ("What did they ask? (one per line, Enter when done)", &["career gap", "How do you run incident reviews?"]),
    ("What fit?", &["the platform work", "small teams"]),
    ("What did they like?", &[]),
    ("What didn't you get to say?", &["the union deal"]),
    ("What did they doubt?", &["that you can run a budget this large"]),
    ("What matters most for this person? (add who said it in parentheses)", &["on-time delivery (Dana)"]),
    ("What are they struggling with?", &["we're struggling with late deliveries on the coast routes (priya)"]),
    ("Where do they want to get to?", &[]),
    ("Which stories did you tell, and to whom? (story, name)", &["flood, Priya", "The merger"]),
    ("What do you want to ask next time?", &["What concerns do you have about me?"]),
    ("Who did you meet? (name, title)", &["Dana Wu, CFO", "priya  ramanathan"]),
    ("What did your mentor, recruiter or friend say?", &["shorter answers"]),
    ("How did it end? (offer, next round, no, withdrawn; Enter skips)", &["next round"]),
];

const TRANSCRIPT: &str = "Northwind, VP Engineering, yesterday.
What did they ask? (one per line, Enter when done)
> career gap
Is it career-gap? (y/n)
> y
Good or shaky?
> s
> How do you run incident reviews?
That is a new card.
Good or shaky?
> g
>\x20
What fit?
> small teams
>\x20
What did they like?
>\x20
What didn't you get to say?
>\x20
What did they doubt?
> that I can run a budget this large
>\x20
What matters most for this person? (add who said it in parentheses)
>\x20
What are they struggling with?
> late deliveries on the coast routes
>\x20
Where do they want to get to?
>\x20
Which stories did you tell, and to whom? (story, name)
> flood, Priya
>\x20
What do you want to ask next time?
> How is success measured?
>\x20
Who did you meet? (name, title)
> Dana Wu, CFO
>\x20
What did your mentor, recruiter or friend say?
>\x20
How did it end? (offer, next round, no, withdrawn; Enter skips)
> q
Saved in northwind-round-1-debrief.toml. `rehearse debrief` continues here.
";

const DEBRIEF: &str = r#"# written by rehearse debrief

[debrief]
interview = "northwind-round-1"
fit = [
  "the platform work",
  "small teams",
]
liked = []
unsaid = [
  "the union deal",
]
advice = [
  "shorter answers",
]
outcome = "next round"

[[asked]]
question = "career gap"
card = "career-gap"
went = "shaky"

[[asked]]
question = "How do you run incident reviews?"
card = "QUESTION"
went = "good"

[[card]]
id = "QUESTION"
prompt = "How do you run incident reviews?"

[[card]]
id = "DOUBT"
prompt = "They doubt that you can run a budget this large. Address it."

[[card]]
id = "ASK"
prompt = "What concerns do you have about me?"
kind = "ask"
tags = ["concerns"]

[[heard]]
said = "on-time delivery"
by = "Dana"

[[heard]]
said = "we're struggling with late deliveries on the coast routes"
by = "Priya Ramanathan"

[[told]]
story = "flood"
to = "Priya Ramanathan"

[[told]]
story = "STORY"

[[story]]
id = "STORY"
title = "The merger"

[[interviewer]]
name = "Dana Wu"
title = "CFO"
"#;

/// Plays a user who answers each question when it is asked. `lines`: how many lines they type before the process is killed.
/// Returns what was shown.
fn answer(place: &Place, lines: Option<usize>) -> String {
    let mut child = place.command(&["debrief"]).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut shown = String::new();
    let answers: HashMap<&str, &[&str]> = ANSWERS.into_iter().collect();
    let mut left = lines.unwrap_or(usize::MAX);
    // Entries for the question that is being asked, Enter last.
    let mut entries: Vec<&str> = Vec::new();
    let mut current = "";
    let mut last = "";
    let mut alive = true;
    let mut reader = BufReader::new(child.stdout.take().unwrap()).lines();
    'questions: while let Some(Ok(line)) = reader.next() {
        shown.push_str(&line);
        shown.push('\n');
        let mut typed: Vec<&str> = Vec::new();
        if let Some((question, answers)) = answers.get_key_value(line.as_str()) {
            current = question;
            entries = answers.to_vec();
            // An outcome is one answer.
            if !current.starts_with("How did it end") {
                entries.push("");
            }
            typed = if current.starts_with("What did they ask") {
                vec![entries.remove(0)]
            } else {
                std::mem::take(&mut entries)
            };
        } else if line.ends_with("(y/n)") {
            typed.push("y");
        } else if line == "Good or shaky?" {
            typed.push(if last == "career gap" { "s" } else { "g" });
            typed.extend((!entries.is_empty()).then(|| entries.remove(0)));
        }
        for line in typed {
            if left == 0 {
                child.kill().unwrap();
                alive = false;
                break 'questions;
            }
            left -= 1;
            if !["y", "s", "g"].contains(&line) {
                last = line;
            }
            if writeln!(stdin, "{line}").is_err() {
                break 'questions;
            }
        }
    }
    drop(stdin);
    assert!(!current.is_empty());
    let status = child.wait().unwrap();
    assert!(!alive || status.success());
    shown
}

fn id_of(place: &Place, prompt: &str) -> String {
    let list = place.json(&["list"]);
    let row = list["cards"].as_array().unwrap().iter().find(|row| row["prompt"] == prompt);
    row.unwrap_or_else(|| panic!("no card {prompt} in {list:#}"))["id"].as_str().unwrap().to_owned()
}

fn expected(place: &Place) -> String {
    let prompts = [
        ("QUESTION", "How do you run incident reviews?"),
        ("DOUBT", "They doubt that you can run a budget this large. Address it."),
        ("ASK", "What concerns do you have about me?"),
        ("STORY", "Tell the story: The merger"),
    ];
    prompts.iter().fold(DEBRIEF.to_owned(), |text, (name, prompt)| text.replace(name, &id_of(place, prompt)))
}

#[test]
fn a_debrief_asks_writes_and_says_what_to_do_next() {
    let place = application();
    assert!(place.run(&[]).stdout.contains("Northwind was yesterday. Run `rehearse debrief` while you remember.\n"));
    let shown = answer(&place, None);
    let expected_lines = "Northwind, VP Engineering, yesterday.
What did they ask? (one per line, Enter when done)
Is it career-gap? (y/n)
Good or shaky?
That is a new card.
Good or shaky?
What fit?
What did they like?
What didn't you get to say?
What did they doubt?
What matters most for this person? (add who said it in parentheses)
What are they struggling with?
Where do they want to get to?
Which stories did you tell, and to whom? (story, name)
That is a new story; fill it in when you have time.
What do you want to ask next time?
Who did you meet? (name, title)
What did your mentor, recruiter or friend say?
How did it end? (offer, next round, no, withdrawn; Enter skips)
2 cards due now, 3 new cards. Thank-you notes to write: Priya Ramanathan, Dana Wu.
";
    assert_eq!(shown, expected_lines);
    assert_eq!(place.read("northwind-round-1-debrief.toml"), expected(&place));
    assert_eq!(place.read("northwind-round-1.toml"), ROUND_1);
    let check = place.run(&["check"]);
    assert!(!check.stdout.contains("error") && !check.stdout.contains("warning"), "{check:?}");
    // What was shaky or doubted is asked first.
    let due = place.json(&["due"]);
    let first: Vec<&str> =
        due["cards"].as_array().unwrap().iter().take(2).map(|row| row["id"].as_str().unwrap()).collect();
    let doubt = id_of(&place, "They doubt that you can run a budget this large. Address it.");
    assert!(first.contains(&"career-gap") && first.contains(&doubt.as_str()), "{due:#}");
    // The glance no longer asks for the debrief, only for the notes.
    let glance = place.run(&[]).stdout;
    assert!(!glance.contains("debrief") && glance.contains("2 thank-you notes to write: Priya Ramanathan, Dana Wu."));
    let list = place.json(&["interview"]);
    assert_eq!(list["interviews"][1]["outcome"], "next round", "{list:#}");
}

#[test]
fn cards_of_a_debrief_are_in_scope_for_every_later_round_at_the_company() {
    let place = application();
    place.write("other.toml", "[interview]\ncompany = \"Other\"\ndate = 2026-12-10\ndecks = [\"core\"]\n");
    let before = place.json(&["interview"]);
    answer(&place, None);
    let after = place.json(&["interview"]);
    let cards = |list: &Value, id: &str| {
        let rows = list["interviews"].as_array().unwrap();
        rows.iter().find(|row| row["id"] == id).unwrap()["cards"].as_u64().unwrap()
    };
    assert_eq!(cards(&after, "northwind-round-2"), cards(&before, "northwind-round-2") + 4);
    assert_eq!(cards(&after, "other"), cards(&before, "other"));
    assert_eq!(cards(&after, "northwind-round-1"), cards(&before, "northwind-round-1"));
}

/// The next morning goes deeper where they had doubts: what was shaky and what they doubted comes before everything else.
#[test]
fn doubts_and_shaky_answers_open_the_next_session() {
    let place = application();
    answer(&place, None);
    let session = place.feed(&["review"], "s\ns\nq\n").stdout;
    let prompts: Vec<&str> = session.split("\n\n[").skip(1).map(|card| card.lines().nth(1).unwrap()).take(2).collect();
    for prompt in ["gap in your résumé", "They doubt that you can run a budget this large. Address it."] {
        assert!(prompts.iter().any(|shown| shown.contains(prompt)), "{prompt} is not among {prompts:?}");
    }
}

/// What you wrote down after round one is on the page for round two: what they said and want, what they haven't heard, what you
/// didn't get to say, who you met, and what you want to ask.
#[test]
fn the_page_for_the_next_round_has_what_the_last_one_left() {
    let place = application();
    place.write("stories.toml", "[[story]]\nid = \"fuel\"\ntitle = \"Fuel for three\"\n");
    answer(&place, None);
    let page = place.run(&["brief"]).stdout;
    for part in [
        "\"we're struggling with late deliveries on the coast routes\" (Priya)",
        "\"on-time delivery\" (Dana)",
        "the union deal",
        "Fuel for three",
        "What concerns do you have about me?",
    ] {
        assert!(page.contains(part), "{part} is not in\n{page}");
    }
    assert!(!page.contains("The flood"), "{page}");
}

/// What a mentor, recruiter, or friend said is written down with the rest.
#[test]
fn advice_is_kept_beside_what_they_said() {
    let place = application();
    let enter = "\n".repeat(11);
    let done = place.feed(&["debrief"], format!("{enter}breathe before you answer\nname the number first\n\n\n"));
    assert!(done.stdout.contains("What did your mentor, recruiter or friend say?\n"), "{done:?}");
    let file = place.read("northwind-round-1-debrief.toml");
    assert!(file.contains("advice = [\n  \"breathe before you answer\",\n  \"name the number first\",\n]"), "{file}");
    let check = place.run(&["check"]).stdout;
    assert!(!check.contains("error:") && !check.contains("warning:"), "{check}");
}

#[test]
fn no_text_of_an_interview_is_in_the_log() {
    let place = application();
    answer(&place, None);
    let log = std::fs::read_to_string(place.local().join("log.jsonl")).unwrap();
    assert_eq!(log.lines().count(), 2);
    for word in ["budget", "incident", "Priya", "Northwind", "union", "flood"] {
        assert!(!log.contains(word), "{word} in {log}");
    }
    let kinds: Vec<Value> = place.log().into_iter().map(|event| event["kind"].clone()).collect();
    assert_eq!(kinds, ["bring", "bring"]);
}

#[test]
fn a_complete_debrief_asks_again_and_adds_only_what_is_new() {
    let place = application();
    answer(&place, None);
    let before = place.read("northwind-round-1-debrief.toml");
    let edited = before.replace("  \"small teams\",\n", "  \"small teams\", # my words\n");
    place.write("northwind-round-1-debrief.toml", &edited);
    let shown = answer(&place, None);
    assert!(shown.contains("What fit?\n  the platform work\n  small teams\n"), "{shown}");
    assert!(!shown.contains("How did it end?"), "{shown}");
    assert_eq!(place.read("northwind-round-1-debrief.toml"), edited);
    assert_eq!(place.log().len(), 2);
    let typed = "\n\nmy calm\n";
    let stopped = "Saved in northwind-round-1-debrief.toml. `rehearse debrief` continues here.\n";
    let done = place.feed(&["debrief"], typed);
    assert!(done.stdout.ends_with(stopped), "{done:?}");
    assert!(place.read("northwind-round-1-debrief.toml").contains("liked = [\n  \"my calm\",\n]"));
    let again = place.feed(&["debrief"], "q\n");
    let expected = format!(
        "Northwind, VP Engineering, yesterday.\nYou stopped here last time:\nWhat did they like?\n  my calm\n{stopped}"
    );
    again.success(&expected);
}

#[test]
fn a_file_written_by_hand_is_never_touched() {
    let place = application();
    let own = "# my notes\n[debrief]\ninterview = \"northwind-round-1\"\nliked = [\"x\"]\n";
    place.write("northwind-round-1-debrief.toml", own);
    // It is a debrief, so nothing asks for another one, but you can add to it.
    assert!(!place.run(&[]).stdout.contains("rehearse debrief"));
    answer(&place, None);
    assert_eq!(place.read("northwind-round-1-debrief.toml"), own);
    assert_eq!(place.read("northwind-round-1-debrief-2.toml"), expected(&place));
    // A broken file of ours is not replaced, and the place of the problem is named.
    let broken = "# written by rehearse debrief\n[debrief]\ninterview = \"northwind-round-1\"\nfit = [\n";
    place.write("northwind-round-1-debrief-2.toml", broken);
    let refused = place.feed(&["debrief"], "career gap\n");
    assert_eq!(refused.code, Some(3), "{refused:?}");
    assert!(
        refused.stderr.contains("northwind-round-1-debrief-2.toml: nothing can be added to this debrief"),
        "{refused:?}"
    );
    assert_eq!(place.read("northwind-round-1-debrief-2.toml"), broken);
}

#[test]
fn an_outcome_can_be_recorded_alone_and_closes_the_application() {
    let mut place = application();
    place
        .run(&["debrief", "--outcome", "next-round"])
        .success("Northwind, VP Engineering: next round. Noted in northwind-round-1-debrief.toml.\n");
    // It is not a debrief yet.
    assert!(place.run(&[]).stdout.contains("Run `rehearse debrief`"));
    place
        .run(&["debrief", "--outcome", "no"])
        .success("Northwind, VP Engineering: no. Noted in northwind-round-1-debrief.toml.\n");
    let glance = place.run(&[]).stdout;
    assert!(!glance.contains("debrief") && !glance.contains("thank-you"), "{glance}");
    assert!(place.run(&["interview"]).stdout.contains("Northwind, VP Engineering: no\n"));
    assert_eq!(place.run(&["debrief", "--outcome", "maybe"]).code, Some(2));
    // After an offer, notes are still owed.
    place.run(&["debrief", "--outcome", "offer"]);
    let glance = place.run(&[]).stdout;
    assert!(!glance.contains("debrief") && glance.contains("1 thank-you note to write: Priya Ramanathan."), "{glance}");
    // A later round has a debrief of its own.
    place.at("2026-12-10T08:00:00Z");
    let shown = place.feed(&["debrief"], "q\n").stdout;
    assert!(shown.starts_with("nwl, VP Engineering, yesterday.\n"), "{shown}");
    let late = place.feed(&["debrief", "--interview", "northwind-round-1"], "q\n").stdout;
    let warning = "Most of an interview is forgotten after two days. Write down what you are sure of.\n";
    assert!(late.starts_with(&format!("Northwind, VP Engineering, 19 days ago.\n{warning}")), "{late}");
}

#[test]
fn without_an_interview_it_says_what_to_do() {
    let place = Place::with_deck(CORE);
    let nothing = "No interview was held yet. `rehearse interview add` writes a file for one; come back after it.\n";
    place.feed(&["debrief"], "").success(nothing);
    assert_eq!(place.run(&["debrief", "--interview", "nosuch"]).code, Some(2));
    assert_eq!(place.run(&["debrief", "--json"]).code, Some(2));
    // Nothing but a name is known.
    place.write("job.toml", "[interview]\n");
    let done = place.feed(&["debrief"], "Why us?\ng\n\n\n\n\n\nlate trains\n\n\n\nThe strike, Omar\n\n\n\n\n\n");
    assert_eq!(done.code, Some(0), "{done:?}");
    let file = place.read("job-debrief.toml");
    for part in ["question = \"Why us?\"", "said = \"late trains\"\n", "title = \"The strike\"", "to = \"Omar\""] {
        assert!(file.contains(part), "{part} in {file}");
    }
    assert!(done.stdout.ends_with("2 new cards.\n"), "{done:?}");
}

#[test]
fn lines_and_names_of_strangers_are_only_text() {
    let place = Place::new();
    let hostile = "\u{1b}]0;x\u{7}\u{202e}name";
    let escaped = "\\u001B]0;x\\u0007\\u202Ename";
    place.write(
        "job.toml",
        format!("[interview]\ndate = 2026-11-21\ncompany = \"{escaped}\"\n[[interviewer]]\nname = \"{escaped}\"\n"),
    );
    place.write("d.toml", format!("[[card]]\nprompt = \"{escaped} why\"\n"));
    let done = place.feed(&["debrief"], format!("{hostile}\ny\ng\n\n{hostile}\n\n\n\n\n\n\n\n\n\n\n\n\n"));
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(!done.stdout.contains('\u{1b}') && !done.stdout.contains('\u{202e}'), "{done:?}");
    assert!(done.stdout.contains("\\u{202e}name"), "{done:?}");
    assert!(!place.run(&[]).stdout.contains('\u{1b}'));
}

#[test]
fn nothing_entered_is_lost_when_it_is_killed_at_any_line() {
    let reference = application();
    answer(&reference, None);
    let lines = answer(&application(), None).lines().count() + 14;
    tiers::with_seeds(20, |seed| {
        let place = application();
        let at = usize::try_from(seed).unwrap() * 7 % lines;
        let shown = answer(&place, Some(at));
        // Every question after which another one was asked has its entries.
        let file = std::fs::read_to_string(place.path().join("northwind-round-1-debrief.toml")).unwrap_or_default();
        let asked: Vec<usize> = ANSWERS.iter().map(|(question, _)| usize::from(shown.contains(question))).collect();
        for (n, (question, entries)) in ANSWERS.iter().enumerate() {
            let done = asked.get(n + 1) == Some(&1);
            // Entries that name a person or a story are not written as they are typed.
            let verbatim = |entry: &&&str| !entry.contains([',', '(']) && !entry.starts_with("priya");
            for entry in entries.iter().filter(verbatim).filter(|_| done) {
                assert!(file.contains(entry), "killed at {at}: {entry} of {question} is not in {file}");
            }
        }
        assert!(!place.run(&["check"]).stdout.contains("error"), "killed at {at}: {file}");
        answer(&place, None);
        assert_eq!(place.read("northwind-round-1-debrief.toml"), expected(&reference), "killed at {at}");
        for (name, text) in
            [("northwind-round-1.toml", ROUND_1), ("northwind-round-2.toml", ROUND_2), ("deck.toml", CORE)]
        {
            assert_eq!(place.read(name), text);
        }
        let due = place.json(&["due"]);
        let brought = due["cards"].as_array().unwrap().iter().filter(|row| row["due"] == "2026-11-22").count();
        assert_eq!(brought, 2, "killed at {at}: {due:#}");
    });
}

/// The whole debrief on a terminal of 80 columns.
#[cfg(target_os = "linux")]
#[test]
fn on_a_terminal_the_answer_is_typed_behind_a_prompt() {
    let place = application();
    let typed = "career gap\ny\ns\nHow do you run incident reviews?\ng\n\nsmall teams\n\n\n\nthat I can run a budget this large\n\n\
                 \nlate deliveries on the coast routes\n\n\nflood, Priya\n\nHow is success measured?\n\nDana Wu, CFO\n\n\nq\n";
    let command = "stty cols 80 rows 24; rehearse --color never --now 2026-11-22T08:00:00Z debrief";
    let Some(seen) = crate::support::on_terminal(place.path(), command, typed) else { return };
    assert_eq!(seen, TRANSCRIPT);
}
