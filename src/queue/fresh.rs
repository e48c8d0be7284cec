//! Which new cards are asked today.

use std::collections::{BTreeMap, HashSet};

use crate::clock::StudyDay;
use crate::deck::CardId;
use crate::entry::Entry;
use crate::horizon::{Horizon, Scope};

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

/// The new cards of a day, each list in order: weight, then path and place in the deck.
#[derive(Debug, Clone, Default)]
pub(crate) struct NewCards {
    /// They come before any due card.
    pub(crate) quota: Vec<Entry>,
    /// They come after the due cards.
    pub(crate) others: Vec<Entry>,
    /// They come after the repeats.
    pub(crate) last: Vec<Entry>,
}

impl NewCards {
    /// Chooses the new cards of a day. `draw` returns up to so many unseen cards in one of the scopes that pass, in order;
    /// `outside` is how many may be asked that no interview to come needs.
    pub(crate) fn choose<E>(
        counts: &NewCounts,
        (horizon, today): (&Horizon, StudyDay),
        outside: usize,
        draw: &mut dyn FnMut(usize, Scope, &dyn Fn(&Entry) -> bool) -> Result<Vec<Entry>, E>,
    ) -> Result<NewCards, E> {
        let dates = horizon.interviews();
        let mut ahead = (0..dates.len()).filter(|&n| dates[n] > today);
        // What only an interview of today needs is not asked any more.
        let any = |_: &Entry| true;
        let Some(first) = ahead.next() else {
            return Ok(NewCards { others: draw(outside, Scope::NONE, &any)?, ..NewCards::default() });
        };
        let many = |cards: u64| usize::try_from(cards).unwrap_or(usize::MAX);
        let only = |interview| Scope::NONE.with(interview);
        let quota = draw(many(counts.quota(first, horizon, today)), only(first), &any)?;
        let mut chosen: HashSet<CardId> = quota.iter().map(|entry| entry.card.clone()).collect();
        let (mut others, mut all): (Vec<Entry>, Scope) = (Vec::new(), only(first));
        for interview in ahead {
            let taken = quota.iter().chain(&others).filter(|entry| entry.scope.contains(interview)).count();
            let wanted = many(counts.quota(interview, horizon, today)).saturating_sub(taken);
            let more = draw(wanted, only(interview), &|entry| !chosen.contains(&entry.card))?;
            chosen.extend(more.iter().map(|entry| entry.card.clone()));
            others.extend(more);
            all = all.with(interview);
        }
        others.extend(draw(usize::MAX, all, &|entry| !chosen.contains(&entry.card))?);
        Ok(NewCards { quota, others, last: draw(outside, Scope::NONE, &any)? })
    }
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
        let NewCards { quota, others, last } =
            NewCards::choose(&counts, (&horizon, TODAY), outside, &mut draw).unwrap();
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
