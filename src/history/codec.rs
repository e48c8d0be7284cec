//! An event as a line of JSON. The checksum is its last key: the CRC-32 of every byte before `,"x":`, so that verifying a
//! line needs no canonical JSON.

use std::borrow::Cow;
use std::fmt::Write as _;

use serde::Deserialize;

use super::event::{Body, Device, Event, EventId, LAST_LOGICAL, LAST_SEQ, MockScore, Review, Score};
use crate::clock::Instant;
use crate::deck::CardId;
use crate::deck::competencies::CompetencyDigest;
use crate::schedule::Grade;

const VERSION: u32 = 1;
/// The longest line that is parsed; an event has a few hundred bytes.
pub(crate) const LONGEST_LINE: usize = 1 << 16;

/// A valid line: its event, and the line itself if rendering the event would not return the same bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub event: Event,
    pub raw: Option<String>,
}

impl Line {
    /// Returns the line as it was written, without line end.
    pub(crate) fn text(&self) -> Cow<'_, str> {
        self.raw.as_deref().map_or_else(|| Cow::Owned(render(&self.event)), Cow::Borrowed)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bad {
    /// It does not end in a checksum: it is torn, or not a line of a log.
    Torn,
    Checksum,
    /// The checksum matches, but device, sequence number, time, or logical clock is missing or invalid.
    Envelope,
}

/// The keys of every event, of any version.
#[derive(Deserialize)]
struct Envelope {
    v: u32,
    d: String,
    s: i64,
    t: i64,
    h: Option<i64>,
    #[serde(default)]
    z: i32,
}

/// The keys of events of this version.
#[derive(Deserialize)]
struct Wire {
    v: u32,
    k: String,
    c: Option<String>,
    g: Option<u8>,
    p: Option<u8>,
    ms: Option<u64>,
    ticks: Option<Vec<u16>>,
    pts: Option<u16>,
    hint: Option<bool>,
    spot: Option<bool>,
    of: Option<String>,
    to: Option<String>,
    on: Option<bool>,
    name: Option<String>,
    q: Option<String>,
    again: Option<u32>,
}

/// Parses the lines of a log or journal, or of a part of one. Skips bad lines.
pub(crate) fn parse_lines(bytes: &[u8]) -> impl Iterator<Item = Line> {
    bytes.split(|&byte| byte == b'\n').filter_map(|line| parse_line(std::str::from_utf8(line).ok()?).ok())
}

/// Parses one line; a line end is ignored.
pub fn parse_line(line: &str) -> Result<Line, Bad> {
    const TAIL: usize = ",\"x\":\"00000000\"}".len();
    let line = line.trim_end_matches(['\r', '\n']);
    let body_len = line.len().checked_sub(TAIL).filter(|_| line.len() <= LONGEST_LINE).ok_or(Bad::Torn)?;
    let (body, tail) = line.split_at_checked(body_len).ok_or(Bad::Torn)?;
    let hex = tail.strip_prefix(",\"x\":\"").and_then(|rest| rest.strip_suffix("\"}")).ok_or(Bad::Torn)?;
    let lower = hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let crc = u32::from_str_radix(hex, 16).ok().filter(|_| lower).ok_or(Bad::Torn)?;
    if crc32fast::hash(body.as_bytes()) != crc {
        return Err(Bad::Checksum);
    }
    match plain_review(body, crc) {
        Some(event) => Ok(Line { event, raw: None }),
        None => any_line(line, crc),
    }
}

/// Parses a line of any program, with keys in any order, whose checksum has been verified.
fn any_line(line: &str, crc: u32) -> Result<Line, Bad> {
    let envelope: Envelope = serde_json::from_str(line).map_err(|_| Bad::Envelope)?;
    let device = Device::parse(&envelope.d).ok_or(Bad::Envelope)?;
    let numbered = (0..=LAST_SEQ).contains(&envelope.s) && envelope.v >= 1;
    let ordered = envelope.h.is_none_or(|logical| logical <= LAST_LOGICAL);
    let at = Instant::new(envelope.t, 0).filter(|_| numbered && ordered).ok_or(Bad::Envelope)?;
    let id = EventId { device, seq: envelope.s, crc };
    let zoned = Instant::new(envelope.t, envelope.z);
    let body = zoned.and_then(|_| body_of(line)).unwrap_or(Body::Unknown);
    let event = Event { id, at: zoned.unwrap_or(at), logical: envelope.h, body };
    let same = event.body != Body::Unknown && render(&event) == line;
    let raw = (!same).then(|| line.to_owned());
    Ok(Line { event, raw })
}

/// Parses a review exactly as [`render`] writes one, up to its checksum, several times faster than [`any_line`]: nearly
/// every line of a journal is one. Returns `None` for any other line.
fn plain_review(body: &str, crc: u32) -> Option<Event> {
    let mut scan = Scan(body);
    scan.word("{\"v\":1,\"d\":\"")?;
    let device = Device::parse(scan.quoted()?)?;
    scan.word(",\"s\":")?;
    let seq = scan.whole(LAST_SEQ)?;
    scan.word(",\"t\":")?;
    let t = scan.number()?;
    let logical = scan.after(",\"h\":", |scan| scan.number().filter(|&logical| logical <= LAST_LOGICAL))?;
    scan.word(",\"z\":")?;
    let at = Instant::new(t, i32::try_from(scan.number()?).ok()?)?;
    scan.word(",\"k\":\"review\",\"c\":\"")?;
    let card = CardId::parse(scan.quoted()?)?;
    scan.word(",\"g\":")?;
    let review = Review {
        card,
        grade: scan.grade()?,
        proposed: scan.after(",\"p\":", Scan::grade)?,
        ms: scan.after(",\"ms\":", |scan| scan.whole(i64::MAX))?.map(i64::unsigned_abs),
        ticks: scan.after(",\"ticks\":[", Scan::list)?,
        points: scan.after(",\"pts\":", Scan::small)?,
        hint: scan.word(",\"hint\":true").is_some(),
        spot: scan.after(",\"spot\":", Scan::boolean)?,
    };
    let id = EventId { device, seq, crc };
    scan.0.is_empty().then_some(Event { id, at, logical, body: Body::Review(review) })
}

/// The rest of a line. Accepts only what [`render`] would write: no spaces, no leading zeros, no `-0`.
struct Scan<'a>(&'a str);

