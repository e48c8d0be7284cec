//! Placeholders in a card's texts: `{company}`, `{role}`, and `{interviewer}` come from the next interview.

use crate::text::nearest;

pub(super) const NAMES: [&str; 3] = ["company", "role", "interviewer"];

/// A segment of a text with placeholders.
#[derive(Debug, PartialEq, Eq)]
enum Segment<'a> {
    Plain(&'a str),
    /// A placeholder, by its position in [`NAMES`].
    Name(usize),
    /// What is in braces that no placeholder fills in, without them, and without a brace.
    Group(&'a str),
}

/// Splits a text into its segments. `{{` is a literal brace. So is `}}`, unless the first of the two closes a brace that was
/// opened as text: code such as `\frac{a}{\sqrt{b}}` stays as it is.
fn segments(text: &str) -> impl Iterator<Item = Segment<'_>> {
    let mut rest = text;
    let mut open = 0_usize;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let name = |(n, name): (usize, &&str)| {
            let after = rest.strip_prefix('{')?.strip_prefix(name)?.strip_prefix('}')?;
            Some((Segment::Name(n), after))
        };
        let group = || {
            let inner = rest.strip_prefix('{')?;
            let end = inner.find(['{', '}']).filter(|end| inner[*end..].starts_with('}'))?;
            Some((Segment::Group(&inner[..end]), &inner[end + 1..]))
        };
        let plain = |shown: usize, taken: usize| (Segment::Plain(&rest[..shown]), &rest[taken..]);
        let (segment, after) = if rest.starts_with("{{") || (open == 0 && rest.starts_with("}}")) {
            plain(1, 2)
        } else if let Some(found) = NAMES.iter().enumerate().find_map(name).or_else(group) {
            found
        } else if rest.starts_with('{') {
            open += 1;
            plain(1, 1)
        } else if rest.starts_with('}') {
            open = open.saturating_sub(1);
            plain(1, 1)
        } else {
            let end = rest.find(['{', '}']).unwrap_or(rest.len());
            plain(end, end)
        };
        rest = after;
        Some(segment)
    })
}

/// Fills in the placeholders, once each. Without an interview they read "the company", "the role", "the interviewer". `{{`
/// and `}}` become braces, and everything else stays.
pub(crate) fn fill(text: &str, company: Option<&str>, role: Option<&str>, interviewer: Option<&str>) -> String {
    let values =
        [company.unwrap_or("the company"), role.unwrap_or("the role"), interviewer.unwrap_or("the interviewer")];
    let mut filled = String::with_capacity(text.len());
    // One pass, so that braces in a value are not filled in again.
    for segment in segments(text) {
        match segment {
            Segment::Plain(text) => filled.push_str(text),
            Segment::Name(n) => filled.push_str(values[n]),
            Segment::Group(text) => filled.extend(["{", text, "}"]),
        }
    }
    filled
}

/// Returns what is in braces and nearly a placeholder, each with the placeholder it is near. Other braces are code.
pub(super) fn misspelled(text: &str) -> impl Iterator<Item = (&str, &'static str)> {
    let near = |segment| match segment {
        Segment::Group(text) => nearest(text, NAMES).map(|name| (text, name)),
        _ => None,
    };
    segments(text).filter_map(near)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn placeholders_are_filled_once() {
        let cases = [
            ("Why {company}?", "Why {role}?"),
            ("{role} at {company}, {x} {", "boss at {role}, {x} {"),
            ("{interviewer}", "the interviewer"),
            // Doubled braces are braces.
            ("{{company}}", "{company}"),
            ("{{{company}}}", "{{role}}"),
            ("a {{ and a }}", "a { and a }"),
            ("{{x}", "{x}"),
            ("{{}}", "{}"),
            // Code is code, with braces of its own.
            (
                "What does `\\d{2}` match, and {x}, and {0}, and {}?",
                "What does `\\d{2}` match, and {x}, and {0}, and {}?",
            ),
            ("$\\frac{a}{\\sqrt{b}}$", "$\\frac{a}{\\sqrt{b}}$"),
            ("{\"a\": {\"b\": {\"c\": 1}}}", "{\"a\": {\"b\": {\"c\": 1}}}"),
            ("{a {company}} and }", "{a {role}} and }"),
            ("{compnay} } {", "{compnay} } {"),
        ];
        for (text, expected) in cases {
            assert_eq!(fill(text, Some("{role}"), Some("boss"), None), expected, "{text}");
        }
    }

    #[test]
    fn only_what_is_near_a_placeholder_is_misspelled() {
        let cases: &[(&str, &[&str])] = &[
            ("{compnay} {Role} {interveiwer}", &["company", "role", "interviewer"]),
            ("{ company }", &["company"]),
            ("{company} {x} {0} {} {team} {word} \\d{2} {{compnay}} {\"role\": 1} {a{rol", &[]),
        ];
        for (text, expected) in cases {
            let found: Vec<&str> = misspelled(text).map(|(_, name)| name).collect();
            assert_eq!(found, *expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn text_without_placeholders_and_doubled_braces_stays(text in "([{}] ?[a-z0-9\\\\$. ]){0,20}") {
            prop_assert_eq!(fill(&text, None, None, None), text);
        }
    }
}
