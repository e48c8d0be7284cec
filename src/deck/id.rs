//! The identity of a card or a story: written by the author, or derived from the prompt.

use std::fmt;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CardId(String);

impl CardId {
    /// Parses a written id: 1 to 64 of `A-Z a-z 0-9 . _ -`, not starting with `-` or `.`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        crate::grammar::is_id(text).then(|| CardId(text.to_owned()))
    }

    /// Returns the id of a card without a written one: `h` and 12 base32 characters of BLAKE3 over its prompt, with each
    /// run of white space folded to one space.
    pub(crate) fn derived(prompt: &str) -> Self {
        let folded = prompt.split_whitespace().collect::<Vec<_>>().join(" ");
        let hash = blake3::hash(folded.as_bytes());
        let bits = hash.as_bytes().iter().take(8).fold(0_u64, |bits, &byte| bits << 8 | u64::from(byte));
        CardId(format!("h{}", base32(bits, 12)))
    }

    /// Returns whether it has the form of a derived id: `h` and 12 of `a-z2-7`. A written id can have that form, too.
    pub(crate) fn looks_derived(&self) -> bool {
        let rest = self.0.strip_prefix('h').filter(|rest| rest.len() == 12);
        rest.is_some_and(|rest| rest.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7')))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CardId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Returns the first `characters` (at most 12) of 64 bits in lowercase base32 (RFC 4648).
pub(crate) fn base32(bits: u64, characters: u32) -> String {
    let alphabet = b"abcdefghijklmnopqrstuvwxyz234567";
    let digit = |n: u32| char::from(alphabet[usize::try_from(bits >> (59 - 5 * n) & 31).unwrap_or(0)]);
    (0..characters).map(digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derived_ids_fold_white_space_and_nothing_else() {
        let id = CardId::derived("What is your greatest weakness?");
        assert_eq!(id, CardId::derived("  What is\n your  greatest weakness? "));
        assert_ne!(id, CardId::derived("what is your greatest weakness?"));
        assert_eq!(id.as_str().len(), 13);
        assert!(CardId::parse(id.as_str()).is_some());
    }

    #[test]
    fn base32_is_rfc_4648() {
        // "foobar" + 2 zero bytes; RFC 4648, section 10: MZXW6YTBOI======
        assert_eq!(base32(u64::from_be_bytes(*b"foobar\0\0"), 9), "mzxw6ytbo");
    }
}
