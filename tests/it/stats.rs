//! The command `stats`.

use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr as _;

use crate::support::Place;

const DECK: &str = "[deck]\ntitle = \"Why this job\"\nkind = \"motive\"\nshows = [\"Leading People\"]\n\n\
                    [[card]]\nid = \"why-job\"\nprompt = \"Why this job?\"\npoints = [\"one\", \"two\", \"three\"]\n\n\
                    [[card]]\nid = \"why-here\"\nprompt = \"Why here?\"\nshows = [\"Vision\"]\n\n\
                    [[card]]\nid = \"fresh\"\nprompt = \"What is new?\"\n";

/// Grades cards on days of November 2026 at eight: day, card, grade, more arguments.
fn grade_cards(place: &mut Place, grades: &[(u32, &str, &str, &[&str])]) {
    for (day, card, grade, more) in grades {
        let args = [&["grade", card, grade], *more].concat();
        let done = place.at(&format!("2026-11-{day:02}T08:00:00Z")).run(&args);
        assert_eq!(done.code, Some(0), "{args:?} {done:?}");
    }
}

fn place_with_history() -> Place {
    let mut place = Place::with_deck(DECK);
    grade_cards(
        &mut place,
        &[
            (18, "why-job", "4", &["--ticks", "1", "--ms", "60000"]),
            (19, "why-job", "4", &["--ticks", "1,2", "--ms", "90000"]),
            (20, "why-here", "3", &["--ms", "30500"]),
            (21, "why-here", "2", &[]),
            (22, "why-here", "5", &["--ms", "30600"]),
        ],
    );
    place
}

#[test]
fn the_page() {
    let place = place_with_history();
    let page = "              today   7 days  30 days      all
Reviews           1        5        5        5
Spoken         0:30     3:31     3:31     3:31
Recalled      100 %     66 %     66 %     66 %
Streak: 5 study days. Cards: 1 new and 2 learned.
Expected recall today: about 97 % over 2 cards, an estimate by FSRS-6.

Due in the next 14 days
  today                       0
  tomorrow                    1  #
  Tuesday 24 November         0
  Wednesday 25 November       1  #
  Thursday 26 November        0
  Friday 27 November          0
  Saturday 28 November        0
  Sunday 29 November          0
  Monday 30 November          0
  Tuesday 1 December          0
  Wednesday 2 December        0
  Thursday 3 December         0
  Friday 4 December           0
  Saturday 5 December         0

Reviews a day in the last 12 weeks
  Mon  . . . . . . . . . . . .
  Tue  . . . . . . . . . . . .
  Wed  . . . . . . . . . . . -
  Thu  . . . . . . . . . . . -
  Fri  . . . . . . . . . . . -
  Sat  . . . . . . . . . . . -
  Sun  . . . . . . . . . . . -
  from Monday 31 August; . none, - 1, + 2, # 3 or more

Answers against expected recall
  FSRS-6        3 or better
  0 to 20 %               -
  20 to 40 %              -
  40 to 60 %              -
  60 to 80 %              -
  80 to 100 %          66 %  2 of 3
  only the first answer to a card on a study day counts

Your grades against those suggested
  all         +1.50  in 2 reviews: 2 higher, 0 equal, 0 lower
  motive      +1.50  in 2 reviews: 2 higher, 0 equal, 0 lower

Missed most often
    2 of 2  3. three
            why-job
    1 of 2  2. two
            why-job

Spoken by deck
      3:31  Why this job

Spoken by competency
      2:30  Leading People
      1:01  Vision
";
    place.run(&["stats"]).success(page);
    // With colors on request, and the same text.
    let painted = place.run(&["stats", "--color", "always"]).stdout;
    assert!(
        painted.contains("\u{1b}[1m")
            && painted.replace("\u{1b}[1m", "").replace("\u{1b}[2m", "").replace("\u{1b}[0m", "") == page
    );
}

