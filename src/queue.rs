//! What is asked today, and in what order.
//!
//! Due cards come first, the most overdue for their interval before the others; then new cards, up to the day's limit, deck
//! by deck. Cards that tie are mixed, so that deck and kind don't repeat when they don't have to.
//!
//! Not here: where entries come from, and what a session does with them.

use std::cmp::{Ordering, Reverse};
use std::collections::VecDeque;

use crate::clock::StudyDay;
use crate::deck::Kind;
use crate::entry::{Entry, names_deck};
use crate::schedule::Memory;

/// Which cards a session asks; an empty field means all.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    /// Names of decks as [`names_deck`] reads them.
    pub decks: Vec<String>,
    pub tags: Vec<String>,
    pub kinds: Vec<Kind>,
    pub round: Option<i64>,
}

impl Filter {
    pub(crate) fn is_empty(&self) -> bool {
        self.decks.is_empty() && self.tags.is_empty() && self.kinds.is_empty() && self.round.is_none()
    }

    pub(crate) fn selects(&self, entry: &Entry) -> bool {
        let any = |wanted: &[String], has: &dyn Fn(&str) -> bool| wanted.is_empty() || wanted.iter().any(|w| has(w));
        any(&self.decks, &|deck| entry.place.as_ref().is_some_and(|place| names_deck(deck, &place.file, &place.deck)))
            && any(&self.tags, &|tag| entry.tags.iter().any(|own| own == tag))
            && (self.kinds.is_empty() || self.kinds.contains(&entry.kind))
            && self.round.is_none_or(|round| entry.comes_in(round))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    /// How many more new cards may be asked.
    pub(crate) new: usize,
    /// How many more cards may be asked, new ones included, repeats of the day not.
    pub(crate) cards: Option<usize>,
}

impl Limits {
    pub(crate) const NONE: Limits = Limits { new: usize::MAX, cards: None };

    /// Returns how many of the due cards may be asked, and how many new ones in addition.
    pub(crate) fn share(self, due: usize) -> (usize, usize) {
        let due = self.cards.map_or(due, |cards| cards.min(due));
        (due, self.cards.map_or(self.new, |cards| self.new.min(cards - due)))
    }
}

/// The cards to ask, in order: due cards, new cards, then repeats of the day. It holds only a window of the due cards, which
/// the caller refills, so that the first prompt does not wait for the last card.
#[derive(Debug)]
pub(crate) struct Queue {
    today: StudyDay,
    window: VecDeque<Entry>,
    /// The number of due cards that were not asked yet, including those in the window.
    due: usize,
    new_cards: VecDeque<Entry>,
    again: VecDeque<Entry>,
    last: Option<(String, Kind)>,
}

/// How far ahead a card can be drawn to change deck or kind.
const REACH: usize = 32;

impl Queue {
    /// Makes a queue within the limits, with an empty window for `due` cards. New cards stay in their order.
    pub(crate) fn new(
        due: usize,
        new_cards: Vec<Entry>,
        mut again: Vec<Entry>,
        limits: Limits,
        today: StudyDay,
    ) -> Self {
        let (due, new) = limits.share(due);
        let mut new_cards = VecDeque::from(new_cards);
        new_cards.truncate(new);
        again.sort_by(|a, b| most_overdue_first(a, b, today));
        Queue { today, window: VecDeque::new(), due, new_cards, again: again.into(), last: None }
    }

    /// Returns the number of due cards that are left, repeats included, and of new cards.
    pub(crate) fn counts(&self) -> (usize, usize) {
        (self.due + self.again.len(), self.new_cards.len())
    }

    /// Returns the number of due cards that are left, without repeats.
    pub(crate) fn due(&self) -> usize {
        self.due
    }

