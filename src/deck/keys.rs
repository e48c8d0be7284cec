//! The grammar of a deck file: one table of tables, each with its keys.

use super::competencies;
use crate::grammar::{Key, ReferenceKind, Shape, Table};

const KINDS: &[&str] = &["open", "story", "motive", "weakness", "plan", "ask", "fact"];
const OUTCOMES: &[&str] = &["offer", "next round", "no", "withdrawn"];
const ANSWERS_WENT: &[&str] = &["good", "shaky"];
/// What a debrief asks, in its order.
pub(super) const QUESTIONS: &[&str] = &[
    "asked",
    "fit",
    "liked",
    "unsaid",
    "doubted",
    "matters",
    "struggles",
    "goals",
    "told",
    "ask",
    "met",
    "advice",
    "outcome",
];
pub(super) const NEEDS: &[&str] = &["company", "role"];
pub(super) const PHASES: &[&str] = &["30", "60", "90"];

const fn key(name: &'static str, shape: Shape, doc: &'static str) -> Key {
    Key::new(name, shape, doc)
}

#[rustfmt::skip]
pub static TABLES: &[Table] = &[
    Table { name: "deck", many: false, doc: "defaults for the cards of this file", keys: &[
        key("title", Shape::Words, "the name shown in a session"),
        key("description", Shape::Text, "what the deck is for"),
        key("author", Shape::Text, "who wrote it"),
        key("source", Shape::Text, "where it comes from"),
        key("license", Shape::Text, "how it may be used"),
        key("language", Shape::Text, "language of the answers as a BCP 47 tag; the coach knows English"),
        key("kind", Shape::OneOf(KINDS), "kind of its cards"),
        key("tags", Shape::Texts, "tags of its cards"),
        key("shows", Shape::Texts, "competencies its cards give evidence of"),
        key("round", Shape::Wholes(1..=99), "rounds of interview in which its cards may come"),
        key("limit", Shape::Seconds, "time for a spoken answer"),
        key("weight", Shape::Whole(1..=3), "how much its answers matter: 3 nearly certain, 2 likely, 1 possible"),
        key("needs", Shape::ManyOf(NEEDS), "what its answers should name"),
        key("phases", Shape::ManyOf(PHASES), "phases its plans must cover"),
        key("off", Shape::Texts, "coach rules switched off").refers_to(ReferenceKind::Rule),
    ]},
    Table { name: "card", many: true, doc: "something to rehearse", keys: &[
        key("id", Shape::Id, "identity; it keeps the history whatever else changes"),
        key("prompt", Shape::Words, "what is asked").required(),
        key("kind", Shape::OneOf(KINDS), "what sort of answer is wanted"),
        key("answer", Shape::Words, "the right answer of a fact, else a model answer, shown last"),
        key("accept", Shape::Texts, "other answers that count, for a fact"),
        key("parts", Shape::Items("ask"), "the parts of a multipart question; each must be answered"),
        key("points", Shape::Items("text"), "what a good answer says; ticked after speaking"),
        key("variants", Shape::ManyWords, "other angles on the same card, asked in rotation"),
        key("followups", Shape::ManyWords, "probes an interviewer would add after a good answer"),
        key("hint", Shape::Words, "shown on request before the answer; costs a grade"),
        key("limit", Shape::Seconds, "time for the spoken answer"),
        key("round", Shape::Wholes(1..=99), "rounds of interview in which this may come"),
        key("weight", Shape::Whole(1..=3), "how much this answer matters: 3 nearly certain, 2 likely, 1 possible"),
        key("shows", Shape::Texts, "competencies or qualifications it gives evidence of"),
        key("keywords", Shape::Texts, "at least one is expected in a typed answer"),
        key("stories", Shape::Ids, "ids of stories that fit").refers_to(ReferenceKind::Story),
        key("needs", Shape::ManyOf(NEEDS), "what the answer should name"),
        key("phases", Shape::ManyOf(PHASES), "phases a plan must cover"),
        key("off", Shape::Texts, "coach rules switched off here").refers_to(ReferenceKind::Rule),
        key("note", Shape::Text, "a remark; never shown before the answer"),
        key("source", Shape::Text, "where it comes from; never shown before the answer"),
        key("tags", Shape::Texts, "free labels"),
        key("suspended", Shape::Flag, "stays in the file, is not asked"),
    ]},
    Table { name: "story", many: true, doc: "a story of one's own that serves many cards", keys: &[
        key("id", Shape::Id, "identity; cards name it in `stories`").required(),
        key("title", Shape::Words, "what the story is called").required(),
        key("year", Shape::Whole(1900..=2200), "the year it happened"),
        key("challenge", Shape::Words, "what was hard"),
        key("context", Shape::Words, "where, when, with whom"),
        key("action", Shape::TextOrTexts, "what you did, one entry for each deed"),
        key("result", Shape::Words, "what came of it, in numbers where there are any"),
        key("lesson", Shape::Words, "what you learned"),
        key("shows", Shape::Texts, "competencies it gives evidence of"),
        key("tags", Shape::Texts, "free labels"),
    ]},
    Table { name: "interview", many: false, doc: "this file is about one round of one application", keys: &[
        key("id", Shape::Id, "identity; else the name of the file"),
        key("company", Shape::Words, "who interviews"),
        key("also", Shape::Texts, "other ways people say the company"),
        key("role", Shape::Words, "the post"),
        key("role_also", Shape::Texts, "other ways people say the post"),
        key("date", Shape::Day, "the day of the interview"),
        key("round", Shape::Whole(1..=99), "which round it is"),
        key("values", Shape::Texts, "what the company says it values"),
        key("qualifications", Shape::Texts, "technical qualifications from the posting"),
        key("competencies", Shape::NameOrTexts(competencies::NAMES), "competencies asked for, or the name of a list that comes along"),
        key("wpm", Shape::Whole(60..=300), "words you speak in a minute"),
        key("decks", Shape::Texts, "decks that must be ready: paths or titles").refers_to(ReferenceKind::Deck),
        key("tags", Shape::Texts, "cards with these tags must be ready").refers_to(ReferenceKind::Tag),
    ]},
    Table { name: "interviewer", many: true, doc: "someone you meet", keys: &[
        key("name", Shape::Words, "as they spell it").required(),
        key("title", Shape::Text, "their post"),
        key("note", Shape::Text, "background and common ground"),
        key("thanked", Shape::FlagOrDay, "whether, or when, you thanked them"),
    ]},
    Table { name: "heard", many: true, doc: "something they said", keys: &[
        key("said", Shape::Words, "their words").required(),
        key("by", Shape::Text, "who said it"),
        key("use", Shape::Ids, "ids of cards whose answers should use it").refers_to(ReferenceKind::Card),
    ]},
    Table { name: "told", many: true, doc: "a story you told them", keys: &[
        key("story", Shape::Id, "id of the story").required().refers_to(ReferenceKind::Story),
        key("to", Shape::TextOrTexts, "who heard it"),
    ]},
    Table { name: "debrief", many: false, doc: "this file holds what was kept from an interview", keys: &[
        key("interview", Shape::Id, "id of the interview").required().refers_to(ReferenceKind::Interview),
        key("next", Shape::OneOf(QUESTIONS), "the question `rehearse debrief` continues with; absent once all are asked"),
        key("fit", Shape::Texts, "what fit"),
        key("liked", Shape::Texts, "what they liked"),
        key("unsaid", Shape::Texts, "what you didn't get to say"),
        key("advice", Shape::Texts, "what a mentor, recruiter, or friend said"),
        key("outcome", Shape::OneOf(OUTCOMES), "how it ended"),
    ]},
    Table { name: "asked", many: true, doc: "a question they asked", keys: &[
        key("question", Shape::Words, "the question in your words").required(),
        key("card", Shape::Id, "id of the card that rehearses it").refers_to(ReferenceKind::Card),
        key("went", Shape::OneOf(ANSWERS_WENT), "how your answer went"),
    ]},
];

pub(crate) fn table(name: &str) -> Option<&'static Table> {
    TABLES.iter().find(|table| table.name == name)
}

/// The tables that make a file a deck, alone or misspelled; the others only accompany an interview.
pub(crate) const MAIN: &[&str] = &["deck", "card", "story", "interview", "debrief", "interviewer"];

/// Keys of a card whose words are its own. Tags, kinds, and limits could be those of any card.
pub(super) const DISTINCTIVE: &[&str] =
    &["answer", "accept", "parts", "points", "variants", "followups", "hint", "keywords", "note"];
