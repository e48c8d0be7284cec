//! What a session does beyond asking and grading.

use rehearsal::clock::Instant;
use rehearsal::deck::CardId;
use rehearsal::history::{Body, Device, Review, render, seal};
use rehearsal::schedule::Grade;
use serde_json::{Value, json};

use crate::support::Place;

const WHY: &str = "[[card]]\nid = \"why\"\nprompt = \"Why here?\"\nvariants = [\"Why not there?\"]\n\
                   followups = [\"Why now?\", \"Why you at {company}?\"]\n";

/// What a session in JSON lines said.
fn talk(place: &Place, args: &[&str], input: &str) -> Vec<Value> {
    let done = place.feed(&[&["review", "--format", "jsonl"], args].concat(), input);
    assert_eq!(done.code, Some(0), "{done:?}");
    done.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The events of one kind.
fn events<'a>(said: &'a [Value], event: &str) -> Vec<&'a Value> {
    said.iter().filter(|value| value["event"] == event).collect()
}

#[test]
fn after_a_good_answer_they_ask_on() {
    let mut place = Place::with_deck(WHY);
    let said = "1 deck, 1 card. 1 now, about 2 minutes. Answer aloud, then press Enter. (? help, q quit)

[1/1] deck · open · 2:00
  Why here?
0:00 of 2:00.
How did it go? 0-5 (? what they mean)
saved why grade 4, next 2026-11-23
They ask on:
  Why now?

1 of 1 answer.
";
    let done = place.feed(&["review", "--quiet"], "\n4\n");
    assert_eq!(done.stdout, said);
    place.at("2026-11-23T08:00:00Z");
    let said = talk(&place, &[], "{\"grade\":5}\n");
    let names: Vec<&Value> = said.iter().map(|value| &value["event"]).collect();
    assert_eq!(names, ["card", "saved", "followup", "end"]);
    assert_eq!(said[0]["prompt"], "Why not there?");
    assert_eq!(said[2], json!({ "event": "followup", "id": "why", "text": "Why you at the company?" }));
    place.at("2026-11-29T08:00:00Z");
    assert!(events(&talk(&place, &[], "{\"grade\":3}\n{\"action\":\"quit\"}\n"), "followup").is_empty());
}

#[test]
fn every_machine_asks_the_same_whatever_came_first() {
    // The same three journals, taken in one after the other in every order.
    let journal = |device: &str, days: &[(i64, u8)]| {
        let line = |(seq, (day, grade)): (i64, &(i64, u8))| {
            let at = Instant::new(1_793_520_000_000 + day * 86_400_000, 0).unwrap();
            let review = Review::new(CardId::parse("why").unwrap(), Grade::new(*grade).unwrap());
            render(&seal(Device::parse(device).unwrap(), seq, at, None, Body::Review(review))) + "\n"
        };
        (1..).zip(days).map(line).collect::<String>()
    };
    let journals = [
        ("aaaaaaaa", journal("aaaaaaaa", &[(0, 4), (9, 2)])),
        ("bbbbbbbb", journal("bbbbbbbb", &[(1, 5), (3, 4)])),
        ("cccccccc", journal("cccccccc", &[(2, 1)])),
    ];
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let place = Place::with_deck(WHY);
        for n in order {
            let (device, lines) = &journals[n];
            place.write(&format!(".rehearse/journal/{device}/2026-11.jsonl"), lines);
            place.run(&["list"]);
        }
        let said = talk(&place, &["--ahead"], "{\"grade\":4}\n");
        let asked = (&events(&said, "card")[0]["prompt"], &events(&said, "followup")[0]["text"]);
        // Five reviews, of which three were good.
        assert_eq!(asked, (&json!("Why not there?"), &json!("Why you at the company?")), "{order:?}");
    }
}

