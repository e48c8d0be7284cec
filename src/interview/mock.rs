//! Which questions a mock interview asks, which score an answer earns, and which scores belong to which mock interview.
//!
//! Competencies are asked in a random order, each once before any twice. Which cards ask for them is a matching: a card that
//! two competencies could have goes to the one that has no other, and of the ways to do so the one with the most stories
//! that were not told yet and variants not met yet is taken.

use std::collections::{BTreeMap, HashMap};

use super::draw::SplitMix64;
use crate::clock::StudyDay;
use crate::deck::competencies::{CompetencyDigest, same};
use crate::deck::{Card, CardId, Kind};
use crate::history::{EventId, MockScore, Score};

/// How many of your own questions are brought to mind at the end.
const OWN_QUESTIONS: usize = 3;

/// A card that a mock interview may ask.
#[derive(Debug, Clone)]
pub(crate) struct MockCard {
    /// Its id, after renames.
    pub(crate) id: CardId,
    pub(crate) card: Card,
    /// How often it was reviewed before the mock interview.
    pub(crate) reviews: u32,
    /// Whether it is a story, which no interviewer asks for by its title.
    pub(crate) is_story: bool,
    /// How often the story that fits it and was told least was told; `None` if none fits.
    pub(crate) told: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MockQuestion {
    /// What its answer is scored for; `None` if nothing names a competency.
    pub(crate) competency: Option<String>,
    /// The place of its card; `None` for a general question.
    pub(crate) card: Option<usize>,
    /// The prompt or variant as the card has it, or a general question.
    pub(crate) prompt: String,
    pub(crate) follow_up: Option<String>,
    /// Seconds for the answer.
    pub(crate) limit: u32,
}

impl MockCard {
    /// Whether it asks for an answer; what you ask and what you know are not answers.
    pub(crate) fn is_question(kind: Kind) -> bool {
        !matches!(kind, Kind::Ask | Kind::Fact)
    }

    fn shows(&self, competency: &str) -> bool {
        self.card.shows.iter().any(|shown| same(shown, competency))
    }

    /// The prompts that were not met yet, or all of them if there are none; 0 is the first.
    fn angles(&self) -> Vec<usize> {
        let all = 0..=self.card.variants.len();
        let unmet: Vec<usize> = all.clone().filter(|&n| n >= self.reviews as usize).collect();
        if unmet.is_empty() { all.collect() } else { unmet }
    }

    fn question(&self, competency: Option<String>, card: usize, random: &mut SplitMix64) -> MockQuestion {
        let Card { prompt, variants, followups, limit, .. } = &self.card;
        let angles = self.angles();
        let angle = angles.get(random.below(angles.len())).copied().unwrap_or(0);
        let prompt = angle.checked_sub(1).and_then(|variant| variants.get(variant)).unwrap_or(prompt).clone();
        let follow_up = followups.get(random.below(followups.len())).cloned();
        MockQuestion { competency, card: Some(card), prompt, follow_up, limit: *limit }
    }

    /// How little it is wanted: stories by title last, then cards whose stories they know, then cards met from every side.
    fn class(&self) -> u8 {
        let told = match self.told {
            Some(0) => 0,
            None => 1,
            Some(_) => 2,
        };
        let met = u8::from(self.reviews as usize > self.card.variants.len());
        u8::from(self.is_story) * 6 + told * 2 + met
    }
}

/// Returns the seed of the `nth` mock interview of a study day for an interview. Its id is empty if there is none.
pub(crate) fn seed_of_day(day: StudyDay, interview: &str, nth: u64) -> u64 {
    let hash = blake3::hash(format!("{day}\n{nth}\n{interview}").as_bytes());
    hash.as_bytes().iter().take(8).fold(0, |bits, &byte| bits << 8 | u64::from(byte))
}

/// Draws up to `wanted` questions; fewer if cards and general questions run out.
pub(crate) fn draw(seed: u64, competencies: &[String], cards: &[MockCard], wanted: usize) -> Vec<MockQuestion> {
    let mut random = SplitMix64::new(seed);
    let order = random.order(competencies.len());
    let mut ranked = random.order(cards.len());
    ranked.sort_by_key(|&card| cards[card].class());
    let mut chosen =
        ChosenCards { competencies, cards, ranked, used: vec![false; cards.len()], asked: Vec::new(), wanted };
    chosen.each_once(&order);
    chosen.again(&order);
    chosen.others();
    let mut general =
        GeneralQuestions { next: random.below(ABOUT.len()), again: HashMap::new(), open: random.order(OPEN.len()) };
    let mut question = |(competency, card): (Option<usize>, Option<usize>)| {
        let competency = competency.map(|competency| competencies[competency].clone());
        match card {
            Some(card) => Some(cards[card].question(competency, card, &mut random)),
            None => general.question(competency),
        }
    };
    // Whatever is missing are general questions: about each competency in turn, if there are any.
    let rounds = order.iter().cycle().take(order.len() * (ABOUT.len() - 1));
    let more: Vec<(Option<usize>, Option<usize>)> = match order.is_empty() {
        true => vec![(None, None); OPEN.len()],
        false => rounds.map(|&competency| (Some(competency), None)).collect(),
    };
    chosen.asked.into_iter().chain(more).take(wanted).map_while(&mut question).collect()
}

/// The questions as they are chosen: the competency of each, and its card.
struct ChosenCards<'a> {
    competencies: &'a [String],
    cards: &'a [MockCard],
    /// The cards, the most wanted first.
    ranked: Vec<usize>,
    used: Vec<bool>,
    asked: Vec<(Option<usize>, Option<usize>)>,
    wanted: usize,
}

