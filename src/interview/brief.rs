//! What to have in mind on the morning of an interview.

use std::cmp::Reverse;

use super::rounds::RoundNotes;
use crate::deck::{Card, Heard, Interview, Interviewer, Kind, fill};
use crate::entry::Entry;
use crate::schedule::Grade;
use crate::stories::StoryRef;
use crate::text::folded;

/// What an `ask` card is about, by its tags, in the order in which questions are shown.
const CATEGORIES: [&str; 4] = ["role", "company", "culture", "concerns"];
/// The category of a question about something they said.
const HEARD: &str = "heard";
/// The category of a question that you noted after an earlier round.
const NOTED: &str = "yours";
const MOST_NOTED: usize = 2;

/// What a brief is made from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BriefFacts<'a> {
    /// The interview; `None` if none is to come.
    pub(crate) round: Option<&'a RoundNotes>,
    /// The earlier rounds with the same company, the last one first.
    pub(crate) earlier: &'a [RoundNotes],
    /// The cards in scope that [`belongs`] is true of.
    pub(crate) cards: &'a [Entry],
    /// How many cards are in scope and can be asked.
    pub(crate) askable: usize,
    pub(crate) stories: &'a [StoryRef],
    /// Every competency and qualification that a card or a story shows.
    pub(crate) shown: &'a [String],
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Brief {
    pub(crate) interview: Option<Interview>,
    pub(crate) file: Option<String>,
    pub(crate) meet: Vec<Interviewer>,
    /// The newest round first.
    pub(crate) heard: Vec<Heard>,
    /// Whether there was an earlier round.
    pub(crate) has_earlier: bool,
    /// Stories that were not told in an earlier round: those that show what the interview asks for first, then the least told.
    pub(crate) untold: Vec<StoryRef>,
    /// How many stories there are.
    pub(crate) stories: usize,
    pub(crate) unsaid: Vec<String>,
    pub(crate) plan: Vec<PlanPoints>,
    pub(crate) ask: Vec<BriefQuestion>,
    /// The categories without a question.
    pub(crate) unasked: Vec<&'static str>,
    pub(crate) shaky: Vec<(String, Grade)>,
    pub(crate) blank: Vec<String>,
    /// Qualifications that no card and no story shows.
    pub(crate) gaps: Vec<String>,
    /// How many cards are in scope and can be asked.
    pub(crate) askable: usize,
}

/// The phases and points of a plan card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlanPoints {
    pub(crate) card: String,
    pub(crate) phases: Vec<String>,
    pub(crate) points: Vec<String>,
}

impl PlanPoints {
    /// Returns the points, each with its phase if there is one for each.
    pub(crate) fn parts(&self) -> Vec<String> {
        let PlanPoints { phases, points, .. } = self;
        if phases.len() != points.len() {
            return points.clone();
        }
        let part = |(phase, point): (&String, &String)| {
            if point.starts_with(phase.as_str()) { point.clone() } else { format!("{phase} {point}") }
        };
        phases.iter().zip(points).map(part).collect()
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BriefQuestion {
    pub(crate) category: &'static str,
    /// The card that rehearses it, if there is one.
    pub(crate) card: Option<String>,
    pub(crate) text: String,
}

/// Reads a card as its file has it.
pub(crate) type ReadCard<'a, E> = &'a dyn Fn(&Entry) -> Result<Option<Card>, E>;

impl Brief {
    /// Collects what matters on the day. `read` is called for the few cards whose text is shown.
    pub(crate) fn collect<E>(facts: &BriefFacts<'_>, read: ReadCard<'_, E>) -> Result<Self, E> {
        let asked: Vec<&Entry> = facts.cards.iter().filter(|entry| is_asked(entry)).collect();
        let interview = facts.round.map(|round| round.interview.clone());
        let heard: Vec<Heard> = rounds(facts).flat_map(|round| round.heard.clone()).collect();
        let questions = Questions { facts, asked: &asked, heard: &heard };
        let ask = questions.ask(read)?;
        let has = |category: &&str| ask.iter().any(|question| question.category == *category);
        Ok(Brief {
            file: facts.round.map(|round| round.file.clone()),
            meet: meet(facts),
            has_earlier: !facts.earlier.is_empty(),
            untold: untold(facts),
            stories: facts.stories.len(),
            unsaid: facts.earlier.iter().flat_map(|round| round.unsaid.clone()).collect(),
            plan: plan(facts, &asked, read)?,
            unasked: CATEGORIES.into_iter().filter(|category| !has(category)).collect(),
            shaky: shaky(&asked),
            blank: facts.cards.iter().filter(|entry| is_blank(entry)).map(|entry| entry.card.to_string()).collect(),
            gaps: gaps(facts),
            askable: facts.askable,
            interview,
            heard,
            ask,
        })
    }
}

/// The interview and the rounds before it, the newest first.
fn rounds<'a>(facts: &BriefFacts<'a>) -> impl Iterator<Item = &'a RoundNotes> {
    facts.round.into_iter().chain(facts.earlier)
}

