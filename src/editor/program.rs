//! Which editor to run, and how it is told the line.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::search_path;
use crate::signals::leave_interrupts_to_editor;

const FALLBACK: &str = if cfg!(windows) { "notepad" } else { "vi" };

/// The user's editor: a program and its first arguments, and the variable they come from.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Program {
    words: Vec<OsString>,
    from: Option<&'static str>,
}

impl Program {
    /// Reads VISUAL, else EDITOR, else takes an editor that every machine has.
    pub(crate) fn chosen() -> Result<Program> {
        for from in ["VISUAL", "EDITOR"] {
            if let Some(value) = std::env::var_os(from).filter(|value| !value.is_empty()) {
                return Program::parse(from, &value);
            }
        }
        Ok(Program { words: vec![FALLBACK.into()], from: None })
    }

    /// Parses a command line, quoted as in a shell, or the path of a program, which may contain spaces.
    fn parse(from: &'static str, value: &OsStr) -> Result<Program> {
        let path = Path::new(value);
        if path.components().count() > 1 && path.is_file() {
            return Ok(Program { words: vec![value.to_owned()], from: Some(from) });
        }
        let text = value.to_str().with_context(|| format!("{from} is not UTF-8"))?;
        let words = shell_words::split(text).with_context(|| format!("{from} cannot be read: {text}"))?;
        if words.is_empty() {
            bail!("{from} names no program: set it to that of your editor");
        }
        Ok(Program { words: words.into_iter().map(OsString::from).collect(), from: Some(from) })
    }

    pub(crate) fn open(&self, file: &Path, line: usize) -> Result<()> {
        let of = self.from.map(|from| format!(" of {from}")).unwrap_or_default();
        let name = format!("the editor `{}`{of}", self.words[0].to_string_lossy());
        let program = match Path::new(&self.words[0]).components().count() {
            // A path is the user's own choice; a name must not lead into the collection.
            0 | 1 => search_path::find(&self.words[0]),
            _ => Some(PathBuf::from(&self.words[0])),
        };
        let Some(program) = program else {
            bail!("{name} cannot be started: no folder of PATH has it; set VISUAL or EDITOR to one that can");
        };
        let mut command = Command::new(program);
        command.args(&self.words[1..]).args(arguments(&self.words, file, line));
        match leave_interrupts_to_editor(|| command.status()) {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => bail!("{name} did not end well ({status})"),
            Err(error) => bail!("{name} cannot be started: {error}; set VISUAL or EDITOR to one that can"),
        }
    }
}

/// Returns the arguments for an editor: the file, the line if the editor is known, and the flag to wait if it needs one.
fn arguments(words: &[OsString], file: &Path, line: usize) -> Vec<OsString> {
    let name = Path::new(&words[0]).file_stem().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let flagged = |flag: &str| words[1..].iter().any(|word| word == flag);
    let with_line = || {
        let mut place = file.as_os_str().to_owned();
        place.push(format!(":{line}"));
        place
    };
    let unless = |flag: &str| (!flagged(flag)).then(|| OsString::from(flag));
    let plus = || OsString::from(format!("+{line}"));
    match name.as_str() {
        "vi" | "vim" | "nvim" | "view" | "nano" | "pico" | "emacs" | "emacsclient" | "mg" | "micro" | "kak" | "joe"
        | "ne" => vec![plus(), file.into()],
        "gvim" | "mvim" => unless("-f").into_iter().chain([plus(), file.into()]).collect(),
        "hx" | "helix" => vec![with_line()],
        "code" | "code-insiders" | "codium" | "vscodium" | "cursor" => {
            ["--goto".into(), with_line()].into_iter().chain(unless("--wait").filter(|_| !flagged("-w"))).collect()
        }
        "subl" | "zed" => unless("--wait").filter(|_| !flagged("-w")).into_iter().chain([with_line()]).collect(),
        _ => vec![file.into()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn editors_get_the_line_in_their_own_syntax() {
        let cases: &[(&str, &[&str])] = &[
            ("vi", &["vi", "+7", "/d/a b.toml"]),
            ("/usr/bin/vim -u NONE", &["/usr/bin/vim", "-u", "NONE", "+7", "/d/a b.toml"]),
            ("nvim", &["nvim", "+7", "/d/a b.toml"]),
            ("nano -l", &["nano", "-l", "+7", "/d/a b.toml"]),
            ("emacsclient -t -a ''", &["emacsclient", "-t", "-a", "", "+7", "/d/a b.toml"]),
            ("gvim", &["gvim", "-f", "+7", "/d/a b.toml"]),
            ("gvim -f", &["gvim", "-f", "+7", "/d/a b.toml"]),
            ("hx", &["hx", "/d/a b.toml:7"]),
            ("code", &["code", "--goto", "/d/a b.toml:7", "--wait"]),
            ("code --wait", &["code", "--wait", "--goto", "/d/a b.toml:7"]),
            ("'/opt/VS Code/Code.exe' -w", &["/opt/VS Code/Code.exe", "-w", "--goto", "/d/a b.toml:7"]),
            ("subl", &["subl", "--wait", "/d/a b.toml:7"]),
            ("ed -p '> '", &["ed", "-p", "> ", "/d/a b.toml"]),
            ("my\\ editor", &["my editor", "/d/a b.toml"]),
        ];
        for (value, expected) in cases {
            let program = Program::parse("EDITOR", OsStr::new(value)).unwrap();
            let given = arguments(&program.words, Path::new("/d/a b.toml"), 7);
            let all: Vec<String> =
                program.words.iter().chain(&given).map(|word| word.to_string_lossy().into_owned()).collect();
            assert_eq!(all, *expected, "{value}");
        }
        for bad in ["'", "\"vi", " ", "# vi"] {
            assert!(Program::parse("EDITOR", OsStr::new(bad)).is_err(), "{bad}");
        }
    }
}
