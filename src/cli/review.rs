//! `review`: picks the cards, runs the session on the right face, and says what comes tomorrow.

use std::io::{IsTerminal as _, stdin, stdout};

use super::coach::coaching;
use super::context::Door;
use super::due::nothing_due;
use super::{DONE, Format, INTERRUPTED, ReviewArgs};
use crate::clock::StudyDay;
use crate::collection::{Agenda, Coaching, Collection, Failure};
use crate::deck::WPM;
use crate::entry::{Entry, is_deck};
use crate::queue::{Filter, Limits};
use crate::session::{Answers, BATCH, Desk, End, Jsonl, Names, Pipe, Session, Setup, Terminal, run};
use crate::text::{count, list, nearest};

/// The daily session.
pub(crate) fn review(door: &mut Door, args: &ReviewArgs) -> Result<u8, Failure> {
    let mut collection = door.open_to_record()?;
    let today = door.today(&collection);
    let filter = filter(&collection, args)?;
    let mut agenda = pick(&mut collection, args, filter, today)?;
    let format = if door.json() { Format::Jsonl } else { args.format };
    let text = format == Format::Text;
    if args.edit && !text {
        let flag = if door.json() { "--json" } else { "--format jsonl" };
        let help = "a program sends what it wrote: `{\"answer\":\"…\"}`";
        return Err(Failure::usage(format!("`--edit` does not go with `{flag}`"), help));
    }
    if agenda.is_empty() && text {
        door.line(&nothing_to_ask(&mut collection, args, today)?)?;
        return Ok(DONE);
    }
    let seconds = agenda.seconds;
    let interactive = stdin().is_terminal() && stdout().is_terminal();
    let answers = match (args.r#type, args.edit) {
        _ if args.partner => Answers::Partner,
        // A program says its answers as it says everything.
        _ if !text => Answers::Aloud,
        (_, true) => Answers::Editor,
        (true, _) if interactive => Answers::Lines,
        (true, _) => Answers::Line,
        _ => Answers::Aloud,
    };
    // Whoever speaks is not heard by the coach.
    let typed = !text || matches!(answers, Answers::Line | Answers::Lines | Answers::Editor);
    let coach = if typed { coaching(door, &collection)? } else { Coaching::default() };
    let first = agenda.draw(&mut collection.store, BATCH)?;
    let next = collection.next_interview(today)?;
    let wpm = next.as_ref().map_or(WPM, |(interview, _)| interview.wpm);
    let competencies = next.iter().flat_map(|(next, _)| next.competencies.iter().chain(&next.qualifications)).cloned();
    let competencies = competencies.collect();
    let mut session = Session::new(Setup {
        first,
        more: agenda.len(),
        seconds,
        sizes: collection.store.sizes()?,
        rules: collection.settings.rules,
        cram: args.cram,
        minutes: args.minutes,
        names: Names::of(next),
        answers,
        wpm,
        spot: args.spot,
        competencies,
        coach,
        attended: text && interactive,
    });
    let now = || door.now();
    let mut desk = Desk { collection: &mut collection, agenda: &mut agenda, now: &now, answer: None };
    let end = match format {
        Format::Jsonl => run(&mut session, &mut desk, &mut Jsonl::new(stdin().lock(), stdout().lock()))?,
        Format::Text if interactive => {
            run(&mut session, &mut desk, &mut Terminal::new(stdout().lock(), door.paint())?)?
        }
        Format::Text => run(&mut session, &mut desk, &mut Pipe::new(stdin().lock(), stdout().lock()))?,
    };
    if end == End::Interrupted {
        if text && !args.cram {
            door.remark("Interrupted. What was saved stays saved.")?;
        }
        return Ok(INTERRUPTED);
    }
    if text && !args.cram {
        door.remark(&tomorrow(&collection, door.today(&collection))?)?;
    }
    Ok(DONE)
}

/// Whether each of these words names a deck.
pub(crate) fn known_decks(collection: &Collection, decks: &[String]) -> Result<(), Failure> {
    if decks.is_empty() {
        return Ok(());
    }
    let titles = collection.store.titles()?;
    let known = |deck: &&String| titles.iter().any(|(path, title)| is_deck(deck, path, title));
    decks.iter().find(|deck| !known(deck)).map_or(Ok(()), |deck| Err(unknown_deck(&titles, deck)))
}

/// A word that names none of these decks, paths with titles.
pub(crate) fn unknown_deck(titles: &[(String, String)], deck: &str) -> Failure {
    let names = titles.iter().flat_map(|(path, title)| [title.as_str(), path.as_str(), crate::deck::stem(path)]);
    let help = match nearest(deck, names) {
        Some(near) => format!("did you mean `{near}`?"),
        None => {
            format!(
                "decks here: {}",
                list(&titles.iter().map(|(path, _)| format!("`{path}`")).collect::<Vec<_>>(), "and")
            )
        }
    };
    Failure::usage(format!("no deck `{deck}`"), help)
}

fn filter(collection: &Collection, args: &ReviewArgs) -> Result<Filter, Failure> {
    known_decks(collection, &args.decks)?;
    let ReviewArgs { decks, tag, kind, round, .. } = args;
    Ok(Filter { decks: decks.clone(), tags: tag.clone(), kinds: kind.clone(), round: *round })
}

fn pick(collection: &mut Collection, args: &ReviewArgs, filter: Filter, today: StudyDay) -> Result<Agenda, Failure> {
    let limits = Limits { new: usize::MAX, cards: args.limit };
    if args.cram {
        let all = collection.store.all()?;
        let fit = all.into_iter().filter(|entry| filter.takes(entry) && entry.askable(today)).collect();
        return Ok(Agenda::of(fit, limits, today));
    }
    let mut agenda = collection.agenda(today, filter.clone(), args.new, args.limit)?;
    if args.ahead {
        let mut cards = agenda.draw(&mut collection.store, usize::MAX)?;
        let takes = |entry: &Entry| filter.takes(entry) && entry.askable(today) && !entry.state.unsettled(today);
        cards.extend(collection.store.later(today)?.into_iter().filter(takes));
        return Ok(Agenda::as_listed(cards, limits, today));
    }
    Ok(agenda)
}

fn nothing_to_ask(collection: &mut Collection, args: &ReviewArgs, today: StudyDay) -> Result<String, Failure> {
    let narrowed = !(args.decks.is_empty() && args.tag.is_empty() && args.kind.is_empty() && args.round.is_none());
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
    let new = match collection.settings.new_per_day {
        0 => String::new(),
        new => format!(", and up to {new} new"),
    };
    Ok(format!("Tomorrow: {} due{new}.", count(due, "card")))
}
