//! Undo: which events are void.

use std::collections::{HashMap, HashSet};

use super::event::EventId;

/// Returns the void events: those with an undo that is not void itself. Takes each undo with its target. Only these
/// references matter, not the order of time or arrival.
///
/// References cannot form a ring by accident, because an id contains its event's checksum. In a ring made on purpose, no
/// undo counts.
pub(crate) fn void_events(undos: &[(EventId, EventId)]) -> HashSet<EventId> {
    let target: HashMap<EventId, EventId> = undos.iter().copied().collect();
    let mut open_undos: HashMap<EventId, usize> = HashMap::new();
    for of in target.values() {
        *open_undos.entry(*of).or_default() += 1;
    }
    let mut void = HashSet::new();
    let mut effective: Vec<EventId> = target.keys().copied().filter(|undo| !open_undos.contains_key(undo)).collect();
    while let Some(undo) = effective.pop() {
        let Some(&of) = target.get(&undo) else { continue };
        if !void.insert(of) {
            continue;
        }
        // `of` is void. If it was itself an undo, its target has one undo fewer, and is effective after the last.
        if let Some(freed) = target.get(&of)
            && let Some(left) = open_undos.get_mut(freed)
        {
            *left -= 1;
            if *left == 0 && !void.contains(freed) {
                effective.push(*freed);
            }
        }
    }
    void
}

#[cfg(test)]
mod tests {
    use super::super::event::Device;
    use super::*;

    fn id(n: i64) -> EventId {
        EventId { device: Device::parse("aaaaaaaa").unwrap(), seq: n, crc: 7 }
    }

    #[test]
    fn references_alone_decide_what_is_void() {
        type Undos<'a> = &'a [(i64, i64)];
        let cases: &[(Undos, &[i64])] = &[
            (&[], &[]),
            (&[(2, 1)], &[1]),
            // An undo of an undo, and an undo of that.
            (&[(2, 1), (3, 2)], &[2]),
            (&[(2, 1), (3, 2), (4, 3)], &[1, 3]),
            // Two devices undo the same event. It stays void if only one of the undos is undone.
            (&[(2, 1), (3, 1)], &[1]),
            (&[(2, 1), (3, 1), (4, 3)], &[1, 3]),
            // Rings made on purpose.
            (&[(1, 1)], &[]),
            (&[(1, 2), (2, 1)], &[]),
            (&[(1, 2), (2, 1), (3, 1)], &[1]),
        ];
        for (undos, expected) in cases {
            let undos: Vec<_> = undos.iter().map(|&(undo, of)| (id(undo), id(of))).collect();
            let expected: HashSet<_> = expected.iter().map(|&n| id(n)).collect();
            assert_eq!(void_events(&undos), expected, "{undos:?}");
        }
    }
}
