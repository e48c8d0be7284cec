//! A card with its state: where it is, what it asks, and what the log says about it.
//!
//! Not here: reading entries from the database, and the order in which they are asked.

use serde::{Deserialize, Serialize};

use crate::clock::StudyDay;
use crate::deck::{CardId, Interview, Kind};
use crate::diagnostic::Span;
use crate::history::CardState;
use crate::horizon::{Horizon, Scope};
use crate::schedule::Grade;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Its id, after renames.
    pub card: CardId,
    /// `None` for a card with history that is in no deck.
    pub place: Option<Place>,
    pub prompt: String,
    pub(crate) kind: Kind,
    pub(crate) tags: Vec<String>,
    /// The interview rounds in which it can be asked; empty means every round.
    pub(crate) round: Vec<i64>,
    pub(crate) variants: usize,
    /// The time limit in seconds.
    pub(crate) limit: u32,
    pub(crate) suspended_in_file: bool,
    /// How much the answer matters, from 1 to 3.
    pub(crate) weight: u8,
    /// The interviews to come for which it must be ready.
    pub(crate) scope: Scope,
    /// The day on which it is asked again, the cap of an interview included; `None` if it was never reviewed.
    pub(crate) due: Option<StudyDay>,
    pub state: CardState,
}

/// How many grades of 4 or 5 in a row make a card ready.
pub(crate) const READY: u32 = 3;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub file: String,
    /// The line of the card's header.
    pub(crate) line: usize,
    pub(crate) deck: String,
    /// Its number among the cards of the file, from 0.
    pub(crate) ordinal: usize,
    /// The byte range of its block in the file; empty if only parsing the whole file can tell.
    pub(crate) block: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    New,
    /// Due, or graded below 4 today.
    Due,
    Learned,
    /// Suspended by the file or by `suspend`.
    Suspended,
    Absent,
}

impl Status {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Status::New => "new",
            Status::Due => "due",
            Status::Learned => "learned",
            Status::Suspended => "suspended",
            Status::Absent => "absent",
        }
    }
}

/// Why a card is or is not asked today, apart from the limits of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Absent,
    SuspendedInFile,
    Suspended,
    /// It is hidden until the next study day.
    Buried,
    /// It was graded below 4 today, and is repeated until it gets a 4.
    Again(Grade),
    /// It has been due since this study day.
    Due(StudyDay),
    New,
    /// It is not due until this study day.
    Learned(StudyDay),
}

impl Standing {
    pub(crate) fn word(self) -> &'static str {
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

/// How an interview brings a card forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CapRule {
    /// Half of the time between the last review and the interview is over.
    Halfway,
    /// It is the last study day before the interview.
    Eve,
    /// The interview is today, and the last answer was graded below 4.
    OnTheDay,
}

impl CapRule {
    pub(crate) fn word(self) -> &'static str {
        match self {
            CapRule::Halfway => "halfway",
            CapRule::Eve => "eve",
            CapRule::OnTheDay => "day",
        }
    }
}

/// The interview that brings a card forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cap {
    /// Its number in the [`Horizon`].
    pub(crate) interview: usize,
    pub(crate) rule: CapRule,
    pub(crate) due: StudyDay,
    /// The day on which the card is due without it.
    pub(crate) plain: StudyDay,
}

impl Entry {
    /// Returns the interview that brings it forward, if one does.
    pub(crate) fn cap(&self, horizon: &Horizon, today: StudyDay) -> Option<Cap> {
        let (due, interview) = due_day(&self.state, self.scope, horizon, today)?;
        let interview = interview?;
        let date = *horizon.interviews().get(interview)?;
        let rule = match due {
            _ if date == today => CapRule::OnTheDay,
            due if due == horizon.off().last_before(date) => CapRule::Eve,
            _ => CapRule::Halfway,
        };
        Some(Cap { interview, rule, due, plain: self.state.due()? })
    }

