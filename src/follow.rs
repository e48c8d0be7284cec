//! History follows an edit: which of the cards that vanished is which of those that are new.
//!
//! A card without written id is known by its prompt, so a reworded one looks like a card that vanished beside one that is
//! new. [`pairs`] tells where the evidence is certain: the same prompt under an id written just now, everything but the
//! prompt the same, or the same place between unchanged neighbours. Whatever could be meant twice is no evidence, and
//! neither is likeness. All of it is a function of what the decks said and say, so every machine that sees the same edit
//! comes to the same pairs. [`suggest`] names what may be meant where nothing is certain; nobody acts upon that.
//!
//! Not here: which cards vanished, recording the rename, and the words for it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::deck::{CardId, Rest};

/// A card in its place in a file, as the decks said it before a pass over them, or say it after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stand {
    /// The card, by the name its history goes on as.
    pub(crate) card: CardId,
    /// The id that its prompt alone would give it.
    pub(crate) asks: CardId,
    /// Whether its id is written in the file.
    pub(crate) written: bool,
    /// Path of the file.
    pub(crate) file: String,
    /// The cards before and after it.
    pub(crate) beside: Beside,
    /// What it says besides its prompt.
    pub(crate) rest: Rest,
    /// Whether its file was without error before the pass and is after: else it may say what cannot be read.
    pub(crate) sound: bool,
    /// Whether the card stands nowhere at the other end of the pass: it vanished, or it is new.
    pub(crate) alone: bool,
    /// Whether there are events of it.
    pub(crate) history: bool,
}

/// The cards before and after one in its file, each by its id and the digest of its rest; `None` is the file's edge.
pub(crate) type Beside = [Option<(CardId, u64)>; 2];

/// Why a card that vanished is certainly one that is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Evidence {
    /// Its prompt stands in the same file, under an id that is written now.
    Prompt,
    /// Everything but the prompt is the same, and no other card says that or said it.
    Rest,
    /// It stood where the new one stands, between the same neighbours, which did not change.
    Place,
}

/// A card that vanished and the new one it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pair {
    /// Which of those before.
    pub(crate) from: usize,
    /// Which of those after.
    pub(crate) to: usize,
    pub(crate) why: Evidence,
}

/// Old and new names of renames that somebody took back: never again unasked.
pub(crate) type Refused = BTreeSet<(CardId, CardId)>;

/// The cards whose history certainly goes on under another name.
///
/// `before` is whatever left its file or no longer has the rest it had; `after` is whatever stands now where one of those
/// could be meant. Many of them are there only to tell that a card could be meant twice.
pub(crate) fn pairs(before: &[Stand], after: &[Stand], refused: &Refused) -> Vec<Pair> {
    let vanished = |stand: &Stand| stand.alone && !stand.written;
    let prompt = matches(
        Evidence::Prompt,
        &groups(before, |stand| vanished(stand).then_some((&stand.file, &stand.asks))),
        &groups(after, |stand| (stand.alone && stand.written).then_some((&stand.file, &stand.asks))),
    );
    let rest = |stand: &Stand| stand.rest.telling.then_some(stand.rest.digest);
    let mut rest = matches(Evidence::Rest, &groups(before, rest), &groups(after, rest));
    rest.retain(|pair| vanished(&before[pair.from]) && vanished(&after[pair.to]));
    let place = matches(
        Evidence::Place,
        &groups(before, |stand| vanished(stand).then_some((&stand.file, &stand.beside))),
        &groups(after, |stand| stand.alone.then_some((&stand.file, &stand.beside))),
    );
    // Several kinds of evidence for the same two cards are one.
    let mut meant: BTreeMap<(&CardId, &CardId), Pair> = BTreeMap::new();
    for pair in [prompt, rest, place].concat() {
        meant.entry((&before[pair.from].card, &after[pair.to].card)).or_insert(pair);
    }
    let mut meanings: HashMap<(bool, &CardId), usize> = HashMap::new();
    for (from, to) in meant.keys() {
        *meanings.entry((true, from)).or_default() += 1;
        *meanings.entry((false, to)).or_default() += 1;
    }
    let (unread, unreadable) = (doubtful(before), doubtful(after));
    meant.retain(|(from, to), pair| {
        meanings.get(&(true, *from)) == Some(&1)
            && meanings.get(&(false, *to)) == Some(&1)
            && before[pair.from].history
            && !after[pair.to].history
            && !unread.contains(from)
            && !unreadable.contains(to)
            && !refused.contains(&((*from).clone(), (*to).clone()))
    });
    let mut certain: Vec<Pair> = meant.into_values().collect();
    certain.sort_by_key(|pair| (pair.to, pair.from));
    certain
}

