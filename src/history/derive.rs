//! How a card's state came about: its fold, told step by step in words.

use super::{Body, CardState, Deed, Event};
use crate::clock::StudyDay;
use crate::schedule::{Grade, Memory, Rule};
use crate::settings::{Preset, Rules};
use crate::text::count;

/// One event of a card's history, and what it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) event: Event,
    /// Whether it was taken back: then it did nothing.
    pub(crate) void: bool,
    /// The study day it happened on.
    pub(crate) day: StudyDay,
    /// The rule a review fell under; `None` for what is no review, or is void.
    pub(crate) rule: Option<Rule>,
    /// The card before it.
    pub(crate) before: CardState,
    /// The card after it. After the last step it is what [`super::fold`] gives.
    pub(crate) after: CardState,
}

/// Tells a card's state step by step: its events in their total order, those taken back among them, each with whether it
/// is. An event of another card's name counts for this one if a rename says so; the caller knows.
pub(crate) fn derivation(events: impl IntoIterator<Item = (Event, bool)>, rules: &Rules) -> Vec<Step> {
    let mut state = CardState::default();
    let step = |(event, void): (Event, bool)| {
        let day = event.at.study_day(rules.day_starts_at);
        let before = state;
        let deed = event.body.deed().filter(|_| !void);
        let rule = deed.and_then(|deed| state.apply(deed, day, rules));
        Step { event, void, day, rule, before, after: state }
    };
    events.into_iter().map(step).collect()
}

/// What a grade would make of a card on a study day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Future {
    pub(crate) grade: Grade,
    /// The rule it would fall under.
    pub(crate) rule: Rule,
    /// The card after it.
    pub(crate) after: CardState,
}

impl CardState {
    /// What each grade would do on a study day, from 0 to 5.
    pub(crate) fn futures(self, day: StudyDay, rules: &Rules) -> Vec<Future> {
        let future = |grade| {
            let mut after = self;
            let rule = after.apply(Deed::Review { grade, ms: None }, day, rules)?;
            Some(Future { grade, rule, after })
        };
        (0..=5).filter_map(Grade::new).filter_map(future).collect()
    }
}

impl Step {
    /// Why the step is what it is, in a clause.
    pub(crate) fn words(&self, rules: &Rules) -> String {
        if self.void {
            return "taken back: no effect".to_owned();
        }
        match (&self.event.body, self.rule) {
            (Body::Review(review), Some(rule)) => {
                reason(rule, review.grade, self.day, self.before.memory, self.after.memory, rules)
            }
            (Body::Rename { card, to }, _) => format!("the history of {card} goes on as {to}; nothing else changes"),
            (Body::Suspend { on: true, .. }, _) => "not asked until it is resumed".to_owned(),
            (Body::Suspend { .. }, _) => "asked again".to_owned(),
            (Body::Bury { .. }, _) => "not asked for the rest of its study day".to_owned(),
            (Body::Bring { .. }, _) => "due at once, by request, until the next answer".to_owned(),
            (Body::Reset { .. }, _) => "as if it had never been reviewed".to_owned(),
            _ => "no effect".to_owned(),
        }
    }
}

/// Why a review on a study day made one memory of another, in a clause that says which rule it fell under and reckons
/// the interval.
pub(crate) fn reason(rule: Rule, grade: Grade, day: StudyDay, before: Memory, after: Memory, rules: &Rules) -> String {
    let elapsed = before.last.map_or(0, |last| day.since(last));
    match rule {
        Rule::Due => {
            let late = before.due().map_or(0, |due| day.since(due));
            let late = if late > 0 { format!("; {} late, which changes nothing", days(late)) } else { String::new() };
            format!("{}{late}", due_step(grade, before, after, rules))
        }
        Rule::EarlyLapse | Rule::EarlyKept | Rule::EarlyGrown => {
            let early = days(i64::from(before.interval) - elapsed);
            format!("{early} early: {}", early_step(rule, elapsed, before, after, rules))
        }
        Rule::SameDay if elapsed < 0 => {
            format!("dated {} before the last answer: it counts as the same day and moves nothing", days(-elapsed))
        }
        Rule::SameDay => "not the first answer of its study day: it moves nothing".to_owned(),
        Rule::ClockMended => format!(
            "dated {} before the last answer, whose clock was wrong: the day is mended, nothing else moves",
            days(-elapsed)
        ),
    }
}

