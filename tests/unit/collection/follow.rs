//! Which card is which after edits, on several machines.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use tempfile::TempDir;

use super::{cases, open};
use crate::clock::Instant;
use crate::collection::Collection;
use crate::deck::CardId;
use crate::entry::Entry;
use crate::history::{Body, Device, Renames, Review, render, seal};
use crate::schedule::Grade;
use crate::store::Logged;

/// A card without id; what follows the prompt after a `|` are further lines.
fn card(card: &str) -> String {
    let (prompt, rest) = card.split_once('|').unwrap_or((card, ""));
    format!("[[card]]\nprompt = \"{prompt}\"\n{}\n", rest.replace('|', "\n"))
}

fn deck(cards: &[&str]) -> String {
    cards.iter().map(|text| card(text)).collect()
}

/// What a collection is made to say, what it says then, and which prompts' histories go on as which.
type Case<'a> = (&'a str, &'a [(&'a str, &'a [&'a str])], &'a [(&'a str, &'a [&'a str])], &'a [(&'a str, &'a str)]);

const CASES: &[Case<'_>] = &[
    ("a typo", &[("a", &["A", "X", "B"])], &[("a", &["A", "Y", "B"])], &[("X", "Y")]),
    ("the only card of its file", &[("a", &["X"])], &[("a", &["Y"])], &[("X", "Y")]),
    (
        "two prompts reworded at once",
        &[("a", &["A", "X|points = [\"x\"]", "W|answer = \"w\"", "B"])],
        &[("a", &["A", "Y|points = [\"x\"]", "Z|answer = \"w\"", "B"])],
        &[("X", "Y"), ("W", "Z")],
    ),
    (
        "with a neighbour between them",
        &[("a", &["X", "A", "W"])],
        &[("a", &["Y", "A", "Z"])],
        &[("X", "Y"), ("W", "Z")],
    ),
    (
        "reworded and moved to another file",
        &[("a", &["A", "X|points = [\"x\", \"y\"]|tags = [\"t\"]"]), ("b", &["B"])],
        &[("a", &["A"]), ("b", &["B", "Y|tags = [\"t\"]|points = [ \"x\",\"y\" ]"])],
        &[("X", "Y")],
    ),
    ("moved to another file", &[("a", &["A", "X"]), ("b", &["B"])], &[("a", &["A"]), ("b", &["X", "B"])], &[]),
    ("a file renamed", &[("a", &["A", "X"])], &[("b", &["A", "X"])], &[]),
    (
        "a file renamed, and a card of it reworded",
        &[("a", &["A", "X|hint = \"h\"", "B"])],
        &[("b", &["A", "Y|hint = \"h\"", "B"])],
        &[("X", "Y")],
    ),
    (
        "a deck split in two",
        &[("a", &["A", "X|points = [\"x\"]", "B", "W", "C"])],
        &[("a", &["A", "Y|points = [\"x\"]"]), ("b", &["B", "Z", "C"])],
        // The one whose place is another file, too, and that says nothing else, cannot be told.
        &[("X", "Y")],
    ),
    (
        "one deleted, another that sounds alike added elsewhere",
        &[("a", &["A", "greatest strength", "B"]), ("b", &["C"])],
        &[("a", &["A", "B"]), ("b", &["C", "greatest weakness"])],
        &[],
    ),
    ("the same in one file", &[("a", &["greatest strength", "A"])], &[("a", &["A", "greatest weakness"])], &[]),
    (
        "one of two that are alike deleted",
        &[("a", &["first 30 days|points = [\"p\"]", "first 60 days|points = [\"p\"]"])],
        &[("a", &["first 60 days|points = [\"p\"]"])],
        &[],
    ),
    (
        "and a third put elsewhere",
        &[("a", &["first 30 days|points = [\"p\"]", "first 60 days|points = [\"p\"]"])],
        &[("a", &["first 60 days|points = [\"p\"]", "first 90 days|points = [\"p\"]"])],
        &[],
    ),
    (
        "one deleted and the other reworded",
        &[("a", &["A", "first 30 days|points = [\"p\"]", "first 60 days|points = [\"p\"]", "B"])],
        &[("a", &["A", "first days|points = [\"p\"]", "B"])],
        &[],
    ),
    (
        "labels are nobody's own",
        &[("a", &["A", "X|limit = 60|tags = [\"t\"]"])],
        &[("a", &["A"]), ("b", &["Y|limit = 60|tags = [\"t\"]"])],
        &[],
    ),
    (
        "what another card said as well",
        &[("a", &["A", "X|points = [\"p\"]", "B"]), ("b", &["C|points = [\"p\"]"])],
        &[("a", &["A", "B", "Y|points = [\"p\"]"]), ("b", &["C|points = [\"q\"]"])],
        &[],
    ),
    (
        "what one with an id said, which is deleted",
        &[("a", &["A", "X|hint = \"h\"", "B"]), ("b", &["C|id = \"c\"|hint = \"h\"", "B"])],
        &[("a", &["A", "B", "Y|hint = \"h\""]), ("b", &["B"])],
        &[],
    ),
    (
        "two places of one card",
        &[("a", &["A", "X", "B"]), ("b", &["X", "C"])],
        &[("a", &["A", "Y", "B"]), ("b", &["Y", "C"])],
        &[("X", "Y")],
    ),
    (
        "in its place, and where another file had a card without history",
        &[("a", &["A", "X", "B"]), ("b", &["C", "new W", "D"])],
        &[("a", &["A", "Y", "B"]), ("b", &["C", "Y", "D"])],
        &[],
    ),
    (
        "one of the two places",
        &[("a", &["A", "X", "B"]), ("b", &["X"])],
        &[("a", &["A", "Y", "B"]), ("b", &["X"])],
        &[],
    ),
];

