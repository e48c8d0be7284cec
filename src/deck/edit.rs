//! What an edit did to a deck: where a card went, and which faults are new.

use super::card::Card;
use super::id::CardId;
use crate::diagnostic::{Diagnostic, Severity};

/// What became of the card that was number `at` when its deck was opened in the editor, if it is now another: the one card
/// that stands at its place, between neighbours that are still there.
///
/// `None` if the card is still in the deck, or if more happened at its place than to this one card.
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

/// Cards that are in a deck and were not, in their order; or, the other way round, those that were and are not.
pub(crate) fn came<'a>(before: &[Card], after: &'a [Card]) -> Vec<&'a Card> {
    let known: std::collections::HashSet<&CardId> = before.iter().map(|card| &card.id).collect();
    after.iter().filter(|card| !known.contains(&card.id)).collect()
}

/// The faults of an edited text that were not in it before, wherever in the text they stood: nobody need mend another card
/// to save this one.
pub(crate) fn new_faults(before: &[Diagnostic], after: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut known: Vec<&Diagnostic> = before.iter().collect();
    let mut is_new = |fault: &Diagnostic| {
        let same = |old: &&Diagnostic| {
            (&old.check, &old.message, &old.excerpt) == (&fault.check, &fault.message, &fault.excerpt)
        };
        match known.iter().position(same) {
            Some(at) => {
                known.swap_remove(at);
                false
            }
            None => true,
        }
    };
    after.into_iter().filter(|fault| fault.severity <= Severity::Warning && is_new(fault)).collect()
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
    fn a_card_is_the_one_at_its_place_or_none() {
        let cases = [
            // Before, the number of the one opened, after, what it became.
            ("a", 0, "x", Some("x")),
            ("a b c", 1, "a x c", Some("x")),
            ("a b c", 0, "x b c", Some("x")),
            ("a b c", 2, "a b x", Some("x")),
            // Something else happened elsewhere.
            ("a b c d", 1, "a x c", Some("x")),
            ("a b c", 1, "new a x c", Some("x")),
            ("a b c", 1, "a x c new", Some("x")),
            // It is still there, moved or not.
            ("a b c", 1, "a b c", None),
            ("a b c", 1, "b a c x", None),
            // It is gone, or who knows which of two it is.
            ("a b c", 1, "a c", None),
            ("a", 0, "", None),
            ("a b c", 1, "a x y c", None),
            ("a b c", 1, "a x y", None),
            ("a b c", 1, "c x a", None),
            ("a b c", 1, "x y z", None),
            ("a b c", 2, "a b x y", None),
            // What stands at its place was there before.
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
    fn a_fault_is_new_if_it_was_not_there() {
        let findings = |text: &str| parse(&Source::new("a.toml", text), &[]).1;
        let old = "[[card]]\nprompt = \"a\"\npromt = 1\n[[card]]\nprompt = \"b\"\n";
        let moved = "# more\n[[card]]\nprompt = \"c\"\n[[card]]\nprompt = \"a\"\npromt = 1\n";
        assert_eq!(new_faults(&findings(old), findings(moved)), []);
        let twice = format!("{moved}[[card]]\nprompt = \"d\"\npromt = 1\n[[card]]\nprompt = \"{{who}}\"\n");
        let new: Vec<usize> = new_faults(&findings(old), findings(&twice)).iter().map(|fault| fault.line).collect();
        assert_eq!(new, [9, 11]);
        assert_eq!(new_faults(&findings(old), findings("[package]\n")), []);
    }
}
