//! The forecast: what the days until the interviews bring, and what will not fit.
//!
//! It works with expected numbers of cards, in thousandths, and with milliseconds; everything is an integer. A cohort is the
//! cards of one weight that were last seen on one day and have the same number of successes in a row.
//!
//! Not here: which cards an interview names, and how the forecast is shown.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::clock::StudyDay;
use crate::horizon::{Horizon, Scope};

/// Thousandths of a card.
pub(crate) const CARD: u64 = 1000;

/// The interval, in days, and the stability, in tenths of a day, by successes in a row.
const INTERVALS: [i64; 7] = [1, 1, 6, 15, 38, 95, 240];
const STABILITIES: [i64; 7] = [3, 25, 110, 220, 500, 1000, 2000];
const MOST_SUCCESSES: u32 = 6;

/// How many days the table of recall covers; after that it falls too slowly to matter.
const TABLE_DAYS: usize = 2000;

/// Recall in per-mille after so many days, by successes in a row: (1 + 0.98 days / stability)^-0.1542.
static RECALL: LazyLock<Vec<[u64; 7]>> = LazyLock::new(|| {
    let per_mille = |days: usize, stability: i64| {
        let recall = (1.0 + 9.8 * days as f64 / stability as f64).powf(-0.1542);
        (recall * 1000.0).round() as u64
    };
    (0..=TABLE_DAYS).map(|days| STABILITIES.map(|stability| per_mille(days, stability))).collect()
});

/// Returns the recall after so many days in per-mille, by successes in a row.
pub(crate) fn recall_after(days: i64, successes: u32) -> u64 {
    recall(days, successes.min(MOST_SUCCESSES) as usize)
}

fn recall(days: i64, successes: usize) -> u64 {
    let days = usize::try_from(days).unwrap_or(0).min(TABLE_DAYS);
    RECALL.get(days).map_or(0, |row| row[successes])
}

/// How long answers take, in milliseconds, and how many first answers fail, in per-mille.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pace {
    pub(crate) first: u64,
    pub(crate) review: u64,
    pub(crate) repeat: u64,
    pub(crate) fails: u64,
    /// Whether first answers were measured often enough to say exact numbers.
    pub(crate) measured: bool,
}

/// The share of first answers that fail, until your own is known.
pub(crate) const USUAL_FAILS: u64 = 240;
/// From how many first answers on your own share of failures counts, and from how many answers of a kind your own time.
const FAILS_FROM: u64 = 20;
const TIMES_FROM: u64 = 10;

/// The answers of one kind: how many were measured, and their times together in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Answered {
    pub(crate) timed: u64,
    pub(crate) ms: u64,
}

/// What is known about your answers so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) first: Answered,
    pub(crate) reviews: Answered,
    pub(crate) repeats: Answered,
    /// First answers, and those graded below 3.
    pub(crate) met: u64,
    pub(crate) failed: u64,
}

impl Pace {
    /// Returns the pace from the answers so far; until there are enough, half the mean limit of the cards, in seconds.
    pub(crate) fn new(totals: &Totals, mean_limit: u64) -> Self {
        let usual = (mean_limit * 500).max(1);
        let mean = |answered: Answered| if answered.timed < TIMES_FROM { usual } else { answered.ms / answered.timed };
        Pace {
            first: mean(totals.first).max(1),
            review: mean(totals.reviews).max(1),
            repeat: mean(totals.repeats).max(1),
            fails: if totals.met < FAILS_FROM { USUAL_FAILS } else { totals.failed * 1000 / totals.met },
            measured: totals.first.timed >= TIMES_FROM,
        }
    }
}

/// Cards that are in scope for the same interviews. Weights are counted from 1.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) scope: Scope,
    /// How many cards of each weight were never seen.
    pub(crate) unseen: [u64; 3],
    /// How many of those seen today were new.
    pub(crate) met_today: u64,
    /// The cards seen: weight, day of the last review, successes in a row; and how many.
    pub(crate) seen: BTreeMap<(u8, StudyDay, u32), u64>,
}

impl Group {
    pub(crate) fn unseen(&self) -> u64 {
        self.unseen.iter().sum()
    }

    pub(crate) fn met(&self) -> u64 {
        self.seen.values().sum()
    }

    pub(crate) fn cards(&self) -> u64 {
        self.unseen() + self.met()
    }

