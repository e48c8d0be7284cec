//! Decides which card is which after an edit, so that its history follows it.
//!
//! A card without a written id is known by its prompt, so a reworded card looks like one that vanished and one that is new.
//! [`pairs`] returns those where the evidence is certain: the same prompt under an id that was just written, everything
//! but the prompt the same, or the same place between unchanged neighbors. Evidence that fits two cards does not
//! count, and neither does likeness. The result depends only on what the decks said before and say now, so every machine that sees
//! the same edit comes to the same pairs. [`suggest`] names likely pairs for a person to decide.
//!
//! Not here: which cards vanished, recording the rename, and the words for it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::deck::{CardId, ContentDigest};

/// A card in its place in a file, before or after a pass over the decks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CardSnapshot {
    /// The card, by the name it has after renames.
    pub(crate) card: CardId,
    /// The id that its prompt alone would give it.
    pub(crate) derived_id: CardId,
    pub(crate) written: bool,
    pub(crate) file: String,
    pub(crate) neighbors: Neighbors,
    pub(crate) content: ContentDigest,
    /// Whether its file had no error before the pass and has none after it. A file with an error may hold more cards than
    /// could be read.
    pub(crate) readable: bool,
    /// Whether the card is nowhere at the other end of the pass: it vanished, or it is new.
    pub(crate) unmatched: bool,
    pub(crate) has_history: bool,
}

/// The cards before and after a card in its file, each by its id and content digest; `None` is the edge of the file.
pub(crate) type Neighbors = [Option<(CardId, u64)>; 2];

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Evidence {
    /// Its prompt is in the same file, under an id that is now written.
    Prompt,
    /// Everything but the prompt is the same, and no other card has or had that content.
    Content,
    /// It was where the new one is, between the same neighbors, which did not change.
    Place,
}

/// A card that vanished and the new card that it is, as positions in the lists given to [`pairs`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) why: Evidence,
}

/// Old and new names of renames that somebody undid: they are not renamed again automatically.
pub(crate) type Refused = BTreeSet<(CardId, CardId)>;

/// Returns the cards whose history certainly continues under another name.
///
/// `before` is every card that left its file or whose content changed; `after` is every card that one of those could be.
/// Many of them only serve to show that evidence is not unique.
pub(crate) fn pairs(before: &[CardSnapshot], after: &[CardSnapshot], refused: &Refused) -> Vec<Pair> {
    let vanished = |card: &CardSnapshot| card.unmatched && !card.written;
    let prompt = matches(
        Evidence::Prompt,
        &unique_by(before, |card| vanished(card).then_some((&card.file, &card.derived_id))),
        &unique_by(after, |card| (card.unmatched && card.written).then_some((&card.file, &card.derived_id))),
    );
    let content = |card: &CardSnapshot| card.content.distinctive.then_some(card.content.digest);
    let mut content = matches(Evidence::Content, &unique_by(before, content), &unique_by(after, content));
    content.retain(|pair| vanished(&before[pair.from]) && vanished(&after[pair.to]));
    let place = matches(
        Evidence::Place,
        &unique_by(before, |card| vanished(card).then_some((&card.file, &card.neighbors))),
        &unique_by(after, |card| card.unmatched.then_some((&card.file, &card.neighbors))),
    );
    // Two cards with several kinds of evidence are one pair.
    let mut meant: BTreeMap<(&CardId, &CardId), Pair> = BTreeMap::new();
    for pair in [prompt, content, place].concat() {
        meant.entry((&before[pair.from].card, &after[pair.to].card)).or_insert(pair);
    }
    let mut meanings: HashMap<(bool, &CardId), usize> = HashMap::new();
    for (from, to) in meant.keys() {
        *meanings.entry((true, from)).or_default() += 1;
        *meanings.entry((false, to)).or_default() += 1;
    }
    let (unread, unreadable) = (in_unreadable_files(before), in_unreadable_files(after));
    meant.retain(|(from, to), pair| {
        meanings.get(&(true, *from)) == Some(&1)
            && meanings.get(&(false, *to)) == Some(&1)
            && before[pair.from].has_history
            && !after[pair.to].has_history
            && !unread.contains(from)
            && !unreadable.contains(to)
            && !refused.contains(&((*from).clone(), (*to).clone()))
    });
    let mut certain: Vec<Pair> = meant.into_values().collect();
    certain.sort_by_key(|pair| (pair.to, pair.from));
    certain
}

