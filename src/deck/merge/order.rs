//! Three texts of one origin, woven into one: what of each is the same thing, and in what order all of it stands.
//!
//! The texts are given as lists: the blocks of a file, the lines of a block, the entries of a list. Nothing here depends
//! on which side is called the first, so that two machines weave the same.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

/// The same thing in up to three lists, by its place in each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Thread {
    /// Its place in the origin.
    pub(crate) base: Option<usize>,
    /// Its place in either side.
    pub(crate) sides: [Option<usize>; 2],
    /// Which it is of those with the same key, from 1.
    pub(crate) nth: usize,
}

impl Thread {
    /// What stands for it in three lists.
    pub(crate) fn of<'l, T>(&self, base: &'l [T], sides: [&'l [T]; 2]) -> Given<'l, T> {
        let side = |n: usize| self.sides[n].map(|at| &sides[n][at]);
        Given { base: self.base.map(|at| &base[at]), sides: [side(0), side(1)] }
    }
}

/// The same thing as it stands in three texts, where it does.
#[derive(Debug)]
pub(crate) struct Given<'l, T> {
    pub(crate) base: Option<&'l T>,
    pub(crate) sides: [Option<&'l T>; 2],
}

impl<'l, T> Given<'l, T> {
    /// As it stands in the origin, else on the only side that has it, else on the first.
    pub(crate) fn any(&self) -> Option<&'l T> {
        self.base.or(self.sides[0]).or(self.sides[1])
    }

    /// One trait of it.
    pub(crate) fn map<'m, U: ?Sized>(&self, trait_of: impl Fn(&'l T) -> &'m U) -> (Option<&'m U>, [Option<&'m U>; 2]) {
        (self.base.map(&trait_of), self.sides.map(|side| side.map(&trait_of)))
    }
}

/// What became of a thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Settled {
    /// It was taken away.
    Gone,
    Text(String),
    /// It reads so on either side, and the sides differ on these of its fields.
    Clash([String; 2], Vec<String>),
}

impl Settled {
    /// For each of these, whether it is still there.
    pub(crate) fn live(settled: &[Settled]) -> Vec<bool> {
        settled.iter().map(|settled| *settled != Settled::Gone).collect()
    }
}

/// Matches what has the same key; of several with one key the first with the first, and so on.
pub(crate) fn threads<K: Eq + Hash>(base: &[K], sides: [&[K]; 2]) -> Vec<Thread> {
    let mut threads: Vec<Thread> = Vec::new();
    let mut known: HashMap<(&K, usize), usize> = HashMap::new();
    for (list, keys) in [base, sides[0], sides[1]].into_iter().enumerate() {
        let mut seen: HashMap<&K, usize> = HashMap::new();
        for (at, key) in keys.iter().enumerate() {
            let nth = seen.entry(key).and_modify(|nth| *nth += 1).or_insert(1);
            let n = *known.entry((key, *nth)).or_insert_with(|| {
                threads.push(Thread { base: None, sides: [None, None], nth: *nth });
                threads.len() - 1
            });
            match list {
                0 => threads[n].base = Some(at),
                side => threads[n].sides[side - 1] = Some(at),
            }
        }
    }
    threads
}

