//! From the bytes of a file to a [`Deck`] and its findings.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::blocks::{
    Block, MARKERS_HELP, REJOIN_BUDGET, Start, blocks, first_within, is_origin, rejoin, too_many_tokens,
};
use super::card::Card;
use super::escapes;
use super::file::Deck;
use super::keys::{MAIN, TABLES, table};
use super::lint;
use super::syntax;
use super::values::{self, Defaults, TablePlace};
use crate::diagnostic::{Diagnostic, Severity, Source, Span};
use crate::grammar::{Fields, MOST_FAULTS, Table, TableReader};
use crate::text::{beginning, did_you_mean, nearest};

pub(crate) const SAVE_AS_UTF8: &str = "save the file as UTF-8 in your editor";

/// Decodes UTF-8. Bytes that are not UTF-8 become U+FFFD; returns the text and the offsets in it where that happened.
pub(crate) fn decode(bytes: Vec<u8>) -> (String, Vec<usize>) {
    let bytes = match String::from_utf8(bytes) {
        Ok(text) => return (text, Vec::new()),
        Err(error) => error.into_bytes(),
    };
    let mut text = String::with_capacity(bytes.len());
    let mut broken = Vec::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            broken.push(text.len());
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
    (text, broken)
}

/// Parses a deck: returns what is right, and a finding for all else. `broken` are the offsets of bytes that are not UTF-8.
pub fn parse(source: &Source, broken: &[usize]) -> (Deck, Vec<Diagnostic>) {
    let mut builder = Builder::new(source);
    if source.text.starts_with("\u{fffd}\u{fffd}") && broken.starts_with(&[0]) {
        let finding = source.error(0..0, "encoding", "the file is UTF-16, not UTF-8");
        return (builder.deck, vec![finding.help(SAVE_AS_UTF8)]);
    }
    if too_many_tokens(&source.text) {
        let message = "more brackets and signs than a deck can hold; it is not read";
        return (builder.deck, vec![source.error(0..0, "too-large", message)]);
    }
    let (root, errors) = DeTable::parse_recoverable(&source.text);
    if errors.is_empty() && broken.is_empty() {
        builder.document(0, root.get_ref());
    } else {
        builder.read_blocks(broken);
        if builder.findings.iter().all(|finding| finding.severity != Severity::Error) {
            builder.findings.extend(syntax::first(source, 0, source.text.len(), &errors));
        }
        builder.deck.is_deck = true;
    }
    builder.finish()
}

/// Reads one card from its block and the `[deck]` block of its file; `None` if that takes the whole file.
pub(crate) fn card_in(path: &str, head: &str, block: &str, line: usize) -> Option<Card> {
    let both = Source::new(path, format!("{head}\n{block}"));
    let (deck, findings) = parse(&both, &[]);
    // Warnings change nothing in a card.
    let is_sound = findings.iter().all(|finding| finding.severity != Severity::Error);
    let [card] = <[Card; 1]>::try_from(deck.cards).ok().filter(|_| is_sound)?;
    let suspended_line = card.suspended_line.map(|suspended| suspended - card.line + line);
    Some(Card { line, suspended_line, ..card })
}

struct Builder<'s> {
    source: &'s Source,
    deck: Deck,
    defaults: Defaults,
    /// Cards and stories, each with its header. They wait until all defaults are known: `[deck]` may be below them.
    cards: Vec<(Span, Fields)>,
    stories: Vec<(Span, Fields)>,
    findings: Vec<Diagnostic>,
    seen_once: Vec<&'static str>,
    unknown_tables: Vec<(Span, String)>,
    blocks: Vec<Block>,
}

impl<'s> Builder<'s> {
    fn new(source: &'s Source) -> Self {
        let defaults = Defaults::new(&mut Fields::default());
        Builder {
            source,
            deck: Deck { language: defaults.language.clone(), ..Deck::default() },
            defaults,
            cards: Vec::new(),
            stories: Vec::new(),
            findings: Vec::new(),
            seen_once: Vec::new(),
            unknown_tables: Vec::new(),
            blocks: blocks(&source.text),
        }
    }

