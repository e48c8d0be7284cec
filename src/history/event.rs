//! Events: what happened, when, and on which device; their total order.

use std::fmt;

use crate::clock::Instant;
use crate::deck::competencies::CompetencyDigest;
use crate::deck::{CardId, base32};
use crate::schedule::Grade;

/// The name of a device: 8 random base32 characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Device([u8; 8]);

impl Device {
    /// Makes a name from 40 random bits (the upper ones of 64).
    pub(crate) fn from_bits(bits: u64) -> Self {
        let mut name = [b'a'; 8];
        name.copy_from_slice(base32(bits, 8).as_bytes());
        Device(name)
    }

    /// Parses a name: 8 of `a-z2-7`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let name: [u8; 8] = text.as_bytes().try_into().ok()?;
        name.iter().all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7')).then_some(Device(name))
    }

    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The identity of an event: device, sequence number, checksum, written `d-s-x`. Because of the checksum, two machines that
/// share a copied device name still have distinct events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct EventId {
    pub(crate) device: Device,
    /// The writer's count, from 1 to [`LAST_SEQ`].
    pub(crate) seq: i64,
    /// CRC-32 of its line.
    pub(crate) crc: u32,
}

impl EventId {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let device = Device::parse(parts.next()?)?;
        let (seq, crc) = (parts.next()?, parts.next()?);
        let plain = !seq.is_empty() && seq.bytes().all(|byte| byte.is_ascii_digit());
        let hex = crc.len() == 8 && crc.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if parts.next().is_some() || !plain || !hex {
            return None;
        }
        Some(EventId { device, seq: seq.parse().ok()?, crc: u32::from_str_radix(crc, 16).ok()? })
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{:08x}", self.device, self.seq, self.crc)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub(crate) id: EventId,
    /// When it happened, by the device's wall clock.
    pub(crate) at: Instant,
    /// The logical clock in Unix milliseconds, if it differs from the wall clock.
    pub(crate) logical: Option<i64>,
    pub(crate) body: Body,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Body {
    /// A card was graded.
    Review(Review),
    /// An event was undone. An undo can be undone, too.
    Undo { of: EventId },
    /// One card's history continues as another's.
    Rename { card: CardId, to: CardId },
    /// A card was suspended (`on`) or resumed.
    Suspend { card: CardId, on: bool },
    /// A card was hidden until the next study day.
    Bury { card: CardId },
    /// A card was made due at once.
    Bring { card: CardId },
    /// A card was made new again.
    Reset { card: CardId },
    /// A device was named by its user.
    Device { name: String },
    /// An answer was scored in a mock interview. The schedule does not know of it.
    Mock(Box<MockScore>),
    /// From a newer program: stored and published verbatim, not folded.
    Unknown,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Review {
    pub card: CardId,
    pub grade: Grade,
    pub proposed: Option<Grade>,
    /// Spoken time in milliseconds.
    pub ms: Option<u64>,
    /// The numbers of the parts and points that were said; `None` if nothing was ticked.
    pub ticks: Option<Vec<u16>>,
    pub points: Option<u16>,
    pub hint: bool,
    /// Whether the competency behind the question was named correctly; `None` if it was not asked for.
    pub spot: Option<bool>,
}

impl Review {
    pub(crate) fn new(card: CardId, grade: Grade) -> Self {
        Review { card, grade, proposed: None, ms: None, ticks: None, points: None, hint: false, spot: None }
    }
}

/// A score from 1 to 5, as panels give for one competency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Score(u8);

impl Score {
    pub(crate) fn new(score: u8) -> Option<Self> {
        (1..=5).contains(&score).then_some(Score(score))
    }

    pub(crate) fn get(self) -> u8 {
        self.0
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MockScore {
    /// The card that was asked; `None` for a general question.
    pub(crate) card: Option<CardId>,
    pub(crate) score: Score,
    pub(crate) suggested: Option<Score>,
    /// Spoken time in milliseconds.
    pub(crate) ms: Option<u64>,
    /// The numbers of the parts and points that were said; `None` if nothing was ticked.
    pub(crate) ticks: Option<Vec<u16>>,
    pub(crate) points: Option<u16>,
    /// The first event of the same mock interview; `None` if it is the first.
    pub(crate) first: Option<EventId>,
    /// What it is a score of; `None` if nothing names a competency.
    pub(crate) competency: Option<CompetencyDigest>,
    /// How often the question was repeated.
    pub(crate) again: u32,
}

#[cfg(test)]
impl MockScore {
    pub(crate) fn new(card: Option<CardId>, score: Score) -> Self {
        let (suggested, ms, ticks, points, first, competency) = (None, None, None, None, None, None);
        MockScore { card, score, suggested, ms, ticks, points, first, competency, again: 0 }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CardAction {
    /// `time` is its place in the total order.
    Review {
        grade: Grade,
        ms: Option<u64>,
        time: i64,
    },
    Suspend(bool),
    Bury,
    Bring,
    Reset,
}

impl Body {
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Body::Review(_) => "review",
            Body::Undo { .. } => "undo",
            Body::Rename { .. } => "rename",
            Body::Suspend { .. } => "suspend",
            Body::Bury { .. } => "bury",
            Body::Bring { .. } => "bring",
            Body::Reset { .. } => "reset",
            Body::Device { .. } => "device",
            Body::Mock(_) => "mock",
            Body::Unknown => "unknown",
        }
    }

    /// Returns the card it is about, by the name the card had then.
    pub(crate) fn card(&self) -> Option<&CardId> {
        match self {
            Body::Review(review) => Some(&review.card),
            Body::Rename { card, .. }
            | Body::Suspend { card, .. }
            | Body::Bury { card }
            | Body::Bring { card }
            | Body::Reset { card } => Some(card),
            Body::Mock(mock) => mock.card.as_ref(),
            Body::Undo { .. } | Body::Device { .. } | Body::Unknown => None,
        }
    }
}

impl Event {
    /// Returns its position in the total order: logical time (the wall clock if there is none), device, sequence, checksum.
    pub(crate) fn order(&self) -> (i64, EventId) {
        (self.logical.unwrap_or(self.at.unix_ms), self.id)
    }

    /// Returns what it does to the state of its card.
    pub(crate) fn action(&self) -> Option<CardAction> {
        match &self.body {
            Body::Review(review) => {
                Some(CardAction::Review { grade: review.grade, ms: review.ms, time: self.order().0 })
            }
            Body::Suspend { on, .. } => Some(CardAction::Suspend(*on)),
            Body::Bury { .. } => Some(CardAction::Bury),
            Body::Bring { .. } => Some(CardAction::Bring),
            Body::Reset { .. } => Some(CardAction::Reset),
            Body::Undo { .. } | Body::Rename { .. } | Body::Device { .. } | Body::Mock(_) | Body::Unknown => None,
        }
    }
}

/// The highest sequence number. Every program can hold it, and a count from 1 never gets there.
pub(crate) const LAST_SEQ: i64 = 1 << 53;
/// The highest logical clock, which no wall clock reaches.
pub(crate) const LAST_LOGICAL: i64 = 1 << 52;
/// How far ahead of this machine's clock a logical clock can be and still be adopted, in milliseconds.
pub(crate) const BELIEVED_AHEAD_MS: i64 = 48 * 3_600_000;

/// Returns the logical clock of a new event: the wall clock, but after the newest known event.
pub(crate) fn logical_clock(now: i64, newest: Option<i64>) -> i64 {
    newest.map_or(now, |newest| now.max(newest.saturating_add(1))).min(LAST_LOGICAL)
}

/// Returns the furthest logical clock that is adopted at this time.
pub(crate) fn believed(now: i64) -> i64 {
    now.saturating_add(BELIEVED_AHEAD_MS)
}
