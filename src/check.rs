//! The table of named checks: what each finds, how much it matters, and an example that makes it speak; and the checks
//! that look across files.
//!
//! Faults within one file are found while it is parsed; each names a check of this table. What a check needs to know of
//! other files is handed in. The examples are files of `tests/checks/`, where each stands beside a near miss: the tests
//! run them all, and `check --explain` shows them.
//!
//! Not here: reading files, and printing findings.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::deck::{CardId, ReferenceKind};
use crate::diagnostic::{Diagnostic, Excerpt, Severity, Source, Span};
use crate::follow::{Newcomer, Orphan};
use crate::text::{count, list, opening};

#[derive(Debug, Clone, Copy)]
pub struct Check {
    /// Its name, as findings carry it.
    pub name: &'static str,
    /// How much a finding matters.
    pub severity: Severity,
    /// What it finds and why that matters, in one sentence.
    pub finds: &'static str,
    /// What makes it speak.
    pub example: Example,
    /// What `rehearse check` says of the example.
    pub says: &'static str,
}

/// A collection in which a check finds something.
#[derive(Debug, Clone, Copy)]
pub enum Example {
    /// One deck file, `bad.toml`.
    Deck(&'static str),
    /// Commands of a shell, where a deck file alone cannot show it.
    Commands(&'static str),
}

impl Example {
    /// The text of the file, or the commands.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Example::Deck(text) | Example::Commands(text) => text,
        }
    }
}

/// The check of that name.
pub fn named(name: &str) -> Option<&'static Check> {
    CHECKS.iter().find(|check| check.name == name)
}

macro_rules! example {
    (deck $name:literal) => {
        Example::Deck(include_str!(concat!("../tests/checks/", $name, "/bad.toml")))
    };
    (commands $name:literal) => {
        Example::Commands(include_str!(concat!("../tests/checks/", $name, "/bad.sh")))
    };
}

macro_rules! checks {
    ($($name:literal $severity:ident $form:ident $finds:literal)*) => {
        /// Every check there is.
        pub static CHECKS: &[Check] = &[$(Check {
            name: $name,
            severity: Severity::$severity,
            finds: $finds,
            example: example!($form $name),
            says: include_str!(concat!("../tests/checks/", $name, "/expected.txt")),
        }),*];
    };
}

checks! {
    "syntax" Error deck "text that is not TOML, such as a quote or a bracket never closed; it costs the card it stands in"
    "conflict-markers" Error deck "markers that a merge left behind; what stands between them counts only where it makes whole cards"
    "encoding" Error commands "bytes that are not UTF-8; they cost the card they stand in"
    "too-large" Error commands "a file over 16 MiB, which nobody wrote by hand; it is not read"
    "too-many" Error commands "more than 1000 faults in one file; the rest of them is not named"
    "unreadable" Error commands "a file or a folder that cannot be opened; its cards are not asked"
    "unknown-key" Error deck "a key that the table does not have, mostly a misspelt one; nothing would read its value"
    "unknown-table" Error deck "a table that a deck does not have, mostly a misspelt one; nothing would read it"
    "wrong-table" Error deck "a table in the wrong brackets: `[[card]]` may stand many times in a file, `[deck]` once"
    "repeated-table" Error deck "a table that may stand once in a file and stands twice; the second is not read"
    "missing-key" Error deck "a table without the key it cannot do without, such as a card without a prompt"
    "value" Error deck "a value of the wrong type, out of range, or none of the words that may stand there"
    "bad-id" Error deck "an id that cannot be typed in a shell as it stands: letters, digits, `.`, `_` and `-` can"
    "bad-date" Error deck "a date in quotes or in words; TOML has dates of its own, and only those can be counted with"
    "bad-limit" Error deck "a time for the answer that is no duration between one second and two hours"
    "empty" Error deck "a text with nothing in it; an empty prompt asks nothing"
    "misplaced" Error commands "a setting in the wrong file: what every machine must agree on is shared, the rest is personal"
    "duplicate-id" Error deck "one id on two cards; a history cannot belong to both, so only the first is asked"
    "duplicate-interview" Warning commands "one id on two interviews, written or from the file's name; a debrief could be of either"
    "same-prompt" Warning deck "the same prompt twice without ids; where none is written the prompt is the identity"
    "renamed-twin" Warning commands "a card beside the one its history was renamed to; the two are one now, so one is asked"
    "placeholder" Warning deck "a `{word}` that nothing fills in; it is shown with its braces"
    "repeats-prompt" Warning deck "a point or a part that only says the prompt again; it could be ticked without an answer"
    "synonym-variant" Warning deck "a variant that only asks the prompt again; another angle helps, a synonym does not"
    "unfit-cue" Warning deck "a cue word that can never tell anything: empty, written twice, or a whole sentence"
    "short-limit" Warning deck "a time for the answer that the model answer does not fit into at 150 words a minute"
    "unused-key" Warning deck "a key that has no effect on a card of this kind"
    "dangling" Warning deck "a story, card, interview, deck, tag, coach rule or file that is named and stands nowhere"
    "phrases" Warning commands "a line in a file of coach phrases that no rule reads"
    "link" Warning commands "a link, which might lead out of the collection, or another thing that is no regular file"
    "file-name" Warning commands "a file whose name is not UTF-8; no other machine could be told of it"
    "tracked-local" Warning commands "files of this machine that git tracks; a checkout would put older ones in their place, and reviews would be lost"
    "no-points" Info deck "cards that ask for a story, a plan, a weakness or an example, and have nothing to tick"
    "unused-story" Info deck "a story that no card, debrief or interview names, and that shows nothing any of them asks for; it would never be told"
    "orphan" Info commands "history whose card is gone, with the card it may belong to now; only you can tell whether it does"
    "not-a-deck" Info deck "a TOML file with none of a deck's tables, such as the settings of another program"
}

