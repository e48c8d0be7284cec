//! The numbers themselves, and what each counts.

use serde::Serialize;

use crate::clock::StudyDay;

/// The number of days for which cards coming due are counted, today included.
pub(super) const AHEAD: i64 = 14;
pub(crate) const WEEKS: i64 = 12;

/// Every number, as of one study day. Reviews that were undone do not count.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Stats {
    #[serde(serialize_with = "StudyDay::serialize_date")]
    pub(crate) today: StudyDay,
    /// Reviews, same-day repeats included.
    pub(crate) reviews: Windows<u64>,
    /// Spoken time in seconds, rounded down. A review without a stored time adds nothing.
    pub(crate) seconds: Windows<u64>,
    pub(crate) retention: Windows<Retention>,
    /// Study days in a row with a review, counted back from today. Today is skipped if it has none, and so are days off.
    pub(crate) streak: u32,
    pub(crate) cards: Statuses,
    /// Cards in decks whose last three answers were graded 4 or 5, and all of whose variants were asked.
    pub(crate) ready: u64,
    pub(crate) expected: Expected,
    pub(crate) calibration: Calibration,
    pub(crate) due: Vec<Due>,
    /// Each study day of the last 12 weeks, from a Monday to today.
    pub(crate) days: Vec<Day>,
    pub(crate) bias: Bias,
    /// The same for each kind of card that has such reviews. Cards that are not in a deck have no kind.
    pub(crate) bias_by_kind: Vec<KindBias>,
    pub(crate) spotted: Spotted,
    /// The parts and points that were missed most often, the most often first, then the larger share, then by id.
    pub(crate) missed: Vec<MissedPoint>,
    /// Spoken time by deck, the longest first; without cards that are not in a deck.
    pub(crate) spoken_by_deck: Vec<Spoken>,
    /// Spoken time by competency, the longest first. A card that shows two competencies counts for both.
    pub(crate) spoken_by_competency: Vec<Spoken>,
}

/// A number for four spans of study days, each of which ends today.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub(crate) struct Windows<T> {
    pub(crate) today: T,
    pub(crate) days_7: T,
    pub(crate) days_30: T,
    /// Every study day, also those after today that come from a wrong clock.
    pub(crate) all: T,
}

/// The share that was remembered: of the reviews that moved the schedule of a card that was not new, those graded 3 or
/// better.
///
/// A card is new until its first review, and again after a reset. The first review of a study day moves the schedule, early
/// or late. Same-day repeats do not, nor does a review that only corrects a wrong clock.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub(crate) struct Retention {
    pub(crate) recalled: u64,
    pub(crate) of: u64,
    /// `recalled` / `of`, from 0 to 1; `None` if there are none.
    pub(crate) share: Option<f64>,
}

impl Retention {
    pub(super) fn new(recalled: u64, of: u64) -> Self {
        Retention { recalled, of, share: ratio(recalled as f64, of) }
    }
}

/// How many cards have each [`Status`](crate::entry::Status).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub(crate) struct Statuses {
    pub(crate) new: u64,
    pub(crate) due: u64,
    pub(crate) learned: u64,
    pub(crate) suspended: u64,
    pub(crate) absent: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Due {
    #[serde(serialize_with = "StudyDay::serialize_date")]
    pub(crate) day: StudyDay,
    /// Cards with this due day that are neither new nor suspended, ignoring daily limits. Today includes overdue cards and
    /// repeats; a card that is buried today counts tomorrow.
    pub(crate) cards: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Day {
    #[serde(serialize_with = "StudyDay::serialize_date")]
    pub(crate) day: StudyDay,
    pub(crate) reviews: u64,
    pub(crate) seconds: u64,
    pub(crate) retention: Retention,
}

/// How far given grades are from the suggested ones, in reviews that have both.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub(crate) struct Bias {
    pub(crate) reviews: u64,
    /// The mean of given minus suggested, above 0 if the user is more lenient than the ticks; `None` if there are none.
    pub(crate) mean: Option<f64>,
    /// Reviews graded higher than suggested.
    pub(crate) higher: u64,
    pub(crate) equal: u64,
    pub(crate) lower: u64,
}

/// The recall estimate for today, of the cards in decks that were reviewed and are not suspended.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Expected {
    pub(crate) model: &'static str,
    pub(crate) cards: u64,
    /// From 0 to 1; `None` if there are none.
    pub(crate) mean: Option<f64>,
}

/// How often answers went well, against what the estimate expected before each.
///
/// The reviews are those of [`Retention`]: of each card only the first of a study day, and not the first of all.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Calibration {
    pub(crate) model: &'static str,
    pub(crate) reviews: u64,
    /// By what was expected, from 0 to 1 in fifths. An expected recall between two bands counts in the higher one.
    pub(crate) bands: [Band; BANDS],
}

pub(crate) const BANDS: usize = 5;

#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub(crate) struct Band {
    /// Where the band starts, in percent.
    pub(crate) from: u8,
    pub(crate) to: u8,
    pub(crate) reviews: u64,
    /// Reviews graded 3 or better.
    pub(crate) well: u64,
    /// The mean of what was expected, from 0 to 1; `None` if there are none.
    pub(crate) expected: Option<f64>,
    /// The share that went well, from 0 to 1; `None` if there are none.
    pub(crate) share: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct KindBias {
    pub(crate) kind: &'static str,
    #[serde(flatten)]
    pub(crate) bias: Bias,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub(crate) struct Spotted {
    pub(crate) right: u64,
    pub(crate) of: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct MissedPoint {
    pub(crate) card: String,
    /// Its number among parts and points, from 1.
    pub(crate) number: u16,
    pub(crate) text: String,
    pub(crate) missed: u32,
    pub(crate) of: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Spoken {
    pub(crate) name: String,
    pub(crate) seconds: u64,
}

impl<T: Copy> Windows<T> {
    pub(crate) fn map<U>(&self, each: impl Fn(T) -> U) -> Windows<U> {
        Windows { today: each(self.today), days_7: each(self.days_7), days_30: each(self.days_30), all: each(self.all) }
    }

    pub(crate) fn each(&self) -> [T; 4] {
        [self.today, self.days_7, self.days_30, self.all]
    }
}

pub(super) fn ratio(part: f64, of: u64) -> Option<f64> {
    (of > 0).then(|| part / of as f64)
}

/// Returns the median, rounded down; `None` if there are no numbers.
pub(crate) fn median(mut numbers: Vec<u64>) -> Option<u64> {
    numbers.sort_unstable();
    let upper = *numbers.get(numbers.len() / 2)?;
    let lower = numbers[(numbers.len() - 1) / 2];
    Some(lower + (upper - lower) / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians() {
        for (numbers, expected) in [
            (vec![], None),
            (vec![3], Some(3)),
            (vec![9, 1, 5], Some(5)),
            (vec![4, 1, 9, 6], Some(5)),
            (vec![1, 2], Some(1)),
        ] {
            assert_eq!(median(numbers.clone()), expected, "{numbers:?}");
        }
    }
}
