//! Adds up events and cards.

use std::collections::{BTreeMap, HashMap};

use super::misses::Misses;
use super::numbers::{
    AHEAD, BANDS, Band, Bias, Calibration, Day, Due, Expected, KindBias, MissedPoint, Retention, Spoken, Spotted,
    Stats, Statuses, WEEKS, Windows, ratio,
};
use crate::clock::StudyDay;
use crate::deck::{CardId, Kind};
use crate::entry::{Entry, Status};
use crate::history::{Body, CardState, Event, Review};
use crate::recall::{MODEL, four_decimals};
use crate::settings::Rules;
use crate::text::folded;

#[derive(Debug, Default)]
pub(crate) struct Ledger {
    today: StudyDay,
    rules: Rules,
    days: BTreeMap<StudyDay, DaySum>,
    cards: HashMap<CardId, CardSum>,
    statuses: Statuses,
    ready: u64,
    spotted: Spotted,
    bands: [BandSum; BANDS],
    /// The estimate of today, summed over so many cards.
    expected: (f64, u64),
    due: BTreeMap<StudyDay, u64>,
    bias: BTreeMap<&'static str, Difference>,
    decks: BTreeMap<String, u64>,
    /// By folded title: the title as it was first seen, and the milliseconds.
    competencies: BTreeMap<String, (String, u64)>,
}

#[derive(Debug, Clone, Copy, Default)]
struct DaySum {
    reviews: u64,
    ms: u64,
    recalled: u64,
    of: u64,
}

impl DaySum {
    fn add(&mut self, other: DaySum) {
        self.reviews += other.reviews;
        // A journal can contain any time.
        self.ms = self.ms.saturating_add(other.ms);
        self.recalled += other.recalled;
        self.of += other.of;
    }
}

#[derive(Debug, Default)]
struct CardSum {
    state: CardState,
    misses: Misses,
    difference: Difference,
    in_deck: bool,
}

/// The sum of given minus suggested grades.
#[derive(Debug, Clone, Copy, Default)]
struct Difference {
    sum: i64,
    higher: u64,
    equal: u64,
    lower: u64,
}

impl Difference {
    fn from_review(review: &Review) -> Self {
        let Some(suggested) = review.proposed else { return Difference::default() };
        let sum = i64::from(review.grade.get()) - i64::from(suggested.get());
        Difference { sum, higher: u64::from(sum > 0), equal: u64::from(sum == 0), lower: u64::from(sum < 0) }
    }

    fn add(&mut self, other: Difference) {
        self.sum += other.sum;
        self.higher += other.higher;
        self.equal += other.equal;
        self.lower += other.lower;
    }

    fn bias(self) -> Bias {
        let Difference { sum, higher, equal, lower } = self;
        let reviews = higher + equal + lower;
        Bias { reviews, mean: ratio(sum as f64, reviews), higher, equal, lower }
    }
}

/// Reviews before which recall was expected to be about the same.
#[derive(Debug, Clone, Copy, Default)]
struct BandSum {
    reviews: u64,
    well: u64,
    expected: f64,
}

impl BandSum {
    fn band(self, number: u8) -> Band {
        let BandSum { reviews, well, expected } = self;
        let width = 100 / BANDS as u8;
        let (from, to) = (number * width, (number + 1) * width);
        let expected = ratio(expected, reviews).map(four_decimals);
        Band { from, to, reviews, well, expected, share: ratio(well as f64, reviews) }
    }
}

impl Ledger {
    pub(crate) fn new(today: StudyDay, rules: Rules) -> Self {
        Ledger { today, rules, ..Ledger::default() }
    }

