//! The session as lines of text.

use super::answers::{Answers, Stage};
use super::paint::Paint;
use super::protocol::{Asked, CardChange, Model, ProposalReason, Show};
use super::setup::TimeLimit;
use crate::clock::StudyDay;
use crate::coach;
use crate::deck::{CardId, Heard, Kind};
use crate::render::shown_line;
use crate::schedule::Grade;
use crate::stories::StoryRef;
use crate::text::{about_minutes, agree, count, list, minutes_seconds, plural, whole_seconds};

pub(crate) const NOT_UTF8: &str = "That line is not UTF-8 text and does not count. Type it again.";

/// Returns the lines to show. `plain` is for a pipe, where a program may read them.
pub(crate) fn lines(show: &Show, paint: Paint, plain: bool) -> Vec<String> {
    let one = |line: &str| vec![paint.sentence(line)];
    match show {
        Show::Greeting { decks, cards, now, seconds, cram, answers } => {
            let sizes = format!("{}, {}.", count(*decks, "deck"), count(*cards, "card"));
            let recorded = if *cram { " Nothing is recorded." } else { "" };
            let now = format!("{now} now, about {}.{recorded}", about_minutes(seconds * 1000));
            greeting(&format!("{sizes} {now}"), *answers, paint)
        }
        Show::Card(card) => vec![String::new(), header(card, paint), paint.bold(&paint.block(&card.prompt))],
        Show::Spot(_) => vec![instruction(Stage::Spotting).to_owned()],
        Show::Spotted { right, shows, .. } => {
            let title = if *right { "Right:" } else { "Not named. It is:" };
            vec![paint.dim(title), paint.block(&shows.join(", ")), "Now your answer.".to_owned()]
        }
        Show::InHand { items, model, followups, .. } => listener_sheet(items, model, followups, paint),
        Show::Help(stage) => help(*stage).iter().map(|line| paint.sentence(line)).collect(),
        Show::Hint(Some(hint)) => vec![paint.block(hint)],
        Show::Hint(None) => vec!["No hint is written for this card.".to_owned()],
        Show::Spoken { ms, words, limit, items } => spoken(*ms, *words, *limit, items, paint),
        Show::Model(shown) => model(shown, paint),
        Show::Coached(_, review) => coached(review, paint),
        Show::Stories(_, stories) => vec![paint.under(&stories_that_fit(stories), 2)],
        Show::Proposal(Some((grade, reason))) => one(&proposal(*grade, *reason)),
        Show::Proposal(None) => one("How did it go? 0-5 (? what they mean)"),
        Show::Grades(grades, today) => consequences(grades, *today),
        Show::Unclear(stage) => one(&format!("{} (? help)", instruction(*stage))),
        Show::NotUtf8 => one(NOT_UTF8),
        Show::NoSuchItem(items) => vec![format!("A tick is a number from 1 to {items}.")],
        Show::Saved { card, grade, due, today, .. } if plain => {
            vec![format!("saved {card} grade {grade}, next {}", due.unwrap_or(*today))]
        }
        Show::Saved { grade, due, again, today, .. } => {
            vec![paint.dim(&saved(*grade, due.unwrap_or(*today), *again, *today))]
        }
        Show::Noted { grade, again } => {
            let then = if *again { ", again in this session" } else { "" };
            vec![format!("grade {grade}{then}; the schedule is untouched")]
        }
        Show::FollowUp { text, .. } => vec!["They ask on:".to_owned(), paint.block(text)],
        Show::Done(outcome, card) => vec![done(*outcome, card)],
        Show::NothingToUndo => {
            one("Nothing in this session to take back; `rehearse undo` takes back the newest review.")
        }
        Show::NeedsTerminal(card) => {
            one(&format!("Editing in a session needs a terminal; `rehearse edit {card}` does it anywhere."))
        }
        Show::Trouble(trouble) => vec![format!("error: {}", shown_line(trouble))],
        Show::Gone(card) => vec![format!("No longer in its deck: {card}")],
        Show::TimeIsUp { left, limit } => one(&time_is_up(*left, *limit)),
        Show::Summary { answered, of, spoken_ms } => vec![String::new(), summary(*answered, *of, *spoken_ms)],
        // A program reads this from a JSON event.
        Show::Revealed { .. } => Vec::new(),
    }
}

