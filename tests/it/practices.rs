//! What people rehearse before a senior interview, each done as somebody would do it who has just begun: with the starter
//! decks, the stories and the interview that come along, at what is seen on the screen.

use rehearsal::coach::MOST;

use crate::support::Place;

/// Somebody who has begun.
struct Candidate {
    place: Place,
}

impl Candidate {
    /// Has made a collection and copied the example stories and the example interview into it, as these say.
    fn new() -> Self {
        Self::with_pack("core")
    }

    /// Has also copied another pack.
    fn with_pack(pack: &str) -> Self {
        let place = Place::empty();
        assert_eq!(place.run(&["init", ".", "--pack", pack]).code, Some(0));
        for name in ["stories", "interview"] {
            place.write(&format!("my-{name}.toml"), place.read(&format!("examples/{name}.toml")));
        }
        Candidate { place }
    }

    /// What a command shows.
    fn sees(&self, args: &[&str]) -> String {
        self.types(args, &[])
    }

    /// What a command shows while these lines are typed.
    fn types(&self, args: &[&str], lines: &[&str]) -> String {
        let done = self.place.feed(args, lines.join("\n") + "\n");
        assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""), "{args:?}\n{}", done.stdout);
        done.stdout
    }

    /// Every card that a session has, none of them answered.
    fn leafs_through(&self, args: &[&str]) -> String {
        self.types(&[&["review", "--new", "300"], args].concat(), &["s"; 300])
    }

    /// What is seen of one card in a session: all before it are skipped, and these lines answer it.
    fn answers(&self, args: &[&str], prompt: &str, lines: &[&str]) -> String {
        let all = self.leafs_through(args);
        let cards: Vec<&str> = all.split("\n\n[").skip(1).collect();
        let nth = cards.iter().position(|card| card.contains(prompt)).unwrap_or_else(|| panic!("{prompt}: {all}"));
        let lines = [&vec!["s"; nth], lines].concat();
        let seen = self.types(&[&["review", "--new", "300"], args].concat(), &lines);
        seen.split("\n\n[").nth(nth + 1).unwrap().to_owned()
    }

    /// What the coach says of an answer to a card.
    fn coached(&self, card: &str, answer: &str) -> String {
        self.types(&["coach", "--card", card], &[answer])
    }

    /// The coach names the rule at each of these answers, with this in its question, and not at a better one.
    #[track_caller]
    fn is_asked(&self, card: &str, rule: &str, answers: &[(&str, &str)], better: &str) {
        let named =
            |said: &str| said.lines().find(|line| line.split_whitespace().nth(1) == Some(rule)).map(str::to_owned);
        for (answer, question) in answers {
            let said = self.coached(card, answer);
            assert!(named(&said).is_some_and(|line| line.contains(question)), "{rule}, {question}\n{answer}\n{said}");
        }
        let said = self.coached(card, better);
        assert_eq!(named(&said), None, "{better}\n{said}");
        // More findings than are shown may hide one.
        assert!(said.lines().filter(|line| line.starts_with(['f', 'w', 'i'])).count() < MOST, "{better}\n{said}");
    }
}

/// Every one of these is seen, one after the other.
#[track_caller]
fn in_order(seen: &str, wanted: &[&str]) {
    let mut rest = seen;
    for wanted in wanted {
        match rest.split_once(wanted) {
            Some((_, after)) => rest = after,
            None => panic!("{wanted:?} is not seen, or not there:\n{seen}"),
        }
    }
}

/// How many cards a session has, by its greeting.
fn now(greeting: &str) -> usize {
    greeting.split(" now,").next().unwrap().rsplit(' ').next().unwrap().parse().unwrap()
}

const FULL_STORY: &str = "In 2022 fuel rose by 38 per cent, and our budget was fixed at nine million. I called two rivals and \
     proposed to buy fuel together. I let the smallest choose the supplier. Each of us paid 11 cents a litre less, and my \
     year closed 310,000 below the forecast.";

#[test]
fn a_conversation_in_which_they_ask_on_and_so_do_you() {
    let candidate = Candidate::new();
    let asks = now(&candidate.sees(&["review", "--cram", "--kind", "ask"]));
    let all = now(&candidate.sees(&["review", "--cram"]));
    assert!(asks * 3 >= all && asks < all, "{asks} of {all}");
    // The first day: after each good answer comes a question.
    let day = candidate.types(&["review", "--new", "6"], &["", "a", "5"].repeat(6));
    assert_eq!((day.matches("\nsaved ").count(), day.matches("\nThey ask on:\n").count()), (6, 6), "{day}");
}

