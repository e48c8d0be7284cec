//! The same events have the same result however they arrive: at once or in parts, by the log or by journals.

use proptest::prelude::*;

use super::*;
use crate::events::{When, about, mock, rename, suspend, undo};
use crate::tiers::cases;

/// A random event, and how it arrives.
#[derive(Debug, Clone)]
struct Drawn {
    kind: u8,
    card: u8,
    grade: u8,
    minutes: i64,
    /// How far its logical clock is ahead, if at all.
    ahead: Option<i64>,
    /// The earlier event of an undo, or the new card of a rename.
    of: usize,
    /// The run in which it arrives.
    run: usize,
    /// The file: the log, or one of two journals.
    file: usize,
}

const RUNS: usize = 4;
const FILES: [&str; 3] =
    [".rehearse/local/log.jsonl", ".rehearse/journal/x/2026-11.jsonl", ".rehearse/journal/y/2026-12.jsonl"];
const DEVICES: [&str; 3] = ["aaaaaaaa", "bbbbbbbb", "cccccccc"];

fn drawn() -> impl Strategy<Value = Drawn> {
    let when = (-20_000i64..0, prop::option::weighted(0.2, 1i64..20_000));
    let how = (0usize..40, 0..RUNS, 0..FILES.len());
    (0u8..18, 0u8..7, 0u8..6, when, how).prop_map(|(kind, card, grade, (minutes, ahead), (of, run, file))| Drawn {
        kind,
        card,
        grade,
        minutes,
        ahead,
        of,
        run,
        file,
    })
}

fn card(n: usize) -> String {
    format!("c{n}")
}

/// Builds the events. An undo can name another undo, or an event that arrives later or never.
fn events(drawn: &[Drawn]) -> Vec<Event> {
    let mut events: Vec<Event> = Vec::new();
    for (n, drawn) in drawn.iter().enumerate() {
        let card_id = &card(drawn.card.into());
        let body = match drawn.kind {
            0..=2 if !events.is_empty() => undo(&events[drawn.of % events.len()].id),
            3 | 4 => rename(card_id, &card(drawn.of % 7)),
            5 => suspend(card_id, drawn.of % 2 == 0),
            6 => about("bury", card_id),
            7 => about("bring", card_id),
            8 => about("reset", card_id),
            9 => "\"k\":\"device\",\"name\":\"desk\"".to_owned(),
            10 => "\"k\":\"later\"".to_owned(),
            17 => mock(card_id, drawn.grade.max(1)),
            _ => review(card_id, drawn.grade),
        };
        let unix_ms = START + drawn.minutes * 60_000;
        let when = When { logical: drawn.ahead.map(|minutes| unix_ms + minutes * 60_000), ..at(unix_ms) };
        events.push(Event::new(DEVICES[n % 3], i64::try_from(n / 3).unwrap() + 1, when, &body));
    }
    events
}

/// Cards whose variant and follow-up question depend on their history.
fn deck() -> String {
    let card = |n| {
        format!(
            "[[card]]\nid = \"c{n}\"\nprompt = \"What?\"\nvariants = [\"Why?\", \"How?\"]\nfollowups = [\"And?\", \"So?\", \"Who?\"]\n"
        )
    };
    (0..5).map(card).collect()
}

/// Everything that a place prints about its history, with the variant and the follow-up question of each card.
fn answers(place: &Place) -> [String; 5] {
    let all: [&[&str]; 5] = [
        &["list", "--json"],
        &["list", "--absent", "--json"],
        &["due", "--json"],
        &["log", "--all", "--json"],
        &["review", "--cram", "--format", "jsonl"],
    ];
    all.map(|args| {
        let done = place.feed(args, "{\"grade\":4}\n".repeat(5));
        assert_ended(&done, 0);
        done.stdout
    })
}

/// Appends lines to a file, which may not exist yet.
fn append(place: &Place, file: &str, lines: &[String]) {
    let before = std::fs::read_to_string(place.path().join(file)).unwrap_or_default();
    place.write(file, before + &lines.concat());
}

