//! Reviews folded, and lines parsed and rendered, per second on one core. Prints medians.
//!
//! Run with `cargo bench --bench fold`. Everything is in memory.
//!
//! Not here: the time for the disk and SQLite.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods, reason = "a bench prints times")]

use std::hint::black_box;
use std::time::Instant as Timer;

use rehearsal::clock::StudyDay;
use rehearsal::history::{CardAction, Event, fold, parse_line, render};
use rehearsal::schedule::Grade;
use rehearsal::settings::{Preset, Rules};

#[path = "../tests/it/events.rs"]
#[allow(dead_code, reason = "shared with the tests, which use more of it")]
mod events;

const CARDS: usize = 100_000;
const EACH: usize = 10;
const LINES: usize = 100_000;
const ROUNDS: usize = 15;

fn main() {
    let facts = facts();
    let mut rules = Rules::default();
    for preset in [Preset::Original, Preset::Delphi] {
        rules.preset = preset;
        let rate = rate(facts.len(), || {
            for card in facts.chunks(EACH) {
                black_box(fold(card.iter().copied(), &rules));
            }
        });
        println!("fold, {preset:?}: {rate:.1} million reviews a second");
    }
    let lines: Vec<String> = (0..LINES).map(line).collect();
    let events: Vec<Event> = lines.iter().map(|line| parse_line(line).unwrap().event).collect();
    let read = rate(LINES, || {
        for line in &lines {
            black_box(parse_line(line).unwrap());
        }
    });
    let bytes = lines.iter().map(|line| line.len() + 1).sum::<usize>() / LINES;
    println!("parse_line: {read:.2} million lines a second, of {bytes} bytes");
    let rendered = rate(LINES, || {
        for event in &events {
            black_box(render(event));
        }
    });
    println!("render: {rendered:.2} million lines a second");
}

/// Returns the median of millions per second.
fn rate(count: usize, mut work: impl FnMut()) -> f64 {
    let mut times: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let timer = Timer::now();
            work();
            timer.elapsed().as_secs_f64()
        })
        .collect();
    times.sort_by(f64::total_cmp);
    count as f64 / times[ROUNDS / 2] / 1e6
}

/// Returns a pseudo-random grade, sometimes a lapse.
fn grade(n: usize) -> Grade {
    let digit = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    Grade::new([5, 4, 4, 4, 3, 5, 4, 2, 3, 0][digit % 10]).unwrap()
}

/// Returns the reviews of every card, as the fold takes them.
fn facts() -> Vec<(CardAction, StudyDay)> {
    let fact = |n: usize| {
        let day = StudyDay(i32::try_from(20_000 + n % EACH * 17 + n / EACH % 13).unwrap());
        (CardAction::Review { grade: grade(n), ms: (!n.is_multiple_of(4)).then_some(40_000), time: 0 }, day)
    };
    (0..CARDS * EACH).map(fact).collect()
}

fn line(n: usize) -> String {
    let mut body = events::review(&format!("c{}-{}", n % 1000, n % 97), grade(n).get());
    if !n.is_multiple_of(4) {
        body += &format!(",\"p\":{},\"ms\":{},\"ticks\":[1,3],\"pts\":4", grade(n + 1).get(), 40_000 + n);
    }
    if n.is_multiple_of(50) {
        body += ",\"hint\":true";
    }
    let seq = i64::try_from(n).unwrap() + 1;
    let when = events::When { unix_ms: 1_790_000_000_000 + seq * 60_000, zone: 60, logical: None };
    events::Event::new("baaaaaaa", seq, when, &body).line
}
