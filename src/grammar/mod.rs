//! What may be in a TOML table: its keys, the shapes of their values, and the problems of a table that is read.
//!
//! Settings and decks are each one table of [`Key`]s. Reading a table returns the values that are right, and a finding for
//! each that is not. TOML itself is parsed by the `toml` crate.
//!
//! - `keys`: tables, keys, and shapes
//! - `fields`: the values of one table
//! - `reader`: from TOML to fields and findings
//!
//! Not here: what any key means, and files.

mod keys;
mod fields;
mod reader;

pub(crate) use fields::{Fields, Item, Reference, Value};
pub(crate) use keys::{ID_PATTERN, Key, LONGEST_LIMIT, MOST_FAULTS, ReferenceKind, Shape, Table, is_id, item};
pub(crate) use reader::TableReader;
