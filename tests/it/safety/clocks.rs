//! Wrong clocks and changing time zones: a due card stays due, and a wrong time is corrected by the next review.

use super::*;
use crate::events::unix_ms;

fn grade_at(place: &mut Place, now: &str, card: &str, grade: &str) -> Value {
    place.at(now);
    let done = place.run(&["grade", card, grade]);
    assert_ended(&done, 0);
    for args in [&["due"][..], &["list"], &["log"], &[]] {
        assert_ended(&place.run(args), 0);
    }
    place.card(card)
}

#[test]
fn the_next_review_corrects_a_wrong_time() {
    let wild = [
        "2031-05-01T08:00:00Z",
        "1999-12-31T23:59:59Z",
        "1969-12-31T23:59:59Z",
        "1901-12-13T20:45:51Z",
        "2038-01-19T03:14:08Z",
        "9999-12-31T23:59:58Z",
        "0001-01-01T00:00:00Z",
        "2028-02-29T08:00:00+14:00",
        "2026-11-13T08:00:00Z",
    ];
    for wild in wild {
        for (at, history) in [0, 2].iter().enumerate() {
            let mut place = Place::with_deck(&many(2));
            for day in ["2026-11-15", "2026-11-16"].iter().take(*history) {
                grade_at(&mut place, &format!("{day}T08:00:00Z"), "c0", "4");
            }
            let then = grade_at(&mut place, wild, "c0", "4");
            assert!(then["interval"].as_u64().unwrap() > 0, "{wild}: {then}");
            let healed = grade_at(&mut place, "2026-11-22T08:00:00Z", "c0", "4");
            let (due, last) = (healed["due"].as_str().unwrap(), healed["last"].as_str().unwrap());
            assert_eq!(last, "2026-11-22", "{wild}, case {at}");
            assert!(("2026-11-23".."2027-01-01").contains(&due), "{wild}, case {at}: {healed}");
            // From here on everything works as usual.
            let next = grade_at(&mut place, &format!("{due}T08:00:00Z"), "c0", "4");
            assert_eq!(next["last"], due, "{wild}, case {at}");
            assert!(next["interval"].as_u64() > healed["interval"].as_u64(), "{wild}, case {at}: {healed} {next}");
        }
    }
}

#[test]
fn a_clock_set_back_does_not_hide_a_due_card() {
    for back in ["2026-11-22T07:00:00Z", "2026-11-20T08:00:00Z", "2026-11-13T08:00:00Z", "1970-01-01T00:00:00Z"] {
        let mut place = Place::with_deck(&many(3));
        grade_at(&mut place, "2026-11-22T08:00:00Z", "c0", "1");
        let failed_then = grade_at(&mut place, back, "c1", "1");
        assert_eq!(failed_then["status"], "due", "{back}");
        place.at("2026-11-23T08:00:00Z");
        for card in ["c0", "c1"] {
            assert_eq!(place.card(card)["status"], "due", "{back}: {card}");
        }
    }
}

#[test]
fn events_keep_their_order_with_any_clock() {
    let mut place = Place::with_deck(&many(2));
    let clocks = ["2026-11-22T08:00:00Z", "2031-01-01T08:00:00Z", "1999-01-01T08:00:00Z", "2026-11-22T08:00:00Z"];
    for (grade, now) in (0..).zip(clocks) {
        grade_at(&mut place, now, "c0", &grade.to_string());
    }
    let grades: Vec<i64> = place.log().iter().map(|row| row["grade"].as_i64().unwrap()).collect();
    assert_eq!(grades, [3, 2, 1, 0], "the newest is the last recorded");
    // `undo` undoes the last one.
    assert!(place.run(&["undo"]).stdout.starts_with("took back grade 3 of c0"));
}