    /// Adds the next event in the total order that is not void, with its card's name after renames.
    pub(crate) fn add_event(&mut self, card: &CardId, event: &Event) {
        let Some(action) = event.action() else { return };
        let sums = match self.cards.get_mut(card) {
            Some(sums) => sums,
            None => self.cards.entry(card.clone()).or_default(),
        };
        let day = event.at.study_day(self.rules.day_starts_at);
        let expected = sums.state.expected(day);
        let rule = sums.state.apply(action, day, &self.rules);
        if let (Body::Review(review), Some(rule)) = (&event.body, rule) {
            sums.misses.add(review);
            sums.difference.add(Difference::from_review(review));
            let expected = expected.filter(|_| rule.moves());
            self.days.entry(day).or_default().add(DaySum::from_review(review, expected.is_some()));
            if let Some(expected) = expected {
                let band = &mut self.bands[((expected * BANDS as f64) as usize).min(BANDS - 1)];
                band.reviews += 1;
                band.well += u64::from(!review.grade.lapses());
                band.expected += expected;
            }
            self.spotted.of += u64::from(review.spot.is_some());
            self.spotted.right += u64::from(review.spot == Some(true));
        }
    }

    /// Adds a card and the competencies it shows, after every event; also a card that is in no deck.
    pub(crate) fn add_card(&mut self, entry: &Entry, shows: &[String]) {
        let status = entry.status(self.today);
        *self.statuses.of_status(status) += 1;
        self.ready += u64::from(entry.ready());
        let Some(place) = &entry.place else { return };
        if status != Status::Suspended {
            self.add_due(entry);
            let (sum, cards) = &mut self.expected;
            if let Some(expected) = entry.state.expected(self.today) {
                (*sum, *cards) = (*sum + expected, *cards + 1);
            }
        }
        if let Some(sums) = self.cards.get_mut(&entry.card) {
            sums.in_deck = true;
            self.bias.entry(entry.kind.word()).or_default().add(sums.difference);
        }
        let ms = entry.state.spoken_ms;
        if ms > 0 {
            let sum = self.decks.entry(place.deck.clone()).or_default();
            *sum = sum.saturating_add(ms);
            let by_folded: BTreeMap<String, &String> = shows.iter().rev().map(|title| (folded(title), title)).collect();
            for (folded, title) in by_folded {
                let (_, sum) = self.competencies.entry(folded).or_insert_with(|| (title.clone(), 0));
                *sum = sum.saturating_add(ms);
            }
        }
    }

    fn add_due(&mut self, entry: &Entry) {
        let Some(due) = entry.due_as_of(self.today) else { return };
        let day = match entry.askable(self.today) {
            true if entry.state.unsettled(self.today) => self.today,
            true => due.max(self.today),
            false => due.max(self.today.plus(1)),
        };
        *self.due.entry(day).or_default() += 1;
    }

    /// Returns the missed parts and points of cards in decks, the most often missed first: the card, the number, how often
    /// it was missed, and the misses of the card.
    pub(crate) fn missed(&self) -> impl Iterator<Item = (&CardId, u16, u32, &Misses)> {
        let mut missed: Vec<(&CardId, u16, u32, &Misses)> = Vec::new();
        for (card, sums) in self.cards.iter().filter(|(_, sums)| sums.in_deck) {
            let misses = &sums.misses;
            let each = (1..=misses.items).map(|number| (card, number, misses.missed(number), misses));
            missed.extend(each.filter(|(_, _, times, _)| *times > 0));
        }
        missed.sort_unstable_by(|(card, number, times, misses), (other, nth, less, of)| {
            less.cmp(times).then(misses.of.cmp(&of.of)).then(card.cmp(other)).then(number.cmp(nth))
        });
        missed.into_iter()
    }

