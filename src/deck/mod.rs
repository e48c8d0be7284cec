//! Decks: what an author wrote, as values. Parsing never fails, it reports.
//!
//! [`parse`] gives a [`Deck`] and the findings of one file; `keys` is the grammar, `cut` keeps one bad line from costing
//! more than one card, `syntax` says what is wrong with text that is not TOML, `schema` tells the grammar to editors, `ids`
//! where an id would be written, `template` what an author fills in, `edit` what an edit did to the cards,
//! `authoring` what is weak though no fault, `aloud` how long a text takes to say, `competencies` the lists that an interview may name. What later rooms use (stories, interviews, coach keys) is read,
//! checked and kept here.
//!
//! [`merge`] makes one text of two that were edited apart: `cut` gives its blocks, `pair` tells which is which, `weave`
//! their order, and `fields` merges one that both sides changed.
//!
//! Not here: files, other decks, history.

mod speaking_time;
mod lint;
pub(crate) mod competencies;
mod blocks;
mod edit;
mod ids;
mod keys;
mod merge;
mod parse;
mod schema;
mod syntax;
mod template;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::clock::StudyDay;
use crate::diagnostic::Span;
pub(crate) use crate::grammar::{Item, Mention, Target};
pub(crate) use blocks::{MARKERS, MARKERS_HELP};
pub(crate) use edit::{came, new_faults, successor};
pub(crate) use ids::with_ids;
pub use keys::TABLES;
pub(crate) use merge::block_of;
pub(crate) use merge::{Clash, Merged, merge};
pub use parse::parse;
pub(crate) use parse::{SAVE_AS_UTF8, card_in, decode};
pub(crate) use schema::schema;
pub(crate) use speaking_time::{WPM, aloud, words};
pub(crate) use template::{Blank, template};

/// The identity of a card or a story.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CardId(String);

impl CardId {
    /// A written id: 1 to 64 of `A-Z a-z 0-9 . _ -`, not beginning with `-` or `.`.
    pub fn parse(text: &str) -> Option<Self> {
        crate::grammar::is_id(text).then(|| CardId(text.to_owned()))
    }

    /// The id of a card that has none written: `h` and 12 base32 characters of BLAKE3 over its prompt, each run of white
    /// space folded to one space.
    pub fn derived(prompt: &str) -> Self {
        let folded = prompt.split_whitespace().collect::<Vec<_>>().join(" ");
        let hash = blake3::hash(folded.as_bytes());
        let bits = hash.as_bytes().iter().take(8).fold(0_u64, |bits, &byte| bits << 8 | u64::from(byte));
        CardId(format!("h{}", base32(bits, 12)))
    }

    /// Whether it has the form of a derived id. A written one may have it, too: `h` and 12 of `a-z2-7`.
    pub(crate) fn looks_derived(&self) -> bool {
        let rest = self.0.strip_prefix('h').filter(|rest| rest.len() == 12);
        rest.is_some_and(|rest| rest.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7')))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CardId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The first `characters` (up to 12) of 64 bits in lower-case base32 (RFC 4648).
pub(crate) fn base32(bits: u64, characters: u32) -> String {
    let alphabet = b"abcdefghijklmnopqrstuvwxyz234567";
    let digit = |n: u32| char::from(alphabet[usize::try_from(bits >> (59 - 5 * n) & 31).unwrap_or(0)]);
    (0..characters).map(digit).collect()
}

/// What sort of answer is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Kind {
    #[default]
    Open,
    /// A story of one's own.
    Story,
    Motive,
    /// A weakness, a failure, a gap.
    Weakness,
    /// What one would do in the post.
    Plan,
    /// A question to ask the interviewer.
    Ask,
    /// Something that is right or wrong.
    Fact,
}

impl Kind {
    /// Every kind, with the word authors write.
    pub(crate) const ALL: [(Kind, &'static str); 7] = [
        (Kind::Open, "open"),
        (Kind::Story, "story"),
        (Kind::Motive, "motive"),
        (Kind::Weakness, "weakness"),
        (Kind::Plan, "plan"),
        (Kind::Ask, "ask"),
        (Kind::Fact, "fact"),
    ];

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, name)| *name == word).map(|(kind, _)| *kind)
    }

    /// The word authors write.
    pub(crate) fn word(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("open", |(_, name)| name)
    }

