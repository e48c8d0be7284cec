//! This machine's own files, besides the log and the database.
//!
//! - `device`: the name of this device
//! - `answers`: typed answers
//! - `permissions`: who may open the files
//!
//! Not here: anything that other machines see.

pub(crate) mod device;
pub(crate) mod answers;
pub(crate) mod permissions;
