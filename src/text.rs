//! English: plurals, lists, small words, quantities, near names, clock times, wrapping.
//!
//! Not here: escaping of foreign text (`render`), and the wording of any message.

use unicode_width::UnicodeWidthStr as _;

/// Words that an abbreviation or another word order leaves out.
pub(crate) const SMALL_WORDS: [&str; 9] = ["a", "and", "for", "in", "of", "on", "the", "to", "with"];

/// Formats a number with a noun: `1 card`, `2 cards`, `3 deck files`.
pub(crate) fn count(n: usize, noun: &str) -> String {
    format!("{n} {}", plural(n, noun))
}

/// Returns the noun alone, in the plural unless `n` is 1.
pub(crate) fn plural(n: usize, noun: &str) -> String {
    match noun {
        noun if n == 1 => noun.to_owned(),
        noun if noun.ends_with('y') && !["ay", "ey", "oy", "uy"].iter().any(|end| noun.ends_with(end)) => {
            format!("{}ies", &noun[..noun.len() - 1])
        }
        noun if noun.ends_with('s') => format!("{noun}es"),
        noun => format!("{noun}s"),
    }
}

/// Returns the word that agrees with a number, as `is` or `are`.
pub(crate) fn agree<'a>(n: usize, one: &'a str, many: &'a str) -> &'a str {
    if n == 1 { one } else { many }
}

/// Joins items: `a`, `a and b`, `a, b and c`, with `word` before the last.
pub(crate) fn list<S: AsRef<str>>(items: &[S], word: &str) -> String {
    match items {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [head @ .., last] => {
            let head: Vec<&str> = head.iter().map(AsRef::as_ref).collect();
            format!("{} {word} {}", head.join(", "), last.as_ref())
        }
    }
}

/// Joins the first `most` items with `and`, and says how many more there are.
pub(crate) fn list_of_most(items: &[String], most: usize) -> String {
    let mut few = items[..items.len().min(most)].to_vec();
    if items.len() > most {
        few.push(format!("{} more", items.len() - most));
    }
    list(&few, "and")
}

/// Returns the first words of a text, up to 40 characters, with ` …` if there are more.
pub(crate) fn opening(text: &str) -> String {
    const MOST: usize = 40;
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let Some((end, _)) = text.char_indices().nth(MOST) else { return text };
    let words = text[..end].rfind(' ').unwrap_or(end);
    format!("{} …", &text[..words])
}

/// Formats seconds as minutes and seconds: `0:09`, `1:30`, `12:05`.
pub(crate) fn minutes_seconds(seconds: u64) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// Milliseconds as `9 minutes` or `1 minute`, rounded up, and at least one.
pub(crate) fn about_minutes(ms: u64) -> String {
    count(usize::try_from(ms.div_ceil(60_000)).unwrap_or(usize::MAX).max(1), "minute")
}

pub(crate) fn whole_seconds(ms: u64) -> u64 {
    ms.saturating_add(500) / 1000
}

/// Words for quantities, without `one`, as in "one of us".
#[rustfmt::skip]
const QUANTITIES: &[&str] = &[
    "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen",
    "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty", "thirty", "forty", "fifty", "sixty", "seventy",
    "eighty", "ninety", "hundred", "hundreds", "thousand", "thousands", "million", "millions", "billion", "billions",
    "dozen", "dozens", "half", "halved", "twice", "double", "doubled", "triple", "tripled", "percent", "cent",
];

/// Whether an English text says how much or how many: digits that are not a year, number words, or a percent or currency
/// sign.
pub(crate) fn has_quantity(text: &str) -> bool {
    let quantity = |word: &str| {
        let digits = word.chars().any(|c| c.is_ascii_digit());
        (digits && !is_year(word)) || QUANTITIES.contains(&word.to_lowercase().as_str())
    };
    text.contains(['%', '€', '£', '$', '¥']) || text.split(|c: char| !c.is_alphanumeric()).any(quantity)
}

/// Whether a number is a year. A multiple of 100 counts as a quantity.
fn is_year(word: &str) -> bool {
    word.parse::<u32>()
        .is_ok_and(|number| word.len() == 4 && (1900..2100).contains(&number) && !number.is_multiple_of(100))
}

/// Returns the candidate nearest to a mistyped word if at most a third of its letters, and at least one, differ.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (strsim::osa_distance(&word.to_lowercase(), &candidate.to_lowercase()), candidate))
        .filter(|&(distance, candidate)| distance <= allowed && distance < candidate.chars().count())
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, candidate)| candidate)
}

