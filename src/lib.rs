//! rehearse: spaced repetition for answers that have to be given aloud.
//!
//! Decks are TOML files in a folder, SM-2 decides what to rehearse today, every review is a line in a log, and the
//! program is a line-oriented command. The house has three storeys, lowest first; a module uses only those named before
//! it, and `tests/it/tidy.rs` holds it to that.
//!
//! ```text
//! doors    editor · session · cli              a person or a script; they print, and know the time
//! stores   git · store · collection · exchange  disk, SQLite, git; they never print, never ask the time
//!          sync
//! rules    diagnostic · clock · grammar · settings · deck
//!          schedule · history · follow
//!          check · doctor · queue · coach
//!          stats · stories                     values in, values out
//! ```
//!
//! The way of one `rehearse grade why-job 4`, from the argument to the disk:
//!
//! 1. [`cli`] reads the arguments and the clock, and opens the [`collection`]: its folder is found, its [`settings`] are
//!    read, deck files that changed are parsed ([`deck`], by the one table of keys in [`grammar`]) and indexed, and the
//!    history of a card that was reworded goes on ([`follow`]).
//! 2. `cli::grade` finds the card and hands a review and the instant to [`store::Store::record`].
//! 3. `record` takes the lock, seals the event with number and checksum ([`history::seal`]), appends its line to the log,
//!    syncs the log, and applies the review to the card's state ([`history::CardState::apply`], which asks
//!    [`schedule::Memory::review`]).
//! 4. Only then `cli` prints `saved why-job grade 4, next …`. The event is inserted into the database, and the card folded
//!    anew, when something is asked of it, or at the end: the log is what makes it safe.
//!
//! A session goes the same way: [`session`] is a machine of values that asks its driver to record, and shows `saved` when
//! the driver says that it is.

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
