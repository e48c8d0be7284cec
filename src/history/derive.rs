//! How a card's state came about: the fold explained step by step.

use super::event::{Body, CardAction, Event};
use super::state::CardState;
use crate::clock::StudyDay;
use crate::schedule::{Grade, Memory, ScheduleRule};
use crate::settings::{Preset, Rules};
use crate::text::count;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) event: Event,
    /// Whether it was undone, so that it did nothing.
    pub(crate) void: bool,
    pub(crate) day: StudyDay,
    /// The rule that a review fell under; `None` if it is void or not a review.
    pub(crate) rule: Option<ScheduleRule>,
    pub(crate) before: CardState,
    pub(crate) after: CardState,
}

/// Explains a card's state step by step. Takes its events in their total order, each with whether it is void; the caller
/// includes events of other names that were renamed to this card. The last step ends in the state that the fold returns.
pub(crate) fn derivation(events: impl IntoIterator<Item = (Event, bool)>, rules: &Rules) -> Vec<Step> {
    let mut state = CardState::default();
    let step = |(event, void): (Event, bool)| {
        let day = event.at.study_day(rules.day_starts_at);
        let before = state;
        let action = event.action().filter(|_| !void);
        let rule = action.and_then(|action| state.apply(action, day, rules));
        Step { event, void, day, rule, before, after: state }
    };
    events.into_iter().map(step).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Future {
    pub(crate) grade: Grade,
    pub(crate) rule: ScheduleRule,
    pub(crate) after: CardState,
}

impl CardState {
    pub(crate) fn futures(self, day: StudyDay, rules: &Rules) -> Vec<Future> {
        let future = |grade| {
            let mut after = self;
            let rule = after.apply(CardAction::Review { grade, ms: None, time: 0 }, day, rules)?;
            Some(Future { grade, rule, after })
        };
        (0..=5).filter_map(Grade::new).filter_map(future).collect()
    }
}

impl Future {
    pub(crate) fn explain(&self, before: &CardState, day: StudyDay, rules: &Rules) -> String {
        let Future { grade, rule, after } = *self;
        Transition { rule, grade, day, before: before.memory, after: after.memory, rules }.explain()
    }
}

impl Step {
    pub(crate) fn explain(&self, rules: &Rules) -> String {
        if self.void {
            return "taken back: no effect".to_owned();
        }
        match (&self.event.body, self.rule) {
            (Body::Review(review), Some(rule)) => {
                let (before, after) = (self.before.memory, self.after.memory);
                Transition { rule, grade: review.grade, day: self.day, before, after, rules }.explain()
            }
            (Body::Rename { card, to }, _) => format!("the history of {card} goes on as {to}; nothing else changes"),
            (Body::Suspend { on: true, .. }, _) => "not asked until it is resumed".to_owned(),
            (Body::Suspend { .. }, _) => "asked again".to_owned(),
            (Body::Bury { .. }, _) => "not asked for the rest of its study day".to_owned(),
            (Body::Bring { .. }, _) => "due at once, by request, until the next answer".to_owned(),
            (Body::Mock(_), _) => "a score in a mock interview moves nothing".to_owned(),
            (Body::Reset { .. }, _) => "as if it had never been reviewed".to_owned(),
            _ => "no effect".to_owned(),
        }
    }
}

struct Transition<'a> {
    rule: ScheduleRule,
    grade: Grade,
    day: StudyDay,
    before: Memory,
    after: Memory,
    rules: &'a Rules,
}

