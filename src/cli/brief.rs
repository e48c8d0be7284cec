//! `brief`: the page for the morning of an interview.

use serde_json::{Value, json};

use super::context::Context;
use super::lookup::named_or_next_scope;
use crate::clock::StudyDay;
use crate::collection::{Collection, Error};
use crate::deck::{Heard, Interview, Interviewer};
use crate::entry::Entry;
use crate::failure::{DONE, Failure};
use crate::interview::{Brief, BriefFacts, BriefQuestion, PlanPoints, belongs, called_by};
use crate::render::{shown_markdown, shown_within};
use crate::text::{fitted, list, minutes_seconds};

/// How many lines two screens have, and how wide they are.
const MOST_LINES: usize = 47;
const COLUMNS: usize = 80;
/// How many entries of a list are shown if there is room.
const MOST: usize = 6;
/// The columns of a longer text, as of a note on somebody.
const LONGEST: usize = 150;
const LONGEST_QUESTION: usize = 240;
/// The columns of a name or a title.
const LONGEST_NAME: usize = 60;
/// Says where the rest of a long list is.
const ALL: &str = "`rehearse brief --json` lists them all";
const GAPS_HELP: &str = "`rehearse add --shows TITLE` starts a card for one.";
const STORIES_HELP: &str = "You have no stories yet. `rehearse add stories.toml --story` starts one.";

/// Show one page for the morning of an interview
///
/// Who you meet, what they said and which answers take it up, the stories they haven't heard, your plan, five questions to ask,
/// and what is still shaky or blank. Writes nothing.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The interview [default: the next one]
    #[arg(long, value_name = "ID")]
    interview: Option<String>,
    /// Print it as Markdown
    #[arg(long)]
    markdown: bool,
}

pub(crate) fn run(context: &Context, args: &Args) -> Result<u8, Failure> {
    if args.markdown {
        context.no_json("brief --markdown", "Markdown")?;
    }
    let collection = context.open()?;
    let today = context.today(&collection);
    let brief = collect(&collection, args.interview.as_deref(), today)?;
    if context.json() {
        context.value(&row(&brief))?;
    } else if args.markdown {
        context.verbatim(&markdown(&brief, today))?;
    } else {
        page(&brief, today).iter().try_for_each(|line| context.line(line))?;
    }
    Ok(DONE)
}

fn collect(collection: &Collection, id: Option<&str>, today: StudyDay) -> Result<Brief, Failure> {
    let scope = named_or_next_scope(collection, id, today)?;
    let round = scope.as_ref().map(|scope| collection.round(scope)).transpose()?;
    let earlier = scope.as_ref().map(|scope| collection.earlier_rounds(scope)).transpose()?.unwrap_or_default();
    let (cards, askable) = collection.cards_in_scope(scope.as_ref(), belongs)?;
    let asks = round.as_ref().is_some_and(|round| !round.interview.qualifications.is_empty());
    let shown = if asks { collection.shown_competencies()? } else { Vec::new() };
    let stories = collection.store.stories()?;
    let facts = BriefFacts {
        round: round.as_ref(),
        earlier: &earlier,
        cards: &cards,
        askable,
        stories: &stories,
        shown: &shown,
    };
    let read = |entry: &Entry| collection.card(entry);
    Ok(Brief::collect::<Error>(&facts, &read)?)
}

fn row(brief: &Brief) -> Value {
    let interview = brief.interview.as_ref();
    let person = |person: &Interviewer| json!({ "name": person.name, "title": person.title, "note": person.note });
    let plan =
        |PlanPoints { card, phases, points }: &PlanPoints| json!({ "id": card, "phases": phases, "points": points });
    let question = |BriefQuestion { category, card, text }: &BriefQuestion| json!({ "category": category, "id": card, "question": text });
    json!({
        "id": interview.map(|interview| &interview.id),
        "company": interview.and_then(|interview| interview.company.as_ref()),
        "role": interview.and_then(|interview| interview.role.as_ref()),
        "date": interview.and_then(|interview| interview.date).map(|date| date.to_string()),
        "round": interview.and_then(|interview| interview.round),
        "meet": brief.meet.iter().map(person).collect::<Vec<_>>(),
        "heard": brief.heard.iter().map(|heard| json!({ "said": heard.said, "by": heard.by, "use": heard.cards }))
            .collect::<Vec<_>>(),
        "untold": brief.untold.iter().map(|story| json!({ "id": story.id, "title": story.title })).collect::<Vec<_>>(),
        "unsaid": brief.unsaid,
        "plan": brief.plan.iter().map(plan).collect::<Vec<_>>(),
        "ask": brief.ask.iter().map(question).collect::<Vec<_>>(),
        "shaky": brief.shaky.iter().map(|(id, grade)| json!({ "id": id, "grade": grade.get() })).collect::<Vec<_>>(),
        "blank": brief.blank,
    })
}

