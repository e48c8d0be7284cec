//! A session for people: lines of text, on a terminal with editing and colour, in a pipe without.

use std::io::{BufRead, Write};

use rustyline::error::ReadlineError;

use super::{Asked, Because, Did, Face, Input, Output, Stage};
use crate::clock::StudyDay;
use crate::collection::Failure;
use crate::diagnostic::{count, list, minutes_seconds, plural, shown, shown_block, shown_line};
use crate::schedule::Grade;

/// How text may look on a stream.
#[derive(Debug, Clone, Copy, Default)]
pub struct Paint {
    /// Whether colours and weights are wanted.
    pub color: bool,
    /// Columns to wrap foreign text at; `None` leaves lines as they are.
    pub width: Option<usize>,
}

impl Paint {
    fn styled(self, code: &str, text: &str) -> String {
        if self.color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// Bold.
    pub fn bold(self, text: &str) -> String {
        self.styled("1", text)
    }

    /// Dim.
    pub fn dim(self, text: &str) -> String {
        self.styled("2", text)
    }

    /// Foreign text, indented by two columns on every line, and wrapped so that none begins further left.
    pub fn block(self, text: &str) -> String {
        let block = shown_block(text);
        match self.width {
            Some(width) => wrapped(&block, width, "  ", "  "),
            None => block,
        }
    }

    /// A line of the program's own, broken between words where the terminal is narrow.
    pub fn sentence(self, text: &str) -> String {
        self.width.map_or_else(|| text.to_owned(), |width| wrapped(text, width, "", ""))
    }

    /// A clause of the program's own, indented by so many columns on every line.
    pub fn under(self, text: &str, columns: usize) -> String {
        let indent = " ".repeat(columns);
        match self.width {
            Some(width) => wrapped(text, width, &indent, &indent),
            None => format!("{indent}{text}"),
        }
    }

    /// A numbered item, indented, its further lines under its first.
    pub fn item(self, number: usize, digits: usize, text: &str) -> String {
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
        Output::Greeting { decks, cards, now, seconds, cram } => vec![greeting(*decks, *cards, *now, *seconds, *cram)],
        Output::Card(card) => vec![String::new(), header(card, paint), paint.bold(&paint.block(&card.prompt))],
        Output::Help(stage) => help(*stage),
        Output::Hint(Some(hint)) => vec![paint.block(hint)],
        Output::Hint(None) => vec!["No hint is written for this card.".to_owned()],
        Output::Spoken { ms, limit, items } => spoken(*ms, *limit, items, paint),
        Output::Model { answer, note, source } => {
            let mut lines = Vec::new();
            for (title, text) in [("A model answer:", answer), ("Note:", note), ("Source:", source)] {
                if let Some(text) = text {
                    lines.extend([paint.dim(title), paint.block(text)]);
                }
            }
            lines
        }
        Output::Proposal(Some((grade, because))) => vec![proposal(*grade, *because)],
        Output::Proposal(None) => vec!["How did it go? 0-5 (? what they mean)".to_owned()],
        Output::Grades(grades, today) => {
            let line = |(grade, due): &(Grade, StudyDay)| {
                let again = if grade.settles() { "" } else { "again today, then " };
                format!("  {grade}  {}: {again}{}", grade.words(), due.spoken(*today))
            };
            grades.iter().map(line).collect()
        }
        Output::Unclear(stage) => vec![unclear(*stage).to_owned()],
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
        Output::Done(did, card) => vec![match did {
            Did::Skipped => format!("skipped {card}: not again in this session"),
            Did::Buried => format!("buried {card} until tomorrow"),
            Did::Suspended => format!("suspended {card}; `rehearse resume {card}` asks it again"),
            Did::Undone => format!("took back what was recorded of {card}"),
        }],
        Output::NothingToUndo => {
            vec!["Nothing in this session to take back; `rehearse undo` takes back the newest review.".to_owned()]
        }
        Output::Gone(card) => vec![format!("No longer in its deck: {card}")],
        Output::TimeIsUp(left) => vec![format!("Time is up; {} left.", count(*left, "card"))],
        Output::Summary { answered, of, spoken_ms } => vec![String::new(), summary(*answered, *of, *spoken_ms)],
        Output::Draw | Output::Fetch(_) | Output::Record(..) | Output::Read | Output::Finish => Vec::new(),
    }
}

/// The first line: how much there is and what to do.
fn greeting(decks: usize, cards: usize, now: usize, seconds: u64, cram: bool) -> String {
    let what =
        format!("{}, {}. {now} now, about {}.", count(decks, "deck"), count(cards, "card"), minutes(seconds * 1000));
    let how = if cram { " Nothing is recorded." } else { "" };
    format!("{what}{how} Answer aloud, then press Enter. (? help, q quit)")
}

/// `9 minutes`, `1 minute`, at least one.
pub fn minutes(ms: u64) -> String {
    let minutes = usize::try_from(ms.div_ceil(60_000)).unwrap_or(usize::MAX).max(1);
    count(minutes, "minute")
}

fn in_days(days: i64) -> String {
    format!("in {}", count(usize::try_from(days).unwrap_or(0), "day"))
}

fn header(card: &Asked, paint: Paint) -> String {
    let Asked { nth, of, kind, limit, .. } = card;
    paint.dim(&format!("[{nth}/{of}] {} · {kind} · {}", shown_line(&card.deck), minutes_seconds(u64::from(*limit))))
}

fn spoken(ms: Option<u64>, limit: u32, items: &[(String, usize)], paint: Paint) -> Vec<String> {
    let limit = minutes_seconds(u64::from(limit));
    let time = match ms {
        Some(ms) => format!("{} of {limit}.", minutes_seconds(ms / 1000)),
        None => format!("Far over {limit}: the time is not kept."),
    };
    if items.is_empty() {
        return vec![time];
    }
    let digits = items.len().to_string().len();
    let mut lines = vec![format!("{time} Which did you say? ({})", ticking(items.len()))];
    for (n, (text, missed)) in items.iter().enumerate() {
        lines.push(match missed {
            0 => paint.item(n + 1, digits, text),
            missed => {
                let note = missed_lately(*missed);
                let line = paint.item(n + 1, digits, &format!("{text}  {note}"));
                // The note may have been wrapped; then it stays as it is.
                line.strip_suffix(&note).map(|before| format!("{before}{}", paint.dim(&note))).unwrap_or(line)
            }
        });
    }
    lines
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
        (Because::FarOverTime, _) => "Every point, but far over the time".to_owned(),
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
    let here = match stage {
        Stage::Speaking => "Answer aloud, then press Enter; h shows a hint and costs a grade.",
        Stage::Ticking => "Type the numbers of what you said, as in 1 3 or 1-3; a for all, 0 for none.",
        Stage::Grading => "Type a grade from 0 to 5; Enter accepts the one proposed.",
    };
    let always = ["s skip", "b bury until tomorrow", "! suspend", "u undo", "q quit"];
    vec![here.to_owned(), format!("Always: {}.", list(&always, "and"))]
}

fn unclear(stage: Stage) -> &'static str {
    match stage {
        Stage::Speaking => "Answer aloud, then press Enter. (? help)",
        Stage::Ticking => "Type the numbers of what you said; a for all, 0 for none. (? help)",
        Stage::Grading => "Type a grade from 0 to 5. (? help)",
    }
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
pub struct Pipe<R, W> {
    input: R,
    output: W,
}

impl<R: BufRead, W: Write> Pipe<R, W> {
    /// Reads lines from one stream and writes lines to the other.
    pub fn new(input: R, output: W) -> Self {
        Pipe { input, output }
    }
}

impl<R: BufRead, W: Write> Face for Pipe<R, W> {
    fn show(&mut self, output: &Output) -> Result<(), Failure> {
        Ok(write(&mut self.output, &lines(output, Paint::default(), true))?)
    }