/// Stands by a key that only one card may have: the first of them, or `None` where it is not one card's alone.
type Groups<K> = BTreeMap<K, Option<usize>>;

fn groups<'a, K: Ord>(stands: &'a [Stand], key: impl Fn(&'a Stand) -> Option<K>) -> Groups<K> {
    let mut groups: Groups<K> = BTreeMap::new();
    for (n, stand) in stands.iter().enumerate() {
        let Some(key) = key(stand) else { continue };
        let first = groups.entry(key).or_insert(Some(n));
        *first = first.filter(|first| stands[*first].card == stand.card);
    }
    groups
}

fn matches<K: Ord>(why: Evidence, before: &Groups<K>, after: &Groups<K>) -> Vec<Pair> {
    let pair = |(key, from): (&K, &Option<usize>)| Some(Pair { from: (*from)?, to: (*after.get(key)?)?, why });
    before.iter().filter_map(pair).collect()
}

/// Cards that stand, in one of their places, in a file that cannot be read to its end.
fn doubtful(stands: &[Stand]) -> BTreeSet<&CardId> {
    stands.iter().filter(|stand| !stand.sound).map(|stand| &stand.card).collect()
}

/// A card with history that stands in no deck.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Orphan {
    pub(crate) card: CardId,
    /// How many reviews it has.
    pub(crate) reviews: u32,
    /// How it stood when it vanished; `None` where that was never seen here.
    pub(crate) last: Option<Last>,
    /// How many names had been heard of then.
    pub(crate) heard: i64,
}

/// How a card stands, or stood last: as much of it as likeness is told by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Last {
    pub(crate) prompt: String,
    /// Path of its file.
    pub(crate) file: String,
    /// Line of its header.
    pub(crate) line: usize,
    /// The cards before and after it, by id.
    pub(crate) beside: [Option<CardId>; 2],
    /// What it says besides its prompt.
    pub(crate) rest: Rest,
}

/// A card of the decks without history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Newcomer {
    pub(crate) card: CardId,
    /// Whether its id is written in the file.
    pub(crate) written: bool,
    pub(crate) stands: Last,
    /// Which of all names its id is, in the order in which they were first heard of.
    pub(crate) number: i64,
}

/// How near a newcomer is to an orphan; the greater, the nearer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Nearness {
    /// One neighbour is the same.
    Beside,
    /// So many of a thousand words are shared.
    Words(usize),
    /// Both neighbours are the same.
    Between,
    /// Everything but the prompt is the same.
    Rest,
    /// It is the only newcomer, and how the orphan stood was never seen.
    Only,
    /// It asks the same.
    Prompt,
}

/// Of a thousand words of two prompts, how many must be shared for one to be a rewording of the other.
const ALIKE: usize = 500;

/// For each orphan the newcomer that it may have become, if any is near: which orphan, which newcomer.
pub(crate) fn suggest(orphans: &[Orphan], newcomers: &[Newcomer], refused: &Refused) -> Vec<(usize, usize)> {
    let words = Words::of(newcomers);
    let only = newcomers.len() == 1 && orphans.iter().filter(|orphan| orphan.last.is_none()).count() == 1;
    let mut suggested = Vec::new();
    for (n, orphan) in orphans.iter().enumerate() {
        let shares = orphan.last.as_ref().map(|last| words.shares(&last.prompt)).unwrap_or_default();
        let near = |(m, newcomer): (usize, &Newcomer)| {
            let near = nearness(orphan, newcomer, shares.get(m).copied().unwrap_or(0));
            let near = near.or((only && orphan.last.is_none()).then_some(Nearness::Only))?;
            (!refused.contains(&(orphan.card.clone(), newcomer.card.clone()))).then_some((near, m))
        };
        // Of equally near ones the first.
        let nearest = newcomers.iter().enumerate().filter_map(near).max_by_key(|&(near, m)| (near, usize::MAX - m));
        suggested.extend(nearest.map(|(_, m)| (n, m)));
    }
    suggested
}

