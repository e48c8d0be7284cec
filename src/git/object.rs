//! Names and kinds of what git stores.

use std::fmt;

/// The name of an object: its hash in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Oid(String);

impl Oid {
    /// Parses a name, of either kind of hash.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let hex = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        (hex && matches!(text.len(), 40 | 64)).then(|| Oid(text.to_owned()))
    }

    /// `hex` is known to be a name.
    pub(super) fn known(hex: &str) -> Self {
        Oid(hex.to_owned())
    }

    pub(super) fn from_bytes(hash: &[u8]) -> Self {
        Oid(hash.iter().fold(String::with_capacity(2 * hash.len()), |hex, byte| hex + &format!("{byte:02x}")))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ObjectKind {
    Blob,
    Tree,
    Commit,
    Tag,
}

#[derive(Debug)]
pub(super) struct Object {
    pub(super) oid: Oid,
    pub(super) kind: ObjectKind,
    pub(super) bytes: Option<Vec<u8>>,
}

/// What a tree or the index has at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TreeEntry {
    /// The kind of file, in octal: `100644`.
    pub(crate) mode: String,
    pub(crate) oid: Oid,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TreeChange {
    pub(crate) path: Vec<u8>,
    pub(crate) old: Option<TreeEntry>,
    pub(crate) new: Option<TreeEntry>,
}
