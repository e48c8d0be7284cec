//! The crate's own source: items, comments, and texts, read from tokens.

use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::imports::without_tests;

/// A file of `src`.
pub struct File {
    /// Its path below `src`.
    pub path: String,
    pub text: String,
    pub tokens: Vec<TokenTree>,
}

/// Every file of `src`.
pub fn files() -> Vec<File> {
    let found = files_below("src");
    assert!(found.len() > 100, "{}", found.len());
    found
}

/// Every Rust file below a folder at the top.
pub fn files_below(folder: &str) -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut found = Vec::new();
    walk(&root, &root, &mut found);
    found
}

fn walk(root: &Path, folder: &Path, found: &mut Vec<File>) {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            walk(root, &path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            found.push(File::new(&name, std::fs::read_to_string(&path).unwrap()));
        }
    }
}

/// A struct, a function, and so on.
#[derive(Debug, PartialEq, Eq)]
pub struct Item {
    pub kind: String,
    pub name: String,
    pub line: usize,
    pub last_line: usize,
    /// Whether it is `pub`, without a restriction.
    pub public: bool,
    /// Whether it is in an `impl` or a `trait`.
    pub associated: bool,
    /// Of a function, `self` included.
    pub parameters: usize,
}

/// A comment of one or several lines, or a doc comment.
#[derive(Debug, PartialEq, Eq)]
pub struct Comment {
    pub line: usize,
    /// Its lines, joined by spaces.
    pub text: String,
    /// Whether it is `///` or `//!`.
    pub doc: bool,
}

impl File {
    pub fn new(path: &str, text: String) -> Self {
        let tokens: TokenStream = text.parse().unwrap_or_else(|error| panic!("{path}: {error}"));
        File { path: path.to_owned(), text, tokens: tokens.into_iter().collect() }
    }

    /// What is outside tests.
    pub fn code(&self) -> Vec<TokenTree> {
        if self.path.contains("tests/") {
            return Vec::new();
        }
        without_tests(self.tokens.iter().cloned().collect())
    }

    /// Every item outside tests.
    pub fn items(&self) -> Vec<Item> {
        let mut items = Vec::new();
        collect_items(&self.code(), false, &mut items);
        items
    }

    /// Every name in the file and its line.
    pub fn identifiers(&self) -> Vec<(String, usize)> {
        let mut found = Vec::new();
        visit(&self.tokens, &mut |tokens, n| {
            if let TokenTree::Ident(ident) = &tokens[n] {
                found.push((ident.to_string(), ident.span().start().line));
            }
        });
        found
    }

    /// The string literals in calls of these functions and macros, and in these attributes, outside tests.
    pub fn texts_in(&self, calls: &[&str]) -> Vec<String> {
        let mut found = Vec::new();
        visit(&self.code(), &mut |tokens, n| {
            let TokenTree::Ident(ident) = &tokens[n] else { return };
            let next = tokens.get(n + 1).map(ToString::to_string);
            let at = if next.as_deref() == Some("!") { n + 2 } else { n + 1 };
            if calls.iter().any(|call| ident == call)
                && let Some(TokenTree::Group(group)) = tokens.get(at)
            {
                let first = first_string(group.stream());
                found.extend(first);
            }
        });
        found
    }

    /// The comments of the file, those of help texts left out.
    pub fn comments(&self) -> Vec<Comment> {
        let help = self.help();
        let mut found: Vec<Comment> = Vec::new();
        let mut last = (0, "");
        for (line, text) in comment_lines(&self.text) {
            let marker = ["///", "//!", "//"].into_iter().find(|marker| text.starts_with(marker)).unwrap_or("/*");
            let words = text[marker.len()..].trim();
            if help.iter().any(|range| range.contains(&line)) {
                continue;
            }
            match found.last_mut() {
                Some(comment) if last == (line - 1, marker) => comment.text = format!("{} {words}", comment.text),
                _ => found.push(Comment { line, text: words.to_owned(), doc: marker.len() == 3 }),
            }
            last = (line, marker);
        }
        found.retain(|comment| !comment.text.is_empty());
        found
    }