    /// Adds the cards of another group.
    pub(crate) fn add(&mut self, other: &Group) {
        self.unseen.iter_mut().zip(other.unseen).for_each(|(cards, more)| *cards += more);
        self.met_today += other.met_today;
        other.seen.iter().for_each(|(cohort, cards)| *self.seen.entry(*cohort).or_default() += cards);
    }
}

/// The cards of one deck that are in scope for the same interviews.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct DeckGroup {
    pub(crate) file: String,
    pub(crate) deck: String,
    pub(crate) group: Group,
    /// How many are ready.
    pub(crate) ready: u64,
    /// The sum of their limits, in seconds.
    pub(crate) seconds: u64,
}

/// How much is rehearsed on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Budget {
    pub(crate) minutes: u64,
    /// The milliseconds of today that are over.
    pub(crate) spent_today: u64,
    /// How many cards a day, repeats not counted, and how many are left of today's.
    pub(crate) cards: Option<(u64, u64)>,
}

impl Budget {
    /// Returns the milliseconds that are left of today.
    pub(crate) fn left_today(&self) -> u64 {
        (self.minutes * 60_000).saturating_sub(self.spent_today)
    }
}

/// A day of the forecast. Cards are in thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ForecastDay {
    pub(crate) day: StudyDay,
    pub(crate) ms: u64,
    pub(crate) new: u64,
    pub(crate) reviews: u64,
    /// Whether time is left after everything that could be asked.
    pub(crate) slack: bool,
}

/// What an interview can expect: recall on its day in per-mille, and the cards that will not be seen, in thousandths.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Outlook {
    pub(crate) recall: u64,
    pub(crate) never: u64,
}

impl Outlook {
    /// Returns how many whole cards will not be seen.
    pub(crate) fn never_seen(self) -> u64 {
        (self.never + CARD / 2) / CARD
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Forecast {
    pub(crate) days: Vec<ForecastDay>,
    /// One for each interview of the horizon.
    pub(crate) interviews: Vec<Outlook>,
}

/// Everything that a forecast depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Situation {
    pub(crate) groups: Vec<Group>,
    pub(crate) horizon: Horizon,
    pub(crate) pace: Pace,
    pub(crate) budget: Budget,
    pub(crate) today: StudyDay,
}

impl Situation {
    /// Returns the forecast from today to the last interview.
    pub(crate) fn forecast(&self) -> Forecast {
        let mut course = Course::new(self);
        let interviews = self.horizon.interviews().iter().enumerate();
        let outlooks = interviews.map(|(n, &date)| {
            course.advance(date);
            course.outlook(|group| self.groups[group].scope.contains(n), date)
        });
        Forecast { interviews: outlooks.collect(), days: course.days }
    }

    /// Returns what an interview can expect.
    pub(crate) fn outlook(&self, interview: usize) -> Outlook {
        self.outlook_of(interview, |group| self.groups[group].scope.contains(interview))
    }

    /// Returns what to expect of some groups of cards on the day of an interview.
    pub(crate) fn outlook_of(&self, interview: usize, inside: impl Fn(usize) -> bool) -> Outlook {
        let Some(&date) = self.horizon.interviews().get(interview) else { return Outlook::default() };
        let mut course = Course::new(self);
        course.advance(date);
        course.outlook(inside, date)
    }
}

/// Group, weight, last day, successes in a row.
type Cohort = (usize, u8, StudyDay, usize);

/// The new cards met on a day, by group and weight.
type Met = BTreeMap<(usize, u8), u64>;

/// The cards on their way to the interviews.
struct Course<'a> {
    groups: &'a [Group],
    horizon: &'a Horizon,
    pace: Pace,
    budget: Budget,
    today: StudyDay,
    /// The day that is rehearsed next.
    next: StudyDay,
    days: Vec<ForecastDay>,
    /// By group and weight, heaviest first.
    unseen: Vec<[u64; 3]>,
    cohorts: BTreeMap<Cohort, u64>,
}

/// What is left of a day, in milliseconds and in thousandths of a card, and what was done.
struct DayLeft {
    left: u64,
    cards: u64,
    new: u64,
    reviews: u64,
    repeats: u64,
}

