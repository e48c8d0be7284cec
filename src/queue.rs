//! What is asked today, and in what order.
//!
//! Due cards come first, the most overdue for its interval before the others; then new ones, up to the day's limit, one
//! deck after the other. Cards that tie are mixed, so that neither deck nor kind repeats where it need not.
//!
//! Not here: where entries come from, and what a session does with them.

use std::cmp::{Ordering, Reverse};
use std::collections::VecDeque;

use crate::clock::StudyDay;
use crate::deck::Kind;
use crate::entry::{Entry, is_deck};
use crate::schedule::Memory;

/// Which cards a session is about; empty means all.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Decks, by name, path, or path without `.toml`.
    pub decks: Vec<String>,
    /// Any of these tags.
    pub tags: Vec<String>,
    /// Any of these kinds.
    pub kinds: Vec<Kind>,
    pub round: Option<i64>,
}

impl Filter {
    /// Whether it takes every card.
    pub(crate) fn is_empty(&self) -> bool {
        self.decks.is_empty() && self.tags.is_empty() && self.kinds.is_empty() && self.round.is_none()
    }

    /// Whether a card is among them.
    pub(crate) fn takes(&self, entry: &Entry) -> bool {
        let any = |wanted: &[String], has: &dyn Fn(&str) -> bool| wanted.is_empty() || wanted.iter().any(|w| has(w));
        any(&self.decks, &|deck| entry.place.as_ref().is_some_and(|place| is_deck(deck, &place.file, &place.deck)))
            && any(&self.tags, &|tag| entry.tags.iter().any(|own| own == tag))
            && (self.kinds.is_empty() || self.kinds.contains(&entry.kind))
            && self.round.is_none_or(|round| entry.comes_in(round))
    }
}

/// How many cards a day or a session may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    /// New cards that are left.
    pub(crate) new: usize,
    /// Cards that are left, new ones included; repeats of a card failed today are not counted.
    pub(crate) cards: Option<usize>,
}

impl Limits {
    pub(crate) const NONE: Limits = Limits { new: usize::MAX, cards: None };

    /// How many of the cards that are due may be asked, and how many new ones besides.
    fn share(self, due: usize) -> (usize, usize) {
        let due = self.cards.map_or(due, |cards| cards.min(due));
        (due, self.cards.map_or(self.new, |cards| self.new.min(cards - due)))
    }
}

/// What is asked, in order: due cards, then new ones, then those failed today. Of due cards only a window is here, which
/// whoever holds the rest refills, so that the first prompt does not wait for the last card.
#[derive(Debug)]
pub(crate) struct Queue {
    today: StudyDay,
    /// The most overdue of those not yet asked.
    window: VecDeque<Entry>,
    /// Due cards not yet asked, those in the window included.
    due: usize,
    fresh: VecDeque<Entry>,
    again: VecDeque<Entry>,
    /// Deck and kind of the card asked last.
    last: Option<(String, Kind)>,
}

/// How far ahead a card may be drawn to change deck or kind.
const REACH: usize = 32;

impl Queue {
    /// A queue of so many due cards, of which none is here yet, of new cards in the order of their decks, and of cards
    /// failed today; within the limits.
    pub(crate) fn new(due: usize, fresh: Vec<Entry>, mut again: Vec<Entry>, limits: Limits, today: StudyDay) -> Self {
        let (due, new) = limits.share(due);
        let mut fresh = VecDeque::from(fresh);
        fresh.truncate(new);
        again.sort_by(|a, b| claim(a, b, today));
        Queue { today, window: VecDeque::new(), due, fresh, again: again.into(), last: None }
    }

    /// How many new cards fit beside so many due ones.
    pub(crate) fn room(limits: Limits, due: usize) -> usize {
        limits.share(due).1
    }

    /// Due cards still to ask, those to repeat today included; and new ones.
    pub(crate) fn counts(&self) -> (usize, usize) {
        (self.due + self.again.len(), self.fresh.len())
    }

    /// Due cards still to ask, without those to repeat today.
    pub(crate) fn due(&self) -> usize {
        self.due
    }

    /// How many cards are left.
    pub(crate) fn len(&self) -> usize {
        self.due + self.again.len() + self.fresh.len()
    }

    /// Whether nothing is left.
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Seconds that the new cards and those to repeat are likely to take.
    pub(crate) fn seconds(&self) -> u64 {
        self.fresh.iter().chain(&self.again).map(Entry::seconds).sum()
    }

    /// How many due cards the window lacks before the next can be drawn; 0 if it lacks none.
    pub(crate) fn lacks(&self) -> usize {
        let wanted = self.due.min(REACH + 1);
        if self.window.len() >= wanted { 0 } else { (self.due - self.window.len()).min(2 * REACH) }
    }

    /// Refills the window with the next due cards, the most overdue first. None means that there are no more.
    pub(crate) fn refill(&mut self, entries: Vec<Entry>) {
        if entries.is_empty() {
            self.due = self.window.len();
        }
        self.window.extend(entries);
    }

