//! What a session does beyond asking and grading.

use serde_json::{Value, json};

use crate::events::{Event, at, review};
use crate::support::Place;

const WHY: &str = "[[card]]\nid = \"why\"\nprompt = \"Why here?\"\nvariants = [\"Why not there?\"]\n\
                   followups = [\"Why now?\", \"Why you at {company}?\"]\n";

/// Runs a session in JSON lines and returns its events.
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
fn json_means_json_lines_in_a_session() {
    let place = Place::with_deck(WHY);
    let lines = place.feed(&["review", "--cram", "--format", "jsonl"], "{\"action\":\"skip\"}\n");
    assert!(lines.stdout.starts_with("{\"event\":\"card\""), "{lines:?}");
    assert_eq!(place.feed(&["review", "--cram", "--json"], "{\"action\":\"skip\"}\n"), lines);
    let help = "help: a program sends what it wrote: `{\"answer\":\"…\"}`\n";
    let error = format!("error: `--edit` does not go with `--json`\n{help}");
    place.run(&["review", "--edit", "--json"]).ended(2, "", &error);
}

#[test]
fn an_empty_session_says_why() {
    let mut place = Place::with_deck(&format!("{WHY}[[card]]\nid = \"b\"\nprompt = \"B?\"\n"));
    let ended = |place: &Place, args: &[&str], said: &str| {
        place.feed(&[&["review"], args].concat(), "").success(&format!("{said}\n"));
    };
    ended(&place, &["--limit", "0"], "A limit of 0 leaves nothing to ask.");
    ended(&place, &["--cram", "--limit", "0"], "A limit of 0 leaves nothing to ask.");
    ended(&place, &["--new", "0"], "Nothing is due but new cards, which `--new 0` leaves out.");
    ended(&place, &["--tag", "none", "--new", "0"], "Nothing of that is due; other cards are: `rehearse review`.");
    assert_eq!(place.run(&["grade", "b", "4"]).code, Some(0));
    assert_eq!(place.run(&["grade", "why", "4"]).code, Some(0));
    place.at("2026-11-29T08:00:00Z");
    place.write("rehearse.toml", "[review]\nmax_per_day = 1\n");
    assert_eq!(place.run(&["grade", "b", "4"]).code, Some(0));
    let done = "`max_per_day` is 1, and that is done. 1 card is due still; `rehearse review --limit 5` asks more.";
    ended(&place, &[], done);
    place.run(&["due"]).success(&format!("{done}\n"));
    place.run(&[]).success(&format!("1 deck, 2 cards.\n{done}\n"));
    assert!(place.feed(&["review", "--limit", "5"], "").stdout.contains("[1/1]"));
}

