//! Which new cards are asked today.

use std::collections::{BTreeMap, HashMap, VecDeque};

use crate::clock::StudyDay;
use crate::deck::CardId;
use crate::entry::Entry;
use crate::horizon::{Horizon, Scope};

/// Returns up to so many unseen cards that a scope wants and that pass, in order.
pub(crate) type Draw<'a, E> = dyn FnMut(usize, Scope, &dyn Fn(&Entry) -> bool) -> Result<Vec<Entry>, E> + 'a;

/// How many new cards there are by scope, and how many of those met today were new this morning.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct NewCounts {
    pub(crate) unseen: BTreeMap<Scope, u64>,
    pub(crate) met_today: BTreeMap<Scope, u64>,
}

impl NewCounts {
    /// Returns how many of those met today no interview ahead needs.
    pub(crate) fn met_outside(&self, horizon: &Horizon, today: StudyDay) -> usize {
        let met = self.met_today.iter().filter(|(scope, _)| !horizon.is_ahead(**scope, today));
        usize::try_from(met.map(|(_, cards)| cards).sum::<u64>()).unwrap_or(usize::MAX)
    }

    /// Returns how many new cards are still to be met today for an interview.
    pub(crate) fn quota(&self, interview: usize, horizon: &Horizon, today: StudyDay) -> u64 {
        let count = |by_scope: &BTreeMap<Scope, u64>| -> u64 {
            by_scope.iter().filter(|(scope, _)| scope.contains(interview)).map(|(_, cards)| cards).sum()
        };
        let met = count(&self.met_today);
        horizon.quota(interview, count(&self.unseen) + met, today).saturating_sub(met)
    }
}

/// The new cards of a day, in order: those of the quota, then the others. Only the first few are read.
#[derive(Debug, Clone, Default)]
pub(crate) struct NewCards {
    /// How many come before any due card.
    pub(crate) quota: usize,
    /// How many come after the due cards.
    pub(crate) others: usize,
    /// The first of these.
    pub(crate) read: Vec<Entry>,
    /// They come after the repeats.
    pub(crate) last: Vec<Entry>,
}

impl NewCards {
    /// New cards that were all read.
    pub(crate) fn listed(mut quota: Vec<Entry>, others: Vec<Entry>, last: Vec<Entry>) -> Self {
        let counts = (quota.len(), others.len());
        quota.extend(others);
        NewCards { quota: counts.0, others: counts.1, read: quota, last }
    }
}

/// Chooses the new cards that interviews ahead need, a few at a time: the quota of the earliest interview, the quotas of the
/// later ones, and then the rest. In each of these, weight comes first, then path and place in the deck.
#[derive(Debug, Clone)]
pub(crate) struct NewChoice {
    horizon: Horizon,
    today: StudyDay,
    counts: NewCounts,
    /// What is chosen now, and what comes after it.
    now: Option<Choosing>,
    then: VecDeque<NewPart>,
    all: Scope,
    chosen: HashMap<CardId, Scope>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NewPart {
    /// The quota of the earliest interview.
    First(usize),
    /// The quota of a later one.
    Later(usize),
    Rest,
}

#[derive(Debug, Clone, Copy)]
struct Choosing {
    part: NewPart,
    scope: Scope,
    left: usize,
}

impl NewChoice {
    /// Returns `None` if no interview is ahead. What only an interview of today needs is not asked any more.
    pub(crate) fn new(counts: NewCounts, horizon: &Horizon, today: StudyDay) -> Option<Self> {
        let mut ahead = horizon.ahead(today);
        let first = ahead.next()?;
        let mut then: VecDeque<NewPart> = ahead.map(NewPart::Later).collect();
        then.push_front(NewPart::First(first));
        then.push_back(NewPart::Rest);
        let all = horizon.ahead(today).fold(Scope::NONE, Scope::with);
        let horizon = horizon.clone();
        let mut choice = NewChoice { horizon, today, counts, now: None, then, all, chosen: HashMap::new() };
        choice.now = choice.next_part();
        Some(choice)
    }

    /// Returns how many cards of the earliest interview's quota are still to be met today, by the counts.
    pub(crate) fn quota(&self) -> usize {
        self.horizon.ahead(self.today).next().map_or(0, |first| self.wanted(first))
    }

    /// Returns how many cards there are to choose, by the counts.
    pub(crate) fn unseen(&self) -> usize {
        let unseen = self.counts.unseen.iter().filter(|(scope, _)| self.all.wants(**scope));
        many(unseen.map(|(_, cards)| cards).sum())
    }

    /// Returns the scope of all cards to choose.
    pub(crate) fn scope(&self) -> Scope {
        self.all
    }

    fn wanted(&self, interview: usize) -> usize {
        many(self.counts.quota(interview, &self.horizon, self.today))
    }

    fn next_part(&mut self) -> Option<Choosing> {
        let part = self.then.pop_front()?;
        let (scope, left) = match part {
            NewPart::Rest => (self.all, usize::MAX),
            NewPart::First(interview) | NewPart::Later(interview) => {
                // A card counts once.
                let taken = self.chosen.values().filter(|scope| scope.contains(interview)).count();
                (Scope::NONE.with(interview), self.wanted(interview).saturating_sub(taken))
            }
        };
        Some(Choosing { part, scope, left })
    }