impl Transition<'_> {
    fn explain(&self) -> String {
        let (before, elapsed) = (self.before, self.elapsed());
        match self.rule {
            ScheduleRule::Due => {
                let late = before.due().map_or(0, |due| self.day.since(due));
                let late =
                    if late > 0 { format!("; {} late, which changes nothing", days(late)) } else { String::new() };
                format!("{}{late}", self.due_step())
            }
            ScheduleRule::EarlyLapse | ScheduleRule::EarlyKept | ScheduleRule::EarlyGrown => {
                format!("{} early: {}", days(i64::from(before.interval) - elapsed), self.early_step())
            }
            ScheduleRule::SameDay if elapsed < 0 => {
                format!("dated {} before the last answer: it counts as the same day and moves nothing", days(-elapsed))
            }
            ScheduleRule::SameDay => "not the first answer of its study day: it moves nothing".to_owned(),
            ScheduleRule::ClockCorrected => format!(
                "dated {} before the last answer, whose clock was wrong: the day is mended, nothing else moves",
                days(-elapsed)
            ),
        }
    }

    fn elapsed(&self) -> i64 {
        self.before.last.map_or(0, |last| self.day.since(last))
    }

    fn due_step(&self) -> String {
        let before = self.before;
        let first = if before.last.is_none() { "the first answer: " } else { "" };
        if self.grade.lapses() {
            return format!("{first}{}", self.lapse());
        }
        let interval = self.interval();
        match before.repetitions {
            0 if before.last.is_none() => format!("{first}{interval}"),
            0 => format!("the first success in a row: {interval}"),
            1 => format!("the second success in a row: {interval}"),
            _ => format!("{}{}", self.product(before.interval), self.rounded(before.interval)),
        }
    }

    fn early_step(&self) -> String {
        let passed = u32::try_from(self.elapsed()).unwrap_or(0);
        let fell = if self.after.ease < self.before.ease { ", and the ease falls" } else { "" };
        let kept = format!("the interval stays and counts from this day{fell}");
        match self.rule {
            ScheduleRule::EarlyLapse => self.lapse(),
            ScheduleRule::EarlyGrown => {
                format!("the days that passed count, {}{}", self.product(passed), self.rounded(passed))
            }
            _ if self.before.repetitions < 2 => format!("before two successes in a row {kept}"),
            _ if self.before.interval == self.rules.maximum_interval => format!("it is the longest interval; {kept}"),
            _ => format!("{}, no more than there was; {kept}", self.product(passed)),
        }
    }

    fn lapse(&self) -> String {
        let ease = if self.after.ease < self.before.ease { "falls" } else { "stays" };
        format!("failed, so the successes begin anew: {}; the ease {ease}", self.interval())
    }

    fn product(&self, factor: u32) -> String {
        let product = decimal(self.thousandths(factor));
        format!("{factor} × {} = {product}", self.before.ease_text())
    }

    /// How that product became the interval: rounded, or limited to the longest interval.
    fn rounded(&self, factor: u32) -> String {
        let exact = self.thousandths(factor);
        let how = match self.rules.preset {
            _ if u64::from(self.after.interval) < exact / 1000 => "",
            _ if exact.is_multiple_of(1000) => return " days".to_owned(),
            Preset::Original => ", rounded up",
            Preset::Delphi => ", rounded to the nearest",
        };
        format!("{how}: {}", self.interval())
    }

    /// Days times the ease before the grade, in thousandths of a day.
    fn thousandths(&self, factor: u32) -> u64 {
        u64::from(factor).saturating_mul(u64::from(self.before.ease))
    }

    fn interval(&self) -> String {
        let interval = days(i64::from(self.after.interval));
        let longest = self.after.interval == self.rules.maximum_interval;
        if longest { format!("{interval}, the longest interval") } else { interval }
    }
}

fn days(days: i64) -> String {
    count(usize::try_from(days).unwrap_or(0), "day")
}

