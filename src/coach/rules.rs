//! The table of rules. Each is one row, one function, and a file `cases/RULE.txt`, whose first case is the example that
//! `coach --explain` shows.

use super::answer::TextKind::{self, Answer, Note};
use super::case::{Case, Remark};
use super::phrases::Phrases;
use super::{length, spelling, story, substance, tone};
use crate::deck::Kind::{Ask, Motive, Open, Plan, Story, Weakness};
use crate::deck::is_english;
use crate::diagnostic::Severity;

pub struct Rule {
    pub id: &'static str,
    /// How much a finding matters: `Error` is the coach's `fail`.
    pub severity: Severity,
    /// What it looks for, in a word or a few, as the end of "I checked for …".
    pub(crate) looks_for: &'static str,
    /// What it looks for, as the end of "finds …".
    pub finds: &'static str,
    pub why: &'static str,
    pub on: &'static [TextKind],
    /// Whether it looks for English words, so that it does not apply to answers in another language.
    pub(crate) english: bool,
    /// Whether it does not apply if every part and point is ticked: what it looks for may have been said in other words.
    pub(crate) ticks_win: bool,
    /// Whether a finding caps the grade. What is only missed may have been said in words the rule doesn't know.
    pub(crate) caps: bool,
    cases: &'static str,
    pub(super) check: fn(&Case<'_>) -> Option<Remark>,
}

const ALL: &[TextKind] =
    &[Answer(Open), Answer(Story), Answer(Motive), Answer(Weakness), Answer(Plan), Answer(Ask), Note];
const ANSWERS: &[TextKind] =
    &[Answer(Open), Answer(Story), Answer(Motive), Answer(Weakness), Answer(Plan), Answer(Ask)];
const STATEMENTS: &[TextKind] = &[Answer(Open), Answer(Story), Answer(Motive), Answer(Weakness), Answer(Plan)];
const STORIES: &[TextKind] = &[Answer(Story)];
const MOTIVES: &[TextKind] = &[Answer(Motive)];
const WEAKNESSES: &[TextKind] = &[Answer(Weakness)];
const PLANS: &[TextKind] = &[Answer(Plan)];
const QUESTIONS: &[TextKind] = &[Answer(Ask)];
const NOTES: &[TextKind] = &[Note];
const EXPERIENCE: &[TextKind] = &[Answer(Open), Answer(Story), Answer(Motive), Answer(Weakness)];
const OWN_WORK: &[TextKind] = &[Answer(Open), Answer(Story), Answer(Weakness)];

macro_rules! rules {
    (@flag english) => { true };
    (@flag any) => { false };
    (@flag ticks) => { true };
    (@flag words) => { false };
    (@flag caps) => { true };
    (@flag absence) => { false };
    ($($id:literal $severity:ident $on:ident $english:ident $ticks:ident $caps:ident $check:path, $for:literal,
       $finds:literal, $why:literal;)*) => {
        /// Every rule, in the order of findings of the same severity.
        pub static RULES: &[Rule] = &[$(Rule {
            id: $id,
            severity: Severity::$severity,
            looks_for: $for,
            finds: $finds,
            why: $why,
            on: $on,
            english: rules!(@flag $english),
            ticks_win: rules!(@flag $ticks),
            caps: rules!(@flag $caps),
            cases: include_str!(concat!("cases/", $id, ".txt")),
            check: $check,
        }),*];
    };
}

rules! {
    "too-long" Warning ANSWERS any words caps length::too_long, "time",
        "an answer that takes over 1.1 times the card's limit at your words a minute",
        "Your listener is lost long before the end, and your best point may be there.";
    "too-short" Warning STATEMENTS any words caps length::too_short, "length",
        "under 30 words for a story or a plan, under 15 for other answers",
        "A question worth asking deserves more than a sentence.";
    "slow-start" Info STORIES english ticks caps story::slow_start, "a quick start",
        "a story whose first three sentences have no number, no result, and none of the card's keywords",
        "A stranger waits about three sentences for the point.";
    "long-sentence" Info ALL any words caps length::long_sentence, "long sentences",
        "a sentence of more than 45 words",
        "A sentence you can't say in one breath is hard to follow by ear.";
    "long-setup" Info STORIES english words caps story::long_setup, "a long setup",
        "a story of which more than half is told before the first thing you did",
        "Listeners need just enough of the scene to understand what you did.";
    "no-challenge" Warning STORIES english ticks absence story::no_challenge, "a challenge",
        "a story without anything that was hard, missing, or to be achieved",
        "If nothing was at stake, a good ending proves nothing.";
    "no-context" Info STORIES english ticks caps story::no_context, "context",
        "a story that doesn't say when or where it was, or who was there",
        "A listener who can't place a story can't judge it.";
    "no-action" Warning STORIES english ticks caps story::no_action, "what you did",
        "a story without anything you did",
        "They want to know what you'll do for them, and can only judge by what you did elsewhere.";
    "no-result" Warning STORIES english ticks absence story::no_result, "a result",
        "a story without anything that came of it",
        "Without its end, a story is only effort. Panels score results.";
    "no-numbers" Warning STORIES english ticks caps story::no_numbers, "numbers",
        "a story without a digit, a number in words, a percent, or a currency; years, dates, and ordinals don't count",
        "Numbers show the size of what you did to people who weren't there.";
    "scale-unquantified" Warning EXPERIENCE english words caps story::scale_unquantified, "the size of a team or a budget",
        "a team, a staff, or a budget of yours with no number near it",
        "A large team is five people to one listener and five hundred to the next.";
    "no-company" Warning ANSWERS any words absence spelling::no_company, "the company",
        "an answer that should name the company, by the card's `needs`, and doesn't; other names in `also` count",
        "An answer that fits any company wasn't made for this one.";
    "no-role" Info ANSWERS any words caps spelling::no_role, "the role",
        "an answer that should name the role, by the card's `needs`, and doesn't; other names in `role_also` count",
        "Say the title, and they start to hear you in it.";
    "part-missing" Warning ANSWERS any words caps substance::part_missing, "each part of the question",
        "a part of the question that has cue words, none of which you said",
        "Every part of a question is scored, including the one you forgot.";
    "keyword-missing" Info ANSWERS any words caps substance::keyword_missing, "keywords",
        "an answer with none of the card's `keywords`; one is enough",
        "Panels listen for the words of the competency they score.";
    "blame" Error ALL english words caps tone::blame, "blame",
        "a negative phrase about a person you worked with, or an employer",
        "Whatever you say about the last place, they hear what you'll say about them.";
    "defensive" Error ALL english words caps tone::defensive, "excuses",
        "phrases that put what went wrong on others: whose fault it wasn't, who told you nothing",
        "Owning a failure shows judgment. Explaining it away shows the next one coming.";
    "no-mitigation" Error WEAKNESSES english ticks caps substance::no_mitigation, "what you do about it",
        "a weakness with nothing that you do about it",
        "They don't ask whether you have a weakness. They ask what you do about it.";
    "fake-weakness" Error WEAKNESSES english words caps tone::fake_weakness, "a real weakness",
        "a strength in disguise, or no weakness at all; only a warning if you also give a case and a remedy",
        "Everybody has heard that one, and it only shows that you'd rather not say.";
    "escape-from" Warning MOTIVES english words caps tone::escape_from, "what you're getting away from",
        "words of getting away from where you are",
        "A reason to leave fits every other place. They want a reason to come.";
    "no-forward-look" Info MOTIVES english ticks caps substance::no_forward_look, "a look ahead",
        "a motive that doesn't look ahead",
        "Every answer also answers why you want this job, and that is about the future.";
    "too-casual" Warning ALL english words caps tone::too_casual, "slang",
        "two words of slang, or two exclamation marks",
        "Comfortable is good; at home is too far.";
    "presumes-job" Warning ALL english words caps tone::presumes_job, "talking as if you had the job",
        "words as if the job were yours already; \"I will\" in a plan is fine",
        "Confidence says what you'd do, and leaves the decision to them.";
    "assumes-known" Info ANSWERS english words caps tone::assumes_known, "what they may not know",
        "words as if the panel had read your application or been there",
        "Some of them haven't read it, and the others may only score what you say in the room.";
    "fillers" Info STATEMENTS english words caps length::fillers, "fillers",
        "more than 5 fillers a minute, such as \"um\", \"you know\", \"basically\"; a warning over 12",
        "A pause sounds like thought. A filler sounds like doubt.";
    "hedging" Info STATEMENTS english words caps length::hedging, "hedging",
        "more than 6 words in 100 that take back what you say, such as \"I think\", \"maybe\", \"sort of\"; a warning over 10",
        "If you don't sound sure of it, they won't be.";
    "we-not-i" Info OWN_WORK english words caps length::we_not_i, "\"we\" without \"I\"",
        "more than twice as many \"we\" as \"I\"",
        "They can't hire your team. Say what your part was, and credit the team in one sentence.";
    "repeats" Info STATEMENTS english words caps length::repeats, "repeated words",
        "a word that carries meaning and makes up more than 4 % of the answer",
        "A word you say for the sixth time sounds like the only one you have.";
    "reciting" Warning STATEMENTS any words caps length::reciting, "reciting",
        "60 % of all runs of four words as in your last answer to the card, of 60 words or more",
        "What you memorize sounds memorized, and breaks at the first interruption.";
    "plan-phase-missing" Warning PLANS english ticks caps substance::plan_phase_missing, "the phases",
        "a plan that doesn't name all of the card's `phases`, in days or in words such as \"the first month\"",
        "Phases show that you know what has to come first.";
    "plan-no-measure" Warning PLANS english ticks absence substance::plan_no_measure, "a measure",
        "a plan that doesn't say how you'd know it was working",
        "A plan without a measure can't fail, so it promises nothing.";
    "no-breadcrumb" Info PLANS english ticks caps substance::no_breadcrumb, "what they told you",
        "a plan with no word of anything you `heard` from them",
        "They've told you what worries them. A plan that starts there is already half theirs.";
    "not-a-question" Error QUESTIONS english words caps substance::not_a_question, "a question",
        "an answer to an `ask` card that asks nothing",
        "The card is for a question, and then it's their turn to talk.";
    "weak-question" Warning QUESTIONS english words caps substance::weak_question, "what a website answers",
        "a question that a website or the first round answers, or that is only about what you get",
        "What you ask shows what you think about, and what you didn't look up.";
    "no-concerns-question" Info QUESTIONS english words caps substance::no_concerns_question, "asking for doubts",
        "questions that leave out their doubts about you, if the card asks for questions in general or for that one",
        "You can answer a doubt they voice while you're in the room. The others get decided without you.";
    "no-thanks" Warning NOTES english words caps spelling::no_thanks, "thanks",
        "a note that thanks nobody",
        "Thanks are what the note is for.";
    "name-misspelt" Warning ALL any words caps spelling::name_misspelt, "names",
        "a name that is one to three letters off from that of somebody you met",
        "Most people notice a mistake in their own name first.";
}

pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.id == id)
}

