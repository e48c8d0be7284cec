//! When a card comes again: SM-2 against a second implementation of its specification, and what is asked on a day.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};

use crate::events::{DAY_MS, Event, When, at, date, day_number, review, rfc3339};
use crate::support::{Done, Place};

/// What the specification says about one card, with fractions as numerators over 1000.
#[derive(Debug, Clone)]
struct Reference {
    delphi: bool,
    maximum: i128,
    n: i128,
    ease: i128,
    interval: i128,
    last: Option<i128>,
    reviews: i128,
    lapses: i128,
}

impl Reference {
    fn new(delphi: bool, maximum: i128) -> Self {
        Reference { delphi, maximum, n: 0, ease: 2500, interval: 0, last: None, reviews: 0, lapses: 0 }
    }

    fn due(&self) -> i128 {
        self.last.unwrap() + self.interval
    }

    fn times_ease(&self, days: i128) -> i128 {
        let product = days * self.ease;
        if !self.delphi {
            return (product + 999) / 1000;
        }
        let below = product / 1000;
        match (2 * (product - 1000 * below)).cmp(&1000) {
            std::cmp::Ordering::Less => below,
            std::cmp::Ordering::Greater => below + 1,
            std::cmp::Ordering::Equal => below + below % 2,
        }
    }

    /// EF' = EF + (0.1 - (5 - q) * (0.08 + (5 - q) * 0.02)), at least 1.3.
    fn next_ease(&self, q: i128) -> i128 {
        (self.ease + 100 - (5 - q) * (80 + (5 - q) * 20)).max(1300)
    }

    fn step(&mut self, q: i128) {
        if q < 3 {
            self.lapses += 1;
            self.n = 0;
            self.interval = 1;
            if self.delphi {
                self.ease = self.next_ease(q);
            }
        } else {
            self.interval = match self.n {
                0 => 1,
                1 => 6,
                _ => self.times_ease(self.interval),
            };
            self.ease = self.next_ease(q);
            self.n += 1;
        }
        self.interval = self.interval.min(self.maximum);
    }

    fn review(&mut self, q: i128, day: i128) {
        self.reviews += 1;
        let Some(last) = self.last else {
            self.step(q);
            self.last = Some(day);
            return;
        };
        let elapsed = day - last;
        if elapsed < -2 {
            self.last = Some(day);
        } else if elapsed > 0 {
            let grown = self.times_ease(elapsed).min(self.maximum);
            if elapsed >= self.interval || q < 3 {
                self.step(q);
            } else if self.n < 2 || grown <= self.interval {
                self.ease = self.ease.min(self.next_ease(q));
            } else {
                self.step(q);
                self.interval = grown;
            }
            self.last = Some(day);
        }
    }

    fn row(&self) -> Value {
        let day = |day: i128| date(i64::try_from(day).unwrap());
        json!({
            "repetitions": self.n, "ease": self.ease, "interval": self.interval, "due": day(self.due()),
            "last": day(self.last.unwrap()), "reviews": self.reviews, "lapses": self.lapses,
        })
    }
}

/// Another device's journal, and the decks of its cards.
#[derive(Default)]
struct Journal {
    months: BTreeMap<String, String>,
    seq: i64,
}

impl Journal {
    /// Adds a review at noon of a study day; the logical clock keeps the order of the calls.
    fn review(&mut self, card: &str, grade: i128, day: i128) {
        self.seq += 1;
        let unix_ms = i64::try_from(day).unwrap() * DAY_MS + DAY_MS / 2;
        let when = When { logical: Some(self.seq), ..at(unix_ms) };
        let event = Event::new("aaaaaaaa", self.seq, when, &review(card, u8::try_from(grade).unwrap()));
        let month = self.months.entry(rfc3339(unix_ms, 0)[..7].to_owned()).or_default();
        writeln!(month, "{}", event.line).unwrap();
    }

    fn write(&self, place: &Place) {
        for (month, lines) in &self.months {
            place.write(&format!(".rehearse/journal/aaaaaaaa/{month}.jsonl"), lines);
        }
    }
}

fn deck<'a>(ids: impl IntoIterator<Item = &'a str>) -> String {
    ids.into_iter().map(|id| format!("[[card]]\nid = \"{id}\"\nprompt = \"{id}?\"\n")).collect()
}

