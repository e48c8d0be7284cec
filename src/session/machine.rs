//! The session: a state, an input, and an instant determine what to show, what to request, and the next state.

use super::answers::Stage;
use super::attempt::Turn;
use super::input::{LineMeaning, are_items, command, parse_line};
use super::progress::{SessionProgress, Undoable};
use super::protocol::{AfterEdit, AnswerFacts, CardChange, Input, Request, Show, UserAction};
use super::setup::Setup;
use crate::clock::{Instant, StudyDay};
use crate::deck::CardId;
use crate::entry::{Entry, due_day};
use crate::history::{Body, CardState, EventId};
use crate::schedule::{Grade, plausible_time};

#[derive(Debug)]
pub(crate) struct Session {
    setup: Setup,
    progress: SessionProgress,
    state: State,
    /// When the last step was.
    stepped: Option<Instant>,
    /// How long the session has been running, without pauses.
    active_ms: u64,
}

#[derive(Debug)]
enum State {
    Between,
    Drawing,
    Fetching(Box<Entry>),
    Asking(Box<Turn>),
    Recording(Box<Turn>, Pending),
    /// An undo is being recorded while this card waits.
    Undoing(Box<Turn>, Box<Undoable>),
    /// The card has been in the editor since this instant.
    Editing(Box<Turn>, Instant),
    Writing(Box<Turn>),
    Over,
}

#[derive(Debug, Clone, Copy)]
enum Pending {
    Grade(Grade),
    Change(CardChange),
}

type Reply = (Vec<Show>, Request);

impl Session {
    pub(crate) fn new(setup: Setup) -> Self {
        let progress = SessionProgress::new(setup.first.clone(), setup.more, setup.last, setup.fits);
        Session { setup, progress, state: State::Between, stepped: None, active_ms: 0 }
    }

    pub(crate) fn step(&mut self, input: Input, now: Instant) -> Reply {
        self.pass(now);
        let state = std::mem::replace(&mut self.state, State::Between);
        match (state, input) {
            (_, Input::Start) => self.start(),
            (State::Drawing, Input::Drawn(cards)) => {
                self.progress.drawn(cards);
                self.next(Vec::new())
            }
            (State::Fetching(entry), Input::Fetched(Some(sheet))) => {
                self.ask(Turn::new(*entry, *sheet, self.setup.answers, self.setup.spot, now))
            }
            (State::Fetching(entry), Input::Fetched(None)) => self.gone(entry.card),
            (State::Recording(turn, pending), Input::Recorded(event, state)) => {
                self.recorded(turn, pending, (event, state), now)
            }
            (State::Undoing(turn, undone), Input::Recorded(_, state)) => self.undone(*turn, *undone, state),
            (State::Editing(turn, began), Input::Edited(after)) => self.edited(turn, began, after, now),
            (State::Writing(turn), Input::Written(Ok(text))) => self.answered(turn, &text, now),
            (State::Writing(turn), Input::Written(Err(trouble))) => self.wait(turn, vec![Show::Trouble(trouble)]),
            (State::Asking(turn), Input::Line(line)) => match turn.stage {
                Stage::Typing { lines } => self.typed(turn, line, lines, now),
                _ => self.line(turn, line.trim(), now),
            },
            (State::Asking(turn), Input::NotUtf8) => self.wait(turn, vec![Show::NotUtf8]),
            (State::Asking(turn), Input::Action(action)) => self.act(turn, action, now),
            (_, Input::End) => self.finish(Vec::new()),
            // Nothing else comes, because a driver answers what was requested.
            (state, _) => {
                self.state = state;
                (Vec::new(), Request::Read)
            }
        }
    }

    /// Adds the time since the last step, unless it was a pause: in the editor of a card, or too long for an answer.
    fn pass(&mut self, now: Instant) {
        let since = self.stepped.replace(now).map_or(0, |last| now.unix_ms - last.unix_ms);
        let since = u64::try_from(since).unwrap_or(0);
        self.active_ms += match &self.state {
            State::Editing(..) => 0,
            State::Asking(turn) | State::Writing(turn) => plausible_time(since, turn.entry.limit).unwrap_or(0),
            _ => since,
        };
    }

    fn start(&mut self) -> Reply {
        let (decks, cards) = self.setup.sizes;
        let Setup { seconds, cram, answers, .. } = self.setup;
        let greeting = Show::Greeting { decks, cards, now: self.progress.of(), seconds, cram, answers };
        self.next(vec![greeting])
    }

    fn next(&mut self, mut shows: Vec<Show>) -> Reply {
        let used = self.active_ms.max(self.progress.spent_ms);
        if let Some(limit) = self.setup.time.filter(|limit| used >= limit.left_ms)
            && self.progress.left() > 0
        {
            shows.push(Show::TimeIsUp { left: self.progress.left(), limit });
            return self.finish(shows);
        }
        if self.progress.must_draw() {
            self.state = State::Drawing;
            return (shows, Request::Draw);
        }
        match self.progress.next() {
            Some(entry) => {
                self.state = State::Fetching(Box::new(entry.clone()));
                (shows, Request::Fetch(Box::new(entry)))
            }
            None => self.finish(shows),
        }
    }

    fn gone(&mut self, card: CardId) -> Reply {
        // It is not counted.
        self.progress.nth -= 1;
        self.next(vec![Show::Gone(card)])
    }

    fn finish(&mut self, mut shows: Vec<Show>) -> Reply {
        self.state = State::Over;
        let SessionProgress { answered, spoken_ms, .. } = self.progress;
        shows.push(Show::Summary { answered, of: self.progress.of(), spoken_ms });
        (shows, Request::Finish)
    }

