//! English: plurals, lists, small words, quantities, near names, clock times, wrapping.
//!
//! Not here: escaping of foreign text (`render`), and the wording of any message.

use std::borrow::Cow;

use textwrap::core::display_width;
use unicode_width::UnicodeWidthChar as _;

/// Words that an abbreviation or another word order leaves out.
pub(crate) const SMALL_WORDS: [&str; 9] = ["a", "and", "for", "in", "of", "on", "the", "to", "with"];

/// The 200 most common words of written English, by the usual frequency lists; forms such as `is` and `was` count singly.
#[rustfmt::skip]
const COMMON: [&str; 200] = [
    "a", "about", "after", "again", "all", "also", "always", "am", "an", "and", "another", "any", "are", "around",
    "as", "ask", "asked", "at", "away", "back", "be", "because", "been", "before", "being", "best", "better",
    "between", "big", "both", "but", "by", "call", "came", "can", "change", "come", "could", "day", "days", "did",
    "different", "do", "does", "done", "down", "each", "end", "even", "every", "few", "find", "first", "for", "found",
    "from", "gave", "get", "give", "go", "going", "good", "got", "great", "had", "has", "have", "he", "help", "her",
    "here", "him", "his", "home", "how", "i", "if", "in", "into", "is", "it", "its", "just", "keep", "kind", "know",
    "large", "last", "left", "like", "line", "little", "long", "look", "made", "make", "many", "may", "me", "mean",
    "might", "more", "most", "much", "must", "my", "name", "need", "never", "new", "next", "no", "not", "now",
    "number", "of", "off", "often", "old", "on", "one", "only", "or", "other", "our", "out", "over", "own", "part",
    "people", "point", "put", "right", "said", "same", "saw", "say", "see", "she", "should", "show", "small", "so",
    "some", "something", "start", "still", "such", "take", "tell", "than", "that", "the", "their", "them", "then",
    "there", "these", "they", "thing", "things", "think", "this", "those", "three", "through", "time", "to", "too",
    "took", "try", "two", "under", "up", "us", "use", "used", "very", "want", "was", "way", "we", "well", "went",
    "were", "what", "when", "where", "which", "while", "who", "why", "will", "with", "work", "would", "year", "years",
    "you", "your",
];

/// Whether an English word, in lower case, is so common that hearing it says nothing.
pub(crate) fn is_common(word: &str) -> bool {
    COMMON.binary_search(&word).is_ok()
}

/// Returns the stem of an English word in lower case, the same for its plural and the forms of a regular verb: `delivery`
/// and `deliveries`, `plan` and `planned`.
pub(crate) fn stem(word: &str) -> String {
    const SHORTEST: usize = 3;
    let word = word.strip_suffix("'s").unwrap_or(word);
    let long = |stem: &&str| stem.chars().count() >= SHORTEST;
    if let Some(stem) = ["ies", "ied"].iter().find_map(|end| word.strip_suffix(end)).filter(|stem| stem.len() > 1) {
        return format!("{stem}y");
    }
    if word.ends_with("ss") || word.ends_with("us") || word.ends_with("is") {
        return word.to_owned();
    }
    let bare = ["ing", "ed", "es", "s", "e"].iter().find_map(|end| word.strip_suffix(end).filter(long)).unwrap_or(word);
    let mut last = bare.chars().rev();
    let doubled = last.next() == last.next() && !bare.ends_with(['l', 's', 'e', 'o']) && bare.len() > SHORTEST;
    (if doubled && bare.is_ascii() { &bare[..bare.len() - 1] } else { bare }).to_owned()
}

/// Returns a name without the differences that don't matter: in lower case, each run of white space folded to one blank.
pub(crate) fn folded(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// Returns a text folded like a name, without punctuation at its ends.
pub(crate) fn folded_words(text: &str) -> String {
    folded(text.trim_matches(|c: char| !c.is_alphanumeric()))
}

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

/// Returns a name, or the first 60 characters of a longer one and `…`.
pub(crate) fn beginning(name: &str) -> Cow<'_, str> {
    const MOST: usize = 60;
    match name.char_indices().nth(MOST) {
        Some((end, _)) => Cow::Owned(format!("{}…", &name[..end])),
        None => Cow::Borrowed(name),
    }
}

