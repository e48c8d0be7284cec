//! `show` and `why`: one card in full, and how its due day came about.

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};

use crate::events::{Event, When, about, at, lines, mock, rename, review, suspend, undo};
use crate::support::Place;

const DECK: &str = "[deck]\ntitle = \"Why\"\n\n[[card]]\nid = \"why-job\"\nprompt = \"Why this job?\"\nlimit = 90\n\
                    tags = [\"core\"]\nshows = [\"Leading People\"]\nparts = [\"the job\"]\n\
                    points = [\"one thing they said\", { text = \"my first month\", any = [\"month\"] }]\n\
                    variants = [\"Why here?\"]\nfollowups = [\"Why now?\"]\nhint = \"them, you\"\nanswer = \"Because.\"\n\
                    note = \"Short.\"\nkind = \"motive\"\n\n\
                    [[card]]\nid = \"still\"\nprompt = \"Still?\"\nsuspended = true\n";

/// Runs commands, each on its day of November 2026 at eight.
fn live(place: &mut Place, days: &[(u32, &[&str])]) {
    for (day, args) in days {
        let done = place.at(&format!("2026-11-{day:02}T08:00:00Z")).run(args);
        assert_eq!(done.code, Some(0), "{args:?} {done:?}");
    }
}

#[test]
fn a_card_is_shown_in_full() {
    let mut place = Place::with_deck(DECK);
    live(
        &mut place,
        &[
            (1, &["grade", "why-job", "3", "--ticks", "1,2", "--ms", "60000"]),
            (2, &["grade", "why-job", "5"]),
            (8, &["grade", "why-job", "4", "--ticks", "1", "--ms", "92000"]),
            (8, &["rename", "why-job", "gone"]),
            (8, &["rename", "gone", "why-job"]),
        ],
    );
    let whole = "Card why-job · motive · 1:30
  Why this job?
  deck.toml:4 · Why
Tags:
  core
Shows:
  Leading People
1 part, then points:
  1  the job
  2  one thing they said  missed 1 of 2 times
  3  my first month  missed 2 of 2 times
Variants:
  Why here?
Follow-ups:
  Why now?
Hint:
  them, you
A model answer:
  Because.
Note:
  Short.
Status: learned: due Monday 23 November, in 15 days
Schedule: 3 successes in a row, ease 2.46, interval 15 days; 3 reviews, 0 lapses
Grades: 3 5 4!  (! over the time)
Not ready: 2 of 3 good answers in a row, 2 of 2 prompts met
Expected recall today: about 100 %, an estimate by FSRS-6
Spoken: median 1:16, last 1:32, of 1:30
";
    place.run(&["show", "why-job"]).success(whole);
    place.run(&["show", "gone"]).ended(
        0,
        &place.run(&["show", "why-job"]).stdout,
        "note: `gone` goes on as `why-job`\n",
    );
    let shown = place.json(&["show", "why-job"]);
    assert_eq!(
        (&shown["parts"], &shown["points"][1]),
        (
            &json!([{ "number": 1, "text": "the job", "any": [], "missed": 0, "of": 2 }]),
            &json!({ "number": 3, "text": "my first month", "any": ["month"], "missed": 2, "of": 2 })
        )
    );
    assert_eq!(shown["spoken"], json!({ "reviews": 2, "median": 76.0, "last": 92.0 }));
    let grades: Vec<&Value> = shown["history"].as_array().unwrap().iter().map(|review| &review["grade"]).collect();
    assert_eq!(grades, [3, 5, 4]);
    assert_eq!((&shown["answer"], &shown["limit"], &shown["source"]), (&json!("Because."), &json!(90), &json!(null)));
    place.run(&["show", "why-jb"]).ended(2, "", "error: no card `why-jb`\nhelp: did you mean `why-job`?\n");
    place.run(&["why", "zzzzzzzzz"]).ended(
        2,
        "",
        "error: no card `zzzzzzzzz`\nhelp: `rehearse list` shows every card\n",
    );

    // A card without a deck still has its history.
    place.write("deck.toml", "");
    place.run(&["show", "why-job"]).success(
        "Card why-job
Status: absent: it is in no deck, and its history waits for it
Schedule: 3 successes in a row, ease 2.46, interval 15 days; 3 reviews, 0 lapses
Grades: 3 5 4
Expected recall today: about 100 %, an estimate by FSRS-6
Spoken: median 1:16, last 1:32
",
    );
    let shown = place.json(&["show", "why-job"]);
    assert_eq!((&shown["status"], &shown["points"], &shown["hint"]), (&json!("absent"), &json!([]), &json!(null)));
}

