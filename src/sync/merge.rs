//! Merging what both sides committed, without a working tree, in a repository of its own that has nothing but the objects:
//! no configuration, attribute or driver of the user's repository is looked at. Decks are merged by this program.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, Result, anyhow, bail};

use crate::collection::{DRIVER, driver_command};
use crate::deck::{self, DeckConflict};
use crate::git::{self, Oid, Reach, Repository, run, version};
use crate::text::list;

/// The version of git since which it merges without a working tree.
const MERGES: (u32, u32) = (2, 38);

/// How long a marker of a conflict is.
const MARKERS: usize = 7;

/// What came of a merge.
#[derive(Debug)]
pub(crate) enum Merged {
    /// The tree of both, and what the deck merge says of it.
    Clean(Oid, Vec<String>),
    /// Both sides changed the same.
    Conflicts(Conflicts),
    /// This git cannot merge, for the reason given.
    Impossible(anyhow::Error),
}

/// What both sides changed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Conflicts {
    /// The tree, with markers of the conflicts.
    pub(crate) tree: Oid,
    pub(crate) files: Vec<Conflict>,
}

/// A file that both sides changed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Conflict {
    /// Its path from the top.
    pub(crate) file: String,
    /// What is in conflict.
    pub(crate) what: String,
}

impl Conflicts {
    /// What to say of them.
    pub(crate) fn words(&self) -> String {
        let file = |Conflict { file, what }: &Conflict| format!("{file}: {what}");
        self.files.iter().map(file).collect::<Vec<_>>().join("; ")
    }
}

/// Merges two commits. `program` merges decks; `pull` is what the user could type instead.
pub(crate) fn merge(
    repository: &Repository,
    work: &Path,
    program: &Path,
    pull: &str,
    ours: &Oid,
    theirs: &Oid,
) -> Result<Merged> {
    let (major, minor) = version()?;
    if (major, minor) < MERGES {
        return Ok(Merged::Impossible(anyhow!(
            "git {major}.{minor} cannot merge two histories by itself, 2.{} or newer can; the reviews are pushed, the decks \
             wait: `{pull}`, then sync again",
            MERGES.1
        )));
    }
    let folder = work.join("merge");
    lay_out(repository, &folder).with_context(|| format!("{}: cannot be written", folder.display()))?;
    let mut command = git::command(&folder, Reach::Here);
    command.env("GIT_DIR", &folder).env("GIT_OBJECT_DIRECTORY", repository.common().join("objects"));
    // In the environment, where no shell can take a path for something else.
    command.env("REHEARSE_PROGRAM", program);
    let driver = driver_command("\"$REHEARSE_PROGRAM\"");
    command.args(["-c", &format!("merge.{DRIVER}.driver={driver}")]);
    command.args(["merge-tree", "--write-tree", "-z", "--no-messages", ours.as_str(), theirs.as_str()]);
    let said = run(command.stdin(Stdio::null()), b"")?;
    let mut parts = said.stdout.split(|&byte| byte == 0);
    let tree = parts.next().and_then(|tree| Oid::parse(std::str::from_utf8(tree).ok()?));
    match (said.code, tree) {
        (Some(0), Some(tree)) => Ok(Merged::Clean(tree, said.stderr_lines("note: "))),
        (Some(1), Some(tree)) => {
            let mut files: BTreeMap<Vec<u8>, [Option<Oid>; 3]> = BTreeMap::new();
            for (path, stage, oid) in parts.take_while(|part| !part.is_empty()).filter_map(stage) {
                files.entry(path).or_default()[stage] = Some(oid);
            }
            let name = |path: &[u8]| String::from_utf8_lossy(path).into_owned();
            let files =
                files.iter().map(|(path, sides)| conflict(repository, name(path), sides)).collect::<Result<_>>()?;
            Ok(Merged::Conflicts(Conflicts { tree, files }))
        }
        _ => bail!("git could not merge the two histories: {}; `{pull}`, then sync again", said.message()),
    }
}

