//! rehearse: spaced repetition for answers that have to be given aloud.
//!
//! The house has three storeys; a module uses only the modules named before it.

// Rules: values in, values out.
pub mod diagnostic;

pub mod clock;

pub mod grammar;

pub mod settings;

pub mod deck;

pub mod schedule;

pub mod history;

pub mod check;

pub mod queue;

// Stores: disk and database.
pub mod store;

pub mod collection;

// Doors: a person, or a script.
pub mod session;

pub mod cli;