impl<'a> Scan<'a> {
    fn word(&mut self, word: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(word)?;
        Some(())
    }

    /// Parses what follows `word`, if `word` comes next. Returns `None` if it does and the rest cannot be parsed.
    fn after<T>(&mut self, word: &str, parse: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        if self.word(word).is_some() { parse(self).map(Some) } else { Some(None) }
    }

    /// Up to and including a quotation mark. Names contain nothing that JSON would escape.
    fn quoted(&mut self) -> Option<&'a str> {
        let (text, rest) = self.0.split_once('"')?;
        self.0 = rest;
        Some(text)
    }

    fn whole(&mut self, most: i64) -> Option<i64> {
        let digits = self.0.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = self.0.split_at(digits);
        if digits == 0 || (digits > 1 && number.starts_with('0')) {
            return None;
        }
        let mut value = 0_i64;
        for digit in number.bytes() {
            value = value.checked_mul(10)?.checked_add(i64::from(digit - b'0'))?;
        }
        self.0 = rest;
        (value <= most).then_some(value)
    }

    fn number(&mut self) -> Option<i64> {
        if self.word("-").is_some() {
            self.whole(i64::MAX).filter(|&n| n > 0).map(|n| -n)
        } else {
            self.whole(i64::MAX)
        }
    }

    fn small(&mut self) -> Option<u16> {
        u16::try_from(self.whole(i64::from(u16::MAX))?).ok()
    }

    fn grade(&mut self) -> Option<Grade> {
        Grade::new(u8::try_from(self.small()?).ok()?)
    }

    fn boolean(&mut self) -> Option<bool> {
        self.word("true").map(|()| true).or_else(|| self.word("false").map(|()| false))
    }

    /// Numbers separated by commas, and the closing bracket.
    fn list(&mut self) -> Option<Vec<u16>> {
        let mut list = Vec::new();
        while self.word("]").is_none() {
            if !list.is_empty() {
                self.word(",")?;
            }
            list.push(self.small()?);
        }
        Some(list)
    }
}

