//! The machine: a state, an input and an instant give outputs and the next state.

use std::collections::VecDeque;

use super::typed::{Typed, in_range, read_line};
use super::{Action, Asked, Because, Did, Input, Output, Setup, Sheet, Stage};
use crate::clock::{Instant, StudyDay};
use crate::deck::Card;
use crate::history::{Body, EventId, Review};
use crate::queue::Entry;
use crate::schedule::{self, Attempt, Grade};

/// The machine.
#[derive(Debug)]
pub struct Session {
    setup: Setup,
    /// The next cards to ask for the first time; so many more are not drawn yet.
    todo: VecDeque<Entry>,
    more: usize,
    /// Cards to ask again, after all others.
    again: VecDeque<Entry>,
    state: State,
    /// What this session recorded, to be taken back in turn.
    done: Vec<Deed>,
    answered: usize,
    /// The number of the card being asked, repeats included.
    nth: usize,
    spoken_ms: u64,
    began: Option<Instant>,
}

#[derive(Debug)]
struct Deed {
    event: EventId,
    /// The card as it was before.
    before: Entry,
    /// Whether it was put back into the queue.
    again: bool,
    ms: Option<u64>,
    counted: bool,
}

#[derive(Debug)]
enum State {
    Between,
    Drawing,
    Fetching(Box<Entry>),
    Asking(Box<Turn>),
    Recording(Box<Turn>, Pending),
    /// An undo is recorded while this card waits.
    Undoing(Box<Turn>, Box<Deed>),
    Over,
}

/// One card being asked.
#[derive(Debug)]
struct Turn {
    entry: Entry,
    sheet: Sheet,
    stage: Stage,
    shown: Instant,
    ms: Option<u64>,
    hint: bool,
    ticks: Option<Vec<u16>>,
}

#[derive(Debug, Clone, Copy)]
enum Pending {
    Grade(Grade),
    Did(Did),
}

impl Session {
    /// A session that has not begun.
    pub fn new(setup: Setup) -> Self {
        let (todo, more) = (setup.first.iter().cloned().collect(), setup.more);
        Session {
            setup,
            todo,
            more,
            again: VecDeque::new(),
            state: State::Between,
            done: Vec::new(),
            answered: 0,
            nth: 0,
            spoken_ms: 0,
            began: None,
        }
    }

    /// Takes one input; gives what to show and, last, what to do.
    pub fn step(&mut self, input: Input, now: Instant) -> Vec<Output> {
        self.began.get_or_insert(now);
        let state = std::mem::replace(&mut self.state, State::Between);
        match (state, input) {
            (_, Input::Start) => self.start(now),
            (State::Drawing, Input::Drawn(cards)) => {
                self.more = if cards.is_empty() { 0 } else { self.more.saturating_sub(cards.len()) };
                self.todo.extend(cards);
                self.next(now)
            }
            (State::Fetching(entry), Input::Fetched(Some(sheet))) => self.ask(*entry, *sheet, now),
            (State::Fetching(entry), Input::Fetched(None)) => {
                let mut outputs = vec![Output::Gone(entry.card)];
                self.nth -= 1;
                outputs.extend(self.next(now));
                outputs
            }
            (State::Recording(turn, pending), Input::Recorded(event, entry)) => {
                self.recorded(*turn, pending, event, entry.map(|entry| *entry), now)
            }
            (State::Undoing(turn, deed), Input::Recorded(_, entry)) => {
                self.undone(*turn, *deed, entry.map(|entry| *entry), now)
            }
            (State::Asking(turn), Input::Line(line)) => {
                match read_line(turn.stage, line.trim(), turn.sheet.card.items().count()) {
                    Some(Typed::Action(action)) => self.act(turn, action, now),
                    Some(Typed::Spoken) => self.spoken(turn, now),
                    Some(Typed::Ticks(ticks)) => self.ticked(turn, ticks),
                    Some(Typed::Accept) => match self.proposal(&turn) {
                        Some((grade, _)) => self.grade(turn, grade, now),
                        None => self.wait(turn, vec![Output::Unclear(Stage::Grading)]),
                    },
                    None => {
                        let unclear = Output::Unclear(turn.stage);
                        self.wait(turn, vec![unclear])
                    }
                }
            }
            (State::Asking(turn), Input::Action(action)) => self.act(turn, action, now),
            (_, Input::End) => self.finish(Vec::new()),
            // Nothing else can come: a driver answers what it was asked for.
            (state, _) => {
                self.state = state;
                vec![Output::Read]
            }
        }
    }