    /// Returns the numbers. `missed` are the first of [`Ledger::missed`] with their texts; a day off does not end a streak.
    pub(crate) fn into_stats(self, missed: Vec<MissedPoint>, days_off: &[StudyDay]) -> Stats {
        let windows = self.windows();
        let mut bias = Difference::default();
        self.cards.values().for_each(|sums| bias.add(sums.difference));
        let by_kind = Kind::ALL.iter().filter_map(|(_, kind)| {
            let bias = self.bias.get(kind)?.bias();
            (bias.reviews > 0).then_some(KindBias { kind, bias })
        });
        let due_on = |ahead| {
            let day = self.today.plus(ahead);
            Due { day, cards: self.due.get(&day).copied().unwrap_or(0) }
        };
        let mut numbers = 0..;
        let bands = self.bands.map(|sum| sum.band(numbers.next().unwrap_or(0)));
        let (expected, met) = self.expected;
        Stats {
            today: self.today,
            reviews: windows.map(|sum| sum.reviews),
            seconds: windows.map(|sum| sum.ms / 1000),
            retention: windows.map(|sum| Retention::new(sum.recalled, sum.of)),
            streak: self.streak(days_off),
            cards: self.statuses,
            ready: self.ready,
            expected: Expected { model: MODEL, cards: met, mean: ratio(expected, met).map(four_decimals) },
            calibration: Calibration { model: MODEL, reviews: bands.iter().map(|band| band.reviews).sum(), bands },
            due: (0..AHEAD).map(due_on).collect(),
            days: self.last_weeks(),
            bias: bias.bias(),
            bias_by_kind: by_kind.collect(),
            spotted: self.spotted,
            missed,
            spoken_by_deck: longest_first(&self.decks),
            spoken_by_competency: longest_first(&self.competencies.into_values().collect()),
        }
    }

    fn windows(&self) -> Windows<DaySum> {
        let mut windows = Windows::<DaySum>::default();
        for (day, sum) in &self.days {
            let past = self.today.since(*day);
            for (window, within) in [
                (&mut windows.today, past == 0),
                (&mut windows.days_7, (0..7).contains(&past)),
                (&mut windows.days_30, (0..30).contains(&past)),
                (&mut windows.all, true),
            ] {
                if within {
                    window.add(*sum);
                }
            }
        }
        windows
    }

    fn streak(&self, days_off: &[StudyDay]) -> u32 {
        let mut streak = 0;
        let mut day = self.today;
        loop {
            if self.days.contains_key(&day) {
                streak += 1;
            } else if day != self.today && !days_off.contains(&day) {
                return streak;
            }
            day = day.plus(-1);
        }
    }

    fn last_weeks(&self) -> Vec<Day> {
        let monday = self.today.plus(-i64::from(self.today.weekday()));
        let first = monday.plus(-7 * (WEEKS - 1));
        let row = |day: StudyDay| {
            let DaySum { reviews, ms, recalled, of } = self.days.get(&day).copied().unwrap_or_default();
            Day { day, reviews, seconds: ms / 1000, retention: Retention::new(recalled, of) }
        };
        (0..=self.today.since(first)).map(|days| row(first.plus(days))).collect()
    }
}

impl DaySum {
    /// Returns what a review adds to its study day; `tells` is whether it counts for retention.
    fn from_review(review: &Review, tells: bool) -> Self {
        let of = u64::from(tells);
        let recalled = if review.grade.lapses() { 0 } else { of };
        DaySum { reviews: 1, ms: review.ms.unwrap_or(0), recalled, of }
    }
}

impl Statuses {
    fn of_status(&mut self, status: Status) -> &mut u64 {
        match status {
            Status::New => &mut self.new,
            Status::Due => &mut self.due,
            Status::Learned => &mut self.learned,
            Status::Suspended => &mut self.suspended,
            Status::Absent => &mut self.absent,
        }
    }
}

