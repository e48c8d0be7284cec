//! The cards of a day, drawn one by one. Due cards that tie are mixed, so that deck and kind don't repeat when they don't have
//! to.

use std::cmp::{Ordering, Reverse};
use std::collections::VecDeque;

use crate::clock::StudyDay;
use crate::deck::Kind;
use crate::entry::Entry;

use super::fresh::NewCards;
use super::order::Claim;
use crate::horizon::Horizon;

/// The day for which a queue is made.
#[derive(Debug, Clone, Default)]
pub(crate) struct AskedDay {
    pub(crate) today: StudyDay,
    pub(crate) horizon: Horizon,
    /// How many cards may be asked, new ones included, repeats of the day not.
    pub(crate) most: Option<usize>,
    /// Whether all due cards tie, so that decks and kinds are mixed throughout.
    pub(crate) mix: bool,
}

/// The cards to ask, in order:
///
/// 1. brought cards
/// 2. new cards of the quota
/// 3. the other due cards
/// 4. other new cards
/// 5. repeats of the day
/// 6. new cards that no interview needs
///
/// It holds only a window of the due cards and one of the new ones, which the caller refills, so that the first prompt does not
/// wait for the last card.
#[derive(Debug)]
pub(crate) struct Queue {
    today: StudyDay,
    horizon: Horizon,
    mix: bool,
    window: VecDeque<Entry>,
    /// The number of due cards that were not asked yet, including those in the window.
    due: usize,
    /// The new cards that come next; only the first are read.
    new: VecDeque<Entry>,
    /// How many of the next ones are of the quota, and how many come after them.
    quota: usize,
    others: usize,
    /// How many of the quota there were at first.
    first_quota: usize,
    again: VecDeque<Entry>,
    last_new: VecDeque<Entry>,
    last: Option<(String, Kind)>,
}

/// The part of a day in which a card is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DayPart {
    Brought,
    /// The new cards that come before the due cards, for the next interview.
    Quota,
    Due,
    New,
    Repeat,
}

impl DayPart {
    pub(crate) fn word(self) -> &'static str {
        match self {
            DayPart::Brought => "brought",
            DayPart::Quota => "quota",
            DayPart::Due => "due",
            DayPart::New => "new",
            DayPart::Repeat => "repeat",
        }
    }
}

/// How far ahead a card can be drawn to change deck or kind.
const REACH: usize = 32;

impl Queue {
    /// Makes a queue within the limits, with an empty window for `due` cards. New cards stay in their order.
    pub(crate) fn new(due: usize, fresh: NewCards, mut again: Vec<Entry>, day: AskedDay) -> Self {
        let AskedDay { today, horizon, most, mix } = day;
        let mut room = most.unwrap_or(usize::MAX);
        let mut within = |wanted: usize| {
            let taken = wanted.min(room);
            room -= taken;
            taken
        };
        let NewCards { quota, others, read, mut last } = fresh;
        let quota = within(quota);
        let due = within(due);
        let others = within(others);
        last.truncate(within(last.len()));
        again.sort_by(|a, b| a.state.failed_at.cmp(&b.state.failed_at).then_with(|| a.card.cmp(&b.card)));
        Queue {
            today,
            horizon,
            mix,
            window: VecDeque::new(),
            due,
            new: read.into(),
            quota,
            others,
            first_quota: quota,
            again: again.into(),
            last_new: last.into(),
            last: None,
        }
    }

    /// Returns the number of due cards that are left, repeats included, and of new cards.
    pub(crate) fn counts(&self) -> (usize, usize) {
        (self.due + self.again.len(), self.quota + self.others + self.last_new.len())
    }

    /// Returns the number of due cards that are left, without repeats.
    pub(crate) fn due(&self) -> usize {
        self.due
    }

    pub(crate) fn len(&self) -> usize {
        let (due, new) = self.counts();
        due + new
    }

    /// Returns how many cards come after the repeats.
    pub(crate) fn after_repeats(&self) -> usize {
        self.last_new.len()
    }

    /// Returns the expected time for new cards and repeats, in seconds. New cards that are not read are assumed to take as
    /// long as the others.
    pub(crate) fn seconds(&self) -> u64 {
        let sum = |cards: &VecDeque<Entry>| cards.iter().map(Entry::seconds).sum::<u64>();
        let (read, new) = (self.new.len() as u64, (self.quota + self.others) as u64);
        let new = (sum(&self.new) * new).checked_div(read).unwrap_or(0);
        new + sum(&self.again) + sum(&self.last_new)
    }

