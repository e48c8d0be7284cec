//! A repository from a stranger: nothing in it runs, and the user's own way to log in still works.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use super::*;
use crate::support::finish;

/// A file that exists if something ran, and a command that creates it.
struct Trap {
    folder: TempDir,
}

impl Trap {
    fn new() -> Self {
        let trap = Trap { folder: TempDir::new().unwrap() };
        script(&trap.path("fire"), &format!("echo \"$0 $*\" >> '{}'\nexit 1", trap.path("fired").display()));
        for hook in [
            "pre-push",
            "reference-transaction",
            "post-checkout",
            "post-index-change",
            "post-merge",
            "pre-auto-gc",
            "pre-commit",
            "post-commit",
        ] {
            std::fs::create_dir_all(trap.path("hooks")).unwrap();
            std::os::unix::fs::symlink(trap.path("fire"), trap.path("hooks").join(hook)).unwrap();
        }
        trap
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn fire(&self) -> String {
        self.path("fire").to_str().unwrap().to_owned()
    }

    #[track_caller]
    fn assert_not_fired(&self) {
        assert!(!self.path("fired").exists(), "{}", std::fs::read_to_string(self.path("fired")).unwrap());
    }
}

/// Everything in a repository's own configuration that names a program.
fn set(place: &Place, trap: &Trap) {
    let fire = trap.fire();
    let bang = format!("!{fire}");
    let hooks = trap.path("hooks").to_str().unwrap().to_owned();
    let pairs = [
        ("core.fsmonitor", fire.as_str()),
        ("core.hooksPath", &hooks),
        ("core.pager", &fire),
        ("pager.fetch", &fire),
        ("core.editor", &fire),
        ("core.askPass", &fire),
        ("core.sshCommand", &fire),
        ("core.gitProxy", &fire),
        ("core.alternateRefsCommand", &fire),
        ("credential.helper", &fire),
        ("credential.http://127.0.0.1.helper", &bang),
        ("filter.evil.clean", &fire),
        ("filter.evil.smudge", &fire),
        ("filter.evil.process", &fire),
        ("filter.evil.required", "true"),
        ("merge.evil.driver", &fire),
        ("merge.rehearse-deck.driver", &fire),
        ("merge.default", "evil"),
        ("diff.external", &fire),
        ("diff.evil.command", &fire),
        ("diff.evil.textconv", &fire),
        ("gpg.program", &fire),
        ("commit.gpgSign", "true"),
        ("push.gpgSign", "true"),
        ("log.showSignature", "true"),
        ("remote.origin.uploadpack", &fire),
        ("remote.origin.receivepack", &fire),
        ("alias.fetch", &bang),
        ("alias.rev-list", &bang),
        ("sequence.editor", &fire),
        ("submodule.recurse", "true"),
        ("fetch.recurseSubmodules", "true"),
        ("gc.auto", "1"),
        ("gc.recentObjectsHook", &fire),
        ("uploadpack.packObjectsHook", &fire),
        ("protocol.allow", "always"),
        ("protocol.ext.allow", "always"),
        ("trailer.x.command", &fire),
    ];
    for (key, value) in pairs {
        // Set last, so that git runs none of it here.
        place.git(&["config", "--file", ".git/config", key, value]);
    }
}

/// The configurations of a repository and of its submodule.
const CONFIGS: [&str; 2] = [".git/config", ".git/modules/sub/config"];

#[test]
fn no_program_that_a_repository_names_is_run() {
    let (hub, trap) = (Hub::new(), Trap::new());
    let place = hub.first(&[
        ("deck.toml", &deck(3)),
        (".gitattributes", "*.md filter=evil\n*.toml merge=evil diff=evil\n.rehearse/journal/** filter=evil\n"),
        (".rehearse/.gitignore", "/local/\n"),
    ]);
    let other = hub.clone();
    // A submodule with a configuration of its own.
    let sub = Hub::new();
    sub.first(&[("deck.toml", "")]);
    place.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &sub.url(), "sub"]);
    commit(&place, "a submodule");
    place.git(&["push", "--quiet"]);
    std::fs::write(place.path().join(".git/objects/info/alternates"), format!("{}/objects\n", hub.url())).unwrap();
    let harmless = CONFIGS.map(|config| place.read(config));
    set(&place, &trap);
    place.git(&["config", "--file", CONFIGS[1], "core.fsmonitor", &trap.fire()]);
    // The traps work: git itself runs them.
    assert!(place.try_git(&["status"]).code.is_some());
    std::fs::remove_file(trap.path("fired")).expect("plain git runs what the repository names");

    let other_commits = |n: u32| {
        other.write("theirs.toml", format!("[[card]]\nprompt = \"Theirs {n}?\"\n"));
        commit(&other, "theirs");
        run(&other, &["grade", "c1", "4"]);
        sync(&other);
    };
    let runs: &[&[&str]] = &[&[], &["due"], &["check"], &["export", "--journal"], &["init"], &["sync", "--dry-run"]];
    // A fast-forward, then a merge.
    for n in 0..2 {
        other_commits(n);
        run(&place, &["grade", "c0", "4"]);
        if n == 1 {
            // Committed without the traps in the configuration.
            let theirs = CONFIGS.map(|config| place.read(config));
            CONFIGS.iter().zip(&harmless).for_each(|(config, text)| place.write(config, text));
            place.write("mine.toml", "[[card]]\nprompt = \"Mine?\"\n");
            commit(&place, "mine");
            CONFIGS.iter().zip(&theirs).for_each(|(config, text)| place.write(config, text));
            trap.assert_not_fired();
        }
        for args in runs {
            let done = place.run(args);
            assert!(matches!(done.code, Some(0 | 1)), "{args:?}: {done:?}");
            trap.assert_not_fired();
        }
        let done = run(&place, &["sync"]);
        let said = &done.stdout;
        assert!(said.contains("received 1 deck\n") && said.ends_with("pushed 1 review\n"), "{done:?}");
        trap.assert_not_fired();
    }
    // The database is built from the commits.
    std::fs::remove_file(place.local().join("rehearse.db.stamp")).unwrap();
    run(&place, &["due"]);
    // A file that needs a filter is left to the user.
    other.write("note.md", "theirs\n");
    other_commits(2);
    let done = place.run(&["sync"]);
    assert!(done.stderr.contains("note: note.md goes through a content filter, which is not run here"), "{done:?}");
    trap.assert_not_fired();
    // Both sides change one deck.
    other.write("deck.toml", deck(3).replace("0?", "zero?"));
    other_commits(3);
    CONFIGS.iter().zip(&harmless).for_each(|(config, text)| place.write(config, text));
    place.write("deck.toml", deck(3).replace("2?", "two?"));
    commit(&place, "mine, too");
    set(&place, &trap);
    let done = place.run(&["sync"]);
    assert!(matches!(done.code, Some(0 | 1)), "{done:?}");
    trap.assert_not_fired();
    assert_eq!(reviews(&hub.clone()), 6);
}

