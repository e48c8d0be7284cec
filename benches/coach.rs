//! Answers that the coach reviews per second on one core, and how its time grows with the length of a text. Prints medians.
//!
//! Run with `cargo bench --bench coach`. Twice the text should take about twice the time, whatever the text is made of.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods, reason = "a bench prints times")]

use std::hint::black_box;
use std::time::Instant;

use rehearsal::coach::{Answer, AnswerContext, Phrases, Runs, TextKind, review};
use rehearsal::deck::{Deck, Kind, parse};
use rehearsal::diagnostic::Source;

const ROUNDS: usize = 9;
const ANSWERS: usize = 10_000;
/// Rounds over all answers; each takes seconds.
const FEW_ROUNDS: usize = 3;
const LARGEST: usize = 1 << 20;

const DECK: &str = "[interview]\ncompany = \"Northwind Logistics\"\nalso = [\"Northwind\"]\nrole = \"Director of Operations\"\n\
                    [[interviewer]]\nname = \"Priya Ramanathan\"\n[[heard]]\nsaid = \"late deliveries on the coast routes\"\n\
                    [[card]]\nid = \"x\"\nprompt = \"X?\"\nkind = \"story\"\nneeds = [\"company\", \"role\"]\nkeywords = [\"coalition\"]\n\
                    parts = [{ ask = \"how many\", any = [\"people\", \"staff\"] }]\n";

/// Sentences of a story, some of which have findings.
const STORY: [&str; 12] = [
    "When I came to the depot in 2019, every second parcel was late and the drivers did not trust the planners. ",
    "I rode with each of them for a day, and I asked what he would do if it were his. ",
    "Most of them had an answer that nobody had ever wanted to hear. ",
    "My old boss never listened, you know, and I think that it was, like, basically a mess. ",
    "We tried nine of these ideas, one after the other, and I wrote down what each of them cost. ",
    "It wasn't really my fault that the first failed; nobody told me about the bridge. ",
    "The second one saved eleven minutes on the coast routes, which meant a whole round more each week. ",
    "I told the board so in May, with two drivers beside me, and they gave us another depot. ",
    "I led a large team by then, and we were a little proud of it. ",
    "As you know, pride comes before a fall: in August the bridge was closed. ",
    "I called the customers myself, all forty of them, before they could call me. ",
    "Not one of them left, and by December late parcels were down from half to one in twenty. ",
];

fn story(from: usize, bytes: usize) -> String {
    (from..)
        .map(|n| STORY[n * 7 % STORY.len()])
        .scan(0, |taken, sentence| {
            *taken += sentence.len();
            (*taken <= bytes).then_some(sentence)
        })
        .collect()
}

fn main() {
    let (deck, faults) = parse(&Source::new("bench.toml", DECK), &[]);
    assert!(faults.is_empty());
    let answers: Vec<String> = (0..ANSWERS).map(|n| story(n, 1_640)).collect();
    let words: usize = answers.iter().map(|answer| heard(answer, TextKind::Answer(Kind::Story), &deck, None)).sum();
    println!("{ANSWERS} answers of {} words:", words / ANSWERS);
    let runs = Runs::of(&answers[0]);
    for (what, kind, before) in [
        ("stories", TextKind::Answer(Kind::Story), None),
        ("stories, compared with the last take", TextKind::Answer(Kind::Story), Some(&runs)),
        ("motives", TextKind::Answer(Kind::Motive), None),
        ("plans", TextKind::Answer(Kind::Plan), None),
    ] {
        let seconds = median(FEW_ROUNDS, || {
            for answer in &answers {
                black_box(heard(answer, kind, &deck, before));
            }
        });
        println!("  {:.0} {what} a second", ANSWERS as f64 / seconds);
    }
    for (what, unit) in texts() {
        let times = [LARGEST / 8, LARGEST / 4, LARGEST / 2, LARGEST].map(|bytes| {
            let text: String = unit.chars().cycle().take(bytes / unit.len() * unit.chars().count()).collect();
            median(ROUNDS, || {
                // A note is also checked for names.
                for kind in [TextKind::Answer(Kind::Story), TextKind::Note] {
                    black_box(heard(&text, kind, &deck, None));
                }
            })
        });
        let ratios: Vec<String> = times.windows(2).map(|pair| format!("{:.2}", pair[1] / pair[0])).collect();
        println!("{what}: 1 MiB in {:.0} ms; t(2n)/t(n) {}", times[3] * 1e3, ratios.join(" "));
    }
}

/// Returns texts to repeat: prose, and texts that could be slow for a rule.
fn texts() -> Vec<(&'static str, String)> {
    vec![
        ("prose", story(0, 4_000)),
        ("no stops", story(0, 4_000).replace(['.', ',', ';', ':'], "")),
        ("full stops", ". ".into()),
        ("spaces", " ".into()),
        ("new lines", "\n ".into()),
        ("one letter", "I ".into()),
        ("one word", "a".into()),
        ("quotation marks", "“my \" boss' ‘".into()),
        ("combining marks", "a\u{301}'\u{301}\u{200d}".into()),
        ("blame", "my old boss was an idiot and ".into()),
        ("names", "Priia Ramanatan ".into()),
        ("negations", "not never if my old last own boss ".into()),
    ]
}

fn heard(text: &str, kind: TextKind, deck: &Deck, before: Option<&Runs>) -> usize {
    let answer = Answer { text, before, ..Answer::default() };
    let context = AnswerContext {
        kind,
        card: deck.cards.first(),
        interview: deck.interview.as_ref(),
        interviewers: &deck.interviewers,
        heard: &deck.heard,
        off: &[],
        phrases: Phrases::shipped(),
    };
    review(&answer, &context).words
}

/// Returns the median time in seconds.
fn median(rounds: usize, mut work: impl FnMut()) -> f64 {
    let mut times: Vec<f64> = (0..rounds)
        .map(|_| {
            let timer = Instant::now();
            work();
            timer.elapsed().as_secs_f64()
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[rounds / 2]
}
