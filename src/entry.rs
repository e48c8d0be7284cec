//! A card with its state: where it is, what it asks, and what the log says of it.
//!
//! Not here: reading entries from the database, and what is asked today.

use crate::clock::StudyDay;
use crate::deck::{CardId, Interview, Kind};
use crate::diagnostic::Span;
use crate::history::CardState;
use crate::schedule::Grade;

/// A card as the collection knows it: where it stands, and what the log says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its id, after renames.
    pub card: CardId,
    /// Where it stands; `None` for a card with history that is in no deck.
    pub place: Option<Place>,
    pub prompt: String,
    /// What sort of answer is wanted.
    pub(crate) kind: Kind,
    pub(crate) tags: Vec<String>,
    /// Rounds of interview in which it may come; empty means every round.
    pub(crate) round: Vec<i64>,
    /// How many other angles it has.
    pub(crate) variants: usize,
    /// Seconds for the spoken answer.
    pub(crate) limit: u32,
    /// Whether the file says `suspended = true`.
    pub(crate) suspended_in_file: bool,
    /// What the log says.
    pub state: CardState,
}

/// How many good answers in a row make a card ready.
pub(crate) const READY: u32 = 3;

/// Where a card stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Path relative to the collection.
    pub file: String,
    /// Line of the card's header.
    pub(crate) line: usize,
    pub(crate) deck: String,
    /// Its number among the cards of the file, from 0.
    pub(crate) ordinal: usize,
    /// The bytes of its block in the file; empty where only the whole file tells.
    pub(crate) block: Span,
}

/// How a card stands today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    New,
    /// Due, or failed today and not yet answered well.
    Due,
    Learned,
    /// Not asked, by the file or by `suspend`.
    Suspended,
    Absent,
}

impl Status {
    /// The word in JSON.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Status::New => "new",
            Status::Due => "due",
            Status::Learned => "learned",
            Status::Suspended => "suspended",
            Status::Absent => "absent",
        }
    }
}

/// Why a card is asked today, or is not; the day's limits are another matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It is in no deck.
    Absent,
    /// Its file says `suspended = true`.
    SuspendedInFile,
    /// It was suspended by `suspend`.
    Suspended,
    /// It would be asked, but is hidden until the next study day.
    Buried,
    /// It was graded below 4 today, and is asked again until it gets a 4.
    Again(Grade),
    /// It is due, since this study day.
    Due(StudyDay),
    /// It was never reviewed.
    New,
    /// It is not due until this study day.
    Learned(StudyDay),
}

impl Standing {
    /// The word in JSON.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Standing::Absent => "absent",
            Standing::SuspendedInFile => "suspended-in-file",
            Standing::Suspended => "suspended",
            Standing::Buried => "buried",
            Standing::Again(_) => "again",
            Standing::Due(_) => "due",
            Standing::New => "new",
            Standing::Learned(_) => "learned",
        }
    }
}

impl Entry {
    /// Why it is asked today, or is not.
    pub(crate) fn standing(&self, today: StudyDay) -> Standing {
        let due = self.state.due();
        match (self.status(today), due) {
            (Status::Absent, _) => Standing::Absent,
            (Status::Suspended, _) if self.suspended_in_file => Standing::SuspendedInFile,
            (Status::Suspended, _) => Standing::Suspended,
            (Status::Learned, Some(due)) => Standing::Learned(due),
            _ if !self.askable(today) => Standing::Buried,
            (Status::Due, Some(due)) if due <= today => Standing::Due(due),
            (Status::Due, _) => self.state.latest.map_or(Standing::New, |(_, grade)| Standing::Again(grade)),
            (Status::New | Status::Learned, _) => Standing::New,
        }
    }

    /// How it stands today.
    pub(crate) fn status(&self, today: StudyDay) -> Status {
        if self.place.is_none() {
            Status::Absent
        } else if self.suspended_in_file || self.state.suspended {
            Status::Suspended
        } else if self.state.is_due(today) {
            Status::Due
        } else if self.state.due().is_none() {
            Status::New
        } else {
            Status::Learned
        }
    }

    /// Whether it may be asked today at all.
    pub(crate) fn askable(&self, today: StudyDay) -> bool {
        self.place.is_some() && !self.suspended_in_file && !self.state.suspended && self.state.buried != Some(today)
    }

    /// Whether it is ready for the day: so many good answers in a row, and every angle met at least once.
    pub(crate) fn ready(&self) -> bool {
        self.place.is_some() && self.state.streak >= READY && self.met() == self.angles()
    }

    /// How many angles it has: its prompt and its variants.
    pub(crate) fn angles(&self) -> usize {
        1 + self.variants
    }

    /// How many of its angles were met; they come in rotation.
    pub(crate) fn met(&self) -> usize {
        self.angles().min(self.state.reviews as usize)
    }

    /// Whether it must be ready by the day of an interview that stands in `file`: it stands there, too, or in one of the
    /// decks the interview names, or has one of its tags; where it names none, its round fits.
    pub(crate) fn in_scope(&self, interview: &Interview, file: &str) -> bool {
        let Some(place) = &self.place else { return false };
        let Interview { decks, tags, round, .. } = interview;
        let fits = || round.is_none_or(|round| self.comes_in(round));
        place.file == file
            || decks.iter().any(|deck| is_deck(deck, &place.file, &place.deck))
            || tags.iter().any(|tag| self.tags.contains(tag))
            || decks.is_empty() && tags.is_empty() && fits()
    }

    /// Whether it may come in one of these rounds of interview; in any if there are none.
    pub(crate) fn comes_in_any(&self, rounds: &[i64]) -> bool {
        rounds.is_empty() || rounds.iter().any(|&round| self.comes_in(round))
    }

    /// Whether it may come in a round of interview.
    pub(crate) fn comes_in(&self, round: i64) -> bool {
        self.round.is_empty() || self.round.contains(&round)
    }

    /// Seconds one review is likely to take.
    pub(crate) fn seconds(&self) -> u64 {
        likely_seconds(&self.state, self.limit)
    }

    /// The name of its deck; empty for a card that is in no deck.
    pub(crate) fn deck(&self) -> &str {
        self.place.as_ref().map_or("", |place| &place.deck)
    }
}

/// Seconds one review is likely to take: the mean of those measured, else the card's limit.
pub(crate) fn likely_seconds(state: &CardState, limit: u32) -> u64 {
    match u64::from(state.spoken) {
        0 => u64::from(limit),
        reviews => state.spoken_ms / reviews / 1000,
    }
}

/// Whether a word names a deck: its title, its path, its path without `.toml`, or a folder above it.
pub(crate) fn is_deck(word: &str, path: &str, title: &str) -> bool {
    let word = word.trim_start_matches("./").trim_end_matches('/');
    let bare = path.strip_suffix(".toml").unwrap_or(path);
    word == title
        || word == path
        || word == bare
        || word == crate::deck::stem(path)
        || path.strip_prefix(word).is_some_and(|rest| rest.starts_with('/'))
}
