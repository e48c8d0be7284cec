//! Which file of a crate uses which: read from its tokens, so that comments and strings don't count, and no form of import
//! is missed: `use` in every nesting, paths in code and in macros, `crate`, `self`, `super`, and names of child modules.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A module that has a file of its own.
pub struct Module {
    /// Its path from the crate's root: `["deck", "merge", "order"]`; empty for `lib.rs`.
    pub path: Vec<String>,
    /// Its file, relative to `src`.
    pub file: PathBuf,
    /// The child modules it declares, in its order; those of tests are left out.
    pub children: Vec<String>,
    /// Its text up to its tests, for rules about words.
    pub text: String,
    /// What it names of this crate: the path as segments from the root, and the line.
    pub uses: Vec<(Vec<String>, usize)>,
}

/// Every module of a crate by its path, starting from `src/lib.rs`. `name` is what tests and binaries call the crate.
pub fn modules(src: &Path, name: &str) -> BTreeMap<Vec<String>, Module> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![(Vec::new(), PathBuf::from("lib.rs"))];
    while let Some((path, file)) = waiting.pop() {
        let module = module(src, name, path.clone(), file);
        for child in &module.children {
            let below: PathBuf = path.iter().chain([child]).collect();
            let nested = below.join("mod.rs");
            let file = if src.join(&nested).exists() { nested } else { below.with_extension("rs") };
            waiting.push((path.iter().cloned().chain([child.clone()]).collect(), file));
        }
        found.insert(path, module);
    }
    found
}

fn module(src: &Path, name: &str, path: Vec<String>, file: PathBuf) -> Module {
    let whole = std::fs::read_to_string(src.join(&file)).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let tokens: TokenStream = whole.parse().unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let tokens = without_tests(tokens);
    let children = declared(&tokens);
    let mut reader = Reader { name, path: &path, children: &children, uses: Vec::new() };
    reader.read(&tokens, 0);
    let uses = reader.uses;
    let text = whole.split("#[cfg(test)]\nmod tests").next().unwrap_or_default().to_owned();
    Module { path, file, children, text, uses }
}

/// The tokens without items under `#[cfg(test)]`.
pub fn without_tests(tokens: TokenStream) -> Vec<TokenTree> {
    let mut kept: Vec<TokenTree> = Vec::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let attribute = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '#');
        let test = attribute
            && matches!(tokens.peek(), Some(TokenTree::Group(group)) if group.stream().to_string().replace(' ', "") == "cfg(test)");
        if !test {
            kept.push(token);
            continue;
        }
        // The item ends with its braces or its semicolon.
        for token in tokens.by_ref() {
            match token {
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => break,
                TokenTree::Punct(punct) if punct.as_char() == ';' => break,
                _ => {}
            }
        }
    }
    kept
}

/// Child modules with files of their own: `mod name;`.
fn declared(tokens: &[TokenTree]) -> Vec<String> {
    let is = |token: Option<&TokenTree>, text: &str| token.is_some_and(|token| token.to_string() == text);
    let name = |n: usize| match &tokens[n] {
        TokenTree::Ident(ident) if ident == "mod" && is(tokens.get(n + 2), ";") => Some(tokens[n + 1].to_string()),
        _ => None,
    };
    (0..tokens.len()).filter_map(name).collect()
}

struct Reader<'a> {
    name: &'a str,
    path: &'a [String],
    children: &'a [String],
    uses: Vec<(Vec<String>, usize)>,
}

