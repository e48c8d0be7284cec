//! The decks that come with the program: what they hold, how good each card is, and that examples stay examples.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use rehearsal::deck::{Card, Deck, Kind, Story, parse};
use rehearsal::diagnostic::Source;

use crate::readme::blocks;
use crate::support::Place;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("decks")
}

/// Every file below a folder, relative to it, without those of a collection's own folders.
fn files(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let (name, path) = entry.map(|entry| (entry.file_name().into_string().unwrap(), entry.path())).unwrap();
        if name.starts_with('.') {
            continue;
        } else if path.is_dir() {
            found.extend(files(&path).into_iter().map(|below| format!("{name}/{below}")));
        } else {
            found.insert(name);
        }
    }
    found
}

fn read(file: &str) -> Deck {
    let source = Source::new(file, std::fs::read_to_string(folder().join(file)).unwrap());
    let (deck, findings) = parse(&source, &[]);
    assert!(findings.is_empty(), "{findings:#?}");
    deck
}

/// The decks that are asked, in path order, each with its file.
fn decks() -> Vec<(String, Deck)> {
    let asked = |file: &String| file.ends_with(".toml") && !file.contains('/') && file != "rehearse.toml";
    files(&folder()).into_iter().filter(asked).map(|file| (file.clone(), read(&file))).collect()
}

fn cards() -> Vec<Card> {
    decks().into_iter().flat_map(|(_, deck)| deck.cards).collect()
}

/// What is said to the person who rehearses: the prompt and its other angles.
fn angles(card: &Card) -> impl Iterator<Item = &str> {
    std::iter::once(&card.prompt).chain(&card.variants).map(String::as_str)
}

/// The words of a text, in lower case.
fn words(text: &str) -> Vec<String> {
    let word = |word: &str| word.trim_matches('\'').to_lowercase();
    text.split(|c: char| !c.is_alphanumeric() && c != '\'').map(word).filter(|word| !word.is_empty()).collect()
}

fn is(kind: Kind) -> impl Fn(&Card) -> bool {
    move |card| card.kind == kind
}

fn has_points(card: &Card) -> bool {
    card.points.len() >= 3
}

fn is_asked_and_answered(card: &Card) -> bool {
    card.kind == Kind::Ask && card.answer.is_some() && card.followups.iter().all(|probe| probe.starts_with("They "))
}

fn is_multipart(card: &Card) -> bool {
    card.parts.len() >= 2 && card.parts.iter().all(|part| !part.any.is_empty())
}

fn is_for_later_rounds(card: &Card) -> bool {
    card.round.contains(&2) && !card.round.contains(&1)
}

fn asks_why_it_worked(card: &Card) -> bool {
    card.parts.iter().any(|part| part.text == "why it worked")
        && card.followups.iter().any(|p| p.starts_with("Why did it"))
}

fn waits_to_be_filled_in(card: &Card) -> bool {
    card.kind == Kind::Fact && card.suspended_line.is_some() && card.answer.is_none() && card.note.is_some()
}

fn has_an_example(card: &Card) -> bool {
    has_points(card) || is_multipart(card)
}

/// What the cards that serve a practice must be.
type Must = fn(&Card) -> bool;

