//! A card and a story, as values, and their ids.

use std::fmt;

use crate::diagnostic::Span;
use crate::grammar::Item;

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
        CardId(format!("h{}", base32_digest(&folded)))
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

/// Returns the first 12 base32 characters of BLAKE3 over a text.
pub(crate) fn base32_digest(text: &str) -> String {
    let hash = blake3::hash(text.as_bytes());
    base32(hash.as_bytes().iter().take(8).fold(0_u64, |bits, &byte| bits << 8 | u64::from(byte)), 12)
}

/// Returns the first `characters` (at most 12) of 64 bits in lowercase base32 (RFC 4648).
pub(crate) fn base32(bits: u64, characters: u32) -> String {
    let alphabet = b"abcdefghijklmnopqrstuvwxyz234567";
    let digit = |n: u32| char::from(alphabet[usize::try_from(bits >> (59 - 5 * n) & 31).unwrap_or(0)]);
    (0..characters).map(digit).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Kind {
    #[default]
    Open,
    Story,
    Motive,
    Weakness,
    Plan,
    Ask,
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

    pub(crate) fn word(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("open", |(_, name)| name)
    }

    /// Returns the seconds for a spoken answer where the card sets no limit.
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

/// Something to rehearse. A story is a card, too: its prompt and points are made from its fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    pub id: CardId,
    pub written: bool,
    /// The bytes of its table's header.
    pub(crate) header: Span,
    pub(crate) line: usize,
    /// The bytes from which [`card_in`](super::parse::card_in) can read it again; empty if that takes the whole file.
    pub(crate) block: Span,
    pub prompt: String,
    pub kind: Kind,
    /// The right answer of a fact, else a model answer.
    pub answer: Option<String>,
    pub(crate) accept: Vec<String>,
    pub parts: Vec<Item>,
    pub points: Vec<Item>,
    pub variants: Vec<String>,
    pub followups: Vec<String>,
    pub hint: Option<String>,
    pub limit: u32,
    /// How much the answer matters: 3 nearly certain to be asked, 2 likely, 1 possible.
    pub(crate) weight: u8,
    /// Rounds of interview in which it may come; empty means every round.
    pub round: Vec<i64>,
    pub shows: Vec<String>,
    /// At least one is expected in a typed answer.
    pub keywords: Vec<String>,
    pub(crate) stories: Vec<String>,
    pub needs: Vec<String>,
    pub phases: Vec<String>,
    pub(crate) off: Vec<String>,
    pub note: Option<String>,
    /// Where it comes from, shown after the answer.
    pub(crate) source: Option<String>,
    pub tags: Vec<String>,
    /// The language of the answer, as a BCP 47 tag.
    pub(crate) language: String,
    /// The line of `suspended = true`, if there is one. Such a card is not asked.
    pub suspended_line: Option<usize>,
    pub(crate) content: ContentDigest,
}

/// What a card says besides its id and its prompt, as far as it takes to recognize the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct ContentDigest {
    pub(crate) digest: u64,
    /// Whether it has words of its own, in one of [`DISTINCTIVE`](super::keys::DISTINCTIVE).
    pub(crate) distinctive: bool,
}

impl Card {
    /// Returns what can be ticked, parts first, then points. People number them from 1.
    pub fn items(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().chain(&self.points).map(|item| item.text.as_str())
    }

    /// Returns the prompt or a variant, in rotation by the number of reviews only, so that every machine asks the same.
    pub(crate) fn angle(&self, reviews: u32) -> &str {
        match reviews as usize % (self.variants.len() + 1) {
            0 => &self.prompt,
            n => &self.variants[n - 1],
        }
    }

    /// Returns the follow-up question after a good answer, in rotation by the number of good answers before it.
    pub(crate) fn followup(&self, good: u32) -> Option<&str> {
        let nth = (good as usize).checked_rem(self.followups.len())?;
        Some(&self.followups[nth])
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Story {
    pub id: CardId,
    pub(crate) title: String,
    pub year: Option<i64>,
    pub challenge: Option<String>,
    pub context: Option<String>,
    pub action: Vec<String>,
    pub result: Option<String>,
    pub lesson: Option<String>,
    pub shows: Vec<String>,
    pub(crate) tags: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deck::parse;
    use crate::diagnostic::Source;

    #[test]
    fn variants_and_followups_rotate() {
        let text = "[[card]]\nprompt = \"P\"\nvariants = [\"V\", \"W\"]\nfollowups = [\"F\", \"G\"]\n[[card]]\nprompt = \"Q\"\n";
        let (deck, _) = parse(&Source::new("d.toml", text), &[]);
        let asked: Vec<&str> = (0..5).map(|reviews| deck.cards[0].angle(reviews)).collect();
        assert_eq!(asked, ["P", "V", "W", "P", "V"]);
        let followups: Vec<_> = (0..3).map(|good| deck.cards[0].followup(good)).collect();
        assert_eq!(followups, [Some("F"), Some("G"), Some("F")]);
        assert_eq!((deck.cards[1].angle(7), deck.cards[1].followup(7)), ("Q", None));
    }

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