/// Says what there is, what to do, and the keys: on one line if it fits, else one line for each.
fn greeting(what: &str, answers: Answers, paint: Paint) -> Vec<String> {
    const KEYS: &str = "(? help, q quit)";
    let how = instruction(answers.stage(Kind::Open));
    let fits = |line: &str| paint.width.is_none_or(|width| line.chars().count() <= width);
    let with_keys = format!("{how} {KEYS}");
    let whole = format!("{what} {with_keys}");
    let lines = match (fits(&whole), fits(&with_keys)) {
        (true, _) => vec![whole.as_str()],
        (_, true) => vec![what, with_keys.as_str()],
        _ => vec![what, how, KEYS],
    };
    lines.into_iter().map(|line| paint.sentence(line)).collect()
}

fn instruction(stage: Stage) -> &'static str {
    match stage {
        Stage::Spotting => "Name the competency behind the question, then press Enter.",
        Stage::Speaking => "Answer aloud, then press Enter.",
        Stage::Typing { lines: true } => "Type your answer; an empty line ends it.",
        Stage::Typing { lines: false } => "Type your answer on one line.",
        Stage::Writing => "Press Enter to write your answer in the editor.",
        Stage::Listening => "Answer aloud; your listener types the numbers of what you said; a for all, 0 for none.",
        Stage::Ticking => "Type the numbers of what you said; a for all, 0 for none.",
        Stage::Grading => "Type a grade from 0 to 5.",
        Stage::FollowUp => "Answer aloud, then press Enter; nobody grades this.",
    }
}

fn saved(grade: Grade, due: StudyDay, again: bool, today: StudyDay) -> String {
    let then = if again { "again today, then " } else { "" };
    let days = usize::try_from(due.since(today)).unwrap_or(0);
    let far = if !again && days > 1 { format!(" (in {})", count(days, "day")) } else { String::new() };
    format!("saved · grade {grade}: {then}{}{far}", due.spoken(today))
}

fn done(outcome: CardChange, card: &CardId) -> String {
    match outcome {
        CardChange::Skipped => format!("skipped {card}: not again in this session"),
        CardChange::Buried => format!("buried {card} until tomorrow"),
        CardChange::Suspended => format!("suspended {card}; `rehearse resume {card}` asks it again"),
        CardChange::Undone => format!("took back what was recorded of {card}"),
    }
}

fn consequences(grades: &[(Grade, StudyDay)], today: StudyDay) -> Vec<String> {
    let line = |(grade, due): &(Grade, StudyDay)| {
        let again = if grade.settles() { "" } else { "again today, then " };
        format!("  {grade}  {}: {again}{}", grade.description(), due.spoken(today))
    };
    grades.iter().map(line).collect()
}

fn coached(review: &coach::Feedback, paint: Paint) -> Vec<String> {
    if review.findings.is_empty() {
        return Vec::new();
    }
    std::iter::once(paint.dim("The coach asks:")).chain(paint.findings(&review.findings, 2)).collect()
}

fn header(card: &Asked, paint: Paint) -> String {
    let Asked { nth, of, kind, limit, early_for, .. } = card;
    let early = early_for.as_ref().map(|interview| format!(" · early for {}", shown_line(&interview.name)));
    let limit = minutes_seconds(u64::from(*limit));
    let early = early.unwrap_or_default();
    paint.dim(&format!("[{nth}/{of}] {} · {kind} · {limit}{early}", shown_line(&card.deck)))
}

fn spoken(ms: Option<u64>, words: Option<usize>, limit: u32, items: &[(String, usize)], paint: Paint) -> Vec<String> {
    let limit = minutes_seconds(u64::from(limit));
    let time = match (ms, words) {
        // A measured time is rounded down, like a clock; an estimate is rounded to the nearest second.
        (Some(ms), None) => format!("{} of {limit}.", minutes_seconds(ms / 1000)),
        (Some(ms), Some(words)) => {
            format!("{}, aloud about {} of {limit}.", count(words, "word"), minutes_seconds(whole_seconds(ms)))
        }
        (None, _) => format!("Far over {limit}: the time is not kept."),
    };
    if items.is_empty() {
        return vec![time];
    }
    let mut lines = vec![format!("{time} Which did you say? ({})", ticking(items.len()))];
    lines.extend(to_tick(items, paint));
    lines
}