#[test]
fn a_card_is_ready_after_three_good_answers_and_every_variant() {
    let mut place = Place::with_deck(WHY);
    place.write("more.toml", "[[card]]\nid = \"other\"\nprompt = \"Other?\"\ntags = [\"core\"]\nround = [1]\n");
    place.write("late.toml", "[[card]]\nid = \"late\"\nprompt = \"Late?\"\nsuspended = true\n");
    place.write(
        "jobs/a.toml",
        "[interview]\ndate = 2026-12-09\nround = 2\n[[card]]\nid = \"own\"\nprompt = \"Own?\"\nround = [1]\n",
    );
    place.write("jobs/b.toml", "[interview]\ndate = 2026-12-01\ntags = [\"core\"]\ndecks = [\"deck.toml\"]\n");
    place.write("jobs/past.toml", "[interview]\ndate = 2026-10-01\n");
    for grade in ["4", "5"] {
        assert_eq!(place.run(&["grade", "why", grade]).code, Some(0));
    }
    assert_eq!(place.card("why")["ready"], false);
    assert!(
        place.run(&["show", "why"]).stdout.contains("\nNot ready: 2 of 3 good answers in a row, 2 of 2 prompts met\n")
    );
    place.at("2026-11-23T08:00:00Z").run(&["grade", "why", "4"]);
    assert_eq!((&place.card("why")["ready"], &place.card("own")["ready"]), (&json!(true), &json!(false)));
    assert!(
        place
            .run(&["show", "why"])
            .stdout
            .contains("\nReady: the last 3 answers were good, and every variant is met\n")
    );
    let list = place.run(&["list"]).stdout;
    assert!(
        list.contains("learned   2026-11-29* Why here?\n") && list.contains("new       -           Own?\n"),
        "{list}"
    );
    assert_eq!(place.json(&["stats"])["ready"], 1);
    let stats = place.run(&["stats"]).stdout;
    assert!(stats.contains("Cards: 2 new, 1 learned and 1 suspended; 1 ready.\n"), "{stats}");
    let due = place.json(&["due"]);
    let scopes: Vec<_> = due["interviews"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["id"].clone(), row["cards"].clone(), row["ready"].clone()))
        .collect();
    // Of the later one every card whose round fits, and its own; what is suspended counts for none.
    assert_eq!(scopes, [(json!("b"), json!(2), json!(1)), (json!("a"), json!(2), json!(1))]);
    // A variant written later is to be met, and a bad answer begins anew.
    place.write("deck.toml", WHY.replace("\"Why not there?\"", "\"1?\", \"2?\", \"3?\""));
    assert_eq!(place.card("why")["ready"], false);
    place.run(&["grade", "why", "4"]);
    assert_eq!(place.card("why")["ready"], true);
    place.run(&["grade", "why", "3"]);
    assert_eq!(place.card("why")["ready"], false);
    place.run(&["undo"]);
    assert_eq!(place.card("why")["ready"], true);
}

#[test]
fn a_partner_sees_the_whole_sheet_and_ticks() {
    let deck = format!("{WHY}points = [\"them\", \"me\"]\nanswer = \"Because.\"\nnote = \"Short.\"\n");
    let place = Place::with_deck(&deck);
    let said = "1 deck, 1 card. 1 now, about 2 minutes. Answer aloud; your listener types the numbers of what you said; a for \
                all, 0 for none. (? help, q quit)

[1/1] deck · open · 2:00
  Why here?
To tick (1; a all, 0 none):
  1  them
  2  me
A model answer:
  Because.
Note:
  Short.
To ask on:
  Why now?
  Why you at the company?
0:00 of 2:00.
Every point, inside the time: grade 5. Enter accepts, or 0-5
saved why grade 5, next 2026-11-23

1 of 1 answer.
";
    let done = place.feed(&["review", "--partner", "--quiet"], "a\n\n");
    assert_eq!((done.stdout.as_str(), done.code), (said, Some(0)), "{done:?}");
    let sheet = json!({ "event": "sheet", "id": "why", "points": ["them", "me"], "answer": "Because.", "note": "Short.",
                        "source": null, "followups": ["Why now?", "Why you at the company?"] });
    assert_eq!(talk(&place, &["--partner", "--cram"], "{\"grade\":4}\n")[1], sheet);
    assert_eq!(place.run(&["review", "--partner", "--type"]).code, Some(2));
}

#[test]
fn a_competency_is_named_first_and_counted() {
    let mut place = Place::with_deck(&format!(
        "{WHY}shows = [\"Leading People\"]\ntags = [\"core\"]\n[[card]]\nid = \"bare\"\nprompt = \"Bare?\"\n"
    ));
    place
        .write("job.toml", "[interview]\ndate = 2026-12-09\ncompetencies = [\"Leading People\", \"Leading Change\"]\n");
    let done = place.feed(&["review", "--spot", "--quiet"], "lead peo\n\n4\n\n3\nq\n");
    let wanted = "  Why here?
Name the competency behind the question, then press Enter.
Right:
  Leading People
0:00 of 2:00.
";
    assert!(done.stdout.contains(wanted) && done.stdout.contains("\nsaved bare grade 3"), "{}", done.stdout);
    place.at("2026-11-23T08:00:00Z");
    let said = talk(&place, &["--spot", "--tag", "core"], "{\"spot\":\"leading\"}\n{\"grade\":4}\n");
    assert_eq!(*events(&said, "spot")[0], json!({ "event": "spot", "id": "why" }), "{said:?}");
    let log = place.log();
    let named: Vec<&Value> = log.iter().filter(|row| row["kind"] == "review").map(|row| &row["spot"]).collect();
    let spotted = json!({ "event": "spotted", "id": "why", "right": false, "shows": ["Leading People"] });
    assert_eq!(*events(&said, "spotted")[0], spotted);
    assert_eq!(named, [&json!(false), &json!(null), &json!(true)]);
    // The log says it, and a database built anew from it does, too.
    let lines = std::fs::read_to_string(place.local().join("log.jsonl")).unwrap();
    let count = |right: bool| lines.matches(&format!(",\"spot\":{right},\"x\"")).count();
    assert_eq!((count(true), count(false)), (1, 1), "{lines}");
    std::fs::remove_file(place.local().join("rehearse.db")).unwrap();
    assert_eq!(place.json(&["stats"])["spotted"], json!({ "right": 1, "of": 2 }));
    assert!(place.run(&["stats"]).stdout.contains("\nCompetencies named rightly: 1 of 2.\n"));
}