/// What people rehearse before a senior interview, each with the cards that serve it.
#[rustfmt::skip]
const PRACTICES: &[(&str, Must, &[&str])] = &[
    ("tell stories of what you have done", |card| is(Kind::Story)(card) && has_an_example(card), &[
        "best-success", "largest-team", "taken-over-in-trouble", "change-against-resistance", "hardest-decision",
        "helped-to-grow", "without-authority", "largest-budget",
    ]),
    ("go deep into the best successes", asks_why_it_worked, &["best-success"]),
    ("exceeded, saved, improved, settled disagreements", |card| is(Kind::Story)(card) && has_points(card), &[
        "exceeded-expectations", "saved-money", "improved-process", "disagreement-with-manager",
        "disagreement-with-colleague",
    ]),
    ("know the structure, history, processes and people", waits_to_be_filled_in, &[
        "fact-structure", "fact-history", "fact-main-process", "fact-interviewers", "fact-size", "fact-qualifications",
    ]),
    ("have a plan for thirty, sixty and ninety days", |card| is_multipart(card) && card.phases == ["30", "60", "90"], &[
        "plan-90-days",
    ]),
    ("and for each of its phases and its measures", |card| is(Kind::Plan)(card) && has_points(card), &[
        "plan-by-thirty", "plan-by-sixty", "plan-by-ninety", "plan-measures", "plan-inherited-team",
    ]),
    ("show why you want this job", |card| is(Kind::Motive)(card) && has_points(card) && !card.needs.is_empty(), &[
        "why-this-role", "why-here", "why-now", "second-told-as-if-new",
    ]),
    ("own failures, gaps and references", has_points, &[
        "real-failure", "career-gap", "experience-gap", "reference-feedback", "not-promoted", "blame-and-own-part",
    ]),
    ("open up about a weakness", |card| is(Kind::Weakness)(card) && has_points(card), &[
        "greatest-weakness", "weakness-in-this-role",
    ]),
    ("leave without blame, towards something", |card| is(Kind::Motive)(card) && has_points(card), &[
        "why-leaving", "like-least-now",
    ]),
    ("the second round goes to the doubts", is_for_later_rounds, &[
        "doubts-after-round-one", "second-not-said", "second-deeper", "second-untold-example", "ask-why-you-are-back",
    ]),
    ("philosophy, professionalism, teamwork, adaptability, a running start, fit", has_an_example, &[
        "philosophy-of-work", "professional", "part-in-a-team", "turned-upside-down", "useful-from-the-start",
        "fit-with-the-team",
    ]),
    ("be courteous to everybody, and thank them", has_an_example, &[
        "greet-everybody", "take-leave", "thank-you-note", "thanks-after-the-offer", "minutes-before",
    ]),
    ("get names right", is_asked_and_answered, &["ask-for-a-name"]),
    ("ask about the role", is_asked_and_answered, &[
        "ask-first-year-judged", "ask-predecessor", "ask-where-the-hours-go",
    ]),
    ("ask about the company", is_asked_and_answered, &[
        "ask-what-was-given-up", "ask-complaints", "ask-how-a-decision-travels",
    ]),
    ("ask about the culture, and what they like", is_asked_and_answered, &[
        "ask-like-best", "ask-able-but-unhappy", "ask-who-gets-on",
    ]),
    ("ask for doubts about you in the post and with the team", is_asked_and_answered, &[
        "ask-doubts", "ask-doubts-team",
    ]),
    ("take up what they said", |card| !card.points.is_empty(), &[
        "ask-about-a-breadcrumb", "plan-after-what-you-heard",
    ]),
    ("never as if the job were yours", has_points, &["as-if-it-were-yours"]),
    ("best candidate, not only able", has_points, &["best-candidate"]),
    ("assume that nothing was read", |card| has_points(card) && card.answer.is_some(), &[
        "panel-opening", "duty-in-a-minute",
    ]),
    ("technical qualifications, and multipart questions", is_multipart, &[
        "panel-technical-first", "panel-technical-second", "second-page-of-figures", "panel-leading-change",
        "panel-rule-of-law",
    ]),
    ("ask for a part that you missed", is_asked_and_answered, &["panel-ask-for-the-missing-part"]),
    ("thank the panel", has_points, &["panel-anything-to-add", "take-leave"]),
    ("every present duty, with an example", has_an_example, &[
        "duty-in-a-minute", "duty-people", "duty-money", "duty-planning", "duty-reporting", "duty-outside",
        "duty-quality",
        "duty-that-grew",
    ]),
    ("something in common with the interviewers", is_asked_and_answered, &["ask-work-in-common"]),
    ("key words, and your own application", has_points, &["panel-own-words", "panel-own-application"]),
    ("key words of a core qualification", |card| card.keywords.len() >= 4, &[
        "panel-leading-change", "panel-leading-people", "panel-results-driven", "panel-business-acumen",
        "panel-building-coalitions",
        "panel-rule-of-law", "panel-driving-efficiency", "panel-merit-and-competence", "panel-achieving-results",
    ]),
];

#[test]
fn every_practice_is_served() {
    let cards: BTreeMap<String, Card> = cards().into_iter().map(|card| (card.id.to_string(), card)).collect();
    for (practice, must, ids) in PRACTICES {
        for id in *ids {
            let card = cards.get(*id).unwrap_or_else(|| panic!("{practice}: no card {id}"));
            assert!(must(card), "{practice}: {id} is not what it should be: {card:#?}");
        }
    }
}