/// Writes one card and its history for every sequence of grades, and compares `list` with the reference. `next` returns the
/// day of a review, from the card's current state and the number of the review.
fn compare(
    delphi: bool,
    maximum: i128,
    sequences: &[Vec<i128>],
    mut next: impl FnMut(&Reference, usize) -> i128,
) -> Vec<Reference> {
    let place = Place::new();
    let preset = if delphi { "delphi" } else { "original" };
    place.write("rehearse.toml", format!("[schedule]\npreset = \"{preset}\"\nmaximum_interval = {maximum}\n"));
    let ids: Vec<String> = (0..sequences.len()).map(|n| format!("c{n:03}")).collect();
    place.write("deck.toml", deck(ids.iter().map(String::as_str)));
    let mut journal = Journal::default();
    let mut references = Vec::new();
    let mut days = Vec::new();
    for (id, grades) in ids.iter().zip(sequences) {
        let mut reference = Reference::new(delphi, maximum);
        let mut told = Vec::new();
        for (nth, grade) in grades.iter().enumerate() {
            let day = next(&reference, nth);
            journal.review(id, *grade, day);
            reference.review(*grade, day);
            told.push((*grade, day));
        }
        references.push(reference);
        days.push(told);
    }
    journal.write(&place);
    let list = place.json(&["list"]);
    let rows = list["cards"].as_array().unwrap();
    assert_eq!(rows.len(), sequences.len());
    for ((row, reference), told) in rows.iter().zip(&references).zip(&days) {
        for (key, expected) in reference.row().as_object().unwrap() {
            assert_eq!(&row[key], expected, "{key} of {} after {told:?}, {preset} {maximum}", row["id"]);
        }
    }
    references
}

const PRESETS: [(bool, i128); 6] =
    [(false, 30), (false, 365), (false, 36_500), (true, 30), (true, 365), (true, 36_500)];

fn sequences(random: &mut StdRng, many: usize) -> Vec<Vec<i128>> {
    // Mostly good grades: a card that lapses all the time never gets a long interval.
    let grades = [0, 1, 2, 3, 3, 4, 4, 4, 5, 5, 5];
    let one = |random: &mut StdRng| {
        let length = random.random_range(1..=30);
        (0..length).map(|_| grades[random.random_range(0..grades.len())]).collect()
    };
    (0..many).map(|_| one(random)).collect()
}

#[test]
fn sm_2_on_the_due_day_is_as_specified() {
    let mut random = StdRng::seed_from_u64(1987);
    for (delphi, maximum) in PRESETS {
        let mut all = sequences(&mut random, 50);
        all.extend([vec![5; 30], vec![4; 30], vec![3; 30], vec![0; 30], vec![5, 5, 5, 5, 5, 2, 5, 5, 5]]);
        let references = compare(delphi, maximum, &all, |card, _| card.last.map_or(20_000, |_| card.due()));
        assert_eq!(references[50].interval, maximum);
    }
}

#[test]
fn six_fives_result_in_420_days() {
    let references = compare(false, 36_500, &[vec![5; 6]], |card, _| card.last.map_or(20_000, |_| card.due()));
    assert_eq!((references[0].interval, references[0].ease), (420, 3100));
}

#[test]
fn early_late_repeated_and_misdated_reviews_are_as_specified() {
    let mut random = StdRng::seed_from_u64(1990);
    for (delphi, maximum) in PRESETS {
        let all = sequences(&mut random, 55);
        let mut days = StdRng::seed_from_u64(7);
        compare(delphi, maximum, &all, |card, _| {
            let Some(last) = card.last else { return 20_000 };
            match days.random_range(0..12) {
                0..=3 => card.due(),
                4..=6 => last + i128::from(days.random_range(1..=i64::try_from(card.interval).unwrap())),
                7 | 8 => card.due() + i128::from(days.random_range(1..400_i64)),
                9 => last,
                10 => last - i128::from(days.random_range(1..=2_i64)),
                _ => last - i128::from(days.random_range(3..=2000_i64)),
            }
        });
    }
}

