//! The length of a day: when a session ends, what fits, and how a backlog is caught up.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};

use rehearsal::recall::Recall;
use rehearsal::schedule::Grade;
use serde_json::{Value, json};

use crate::support::Place;
use crate::tiers::with_seeds;

/// A deck of cards `c00`, `c01`, … with one limit.
fn deck(cards: usize, limit: u32) -> String {
    let card = |n| format!("[[card]]\nid = \"c{n:02}\"\nprompt = \"Question {n}?\"\nlimit = {limit}\n");
    (0..cards).map(card).collect()
}

/// Runs a session as JSON lines. `answer` returns what to send for a card, `None` to quit. Returns the events.
fn session(place: &Place, args: &[&str], mut answer: impl FnMut(&str) -> Option<Value>) -> Vec<Value> {
    let mut command = place.command(&[&["review", "--format", "jsonl"], args].concat());
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let (mut stdin, stdout) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
    let mut events = Vec::new();
    for line in stdout.lines() {
        let event: Value = serde_json::from_str(&line.unwrap()).unwrap();
        if event["event"] == "card" {
            match (answer(event["id"].as_str().unwrap()), &mut stdin) {
                (Some(action), Some(stdin)) => writeln!(stdin, "{action}").unwrap(),
                _ => stdin = None,
            }
        }
        events.push(event);
    }
    assert!(child.wait().unwrap().success());
    events
}

fn graded(grade: u8, seconds: u64) -> Option<Value> {
    Some(json!({ "grade": grade, "ms": seconds * 1000 }))
}

fn cards(events: &[Value]) -> Vec<&str> {
    events.iter().filter(|event| event["event"] == "card").map(|event| event["id"].as_str().unwrap()).collect()
}

#[test]
fn the_minutes_of_a_day_end_its_sessions() {
    let place = Place::with_deck(&deck(12, 60));
    place.write("rehearse.toml", "[review]\nnew_per_day = 12\nminutes_per_day = 5\n");
    let short = || place.run(&["due", "--short"]).stdout;
    let waiting = || place.json(&["due"])["waiting"].clone();
    // Five minutes at a minute each; every command agrees.
    assert_eq!((short().as_str(), waiting()), ("0 due, 5 new\n", json!(7)));
    assert_eq!(place.json(&["due"])["minutes"], 12);
    let glance = place.run(&[]).stdout;
    assert!(glance.contains("Today: 5 new, about 5 minutes.\n"), "{glance}");
    let why = |id: &str| place.run(&["why", id]).stdout;
    assert!(why("c04").contains("Today: asked as number 5 of 12, among the new cards\n"), "{}", why("c04"));
    assert!(why("c05").contains("not asked, for today's minutes reach to number 5 of 12, and it is number 6\n"));
    let greeting = place.feed(&["review"], "").stdout;
    assert!(greeting.contains("5 now, about 5 minutes.") && greeting.contains("[1/5]"), "{greeting}");
    // The first session has 2 answers in 150 seconds; the next one has 150 seconds left.
    let mut left = 2;
    let events = session(&place, &[], |_| {
        left -= 1;
        if left < 0 { None } else { graded(4, 75) }
    });
    assert_eq!(cards(&events), ["c00", "c01", "c02"]);
    assert_eq!(short(), "0 due, 3 new\n");
    let events = session(&place, &[], |_| graded(4, 100));
    assert_eq!(cards(&events), ["c02", "c03"]);
    let end = &events[events.len() - 2..];
    assert_eq!(end[0], json!({ "event": "time", "left": 8, "minutes": 5, "of_day": true }));
    assert_eq!(short(), "0 due\n");
    assert_eq!(place.run(&["due", "--exit-code"]).code, Some(4));
    place.run(&["review"]).success("Today's 5 minutes are used. `rehearse review --all` goes on.\n");
    let glance = place.run(&[]).stdout;
    assert!(glance.contains("\nToday's 5 minutes are used."), "{glance}");
    assert!(why("c04").contains("not asked, for today's minutes are used: it is number 1 of 8\n"), "{}", why("c04"));
    // `--minutes` counts from the start of its session, and `--all` lifts the limit.
    assert_eq!(cards(&session(&place, &["--minutes", "1"], |_| graded(4, 50))), ["c04", "c05"]);
    assert_eq!(cards(&session(&place, &["--all"], |_| graded(4, 600))).len(), 6);
}

#[test]
fn the_time_of_a_review_counts_wherever_it_was_recorded() {
    // Grades with the milliseconds they took, if known; the minutes that are left, as a number of cards of a minute each.
    type TimeCase<'a> = (&'a [(&'a str, Option<&'a str>)], &'a str);
    let cases: [TimeCase<'_>; 5] = [
        (&[], "0 due, 5 new\n"),
        (&[("c10", Some("120000"))], "0 due, 3 new\n"),
        // Half the limit.
        (&[("c10", None), ("c11", None)], "0 due, 4 new\n"),
        // Its own mean.
        (&[("c10", Some("120000")), ("c10", None)], "0 due, 1 new\n"),
        (&[("c10", Some("299999"))], "0 due, 1 new\n"),
    ];
    for (grades, expected) in cases {
        let place = Place::with_deck(&deck(12, 60));
        place.write("rehearse.toml", "[review]\nnew_per_day = 12\nminutes_per_day = 5\n");
        for (id, ms) in grades {
            let ms = ms.map_or(vec![], |ms| vec!["--ms", ms]);
            assert_eq!(place.run(&[&["grade", id, "4"], &*ms].concat()).code, Some(0));
        }
        assert_eq!(place.run(&["due", "--short"]).stdout, expected, "{grades:?}");
        // Practice that is not recorded takes nothing from the day.
        session(&place, &["--cram", "--limit", "3"], |_| graded(4, 200));
        assert_eq!(place.run(&["due", "--short"]).stdout, expected);
    }
}

