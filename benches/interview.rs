//! A simulated learner before an interview: what the schedule brings, beside plain SM-2, and what the forecast says.
//!
//! `cargo bench --bench interview -- [--replicates N] [--only CASE]`. The learner's true memory is FSRS-6 with its default
//! parameters; how answers are graded and how long they take are the tables of fsrs-rs 6.6.2, `SimulatorConfig`.
#![allow(clippy::expect_used, clippy::print_stdout, reason = "a bench prints figures")]

use rehearsal::practice::Practice;
use rehearsal::recall::Recall;
use rehearsal::schedule::Grade;

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

    /// Draws a rating from 1 to 4.
    fn rating(&mut self, shares: [f64; 4]) -> usize {
        let mut rest = self.next();
        for (n, share) in shares.iter().enumerate() {
            if rest < *share {
                return n + 1;
            }
            rest -= share;
        }
        4
    }
}

const FIRST: [f64; 4] = [0.24, 0.094, 0.495, 0.171];
const RECALLED: [f64; 4] = [0.0, 0.224, 0.631, 0.145];
/// After Again, Hard, Good; on the day of a first answer, and on another day.
const REPEATS: [[[f64; 4]; 3]; 2] = [
    [[0.3686, 0.0628, 0.5108, 0.0577], [0.0442, 0.4553, 0.4457, 0.0549], [0.0519, 0.047, 0.8462, 0.055]],
    [[0.2157, 0.0643, 0.6595, 0.0604], [0.05, 0.4638, 0.4475, 0.0387], [0.1057, 0.1434, 0.7266, 0.0244]],
];
const FIRST_SECONDS: [f64; 4] = [19.58, 18.79, 13.78, 10.71];
const REVIEW_SECONDS: [f64; 4] = [19.38, 17.59, 12.38, 8.94];
const REPEAT_SECONDS: [f64; 4] = [16.44, 15.25, 12.32, 8.03];
/// How often a card that is graded below 4 is repeated on one day.
const MOST_REPEATS: u32 = 6;

#[derive(Clone, Copy)]
struct Case {
    name: &'static str,
    cards: usize,
    minutes: u64,
    days: i32,
    seconds: f64,
    missed: bool,
    weak: f64,
    grow: f64,
    /// Whether a third of the cards each has weight 1, 2, and 3.
    weighted: bool,
    /// The least that the schedule must reach.
    least: f64,
    bound: f64,
}

const fn case(name: &'static str, cards: usize, minutes: u64, days: i32, seconds: f64, least: f64, bound: f64) -> Case {
    Case { name, cards, minutes, days, seconds, missed: false, weak: 1.0, grow: 1.0, weighted: false, least, bound }
}

const CASES: &[Case] = &[
    case("A", 60, 20, 30, 65.0, 0.986, 0.994),
    case("B", 60, 20, 10, 65.0, 0.960, 0.971),
    case("C", 60, 20, 30, 130.0, 0.972, 0.984),
    case("D", 196, 15, 12, 65.0, 0.597, 0.599),
    case("E", 196, 15, 30, 65.0, 0.847, 0.873),
    case("G", 196, 15, 30, 100.0, 0.751, 0.782),
    Case { missed: true, ..case("H", 60, 20, 30, 65.0, 0.976, 0.986) },
    Case { weak: 0.4, ..case("J", 60, 20, 30, 65.0, 0.0, 1.0) },
    Case { weak: 0.4, ..case("K", 60, 20, 10, 65.0, 0.934, 0.950) },
    Case { weak: 0.4, ..case("L", 196, 15, 30, 65.0, 0.0, 1.0) },
    Case { weighted: true, ..case("D, weight 3", 196, 15, 12, 65.0, 0.70, 1.0) },
];

#[derive(Clone, Copy, Default)]
struct Known {
    recall: Option<Recall>,
    last: i32,
    /// The day of the first answer.
    met: Option<i32>,
    rating: usize,
    repeats: u32,
}

#[derive(Default)]
struct Outcome {
    recall: f64,
    never: f64,
    /// Milliseconds of each day.
    days: Vec<u64>,
    /// How many first answers, reviews, and repeats there were, and their milliseconds.
    times: [(u64, u64); 3],
}

