//! The machine: a state, an input and an instant give outputs and the next state.

use super::progress::{Deed, Round};
use super::attempt::Turn;
use super::input::{Typed, command, in_range, read_line};
use super::{Action, Change, Did, Input, Output, Setup, Stage};
use crate::clock::{Instant, StudyDay};
use crate::deck::CardId;
use crate::entry::Entry;
use crate::history::{Body, CardState, EventId};
use crate::schedule::Grade;

#[derive(Debug)]
pub(crate) struct Session {
    setup: Setup,
    round: Round,
    state: State,
    began: Option<Instant>,
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
    /// The card is in the editor since then.
    Editing(Box<Turn>, Instant),
    /// The answer is being written in the editor.
    Writing(Box<Turn>),
    Over,
}

#[derive(Debug, Clone, Copy)]
enum Pending {
    Grade(Grade),
    Did(Did),
}

impl Session {
    /// A session that has not begun.
    pub(crate) fn new(setup: Setup) -> Self {
        let round = Round::new(setup.first.clone(), setup.more);
        Session { setup, round, state: State::Between, began: None }
    }

    /// Takes one input; gives what to show and, last, what to do.
    pub(crate) fn step(&mut self, input: Input, now: Instant) -> Vec<Output> {
        self.began.get_or_insert(now);
        let state = std::mem::replace(&mut self.state, State::Between);
        match (state, input) {
            (_, Input::Start) => self.start(now),
            (State::Drawing, Input::Drawn(cards)) => {
                self.round.drawn(cards);
                self.next(now)
            }
            (State::Fetching(entry), Input::Fetched(Some(sheet))) => {
                self.ask(Turn::new(*entry, *sheet, self.setup.answers, self.setup.spot, now))
            }
            (State::Fetching(entry), Input::Fetched(None)) => self.gone(entry.card, now),
            (State::Recording(turn, pending), Input::Recorded(event, state)) => {
                self.recorded(turn, pending, event, state, now)
            }
            (State::Undoing(turn, deed), Input::Recorded(_, state)) => self.undone(*turn, *deed, state, now),
            (State::Editing(turn, began), Input::Edited(change)) => self.edited(turn, began, change, now),
            (State::Writing(turn), Input::Written(Ok(text))) => self.answered(turn, &text, now),
            (State::Writing(turn), Input::Written(Err(trouble))) => self.wait(turn, vec![Output::Trouble(trouble)]),
            (State::Asking(turn), Input::Line(line)) => match turn.stage {
                Stage::Typing { lines } => self.typed(turn, line, lines, now),
                _ => self.line(turn, line.trim(), now),
            },
            (State::Asking(turn), Input::Action(action)) => self.act(turn, action, now),
            (_, Input::End) => self.finish(Vec::new()),
            // Nothing else can come: a driver answers what it was asked for.
            (state, _) => {
                self.state = state;
                vec![Output::Read]
            }
        }
    }

    fn start(&mut self, now: Instant) -> Vec<Output> {
        let (decks, cards) = self.setup.sizes;
        let Setup { seconds, cram, answers, .. } = self.setup;
        let greeting = Output::Greeting { decks, cards, now: self.round.left(), seconds, cram, answers };
        self.then_next(vec![greeting], now)
    }

    fn next(&mut self, now: Instant) -> Vec<Output> {
        let began = self.began.unwrap_or(now);
        let over = self.setup.minutes.is_some_and(|minutes| now.unix_ms - began.unix_ms >= i64::from(minutes) * 60_000);
        if over && self.round.left() > 0 {
            return self.finish(vec![Output::TimeIsUp(self.round.left())]);
        }
        if self.round.must_draw() {
            self.state = State::Drawing;
            return vec![Output::Draw];
        }
        match self.round.next() {
            Some(entry) => {
                self.state = State::Fetching(Box::new(entry.clone()));
                vec![Output::Fetch(Box::new(entry))]
            }
            None => self.finish(Vec::new()),
        }
    }

    /// The same, after these outputs.
    fn then_next(&mut self, mut outputs: Vec<Output>, now: Instant) -> Vec<Output> {
        outputs.extend(self.next(now));
        outputs
    }

    fn gone(&mut self, card: CardId, now: Instant) -> Vec<Output> {
        self.round.gone();
        self.then_next(vec![Output::Gone(card)], now)
    }

