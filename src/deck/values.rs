//! The values of a deck, made from the fields of its tables and the defaults of `[deck]`.

use super::card::{Card, CardId, ContentDigest, Kind, Story};
use super::competencies;
use super::file::{AskedQuestion, Debrief, Heard, Interview, Interviewer, Outcome, Told, Went, stem};
use super::keys::{DISTINCTIVE, NEEDS, PHASES};
use super::speech::WPM;
use crate::diagnostic::{Source, Span};
use crate::grammar::{Fields, Item, Value};

pub(super) struct Defaults {
    pub(super) kind: Kind,
    pub(super) language: String,
    limit: Option<u32>,
    weight: Option<u8>,
    tags: Vec<String>,
    shows: Vec<String>,
    round: Vec<i64>,
    needs: Option<Vec<String>>,
    phases: Option<Vec<String>>,
    off: Vec<String>,
}

pub(super) struct TablePlace {
    pub(super) header: Span,
    pub(super) block: Span,
}

impl Defaults {
    pub(super) fn new(fields: &mut Fields) -> Self {
        Defaults {
            kind: kind(fields).unwrap_or_default(),
            language: fields.text("language").unwrap_or_else(|| "en".into()),
            limit: seconds(fields),
            weight: weight(fields),
            tags: fields.texts("tags").unwrap_or_default(),
            shows: fields.texts("shows").unwrap_or_default(),
            round: fields.wholes("round").unwrap_or_default(),
            needs: fields.texts("needs"),
            phases: fields.texts("phases"),
            off: fields.texts("off").unwrap_or_default(),
        }
    }

    pub(super) fn card(&self, source: &Source, place: TablePlace, fields: &mut Fields) -> Card {
        let content =
            ContentDigest { digest: fields.digest(&["id", "prompt"]), distinctive: fields.has_words(DISTINCTIVE) };
        let prompt = fields.text("prompt").unwrap_or_default();
        let kind = kind(fields).unwrap_or(self.kind);
        let (needs, phases): (&[&str], &[&str]) = match kind {
            Kind::Motive => (NEEDS, &[]),
            Kind::Plan => (NEEDS, PHASES),
            _ => (&[], &[]),
        };
        let owned = |words: &[&str]| words.iter().map(ToString::to_string).collect();
        let written = fields.text("id").and_then(|id| CardId::parse(&id));
        let suspended = fields.span("suspended").filter(|_| fields.flag("suspended") == Some(true));
        Card {
            written: written.is_some(),
            id: written.unwrap_or_else(|| CardId::derived(&prompt)),
            line: source.line(place.header.start),
            block: place.block,
            header: place.header,
            kind,
            answer: fields.text("answer"),
            accept: fields.texts("accept").unwrap_or_default(),
            parts: fields.items("parts").unwrap_or_default(),
            points: fields.items("points").unwrap_or_default(),
            variants: fields.texts("variants").unwrap_or_default(),
            followups: fields.texts("followups").unwrap_or_default(),
            hint: fields.text("hint"),
            limit: seconds(fields).or(self.limit).unwrap_or(kind.limit()),
            weight: weight(fields).or(self.weight).unwrap_or(1),
            round: fields.wholes("round").unwrap_or_else(|| self.round.clone()),
            shows: fields.texts("shows").unwrap_or_else(|| self.shows.clone()),
            keywords: fields.texts("keywords").unwrap_or_default(),
            stories: fields.texts("stories").unwrap_or_default(),
            needs: fields.texts("needs").or_else(|| self.needs.clone()).unwrap_or_else(|| owned(needs)),
            phases: fields.texts("phases").or_else(|| self.phases.clone()).unwrap_or_else(|| owned(phases)),
            off: fields.texts("off").unwrap_or_else(|| self.off.clone()),
            note: fields.text("note"),
            source: fields.text("source"),
            tags: fields.texts("tags").unwrap_or_else(|| self.tags.clone()),
            language: self.language.clone(),
            suspended_line: suspended.map(|span| source.line(span.start)),
            prompt,
            content,
        }
    }

    /// Returns a story, and the card that rehearses it: its points are the story's fields.
    pub(super) fn story(&self, source: &Source, place: TablePlace, fields: &mut Fields) -> (Story, Card) {
        let content = ContentDigest { digest: fields.digest(&["id", "title"]), distinctive: false };
        let title = fields.text("title").unwrap_or_default();
        let story = Story {
            id: fields.text("id").and_then(|id| CardId::parse(&id)).unwrap_or_else(|| CardId::derived(&title)),
            title,
            year: fields.whole("year"),
            challenge: fields.text("challenge"),
            context: fields.text("context"),
            action: fields.texts("action").unwrap_or_default(),
            result: fields.text("result"),
            lesson: fields.text("lesson"),
            shows: fields.texts("shows").unwrap_or_else(|| self.shows.clone()),
            tags: fields.texts("tags").unwrap_or_else(|| self.tags.clone()),
        };
        let point = |text: &String| Item { text: text.clone(), any: Vec::new() };
        let steps = story.challenge.iter().chain(&story.context).chain(&story.action).chain(&story.result);
        let card = Card {
            id: story.id.clone(),
            written: true,
            prompt: format!("Tell the story: {}", story.title),
            kind: Kind::Story,
            points: steps.map(point).collect(),
            limit: self.limit.unwrap_or(Kind::Story.limit()),
            shows: story.shows.clone(),
            needs: Vec::new(),
            phases: Vec::new(),
            note: story.lesson.as_ref().map(|lesson| format!("What I learned: {lesson}")),
            tags: story.tags.clone(),
            content,
            ..self.card(source, place, &mut Fields::default())
        };
        (story, card)
    }
}

