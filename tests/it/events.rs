//! Lines of a log or journal, days, and derived ids, made without the program. So the tests also check that these formats
//! do not change.

use chrono::{DateTime, Datelike as _, FixedOffset, NaiveDate};

pub const DAY_MS: i64 = 86_400_000;

/// An event as another machine writes it.
#[derive(Debug, Clone)]
pub struct Event {
    /// As `log --json` prints it.
    pub id: String,
    /// Its line, without line end.
    pub line: String,
}

/// When an event happened, and where.
#[derive(Debug, Clone, Copy)]
pub struct When {
    pub unix_ms: i64,
    /// Minutes from UTC.
    pub zone: i32,
    /// The logical clock, if it is not the time.
    pub logical: Option<i64>,
}

/// A time in UTC.
pub fn at(unix_ms: i64) -> When {
    When { unix_ms, zone: 0, logical: None }
}

impl Event {
    /// `body` is what comes after the envelope, as of [`review`].
    pub fn new(device: &str, seq: i64, when: When, body: &str) -> Self {
        let logical = when.logical.filter(|&logical| logical != when.unix_ms);
        let logical = logical.map(|logical| format!(",\"h\":{logical}")).unwrap_or_default();
        let (t, z) = (when.unix_ms, when.zone);
        let sealed = format!("{{\"v\":1,\"d\":\"{device}\",\"s\":{seq},\"t\":{t}{logical},\"z\":{z},{body}");
        let crc = crc32fast::hash(sealed.as_bytes());
        Event { id: format!("{device}-{seq}-{crc:08x}"), line: format!("{sealed},\"x\":\"{crc:08x}\"}}") }
    }

    /// Parses a line; `None` if its checksum is wrong.
    pub fn parse(line: &str) -> Option<Self> {
        let line = line.trim_end_matches('\r');
        let (body, sum) = line.rsplit_once(",\"x\":\"")?;
        let crc = u32::from_str_radix(sum.strip_suffix("\"}")?, 16).ok()?;
        let row: serde_json::Value = serde_json::from_str(line).ok()?;
        let id = format!("{}-{}-{crc:08x}", row["d"].as_str()?, row["s"].as_i64()?);
        (crc32fast::hash(body.as_bytes()) == crc).then(|| Event { id, line: line.to_owned() })
    }

    /// The value of one of its keys.
    pub fn get(&self, key: &str) -> serde_json::Value {
        serde_json::from_str::<serde_json::Value>(&self.line).unwrap()[key].clone()
    }
}

/// The text of a log with these events.
pub fn lines<'a>(events: impl IntoIterator<Item = &'a Event>) -> String {
    events.into_iter().map(|event| format!("{}\n", event.line)).collect()
}

pub fn review(card: &str, grade: u8) -> String {
    format!("\"k\":\"review\",\"c\":\"{card}\",\"g\":{grade}")
}

pub fn undo(event: &str) -> String {
    format!("\"k\":\"undo\",\"of\":\"{event}\"")
}

pub fn rename(card: &str, to: &str) -> String {
    format!("\"k\":\"rename\",\"c\":\"{card}\",\"to\":\"{to}\"")
}

pub fn suspend(card: &str, on: bool) -> String {
    format!("\"k\":\"suspend\",\"c\":\"{card}\",\"on\":{on}")
}

pub fn mock(card: &str, score: u8) -> String {
    format!("\"k\":\"mock\",\"c\":\"{card}\",\"g\":{score},\"q\":\"abcdefghij27\",\"again\":1")
}

/// `bury`, `bring`, or `reset`.
pub fn about(kind: &str, card: &str) -> String {
    format!("\"k\":\"{kind}\",\"c\":\"{card}\"")
}

/// An instant as `--now` takes it and `log` prints it.
pub fn rfc3339(unix_ms: i64, zone: i32) -> String {
    let zone = FixedOffset::east_opt(zone * 60).unwrap();
    DateTime::from_timestamp_millis(unix_ms).unwrap().with_timezone(&zone).format("%Y-%m-%dT%H:%M:%S%.f%:z").to_string()
}

pub fn unix_ms(rfc3339: &str) -> i64 {
    DateTime::parse_from_rfc3339(rfc3339).unwrap().timestamp_millis()
}

/// The days from 1 January 1970 to a date.
pub fn day_number(date: &str) -> i64 {
    i64::from(date.parse::<NaiveDate>().unwrap().num_days_from_ce() - NaiveDate::default().num_days_from_ce())
}

/// The date so many days after 1 January 1970.
pub fn date(day: i64) -> String {
    rfc3339(day * DAY_MS, 0)[..10].to_owned()
}

/// The id of a card without a written one: `h` and 12 base32 characters of BLAKE3 over its prompt.
pub fn derived(prompt: &str) -> String {
    let folded = prompt.split_whitespace().collect::<Vec<_>>().join(" ");
    let bits = u64::from_be_bytes(blake3::hash(folded.as_bytes()).as_bytes()[..8].try_into().unwrap());
    let digit =
        |n: u32| char::from(b"abcdefghijklmnopqrstuvwxyz234567"[usize::try_from(bits >> (59 - 5 * n) & 31).unwrap()]);
    format!("h{}", (0..12).map(digit).collect::<String>())
}
