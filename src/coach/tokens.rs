//! A text cut into words and sentences, each with its position in the text.
//!
//! Words are those of Unicode (UAX 29). Sentences are found by what is between two words: the iterator of
//! `unicode-segmentation` takes quadratic time, and does not end a sentence before a lower-case letter, as people type
//! them.

use std::collections::HashMap;
use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation as _;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Word {
    start: usize,
    end: usize,
    folded: (usize, usize),
    /// Its number in the vocabulary of the phrases; 0 if it is not in it.
    pub(crate) id: u32,
    pub(crate) sentence: usize,
    /// Whether it begins a clause: it follows a comma, a bracket, or the like within its sentence.
    pub(crate) clause: bool,
    /// Whether it is between quotation marks: somebody else's words.
    pub(crate) quoted: bool,
    pub(crate) digit: bool,
    /// Whether it is a quantity in digits: not a year, a date, a time of day, an ordinal, or a label such as `Q3`.
    pub(crate) quantity: bool,
}

#[derive(Debug)]
pub(crate) struct Tokens<'a> {
    pub(crate) raw: &'a str,
    folded: String,
    pub(crate) words: Vec<Word>,
    pub(crate) sentences: Vec<Range<usize>>,
    /// Exclamation marks outside quotations.
    pub(crate) exclamations: usize,
    pub(crate) asks: bool,
}

/// Words after which a full stop does not end a sentence.
const ABBREVIATIONS: [&str; 12] = ["mr", "mrs", "ms", "dr", "prof", "st", "vs", "approx", "e.g", "i.e", "eg", "ie"];

#[rustfmt::skip]
const MONTHS: [&str; 22] = [
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
    "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct",
];

/// Words after which a number of four digits from 1900 to 2099 is a year.
#[rustfmt::skip]
const BEFORE_YEARS: [&str; 34] = [
    "in", "since", "by", "until", "till", "from", "to", "of", "during", "late", "early", "mid", "after", "before", "around",
    "year", "fiscal", "spring", "summer", "fall", "autumn", "winter", "the", "our", "my", "that", "back", "and", "between",
    "through", "for", "end", "quarter", "nov",
];

/// Words after which a number is a name: "Section 508".
#[rustfmt::skip]
const LABELED: [&str; 20] = [
    "iso", "section", "chapter", "version", "title", "room", "gs", "covid", "sox", "route", "highway", "windows", "office",
    "form", "article", "phase", "tier", "level", "step", "round",
];

pub(crate) fn is_year(word: &str) -> bool {
    word.len() == 4 && (word.starts_with("19") || word.starts_with("20")) && word.bytes().all(|b| b.is_ascii_digit())
}

impl<'a> Tokens<'a> {
    pub(crate) fn plain(raw: &'a str) -> Self {
        Tokens::new(raw, &Vocabulary::default())
    }

    pub(crate) fn new(raw: &'a str, vocabulary: &Vocabulary) -> Self {
        let mut text = Tokens {
            raw,
            folded: String::with_capacity(raw.len()),
            words: Vec::with_capacity(raw.len() / 5),
            sentences: Vec::new(),
            exclamations: 0,
            asks: false,
        };
        let mut quotes = Quotes::default();
        let (mut first, mut before) = (0, 0);
        for (start, word) in raw.unicode_word_indices() {
            let n = text.words.len();
            let gap = text.gap(before, start, &mut quotes);
            if n > 0 && gap == Gap::Sentence {
                text.sentences.push(first..n);
                first = n;
            }
            let folded = text.fold(word);
            let id = vocabulary.get(&text.folded[folded.0..folded.1]);
            let clause = gap == Gap::Clause && n > first;
            before = start + word.len();
            let sentence = text.sentences.len();
            let digit = word.chars().any(char::is_numeric);
            let quantity = false;
            text.words.push(Word { start, end: before, folded, id, sentence, clause, quoted: false, digit, quantity });
        }
        text.gap(before, raw.len(), &mut quotes);
        if first < text.words.len() {
            text.sentences.push(first..text.words.len());
        }
        text.unquote_all();
        for word in 0..text.words.len() {
            text.words[word].quantity = text.words[word].digit && text.is_quantity(word);
        }
        text
    }