fn longest_first(names: &BTreeMap<String, u64>) -> Vec<Spoken> {
    let mut spoken: Vec<Spoken> =
        names.iter().map(|(name, ms)| Spoken { name: name.clone(), seconds: ms / 1000 }).collect();
    // A stable sort: ties stay in the order of their names.
    spoken.sort_by_key(|spoken| std::cmp::Reverse(spoken.seconds));
    spoken
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Instant;
    use crate::history::samples::{card, effective, events, fold_all, seeds};
    use crate::history::{Device, fold, seal};
    use crate::recall::Recall;
    use crate::schedule::{Grade, Memory};
    use proptest::prelude::*;

    const TODAY: StudyDay = StudyDay(20_782);

    fn grade(grade: u8) -> Grade {
        Grade::new(grade).unwrap()
    }

    fn entry(name: &str, kind: Kind, state: CardState) -> Entry {
        Entry { due: state.due(), state, ..Entry::sample(name, name, kind) }
    }

    /// A small history in order: card, days from today, and what happened.
    type Small<'a> = &'a [(&'a str, i64, Happened)];

    #[derive(Debug, Clone, Copy)]
    enum Happened {
        Grade(u8),
        /// Grade, proposed grade, milliseconds.
        Told(u8, u8, u64),
        /// Whether the competency was named correctly.
        Asked(Option<bool>),
        Reset,
    }
    use Happened::{Grade as G, Reset, Told};

    fn small(history: Small<'_>) -> Ledger {
        let mut ledger = Ledger::new(TODAY, Rules::default());
        for (n, (name, days, what)) in history.iter().enumerate() {
            let mut review = Review::new(card(name), grade(0));
            let body = match what {
                G(given) => Body::Review(Review { grade: grade(*given), ..review }),
                Told(given, proposed, ms) => {
                    review.proposed = Some(grade(*proposed));
                    review.ms = Some(*ms);
                    Body::Review(Review { grade: grade(*given), ..review })
                }
                Happened::Asked(spot) => Body::Review(Review { spot: *spot, grade: grade(4), ..review }),
                Reset => Body::Reset { card: card(name) },
            };
            let noon = Instant::new((i64::from(TODAY.0) + days) * 86_400_000 + 43_200_000, 0).unwrap();
            let n = i64::try_from(n).unwrap();
            ledger.add_event(&card(name), &seal(Device::parse("aaaaaaaa").unwrap(), n, noon, Some(n), body));
        }
        ledger
    }

    #[test]
    fn reviews_and_times_count_for_their_study_days() {
        let cases: [(Small, [u64; 4], [u64; 4]); 4] = [
            (&[], [0; 4], [0; 4]),
            // Same-day repeats count; times are added up before they are rounded.
            (&[("a", 0, Told(2, 3, 1_500)), ("a", 0, Told(4, 4, 1_400)), ("b", 0, G(4))], [3; 4], [2; 4]),
            // Both edges of both windows, and a day in the future.
            (
                &[
                    ("a", -30, Told(4, 4, 1_000)),
                    ("a", -29, Told(4, 4, 10_000)),
                    ("a", -7, G(4)),
                    ("a", -6, Told(4, 4, 100_000)),
                    ("a", 0, G(4)),
                    ("a", 1, Told(4, 4, 1_000_000)),
                ],
                [1, 2, 4, 6],
                [0, 100, 110, 1_111],
            ),
            (&[("a", -1, Reset), ("a", -1, G(4))], [0, 1, 1, 1], [0; 4]),
        ];
        for (history, reviews, seconds) in cases {
            let stats = small(history).into_stats(Vec::new(), &[]);
            assert_eq!((stats.reviews.each(), stats.seconds.each()), (reviews, seconds), "{history:?}");
        }
    }

    #[test]
    fn retention_counts_the_reviews_that_move_the_schedule() {
        let cases: [(Small, [(u64, u64); 4]); 6] = [
            // The first review of a card does not count.
            (&[("a", 0, G(4)), ("b", 0, G(1))], [(0, 0); 4]),
            (&[("a", -1, G(4)), ("a", 0, G(3))], [(1, 1); 4]),
            (&[("a", -1, G(4)), ("a", 0, G(2))], [(0, 1); 4]),
            // Only the first of a study day, and not one that corrects a clock.
            (&[("a", -8, G(4)), ("a", -7, G(2)), ("a", -7, G(4)), ("a", -12, G(5))], [(0, 0), (0, 0), (0, 1), (0, 1)]),
            // Early and late reviews count alike.
            (&[("a", -40, G(4)), ("a", -20, G(4)), ("a", -19, G(4)), ("a", 0, G(0))], [(0, 1), (0, 1), (2, 3), (2, 3)]),
            // After a reset it is new again.
            (&[("a", -3, G(4)), ("a", -2, G(4)), ("a", -1, Reset), ("a", 0, G(4))], [(0, 0), (1, 1), (1, 1), (1, 1)]),
        ];
        for (history, expected) in cases {
            let stats = small(history).into_stats(Vec::new(), &[]);
            let found = stats.retention.each().map(|retention| (retention.recalled, retention.of));
            assert_eq!(found, expected, "{history:?}");
        }
        let stats =
            small(&[("a", -2, G(4)), ("b", -2, G(4)), ("a", 0, G(4)), ("b", 0, G(1))]).into_stats(Vec::new(), &[]);
        assert_eq!(stats.retention.today, Retention { recalled: 1, of: 2, share: Some(0.5) });
    }

    #[test]
    fn calibration_counts_the_first_answer_of_a_study_day_by_what_was_expected() {
        // After a first 4, recall is 0.95 a day later, 0.78 after 20 days, and 0.59 after 200. After a first 1 it is 0.22
        // after 2,000 days.
        let cases: [(Small, [(u64, u64); 5]); 6] = [
            (&[("a", 0, G(4)), ("b", 0, G(1))], [(0, 0); 5]),
            (&[("a", -1, G(4)), ("a", 0, G(3)), ("a", 0, G(0))], [(0, 0), (0, 0), (0, 0), (0, 0), (1, 1)]),
            (&[("a", -20, G(4)), ("a", 0, G(2)), ("a", 0, G(4))], [(0, 0), (0, 0), (0, 0), (0, 1), (0, 0)]),
            (&[("a", -200, G(4)), ("a", 0, G(2))], [(0, 0), (0, 0), (0, 1), (0, 0), (0, 0)]),
            (&[("a", -2_000, G(1)), ("a", 0, G(5))], [(0, 0), (1, 1), (0, 0), (0, 0), (0, 0)]),
            // A reset card is new, and a wrong clock is only corrected.
            (&[("a", -1, G(4)), ("a", -1, Reset), ("a", 0, G(4)), ("a", -9, G(4))], [(0, 0); 5]),
        ];
        for (history, expected) in cases {
            let stats = small(history).into_stats(Vec::new(), &[]);
            let bands = stats.calibration.bands;
            assert_eq!(bands.map(|band| (band.well, band.reviews)), expected, "{history:?} {bands:?}");
            for band in bands.iter().filter(|band| band.reviews > 0) {
                let percent = band.expected.unwrap() * 100.0;
                assert!((f64::from(band.from)..f64::from(band.to)).contains(&percent), "{band:?}");
            }
            assert_eq!(stats.calibration.reviews, stats.retention.all.of);
        }
    }

    #[test]
    fn expected_recall_is_the_mean_over_reviewed_cards_in_decks() {
        let mut ledger = small(&[]);
        let met = |days: i64| CardState {
            recall: Some(Recall { stability: 30.0, difficulty: 5.0 }),
            latest: Some((TODAY.plus(-days), grade(4))),
            ..CardState::default()
        };
        let suspended = CardState { suspended: true, ..met(9) };
        for (name, state) in
            [("today", met(0)), ("nine-tenths", met(30)), ("new", CardState::default()), ("off", suspended)]
        {
            ledger.add_card(&entry(name, Kind::Open, state), &[]);
        }
        ledger.add_card(&Entry { place: None, ..entry("absent", Kind::Open, met(9)) }, &[]);
        let expected = Expected { model: "FSRS-6", cards: 2, mean: Some(0.95) };
        assert_eq!(ledger.into_stats(Vec::new(), &[]).expected, expected);
    }

    #[test]
    fn today_and_days_off_do_not_end_a_streak() {
        let off = |days: &[i64]| days.iter().map(|days| TODAY.plus(*days)).collect::<Vec<_>>();
        let cases: [(&[i64], &[i64], u32); 7] = [
            (&[], &[], 0),
            (&[0], &[], 1),
            (&[-2, -1], &[], 2),
            (&[-2, -1, 0], &[], 3),
            (&[-2], &[], 0),
            (&[-4, -2, -1], &[-3], 3),
            (&[-3, -1, 0, 1], &[], 2),
        ];
        for (days, days_off, streak) in cases {
            let history: Vec<(&str, i64, Happened)> = days.iter().map(|days| ("a", *days, G(4))).collect();
            assert_eq!(small(&history).into_stats(Vec::new(), &off(days_off)).streak, streak, "{days:?} {days_off:?}");
        }
    }

    #[test]
    fn competencies_named_correctly_are_counted_if_they_were_asked_for() {
        let history = [Some(true), None, Some(false), Some(true)].map(|spot| ("a", 0, Happened::Asked(spot)));
        assert_eq!(small(&history).into_stats(Vec::new(), &[]).spotted, Spotted { right: 2, of: 3 });
    }

    #[test]
    fn given_grades_are_compared_with_proposed_ones_by_kind() {
        let mut ledger = small(&[
            ("a", -2, Told(5, 3, 0)),
            ("a", -1, Told(4, 3, 0)),
            ("b", -1, Told(2, 4, 0)),
            ("b", 0, G(5)),
            ("gone", 0, Told(3, 3, 0)),
        ]);
        ledger.add_card(&entry("a", Kind::Motive, CardState::default()), &[]);
        ledger.add_card(&entry("b", Kind::Fact, CardState::default()), &[]);
        ledger.add_card(&entry("c", Kind::Plan, CardState::default()), &[]);
        let stats = ledger.into_stats(Vec::new(), &[]);
        assert_eq!(stats.bias, Bias { reviews: 4, mean: Some(0.25), higher: 2, equal: 1, lower: 1 });
        let kinds: Vec<_> =
            stats.bias_by_kind.iter().map(|kind| (kind.kind, kind.bias.reviews, kind.bias.mean)).collect();
        assert_eq!(kinds, [("motive", 2, Some(1.5)), ("fact", 1, Some(-2.0))]);
    }

    #[test]
    fn cards_count_by_status_and_due_day() {
        let state = |last: i64, interval: u32, latest: u8| CardState {
            memory: Memory { repetitions: 1, ease: 2500, interval, last: Some(TODAY.plus(last)) },
            latest: Some((TODAY.plus(last), grade(latest))),
            spoken_ms: 90_500,
            ..CardState::default()
        };
        let buried = |state: CardState| CardState { buried: Some(TODAY), ..state };
        let cases = [
            ("new", CardState::default()),
            ("overdue", state(-9, 2, 4)),
            ("today", state(-1, 1, 4)),
            ("again", state(0, 6, 2)),
            ("hidden", buried(state(-1, 1, 4))),
            ("hidden-later", buried(state(0, 6, 2))),
            ("last", state(0, 13, 4)),
            ("beyond", state(0, 14, 4)),
            ("suspended", CardState { suspended: true, ..state(-1, 1, 4) }),
        ];
        let mut ledger = Ledger::new(TODAY, Rules::default());
        for (name, state) in cases {
            // Case and white space do not distinguish competencies.
            let leading = if name == "overdue" { " leading" } else { "Leading" };
            ledger.add_card(&entry(name, Kind::Open, state), &["Leading".into(), leading.into(), name.into()]);
        }
        ledger.add_card(&Entry { place: None, ..entry("absent", Kind::Open, state(-1, 1, 4)) }, &[]);
        let stats = ledger.into_stats(Vec::new(), &[]);
        assert_eq!(stats.cards, Statuses { new: 1, due: 5, learned: 2, suspended: 1, absent: 1 });
        let due: Vec<u64> = stats.due.iter().map(|due| due.cards).collect();
        assert_eq!(due, [3, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1]);
        assert_eq!(stats.spoken_by_deck.len(), 8);
        assert_eq!(stats.spoken_by_competency[0], Spoken { name: "Leading".into(), seconds: 724 });
        assert_eq!(stats.spoken_by_competency[1], Spoken { name: "again".into(), seconds: 90 });
    }

    #[test]
    fn days_start_on_a_monday_and_end_today() {
        let stats = small(&[("a", -2, Told(4, 4, 2_000)), ("a", 0, G(2))]).into_stats(Vec::new(), &[]);
        assert_eq!((stats.days.len(), stats.days[0].day.weekday()), (7 * 11 + 3, 0));
        let last: Vec<_> =
            stats.days.iter().rev().take(3).map(|day| (day.reviews, day.seconds, day.retention.of)).collect();
        assert_eq!(last, [(1, 0, 1), (0, 0, 0), (1, 2, 0)]);
        assert_eq!(serde_json::to_value(stats.days[79]).unwrap()["day"], TODAY.to_string());
    }

    /// A review as the second computation sees it; `tells` is whether it counts for retention, and `expected` what the
    /// estimate was before it.
    struct CountedReview {
        card: CardId,
        day: StudyDay,
        review: Review,
        tells: bool,
        expected: Option<f64>,
    }

    /// Returns every review that is not void, in the total order, each judged by the fold of all before it.
    fn seen(events: &[Event], rules: &Rules) -> Vec<CountedReview> {
        let (_, renames) = fold_all(events, rules);
        let live = effective(events);
        let about = |event: &Event| event.body.card().map(|card| renames.resolve(card).clone());
        let day = |event: &Event| event.at.study_day(rules.day_starts_at);
        let mut seen = Vec::new();
        for (n, event) in live.iter().enumerate() {
            let (Body::Review(review), Some(card)) = (&event.body, about(event)) else { continue };
            let before = live[..n].iter().filter(|earlier| about(earlier).as_ref() == Some(&card));
            let state = fold(before.filter_map(|earlier| Some((earlier.action()?, day(earlier)))), rules);
            let tells = state.memory.last.is_some_and(|last| day(event) > last);
            let expected = state.expected(day(event));
            seen.push(CountedReview { card, day: day(event), review: review.clone(), tells, expected });
        }
        seen
    }

    fn check_windows(stats: &Stats, seen: &[CountedReview]) {
        let today = stats.today;
        let count = |wanted: &dyn Fn(&CountedReview) -> bool| seen.iter().filter(|seen| wanted(seen)).count() as u64;
        let spans: [&dyn Fn(StudyDay) -> bool; 4] = [
            &|day| day == today,
            &|day| day <= today && day > today.plus(-7),
            &|day| day <= today && day > today.plus(-30),
            &|_| true,
        ];
        for (n, within) in spans.iter().enumerate() {
            assert_eq!(stats.reviews.each()[n], count(&|seen| within(seen.day)));
            let ms: u64 = seen.iter().filter(|seen| within(seen.day)).filter_map(|seen| seen.review.ms).sum();
            assert_eq!(stats.seconds.each()[n], ms / 1000);
            let of = count(&|seen| within(seen.day) && seen.tells);
            let recalled = count(&|seen| within(seen.day) && seen.tells && seen.review.grade.get() >= 3);
            assert_eq!(stats.retention.each()[n], Retention::new(recalled, of));
        }
        for day in &stats.days {
            assert_eq!(day.reviews, count(&|seen| seen.day == day.day));
            assert_eq!(day.retention.of, count(&|seen| seen.day == day.day && seen.tells));
        }
        let reviewed = |day: StudyDay| seen.iter().any(|seen| seen.day == day);
        let from = i64::from(!reviewed(today));
        assert_eq!(stats.streak as usize, (from..).take_while(|days| reviewed(today.plus(-days))).count());
    }

    fn check_calibration(stats: &Stats, seen: &[CountedReview]) {
        for band in stats.calibration.bands {
            let within = |seen: &&CountedReview| {
                let percent = seen.expected.unwrap_or(-1.0) * 100.0;
                seen.tells && percent >= f64::from(band.from) && (percent < f64::from(band.to) || band.to == 100)
            };
            let within: Vec<&CountedReview> = seen.iter().filter(within).collect();
            let well = within.iter().filter(|seen| seen.review.grade.get() >= 3).count();
            assert_eq!((band.reviews, band.well), (within.len() as u64, well as u64), "{band:?}");
        }
    }

    fn check_bias(stats: &Stats, seen: &[CountedReview], kinds: [(&str, Kind); 2]) {
        let mean = |wanted: &dyn Fn(&CountedReview) -> bool| {
            let difference = |seen: &CountedReview| {
                Some(f64::from(seen.review.grade.get()) - f64::from(seen.review.proposed?.get()))
            };
            let differences: Vec<f64> = seen.iter().filter(|seen| wanted(seen)).filter_map(difference).collect();
            let of = differences.len() as u64;
            let count = |wanted: fn(&f64) -> bool| differences.iter().filter(|n| wanted(n)).count() as u64;
            let mean = (of > 0).then(|| differences.iter().sum::<f64>() / of as f64);
            Bias {
                reviews: of,
                mean,
                higher: count(|n| *n > 0.0),
                equal: count(|n| *n == 0.0),
                lower: count(|n| *n < 0.0),
            }
        };
        assert_eq!(stats.bias, mean(&|_| true));
        for (name, kind) in kinds {
            let expected = mean(&|seen| seen.card == card(name));
            let found = stats.bias_by_kind.iter().find(|found| found.kind == kind.word()).map(|found| found.bias);
            assert_eq!(found, Some(expected).filter(|bias| bias.reviews > 0));
        }
    }

    /// Returns the card, the number, how often it was missed, and of how many reviews, for each missed point.
    fn expected_misses(seen: &[CountedReview], cards: &[&str]) -> Vec<(String, u16, u32, u32)> {
        let mut expected = Vec::new();
        for name in cards {
            let ticked: Vec<(&Vec<u16>, u16)> = seen
                .iter()
                .filter(|seen| seen.card == card(name))
                .filter_map(|seen| Some((seen.review.ticks.as_ref()?, seen.review.points?)))
                .collect();
            let Some((_, items)) = ticked.last().copied() else { continue };
            let counted: Vec<_> = ticked.iter().rev().take_while(|(_, points)| *points == items).collect();
            for number in 1..=items {
                let times = counted.iter().filter(|(ticks, _)| !ticks.contains(&number)).count();
                expected.push(((*name).to_owned(), number, times as u32, counted.len() as u32));
            }
        }
        expected.retain(|(_, _, times, _)| *times > 0);
        expected.sort_by_key(|(card, number, times, of)| (std::cmp::Reverse(*times), *of, card.clone(), *number));
        expected
    }

    fn check_due_and_statuses(stats: &Stats, entries: &[Entry]) {
        let today = stats.today;
        for due in &stats.due {
            let comes = |entry: &&Entry| {
                let asked_from = if entry.state.buried == Some(today) { today.plus(1) } else { today };
                let again = entry.state.unsettled(today) && asked_from == today;
                let by_day = entry.due_as_of(today).map(|day| if again || day < asked_from { asked_from } else { day });
                !entry.state.suspended && by_day == Some(due.day)
            };
            assert_eq!(due.cards, entries.iter().filter(comes).count() as u64);
        }
        let with_status = |status| entries.iter().filter(|entry| entry.status(today) == status).count() as u64;
        let Statuses { new, due, learned, suspended, .. } = stats.cards;
        assert_eq!(
            [new, due, learned, suspended],
            [Status::New, Status::Due, Status::Learned, Status::Suspended].map(with_status)
        );
    }

    proptest! {
        #[test]
        fn a_slow_second_computation_agrees(seeds in seeds(), late in 0i64..100) {
            let rules = Rules::default();
            let events = events(&seeds);
            let first = Instant::new(1_790_000_000_000, 60).unwrap().study_day(rules.day_starts_at);
            let (states, renames) = fold_all(&events, &rules);
            let mut ledger = Ledger::new(first.plus(late), rules);
            for event in &effective(&events) {
                if let Some(card) = event.body.card() {
                    ledger.add_event(renames.resolve(card), event);
                }
            }
            // x and y are in decks, z is not.
            let kinds = [("x", Kind::Motive), ("y", Kind::Fact)];
            let entries = kinds.map(|(name, kind)| entry(name, kind, states.get(&card(name)).copied().unwrap_or_default()));
            entries.iter().for_each(|entry| ledger.add_card(entry, &[]));
            let missed: Vec<(String, u16, u32, u32)> =
                ledger.missed().map(|(card, number, times, misses)| (card.to_string(), number, times, misses.of)).collect();
            let stats = ledger.into_stats(Vec::new(), &[]);
            let seen = seen(&events, &rules);
            check_windows(&stats, &seen);
            check_calibration(&stats, &seen);
            check_bias(&stats, &seen, kinds);
            prop_assert_eq!(missed, expected_misses(&seen, &["x", "y"]));
            check_due_and_statuses(&stats, &entries);
        }
    }
}
