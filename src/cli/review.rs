//! `review`: the daily session.

use std::io::{IsTerminal as _, stdin, stdout};

use clap::ValueEnum;

use super::arguments::parse_kind;
use super::coach::coaching;
use super::context::Context;
use super::due::{backlog, day_is_done, nothing_due};
use super::lookup::{check_decks, named_or_next_interview, named_or_next_scope, scope_of};
use crate::clock::StudyDay;
use crate::coach::Coaching;
use crate::collection::{Agenda, Collection, Fit};
use crate::deck::{Kind, WPM};
use crate::entry::Entry;
use crate::failure::{DONE, Failure, INTERRUPTED};
use crate::queue::{Claim, Filter};
use crate::session::{
    self, Answers, BATCH, Backend, CompanyWords, Frontend, JsonLines, Names, Pipe, Session, SessionEnd, Setup,
    Terminal, TimeLimit,
};
use crate::text::count;

/// Rehearse what is due today
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only these decks: title, path, or folder
    #[arg(value_name = "DECK")]
    decks: Vec<String>,
    /// At most so many cards, whatever the settings say
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// At most so many new cards, whatever the settings say
    #[arg(long, value_name = "N")]
    new: Option<usize>,
    /// Start no further card after so many minutes of this session, whatever the settings say
    #[arg(long, value_name = "N")]
    minutes: Option<u32>,
    /// Go on after the minutes of the day
    #[arg(long, conflicts_with = "minutes")]
    all: bool,
    /// Only cards with this tag
    #[arg(long, value_name = "TAG")]
    tag: Vec<String>,
    /// Only cards of this kind
    #[arg(long, value_name = "KIND", value_parser = parse_kind)]
    kind: Vec<Kind>,
    /// Only cards for this round of interview
    #[arg(long, value_name = "N")]
    round: Option<i64>,
    /// Only cards in scope for this interview, whose names fill the prompts
    #[arg(long, value_name = "ID")]
    interview: Option<String>,
    /// Also cards that are not due yet, the soonest first
    #[arg(long)]
    ahead: bool,
    /// Every card that fits, and leave the schedule untouched
    #[arg(long, conflicts_with = "ahead")]
    cram: bool,
    /// Type the answers
    #[arg(long)]
    r#type: bool,
    /// Write the answers in $VISUAL or $EDITOR
    #[arg(long, conflicts_with = "type")]
    edit: bool,
    /// Name the competency behind each question first, where the card says what it shows
    #[arg(long)]
    spot: bool,
    /// A listener holds the sheet: points, model answer and follow-ups are shown from the start, and they tick
    #[arg(long, conflicts_with_all = ["type", "edit"])]
    partner: bool,
    /// How to talk: text, or one JSON object a line both ways, as with `--json`
    #[arg(long, value_name = "FORMAT", default_value = "text", value_enum)]
    format: SessionFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum SessionFormat {
    Text,
    Jsonl,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SessionDriver {
    Terminal,
    Pipe,
    JsonLines,
}

pub(crate) fn run(context: &Context, args: &Args) -> Result<u8, Failure> {
    let mut collection = context.open_to_record()?;
    let today = context.today(&collection);
    let filter = filter(&collection, args)?;
    let mut agenda = pick(&mut collection, args, filter, today)?;
    let format = if context.json() { SessionFormat::Jsonl } else { args.format };
    let text = format == SessionFormat::Text;
    if args.edit && !text {
        let flag = if context.json() { "--json" } else { "--format jsonl" };
        let help = "a program sends what it wrote: `{\"answer\":\"…\"}`";
        return Err(Failure::usage(format!("`--edit` does not go with `{flag}`"), help));
    }
    if agenda.is_empty() && text {
        context.line(&nothing_to_ask(&mut collection, args, today)?)?;
        return Ok(DONE);
    }
    let limit = time_limit(&collection, args, today)?;
    let fit = match limit {
        Some(limit) => agenda.fit(&mut collection.store, limit.left_ms)?,
        None => agenda.all(&collection.store)?,
    };
    if fit.cards() == 0 && text {
        context.line(&day_is_done(&collection))?;
        if let Some(waiting) = backlog(&collection, fit.waiting, today)? {
            context.line(&waiting)?;
        }
        return Ok(DONE);
    }
    let driver = match format {
        SessionFormat::Jsonl => SessionDriver::JsonLines,
        SessionFormat::Text if stdin().is_terminal() && stdout().is_terminal() => SessionDriver::Terminal,
        SessionFormat::Text => SessionDriver::Pipe,
    };
    let timed = Timed { limit, fit };
    let setup = setup(context, args, (&mut collection, &mut agenda), timed, driver)?;
    let mut session = Session::new(setup);
    let now = || context.now();
    let words = company_words(&collection, args.interview.as_deref(), today)?;
    let mut backend = Backend { collection: &mut collection, agenda: &mut agenda, now: &now, words, answer: None };
    let mut run = |frontend: &mut dyn Frontend| session::run(&mut session, &mut backend, frontend);
    let end = match driver {
        SessionDriver::JsonLines => run(&mut JsonLines::new(stdin().lock(), stdout().lock()))?,
        SessionDriver::Terminal => run(&mut Terminal::new(stdout().lock(), context.paint())?)?,
        SessionDriver::Pipe => run(&mut Pipe::new(stdin().lock(), stdout().lock()))?,
    };
    let remarks = text && !args.cram;
    if end == SessionEnd::Interrupted {
        if remarks {
            context.remark("Interrupted. What was saved stays saved.")?;
        }
        return Ok(INTERRUPTED);
    }
    if remarks {
        let today = context.today(&collection);
        context.remark(&tomorrow(&collection, today)?)?;
        let mut left = collection.agenda(today, Filter::default(), None, None)?;
        let time = collection.left_today(today)?;
        let waiting = left.fit(&mut collection.store, time)?.waiting;
        if let Some(waiting) = backlog(&collection, waiting, today)? {
            context.remark(&waiting)?;
        }
    }
    Ok(DONE)
}

/// Returns what was heard at the company of an interview, and what it values, to be shown after the answers it belongs to.
fn company_words(collection: &Collection, id: Option<&str>, today: StudyDay) -> Result<CompanyWords, Failure> {
    let Some(scope) = named_or_next_scope(collection, id, today)? else { return Ok(CompanyWords::default()) };
    let rounds = [vec![collection.round(&scope)?], collection.earlier_rounds(&scope)?].concat();
    let heard = rounds.into_iter().flat_map(|round| round.heard).collect();
    Ok(CompanyWords { heard, values: scope.interview.values })
}

/// The time a session has, and what fits into it.
#[derive(Debug, Clone, Copy)]
struct Timed {
    limit: Option<TimeLimit>,
    fit: Fit,
}

fn time_limit(collection: &Collection, args: &Args, today: StudyDay) -> Result<Option<TimeLimit>, Failure> {
    Ok(match args.minutes {
        Some(minutes) => Some(TimeLimit { minutes, of_day: false, left_ms: u64::from(minutes) * 60_000 }),
        None if args.all || args.cram => None,
        None => {
            let left_ms = collection.left_today(today)?;
            Some(TimeLimit { minutes: collection.settings.minutes_per_day, of_day: true, left_ms })
        }
    })
}

fn setup(
    context: &Context,
    args: &Args,
    (collection, agenda): (&mut Collection, &mut Agenda),
    Timed { limit, fit }: Timed,
    driver: SessionDriver,
) -> Result<Setup, Failure> {
    let answers = answers(args, driver);
    // The coach does not hear what is spoken.
    let typed =
        driver == SessionDriver::JsonLines || matches!(answers, Answers::Line | Answers::Lines | Answers::Editor);
    let coach = if typed { coaching(context, collection, args.interview.as_deref())? } else { Coaching::default() };
    let last = agenda.after_repeats();
    let first = agenda.draw(&mut collection.store, BATCH)?;
    let next = named_or_next_interview(collection, args.interview.as_deref(), context.today(collection))?;
    let wpm = next.as_ref().map_or(WPM, |(interview, _)| interview.wpm);
    let competencies = next.iter().flat_map(|(next, _)| next.competencies.iter().chain(&next.qualifications)).cloned();
    let competencies = competencies.collect();
    Ok(Setup {
        first,
        more: agenda.len(),
        last,
        fits: (fit.waiting > 0).then(|| fit.cards()),
        seconds: fit.seconds,
        sizes: collection.store.sizes()?,
        rules: collection.settings.rules,
        cram: args.cram,
        time: limit,
        horizon: collection.upcoming.horizon().clone(),
        names: Names::from_interview(next),
        answers,
        wpm,
        spot: args.spot,
        competencies,
        coach,
        attended: driver == SessionDriver::Terminal,
    })
}

fn answers(args: &Args, driver: SessionDriver) -> Answers {
    match (args.r#type, args.edit) {
        _ if args.partner => Answers::Partner,
        // A program sends typed answers without being asked to.
        _ if driver == SessionDriver::JsonLines => Answers::Aloud,
        (_, true) => Answers::Editor,
        (true, _) if driver == SessionDriver::Terminal => Answers::Lines,
        (true, _) => Answers::Line,
        _ => Answers::Aloud,
    }
}

fn filter(collection: &Collection, args: &Args) -> Result<Filter, Failure> {
    check_decks(collection, &args.decks)?;
    let interview = scope_of(collection, args.interview.as_deref())?;
    let Args { decks, tag, kind, round, .. } = args;
    Ok(Filter { decks: decks.clone(), tags: tag.clone(), kinds: kind.clone(), round: *round, interview })
}

fn pick(collection: &mut Collection, args: &Args, filter: Filter, today: StudyDay) -> Result<Agenda, Failure> {
    if args.cram {
        let all = collection.store.all()?;
        let fit = all.into_iter().filter(|entry| filter.selects(entry) && entry.askable(today)).collect();
        return Ok(Agenda::mixed(fit, args.limit, today));
    }
    let mut agenda = collection.agenda(today, filter.clone(), args.new, args.limit)?;
    if args.ahead {
        let mut cards = agenda.draw(&mut collection.store, usize::MAX)?;
        let takes = |entry: &Entry| filter.selects(entry) && entry.askable(today) && !entry.state.unsettled(today);
        let mut later: Vec<Entry> = collection.store.later(today)?.into_iter().filter(takes).collect();
        let upcoming = &collection.upcoming;
        if upcoming.horizon().interviews().iter().any(|date| *date > today) {
            // Before an interview, the greatest claim comes first; otherwise the soonest.
            let claim = |entry: &Entry| Claim::of_entry(entry, upcoming.horizon(), today);
            later.sort_by(|a, b| claim(a).compare(&claim(b), today).then_with(|| a.card.cmp(&b.card)));
        }
        cards.extend(later);
        return Ok(Agenda::in_order(cards, args.limit, today));
    }
    Ok(agenda)
}

fn nothing_to_ask(collection: &mut Collection, args: &Args, today: StudyDay) -> Result<String, Failure> {
    let whole = args.decks.is_empty() && args.tag.is_empty() && args.kind.is_empty();
    let narrowed = !(whole && args.round.is_none() && args.interview.is_none());
    if args.limit == Some(0) {
        return Ok("A limit of 0 leaves nothing to ask.".to_owned());
    }
    if args.cram || args.ahead {
        return Ok("No card fits.".to_owned());
    }
    let without_new = args.new == Some(0) && !narrowed;
    if without_new && !collection.agenda(today, Filter::default(), None, None)?.is_empty() {
        return Ok("Nothing is due but new cards, which `--new 0` leaves out.".to_owned());
    }
    if narrowed && !collection.agenda(today, Filter::default(), None, None)?.is_empty() {
        return Ok("Nothing of that is due; other cards are: `rehearse review`.".to_owned());
    }
    let all = nothing_due(collection, today)?;
    Ok(if narrowed { format!("Nothing of that is due, nor of the rest. {all}") } else { all })
}

fn tomorrow(collection: &Collection, today: StudyDay) -> Result<String, Failure> {
    let due = collection.store.tally(today.plus(1))?.0;
    let (quota, outside) = new_tomorrow(collection, today.plus(1))?;
    let new = match outside {
        _ if quota > 0 => ", and new cards as the minutes allow".to_owned(),
        0 => String::new(),
        _ if collection.is_backlogged(today.plus(1))? => ", and none new".to_owned(),
        new => format!(", and up to {new} new"),
    };
    Ok(if due == 0 && new.is_empty() {
        "Nothing is due tomorrow.".to_owned()
    } else {
        format!("Tomorrow: {} due{new}.", count(due, "card"))
    })
}

/// Returns how many new cards the interviews to come want on a day, and how many may come besides.
fn new_tomorrow(collection: &Collection, day: StudyDay) -> Result<(u64, u64), Failure> {
    let (horizon, counts) = (collection.upcoming.horizon(), collection.store.new_counts(day)?);
    let quotas = (0..horizon.interviews().len()).map(|interview| counts.quota(interview, horizon, day)).sum();
    let outside = counts.unseen.iter().filter(|(scope, _)| scope.is_empty()).map(|(_, cards)| cards).sum::<u64>();
    Ok((quotas, outside.min(u64::from(collection.settings.new_per_day))))
}
