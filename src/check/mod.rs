//! The named checks.
//!
//! Problems within one file are found while it is parsed; each finding carries the name of a check of the table. What a
//! check needs to know about other files is passed in. Every check has an example and a near miss in `examples/`: tests
//! run them all, and `check --explain` shows the example.
//!
//! - `table`: what each check finds, its severity, and its example
//! - `across_files`: the findings that depend on more than one file
//!
//! Not here: reading files, and printing findings.

mod table;
mod across_files;

pub(crate) use across_files::{
    Dangling, Twins, UnusedStory, all_twins, dangling, duplicate_interview, orphans, shared_interview, tracked, twins,
    unused_story,
};
pub use table::{CHECKS, Check, Example, named};