/// Returns a hint for an unknown word: the nearest known one, or all of them.
pub(crate) fn did_you_mean(word: &str, known: &[&str]) -> String {
    match nearest(word, known.iter().copied()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => {
            format!("known here: {}", list(&known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>(), "and"))
        }
    }
}

/// Wraps a text at words. The first line gets one indent, all others the other. The blanks that a line starts with are kept,
/// and what is wrapped of it is aligned with its first word.
pub(crate) fn wrapped(text: &str, width: usize, first: &str, rest: &str) -> String {
    let width = width.max(20);
    let mut lines = Vec::new();
    for (n, line) in text.split('\n').enumerate() {
        let words = line.trim_start();
        let mut blanks = line[..line.len() - words.len()].to_owned();
        let indent = if n == 0 { first } else { rest };
        if indent.width() + line.width() > width {
            // Deeper down, no room would be left for words.
            blanks = blanks.chars().take(width / 2).collect();
        }
        let (begin, hang) = (format!("{indent}{blanks}"), format!("{rest}{blanks}"));
        let options = textwrap::Options::new(width).initial_indent(&begin).subsequent_indent(&hang);
        lines.extend(textwrap::wrap(words, options).into_iter().map(|line| line.trim_end().to_owned()));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_opening_is_the_first_words() {
        let long = "x".repeat(41);
        let cases = [
            ("", ""),
            ("Why here?", "Why here?"),
            (" Why\n  here? ", "Why here?"),
            ("What would you do in your first 100 days?", "What would you do in your first 100 …"),
            ("What would you do in your first 90 days?", "What would you do in your first 90 days?"),
            (
                "日本語でどうやって自己紹介をしますか。日本語でどうやって自己紹介をしますか。日本語で",
                "日本語でどうやって自己紹介をしますか。日本語でどうやって自己紹介をしますか。日本 …",
            ),
            (&long, &format!("{} …", &long[..40])),
        ];
        for (text, expected) in cases {
            assert_eq!(opening(text), expected);
        }
    }

    #[test]
    fn wrapped_lines_keep_the_blanks_they_start_with() {
        let deep = " ".repeat(30);
        let cases: &[(&str, &str, &str, &str)] = &[
            ("one two three four five", "", "", "one two three four\nfive"),
            ("one two three four five", "1  ", "   ", "1  one two three\n   four five"),
            ("if a:\n    return one or two\nelse:", "  ", "  ", "  if a:\n      return one or\n      two\n  else:"),
            ("  a\n\n  b", "", "", "  a\n\n  b"),
            ("   \na", "  ", "  ", "\n  a"),
            (&format!("{deep}one two three"), "", "", "          one two\n          three"),
            ("              right", "", "", "              right"),
        ];
        for (text, first, rest, expected) in cases {
            assert_eq!(wrapped(text, 20, first, rest), *expected, "{text:?}");
        }
    }

    #[test]
    fn quantities() {
        for text in ["40 people", "Twelve of us", "12%", "a third per cent", "€ 3m", "2000 staff", "halved it", "3x"]
        {
            assert!(has_quantity(text), "{text}");
        }
        for text in ["", "in 2019", "one of my staff", "the first time", "tension", "often", "since 1999."] {
            assert!(!has_quantity(text), "{text}");
        }
    }

    #[test]
    fn plurals_lists_times_and_near_names() {
        assert_eq!(count(1, "card"), "1 card");
        assert_eq!(count(0, "card"), "0 cards");
        assert_eq!(count(2, "day"), "2 days");
        assert_eq!(count(2, "history"), "2 histories");
        assert_eq!(count(2, "success"), "2 successes");
        assert_eq!(count(2, "key"), "2 keys");
        assert_eq!(count(2, "query"), "2 queries");
        assert_eq!(list(&["a", "b", "c"], "or"), "a, b or c");
        assert_eq!(minutes_seconds(72), "1:12");
        assert_eq!(nearest("promt", ["prompt", "points"]), Some("prompt"));
        assert_eq!(nearest("zzz", ["prompt", "points"]), None);
        assert_eq!(nearest("nosuch", ["coach", "note"]), None);
        assert_eq!(nearest("edti", ["edit", "skip"]), Some("edit"));
        assert_eq!(nearest("ad", ["add"]), Some("add"));
        assert_eq!(nearest("Wyh", ["Why"]), Some("Why"));
    }
}
