//! The fold: a card's state from its events.

use super::event::CardAction;
use crate::clock::StudyDay;
use crate::recall::Recall;
use crate::schedule::{Grade, Memory, ScheduleRule};
use crate::settings::Rules;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CardState {
    pub(crate) memory: Memory,
    /// Reviews that are not void, same-day repeats included.
    pub reviews: u32,
    /// Grades below 3 that moved the memory.
    pub(crate) lapses: u32,
    /// Reviews graded 4 or 5.
    pub(crate) good: u32,
    /// The newest reviews in a row that were graded 4 or 5, since a reset.
    pub(crate) streak: u32,
    pub(crate) suspended: bool,
    /// The study day for which it is hidden.
    pub(crate) buried: Option<StudyDay>,
    /// The study day since which it is due by request.
    pub(crate) brought: Option<StudyDay>,
    /// The last study day with a review, and the last grade on it.
    pub(crate) latest: Option<(StudyDay, Grade)>,
    pub(crate) first: Option<StudyDay>,
    /// When the last answer below 4 was given, as its place in the total order has it.
    pub(crate) failed_at: Option<i64>,
    pub(crate) recall: Option<Recall>,
    /// The sum of the spoken times of all reviews that have one, in milliseconds.
    pub(crate) spoken_ms: u64,
    pub(crate) spoken: u32,
    /// The same of the last study day with a review, and its reviews without a time.
    pub(crate) day_ms: u64,
    pub(crate) day_untimed: u32,
    /// The time of the first answer, and whether it was graded below 3.
    pub(crate) first_ms: Option<u64>,
    pub(crate) first_failed: bool,
    /// The sum of the times of repeats, which are reviews after the first of their study day.
    pub(crate) repeats_ms: u64,
    pub(crate) repeats: u32,
}

impl CardState {
    /// Applies the card's next event in the total order; returns the rule that a review fell under.
    pub(crate) fn apply(&mut self, action: CardAction, day: StudyDay, rules: &Rules) -> Option<ScheduleRule> {
        match action {
            CardAction::Review { grade, ms, time } => return Some(self.review((grade, ms, time), day, rules)),
            CardAction::Suspend(on) => self.suspended = on,
            CardAction::Bury => self.buried = Some(day),
            CardAction::Bring => self.brought = Some(day),
            CardAction::Reset => *self = CardState::default(),
        }
        None
    }

    fn review(&mut self, answer: (Grade, Option<u64>, i64), day: StudyDay, rules: &Rules) -> ScheduleRule {
        let (grade, ms, time) = answer;
        let (memory, rule) = self.memory.review(grade, day, rules);
        self.estimate(grade, day);
        self.measure(grade, ms, rule);
        self.memory = memory;
        self.reviews = self.reviews.saturating_add(1);
        self.lapses += u32::from(rule.moves() && grade.lapses());
        self.good = self.good.saturating_add(u32::from(grade.settles()));
        self.streak = if grade.settles() { self.streak.saturating_add(1) } else { 0 };
        self.brought = None;
        self.first = self.first.or(Some(day));
        // A review dated shortly before the last one counts for the last one's day: it is the same queue.
        self.latest = Some((memory.last.unwrap_or(day), grade));
        if !grade.settles() {
            self.failed_at = Some(time);
        }
        rule
    }

    /// Updates the estimate of recall; same-day repeats count.
    fn estimate(&mut self, grade: Grade, day: StudyDay) {
        let days = self.latest.map_or(0, |(latest, _)| u32::try_from(day.since(latest)).unwrap_or(0));
        self.recall = Some(self.recall.map_or_else(|| Recall::first(grade), |recall| recall.review(grade, days)));
    }

    /// Adds the time of an answer to the sums of its kind and of its day.
    fn measure(&mut self, grade: Grade, ms: Option<u64>, rule: ScheduleRule) {
        let repeat = rule == ScheduleRule::SameDay;
        if !repeat {
            (self.day_ms, self.day_untimed) = (0, 0);
        }
        if self.first.is_none() {
            (self.first_ms, self.first_failed) = (ms, grade.lapses());
        }
        let Some(ms) = ms else {
            self.day_untimed = self.day_untimed.saturating_add(1);
            return;
        };
        self.day_ms = self.day_ms.saturating_add(ms);
        self.spoken_ms = self.spoken_ms.saturating_add(ms);
        self.spoken += 1;
        if repeat {
            self.repeats_ms = self.repeats_ms.saturating_add(ms);
            self.repeats += 1;
        }
    }

    /// Returns the day on which the card is due as of today: at the latest today if the clock of its last review was wrong, so
    /// that the next one corrects it.
    pub(crate) fn due_as_of(&self, today: StudyDay) -> Option<StudyDay> {
        self.due().map(|due| if self.memory.is_ahead(today) { due.min(today) } else { due })
    }

    /// Returns the day on which the card is due; `None` if it was never reviewed.
    pub(crate) fn due(&self) -> Option<StudyDay> {
        match (self.memory.due(), self.brought) {
            (Some(due), Some(brought)) => Some(due.min(brought)),
            (due, brought) => due.or(brought),
        }
    }