    /// Reads block by block: one that parses alone counts, one that does not is one finding.
    fn read_blocks(&mut self, broken: &[usize]) {
        let blocks = std::mem::take(&mut self.blocks);
        let mut budget = REJOIN_BUDGET;
        let text = &self.source.text;
        // Whether a conflict is open above, and whether this is the common origin of its two sides.
        let (mut open, mut origin) = (false, false);
        let mut n = 0;
        while n < blocks.len() {
            let rest = &blocks[n..];
            n += 1;
            if rest[0].start == Start::Conflict {
                origin = is_origin(text, rest, open);
                open = text[rest[0].span.clone()].starts_with('<') || origin;
            } else if origin {
                continue;
            }
            // One more than is reported shows that there are more.
            self.findings.truncate(MOST_FAULTS + 1);
            n += self.read_block(rest, broken, &mut budget);
        }
        // Offsets in a text that was not UTF-8 are not offsets in its file.
        self.blocks = if broken.is_empty() { blocks } else { Vec::new() };
    }

    /// Reads the first of these blocks. Returns how many of the next ones belong to it.
    fn read_block(&mut self, blocks: &[Block], broken: &[usize], budget: &mut usize) -> usize {
        let (source, span) = (self.source, blocks[0].span.clone());
        let text = &source.text;
        if let Some(at) = first_within(broken, &span) {
            self.findings.push(source.error(at..at + 3, "encoding", "not UTF-8 here").help(SAVE_AS_UTF8));
            return 0;
        }
        if blocks[0].start == Start::Conflict {
            let marker = span.start..source.line_span(source.line(span.start)).end;
            let finding = source.error(marker, "conflict-markers", "TOML syntax error: a merge conflict is left here");
            self.findings.push(finding.help(MARKERS_HELP));
            return 0;
        }
        if blocks.get(1).is_some_and(|next| continues_table(text, next)) {
            // The markers are reported. Half a card might pass for another card, with a history of its own.
            return 0;
        }
        let (root, errors) = DeTable::parse_recoverable(&text[span.clone()]);
        if errors.is_empty() {
            self.document(span.start, root.get_ref());
            return 0;
        }
        // A `"""` text may hold a line that starts with `[`: then the block continues in the next ones.
        if let Some((end, taken)) = rejoin(text, blocks, broken, budget) {
            let (root, _) = DeTable::parse_recoverable(&text[span.start..end]);
            self.document(span.start, root.get_ref());
            return taken;
        }
        if self.findings.len() <= MOST_FAULTS {
            self.findings.extend(syntax::first(source, span.start, span.end, &errors));
        }
        0
    }

    /// Reads the tables of a document, or of a block that starts at `base`.
    fn document(&mut self, base: usize, root: &DeTable<'_>) {
        let header = |value: &Spanned<DeValue<'_>>| value.span().start + base..value.span().end + base;
        for (name, value) in root {
            let at = name.span().start + base..name.span().end + base;
            let Some(spec) = table(name.get_ref()) else {
                if self.unknown_tables.len() <= MOST_FAULTS {
                    self.unknown_tables.push((at, name.get_ref().to_string()));
                    self.check_numbers(base, value);
                }
                continue;
            };
            match (value.get_ref(), spec.many) {
                (DeValue::Table(keys), false) => {
                    if self.seen_once.contains(&spec.name) {
                        let message = format!("`{}` stands twice in this file", spec.header());
                        self.findings.push(self.source.error(at, "repeated-table", message).help("join the two"));
                    } else {
                        self.seen_once.push(spec.name);
                        self.table(base, header(value), spec, keys);
                    }
                }
                (DeValue::Array(tables), true) if tables.iter().all(|table| table.get_ref().is_table()) => {
                    for (table, keys) in tables.iter().filter_map(|table| Some((table, table.get_ref().as_table()?))) {
                        self.table(base, header(table), spec, keys);
                    }
                }
                _ => {
                    self.deck.is_deck = true;
                    let message = format!("`{}` must be written `{}`", spec.name, spec.header());
                    let help =
                        if spec.many { "with two brackets, once for each" } else { "with one bracket, once a file" };
                    self.findings.push(self.source.error(at, "wrong-table", message).help(help));
                }
            }
        }
    }

