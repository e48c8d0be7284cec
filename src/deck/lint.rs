//! What is weak in a card that is not wrong.

use std::collections::{BTreeMap, HashMap};

use super::card::{Card, Kind};
use super::placeholders;
use super::speech::{WPM, count_words, is_english, speaking_ms};
use crate::diagnostic::{Diagnostic, Source, Span};
use crate::grammar::{Fields, Item, MOST_FAULTS};
use crate::text::{folded_words, is_common, minutes_seconds, whole_seconds};

/// Returns where the fields of a card are written that [`lint`] looks at.
pub(super) fn spans(fields: &Fields) -> [Option<Span>; 8] {
    ["prompt", "limit", "answer", "accept", "parts", "points", "variants", "followups"].map(|key| fields.span(key))
}

pub(super) fn lint(source: &Source, card: &Card, spans: &[Option<Span>; 8], findings: &mut Vec<Diagnostic>) {
    let [prompt, limit, answer, accept, parts, points, variants, followups] = spans.each_ref().map(Option::as_ref);
    let prompt = prompt.unwrap_or(&card.header);
    let mut linter = Linter { source, card, findings };
    linter.placeholders(prompt, std::slice::from_ref(&card.prompt));
    linter.placeholders(variants.unwrap_or(prompt), &card.variants);
    linter.placeholders(followups.unwrap_or(prompt), &card.followups);
    linter.repeats_prompt("part", parts, &card.parts);
    linter.repeats_prompt("point", points, &card.points);
    linter.synonyms(variants);
    linter.unfit_cues(parts, &card.parts);
    linter.unfit_cues(points, &card.points);
    linter.short_limit(limit.or(answer));
    linter.unused_accept(accept);
}

struct Linter<'a> {
    source: &'a Source,
    card: &'a Card,
    findings: &'a mut Vec<Diagnostic>,
}