/// Returns what happened, if the kind of event is known and every key is valid; otherwise the event is stored but not folded.
fn body_of(line: &str) -> Option<Body> {
    let wire: Wire = serde_json::from_str(line).ok().filter(|wire: &Wire| wire.v == VERSION)?;
    let card = || CardId::parse(wire.c.as_deref()?);
    Some(match wire.k.as_str() {
        "review" => Body::Review(Review {
            card: card()?,
            grade: Grade::new(wire.g?)?,
            proposed: valid(wire.p, Grade::new)?,
            ms: wire.ms.filter(|&ms| i64::try_from(ms).is_ok()),
            ticks: wire.ticks.clone(),
            points: wire.pts,
            hint: wire.hint.unwrap_or(false),
            spot: wire.spot,
        }),
        "undo" => Body::Undo { of: EventId::parse(wire.of.as_deref()?)? },
        "rename" => Body::Rename { card: card()?, to: CardId::parse(wire.to.as_deref()?)? },
        "suspend" => Body::Suspend { card: card()?, on: wire.on? },
        "bury" => Body::Bury { card: card()? },
        "bring" => Body::Bring { card: card()? },
        "reset" => Body::Reset { card: card()? },
        "device" => Body::Device { name: wire.name.clone()? },
        "mock" => Body::Mock(Box::new(mock_score(wire)?)),
        _ => return None,
    })
}

fn mock_score(wire: Wire) -> Option<MockScore> {
    Some(MockScore {
        card: valid(wire.c.as_deref(), CardId::parse)?,
        score: Score::new(wire.g?)?,
        suggested: valid(wire.p, Score::new)?,
        ms: valid(wire.ms, |ms| i64::try_from(ms).is_ok().then_some(ms))?,
        ticks: wire.ticks,
        points: wire.pts,
        first: valid(wire.of.as_deref(), EventId::parse)?,
        competency: valid(wire.q.as_deref(), CompetencyDigest::parse)?,
        again: wire.again.unwrap_or(0),
    })
}

/// Parses a value that may be absent. Returns `None` if it is there and cannot be parsed.
fn valid<T, U>(value: Option<T>, parse: impl FnOnce(T) -> Option<U>) -> Option<Option<U>> {
    match value {
        Some(value) => parse(value).map(Some),
        None => Some(None),
    }
}

/// Returns the line of an event, without line end. The checksum is the one in its id.
pub fn render(event: &Event) -> String {
    let mut line = unsealed(event.id.device, event.id.seq, event.at, event.logical, &event.body);
    let _ = write!(line, ",\"x\":\"{:08x}\"}}", event.id.crc);
    line
}

/// Makes an event: computes its checksum, and so its id.
pub(crate) fn seal(device: Device, seq: i64, at: Instant, logical: Option<i64>, body: Body) -> Event {
    let logical = logical.filter(|&logical| logical != at.unix_ms);
    let crc = crc32fast::hash(unsealed(device, seq, at, logical, &body).as_bytes());
    Event { id: EventId { device, seq, crc }, at, logical, body }
}

