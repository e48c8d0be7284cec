//! Commits are signed if the configuration asks for it, by the user's own program with the user's own key.

use super::*;
use crate::support::finish;

/// A signer as gpg is one: writes what it was given to `log`, and a signature.
fn signer(home: &Path, name: &str, then: &str) -> String {
    let path = home.join(name);
    let log = home.join("log");
    let terminal = "$( (exec < /dev/tty) 2> /dev/null && echo a terminal || echo no terminal)";
    let record = format!("echo \"{name} $* [${{GPG_TTY:-}}] {terminal}\" >> '{}'", log.display());
    script(&path, &format!("{record}\n{then}"));
    path.to_str().unwrap().to_owned()
}

const SIGNS: &str = "cat > /dev/null\necho '[GNUPG:] SIG_CREATED ' >&2\n\
                     echo '-----BEGIN PGP SIGNATURE-----'\necho 'of a test'\necho '-----END PGP SIGNATURE-----'";

/// A clone with a review to sync, whose user has a home folder elsewhere.
struct Signing {
    hub: Hub,
    place: Place,
    home: TempDir,
}

impl Signing {
    /// `own` and `repository` are settings; `SIGNER` and `EVIL` stand for two programs.
    fn new(then: &str, own: &[(&str, &str)], repository: &[(&str, &str)]) -> Self {
        let hub = Hub::new();
        let (place, home) = (hub.first(&[("deck.toml", &deck(2))]), TempDir::new().unwrap());
        run(&place, &["grade", "c0", "4"]);
        let good = signer(home.path(), "signer", then);
        let evil = signer(home.path(), "evil", "exit 1");
        // What git takes where the user names no program.
        signer(&home.path().join("bin/.."), "bin/gpg", SIGNS);
        let config = home.path().join(".gitconfig").to_str().unwrap().to_owned();
        for (settings, file) in [(own, config.as_str()), (repository, ".git/config")] {
            for (key, value) in settings {
                let value = value.replace("SIGNER", &good).replace("EVIL", &evil);
                place.git(&["config", "--file", file, key, &value]);
            }
        }
        Signing { hub, place, home }
    }

    fn sync(&self) -> Done {
        let mut command = self.place.command(&["sync"]);
        let path = std::env::var_os("PATH").unwrap_or_default();
        let bin = self.home.path().join("bin");
        let path = std::env::join_paths([bin].into_iter().chain(std::env::split_paths(&path))).unwrap();
        finish(command.env("HOME", self.home.path()).env("PATH", path).env("GPG_TTY", "/dev/tty").spawn().unwrap())
    }

    /// What ran, line by line.
    fn ran(&self) -> String {
        std::fs::read_to_string(self.home.path().join("log")).unwrap_or_default()
    }

    fn is_signed(&self) -> bool {
        let commit = Place::empty().git(&["--git-dir", &self.hub.url(), "cat-file", "commit", "main"]);
        commit.contains("\ngpgsig -----BEGIN PGP SIGNATURE-----\n of a test\n")
    }
}

