//! On what the commit of the journal is made: a decision on facts, without asking git.

use super::merge::Conflicts;

/// How the local branch stands to the upstream branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Relation {
    /// There is no upstream branch yet.
    NoUpstream,
    /// There is no commit here yet.
    Unborn,
    /// Both are the same commit.
    Same,
    /// The upstream branch has all of the local branch, and more.
    Behind,
    /// The local branch has all of the upstream branch, and more.
    Ahead,
    /// Each has what the other has not.
    Diverged,
    /// They have nothing in common.
    Unrelated,
}

/// On what the commit is made.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// On the local branch, whose commits go along.
    Here,
    /// On the upstream branch; the local branch follows.
    There,
    /// On a merge of both.
    Merge,
    /// On the upstream branch, and the local branch stays: the journal travels alone.
    Alone(Why),
    /// On nothing: the user has to do something first.
    Wait(Why),
}

/// Why the journal travels alone.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// HEAD is detached, or on a branch that does not carry the history.
    NotAttached,
    /// A merge or the like is in progress.
    Busy(&'static str),
    /// The upstream branch was rewritten, and neither side contains the other.
    Rewritten,
    /// Commits that are not pushed touch this file outside the collection.
    Outside(String),
    /// The same, and there is no upstream branch yet.
    Unpushed(String),
    /// The two branches have no commit in common.
    Unrelated,
    /// Both sides changed the same.
    Conflict(Conflicts),
    /// This git cannot merge.
    CannotMerge,
}

/// Decides. `attached`: HEAD is the branch that carries the history. `outside`: a file outside the collection that commits
/// touch which are not to go along.
pub(crate) fn way(
    attached: bool,
    busy: Option<&'static str>,
    relation: Relation,
    rewritten: bool,
    outside: Option<String>,
) -> Way {
    if !attached {
        return Way::Alone(Why::NotAttached);
    }
    if let Some(what) = busy {
        return Way::Alone(Why::Busy(what));
    }
    match (relation, outside) {
        (Relation::Unborn | Relation::Same | Relation::Behind, _) => Way::There,
        (Relation::Unrelated, _) => Way::Alone(Why::Unrelated),
        (Relation::NoUpstream, Some(path)) => Way::Wait(Why::Unpushed(path)),
        (Relation::Diverged, _) if rewritten => Way::Alone(Why::Rewritten),
        (_, Some(path)) => Way::Alone(Why::Outside(path)),
        (Relation::NoUpstream | Relation::Ahead, None) => Way::Here,
        (Relation::Diverged, None) => Way::Merge,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Relation::{Ahead, Behind, Diverged, NoUpstream, Same, Unborn, Unrelated};

    #[test]
    fn the_user_is_taken_along_only_where_nothing_speaks_against_it() {
        let alone = Way::Alone;
        let outside = || Some("README.md".to_owned());
        let cases = [
            (true, None, NoUpstream, false, None, Way::Here),
            (true, None, NoUpstream, false, outside(), Way::Wait(Why::Unpushed("README.md".into()))),
            (true, None, Unborn, false, None, Way::There),
            (true, None, Same, true, None, Way::There),
            (true, None, Behind, true, None, Way::There),
            (true, None, Ahead, true, None, Way::Here),
            (true, None, Ahead, false, outside(), alone(Why::Outside("README.md".into()))),
            (true, None, Diverged, false, None, Way::Merge),
            (true, None, Diverged, true, None, alone(Why::Rewritten)),
            (true, None, Diverged, true, outside(), alone(Why::Rewritten)),
            (true, None, Diverged, false, outside(), alone(Why::Outside("README.md".into()))),
            (true, None, Unrelated, false, None, alone(Why::Unrelated)),
            (true, Some("a merge"), Behind, false, None, alone(Why::Busy("a merge"))),
            (false, None, Behind, false, None, alone(Why::NotAttached)),
            (false, Some("a merge"), Ahead, false, None, alone(Why::NotAttached)),
        ];
        for (attached, busy, relation, rewritten, outside, expected) in cases {
            assert_eq!(way(attached, busy, relation, rewritten, outside.clone()), expected, "{relation:?} {outside:?}");
        }
    }
}
