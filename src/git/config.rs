//! What a repository's own configuration would run, and how it is kept from running.
//!
//! Settings of the system, the user, and the environment are the user's: their ssh command and their credential helper
//! are how they log in. Settings in the repository itself may have come with it from anyone.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ConfigScope {
    User,
    Repository,
}

/// One setting, as `git config --list` prints it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct ConfigEntry {
    scope: ConfigScope,
    /// Section and last part are in lower case.
    key: String,
    /// `true` for a key without a value.
    value: String,
}

/// What git finds a key by, if none is named.
const IDENTITY: [&str; 4] = ["user.name", "user.email", "committer.name", "committer.email"];

#[derive(Debug, Clone, Default)]
pub(crate) struct Config(Vec<ConfigEntry>);

impl Config {
    /// Parses the output of `git config --list -z --show-scope`.
    pub(super) fn parse(listed: &[u8]) -> Self {
        let text = String::from_utf8_lossy(listed);
        let mut parts = text.split('\0');
        let mut entries = Vec::new();
        while let (Some(scope), Some(pair)) = (parts.next(), parts.next()) {
            let (key, value) = pair.split_once('\n').unwrap_or((pair, "true"));
            let scope = match scope {
                "local" | "worktree" => ConfigScope::Repository,
                // What this program passes with every call.
                "command" => continue,
                _ => ConfigScope::User,
            };
            entries.push(ConfigEntry { scope, key: key.to_owned(), value: value.to_owned() });
        }
        Config(entries)
    }

    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.last(key, |_| true)
    }

    pub(super) fn repository_value(&self, key: &str) -> Option<&str> {
        self.last(key, |scope| scope == ConfigScope::Repository)
    }

    fn user_value(&self, key: &str) -> Option<&str> {
        self.last(key, |scope| scope == ConfigScope::User)
    }

    /// Returns whether commits are to be signed; the repository may ask for it, too.
    pub(crate) fn signs_commits(&self) -> bool {
        let asks = |value: &str| match value.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" => true,
            number => number.parse::<i64>().is_ok_and(|number| number != 0),
        };
        self.get("commit.gpgsign").is_some_and(asks)
    }

    /// Returns the user's key, or their address, by which a program finds it, if the repository names either. It never
    /// decides with which key a commit is signed.
    fn own_key(&self, env: &dyn Fn(&str) -> Option<String>) -> Option<String> {
        let own = self.user_value("user.signingkey").map(str::to_owned);
        let names_identity = || IDENTITY.iter().any(|key| self.repository_value(key).is_some());
        if self.repository_value("user.signingkey").is_none() && (own.is_some() || !names_identity()) {
            return None;
        }
        let address = || env("GIT_COMMITTER_EMAIL").or_else(|| self.user_value("committer.email").map(str::to_owned));
        let address = || address().or_else(|| self.user_value("user.email").map(str::to_owned));
        Some(own.or_else(|| Some(format!("<{}>", address()?))).unwrap_or_default())
    }

    fn last(&self, key: &str, counts: impl Fn(ConfigScope) -> bool) -> Option<&str> {
        let entry = self.0.iter().rev().find(|entry| counts(entry.scope) && entry.key == key)?;
        Some(&entry.value)
    }

    fn repository_keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter(|entry| entry.scope == ConfigScope::Repository).map(|entry| entry.key.as_str())
    }

    /// Returns the names between `before` and `after` of every key that has them, each once: `remote.` and `.url` give
    /// the remotes.
    pub(crate) fn names(&self, before: &str, after: &str) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for ConfigEntry { key, .. } in &self.0 {
            if let Some(name) = key.strip_prefix(before).and_then(|rest| rest.strip_suffix(after))
                && !names.contains(&name)
            {
                names.push(name);
            }
        }
        names
    }

    /// Returns settings that replace the repository's own wherever those would run a program. `env` looks up the
    /// environment.
    pub(super) fn overrides(&self, env: &dyn Fn(&str) -> Option<String>) -> Vec<(String, String)> {
        let mut overrides: Vec<(String, String)> = Vec::new();
        for ConfigEntry { scope, key, .. } in &self.0 {
            // Content is never filtered, not even with the user's own filters.
            if key.starts_with("filter.") {
                let off = if key.ends_with(".required") { "false" } else { "" };
                overrides.push((key.clone(), off.to_owned()));
            }
            let foreign = *scope == ConfigScope::Repository && overrides.iter().all(|(known, _)| known != key);
            if let Some(value) = if foreign { self.replacement(key, env) } else { None } {
                overrides.push((key.clone(), value));
            }
        }
        let key = if self.signs_commits() { self.own_key(env) } else { None };
        overrides.extend(key.map(|key| ("user.signingkey".to_owned(), key)));
        if self.repository_keys().any(is_helper) {
            // An empty helper clears all helpers before it; then the user's own are added again.
            overrides.push(("credential.helper".to_owned(), String::new()));
            let is_own =
                |entry: &&ConfigEntry| entry.scope == ConfigScope::User && entry.key.starts_with("credential.");
            overrides.extend(self.0.iter().filter(is_own).map(|entry| (entry.key.clone(), entry.value.clone())));
        }
        overrides
    }

    /// Returns the value that replaces a setting of the repository that names a program; `None` if it names none.
    fn replacement(&self, key: &str, env: &dyn Fn(&str) -> Option<String>) -> Option<String> {
        let own = self.user_value(key).map(str::to_owned);
        let (section, last) = (key.split('.').next()?, key.rsplit('.').next()?);
        match (section, last) {
            ("core", "sshcommand") => {
                let program = || env("GIT_SSH").map(|program| quoted(&program));
                Some(own.or_else(program).unwrap_or_else(|| "ssh".to_owned()))
            }
            ("core", "askpass") => Some(own.or_else(|| env("SSH_ASKPASS")).unwrap_or_default()),
            // The program for OpenPGP goes by two names.
            ("gpg", "program") if matches!(key, "gpg.program" | "gpg.openpgp.program") => {
                let of = |entry: &&ConfigEntry| {
                    entry.scope == ConfigScope::User
                        && matches!(entry.key.as_str(), "gpg.program" | "gpg.openpgp.program")
                };
                let own = self.0.iter().rev().find(of).map(|entry| entry.value.clone());
                Some(own.unwrap_or_else(|| "gpg".to_owned()))
            }
            ("gpg", "program") => {
                let usual = if key == "gpg.ssh.program" { "ssh-keygen" } else { "gpgsm" };
                Some(own.unwrap_or_else(|| usual.to_owned()))
            }
            ("gpg", "format") => Some(own.unwrap_or_else(|| "openpgp".to_owned())),
            ("gpg", "defaultkeycommand") => Some(own.unwrap_or_else(|| "true".to_owned())),
            // `true` prints nothing: no alternate has any refs, and no hook runs.
            ("core", "alternaterefscommand") | ("hook", "command") => Some(own.unwrap_or_else(|| "true".to_owned())),
            _ => None,
        }
    }

    /// Returns the program to name with a call if the repository names one that serves this remote. Git takes the first
    /// value it reads, so no setting overrides it. `what` is `uploadpack` or `receivepack`.
    pub(crate) fn server(&self, remote: &str, what: &str) -> Option<String> {
        let key = format!("remote.{remote}.{what}");
        self.repository_value(&key)?;
        let usual = if what == "uploadpack" { "git-upload-pack" } else { "git-receive-pack" };
        Some(self.user_value(&key).unwrap_or(usual).to_owned())
    }

    pub(super) fn has_server(&self) -> bool {
        self.repository_keys().any(|key| key.starts_with("remote.") && key.ends_with(".uploadpack"))
    }

    pub(super) fn is_partial(&self) -> bool {
        self.0.iter().map(|entry| entry.key.as_str()).any(|key| {
            let of_remote =
                key.starts_with("remote.") && (key.ends_with(".promisor") || key.ends_with(".partialclonefilter"));
            of_remote || key == "extensions.partialclone"
        })
    }

    /// Returns whether the repository names a program for `git://`, which only the environment can override.
    pub(super) fn has_proxy_command(&self) -> bool {
        self.repository_value("core.gitproxy").is_some()
    }
}

