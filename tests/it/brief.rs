//! The page for the morning of an interview.

use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr as _;

use crate::application::{DEBRIEF_1, HOSTILE, ROUND_1, ROUND_2, second_round};
use crate::support::Place;

const PAGE: &str = "\
Northwind, VP Engineering. Round 2, today 10:00.
You meet: Priya Ramanathan, Chief Operating Officer. Ran a parcel hub; so did you.
They value: the driver comes home; say it early.
They said: \"we're struggling with late deliveries on the coast routes\" (Priya): plan-90-days
They haven't heard: The flood; Fuel for three. You didn't get to say: the union deal.
Your plan: 30 listen and agree on measures; 60 one trial; 90 results
Ask (role): What should be different after my first year?
Ask (company): Where will Northwind grow over the next two years?
Ask (culture): What's the best thing about working here?
Ask (concerns): What concerns do you have about me in this role?
Ask (heard): You said \"we're struggling with late deliveries on the coast routes\". What have you tried so far?
No card shows: running a network of depots. `rehearse add --shows TITLE` starts a card for one.
Shaky: career-gap (3), saved-money (2). Still blank: fact-history. Reread your application.
";

/// The names and contents of all files of a place.
fn files(place: &Place) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut folders = vec![place.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            match entry.file_type().unwrap().is_dir() {
                // This machine's own files are indexes of the decks.
                true if entry.file_name() == ".rehearse" => {}
                true => folders.push(entry.path()),
                false => {
                    files.push((entry.path().display().to_string(), std::fs::read(entry.path()).unwrap()));
                }
            }
        }
    }
    files.sort();
    files
}

#[test]
fn the_morning_of_a_second_round_is_one_page() {
    let place = second_round();
    place.run(&["brief"]).success(PAGE);
    place.run(&["brief", "--interview", "northwind-round-2"]).success(PAGE);
}

#[cfg(target_os = "linux")]
#[test]
fn on_a_terminal_it_fits_the_columns() {
    use crate::support::on_terminal;
    let place = second_round();
    let command = "stty rows 24 cols 80; rehearse --color never --now 2026-12-09T07:30:00Z brief";
    let Some(seen) = on_terminal(place.path(), command, "") else { return };
    let expected = "\
Northwind, VP Engineering. Round 2, today 10:00.
You meet: Priya Ramanathan, Chief Operating Officer. Ran a parcel hub; so did
  you.
They value: the driver comes home; say it early.
They said: \"we're struggling with late deliveries on the coast routes\" (Priya):
  plan-90-days
They haven't heard: The flood; Fuel for three. You didn't get to say: the union
  deal.
Your plan: 30 listen and agree on measures; 60 one trial; 90 results
Ask (role): What should be different after my first year?
Ask (company): Where will Northwind grow over the next two years?
Ask (culture): What's the best thing about working here?
Ask (concerns): What concerns do you have about me in this role?
Ask (heard): You said \"we're struggling with late deliveries on the coast
  routes\". What have you tried so far?
No card shows: running a network of depots. `rehearse add --shows TITLE` starts
  a card for one.
Shaky: career-gap (3), saved-money (2). Still blank: fact-history. Reread your
  application.
";
    assert_eq!(seen, expected);
}

#[test]
fn json_has_the_whole_page() {
    let brief = second_round().json(&["brief"]);
    let said = "we're struggling with late deliveries on the coast routes";
    let question =
        |category: &str, id: Value, question: &str| json!({ "category": category, "id": id, "question": question });
    let expected = json!({
        "id": "northwind-round-2", "company": "Northwind", "role": "VP Engineering", "date": "2026-12-09", "round": 2,
        "meet": [{ "name": "Priya Ramanathan", "title": "Chief Operating Officer", "note": "Ran a parcel hub; so did you." }],
        "heard": [{ "said": said, "by": "Priya Ramanathan", "use": ["plan-90-days"] }],
        "untold": [{ "id": "flood", "title": "The flood" }, { "id": "fuel", "title": "Fuel for three" }],
        "unsaid": ["the union deal"],
        "plan": [{
            "id": "plan-90-days", "phases": ["30", "60", "90"],
            "points": ["listen and agree on measures", "one trial", "results"],
        }],
        "ask": [
            question("role", json!("ask-first-year"), "What should be different after my first year?"),
            question("company", json!("ask-growth"), "Where will Northwind grow over the next two years?"),
            question("culture", json!("ask-best"), "What's the best thing about working here?"),
            question("concerns", json!("ask-concerns"), "What concerns do you have about me in this role?"),
            question("heard", Value::Null, &format!("You said \"{said}\". What have you tried so far?")),
        ],
        "shaky": [{ "id": "career-gap", "grade": 3 }, { "id": "saved-money", "grade": 2 }],
        "blank": ["fact-history"],
    });
    assert_eq!(brief, expected);
}

