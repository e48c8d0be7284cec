//! rehearse: spaced repetition for answers that have to be given aloud.
//!
//! Decks are TOML files in a folder, SM-2 decides what to rehearse today, every review is a line in a log, and the program
//! is a line-oriented command. There are three layers. Below, modules are declared lowest first, and a module uses only
//! those declared before it. `tests/it/tidy.rs` checks that.
//!
//! - rules: values in, values out
//! - stores: disk, SQLite, and git; they never print and never read the wall clock
//! - doors: a person or a script; they print, and have the clock
//!
//! What one `rehearse grade why-job 4` does, from the arguments to the disk:
//!
//! 1. [`cli`] reads the arguments and the clock, and opens the [`collection`]: it finds the folder, reads the
//!    [`settings`], parses deck files that changed ([`deck`], with the table of keys in [`grammar`]), indexes them, and
//!    moves the history of reworded cards ([`follow`]).
//! 2. `cli::grade` finds the card and passes a review and the instant to [`store::Store::record`].
//! 3. `record` takes the lock, seals the event with number and checksum ([`history::seal`]), appends its line to the log,
//!    syncs the log, and applies the review to the card's state ([`history::CardState::apply`], which calls
//!    [`schedule::Memory::review`]).
//! 4. Only then `cli` prints `saved why-job grade 4, next …`. The rows of the database are written before the next query,
//!    or at the end. The log is what makes the review durable.
//!
//! In a session it is the same: [`session`] is a machine of values that requests a record from its driver, and shows
//! `saved` once the driver has recorded it.

// Rules: pure. No files, no environment, no processes, no database.

pub(crate) mod text;

pub mod diagnostic;

pub mod render;

pub mod clock;

pub(crate) mod grammar;

pub mod settings;

pub mod deck;

pub mod schedule;

pub mod history;

pub mod entry;

pub(crate) mod follow;

pub mod check;

pub mod queue;

pub(crate) mod stories;

pub mod doctor;

pub mod coach;

pub(crate) mod stats;

// Stores: disk, database, git.

pub(crate) mod atomic_file;

pub(crate) mod git;

pub mod journal;

pub mod store;

pub mod collection;

pub(crate) mod sync;

// Doors: a person, or a script.

pub(crate) mod failure;

pub mod editor;

pub(crate) mod session;

pub mod cli;
