//! Mock interviews: what is asked, what is seen, what is kept, and what a second one shows of the first.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::Stdio;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};

use crate::events::{Event, at, lines, unix_ms};
use crate::support::{Done, Place};
#[cfg(target_os = "linux")]
use crate::support::{OnTerminal, on_terminal};
use crate::tiers::with_seeds;

const PEOPLE: &str = "[[card]]\nid = \"lead-change\"\nprompt = \"Tell me about a time you led people through a change they didn't want.\"\n\
    shows = [\"Leading People\"]\nlimit = 150\nstories = [\"flood\"]\nfollowups = [\"Who was against it, and what did you say?\"]\n\
    points = [\"who had to change\", \"why they were against it\", \"what you said to them\", \"what changed, in numbers\"]\n\n\
    [[card]]\nid = \"save-money\"\nprompt = \"When did you save money?\"\nshows = [\"achieving  results\"]\nlimit = 150\n\
    variants = [\"What did you do with less?\"]\nparts = [\"how much\", \"what you gave up\"]\npoints = [\"how you know\"]\n\
    followups = [\"Who paid for it?\"]\n\n\
    [[card]]\nid = \"depots\"\nprompt = \"How have you run several sites at once?\"\nshows = [\"Running a network of depots\"]\nlimit = 150\n\
    followups = [\"Which site was the worst?\"]\npoints = [\"how many sites\", \"how you compared them\"]\n\n";
const ASK: &str = "[deck]\nkind = \"ask\"\n[[card]]\nprompt = \"What's the best thing about working here?\"\ntags = [\"culture\"]\n\
    [[card]]\nprompt = \"What concerns do you have about me at {company}?\"\ntags = [\"concerns\"]\n\
    [[card]]\nprompt = \"Who left this role, and why?\"\ntags = [\"role\"]\n\
    [[card]]\nprompt = \"What does the team hope for?\"\ntags = [\"role\"]\n";
const STORIES: &str =
    "[[story]]\nid = \"flood\"\ntitle = \"The flood\"\n\n[[story]]\nid = \"union\"\ntitle = \"The union deal\"\n";
const FIRST: &str = "[interview]\ncompany = \"Northwind\"\nrole = \"VP Engineering\"\ndate = 2026-11-09\nround = 1\n\
    [[told]]\nstory = \"flood\"\nto = \"Priya Ramanathan\"\n";
const SECOND: &str = "[interview]\ncompany = \"Northwind\"\nrole = \"VP Engineering\"\ndate = 2026-12-09\nround = 2\n\
    competencies = [\"Leading People\", \"Achieving Results\"]\nqualifications = [\"running a network of depots\"]\n\
    [[interviewer]]\nname = \"Priya Ramanathan\"\ntitle = \"Chief Operating Officer\"\n\
    [[interviewer]]\nname = \"Dana Wu\"\n\
    [[heard]]\nsaid = \"we're struggling with late deliveries on the coast routes\"\nby = \"Priya Ramanathan\"\n";

/// An application of two rounds, of which the first was held.
fn application() -> Place {
    let place = Place::new();
    let files = [
        ("people.toml", PEOPLE),
        ("ask.toml", ASK),
        ("stories.toml", STORIES),
        ("northwind-1.toml", FIRST),
        ("northwind-2.toml", SECOND),
    ];
    files.iter().for_each(|(name, text)| place.write(name, text));
    place
}

/// What is typed at one question with a follow-up, ticks, and a score.
fn answer(ticks: &str, score: &str) -> String {
    format!("\n\n{ticks}\n{score}\n")
}

/// What is typed to answer up to nine questions with the first point covered, follow-ups or not.
fn all(ticks: &str) -> String {
    format!("\n{ticks}\n1\n").repeat(9)
}

/// Holds a mock interview of three questions, if the arguments name no other number, with this typed. It must end well.
#[track_caller]
fn hold(place: &Place, args: &[&str], typed: &str) -> String {
    let number: &[&str] = if args.contains(&"--questions") { &[] } else { &["--questions", "3"] };
    let done = place.feed(&[&["mock"], args, number].concat(), typed);
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""), "{done:?}");
    steady(&done.stdout)
}

/// The text with every answer taking no time.
fn steady(said: &str) -> String {
    let line = |line: &str| match line.split_once(" of 2:30.") {
        Some((time, rest)) if time.starts_with("0:") => format!("0:00 of 2:30.{rest}\n"),
        _ => format!("{line}\n"),
    };
    said.lines().map(line).collect()
}

