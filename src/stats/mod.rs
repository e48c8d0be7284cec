//! Statistics about what was rehearsed.
//!
//! A [`Ledger`] takes every event in the total order, then every card, and returns the [`Stats`] of one study day. It keeps
//! one row for each card and one for each study day, however many events there are.
//!
//! - `numbers`: the numbers, and what each counts
//! - `misses`: missed parts and points of one card
//! - `ledger`: adds up events and cards
//!
//! Not here: how the numbers look, and where events and cards come from.

mod numbers;
mod misses;
mod ledger;

pub(crate) use ledger::Ledger;
pub(crate) use misses::Misses;
pub(crate) use numbers::{
    Band, Bias, Calibration, Due, Expected, MissedPoint, Retention, Spoken, Spotted, Stats, WEEKS, Windows, median,
};
