//! Interviews: added, listed, narrowed to, forecast, and lived through.

use serde_json::{Value, json};

use crate::support::Place;

const QUESTIONS: &str = "Company?\nRole?\nDate?\nRound?\nWho will you meet? (name, title)\n";

/// A deck with so many cards of weight 1, named `a-000` and so on.
fn deck(name: &str, cards: usize) -> String {
    let card = |n| format!("[[card]]\nid = \"{name}-{n:03}\"\nprompt = \"Question {n} of {name}?\"\nlimit = 130\n");
    format!("[deck]\ntitle = \"{name}\"\n") + &(0..cards).map(card).collect::<String>()
}

#[test]
fn add_asks_and_writes_a_new_file() {
    let place = Place::with_deck(&deck("core", 12));
    let again = "Please try again: a date is written 2026-12-09, or 2026-12-09 10:00.\nDate?\n";
    let asked = QUESTIONS.replace("Round?", &format!("{again}Round?")) + "Who will you meet? (name, title)\n";
    let typed = "Northwind\nVP Engineering\nsoon\n2026-12-09 10:00\n2\nPriya Ramanathan, Chief Operating Officer\n\n";
    let wrote = "Wrote northwind-round-2.toml. 12 cards are in scope.\n";
    place.feed(&["interview", "add"], typed).success(&format!("{asked}{wrote}"));
    let expected = "[interview]\nid = \"northwind-round-2\"\ncompany = \"Northwind\"\nrole = \"VP Engineering\"\n\
                    date = 2026-12-09T10:00:00\nround = 2\n\n[[interviewer]]\nname = \"Priya Ramanathan\"\n\
                    title = \"Chief Operating Officer\"\n";
    assert_eq!(place.read("northwind-round-2.toml"), expected);
    assert_eq!(place.json(&["check", "--format", "json"])["findings"].as_array().unwrap().len(), 0);
    // Options ask nothing, and a file that is there is never written to.
    let add = ["interview", "add", "--company", "Northwind", "--round", "2", "--meet", "Dana Wu", "--meet", "B, COO"];
    place.run(&add).success("Wrote northwind-round-2-2.toml. 12 cards are in scope.\n");
    assert_eq!(place.read("northwind-round-2.toml"), expected);
    let people = "[[interviewer]]\nname = \"Dana Wu\"\n\n[[interviewer]]\nname = \"B\"\ntitle = \"COO\"\n";
    assert!(place.read("northwind-round-2-2.toml").ends_with(people));
    let added = place.json(&["interview", "add", "--company", "../x", "--date", "2026-12-10"]);
    assert_eq!(added, json!({ "id": "x", "file": "x.toml", "cards": 12 }));
    // Enter skips, and the end of input skips the rest.
    place
        .feed(&["interview", "add"], "\n\n")
        .success(&format!("{QUESTIONS}Nothing was written: no question has an answer.\n"));
    let one = place.feed(&["interview", "add"], "\nCEO\n");
    one.success(&format!("{QUESTIONS}Wrote interview.toml. 12 cards are in scope.\n"));
    let exclude = "[collection]\nexclude = [\"y*.toml\"]\n";
    place.write("rehearse.toml", exclude);
    let refused = place.run(&["interview", "add", "--company", "Y"]);
    assert_eq!((refused.code, place.path().join("y.toml").exists()), (Some(2), false), "{refused:?}");
}

#[test]
fn interviews_are_listed_past_ones_too() {
    let place = Place::with_deck(&deck("core", 3));
    place.run(&["interview"]).success("No interviews yet. `rehearse interview add` writes a file for one.\n");
    place.write("n.toml", "[interview]\ncompany = \"Northwind\"\nrole = \"VP\"\ndate = 2026-12-09\nround = 2\n");
    place.write("late.toml", "[interview]\ncompany = \"Late\"\ndate = 2036-12-09\n");
    place.write("past.toml", "[interview]\ncompany = \"Northwind\"\ndate = 2026-11-01\nround = 1\n");
    place.write("open.toml", "[interview]\nrole = \"CEO\"\ntags = [\"none\"]\n");
    assert_eq!(place.run(&["grade", "core-000", "4"]).code, Some(0));
    place.run(&["interview"]).success(
        "  n     2026-12-09  round 2     3 cards, 0 ready    Northwind, VP
  late  2036-12-09  -           3 cards, 0 ready    Late
  open  -           -           0 cards, 0 ready    CEO
Past:
  past  2026-11-01  round 1     3 cards, 0 ready    Northwind
",
    );
    let rows = place.json(&["interview"]);
    let first = json!({ "id": "n", "company": "Northwind", "role": "VP", "date": "2026-12-09", "round": 2, "cards": 3,
                        "ready": 0, "met": 1, "unseen": 2, "outcome": null });
    assert_eq!((&rows["interviews"][0], rows["interviews"].as_array().unwrap().len()), (&first, 4));
    // A date so far away has no forecast, and costs none.
    let glance = place.run(&[]).stdout;
    assert!(glance.contains("\nLate, in 3670 days: 3 cards, 1 met, 2 not seen yet.\n"), "{glance}");
    assert_eq!(place.json(&["due"])["interviews"][1]["recall"], Value::Null);
}

