//! Recognizes an unchanged file without reading it.

use std::fs::Metadata;
use std::time::UNIX_EPOCH;

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, Value, ValueRef};

/// Size, times of modification and of change in nanoseconds, and inode of a file; 32 bytes in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp([i64; 4]);

impl Stamp {
    /// The stamp of no file: a file with it is read again.
    pub(crate) const UNKNOWN: Stamp = Stamp([-1; 4]);

    pub(crate) fn new(metadata: &Metadata) -> Self {
        let modified = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let modified = modified.and_then(|time| i64::try_from(time.as_nanos()).ok()).unwrap_or(0);
        let size = i64::try_from(metadata.len()).unwrap_or(i64::MAX);
        Stamp([size, modified, changed(metadata), inode(metadata).cast_signed()])
    }

    /// Whether the file was last written well before this time of its file system's clock, in nanoseconds. One written
    /// just now may be written again within the same tick without getting another stamp.
    pub(crate) fn is_older_than(self, clock: i64) -> bool {
        let modified = self.0[1];
        // Whole seconds come from file systems that count no finer.
        let tick = if modified % 1_000_000_000 == 0 { 2_000_000_000 } else { 50_000_000 };
        modified.saturating_add(tick) < clock
    }

    pub(crate) fn modified(self) -> i64 {
        self.0[1]
    }

    pub(crate) fn text(self) -> String {
        let [size, modified, changed, inode] = self.0;
        format!("{size} {modified} {changed} {inode}")
    }

    /// Returns the size of the file in bytes.
    pub(crate) fn size(self) -> u64 {
        self.0[0].unsigned_abs()
    }

    fn bytes(self) -> Vec<u8> {
        self.0.iter().flat_map(|part| part.to_le_bytes()).collect()
    }
}

impl ToSql for Stamp {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Owned(Value::Blob(self.bytes())))
    }
}

impl FromSql for Stamp {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let bytes = value.as_blob()?;
        let mut parts = [0; 4];
        let (chunks, rest) = bytes.as_chunks::<8>();
        if chunks.len() != parts.len() || !rest.is_empty() {
            return Err(FromSqlError::InvalidType);
        }
        for (part, chunk) in parts.iter_mut().zip(chunks) {
            *part = i64::from_le_bytes(*chunk);
        }
        Ok(Stamp(parts))
    }
}

#[cfg(unix)]
fn changed(metadata: &Metadata) -> i64 {
    use std::os::unix::fs::MetadataExt as _;
    metadata.ctime().saturating_mul(1_000_000_000).saturating_add(metadata.ctime_nsec())
}

#[cfg(not(unix))]
fn changed(_: &Metadata) -> i64 {
    0
}

#[cfg(unix)]
pub(crate) fn inode(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
pub(crate) fn inode(_: &Metadata) -> u64 {
    0
}