/// Writes thousandths as a decimal without trailing zeros: `37.5`.
fn decimal(thousandths: u64) -> String {
    let text = format!("{}.{:03}", thousandths / 1000, thousandths % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::codec::seal;
    use super::super::event::{Device, Review};
    use super::super::renames::Renames;
    use super::super::samples::{Seed, events, fold_all, seeds, void_among};
    use super::super::state::fold;
    use super::*;
    use crate::clock::DayStart;
    use crate::deck::CardId;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    const BASE: Rules = Rules { preset: Preset::Original, maximum_interval: 36_500, day_starts_at: DayStart(240) };

    #[test]
    fn explanations_name_the_rule_and_show_the_calculation() {
        let delphi = Rules { preset: Preset::Delphi, ..BASE };
        let short = Rules { maximum_interval: 10, ..BASE };
        let memory = |repetitions, ease, interval| Memory { repetitions, ease, interval, last: Some(StudyDay(100)) };
        let (new, thrice) = (Memory::default(), memory(3, 2500, 15));
        let cases = [
            ((BASE, new, 4, 100), "the first answer: 1 day"),
            ((BASE, new, 2, 100), "the first answer: failed, so the successes begin anew: 1 day; the ease stays"),
            ((BASE, memory(0, 2500, 1), 4, 101), "the first success in a row: 1 day"),
            ((BASE, memory(1, 2500, 1), 4, 101), "the second success in a row: 6 days"),
            ((BASE, memory(2, 2500, 6), 4, 106), "6 × 2.50 = 15 days"),
            ((BASE, thrice, 4, 115), "15 × 2.50 = 37.5, rounded up: 38 days"),
            ((BASE, thrice, 4, 116), "15 × 2.50 = 37.5, rounded up: 38 days; 1 day late, which changes nothing"),
            ((delphi, memory(3, 2360, 15), 4, 115), "15 × 2.36 = 35.4, rounded to the nearest: 35 days"),
            ((short, thrice, 4, 115), "15 × 2.50 = 37.5: 10 days, the longest interval"),
            ((BASE, thrice, 0, 115), "failed, so the successes begin anew: 1 day; the ease stays"),
            ((delphi, thrice, 0, 115), "failed, so the successes begin anew: 1 day; the ease falls"),
            ((delphi, memory(3, 1300, 15), 0, 115), "failed, so the successes begin anew: 1 day; the ease stays"),
            ((BASE, thrice, 1, 101), "14 days early: failed, so the successes begin anew: 1 day; the ease stays"),
            (
                (BASE, memory(1, 2500, 6), 3, 105),
                "1 day early: before two successes in a row the interval stays and counts from this day, and the ease falls",
            ),
            (
                (BASE, thrice, 5, 106),
                "9 days early: 6 × 2.50 = 15, no more than there was; the interval stays and counts from this day",
            ),
            (
                (short, memory(3, 2500, 10), 4, 109),
                "1 day early: it is the longest interval; the interval stays and counts from this day",
            ),
            ((BASE, thrice, 5, 107), "8 days early: the days that passed count, 7 × 2.50 = 17.5, rounded up: 18 days"),
            ((BASE, thrice, 5, 100), "not the first answer of its study day: it moves nothing"),
            ((BASE, thrice, 5, 98), "dated 2 days before the last answer: it counts as the same day and moves nothing"),
            (
                (BASE, thrice, 5, 97),
                "dated 3 days before the last answer, whose clock was wrong: the day is mended, nothing else moves",
            ),
        ];
        for ((rules, before, grade, day), words) in cases {
            let (grade, day) = (Grade::new(grade).unwrap(), StudyDay(day));
            let (after, rule) = before.review(grade, day, &rules);
            let transition = Transition { rule, grade, day, before, after, rules: &rules };
            assert_eq!(transition.explain(), words, "{before:?} {grade} {day:?}");
        }
    }

    /// Groups the events by card after renames, in their total order, with whether each is void.
    fn by_card(events: &[Event], renames: &Renames) -> BTreeMap<CardId, Vec<(Event, bool)>> {
        let void = void_among(events);
        let mut ordered = events.to_vec();
        ordered.sort_by_key(Event::order);
        let mut cards = BTreeMap::<_, Vec<_>>::new();
        for event in ordered {
            if let Some(card) = event.body.card() {
                let void = void.contains(&event.id);
                cards.entry(renames.resolve(card).clone()).or_default().push((event, void));
            }
        }
        cards
    }

    proptest! {
        #[test]
        fn the_derivation_ends_where_the_fold_does(seeds in seeds(), delphi in any::<bool>(), maximum in prop_oneof![Just(9u32), Just(36_500)]) {
            let preset = if delphi { Preset::Delphi } else { Preset::Original };
            let rules = Rules { preset, maximum_interval: maximum, ..BASE };
            let events = events(&seeds);
            let (states, renames) = fold_all(&events, &rules);
            for (card, history) in by_card(&events, &renames) {
                let steps = derivation(history.clone(), &rules);
                let last = steps.last().map(|step| step.after);
                prop_assert_eq!(last, Some(states.get(&card).copied().unwrap_or_default()));
                for (n, step) in steps.iter().enumerate() {
                    let so_far = history[..=n].iter().filter(|(_, void)| !void);
                    let actions = so_far.filter_map(|(event, _)| Some((event.action()?, event.at.study_day(rules.day_starts_at))));
                    prop_assert_eq!(step.after, fold(actions, &rules));
                    prop_assert_eq!(step.before, n.checked_sub(1).map_or(CardState::default(), |n| steps[n].after));
                    let expected = match &step.event.body {
                        Body::Review(review) if !step.void => Some(step.before.memory.review(review.grade, step.day, &rules).1),
                        _ => None,
                    };
                    prop_assert_eq!(step.rule, expected);
                    prop_assert_eq!(step.void, step.explain(&rules) == "taken back: no effect");
                    prop_assert!(step.explain(&rules) != "no effect");
                }
            }
        }

        #[test]
        fn each_grade_does_what_its_review_would(seeds in seeds(), ahead in -3i64..40) {
            let events = events(&seeds);
            let last = events.iter().map(|event| event.at.unix_ms).max().unwrap_or(0);
            let at = crate::clock::Instant::new(last + ahead * 86_400_000, 60).unwrap();
            let today = at.study_day(BASE.day_starts_at);
            for (card, state) in fold_all(&events, &BASE).0 {
                for future in state.futures(today, &BASE) {
                    let device = Device::parse("zzzzzzzz").unwrap();
                    let review = Body::Review(Review::new(card.clone(), future.grade));
                    // After all others in the total order, whatever the wall clock says.
                    let order = events.iter().map(|event| event.order().0).max().unwrap_or(0) + 1;
                    let mut more = events.clone();
                    more.push(seal(device, 1, at, Some(order), review));
                    let (states, _) = fold_all(&more, &BASE);
                    // When a future review takes its place is not known.
                    let after = CardState { failed_at: states[&card].failed_at, ..future.after };
                    prop_assert_eq!(states.get(&card), Some(&after));
                }
            }
        }
    }

    #[test]
    fn each_other_event_has_its_own_explanation() {
        let kinds = |seed: &Seed| derivation(events(&[*seed]).into_iter().map(|event| (event, false)), &BASE);
        let words: Vec<String> =
            (1..=6).flat_map(|kind| kinds(&Seed { kind, ..Seed::default() })).map(|step| step.explain(&BASE)).collect();
        assert_eq!(words.len(), 6);
        assert!(words.iter().all(|text| words.iter().filter(|other| *other == text).count() == 1), "{words:?}");
    }
}