/// Shortens what a file put into a message: shows the beginning of a name that nobody wrote by hand, and of the message.
pub(crate) fn abridged(message: &str) -> Cow<'_, str> {
    const LONGEST_NAME: usize = 400;
    const LONGEST: usize = 8000;
    let start = message.char_indices().nth(LONGEST).map_or(message, |(at, _)| &message[..at]);
    let is_long = |word: &str| word.len() > LONGEST_NAME;
    if start.len() == message.len() && !start.split(' ').any(is_long) {
        return Cow::Borrowed(message);
    }
    let short = |word| if is_long(word) { beginning(word) } else { Cow::Borrowed(word) };
    let mut text = start.split(' ').map(short).collect::<Vec<_>>().join(" ");
    text.push_str(if start.len() < message.len() { " …" } else { "" });
    Cow::Owned(text)
}

/// Formats seconds as minutes and seconds: `0:09`, `1:30`, `12:05`.
pub(crate) fn minutes_seconds(seconds: u64) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// Milliseconds as `9 minutes` or `1 minute`, rounded up, and at least one.
pub(crate) fn about_minutes(ms: u64) -> String {
    count(usize::try_from(ms.div_ceil(60_000)).unwrap_or(usize::MAX).max(1), "minute")
}

/// Formats a share from 0 to 1 as percent, rounded down, so that 100 % means all.
pub(crate) fn percent(share: f64) -> String {
    // 29 of 100 is a little below 0.29.
    format!("{:.0} %", (share * 100.0 + 1e-9).floor())
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
    let length = word.chars().count();
    let allowed = (length / 3).max(1);
    // Comparing two long words takes the product of their lengths.
    let comparable = |candidate: &&str| candidate.chars().count().abs_diff(length) <= allowed;
    candidates
        .into_iter()
        .filter(comparable)
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

/// The narrowest terminal that text is wrapped for.
const NARROWEST: usize = 40;

/// Wraps the lines of a text that are wider than a terminal at words, each below its first line and two columns to the right.
/// A word longer than a line, such as a URL, is never broken.
pub(crate) fn fitted(text: &str, width: usize) -> Cow<'_, str> {
    let fits = |line: &str| display_width(line) <= width.max(NARROWEST);
    if text.split('\n').all(fits) {
        return Cow::Borrowed(text);
    }
    let fitted = |line: &str| if fits(line) { line.to_owned() } else { wrapped(line, width, "", "  ") };
    Cow::Owned(text.split('\n').map(fitted).collect::<Vec<_>>().join("\n"))
}

/// Wraps a text at words. The first line gets one indent, all others the other, each after the blanks of its own line. An
/// indent wider than half the line is for the first line alone.
pub(crate) fn wrapped(text: &str, width: usize, first: &str, rest: &str) -> String {
    let width = width.max(NARROWEST);
    if display_width(rest) > width / 2 {
        return wrapped_lines(&format!("{first}{text}"), width, "", "  ");
    }
    wrapped_lines(text, width, first, rest)
}

fn wrapped_lines(text: &str, width: usize, first: &str, rest: &str) -> String {
    let mut lines = Vec::new();
    for (n, line) in text.split('\n').enumerate() {
        let words = line.trim_start_matches(' ');
        let indent = if n == 0 { first } else { rest };
        let mut blanks = leading_blanks(line);
        if display_width(indent) + display_width(line) > width {
            // Deeper down, no room would be left for words.
            blanks = &blanks[..blanks.len().min(width / 2)];
        }
        let (initial, hanging) = (format!("{indent}{blanks}"), format!("{rest}{blanks}"));
        let options = textwrap::Options::new(width)
            .initial_indent(&initial)
            .subsequent_indent(&hanging)
            .break_words(false)
            .word_separator(textwrap::WordSeparator::Custom(pieces))
            .word_splitter(textwrap::WordSplitter::NoHyphenation);
        let wrapped = textwrap::wrap(words, options);
        lines.extend(wrapped.into_iter().map(|line| line.trim_end().to_owned()));
    }
    lines.join("\n")
}

fn leading_blanks(line: &str) -> &str {
    &line[..line.len() - line.trim_start_matches(' ').len()]
}

