//! Rules about the source: module order, forbidden names, words, sizes, and README against the code.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rehearsal::check::CHECKS;
use rehearsal::settings::SETTINGS;

use crate::imports::{self, Module};

mod shape;
mod words;

/// The last module of the rules; everything up to it is pure.
const LAST_RULE: &str = "stats";
/// The first module that may print and knows the time.
const FIRST_DOOR: &str = "failure";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[track_caller]
fn none(found: Vec<String>) {
    at_most(0, found);
}

/// With `TIDY=all` everything that is found is listed.
#[track_caller]
fn at_most(limit: usize, found: Vec<String>) {
    let limit = if std::env::var_os("TIDY").is_some() { 0 } else { limit };
    assert!(found.len() <= limit, "{} found, {limit} allowed:\n{}", found.len(), found.join("\n"));
}

/// Every module of the library.
fn modules() -> BTreeMap<Vec<String>, Module> {
    let modules = imports::modules(&root().join("src"), "rehearsal");
    assert!(modules.len() > 100, "{}", modules.len());
    modules
}

/// A line without its comment.
fn code(line: &str) -> &str {
    if line.trim_start().starts_with("//") { "" } else { line }
}

/// Circles of files that are still there, each by the folder it is in. None may be added.
const KNOWN_CIRCLES: &[&str] = &[
    // One a line.
];

#[test]
fn no_file_uses_one_that_uses_it() {
    let circles = imports::circles(&imports::arrows(&modules()));
    let folder = |circle: &Vec<String>| {
        let below = |folder: &str| circle.iter().all(|file| file.starts_with(folder));
        KNOWN_CIRCLES.iter().find(|folder| below(folder))
    };
    let new: Vec<_> = circles.iter().filter(|circle| folder(circle).is_none()).collect();
    assert!(new.is_empty(), "{new:#?}");
    for known in KNOWN_CIRCLES {
        assert!(circles.iter().any(|circle| circle[0].starts_with(known)), "no circle is left in {known}: take it off");
    }
}

#[test]
fn no_module_uses_one_declared_after_it() {
    let found = imports::upward(&modules());
    let new: Vec<_> =
        found.iter().filter(|found| !KNOWN_CIRCLES.iter().any(|known| found.starts_with(known))).collect();
    assert!(new.is_empty(), "{new:#?}");
}

#[test]
fn rules_are_pure_and_stores_do_not_print() {
    let modules = modules();
    let order = &modules[&Vec::new()].children;
    let place = |name: &str| order.iter().position(|module| module == name).unwrap();
    let (rules, doors) = (place(LAST_RULE), place(FIRST_DOOR));
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
    for module in modules.values().filter(|module| !module.path.is_empty()) {
        let at = place(&module.path[0]);
        for (line, code) in module.text.lines().map(code).enumerate().filter(|_| at < doors) {
            let forbidden = everywhere_below.iter().chain(if at <= rules { impure.iter() } else { [].iter() });
            for name in forbidden {
                assert!(!code.contains(name), "{}:{}: {name} has no place here", module.file.display(), line + 1);
            }
        }
    }
}

#[test]
fn every_module_says_what_is_not_there() {
    for module in modules().values().filter(|module| module.path.len() == 1) {
        let doc: String = module.text.lines().take_while(|line| line.starts_with("//!")).collect();
        assert!(doc.contains("Not here:"), "{} does not say what is not there", module.file.display());
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
            vec![name, setting.default.to_owned(), setting.scope.word().to_owned(), setting.key.doc.to_owned()]
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