/// Whether a brief may name a card that is in scope.
pub(crate) fn belongs(entry: &Entry) -> bool {
    matches!(entry.kind, Kind::Plan | Kind::Ask) || is_blank(entry) || last_grade(entry).is_some_and(|g| !g.settles())
}

/// Whether a card can be asked at an interview.
pub(crate) fn is_asked(entry: &Entry) -> bool {
    entry.place.is_some() && !entry.suspended_in_file && !entry.state.suspended
}

/// Whether a card waits to be filled in. One that was answered has been, and only rests.
fn is_blank(entry: &Entry) -> bool {
    entry.place.is_some() && (entry.suspended_in_file || entry.state.suspended && entry.state.reviews == 0)
}

/// Returns the people to meet, with what an earlier round knows of them.
fn meet(facts: &BriefFacts<'_>) -> Vec<Interviewer> {
    let mut people = facts.round.map(|round| round.people.clone()).unwrap_or_default();
    let met = || facts.earlier.iter().flat_map(|round| &round.people);
    for person in &mut people {
        for known in met().filter(|known| folded(&known.name) == folded(&person.name)) {
            person.title = person.title.take().or_else(|| known.title.clone());
            person.note = person.note.take().or_else(|| known.note.clone());
        }
    }
    people
}

fn untold(facts: &BriefFacts<'_>) -> Vec<StoryRef> {
    let told =
        |story: &StoryRef| facts.earlier.iter().any(|round| round.told.iter().any(|told| told.story == story.id));
    let mut untold: Vec<StoryRef> = facts.stories.iter().filter(|story| !told(story)).cloned().collect();
    let wanted: Vec<String> = facts.round.iter().flat_map(|round| wanted(&round.interview)).collect();
    let fits = |story: &StoryRef| story.shows.iter().any(|shown| wanted.contains(&folded(shown)));
    untold.sort_by_key(|story| (!fits(story), story.told));
    untold
}

/// Returns what an interview asks for, folded.
fn wanted(interview: &Interview) -> impl Iterator<Item = String> {
    interview.competencies.iter().chain(&interview.qualifications).map(|title| folded(title))
}

fn gaps(facts: &BriefFacts<'_>) -> Vec<String> {
    let shown: Vec<String> = facts.shown.iter().map(|title| folded(title)).collect();
    let qualifications = facts.round.iter().flat_map(|round| &round.interview.qualifications);
    qualifications.filter(|title| !shown.contains(&folded(title))).cloned().collect()
}

fn plan<E>(facts: &BriefFacts<'_>, asked: &[&Entry], read: ReadCard<'_, E>) -> Result<Vec<PlanPoints>, E> {
    let mut plans = Vec::new();
    for entry in asked.iter().filter(|entry| entry.kind == Kind::Plan) {
        let Some(card) = read(entry)? else { continue };
        let items = if card.points.is_empty() { &card.parts } else { &card.points };
        let points: Vec<String> = items.iter().map(|item| filled(facts, &item.text)).collect();
        if !points.is_empty() {
            plans.push((entry.weight, PlanPoints { card: entry.card.to_string(), phases: card.phases, points }));
        }
    }
    // The whole plan before its parts.
    plans.sort_by_key(|(weight, plan)| (Reverse(*weight), Reverse(plan.phases.len())));
    Ok(plans.into_iter().map(|(_, plan)| plan).collect())
}

fn last_grade(entry: &Entry) -> Option<Grade> {
    entry.state.latest.map(|(_, grade)| grade)
}

