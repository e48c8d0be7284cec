//! A session for people: lines of text, on a terminal with editing and colour, in a pipe without.

use std::io::{BufRead, Write};

use rustyline::error::ReadlineError;

use super::{Asked, Because, Did, Face, Input, Model, Output, Stage};
use crate::clock::StudyDay;
use crate::coach::{self, Finding};
use crate::collection::Failure;
use crate::deck::Kind;
use crate::diagnostic::Diagnostic;
use crate::editor::Author;
use crate::render::{shown, shown_block, shown_line};
use crate::schedule::Grade;
use crate::stories::StoryRef;
use crate::text::{about_minutes, count, list, minutes_seconds, plural, whole_seconds};

/// How text may look on a stream.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Paint {
    /// Whether colours and weights are wanted.
    pub(crate) color: bool,
    /// Columns to wrap foreign text at; `None` leaves lines as they are.
    pub(crate) width: Option<usize>,
}

impl Paint {
    fn styled(self, code: &str, text: &str) -> String {
        if self.color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    pub(crate) fn bold(self, text: &str) -> String {
        self.styled("1", text)
    }

    pub(crate) fn dim(self, text: &str) -> String {
        self.styled("2", text)
    }

    /// Foreign text, indented by two columns on every line, and wrapped so that none begins further left.
    pub(crate) fn block(self, text: &str) -> String {
        let block = shown_block(text);
        match self.width {
            Some(width) => wrapped(&block, width, "  ", "  "),
            None => block,
        }
    }

    /// A line of the program's own, broken between words where the terminal is narrow.
    pub(crate) fn sentence(self, text: &str) -> String {
        self.width.map_or_else(|| text.to_owned(), |width| wrapped(text, width, "", ""))
    }

    /// A clause of the program's own, indented by so many columns on every line.
    pub(crate) fn under(self, text: &str, columns: usize) -> String {
        let indent = " ".repeat(columns);
        match self.width {
            Some(width) => wrapped(text, width, &indent, &indent),
            None => format!("{indent}{text}"),
        }
    }

    /// What the coach found, a finding a line after so many columns, its further lines under its words.
    pub(crate) fn findings(self, findings: &[Finding], columns: usize) -> Vec<String> {
        let widest = findings.iter().map(|finding| finding.rule.len()).max().unwrap_or(0);
        let line = |Finding { rule, severity, message, .. }: &Finding| {
            let lead = format!("{}{}  {rule:widest$}  ", " ".repeat(columns), coach::word(*severity));
            match self.width {
                Some(width) => wrapped(&shown_line(message), width, &lead, &" ".repeat(lead.len())),
                None => format!("{lead}{}", shown_line(message)),
            }
        };
        findings.iter().map(line).collect()
    }

    /// A numbered item, indented, its further lines under its first.
    pub(crate) fn item(self, number: usize, digits: usize, text: &str) -> String {
        let lead = format!("  {number:>digits$}  ");
        let indent = " ".repeat(lead.len());
        let text = shown_line(text);
        match self.width {
            Some(width) => wrapped(&text, width, &lead, &indent),
            None => format!("{lead}{text}"),
        }
    }
}

fn wrapped(text: &str, width: usize, first: &str, rest: &str) -> String {
    let mut lines = Vec::new();
    for (n, line) in text.split('\n').enumerate() {
        let options = textwrap::Options::new(width.max(20))
            .initial_indent(if n == 0 { first } else { rest })
            .subsequent_indent(rest);
        lines.extend(textwrap::wrap(line.trim_start(), options).into_iter().map(|line| line.trim_end().to_owned()));
    }
    lines.join("\n")
}

/// The lines an output is shown as; `plain` is a pipe, where a program may be reading.
fn lines(output: &Output, paint: Paint, plain: bool) -> Vec<String> {
    match output {
        Output::Greeting { decks, cards, now, seconds, cram, answers } => {
            let what = format!("{}, {}.", count(*decks, "deck"), count(*cards, "card"));
            let recorded = if *cram { " Nothing is recorded." } else { "" };
            let now = format!("{now} now, about {}.{recorded}", about_minutes(seconds * 1000));
            greeting(&format!("{what} {now}"), how(answers.stage(Kind::Open)), paint)
        }
        Output::Card(card) => vec![String::new(), header(card, paint), paint.bold(&paint.block(&card.prompt))],
        Output::Help(stage) => help(*stage),
        Output::Hint(Some(hint)) => vec![paint.block(hint)],
        Output::Hint(None) => vec!["No hint is written for this card.".to_owned()],
        Output::Spoken { ms, words, limit, items } => spoken(*ms, *words, *limit, items, paint),
        Output::Model(said) => model(said, paint),
        Output::Coached(_, review) if review.findings.is_empty() => Vec::new(),
        Output::Coached(_, review) => {
            let title = paint.dim("The coach asks:");
            std::iter::once(title).chain(paint.findings(&review.findings, 2)).collect()
        }
        Output::Spot(_) => vec![how(Stage::Spotting).to_owned()],
        Output::Spotted { right, shows, .. } => {
            let title = if *right { "Right:" } else { "Not named. It is:" };
            vec![paint.dim(title), paint.block(&shows.join(", ")), "Now your answer.".to_owned()]
        }
        Output::Tales(_, tales) => vec![paint.under(&told(tales), 2)],
        Output::InHand { items, model, followups, .. } => in_hand(items, model, followups, paint),
        Output::Proposal(Some((grade, because))) => vec![proposal(*grade, *because)],
        Output::Proposal(None) => vec!["How did it go? 0-5 (? what they mean)".to_owned()],
        Output::Grades(grades, today) => {
            let line = |(grade, due): &(Grade, StudyDay)| {
                let again = if grade.settles() { "" } else { "again today, then " };
                format!("  {grade}  {}: {again}{}", grade.words(), due.spoken(*today))
            };
            grades.iter().map(line).collect()
        }
        Output::Unclear(stage) => vec![format!("{} (? help)", how(*stage))],
        Output::NoSuchItem(items) => vec![format!("A tick is a number from 1 to {items}.")],
        Output::Saved { card, grade, due, again, today } => {
            let due = due.unwrap_or(*today);
            vec![if plain {
                format!("saved {card} grade {grade}, next {due}")
            } else {
                let then = if *again { "again today, then " } else { "" };
                let days = due.since(*today);
                let far = if !*again && days > 1 { format!(" ({})", in_days(days)) } else { String::new() };
                paint.dim(&format!("saved · grade {grade}: {then}{}{far}", due.spoken(*today)))
            }]
        }
        Output::Noted { grade, again } => {
            let then = if *again { ", again in this session" } else { "" };
            vec![format!("grade {grade}{then}; the schedule is untouched")]
        }
        Output::FollowUp { text, .. } => vec!["They ask on:".to_owned(), paint.block(text)],
        Output::Done(did, card) => vec![match did {
            Did::Skipped => format!("skipped {card}: not again in this session"),
            Did::Buried => format!("buried {card} until tomorrow"),
            Did::Suspended => format!("suspended {card}; `rehearse resume {card}` asks it again"),
            Did::Undone => format!("took back what was recorded of {card}"),
        }],
        Output::NothingToUndo => {
            vec!["Nothing in this session to take back; `rehearse undo` takes back the newest review.".to_owned()]
        }
        Output::NeedsTerminal(card) => {
            vec![format!("Editing in a session needs a terminal; `rehearse edit {card}` does it anywhere.")]
        }
        Output::Trouble(trouble) => vec![format!("error: {}", shown_line(trouble))],
        Output::Gone(card) => vec![format!("No longer in its deck: {card}")],
        Output::TimeIsUp(left) => vec![format!("Time is up; {} left.", count(*left, "card"))],
        Output::Summary { answered, of, spoken_ms } => vec![String::new(), summary(*answered, *of, *spoken_ms)],
        // What a program gets, and what is to be done.
        Output::Revealed { .. } | Output::Draw | Output::Fetch(_) | Output::Record(..) => Vec::new(),
        Output::Edit(_) | Output::Write(_) | Output::Read | Output::Finish => Vec::new(),
    }
}

/// What there is, what to do, and the keys: on one line where there is room, else broken where it reads on.
fn greeting(what: &str, how: &str, paint: Paint) -> Vec<String> {
    const KEYS: &str = "(? help, q quit)";
    let fits = |line: &str| paint.width.is_none_or(|width| line.chars().count() <= width);
    let told = format!("{how} {KEYS}");
    let whole = format!("{what} {told}");
    if fits(&whole) {
        vec![whole]
    } else if fits(&told) {
        vec![what.to_owned(), told]
    } else {
        vec![what.to_owned(), how.to_owned(), KEYS.to_owned()]
    }
}

/// What to do at a stage.
fn how(stage: Stage) -> &'static str {
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

fn in_days(days: i64) -> String {
    format!("in {}", count(usize::try_from(days).unwrap_or(0), "day"))
}

fn header(card: &Asked, paint: Paint) -> String {
    let Asked { nth, of, kind, limit, .. } = card;
    paint.dim(&format!("[{nth}/{of}] {} · {kind} · {}", shown_line(&card.deck), minutes_seconds(u64::from(*limit))))
}

fn spoken(ms: Option<u64>, words: Option<usize>, limit: u32, items: &[(String, usize)], paint: Paint) -> Vec<String> {
    let limit = minutes_seconds(u64::from(limit));
    let time = match (ms, words) {
        // A clock shows the seconds that are full; what is reckoned from words is about so many.
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

/// What can be ticked, numbered, with what was missed lately.
fn to_tick(items: &[(String, usize)], paint: Paint) -> Vec<String> {
    let digits = items.len().to_string().len();
    let line = |(n, (text, missed)): (usize, &(String, usize))| match missed {
        0 => paint.item(n + 1, digits, text),
        missed => {
            let note = missed_lately(*missed);
            let line = paint.item(n + 1, digits, &format!("{text}  {note}"));
            // The note may have been wrapped; then it stays as it is.
            line.strip_suffix(&note).map(|before| format!("{before}{}", paint.dim(&note))).unwrap_or(line)
        }
    };
    items.iter().enumerate().map(line).collect()
}

fn model(model: &Model, paint: Paint) -> Vec<String> {
    let Model { typed, fact, answer, note, source } = model;
    let right = if *fact { "The right answer:" } else { "A model answer:" };
    let titled = [("Your answer:", typed), (right, answer), ("Note:", note), ("Source:", source)];
    let lines = |(title, text): (&str, &Option<String>)| Some([paint.dim(title), paint.block(text.as_deref()?)]);
    titled.into_iter().filter_map(lines).flatten().collect()
}

/// Stories that fit, each with how often it was told.
fn told(tales: &[StoryRef]) -> String {
    let often = |tale: &StoryRef| match tale.told {
        0 => "never told".to_owned(),
        1 => "told once".to_owned(),
        2 => "told twice".to_owned(),
        times => format!("told {times} times"),
    };
    let each: Vec<String> = tales.iter().map(|tale| format!("{} ({})", shown_line(&tale.title), often(tale))).collect();
    format!("Stories that fit: {}", each.join(", "))
}

/// The narrowest terminal on which follow-ups stand beside the sheet.
const TWO_COLUMNS: usize = 72;
/// Columns between the two.
const GAP: usize = 2;

/// What a listener holds: on the left what to tick and what is said after an answer, on the right what to ask on; one
/// below the other where the terminal is narrow or there is none.
fn in_hand(items: &[(String, usize)], said: &Model, followups: &[String], paint: Paint) -> Vec<String> {
    let sheet = |paint: Paint| {
        let title =
            (!items.is_empty()).then(|| paint.dim(&paint.sentence(&format!("To tick ({}):", ticking(items.len())))));
        let lines = title.into_iter().chain(to_tick(items, paint)).chain(model(said, paint));
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

/// Two columns of lines, the left one so wide.
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

fn missed_lately(times: usize) -> String {
    let words = ["", "", "two ", "three ", "four ", "five "];
    let many = words.get(times).map_or_else(|| format!("{times} "), ToString::to_string);
    format!("missed the last {many}{}", plural(times, "time"))
}

fn proposal(grade: Grade, because: Because) -> String {
    let reason = match (because, grade.get()) {
        (Because::Parts(1), _) => "A part of the question was not answered".to_owned(),
        (Because::Parts(n), _) => format!("{n} parts of the question were not answered"),
        (Because::Hinted, _) => "It took a hint".to_owned(),
        (Because::Exactly, 5) => "That is the answer, and quickly".to_owned(),
        (Because::Exactly, _) => "That is the answer".to_owned(),
        (Because::Accepted, _) => "That counts, and is not the answer to the letter".to_owned(),
        (Because::FarOverTime, _) => "Every point, but far over the time".to_owned(),
        (Because::Soured, _) => "What the coach heard may sour a listener".to_owned(),
        (Because::Questioned, _) => "Every point, and the coach asks back".to_owned(),
        (Because::OverTime, _) => "Every point, a little over the time".to_owned(),
        (Because::Said, 5) => "Every point, inside the time".to_owned(),
        (Because::Said, 4) => "Every point".to_owned(),
        (Because::Said, 3) => "The core came; a point was missing".to_owned(),
        (Because::Said, 2) => "Less than half was said".to_owned(),
        (Because::Said, _) => "None of it was said".to_owned(),
    };
    format!("{reason}: grade {grade}. Enter accepts, or 0-5")
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
    vec![format!("{} {more}", how(stage)), format!("Always: {}.", list(&always, "and"))]
}

fn summary(answered: usize, of: usize, spoken_ms: u64) -> String {
    let spoken = match spoken_ms / 1000 {
        0 => String::new(),
        seconds => format!(", {} spoken", minutes_seconds(seconds)),
    };
    format!("{answered} of {}{spoken}.", count(of, "answer"))
}

fn write(out: &mut dyn Write, lines: &[String]) -> std::io::Result<()> {
    for line in lines {
        // One write a line: what another process appends to the same file stays between lines.
        out.write_all(format!("{line}\n").as_bytes())?;
    }
    out.flush()
}

/// A session in a pipe: every prompt reads one line, nothing is painted, and a `saved ID` line means it is safe.
pub(crate) struct Pipe<R, W> {
    input: R,
    output: W,
}

impl<R: BufRead, W: Write> Pipe<R, W> {
    /// Reads lines from one stream and writes lines to the other.
    pub(crate) fn new(input: R, output: W) -> Self {
        Pipe { input, output }
    }
}

impl<R: BufRead, W: Write> Face for Pipe<R, W> {
    fn show(&mut self, output: &Output) -> Result<(), Failure> {
        Ok(write(&mut self.output, &lines(output, Paint::default(), true))?)
    }

    fn read(&mut self) -> Result<Option<Input>, Failure> {
        Ok(Some(super::run::line(&mut self.input)?.map_or(Input::End, Input::Line)))
    }
}

/// A session on a terminal.
pub(crate) struct Terminal<W> {
    editor: rustyline::DefaultEditor,
    output: W,
    paint: Paint,
}

impl<W: Write> Terminal<W> {
    /// Writes to a terminal and reads from it with line editing.
    pub(crate) fn new(output: W, paint: Paint) -> Result<Self, Failure> {
        Ok(Terminal { editor: rustyline::DefaultEditor::new()?, output, paint })
    }
}

impl<W: Write> Face for Terminal<W> {
    fn show(&mut self, output: &Output) -> Result<(), Failure> {
        let mut lines = lines(output, self.paint, false);
        // The program's own sentences, which are never painted; foreign text is wrapped where it is indented.
        if let Output::Greeting { .. }
        | Output::Unclear(_)
        | Output::Help(_)
        | Output::Proposal(_)
        | Output::NeedsTerminal(_)
        | Output::NothingToUndo = output
        {
            lines = lines.iter().map(|line| self.paint.sentence(line)).collect();
        }
        Ok(write(&mut self.output, &lines)?)
    }

    fn read(&mut self) -> Result<Option<Input>, Failure> {
        match self.editor.readline("> ") {
            // What was pasted may be several lines.
            Ok(line) => {
                let lines: Vec<String> =
                    line.replace('\t', "    ").split('\n').map(|line| shown(line).into()).collect();
                Ok(Some(Input::Line(lines.join("\n"))))
            }
            Err(ReadlineError::Eof) => Ok(Some(Input::End)),
            Err(ReadlineError::Interrupted) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn author(&mut self) -> Option<&mut dyn Author> {
        Some(self)
    }
}

impl<W: Write> Author for Terminal<W> {
    fn say(&mut self, line: &str) -> Result<(), Failure> {
        Ok(write(&mut self.output, &[self.paint.sentence(line)])?)
    }

    fn note(&mut self, text: &str) -> Result<(), Failure> {
        self.say(&format!("note: {}", shown_line(text)))
    }

    fn fault(&mut self, fault: &Diagnostic) -> Result<(), Failure> {
        Ok(write(&mut self.output, &[fault.long()])?)
    }

    fn ask(&mut self, question: &str) -> Result<Option<String>, Failure> {
        self.say(question)?;
        Ok(match self.read()? {
            Some(Input::Line(line)) => Some(line),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Answers;
    use super::*;
    use crate::deck::CardId;
    use crate::diagnostic::Severity;
    use crate::render::harmless;
    use proptest::prelude::*;

    fn card(prompt: &str, deck: &str, items: &[&str]) -> Output {
        Output::Card(Asked {
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
        })
    }

    fn coached(findings: &[(&'static str, &str)]) -> coach::Feedback {
        let finding = |(rule, message): &(&'static str, &str)| Finding {
            rule,
            severity: Severity::Error,
            found: Vec::new(),
            message: (*message).to_owned(),
        };
        coach::Feedback { findings: findings.iter().map(finding).collect(), words: 2, ms: 800 }
    }

    #[test]
    fn the_lines_of_a_session() {
        let today = StudyDay::parse("2026-11-22").unwrap();
        let id = CardId::parse("why-job").unwrap();
        let grade = |n| Grade::new(n).unwrap();
        let saved = |n, days, again| Output::Saved {
            card: id.clone(),
            grade: grade(n),
            due: Some(today.plus(days)),
            again,
            today,
        };
        let cases = [
            (
                Output::Greeting { decks: 3, cards: 47, now: 5, seconds: 530, cram: false, answers: Answers::Aloud },
                "3 decks, 47 cards. 5 now, about 9 minutes. Answer aloud, then press Enter. (? help, q quit)",
            ),
            (
                card("Why here?\nAnd why now?", "Why this job", &[]),
                "\n[1/2] Why this job · open · 1:30\n  Why here?\n  And why now?",
            ),
            (
                Output::Spoken {
                    ms: Some(72_000),
                    words: None,
                    limit: 90,
                    items: vec![("one".into(), 0), ("two".into(), 2), ("three".into(), 1)],
                },
                "1:12 of 1:30. Which did you say? (1 3; a all, 0 none)\n  1  one\n  2  two  missed the last two times\n  3  three  missed the last time",
            ),
            (
                Output::Proposal(Some((grade(3), Because::Said))),
                "The core came; a point was missing: grade 3. Enter accepts, or 0-5",
            ),
            (
                Output::Spoken { ms: Some(48_000), words: Some(120), limit: 90, items: Vec::new() },
                "120 words, aloud about 0:48 of 1:30.",
            ),
            (
                Output::Model(Model {
                    typed: Some("mine\nand more".into()),
                    fact: false,
                    answer: Some("theirs".into()),
                    note: None,
                    source: None,
                }),
                "Your answer:\n  mine\n  and more\nA model answer:\n  theirs",
            ),
            (Output::Coached(id.clone(), coached(&[])), ""),
            (
                Output::Coached(id.clone(), coached(&[("blame", "\"an\nidiot\": how?"), ("too-short", "2 words.")])),
                "The coach asks:\n  fail  blame      \"an idiot\": how?\n  fail  too-short  2 words.",
            ),
            (
                Output::Proposal(Some((grade(2), Because::Soured))),
                "What the coach heard may sour a listener: grade 2. Enter accepts, or 0-5",
            ),
            (saved(3, 1, true), "saved · grade 3: again today, then tomorrow"),
            (saved(4, 6, false), "saved · grade 4: Saturday 28 November (in 6 days)"),
            // A line that began with the id of a card called `saved` would be a forged one.
            (
                Output::Spotted {
                    card: id.clone(),
                    right: true,
                    shows: vec!["Leading People".into(), "Budget".into()],
                },
                "Right:\n  Leading People, Budget\nNow your answer.",
            ),
            (Output::FollowUp { card: id.clone(), text: "Why\nnow?".into() }, "They ask on:\n  Why\n  now?"),
            (Output::Gone(id.clone()), "No longer in its deck: why-job"),
            (Output::Summary { answered: 5, of: 5, spoken_ms: 430_000 }, "\n5 of 5 answers, 7:10 spoken."),
        ];
        for (output, expected) in cases {
            assert_eq!(lines(&output, Paint::default(), false).join("\n"), expected);
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
                    "16 decks, 196 cards. 5 now, about 10 minutes.",
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
            let greeting = Output::Greeting { decks: 16, cards: 196, now: 5, seconds: 600, cram: false, answers };
            assert_eq!(lines(&greeting, Paint { color: false, width: Some(width) }, false), expected, "{width}");
        }
        assert_eq!(lines(&saved(3, 1, true), Paint::default(), true), ["saved why-job grade 3, next 2026-11-23"]);
    }

    #[test]
    fn follow_ups_stand_beside_the_sheet_where_there_is_room() {
        let model = Model {
            typed: None,
            fact: false,
            answer: Some("Because we ship to the coast.".into()),
            note: None,
            source: None,
        };
        let items = vec![("what they said".to_owned(), 1), ("my part".to_owned(), 0)];
        let followups = vec!["Why now, and why here?".to_owned(), "Who else?".to_owned()];
        let card = CardId::parse("x").unwrap();
        let sheet = Output::InHand { card, items, model, followups };
        let shown = |width| lines(&sheet, Paint { color: false, width }, false).join("\n");
        let below = "To tick (1; a all, 0 none):\n  1  what they said  missed the last time\n  2  my part\nA model answer:\n  \
                     Because we ship to the coast.\nTo ask on:\n  Why now, and why here?\n  Who else?";
        assert_eq!((shown(None), shown(Some(71))), (below.to_owned(), below.to_owned()));
        let beside = "To tick (1; a all, 0 none):                 To ask on:\n\
                      \u{20} 1  what they said  missed the last time     Why now, and why here?\n\
                      \u{20} 2  my part                                  Who else?\n\
                      A model answer:\n\
                      \u{20} Because we ship to the coast.";
        assert_eq!(shown(Some(72)), beside);
        assert!(
            lines(&sheet, Paint { color: true, width: Some(72) }, false)[0]
                .contains("none):\u{1b}[0m                 \u{1b}")
        );
    }

    proptest! {
        #[test]
        fn no_deck_can_act_or_pose_as_the_program(
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
            };
            let outputs = [
                card(&text, &text, &[]),
                Output::Hint(Some(text.clone())),
                Output::Spoken { ms: None, words: None, limit: 1, items: vec![(text.clone(), 3)] },
                Output::Trouble(text.clone()),
                Output::Tales(CardId::parse("x").unwrap(), vec![StoryRef { id: "x".into(), title: text.clone(), shows: Vec::new(), told: 2, rehearsed: 1 }]),
                Output::Spotted { card: CardId::parse("x").unwrap(), right: false, shows: vec![text.clone(), text.clone()] },
                Output::FollowUp { card: CardId::parse("x").unwrap(), text: text.clone() },
                Output::InHand {
                    card: CardId::parse("x").unwrap(),
                    items: vec![(text.clone(), 2)],
                    model: said(),
                    followups: vec![text.clone(), text.clone()],
                },
                Output::Model(said()),
                Output::Coached(CardId::parse("x").unwrap(), coached(&[("blame", &text), ("reciting", &text)])),
            ];
            for output in outputs {
                for plain in [true, false] {
                    for line in lines(&output, paint, plain).iter().flat_map(|line| line.split('\n')) {
                        prop_assert!(line.chars().all(harmless), "{line:?}");
                        prop_assert!(!line.starts_with("saved"), "{line:?}");
                    }
                }
            }
        }
    }
}
