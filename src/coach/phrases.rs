//! Phrases that the rules look for: plain text, one phrase a line, parsed once and found in one pass over an answer.
//!
//! ```text
//! # A comment.
//! [blame]                  phrases for the rule `blame`, as they are said
//! had it in for me
//! took/stole my idea/ideas      either of two words
//! (all) the credit         an optional word
//! lost .. my papers        two dots are up to two words, three dots up to five, none of them a `not`
//! nobody told me !to       not before the word `to`; at the start: not after it
//! my {boss} was late       any phrase of the list `{boss}`
//! {digits} of us           any quantity in digits
//! ignore~ me               the forms of a regular verb: ignore, ignores, ignored, ignoring
//! [{boss}]                 a list, for use in the lines below it
//! boss/manager
//! ```
//!
//! Contractions and their long forms are the same: `did not` finds "didn't". Up to two adverbs may be between the words of a
//! phrase: `blamed me` finds "blamed only me".
//!
//! A section belongs to a rule or to a part of one: `[blame: pronoun]`. The user's own files have rules only.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::sync::LazyLock;

use unicode_segmentation::UnicodeSegmentation as _;

use super::tokens::{Tokens, Vocabulary};
use super::units::{WordForm, expanded, inflected};
use crate::diagnostic::{Diagnostic, Source};
use crate::text::{beginning, did_you_mean};

#[derive(Debug, Clone, PartialEq, Eq)]
enum Term {
    /// One of these words, by number, in order.
    Words(Vec<u32>),
    List(usize),
    Digits,
    Maybe(Vec<Term>),
    /// Up to this many words, none of them a negation.
    Gap(usize),
    /// Any word but these, or none; it does not become part of the phrase.
    Not(Vec<u32>),
}

#[derive(Debug, Clone, Default)]
struct PhraseList {
    /// Those of one word: their numbers, in order.
    words: Vec<u32>,
    longer: Vec<Vec<Term>>,
}

#[derive(Debug, Clone)]
struct Phrase {
    group: usize,
    not_after: Vec<u32>,
    terms: Vec<Term>,
}

#[derive(Debug, Clone, Default)]
pub struct Phrases {
    vocabulary: Vocabulary,
    lists: Vec<PhraseList>,
    list_names: HashMap<String, usize>,
    groups: Vec<String>,
    phrases: Vec<Phrase>,
    /// The phrases that can begin with each word, by its number.
    begins: Vec<Vec<u32>>,
    begins_digits: Vec<u32>,
    not: Vec<u32>,
    adverbs: Vec<u32>,
    /// How many phrases are the user's own.
    own: usize,
}

#[derive(Debug)]
pub(crate) struct Hits<'p> {
    phrases: &'p Phrases,
    by_group: Vec<Vec<Range<usize>>>,
}

/// The terms to match, and what follows them.
#[derive(Clone, Copy)]
struct Then<'a> {
    terms: &'a [Term],
    next: Option<&'a Then<'a>>,
    /// How many adverbs may come before the next word.
    adverbs: usize,
}

/// How many adverbs may be between two words of a phrase.
const MOST_ADVERBS: usize = 2;

/// How many phrases of the user's own there may be.
const MOST_PHRASES: usize = 1000;

/// How many gaps and optional words a phrase may have: each multiplies what is tried.
const MOST_LOOSE: usize = 4;

/// How many problems of a file are reported.
const MOST_PROBLEMS: usize = 100;

macro_rules! shipped {
    ($($name:literal)*) => {
        /// The files that come with the program; the first has lists for the others.
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
        let problems = phrases.add_file(&Source::new(*name, *text), &Origin::Shipped);
        debug_assert!(problems.is_empty(), "{problems:?}");
    }
    phrases.index();
    phrases
});