#[test]
fn invalid_addresses_run_nothing() {
    let trap = Trap::new();
    let fire = trap.fire();
    let urls = [
        format!("ext::{fire} %S x"),
        format!("ext::sh -c {fire}% x"),
        "fd::0".to_owned(),
        format!("--upload-pack={fire}"),
        format!("-oProxyCommand={fire}"),
        format!("ssh://-oProxyCommand={fire}/x"),
        format!("-oProxyCommand={fire}:x"),
        format!("x\n{fire}"),
        format!("`{fire}`"),
        format!("$({fire})"),
        "\u{1b}[2Jsaved c0 grade 5".to_owned(),
    ];
    for url in &urls {
        let hub = Hub::new();
        let place = hub.first(&[("deck.toml", &deck(1))]);
        run(&place, &["grade", "c0", "4"]);
        place.git(&["config", "protocol.ext.allow", "always"]);
        let direct = place.path().join("direct");
        assert!(!direct.exists());
        for (key, value) in [("remote.origin.url", url.as_str()), ("branch.main.remote", url.as_str())] {
            place.git(&["config", key, value]);
            let done = place.run(&["sync"]);
            assert_eq!(done.code, Some(3), "{url:?}: {done:?}");
            assert!(done.stderr.starts_with("error: "), "{url:?}: {done:?}");
            let tame = |text: &str| text.chars().all(|c| c == '\n' || !c.is_control());
            assert!(tame(&done.stdout) && tame(&done.stderr) && !done.stderr.contains("\nsaved"), "{url:?}: {done:?}");
            trap.assert_not_fired();
        }
        // An address that the configuration rewrites.
        place.git(&["config", "branch.main.remote", "origin"]);
        place.git(&["config", "remote.origin.url", "short:x"]);
        place.git(&["config", &format!("url.ext::{fire} .insteadOf"), "short:"]);
        assert_eq!(place.run(&["sync"]).code, Some(3));
        place.git(&["config", "remote.origin.vcs", "ext"]);
        assert_eq!(place.run(&["sync"]).code, Some(3));
        trap.assert_not_fired();
    }
}