/// The core qualifications of executives, as they were and as they are since 2025.
const CLASSIC: &[&str] =
    &["Leading Change", "Leading People", "Results Driven", "Business Acumen", "Building Coalitions"];
const SINCE_2025: &[&str] = &[
    "Commitment to the Rule of Law and the Principles of the American Founding",
    "Driving Efficiency",
    "Merit and Competence",
    "Leading People",
    "Achieving Results",
];

#[test]
fn both_lists_of_qualifications_are_covered_and_nothing_else_is_shown() {
    let known: BTreeSet<&str> = CLASSIC.iter().chain(SINCE_2025).copied().collect();
    let cards = cards();
    for name in &known {
        let shown: Vec<&Card> = cards.iter().filter(|card| card.shows.iter().any(|shown| shown == name)).collect();
        assert!(shown.iter().any(|card| is_multipart(card) && card.tags.iter().any(|tag| tag == "panel")), "{name}");
        assert!(shown.len() >= 2, "{name}");
        // It is to be recognised, so it must not be named.
        for card in shown {
            assert!(angles(card).all(|angle| !angle.to_lowercase().contains(&name.to_lowercase())), "{}", card.id);
        }
    }
    let stories = read("examples/stories.toml").stories;
    let shown = cards.iter().flat_map(|card| &card.shows).chain(stories.iter().flat_map(|story| &story.shows));
    assert_eq!(shown.filter(|name| !known.contains(name.as_str())).collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn there_are_enough_cards_and_a_third_of_them_ask() {
    let cards = cards();
    assert!(cards.len() >= 150, "{}", cards.len());
    let asks = cards.iter().filter(|card| is(Kind::Ask)(card)).count();
    let examples = read("examples/stories.toml").cards.len();
    assert!(asks * 3 >= cards.len() + examples, "{asks} of {}", cards.len());
    let mut ids = HashSet::new();
    for (file, deck) in decks() {
        assert!(deck.title.is_some() && deck.cards.len() >= 8, "{file}: {}", deck.cards.len());
        for card in deck.cards {
            assert!(card.written && ids.insert(card.id.clone()), "{file}: {} has no id of its own", card.id);
        }
    }
}

#[test]
fn every_card_is_whole() {
    for card in cards() {
        let id = &card.id;
        let fact = is(Kind::Fact)(&card);
        let items: Vec<&str> = card.items().collect();
        assert!(fact || (2..=7).contains(&items.len()), "{id}: {items:?}");
        assert!(items.iter().all(|item| item.len() <= 60), "{id}: too long to tick: {items:?}");
        assert!(card.parts.is_empty() || card.parts.iter().any(|part| !part.any.is_empty()), "{id}: no cue words");
        assert!(fact || !card.followups.is_empty(), "{id}: no probe");
        assert!(!card.tags.is_empty(), "{id}: no tag");
        assert!(angles(&card).all(|angle| angle.len() <= 240), "{id}: too long to be asked");
        assert_eq!(card.suspended_line.is_some(), fact, "{id}: what is to be filled in waits, and nothing else");
        if is(Kind::Ask)(&card) {
            let answer = card.answer.as_deref().unwrap_or_else(|| panic!("{id}: no question to say"));
            assert!(answer.contains('?') && !answer.contains(['[', '{']), "{id}: not to be said: {answer}");
        } else if let Some(answer) = &card.answer {
            // What the user would have to say of themselves is left open.
            assert!(
                answer.contains('[') || !answer.contains(|c: char| c.is_ascii_digit()),
                "{id}: whose facts? {answer}"
            );
        }
    }
}

#[test]
fn model_answers_fit_their_limits() {
    const WORDS_PER_MINUTE: usize = 150;
    for card in cards() {
        let spoken = card.answer.as_deref().map_or(0, |answer| words(answer).len()) * 60 / WORDS_PER_MINUTE;
        assert!(spoken <= card.limit as usize, "{}: {spoken} s of {}", card.id, card.limit);
    }
}

#[test]
fn points_say_more_than_the_prompt() {
    let telling = |text: &str| words(text).into_iter().filter(|word| word.len() > 4).collect::<BTreeSet<_>>();
    for card in cards() {
        let asked = telling(&card.prompt);
        for point in &card.points {
            let said = telling(&point.text);
            assert!(said.len() < 2 || !said.is_subset(&asked), "{}: only repeats the prompt: {}", card.id, point.text);
        }
        let items: Vec<&str> = card.items().collect();
        assert!(items.iter().collect::<HashSet<_>>().len() == items.len(), "{}: {items:?}", card.id);
    }
}

#[test]
fn a_name_that_is_filled_in_never_begins_a_sentence() {
    // With no interview it reads "the company", with a small letter.
    for card in cards() {
        for angle in angles(&card).chain(card.followups.iter().map(String::as_str)) {
            let begins = angle.starts_with('{') || [". {", "? {", ": {"].iter().any(|end| angle.contains(end));
            assert!(!begins, "{}: {angle}", card.id);
        }
    }
}

/// Words that two texts share, of those in either; fewer than this.
const SHARED_WORDS: f64 = 0.5;
/// Letters that stay where one text is edited into the other, of the longer one; fewer than this.
const KEPT_LETTERS: f64 = 0.6;

#[test]
fn no_two_prompts_are_nearly_alike() {
    struct Angle {
        id: String,
        text: String,
        words: HashSet<String>,
        letters: [usize; 128],
    }
    let angle = |id: &str, text: &str| {
        let words = words(text);
        let text = words.join(" ");
        let mut letters = [0; 128];
        text.bytes().for_each(|byte| letters[usize::from(byte & 127)] += 1);
        Angle { id: id.to_owned(), text, words: words.into_iter().collect(), letters }
    };
    let cards = cards();
    let all: Vec<Angle> =
        cards.iter().flat_map(|card| angles(card).map(|text| angle(&card.id.to_string(), text))).collect();
    let mut alike = Vec::new();
    for (n, a) in all.iter().enumerate() {
        for b in &all[n + 1..] {
            let shared = a.words.intersection(&b.words).count();
            let words = shared as f64 / (a.words.len() + b.words.len() - shared) as f64;
            let longer = a.text.len().max(b.text.len());
            // No edit is shorter than the letters that one has and the other lacks: most pairs need not be compared.
            let lacks = a.letters.iter().zip(&b.letters).map(|(a, b)| a.saturating_sub(*b)).sum::<usize>();
            let lacks = lacks + b.text.len().saturating_sub(a.text.len());
            let kept = match 1.0 - lacks as f64 / longer as f64 {
                most if most < KEPT_LETTERS => most,
                _ => strsim::normalized_levenshtein(&a.text, &b.text),
            };
            if words >= SHARED_WORDS || kept >= KEPT_LETTERS {
                alike.push(format!("{words:.2} {kept:.2} {}: {} | {}: {}", a.id, a.text, b.id, b.text));
            }
        }
    }
    assert!(alike.is_empty(), "{}", alike.join("\n"));
    assert!(all.len() > cards.len() * 2, "{} angles", all.len());
}

/// A new collection in a folder `answers` of a place.
fn begun() -> Place {
    let place = Place::new();
    assert_eq!(place.run(&["init", "answers"]).code, Some(0));
    place
}

#[test]
fn init_ships_every_file_as_it_is_and_check_is_silent() {
    let place = begun();
    let made = place.path().join("answers");
    let shipped = files(&folder());
    assert_eq!(files(&made), shipped);
    for file in shipped {
        assert_eq!(std::fs::read(made.join(&file)).unwrap(), std::fs::read(folder().join(&file)).unwrap(), "{file}");
    }
    place.run(&["check", "--dir", "answers"]).success("");
}

#[test]
fn the_first_day_asks_five_kinds_and_facts_wait() {
    let place = begun();
    let due = place.json(&["due", "--dir", "answers"]);
    let asked: Vec<(&str, &str)> = due["cards"]
        .as_array()
        .unwrap()
        .iter()
        .map(|card| (card["id"].as_str().unwrap(), card["kind"].as_str().unwrap()))
        .collect();
    assert_eq!(
        asked,
        [
            ("ask-doubts", "ask"),
            ("best-success", "story"),
            ("plan-90-days", "plan"),
            ("greatest-weakness", "weakness"),
            ("why-this-role", "motive"),
        ]
    );
    let list = place.json(&["list", "--dir", "answers"]);
    for card in list["cards"].as_array().unwrap() {
        assert_eq!(card["status"] == "suspended", card["kind"] == "fact", "{card}");
    }
}

#[test]
fn examples_are_not_asked_and_count_for_nothing() {
    let place = begun();
    let shown = |args: &[&str]| place.feed(&[args, &["--dir", "answers"]].concat(), "q\n").stdout;
    let asked = ["review", "the-first-90-days"];
    let prompt = "Take us through your first three months as";
    assert!(!shown(&["list"]).contains("story-night-shift"));
    assert!(!shown(&["due"]).contains("Northwind"));
    assert!(shown(&asked).contains(&format!("{prompt} the role.")));
    // What they name stands in the decks: without the exclusion they would be asked, and nothing is dangling.
    place.write("answers/rehearse.toml", "");
    place.run(&["check", "--dir", "answers"]).success("");
    assert!(shown(&["list"]).contains("story-night-shift"));
    assert!(shown(&asked).contains(&format!("{prompt} Director of Operations.")));
}

#[test]
fn examples_are_left_out_where_they_would_be_asked() {
    let left_out = "The examples are left out: `rehearse.toml` does not exclude them, so they would be asked.\n";
    for (settings, expected) in [
        ("", true),
        ("[review]\nnew_per_day = 3\n", true),
        ("broken = [", true),
        ("[collection]\nexclude = [\"/examples/stories.toml\"]\n", true),
        ("[collection]\nexclude = [\"examples/\"]\n", false),
        ("[collection]\nexclude = [\"/examples/*.toml\"]\n", false),
    ] {
        let place = Place::new();
        place.write("rehearse.toml", settings);
        let done = place.run(&["init"]);
        assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""), "{done:?}");
        assert_eq!(done.stdout.contains(left_out), expected, "{settings}: {}", done.stdout);
        assert_eq!(place.path().join("examples/interview.toml").exists(), !expected, "{settings}");
        assert_eq!(place.read("rehearse.toml"), settings);
    }
}