    /// Seconds for a spoken answer where the card does not say.
    pub(crate) fn limit(self) -> u32 {
        match self {
            Kind::Ask => 60,
            Kind::Motive | Kind::Weakness => 90,
            Kind::Open => 120,
            Kind::Story => 150,
            Kind::Plan => 180,
            Kind::Fact => 20,
        }
    }
}

/// Something to rehearse. A story is one too: its prompt and points are made from its fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// Its identity, written or derived.
    pub id: CardId,
    /// Whether the id is written in the file.
    pub written: bool,
    /// Where its table begins in the file: the bytes of the header.
    pub(crate) header: Span,
    /// The line of the header.
    pub(crate) line: usize,
    /// The bytes it can be read from again with [`card_in`]; empty where only the whole file tells.
    pub(crate) block: Span,
    pub prompt: String,
    /// What sort of answer is wanted.
    pub kind: Kind,
    /// The right answer of a fact, else a model answer.
    pub answer: Option<String>,
    /// Other answers that count, for a fact.
    pub(crate) accept: Vec<String>,
    /// The parts of a multipart question.
    pub parts: Vec<Item>,
    /// What a good answer says.
    pub points: Vec<Item>,
    pub variants: Vec<String>,
    /// Probes after a good answer.
    pub followups: Vec<String>,
    /// Shown on request before the answer.
    pub hint: Option<String>,
    /// Seconds for the spoken answer.
    pub limit: u32,
    /// Rounds of interview in which this may come; empty means every round.
    pub round: Vec<i64>,
    /// Competencies it gives evidence of.
    pub shows: Vec<String>,
    /// At least one is expected in a typed answer.
    pub keywords: Vec<String>,
    pub(crate) stories: Vec<String>,
    /// What the answer should name.
    pub needs: Vec<String>,
    /// Phases a plan must cover.
    pub phases: Vec<String>,
    /// Coach rules switched off.
    pub(crate) off: Vec<String>,
    /// A remark, for after the answer.
    pub note: Option<String>,
    /// Where it comes from, for after the answer.
    pub(crate) source: Option<String>,
    pub tags: Vec<String>,
    /// Language of the answer, as a BCP 47 tag.
    pub(crate) language: String,
    /// The line that says `suspended = true`, if one does: it is not asked while that stands.
    pub suspended_line: Option<usize>,
    /// What it says besides its id and its prompt.
    pub(crate) rest: Rest,
}

/// What a card says besides its id and its prompt, as far as it takes to know the card by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct Rest {
    /// A digest of every key as written.
    pub(crate) digest: u64,
    /// Whether there are words of the card's own among it: an answer, points, a hint. Labels, kinds and times could be
    /// any card's.
    pub(crate) telling: bool,
}

impl Card {
    /// Parts first, then points: what is ticked, in one numbering from 1.
    pub fn items(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().chain(&self.points).map(|item| item.text.as_str())
    }

    /// The angle for a review, in rotation: the first review asks the prompt, so every machine asks the same.
    pub(crate) fn angle(&self, reviews: u32) -> &str {
        match reviews as usize % (self.variants.len() + 1) {
            0 => &self.prompt,
            n => &self.variants[n - 1],
        }
    }

    /// The probe after a good answer, in rotation by the number of good ones before it; `None` if it has none.
    pub(crate) fn followup(&self, good: u32) -> Option<&str> {
        let nth = (good as usize).checked_rem(self.followups.len())?;
        Some(&self.followups[nth])
    }
}

/// A story of one's own, as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Story {
    pub id: CardId,
    /// What it is called.
    pub(crate) title: String,
    /// The year it happened.
    pub year: Option<i64>,
    pub challenge: Option<String>,
    /// Where, when, with whom.
    pub context: Option<String>,
    pub action: Vec<String>,
    /// What came of it.
    pub result: Option<String>,
    pub lesson: Option<String>,
    /// Competencies it gives evidence of.
    pub shows: Vec<String>,
    pub(crate) tags: Vec<String>,
}

