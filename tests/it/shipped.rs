//! The decks that come with the program: what they hold, how good each card is, and that examples stay examples.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io::Write as _;
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

const PACKS: [&str; 6] = ["core", "executive", "facts", "federal", "management", "questions"];

/// The decks of a pack, in path order, each with its file.
fn decks_of(pack: &str) -> Vec<(String, Deck)> {
    let files = files(&folder().join(pack));
    files.into_iter().map(|file| format!("{pack}/{file}")).map(|file| (file.clone(), read(&file))).collect()
}

/// The decks of all packs but the examples.
fn decks() -> Vec<(String, Deck)> {
    PACKS.into_iter().flat_map(decks_of).collect()
}

fn cards_of(pack: &str) -> Vec<Card> {
    decks_of(pack).into_iter().flat_map(|(_, deck)| deck.cards).collect()
}

fn cards() -> Vec<Card> {
    decks().into_iter().flat_map(|(_, deck)| deck.cards).collect()
}

/// Whether an interviewer asks this card, and the user answers.
fn is_asked_of_you(card: &Card) -> bool {
    !matches!(card.kind, Kind::Ask | Kind::Fact)
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
    card.parts.len() >= 2
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
    ("and for its measures", |card| is(Kind::Plan)(card) && has_points(card), &[
        "plan-measures", "plan-early-success", "plan-inherited-team",
    ]),
    ("show why you want this job", |card| is(Kind::Motive)(card) && has_points(card) && !card.needs.is_empty(), &[
        "why-this-role", "why-here", "second-told-as-if-new",
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
    ("be courteous to everybody, and thank them", has_an_example, &["greet-everybody", "take-leave", "thank-you-note"]),
    ("get names right", is_asked_and_answered, &["ask-for-a-name"]),
    ("ask about the role", is_asked_and_answered, &[
        "ask-first-year-judged", "ask-predecessor", "ask-where-the-hours-go",
    ]),
    ("ask about the company", is_asked_and_answered, &[
        "ask-what-was-given-up", "ask-complaints", "ask-how-a-decision-travels", "ask-growth",
    ]),
    ("ask about the culture, and what they like", is_asked_and_answered, &[
        "ask-like-best", "ask-reviews-and-promotion", "ask-who-gets-on",
    ]),
    ("ask for concerns about you in the role and with the team", is_asked_and_answered, &[
        "ask-doubts", "ask-doubts-team",
    ]),
    ("take up what they said", |card| !card.points.is_empty(), &[
        "ask-about-a-breadcrumb", "plan-after-what-you-heard",
    ]),
    ("never as if the job were yours", has_points, &["as-if-it-were-yours"]),
    ("best candidate, not only able", has_points, &["best-candidate"]),
    ("assume that nothing was read", |card| has_points(card) && card.answer.is_some(), &[
        "about-yourself", "duty-in-a-minute",
    ]),
    ("technical qualifications, and multipart questions", is_multipart, &[
        "panel-technical-first", "panel-technical-second", "second-page-of-figures", "panel-leading-change",
        "panel-rule-of-law",
    ]),
    ("ask for a part that you missed", is_asked_and_answered, &["panel-ask-for-the-missing-part"]),
    ("thank the panel", has_points, &["panel-anything-to-add", "take-leave"]),
    ("every present duty, with an example", has_an_example, &[
        "duty-in-a-minute", "duty-people", "duty-planning", "duty-outside", "duty-quality",
    ]),
    ("something in common with the interviewers", is_asked_and_answered, &["ask-work-in-common"]),
    ("your own application", has_points, &["panel-own-application"]),
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
fn every_pack_has_its_cards_and_every_card_an_id_and_a_weight() {
    for (pack, wanted) in [
        ("core", 60..=75),
        ("questions", 38..=50),
        ("management", 20..=40),
        ("executive", 8..=20),
        ("federal", 12..=20),
    ] {
        let cards = cards_of(pack).len();
        assert!(wanted.contains(&cards), "{pack}: {cards}");
    }
    let mut ids = HashSet::new();
    for (file, deck) in decks() {
        assert!(deck.title.is_some(), "{file}");
        for card in deck.cards {
            assert!(card.written && ids.insert(card.id.clone()), "{file}: {} has no id of its own", card.id);
        }
    }
    assert!(cards_of("questions").iter().all(is(Kind::Ask)));
    for card in cards().iter().filter(|card| is(Kind::Ask)(card)) {
        let about = ["role", "company", "culture", "concerns"];
        assert_eq!(card.tags.iter().filter(|tag| about.contains(&tag.as_str())).count(), 1, "{}", card.id);
    }
}

#[test]
fn prompts_open_as_interviewers_do() {
    let opens = |openings: &[&str]| {
        let asked: Vec<String> = cards().into_iter().filter(is_asked_of_you).map(|card| card.prompt).collect();
        let open = asked.iter().filter(|prompt| openings.iter().any(|opening| prompt.starts_with(opening))).count();
        (open * 100 / asked.len(), asked.len())
    };
    let told = ["Tell me", "Tell us", "Describe", "Give me", "Give us", "Walk me", "Walk us"];
    assert!(opens(&told).0 >= 40, "{:?}", opens(&told));
    let all = [&told[..], &["What", "How", "Why", "Where"]].concat();
    assert!(opens(&all).0 >= 75, "{:?}", opens(&all));
}

/// Texts of a card that are read or spoken, with their field.
fn texts(card: &Card) -> Vec<(&'static str, &str)> {
    let items = card.items().map(|text| ("point", text));
    let angles =
        angles(card).map(|text| ("prompt", text)).chain(card.followups.iter().map(|text| ("follow-up", &**text)));
    let rest = [("answer", &card.answer), ("hint", &card.hint), ("note", &card.note)];
    let rest = rest.into_iter().filter_map(|(field, text)| Some((field, text.as_deref()?)));
    items.chain(angles).chain(rest).collect()
}

#[test]
fn everything_is_spoken_american_english() {
    // The left column of the glossary, as far as it can stand in a deck, and words that nobody says in an interview.
    const NEVER: &[&str] = &[
        "anew",
        "mend",
        "whom",
        "whoever",
        "appointments",
        "figures",
        "shall",
        "upon",
        "towards",
        "afterwards",
        "whilst",
        "amongst",
        "lorry",
        "lorries",
        "cv",
        "labour",
        "programme",
        "of late",
        "brought about",
        "as ever",
        "in the house",
    ];
    // Said in one breath; other places may stress the verb.
    const LONG: &[&str] =
        &["I am", "do not", "does not", "did not", "cannot", "will not", "would not", "could not", "it is not"];
    for card in cards() {
        for (field, text) in texts(&card) {
            let said = format!(" {} ", words(text).join(" "));
            let never = NEVER.iter().find(|word| said.contains(&format!(" {word} ")));
            assert_eq!(never, None, "{}: {field}: {text}", card.id);
            let long = LONG.iter().find(|phrase| text.contains(&format!("{phrase} ")));
            assert_eq!(long, None, "{}: {field}: {text}", card.id);
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
        let counted = card.points.iter().map(|point| point.text.split_whitespace().count());
        assert!(fact || counted.clone().all(|words| (2..=8).contains(&words)), "{id}: {items:?}");
        let least = if is(Kind::Ask)(&card) { 2 } else { 3 };
        let multipart = !card.parts.is_empty();
        assert!(fact || multipart || (least..=5).contains(&card.points.len()), "{id}: {items:?}");
        assert!(fact || !card.followups.is_empty(), "{id}: no probe");
        assert!(!card.tags.is_empty(), "{id}: no tag");
        assert!(angles(&card).all(|angle| angle.len() <= 240), "{id}: too long to be asked");
        assert_eq!(card.suspended_line.is_some(), fact, "{id}: what is to be filled in waits, and nothing else");
        if let Some(answer) = &card.answer {
            assert!(!answer.contains(['[', '{']), "{id}: not to be said: {answer}");
            assert!(!is(Kind::Ask)(&card) || answer.contains('?'), "{id}: {answer}");
        } else {
            assert!(!is(Kind::Ask)(&card), "{id}: no question to say");
        }
    }
}

#[test]
fn every_story_plan_motive_and_weakness_of_the_core_has_an_answer_that_the_coach_accepts() {
    let place = begun();
    let mut seen = 0;
    for card in cards_of("core") {
        let Some(answer) = card.answer.as_ref().filter(|_| is_asked_of_you(&card)) else { continue };
        let done = place.feed(&["coach", "--dir", "answers", "--json", "--card", &card.id.to_string()], answer);
        let said: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
        let severe: Vec<&serde_json::Value> =
            said["findings"].as_array().unwrap().iter().filter(|finding| finding["severity"] != "info").collect();
        assert!(severe.is_empty(), "{}: {severe:#?}\n{answer}", card.id);
        seen += 1;
    }
    assert!(seen >= 50, "{seen}");
    for card in cards_of("core") {
        let must = matches!(card.kind, Kind::Story | Kind::Plan | Kind::Motive | Kind::Weakness);
        assert!(!must || card.answer.is_some(), "{}: no model answer", card.id);
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
fn cues_match_few_answers_to_other_cards() {
    let said = |text: &str| format!(" {} ", words(text).join(" "));
    let answers: Vec<(String, String)> = cards()
        .into_iter()
        .filter(is_asked_of_you)
        .filter_map(|card| Some((card.id.to_string(), said(card.answer.as_deref()?))))
        .collect();
    for card in cards() {
        let id = card.id.to_string();
        for item in card.parts.iter().chain(&card.points).filter(|item| !item.any.is_empty()) {
            assert!((2..=8).contains(&item.any.len()), "{id}: {:?}", item.any);
            let matches = |answer: &str| item.any.iter().any(|cue| answer.contains(&said(cue)));
            let others: Vec<&str> =
                answers.iter().filter(|(of, _)| *of != id).map(|(_, answer)| answer.as_str()).collect();
            let by_chance = others.iter().filter(|answer| matches(answer)).count();
            assert!(by_chance * 10 <= others.len(), "{id}, {:?}: {by_chance} of {}", item.text, others.len());
            let own = answers.iter().find(|(of, _)| *of == id);
            assert!(own.is_none_or(|(_, answer)| matches(answer)), "{id}: its own answer holds none of {:?}", item.any);
        }
    }
}

/// Prompts, variants and follow-ups with a placeholder, with and without an interview.
#[test]
fn placeholders_read_well_with_an_interview_and_without() {
    let mut all = String::new();
    let interview = "[interview]\ncompany = \"Calloway Health\"\nrole = \"Regional Operations Director\"\n\
                     [[interviewer]]\nname = \"Dana Wu\"\n";
    for (filled, names) in [
        (false, ["the company", "this role", "the interviewer"]),
        (true, ["Calloway Health", "Regional Operations Director", "Dana Wu"]),
    ] {
        for card in cards() {
            for angle in
                angles(&card).chain(card.followups.iter().map(String::as_str)).filter(|text| text.contains('{'))
            {
                let names = ["{company}", "{role}", "{interviewer}"].into_iter().zip(names);
                let read = names.fold(angle.to_owned(), |text, (key, name)| text.replace(key, name));
                all.extend([&card.id.to_string(), ": ", &read, "\n"]);
                let wrong = ["as this role", "as the role", "the company's the", "at this role", "the the", "{"];
                assert!(wrong.iter().all(|wrong| !read.contains(wrong)), "{}: {read}", card.id);
                let opens =
                    read.starts_with("the ") || [". the ", "? the ", ": the "].iter().any(|end| read.contains(end));
                assert!(!opens, "{}: a sentence starts with a small letter: {read}", card.id);
            }
        }
        let place = begun();
        if filled {
            place.write("answers/mine.toml", interview);
        }
        let shown = place.feed(&["review", "--cram", "questions", "--dir", "answers"], "s\n".repeat(100)).stdout;
        let line = format!("Ask {} what's good about working here", names[2]);
        assert!(shown.contains(&line), "{line}\n{shown}");
    }
    // Shown by `cargo test -- --nocapture`, to be read aloud.
    std::io::stderr().write_all(all.as_bytes()).unwrap();
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

/// Words that two texts share, of those in either; fewer than this.
const SHARED_WORDS: f64 = 0.5;
/// Letters that stay where one text is edited into the other, of the longer one; fewer than this.
const KEPT_LETTERS: f64 = 0.6;

/// The words of a prompt without those that many interviewers open with, which say nothing about what is asked.
fn without_opening(mut words: Vec<String>) -> Vec<String> {
    const OPENINGS: [&[&str]; 6] = [
        &["tell", "describe", "give", "walk", "what's", "what", "how"],
        &["me", "us", "do", "are", "would"],
        &["about", "an", "through", "how"],
        &["example", "a", "an", "the"],
        &["of", "time", "when"],
        &["you", "your", "you've", "a"],
    ];
    for opening in OPENINGS {
        if words.len() > 2 && opening.contains(&words[0].as_str()) {
            words.remove(0);
        }
    }
    words
}

#[test]
fn no_two_prompts_are_nearly_alike() {
    struct Angle {
        id: String,
        text: String,
        words: HashSet<String>,
        letters: [usize; 128],
    }
    let angle = |id: &str, text: &str| {
        let words = without_opening(words(text));
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
fn init_ships_its_packs_as_they_are_and_check_is_silent() {
    let place = begun();
    let made = place.path().join("answers");
    let starts = |file: &String| {
        ["core/", "questions/", "facts/", "examples/", "README.md"].iter().any(|start| file.starts_with(start))
    };
    let shipped: BTreeSet<String> = files(&folder()).into_iter().filter(starts).collect();
    let mut expected = shipped.clone();
    expected.insert("rehearse.toml".to_owned());
    assert_eq!(files(&made), expected);
    // The settings are not those of the decks in the repository, which leave packs out.
    assert!(!place.read("answers/rehearse.toml").contains("facts"));
    for file in shipped {
        assert_eq!(std::fs::read(made.join(&file)).unwrap(), std::fs::read(folder().join(&file)).unwrap(), "{file}");
    }
    place.run(&["check", "--dir", "answers"]).success("");
}

#[test]
fn the_decks_of_the_repository_ask_the_core_and_the_questions() {
    let place = Place::empty();
    let copy = |file: &String| place.write(&format!("decks/{file}"), std::fs::read(folder().join(file)).unwrap());
    files(&folder()).iter().for_each(copy);
    place.run(&["check", "--dir", "decks"]).success("");
    let list = place.json(&["list", "--dir", "decks"]);
    let files: BTreeSet<&str> =
        list["cards"].as_array().unwrap().iter().map(|card| card["file"].as_str().unwrap()).collect();
    assert!(files.iter().all(|file| file.starts_with("core/") || file.starts_with("questions/")), "{files:?}");
    // Nor is anything wrong with the other packs.
    place.write("decks/rehearse.toml", "");
    place.run(&["check", "--dir", "decks"]).success("");
}

/// What a new user sees first, from `init` on, when nobody is at a terminal.
const FIRST_SESSION: &str = "\
14 decks, 130 cards. 5 now, about 9 minutes. Answer aloud, then press Enter. (? help, q quit)

[1/5] Essentials · open · 2:00
  Tell me about yourself.
0:00 of 2:00. Which did you say? (1 3; a all, 0 none)
  1  what I do now, and its size
  2  how I got here, in one sentence
  3  two results, each with a number
  4  why this role comes next
";

#[test]
fn the_first_session_asks_what_anybody_would_expect_and_facts_wait() {
    let place = begun();
    let due = place.json(&["due", "--dir", "answers"]);
    let asked: Vec<&str> = due["cards"].as_array().unwrap().iter().map(|card| card["id"].as_str().unwrap()).collect();
    assert_eq!(asked, ["about-yourself", "why-this-role", "greatest-strengths", "greatest-weakness", "why-leaving"]);
    let list = place.json(&["list", "--dir", "answers"]);
    for card in list["cards"].as_array().unwrap() {
        assert_eq!(card["status"] == "suspended", card["kind"] == "fact", "{card}");
        let weighs = card["weight"].as_u64().unwrap() >= 2;
        assert!(weighs || !card["file"].as_str().unwrap().starts_with("core/"), "{card}");
    }
    let done = place.feed(&["review", "--dir", "answers"], "\na\n4\n".repeat(5));
    assert!(done.stdout.starts_with(FIRST_SESSION), "{}", done.stdout);
    let prompts: Vec<&str> = done.stdout.split("\n[").skip(1).map(|card| card.lines().nth(1).unwrap()).collect();
    assert_eq!(
        prompts,
        [
            "  Tell me about yourself.",
            "  Why do you want this role?",
            "  What are your three greatest strengths?",
            "  What's your greatest weakness?",
            "  Why are you leaving your current job?",
        ]
    );
}

#[test]
fn packs_are_added_by_name_without_the_cards_that_are_there() {
    let place = Place::empty();
    place.write("mine.toml", "[[card]]\nid = \"best-success\"\nprompt = \"Mine?\"\n");
    let done = place.run(&["init", "."]);
    let none = "There are decks here, so no starter pack was copied. `rehearse init --list` shows the packs.\n";
    assert!(done.stdout.contains(none), "{done:?}");
    assert_eq!(files(place.path()), BTreeSet::from(["mine.toml".to_owned(), "rehearse.toml".to_owned()]));
    let done = place.run(&["init", ".", "--pack", "core", "--pack", "federal"]);
    assert!(done.stdout.contains("Left out 1 card that is here already.\n"), "{done:?}");
    assert!(place.path().join("federal/panel.toml").exists() && !place.path().join("questions").exists());
    assert_eq!(place.card("best-success")["prompt"], "Mine?");
    place.run(&["check"]).success("");
    // A file that is there is not touched.
    place.write("core/working.toml", "");
    assert!(place.run(&["init", ".", "--pack", "core"]).stdout.starts_with("Nothing was missing"));
    assert_eq!(place.read("core/working.toml"), "");
    let done = place.run(&["init", ".", "--pack", "nonsense"]);
    assert!(done.code == Some(2) && done.stderr.contains("nonsense"), "{done:?}");
    let done = place.run(&["init", "--list"]);
    assert_eq!(done.stdout.lines().count(), 7, "{done:?}");
    for pack in PACKS {
        assert!(done.stdout.contains(&format!("  {pack:<10}  {:>3}  ", cards_of(pack).len())), "{pack}: {done:?}");
    }
}

#[test]
fn examples_are_not_asked_and_count_for_nothing() {
    let place = begun();
    let shown = |args: &[&str]| place.feed(&[args, &["--dir", "answers"]].concat(), "q\n").stdout;
    let asked = ["review", "questions/company"];
    let prompt = "Find out how things really get decided at";
    let shown_all =
        |args: &[&str]| place.feed(&[args, &["--new", "99", "--dir", "answers"]].concat(), "s\n".repeat(99)).stdout;
    assert!(!shown(&["list"]).contains("story-night-shift"));
    assert!(!shown(&["due"]).contains("Northwind"));
    assert!(shown_all(&asked).contains(&format!("{prompt} the company.")));
    // What they name stands in the decks: without the exclusion they would be asked, and nothing is dangling.
    place.write("answers/rehearse.toml", "");
    place.run(&["check", "--dir", "answers"]).success("");
    assert!(shown(&["list"]).contains("story-night-shift"));
    assert!(shown_all(&asked).contains(&format!("{prompt} Northwind Logistics.")));
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
fn what_is_in_the_folder_is_not_overwritten() {
    let place = Place::empty();
    place.write("README.md", "mine\n");
    place.write("core/results.toml", "# nothing yet\n");
    let done = place.run(&["init", "."]);
    assert!(
        done.stdout.contains("  core/essentials.toml\n") && !done.stdout.contains("  core/results.toml\n"),
        "{done:?}"
    );
    assert_eq!(
        (place.read("README.md").as_str(), place.read("core/results.toml").as_str()),
        ("mine\n", "# nothing yet\n")
    );
    assert!(place.run(&["init", "."]).stdout.starts_with("Nothing was missing"));
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