#[test]
fn why_shows_every_step_and_what_each_grade_would_do() {
    let mut place = Place::with_deck(DECK);
    live(
        &mut place,
        &[
            (1, &["grade", "why-job", "4"]),
            (2, &["grade", "why-job", "3"]),
            (2, &["grade", "why-job", "4"]),
            (8, &["grade", "why-job", "5"]),
            (12, &["grade", "why-job", "5"]),
            (12, &["undo"]),
            (13, &["suspend", "why-job"]),
            (14, &["resume", "why-job"]),
            (15, &["rename", "why-job", "motive"]),
        ],
    );
    place.write("deck.toml", DECK.replace("why-job", "motive"));
    place.at("2026-11-22T08:00:00Z").run(&["why", "motive"]).success(
        "How motive came to its day, by SM-2, preset `original`:
  day         event     n        ease         interval       due
  2026-11-01  grade 4   0 → 1    2.50         0 → 1          2026-11-02
      the first answer: 1 day (as why-job)
  2026-11-02  grade 3   1 → 2    2.50 → 2.36  1 → 6          2026-11-08
      the second success in a row: 6 days (as why-job)
  2026-11-02  grade 4   2        2.36         6              2026-11-08
      not the first answer of its study day: it moves nothing (as why-job)
  2026-11-08  grade 5   2 → 3    2.36 → 2.46  6 → 15         2026-11-23
      6 × 2.36 = 14.16, rounded up: 15 days (as why-job)
  2026-11-12  grade 5
      taken back: no effect (as why-job)
  2026-11-13  suspend
      not asked until it is resumed (as why-job)
  2026-11-14  resume
      asked again (as why-job)
  2026-11-15  rename
      the history of why-job goes on as motive; nothing else changes
Status: learned: due tomorrow
Today: not asked
What a grade would do on 2026-11-22:
  grade  n     ease  interval  due
  0      0     2.46  1         2026-11-23, and again today
  1      0     2.46  1         2026-11-23, and again today
  2      0     2.46  1         2026-11-23, and again today
  3      4     2.32  35        2026-12-27, and again today
  4      4     2.46  35        2026-12-27
  5      4     2.56  35        2026-12-27
",
    );
    let why = place.json(&["why", "motive"]);
    assert_eq!((&why["steps"][2]["rule"], &why["steps"][4]["void"]), (&json!("same-day"), &json!(true)));
    assert_eq!(
        why["grades"][3]["words"],
        "1 day early: the days that passed count, 14 × 2.46 = 34.44, rounded up: 35 days"
    );
    place.run(&["why", "still"]).success(
        "Nothing has happened to still yet.
Status: suspended: deck.toml:22 says `suspended = true`
Today: not asked
What a grade would do on 2026-11-22:
  grade  n     ease  interval  due
  0      0     2.50  1         2026-11-23, and again today
  1      0     2.50  1         2026-11-23, and again today
  2      0     2.50  1         2026-11-23, and again today
  3      1     2.36  1         2026-11-23, and again today
  4      1     2.50  1         2026-11-23
  5      1     2.60  1         2026-11-23
",
    );
}

