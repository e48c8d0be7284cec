//! The table of checks.

use crate::diagnostic::Severity;

#[derive(Debug, Clone, Copy)]
pub struct Check {
    pub name: &'static str,
    pub severity: Severity,
    pub finds: &'static str,
    pub example: Example,
    /// What `rehearse check` says about the example.
    pub says: &'static str,
}

#[derive(Debug, Clone, Copy)]
pub enum Example {
    Deck(&'static str),
    /// Shell commands, for what a deck file alone cannot show.
    Commands(&'static str),
}

impl Example {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Example::Deck(text) | Example::Commands(text) => text,
        }
    }
}

pub fn named(name: &str) -> Option<&'static Check> {
    CHECKS.iter().find(|check| check.name == name)
}

macro_rules! example {
    (deck $name:literal) => {
        Example::Deck(include_str!(concat!("examples/", $name, "/bad.toml")))
    };
    (commands $name:literal) => {
        Example::Commands(include_str!(concat!("examples/", $name, "/bad.sh")))
    };
}

macro_rules! checks {
    ($($name:literal $severity:ident $form:ident $finds:literal)*) => {
        pub static CHECKS: &[Check] = &[$(Check {
            name: $name,
            severity: Severity::$severity,
            finds: $finds,
            example: example!($form $name),
            says: include_str!(concat!("examples/", $name, "/expected.txt")),
        }),*];
    };
}

checks! {
    "syntax" Error deck "text that is not TOML, such as a quote or a bracket never closed; it costs the card it stands in"
    "conflict-markers" Error deck "markers that a merge left behind; what stands between them counts only where it makes whole cards"
    "encoding" Error commands "bytes that are not UTF-8; they cost the card they stand in"
    "too-large" Error commands "a file over 16 MiB, which nobody wrote by hand; it is not read"
    "too-many" Error commands "more than a hand writes: over 1000 faults in a file, entries in a list, or KiB in a text; a card with them is skipped"
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
    "placeholder" Warning deck "a `{word}` that is nearly a placeholder, such as `{compnay}`; nothing fills it in"
    "escape" Warning deck "a control character, where a `\\` was meant: TOML reads the `\\t` of `\"\\theta\"` as a tab"
    "repeats-prompt" Warning deck "a point or a part that only says the prompt again; it could be ticked without an answer"
    "synonym-variant" Warning deck "a variant that only asks the prompt again; another angle helps, a synonym does not"
    "unfit-cue" Warning deck "a cue word that can never tell anything: empty, written twice, or a whole sentence"
    "loose-cue" Warning deck "a cue word that is one of the 200 most common English words; it is in almost every answer"
    "short-limit" Warning deck "a time for the answer that the model answer does not fit into at 150 words a minute"
    "unused-key" Warning deck "a key that has no effect on a card of this kind"
    "dangling" Warning deck "a story, card, interview, deck, tag, coach rule or file that is named and stands nowhere"
    "phrases" Warning commands "a line in a file of coach phrases that no rule reads"
    "link" Warning commands "a link, which might lead out of the collection, or another thing that is no regular file"
    "file-name" Warning commands "a file whose name is not UTF-8; no other machine could be told of it"
    "tracked-local" Warning commands "files of this machine that git tracks; a checkout would put older ones in their place, and reviews would be lost"
    "no-points" Info deck "cards that ask for a story, a plan, a weakness or an example, and have nothing to tick"
    "unused-story" Info deck "a story that no card, debrief or interview names, and that shows nothing any of them asks for; it would never be told"
    "shared-interview" Info commands "a file about an interview that git tracks, in a repository with a remote, where others may read it"
    "orphan" Info commands "history whose card is gone, with the card it may belong to now; only you can tell whether it does"
    "not-a-deck" Info deck "a TOML file with none of a deck's tables, such as the settings of another program"
}
