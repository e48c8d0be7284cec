//! `debrief`: what to keep from an interview that was just held.

use super::context::Context;
use super::lookup::held_interview;
use super::outlook::{called, company};
use super::questions::{LineReply, reply};
use crate::clock::StudyDay;
use crate::collection::{Collection, OwnDebrief};
use crate::deck::{CardId, Deck, Interviewer, Meeting, Outcome, Went};
use crate::entry::InterviewScope;
use crate::failure::{DONE, Failure};
use crate::history::Body;
use crate::interview::{
    CardHint, DebriefFile, NewCard, NotEditable, Question, category, doubt_prompt, matching_cards, matching_story,
    not_thanked, people, person, split_name, split_speaker,
};
use crate::render::shown_line;
use crate::text::{count, folded};

/// Write down what an interview was like, while you remember
///
/// Asks one question after the other about the interview you had last: what they asked, what fit, what they doubted. Type one
/// entry per line; Enter alone goes on to the next question, `q` stops. Each line is saved before the next question, in a file
/// of its own beside the interview's, so you can stop at any time and continue later. What went badly and what they doubted
/// is due at once, and all of it is in scope for later rounds at the same company.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The interview, instead of the last one held
    #[arg(long, value_name = "ID")]
    interview: Option<String>,
    /// Only record how it ended: `offer`, `next round`, `no`, or `withdrawn`
    #[arg(long, value_name = "HOW", value_parser = parse_outcome)]
    outcome: Option<Outcome>,
}

/// After how many days much is forgotten.
const FRESH: i64 = 2;

fn parse_outcome(words: &str) -> Result<Outcome, String> {
    Outcome::parse(words).ok_or_else(|| "it ended with `offer`, `next round`, `no`, or `withdrawn`".to_owned())
}

pub(crate) fn run(context: &Context, args: &Args) -> Result<u8, Failure> {
    context.no_json("debrief", "questions, and reads your answers")?;
    let collection = context.open_to_record()?;
    let today = context.today(&collection);
    let Some(scope) = held_interview(&collection, args.interview.as_deref(), today)? else {
        context
            .line("No interview was held yet. `rehearse interview add` writes a file for one; come back after it.")?;
        return Ok(DONE);
    };
    let own = collection.own_debrief(&scope)?;
    let mut debriefing = Debriefing { context, collection, scope, own, today };
    if let Some(outcome) = args.outcome {
        debriefing.change(|file| file.set_outcome(outcome))?;
        let (name, file) = (called(&debriefing.scope.interview), shown_line(&debriefing.own.file));
        context.line(&format!("{name}: {}. Noted in {file}.", outcome.words()))?;
        return Ok(DONE);
    }
    debriefing.ask_all()?;
    Ok(DONE)
}

/// Whether the questions go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    Next,
    Stop,
}

struct Debriefing<'a> {
    context: &'a Context,
    collection: Collection,
    scope: InterviewScope,
    own: OwnDebrief,
    today: StudyDay,
}