    fn ask(&mut self, turn: Turn) -> Reply {
        let (nth, of) = (self.progress.nth, self.progress.of());
        let asked = turn.asked(nth, of, &self.setup.names);
        let then = match turn.stage {
            Stage::Spotting => Some(Show::Spot(turn.entry.card.clone())),
            _ => turn.in_hand(&self.setup.names),
        };
        let shows = [Some(Show::Card(asked)), then];
        self.wait(Box::new(turn), shows.into_iter().flatten().collect())
    }

    fn named(&mut self, mut turn: Box<Turn>, typed: &str, now: Instant) -> Reply {
        let spotted = turn.spot(typed, &self.setup.competencies, self.setup.answers, now);
        let shows = [Some(spotted), turn.in_hand(&self.setup.names)];
        self.wait(turn, shows.into_iter().flatten().collect())
    }

    fn wait(&mut self, turn: Box<Turn>, shows: Vec<Show>) -> Reply {
        self.state = State::Asking(turn);
        (shows, Request::Read)
    }

    fn unclear(&mut self, turn: Box<Turn>) -> Reply {
        let unclear = Show::Unclear(turn.stage);
        self.wait(turn, vec![unclear])
    }

    fn line(&mut self, turn: Box<Turn>, line: &str, now: Instant) -> Reply {
        match parse_line(turn.stage, line, turn.items()) {
            Some(LineMeaning::Action(action)) => self.act(turn, action, now),
            Some(LineMeaning::Spoken) if turn.stage == Stage::Writing => {
                let prompt = turn.prompt(&self.setup.names);
                self.state = State::Writing(turn);
                (Vec::new(), Request::Write(prompt))
            }
            Some(LineMeaning::Spoken) if turn.stage == Stage::FollowUp => self.next(Vec::new()),
            Some(LineMeaning::Spoken) => self.answered(turn, "", now),
            Some(LineMeaning::Competency(name)) => self.named(turn, &name, now),
            Some(LineMeaning::Ticks(ticks)) => self.ticked(turn, ticks, now),
            Some(LineMeaning::Accept) => match turn.proposal(&self.setup.names) {
                Some((grade, _)) => self.grade(turn, grade, now),
                None => self.unclear(turn),
            },
            None => self.unclear(turn),
        }
    }

    /// Handles a line of a typed answer. Only the first line can be a command, unless it starts with a space.
    fn typed(&mut self, mut turn: Box<Turn>, line: String, lines: bool, now: Instant) -> Reply {
        if let (true, Some(action)) = (turn.lines.is_empty(), command(line.trim_end())) {
            return self.act(turn, action, now);
        }
        let ends = !lines || line.trim().is_empty();
        turn.lines.push(line);
        if !ends {
            return self.wait(turn, Vec::new());
        }
        let text = turn.lines.join("\n");
        self.answered(turn, &text, now)
    }

    /// Handles an answer. If `text` is empty, it was spoken.
    fn answered(&mut self, mut turn: Box<Turn>, text: &str, now: Instant) -> Reply {
        turn.measure(now);
        turn.set_typed(text, self.setup.wpm);
        self.tick(turn)
    }

    fn tick(&mut self, mut turn: Box<Turn>) -> Reply {
        let shows = vec![turn.spoken(&self.setup.names)];
        if turn.items() == 0 {
            return self.reveal(turn, shows);
        }
        turn.stage = Stage::Ticking;
        self.wait(turn, shows)
    }

    fn ticked(&mut self, mut turn: Box<Turn>, ticks: Vec<u16>, now: Instant) -> Reply {
        turn.ticks = Some(ticks);
        if turn.stage != Stage::Listening {
            return self.reveal(turn, Vec::new());
        }
        turn.measure(now);
        let shows = vec![turn.spoken(&self.setup.names)];
        self.reveal(turn, shows)
    }

    fn reveal(&mut self, mut turn: Box<Turn>, mut shows: Vec<Show>) -> Reply {
        turn.stage = Stage::Grading;
        turn.coach(&self.setup.coach);
        shows.extend(turn.model(&self.setup.names));
        shows.extend(turn.stories());
        shows.extend(turn.review_by_coach());
        shows.push(Show::Proposal(turn.proposal(&self.setup.names)));
        self.wait(turn, shows)
    }

    fn sent(&mut self, mut turn: Box<Turn>, text: &str, facts: AnswerFacts, now: Instant) -> Reply {
        turn.measure(now);
        turn.set_typed(text, self.setup.wpm);
        turn.set_facts(facts);
        turn.coach(&self.setup.coach);
        turn.stage = Stage::Grading;
        let shows = [Some(turn.revealed(&self.setup.names)), turn.review_by_coach(), turn.stories()];
        self.wait(turn, shows.into_iter().flatten().collect())
    }

    fn edited(&mut self, mut turn: Box<Turn>, began: Instant, after: AfterEdit, now: Instant) -> Reply {
        match after {
            AfterEdit::Unable => {
                let card = turn.entry.card.clone();
                self.wait(turn, vec![Show::NeedsTerminal(card)])
            }
            AfterEdit::Same => {
                // The time in the editor is not part of the answer.
                turn.shown = turn.shown.plus_ms(now.unix_ms - began.unix_ms);
                self.wait(turn, Vec::new())
            }
            AfterEdit::Gone if turn.stage == Stage::FollowUp => self.next(Vec::new()),
            AfterEdit::Gone => self.gone(turn.entry.card),
            AfterEdit::Card(entry, sheet) => {
                self.progress.replace(&turn.entry.card, &entry);
                if turn.stage == Stage::FollowUp {
                    (turn.entry, turn.sheet) = (*entry, *sheet);
                    return self.wait(turn, Vec::new());
                }
                if turn.stage.is_open() {
                    let again = Turn::new(*entry, *sheet, self.setup.answers, self.setup.spot, now);
                    return self.ask(Turn { hint: turn.hint, ..again });
                }
                // Ticks are only valid for the same parts and points.
                let same = turn.sheet.card.items().eq(sheet.card.items());
                (turn.entry, turn.sheet) = (*entry, *sheet);
                turn.ticks.take_if(|_| !same);
                if turn.ticks.is_some() { self.reveal(turn, Vec::new()) } else { self.tick(turn) }
            }
        }
    }