impl Rule {
    pub(super) fn applies(&self, case: &Case<'_>) -> bool {
        let context = case.context;
        let off = |rules: &[String]| rules.iter().any(|rule| rule == self.id);
        let english = context.card.is_none_or(|card| is_english(&card.language));
        let switched_off = off(context.off) || context.card.is_some_and(|card| off(&card.off));
        let outvoted = self.ticks_win && case.all_ticked();
        self.on.contains(&context.kind) && !switched_off && !outvoted && (english || !self.english)
    }

    pub(crate) fn example(&self) -> RuleExample {
        /// Keys that only tests use.
        const OF_TESTS: [&str; 3] = ["found", "severity", "before"];
        let first = self.cases.split("\n>>> fires: ").nth(1).unwrap_or_default();
        let first = first.split("\n>>> ").next().unwrap_or_default();
        let (head, text) = first.split_once('\n').unwrap_or((first, ""));
        let mut keys: Vec<&str> = head.split(" | ").collect();
        let kind = keys.remove(0);
        keys.retain(|key| !OF_TESTS.iter().any(|of_tests| key.starts_with(of_tests)));
        RuleExample { kind, keys, text: text.trim() }
    }

    pub(crate) fn has_phrases(&self) -> bool {
        Phrases::shipped().has_group(self.id)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RuleExample {
    /// The kind of the card, or `note`.
    pub(crate) kind: &'static str,
    /// Keys of the card or the interview, as they are written in a deck: `limit = 60`.
    pub(crate) keys: Vec<&'static str>,
    pub(crate) text: &'static str,
}