#[test]
fn stories_that_fit_are_named_after_the_answer() {
    let story = |id: &str, title: &str| {
        format!("[[story]]\nid = \"{id}\"\ntitle = \"{title}\"\nresult = \"Dry.\"\nshows = [\"People\"]\n")
    };
    let stories = [("flood", "The flood"), ("move", "The move"), ("merger", "The merger"), ("late", "Late ships")];
    let place = Place::with_deck("[[card]]\nid = \"lead\"\nprompt = \"Whom did you lead?\"\nshows = [\"people\"]\n");
    place.write("stories.toml", stories.map(|(id, title)| story(id, title)).concat());
    place.write("after.toml", "[debrief]\ninterview = \"job\"\n[[told]]\nstory = \"move\"\n[[told]]\nstory = \"move\"\n[[told]]\nstory = \"late\"\n");
    place.write("job.toml", "[interview]\ncompany = \"Northwind\"\n");
    place.run(&["grade", "merger", "4"]);
    place.run(&["grade", "late", "4"]);
    let said = place.feed(&["review", "deck", "--quiet"], "\n4\n").stdout;
    let line = "\n  Stories that fit: The flood (never told), The merger (told once), Late ships (told 2 times)\n";
    assert!(said.contains(line), "{said}");
    let said = talk(&place, &["deck", "--cram"], "{\"answer\":\"mine\"}\n{\"grade\":4}\n");
    let first = json!({ "id": "flood", "title": "The flood", "told": 0 });
    assert_eq!(events(&said, "stories")[0]["stories"][0], first, "{said:?}");
}

#[test]
fn the_coach_asks_after_a_typed_answer_what_is_not_switched_off() {
    let deck = |deck: &str, card: &str| {
        format!(
            "[deck]\nkind = \"motive\"\n{deck}[[card]]\nid = \"leave\"\nprompt = \"Why do you leave?\"\n\
             points = [\"what I move to\"]\nanswer = \"Because.\"\n{card}"
        )
    };
    let answer = "My old boss never listened to anybody, and I am fed up. With you I would build again.";
    let place = Place::with_deck(&deck("", ""));
    place.write("job.toml", "[interview]\ncompany = \"Northwind\"\ndate = 2026-12-09\n");
    let said = "A model answer:
  Because.
The coach asks:
  fail  blame        \"My old boss never listened\": how would they tell it? Say what you learned, or what you move to
  warn  escape-from  \"fed up\": what do you want to get to?
  warn  no-company   I did not hear \"Northwind\". Where would it fit?
What the coach heard may sour a listener: grade 2. Enter accepts, or 0-5
saved leave grade 4, next 2026-11-23
";
    let done = place.feed(&["review", "--type"], format!("{answer}\na\n4\n"));
    assert!(done.stdout.contains(said), "{done:?}");
    let log = place.log();
    assert_eq!((&log[0]["proposed"], &log[0]["grade"]), (&json!(2), &json!(4)));
    let bias = &place.json(&["stats"])["bias"];
    assert_eq!(bias["mean"], json!(2.0), "{bias}");

    let rules = |place: &Place| -> Vec<String> {
        let said = talk(place, &["--cram"], &format!("{}\n", json!({ "answer": answer, "ticks": [1] })));
        assert_eq!((&said[1]["event"], &said[2]["event"]), (&json!("revealed"), &json!("coach")), "{said:?}");
        assert_eq!((&said[2]["id"], &said[2]["words"], &said[2]["seconds"]), (&json!("leave"), &json!(18), &json!(7)));
        let blame = said[2]["findings"].as_array().unwrap().iter().any(|finding| finding["severity"] == "fail");
        assert_eq!(said[1]["proposed"], if blame { 2 } else { 4 });
        said[2]["findings"].as_array().unwrap().iter().map(|row| row["rule"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(rules(&place), ["blame", "escape-from", "no-company"]);
    for (shared, of_deck, of_card) in
        [("", "", "off = [\"blame\"]\n"), ("", "off = [\"blame\"]\n", ""), ("[coach]\noff = [\"blame\"]\n", "", "")]
    {
        place.write("rehearse.toml", shared);
        place.write("deck.toml", deck(of_deck, of_card));
        assert_eq!(rules(&place), ["escape-from", "no-company"], "{shared}{of_deck}{of_card}");
    }
    // Phrases of one's own count, and what is wrong with the settings is said.
    place
        .write("rehearse.toml", "[coach]\nphrases = [\"mine.txt\", \"gone.txt\"]\noff = [\"blame\", \"no-company\"]\n");
    place.write("mine.txt", "[escape-from]\nbuild again\n");
    let done = place.feed(&["review", "--type", "--cram"], format!("{answer}\na\n4\n"));
    assert!(done.stdout.contains("\"fed up\", \"build again\": what"), "{done:?}");
    assert!(done.stderr.contains("no file `gone.txt`"), "{done:?}");
    // Nobody hears what is spoken.
    let done = place.feed(&["review", "--cram"], "\na\n4\n");
    assert!(!done.stdout.contains("coach") && done.stderr.is_empty(), "{done:?}");
}