    /// How many cards are left to ask.
    fn left(&self) -> usize {
        self.todo.len() + self.more + self.again.len()
    }

    fn start(&mut self, now: Instant) -> Vec<Output> {
        let (decks, cards) = self.setup.sizes;
        let Setup { seconds, cram, .. } = self.setup;
        let mut outputs = vec![Output::Greeting { decks, cards, now: self.left(), seconds, cram }];
        outputs.extend(self.next(now));
        outputs
    }

    fn next(&mut self, now: Instant) -> Vec<Output> {
        let began = self.began.unwrap_or(now);
        let over = self.setup.minutes.is_some_and(|minutes| now.unix_ms - began.unix_ms >= i64::from(minutes) * 60_000);
        if over && self.left() > 0 {
            return self.finish(vec![Output::TimeIsUp(self.left())]);
        }
        if self.todo.is_empty() && self.more > 0 {
            self.state = State::Drawing;
            return vec![Output::Draw];
        }
        match self.todo.pop_front().or_else(|| self.again.pop_front()) {
            Some(entry) => {
                self.nth += 1;
                self.state = State::Fetching(Box::new(entry.clone()));
                vec![Output::Fetch(Box::new(entry))]
            }
            None => self.finish(Vec::new()),
        }
    }

    fn finish(&mut self, mut outputs: Vec<Output>) -> Vec<Output> {
        self.state = State::Over;
        outputs.push(Output::Summary {
            answered: self.answered,
            of: self.nth + self.left(),
            spoken_ms: self.spoken_ms,
        });
        outputs.push(Output::Finish);
        outputs
    }

    fn ask(&mut self, entry: Entry, sheet: Sheet, now: Instant) -> Vec<Output> {
        let card = &sheet.card;
        let asked = Asked {
            card: entry.card.clone(),
            nth: self.nth,
            of: self.nth + self.left(),
            deck: sheet.deck.clone(),
            kind: card.kind.word(),
            prompt: self.setup.names.fill(card.angle(entry.state.reviews)),
            parts: card.parts.len(),
            items: card.items().map(ToOwned::to_owned).collect(),
            limit: card.limit,
            left: self.left(),
        };
        let turn = Turn { entry, sheet, stage: Stage::Speaking, shown: now, ms: None, hint: false, ticks: None };
        self.wait(Box::new(turn), vec![Output::Card(asked)])
    }

    fn wait(&mut self, turn: Box<Turn>, mut outputs: Vec<Output>) -> Vec<Output> {
        self.state = State::Asking(turn);
        outputs.push(Output::Read);
        outputs
    }

    fn spoken(&mut self, mut turn: Box<Turn>, now: Instant) -> Vec<Output> {
        let elapsed = u64::try_from(now.unix_ms - turn.shown.unix_ms).ok();
        turn.ms = elapsed.and_then(|ms| schedule::spoken(ms, turn.sheet.card.limit));
        let missed = &turn.sheet.missed;
        let items: Vec<(String, usize)> = turn
            .sheet
            .card
            .items()
            .enumerate()
            .map(|(n, item)| (item.to_owned(), missed.get(n).copied().unwrap_or(0)))
            .collect();
        let nothing_to_tick = items.is_empty();
        let mut outputs = vec![Output::Spoken { ms: turn.ms, limit: turn.sheet.card.limit, items }];
        if nothing_to_tick {
            return self.reveal(turn, outputs);
        }
        turn.stage = Stage::Ticking;
        outputs.extend(self.wait(turn, Vec::new()));
        outputs
    }

    fn ticked(&mut self, mut turn: Box<Turn>, ticks: Vec<u16>) -> Vec<Output> {
        turn.ticks = Some(ticks);
        self.reveal(turn, Vec::new())
    }

