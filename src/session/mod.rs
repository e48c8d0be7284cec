//! The daily session: a machine of values, and its three drivers.
//!
//! [`Session::step`] takes an input and the instant it came, and returns things to show and one request. It reads nothing,
//! writes nothing, and doesn't know the time, so a whole session is a table of inputs and outputs.
//!
//! - `answers`, `setup`, `protocol`: what goes in and out
//! - `competency`: whether typed words name a competency
//! - `attempt`: one card being asked
//! - `progress`: the cards of the session
//! - `input`: what a typed line means
//! - `machine`: the session itself
//! - `run`: does what the machine requests
//! - `paint`, `wording`: how things look as text
//! - `pipe`, `terminal`, `json_lines`: the three drivers
//!
//! Not here: which cards are due, and how a review is saved.

mod answers;
mod setup;
mod protocol;
mod competency;
mod attempt;
mod progress;
mod input;
mod machine;
mod run;
mod paint;
mod wording;
mod pipe;
mod terminal;
mod json_lines;

pub(crate) use answers::Answers;
pub(crate) use attempt::propose;
pub(crate) use input::parse_ticks;
pub(crate) use json_lines::{JsonLines, saved_event};
pub(crate) use machine::Session;
pub(crate) use paint::Paint;
pub(crate) use pipe::{NotUtf8, Pipe, read_line};
pub(crate) use protocol::Input;
#[cfg(any(test, fuzzing))]
pub(crate) use protocol::{AfterEdit, CardSheet, Request};
pub(crate) use run::{BATCH, Backend, CompanyWords, Frontend, SessionEnd, run};
pub(crate) use setup::{Names, Setup, TimeLimit};
pub(crate) use terminal::Terminal;
pub(crate) use wording::NOT_UTF8;