/// Returns the cards whose last grade is below 4, the most likely questions first.
fn shaky(asked: &[&Entry]) -> Vec<(String, Grade)> {
    let grade = |entry: &Entry| last_grade(entry).filter(|grade| !grade.settles());
    let mut shaky: Vec<(&Entry, Grade)> = asked.iter().filter_map(|entry| Some((*entry, grade(entry)?))).collect();
    shaky.sort_by_key(|(entry, _)| Reverse(entry.weight));
    shaky.into_iter().map(|(entry, grade)| (entry.card.to_string(), grade)).collect()
}

fn filled(facts: &BriefFacts<'_>, text: &str) -> String {
    let interview = facts.round.map(|round| &round.interview);
    let company = interview.and_then(|interview| interview.company.as_deref());
    let role = interview.and_then(|interview| interview.role.as_deref());
    let interviewer = facts.round.and_then(|round| round.people.first()).map(|person| person.name.as_str());
    fill(text, company, role, interviewer)
}

/// Chooses the questions to ask them.
struct Questions<'a> {
    facts: &'a BriefFacts<'a>,
    asked: &'a [&'a Entry],
    heard: &'a [Heard],
}

impl<'a> Questions<'a> {
    /// Returns one question for each category, one about something they said, and those that were noted for this round.
    fn ask<E>(&self, read: ReadCard<'_, E>) -> Result<Vec<BriefQuestion>, E> {
        let mut chosen: Vec<(&'static str, &'a Entry)> = Vec::new();
        chosen.extend(self.best(&chosen, &|entry| self.taken_up(entry).is_some()).map(|entry| (HEARD, entry)));
        for category in CATEGORIES {
            let is_about = |entry: &Entry| entry.tags.iter().any(|tag| tag == category);
            chosen.extend(self.best(&chosen, &is_about).map(|entry| (category, entry)));
        }
        for _ in 0..MOST_NOTED {
            chosen.extend(self.best(&chosen, &|entry| self.is_noted(entry)).map(|entry| (NOTED, entry)));
        }
        let order = |category: &str| CATEGORIES.iter().position(|known| *known == category).unwrap_or(CATEGORIES.len());
        chosen.sort_by_key(|(category, _)| (*category != NOTED, order(category)));
        let mut questions = Vec::new();
        for (category, entry) in chosen {
            let Some(card) = read(entry)? else { continue };
            let text = match self.taken_up(entry).filter(|_| category == HEARD && !card.prompt.trim().ends_with('?')) {
                // A model answer would quote what somebody else heard.
                Some(heard) => about(heard),
                None if category == HEARD => filled(self.facts, &card.prompt),
                None => filled(self.facts, card.answer.as_deref().unwrap_or(&card.prompt)),
            };
            questions.push(BriefQuestion { category, card: Some(entry.card.to_string()), text });
        }
        if !questions.iter().any(|question| question.category == HEARD) {
            let question = |heard| BriefQuestion { category: HEARD, card: None, text: about(heard) };
            questions.extend(self.heard.first().map(question));
        }
        Ok(questions)
    }

    /// Returns what they said that a card takes up.
    fn taken_up(&self, entry: &Entry) -> Option<&'a Heard> {
        self.heard.iter().find(|heard| heard.cards.iter().any(|id| id == entry.card.as_str()))
    }

    /// Returns the best of the questions that fit and were not chosen: one that was noted after an earlier round, one for this
    /// round, then by weight.
    fn best(&self, chosen: &[(&str, &Entry)], fits: &dyn Fn(&Entry) -> bool) -> Option<&'a Entry> {
        let is_free = |entry: &&&Entry| {
            entry.kind == Kind::Ask && fits(entry) && !chosen.iter().any(|(_, known)| known.card == entry.card)
        };
        let round = self.facts.round.and_then(|round| round.interview.round);
        let is_for_round = |entry: &Entry| round.is_some_and(|round| entry.round.contains(&round));
        let rank = |entry: &&&Entry| (!self.is_noted(entry), !is_for_round(entry), Reverse(entry.weight));
        self.asked.iter().filter(is_free).min_by_key(rank).copied()
    }

    fn is_noted(&self, entry: &Entry) -> bool {
        let file = entry.place.as_ref().map(|place| &place.file);
        file.is_some_and(|file| self.facts.earlier.iter().any(|round| round.debrief_files.contains(file)))
    }
}

/// Returns a question about something they said.
fn about(heard: &Heard) -> String {
    format!("You said \"{}\". What have you tried so far?", heard.said.trim())
}
