//! What is asked today, in what order, and why.
//!
//! Due cards come first, the most overdue for its interval before the others; then new ones, up to the day's limit, one
//! deck after the other. Cards that tie are mixed, so that neither deck nor kind repeats where it need not.
//!
//! Not here: where entries come from, and what a session does with them.

use std::cmp::Ordering;

use crate::clock::StudyDay;
use crate::deck::{CardId, Kind};
use crate::history::CardState;

/// A card as the collection knows it: where it stands, and what the log says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its id, after renames.
    pub card: CardId,
    /// Where it stands; `None` for a card with history that is in no deck.
    pub place: Option<Place>,
    /// What is asked.
    pub prompt: String,
    /// What sort of answer is wanted.
    pub kind: Kind,
    /// Labels.
    pub tags: Vec<String>,
    /// Rounds of interview in which it may come; empty means every round.
    pub round: Vec<i64>,
    /// Seconds for the spoken answer.
    pub limit: u32,
    /// Whether the file says `suspended = true`.
    pub suspended_in_file: bool,
    /// What the log says.
    pub state: CardState,
}

/// Where a card stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Path relative to the collection.
    pub file: String,
    /// Line of the card's header.
    pub line: usize,
    /// The deck's name.
    pub deck: String,
    /// Its number among the cards of the file, from 0.
    pub ordinal: usize,
}

/// How a card stands today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Never reviewed.
    New,
    /// Due, or failed today and not yet answered well.
    Due,
    /// Not due yet.
    Learned,
    /// Not asked, by the file or by `suspend`.
    Suspended,
    /// In no deck.
    Absent,
}

impl Status {
    /// The word in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Status::New => "new",
            Status::Due => "due",
            Status::Learned => "learned",
            Status::Suspended => "suspended",
            Status::Absent => "absent",
        }
    }
}

impl Entry {
    /// How it stands today.
    pub fn status(&self, today: StudyDay) -> Status {
        if self.place.is_none() {
            Status::Absent
        } else if self.suspended_in_file || self.state.suspended {
            Status::Suspended
        } else if self.state.is_due(today) {
            Status::Due
        } else if self.state.due().is_none() {
            Status::New
        } else {
            Status::Learned
        }
    }

    /// Whether it may be asked today at all.
    pub fn askable(&self, today: StudyDay) -> bool {
        self.place.is_some() && !self.suspended_in_file && !self.state.suspended && self.state.buried != Some(today)
    }

    /// Seconds one review is likely to take: the mean of those measured, else the card's limit.
    pub fn seconds(&self) -> u64 {
        match u64::from(self.state.spoken) {
            0 => u64::from(self.limit),
            reviews => self.state.spoken_ms / reviews / 1000,
        }
    }

    fn deck(&self) -> &str {
        self.place.as_ref().map_or("", |place| &place.deck)
    }
}

/// Which cards a session is about; empty means all.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Decks, by name, path, or path without `.toml`.
    pub decks: Vec<String>,
    /// Any of these tags.
    pub tags: Vec<String>,
    /// Any of these kinds.
    pub kinds: Vec<Kind>,
    /// This round.
    pub round: Option<i64>,
}

impl Filter {
    /// Whether a card is among them.
    pub fn takes(&self, entry: &Entry) -> bool {
        let any = |wanted: &[String], has: &dyn Fn(&str) -> bool| wanted.is_empty() || wanted.iter().any(|w| has(w));
        any(&self.decks, &|deck| entry.place.as_ref().is_some_and(|place| is_deck(deck, &place.file, &place.deck)))
            && any(&self.tags, &|tag| entry.tags.iter().any(|own| own == tag))
            && (self.kinds.is_empty() || self.kinds.contains(&entry.kind))
            && self.round.is_none_or(|round| entry.round.is_empty() || entry.round.contains(&round))
    }
}

/// Whether a word names a deck: its title, its path, its path without `.toml`, or a folder above it.
pub fn is_deck(word: &str, path: &str, title: &str) -> bool {
    let word = word.trim_start_matches("./").trim_end_matches('/');
    let bare = path.strip_suffix(".toml").unwrap_or(path);
    word == title
        || word == path
        || word == bare
        || word == crate::deck::stem(path)
        || path.strip_prefix(word).is_some_and(|rest| rest.starts_with('/'))
}

/// How many cards a day or a session may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// New cards that are left.
    pub new: usize,
    /// Cards that are left, new ones included; repeats of a card failed today are not counted.
    pub cards: Option<usize>,
}

/// Orders what is due and what is new, within the limits. `fresh` are the new cards in the order of their decks.
pub fn plan(due: Vec<Entry>, fresh: Vec<Entry>, limits: Limits, today: StudyDay) -> Vec<Entry> {
    let (mut again, mut due): (Vec<Entry>, Vec<Entry>) =
        due.into_iter().filter(|entry| entry.askable(today)).partition(|entry| again_today(entry, today));
    sort_due(&mut due, today);
    sort_due(&mut again, today);
    due.truncate(limits.cards.unwrap_or(usize::MAX));
    let room = limits.cards.map_or(usize::MAX, |cards| cards - due.len());
    let mut fresh: Vec<Entry> = fresh.into_iter().filter(|entry| entry.askable(today)).collect();
    fresh.truncate(limits.new.min(room));
    let mut queue = due;
    let last = queue.last().map(|entry| (entry.deck().to_owned(), entry.kind));
    queue.extend(mix(fresh, last));
    queue.extend(again);
    queue
}