    /// Draws the next card. The window must not lack any.
    pub(crate) fn draw(&mut self) -> Option<Entry> {
        let today = self.today;
        let tie = |a: &Entry, b: &Entry| overdue(&a.state.memory, &b.state.memory, today) == Ordering::Equal;
        if self.due > 0
            && let Some(entry) = draw(&mut self.window, &mut self.last, tie)
        {
            self.due -= 1;
            return Some(entry);
        }
        draw(&mut self.fresh, &mut self.last, |_, _| true).or_else(|| draw(&mut self.again, &mut self.last, tie))
    }
}

/// Draws, of the cards that tie with the first, one of another deck than the last (of those, of the deck with most cards
/// waiting, so that decks take turns to the end), and of another kind where there is still a choice.
fn draw(
    waiting: &mut VecDeque<Entry>,
    last: &mut Option<(String, Kind)>,
    tie: impl Fn(&Entry, &Entry) -> bool,
) -> Option<Entry> {
    let first = waiting.front()?;
    let equals = waiting.iter().take(REACH).take_while(|entry| tie(first, entry));
    // By deck, and within one as they wait.
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

/// The order of due cards: the most overdue first, then by id.
pub(crate) fn claim(a: &Entry, b: &Entry, today: StudyDay) -> Ordering {
    overdue(&a.state.memory, &b.state.memory, today).then_with(|| a.card.cmp(&b.card))
}

/// The most overdue first: elapsed days over interval, compared exactly; then the shorter interval. A card that is due by
/// request and was never reviewed comes before all.
pub(crate) fn overdue(a: &Memory, b: &Memory, today: StudyDay) -> Ordering {
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
    use crate::deck::CardId;
    use crate::entry::{Place, Standing};
    use crate::history::CardState;
    use crate::schedule::Grade;

    const TODAY: StudyDay = StudyDay(1000);

    fn entry(id: &str, deck: &str, kind: Kind) -> Entry {
        let place = Place { file: format!("{deck}.toml"), line: 1, deck: deck.into(), ordinal: 0, block: 0..0 };
        Entry {
            card: CardId::parse(id).unwrap(),
            place: Some(place),
            prompt: id.into(),
            kind,
            tags: vec![format!("tag-{id}")],
            round: Vec::new(),
            variants: 0,
            limit: 60,
            suspended_in_file: false,
            state: CardState::default(),
        }
    }

    fn due(id: &str, deck: &str, elapsed: i32, interval: u32) -> Entry {
        let mut entry = entry(id, deck, Kind::Open);
        entry.state.memory = Memory { interval, last: Some(StudyDay(TODAY.0 - elapsed)), repetitions: 1, ease: 2500 };
        entry
    }

    fn ids(queue: &[Entry]) -> String {
        queue.iter().map(|entry| entry.card.as_str()).collect::<Vec<_>>().join(" ")
    }

    /// Draws a whole queue, its due cards handed in a few at a time.
    fn plan(due: Vec<Entry>, fresh: Vec<Entry>, limits: Limits) -> Vec<Entry> {
        let (again, mut due): (Vec<Entry>, Vec<Entry>) = due
            .into_iter()
            .filter(|entry| entry.askable(TODAY))
            .partition(|entry| entry.state.unsettled(TODAY) && entry.state.due().is_none_or(|due| due > TODAY));
        due.sort_by(|a, b| claim(a, b, TODAY));
        let mut queue = Queue::new(due.len(), fresh, again, limits, TODAY);
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
    fn the_most_overdue_first_compared_exactly() {
        let cards = vec![
            due("on-time", "d", 6, 6),
            due("twice", "d", 12, 6),
            due("short", "d", 2, 1),
            due("late", "d", 19, 15),
        ];
        assert_eq!(ids(&plan(cards, Vec::new(), Limits::NONE)), "short twice late on-time");
        let near = vec![due("b", "d", 1_000_001, 1_000_000), due("a", "d", 1_000_000, 999_999)];
        assert_eq!(ids(&plan(near, Vec::new(), Limits::NONE)), "a b");
    }

    #[test]
    fn ties_are_mixed_by_deck_and_kind_and_new_cards_follow() {
        let cards = ["a", "b", "c", "d"].map(|id| due(id, if id < "c" { "x" } else { "y" }, 1, 1)).to_vec();
        let fresh = vec![entry("n1", "x", Kind::Open), entry("n2", "x", Kind::Ask), entry("n3", "y", Kind::Open)];
        assert_eq!(ids(&plan(cards, fresh, Limits::NONE)), "a c b d n2 n3 n1");
    }

    #[test]
    fn limits_count_cards_but_not_repeats_of_today() {
        let mut again = due("again", "x", 0, 1);
        again.state.latest = Some((TODAY, Grade::new(2).unwrap()));
        let cards = vec![due("a", "x", 1, 1), due("b", "y", 1, 1), again];
        let fresh = vec![entry("n1", "x", Kind::Open), entry("n2", "y", Kind::Open)];
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
            assert_eq!(ids(&plan(cards.clone(), fresh.clone(), limits)), expected, "{limits:?}");
        }
    }

    #[test]
    fn what_is_suspended_buried_or_absent_is_not_asked() {
        let mut cards = ["a", "b", "c", "d", "e"].map(|id| due(id, "x", 1, 1)).to_vec();
        cards[0].state.suspended = true;
        cards[1].suspended_in_file = true;
        cards[2].state.buried = Some(TODAY);
        cards[3].place = None;
        cards[4].state.buried = Some(StudyDay(TODAY.0 - 1));
        assert_eq!(ids(&plan(cards.clone(), Vec::new(), Limits::NONE)), "e");
        let words: Vec<&str> = cards.iter().map(|card| card.status(TODAY).word()).collect();
        assert_eq!(words, ["suspended", "suspended", "due", "absent", "due"]);
        let reasons: Vec<Standing> = cards.iter().map(|card| card.standing(TODAY)).collect();
        let due = Standing::Due(TODAY);
        assert_eq!(reasons, [Standing::Suspended, Standing::SuspendedInFile, Standing::Buried, Standing::Absent, due]);
    }

    #[test]
    fn a_card_stands_as_its_last_answer_and_its_day_say() {
        let grade = |n| Grade::new(n).unwrap();
        let answered = |elapsed, interval, latest| {
            let mut card = due("a", "x", elapsed, interval);
            card.state.latest = Some((TODAY, grade(latest)));
            card
        };
        let cases = [
            (entry("a", "x", Kind::Open), Standing::New),
            (due("a", "x", 3, 1), Standing::Due(StudyDay(TODAY.0 - 2))),
            (due("a", "x", 1, 3), Standing::Learned(StudyDay(TODAY.0 + 2))),
            (answered(0, 1, 3), Standing::Again(grade(3))),
            (answered(0, 1, 4), Standing::Learned(StudyDay(TODAY.0 + 1))),
        ];
        for (entry, standing) in cases {
            assert_eq!(entry.standing(TODAY), standing);
        }
    }

    #[test]
    fn decks_are_named_by_title_path_or_folder() {
        let entry = due("a", "Why this job", 1, 1);
        for (word, expected) in
            [("Why this job", true), ("Why this job.toml", true), ("why", false), ("./Why this job", true)]
        {
            let filter = Filter { decks: vec![word.into()], ..Filter::default() };
            assert_eq!(filter.takes(&entry), expected, "{word}");
        }
        assert!(is_deck("jobs", "jobs/north/why.toml", "Why") && is_deck("jobs/north/", "jobs/north/why.toml", "Why"));
        assert!(is_deck("why", "jobs/north/why.toml", "Why not") && !is_deck("job", "jobs/why.toml", "Why"));
        let filter = Filter { round: Some(2), ..Filter::default() };
        let second = Entry { round: vec![2, 3], ..entry.clone() };
        let third = Entry { round: vec![3], ..entry.clone() };
        assert_eq!([&entry, &second, &third].map(|entry| filter.takes(entry)), [true, true, false]);
    }

    #[test]
    fn ready_is_three_good_answers_in_a_row_and_every_angle_met() {
        // Streak, reviews, variants.
        let cases = [
            ((0, 0, 0), false),
            ((2, 9, 0), false),
            ((3, 3, 0), true),
            ((3, 3, 2), true),
            ((3, 3, 3), false),
            ((4, 4, 3), true),
        ];
        for ((streak, reviews, variants), ready) in cases {
            let mut card = entry("a", "d", Kind::Open);
            card.variants = variants;
            card.state = CardState { streak, reviews, ..CardState::default() };
            assert_eq!(card.ready(), ready, "{streak} {reviews} {variants}");
            assert!(!Entry { place: None, ..card }.ready());
        }
    }

    #[test]
    fn the_scope_of_an_interview() {
        // The interview's decks, tags and round; the card's file, tag and rounds.
        type Case<'a> = (&'a [&'a str], &'a [&'a str], Option<i64>, &'a str, &'a [i64], bool);
        let cases: [Case<'_>; 9] = [
            (&[], &[], None, "d", &[1], true),
            (&[], &[], Some(2), "d", &[], true),
            (&[], &[], Some(2), "d", &[1, 2], true),
            (&[], &[], Some(2), "d", &[1], false),
            (&[], &[], Some(2), "job", &[1], true),
            (&["d"], &[], Some(2), "d", &[1], true),
            (&["e"], &[], Some(2), "d", &[], false),
            (&["e"], &["tag-a"], Some(2), "d", &[], true),
            (&[], &["other"], None, "d", &[], false),
        ];
        for (decks, tags, round, file, rounds, expected) in cases {
            let source = crate::diagnostic::Source::new("job.toml", "[interview]\n");
            let mut interview = crate::deck::parse(&source, &[]).0.interview.unwrap();
            interview.decks = decks.iter().map(ToString::to_string).collect();
            interview.tags = tags.iter().map(ToString::to_string).collect();
            interview.round = round;
            let card = Entry { round: rounds.to_vec(), ..entry("a", file, Kind::Open) };
            assert_eq!(
                card.in_scope(&interview, "job.toml"),
                expected,
                "{decks:?} {tags:?} {round:?} {file} {rounds:?}"
            );
        }
    }
}
