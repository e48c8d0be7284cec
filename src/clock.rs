//! Time as a value: an instant with its UTC offset, and the study day it belongs to.
//!
//! Not here: reading the clock.

use std::fmt;
use std::ops::Range;

use chrono::{DateTime, Datelike as _, FixedOffset, NaiveDate, TimeDelta};
use serde::{Deserialize, Serialize, Serializer};

/// An instant: Unix milliseconds, and the UTC offset of the local clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Instant {
    pub unix_ms: i64,
    /// Minutes east of UTC.
    pub(crate) offset: i32,
}

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;
/// The largest valid offset: under a day.
const WIDEST_OFFSET: i32 = 24 * 60 - 1;
/// The first and last valid instants: the years 1 to 9999.
const YEARS: std::ops::RangeInclusive<i64> = -62_135_596_800_000..=253_402_300_799_999;

impl Instant {
    /// Returns an instant if it is in the years 1 to 9999 and the offset is under a day.
    pub(crate) fn new(unix_ms: i64, offset: i32) -> Option<Self> {
        (YEARS.contains(&unix_ms) && offset.abs() <= WIDEST_OFFSET).then_some(Instant { unix_ms, offset })
    }

    pub(crate) fn parse_rfc3339(text: &str) -> Option<Self> {
        let moment = DateTime::parse_from_rfc3339(text).ok()?;
        Self::new(moment.timestamp_millis(), moment.offset().local_minus_utc() / 60)
    }

    /// Returns the instant `ms` milliseconds later, or earlier if negative, within the years 1 to 9999.
    #[must_use]
    pub(crate) fn plus_ms(self, ms: i64) -> Self {
        let unix_ms = self.unix_ms.saturating_add(ms).clamp(*YEARS.start(), *YEARS.end());
        Instant { unix_ms, ..self }
    }

    /// Formats it as RFC 3339 with its offset, precise to the second.
    pub(crate) fn rfc3339(self) -> String {
        let zone = FixedOffset::east_opt(self.offset * 60)
            .and_then(|zone| DateTime::from_timestamp_millis(self.unix_ms).map(|utc| utc.with_timezone(&zone)));
        zone.map_or_else(|| format!("{} ms", self.unix_ms), |at| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
    }

    /// Formats it as day and minute, as in `2026-11-22 07:30`.
    pub(crate) fn minute(self) -> String {
        self.rfc3339().get(..16).map_or_else(|| self.rfc3339(), |text| text.replace('T', " "))
    }

    /// Returns the study day: with a start at 04:00 a review at 01:00 still counts for yesterday, with one at 23:00 a review
    /// at 23:30 already counts for tomorrow.
    pub(crate) fn study_day(self, day_starts_at: DayStart) -> StudyDay {
        let local = self.unix_ms + i64::from(self.offset) * MINUTE_MS - i64::from(day_starts_at.shift()) * MINUTE_MS;
        let day = local.div_euclid(DAY_MS);
        StudyDay(i32::try_from(day).unwrap_or(if day < 0 { i32::MIN / 4 } else { i32::MAX / 4 }))
    }

    pub(crate) fn month(self) -> Month {
        DateTime::from_timestamp_millis(self.unix_ms)
            .map_or(Month(0), |utc| Month(utc.year() * 12 + utc.month0() as i32))
    }
}

/// A calendar month in UTC, counted from January of the year 0; shown as `YYYY-MM`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Month(pub(crate) i32);

impl Month {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (year, month) = text.split_once('-')?;
        let (year, month) = (i32::from(parse_digits(year, 4)?), i32::from(parse_digits(month, 2)?));
        (year > 0 && (1..=12).contains(&month)).then(|| Month(year * 12 + month - 1))
    }

    /// Returns its milliseconds since 1970.
    pub(crate) fn span(self) -> Range<i64> {
        self.start()..Month(self.0 + 1).start()
    }