#[test]
fn stories_for_any_prompt_with_the_gaps_and_what_is_told_too_often() {
    let candidate = Candidate::new();
    let again = "\n[[told]]\nstory = \"story-night-shift\"\nto = \"the board\"\n".repeat(2);
    candidate.place.write("my-interview.toml", candidate.place.read("examples/interview.toml") + &again);
    in_order(
        &candidate.sees(&["stories"]),
        &[
            "7 stories (6 untold) for 6 competencies: 2 gaps and 1 served too often by one story.\n",
            "Asked for by Northwind Logistics, round 2\n",
            "  Leading People: 2 stories\n    Two depots that became one (story-two-depots), not told yet\n",
            "    The night shift that stopped quitting (story-night-shift), told 3 times\n      too often for one",
            "  running a network of depots: no story\n",
            "For none of these\n  Refunds in two days instead of nine (story-returns)\n",
        ],
    );
    let change = "led people through a change they didn't want";
    let seen = candidate.answers(&["core/results"], change, &["", "a", ""]);
    in_order(
        &seen,
        &["  5  where it is today, in numbers\n", "Stories that fit: Two depots that became one (never told)\n"],
    );
}

#[test]
fn the_best_success_in_depth() {
    let seen =
        Candidate::new().answers(&["core/results"], "What's the accomplishment you're proudest of", &["", "a", "5"]);
    in_order(&seen, &["proudest of, and why did it work?", "  2  why it worked\n", "They ask on:\n  Why did it work"]);
}

#[test]
fn the_point_first_and_short() {
    let candidate = Candidate::new();
    let long = "Every week I looked at one bill. ".repeat(60);
    candidate.is_asked(
        "saved-money",
        "too-long",
        &[(&long, "about 3:00 aloud, of 2:00. What could you cut?")],
        FULL_STORY,
    );
    let breathless = format!("I looked at {} bills.", "one more and then at ".repeat(12));
    candidate.is_asked("saved-money", "long-sentence", &[(&breathless, "words")], FULL_STORY);
    // The rule about slow starts has to be switched on.
    let slow = "I was new there. I looked around for a while. I met many people. In the end we saved 40,000 euros.";
    assert!(!candidate.coached("saved-money", slow).contains("slow-start"));
    candidate.place.write("rehearse.toml", candidate.place.read("rehearse.toml") + "\n[coach]\noff = []\n");
    candidate.is_asked("saved-money", "slow-start", &[(slow, "Could the result come first?")], FULL_STORY);
    // The limit is seen, and what is over it costs a grade.
    assert!(candidate.leafs_through(&["core/results"]).contains("story · 2:00\n  Tell me about a time you saved"));
    for (ms, proposed) in [("115000", 5), ("131000", 4), ("200000", 3)] {
        candidate.sees(&["grade", "saved-money", "2", "--ms", ms, "--ticks", "1,2,3,4"]);
        in_order(&candidate.sees(&["log"]), &[&format!("grade 2, proposed {proposed}, ")]);
    }
}

#[test]
fn only_what_is_needed_then_success_then_what_was_learned() {
    let candidate = Candidate::new();
    let setup = "In 2021 we were a team of 26 in a hall by the canal, with 1,900 parcels a week, each of which was opened by \
                 three people who had been there for many years and knew the work. I dropped two checks. It took 2 days.";
    candidate.is_asked("improved-process", "long-setup", &[(setup, "Could it come sooner?")], FULL_STORY);
    let seen = candidate.answers(&["core/weaknesses"], "Tell me about a time you failed", &["", "a", ""]);
    in_order(&seen, &["  3  what it cost, in numbers\n", "  5  where I've acted differently since\n"]);
    // A story of your own: what you learned comes last.
    let seen = candidate.answers(&["my-stories"], "Refunds in two days instead of nine", &["", "a", ""]);
    in_order(
        &seen,
        &[
            "  Nine days became 2, at the same cost.",
            "  What I learned: The third check had been my own idea, years before.",
        ],
    );
}

#[test]
fn another_angle_and_another_probe_each_time_so_that_nothing_is_learned_by_heart() {
    let mut candidate = Candidate::new();
    let days = [
        ("22", "What's your greatest weakness?", "When did it last show?"),
        ("23", "What would your team like you to do less of?", "Who'd be the first to notice if it came back?"),
        ("29", "When you're under pressure for weeks, what goes wrong first?", "That sounds harmless."),
    ];
    for (day, angle, probe) in days {
        candidate.place.at(&format!("2026-11-{day}T08:00:00Z"));
        // Three cards of the deck come before it.
        let lines = if day == "22" { &["s", "s", "s", "", "a", "4"][..] } else { &["", "a", "4"] };
        let new = if day == "22" { "4" } else { "0" };
        let seen = candidate.types(&["review", "core/essentials", "--new", new], lines);
        in_order(&seen, &[angle, "saved greatest-weakness grade 4", "They ask on:", probe]);
    }
}