#[test]
fn markdown_has_the_same_under_headings() {
    let place = second_round();
    let page = place.run(&["brief", "--markdown"]);
    let expected = "# Northwind, VP Engineering\n\nRound 2, today 10:00.\n\n## You meet\n\n\
                    - Priya Ramanathan, Chief Operating Officer. Ran a parcel hub; so did you.\n\n## They value\n";
    assert!(page.stdout.starts_with(expected), "{}", page.stdout);
    for line in [
        "## They haven't heard\n\n- The flood\n- Fuel for three\n",
        "## Ask\n\n- role: What should be different after my first year?\n- company:",
        "## Shaky\n\n- career-gap (3)\n- saved-money (2)\n",
        "## Still blank\n\n- fact-history\n\nReread your application.\n",
    ] {
        assert!(page.stdout.contains(line), "{line}\n{}", page.stdout);
    }
    let refused = place.run(&["brief", "--markdown", "--json"]);
    assert!(refused.code == Some(2) && refused.stderr.contains("`--json` does not go with"), "{refused:?}");
}

#[test]
fn it_writes_nothing() {
    let place = second_round();
    let (before, log) = (files(&place), place.log());
    for args in [&["brief"][..], &["brief", "--markdown"], &["brief", "--json"]] {
        assert_eq!(place.run(args).code, Some(0));
    }
    assert!(files(&place) == before);
    assert_eq!(place.log(), log);
}