    fn finish(&mut self, mut outputs: Vec<Output>) -> Vec<Output> {
        self.state = State::Over;
        let Round { answered, spoken_ms, .. } = self.round;
        outputs.push(Output::Summary { answered, of: self.round.of(), spoken_ms });
        outputs.push(Output::Finish);
        outputs
    }

    fn ask(&mut self, turn: Turn) -> Vec<Output> {
        let (nth, of, left) = (self.round.nth, self.round.of(), self.round.left());
        let asked = turn.asked(nth, of, left, &self.setup.names);
        let then = match turn.stage {
            Stage::Spotting => Some(Output::Spot(turn.entry.card.clone())),
            _ => turn.in_hand(&self.setup.names),
        };
        let outputs = [Some(Output::Card(asked)), then];
        self.wait(Box::new(turn), outputs.into_iter().flatten().collect())
    }

    /// What was typed for the competency behind the question; then the answer begins.
    fn named(&mut self, mut turn: Box<Turn>, typed: &str, now: Instant) -> Vec<Output> {
        let spotted = turn.name(typed, &self.setup.competencies, self.setup.answers, now);
        let outputs = [Some(spotted), turn.in_hand(&self.setup.names)];
        self.wait(turn, outputs.into_iter().flatten().collect())
    }

    fn wait(&mut self, turn: Box<Turn>, mut outputs: Vec<Output>) -> Vec<Output> {
        self.state = State::Asking(turn);
        outputs.push(Output::Read);
        outputs
    }

    /// A line at a prompt that wants no text.
    fn line(&mut self, turn: Box<Turn>, line: &str, now: Instant) -> Vec<Output> {
        match read_line(turn.stage, line, turn.items()) {
            Some(Typed::Action(action)) => self.act(turn, action, now),
            Some(Typed::Spoken) if turn.stage == Stage::Writing => {
                let prompt = turn.prompt(&self.setup.names);
                self.state = State::Writing(turn);
                vec![Output::Write(prompt)]
            }
            Some(Typed::Spoken) if turn.stage == Stage::FollowUp => self.next(now),
            Some(Typed::Spoken) => self.answered(turn, "", now),
            Some(Typed::Named(name)) => self.named(turn, &name, now),
            Some(Typed::Ticks(ticks)) => self.ticked(turn, ticks, now),
            Some(Typed::Accept) => match turn.proposal(&self.setup.names) {
                Some((grade, _)) => self.grade(turn, grade, now),
                None => self.wait(turn, vec![Output::Unclear(Stage::Grading)]),
            },
            None => {
                let unclear = Output::Unclear(turn.stage);
                self.wait(turn, vec![unclear])
            }
        }
    }

