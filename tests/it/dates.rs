//! What the date of an interview changes, and that nothing of it stays when the date goes.

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};

use crate::support::Place;

const DECK: &str = "[[card]]\nid = \"old\"\nprompt = \"Old?\"\n\
                    [[card]]\nid = \"light\"\nprompt = \"Light?\"\n\
                    [[card]]\nid = \"heavy\"\nprompt = \"Heavy?\"\nweight = 3\n";
const INTERVIEW: &str = "[interview]\ncompany = \"Northwind\"\ndate = 2026-12-09\n";

/// A collection with an interview, and one card that SM-2 alone asks on 31 December.
fn before_the_interview() -> Place {
    let mut place = Place::with_deck(DECK);
    place.write("jobs/north.toml", INTERVIEW);
    for day in ["2026-11-01", "2026-11-02", "2026-11-08", "2026-11-23"] {
        let done = place.at(&format!("{day}T08:00:00Z")).run(&["grade", "old", "4"]);
        assert_eq!(done.code, Some(0), "{done:?}");
    }
    place.at("2026-11-25T08:00:00Z");
    place
}

#[test]
fn why_names_the_rule_and_the_day_without_the_interview() {
    let mut place = before_the_interview();
    let why = place.run(&["why", "old"]).stdout;
    let cap = "\nDue 2026-12-01: halfway to the interview on 2026-12-09 (Northwind); without it, 2026-12-31\n";
    assert!(why.contains(cap), "{why}");
    // Days, cards, and what `why --json` says.
    let keys = ["due", "plain_due", "capped_by", "cap", "part", "place"];
    let none = Value::Null;
    let cases = [
        ("11-25", "old", json!(["2026-12-01", "2026-12-31", "north", "halfway", none, none])),
        ("11-25", "heavy", json!([none, none, none, none, "quota", 1])),
        ("11-25", "light", json!([none, none, none, none, "new", 2])),
        ("12-01", "old", json!(["2026-12-01", "2026-12-31", "north", "halfway", "due", 2])),
        ("12-09", "old", json!(["2026-12-31", "2026-12-31", none, none, none, none])),
        ("12-09", "heavy", json!([none, none, none, none, none, none])),
    ];
    for (day, card, expected) in cases {
        let why = place.at(&format!("2026-{day}T08:00:00Z")).json(&["why", card]);
        assert_eq!(Value::from(keys.map(|key| why[key].clone()).to_vec()), expected, "{day} {card}");
    }
    let today = |place: &Place, card: &str| {
        let why = place.run(&["why", card]).stdout;
        why.lines().find_map(|line| line.strip_prefix("Today: ")).unwrap().to_owned()
    };
    let late = "not asked: it is new, and the interview that needs it is today";
    assert_eq!(today(&place, "light"), late);
    place.at("2026-11-25T08:00:00Z");
    assert_eq!(today(&place, "heavy"), "asked as number 1 of 2, among the new cards that come first for Northwind");
    assert_eq!(today(&place, "light"), "asked as number 2 of 2, among the new cards");
}

#[test]
fn a_card_that_comes_early_says_for_which_interview() {
    let mut place = before_the_interview();
    place.at("2026-12-01T08:00:00Z");
    let due = place.run(&["due"]).stdout;
    let line = |id: &str| due.lines().find(|line| line.trim_start().starts_with(id)).unwrap().to_owned();
    assert!(line("old").ends_with("Old?  (early for Northwind)"), "{due}");
    assert!(line("heavy").ends_with("Heavy?  (weight 3)") && line("light").ends_with("Light?"), "{due}");
    let rows = place.json(&["due"]);
    let rows: Vec<_> = rows["cards"].as_array().unwrap().iter().map(|row| (&row["id"], &row["early_for"])).collect();
    assert_eq!(
        rows,
        [(&json!("heavy"), &Value::Null), (&json!("old"), &json!("north")), (&json!("light"), &Value::Null)]
    );
    let asked = place.feed(&["review"], "s\nq\n").stdout;
    assert!(asked.contains("\n[2/3] deck · open · 2:00 · early for Northwind\n"), "{asked}");
    let asked = place.feed(&["review", "--json"], "{\"action\":\"skip\"}\n").stdout;
    let early: Vec<Value> =
        asked.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["early_for"].clone()).collect();
    assert_eq!(early.iter().filter(|early| **early == "north").count(), 1, "{asked}");
    // Without the interview it is not due at all.
    std::fs::remove_file(place.path().join("jobs/north.toml")).unwrap();
    assert_eq!(place.card("old")["status"], "learned");
    let shown = place.run(&["show", "heavy"]).stdout;
    assert!(shown.contains("Weight:\n  3\n") && !place.run(&["show", "light"]).stdout.contains("Weight"), "{shown}");
}

/// Returns a random deck, and the ids of its cards.
fn random_deck(random: &mut StdRng, name: &str) -> (String, Vec<String>) {
    let ids: Vec<String> = (0..random.random_range(2..7)).map(|n| format!("{name}{n}")).collect();
    let mut text = String::new();
    for id in &ids {
        text.push_str(&format!(
            "[[card]]\nid = \"{id}\"\nprompt = \"{id}?\"\nweight = {}\n",
            random.random_range(1..4)
        ));
        text.push_str(["", "tags = [\"t\"]\n", "round = [2]\n"][random.random_range(0..3)]);
    }
    (text, ids)
}

fn random_interview(random: &mut StdRng) -> String {
    let date = format!("date = 2026-12-{:02}\n", random.random_range(1..29));
    let scope = ["", "decks = [\"x\"]\n", "tags = [\"t\"]\n", "round = 2\n"][random.random_range(0..4)];
    format!("[interview]\n{date}{scope}")
}

#[test]
fn without_the_date_the_schedule_is_the_plain_one_to_the_byte() {
    let mut differences = 0;
    for seed in 0..5 {
        let random = &mut StdRng::seed_from_u64(seed);
        let (mut dated, mut plain) = (Place::new(), Place::new());
        let mut ids = Vec::new();
        for name in ["x", "y"] {
            let (text, cards) = random_deck(random, name);
            ids.extend(cards);
            [&dated, &plain].iter().for_each(|place| place.write(&format!("{name}.toml"), &text));
        }
        let names = ["one", "two"].map(|name| format!("jobs/{name}.toml"));
        for day in 1..=30 {
            let now = format!("2026-11-{day:02}T08:00:00Z");
            // Dates are set and moved between the reviews.
            if day % 7 == 0 {
                names.iter().for_each(|name| dated.write(name, random_interview(random)));
            }
            let (card, grade) = (&ids[random.random_range(0..ids.len())], random.random_range(1..6).to_string());
            for place in [&mut dated, &mut plain] {
                assert_eq!(place.at(&now).run(&["grade", card, &grade]).code, Some(0));
            }
        }
        let pages = |place: &mut Place, day: u32| {
            place.at(&format!("2026-12-{day:02}T08:00:00Z"));
            [&["list", "--json"][..], &["due", "--json"], &["stats", "--json"], &["list"], &["due"]]
                .map(|args| place.run(args))
        };
        for day in [1, 3, 9] {
            differences += usize::from(pages(&mut dated, day) != pages(&mut plain, day));
        }
        names.iter().for_each(|name| std::fs::remove_file(dated.path().join(name)).unwrap());
        for day in [9, 1, 3] {
            assert_eq!(pages(&mut dated, day), pages(&mut plain, day), "{seed} {day}");
        }
    }
    assert!(differences >= 5, "{differences}");
}