#[test]
fn their_name_the_title_and_a_look_ahead() {
    let candidate = Candidate::new();
    let knows = candidate.answers(&["core/essentials"], "What do you know about Northwind Logistics?", &["", "a", ""]);
    in_order(&knows, &["  2  something recent, and what it means\n"]);
    let anywhere = "It is close to where I live, the hours are good, and I have done such work for ten years now.";
    let here = "As your Operations Director I would run the coast depots of Northwind so that nobody waits any longer.";
    for (rule, question) in [
        ("no-company", "I didn't hear \"Northwind Logistics\""),
        ("no-role", "I didn't hear \"Director of Operations\""),
        ("no-forward-look", "what you want to do there"),
    ] {
        candidate.is_asked("why-this-role", rule, &[(anywhere, question)], here);
    }
    // A card that does not need them does not ask for them.
    let least = candidate.coached("like-least-now", anywhere);
    assert!(!least.contains("no-company") && !least.contains("no-role"), "{least}");
}

#[test]
fn a_plan_for_ninety_days_with_its_measures() {
    let candidate = Candidate::new();
    let seen = candidate.answers(&["core/first-90-days"], "first 30, 60, and 90 days", &["", "1 2 4 5 6 7", ""]);
    in_order(
        &seen,
        &[
            "The first 90 days · plan · 3:00\n",
            "  1  the first 30 days\n  2  up to day 60\n  3  up to day 90\n",
            "how we'd measure it\n",
            "what has worked for me before\n",
            "A part of the question was not answered: grade 3.",
        ],
    );
    let vague = "At Northwind, as Director of Operations, I would meet everybody, see what is wrong and put it right.";
    let plan = "In my first month I would ride with the drivers. By day 60 I would have chosen two depots. By day 90 late \
                deliveries on the coast routes would be down by a tenth.";
    candidate.is_asked("plan-90-days", "plan-no-measure", &[(vague, "What would you measure?")], plan);
    candidate.is_asked("plan-90-days", "part-missing", &[(vague, "\"up to day 60\"")], plan);
    candidate.is_asked("plan-90-days", "no-breadcrumb", &[(vague, "hear about trouble")], plan);
}

#[test]
fn every_answer_also_says_why_you_want_the_job() {
    let candidate = Candidate::new();
    let motives = candidate.leafs_through(&["--kind", "motive"]);
    in_order(
        &motives,
        &["Why do you want this role?", "Why should we hire you?", "Why us, and not one of our competitors?"],
    );
    let past = "I have led depots for ten years and my results were good in each of the three places.";
    let ahead = format!("{past} What excites me is doing it on the coast, where nobody has done it yet.");
    candidate.is_asked("best-candidate", "no-forward-look", &[(past, "what you want to do there")], &ahead);
}

#[test]
fn failures_gaps_and_references_are_owned() {
    let candidate = Candidate::new();
    let seen = candidate.leafs_through(&["core/weaknesses"]);
    for prompt in ["a time you failed", "the gap on your résumé", "When we call your last boss"] {
        assert!(seen.contains(prompt), "{prompt}");
    }
    let owned = "I planned the move too late and we lost a customer. I told my director the same day. Now I plan from the date.";
    let excuses = [
        "It was not my fault.",
        "Nobody told me about the deadline.",
        "It failed because the others did not do their job.",
        "There was nothing I could have done.",
        "I could not have known.",
    ];
    let excuses = excuses.map(|excuse| (excuse, "what was your own part"));
    candidate.is_asked("real-failure", "defensive", &excuses, owned);
    let said = candidate.coached("real-failure", "Nobody told me about the deadline.");
    assert!(said.ends_with("At most grade 2.\n"), "{said}");
}

#[test]
fn a_true_weakness_and_what_you_do_about_it() {
    let candidate = Candidate::new();
    let seen = candidate.answers(&["core/essentials"], "What's your greatest weakness?", &["", "1 2 4", ""]);
    in_order(&seen, &["· weakness · 1:30", "  3  one concrete thing I do about it\n", "a point was missing: grade 3"]);
    let worked_on = "I find it hard to say no. Last year I took on four projects, and two came late. Now I keep a list and ask \
                     which one should go before I take on another.";
    let fakes = [
        ("I am a perfectionist.", "\"perfectionist\""),
        ("My weakness is that I work too hard.", "\"work too hard\""),
        ("I have no real weaknesses.", "have no real weaknesses\""),
    ];
    candidate.is_asked("greatest-weakness", "fake-weakness", &fakes, worked_on);
    let bare = ["I am bad at delegating, and it has always been so.", "I am impatient with people who are slow."];
    let bare = bare.map(|weakness| (weakness, "I didn't hear what you do about it."));
    candidate.is_asked("greatest-weakness", "no-mitigation", &bare, worked_on);
}

