//! A session killed at any moment.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::Stdio;
use std::time::Duration;

use rand::rngs::StdRng;

use super::*;
use crate::tiers::with_seeds;

/// When a session is killed.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// So long after it was started.
    Started(Duration),
    /// So long after this many reviews were acknowledged.
    Saved(usize, Duration),
    /// So long after its last answer: while it ends, and writes a large WAL back.
    Ending(Duration),
}

/// Runs one session until it is killed, and returns what it printed.
fn killed_session(place: &Place, answers: &str, moment: Moment) -> String {
    let mut child = place.command(&["review", "--new", "1000"]).stdin(Stdio::piped()).spawn().unwrap();
    // A program that is dead already reads nothing.
    let _ = child.stdin.take().unwrap().write_all(answers.as_bytes());
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut said = String::new();
    let mut read_until = |reached: &dyn Fn(&str) -> bool| {
        while !reached(&said) && stdout.read_line(&mut said).unwrap() > 0 {}
    };
    let delay = match moment {
        Moment::Started(delay) => delay,
        Moment::Saved(count, delay) => {
            read_until(&|said| acknowledged(said).values().sum::<usize>() >= count);
            delay
        }
        Moment::Ending(delay) => {
            read_until(&|said| said.lines().last().is_some_and(|line| line.contains(" answers")));
            delay
        }
    };
    std::thread::sleep(delay);
    child.kill().unwrap();
    stdout.read_to_string(&mut said).unwrap();
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    child.wait().unwrap();
    assert!(!stderr.contains("panicked") && !stderr.contains("error"), "{stderr}");
    said
}

fn moment(random: &mut StdRng) -> Moment {
    let delay = Duration::from_micros(random.random_range(0..6000));
    match random.random_range(0..4) {
        0 => Moment::Ending(delay),
        1 => Moment::Started(delay * 3),
        _ => Moment::Saved(random.random_range(1..250), delay),
    }
}

/// Kills a session a day; `between` runs after each. What was acknowledged on a day must be in the log of that day, and
/// at most one review more, whose acknowledgement was lost.
fn kill_daily(seed: u64, days: i64, between: impl Fn(&Place)) {
    let mut place = Place::with_deck(&many(300));
    let mut random = random(seed);
    let mut said = BTreeMap::new();
    for day in 0..days {
        place.at(&(START + day * DAY_MS).to_string());
        let moment = moment(&mut random);
        let answers = if matches!(moment, Moment::Ending(_)) { 30 } else { 300 };
        let answers: String = (0..answers).map(|_| format!("\n{}\n", random.random_range(0..6))).collect();
        said.insert(day, acknowledged(&killed_session(&place, &answers, moment)));
        between(&place);
    }
    assert_kept(&place, &said);
    let before = list(&place);
    delete_database(&place.local());
    assert_eq!(list(&place), before, "the log alone gives another state");
}

fn assert_kept(place: &Place, said: &BTreeMap<i64, BTreeMap<String, usize>>) {
    let log = place.log();
    assert_no_twins(&log);
    assert_intact(place);
    let date = |day: i64| rfc3339(START + day * DAY_MS, 0)[..10].to_owned();
    for (&day, said) in said {
        let of_day: Vec<Value> =
            log.iter().filter(|row| row["at"].as_str().unwrap().starts_with(&date(day))).cloned().collect();
        let kept = logged(&of_day);
        for (card, times) in said {
            assert!(kept.get(card) >= Some(times), "{card} of day {day} was acknowledged and is lost");
        }
        let unsaid = of_day.len() - said.values().sum::<usize>();
        assert!(unsaid <= 1, "{unsaid} reviews of day {day} were never acknowledged");
    }
}

#[test]
fn a_killed_session_keeps_what_it_acknowledged() {
    with_seeds(2, |seed| kill_daily(seed, 20, |_| {}));
}

#[test]
fn killed_sessions_and_lost_databases_together_lose_nothing() {
    with_seeds(1, |seed| kill_daily(seed, 8, |place| delete_database(&place.local())));
}
