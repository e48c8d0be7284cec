//! The questions of a debrief in their order, and what an entry means: which card, story, or person it names.

use crate::text::folded_words;

/// A question that a debrief asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Question {
    Asked,
    Fit,
    Liked,
    Unsaid,
    Doubted,
    Matters,
    Struggles,
    Goals,
    Told,
    Ask,
    Met,
    Advice,
    Outcome,
}

impl Question {
    /// Every question in its order, with the word for it in the file, what is asked, and how to answer.
    pub(crate) const ALL: [(Question, &'static str, &'static str, &'static str); 13] = [
        (Question::Asked, "asked", "What did they ask?", "one per line, Enter when done"),
        (Question::Fit, "fit", "What fit?", ""),
        (Question::Liked, "liked", "What did they like?", ""),
        (Question::Unsaid, "unsaid", "What didn't you get to say?", ""),
        (Question::Doubted, "doubted", "What did they doubt?", ""),
        (Question::Matters, "matters", "What matters most for this person?", "add who said it in parentheses"),
        (Question::Struggles, "struggles", "What are they struggling with?", ""),
        (Question::Goals, "goals", "Where do they want to get to?", ""),
        (Question::Told, "told", "Which stories did you tell, and to whom?", "story, name"),
        (Question::Ask, "ask", "What do you want to ask next time?", ""),
        (Question::Met, "met", "Who did you meet?", "name, title"),
        (Question::Advice, "advice", "What did your mentor, recruiter or friend say?", ""),
        (Question::Outcome, "outcome", "How did it end?", "offer, next round, no, withdrawn; Enter skips"),
    ];

    fn row(self) -> &'static (Question, &'static str, &'static str, &'static str) {
        let at = Self::ALL.iter().position(|(question, ..)| *question == self).unwrap_or(0);
        &Self::ALL[at]
    }

    /// Returns the word for it in the file.
    pub(crate) fn word(self) -> &'static str {
        self.row().1
    }

    /// Returns what is asked, with how to answer in parentheses.
    pub(crate) fn text(self) -> String {
        match self.row() {
            (_, _, text, "") => (*text).to_owned(),
            (_, _, text, how) => format!("{text} ({how})"),
        }
    }

    /// Returns it and the questions after it; all of them without a word, or with one that is not a question's.
    pub(crate) fn from(word: Option<&str>) -> impl Iterator<Item = Question> {
        let first = Self::ALL.iter().position(|(_, known, ..)| Some(*known) == word).unwrap_or(0);
        Self::ALL[first..].iter().map(|(question, ..)| *question)
    }

    /// Returns the question after it.
    pub(crate) fn next(self) -> Option<Question> {
        Self::from(Some(self.word())).nth(1)
    }
}

/// A card as far as a question can name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CardHint {
    pub(crate) id: String,
    pub(crate) prompt: String,
}

/// How many cards are offered for one question.
const MOST_GUESSES: usize = 3;

/// Returns the cards that a question can be, the likeliest first: one with that id, ids that begin like it, then ids and
/// prompts that contain it. Case, white space, and punctuation at the ends don't matter.
pub(crate) fn matching_cards<'a>(question: &str, cards: &'a [CardHint]) -> Vec<&'a CardHint> {
    let wanted = folded_words(question);
    let id = wanted.replace(' ', "-");
    let rank = |card: &CardHint| {
        let own = card.id.to_lowercase();
        match &own {
            own if *own == id => Some(0),
            _ if wanted.len() < 3 => None,
            own if own.starts_with(&id) => Some(1),
            _ if folded_words(&card.prompt).contains(&wanted) => Some(2),
            own if own.contains(&id) => Some(3),
            _ => None,
        }
    };
    let mut found: Vec<(usize, &CardHint)> = cards.iter().filter_map(|card| Some((rank(card)?, card))).collect();
    found.sort_by_key(|(rank, _)| *rank);
    if found.first().is_some_and(|(rank, _)| *rank == 0) {
        found.truncate(1);
    }
    found.into_iter().take(MOST_GUESSES).map(|(_, card)| card).collect()
}