    fn act(&mut self, turn: Box<Turn>, action: UserAction, now: Instant) -> Reply {
        let stage = turn.stage;
        match action {
            UserAction::Grade { facts, .. } | UserAction::Answer { facts, .. }
                if facts.ticks.as_ref().is_some_and(|ticks| !are_items(ticks, turn.items())) =>
            {
                let items = turn.items();
                self.wait(turn, vec![Show::NoSuchItem(items)])
            }
            UserAction::Answer { text, facts } if stage.is_open() => self.sent(turn, &text, facts, now),
            UserAction::Spot(name) if stage == Stage::Spotting => self.named(turn, &name, now),
            UserAction::Hint if stage.is_open() => self.hint(turn),
            UserAction::Answer { .. } | UserAction::Spot(_) | UserAction::Hint => self.unclear(turn),
            UserAction::Grade { grade, facts } => self.graded(turn, grade, facts, now),
            UserAction::Help => self.help(turn, now),
            UserAction::Skip if stage == Stage::FollowUp => self.next(Vec::new()),
            UserAction::Skip => self.next(vec![Show::Done(CardChange::Skipped, turn.entry.card)]),
            UserAction::Bury => self.record(turn, Pending::Change(CardChange::Buried), now),
            UserAction::Suspend => self.record(turn, Pending::Change(CardChange::Suspended), now),
            UserAction::Undo => self.undo(turn, now),
            UserAction::Edit => {
                let entry = Box::new(turn.entry.clone());
                self.state = State::Editing(turn, now);
                (Vec::new(), Request::Edit(entry))
            }
            UserAction::Quit => self.finish(Vec::new()),
        }
    }

    fn hint(&mut self, mut turn: Box<Turn>) -> Reply {
        let hint = turn.sheet.card.hint.as_deref().map(|hint| self.setup.names.fill(hint));
        turn.hint |= hint.is_some();
        self.wait(turn, vec![Show::Hint(hint)])
    }

    fn help(&mut self, turn: Box<Turn>, now: Instant) -> Reply {
        let mut shows = vec![Show::Help(turn.stage)];
        if turn.stage == Stage::Grading {
            let today = now.study_day(self.setup.rules.day_starts_at);
            let futures = turn.entry.state.futures(today, &self.setup.rules).into_iter().rev();
            let due = |after: &CardState| self.due(&turn.entry, after, today).unwrap_or(today);
            let grades = futures.map(|future| (future.grade, due(&future.after))).collect();
            shows.push(Show::Grades(grades, today));
        }
        self.wait(turn, shows)
    }

    fn graded(&mut self, mut turn: Box<Turn>, grade: Grade, facts: AnswerFacts, now: Instant) -> Reply {
        if facts != AnswerFacts::default() {
            turn.set_facts(facts);
            turn.coach(&self.setup.coach);
        }
        self.grade(turn, grade, now)
    }

    fn grade(&mut self, turn: Box<Turn>, grade: Grade, now: Instant) -> Reply {
        if !self.setup.cram {
            return self.record(turn, Pending::Grade(grade), now);
        }
        let again = !grade.settles();
        self.progress.count(turn.ms, &turn.entry);
        let noted = Show::Noted { grade, again };
        if again {
            self.progress.ask_again(turn.entry);
            return self.next(vec![noted]);
        }
        self.follow_up(turn, vec![noted])
    }

    /// Asks a follow-up after a good answer, if the card has one. If a person is there, it waits for them.
    fn follow_up(&mut self, mut turn: Box<Turn>, mut shows: Vec<Show>) -> Reply {
        let asked = turn.follow_up(&self.setup.names);
        let waits = self.setup.attended && asked.is_some();
        shows.extend(asked);
        if !waits {
            return self.next(shows);
        }
        turn.stage = Stage::FollowUp;
        self.wait(turn, shows)
    }

    fn record(&mut self, turn: Box<Turn>, pending: Pending, at: Instant) -> Reply {
        let card = turn.entry.card.clone();
        let (body, typed) = match pending {
            Pending::Grade(grade) => (Body::Review(turn.review(grade, &self.setup.names)), turn.typed.clone()),
            Pending::Change(CardChange::Buried) => (Body::Bury { card }, None),
            Pending::Change(_) => (Body::Suspend { card, on: true }, None),
        };
        self.state = State::Recording(turn, pending);
        (Vec::new(), Request::Record { at, body, typed })
    }

    /// Returns the day on which a card is asked again with this state, the cap of an interview included.
    fn due(&self, entry: &Entry, state: &CardState, today: StudyDay) -> Option<StudyDay> {
        due_day(state, entry.scope, &self.setup.horizon, today).map(|(due, _)| due)
    }

    fn recorded(
        &mut self,
        turn: Box<Turn>,
        pending: Pending,
        (event, state): (EventId, Option<CardState>),
        now: Instant,
    ) -> Reply {
        let today = now.study_day(self.setup.rules.day_starts_at);
        let card = turn.entry.card.clone();
        let before = turn.entry.clone();
        let mut done = Undoable { event, before, again: false, ms: turn.ms, spent_ms: 0, counted: false };
        match pending {
            Pending::Grade(grade) => {
                done.spent_ms = self.progress.count(turn.ms, &turn.entry);
                done.counted = true;
                let due = state.and_then(|state| self.due(&turn.entry, &state, today));
                if let Some(state) = state.filter(|_| !grade.settles()) {
                    done.again = true;
                    self.progress.ask_again(Entry { state, due, ..done.before.clone() });
                }
                let saved = vec![Show::Saved { card, grade, due, again: done.again, today }];
                self.progress.done.push(done);
                if grade.settles() { self.follow_up(turn, saved) } else { self.next(saved) }
            }
            Pending::Change(outcome) => {
                self.progress.done.push(done);
                self.next(vec![Show::Done(outcome, card)])
            }
        }
    }