impl DayLeft {
    /// Takes as many cards as fit, at so many milliseconds each.
    fn take(&mut self, wanted: u64, ms: u64) -> u64 {
        let taken = wanted.min(self.left.saturating_mul(CARD) / ms).min(self.cards);
        self.left -= taken * ms / CARD;
        self.cards -= taken;
        taken
    }
}

impl<'a> Course<'a> {
    fn new(situation: &'a Situation) -> Self {
        let &Situation { ref groups, ref horizon, pace, budget, today } = situation;
        let unseen = groups.iter().map(|group| [2, 1, 0].map(|weight| group.unseen[weight] * CARD)).collect();
        let mut cohorts = BTreeMap::new();
        for (n, group) in groups.iter().enumerate() {
            for (&(weight, last, successes), &cards) in &group.seen {
                let successes = successes.min(MOST_SUCCESSES) as usize;
                *cohorts.entry((n, weight, last, successes)).or_default() += cards * CARD;
            }
        }
        Course { groups, horizon, pace, budget, today, next: today, days: Vec::new(), unseen, cohorts }
    }

    /// Lives through the days before a date.
    fn advance(&mut self, date: StudyDay) {
        while self.next < date {
            if !self.horizon.off().contains(self.next) {
                let day = self.day(self.next);
                self.days.push(day);
                self.cohorts.retain(|_, cards| *cards > 0);
            }
            self.next = self.next.plus(1);
        }
    }

    fn day(&mut self, day: StudyDay) -> ForecastDay {
        let (budget, today) = (self.budget, self.today);
        let minutes = if day == today { budget.left_today() } else { budget.minutes * 60_000 };
        // A card is started while time is left, so half a card is over.
        let whole = minutes + if minutes > 0 { self.pace.review / 2 } else { 0 };
        let cards = budget.cards.map(|(each, left)| if day == today { left } else { each });
        let cards = cards.map_or(u64::MAX, |cards| cards * CARD);
        let mut rest = DayLeft { left: whole, cards, new: 0, reviews: 0, repeats: 0 };
        let ahead: Vec<usize> =
            (0..self.horizon.interviews().len()).filter(|&n| self.horizon.interviews()[n] > day).collect();
        // New cards join their cohorts at the end of the day.
        let mut met = Met::new();
        if let Some((first, later)) = ahead.split_first() {
            self.meet_quota(*first, (day, day == today), &mut rest, &mut met);
            self.review(day, true, &mut rest);
            self.review(day, false, &mut rest);
            for &interview in later {
                self.meet_quota(interview, (day, day == today), &mut rest, &mut met);
            }
            self.meet(|scope| any_of(scope, &ahead), u64::MAX, &mut rest, &mut met);
        }
        for ((group, weight), cards) in met {
            let failed = cards * self.pace.fails / 1000;
            *self.cohorts.entry((group, weight, day, 0)).or_default() += failed;
            *self.cohorts.entry((group, weight, day, 1)).or_default() += cards - failed;
        }
        let repeats = rest.repeats + rest.new * (self.pace.fails + 94) / 1000;
        let wanted = repeats * 16 / 10 * self.pace.repeat / CARD;
        let slack = wanted < rest.left;
        rest.left -= wanted.min(rest.left);
        ForecastDay { day, ms: whole - rest.left, new: rest.new, reviews: rest.reviews, slack }
    }

    /// Meets the quota of an interview; new cards met for an earlier one count.
    fn meet_quota(&mut self, interview: usize, (day, is_today): (StudyDay, bool), rest: &mut DayLeft, met: &mut Met) {
        let inside: Vec<usize> = (0..self.groups.len()).filter(|&n| self.groups[n].scope.contains(interview)).collect();
        let unseen: u64 = inside.iter().map(|&n| self.unseen[n].iter().sum::<u64>()).sum();
        let today: u64 = if is_today { inside.iter().map(|&n| self.groups[n].met_today * CARD).sum() } else { 0 };
        let taken: u64 = met.iter().filter(|((n, _), _)| inside.contains(n)).map(|(_, cards)| cards).sum();
        let quota = (unseen + taken + today) / self.horizon.thirds(self.horizon.interviews()[interview], day);
        self.meet(|scope| scope.contains(interview), quota.saturating_sub(taken + today), rest, met);
    }