    /// Shows what is only shown after the answer, and asks for a grade.
    fn reveal(&mut self, mut turn: Box<Turn>, mut outputs: Vec<Output>) -> Vec<Output> {
        turn.stage = Stage::Grading;
        let card = &turn.sheet.card;
        let text = |text: &Option<String>| text.as_deref().map(|text| self.setup.names.fill(text));
        let (answer, note, source) = (text(&card.answer), text(&card.note), text(&card.source));
        if answer.is_some() || note.is_some() || source.is_some() {
            outputs.push(Output::Model { answer, note, source });
        }
        outputs.push(Output::Proposal(self.proposal(&turn)));
        self.wait(turn, outputs)
    }

    fn proposal(&self, turn: &Turn) -> Option<(Grade, Because)> {
        propose(&turn.sheet.card, turn.ticks.as_deref()?, turn.ms, turn.hint)
    }

    fn act(&mut self, mut turn: Box<Turn>, action: Action, now: Instant) -> Vec<Output> {
        let stage = turn.stage;
        match action {
            Action::Grade { ticks: Some(ticks), .. } if !in_range(&ticks, turn.sheet.card.items().count()) => {
                let items = turn.sheet.card.items().count();
                self.wait(turn, vec![Output::NoSuchItem(items)])
            }
            Action::Grade { grade, ticks, ms } => {
                if ticks.is_some() || ms.is_some() {
                    let limit = turn.sheet.card.limit;
                    turn.ms = ms.and_then(|ms| schedule::spoken(ms, limit)).or(turn.ms);
                    turn.ticks = ticks.or(turn.ticks);
                }
                self.grade(turn, grade, now)
            }
            Action::Help if stage == Stage::Grading => {
                let today = now.study_day(self.setup.rules.day_starts_at);
                let grades = self.consequences(&turn.entry, today);
                self.wait(turn, vec![Output::Help(stage), Output::Grades(grades, today)])
            }
            Action::Help => self.wait(turn, vec![Output::Help(stage)]),
            Action::Hint if stage == Stage::Speaking => {
                let hint = turn.sheet.card.hint.as_deref().map(|hint| self.setup.names.fill(hint));
                turn.hint |= hint.is_some();
                self.wait(turn, vec![Output::Hint(hint)])
            }
            Action::Hint => self.wait(turn, vec![Output::Unclear(stage)]),
            Action::Skip => {
                let mut outputs = vec![Output::Done(Did::Skipped, turn.entry.card.clone())];
                outputs.extend(self.next(now));
                outputs
            }
            Action::Bury => self.record(turn, Pending::Did(Did::Buried), now),
            Action::Suspend => self.record(turn, Pending::Did(Did::Suspended), now),
            Action::Undo => match self.done.pop() {
                Some(deed) => {
                    let of = deed.event;
                    self.state = State::Undoing(turn, Box::new(deed));
                    vec![Output::Record(now, Body::Undo { of })]
                }
                None => self.wait(turn, vec![Output::NothingToUndo]),
            },
            Action::Quit => self.finish(Vec::new()),
        }
    }

    /// What each grade would do to the card, the highest first.
    fn consequences(&self, entry: &Entry, day: StudyDay) -> Vec<(Grade, StudyDay)> {
        let futures = entry.state.futures(day, &self.setup.rules);
        futures.into_iter().rev().map(|future| (future.grade, future.after.due().unwrap_or(day))).collect()
    }

    fn grade(&mut self, turn: Box<Turn>, grade: Grade, now: Instant) -> Vec<Output> {
        if !self.setup.cram {
            return self.record(turn, Pending::Grade(grade), now);
        }
        let again = !grade.settles();
        self.count(turn.ms);
        if again {
            self.again.push_back(turn.entry);
        }
        let mut outputs = vec![Output::Noted { grade, again }];
        outputs.extend(self.next(now));
        outputs
    }

    fn count(&mut self, ms: Option<u64>) {
        self.answered += 1;
        self.spoken_ms += ms.unwrap_or(0);
    }