    /// Chooses up to `most` more cards; none if all are chosen. `draw` returns up to so many unseen cards that a scope wants
    /// and that pass, in order. The second value says whether they are of the first quota.
    pub(crate) fn more<E>(&mut self, most: usize, draw: &mut Draw<'_, E>) -> Result<(Vec<Entry>, bool), E> {
        while let Some(Choosing { part, scope, left }) = self.now {
            let wanted = left.min(most);
            let is_new = |entry: &Entry| !self.chosen.contains_key(&entry.card);
            let drawn = if wanted == 0 { Vec::new() } else { draw(wanted, scope, &is_new)? };
            self.chosen.extend(drawn.iter().map(|entry| (entry.card.clone(), entry.scope)));
            let left = left - drawn.len();
            let over = drawn.len() < wanted || left == 0;
            self.now = if over { self.next_part() } else { Some(Choosing { part, scope, left }) };
            if !drawn.is_empty() {
                return Ok((drawn, matches!(part, NewPart::First(_))));
            }
        }
        Ok((Vec::new(), false))
    }

    /// Chooses all cards: those of the first quota, and the others.
    pub(crate) fn all<E>(mut self, draw: &mut Draw<'_, E>) -> Result<(Vec<Entry>, Vec<Entry>), E> {
        let (mut quota, mut others) = (Vec::new(), Vec::new());
        loop {
            match self.more(usize::MAX, draw)? {
                (cards, _) if cards.is_empty() => return Ok((quota, others)),
                (cards, true) => quota.extend(cards),
                (cards, false) => others.extend(cards),
            }
        }
    }
}

fn many(cards: u64) -> usize {
    usize::try_from(cards).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deck::Kind;
    use crate::horizon::DaysOff;

    const TODAY: StudyDay = StudyDay(1000);

    /// Chooses among cards given as id and scope, and returns the three lists.
    fn choose(dates: &[i32], unseen: &[(&str, u64)], met: &[(u64, u64)], outside: usize) -> [String; 3] {
        let dates = dates.iter().map(|days| TODAY.plus(i64::from(*days))).collect();
        let horizon = Horizon::new(dates, DaysOff::default());
        let card = |&(id, scope): &(&str, u64)| Entry { scope: Scope(scope), ..Entry::sample(id, "d", Kind::Open) };
        let cards: Vec<Entry> = unseen.iter().map(card).collect();
        let mut counts = NewCounts::default();
        cards.iter().for_each(|card| *counts.unseen.entry(card.scope).or_default() += 1);
        counts.met_today = met.iter().map(|&(scope, cards)| (Scope(scope), cards)).collect();
        let mut draw = |most: usize, scope: Scope, takes: &dyn Fn(&Entry) -> bool| {
            let wanted = cards.iter().filter(|card| scope.wants(card.scope) && takes(card));
            Ok::<_, ()>(wanted.take(most).cloned().collect::<Vec<_>>())
        };
        let lists = [usize::MAX, 1].map(|most| {
            let Some(mut choice) = NewChoice::new(counts.clone(), &horizon, TODAY) else {
                return [Vec::new(), draw(outside, Scope::NONE, &|_| true).unwrap(), Vec::new()];
            };
            let (mut quota, mut others) = (Vec::new(), Vec::new());
            loop {
                let (cards, is_quota) = choice.more(most, &mut draw).unwrap();
                if cards.is_empty() {
                    break;
                }
                if is_quota { quota.extend(cards) } else { others.extend(cards) }
            }
            [quota, others, draw(outside, Scope::NONE, &|_| true).unwrap()]
        });
        // Chosen one by one they are the same.
        assert_eq!(lists[0], lists[1]);
        let [quota, others, last] = lists[0].clone();
        [quota, others, last].map(|cards| cards.iter().map(|card| card.card.as_str()).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn the_earliest_interview_comes_first_and_a_card_counts_once() {
        let two = [("a", 0b01), ("b", 0b11), ("c", 0b10), ("d", 0b00), ("e", 0b01), ("f", 0b10), ("g", 0b00)];
        let one = two.map(|(id, scope)| (id, scope & 0b01));
        let none = two.map(|(id, _)| (id, 0));
        // Days to the interviews, unseen cards, met today, how many outside; the three lists.
        type NewCase<'a> = (&'a [i32], &'a [(&'a str, u64)], &'a [(u64, u64)], usize, [&'a str; 3]);
        let cases: [NewCase<'_>; 6] = [
            // 3 for the earlier one, in a third of 6 days: 2 now. 3 for the later, in a third of 9: 1, and `b` is one.
            (&[6, 9], &two, &[], 1, ["a b", "c e f", "d"]),
            (&[6, 9], &two, &[(0b01, 1)], 1, ["a", "b c e f", "d"]),
            (&[3, 9], &two, &[], 9, ["a b e", "c f", "d g"]),
            // On the day itself nothing new is asked that only this interview needs.
            (&[0, 9], &two, &[], 2, ["b", "c f", "d g"]),
            (&[0], &one, &[], 2, ["", "c d", ""]),
            (&[], &none, &[], 1, ["", "a", ""]),
        ];
        for (dates, unseen, met, outside, expected) in cases {
            assert_eq!(choose(dates, unseen, met, outside), expected, "{dates:?} {met:?}");
        }
    }
}