/// What is asked, by the ids of the cards, when every question is answered.
fn asked(place: &Place, args: &[&str]) -> Vec<String> {
    let before = place.log().len();
    hold(place, args, &(answer("a", "3").repeat(3) + "\n\n"));
    scores(place).iter().skip(before).map(|row| row["card"].as_str().unwrap_or("-").to_owned()).collect()
}

/// The scores, in the order of asking.
fn scores(place: &Place) -> Vec<Value> {
    let mut log = place.log();
    log.retain(|row| row["kind"] == "mock");
    log.reverse();
    log
}

/// The prompts of the questions in what was said: what follows their headers.
fn prompts(said: &str) -> Vec<&str> {
    let lines: Vec<&str> = said.lines().collect();
    let header = |line: &str| line.ends_with(" of 3)") || line.ends_with(" of 5)") || line.starts_with("Question ");
    (1..lines.len()).filter(|&n| header(lines[n - 1])).map(|n| lines[n].trim()).collect()
}

#[test]
fn you_answer_each_competency_and_qualification_before_any_twice() {
    let place = application();
    place.write(
        "more.toml",
        "[[card]]\nid = \"second\"\nprompt = \"And who else?\"\nshows = [\"Leading People\"]\n\
         [[card]]\nid = \"fact\"\nkind = \"fact\"\nprompt = \"Leading?\"\nanswer = \"Yes\"\nshows = [\"Leading People\"]\n\
         [[card]]\nid = \"off\"\nprompt = \"Off?\"\nsuspended = true\nshows = [\"Achieving Results\"]\n\
         [[card]]\nid = \"first-round\"\nround = [1]\nprompt = \"First?\"\nshows = [\"Achieving Results\"]\n",
    );
    let mut orders = BTreeSet::new();
    for seed in 0..12 {
        let seed = seed.to_string();
        let said = hold(&place, &["--seed", &seed, "--questions", "5"], &all("1"));
        let asked = prompts(&said);
        assert_eq!(asked.len(), 5, "{said}");
        let about = |prompt: &str| {
            let of = [("change", 0), ("else", 0), ("money", 1), ("less", 1), ("sites", 2)];
            of.iter().find(|(word, _)| prompt.contains(word)).unwrap_or_else(|| panic!("{said}")).1
        };
        let mut first: Vec<i32> = asked[..3].iter().map(|prompt| about(prompt)).collect();
        // One competency has a second card; after that comes a general question.
        assert_eq!(about(asked[3]), 0, "{said}");
        assert!(["eading", "chieving", "running"].iter().any(|title| asked[4].contains(title)), "{said}");
        orders.insert(first.clone());
        first.sort_unstable();
        assert_eq!(first, [0, 1, 2], "{said}");
    }
    assert!(orders.len() > 2, "{orders:?}");
    // Another round.
    let first = hold(&place, &["--round", "1", "--questions", "99"], &all("1"));
    assert!(first.contains("  First?\n"), "{first}");
}

#[test]
fn the_same_seed_asks_the_same_and_another_day_asks_something_else() {
    let mut place = application();
    let first = asked(&place, &["--seed", "7"]);
    assert_eq!(first.len(), 3);
    for seed in ["7", "7", "8"] {
        let again = asked(&place, &["--seed", seed]);
        assert_eq!(again == first, seed == "7", "{seed}: {first:?} {again:?}");
    }
    assert_eq!(asked(&application(), &["--seed", "7"]), first);
    // Without a seed the day decides, on every machine.
    let questions = |place: &Place| hold(place, &[], "");
    let today = questions(&place);
    assert_eq!(questions(&application()), today);
    let days: BTreeSet<String> = (22..30).map(|day| questions(place.at(&format!("2026-11-{day}T08:00:00Z")))).collect();
    assert!(days.len() > 2, "{days:?}");
}