fn is_helper(key: &str) -> bool {
    key.starts_with("credential.") && key.ends_with(".helper")
}

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
    fn programs_named_by_a_repository_are_replaced_by_the_users() {
        type Listed<'a> = &'a [(&'a str, &'a str, &'a str)];
        type Overrides<'a> = &'a [(&'a str, &'a str)];
        let cases: &[(Listed, Overrides)] = &[
            (&[("global", "core.sshcommand", "mine"), ("global", "credential.helper", "store")], &[]),
            (&[("local", "core.sshcommand", "evil")], &[("core.sshcommand", "'/bin/my ssh'")]),
            (
                &[("global", "core.sshcommand", "mine"), ("local", "core.sshcommand", "evil")],
                &[("core.sshcommand", "mine")],
            ),
            (&[("worktree", "core.askpass", "evil")], &[("core.askpass", "")]),
            (
                &[("global", "gpg.program", "mine"), ("local", "gpg.openpgp.program", "evil")],
                &[("gpg.openpgp.program", "mine")],
            ),
            (
                &[
                    ("local", "gpg.program", "evil"),
                    ("local", "gpg.format", "ssh"),
                    ("local", "gpg.ssh.program", "evil"),
                ],
                &[("gpg.program", "gpg"), ("gpg.format", "openpgp"), ("gpg.ssh.program", "ssh-keygen")],
            ),
            (
                &[
                    ("local", "commit.gpgsign", "1"),
                    ("global", "user.signingkey", "mine"),
                    ("local", "user.signingkey", "theirs"),
                ],
                &[("user.signingkey", "mine")],
            ),
            (
                &[
                    ("local", "commit.gpgsign", "1"),
                    ("global", "user.email", "a@b.c"),
                    ("local", "user.email", "d@e.f"),
                ],
                &[("user.signingkey", "<a@b.c>")],
            ),
            (&[("local", "commit.gpgsign", "1"), ("local", "user.signingkey", "theirs")], &[("user.signingkey", "")]),
            (&[("local", "user.signingkey", "theirs")], &[]),
            (
                &[
                    ("local", "commit.gpgsign", "1"),
                    ("global", "user.signingkey", "mine"),
                    ("local", "user.email", "d@e.f"),
                ],
                &[],
            ),
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
    fn a_remote_is_served_by_the_usual_program_or_the_users() {
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
    fn the_last_value_wins_and_names_are_found() {
        let config = config(&[
            ("global", "user.name", "a"),
            ("local", "user.name", "b\nc"),
            ("local", "remote.origin.url", "x"),
            ("local", "remote.a.b.url", "y"),
            ("local", "remote.origin.url", "z"),
            ("command", "core.hookspath", "/dev/null"),
        ]);
        assert_eq!(config.get("core.hookspath"), None);
        assert_eq!((config.get("user.name"), config.repository_value("user.name")), (Some("b\nc"), Some("b\nc")));
        assert_eq!(config.user_value("user.name"), Some("a"));
        assert_eq!(config.names("remote.", ".url"), ["origin", "a.b"]);
        assert!(!config.has_server());
        assert_eq!(Config::parse(b"local\0core.bare\0").get("core.bare"), Some("true"));
    }
}