#[test]
fn nobody_is_blamed_for_your_leaving_and_the_unused_skill_is_named() {
    let candidate = Candidate::new();
    let seen = candidate.answers(&["core/essentials"], "Why are you leaving your current job?", &["", "a", ""]);
    in_order(&seen, &["a skill I can't use there\n", "what I'm moving to\n", "A model answer:\n"]);
    let fair =
        "My skill in building up a service has not been needed for a year, and I would use it at Northwind every day.";
    candidate.is_asked(
        "why-leaving",
        "blame",
        &[
            ("My manager took credit for my work.", "\"My manager took credit for\""),
            ("I could not get along with my boss.", "not get along with my boss\""),
            ("My colleagues were lazy.", "\"My colleagues were lazy\""),
            ("The management there is incompetent.", "\"The management there is incompetent\""),
        ],
        fair,
    );
}

#[test]
fn towards_something_and_not_away() {
    let candidate = Candidate::new();
    let seen = candidate.answers(&["core/why-this-job"], "What do you like least", &["", "a", ""]);
    in_order(&seen, &["a task I really dislike\n", "what I'd like more of in this role\n"]);
    let towards =
        "Reports that nobody reads. I have cut them from nine to four, and would like more time on the floor.";
    candidate.is_asked(
        "like-least-now",
        "escape-from",
        &[
            ("I need to get out of this company.", "\"get out of this company\""),
            ("I am fed up with reports.", "\"fed up\""),
            ("I can't stand the meetings.", "\"can't stand\""),
            ("My current job is boring.", "\"job is boring\""),
        ],
        towards,
    );
}

#[test]
fn hours_of_rehearsal_are_counted() {
    let mut candidate = Candidate::new();
    candidate.sees(&["grade", "greatest-weakness", "4", "--ms", "90000"]);
    candidate.place.at("2026-11-23T08:00:00Z");
    candidate.sees(&["grade", "people-get-you", "4", "--ms", "125000"]);
    in_order(
        &candidate.sees(&["stats"]),
        &[
            "Spoken         2:05     3:35     3:35     3:35\n",
            "Streak: 2 study days.",
            "Spoken by deck\n      2:05  How you work\n      1:30  Essentials\n",
            "Spoken by competency\n      2:05  Leading People\n",
        ],
    );
}

#[test]
fn how_you_work_and_fit_in() {
    let candidate = Candidate::new();
    // Philosophy, professionalism, teamwork, and fit.
    let seen = candidate.leafs_through(&["core/working"]);
    for prompt in [
        "What do you believe about work that guides how you do it?",
        "What does being professional mean to you, and do you live up to it?",
        "What role do you usually take on a team?",
        "What would be different for this team with you on it?",
    ] {
        assert!(seen.contains(prompt), "{prompt}: {seen}");
    }
    // A fast start, and adapting to what is new.
    let plans = candidate.leafs_through(&["core/first-90-days"]);
    assert!(plans.contains("Walk us through your first 30, 60, and 90 days in this role."), "{plans}");
    let results = candidate.leafs_through(&["core/results"]);
    assert!(
        results.contains("Tell me about a time you had to adapt to a major change you didn't choose."),
        "{results}"
    );
}

#[test]
fn an_example_for_each_of_the_usual_feats() {
    let candidate = Candidate::new();
    let feats = [
        (
            "Tell me about a time you went above and beyond.",
            "what was asked for, in numbers",
            "The launch I called off",
        ),
        (
            "Tell me about a time you saved your company money.",
            "how much, and out of how much",
            "The fuel three rivals",
        ),
        ("Tell me about a process you improved.", "how it used to work, measured", "Refunds in two days"),
        ("you disagreed with your manager", "what each of us wanted, put fairly", "The depot my director"),
        ("Tell me about a conflict with a coworker", "my own share in it", "The fuel three rivals"),
    ];
    for (prompt, point, story) in feats {
        let seen = candidate.answers(&["core/results"], prompt, &["", "a", "q"]);
        in_order(&seen, &[prompt, point, "Stories that fit: ", story]);
    }
    // `stories` compares it with the stories.
    let asked = "[interview]\ncompetencies = [\"saved money\", \"improved a process\", \"settled a disagreement\"]\n";
    candidate.place.write("my-interview.toml", asked);
    let mine = "[[story]]\nid = \"a\"\ntitle = \"A\"\nshows = [\"saved money\"]\n\
                [[story]]\nid = \"b\"\ntitle = \"B\"\nshows = [\"settled a disagreement\"]\n";
    candidate.place.write("my-stories.toml", mine);
    in_order(
        &candidate.sees(&["stories"]),
        &["2 stories (2 untold) for 3 competencies: 1 gap.", "improved a process: no story", "a disagreement: 1 story"],
    );
}