#[test]
fn names_that_look_like_options_are_not_options() {
    let (hub, trap) = (Hub::new(), Trap::new());
    let place = hub.first(&[("deck.toml", &deck(2)), ("-n/--exec.toml", &deck(0))]);
    run(&place, &["grade", "c0", "4"]);
    let name = format!("--upload-pack={}", trap.fire());
    place.git(&["config", &format!("remote.{name}.url"), &hub.url()]);
    place.git(&["config", "branch.main.remote", &name]);
    let done = place.run(&["sync"]);
    // Git may accept it as a name or not, but it is not an option.
    assert!(matches!(done.code, Some(0 | 3)), "{done:?}");
    trap.assert_not_fired();
    place.git(&["config", "branch.main.remote", "origin"]);
    place.git(&["push", "--quiet", "origin", "HEAD:refs/heads/-f"]);
    place.write(".rehearse/local/settings.toml", "[sync]\nbranch = \"-f\"\n");
    run(&place, &["grade", "c1", "4"]);
    assert_eq!(sync(&place), "pushed 1 review\n");
    place.write(".rehearse/local/settings.toml", "");
    let below = run(&place, &["--dir", "./-n", "sync"]);
    assert_eq!(below.code, Some(0));
}

#[test]
fn bare_repositories_and_foreign_working_trees_are_not_used() {
    let trap = Trap::new();
    for enclosed in [false, true] {
        let hub = Hub::new();
        let place = hub.first(&[("README.md", "")]);
        place.git(&["init", "--quiet", "--bare", "bare"]);
        place.write("bare/deck.toml", deck(1));
        for (key, value) in [
            ("core.fsmonitor", trap.fire()),
            ("core.hooksPath", trap.path("hooks").to_str().unwrap().to_owned()),
            ("core.worktree", ".".to_owned()),
            ("core.bare", "false".to_owned()),
        ] {
            place.git(&["config", "--file", "bare/config", key, &value]);
        }
        if !enclosed {
            std::fs::remove_dir_all(place.path().join(".git")).unwrap();
        }
        run(&place, &["--dir", "bare", "grade", "c0", "4"]);
        for args in [&["sync"][..], &["check"], &["export", "--journal"], &["init", "bare"]] {
            let done = place.run(&[&["--dir", "bare"], args].concat());
            assert!(matches!(done.code, Some(0 | 1)), "{done:?}");
            trap.assert_not_fired();
        }
    }
    // A repository whose configuration says that its files are elsewhere.
    let (hub, outside) = (Hub::new(), tempfile::tempdir().unwrap());
    let place = hub.first(&[("deck.toml", &deck(1))]);
    place.git(&["config", "core.worktree", outside.path().to_str().unwrap()]);
    let done = place.run(&["sync"]);
    assert_eq!(done.code, Some(3));
    assert!(done.stderr.contains("says in `core.worktree` that its files are elsewhere"), "{done:?}");
    assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 0);
}

#[test]
fn the_environment_only_affects_how_to_log_in() {
    let (hub, elsewhere, trap) = (Hub::new(), Hub::new(), Trap::new());
    let place = hub.first(&[("deck.toml", &deck(1))]);
    let other = elsewhere.first(&[("other.toml", "")]);
    run(&place, &["grade", "c0", "4"]);
    let mut command = place.command(&["sync"]);
    let git = other.path().join(".git");
    for (name, value) in [
        ("GIT_DIR", git.to_str().unwrap()),
        ("GIT_WORK_TREE", other.path().to_str().unwrap()),
        ("GIT_INDEX_FILE", "/dev/null"),
        ("GIT_OBJECT_DIRECTORY", "/dev/null"),
        ("GIT_CONFIG_COUNT", "1"),
        ("GIT_CONFIG_KEY_0", "core.fsmonitor"),
        ("GIT_CONFIG_VALUE_0", &trap.fire()),
        ("GIT_CONFIG_PARAMETERS", &format!("'core.fsmonitor'='{}'", trap.fire())),
        ("GIT_EXTERNAL_DIFF", &trap.fire()),
        ("GIT_PAGER", &trap.fire()),
        ("GIT_EDITOR", &trap.fire()),
        ("GIT_TRACE", trap.path("fired").to_str().unwrap()),
        ("GIT_LITERAL_PATHSPECS", "0"),
        ("GIT_NAMESPACE", "x"),
    ] {
        command.env(name, value);
    }
    let done = finish(command.spawn().unwrap());
    assert_eq!((done.code, done.stdout.as_str()), (Some(0), "pushed 1 review\n"), "{done:?}");
    trap.assert_not_fired();
    assert_eq!(elsewhere.files("main"), ["other.toml"]);
}

