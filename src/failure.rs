//! How a run ends: exit codes.
//!
//! Not here: what a failure says, and who prints it.

/// Done.
pub(crate) const DONE: u8 = 0;
/// Done, and something in the user's files needs the user.
pub(crate) const FINDINGS: u8 = 1;
/// Wrong usage, an unknown card or deck.
pub(crate) const USAGE: u8 = 2;
/// It could not be done; nothing that was acknowledged is lost.
pub(crate) const WORLD: u8 = 3;
/// `due --exit-code`: nothing is due.
pub(crate) const NOTHING_DUE: u8 = 4;
/// `merge-driver`: nothing is merged. Git treats every code above 128 as an error and not as a conflict.
pub(crate) const NO_RESULT: u8 = 129;
pub(crate) const INTERRUPTED: u8 = 130;