#[test]
fn other_examples_than_the_last_time() {
    let candidate = Candidate::with_pack("federal");
    let seen = candidate.answers(&["federal"], "Tell us about a team that was divided", &["", "a", ""]);
    let fit =
        "Stories that fit: Two depots that became one (never told), The night shift that stopped quitting (told once)";
    in_order(&seen, &[fit]);
    in_order(
        &candidate.sees(&["stories"]),
        &[
            "  Leading People: 2 stories\n    Two depots that became one (story-two-depots), not told yet\n",
            "    The night shift that stopped quitting (story-night-shift), told once\n",
            "Told already\n  The night shift that stopped quitting (story-night-shift)\n",
            ", to Priya Ramanathan\n",
        ],
    );
}

#[test]
fn questions_of_your_own_on_role_company_and_culture() {
    let candidate = Candidate::new();
    for (tag, prompt) in [
        ("role", "Find out how they'll judge your first year."),
        ("company", "Find out how things really get decided at Northwind Logistics."),
        ("culture", "Ask Priya Ramanathan what's good about working here, and get more than a phrase."),
    ] {
        let seen = candidate.leafs_through(&["--kind", "ask", "--tag", tag]);
        assert!(seen.contains(prompt) && now(&seen) >= 10, "{tag}: {seen}");
    }
    // What waits for the second round is not asked in the first.
    let second = "In the first round they mentioned something they're struggling with.";
    let in_round = |round: &str| candidate.leafs_through(&["--kind", "ask", "--round", round]);
    assert!(!in_round("1").contains(second) && in_round("2").contains(second));
    let theirs = "What have you tried so far against the late deliveries, and what did not work?";
    candidate.is_asked(
        "ask-what-cannot-wait",
        "weak-question",
        &[
            ("Could I see the organization chart?", "\"organization chart\""),
            ("Who would I report to?", "\"Who would I report to\""),
            ("What does your company do?", "\"What does your company do\""),
            ("How many people work here?", "\"How many people work\""),
            ("Can you tell me about the history of the company?", "\"tell me about the history of\""),
            ("How much holiday would I get?", "\"How much holiday would I\""),
        ],
        theirs,
    );
}

#[test]
fn their_doubts_are_asked_for_and_answered() {
    let candidate = Candidate::new();
    let seen = candidate.answers(&["questions/concerns"], "Ask what concerns they have about you.", &["", "a", "5"]);
    in_order(
        &seen,
        &[
            "what concerns do you have about me in this role?",
            "They ask on:\n  They say: you've always had a large staff",
        ],
    );
    let team = "Ask what could go wrong between them and you.";
    let seen = candidate.answers(&["questions/concerns"], team, &["", "a", "5"]);
    in_order(&seen, &["asks about the team", "They ask on:\n  They say: they're used to being left alone"]);
    let doubts = "What concerns do you have about me in this role?";
    let evasive = ["How did I do?", "What would a good first month look like?", "Do you have what you need?"];
    let evasive = evasive.map(|question| (question, "I didn't hear you ask about their doubts."));
    candidate.is_asked("ask-doubts", "no-concerns-question", &evasive, doubts);
    candidate.is_asked("ask-doubts", "no-concerns-question", &[], "What would make you hesitate to appoint me?");
}

#[test]
fn at_ease_and_never_as_if_the_job_were_yours() {
    let candidate = Candidate::new();
    let polite = "Good morning. It is a pleasure to meet you, and thank you for the time that you are giving me today.";
    candidate.is_asked(
        "greet-everybody",
        "too-casual",
        &[
            ("Hey guys, awesome place.", "\"Hey\", \"guys\", \"awesome\""),
            ("Yeah, no worries, I was stuck in traffic.", "\"Yeah\", \"no worries\""),
            ("Good morning! Great to be here!", "2 exclamation marks"),
        ],
        polite,
    );
    let modest = "If you choose me, I will begin with the coast routes, since you said that they trouble you most.";
    candidate.is_asked(
        "as-if-it-were-yours",
        "presumes-job",
        &[
            ("I already have this job.", "\"I already have this job\""),
            ("In my new office there will be no door.", "\"my new office\""),
            ("Once I'm your director, this will be settled.", "\"Once I'm your director\""),
            ("See you on Monday.", "\"See you on Monday\""),
        ],
        modest,
    );
}

