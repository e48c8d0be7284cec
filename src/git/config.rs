//! What a repository's own configuration would run, and how that is kept from running.
//!
//! Settings of the system, of the user and of the environment are the user's: their ssh command and their credential
//! helper are what they log in with. What stands in the repository itself may have come with it from anybody.

/// Where a setting stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// The system's, or the user's own.
    User,
    /// In the repository.
    Repository,
}

/// One setting, as `git config --list` tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Where it stands.
    pub(crate) scope: Scope,
    /// Its name; section and last part in lower case.
    pub(crate) key: String,
    /// Its value; a name alone means `true`.
    pub(crate) value: String,
}

/// Every setting in force, in the order in which git reads them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Config(Vec<Entry>);

impl Config {
    /// Reads what `git config --list -z --show-scope` printed.
    pub(crate) fn parse(listed: &[u8]) -> Self {
        let text = String::from_utf8_lossy(listed);
        let mut parts = text.split('\0');
        let mut entries = Vec::new();
        while let (Some(scope), Some(pair)) = (parts.next(), parts.next()) {
            let (key, value) = pair.split_once('\n').unwrap_or((pair, "true"));
            let scope = match scope {
                "local" | "worktree" => Scope::Repository,
                // What this program itself says with every call.
                "command" => continue,
                _ => Scope::User,
            };
            entries.push(Entry { scope, key: key.to_owned(), value: value.to_owned() });
        }
        Config(entries)
    }

    /// The value that counts: the last.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.last(key, |_| true)
    }

    /// The value that counts among those of the repository itself.
    pub(crate) fn of_repository(&self, key: &str) -> Option<&str> {
        self.last(key, |scope| scope == Scope::Repository)
    }

    fn of_user(&self, key: &str) -> Option<&str> {
        self.last(key, |scope| scope == Scope::User)
    }

    fn last(&self, key: &str, counts: impl Fn(Scope) -> bool) -> Option<&str> {
        let entry = self.0.iter().rev().find(|entry| counts(entry.scope) && entry.key == key)?;
        Some(&entry.value)
    }

    /// The names between `before` and `after` of every key that has them, each once: `remote.` and `.url` give the remotes.
    pub(crate) fn names(&self, before: &str, after: &str) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for Entry { key, .. } in &self.0 {
            if let Some(name) = key.strip_prefix(before).and_then(|rest| rest.strip_suffix(after))
                && !names.contains(&name)
            {
                names.push(name);
            }
        }
        names
    }

    /// Settings that overrule whatever of the repository's own would run a program. `env` looks up the environment.
    pub(crate) fn overrides(&self, env: &dyn Fn(&str) -> Option<String>) -> Vec<(String, String)> {
        let mut over: Vec<(String, String)> = Vec::new();
        for Entry { scope, key, .. } in &self.0 {
            // Content is never filtered, whoever says how.
            if key.starts_with("filter.") {
                let off = if key.ends_with(".required") { "false" } else { "" };
                over.push((key.clone(), off.to_owned()));
            }
            let foreign = *scope == Scope::Repository && over.iter().all(|(known, _)| known != key);
            if let Some(value) = if foreign { self.instead(key, env) } else { None } {
                over.push((key.clone(), value));
            }
        }
        if self.0.iter().any(|entry| entry.scope == Scope::Repository && is_helper(&entry.key)) {
            // An empty helper forgets all before it; then the user's own are told again.
            over.push(("credential.helper".to_owned(), String::new()));
            let own = self.0.iter().filter(|entry| entry.scope == Scope::User && entry.key.starts_with("credential."));
            over.extend(own.map(|entry| (entry.key.clone(), entry.value.clone())));
        }
        over
    }

    /// What to say instead of a setting of the repository that names a program; `None` if it names none.
    fn instead(&self, key: &str, env: &dyn Fn(&str) -> Option<String>) -> Option<String> {
        let own = self.of_user(key).map(str::to_owned);
        let (section, last) = (key.split('.').next()?, key.rsplit('.').next()?);
        match (section, last) {
            ("core", "sshcommand") => {
                let program = || env("GIT_SSH").map(|program| quoted(&program));
                Some(own.or_else(program).unwrap_or_else(|| "ssh".to_owned()))
            }
            ("core", "askpass") => Some(own.or_else(|| env("SSH_ASKPASS")).unwrap_or_default()),
            // A command that says of no alternate what it has.
            ("core", "alternaterefscommand") | ("hook", "command") => Some(own.unwrap_or_else(|| "true".to_owned())),
            _ => None,
        }
    }

    /// What to say with a call instead of the program that the repository names to serve a remote: git takes the first it
    /// reads, so no setting overrules it. `what` is `uploadpack` or `receivepack`.
    pub(crate) fn server(&self, remote: &str, what: &str) -> Option<String> {
        let key = format!("remote.{remote}.{what}");
        self.of_repository(&key)?;
        let usual = if what == "uploadpack" { "git-upload-pack" } else { "git-receive-pack" };
        Some(self.of_user(&key).unwrap_or(usual).to_owned())
    }

    /// Whether the repository names a program to serve any remote.
    pub(crate) fn has_server(&self) -> bool {
        let of_repository = self.0.iter().filter(|entry| entry.scope == Scope::Repository);
        of_repository
            .map(|entry| entry.key.as_str())
            .any(|key| key.starts_with("remote.") && key.ends_with(".uploadpack"))
    }

    /// Whether objects may be missing here that a remote has.
    pub(crate) fn is_partial(&self) -> bool {
        self.0.iter().map(|entry| entry.key.as_str()).any(|key| {
            let of_remote =
                key.starts_with("remote.") && (key.ends_with(".promisor") || key.ends_with(".partialclonefilter"));
            of_remote || key == "extensions.partialclone"
        })
    }

    /// Whether the repository names a program to reach `git://` through, which only the environment can overrule.
    pub(crate) fn has_proxy_command(&self) -> bool {
        self.of_repository("core.gitproxy").is_some()
    }
}