/// Rehearses one case once.
fn run(case: &Case, planned: bool, random: &mut Random) -> Outcome {
    let weights: Vec<u8> = (0..case.cards).map(|n| if case.weighted { (n % 3) as u8 + 1 } else { 1 }).collect();
    let interviews: &[i32] = if planned { &[case.days] } else { &[] };
    let mut practice = Practice::new(&weights, (case.seconds * 2.0) as u32, interviews, case.minutes);
    let mut known = vec![Known::default(); case.cards];
    let mut outcome = Outcome::default();
    for day in 0..case.days {
        let mut spent = 0;
        if !case.missed || random.next() >= 1.0 / 3.0 {
            practice.start(day);
            while let Some(card) = practice.next() {
                let (kind, ms) = answer(case, &mut practice, &mut known[card], (card, day), random);
                spent += ms;
                outcome.times[kind].0 += 1;
                outcome.times[kind].1 += ms;
            }
        }
        outcome.days.push(spent);
    }
    let counted: Vec<&Known> = known
        .iter()
        .zip(&weights)
        .filter(|(_, weight)| !case.weighted || **weight == 3)
        .map(|(card, _)| card)
        .collect();
    let expected = |card: &&Known| card.recall.map_or(0.0, |recall| recall.expected((case.days - card.last) as u32));
    outcome.recall = counted.iter().map(expected).sum::<f64>() / counted.len() as f64;
    outcome.never = counted.iter().filter(|card| card.recall.is_none()).count() as f64;
    outcome
}

/// Answers a card as the learner does. Returns whether that was a first answer, a review, or a repeat, and its milliseconds.
fn answer(
    case: &Case,
    practice: &mut Practice,
    card: &mut Known,
    (n, day): (usize, i32),
    random: &mut Random,
) -> (usize, u64) {
    let (rating, seconds) = match card.recall {
        None => (random.rating(FIRST), FIRST_SECONDS),
        Some(recall) if card.last < day => {
            let recalled = random.next() < recall.expected((day - card.last) as u32);
            (if recalled { random.rating(RECALLED) } else { 1 }, REVIEW_SECONDS)
        }
        Some(_) => {
            let first_day = card.met == Some(day);
            let shares = REPEATS[usize::from(!first_day)][card.rating.min(3) - 1];
            (random.rating(shares), if first_day { FIRST_SECONDS } else { REPEAT_SECONDS })
        }
    };
    let grade = Grade::new([1, 3, 4, 5][rating - 1]).expect("a grade");
    let same_day = card.recall.is_some() && card.last == day;
    let kind = if card.recall.is_none() { 0 } else { 1 + usize::from(same_day) };
    card.recall = Some(match card.recall {
        None => {
            let first = Recall::first(grade);
            Recall { stability: (first.stability * case.weak).max(0.001), ..first }
        }
        Some(before) => {
            let after = before.review(grade, (day - card.last) as u32);
            let grows = !same_day && rating > 1;
            let stability = if grows {
                before.stability + (after.stability - before.stability) * case.grow
            } else {
                after.stability
            };
            Recall { stability: stability.clamp(0.001, 36_500.0), ..after }
        }
    });
    card.met = card.met.or(Some(day));
    card.repeats = if same_day { card.repeats + 1 } else { 0 };
    (card.last, card.rating) = (day, rating);
    let ms = (seconds[rating - 1] * case.seconds / 13.0 * 1000.0) as u64;
    practice.answer(n, grade, ms, card.repeats < MOST_REPEATS);
    (kind, ms)
}

fn mean(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let count = values.clone().count() as f64;
    let mean = values.clone().sum::<f64>() / count;
    let variance = values.map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0).max(1.0);
    (mean, (variance / count).sqrt())
}