    /// Whether the next card can only be drawn after [`Queue::refill_new`].
    pub(crate) fn lacks_new(&self) -> bool {
        self.new.is_empty() && self.quota + self.others > 0
    }

    /// Takes the next new cards; `quota` says whether they are of the quota. An empty list means that there are no more.
    pub(crate) fn refill_new(&mut self, entries: Vec<Entry>, quota: bool) {
        let read = self.new.len();
        if entries.is_empty() {
            self.quota = self.quota.min(read);
            self.others = self.others.min(read - self.quota);
        } else if !quota && self.quota > read {
            // The quota has fewer cards than was counted.
            self.others += self.quota - read;
            self.quota = read;
        }
        self.new.extend(entries);
    }

    /// Returns the part of the day in which a card is asked, with so many new cards before it.
    pub(crate) fn part(&self, entry: &Entry, new_before: usize) -> DayPart {
        match entry.due {
            None if new_before < self.first_quota => DayPart::Quota,
            None => DayPart::New,
            Some(_) if Claim::of_entry(entry, &self.horizon, self.today).is_brought() => DayPart::Brought,
            Some(due) if due > self.today && entry.state.unsettled(self.today) => DayPart::Repeat,
            Some(_) => DayPart::Due,
        }
    }

    /// Returns how many due cards the window needs before the next card can be drawn.
    pub(crate) fn lacks(&self) -> usize {
        let wanted = self.due.min(REACH + 1);
        if self.window.len() >= wanted { 0 } else { (self.due - self.window.len()).min(2 * REACH) }
    }

    /// Refills the window with the next due cards, in order. An empty list means that there are no more.
    pub(crate) fn refill(&mut self, entries: Vec<Entry>) {
        if entries.is_empty() {
            self.due = self.window.len();
        }
        self.window.extend(entries);
    }

    /// Draws the next card. [`Queue::lacks`] must be 0, and [`Queue::lacks_new`] false.
    pub(crate) fn draw(&mut self) -> Option<Entry> {
        let (horizon, today) = (&self.horizon, self.today);
        let claim = |entry: &Entry| Claim::of_entry(entry, horizon, today);
        let brought = self.window.front().is_some_and(|entry| claim(entry).is_brought());
        if !brought
            && self.quota > 0
            && let Some(entry) = self.new.pop_front()
        {
            self.quota -= 1;
            self.last = Some((entry.deck().to_owned(), entry.kind));
            return Some(entry);
        }
        let mix = self.mix;
        let tie = |a: &Entry, b: &Entry| mix || claim(a).compare(&claim(b), today) == Ordering::Equal;
        if self.due > 0
            && let Some(entry) = mixed(&mut self.window, &mut self.last, tie)
        {
            self.due -= 1;
            return Some(entry);
        }
        let other = if self.others > 0 { self.new.pop_front() } else { None };
        self.others -= usize::from(other.is_some());
        let next = other.or_else(|| self.again.pop_front()).or_else(|| self.last_new.pop_front())?;
        self.last = Some((next.deck().to_owned(), next.kind));
        Some(next)
    }
}