#[test]
fn a_collection_of_ones_own_is_added_to_and_not_overwritten() {
    let place = Place::new();
    place.write("weaknesses.toml", "[[card]]\nid = \"mine\"\nprompt = \"Mine?\"\n");
    place.write("README.md", "mine\n");
    std::fs::remove_file(place.path().join("rehearse.toml")).unwrap();
    let done = place.run(&["init"]);
    assert!(
        !done.stdout.contains("  weaknesses.toml\n") && done.stdout.contains("  examples/stories.toml\n"),
        "{done:?}"
    );
    assert_eq!((place.read("README.md").as_str(), place.card("mine")["status"].as_str()), ("mine\n", Some("new")));
    assert!(place.run(&["init"]).stdout.starts_with("Nothing was missing"));
}

#[test]
fn example_stories_are_told_in_full() {
    let stories = read("examples/stories.toml").stories;
    assert!((6..=8).contains(&stories.len()));
    for story in &stories {
        let Story { id, year, challenge, context, action, result, lesson, shows, .. } = story;
        let told = [challenge, context, result, lesson].iter().all(|text| text.is_some());
        assert!(told && year.is_some() && action.len() >= 2 && !shows.is_empty(), "{story:#?}");
        // "I" did it, and it can be counted.
        assert!(action.iter().any(|deed| deed.starts_with("I ")), "{id}");
        assert!(result.as_ref().is_some_and(|result| result.contains(|c: char| c.is_ascii_digit())), "{id}");
    }
    let interview = read("examples/interview.toml");
    assert_eq!(interview.interview.as_ref().map(|interview| interview.date), Some(None));
    assert!(!interview.interviewers.is_empty() && !interview.heard.is_empty() && !interview.told.is_empty());
}

#[test]
fn the_example_in_the_authors_guide_is_a_card_without_a_fault() {
    let guide = std::fs::read_to_string(folder().join("README.md")).unwrap();
    let blocks = blocks(&guide, "toml");
    let [(_, text)] = blocks.as_slice() else { panic!("{blocks:?}") };
    let (deck, findings) = parse(&Source::new("README.md", text.clone()), &[]);
    assert_eq!(findings, []);
    let [card] = deck.cards.as_slice() else { panic!("{:?}", deck.cards) };
    assert!(is_multipart(card) && card.hint.is_some() && card.limit == 120, "{card:#?}");
}
