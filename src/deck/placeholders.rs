//! Placeholders in a card's texts: `{company}`, `{role}`, and `{interviewer}` come from the next interview.

pub(super) const NAMES: [&str; 3] = ["company", "role", "interviewer"];

/// Fills in the placeholders, once each. Without an interview they read "the company", "the role", "the interviewer". Any
/// other `{word}` is kept as it is.
pub(crate) fn fill(text: &str, company: Option<&str>, role: Option<&str>, interviewer: Option<&str>) -> String {
    let values =
        [company.unwrap_or("the company"), role.unwrap_or("the role"), interviewer.unwrap_or("the interviewer")];
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    // One pass, so that braces in a value are not filled in again.
    while let Some(at) = rest.find('{') {
        filled.push_str(&rest[..at]);
        rest = &rest[at..];
        let known = NAMES.iter().zip(values).find_map(|(name, value)| {
            rest.strip_prefix('{')?.strip_prefix(name)?.strip_prefix('}').map(|after| (value, after))
        });
        match known {
            Some((value, after)) => {
                filled.push_str(value);
                rest = after;
            }
            None => {
                filled.push('{');
                rest = &rest[1..];
            }
        }
    }
    filled + rest
}

/// Returns the words in braces that nothing fills in.
pub(super) fn unknown(text: &str) -> impl Iterator<Item = &str> {
    let in_braces = text.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(word, _)| word));
    let is_word = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-');
    in_braces.filter(move |word| is_word(word) && !NAMES.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled_once() {
        let cases = [
            ("Why {company}?", "Why {role}?"),
            ("{role} at {company}, {x} {", "boss at {role}, {x} {"),
            ("{{company}}", "{{role}}"),
            ("{interviewer}", "the interviewer"),
        ];
        for (text, expected) in cases {
            assert_eq!(fill(text, Some("{role}"), Some("boss"), None), expected);
        }
    }
}