impl Phrases {
    pub fn shipped() -> &'static Phrases {
        &PHRASES
    }

    /// Returns the shipped phrases with the user's own, and a problem for each line that no rule uses.
    pub(crate) fn with_own(files: &[Source], is_rule: &dyn Fn(&str) -> bool) -> (Phrases, Vec<Diagnostic>) {
        let mut phrases = PHRASES.clone();
        let problems = files.iter().flat_map(|file| phrases.add_file(file, &Origin::Own { is_rule })).collect();
        phrases.index();
        (phrases, problems)
    }

    pub(crate) fn has_group(&self, name: &str) -> bool {
        self.groups.iter().any(|group| group == name)
    }

    pub(crate) fn tokens<'a>(&self, raw: &'a str) -> Tokens<'a> {
        Tokens::new(raw, &self.vocabulary)
    }

    pub(crate) fn find(&self, text: &Tokens<'_>) -> Hits<'_> {
        let units = text.units(&self.vocabulary);
        let mut by_group = vec![Vec::new(); self.groups.len()];
        for (at, unit) in units.iter().enumerate() {
            let with_word = unit.ids.iter().flat_map(|&id| self.begins.get(id as usize).map_or(&[][..], Vec::as_slice));
            let with_digits = if unit.quantity { self.begins_digits.as_slice() } else { &[] };
            for phrase in with_word.chain(with_digits).map(|&n| &self.phrases[n as usize]) {
                let Some(end) = self.end_of(phrase, &units, at) else { continue };
                let hit = unit.word..units[end - 1].word + 1;
                let hits: &mut Vec<Range<usize>> = &mut by_group[phrase.group];
                if !hits.iter().rev().take_while(|other| other.start == hit.start).any(|other| *other == hit) {
                    hits.push(hit);
                }
            }
        }
        Hits { phrases: self, by_group }
    }

    /// Returns the end of a phrase that begins at a unit and is within one sentence.
    fn end_of(&self, phrase: &Phrase, units: &[WordForm], at: usize) -> Option<usize> {
        let sentence = units[at].sentence;
        let before = at.checked_sub(1).map(|before| &units[before]).filter(|unit| unit.sentence == sentence);
        if before.is_some_and(|unit| unit.is_in(&phrase.not_after)) {
            return None;
        }
        let units = &units[..units.partition_point(|unit| unit.sentence <= sentence)];
        let end = self.match_terms(Then { terms: &phrase.terms, next: None, adverbs: 0 }, units, at)?;
        (end > at).then_some(end)
    }

    fn match_terms(&self, then: Then<'_>, units: &[WordForm], at: usize) -> Option<usize> {
        let Some((term, terms)) = then.terms.split_first() else {
            return match then.next {
                Some(next) => self.match_terms(Then { adverbs: next.adverbs.min(then.adverbs), ..*next }, units, at),
                None => Some(at),
            };
        };
        let here = units.get(at);
        let rest = Then { terms, adverbs: then.adverbs, ..then };
        let found = self.match_term(term, rest, units, at);
        let adverb = then.adverbs > 0 && here.is_some_and(|unit| unit.is_in(&self.adverbs));
        let past = Then { adverbs: then.adverbs.saturating_sub(1), ..then };
        found.or_else(|| adverb.then(|| self.match_terms(past, units, at + 1)).flatten())
    }

    fn match_term(&self, term: &Term, rest: Then<'_>, units: &[WordForm], at: usize) -> Option<usize> {
        let here = units.get(at);
        let has = |set: &[u32]| here.is_some_and(|unit| unit.is_in(set));
        // Adverbs count between words, not before the first.
        let next = Then { adverbs: MOST_ADVERBS, ..rest };
        match term {
            Term::Words(set) if has(set) => self.match_terms(next, units, at + 1),
            Term::Digits if here.is_some_and(|unit| unit.quantity) => self.match_terms(next, units, at + 1),
            Term::Not(set) if !has(set) => self.match_terms(rest, units, at),
            Term::Words(_) | Term::Digits | Term::Not(_) => None,
            Term::List(list) => {
                let PhraseList { words: set, longer } = &self.lists[*list];
                let with = |terms: &Vec<Term>| {
                    let then = Then { terms, next: Some(&next), adverbs: rest.adverbs };
                    self.match_terms(then, units, at)
                };
                let alone = has(set).then(|| self.match_terms(next, units, at + 1)).flatten();
                alone.or_else(|| longer.iter().find_map(with))
            }
            Term::Maybe(inner) => {
                let with = Then { terms: inner, next: Some(&next), adverbs: rest.adverbs };
                self.match_terms(with, units, at).or_else(|| self.match_terms(rest, units, at))
            }
            Term::Gap(most) => {
                let passed = |n: &usize| {
                    let unit = units.get(at + n);
                    unit.is_some_and(|unit| !unit.is_in(&self.not))
                };
                let room = (0..*most).take_while(passed).count();
                (0..=room).find_map(|skipped| self.match_terms(rest, units, at + skipped))
            }
        }
    }

    fn add_file(&mut self, source: &Source, origin: &Origin<'_>) -> Vec<Diagnostic> {
        let mut problems = Vec::new();
        let mut section = Section::None;
        let mut start = 0;
        for line in source.text.split_inclusive('\n') {
            if problems.len() > MOST_PROBLEMS || self.own > MOST_PHRASES {
                break;
            }
            let at = start + (line.len() - line.trim_start().len());
            start += line.len();
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let header = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
            let added = match header {
                Some(name) => self.section(name.trim(), origin).map(|found| section = found),
                None => self.add_line(line, section, origin),
            };
            if let Err(BadLine { message, help }) = added {
                let mut problem = source.warning(at..at + line.len(), "phrases", message);
                problem.help = help;
                problems.push(problem);
                section = if header.is_some() { Section::Unknown } else { section };
            }
        }
        problems
    }

    fn add_line(&mut self, line: &str, section: Section, origin: &Origin<'_>) -> Result<(), BadLine> {
        match section {
            Section::Unknown => Ok(()),
            Section::None => Err(BadLine {
                message: "this phrase is not under a rule".to_owned(),
                help: Some("write the rule above its phrases, in brackets: `[blame]`".to_owned()),
            }),
            Section::List(_) | Section::Group(_) => {
                let terms = self.phrase(line).map_err(|message| BadLine { message, help: None })?;
                if matches!(origin, Origin::Own { .. }) {
                    self.count_own(&terms)?;
                }
                self.add_phrase(section, terms);
                Ok(())
            }
        }
    }

    /// Refuses a phrase of the user's own that would take too long to look for, and one more than are allowed.
    fn count_own(&mut self, terms: &[Term]) -> Result<(), BadLine> {
        let loose = terms.iter().filter(|term| matches!(term, Term::Gap(_) | Term::Maybe(_))).count();
        if loose > MOST_LOOSE {
            return Err(BadLine {
                message: format!("this phrase has {loose} gaps and optional words; {MOST_LOOSE} are allowed"),
                help: Some("write it as several phrases".to_owned()),
            });
        }
        self.own += 1;
        if self.own > MOST_PHRASES {
            return Err(BadLine {
                message: format!("more than {MOST_PHRASES} phrases; the coach ignores the rest"),
                help: None,
            });
        }
        Ok(())
    }

    fn section(&mut self, name: &str, origin: &Origin<'_>) -> Result<Section, BadLine> {
        let is_rule = match origin {
            Origin::Shipped => return Ok(self.shipped_section(name)),
            Origin::Own { is_rule } => is_rule,
        };
        if let Some(group) = self.groups.iter().position(|group| group == name && !name.contains(':')) {
            return Ok(Section::Group(group));
        }
        if is_rule(name) {
            return Err(BadLine {
                message: format!("the rule `{name}` does not look for phrases"),
                help: Some("remove the section; `rehearse coach --explain` lists the rules".to_owned()),
            });
        }
        let rules: Vec<&str> = self.groups.iter().map(String::as_str).filter(|group| is_rule(group)).collect();
        Err(BadLine { message: format!("no rule `{}`", beginning(name)), help: Some(did_you_mean(name, &rules)) })
    }

    /// Returns the list or group of this name; adds it if it is new.
    fn shipped_section(&mut self, name: &str) -> Section {
        if let Some(list) = name.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            let n = self.lists.len();
            return Section::List(*self.list_names.entry(list.to_owned()).or_insert_with(|| {
                self.lists.push(PhraseList::default());
                n
            }));
        }
        Section::Group(self.groups.iter().position(|group| group == name).unwrap_or_else(|| {
            self.groups.push(name.to_owned());
            self.groups.len() - 1
        }))
    }

    fn add_phrase(&mut self, section: Section, mut terms: Vec<Term>) {
        match section {
            Section::List(list) => {
                let list = &mut self.lists[list];
                match <[Term; 1]>::try_from(terms) {
                    Ok([Term::Words(words)]) => {
                        list.words.extend(words);
                        list.words.sort_unstable();
                        list.words.dedup();
                    }
                    Ok(term) => list.longer.push(term.into()),
                    Err(terms) => list.longer.push(terms),
                }
            }
            Section::Group(group) => {
                let not_after = match terms.first_mut() {
                    Some(Term::Not(words)) => std::mem::take(words),
                    _ => Vec::new(),
                };
                terms.drain(..usize::from(!not_after.is_empty()));
                self.phrases.push(Phrase { group, not_after, terms });
            }
            Section::None | Section::Unknown => {}
        }
    }

    fn phrase(&mut self, line: &str) -> Result<Vec<Term>, String> {
        let mut terms = Vec::new();
        for atom in line.split_whitespace() {
            let inner = atom.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
            match (atom, inner, atom.strip_prefix('!')) {
                ("..", ..) => terms.push(Term::Gap(2)),
                ("...", ..) => terms.push(Term::Gap(5)),
                (_, Some(inner), _) => terms.push(Term::Maybe(self.atom(inner)?)),
                (_, None, Some(not)) if !not.is_empty() => {
                    let mut words: Vec<u32> = not.split('/').map(|word| self.vocabulary.add(&fold(word))).collect();
                    words.sort_unstable();
                    terms.push(Term::Not(words));
                }
                _ => terms.extend(self.atom(atom)?),
            }
        }
        let says = |term: &Term| matches!(term, Term::Words(_) | Term::List(_) | Term::Digits);
        // A phrase must begin with a word, after optional ones.
        let first = terms.iter().find(|term| !matches!(term, Term::Not(_) | Term::Maybe(_)));
        match first {
            Some(first) if says(first) => Ok(terms),
            _ => Err("this phrase does not begin with a word".to_owned()),
        }
    }

    /// Parses words, lists, or digits with slashes between them. A word with a hyphen is two words.
    fn atom(&mut self, atom: &str) -> Result<Vec<Term>, String> {
        let mut list = PhraseList::default();
        for either in atom.split('/') {
            let terms = self.either(either)?;
            match terms.as_slice() {
                [] => {}
                [Term::Words(words)] => list.words.extend(words),
                _ => list.longer.push(terms),
            }
        }
        list.words.sort_unstable();
        list.words.dedup();
        Ok(match (list.words.is_empty(), list.longer.len()) {
            (true, 0) => Vec::new(),
            (true, 1) => list.longer.remove(0),
            (false, 0) => vec![Term::Words(list.words)],
            _ => {
                self.lists.push(list);
                vec![Term::List(self.lists.len() - 1)]
            }
        })
    }

    fn either(&mut self, atom: &str) -> Result<Vec<Term>, String> {
        if atom == "{digits}" {
            return Ok(vec![Term::Digits]);
        }
        if let Some(list) = atom.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            let list = self.list_names.get(list).ok_or_else(|| format!("no list `{{{list}}}`"))?;
            return Ok(vec![Term::List(*list)]);
        }
        if let Some(verb) = atom.strip_suffix('~') {
            let mut forms: Vec<u32> = inflected(&fold(verb)).iter().map(|form| self.vocabulary.add(form)).collect();
            forms.sort_unstable();
            return Ok(vec![Term::Words(forms)]);
        }
        let words: Vec<String> = atom.unicode_words().map(fold).collect();
        Ok(words.iter().flat_map(|word| self.word(word)).collect())
    }

    /// Returns the terms of one word: two of a contraction.
    fn word(&mut self, word: &str) -> Vec<Term> {
        /// Words after which a "'s" is usually "is".
        const PRONOUNS: [&str; 9] = ["it", "that", "this", "he", "she", "what", "who", "there", "here"];
        let parts = expanded(word);
        let is = parts.len() == 2 && parts[1] == "'s" && PRONOUNS.contains(&parts[0].as_str());
        let mut terms: Vec<Term> = parts.iter().map(|part| Term::Words(vec![self.vocabulary.add(part)])).collect();
        if is {
            let mut ids = vec![self.vocabulary.add("'s"), self.vocabulary.add("is")];
            ids.sort_unstable();
            terms[1] = Term::Words(ids);
        }
        terms
    }

    fn index(&mut self) {
        let mut begins = vec![Vec::new(); self.vocabulary.end()];
        self.begins_digits.clear();
        for (n, phrase) in self.phrases.iter().enumerate() {
            let (mut words, mut digits) = (BTreeSet::new(), false);
            self.first(&phrase.terms, &mut words, &mut digits);
            let n = u32::try_from(n).unwrap_or(u32::MAX);
            for word in words {
                begins[word as usize].push(n);
            }
            if digits {
                self.begins_digits.push(n);
            }
        }
        self.begins = begins;
        let words_of = |name: &str| self.list_names.get(name).map(|list| self.lists[*list].words.clone());
        let (not, adverbs) = (words_of("not").unwrap_or_default(), words_of("adverb").unwrap_or_default());
        (self.not, self.adverbs) = (not, adverbs);
    }

    /// Collects the words that terms can begin with; returns whether the terms can be empty.
    fn first(&self, terms: &[Term], words: &mut BTreeSet<u32>, digits: &mut bool) -> bool {
        terms.iter().all(|term| match term {
            Term::Words(set) => {
                words.extend(set);
                false
            }
            Term::Digits => {
                *digits = true;
                false
            }
            Term::List(list) => {
                let PhraseList { words: set, longer } = &self.lists[*list];
                words.extend(set);
                for terms in longer {
                    self.first(terms, words, digits);
                }
                false
            }
            Term::Maybe(terms) => {
                self.first(terms, words, digits);
                true
            }
            Term::Gap(_) | Term::Not(_) => true,
        })
    }
}