#[test]
fn commits_are_signed_with_the_users_own_program_and_key() {
    type Settings<'a> = &'a [(&'a str, &'a str)];
    let wanted = ("commit.gpgSign", "true");
    let program = ("gpg.program", "SIGNER");
    let key = ("user.signingKey", "MINE");
    let name = ("user.email", "ada@example.com");
    let evil: Settings = &[
        wanted,
        ("gpg.program", "EVIL"),
        ("gpg.openpgp.program", "EVIL"),
        ("gpg.ssh.program", "EVIL"),
        ("gpg.x509.program", "EVIL"),
        ("gpg.ssh.defaultKeyCommand", "EVIL"),
        ("user.signingKey", "THEIRS"),
        ("user.email", "theirs@example.com"),
        ("user.name", "Theirs"),
    ];
    let with_format = |format| [evil, &[("gpg.format", format)]].concat();
    let cases: [(&str, Settings, Settings, Option<&str>); 10] = [
        ("nobody asks", &[program, key], &[], None),
        ("the user asks", &[wanted, program, key], &[], Some("signer --status-fd=2 -bsau MINE [] no terminal\n")),
        ("the repository asks", &[program, key], &[wanted], Some("signer --status-fd=2 -bsau MINE [] no terminal\n")),
        ("the repository declines", &[wanted, program, key], &[("commit.gpgSign", "no")], None),
        ("a key alone signs nothing", &[program, key], &[key], None),
        ("a program of its own", &[program, key], evil, Some("signer --status-fd=2 -bsau MINE [] no terminal\n")),
        (
            "a program of its own, and the user's by format",
            &[("gpg.openpgp.program", "SIGNER"), key],
            evil,
            Some("signer --status-fd=2 -bsau MINE [] no terminal\n"),
        ),
        ("no program of the user", &[key], evil, Some("bin/gpg --status-fd=2 -bsau MINE [] no terminal\n")),
        (
            "no key of the user",
            &[program, name],
            evil,
            Some("signer --status-fd=2 -bsau <ada@example.com> [] no terminal\n"),
        ),
        (
            "another format",
            &[program, key],
            &with_format("ssh"),
            Some("signer --status-fd=2 -bsau MINE [] no terminal\n"),
        ),
    ];
    for (what, own, repository, ran) in cases {
        let signing = Signing::new(SIGNS, own, repository);
        let done = signing.sync();
        assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""), "{what}: {done:?} {}", signing.ran());
        assert_eq!(signing.ran(), ran.unwrap_or_default(), "{what}");
        assert_eq!(signing.is_signed(), ran.is_some(), "{what}");
    }
}

#[test]
fn a_signer_that_fails_leaves_the_commit_unsigned() {
    let own = [("commit.gpgSign", "true"), ("gpg.program", "SIGNER"), ("user.signingKey", "MINE")];
    let cases = [
        ("exit 1", "gpg failed to sign the data"),
        ("echo 'no such key' >&2; exit 2", "gpg failed to sign the data"),
        // What a signer starts is killed with it.
        ("sleep 600", "it took longer than 10 s"),
        // It cannot wait for an answer that nobody can give.
        ("read -r line < /dev/tty; sleep 600", "it took longer than 10 s"),
    ];
    std::thread::scope(|scope| {
        for (then, why) in cases {
            scope.spawn(move || {
                let signing = Signing::new(then, &own, &[]);
                let done = signing.sync();
                assert_eq!((done.code, done.stdout.as_str()), (Some(0), "pushed 1 review\n"), "{then}: {done:?}");
                let note = "note: the commits of this sync are not signed: ";
                assert!(done.stderr.starts_with(note) && done.stderr.contains(why), "{then}: {done:?}");
                assert_eq!(done.stderr.lines().count(), 1, "{then}: {done:?}");
                assert!(!signing.is_signed(), "{then}");
                assert_eq!(reviews(&signing.hub.clone()), 1, "{then}");
            });
        }
    });
}

/// Syncs on a terminal, which the signer does not get.
#[cfg(target_os = "linux")]
#[test]
fn the_signer_has_no_terminal() {
    let own = [("commit.gpgSign", "true"), ("gpg.program", "SIGNER"), ("user.signingKey", "MINE")];
    let signing = Signing::new(SIGNS, &own, &[]);
    let command = format!("HOME='{}' GPG_TTY=$(tty) rehearse sync", signing.home.path().display());
    let Some(terminal) = crate::support::OnTerminal::start(signing.place.path(), "xterm", &command) else { return };
    let shown = terminal.rest();
    assert!(shown.contains("pushed 1 review\n"), "{shown:?}");
    assert_eq!(signing.ran(), "signer --status-fd=2 -bsau MINE [] no terminal\n");
    assert!(signing.is_signed());
}
