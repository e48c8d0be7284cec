//! The story bank against competencies: which of them no story serves, which story serves too often, what a story lacks,
//! and where it was told already.
//!
//! A [`Bank`] takes every deck, one after the other in path order, and gives the [`Stories`] of one study day.
//!
//! Not here: reading files, how it looks, and whether an answer told a story well.

use std::collections::{BTreeMap, HashSet};

use serde::{Serialize, Serializer};

use crate::clock::StudyDay;
use crate::deck::competencies::{definition, folded, same};
use crate::deck::{Card, Deck, Interview, Kind, Story, Told, is_english};

/// How often one story may be told or linked for a competency; a panel notices the third time.
pub(crate) const OFTEN: usize = 2;
/// How many years old a story may be; a panel faults older ones.
pub(crate) const OLD: i64 = 10;

/// The stories of a collection and what they serve, as of one study day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Stories {
    /// The study day they are told on.
    #[serde(serialize_with = "date")]
    pub(crate) today: StudyDay,
    /// The interview whose competencies these are: the next one, or one without a date, that names any. `null` where there
    /// is none; then every competency is taken that a card or a story shows.
    pub(crate) interview: Option<Round>,
    /// Competencies first and then qualifications, as the interview names them; else in the order of the alphabet. Case
    /// and white space make no other competency.
    pub(crate) competencies: Vec<Competency>,
    /// Every story, those told least often first; of two with one id the first in path order.
    pub(crate) stories: Vec<Known>,
    /// Ids of the stories that serve none of the competencies.
    pub(crate) unasked: Vec<String>,
}

/// One round of one application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Round {
    /// Id of the interview; one that is named by a debrief and stands nowhere has only this.
    pub(crate) id: String,
    pub(crate) company: Option<String>,
    pub(crate) round: Option<i64>,
    #[serde(serialize_with = "dates")]
    pub(crate) date: Option<StudyDay>,
}

/// A competency, and who serves it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Competency {
    pub(crate) title: String,
    /// What it means, where it is one of a list that comes along.
    pub(crate) definition: Option<&'static str>,
    /// Ids of the stories that serve it, those told least often first: they show it, or a card that shows it links them.
    /// None is a gap.
    pub(crate) stories: Vec<String>,
    /// Those among them that are told or linked for it more than twice.
    pub(crate) overused: Vec<Overused>,
}

/// A story that serves one competency too often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Overused {
    /// Id of the story.
    pub(crate) story: String,
    /// How many cards that show the competency link it.
    pub(crate) cards: usize,
    /// How often it was told, for whatever competency.
    pub(crate) told: usize,
}

/// A story, and what is known of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Known {
    pub(crate) id: String,
    /// What it is called.
    pub(crate) title: String,
    /// Its file, relative to the collection.
    pub(crate) file: String,
    /// The line of its header.
    pub(crate) line: usize,
    /// The competencies that it shows itself.
    pub(crate) shows: Vec<String>,
    /// Ids of the cards that link it.
    pub(crate) cards: Vec<String>,
    /// Where it was told, in path order.
    pub(crate) told: Vec<Telling>,
    /// Whether it has a number in it that tells how much or how many: digits other than a year, number words, a per cent
    /// or currency sign. `null` where the deck's language is not English.
    pub(crate) numbers: Option<bool>,
    /// Which of `challenge`, `context`, `action`, `result` and `lesson` are not written.
    pub(crate) lacks: Vec<&'static str>,
    /// How many years ago it happened, by the calendar; `null` where no year is written.
    pub(crate) age: Option<i64>,
    /// Whether that is over ten.
    pub(crate) old: bool,
}

/// One time a story was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Telling {
    /// In which round: that of the file's `[interview]`, or of its `[debrief]`. `null` where it has neither.
    pub(crate) interview: Option<Round>,
    pub(crate) to: Vec<String>,
}