pub(super) fn interview(path: &str, fields: &mut Fields) -> Interview {
    let moment = fields.moment("date");
    Interview {
        id: fields.text("id").unwrap_or_else(|| stem(path).to_owned()),
        company: fields.text("company"),
        also: fields.texts("also").unwrap_or_default(),
        role: fields.text("role"),
        role_also: fields.texts("role_also").unwrap_or_default(),
        date: moment.map(|(day, _)| day),
        minute: moment.and_then(|(_, minute)| minute),
        round: fields.whole("round"),
        values: fields.texts("values").unwrap_or_default(),
        qualifications: fields.texts("qualifications").unwrap_or_default(),
        competencies: competencies::titles(fields.texts("competencies").unwrap_or_default()),
        wpm: fields.whole("wpm").and_then(|wpm| u32::try_from(wpm).ok()).unwrap_or(WPM),
        decks: fields.texts("decks").unwrap_or_default(),
        tags: fields.texts("tags").unwrap_or_default(),
    }
}

pub(super) fn interviewer(fields: &mut Fields) -> Interviewer {
    Interviewer {
        name: fields.text("name").unwrap_or_default(),
        title: fields.text("title"),
        note: fields.text("note"),
        thanked: !matches!(fields.take("thanked"), None | Some((_, Value::Flag(false)))),
    }
}

pub(super) fn heard(fields: &mut Fields) -> Heard {
    Heard {
        said: fields.text("said").unwrap_or_default(),
        by: fields.text("by"),
        cards: fields.texts("use").unwrap_or_default(),
    }
}

pub(super) fn told(fields: &mut Fields) -> Told {
    Told { story: fields.text("story").unwrap_or_default(), to: fields.texts("to").unwrap_or_default() }
}

pub(super) fn debrief(fields: &mut Fields) -> Debrief {
    Debrief {
        interview: fields.text("interview").unwrap_or_default(),
        next: fields.text("next"),
        fit: fields.texts("fit").unwrap_or_default(),
        liked: fields.texts("liked").unwrap_or_default(),
        unsaid: fields.texts("unsaid").unwrap_or_default(),
        advice: fields.texts("advice").unwrap_or_default(),
        outcome: fields.text("outcome").and_then(|words| Outcome::parse(&words)),
    }
}

pub(super) fn asked(fields: &mut Fields) -> AskedQuestion {
    AskedQuestion {
        question: fields.text("question").unwrap_or_default(),
        card: fields.text("card"),
        went: fields.text("went").and_then(|word| Went::parse(&word)),
    }
}

fn kind(fields: &mut Fields) -> Option<Kind> {
    fields.text("kind").and_then(|word| Kind::parse(&word))
}

fn seconds(fields: &mut Fields) -> Option<u32> {
    fields.whole("limit").and_then(|seconds| u32::try_from(seconds).ok())
}