/// The state of `c0` after a grade of 4 at each instant.
fn reviewed(zone: &str, instants: &[&str]) -> Value {
    let mut place = Place::with_deck(&many(1));
    for now in instants {
        place.at(now);
        let mut command = place.command(&["grade", "c0", "4"]);
        let done = crate::support::finish(command.env("TZ", zone).spawn().unwrap());
        assert_ended(&done, 0);
    }
    let mut card = place.card("c0");
    card["status"].take();
    card
}

#[test]
fn travel_does_not_change_study_days() {
    let home = reviewed("UTC", &["2026-11-20T08:00:00Z", "2026-11-21T08:00:00Z", "2026-11-27T08:00:00Z"]);
    assert_eq!((&home["interval"], &home["last"]), (&Value::from(15), &Value::from("2026-11-27")));
    let journeys = [
        // Auckland and beyond, the far side of the date line, and home.
        ["2026-11-20T08:00:00+14:00", "2026-11-21T08:00:00-11:00", "2026-11-27T08:00:00Z"],
        ["2026-11-20T08:00:00-11:00", "2026-11-21T08:00:00+14:00", "2026-11-27T08:00:00+05:45"],
        // Late evening and after midnight are the same day, which ends at four.
        ["2026-11-21T03:59:00+14:00", "2026-11-21T04:00:00+14:00", "2026-11-28T03:59:00-11:00"],
    ];
    for journey in journeys {
        assert_eq!(reviewed("UTC", &journey), home, "{journey:?}");
    }
}

#[test]
fn a_skipped_calendar_day_has_no_effect() {
    // Samoa skipped 30 December 2011.
    let card =
        reviewed("UTC", &["2011-12-28T08:00:00-10:00", "2011-12-29T08:00:00-10:00", "2011-12-31T08:00:00+14:00"]);
    assert_eq!((&card["reviews"], &card["last"]), (&Value::from(3), &Value::from("2011-12-31")));
    // Two days into an interval of six: early, so the interval stays.
    assert_eq!((&card["interval"], &card["due"]), (&Value::from(6), &Value::from("2012-01-06")));
}

#[test]
fn daylight_saving_time_loses_no_day() {
    const BERLIN: &str = "CET-1CEST,M3.5.0,M10.5.0/3";
    let ms = |text: &str| unix_ms(text).to_string();
    // Every day at eight, local time. The offset is that of the zone, because the time is in Unix milliseconds.
    let ends = ["2026-10-24T08:00:00+02:00", "2026-10-25T08:00:00+01:00", "2026-10-31T08:00:00+01:00"];
    let begins = ["2027-03-27T08:00:00+01:00", "2027-03-28T08:00:00+02:00", "2027-04-03T08:00:00+02:00"];
    // In the repeated hour, and around the skipped hour, it is still the day before.
    let twice = ["2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00", "2026-10-25T04:00:00+01:00"];
    let never = ["2027-03-28T01:59:00+01:00", "2027-03-28T03:00:00+02:00", "2027-03-28T04:00:00+02:00"];
    let cases =
        [(ends, 15, "2026-10-31"), (begins, 15, "2027-04-03"), (twice, 6, "2026-10-25"), (never, 6, "2027-03-28")];
    for (times, interval, last) in cases {
        let times = times.map(ms);
        let card = reviewed(BERLIN, &times.each_ref().map(String::as_str));
        assert_eq!((&card["interval"], &card["last"]), (&Value::from(interval), &Value::from(last)), "{card}");
    }
}

#[test]
fn an_unknown_time_zone_is_not_an_error() {
    for zone in ["nonsense", "", ":", "../../etc/passwd", "UTC+99:99:99", "\u{202e}"] {
        for now in [Some("1795334400000"), None] {
            let place = Place::with_deck(&many(1));
            let mut command = place.command(&["grade", "c0", "4"]);
            command.env("TZ", zone).env_remove("REHEARSE_NOW");
            command.envs(now.map(|now| ("REHEARSE_NOW", now)));
            let done = crate::support::finish(command.spawn().unwrap());
            assert_ended(&done, 0);
            assert_eq!(place.log().len(), 1, "{zone}");
        }
    }
}