#[test]
fn the_panel_asks_by_name_and_title_and_is_thanked_at_the_end() {
    let place = application();
    let said = hold(&place, &["--panel"], &(answer("a", "").repeat(3) + "\n\n"));
    let names: Vec<&str> = said.lines().filter(|line| line.ends_with(" of 3)")).collect();
    let priya = "Priya Ramanathan, Chief Operating Officer";
    assert_eq!(names, [format!("{priya} (1 of 3)"), "Dana Wu (2 of 3)".into(), format!("{priya} (3 of 3)")], "{said}");
    let end = said.find("What questions do you have for us?").unwrap();
    let thanks = said.find("Thank them and say goodbye.\n  Priya Ramanathan, Dana Wu\n").unwrap();
    let card = said.find("Overall 5.0\n").unwrap();
    assert!(end < thanks && thanks < card, "{said}");
    // Nobody is known yet.
    place.write("northwind-2.toml", SECOND.split("[[interviewer]]").next().unwrap());
    let said = hold(&place, &["--panel", "--seed", "1"], &all("1"));
    for n in 1..=3 {
        assert!(said.contains(&format!("\nPanel member {n} ({n} of 3)\n")), "{said}");
    }
    assert!(said.contains("No `[[interviewer]]` is in northwind-2.toml. "), "{said}");
    assert!(hold(&place, &["--seed", "1"], "").contains("\nQuestion 1 of 3\n"));
}

#[test]
fn you_get_the_question_whose_story_they_have_not_heard() {
    let place = application();
    place.write(
        "union.toml",
        "[[card]]\nid = \"deal\"\nprompt = \"And a deal?\"\nshows = [\"Leading People\"]\nstories = [\"union\"]\n",
    );
    for seed in 0..8 {
        let said = hold(&place, &["--seed", &seed.to_string(), "--questions", "3"], &all("1"));
        assert!(said.contains("And a deal?") && !said.contains("a change they"), "{said}");
    }
    // They have heard both, and the first one is new again.
    place.write("northwind-1.toml", FIRST.replace("flood", "union"));
    let said = hold(&place, &["--seed", "1", "--questions", "3"], &all("1"));
    assert!(!said.contains("And a deal?") && said.contains("a change they"), "{said}");
    // A variant that was not met comes before one that was.
    assert_eq!(place.run(&["grade", "save-money", "4"]).code, Some(0));
    for seed in 0..4 {
        let said = hold(&place, &["--seed", &seed.to_string()], &all("1"));
        assert!(said.contains("What did you do with less?") && !said.contains("When did you save"), "{said}");
    }
}

#[test]
fn you_hear_a_question_once_take_a_note_have_it_repeated_and_answer_every_part() {
    let place = application();
    place.write(
        "northwind-2.toml",
        SECOND.replace("[\"Leading People\", \"Achieving Results\"]", "[\"Achieving Results\"]"),
    );
    let args = ["--listen", "--questions", "1", "--seed", "3"];
    // It may be the qualification's turn: only one question is asked.
    place.write("northwind-2.toml", place.read("northwind-2.toml").replace("qualifications", "values"));
    let typed = "n how much, given up\n\nr\n\nn 3 million\n\n\n1 3\n\n\n\n";
    let said = hold(&place, &args, typed);
    let prompt = said.lines().find(|line| line.contains("save money?") || line.contains("with less?")).unwrap();
    assert_eq!(said.matches(prompt).count(), 2, "{said}");
    assert!(said.contains("\n  Notes: how much, given up\n"), "{said}");
    assert!(said.contains("\n  Notes: how much, given up; 3 million\n"), "{said}");
    // Every part and point counts, and having it repeated costs nothing.
    assert!(said.contains("  1  how much\n  2  what you gave up\n  3  how you know\n"), "{said}");
    assert!(said.contains("Achieving Results, 1 to 5? Suggested: 3\n"), "{said}");
    assert!(!said.contains('\u{1b}'), "{said}");
    let rows = scores(&place);
    assert_eq!((&rows[0]["again"], &rows[0]["ticks"], &rows[0]["points"]), (&json!(1), &json!([1, 3]), &json!(3)));
    assert_eq!((&rows[0]["grade"], &rows[0]["proposed"], &rows[0]["of"]), (&json!(3), &json!(3), &Value::Null));
}

#[test]
fn they_ask_on_and_you_ask_them() {
    let place = application();
    let said = hold(&place, &["--seed", "1"], &(answer("1 2", "").repeat(3) + "\n\n"));
    for follow_up in ["Who was against it, and what did you say?", "Who paid for it?", "Which site was the worst?"] {
        assert!(said.contains(&format!("0:00 of 2:30. Follow-up: {follow_up}\n")), "{said}");
    }
    // One question of each kind; the fourth would be a second one about the role.
    let own = said.split("What questions do you have for us?\n").nth(1).unwrap();
    let own: Vec<&str> = own.lines().take(4).collect();
    let all = ["  What's the best thing about working here?", "  What concerns do you have about me at Northwind?"];
    assert!(
        all.iter().all(|question| own[..3].contains(question)) && own[3] == "Thank them and say goodbye.",
        "{said}"
    );
}

