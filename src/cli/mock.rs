//! `mock`: a mock interview.

use std::collections::HashSet;

use clap::value_parser;

use super::context::Context;
use super::conversation::{Conversation, Halt, SpokenAnswer};
use super::lookup::scope_of;
use super::outlook::called;
use crate::clock::StudyDay;
use crate::collection::{Collection, MockStock};
use crate::deck::competencies::CompetencyDigest;
use crate::deck::{Interview, Interviewer, parse_round};
use crate::entry::InterviewScope;
use crate::failure::{DONE, Failure, INTERRUPTED};
use crate::history::{Body, EventId, MockScore, Review, Score};
use crate::interview::mock::{MockQuestion, MockRun, draw, own_questions, seed_of_day, suggested};
use crate::interview::scorecard::Scorecard;
use crate::queue::Filter;
use crate::render::shown_line;
use crate::schedule::Grade;
use crate::session::Names;
use crate::text::{agree, count, folded, list_of_most};

/// Hold a mock interview: timed questions, with a score for each
///
/// Every competency and qualification that the interview asks for gets one question before any gets two. Answer out loud,
/// tick what you covered, and take the suggested score or your own. Run it again on the same day to continue after an
/// interruption. The schedule of the cards does not change, unless you pass `--count`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The interviewers ask in turn
    #[arg(long)]
    panel: bool,
    /// Show each question only once: Enter clears it, `r` repeats it, `n TEXT` takes a note
    #[arg(long)]
    listen: bool,
    /// Stop starting questions after N minutes
    #[arg(long, value_name = "N", default_value_t = 45, value_parser = value_parser!(u32).range(1..=1440))]
    minutes: u32,
    /// At most N questions
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = value_parser!(u32).range(1..=100))]
    questions: u32,
    /// Questions for this round of interview [default: that of the interview]
    #[arg(long, value_name = "N", value_parser = parse_round)]
    round: Option<u8>,
    /// Draw the questions of this number [default: others every day]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Also record each answer as a review of its card
    #[arg(long)]
    count: bool,
    /// What this interview asks for, and who asks [default: the next one]
    #[arg(long, value_name = "ID")]
    interview: Option<String>,
}

pub(crate) fn run(context: &Context, args: &Args) -> Result<u8, Failure> {
    context.no_json("mock", "questions and reads answers; `rehearse log --all --json` has the scores")?;
    let mut collection = context.open_to_record()?;
    let today = context.today(&collection);
    let scene = Scene::find(&collection, args, today)?;
    let mut stock = collection.mock_stock(&scene.filter(args), today)?;
    let competencies = scene.competencies(&stock);
    let plan = MockPlan::find(&collection, args, (&scene, &competencies), &mut stock, today)?;
    let conversation = Conversation::new(context, args.listen, plan.spent_ms)?;
    let mut mock = MockInterview { context, args, collection: &mut collection, scene, stock, plan, conversation };
    let held = match mock.hold() {
        Err(Halt::Quit) => mock.stopped().map(|()| DONE).map_err(Halt::from),
        held => held.map(|()| DONE),
    };
    match held {
        Ok(code) => Ok(code),
        Err(Halt::Failed(failure)) => Err(failure),
        Err(_) => context.remark("Interrupted. What was saved stays saved.").map(|()| INTERRUPTED),
    }
}

/// The interview that is rehearsed, as far as it is known.
struct Scene {
    scope: Option<InterviewScope>,
    people: Vec<Interviewer>,
}

impl Scene {
    fn find(collection: &Collection, args: &Args, today: StudyDay) -> Result<Self, Failure> {
        let id = match &args.interview {
            Some(id) => Some(id.clone()),
            None => collection.next_interview(today)?.map(|(interview, _)| interview.id),
        };
        let mut scope = scope_of(collection, id.as_deref())?;
        if let (Some(scope), Some(round)) = (&mut scope, args.round) {
            scope.interview.round = Some(round.into());
        }
        let deck = scope.as_ref().map(|scope| collection.deck(&scope.file)).transpose()?.flatten();
        Ok(Scene { scope, people: deck.map(|deck| deck.interviewers).unwrap_or_default() })
    }

    fn filter(&self, args: &Args) -> Filter {
        Filter { round: args.round.map(i64::from), interview: self.scope.clone(), ..Filter::default() }
    }

    fn interview(&self) -> Option<&Interview> {
        self.scope.as_ref().map(|scope| &scope.interview)
    }

    /// Returns what the interview asks for, else what the cards show.
    fn competencies(&self, stock: &MockStock) -> Vec<String> {
        let mut seen = HashSet::new();
        let mut titles: Vec<String> = self.asked_for().filter(|title| seen.insert(folded(title))).cloned().collect();
        if titles.is_empty() {
            let shown = stock.cards.iter().flat_map(|card| &card.card.shows);
            titles = shown.filter(|title| seen.insert(folded(title))).cloned().collect();
            titles.sort_by_key(|title| folded(title));
        }
        titles
    }