fn nearness(orphan: &Orphan, newcomer: &Newcomer, shared: usize) -> Option<Nearness> {
    let stands = &newcomer.stands;
    if newcomer.written && CardId::derived(&stands.prompt) == orphan.card {
        return Some(Nearness::Prompt);
    }
    let last = orphan.last.as_ref()?;
    let same = |side: usize| last.beside[side] == stands.beside[side];
    let one = |side: usize| same(side) && last.beside[side].is_some();
    // A card that stood beside it, or anywhere, when it vanished is another.
    let later = newcomer.number > orphan.heard;
    if last.rest.telling && last.rest == stands.rest {
        Some(Nearness::Rest)
    } else if last.file == stands.file && same(0) && same(1) {
        Some(Nearness::Between)
    } else if later && shared >= ALIKE {
        Some(Nearness::Words(shared))
    } else if later && last.file == stands.file && (one(0) || one(1)) {
        Some(Nearness::Beside)
    } else {
        None
    }
}

/// The words of the newcomers' prompts, each with those that have it.
struct Words {
    having: HashMap<String, Vec<usize>>,
    counts: Vec<usize>,
}

impl Words {
    fn of(newcomers: &[Newcomer]) -> Self {
        let mut having: HashMap<String, Vec<usize>> = HashMap::new();
        let mut counts = Vec::with_capacity(newcomers.len());
        for (n, newcomer) in newcomers.iter().enumerate() {
            let words = words(&newcomer.stands.prompt);
            counts.push(words.len());
            words.into_iter().for_each(|word| having.entry(word).or_default().push(n));
        }
        Words { having, counts }
    }

    /// For each newcomer, how many of a thousand words it shares with a prompt (the coefficient of Dice).
    fn shares(&self, prompt: &str) -> Vec<usize> {
        let words = words(prompt);
        let mut shared = vec![0; self.counts.len()];
        for n in words.iter().filter_map(|word| self.having.get(word)).flatten() {
            shared[*n] += 1;
        }
        let dice = |(shared, count): (usize, &usize)| 2000 * shared / (words.len() + count).max(1);
        shared.into_iter().zip(&self.counts).map(dice).collect()
    }
}