#[test]
fn the_best_candidate_and_not_only_an_able_one() {
    let seen = Candidate::new().answers(&["core/essentials"], "Why should we hire you?", &["h", "", "a", "5"]);
    in_order(
        &seen,
        &[
            "Why should we hire you?",
            "Plenty of people are good enough.",
            "the need of theirs I fit best",
            "proof: a result with a number",
            "They ask on:\n  What will another candidate be better at than you?",
        ],
    );
}

#[test]
fn a_panel_that_has_read_nothing() {
    let candidate = Candidate::new();
    let seen = candidate.answers(&["core/essentials"], "Tell me about yourself.", &["", "a", ""]);
    in_order(
        &seen,
        &[
            "open · 2:00",
            "two results, each with a number\n",
            "A model answer:\n  I run operations",
            "Assume nobody has read",
        ],
    );
    assert!(candidate.sees(&["show", "about-yourself"]).contains("a panel that hasn't read a thing you sent."));
    let told =
        "I lead 140 people in four depots. When I came one in three left within a year; now it is one in thirty.";
    candidate.is_asked(
        "about-yourself",
        "assumes-known",
        &[
            ("As you know, I run four depots.", "\"As you know\""),
            ("You've seen my résumé.", "\"You've seen my résumé\""),
            ("As I wrote in my application, I run four depots.", "\"As I wrote in my application\""),
            ("Most of you have worked with me.", "\"Most of you have worked with me\""),
            ("It is all in my file.", "is all in my file\""),
        ],
        told,
    );
}

#[test]
fn the_qualifications_behind_the_questions() {
    let candidate = Candidate::with_pack("federal");
    in_order(
        &candidate.sees(&["stories"]),
        &["Leading Change: 1 story", "Building Coalitions: 2 stories", "negotiating with several unions: no story"],
    );
    let first = "Describe a change you made well beyond your own unit.";
    let seen = candidate.answers(&["federal", "--spot"], first, &["leading ch", "", "a", ""]);
    in_order(
        &seen,
        &[first, "Name the competency behind the question", "Right:\n  Leading Change\n", "Which did you say?"],
    );
    let second = "Tell us about a team that was divided";
    let seen = candidate.answers(&["federal", "--spot"], second, &["results driven", "", "a", ""]);
    in_order(&seen, &[second, "Not named. It is:\n  Leading People\n", "Which did you say?"]);
    let seen = candidate.sees(&["stats"]);
    in_order(&seen, &["Competencies named rightly: 1 of 2."]);
    // Keywords of the job posting on a card are asked for, too.
    let posting = "[[card]]\nid = \"unions\"\nprompt = \"Three unions, one roster?\"\nshows = [\"negotiating with several unions\"]\n";
    candidate.place.write("posting.toml", posting);
    let seen = candidate.types(&["review", "posting", "--spot"], &["negotiating"]);
    in_order(&seen, &["Right:\n  negotiating with several unions\n"]);
}

#[test]
fn challenge_context_action_result() {
    let candidate = Candidate::new();
    let seen = candidate.answers(&["my-stories"], "The depot my director wanted to close", &["", "1 2 3 4 5", ""]);
    in_order(
        &seen,
        &[
            "  1  My director wanted to close our smallest depot",
            "  2  Fourteen people, a loss of $120,000 a year",
            "  3  I told the director privately",
            "  6  It stayed open.",
            "a point was missing: grade 3",
        ],
    );
    for (rule, without) in [
        (
            "no-challenge",
            "In 2022 I called two firms and proposed to buy fuel together. Each of us paid 11 cents less, and it saved 310,000.",
        ),
        ("no-context", "It was hard to find the money. I called two rivals, and I saved 310,000."),
        ("no-action", "In 2022 fuel rose by 38 per cent, and the budget was fixed. It became cheaper by 11 cents."),
        ("no-result", "In 2022 fuel became too dear for our budget. I called two rivals and asked for a meeting."),
    ] {
        candidate.is_asked("without-authority", rule, &[(without, "I didn't hear")], FULL_STORY);
    }
    let bare = "[[story]]\nid = \"bare\"\ntitle = \"Bare\"\nshows = [\"Leading Change\"]\n";
    candidate.place.write("bare.toml", bare);
    in_order(
        &candidate.sees(&["stories"]),
        &["Bare (bare)\n    no challenge, no context, no action, no result, no lesson"],
    );
}

