//! Reading a file of a collection.

use std::io::{Error, ErrorKind, Read as _, Result};
use std::path::Path;

/// Largest deck file that is read, in bytes.
pub(crate) const LARGEST: u64 = 16 << 20;

/// Reads a regular file; opening a pipe would block forever. One byte more than [`LARGEST`] means that the file is too large.
pub(crate) fn read_bytes(path: &Path) -> Result<Vec<u8>> {
    let metadata = std::fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(Error::new(ErrorKind::InvalidInput, "no regular file"));
    }
    // Read in one go, then whatever was appended in the meantime.
    let (size, mut file) = (metadata.len().min(LARGEST), std::fs::File::open(path)?);
    let mut bytes = vec![0; usize::try_from(size).unwrap_or(0)];
    let mut read = 0;
    while read < bytes.len() {
        match file.read(&mut bytes[read..]) {
            Ok(0) => break,
            Ok(more) => read += more,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(read);
    file.take(LARGEST + 1 - read as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}
