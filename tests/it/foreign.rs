//! Text from decks, files, and arguments cannot act on a terminal or imitate the program, and none of it is lost.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use serde_json::Value;

use crate::support::{Done, Place, finish};
use crate::tiers::{cases, sample};

/// Texts that act on a terminal, forge output, or confuse.
const NASTY: &[&str] = &[
    "\u{1b}[2J\u{1b}[31mred",
    "\u{1b}]8;;http://example.com\u{1b}\\link\u{1b}]8;;\u{7}",
    "\u{1b}]0;title\u{7}\u{8}\u{8}\u{8}",
    "\u{9b}2J\u{9d}0;x\u{9c}\u{85}\u{80}",
    "a\rsaved x grade 5, next 2099-01-01",
    "\r\nsaved x grade 5, next 2099-01-01\r\n",
    "\nsaved x grade 5, next 2099-01-01\nsaved x grade 5",
    "saved x grade 5, next 2099-01-01",
    "\u{b}saved x grade 5\u{c}saved x grade 5",
    "\u{2028}saved x grade 5\u{2029}saved x grade 5",
    "\u{85}saved x grade 5\u{1e}saved x grade 5",
    "\u{7f}\u{0}\u{1}\u{1f}",
    "\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}reversed",
    "\u{2066}\u{2067}\u{2068}\u{2069}isolated",
    "\u{200e}\u{200f}\u{61c}marks",
    "\u{e0001}\u{e0041}\u{e007f}tags",
    "`\u{202e}` \"quoted\" \\u{1b} 'x' {company} [[card]] # =",
    "\t\ttabs\t",
];

/// Texts in many scripts, which are shown unchanged.
const GOOD: &[&str] = &[
    "日本語で答えてください。全角　スペース",
    "שלום, למה אתה רוצה את העבודה הזאת?",
    "لماذا تريد هذه الوظيفة؟",
    "می\u{200c}خواهم क्\u{200d}ष",
    "👩\u{200d}👩\u{200d}👧\u{200d}👦 🏳\u{fe0f}\u{200d}🌈 👍🏽",
    "e\u{301}a\u{308}\u{323} Zürich ﷽",
    "😀 — “quotes” … ½ ﬁ",
];

/// Whether a character may be printed.
fn allowed(c: char) -> bool {
    let code = u32::from(c);
    let forbidden = [
        0x00..=0x1f,
        0x7f..=0x7f,
        0x80..=0x9f,
        0x2028..=0x2029,
        0x200e..=0x200f,
        0x61c..=0x61c,
        0x202a..=0x202e,
        0x2066..=0x2069,
        0xe0000..=0xe007f,
    ];
    c == '\n' || !forbidden.iter().any(|range| range.contains(&code))
}

/// Checks that both streams have only allowed characters, and returns the lines that start like a saved review.
fn tame(done: &Done) -> Result<Vec<&str>, TestCaseError> {
    for text in [&done.stdout, &done.stderr] {
        if let Some(c) = text.chars().find(|c| !allowed(*c)) {
            return Err(TestCaseError::fail(format!("{c:?} in {text:?}")));
        }
    }
    prop_assert!(done.code.is_some_and(|code| (0..=4).contains(&code)), "{done:?}");
    Ok(done.stdout.lines().chain(done.stderr.lines()).filter(|line| line.starts_with("saved ")).collect())
}

/// As [`tame`], and also checks that no review was saved.
fn silent(done: &Done) -> TestCaseResult {
    let saved = tame(done)?;
    prop_assert!(saved.is_empty(), "{saved:?} in {done:?}");
    Ok(())
}

/// A TOML string with everything but letters, digits, and spaces escaped.
fn quoted(text: &str) -> String {
    let escaped = text.chars().map(|c| match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' | ' ' => c.to_string(),
        c => format!("\\U{:08X}", u32::from(c)),
    });
    format!("\"{}\"", escaped.collect::<String>())
}