impl Debriefing<'_> {
    fn change(&self, mut change: impl FnMut(&mut DebriefFile) -> Result<(), NotEditable>) -> Result<(), Failure> {
        Ok(self.collection.change_debrief(&self.own, &mut change)?)
    }

    /// Returns the debrief as it is now.
    fn kept(&self) -> Result<Deck, Failure> {
        Ok(self.collection.read_debrief(&self.own)?.unwrap_or_default())
    }

    fn ask_all(&mut self) -> Result<(), Failure> {
        let next = self.kept()?.debrief.and_then(|debrief| debrief.next);
        self.introduce(next.is_some())?;
        for question in Question::from(next.as_deref()) {
            let flow = match question {
                Question::Outcome => self.ask_outcome()?,
                _ => self.ask(question)?,
            };
            if flow == Flow::Stop {
                return self.say_stopped();
            }
            self.change(|file| file.set_next(question.next()))?;
        }
        self.finish()
    }

    fn introduce(&self, continued: bool) -> Result<(), Failure> {
        let interview = &self.scope.interview;
        let date = interview.date.unwrap_or(self.today);
        let when = match self.today.since(date) {
            0 => "today".to_owned(),
            1 => "yesterday".to_owned(),
            days => format!("{days} days ago"),
        };
        self.context.line(&format!("{}, {when}.", called(interview)))?;
        if self.today.since(date) > FRESH {
            self.context.line("Most of an interview is forgotten after two days. Write down what you are sure of.")?;
        }
        if continued {
            self.context.line("You stopped here last time:")?;
        }
        Ok(())
    }

    fn ask(&mut self, question: Question) -> Result<Flow, Failure> {
        self.context.line(&question.text())?;
        for line in self.noted(question)? {
            self.context.line(&format!("  {}", shown_line(&line)))?;
        }
        loop {
            match reply(self.context, ">")? {
                LineReply::Nothing => break,
                LineReply::End => return Ok(Flow::Stop),
                LineReply::Line(line) if line == "q" => return Ok(Flow::Stop),
                LineReply::Line(line) => {
                    if self.enter(question, &line)? == Flow::Stop {
                        return Ok(Flow::Stop);
                    }
                }
            }
        }
        if question == Question::Asked && self.ask_left_open()? == Flow::Stop {
            return Ok(Flow::Stop);
        }
        if let Some(list) = list_of(question) {
            self.change(|file| file.add_to_list(list, None))?;
        }
        Ok(Flow::Next)
    }

    /// Returns what was entered for a question before.
    fn noted(&self, question: Question) -> Result<Vec<String>, Failure> {
        let deck = self.kept()?;
        let debrief = deck.debrief.unwrap_or_default();
        Ok(match question {
            Question::Asked => deck.asked.into_iter().map(|asked| asked.question).collect(),
            Question::Fit => debrief.fit,
            Question::Liked => debrief.liked,
            Question::Unsaid => debrief.unsaid,
            Question::Advice => debrief.advice,
            Question::Met => deck.interviewers.into_iter().map(|person| person.name).collect(),
            _ => Vec::new(),
        })
    }

    /// Saves an entry, in the form that its question asks for.
    fn enter(&mut self, question: Question, line: &str) -> Result<Flow, Failure> {
        match question {
            Question::Asked => return self.enter_asked(line),
            Question::Doubted => self.enter_doubt(line)?,
            Question::Matters | Question::Struggles | Question::Goals => self.enter_heard(line)?,
            Question::Told => self.enter_told(line)?,
            Question::Ask => {
                let card = NewCard { prompt: line, kind: Some(("ask", category(line))) };
                self.change(|file| file.add_card(&card))?;
            }
            Question::Met => self.enter_met(line)?,
            Question::Fit | Question::Liked | Question::Unsaid | Question::Advice | Question::Outcome => {
                if let Some(list) = list_of(question) {
                    self.change(|file| file.add_to_list(list, Some(line)))?;
                }
            }
        }
        Ok(Flow::Next)
    }

    /// Saves a question that was asked, then finds its card, then asks how the answer went: each is saved before the next.
    fn enter_asked(&mut self, question: &str) -> Result<Flow, Failure> {
        self.change(|file| file.add_asked(question))?;
        let known = self.kept()?.asked.into_iter().find(|asked| asked.question == question);
        let card = match known.and_then(|asked| asked.card).and_then(|id| CardId::parse(&id)) {
            Some(card) => card,
            None => match self.find_card(question)? {
                Some(card) => card,
                None => return Ok(Flow::Stop),
            },
        };
        self.ask_how_it_went(question, &card)
    }

    /// Asks which card a question is; one that is on no card becomes a card. `None` if the questions stop.
    fn find_card(&mut self, question: &str) -> Result<Option<CardId>, Failure> {
        let all = self.collection.store.all()?.into_iter().filter(|entry| entry.place.is_some());
        let cards: Vec<CardHint> =
            all.map(|entry| CardHint { id: entry.card.to_string(), prompt: entry.prompt }).collect();
        for card in matching_cards(question, &cards) {
            let Some(id) = CardId::parse(&card.id) else { continue };
            let name = if id.looks_derived() { format!("\"{}\"", card.prompt) } else { card.id.clone() };
            match self.ask_yes(&format!("Is it {}? (y/n)", shown_line(&name)))? {
                None => return Ok(None),
                Some(true) => {
                    self.change(|file| file.set_asked(question, Some(&id), None))?;
                    return Ok(Some(id));
                }
                Some(false) => {}
            }
        }
        let id = CardId::derived(question);
        self.change(|file| {
            file.add_card(&NewCard { prompt: question, kind: None })?;
            file.set_asked(question, Some(&id), None)
        })?;
        self.context.line("That is a new card.")?;
        Ok(Some(id))
    }

    /// Asks until the answer is yes or no; `None` if the questions stop.
    fn ask_yes(&self, question: &str) -> Result<Option<bool>, Failure> {
        self.ask_until(question, "`y` for yes, `n` for no", |line| match line.to_lowercase().as_str() {
            "y" | "yes" => Some(true),
            "n" | "no" => Some(false),
            _ => None,
        })
    }

    /// Asks until an answer can be read; `None` if the questions stop.
    fn ask_until<T>(&self, question: &str, how: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Failure> {
        loop {
            self.context.line(question)?;
            match reply(self.context, ">")? {
                LineReply::End => return Ok(None),
                LineReply::Line(line) if line == "q" => return Ok(None),
                LineReply::Nothing => {}
                LineReply::Line(line) => {
                    if let Some(answer) = parse(&line) {
                        return Ok(Some(answer));
                    }
                }
            }
            self.context.line(&format!("Please try again: {how}."))?;
        }
    }

    fn ask_how_it_went(&mut self, question: &str, card: &CardId) -> Result<Flow, Failure> {
        let Some(went) = self.ask_until("Good or shaky?", "`g` for good, `s` for shaky", Went::parse)? else {
            return Ok(Flow::Stop);
        };
        let before = self.kept()?.asked.into_iter().find(|asked| asked.question == question);
        if went == Went::Shaky && before.and_then(|asked| asked.went) != Some(Went::Shaky) {
            self.bring(card)?;
        }
        self.change(|file| file.set_asked(question, None, Some(went)))?;
        Ok(Flow::Next)
    }

    /// Asks about questions that were entered before the last run was interrupted.
    fn ask_left_open(&mut self) -> Result<Flow, Failure> {
        let open: Vec<String> =
            self.kept()?.asked.into_iter().filter(|asked| asked.went.is_none()).map(|asked| asked.question).collect();
        for question in open {
            self.context.line(&format!("  {}", shown_line(&question)))?;
            if self.enter_asked(&question)? == Flow::Stop {
                return Ok(Flow::Stop);
            }
        }
        Ok(Flow::Next)
    }

    /// Makes a card due now, unless it is.
    fn bring(&mut self, card: &CardId) -> Result<(), Failure> {
        let brought = self.collection.store.card(card)?.is_some_and(|entry| entry.state.brought.is_some());
        if !brought {
            self.collection.store.record(self.context.now(), Body::Bring { card: card.clone() })?;
        }
        Ok(())
    }

    fn enter_doubt(&mut self, doubt: &str) -> Result<(), Failure> {
        let prompt = doubt_prompt(doubt);
        let id = CardId::derived(&prompt);
        if self.kept()?.cards.iter().any(|card| card.id == id) {
            return Ok(());
        }
        // First, so that a card that is there was made due, too.
        self.bring(&id)?;
        self.change(|file| file.add_card(&NewCard { prompt: &prompt, kind: None }))
    }

    fn enter_heard(&mut self, line: &str) -> Result<(), Failure> {
        let names = self.names()?;
        let (said, by) = split_speaker(line, &names);
        let only = || match names.as_slice() {
            [only] => Some(only.as_str()),
            _ => None,
        };
        let by = by.or_else(only);
        self.change(|file| file.add_heard(said, by))
    }

    fn enter_told(&mut self, line: &str) -> Result<(), Failure> {
        let names = self.names()?;
        let all = self.collection.store.stories()?;
        let stories: Vec<(String, String)> = all.into_iter().map(|story| (story.id, story.title)).collect();
        let own = self.kept()?.stories.into_iter().map(|story| (story.id.to_string(), story.title));
        let stories: Vec<(String, String)> = stories.into_iter().chain(own).collect();
        // A title can have a comma, too.
        let (name, to) = match matching_story(line, &stories) {
            Some(_) => (line, None),
            None => split_name(line),
        };
        let to = to.map(|to| person(to, &names).unwrap_or(to));
        match matching_story(name, &stories) {
            Some(story) => self.change(|file| file.add_told(story, to)),
            None => {
                let story = CardId::derived(name);
                self.context.line("That is a new story; fill it in when you have time.")?;
                self.change(|file| {
                    file.add_story(name)?;
                    file.add_told(story.as_str(), to)
                })
            }
        }
    }

    fn enter_met(&mut self, line: &str) -> Result<(), Failure> {
        let Some(Meeting { name, title }) = Meeting::parse(line) else {
            return self.context.line("Please try again: a name comes first, as in `NAME, TITLE`.");
        };
        let known = self.people()?.into_iter().find(|person| folded(&person.name) == folded(&name));
        match known {
            Some(person) if title.is_none() || person.title.is_some() => Ok(()),
            person => {
                let name = person.map_or(name, |person| person.name);
                self.change(|file| file.add_interviewer(&name, title.as_deref()))
            }
        }
    }

    fn people(&self) -> Result<Vec<Interviewer>, Failure> {
        let interview = self.collection.deck(&self.scope.file)?.unwrap_or_default();
        Ok(people([&interview, &self.kept()?]))
    }

    fn names(&self) -> Result<Vec<String>, Failure> {
        Ok(self.people()?.into_iter().map(|person| person.name).collect())
    }

    fn ask_outcome(&self) -> Result<Flow, Failure> {
        if self.kept()?.debrief.is_some_and(|debrief| debrief.outcome.is_some()) {
            return Ok(Flow::Next);
        }
        loop {
            self.context.line(&Question::Outcome.text())?;
            match reply(self.context, ">")? {
                // The end of input leaves nothing open: this question can be skipped.
                LineReply::Nothing | LineReply::End => return Ok(Flow::Next),
                LineReply::Line(line) if line == "q" => return Ok(Flow::Stop),
                LineReply::Line(line) => match Outcome::parse(&line) {
                    Some(outcome) => {
                        self.change(|file| file.set_outcome(outcome))?;
                        return Ok(Flow::Next);
                    }
                    None => self.context.line("Please try again: `offer`, `next round`, `no`, or `withdrawn`.")?,
                },
            }
        }
    }

    fn say_stopped(&self) -> Result<(), Failure> {
        let kept = self.collection.read_debrief(&self.own)?.is_some();
        self.context.line(&match kept {
            true => format!("Saved in {}. `rehearse debrief` continues here.", shown_line(&self.own.file)),
            false => "Nothing was entered.".to_owned(),
        })
    }

    /// Says what the debrief has led to, and what is left to do.
    fn finish(&mut self) -> Result<(), Failure> {
        self.collection.refresh(self.context.now(), &|_, _, _| {})?;
        let kept = self.kept()?;
        let asked = kept.asked.iter().filter_map(|asked| CardId::parse(asked.card.as_deref()?));
        let mut ids: Vec<CardId> = kept.cards.iter().map(|card| card.id.clone()).chain(asked).collect();
        ids.sort_unstable();
        ids.dedup();
        let (mut due, mut new) = (0, 0);
        for id in ids {
            let Some(entry) = self.collection.store.card(&id)? else { continue };
            let here = entry.place.as_ref().is_some_and(|place| place.file == self.own.file);
            match entry.state.brought {
                Some(_) => due += 1,
                None if here && entry.due.is_none() => new += 1,
                None => {}
            }
        }
        let mut said = Vec::new();
        let counts = [(due, "card", " due now"), (new, "new card", "")];
        let counts: Vec<String> = counts
            .iter()
            .filter(|(cards, ..)| *cards > 0)
            .map(|(cards, noun, when)| format!("{}{when}", count(*cards, noun)))
            .collect();
        if !counts.is_empty() {
            said.push(format!("{}.", counts.join(", ")));
        }
        let people = self.people()?;
        let owed: Vec<String> = not_thanked(&people).into_iter().map(shown_line).collect();
        if !owed.is_empty() {
            said.push(format!("Thank-you notes to write: {}.", owed.join(", ")));
        }
        if said.is_empty() {
            said.push(format!("Nothing is left to do for {}.", company(&self.scope.interview)));
        }
        self.context.line(&said.join(" "))
    }
}

/// Returns the list that the answers to a question are in.
fn list_of(question: Question) -> Option<&'static str> {
    matches!(question, Question::Fit | Question::Liked | Question::Unsaid | Question::Advice).then(|| question.word())
}