#[test]
fn why_says_whether_it_is_asked_today() {
    let deck: String = ["a", "b", "c", "d", "e", "f"]
        .map(|id| format!("[[card]]\nid = \"{id}\"\nprompt = \"{id}?\"\nlimit = 60\n"))
        .concat();
    let mut place = Place::with_deck(&deck);
    place.write("rehearse.toml", "[review]\nnew_per_day = 1\nmax_per_day = 3\n");
    live(
        &mut place,
        &[
            (1, &["grade", "a", "4"]),
            (1, &["grade", "b", "4"]),
            (1, &["grade", "c", "4"]),
            (3, &["grade", "a", "2"]),
            (3, &["suspend", "f"]),
        ],
    );
    place.feed(&["review", "--format", "jsonl"], "{\"action\":\"bury\"}\n");
    let told = |place: &Place, id: &str| {
        let done = place.run(&["why", id]);
        let line = |word: &str| done.stdout.lines().find_map(|line| line.strip_prefix(word)).unwrap_or("").to_owned();
        (line("Status: "), line("Today: "), place.json(&["why", id]))
    };
    let cases = [
        (
            "a",
            "due again today: graded 2, and it stays until it gets a 4",
            "asked as number 3 of 3, among the repeats",
            "again",
            json!(3),
        ),
        ("b", "buried until tomorrow", "not asked", "buried", json!(null)),
        ("c", "due since yesterday", "asked as number 1 of 3", "due", json!(1)),
        ("d", "new: never reviewed", "asked as number 2 of 3, among the new cards", "new", json!(2)),
        (
            "e",
            "new: never reviewed",
            "not asked, for the day's limits go to other cards: `new_per_day` is 1, of which 0 are used and \
             `max_per_day` is 3, of which 1 is used",
            "new",
            json!(null),
        ),
        ("f", "suspended: `rehearse resume f` asks it again", "not asked", "suspended", json!(null)),
    ];
    for (id, status, today, standing, at) in cases {
        let (found, turn, json) = told(&place, id);
        assert_eq!((found.as_str(), turn.as_str()), (status, today), "{id}");
        assert_eq!((&json["standing"], &json["place"]), (&json!(standing), &at), "{id}");
        assert_eq!(json["asked"], json!(!at.is_null()), "{id}");
    }
    let again = place.run(&["why", "a"]).stdout;
    assert!(again.contains("on 2026-11-03:\n  not the first answer of its study day: it moves nothing\n"), "{again}");
    // What it says of the order is what `due` does.
    let due = place.json(&["due"]);
    let ids: Vec<&Value> = due["cards"].as_array().unwrap().iter().map(|row| &row["id"]).collect();
    assert_eq!(ids, ["c", "d", "a"]);
}

/// Events of two devices over a month: mostly reviews.
fn events(random: &mut StdRng) -> Vec<Event> {
    let cards = ["x", "y", "z"];
    let mut events: Vec<Event> = Vec::new();
    for n in 0..40 {
        let card = cards[random.random_range(0..3)];
        let body = match random.random_range(0..16) {
            0 if n > 0 => undo(&events[random.random_range(0..events.len())].id),
            1 => rename(card, cards[random.random_range(0..3)]),
            2 => suspend(card, random.random()),
            3 => about("bury", card),
            4 => about("bring", card),
            5 => about("reset", card),
            6 => mock(card, 3),
            _ => review(card, random.random_range(0..6)),
        };
        let unix_ms = 1_793_500_000_000 + random.random_range(0..30 * 24) * 3_600_000;
        let device = ["aaaaaaaa", "bbbbbbbb"][random.random_range(0..2)];
        events.push(Event::new(device, n, When { zone: 60, ..at(unix_ms) }, &body));
    }
    events
}

#[test]
fn why_ends_with_the_state_that_list_shows() {
    for seed in 0..6 {
        let mut random = StdRng::seed_from_u64(seed);
        let place = Place::with_deck("[[card]]\nid = \"x\"\nprompt = \"x?\"\n[[card]]\nid = \"z\"\nprompt = \"z?\"\n");
        place.write(".rehearse/journal/aaaaaaaa/2026-11.jsonl", lines(&events(&mut random)));
        let mut rows = place.json(&["list"])["cards"].as_array().unwrap().clone();
        rows.extend(place.json(&["list", "--absent"])["cards"].as_array().unwrap().clone());
        for row in rows {
            let why = place.json(&["why", row["id"].as_str().unwrap()]);
            let last = why["steps"].as_array().unwrap().last().map_or(&why["state"], |step| &step["after"]);
            for key in ["repetitions", "ease", "interval", "last", "due"] {
                assert_eq!((&last[key], &why["state"][key]), (&row[key], &row[key]), "{key} of {row} with seed {seed}");
            }
            assert_eq!(why["status"], row["status"]);
        }
    }
}

