//! The interviews to come, and what their dates ask of a card: when it comes back at the latest, and how many new cards are
//! met each day.
//!
//! None of this touches a card's state: without the interview, the schedule is the plain one again.
//!
//! Not here: which cards must be ready for an interview, and the order of asking.

use crate::clock::StudyDay;

/// The study days on which nothing is rehearsed, sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct DaysOff(Vec<StudyDay>);

impl DaysOff {
    pub(crate) fn new(mut days: Vec<StudyDay>) -> Self {
        days.sort_unstable();
        days.dedup();
        DaysOff(days)
    }

    pub(crate) fn contains(&self, day: StudyDay) -> bool {
        self.0.binary_search(&day).is_ok()
    }

    /// Returns the study days from one day to a later one, days off not counted: 1 and those strictly between.
    pub(crate) fn between(&self, from: StudyDay, to: StudyDay) -> i64 {
        let inside = |day: &StudyDay| *day > from && *day < to;
        let first = self.0.partition_point(|day| *day <= from);
        let off = self.0[first..].iter().take_while(|day| inside(day)).count();
        to.since(from) - i64::try_from(off).unwrap_or(i64::MAX)
    }

    /// Returns the study day that is `days` after another, days off not counted.
    pub(crate) fn after(&self, from: StudyDay, days: i64) -> StudyDay {
        let mut day = from.plus(days);
        loop {
            // Days up to this one, itself included.
            let missing = days - (self.between(from, day.plus(1)) - 1);
            if missing <= 0 {
                return day;
            }
            day = day.plus(missing);
        }
    }

    /// Returns the last study day before another that is not a day off.
    pub(crate) fn last_before(&self, day: StudyDay) -> StudyDay {
        let mut last = day.plus(-1);
        while self.contains(last) {
            last = last.plus(-1);
        }
        last
    }
}

/// The interviews to come for which a card is in scope: bit n is the n-th of a [`Horizon`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Scope(pub(crate) u64);

impl Scope {
    pub(crate) const NONE: Scope = Scope(0);

    pub(crate) fn contains(self, interview: usize) -> bool {
        interview < Horizon::MOST && self.0 & (1 << interview) != 0
    }

    pub(crate) fn is_empty(self) -> bool {
        self == Scope::NONE
    }

    /// Whether a card in another scope is wanted: it is in scope of one of the same interviews, or both are in none.
    pub(crate) fn wants(self, other: Scope) -> bool {
        if self.is_empty() { other.is_empty() } else { self.0 & other.0 != 0 }
    }

    #[must_use]
    pub(crate) fn with(self, interview: usize) -> Self {
        if interview < Horizon::MOST { Scope(self.0 | 1 << interview) } else { self }
    }

    #[must_use]
    pub(crate) fn without(self, interview: usize) -> Self {
        if interview < Horizon::MOST { Scope(self.0 & !(1 << interview)) } else { self }
    }
}

/// The days of the interviews to come, the earliest first, and the days off before them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Horizon {
    interviews: Vec<StudyDay>,
    off: DaysOff,
}

impl Horizon {
    /// How many interviews shape the schedule; later ones wait until earlier ones have passed.
    pub(crate) const MOST: usize = 64;

    /// Makes the horizon of interviews on these days, sorted.
    pub(crate) fn new(mut interviews: Vec<StudyDay>, off: DaysOff) -> Self {
        interviews.sort_unstable();
        interviews.truncate(Horizon::MOST);
        Horizon { interviews, off }
    }

    pub(crate) fn interviews(&self) -> &[StudyDay] {
        &self.interviews
    }

    pub(crate) fn off(&self) -> &DaysOff {
        &self.off
    }

    /// Returns whether an interview that a card is in scope for is still ahead.
    pub(crate) fn is_ahead(&self, scope: Scope, today: StudyDay) -> bool {
        self.dates(scope).any(|date| date > today)
    }

    /// Returns the interviews that are still ahead, the earliest first.
    pub(crate) fn ahead(&self, today: StudyDay) -> impl Iterator<Item = usize> {
        (0..self.interviews.len()).filter(move |&n| self.interviews[n] > today)
    }

    /// Returns the interview of today that a card is in scope for.
    pub(crate) fn today(&self, scope: Scope, today: StudyDay) -> Option<usize> {
        (0..self.interviews.len()).find(|&n| scope.contains(n) && self.interviews[n] == today)
    }

    fn dates(&self, scope: Scope) -> impl Iterator<Item = StudyDay> {
        self.interviews.iter().enumerate().filter(move |(n, _)| scope.contains(*n)).map(|(_, date)| *date)
    }

    /// Returns when a card comes back, and the interview for which that is earlier than its own due day: the halving cap.
    ///
    /// Last seen on day t before an interview on day D, it is due at the latest halfway to D, and on the last study day
    /// before it. From that day on, its own due day counts.
    pub(crate) fn due(
        &self,
        own: StudyDay,
        last: StudyDay,
        scope: Scope,
        today: StudyDay,
    ) -> (StudyDay, Option<usize>) {
        let mut due = (own, None);
        for (n, &date) in self.interviews.iter().enumerate() {
            if !scope.contains(n) || date <= today {
                continue;
            }
            let eve = self.off.last_before(date);
            if last >= eve {
                continue;
            }
            let half = (self.off.between(last, date) + 1) / 2;
            let capped = self.off.after(last, half).min(eve);
            if capped < due.0 {
                due = (capped, Some(n));
            }
        }
        due
    }