/// What decks tell of stories, deck after deck.
#[derive(Debug, Default)]
pub(crate) struct Bank {
    stories: Vec<Kept>,
    links: Vec<Link>,
    /// Every competency that anything shows, as it is written first.
    shown: BTreeMap<String, String>,
    interviews: Vec<Interview>,
    told: Vec<(Option<String>, Told)>,
    seen: HashSet<String>,
}

/// A story, and where it stands.
#[derive(Debug)]
struct Kept {
    story: Story,
    file: String,
    line: usize,
    english: bool,
}

/// A card that links stories.
#[derive(Debug)]
struct Link {
    card: String,
    stories: Vec<String>,
    shows: Vec<String>,
}

impl Bank {
    pub(crate) fn deck(&mut self, file: &str, deck: Deck) {
        for card in deck.cards {
            for title in &card.shows {
                self.shown.entry(folded(title)).or_insert_with(|| title.clone());
            }
            // Of two cards with one id the first is asked.
            if !self.seen.insert(card.id.to_string()) {
                continue;
            }
            if let Some(story) = deck.stories.iter().find(|story| story.id == card.id) {
                let english = is_english(&deck.language);
                self.stories.push(Kept { story: story.clone(), file: file.to_owned(), line: card.line, english });
            } else if !card.stories.is_empty() {
                self.links.push(Link { card: card.id.to_string(), stories: card.stories, shows: card.shows });
            }
        }
        let here = deck.interview.as_ref().map(|interview| interview.id.clone()).or(deck.debrief);
        self.told.extend(deck.told.into_iter().map(|told| (here.clone(), told)));
        self.interviews.extend(deck.interview);
    }

    /// What there is to tell on a study day.
    pub(crate) fn close(self, today: StudyDay) -> Stories {
        let mut stories: Vec<Known> = self.stories.iter().map(|kept| self.known(kept, today)).collect();
        stories.sort_by_key(|story| story.told.len());
        let asked = self.asking(today);
        let titles: Vec<String> = match asked {
            Some(interview) => distinct(interview.competencies.iter().chain(&interview.qualifications)),
            None => self.shown.values().cloned().collect(),
        };
        let competencies: Vec<Competency> = titles.into_iter().map(|title| self.competency(title, &stories)).collect();
        let serves = |story: &&Known| competencies.iter().any(|competency| competency.stories.contains(&story.id));
        let unasked = stories.iter().filter(|story| !serves(story)).map(|story| story.id.clone()).collect();
        Stories { today, interview: asked.map(Round::of), competencies, stories, unasked }
    }

    /// The next interview that names what it asks for.
    fn asking(&self, today: StudyDay) -> Option<&Interview> {
        let names_any = |interview: &&Interview| {
            let names = interview.competencies.iter().chain(&interview.qualifications);
            interview.date.is_none_or(|date| date >= today) && names.count() > 0
        };
        let asking = self.interviews.iter().filter(names_any);
        asking.min_by_key(|interview| interview.date.map_or(i32::MAX, |date| date.0))
    }

    fn known(&self, kept: &Kept, today: StudyDay) -> Known {
        let Kept { story, file, line, english } = kept;
        let id = story.id.to_string();
        let links = self.links.iter().filter(|link| link.stories.contains(&id));
        let told = self.told.iter().filter(|(_, told)| told.story == id);
        let age = story.year.map(|year| i64::from(today.year()) - year);
        Known {
            title: story.title.clone(),
            file: file.clone(),
            line: *line,
            shows: distinct(story.shows.iter()),
            cards: links.map(|link| link.card.clone()).collect(),
            told: told.map(|(interview, told)| self.telling(interview.as_deref(), told)).collect(),
            numbers: english.then(|| texts(story).any(has_number)),
            lacks: lacks(story),
            age,
            old: age.is_some_and(|age| age > OLD),
            id,
        }
    }