    fn read(&mut self) -> Result<Option<Input>, Failure> {
        Ok(Some(super::drive::line(&mut self.input)?.map_or(Input::End, Input::Line)))
    }
}

/// A session on a terminal.
pub struct Terminal<W> {
    editor: rustyline::DefaultEditor,
    output: W,
    paint: Paint,
}

impl<W: Write> Terminal<W> {
    /// Writes to a terminal and reads from it with line editing.
    pub fn new(output: W, paint: Paint) -> Result<Self, Failure> {
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
        | Output::NothingToUndo = output
        {
            lines = lines.iter().map(|line| self.paint.sentence(line)).collect();
        }
        Ok(write(&mut self.output, &lines)?)
    }

    fn read(&mut self) -> Result<Option<Input>, Failure> {
        match self.editor.readline("> ") {
            Ok(line) => Ok(Some(Input::Line(shown(&line).into_owned()))),
            Err(ReadlineError::Eof) => Ok(Some(Input::End)),
            Err(ReadlineError::Interrupted) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deck::CardId;
    use crate::diagnostic::harmless;
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
                Output::Greeting { decks: 3, cards: 47, now: 5, seconds: 530, cram: false },
                "3 decks, 47 cards. 5 now, about 9 minutes. Answer aloud, then press Enter. (? help, q quit)",
            ),
            (
                card("Why here?\nAnd why now?", "Why this job", &[]),
                "\n[1/2] Why this job · open · 1:30\n  Why here?\n  And why now?",
            ),
            (
                Output::Spoken {
                    ms: Some(72_000),
                    limit: 90,
                    items: vec![("one".into(), 0), ("two".into(), 2), ("three".into(), 1)],
                },
                "1:12 of 1:30. Which did you say? (1 3; a all, 0 none)\n  1  one\n  2  two  missed the last two times\n  3  three  missed the last time",
            ),
            (
                Output::Proposal(Some((grade(3), Because::Said))),
                "The core came; a point was missing: grade 3. Enter accepts, or 0-5",
            ),
            (saved(3, 1, true), "saved · grade 3: again today, then tomorrow"),
            (saved(4, 6, false), "saved · grade 4: Saturday 28 November (in 6 days)"),
            // A line that began with the id of a card called `saved` would be a forged one.
            (Output::Gone(id.clone()), "No longer in its deck: why-job"),
            (Output::Summary { answered: 5, of: 5, spoken_ms: 430_000 }, "\n5 of 5 answers, 7:10 spoken."),
        ];
        for (output, expected) in cases {
            assert_eq!(lines(&output, Paint::default(), false).join("\n"), expected);
        }
        assert_eq!(lines(&saved(3, 1, true), Paint::default(), true), ["saved why-job grade 3, next 2026-11-23"]);
    }

    proptest! {
        #[test]
        fn no_deck_can_act_or_pose_as_the_program(
            text in prop_oneof![any::<String>(), "(saved |\r|\n|\u{1b}\\[2J|\u{202e}|x| ){0,60}"],
            width in prop::option::of(0usize..60),
        ) {
            let paint = Paint { color: false, width };
            let outputs = [
                card(&text, &text, &[]),
                Output::Hint(Some(text.clone())),
                Output::Spoken { ms: None, limit: 1, items: vec![(text.clone(), 3)] },
                Output::Model { answer: Some(text.clone()), note: Some(text.clone()), source: Some(text) },
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