/// A machine that shares a folder of decks with others.
struct Machine {
    local: TempDir,
    random: u64,
}

impl Machine {
    fn new(random: u64) -> Self {
        Machine { local: TempDir::new().unwrap(), random: random << 24 }
    }

    fn open(&self, root: &Path, now: Instant) -> Collection {
        open(root, self.local.path(), self.random, now)
    }
}

/// Every rename of a log, the oldest first: from, to, and whether it was taken back.
fn renames(collection: &Collection) -> Vec<(CardId, CardId, bool)> {
    let mut found = Vec::new();
    let each = |logged: Logged| {
        if let Body::Rename { card, to } = logged.event.body {
            found.push((card, to, logged.void));
        }
        true
    };
    collection.store.newest(true, each).unwrap();
    found.reverse();
    found
}

fn now() -> Instant {
    Instant::parse_rfc3339("2026-11-22T08:00:00Z").unwrap()
}

/// Grades every card but those whose prompts begin with `new`.
fn grade_all(collection: &mut Collection, at: Instant) {
    let all = collection.store.all().unwrap();
    for entry in all.into_iter().filter(|entry| !entry.prompt.starts_with("new")) {
        let review = Review::new(entry.card, Grade::new(4).unwrap());
        collection.store.record(at, Body::Review(review)).unwrap();
    }
}

fn lay(root: &Path, files: &[(&str, &[&str])]) {
    for name in ["a", "b"] {
        let path = root.join(name).with_extension("toml");
        match files.iter().find(|(file, _)| *file == name) {
            Some((_, cards)) => std::fs::write(path, deck(cards)).unwrap(),
            None => drop(std::fs::remove_file(path)),
        }
    }
}

