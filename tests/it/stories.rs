//! The command `stories`.

use serde_json::json;
use unicode_width::UnicodeWidthStr as _;

use crate::support::Place;
#[cfg(target_os = "linux")]
use crate::support::on_terminal;

const STORIES: &str = "[[story]]\nid = \"flood\"\ntitle = \"The flood\"\nyear = 2012\nchallenge = \"40 people, no depot\"\n\
                       context = \"coast\"\naction = \"rented a hall\"\nresult = \"nothing was late\"\nshows = [\"Calm\"]\n\n\
                       [[story]]\nid = \"merger\"\ntitle = \"Two offices\"\nshows = [\"Calm\"]\n\n\
                       [[story]]\nid = \"garden\"\ntitle = \"The garden\"\nlesson = \"wait\"\n";
const ROUND: &str = "[interview]\ncompany = \"Northwind\"\nround = 1\ndate = 2026-11-09\n\
                     [[told]]\nstory = \"flood\"\nto = \"Priya\"\n[[told]]\nstory = \"flood\"\n[[told]]\nstory = \"flood\"\n";
const NEXT: &str = "[interview]\nid = \"next\"\ncompany = \"Northwind\"\nround = 2\ndate = 2026-12-09\n\
                    competencies = [\"calm\", \"Driving Efficiency\"]\n[debrief]\ninterview = \"n1\"\n";

fn place() -> Place {
    let place = Place::new();
    for (name, text) in [("a.toml", STORIES), ("n1.toml", ROUND), ("n2.toml", NEXT)] {
        place.write(name, text);
    }
    place
}

#[test]
fn the_page() {
    let page = "3 stories (2 untold) for 2 competencies: 1 gap and 1 served too often by one story.

Asked for by Northwind, round 2, Wednesday 9 December
  calm: 2 stories
    Two offices (merger), not told yet
    The flood (flood), told 3 times
      too often for one competency
  Driving Efficiency: no story
    You get the same or more done with less money, time and paper, and can say
    how much less.

For none of these
  The garden (garden)

Worth mending
  Two offices (merger)
    no challenge, no context, no action, no result, no lesson, no numbers
  The garden (garden)
    no challenge, no context, no action, no result, no numbers
  The flood (flood)
    no lesson, 14 years old

Told already
  The flood (flood)
    Northwind, round 1, Monday 9 November, to Priya
    Northwind, round 1, Monday 9 November
    Northwind, round 1, Monday 9 November
";
    let mut place = place();
    place.run(&["stories"]).success(page);
    // After that round, every competency counts that a card or a story shows.
    place.at("2026-12-10T08:00:00Z");
    let after = place.run(&["stories"]).stdout;
    assert!(after.contains("\n\nShown by cards and stories\n  Calm: 2 stories\n"), "{after}");
}

#[test]
fn the_page_in_json() {
    let mut place = place();
    let all = place.json(&["stories"]);
    assert_eq!(all["interview"], json!({ "id": "next", "company": "Northwind", "round": 2, "date": "2026-12-09" }));
    assert_eq!(all["competencies"][0]["stories"], json!(["merger", "flood"]));
    assert_eq!(all["competencies"][0]["overused"], json!([{ "story": "flood", "cards": 0, "told": 3 }]));
    assert_eq!((&all["competencies"][1]["stories"], &all["unasked"]), (&json!([]), &json!(["garden"])));
    let flood = &all["stories"][2];
    assert_eq!((&flood["age"], &flood["old"], &flood["numbers"]), (&json!(14), &json!(true), &json!(true)));
    assert_eq!((&flood["file"], &flood["line"], &flood["lacks"]), (&json!("a.toml"), &json!(1), &json!(["lesson"])));
    assert_eq!(flood["told"][0]["interview"]["date"], "2026-11-09");
    // Stories serve the competencies of cards that link them.
    place.write(
        "b.toml",
        "[[card]]\nid = \"q\"\nprompt = \"Q\"\nshows = [\"driving efficiency\"]\nstories = [\"garden\"]\n",
    );
    let lent = place.json(&["stories"]);
    assert_eq!((&lent["competencies"][1]["stories"], &lent["unasked"]), (&json!(["garden"]), &json!([])));
    assert_eq!(lent["stories"][1]["cards"], json!(["q"]));
    // Once no interview asks, those of the federal lists are gone.
    place.at("2026-12-10T08:00:00Z");
    let titles = place.json(&["stories"])["competencies"].as_array().unwrap().clone();
    assert_eq!(titles.iter().map(|row| &row["title"]).collect::<Vec<_>>(), ["Calm"]);
}

#[test]
fn without_stories_or_competencies_it_says_what_to_do() {
    let place = Place::with_deck("[[card]]\nid = \"x\"\nprompt = \"X\"\n");
    let done = place.run(&["stories"]);
    assert!(done.stdout.starts_with("No stories yet; ") && done.stdout.lines().count() == 1, "{done:?}");
    assert_eq!(place.json(&["stories"])["stories"], json!([]));
    place.write("a.toml", "[[story]]\nid = \"s\"\ntitle = \"S\"\n");
    let done = place.run(&["stories"]);
    let first = "1 story; no card or story shows a competency. `shows = [\"…\"]` names it.\n\nWorth mending\n";
    assert!(done.stdout.starts_with(first) && !done.stdout.contains("none of these"), "{done:?}");
}

#[test]
fn long_and_hostile_text_is_cut_and_escaped() {
    let long = "日本語 wide \\u001b[2J ".repeat(20);
    let id = "i".repeat(64);
    let place = Place::with_deck(&format!(
        "[interview]\ncompany = \"{long}\"\ncompetencies = [\"{long}\"]\n[[told]]\nstory = \"{id}\"\nto = \"{long}\"\n\
         [[story]]\nid = \"{id}\"\ntitle = \"{long}\"\nshows = [\"{long}\"]\n"
    ));
    let shown = place.run(&["stories"]).stdout;
    assert!(shown.contains("日本語") && shown.contains('…'), "{shown}");
    for line in shown.lines() {
        assert!(line.width() <= 80 && !line.contains('\u{1b}'), "{}: {line}", line.width());
    }
}

#[test]
fn a_competency_is_the_same_however_it_is_spaced() {
    let place = Place::with_deck(
        "[[card]]\nid = \"c\"\nprompt = \"Who followed you?\"\nshows = [\"Leading  People\"]\n\
         [[story]]\nid = \"s\"\ntitle = \"The merger\"\nshows = [\"leading people \"]\n\
         [[story]]\nid = \"t\"\ntitle = \"The flood\"\nshows = [\"Calm\"]\n\
         [interview]\ncompany = \"N\"\ndate = 2026-12-01\ncompetencies = [\"Leading\\tPeople\"]\n",
    );
    let bank = place.json(&["stories"]);
    assert_eq!(bank["competencies"][0]["stories"], json!(["s"]), "{bank:#}");
    let said = place.feed(&["review", "--spot"], "leading people\n\n4\nq\n").stdout;
    assert!(said.contains("Right:\n"), "{said}");
    assert!(said.contains("Stories that fit: The merger (never told)\n"), "{said}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_narrow_terminal_breaks_between_words() {
    let place = place();
    let Some(seen) = on_terminal(place.path(), "stty rows 20 cols 40; rehearse stories --color never", "") else {
        return;
    };
    let told = "  The flood (flood)\n    Northwind, round 1, Monday 9\n    November, to Priya\n";
    assert!(
        seen.contains(told) && seen.contains("\n    no challenge, no context, no action,\n    no result, "),
        "{seen}"
    );
    assert!(seen.lines().all(|line| line.width() <= 40), "{seen}");
}