impl ChosenCards<'_> {
    /// Asks for each competency once, without a card if none is left for it.
    fn each_once(&mut self, order: &[usize]) {
        let order = &order[..order.len().min(self.wanted)];
        let suit = |&competency: &usize| -> Vec<usize> {
            let shows = |&&card: &&usize| self.cards[card].shows(&self.competencies[competency]);
            self.ranked.iter().filter(shows).copied().collect()
        };
        let mut matching = Matching { suited: order.iter().map(suit).collect(), owner: HashMap::new() };
        let mut classes: Vec<u8> = self.cards.iter().map(MockCard::class).collect();
        classes.sort_unstable();
        classes.dedup();
        let mut has_card = vec![false; order.len()];
        for most in classes {
            let may = |card: usize| self.cards[card].class() <= most;
            for (nth, has_card) in has_card.iter_mut().enumerate() {
                *has_card = *has_card || matching.find(nth, &may, &mut vec![false; self.cards.len()]);
            }
        }
        let card_of: HashMap<usize, usize> = matching.owner.iter().map(|(&card, &nth)| (nth, card)).collect();
        for (nth, &competency) in order.iter().enumerate() {
            self.ask(Some(competency), card_of.get(&nth).copied());
        }
    }

    /// Asks for competencies again, in the same order, as long as there are cards.
    fn again(&mut self, order: &[usize]) {
        loop {
            let before = self.asked.len();
            for &competency in order {
                let shows = |card: &MockCard| card.shows(&self.competencies[competency]);
                if let Some(card) = self.unused(shows) {
                    self.ask(Some(competency), Some(card));
                }
            }
            if self.asked.len() == before {
                return;
            }
        }
    }

    /// Asks cards that show nothing that is asked for, but no story by its title.
    fn others(&mut self) {
        while let Some(card) = self.unused(|card| !card.is_story) {
            self.ask(None, Some(card));
        }
    }

    fn unused(&self, may: impl Fn(&MockCard) -> bool) -> Option<usize> {
        let wants = self.asked.len() < self.wanted;
        self.ranked.iter().copied().find(|&card| wants && !self.used[card] && may(&self.cards[card]))
    }

    fn ask(&mut self, competency: Option<usize>, card: Option<usize>) {
        self.used.iter_mut().enumerate().filter(|(n, _)| Some(*n) == card).for_each(|(_, used)| *used = true);
        self.asked.push((competency, card));
    }
}

/// Questions with at most one card each, and no card twice. Source: H. W. Kuhn, "The Hungarian method for the assignment
/// problem" (1955), for unweighted edges.
struct Matching {
    /// The cards of each question, the most wanted first.
    suited: Vec<Vec<usize>>,
    /// The question that each card is asked for.
    owner: HashMap<usize, usize>,
}

impl Matching {
    /// Finds a card for a question, with others for those that have it.
    fn find(&mut self, question: usize, may: &impl Fn(usize) -> bool, seen: &mut [bool]) -> bool {
        for n in 0..self.suited[question].len() {
            let card = self.suited[question][n];
            if !may(card) || std::mem::replace(&mut seen[card], true) {
                continue;
            }
            let free = match self.owner.get(&card).copied() {
                Some(other) => self.find(other, may, seen),
                None => true,
            };
            if free {
                self.owner.insert(card, question);
                return true;
            }
        }
        false
    }
}

