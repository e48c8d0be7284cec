//! A repository with a working tree: where it is, its configuration, and calls about it.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::call::{self, CallOutput, Reach, into_text, run};
use super::config::Config;
use super::error::Error;
use super::object_reader::ObjectReader;
use super::worktree::{git_folders, top};

#[derive(Debug)]
pub(crate) struct Repository {
    /// The top of the working tree.
    pub(crate) top: PathBuf,
    /// The git folder that belongs to this working tree alone.
    pub(crate) own: PathBuf,
    /// The git folder that all working trees share.
    pub(crate) common: PathBuf,
    /// The path from the top to the folder: empty, or ending in `/`.
    pub(crate) prefix: String,
    pub(crate) config: Config,
    overrides: Vec<(String, String)>,
    /// Reads objects that are on this machine; started when it is first needed.
    pub(super) reader: RefCell<Option<ObjectReader>>,
    /// Reads objects that may have to be fetched.
    pub(super) fetching_reader: RefCell<Option<ObjectReader>>,
}

impl Repository {
    pub(crate) fn find(folder: &Path) -> Result<Option<Repository>, Error> {
        let folder = folder.canonicalize().map_err(|error| Error::NotOpened { path: folder.to_owned(), error })?;
        let Some(top) = top(&folder) else { return Ok(None) };
        let (own, common) = git_folders(top)?;
        let listed = run(call::command(top, Reach::Here).args(["config", "--list", "-z", "--show-scope"]), b"")?;
        let config = Config::parse(&listed.success("read the configuration of this repository")?);
        // Git ignores it in a linked working tree.
        if own == common
            && let Some(named) = config.repository_value("core.worktree")
            && !own.join(named).canonicalize().is_ok_and(|named| named == top)
        {
            return Err(Error::WorktreeElsewhere(own));
        }
        let below = folder.strip_prefix(top).unwrap_or(Path::new(""));
        let mut prefix = String::new();
        for part in below {
            let Some(part) = part.to_str() else { return Err(Error::NameNotUtf8(folder)) };
            prefix.push_str(part);
            prefix.push('/');
        }
        let overrides = config.overrides(&|name| std::env::var(name).ok());
        let (reader, fetching_reader) = Default::default();
        Ok(Some(Repository { top: top.to_owned(), own, common, prefix, config, overrides, reader, fetching_reader }))
    }

    pub(crate) fn command(&self, reach: Reach) -> Command {
        self.with_overrides(call::command(&self.top, reach))
    }

    pub(crate) fn command_in(&self, folder: &Path, reach: Reach) -> Command {
        let mut command = self.with_overrides(call::command(folder, reach));
        // In a submodule, the configuration names its working tree, from whose top git would take the names of files.
        command.env("GIT_DIR", &self.own).env("GIT_WORK_TREE", ".");
        command
    }

    fn with_overrides(&self, mut command: Command) -> Command {
        command.env("GIT_CONFIG_COUNT", self.overrides.len().to_string());
        for (n, (key, value)) in self.overrides.iter().enumerate() {
            command.env(format!("GIT_CONFIG_KEY_{n}"), key).env(format!("GIT_CONFIG_VALUE_{n}"), value);
        }
        if self.config.has_proxy_command() && std::env::var_os("GIT_PROXY_COMMAND").is_none() {
            command.env("GIT_PROXY_COMMAND", "");
        }
        command
    }

    pub(crate) fn call(&self, args: &[&str], input: &[u8]) -> Result<CallOutput, Error> {
        run(self.command(Reach::Here).args(args), input)
    }

    /// Returns the ref that a symbolic ref points to, such as the branch of `HEAD`; `None` if it is not symbolic.
    pub(crate) fn symbolic_target(&self, name: &str) -> Result<Option<String>, Error> {
        if let Some(target) = self.plain_symbolic_target(name) {
            return Ok(Some(target));
        }
        let output = self.call(&["symbolic-ref", "-q", name], b"")?;
        match output.code {
            Some(0) => into_text(output.stdout).map(Some),
            // A damaged one other than `HEAD` is this program's own and is written again.
            code if code == Some(1) || name != "HEAD" => Ok(None),
            _ => Err(Error::Failed { task: format!("tell where {name} is"), message: output.message() }),
        }
    }

    /// Reads a symbolic ref from its file, which saves a process. Returns `None` if git has to be asked.
    fn plain_symbolic_target(&self, name: &str) -> Option<String> {
        if self.config.get("extensions.refstorage").is_some_and(|storage| storage != "files") {
            return None;
        }
        let folder = if name == "HEAD" { &self.own } else { &self.common };
        let file = folder.join(name);
        let is_file = file.symlink_metadata().is_ok_and(|metadata| metadata.is_file());
        let content = is_file.then(|| std::fs::read_to_string(&file).ok()).flatten()?;
        let target = content.strip_prefix("ref: ")?.strip_suffix('\n')?;
        is_plain_ref(target).then(|| target.to_owned())
    }
}

/// Returns whether a ref's name is valid without knowing git's rules.
fn is_plain_ref(name: &str) -> bool {
    let part = |part: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        !part.is_empty() && part.bytes().all(plain)
    };
    name.strip_prefix("refs/").is_some_and(|rest| rest.split('/').all(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_of_refs_are_read_from_a_file() {
        let cases = [
            ("refs/heads/main", true),
            ("refs/heads/a-b/c_9", true),
            ("refs/heads/.invalid", false),
            ("refs/heads/a.lock", false),
            ("refs/heads/a..b", false),
            ("refs/heads//a", false),
            ("refs/heads/a/", false),
            ("refs/heads/a\n", false),
            ("refs/heads/\u{e4}", false),
            ("refs/", false),
            ("HEAD", false),
        ];
        for (name, expected) in cases {
            assert_eq!(is_plain_ref(name), expected, "{name:?}");
        }
    }
}