#[test]
fn no_line_about_an_interview_looks_like_a_saved_review() {
    let mut place = Place::with_deck(&deck("core", 1));
    place.write("job.toml", "[interview]\ncompany = \"saved core-000 grade 5\"\ndate = 2026-11-24\n");
    for now in ["2026-11-22", "2026-11-24", "2026-11-25"] {
        place.at(&format!("{now}T08:00:00Z"));
        for args in [&[][..], &["interview"], &["plan"], &["brief"], &["debrief", "--outcome", "no"]] {
            let said = place.run(args).stdout;
            assert!(!said.lines().any(|line| line.starts_with("saved ")), "{now} {args:?}: {said}");
        }
    }
}

#[test]
fn an_interview_narrows_what_is_asked_and_shown() {
    let place = Place::with_deck(&deck("core", 2));
    place.write("facts.toml", deck("facts", 2));
    place.write("north.toml", "[interview]\ndate = 2026-12-09\ndecks = [\"facts\"]\ncompany = \"Northwind\"\n");
    let story = "[[story]]\nid = \"flood\"\ntitle = \"Flood\"\nshows = [\"Calm\"]\n";
    place.write(
        "south.toml",
        "[interview]\ndate = 2026-12-01\ndecks = [\"core\"]\ncompetencies = [\"Calm\"]\n".to_owned() + story,
    );
    place.write("past.toml", "[interview]\ndate = 2026-11-01\ndecks = [\"core\"]\ncompetencies = [\"Grit\"]\n");
    let ids = |args: &[&str]| -> Vec<String> {
        let due = place.json(args);
        due["cards"].as_array().unwrap().iter().map(|card| card["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(&["due", "--interview", "north"]), ["facts-000", "facts-001"]);
    assert_eq!(ids(&["due", "--interview", "past"]), ["core-000", "core-001"]);
    let asked = place.run(&["review", "--interview", "north"]).stdout;
    assert!(asked.contains("Question 0 of facts?") && !asked.contains("core?"), "{asked}");
    let asked_for = |id: &str| place.json(&["stories", "--interview", id])["interview"]["id"].clone();
    assert_eq!([asked_for("past"), asked_for("south")], ["past", "south"]);
    assert_eq!(place.json(&["stories"])["interview"]["id"], "south");
    let planned = place.json(&["plan", "--interview", "north"]);
    assert_eq!(
        (&planned["interviews"][0]["id"], planned["interviews"].as_array().unwrap().len()),
        (&json!("north"), 1)
    );
    assert_eq!(place.json(&["plan"])["interviews"].as_array().unwrap().len(), 2);
    let no_date = "That interview has no upcoming date, so there is nothing to plan.\n";
    place.run(&["plan", "--interview", "past"]).success(no_date);
    // The coach knows the company of the interview that is named.
    let motive =
        |id: &str| place.feed(&["coach", "--kind", "motive", "--interview", id], "I want to join Northwind.").stdout;
    assert_eq!([motive("north"), motive("past")].map(|said| said.contains("no-company")), [false, false]);
    for command in ["review", "due", "stories", "coach", "plan", "mock"] {
        let done = place.run(&[command, "--interview", "nort"]);
        done.ended(2, "", "error: no interview `nort`\nhelp: did you mean `north`?\n");
    }
}

#[test]
fn one_forecast_says_everywhere_what_will_not_fit() {
    let mut place = Place::with_deck(&deck("core", 150));
    place.write("facts.toml", deck("facts", 46));
    place.write("north.toml", "[interview]\ncompany = \"Northwind\"\nrole = \"VP\"\ndate = 2026-12-04\n");
    let due = place.json(&["due"])["interviews"][0].clone();
    let planned = place.json(&["plan"])["interviews"][0].clone();
    let never = due["will_not_fit"].as_u64().unwrap();
    assert!((20..60).contains(&never), "{due}");
    assert_eq!(
        (&planned["never"], &planned["recall"], &planned["model"]),
        (&due["will_not_fit"], &due["recall"], &json!("FSRS-6"))
    );
    let percent = (due["recall"].as_f64().unwrap() * 100.0).round();
    let short = format!("At 15 minutes a day, about {never} of 196 cards won't be seen.");
    let glance = format!(
        "Northwind, VP, in 12 days: 196 cards, 196 not seen yet; expected recall {percent} %. {short} Run `rehearse plan`.\n"
    );
    assert!(place.run(&[]).stdout.contains(&glance), "{}", place.run(&[]).stdout);
    let text = place.run(&["plan"]).stdout;
    assert!(text.contains(&short), "{text}");
    // By name: the last ones in the order of new cards.
    let named: Vec<&str> =
        text.lines().filter_map(|line| line.trim().split_once("  Question")).map(|(id, _)| id).collect();
    assert_eq!(named.len() as u64, never.min(50), "{text}");
    assert_eq!(named.last(), Some(&"facts-045"));
    // Each remedy does what it says.
    let minutes = text
        .lines()
        .find_map(|line| line.trim().strip_suffix(" %.").and_then(|_| line.trim().split_once(" minutes a day (")));
    let minutes: u64 = minutes.unwrap().0.parse().unwrap();
    let fits = |minutes: u64| {
        place.write("rehearse.toml", format!("[review]\nminutes_per_day = {minutes}\n"));
        place.json(&["due"])["interviews"][0]["will_not_fit"] == 0
    };
    assert_eq!([fits(minutes - 1), fits(minutes)], [false, true], "{text}");
    let track = format!("On track at {minutes} minutes a day.\n");
    assert!(place.run(&[]).stdout.contains(&track) && place.run(&["plan"]).stdout.contains(&track));
    assert!(!place.run(&["plan"]).stdout.contains("What would change that"));
    place.write("rehearse.toml", "");
    let without = text
        .lines()
        .find(|line| line.contains("Without the deck `facts` (46 cards)"))
        .unwrap_or_else(|| panic!("{text}"));
    place.write(
        "north.toml",
        "[interview]\ncompany = \"Northwind\"\nrole = \"VP\"\ndate = 2026-12-04\ndecks = [\"core\"]\n",
    );
    let recall = (place.json(&["due"])["interviews"][0]["recall"].as_f64().unwrap() * 100.0).round();
    assert!(without.ends_with(&format!("; expected recall {recall} %.")), "{without} {recall}");
    place.write("north.toml", "[interview]\ncompany = \"Northwind\"\nrole = \"VP\"\ndate = 2026-12-04\n");
    // What was spent today is over, and days off are planned around.
    let never = place.json(&["due"])["interviews"][0]["will_not_fit"].clone();
    assert_eq!(place.run(&["grade", "core-000", "4", "--ms", "600000"]).code, Some(0));
    assert!(place.json(&["due"])["interviews"][0]["will_not_fit"].as_u64() > never.as_u64());
    place.write(".rehearse/local/settings.toml", "[review]\ndays_off = [2026-11-24, 2026-11-25]\n");
    let planned = place.json(&["plan"])["interviews"][0].clone();
    let days: Vec<&str> = planned["days"].as_array().unwrap().iter().map(|day| day["date"].as_str().unwrap()).collect();
    assert_eq!((days.len(), days[1], days[2]), (10, "2026-11-23", "2026-11-26"));
    assert!(
        place
            .run(&["plan"])
            .stdout
            .contains("  Planned around days off: Tuesday 24 November and Wednesday 25 November.\n")
    );
    // With a limit of cards, minutes are not the reason.
    place.write("rehearse.toml", "[review]\nmax_per_day = 3\n");
    let text = place.at("2026-11-23T08:00:00Z").run(&["plan"]).stdout;
    assert!(
        text.contains("At 15 minutes and 3 cards a day, about ") && text.contains("More minutes alone don't help"),
        "{text}"
    );
}

#[test]
#[allow(clippy::disallowed_methods, reason = "the time it takes is what is tested")]
fn a_plan_for_a_thousand_cards_is_quick_and_writes_nothing() {
    let place = Place::with_deck(&deck("core", 600));
    place.write("facts.toml", deck("facts", 400));
    for (n, date) in ["2026-12-04", "2027-01-15", "2027-11-01"].iter().enumerate() {
        place.write(&format!("job-{n}.toml"), format!("[interview]\ndate = {date}\n"));
    }
    place.run(&["due", "--short"]);
    let log = place.log();
    let start = std::time::Instant::now();
    let done = place.run(&["plan"]);
    let took = start.elapsed();
    assert_eq!((done.code, place.log()), (Some(0), log));
    // The goal is a second; the machine may be busy.
    assert!(took.as_secs() < 10, "{took:?}");
}

/// What happens on a terminal from `interview add` to the day after. `UPDATE_FORTNIGHT=1` writes it down.
#[cfg(target_os = "linux")]
#[test]
fn a_fortnight_with_an_interview_on_day_13() {
    use crate::support::{OnTerminal, on_terminal};
    let mut place = Place::with_deck(&deck("core", 12).replace("limit = 130", "limit = 65"));
    let wide = "stty cols 100 rows 40; rehearse --color never";
    let add = format!("{wide} --now 2026-11-22T07:30:00Z interview add");
    let Some(mut terminal) = OnTerminal::start(place.path(), "dumb", &add) else { return };
    let who = "Who will you meet? (name, title) ";
    let typed = [
        ("Company? ", 1, "Northwind"),
        ("Role? ", 1, "VP Engineering"),
        ("Date? ", 1, "2026-12-04"),
        ("Round? ", 1, "2"),
        (who, 1, "Priya Ramanathan, Chief Operating Officer"),
        (who, 2, ""),
    ];
    for (question, count, answer) in typed {
        terminal.wait_for(question, count);
        terminal.type_in(format!("{answer}\n"));
    }
    // The dumb terminal does not echo: put what was typed where it was typed.
    let mut said = terminal.rest();
    let mut from = 0;
    for (question, _, answer) in typed {
        let at = from + said[from..].find(question).unwrap() + question.len();
        said.insert_str(at, &format!("{answer}\n"));
        from = at;
    }
    let mut transcript = format!("$ rehearse interview add\n{said}");
    for day in 0..14 {
        let date = if day < 9 { format!("2026-11-{}", 22 + day) } else { format!("2026-12-{:02}", day - 8) };
        let now = format!("{date}T08:00:00Z");
        let glance = on_terminal(place.path(), &format!("{wide} --now {now}"), "").unwrap();
        let line = match day {
            0..11 => format!("\nNorthwind, VP Engineering, in {} days: 12 cards, ", 12 - day),
            11 => "\nNorthwind, VP Engineering, tomorrow: 12 cards, ".to_owned(),
            12 => "\nNorthwind, VP Engineering: today. Run `rehearse brief`.\n".to_owned(),
            _ => "\nNorthwind was yesterday. ".to_owned(),
        };
        assert!(glance.contains(&line), "{glance}");
        transcript.push_str(&format!("\n# day {}, {date}\n$ rehearse\n{glance}", day + 1));
        let due = place.at(&now).json(&["due"]);
        let cards: Vec<usize> = due["cards"]
            .as_array()
            .unwrap()
            .iter()
            .map(|card| card["id"].as_str().unwrap()[5..].parse().unwrap())
            .collect();
        // Every card below 4 is repeated once; the answers get better.
        let grades: Vec<u8> =
            cards.iter().map(|card| [4, 3, 5, 4, 2, 4][(card + day) % 6].max(day.min(4) as u8)).collect();
        let repeats = grades.iter().filter(|grade| **grade < 4).map(|_| 4);
        let typed: String = grades.iter().copied().chain(repeats).map(|grade| format!("\n{grade}\n")).collect();
        if typed.is_empty() {
            continue;
        }
        let session = on_terminal(place.path(), &format!("{wide} --now {now} review"), &typed).unwrap();
        let lines: Vec<&str> = session.lines().collect();
        let end = lines.iter().rposition(|line| line.starts_with("saved")).unwrap_or_else(|| panic!("{session}"));
        let rest: String =
            lines[end + 1..].iter().filter(|line| !line.is_empty()).map(|line| format!("{line}\n")).collect();
        transcript.push_str(&format!("$ rehearse review\n{}\n  …\n{rest}", lines[0]));
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/fortnight.txt");
    if std::env::var_os("UPDATE_FORTNIGHT").is_some() {
        std::fs::write(path, &transcript).unwrap();
    }
    assert_eq!(transcript, std::fs::read_to_string(path).unwrap(), "{transcript}");
}