    fn undo(&mut self, turn: Box<Turn>, at: Instant) -> Reply {
        let Some(last) = self.progress.done.pop() else { return self.wait(turn, vec![Show::NothingToUndo]) };
        let body = Body::Undo { of: last.event };
        self.state = State::Undoing(turn, Box::new(last));
        (Vec::new(), Request::Record { at, body, typed: None })
    }

    /// Asks the card again whose review was undone.
    fn undone(&mut self, turn: Turn, undone: Undoable, state: Option<CardState>) -> Reply {
        let card = undone.before.card.clone();
        let entry = Entry { state: state.unwrap_or(undone.before.state), ..undone.before.clone() };
        // At a follow-up no card waits: this one is already graded.
        let waited = (turn.stage != Stage::FollowUp).then_some(turn.entry);
        self.progress.undone(&undone, waited, entry);
        self.next(vec![Show::Done(CardChange::Undone, card)])
    }
}

#[cfg(test)]
mod tests {
    use super::super::answers::Answers;
    use super::super::protocol::CardSheet;
    use super::super::setup::{Names, TimeLimit};
    use super::*;
    use crate::clock::DayStart;
    use crate::coach::Coaching;
    use crate::deck::parse;
    use crate::diagnostic::Source;
    use crate::entry::Place;
    use crate::history::{Device, Event, fold};
    use crate::horizon::{DaysOff, Horizon};
    use crate::queue::{AskedDay, NewCards, Queue};
    use crate::settings::Rules;
    use proptest::prelude::*;
    use std::collections::VecDeque;

    const DECK: &str = "[deck]\ntitle = \"D\"\n[[card]]\nid = \"a\"\nprompt = \"A?\"\nhint = \"h\"\nlimit = 60\npoints = [\"p1\", \"p2\"]\n\
                        answer = \"model\"\n[[card]]\nid = \"b\"\nshows = [\"Leading People\"]\nprompt = \"B at {company}?\"\nfollowups = [\"f1 at {company}\", \"f2\"]\n\
                        [[card]]\nid = \"c\"\nprompt = \"Capital?\"\nkind = \"fact\"\nanswer = \"Paris\"\naccept = [\"Lutetia\"]\n";

