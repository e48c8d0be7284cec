//! Rules that count: time, words, sentences, and repetitions.

use std::collections::HashMap;

use super::case::{Case, Remark, quoted};
use super::runs::FEWEST;
use super::spelling::expected_words;
use crate::deck::Kind;
use crate::diagnostic::Severity;
use crate::text::{agree, count, minutes_seconds, whole_seconds};

/// The most words of a sentence that is easy to follow.
const LONG_SENTENCE: usize = 45;
/// The fewest times that make a habit, whatever the rate.
const HABIT: usize = 3;

pub(crate) fn too_long(case: &Case<'_>) -> Option<Remark> {
    let limit = u64::from(case.context.card?.limit) * 1000;
    let over = 10 * case.ms > 11 * limit;
    let about = if case.answer.ms == Some(case.ms) { "" } else { "about " };
    let time = |ms: u64| minutes_seconds(whole_seconds(ms));
    let message = || format!("{about}{} aloud, of {}. What could you cut?", time(case.ms), time(limit));
    over.then(|| Remark::new(message()))
}

pub(crate) fn too_short(case: &Case<'_>) -> Option<Remark> {
    let fewest = if case.is(Kind::Story) || case.is(Kind::Plan) { 30 } else { 15 };
    let words = case.word_count();
    (words < fewest).then(|| Remark::new(format!("{}. Is that all you want to say?", count(words, "word"))))
}

pub(crate) fn long_sentence(case: &Case<'_>) -> Option<Remark> {
    const FIRST: usize = 6;
    let long: Vec<_> = case.text.sentences.iter().filter(|words| words.len() > LONG_SENTENCE).cloned().collect();
    let longest = long.iter().map(ExactSizeIterator::len).max()?;
    let found = case.quotes(&long.iter().map(|words| words.start..words.start + FIRST).collect::<Vec<_>>());
    let message = match long.len() {
        1 => format!("the sentence that begins {} has {longest} words. Can it be two?", quoted(&found)?),
        n => format!("{n} sentences have more than {LONG_SENTENCE} words, the longest {longest}. Can each be two?"),
    };
    Some(Remark { found, message, severity: None })
}

pub(crate) fn fillers(case: &Case<'_>) -> Option<Remark> {
    let text = case.text;
    let mut found = case.own("fillers");
    // "Like" between commas; elsewhere it usually has a meaning.
    let clause = |word: usize| text.words.get(word).is_some_and(|word| word.clause);
    let alone = |&word: &usize| clause(word) && clause(word + 1) && text.folded(word) == "like";
    found.extend((0..case.word_count()).filter(alone).map(|word| word..word + 1));
    let often = found.len() >= HABIT && found.len() as u64 * 60_000 > 5 * case.ms;
    let message = format!(
        "{} in {}. Could you pause instead?",
        count(found.len(), "filler"),
        minutes_seconds(whole_seconds(case.ms).max(1))
    );
    let many = found.len() as u64 * 60_000 > 12 * case.ms;
    often.then(|| warned(case.remark(&found, &message), many)).flatten()
}

pub(crate) fn hedging(case: &Case<'_>) -> Option<Remark> {
    let found = case.own("hedging");
    let often = found.len() >= HABIT && 100 * found.len() > 6 * case.word_count();
    let advice =
        format!("{} in {}. Which of these are you sure of?", times(found.len()), count(case.word_count(), "word"));
    let many = 100 * found.len() > 10 * case.word_count();
    often.then(|| warned(case.remark(&found, &advice), many)).flatten()
}

/// Makes a remark a warning if there are many of what it found.
fn warned(remark: Option<Remark>, many: bool) -> Option<Remark> {
    remark.map(|remark| Remark { severity: many.then_some(Severity::Warning), ..remark })
}

fn times(n: usize) -> String {
    count(n, "time")
}

pub(crate) fn we_not_i(case: &Case<'_>) -> Option<Remark> {
    let said = |words: &[&str]| {
        let is = |&n: &usize| words.contains(&case.text.folded(n)) && !case.text.words[n].quoted;
        (0..case.word_count()).filter(is).map(|n| n..n + 1).collect::<Vec<_>>()
    };
    let we = said(&["we", "we'd", "we've", "we'll", "we're"]);
    let i = said(&["i", "i'd", "i've", "i'll", "i'm"]);
    let much = we.len() > HABIT && we.len() > 2 * i.len();
    let advice = format!("\"we\" {}, \"I\" {}. What did you do yourself?", times(we.len()), times(i.len()));
    much.then(|| Remark { found: case.quotes(&we[..1]), message: advice, severity: None })
}

pub(crate) fn repeats(case: &Case<'_>) -> Option<Remark> {
    const FEWEST_TIMES: usize = 5;
    const FEWEST_WORDS: usize = 50;
    let (text, words) = (case.text, case.word_count());
    if words < FEWEST_WORDS {
        return None;
    }
    let mut common = vec![false; words];
    case.hits.group("common").iter().for_each(|hit| common[hit.start] = true);
    let mut times: HashMap<&str, (usize, usize)> = HashMap::new();
    for n in (0..words).filter(|&n| !common[n] && !text.words[n].digit) {
        times.entry(text.folded(n)).or_insert((0, n)).0 += 1;
    }
    let expected = |word: &str| expected_words(case).iter().any(|name| name == word);
    let too_often = |(word, (times, first)): (&str, (usize, usize))| {
        (times >= FEWEST_TIMES && 100 * times > 4 * words && !expected(word)).then_some((first, times))
    };
    let mut often: Vec<(usize, usize)> = times.into_iter().filter_map(too_often).collect();
    often.sort_unstable_by_key(|&(first, times)| (std::cmp::Reverse(times), first));
    let (_, most) = *often.first()?;
    let found: Vec<_> = often.iter().map(|&(first, _)| first..first + 1).collect();
    let up_to = agree(found.len(), "", "up to ");
    let advice = format!("{up_to}{} in {}. Which other word could you use?", count(most, "time"), count(words, "word"));
    case.remark(&found, &advice)
}

pub(crate) fn reciting(case: &Case<'_>) -> Option<Remark> {
    let (shared, all, longest) = case.answer.before.filter(|_| case.word_count() >= FEWEST)?.shared(case.text);
    let percent = 100 * shared / all.max(1);
    let message = format!("{percent} % of it is word for word what you said last time. Can you tell it another way?");
    (10 * shared >= 6 * all).then(|| Remark { found: case.quotes(&[longest]), message, severity: None })
}