    /// Reports invalid numbers. The parser accepts them until their value is read, and unknown tables are not read.
    fn check_numbers(&mut self, base: usize, value: &Spanned<DeValue<'_>>) {
        match value.get_ref() {
            _ if self.findings.len() > MOST_FAULTS => {}
            DeValue::Integer(number) if !is_number(number.as_str(), number.radix()) => {
                let span = value.span().start + base..value.span().end + base;
                self.findings.push(self.source.error(span, "syntax", "TOML syntax error: not a number"));
            }
            DeValue::Array(values) => values.iter().for_each(|value| self.check_numbers(base, value)),
            DeValue::Table(table) => table.values().for_each(|value| self.check_numbers(base, value)),
            _ => {}
        }
    }

    fn table(&mut self, base: usize, header: Span, spec: &'static Table, table: &DeTable<'_>) {
        self.deck.is_deck = true;
        self.findings.truncate(MOST_FAULTS + 1);
        // An inline or dotted table has no header line: its span is the best place there is.
        let header = header.start..header.end.min(self.source.line_span(self.source.line(header.start)).end);
        let before = self.findings.len();
        let (source, findings) = (self.source, &mut self.findings);
        let reader = TableReader { source, base, header: header.clone(), noun: spec.name, findings };
        let mut fields = reader.read(&spec.keys.iter().collect::<Vec<_>>(), table);
        if self.findings.len() > before && spec.name != "deck" {
            return;
        }
        self.deck.references.append(&mut fields.references);
        match spec.name {
            "deck" => {
                self.deck.title = fields.text("title");
                self.defaults = Defaults::new(&mut fields);
            }
            "card" => self.cards.push((header, fields)),
            "story" => self.stories.push((header, fields)),
            "interview" => self.deck.interview = Some(values::interview(&self.source.path, &mut fields)),
            "debrief" => self.deck.debrief = Some(values::debrief(&mut fields)),
            "asked" => self.deck.asked.push(values::asked(&mut fields)),
            "interviewer" => self.deck.interviewers.push(values::interviewer(&mut fields)),
            "heard" => self.deck.heard.push(values::heard(&mut fields)),
            _ => self.deck.told.push(values::told(&mut fields)),
        }
    }

    fn finish(mut self) -> (Deck, Vec<Diagnostic>) {
        (self.deck.kind, self.deck.language) = (self.defaults.kind, self.defaults.language.clone());
        self.add_cards();
        self.add_stories();
        self.deck.cards.sort_by_key(|card| card.header.start);
        let text = |block: &Block| &self.source.text[block.span.clone()];
        let head = self.blocks.iter().map(text).find(|text| text.trim_start().starts_with("[deck]"));
        self.deck.head = head.unwrap_or_default().to_owned();
        self.report_unknown_tables();
        if self.deck.is_deck {
            self.findings.extend(escapes::unmeant(self.source).take(MOST_FAULTS + 1));
        }
        self.findings.sort_by_cached_key(Diagnostic::order);
        self.cap_findings();
        (self.deck, self.findings)
    }

    fn add_cards(&mut self) {
        let mut bare = Vec::new();
        for (header, mut fields) in std::mem::take(&mut self.cards) {
            self.findings.truncate(MOST_FAULTS + 1);
            let spans = lint::spans(&fields);
            let card = self.defaults.card(self.source, self.place(header), &mut fields);
            lint::lint(self.source, &card, &spans, &mut self.findings);
            if lint::has_no_points(&card) {
                bare.push(card.header.clone());
            }
            self.deck.cards.push(card);
        }
        self.findings.extend(lint::no_points(self.source, &bare));
    }

    fn add_stories(&mut self) {
        for (header, mut fields) in std::mem::take(&mut self.stories) {
            let (story, card) = self.defaults.story(self.source, self.place(header), &mut fields);
            self.deck.stories.push(story);
            self.deck.cards.push(card);
        }
    }

    fn place(&self, header: Span) -> TablePlace {
        let n = self.blocks.partition_point(|block| block.span.end <= header.start);
        TablePlace { block: self.blocks.get(n).map_or(0..0, |block| block.span.clone()), header }
    }