/// Returns the line up to its checksum, with keys in the order of the format, without those that are absent.
fn unsealed(device: Device, seq: i64, at: Instant, logical: Option<i64>, body: &Body) -> String {
    let mut line = String::with_capacity(160);
    let _ = write!(line, "{{\"v\":{VERSION},\"d\":\"{device}\",\"s\":{seq},\"t\":{}", at.unix_ms);
    if let Some(logical) = logical {
        let _ = write!(line, ",\"h\":{logical}");
    }
    let _ = write!(line, ",\"z\":{},\"k\":\"{}\"", at.offset, body.word());
    if let Some(card) = body.card() {
        let _ = write!(line, ",\"c\":\"{card}\"");
    }
    match body {
        Body::Review(review) => {
            let _ = write!(line, ",\"g\":{}", review.grade);
            write_if(&mut line, "p", review.proposed);
            write_answer(&mut line, review.ms, review.ticks.as_deref(), review.points);
            if review.hint {
                line.push_str(",\"hint\":true");
            }
            if let Some(spot) = review.spot {
                let _ = write!(line, ",\"spot\":{spot}");
            }
        }
        Body::Undo { of } => {
            let _ = write!(line, ",\"of\":\"{of}\"");
        }
        Body::Rename { to, .. } => {
            let _ = write!(line, ",\"to\":\"{to}\"");
        }
        Body::Suspend { on, .. } => {
            let _ = write!(line, ",\"on\":{on}");
        }
        Body::Device { name } => {
            let _ = write!(line, ",\"name\":{}", serde_json::Value::from(name.as_str()));
        }
        Body::Mock(mock) => {
            let _ = write!(line, ",\"g\":{}", mock.score);
            write_if(&mut line, "p", mock.suggested);
            write_answer(&mut line, mock.ms, mock.ticks.as_deref(), mock.points);
            write_if(&mut line, "of", mock.first.map(|first| format!("\"{first}\"")));
            write_if(&mut line, "q", mock.competency.map(|competency| format!("\"{competency}\"")));
            write_if(&mut line, "again", Some(mock.again).filter(|&again| again > 0));
        }
        Body::Bury { .. } | Body::Bring { .. } | Body::Reset { .. } | Body::Unknown => {}
    }
    line
}

fn write_if(line: &mut String, key: &str, value: Option<impl std::fmt::Display>) {
    if let Some(value) = value {
        let _ = write!(line, ",\"{key}\":{value}");
    }
}

fn write_answer(line: &mut String, ms: Option<u64>, ticks: Option<&[u16]>, points: Option<u16>) {
    write_if(line, "ms", ms);
    if let Some(ticks) = ticks {
        let numbers: Vec<String> = ticks.iter().map(ToString::to_string).collect();
        let _ = write!(line, ",\"ticks\":[{}]", numbers.join(","));
    }
    write_if(line, "pts", points);
}

#[cfg(test)]
mod tests {
    use super::super::samples::card;
    use super::*;
    use proptest::prelude::*;

    fn sealed(body: &str) -> String {
        format!("{body},\"x\":\"{:08x}\"}}", crc32fast::hash(body.as_bytes()))
    }

    #[test]
    fn keys_are_in_the_order_of_the_format() {
        let review = Review {
            card: card("weakness"),
            grade: Grade::new(3).unwrap(),
            proposed: Grade::new(4),
            ms: Some(74210),
            ticks: Some(vec![1, 3]),
            points: Some(3),
            hint: true,
            spot: Some(false),
        };
        let event = seal(
            Device::parse("k7f3qm2x").unwrap(),
            412,
            Instant::new(1_790_000_000_000, 60).unwrap(),
            Some(1_790_000_600_001),
            Body::Review(review),
        );
        let body = "{\"v\":1,\"d\":\"k7f3qm2x\",\"s\":412,\"t\":1790000000000,\"h\":1790000600001,\"z\":60,\"k\":\"review\",\
                    \"c\":\"weakness\",\"g\":3,\"p\":4,\"ms\":74210,\"ticks\":[1,3],\"pts\":3,\"hint\":true,\"spot\":false";
        assert_eq!(render(&event), sealed(body));
        assert_eq!(parse_line(&render(&event)), Ok(Line { event, raw: None }));
        let mock = MockScore {
            card: Some(card("weakness")),
            score: Score::new(3).unwrap(),
            suggested: Score::new(4),
            ms: Some(74210),
            ticks: Some(vec![1, 3]),
            points: Some(3),
            first: EventId::parse("k7f3qm2x-9-0000abcd"),
            competency: CompetencyDigest::parse("abcdefghij27"),
            again: 2,
        };
        let envelope = (Device::parse("k7f3qm2x").unwrap(), 412, Instant::new(1_790_000_000_000, 60).unwrap());
        let sealed_mock = |mock| render(&seal(envelope.0, envelope.1, envelope.2, None, Body::Mock(Box::new(mock))));
        let start = "{\"v\":1,\"d\":\"k7f3qm2x\",\"s\":412,\"t\":1790000000000,\"z\":60,\"k\":\"mock\",\"c\":\"weakness\",\"g\":3";
        let rest = ",\"p\":4,\"ms\":74210,\"ticks\":[1,3],\"pts\":3,\"of\":\"k7f3qm2x-9-0000abcd\",\
                    \"q\":\"abcdefghij27\",\"again\":2";
        assert_eq!(sealed_mock(mock), sealed(&format!("{start}{rest}")));
        let bare = MockScore::new(None, Score::new(3).unwrap());
        assert_eq!(sealed_mock(bare), sealed(&start.replace(",\"c\":\"weakness\"", "")));
    }