    /// Returns the interview for which it is due today, if it would not be due without it.
    pub(crate) fn early(&self, horizon: &Horizon, today: StudyDay) -> Option<Cap> {
        let due = self.place.is_some() && !self.state.is_due(today);
        self.cap(horizon, today).filter(|cap| due && cap.due <= today)
    }

    pub(crate) fn standing(&self, today: StudyDay) -> Standing {
        let due = self.due_as_of(today);
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

    pub(crate) fn status(&self, today: StudyDay) -> Status {
        if self.place.is_none() {
            Status::Absent
        } else if self.suspended_in_file || self.state.suspended {
            Status::Suspended
        } else if self.state.unsettled(today) || self.due_as_of(today).is_some_and(|due| due <= today) {
            Status::Due
        } else if self.due.is_none() {
            Status::New
        } else {
            Status::Learned
        }
    }

    /// Returns the day on which it is asked again, as of today: at the latest today if the clock of its last review was wrong.
    pub(crate) fn due_as_of(&self, today: StudyDay) -> Option<StudyDay> {
        self.due.map(|due| if self.state.memory.is_ahead(today) { due.min(today) } else { due })
    }

    pub(crate) fn askable(&self, today: StudyDay) -> bool {
        self.place.is_some() && !self.suspended_in_file && !self.state.suspended && self.state.buried != Some(today)
    }

    /// Whether it is ready for the interview: enough good grades in a row, and every prompt was asked.
    pub(crate) fn ready(&self) -> bool {
        self.place.is_some() && self.state.streak >= READY && self.prompts_asked() == self.prompts()
    }

    pub(crate) fn prompts(&self) -> usize {
        1 + self.variants
    }

    /// Returns how many of its prompts were asked; they are asked in turn.
    pub(crate) fn prompts_asked(&self) -> usize {
        self.prompts().min(self.state.reviews as usize)
    }

    /// Whether it can be asked in one of these interview rounds; always if there are none.
    pub(crate) fn comes_in_any(&self, rounds: &[i64]) -> bool {
        rounds.is_empty() || rounds.iter().any(|&round| self.comes_in(round))
    }

    pub(crate) fn comes_in(&self, round: i64) -> bool {
        self.round.is_empty() || self.round.contains(&round)
    }

    pub(crate) fn seconds(&self) -> u64 {
        likely_seconds(&self.state, self.limit)
    }

    pub(crate) fn deck(&self) -> &str {
        self.place.as_ref().map_or("", |place| &place.deck)
    }
}

/// What decides whether a card is in scope for an interview.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ScopedCard<'a> {
    pub(crate) file: &'a str,
    pub(crate) deck: &'a str,
    pub(crate) tags: &'a [String],
    pub(crate) round: &'a [i64],
}

impl<'a> ScopedCard<'a> {
    /// Returns `None` for a card that is in no deck.
    pub(crate) fn of_entry(entry: &'a Entry) -> Option<Self> {
        let place = entry.place.as_ref()?;
        Some(ScopedCard { file: &place.file, deck: &place.deck, tags: &entry.tags, round: &entry.round })
    }
}

/// What decides which cards are in scope for an interview.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct InterviewScope {
    pub(crate) interview: Interview,
    /// The file that the interview is in.
    pub(crate) file: String,
    /// The debriefs of earlier rounds with the same company, by their files.
    pub(crate) debriefs: Vec<String>,
}

impl InterviewScope {
    /// Whether a card must be ready for the interview: its round fits, and it is in the same file, in a debrief of an earlier
    /// round, in one of the decks that the interview names, or has one of its tags; every card does if the interview names
    /// neither.
    pub(crate) fn contains(&self, card: &ScopedCard<'_>) -> bool {
        let Interview { decks, tags, round, .. } = &self.interview;
        let fits = round.is_none_or(|round| card.round.is_empty() || card.round.contains(&round));
        fits && (decks.is_empty() && tags.is_empty()
            || card.file == self.file
            || self.debriefs.iter().any(|file| file == card.file)
            || decks.iter().any(|deck| names_deck(deck, card.file, card.deck))
            || tags.iter().any(|tag| card.tags.contains(tag)))
    }
}