    /// Reports unknown tables; in a file with none of a deck's tables, nor one near, that it is not a deck.
    fn report_unknown_tables(&mut self) {
        let unknown = std::mem::take(&mut self.unknown_tables);
        self.deck.is_deck |= unknown.iter().any(|(_, name)| nearest(name, MAIN.iter().copied()).is_some());
        if !self.deck.is_deck {
            let message = "not a deck: none of its tables is one of a deck";
            let file = &self.source.path;
            self.findings.push(Diagnostic::whole_file(Severity::Info, file, "not-a-deck", message));
            return;
        }
        let names: Vec<&str> = TABLES.iter().map(|table| table.name).collect();
        for (span, name) in unknown {
            let help = match nearest(&name, names.iter().copied()) {
                Some(near) => format!("did you mean `{}`?", table(near).map(Table::header).unwrap_or_default()),
                None => did_you_mean(&name, &names),
            };
            let message = format!("a deck has no table `{}`", beginning(&name));
            self.findings.push(self.source.error(span, "unknown-table", message).help(help));
        }
    }

    /// Replaces the findings after the first [`MOST_FAULTS`] by one that says so.
    fn cap_findings(&mut self) {
        let Some(next) = self.findings.get(MOST_FAULTS) else { return };
        let (line, column) = (next.line, next.column);
        self.findings.truncate(MOST_FAULTS);
        let message = format!("more than {MOST_FAULTS} faults; from here on none is named");
        let finding = Diagnostic::whole_file(Severity::Error, &self.source.path, "too-many", message);
        let finding = finding.help("mend the first of them; it may be the cause of the others");
        self.findings.push(Diagnostic { line, column, ..finding });
    }
}

fn is_number(number: &str, radix: u32) -> bool {
    let digits = number.strip_prefix(['+', '-']).unwrap_or(number);
    !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix))
}

/// Returns whether a block is a conflict inside the table above: below its marker are lines of that table.
fn continues_table(text: &str, block: &Block) -> bool {
    let line_of_table = |line: &str| !line.trim().is_empty() && !line.trim().starts_with('#');
    block.start == Start::Conflict && text[block.span.clone()].lines().skip(1).any(line_of_table)
}