/// A file in conflict as git tells of one of its versions: `MODE OID STAGE`, a tab, the path.
fn stage(part: &[u8]) -> Option<(Vec<u8>, usize, Oid)> {
    let tab = part.iter().position(|&byte| byte == b'\t')?;
    let mut words = std::str::from_utf8(&part[..tab]).ok()?.split(' ').skip(1);
    let (oid, stage) = (Oid::parse(words.next()?)?, words.next()?.parse::<usize>().ok()?);
    (1..=3).contains(&stage).then(|| (part[tab + 1..].to_vec(), stage - 1, oid))
}

/// The least that git takes for a repository.
fn lay_out(repository: &Repository, folder: &Path) -> std::io::Result<()> {
    for below in ["objects", "refs", "info"] {
        std::fs::create_dir_all(folder.join(below))?;
    }
    std::fs::write(folder.join("HEAD"), "ref: refs/heads/none\n")?;
    let format = repository.config().get("extensions.objectformat");
    let (version, format) = match format {
        Some("sha256") => (1, "[extensions]\n\tobjectFormat = sha256\n"),
        _ => (0, ""),
    };
    std::fs::write(
        folder.join("config"),
        format!("[core]\n\trepositoryFormatVersion = {version}\n\tbare = true\n{format}"),
    )?;
    std::fs::write(folder.join("info").join("attributes"), attributes(repository.prefix()))?;
    // Where history was cut off, it ends.
    match std::fs::copy(repository.common().join("shallow"), folder.join("shallow")) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Decks are merged by this program; the settings beside them are no deck.
fn attributes(prefix: &str) -> String {
    // A pattern, in which some characters stand for others, in a string, in which some do as well.
    let mut root = String::from("/");
    for c in prefix.chars() {
        match c {
            '*' | '?' | '[' | '\\' => root.extend(["\\\\", if c == '\\' { "\\\\" } else { "" }]),
            '"' => root.push('\\'),
            _ => {}
        }
        if c != '\\' {
            root.push(c);
        }
    }
    format!("\"{root}**/*.toml\" merge={DRIVER}\n\"{root}rehearse.toml\" !merge\n")
}

/// What is in conflict about a file, by what git has of it: the common version, ours and theirs.
fn conflict(repository: &Repository, file: String, [base, ours, theirs]: &[Option<Oid>; 3]) -> Result<Conflict> {
    let (Some(ours), Some(theirs)) = (ours, theirs) else {
        return Ok(Conflict { file, what: "one side took it away, the other changed it".to_owned() });
    };
    let text = |oid: &Oid| Ok::<_, anyhow::Error>(deck::decode(repository.blob(oid)?).0);
    let base = base.as_ref().map_or_else(|| Ok(String::new()), text)?;
    let merged = deck::merge(&base, [&text(ours)?, &text(theirs)?], MARKERS).map(|merged| merged.conflicts);
    let what: Vec<String> = merged.iter().flatten().map(clash).collect();
    let what = if what.is_empty() { "both sides changed it".to_owned() } else { what.join(", and ") };
    Ok(Conflict { file, what })
}

fn clash(DeckConflict { what, fields, .. }: &DeckConflict) -> String {
    let of = if fields.is_empty() { String::new() } else { format!("{} of ", list(fields, "and")) };
    format!("both sides changed {of}{what}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_mean_the_folder_and_nothing_else() {
        let cases = [
            ("", "\"/**/*.toml\" merge=rehearse-deck\n\"/rehearse.toml\" !merge\n"),
            ("a b/", "\"/a b/**/*.toml\" merge=rehearse-deck\n\"/a b/rehearse.toml\" !merge\n"),
            (
                "[x]\"\\/",
                "\"/\\\\[x]\\\"\\\\\\\\/**/*.toml\" merge=rehearse-deck\n\"/\\\\[x]\\\"\\\\\\\\/rehearse.toml\" !merge\n",
            ),
        ];
        for (prefix, expected) in cases {
            assert_eq!(attributes(prefix), expected);
        }
    }
}
