//! What must hold for any bytes: the properties that the targets in `fuzz/` look for exceptions to, and that the tests here
//! check for the corpus of each target.
//!
//! Not here: how inputs are made.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a broken property has to stop the run")]

use std::io::Cursor;

use crate::clock::{DayStart, Instant};
use crate::coach::Coaching;
use crate::deck::{self, Card, Deck, MARKERS, decode, with_ids};
use crate::diagnostic::Source;
use crate::entry::{Entry, Place};
use crate::history::{Body, CardState, Device, Event, parse_line, render, seal};
use crate::horizon::{Horizon, Scope};
use crate::render::harmless;
use crate::session::{AfterEdit, Answers, CardSheet, Frontend, Input, JsonLines, Names, Request, Session, Setup};
use crate::settings::Rules;

/// Checks the parser of decks: findings lie in the text and print as harmless text, and written ids change no card.
pub fn deck_parser(bytes: &[u8]) {
    let (text, broken) = decode(bytes.to_vec());
    let source = Source::new("a.toml", text);
    let (before, findings) = deck::parse(&source, &broken);
    let lines = source.text.split('\n').count();
    for finding in &findings {
        assert!((1..=lines).contains(&finding.line), "{}", finding.short());
        assert!(finding.long(None).chars().all(|c| c == '\n' || harmless(c)), "{:?}", finding.long(None));
    }
    assert!(before.cards.iter().all(|card| !card.prompt.trim().is_empty()));
    let written = with_ids(&source, &broken, &|_| None);
    let (after, _) = deck::parse(&Source::new("a.toml", written.text), &broken);
    let named = |deck: &Deck| deck.cards.iter().map(|card| (card.id.clone(), card.prompt.clone())).collect::<Vec<_>>();
    assert_eq!(named(&before), named(&after));
}

/// Checks the codec of events, for a line and for a body with a matching checksum: what is parsed renders to the same bytes,
/// folds without overflow, and can be sealed by this device again.
pub fn journal_line(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for line in [text.to_owned(), format!("{text},\"x\":\"{:08x}\"}}", crc32fast::hash(text.as_bytes()))] {
        let Ok(parsed) = parse_line(&line) else { continue };
        assert_eq!(parsed.text(), line.trim_end_matches(['\r', '\n']));
        assert_eq!(parse_line(&parsed.text()), Ok(parsed.clone()));
        let action = parsed.event.action();
        let Event { id, at, logical, body } = parsed.event;
        let day = at.study_day(DayStart(240));
        let mut state = CardState::default();
        for _ in 0..3 {
            if let Some(action) = action {
                state.apply(action, day, &Rules::default());
            }
        }
        assert!(state.due().is_none_or(|due| due >= day), "{state:?}");
        if body != Body::Unknown {
            let sealed = seal(id.device, id.seq, at, logical, body);
            assert_eq!(parse_line(&render(&sealed)).map(|line| line.event), Ok(sealed));
        }
    }
}

/// Checks the merge of three decks, which a NUL byte separates: exchanging the sides changes nothing outside conflicts, and
/// what merges cleanly parses as well as its sides.
pub fn deck_merge(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut texts = text.splitn(3, '\0');
    let [base, a, b] = [(); 3].map(|()| texts.next().unwrap_or_default());
    let Some(merged) = deck::merge(base, [a, b], 7) else { return };
    let turned = deck::merge(base, [b, a], 7).unwrap();
    assert_eq!(merged.conflicts.len(), turned.conflicts.len());
    if !merged.conflicts.is_empty() {
        assert!(merged.text.contains(MARKERS[0]));
        return;
    }
    assert_eq!(merged.text, turned.text);
    let cards = |text: &str| deck::parse(&Source::new("a.toml", text), &[]).0.cards;
    let ids = |text: &str| cards(text).into_iter().filter(|card| card.written).map(|card| card.id).collect::<Vec<_>>();
    let result = ids(&merged.text);
    let (base, [a, b]) = (ids(base), [a, b].map(ids));
    for (side, other) in [(&a, &b), (&b, &a)] {
        let lost = side.iter().find(|id| !result.contains(id) && (other.contains(id) || !base.contains(id)));
        assert!(lost.is_none(), "{lost:?} is lost in\n{}", merged.text);
    }
}

const CARDS: &str = "[deck]\ntitle = \"D\"\n[[card]]\nid = \"a\"\nprompt = \"A?\"\nhint = \"h\"\nlimit = 60\npoints = [\"p1\", \"p2\"]\n\
                     answer = \"model\"\n[[card]]\nid = \"b\"\nshows = [\"Leading People\"]\nprompt = \"B at {company}?\"\nfollowups = [\"f1\"]\n\
                     [[card]]\nid = \"c\"\nprompt = \"Capital?\"\nkind = \"fact\"\nanswer = \"Paris\"\naccept = [\"Lutetia\"]\n";

