//! History: the events of every device, and the card states they add up to.
//!
//! A machine knows the events of every journal it has seen and of its own log. A card's state is the fold of that card's
//! events in their total order. Everything here is a function of the set of events: no clock, no float, no random number,
//! no map order.
//!
//! - `event`: events, devices, the total order
//! - `undo`: which events are void
//! - `renames`: where the history of a renamed card continues
//! - `state`: the fold
//! - `derive`: the fold explained step by step
//! - `codec`: an event as a line of JSON
//!
//! Not here: where events are stored.

mod event;
mod undo;
mod renames;
mod state;
mod derive;
mod codec;
#[cfg(test)]
pub(crate) mod samples;

pub use codec::{Bad, Line, parse_line, render};
pub(crate) use codec::{LONGEST_LINE, parse_lines, seal};
pub(crate) use derive::{Future, Step, derivation};
pub(crate) use event::{Body, Device, EventId, LAST_SEQ, MockScore, Review, Score, believed, logical_clock};
pub use event::{CardAction, Event};
pub(crate) use renames::Renames;
pub use state::{CardState, fold};
pub(crate) use undo::void_events;