    /// Whether a word with a digit says how much or how many.
    fn is_quantity(&self, word: usize) -> bool {
        let neighbor = |n: Option<usize>| n.filter(|&n| n < self.words.len()).map_or("", |n| self.folded(n));
        let (before, it, after) = (neighbor(word.checked_sub(1)), self.folded(word), neighbor(Some(word + 1)));
        let starts = it.starts_with(|c: char| c.is_numeric());
        let ordinal = ["st", "nd", "rd", "th", "am", "pm"].iter().any(|end| it.ends_with(end));
        let raw = self.raw.as_bytes();
        let (start, end) = (self.words[word].start, self.words[word].end);
        let digit_at = |at: Option<usize>| at.and_then(|at| raw.get(at)).is_some_and(u8::is_ascii_digit);
        let clock = (raw.get(end) == Some(&b':') && digit_at(Some(end + 1)))
            || (start > 1 && raw[start - 1] == b':' && digit_at(start.checked_sub(2)));
        let decade = it.len() == 5 && it.ends_with("0s");
        let small = it.len() <= 2 && it.bytes().all(|b| b.is_ascii_digit());
        let of_day = ["am", "pm", "a.m", "p.m", "o'clock"].contains(&after);
        let dated = small && (MONTHS.contains(&before) || MONTHS.contains(&after));
        starts
            && !ordinal
            && !decade
            && !clock
            && !of_day
            && !dated
            && !LABELED.contains(&before)
            && !(is_year(it) && self.is_dated(word))
    }

    /// Whether what is before a number that may be a year makes it one: "in 2022", "the 2022 merger".
    fn is_dated(&self, word: usize) -> bool {
        let starts = self.words[word].clause || self.sentence(word).start == word;
        starts || {
            let before = self.folded(word - 1);
            BEFORE_YEARS.contains(&before) || MONTHS.contains(&before)
        }
    }

    /// Appends a word in lower case, with one kind of apostrophe; returns its start and end.
    fn fold(&mut self, word: &str) -> (usize, usize) {
        let start = self.folded.len();
        if word.is_ascii() {
            self.folded.push_str(word);
            self.folded[start..].make_ascii_lowercase();
        } else {
            let plain = |c: char| if matches!(c, '’' | 'ʼ' | '＇') { '\'' } else { c };
            self.folded.extend(word.chars().flat_map(char::to_lowercase).map(plain));
        }
        (start, self.folded.len())
    }

    /// Reads what is between two words: marks words as quoted, counts exclamation marks, and returns what it separates.
    fn gap(&mut self, start: usize, end: usize, quotes: &mut Quotes) -> Gap {
        let (n, raw) = (self.words.len(), self.raw);
        let mut gap = Gap::Word;
        let (mut dots, mut terminator, mut lines, mut marks) = (0, None, 0, false);
        let mut spaced = start == 0;
        for (at, c) in raw[start..end].char_indices() {
            match c {
                '\n' => lines += 1,
                '.' | '。' => (dots, terminator) = (dots + 1, Some('.')),
                '…' => (dots, terminator) = (3, Some('.')),
                '!' | '?' | '！' | '？' => terminator = Some('!'),
                ',' | ';' | ':' | '(' | ')' | '–' | '—' | '[' | ']' => marks = true,
                // A hyphen after a space is a dash, or a bullet at the start of a line.
                '-' | '*' | '•' if spaced => marks = true,
                _ => {}
            }
            self.asks |= matches!(c, '?' | '？');
            self.exclamations += usize::from(matches!(c, '!' | '！') && !quotes.open());
            if lines > 1 {
                quotes.forget();
            }
            let next = raw[start + at + c.len_utf8()..].chars().next();
            if let Some(quoted) = quotes.next(c, spaced, next, n) {
                self.words[quoted].iter_mut().for_each(|word| word.quoted = true);
            }
            spaced = c.is_whitespace();
        }
        if marks {
            gap = Gap::Clause;
        }
        let small = raw[end..].chars().next().is_some_and(char::is_lowercase);
        let ends = match terminator {
            _ if lines > 1 || (lines == 1 && marks) => true,
            None => false,
            Some(_) if !spaced && !quotes.just_opened(n) => false,
            Some('.') if dots > 1 => !small,
            Some('.') => !self.abbreviated(),
            // A question in quotation marks can be within a sentence.
            Some(_) => !(small && quotes.just_closed(n)),
        };
        if ends { Gap::Sentence } else { gap }
    }

