//! The whole program: one test binary, one file per feature.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests say so when they fail"
)]

mod support;

mod application;
mod brief;
mod card;
mod checks;
mod coach;
mod commands;
mod dates;
mod debrief;
mod decks;
mod doctor;
mod editing;
mod events;
mod follow;
mod foreign;
mod imports;
mod interviews;
mod json;
mod merge;
mod minutes;
mod messages;
mod mock;
mod notes;
mod practices;
mod readme;
mod safety;
mod schedule;
mod schema;
mod session;
mod shells;
mod shipped;
mod source;
mod stats;
mod stories;
mod sync;
mod terminal;
mod tidy;
mod tiers;
mod versions;