#[test]
fn a_scorecard_weighs_every_competency_the_same_and_shows_the_trend() {
    let mut place = application();
    let held = |place: &Place, scores: [&str; 3]| {
        let typed: String = scores.iter().map(|score| answer("1", score)).collect();
        hold(place, &["--seed", "5"], &(typed + "\n\n"))
    };
    let first = held(&place, ["2", "2", "5"]);
    assert!(first.ends_with("Overall 3.0\n") && !first.contains("before"), "{first}");
    let second = held(place.at("2026-11-23T08:00:00Z"), ["3", "4", "5"]);
    let third = held(place.at("2026-11-24T08:00:00Z"), ["4", "1", "5"]);
    let card = |said: &str| -> Vec<String> {
        let from = said.find("Thank them and say goodbye.\n\n").unwrap() + "Thank them and say goodbye.\n\n".len();
        said[from..].lines().map(str::to_owned).collect()
    };
    let titles: Vec<String> =
        card(&first)[..3].iter().map(|line| line.rsplit_once(' ').unwrap().0.to_owned()).collect();
    let expected = |scores: [&str; 3], overall: &str| -> Vec<String> {
        let rows = titles.iter().zip(scores).map(|(title, score)| format!("{title} {score}"));
        rows.chain([format!("Overall {overall}")]).collect()
    };
    assert_eq!(card(&second), expected(["3 (2 before)", "4 (2 before)", "5 (5 before)"], "4.0"));
    assert_eq!(card(&third), expected(["4 (2, 3 before)", "1 (2, 4 before)", "5 (5, 5 before)"], "3.3"));
    let mut sorted = titles.clone();
    sorted.sort();
    assert_eq!(sorted, ["Achieving Results", "Leading People", "running a network of depots"]);
}

#[test]
fn a_score_is_an_event_that_moves_no_card_and_can_be_undone() {
    let place = application();
    let seen = |place: &Place| [place.json(&["list"]), place.json(&["stats"]), place.json(&[])];
    let before = seen(&place);
    hold(&place, &["--seed", "1"], &(answer("1", "").repeat(3) + "\n\n"));
    let rows = scores(&place);
    assert_eq!((rows.len(), place.log().len()), (3, 3));
    let first = rows[0]["id"].as_str().unwrap();
    assert!(rows[1..].iter().all(|row| row["of"] == first), "{rows:#?}");
    let cards_asked: BTreeSet<&str> = rows.iter().map(|row| row["card"].as_str().unwrap()).collect();
    assert_eq!(cards_asked, BTreeSet::from(["depots", "lead-change", "save-money"]));
    // The competency is a digest of its title, and nothing of the interview's text is in the log.
    let digest = crate::events::derived("leading people").split_off(1);
    assert!(rows.iter().any(|row| row["competency"] == digest), "{rows:#?}");
    let log = place.read(".rehearse/local/log.jsonl");
    assert!(!log.to_lowercase().contains("leading") && !log.contains("Northwind"), "{log}");
    assert_eq!(seen(&place), before);
    let line = place.run(&["log", "--all"]).stdout;
    assert_eq!(line.matches(" mock ").count(), 3, "{line}");
    assert_eq!(place.run(&["log"]).stdout, "");
    // `undo` takes back reviews; a score is undone by its id.
    assert_eq!(place.run(&["undo"]).code, Some(2));
    let undone = place.run(&["undo", first]).stdout;
    assert!(undone.contains("in a mock interview"), "{undone}");
    assert_eq!(scores(&place).iter().filter(|row| row["void"] == true).count(), 1);
    let [undone, kept] = [0, 1].map(|n| place.run(&["why", rows[n]["card"].as_str().unwrap()]).stdout);
    assert!(undone.contains("mock 3") || undone.contains("mock 2"), "{undone}");
    assert!(
        undone.contains("no effect") && kept.contains("a score in a mock interview moves nothing"),
        "{undone}{kept}"
    );
    // The same from a database that is built from the log.
    let before = place.log();
    std::fs::remove_file(place.local().join("rehearse.db")).unwrap();
    assert_eq!(place.log(), before);
    place.run(&["doctor"]).success("");
}