    fn abbreviated(&self) -> bool {
        let Some(last) = self.words.len().checked_sub(1) else { return false };
        let (word, written) = (self.folded(last), self.quote(last..last + 1));
        ABBREVIATIONS.contains(&word)
            || (written.len() == 1 && written != "I" && written.chars().all(char::is_uppercase))
    }

    /// Marks nothing as quoted if nearly the whole answer is in quotation marks: then it is the speaker's own.
    fn unquote_all(&mut self) {
        let quoted = self.words.iter().filter(|word| word.quoted).count();
        if 5 * quoted > 4 * self.words.len() {
            self.words.iter_mut().for_each(|word| word.quoted = false);
        }
    }

    pub(crate) fn folded(&self, word: usize) -> &str {
        let (start, end) = self.words[word].folded;
        &self.folded[start..end]
    }

    /// Returns words as they are written, with what is between them.
    pub(crate) fn quote(&self, words: Range<usize>) -> &'a str {
        match (self.words.get(words.start), words.end.checked_sub(1).and_then(|last| self.words.get(last))) {
            (Some(first), Some(last)) if first.start < last.end => &self.raw[first.start..last.end],
            _ => "",
        }
    }

    pub(crate) fn capital(&self, word: usize) -> bool {
        self.raw[self.words[word].start..].chars().next().is_some_and(char::is_uppercase)
    }

    pub(crate) fn sentence(&self, word: usize) -> Range<usize> {
        self.sentences.get(self.words[word].sentence).cloned().unwrap_or(word..word)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gap {
    Word,
    Clause,
    Sentence,
}

/// Pairs quotation marks. A mark that is not closed in its paragraph quotes nothing.
#[derive(Debug, Default)]
struct Quotes {
    /// The closing mark that is expected, and the first word inside.
    opened: Option<(char, usize)>,
    closed: Option<usize>,
}

impl Quotes {
    fn open(&self) -> bool {
        self.opened.is_some()
    }

    fn forget(&mut self) {
        self.opened = None;
    }

    fn just_opened(&self, word: usize) -> bool {
        self.opened.is_some_and(|(_, first)| first == word)
    }

    fn just_closed(&self, word: usize) -> bool {
        self.closed == Some(word)
    }

    /// Reads a character before a word; returns the words of a quotation that it closes. Most single straight marks are
    /// apostrophes, so one opens a quotation only after a space, and closes one only if there is none.
    fn next(&mut self, c: char, spaced: bool, next: Option<char>, word: usize) -> Option<Range<usize>> {
        let closes = match (self.opened, c) {
            (Some(('\'', _)), '\'') => !spaced,
            (Some((closing, _)), c) => c == closing,
            (None, _) => false,
        };
        if closes {
            let (_, first) = self.opened.take()?;
            self.closed = Some(word);
            return Some(first..word);
        }
        if self.opened.is_none() {
            let begins = next.is_some_and(char::is_alphanumeric);
            let closing = match c {
                '“' | '„' => Some('”'),
                '«' => Some('»'),
                '‘' if begins => Some('’'),
                '"' => Some('"'),
                '\'' if spaced && begins => Some('\''),
                _ => None,
            };
            self.opened = closing.map(|closing| (closing, word));
        }
        None
    }
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Vocabulary {
    numbers: HashMap<String, u32>,
}

impl Vocabulary {
    /// Returns the number of a folded word; 0 if no phrase has it.
    pub(crate) fn get(&self, folded: &str) -> u32 {
        self.numbers.get(folded).copied().unwrap_or(0)
    }

    /// Returns the number of a folded word; adds the word if it is new.
    pub(crate) fn add(&mut self, folded: &str) -> u32 {
        let next = u32::try_from(self.numbers.len() + 1).unwrap_or(u32::MAX);
        *self.numbers.entry(folded.to_owned()).or_insert(next)
    }

    /// Returns one more than the highest number.
    pub(crate) fn end(&self) -> usize {
        self.numbers.len() + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(raw: &str) -> String {
        let text = Tokens::plain(raw);
        let sentence = |words: &Range<usize>| {
            let word = |n: usize| {
                let Word { quoted, clause, .. } = text.words[n];
                let (comma, mark) = (if clause { ", " } else { "" }, if quoted { "~" } else { "" });
                format!("{comma}{mark}{}", text.folded(n))
            };
            words.clone().map(word).collect::<Vec<_>>().join(" ")
        };
        text.sentences.iter().map(sentence).collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn words_sentences_clauses_and_quotations() {
        let cases = [
            ("", ""),
            ("?!", ""),
            ("I can’t. Don't ASK.", "i can't | don't ask"),
            ("we met dr. Weiss, at 9.30 p.m. i left", "we met dr weiss , at 9.30 p.m | i left"),
            ("It fell by 3.5% (from 12 to 9). Then it rose!", "it fell by 3.5 , from 12 to 9 | then it rose"),
            ("He said “never again” and left.", "he said ~never ~again and left"),
            ("He asked \"Why?\" and left. \"So\"", "he asked ~why and left | ~so"),
            ("'My boss lied,' she said; the boss's car", "~my ~boss ~lied , she said , the boss's car"),
            ("An inch is \" and no quotation\n\nhere is \"one", "an inch is and no quotation | here is one"),
            ("\"All of it is quoted, so none of it is.\"", "all of it is quoted , so none of it is"),
            (
                "one line\nand the next\n\na paragraph\n- a bullet\n- and more",
                "one line and the next | a paragraph | a bullet | and more",
            ),
            ("Well... maybe. Mr. J. Stone agreed... Yes", "well maybe | mr j stone agreed | yes"),
            ("a well-known - or not - name", "a well known , or not , name"),
        ];
        for (raw, expected) in cases {
            assert_eq!(cut(raw), expected, "{raw}");
        }
    }

    #[test]
    fn years_dates_and_ordinals_are_not_quantities() {
        let cases = [
            ("In 2022 I ran 3 depots with 2000 people", "3 2000"),
            ("Since 1998, on May 3 and the 21st, at 9:30 am in Q3", ""),
            ("COVID-19 and ISO 9001 cost us 40k, 3.5% or 1,950 of 2.4M", "40k 3.5 1,950 2.4M"),
            ("the 2019 merger; 2020 was hard; we sold 2048 chairs", "2048"),
            ("a 90-day plan for 12 people in the 1990s", "90 12"),
        ];
        for (raw, expected) in cases {
            let text = Tokens::plain(raw);
            let quantities = (0..text.words.len()).filter(|&word| text.words[word].quantity);
            let quoted: Vec<&str> = quantities.map(|word| text.quote(word..word + 1)).collect();
            assert_eq!(quoted.join(" "), expected, "{raw}");
        }
    }

    #[test]
    fn quotes_are_verbatim() {
        let text = Tokens::plain("My Old boss,  Ann’s friend.");
        assert_eq!((text.quote(1..5), text.quote(3..3), text.quote(4..9)), ("Old boss,  Ann’s friend", "", ""));
        assert!(text.capital(1) && !text.capital(2));
    }
}
