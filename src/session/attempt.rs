//! One card being asked: what is known of the answer, and the grade it earns.

use super::competency;
use super::{Answers, Asked, Because, Model, Names, Output, Sheet, Stage};
use crate::clock::Instant;
use crate::coach::{self, Answer, TextKind};
use crate::collection::Coaching;
use crate::deck::{Card, Kind, aloud, words};
use crate::diagnostic::Severity;
use crate::entry::Entry;
use crate::history::Review;
use crate::schedule::{self, Attempt, Grade, Right};
use crate::stories::StoryRef;

/// How many stories that fit are named.
const TALES: usize = 3;

/// One card being asked.
#[derive(Debug)]
pub(crate) struct Turn {
    pub(crate) entry: Entry,
    pub(crate) sheet: Sheet,
    pub(crate) stage: Stage,
    /// Whether a listener holds the sheet: then all that it says is seen from the start.
    pub(crate) in_hand: bool,
    /// Since when it is thought about.
    pub(crate) shown: Instant,
    /// The time it took, where that was measured; it is kept.
    pub(crate) ms: Option<u64>,
    pub(crate) hint: bool,
    /// Whether the competency was named, where it was asked for.
    pub(crate) spot: Option<bool>,
    pub(crate) ticks: Option<Vec<u16>>,
    /// What is typed so far, line by line.
    pub(crate) lines: Vec<String>,
    /// The answer, where it was typed.
    pub(crate) typed: Option<String>,
    /// What the coach has to say of what was typed.
    pub(crate) coached: Option<coach::Feedback>,
    /// The time the typed words take aloud. Nobody spoke it, so it is not kept.
    pub(crate) aloud: Option<u64>,
}

impl Turn {
    /// A card that is asked now; with `spot` its competency is to be named first, if it shows one.
    pub(crate) fn new(entry: Entry, sheet: Sheet, answers: Answers, spot: bool, shown: Instant) -> Self {
        let in_hand = answers == Answers::Partner;
        let stage = if spot && !sheet.card.shows.is_empty() { Stage::Spotting } else { opening(answers, &sheet.card) };
        Turn {
            entry,
            sheet,
            stage,
            in_hand,
            shown,
            ms: None,
            hint: false,
            spot: None,
            ticks: None,
            lines: Vec::new(),
            typed: None,
            coached: None,
            aloud: None,
        }
    }

    /// Takes what was typed for the competency; the answer begins now.
    pub(crate) fn name(&mut self, typed: &str, known: &[String], answers: Answers, now: Instant) -> Output {
        let shows = self.sheet.card.shows.clone();
        let right = competency::names(typed, &shows, known);
        (self.spot, self.stage, self.shown) = (Some(right), opening(answers, &self.sheet.card), now);
        Output::Spotted { card: self.entry.card.clone(), right, shows }
    }

    /// How many parts and points there are.
    pub(crate) fn items(&self) -> usize {
        self.sheet.card.items().count()
    }

    /// What is asked, this time.
    pub(crate) fn prompt(&self, names: &Names) -> String {
        names.fill(self.sheet.card.angle(self.entry.state.reviews))
    }

    /// What the interviewer asks after a good answer.
    pub(crate) fn follow_up(&self, names: &Names) -> Option<Output> {
        // A listener asked on as they saw fit.
        let text = self.sheet.card.followup(self.entry.state.good).filter(|_| !self.in_hand)?;
        Some(Output::FollowUp { card: self.entry.card.clone(), text: names.fill(text) })
    }

    /// The card as it is asked: number `nth` of `of`, with so many after it.
    pub(crate) fn asked(&self, nth: usize, of: usize, left: usize, names: &Names) -> Asked {
        let card = &self.sheet.card;
        Asked {
            card: self.entry.card.clone(),
            nth,
            of,
            deck: self.sheet.deck.clone(),
            kind: card.kind.word(),
            prompt: self.prompt(names),
            parts: card.parts.len(),
            items: card.items().map(ToOwned::to_owned).collect(),
            limit: card.limit,
            left,
        }
    }

    /// Takes the time since the card was shown.
    pub(crate) fn measure(&mut self, now: Instant) {
        let elapsed = u64::try_from(now.unix_ms - self.shown.unix_ms).ok();
        self.ms = elapsed.and_then(|ms| schedule::spoken(ms, self.sheet.card.limit));
    }

    /// Takes an answer that was typed. A fact is as quick as it is typed; of any other answer only the words tell how long
    /// it is. A blank one was spoken.
    pub(crate) fn take(&mut self, text: &str, wpm: u32) {
        let text = text.trim_matches(['\n', '\r']).trim_end();
        if text.trim().is_empty() {
            return;
        }
        self.typed = Some(text.to_owned());
        if self.sheet.card.kind != Kind::Fact {
            self.ms = None;
            self.aloud = Some(aloud(words(text), wpm));
        }
    }

    /// Takes what a program says of the answer.
    pub(crate) fn hear(&mut self, ticks: Option<Vec<u16>>, ms: Option<u64>) {
        self.ms = ms.and_then(|ms| schedule::spoken(ms, self.sheet.card.limit)).or(self.ms);
        self.ticks = ticks.or(self.ticks.take());
    }

    /// Lets the coach hear what was typed, unless it is a fact, which is right or wrong.
    pub(crate) fn listen(&mut self, coach: &Coaching) {
        let card = &self.sheet.card;
        let Some(text) = self.typed.as_deref().filter(|_| card.kind != Kind::Fact) else { return };
        let (ms, ticks, hint) = (self.ms, self.ticks.as_deref(), self.hint);
        let answer = Answer { text, ms, ticks, hint, before: self.sheet.before.as_ref() };
        self.coached = Some(coach::review(&answer, &coach.context(TextKind::Answer(card.kind), Some(card))));
    }