fn is_helper(key: &str) -> bool {
    key.starts_with("credential.") && key.ends_with(".helper")
}

/// A word of a shell.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(entries: &[(&str, &str, &str)]) -> Config {
        let listed: String = entries.iter().map(|(scope, key, value)| format!("{scope}\0{key}\n{value}\0")).collect();
        Config::parse(listed.as_bytes())
    }

    #[test]
    fn what_a_repository_would_run_is_overruled_by_what_the_user_has() {
        type Entries<'a> = &'a [(&'a str, &'a str, &'a str)];
        type Pairs<'a> = &'a [(&'a str, &'a str)];
        let cases: &[(Entries, Pairs)] = &[
            (&[("global", "core.sshcommand", "mine"), ("global", "credential.helper", "store")], &[]),
            (&[("local", "core.sshcommand", "evil")], &[("core.sshcommand", "'/bin/my ssh'")]),
            (
                &[("global", "core.sshcommand", "mine"), ("local", "core.sshcommand", "evil")],
                &[("core.sshcommand", "mine")],
            ),
            (&[("worktree", "core.askpass", "evil")], &[("core.askpass", "")]),
            (
                &[
                    ("system", "credential.helper", "cache"),
                    ("global", "credential.https://a.b.helper", "store"),
                    ("local", "credential.https://a.b.helper", "!evil"),
                ],
                &[
                    ("credential.helper", ""),
                    ("credential.helper", "cache"),
                    ("credential.https://a.b.helper", "store"),
                ],
            ),
            (
                &[
                    ("global", "filter.lfs.process", "git-lfs"),
                    ("global", "filter.lfs.required", "true"),
                    ("local", "filter.x.clean", "evil"),
                ],
                &[("filter.lfs.process", ""), ("filter.lfs.required", "false"), ("filter.x.clean", "")],
            ),
            (&[("local", "core.alternaterefscommand", "evil")], &[("core.alternaterefscommand", "true")]),
            (&[("local", "remote.origin.url", "x"), ("local", "user.name", "A")], &[]),
        ];
        for (entries, expected) in cases {
            let env = |name: &str| (name == "GIT_SSH").then(|| "/bin/my ssh".to_owned());
            let over = config(entries).overrides(&env);
            let over: Vec<(&str, &str)> = over.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
            assert_eq!(over, *expected, "{entries:?}");
        }
    }

    #[test]
    fn the_program_that_serves_a_remote_is_the_usual_or_the_users() {
        let own = ("global", "remote.origin.uploadpack", "/opt/upload");
        let theirs = [("local", "remote.origin.uploadpack", "evil"), ("local", "remote.a.b.receivepack", "evil")];
        let cases = [
            (vec![own], "origin", "uploadpack", None),
            (theirs.to_vec(), "origin", "uploadpack", Some("git-upload-pack")),
            (vec![theirs[0], own], "origin", "uploadpack", Some("/opt/upload")),
            (theirs.to_vec(), "a.b", "receivepack", Some("git-receive-pack")),
            (theirs.to_vec(), "a.b", "uploadpack", None),
        ];
        for (entries, remote, what, expected) in cases {
            let config = config(&entries);
            assert_eq!(config.server(remote, what).as_deref(), expected, "{entries:?}");
            assert_eq!(config.has_server(), entries.len() > 1);
        }
    }

    #[test]
    fn the_last_value_counts_and_names_are_found() {
        let config = config(&[
            ("global", "user.name", "a"),
            ("local", "user.name", "b\nc"),
            ("local", "remote.origin.url", "x"),
            ("local", "remote.a.b.url", "y"),
            ("local", "remote.origin.url", "z"),
            ("command", "core.hookspath", "/dev/null"),
        ]);
        assert_eq!(config.get("core.hookspath"), None);
        assert_eq!((config.get("user.name"), config.of_repository("user.name")), (Some("b\nc"), Some("b\nc")));
        assert_eq!(config.of_user("user.name"), Some("a"));
        assert_eq!(config.names("remote.", ".url"), ["origin", "a.b"]);
        assert!(!config.has_server());
        assert_eq!(Config::parse(b"local\0core.bare\0").get("core.bare"), Some("true"));
    }
}