/// Parses the text of a test, whose cards have nothing to tick.
#[cfg(test)]
pub(crate) fn read(text: &str) -> (Deck, Vec<String>) {
    let (deck, mut findings) = parse(&Source::new("a.toml", text), &[]);
    findings.retain(|finding| finding.check != "no-points");
    (deck, findings.iter().map(Diagnostic::short).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GOOD_BEFORE: &str = "[deck]\ntitle = \"T\"\n\n[[card]]\nid = \"before\"\nprompt = \"B\"\n\n";
    const GOOD_AFTER: &str = "\n[[card]]\nid = \"after\"\nprompt = \"A\"\npoints = [\"x\"]\n";

    #[test]
    fn one_bad_line_costs_one_card() {
        // The block starts at line 8; each case says on which of its lines the problem is.
        let cases: &[(&str, usize, &str)] = &[
            ("[[card]]\nprompt = \"x\npoints = [\"a\"]\n", 2, "invalid basic string"),
            ("[[card]]\nprompt = “x”\n", 2, "string values must be quoted"),
            ("[[card]]\nprompt: \"x\"\n", 2, "invalid unquoted key"),
            ("[[card]]\nprompt = \"x\"\nsome prose\n", 3, "key with no value"),
            ("[[card]]\nprompt = \"x\"\npoints = [\"a\", \"b\"\n", 3, "this `[` is never closed"),
            ("[[card]]\nprompt = \"x\"\npoints = [\"a\",\n  \"b\"\ntags = [\"t\"]\n", 3, "this `[` is never closed"),
            ("[[card]]\nprompt = \"x\"\nparts = [{ ask = \"a\"]\n", 3, "this `{` is never closed"),
            ("[[card]]\nprompt = \"x\"\nparts = [{ ask = \"a\"\nid = \"t\"\n", 3, "this `[` is never closed"),
            ("[[card]]\nprompt = \"\"\"x\n\nmore\n", 2, "this `\"\"\"` is never closed"),
            ("[[card]]\nprompt = '''x\n\nmore\n", 2, "this `'''` is never closed"),
            ("[[card]\nprompt = \"x\"\n", 1, "unclosed array table"),
            ("[card]\nprompt = \"x\"\n", 1, "`card` must be written `[[card]]`"),
            ("[[card]]\nprompt =\n", 2, "string values must be quoted"),
            ("[[card]]\nprompt \"x\"\n", 2, "key with no value"),
            ("[[card]]\nprompt = x y\n", 2, "string values must be quoted"),
            ("[[card]]\nprompt = \"a \\d\"\n", 2, "missing escaped value"),
            ("[[card]]\nprompt = \"say \"hi\" now\"\n", 2, "unexpected key or value"),
            ("[[card]]\nprompt = \"a\"\nprompt = \"b\"\n", 3, "duplicate key"),
            ("[[card]]\nprompt = \"a\"\nlimit = 90s\n", 3, "string values must be quoted"),
            ("[[card]]\nprompt = \"a\"\nsuspended = True\n", 3, "invalid boolean"),
            ("[[card]]\nprompt = \"a\"\npoints = [\"a\" \"b\"]\n", 3, "missing comma"),
            ("[[card]]\nprompt = \"a\u{1b}[31m\"\n", 2, "invalid basic string"),
            ("[[card]]\npromt = \"a\"\nprompt = \"b\"\n", 2, "card has no key `promt`"),
            ("[[card]]\nprompt = 3\n", 2, "`prompt` of card cannot be the number 3"),
            ("[[card]]\nid = \"x\"\n", 1, "card has no `prompt`"),
            ("[[card]]\nprompt = \" \"\n", 2, "`prompt` is empty"),
            ("[[card]]\nprompt = \"x\"\nlimit = \"2h\"\n", 3, "`limit` of card cannot be \"2h\""),
            ("[[card]]\nprompt = \"x\"\nkind = \"opne\"\n", 3, "`kind` of card cannot be \"opne\""),
            ("[interview]\ncompetencies = \"ses-2052\"\n", 2, "`competencies` of interview cannot be \"ses-2052\""),
            ("[interview]\ncompetencies = \"Judgement\"\n", 2, "`competencies` of interview cannot be \"Judgement\""),
            ("[[crad]]\nprompt = \"x\"\n", 1, "a deck has no table `crad`"),
            ("[deck]\ntitle = \"x\"\n", 1, "`[deck]` stands twice"),
            ("<<<<<<< ours\n", 1, "a merge conflict is left here"),
        ];
        for (block, line, message) in cases {
            let (deck, findings) = read(&format!("{GOOD_BEFORE}{block}{GOOD_AFTER}"));
            assert_eq!(findings.len(), 1, "{block}\n{findings:#?}");
            assert!(findings[0].starts_with(&format!("a.toml:{}:", line + 7)), "{block}\n{}", findings[0]);
            assert!(findings[0].contains(message), "{block}\n{}", findings[0]);
            let ids: Vec<&str> = deck.cards.iter().map(|card| card.id.as_str()).collect();
            assert_eq!(ids, ["before", "after"], "{block}");
        }
    }

    #[test]
    fn a_text_with_brackets_survives_an_error_elsewhere() {
        let text =
            "[[card]]\nprompt = \"\"\"\na\n[note]\nb\n\"\"\"\n[[card]]\nprompt = \"x\n[[card]]\nprompt = \"y\"\n";
        let (deck, findings) = read(text);
        assert_eq!(deck.cards.iter().map(|card| card.prompt.as_str()).collect::<Vec<_>>(), ["a\n[note]\nb\n", "y"]);
        assert_eq!((findings.len(), findings[0].starts_with("a.toml:8:")), (1, true));
    }

    /// Returns a card read again from its block, with its places in the whole file.
    fn alone(source: &Source, deck: &Deck, card: &Card) -> Option<Card> {
        let alone = card_in(&source.path, &deck.head, &source.text[card.block.clone()], card.line)?;
        Some(Card { header: card.header.clone(), block: card.block.clone(), ..alone })
    }

    #[test]
    fn a_card_is_read_from_its_block() {
        let text = "[[story]]\nid = \"s\"\ntitle = \"S\"\n# a comment\n[[card]]\nid = \"a\"\nprompt = \"A\"\nsuspended = true\n\
                    [[card.points]]\ntext = \"p\"\n[deck]\nkind = \"ask\"\nlimit = 7\n[[card]]\nprompt = \"\"\"\n[b]\n\"\"\"\n";
        let source = Source::new("a.toml", text);
        let (deck, findings) = parse(&source, &[]);
        assert_eq!((deck.cards.len(), findings.len()), (3, 0), "{findings:#?}");
        let again = |n: usize| alone(&source, &deck, &deck.cards[n]);
        assert_eq!((again(0), again(1)), (Some(deck.cards[0].clone()), Some(deck.cards[1].clone())));
        assert_eq!((deck.cards[1].limit, deck.cards[1].suspended_line), (7, Some(8)));
        // A text with a line that looks like a header can only be read from the whole file.
        assert_eq!(again(2), None);
    }

    #[test]
    fn every_error_of_a_card_is_reported() {
        let (_, findings) = read("[[card]]\npromt = 1\nlimit = 0\ntags = [1, \"a\", 2]\nround = [\"x\"]\n");
        let places: Vec<&str> = findings.iter().map(|finding| finding.split(": ").next().unwrap()).collect();
        assert_eq!(places, ["a.toml:1:1", "a.toml:2:1", "a.toml:3:9", "a.toml:4:9", "a.toml:4:17", "a.toml:5:10"]);
    }

    #[test]
    fn a_file_that_is_not_a_deck_is_only_mentioned() {
        let not_a_deck = "a.toml:1:1: info: not a deck: none of its tables is one of a deck [not-a-deck]";
        let misspelled = "a.toml:1:3: error: a deck has no table `cards` [unknown-table]";
        for (table, is_deck, finding) in [("[package]", false, not_a_deck), ("[[cards]]", true, misspelled)] {
            let (deck, findings) = read(&format!("{table}\nprompt = \"x\"\n"));
            assert_eq!((deck.is_deck, findings), (is_deck, vec![finding.to_owned()]));
        }
    }

    #[test]
    fn invalid_bytes_are_reported_where_they_are() {
        let cases: &[(&[u8], &str, usize)] = &[
            (
                b"[[card]]\nprompt = 'caf\xe9'\n[[card]]\nprompt = 'ok'\n",
                "a.toml:2:14: error: not UTF-8 here [encoding]",
                1,
            ),
            (b"\xff\xfe[\0[\0", "a.toml:1:1: error: the file is UTF-16, not UTF-8 [encoding]", 0),
            (b"\xef\xbb\xbf[[card]]\r\nprompt = \"a\"\r\n", "", 1),
        ];
        for (bytes, expected, cards) in cases {
            let (text, broken) = decode(bytes.to_vec());
            let (deck, mut findings) = parse(&Source::new("a.toml", text), &broken);
            findings.retain(|finding| finding.check != "no-points");
            assert_eq!(findings.iter().map(Diagnostic::short).collect::<Vec<_>>().join(";"), *expected);
            assert_eq!(deck.cards.len(), *cards);
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_places_are_in_the_text(text in "(\\[\\[card\\]\\]\n|prompt = |\"|\"\"\"|'|\\[|\\]|\\{|\\}|=|,|\n|é|a|\\.|#|<<<<<<<|points = ){0,40}") {
            let source = Source::new("a.toml", text.clone());
            let (deck, findings) = parse(&source, &[]);
            let lines = text.split('\n').count();
            prop_assert!(findings.iter().all(|finding| finding.line <= lines));
            prop_assert!(deck.cards.iter().all(|card| !card.prompt.trim().is_empty()));
            for card in &deck.cards {
                let alone = alone(&source, &deck, card).filter(|alone| alone.prompt == card.prompt);
                prop_assert!(alone.is_none_or(|alone| alone == *card));
            }
            let (_, errors) = DeTable::parse_recoverable(&text);
            if !errors.is_empty() {
                prop_assert!(findings.iter().any(|finding| finding.severity == Severity::Error));
            }
        }
    }
}
