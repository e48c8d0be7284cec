//! What is asked today, in what order, and why.
//!
//! - `filter`: which cards a session asks
//! - `order`: which due card comes first
//! - `fresh`: which new cards are asked today
//! - `day`: the cards of a day, drawn one by one
//!
//! Not here: where entries come from, which cards an interview names, and what a session does with them.

mod filter;
mod order;
mod fresh;
mod day;

pub(crate) use day::{AskedDay, DayPart, Queue};
pub(crate) use filter::Filter;
pub(crate) use fresh::{NewCards, NewChoice, NewCounts};
pub(crate) use order::Claim;
