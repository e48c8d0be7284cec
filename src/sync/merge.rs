//! Merging two histories without a working tree, in a bare repository that has only the objects, so that no configuration,
//! attribute, or driver of the user's repository is used. Decks are merged by this program.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;

use super::error::Error;
use crate::collection::{DRIVER, driver_command};
use crate::deck::{self, DeckConflict};
use crate::git::{self, Oid, Reach, Repository, run, version};
use crate::text::list;

/// The first version of git that merges without a working tree.
const MERGES: (u32, u32) = (2, 38);

const MARKERS: usize = 7;

#[derive(Debug)]
pub(super) enum MergeOutcome {
    /// The merged tree, and notes of the deck merge.
    Clean(Oid, Vec<String>),
    Conflicts(Conflicts),
    /// This git cannot merge, for the reason given.
    Impossible(Error),
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Conflicts {
    /// The tree, with conflict markers.
    pub(super) tree: Oid,
    pub(super) files: Vec<Conflict>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Conflict {
    pub(super) file: String,
    pub(super) what: String,
}

impl Conflicts {
    pub(super) fn message(&self) -> String {
        let file = |Conflict { file, what }: &Conflict| format!("{file}: {what}");
        self.files.iter().map(file).collect::<Vec<_>>().join("; ")
    }
}

pub(super) struct HistoryMerge<'a> {
    pub(super) repository: &'a Repository,
    pub(super) work: &'a Path,
    pub(super) program: &'a Path,
    pub(super) pull: String,
}

impl HistoryMerge<'_> {
    pub(super) fn run(self, ours: &Oid, theirs: &Oid) -> Result<MergeOutcome, Error> {
        let HistoryMerge { repository, work, program, pull } = self;
        let found = version()?;
        if found < MERGES {
            return Ok(MergeOutcome::Impossible(Error::OldGit { found, needed: MERGES, pull }));
        }
        let folder = work.join("merge");
        lay_out(repository, &folder).map_err(Error::file(&folder, "cannot be written"))?;
        let mut command = git::command(&folder, Reach::Here);
        command.env("GIT_DIR", &folder).env("GIT_OBJECT_DIRECTORY", repository.common.join("objects"));
        // In the environment, so that a shell does not interpret the path.
        command.env("REHEARSE_PROGRAM", program);
        let driver = driver_command("\"$REHEARSE_PROGRAM\"");
        command.args(["-c", &format!("merge.{DRIVER}.driver={driver}")]);
        command.args(["merge-tree", "--write-tree", "-z", "--no-messages", ours.as_str(), theirs.as_str()]);
        let output = run(command.stdin(Stdio::null()), b"")?;
        let mut parts = output.stdout.split(|&byte| byte == 0);
        let tree = parts.next().and_then(|tree| Oid::parse(std::str::from_utf8(tree).ok()?));
        match (output.code, tree) {
            (Some(0), Some(tree)) => Ok(MergeOutcome::Clean(tree, output.stderr_lines("note: "))),
            (Some(1), Some(tree)) => {
                let files = conflicts(repository, parts)?;
                Ok(MergeOutcome::Conflicts(Conflicts { tree, files }))
            }
            _ => Err(Error::NotMerged { message: output.message(), pull }),
        }
    }
}

/// The common version of a file in conflict, ours, and theirs.
type FileVersions = [Option<Oid>; 3];

/// Parses the conflicts that git listed, up to an empty part.
fn conflicts<'a>(repository: &Repository, parts: impl Iterator<Item = &'a [u8]>) -> Result<Vec<Conflict>, Error> {
    let mut files: BTreeMap<Vec<u8>, FileVersions> = BTreeMap::new();
    for (path, stage, oid) in parts.take_while(|part| !part.is_empty()).filter_map(parse_version) {
        files.entry(path).or_default()[stage] = Some(oid);
    }
    let name = |path: &[u8]| String::from_utf8_lossy(path).into_owned();
    files.iter().map(|(path, versions)| conflict(repository, name(path), versions)).collect()
}

/// Parses one version of a file in conflict: `MODE OID STAGE`, a tab, the path. Returns the stage from 0.
fn parse_version(part: &[u8]) -> Option<(Vec<u8>, usize, Oid)> {
    let tab = part.iter().position(|&byte| byte == b'\t')?;
    let mut words = std::str::from_utf8(&part[..tab]).ok()?.split(' ').skip(1);
    let (oid, stage) = (Oid::parse(words.next()?)?, words.next()?.parse::<usize>().ok()?);
    (1..=3).contains(&stage).then(|| (part[tab + 1..].to_vec(), stage - 1, oid))
}

fn lay_out(repository: &Repository, folder: &Path) -> std::io::Result<()> {
    for below in ["objects", "refs", "info"] {
        std::fs::create_dir_all(folder.join(below))?;
    }
    std::fs::write(folder.join("HEAD"), "ref: refs/heads/none\n")?;
    let format = repository.config.get("extensions.objectformat");
    let (version, format) = match format {
        Some("sha256") => (1, "[extensions]\n\tobjectFormat = sha256\n"),
        _ => (0, ""),
    };
    std::fs::write(
        folder.join("config"),
        format!("[core]\n\trepositoryFormatVersion = {version}\n\tbare = true\n{format}"),
    )?;
    std::fs::write(folder.join("info").join("attributes"), attributes(&repository.prefix))?;
    // The history of a shallow clone ends at the same commits.
    match std::fs::copy(repository.common.join("shallow"), folder.join("shallow")) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Returns attributes by which this program merges decks, but not the settings beside them.
fn attributes(prefix: &str) -> String {
    // A pattern, which has special characters, in a quoted string, which has others.
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

fn conflict(repository: &Repository, file: String, [base, ours, theirs]: &FileVersions) -> Result<Conflict, Error> {
    let (Some(ours), Some(theirs)) = (ours, theirs) else {
        return Ok(Conflict { file, what: "one side took it away, the other changed it".to_owned() });
    };
    let text = |oid: &Oid| Ok::<_, Error>(deck::decode(repository.blob(oid)?).0);
    let base = base.as_ref().map_or_else(|| Ok(String::new()), text)?;
    let merged = deck::merge(&base, [&text(ours)?, &text(theirs)?], MARKERS).map(|merged| merged.conflicts);
    let what: Vec<String> = merged.iter().flatten().map(conflict_message).collect();
    let what = if what.is_empty() { "both sides changed it".to_owned() } else { what.join(", and ") };
    Ok(Conflict { file, what })
}

fn conflict_message(DeckConflict { what, fields, .. }: &DeckConflict) -> String {
    let of = if fields.is_empty() { String::new() } else { format!("{} of ", list(fields, "and")) };
    format!("both sides changed {of}{what}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attribute_patterns_match_the_folder_only() {
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
