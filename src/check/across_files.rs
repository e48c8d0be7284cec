//! The findings that depend on more than one file.

use std::collections::BTreeMap;

use crate::deck::{CardId, ReferenceKind};
use crate::diagnostic::{Diagnostic, Severity, Source, Span};
use crate::follow::{Newcomer, Orphan};
use crate::text::{count, list_of_most, opening};

/// Two places in the decks that are one card; the first in path order is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Twins {
    /// The card that is asked: its id, written or derived, its file, and its line.
    pub(crate) first: (CardId, String, usize),
    pub(crate) second: (CardId, String, usize),
    pub(crate) written: bool,
}

/// Returns the findings for all twins, given the findings of their files. The two sides of a merge conflict are not
/// reported: its markers are, and once one side is removed there is one card.
pub(crate) fn all_twins(all: &[Twins], findings: &[Diagnostic]) -> Vec<Diagnostic> {
    let mut markers: BTreeMap<&str, Vec<(usize, &str)>> = BTreeMap::new();
    for finding in findings.iter().filter(|finding| finding.check == "conflict-markers") {
        let text = finding.excerpt.as_ref().map_or("", |excerpt| &excerpt.line);
        markers.entry(&finding.file).or_default().push((finding.line, text));
    }
    let side = |(_, file, line): &(CardId, String, usize)| {
        let above = markers.get(file.as_str())?.iter().take_while(|(marker, _)| marker < line);
        above.fold(None, |side, &(at, marker)| match (marker.as_bytes().first(), side) {
            (Some(b'<'), _) => Some((at, at)),
            (Some(b'|' | b'='), Some((conflict, _))) => Some((conflict, at)),
            _ => None,
        })
    };
    let sides = |twins: &&Twins| {
        let here = twins.first.1 == twins.second.1;
        let sides = here.then(|| side(&twins.first).zip(side(&twins.second))).flatten();
        sides.is_some_and(|((conflict, first), (other, second))| conflict == other && first != second)
    };
    all.iter().filter(|twins| !sides(twins)).map(twins).collect()
}

pub(crate) fn twins(twins: &Twins) -> Diagnostic {
    let (first, first_file, first_line) = &twins.first;
    let (second, file, line) = &twins.second;
    let finding = |severity, check, message: String, help: &str| Diagnostic {
        line: *line,
        ..Diagnostic::whole_file(severity, file, check, message).help(help)
    };
    if first != second {
        let message = format!("`{second}` and `{first}` (at {first_file}:{first_line}) are one card since a rename");
        let help =
            "delete one of the two; `rehearse log --all` shows the rename and `rehearse undo EVENT` takes it back";
        finding(Severity::Warning, "renamed-twin", message, help)
    } else if twins.written {
        let message = format!("the id `{second}` is taken by the card at {first_file}:{first_line}");
        let help = "give this card another id; the first keeps the history and is asked";
        finding(Severity::Error, "duplicate-id", message, help)
    } else {
        let message = format!("the same prompt stands at {first_file}:{first_line}; it is asked once");
        let help = "delete one, or write an `id` into each to rehearse both";
        finding(Severity::Warning, "same-prompt", message, help)
    }
}