#[test]
fn history_follows_what_is_certain_and_nothing_else() {
    for (what, before, after, expected) in CASES {
        let root = TempDir::new().unwrap();
        std::fs::write(root.path().join("rehearse.toml"), "").unwrap();
        let machine = Machine::new(7);
        lay(root.path(), before);
        grade_all(&mut machine.open(root.path(), now()), now());
        lay(root.path(), after);
        let collection = machine.open(root.path(), now().plus_ms(60_000));
        let named = |(old, new): &(&str, &str)| (CardId::derived(old), CardId::derived(new), false);
        let expected: Vec<_> = expected.iter().map(named).collect();
        assert_eq!(renames(&collection), expected, "{what}");
        let advice = usize::from(!expected.is_empty());
        assert_eq!(collection.notes.len(), expected.len() + advice, "{what}: {:?}", collection.notes);
        for (_, new, _) in &expected {
            assert_eq!(collection.store.card(new).unwrap().unwrap().state.reviews, 1, "{what}");
        }
        drop(collection);
        // Whatever was told is told once, and a branch that is switched back finds its cards as they were.
        for files in [after, before, after] {
            lay(root.path(), files);
            let collection = machine.open(root.path(), now().plus_ms(120_000));
            assert_eq!(renames(&collection), expected, "{what}");
            assert_eq!(collection.notes, [""; 0], "{what}");
            let all = collection.store.all().unwrap();
            let old =
                |prompt: &str| files == before || expected.iter().any(|(_, new, _)| *new == CardId::derived(prompt));
            for entry in all.iter().filter(|entry| old(&entry.prompt) && !entry.prompt.starts_with("new")) {
                assert_eq!(entry.state.reviews, 1, "{what}: {entry:?}");
            }
        }
    }
}

/// What happens to the decks between two passes. Numbers are taken modulo what there is.
#[derive(Debug, Clone)]
enum Edit {
    /// A prompt is reworded.
    Reword(usize, usize, u8),
    /// What a card says besides is another.
    Rest(usize, usize, u8),
    /// A card gets an id of its own.
    Name(usize, usize),
    Delete(usize, usize),
    Insert(usize, usize, u8, u8),
    /// A card is moved to a place in another file.
    Move(usize, usize, usize, usize),
    /// Two files change names.
    Swap(usize, usize),
    /// A quotation mark is missing in a card.
    Break(usize, usize),
    /// None is missing any more.
    Heal(usize),
    /// An earlier state of everything is checked out.
    Back(usize),
    /// Every card of a file is graded.
    Grade(usize),
    /// The first rename that stands is taken back.
    Undo,
}

fn edits() -> impl Strategy<Value = Edit> {
    let (file, n) = (0usize..3, 0usize..6);
    prop_oneof![
        6 => (file.clone(), n.clone(), 0u8..12).prop_map(|(file, n, prompt)| Edit::Reword(file, n, prompt)),
        2 => (file.clone(), n.clone(), 0u8..6).prop_map(|(file, n, rest)| Edit::Rest(file, n, rest)),
        1 => (file.clone(), n.clone()).prop_map(|(file, n)| Edit::Name(file, n)),
        2 => (file.clone(), n.clone()).prop_map(|(file, n)| Edit::Delete(file, n)),
        3 => (file.clone(), n.clone(), 0u8..12, 0u8..6).prop_map(|(file, n, prompt, rest)| Edit::Insert(file, n, prompt, rest)),
        2 => (file.clone(), n.clone(), file.clone(), n.clone()).prop_map(|(from, n, to, m)| Edit::Move(from, n, to, m)),
        1 => (file.clone(), file.clone()).prop_map(|(a, b)| Edit::Swap(a, b)),
        1 => (file.clone(), n).prop_map(|(file, n)| Edit::Break(file, n)),
        2 => file.clone().prop_map(Edit::Heal),
        1 => (0usize..5).prop_map(Edit::Back),
        3 => file.prop_map(Edit::Grade),
        1 => Just(Edit::Undo),
    ]
}

/// A card as its author knows it: reworded, moved, named, it stays the same one.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Written {
    author: usize,
    prompt: u8,
    /// 0: nothing; 1: a label; others: points.
    rest: u8,
    id: Option<usize>,
    broken: bool,
}

type Decks = [Vec<Written>; 3];

const FILES: [&str; 3] = ["a.toml", "b.toml", "below/c.toml"];

impl Written {
    fn name(&self) -> CardId {
        match self.id {
            Some(id) => CardId::parse(&format!("id-{id}")).unwrap(),
            None => CardId::derived(&format!("prompt {}", self.prompt)),
        }
    }

