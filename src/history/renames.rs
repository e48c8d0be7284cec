//! Renames: the name under which a card's history continues.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

use crate::deck::CardId;

/// Renames by name, or by what stands for a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Renames<Name: Ord = CardId> {
    forward: BTreeMap<Name, Name>,
}

impl<Name: Ord> Default for Renames<Name> {
    fn default() -> Self {
        Renames { forward: BTreeMap::new() }
    }
}

impl<Name: Clone + Hash + Ord> Renames<Name> {
    /// Adds the next rename in the total order. The new name first loses its own forward reference, so no ring can arise.
    pub(crate) fn add(&mut self, card: &Name, to: &Name) {
        self.forward.remove(to);
        if card != to {
            self.forward.insert(card.clone(), to.clone());
        }
    }

    /// Returns every renamed name with the one under which its history continues. No step of a chain is followed twice.
    pub(crate) fn finals(&self) -> HashMap<&Name, &Name> {
        let mut finals: HashMap<&Name, &Name> = HashMap::new();
        for name in self.forward.keys() {
            let (mut way, mut last) = (Vec::new(), name);
            while let Some(next) = self.forward.get(last) {
                way.push(last);
                last = next;
                if let Some(known) = finals.get(last) {
                    last = known;
                    break;
                }
            }
            finals.extend(way.into_iter().map(|name| (name, last)));
        }
        finals
    }
}

#[cfg(test)]
impl Renames {
    pub(crate) fn resolve<'a>(&'a self, card: &'a CardId) -> &'a CardId {
        let mut card = card;
        while let Some(next) = self.forward.get(card) {
            card = next;
        }
        card
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
            let (name, end) = (card(name), card(end));
            assert_eq!(renames.resolve(&name), &end);
            assert_eq!(*renames.finals().get(&name).unwrap_or(&&name), &end);
        }
    }

    /// A quadratic step would take hours here.
    #[test]
    fn a_chain_a_star_and_a_ring_of_a_million_renames_are_followed() {
        const MANY: u32 = 1_000_000;
        type Shape = (&'static str, fn(u32) -> (u32, u32), u32);
        let shapes: [Shape; 3] =
            [("chain", |n| (n, n + 1), MANY), ("star", |n| (n, MANY), MANY), ("ring", |n| (n, (n + 1) % MANY), 0)];
        for (shape, rename, last) in shapes {
            let mut renames = Renames::default();
            for n in 0..MANY {
                let (old, new) = rename(n);
                renames.add(&old, &new);
            }
            let finals = renames.finals();
            assert!((0..MANY).all(|n| **finals.get(&n).unwrap_or(&&n) == last), "{shape}");
        }
    }
}
