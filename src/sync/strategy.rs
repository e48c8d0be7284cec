//! On which commit the journal is committed: a decision on facts, without asking git.

use super::merge::Conflicts;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    NoUpstream,
    Unborn,
    Same,
    Behind,
    Ahead,
    Diverged,
    Unrelated,
}

/// On which commit the journal is committed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Strategy {
    /// On the local branch; its commits are pushed as well.
    Local,
    /// On the upstream branch; the local branch follows.
    Upstream,
    Merge,
    /// On the upstream branch; the local branch stays, and only the journal is pushed.
    JournalOnly(Obstacle),
    /// Nothing is committed: the user has to do something first.
    Wait(Obstacle),
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Obstacle {
    /// HEAD is detached, or on a branch that does not carry the history.
    NotAttached,
    Busy(&'static str),
    /// The upstream branch was rewritten, and neither side contains the other.
    Rewritten,
    /// Unpushed commits touch this file outside the collection.
    Outside(String),
    /// The same, and there is no upstream branch yet.
    NoUpstream(String),
    Unrelated,
    Conflict(Conflicts),
    CannotMerge,
}

/// Decides. `attached`: HEAD's branch carries the history. `outside`: a file outside the collection that unpushed commits
/// touch, unless the user asked to push them.
pub(super) fn strategy(
    attached: bool,
    busy: Option<&'static str>,
    relation: Relation,
    rewritten: bool,
    outside: Option<String>,
) -> Strategy {
    if !attached {
        return Strategy::JournalOnly(Obstacle::NotAttached);
    }
    if let Some(what) = busy {
        return Strategy::JournalOnly(Obstacle::Busy(what));
    }
    match (relation, outside) {
        (Relation::Unborn | Relation::Same | Relation::Behind, _) => Strategy::Upstream,
        (Relation::Unrelated, _) => Strategy::JournalOnly(Obstacle::Unrelated),
        (Relation::NoUpstream, Some(path)) => Strategy::Wait(Obstacle::NoUpstream(path)),
        (Relation::Diverged, _) if rewritten => Strategy::JournalOnly(Obstacle::Rewritten),
        (_, Some(path)) => Strategy::JournalOnly(Obstacle::Outside(path)),
        (Relation::NoUpstream | Relation::Ahead, None) => Strategy::Local,
        (Relation::Diverged, None) => Strategy::Merge,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Relation::{Ahead, Behind, Diverged, NoUpstream, Same, Unborn, Unrelated};

    #[test]
    fn the_users_commits_are_pushed_only_without_an_obstacle() {
        let alone = Strategy::JournalOnly;
        let outside = || Some("README.md".to_owned());
        let cases = [
            (true, None, NoUpstream, false, None, Strategy::Local),
            (true, None, NoUpstream, false, outside(), Strategy::Wait(Obstacle::NoUpstream("README.md".into()))),
            (true, None, Unborn, false, None, Strategy::Upstream),
            (true, None, Same, true, None, Strategy::Upstream),
            (true, None, Behind, true, None, Strategy::Upstream),
            (true, None, Ahead, true, None, Strategy::Local),
            (true, None, Ahead, false, outside(), alone(Obstacle::Outside("README.md".into()))),
            (true, None, Diverged, false, None, Strategy::Merge),
            (true, None, Diverged, true, None, alone(Obstacle::Rewritten)),
            (true, None, Diverged, true, outside(), alone(Obstacle::Rewritten)),
            (true, None, Diverged, false, outside(), alone(Obstacle::Outside("README.md".into()))),
            (true, None, Unrelated, false, None, alone(Obstacle::Unrelated)),
            (true, Some("a merge"), Behind, false, None, alone(Obstacle::Busy("a merge"))),
            (false, None, Behind, false, None, alone(Obstacle::NotAttached)),
            (false, Some("a merge"), Ahead, false, None, alone(Obstacle::NotAttached)),
        ];
        for (attached, busy, relation, rewritten, outside, expected) in cases {
            assert_eq!(
                strategy(attached, busy, relation, rewritten, outside.clone()),
                expected,
                "{relation:?} {outside:?}"
            );
        }
    }
}