    fn asked_for(&self) -> impl Iterator<Item = &String> {
        let interview = self.interview().into_iter();
        interview.flat_map(|interview| interview.competencies.iter().chain(&interview.qualifications))
    }

    /// Returns who asks a question, by name and title; without `--panel` always the first of them.
    fn asker(&self, nth: usize, panel: bool) -> Option<String> {
        const MEMBERS: usize = 3;
        let turn = if panel { nth } else { 0 };
        match self.people.len() {
            0 => panel.then(|| format!("Panel member {}", turn % MEMBERS + 1)),
            people => {
                let Interviewer { name, title, .. } = &self.people[turn % people];
                let title = title.as_deref().map(|title| format!(", {}", shown_line(title))).unwrap_or_default();
                Some(format!("{}{title}", shown_line(name)))
            }
        }
    }

    /// Returns the names that fill the texts of a question.
    fn names(&self, nth: usize, panel: bool) -> Names {
        let interview = self.interview();
        let turn = if panel { nth % self.people.len().max(1) } else { 0 };
        Names {
            company: interview.and_then(|interview| interview.company.clone()),
            role: interview.and_then(|interview| interview.role.clone()),
            interviewer: self.people.get(turn).map(|person| person.name.clone()),
        }
    }
}

/// What is asked, and which of it has a score from before an interruption.
struct MockPlan {
    seed: u64,
    questions: Vec<MockQuestion>,
    answered: Vec<bool>,
    /// The first event of this mock interview.
    first: Option<EventId>,
    /// How long the answers before an interruption took.
    spent_ms: u64,
}

impl MockPlan {
    /// Finds the mock interview of today that is not complete, or draws a new one.
    fn find(
        collection: &Collection,
        args: &Args,
        (scene, competencies): (&Scene, &[String]),
        stock: &mut MockStock,
        today: StudyDay,
    ) -> Result<Self, Failure> {
        let id = scene.interview().map_or("", |interview| &interview.id);
        let mut runs = collection.mock_runs()?;
        runs.retain(|run| run.is_of(today));
        let mut nth = 0;
        loop {
            let seed = args.seed.unwrap_or_else(|| seed_of_day(today, id, nth));
            let drawing = Drawing { collection, competencies, wanted: args.questions as usize, seed };
            let mut complete = false;
            for run in runs.iter().rev() {
                let Some(plan) = drawing.continued(run, stock)? else { continue };
                let time_left = plan.spent_ms < u64::from(args.minutes) * 60_000;
                if plan.answered.contains(&false) && time_left {
                    return Ok(plan);
                }
                complete = true;
            }
            // After a complete one, other questions come, unless these are asked for. Two draws can be the same.
            if !complete || args.seed.is_some() || nth >= runs.len() as u64 {
                return Ok(drawing.fresh(stock));
            }
            nth += 1;
        }
    }

    fn left(&self) -> usize {
        self.answered.iter().filter(|answered| !**answered).count()
    }
}

struct Drawing<'a> {
    collection: &'a Collection,
    competencies: &'a [String],
    wanted: usize,
    seed: u64,
}

impl Drawing<'_> {
    fn fresh(&self, stock: &MockStock) -> MockPlan {
        let questions = draw(self.seed, self.competencies, &stock.cards, self.wanted);
        MockPlan { seed: self.seed, answered: vec![false; questions.len()], questions, first: None, spent_ms: 0 }
    }

    /// Returns what is left of a mock interview, if these are its questions. What it counted as reviews of cards is not
    /// counted here, so that the draw is the same.
    fn continued(&self, run: &MockRun, stock: &mut MockStock) -> Result<Option<MockPlan>, Failure> {
        let mut counted = Vec::new();
        for (n, card) in stock.cards.iter_mut().enumerate() {
            if let Some(since) = run.asked_since(&card.id) {
                let after = self.collection.reviews_after(&card.id, since)?.min(card.reviews);
                card.reviews -= after;
                counted.push((n, after));
            }
        }
        let fresh = self.fresh(stock);
        let answered = run.answered(&fresh.questions, &stock.cards);
        counted.into_iter().for_each(|(n, after)| stock.cards[n].reviews += after);
        let continued = |answered| MockPlan { answered, first: Some(run.first), spent_ms: run.spoken_ms(), ..fresh };
        Ok(answered.map(continued))
    }
}

struct MockInterview<'a> {
    context: &'a Context,
    args: &'a Args,
    collection: &'a mut Collection,
    scene: Scene,
    stock: MockStock,
    plan: MockPlan,
    conversation: Conversation<'a>,
}