/// Two places in the decks that are one card; the first in path order is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Twins {
    /// The card asked: its id as written or derived, file and line.
    pub(crate) first: (CardId, String, usize),
    /// The one that is not.
    pub(crate) second: (CardId, String, usize),
    /// Whether the second one's id is written in its file.
    pub(crate) written: bool,
}

/// What to say of all places that are one card, `findings` being those of their files. Of the two sides of one merge
/// conflict nothing is said: its markers are named, and once one side is left there is one card.
pub(crate) fn all_twins(all: &[Twins], findings: &[Diagnostic]) -> Vec<Diagnostic> {
    let mut markers: BTreeMap<&str, Vec<(usize, &str)>> = BTreeMap::new();
    for finding in findings.iter().filter(|finding| finding.check == "conflict-markers") {
        let text = finding.excerpt.as_ref().map_or("", Excerpt::line);
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

/// What to say of two places that are one card.
pub(crate) fn twins(twins: &Twins) -> Diagnostic {
    let (first, first_file, first_line) = &twins.first;
    let (second, file, line) = &twins.second;
    let (severity, check, message, help) = if first != second {
        (
            Severity::Warning,
            "renamed-twin",
            format!("`{second}` and `{first}` (at {first_file}:{first_line}) are one card since a rename"),
            "delete one of the two; `rehearse log --all` shows the rename and `rehearse undo EVENT` takes it back",
        )
    } else if twins.written {
        (
            Severity::Error,
            "duplicate-id",
            format!("the id `{second}` is taken by the card at {first_file}:{first_line}"),
            "give this card another id; the first keeps the history and is asked",
        )
    } else {
        (
            Severity::Warning,
            "same-prompt",
            format!("the same prompt stands at {first_file}:{first_line}; it is asked once"),
            "delete one, or write an `id` into each to rehearse both",
        )
    };
    Diagnostic {
        severity,
        check: Cow::Borrowed(check),
        message,
        file: file.clone(),
        line: *line,
        column: 1,
        excerpt: None,
        help: Some(help.to_owned()),
    }
}

/// What to say of an interview whose id is that of another, which stands in the file `first`; `source` is its own file.
pub(crate) fn duplicate_interview(id: &str, first: &str, source: &Source) -> Diagnostic {
    // Its table begins a line; of one that is written in another way the file is named.
    let squeezed = |line: &str| line.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    let line = source.text.lines().position(|line| squeezed(line).starts_with("[interview]"));
    let message = format!("the id `{id}` is taken by the interview in {first}");
    let help = "write another `id` into one of the two; debriefs name an interview by it";
    source.warning(source.line_span(line.map_or(1, |line| line + 1)), "duplicate-interview", message).help(help)
}

/// A name in a deck under which nothing stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dangling {
    pub(crate) file: String,
    /// The bytes of the name in it.
    pub(crate) span: Span,
    /// What should stand under the name.
    pub(crate) kind: ReferenceKind,
    pub(crate) name: String,
    /// The nearest name under which something of that sort stands.
    pub(crate) near: Option<String>,
    /// Whether a card stands under it where a story should.
    pub(crate) card: bool,
}

/// What to say of a name under which nothing stands; `source` is its file.
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

/// A story that nothing names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unnamed {
    pub(crate) file: String,
    /// The line of its header.
    pub(crate) line: usize,
    pub(crate) id: String,
    /// The competencies that it gives evidence of.
    pub(crate) shows: Vec<String>,
}