/// Makes deck text safe to show, in at most so many columns.
type Escape<'a> = &'a dyn Fn(&str, usize) -> String;

/// A part of the page: what a list is, and its entries.
struct PageSection {
    /// Empty for a sentence that stands alone.
    label: &'static str,
    entries: Vec<PageEntry>,
    /// How many entries are left out.
    more: usize,
    /// What separates entries that share a line, and which sections share it; `None` for a line each.
    inline: Option<(&'static str, SharedLine)>,
}

/// A line that several sections share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SharedLine {
    Values,
    Stories,
    Gaps,
    Practice,
}

struct PageEntry {
    /// What the entry is about, as `concerns`.
    about: Option<&'static str>,
    text: String,
}

impl PageSection {
    fn new(label: &'static str, texts: impl IntoIterator<Item = String>) -> Self {
        let entries = texts.into_iter().map(|text| PageEntry { about: None, text }).collect();
        PageSection { label, entries, more: 0, inline: None }
    }

    /// Keeps the first entries, and counts the others.
    fn at_most(mut self, most: usize) -> Self {
        self.more = self.entries.len().saturating_sub(most);
        self.entries.truncate(most);
        self
    }

    fn sentence(line: SharedLine, text: &str) -> Self {
        PageSection::new("", [text.to_owned()]).inline(" ", line)
    }

    fn inline(self, separator: &'static str, line: SharedLine) -> Self {
        PageSection { inline: Some((separator, line)), ..self }
    }

    fn is_empty(&self) -> bool {
        self.entries.iter().all(|entry| entry.text.is_empty())
    }
}

/// Returns the page as lines, with as many entries as two screens have room for.
fn page(brief: &Brief, today: StudyDay) -> Vec<String> {
    let escape: Escape<'_> = &shown_within;
    let rows = |lines: &[String]| lines.iter().map(|line| fitted(line, COLUMNS).split('\n').count()).sum::<usize>();
    let shown = |most| {
        let (title, rest) = head(brief, today, escape);
        let mut lines = vec![format!("{title}. {rest}")];
        lines.extend(as_lines(&sections(brief, most, escape)));
        lines
    };
    (1..=MOST).rev().map(shown).find(|lines| rows(lines) <= MOST_LINES).unwrap_or_else(|| shown(1))
}

fn as_lines(sections: &[PageSection]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut before = None;
    for section in sections {
        let Some((separator, shared)) = section.inline else {
            lines.extend(section.entries.iter().map(|entry| match entry.about {
                Some(about) => format!("{} ({about}): {}", section.label, entry.text),
                None => format!("{}: {}", section.label, entry.text),
            }));
            lines.extend((section.more > 0).then(|| format!("{}: {} more; {ALL}.", section.label, section.more)));
            before = None;
            continue;
        };
        let mut texts: Vec<&str> = section.entries.iter().map(|entry| entry.text.as_str()).collect();
        let more = format!("and {} more", section.more);
        texts.extend((section.more > 0).then_some(more.as_str()));
        let text = sentence(&texts.join(separator));
        let text = if section.label.is_empty() { text } else { format!("{}: {text}", section.label) };
        match lines.last_mut().filter(|_| before == Some(shared)) {
            Some(line) => line.push_str(&format!(" {text}")),
            None => lines.push(text),
        }
        before = Some(shared);
    }
    lines
}

