//! Text from the bytes of a file.

pub(crate) const SAVE_AS_UTF8: &str = "save the file as UTF-8 in your editor";

/// Decodes UTF-8. Bytes that are not UTF-8 become U+FFFD; returns the text and the offsets in it where that happened.
pub(crate) fn decode(bytes: Vec<u8>) -> (String, Vec<usize>) {
    let bytes = match String::from_utf8(bytes) {
        Ok(text) => return (text, Vec::new()),
        Err(error) => error.into_bytes(),
    };
    let mut text = String::with_capacity(bytes.len());
    let mut broken = Vec::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            broken.push(text.len());
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
    (text, broken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deck::parse;
    use crate::diagnostic::{Diagnostic, Source};

    #[test]
    fn invalid_bytes_are_reported_where_they_are() {
        let cases: &[(&[u8], &str, usize)] = &[
            (
                b"[[card]]\nprompt = \"caf\xe9\"\n[[card]]\nprompt = \"ok\"\n",
                "a.toml:2:14: error: not UTF-8 here [encoding]",
                1,
            ),
            (b"\xff\xfe[\0[\0", "a.toml:1:1: error: the file is UTF-16, not UTF-8 [encoding]", 0),
            (b"\xef\xbb\xbf[[card]]\r\nprompt = \"a\"\r\n", "", 1),
        ];
        for (bytes, expected, cards) in cases {
            let (text, broken) = decode(bytes.to_vec());
            let (deck, mut findings) = parse(&Source::new("a.toml", text), &broken);
            findings.retain(|finding| finding.check != "no-points");
            assert_eq!(findings.iter().map(Diagnostic::short).collect::<Vec<_>>().join(";"), *expected);
            assert_eq!(deck.cards.len(), *cards);
        }
    }
}