    fn text(&self) -> String {
        let id = self.id.map(|id| format!("id = \"id-{id}\"\n")).unwrap_or_default();
        let quote = if self.broken { "" } else { "\"" };
        let rest = match self.rest {
            0 => String::new(),
            1 => "tags = [\"t\"]\n".to_owned(),
            n => format!("points = [\"point {n}\"]\n"),
        };
        format!("[[card]]\n{id}prompt = \"prompt {}{quote}\n{rest}", self.prompt)
    }
}

fn edit(edit: &Edit, decks: &mut Decks, earlier: &[Decks], next: &mut usize) {
    let at = |decks: &Decks, file: usize, n: usize| n.checked_rem(decks[file].len());
    *next += 1;
    match edit {
        Edit::Reword(file, n, prompt) => {
            if let Some(n) = at(decks, *file, *n) {
                decks[*file][n].prompt = *prompt;
            }
        }
        Edit::Rest(file, n, rest) => {
            if let Some(n) = at(decks, *file, *n) {
                decks[*file][n].rest = *rest;
            }
        }
        Edit::Name(file, n) => {
            if let Some(n) = at(decks, *file, *n) {
                decks[*file][n].id.get_or_insert(*next);
            }
        }
        Edit::Delete(file, n) => {
            if let Some(n) = at(decks, *file, *n) {
                decks[*file].remove(n);
            }
        }
        Edit::Insert(file, n, prompt, rest) => {
            let card = Written { author: *next, prompt: *prompt, rest: *rest, id: None, broken: false };
            let n = n % (decks[*file].len() + 1);
            decks[*file].insert(n, card);
        }
        Edit::Move(from, n, to, m) => {
            if let Some(n) = at(decks, *from, *n) {
                let card = decks[*from].remove(n);
                let m = m % (decks[*to].len() + 1);
                decks[*to].insert(m, card);
            }
        }
        Edit::Swap(a, b) => decks.swap(*a, *b),
        Edit::Break(file, n) => {
            if let Some(n) = at(decks, *file, *n) {
                decks[*file][n].broken = true;
            }
        }
        Edit::Heal(file) => decks[*file].iter_mut().for_each(|card| card.broken = false),
        Edit::Back(n) => *decks = earlier[n % earlier.len()].clone(),
        Edit::Grade(_) | Edit::Undo => {}
    }
}

/// A readable card and where it is.
struct Seen<'a> {
    card: &'a Written,
    /// The name under which its history continues.
    history: CardId,
    file: usize,
    /// Name and rest of its neighbours.
    beside: [Option<(CardId, u8)>; 2],
}

fn seen<'a>(decks: &'a Decks, renames: &Renames) -> Vec<Seen<'a>> {
    let mut all = Vec::new();
    for (file, cards) in decks.iter().enumerate() {
        let read: Vec<&Written> = cards.iter().filter(|card| !card.broken).collect();
        let side = |n: Option<usize>| n.and_then(|n| read.get(n)).map(|card| (card.name(), card.rest));
        for (n, card) in read.iter().enumerate() {
            let history = renames.resolve(&card.name()).clone();
            all.push(Seen { card, history, file, beside: [side(n.checked_sub(1)), side(Some(n + 1))] });
        }
    }
    all
}