/// The ids of what is due, in the order of asking.
fn due(place: &Place) -> Vec<String> {
    let due = place.json(&["due"]);
    due["cards"].as_array().unwrap().iter().map(|card| card["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_new_card_waits_for_an_interview_of_its_round() {
    let card = |id: &str, round: &str| format!("[[card]]\nid = \"{id}\"\nprompt = \"{id}?\"\n{round}\n");
    let deck = [card("any", ""), card("one", "round = [1]"), card("late", "round = [2, 3]")].concat();
    let cases: [(&[&str], &[&str]); 6] = [
        (&[], &["any", "one", "late"]),
        (&["date = 2026-12-09\nround = 1"], &["any", "one"]),
        (&["date = 2026-12-09\nround = 1", "round = 3"], &["any", "one", "late"]),
        // An interview without a round may be of any round.
        (&["date = 2026-12-09\nround = 1", "date = 2026-12-24"], &["any", "one", "late"]),
        // Past interviews are ignored.
        (&["date = 2026-11-21\nround = 1"], &["any", "one", "late"]),
        (&["date = 2026-11-21\nround = 1", "date = 2026-11-23\nround = 2"], &["any", "late"]),
    ];
    for (interviews, expected) in cases {
        let place = Place::with_deck(&deck);
        for (n, interview) in interviews.iter().enumerate() {
            place.write(&format!("i{n}.toml"), format!("[interview]\n{interview}\n"));
        }
        assert_eq!(due(&place), expected, "{interviews:?}");
    }
    let place = Place::with_deck(&deck);
    place.write("northwind.toml", "[interview]\ndate = 2026-12-09\nround = 1\n");
    let why = place.run(&["why", "late"]).stdout;
    let waits = "Today: not asked, for it waits for an interview of rounds 2 or 3, and those to come are of round 1\n";
    assert!(why.contains(waits), "{why}");
    // A card that you pick is asked, and a card that was reviewed keeps its due day.
    for picked in [&["--round", "2", "--limit", "9"][..], &["deck"], &["--cram"]] {
        let session = place.feed(&[&["review"], picked].concat(), "").stdout;
        assert!(session.contains("[1/2]") || session.contains("[1/3]"), "{session}");
    }
    for id in ["any", "one"] {
        assert_eq!(place.run(&["grade", id, "5"]).code, Some(0));
    }
    let nothing = "Nothing is due. Next: 2 cards tomorrow. `rehearse review --ahead` does not wait.\n";
    place.run(&["due"]).success(nothing);
    assert_eq!(place.run(&["grade", "late", "3"]).code, Some(0));
    assert_eq!(due(&place), ["late"]);
}

#[test]
fn today_shows_what_the_company_values() {
    let place = Place::with_deck("[[card]]\nid = \"a\"\nprompt = \"A?\"\nlimit = \"16m\"\n");
    let today = "1 deck, 1 card.\nToday: 1 new, about 16 minutes.\n";
    let begins = "`rehearse review` begins.\n";
    place.run(&[]).success(&format!("{today}{begins}"));
    assert_eq!(place.json(&[])["minutes_per_day"], 15);
    place.write("n.toml", "[interview]\ncompany = \"N\"\ndate = 2026-11-29\nvalues = [\"Candour\\u001b\", \"Calm\"]\n");
    let next = "N, in 7 days: 1 card, 1 not seen yet; expected recall 99 %. On track at 15 minutes a day.\n\
                They value:\n  Candour\\u{1b}\n  Calm\n";
    place.run(&[]).success(&format!("{today}{next}{begins}"));
    assert_eq!(place.json(&["due"])["interviews"][0]["values"], serde_json::json!(["Candour\u{1b}", "Calm"]));
}