#[test]
fn a_study_day_starts_when_the_settings_say() {
    let cases: &[(&str, &[(&str, &str)])] = &[
        (
            "04:00",
            &[
                ("2026-11-22T03:59:59Z", "2026-11-21"),
                ("2026-11-22T04:00:00Z", "2026-11-22"),
                ("2026-11-22T03:59:59+05:30", "2026-11-21"),
                ("2026-11-22T04:00:00-11:00", "2026-11-22"),
                ("2026-11-23T03:00:00+14:00", "2026-11-22"),
            ],
        ),
        ("00:00", &[("2026-11-21T23:59:59-03:00", "2026-11-21"), ("2026-11-22T00:00:00+13:45", "2026-11-22")]),
        ("11:59", &[("2026-11-22T11:58:59Z", "2026-11-21"), ("2026-11-22T11:59:00Z", "2026-11-22")]),
        ("12:00", &[("2026-11-22T11:59:59Z", "2026-11-22"), ("2026-11-22T12:00:00Z", "2026-11-23")]),
        ("23:30", &[("2026-11-22T23:29:59Z", "2026-11-22"), ("2026-11-22T23:30:00Z", "2026-11-23")]),
    ];
    for (start, times) in cases {
        let mut place = Place::new();
        place.write("rehearse.toml", format!("[schedule]\nday_starts_at = \"{start}\"\n"));
        let ids: Vec<String> = (0..times.len()).map(|n| format!("c{n}")).collect();
        place.write("deck.toml", deck(ids.iter().map(String::as_str)));
        for (id, (now, day)) in ids.iter().zip(*times) {
            let next = date(day_number(day) + 1);
            place.at(now).run(&["grade", id, "5"]).success(&format!("saved {id} grade 5, next {next}\n"));
            assert_eq!(place.card(id)["last"], *day, "{start} {now}");
            assert_eq!(place.json(&["due"])["today"], *day, "{start} {now}");
        }
    }
}

#[test]
fn an_interview_tomorrow_is_tomorrow_whenever_the_study_day_starts() {
    let days = |place: &Place| place.json(&["due"])["interviews"][0]["days"].clone();
    for (start, now, left) in [
        ("04:00", "2026-11-22T08:00:00Z", 1),
        ("23:00", "2026-11-22T08:00:00Z", 1),
        ("23:00", "2026-11-22T22:59:00Z", 1),
        ("23:00", "2026-11-22T23:00:00Z", 0),
        ("12:00", "2026-11-22T12:00:00Z", 0),
    ] {
        let mut place = Place::with_deck(&deck(["c0"]));
        place.write("rehearse.toml", format!("[schedule]\nday_starts_at = \"{start}\"\n"));
        place.write("round.toml", "[interview]\ncompany = \"Northwind\"\ndate = 2026-11-23\n");
        place.at(now);
        assert_eq!(days(&place), left, "{start} {now}");
        let said = place.run(&[]).stdout;
        assert_eq!(said.contains("Northwind, tomorrow: "), left == 1, "{start} {now}: {said}");
        ok(&place.run(&["grade", "c0", "4"]));
        let stats = place.json(&["stats"]);
        assert_eq!(stats["today"], place.json(&["due"])["today"], "{start} {now}");
        let why = place.run(&["why", "c0"]).stdout;
        assert!(why.contains("tomorrow"), "{start} {now}: {why}");
    }
}

/// Returns the ids that `due` shows, in order.
fn due(place: &Place) -> Vec<String> {
    ids(&place.json(&["due"])["cards"])
}

fn ids(rows: &Value) -> Vec<String> {
    rows.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

/// Returns the events of a session that reads these lines.
fn talk(place: &Place, args: &[&str], lines: &[&str]) -> Vec<Value> {
    let args = [&["review", "--format", "jsonl"], args].concat();
    let done = place.feed(&args, lines.iter().map(|line| format!("{line}\n")).collect::<String>());
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""), "{done:?}");
    done.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Returns the cards of a session with these arguments that skips each of them.
fn asked(place: &Place, args: &[&str]) -> Vec<String> {
    let events = talk(place, args, &["{\"action\":\"skip\"}"; 50]);
    events
        .iter()
        .filter(|event| event["event"] == "card")
        .map(|event| event["id"].as_str().unwrap().to_owned())
        .collect()
}

#[track_caller]
fn ok(done: &Done) {
    assert_eq!(done.code, Some(0), "{done:?}");
}