/// General questions about one competency, whose title goes where the braces are.
const ABOUT: [&str; 4] = [
    "Let's talk about this: {}. What's your best example?",
    "Give me an example of this from your own work: {}. What exactly did you do?",
    "This role asks for {}. When did you last show it, and what came of it?",
    "When was this hardest for you: {}? How did it end?",
];
/// General questions that nearly everybody gets.
const OPEN: [&str; 8] = [
    "Tell me about yourself.",
    "Why do you want this role?",
    "What's the accomplishment you're proudest of, and why did it work?",
    "Tell me about something that failed. What did you learn?",
    "What's a weakness you're working on, and how?",
    "Tell me about a decision you had to make without all the facts.",
    "What would you do in your first 90 days?",
    "Tell me about a disagreement with a manager. How did it end?",
];

struct GeneralQuestions {
    /// The place in [`ABOUT`] of the next question about another competency.
    next: usize,
    /// The same of the next question about one that was asked for before.
    again: HashMap<String, usize>,
    /// The places of the questions in [`OPEN`] that were not asked.
    open: Vec<usize>,
}

impl GeneralQuestions {
    fn question(&mut self, competency: Option<String>) -> Option<MockQuestion> {
        let prompt = match &competency {
            Some(title) => {
                let place = self.again.get(title).copied().unwrap_or(self.next);
                self.next += usize::from(!self.again.contains_key(title));
                self.again.insert(title.clone(), place + 1);
                ABOUT[place % ABOUT.len()].replace("{}", title)
            }
            None => OPEN[self.open.pop()?].to_owned(),
        };
        Some(MockQuestion { competency, card: None, prompt, follow_up: None, limit: Kind::Story.limit() })
    }
}

/// Chooses cards with questions of your own, by the places of their tags: each kind of question before any twice, and those
/// without a kind last, which may be for another moment than the end.
pub(crate) fn own_questions(seed: u64, tags: &[&[String]]) -> Vec<usize> {
    let mut random = SplitMix64::new(seed);
    let mut order = random.order(tags.len());
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    let mut nth = vec![0; tags.len()];
    for &card in &order {
        let tag = tags[card].iter().map(String::as_str).find(|tag| CATEGORIES.contains(tag)).unwrap_or_default();
        let time = times.entry(tag).or_default();
        nth[card] = *time;
        *time += 1;
    }
    let has_kind = |card: usize| tags[card].iter().any(|tag| CATEGORIES.contains(&tag.as_str()));
    order.sort_by_key(|&card| (!has_kind(card), nth[card]));
    order.truncate(OWN_QUESTIONS);
    order
}

/// What a question of your own can be about, as its tag says.
const CATEGORIES: [&str; 4] = ["role", "company", "culture", "concerns"];

/// Returns the score that an answer earns by what was said; `None` if there is nothing to tick.
pub(crate) fn suggested(items: usize, ticks: &[u16], ms: Option<u64>, limit: u32) -> Option<Score> {
    let said = (1..=items).filter(|n| ticks.iter().any(|&tick| usize::from(tick) == *n)).count();
    let in_time = ms.is_some_and(|ms| ms <= u64::from(limit) * 1000);
    let score = match said {
        _ if items == 0 => return None,
        0 => 1,
        said if 2 * said < items => 2,
        said if said < items => 3,
        _ if in_time => 5,
        _ => 4,
    };
    Score::new(score)
}

/// A score as it is in the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ScoreEvent {
    pub(crate) id: EventId,
    /// Its place in the total order.
    pub(crate) time: i64,
    pub(crate) day: StudyDay,
    /// Whether it was undone.
    pub(crate) void: bool,
    pub(crate) score: MockScore,
}

/// One mock interview: its scores, in the order of asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MockRun {
    /// The event of its first score.
    pub(crate) first: EventId,
    events: Vec<ScoreEvent>,
}

/// Adds the next score to its mock interview.
pub(crate) fn add_score(runs: &mut Vec<MockRun>, event: ScoreEvent) {
    let first = event.score.first.unwrap_or(event.id);
    match runs.iter_mut().rev().find(|run| run.first == first) {
        Some(run) => run.events.push(event),
        None => runs.push(MockRun { first, events: vec![event] }),
    }
}

