//! Phrases that the rules look for: plain text, a phrase a line, read once and found in one pass over an answer.
//!
//! ```text
//! # A comment.
//! [blame]                  phrases for the rule `blame`, as they are said
//! had it in for me
//! took/stole my idea/ideas      a slash stands between words either of which fits
//! (all) the credit         what is in brackets may be left out
//! lost .. my papers        two dots are up to two words, three dots up to five; none of them a `not`
//! nobody told me !to       an exclamation mark: not before that word; in front, not after it
//! my {boss} was late       any phrase of the list `{boss}`
//! {digits} of us           any number in digits
//! [{boss}]                 a list, for use in the lines below it
//! boss/manager
//! ```
//!
//! A section is a rule's, or a part of one: `[blame: pronoun]`. Files of the user name rules alone.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

use unicode_segmentation::UnicodeSegmentation as _;

use super::text::{Text, Word};
use crate::diagnostic::{Diagnostic, Source, Span};
use crate::text::did_you_mean;

/// A part of a phrase.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    /// One of these words, by number, in order.
    Words(Vec<u32>),
    /// A phrase of this list.
    List(usize),
    /// A number in digits.
    Digits,
    /// These pieces, or none.
    Maybe(Vec<Piece>),
    /// Up to so many words, none of which says not.
    Gap(usize),
    /// No word of these.
    Not(Vec<u32>),
}

/// Phrases any of which fits.
#[derive(Debug, Clone, Default)]
struct List {
    /// Those of one word, by number, in order.
    words: Vec<u32>,
    longer: Vec<Vec<Piece>>,
}

#[derive(Debug, Clone)]
struct Phrase {
    group: usize,
    /// Words that may not stand before it.
    not_after: Vec<u32>,
    pieces: Vec<Piece>,
    /// Which words may follow its first, by the last bits of their numbers: most phrases that begin with a word are told
    /// from it by the next.
    second: u128,
}

/// Every phrase there is, by group.
#[derive(Debug, Clone, Default)]
pub struct Phrases {
    vocabulary: HashMap<String, u32>,
    lists: Vec<List>,
    list_names: HashMap<String, usize>,
    groups: Vec<String>,
    phrases: Vec<Phrase>,
    /// The phrases that may begin with each word, by its number.
    begins: Vec<Vec<u32>>,
    /// Those that may begin with digits.
    begins_digits: Vec<u32>,
    /// The words of the list `{not}`.
    not: Vec<u32>,
}

/// Where the phrases of each group stand in a text.
#[derive(Debug)]
pub(crate) struct Hits<'p> {
    phrases: &'p Phrases,
    by_group: Vec<Vec<Range<usize>>>,
}

/// What comes after the pieces that are being matched.
#[derive(Clone, Copy)]
struct Then<'a> {
    pieces: &'a [Piece],
    next: Option<&'a Then<'a>>,
}

/// Any word may follow, or none.
const ANY: u128 = u128::MAX;
const LAST: u128 = 1 << 127;

/// The bit of a word, by its number; words that no phrase knows share theirs.
fn bit(word: u32) -> u128 {
    1 << (word % 127)
}

/// The list of words that say not.
const NOT: &str = "not";

macro_rules! shipped {
    ($($name:literal)*) => {
        /// The files that come with the program; the first holds lists for the others.
        const SHIPPED: &[(&str, &str)] = &[$(($name, include_str!(concat!("phrases/", $name, ".txt")))),*];
    };
}

shipped! {
    "words" "no-challenge" "no-context" "no-action" "no-result" "no-numbers" "scale-unquantified" "blame" "defensive"
    "no-mitigation" "fake-weakness" "escape-from" "no-forward-look" "too-casual" "presumes-job" "assumes-known" "fillers"
    "hedging" "plan-phase-missing" "plan-no-measure" "not-a-question" "weak-question" "no-concerns-question" "no-thanks"
}

static PHRASES: LazyLock<Phrases> = LazyLock::new(|| {
    let mut phrases = Phrases::default();
    for (name, text) in SHIPPED {
        let faults = phrases.read(&Source::new(*name, *text), true);
        debug_assert!(faults.is_empty(), "{faults:?}");
    }
    phrases.arrange();
    phrases
});

