//! What is asked today, in what order, and why.
//!
//! Due cards come first, the most overdue for its interval before the others; then new ones, up to the day's limit, one
//! deck after the other. Cards that tie are mixed, so that neither deck nor kind repeats where it need not.
//!
//! Not here: where entries come from, and what a session does with them.

use std::cmp::{Ordering, Reverse};
use std::collections::VecDeque;

use crate::clock::StudyDay;
use crate::deck::{Card, CardId, Interview, Kind};
use crate::diagnostic::Span;
use crate::history::CardState;
use crate::schedule::{Grade, Memory};

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
    /// How many other angles it has.
    pub variants: usize,
    /// Seconds for the spoken answer.
    pub limit: u32,
    /// Whether the file says `suspended = true`.
    pub suspended_in_file: bool,
    /// What the log says.
    pub state: CardState,
}

/// How many good answers in a row make a card ready.
pub const READY: u32 = 3;

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
    /// The bytes of its block in the file; empty where only the whole file tells.
    pub block: Span,
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

/// Why a card is asked today, or is not; the day's limits are another matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is in no deck.
    Absent,
    /// Its file says `suspended = true`.
    SuspendedInFile,
    /// It was suspended by `suspend`.
    Suspended,
    /// It would be asked, but is hidden until the next study day.
    Buried,
    /// It was graded below 4 today, and is asked again until it gets a 4.
    Again(Grade),
    /// It is due, since this study day.
    Due(StudyDay),
    /// It was never reviewed.
    New,
    /// It is not due until this study day.
    Learned(StudyDay),
}

impl Standing {
    /// The word in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Standing::Absent => "absent",
            Standing::SuspendedInFile => "suspended-in-file",
            Standing::Suspended => "suspended",
            Standing::Buried => "buried",
            Standing::Again(_) => "again",
            Standing::Due(_) => "due",
            Standing::New => "new",
            Standing::Learned(_) => "learned",
        }
    }
}

impl Entry {
    /// Why it is asked today, or is not.
    pub fn standing(&self, today: StudyDay) -> Standing {
        let due = self.state.due();
        match (self.status(today), due) {
            (Status::Absent, _) => Standing::Absent,
            (Status::Suspended, _) if self.suspended_in_file => Standing::SuspendedInFile,
            (Status::Suspended, _) => Standing::Suspended,
            (Status::Learned, Some(due)) => Standing::Learned(due),
            _ if !self.askable(today) => Standing::Buried,
            (Status::Due, Some(due)) if due <= today => Standing::Due(due),
            (Status::Due, _) => self.state.latest.map_or(Standing::New, |(_, grade)| Standing::Again(grade)),
            (Status::New | Status::Learned, _) => Standing::New,
        }
    }

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

    /// Whether it is ready for the day: so many good answers in a row, and every angle met at least once.
    pub fn ready(&self) -> bool {
        self.place.is_some() && self.state.streak >= READY && self.met() == self.angles()
    }

    /// How many angles it has: its prompt and its variants.
    pub fn angles(&self) -> usize {
        1 + self.variants
    }

    /// How many of its angles were met; they come in rotation.
    pub fn met(&self) -> usize {
        self.angles().min(self.state.reviews as usize)
    }

    /// Whether it must be ready by the day of an interview that stands in `file`: it stands there, too, or in one of the
    /// decks the interview names, or has one of its tags; where it names none, its round fits.
    pub fn in_scope(&self, interview: &Interview, file: &str) -> bool {
        let Some(place) = &self.place else { return false };
        let Interview { decks, tags, round, .. } = interview;
        let fits = || round.is_none_or(|round| self.comes_in(round));
        place.file == file
            || decks.iter().any(|deck| is_deck(deck, &place.file, &place.deck))
            || tags.iter().any(|tag| self.tags.contains(tag))
            || decks.is_empty() && tags.is_empty() && fits()
    }

    /// Whether it may come in one of these rounds of interview; in any if there are none.
    pub fn comes_in_any(&self, rounds: &[i64]) -> bool {
        rounds.is_empty() || rounds.iter().any(|&round| self.comes_in(round))
    }