enum Origin<'a> {
    Shipped,
    Own { is_rule: &'a dyn Fn(&str) -> bool },
}

struct BadLine {
    message: String,
    help: Option<String>,
}

#[derive(Clone, Copy)]
enum Section {
    None,
    /// Its header was reported, so its lines are not.
    Unknown,
    List(usize),
    Group(usize),
}

fn fold(word: &str) -> String {
    word.to_lowercase().replace('’', "'")
}

impl Hits<'_> {
    /// Returns the words of each phrase of a group, in order.
    pub(crate) fn group(&self, group: &str) -> &[Range<usize>] {
        let n = self.phrases.groups.iter().position(|name| name == group);
        debug_assert!(n.is_some(), "no file has a section [{group}]");
        n.map_or(&[], |n| self.by_group[n].as_slice())
    }

    pub(crate) fn any(&self, group: &str) -> bool {
        !self.group(group).is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phrases(text: &str) -> Phrases {
        let mut phrases = Phrases::default();
        assert_eq!(phrases.add_file(&Source::new("p.txt", text), &Origin::Shipped), []);
        phrases.index();
        phrases
    }

    #[test]
    fn phrases_that_would_take_too_long_are_refused() {
        let own = |text: &str| Phrases::with_own(&[Source::new("p.txt", text)], &|name| name == "blame");
        let says = |text: &str| own(text).1.iter().map(|problem| problem.message.clone()).collect::<Vec<_>>();
        assert_eq!(says("[blame]\na (b) (c) .. d ... e\n"), [""; 0]);
        let loose = "this phrase has 5 gaps and optional words; 4 are allowed";
        assert_eq!(says("[blame]\na (b) (c) .. d ... e .. f\n"), [loose]);
        let many = |count: usize| "so and so\n".repeat(count);
        assert_eq!(says(&format!("[blame]\n{}", many(MOST_PHRASES))), [""; 0]);
        let over = "more than 1000 phrases; the coach ignores the rest";
        assert_eq!(says(&format!("[blame]\n{}", many(850_000))), [over]);
        assert_eq!(says(&many(850_000)).len(), MOST_PROBLEMS + 1);
        // The same words count once, whatever says them.
        let (phrases, _) = own(&format!("[blame]\n{}", many(900)));
        assert_eq!(phrases.find(&phrases.tokens(&many(9))).group("blame").len(), 9);
    }

    #[test]
    fn phrases_are_found() {
        let lists = "[{not}]\nnot/never\n[{adverb}]\nreally/simply/just\n[{boss}]\nboss/manager\nline manager\n[x]\n";
        // A phrase, a text, and what it finds there.
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
            ("did not listen", "He didn't listen, and didn’t really listen.", "didn't listen|didn’t really listen"),
            ("it's hell", "it is hell, it's hell, it has hell", "it is hell|it's hell"),
            (
                "i have had it",
                "I've had it. I have simply just had it. I have now had it",
                "I've had it|I have simply just had it",
            ),
            (
                "ignore~/refuse~ me",
                "ignoring me, ignored me, refuses me, ignorant me",
                "ignoring me|ignored me|refuses me",
            ),
        ];
        for (phrase, raw, expected) in cases {
            let phrases = phrases(&format!("{lists}{phrase}\n"));
            let text = phrases.tokens(raw);
            let hits = phrases.find(&text);
            let found: Vec<&str> = hits.group("x").iter().map(|words| text.quote(words.clone())).collect();
            assert_eq!(found.join("|"), expected, "{phrase} in {raw}");
        }
    }

    #[test]
    fn lines_that_no_rule_uses_are_reported() {
        let text = "# mine\nstray\n[blame]\nis a so-and-so\n..\n\n[blaem]\nx\n[too-long]\ny\n[blame: pronoun]\n[{boss}]\n\
                    [blame]\nmy {chief}\n\u{2014}\n";
        let (phrases, problems) =
            Phrases::with_own(&[Source::new("mine.txt", text)], &|name| matches!(name, "blame" | "too-long"));
        let said: Vec<String> = problems.iter().map(Diagnostic::short).collect();
        assert_eq!(
            said,
            [
                "mine.txt:2:1: warning: this phrase is not under a rule [phrases]",
                "mine.txt:5:1: warning: this phrase does not begin with a word [phrases]",
                "mine.txt:7:1: warning: no rule `blaem` [phrases]",
                "mine.txt:9:1: warning: the rule `too-long` does not look for phrases [phrases]",
                "mine.txt:11:1: warning: no rule `blame: pronoun` [phrases]",
                "mine.txt:12:1: warning: no rule `{boss}` [phrases]",
                "mine.txt:14:1: warning: no list `{chief}` [phrases]",
                "mine.txt:15:1: warning: this phrase does not begin with a word [phrases]",
            ]
        );
        assert_eq!(problems[2].help.as_deref(), Some("did you mean `blame`?"));
        let text = phrases.tokens("She is a so-and-so, my boss.");
        assert!(phrases.find(&text).any("blame"));
        assert!(!Phrases::shipped().find(&Phrases::shipped().tokens("She is a so-and-so.")).any("blame"));
    }

    #[test]
    fn every_shipped_phrase_begins_with_a_word() {
        for (n, phrase) in Phrases::shipped().phrases.iter().enumerate() {
            assert!(!phrase.terms.is_empty(), "{n}");
        }
        assert!(Phrases::shipped().groups.len() > 15);
    }
}