/// A collection with the text wherever an author can write one. The card `x` is valid.
fn collection(text: &str) -> Place {
    let place = Place::new();
    let (words, key, id) = (quoted(&format!("T{text}")), quoted(&format!("k{text}")), quoted(&format!("i{text}é")));
    let lines = quoted(&format!("T\n{text}"));
    place.write(
        "deck.toml",
        format!(
            "[deck]\ntitle = {words}\ndescription = {lines}\nauthor = {words}\n[[card]]\nid = \"x\"\nprompt = {lines}\n\
             points = [{lines}, {{ text = {words}, any = [{words}] }}]\nanswer = {lines}\nnote = {lines}\nsource = {lines}\n\
             hint = {lines}\ntags = [{words}]\nkeywords = [{words}]\n[interview]\ncompany = {words}\nrole = {lines}\ndate = 2026-12-09\n\
             [[interviewer]]\nname = {lines}\n",
        ),
    );
    place.write(
        "faults.toml",
        format!(
            "[[card]]\nid = {id}\nprompt = \"a\"\n[[card]]\n{key} = 1\nprompt = \"b\"\n[[card]]\nprompt = \"c\"\nkind = {words}\n\
             [[card]]\nprompt = \"d\"\nlimit = {lines}\nneeds = [{words}]\n[[{key}]]\nx = 1\n[[card]]\nprompt = {{ {key} = 1 }}\n\
             [[card]]\nprompt = {lines}\naccept = [\"unused\"]\n",
        ),
    );
    place.write("raw.toml", format!("[[card]]\nprompt = \"{text}\n{text}\n[[card]]\n{text} = \"e\"\n[{text}]\n"));
    place.write("conflict.toml", format!("<<<<<<< {text}\n[[card]]\nprompt = 'f'\n======= {text}\n>>>>>>> {text}\n"));
    place
}

/// The text as the name of a file, without what a name cannot contain.
fn file_name(text: &str) -> String {
    let name: String = text.chars().filter(|c| !['/', '\0'].contains(c)).collect();
    let mut end = name.len().min(200);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    name[..end].trim_start_matches('.').to_owned()
}

fn value(done: &Done) -> Value {
    serde_json::from_str(&done.stdout).unwrap_or_else(|error| panic!("{error}: {done:?}"))
}

/// Checks every command on a collection with the text everywhere.
fn holds(text: &str) -> TestCaseResult {
    let place = collection(text);
    for file in [format!("{text}.toml"), format!("n/{text}{text}.toml")] {
        place.write(&format!("n{}", file_name(&file)), "[[card]]\npromt = 1\n");
        place.write(&file_name(&file), "[[card]]\npromt = 1\n");
    }
    for args in
        [&[][..], &["list"], &["due"], &["due", "--short"], &["log"], &["check"], &["check", "--format", "short"]]
    {
        silent(&place.run(args))?;
    }
    // The prompt, the points, the hint, and the answer.
    let done = place.feed(&["review", "deck.toml"], "?\nh\n\n?\n1\n?\n4\n");
    let saved = tame(&done)?;
    prop_assert!(saved.contains(&"saved x grade 4, next 2026-11-23"), "{done:?}");
    let log = place.run(&["log", "--all", "--json"]);
    silent(&log)?;
    prop_assert_eq!(saved.len(), log.stdout.lines().count(), "{:?}", done);
    silent(&place.run(&["log"]))?;
    // JSON has the text unchanged.
    let list = place.run(&["list", "--json"]);
    silent(&list)?;
    let list = value(&list);
    let card = list["cards"].as_array().unwrap().iter().find(|card| card["id"] == "x").unwrap();
    let (prompt, title) = (format!("T\n{text}"), format!("T{text}"));
    prop_assert_eq!(card["prompt"].as_str(), Some(prompt.as_str()));
    prop_assert_eq!((card["deck"].as_str(), card["tags"][0].as_str()), (Some(title.as_str()), Some(title.as_str())));
    for args in [&["due", "--json"][..], &["check", "--format", "json"]] {
        let done = place.run(args);
        silent(&done)?;
        value(&done);
    }
    let due = value(&place.run(&["due", "--json"]));
    prop_assert_eq!(due["interviews"][0]["company"].as_str(), Some(title.as_str()));
    let done =
        place.feed(&["review", "deck.toml", "--cram", "--format", "jsonl"], "{\"action\":\"hint\"}\n{\"grade\":4}\n");
    silent(&done)?;
    let first = serde_json::from_str::<Value>(done.stdout.lines().next().unwrap()).unwrap();
    if !text.contains(['{', '}']) {
        prop_assert_eq!(first["points"][0].as_str(), Some(prompt.as_str()));
        prop_assert_eq!(first["prompt"].as_str(), Some(prompt.as_str()));
    }
    // Input lines.
    silent(&place.feed(&["review", "--cram", "--format", "jsonl"], format!("{text}\n{{\"action\":\"{text}\"}}\n")))?;
    silent(&place.feed(&["review", "--cram"], format!("{text}\n\n{text}\n1\n{text}\n")))?;
    interview_holds(text)?;
    // Settings.
    place.write("rehearse.toml", format!("[review]\n{} = 1\n[{}]\n", quoted(text), quoted(&format!("s{text}"))));
    silent(&place.run(&["due"]))?;
    silent(&place.run(&["check"]))?;
    place.write("rehearse.toml", format!("[review]\n{text} = {text}\n"));
    silent(&place.run(&["list"]))
}

