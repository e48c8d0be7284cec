//! What git is told so that it merges decks card by card: attributes, which travel, and a driver, which is this machine's.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::doctor::Merging;
use crate::git::{self, Reach, run};

/// The driver's name, as attributes and configuration have it.
const NAME: &str = "rehearse-deck";

/// Who merges what, as patterns and attributes.
const ATTRIBUTES: &[(&str, &str)] = &[("*.toml", "merge=rehearse-deck"), (".rehearse/journal/**", "-text merge=union")];

/// The program as it is typed.
const PROGRAM: &str = "rehearse";

/// What stands behind the program in the command that git runs. Where the program is missing or has no result, lines are
/// merged: git would take our side without a marker, and the next `git add` would lose theirs.
const CALL: &str = " merge-driver %O %A %B %P %L; r=$?; if [ $r -ge 126 ]; then \
                    git merge-file -q --marker-size=%L %A %O %B; else exit $r; fi";

/// What became of the driver in the configuration of a repository.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Driver {
    /// There is no repository, or no git.
    #[default]
    None,
    There,
    /// It is there now; the program is called by this name or path.
    Set(String),
    /// Another command has its name; it was left as it is.
    Foreign,
    /// The configuration cannot be written.
    Refused,
}

/// The command of the driver, for `merge.rehearse-deck.driver`: `program` is a word of a shell.
pub(crate) fn driver_command(program: &str) -> String {
    // A `%` is a sign to git.
    format!("{}{CALL}", program.replace('%', "%%"))
}

/// The running program as a shell finds it: by name if that is what `PATH` finds, else by its path, quoted.
pub(crate) fn own_program() -> Option<String> {
    let own = std::env::current_exe().ok()?;
    let file = format!("{PROGRAM}{}", std::env::consts::EXE_SUFFIX);
    let found = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
        .map(|folder| folder.join(&file))
        .find(|path| path.is_file());
    let is_own = |path: PathBuf| path.canonicalize().ok().zip(own.canonicalize().ok()).is_some_and(|(a, b)| a == b);
    if found.is_some_and(is_own) {
        return Some(PROGRAM.to_owned());
    }
    let path = own.to_str()?.replace(std::path::MAIN_SEPARATOR, "/");
    Some(format!("'{}'", path.replace('\'', r"'\''")))
}

/// Tells the repository around a folder of the driver. A command that is not the driver's is left as it is.
pub(crate) fn set_driver(folder: &Path) -> Driver {
    let key = |last: &str| format!("merge.{NAME}.{last}");
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
pub(crate) fn merging(folder: &Path) -> Option<Merging> {
    let folder = git::inside_repository(folder)?;
    let driver = git::stdout_of(&folder, &["config", "--get", &format!("merge.{NAME}.driver")]).unwrap_or_default();
    // Path, attribute, and value, each ended by NUL.
    let merge = |path: &str| {
        let listed = git::stdout_of(&folder, &["check-attr", "-z", "merge", "--", path])?;
        listed.split(|byte| *byte == 0).nth(2).map(<[u8]>::to_vec)
    };
    Some(Merging {
        driver: !driver.trim_ascii().is_empty(),
        decks: merge("deck.toml")? == NAME.as_bytes(),
        journals: merge(".rehearse/journal/aaaaaaaa/2026-01.jsonl")? == b"union",
    })
}

/// Adds the attributes that are missing to those of a folder; gives how many lines that were, and whether the file is new.
/// Where something else is said of how to merge the same files, that stays. A link is left alone, as git does.
pub(crate) fn add_attributes(folder: &Path) -> Result<(usize, bool)> {
    let path = folder.join(".gitattributes");
    let context = || format!("{}: cannot be written", path.display());
    let known = match path.symlink_metadata() {
        Ok(metadata) if !metadata.is_file() => return Ok((0, false)),
        Ok(_) => Some(std::fs::read(&path).with_context(|| format!("{}: cannot be read", path.display()))?),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(error).with_context(context),
    };
    let text = known.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
    let missing: Vec<String> = ATTRIBUTES
        .iter()
        .filter(|(pattern, _)| !text.lines().any(|line| says_how_to_merge(line, pattern)))
        .map(|(pattern, attributes)| format!("{pattern} {attributes}\n"))
        .collect();
    if missing.is_empty() {
        return Ok((0, false));
    }
    let gap = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.append(true).create(true).open(&path).with_context(context)?;
    file.write_all(format!("{gap}{}", missing.concat()).as_bytes()).with_context(context)?;
    Ok((missing.len(), known.is_none()))
}

/// Whether a line of attributes is about this pattern, and about merging.
fn says_how_to_merge(line: &str, pattern: &str) -> bool {
    let mut words = line.split_ascii_whitespace();
    let about = words.next() == Some(pattern);
    about && words.any(|word| word.trim_start_matches(['-', '!']).split('=').next() == Some("merge"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_added_and_nothing_is_overwritten() {
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
        for (before, after, told) in cases {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join(".gitattributes");
            if let Some(before) = &before {
                std::fs::write(&path, before).unwrap();
            }
            assert_eq!(add_attributes(folder.path()).unwrap(), told, "{before:?}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), after);
            assert_eq!(add_attributes(folder.path()).unwrap(), (0, false));
        }
    }

    #[test]
    fn a_command_for_git_is_one_for_its_shell() {
        assert_eq!(
            driver_command("'/a b/100%/rehearse'"),
            "'/a b/100%%/rehearse' merge-driver %O %A %B %P %L; r=$?; if [ $r -ge 126 ]; then git merge-file -q \
             --marker-size=%L %A %O %B; else exit $r; fi"
        );
    }
}