    fn record(&mut self, turn: Box<Turn>, pending: Pending, now: Instant) -> Vec<Output> {
        let card = turn.entry.card.clone();
        let items = turn.sheet.card.items().count();
        let body = match pending {
            Pending::Grade(grade) => Body::Review(Review {
                card,
                grade,
                proposed: self.proposal(&turn).map(|(grade, _)| grade),
                ms: turn.ms,
                ticks: turn.ticks.clone(),
                points: turn.ticks.as_ref().and(u16::try_from(items).ok()),
                hint: turn.hint,
            }),
            Pending::Did(Did::Buried) => Body::Bury { card },
            Pending::Did(_) => Body::Suspend { card, on: true },
        };
        self.state = State::Recording(turn, pending);
        vec![Output::Record(now, body)]
    }

    fn recorded(
        &mut self,
        turn: Turn,
        pending: Pending,
        event: EventId,
        entry: Option<Entry>,
        now: Instant,
    ) -> Vec<Output> {
        let today = now.study_day(self.setup.rules.day_starts_at);
        let card = turn.entry.card.clone();
        let mut deed = Deed { event, before: turn.entry, again: false, ms: turn.ms, counted: false };
        let mut outputs = Vec::new();
        match pending {
            Pending::Grade(grade) => {
                self.count(turn.ms);
                deed.counted = true;
                let due = entry.as_ref().and_then(|entry| entry.state.due());
                if let Some(entry) = entry.filter(|_| !grade.settles()) {
                    deed.again = true;
                    // A database that was replaced meanwhile may not know the decks yet: the card stands where it stood.
                    let place = entry.place.or_else(|| deed.before.place.clone());
                    let Entry { prompt, limit, kind, .. } = deed.before.clone();
                    self.again.push_back(Entry { place, prompt, limit, kind, ..entry });
                }
                outputs.push(Output::Saved { card, grade, due, again: deed.again, today });
            }
            Pending::Did(did) => outputs.push(Output::Done(did, card)),
        }
        self.done.push(deed);
        outputs.extend(self.next(now));
        outputs
    }

    /// What was taken back is asked again now; the card that waited comes right after it.
    fn undone(&mut self, turn: Turn, deed: Deed, entry: Option<Entry>, now: Instant) -> Vec<Output> {
        let card = deed.before.card.clone();
        if deed.again
            && let Some(at) = self.again.iter().rposition(|entry| entry.card == card)
        {
            self.again.remove(at);
        }
        if deed.counted {
            self.answered -= 1;
            self.spoken_ms -= deed.ms.unwrap_or(0).min(self.spoken_ms);
        }
        if turn.entry.card != card {
            self.todo.push_front(turn.entry);
        }
        self.todo.push_front(entry.unwrap_or(deed.before));
        self.nth = self.nth.saturating_sub(2);
        let mut outputs = vec![Output::Done(Did::Undone, card)];
        outputs.extend(self.next(now));
        outputs
    }
}

/// The grade an answer earns, and why, for a card whose parts and points were ticked.
pub fn propose(card: &Card, ticks: &[u16], ms: Option<u64>, hint: bool) -> Option<(Grade, Because)> {
    let (parts, points) = (card.parts.len(), card.points.len());
    let attempt = Attempt { parts, points, ticks, ms, limit: card.limit, hint, finding: None };
    let grade = schedule::proposed(&attempt)?;
    let said =
        |range: std::ops::RangeInclusive<usize>| range.filter(|n| ticks.iter().any(|&t| usize::from(t) == *n)).count();
    let limit = u64::from(card.limit) * 1000;
    let missing = parts - said(1..=parts);
    let because = match grade.get() {
        2 | 3 if missing > 0 => Because::Parts(missing),
        3 if hint => Because::Hinted,
        3 if said(1..=parts + points) == parts + points => Because::FarOverTime,
        4 if ms.is_some_and(|ms| ms > limit) => Because::OverTime,
        _ => Because::Said,
    };
    Some((grade, because))
}

#[cfg(test)]
mod tests {
    use super::super::Names;
    use super::*;
    use crate::clock::DayStart;
    use crate::deck::parse;
    use crate::diagnostic::Source;
    use crate::history::{CardState, Device, fold};
    use crate::queue::Place;
    use crate::settings::Rules;

