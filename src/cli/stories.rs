//! `stories`: the story bank against the competencies.

use super::context::Context;
use super::lookup::find_interview;
use crate::clock::StudyDay;
use crate::failure::{DONE, Failure};
use crate::render::shown_within;
use crate::session::Paint;
use crate::stories::{Bank, Competency, InterviewRound, OLD, Stories, StoryReport, Telling};
use crate::text::{count, list};

const COLUMNS: usize = 78;

/// Show which competencies your stories serve, what they lack, and where they were told
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Against what this interview asks for [default: the next one that asks for something]
    #[arg(long, value_name = "ID")]
    interview: Option<String>,
}

pub(crate) fn run(context: &Context, args: &Args) -> Result<u8, Failure> {
    let collection = context.open()?;
    let id = args.interview.as_deref();
    id.map(|id| find_interview(&collection, id)).transpose()?;
    let mut bank = Bank::default();
    collection.each_deck(|file, deck| bank.add_deck(file, deck))?;
    let stories = bank.into_stories(context.today(&collection), id);
    if context.json() {
        context.value(&serde_json::to_value(&stories)?)?;
    } else if stories.stories.is_empty() {
        context.line("No stories yet; `rehearse add --story stories.toml` writes the first.")?;
    } else {
        lines(&stories, context.paint()).iter().try_for_each(|line| context.line(line))?;
    }
    Ok(DONE)
}

fn lines(stories: &Stories, paint: Paint) -> Vec<String> {
    let mut lines = vec![paint.sentence(&summary(stories))];
    let mut section = |title: &str, rows: Vec<String>| {
        if !rows.is_empty() {
            lines.extend([String::new(), paint.bold(&paint.sentence(title))]);
            lines.extend(rows.iter().map(|row| narrowed(row, paint)));
        }
    };
    let title = match &stories.interview {
        Some(interview) => format!("Asked for by {}", called(interview, stories.today)),
        None => "Shown by cards and stories".to_owned(),
    };
    section(&title, stories.competencies.iter().flat_map(|row| competency(row, stories, paint)).collect());
    let unasked = if stories.competencies.is_empty() { &[] } else { stories.unasked.as_slice() };
    section("For none of these", unasked.iter().map(|id| format!("  {}", naming(stories, id, COLUMNS - 2))).collect());
    let to_fix = stories.stories.iter().filter_map(|story| Some((story, doubts(story)?)));
    let fix = |(story, doubts)| [format!("  {}", name(story, COLUMNS - 2)), format!("    {doubts}")];
    section("Worth mending", to_fix.flat_map(fix).collect());
    section("Told already", stories.stories.iter().flat_map(|story| told(story, stories.today)).collect());
    lines
}

fn narrowed(row: &str, paint: Paint) -> String {
    let text = row.trim_start();
    paint.under(text, row.len() - text.len())
}

fn summary(stories: &Stories) -> String {
    let (have, asked) = (stories.stories.len(), stories.competencies.len());
    if asked == 0 {
        return format!("{}; no card or story shows a competency. `shows = [\"…\"]` names it.", count(have, "story"));
    }
    let gaps = stories.competencies.iter().filter(|competency| competency.stories.is_empty()).count();
    let over = stories.competencies.iter().filter(|competency| !competency.overused.is_empty()).count();
    let untold = stories.stories.iter().filter(|story| story.told.is_empty()).count();
    let mut said = vec![match gaps {
        0 => "no gap".to_owned(),
        gaps => count(gaps, "gap"),
    }];
    said.extend((over > 0).then(|| format!("{over} served too often by one story")));
    let which = if asked == 1 { "1 competency".to_owned() } else { format!("{asked} competencies") };
    format!("{} ({untold} untold) for {which}: {}.", count(have, "story"), list(&said, "and"))
}

fn competency(competency: &Competency, stories: &Stories, paint: Paint) -> Vec<String> {
    let Competency { title, definition, stories: serving, overused, is_open } = competency;
    let many = match serving.len() {
        0 => "no story".to_owned(),
        many => count(many, "story"),
    };
    let room = COLUMNS - 4 - many.len();
    let mut lines = vec![format!("  {}: {many}", shown_within(title, room))];
    if let (true, Some(definition)) = (serving.is_empty(), definition) {
        let width = paint.width.map_or(COLUMNS, |width| width.min(COLUMNS));
        lines.push(Paint { width: Some(width), ..paint }.under(definition, 4));
    }
    if *is_open {
        let title = if shown_within(title, room) == *title { shell_words::quote(title) } else { "TITLE".into() };
        lines.push(format!("    no card either: `rehearse add --shows {title}` starts one"));
    }
    for id in serving {
        let times = stories.stories.iter().find(|story| story.id == *id).map_or(0, |story| story.told.len());
        let times = match times {
            0 => "not told yet".to_owned(),
            1 => "told once".to_owned(),
            2 => "told twice".to_owned(),
            many => format!("told {many} times"),
        };
        lines.push(format!("    {}, {times}", naming(stories, id, COLUMNS - 6 - times.len())));
        let over = overused.iter().find(|over| over.story == *id);
        lines.extend(over.map(|over| {
            let cards =
                if over.cards > 0 { format!(", linked by {}", count(over.cards, "card")) } else { String::new() };
            format!("      too often for one competency{cards}")
        }));
    }
    lines
}

/// Returns title and id, cut to fit the columns. The id is cut only if it takes more than half of them.
fn naming(stories: &Stories, id: &str, columns: usize) -> String {
    stories.stories.iter().find(|story| story.id == id).map(|story| name(story, columns)).unwrap_or_default()
}

fn name(story: &StoryReport, columns: usize) -> String {
    let id = shown_within(&story.id, columns / 2);
    format!("{} ({id})", shown_within(&story.title, columns - 3 - id.len().min(columns / 2)))
}

fn doubts(story: &StoryReport) -> Option<String> {
    let mut doubts: Vec<String> = story.lacks.iter().map(|lacks| format!("no {lacks}")).collect();
    doubts.extend((story.numbers == Some(false)).then(|| "no numbers".to_owned()));
    doubts.extend(story.age.filter(|age| *age > OLD).map(|age| format!("{age} years old")));
    (!doubts.is_empty()).then(|| doubts.join(", "))
}

fn told(story: &StoryReport, today: StudyDay) -> Vec<String> {
    let telling = |telling: &Telling| {
        let round = telling.interview.as_ref().map(|round| called(round, today));
        let to = (!telling.to.is_empty()).then(|| format!("to {}", list(&telling.to, "and")));
        let said: Vec<String> = round.into_iter().chain(to).collect();
        let said = if said.is_empty() { "no word of where".to_owned() } else { said.join(", ") };
        format!("    {}", shown_within(&said, COLUMNS - 4))
    };
    let tellings: Vec<String> = story.told.iter().map(telling).collect();
    let name = (!tellings.is_empty()).then(|| format!("  {}", name(story, COLUMNS - 2)));
    name.into_iter().chain(tellings).collect()
}

/// Names an interview by company, round, and day, as far as they are known, or by its id.
fn called(round: &InterviewRound, today: StudyDay) -> String {
    let company = round.company.as_ref().unwrap_or(&round.id);
    let number = round.round.map(|round| format!("round {round}"));
    let day = round.date.map(|date| date.spoken(today));
    let rest: String = number.into_iter().chain(day).map(|part| format!(", {part}")).collect();
    format!("{}{rest}", shown_within(company, COLUMNS / 2 - 10))
}