    /// A line of a typed answer. Only the first may be a command, and one that begins with a space is none.
    fn typed(&mut self, mut turn: Box<Turn>, line: String, lines: bool, now: Instant) -> Vec<Output> {
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

    /// The answer was given: aloud, if nothing was typed.
    fn answered(&mut self, mut turn: Box<Turn>, text: &str, now: Instant) -> Vec<Output> {
        turn.measure(now);
        turn.take(text, self.setup.wpm);
        self.tick(turn)
    }

    /// Shows what there is to tick, if anything.
    fn tick(&mut self, mut turn: Box<Turn>) -> Vec<Output> {
        let outputs = vec![turn.spoken()];
        if turn.items() == 0 {
            return self.reveal(turn, outputs);
        }
        turn.stage = Stage::Ticking;
        self.wait(turn, outputs)
    }

    fn ticked(&mut self, mut turn: Box<Turn>, ticks: Vec<u16>, now: Instant) -> Vec<Output> {
        turn.ticks = Some(ticks);
        if turn.stage != Stage::Listening {
            return self.reveal(turn, Vec::new());
        }
        turn.measure(now);
        let outputs = vec![turn.spoken()];
        self.reveal(turn, outputs)
    }

    /// Shows what is only shown after the answer, and asks for a grade.
    fn reveal(&mut self, mut turn: Box<Turn>, mut outputs: Vec<Output>) -> Vec<Output> {
        turn.stage = Stage::Grading;
        turn.listen(&self.setup.coach);
        outputs.extend(turn.model(&self.setup.names));
        outputs.extend(turn.tales());
        outputs.extend(turn.heard());
        outputs.push(Output::Proposal(turn.proposal(&self.setup.names)));
        self.wait(turn, outputs)
    }

    /// A program gave a typed answer.
    fn told(
        &mut self,
        mut turn: Box<Turn>,
        text: &str,
        ticks: Option<Vec<u16>>,
        ms: Option<u64>,
        now: Instant,
    ) -> Vec<Output> {
        turn.measure(now);
        turn.take(text, self.setup.wpm);
        turn.hear(ticks, ms);
        turn.listen(&self.setup.coach);
        turn.stage = Stage::Grading;
        let outputs = [Some(turn.revealed(&self.setup.names)), turn.heard(), turn.tales()];
        self.wait(turn, outputs.into_iter().flatten().collect())
    }

    /// The card comes back from the editor.
    fn edited(&mut self, mut turn: Box<Turn>, began: Instant, change: Change, now: Instant) -> Vec<Output> {
        match change {
            Change::Unable => {
                let card = turn.entry.card.clone();
                self.wait(turn, vec![Output::NeedsTerminal(card)])
            }
            Change::Same => {
                // Nobody thought about the answer meanwhile.
                turn.shown = turn.shown.plus_ms(now.unix_ms - began.unix_ms);
                self.wait(turn, Vec::new())
            }
            Change::Gone if turn.stage == Stage::FollowUp => self.next(now),
            Change::Gone => self.gone(turn.entry.card, now),
            Change::Card(entry, sheet) => {
                self.round.became(&turn.entry.card, &entry);
                if turn.stage == Stage::FollowUp {
                    (turn.entry, turn.sheet) = (*entry, *sheet);
                    return self.wait(turn, Vec::new());
                }
                if turn.stage.is_open() {
                    let hint = turn.hint;
                    return self
                        .ask(Turn { hint, ..Turn::new(*entry, *sheet, self.setup.answers, self.setup.spot, now) });
                }
                // Ticks are numbers of what could be ticked.
                let same = turn.sheet.card.items().eq(sheet.card.items());
                (turn.entry, turn.sheet) = (*entry, *sheet);
                turn.ticks.take_if(|_| !same);
                if turn.ticks.is_some() { self.reveal(turn, Vec::new()) } else { self.tick(turn) }
            }
        }
    }

    fn act(&mut self, mut turn: Box<Turn>, action: Action, now: Instant) -> Vec<Output> {
        let stage = turn.stage;
        match action {
            Action::Grade { ticks: Some(ticks), .. } | Action::Answer { ticks: Some(ticks), .. }
                if !in_range(&ticks, turn.items()) =>
            {
                let items = turn.items();
                self.wait(turn, vec![Output::NoSuchItem(items)])
            }
            Action::Answer { text, ticks, ms } if stage.is_open() => self.told(turn, &text, ticks, ms, now),
            Action::Answer { .. } => self.wait(turn, vec![Output::Unclear(stage)]),
            Action::Grade { grade, ticks, ms } => {
                if ticks.is_some() || ms.is_some() {
                    turn.hear(ticks, ms);
                    turn.listen(&self.setup.coach);
                }
                self.grade(turn, grade, now)
            }
            Action::Help if stage == Stage::Grading => {
                let today = now.study_day(self.setup.rules.day_starts_at);
                let grades = self.consequences(&turn.entry, today);
                self.wait(turn, vec![Output::Help(stage), Output::Grades(grades, today)])
            }
            Action::Help => self.wait(turn, vec![Output::Help(stage)]),
            Action::Spot(name) if stage == Stage::Spotting => self.named(turn, &name, now),
            Action::Spot(_) => self.wait(turn, vec![Output::Unclear(stage)]),
            Action::Hint if stage.is_open() => {
                let hint = turn.sheet.card.hint.as_deref().map(|hint| self.setup.names.fill(hint));
                turn.hint |= hint.is_some();
                self.wait(turn, vec![Output::Hint(hint)])
            }
            Action::Hint => self.wait(turn, vec![Output::Unclear(stage)]),
            Action::Skip if stage == Stage::FollowUp => self.next(now),
            Action::Skip => self.then_next(vec![Output::Done(Did::Skipped, turn.entry.card)], now),
            Action::Bury => self.record(turn, Pending::Did(Did::Buried), now),
            Action::Suspend => self.record(turn, Pending::Did(Did::Suspended), now),
            Action::Undo => match self.round.last() {
                Some(deed) => {
                    let of = deed.event;
                    self.state = State::Undoing(turn, Box::new(deed));
                    vec![Output::Record(now, Body::Undo { of }, None)]
                }
                None => self.wait(turn, vec![Output::NothingToUndo]),
            },
            Action::Edit => {
                let entry = Box::new(turn.entry.clone());
                self.state = State::Editing(turn, now);
                vec![Output::Edit(entry)]
            }
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
        self.round.count(turn.ms);
        let noted = Output::Noted { grade, again };
        if again {
            self.round.ask_again(turn.entry);
            return self.then_next(vec![noted], now);
        }
        self.follow_up(turn, vec![noted], now)
    }

    /// After a good answer the interviewer asks on, if the card has a probe; a person answers it before the next card.
    fn follow_up(&mut self, mut turn: Box<Turn>, mut outputs: Vec<Output>, now: Instant) -> Vec<Output> {
        let asked = turn.follow_up(&self.setup.names);
        let waits = self.setup.attended && asked.is_some();
        outputs.extend(asked);
        if !waits {
            return self.then_next(outputs, now);
        }
        turn.stage = Stage::FollowUp;
        self.wait(turn, outputs)
    }

    fn record(&mut self, turn: Box<Turn>, pending: Pending, now: Instant) -> Vec<Output> {
        let card = turn.entry.card.clone();
        let (body, typed) = match pending {
            Pending::Grade(grade) => (Body::Review(turn.review(grade, &self.setup.names)), turn.typed.clone()),
            Pending::Did(Did::Buried) => (Body::Bury { card }, None),
            Pending::Did(_) => (Body::Suspend { card, on: true }, None),
        };
        self.state = State::Recording(turn, pending);
        vec![Output::Record(now, body, typed)]
    }

    fn recorded(
        &mut self,
        turn: Box<Turn>,
        pending: Pending,
        event: EventId,
        state: Option<CardState>,
        now: Instant,
    ) -> Vec<Output> {
        let today = now.study_day(self.setup.rules.day_starts_at);
        let card = turn.entry.card.clone();
        let mut deed = Deed { event, before: turn.entry.clone(), again: false, ms: turn.ms, counted: false };
        match pending {
            Pending::Grade(grade) => {
                self.round.count(turn.ms);
                deed.counted = true;
                let due = state.and_then(|state| state.due());
                if let Some(state) = state.filter(|_| !grade.settles()) {
                    deed.again = true;
                    self.round.ask_again(Entry { state, ..deed.before.clone() });
                }
                let saved = vec![Output::Saved { card, grade, due, again: deed.again, today }];
                self.round.did(deed);
                if grade.settles() { self.follow_up(turn, saved, now) } else { self.then_next(saved, now) }
            }
            Pending::Did(did) => {
                self.round.did(deed);
                self.then_next(vec![Output::Done(did, card)], now)
            }
        }
    }

    /// What was taken back is asked again now.
    fn undone(&mut self, turn: Turn, deed: Deed, state: Option<CardState>, now: Instant) -> Vec<Output> {
        let card = deed.before.card.clone();
        let as_it_stands = Entry { state: state.unwrap_or(deed.before.state), ..deed.before.clone() };
        // At a follow-up nothing waits: its card is what was graded.
        let waited = (turn.stage != Stage::FollowUp).then_some(turn.entry);
        self.round.undone(&deed, waited, as_it_stands);
        self.then_next(vec![Output::Done(Did::Undone, card)], now)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Answers, Names, Sheet};
    use super::*;
    use crate::clock::DayStart;
    use crate::collection::Coaching;
    use crate::deck::parse;
    use crate::diagnostic::Source;
    use crate::entry::Place;
    use crate::history::{Device, fold};
    use crate::settings::Rules;

    const DECK: &str = "[deck]\ntitle = \"D\"\n[[card]]\nid = \"a\"\nprompt = \"A?\"\nhint = \"h\"\nlimit = 60\npoints = [\"p1\", \"p2\"]\n\
                        answer = \"model\"\n[[card]]\nid = \"b\"\nshows = [\"Leading People\"]\nprompt = \"B at {company}?\"\nfollowups = [\"f1 at {company}\", \"f2\"]\n\
                        [[card]]\nid = \"c\"\nprompt = \"Capital?\"\nkind = \"fact\"\nanswer = \"Paris\"\naccept = [\"Lutetia\"]\n";

    /// A desk of values: it fetches from the deck above and keeps states in memory.
    struct Bench {
        session: Session,
        states: std::collections::BTreeMap<String, Vec<(EventId, Body)>>,
        now: Instant,
        seen: Vec<String>,
        /// What comes back from the editor, a card or an answer.
        editor: Vec<Input>,
        /// Answers that were kept.
        kept: Vec<String>,
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
            state: CardState::default(),
        }
    }

    fn sheet(id: &str) -> Sheet {
        let (deck, _) = parse(&Source::new("d.toml", DECK), &[]);
        let card = deck.cards.into_iter().find(|card| card.id.as_str() == id).unwrap();
        Sheet { card, deck: "D".into(), missed: vec![0, 2], tales: Vec::new(), before: None }
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
            }
        }