/// Checks a mock interview in which the text is who asks, what is asked for, what is asked, and what is typed.
fn interview_holds(text: &str) -> TestCaseResult {
    let (words, lines) = (quoted(text), quoted(&format!("T\n{text}")));
    let place = Place::with_deck(&format!(
        "[[card]]\nid = \"x\"\nprompt = {lines}\nshows = [{words}]\npoints = [{lines}]\nfollowups = [{lines}]\n\
         variants = [{words}]\n[[card]]\nprompt = {lines}\nkind = \"ask\"\n[interview]\ncompany = {words}\nrole = {lines}\n\
         date = 2026-12-09\ncompetencies = [{words}, {lines}]\n[[interviewer]]\nname = {words}\ntitle = {lines}\n\
         [[heard]]\nsaid = {words}\n",
    ));
    for args in [&["mock", "--panel"][..], &["mock", "--listen"]] {
        let typed = format!("n {text}\n{text}\nr\n\n\n\n1\n2\n\n\n{text}\n3\n");
        silent(&place.feed(args, typed))?;
    }
    let scored = place.run(&["log", "--all"]);
    silent(&scored)?;
    prop_assert!(scored.stdout.contains("mock "), "{scored:?}");
    Ok(())
}

/// Checks every argument.
fn refused(place: &Place, text: &str) -> TestCaseResult {
    let text = &text.replace('\0', "");
    let (flag, pair) = (format!("--{text}"), format!("--limit={text}"));
    let calls: &[&[&str]] = &[
        &[text],
        &[&flag],
        &["grade", text, "3"],
        &["grade", "x", text],
        &["grade", "x", "3", text],
        &["grade", "x", "3", "--ticks", text],
        &["list", &flag],
        &["review", text],
        &["review", &pair],
        &["review", "--kind", text],
        &["review", "--tag", text],
        &["review", "--format", text],
        &["check", text],
        &["check", "--format", text],
        &["undo", text],
        &["suspend", text],
        &["resume", text],
        &["rename", text, "y"],
        &["rename", "x", text],
        &["--dir", text, "list"],
        &["--local", text, "check"],
        &["--now", text, "list"],
        &["--color", text, "list"],
    ];
    for args in calls {
        silent(&place.run(args))?;
    }
    Ok(())
}