/// Numbers what can be ticked, with a note on what was missed recently.
fn to_tick(items: &[(String, usize)], paint: Paint) -> Vec<String> {
    let digits = items.len().to_string().len();
    let line = |(n, (text, missed)): (usize, &(String, usize))| match missed {
        0 => paint.item(n + 1, digits, text),
        missed => {
            let note = missed_recently(*missed);
            let line = paint.item(n + 1, digits, &format!("{text}  {note}"));
            // A wrapped note is not dimmed.
            line.strip_suffix(&note).map(|before| format!("{before}{}", paint.dim(&note))).unwrap_or(line)
        }
    };
    items.iter().enumerate().map(line).collect()
}

fn model(model: &Model, paint: Paint) -> Vec<String> {
    let Model { typed, fact, answer, note, source, heard, values } = model;
    let right = if *fact { "The right answer:" } else { "A model answer:" };
    let titled = [("Your answer:", typed), (right, answer), ("Note:", note), ("Source:", source)];
    let lines = |(title, text): (&str, &Option<String>)| Some([paint.dim(title), paint.block(text.as_deref()?)]);
    let list = |title: &str, texts: Vec<String>| {
        let title = (!texts.is_empty()).then(|| paint.dim(title));
        title.into_iter().chain(texts.iter().map(|text| paint.block(text))).collect::<Vec<_>>()
    };
    let mut all: Vec<String> = titled.into_iter().filter_map(lines).flatten().collect();
    all.extend(list("They said:", heard.iter().map(quoted).collect()));
    all.extend(list("They value:", values.clone()));
    all
}

/// Returns what somebody said, in quotation marks, and who it was.
fn quoted(heard: &Heard) -> String {
    let by = heard.by.as_ref().map(|by| format!(" ({by})")).unwrap_or_default();
    format!("\"{}\"{by}", heard.said.trim())
}

fn stories_that_fit(stories: &[StoryRef]) -> String {
    let often = |story: &StoryRef| match story.told {
        0 => "never told".to_owned(),
        1 => "told once".to_owned(),
        2 => "told twice".to_owned(),
        times => format!("told {times} times"),
    };
    let each: Vec<String> =
        stories.iter().map(|story| format!("{} ({})", shown_line(&story.title), often(story))).collect();
    format!("Stories that fit: {}", each.join(", "))
}

/// The narrowest terminal on which follow-ups are shown beside the sheet.
const TWO_COLUMNS: usize = 72;
const GAP: usize = 2;

/// Shows a listener what to tick and the model answer on the left, and follow-ups on the right; below each other on a narrow
/// terminal and without one.
fn listener_sheet(items: &[(String, usize)], shown: &Model, followups: &[String], paint: Paint) -> Vec<String> {
    let sheet = |paint: Paint| {
        let title =
            (!items.is_empty()).then(|| paint.dim(&paint.sentence(&format!("To tick ({}):", ticking(items.len())))));
        let lines = title.into_iter().chain(to_tick(items, paint)).chain(model(shown, paint));
        lines.collect::<Vec<_>>()
    };
    let probes = |paint: Paint| {
        let title = (!followups.is_empty()).then(|| paint.dim("To ask on:"));
        title.into_iter().chain(followups.iter().map(|text| paint.block(text))).collect::<Vec<_>>()
    };
    match paint.width.filter(|width| *width >= TWO_COLUMNS && !followups.is_empty()) {
        None => [sheet(paint), probes(paint)].concat(),
        Some(width) => {
            let left = (width - GAP) * 3 / 5;
            let column = |width| Paint { width: Some(width), ..paint };
            beside(&sheet(column(left)), &probes(column(width - GAP - left)), left)
        }
    }
}

/// Puts two columns of lines next to each other; `width` is that of the left one.
fn beside(left: &[String], right: &[String], width: usize) -> Vec<String> {
    let (left, right) = (left.join("\n"), right.join("\n"));
    let (left, right): (Vec<&str>, Vec<&str>) = (left.split('\n').collect(), right.split('\n').collect());
    let line = |n: usize| {
        let (left, right) = (left.get(n).copied().unwrap_or(""), right.get(n).copied().unwrap_or(""));
        let pad = (width + GAP).saturating_sub(textwrap::core::display_width(left));
        if right.is_empty() { left.to_owned() } else { format!("{left}{}{right}", " ".repeat(pad)) }
    };
    (0..left.len().max(right.len())).map(line).collect()
}

fn ticking(items: usize) -> String {
    let example = if items > 2 { "1 3" } else { "1" };
    format!("{example}; a all, 0 none")
}