impl Phrases {
    /// The phrases that come with the program.
    pub fn shipped() -> &'static Phrases {
        &PHRASES
    }

    /// The same with phrases of the user's own, and every line of those that no rule reads.
    pub(crate) fn with(files: &[Source]) -> (Phrases, Vec<Diagnostic>) {
        let mut phrases = PHRASES.clone();
        let faults = files.iter().flat_map(|file| phrases.read(file, false)).collect();
        phrases.arrange();
        (phrases, faults)
    }

    /// The rules that look for phrases.
    pub(crate) fn rules(&self) -> impl Iterator<Item = &str> {
        self.groups.iter().map(String::as_str).filter(|group| super::rule(group).is_some())
    }

    /// The number of a folded word; 0 if no phrase has it.
    pub(crate) fn word(&self, folded: &str) -> u32 {
        self.vocabulary.get(folded).copied().unwrap_or(0)
    }

    /// Finds every phrase in a text.
    pub(crate) fn find(&self, text: &Text<'_>) -> Hits<'_> {
        let mut by_group = vec![Vec::new(); self.groups.len()];
        for (at, word) in text.words.iter().enumerate() {
            let next = text.words.get(at + 1).filter(|next| next.sentence == word.sentence);
            let second = next.map_or(LAST, |next| bit(next.id));
            let mut take = |candidates: &[u32]| {
                for phrase in candidates.iter().map(|&n| &self.phrases[n as usize]) {
                    if phrase.second & second == 0 {
                        continue;
                    }
                    if let Some(end) = self.fits(phrase, &text.words, at) {
                        by_group[phrase.group].push(at..end);
                    }
                }
            };
            take(self.begins.get(word.id as usize).map_or(&[], Vec::as_slice));
            if word.digit {
                take(&self.begins_digits);
            }
        }
        Hits { phrases: self, by_group }
    }

    /// The end of a phrase that begins at a word; a phrase does not go beyond its sentence.
    fn fits(&self, phrase: &Phrase, words: &[Word], at: usize) -> Option<usize> {
        let sentence = words[at].sentence;
        let before = at.checked_sub(1).map(|before| &words[before]).filter(|word| word.sentence == sentence);
        if before.is_some_and(|word| phrase.not_after.binary_search(&word.id).is_ok()) {
            return None;
        }
        self.run(Then { pieces: &phrase.pieces, next: None }, words, at, sentence)
    }

    fn run(&self, then: Then<'_>, words: &[Word], at: usize, sentence: usize) -> Option<usize> {
        let Some((piece, pieces)) = then.pieces.split_first() else {
            return match then.next {
                Some(next) => self.run(*next, words, at, sentence),
                None => Some(at),
            };
        };
        let rest = Then { pieces, ..then };
        let here = words.get(at).filter(|word| word.sentence == sentence);
        let has = |set: &[u32]| here.is_some_and(|word| set.binary_search(&word.id).is_ok());
        match piece {
            Piece::Words(set) if has(set) => self.run(rest, words, at + 1, sentence),
            Piece::Digits if here.is_some_and(|word| word.digit) => self.run(rest, words, at + 1, sentence),
            Piece::Not(set) if !has(set) => self.run(rest, words, at, sentence),
            Piece::Words(_) | Piece::Digits | Piece::Not(_) => None,
            Piece::List(list) => {
                let List { words: set, longer } = &self.lists[*list];
                let with = |pieces: &Vec<Piece>| self.run(Then { pieces, next: Some(&rest) }, words, at, sentence);
                let alone = has(set).then(|| self.run(rest, words, at + 1, sentence)).flatten();
                alone.or_else(|| longer.iter().find_map(with))
            }
            Piece::Maybe(inner) => {
                let with = Then { pieces: inner, next: Some(&rest) };
                self.run(with, words, at, sentence).or_else(|| self.run(rest, words, at, sentence))
            }
            Piece::Gap(most) => {
                let passed = |n: &usize| {
                    let word = words.get(at + n).filter(|word| word.sentence == sentence);
                    word.is_some_and(|word| self.not.binary_search(&word.id).is_err())
                };
                let room = (0..*most).take_while(passed).count();
                (0..=room).find_map(|skipped| self.run(rest, words, at + skipped, sentence))
            }
        }
    }

    /// Reads a file of phrases. `shipped` may have lists and parts of rules; the rest are the user's.
    fn read(&mut self, source: &Source, shipped: bool) -> Vec<Diagnostic> {
        let mut faults = Vec::new();
        let mut section = Section::None;
        let mut start = 0;
        for line in source.text.split_inclusive('\n') {
            let at = start + (line.len() - line.trim_start().len());
            start += line.len();
            let line = line.trim();
            let span = at..at + line.len();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                section = self.section(source, span, name.trim(), shipped, &mut faults);
            } else if section == Section::None {
                let help = "write the rule above its phrases, in brackets: `[blame]`";
                faults.push(source.warning(span, "phrases", "this phrase stands under no rule").help(help));
            } else if section != Section::Unknown {
                match self.phrase(line) {
                    Ok(pieces) => self.keep(&section, pieces),
                    Err(message) => faults.push(source.warning(span, "phrases", message)),
                }
            }
        }
        faults
    }

    fn section(
        &mut self,
        source: &Source,
        span: Span,
        name: &str,
        shipped: bool,
        faults: &mut Vec<Diagnostic>,
    ) -> Section {
        if let Some(list) = name.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).filter(|_| shipped) {
            let n = self.lists.len();
            return Section::List(*self.list_names.entry(list.to_owned()).or_insert_with(|| {
                self.lists.push(List::default());
                n
            }));
        }
        if let Some(group) = self.groups.iter().position(|group| group == name && (shipped || !name.contains(':'))) {
            return Section::Group(group);
        }
        if shipped {
            self.groups.push(name.to_owned());
            return Section::Group(self.groups.len() - 1);
        }
        let (message, help) = match super::rule(name) {
            Some(_) => (format!("the rule `{name}` looks for no phrases"), None),
            None => (format!("no rule `{name}`"), Some(did_you_mean(name, &self.rules().collect::<Vec<_>>()))),
        };
        let help = help.unwrap_or_else(|| "take the section out; `rehearse coach --explain` lists the rules".into());
        faults.push(source.warning(span, "phrases", message).help(help));
        Section::Unknown
    }

    fn keep(&mut self, section: &Section, mut pieces: Vec<Piece>) {
        match section {
            Section::List(list) => {
                let list = &mut self.lists[*list];
                match <[Piece; 1]>::try_from(pieces) {
                    Ok([Piece::Words(words)]) => {
                        list.words.extend(words);
                        list.words.sort_unstable();
                        list.words.dedup();
                    }
                    Ok(piece) => list.longer.push(piece.into()),
                    Err(pieces) => list.longer.push(pieces),
                }
            }
            Section::Group(group) => {
                let not_after = match pieces.first_mut() {
                    Some(Piece::Not(words)) => std::mem::take(words),
                    _ => Vec::new(),
                };
                if !not_after.is_empty() {
                    pieces.remove(0);
                }
                self.phrases.push(Phrase { group: *group, not_after, pieces, second: 0 });
            }
            Section::None | Section::Unknown => {}
        }
    }

    fn phrase(&mut self, line: &str) -> Result<Vec<Piece>, String> {
        let mut pieces = Vec::new();
        for atom in line.split_whitespace() {
            let inner = atom.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
            match (atom, inner, atom.strip_prefix('!')) {
                ("..", ..) => pieces.push(Piece::Gap(2)),
                ("...", ..) => pieces.push(Piece::Gap(5)),
                (_, Some(inner), _) => pieces.push(Piece::Maybe(self.atom(inner)?)),
                (_, None, Some(not)) if !not.is_empty() => {
                    let mut words: Vec<u32> = not.split('/').map(|word| self.number(&fold(word))).collect();
                    words.sort_unstable();
                    pieces.push(Piece::Not(words));
                }
                _ => pieces.extend(self.atom(atom)?),
            }
        }
        let says = |piece: &Piece| matches!(piece, Piece::Words(_) | Piece::List(_) | Piece::Digits);
        // What may be left out, or is any word, does not make a phrase; nor does it begin one.
        let first = pieces.iter().find(|piece| !matches!(piece, Piece::Not(_) | Piece::Maybe(_)));
        match first {
            Some(first) if says(first) => Ok(pieces),
            _ => Err("this phrase has no word to begin with".to_owned()),
        }
    }

    /// Words, lists or digits, any of which fits. What is written with a hyphen is two words.
    fn atom(&mut self, atom: &str) -> Result<Vec<Piece>, String> {
        let mut list = List::default();
        for either in atom.split('/') {
            let pieces = self.either(either)?;
            match pieces.as_slice() {
                [] => {}
                [Piece::Words(words)] => list.words.extend(words),
                _ => list.longer.push(pieces),
            }
        }
        list.words.sort_unstable();
        list.words.dedup();
        Ok(match (list.words.is_empty(), list.longer.len()) {
            (true, 0) => Vec::new(),
            (true, 1) => list.longer.remove(0),
            (false, 0) => vec![Piece::Words(list.words)],
            _ => {
                self.lists.push(list);
                vec![Piece::List(self.lists.len() - 1)]
            }
        })
    }

    fn either(&mut self, atom: &str) -> Result<Vec<Piece>, String> {
        if atom == "{digits}" {
            return Ok(vec![Piece::Digits]);
        }
        if let Some(list) = atom.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            let list = self.list_names.get(list).ok_or_else(|| format!("no list `{{{list}}}`"))?;
            return Ok(vec![Piece::List(*list)]);
        }
        let words: Vec<String> = atom.unicode_words().map(fold).collect();
        Ok(words.iter().map(|word| Piece::Words(vec![self.number(word)])).collect())
    }

    /// The number of a word, which is new from now on if it was unknown.
    fn number(&mut self, folded: &str) -> u32 {
        let next = u32::try_from(self.vocabulary.len() + 1).unwrap_or(u32::MAX);
        *self.vocabulary.entry(folded.to_owned()).or_insert(next)
    }

    /// Notes which phrases may begin with which word.
    fn arrange(&mut self) {
        let mut begins = vec![Vec::new(); self.vocabulary.len() + 1];
        self.begins_digits.clear();
        for (n, phrase) in self.phrases.iter().enumerate() {
            let mut first = First::default();
            self.first(&phrase.pieces, &mut first);
            let n = u32::try_from(n).unwrap_or(u32::MAX);
            first.words.sort_unstable();
            first.words.dedup();
            for word in first.words {
                begins[word as usize].push(n);
            }
            if first.digits {
                self.begins_digits.push(n);
            }
        }
        self.begins = begins;
        let second = |phrase: &Phrase| self.second(Then { pieces: &phrase.pieces, next: None }, false);
        let seconds: Vec<u128> = self.phrases.iter().map(second).collect();
        self.phrases.iter_mut().zip(seconds).for_each(|(phrase, second)| phrase.second = second);
        self.not = self.list_names.get(NOT).map(|list| self.lists[*list].words.clone()).unwrap_or_default();
    }

    /// The bits of the words that may follow the first word of these pieces, or stand first if that one is passed.
    fn second(&self, then: Then<'_>, passed: bool) -> u128 {
        let Some((piece, pieces)) = then.pieces.split_first() else {
            return then.next.map_or(ANY, |next| self.second(*next, passed));
        };
        let rest = Then { pieces, ..then };
        let word = |words: &[u32]| match (passed, words.is_empty()) {
            (_, true) => 0,
            (true, false) => words.iter().fold(0, |bits, &word| bits | bit(word)),
            (false, false) => self.second(rest, true),
        };
        match piece {
            Piece::Words(words) => word(words),
            Piece::Digits if passed => ANY,
            Piece::Digits => self.second(rest, true),
            Piece::Gap(_) => ANY,
            Piece::Not(_) => self.second(rest, passed),
            Piece::Maybe(inner) => {
                self.second(Then { pieces: inner, next: Some(&rest) }, passed) | self.second(rest, passed)
            }
            Piece::List(list) => {
                let List { words, longer } = &self.lists[*list];
                let long = |pieces: &Vec<Piece>| self.second(Then { pieces, next: Some(&rest) }, passed);
                longer.iter().map(long).fold(word(words), |all, bits| all | bits)
            }
        }
    }

    /// Gathers the words that pieces may begin with; tells whether they may be empty.
    fn first(&self, pieces: &[Piece], first: &mut First) -> bool {
        pieces.iter().all(|piece| match piece {
            Piece::Words(words) => {
                first.words.extend(words);
                false
            }
            Piece::Digits => {
                first.digits = true;
                false
            }
            Piece::List(list) => {
                let List { words, longer } = &self.lists[*list];
                first.words.extend(words);
                for pieces in longer {
                    self.first(pieces, first);
                }
                false
            }
            Piece::Maybe(pieces) => {
                self.first(pieces, first);
                true
            }
            Piece::Gap(_) | Piece::Not(_) => true,
        })
    }
}