    /// The lines of types that clap makes help texts of, their doc comments included.
    fn help(&self) -> Vec<std::ops::RangeInclusive<usize>> {
        let mut found = Vec::new();
        visit(&self.tokens, &mut |tokens, n| {
            let TokenTree::Group(group) = &tokens[n] else { return };
            let text = group.stream().to_string();
            if group.delimiter() != Delimiter::Bracket
                || !text.starts_with("derive")
                || !["Args", "Parser", "Subcommand", "ValueEnum"].iter().any(|name| text.contains(name))
            {
                return;
            }
            let first = doc_start(&self.text, group.span_open().start().line);
            let end = tokens[n..].iter().find_map(|token| match token {
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Some(group.span_close().end().line),
                TokenTree::Punct(punct) if punct.as_char() == ';' => Some(punct.span().end().line),
                _ => None,
            });
            found.push(first..=end.unwrap_or(first));
        });
        found
    }
}

/// The first line of the comments and attributes right above a line.
fn doc_start(text: &str, line: usize) -> usize {
    let lines: Vec<&str> = text.lines().collect();
    let above = lines[..line - 1].iter().rev().map(|line| line.trim_start());
    let above = above.take_while(|line| line.starts_with("///") || line.starts_with("#[")).count();
    line - above
}

/// Calls back for each token, in groups as well, with the list it is in and its place there.
pub fn visit(tokens: &[TokenTree], found: &mut dyn FnMut(&[TokenTree], usize)) {
    for (n, token) in tokens.iter().enumerate() {
        found(tokens, n);
        if let TokenTree::Group(group) = token {
            visit(&group.stream().into_iter().collect::<Vec<_>>(), found);
        }
    }
}

/// The content of a string literal, with its escapes as they are written and its lines joined where they end in a `\\`.
pub fn string(token: &TokenTree) -> Option<String> {
    let TokenTree::Literal(literal) = token else { return None };
    let text = literal.to_string();
    let inner = text.trim_start_matches('r').trim_matches('#');
    let mut lines = inner.strip_prefix('"')?.strip_suffix('"')?.split("\\\n");
    let first = lines.next()?.to_owned();
    Some(lines.fold(first, |whole, line| whole + line.trim_start()))
}

/// The first string literal among tokens, in groups as well.
fn first_string(tokens: TokenStream) -> Option<String> {
    tokens.into_iter().find_map(|token| match &token {
        TokenTree::Group(group) => first_string(group.stream()),
        token => string(token),
    })
}

fn collect_items(tokens: &[TokenTree], associated: bool, items: &mut Vec<Item>) {
    const KINDS: [&str; 9] = ["struct", "enum", "union", "trait", "type", "fn", "const", "static", "mod"];
    let mut public = false;
    // Where the item began whose body may follow, and whether that is an `impl` or a `trait`.
    let mut within = associated;
    for (n, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Ident(ident) => {
                let word = ident.to_string();
                if word == "pub" {
                    public = !matches!(tokens.get(n + 1), Some(TokenTree::Group(_)));
                } else if word == "impl" || word == "trait" {
                    within = true;
                } else if word == "mod" {
                    within = false;
                }
                let Some(TokenTree::Ident(name)) = tokens.get(n + 1) else { continue };
                // `&'static str` has no static.
                if n > 0 && tokens[n - 1].to_string() == "'" {
                    continue;
                }
                if KINDS.contains(&word.as_str()) && !["fn", "unsafe", "async"].iter().any(|word| name == word) {
                    items.push(item(&word, &tokens[n..], public, associated));
                    public = false;
                }
            }
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                collect_items(&without_tests(group.stream()), within, items);
                (public, within) = (false, associated);
            }
            TokenTree::Punct(punct) if [';', ','].contains(&punct.as_char()) => (public, within) = (false, associated),
            _ => {}
        }
    }
}

/// The item that begins with these tokens.
fn item(kind: &str, tokens: &[TokenTree], public: bool, associated: bool) -> Item {
    let mut parameters = 0;
    let mut last_line = tokens[0].span().end().line;
    for token in &tokens[2..] {
        match token {
            TokenTree::Group(group)
                if kind == "fn" && group.delimiter() == Delimiter::Parenthesis && parameters == 0 =>
            {
                parameters = count_parameters(&group.stream().into_iter().collect::<Vec<_>>());
            }
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                last_line = group.span_close().end().line;
                break;
            }
            TokenTree::Punct(punct) if punct.as_char() == ';' => {
                last_line = punct.span().end().line;
                break;
            }
            _ => {}
        }
    }
    let line = tokens[0].span().start().line;
    Item { kind: kind.to_owned(), name: tokens[1].to_string(), line, last_line, public, associated, parameters }
}

