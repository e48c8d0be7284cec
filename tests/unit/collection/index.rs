//! The index is a cache: whatever happens to the files, the answers are those of a collection read for the first time.

use std::path::Path;

use proptest::prelude::*;
use tempfile::TempDir;

use super::{cases, open};
use crate::clock::{DayStart, Instant, StudyDay};
use crate::collection::Collection;
use crate::deck::CardId;
use crate::entry::Entry;
use crate::history::{Body, Review};
use crate::horizon::Scope;
use crate::queue::Filter;
use crate::schedule::Grade;

/// What happens to a folder of decks between two starts.
#[derive(Debug, Clone)]
enum Happening {
    /// Replaces a file by one with these cards.
    Write(usize, Vec<u8>),
    /// Sets its modification time, to now or to long ago.
    Touch(usize, bool),
    /// Renames or replaces a file.
    Move(usize, usize),
    Delete(usize),
    Grade(u8, u8),
    /// Moves the history of one card to another.
    Rename(u8, u8),
    Suspend(u8, bool),
}

fn happenings() -> impl Strategy<Value = Happening> {
    let file = 0usize..4;
    let card = 0u8..8;
    prop_oneof![
        3 => (file.clone(), prop::collection::vec(0u8..12, 0..5)).prop_map(|(file, cards)| Happening::Write(file, cards)),
        1 => (file.clone(), any::<bool>()).prop_map(|(file, now)| Happening::Touch(file, now)),
        1 => (file.clone(), file.clone()).prop_map(|(from, to)| Happening::Move(from, to)),
        1 => file.prop_map(Happening::Delete),
        3 => (card.clone(), 0u8..6).prop_map(|(card, grade)| Happening::Grade(card, grade)),
        1 => (card.clone(), card.clone()).prop_map(|(old, new)| Happening::Rename(old, new)),
        1 => (card, any::<bool>()).prop_map(|(card, on)| Happening::Suspend(card, on)),
    ]
}

fn name(file: usize) -> &'static str {
    ["a.toml", "b.toml", "below/c.toml", "below/deeper/d.toml"][file]
}

/// A deck of these cards: some without id, one faulty, one suspended, twins among them, one that names others.
fn deck(cards: &[u8]) -> String {
    let card = |card: &u8| {
        match card {
        8 => "[[card]]\nprompt = \"without id\"\n".to_owned(),
        9 => "[[card]]\npromt = \"faulty\"\n".to_owned(),
        10 => "[[card]]\nprompt = \"open\n".to_owned(),
        11 => "[[card]]\nid = \"c1\"\nprompt = \"one, suspended\"\nsuspended = true\n".to_owned(),
        7 => "[[story]]\nid = \"c7\"\ntitle = \"seven\"\n".to_owned(),
        6 => "[[card]]\nid = \"c6\"\nprompt = \"six\"\nstories = [\"c7\", \"c5\"]\n[[heard]]\nsaid = \"x\"\nuse = [\"c2\"]\n".into(),
        n => format!("[[card]]\nid = \"c{n}\"\nprompt = \"prompt {n}\"\ntags = [\"t{}\"]\n", n % 2),
    }
    };
    format!("[deck]\ntitle = \"T\"\n{}", cards.iter().map(card).collect::<String>())
}

fn opened(root: &Path, local: &Path) -> Collection {
    open(root, local, 7, Instant::parse_rfc3339("2026-11-22T08:00:00Z").unwrap())
}

/// Everything a user could see: cards, findings, the order of asking, with and without a filter.
fn answers(collection: &mut Collection, today: StudyDay) -> String {
    let mut text = format!("{:#?}\n{:#?}\n", collection.store.all().unwrap(), collection.store.absent().unwrap());
    text.push_str(&format!("{:#?}\n{:?}\n", collection.check().unwrap(), collection.store.sizes().unwrap()));
    let mut new = Vec::new();
    let mut each = |entry: Entry| {
        new.push(entry.card);
        true
    };
    collection.store.new_cards(Scope::NONE, &mut each).unwrap();
    let counts = collection.store.new_counts(today).unwrap();
    assert_eq!(counts.unseen.values().sum::<u64>(), new.len() as u64);
    text.push_str(&format!("{new:?} {counts:?}\n"));
    for tags in [vec![], vec!["t1".to_owned()]] {
        let filter = Filter { tags, ..Filter::default() };
        let mut agenda = collection.agenda(today, filter, Some(3), None).unwrap();
        text.push_str(&format!("{:?} ", agenda.all(&collection.store).unwrap()));
        let drawn = agenda.draw(&mut collection.store, usize::MAX).unwrap();
        text.push_str(&format!("{:?}\n", drawn.iter().map(|entry| entry.card.as_str()).collect::<Vec<_>>()));
    }
    text
}

fn apply(happening: &Happening, root: &Path, collection: &mut Collection, now: Instant) {
    let path = |file: usize| root.join(name(file));
    let card = |n: u8| CardId::parse(&format!("c{n}")).unwrap();
    match happening {
        Happening::Write(file, cards) => {
            std::fs::create_dir_all(path(*file).parent().unwrap()).unwrap();
            std::fs::write(path(*file), deck(cards)).unwrap();
        }
        Happening::Touch(file, now) => {
            if let Ok(open) = std::fs::OpenOptions::new().append(true).open(path(*file)) {
                let long_ago = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
                let at = if *now { open.metadata().unwrap().accessed().unwrap() } else { long_ago };
                open.set_modified(at).unwrap();
            }
        }
        Happening::Move(from, to) => {
            std::fs::create_dir_all(path(*to).parent().unwrap()).unwrap();
            let _ = std::fs::rename(path(*from), path(*to));
        }
        Happening::Delete(file) => {
            let _ = std::fs::remove_file(path(*file));
        }
        Happening::Grade(n, grade) => {
            let review = Review::new(card(*n), Grade::new(*grade).unwrap());
            collection.store.record(now, Body::Review(review)).unwrap();
        }
        Happening::Rename(old, new) => {
            collection.store.record(now, Body::Rename { card: card(*old), to: card(*new) }).unwrap();
        }
        Happening::Suspend(n, on) => {
            collection.store.record(now, Body::Suspend { card: card(*n), on: *on }).unwrap();
        }
    }
}

proptest! {
    #![proptest_config(cases(10))]
    #[test]
    fn answers_are_the_same_with_and_without_the_index(days in prop::collection::vec((0i64..4, prop::collection::vec(happenings(), 1..6)), 1..7)) {
        let (decks, local) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        std::fs::write(decks.path().join("rehearse.toml"), "").unwrap();
        let mut now = Instant::parse_rfc3339("2026-11-22T08:00:00Z").unwrap();
        for (later, happenings) in days {
            now = now.plus_ms(later * 86_400_000);
            let today = now.study_day(DayStart(240));
            let mut kept = opened(decks.path(), local.path());
            // The agenda of the day is made before what follows happens to it.
            answers(&mut kept, today);
            for happening in &happenings {
                now = now.plus_ms(60_000);
                apply(happening, decks.path(), &mut kept, now);
            }
            drop(kept);
            let kept = answers(&mut opened(decks.path(), local.path()), today);
            let first = TempDir::new().unwrap();
            if local.path().join("log.jsonl").exists() {
                std::fs::copy(local.path().join("log.jsonl"), first.path().join("log.jsonl")).unwrap();
            }
            let first = answers(&mut opened(decks.path(), first.path()), today);
            prop_assert_eq!(kept, first);
        }
    }
}