impl Reader<'_> {
    /// Reads tokens within `depth` inline modules.
    fn read(&mut self, tokens: &[TokenTree], depth: usize) {
        let mut n = 0;
        while n < tokens.len() {
            match &tokens[n] {
                TokenTree::Group(group) => {
                    let inline = n >= 2 && tokens[n - 2].to_string() == "mod" && group.delimiter() == Delimiter::Brace;
                    let inside = without_tests(group.stream());
                    self.read(&inside, depth + usize::from(inline));
                    n += 1;
                }
                TokenTree::Ident(ident) => {
                    let line = ident.span().start().line;
                    let after =
                        |n: usize| matches!(tokens.get(n), Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
                    let begins = n == 0 || !matches!(&tokens[n - 1], TokenTree::Punct(punct) if punct.as_char() == ':');
                    let path = after(n + 1) && after(n + 2) && (begins || is_type_colon(tokens, n));
                    // `use child;` names a child as well as `child::`.
                    let alone = n >= 1 && tokens[n - 1].to_string() == "use";
                    let root = if path || alone { self.root(&ident.to_string(), depth) } else { None };
                    match root {
                        Some(root) => n = self.tree(tokens, n + 1, root, line, depth),
                        None => n += 1,
                    }
                }
                _ => n += 1,
            }
        }
    }

    /// Where a path that begins with this word begins, if that is in this crate.
    fn root(&self, word: &str, depth: usize) -> Option<Vec<String>> {
        match word {
            "crate" => Some(Vec::new()),
            _ if word == self.name => Some(Vec::new()),
            "self" if depth == 0 => Some(self.path.to_vec()),
            "super" if depth == 0 => Some(self.path[..self.path.len().saturating_sub(1)].to_vec()),
            // In an inline module `super` is this file.
            "super" if depth == 1 => Some(self.path.to_vec()),
            _ if self.children.iter().any(|child| child == word) => {
                Some(self.path.iter().cloned().chain([word.to_owned()]).collect())
            }
            _ => None,
        }
    }

    /// Follows a path or a tree of paths from after its first word; returns where it ends.
    fn tree(&mut self, tokens: &[TokenTree], mut n: usize, mut path: Vec<String>, line: usize, depth: usize) -> usize {
        let colon = |n: usize| matches!(tokens.get(n), Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
        while colon(n) && colon(n + 1) {
            match tokens.get(n + 2) {
                Some(TokenTree::Ident(ident)) => {
                    match ident.to_string().as_str() {
                        "super" => {
                            path.pop();
                        }
                        "self" => {}
                        word => path.push(word.to_owned()),
                    }
                    n += 3;
                }
                Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                    self.branches(&group.stream().into_iter().collect::<Vec<_>>(), &path, depth);
                    return n + 3;
                }
                _ => break,
            }
        }
        self.uses.push((path, line));
        n
    }

    /// The branches of `{a, b::c, self}` below a path.
    fn branches(&mut self, tokens: &[TokenTree], below: &[String], depth: usize) {
        for branch in tokens.split(|token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',')) {
            let Some(first) = branch.first() else { continue };
            let line = first.span().start().line;
            let mut path = below.to_vec();
            match first.to_string().as_str() {
                "self" | "*" => {}
                "super" => {
                    path.pop();
                }
                word => path.push(word.to_owned()),
            }
            self.tree(branch, 1, path, line, depth);
        }
    }
}

/// Whether the colon before a word is that of a type, as in `name: crate::Type`, and not of a path.
fn is_type_colon(tokens: &[TokenTree], n: usize) -> bool {
    let colon = |n: usize| matches!(tokens.get(n), Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
    n >= 1 && colon(n - 1) && !(n >= 2 && colon(n - 2))
}

/// The file that a path leads to: that of the deepest module it names.
pub fn owner<'a>(modules: &'a BTreeMap<Vec<String>, Module>, path: &[String]) -> &'a Module {
    (0..=path.len()).rev().find_map(|length| modules.get(&path[..length])).expect("lib.rs is a module")
}

/// Which file uses which: names of files relative to `src`.
pub fn arrows(modules: &BTreeMap<Vec<String>, Module>) -> BTreeMap<String, BTreeSet<String>> {
    let file = |module: &Module| module.file.to_string_lossy().replace('\\', "/");
    let mut arrows: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for module in modules.values() {
        let to = module.uses.iter().map(|(path, _)| file(owner(modules, path)));
        arrows.entry(file(module)).or_default().extend(to.filter(|to| *to != file(module) && to != "lib.rs"));
    }
    arrows
}

/// The circles of a graph: each the files that reach one another, in the order of their names.
pub fn circles(arrows: &BTreeMap<String, BTreeSet<String>>) -> BTreeSet<Vec<String>> {
    let reach = |from: &String| {
        let (mut seen, mut waiting) = (BTreeSet::new(), vec![from]);
        while let Some(file) = waiting.pop() {
            waiting.extend(arrows.get(file).into_iter().flatten().filter(|to| seen.insert((*to).clone())));
        }
        seen
    };
    let reached: BTreeMap<&String, BTreeSet<String>> = arrows.keys().map(|file| (file, reach(file))).collect();
    let circle = |file: &&String| {
        let back = |other: &&String| reached[*file].contains(*other) && reached[*other].contains(*file);
        let members: Vec<String> = arrows.keys().filter(back).cloned().collect();
        (!members.is_empty()).then_some(members)
    };
    reached.keys().filter_map(circle).collect()
}