impl MockRun {
    pub(crate) fn scores(&self) -> impl Iterator<Item = &MockScore> {
        self.events.iter().filter(|event| !event.void).map(|event| &event.score)
    }

    pub(crate) fn is_of(&self, day: StudyDay) -> bool {
        self.events.first().is_some_and(|event| event.day == day)
    }

    /// Returns its place in the total order if it asked a card.
    pub(crate) fn asked_since(&self, card: &CardId) -> Option<i64> {
        let asked = self.events.iter().any(|event| event.score.card.as_ref() == Some(card));
        self.events.first().filter(|_| asked).map(|event| event.time)
    }

    /// Returns how long the answers took in milliseconds.
    pub(crate) fn spoken_ms(&self) -> u64 {
        self.scores().filter_map(|score| score.ms).sum()
    }

    /// Returns which of these questions have a score; `None` if others were asked, or in another order.
    pub(crate) fn answered(&self, questions: &[MockQuestion], cards: &[MockCard]) -> Option<Vec<bool>> {
        let mut answered = vec![false; questions.len()];
        let mut asked = 0;
        for ScoreEvent { score, void, .. } in &self.events {
            let is_of = |question: &MockQuestion| {
                let card = question.card.map(|card| &cards[card].id);
                card == score.card.as_ref() && question.digest() == score.competency
            };
            // The next question, or one whose score was undone.
            let questions = questions.iter().enumerate().take(asked + 1);
            let (found, _) = questions.filter(|(n, _)| !answered[*n]).find(|(_, question)| is_of(question))?;
            asked = asked.max(found + 1);
            answered[found] = !void;
        }
        Some(answered)
    }
}