    #[test]
    fn valid_unknown_and_bad_lines() {
        let base =
            "{\"v\":1,\"d\":\"k7f3qm2x\",\"s\":1,\"t\":1790000000000,\"z\":0,\"k\":\"review\",\"c\":\"a\",\"g\":3";
        let mock = &base.replace("review", "mock");
        let known = |body: &str| parse_line(&sealed(body)).map(|line| (line.event.body.word(), line.raw.is_some()));
        let cases = [
            (base.to_owned(), Ok(("review", false))),
            // Another program's spacing and order: folded, and published verbatim.
            (base.replace(",\"z\"", ", \"z\""), Ok(("review", true))),
            (base.replace("\"g\":3", "\"g\":3,\"spot\":true"), Ok(("review", false))),
            (base.replace("\"g\":3", "\"g\":3,\"spot\":1"), Ok(("unknown", true))),
            (base.replace("\"g\":3", "\"g\":3,\"mood\":\"fine\""), Ok(("review", true))),
            // A newer version, a new kind, a value this version cannot parse: stored, not folded.
            (base.replace("\"v\":1", "\"v\":2"), Ok(("unknown", true))),
            (base.replace("review", "dream"), Ok(("unknown", true))),
            (base.replace("\"g\":3", "\"g\":6"), Ok(("unknown", true))),
            (base.replace("\"g\":3", "\"g\":\"good\""), Ok(("unknown", true))),
            (base.replace("\"c\":\"a\"", "\"c\":\"a b\""), Ok(("unknown", true))),
            (base.replace("\"z\":0", "\"z\":99999"), Ok(("unknown", true))),
            // A score in a mock interview is from 1 to 5; an older program keeps such a line verbatim.
            (mock.clone(), Ok(("mock", false))),
            (mock.replace(",\"c\":\"a\"", ""), Ok(("mock", false))),
            (mock.replace("\"g\":3", "\"g\":0"), Ok(("unknown", true))),
            (mock.replace("\"g\":3", "\"g\":6"), Ok(("unknown", true))),
            (mock.replace("\"g\":3", "\"g\":3,\"p\":0"), Ok(("unknown", true))),
            (mock.replace("\"g\":3", "\"g\":3,\"ms\":9223372036854775808"), Ok(("unknown", true))),
            (mock.replace("\"g\":3", "\"g\":3,\"of\":\"a\""), Ok(("unknown", true))),
            (mock.replace("\"g\":3", "\"g\":3,\"q\":\"Leading Peop\""), Ok(("unknown", true))),
            (mock.replace("\"g\":3", "\"g\":3,\"again\":0"), Ok(("mock", true))),
            (mock.replace("\"g\":3", "\"g\":3,\"again\":1"), Ok(("mock", false))),
            (mock.replace("\"g\":3", "\"again\":1,\"g\":3"), Ok(("mock", true))),
            // An invalid device, time, or sequence number: bad.
            (base.replace("k7f3qm2x", "K7F3QM2X"), Err(Bad::Envelope)),
            (base.replace("1790000000000", "253402300800000"), Err(Bad::Envelope)),
            (base.replace("\"s\":1", "\"s\":-1"), Err(Bad::Envelope)),
            (base.replace("\"s\":1", "\"s\":9007199254740992"), Ok(("review", false))),
            (base.replace("\"s\":1", "\"s\":9007199254740993"), Err(Bad::Envelope)),
            (base.replace("\"s\":1", "\"s\":9223372036854775807"), Err(Bad::Envelope)),
            (base.replace("\"s\":1", "\"s\":18446744073709551615"), Err(Bad::Envelope)),
            (base.replace(",\"z\"", ",\"h\":4503599627370496,\"z\""), Ok(("review", false))),
            (base.replace(",\"z\"", ",\"h\":4503599627370497,\"z\""), Err(Bad::Envelope)),
            (base.replace(",\"z\"", ",\"h\":9223372036854775807,\"z\""), Err(Bad::Envelope)),
            (base.replace("1790000000000", "253402300799999"), Ok(("review", false))),
            (base.replace("1790000000000", "-62135596800000"), Ok(("review", false))),
            (base.replace("1790000000000", "-62135596800001"), Err(Bad::Envelope)),
            (
                base.replace("\"c\":\"a\"", &format!("\"c\":\"a\",\"why\":\"{}\"", "y".repeat(60_000))),
                Ok(("review", true)),
            ),
            (base.replace("\"c\":\"a\"", &format!("\"c\":\"a\",\"why\":\"{}\"", "y".repeat(65_536))), Err(Bad::Torn)),
            ("[1".to_owned(), Err(Bad::Envelope)),
        ];
        for (body, expected) in cases {
            assert_eq!(known(&body), expected, "{body}");
        }
        let good = sealed(base);
        for (line, bad) in [
            (&good[..good.len() - 3], Bad::Torn),
            ("", Bad::Torn),
            ("<<<<<<< HEAD", Bad::Torn),
            (&good.replace("\"g\":3", "\"g\":5"), Bad::Checksum),
            (&good.to_uppercase(), Bad::Torn),
        ] {
            assert_eq!(parse_line(line), Err(bad), "{line}");
        }
        assert!(parse_line(&format!("{good}\r\n")).is_ok());
    }