#[test]
fn a_good_answer_gets_a_follow_up() {
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
fn the_order_of_received_journals_does_not_matter() {
    // The same three journals, ingested in different orders.
    let journal = |device: &str, days: &[(i64, u8)]| {
        let line = |(seq, (day, grade)): (i64, &(i64, u8))| {
            let at = at(1_793_520_000_000 + day * 86_400_000);
            Event::new(device, seq, at, &review("why", *grade)).line + "\n"
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
        // Five reviews, three of them good.
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
        list.contains("learned   2026-11-27* Why here?\n") && list.contains("new       -           Own?\n"),
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
    // The later interview has every card whose round fits. Suspended cards count for neither.
    assert_eq!(scopes, [(json!("b"), json!(2), json!(1)), (json!("a"), json!(1), json!(1))]);
    // A new variant has to be met, and a bad answer restarts the streak.
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
Now your answer.
0:00 of 2:00.
";
    assert!(done.stdout.contains(wanted) && done.stdout.contains("\nsaved bare grade 3"), "{}", done.stdout);
    place.at("2026-11-23T08:00:00Z");
    let said = talk(&place, &["--spot", "--tag", "core"], "{\"spot\":\"leading\"}\n{\"grade\":4}\n");
    assert_eq!(*events(&said, "spot")[0], json!({ "event": "spot", "id": "why" }), "{said:?}");
    // A beginning that fits two competencies of the interview is ambiguous, also if they come from a list.
    for (list, right) in [("ses-classic", false), ("ses-2025", true)] {
        place.write("job.toml", format!("[interview]\ndate = 2026-12-09\ncompetencies = \"{list}\"\n"));
        let said = talk(&place, &["--spot", "--cram", "--tag", "core"], "{\"spot\":\"leading\"}\n");
        assert_eq!(events(&said, "spotted")[0]["right"], right, "{list}");
    }
    let log = place.log();
    let named: Vec<&Value> = log.iter().filter(|row| row["kind"] == "review").map(|row| &row["spot"]).collect();
    let spotted = json!({ "event": "spotted", "id": "why", "right": false, "shows": ["Leading People"] });
    assert_eq!(*events(&said, "spotted")[0], spotted);
    assert_eq!(named, [&json!(false), &json!(null), &json!(true)]);
    // It is in the log, so a rebuilt database has it, too.
    let lines = std::fs::read_to_string(place.local().join("log.jsonl")).unwrap();
    let count = |right: bool| lines.matches(&format!(",\"spot\":{right},\"x\"")).count();
    assert_eq!((count(true), count(false)), (1, 1), "{lines}");
    std::fs::remove_file(place.local().join("rehearse.db")).unwrap();
    assert_eq!(place.json(&["stats"])["spotted"], json!({ "right": 1, "of": 2 }));
    assert!(place.run(&["stats"]).stdout.contains("\nCompetencies named rightly: 1 of 2.\n"));
}

#[test]
fn stories_that_fit_are_shown_after_the_answer() {
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
    let line = "\n  Stories that fit: The flood (never told), The merger (never told), Late ships (told once)\n";
    assert!(said.contains(line), "{said}");
    let said = talk(&place, &["deck", "--cram"], "{\"answer\":\"mine\"}\n{\"grade\":4}\n");
    let first = json!({ "id": "flood", "title": "The flood", "told": 0 });
    assert_eq!(events(&said, "stories")[0]["stories"][0], first, "{said:?}");
}

#[test]
fn the_coach_reviews_typed_answers_unless_rules_are_off() {
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
  fail  blame        \"My old boss never listened\": how would they tell it? Say what you learned, or what you're moving toward
  warn  escape-from  \"fed up\": what are you moving toward?
  warn  no-company   I didn't hear \"Northwind\". Where would it fit?
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
    // The user's own phrases count, and problems in the settings are reported.
    place
        .write("rehearse.toml", "[coach]\nphrases = [\"mine.txt\", \"gone.txt\"]\noff = [\"blame\", \"no-company\"]\n");
    place.write("mine.txt", "[escape-from]\nbuild again\n");
    let done = place.feed(&["review", "--type", "--cram"], format!("{answer}\na\n4\n"));
    assert!(done.stdout.contains("\"fed up\", \"build again\": what"), "{done:?}");
    assert!(done.stderr.contains("no file `gone.txt`"), "{done:?}");
    // Spoken answers are not reviewed.
    let done = place.feed(&["review", "--cram"], "\na\n4\n");
    assert!(!done.stdout.contains("coach") && done.stderr.is_empty(), "{done:?}");
}

/// An answer of 77 words without findings.
const TAKE: &str = "When the coast depot flooded in March I called every driver the same night, and I asked each of them which \
                    road still held. Nine of forty were open. I drew the new rounds with two of them at my kitchen table, and \
                    in the morning nine in ten parcels went out on time. What I keep from it is simple: whoever drives a road \
                    knows it best, so I ask them first, before I draw anything at all.";

/// Types an answer to the first card and returns the rules that found something.
fn found(place: &Place, answer: &str) -> Vec<String> {
    let said = talk(place, &["--ahead"], &format!("{}\n{{\"grade\":4}}\n", json!({ "answer": answer })));
    let rows = events(&said, "coach")[0]["findings"].as_array().unwrap().clone();
    rows.iter().map(|row| row["rule"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_recited_answer_is_found_without_keeping_its_words() {
    let card = "[[card]]\nid = \"flood\"\nprompt = \"Tell me of a crisis.\"\n";
    let place = Place::with_deck(card);
    assert_eq!(found(&place, TAKE), Vec::<String>::new());
    let kept: Vec<std::path::PathBuf> = files(&place.local());
    for path in &kept {
        let bytes = std::fs::read(path).unwrap();
        let text = String::from_utf8_lossy(&bytes).to_lowercase();
        assert!(!text.contains("kitchen") && !text.contains("every driver"), "{}", path.display());
    }
    assert!(kept.iter().all(|path| !path.ends_with("answers.jsonl")), "{kept:?}");
    // It survives the loss of the database and a rename of the card.
    std::fs::remove_file(place.local().join("rehearse.db")).unwrap();
    assert_eq!(place.feed(&["coach", "--card", "flood"], TAKE).stdout.matches("reciting").count(), 1);
    assert_eq!(found(&place, TAKE), ["reciting"]);
    place.write("deck.toml", card.replace("\"flood\"", "\"deluge\""));
    assert_eq!(place.run(&["rename", "flood", "deluge"]).code, Some(0));
    assert_eq!(found(&place, TAKE), ["reciting"]);
    // In other words it is a new answer, and the next one is compared with it. An answer that is not graded does not count.
    let other = TAKE.replace("the", "our").replace("I ", "at once I ").replace(" and", " then");
    let said = talk(&place, &["--ahead"], &format!("{}\n", json!({ "answer": other })));
    assert_eq!(events(&said, "coach")[0]["findings"], json!([]));
    assert_eq!(found(&place, &other), Vec::<String>::new());
    assert_eq!((found(&place, TAKE), found(&place, TAKE)), (vec![], vec!["reciting".to_owned()]));
    // A file that cannot be read is ignored.
    for text in ["", "deluge\n", "deluge\nnonsense\n", "another\n00\n"] {
        std::fs::write(place.local().join("takes/take-deluge"), text).unwrap();
        assert_eq!(found(&place, TAKE), Vec::<String>::new(), "{text:?}");
    }
    // None of it is in the log.
    assert!(place.log().iter().all(|row| row.get("answer").is_none()));
}

/// Every file below a folder.
fn files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let below = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    below.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn answers_are_kept_only_if_the_settings_say_so() {
    let card =
        "[[card]]\nid = \"flood\"\nprompt = \"Tell me of a crisis.\"\n[[card]]\nid = \"why\"\nprompt = \"Why?\"\n";
    let place = Place::with_deck(card);
    place.write(".rehearse/local/settings.toml", "[review]\nkeep_answers = true\n");
    let input = |answer: &str| format!("{}\n{{\"grade\":4}}\n", json!({ "answer": answer }));
    talk(&place, &[], &(input(TAKE) + &input("Because \u{202e} of\nthem.")));
    let rows = || -> Vec<Value> {
        let text = place.read(".rehearse/local/answers.jsonl");
        text.lines().map(|line| serde_json::from_str(line).unwrap_or(json!(line))).collect()
    };
    let log = place.log();
    let row = |event: &Value, answer: &str| json!({ "at": "2026-11-22T08:00:00Z", "id": event["id"], "card": event["card"], "answer": answer });
    assert_eq!(rows(), [row(&log[1], TAKE), row(&log[0], "Because \u{202e} of\nthem.")]);
    assert!(!place.read(".rehearse/local/answers.jsonl").contains('\u{202e}'));
    let lines = place.read(".rehearse/local/log.jsonl");
    assert!(!lines.contains("kitchen") && !lines.contains("Because"), "{lines}");
    assert_eq!(place.feed(&["coach", "--card", "flood"], TAKE).stdout.matches("reciting").count(), 1);
    #[cfg(unix)]
    for path in files(&place.local()) {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert!(mode == 0o600 || path.ends_with("settings.toml"), "{mode:o} {}", path.display());
    }
    // The next line starts after a torn one.
    let torn = place.read(".rehearse/local/answers.jsonl") + "{\"at\":\"2026";
    place.write(".rehearse/local/answers.jsonl", torn);
    talk(&place, &["--ahead"], &input("Once more."));
    assert_eq!((rows().len(), &rows()[2], &rows()[3]["answer"]), (4, &json!("{\"at\":\"2026"), &json!("Once more.")));
    // If it cannot be kept, the review still counts, and the session continues.
    std::fs::remove_file(place.local().join("answers.jsonl")).unwrap();
    std::fs::create_dir(place.local().join("answers.jsonl")).unwrap();
    let said = talk(&place, &["--ahead"], &input("Again."));
    let trouble = events(&said, "error")[0]["message"].as_str().unwrap();
    assert!(trouble.starts_with("the review is recorded, but what was typed is not kept: "), "{trouble}");
    assert_eq!((events(&said, "saved").len(), place.log().len()), (1, 4));
    // Without the setting nothing is kept.
    std::fs::remove_dir(place.local().join("answers.jsonl")).unwrap();
    std::fs::remove_file(place.local().join("settings.toml")).unwrap();
    talk(&place, &["--ahead"], &input("Not this."));
    assert!(!place.local().join("answers.jsonl").exists());
}