    /// Meets up to so many new cards, the heaviest first, and of one weight from each group in proportion.
    fn meet(&mut self, takes: impl Fn(Scope) -> bool, mut most: u64, rest: &mut DayLeft, met: &mut Met) {
        let inside: Vec<usize> = (0..self.groups.len()).filter(|&n| takes(self.groups[n].scope)).collect();
        for place in 0..3 {
            let unseen: u64 = inside.iter().map(|&n| self.unseen[n][place]).sum();
            let taken = rest.take(unseen.min(most), self.pace.first);
            most -= taken;
            rest.new += taken;
            let mut left = taken;
            for &n in &inside {
                let share = (taken * self.unseen[n][place]).checked_div(unseen).unwrap_or(0);
                self.unseen[n][place] -= share;
                left -= share;
                *met.entry((n, 3 - place as u8)).or_default() += share;
            }
            // What was lost to rounding comes from the first that have some.
            for &n in &inside {
                let share = left.min(self.unseen[n][place]);
                self.unseen[n][place] -= share;
                left -= share;
                *met.entry((n, 3 - place as u8)).or_default() += share;
            }
        }
    }

    /// Reviews due cards, in scope of an interview ahead or not, the greatest claim first.
    fn review(&mut self, day: StudyDay, in_scope: bool, rest: &mut DayLeft) {
        let mut due: Vec<(Cohort, u64)> = Vec::new();
        for (&cohort, &cards) in &self.cohorts {
            let (group, _, last, successes) = cohort;
            let scope = self.groups[group].scope;
            if cards == 0 || last >= day || self.horizon.is_ahead(scope, day) != in_scope {
                continue;
            }
            if self.horizon.due(last.plus(INTERVALS[successes]), last, scope, day).0 <= day {
                due.push((cohort, cards));
            }
        }
        due.sort_by(|(a, _), (b, _)| compare(*a, *b, day));
        for (cohort, cards) in due {
            let taken = rest.take(cards, self.pace.review);
            if taken == 0 {
                break;
            }
            self.answer(cohort, taken, day, rest);
        }
    }

    fn answer(&mut self, cohort: Cohort, cards: u64, day: StudyDay, rest: &mut DayLeft) {
        let (group, weight, last, successes) = cohort;
        let elapsed = day.since(last);
        let recalled = recall(elapsed, successes);
        let interval = INTERVALS[successes];
        let kept = elapsed < interval && (successes < 2 || 5 * elapsed <= 2 * interval);
        let next = if kept { successes } else { (successes + 1).min(MOST_SUCCESSES as usize) };
        let good = cards * recalled / 1000;
        *self.cohorts.entry(cohort).or_default() -= cards;
        *self.cohorts.entry((group, weight, day, next)).or_default() += good;
        *self.cohorts.entry((group, weight, day, 0)).or_default() += cards - good;
        rest.reviews += cards;
        rest.repeats += cards * (1000 - recalled + 224 * recalled / 1000) / 1000;
    }

    fn outlook(&self, inside: impl Fn(usize) -> bool, date: StudyDay) -> Outlook {
        let cards: u64 = (0..self.groups.len()).filter(|&n| inside(n)).map(|n| self.groups[n].cards() * CARD).sum();
        let known = self.cohorts.iter().filter(|((n, ..), _)| inside(*n));
        let known: u64 = known.map(|(&(_, _, last, n), &cards)| cards * recall(date.since(last), n)).sum();
        let never = (0..self.groups.len()).filter(|&n| inside(n)).map(|n| self.unseen[n].iter().sum::<u64>()).sum();
        Outlook { recall: known.checked_div(cards).unwrap_or(0), never }
    }
}

fn any_of(scope: Scope, ahead: &[usize]) -> bool {
    ahead.iter().any(|&interview| scope.contains(interview))
}

/// Compares due cohorts: the greatest claim first; then fewer successes, then the greater weight.
fn compare(a: Cohort, b: Cohort, day: StudyDay) -> std::cmp::Ordering {
    let claim = |(_, weight, last, successes): Cohort, strength: Cohort| {
        let lapse = if successes == 0 { 2 } else { 0 };
        i64::from(weight) * (day.since(last) + lapse) * INTERVALS[strength.3]
    };
    claim(b, a).cmp(&claim(a, b)).then(a.3.cmp(&b.3)).then(b.1.cmp(&a.1)).then(a.cmp(&b))
}