/// Positions of cards by a key; `None` where several cards share the key.
type Unique<K> = BTreeMap<K, Option<usize>>;

fn unique_by<'a, K: Ord>(cards: &'a [CardSnapshot], key: impl Fn(&'a CardSnapshot) -> Option<K>) -> Unique<K> {
    let mut unique: Unique<K> = BTreeMap::new();
    for (n, card) in cards.iter().enumerate() {
        let Some(key) = key(card) else { continue };
        let first = unique.entry(key).or_insert(Some(n));
        *first = first.filter(|first| cards[*first].card == card.card);
    }
    unique
}

fn matches<K: Ord>(why: Evidence, before: &Unique<K>, after: &Unique<K>) -> Vec<Pair> {
    let pair = |(key, from): (&K, &Option<usize>)| Some(Pair { from: (*from)?, to: (*after.get(key)?)?, why });
    before.iter().filter_map(pair).collect()
}

fn in_unreadable_files(cards: &[CardSnapshot]) -> BTreeSet<&CardId> {
    cards.iter().filter(|card| !card.readable).map(|card| &card.card).collect()
}

/// A card with history that is in no deck.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Orphan {
    pub(crate) card: CardId,
    pub(crate) reviews: u32,
    /// What it was when it vanished; `None` if this machine never saw it.
    pub(crate) last: Option<Sighting>,
    /// How many names were known then.
    pub(crate) names_then: i64,
}

/// A card in a file, as far as likeness depends on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sighting {
    pub(crate) prompt: String,
    pub(crate) file: String,
    pub(crate) line: usize,
    pub(crate) neighbors: [Option<CardId>; 2],
    pub(crate) content: ContentDigest,
}

/// A card of the decks without history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Newcomer {
    pub(crate) card: CardId,
    pub(crate) written: bool,
    pub(crate) current: Sighting,
    /// The number of its name, counted in the order in which names became known.
    pub(crate) number: i64,
}

/// How near a newcomer is to an orphan; greater is nearer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Nearness {
    OneNeighbor,
    /// How many of 1,000 words are shared.
    SharedWords(usize),
    BothNeighbors,
    /// Everything but the prompt is the same.
    Content,
    /// It is the only newcomer, and the orphan was never seen.
    Only,
    Prompt,
}

/// How many of 1,000 words two prompts must share for one to be a rewording of the other.
const ALIKE: usize = 500;

/// Returns, for each orphan that has one, the nearest newcomer: the positions of both.
pub(crate) fn suggest(orphans: &[Orphan], newcomers: &[Newcomer], refused: &Refused) -> Vec<(usize, usize)> {
    let prompts = PromptWords::new(newcomers);
    let only = newcomers.len() == 1 && orphans.iter().filter(|orphan| orphan.last.is_none()).count() == 1;
    let mut suggested = Vec::new();
    for (n, orphan) in orphans.iter().enumerate() {
        let shares = orphan.last.as_ref().map(|last| prompts.shared_with(&last.prompt)).unwrap_or_default();
        let near = |(m, newcomer): (usize, &Newcomer)| {
            let near = nearness(orphan, newcomer, shares.get(m).copied().unwrap_or(0));
            let near = near.or((only && orphan.last.is_none()).then_some(Nearness::Only))?;
            (!refused.contains(&(orphan.card.clone(), newcomer.card.clone()))).then_some((near, m))
        };
        // The first of equally near ones.
        let nearest = newcomers.iter().enumerate().filter_map(near).max_by_key(|&(near, m)| (near, usize::MAX - m));
        suggested.extend(nearest.map(|(_, m)| (n, m)));
    }
    suggested
}

fn nearness(orphan: &Orphan, newcomer: &Newcomer, shared: usize) -> Option<Nearness> {
    let current = &newcomer.current;
    if newcomer.written && CardId::derived(&current.prompt) == orphan.card {
        return Some(Nearness::Prompt);
    }
    let last = orphan.last.as_ref()?;
    let same = |side: usize| last.neighbors[side] == current.neighbors[side];
    let same_card = |side: usize| same(side) && last.neighbors[side].is_some();
    // A card that already existed when the orphan vanished is another card.
    let later = newcomer.number > orphan.names_then;
    if last.content.distinctive && last.content == current.content {
        Some(Nearness::Content)
    } else if last.file == current.file && same(0) && same(1) {
        Some(Nearness::BothNeighbors)
    } else if later && shared >= ALIKE {
        Some(Nearness::SharedWords(shared))
    } else if later && last.file == current.file && (same_card(0) || same_card(1)) {
        Some(Nearness::OneNeighbor)
    } else {
        None
    }
}