#[test]
fn numbers_for_the_scale() {
    let candidate = Candidate::with_pack("management");
    for (card, vague, quote, counted) in [
        ("largest-team", "I led a large team.", "how many people?", "I led a large team, 140 people at four depots."),
        (
            "largest-budget",
            "I managed a big budget.",
            "how much money?",
            "I managed a big budget: nine million a year.",
        ),
    ] {
        candidate.is_asked(card, "scale-unquantified", &[(vague, quote)], counted);
        // The same gap is reported once.
        assert!(!candidate.coached(card, vague).contains("no-numbers"));
    }
    candidate.place.write("own.toml", "[[story]]\nid = \"own\"\ntitle = \"Own\"\naction = \"I led a large team.\"\n");
    in_order(&candidate.sees(&["stories"]), &["Own (own)\n    no challenge", "no numbers"]);
}

#[test]
fn every_part_of_a_question_counts() {
    let candidate = Candidate::with_pack("management");
    let prompt = "What's the largest team or budget you've run?";
    let parts = [
        "  1  how many people, how much money\n  2  what I changed\n  3  what I'd do differently\n  4  how many layers",
    ];
    for (ticks, said) in [
        ("1 2 4 5 6", "A part of the question was not answered: grade 3."),
        ("1 4 5 6", "2 parts of the question were not answered: grade 2."),
        ("1 2 3 5 6", "a point was missing: grade 3."),
    ] {
        let seen = candidate.answers(&["management"], prompt, &["", ticks, "q"]);
        in_order(&seen, &[parts[0], said]);
    }
    let two = "I led 140 people at four depots, and I introduced a roster that each crew draws up for itself.";
    let three = format!("{two} In hindsight I would have asked them a year sooner.");
    candidate.is_asked("largest-team", "part-missing", &[(two, "I didn't hear \"what I'd do differently\"")], &three);
    let seen = Candidate::with_pack("federal").answers(&["federal"], "you wrote down three.", &["", "a", ""]);
    in_order(&seen, &["Ask for the fourth.", "Could you please read me the part in between once more?"]);
}

#[test]
fn every_present_duty_with_a_real_example() {
    let candidate = Candidate::with_pack("management");
    let seen = candidate.leafs_through(&["--tag", "duty"]);
    for duty in ["responsible for in your current job", "one-on-ones", "set goals", "work with outside"] {
        assert!(seen.contains(duty), "{duty}: {seen}");
    }
    // The card to copy for a duty of one's own is a comment until then.
    let place = &candidate.place;
    let mine = place
        .read("core/working.toml")
        .replace("# [[card]]\n# id", "[[card]]\n# id")
        .replace("\n# id        = \"duty-\"", "\nid = \"duty-nights\"");
    let mine = mine
        .replace("\n# prompt    = \"Tell me about …", "\nprompt = \"Tell me about the night shift")
        .replace("\n# points", "\npoints");
    place.write(
        "core/working.toml",
        mine.replace("\"how much, how many, how often\"", "\"48 people, six nights a week\""),
    );
    let seen = candidate.answers(&["core/working"], "Tell me about the night shift", &["", "a", ""]);
    in_order(&seen, &["  2  48 people, six nights a week\n", "something I did this month\n"]);
    candidate.place.run(&["check"]).success("");
}

#[test]
fn the_words_that_they_score_and_what_you_have_written_to_them() {
    let candidate = Candidate::with_pack("federal");
    let other = "One in three of the night crew left. I worked eleven nights with them and let them draw up the roster. 4 left.";
    let theirs = format!("{other} It was a matter of trust.");
    candidate.is_asked(
        "panel-leading-people",
        "keyword-missing",
        &[(other, "\"trust\". Would one of them fit?")],
        &theirs,
    );
    let seen = candidate.answers(&["federal"], "We have your application here.", &["", "a", ""]);
    in_order(&seen, &["the line as I wrote it\n", "Reread everything you sent in on the evening before."]);
}

/// Somebody on the morning of the second round, who met Dana Wu in the first and told her one of the example stories.
fn on_the_second_morning() -> Candidate {
    let candidate = Candidate::new();
    let example =
        candidate.place.read("examples/interview.toml").replace("# date         = 2026-12-09", "date = 2026-11-22");
    let example = example.split("# Afterward").next().unwrap().to_owned();
    let is_scope = |line: &&str| line.starts_with("decks ") || line.starts_with("tags ");
    let round_2: Vec<&str> = example.lines().filter(|line| !is_scope(line)).collect();
    candidate.place.write("my-interview.toml", round_2.join("\n"));
    candidate.place.write(
        "round-1.toml",
        "[interview]\ncompany = \"Northwind Logistics\"\nrole = \"Director of Operations\"\ndate = 2026-11-20\nround = 1\n\
         [[interviewer]]\nname = \"Dana Wu\"\n[[told]]\nstory = \"story-night-shift\"\nto = \"Dana Wu\"\n",
    );
    candidate
}