#[test]
fn daily_limits_survive_a_restart_and_flags_replace_them() {
    let mut place = Place::with_deck(&deck(["a", "b", "c", "d", "e", "f", "g", "h"]));
    place.write("rehearse.toml", "[review]\nnew_per_day = 3\nmax_per_day = 4\n");
    assert_eq!(due(&place), ["a", "b", "c"]);
    ok(&place.run(&["grade", "a", "5"]));
    ok(&place.run(&["grade", "b", "2"]));
    // One new card is left, and the failed one comes again without counting.
    assert_eq!(due(&place), ["c", "b"]);
    assert_eq!(place.run(&["due", "--short"]).stdout, "1 due, 1 new\n");
    ok(&place.run(&["grade", "c", "4"]));
    ok(&place.run(&["grade", "b", "4"]));
    assert_eq!(due(&place), Vec::<String>::new());
    assert_eq!(asked(&place, &["--new", "2"]), ["d"]);
    assert_eq!(asked(&place, &["--new", "9", "--limit", "2"]), ["d", "e"]);
    place.at("2026-11-23T08:00:00Z");
    // Three are due, the missed one first and the one known at first sight last; `max_per_day` leaves room for one of three
    // new ones.
    assert_eq!(due(&place), ["b", "c", "a", "d"]);
    assert_eq!(asked(&place, &["--limit", "2"]), ["b", "c"]);
    assert_eq!(asked(&place, &["--limit", "100"]), ["b", "c", "a", "d", "e", "f"]);
    assert_eq!(ids(&place.json(&["due", "--limit", "1"])["cards"]), ["b"]);
    place.write(".rehearse/local/settings.toml", "[review]\nnew_per_day = 0\nmax_per_day = 2\n");
    assert_eq!(due(&place), ["b", "c"]);
    ok(&place.run(&["grade", "b", "5"]));
    assert_eq!(due(&place), ["c"]);
}

#[test]
fn a_card_below_four_comes_again_today_until_it_gets_a_four() {
    let mut place = Place::with_deck(&deck(["x"]));
    for grade in ["3", "0", "2", "3"] {
        place.run(&["grade", "x", grade]).success(&format!("saved x grade {grade}, next 2026-11-23\n"));
        assert_eq!(due(&place), ["x"]);
        assert_eq!(asked(&place, &[]), ["x"]);
        assert_eq!((&place.card("x")["status"], &place.card("x")["due"]), (&json!("due"), &json!("2026-11-23")));
    }
    assert_eq!(place.run(&["due", "--exit-code"]).code, Some(0));
    ok(&place.run(&["grade", "x", "4"]));
    let row = place.card("x");
    assert_eq!((&row["reviews"], &row["lapses"], &row["status"]), (&json!(5), &json!(0), &json!("learned")));
    let done = place.run(&["due", "--exit-code"]);
    assert_eq!(
        (done.code, done.stdout.as_str()),
        (Some(4), "Nothing is due. Next: 1 card tomorrow. `rehearse review --ahead` does not wait.\n")
    );
    assert_eq!(place.run(&["due"]).code, Some(0));
    // A grade given late at night still belongs to the day before.
    place.at("2026-11-23T03:00:00Z");
    assert_eq!(due(&place), Vec::<String>::new());
    place.at("2026-11-23T04:00:00Z");
    assert_eq!(due(&place), ["x"]);
}

#[test]
fn a_buried_card_comes_tomorrow_and_a_suspended_one_when_resumed() {
    let mut place = Place::with_deck(&deck(["a", "b", "c"]));
    let events = talk(&place, &[], &["{\"action\":\"bury\"}", "{\"action\":\"suspend\"}", "{\"action\":\"quit\"}"]);
    let words: Vec<&str> = events.iter().map(|event| event["event"].as_str().unwrap()).collect();
    assert_eq!(words, ["card", "buried", "card", "suspended", "card", "end"]);
    assert_eq!(due(&place), ["c"]);
    assert_eq!(place.card("b")["status"], "suspended");
    place.at("2026-11-23T08:00:00Z");
    assert_eq!(due(&place), ["a", "c"]);
    ok(&place.run(&["unsuspend", "b"]));
    assert_eq!(due(&place), ["a", "b", "c"]);
    assert_eq!(place.run(&["resume", "b"]).stderr, "note: `b` is not suspended\n");
}

