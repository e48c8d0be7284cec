//! The coach: the cases of each rule, good answers without findings, arbitrary text, and the commands.

use proptest::prelude::*;
use rehearsal::coach::{
    Answer, AnswerContext, Feedback, Finding, MOST, Phrases, RULES, Rule, Runs, TextKind, review, rule, word,
};
use rehearsal::deck::{Card, Deck, Kind, parse};
use rehearsal::diagnostic::{Severity, Source};
use serde_json::{Value, json};

use crate::support::Place;

/// Rules about tone, which must not report good answers.
const TONE: [&str; 9] = [
    "blame",
    "defensive",
    "fake-weakness",
    "escape-from",
    "too-casual",
    "presumes-job",
    "assumes-known",
    "fillers",
    "hedging",
];

/// The folder of the cases of each rule.
const RULE_CASES: &str = "src/coach/cases";

/// One case of a file: `>>> fires: motive | limit = 10`, and the text below it.
struct Case {
    /// `fires`, `near`, or `silent`.
    wanted: String,
    kind: String,
    /// Keys of the card, the interview, and the test.
    keys: Vec<(String, String)>,
    text: String,
}

fn cases(folder: &str, name: &str) -> Vec<Case> {
    let path = format!("{}/{folder}/{name}.txt", env!("CARGO_MANIFEST_DIR"));
    let file = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let case = |block: &str| {
        let (head, text) = block.split_once('\n').unwrap();
        let mut parts = head.split(" | ");
        let (wanted, kind) = parts.next().unwrap().split_once(": ").unwrap();
        let keys = parts.map(|part| part.split_once(" = ").unwrap()).map(|(key, value)| (key.into(), value.into()));
        Case { wanted: wanted.into(), kind: kind.into(), keys: keys.collect(), text: text.trim().to_owned() }
    };
    file.split("\n>>> ").skip(1).map(case).collect()
}

