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
    /// What it looks for, as the end of "finds …".
    pub finds: &'static str,
    pub why: &'static str,
    pub on: &'static [TextKind],
    /// Whether it looks for English words, so that it does not apply to answers in another language.
    pub(crate) english: bool,
    /// Whether it does not apply if every part and point is ticked: what it looks for may have been said in other words.
    pub(crate) ticks_win: bool,
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
    ($($id:literal $severity:ident $on:ident $english:ident $ticks:ident $check:path, $finds:literal, $why:literal;)*) => {
        /// Every rule, in the order of findings of the same severity.
        pub static RULES: &[Rule] = &[$(Rule {
            id: $id,
            severity: Severity::$severity,
            finds: $finds,
            why: $why,
            on: $on,
            english: rules!(@flag $english),
            ticks_win: rules!(@flag $ticks),
            cases: include_str!(concat!("cases/", $id, ".txt")),
            check: $check,
        }),*];
    };
}

rules! {
    "too-long" Warning ANSWERS any words length::too_long,
        "an answer that takes over 1.1 times the card's limit at your words a minute",
        "Whoever listens is lost long before the end, and the best of it may stand there.";
    "too-short" Warning STATEMENTS any words length::too_short,
        "under 30 words for a story or a plan, under 15 for other answers",
        "A question that was worth asking wants more than a sentence.";
    "slow-start" Info STORIES english ticks story::slow_start,
        "a story whose first three sentences hold no number, no result and none of the card's keywords",
        "Three sentences is about how long a stranger waits for the point.";
    "long-sentence" Info ALL any words length::long_sentence,
        "a sentence of more than 45 words",
        "What cannot be said in one breath is hard to follow by ear.";
    "long-setup" Info STORIES english words story::long_setup,
        "a story of which more than half is told before the first thing that you did",
        "The scene is there for the deed: only what is needed to understand it, then what you did.";
    "no-challenge" Warning STORIES english ticks story::no_challenge,
        "a story without anything that was hard, missing, or to be achieved",
        "Where nothing was at stake, nothing is proved by how it went.";
    "no-context" Info STORIES english ticks story::no_context,
        "a story that tells neither when nor where it was, nor with whom",
        "A listener who cannot place a story cannot weigh it.";
    "no-action" Warning STORIES english ticks story::no_action,
        "a story without anything that you did",
        "They want to know what you will do in their house, and can only judge by what you did in another.";
    "no-result" Warning STORIES english ticks story::no_result,
        "a story without anything that came of it",
        "Without its end a story is effort; panels score results.";
    "no-numbers" Warning STORIES english ticks story::no_numbers,
        "a story without a digit, a number in words, a per cent or a currency",
        "Numbers tell the size of what you did to people who were not there.";
    "scale-unquantified" Warning EXPERIENCE english ticks story::scale_unquantified,
        "a team, a staff or a budget of yours that is called large, or that you led or changed, with no number near it",
        "A large team is five people to one listener and five hundred to the next.";
    "no-company" Warning ANSWERS any words spelling::no_company,
        "an answer that should name the company, by the card's `needs`, and does not; other names in `also` count",
        "An answer that would fit any company was made for none.";
    "no-role" Info ANSWERS any words spelling::no_role,
        "an answer that should name the post, by the card's `needs`, and does not; other names in `role_also` count",
        "Who says the title aloud is already heard in it.";
    "part-missing" Warning ANSWERS any words substance::part_missing,
        "a part of the question that has cue words, none of which is said",
        "In a question of several parts every part is scored, also the one that was forgotten.";
    "keyword-missing" Info ANSWERS any words substance::keyword_missing,
        "an answer with none of the card's `keywords`; one is enough",
        "Panels listen for the words of the competency they score.";
    "blame" Error ALL english words tone::blame,
        "a negative phrase about a person you worked with, or an employer",
        "Whatever you say of the last place, they hear what you will say of them.";
    "defensive" Error ALL english words tone::defensive,
        "phrases that put what went wrong on others: whose fault it was not, who told you nothing",
        "A failure that is owned shows judgement; one that is explained away shows the next one coming.";
    "no-mitigation" Error WEAKNESSES english ticks substance::no_mitigation,
        "a weakness with nothing that you do about it",
        "They do not ask whether you have a weakness, they ask what you do with one.";
    "fake-weakness" Error WEAKNESSES english words tone::fake_weakness,
        "a strength in disguise, or no weakness at all; a warning only where a case and a remedy are told",
        "Everybody has heard that one, and learns from it only that you would rather not say.";
    "escape-from" Warning MOTIVES english words tone::escape_from,
        "words of getting away from where you are",
        "A reason to leave fits every other place; they want a reason to come.";
    "no-forward-look" Info MOTIVES english ticks substance::no_forward_look,
        "a motive that does not look ahead",
        "Every answer also answers why you want this job, and that lies in the future.";
    "too-casual" Warning ALL english words tone::too_casual,
        "two words of slang, or two exclamation marks",
        "At ease is good; at home is a step too far in somebody else's.";
    "presumes-job" Warning ALL english words tone::presumes_job,
        "words as if the job were yours already; \"I will\" in a plan is none",
        "Confidence says what you would do, and leaves them the decision.";
    "assumes-known" Info ANSWERS english words tone::assumes_known,
        "words as if the panel had read your application or been there",
        "Some of them have not read it, and the others may score only what is said in the room.";
    "fillers" Info STATEMENTS english words length::fillers,
        "more than 5 fillers a minute, such as \"um\", \"you know\", \"basically\"",
        "A pause sounds like thought where a filler sounds like doubt.";
    "hedging" Info STATEMENTS english words length::hedging,
        "more than 6 words in 100 that take back what is said, such as \"I think\", \"maybe\", \"sort of\"",
        "What you seem not to believe they need not believe either.";
    "we-not-i" Info OWN_WORK english words length::we_not_i,
        "more than twice as many \"we\" as \"I\"",
        "They may not hire the others: say what your part was, and give the team its due in one sentence.";
    "repeats" Info STATEMENTS english words length::repeats,
        "a word that carries meaning and makes up more than 4 % of the answer",
        "A word said for the sixth time is heard as the only one you have.";
    "reciting" Warning STATEMENTS any words length::reciting,
        "60 % of all runs of four words as in your last answer to the card, of 60 words or more",
        "What is learnt by heart sounds so, and breaks at the first question in between.";
    "plan-phase-missing" Warning PLANS english ticks substance::plan_phase_missing,
        "a plan that does not name all of the card's `phases`, in days or in words such as \"the first month\"",
        "The phases show that you know what must come before what.";
    "plan-no-measure" Warning PLANS english ticks substance::plan_no_measure,
        "a plan that does not say how one would know that it works",
        "A plan without a measure cannot fail, so it promises nothing.";
    "no-breadcrumb" Info PLANS english ticks substance::no_breadcrumb,
        "a plan with no word of anything you `heard` from them",
        "They have told you what weighs on them; a plan that begins there is theirs already.";
    "not-a-question" Error QUESTIONS english words substance::not_a_question,
        "an answer to an `ask` card that asks nothing",
        "The card is for a question, and the silence after it belongs to them.";
    "weak-question" Warning QUESTIONS english words substance::weak_question,
        "a question that a website or the first round answers, or that is only about what you get",
        "What you ask shows what you think about, and what you did not look up.";
    "no-concerns-question" Info QUESTIONS english words substance::no_concerns_question,
        "questions that leave out their doubts about you, where the card asks for questions in general or for that one",
        "A doubt that is spoken while you are in the room can be answered; any other decides without you.";
    "no-thanks" Warning NOTES english words spelling::no_thanks,
        "a note that thanks nobody",
        "It is what the note is for.";
    "name-misspelt" Warning NOTES any words spelling::name_misspelt,
        "a name that is one to three letters off that of somebody you met",
        "Most people read their own name first.";
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
