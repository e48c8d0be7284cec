//! A session killed at any moment.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::Stdio;
use std::time::Duration;

use rand::rngs::StdRng;

use super::*;

/// When a session is killed.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// So long after it was started.
    After(Duration),
    /// So long after its last answer: while it leaves, and writes a large WAL back.
    Leaving(Duration),
}

/// One session, killed; gives what it had said by then.
fn killed_session(place: &Place, answers: &str, moment: Moment) -> String {
    let mut child = place.command(&["review", "--new", "1000"]).stdin(Stdio::piped()).spawn().unwrap();
    // A program that is dead already reads nothing.
    let _ = child.stdin.take().unwrap().write_all(answers.as_bytes());
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut said = String::new();
    match moment {
        Moment::After(delay) => std::thread::sleep(delay),
        Moment::Leaving(delay) => {
            while !said.lines().last().is_some_and(|line| line.contains(" answers")) {
                if stdout.read_line(&mut said).unwrap() == 0 {
                    break;
                }
            }
            std::thread::sleep(delay);
        }
    }
    child.kill().unwrap();
    stdout.read_to_string(&mut said).unwrap();
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    child.wait().unwrap();
    assert!(!stderr.contains("panicked") && !stderr.contains("error"), "{stderr}");
    said
}

fn moment(random: &mut StdRng) -> Moment {
    match random.random_range(0..4) {
        0 => Moment::Leaving(Duration::from_micros(random.random_range(0..6000))),
        1 => Moment::After(Duration::from_micros(random.random_range(0..20_000))),
        _ => Moment::After(Duration::from_micros(random.random_range(10_000..120_000))),
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
        let answers = if matches!(moment, Moment::Leaving(_)) { 30 } else { 300 };
        let answers: String = (0..answers).map(|_| format!("\n{}\n", random.random_range(0..6))).collect();
        said.insert(day, acknowledged(&killed_session(&place, &answers, moment)));
        between(&place);
        if day % 20 == 19 || day == days - 1 {
            assert_kept(&place, &said, &format!("seed {seed}, day {day}"));
        }
    }
    assert!(said.values().flat_map(BTreeMap::values).sum::<usize>() > 100, "seed {seed}: hardly anything was answered");
    let before = list(&place);
    delete_database(&place.local());
    assert_eq!(list(&place), before, "seed {seed}: the log alone says something else");
}

fn assert_kept(place: &Place, said: &BTreeMap<i64, BTreeMap<String, usize>>, when: &str) {
    let log = place.log();
    assert_no_twins(&log);
    assert_intact(place);
    let date = |day: i64| Instant::new(START + day * DAY_MS, 0).unwrap().rfc3339()[..10].to_owned();
    for (&day, said) in said {
        let of_day: Vec<Value> =
            log.iter().filter(|row| row["at"].as_str().unwrap().starts_with(&date(day))).cloned().collect();
        let kept = logged(&of_day);
        for (card, times) in said {
            assert!(kept.get(card) >= Some(times), "{when}: {card} of day {day} was acknowledged and is lost");
        }
        let unsaid = of_day.len() - said.values().sum::<usize>();
        assert!(unsaid <= 1, "{when}: {unsaid} reviews of day {day} nobody heard of");
    }
}

#[test]
fn a_session_killed_a_hundred_times_keeps_what_it_acknowledged() {
    kill_daily(1, 100, |_| {});
}

#[test]
fn another_session_killed_a_hundred_times_keeps_what_it_acknowledged() {
    kill_daily(2, 100, |_| {});
}

#[test]
fn killed_sessions_and_lost_databases_together_lose_nothing() {
    kill_daily(3, 40, |place| delete_database(&place.local()));
}
