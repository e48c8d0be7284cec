//! An invented application: two rounds at Northwind, the first of them held and written down.

use crate::support::Place;

pub const CORE: &str = r#"[deck]
title = "core"

[[card]]
id = "career-gap"
prompt = "There's a gap in your résumé. What happened?"
points = ["what I did", "what I learned"]

[[card]]
id = "saved-money"
kind = "story"
prompt = "Tell me about a time you saved money."
shows = ["Business Acumen"]

[[card]]
id = "why-here"
kind = "motive"
prompt = "Why {company}?"

[[card]]
id = "plan-90-days"
kind = "plan"
weight = 3
prompt = "Take us through your first 90 days."
points = ["listen and agree on measures", "one trial", "results"]

[[card]]
id = "fact-history"
kind = "fact"
prompt = "When was {company} founded?"
answer = "fill in"
suspended = true
"#;

pub const QUESTIONS: &str = r#"[deck]
title = "questions"
kind = "ask"

[[card]]
id = "ask-success"
tags = ["role"]
round = [1]
prompt = "How will you measure success in this role?"

[[card]]
id = "ask-first-year"
tags = ["role"]
round = [2, 3]
prompt = "What should be different after my first year?"

[[card]]
id = "ask-growth"
tags = ["company"]
prompt = "Find out where {company} will grow."
answer = "Where will {company} grow over the next two years?"

[[card]]
id = "ask-best"
tags = ["culture"]
prompt = "What's the best thing about working here?"

[[card]]
id = "ask-concerns"
tags = ["concerns"]
prompt = "What concerns do you have about me in this role?"
"#;

pub const STORIES: &str = r#"[[story]]
id = "merger"
title = "The merger"
shows = ["Leading Change"]

[[story]]
id = "flood"
title = "The flood"
shows = ["Leading People"]

[[story]]
id = "fuel"
title = "Fuel for three"
"#;

pub const ROUND_1: &str = r#"[interview]
id = "northwind-round-1"
company = "Northwind Logistics"
also = ["Northwind"]
role = "VP Engineering"
date = 2026-11-20
round = 1

[[interviewer]]
name = "Dana Wu"
title = "Head of People"
"#;

pub const DEBRIEF_1: &str = r#"# written by rehearse debrief

[debrief]
interview = "northwind-round-1"
unsaid = ["the union deal"]

[[heard]]
said = "we're struggling with late deliveries on the coast routes"
by = "Priya Ramanathan"
use = ["plan-90-days"]

[[told]]
story = "merger"
to = "Dana Wu"

[[interviewer]]
name = "Priya Ramanathan"
note = "Ran a parcel hub; so did you."
"#;

pub const ROUND_2: &str = r#"[interview]
id = "northwind-round-2"
company = "Northwind"
role = "VP Engineering"
date = 2026-12-09T10:00:00
round = 2
values = ["the driver comes home", "say it early"]
qualifications = ["running a network of depots"]
competencies = ["Leading People", "Business Acumen"]

[[interviewer]]
name = "Priya Ramanathan"
title = "Chief Operating Officer"
"#;

/// The morning of the second round, with two answers that were shaky the day before.
pub fn second_round() -> Place {
    let mut place = Place::new();
    let files = [
        ("core.toml", CORE),
        ("questions.toml", QUESTIONS),
        ("stories.toml", STORIES),
        ("northwind-round-1.toml", ROUND_1),
        ("northwind-round-1-debrief.toml", DEBRIEF_1),
        ("northwind-round-2.toml", ROUND_2),
    ];
    files.iter().for_each(|(name, text)| place.write(name, text));
    place.at("2026-12-08T18:00:00Z");
    for (card, grade) in [("career-gap", "3"), ("saved-money", "2"), ("plan-90-days", "4")] {
        assert_eq!(place.run(&["grade", card, grade]).code, Some(0));
    }
    place.at("2026-12-09T07:30:00Z");
    place
}

/// Text that would act if it were more than text.
pub const HOSTILE: &str =
    "\\u001b[2J\\u202e<script>x</script> [x](http://a.b) ![i](y)\\n# H\\nvim: set x:\\nsaved x grade 5";
