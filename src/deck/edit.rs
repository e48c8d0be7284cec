//! What an edit did to a deck: what became of a card, and which problems are new.

use super::card::{Card, CardId};
use crate::diagnostic::{Diagnostic, Severity};

/// Returns the only new card in place of card number `at`, if that is gone, between neighbors that are still there.
pub(crate) fn successor<'a>(before: &[Card], after: &'a [Card], at: usize) -> Option<&'a Card> {
    let number = |cards: &[Card], id: &CardId| cards.iter().position(|card| card.id == *id);
    if number(after, &before.get(at)?.id).is_some() {
        return None;
    }
    let above = match at.checked_sub(1) {
        Some(above) => number(after, &before[above].id)? + 1,
        None => 0,
    };
    let below = match before.get(at + 1) {
        Some(below) => number(after, &below.id)?,
        None => after.len(),
    };
    let now = after.get(above).filter(|_| below == above + 1)?;
    number(before, &now.id).is_none().then_some(now)
}

/// Returns the cards that are new in a deck, in its order. With the arguments swapped, those that are gone.
pub(crate) fn added<'a>(before: &[Card], after: &'a [Card]) -> Vec<&'a Card> {
    let known: std::collections::HashSet<&CardId> = before.iter().map(|card| &card.id).collect();
    after.iter().filter(|card| !known.contains(&card.id)).collect()
}

/// Returns the errors and warnings that an edit added. You need not fix another card to save this one.
pub(crate) fn new_problems(before: &[Diagnostic], after: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut known: Vec<&Diagnostic> = before.iter().collect();
    let mut is_new = |problem: &Diagnostic| {
        let same = |old: &&Diagnostic| {
            (&old.check, &old.message, &old.excerpt) == (&problem.check, &problem.message, &problem.excerpt)
        };
        let found = known.iter().position(same);
        found.map(|at| known.swap_remove(at)).is_none()
    };
    after.into_iter().filter(|problem| problem.severity <= Severity::Warning && is_new(problem)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deck::parse;
    use crate::diagnostic::Source;

    fn cards(prompts: &str) -> Vec<Card> {
        let text: String =
            prompts.split_whitespace().map(|prompt| format!("[[card]]\nprompt = \"{prompt}\"\n")).collect();
        parse(&Source::new("a.toml", text), &[]).0.cards
    }

    #[test]
    fn the_successor_of_a_card_is_the_only_new_card_in_its_place() {
        let cases = [
            // Before, the number of the opened card, after, its successor.
            ("a", 0, "x", Some("x")),
            ("a b c", 1, "a x c", Some("x")),
            ("a b c", 0, "x b c", Some("x")),
            ("a b c", 2, "a b x", Some("x")),
            ("a b c d", 1, "a x c", Some("x")),
            ("a b c", 1, "new a x c", Some("x")),
            ("a b c", 1, "a x c new", Some("x")),
            // It is still there, moved or not.
            ("a b c", 1, "a b c", None),
            ("a b c", 1, "b a c x", None),
            // It is gone, or more than one card could be meant.
            ("a b c", 1, "a c", None),
            ("a", 0, "", None),
            ("a b c", 1, "a x y c", None),
            ("a b c", 1, "a x y", None),
            ("a b c", 1, "c x a", None),
            ("a b c", 1, "x y z", None),
            ("a b c", 2, "a b x y", None),
            // The card in its place was there before.
            ("a b c d", 1, "a d c", None),
            ("a b", 7, "a x", None),
        ];
        for (before, at, after, expected) in cases {
            let after = cards(after);
            let found = successor(&cards(before), &after, at).map(|card| card.prompt.as_str());
            assert_eq!(found, expected, "{before} → {after:?}");
        }
    }

    #[test]
    fn a_problem_is_new_if_it_was_not_there() {
        let findings = |text: &str| parse(&Source::new("a.toml", text), &[]).1;
        let old = "[[card]]\nprompt = \"a\"\npromt = 1\n[[card]]\nprompt = \"b\"\n";
        let moved = "# more\n[[card]]\nprompt = \"c\"\n[[card]]\nprompt = \"a\"\npromt = 1\n";
        assert_eq!(new_problems(&findings(old), findings(moved)), []);
        let twice = format!("{moved}[[card]]\nprompt = \"d\"\npromt = 1\n[[card]]\nprompt = \"{{rolle}}\"\n");
        let new: Vec<usize> =
            new_problems(&findings(old), findings(&twice)).iter().map(|problem| problem.line).collect();
        assert_eq!(new, [9, 11]);
        assert_eq!(new_problems(&findings(old), findings("[package]\n")), []);
    }
}
