//! One card being asked: what is known about the answer, and the grade it earns.

use super::answers::{Answers, Stage};
use super::competency::is_named;
use super::protocol::{AnswerFacts, Asked, CardSheet, Model, ProposalReason, Show};
use super::setup::Names;
use crate::clock::Instant;
use crate::coach::{self, Answer, Coaching, TextKind};
use crate::deck::{Card, Kind, count_words, speaking_ms};
use crate::diagnostic::Severity;
use crate::entry::Entry;
use crate::history::Review;
use crate::schedule::{self, Attempt, FactMatch, Grade};
use crate::stories::StoryRef;

const STORIES: usize = 3;

#[derive(Debug)]
pub(crate) struct Turn {
    pub(crate) entry: Entry,
    pub(crate) sheet: CardSheet,
    pub(crate) stage: Stage,
    /// Whether a listener sees the whole card from the start.
    pub(crate) in_hand: bool,
    pub(crate) shown: Instant,
    pub(crate) ms: Option<u64>,
    pub(crate) hint: bool,
    /// Whether the competency was named, if it was asked for.
    pub(crate) spotted: Option<bool>,
    pub(crate) ticks: Option<Vec<u16>>,
    pub(crate) lines: Vec<String>,
    pub(crate) typed: Option<String>,
    pub(crate) coached: Option<coach::Feedback>,
    /// The time the typed words would take aloud. It is an estimate, so it is not recorded.
    pub(crate) aloud: Option<u64>,
}

impl Turn {
    /// A card that is asked now. With `spot` its competency is asked for first, if it shows one.
    pub(crate) fn new(entry: Entry, sheet: CardSheet, answers: Answers, spot: bool, shown: Instant) -> Self {
        let in_hand = answers == Answers::Partner;
        let stage =
            if spot && !sheet.card.shows.is_empty() { Stage::Spotting } else { first_stage(answers, &sheet.card) };
        Turn {
            entry,
            sheet,
            stage,
            in_hand,
            shown,
            ms: None,
            hint: false,
            spotted: None,
            ticks: None,
            lines: Vec::new(),
            typed: None,
            coached: None,
            aloud: None,
        }
    }

    pub(crate) fn spot(&mut self, typed: &str, known: &[String], answers: Answers, now: Instant) -> Show {
        let shows = self.sheet.card.shows.clone();
        let right = is_named(typed, &shows, known);
        (self.spotted, self.stage, self.shown) = (Some(right), first_stage(answers, &self.sheet.card), now);
        Show::Spotted { card: self.entry.card.clone(), right, shows }
    }

    pub(crate) fn items(&self) -> usize {
        self.sheet.card.items().count()
    }

    pub(crate) fn prompt(&self, names: &Names) -> String {
        names.fill(self.sheet.card.angle(self.entry.state.reviews))
    }

    pub(crate) fn follow_up(&self, names: &Names) -> Option<Show> {
        // A listener asks follow-ups themselves.
        let text = self.sheet.card.followup(self.entry.state.good).filter(|_| !self.in_hand)?;
        Some(Show::FollowUp { card: self.entry.card.clone(), text: names.fill(text) })
    }

    /// Returns the card as it is asked: number `nth` of `of`.
    pub(crate) fn asked(&self, nth: usize, of: usize, names: &Names) -> Asked {
        let card = &self.sheet.card;
        Asked {
            card: self.entry.card.clone(),
            nth,
            of,
            deck: self.sheet.deck.clone(),
            kind: card.kind.word(),
            prompt: self.prompt(names),
            parts: card.parts.len(),
            items: card.items().map(|item| names.fill(item)).collect(),
            limit: card.limit,
            left: of.saturating_sub(nth),
            early_for: self.sheet.early_for.clone(),
        }
    }

    pub(crate) fn measure(&mut self, now: Instant) {
        let elapsed = u64::try_from(now.unix_ms - self.shown.unix_ms).ok();
        self.ms = elapsed.and_then(|ms| schedule::plausible_time(ms, self.sheet.card.limit));
    }

    /// Sets a typed answer. For a fact the time of typing counts; for other answers the time is estimated from the words. A
    /// blank answer was spoken.
    pub(crate) fn set_typed(&mut self, text: &str, wpm: u32) {
        let text = text.trim_matches(['\n', '\r']).trim_end();
        if text.trim().is_empty() {
            return;
        }
        self.typed = Some(text.to_owned());
        if self.sheet.card.kind != Kind::Fact {
            self.ms = None;
            self.aloud = Some(speaking_ms(count_words(text), wpm));
        }
    }

    pub(crate) fn set_facts(&mut self, AnswerFacts { ticks, ms }: AnswerFacts) {
        self.ms = ms.and_then(|ms| schedule::plausible_time(ms, self.sheet.card.limit)).or(self.ms);
        self.ticks = ticks.or(self.ticks.take());
    }

    pub(crate) fn coach(&mut self, coach: &Coaching) {
        let card = &self.sheet.card;
        let Some(text) = self.typed.as_deref().filter(|_| card.kind != Kind::Fact) else { return };
        let (ms, ticks, hint) = (self.ms, self.ticks.as_deref(), self.hint);
        let answer = Answer { text, ms, ticks, hint, before: self.sheet.before.as_ref() };
        self.coached = Some(coach::review(&answer, &coach.context(TextKind::Answer(card.kind), Some(card))));
    }

    pub(crate) fn review_by_coach(&self) -> Option<Show> {
        Some(Show::Coached(self.entry.card.clone(), self.coached.clone()?))
    }

    fn time(&self) -> Option<u64> {
        self.ms.or(self.aloud)
    }