    pub(crate) fn len(&self) -> usize {
        self.due + self.again.len() + self.new_cards.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the expected time for new cards and repeats, in seconds.
    pub(crate) fn seconds(&self) -> u64 {
        self.new_cards.iter().chain(&self.again).map(Entry::seconds).sum()
    }

    /// Returns how many due cards the window needs before the next card can be drawn.
    pub(crate) fn lacks(&self) -> usize {
        let wanted = self.due.min(REACH + 1);
        if self.window.len() >= wanted { 0 } else { (self.due - self.window.len()).min(2 * REACH) }
    }

    /// Refills the window with the next due cards, the most overdue first. An empty list means that there are no more.
    pub(crate) fn refill(&mut self, entries: Vec<Entry>) {
        if entries.is_empty() {
            self.due = self.window.len();
        }
        self.window.extend(entries);
    }

    /// Draws the next card. [`Queue::lacks`] must be 0.
    pub(crate) fn draw(&mut self) -> Option<Entry> {
        let today = self.today;
        let tie = |a: &Entry, b: &Entry| compare_overdue(&a.state.memory, &b.state.memory, today) == Ordering::Equal;
        if self.due > 0
            && let Some(entry) = draw(&mut self.window, &mut self.last, tie)
        {
            self.due -= 1;
            return Some(entry);
        }
        draw(&mut self.new_cards, &mut self.last, |_, _| true).or_else(|| draw(&mut self.again, &mut self.last, tie))
    }
}

/// Draws one of the cards that tie with the first: if possible from another deck than the last card, from the deck with the
/// most waiting cards, so that decks alternate to the end, and then of another kind.
fn draw(
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

pub(crate) fn most_overdue_first(a: &Entry, b: &Entry, today: StudyDay) -> Ordering {
    compare_overdue(&a.state.memory, &b.state.memory, today).then_with(|| a.card.cmp(&b.card))
}

/// Compares memories: the greater ratio of elapsed days to interval first, without rounding; then the shorter interval. A
/// card that was never reviewed and is due by request comes first.
pub(crate) fn compare_overdue(a: &Memory, b: &Memory, today: StudyDay) -> Ordering {
    let parts = |memory: &Memory| {
        let elapsed = memory.last.map_or(i64::MAX / 2, |last| today.since(last));
        (i128::from(elapsed), i128::from(memory.interval.max(1)))
    };
    let ((elapsed_a, interval_a), (elapsed_b, interval_b)) = (parts(a), parts(b));
    (elapsed_b * interval_a).cmp(&(elapsed_a * interval_b)).then(interval_a.cmp(&interval_b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::Grade;

    const TODAY: StudyDay = StudyDay(1000);

    fn due(id: &str, deck: &str, elapsed: i32, interval: u32) -> Entry {
        let mut entry = Entry::sample(id, deck, Kind::Open);
        entry.state.memory = Memory { interval, last: Some(StudyDay(TODAY.0 - elapsed)), repetitions: 1, ease: 2500 };
        entry
    }

    fn ids(queue: &[Entry]) -> String {
        queue.iter().map(|entry| entry.card.as_str()).collect::<Vec<_>>().join(" ")
    }

    /// Draws a whole queue, refilled with a few due cards at a time.
    fn plan(due: Vec<Entry>, new_cards: Vec<Entry>, limits: Limits) -> Vec<Entry> {
        let (again, mut due): (Vec<Entry>, Vec<Entry>) = due
            .into_iter()
            .filter(|entry| entry.askable(TODAY))
            .partition(|entry| entry.state.unsettled(TODAY) && entry.state.due().is_none_or(|due| due > TODAY));
        due.sort_by(|a, b| most_overdue_first(a, b, TODAY));
        let mut queue = Queue::new(due.len(), new_cards, again, limits, TODAY);
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
    fn the_most_overdue_card_comes_first_without_rounding() {
        let cards = [("on-time", 6, 6), ("twice", 12, 6), ("short", 2, 1), ("late", 19, 15)]
            .map(|(id, elapsed, interval)| due(id, "d", elapsed, interval))
            .to_vec();
        assert_eq!(ids(&plan(cards, Vec::new(), Limits::NONE)), "short twice late on-time");
        let near = vec![due("b", "d", 1_000_001, 1_000_000), due("a", "d", 1_000_000, 999_999)];
        assert_eq!(ids(&plan(near, Vec::new(), Limits::NONE)), "a b");
    }

    #[test]
    fn ties_are_mixed_by_deck_and_kind_before_new_cards() {
        let cards = ["a", "b", "c", "d"].map(|id| due(id, if id < "c" { "x" } else { "y" }, 1, 1)).to_vec();
        let new_cards = vec![
            Entry::sample("n1", "x", Kind::Open),
            Entry::sample("n2", "x", Kind::Ask),
            Entry::sample("n3", "y", Kind::Open),
        ];
        assert_eq!(ids(&plan(cards, new_cards, Limits::NONE)), "a c b d n2 n3 n1");
    }

    #[test]
    fn limits_count_cards_but_not_repeats() {
        let mut again = due("again", "x", 0, 1);
        again.state.latest = Some((TODAY, Grade::new(2).unwrap()));
        let cards = vec![due("a", "x", 1, 1), due("b", "y", 1, 1), again];
        let new_cards = vec![Entry::sample("n1", "x", Kind::Open), Entry::sample("n2", "y", Kind::Open)];
        let limits = |new, cards| Limits { new, cards };
        let cases = [
            (Limits::NONE, "a b n1 n2 again"),
            (limits(1, None), "a b n1 again"),
            (limits(0, None), "a b again"),
            (limits(5, Some(3)), "a b n1 again"),
            (limits(5, Some(1)), "a again"),
            (limits(5, Some(0)), "again"),
        ];
        for (limits, expected) in cases {
            assert_eq!(ids(&plan(cards.clone(), new_cards.clone(), limits)), expected, "{limits:?}");
        }
    }

    #[test]
    fn a_filter_selects_decks_and_rounds() {
        let entry = due("a", "Why this job", 1, 1);
        for (word, expected) in
            [("Why this job", true), ("Why this job.toml", true), ("why", false), ("./Why this job", true)]
        {
            let filter = Filter { decks: vec![word.into()], ..Filter::default() };
            assert_eq!(filter.selects(&entry), expected, "{word}");
        }
        let filter = Filter { round: Some(2), ..Filter::default() };
        let second = Entry { round: vec![2, 3], ..entry.clone() };
        let third = Entry { round: vec![3], ..entry.clone() };
        assert_eq!([&entry, &second, &third].map(|entry| filter.selects(entry)), [true, true, false]);
    }
}
