//! Renames: the name under which a card's history continues.

use std::collections::BTreeMap;

use crate::deck::CardId;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Renames {
    forward: BTreeMap<CardId, CardId>,
}

impl Renames {
    /// Adds the next rename in the total order. The new name first loses its own forward reference, so no ring can arise.
    pub(crate) fn add(&mut self, card: &CardId, to: &CardId) {
        self.forward.remove(to);
        if card != to {
            self.forward.insert(card.clone(), to.clone());
        }
    }

    pub(crate) fn resolve<'a>(&'a self, card: &'a CardId) -> &'a CardId {
        let mut card = card;
        while let Some(next) = self.forward.get(card) {
            card = next;
        }
        card
    }

    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&CardId, &CardId)> {
        self.forward.keys().map(|card| (card, self.resolve(card)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::card;
    use super::*;

    #[test]
    fn renames_never_form_a_ring() {
        let mut renames = Renames::default();
        for (old, new) in [("a", "b"), ("b", "c"), ("c", "a"), ("x", "x"), ("d", "b")] {
            renames.add(&card(old), &card(new));
        }
        let ends = [("a", "a"), ("b", "b"), ("c", "a"), ("d", "b"), ("x", "x")];
        for (name, end) in ends {
            assert_eq!(renames.resolve(&card(name)), &card(end), "{name}");
        }
    }
}