    const DECK: &str = "[deck]\ntitle = \"D\"\n[[card]]\nid = \"a\"\nprompt = \"A?\"\nhint = \"h\"\nlimit = 60\npoints = [\"p1\", \"p2\"]\n\
                        answer = \"model\"\n[[card]]\nid = \"b\"\nprompt = \"B at {company}?\"\n";

    /// A desk of values: it fetches from the deck above and keeps states in memory.
    struct Bench {
        session: Session,
        states: std::collections::BTreeMap<String, Vec<(EventId, Body)>>,
        now: Instant,
        seen: Vec<String>,
    }

    fn entry(id: &str) -> Entry {
        let (deck, _) = parse(&Source::new("d.toml", DECK), &[]);
        let card = deck.cards.into_iter().find(|card| card.id.as_str() == id).unwrap();
        Entry {
            card: card.id,
            place: Some(Place { file: "d.toml".into(), line: 1, deck: "D".into(), ordinal: 0, block: 0..0 }),
            prompt: card.prompt,
            kind: card.kind,
            tags: Vec::new(),
            round: Vec::new(),
            limit: card.limit,
            suspended_in_file: false,
            state: CardState::default(),
        }
    }

    impl Bench {
        fn new(cram: bool) -> Self {
            let setup = Setup {
                first: vec![entry("a")],
                more: 1,
                seconds: 180,
                sizes: (1, 2),
                rules: Rules::default(),
                cram,
                minutes: None,
                names: Names::default(),
            };
            let now = Instant::parse_rfc3339("2026-11-22T08:00:00Z").unwrap();
            Bench { session: Session::new(setup), states: Default::default(), now, seen: Vec::new() }
        }

        /// Answers everything the session asks for, until it wants a line; notes what it showed.
        fn feed(&mut self, input: Input) {
            let mut input = input;
            loop {
                self.now = self.now.plus_ms(10_000);
                let outputs = self.session.step(input, self.now);
                let (last, shown) = outputs.split_last().unwrap();
                self.seen.extend(shown.iter().map(|output| format!("{output:?}")));
                input = match last {
                    Output::Fetch(entry) => {
                        let (deck, _) = parse(&Source::new("d.toml", DECK), &[]);
                        let card = deck.cards.into_iter().find(|card| card.id == entry.card).unwrap();
                        Input::Fetched(Some(Box::new(Sheet { card, deck: "D".into(), missed: vec![0, 2] })))
                    }
                    Output::Draw => Input::Drawn(vec![entry("b")]),
                    Output::Record(at, body) => {
                        let n = self.states.values().map(Vec::len).sum::<usize>() as i64;
                        let id = EventId { device: Device::parse("aaaaaaaa").unwrap(), seq: n, crc: 0 };
                        let card = match body {
                            Body::Undo { of } => {
                                let holds = |(_, events): &(&String, &mut Vec<(EventId, Body)>)| {
                                    events.iter().any(|(id, _)| id == of)
                                };
                                let (card, events) = self.states.iter_mut().find(holds).unwrap();
                                events.retain(|(id, _)| id != of);
                                card.clone()
                            }
                            body => {
                                let card = body.card().unwrap().to_string();
                                self.states.entry(card.clone()).or_default().push((id, body.clone()));
                                card
                            }
                        };
                        let day = at.study_day(DayStart(240));
                        let deeds = self
                            .states
                            .get(&card)
                            .into_iter()
                            .flatten()
                            .filter_map(|(_, body)| Some((body.deed()?, day)));
                        let entry = Entry { state: fold(deeds, &Rules::default()), ..entry(&card) };
                        Input::Recorded(id, Some(Box::new(entry)))
                    }
                    Output::Read | Output::Finish => {
                        self.seen.push(format!("{last:?}"));
                        return;
                    }
                    other => panic!("{other:?} is no request"),
                };
            }
        }

        fn lines(&mut self, lines: &[&str]) -> String {
            self.feed(Input::Start);
            for line in lines {
                self.feed(Input::Line((*line).to_owned()));
            }
            self.seen.join("\n")
        }
    }

