//! What is weak in a card that is written without a fault.

use std::collections::HashMap;

use super::card::{Card, Kind};
use super::speaking_time::{WPM, aloud, words};
use crate::grammar::Item;
use crate::text::whole_seconds;

/// Whether a good answer to a card has steps that could be ticked, and none is written: neither parts nor points, nor a
/// model answer, nor a story that has them.
pub(crate) fn has_no_points(card: &Card, english: bool) -> bool {
    let bare = card.items().next().is_none() && card.answer.is_none() && card.stories.is_empty();
    let stepped = || match card.kind {
        Kind::Story | Kind::Plan | Kind::Weakness => true,
        Kind::Open => english && asks_for_a_time(&card.prompt),
        Kind::Motive | Kind::Ask | Kind::Fact => false,
    };
    bare && card.suspended_line.is_none() && stepped()
}

/// Whether a prompt asks for something that happened.
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

/// Words that ask and say nothing of what is asked for. Those that change the angle, such as `why`, `when`, `did`, `would`
/// and `not`, are none of them.
const ASKING: &[&str] = &[
    "a", "an", "and", "about", "are", "can", "could", "describe", "do", "explain", "is", "it", "me", "name", "of",
    "please", "say", "so", "tell", "that", "the", "to", "us", "what", "what's", "which", "you", "your",
];

/// Whether a variant asks for the same in the words of the prompt: it differs in case, in what stands between the words,
/// or, in English, in words that only ask. Other words, however near, may be another angle.
pub(crate) fn is_synonym(prompt: &str, variant: &str, english: bool) -> bool {
    let words = |text: &str| {
        let lower = text.to_lowercase().replace('’', "'").replace("would you say", " ");
        let words = lower.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty());
        words.filter(|word| !english || !ASKING.contains(word)).map(str::to_owned).collect::<Vec<_>>()
    };
    let (prompt, variant) = (words(prompt), words(variant));
    !prompt.is_empty() && prompt == variant
}

/// Why a cue word of an item can never tell anything, if it is so: each with its place in `any`.
pub(crate) fn unfit_cues<'a>(item: &'a Item) -> Vec<(usize, String)> {
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

/// How many seconds the model answer takes aloud, if it does not fit into the limit by more than a tenth.
pub(crate) fn too_long_for_limit(card: &Card) -> Option<u64> {
    let answer = card.answer.as_ref().filter(|_| card.kind != Kind::Fact)?;
    let time = |words: usize| aloud(words, WPM);
    let too_long = |ms: &u64| 10 * ms > 11 * u64::from(card.limit) * 1000;
    // A word has a letter and what parts it from the next, or is a sign of two bytes and more: most answers are short
    // enough uncounted.
    let most = time(answer.len() / 2 + 1);
    Some(most).filter(too_long).map(|_| time(words(answer))).filter(too_long).map(whole_seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_angle_is_no_synonym() {
        let prompt = "What is your greatest weakness?";
        for synonym in
            ["what is your greatest weakness", "Tell us about your greatest weakness.", "Your greatest weakness?"]
        {
            assert!(is_synonym(prompt, synonym, true), "{synonym}");
        }
        for angle in
            ["What is your greatest strength?", "Why is that your greatest weakness?", "Which weakness cost you most?"]
        {
            assert!(!is_synonym(prompt, angle, true), "{angle}");
        }
        assert!(!is_synonym("What did you do when it failed?", "What would you do when it failed?", true));
        assert!(!is_synonym("What do you do?", "What is it?", true), "nothing but words that ask");
        assert!(!is_synonym("Was ist a?", "Was ist?", false) && is_synonym("Was ist?", "was  ist", false));
    }

    #[test]
    fn cues_that_never_fit() {
        let unfit = |any: &[&str]| {
            let item = Item { text: "x".into(), any: any.iter().map(ToString::to_string).collect() };
            unfit_cues(&item).into_iter().map(|(n, _)| n).collect::<Vec<_>>()
        };
        assert_eq!(unfit(&["staff", "", " ", "Staff", "%", "over budget", "what I would do differently"]), [1, 2, 3]);
        assert_eq!(unfit(&["we would have called them.", "one two three four five six seven", "Mr."]), [0, 1]);
    }
}
