//! Finds the cards and decks that arguments name.

use super::context::Context;
use crate::clock::StudyDay;
use crate::collection::Collection;
use crate::deck::{CardId, Interview};
use crate::entry::{Entry, InterviewScope, names_deck};
use crate::failure::Failure;
use crate::text::{list, nearest};

/// Finds a card with history or in a deck. The error says why it is left out, or which card was probably meant.
pub(crate) fn find_card(collection: &Collection, name: &str) -> Result<Entry, Failure> {
    let id = CardId::parse(name);
    if let Some(entry) = id.as_ref().map(|id| collection.store.card(id)).transpose()?.flatten() {
        return Ok(entry);
    }
    if let Some((file, line)) = id.as_ref().map(|id| collection.left_out(id)).transpose()?.flatten() {
        let message = format!("`{name}` is left out for a fault at {file}:{line}");
        return Err(Failure::usage(message, format!("`rehearse edit {name}` opens it there")));
    }
    let known = collection.store.all()?;
    let help = match nearest(name, known.iter().map(|entry| entry.card.as_str())) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`rehearse list` shows every card".to_owned(),
    };
    Err(Failure::usage(format!("no card `{name}`"), help))
}

/// The same, with a note if the card was renamed.
pub(crate) fn find_card_with_note(context: &Context, collection: &Collection, name: &str) -> Result<Entry, Failure> {
    let entry = find_card(collection, name)?;
    if entry.card.as_str() != name {
        context.note(&format!("`{name}` goes on as `{}`", entry.card));
    }
    Ok(entry)
}

pub(crate) fn check_ticks(card: &CardId, items: usize, ticks: &[u16]) -> Result<(), Failure> {
    match ticks.iter().find(|&&tick| tick == 0 || usize::from(tick) > items) {
        Some(_) if items == 0 => {
            Err(Failure::usage(format!("`{card}` has no parts or points to tick"), "leave out `--ticks`"))
        }
        Some(stray) => {
            let help = format!("its parts and points are numbered from 1 to {items}");
            Err(Failure::usage(format!("`{card}` has no point {stray}"), help))
        }
        None => Ok(()),
    }
}

pub(crate) fn check_decks(collection: &Collection, decks: &[String]) -> Result<(), Failure> {
    if decks.is_empty() {
        return Ok(());
    }
    let titles = collection.store.titles()?;
    let known = |deck: &&String| titles.iter().any(|(path, title)| names_deck(deck, path, title));
    decks.iter().find(|deck| !known(deck)).map_or(Ok(()), |deck| Err(unknown_deck(&titles, deck)))
}

/// Finds an interview, with its first interviewer and its file.
pub(crate) fn find_interview(
    collection: &Collection,
    id: &str,
) -> Result<(Interview, Option<String>, String), Failure> {
    let interviews = collection.store.interviews()?;
    if let Some(found) = interviews.iter().find(|(interview, ..)| interview.id == id) {
        return Ok(found.clone());
    }
    let mut ids = interviews.iter().map(|(interview, ..)| interview.id.as_str());
    let near = nearest(id, ids.clone()).or_else(|| ids.find(|known| known.starts_with(id)));
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`rehearse interview` lists them".to_owned(),
    };
    Err(Failure::usage(format!("no interview `{id}`"), help))
}

/// Returns the interview that is named, or else the next one, with its first interviewer.
pub(crate) fn named_or_next_interview(
    collection: &Collection,
    id: Option<&str>,
    today: StudyDay,
) -> Result<Option<(Interview, Option<String>)>, Failure> {
    match id {
        Some(id) => find_interview(collection, id).map(|(interview, interviewer, _)| Some((interview, interviewer))),
        None => Ok(collection.next_interview(today)?),
    }
}

/// Returns the interview that is named, or else the last one held: on the latest day up to today, or else one without a date.
pub(crate) fn held_interview(
    collection: &Collection,
    id: Option<&str>,
    today: StudyDay,
) -> Result<Option<InterviewScope>, Failure> {
    if id.is_some() {
        return scope_of(collection, id);
    }
    let mut held = collection.interview_scopes()?;
    held.retain(|scope| scope.interview.date.is_none_or(|date| date <= today));
    // Of two on one day, the last in path order.
    Ok(held.into_iter().max_by_key(|scope| scope.interview.date))
}

/// Returns the scope of the interview that is named, or else of the next one.
pub(crate) fn named_or_next_scope(
    collection: &Collection,
    id: Option<&str>,
    today: StudyDay,
) -> Result<Option<InterviewScope>, Failure> {
    if id.is_some() { scope_of(collection, id) } else { Ok(collection.next_round(today)?) }
}

/// Returns the scope to which a filter narrows.
pub(crate) fn scope_of(collection: &Collection, id: Option<&str>) -> Result<Option<InterviewScope>, Failure> {
    let Some(id) = id else { return Ok(None) };
    let (.., file) = find_interview(collection, id)?;
    Ok(collection.interview_scopes()?.into_iter().find(|scope| scope.file == file))
}

pub(crate) fn unknown_deck(titles: &[(String, String)], deck: &str) -> Failure {
    let names = titles.iter().flat_map(|(path, title)| [title.as_str(), path.as_str(), crate::deck::stem(path)]);
    let help = match nearest(deck, names) {
        Some(near) => format!("did you mean `{near}`?"),
        None => {
            let paths: Vec<String> = titles.iter().map(|(path, _)| format!("`{path}`")).collect();
            format!("decks here: {}", list(&paths, "and"))
        }
    };
    Failure::usage(format!("no deck `{deck}`"), help)
}