/// SM-2 on the due day or later.
fn due_step(grade: Grade, before: Memory, after: Memory, rules: &Rules) -> String {
    let first = if before.last.is_none() { "the first answer: " } else { "" };
    if grade.lapses() {
        return format!("{first}{}", lapse(before, after, rules));
    }
    let interval = interval(after, rules);
    match before.repetitions {
        0 if before.last.is_none() => format!("{first}{interval}"),
        0 => format!("the first success in a row: {interval}"),
        1 => format!("the second success in a row: {interval}"),
        _ => {
            format!("{}{}", product(i64::from(before.interval), before), rounded(before.interval, before, after, rules))
        }
    }
}

/// A review before the due day.
fn early_step(rule: Rule, elapsed: i64, before: Memory, after: Memory, rules: &Rules) -> String {
    let passed = u32::try_from(elapsed).unwrap_or(0);
    let fell = if after.ease < before.ease { ", and the ease falls" } else { "" };
    let kept = format!("the interval stays and counts from this day{fell}");
    match rule {
        Rule::EarlyLapse => lapse(before, after, rules),
        Rule::EarlyGrown => {
            let product = product(elapsed, before);
            format!("the days that passed count, {product}{}", rounded(passed, before, after, rules))
        }
        _ if before.repetitions < 2 => format!("before two successes in a row {kept}"),
        _ if before.interval == rules.maximum_interval => format!("it is the longest interval; {kept}"),
        _ => format!("{}, no more than there was; {kept}", product(elapsed, before)),
    }
}

/// What a grade below 3 does.
fn lapse(before: Memory, after: Memory, rules: &Rules) -> String {
    let ease = if after.ease < before.ease { "falls" } else { "stays" };
    format!("failed, so the successes begin anew: {}; the ease {ease}", interval(after, rules))
}

/// Days times the ease before the grade.
fn product(days: i64, before: Memory) -> String {
    let exact = thousandths(days.unsigned_abs(), before.ease);
    format!("{days} × {} = {}", before.ease_words(), decimal(exact))
}

/// What became of that product: rounded, or held at the longest interval.
fn rounded(days: u32, before: Memory, after: Memory, rules: &Rules) -> String {
    let exact = thousandths(u64::from(days), before.ease);
    let how = match rules.preset {
        _ if u64::from(after.interval) < exact / 1000 => "",
        _ if exact.is_multiple_of(1000) => return " days".to_owned(),
        Preset::Original => ", rounded up",
        Preset::Delphi => ", rounded to the nearest",
    };
    format!("{how}: {}", interval(after, rules))
}

fn thousandths(days: u64, ease: u32) -> u64 {
    days.saturating_mul(u64::from(ease))
}

/// The interval, and whether it is the longest there may be.
fn interval(after: Memory, rules: &Rules) -> String {
    let interval = days(i64::from(after.interval));
    let held = after.interval == rules.maximum_interval;
    if held { format!("{interval}, the longest interval") } else { interval }
}

fn days(days: i64) -> String {
    count(usize::try_from(days).unwrap_or(0), "day")
}