/// Returns the id of the story that is named by its id, or by a part of its title that no other title has.
pub(crate) fn matching_story<'a>(name: &str, stories: &'a [(String, String)]) -> Option<&'a str> {
    let wanted = folded_words(name);
    let is_id = |(id, _): &&(String, String)| id.to_lowercase() == wanted.replace(' ', "-");
    let is_title = |(_, title): &&(String, String)| folded_words(title) == wanted;
    let mut within = stories.iter().filter(|(_, title)| wanted.len() >= 3 && folded_words(title).contains(&wanted));
    let only = || within.next().filter(|_| within.next().is_none());
    let found = stories.iter().find(is_id).or_else(|| stories.iter().find(is_title)).or_else(only);
    found.map(|(id, _)| id.as_str())
}

/// Splits `STORY, NAME` at the first comma.
pub(crate) fn split_name(entry: &str) -> (&str, Option<&str>) {
    match entry.split_once(',') {
        Some((first, name)) => (first.trim(), Some(name.trim()).filter(|name| !name.is_empty())),
        None => (entry.trim(), None),
    }
}

/// Returns the full name of the one person whose name has a word that begins like this; case does not matter.
pub(crate) fn person<'a>(name: &str, people: &'a [String]) -> Option<&'a str> {
    let wanted = folded_words(name);
    let begins = |known: &&String| {
        let known = folded_words(known);
        known.starts_with(&wanted) || known.split(' ').any(|word| word.starts_with(&wanted))
    };
    let exact = people.iter().find(|known| folded_words(known) == wanted);
    let mut near = people.iter().filter(|known| !wanted.is_empty() && begins(known));
    let only = || near.next().filter(|_| near.next().is_none());
    exact.or_else(only).map(String::as_str)
}

/// Splits who said it from `WHAT THEY SAID (NAME)`: someone you met, or another name, which begins with a capital letter.
pub(crate) fn split_speaker<'a>(line: &'a str, people: &'a [String]) -> (&'a str, Option<&'a str>) {
    let Some((said, name)) = line.strip_suffix(')').and_then(|line| line.rsplit_once('(')) else { return (line, None) };
    let is_word = |word: &str| {
        word.starts_with(char::is_uppercase) && word.chars().all(|c| c.is_alphabetic() || "'’.-".contains(c))
    };
    let is_name = !name.trim().is_empty() && name.split_whitespace().all(is_word);
    match person(name, people).or_else(|| is_name.then_some(name.trim())) {
        Some(by) if !said.trim().is_empty() => (said.trim(), Some(by)),
        _ => (line, None),
    }
}

/// Returns the prompt of the card for a doubt.
pub(crate) fn doubt_prompt(doubt: &str) -> String {
    format!("They doubt {}. Address it.", doubt.trim_end_matches(['.', '!']))
}

/// Words by which a question to them is about one of the categories of such cards; `role` otherwise.
const CATEGORIES: [(&str, &[&str]); 3] = [
    ("concerns", &["concern", "concerns", "doubt", "doubts", "hesitation", "hesitations", "worry", "reservations"]),
    ("culture", &["culture", "team", "teams", "values", "people", "working here", "work life"]),
    (
        "company",
        &["company", "customers", "market", "strategy", "competitors", "runway", "revenue", "board", "product"],
    ),
];