/// Returns the day on which a card is asked again, and the interview that brings it forward, if one does. On the day of an
/// interview, what was last graded below 4 is offered once more.
pub(crate) fn due_day(
    state: &CardState,
    scope: Scope,
    horizon: &Horizon,
    today: StudyDay,
) -> Option<(StudyDay, Option<usize>)> {
    let own = state.due()?;
    let Some(last) = state.memory.last.filter(|_| !scope.is_empty()) else { return Some((own, None)) };
    let shaky = state.latest.is_some_and(|(day, grade)| !grade.settles() && day < today);
    match horizon.today(scope, today) {
        Some(interview) if shaky && own > today => Some((today, Some(interview))),
        _ => Some(horizon.due(own, last, scope, today)),
    }
}

/// Returns the expected time of one review in seconds: the mean of the measured ones, or the card's limit.
pub(crate) fn likely_seconds(state: &CardState, limit: u32) -> u64 {
    match u64::from(state.spoken) {
        0 => u64::from(limit),
        reviews => state.spoken_ms / reviews / 1000,
    }
}

/// Returns what a review without a time counts as, in milliseconds: the card's own mean, or half its limit.
pub(crate) fn assumed_ms(state: &CardState, limit: u32) -> u64 {
    match u64::from(state.spoken) {
        0 => u64::from(limit) * 500,
        reviews => state.spoken_ms / reviews,
    }
}