    fn start(self) -> i64 {
        let first = NaiveDate::from_ymd_opt(self.0.div_euclid(12), self.0.rem_euclid(12).unsigned_abs() + 1, 1);
        first.map_or(i64::MAX, |day| day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis())
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0.div_euclid(12), self.0.rem_euclid(12) + 1)
    }
}

fn parse_digits(text: &str, count: usize) -> Option<u16> {
    let plain = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok())?
}

/// The minute after midnight at which a study day starts; 240 is 04:00.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DayStart(pub u16);

impl DayStart {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (hours, minutes) = text.split_once(':')?;
        let (hours, minutes) = (parse_digits(hours, 2)?, parse_digits(minutes, 2)?);
        (hours < 24 && minutes < 60).then_some(DayStart(hours * 60 + minutes))
    }

    /// Returns the minutes from midnight of the date that names a study day to its start, -60 for 23:00: a day that starts at
    /// noon or later is named after the following date, on which most of it is.
    pub(crate) fn shift(self) -> i32 {
        const NOON: u16 = 12 * 60;
        i32::from(self.0) - if self.0 < NOON { 0 } else { 24 * 60 }
    }
}

/// A day of study, counted from 1970-01-01; shown as `YYYY-MM-DD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct StudyDay(pub i32);

impl StudyDay {
    /// Returns the day that many days later, within the valid dates.
    #[must_use]
    pub(crate) fn plus(self, days: i64) -> Self {
        let day = i64::from(self.0).saturating_add(days);
        StudyDay(i32::try_from(day.clamp(i64::from(i32::MIN / 4), i64::from(i32::MAX / 4))).unwrap_or(self.0))
    }

    /// Returns the days from `earlier` to this one; negative if it is before.
    pub(crate) fn since(self, earlier: StudyDay) -> i64 {
        i64::from(self.0) - i64::from(earlier.0)
    }

    /// Returns the days since the last Monday: 0 on a Monday, 6 on a Sunday.
    pub(crate) fn weekday(self) -> u8 {
        // Day 0 was a Thursday.
        u8::try_from((i64::from(self.0) + 3).rem_euclid(7)).unwrap_or(0)
    }

    pub(crate) fn year(self) -> i32 {
        self.date().map_or(1970, |date| date.year())
    }

    fn date(self) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(1970, 1, 1)?.checked_add_signed(TimeDelta::days(i64::from(self.0)))
    }

    /// Serializes it as `YYYY-MM-DD`, for output.
    pub(crate) fn serialize_date<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
        let days = date.signed_duration_since(NaiveDate::from_ymd_opt(1970, 1, 1)?).num_days();
        i32::try_from(days).ok().map(StudyDay)
    }

    /// Returns the day as people say it: `today`, `tomorrow`, `Monday 30 November`, with the year if it is not this year.
    pub(crate) fn spoken(self, today: StudyDay) -> String {
        let (Some(date), Some(now)) = (self.date(), today.date()) else { return self.to_string() };
        match self.since(today) {
            0 => "today".to_owned(),
            1 => "tomorrow".to_owned(),
            -1 => "yesterday".to_owned(),
            _ if date.year() == now.year() => date.format("%A %-d %B").to_string(),
            _ => date.format("%A %-d %B %Y").to_string(),
        }
    }
}

impl fmt::Display for StudyDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.date() {
            Some(date) => write!(f, "{}", date.format("%Y-%m-%d")),
            None => write!(f, "day {}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_study_day_turns_at_four_local_time() {
        let cases = [
            ("2026-11-22T03:59:59+01:00", "2026-11-21"),
            ("2026-11-22T04:00:00+01:00", "2026-11-22"),
            ("2026-11-22T23:00:00-08:00", "2026-11-22"),
            ("2026-11-23T02:00:00-08:00", "2026-11-22"),
            ("1969-12-31T23:59:59Z", "1969-12-31"),
            ("1901-01-01T03:00:00Z", "1900-12-31"),
            ("2024-02-29T12:00:00Z", "2024-02-29"),
            ("2038-01-19T12:00:00Z", "2038-01-19"),
            ("9999-12-31T12:00:00Z", "9999-12-31"),
            ("0001-01-01T12:00:00Z", "0001-01-01"),
            // Both clock changes in Europe, and Apia, which had no 30 December 2011.
            ("2026-03-29T03:59:00+02:00", "2026-03-28"),
            ("2026-10-25T04:00:00+01:00", "2026-10-25"),
            ("2011-12-31T04:00:00+14:00", "2011-12-31"),
        ];
        for (at, day) in cases {
            let instant = Instant::parse_rfc3339(at).unwrap();
            assert_eq!(instant.study_day(DayStart(240)).to_string(), day, "{at}");
            assert_eq!(Instant::parse_rfc3339(&instant.rfc3339()), Some(instant), "{at}");
        }
    }