    fn bodies() -> impl Strategy<Value = Body> {
        let id = "[a-z0-9_][a-z0-9._-]{0,8}".prop_map(|text| CardId::parse(&text).unwrap());
        let grade = (0u8..6).prop_map(|grade| Grade::new(grade).unwrap());
        let review = (
            id.clone(),
            grade.clone(),
            prop::option::of(grade),
            prop::option::of(within(0, i64::MAX).prop_map(i64::unsigned_abs)),
            prop::option::of(prop::collection::vec(any::<u16>(), 0..5)),
            prop::option::of(any::<u16>()),
            any::<bool>(),
            prop::option::of(any::<bool>()),
        );
        let score = (1u8..6).prop_map(|score| Score::new(score).unwrap());
        let event_id = (any::<u64>(), within(0, i64::MAX), any::<u32>())
            .prop_map(|(bits, seq, crc)| EventId { device: Device::from_bits(bits), seq, crc })
            .boxed();
        let mock = (
            prop::option::of(id.clone()),
            score.clone(),
            prop::option::of(score),
            prop::option::of(within(0, i64::MAX).prop_map(i64::unsigned_abs)),
            prop::option::of(prop::collection::vec(any::<u16>(), 0..5)),
            prop::option::of(any::<u16>()),
            prop::option::of(event_id.clone()),
            prop::option::of(any::<String>().prop_map(|title| CompetencyDigest::of_title(&title))),
            prop_oneof![Just(0), any::<u32>()],
        );
        let mock = mock.prop_map(|(card, score, suggested, ms, ticks, points, first, competency, again)| MockScore {
            card,
            score,
            suggested,
            ms,
            ticks,
            points,
            first,
            competency,
            again,
        });
        prop_oneof![
            mock.prop_map(|mock| Body::Mock(Box::new(mock))),
            review.prop_map(|(card, grade, proposed, ms, ticks, points, hint, spot)| {
                Body::Review(Review { card, grade, proposed, ms, ticks, points, hint, spot })
            }),
            (id.clone(), id.clone()).prop_map(|(card, to)| Body::Rename { card, to }),
            (id.clone(), any::<bool>()).prop_map(|(card, on)| Body::Suspend { card, on }),
            id.clone().prop_map(|card| Body::Bury { card }),
            id.clone().prop_map(|card| Body::Bring { card }),
            id.prop_map(|card| Body::Reset { card }),
            any::<String>().prop_map(|name| Body::Device { name }),
            event_id.prop_map(|of| Body::Undo { of }),
        ]
    }

