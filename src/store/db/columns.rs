//! The columns of a table, listed once: what is inserted, read, and compared is made from that list.

/// Lists the columns of a table in the order in which they are inserted: `COLUMNS` has their names, and each is a constant
/// with its place in that list.
macro_rules! columns {
    ($($column:ident),+ $(,)?) => {
        pub(crate) const COLUMNS: &[&str] = &[$(stringify!($column)),+];
        #[allow(non_camel_case_types, clippy::upper_case_acronyms, reason = "named as in the table")]
        enum ColumnOrder { $($column),+ }
        $(#[allow(non_upper_case_globals, dead_code, reason = "named as in the table")]
        pub(crate) const $column: usize = ColumnOrder::$column as usize;)+
    };
}
pub(crate) use columns;

/// Returns an insert up to its values, as in `INSERT INTO names (n, name)`.
pub(crate) fn insert(verb: &str, table: &str, columns: &[&str]) -> String {
    format!("{verb} INTO {table} ({})", columns.join(", "))
}

/// Returns the columns of a table as they are read, as in `c.n, c.name`.
pub(crate) fn select(table: &str, columns: &[&str]) -> String {
    columns.iter().map(|column| format!("{table}.{column}")).collect::<Vec<_>>().join(", ")
}