/// Checks a session of a program: whatever it sends, each line of the answer is JSON without control characters, and
/// `saved` appears exactly once for each recorded review.
pub fn json_session(bytes: &[u8]) {
    let cards = deck::parse(&Source::new("d.toml", CARDS), &[]).0.cards;
    let mut session = Session::new(setup(cards.iter().map(entry).collect()));
    let mut output = Vec::new();
    let mut frontend = JsonLines::new(Cursor::new(bytes), &mut output);
    let mut input = Input::Start;
    let mut now = Instant::new(1_795_000_000_000, 60).unwrap();
    let (mut recorded, mut reviews) = (0, 0);
    let mut events: Vec<Event> = Vec::new();
    loop {
        now = now.plus_ms(10_000);
        let (shows, request) = session.step(input, now);
        shows.iter().for_each(|show| frontend.show(show).unwrap());
        input = match request {
            Request::Draw => Input::Drawn(Vec::new()),
            Request::Fetch(entry) => Input::Fetched(cards.iter().find(|card| card.id == entry.card).map(sheet)),
            Request::Record { at, body, .. } => {
                recorded += 1;
                reviews += usize::from(matches!(body, Body::Review(_)));
                let event = seal(Device::from_bits(1), recorded, at, None, body);
                let (id, card) = (event.id, event.body.card().cloned());
                match event.body {
                    Body::Undo { of } => events.retain(|event| event.id != of),
                    _ => events.push(event),
                }
                let mut state = CardState::default();
                for event in events.iter().filter(|event| event.body.card() == card.as_ref()) {
                    state.apply(event.action().unwrap(), at.study_day(DayStart(240)), &Rules::default());
                }
                Input::Recorded(id, Some(state))
            }
            Request::Edit(_) => Input::Edited(AfterEdit::Unable),
            Request::Write(_) => panic!("a program cannot open an editor"),
            Request::Read => frontend.read().unwrap().unwrap(),
            Request::Finish => break,
        };
    }
    let output = String::from_utf8(output).unwrap();
    assert!(output.chars().all(|c| c == '\n' || harmless(c)), "{output}");
    let events: Vec<serde_json::Value> = output.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events.iter().filter(|event| event["event"] == "saved").count(), reviews);
    assert_eq!(events.iter().filter(|event| event["event"] == "end").count(), 1);
}

fn setup(first: Vec<Entry>) -> Setup {
    Setup {
        first,
        more: 1,
        seconds: 180,
        sizes: (1, 3),
        rules: Rules::default(),
        cram: false,
        last: 0,
        fits: None,
        time: None,
        horizon: Horizon::default(),
        names: Names::default(),
        answers: Answers::Aloud,
        wpm: 150,
        spot: true,
        coach: Coaching::default(),
        competencies: vec!["Leading Change".into()],
        attended: false,
    }
}

fn entry(card: &Card) -> Entry {
    Entry {
        card: card.id.clone(),
        place: Some(Place { file: "d.toml".into(), line: 1, deck: "D".into(), ordinal: 0, block: 0..0 }),
        prompt: card.prompt.clone(),
        kind: card.kind,
        tags: Vec::new(),
        round: Vec::new(),
        variants: 0,
        limit: card.limit,
        suspended_in_file: false,
        weight: card.weight,
        scope: Scope::NONE,
        due: None,
        state: CardState::default(),
    }
}

fn sheet(card: &Card) -> Box<CardSheet> {
    let missed = vec![0; card.items().count()];
    Box::new(CardSheet {
        card: card.clone(),
        deck: "D".into(),
        missed,
        stories: Vec::new(),
        before: None,
        heard: Vec::new(),
        values: Vec::new(),
        early_for: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_property_holds_for_its_corpus() {
        let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
        type FuzzTarget = (&'static str, fn(&[u8]));
        let targets: [FuzzTarget; 4] = [
            ("deck_parser", deck_parser),
            ("journal_line", journal_line),
            ("deck_merge", deck_merge),
            ("json_session", json_session),
        ];
        for (name, target) in targets {
            // A packaged crate has no corpus.
            let Ok(files) = std::fs::read_dir(corpus.join(name)) else { continue };
            for file in files {
                let path = file.unwrap().path();
                let bytes = std::fs::read(&path).unwrap();
                let held = std::panic::catch_unwind(|| target(&bytes));
                assert!(held.is_ok(), "{}", path.display());
            }
        }
    }
}