fn missed_recently(times: usize) -> String {
    let words = ["", "", "two ", "three ", "four ", "five "];
    let many = words.get(times).map_or_else(|| format!("{times} "), ToString::to_string);
    format!("missed the last {many}{}", plural(times, "time"))
}

fn proposal(grade: Grade, reason: ProposalReason) -> String {
    let words = match (reason, grade.get()) {
        (ProposalReason::Parts(1), _) => "A part of the question was not answered".to_owned(),
        (ProposalReason::Parts(n), _) => format!("{n} parts of the question were not answered"),
        (ProposalReason::Hinted, _) => "It took a hint".to_owned(),
        (ProposalReason::Exactly, 5) => "That is the answer, and quickly".to_owned(),
        (ProposalReason::Exactly, _) => "That is the answer".to_owned(),
        (ProposalReason::Accepted, _) => "That counts, and is not the answer to the letter".to_owned(),
        (ProposalReason::FarOverTime, _) => "Every point, but far over the time".to_owned(),
        (ProposalReason::Soured, _) => "What the coach heard may sour a listener".to_owned(),
        (ProposalReason::Questioned, _) => "Every point, and the coach asks back".to_owned(),
        (ProposalReason::OverTime, _) => "Every point, a little over the time".to_owned(),
        (ProposalReason::Said, 5) => "Every point, inside the time".to_owned(),
        (ProposalReason::Said, 4) => "Every point".to_owned(),
        (ProposalReason::Said, 3) => "The core came; a point was missing".to_owned(),
        (ProposalReason::Said, 2) => "Less than half was said".to_owned(),
        (ProposalReason::Said, _) => "None of it was said".to_owned(),
    };
    format!("{words}: grade {grade}. Enter accepts, or 0-5")
}

fn help(stage: Stage) -> Vec<String> {
    let more = match stage {
        Stage::Spotting => "Its beginning or its initials will do. Enter alone passes; the answer comes after it.",
        Stage::Speaking | Stage::Writing | Stage::Listening => "h shows a hint and costs a grade.",
        Stage::Typing { .. } => "h shows a hint and costs a grade. Begin with a space what would be a command.",
        Stage::Ticking => "As in 1 3, or 1-3.",
        Stage::Grading => "Enter accepts the one proposed.",
        Stage::FollowUp => "The card itself is saved.",
    };
    let always = ["s skip", "b bury until tomorrow", "! suspend", "e edit the card", "u undo", "q quit"];
    vec![format!("{} {more}", instruction(stage)), format!("Always: {}.", list(&always, "and"))]
}

/// Says why no further card is asked, and how to go on.
fn time_is_up(left: usize, limit: TimeLimit) -> String {
    let (cards, minutes) = (count(left, "card"), count(limit.minutes as usize, "minute"));
    let are = agree(limit.minutes as usize, "is", "are");
    if limit.of_day {
        format!("Today's {minutes} {are} up; {cards} left. `rehearse review --all` goes on.")
    } else {
        format!("The {minutes} of this session {are} up; {cards} left.")
    }
}

