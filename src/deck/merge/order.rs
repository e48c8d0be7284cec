//! Three lists of one origin, aligned and put in one order.
//!
//! Nothing depends on which side comes first, so that two machines get the same order.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

/// One thing in up to three lists, by its position in each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Aligned {
    pub(super) base: Option<usize>,
    pub(super) sides: [Option<usize>; 2],
    /// Its number among the things with the same key, from 1.
    pub(super) nth: usize,
}

impl Aligned {
    pub(super) fn in_lists<'l, T>(&self, base: &'l [T], sides: [&'l [T]; 2]) -> Versions<'l, T> {
        let side = |n: usize| self.sides[n].map(|at| &sides[n][at]);
        Versions { base: self.base.map(|at| &base[at]), sides: [side(0), side(1)] }
    }
}

#[derive(Debug)]
pub(super) struct Versions<'l, T> {
    pub(super) base: Option<&'l T>,
    pub(super) sides: [Option<&'l T>; 2],
}

impl<'l, T> Versions<'l, T> {
    /// Returns the version of the origin, else that of the first side that has one.
    pub(super) fn any(&self) -> Option<&'l T> {
        self.base.or(self.sides[0]).or(self.sides[1])
    }

    pub(super) fn map<'m, U: ?Sized>(&self, part: impl Fn(&'l T) -> &'m U) -> (Option<&'m U>, [Option<&'m U>; 2]) {
        (self.base.map(&part), self.sides.map(|side| side.map(&part)))
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Resolution {
    Removed,
    Text(String),
    /// The text of each side, and the fields on which they differ.
    Conflict([String; 2], Vec<String>),
}

impl Resolution {
    pub(super) fn live(all: &[Resolution]) -> Vec<bool> {
        all.iter().map(|resolution| *resolution != Resolution::Removed).collect()
    }
}

/// Aligns things that have the same key. If several have one key, the first matches the first, and so on.
pub(super) fn align<K: Eq + Hash>(base: &[K], sides: [&[K]; 2]) -> Vec<Aligned> {
    let mut aligned: Vec<Aligned> = Vec::new();
    let mut known: HashMap<(&K, usize), usize> = HashMap::new();
    for (list, keys) in [base, sides[0], sides[1]].into_iter().enumerate() {
        let mut seen: HashMap<&K, usize> = HashMap::new();
        for (at, key) in keys.iter().enumerate() {
            let nth = seen.entry(key).and_modify(|nth| *nth += 1).or_insert(1);
            let n = *known.entry((key, *nth)).or_insert_with(|| {
                aligned.push(Aligned { base: None, sides: [None, None], nth: *nth });
                aligned.len() - 1
            });
            match list {
                0 => aligned[n].base = Some(at),
                side => aligned[n].sides[side - 1] = Some(at),
            }
        }
    }
    aligned
}

/// Returns the text of the side that changed it; `None` if both did, in different ways.
pub(super) fn pick<'t>(base: Option<&'t str>, [a, b]: [&'t str; 2]) -> Option<&'t str> {
    match base {
        _ if a == b => Some(a),
        Some(base) if base == a => Some(b),
        Some(base) if base == b => Some(a),
        _ => None,
    }
}

/// Like [`pick`], but returns the longer of two changes, for texts that are not worth a conflict.
pub(super) fn pick_or_longer<'t>(base: Option<&'t str>, sides: [&'t str; 2]) -> &'t str {
    pick(base, sides).unwrap_or_else(|| {
        let [a, b] = sides;
        if (a.len(), a) > (b.len(), b) { a } else { b }
    })
}

pub(super) fn pick_optional<'t>(versions: (Option<&'t str>, [Option<&'t str>; 2])) -> Option<&'t str> {
    match versions {
        (base, [Some(a), Some(b)]) => Some(pick_or_longer(base, [a, b])),
        (_, [a, b]) => a.or(b),
    }
}

/// Returns whether a thing stays: it was added, or is on both sides, or one side removed it and the other changed it.
pub(super) fn stays<T: PartialEq + ?Sized>(versions: (Option<&T>, [Option<&T>; 2])) -> bool {
    match versions {
        (_, [None, None]) => false,
        (Some(base), [Some(side), None] | [None, Some(side)]) => side != base,
        _ => true,
    }
}

/// Returns the order of the things that are live: that of the side that moved them. Each new or moved thing comes after
/// what it follows there. What both sides put in one place is sorted by key.
pub(super) fn order<K: Ord>(aligned: &[Aligned], keys: &[K], live: &[bool]) -> Vec<usize> {
    let row = |place: fn(&Aligned) -> Option<usize>| row(aligned, |n, thing| place(thing).filter(|_| live[n]));
    let rank = |n: usize| (&keys[n], aligned[n].nth);
    let base = row(|thing| thing.base);
    let mut sides = [row(|thing| thing.sides[0]), row(|thing| thing.sides[1])];
    // If both moved the same thing, one side wins. Which one depends on the keys only, so it is the same on every machine.
    if sides[1].iter().map(|&n| rank(n)).lt(sides[0].iter().map(|&n| rank(n))) {
        sides.reverse();
    }
    let fixed = FixedOrder::new(aligned, &base, &sides);
    let mut followers: HashMap<Option<usize>, Vec<usize>> = HashMap::new();
    for (n, after) in fixed.placements(aligned, &sides) {
        followers.entry(after).or_default().push(n);
    }
    let mut order = Vec::new();
    for anchor in std::iter::once(None).chain(fixed.things.into_iter().map(Some)) {
        order.extend(anchor);
        let mut next = Vec::new();
        let mut from = Some(anchor);
        while let Some(after) = from {
            let mut here = followers.remove(&after).unwrap_or_default();
            here.sort_unstable_by(|&a, &b| rank(b).cmp(&rank(a)));
            next.append(&mut here);
            let n = next.pop();
            order.extend(n);
            from = n.map(Some);
        }
    }
    order
}

/// Returns things in the order of their places, without those that have none.
pub(super) fn row(aligned: &[Aligned], place: impl Fn(usize, &Aligned) -> Option<usize>) -> Vec<usize> {
    let places = aligned.iter().enumerate().filter_map(|(n, thing)| Some((place(n, thing)?, n)));
    let mut row: Vec<(usize, usize)> = places.collect();
    row.sort_unstable();
    row.into_iter().map(|(_, n)| n).collect()
}

/// Moves the first thing that must be above others to the first of those.
pub(super) fn move_above(order: &mut [usize], above: impl Fn(usize) -> bool, others: impl Fn(usize) -> bool) {
    let (from, to) = (order.iter().position(|&n| above(n)), order.iter().position(|&n| others(n)));
    if let (Some(from), Some(to)) = (from, to)
        && to < from
    {
        order[to..=from].rotate_right(1);
    }
}

/// The things that both sides have, in the order that is kept. All others are placed after one of them.
struct FixedOrder {
    things: Vec<usize>,
    /// If both sides moved things: those that the first side moved.
    moved_by_first: HashSet<usize>,
}

impl FixedOrder {
    fn new(aligned: &[Aligned], base: &[usize], sides: &[Vec<usize>; 2]) -> Self {
        let on_both = |n: &&usize| aligned[**n].sides.iter().all(Option::is_some);
        let [a, b] = sides.each_ref().map(|row| row.iter().filter(on_both).copied().collect::<Vec<usize>>());
        let all_of = |things| FixedOrder { things, moved_by_first: HashSet::new() };
        if a == b {
            return all_of(a);
        }
        // What both sides added, in different places, has no order of its own.
        let old = |row: Vec<usize>| row.into_iter().filter(|&n| aligned[n].base.is_some()).collect::<Vec<usize>>();
        let (a, b, base) = (old(a), old(b), base.iter().filter(on_both).copied().collect::<Vec<usize>>());
        if a == b || b == base {
            return all_of(a);
        }
        if a == base {
            return all_of(b);
        }
        let (moved_by_first, by_second) = (moved(&base, &a), moved(&base, &b));
        let things = base.into_iter().filter(|n| !moved_by_first.contains(n) && !by_second.contains(n)).collect();
        FixedOrder { things, moved_by_first }
    }

    /// Returns each other thing with what it comes after. What both sides added, or both moved, follows the first side. A
    /// thing that follows the first side is never placed after one that follows the second, so there are no cycles.
    fn placements(&self, aligned: &[Aligned], [first, second]: &[Vec<usize>; 2]) -> Vec<(usize, Option<usize>)> {
        let fixed: HashSet<usize> = self.things.iter().copied().collect();
        let follows_first = |n: usize| {
            let Aligned { base, sides, .. } = &aligned[n];
            base.is_none() || sides.contains(&None) || self.moved_by_first.contains(&n)
        };
        let (mut placements, mut placed, mut last) = (Vec::new(), HashSet::new(), None);
        for &n in first {
            let is_fixed = fixed.contains(&n);
            if !is_fixed && follows_first(n) {
                placements.push((n, last));
                placed.insert(n);
            }
            if is_fixed || placed.contains(&n) {
                last = Some(n);
            }
        }
        last = None;
        for &n in second {
            if !fixed.contains(&n) && !placed.contains(&n) {
                placements.push((n, last));
            }
            last = Some(n);
        }
        placements
    }
}

/// Returns the smallest set of things whose moves turn one order into the other.
fn moved(from: &[usize], to: &[usize]) -> HashSet<usize> {
    let place: HashMap<usize, usize> = from.iter().enumerate().map(|(at, &n)| (n, at)).collect();
    // The longest increasing subsequence: what each length so far ends with, and what came before each.
    let (mut ends, mut before): (Vec<usize>, HashMap<usize, Option<usize>>) = (Vec::new(), HashMap::new());
    for &n in to {
        let length = ends.partition_point(|end| place[end] < place[&n]);
        before.insert(n, length.checked_sub(1).map(|shorter| ends[shorter]));
        match ends.get_mut(length) {
            Some(end) => *end = n,
            None => ends.push(n),
        }
    }
    let still: HashSet<usize> = std::iter::successors(ends.last().copied(), |n| before[n]).collect();
    to.iter().filter(|n| !still.contains(n)).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Returns the order of three texts, in which each letter is a thing.
    fn merged(base: &str, a: &str, b: &str) -> String {
        let [base, a, b] = [base, a, b].map(|text| text.chars().collect::<Vec<char>>());
        let aligned = align(&base, [&a, &b]);
        let letters = |thing: &Aligned| thing.in_lists(&base, [&a, &b]);
        let keys: Vec<char> = aligned.iter().filter_map(|thing| letters(thing).any()).copied().collect();
        let live: Vec<bool> = aligned.iter().map(|thing| stays(letters(thing).map(|letter| letter))).collect();
        order(&aligned, &keys, &live).into_iter().map(|n| keys[n]).collect()
    }

    #[test]
    fn orders() {
        let cases = [
            ("abc", "abc", "abc", "abc"),
            // Both append, both insert at one place, one at the front.
            ("a", "ax", "ay", "axy"),
            ("a", "ayx", "az", "ayxz"),
            ("ab", "axb", "ayb", "axyb"),
            ("ab", "xab", "ab", "xab"),
            // Added on both sides, in one place or in two.
            ("ab", "axb", "axb", "axb"),
            ("ab", "xab", "abx", "abx"),
            // Moved by one side, while the other adds and removes.
            ("abcd", "dabc", "abxcd", "dabxc"),
            ("abcd", "dabc", "acdx", "dxac"),
            ("abcd", "bacd", "abdc", "badc"),
            // Moved by both: to the same place, and to two places.
            ("abcd", "dabc", "dabc", "dabc"),
            ("abcd", "dabc", "adbc", "adbc"),
            ("a-b-c", "a-b-c-d", "xa-b-c", "xa-b-c-d"),
            ("", "ab", "ac", "abc"),
            ("", "", "ab", "ab"),
        ];
        for (base, a, b, expected) in cases {
            assert_eq!(merged(base, a, b), expected, "{base} {a} {b}");
            assert_eq!(merged(base, b, a), expected, "{base} {b} {a}");
        }
    }

    #[test]
    fn changes() {
        let cases = [
            (Some("a"), ["a", "b"], Some("b"), "b"),
            (Some("a"), ["b", "b"], Some("b"), "b"),
            (Some("a"), ["b", "cc"], None, "cc"),
            (None, ["b", "c"], None, "c"),
            (None, ["b", "b"], Some("b"), "b"),
        ];
        for (base, [a, b], picked, longer) in cases {
            assert_eq!((pick(base, [a, b]), pick(base, [b, a])), (picked, picked));
            assert_eq!((pick_or_longer(base, [a, b]), pick_or_longer(base, [b, a])), (longer, longer));
        }
        let cases = [
            (Some("a"), [None, Some("a")], false),
            (Some("a"), [None, Some("b")], true),
            (None, [None, Some("b")], true),
            (Some("a"), [Some("a"), Some("a")], true),
            (Some("a"), [None, None], false),
        ];
        for (base, [a, b], expected) in cases {
            assert_eq!((stays((base, [a, b])), stays((base, [b, a]))), (expected, expected));
        }
    }

    /// Generates some of the letters, in any order, each once.
    fn letters() -> impl Strategy<Value = String> {
        proptest::sample::subsequence("abcdefgh".chars().collect::<Vec<char>>(), 0..8)
            .prop_shuffle()
            .prop_map(|letters| letters.into_iter().collect())
    }

    proptest! {
        #[test]
        fn an_order_has_everything_once_and_does_not_depend_on_the_sides(base in letters(), a in letters(), b in letters()) {
            let order = merged(&base, &a, &b);
            prop_assert_eq!(&order, &merged(&base, &b, &a));
            let mut sorted: Vec<char> = order.chars().collect();
            sorted.sort_unstable();
            let expected: Vec<char> = ('a'..='h')
                .filter(|&c| {
                    let [base, a, b] = [&base, &a, &b].map(|text| text.contains(c));
                    if base { a && b } else { a || b }
                })
                .collect();
            prop_assert_eq!(sorted, expected);
        }

        #[test]
        fn if_one_side_is_the_origin_the_other_is_the_order(base in letters(), a in letters()) {
            prop_assert_eq!(merged(&base, &a, &base), a);
        }
    }
}