#[test]
fn only_what_fits_is_counted_before_an_interview() {
    let place = Place::with_deck(&deck(40, 60));
    place.write("job.toml", "[interview]\ndate = 2026-12-22\n");
    // A tenth of 40 cards are the quota of the day, and the others come as far as the minutes reach.
    place.run(&["due", "--short"]).success("0 due, 15 new\n");
    assert_eq!(place.json(&["due"])["waiting"], 25);
    let listed = place.json(&["due"]);
    let listed: Vec<&str> = listed["cards"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect();
    // More than was expected is asked if the answers are short.
    let mut answers = 0;
    let events = session(&place, &[], |_| {
        answers += 1;
        if answers > 38 { None } else { graded(4, 10) }
    });
    assert_eq!(cards(&events), listed[..39]);
    place.run(&["due", "--short"]).success("0 due, 2 new\n");
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// A learner whose memory is FSRS-6.
struct Learner {
    random: Random,
    known: BTreeMap<String, (Recall, u32)>,
    /// How often each card was answered, and the milliseconds of that.
    times: BTreeMap<String, (u64, u64)>,
}

impl Learner {
    /// Answers a card: a grade and milliseconds.
    fn answer(&mut self, card: &str, day: u32) -> (u8, u64) {
        let knows = match self.known.get(card) {
            None => 0.76,
            Some((_, last)) if *last == day => 0.85,
            Some((recall, last)) => recall.expected(day - last),
        };
        let grade = if self.random.next() < knows { 3 + (self.random.next() * 2.7) as u8 } else { 1 };
        let given = Grade::new(grade).unwrap();
        let recall = self.known.get(card).map_or_else(|| Recall::first(given), |(r, last)| r.review(given, day - last));
        self.known.insert(card.to_owned(), (recall, day));
        let ms = 60_000 + (self.random.next() * 60_000.0) as u64;
        let (answers, sum) = self.times.entry(card.to_owned()).or_default();
        (*answers, *sum) = (*answers + 1, *sum + ms);
        (grade, ms)
    }
}

/// The day of November, counted on in December.
fn announced(glance: &str, today: u32) -> Option<u32> {
    let words: Vec<&str> = glance.split("caught up by ").nth(1)?.split(".\n").next()?.split(' ').collect();
    Some(match words[..] {
        ["tomorrow"] => today + 1,
        [_, day, "November"] => day.parse().unwrap(),
        [_, day, "December"] => 30 + day.parse::<u32>().unwrap(),
        _ => panic!("{glance}"),
    })
}

/// Rehearses a week, is away for five days, and comes back. Returns the day on which it was announced to be caught up, and the
/// day on which it was.
fn fortnight(seed: u64) -> (Option<u32>, u32) {
    let mut place = Place::with_deck(&deck(60, 120));
    let mut learner = Learner { random: Random(seed), known: BTreeMap::new(), times: BTreeMap::new() };
    let mut said = None;
    for day in (1..=7).chain(13..60) {
        let (month, of_month) = if day <= 30 { (11, day) } else { (12, day - 30) };
        place.at(&format!("2026-{month}-{of_month:02}T08:00:00Z"));
        let date = format!("2026-{month}-{of_month:02}");
        let list = place.json(&["list"]);
        let rows = list["cards"].as_array().unwrap();
        let due = rows.iter().filter(|row| row["due"].as_str().is_some_and(|due| due <= date.as_str()));
        let seconds = |row: &Value| {
            let (answers, ms) = learner.times[row["id"].as_str().unwrap()];
            ms / answers / 1000
        };
        let load: u64 = due.map(seconds).sum();
        if day == 13 {
            said = announced(&place.run(&[]).stdout, day);
        }
        if day > 13 && load < 900 {
            return (said, day);
        }
        // Two sessions; the first ends after a few answers.
        let (mut spent, mut last, mut met) = (0, 0, 0);
        for most in [(learner.random.next() * 6.0) as usize, usize::MAX] {
            let mut answers = 0;
            session(&place, &[], |card| {
                if answers == most {
                    return None;
                }
                answers += 1;
                met += usize::from(!learner.known.contains_key(card));
                let (grade, ms) = learner.answer(card, day);
                (spent, last) = (spent + ms, ms);
                Some(json!({ "grade": grade, "ms": ms }))
            });
        }
        assert!(spent - last < 900_000, "seed {seed}, day {day}: {spent}");
        assert!(load < 900 || met == 0, "seed {seed}, day {day}: {met} new cards with {load} seconds due");
    }
    panic!("seed {seed}: never caught up");
}

#[test]
fn a_fortnight_keeps_to_its_minutes_and_announces_when_it_is_caught_up() {
    let (runs, wrong) = (AtomicU64::new(0), AtomicU64::new(0));
    with_seeds(2, |seed| {
        let (said, was) = fortnight(seed);
        runs.fetch_add(1, Ordering::Relaxed);
        let near = match said {
            Some(said) => said.abs_diff(was) <= 1,
            // Nothing was announced: the day after was the first that was free.
            None => was == 14,
        };
        wrong.fetch_add(u64::from(!near), Ordering::Relaxed);
    });
    let (runs, wrong) = (runs.into_inner(), wrong.into_inner());
    assert!(wrong <= runs.div_ceil(10), "{wrong} of {runs} announced dates were wrong");
}