/// One round of one application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interview {
    /// Its identity: written, else the name of the file.
    pub(crate) id: String,
    pub(crate) company: Option<String>,
    /// Other ways people say the company.
    pub(crate) also: Vec<String>,
    pub(crate) role: Option<String>,
    /// Other ways people say the post.
    pub(crate) role_also: Vec<String>,
    pub date: Option<StudyDay>,
    pub(crate) round: Option<i64>,
    /// What the company says it values.
    pub(crate) values: Vec<String>,
    /// Technical qualifications from the posting.
    pub(crate) qualifications: Vec<String>,
    /// Competencies asked for: titles, those of a list that is named among them.
    pub(crate) competencies: Vec<String>,
    /// Words spoken in a minute.
    pub(crate) wpm: u32,
    /// Decks in scope: paths or titles.
    pub(crate) decks: Vec<String>,
    pub(crate) tags: Vec<String>,
}

/// Someone met at an interview.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interviewer {
    /// As they spell it.
    pub(crate) name: String,
    pub(crate) title: Option<String>,
    /// Background and common ground.
    pub(crate) note: Option<String>,
    /// Whether they were thanked.
    pub(crate) thanked: bool,
}

/// Something an interviewer said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    pub(crate) said: String,
    pub(crate) by: Option<String>,
    /// Cards whose answers should use it.
    pub(crate) cards: Vec<String>,
}

/// A story told at an interview.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub(crate) story: String,
    pub(crate) to: Vec<String>,
}

/// A deck file, as values; what was faulty is left out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Deck {
    /// The title, if one is written.
    pub title: Option<String>,
    /// Language of the answers.
    pub(crate) language: String,
    /// The text of its `[deck]`, with which [`card_in`] reads a card alone.
    pub(crate) head: String,
    /// What its cards are where they do not say.
    pub(crate) kind: Kind,
    /// Cards and stories to rehearse, in the order of the file.
    pub cards: Vec<Card>,
    pub stories: Vec<Story>,
    /// The interview this file is about.
    pub interview: Option<Interview>,
    /// The interview this file is kept from.
    pub(crate) debrief: Option<String>,
    pub interviewers: Vec<Interviewer>,
    pub heard: Vec<Heard>,
    /// Which story was told.
    pub told: Vec<Told>,
    /// Names of what should stand here or in other files.
    pub(crate) mentions: Vec<Mention>,
    /// Whether this is a deck at all; `Cargo.toml` in a mixed repository is not.
    pub is_deck: bool,
}

impl Deck {
    /// The name shown: the title, else the file's name without folder and `.toml`.
    pub(crate) fn name<'a>(&'a self, path: &'a str) -> &'a str {
        self.title.as_deref().unwrap_or_else(|| stem(path))
    }
}

/// A path's last part without `.toml`.
pub(crate) fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.strip_suffix(".toml").unwrap_or(name)
}

/// Fills `{company}`, `{role}` and `{interviewer}` in; with no interview they read "the company", "the role" and so on.
/// Any other `{word}` stands as it is.
pub(crate) fn fill(text: &str, company: Option<&str>, role: Option<&str>, interviewer: Option<&str>) -> String {
    let values = [
        ("company", company.unwrap_or("the company")),
        ("role", role.unwrap_or("the role")),
        ("interviewer", interviewer.unwrap_or("the interviewer")),
    ];
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    // One pass: what is filled in is not looked at again.
    while let Some(at) = rest.find('{') {
        filled.push_str(&rest[..at]);
        rest = &rest[at..];
        let known = values.iter().find_map(|(name, value)| {
            rest.strip_prefix('{')?.strip_prefix(name)?.strip_prefix('}').map(|after| (*value, after))
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
    fn angles_and_probes_come_in_rotation() {
        let text = "[[card]]\nprompt = \"P\"\nvariants = [\"V\", \"W\"]\nfollowups = [\"F\", \"G\"]\n[[card]]\nprompt = \"Q\"\n";
        let (deck, _) = parse(&crate::diagnostic::Source::new("d.toml", text), &[]);
        let asked: Vec<&str> = (0..5).map(|reviews| deck.cards[0].angle(reviews)).collect();
        assert_eq!(asked, ["P", "V", "W", "P", "V"]);
        let probes: Vec<_> = (0..3).map(|good| deck.cards[0].followup(good)).collect();
        assert_eq!(probes, [Some("F"), Some("G"), Some("F")]);
        assert_eq!((deck.cards[1].angle(7), deck.cards[1].followup(7)), ("Q", None));
    }

    #[test]
    fn base32_is_rfc_4648() {
        // "foobar" + 2 zero bytes; RFC 4648, section 10: MZXW6YTBOI======
        assert_eq!(base32(u64::from_be_bytes(*b"foobar\0\0"), 9), "mzxw6ytbo");
    }

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