impl Case {
    fn key(&self, name: &str) -> Option<&str> {
        self.keys.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Makes a deck from the keys: a card, and an interview if there are keys for one.
    fn deck(&self) -> Deck {
        const OF_TEST: [&str; 7] = ["rule", "found", "severity", "ticks", "seconds", "before", "language"];
        let mut deck = format!("[deck]\nlanguage = {}\n", self.key("language").unwrap_or("\"en\""));
        let mut card = "[[card]]\nid = \"case\"\n".to_owned();
        if self.key("prompt").is_none() {
            card += "prompt = \"Well?\"\n";
        }
        if self.kind != "note" {
            card += &format!("kind = \"{}\"\n", self.kind);
        }
        let mut interview = String::new();
        let mut others = String::new();
        for (key, value) in &self.keys {
            match (key.strip_prefix("interview."), key.as_str()) {
                (Some(key), _) => interview += &format!("{key} = {value}\n"),
                (_, "heard") => others += &format!("[[heard]]\nsaid = {value}\n"),
                (_, "interviewer") => others += &format!("[[interviewer]]\nname = {value}\n"),
                (_, key) if OF_TEST.contains(&key) => {}
                (_, key) => card += &format!("{key} = {value}\n"),
            }
        }
        if !interview.is_empty() || !others.is_empty() {
            deck += &format!("[interview]\n{interview}{others}");
        }
        let (deck, faults) = parse(&Source::new("case.toml", deck + &card), &[]);
        assert!(faults.iter().all(|fault| fault.severity == Severity::Info), "{faults:#?}");
        deck
    }

    fn review(&self, off: &[String], before: &str) -> Feedback {
        let deck = self.deck();
        let ticks: Option<Vec<u16>> = self.key("ticks").map(|ticks| serde_json::from_str(ticks).unwrap());
        let before = match self.key("before") {
            Some("true") => Some(Runs::of(before)),
            Some(text) => Some(Runs::of(&serde_json::from_str::<String>(text).unwrap())),
            None => None,
        };
        let answer = Answer {
            text: &self.text,
            ms: self.key("seconds").map(|seconds| seconds.parse::<u64>().unwrap() * 1000),
            ticks: ticks.as_deref(),
            before: before.as_ref(),
            hint: false,
        };
        review(&answer, &context(&self.kind, &deck, off))
    }
}

fn context<'a>(kind: &str, deck: &'a Deck, off: &'a [String]) -> AnswerContext<'a> {
    AnswerContext {
        kind: Kind::parse(kind).map_or(TextKind::Note, TextKind::Answer),
        card: deck.cards.first().filter(|_| kind != "note"),
        interview: deck.interview.as_ref(),
        interviewers: &deck.interviewers,
        heard: &deck.heard,
        off,
        phrases: Phrases::shipped(),
    }
}

/// Returns the ids of all rules but these.
fn others(but: &[&str]) -> Vec<String> {
    RULES.iter().map(|rule| rule.id.to_owned()).filter(|id| !but.contains(&id.as_str())).collect()
}

#[test]
fn every_rule_passes_its_cases() {
    let mut wrong = Vec::new();
    for Rule { id, severity, .. } in RULES {
        let cases = cases(RULE_CASES, id);
        let of = |wanted: &str| cases.iter().filter(|case| case.wanted == wanted).count();
        assert!(of("fires") >= 1 && of("near") + of("silent") >= 2 && cases.len() >= 3, "{id} has too few cases");
        let mut before = String::new();
        for case in cases {
            if case.key("before") == Some("true") && before.is_empty() {
                before.clone_from(&case.text);
            }
            let findings = case.review(&others(&[id]), &before).findings;
            let expected = match case.key("severity") {
                Some(word) => word.trim_matches('"').to_owned(),
                None => word(*severity).to_owned(),
            };
            let found: Option<Vec<String>> = case.key("found").map(|found| serde_json::from_str(found).unwrap());
            let right = match (case.wanted.as_str(), findings.as_slice()) {
                ("fires", [Finding { rule, severity, found: quotes, .. }]) => {
                    rule == id && word(*severity) == expected && found.is_none_or(|found| found == *quotes)
                }
                ("fires", _) => false,
                (_, findings) => findings.is_empty(),
            };
            if !right {
                wrong.push(format!("{id}, {}: {}\n  {findings:?}", case.wanted, case.text));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn good_answers_have_no_findings_of_tone_and_no_fail() {
    let off = others(&TONE);
    let on: Vec<&str> = RULES.iter().filter(|rule| rule.severity == Severity::Error).map(|rule| rule.id).collect();
    let cases = cases("tests/coach", "good-answers");
    assert!(cases.len() >= 20);
    for case in &cases {
        for off in [&off, &others(&on)] {
            let findings = case.review(off, "").findings;
            assert!(findings.is_empty(), "{}: {}\n{findings:#?}", case.kind, case.text);
        }
    }
    // Nothing is missing in a good story.
    let story = others(&["no-challenge", "no-context", "no-action", "no-result"]);
    for case in cases.iter().filter(|case| case.kind == "story") {
        let findings = case.review(&story, "").findings;
        assert!(findings.is_empty(), "{}\n{findings:#?}", case.text);
    }
}

fn plain(kind: &str, text: &str, off: &[String]) -> Feedback {
    let case = Case { wanted: String::new(), kind: kind.into(), keys: Vec::new(), text: text.into() };
    case.review(off, "")
}

#[test]
fn at_most_five_findings_the_most_severe_first_then_those_with_quotes() {
    let text = "Yeah dude. My old boss was an idiot, and nobody told me anything. As you know I led a large team.";
    let review = plain("story", text, &[]);
    let ids: Vec<&str> = review.findings.iter().map(|finding| finding.rule).collect();
    assert_eq!(ids, ["blame", "defensive", "scale-unquantified", "too-casual", "too-short"]);
    assert_eq!((review.words, review.seconds(), review.worst()), (21, 8, Some(Severity::Error)));
}

#[test]
fn grades_are_capped_by_findings_time_and_ticks() {
    let deck = "[[card]]\nid = \"x\"\nprompt = \"X?\"\nlimit = 60\nparts = [\"a\"]\npoints = [\"b\"]\n";
    let (deck, _) = parse(&Source::new("x.toml", deck), &[]);
    let good = "I ask the people who do the work first, because they know where it hurts and what was tried before.";
    let blame = format!("{good} My old boss was an idiot.");
    let casual = format!("{good} It was awesome, dude.");
    let card = deck.cards.first();
    type Graded<'a> = (&'a str, Option<&'a [u16]>, Option<u64>, Option<&'a Card>, Option<u8>);
    let cases: [Graded; 12] = [
        (good, Some(&[1, 2]), None, card, Some(5)),
        (good, Some(&[1]), None, card, Some(3)),
        (good, Some(&[2]), None, card, Some(3)),
        (good, Some(&[]), None, card, Some(1)),
        (&blame, Some(&[1, 2]), None, card, Some(2)),
        (&casual, Some(&[1, 2]), None, card, Some(4)),
        (good, Some(&[1, 2]), Some(91_000), card, Some(3)),
        (good, None, None, card, None),
        (&blame, None, None, card, Some(2)),
        (&casual, None, None, None, Some(4)),
        (good, None, Some(95_000), card, Some(3)),
        // A coffee break is not the time of the answer.
        (good, None, Some(301_000), card, None),
    ];
    for (n, (text, ticks, ms, card, grade)) in cases.into_iter().enumerate() {
        let answer = Answer { text, ms, ticks, ..Answer::default() };
        let context = AnswerContext { card, ..context("open", &deck, &[]) };
        let found = review(&answer, &context).grade(&answer, card).map(rehearsal::schedule::Grade::get);
        assert_eq!(found, grade, "case {n}");
    }
}

#[test]
fn every_spelling_of_english_is_english_everywhere() {
    for (language, english) in [("en", true), ("EN", true), ("en_GB", true), ("en-GB", true), ("de", false)] {
        let place = Place::with_deck(&format!(
            "[deck]\nlanguage = \"{language}\"\n[[card]]\nid = \"c\"\nprompt = \"What is your weakness?\"\n\
             variants = [\"Tell me your weakness.\"]\n[[story]]\nid = \"s\"\ntitle = \"The flood\"\nresult = \"two hundred\"\n"
        ));
        let answer = "My stupid boss stole my idea, and he had it in for me.";
        let blames = |text: &str| text.contains("blame");
        let check = place.run(&["check"]).stdout;
        assert_eq!(check.contains("synonym-variant"), english, "{language}: {check}");
        let coach = place.feed(&["coach", "--card", "c"], answer).stdout;
        assert_eq!(blames(&coach), english, "{language}: {coach}");
        let session = place.feed(&["review", "--type"], format!("{answer}\n4\n")).stdout;
        assert_eq!(blames(&session), english, "{language}: {session}");
        let stories = place.json(&["stories"])["stories"].to_string();
        assert_eq!(!stories.contains("\"numbers\":null"), english, "{language}: {stories}");
    }
}

#[test]
fn phrase_rules_do_not_apply_to_other_languages() {
    let text = "Er war die Art von Chef, der my old boss was an idiot sagt. Um, um, um, um.";
    let case = |language: &str| Case {
        wanted: String::new(),
        kind: "open".into(),
        keys: vec![("language".into(), language.into()), ("limit".into(), "1".into())],
        text: text.into(),
    };
    let ids = |language: &str| -> Vec<&str> {
        case(language).review(&[], "").findings.iter().map(|finding| finding.rule).collect()
    };
    assert_eq!(ids("\"de\""), ["too-long"]);
    assert_eq!(ids("\"en-GB\""), ["blame", "fillers", "too-long"]);
}

/// Generates words that rules look for, with separators between and around them.
fn any_answer() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "my",
        "old",
        "boss",
        "was",
        "an",
        "idiot",
        "never",
        "listened",
        "not",
        "if",
        "nobody",
        "told",
        "me",
        "um",
        "I",
        "we",
        "led",
        "a",
        "large",
        "team",
        "as",
        "you",
        "know",
        "dude",
        "awesome",
        "perfectionist",
        "fed",
        "up",
        "30",
        "Ünïcode",
        "don’t",
        "\u{200d}",
        "e.g.",
        "Dr.",
        "“",
        "”",
        "\"",
        "'",
        "!",
        "?",
        ".",
        "...",
        "\n",
        "\n\n",
        "- ",
        "%",
        "\u{202e}",
        "\u{1f600}",
        "ß",
        "İ",
        "ﬁ",
        "1,000",
        ",",
        "(",
        ")",
    ]);
    prop_oneof![
        prop::collection::vec((words, prop::sample::select(vec![" ", "", "\t", "  "])), 0..120)
            .prop_map(|parts| parts.into_iter().flat_map(|(word, gap)| [word, gap]).collect::<String>()),
        any::<String>(),
    ]
}

proptest! {
    #![proptest_config(crate::tiers::cases(20))]

    #[test]
    fn any_text_can_be_reviewed(text in any_answer(), before in any_answer(), kind in 0..8_usize, off in 0..RULES.len()) {
        let kinds = ["open", "story", "motive", "weakness", "plan", "ask", "fact", "note"];
        let deck = "[interview]\ncompany = \"Um\"\nrole = \"Boss\"\n[[interviewer]]\nname = \"Dude Idiot\"\n[[heard]]\nsaid = \"my large team\"\n\
                    [[card]]\nid = \"x\"\nprompt = \"X?\"\nlimit = 1\nkeywords = [\"fed up\"]\nneeds = [\"company\", \"role\"]\n\
                    phases = [\"30\"]\nparts = [{ ask = \"a\", any = [\"old boss\", \"\"] }]\n";
        let (deck, faults) = parse(&Source::new("x.toml", deck), &[]);
        // An empty cue word is not an error.
        prop_assert!(faults.iter().all(|fault| fault.severity != Severity::Error));
        let runs = Runs::of(&before);
        let answer = Answer { text: &text, before: Some(&runs), ..Answer::default() };
        let off = vec![RULES[off].id.to_owned()];
        let context = context(kinds[kind], &deck, &off);
        let all = review(&answer, &context);
        prop_assert!(all.findings.len() <= MOST);
        prop_assert!(all.findings.is_sorted_by_key(|finding| finding.severity));
        for finding in &all.findings {
            prop_assert!(finding.rule != off[0] && rule(finding.rule).unwrap().on.contains(&context.kind));
            prop_assert!(finding.found.len() <= 5 && !finding.message.is_empty());
            prop_assert!(finding.found.iter().all(|quote| !quote.is_empty() && text.contains(quote.as_str())), "{finding:?}");
        }
        prop_assert_eq!(review(&answer, &context), all.clone());
        let silent: Vec<String> = others(&[]);
        let silenced = review(&answer, &AnswerContext { off: &silent, ..context });
        prop_assert!(silenced.findings.is_empty());
        if let Some(grade) = all.grade(&answer, context.card) {
            prop_assert!(all.worst() != Some(Severity::Error) || grade.get() <= 2);
        }
    }
}

const DECK: &str = "[deck]\ntitle = \"D\"\n[[card]]\nid = \"why\"\nkind = \"motive\"\nprompt = \"Why {company}?\"\nlimit = 30\n\
                    points = [\"p\", \"q\"]\n[[card]]\nid = \"plan\"\nkind = \"plan\"\nprompt = \"First 90 days?\"\n\
                    [[card]]\nid = \"quiet\"\nkind = \"motive\"\nprompt = \"Why?\"\noff = [\"escape-from\"]\nneeds = []\n";
const ESCAPE: &str =
    "I am fed up with the routine, and I would like to build something with you from the first day on.\n";

/// What is said of an answer to a motive card with nothing found.
const CHECKED: &str = "No questions. I checked for: time, length, long sentences, the size of a team or a budget, the company, the role, \
     each part of the question, keywords, blame, excuses, what you're getting away from, a look ahead, slang, talking as if \
     you had the job, what they may not know, fillers, hedging, repeated words, reciting, names.";

#[test]
fn years_are_no_size_so_it_asks_how_many_and_how_much() {
    let place = Place::with_deck(DECK);
    let said = place.feed(&["coach"], "In 2022 I supervised a staff and managed a budget.").stdout;
    let asks = "\"supervised a staff\", \"managed a budget\": how many people, and how much money?";
    assert!(said.contains(asks), "{said}");
    let sized = "In 2022 I supervised a staff of 40 and managed a budget of 3 million dollars.";
    assert!(!place.feed(&["coach"], sized).stdout.contains("how many people"));
}

#[test]
fn a_question_that_a_website_answers_is_weak() {
    let place = Place::with_deck(DECK);
    let question = "How does your role fit into the overall structure of the organization?";
    let said = place.feed(&["coach", "--kind", "ask"], question).stdout;
    assert!(said.contains("would a website or the first round tell you?"), "{said}");
    let doubts = place.feed(&["coach", "--kind", "ask"], "I'd like to hear any doubts").stdout;
    assert!(doubts.starts_with("No questions. I checked for: "), "{doubts}");
}

#[test]
fn what_is_only_missed_caps_nothing_and_an_empty_answer_is_a_zero() {
    let place = Place::with_deck(DECK);
    let graded = |kind: &str, text: &str| {
        let found: Value =
            serde_json::from_str(&place.feed(&["coach", "--kind", kind, "--json"], text).stdout).unwrap();
        let rules = found["findings"].as_array().unwrap().iter().map(|row| row["rule"].as_str().unwrap().to_owned());
        (rules.collect::<Vec<_>>().join(" "), found["grade"].clone())
    };
    let unmeasured = "In the first 30 days I'd listen to all nine supervisors. By day 60 I'd bring you two ideas. By day 90 \
                      we'd begin with the first of them in the north.";
    assert_eq!(graded("plan", unmeasured), ("plan-no-measure".to_owned(), Value::Null));
    let unnumbered = "Last year we had a backlog, and nobody wanted it. I sorted the claims with the team and held a short \
                      meeting every morning. Now the desk is empty every evening.";
    assert_eq!(graded("story", unnumbered), ("no-numbers".to_owned(), json!(4)));
    let blaming = format!("{unmeasured} My boss was an idiot.");
    assert_eq!(graded("plan", &blaming), ("blame plan-no-measure".to_owned(), json!(2)));
    assert_eq!(graded("open", " \n").1, json!(0));
}

#[test]
fn answers_are_reviewed_as_text_and_json() {
    let place = Place::with_deck(DECK);
    place
        .feed(&["coach", "--card", "quiet"], ESCAPE)
        .success(&format!("{}\n21 words, about 0:08 aloud.\n", CHECKED.replace("what you're getting away from, ", "")));
    place
        .feed(&["coach", "--kind", "motive", "--seconds", "9"], ESCAPE)
        .success("warn  escape-from  \"fed up\": what are you moving toward?\n21 words in 0:09.\nAt most grade 4.\n");
    // The company is that of the next interview, and its other names count.
    place.write(
        "soon.toml",
        "[interview]\ncompany = \"Northwind Logistics\"\nalso = [\"Northwind\"]\ndate = 2026-12-09\nwpm = 100\n",
    );
    place.write("past.toml", "[interview]\ncompany = \"Southwind\"\ndate = 2026-10-09\n");
    let done = place.feed(&["coach", "--card", "why", "--ticks", "1", "--json"], ESCAPE);
    let found: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!(
        found,
        json!({
            "findings": [
                { "rule": "escape-from", "severity": "warn", "found": ["fed up"],
                  "message": "\"fed up\": what are you moving toward?" },
                { "rule": "no-company", "severity": "warn", "found": [],
                  "message": "I didn't hear \"Northwind Logistics\". Where would it fit?" },
            ],
            "words": 21,
            "seconds": 13,
            "grade": 3,
        })
    );
    let named = ESCAPE.replace("with you", "at Northwind").replace("fed up with", "at the end of");
    let said = place.feed(&["coach", "--card", "why", "--ticks", "1,2"], &named).stdout;
    let grade = "22 words, about 0:13 aloud.\nSuggested grade: 5 (every point, inside the time, in fresh words).\n";
    assert!(said.starts_with("No questions. I checked for: time, ") && said.ends_with(grade), "{said}");
}

#[test]
fn interviews_and_debriefs_say_what_was_heard_and_who_was_met() {
    let place = Place::with_deck(DECK);
    place.write("first.toml", "[interview]\ncompany = \"Northwind\"\ndate = 2026-11-01\nround = 1\n");
    place.write("second.toml", "[interview]\ncompany = \"northwind\"\ndate = 2026-12-09\nround = 2\n");
    place.write(
        "other.toml",
        "[interview]\ncompany = \"Southwind\"\ndate = 2026-11-02\n[[heard]]\nsaid = \"too many meetings\"\n",
    );
    let plan = "In the first 30 days I would meet everybody in many meetings. By day 60 and 90 we would measure it.";
    let crumbs = |place: &Place| {
        let done = place.feed(&["coach", "--card", "plan", "--json"], plan);
        let found: Value = serde_json::from_str(&done.stdout).unwrap();
        let messages = found["findings"].as_array().unwrap().iter().filter(|row| row["rule"] == "no-breadcrumb");
        messages.map(|row| row["message"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert!(crumbs(&place).is_empty(), "what others said is not theirs");
    place.write("kept.toml", "[debrief]\ninterview = \"first\"\n[[interviewer]]\nname = \"Priya Ramanathan\"\n[[heard]]\nsaid = \"late deliveries\"\n");
    assert_eq!(
        crumbs(&place),
        ["I didn't hear what they told you, such as \"late deliveries\". Could the plan begin there?"]
    );
    place.write("note.txt", "Dear Ms Ramanatan, it was good to meet you.\n");
    place.run(&["note", "--check", "note.txt"]).success(
        "warn  name-misspelt  \"Ramanatan\": did you mean \"Ramanathan\"?\n\
         warn  no-thanks      I didn't see a thank-you. What, specifically, do you want to thank them for?\n\
         9 words.\n",
    );
    let done = place.feed(&["note", "--check", "-", "--json"], "Thank you, Priya.");
    assert_eq!(serde_json::from_str::<Value>(&done.stdout).unwrap()["findings"], json!([]));
}

#[test]
fn rules_can_be_switched_off_and_phrases_added() {
    let place = Place::with_deck(DECK);
    let ids = |place: &Place, kind: &str, text: &str| {
        let done = place.feed(&["coach", "--kind", kind, "--json"], text);
        assert_eq!(done.code, Some(0), "{done:?}");
        let found: Value = serde_json::from_str(&done.stdout).unwrap();
        let rows = found["findings"].as_array().unwrap().iter();
        let ids: Vec<String> = rows.map(|row| row["rule"].as_str().unwrap().to_owned()).collect();
        (ids.join(" "), done.stderr)
    };
    let slow = "Let me begin with the yard. It was an old yard. It had its habits. I changed the rota with the drivers, \
                for when I came in 2019 it was losing two lorries a month. In the end losses fell by half.";
    assert_eq!(ids(&place, "story", slow), (String::new(), String::new()));
    place.write("rehearse.toml", "[coach]\noff = [\"escape-from\"]\n");
    assert_eq!(ids(&place, "story", slow).0, "slow-start");
    assert_eq!(ids(&place, "motive", ESCAPE).0, "");
    place.write("words/mine.txt", "# mine\n[escape-from]\nenough already\n\n[no-result]\nlo and behold\n");
    place.write("rehearse.toml", "[coach]\nphrases = [\"words/mine.txt\"]\n");
    assert_eq!(
        ids(&place, "motive", "Enough already, I would say, and so I would like to come to you and to work here.").0,
        "escape-from"
    );

    // Problems in settings and phrases are reported, and the answer is still reviewed.
    place.write("words/mine.txt", "stray\n");
    place.write("rehearse.toml", "[coach]\noff = [\"blaem\"]\nphrases = [\"words/mine.txt\", \"gone.txt\"]\n");
    let (_, stderr) = ids(&place, "motive", ESCAPE);
    let said = "warning: rehearse.toml:2:8: no coach rule `blaem` [dangling]\n  2 | off = [\"blaem\"]\n    |        ^^^^^^^\nhelp: did you mean `blame`?\n\
                warning: rehearse.toml:3:30: no file `gone.txt` in this collection [dangling]\n  3 | phrases = [\"words/mine.txt\", \"gone.txt\"]\n    |                              ^^^^^^^^^^\nhelp: write its path from the top of the collection\n\
                warning: words/mine.txt:1:1: this phrase is not under a rule [phrases]\n  1 | stray\n    | ^^^^^\nhelp: write the rule above its phrases, in brackets: `[blame]`\n";
    assert_eq!(stderr, said);
    let check = place.run(&["check"]);
    assert_eq!((check.code, check.stderr.as_str()), (Some(1), ""));
    assert!(check.stdout.replace("\n\n", "\n").ends_with(said), "{}", check.stdout);
    assert_eq!(place.feed(&["coach", "--quiet"], ESCAPE).stderr, "");
    // Other commands do not read phrases.
    assert_eq!(place.run(&["due", "--short"]).code, Some(0));

    place.write("rehearse.toml", "[coach]\nphrases = [\"../mine.txt\"]\n");
    let (_, stderr) = ids(&place, "motive", ESCAPE);
    assert!(
        stderr.starts_with("error: rehearse.toml:2:12: `../mine.txt` is no path within the collection"),
        "{stderr}"
    );
}

#[test]
#[cfg(unix)]
fn phrase_files_outside_the_collection_are_not_read() {
    let place = Place::new();
    place.write("mine.txt", "[blame]\nso and so\n");
    place.write("collection/rehearse.toml", "[coach]\nphrases = [\"link.txt\", \"folder\"]\n");
    place.write("collection/folder/x.txt", "");
    std::os::unix::fs::symlink("../mine.txt", place.path().join("collection/link.txt")).unwrap();
    let done = place.feed(&["coach", "--dir", "collection"], "so and so");
    let said = "warning: link.txt:1:1: leads out of the collection and is not followed [link]\n\
                error: folder:1:1: cannot be read: no regular file [unreadable]\n";
    assert_eq!((done.stderr.as_str(), done.code), (said, Some(0)));
    assert!(!done.stdout.contains("blame"), "{done:?}");
}

#[test]
fn wrong_arguments_say_what_to_do() {
    let place = Place::with_deck(DECK);
    let cases: [(&[&str], &str); 5] = [
        (&["coach", "--card", "wy"], "error: no card `wy`\nhelp: did you mean `why`?\n"),
        (
            &["coach", "--card", "why", "--ticks", "3"],
            "error: `why` has no point 3\nhelp: its parts and points are numbered from 1 to 2\n",
        ),
        (&["coach", "--explain", "blaem"], "error: no rule `blaem`\nhelp: did you mean `blame`?\n"),
        (&["note", "--check", "gone.txt"], "error: no file `gone.txt`\nhelp: name a file with the note in it\n"),
        (&["note", "--check", "."], "error: `.` is no regular file\nhelp: name a file with the note in it\n"),
    ];
    for (args, said) in cases {
        place.feed(args, "x").ended(2, "", said);
    }
    let long = "word ".repeat((1 << 20) / 5 + 1);
    place.feed(&["coach"], &long).ended(
        2,
        "",
        "error: the text on standard input is longer than 1 MiB\nhelp: an hour of speech is 60 KiB; is it the right file?\n",
    );
    let longest = place.feed(&["coach", "--json"], &long[..1 << 20]);
    assert_eq!(longest.code, Some(0));
    // Control characters in an answer are escaped.
    let done = place
        .feed(&["coach"], "My boss was an \u{1b} idiot, and I would say so any day of the year to whoever asks me.");
    assert!(done.stdout.contains("\\u{1b}") && !done.stdout.contains('\u{1b}'), "{done:?}");
    assert_eq!(place.feed(&["coach"], [0xff, b'x']).code, Some(0));
}

#[test]
fn every_rule_is_explained() {
    // Even with broken settings.
    let place = Place::new();
    place.write("rehearse.toml", "[");
    let list = place.run(&["coach", "--explain"]).stdout;
    let rows = place.json(&["coach", "--explain"]);
    assert_eq!(rows["rules"].as_array().unwrap().len(), RULES.len());
    for (n, Rule { id, severity, finds, why, .. }) in RULES.iter().enumerate() {
        assert!(RULES[..n].iter().all(|other| other.id != *id), "{id} stands twice");
        assert!(list.lines().any(|line| line.starts_with(word(*severity)) && line.ends_with(finds)), "{id}\n{list}");
        let done = place.run(&["coach", "--explain", id]);
        let head = format!("`{id}` ({}) finds {finds}.\n{why}\n\nApplies to: ", word(*severity));
        assert!(done.code == Some(0) && done.stdout.starts_with(&head), "{done:?}");
        let switch = if *id == "slow-start" { "off by default" } else { "switches it off" };
        assert!(done.stdout.contains(switch), "{done:?}");
        let row = place.json(&["coach", "--explain", id]);
        let first = cases(RULE_CASES, id).into_iter().next().unwrap();
        assert_eq!(
            (row["example"]["text"].as_str(), first.wanted.as_str()),
            (Some(first.text.as_str()), "fires"),
            "{id}"
        );
        for line in first.text.lines() {
            assert!(done.stdout.contains(&format!("  {line}\n")), "{id}\n{}", done.stdout);
        }
    }
}

/// Counts over one set of answers: faults found, of how many; other answers with a finding that caps the grade, of how many.
fn figures(name: &str) -> ([usize; 4], Vec<String>) {
    let (mut figures, mut wrong) = ([0; 4], Vec::new());
    for case in cases("src/coach/cases/sets", name) {
        let feedback = case.review(&["slow-start".to_owned()], "");
        let counts: Vec<&Finding> =
            feedback.findings.iter().filter(|finding| finding.severity != Severity::Info && finding.caps).collect();
        let (at, right) = match case.wanted.as_str() {
            "fault" => (0, feedback.findings.iter().any(|finding| Some(finding.rule) == case.key("rule"))),
            _ => (2, counts.is_empty()),
        };
        figures[at + 1] += 1;
        figures[at] += usize::from(right == (at == 0));
        if !right {
            let found: Vec<&str> = feedback.findings.iter().map(|finding| finding.message.as_str()).collect();
            wrong.push(format!("{} {:?}: {}\n  {found:?}", case.wanted, case.key("rule"), case.text));
        }
    }
    (figures, wrong)
}

#[test]
fn most_single_faults_are_found_and_hardly_any_good_answer_is_faulted() {
    // Phrases fit the answers that were in view; of the others, 30 of 37 were found when they were first tried.
    for (name, least, most) in [("seen", 85, 3), ("unseen", 80, 5)] {
        let ([found, faults, alarms, others], wrong) = figures(name);
        let said =
            format!("{name}: {found} of {faults} faults, {alarms} of {others} false alarms\n{}", wrong.join("\n"));
        assert!(100 * found >= least * faults && 100 * alarms <= most * others, "{said}");
    }
}
