//! What can be done when not every card will be seen before an interview, with the effect of each.
//!
//! Every effect is a forecast of its own. Not here: the forecast, and how its numbers are shown.

use crate::horizon::Scope;
use crate::plan::{DeckGroup, Group, Outlook, Situation};

/// How many decks are tried, those with the most unseen cards first.
const MOST_DECKS: usize = 8;
const LONGEST_DAY: u64 = 24 * 60;
const HEAVIEST: usize = 3;

/// An effect on an interview.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Remedies {
    /// The least minutes a day at which every card is seen; `None` if not even a whole day is enough.
    pub(crate) minutes: Option<(u64, Outlook)>,
    /// How many of the cards that will not be seen can be given weight 3 so that all of them are seen in place of others, and
    /// what these can expect.
    pub(crate) weights: Option<(u64, Outlook)>,
    /// Decks that can be left out of the scope so that fewer cards are not seen: the best first, and of equally good ones
    /// the smallest.
    pub(crate) decks: Vec<WithoutDeck>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WithoutDeck {
    pub(crate) deck: String,
    /// How many of its cards are in scope.
    pub(crate) cards: u64,
    /// What the rest of the scope can expect.
    pub(crate) outlook: Outlook,
}

/// Returns the groups of cards in scope for the same interviews, each once. `met_today` is filled in by the caller.
pub(crate) fn groups(decks: &[DeckGroup]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for DeckGroup { group, .. } in decks {
        match groups.iter_mut().find(|known| known.scope == group.scope) {
            Some(known) => known.add(group),
            None => groups.push(group.clone()),
        }
    }
    groups
}

/// Returns what can be done for an interview, which is in `file`.
pub(crate) fn remedies(situation: &Situation, decks: &[DeckGroup], interview: usize, file: &str) -> Remedies {
    let outlook = situation.outlook(interview);
    if outlook.never_seen() == 0 {
        return Remedies::default();
    }
    Remedies {
        minutes: least_minutes(situation, interview),
        weights: with_weights(situation, interview, outlook.never_seen()),
        decks: without_decks(situation, decks, (interview, file), outlook),
    }
}

fn least_minutes(situation: &Situation, interview: usize) -> Option<(u64, Outlook)> {
    let at = |minutes: u64| {
        let mut longer = situation.clone();
        longer.budget.minutes = minutes;
        longer.outlook(interview)
    };
    let enough = |minutes: u64| at(minutes).never_seen() == 0;
    if !enough(LONGEST_DAY) {
        return None;
    }
    let (mut too_few, mut minutes) = (situation.budget.minutes, LONGEST_DAY);
    while minutes - too_few > 1 {
        let middle = too_few.midpoint(minutes);
        if enough(middle) { minutes = middle } else { too_few = middle }
    }
    Some((minutes, at(minutes)))
}

fn with_weights(situation: &Situation, interview: usize, never: u64) -> Option<(u64, Outlook)> {
    let inside = |group: &Group| group.scope.contains(interview);
    let unseen = |weight: usize| -> u64 {
        situation.groups.iter().filter(|group| inside(group)).map(|group| group.unseen[weight - 1]).sum()
    };
    let met = (1..=HEAVIEST).map(unseen).sum::<u64>().saturating_sub(never);
    // Only cards below weight 3 can get a greater one, and those of weight 3 come first as it is.
    let raised = never.min(met.saturating_sub(unseen(HEAVIEST)));
    if raised == 0 {
        return None;
    }
    let mut other = situation.clone();
    let (mut left, mut heavy) = (raised, Vec::new());
    for weight in 1..HEAVIEST {
        for group in other.groups.iter_mut().filter(|group| inside(group)) {
            let moved = left.min(group.unseen[weight - 1]);
            group.unseen[weight - 1] -= moved;
            left -= moved;
            if moved > 0 {
                heavy.push(Group { scope: group.scope, unseen: [0, 0, moved], ..Group::default() });
            }
        }
    }
    let first = other.groups.len();
    other.groups.extend(heavy);
    let outlook = other.outlook_of(interview, |group| group >= first);
    Some((raised, outlook))
}

fn without_decks(
    situation: &Situation,
    decks: &[DeckGroup],
    (interview, own): (usize, &str),
    outlook: Outlook,
) -> Vec<WithoutDeck> {
    // File, title, cards, and unseen cards. What is in the interview's own file is always in scope.
    let mut candidates: Vec<(&str, &str, u64, u64)> = Vec::new();
    for DeckGroup { file, deck, group, .. } in decks.iter().filter(|deck| deck.group.scope.contains(interview)) {
        match candidates.iter_mut().find(|(known, ..)| known == file) {
            Some((.., cards, unseen)) => (*cards, *unseen) = (*cards + group.cards(), *unseen + group.unseen()),
            None => candidates.push((file, deck, group.cards(), group.unseen())),
        }
    }
    let all: u64 = candidates.iter().map(|(.., cards, _)| cards).sum();
    candidates.retain(|(file, _, cards, unseen)| *file != own && *unseen > 0 && *cards < all);
    candidates.sort_by_key(|(file, .., unseen)| (std::cmp::Reverse(*unseen), *file));
    candidates.truncate(MOST_DECKS);
    let without = |(file, deck, cards, _): (&str, &str, u64, u64)| {
        let mut other = situation.clone();
        for dropped in decks.iter().filter(|deck| deck.file == file && deck.group.scope.contains(interview)) {
            leave_out(&mut other.groups, &dropped.group, interview);
        }
        WithoutDeck { deck: deck.to_owned(), cards, outlook: other.outlook(interview) }
    };
    let mut found: Vec<WithoutDeck> = candidates.into_iter().map(without).collect();
    found.retain(|without| without.outlook.never_seen() < outlook.never_seen());
    found.sort_by_key(|without| (without.outlook.never_seen(), without.cards));
    found
}

