//! The story bank: which competencies have no story, which story is used too often, what a story is missing, and where it was
//! told; and the stories that fit a card.
//!
//! A [`Bank`] takes every deck in path order and returns the [`Stories`] of one study day.
//!
//! Not here: reading files, output, and whether an answer told a story well.

use std::collections::{BTreeMap, HashSet};

use serde::{Serialize, Serializer};

use crate::clock::StudyDay;
use crate::deck::competencies::{definition, same};
use crate::deck::{Card, Deck, Interview, Kind, Story, Told, is_english};
use crate::text::{folded, has_quantity};

/// How often one story can be told or linked for a competency; a panel notices the third time.
pub(crate) const OFTEN: usize = 2;
/// How many years old a story can be; a panel objects to older ones.
pub(crate) const OLD: i64 = 10;

/// The stories of a collection and the competencies they are evidence for, as of one study day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Stories {
    #[serde(serialize_with = "StudyDay::serialize_date")]
    pub(crate) today: StudyDay,
    /// The interview that asks for the competencies: the next one, or one without a date. `null` if no interview names any;
    /// then these are the competencies that a card or a story shows, without those of the built-in lists.
    pub(crate) interview: Option<InterviewRound>,
    /// Competencies and then qualifications in the order of the interview, or in alphabetical order. Case and white space
    /// don't distinguish competencies.
    pub(crate) competencies: Vec<Competency>,
    /// Every story, the least told first. Of two with the same id, the first in path order.
    pub(crate) stories: Vec<StoryReport>,
    pub(crate) unasked: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub(crate) struct InterviewRound {
    /// The id of the interview. If a debrief names an interview that is in no file, only the id is known.
    pub(crate) id: String,
    pub(crate) company: Option<String>,
    pub(crate) round: Option<i64>,
    #[serde(serialize_with = "dates")]
    pub(crate) date: Option<StudyDay>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Competency {
    pub(crate) title: String,
    /// Its definition, if it is in one of the built-in lists.
    pub(crate) definition: Option<&'static str>,
    /// The ids of the stories that serve it, the least told first: they show it, or a card that shows it links them. An
    /// empty list is a gap.
    pub(crate) stories: Vec<String>,
    /// Those of them that were told, or are linked for it, more than twice.
    pub(crate) overused: Vec<Overused>,
    /// Whether it is a qualification of the interview that no card and no story shows.
    #[serde(skip)]
    pub(crate) is_open: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Overused {
    pub(crate) story: String,
    /// The number of cards that show the competency and link the story.
    pub(crate) cards: usize,
    /// How often it was told, for any competency.
    pub(crate) told: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct StoryReport {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) file: String,
    pub(crate) line: usize,
    /// The competencies that it names itself.
    pub(crate) shows: Vec<String>,
    pub(crate) cards: Vec<String>,
    /// Where it was told, in path order.
    pub(crate) told: Vec<Telling>,
    /// Whether it contains a quantity; see [`has_quantity`]. `null` if the deck's language is not English.
    pub(crate) numbers: Option<bool>,
    /// Those of `challenge`, `context`, `action`, `result`, and `lesson` that are missing.
    pub(crate) lacks: Vec<&'static str>,
    /// How many years ago it happened, by calendar year; `null` if it has no year.
    pub(crate) age: Option<i64>,
    pub(crate) old: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Telling {
    /// The round of the file's `[interview]` or `[debrief]`; `null` if it has neither.
    pub(crate) interview: Option<InterviewRound>,
    pub(crate) to: Vec<String>,
}

#[derive(Debug, Default)]
pub(crate) struct Bank {
    stories: Vec<DeckStory>,
    links: Vec<Link>,
    /// Every competency that is shown, by its folded title, as it is first written.
    shown: BTreeMap<String, String>,
    interviews: Vec<Interview>,
    told: Vec<(Option<String>, Told)>,
    seen: HashSet<String>,
}

#[derive(Debug)]
struct DeckStory {
    story: Story,
    file: String,
    line: usize,
    english: bool,
}

#[derive(Debug)]
struct Link {
    card: String,
    stories: Vec<String>,
    shows: Vec<String>,
}

impl Bank {
    pub(crate) fn add_deck(&mut self, file: &str, deck: Deck) {
        for card in deck.cards {
            for title in &card.shows {
                self.shown.entry(folded(title)).or_insert_with(|| title.clone());
            }
            // Of two cards with the same id, the first is asked.
            if !self.seen.insert(card.id.to_string()) {
                continue;
            }
            if let Some(story) = deck.stories.iter().find(|story| story.id == card.id) {
                let english = is_english(&deck.language);
                self.stories.push(DeckStory { story: story.clone(), file: file.to_owned(), line: card.line, english });
            } else if !card.stories.is_empty() {
                self.links.push(Link { card: card.id.to_string(), stories: card.stories, shows: card.shows });
            }
        }
        let here = deck
            .interview
            .as_ref()
            .map(|interview| interview.id.clone())
            .or(deck.debrief.map(|debrief| debrief.interview));
        self.told.extend(deck.told.into_iter().map(|told| (here.clone(), told)));
        self.interviews.extend(deck.interview);
    }

    /// `asked` is the id of the interview whose competencies count instead of those of the next one.
    pub(crate) fn into_stories(self, today: StudyDay, asked: Option<&str>) -> Stories {
        let mut stories: Vec<StoryReport> = self.stories.iter().map(|story| self.report(story, today)).collect();
        stories.sort_by_key(|story| story.told.len());
        let interview = self.interview(today, asked);
        let titles: Vec<String> = match interview {
            Some(interview) => distinct(interview.competencies.iter().chain(&interview.qualifications)),
            // Federal panels alone ask for those of the built-in lists.
            None => self.shown.values().filter(|title| definition(title).is_none()).cloned().collect(),
        };
        let asked_for = |title: &str| interview.is_some_and(|it| it.qualifications.iter().any(|own| same(own, title)));
        let is_open = |title: &str| asked_for(title) && !self.shown.contains_key(&folded(title));
        let competency = |title: String| Competency { is_open: is_open(&title), ..self.competency(title, &stories) };
        let competencies: Vec<Competency> = titles.into_iter().map(competency).collect();
        let serves =
            |story: &&StoryReport| competencies.iter().any(|competency| competency.stories.contains(&story.id));
        let unasked = stories.iter().filter(|story| !serves(story)).map(|story| story.id.clone()).collect();
        Stories { today, interview: interview.map(InterviewRound::from), competencies, stories, unasked }
    }

    fn interview(&self, today: StudyDay, asked: Option<&str>) -> Option<&Interview> {
        let names_any = |interview: &&Interview| {
            let names = interview.competencies.iter().chain(&interview.qualifications);
            let wanted = match asked {
                Some(id) => interview.id == id,
                None => interview.date.is_none_or(|date| date >= today),
            };
            wanted && names.count() > 0
        };
        self.interviews.iter().filter(names_any).min_by_key(|interview| interview.date.map_or(i32::MAX, |date| date.0))
    }

    fn report(&self, story: &DeckStory, today: StudyDay) -> StoryReport {
        let DeckStory { story, file, line, english } = story;
        let id = story.id.to_string();
        let links = self.links.iter().filter(|link| link.stories.contains(&id));
        let told = self.told.iter().filter(|(_, told)| told.story == id);
        let age = story.year.map(|year| i64::from(today.year()) - year);
        StoryReport {
            title: story.title.clone(),
            file: file.clone(),
            line: *line,
            shows: distinct(story.shows.iter()),
            cards: links.map(|link| link.card.clone()).collect(),
            told: told.map(|(interview, told)| self.telling(interview.as_deref(), told)).collect(),
            numbers: english.then(|| texts(story).any(has_quantity)),
            lacks: missing_keys(story),
            age,
            old: age.is_some_and(|age| age > OLD),
            id,
        }
    }

    fn telling(&self, interview: Option<&str>, told: &Told) -> Telling {
        let round = |id: &str| {
            let known = self.interviews.iter().find(|interview| interview.id == id);
            let unknown = || InterviewRound { id: id.to_owned(), ..InterviewRound::default() };
            known.map_or_else(unknown, InterviewRound::from)
        };
        Telling { interview: interview.map(round), to: told.to.clone() }
    }

    fn competency(&self, title: String, stories: &[StoryReport]) -> Competency {
        let here: Vec<&Link> =
            self.links.iter().filter(|link| link.shows.iter().any(|shown| same(shown, &title))).collect();
        let cards = |story: &StoryReport| here.iter().filter(|link| link.stories.contains(&story.id)).count();
        let serves = |story: &&StoryReport| story.shows.iter().any(|shown| same(shown, &title)) || cards(story) > 0;
        let serving: Vec<&StoryReport> = stories.iter().filter(serves).collect();
        let too_often = |story: &&&StoryReport| cards(story) > OFTEN || story.told.len() > OFTEN;
        let overused = serving.iter().filter(too_often).map(|story| Overused {
            story: story.id.clone(),
            cards: cards(story),
            told: story.told.len(),
        });
        Competency {
            definition: definition(&title),
            is_open: false,
            overused: overused.collect(),
            stories: serving.iter().map(|story| story.id.clone()).collect(),
            title,
        }
    }
}

impl From<&Interview> for InterviewRound {
    fn from(interview: &Interview) -> Self {
        InterviewRound {
            id: interview.id.clone(),
            company: interview.company.clone(),
            round: interview.round,
            date: interview.date,
        }
    }
}

fn distinct<'a>(titles: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut seen = HashSet::new();
    titles.filter(|title| seen.insert(folded(title))).cloned().collect()
}

/// Returns the texts in which a quantity counts.
fn texts(story: &Story) -> impl Iterator<Item = &str> {
    let told = story.challenge.iter().chain(&story.context).chain(&story.action).chain(&story.result);
    told.map(String::as_str)
}

fn missing_keys(story: &Story) -> Vec<&'static str> {
    let written = [
        ("challenge", story.challenge.is_some()),
        ("context", story.context.is_some()),
        ("action", story.action.iter().any(|text| !text.trim().is_empty())),
        ("result", story.result.is_some()),
        ("lesson", story.lesson.is_some()),
    ];
    written.iter().filter(|(_, written)| !written).map(|(name, _)| *name).collect()
}

fn dates<S: Serializer>(day: &Option<StudyDay>, serializer: S) -> Result<S::Ok, S::Error> {
    day.map(|day| day.to_string()).serialize(serializer)
}

/// A story that fits a card, and how often it was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoryRef {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) shows: Vec<String>,
    /// How often it was told at an interview.
    pub(crate) told: u32,
    pub(crate) rehearsed: u32,
}