/// Every good line of the log and the journals.
fn lines(place: &Place) -> BTreeSet<String> {
    let texts = FILES.iter().filter_map(|file| std::fs::read_to_string(place.path().join(file)).ok());
    texts.flat_map(|text| text.lines().map(|line| format!("{line}\n")).collect::<Vec<_>>()).collect()
}

/// A quadratic step would take minutes.
#[test]
fn a_hundred_thousand_renames_are_followed_at_once() {
    const RENAMES: i64 = 100_000;
    let name = |n: i64| if n == RENAMES { "c0".to_owned() } else { format!("old-{n}") };
    type Shape<'a> = (&'a str, &'a dyn Fn(i64) -> (String, String));
    let shapes: [Shape<'_>; 3] = [
        ("chain", &|n| (name(n), name(n + 1))),
        ("star", &|n| (name(n), name(RENAMES))),
        ("ring", &|n| (name(n), name((n + 1) % RENAMES))),
    ];
    for (shape, rename_nth) in shapes {
        let place = Place::with_deck(&many(2000));
        let renames = (0..RENAMES).map(|n| {
            let (old, new) = rename_nth(n);
            event("aaaaaaaa", n + 1, n - RENAMES, &rename(&old, &new)).line + "\n"
        });
        let first = event("bbbbbbbb", 1, -2 * RENAMES, &review("old-0", 4)).line + "\n";
        // The database exists before the renames arrive.
        assert_ended(&place.run(&["due", "--short"]), 0);
        place.write(FILES[1], first + &renames.collect::<String>());
        let short = place.run(&["due", "--short"]);
        let again = place.run(&["due", "--short"]);
        let due = if shape == "ring" { "0 due, 5 new\n" } else { "1 due, 5 new\n" };
        assert_eq!((short.stdout.as_str(), again.stdout.as_str()), (due, due), "{shape}: {short:?}");
        assert_grades(&place);
        delete_database(&place.local());
        assert_ended(&place.run(&["list"]), 0);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 60, ..cases(8) })]

    #[test]
    fn the_order_of_arrival_makes_no_difference(
        drawn in prop::collection::vec(drawn(), 1..40),
        deeds in prop::collection::vec(0u8..5, RUNS),
        seed in any::<u64>(),
    ) {
        use rand::seq::SliceRandom as _;
        let bit_by_bit = Place::with_deck(&deck());
        let mut random = random(seed);
        let mut coming: Vec<(usize, usize, String)> =
            drawn.iter().zip(events(&drawn)).map(|(drawn, event)| (drawn.run, drawn.file, event.line + "\n")).collect();
        coming.shuffle(&mut random);
        for (run, deed) in deeds.iter().enumerate() {
            for (at, file) in FILES.iter().enumerate() {
                let lines: Vec<String> =
                    coming.iter().filter(|(when, into, _)| (*when, *into) == (run, at)).map(|(.., line)| line.clone()).collect();
                if !lines.is_empty() {
                    append(&bit_by_bit, file, &lines);
                }
            }
            let done = match deed {
                0 => bit_by_bit.run(&["undo"]),
                1 => bit_by_bit.run(&["undo", "2"]),
                2 => bit_by_bit.run(&["grade", "c1", "2"]),
                3 => bit_by_bit.run(&["rename", "c2", "c6"]),
                _ => bit_by_bit.run(&["list"]),
            };
            // There may be nothing left to undo.
            prop_assert!(matches!(done.code, Some(0 | 2)), "{:?}", done);
        }
        let said = answers(&bit_by_bit);

        let mut all: Vec<String> = lines(&bit_by_bit).into_iter().collect();
        all.shuffle(&mut random);
        let at_once = Place::with_deck(&deck());
        append(&at_once, FILES[1], &all);
        prop_assert_eq!(&answers(&at_once), &said, "all at once in a journal");

        delete_database(&bit_by_bit.local());
        prop_assert_eq!(&answers(&bit_by_bit), &said, "built anew");
        assert_intact(&bit_by_bit);
    }
}