/// Arrows against the order of modules, as `file:line: what`. A module may use what is declared before it, in its own
/// folder and in those above; what lies below it; never the `mod.rs` of a folder it is in.
pub fn upward(modules: &BTreeMap<Vec<String>, Module>) -> Vec<String> {
    let mut found = Vec::new();
    for module in modules.values() {
        for (path, line) in &module.uses {
            let used = owner(modules, path);
            // `lib.rs` only declares; a path that ends there names nothing.
            if used.path == module.path || used.path.is_empty() || module.path.is_empty() {
                continue;
            }
            let shared = used.path.iter().zip(&module.path).take_while(|(a, b)| a == b).count();
            let place = format!("{}:{line}", module.file.display());
            let name = used.path.join("::");
            if shared == used.path.len() {
                found.push(format!("{place}: uses the folder it is in, {name}"));
            } else if shared < module.path.len() {
                let order = &modules[&module.path[..shared]].children;
                let place_of = |path: &[String]| order.iter().position(|child| *child == path[shared]);
                if place_of(&used.path) > place_of(&module.path) {
                    found.push(format!("{place}: uses {name}, which is declared after it"));
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod planted {
    use super::*;

    /// A crate of these files, with what is against its order and its circles.
    fn look(files: &[(&str, &str)]) -> (Vec<String>, Vec<Vec<String>>) {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let modules = modules(folder.path(), "own");
        (upward(&modules), circles(&arrows(&modules)).into_iter().collect())
    }

    const LIB: (&str, &str) = ("lib.rs", "mod low;\nmod high;\n");
    const LOW: (&str, &str) = ("low/mod.rs", "mod first;\nmod second;\nmod deep;\n");

    #[test]
    fn every_form_of_import_against_the_order_is_seen() {
        let cases = [
            ("low/first.rs", "use crate::high::Thing;"),
            ("low/first.rs", "use crate::{high, low::first};"),
            ("low/first.rs", "use crate::{\n    low::{first::A},\n    high::{self, Thing as Other},\n};"),
            ("low/first.rs", "fn a() { let x: crate::high::Thing = todo!(); }"),
            ("low/first.rs", "fn a() { print!(\"{}\", crate::high::thing()); }"),
            ("low/first.rs", "use own::high::Thing;"),
            ("low/first.rs", "use super::super::high::Thing;"),
            ("low/first.rs", "use super::second::Thing;"),
            ("low/first.rs", "use super::{second::Thing, deep};"),
            ("low/first.rs", "use super::Facade;"),
            ("low/first.rs", "mod inside { use crate::high::Thing; }"),
            ("low/first.rs", "mod inside { use super::super::second::Thing; }"),
            ("low/deep/one.rs", "use super::two::Thing;"),
            ("low/deep/one.rs", "use super::super::Facade;"),
            ("low/deep/one.rs", "fn a(x: crate::high::Thing) {}"),
            ("low/deep/one.rs", "use crate::low::deep::two;"),
            ("low/mod.rs", "mod first;\nmod second;\nmod deep;\nuse crate::high::Thing;"),
        ];
        for (file, text) in cases {
            let mut files = vec![
                LIB,
                LOW,
                ("high.rs", ""),
                ("low/first.rs", ""),
                ("low/second.rs", ""),
                ("low/deep/mod.rs", "mod one;\nmod two;\n"),
                ("low/deep/one.rs", ""),
                ("low/deep/two.rs", ""),
            ];
            files.retain(|(known, _)| *known != file);
            files.push((file, text));
            let (found, _) = look(&files);
            let expected = format!("{file}:");
            assert!(found.iter().any(|found| found.starts_with(&expected)), "{file}: {text}\n{found:?}");
        }
    }

    #[test]
    fn imports_along_the_order_and_words_in_comments_are_not() {
        let files = [
            LIB,
            ("low/mod.rs", "mod first;\nmod second;\nmod deep;\npub use second::Thing;\nfn a() { deep::one::b() }"),
            ("high.rs", "use crate::low::{first, second::Thing};\n// crate::high\nconst A: &str = \"crate::high\";"),
            ("low/first.rs", "//! See crate::high.\n#[cfg(test)]\nmod tests { use crate::high::Thing; use super::*; }"),
            ("low/second.rs", "use super::first::A;\nuse crate::low::first::B;"),
            ("low/deep/mod.rs", "mod one;\nuse super::second::Thing;\nfn b() { one::b() }"),
            ("low/deep/one.rs", "use crate::low::second::Thing;\n#[cfg(test)]\nuse crate::high::C;\nfn b() {}"),
        ];
        assert_eq!(look(&files), (vec![], vec![]));
    }

    #[test]
    fn circles_are_seen_within_a_folder_and_with_its_own_file() {
        let files = [
            ("lib.rs", "mod a;"),
            ("a/mod.rs", "mod one;\nmod two;\nmod three;\nfn x() { three::y() }"),
            ("a/one.rs", "use super::two::B;"),
            ("a/two.rs", "fn b() { super::one::a() }"),
            ("a/three.rs", "use super::x;"),
        ];
        let (_, circles) = look(&files);
        assert_eq!(circles, [vec!["a/mod.rs", "a/three.rs"], vec!["a/one.rs", "a/two.rs"]]);
    }
}