/// Whether a card asks for a story and says which ones fit, by id or by competency.
pub(crate) fn wants_stories(card: &Card) -> bool {
    matches!(card.kind, Kind::Story | Kind::Open) && !(card.stories.is_empty() && card.shows.is_empty())
}

/// Returns the stories that fit a card: the least told first, then the least rehearsed, then those that the card names. None
/// fits a card that is a story itself.
pub(crate) fn stories_for(card: &Card, stories: &[StoryRef]) -> Vec<StoryRef> {
    let named = |story: &StoryRef| card.stories.contains(&story.id);
    let shows = |story: &StoryRef| story.shows.iter().any(|shown| card.shows.iter().any(|wanted| same(shown, wanted)));
    let is_story = stories.iter().any(|story| story.id == card.id.as_str());
    let fits = |story: &&StoryRef| wants_stories(card) && !is_story && (named(story) || shows(story));
    let mut fitting: Vec<StoryRef> = stories.iter().filter(fits).cloned().collect();
    fitting.sort_by_key(|story| (story.told, story.rehearsed, !named(story)));
    fitting
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deck::parse;
    use crate::diagnostic::Source;

    fn stories_of(files: &[(&str, &str)]) -> Stories {
        let mut bank = Bank::default();
        for (path, text) in files {
            let (deck, findings) = parse(&Source::new(*path, *text), &[]);
            assert!(findings.iter().all(|finding| finding.severity != crate::diagnostic::Severity::Error));
            bank.add_deck(path, deck);
        }
        bank.into_stories(StudyDay::parse("2026-11-22").unwrap(), None)
    }

    /// Returns each competency with the stories that serve it, and those used too often.
    fn matrix(stories: &Stories) -> Vec<String> {
        let row = |competency: &Competency| {
            let overused = competency.overused.iter().map(|over| format!(" !{}", over.story)).collect::<String>();
            format!("{}: {}{overused}", competency.title, competency.stories.join(" "))
        };
        stories.competencies.iter().map(row).collect()
    }

    const BANK: &str = "[[story]]\nid = \"flood\"\ntitle = \"Flood\"\nshows = [\"Calm\", \"leading  people\"]\n\
                        [[story]]\nid = \"merger\"\ntitle = \"Merger\"\nshows = [\"Money\"]\n\
                        [[card]]\nid = \"q1\"\nprompt = \"Q1\"\nshows = [\"Leading People\"]\nstories = [\"merger\", \"merger\"]\n";

    #[test]
    fn a_story_serves_its_competencies_and_those_of_cards_that_link_it() {
        let all = stories_of(&[("a.toml", BANK)]);
        // A federal panel alone asks for "Leading People".
        assert_eq!(matrix(&all), ["Calm: flood", "Money: merger"]);
        assert_eq!((all.interview.is_none(), all.unasked.len()), (true, 0));
        assert_eq!(all.stories[1].cards, ["q1"]);
        // An interview asks for its own competencies, including gaps, or for a built-in list.
        let next = "[interview]\nid = \"next\"\ndate = 2026-12-09\ncompetencies = \"ses-classic\"\nqualifications = [\"Calm\"]\n";
        let past = "[interview]\nid = \"past\"\ndate = 2026-11-21\ncompetencies = [\"Past\"]\n";
        let bare = "[interview]\nid = \"bare\"\ndate = 2026-11-23\n";
        let asked = stories_of(&[("a.toml", BANK), ("b.toml", past), ("c.toml", bare), ("d.toml", next)]);
        assert_eq!(
            matrix(&asked),
            [
                "Leading Change: ",
                "Leading People: flood merger",
                "Results Driven: ",
                "Business Acumen: ",
                "Building Coalitions: ",
                "Calm: flood"
            ]
        );
        assert_eq!(asked.interview.unwrap().id, "next");
        assert!(asked.competencies[0].definition.is_some() && asked.competencies[5].definition.is_none());
        let other = stories_of(&[("a.toml", BANK), ("b.toml", "[interview]\ncompetencies = [\"Calm\"]\n")]);
        assert_eq!((other.unasked, other.interview.unwrap().id), (vec!["merger".to_owned()], "b".to_owned()));
    }

    #[test]
    fn three_times_is_too_often_and_the_least_told_come_first() {
        // A built-in list has "Leading People", which only an interview asks for.
        let bank = BANK.replace("leading  people", "leading  teams").replace("Leading People", "Leading Teams");
        let bank = bank.as_str();
        let card = |n: usize| format!("[[card]]\nprompt = \"P{n}\"\nshows = [\"Calm\"]\nstories = [\"flood\"]\n");
        let linked = |n: usize| stories_of(&[("a.toml", bank), ("b.toml", &(0..n).map(card).collect::<String>())]);
        assert_eq!(matrix(&linked(2))[0], "Calm: flood");
        assert_eq!(matrix(&linked(3))[0], "Calm: flood !flood");
        let told = |n: usize| {
            let round = "[interview]\ncompany = \"Northwind\"\nround = 1\ndate = 2026-11-09\n";
            let text = round.to_owned() + &"[[told]]\nstory = \"flood\"\nto = \"Priya\"\n".repeat(n);
            let debrief = "[debrief]\ninterview = \"gone\"\n[[told]]\nstory = \"merger\"\n";
            stories_of(&[("a.toml", bank), ("north.toml", &text), ("z.toml", debrief)])
        };
        assert_eq!(matrix(&told(2))[1], "leading  teams: merger flood");
        assert_eq!(matrix(&told(3))[1], "leading  teams: merger flood !flood");
        let stories = told(2).stories;
        assert_eq!(stories.iter().map(|story| story.id.as_str()).collect::<Vec<_>>(), ["merger", "flood"]);
        let north = stories[1].told[0].interview.clone().unwrap();
        assert_eq!((north.id.as_str(), north.company.as_deref(), north.round), ("north", Some("Northwind"), Some(1)));
        assert_eq!(stories[1].told[0].to, ["Priya"]);
        let gone = stories[0].told[0].interview.clone().unwrap();
        assert_eq!((gone.id.as_str(), gone.company, gone.date), ("gone", None, None));
    }

    #[test]
    fn missing_keys_quantities_and_age() {
        let all: &[&str] = &["challenge", "context", "action", "result", "lesson"];
        let cases: &[(&str, &[&str], Option<bool>, bool)] = &[
            ("", all, Some(false), false),
            (
                "challenge = \"40 people\"\ncontext = \"x\"\naction = \"y\"\nresult = \"z\"\nlesson = \"l\"\nyear = 2016",
                &[],
                Some(true),
                false,
            ),
            ("action = [\" \"]\nyear = 2015", all, Some(false), true),
        ];
        for (keys, lacks, numbers, old) in cases {
            let text = format!("[[story]]\nid = \"s\"\ntitle = \"S\"\n{keys}\n");
            let story = stories_of(&[("a.toml", &text)]).stories.remove(0);
            assert_eq!((story.lacks.as_slice(), story.numbers, story.old), (*lacks, *numbers, *old), "{keys}");
        }
        let german = "[deck]\nlanguage = \"de\"\n[[story]]\nid = \"s\"\ntitle = \"S\"\nresult = \"zwölf\"\n";
        assert_eq!(stories_of(&[("a.toml", german)]).stories[0].numbers, None);
        for english in ["EN", "en_GB"] {
            let text = german.replace("\"de\"", &format!("\"{english}\"")).replace("zwölf", "twelve");
            assert_eq!(stories_of(&[("a.toml", &text)]).stories[0].numbers, Some(true), "{english}");
        }
        // Of two with the same id, the first counts.
        let twice = "[[story]]\nid = \"s\"\ntitle = \"S\"\n[[story]]\nid = \"s\"\ntitle = \"T\"\n";
        assert_eq!(stories_of(&[("a.toml", twice)]).stories.len(), 1);
    }

    #[test]
    fn stories_fit_by_id_or_competency_and_the_least_told_comes_first() {
        let entry = |id: &str, shows: &[&str], told| {
            let shows = shows.iter().map(ToString::to_string).collect();
            StoryRef { id: id.into(), title: id.into(), shows, told, rehearsed: if id == "a" { 0 } else { 3 } }
        };
        let stories = [
            entry("a", &["People"], 2),
            entry("b", &["Change"], 0),
            entry("c", &[], 1),
            entry("d", &["people "], 1),
            entry("told", &["People"], 0),
            entry("e", &["leading people"], 0),
        ];
        let cases = [
            ("kind = \"story\"\nshows = [\"people\"]", "told d a"),
            ("shows = [\"Leading  People\"]", "e"),
            ("shows = [\"People\"]\nstories = [\"c\", \"a\"]", "told c d a"),
            ("stories = [\"b\"]", "b"),
            ("kind = \"motive\"\nshows = [\"People\"]", ""),
            ("", ""),
        ];
        for (keys, expected) in cases {
            let text = format!("[[card]]\nid = \"self\"\nprompt = \"P\"\n{keys}\n");
            let card = parse(&Source::new("d.toml", text), &[]).0.cards.remove(0);
            let ids: Vec<String> = stories_for(&card, &stories).into_iter().map(|story| story.id).collect();
            assert_eq!(ids.join(" "), expected, "{keys}");
        }
        let text = "[[story]]\nid = \"told\"\ntitle = \"T\"\nshows = [\"People\"]\n";
        let story = parse(&Source::new("d.toml", text), &[]).0.cards.remove(0);
        assert_eq!(stories_for(&story, &stories), []);
    }
}