/// Whether a word names a deck: its title, its path (also without `.toml`), its file name, or a folder above it.
pub(crate) fn names_deck(word: &str, path: &str, title: &str) -> bool {
    let word = word.trim_start_matches("./").trim_end_matches('/');
    let bare = path.strip_suffix(".toml").unwrap_or(path);
    word == title
        || word == path
        || word == bare
        || word == crate::deck::stem(path)
        || path.strip_prefix(word).is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
impl Entry {
    pub(crate) fn sample(id: &str, deck: &str, kind: Kind) -> Entry {
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
            weight: 1,
            scope: Scope::NONE,
            due: None,
            state: CardState::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::Memory;
    use proptest::prelude::*;

    const TODAY: StudyDay = StudyDay(1000);

    fn due(id: &str, elapsed: i32, interval: u32) -> Entry {
        let mut entry = Entry::sample(id, "x", Kind::Open);
        entry.state.memory = Memory { interval, last: Some(StudyDay(TODAY.0 - elapsed)), repetitions: 1, ease: 2500 };
        entry.due = entry.state.due();
        entry
    }

    #[test]
    fn suspended_buried_and_absent_cards_are_not_asked() {
        let mut cards = ["a", "b", "c", "d", "e"].map(|id| due(id, 1, 1));
        cards[0].state.suspended = true;
        cards[1].suspended_in_file = true;
        cards[2].state.buried = Some(TODAY);
        cards[3].place = None;
        cards[4].state.buried = Some(StudyDay(TODAY.0 - 1));
        assert_eq!(cards.each_ref().map(|card| card.askable(TODAY)), [false, false, false, false, true]);
        let words: Vec<&str> = cards.iter().map(|card| card.status(TODAY).word()).collect();
        assert_eq!(words, ["suspended", "suspended", "due", "absent", "due"]);
        let reasons: Vec<Standing> = cards.iter().map(|card| card.standing(TODAY)).collect();
        let due = Standing::Due(TODAY);
        assert_eq!(reasons, [Standing::Suspended, Standing::SuspendedInFile, Standing::Buried, Standing::Absent, due]);
    }

    #[test]
    fn standing_follows_the_due_day_and_the_last_grade() {
        let grade = |n| Grade::new(n).unwrap();
        let answered = |elapsed, interval, latest| {
            let mut card = due("a", elapsed, interval);
            card.state.latest = Some((TODAY, grade(latest)));
            card
        };
        let cases = [
            (Entry::sample("a", "x", Kind::Open), Standing::New),
            (due("a", 3, 1), Standing::Due(StudyDay(TODAY.0 - 2))),
            (due("a", 1, 3), Standing::Learned(StudyDay(TODAY.0 + 2))),
            (answered(0, 1, 3), Standing::Again(grade(3))),
            (answered(0, 1, 4), Standing::Learned(StudyDay(TODAY.0 + 1))),
        ];
        for (entry, standing) in cases {
            assert_eq!(entry.standing(TODAY), standing);
        }
    }

    #[test]
    fn a_card_comes_early_only_before_its_own_day() {
        let horizon = Horizon::new(vec![TODAY, TODAY.plus(2), TODAY.plus(10)], crate::horizon::DaysOff::default());
        let scope = |interviews: &[usize]| interviews.iter().fold(Scope::NONE, |scope, &n| scope.with(n));
        let cap =
            |interview, rule, due, plain| Some(Cap { interview, rule, due: TODAY.plus(due), plain: TODAY.plus(plain) });
        // Days since the last review, its own interval, the last grade, and the interviews; the cap, and whether it is early.
        type EarlyCase<'a> = (i32, u32, u8, &'a [usize], Option<Cap>, bool);
        let cases: [EarlyCase<'_>; 9] = [
            (9, 30, 4, &[], None, false),
            (2, 30, 4, &[2], cap(2, CapRule::Halfway, 4, 28), false),
            (10, 30, 4, &[2], cap(2, CapRule::Halfway, 0, 20), true),
            (12, 30, 4, &[2], cap(2, CapRule::Halfway, -1, 18), true),
            // It is overdue without the interview, too.
            (12, 12, 4, &[2], cap(2, CapRule::Halfway, -1, 0), false),
            (0, 30, 4, &[1, 2], cap(1, CapRule::Eve, 1, 30), false),
            (3, 30, 3, &[0], cap(0, CapRule::OnTheDay, 0, 27), true),
            (3, 30, 4, &[0], None, false),
            (3, 30, 3, &[0, 2], cap(0, CapRule::OnTheDay, 0, 27), true),
        ];
        for (elapsed, interval, grade, interviews, cap, early) in cases {
            let mut card = due("a", elapsed, interval);
            card.state.latest = Some((StudyDay(TODAY.0 - elapsed), Grade::new(grade).unwrap()));
            card.scope = scope(interviews);
            let found = (card.cap(&horizon, TODAY), card.early(&horizon, TODAY).is_some());
            assert_eq!(found, (cap, early), "{elapsed} {interval} {grade} {interviews:?}");
        }
    }

    #[test]
    fn decks_are_named_by_title_path_or_folder() {
        assert!(names_deck("jobs", "jobs/north/why.toml", "Why"));
        assert!(names_deck("jobs/north/", "jobs/north/why.toml", "Why"));
        assert!(names_deck("why", "jobs/north/why.toml", "Why not") && !names_deck("job", "jobs/why.toml", "Why"));
    }

    #[test]
    fn ready_is_three_good_grades_in_a_row_and_every_prompt_asked() {
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
            let mut card = Entry::sample("a", "d", Kind::Open);
            card.variants = variants;
            card.state = CardState { streak, reviews, ..CardState::default() };
            assert_eq!(card.ready(), ready, "{streak} {reviews} {variants}");
            assert!(!Entry { place: None, ..card }.ready());
        }
    }

    #[test]
    fn the_scope_of_an_interview() {
        // The interview's decks, tags, and round; the card's file and rounds; whether the card is in scope.
        type ScopeCase<'a> = (&'a [&'a str], &'a [&'a str], Option<i64>, &'a str, &'a [i64], bool);
        let cases: [ScopeCase<'_>; 13] = [
            (&[], &[], None, "d", &[1], true),
            (&[], &[], Some(2), "d", &[], true),
            (&[], &[], Some(2), "d", &[1, 2], true),
            (&[], &[], Some(2), "d", &[1], false),
            (&[], &[], Some(2), "job", &[1], false),
            (&["e"], &[], Some(2), "job", &[], true),
            (&["d"], &[], Some(2), "d", &[1], false),
            (&["e"], &[], Some(2), "d", &[], false),
            (&["e"], &["tag-a"], Some(2), "d", &[], true),
            (&[], &["other"], None, "d", &[], false),
            (&["e"], &[], None, "first-debrief", &[], true),
            (&["e"], &[], Some(2), "first-debrief", &[1], false),
            (&["e"], &[], None, "other-debrief", &[], false),
        ];
        for (decks, tags, round, file, rounds, expected) in cases {
            let source = crate::diagnostic::Source::new("job.toml", "[interview]\n");
            let mut interview = crate::deck::parse(&source, &[]).0.interview.unwrap();
            interview.decks = decks.iter().map(ToString::to_string).collect();
            interview.tags = tags.iter().map(ToString::to_string).collect();
            interview.round = round;
            let card_tags = ["tag-a".to_owned()];
            let card = ScopedCard { file: &format!("{file}.toml"), deck: file, tags: &card_tags, round: rounds };
            let debriefs = vec!["first-debrief.toml".to_owned()];
            let found = InterviewScope { interview, file: "job.toml".into(), debriefs }.contains(&card);
            assert_eq!(found, expected, "{decks:?} {tags:?} {round:?} {file} {rounds:?}");
        }
    }

    /// The halving cap as its sentence says it, day by day.
    fn naive_cap(last: StudyDay, date: StudyDay, off: &[StudyDay], today: StudyDay) -> Option<StudyDay> {
        let on = |day: &StudyDay| !off.contains(day);
        let between: Vec<StudyDay> = (1..date.since(last)).map(|n| last.plus(n)).filter(on).collect();
        let days = between.len() + 1;
        // The last study day before the interview is the latest, so there is one between.
        if date <= today || between.is_empty() { None } else { Some(between[days.div_ceil(2) - 1]) }
    }

    proptest! {
        #[test]
        fn a_card_is_due_as_the_halving_cap_says_and_plainly_without_an_interview(
            interval in 1u32..200, elapsed in 0i32..60, dates in prop::collection::vec(-5i64..60, 0..5),
            off in prop::collection::vec(-50i64..60, 0..30), scope in 0u64..32,
        ) {
            let day = |n: &i64| TODAY.plus(*n);
            let (mut dates, off): (Vec<_>, Vec<_>) = (dates.iter().map(day).collect(), off.iter().map(day).collect());
            dates.sort_unstable();
            let horizon = Horizon::new(dates.clone(), crate::horizon::DaysOff::new(off.clone()));
            let (mut state, scope) = (due("a", elapsed, interval).state, Scope(scope));
            let (last, own) = (state.memory.last.unwrap(), state.due().unwrap());
            state.latest = Some((last, Grade::new(4).unwrap()));
            let ours = dates.iter().enumerate().filter(|(n, _)| scope.contains(*n));
            let caps = ours.filter_map(|(_, date)| naive_cap(last, *date, &off, TODAY));
            let expected = caps.chain([own]).min().unwrap();
            let (found, interview) = due_day(&state, scope, &horizon, TODAY).unwrap();
            prop_assert_eq!((found, interview.is_some()), (expected, expected < own));
            for plain in [due_day(&state, Scope::NONE, &horizon, TODAY), due_day(&state, scope, &Horizon::default(), TODAY)] {
                prop_assert_eq!(plain, Some((own, None)));
            }
        }
    }
}