    pub(crate) fn spoken(&self, names: &Names) -> Show {
        let words = self.aloud.and(self.typed.as_ref()).map(|typed| count_words(typed));
        let items = if self.ticks.is_some() { Vec::new() } else { self.to_tick(names) };
        Show::Spoken { ms: self.time(), words, limit: self.sheet.card.limit, items }
    }

    /// Returns parts and points in one numbering, each with how often in a row it was missed recently.
    fn to_tick(&self, names: &Names) -> Vec<(String, usize)> {
        let missed = |n: usize| self.sheet.missed.get(n).copied().unwrap_or(0);
        self.sheet.card.items().enumerate().map(|(n, item)| (names.fill(item), missed(n))).collect()
    }

    pub(crate) fn in_hand(&self, names: &Names) -> Option<Show> {
        let followups = self.sheet.card.followups.iter().map(|text| names.fill(text)).collect();
        let (card, items, model) = (self.entry.card.clone(), self.to_tick(names), self.after_answer(names));
        self.in_hand.then_some(Show::InHand { card, items, model, followups })
    }

    /// Returns what is shown after the answer, with the typed answer if there is a model answer.
    fn after_answer(&self, names: &Names) -> Model {
        let card = &self.sheet.card;
        let texts = [&card.answer, &card.note, &card.source];
        let [answer, note, source] = texts.map(|text| text.as_deref().map(|text| names.fill(text)));
        let typed = self.typed.clone().filter(|_| answer.is_some());
        let (heard, values) = (self.sheet.heard.clone(), self.sheet.values.clone());
        Model { typed, fact: card.kind == Kind::Fact, answer, note, source, heard, values }
    }

    /// Returns what is shown after the answer, unless there is nothing or it was shown from the start.
    pub(crate) fn model(&self, names: &Names) -> Option<Show> {
        let model = self.after_answer(names);
        let any = model.answer.is_some() || model.note.is_some() || model.source.is_some();
        let any = any || !model.heard.is_empty() || !model.values.is_empty();
        (any && !self.in_hand).then_some(Show::Model(model))
    }

    pub(crate) fn stories(&self) -> Option<Show> {
        let stories: Vec<StoryRef> = self.sheet.stories.iter().take(STORIES).cloned().collect();
        (!stories.is_empty()).then(|| Show::Stories(self.entry.card.clone(), stories))
    }

    pub(crate) fn revealed(&self, names: &Names) -> Show {
        Show::Revealed {
            card: self.entry.card.clone(),
            items: self.sheet.card.items().map(|item| names.fill(item)).collect(),
            model: self.after_answer(names),
            proposed: self.proposal(names).map(|(grade, _)| grade),
        }
    }

    pub(crate) fn proposal(&self, names: &Names) -> Option<(Grade, ProposalReason)> {
        let card = &self.sheet.card;
        let right = self.typed.as_ref().filter(|_| card.kind == Kind::Fact).and_then(|typed| {
            let accept: Vec<String> = card.accept.iter().map(|other| names.fill(other)).collect();
            schedule::match_fact(typed, card.answer.as_ref().map(|answer| names.fill(answer)).as_deref(), &accept)
        });
        if let Some(right) = right {
            let reason = match right {
                _ if self.hint => ProposalReason::Hinted,
                FactMatch::Exactly => ProposalReason::Exactly,
                FactMatch::Accepted => ProposalReason::Accepted,
            };
            return Some((schedule::proposed_fact_grade(right, self.ms, card.limit, self.hint), reason));
        }
        let finding = self.coached.as_ref().and_then(coach::Feedback::worst);
        propose(card, self.ticks.as_deref()?, self.time(), self.hint, finding)
    }

    pub(crate) fn review(&self, grade: Grade, names: &Names) -> Review {
        Review {
            card: self.entry.card.clone(),
            grade,
            proposed: self.proposal(names).map(|(grade, _)| grade),
            ms: self.ms,
            ticks: self.ticks.clone(),
            points: self.ticks.as_ref().and(u16::try_from(self.items()).ok()),
            hint: self.hint,
            spot: self.spotted,
        }
    }
}

fn first_stage(answers: Answers, card: &Card) -> Stage {
    match answers.stage(card.kind) {
        // Nothing to tick, so no listener is needed.
        Stage::Listening if card.items().next().is_none() => Stage::Speaking,
        stage => stage,
    }
}

/// Returns the grade an answer with these ticks earns, and why. `finding` is the coach's gravest finding.
pub(crate) fn propose(
    card: &Card,
    ticks: &[u16],
    ms: Option<u64>,
    hint: bool,
    finding: Option<Severity>,
) -> Option<(Grade, ProposalReason)> {
    let (parts, points) = (card.parts.len(), card.points.len());
    let attempt = Attempt { parts, points, ticks, ms, limit: card.limit, hint, finding };
    let grade = schedule::proposed_grade(&attempt)?;
    if schedule::proposed_grade(&Attempt { finding: None, ..attempt }) > Some(grade) {
        let fault = finding == Some(Severity::Error);
        return Some((grade, if fault { ProposalReason::Soured } else { ProposalReason::Questioned }));
    }
    let said =
        |range: std::ops::RangeInclusive<usize>| range.filter(|n| ticks.iter().any(|&t| usize::from(t) == *n)).count();
    let limit = u64::from(card.limit) * 1000;
    let missing = parts - said(1..=parts);
    let reason = match grade.get() {
        2 | 3 if missing > 0 => ProposalReason::Parts(missing),
        3 if hint => ProposalReason::Hinted,
        3 if said(1..=parts + points) == parts + points => ProposalReason::FarOverTime,
        4 if ms.is_some_and(|ms| ms > limit) => ProposalReason::OverTime,
        _ => ProposalReason::Said,
    };
    Some((grade, reason))
}