impl MockQuestion {
    pub(crate) fn digest(&self) -> Option<CompetencyDigest> {
        self.competency.as_deref().map(CompetencyDigest::of_title)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deck::parse;
    use crate::diagnostic::Source;
    use crate::history::Device;

    /// A card for each entry: its id, and the keys of its table.
    fn cards(tables: &[(&str, &str)]) -> Vec<MockCard> {
        let card = |&(id, keys): &(&str, &str)| {
            let text = format!("[[card]]\nid = \"{id}\"\nprompt = \"{id}?\"\n{keys}\n");
            let card = parse(&Source::new("d.toml", text), &[]).0.cards.remove(0);
            MockCard { id: card.id.clone(), card, reviews: 0, is_story: false, told: None }
        };
        tables.iter().map(card).collect()
    }

    fn titles(titles: &[&str]) -> Vec<String> {
        titles.iter().map(ToString::to_string).collect()
    }

    /// Returns what is asked: the competency and the prompt of each question.
    fn asked(seed: u64, competencies: &[&str], cards: &[MockCard], wanted: usize) -> Vec<(String, String)> {
        let questions = draw(seed, &titles(competencies), cards, wanted);
        questions.into_iter().map(|question| (question.competency.unwrap_or_default(), question.prompt)).collect()
    }

    #[test]
    fn no_competency_is_asked_twice_before_all_once_with_any_seed() {
        let names = ["a", "b", "c", "d", "e", "f"];
        for seed in 0..200 {
            let mut random = SplitMix64::new(seed);
            let asked_for = &names[..1 + random.below(6)];
            // Up to 11 cards, each of which shows up to two competencies.
            let tables: Vec<(String, String)> = (0..random.below(12))
                .map(|n| {
                    let shows: Vec<&str> = (0..random.below(3)).map(|_| names[random.below(6)]).collect();
                    (format!("card-{n}"), format!("shows = {shows:?}"))
                })
                .collect();
            let tables: Vec<(&str, &str)> = tables.iter().map(|(id, keys)| (id.as_str(), keys.as_str())).collect();
            let (cards, wanted) = (cards(&tables), 1 + random.below(9));
            let questions = draw(seed, &titles(asked_for), &cards, wanted);
            assert_eq!(questions, draw(seed, &titles(asked_for), &cards, wanted));
            let mut times: BTreeMap<&str, usize> = asked_for.iter().map(|name| (*name, 0)).collect();
            let mut used = Vec::new();
            for (n, question) in questions.iter().enumerate() {
                if let Some(competency) = &question.competency {
                    *times.get_mut(competency.as_str()).unwrap() += 1;
                    let shows = question.card.is_none_or(|card| cards[card].shows(competency));
                    assert!(shows, "{seed}: {question:?}");
                }
                let all_once = times.values().all(|&times| times > 0);
                assert!(all_once || times.values().all(|&times| times < 2), "{seed}, question {n}: {questions:#?}");
                used.extend(question.card);
            }
            let asked = used.len();
            used.sort_unstable();
            used.dedup();
            assert_eq!(used.len(), asked, "{seed}: no card twice");
            assert!(questions.len() == wanted || questions.len() >= ABOUT.len() * asked_for.len());
        }
    }

    #[test]
    fn a_card_goes_to_the_competency_that_has_no_other() {
        let cards =
            cards(&[("x", "shows = [\"a\", \"b\"]"), ("y", "shows = [\"B \"]"), ("z", "shows = [\"b\", \"c\"]")]);
        for seed in 0..50 {
            let mut asked = asked(seed, &["a", "b", "c"], &cards, 3);
            asked.sort();
            let expected = [("a", "x?"), ("b", "y?"), ("c", "z?")];
            assert_eq!(asked, expected.map(|(of, prompt)| (of.to_owned(), prompt.to_owned())), "{seed}");
        }
    }

    #[test]
    fn untold_stories_and_new_variants_are_preferred_and_stories_by_title_come_last() {
        let keys = "shows = [\"a\"]\nvariants = [\"V\", \"W\"]\nfollowups = [\"F\", \"G\"]";
        let all = cards(&[("story", keys), ("told", keys), ("met", keys), ("plain", keys), ("untold", keys)]);
        let prepared = |n: usize| {
            let mut cards = all[..n].to_vec();
            cards[0].is_story = true;
            for card in &mut cards {
                card.told = [("told", Some(2)), ("untold", Some(0)), ("story", Some(0))]
                    .into_iter()
                    .find(|(id, _)| *id == card.id.as_str())
                    .and_then(|(_, told)| told);
                card.reviews = if card.id.as_str() == "met" { 3 } else { 1 };
            }
            cards
        };
        for (n, expected) in (1..).zip(["story", "told", "met", "plain", "untold"]) {
            let cards = prepared(n);
            let mut prompts = Vec::new();
            for seed in 0..40 {
                let question = draw(seed, &titles(&["a"]), &cards, 1).remove(0);
                let card = &cards[question.card.unwrap()];
                assert_eq!(card.id.as_str(), expected, "{seed}");
                assert!(["F", "G"].contains(&question.follow_up.unwrap().as_str()));
                prompts.push(question.prompt);
            }
            prompts.sort();
            prompts.dedup();
            // The first prompt was met at the first review; a card met from every side is asked from any.
            let all = ["V".to_owned(), "W".to_owned(), format!("{expected}?")];
            assert_eq!(prompts, all[..if expected == "met" { 3 } else { 2 }], "{expected}");
        }
    }

    #[test]
    fn without_cards_there_are_general_questions() {
        let about = asked(1, &["Leading People", "Grit"], &[], 5);
        assert_eq!(about.len(), 5);
        assert!(about.iter().all(|(of, prompt)| prompt.contains(of.as_str())), "{about:?}");
        let mut different: Vec<_> = about.clone();
        different.sort();
        different.dedup();
        assert_eq!(different.len(), 5, "{about:?}");
        let open = asked(1, &[], &[], 5);
        assert_eq!((open.len(), open.iter().filter(|(of, _)| of.is_empty()).count()), (5, 5));
        assert_ne!(asked(2, &[], &[], 5), open);
        assert_eq!((asked(1, &[], &[], 99).len(), asked(1, &["Grit"], &[], 99).len()), (OPEN.len(), ABOUT.len()));
        // Other cards come before second general questions about the same.
        let other = cards(&[("other", "")]);
        let mixed = asked(1, &["Grit"], &other, 3);
        assert_eq!((mixed[0].0.as_str(), mixed[1].1.as_str(), mixed[2].0.as_str()), ("Grit", "other?", "Grit"));
    }

    #[test]
    fn a_score_is_suggested_by_what_was_covered_and_the_time() {
        // Items, ticks, milliseconds, and the score within a limit of 60 seconds.
        type ScoreCase<'a> = (usize, &'a [u16], Option<u64>, Option<u8>);
        let cases: [ScoreCase<'_>; 11] = [
            (0, &[], Some(1), None),
            (4, &[], Some(1), Some(1)),
            (4, &[1], Some(1), Some(2)),
            (4, &[1, 4], Some(1), Some(3)),
            (4, &[1, 2, 3], Some(1), Some(3)),
            (4, &[1, 2, 3, 4], Some(60_001), Some(4)),
            (4, &[1, 2, 3, 4], None, Some(4)),
            (4, &[1, 2, 3, 4], Some(60_000), Some(5)),
            (1, &[1], Some(60_000), Some(5)),
            (1, &[], Some(60_000), Some(1)),
            (3, &[1], Some(1), Some(2)),
        ];
        for (items, ticks, ms, expected) in cases {
            assert_eq!(suggested(items, ticks, ms, 60).map(Score::get), expected, "{items} {ticks:?} {ms:?}");
        }
    }