    fn comes_in(&self, round: i64) -> bool {
        self.round.is_empty() || self.round.contains(&round)
    }

    /// Seconds one review is likely to take.
    pub fn seconds(&self) -> u64 {
        likely_seconds(&self.state, self.limit)
    }

    fn deck(&self) -> &str {
        self.place.as_ref().map_or("", |place| &place.deck)
    }
}

/// Seconds one review is likely to take: the mean of those measured, else the card's limit.
pub fn likely_seconds(state: &CardState, limit: u32) -> u64 {
    match u64::from(state.spoken) {
        0 => u64::from(limit),
        reviews => state.spoken_ms / reviews / 1000,
    }
}

/// A story that can be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tale {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// Competencies it gives evidence of.
    pub shows: Vec<String>,
    /// How often it was told at an interview.
    pub told: u32,
    /// How often it was rehearsed.
    pub rehearsed: u32,
}

/// Whether a card asks for behaviour, and says which stories fit: by their ids, or by what they show.
pub fn wants_tales(card: &Card) -> bool {
    matches!(card.kind, Kind::Story | Kind::Open) && !(card.stories.is_empty() && card.shows.is_empty())
}

/// The stories that fit a card, the least told first, then the least rehearsed; of equals, those it names come first. A
/// story that is rehearsed itself wants no other.
pub fn fitting(card: &Card, tales: &[Tale]) -> Vec<Tale> {
    let named = |tale: &Tale| card.stories.contains(&tale.id);
    let shows = |tale: &Tale| {
        let same = |a: &str, b: &str| a.trim().to_lowercase() == b.trim().to_lowercase();
        tale.shows.iter().any(|shown| card.shows.iter().any(|wanted| same(shown, wanted)))
    };
    let is_story = tales.iter().any(|tale| tale.id == card.id.as_str());
    let fits = |tale: &&Tale| wants_tales(card) && !is_story && (named(tale) || shows(tale));
    let mut fitting: Vec<Tale> = tales.iter().filter(fits).cloned().collect();
    fitting.sort_by_key(|tale| (tale.told, tale.rehearsed, !named(tale)));
    fitting
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
    /// Whether it takes every card.
    pub fn is_empty(&self) -> bool {
        self.decks.is_empty() && self.tags.is_empty() && self.kinds.is_empty() && self.round.is_none()
    }

    /// Whether a card is among them.
    pub fn takes(&self, entry: &Entry) -> bool {
        let any = |wanted: &[String], has: &dyn Fn(&str) -> bool| wanted.is_empty() || wanted.iter().any(|w| has(w));
        any(&self.decks, &|deck| entry.place.as_ref().is_some_and(|place| is_deck(deck, &place.file, &place.deck)))
            && any(&self.tags, &|tag| entry.tags.iter().any(|own| own == tag))
            && (self.kinds.is_empty() || self.kinds.contains(&entry.kind))
            && self.round.is_none_or(|round| entry.comes_in(round))
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

impl Limits {
    /// No limit.
    pub const NONE: Limits = Limits { new: usize::MAX, cards: None };

    /// How many of the cards that are due may be asked, and how many new ones besides.
    fn share(self, due: usize) -> (usize, usize) {
        let due = self.cards.map_or(due, |cards| cards.min(due));
        (due, self.cards.map_or(self.new, |cards| self.new.min(cards - due)))
    }
}

/// What is asked, in order: due cards, then new ones, then those failed today. Of due cards only a window is here, which
/// whoever holds the rest refills, so that the first prompt does not wait for the last card.
#[derive(Debug)]
pub struct Queue {
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
    pub fn new(due: usize, fresh: Vec<Entry>, mut again: Vec<Entry>, limits: Limits, today: StudyDay) -> Self {
        let (due, new) = limits.share(due);
        let mut fresh = VecDeque::from(fresh);
        fresh.truncate(new);
        again.sort_by(|a, b| claim(a, b, today));
        Queue { today, window: VecDeque::new(), due, fresh, again: again.into(), last: None }
    }

    /// How many new cards fit beside so many due ones.
    pub fn room(limits: Limits, due: usize) -> usize {
        limits.share(due).1
    }

    /// Due cards still to ask, those to repeat today included; and new ones.
    pub fn counts(&self) -> (usize, usize) {
        (self.due + self.again.len(), self.fresh.len())
    }

    /// Due cards still to ask, without those to repeat today.
    pub fn due(&self) -> usize {
        self.due
    }

    /// How many cards are left.
    pub fn len(&self) -> usize {
        self.due + self.again.len() + self.fresh.len()
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Seconds that the new cards and those to repeat are likely to take.
    pub fn seconds(&self) -> u64 {
        self.fresh.iter().chain(&self.again).map(Entry::seconds).sum()
    }

    /// How many due cards the window lacks before the next can be drawn; 0 if it lacks none.
    pub fn lacks(&self) -> usize {
        let wanted = self.due.min(REACH + 1);
        if self.window.len() >= wanted { 0 } else { (self.due - self.window.len()).min(2 * REACH) }
    }

    /// Refills the window with the next due cards, the most overdue first. None means that there are no more.
    pub fn refill(&mut self, entries: Vec<Entry>) {
        if entries.is_empty() {
            self.due = self.window.len();
        }
        self.window.extend(entries);
    }

    /// Draws the next card. The window must not lack any.
    pub fn draw(&mut self) -> Option<Entry> {
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

/// Whether an entry was already counted today: failed today, to be repeated, and not due by its day.
pub fn again_today(entry: &Entry, today: StudyDay) -> bool {
    entry.state.unsettled(today) && entry.state.due().is_none_or(|due| due > today)
}

/// The order of due cards: the most overdue first, then by id.
pub fn claim(a: &Entry, b: &Entry, today: StudyDay) -> Ordering {
    overdue(&a.state.memory, &b.state.memory, today).then_with(|| a.card.cmp(&b.card))
}

/// The most overdue first: elapsed days over interval, compared exactly; then the shorter interval. A card that is due by
/// request and was never reviewed comes before all.
pub fn overdue(a: &Memory, b: &Memory, today: StudyDay) -> Ordering {
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
        let (again, mut due): (Vec<Entry>, Vec<Entry>) =
            due.into_iter().filter(|entry| entry.askable(TODAY)).partition(|entry| again_today(entry, TODAY));
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

    #[test]
    fn stories_fit_by_name_or_by_what_they_show_and_the_least_told_comes_first() {
        let tale = |id: &str, shows: &[&str], told| {
            let shows = shows.iter().map(ToString::to_string).collect();
            Tale { id: id.into(), title: id.into(), shows, told, rehearsed: if id == "a" { 0 } else { 3 } }
        };
        let tales = [
            tale("a", &["People"], 2),
            tale("b", &["Change"], 0),
            tale("c", &[], 1),
            tale("d", &["people "], 1),
            tale("told", &["People"], 0),
        ];
        let cases = [
            ("kind = \"story\"\nshows = [\"people\"]", "told d a"),
            ("shows = [\"People\"]\nstories = [\"c\", \"a\"]", "told c d a"),
            ("stories = [\"b\"]", "b"),
            ("kind = \"motive\"\nshows = [\"People\"]", ""),
            ("", ""),
        ];
        for (keys, expected) in cases {
            let text = format!("[[card]]\nid = \"self\"\nprompt = \"P\"\n{keys}\n");
            let card = crate::deck::parse(&crate::diagnostic::Source::new("d.toml", text), &[]).0.cards.remove(0);
            let ids: Vec<String> = fitting(&card, &tales).into_iter().map(|tale| tale.id).collect();
            assert_eq!(ids.join(" "), expected, "{keys}");
        }
        let text = "[[story]]\nid = \"told\"\ntitle = \"T\"\nshows = [\"People\"]\n";
        let story =
            crate::deck::parse(&crate::diagnostic::Source::new("d.toml", text.to_owned()), &[]).0.cards.remove(0);
        assert_eq!(fitting(&story, &tales), []);
    }
}