/// Whether it was already counted today: failed today, to be repeated.
fn again_today(entry: &Entry, today: StudyDay) -> bool {
    entry.state.unsettled(today) && entry.state.due().is_none_or(|due| due > today)
}

/// The most overdue first: elapsed days over interval, compared exactly; then the shorter interval, then the id. Runs of
/// cards that tie in the first two are mixed.
fn sort_due(due: &mut Vec<Entry>, today: StudyDay) {
    due.sort_by(|a, b| overdue(a, b, today).then_with(|| a.card.cmp(&b.card)));
    let mut sorted = Vec::with_capacity(due.len());
    let mut rest = std::mem::take(due).into_iter().peekable();
    while let Some(first) = rest.next() {
        let mut run = vec![first];
        while let Some(next) = rest.next_if(|next| overdue(&run[0], next, today) == Ordering::Equal) {
            run.push(next);
        }
        let last = sorted.last().map(|entry: &Entry| (entry.deck().to_owned(), entry.kind));
        sorted.extend(mix(run, last));
    }
    *due = sorted;
}

fn overdue(a: &Entry, b: &Entry, today: StudyDay) -> Ordering {
    let parts = |entry: &Entry| {
        let elapsed = entry.state.memory.last.map_or(i64::MAX / 2, |last| today.since(last));
        (i128::from(elapsed), i128::from(entry.state.memory.interval.max(1)))
    };
    let ((elapsed_a, interval_a), (elapsed_b, interval_b)) = (parts(a), parts(b));
    (elapsed_b * interval_a).cmp(&(elapsed_a * interval_b)).then(interval_a.cmp(&interval_b))
}

/// Mixes cards of equal claim: decks take turns, and within what that allows kinds change. Keeps the order otherwise.
fn mix(entries: Vec<Entry>, last: Option<(String, Kind)>) -> Vec<Entry> {
    // How far ahead a card may be drawn: enough to change deck, and linear whatever the length of the run.
    const REACH: usize = 64;
    let mut waiting: Vec<Entry> = entries.into_iter().rev().collect();
    let mut mixed: Vec<Entry> = Vec::with_capacity(waiting.len());
    let mut last = last;
    while !waiting.is_empty() {
        let ahead = waiting.iter().rev().take(REACH).enumerate();
        let cost = |entry: &Entry| match &last {
            Some((deck, kind)) => 2 * usize::from(entry.deck() == deck) + usize::from(entry.kind == *kind),
            None => 0,
        };
        let pick = ahead.min_by_key(|(n, entry)| (cost(entry), *n)).map_or(0, |(n, _)| n);
        let entry = waiting.remove(waiting.len() - 1 - pick);
        last = Some((entry.deck().to_owned(), entry.kind));
        mixed.push(entry);
    }
    mixed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::{Grade, Memory};

    const TODAY: StudyDay = StudyDay(1000);

    fn entry(id: &str, deck: &str, kind: Kind) -> Entry {
        let place = Place { file: format!("{deck}.toml"), line: 1, deck: deck.into(), ordinal: 0 };
        Entry {
            card: CardId::parse(id).unwrap(),
            place: Some(place),
            prompt: id.into(),
            kind,
            tags: vec![format!("tag-{id}")],
            round: Vec::new(),
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

    const ALL: Limits = Limits { new: usize::MAX, cards: None };

    #[test]
    fn the_most_overdue_first_compared_exactly() {
        let cards = vec![
            due("on-time", "d", 6, 6),
            due("twice", "d", 12, 6),
            due("short", "d", 2, 1),
            due("late", "d", 19, 15),
        ];
        assert_eq!(ids(&plan(cards, Vec::new(), ALL, TODAY)), "short twice late on-time");
        let near = vec![due("b", "d", 1_000_001, 1_000_000), due("a", "d", 1_000_000, 999_999)];
        assert_eq!(ids(&plan(near, Vec::new(), ALL, TODAY)), "a b");
    }

    #[test]
    fn ties_are_mixed_by_deck_and_kind_and_new_cards_follow() {
        let cards = ["a", "b", "c", "d"].map(|id| due(id, if id < "c" { "x" } else { "y" }, 1, 1)).to_vec();
        let fresh = vec![entry("n1", "x", Kind::Open), entry("n2", "x", Kind::Ask), entry("n3", "y", Kind::Open)];
        assert_eq!(ids(&plan(cards, fresh, ALL, TODAY)), "a c b d n2 n3 n1");
    }

    #[test]
    fn limits_count_cards_but_not_repeats_of_today() {
        let mut again = due("again", "x", 0, 1);
        again.state.latest = Some((TODAY, Grade::new(2).unwrap()));
        let cards = vec![due("a", "x", 1, 1), due("b", "y", 1, 1), again];
        let fresh = vec![entry("n1", "x", Kind::Open), entry("n2", "y", Kind::Open)];
        let limits = |new, cards| Limits { new, cards };
        let cases = [
            (ALL, "a b n1 n2 again"),
            (limits(1, None), "a b n1 again"),
            (limits(0, None), "a b again"),
            (limits(5, Some(3)), "a b n1 again"),
            (limits(5, Some(1)), "a again"),
            (limits(5, Some(0)), "again"),
        ];
        for (limits, expected) in cases {
            assert_eq!(ids(&plan(cards.clone(), fresh.clone(), limits, TODAY)), expected, "{limits:?}");
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
        assert_eq!(ids(&plan(cards.clone(), Vec::new(), ALL, TODAY)), "e");
        let words: Vec<&str> = cards.iter().map(|card| card.status(TODAY).word()).collect();
        assert_eq!(words, ["suspended", "suspended", "due", "absent", "due"]);
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
}