#[test]
fn the_numbers_in_json_agree_with_other_commands() {
    let mut place = place_with_history();
    place.at("2026-11-25T08:00:00Z");
    let stats = place.json(&["stats"]);
    assert_eq!(stats["reviews"], json!({ "today": 0, "days_7": 4, "days_30": 5, "all": 5 }));
    assert_eq!((&stats["streak"], &stats["today"]), (&json!(0), &json!("2026-11-25")));
    assert_eq!(stats["retention"]["all"]["of"], 3);
    let bias = json!({ "kind": "motive", "reviews": 2, "mean": 1.5, "higher": 2, "equal": 0, "lower": 0 });
    assert_eq!(stats["bias_by_kind"], json!([bias]));
    let bands = stats["calibration"]["bands"].as_array().unwrap();
    let highest = &bands[4];
    assert_eq!((bands.len(), &stats["calibration"]["model"], &highest["from"]), (5, &json!("FSRS-6"), &json!(80)));
    assert_eq!((&highest["well"], &highest["reviews"]), (&json!(2), &json!(3)));
    // The mean over the cards that were reviewed, as `list` has them.
    let expected: Vec<f64> = ["why-job", "why-here"].map(|id| place.card(id)["expected"].as_f64().unwrap()).to_vec();
    assert_eq!((&place.card("fresh")["expected"], &stats["expected"]["cards"]), (&Value::Null, &json!(2)));
    let mean = stats["expected"]["mean"].as_f64().unwrap();
    assert!((mean - (expected[0] + expected[1]) / 2.0).abs() < 1.01e-4 && mean < 1.0, "{stats:#} {expected:?}");
    let shown = place.run(&["show", "why-job"]).stdout;
    let sentence =
        format!("Expected recall today: about {:.0} %, an estimate by FSRS-6\n", (expected[0] * 100.0).floor());
    assert!(shown.contains(&sentence), "{shown}");
    let missed = json!({ "card": "why-job", "number": 3, "text": "three", "missed": 2, "of": 2 });
    assert_eq!(stats["missed"][0], missed);
    let reviewed: u64 = stats["days"].as_array().unwrap().iter().map(|day| day["reviews"].as_u64().unwrap()).sum();
    assert_eq!(reviewed, 5);
    let due = place.json(&["due"]);
    let asked = due["cards"].as_array().unwrap().iter().filter(|card| card["status"] == "due").count();
    assert_eq!((&stats["due"][0]["cards"], &stats["cards"]["due"]), (&json!(asked), &json!(asked)));
    assert_eq!(asked, 2);
    // Undone reviews do not count, and days off do not end a streak.
    place.write(".rehearse/local/settings.toml", "[review]\ndays_off = [2026-11-23, 2026-11-24]\n");
    assert_eq!(place.json(&["stats"])["streak"], 5);
    place.run(&["undo"]);
    let less = place.json(&["stats"]);
    assert_eq!((&less["reviews"]["all"], &less["streak"]), (&json!(4), &json!(0)));
    // A card whose points changed has no missed points, and a card in no deck has neither deck nor kind.
    place.write("deck.toml", DECK.replace(", \"three\"", ""));
    assert_eq!(place.json(&["stats"])["missed"], json!([]));
    place.write("deck.toml", "");
    let gone = place.json(&["stats"]);
    assert_eq!(gone["cards"], json!({ "new": 0, "due": 0, "learned": 0, "suspended": 0, "absent": 2 }));
    assert_eq!((&gone["bias"]["reviews"], &gone["bias_by_kind"]), (&json!(2), &json!([])));
    assert_eq!(gone["spoken_by_deck"], json!([]));
}

#[test]
fn without_reviews_it_says_what_to_do() {
    let place = Place::with_deck(DECK);
    place.run(&["stats"]).success("No reviews yet; `rehearse review` makes the first.\n");
    assert_eq!(place.json(&["stats"])["retention"]["all"], json!({ "recalled": 0, "of": 0, "share": Value::Null }));
    Place::new().run(&["stats"]).success("No reviews yet; `rehearse init` adds starter decks.\n");
}

#[test]
fn no_line_is_too_wide_or_looks_like_a_saved_line() {
    let long = format!("saved x {}", "日本語 wide \\u001b[2J ".repeat(20));
    let ids = ["saved", "i23456789012345678901234567890123456789012345678901234567890xyz"];
    let card = |id: &str| format!("[[card]]\nid = \"{id}\"\nprompt = \"{long}\"\npoints = [\"{long}\", \"b\"]\n");
    let mut place = Place::new();
    place.write("a.toml", format!("[deck]\ntitle = \"{long}\"\nshows = [\"{long}\"]\n{}", ids.map(card).concat()));
    for id in ids {
        grade_cards(&mut place, &[(21, id, "4", &["--ticks", "2", "--ms", "1000"])]);
    }
    let shown = place.run(&["stats"]).stdout;
    assert!(shown.contains("日本語") && shown.contains('…'), "{shown}");
    for line in shown.lines() {
        assert!(line.width() <= 80 && !line.starts_with("saved") && !line.contains('\u{1b}'), "{line}");
    }
    for id in ids {
        for command in ["show", "why"] {
            let shown = place.run(&[command, id]).stdout;
            assert!(!shown.lines().any(|line| line.starts_with("saved ") || line.contains('\u{1b}')), "{shown}");
        }
    }
}