/// Draws one of the cards that tie with the first: if possible from another deck than the last card, from the deck with the
/// most waiting cards, so that decks alternate to the end, and then of another kind.
fn mixed(
    waiting: &mut VecDeque<Entry>,
    last: &mut Option<(String, Kind)>,
    tie: impl Fn(&Entry, &Entry) -> bool,
) -> Option<Entry> {
    let first = waiting.front()?;
    let equals = waiting.iter().take(REACH).take_while(|entry| tie(first, entry));
    // By deck, and by position within a deck.
    let mut equals: Vec<(&str, usize)> = equals.enumerate().map(|(n, entry)| (entry.deck(), n)).collect();
    equals.sort_unstable();
    let cost = |deck: &str, waits: usize, n: usize| {
        let same = |(last, kind): &(String, Kind)| (last == deck, *kind == waiting[n].kind);
        let (same_deck, same_kind) = last.as_ref().map(same).unwrap_or_default();
        (same_deck, Reverse(waits), same_kind, n)
    };
    let decks = equals.chunk_by(|(a, _), (b, _)| a == b);
    let costs = decks.flat_map(|deck| deck.iter().map(|&(name, n)| cost(name, deck.len(), n)));
    let (.., pick) = costs.min()?;
    let entry = waiting.remove(pick)?;
    *last = Some((entry.deck().to_owned(), entry.kind));
    Some(entry)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::horizon::{DaysOff, Scope};
    use crate::schedule::{Grade, Memory};

    const TODAY: StudyDay = StudyDay(1000);

    fn due(id: &str, deck: &str, elapsed: i32, interval: u32) -> Entry {
        let mut entry = Entry::sample(id, deck, Kind::Open);
        entry.state.memory = Memory { interval, last: Some(StudyDay(TODAY.0 - elapsed)), repetitions: 1, ease: 2500 };
        entry.due = entry.state.due();
        entry
    }

    fn ids(queue: &[Entry]) -> String {
        queue.iter().map(|entry| entry.card.as_str()).collect::<Vec<_>>().join(" ")
    }

    fn new(id: &str, deck: &str, kind: Kind) -> Entry {
        Entry::sample(id, deck, kind)
    }

    /// Draws a whole queue, refilled with a few due cards at a time.
    fn plan(cards: Vec<Entry>, fresh: NewCards, most: Option<usize>, horizon: Horizon) -> Vec<Entry> {
        let (again, mut due): (Vec<Entry>, Vec<Entry>) = cards
            .into_iter()
            .filter(|entry| entry.askable(TODAY))
            .partition(|entry| entry.state.unsettled(TODAY) && entry.due.is_none_or(|due| due > TODAY));
        let claim = |entry: &Entry| Claim::of_entry(entry, &horizon, TODAY);
        due.sort_by(|a, b| claim(a).compare(&claim(b), TODAY).then_with(|| a.card.cmp(&b.card)));
        let day = AskedDay { today: TODAY, horizon: horizon.clone(), most, mix: false };
        let mut queue = Queue::new(due.len(), fresh, again, day);
        let mut rest = due.into_iter();
        let mut drawn = Vec::new();
        loop {
            while queue.lacks() > 0 {
                queue.refill(rest.by_ref().take(queue.lacks().min(2)).collect());
            }
            match queue.draw() {
                Some(entry) => drawn.push(entry),
                None => return drawn,
            }
        }
    }

    #[test]
    fn the_greatest_claim_comes_first_and_ties_are_mixed() {
        let cards = [("on-time", 6, 6), ("twice", 12, 6), ("short", 2, 1), ("late", 19, 15)]
            .map(|(id, elapsed, interval)| due(id, "d", elapsed, interval))
            .to_vec();
        assert_eq!(ids(&plan(cards, NewCards::default(), None, Horizon::default())), "short twice late on-time");
        let cards = ["a", "b", "c", "d"].map(|id| due(id, if id < "c" { "x" } else { "y" }, 1, 1)).to_vec();
        let others = vec![new("n1", "x", Kind::Open), new("n2", "x", Kind::Ask), new("n3", "y", Kind::Open)];
        let fresh = NewCards::listed(Vec::new(), others, Vec::new());
        // New cards are not mixed.
        assert_eq!(ids(&plan(cards, fresh, None, Horizon::default())), "a c b d n1 n2 n3");
    }

    #[test]
    fn the_order_of_a_day() {
        let horizon = Horizon::new(vec![TODAY, TODAY.plus(9)], DaysOff::default());
        let with = |scope, entry| Entry { scope: Scope(scope), ..entry };
        let mut brought = due("brought", "d", 1, 9);
        brought.state.brought = Some(TODAY);
        brought.due = Some(TODAY);
        let grade = |n| Some((StudyDay(TODAY.0 - 3), Grade::new(n).unwrap()));
        let shaky = |id, weight| {
            let mut entry = Entry { weight, ..with(0b01, due(id, "d", 3, 60)) };
            (entry.state.latest, entry.due) = (grade(3), Some(TODAY));
            entry
        };
        let mut cards = vec![due("outside", "d", 9, 1), with(0b10, due("inside", "d", 1, 1)), brought];
        cards.extend([shaky("light", 1), shaky("heavy", 3)]);
        for (id, time) in [("again-late", 7), ("again-early", 3)] {
            let mut entry = due(id, "d", 0, 1);
            (entry.state.latest, entry.state.failed_at) = (Some((TODAY, Grade::new(2).unwrap())), Some(time));
            cards.push(entry);
        }
        let one = |id| vec![new(id, "d", Kind::Open)];
        let fresh = NewCards::listed(one("quota"), one("other"), one("last"));
        let all = "brought quota heavy light inside outside other again-early again-late last";
        let cases = [
            (None, all),
            (Some(5), "brought quota heavy light inside again-early again-late"),
            (Some(1), "quota again-early again-late"),
            (Some(0), "again-early again-late"),
        ];
        for (most, expected) in cases {
            let found = plan(cards.clone(), fresh.clone(), most, horizon.clone());
            assert_eq!(ids(&found), expected, "{most:?}");
        }
    }
}