fn summary(answered: usize, of: usize, spoken_ms: u64) -> String {
    let spoken = match spoken_ms / 1000 {
        0 => String::new(),
        seconds => format!(", {} spoken", minutes_seconds(seconds)),
    };
    format!("{answered} of {}{spoken}.", count(of, "answer"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coach::Finding;
    use crate::diagnostic::Severity;
    use crate::render::harmless;
    use proptest::prelude::*;

    fn card(prompt: &str, deck: &str, items: &[&str]) -> Show {
        Show::Card(Asked {
            card: CardId::parse("x").unwrap(),
            nth: 1,
            of: 2,
            deck: deck.into(),
            kind: "open",
            prompt: prompt.into(),
            parts: 0,
            items: items.iter().map(ToString::to_string).collect(),
            limit: 90,
            left: 1,
            early_for: None,
        })
    }

    fn coached(findings: &[(&'static str, &str)]) -> coach::Feedback {
        let finding = |(rule, message): &(&'static str, &str)| Finding {
            rule,
            severity: Severity::Error,
            found: Vec::new(),
            message: (*message).to_owned(),
            caps: true,
        };
        coach::Feedback { findings: findings.iter().map(finding).collect(), words: 2, ms: 800, checked: Vec::new() }
    }

    #[test]
    fn the_lines_of_a_session() {
        let today = StudyDay::parse("2026-11-22").unwrap();
        let id = CardId::parse("why-job").unwrap();
        let grade = |n| Grade::new(n).unwrap();
        let saved = |n, days, again| Show::Saved {
            card: id.clone(),
            grade: grade(n),
            due: Some(today.plus(days)),
            again,
            today,
        };
        let cases = [
            (
                Show::Greeting { decks: 3, cards: 47, now: 5, seconds: 530, cram: false, answers: Answers::Aloud },
                "3 decks, 47 cards. 5 now, about 9 minutes. Answer aloud, then press Enter. (? help, q quit)",
            ),
            (
                Show::TimeIsUp { left: 3, limit: TimeLimit { minutes: 15, of_day: true, left_ms: 0 } },
                "Today's 15 minutes are up; 3 cards left. `rehearse review --all` goes on.",
            ),
            (
                Show::TimeIsUp { left: 1, limit: TimeLimit { minutes: 1, of_day: false, left_ms: 60_000 } },
                "The 1 minute of this session is up; 1 card left.",
            ),
            (
                card("Why here?\nAnd why now?", "Why this job", &[]),
                "\n[1/2] Why this job · open · 1:30\n  Why here?\n  And why now?",
            ),
            (
                Show::Spoken {
                    ms: Some(72_000),
                    words: None,
                    limit: 90,
                    items: vec![("one".into(), 0), ("two".into(), 2), ("three".into(), 1)],
                },
                "1:12 of 1:30. Which did you say? (1 3; a all, 0 none)\n  1  one\n  2  two  missed the last two times\n  3  three  missed the last time",
            ),
            (
                Show::Proposal(Some((grade(3), ProposalReason::Said))),
                "The core came; a point was missing: grade 3. Enter accepts, or 0-5",
            ),
            (
                Show::Spoken { ms: Some(48_000), words: Some(120), limit: 90, items: Vec::new() },
                "120 words, aloud about 0:48 of 1:30.",
            ),
            (
                Show::Model(Model {
                    typed: Some("mine\nand more".into()),
                    fact: false,
                    answer: Some("theirs".into()),
                    note: None,
                    source: None,
                    heard: vec![
                        Heard { said: "we need calm".into(), by: Some("Priya".into()), cards: Vec::new() },
                        Heard { said: "soon\nnow".into(), by: None, cards: Vec::new() },
                    ],
                    values: vec!["candor".into()],
                }),
                "Your answer:\n  mine\n  and more\nA model answer:\n  theirs\nThey said:\n  \"we need calm\" (Priya)\n  \
                 \"soon\n  now\"\nThey value:\n  candor",
            ),
            (Show::Coached(id.clone(), coached(&[])), ""),
            (
                Show::Coached(id.clone(), coached(&[("blame", "\"an\nidiot\": how?"), ("too-short", "2 words.")])),
                "The coach asks:\n  fail  blame      \"an idiot\": how?\n  fail  too-short  2 words.",
            ),
            (
                Show::Proposal(Some((grade(2), ProposalReason::Soured))),
                "What the coach heard may sour a listener: grade 2. Enter accepts, or 0-5",
            ),
            (saved(3, 1, true), "saved · grade 3: again today, then tomorrow"),
            (saved(4, 6, false), "saved · grade 4: Saturday 28 November (in 6 days)"),
            // A line must not start with the id of a card: it could be `saved`.
            (
                Show::Spotted { card: id.clone(), right: true, shows: vec!["Leading People".into(), "Budget".into()] },
                "Right:\n  Leading People, Budget\nNow your answer.",
            ),
            (Show::FollowUp { card: id.clone(), text: "Why\nnow?".into() }, "They ask on:\n  Why\n  now?"),
            (Show::Gone(id.clone()), "No longer in its deck: why-job"),
            (Show::Summary { answered: 5, of: 5, spoken_ms: 430_000 }, "\n5 of 5 answers, 7:10 spoken."),
        ];
        for (show, expected) in cases {
            assert_eq!(lines(&show, Paint::default(), false).join("\n"), expected);
        }
        for (width, answers, expected) in [
            (
                94,
                Answers::Aloud,
                vec!["16 decks, 196 cards. 5 now, about 10 minutes. Answer aloud, then press Enter. (? help, q quit)"],
            ),
            (
                93,
                Answers::Aloud,
                vec![
                    "16 decks, 196 cards. 5 now, about 10 minutes.",
                    "Answer aloud, then press Enter. (? help, q quit)",
                ],
            ),
            (
                40,
                Answers::Aloud,
                vec![
                    "16 decks, 196 cards. 5 now, about 10\nminutes.",
                    "Answer aloud, then press Enter.",
                    "(? help, q quit)",
                ],
            ),
            (
                80,
                Answers::Editor,
                vec![
                    "16 decks, 196 cards. 5 now, about 10 minutes.",
                    "Press Enter to write your answer in the editor. (? help, q quit)",
                ],
            ),
        ] {
            let greeting = Show::Greeting { decks: 16, cards: 196, now: 5, seconds: 600, cram: false, answers };
            assert_eq!(lines(&greeting, Paint { color: false, width: Some(width) }, false), expected, "{width}");
        }
        assert_eq!(lines(&saved(3, 1, true), Paint::default(), true), ["saved why-job grade 3, next 2026-11-23"]);
    }

    #[test]
    fn follow_ups_are_shown_beside_the_sheet_if_there_is_room() {
        let model = Model {
            typed: None,
            fact: false,
            answer: Some("ProposalReason we ship to the coast.".into()),
            note: None,
            source: None,
            heard: Vec::new(),
            values: Vec::new(),
        };
        let items = vec![("what they said".to_owned(), 1), ("my part".to_owned(), 0)];
        let followups = vec!["Why now, and why here?".to_owned(), "Who else?".to_owned()];
        let card = CardId::parse("x").unwrap();
        let sheet = Show::InHand { card, items, model, followups };
        let shown = |width| lines(&sheet, Paint { color: false, width }, false).join("\n");
        let below = "To tick (1; a all, 0 none):\n  1  what they said  missed the last time\n  2  my part\nA model answer:\n  \
                     ProposalReason we ship to the coast.\nTo ask on:\n  Why now, and why here?\n  Who else?";
        assert_eq!((shown(None), shown(Some(71))), (below.to_owned(), below.to_owned()));
        let beside = "To tick (1; a all, 0 none):                 To ask on:\n\
                      \u{20} 1  what they said  missed the last time     Why now, and why here?\n\
                      \u{20} 2  my part                                  Who else?\n\
                      A model answer:\n\
                      \u{20} ProposalReason we ship to the coast.";
        assert_eq!(shown(Some(72)), beside);
        assert!(
            lines(&sheet, Paint { color: true, width: Some(72) }, false)[0]
                .contains("none):\u{1b}[0m                 \u{1b}")
        );
    }

    proptest! {
        #[test]
        fn no_deck_can_send_escapes_or_imitate_the_program(
            text in prop_oneof![any::<String>(), "(saved |\r|\n|\u{1b}\\[2J|\u{202e}|x| ){0,60}"],
            width in prop::option::of(0usize..90),
        ) {
            let paint = Paint { color: false, width };
            let said = || Model {
                typed: Some(text.clone()),
                fact: true,
                answer: Some(text.clone()),
                note: Some(text.clone()),
                source: Some(text.clone()),
                heard: vec![Heard { said: text.clone(), by: Some(text.clone()), cards: Vec::new() }],
                values: vec![text.clone()],
            };
            let shows = [
                card(&text, &text, &[]),
                Show::Hint(Some(text.clone())),
                Show::Spoken { ms: None, words: None, limit: 1, items: vec![(text.clone(), 3)] },
                Show::Trouble(text.clone()),
                Show::Stories(CardId::parse("x").unwrap(), vec![StoryRef { id: "x".into(), title: text.clone(), shows: Vec::new(), told: 2, rehearsed: 1 }]),
                Show::Spotted { card: CardId::parse("x").unwrap(), right: false, shows: vec![text.clone(), text.clone()] },
                Show::FollowUp { card: CardId::parse("x").unwrap(), text: text.clone() },
                Show::InHand {
                    card: CardId::parse("x").unwrap(),
                    items: vec![(text.clone(), 2)],
                    model: said(),
                    followups: vec![text.clone(), text.clone()],
                },
                Show::Model(said()),
                Show::Coached(CardId::parse("x").unwrap(), coached(&[("blame", &text), ("reciting", &text)])),
            ];
            for show in shows {
                for plain in [true, false] {
                    for text in lines(&show, paint, plain) {
                        // A terminal gets them wrapped.
                        for line in text.split('\n').chain(paint.fitted(&text).split('\n')) {
                            prop_assert!(line.chars().all(harmless), "{line:?}");
                            prop_assert!(!line.starts_with("saved"), "{line:?}");
                        }
                    }
                }
            }
        }
    }
}