    #[test]
    fn a_study_day_from_noon_on_is_named_after_the_following_date() {
        let cases = [
            ("11:59", "2026-11-22T11:58:59Z", "2026-11-21"),
            ("11:59", "2026-11-22T11:59:00Z", "2026-11-22"),
            ("12:00", "2026-11-22T11:59:59Z", "2026-11-22"),
            ("12:00", "2026-11-22T12:00:00Z", "2026-11-23"),
            ("23:00", "2026-11-22T22:59:59Z", "2026-11-22"),
            ("23:00", "2026-11-22T23:00:00+05:30", "2026-11-23"),
            ("23:59", "2026-12-31T23:59:00-11:00", "2027-01-01"),
            ("23:00", "1969-12-31T23:00:00Z", "1970-01-01"),
            ("23:00", "1969-12-31T22:59:59Z", "1969-12-31"),
        ];
        for (start, at, day) in cases {
            let instant = Instant::parse_rfc3339(at).unwrap();
            assert_eq!(instant.study_day(DayStart::parse(start).unwrap()).to_string(), day, "{start} {at}");
        }
    }

    #[test]
    fn months_are_in_utc() {
        let cases = [
            ("2026-11-01T00:30:00+01:00", "2026-10"),
            ("2026-11-01T00:00:00Z", "2026-11"),
            ("2026-12-31T23:59:59-01:00", "2027-01"),
            ("0001-01-01T00:00:00Z", "0001-01"),
            ("9999-12-31T23:59:59Z", "9999-12"),
        ];
        for (at, month) in cases {
            let at = Instant::parse_rfc3339(at).unwrap();
            assert_eq!(at.month().to_string(), month);
            assert_eq!(Month::parse(month), Some(at.month()));
            assert!(at.month().span().contains(&at.unix_ms), "{month}");
            assert_eq!(at.month().span().end, Month(at.month().0 + 1).span().start);
        }
        for bad in ["2026-13", "2026-00", "0000-01", "2026-1", "+026-01", "2026-011", ""] {
            assert_eq!(Month::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn instants_outside_the_calendar_are_rejected() {
        for (ms, offset) in [(i64::MAX, 0), (i64::MIN, 0), (0, 1440), (0, -1440), (253_402_300_800_000, 0)] {
            assert_eq!(Instant::new(ms, offset), None, "{ms} {offset}");
        }
    }

    #[test]
    fn days_are_said_as_people_say_them() {
        let today = StudyDay::parse("2026-11-22").unwrap();
        let cases = [
            (0, "today"),
            (1, "tomorrow"),
            (8, "Monday 30 November"),
            (60, "Thursday 21 January 2027"),
            (-1, "yesterday"),
        ];
        for (days, words) in cases {
            assert_eq!(today.plus(days).spoken(today), words);
        }
        for (day, weekday) in [("2026-11-22", 6), ("2026-11-23", 0), ("1969-12-29", 0), ("1970-01-01", 3)] {
            assert_eq!(StudyDay::parse(day).unwrap().weekday(), weekday, "{day}");
        }
        assert_eq!(DayStart::parse("04:00"), Some(DayStart(240)));
        for bad in ["4:00", "24:00", "04:60", "04", "", "+4:00"] {
            assert_eq!(DayStart::parse(bad), None, "{bad}");
        }
    }
}