/// The words of a prompt, each once.
fn words(prompt: &str) -> BTreeSet<String> {
    let words = prompt.split(|c: char| !c.is_alphanumeric() && c != '\'');
    words.filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Decks in a line: `a: A X*=1 #id:Y | b!: …` is a file `a` of three cards and a faulty `b`. A card is its prompt; `*`:
    /// with history, `=1`: with a telling rest, `~1`: with labels alone, `#id:` before it: with a written id.
    fn decks(text: &str) -> Vec<(String, bool, Vec<Stand>)> {
        let file = |file: &str| {
            let (name, cards) = file.split_once(':').unwrap();
            let sound = !name.contains('!');
            let name = name.trim().trim_end_matches('!');
            (name.to_owned(), sound, cards.split_whitespace().map(|card| stand(name, card)).collect())
        };
        text.split('|').map(file).collect()
    }

    fn stand(file: &str, card: &str) -> Stand {
        let (id, card) = card.strip_prefix('#').map_or((None, card), |card| {
            let (id, card) = card.split_once(':').unwrap();
            (Some(id), card)
        });
        let (card, digest, telling) = match (card.split_once('='), card.split_once('~')) {
            (Some((card, rest)), _) => (card, rest.parse().unwrap(), true),
            (_, Some((card, rest))) => (card, rest.parse().unwrap(), false),
            _ => (card, 0, false),
        };
        let prompt = card.trim_end_matches('*');
        let name = CardId::parse(id.unwrap_or(prompt)).unwrap();
        Stand {
            card: name,
            asks: CardId::parse(prompt).unwrap(),
            written: id.is_some(),
            file: file.to_owned(),
            beside: [None, None],
            rest: Rest { digest, telling },
            sound: true,
            alone: false,
            history: card.ends_with('*'),
        }
    }

    /// Every stand of some decks, as a pass knows it that has the decks at its other end.
    fn stands(here: &[(String, bool, Vec<Stand>)], there: &[(String, bool, Vec<Stand>)]) -> Vec<Stand> {
        let mut stands = Vec::new();
        for (file, sound, cards) in here {
            let side =
                |n: Option<usize>| n.and_then(|n| cards.get(n)).map(|card| (card.card.clone(), card.rest.digest));
            let sound = *sound && there.iter().all(|(name, sound, _)| name != file || *sound);
            for (n, card) in cards.iter().enumerate() {
                let alone = there.iter().all(|(.., others)| others.iter().all(|other| other.card != card.card));
                let beside = [side(n.checked_sub(1)), side(Some(n + 1))];
                stands.push(Stand { sound, alone, beside, ..card.clone() });
            }
        }
        stands
    }

    fn told(before: &str, after: &str, refused: &Refused) -> String {
        let (before, after) = (decks(before), decks(after));
        let (before, after) = (stands(&before, &after), stands(&after, &before));
        let pair = |pair: Pair| format!("{}>{} {:?}", before[pair.from].card, after[pair.to].card, pair.why);
        pairs(&before, &after, refused).into_iter().map(pair).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn only_what_can_be_meant_in_one_way_is_followed() {
        let cases = [
            // In its place between unchanged neighbours, or the file's edges.
            ("a: A X* B", "a: A Y B", "X>Y Place"),
            ("a: X* B", "a: Y B", "X>Y Place"),
            ("a: A X*", "a: A Y", "X>Y Place"),
            ("a: X*", "a: Y", "X>Y Place"),
            ("a: A X*=1 B", "a: A Y=2 B", "X>Y Place"),
            ("a: A X* B W* C", "a: A Y B Z C", "X>Y Place, W>Z Place"),
            ("a: A X* B C D", "a: C A Y B", "X>Y Place"),
            ("a: A X* #b:B", "a: A Y #b:B", "X>Y Place"),
            // A neighbour that changed, or none in common.
            ("a: A X* B=1", "a: A Y B=2", ""),
            ("a: A X* B", "a: A Y", ""),
            ("a: A X* B", "a: A Y Z B", ""),
            ("a: A X* W* B", "a: A Y B", ""),
            ("a: A X* W* B", "a: A Y Z B", ""),
            ("a: A X* B", "a: A B Y", ""),
            ("a: A X* B", "b: A Y B", ""),
            ("a: A X* A W* A", "a: A Y A Z A", ""),
            // Everything but the prompt, wherever it stands now.
            ("a: A X*=1 W*=2 B", "a: A Y=1 Z=2 B", "X>Y Rest, W>Z Rest"),
            ("a: A X*=1 B", "a: A B | b: C Y=1", "X>Y Rest"),
            ("a: A X*=1 B", "b: A Y=1 B", "X>Y Rest"),
            ("a: A X*=1 B", "a: A Y=1 B", "X>Y Rest"),
            // Labels alone, or what another card says as well or said.
            ("a: A X*~1 B", "a: A B | b: C Y~1", ""),
            ("a: A X*=1 K=1 B", "a: A K=1 B Y=1", ""),
            ("a: A X*=1 B | b: #k:K=1", "a: A B Y=1 | b: #k:K=1", ""),
            ("a: A X*=1 B | b: K=1", "a: A B Y=1 | b: K=2", ""),
            ("a: A X*=1 B | b: K=2", "a: A B Y=1 | b: K=1", ""),
            ("a: A X*=1 W*=1 B", "a: A B Y=1", ""),
            ("a: A X*=1 W=1 B", "a: A B Y=1", ""),
            ("a: A X*=1 B", "a: A B Y=1 Z=1", ""),
            ("a: A X*=1 B | b: #k:K=1", "a: A B Y=1", ""),
            // Its own prompt, under an id written now.
            ("a: A X* W* B", "a: #a:A #x:X #w:W #b:B", "X>x Prompt, W>w Prompt"),
            ("a: A X* B", "a: A #x:Y B", "X>x Place"),
            ("a: A X*=1 B", "a: A B #x:Y=1", ""),
            ("a: A X* B | b: C", "a: A B | b: #x:X C", ""),
            ("a: A X* B C", "a: A #x:X #z:X B", ""),
            ("a: A #x:X* B", "a: A Y B", ""),
            ("a: A #x:X* B", "a: A #y:X B", ""),
            // Nothing to follow, or nothing that is new.
            ("a: A X B", "a: A Y B", ""),
            ("a: A X* B", "a: A Y* B", ""),
            ("a: A X* B | b: Y", "a: A Y B | b: C", ""),
            ("a: A X* B", "a: A Y B | b: X", ""),
            ("a: A X*=1 B", "a: A Y=1 B | b: X", ""),
            ("a: A X* B", "a: A X B", ""),
            // The same prompt in two places is one card; it goes where both go.
            ("a: A X* B | b: X*", "a: A Y B | b: Y", "X>Y Place"),
            ("a: A X* B | b: X*", "a: A Y B | b: X", ""),
            ("a: A X* B | b: X*", "a: A Y B | b: Z", ""),
            ("a: A X* B | b: W*", "a: A Y B | b: Y", ""),
            // Kinds of evidence that say different things.
            ("a: A X* B | b: W*=1", "a: A Y=1 B | b: C", ""),
            ("a: A X*=1 B", "a: A Y B Z=1", ""),
            // A file with an error may say more than was read of it.
            ("a: A X* B", "a!: A Y B", ""),
            ("a!: A X* B", "a: A Y B", ""),
            ("a: A X*=1 B | b!: C", "a: A B | b: C Y=1", ""),
            ("a: A X*=1 B | b: C", "a!: A B | b: C Y=1", ""),
            ("a: A X* B | b: C", "a: A Y B | b!: C", "X>Y Place"),
            ("a: A X* B | b: X*", "a: A Y B | b!: C", ""),
        ];
        for (before, after, expected) in cases {
            assert_eq!(told(before, after, &Refused::new()), expected, "{before} -> {after}");
            // Whatever could be matched, nothing of it is once it was taken back.
            let all = |name: char| CardId::parse(&name.to_string()).unwrap();
            let refused = "XW".chars().flat_map(|x| "YZxwyz".chars().map(move |y| (all(x), all(y)))).collect();
            assert_eq!(told(before, after, &refused), "", "{before} -> {after}");
        }
    }

    fn last(prompt: &str, file: &str, beside: [&str; 2], digest: u64) -> Last {
        let beside = beside.map(CardId::parse);
        let rest = Rest { digest, telling: digest > 0 };
        Last { prompt: prompt.to_owned(), file: file.to_owned(), line: 1, beside, rest }
    }

    #[test]
    fn the_nearest_newcomer_is_suggested_and_none_that_is_far() {
        let newcomer = |card: &str, written, stands| {
            let number = if card.starts_with("known") { 3 } else { 4 };
            Newcomer { card: CardId::parse(card).unwrap(), written, stands, number }
        };
        let newcomers = [
            newcomer("known-alike", false, last("What is your greatest strength of all?", "b", ["m", ""], 0)),
            newcomer("known-beside", false, last("What else?", "a", ["z", ""], 0)),
            newcomer("far", false, last("Tell me about a conflict", "b", ["k", "l"], 0)),
            newcomer("alike", false, last("What is your greatest weakness?", "b", ["", "x"], 0)),
            newcomer("less", false, last("What is your worst weakness?", "b", ["", "y"], 0)),
            newcomer("rest", false, last("Name a fault", "b", ["x", ""], 7)),
            newcomer("between", false, last("Your first month?", "a", ["p", "q"], 0)),
            newcomer("beside", false, last("Anything else?", "a", ["z", "q"], 0)),
            newcomer("named", true, last("Why here?", "c", ["", ""], 0)),
        ];
        let orphan = |card: &str, last| Orphan { card: CardId::parse(card).unwrap(), reviews: 1, last, heard: 3 };
        let derived = CardId::derived("Why here?");
        let cases = [
            (orphan("o", Some(last("What is your greatest strength?", "a", ["", ""], 0))), Some("alike")),
            (orphan("o", Some(last("What is your greatest strength?", "a", ["p", "q"], 0))), Some("between")),
            (orphan("o", Some(last("What is your greatest strength?", "a", ["p", "q"], 7))), Some("rest")),
            (orphan("o", Some(last("Salary?", "a", ["z", "f"], 0))), Some("beside")),
            (orphan("o", Some(last("Salary?", "b", ["e", "f"], 0))), None),
            (orphan("o", Some(last("Salary?", "a", ["", ""], 0))), None),
            (orphan(derived.as_str(), Some(last("Why here?", "a", ["p", "q"], 0))), Some("named")),
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
        // The only one there is, for the only one that nobody saw.
        let unseen = [orphan("o", None), orphan("p", Some(last("Salary?", "b", ["e", "f"], 0)))];
        assert_eq!(suggest(&unseen, &newcomers[..1], &Refused::new()), [(0, 0)]);
        assert_eq!(suggest(&[unseen[0].clone(), unseen[0].clone()], &newcomers[..1], &Refused::new()), []);
    }
}