    #[test]
    fn your_own_questions_are_of_different_kinds() {
        let tags: Vec<Vec<String>> =
            ["role", "role", "none", "company", "role", "concerns", "role"].map(|tag| titles(&["x", tag])).to_vec();
        let tags: Vec<&[String]> = tags.iter().map(Vec::as_slice).collect();
        for seed in 0..50 {
            let mut kinds: Vec<&str> = own_questions(seed, &tags).into_iter().map(|n| tags[n][1].as_str()).collect();
            kinds.sort_unstable();
            assert_eq!(kinds, ["company", "concerns", "role"], "{seed}");
        }
        assert_eq!((own_questions(1, &[]).len(), own_questions(1, &tags[..2]).len()), (0, 2));
    }

    #[test]
    fn scores_belong_to_the_mock_interview_of_their_first_event() {
        let id = |seq: i64| EventId { device: Device::from_bits(1), seq, crc: 0 };
        let cards = cards(&[("x", "shows = [\"A\"]"), ("z", "shows = [\"c\"]")]);
        let questions = draw(1, &titles(&["A", "b", "c"]), &cards, 3);
        let score = |question: usize, of: Option<i64>| {
            let MockQuestion { competency, card, .. } = &questions[question];
            MockScore {
                first: of.map(id),
                competency: competency.as_deref().map(|title| CompetencyDigest::of_title(&title.to_uppercase())),
                ..MockScore::new(card.map(|card| cards[card].id.clone()), Score::new(3).unwrap())
            }
        };
        let runs = |events: &[(i64, usize, Option<i64>, bool)]| {
            let mut runs = Vec::new();
            for &(seq, question, of, void) in events {
                let score = score(question, of);
                add_score(&mut runs, ScoreEvent { id: id(seq), time: 100 * seq, day: StudyDay(7), void, score });
            }
            runs
        };
        let mixed = runs(&[(1, 0, None, false), (2, 0, None, false), (3, 1, Some(1), false), (5, 2, Some(4), true)]);
        let sizes: Vec<(i64, usize)> = mixed.iter().map(|run| (run.first.seq, run.scores().count())).collect();
        assert_eq!(sizes, [(1, 2), (2, 1), (4, 0)]);
        // Each question asked, whether its score was undone, and which questions have a score then.
        type AnsweredCase<'a> = (&'a [(usize, bool)], Option<[bool; 3]>);
        let cases: [AnsweredCase<'_>; 9] = [
            (&[(0, false)], Some([true, false, false])),
            (&[(0, false), (1, false)], Some([true, true, false])),
            (&[(0, false), (1, true), (2, false)], Some([true, false, true])),
            (&[(0, false), (1, true), (2, false), (1, false)], Some([true, true, true])),
            (&[(0, true)], Some([false, false, false])),
            // Another order, or a question too much: another mock interview.
            (&[(1, false)], None),
            (&[(0, false), (2, false)], None),
            (&[(0, false), (0, false)], None),
            (&[(0, false), (1, false), (2, false), (2, false)], None),
        ];
        for (asked, expected) in cases {
            let events: Vec<_> = (1..)
                .zip(asked)
                .map(|(seq, &(question, void))| (seq, question, (seq > 1).then_some(1), void))
                .collect();
            let answered = runs(&events)[0].answered(&questions, &cards);
            assert_eq!(answered, expected.map(|answered| answered.to_vec()), "{asked:?}");
        }
    }

    #[test]
    fn every_day_and_interview_has_a_seed_of_its_own() {
        let seed = seed_of_day(StudyDay(1), "north", 0);
        assert_eq!(seed_of_day(StudyDay(1), "north", 0), seed);
        let others = [(2, "north", 0), (1, "n", 0), (1, "north", 1)];
        assert!(others.iter().all(|&(day, id, nth)| seed_of_day(StudyDay(day), id, nth) != seed));
    }
}