    fn telling(&self, interview: Option<&str>, told: &Told) -> Telling {
        let round = |id: &str| {
            let known = self.interviews.iter().find(|interview| interview.id == id);
            known.map_or_else(|| Round { id: id.to_owned(), company: None, round: None, date: None }, Round::of)
        };
        Telling { interview: interview.map(round), to: told.to.clone() }
    }

    fn competency(&self, title: String, stories: &[Known]) -> Competency {
        let here: Vec<&Link> =
            self.links.iter().filter(|link| link.shows.iter().any(|shown| same(shown, &title))).collect();
        let cards = |story: &Known| here.iter().filter(|link| link.stories.contains(&story.id)).count();
        let serves = |story: &&Known| story.shows.iter().any(|shown| same(shown, &title)) || cards(story) > 0;
        let serving: Vec<&Known> = stories.iter().filter(serves).collect();
        let uses = |story: &&&Known| cards(story) > OFTEN || story.told.len() > OFTEN;
        let overused = serving.iter().filter(uses).map(|story| Overused {
            story: story.id.clone(),
            cards: cards(story),
            told: story.told.len(),
        });
        Competency {
            definition: definition(&title),
            overused: overused.collect(),
            stories: serving.iter().map(|story| story.id.clone()).collect(),
            title,
        }
    }
}

