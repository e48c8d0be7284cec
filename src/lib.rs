//! rehearse: spaced repetition for answers that you give aloud.
//!
//! Decks are TOML files in a folder, SM-2 decides what to rehearse today, every review is a line in a log, and the program
//! is a line-oriented command. There are three layers: rules are pure, stores own disk, SQLite, and git, and doors talk to a
//! person or a script. Modules are declared lowest first, here and in every folder, and a file uses only those declared
//! before it; `tests/it/tidy.rs` checks that.
//!
//! What `rehearse grade why-job 4` does, from the arguments to the disk:
//!
//! 1. [`cli`] reads the arguments and the clock, and opens the [`collection`]: it finds the folder, reads the
//!    [`settings`], parses deck files that changed ([`deck`], with the table of keys in `grammar`), indexes them, and moves
//!    the history of reworded cards (`follow`).
//! 2. `cli::grade` finds the card and passes a review and the instant to [`store::Store::record`].
//! 3. `record` takes the lock, seals the event with number and checksum ([`history::seal`]), appends its line to the log,
//!    syncs the log, and applies the review to the card's state (`history::CardState::apply`, which calls
//!    `schedule::Memory::review`).
//! 4. Only then `cli` prints `saved why-job grade 4, next …`.
//!
//! A session works the same way: `session` is a machine of values that requests a record from its driver, and shows `saved`
//! once the driver has recorded it.
//!
//! | you add | you write |
//! | --- | --- |
//! | a command | one file in `cli/`, one line in its table of commands |
//! | a check | one row in `check`, one folder of examples beside it |
//! | a doctor finding | one row in `doctor`; the facts come from `store/verify` or `collection/health` |
//! | a coach rule | one row in `coach/rules`, one function, one file in `coach/cases/` |
//! | a setting, a deck key | one row in `settings`, in `deck/keys` |
//! | an event kind | one variant in `history/event`, its arms in the codec and the fold |
//! | a column | one entry in the column list of its table in `store/` |
//! | an exchange format | one file in `exchange/`, a module of its own between `collection` and `sync` |

// Rules: values in, values out. No files, environment, processes, database, or randomness.
pub(crate) mod text;
pub mod diagnostic;
pub mod render;
pub mod clock;
pub(crate) mod grammar;
pub mod settings;
pub mod deck;
pub mod schedule;
#[doc(hidden)]
pub mod recall;
pub(crate) mod horizon;
pub mod history;
pub(crate) mod entry;
pub(crate) mod follow;
pub mod check;
pub(crate) mod queue;
pub(crate) mod plan;
pub(crate) mod backlog;
pub(crate) mod remedy;
#[doc(hidden)]
pub mod practice;
pub(crate) mod stories;
pub(crate) mod interview;
pub mod doctor;
pub mod coach;
pub(crate) mod stats;

// Stores: they never print and never read the wall clock.
pub(crate) mod regular_file;
pub(crate) mod atomic_file;
pub(crate) mod search_path;
pub(crate) mod git;
pub(crate) mod journal;
pub(crate) mod store;
pub(crate) mod collection;
pub(crate) mod sync;

// Doors: they print, and have the clock.
pub(crate) mod failure;
pub mod signals;
pub(crate) mod editor;
pub(crate) mod session;
pub mod cli;

// What the fuzz targets check.
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