impl MockInterview<'_> {
    fn hold(&mut self) -> Result<(), Halt> {
        self.greet()?;
        for nth in 0..self.plan.questions.len() {
            if self.plan.answered[nth] {
                continue;
            }
            if self.conversation.used_ms() >= u64::from(self.args.minutes) * 60_000 {
                let left = self.plan.left();
                let were = agree(left, "was", "were");
                let minutes = count(self.args.minutes as usize, "minute");
                let are = agree(self.args.minutes as usize, "is", "are");
                let time = format!("The {minutes} {are} up. {} {were} not asked.", count(left, "question"));
                self.conversation.line(&format!("\n{time}"))?;
                break;
            }
            self.ask(nth)?;
        }
        self.close()
    }

    fn greet(&mut self) -> Result<(), Failure> {
        const HOW: &str = "Answer out loud, then press Enter. (? for help, q to quit)";
        let whose = self.scene.interview().map(|interview| format!(" for {}", called(interview)));
        let whose = whose.unwrap_or_default();
        let (questions, left) = (self.plan.questions.len(), self.plan.left());
        let what = match left < questions {
            true => format!(
                "This continues today's mock interview{whose}: {left} of {questions} questions {} no score yet.",
                agree(left, "has", "have")
            ),
            false => format!(
                "Mock interview{whose}: {} in {}.",
                count(questions, "question"),
                count(self.args.minutes as usize, "minute")
            ),
        };
        self.conversation.line(&format!("{what} {HOW}"))?;
        self.what_is_missing().iter().try_for_each(|line| self.context.remark(line))
    }

    /// Asks one question and records its score, which is durable before anything else is shown.
    fn ask(&mut self, nth: usize) -> Result<(), Halt> {
        let question = self.plan.questions[nth].clone();
        let (names, of) = (self.scene.names(nth, self.args.panel), self.plan.questions.len());
        let number = format!("{} of {of}", nth + 1);
        let header = match self.scene.asker(nth, self.args.panel) {
            Some(asker) => format!("{asker} ({number})"),
            None => format!("Question {number}"),
        };
        self.conversation.line("")?;
        self.conversation.named_line(&self.context.paint().dim(&header))?;
        let fills = question.card.is_some();
        let prompt = if fills { names.fill(&question.prompt) } else { question.prompt.clone() };
        let answer = self.conversation.ask(&prompt, question.limit)?;
        let card = question.card.map(|card| &self.stock.cards[card].card);
        let items: Vec<String> = card.iter().flat_map(|card| card.items()).map(|item| names.fill(item)).collect();
        let follow_up = question.follow_up.as_deref().map(|text| names.fill(text));
        let ticks = self.conversation.cover(answer, follow_up.as_deref(), &items)?;
        let suggested = ticks.as_ref().and_then(|ticks| suggested(items.len(), ticks, answer.ms, question.limit));
        let title = question.competency.as_deref().unwrap_or("This answer");
        let score = self.conversation.score(title, suggested)?;
        let points = ticks.as_ref().and(u16::try_from(items.len()).ok());
        let SpokenAnswer { ms, again } = answer;
        let card = question.card.map(|card| self.stock.cards[card].id.clone());
        let (first, competency) = (self.plan.first, question.digest());
        self.record(nth, MockScore { card, score, suggested, ms, ticks, points, first, competency, again })?;
        Ok(())
    }

    fn record(&mut self, nth: usize, score: MockScore) -> Result<(), Failure> {
        let now = self.context.now();
        let review = score.card.clone().filter(|_| self.args.count).and_then(|card| {
            let mut review = Review::new(card, Grade::new(score.score.get())?);
            review.proposed = score.suggested.map(Score::get).and_then(Grade::new);
            (review.ms, review.ticks, review.points) = (score.ms, score.ticks.clone(), score.points);
            Some(review)
        });
        let body = Body::Mock(Box::new(score));
        let store = &mut self.collection.store;
        let id = match review {
            None => store.record(now, body)?.id,
            Some(review) => {
                let (card, grade) = (review.card.clone(), review.grade);
                let [mock, reviewed] = store.record_both(now, [body, Body::Review(review)])?;
                let scope = self.plan.questions[nth].card.map(|card| self.stock.scopes[card]).unwrap_or_default();
                let due = reviewed.state.and_then(|state| self.collection.upcoming.due(&state, scope));
                let next = due.map(|day| day.to_string()).unwrap_or_default();
                self.conversation.line(&format!("saved {card} grade {grade}, next {next}"))?;
                mock.id
            }
        };
        self.plan.first = self.plan.first.or(Some(id));
        self.plan.answered[nth] = true;
        Ok(())
    }

    /// Lets you ask your own questions and say goodbye, and shows the scorecard.
    fn close(&mut self) -> Result<(), Halt> {
        self.conversation.line("\nWhat questions do you have for us?")?;
        let (names, paint) = (self.scene.names(0, false), self.context.paint());
        let tags: Vec<&[String]> = self.stock.own.iter().map(|card| card.tags.as_slice()).collect();
        let chosen = own_questions(self.plan.seed, &tags);
        let mut own: Vec<String> = chosen.into_iter().map(|n| names.fill(&self.stock.own[n].prompt)).collect();
        if own.is_empty() {
            own = OWN.map(str::to_owned).to_vec();
        }
        own.iter().try_for_each(|question| self.conversation.line(&paint.block(question)))?;
        self.conversation.wait()?;
        self.conversation.line("Thank them and say goodbye.")?;
        if self.args.panel && !self.scene.people.is_empty() {
            let people: Vec<String> = self.scene.people.iter().map(|person| shown_line(&person.name)).collect();
            self.conversation.line(&paint.under(&people.join(", "), 2))?;
        }
        self.conversation.wait()?;
        self.scorecard()?;
        self.what_would_help().iter().try_for_each(|line| self.context.remark(line))?;
        Ok(())
    }

    fn scorecard(&mut self) -> Result<(), Failure> {
        let mut runs = self.collection.mock_runs()?;
        // Without a question nothing has a score.
        let Some(at) = runs.iter().position(|run| Some(run.first) == self.plan.first) else { return Ok(()) };
        runs.truncate(at + 1);
        let titles: Vec<&str> =
            self.plan.questions.iter().filter_map(|question| question.competency.as_deref()).collect();
        let title = |digest: CompetencyDigest| {
            let named = titles.iter().find(|title| CompetencyDigest::of_title(title) == digest);
            named.map(|title| shown_line(title)).unwrap_or_default()
        };
        let Some((run, before)) = runs.split_last() else { return Ok(()) };
        self.conversation.line("")?;
        Scorecard::new(run, before).lines(title).iter().try_for_each(|line| self.conversation.named_line(line))
    }

    /// Says what is saved after `q` or the end of the input.
    fn stopped(&mut self) -> Result<(), Failure> {
        let (of, left) = (self.plan.questions.len(), self.plan.left());
        self.conversation.line(&match of - left {
            0 => "Stopped: nothing has a score yet.".to_owned(),
            scored => format!(
                "Stopped: {scored} of {of} questions {} a score, which is saved. Run the same command today to continue.",
                agree(scored, "has", "have")
            ),
        })
    }

    /// Returns what is not known about the interview, and how to change that.
    fn what_is_missing(&self) -> Vec<String> {
        let mut lines = Vec::new();
        match &self.scene.scope {
            None => lines.push(
                "No interview is coming up, so these questions fit any. Run `rehearse interview add` to add yours."
                    .to_owned(),
            ),
            Some(InterviewScope { file, .. }) => {
                let file = shown_line(file);
                if self.scene.asked_for().next().is_none() {
                    lines.push(format!(
                        "`competencies` and `qualifications` are missing in {file}. If you add what the posting asks for, each is asked and scored."
                    ));
                }
                if self.scene.people.is_empty() {
                    lines.push(format!(
                        "No `[[interviewer]]` is in {file}. If you add who you will meet, they ask by name and title."
                    ));
                }
            }
        }
        if self.stock.cards.is_empty() {
            lines.push(match &self.scene.scope {
                Some(InterviewScope { file, .. }) => format!(
                    "No card is in scope, so these are general questions. See `decks`, `tags`, and `round` in {}.",
                    shown_line(file)
                ),
                None => "There are no cards, so these are general questions. Run `rehearse init` to add starter decks."
                    .to_owned(),
            });
        }
        lines
    }

    /// Returns what was missing for the questions that were asked, and how to add it.
    fn what_would_help(&self) -> Vec<String> {
        let general = self.plan.questions.iter().filter(|question| question.card.is_none());
        let mut seen = HashSet::new();
        let without: Vec<String> = general
            .filter_map(|question| question.competency.as_ref())
            .filter(|title| seen.insert(folded(title)))
            .map(|title| shown_line(title))
            .collect();
        let mut lines = Vec::new();
        if !without.is_empty() && !self.stock.cards.is_empty() {
            lines.push(format!(
                "No card is left for {}. Run `rehearse add` to write one; `shows` names what it is about.",
                list_of_most(&without, 3)
            ));
        }
        if self.stock.stories == 0 {
            lines.push("You have no stories yet. Run `rehearse add --story stories.toml` to write one.".to_owned());
        }
        if self.stock.own.is_empty() {
            lines.push(
                "No question of your own is in scope. Run `rehearse add --kind ask` to write down what you want to ask."
                    .to_owned(),
            );
        }
        lines
    }
}

/// What you could ask if no card with a question of your own is in scope.
const OWN: [&str; 3] = [
    "What would you like to see done in the first six months?",
    "What's the best thing about working here?",
    "What concerns do you have about me in this role?",
];
