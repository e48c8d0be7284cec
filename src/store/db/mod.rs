//! The SQLite file.
//!
//! - `file_stamp`: recognizes an unchanged file without reading it
//! - `columns`: the columns of a table, listed once
//! - `batch`: inserts many rows with few statements
//! - `rows`: values that rows of several tables have
//! - `patience`: how long to wait for another process
//! - `open`: opens, checks, rebuilds, and checkpoints the file
//!
//! Not here: what the tables mean.

pub(crate) mod file_stamp;
pub(crate) mod columns;
pub(crate) mod batch;
pub(crate) mod rows;
pub(crate) mod patience;
pub(crate) mod open;