fn weight(fields: &mut Fields) -> Option<u8> {
    fields.whole("weight").and_then(|weight| u8::try_from(weight).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deck::Reference;
    use crate::deck::parse::read;

    #[test]
    fn every_key_of_the_grammar_is_read() {
        let text = r#"
[deck]
title = "T"
kind = "motive"
limit = "2m"
weight = 2
tags = ["d"]
round = [2]
off = ["blame"]
[[card]]
prompt = "P {company}"
[[card]]
id = "c2"
prompt = "Q"
kind = "plan"
answer = "A"
parts = ["p1", { ask = "p2", any = ["x"] }]
points = [{ text = "q1" }, "q2"]
variants = ["v"]
followups = ["f"]
hint = "h"
limit = 30
weight = 3
round = []
shows = ["s"]
keywords = ["k"]
stories = ["st"]
needs = ["company"]
phases = ["30"]
off = []
note = "n"
source = "src"
tags = ["t"]
suspended = true
[[story]]
id = "st"
title = "The flood"
year = 2020
challenge = "c"
context = "x"
action = ["a1", "a2"]
result = "r"
lesson = "l"
[interview]
company = "Northwind"
date = 2026-12-09
competencies = "ses-2025"
decks = ["why/"]
tags = ["t"]
[[interviewer]]
name = "N"
thanked = 2026-12-10
[[heard]]
said = "s"
use = ["c2"]
[[told]]
story = "st"
to = "N"
[debrief]
interview = "a"
next = "liked"
fit = ["f1", "f2"]
liked = []
unsaid = ["u"]
advice = ["v"]
outcome = "next round"
[[asked]]
question = "Why?"
card = "c2"
went = "shaky"
"#;
        let (deck, findings) = read(text);
        assert_eq!(findings, Vec::<String>::new());
        let written = |reference: &Reference| format!("{} {}", reference.kind.word(), &text[reference.span.clone()]);
        let mut references: Vec<String> = deck.references.iter().map(written).collect();
        references.sort_unstable();
        let expected =
            r#"card "c2"; card "c2"; coach rule "blame"; deck "why/"; interview "a"; story "st"; story "st"; tag "t""#;
        assert_eq!(references.join("; "), expected);
        let first = &deck.cards[0];
        assert_eq!((first.kind, first.limit, first.written, first.line), (Kind::Motive, 120, false, 10));
        assert_eq!((first.needs.len(), first.round.as_slice(), first.tags[0].as_str()), (2, [2].as_slice(), "d"));
        let second = &deck.cards[1];
        assert_eq!(second.items().collect::<Vec<_>>(), ["p1", "p2", "q1", "q2"]);
        assert_eq!((second.limit, second.suspended_line.is_some()), (30, true));
        assert_eq!((second.tags[0].as_str(), second.off.len()), ("t", 0));
        assert_eq!((second.needs.len(), second.phases.len(), second.parts[1].any.len()), (1, 1, 1));
        assert_eq!(deck.cards.iter().map(|card| card.weight).collect::<Vec<_>>(), [2, 3, 2]);
        assert_eq!(deck.cards[2].prompt, "Tell the story: The flood");
        assert_eq!(deck.cards[2].items().collect::<Vec<_>>(), ["c", "x", "a1", "a2", "r"]);
        let interview = deck.interview.unwrap();
        assert_eq!((interview.id.as_str(), interview.wpm, interview.competencies.len()), ("a", 150, 5));
        let debrief = deck.debrief.unwrap();
        assert_eq!((debrief.interview.as_str(), debrief.next.as_deref()), ("a", Some("liked")));
        assert_eq!([debrief.fit.len(), debrief.liked.len(), debrief.unsaid.len(), debrief.advice.len()], [2, 0, 1, 1]);
        assert_eq!(debrief.outcome, Some(Outcome::NextRound));
        let asked = AskedQuestion { question: "Why?".into(), card: Some("c2".into()), went: Some(Went::Shaky) };
        assert_eq!(deck.asked, [asked]);
        assert!(deck.interviewers[0].thanked && deck.told[0].to.len() == 1 && deck.heard[0].cards.len() == 1);
    }

    #[test]
    fn the_content_of_a_card_is_everything_but_id_and_prompt() {
        let content = |keys: &str, defaults: &str| {
            let (deck, findings) = read(&format!("[[card]]\nprompt = \"P\"\n{keys}\n[deck]\n{defaults}\n"));
            assert!(findings.is_empty(), "{findings:?}");
            deck.cards[0].content
        };
        let same = [
            ("hint = \"h\"\nlimit = 90", "limit = \"1m30s\"\n  hint = 'h' # x"),
            ("points = [\"a\", \"b\"]", "points = [\n { text = \"a\" },\n \"b\" ]"),
            ("hint = \"h\"", "hint = \"h\"\nid = \"x\""),
        ];
        for (a, b) in same {
            // Defaults of the deck are not part of the card.
            assert_eq!(content(a, ""), content(b, "tags = [\"t\"]\nkind = \"plan\""), "{a} {b}");
            assert!(content(a, "").distinctive, "{a}");
        }
        let all = "; hint = 'h'; note = 'h'; hint = 'h'\nnote = 'h'; points = ['a', 'b']; points = ['a']; \
                   points = [{ text = 'a', any = ['b'] }]; parts = ['a']; tags = ['a']; tags = ['a', 'b']; tags = ['ab']; \
                   limit = 90; round = [90]; suspended = true; kind = 'fact'";
        let all: Vec<&str> = all.split("; ").collect();
        for (n, a) in all.iter().enumerate() {
            assert!(all[..n].iter().all(|b| content(a, "").digest != content(b, "").digest), "{a}");
            let distinctive = ["hint", "note", "points", "parts"].iter().any(|key| a.contains(key));
            assert_eq!(content(a, "").distinctive, distinctive, "{a}");
        }
        assert!(!content("points = []", "").distinctive);
        // Digests are stored, so the same card must have the same digest in every version of one schema.
        let everything = "parts = [{ ask = \"a\", any = [\"b\"] }]\nhint = \"é\"\ntags = [\"t\", \"\"]\nlimit = 90\nround = [1, 2]\nsuspended = true";
        assert_eq!(content(everything, "").digest, 16_449_835_911_591_263_224);
    }
}