#[test]
fn what_is_still_to_look_up_about_the_company_is_named() {
    let candidate = on_the_second_morning();
    let page = candidate.sees(&["brief"]);
    in_order(&page, &["Still blank: fact-structure, fact-purpose, fact-history, ", " Reread your application.\n"]);
    for file in ["facts/company.toml", "facts/interviewers.toml"] {
        let facts = candidate.place.read(file);
        let filled = facts.replace("suspended = true\n", "").replace("# answer  = \"\"", "answer = \"1974\"");
        candidate.place.write(file, filled);
    }
    let page = candidate.sees(&["brief"]);
    assert!(!page.contains("fact-history") && page.ends_with("\nReread your application.\n"), "{page}");
}

#[test]
fn what_was_shaky_is_in_mind_on_the_day() {
    let candidate = on_the_second_morning();
    assert!(!candidate.sees(&["brief"]).contains("Shaky: "));
    candidate.sees(&["grade", "saved-money", "2"]);
    in_order(&candidate.sees(&["brief"]), &["\nShaky: saved-money (2). "]);
    candidate.sees(&["grade", "saved-money", "4"]);
    assert!(!candidate.sees(&["brief"]).contains("Shaky: "));
}

#[test]
fn thanks_go_to_each_by_their_right_name_after_each_round() {
    let candidate = on_the_second_morning();
    in_order(&candidate.sees(&[]), &["1 thank-you note to write: Dana Wu."]);
    let note = candidate.sees(&["note", "dana", "--interview", "round-1"]);
    in_order(
        &note,
        &["Dear Dana Wu,\n", "Thank you for talking with me on Friday 20 November about the Director of Operations"],
    );
    candidate.sees(&["note", "dana", "--done", "--interview", "round-1"]);
    assert!(!candidate.sees(&[]).contains("thank-you"));
    // The second round is thanked for, too; a name that is nearly right is noticed.
    let note = candidate.sees(&["note", "Priya"]);
    in_order(
        &note,
        &["Dear Priya Ramanathan,\n", "with me today about", "You said: \"we're struggling with late deliveries"],
    );
    assert!(!candidate.types(&["note", "--check", "-"], &[&note]).contains("name-misspelt"));
    let misspelt = note.replace("Ramanathan", "Ramanathon");
    in_order(&candidate.types(&["note", "--check", "-"], &[&misspelt]), &["name-misspelt"]);
}

#[test]
fn the_second_round_hears_other_stories() {
    let candidate = on_the_second_morning();
    let page = candidate.sees(&["brief"]);
    let unheard = page.lines().find(|line| line.starts_with("They haven't heard: ")).unwrap();
    assert!(unheard.contains("Two depots that became one") && !unheard.contains("night shift"), "{unheard}");
}

#[test]
fn questions_for_the_round_by_category() {
    let candidate = on_the_second_morning();
    in_order(
        &candidate.sees(&["brief"]),
        &["\nAsk (role): ", "\nAsk (company): ", "\nAsk (culture): ", "\nAsk (heard): You said \"we're"],
    );
    // What the first round answered is not asked in the second.
    let asked = |round: &str| candidate.place.json(&["brief", "--interview", round])["ask"].to_string();
    assert_ne!(asked("round-1"), asked("my-interview"));
}

#[test]
fn what_they_said_is_taken_up() {
    let candidate = on_the_second_morning();
    let said = "we're struggling with late deliveries on the coast routes";
    let page = candidate.sees(&["brief"]);
    in_order(&page, &[&format!("\nThey said: \"{said}\" (Priya): "), "\nThey said: ", "\nThey said: "]);
    let card = candidate.place.json(&["brief"])["heard"][0]["use"][0].as_str().unwrap().to_owned();
    let prompt = candidate.place.card(&card)["prompt"].as_str().unwrap().to_owned();
    let seen = candidate.answers(&["--cram"], prompt.split('{').next().unwrap(), &["", "a", "q"]);
    in_order(&seen, &["They said:\n", said, " (Priya Ramanathan)\n"]);
}

#[test]
fn the_people_you_meet_and_what_you_have_in_common() {
    let page = on_the_second_morning().sees(&["brief"]);
    in_order(
        &page,
        &["You meet: Priya Ramanathan, Chief Operating Officer. Ran a parcel hub for six years.", "I have, too"],
    );
}