/// Takes cards out of the scope of one interview; they stay in that of others.
fn leave_out(groups: &mut Vec<Group>, dropped: &Group, interview: usize) {
    let Some(from) = groups.iter_mut().find(|group| group.scope == dropped.scope) else { return };
    for (cards, less) in from.unseen.iter_mut().zip(dropped.unseen) {
        *cards = cards.saturating_sub(less);
    }
    for (cohort, less) in &dropped.seen {
        from.seen.entry(*cohort).and_modify(|cards| *cards = cards.saturating_sub(*less));
    }
    let scope = dropped.scope.without(interview);
    // New cards that no interview needs are not part of the forecast.
    let unseen = if scope == Scope::NONE { [0; 3] } else { dropped.unseen };
    let moved = Group { scope, unseen, ..dropped.clone() };
    match groups.iter_mut().find(|group| group.scope == scope) {
        Some(known) => known.add(&moved),
        None => groups.push(moved),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::StudyDay;
    use crate::horizon::{DaysOff, Horizon};
    use crate::plan::{Budget, Pace};

    const TODAY: StudyDay = StudyDay(1000);
    const FIRST: Scope = Scope(0b01);

    fn deck(name: &str, scope: Scope, unseen: [u64; 3]) -> DeckGroup {
        let group = Group { scope, unseen, ..Group::default() };
        DeckGroup { file: format!("{name}.toml"), deck: name.to_owned(), group, ..DeckGroup::default() }
    }

    fn situation(decks: &[DeckGroup], days: i64, minutes: u64, cards: Option<(u64, u64)>) -> Situation {
        let pace = Pace { first: 65_000, review: 65_000, repeat: 65_000, fails: 240, measured: true };
        Situation {
            groups: groups(decks),
            horizon: Horizon::new(vec![TODAY.plus(days)], DaysOff::default()),
            pace,
            budget: Budget { minutes, spent_today: 0, cards },
            today: TODAY,
        }
    }

    #[test]
    fn every_remedy_has_its_computed_effect() {
        let decks =
            [deck("core", FIRST, [90, 20, 6]), deck("facts", FIRST, [40, 0, 0]), deck("own", FIRST, [40, 0, 0])];
        let now = situation(&decks, 12, 15, None);
        let never = now.outlook(0).never_seen();
        assert!(never > 20, "{never}");
        let found = remedies(&now, &decks, 0, "own.toml");
        let (minutes, outlook) = found.minutes.unwrap();
        assert_eq!(outlook.never_seen(), 0);
        assert_eq!(situation(&decks, 12, minutes, None).outlook(0), outlook);
        assert!(situation(&decks, 12, minutes - 1, None).outlook(0).never_seen() > 0, "{minutes}");
        let (raised, outlook) = found.weights.unwrap();
        assert_eq!((raised, outlook.never_seen()), (never, 0));
        assert!(outlook.recall > now.outlook(0).recall, "{outlook:?}");
        // Leaving a deck out is the same as never having had it, and the interview's own file stays.
        let without = |deck: usize| {
            let rest: Vec<DeckGroup> =
                decks.iter().enumerate().filter(|(n, _)| *n != deck).map(|(_, d)| d.clone()).collect();
            situation(&rest, 12, 15, None).outlook(0)
        };
        let expected = [(1, "facts", 40), (0, "core", 116)].map(|(n, deck, cards)| WithoutDeck {
            deck: deck.into(),
            cards,
            outlook: without(n),
        });
        assert_eq!(found.decks, expected);
    }

    #[test]
    fn what_does_not_help_is_no_remedy() {
        let core = [deck("core", FIRST, [60, 0, 0])];
        // Nothing is left out.
        assert_eq!(remedies(&situation(&core, 30, 20, None), &core, 0, ""), Remedies::default());
        // Minutes don't help against a limit of cards; a scope of one deck keeps it.
        let limited = remedies(&situation(&core, 10, 20, Some((3, 3))), &core, 0, "");
        assert_eq!(
            (limited.minutes, limited.decks.len(), limited.weights.map(|(cards, _)| cards)),
            (None, 0, Some(30))
        );
        // Weight 3 is the greatest.
        let heavy = [deck("core", FIRST, [0, 0, 60])];
        assert_eq!(remedies(&situation(&heavy, 10, 2, None), &heavy, 0, "").weights, None);
    }
}