#[test]
fn rounds_of_one_company_belong_together_and_others_do_not() {
    let place = second_round();
    let other = ROUND_1.replace("northwind-round-1", "southwind").replace("Northwind Logistics", "Southwind");
    place.write("southwind.toml", other.replace("also = [\"Northwind\"]\n", ""));
    place.write(
        "southwind-debrief.toml",
        DEBRIEF_1.replace("northwind-round-1", "southwind").replace("\"merger\"", "\"flood\"").replace("late", "few"),
    );
    let later = ROUND_1.replace("northwind-round-1", "round-3").replace("2026-11-20", "2026-12-20");
    place.write("round-3.toml", later.clone() + "[[told]]\nstory = \"flood\"\n[[heard]]\nsaid = \"much later\"\n");
    let brief = place.json(&["brief"]);
    let titles = |brief: &Value| -> Vec<String> {
        brief["untold"].as_array().unwrap().iter().map(|story| story["title"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(
        (titles(&brief), brief["heard"].as_array().unwrap().len()),
        (vec!["The flood".into(), "Fuel for three".into()], 1)
    );
    // A third round has heard what was told in both before it; the company is known by its other name.
    place.write(
        "northwind-round-2-debrief.toml",
        "[debrief]\ninterview = \"northwind-round-2\"\nunsaid = [\"the budget\"]\n\
                 [[told]]\nstory = \"flood\"\n[[heard]]\nsaid = \"calm counts\"\n",
    );
    let third = place.json(&["brief", "--interview", "round-3"]);
    assert_eq!(
        (titles(&third), &third["unsaid"]),
        (vec!["Fuel for three".into()], &json!(["the budget", "the union deal"]))
    );
    let said: Vec<&str> =
        third["heard"].as_array().unwrap().iter().map(|heard| heard["said"].as_str().unwrap()).collect();
    assert_eq!(said[..2], ["much later", "calm counts"]);
    assert!(third["heard"].as_array().unwrap().len() == 3, "{third}");
}

#[test]
fn the_questions_are_those_of_the_round() {
    let place = second_round();
    let first = place.json(&["brief", "--interview", "northwind-round-1"]);
    assert_eq!(first["ask"][0]["id"], "ask-success");
    // A question of your own for next time comes before all others of its category, or in addition.
    place.write(
        "northwind-round-1-debrief.toml",
        DEBRIEF_1.to_owned()
            + "[[card]]\nid = \"mine\"\nkind = \"ask\"\ntags = [\"culture\"]\nprompt = \"Who stays late?\"\n\
               [[card]]\nid = \"other\"\nkind = \"ask\"\nprompt = \"What became of the trial?\"\n",
    );
    let page = place.run(&["brief"]).stdout;
    assert!(page.contains("Ask (culture): Who stays late?\n"), "{page}");
    assert!(page.contains("results\nAsk (yours): What became of the trial?\nAsk (role): What should"), "{page}");
    // A card that takes up what they said is the question about it.
    place.write(
        "northwind-round-1-debrief.toml",
        DEBRIEF_1.replace("\"plan-90-days\"]", "\"plan-90-days\", \"ask-coast\"]"),
    );
    place.write(
        "coast.toml",
        "[[card]]\nid = \"ask-coast\"\nkind = \"ask\"\nprompt = \"Which coast route is worst?\"\n",
    );
    let page = place.run(&["brief"]).stdout;
    assert!(page.contains("(Priya): plan-90-days, ask-coast\n"), "{page}");
    assert!(page.contains("Ask (heard): Which coast route is worst?\n"), "{page}");
    // Without questions, each category is named.
    std::fs::remove_file(place.path().join("questions.toml")).unwrap();
    let page = place.run(&["brief"]).stdout;
    assert!(page.contains("Ask: no question about role, company, culture or concerns is in scope;"), "{page}");
}

#[test]
fn only_the_scope_is_shaky_or_blank() {
    let place = second_round();
    place.write("northwind-round-2.toml", ROUND_2.replace("round = 2\n", "round = 2\ndecks = [\"core\"]\n"));
    place.write(
        "other.toml",
        "[[card]]\nid = \"other\"\nprompt = \"Other?\"\n[[card]]\nid = \"o2\"\nprompt = \"O?\"\nsuspended = true\n",
    );
    assert_eq!(place.run(&["grade", "other", "1"]).code, Some(0));
    let brief = place.json(&["brief"]);
    assert_eq!((&brief["blank"], brief["shaky"].as_array().unwrap().len()), (&json!(["fact-history"]), 2));
    // What was answered well since isn't shaky, and what rests for a while isn't blank.
    assert_eq!(place.run(&["grade", "career-gap", "4"]).code, Some(0));
    assert_eq!(place.run(&["suspend", "saved-money"]).code, Some(0));
    let brief = place.json(&["brief"]);
    assert_eq!((&brief["blank"], &brief["shaky"]), (&json!(["fact-history"]), &json!([])));
}

#[test]
fn with_nothing_known_it_says_what_would_help() {
    let place = Place::new();
    place.run(&["brief"]).success(
        "No upcoming interview. Run `rehearse interview add` to write down who you'll meet, and when.
You have no stories yet. `rehearse add stories.toml --story` starts one.
Your plan: no plan card is in scope. `rehearse add plan.toml --kind plan` starts one.
Ask: no question about role, company, culture or concerns is in scope; an `ask` card with that tag is one.
There are no cards yet. `rehearse init` adds starter decks. Reread your application.
",
    );
    let brief = place.json(&["brief"]);
    assert_eq!((&brief["id"], &brief["meet"], &brief["ask"]), (&Value::Null, &json!([]), &json!([])));
    assert!(
        place
            .run(&["brief", "--markdown"])
            .stdout
            .starts_with("# No upcoming interview\n\nRun `rehearse interview add`")
    );
    // An interview of which nothing is known.
    place.write("job.toml", "[interview]\n");
    let page = place.run(&["brief"]).stdout;
    let start = "job. No date yet: add `date` to job.toml.\n\
                 You meet: nobody is written down. Add `[[interviewer]]` with a `name` to job.toml.\n";
    assert!(page.starts_with(start), "{page}");
    assert!(page.contains("No card is in scope: look at `decks`, `tags`, and `round` in job.toml."), "{page}");
    place.run(&["brief", "--interview", "jbo"]).ended(2, "", "error: no interview `jbo`\nhelp: did you mean `job`?\n");
    // Nothing was kept from the first round, and every story was told.
    let place = second_round();
    place.write("northwind-round-1-debrief.toml", "");
    let page = place.run(&["brief"]).stdout;
    let nothing = "They said: nothing is written down from the earlier rounds. `rehearse debrief` asks for it.\n";
    assert!(page.contains(nothing), "{page}");
    let told = ["merger", "flood", "fuel"].map(|story| format!("[[told]]\nstory = \"{story}\"\n")).concat();
    place.write("northwind-round-1.toml", ROUND_1.to_owned() + &told);
    assert!(place.run(&["brief"]).stdout.contains("\nThey have heard all of your stories.\n"));
}

#[test]
fn the_time_of_day_is_kept() {
    let place = second_round();
    let head = |date: &str| {
        place.write("northwind-round-2.toml", ROUND_2.replace("2026-12-09T10:00:00", date));
        let brief = place.run(&["brief"]).stdout;
        assert_eq!(place.json(&["brief"])["date"], date[..10]);
        brief.lines().next().unwrap().replace("Northwind, VP Engineering. Round 2, ", "")
    };
    let cases = [
        ("2026-12-09", "today."),
        ("2026-12-09 09:05:00", "today 9:05."),
        ("2026-12-10T14:30:00+02:00", "tomorrow 14:30."),
        ("2026-12-21", "Monday 21 December."),
    ];
    for (date, expected) in cases {
        assert_eq!(head(date), expected, "{date}");
    }
    let check = place.run(&["check"]).stdout;
    assert!(!check.contains("date"), "{check}");
}

#[cfg(target_os = "linux")]
#[test]
fn however_much_is_known_it_fits_two_screens() {
    let place = second_round();
    let long = "many words that say rather little and go on for a while, ".repeat(8);
    let table = |n: usize, table: &str| table.replace("{n}", &n.to_string()).replace("{long}", &long);
    let many = |template: &str| (0..30).map(|n| table(n, template)).collect::<String>();
    place.write(
        "northwind-round-2.toml",
        ROUND_2.replace("\"running a network of depots\"", &many("\"depots {n} {long}\", "))
            + &many("[[interviewer]]\nname = \"Dana {n} {long}\"\ntitle = \"{long}\"\nnote = \"{long}\"\n")
            + &many("[[heard]]\nsaid = \"{n} {long}\"\nby = \"Dana {n}\"\nuse = [\"plan-{n}\"]\n"),
    );
    place.write(
        "many.toml",
        many("[[story]]\nid = \"story-{n}\"\ntitle = \"{n} {long}\"\n")
            + &many("[[card]]\nid = \"a-long-id-of-a-card-that-is-still-blank-{n}\"\nprompt = \"Q{n}?\"\nsuspended = true\n")
            + &many("[[card]]\nid = \"plan-{n}\"\nkind = \"plan\"\nprompt = \"P{n}?\"\npoints = [\"{long}\", \"b {long}\", \"c {long}\"]\n"),
    );
    let page = place.run(&["brief"]).stdout;
    let command = "stty rows 24 cols 80; rehearse --color never --now 2026-12-09T07:30:00Z brief";
    let Some(seen) = crate::support::on_terminal(place.path(), command, "") else { return };
    assert!((30..=48).contains(&seen.lines().count()), "{seen}");
    assert!(seen.lines().all(|line| line.width() <= 80), "{seen}");
    for more in ["You meet: ", "They said: ", "Your plan: "] {
        let last = page.lines().rfind(|line| line.starts_with(more)).unwrap();
        assert!(last.contains(" more; `rehearse brief --json` lists them all."), "{last}");
    }
    assert!(page.contains("; and ") && page.contains(" more. Reread your application."), "{page}");
    let brief = place.json(&["brief"]);
    assert_eq!((brief["meet"].as_array().unwrap().len(), brief["blank"].as_array().unwrap().len()), (31, 31));
}

#[test]
fn text_of_decks_is_only_text() {
    let place = second_round();
    let hostile = |text: &str| text.replace("HOSTILE", HOSTILE);
    place.write(
        "northwind-round-2.toml",
        hostile(
            "[interview]\ncompany = \"HOSTILE\"\nrole = \"HOSTILE\"\ndate = 2026-12-09\nvalues = [\"HOSTILE\"]\n\
             qualifications = [\"HOSTILE\"]\n[[interviewer]]\nname = \"HOSTILE\"\ntitle = \"HOSTILE\"\nnote = \"HOSTILE\"\n\
             [[heard]]\nsaid = \"HOSTILE\"\nby = \"HOSTILE\"\n",
        ),
    );
    place.write(
        "more.toml",
        hostile(
            "[[story]]\nid = \"s\"\ntitle = \"HOSTILE\"\n[[card]]\nid = \"p\"\nkind = \"plan\"\nprompt = \"P?\"\n\
             points = [\"HOSTILE\"]\n[[card]]\nid = \"q\"\nkind = \"ask\"\ntags = [\"role\"]\nweight = 3\nprompt = \"HOSTILE\"\n",
        ),
    );
    let page = place.run(&["brief"]).stdout;
    assert!(page.contains("\\u{1b}[2J") && !page.contains(['\u{1b}', '\u{202e}']), "{page}");
    assert!(!page.lines().any(|line| line.starts_with("saved") || line.starts_with("# ")), "{page}");
    place.write("saved.toml", "[interview]\ncompany = \"saved x grade 5\"\n");
    let saved = place.run(&["brief", "--interview", "saved"]).stdout;
    assert!(saved.starts_with("Interview: saved x grade 5. "), "{saved}");
    let markdown = place.run(&["brief", "--markdown"]).stdout;
    for line in markdown.lines() {
        let own = line.starts_with("# \\\\u") || !line.starts_with("# ");
        assert!(own && !line.contains(['\u{1b}', '\u{202e}']), "{line}");
    }
    // Without what is escaped, nothing is left that Markdown would read as more than text.
    let mut left = String::new();
    let mut letters = markdown.chars();
    while let Some(c) = letters.next() {
        if c == '\\' {
            letters.next();
        } else {
            left.push(c);
        }
    }
    assert!(!left.contains(['<', '>', '[', ']']) && !left.contains("http:") && !left.contains(" # H"), "{left}");
    assert!(markdown.contains("\\<script\\>") && markdown.contains("\\[x\\](http\\://a\\.b)"), "{markdown}");
}

#[test]
fn what_they_said_and_value_is_shown_after_the_answer_it_belongs_to() {
    let place = second_round();
    let plan = place.feed(&["review", "--cram", "--kind", "plan"], "\na\n4\n").stdout;
    let (before, after) = plan.split_once("0:0").unwrap_or_else(|| panic!("{plan}"));
    let said = "They said:\n  \"we're struggling with late deliveries on the coast routes\" (Priya Ramanathan)\n";
    assert!(!before.contains("They said") && after.contains(said), "{plan}");
    assert!(!plan.contains("They value"), "{plan}");
    let motive = place.feed(&["review", "--cram", "--kind", "motive"], "\n4\n").stdout;
    assert!(motive.contains("They value:\n  the driver comes home\n  say it early\n"), "{motive}");
    assert!(!motive.contains("They said"), "{motive}");
    let lines = "{\"answer\":\"I would listen first.\"}\n{\"grade\":4}\n";
    let events = place.feed(&["review", "--cram", "--kind", "plan", "--json"], lines).stdout;
    let revealed: Value = events
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .find(|event: &Value| event["event"] == "revealed")
        .unwrap();
    assert_eq!(revealed["heard"][0]["by"], "Priya Ramanathan");
    // Another interview has heard nothing.
    place.write("other.toml", "[interview]\ncompany = \"Other\"\ndate = 2026-12-10\n");
    let other = place.feed(&["review", "--cram", "--kind", "plan", "--interview", "other"], "\na\n4\n").stdout;
    assert!(!other.contains("They said"), "{other}");
}

#[test]
fn a_qualification_without_a_card_becomes_one() {
    let place = second_round();
    place.write("editor.sh", "#!/bin/sh\ncp \"$1\" seen.toml; echo >> \"$1\"\n");
    let editor = place.path().join("editor.sh");
    std::fs::set_permissions(&editor, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let stories = place.run(&["stories"]).stdout;
    let command = "rehearse add --shows 'running a network of depots'";
    assert!(stories.contains(&format!("    no card either: `{command}` starts one\n")), "{stories}");
    let mut add = place.command(&["add", "core", "--shows", "running a network of depots"]);
    let added = crate::support::finish(add.env("EDITOR", &editor).spawn().unwrap());
    assert_eq!(added.code, Some(0), "{added:?}");
    let core = place.read("core.toml");
    assert!(core.contains("prompt = \"What experience do you have with running a network of depots?\"\n"), "{core}");
    assert!(core.contains("shows = [\"running a network of depots\"]\n"), "{core}");
    assert!(!place.run(&["brief"]).stdout.contains("No card shows"));
    assert!(!place.run(&["stories"]).stdout.contains("no card either"));
    let empty = place.run(&["add", "core", "--shows", " "]);
    assert_eq!(empty.code, Some(2), "{empty:?}");
}