/// Returns the page as Markdown, in which deck text is only text.
fn markdown(brief: &Brief, today: StudyDay) -> String {
    let escape: Escape<'_> = &|text, columns| shown_markdown(&shown_within(text, columns));
    let (title, rest) = head(brief, today, escape);
    let mut text = format!("# {title}\n\n{rest}\n");
    for section in sections(brief, MOST, escape) {
        if section.label.is_empty() {
            section.entries.iter().for_each(|entry| text.push_str(&format!("\n{}\n", entry.text)));
            continue;
        }
        text.push_str(&format!("\n## {}\n\n", section.label));
        for PageEntry { about, text: entry } in &section.entries {
            text.push_str(&match about {
                Some(about) => format!("- {about}: {entry}\n"),
                None => format!("- {entry}\n"),
            });
        }
        if section.more > 0 {
            text.push_str(&format!("- {} more; {ALL}.\n", section.more));
        }
    }
    text.trim_end().to_owned()
}

/// Returns which interview it is, and the round and the time.
fn head(brief: &Brief, today: StudyDay, escape: Escape<'_>) -> (String, String) {
    let Some(interview) = &brief.interview else {
        let help = "Run `rehearse interview add` to write down who you'll meet, and when.";
        return ("No upcoming interview".to_owned(), help.to_owned());
    };
    let names: Vec<String> =
        interview.company.iter().chain(&interview.role).map(|name| escape(name, LONGEST_NAME)).collect();
    let title = if names.is_empty() { escape(&interview.id, LONGEST_NAME) } else { names.join(", ") };
    // Lines that start with `saved ` are reserved for sessions.
    let title = if title.starts_with("saved ") { format!("Interview: {title}") } else { title };
    let round = interview.round.map(|round| format!("Round {round}"));
    let when = when(interview, today);
    let unknown = brief.file.as_ref().filter(|_| when.is_none());
    let rest: Vec<String> = round.into_iter().chain(when).collect();
    let mut rest = if rest.is_empty() { String::new() } else { format!("{}.", capitalized(&rest.join(", "))) };
    if let Some(file) = unknown {
        rest.push_str(&format!(
            "{}No date yet: add `date` to {}.",
            if rest.is_empty() { "" } else { " " },
            escape(file, LONGEST)
        ));
    }
    (title, rest)
}