#[test]
fn due_cards_come_by_the_greatest_claim_and_exact_comparison() {
    let place = Place::new();
    let today = i128::from(day_number("2026-11-22"));
    let mut journal = Journal::default();
    let mut expected = Vec::new();
    let mut random = StdRng::seed_from_u64(3);
    for n in 0..60 {
        // A short history that ends on its due day or a few days later, and is due today or before.
        let grades: Vec<i128> = (0..random.random_range(1..6)).map(|_| random.random_range(2..=5)).collect();
        let (mut card, mut told) = (Reference::new(false, 36_500), Vec::new());
        for grade in grades {
            let day = card.last.map_or(0, |_| card.due());
            card.review(grade, day);
            told.push((grade, day));
        }
        let shift = today - card.due() - i128::from(random.random_range(0..20_i64));
        let id = format!("c{n:02}");
        told.iter().for_each(|(grade, day)| journal.review(&id, *grade, day + shift));
        let age = today - (card.last.unwrap() + shift) + if card.n == 0 { 2 } else { 0 };
        let strength = if card.n == 1 && card.ease > 2500 { 2 } else { card.interval };
        expected.push(((age, strength), card.interval, id));
    }
    place.write("rehearse.toml", "[review]\nnew_per_day = 0\n");
    place.write("deck.toml", deck(expected.iter().map(|(.., id)| id.as_str())));
    journal.write(&place);
    expected.sort_by(|((age_a, strength_a), interval_a, a), ((age_b, strength_b), interval_b, b)| {
        (age_b * strength_a).cmp(&(age_a * strength_b)).then(interval_a.cmp(interval_b)).then(a.cmp(b))
    });
    let expected: Vec<String> = expected.into_iter().map(|(.., id)| id).collect();
    assert_eq!(due(&place), expected);
    assert_eq!(asked(&place, &["--limit", "50"]), expected[..50]);
}

#[test]
fn decks_take_turns_if_cards_are_equally_due() {
    let mut place = Place::new();
    place.write("rehearse.toml", "[review]\nnew_per_day = 9\n");
    for name in ["a", "b", "c"] {
        place.write(&format!("{name}.toml"), deck([format!("{name}1").as_str(), &format!("{name}2")]));
    }
    let decks = |ids: Vec<String>| ids.iter().map(|id| id[..1].to_owned()).collect::<String>();
    // New cards come by path and place.
    assert_eq!(decks(due(&place)), "aabbcc");
    for id in due(&place) {
        ok(&place.run(&["grade", &id, "5"]));
    }
    place.at("2026-11-23T08:00:00Z");
    let old = decks(due(&place));
    // Due cards that tie go by id, but decks take turns.
    assert_eq!(old, "abcabc");
}

#[test]
fn ahead_asks_the_soonest_and_cram_records_nothing() {
    let place = Place::with_deck(&deck(["late", "new", "soon"]));
    let mut journal = Journal::default();
    let today = i128::from(day_number("2026-11-22"));
    [(4, -8), (4, -7), (4, -1)].iter().for_each(|(grade, day)| journal.review("late", *grade, today + day));
    [(4, -5), (4, -4)].iter().for_each(|(grade, day)| journal.review("soon", *grade, today + day));
    journal.write(&place);
    place.write("rehearse.toml", "[review]\nnew_per_day = 0\n");
    ok(&place.run(&["list"]));
    place
        .run(&["review"])
        .success("Nothing is due. Next: 1 card Tuesday 24 November. `rehearse review --ahead` does not wait.\n");
    assert_eq!(asked(&place, &["--ahead"]), ["soon", "late"]);
    assert_eq!(asked(&place, &["--ahead", "--limit", "1"]), ["soon"]);
    let before = (place.log(), place.json(&["list"]));
    let events = talk(&place, &["--cram"], &["{\"grade\":0}", "{\"grade\":5}", "{\"grade\":4}", "{\"grade\":4}"]);
    let words: Vec<&str> = events.iter().map(|event| event["event"].as_str().unwrap()).collect();
    assert_eq!(words, ["card", "noted", "card", "noted", "card", "noted", "card", "noted", "end"]);
    assert!(!place.local().join("log.jsonl").exists());
    assert_eq!((place.log(), place.json(&["list"])), before);
}

#[test]
fn ahead_of_an_interview_the_greatest_claim_comes_first() {
    let place = Place::with_deck(&deck(["late", "soon"]));
    let mut journal = Journal::default();
    let today = i128::from(day_number("2026-11-22"));
    // 12 of 15 days have passed, and 4 of 6.
    [(4, -19), (4, -18), (4, -12)].iter().for_each(|(grade, day)| journal.review("late", *grade, today + day));
    [(4, -5), (4, -4)].iter().for_each(|(grade, day)| journal.review("soon", *grade, today + day));
    journal.write(&place);
    assert_eq!(asked(&place, &["--ahead"]), ["soon", "late"]);
    place.write("job.toml", "[interview]\ndate = 2027-11-22\n");
    assert_eq!(asked(&place, &["--ahead"]), ["late", "soon"]);
}