/// The renames that a pass must record and no others, said as the format says it, of everything the decks held before and
/// hold after; each with the authors' cards at both ends.
fn expected(
    before: &Decks,
    after: &Decks,
    graded: &BTreeSet<CardId>,
    all: &[(CardId, CardId, bool)],
) -> BTreeMap<(CardId, CardId), (usize, usize)> {
    let mut renames = Renames::default();
    all.iter().filter(|(.., void)| !void).for_each(|(from, to, _)| renames.add(from, to));
    let graded: BTreeSet<CardId> = graded.iter().map(|card| renames.resolve(card).clone()).collect();
    let (was, is) = (seen(before, &renames), seen(after, &renames));
    let gone: Vec<&Seen<'_>> =
        was.iter().filter(|x| x.card.id.is_none() && is.iter().all(|y| y.history != x.history)).collect();
    let new: Vec<&Seen<'_>> = is.iter().filter(|y| was.iter().all(|x| x.history != y.history)).collect();
    let place = |x: &Seen<'_>, y: &Seen<'_>| x.file == y.file && x.beside == y.beside;
    let prompt = |x: &Seen<'_>, y: &Seen<'_>| {
        x.file == y.file
            && y.card.id.is_some()
            && CardId::derived(&format!("prompt {}", y.card.prompt)) == x.card.name()
    };
    let rest = |x: &Seen<'_>, y: &Seen<'_>| x.card.rest > 1 && x.card.rest == y.card.rest;
    let evidence = |x: &Seen<'_>, y: &Seen<'_>| {
        let alone = |by: &dyn Fn(&Seen<'_>, &Seen<'_>) -> bool, named: bool| {
            by(x, y)
                && (!named || y.card.id.is_some())
                && gone.iter().all(|other| other.history == x.history || !by(other, y))
                && new
                    .iter()
                    .all(|other| other.history == y.history || named && other.card.id.is_none() || !by(x, other))
        };
        let only_rest = rest(x, y)
            && y.card.id.is_none()
            && was.iter().all(|other| other.card.rest != x.card.rest || other.history == x.history)
            && is.iter().all(|other| other.card.rest != y.card.rest || other.history == y.history);
        alone(&place, false) || alone(&prompt, true) || only_rest
    };
    let mut meant = BTreeMap::new();
    for x in &gone {
        for y in new.iter().filter(|y| evidence(x, y)) {
            meant.insert((x.history.clone(), y.history.clone()), (x.card.author, y.card.author));
        }
    }
    let broken = |file: usize| [before, after].iter().any(|decks| decks[file].iter().any(|card| card.broken));
    let doubtful = |all: &[Seen<'_>], card: &CardId| all.iter().any(|seen| seen.history == *card && broken(seen.file));
    let refused = |from: &CardId, to: &CardId| {
        all.iter().any(|(a, b, void)| *void && renames.resolve(a) == from && renames.resolve(b) == to)
    };
    let only = |from: &CardId, to: &CardId| meant.keys().filter(|(a, b)| a == from || b == to).count() == 1;
    let certain = |from: &CardId, to: &CardId| {
        only(from, to)
            && graded.contains(from)
            && !graded.contains(to)
            && !doubtful(&was, from)
            && !doubtful(&is, to)
            && !refused(from, to)
    };
    meant.iter().filter(|((from, to), _)| certain(from, to)).map(|(pair, authors)| (pair.clone(), *authors)).collect()
}

fn write(root: &Path, decks: &Decks) {
    std::fs::create_dir_all(root.join("below")).unwrap();
    for (name, cards) in FILES.iter().zip(decks) {
        if cards.is_empty() {
            let _ = std::fs::remove_file(root.join(name));
        } else {
            std::fs::write(root.join(name), cards.iter().map(Written::text).collect::<String>()).unwrap();
        }
    }
}

proptest! {
    #![proptest_config(cases(7))]
    #[test]
    fn machines_that_see_the_same_edits_record_what_is_certain(passes in prop::collection::vec(prop::collection::vec(edits(), 1..5), 1..10)) {
        let root = TempDir::new().unwrap();
        std::fs::write(root.path().join("rehearse.toml"), "").unwrap();
        let machines = [Machine::new(7), Machine::new(0x00ff_1234_5678)];
        let mut at = now();
        let mut next = 100;
        let start = |file: usize| -> Vec<Written> {
            let card = |n: usize| Written { author: 4 * file + n, prompt: (4 * file + n) as u8, rest: (n + file) as u8 % 5, id: None, broken: false };
            (0..3).map(card).collect()
        };
        let mut decks: Decks = [start(0), start(1), start(2)];
        let mut earlier = vec![decks.clone()];
        let mut graded = BTreeSet::new();
        let mut known = Vec::new();
        write(root.path(), &decks);
        graded.extend(seen(&decks, &Renames::default()).into_iter().map(|seen| seen.history));
        let mut journal = Journal::new(root.path());
        graded.iter().for_each(|card| journal.grade(card, at));
        machines.iter().for_each(|machine| drop(machine.open(root.path(), at)));
        for edits in passes {
            at = at.plus_ms(60_000);
            let before = decks.clone();
            edits.iter().for_each(|change| edit(change, &mut decks, &earlier, &mut next));
            earlier.push(decks.clone());
            write(root.path(), &decks);
            let must = expected(&before, &decks, &graded, &known);
            let [mut first, mut second] = machines.each_ref().map(|machine| machine.open(root.path(), at));
            let recorded = renames(&first);
            prop_assert_eq!(&recorded, &renames(&second));
            let new: BTreeSet<(CardId, CardId)> = recorded[known.len()..].iter().map(|(from, to, _)| (from.clone(), to.clone())).collect();
            prop_assert_eq!(new.len(), recorded.len() - known.len());
            prop_assert_eq!(new, must.keys().cloned().collect::<BTreeSet<_>>());
            // Where nothing was put in the place of something else, what was matched is the same card to its author. (One
            // that gets an id and the words of another is that other to everybody else.)
            let honest = |edit: &Edit| !matches!(edit, Edit::Insert(..) | Edit::Name(..) | Edit::Move(..) | Edit::Swap(..) | Edit::Back(_) | Edit::Rest(..));
            if edits.iter().all(honest) {
                prop_assert!(must.values().all(|(from, to)| from == to), "{:?}", must);
            }
            for change in &edits {
                at = at.plus_ms(1000);
                match change {
                    Edit::Grade(file) => {
                        let of_file = |entry: &Entry| entry.place.as_ref().unwrap().file == FILES[*file];
                        for entry in first.store.all().unwrap().into_iter().filter(of_file) {
                            journal.grade(&entry.card, at);
                            graded.insert(entry.card);
                        }
                    }
                    Edit::Undo => {
                        for collection in [&mut first, &mut second] {
                            if let Some(undo) = undo_of_first(collection) {
                                collection.store.record(at, undo).unwrap();
                            }
                        }
                    }
                    _ => {}
                }
            }
            known = renames(&first);
            drop(second);
            let first = machines[0].open(root.path(), at);
            // Everything that was ever graded is a card, or waits for one.
            let names = first.store.all().unwrap().into_iter().chain(first.store.absent().unwrap());
            let names: BTreeSet<CardId> = names.map(|entry| entry.card).collect();
            for card in &graded {
                let entry = first.store.card(card).unwrap().unwrap();
                prop_assert!(names.contains(&entry.card), "{}", card);
            }
        }
    }
}

/// The journal of a third machine, which every other reads.
struct Journal {
    path: PathBuf,
    reviews: i64,
}

impl Journal {
    fn new(root: &Path) -> Self {
        let folder = root.join(".rehearse/journal/otherone");
        std::fs::create_dir_all(&folder).unwrap();
        Journal { path: folder.join("2026-11.jsonl"), reviews: 0 }
    }

    fn grade(&mut self, card: &CardId, at: Instant) {
        self.reviews += 1;
        let review = Body::Review(Review::new(card.clone(), Grade::new(4).unwrap()));
        let line = render(&seal(Device::parse("otherone").unwrap(), self.reviews, at, None, review)) + "\n";
        let mut journal = std::fs::OpenOptions::new().create(true).append(true).open(&self.path).unwrap();
        journal.write_all(line.as_bytes()).unwrap();
    }
}

/// The undo of the first rename that stands.
fn undo_of_first(collection: &Collection) -> Option<Body> {
    let mut first = None;
    let each = |logged: Logged| {
        if matches!(logged.event.body, Body::Rename { .. }) && !logged.void {
            first = Some(logged.event.id);
        }
        true
    };
    collection.store.newest(true, each).unwrap();
    first.map(|of| Body::Undo { of })
}