        /// A session of one card, answered in this way; what comes back from the editor, in turn.
        fn of(id: &str, answers: Answers, editor: &[Input]) -> Self {
            let mut bench = Bench::new(false);
            bench.session.setup.answers = answers;
            bench.session.round = Round::new(vec![entry(id)], 0);
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

        /// Answers everything the session asks for, until it wants a line; notes what it showed.
        fn feed(&mut self, input: Input) {
            let mut input = input;
            loop {
                self.now = self.now.plus_ms(10_000);
                let outputs = self.session.step(input, self.now);
                let (last, shown) = outputs.split_last().unwrap();
                self.seen.extend(shown.iter().map(|output| format!("{output:?}")));
                input = match last {
                    Output::Fetch(entry) => Input::Fetched(Some(Box::new(sheet(entry.card.as_str())))),
                    Output::Edit(_) | Output::Write(_) => {
                        self.seen.push(format!("{last:?}"));
                        self.editor.pop().unwrap()
                    }
                    Output::Draw => Input::Drawn(vec![entry("b")]),
                    Output::Record(at, body, typed) => {
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
                        let deeds = self
                            .states
                            .get(&card)
                            .into_iter()
                            .flatten()
                            .filter_map(|(_, body)| Some((body.action()?, day)));
                        Input::Recorded(id, Some(fold(deeds, &Rules::default())))
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
            "Model(Model { typed: None, fact: false, answer: Some(\"model\"), note: None, source: None })",
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
    fn after_a_good_answer_the_interviewer_asks_on() {
        let follow_ups = |seen: &str| seen.matches("FollowUp {").count();
        // In a pipe it takes no line; below a 4 nobody asks on; the next good answer gets the next probe.
        let mut bench = Bench::of("b", Answers::Aloud, &[]);
        let seen = bench.lines(&["", "3", "", "4"]);
        has(&seen, &["FollowUp { card: CardId(\"b\"), text: \"f1 at the company\" }", "answered: 2, of: 2"]);
        assert_eq!(follow_ups(&seen), 1, "{seen}");
        bench.session.round =
            Round::new(vec![Entry { state: CardState { good: 1, ..CardState::default() }, ..entry("b") }], 0);
        has(&bench.lines(&["", "5"]), &["text: \"f2\""]);
        // A person answers it, and only then comes what is next; nothing is graded.
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
            // What was taken back is asked again, under its own number.
            (&["", "4", "u", "", "5", ""], "answered: 1, of: 1", 1),
            (&["", "4", "u", "q"], "nth: 1, of: 1, deck", 0),
        ] {
            let (seen, reviews) = attended(lines);
            has(&seen, &[end]);
            assert_eq!(reviews, left, "{lines:?}");
        }
        // Nothing is recorded when cramming, and they ask on all the same.
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
            // The time runs from then on.
            let (seen, review) = spotting("b", Answers::Aloud, &[typed, "", "4"]);
            has(&seen, &["Spot(CardId(\"b\"))", "shows: [\"Leading People\"] }", "Spoken { ms: Some(10000)"]);
            assert_eq!(review.and_then(|review| review.spot), Some(right), "{typed:?}");
        }
        // What shows nothing is not asked for it; commands are no names; a listener's sheet comes after it.
        let (seen, review) = spotting("a", Answers::Aloud, &["", "a", ""]);
        assert!(!seen.contains("Spot"), "{seen}");
        assert_eq!(review.map(|review| review.spot), Some(None));
        let (seen, _) = spotting("b", Answers::Partner, &["?", "h", "lp", "", "4"]);
        has(&seen, &["Help(Spotting)", "Hint(None)", "right: true, shows: [\"Leading People\"] }\nInHand {"]);
        // A program may grade without.
        let mut bench = Bench::of("b", Answers::Aloud, &[]);
        bench.session.setup.spot = true;
        bench.feed(Input::Start);
        bench.feed(Input::Action(Action::Grade { grade: Grade::new(4).unwrap(), ticks: None, ms: None }));
        assert_eq!(bench.reviews("b")[0].spot, None);
    }

    #[test]
    fn a_listener_holds_the_sheet_and_ticks_what_was_said() {
        let seen = Bench::of("a", Answers::Partner, &[]).lines(&["", "h", "1", "", "q"]);
        let wanted = [
            "Card(Asked",
            "InHand { card: CardId(\"a\"), items: [(\"p1\", 0), (\"p2\", 2)], model: Model { typed: None, fact: false, answer: Some(\"model\")",
            // Enter is no tick.
            "Unclear(Listening)",
            "Spoken { ms: Some(30000), words: None, limit: 60, items: [] }",
            "Proposal(Some((Grade(3), Hinted)))",
        ];
        has(&seen, &wanted);
        assert!(!seen.contains("Model(Model"), "{seen}");
        // Nothing to tick: the time, then the grade; and they asked on as they liked.
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
    fn an_answer_is_typed_until_an_empty_line_and_stands_beside_the_model() {
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
        // Nobody spoke: there is no time to keep.
        let review = &bench.reviews("a")[0];
        assert_eq!((review.ms, review.grade.get(), review.points), (None, 3, Some(2)));
        // A line in a pipe is an answer; a blank one was spoken.
        let seen = Bench::of("a", Answers::Line, &[]).lines(&[LONG_ENOUGH, "a", "q"]);
        has(&seen, &["words: Some(15)", "Proposal(Some((Grade(5), Said)))"]);
        let seen = Bench::of("a", Answers::Line, &[]).lines(&["", "a", "q"]);
        has(&seen, &["Spoken { ms: Some(10000), words: None", "Model(Model { typed: None"]);
    }

    /// An answer that the coach has nothing to say of.
    const LONG_ENOUGH: &str = "I ask those who do the work first, for they know where it hurts.  Always";

    #[test]
    fn the_coach_counts_words_and_time_as_the_session_does() {
        let seen = Bench::of("a", Answers::Line, &[]).lines(&["Yes - I don't - it's well-known", "a", "q"]);
        has(&seen, &["Spoken { ms: Some(2400), words: Some(6)", "words: 6, ms: 2400"]);
    }

    #[test]
    fn the_coach_hears_what_was_typed_and_caps_the_grade() {
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
            has(&seen, &["Coached(CardId(\"a\"), Review {", proposal]);
            // After all else that the answer reveals; and the user stays in charge.
            assert!(seen.find("Model(").unwrap() < seen.find("Coached(").unwrap(), "{seen}");
            let review = &bench.reviews("a")[0];
            assert_eq!((review.proposed.map(Grade::get), review.grade.get()), (*proposed, 4), "{typed} {ticks}");
            assert_eq!(bench.kept, [*typed]);
        }
        // Where nothing can be ticked nothing is proposed; a fact is right or wrong; what was spoken nobody heard.
        let seen = Bench::of("b", Answers::Line, &[]).lines(&[blame, "q"]);
        has(&seen, &["rule: \"blame\"", "Proposal(None)"]);
        for (id, typed) in [("c", blame.as_str()), ("a", "")] {
            let seen = Bench::of(id, Answers::Line, &[]).lines(&[typed, "a", "q"]);
            assert!(!seen.contains("Coached("), "{seen}");
        }
        // What was not graded is not kept, nor is what was said of it recorded.
        let mut bench = Bench::of("a", Answers::Line, &[]);
        bench.lines(&[blame, "a", "b", "q"]);
        assert_eq!(bench.kept, Vec::<String>::new());
        // A program may tick when it grades: what it said then counts.
        let mut bench = Bench::of("a", Answers::Aloud, &[]);
        bench.feed(Input::Start);
        bench.feed(Input::Action(Action::Answer { text: blame.clone(), ticks: None, ms: None }));
        bench.feed(Input::Action(Action::Grade { grade: Grade::new(5).unwrap(), ticks: Some(vec![1, 2]), ms: None }));
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
        let answer = |text: &str, ticks, ms| Input::Action(Action::Answer { text: text.into(), ticks, ms });
        let mut bench = Bench::of("a", Answers::Aloud, &[]);
        bench.feed(Input::Start);
        bench.feed(answer("x", Some(vec![3]), None));
        bench.feed(answer("one two", Some(vec![1]), Some(59_000)));
        bench.feed(answer("more", None, None));
        bench.feed(Input::Action(Action::Grade { grade: Grade::new(4).unwrap(), ticks: None, ms: None }));
        let wanted = ["NoSuchItem(2)", "Unclear(Grading)", "Revealed { card: CardId(\"a\"), items: [\"p1\", \"p2\"]"];
        has(&bench.seen.join("\n"), &wanted);
        has(&bench.seen.join("\n"), &["answer: Some(\"model\"), note: None, source: None, proposed: Some(Grade(3))"]);
        let review = &bench.reviews("a")[0];
        assert_eq!((review.ms, review.ticks.clone(), review.grade.get()), (Some(59_000), Some(vec![1]), 4));
        let mut bench = Bench::of("c", Answers::Aloud, &[]);
        bench.feed(Input::Start);
        bench.feed(answer("paris", None, Some(9_000)));
        has(&bench.seen.join("\n"), &["proposed: Some(Grade(5))"]);
    }

    #[test]
    fn a_card_comes_back_from_the_editor_as_it_is_now() {
        let now = |id: &str| Input::Edited(Change::Card(Box::new(entry(id)), Box::new(sheet(id))));
        // Here it cannot be edited; it is as it was, and the time in the editor is not the answer's.
        let seen = Bench::of("a", Answers::Aloud, &[Input::Edited(Change::Unable), Input::Edited(Change::Same)])
            .lines(&["e", "e", "", "q"]);
        has(&seen, &["NeedsTerminal(CardId(\"a\"))", "Spoken { ms: Some(40000)"]);
        // It is asked anew; the hint was seen all the same.
        let seen = Bench::of("b", Answers::Aloud, &[now("a")]).lines(&["e", "", "a", "q"]);
        has(&seen, &["prompt: \"B at", "prompt: \"A?\"", "nth: 1, of: 1", "Spoken { ms: Some(10000)"]);
        let seen = Bench::of("a", Answers::Aloud, &[now("a")]).lines(&["h", "e", "", "a", "q"]);
        has(&seen, &["Grade(3), Hinted"]);
        // Ticks count on if what was ticked is the same.
        let seen = Bench::of("a", Answers::Aloud, &[now("a"), now("c")]).lines(&["", "a", "e", "e", "q"]);
        assert_eq!((seen.matches("Spoken {").count(), seen.matches("Grade(5), Said").count()), (2, 2), "{seen}");
        has(&seen, &["fact: true", "Proposal(None)"]);
        // It is gone, and nothing is left.
        let seen = Bench::of("a", Answers::Aloud, &[Input::Edited(Change::Gone)]).lines(&["e"]);
        has(&seen, &["Gone(CardId(\"a\"))", "answered: 0, of: 0"]);
    }

    #[test]
    fn what_waits_of_a_card_is_of_the_card_it_became() {
        let mut bench = Bench::of("a", Answers::Aloud, &[]);
        bench.editor = vec![Input::Edited(Change::Card(Box::new(entry("b")), Box::new(sheet("b"))))];
        // Failed, asked again, edited into another, and the failure taken back: it is asked once.
        let seen = bench.lines(&["", "1", "2", "e", "u", "s"]);
        has(&seen, &["Done(Undone, CardId(\"b\"))", "Done(Skipped, CardId(\"", "answered: 0, of: 1"]);
    }
}
