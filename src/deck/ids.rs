//! Writes the derived id of every card that has no written id.

use std::collections::HashSet;

use toml_parser::lexer::TokenKind;

use super::blocks::{blocks, has_three_quotes};
use super::card::{Card, CardId};
use super::file::Deck;
use super::parse::parse;
use crate::diagnostic::{Diagnostic, Severity, Source, Span};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WithIds {
    /// The whole text; nothing but the ids is new.
    pub(crate) text: String,
    pub(crate) written: usize,
    pub(crate) skipped: Vec<Diagnostic>,
}

/// Writes the ids into a text. An id goes on a line of its own below the header, or to the front of an inline table; every
/// other byte stays the same. `elsewhere` returns the file and the line of a card that already has a card's id.
///
/// Ids are only written where a card is certainly a card: not into a text with a merge conflict or with bytes that are not
/// UTF-8, and not below a syntax error that may have left a `"""` open.
pub(crate) fn with_ids(
    source: &Source,
    broken: &[usize],
    elsewhere: &dyn Fn(&Card) -> Option<(String, usize)>,
) -> WithIds {
    let (deck, findings) = parse(source, broken);
    if let Some(why) = reason_to_skip(source, &findings) {
        let skipped = if without_ids(&deck).next().is_some() { vec![why] } else { Vec::new() };
        return WithIds { text: source.text.clone(), written: 0, skipped };
    }
    let certain = certain_until(source, &findings);
    let mut taken: HashSet<&CardId> = deck.cards.iter().filter(|card| card.written).map(|card| &card.id).collect();
    let mut skipped = Vec::new();
    let mut insertions = Vec::new();
    for card in without_ids(&deck) {
        let twin = || {
            let mut others = deck.cards.iter().filter(|other| other.header.start != card.header.start);
            others.find(|other| other.id == card.id).map(|other| (source.path.clone(), other.line))
        };
        if card.header.start >= certain {
            let message = "no id is written here: a text may be open above, and this may be inside it";
            let help = "mend the syntax error above, then run `rehearse ids` again";
            skipped.push(source.warning(card.header.clone(), "syntax", message).help(help));
        } else if let Some((file, line)) = if taken.insert(&card.id) { elsewhere(card) } else { twin() } {
            let message = format!("no id is written here: the card at {file}:{line} is `{}` already", card.id);
            let help = "delete one of the two, or write ids of your own to rehearse both";
            skipped.push(source.warning(card.header.clone(), "same-prompt", message).help(help));
        } else {
            insertions.push(insertion(source, card));
        }
    }
    let text = inserted(&source.text, &insertions);
    if says_the_same(&deck, &parse(&Source::new(source.path.clone(), text.clone()), &[]).0) {
        return WithIds { text, written: insertions.len(), skipped };
    }
    let message = "no id is written here: the deck would read otherwise with them";
    let skipped = vec![Diagnostic::whole_file(Severity::Warning, &source.path, "syntax", message)];
    WithIds { text: source.text.clone(), written: 0, skipped }
}

fn without_ids(deck: &Deck) -> impl Iterator<Item = &Card> {
    deck.cards.iter().filter(|card| !card.written)
}

fn reason_to_skip(source: &Source, findings: &[Diagnostic]) -> Option<Diagnostic> {
    let whys = [
        ("conflict-markers", "no ids are written here: a merge conflict is left in the file"),
        ("encoding", "no ids are written here: the file is not UTF-8"),
        ("too-many", "no ids are written here: the file has more faults than are named"),
    ];
    let has = |check: &str| findings.iter().find(|finding| finding.check == check);
    let (found, check, message) = whys.iter().find_map(|(check, message)| Some((has(check)?, *check, *message)))?;
    let at = source.line_span(found.line).start;
    Some(source.warning(at..at, check, message).help("mend that, then run `rehearse ids` again"))
}

/// Returns where headers stop being certain: below a broken block with three quotes, they may be inside a text.
fn certain_until(source: &Source, findings: &[Diagnostic]) -> usize {
    let blocks = blocks(&source.text);
    let faulty = findings.iter().filter(|finding| finding.check == "syntax").filter_map(|finding| {
        let at = source.line_span(finding.line).start;
        blocks.iter().map(|block| &block.span).find(|span| span.contains(&at))
    });
    let quoted = |span: &&Span| has_three_quotes(&source.text[span.start..span.end]);
    faulty.filter(quoted).map(|span| span.start).min().unwrap_or(source.text.len())
}

fn inserted(text: &str, insertions: &[(usize, String)]) -> String {
    let mut whole = String::with_capacity(text.len() + 32 * insertions.len());
    let mut done = 0;
    for (at, new) in insertions {
        whole.push_str(&text[done..*at]);
        whole.push_str(new);
        done = *at;
    }
    whole + &text[done..]
}