fn main() {
    let mut replicates = 300;
    let mut only: Option<String> = None;
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--replicates" => replicates = args.next().and_then(|n| n.parse().ok()).expect("a number"),
            "--only" => only = args.next(),
            _ => {}
        }
    }
    println!("| case | recall on the day | never seen | SM-2 alone | never seen | bound |");
    println!("| --- | --- | --- | --- | --- | --- |");
    let mut missed = Vec::new();
    for case in CASES.iter().filter(|case| only.as_ref().is_none_or(|only| only == case.name)) {
        let [planned, plain] = [true, false].map(|planned| {
            let mut random = Random(7);
            (0..replicates).map(|_| run(case, planned, &mut random)).collect::<Vec<_>>()
        });
        let recall = |runs: &[Outcome]| mean(runs.iter().map(|run| run.recall));
        let never = |runs: &[Outcome]| mean(runs.iter().map(|run| run.never)).0;
        let ((ours, error), (theirs, _)) = (recall(&planned), recall(&plain));
        // A bound of 1 is none.
        let bound = if case.bound < 1.0 { format!("{:.3}", case.bound) } else { "-".to_owned() };
        println!(
            "| {} | {ours:.3} ± {error:.4} | {:.1} | {theirs:.3} | {:.1} | {bound} |",
            case.name,
            never(&planned),
            never(&plain)
        );
        if ours < case.least {
            missed.push(format!("{}: {ours:.4} is below {}", case.name, case.least));
        }
        if theirs >= case.least && case.least > 0.0 && !case.weighted {
            missed.push(format!("{}: plain SM-2 reaches {theirs:.4}, too", case.name));
        }
    }
    forecasts(replicates, &only, &mut missed);
    assert!(missed.is_empty(), "{missed:#?}");
}

/// Compares the forecast with the simulation, in the cases for which it makes a promise.
fn forecasts(replicates: usize, only: &Option<String>, missed: &mut Vec<String>) {
    println!("\n| case | recall: forecast, simulated | minutes | worst week | never seen |");
    println!("| --- | --- | --- | --- | --- |");
    for case in CASES.iter().filter(|case| ["A", "B", "C", "D", "E", "G"].contains(&case.name)) {
        if only.as_ref().is_some_and(|only| only != case.name) {
            continue;
        }
        let mut random = Random(11);
        let runs: Vec<Outcome> = (0..replicates).map(|_| run(case, true, &mut random)).collect();
        let pace = [0, 1, 2].map(|kind| {
            let (answers, ms) =
                runs.iter().fold((0, 0), |(n, ms), run| (n + run.times[kind].0, ms + run.times[kind].1));
            // As the program does, until there are enough answers.
            if answers < 10 { (case.seconds * 1000.0) as u64 } else { ms / answers }
        });
        let practice = Practice::new(&vec![1; case.cards], (case.seconds * 2.0) as u32, &[case.days], case.minutes);
        let said = practice.forecast(pace);
        let recall = mean(runs.iter().map(|run| run.recall)).0;
        let never = mean(runs.iter().map(|run| run.never)).0;
        let minutes = |day: usize| mean(runs.iter().map(|run| run.days[day] as f64 / 60_000.0)).0;
        let days = case.days as usize;
        let simulated: f64 = (0..days).map(minutes).sum();
        let forecast: f64 = said.days.iter().map(|(ms, _)| *ms as f64 / 60_000.0).sum();
        let off = |a: f64, b: f64| (a / b - 1.0).abs();
        let mut worst: f64 = 0.0;
        for week in (0..days).collect::<Vec<_>>().chunks(7) {
            if week.iter().any(|&day| said.days[day].1) {
                continue;
            }
            let theirs: f64 = week.iter().map(|&day| minutes(day)).sum();
            let ours: f64 = week.iter().map(|&day| said.days[day].0 as f64 / 60_000.0).sum();
            worst = worst.max((ours - theirs).abs() / (week.len() as f64 * case.minutes as f64));
        }
        println!(
            "| {} | {:.3}, {recall:.3} | {forecast:.0}, {simulated:.0} | {:.1} % | {:.1}, {never:.1} |",
            case.name,
            said.recall,
            worst * 100.0,
            said.never
        );
        let promises = [
            ("recall", off(said.recall, recall), 0.05),
            ("minutes", off(forecast, simulated), 0.07),
            ("a week", worst, 0.08),
            ("never seen", (said.never - never).abs(), 2.0),
        ];
        for (what, found, most) in promises {
            if found > most {
                missed.push(format!(
                    "{}: the forecast of {what} is off by {found:.3}, at most {most} is promised",
                    case.name
                ));
            }
        }
    }
}