/// Returns the finding for an interview with the id of another one in the file `first`; `source` is its own file.
pub(crate) fn duplicate_interview(id: &str, first: &str, source: &Source) -> Diagnostic {
    // If its table does not start a line, the finding is at the first line.
    let squeezed = |line: &str| line.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    let line = source.text.lines().position(|line| squeezed(line).starts_with("[interview]"));
    let message = format!("the id `{id}` is taken by the interview in {first}");
    let help = "write another `id` into one of the two; debriefs name an interview by it";
    source.warning(source.line_span(line.map_or(1, |line| line + 1)), "duplicate-interview", message).help(help)
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dangling {
    pub(crate) file: String,
    pub(crate) span: Span,
    pub(crate) kind: ReferenceKind,
    pub(crate) name: String,
    pub(crate) near: Option<String>,
    /// Whether it is the name of a card where a story is expected.
    pub(crate) card: bool,
}

pub(crate) fn dangling(dangling: &Dangling, source: &Source) -> Diagnostic {
    let Dangling { span, kind, name, near, card, .. } = dangling;
    let message = match kind {
        ReferenceKind::Tag => format!("no card has the tag `{name}`"),
        _ if *card => format!("`{name}` is a card, not a story"),
        ReferenceKind::Rule => format!("no {} `{name}`", kind.word()),
        _ => format!("no {} `{name}` in this collection", kind.word()),
    };
    let help = match (near, kind) {
        (Some(near), _) => format!("did you mean `{near}`?"),
        (None, ReferenceKind::Story) => "tell it in a `[[story]]` with that id, or take the name out".to_owned(),
        (None, ReferenceKind::Deck) => "name it by its title, its path, or the folder above it".to_owned(),
        (None, ReferenceKind::Interview) => {
            "an `[interview]` without `id` has the name of its file, without `.toml`".to_owned()
        }
        (None, ReferenceKind::Rule) => "`rehearse coach --explain` lists the rules".to_owned(),
        (None, ReferenceKind::File) => "write its path from the top of the collection".to_owned(),
        (None, ReferenceKind::Card | ReferenceKind::Tag) => {
            "write it as it stands in the deck, or take the name out".to_owned()
        }
    };
    source.warning(span.clone(), "dangling", message).help(help)
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnusedStory {
    pub(crate) file: String,
    pub(crate) line: usize,
    pub(crate) id: String,
    pub(crate) shows: Vec<String>,
}

pub(crate) fn unused_story(story: &UnusedStory) -> Diagnostic {
    let UnusedStory { file, line, id, shows } = story;
    let message = match shows.len() {
        0 => format!("no card names the story `{id}`, and it shows no competency"),
        _ => format!("no card names the story `{id}`, and nothing asks for what it shows"),
    };
    let help = "name it in the `stories` of a card that it answers, or write into `shows` what a card asks for";
    let finding = Diagnostic::whole_file(Severity::Info, file, "unused-story", message).help(help);
    Diagnostic { line: *line, ..finding }
}

/// Returns the finding for files that git tracks in this machine's folder, which is called `local`.
pub(crate) fn tracked(local: &str, files: &[String]) -> Option<Diagnostic> {
    let path = format!("{local}/{}", files.first()?);
    let message = format!("git tracks {} of this machine", count(files.len(), "file"));
    let help = format!("`git rm -r --cached {local}` and a commit let go of them; they stay on the disk");
    Some(Diagnostic::whole_file(Severity::Warning, &path, "tracked-local", message).help(help))
}

/// Returns the finding for a file about an interview that git tracks in a repository with a remote.
pub(crate) fn shared_interview(file: &str) -> Diagnostic {
    let message = "git tracks this file about an interview, so anyone who can read the remote repository can read it";
    let help = "to keep it on this machine, add it to `.gitignore` and run `git rm --cached` on it; what was pushed before \
                stays in the history";
    Diagnostic::whole_file(Severity::Info, file, "shared-interview", message.to_owned()).help(help)
}

const MOST_NAMED: usize = 10;

/// Returns the findings for cards with history that are in no deck: one at each suggested newcomer (`suggested` holds the
/// positions of orphan and newcomer), and one at the log for those that this machine never saw, if there are newcomers.
pub(crate) fn orphans(
    orphans: &[Orphan],
    newcomers: &[Newcomer],
    suggested: &[(usize, usize)],
    log: &str,
) -> Vec<Diagnostic> {
    let mut findings: Vec<Diagnostic> =
        suggested.iter().map(|&(orphan, newcomer)| near(&orphans[orphan], &newcomers[newcomer])).collect();
    let unknown = |(n, orphan): &(usize, &Orphan)| orphan.last.is_none() && suggested.iter().all(|(m, _)| m != n);
    let unknown: Vec<String> =
        orphans.iter().enumerate().filter(unknown).map(|(_, orphan)| format!("`{}`", orphan.card)).collect();
    if !unknown.is_empty() && !newcomers.is_empty() {
        findings.push(unseen(&unknown, log));
    }
    findings
}

fn near(orphan: &Orphan, newcomer: &Newcomer) -> Diagnostic {
    let (old, new) = (&orphan.card, &newcomer.card);
    let history = match orphan.reviews {
        0 => "a history".to_owned(),
        reviews => count(reviews as usize, "review"),
    };
    let asked = match &orphan.last {
        Some(last) => format!("\"{}\" (`{old}`)", opening(&last.prompt)),
        None => format!("`{old}`"),
    };
    let message = format!("this may be the new wording of {asked}, which has {history} and stands in no deck");
    let finding = Diagnostic::whole_file(Severity::Info, &newcomer.current.file, "orphan", message);
    let help = format!("if it is, `rehearse rename {old} {new}` lets that history go on here");
    Diagnostic { line: newcomer.current.line, ..finding.help(help) }
}

fn unseen(unknown: &[String], log: &str) -> Diagnostic {
    let names = list_of_most(unknown, MOST_NAMED);
    let (cards, stand) = match unknown.len() {
        1 => ("a card with history".to_owned(), "stands"),
        many => (count(many, "card") + " with history", "stand"),
    };
    let message = format!("{cards} {stand} in no deck and nothing is left of the wording: {names}");
    let help =
        "where one was reworded, `rehearse rename OLD NEW` lets its history go on; `rehearse list` shows every id";
    Diagnostic::whole_file(Severity::Info, log, "orphan", message).help(help)
}

#[cfg(test)]
mod tests {
    use super::super::table::named;
    use super::*;

    #[test]
    fn severities_are_those_of_the_table() {
        let id = |name: &str| CardId::parse(name).unwrap();
        let at = |name: &str| (id(name), "a.toml".to_owned(), 3);
        for (first, second, written, expected) in
            [("a", "a", true, "duplicate-id"), ("a", "a", false, "same-prompt"), ("b", "a", true, "renamed-twin")]
        {
            let finding = twins(&Twins { first: at(first), second: at(second), written });
            let check = named(&finding.check).unwrap();
            assert_eq!((check.name, check.severity), (expected, finding.severity));
        }
    }

    #[test]
    fn the_sides_of_one_conflict_are_not_twins() {
        let text = "[a]\n<<<<<<< ours\n[b]\n[c]\n=======\n[d]\n>>>>>>> theirs\n[e]\n<<<<<<< ours\n[f]\n=======\n>>>>>>> theirs\n";
        let source = Source::new("a.toml", text);
        let markers = [2, 5, 7, 9, 11, 12].map(|line| source.error(source.line_span(line), "conflict-markers", ""));
        let x = CardId::parse("x").unwrap();
        let is_reported = |first: (&str, usize), second: (&str, usize)| {
            let at = |(file, line): (&str, usize)| (x.clone(), file.to_owned(), line);
            all_twins(&[Twins { first: at(first), second: at(second), written: true }], &markers).len() == 1
        };
        for (first, second, expected) in
            [(1, 3, true), (3, 4, true), (3, 6, false), (4, 6, false), (6, 8, true), (3, 10, true), (6, 10, true)]
        {
            assert_eq!(is_reported(("a.toml", first), ("a.toml", second)), expected, "{first} and {second}");
        }
        assert!(is_reported(("a.toml", 3), ("b.toml", 6)));
    }
}