#[test]
fn nasty_text_is_escaped_everywhere() {
    for text in sample(NASTY.iter().chain(GOOD)) {
        holds(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
    }
}

#[test]
fn nasty_arguments_are_escaped() {
    for text in sample(NASTY) {
        let place = Place::with_deck("[[card]]\nid = \"x\"\nprompt = \"X\"\n");
        refused(&place, text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
        // A folder of that name, and one that does not exist.
        let name = file_name(text);
        silent(&place.run(&["init", &name])).unwrap();
        silent(&place.run(&["--dir", &name, "check"])).unwrap();
        silent(&place.run(&["--dir", &format!("{name}/none"), "check"])).unwrap();
        std::fs::write(place.path().join(&name).join("rehearse.toml"), "x").unwrap();
        silent(&place.run(&["--dir", &name, "due"])).unwrap();
    }
}

#[test]
fn arguments_that_are_not_utf_8_are_refused() {
    let place = Place::new();
    let raw = OsStr::from_bytes(b"\xff\x1b[2J\nsaved x grade 5");
    for before in [&[][..], &["grade"], &["grade", "x"], &["--dir"], &["review"], &["check"], &["--now"]] {
        let done = finish(place.command(before).arg(raw).spawn().unwrap());
        silent(&done).unwrap();
        assert!(matches!(done.code, Some(2 | 3)), "{done:?}");
    }
}

#[test]
fn a_card_with_the_id_saved_cannot_forge_a_line() {
    let place = Place::with_deck("[[card]]\nid = \"saved\"\nprompt = \"X\"\n[[card]]\nid = \"y\"\nprompt = \"Y\"\n");
    silent(&place.feed(&["review"], "s\nb\n")).unwrap();
    for args in
        [&["suspend", "saved"][..], &["suspend", "saved"], &["resume", "saved"], &["list"], &["rename", "saved", "y"]]
    {
        silent(&place.run(args)).unwrap();
    }
    assert_eq!(tame(&place.run(&["grade", "saved", "5"])).unwrap(), ["saved y grade 5, next 2026-11-23"]);
    silent(&place.run(&["undo"])).unwrap();
    silent(&place.run(&["log", "--all"])).unwrap();
}

#[test]
fn text_in_any_script_is_shown_unchanged() {
    for text in GOOD {
        let place = Place::with_deck(&format!(
            "[deck]\ntitle = \"{text}\"\n[[card]]\nid = \"x\"\nprompt = \"{text}\"\npoints = [\"{text}\"]\nanswer = \"{text}\"\n"
        ));
        place.write(&format!("{}.toml", file_name(text)), format!("[[card]]\n\"{text}\" = 1\n"));
        let done = place.feed(&["review"], "\n1\n4\n");
        for line in [format!("[1/1] {text} · open · 2:00"), format!("  {text}"), format!("  1  {text}")] {
            assert!(done.stdout.lines().any(|own| own == line), "{line}\n{done:?}");
        }
        assert!(place.run(&["list"]).stdout.contains(text));
        assert!(place.run(&["list", "--json"]).stdout.contains(text), "in JSON they are themselves too");
        let check = place.run(&["check", "--format", "short"]).stdout;
        assert!(check.contains(&format!("{text}.toml:2:1: error: card has no key `{text}`")), "{check}");
    }
}

/// Any text, often with parts that act on a terminal.
fn foreign() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => prop::sample::select(NASTY).prop_map(str::to_owned),
        1 => prop::sample::select(GOOD).prop_map(str::to_owned),
        2 => "(\n|\r|\t| |saved x grade 5|\u{1b}\\[1m|\u{202e}|\u{9b}|\"|'|\\\\|\\]|=|#|é){0,12}",
        2 => any::<String>(),
    ];
    prop::collection::vec(piece, 1..4).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(cases(13))]

    #[test]
    fn text_in_decks_cannot_act_or_forge(text in foreign()) {
        holds(&text)?;
    }
}

proptest! {
    #![proptest_config(cases(3))]

    #[test]
    fn arguments_cannot_act_or_forge(text in foreign()) {
        let place = Place::with_deck("[[card]]\nid = \"x\"\nprompt = \"X\"\n");
        refused(&place, &text)?;
    }
}
