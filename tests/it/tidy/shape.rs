//! Sizes, names of types, what is public, and who may do what.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Delimiter, TokenTree};

use super::{FIRST_DOOR, at_most, modules, none};
use crate::source::{self, File, Item, string, visit};

/// Type names that every file may use for a type of its own.
const SHARED_NAMES: [&str; 3] = ["Args", "Error", "Result"];

/// What main, the tests, and the benches use.
const PUBLIC_ITEMS: usize = 100;

#[test]
fn no_type_name_means_two_things() {
    let mut names: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in source::files() {
        for item in file.items() {
            let is_type = ["struct", "enum", "union", "trait", "type"].contains(&item.kind.as_str());
            if is_type && !item.associated && !SHARED_NAMES.contains(&item.name.as_str()) {
                names.entry(item.name).or_default().insert(format!("{}:{}", file.path, item.line));
            }
        }
    }
    let twice = names.into_iter().filter(|(_, places)| places.len() > 1);
    none(twice.map(|(name, places)| format!("{name}: {places:?}")).collect());
}

/// Functions outside tests, each with where it is.
fn functions() -> Vec<(String, Item)> {
    let functions = |file: File| {
        let functions = file.items().into_iter().filter(|item| item.kind == "fn");
        functions.map(move |item| (format!("{}:{}: {}", file.path, item.line, item.name), item)).collect::<Vec<_>>()
    };
    source::files().into_iter().flat_map(functions).collect()
}

#[test]
fn functions_are_short() {
    let lines = |item: &Item| item.last_line - item.line + 1;
    let long = functions().into_iter().filter(|(_, item)| lines(item) > 74);
    none(long.map(|(place, item)| format!("{place}: {} lines, at most 74", lines(&item))).collect());
}

#[test]
fn functions_have_few_parameters() {
    let many = functions().into_iter().filter(|(_, item)| item.parameters > 5);
    none(many.map(|(place, item)| format!("{place}: {} parameters, at most 5", item.parameters)).collect());
}

#[test]
fn few_items_are_public() {
    let items = source::files().into_iter().flat_map(|file| {
        let public = file.items().into_iter().filter(|item| item.public);
        public.map(|item| format!("{}:{}: {} {}", file.path, item.line, item.kind, item.name)).collect::<Vec<_>>()
    });
    at_most(PUBLIC_ITEMS, items.collect());
}

/// The files below the doors.
fn below_the_doors() -> Vec<File> {
    let order = modules()[&Vec::new()].children.clone();
    let doors = order.iter().position(|module| module == FIRST_DOOR).unwrap();
    let below = |file: &File| {
        let top = file.path.split(['/', '.']).next().unwrap_or_default();
        order.iter().position(|module| module == top).is_some_and(|at| at < doors)
    };
    source::files().into_iter().filter(below).collect()
}

/// Where code has a word that a test asks for, given the tokens around it.
fn places(files: &[File], wanted: impl Fn(&[TokenTree], usize, &str) -> bool) -> Vec<String> {
    let mut found = BTreeSet::new();
    for file in files {
        visit(&file.code(), &mut |tokens, n| {
            let word = tokens[n].to_string();
            if !matches!(tokens[n], TokenTree::Group(_)) && wanted(tokens, n, &word) {
                found.insert(format!("{}:{}: {word}", file.path, tokens[n].span().start().line));
            }
        });
    }
    found.into_iter().collect()
}

#[test]
fn no_error_is_told_apart_by_a_downcast() {
    let next = |tokens: &[TokenTree], n: usize| -> String {
        tokens[n + 1..].iter().take(3).map(ToString::to_string).collect()
    };
    let casts = places(&below_the_doors(), |tokens, n, word| {
        word.starts_with("downcast") || word == "is" && next(tokens, n) == "::<"
    });
    none(casts);
}

#[test]
fn errors_below_the_doors_are_types() {
    let files = places(&below_the_doors(), |_, _, word| word == "anyhow");
    let files: BTreeSet<String> = files.iter().map(|place| place.split(':').next().unwrap().to_owned()).collect();
    none(files.into_iter().collect());
}

/// Files but those of these modules.
fn files_but(module: &str) -> Vec<File> {
    source::files().into_iter().filter(|file| file.path.split(['/', '.']).next() != Some(module)).collect()
}

#[test]
fn files_are_replaced_in_one_module() {
    let found = places(&files_but("atomic_file"), |tokens, n, word| {
        let of_fs = n >= 3 && tokens[n - 3].to_string() == "fs" && tokens[n - 1].to_string() == ":";
        word == "rename" && of_fs || ["persist", "persist_noclobber"].contains(&word)
    });
    none(found);
}

#[test]
fn plurals_are_made_in_one_module() {
    none(places(&files_but("text"), |tokens, n, _| is_plural(tokens, n)));
}

/// Whether this is the 1 of `if n == 1 { "one" } else { "other" }`.
fn is_plural(tokens: &[TokenTree], n: usize) -> bool {
    let text = |n: usize| tokens.get(n).map(ToString::to_string).unwrap_or_default();
    let is_text = |n: usize| match tokens.get(n) {
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
            group.stream().into_iter().next().is_some_and(|token| string(&token).is_some())
        }
        _ => false,
    };
    let compared = n >= 1 && ["=", ">"].contains(&text(n - 1).as_str());
    compared && text(n) == "1" && is_text(n + 1) && text(n + 2) == "else" && is_text(n + 3)
}

#[test]
fn the_crate_builds_without_its_tests() {
    let mut found = Vec::new();
    for file in source::files() {
        for text in file.texts_in(&["include_str", "include_bytes"]) {
            let mut depth = file.path.matches('/').count();
            let outside = text.split('/').any(|part| match part {
                ".." if depth == 0 => true,
                ".." => {
                    depth -= 1;
                    false
                }
                _ => {
                    depth += 1;
                    false
                }
            });
            // `init` copies the starter decks, which are shipped with the program.
            let allowed = ["README.md", "LICENSE", "../decks/"].iter().any(|name| text.ends_with(name));
            // What starts with `env!("CARGO_MANIFEST_DIR")` leads anywhere.
            if (outside || text == "CARGO_MANIFEST_DIR") && !allowed {
                found.push(format!("{}: {text}", file.path));
            }
        }
    }
    none(found);
}