/// What to say of a story that nothing names and nothing asks for.
pub(crate) fn unused_story(story: &Unnamed) -> Diagnostic {
    let Unnamed { file, line, id, shows } = story;
    let message = match shows.len() {
        0 => format!("no card names the story `{id}`, and it shows no competency"),
        _ => format!("no card names the story `{id}`, and nothing asks for what it shows"),
    };
    let help = "name it in the `stories` of a card that it answers, or write into `shows` what a card asks for";
    let finding = Diagnostic::whole_file(Severity::Info, file, "unused-story", message).help(help);
    Diagnostic { line: *line, ..finding }
}

/// What to say of files that git tracks in this machine's folder, which is called `local`; nothing if there are none.
pub(crate) fn tracked(local: &str, files: &[String]) -> Option<Diagnostic> {
    let path = format!("{local}/{}", files.first()?);
    let message = format!("git tracks {} of this machine", count(files.len(), "file"));
    let help = format!("`git rm -r --cached {local}` and a commit let go of them; they stay on the disk");
    Some(Diagnostic::whole_file(Severity::Warning, &path, "tracked-local", message).help(help))
}

/// Most names of a list that are spelled out.
const MOST_NAMED: usize = 10;

/// What to say of cards with history that stand in no deck: each at the newcomer it may have become (`suggested`: which
/// orphan, which newcomer); and once, at the log, of those nobody here ever saw, as long as there is any newcomer.
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
    let mut names = unknown[..unknown.len().min(MOST_NAMED)].to_vec();
    if unknown.len() > MOST_NAMED {
        names.push(format!("{} more", unknown.len() - MOST_NAMED));
    }
    let (cards, stand) = match unknown.len() {
        1 => ("a card with history".to_owned(), "stands"),
        many => (count(many, "card") + " with history", "stand"),
    };
    let message = format!("{cards} {stand} in no deck and nothing is left of the wording: {}", list(&names, "and"));
    let help =
        "where one was reworded, `rehearse rename OLD NEW` lets its history go on; `rehearse list` shows every id";
    Diagnostic::whole_file(Severity::Info, log, "orphan", message).help(help)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_severities_agree() {
        for (n, check) in CHECKS.iter().enumerate() {
            assert!(CHECKS[..n].iter().all(|other| other.name != check.name), "{}", check.name);
        }
        let id = |name: &str| CardId::parse(name).unwrap();
        let at = |name: &str| (id(name), "a.toml".to_owned(), 3);
        for (first, second, written, expected) in
            [("a", "a", true, "duplicate-id"), ("a", "a", false, "same-prompt"), ("b", "a", true, "renamed-twin")]
        {
            let finding = twins(&Twins { first: at(first), second: at(second), written });
            let check = CHECKS.iter().find(|check| check.name == finding.check).unwrap();
            assert_eq!((check.name, check.severity), (expected, finding.severity));
        }
    }
    #[test]
    fn the_sides_of_one_conflict_are_no_twins() {
        let text = "[a]\n<<<<<<< ours\n[b]\n[c]\n=======\n[d]\n>>>>>>> theirs\n[e]\n<<<<<<< ours\n[f]\n=======\n>>>>>>> theirs\n";
        let source = Source::new("a.toml", text);
        let markers = [2, 5, 7, 9, 11, 12].map(|line| source.error(source.line_span(line), "conflict-markers", ""));
        let x = CardId::parse("x").unwrap();
        let told = |first: (&str, usize), second: (&str, usize)| {
            let at = |(file, line): (&str, usize)| (x.clone(), file.to_owned(), line);
            all_twins(&[Twins { first: at(first), second: at(second), written: true }], &markers).len() == 1
        };
        for (first, second, expected) in
            [(1, 3, true), (3, 4, true), (3, 6, false), (4, 6, false), (6, 8, true), (3, 10, true), (6, 10, true)]
        {
            assert_eq!(told(("a.toml", first), ("a.toml", second)), expected, "{first} and {second}");
        }
        assert!(told(("a.toml", 3), ("b.toml", 6)));
    }
}