/// Thousandths as a decimal without zeros at its end: `37.5`.
fn decimal(thousandths: u64) -> String {
    let text = format!("{}.{:03}", thousandths / 1000, thousandths % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::samples::{Seed, events, seeds};
    use super::super::{Renames, fold, fold_all, voids};
    use super::*;
    use crate::clock::DayStart;
    use crate::history::{Device, Review, seal};
    use proptest::prelude::*;

    const BASE: Rules = Rules { preset: Preset::Original, maximum_interval: 36_500, day_starts_at: DayStart(240) };

    #[test]
    fn the_words_name_the_rule_and_reckon_the_interval() {
        let delphi = Rules { preset: Preset::Delphi, ..BASE };
        let short = Rules { maximum_interval: 10, ..BASE };
        let memory = |repetitions, ease, interval| Memory { repetitions, ease, interval, last: Some(StudyDay(100)) };
        let (new, thrice) = (Memory::default(), memory(3, 2500, 15));
        let cases = [
            (BASE, new, 4, 100, "the first answer: 1 day"),
            (BASE, new, 2, 100, "the first answer: failed, so the successes begin anew: 1 day; the ease stays"),
            (BASE, memory(0, 2500, 1), 4, 101, "the first success in a row: 1 day"),
            (BASE, memory(1, 2500, 1), 4, 101, "the second success in a row: 6 days"),
            (BASE, memory(2, 2500, 6), 4, 106, "6 × 2.50 = 15 days"),
            (BASE, thrice, 4, 115, "15 × 2.50 = 37.5, rounded up: 38 days"),
            (BASE, thrice, 4, 116, "15 × 2.50 = 37.5, rounded up: 38 days; 1 day late, which changes nothing"),
            (delphi, memory(3, 2360, 15), 4, 115, "15 × 2.36 = 35.4, rounded to the nearest: 35 days"),
            (short, thrice, 4, 115, "15 × 2.50 = 37.5: 10 days, the longest interval"),
            (BASE, thrice, 0, 115, "failed, so the successes begin anew: 1 day; the ease stays"),
            (delphi, thrice, 0, 115, "failed, so the successes begin anew: 1 day; the ease falls"),
            (delphi, memory(3, 1300, 15), 0, 115, "failed, so the successes begin anew: 1 day; the ease stays"),
            (BASE, thrice, 1, 101, "14 days early: failed, so the successes begin anew: 1 day; the ease stays"),
            (
                BASE,
                memory(1, 2500, 6),
                3,
                105,
                "1 day early: before two successes in a row the interval stays and counts from this day, and the ease falls",
            ),
            (
                BASE,
                thrice,
                5,
                106,
                "9 days early: 6 × 2.50 = 15, no more than there was; the interval stays and counts from this day",
            ),
            (
                short,
                memory(3, 2500, 10),
                4,
                109,
                "1 day early: it is the longest interval; the interval stays and counts from this day",
            ),
            (BASE, thrice, 5, 107, "8 days early: the days that passed count, 7 × 2.50 = 17.5, rounded up: 18 days"),
            (BASE, thrice, 5, 100, "not the first answer of its study day: it moves nothing"),
            (BASE, thrice, 5, 98, "dated 2 days before the last answer: it counts as the same day and moves nothing"),
            (
                BASE,
                thrice,
                5,
                97,
                "dated 3 days before the last answer, whose clock was wrong: the day is mended, nothing else moves",
            ),
        ];
        for (rules, before, grade, day, words) in cases {
            let (grade, day) = (Grade::new(grade).unwrap(), StudyDay(day));
            let (after, rule) = before.review(grade, day, &rules);
            assert_eq!(reason(rule, grade, day, before, after, &rules), words, "{before:?} {grade} {day:?}");
        }
    }

    /// The events of each card after renames, in their total order, with whether each is void.
    fn by_card(events: &[Event], renames: &Renames) -> Vec<(crate::deck::CardId, Vec<(Event, bool)>)> {
        let undos: Vec<_> = events
            .iter()
            .filter_map(|event| match event.body {
                Body::Undo { of } => Some((event.id, of)),
                _ => None,
            })
            .collect();
        let void = voids(&undos);
        let mut ordered = events.to_vec();
        ordered.sort_by_key(Event::order);
        let mut cards = std::collections::BTreeMap::<_, Vec<_>>::new();
        for event in ordered {
            if let Some(card) = event.body.card() {
                let void = void.contains(&event.id);
                cards.entry(renames.resolve(card).clone()).or_default().push((event, void));
            }
        }
        cards.into_iter().collect()
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
                    let deeds = so_far.filter_map(|(event, _)| Some((event.body.deed()?, event.at.study_day(rules.day_starts_at))));
                    prop_assert_eq!(step.after, fold(deeds, &rules));
                    prop_assert_eq!(step.before, n.checked_sub(1).map_or(CardState::default(), |n| steps[n].after));
                    let expected = match &step.event.body {
                        Body::Review(review) if !step.void => Some(step.before.memory.review(review.grade, step.day, &rules).1),
                        _ => None,
                    };
                    prop_assert_eq!(step.rule, expected);
                    prop_assert_eq!(step.void, step.words(&rules) == "taken back: no effect");
                    prop_assert!(step.words(&rules) != "no effect");
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
                    // After all others in the total order, whatever the clock on the wall says.
                    let order = events.iter().map(|event| event.order().0).max().unwrap_or(0) + 1;
                    let mut more = events.clone();
                    more.push(seal(device, 1, at, Some(order), review));
                    let (states, _) = fold_all(&more, &BASE);
                    prop_assert_eq!(states.get(&card), Some(&future.after));
                }
            }
        }
    }

    #[test]
    fn what_is_no_review_has_words_of_its_own() {
        let kinds = |seed: &Seed| derivation(events(&[*seed]).into_iter().map(|event| (event, false)), &BASE);
        let words: Vec<String> =
            (1..=6).flat_map(|kind| kinds(&Seed { kind, ..Seed::default() })).map(|step| step.words(&BASE)).collect();
        assert_eq!(words.len(), 6);
        assert!(words.iter().all(|text| words.iter().filter(|other| *other == text).count() == 1), "{words:?}");
    }
}