/// Writes a program that runs the command locally instead of over ssh, and records that it was called.
fn fake_ssh(trap: &Trap, name: &str) -> String {
    let path = trap.path(name);
    script(
        &path,
        &format!("echo {name} >> '{}'\nfor last; do :; done\nexec sh -c \"$last\"", trap.path("asked").display()),
    );
    path.to_str().unwrap().to_owned()
}

#[test]
fn the_users_own_ssh_command_is_used() {
    let trap = Trap::new();
    let ssh = fake_ssh(&trap, "my-ssh");
    // Named by the environment, as a command or a program, or by the user's configuration, with another in the repository's.
    for (n, theirs) in [false, true, false, true, false, true].into_iter().enumerate() {
        let hub = Hub::new();
        let place = hub.first(&[("deck.toml", &deck(1))]);
        place.git(&["config", "remote.origin.url", &format!("ssh://nowhere.invalid{}", hub.url())]);
        if theirs {
            place.git(&["config", "core.sshCommand", &trap.fire()]);
        }
        run(&place, &["grade", "c0", "4"]);
        let mut command = place.command(&["sync"]);
        match n / 2 {
            0 => drop(command.env("GIT_SSH_COMMAND", format!("'{ssh}' -x"))),
            1 => drop(command.env("GIT_SSH", &ssh).env("GIT_SSH_VARIANT", "simple")),
            _ => place.write(".gitconfig", format!("[core]\n\tsshCommand = {ssh}\n")),
        }
        let done = finish(command.spawn().unwrap());
        assert_eq!((done.code, done.stdout.as_str()), (Some(0), "pushed 1 review\n"), "{n}: {done:?}");
        assert!(std::fs::read_to_string(trap.path("asked")).unwrap().lines().count() >= 2, "{n}");
        std::fs::remove_file(trap.path("asked")).unwrap();
        trap.assert_not_fired();
    }
}

/// Answers every request with 401.
fn server_without_login() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut stream = stream;
            let mut read = [0; 4096];
            let _ = stream.read(&mut read);
            let answer = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    port
}

#[test]
fn the_users_own_credential_helper_is_used() {
    let (hub, trap) = (Hub::new(), Trap::new());
    if place_lacks_http() {
        crate::tiers::missing("git-remote-http");
        return;
    }
    let place = hub.first(&[("deck.toml", &deck(1))]);
    let port = server_without_login();
    place.git(&["config", "remote.origin.url", &format!("http://127.0.0.1:{port}/x.git")]);
    script(
        &trap.path("mine"),
        &format!("echo \"$*\" >> '{}'\necho username=ada\necho password=secret", trap.path("asked").display()),
    );
    place.write(".gitconfig", format!("[credential]\n\thelper = {}\n", trap.path("mine").display()));
    run(&place, &["grade", "c0", "4"]);
    for theirs in [false, true] {
        if theirs {
            place.git(&["config", "credential.helper", &trap.fire()]);
            place.git(&["config", &format!("credential.http://127.0.0.1:{port}.helper"), &format!("!{}", trap.fire())]);
            place.git(&["config", "core.askPass", &trap.fire()]);
        }
        let mut command = place.command(&["sync"]);
        let done = finish(command.env("GIT_TERMINAL_PROMPT", "0").spawn().unwrap());
        assert_eq!(done.code, Some(3), "{done:?}");
        assert!(!done.stderr.contains("secret"), "{done:?}");
        let asked = std::fs::read_to_string(trap.path("asked")).unwrap();
        assert!(asked.lines().any(|line| line == "get"), "{asked}");
        std::fs::remove_file(trap.path("asked")).unwrap();
        trap.assert_not_fired();
    }
}

fn place_lacks_http() -> bool {
    let folder = Place::empty().git(&["--exec-path"]);
    !Path::new(folder.trim()).join("git-remote-http").exists()
}
