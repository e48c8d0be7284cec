//! How answers are given, and where in a card a session is.

use crate::deck::Kind;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answers {
    Aloud,
    Line,
    /// Typed on lines that end with an empty one; facts still on one line.
    Lines,
    Editor,
    /// Aloud, to a listener who sees the whole card and ticks.
    Partner,
}

impl Answers {
    pub(crate) fn stage(self, kind: Kind) -> Stage {
        match self {
            Answers::Aloud => Stage::Speaking,
            Answers::Line => Stage::Typing { lines: false },
            Answers::Lines => Stage::Typing { lines: kind != Kind::Fact },
            Answers::Editor => Stage::Writing,
            Answers::Partner => Stage::Listening,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Spotting,
    Speaking,
    Typing {
        lines: bool,
    },
    Writing,
    /// You speak to a listener, who ticks parts and points.
    Listening,
    Ticking,
    Grading,
    FollowUp,
}

impl Stage {
    pub(crate) fn is_open(self) -> bool {
        matches!(self, Stage::Spotting | Stage::Speaking | Stage::Typing { .. } | Stage::Writing | Stage::Listening)
    }
}