fn when(interview: &Interview, today: StudyDay) -> Option<String> {
    let day = interview.date?.spoken(today);
    Some(match interview.minute {
        Some(minute) => format!("{day} {}", minutes_seconds(u64::from(minute))),
        None => day,
    })
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Ends a text with a period, unless it has an end.
fn sentence(text: &str) -> String {
    let ends = text.ends_with(['.', '!', '?', '…']);
    if ends { text.to_owned() } else { format!("{text}.") }
}

fn sections(brief: &Brief, most: usize, escape: Escape<'_>) -> Vec<PageSection> {
    let all = [
        meet(brief, escape).at_most(most),
        values(brief, escape).at_most(most.min(3)),
        heard(brief, escape).at_most(most),
        untold(brief, escape).at_most(most),
        unsaid(brief, escape).at_most(most),
        plan(brief, escape).at_most(most.min(2)),
        ask(brief, escape),
        gaps(brief, escape).at_most(most),
        PageSection::sentence(SharedLine::Gaps, if brief.gaps.is_empty() { "" } else { GAPS_HELP }),
        shaky(brief).at_most(most + 2),
        PageSection::new("Still blank", brief.blank.clone()).inline(", ", SharedLine::Practice).at_most(most + 2),
        scope(brief, escape),
        PageSection::sentence(SharedLine::Practice, "Reread your application."),
    ];
    all.into_iter().filter(|section| !section.is_empty()).collect()
}

fn meet(brief: &Brief, escape: Escape<'_>) -> PageSection {
    let person = |Interviewer { name, title, note, .. }: &Interviewer| {
        let title = title.as_ref().map(|title| format!(", {}", escape(title, LONGEST_NAME))).unwrap_or_default();
        let note = note.as_ref().map(|note| format!(" {}", sentence(&escape(note, LONGEST)))).unwrap_or_default();
        format!("{}{note}", sentence(&format!("{}{title}", escape(name, LONGEST_NAME))))
    };
    let mut people: Vec<String> = brief.meet.iter().map(person).collect();
    if let Some(file) = brief.file.as_ref().filter(|_| people.is_empty()) {
        let file = escape(file, LONGEST);
        people.push(format!("nobody is written down. Add `[[interviewer]]` with a `name` to {file}."));
    }
    PageSection::new("You meet", people)
}

fn values(brief: &Brief, escape: Escape<'_>) -> PageSection {
    let values = brief.interview.iter().flat_map(|interview| &interview.values);
    PageSection::new("They value", values.map(|value| escape(value, LONGEST_NAME))).inline("; ", SharedLine::Values)
}

fn heard(brief: &Brief, escape: Escape<'_>) -> PageSection {
    let line = |heard: &Heard| {
        let by = heard.by.as_ref().map(|by| format!(" ({})", escape(called_by(by, &brief.meet), LONGEST_NAME)));
        let cards = if heard.cards.is_empty() { "no card takes it up yet".to_owned() } else { heard.cards.join(", ") };
        format!("\"{}\"{}: {cards}", escape(&heard.said, LONGEST), by.unwrap_or_default())
    };
    let mut lines: Vec<String> = brief.heard.iter().map(line).collect();
    if lines.is_empty() && brief.has_earlier {
        lines.push("nothing is written down from the earlier rounds. `rehearse debrief` asks for it.".to_owned());
    }
    PageSection::new("They said", lines)
}

fn untold(brief: &Brief, escape: Escape<'_>) -> PageSection {
    match brief {
        Brief { stories: 0, .. } => return PageSection::sentence(SharedLine::Stories, STORIES_HELP),
        Brief { interview: None, .. } => return PageSection::new("", []),
        Brief { untold, .. } if untold.is_empty() => {
            return PageSection::sentence(SharedLine::Stories, "They have heard all of your stories.");
        }
        _ => {}
    }
    let titles = brief.untold.iter().map(|story| escape(&story.title, LONGEST_NAME));
    PageSection::new("They haven't heard", titles).inline("; ", SharedLine::Stories)
}

fn unsaid(brief: &Brief, escape: Escape<'_>) -> PageSection {
    let lines = brief.unsaid.iter().map(|line| escape(line.trim_end_matches('.'), LONGEST));
    PageSection::new("You didn't get to say", lines).inline("; ", SharedLine::Stories)
}

fn plan(brief: &Brief, escape: Escape<'_>) -> PageSection {
    let plan = |plan: &PlanPoints| {
        let parts: Vec<String> = plan.parts().iter().map(|part| escape(part, LONGEST_NAME)).collect();
        parts.join("; ")
    };
    let mut plans: Vec<String> = brief.plan.iter().map(plan).collect();
    if plans.is_empty() {
        plans.push("no plan card is in scope. `rehearse add plan.toml --kind plan` starts one.".to_owned());
    }
    PageSection::new("Your plan", plans)
}

fn ask(brief: &Brief, escape: Escape<'_>) -> PageSection {
    let mut section = PageSection::new("Ask", []);
    section.entries.extend(
        brief.ask.iter().map(|question| PageEntry {
            about: Some(question.category),
            text: escape(&question.text, LONGEST_QUESTION),
        }),
    );
    if !brief.unasked.is_empty() {
        let missing = list(&brief.unasked, "or");
        let text = format!("no question about {missing} is in scope; an `ask` card with that tag is one.");
        section.entries.push(PageEntry { about: None, text });
    }
    section
}

fn gaps(brief: &Brief, escape: Escape<'_>) -> PageSection {
    let titles = brief.gaps.iter().map(|title| escape(title, LONGEST_NAME));
    PageSection::new("No card shows", titles).inline("; ", SharedLine::Gaps)
}

fn shaky(brief: &Brief) -> PageSection {
    let cards = brief.shaky.iter().map(|(id, grade)| format!("{id} ({grade})"));
    PageSection::new("Shaky", cards).inline(", ", SharedLine::Practice)
}

/// Says what to do if no card is in scope.
fn scope(brief: &Brief, escape: Escape<'_>) -> PageSection {
    let text = match &brief.file {
        _ if brief.askable > 0 => String::new(),
        Some(file) => {
            format!("No card is in scope: look at `decks`, `tags`, and `round` in {}.", escape(file, LONGEST))
        }
        None => "There are no cards yet. `rehearse init` adds starter decks.".to_owned(),
    };
    PageSection::sentence(SharedLine::Practice, &text)
}
