//! Setting up git to merge decks card by card: attributes, which are committed, and a driver in the configuration, which
//! is only on this machine.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use super::error::Error;
use crate::doctor::Merging;
use crate::git::{self, Reach, run};
use crate::search_path;

pub(crate) const DRIVER: &str = "rehearse-deck";

const ATTRIBUTES: &[(&str, &str)] = &[("*.toml", "merge=rehearse-deck"), (".rehearse/journal/**", "-text merge=union")];

const PROGRAM: &str = "rehearse";

/// What follows the program in the command that git runs. If the program is missing or has no result, lines are merged:
/// otherwise git would take our side without a marker, and the next `git add` would lose theirs.
const CALL: &str = " merge-driver %O %A %B %P %L; r=$?; if [ $r -ge 126 ]; then \
                    git merge-file -q --marker-size=%L %A %O %B; else exit $r; fi";

/// The driver in the configuration of a repository.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Driver {
    #[default]
    None,
    There,
    /// It was written; the program is called by this name or path.
    Set(String),
    /// Another command has its name and was not changed.
    Foreign,
    Refused,
}

/// Returns the driver's command, the value of `merge.rehearse-deck.driver`. `program` is a word of a shell.
pub(crate) fn driver_command(program: &str) -> String {
    // `%` is special to git.
    format!("{}{CALL}", program.replace('%', "%%"))
}

/// Returns the running program as a shell finds it: by name if `PATH` finds it, else by its quoted path.
fn own_program() -> Option<String> {
    let own = std::env::current_exe().ok()?;
    let is_own = |path: PathBuf| path.canonicalize().ok().zip(own.canonicalize().ok()).is_some_and(|(a, b)| a == b);
    if search_path::find(PROGRAM).is_some_and(is_own) {
        return Some(PROGRAM.to_owned());
    }
    let path = own.to_str()?.replace(std::path::MAIN_SEPARATOR, "/");
    Some(format!("'{}'", path.replace('\'', r"'\''")))
}

/// Writes the driver to the configuration of the repository around a folder. A foreign command is not changed.
pub(super) fn set_driver(folder: &Path) -> Driver {
    let key = |last: &str| format!("merge.{DRIVER}.{last}");
    let config = |args: &[&str]| run(git::command(folder, Reach::Here).args(["config", "--local"]).args(args), b"");
    let Ok(known) = config(&["--get", &key("driver")]) else { return Driver::None };
    let known = String::from_utf8_lossy(&known.stdout).trim_end_matches('\n').to_owned();
    let Some(program) = own_program() else { return Driver::Refused };
    let command = driver_command(&program);
    if known == command {
        return Driver::There;
    }
    if !known.is_empty() && !known.ends_with(CALL) {
        return Driver::Foreign;
    }
    let set =
        |key: &str, value: &str| config(&["--replace-all", key, value]).is_ok_and(|output| output.code == Some(0));
    let done = set(&key("name"), "decks of rehearse, card by card") && set(&key("driver"), &command);
    if done { Driver::Set(program) } else { Driver::Refused }
}

/// Returns how git merges in a folder; `None` without git or a repository.
pub(super) fn merging(folder: &Path) -> Option<Merging> {
    let folder = git::inside_repository(folder)?;
    let driver = git::stdout_of(&folder, &["config", "--get", &format!("merge.{DRIVER}.driver")]).unwrap_or_default();
    // Path, attribute, and value, each ended by NUL.
    let merge = |path: &str| {
        let listed = git::stdout_of(&folder, &["check-attr", "-z", "merge", "--", path])?;
        listed.split(|byte| *byte == 0).nth(2).map(<[u8]>::to_vec)
    };
    Some(Merging {
        driver: !driver.trim_ascii().is_empty(),
        decks: merge("deck.toml")? == DRIVER.as_bytes(),
        journals: merge(".rehearse/journal/aaaaaaaa/2026-01.jsonl")? == b"union",
    })
}

/// Adds missing attributes to those of a folder. Returns how many lines were added and whether the file is new. A line that
/// says something else about merging the same files stays. A link is not changed; git does not read it either.
pub(super) fn add_attributes(folder: &Path) -> Result<(usize, bool), Error> {
    let path = folder.join(".gitattributes");
    let known = match path.symlink_metadata() {
        Ok(metadata) if !metadata.is_file() => return Ok((0, false)),
        Ok(_) => Some(std::fs::read(&path).map_err(Error::file(&path, "cannot be read"))?),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(Error::file(&path, "cannot be written")(error)),
    };
    let text = known.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
    let missing: Vec<String> = ATTRIBUTES
        .iter()
        .filter(|(pattern, _)| !text.lines().any(|line| is_about_merging(line, pattern)))
        .map(|(pattern, attributes)| format!("{pattern} {attributes}\n"))
        .collect();
    if missing.is_empty() {
        return Ok((0, false));
    }
    let gap = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    let file = OpenOptions::new().append(true).create(true).open(&path);
    file.and_then(|mut file| file.write_all(format!("{gap}{}", missing.concat()).as_bytes()))
        .map_err(Error::file(&path, "cannot be written"))?;
    Ok((missing.len(), known.is_none()))
}

fn is_about_merging(line: &str, pattern: &str) -> bool {
    let mut words = line.split_ascii_whitespace();
    let same = words.next() == Some(pattern);
    same && words.any(|word| word.trim_start_matches(['-', '!']).split('=').next() == Some("merge"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_attributes_are_added_and_nothing_is_overwritten() {
        let (toml, journal) = ("*.toml merge=rehearse-deck\n", ".rehearse/journal/** -text merge=union\n");
        let both = format!("{toml}{journal}");
        let cases = [
            (None, both.clone(), (2, true)),
            (Some(String::new()), both.clone(), (2, false)),
            (Some("*.png binary".into()), format!("*.png binary\n{both}"), (2, false)),
            (Some(format!("{journal}# mine\n")), format!("{journal}# mine\n{toml}"), (1, false)),
            (Some(both.replace('\n', "\r\n")), both.replace('\n', "\r\n"), (0, false)),
            (Some("*.toml text\n".into()), format!("*.toml text\n{both}"), (2, false)),
            (Some("*.toml -merge\n".into()), format!("*.toml -merge\n{journal}"), (1, false)),
            (Some("*.toml eol=lf merge=mine\n".into()), format!("*.toml eol=lf merge=mine\n{journal}"), (1, false)),
        ];
        for (before, after, added) in cases {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join(".gitattributes");
            if let Some(before) = &before {
                std::fs::write(&path, before).unwrap();
            }
            assert_eq!(add_attributes(folder.path()).unwrap(), added, "{before:?}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), after);
            assert_eq!(add_attributes(folder.path()).unwrap(), (0, false));
        }
    }

    #[test]
    fn the_command_of_the_driver_is_quoted_for_git_and_its_shell() {
        assert_eq!(
            driver_command("'/a b/100%/rehearse'"),
            "'/a b/100%%/rehearse' merge-driver %O %A %B %P %L; r=$?; if [ $r -ge 126 ]; then git merge-file -q \
             --marker-size=%L %A %O %B; else exit $r; fi"
        );
    }
}