#[test]
fn a_session_in_a_pipe_that_crams_says_so_and_saves_nothing() {
    let place = Place::with_deck(&deck(["x"]));
    let done = place.feed(&["review", "--cram"], "\n5\n");
    ok(&done);
    assert!(done.stdout.contains("Nothing is recorded.") && !done.stdout.contains("saved"), "{done:?}");
}

#[test]
fn a_session_takes_the_cards_that_fit() {
    let place = Place::new();
    place.write("rehearse.toml", "[review]\nnew_per_day = 50\n");
    place.write(
        "work/first.toml",
        "[deck]\ntitle = \"My first deck\"\ntags = [\"t\"]\nround = [2]\n[[card]]\nid = \"a\"\nprompt = \"A\"\n\
         [[card]]\nid = \"b\"\nkind = \"fact\"\nprompt = \"B\"\nanswer = \"b\"\ntags = [\"u\"]\nround = [1, 3]\n",
    );
    place.write(
        "second.toml",
        "[[card]]\nid = \"c\"\nprompt = \"C\"\n[[card]]\nid = \"d\"\nkind = \"plan\"\nprompt = \"D\"\n",
    );
    let cases: &[(&[&str], &[&str])] = &[
        (&["--tag", "t"], &["a"]),
        (&["--tag", "t", "--tag", "u"], &["a", "b"]),
        (&["--tag", "none"], &[]),
        (&["--kind", "fact"], &["b"]),
        (&["--kind", "fact", "--kind", "plan"], &["b", "d"]),
        (&["--round", "2"], &["a", "c", "d"]),
        (&["--round", "3"], &["b", "c", "d"]),
        (&["--round", "3", "--tag", "t"], &[]),
        (&["My first deck"], &["a", "b"]),
        (&["work/first.toml"], &["a", "b"]),
        (&["work/first"], &["a", "b"]),
        (&["first"], &["a", "b"]),
        (&["work"], &["a", "b"]),
        (&["./work/"], &["a", "b"]),
        (&["second", "first"], &["a", "b", "c", "d"]),
        (&["second", "--kind", "plan"], &["d"]),
    ];
    for (args, expected) in cases {
        let mut found = asked(&place, args);
        found.sort_unstable();
        assert_eq!(found, *expected, "{args:?}");
    }
    let nearest: &[(&[&str], &str)] = &[
        (&["review", "frist"], "error: no deck `frist`\nhelp: did you mean `first`?\n"),
        (&["review", "my first dek"], "error: no deck `my first dek`\nhelp: did you mean `My first deck`?\n"),
        (&["review", "zzzzzz"], "error: no deck `zzzzzz`\nhelp: decks here: `second.toml` and `work/first.toml`\n"),
        (&["grade", "aa", "3"], "error: no card `aa`\nhelp: did you mean `a`?\n"),
    ];
    for (args, message) in nearest.iter().take(3) {
        place.run(args).ended(2, "", message);
    }
    assert_eq!(place.run(nearest[3].0).code, Some(2));
    assert_eq!(place.run(&["review", "--kind", "fcat"]).code, Some(2));
}