    /// Numbers in a range, often at one of its ends.
    fn within(first: i64, last: i64) -> impl Strategy<Value = i64> {
        prop_oneof![2 => first..=last, 1 => Just(first), 1 => Just(last)]
    }

    proptest! {
        #[test]
        fn every_event_survives_rendering_and_parsing(
            body in bodies(),
            bits in any::<u64>(),
            seq in within(0, LAST_SEQ),
            t in within(-62_135_596_800_000, 253_402_300_799_999),
            z in within(-1439, 1439),
            h in prop::option::of(within(i64::MIN, LAST_LOGICAL)),
        ) {
            let z = i32::try_from(z).unwrap();
            let event = seal(Device::from_bits(bits), seq, Instant::new(t, z).unwrap(), h, body);
            let line = render(&event);
            prop_assert!(!line.contains('\n'));
            prop_assert_eq!(parse_line(&line), Ok(Line { event, raw: None }));
        }

        #[test]
        fn one_changed_byte_is_noticed(body in bodies(), at in any::<prop::sample::Index>(), byte in 32u8..127) {
            let event = seal(Device::from_bits(1), 1, Instant::new(0, 0).unwrap(), None, body);
            let mut bytes = render(&event).into_bytes();
            let at = at.index(bytes.len());
            prop_assume!(bytes[at] != byte);
            bytes[at] = byte;
            if let Ok(text) = String::from_utf8(bytes) {
                prop_assert!(parse_line(&text).is_err());
            }
        }

        // A line of `render` with a few edits and a matching checksum: both parsers agree on it.
        #[test]
        fn both_parsers_agree(
            body in bodies(),
            seq in within(0, LAST_SEQ + 1),
            t in -62_135_596_800_000i64..253_402_300_799_999,
            z in -1439i32..=1439,
            h in prop::option::of(within(i64::MIN + 1, LAST_LOGICAL + 1)),
            edits in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0usize..2), 0..3),
        ) {
            const SCRAPS: [&str; 28] = [
                "", "0", "1", "6", "9", "-", "-0", "00", "+", ".", "e1", "18446744073709551615", "65536", " ", ",", ":",
                "\"", "\\", "[", "]", "null", "true", "\u{e4}", ",\"g\":3", ",\"mood\":1", ",\"hint\":false",
                ",\"spot\":true", ",\"spot\":tru",
            ];
            let event = seal(Device::from_bits(1), seq, Instant::new(t, z).unwrap(), h, body);
            let mut text = unsealed(event.id.device, seq, event.at, event.logical, &event.body);
            for (at, scrap, cut) in edits {
                let at = at.index(text.len());
                let edges = text.is_char_boundary(at) && text.is_char_boundary(at + cut);
                if edges {
                    text.replace_range(at..at + cut, SCRAPS[scrap.index(SCRAPS.len())]);
                }
            }
            let line = sealed(&text);
            let crc = crc32fast::hash(text.as_bytes());
            let slow = any_line(&line, crc);
            if let Some(event) = plain_review(&text, crc) {
                prop_assert_eq!(&slow, &Ok(Line { event, raw: None }));
            } else if let Ok(Line { event, raw: None }) = &slow {
                prop_assert!(!matches!(event.body, Body::Review(_)), "{} is not parsed by the fast parser", line);
            }
            prop_assert_eq!(parse_line(&line), slow);
        }

        #[test]
        fn no_line_panics(text in any::<String>()) {
            let _ = parse_line(&text);
            let _ = parse_line(&sealed(&text));
        }
    }
}