    #[test]
    fn a_card_is_spoken_ticked_graded_and_asked_again_until_four() {
        let mut bench = Bench::new(false);
        // a: half said, 3 accepted; b: nothing to tick, graded 5; a again: all said, a 4 typed.
        let seen = bench.lines(&["", "1", "", "", "5", "", "a", "4"]);
        for expected in [
            "prompt: \"A?\"",
            "items: [(\"p1\", 0), (\"p2\", 2)]",
            "Model { answer: Some(\"model\"), note: None, source: None }",
            "Proposal(Some((Grade(3), Said)))",
            "Saved { card: CardId(\"a\"), grade: Grade(3), due: Some(StudyDay(20780)), again: true",
            "prompt: \"B at the company?\"",
            "nth: 3, of: 3",
            "Proposal(Some((Grade(5), Said)))",
            "Summary { answered: 3, of: 3",
        ] {
            assert!(seen.contains(expected), "{expected}\n{seen}");
        }
        assert!(seen.ends_with("Finish"));
        let Body::Review(first) = &bench.states["a"][0].1 else { panic!() };
        assert_eq!(
            (first.grade.get(), first.proposed.map(Grade::get), first.ticks.clone(), first.points),
            (3, Some(3), Some(vec![1]), Some(2))
        );
        assert_eq!(first.ms, Some(10_000));
        let Body::Review(bare) = &bench.states["b"][0].1 else { panic!() };
        assert_eq!((bare.proposed, bare.ticks.clone(), bare.points), (None, None, None));
    }

    #[test]
    fn enter_alone_ticks_nothing_and_grades_nothing_without_a_proposal() {
        let mut bench = Bench::new(false);
        let seen = bench.lines(&["", "", "", "", "7", "1 3", "q"]);
        assert_eq!(seen.matches("Unclear(Ticking)").count(), 5);
        let mut bench = Bench::new(false);
        let seen = bench.lines(&["s", "", "", "6", "x", "q"]);
        assert_eq!(seen.matches("Unclear(Grading)").count(), 3, "{seen}");
        assert!(bench.states.is_empty());
    }

    #[test]
    fn undo_takes_back_in_turn_and_asks_again() {
        let mut bench = Bench::new(false);
        let seen = bench.lines(&["u", "", "a", "2", "u", "", "a", "5", "b", "u", "!", "q"]);
        assert_eq!(seen.matches("NothingToUndo").count(), 1);
        assert_eq!(seen.matches("Done(Undone, CardId(\"a\"))").count(), 1);
        assert_eq!(seen.matches("Done(Buried, CardId(\"b\"))").count(), 1);
        // Burying the last card ended the session: what comes after has no effect.
        assert_eq!(bench.states["a"].len(), 1);
        let mut bench = Bench::new(false);
        let seen = bench.lines(&["", "a", "5", "u", "b", "u", "h", "", "a", "", "!"]);
        assert_eq!(seen.matches("Done(Undone, CardId(\"a\"))").count(), 2, "{seen}");
        assert!(seen.contains("Hint(Some(\"h\"))") && seen.contains("Proposal(Some((Grade(3), Hinted)))"), "{seen}");
        assert!(seen.contains("Done(Suspended, CardId(\"b\"))"));
    }

    #[test]
    fn cramming_records_nothing_and_time_ends_a_session() {
        let mut bench = Bench::new(true);
        let seen = bench.lines(&["", "1", "3", "", "4", "", "a", "5"]);
        assert_eq!((seen.matches("Noted").count(), bench.states.len()), (3, 0), "{seen}");
        let mut bench = Bench::new(false);
        bench.session.setup.minutes = Some(1);
        bench.feed(Input::Start);
        bench.now = bench.now.plus_ms(60_000);
        for line in ["", "1", "1"] {
            bench.feed(Input::Line(line.into()));
        }
        assert!(bench.seen.join("\n").contains("TimeIsUp(2)"));
    }

    #[test]
    fn help_at_grading_shows_what_each_grade_would_do() {
        let mut bench = Bench::new(false);
        let seen = bench.lines(&["?", "", "a", "?"]);
        assert!(seen.contains("Help(Speaking)") && seen.contains("Grades([(Grade(5), StudyDay(20780))"), "{seen}");
    }
}