impl Linter<'_> {
    fn warn(&mut self, span: Span, check: &'static str, message: impl Into<String>, help: impl Into<String>) {
        self.findings.push(self.source.warning(span, check, message).help(help));
    }

    /// Warns of misspelled placeholders in texts written at a span: one text, or a list.
    fn placeholders(&mut self, span: &Span, texts: &[String]) {
        let is_misspelled = |text: &String| placeholders::misspelled(text).next().is_some();
        if !texts.iter().any(is_misspelled) || self.findings.len() > MOST_FAULTS {
            return;
        }
        let entries = self.entries(span);
        for (n, text) in texts.iter().enumerate().filter(|(_, text)| is_misspelled(text)) {
            if self.findings.len() > MOST_FAULTS {
                break;
            }
            let entry = entries.get(n).unwrap_or(span);
            let found: BTreeMap<&str, &str> = placeholders::misspelled(text).collect();
            for (written, name) in found.into_iter().take(MOST_FAULTS + 1) {
                self.placeholder(entry, written, name);
            }
        }
    }

    fn placeholder(&mut self, span: &Span, written: &str, name: &str) {
        let braced = format!("{{{written}}}");
        let found = self.written(span).and_then(|written| written.find(&braced));
        let span = found.map_or(span.clone(), |found| span.start + found..span.start + found + braced.len());
        let message = format!("`{braced}` is not filled in and stands as it is");
        let help = format!("did you mean `{{{name}}}`? braces that you want to see are doubled: `{{{{` and `}}}}`");
        self.warn(span, "placeholder", message, help);
    }

    fn repeats_prompt(&mut self, noun: &str, list: Option<&Span>, items: &[Item]) {
        let prompt = &self.card.prompt;
        let same = |item: &Item| letters(&item.text).eq(letters(prompt)) && letters(prompt).next().is_some();
        let help = "write what a good answer says; this could be ticked without one";
        let found = (0..).zip(items).filter(|(_, item)| same(item));
        let found = found.map(|(n, _)| (n, format!("this {noun} only says the prompt again")));
        self.at_entries(list, "repeats-prompt", help, found);
    }

    fn synonyms(&mut self, list: Option<&Span>) {
        let card = self.card;
        let english = is_english(&card.language);
        let message = "this variant asks for the same as the prompt in other words";
        let help = "ask for it in another situation, or from another side; a synonym does not help";
        let found = (0..).zip(&card.variants).filter(|(_, variant)| is_synonym(&card.prompt, variant, english));
        self.at_entries(list, "synonym-variant", help, found.map(|(n, _)| (n, message.to_owned())));
    }

    fn unfit_cues(&mut self, list: Option<&Span>, items: &[Item]) {
        let loose = |(n, item): (usize, &Item)| {
            let common = item.any.iter().filter(|cue| is_english(&self.card.language) && is_loose(cue));
            common
                .map(move |cue| (n, format!("the cue word `{}` is in almost every answer", cue.trim())))
                .collect::<Vec<_>>()
        };
        let common: Vec<(usize, String)> = (0..).zip(items).flat_map(loose).collect();
        let help = "use two to eight words that nobody says by chance, or a rarer word";
        self.at_entries(list, "loose-cue", help, common.into_iter());
        let help = "a cue is a word or a few that the answer is likely to hold, such as `hindsight`";
        let unfit = |(n, item)| unfit_cues(item).into_iter().map(move |(_, why)| (n, why));
        self.at_entries(list, "unfit-cue", help, (0..).zip(items).flat_map(unfit));
    }

    fn short_limit(&mut self, span: Option<&Span>) {
        let (Some(seconds), Some(span)) = (too_long_for_limit(self.card), span) else { return };
        let (takes, limit) = (minutes_seconds(seconds), minutes_seconds(u64::from(self.card.limit)));
        let message = format!("the model answer takes {takes} aloud at {WPM} words a minute, and the limit is {limit}");
        self.warn(span.clone(), "short-limit", message, "shorten the answer, or give it more time with `limit`");
    }

    fn unused_accept(&mut self, span: Option<&Span>) {
        let Some(span) = span.filter(|_| self.card.kind != Kind::Fact) else { return };
        let kind = self.card.kind.word();
        let message = format!("`accept` counts only for cards of kind `fact`, and this one is `{kind}`");
        self.warn(span.clone(), "unused-key", message, "write the answer into `points`");
    }

    /// Warns of entries of a list, each by its position, with its message.
    fn at_entries(
        &mut self,
        list: Option<&Span>,
        check: &'static str,
        help: &str,
        found: impl Iterator<Item = (usize, String)>,
    ) {
        let mut found = found.take(MOST_FAULTS + 1).peekable();
        let Some(list) = list.filter(|_| self.findings.len() <= MOST_FAULTS && found.peek().is_some()) else { return };
        let entries = self.entries(list);
        for (n, message) in found {
            self.warn(entries.get(n).unwrap_or(list).clone(), check, message, help);
        }
    }

    /// Returns where the entries of a list are written, if the span is a list. It is parsed again: findings are rare.
    fn entries(&self, list: &Span) -> Vec<Span> {
        let text = format!("x={}", self.written(list).unwrap_or_default());
        let (root, _) = toml::de::DeTable::parse_recoverable(&text);
        let entries = root.get_ref().get("x").and_then(|list| list.get_ref().as_array());
        let place = |entry: Span| entry.start + list.start - 2..entry.end + list.start - 2;
        entries.map_or(Vec::new(), |entries| entries.iter().map(|entry| place(entry.span())).collect())
    }

    /// Returns the text of a span, unless it is too long to be searched for a place.
    fn written(&self, span: &Span) -> Option<&str> {
        const LONGEST: usize = 1 << 16;
        self.source.text.get(span.clone()).filter(|written| written.len() <= LONGEST)
    }
}

fn letters(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase)
}

/// Returns the finding for the cards of a file that have nothing to tick, at the first of these headers.
pub(super) fn no_points(source: &Source, headers: &[Span]) -> Option<Diagnostic> {
    let first = headers.iter().min_by_key(|header| header.start)?.clone();
    let message = match headers.len() {
        1 => "this card has no points and no parts: nothing in the answer can be ticked".to_owned(),
        cards => format!("{cards} cards from here on have no points and no parts: nothing can be ticked"),
    };
    let help = "write what a good answer says into `points`, two to five of a few words each";
    Some(source.info(first, "no-points", message).help(help))
}

/// Returns whether a good answer has steps that could be ticked, but neither the card nor a story of it says them.
pub(super) fn has_no_points(card: &Card) -> bool {
    let bare = card.items().next().is_none() && card.answer.is_none() && card.stories.is_empty();
    let has_steps = || match card.kind {
        Kind::Story | Kind::Plan | Kind::Weakness => true,
        Kind::Open => is_english(&card.language) && asks_for_a_time(&card.prompt),
        Kind::Motive | Kind::Ask | Kind::Fact => false,
    };
    bare && card.suspended_line.is_none() && has_steps()
}

fn asks_for_a_time(prompt: &str) -> bool {
    const OPENINGS: [&str; 8] = [
        "tell me about a time",
        "tell us about a time",
        "tell of a time",
        "describe a time",
        "describe a situation",
        "give me an example",
        "give us an example",
        "give an example",
    ];
    let start = prompt.trim_start().get(..24).unwrap_or(prompt.trim()).to_lowercase();
    OPENINGS.iter().any(|opening| start.starts_with(opening))
}