#[test]
fn undo_undoes_the_newest_reviews_or_one_event() {
    let mut place = Place::with_deck(&deck(["a", "b", "c"]));
    place.run(&["undo"]).ended(
        2,
        "",
        "error: no review to undo\nhelp: `rehearse log` shows reviews and those taken back\n",
    );
    for (id, minute) in [("a", 1), ("b", 2), ("c", 3)] {
        place.at(&format!("2026-11-22T08:0{minute}:00Z"));
        ok(&place.run(&["grade", id, "5"]));
    }
    place.at("2026-11-23T08:00:00Z");
    let done = place.run(&["undo", "2"]);
    ok(&done);
    let lines: Vec<&str> = done.stdout.lines().collect();
    assert!(lines[0].starts_with("took back grade 5 of c (2026-11-22 08:03, device "), "{lines:?}");
    assert!(lines[1].starts_with("took back grade 5 of b (2026-11-22 08:02, device "), "{lines:?}");
    assert_eq!((place.card("c")["reviews"].as_i64(), place.card("b")["due"].as_str()), (Some(0), None));
    // The undo of an undo.
    let event = lines[1].split('`').nth(1).unwrap().rsplit(' ').next().unwrap();
    ok(&place.run(&["undo", event]));
    assert_eq!(place.card("b")["reviews"], 1);
    assert_eq!(place.run(&["undo", event]).code, Some(2));
    // By its own id, from the log; void reviews are no longer the newest.
    let rows: Vec<Value> =
        place.run(&["log", "--json"]).stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let voids: Vec<(&str, bool)> =
        rows.iter().map(|row| (row["card"].as_str().unwrap(), row["void"].as_bool().unwrap())).collect();
    assert_eq!(voids, [("c", true), ("b", false), ("a", false)]);
    ok(&place.run(&["undo", rows[2]["id"].as_str().unwrap()]));
    ok(&place.run(&["undo", "5"]));
    assert_eq!(place.json(&["list"])["cards"].as_array().unwrap().iter().filter(|row| row["reviews"] != 0).count(), 0);
    for nonsense in ["1", "0", "x", "aaaaaaaa-1-00000000", "-1"] {
        assert_eq!(place.run(&["undo", nonsense]).code, Some(2), "{nonsense}");
    }
}

#[test]
fn a_rename_moves_history_and_its_undo_moves_it_back() {
    let place = Place::with_deck(&deck(["old", "other"]));
    ok(&place.run(&["grade", "old", "5"]));
    let renamed = place.run(&["rename", "old", "new"]);
    assert_eq!(renamed.code, Some(0));
    assert_eq!(renamed.stderr, "note: no card `new` stands in a deck yet; the history waits for it\n");
    let event = renamed.stdout.split('`').nth(1).unwrap().rsplit(' ').next().unwrap().to_owned();
    assert!(renamed.stdout.starts_with("renamed old to new; `rehearse undo "), "{renamed:?}");
    place.run(&["grade", "old", "5"]).success("saved new grade 5, next 2026-11-23\n");
    place.write("deck.toml", deck(["new", "other"]));
    assert_eq!(place.card("new")["reviews"], 2);
    let cards: Vec<Value> =
        place.log().into_iter().filter(|row| row["kind"] == "review").map(|row| row["card"].clone()).collect();
    assert_eq!(cards, ["new", "new"]);
    ok(&place.run(&["undo", &event]));
    // What was recorded under the new name stays with it.
    assert_eq!(place.card("new")["reviews"], 1);
    assert_eq!(ids(&place.json(&["list", "--absent"])["cards"]), ["old"]);
    place.write("deck.toml", deck(["old"]));
    assert_eq!(place.card("old")["reviews"], 1);
    // It is unknown, or not an id, or the same.
    for args in [["rename", "nobody", "x"], ["rename", "old", "a b"], ["rename", "old", "old"]] {
        assert_eq!(place.run(&args).code, Some(2), "{args:?}");
    }
}

#[test]
fn a_card_without_history_can_be_renamed_before_its_new_name_is_written() {
    let place = Place::with_deck(&deck(["old"]));
    ok(&place.run(&["rename", "old", "new"]));
    place.write("deck.toml", deck(["other"]));
    place.run(&["grade", "old", "5"]).success("saved new grade 5, next 2026-11-23\n");
    place.write("deck.toml", deck(["new"]));
    assert_eq!(place.card("new")["reviews"], 1);
}

#[test]
fn a_name_that_only_a_rename_knows_can_be_graded() {
    let place = Place::with_deck(&deck(["a", "old"]));
    ok(&place.run(&["rename", "old", "later"]));
    place.write("deck.toml", deck(["a"]));
    for name in ["old", "later"] {
        place.run(&["grade", name, "5"]).success("saved later grade 5, next 2026-11-23\n");
    }
    // An old name means the card under its current name; the same rename twice adds no event.
    let renamed = place.run(&["rename", "old", "latest"]);
    assert!(renamed.stdout.starts_with("renamed later to latest; "), "{renamed:?}");
    place.run(&["rename", "old", "latest"]).ended(0, "", "note: the history of old goes on as latest already\n");
    let absent = place.json(&["list", "--absent"]);
    assert_eq!((ids(&absent["cards"]), &absent["cards"][0]["reviews"]), (vec!["latest".to_owned()], &json!(2)));
    // Once undone, it is not the name of a card.
    let event = renamed.stdout.split('`').nth(1).unwrap().rsplit(' ').next().unwrap();
    ok(&place.run(&["undo", event]));
    assert_eq!(place.run(&["grade", "latest", "5"]).code, Some(2));
}

