//! What the interviews can expect: the cards in scope, how far they are, and the forecast.

use std::collections::VecDeque;

use super::error::Error;
use super::open::Collection;
use crate::clock::StudyDay;
use crate::deck::Interview;
use crate::entry::{Entry, InterviewScope, ScopedCard, Status};
use crate::horizon::{Horizon, Scope};
use crate::plan::{Budget, DeckGroup, Forecast, Outlook, Pace, Situation};
use crate::remedy::{Remedies, groups, remedies};

/// How many days ahead an interview is forecast.
const FARTHEST: i64 = 366;

/// How many cards are in scope for an interview, and how far they are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Readiness {
    pub(crate) cards: u64,
    pub(crate) ready: u64,
    /// Seen and not ready.
    pub(crate) met: u64,
    pub(crate) unseen: u64,
}

/// An interview with what it can expect.
#[derive(Debug, Clone)]
pub(crate) struct Prospect {
    pub(crate) interview: Interview,
    pub(crate) file: String,
    pub(crate) readiness: Readiness,
    /// `None` if it is not to come, has no date, or is too far ahead for a forecast.
    pub(crate) outlook: Option<Outlook>,
}

/// The dated interviews to come, the earliest first, and the forecast over all of them.
#[derive(Debug)]
pub(crate) struct Prospects {
    pub(crate) interviews: Vec<Prospect>,
    pub(crate) forecast: Forecast,
    pub(crate) situation: Situation,
    decks: Vec<DeckGroup>,
}

impl Collection {
    /// Returns what the interviews to come can expect as of today.
    pub(crate) fn prospects(&self, today: StudyDay) -> Result<Prospects, Error> {
        let upcoming = &self.upcoming;
        let all = upcoming.horizon();
        let near = all.interviews().iter().copied().filter(|date| date.since(today) <= FARTHEST).collect();
        let horizon = Horizon::new(near, all.off().clone());
        let minutes = u64::from(self.settings.minutes_per_day);
        let budget = |spent_today, cards| Budget { minutes, spent_today, cards };
        if all.interviews().is_empty() {
            let pace = Pace::new(&Default::default(), 0);
            let situation = Situation { groups: Vec::new(), horizon, pace, budget: budget(0, None), today };
            return Ok(Prospects {
                interviews: Vec::new(),
                forecast: Forecast::default(),
                situation,
                decks: Vec::new(),
            });
        }
        let decks = self.store.scoped_decks()?;
        let mut groups = groups(&decks);
        let met = self.store.new_counts(today)?.met_today;
        groups.iter_mut().for_each(|group| group.met_today = met.get(&group.scope).copied().unwrap_or(0));
        let inside = || decks.iter().filter(|deck| !deck.group.scope.is_empty());
        let (seconds, cards) = inside().fold((0, 0), |(s, c), deck| (s + deck.seconds, c + deck.group.cards()));
        let pace = Pace::new(&self.store.totals()?, seconds / cards.max(1));
        let (_, reviewed) = self.store.day_counts(today)?;
        let most = self.settings.max_per_day.map(u64::from);
        let budget = budget(self.store.spent(today)?, most.map(|most| (most, most.saturating_sub(reviewed as u64))));
        let situation = Situation { groups, horizon, pace, budget, today };
        let forecast = situation.forecast();
        let prospect = |(n, scope): (usize, &InterviewScope)| {
            let mut readiness = Readiness::default();
            decks.iter().filter(|deck| deck.group.scope.contains(n)).for_each(|deck| readiness.add(deck));
            let InterviewScope { interview, file, .. } = scope.clone();
            Prospect { interview, file, readiness, outlook: forecast.interviews.get(n).copied() }
        };
        let interviews = upcoming.interviews.iter().enumerate().map(prospect).collect();
        Ok(Prospects { interviews, forecast, situation, decks })
    }