    /// What it said, if it heard anything.
    pub(crate) fn heard(&self) -> Option<Output> {
        Some(Output::Coached(self.entry.card.clone(), self.coached.clone()?))
    }

    /// The time that counts.
    fn time(&self) -> Option<u64> {
        self.ms.or(self.aloud)
    }

    /// The time it took, and what there is to tick.
    pub(crate) fn spoken(&self) -> Output {
        let words = self.aloud.and(self.typed.as_ref()).map(|typed| words(typed));
        let items = if self.ticks.is_some() { Vec::new() } else { self.to_tick() };
        Output::Spoken { ms: self.time(), words, limit: self.sheet.card.limit, items }
    }

    /// Parts and points in one numbering, each with how often in a row it was missed lately.
    fn to_tick(&self) -> Vec<(String, usize)> {
        let missed = |n: usize| self.sheet.missed.get(n).copied().unwrap_or(0);
        self.sheet.card.items().enumerate().map(|(n, item)| (item.to_owned(), missed(n))).collect()
    }

    /// What a listener has in hand from the start.
    pub(crate) fn in_hand(&self, names: &Names) -> Option<Output> {
        let followups = self.sheet.card.followups.iter().map(|text| names.fill(text)).collect();
        let (card, items, model) = (self.entry.card.clone(), self.to_tick(), self.said_after(names));
        self.in_hand.then_some(Output::InHand { card, items, model, followups })
    }

    /// What is only shown after the answer: the model answer, a note, a source.
    fn afterwards(&self, names: &Names) -> [Option<String>; 3] {
        let card = &self.sheet.card;
        [&card.answer, &card.note, &card.source].map(|text| text.as_deref().map(|text| names.fill(text)))
    }

    /// That, and beside a model answer what was typed.
    fn said_after(&self, names: &Names) -> Model {
        let [answer, note, source] = self.afterwards(names);
        let typed = self.typed.clone().filter(|_| answer.is_some());
        Model { typed, fact: self.sheet.card.kind == Kind::Fact, answer, note, source }
    }

    /// The same as it is shown, if there is any and it was not seen from the start.
    pub(crate) fn model(&self, names: &Names) -> Option<Output> {
        let model = self.said_after(names);
        let any = model.answer.is_some() || model.note.is_some() || model.source.is_some();
        (any && !self.in_hand).then_some(Output::Model(model))
    }

    /// The stories that fit, if any do.
    pub(crate) fn tales(&self) -> Option<Output> {
        let tales: Vec<StoryRef> = self.sheet.tales.iter().take(TALES).cloned().collect();
        (!tales.is_empty()).then(|| Output::Tales(self.entry.card.clone(), tales))
    }

    /// All that is only shown after the answer, for a program.
    pub(crate) fn revealed(&self, names: &Names) -> Output {
        let [answer, note, source] = self.afterwards(names);
        Output::Revealed {
            card: self.entry.card.clone(),
            items: self.sheet.card.items().map(ToOwned::to_owned).collect(),
            answer,
            note,
            source,
            proposed: self.proposal(names).map(|(grade, _)| grade),
        }
    }

    /// The grade the answer earns, and why.
    pub(crate) fn proposal(&self, names: &Names) -> Option<(Grade, Because)> {
        let card = &self.sheet.card;
        let right = self.typed.as_ref().filter(|_| card.kind == Kind::Fact).and_then(|typed| {
            let accept: Vec<String> = card.accept.iter().map(|other| names.fill(other)).collect();
            schedule::right(typed, card.answer.as_ref().map(|answer| names.fill(answer)).as_deref(), &accept)
        });
        if let Some(right) = right {
            let because = match right {
                _ if self.hint => Because::Hinted,
                Right::Exactly => Because::Exactly,
                Right::Accepted => Because::Accepted,
            };
            return Some((schedule::proposed_fact(right, self.ms, card.limit, self.hint), because));
        }
        let finding = self.coached.as_ref().and_then(coach::Feedback::worst);
        propose(card, self.ticks.as_deref()?, self.time(), self.hint, finding)
    }

    /// The review that a grade makes of it.
    pub(crate) fn review(&self, grade: Grade, names: &Names) -> Review {
        Review {
            card: self.entry.card.clone(),
            grade,
            proposed: self.proposal(names).map(|(grade, _)| grade),
            ms: self.ms,
            ticks: self.ticks.clone(),
            points: self.ticks.as_ref().and(u16::try_from(self.items()).ok()),
            hint: self.hint,
            spot: self.spot,
        }
    }
}

/// Where in a card its answer begins.
fn opening(answers: Answers, card: &Card) -> Stage {
    match answers.stage(card.kind) {
        // There is nothing to tick.
        Stage::Listening if card.items().next().is_none() => Stage::Speaking,
        stage => stage,
    }
}

/// The grade an answer earns, and why, for a card whose parts and points were ticked; `finding` is the gravest of the
/// coach's.
pub(crate) fn propose(
    card: &Card,
    ticks: &[u16],
    ms: Option<u64>,
    hint: bool,
    finding: Option<Severity>,
) -> Option<(Grade, Because)> {
    let (parts, points) = (card.parts.len(), card.points.len());
    let attempt = Attempt { parts, points, ticks, ms, limit: card.limit, hint, finding };
    let grade = schedule::proposed(&attempt)?;
    if schedule::proposed(&Attempt { finding: None, ..attempt }) > Some(grade) {
        let fault = finding == Some(Severity::Error);
        return Some((grade, if fault { Because::Soured } else { Because::Questioned }));
    }
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