    struct Bench {
        session: Session,
        states: std::collections::BTreeMap<String, Vec<(EventId, Body)>>,
        now: Instant,
        seen: Vec<String>,
        /// What comes back from the editor, last first.
        editor: Vec<Input>,
        kept: Vec<String>,
        /// What is drawn after the first cards.
        to_draw: Vec<Entry>,
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
            variants: 0,
            limit: card.limit,
            suspended_in_file: false,
            weight: card.weight,
            scope: crate::horizon::Scope::NONE,
            due: None,
            state: CardState::default(),
        }
    }

    fn sheet(id: &str) -> CardSheet {
        let (deck, _) = parse(&Source::new("d.toml", DECK), &[]);
        let card = deck.cards.into_iter().find(|card| card.id.as_str() == id).unwrap_or_else(|| sheet("b").card);
        CardSheet {
            card,
            deck: "D".into(),
            missed: vec![0, 2],
            stories: Vec::new(),
            before: None,
            heard: Vec::new(),
            values: Vec::new(),
            early_for: None,
        }
    }

    fn grade(n: u8, ticks: Option<Vec<u16>>) -> UserAction {
        UserAction::Grade { grade: Grade::new(n).unwrap(), facts: AnswerFacts { ticks, ms: None } }
    }

    impl Bench {
        fn new(cram: bool) -> Self {
            let setup = Setup {
                first: vec![entry("a")],
                more: 1,
                last: 0,
                fits: None,
                seconds: 180,
                sizes: (1, 2),
                rules: Rules::default(),
                cram,
                time: None,
                horizon: Horizon::default(),
                names: Names::default(),
                answers: Answers::Aloud,
                wpm: 150,
                spot: false,
                coach: Coaching::default(),
                competencies: vec!["Leading Change".into()],
                attended: false,
            };
            let now = Instant::parse_rfc3339("2026-11-22T08:00:00Z").unwrap();
            Bench {
                session: Session::new(setup),
                states: Default::default(),
                now,
                seen: Vec::new(),
                editor: Vec::new(),
                kept: Vec::new(),
                to_draw: vec![entry("b")],
            }
        }

        /// A session of one card, with what comes back from the editor.
        fn of(id: &str, answers: Answers, editor: &[Input]) -> Self {
            let mut bench = Bench::new(false);
            bench.session.setup.answers = answers;
            bench.session.progress = SessionProgress::new(vec![entry(id)], 0, 0, None);
            bench.editor = editor.iter().rev().cloned().collect();
            bench
        }

        fn reviews(&self, id: &str) -> Vec<crate::history::Review> {
            let review = |(_, body): &(EventId, Body)| match body {
                Body::Review(review) => Some(review.clone()),
                _ => None,
            };
            self.states.get(id).into_iter().flatten().filter_map(review).collect()
        }

        /// Answers every request until the session wants a line, and collects what it showed.
        fn feed(&mut self, input: Input) {
            let mut input = input;
            loop {
                self.now = self.now.plus_ms(10_000);
                let (shows, request) = self.session.step(input, self.now);
                self.seen.extend(shows.iter().map(|show| format!("{show:?}")));
                input = match &request {
                    Request::Fetch(entry) => Input::Fetched(Some(Box::new(sheet(entry.card.as_str())))),
                    Request::Edit(_) | Request::Write(_) => {
                        self.seen.push(format!("{request:?}"));
                        self.editor.pop().unwrap()
                    }
                    Request::Draw => Input::Drawn(self.to_draw.drain(..self.to_draw.len().min(3)).collect()),
                    Request::Record { at, body, typed } => {
                        self.kept.extend(typed.clone());
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
                        let actions = self.states.get(&card).into_iter().flatten().filter_map(|(id, body)| {
                            let (id, body) = (*id, body.clone());
                            Some((Event { id, at: *at, logical: None, body }.action()?, day))
                        });
                        Input::Recorded(id, Some(fold(actions, &Rules::default())))
                    }
                    Request::Read | Request::Finish => {
                        self.seen.push(format!("{request:?}"));
                        return;
                    }
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
        // a: half said, 3 accepted. b: nothing to tick, graded 5. a again: all said, 4 typed.
        let seen = bench.lines(&["", "1", "", "", "5", "", "a", "4"]);
        for expected in [
            "prompt: \"A?\"",
            "items: [(\"p1\", 0), (\"p2\", 2)]",
            "Model(Model { typed: None, fact: false, answer: Some(\"model\"), note: None, source: None, heard: [], values: [] })",
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
    fn undo_goes_back_step_by_step_and_asks_again() {
        let mut bench = Bench::new(false);
        let seen = bench.lines(&["u", "", "a", "2", "u", "", "a", "5", "b", "u", "!", "q"]);
        assert_eq!(seen.matches("NothingToUndo").count(), 1);
        assert_eq!(seen.matches("Done(Undone, CardId(\"a\"))").count(), 1);
        assert_eq!(seen.matches("Done(Buried, CardId(\"b\"))").count(), 1);
        // Burying the last card ended the session, so later input has no effect.
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
        bench.session.setup.time = Some(TimeLimit { minutes: 1, of_day: false, left_ms: 60_000 });
        bench.feed(Input::Start);
        bench.now = bench.now.plus_ms(60_000);
        for line in ["", "1", "1"] {
            bench.feed(Input::Line(line.into()));
        }
        assert!(bench.seen.join("\n").contains("TimeIsUp { left: 2, "));
    }

    #[test]
    fn spoken_time_counts_and_pauses_do_not() {
        // Milliseconds that are left, the pause before the answer, its time as a program sends it, the grade; whether time is
        // up after it. The limit of the card is a minute, and every step takes 10 seconds.
        let cases = [
            (250_000, 0, Some(249_999), 5, false),
            (250_000, 0, Some(250_000), 5, true),
            // The session itself takes longer.
            (70_000, 60_000, Some(1000), 5, true),
            (130_000, 60_000, Some(1000), 5, false),
            // Over five times the limit is a pause.
            (200_000, 301_000, Some(1000), 5, false),
            (200_000, 289_000, Some(1000), 5, true),
            // Half the limit, and a card to ask again is not started either.
            (30_000, 301_000, None, 2, true),
            (51_000, 301_000, None, 2, false),
        ];
        for (left_ms, pause, ms, n, over) in cases {
            let mut bench = Bench::new(false);
            bench.session.setup.time = Some(TimeLimit { minutes: 15, of_day: true, left_ms });
            bench.feed(Input::Start);
            bench.now = bench.now.plus_ms(pause);
            let facts = AnswerFacts { ticks: None, ms };
            bench.feed(Input::Action(UserAction::Grade { grade: Grade::new(n).unwrap(), facts }));
            let seen = bench.seen.join("\n");
            assert_eq!(seen.contains("TimeIsUp"), over, "{left_ms} {pause} {ms:?}\n{seen}");
        }
    }

    #[test]
    fn a_good_answer_gets_a_follow_up() {
        let follow_ups = |seen: &str| seen.matches("FollowUp {").count();
        // In a pipe it takes no line. Below a 4 there is none. The next good answer gets the next one.
        let mut bench = Bench::of("b", Answers::Aloud, &[]);
        let seen = bench.lines(&["", "3", "", "4"]);
        has(&seen, &["FollowUp { card: CardId(\"b\"), text: \"f1 at the company\" }", "answered: 2, of: 2"]);
        assert_eq!(follow_ups(&seen), 1, "{seen}");
        let good = Entry { state: CardState { good: 1, ..CardState::default() }, ..entry("b") };
        bench.session.progress = SessionProgress::new(vec![good], 0, 0, None);
        has(&bench.lines(&["", "5"]), &["text: \"f2\""]);
        // A person answers it before the next card; nothing is graded.
        let attended = |lines: &[&str]| {
            let mut bench = Bench::of("b", Answers::Aloud, &[]);
            bench.session.setup.attended = true;
            let seen = bench.lines(lines);
            (seen, bench.reviews("b").len())
        };
        let (seen, reviews) = attended(&["", "4", "so", "h", "?", ""]);
        has(&seen, &["Unclear(FollowUp)", "Help(FollowUp)", "answered: 1, of: 1"]);
        assert_eq!(reviews, 1);
        for (lines, end, left) in [
            (&["", "4", "s"][..], "answered: 1, of: 1", 1),
            (&["", "4", "q"], "answered: 1, of: 1", 1),
            // A card whose review is undone is asked again under its own number.
            (&["", "4", "u", "", "5", ""], "answered: 1, of: 1", 1),
            (&["", "4", "u", "q"], "nth: 1, of: 1, deck", 0),
        ] {
            let (seen, reviews) = attended(lines);
            has(&seen, &[end]);
            assert_eq!(reviews, left, "{lines:?}");
        }
        // Cramming records nothing, and still asks follow-ups.
        let mut bench = Bench::of("b", Answers::Aloud, &[]);
        bench.session.setup.cram = true;
        assert_eq!(follow_ups(&bench.lines(&["", "4"])), 1);
    }

    #[test]
    fn the_competency_is_named_before_the_answer() {
        let spotting = |id: &str, answers, lines: &[&str]| {
            let mut bench = Bench::of(id, answers, &[]);
            bench.session.setup.spot = true;
            let seen = bench.lines(lines);
            (seen, bench.reviews(id).pop())
        };
        let cases = [("lead peo", true), ("leading", false), ("", false), ("results", false)];
        for (typed, right) in cases {
            // The clock starts after it.
            let (seen, review) = spotting("b", Answers::Aloud, &[typed, "", "4"]);
            has(&seen, &["Spot(CardId(\"b\"))", "shows: [\"Leading People\"] }", "Spoken { ms: Some(10000)"]);
            assert_eq!(review.and_then(|review| review.spot), Some(right), "{typed:?}");
        }
        // Only asked if the card shows a competency. Commands are not names. The listener's sheet comes after it.
        let (seen, review) = spotting("a", Answers::Aloud, &["", "a", ""]);
        assert!(!seen.contains("Spot"), "{seen}");
        assert_eq!(review.map(|review| review.spot), Some(None));
        let (seen, _) = spotting("b", Answers::Partner, &["?", "h", "lp", "", "4"]);
        has(&seen, &["Help(Spotting)", "Hint(None)", "right: true, shows: [\"Leading People\"] }\nInHand {"]);
        // A program may grade without it.
        let mut bench = Bench::of("b", Answers::Aloud, &[]);
        bench.session.setup.spot = true;
        bench.feed(Input::Start);
        bench.feed(Input::Action(grade(4, None)));
        assert_eq!(bench.reviews("b")[0].spot, None);
    }

    #[test]
    fn a_listener_sees_the_sheet_and_ticks() {
        let seen = Bench::of("a", Answers::Partner, &[]).lines(&["", "h", "1", "", "q"]);
        let wanted = [
            "Card(Asked",
            "InHand { card: CardId(\"a\"), items: [(\"p1\", 0), (\"p2\", 2)], model: Model { typed: None, fact: false, answer: Some(\"model\")",
            // Enter alone ticks nothing.
            "Unclear(Listening)",
            "Spoken { ms: Some(30000), words: None, limit: 60, items: [] }",
            "Proposal(Some((Grade(3), Hinted)))",
        ];
        has(&seen, &wanted);
        assert!(!seen.contains("Model(Model"), "{seen}");
        // Nothing to tick: the time, then the grade. The listener has already asked follow-ups.
        let seen = Bench::of("b", Answers::Partner, &[]).lines(&["", "5"]);
        has(&seen, &["followups: [\"f1 at the company\", \"f2\"]", "Spoken { ms: Some(10000)", "answered: 1, of: 1"]);
        assert!(!seen.contains("FollowUp {"), "{seen}");
    }

    #[test]
    fn help_at_grading_shows_what_each_grade_would_do() {
        let mut bench = Bench::new(false);
        let seen = bench.lines(&["?", "", "a", "?"]);
        assert!(seen.contains("Help(Speaking)") && seen.contains("Grades([(Grade(5), StudyDay(20780))"), "{seen}");
    }

    #[track_caller]
    fn has(seen: &str, all: &[&str]) {
        for expected in all {
            assert!(seen.contains(expected), "{expected}\n{seen}");
        }
    }

    #[test]
    fn an_answer_is_typed_until_an_empty_line_and_shown_with_the_model() {
        let mut bench = Bench::of("a", Answers::Lines, &[]);
        // A command counts on the first line only, and not after a space.
        let seen = bench.lines(&["h", " h two", "q", "", "1", "?", "", "q"]);
        let wanted = [
            "Hint(Some(\"h\"))",
            "Spoken { ms: Some(1200), words: Some(3), limit: 60",
            "Model(Model { typed: Some(\" h two\\nq\"), fact: false, answer: Some(\"model\")",
            "Proposal(Some((Grade(3), Hinted)))",
            "Help(Grading)",
        ];
        has(&seen, &wanted);
        // Nothing was spoken, so there is no time.
        let review = &bench.reviews("a")[0];
        assert_eq!((review.ms, review.grade.get(), review.points), (None, 3, Some(2)));
        // A line in a pipe is an answer; a blank line means it was spoken.
        let seen = Bench::of("a", Answers::Line, &[]).lines(&[LONG_ENOUGH, "a", "q"]);
        has(&seen, &["words: Some(15)", "Proposal(Some((Grade(5), Said)))"]);
        let seen = Bench::of("a", Answers::Line, &[]).lines(&["", "a", "q"]);
        has(&seen, &["Spoken { ms: Some(10000), words: None", "Model(Model { typed: None"]);
    }

    const LONG_ENOUGH: &str = "I ask those who do the work first, for they know where it hurts.  Always";

    #[test]
    fn the_coach_counts_words_and_time_as_the_session_does() {
        let seen = Bench::of("a", Answers::Line, &[]).lines(&["Yes - I don't - it's well-known", "a", "q"]);
        has(&seen, &["Spoken { ms: Some(2400), words: Some(6)", "words: 6, ms: 2400"]);
    }

    #[test]
    fn the_coach_reviews_typed_answers_and_caps_the_grade() {
        let blame = &format!("{LONG_ENOUGH}. My old boss was an idiot.");
        let cases: &[(&str, &str, &str, Option<u8>)] = &[
            (LONG_ENOUGH, "a", "Proposal(Some((Grade(5), Said)))", Some(5)),
            ("one two", "a", "Proposal(Some((Grade(4), Questioned)))", Some(4)),
            ("one two", "1", "Proposal(Some((Grade(3), Said)))", Some(3)),
            (blame, "a", "Proposal(Some((Grade(2), Soured)))", Some(2)),
            (blame, "1", "Proposal(Some((Grade(2), Soured)))", Some(2)),
            (blame, "0", "Proposal(Some((Grade(1), Said)))", Some(1)),
        ];
        for (typed, ticks, proposal, proposed) in cases {
            let mut bench = Bench::of("a", Answers::Line, &[]);
            let seen = bench.lines(&[typed, ticks, "4"]);
            has(&seen, &["Coached(CardId(\"a\"), Feedback {", proposal]);
            // It comes after everything else, and the user decides the grade.
            assert!(seen.find("Model(").unwrap() < seen.find("Coached(").unwrap(), "{seen}");
            let review = &bench.reviews("a")[0];
            assert_eq!((review.proposed.map(Grade::get), review.grade.get()), (*proposed, 4), "{typed} {ticks}");
            assert_eq!(bench.kept, [*typed]);
        }
        // Nothing to tick, no proposal. Facts and spoken answers are not reviewed.
        let seen = Bench::of("b", Answers::Line, &[]).lines(&[blame, "q"]);
        has(&seen, &["rule: \"blame\"", "Proposal(None)"]);
        for (id, typed) in [("c", blame.as_str()), ("a", "")] {
            let seen = Bench::of(id, Answers::Line, &[]).lines(&[typed, "a", "q"]);
            assert!(!seen.contains("Coached("), "{seen}");
        }
        // An answer that is not graded is not kept.
        let mut bench = Bench::of("a", Answers::Line, &[]);
        bench.lines(&[blame, "a", "b", "q"]);
        assert_eq!(bench.kept, Vec::<String>::new());
        // A program may send ticks with the grade.
        let mut bench = Bench::of("a", Answers::Aloud, &[]);
        bench.feed(Input::Start);
        bench.feed(Input::Action(UserAction::Answer { text: blame.clone(), facts: AnswerFacts::default() }));
        bench.feed(Input::Action(grade(5, Some(vec![1, 2]))));
        has(&bench.seen.join("\n"), &["proposed: None }\nCoached("]);
        assert_eq!(bench.reviews("a")[0].proposed.map(Grade::get), Some(2));
    }

    #[test]
    fn a_typed_fact_proposes_its_grade() {
        let cases = [
            (" paris. ", "Proposal(Some((Grade(4), Exactly)))", Some(4)),
            ("LUTETIA", "Proposal(Some((Grade(3), Accepted)))", Some(3)),
            ("Rome", "Proposal(None)", None),
            ("", "Proposal(None)", None),
        ];
        for (typed, proposal, proposed) in cases {
            let mut bench = Bench::of("c", Answers::Lines, &[]);
            let seen = bench.lines(&[typed, "2", "q"]);
            has(&seen, &[proposal, "words: None", "fact: true, answer: Some(\"Paris\")"]);
            let review = &bench.reviews("c")[0];
            assert_eq!((review.proposed.map(Grade::get), review.ms), (proposed, Some(10_000)), "{typed}");
        }
    }

    #[test]
    fn an_answer_is_written_in_the_editor_or_asked_for_again() {
        let written = [Input::Written(Err("no editor".into())), Input::Written(Ok("\nmy answer\n\n".into()))];
        let seen = Bench::of("a", Answers::Editor, &written).lines(&["x", "", "", "a", "q"]);
        let wanted = ["Unclear(Writing)", "Write(\"A?\")", "Trouble(\"no editor\")", "typed: Some(\"my answer\")"];
        has(&seen, &wanted);
        assert_eq!(seen.matches("Write(").count(), 2, "{seen}");
    }

    #[test]
    fn a_program_gives_its_answer_and_then_its_grade() {
        let answer = |text: &str, ticks, ms| {
            Input::Action(UserAction::Answer { text: text.into(), facts: AnswerFacts { ticks, ms } })
        };
        let mut bench = Bench::of("a", Answers::Aloud, &[]);
        bench.feed(Input::Start);
        bench.feed(answer("x", Some(vec![3]), None));
        bench.feed(answer("one two", Some(vec![1]), Some(59_000)));
        bench.feed(answer("more", None, None));
        bench.feed(Input::Action(grade(4, None)));
        let wanted = ["NoSuchItem(2)", "Unclear(Grading)", "Revealed { card: CardId(\"a\"), items: [\"p1\", \"p2\"]"];
        has(&bench.seen.join("\n"), &wanted);
        has(
            &bench.seen.join("\n"),
            &["answer: Some(\"model\"), note: None, source: None, heard: [], values: [] }, proposed: Some(Grade(3))"],
        );
        let review = &bench.reviews("a")[0];
        assert_eq!((review.ms, review.ticks.clone(), review.grade.get()), (Some(59_000), Some(vec![1]), 4));
        let mut bench = Bench::of("c", Answers::Aloud, &[]);
        bench.feed(Input::Start);
        bench.feed(answer("paris", None, Some(9_000)));
        has(&bench.seen.join("\n"), &["proposed: Some(Grade(5))"]);
    }

    #[test]
    fn a_card_comes_back_from_the_editor_as_it_is_now() {
        let now = |id: &str| Input::Edited(AfterEdit::Card(Box::new(entry(id)), Box::new(sheet(id))));
        // Not editable, then unchanged. The time in the editor is not part of the answer.
        let seen = Bench::of("a", Answers::Aloud, &[Input::Edited(AfterEdit::Unable), Input::Edited(AfterEdit::Same)])
            .lines(&["e", "e", "", "q"]);
        has(&seen, &["NeedsTerminal(CardId(\"a\"))", "Spoken { ms: Some(40000)"]);
        // It is asked again, and the hint still counts.
        let seen = Bench::of("b", Answers::Aloud, &[now("a")]).lines(&["e", "", "a", "q"]);
        has(&seen, &["prompt: \"B at", "prompt: \"A?\"", "nth: 1, of: 1", "Spoken { ms: Some(10000)"]);
        let seen = Bench::of("a", Answers::Aloud, &[now("a")]).lines(&["h", "e", "", "a", "q"]);
        has(&seen, &["Grade(3), Hinted"]);
        // Ticks stay valid for the same points.
        let seen = Bench::of("a", Answers::Aloud, &[now("a"), now("c")]).lines(&["", "a", "e", "e", "q"]);
        assert_eq!((seen.matches("Spoken {").count(), seen.matches("Grade(5), Said").count()), (2, 2), "{seen}");
        has(&seen, &["fact: true", "Proposal(None)"]);
        // It is gone, and nothing is left to ask.
        let seen = Bench::of("a", Answers::Aloud, &[Input::Edited(AfterEdit::Gone)]).lines(&["e"]);
        has(&seen, &["Gone(CardId(\"a\"))", "answered: 0, of: 0"]);
    }

    #[test]
    fn a_waiting_card_is_replaced_by_its_edited_version() {
        let mut bench = Bench::of("a", Answers::Aloud, &[]);
        bench.editor = vec![Input::Edited(AfterEdit::Card(Box::new(entry("b")), Box::new(sheet("b"))))];
        // Failed, asked again, edited into another card, and the failure undone: it is asked once.
        let seen = bench.lines(&["", "1", "2", "e", "u", "s"]);
        has(&seen, &["Done(Undone, CardId(\"b\"))", "Done(Skipped, CardId(\"", "answered: 0, of: 1"]);
    }

    /// Sets up a session of new cards of a quota, due cards, other new ones, failed ones, and new ones that nobody needs soon;
    /// the id of a card tells which it is.
    fn day(kinds: &[u8]) -> Bench {
        let horizon = Horizon::new(vec![StudyDay(20_790)], DaysOff::default());
        let today = StudyDay(20_779);
        let mut lists: [Vec<Entry>; 5] = Default::default();
        for (n, &kind) in kinds.iter().enumerate() {
            let kind = usize::from(kind);
            let id = CardId::parse(&format!("{}-{n}", ["due", "quota", "other", "again", "last"][kind])).unwrap();
            let mut entry = Entry { card: id, ..entry("b") };
            entry.due = (kind == 0).then_some(today);
            entry.state.failed_at = (kind == 3).then_some(n as i64);
            lists[kind].push(entry);
        }
        let [due, quota, others, again, last] = lists;
        let day = AskedDay { today, horizon, ..AskedDay::default() };
        let mut queue = Queue::new(due.len(), NewCards::listed(quota, others, last), again, day);
        let after = queue.after_repeats();
        queue.refill(due);
        let mut bench = Bench::new(false);
        bench.to_draw = std::iter::from_fn(|| queue.draw()).collect();
        bench.session.progress = SessionProgress::new(Vec::new(), bench.to_draw.len(), after, None);
        bench
    }

    fn asked(seen: &[String]) -> Option<String> {
        let last = seen.iter().rev().find(|line| line.starts_with("Card(") || line.starts_with("Summary"))?;
        Some(last.split('"').nth(1).filter(|_| last.starts_with("Card("))?.to_owned())
    }

    proptest! {
        #[test]
        fn a_repeat_is_never_asked_while_a_due_or_new_card_of_the_day_waits(
            kinds in prop::collection::vec(0u8..5, 0..12),
            answers in prop::collection::vec(0u8..9, 0..60),
        ) {
            let mut bench = day(&kinds);
            let order: Vec<String> = bench.to_draw.iter().map(|entry| entry.card.to_string()).collect();
            let place = |name: &str| order.iter().filter(|id| id.starts_with(name)).cloned().collect::<Vec<_>>();
            let mut first: VecDeque<String> = ["quota", "due", "other"].into_iter().flat_map(place).collect();
            let (mut again, mut last): (VecDeque<_>, VecDeque<_>) = (place("again").into(), place("last").into());
            bench.feed(Input::Start);
            let mut undone = false;
            for answer in answers {
                let Some(card) = asked(&bench.seen) else { break };
                first.retain(|waits| *waits != card || undone);
                let repeat = card.starts_with("again") || bench.reviews(&card).last().is_some_and(|review| !review.grade.settles());
                let waits = first.iter().find(|waits| bench.reviews(waits).is_empty() && **waits != card);
                if repeat && !undone {
                    prop_assert_eq!(waits, None, "{}", card);
                }
                match answer {
                    0..=5 => bench.feed(Input::Action(grade(answer, None))),
                    6 => bench.feed(Input::Action(UserAction::Skip)),
                    7 => bench.feed(Input::Action(UserAction::Bury)),
                    _ => {
                        undone |= !bench.session.progress.done.is_empty();
                        bench.feed(Input::Action(UserAction::Undo));
                        continue;
                    }
                }
                if undone {
                    continue;
                }
                // Without an undo, the order is known.
                for list in [&mut again, &mut last] {
                    list.retain(|waits| *waits != card);
                }
                if answer < 4 {
                    again.push_back(card);
                }
                let next = first.front().or(again.front()).or(last.front());
                prop_assert_eq!(asked(&bench.seen), next.cloned());
            }
        }

        #[test]
        fn after_an_undo_too_repeats_come_last(kinds in prop::collection::vec(0u8..5, 1..9), seed in prop::collection::vec(0u8..6, 1..40)) {
            // Every second answer is taken back and given again.
            let mut bench = day(&kinds);
            bench.feed(Input::Start);
            let mut asked_once: Vec<String> = Vec::new();
            let all: Vec<String> = (0..kinds.len()).filter(|&n| kinds[n] < 3)
                .map(|n| format!("{}-{n}", ["due", "quota", "other"][usize::from(kinds[n])])).collect();
            for (n, &answer) in seed.iter().enumerate() {
                let Some(card) = asked(&bench.seen) else { break };
                asked_once.push(card.clone());
                let repeat = card.starts_with("again") || !bench.reviews(&card).is_empty();
                prop_assert!(!repeat || all.iter().all(|card| asked_once.contains(card)), "{card} {all:?}");
                bench.feed(Input::Action(grade(answer, None)));
                if n % 2 == 0 && asked(&bench.seen).is_some() {
                    bench.feed(Input::Action(UserAction::Undo));
                    prop_assert_eq!(asked(&bench.seen), Some(card.clone()));
                    bench.feed(Input::Action(grade(answer, None)));
                }
            }
        }
    }
}