/// What becomes of a text: that of the side that changed it; `None` if both did, in different ways.
pub(crate) fn pick<'t>(base: Option<&'t str>, [a, b]: [&'t str; 2]) -> Option<&'t str> {
    match base {
        _ if a == b => Some(a),
        Some(base) if base == a => Some(b),
        Some(base) if base == b => Some(a),
        _ => None,
    }
}

/// The same where it does not matter enough to ask: of two changes the longer.
pub(crate) fn pick_or_longer<'t>(base: Option<&'t str>, sides: [&'t str; 2]) -> &'t str {
    pick(base, sides).unwrap_or_else(|| {
        let [a, b] = sides;
        if (a.len(), a) > (b.len(), b) { a } else { b }
    })
}

/// The same of texts that may have nothing to say.
pub(crate) fn pick_of<'t>(said: (Option<&'t str>, [Option<&'t str>; 2])) -> Option<&'t str> {
    match said {
        (base, [Some(a), Some(b)]) => Some(pick_or_longer(base, [a, b])),
        (_, [a, b]) => a.or(b),
    }
}

/// Whether something stays: it was added, or is on both sides, or one side took it away and the other changed it.
pub(crate) fn stays<T: PartialEq + ?Sized>(given: (Option<&T>, [Option<&T>; 2])) -> bool {
    match given {
        (_, [None, None]) => false,
        (Some(base), [Some(side), None] | [None, Some(side)]) => side != base,
        _ => true,
    }
}

/// The order of the threads that live: that of the side that moved them, and what a side added or moved after what it
/// stands after there. What both sides put in one place stands in the order of the keys.
pub(crate) fn order<K: Ord>(threads: &[Thread], keys: &[K], live: &[bool]) -> Vec<usize> {
    let row = |place: fn(&Thread) -> Option<usize>| {
        let living = threads.iter().enumerate().filter(|(n, _)| live[*n]);
        let mut row: Vec<(usize, usize)> = living.filter_map(|(n, thread)| Some((place(thread)?, n))).collect();
        row.sort_unstable();
        row.into_iter().map(|(_, n)| n).collect::<Vec<usize>>()
    };
    let rank = |n: usize| (&keys[n], threads[n].nth);
    let base = row(|thread| thread.base);
    let mut sides = [row(|thread| thread.sides[0]), row(|thread| thread.sides[1])];
    // Where both moved the same thing one must be followed: the same on every machine, so it is told by what they say.
    if sides[1].iter().map(|&n| rank(n)).lt(sides[0].iter().map(|&n| rank(n))) {
        sides.reverse();
    }
    let spine = Spine::of(threads, &base, &sides);
    let mut twigs: HashMap<Option<usize>, Vec<usize>> = HashMap::new();
    for (n, after) in spine.branches(threads, &sides) {
        twigs.entry(after).or_default().push(n);
    }
    let mut order = Vec::new();
    for joint in std::iter::once(None).chain(spine.joints.into_iter().map(Some)) {
        order.extend(joint);
        let mut next = Vec::new();
        let mut from = Some(joint);
        while let Some(after) = from {
            let mut here = twigs.remove(&after).unwrap_or_default();
            here.sort_unstable_by(|&a, &b| rank(b).cmp(&rank(a)));
            next.append(&mut here);
            let n = next.pop();
            order.extend(n);
            from = n.map(Some);
        }
    }
    order
}

/// What both sides have, in the order that is kept: the rest hangs on it.
struct Spine {
    joints: Vec<usize>,
    /// Where each side moved other things: those that the first moved.
    moved: HashSet<usize>,
}

impl Spine {
    fn of(threads: &[Thread], base: &[usize], sides: &[Vec<usize>; 2]) -> Self {
        let on_both = |n: &&usize| threads[**n].sides.iter().all(Option::is_some);
        let [a, b] = sides.each_ref().map(|row| row.iter().filter(on_both).copied().collect::<Vec<usize>>());
        let whole = |joints| Spine { joints, moved: HashSet::new() };
        if a == b {
            return whole(a);
        }
        // What both added, in different places, has no order of its own.
        let old = |row: Vec<usize>| row.into_iter().filter(|&n| threads[n].base.is_some()).collect::<Vec<usize>>();
        let (a, b, base) = (old(a), old(b), base.iter().filter(on_both).copied().collect::<Vec<usize>>());
        if a == b || b == base {
            return whole(a);
        }
        if a == base {
            return whole(b);
        }
        let (by_first, by_second) = (moved(&base, &a), moved(&base, &b));
        let joints = base.into_iter().filter(|n| !by_first.contains(n) && !by_second.contains(n)).collect();
        Spine { joints, moved: by_first }
    }

    /// What hangs on it: each with what it stands after. What both added, or both moved, follows the first side; and what
    /// follows that never hangs on what follows the second, so no circle can close.
    fn branches(&self, threads: &[Thread], [first, second]: &[Vec<usize>; 2]) -> Vec<(usize, Option<usize>)> {
        let joints: HashSet<usize> = self.joints.iter().copied().collect();
        let follows_first = |n: usize| {
            let Thread { base, sides, .. } = &threads[n];
            base.is_none() || sides.contains(&None) || self.moved.contains(&n)
        };
        let (mut branches, mut led, mut last) = (Vec::new(), HashSet::new(), None);
        for &n in first {
            let joint = joints.contains(&n);
            if !joint && follows_first(n) {
                branches.push((n, last));
                led.insert(n);
            }
            if joint || led.contains(&n) {
                last = Some(n);
            }
        }
        last = None;
        for &n in second {
            if !joints.contains(&n) && !led.contains(&n) {
                branches.push((n, last));
            }
            last = Some(n);
        }
        branches
    }
}

/// What has moved from one order of the same things to another; of all that could be said to have, the least.
fn moved(from: &[usize], to: &[usize]) -> HashSet<usize> {
    let place: HashMap<usize, usize> = from.iter().enumerate().map(|(at, &n)| (n, at)).collect();
    // The longest row of rising places: what each length so far ends with, and what each came after.
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

    /// The threads of three texts, a letter a thing.
    fn woven(base: &str, a: &str, b: &str) -> String {
        let [base, a, b] = [base, a, b].map(|text| text.chars().collect::<Vec<char>>());
        let threads = threads(&base, [&a, &b]);
        let letters = |thread: &Thread| thread.of(&base, [&a, &b]);
        let keys: Vec<char> = threads.iter().filter_map(|thread| letters(thread).any()).copied().collect();
        let live: Vec<bool> = threads.iter().map(|thread| stays(letters(thread).map(|letter| letter))).collect();
        order(&threads, &keys, &live).into_iter().map(|n| keys[n]).collect()
    }

    #[test]
    fn orders() {
        let cases = [
            ("abc", "abc", "abc", "abc"),
            // Both append, both insert at one place, one in front.
            ("a", "ax", "ay", "axy"),
            ("a", "ayx", "az", "ayxz"),
            ("ab", "axb", "ayb", "axyb"),
            ("ab", "xab", "ab", "xab"),
            // Added on both sides, in one place or in two.
            ("ab", "axb", "axb", "axb"),
            ("ab", "xab", "abx", "abx"),
            // Moved by one side, while the other adds and takes away.
            ("abcd", "dabc", "abxcd", "dabxc"),
            ("abcd", "dabc", "acdx", "dxac"),
            ("abcd", "bacd", "abdc", "badc"),
            // Moved by both: alike, and to two places.
            ("abcd", "dabc", "dabc", "dabc"),
            ("abcd", "dabc", "adbc", "adbc"),
            // Two of a kind.
            ("a-b-c", "a-b-c-d", "xa-b-c", "xa-b-c-d"),
            // No origin.
            ("", "ab", "ac", "abc"),
            ("", "", "ab", "ab"),
        ];
        for (base, a, b, expected) in cases {
            assert_eq!(woven(base, a, b), expected, "{base} {a} {b}");
            assert_eq!(woven(base, b, a), expected, "{base} {b} {a}");
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

    /// Some of the letters, in any order, each once.
    fn letters() -> impl Strategy<Value = String> {
        proptest::sample::subsequence("abcdefgh".chars().collect::<Vec<char>>(), 0..8)
            .prop_shuffle()
            .prop_map(|letters| letters.into_iter().collect())
    }

    proptest! {
        #[test]
        fn an_order_has_everything_once_and_does_not_know_the_sides(base in letters(), a in letters(), b in letters()) {
            let order = woven(&base, &a, &b);
            prop_assert_eq!(&order, &woven(&base, &b, &a));
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
        fn where_one_side_is_the_origin_the_other_is_the_order(base in letters(), a in letters()) {
            prop_assert_eq!(woven(&base, &a, &base), a);
        }
    }
}