#[derive(Default)]
struct First {
    words: Vec<u32>,
    digits: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum Section {
    None,
    Unknown,
    List(usize),
    Group(usize),
}

fn fold(word: &str) -> String {
    word.to_lowercase().replace('’', "'")
}

impl Hits<'_> {
    /// Where the phrases of a group stand, by their words.
    pub(crate) fn of(&self, group: &str) -> &[Range<usize>] {
        let n = self.phrases.groups.iter().position(|name| name == group);
        debug_assert!(n.is_some(), "no file has a section [{group}]");
        n.map_or(&[], |n| self.by_group[n].as_slice())
    }

    /// Whether any phrase of a group stands in the text.
    pub(crate) fn any(&self, group: &str) -> bool {
        !self.of(group).is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phrases(text: &str) -> Phrases {
        let mut phrases = Phrases::default();
        assert_eq!(phrases.read(&Source::new("p.txt", text), true), []);
        phrases.arrange();
        phrases
    }

    #[test]
    fn phrases_are_found_as_they_are_written_down() {
        let lists = "[{not}]\nnot/never\n[{boss}]\nboss/manager\nline manager\n[x]\n";
        // A phrase, a text, and what of the text it finds.
        let cases = [
            ("had it in for me", "He HAD it in for me.", "HAD it in for me"),
            ("had it in for me", "He had it in. For me too", ""),
            ("took/stole my idea/ideas", "they stole my ideas", "stole my ideas"),
            ("(all) the credit", "took all the credit", "all the credit|the credit"),
            ("lost .. papers", "lost some old papers; lost three more old papers", "lost some old papers"),
            ("lost ... papers", "lost no one's very old papers", "lost no one's very old papers"),
            ("lost ... papers", "lost not one of the papers", ""),
            ("told me !to", "told me to go, told me nothing, told me", "told me|told me"),
            ("!well done", "well done, not done", "done"),
            ("my {boss} ({boss}) was", "my line manager boss was", "my line manager boss was"),
            ("my {boss} was", "My Line\nManager was", "My Line\nManager was"),
            ("{digits} of co-workers/them", "12 of co-workers, 3b of them", "12 of co-workers|3b of them"),
            ("don't", "I don’t", "don’t"),
        ];
        for (phrase, raw, expected) in cases {
            let phrases = phrases(&format!("{lists}{phrase}\n"));
            let text = Text::new(raw, &phrases);
            let hits = phrases.find(&text);
            let found: Vec<&str> = hits.of("x").iter().map(|words| text.quote(words.clone())).collect();
            assert_eq!(found.join("|"), expected, "{phrase} in {raw}");
        }
    }

    #[test]
    fn what_no_rule_reads_is_named() {
        let text = "# mine\nstray\n[blame]\nis a so-and-so\n..\n\n[blaem]\nx\n[too-long]\ny\n[blame: pronoun]\n[{boss}]\n\
                    [blame]\nmy {chief}\n\u{2014}\n";
        let (phrases, faults) = Phrases::with(&[Source::new("mine.txt", text)]);
        let said: Vec<String> = faults.iter().map(Diagnostic::short).collect();
        assert_eq!(
            said,
            [
                "mine.txt:2:1: warning: this phrase stands under no rule [phrases]",
                "mine.txt:5:1: warning: this phrase has no word to begin with [phrases]",
                "mine.txt:7:1: warning: no rule `blaem` [phrases]",
                "mine.txt:9:1: warning: the rule `too-long` looks for no phrases [phrases]",
                "mine.txt:11:1: warning: no rule `blame: pronoun` [phrases]",
                "mine.txt:12:1: warning: no rule `{boss}` [phrases]",
                "mine.txt:14:1: warning: no list `{chief}` [phrases]",
                "mine.txt:15:1: warning: this phrase has no word to begin with [phrases]",
            ]
        );
        assert_eq!(faults[2].help.as_deref(), Some("did you mean `blame`?"));
        let text = Text::new("She is a so-and-so, my boss.", &phrases);
        assert!(phrases.find(&text).any("blame"));
        assert!(!Phrases::shipped().find(&Text::new("She is a so-and-so.", Phrases::shipped())).any("blame"));
    }

    #[test]
    fn every_shipped_phrase_begins_with_a_word() {
        for (n, phrase) in Phrases::shipped().phrases.iter().enumerate() {
            assert!(!phrase.pieces.is_empty(), "{n}");
        }
        assert!(Phrases::shipped().rules().count() > 15);
    }
}