/// Returns the id of a card as it is written into a text, and the offset where.
fn insertion(source: &Source, card: &Card) -> (usize, String) {
    let text = &source.text;
    let start = card.header.start;
    if text[start..].starts_with('{') {
        return (first_key(text, start + 1), format!("id = \"{}\", ", card.id));
    }
    // A header is followed by its keys, so its line has an end.
    let at = text[start..].find('\n').map_or(text.len(), |end| start + end + 1);
    let end = if text[..at].ends_with("\r\n") { "\r\n" } else { "\n" };
    let (indent, column) = layout(&text[at..]);
    let id = format!("{:<width$}= \"{}\"", "id ", card.id, width = column.saturating_sub(indent.len()));
    (at, format!("{indent}{id}{end}"))
}

/// Returns the offset of the first key of an inline table, which starts before `from`.
fn first_key(text: &str, from: usize) -> usize {
    let blank = [TokenKind::Whitespace, TokenKind::Newline, TokenKind::Comment];
    let mut tokens = toml_parser::Source::new(&text[from..]).lex();
    tokens.find(|token| !blank.contains(&token.kind())).map_or(from, |token| from + token.span().start())
}

/// Returns the layout of the keys below a header: their indent, and the column of their `=` if they are aligned, else 0.
fn layout(below: &str) -> (&str, usize) {
    let (mut indent, mut columns) = (None, Vec::new());
    let (mut depth, mut line, mut last) = (0_usize, 0, 0);
    for token in toml_parser::Source::new(below).lex() {
        let (start, end) = (token.span().start(), token.span().end());
        match token.kind() {
            TokenKind::Newline => line = end,
            TokenKind::LeftSquareBracket if depth == 0 && below[line..start].trim().is_empty() => break,
            TokenKind::LeftSquareBracket | TokenKind::LeftCurlyBracket => depth += 1,
            TokenKind::RightSquareBracket | TokenKind::RightCurlyBracket => depth = depth.saturating_sub(1),
            TokenKind::Equals if depth == 0 => {
                let key = &below[line..last];
                indent.get_or_insert(&key[..key.len() - key.trim_start_matches([' ', '\t']).len()]);
                columns.push((last - line, start - line));
            }
            _ => {}
        }
        if token.kind() != TokenKind::Whitespace {
            last = end;
        }
    }
    let aligned = columns.iter().all(|(_, equals)| *equals == columns[0].1)
        && columns.iter().any(|(key, equals)| equals - key > 1);
    (indent.unwrap_or_default(), if aligned { columns[0].1 } else { 0 })
}