#[test]
fn counted_answers_are_reviews_as_well() {
    let place = application();
    let said = hold(&place, &["--count", "--questions", "1", "--seed", "1"], &(answer("1", "4") + "\n\n"));
    let rows = scores(&place);
    let card = rows[0]["card"].as_str().unwrap();
    assert!(said.contains(&format!("\nsaved {card} grade 4, next 2026-11-23\n")), "{said}");
    let review = place.log().into_iter().find(|row| row["kind"] == "review").unwrap();
    assert_eq!((&review["card"], &review["grade"], &review["ticks"]), (&json!(card), &json!(4), &json!([1])));
    assert_eq!(place.card(card)["reviews"], 1);
    place.run(&["doctor"]).success("");
}

#[test]
fn what_was_entered_is_kept_and_the_same_day_goes_on() {
    let mut place = application();
    let first = hold(&place, &[], &(answer("1", "2") + "\n\nq\n"));
    let stopped = "Stopped: 1 of 3 questions has a score, which is saved. Run the same command today to continue.\n";
    assert!(first.ends_with(stopped), "{first}");
    let second = hold(&place, &[], &(answer("1", "3").repeat(2) + "\n\n"));
    let goes_on =
        "This continues today's mock interview for Northwind, VP Engineering: 2 of 3 questions have no score yet. ";
    assert!(second.starts_with(goes_on), "{second}");
    assert!(second.contains(" (2 of 3)\n") && !second.contains(" (1 of 3)\n") && second.contains("Overall 2.7\n"));
    let rows = scores(&place);
    assert_eq!((rows.len(), &rows[1]["of"], &rows[2]["of"]), (3, &rows[0]["id"], &rows[0]["id"]));
    // It is complete: the next one is new. A question whose score is undone is asked again.
    let third = hold(&place, &[], &(answer("1", "5").repeat(2) + "q\n"));
    assert!(third.starts_with("Mock interview for Northwind, VP Engineering: 3 questions in 45 minutes. "), "{third}");
    assert_eq!(place.run(&["undo", scores(&place)[3]["id"].as_str().unwrap()]).code, Some(0));
    let fourth = hold(&place, &[], &answer("1", "5"));
    assert!(
        fourth.starts_with("This continues") && fourth.contains(": 2 of 3 questions have no score yet."),
        "{fourth}"
    );
    assert!(fourth.contains(" (1 of 3)\n") && !fourth.contains(" (2 of 3)\n"), "{fourth}");
    // The next day starts again.
    assert!(hold(place.at("2026-11-23T08:00:00Z"), &[], "").starts_with("Mock interview"));
    let nothing = "Stopped: nothing has a score yet.\n";
    assert!(hold(&place, &["--seed", "9"], "").ends_with(nothing));
    assert!(place.run(&["mock", "--interview", "northwin-2"]).stderr.contains("did you mean `northwind-2`?"));
    assert_eq!(place.run(&["mock", "--json"]).code, Some(2));
}