#[test]
fn old_and_new_side_by_side_are_one_card() {
    let place = Place::with_deck(&deck(["old", "new"]));
    ok(&place.run(&["grade", "old", "5"]));
    assert_eq!(place.run(&["rename", "old", "new"]).stderr, "");
    assert_eq!(ids(&place.json(&["list"])["cards"]), ["new"]);
    assert_eq!(place.card("new")["reviews"], 1);
    let done = place.run(&["check", "--format", "short"]);
    assert_eq!(done.code, Some(1));
    let warning =
        "deck.toml:4:1: warning: `new` and `old` (at deck.toml:1) are one card since a rename [renamed-twin]\n";
    assert_eq!(done.stdout, warning);
}

#[test]
fn resume_names_the_line_that_keeps_a_card_suspended() {
    let place = Place::with_deck(&format!("{}note = \"n\"\nsuspended = true\n", deck(["a", "x"])));
    let note = "note: `x` stays suspended: deck.toml:8 says `suspended = true`; delete that line to ask it\n";
    place.run(&["resume", "x"]).ended(0, "", note);
    ok(&place.run(&["suspend", "x"]));
    let both = place.run(&["resume", "x"]);
    assert_eq!((both.code, both.stderr.as_str()), (Some(0), note));
    assert!(both.stdout.starts_with("resumed x (event "), "{both:?}");
    assert_eq!(due(&place), ["a"]);
    assert_eq!(place.card("x")["status"], "suspended");
}

#[test]
fn a_conversation_in_json_lines() {
    let place = Place::with_deck(
        "[deck]\ntitle = \"D\"\n[[card]]\nid = \"a\"\nprompt = \"A\"\nhint = \"H\"\nlimit = 90\npoints = [\"p\", \"q\"]\n\
         [[card]]\nid = \"b\"\nprompt = \"B\"\n[[card]]\nid = \"c\"\nprompt = \"C\"\n",
    );
    let lines = [
        "nonsense",
        "",
        "{\"grade\":6}",
        "{\"grade\":\"4\"}",
        "{\"grade\":4,\"extra\":1}",
        "{\"action\":\"fly\"}",
        "{\"action\":\"undo\"}",
        "{\"grade\":4,\"ticks\":[3]}",
        "{\"action\":\"hint\"}",
        "{\"grade\":3,\"ticks\":[1],\"ms\":73000}",
        "{\"action\":\"skip\"}",
        "{\"grade\":5}",
        "{\"action\":\"undo\"}",
        "{\"grade\":4}",
        "{\"grade\":4,\"ticks\":[1,2],\"ms\":50000}",
    ];
    let events = talk(&place, &[], &lines);
    let words: Vec<&str> = events.iter().map(|event| event["event"].as_str().unwrap()).collect();
    let errors = ["error"; 7];
    let rest = [
        "hint", "saved", "card", "skipped", "card", "saved", "card", "undone", "card", "saved", "card", "saved", "end",
    ];
    assert_eq!(words, [&["card"][..], &errors, &rest].concat());
    let card = json!({
        "event": "card", "id": "a", "deck": "D", "kind": "open", "prompt": "A", "points": ["p", "q"], "parts": 0,
        "limit": 90, "left": 2, "early_for": null,
    });
    assert_eq!(events[0], card);
    assert!(events[1..8].iter().all(|event| event["message"].as_str().is_some_and(|text| !text.is_empty())));
    assert_eq!(events[8], json!({ "event": "hint", "hint": "H" }));
    let saved = json!({ "event": "saved", "id": "a", "grade": 3, "due": "2026-11-23", "again": true });
    assert_eq!(events[9], saved);
    let log = place.log();
    let reviews: Vec<&Value> = log.iter().filter(|row| row["kind"] == "review" && row["void"] == false).collect();
    assert_eq!(reviews.len(), 3);
    let first = reviews[2];
    assert_eq!(
        (&first["card"], &first["grade"], &first["seconds"], &first["ticks"], &first["hint"]),
        (&json!("a"), &json!(3), &json!(73.0), &json!([1]), &json!(true))
    );
}