    /// Returns every interview: those to come in order of their dates, those without a date, and past ones, the last first.
    pub(crate) fn all_interviews(&self, today: StudyDay) -> Result<Vec<Prospect>, Error> {
        let mut found = self.prospects(today)?.interviews;
        let known = |file: &str| found.iter().any(|prospect| prospect.file == file);
        let mut others = self.interview_scopes()?;
        others.retain(|scope| !known(&scope.file));
        // A later date is 1 because only a few interviews are forecast.
        let order = |date: Option<StudyDay>| match date {
            Some(date) if date >= today => (1, date.since(today)),
            None => (2, 0),
            Some(date) => (3, today.since(date)),
        };
        others.sort_by_key(|scope| order(scope.interview.date));
        let readiness = self.readiness(&others, today)?;
        found.extend(others.into_iter().zip(readiness).map(|(scope, readiness)| Prospect {
            interview: scope.interview,
            file: scope.file,
            readiness,
            outlook: None,
        }));
        Ok(found)
    }

    /// Returns every interview with what decides its scope, in path order.
    pub(crate) fn interview_scopes(&self) -> Result<Vec<InterviewScope>, Error> {
        let interviews: Vec<(Interview, String)> =
            self.store.interviews()?.into_iter().map(|(interview, _, file)| (interview, file)).collect();
        let debriefs = if interviews.is_empty() { Vec::new() } else { self.store.debriefs()? };
        let precedes = |id: &str, later: &Interview| {
            interviews.iter().any(|(interview, _)| interview.id == id && interview.precedes(later))
        };
        let scope = |(interview, file): &(Interview, String)| InterviewScope {
            debriefs: debriefs
                .iter()
                .filter(|(debrief, _)| precedes(&debrief.interview, interview))
                .map(|(_, file)| file.clone())
                .collect(),
            interview: interview.clone(),
            file: file.clone(),
        };
        Ok(interviews.iter().map(scope).collect())
    }

    /// Counts the cards in scope of interviews by looking at every card.
    pub(crate) fn readiness(&self, interviews: &[InterviewScope], today: StudyDay) -> Result<Vec<Readiness>, Error> {
        let mut counts = vec![Readiness::default(); interviews.len()];
        if interviews.is_empty() {
            return Ok(counts);
        }
        self.store.by_file(|entries| {
            for entry in entries.iter().filter(|entry| entry.status(today) != Status::Suspended) {
                let Some(card) = ScopedCard::of_entry(entry) else { continue };
                for (interview, count) in interviews.iter().zip(&mut counts) {
                    if interview.contains(&card) {
                        count.cards += 1;
                        count.ready += u64::from(entry.ready());
                        count.met += u64::from(entry.due.is_some() && !entry.ready());
                        count.unseen += u64::from(entry.due.is_none());
                    }
                }
            }
        })?;
        Ok(counts)
    }

    /// Returns the cards that will not be seen before an interview to come: the last new ones of its scope, in order.
    pub(crate) fn never_seen(&self, interview: usize, outlook: Outlook) -> Result<Vec<Entry>, Error> {
        let never = usize::try_from(outlook.never_seen()).unwrap_or(usize::MAX);
        let mut last = VecDeque::new();
        if never > 0 {
            self.store.new_cards(Scope::NONE.with(interview), &mut |entry| {
                last.push_back(entry);
                if last.len() > never {
                    last.pop_front();
                }
                true
            })?;
        }
        Ok(last.into())
    }
}

impl Readiness {
    fn add(&mut self, deck: &DeckGroup) {
        self.cards += deck.group.cards();
        self.ready += deck.ready;
        self.met += deck.group.met() - deck.ready;
        self.unseen += deck.group.unseen();
    }
}

impl Prospects {
    /// Returns what can be done for an interview whose cards will not all be seen.
    pub(crate) fn remedies(&self, interview: usize) -> Remedies {
        let file = self.interviews.get(interview).map_or("", |prospect| &prospect.file);
        remedies(&self.situation, &self.decks, interview, file)
    }
}