#[test]
fn what_cannot_be_read_is_asked_for_again() {
    let place = application();
    // At the answer, the follow-up, the ticks, and the score, for which under half was covered.
    let typed = "what\n?\n\n?\n\nx\n\n9\n?\n0\n0\n6\n?\nx\n2\nq\n";
    let said = hold(&place, &["--seed", "1"], typed);
    for expected in [
        "Answer out loud, then press Enter. (? for help)\n",
        "Answer out loud, then press Enter. `q` quits; what you entered stays saved.\n",
        "Answer out loud, then press Enter. Nobody scores this one. `q` quits; ",
        "Type the numbers of what you covered, `a` for all, or `0` for none. (? for help)\n",
        "Type a number from 1 to 5, or press Enter to accept 1. (? for help)\n",
        "Type a number from 1 to 5, or press Enter to accept 1. 1 means that nothing came, ",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    // The ticks come where the follow-up waits for Enter.
    let early = hold(&place, &["--seed", "2"], "\n1\n2\nq\n");
    assert!(early.contains(", 1 to 5? Suggested: "), "{early}");
    assert_eq!(scores(&place).iter().map(|row| row["grade"].clone()).collect::<Vec<_>>(), [json!(2), json!(2)]);
}

#[test]
fn everything_works_with_nothing_known() {
    let place = Place::with_deck("");
    std::fs::remove_file(place.path().join("deck.toml")).unwrap();
    let said = hold(&place, &["--questions", "5"], &("\n3\n".repeat(5) + "\n\n"));
    let expected = [
        "Mock interview: 5 questions in 45 minutes. Answer out loud, then press Enter. (? for help, q to quit)\n",
        "No interview is coming up, so these questions fit any. Run `rehearse interview add` to add yours.\n",
        "There are no cards, so these are general questions. Run `rehearse init` to add starter decks.\n",
        "\nQuestion 5 of 5\n",
        "\nThis answer, 1 to 5?\n",
        "What questions do you have for us?\n  What would you like to see done in the first six months?\n",
        "Thank them and say goodbye.\n\nOverall 3.0\n",
        "You have no stories yet. Run `rehearse add --story stories.toml` to write one.\n",
        "No question of your own is in scope. Run `rehearse add --kind ask` to write down what you want to ask.\n",
    ];
    for expected in expected {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    assert!(scores(&place).iter().all(|row| row["card"].is_null() && row["competency"].is_null()));
    // An interview that names nothing, and one that names a competency for which there is no card.
    place.write("i.toml", "[interview]\ndate = 2026-12-09\n");
    let said = hold(&place, &[], "");
    assert!(said.contains("`competencies` and `qualifications` are missing in i.toml. "), "{said}");
    assert!(said.contains(
        "No card is in scope, so these are general questions. See `decks`, `tags`, and `round` in i.toml.\n"
    ));
    place.write("i.toml", "[interview]\ndate = 2026-12-09\ncompetencies = [\"Grit\", \"Calm\"]\n");
    place.write("deck.toml", "[[card]]\nprompt = \"P\"\nshows = [\"Calm\"]\n");
    let said = hold(&place, &["--questions", "2"], "\n3\n\n4\n\n\n");
    assert!(said.contains("No card is left for Grit. Run `rehearse add` to write one; "), "{said}");
    assert!(said.contains("Grit 3\n") || said.contains("Grit 4\n"), "{said}");
}

#[test]
fn the_minutes_end_it() {
    // The first answer took nearly two minutes, on another machine.
    let place = application();
    hold(&place, &[], &answer("1", "2"));
    let row = scores(&place).remove(0);
    let (card, digest) = (row["card"].as_str().unwrap(), row["competency"].as_str().unwrap());
    let body = format!("\"k\":\"mock\",\"c\":\"{card}\",\"g\":3,\"ms\":119999,\"q\":\"{digest}\"");
    let elsewhere = Event::new("bbbbbbbb", 1, at(unix_ms("2026-11-22T07:00:00Z")), &body);
    let place = application();
    place.write(".rehearse/journal/bbbbbbbb/2026-11.jsonl", lines([&elsewhere]));
    let mut child =
        place.command(&["mock", "--questions", "3", "--minutes", "2"]).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut said = String::new();
    while !said.contains(" (2 of 3)\n") && stdout.read_line(&mut said).unwrap() > 0 {}
    // The millisecond that is left passes.
    std::thread::sleep(Duration::from_millis(5));
    stdin.write_all(answer("1", "4").as_bytes()).unwrap();
    drop(stdin);
    stdout.read_to_string(&mut said).unwrap();
    child.wait().unwrap();
    assert!(said.starts_with("This continues today's mock interview for Northwind, VP Engineering: 2 of 3 "), "{said}");
    assert!(said.contains("\nThe 2 minutes are up. 1 question was not asked.\n\nWhat questions do you have"), "{said}");
    assert!(said.contains("\nOverall 3.5\n") && !said.contains("(3 of 3)"), "{said}");
    // With the time used up it is complete.
    let next = hold(&place, &["--minutes", "1"], "");
    assert!(next.starts_with("Mock interview for"), "{next}");
    assert!(hold(&place, &["--minutes", "3"], "").starts_with("This continues"));
}

/// What is kept of a score, without times and ids.
fn kept(place: &Place) -> Vec<Value> {
    let keys = ["kind", "card", "grade", "proposed", "ticks", "points", "competency", "again"];
    let mut log = place.log();
    log.reverse();
    let first = log.iter().find(|row| row["kind"] == "mock").map(|row| row["id"].clone());
    let row = |row: &Value| {
        let mut kept: BTreeMap<&str, Value> = keys.iter().map(|key| (*key, row[key].clone())).collect();
        kept.insert("first", json!(row["of"].is_null()));
        assert!(row["of"].is_null() || Some(&row["of"]) == first.as_ref(), "{row}");
        json!(kept)
    };
    log.iter().map(row).collect()
}

/// Starts a mock interview, types some lines, and kills it so long after that. Returns what it said.
fn killed(place: &Place, args: &[&str], typed: &str, delay: Duration) -> String {
    let mut child = place.command(args).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(typed.as_bytes()).unwrap();
    std::thread::sleep(delay);
    child.kill().unwrap();
    let mut said = String::new();
    child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
    child.wait().unwrap();
    said
}

#[test]
fn a_killed_mock_interview_loses_nothing_and_ends_as_if_it_had_not_been_killed() {
    // Each question with its lines: a repeat, a note, ticks, and a score of its own.
    let questions: Vec<String> =
        ["1", "1 2", "a"].iter().enumerate().map(|(n, ticks)| format!("r\n\n\nn x\n\n{ticks}\n{}\n", n + 2)).collect();
    with_seeds(4, |seed| {
        let mut random = StdRng::seed_from_u64(seed);
        let args: &[&str] = if seed % 2 == 0 {
            &["mock", "--listen", "--questions", "3"]
        } else {
            &["mock", "--listen", "--questions", "3", "--count", "--panel"]
        };
        let whole = application();
        assert_eq!(whole.feed(args, questions.concat() + "\n\n").code, Some(0));
        let expected = kept(&whole);
        assert!(expected.len() >= 3);
        let place = application();
        for _ in 0..40 {
            let done = scores(&place).len();
            if done == questions.len() {
                break;
            }
            let rest: String = questions[done..].concat();
            let lines: Vec<&str> = rest.lines().collect();
            let typed: String =
                lines[..random.random_range(0..=lines.len())].iter().map(|line| format!("{line}\n")).collect();
            let said = killed(&place, args, &typed, Duration::from_micros(random.random_range(0..60_000)));
            // The header of a question comes after the score of the one before is safe.
            let shown = (1..=questions.len()).rev().find(|n| said.contains(&format!("({n} of 3)"))).unwrap_or(0);
            assert!(scores(&place).len() + 1 >= shown, "{said}");
            assert!(scores(&place).len() >= done);
        }
        let done = scores(&place).len();
        if done < questions.len() {
            assert_eq!(place.feed(args, questions[done..].concat() + "\n\n").code, Some(0));
        }
        assert_eq!(kept(&place), expected);
        place.run(&["doctor"]).success("");
    });
}

#[test]
fn two_machines_show_the_same_trend_after_a_sync() {
    let (hub, first) = (tempfile::TempDir::new().unwrap(), application());
    let url = hub.path().join("hub.git").to_str().unwrap().to_owned();
    first.git(&["init", "--quiet", "--bare", "--initial-branch=main", &url]);
    first.git(&["init", "--quiet", "--initial-branch=main"]);
    first.git(&["add", "--all"]);
    first.git(&["commit", "--quiet", "--message", "decks"]);
    first.git(&["remote", "add", "origin", &url]);
    first.git(&["push", "--quiet", "--set-upstream", "origin", "main"]);
    let second = Place::empty();
    second.git(&["clone", "--quiet", &url, "."]);
    let mut places = [first, second];
    let held =
        |place: &Place, score: &str| hold(place, &["--seed", "5", "--questions", "1"], &(answer("1", score) + "\n\n"));
    for (n, (place, score)) in [(0, "2"), (1, "3")].into_iter().enumerate() {
        held(places[place].at(&format!("2026-11-2{}T08:00:00Z", n + 3)), score);
    }
    for place in [0, 1, 0] {
        let done: Done = places[place].run(&["sync"]);
        assert_eq!(done.code, Some(0), "{done:?}");
    }
    let lines: Vec<String> = places
        .iter_mut()
        .map(|place| {
            let said = held(place.at("2026-11-25T08:00:00Z"), "4");
            said.lines().find(|line| line.contains("before)")).unwrap_or_else(|| panic!("{said}")).to_owned()
        })
        .collect();
    assert_eq!(lines[0], lines[1]);
    assert!(lines[0].ends_with(" 4 (2, 3 before)"), "{lines:?}");
}

/// What is shown of a whole mock interview before a panel, without what is typed.
const TRANSCRIPT: &str = "Mock interview for Northwind, VP Engineering: 3 questions in 45 minutes. Answer out loud, then press Enter. (? for help, q to quit)

Priya Ramanathan, Chief Operating Officer (1 of 3)
  Tell me about a time you led people through a change they didn't want.
0:00 of 2:30. Follow-up: Who was against it, and what did you say?
Which of these did you cover? (numbers, `a` for all, `0` for none)
  1  who had to change
  2  why they were against it
  3  what you said to them
  4  what changed, in numbers
Leading People, 1 to 5? Suggested: 3

Dana Wu (2 of 3)
  How have you run several sites at once?
0:00 of 2:30. Follow-up: Which site was the worst?
Which of these did you cover? (numbers, `a` for all, `0` for none)
  1  how many sites
  2  how you compared them
running a network of depots, 1 to 5? Suggested: 5

Priya Ramanathan, Chief Operating Officer (3 of 3)
  What did you do with less?
0:00 of 2:30. Follow-up: Who paid for it?
Which of these did you cover? (numbers, `a` for all, `0` for none)
  1  how much
  2  what you gave up
  3  how you know
Achieving Results, 1 to 5? Suggested: 1

What questions do you have for us?
  What's the best thing about working here?
  What concerns do you have about me at Northwind?
  What does the team hope for?
Thank them and say goodbye.
  Priya Ramanathan, Dana Wu

Leading People 3
running a network of depots 5
Achieving Results 2
Overall 3.3
";
/// What is typed there: an answer with a point missing, one with everything, and one with nothing, scored otherwise.
const TYPED: &str = "\n\n1 2\n\n\n\na\n\n\n\n0\n2\n\n\n";

#[test]
fn a_transcript_in_a_pipe() {
    assert_eq!(hold(&application(), &["--panel", "--seed", "1"], TYPED), TRANSCRIPT);
}

#[cfg(target_os = "linux")]
#[test]
fn a_transcript_on_a_terminal_of_80_columns() {
    let place = application();
    let command = "stty cols 80 rows 40; rehearse mock --color never --panel --questions 3 --seed 1";
    let Some(said) = on_terminal(place.path(), command, TYPED) else { return };
    let said = steady(&said);
    assert!(said.lines().all(|line| line.chars().count() <= 80), "{said}");
    assert!(!said.contains('\u{1b}'), "{said:?}");
    // Without what was typed and without line breaks it is what a pipe gets.
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>().join(" ");
    let shown: String = said.lines().filter(|line| !line.starts_with('>')).map(|line| format!("{line}\n")).collect();
    assert_eq!(words(&shown), words(TRANSCRIPT), "{said}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_question_is_cleared_where_the_terminal_can_do_that() {
    for (term, clears) in [("xterm", true), ("dumb", false)] {
        let place = application();
        let command = "stty cols 80 rows 40; rehearse mock --color never --listen --questions 1 --seed 1";
        let Some(mut terminal) = OnTerminal::start(place.path(), term, command) else { return };
        for (n, line) in ["n numbers", "", "", "", "1", "", "", ""].iter().enumerate() {
            terminal.wait_for(if clears { "\u{1b}[?2004h" } else { "> " }, n + 1);
            terminal.type_in(format!("{line}\r"));
        }
        let said = terminal.rest();
        // The question, the line with the note, what it said of it, and the line that clears: four rows. The notes come back.
        let cleared = "\u{1b}[4A\r\u{1b}[J  Notes: numbers\n";
        assert_eq!(said.contains(cleared), clears, "{term}: {said:?}");
        assert!(said.contains("Overall "), "{term}: {said:?}");
        assert_eq!(said.contains('\u{1b}'), clears, "{said:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_interrupt_leaves_what_was_scored() {
    let place = application();
    let command = "stty cols 80 rows 40; rehearse mock --color never --questions 3; echo \"code $?\"";
    let Some(mut terminal) = OnTerminal::start(place.path(), "xterm", command) else { return };
    let prompt = "\u{1b}[?2004h";
    for (n, line) in ["", "", "1", "2"].iter().enumerate() {
        terminal.wait_for(prompt, n + 1);
        terminal.type_in(format!("{line}\r"));
    }
    terminal.wait_for(prompt, 5);
    terminal.type_in("\u{3}");
    terminal.wait_for("code ", 1);
    let said = terminal.rest();
    assert!(said.contains("Interrupted. What was saved stays saved.\n"), "{said:?}");
    assert!(said.contains("code 130\n") && scores(&place).len() == 1, "{said:?}");
}