struct PromptWords {
    having: HashMap<String, Vec<usize>>,
    counts: Vec<usize>,
}

impl PromptWords {
    fn new(newcomers: &[Newcomer]) -> Self {
        let mut having: HashMap<String, Vec<usize>> = HashMap::new();
        let mut counts = Vec::with_capacity(newcomers.len());
        for (n, newcomer) in newcomers.iter().enumerate() {
            let words = distinct_words(&newcomer.current.prompt);
            counts.push(words.len());
            words.into_iter().for_each(|word| having.entry(word).or_default().push(n));
        }
        PromptWords { having, counts }
    }

    /// Returns, for each newcomer, how many of 1,000 words it shares with a prompt (the Dice coefficient).
    fn shared_with(&self, prompt: &str) -> Vec<usize> {
        let words = distinct_words(prompt);
        let mut shared = vec![0; self.counts.len()];
        for n in words.iter().filter_map(|word| self.having.get(word)).flatten() {
            shared[*n] += 1;
        }
        let dice = |(shared, count): (usize, &usize)| 2000 * shared / (words.len() + count).max(1);
        shared.into_iter().zip(&self.counts).map(dice).collect()
    }
}

fn distinct_words(prompt: &str) -> BTreeSet<String> {
    let words = prompt.split(|c: char| !c.is_alphanumeric() && c != '\'');
    words.filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A name, whether it can be read, and its cards.
    type TestFile = (String, bool, Vec<CardSnapshot>);

    /// Parses decks on one line: `a: A X*=1 #id:Y | b!: …` is a file `a` of three cards and a faulty `b`. A card is its
    /// prompt, with `*` if it has history, `=1` for distinctive content, `~1` for labels only, and `#id:` before it for a
    /// written id.
    fn decks(text: &str) -> Vec<TestFile> {
        let file = |file: &str| {
            let (name, cards) = file.split_once(':').unwrap();
            let readable = !name.contains('!');
            let name = name.trim().trim_end_matches('!');
            (name.to_owned(), readable, cards.split_whitespace().map(|card| snapshot(name, card)).collect())
        };
        text.split('|').map(file).collect()
    }

    fn snapshot(file: &str, card: &str) -> CardSnapshot {
        let (id, card) = card.strip_prefix('#').map_or((None, card), |card| {
            let (id, card) = card.split_once(':').unwrap();
            (Some(id), card)
        });
        let (card, digest, distinctive) = match (card.split_once('='), card.split_once('~')) {
            (Some((card, rest)), _) => (card, rest.parse().unwrap(), true),
            (_, Some((card, rest))) => (card, rest.parse().unwrap(), false),
            _ => (card, 0, false),
        };
        let prompt = card.trim_end_matches('*');
        let name = CardId::parse(id.unwrap_or(prompt)).unwrap();
        CardSnapshot {
            card: name,
            derived_id: CardId::parse(prompt).unwrap(),
            written: id.is_some(),
            file: file.to_owned(),
            neighbors: [None, None],
            content: ContentDigest { digest, distinctive },
            readable: true,
            unmatched: false,
            has_history: card.ends_with('*'),
        }
    }

    /// Returns every card of `here`, as a pass knows it that has `there` at its other end.
    fn snapshots(here: &[TestFile], there: &[TestFile]) -> Vec<CardSnapshot> {
        let mut snapshots = Vec::new();
        for (file, readable, cards) in here {
            let side =
                |n: Option<usize>| n.and_then(|n| cards.get(n)).map(|card| (card.card.clone(), card.content.digest));
            let readable = *readable && there.iter().all(|(name, readable, _)| name != file || *readable);
            for (n, card) in cards.iter().enumerate() {
                let unmatched = there.iter().all(|(.., others)| others.iter().all(|other| other.card != card.card));
                let neighbors = [side(n.checked_sub(1)), side(Some(n + 1))];
                snapshots.push(CardSnapshot { readable, unmatched, neighbors, ..card.clone() });
            }
        }
        snapshots
    }

    fn pairs_of(before: &str, after: &str, refused: &Refused) -> String {
        let (before, after) = (decks(before), decks(after));
        let (before, after) = (snapshots(&before, &after), snapshots(&after, &before));
        let pair = |pair: Pair| format!("{}>{} {:?}", before[pair.from].card, after[pair.to].card, pair.why);
        pairs(&before, &after, refused).into_iter().map(pair).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn only_unique_evidence_counts() {
        let cases = [
            // In its place between unchanged neighbors or the edges of the file.
            ("a: A X* B", "a: A Y B", "X>Y Place"),
            ("a: X* B", "a: Y B", "X>Y Place"),
            ("a: A X*", "a: A Y", "X>Y Place"),
            ("a: X*", "a: Y", "X>Y Place"),
            ("a: A X*=1 B", "a: A Y=2 B", "X>Y Place"),
            ("a: A X* B W* C", "a: A Y B Z C", "X>Y Place, W>Z Place"),
            ("a: A X* B C D", "a: C A Y B", "X>Y Place"),
            ("a: A X* #b:B", "a: A Y #b:B", "X>Y Place"),
            // A neighbor that changed, or none in common.
            ("a: A X* B=1", "a: A Y B=2", ""),
            ("a: A X* B", "a: A Y", ""),
            ("a: A X* B", "a: A Y Z B", ""),
            ("a: A X* W* B", "a: A Y B", ""),
            ("a: A X* W* B", "a: A Y Z B", ""),
            ("a: A X* B", "a: A B Y", ""),
            ("a: A X* B", "b: A Y B", ""),
            ("a: A X* A W* A", "a: A Y A Z A", ""),
            // Everything but the prompt, in any place.
            ("a: A X*=1 W*=2 B", "a: A Y=1 Z=2 B", "X>Y Content, W>Z Content"),
            ("a: A X*=1 B", "a: A B | b: C Y=1", "X>Y Content"),
            ("a: A X*=1 B", "b: A Y=1 B", "X>Y Content"),
            ("a: A X*=1 B", "a: A Y=1 B", "X>Y Content"),
            // Labels only, or content that another card has or had.
            ("a: A X*~1 B", "a: A B | b: C Y~1", ""),
            ("a: A X*=1 K=1 B", "a: A K=1 B Y=1", ""),
            ("a: A X*=1 B | b: #k:K=1", "a: A B Y=1 | b: #k:K=1", ""),
            ("a: A X*=1 B | b: K=1", "a: A B Y=1 | b: K=2", ""),
            ("a: A X*=1 B | b: K=2", "a: A B Y=1 | b: K=1", ""),
            ("a: A X*=1 W*=1 B", "a: A B Y=1", ""),
            ("a: A X*=1 W=1 B", "a: A B Y=1", ""),
            ("a: A X*=1 B", "a: A B Y=1 Z=1", ""),
            ("a: A X*=1 B | b: #k:K=1", "a: A B Y=1", ""),
            // Its prompt under an id that is now written.
            ("a: A X* W* B", "a: #a:A #x:X #w:W #b:B", "X>x Prompt, W>w Prompt"),
            ("a: A X* B", "a: A #x:Y B", "X>x Place"),
            ("a: A X*=1 B", "a: A B #x:Y=1", ""),
            ("a: A X* B | b: C", "a: A B | b: #x:X C", ""),
            ("a: A X* B C", "a: A #x:X #z:X B", ""),
            ("a: A #x:X* B", "a: A Y B", ""),
            ("a: A #x:X* B", "a: A #y:X B", ""),
            // Nothing vanished with history, or nothing is new.
            ("a: A X B", "a: A Y B", ""),
            ("a: A X* B", "a: A Y* B", ""),
            ("a: A X* B | b: Y", "a: A Y B | b: C", ""),
            ("a: A X* B", "a: A Y B | b: X", ""),
            ("a: A X*=1 B", "a: A Y=1 B | b: X", ""),
            ("a: A X* B", "a: A X B", ""),
            // The same prompt in two places is one card: both places must agree.
            ("a: A X* B | b: X*", "a: A Y B | b: Y", "X>Y Place"),
            ("a: A X* B | b: X*", "a: A Y B | b: X", ""),
            ("a: A X* B | b: X*", "a: A Y B | b: Z", ""),
            ("a: A X* B | b: W*", "a: A Y B | b: Y", ""),
            // Contradicting evidence.
            ("a: A X* B | b: W*=1", "a: A Y=1 B | b: C", ""),
            ("a: A X*=1 B", "a: A Y B Z=1", ""),
            // A file with an error may hold more than was read.
            ("a: A X* B", "a!: A Y B", ""),
            ("a!: A X* B", "a: A Y B", ""),
            ("a: A X*=1 B | b!: C", "a: A B | b: C Y=1", ""),
            ("a: A X*=1 B | b: C", "a!: A B | b: C Y=1", ""),
            ("a: A X* B | b: C", "a: A Y B | b!: C", "X>Y Place"),
            ("a: A X* B | b: X*", "a: A Y B | b!: C", ""),
        ];
        for (before, after, expected) in cases {
            assert_eq!(pairs_of(before, after, &Refused::new()), expected, "{before} -> {after}");
            // None of these pairs is made again once its rename was undone.
            let all = |name: char| CardId::parse(&name.to_string()).unwrap();
            let refused = "XW".chars().flat_map(|x| "YZxwyz".chars().map(move |y| (all(x), all(y)))).collect();
            assert_eq!(pairs_of(before, after, &refused), "", "{before} -> {after}");
        }
    }

    fn seen(prompt: &str, file: &str, neighbors: [&str; 2], digest: u64) -> Sighting {
        let neighbors = neighbors.map(CardId::parse);
        let content = ContentDigest { digest, distinctive: digest > 0 };
        Sighting { prompt: prompt.to_owned(), file: file.to_owned(), line: 1, neighbors, content }
    }

    #[test]
    fn the_nearest_newcomer_is_suggested_if_it_is_near_enough() {
        let newcomer = |card: &str, written, current| {
            let number = if card.starts_with("known") { 3 } else { 4 };
            Newcomer { card: CardId::parse(card).unwrap(), written, current, number }
        };
        let newcomers = [
            newcomer("known-alike", false, seen("What is your greatest strength of all?", "b", ["m", ""], 0)),
            newcomer("known-beside", false, seen("What else?", "a", ["z", ""], 0)),
            newcomer("far", false, seen("Tell me about a conflict", "b", ["k", "l"], 0)),
            newcomer("alike", false, seen("What is your greatest weakness?", "b", ["", "x"], 0)),
            newcomer("less", false, seen("What is your worst weakness?", "b", ["", "y"], 0)),
            newcomer("rest", false, seen("Name a fault", "b", ["x", ""], 7)),
            newcomer("between", false, seen("Your first month?", "a", ["p", "q"], 0)),
            newcomer("beside", false, seen("Anything else?", "a", ["z", "q"], 0)),
            newcomer("named", true, seen("Why here?", "c", ["", ""], 0)),
        ];
        let orphan = |card: &str, last| Orphan { card: CardId::parse(card).unwrap(), reviews: 1, last, names_then: 3 };
        let derived = CardId::derived("Why here?");
        let cases = [
            (orphan("o", Some(seen("What is your greatest strength?", "a", ["", ""], 0))), Some("alike")),
            (orphan("o", Some(seen("What is your greatest strength?", "a", ["p", "q"], 0))), Some("between")),
            (orphan("o", Some(seen("What is your greatest strength?", "a", ["p", "q"], 7))), Some("rest")),
            (orphan("o", Some(seen("Salary?", "a", ["z", "f"], 0))), Some("beside")),
            (orphan("o", Some(seen("Salary?", "b", ["e", "f"], 0))), None),
            (orphan("o", Some(seen("Salary?", "a", ["", ""], 0))), None),
            (orphan(derived.as_str(), Some(seen("Why here?", "a", ["p", "q"], 0))), Some("named")),
            (orphan(derived.as_str(), None), Some("named")),
            (orphan("o", None), None),
        ];
        for (orphan, expected) in cases {
            let suggested = suggest(std::slice::from_ref(&orphan), &newcomers, &Refused::new());
            let names: Vec<&str> = suggested.iter().map(|&(_, n)| newcomers[n].card.as_str()).collect();
            assert_eq!(names, expected.into_iter().collect::<Vec<_>>(), "{orphan:?}");
            let Some(&(_, n)) = suggested.first() else { continue };
            let refused = Refused::from([(orphan.card.clone(), newcomers[n].card.clone())]);
            assert_ne!(suggest(std::slice::from_ref(&orphan), &newcomers, &refused), [(0, n)], "{orphan:?}");
        }
        // The only newcomer, for the only orphan that was never seen.
        let unseen = [orphan("o", None), orphan("p", Some(seen("Salary?", "b", ["e", "f"], 0)))];
        assert_eq!(suggest(&unseen, &newcomers[..1], &Refused::new()), [(0, 0)]);
        assert_eq!(suggest(&[unseen[0].clone(), unseen[0].clone()], &newcomers[..1], &Refused::new()), []);
    }
}