    /// Returns how many new cards are met on a day for an interview, with so many unseen when the day started: enough that a
    /// third of the remaining days would cover them all.
    pub(crate) fn quota(&self, interview: usize, unseen: u64, today: StudyDay) -> u64 {
        let Some(date) = self.interviews.get(interview).copied().filter(|date| *date > today) else { return 0 };
        unseen.div_ceil(self.thirds(date, today))
    }

    /// Returns a third of the study days before a date, at least 1.
    pub(crate) fn thirds(&self, date: StudyDay, today: StudyDay) -> u64 {
        u64::try_from(self.off.between(today, date) / 3).unwrap_or(0).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const START: StudyDay = StudyDay(1000);

    fn horizon(interviews: &[i64], off: &[i64]) -> Horizon {
        let days = |days: &[i64]| days.iter().map(|&day| START.plus(day)).collect::<Vec<_>>();
        Horizon::new(days(interviews), DaysOff::new(days(off)))
    }

    #[test]
    fn a_card_comes_back_before_half_of_the_remaining_time_is_over() {
        let plain = horizon(&[30], &[]);
        let (mut last, mut seen) = (START, Vec::new());
        while last < START.plus(29) {
            last = plain.due(last.plus(400), last, Scope::NONE.with(0), last).0;
            seen.push(last.since(START));
        }
        assert_eq!(seen, [15, 23, 27, 29]);
        // Interviews, days off, last seen, its own due day, today; when it is due, and for which interview.
        type CapCase<'a> = (&'a [i64], &'a [i64], i64, i64, i64, (i64, Option<usize>));
        let cases: [CapCase<'_>; 9] = [
            (&[30], &[], 0, 6, 0, (6, None)),
            (&[30], &[], 0, 40, 0, (15, Some(0))),
            (&[30, 10], &[], 0, 40, 0, (5, Some(0))),
            (&[10], &[], 9, 24, 9, (24, None)),
            (&[10], &[], 0, 24, 10, (24, None)),
            (&[3], &[], 0, 24, 0, (2, Some(0))),
            // Four of the nine days between are off: six days to go, half of them is the third that is not off.
            (&[10], &[1, 2, 3, 4], 0, 40, 0, (7, Some(0))),
            (&[10], &[8, 9], 6, 40, 6, (7, Some(0))),
            (&[10], &[8, 9], 7, 40, 7, (40, None)),
        ];
        for (interviews, off, last, own, today, (due, interview)) in cases {
            let horizon = horizon(interviews, off);
            let scope = (0..interviews.len()).fold(Scope::NONE, Scope::with);
            let expected = (START.plus(due), interview);
            let found = horizon.due(START.plus(own), START.plus(last), scope, START.plus(today));
            assert_eq!(found, expected, "{interviews:?} {off:?} {last} {own}");
        }
    }

    #[test]
    fn a_third_of_the_days_covers_all_new_cards() {
        let cases =
            [(196, 30, &[][..], 20), (196, 12, &[], 49), (7, 2, &[], 7), (0, 9, &[], 0), (8, 12, &[1, 2, 3], 3)];
        for (unseen, days, off, quota) in cases {
            let horizon = horizon(&[days], off);
            assert_eq!(horizon.quota(0, unseen, START), quota, "{unseen} {days}");
            assert_eq!((horizon.quota(0, unseen, START.plus(days)), horizon.quota(1, unseen, START)), (0, 0));
        }
    }

    proptest! {
        #[test]
        fn days_off_are_never_counted(off in prop::collection::vec(-3i64..40, 0..20), days in 0i64..30, from in -3i64..10) {
            let off = DaysOff::new(off.into_iter().map(|day| START.plus(day)).collect());
            let from = START.plus(from);
            let after = off.after(from, days);
            let counted = (1..=after.since(from)).filter(|&n| !off.contains(from.plus(n))).count();
            prop_assert_eq!(counted as i64, days);
            prop_assert!(days == 0 || !off.contains(after));
            let between = (1..after.since(from)).filter(|&n| !off.contains(from.plus(n))).count();
            prop_assert!(days == 0 || off.between(from, after) == between as i64 + 1);
            prop_assert!(!off.contains(off.last_before(from)) && off.last_before(from) < from);
        }

        #[test]
        fn the_earliest_interview_decides_and_none_changes_nothing(
            dates in prop::collection::vec(-5i64..60, 0..6),
            off in prop::collection::vec(0i64..60, 0..9),
            (last, gap, ahead, bits) in (0i64..20, 0i64..400, 0i64..30, any::<u64>()),
        ) {
            let all = horizon(&dates, &off);
            let (last, today) = (START.plus(last), START.plus(last + ahead));
            let own = last.plus(gap);
            let scope = Scope(bits & ((1 << dates.len()) - 1));
            let (due, interview) = all.due(own, last, scope, today);
            let each = all.interviews().iter().enumerate().filter(|(n, _)| scope.contains(*n));
            let alone = each.map(|(_, date)| Horizon::new(vec![*date], all.off().clone()).due(own, last, Scope::NONE.with(0), today).0);
            prop_assert_eq!(due, alone.min().unwrap_or(own).min(own));
            prop_assert_eq!(interview.is_some(), due < own);
            prop_assert!(due == own || due > last);
            prop_assert_eq!(all.due(own, last, Scope::NONE, today), (own, None));
        }
    }
}