    /// Returns the estimated probability, from 0 to 1, that an answer on a study day would go well; `None` if it was never
    /// reviewed.
    pub(crate) fn expected(&self, day: StudyDay) -> Option<f64> {
        let (latest, _) = self.latest?;
        Some(self.recall?.expected(u32::try_from(day.since(latest)).unwrap_or(0)))
    }

    /// Whether today's last grade was below 4, so that the card stays in today's queue.
    pub(crate) fn unsettled(&self, today: StudyDay) -> bool {
        self.latest.is_some_and(|(day, grade)| !grade.settles() && (0..=2).contains(&day.since(today)))
    }

    pub(crate) fn is_due(&self, today: StudyDay) -> bool {
        self.due_as_of(today).is_some_and(|due| due <= today) || self.unsettled(today)
    }
}

/// Returns the state after a card's events that are not void, in their total order, each with its study day.
pub fn fold(actions: impl IntoIterator<Item = (CardAction, StudyDay)>, rules: &Rules) -> CardState {
    let mut state = CardState::default();
    for (action, day) in actions {
        state.apply(action, day, rules);
    }
    state
}

#[cfg(test)]
mod tests {
    use super::super::event::Event;
    use super::super::samples::{self, fold_all};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_wrong_clock_is_corrected_by_the_next_review() {
        let rules = Rules::default();
        let grade = |g| CardAction::Review { grade: Grade::new(g).unwrap(), ms: None, time: 0 };
        let day = |text: &str| StudyDay::parse(text).unwrap();
        for wrong in ["2031-05-01", "1999-05-01"] {
            let mut actions =
                vec![(grade(4), day("2026-11-01")), (grade(4), day("2026-11-02")), (grade(4), day("2026-11-08"))];
            actions.push((grade(4), day(wrong)));
            let state = fold(actions.clone(), &rules);
            actions.push((grade(4), day("2026-11-23")));
            let corrected = fold(actions, &rules);
            let due = corrected.due().unwrap();
            assert!((day("2026-11-23")..day("2027-06-01")).contains(&due), "{wrong}: {state:?} {corrected:?}");
            assert_eq!(corrected.memory.last, Some(day("2026-11-23")));
        }
    }

    #[test]
    fn the_last_grade_of_the_day_decides_whether_a_card_is_asked_again() {
        let rules = Rules::default();
        let grade = |g| CardAction::Review { grade: Grade::new(g).unwrap(), ms: Some(1000), time: 0 };
        let today = StudyDay(100);
        let state = |grades: &[u8]| fold(grades.iter().map(|&g| (grade(g), today)), &rules);
        assert!(state(&[3]).is_due(today) && state(&[3]).unsettled(today));
        assert!(!state(&[3, 4]).is_due(today));
        assert!(state(&[5, 2]).unsettled(today));
        let twice = state(&[2, 4]);
        assert_eq!((twice.reviews, twice.lapses, twice.memory.interval, twice.spoken_ms), (2, 1, 1, 2000));
        assert!(!twice.is_due(today) && twice.is_due(today.plus(1)));
    }

    #[test]
    fn good_answers_are_counted_in_total_and_in_a_row() {
        let rules = Rules::default();
        // 9 stands for a reset.
        let cases: [(&[u8], (u32, u32)); 6] = [
            (&[], (0, 0)),
            (&[4, 5, 4], (3, 3)),
            (&[4, 3, 4], (2, 1)),
            (&[5, 0], (1, 0)),
            (&[4, 9], (0, 0)),
            (&[9, 4], (1, 1)),
        ];
        for (grades, expected) in cases {
            let action = |&n: &u8| {
                Grade::new(n).map_or(CardAction::Reset, |grade| CardAction::Review { grade, ms: None, time: 0 })
            };
            let state = fold(grades.iter().map(|grade| (action(grade), StudyDay(100))), &rules);
            assert_eq!((state.good, state.streak), expected, "{grades:?}");
        }
    }

    proptest! {
        #[test]
        fn every_machine_asks_the_same_variant_and_followup(
            (events, arrived) in samples::seeds().prop_map(|seeds| samples::events(&seeds))
                .prop_flat_map(|events| (Just(events.clone()), Just(events).prop_shuffle())),
        ) {
            let text = "[[card]]\nprompt = \"P\"\nvariants = [\"V\", \"W\"]\nfollowups = [\"F\", \"G\", \"H\"]\n";
            let (deck, _) = crate::deck::parse(&crate::diagnostic::Source::new("d.toml", text), &[]);
            let asked = |events: &[Event]| -> Vec<_> {
                let states = fold_all(events, &Rules::default()).0;
                let card = &deck.cards[0];
                states.values().map(|state| (card.angle(state.reviews).to_owned(), card.followup(state.good).map(str::to_owned))).collect()
            };
            prop_assert_eq!(asked(&arrived), asked(&events));
        }

        #[test]
        fn the_fold_does_not_depend_on_arrival(seeds in samples::seeds(), turn in 0usize..40) {
            let events = samples::events(&seeds);
            let rules = Rules::default();
            let expected = fold_all(&events, &rules);
            let mut other = events.clone();
            other.rotate_left(turn % events.len());
            other.extend(events.iter().take(3).cloned());
            prop_assert_eq!(fold_all(&other, &rules), expected);
        }
    }
}
