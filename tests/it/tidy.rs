//! The law of the house: module order, forbidden names, the manual and the tables in README as they are in code.

use std::path::{Path, PathBuf};

use rehearsal::check::CHECKS;
use rehearsal::settings::SETTINGS;

/// The last module of the rules; everything up to it is pure.
const LAST_RULE: &str = "stories";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Modules in the order of `src/lib.rs`.
fn modules() -> Vec<String> {
    let lib = read("src/lib.rs");
    lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).map(str::to_owned).collect()
}

/// The source files of a module, with their text up to the tests.
fn files(module: &str) -> Vec<(String, String)> {
    let alone = root().join("src").join(format!("{module}.rs"));
    let folder = root().join("src").join(module);
    let mut paths: Vec<PathBuf> = if alone.exists() { vec![alone] } else { Vec::new() };
    if folder.is_dir() {
        paths.extend(std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()));
    }
    let rust = paths.into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    let text = |path: &Path| {
        std::fs::read_to_string(path).unwrap().split("#[cfg(test)]\nmod tests").next().unwrap().to_owned()
    };
    rust.map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), text(&path))).collect()
}

/// A line without its comment.
fn code(line: &str) -> &str {
    if line.trim_start().starts_with("//") { "" } else { line }
}

#[test]
fn no_module_uses_one_above_it() {
    let modules = modules();
    assert!(modules.len() > 10, "{modules:?}");
    for (n, module) in modules.iter().enumerate() {
        let files = files(module);
        assert!(!files.is_empty(), "{module} has no file");
        for (file, text) in files {
            for (line, code) in text.lines().map(code).enumerate() {
                for above in &modules[n + 1..] {
                    let names = [format!("crate::{above}"), format!("rehearsal::{above}")];
                    let uses = names.iter().any(|name| {
                        code.match_indices(name.as_str()).any(|(at, _)| {
                            !code[at + name.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_')
                        })
                    });
                    assert!(!uses, "{module}/{file}:{}: uses {above}, which stands above it", line + 1);
                }
                assert!(
                    !code.contains("use crate::{"),
                    "{module}/{file}:{}: one module a line, so that its order shows",
                    line + 1
                );
            }
        }
    }
}

#[test]
fn rules_are_pure_and_stores_do_not_print() {
    let modules = modules();
    let rules = modules.iter().position(|module| module == LAST_RULE).unwrap();
    let doors = modules.iter().position(|module| module == "session").unwrap();
    let everywhere_below = [
        "println!",
        "eprintln!",
        "io::stdout",
        "io::stderr",
        "SystemTime::now",
        "Instant::now",
        "Utc::now",
        "Local::now",
    ];
    let impure = ["std::fs", "std::env", "std::process", "std::net", "std::thread", "rusqlite", "rand::", "File::"];
    for (n, module) in modules.iter().enumerate().take(doors) {
        for (file, text) in files(module) {
            for (line, code) in text.lines().map(code).enumerate() {
                let forbidden = everywhere_below.iter().chain(if n <= rules { impure.iter() } else { [].iter() });
                for name in forbidden {
                    assert!(!code.contains(name), "{module}/{file}:{}: {name} has no place here", line + 1);
                }
            }
        }
    }
}

#[test]
fn every_module_says_what_is_not_there() {
    for module in modules() {
        let texts = files(&module);
        let main = texts.iter().find(|(file, _)| *file == "mod.rs" || *file == format!("{module}.rs")).unwrap();
        let doc: String = main.1.lines().take_while(|line| line.starts_with("//!")).collect();
        assert!(doc.contains("Not here:") || module == "cli", "{module} does not say what is not there");
    }
}

#[test]
fn the_manual_is_the_one_written_down() {
    let manual = rehearsal::cli::manual();
    let path = root().join("tests/it/manual.txt");
    if std::env::var_os("UPDATE_MANUAL").is_some() {
        std::fs::write(&path, &manual).unwrap();
    }
    assert!(manual == read(&path), "the manual changed: look at it, then run the tests with UPDATE_MANUAL=1\n{manual}");
}

/// The rows of the README's table whose first header cell is this, cells trimmed.
fn table(header: &str) -> Vec<Vec<String>> {
    let readme = read("README.md");
    let mut lines = readme.lines().skip_while(|line| !line.starts_with(&format!("| {header} ")));
    lines.next().unwrap_or_else(|| panic!("README has no table of {header}"));
    let cells = |line: &str| line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect();
    lines.skip(1).take_while(|line| line.starts_with('|')).map(cells).collect()
}

#[test]
fn readme_lists_every_setting_as_the_code_does() {
    let code: Vec<Vec<String>> = SETTINGS
        .iter()
        .map(|setting| {
            let name = format!("`[{}] {}`", setting.section, setting.key.name);
            vec![name, setting.default.to_owned(), setting.place.words().to_owned(), setting.key.doc.to_owned()]
        })
        .collect();
    assert_eq!(table("setting"), code);
}

#[test]
fn readme_lists_every_check_as_the_code_does() {
    let row = |check: &rehearsal::check::Check| {
        vec![format!("`{}`", check.name), check.severity.word().to_owned(), check.finds.to_owned()]
    };
    assert_eq!(table("check"), CHECKS.iter().map(row).collect::<Vec<_>>());
}

#[test]
fn ci_runs_the_test_command_of_the_readme() {
    let (readme, ci) = (read("README.md"), read(".ci/run"));
    let blocks: Vec<&str> = readme.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let commands: Vec<&str> =
        blocks.iter().flat_map(|block| block.lines()).filter(|line| line.starts_with("cargo ")).collect();
    assert!(commands.contains(&"cargo run -- review"), "{commands:?}");
    assert!(commands.contains(&"cargo test --locked"), "{commands:?}");
    assert!(ci.lines().any(|line| line == "cargo test --locked"), "{ci}");
}

#[test]
fn sqlite_is_new_enough() {
    assert!(rusqlite::version_number() >= 3_051_003, "older SQLite can lose a commit between two processes");
}