fn says_the_same(before: &Deck, after: &Deck) -> bool {
    let bare = |deck: &Deck| {
        let mut deck = deck.clone();
        for card in &mut deck.cards {
            (card.written, card.header, card.line, card.block) = (true, 0..0, 0, 0..0);
            card.suspended_line = card.suspended_line.map(|_| 0);
        }
        deck.references.iter_mut().for_each(|reference| reference.span = 0..0);
        deck
    };
    bare(before) == bare(after)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn run(text: &str) -> WithIds {
        with_ids(&Source::new("a.toml", text), &[], &|_| None)
    }

    /// Replaces `<x>` in a text by the id of the card with the prompt `x`.
    fn with_derived_ids(text: &str) -> String {
        ["a", "b", "c", "a b", "[[card]]\nprompt = 'no'\n"].iter().fold(text.to_owned(), |text, prompt| {
            text.replace(&format!("<{prompt}>"), CardId::derived(prompt).as_str())
        })
    }

    #[test]
    fn only_the_ids_are_new_in_every_layout() {
        // Texts with what is new between `«` and `»`, and `✗` where a card is skipped.
        let cases = [
            "",
            "[[card]]\nid = 'x'\nprompt = 'a'\n",
            "[[card]]\n\"id\" = 'x'\nprompt = 'a'\n",
            "[[story]]\nid = 's'\ntitle = 'a'\n",
            // The usual layout, and aligned columns.
            "[[card]]\n«id = \"<a>\"\n»prompt = 'a'\n",
            "[[card]]\n«id     = \"<a>\"\n»prompt = 'a'\nkind   = \"fact\"\n",
            "[[card]]\n«id = \"<a>\"\n»prompt   = 'a'\nkind = \"fact\"\n",
            "[[card]]\n«id = \"<a>\"\n»prompt='a'",
            // Line ends and the byte order mark.
            "[[card]]\r\n«id = \"<a>\"\r\n»prompt = 'a'\r\n",
            "[[card]]\n«id = \"<a>\"\n»prompt = 'a'\r\n",
            "\u{feff}[[card]]\n«id = \"<a>\"\n»prompt = 'a'\n",
            "[[card]] # [[card]]\n«id = \"<a>\"\n»prompt = 'a'\n",
            "[[ \"card\" ]]\t\n«id = \"<a>\"\n»prompt = 'a'\n",
            "[['card']]\n«id = \"<a>\"\n»\n# why\nprompt = 'a'\n",
            "  [[card]]\n«    id = \"<a>\"\n»    kind = 'fact'\n    prompt = 'a'\n",
            "[[card]]\n«id = \"<a>\"\n»prompt = 'a'\n[[card.points]]\ntext = 'b'\n[[card]]\n«id = \"<b>\"\n»\
             prompt = 'b'\n[deck]\nkind = 'ask'\n",
            // Keys before the prompt, and text that only looks like keys and headers.
            "[[card]]\n«id = \"<a>\"\n»points = [\n  \"[[card]]\",\n  { text = \"id = 1\" },\n]\nprompt = 'a'\n",
            "[[card]]\n«id = \"<[[card]]\nprompt = 'no'\n>\"\n»prompt = \"\"\"\n[[card]]\nprompt = 'no'\n\"\"\"\n\
             [[card]]\n«id = \"<b>\"\n»prompt = 'b'\n",
            "[[card]]\n«id = \"<a b>\"\n»prompt = \"a  \\u0062\"\n",
            // Inline tables, on one line and on several.
            "card = [{«id = \"<a>\", »prompt=\"a\"}, { «id = \"<b>\", »prompt = 'b' },{id='x',prompt='c'}]\n",
            "card = [ # {\n  {\n    # {\n    «id = \"<a>\", »prompt = 'a',\n  },\n]\n",
            "deck.kind = 'fact'\ncard = [{ «id = \"<a>\", »\"prompt\" = 'a' }]",
            // The same prompt twice: one gets the id; two cards with one id would be an error.
            "[[card]]\n«id = \"<a>\"\n»prompt = 'a'\n[[card]]\n✗prompt = ' a'\n",
            "card = [{«id = \"<a>\", »prompt='a'},{✗prompt='a'}]",
            "[[card]]\n✗prompt = 'a'\n[[card]]\nid = \"<a>\"\nprompt = 'b'\n",
            // Errors: a certain card gets its id, a card with an error does not.
            "[[card]]\npromt = 'a'\n[[card]]\n«id = \"<b>\"\n»prompt = 'b'\n",
            "[[card]]\n«id = \"<a>\"\n»prompt = 'a'\n[[card]]\nprompt: 'x'\n[[card]]\n«id = \"<c>\"\n»prompt = 'c'\n",
            "[[card]]\n«id = \"<a>\"\n»prompt = 'a'\n[[card]]\nprompt: 'x'\nnote = '''\n[[card]]\n✗prompt = 'b'\n\
             [[card]]\n'''\n",
            "✗[[card]]\nprompt = 'a'\n<<<<<<< x\n[[card]]\nprompt = 'b'\n=======\n>>>>>>> y\n",
        ];
        for marked in cases {
            let skipped = marked.matches('✗').count();
            let marked = with_derived_ids(&marked.replace('✗', ""));
            let after = marked.replace(['«', '»'], "");
            let before: String = marked.split('«').map(|part| part.split('»').next_back().unwrap()).collect();
            let found = run(&before);
            assert_eq!((&found.text, found.skipped.len()), (&after, skipped), "{before}\n{:#?}", found.skipped);
            let says = |text: &str| {
                let (deck, findings) = parse(&Source::new("a.toml", text), &[]);
                let findings: Vec<String> = findings.into_iter().map(|finding| finding.message).collect();
                (deck.cards.into_iter().map(|card| (card.id, card.prompt)).collect::<Vec<_>>(), findings)
            };
            assert_eq!(says(&before), says(&after), "{before}");
        }
    }

    #[test]
    fn a_card_that_is_already_elsewhere_is_skipped() {
        let source = Source::new("b.toml", "[[card]]\nprompt = 'a'\n[[card]]\nprompt = 'b'\n");
        let taken = CardId::derived("a");
        let found = with_ids(&source, &[], &|card| (card.id == taken).then(|| ("a.toml".to_owned(), 7)));
        assert_eq!(found.written, 1);
        assert!(found.skipped[0].short().contains("the card at a.toml:7 is `h"), "{:?}", found.skipped);
        let found = with_ids(&source, &[18], &|_| None);
        assert_eq!((found.written, found.skipped.len()), (0, 1), "{:?}", found.skipped);
    }

    proptest! {
        #[test]
        fn cards_stay_the_same_and_nothing_is_lost_in_any_text(
            text in "(\\[\\[card\\]\\]\r?\n|prompt = |  |\"\"\"|'''|'x'\n|\"y\"\r\n|points = \\[|\\]|card = \\[|\\{prompt='z'\\}|,|#|\n|é|\u{feff}|<<<<<<<|id='q'\n){0,30}",
        ) {
            let found = run(&text);
            let mut rest = text.chars().peekable();
            found.text.chars().for_each(|c| { rest.next_if_eq(&c); });
            prop_assert!(rest.next().is_none(), "something of the text is lost");
            let cards = |text: &str| parse(&Source::new("a", text), &[]).0.cards;
            let (before, after) = (cards(&text), cards(&found.text));
            prop_assert_eq!(before.len(), after.len());
            prop_assert!(before.iter().zip(&after).all(|(a, b)| a.id == b.id && a.prompt == b.prompt));
            let without_ids = |cards: &[Card]| cards.iter().filter(|card| !card.written).count();
            prop_assert_eq!(without_ids(&before) - found.written, without_ids(&after));
            prop_assert!(without_ids(&after) == 0 || !found.skipped.is_empty());
            let again = run(&found.text);
            prop_assert_eq!((again.written, again.text), (0, found.text));
        }
    }
}