/// Words that only ask. Words that change the angle, such as `why`, `when`, `did`, `would`, and `not`, are not among them.
const ASKING: &[&str] = &[
    "a", "an", "and", "about", "are", "can", "could", "describe", "do", "explain", "is", "it", "me", "name", "of",
    "please", "say", "so", "tell", "that", "the", "to", "us", "what", "what's", "which", "you", "your",
];

/// Returns whether a variant differs from the prompt only in case, punctuation, or, in English, words that only ask.
fn is_synonym(prompt: &str, variant: &str, english: bool) -> bool {
    let words = |text: &str| {
        let lower = text.to_lowercase().replace('’', "'").replace("would you say", " ");
        let words = lower.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty());
        words.filter(|word| !english || !ASKING.contains(word)).map(str::to_owned).collect::<Vec<_>>()
    };
    let (prompt, variant) = (words(prompt), words(variant));
    !prompt.is_empty() && prompt == variant
}

/// Whether a cue is one word that is in almost every answer.
fn is_loose(cue: &str) -> bool {
    is_common(&folded_words(cue))
}

/// Returns the cue words of an item that can never match, by their position in `any`, each with the reason.
fn unfit_cues<'a>(item: &'a Item) -> Vec<(usize, String)> {
    const MOST_WORDS: usize = 6;
    let mut seen: HashMap<String, &String> = HashMap::new();
    let why = |(n, cue): (usize, &'a String)| {
        let folded = cue.to_lowercase();
        let earlier = seen.get(&folded).copied();
        seen.entry(folded).or_insert(cue);
        let words = cue.split_whitespace().count();
        if words == 0 {
            Some((n, "a cue word is empty".to_owned()))
        } else if let Some(other) = earlier {
            Some((n, format!("the cue word `{cue}` stands here already, as `{other}`; case makes no difference")))
        } else if words > MOST_WORDS || (words > 3 && cue.trim_end().ends_with(['.', '?', '!'])) {
            Some((n, "a whole sentence is no cue word: nobody says it to the letter".to_owned()))
        } else {
            None
        }
    };
    item.any.iter().enumerate().filter_map(why).collect()
}

/// Returns how many seconds the model answer takes aloud, if that exceeds the limit by more than a tenth.
fn too_long_for_limit(card: &Card) -> Option<u64> {
    let answer = card.answer.as_ref().filter(|_| card.kind != Kind::Fact)?;
    let time = |words: usize| speaking_ms(words, WPM);
    let too_long = |ms: &u64| 10 * ms > 11 * u64::from(card.limit) * 1000;
    // Counting words is slow, and most answers are short enough by their bytes: a word takes at least two.
    let most = time(answer.len() / 2 + 1);
    Some(most).filter(too_long).map(|_| time(count_words(answer))).filter(too_long).map(whole_seconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deck::parse;

    #[test]
    fn another_angle_is_not_a_synonym() {
        let prompt = "What is your weakness?";
        for synonym in ["what is your weakness", "Tell us about your weakness.", "Your weakness?"] {
            assert!(is_synonym(prompt, synonym, true), "{synonym}");
        }
        for angle in ["What is your strength?", "Why is that your weakness?", "Which weakness cost you most?"] {
            assert!(!is_synonym(prompt, angle, true), "{angle}");
        }
        assert!(!is_synonym("What did you do when it failed?", "What would you do when it failed?", true));
        assert!(!is_synonym("What do you do?", "What is it?", true), "nothing but words that ask");
        assert!(!is_synonym("Was ist a?", "Was ist?", false) && is_synonym("Was ist?", "was  ist", false));
    }

    #[test]
    fn english_rules_apply_to_every_spelling_of_english() {
        let card = "[[card]]\nprompt = \"What is your weakness?\"\nvariants = [\"Tell me your weakness.\"]\n";
        for (language, expected) in [("en", 1), ("EN", 1), ("en-GB", 1), ("en_GB", 1), ("de", 0)] {
            let text = format!("[deck]\nlanguage = \"{language}\"\n{card}");
            let (_, findings) = parse(&Source::new("a.toml", text), &[]);
            assert_eq!(findings.len(), expected, "{language}: {findings:?}");
        }
    }

    #[test]
    fn cues_that_never_match() {
        let unfit = |any: &[&str]| {
            let item = Item { text: "x".into(), any: any.iter().map(ToString::to_string).collect() };
            unfit_cues(&item).into_iter().map(|(n, _)| n).collect::<Vec<_>>()
        };
        assert_eq!(unfit(&["staff", "", " ", "Staff", "%", "over budget", "what I would do differently"]), [1, 2, 3]);
        assert_eq!(unfit(&["we would have called them.", "one two three four five six seven", "Mr."]), [0, 1]);
    }
}