/// Splits a line into what must stay together: at blanks, and between wide characters, because Chinese and Japanese have no
/// blanks between words. Closing punctuation stays with what it closes.
fn pieces(line: &str) -> Box<dyn Iterator<Item = textwrap::core::Word<'_>> + '_> {
    const CLOSING: &str = "。、，．！？：；）」』】》〉…";
    let is_wide = |c: char| c.width() == Some(2);
    let mut start = 0;
    let mut ends = Vec::new();
    for ((_, before), (at, after)) in line.char_indices().zip(line.char_indices().skip(1)) {
        let between_wide = is_wide(before) && is_wide(after) && !CLOSING.contains(after);
        if between_wide || (before == ' ' && after != ' ') {
            ends.push(at);
        }
    }
    ends.push(line.len());
    Box::new(ends.into_iter().map(move |end| {
        let word = &line[std::mem::replace(&mut start, end)..end];
        textwrap::core::Word::from(word)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn common_words_are_in_order_and_stems_join_forms() {
        assert!(COMMON.is_sorted());
        assert!(is_common("people") && is_common("the") && !is_common("staff"));
        let same = [("deliveries", "delivery"), ("planned", "planning"), ("measure", "measuring"), ("costs", "cost")];
        assert!(same.iter().all(|(a, b)| stem(a) == stem(b)), "{:?}", same.map(|(a, b)| (stem(a), stem(b))));
        let other = [("person", "personal"), ("staff", "stage")];
        assert!(other.iter().all(|(a, b)| stem(a) != stem(b)), "{:?}", other.map(|(a, b)| (stem(a), stem(b))));
    }

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
    #[test]
    fn text_wraps_at_words_and_nowhere_else() {
        let url = "https://example.com/a-very-long-path/with-hyphens/and/slashes";
        let cases: Vec<(String, usize, &str, &str, String)> = vec![
            ("one two".into(), 40, "", "", "one two".into()),
            ("a".repeat(30) + " " + &"b".repeat(30), 40, "", "", "a".repeat(30) + "\n" + &"b".repeat(30)),
            // A terminal narrower than 40 columns gets lines of 40.
            ("a".repeat(25) + " " + &"b".repeat(10), 10, "", "", "a".repeat(25) + " " + &"b".repeat(10)),
            (format!("See {url} for more."), 40, "", "", format!("See\n{url}\nfor more.")),
            (
                "twenty-one well-known follow-up questions".into(),
                40,
                "",
                "",
                "twenty-one well-known follow-up\nquestions".into(),
            ),
            // Blanks at the start of a line are kept, and what is wrapped stays below them.
            ("if x:\n    return y".into(), 40, "  ", "  ", "  if x:\n      return y".into()),
            (
                "    the words of an indented line that is wrapped".into(),
                40,
                "",
                "",
                "    the words of an indented line that\n    is wrapped".into(),
            ),
            (
                "the first words of an answer, and then more of it".into(),
                40,
                "  10  ",
                "      ",
                "  10  the first words of an answer, and\n      then more of it".into(),
            ),
            // No room beside the lead: the message goes on below it.
            (
                "how many people were in your organization?".into(),
                40,
                "  ask  scale-unquantified  ",
                "                           ",
                "  ask  scale-unquantified  how many\n    people were in your organization?".into(),
            ),
            ("日本語".repeat(8) + "。", 40, "", "", "日本語".repeat(6) + "日本\n語日本語。"),
            // So deep a line would have no room.
            (
                " ".repeat(60) + "one two three four five",
                40,
                "",
                "",
                " ".repeat(20) + "one two three four\n" + &" ".repeat(20) + "five",
            ),
            (" ".repeat(32) + "right", 40, "", "", " ".repeat(32) + "right"),
            ("   \na".into(), 40, "  ", "  ", "\n  a".into()),
            (String::new(), 40, "  ", "  ", String::new()),
            ("a\n\nb".into(), 40, "  ", "  ", "  a\n\n  b".into()),
        ];
        for (text, width, first, rest, expected) in cases {
            assert_eq!(wrapped(&text, width, first, rest), expected, "{text:?}");
        }
        assert_eq!(fitted("  fits\n", 40), "  fits\n");
        let long = "  id-of-a-card                  learned  2026-11-23  Why do you want to work here?";
        let expected = "  id-of-a-card                  learned\n    2026-11-23  Why do you want to work\n    here?";
        assert_eq!(fitted(long, 40), expected);
        assert_eq!(fitted(&format!("{long}\n  1 | x"), 40), format!("{expected}\n  1 | x"));
    }

    proptest! {
        #[test]
        fn wrapping_loses_nothing_and_splits_no_word(text in "([a-z]{1,50}| |  |\n|日本|-|/){0,40}", width in 0usize..100) {
            let wrapped = wrapped(&text, width, "", "  ");
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            let letters = |text: &str| words(text).concat();
            prop_assert_eq!(letters(&wrapped), letters(&text));
            let ascii = |text: &str| words(text).into_iter().filter(|word| word.is_ascii()).collect::<Vec<_>>();
            if text.is_ascii() {
                prop_assert_eq!(ascii(&wrapped), ascii(&text));
                for line in wrapped.split('\n') {
                    let over = display_width(line) > width.max(NARROWEST);
                    prop_assert!(!over || words(line).len() == 1, "{:?}", line);
                }
            }
        }
    }
}