/// How many parts commas make, those between `<` and `>` left out.
fn count_parameters(tokens: &[TokenTree]) -> usize {
    let (mut depth, mut count, mut filled) = (0_i32, 0, false);
    for (n, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '<' => depth += 1,
            TokenTree::Punct(punct) if punct.as_char() == '>' => {
                let arrow = n > 0 && matches!(&tokens[n - 1], TokenTree::Punct(punct) if punct.as_char() == '-');
                depth -= i32::from(!arrow);
            }
            TokenTree::Punct(punct) if punct.as_char() == ',' && depth == 0 => {
                count += usize::from(filled);
                filled = false;
                continue;
            }
            _ => {}
        }
        filled = true;
    }
    count + usize::from(filled)
}

/// Each line of each comment with its number; strings and characters that look like one are none.
fn comment_lines(text: &str) -> Vec<(usize, &str)> {
    let bytes = text.as_bytes();
    let line_of = |at: usize| text[..at].matches('\n').count() + 1;
    let (mut found, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let rest = &text[at..];
        let length = if rest.starts_with("//") {
            let end = rest.find('\n').unwrap_or(rest.len());
            found.push((line_of(at), rest[..end].trim_end()));
            end
        } else if rest.starts_with("/*") {
            let end = rest.find("*/").map_or(rest.len(), |end| end + 2);
            found.push((line_of(at), &rest[..end]));
            end
        } else if bytes[at] == b'"' {
            quoted(rest, '"')
        } else if let Some(length) = raw(text, at) {
            length
        } else if bytes[at] == b'\'' {
            // A lifetime has no second quotation mark right after its first character.
            let mut chars = rest[1..].chars();
            let first = chars.next().unwrap_or_default();
            if first == '\\' || chars.next() == Some('\'') { quoted(rest, '\'') } else { 1 }
        } else {
            rest.chars().next().map_or(1, char::len_utf8)
        };
        at += length;
    }
    found
}

/// The length of a quoted literal, its quotation marks included.
fn quoted(text: &str, mark: char) -> usize {
    let mut escaped = true;
    for (at, c) in text.char_indices() {
        match c {
            c if c == mark && !escaped => return at + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.len()
}

/// The length of a raw string that begins here.
fn raw(text: &str, at: usize) -> Option<usize> {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let rest = text[at..].strip_prefix('r').filter(|_| !text[..at].trim_end_matches('b').ends_with(word))?;
    let hashes = rest.len() - rest.trim_start_matches('#').len();
    let inner = rest[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    Some(1 + hashes + 1 + inner.find(&end)? + end.len())
}

#[test]
fn items_comments_and_texts_are_read_from_any_code() {
    let text = r##"//! A module
//! of things.
pub struct A<'a> { pub x: &'a str, /* inner */ c: char }
impl<'a> A<'a> {
    /// Does it.
    pub(crate) fn go(&self, map: Map<K, V>, f: impl Fn(u8, u8) -> u8) -> [u8; 2] { "// no"; '"'; r#"// "no""#; f(1) }
    type Item = u8;
}
pub const fn made() {}
// One
// two.

// Three.
/// Help.
#[derive(Debug, clap::Args)]
struct Args {
    /// More help.
    x: u8,
}
fn fail() -> Result<()> { bail!("no {x}"); context(|| format!("in {y}: {}", z)) }
#[cfg(test)]
mod tests { fn inside() {} }
"##;
    let file = File::new("x.rs", text.to_owned());
    let items: Vec<_> =
        file.items().iter().map(|item| (item.name.clone(), item.public, item.associated, item.parameters)).collect();
    let expected = [
        ("A", true, false, 0),
        ("go", false, true, 3),
        ("Item", false, true, 0),
        ("made", true, false, 0),
        ("Args", false, false, 0),
        ("fail", false, false, 0),
    ];
    assert_eq!(items, expected.map(|(name, public, within, count)| (name.to_owned(), public, within, count)));
    let comments: Vec<_> =
        file.comments().into_iter().map(|comment| (comment.line, comment.text, comment.doc)).collect();
    let expected = [
        (1, "A module of things.", true),
        (3, "inner */", false),
        (5, "Does it.", true),
        (10, "One two.", false),
        (13, "Three.", false),
    ];
    assert_eq!(comments, expected.map(|(line, text, doc)| (line, text.to_owned(), doc)));
    assert_eq!(file.texts_in(&["bail", "context"]), ["no {x}", "in {y}: {}"]);
}