/// Returns the category of a question to ask them.
pub(crate) fn category(question: &str) -> &'static str {
    let words = format!(" {} ", folded_words(question));
    let has = |word: &&str| words.contains(&format!(" {word} "));
    CATEGORIES.iter().find(|(_, known)| known.iter().any(has)).map_or("role", |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deck::TABLES;

    #[test]
    fn the_questions_are_those_of_the_deck_format() {
        let keys = TABLES.iter().find(|table| table.name == "debrief").unwrap().keys;
        let next = keys.iter().find(|key| key.name == "next").unwrap();
        let words: Vec<&str> = Question::ALL.iter().map(|(_, word, ..)| *word).collect();
        assert_eq!(format!("{:?}", next.shape), format!("OneOf({words:?})"));
    }

    #[test]
    fn a_debrief_continues_at_its_next_question() {
        let words = |from| Question::from(from).map(Question::word).collect::<Vec<_>>();
        assert_eq!(words(None).len(), 13);
        assert_eq!(words(Some("advice")), ["advice", "outcome"]);
        assert_eq!(words(Some("nonsense")).len(), 13);
        assert_eq!((Question::Fit.next(), Question::Outcome.next()), (Some(Question::Liked), None));
        assert_eq!(Question::Asked.text(), "What did they ask? (one per line, Enter when done)");
        assert_eq!(Question::Fit.text(), "What fit?");
    }

    #[test]
    fn a_question_finds_cards_by_id_or_by_a_part_of_the_prompt() {
        let card = |id: &str, prompt: &str| CardHint { id: id.into(), prompt: prompt.into() };
        let cards = [
            card("career-gap", "There's a gap in your résumé. What happened?"),
            card("career", "Walk me through your career."),
            card("saved-money", "Tell me about a time you saved money."),
            card("hq", "Where is their head office?"),
        ];
        let cases = [
            ("career gap", "career-gap"),
            ("Career-Gap", "career-gap"),
            ("career", "career"),
            ("caree", "career-gap career"),
            ("  saved   MONEY? ", "saved-money"),
            ("a gap in your résumé", "career-gap"),
            ("hq", "hq"),
            ("he", ""),
            ("why us", ""),
            ("?", ""),
        ];
        for (question, expected) in cases {
            let found: Vec<&str> = matching_cards(question, &cards).iter().map(|card| card.id.as_str()).collect();
            assert_eq!(found.join(" "), expected, "{question}");
        }
    }

    #[test]
    fn a_story_and_a_person_are_found_only_if_they_are_the_only_one() {
        let story = |id: &str, title: &str| (id.to_owned(), title.to_owned());
        let stories = [story("flood", "The flood"), story("fuel", "Fuel for three"), story("fire", "The fire")];
        for (name, expected) in [
            ("flood", Some("flood")),
            ("the FLOOD", Some("flood")),
            ("for three", Some("fuel")),
            ("the", None),
            ("xy", None),
            ("merger", None),
        ] {
            assert_eq!(matching_story(name, &stories), expected, "{name}");
        }
        let people = ["Priya Ramanathan".to_owned(), "Dana Wu".to_owned(), "Dan Reyes".to_owned()];
        for (name, expected) in [
            ("priya", Some("Priya Ramanathan")),
            ("Wu", Some("Dana Wu")),
            ("dan", None),
            ("Dan Reyes", Some("Dan Reyes")),
            ("", None),
            ("Omar", None),
        ] {
            assert_eq!(person(name, &people), expected, "{name}");
        }
        for (line, expected) in [
            ("late trains (priya)", ("late trains", Some("Priya Ramanathan"))),
            ("late trains (Omar Diaz)", ("late trains", Some("Omar Diaz"))),
            ("more growth (organic)", ("more growth (organic)", None)),
            ("more growth (Q3)", ("more growth (Q3)", None)),
            ("(Priya)", ("(Priya)", None)),
            ("late trains ()", ("late trains ()", None)),
        ] {
            assert_eq!(split_speaker(line, &people), expected, "{line}");
        }
        assert_eq!(split_name("The flood, Priya, of course"), ("The flood", Some("Priya, of course")));
        assert_eq!((split_name("flood, "), split_name(" flood ")), (("flood", None), ("flood", None)));
    }

    #[test]
    fn a_question_for_them_has_a_category() {
        let cases = [
            ("What concerns do you have about me?", "concerns"),
            ("What is the culture like?", "culture"),
            ("Who are your biggest customers?", "company"),
            ("How will my success be measured?", "role"),
        ];
        for (question, expected) in cases {
            assert_eq!(category(question), expected, "{question}");
        }
        assert_eq!(doubt_prompt("that I can run a P&L."), "They doubt that I can run a P&L. Address it.");
    }
}