impl Round {
    fn of(interview: &Interview) -> Self {
        Round {
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

/// Everything that is told of a story.
fn texts(story: &Story) -> impl Iterator<Item = &str> {
    let told = story.challenge.iter().chain(&story.context).chain(&story.action).chain(&story.result);
    told.map(String::as_str)
}

fn lacks(story: &Story) -> Vec<&'static str> {
    let written = [
        ("challenge", story.challenge.is_some()),
        ("context", story.context.is_some()),
        ("action", story.action.iter().any(|deed| !deed.trim().is_empty())),
        ("result", story.result.is_some()),
        ("lesson", story.lesson.is_some()),
    ];
    written.iter().filter(|(_, written)| !written).map(|(name, _)| *name).collect()
}

/// Words that tell how much or how many; `one` is left out, as in "one of us".
#[rustfmt::skip]
const NUMBERS: &[&str] = &[
    "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen",
    "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty", "thirty", "forty", "fifty", "sixty", "seventy",
    "eighty", "ninety", "hundred", "hundreds", "thousand", "thousands", "million", "millions", "billion", "billions",
    "dozen", "dozens", "half", "halved", "twice", "double", "doubled", "triple", "tripled", "percent", "cent",
];

/// Whether a text says how much or how many.
fn has_number(text: &str) -> bool {
    let quantity = |word: &str| {
        let digits = word.chars().any(|c| c.is_ascii_digit());
        (digits && !is_year(word)) || NUMBERS.contains(&word.to_lowercase().as_str())
    };
    text.contains(['%', '€', '£', '$', '¥']) || text.split(|c: char| !c.is_alphanumeric()).any(quantity)
}

/// Whether a number tells when and not how many. A round one might be either, and is taken for a quantity.
fn is_year(word: &str) -> bool {
    word.parse::<u32>()
        .is_ok_and(|number| word.len() == 4 && (1900..2100).contains(&number) && !number.is_multiple_of(100))
}

fn date<S: Serializer>(day: &StudyDay, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(day)
}

fn dates<S: Serializer>(day: &Option<StudyDay>, serializer: S) -> Result<S::Ok, S::Error> {
    day.map(|day| day.to_string()).serialize(serializer)
}

/// A story that can be told, and how often it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoryRef {
    pub(crate) id: String,
    /// What it is called.
    pub(crate) title: String,
    /// Competencies it gives evidence of.
    pub(crate) shows: Vec<String>,
    /// How often it was told at an interview.
    pub(crate) told: u32,
    /// How often it was rehearsed.
    pub(crate) rehearsed: u32,
}

/// Whether a card asks for a story and says which ones fit, by their ids or by what they show.
pub(crate) fn wants_stories(card: &Card) -> bool {
    matches!(card.kind, Kind::Story | Kind::Open) && !(card.stories.is_empty() && card.shows.is_empty())
}

/// Returns the stories that fit a card: the least told first, then the least rehearsed, then those that the card names. A
/// card that is a story itself gets none.
pub(crate) fn fitting(card: &Card, tales: &[StoryRef]) -> Vec<StoryRef> {
    let named = |tale: &StoryRef| card.stories.contains(&tale.id);
    let shows = |tale: &StoryRef| tale.shows.iter().any(|shown| card.shows.iter().any(|wanted| same(shown, wanted)));
    let is_story = tales.iter().any(|tale| tale.id == card.id.as_str());
    let fits = |tale: &&StoryRef| wants_stories(card) && !is_story && (named(tale) || shows(tale));
    let mut fitting: Vec<StoryRef> = tales.iter().filter(fits).cloned().collect();
    fitting.sort_by_key(|tale| (tale.told, tale.rehearsed, !named(tale)));
    fitting
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deck::parse;
    use crate::diagnostic::Source;

    fn told_of(files: &[(&str, &str)]) -> Stories {
        let mut bank = Bank::default();
        for (path, text) in files {
            let (deck, findings) = parse(&Source::new(*path, *text), &[]);
            assert!(findings.iter().all(|finding| finding.severity != crate::diagnostic::Severity::Error));
            bank.deck(path, deck);
        }
        bank.close(StudyDay::parse("2026-11-22").unwrap())
    }

    /// Each competency with the stories that serve it and those that do so too often.
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
    fn a_story_serves_what_it_shows_and_what_a_card_shows_that_links_it() {
        let all = told_of(&[("a.toml", BANK)]);
        assert_eq!(matrix(&all), ["Calm: flood", "leading  people: flood merger", "Money: merger"]);
        assert_eq!((all.interview.is_none(), all.unasked.len()), (true, 0));
        assert_eq!(all.stories[1].cards, ["q1"]);
        // An interview asks for its own, gaps among them; a list is known by its name.
        let next = "[interview]\nid = \"next\"\ndate = 2026-12-09\ncompetencies = \"ses-classic\"\nqualifications = [\"Calm\"]\n";
        let past = "[interview]\nid = \"past\"\ndate = 2026-11-21\ncompetencies = [\"Past\"]\n";
        let bare = "[interview]\nid = \"bare\"\ndate = 2026-11-23\n";
        let asked = told_of(&[("a.toml", BANK), ("b.toml", past), ("c.toml", bare), ("d.toml", next)]);
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
        let other = told_of(&[("a.toml", BANK), ("b.toml", "[interview]\ncompetencies = [\"Calm\"]\n")]);
        assert_eq!((other.unasked, other.interview.unwrap().id), (vec!["merger".to_owned()], "b".to_owned()));
    }

    #[test]
    fn the_third_time_is_too_often_and_the_untold_come_first() {
        let card = |n: usize| format!("[[card]]\nprompt = \"P{n}\"\nshows = [\"Calm\"]\nstories = [\"flood\"]\n");
        let linked = |n: usize| told_of(&[("a.toml", BANK), ("b.toml", &(0..n).map(card).collect::<String>())]);
        assert_eq!(matrix(&linked(2))[0], "Calm: flood");
        assert_eq!(matrix(&linked(3))[0], "Calm: flood !flood");
        let told = |n: usize| {
            let round = "[interview]\ncompany = \"Northwind\"\nround = 1\ndate = 2026-11-09\n";
            let text = round.to_owned() + &"[[told]]\nstory = \"flood\"\nto = \"Priya\"\n".repeat(n);
            let debrief = "[debrief]\ninterview = \"gone\"\n[[told]]\nstory = \"merger\"\n";
            told_of(&[("a.toml", BANK), ("north.toml", &text), ("z.toml", debrief)])
        };
        assert_eq!(matrix(&told(2))[1], "leading  people: merger flood");
        assert_eq!(matrix(&told(3))[1], "leading  people: merger flood !flood");
        let stories = told(2).stories;
        assert_eq!(stories.iter().map(|story| story.id.as_str()).collect::<Vec<_>>(), ["merger", "flood"]);
        let north = stories[1].told[0].interview.clone().unwrap();
        assert_eq!((north.id.as_str(), north.company.as_deref(), north.round), ("north", Some("Northwind"), Some(1)));
        assert_eq!(stories[1].told[0].to, ["Priya"]);
        let gone = stories[0].told[0].interview.clone().unwrap();
        assert_eq!((gone.id.as_str(), gone.company, gone.date), ("gone", None, None));
    }

    #[test]
    fn what_a_story_lacks() {
        let cases: &[(&str, &[&str], Option<bool>, bool)] = &[
            ("", &["challenge", "context", "action", "result", "lesson"], Some(false), false),
            (
                "challenge = \"40 people\"\ncontext = \"x\"\naction = \"y\"\nresult = \"z\"\nlesson = \"l\"\nyear = 2016",
                &[],
                Some(true),
                false,
            ),
            (
                "action = [\" \"]\nyear = 2015",
                &["challenge", "context", "action", "result", "lesson"],
                Some(false),
                true,
            ),
        ];
        for (keys, lacks, numbers, old) in cases {
            let text = format!("[[story]]\nid = \"s\"\ntitle = \"S\"\n{keys}\n");
            let story = told_of(&[("a.toml", &text)]).stories.remove(0);
            assert_eq!((story.lacks.as_slice(), story.numbers, story.old), (*lacks, *numbers, *old), "{keys}");
        }
        let german = "[deck]\nlanguage = \"de\"\n[[story]]\nid = \"s\"\ntitle = \"S\"\nresult = \"zwölf\"\n";
        assert_eq!(told_of(&[("a.toml", german)]).stories[0].numbers, None);
        for english in ["EN", "en_GB"] {
            let text = german.replace("\"de\"", &format!("\"{english}\"")).replace("zwölf", "twelve");
            assert_eq!(told_of(&[("a.toml", &text)]).stories[0].numbers, Some(true), "{english}");
        }
        // Of two with one id the first counts.
        let twice = "[[story]]\nid = \"s\"\ntitle = \"S\"\n[[story]]\nid = \"s\"\ntitle = \"T\"\n";
        assert_eq!(told_of(&[("a.toml", twice)]).stories.len(), 1);
    }

    #[test]
    fn numbers_tell_how_much() {
        for text in ["40 people", "Twelve of us", "12%", "a third per cent", "€ 3m", "2000 staff", "halved it", "3x"]
        {
            assert!(has_number(text), "{text}");
        }
        for text in ["", "in 2019", "one of my staff", "the first time", "tension", "often", "since 1999."] {
            assert!(!has_number(text), "{text}");
        }
    }

    #[test]
    fn stories_fit_by_name_or_by_what_they_show_and_the_least_told_comes_first() {
        let tale = |id: &str, shows: &[&str], told| {
            let shows = shows.iter().map(ToString::to_string).collect();
            StoryRef { id: id.into(), title: id.into(), shows, told, rehearsed: if id == "a" { 0 } else { 3 } }
        };
        let tales = [
            tale("a", &["People"], 2),
            tale("b", &["Change"], 0),
            tale("c", &[], 1),
            tale("d", &["people "], 1),
            tale("told", &["People"], 0),
            tale("e", &["leading people"], 0),
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
            let ids: Vec<String> = fitting(&card, &tales).into_iter().map(|tale| tale.id).collect();
            assert_eq!(ids.join(" "), expected, "{keys}");
        }
        let text = "[[story]]\nid = \"told\"\ntitle = \"T\"\nshows = [\"People\"]\n";
        let story = parse(&Source::new("d.toml", text), &[]).0.cards.remove(0);
        assert_eq!(fitting(&story, &tales), []);
    }
}
