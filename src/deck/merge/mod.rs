//! Two decks that come from one, made one again: card by card.
//!
//! `cut` parts each text into tables with their remarks, `pair` tells which is which, `weave` gives the order, and `fields`
//! merges a table that both sides changed. What only one side changed is taken byte for byte. What cannot be merged is
//! marked, that table alone; nothing is left out that a side did not take away.

mod order;
mod identity;
mod fields;

pub(crate) use identity::block_of;

use std::collections::HashSet;

use toml::de::DeTable;

use super::blocks::{Start, pieces, too_many_tokens};
use super::keys::MAIN;
use super::parse::parse;
use crate::diagnostic::Source;
use identity::{Key, Known, join};
use order::{Given, Settled, Thread, order, pick, pick_of, pick_or_longer, stays, threads};

/// What came of a merge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Merged {
    /// The whole text, with markers where both sides differ beyond mending.
    pub(crate) text: String,
    /// What is marked, in the order of the text.
    pub(crate) clashes: Vec<Clash>,
    /// Tables that one side took away and the other changed, with the byte at which each stands: they are kept.
    pub(crate) kept: Vec<(String, usize)>,
}

/// Something that is marked as a conflict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Clash {
    /// What people call it.
    pub(crate) what: String,
    /// The fields on which the sides differ; none where it cannot be parted.
    pub(crate) fields: Vec<String>,
    /// The byte at which its first marker stands.
    pub(crate) at: usize,
}

/// Merges the text of `base` as two sides changed it, `markers` characters a marker. `None` for what is no deck, holds
/// conflicts already, or is too much to parse: lines are all that can be merged there.
///
/// With the sides exchanged the result is the same to the byte, but for what stands between markers.
pub(crate) fn merge(base: &str, sides: [&str; 2], markers: usize) -> Option<Merged> {
    if [base, sides[0], sides[1]].into_iter().any(too_many_tokens) {
        return None;
    }
    let (base, sides) = (Text::cut(base, false), sides.map(|side| Text::cut(side, true)));
    if sides.iter().any(|side| side.conflicts) || ![&base, &sides[0], &sides[1]].into_iter().any(Text::is_deck) {
        return None;
    }
    let merge = Merge::of(base, sides, markers);
    let whole = merge.assemble();
    if !merge.accounts_for_all(&whole) {
        return Some(merge.whole());
    }
    Some(Merged { text: whole.marked, clashes: whole.clashes, kept: whole.kept })
}

#[derive(Debug)]
struct Text<'t> {
    whole: &'t str,
    /// Whether it begins with a byte order mark.
    mark: bool,
    known: Vec<Known>,
    bytes: Vec<Bytes<'t>>,
    /// From the line end of the last block.
    ending: &'t str,
    /// Whether markers of a conflict stand in it.
    conflicts: bool,
}

/// A block as it is written.
#[derive(Debug)]
struct Bytes<'t> {
    /// The blank lines above it.
    gap: &'t str,
    /// It, with the end of its last line.
    text: String,
    /// Whether its lines end with CR and LF.
    crlf: bool,
}

impl<'t> Text<'t> {
    /// What stands between markers may be left out: an origin that was itself merged from two tells nothing there.
    fn cut(whole: &'t str, with_conflicts: bool) -> Self {
        let text = whole.strip_prefix('\u{feff}').unwrap_or(whole);
        let mark = text.len() < whole.len();
        let mut cut = Text { whole, mark, known: Vec::new(), bytes: Vec::new(), ending: text, conflicts: false };
        let (in_crlf, mut within) = (is_crlf(text), false);
        for piece in pieces(text) {
            let (gap, body, bare) = (&text[piece.gap], &text[piece.body.clone()], &text[piece.table]);
            cut.ending = &text[piece.body.start + body.trim_end_matches(['\n', '\r']).len()..];
            let marker = piece.start == Some(Start::Conflict);
            cut.conflicts |= marker;
            within = if marker { !bare.starts_with('>') } else { within };
            if (marker || within) && !with_conflicts {
                continue;
            }
            let crlf = if body.contains('\n') { is_crlf(body) } else { in_crlf };
            cut.bytes.push(Bytes { gap, text: with_line_end(body.to_owned(), line_end(crlf)), crlf });
            cut.known.push(Known::of(with_line_end(with_lf(body), "\n"), &with_lf(bare), piece.start));
        }
        cut
    }

    fn is_deck(&self) -> bool {
        self.known.iter().any(|known| known.table.is_some_and(|table| MAIN.contains(&table.name)))
    }

    /// The byte order mark, if it has one.
    fn mark(&self) -> &'static str {
        if self.mark { "\u{feff}" } else { "" }
    }

    /// How it ends, if anything does.
    fn ending(&self) -> Option<&'t str> {
        (!self.known.is_empty()).then_some(self.ending)
    }
}

/// A text whose lines end with LF.
fn with_lf(text: &str) -> String {
    text.replace("\r\n", "\n")
}

fn with_line_end(mut text: String, end: &str) -> String {
    if !text.ends_with('\n') {
        text.push_str(end);
    }
    text
}

/// Whether every line of a text ends with CR and LF.
fn is_crlf(text: &str) -> bool {
    text.contains('\n') && text.matches("\r\n").count() == text.matches('\n').count()
}

fn line_end(crlf: bool) -> &'static str {
    if crlf { "\r\n" } else { "\n" }
}

struct Merge<'t> {
    base: Text<'t>,
    sides: [Text<'t>; 2],
    threads: Vec<Thread>,
    markers: usize,
}

impl<'t> Merge<'t> {
    fn of(base: Text<'t>, sides: [Text<'t>; 2], markers: usize) -> Self {
        let keys = |text: &Text<'_>| text.known.iter().map(|known| known.key.clone()).collect::<Vec<Key>>();
        let mut threads = threads(&keys(&base), [&keys(&sides[0]), &keys(&sides[1])]);
        join(&mut threads, &base.known, [&sides[0].known, &sides[1].known]);
        Merge { base, sides, threads, markers }
    }

    fn known(&self, thread: &Thread) -> Given<'_, Known> {
        thread.of(&self.base.known, [&self.sides[0].known, &self.sides[1].known])
    }

    fn bytes(&self, thread: &Thread) -> Given<'_, Bytes<'t>> {
        thread.of(&self.base.bytes, [&self.sides[0].bytes, &self.sides[1].bytes])
    }

    fn settle(&self, thread: &Thread) -> Settled {
        let known = self.known(thread);
        let (base, sides) = known.map(|known| known.text.as_str());
        match (known.sides, sides) {
            ([Some(a), Some(b)], [Some(text_a), Some(text_b)]) => match pick(base, [text_a, text_b]) {
                Some(text) => Settled::Text(self.dressed(thread, text)),
                None => self.blend(thread, known.base, [a, b]),
            },
            (_, [Some(text), _] | [_, Some(text)]) if stays((base, sides)) => Settled::Text(self.dressed(thread, text)),
            _ => Settled::Gone,
        }
    }

    /// What becomes of a block that both sides changed.
    fn blend(&self, thread: &Thread, base: Option<&Known>, [a, b]: [&Known; 2]) -> Settled {
        let name = |known: &Known| known.table.map(|table| table.name);
        if !a.parses || !b.parses || name(a) != name(b) {
            return Settled::Clash(self.in_own_dress(thread, [&a.text, &b.text]), Vec::new());
        }
        let base = base.filter(|known| known.parses && name(known) == name(a)).map(|known| known.text.as_str());
        match fields::merge(a.table, base, [&a.text, &b.text]) {
            Settled::Clash(sides, fields) => {
                Settled::Clash(self.in_own_dress(thread, sides.each_ref().map(String::as_str)), fields)
            }
            Settled::Text(text) => Settled::Text(self.dressed(thread, &text)),
            Settled::Gone => Settled::Gone,
        }
    }

    /// A text with the line ends that it should have: as it is written where it is written so, with those of the side
    /// that changed them otherwise.
    fn dressed(&self, thread: &Thread, text: &str) -> String {
        let Given { base, sides } = self.bytes(thread);
        let crlf = match (base, sides.map(|side| side.map(|bytes| bytes.crlf))) {
            (Some(base), [Some(a), Some(b)]) if a != b => !base.crlf,
            (_, [a, b]) => a.unwrap_or(true) && b.unwrap_or(true),
        };
        let so_written = |bytes: &Bytes<'t>| bytes.crlf == crlf && with_lf(&bytes.text) == text;
        match sides.map(|side| side.filter(|bytes| so_written(bytes)).map(|bytes| bytes.text.as_str())) {
            [Some(a), Some(b)] => pick_or_longer(base.map(|base| base.text.as_str()), [a, b]).to_owned(),
            [Some(written), None] | [None, Some(written)] => written.to_owned(),
            [None, None] => text.replace('\n', line_end(crlf)),
        }
    }

    /// The texts of both sides, each with its own line ends.
    fn in_own_dress(&self, thread: &Thread, texts: [&str; 2]) -> [String; 2] {
        let Given { sides, .. } = self.bytes(thread);
        [0, 1].map(|n| texts[n].replace('\n', line_end(sides[n].is_some_and(|bytes| bytes.crlf))))
    }

    /// The blank lines above a block. Where it begins a text, that has nothing to say of them, unless it begins the result.
    fn gap(&self, thread: &Thread, first: bool) -> &'t str {
        let says =
            |text: &Text<'t>, place: Option<usize>| place.filter(|&at| (at == 0) == first).map(|at| text.bytes[at].gap);
        let next = |n: usize| thread.sides[n].and_then(|at| self.sides[n].bytes.get(at + 1)).map(|bytes| bytes.gap);
        let sides = [0, 1].map(|n| says(&self.sides[n], thread.sides[n]));
        match pick_of((says(&self.base, thread.base), sides)) {
            Some(gap) => gap,
            None if first => "",
            None => pick_of((None, [next(0), next(1)])).unwrap_or("\n"),
        }
    }

    fn assemble(&self) -> Assembled {
        let settled: Vec<Settled> = self.threads.iter().map(|thread| self.settle(thread)).collect();
        let keys: Vec<Key> =
            self.threads.iter().filter_map(|thread| Some(self.known(thread).any()?.key.clone())).collect();
        let [a, b] = &self.sides;
        let mut whole = Assembled::default();
        whole.write([pick_or_longer(Some(self.base.mark()), [a.mark(), b.mark()]); 3]);
        let order = in_grammar(order(&self.threads, &keys, &Settled::live(&settled)), &keys);
        for (nth, n) in order.into_iter().enumerate() {
            whole.write([self.gap(&self.threads[n], nth == 0); 3]);
            self.put(&self.threads[n], &settled[n], &mut whole);
        }
        whole.end(pick_of((self.base.ending(), [a.ending(), b.ending()])).unwrap_or_default());
        whole
    }

    /// Writes what became of a block.
    fn put(&self, thread: &Thread, settled: &Settled, whole: &mut Assembled) {
        let what = self.known(thread).any().map(Known::name).unwrap_or_default();
        let at = whole.marked.len();
        match settled {
            Settled::Gone => {}
            Settled::Text(text) => {
                if thread.base.is_some() && thread.sides.contains(&None) {
                    whole.kept.push((what, at));
                }
                whole.write_block(text, [text, text]);
            }
            Settled::Clash(sides, fields) => {
                let [ours, theirs] = sides.each_ref().map(String::as_str);
                whole.clashes.push(Clash { what, fields: fields.clone(), at });
                whole.write_block(&self.between_markers([ours, theirs]), [ours, theirs]);
            }
        }
    }

    /// Two texts between markers.
    fn between_markers(&self, sides: [&str; 2]) -> String {
        let end = line_end(sides.into_iter().all(is_crlf));
        let marker = |sign: &str, name: &str| format!("{}{name}{end}", sign.repeat(self.markers));
        let [ours, theirs] =
            sides.map(|side| if side.is_empty() { String::new() } else { with_line_end(side.to_owned(), end) });
        [marker("<", " ours"), ours, marker("=", ""), theirs, marker(">", " theirs")].concat()
    }

    /// Both texts whole between markers: what is left to do where the parts do not add up.
    fn whole(&self) -> Merged {
        let sides = self.sides.each_ref().map(|side| side.whole.strip_prefix('\u{feff}').unwrap_or(side.whole));
        let clash = Clash { what: "the whole file".to_owned(), fields: Vec::new(), at: 0 };
        Merged { text: self.between_markers(sides), clashes: vec![clash], kept: Vec::new() }
    }

    /// Whether the result, read again, is what was put together, parses if both sides did, and has every card of theirs
    /// that neither took away: whichever side is followed where there are conflicts.
    fn accounts_for_all(&self, whole: &Assembled) -> bool {
        let parses = |text: &str| DeTable::parse_recoverable(text).1.is_empty();
        let sound = self.sides.iter().all(|side| parses(side.whole));
        let as_put_together = |(text, blocks): (&String, &Vec<String>)| {
            bare_tables(text) == blocks.iter().flat_map(|block| bare_tables(block)).collect::<Vec<String>>()
                && (!sound || parses(text))
        };
        whole.either.iter().zip(&whole.blocks).all(as_put_together) && self.has_every_card(&whole.either)
    }

    /// Whether every card that a side added, or both sides have, is in the result under one of the ids it went by.
    fn has_every_card(&self, either: &[String; 2]) -> bool {
        let ids = |text: &str| {
            let (deck, _) = parse(&Source::new("", text), &[]);
            deck.cards.into_iter().map(|card| card.id.as_str().to_owned()).collect::<HashSet<String>>()
        };
        let (base, sides) = (ids(self.base.whole), self.sides.each_ref().map(|side| ids(side.whole)));
        let result: HashSet<String> = either.iter().flat_map(|text| ids(text)).collect();
        let needed = |id: &&String| !base.contains(*id) || sides.iter().all(|side| side.contains(*id));
        let names = |thread: &Thread| {
            let Given { base, sides: [a, b] } = self.known(thread);
            [base, a, b].map(|known| known.and_then(Known::id))
        };
        let there = |names: &[Option<&str>; 3]| names.iter().flatten().any(|id| result.contains(*id));
        let found: HashSet<&str> = self.threads.iter().map(names).filter(there).flatten().flatten().collect();
        sides.iter().flatten().filter(needed).all(|id| result.contains(id) || found.contains(id.as_str()))
    }
}

/// A result as it is put together.
#[derive(Default)]
struct Assembled {
    marked: String,
    clashes: Vec<Clash>,
    kept: Vec<(String, usize)>,
    /// The same as either side would have it, with the blocks it consists of.
    either: [String; 2],
    blocks: [Vec<String>; 2],
}

impl Assembled {
    fn write(&mut self, [marked, ours, theirs]: [&str; 3]) {
        self.marked.push_str(marked);
        self.either[0].push_str(ours);
        self.either[1].push_str(theirs);
    }

    fn write_block(&mut self, marked: &str, [ours, theirs]: [&str; 2]) {
        self.write([marked, ours, theirs]);
        self.blocks[0].push(ours.to_owned());
        self.blocks[1].push(theirs.to_owned());
    }

    /// Ends the last line as the sides do.
    fn end(&mut self, ending: &str) {
        for text in [&mut self.marked].into_iter().chain(&mut self.either) {
            if self.blocks[0].is_empty() {
                continue;
            }
            text.truncate(text.trim_end_matches('\n').trim_end_matches('\r').len());
            text.push_str(ending);
        }
    }
}

/// The tables of a text without their remarks, as they are compared.
fn bare_tables(text: &str) -> Vec<String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let tables = pieces(text).into_iter().filter(|piece| piece.start.is_some());
    tables.map(|piece| with_line_end(with_lf(&text[piece.table]), "\n")).collect()
}

/// The same order, with the keys above the first table above every table.
fn in_grammar(mut order: Vec<usize>, keys: &[Key]) -> Vec<usize> {
    let root = order.iter().position(|&n| keys[n] == Key::Root);
    let table = order.iter().position(|&n| !matches!(keys[n], Key::Remark(_)));
    if let (Some(root), Some(table)) = (root, table)
        && table < root
    {
        order[table..=root].rotate_right(1);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The result, with its conflicts and what was kept, told in words.
    fn told(base: &str, a: &str, b: &str) -> (String, String) {
        let merged = merge(base, [a, b], 7).unwrap();
        let clashes = merged.clashes.iter().map(|clash| {
            assert!(merged.text[clash.at..].starts_with("<<<<<<< ours") || clash.what == "the whole file");
            format!("{} {}", clash.what, clash.fields.join(", ")).trim_end().to_owned()
        });
        let kept = merged.kept.iter().map(|(what, _)| format!("kept {what}"));
        (merged.text.clone(), clashes.chain(kept).collect::<Vec<_>>().join("; "))
    }

    /// The same text with the sides of every conflict exchanged.
    fn exchanged(text: &str, markers: usize) -> String {
        let (mut whole, mut sides, mut between, mut within) = (String::new(), [String::new(), String::new()], "", None);
        for line in text.split_inclusive('\n') {
            let sign = line.get(..markers).filter(|sign| sign.bytes().all(|byte| sign.as_bytes()[0] == byte));
            match (within, sign.and_then(|sign| sign.chars().next())) {
                (None, Some('<')) => {
                    whole.push_str(line);
                    within = Some(0);
                }
                (Some(0), Some('=')) => (between, within) = (line, Some(1)),
                (Some(1), Some('>')) => {
                    let [ours, theirs] = std::mem::take(&mut sides);
                    whole.extend([&theirs, between, &ours, line]);
                    within = None;
                }
                _ => within.map_or(&mut whole, |side: usize| &mut sides[side]).push_str(line),
            }
        }
        whole
    }

    #[track_caller]
    fn case(base: &str, a: &str, b: &str, expected: &str, says: &str) {
        let (text, said) = told(base, a, b);
        assert_eq!((text.as_str(), said.as_str()), (expected, says), "\n{text}");
        let (text, said) = told(base, b, a);
        assert_eq!((exchanged(&text, 7).as_str(), said.as_str()), (expected, says), "with the sides exchanged\n{text}");
    }

    /// A card with an id.
    fn card(id: &str, rest: &str) -> String {
        format!("[[card]]\nid = \"{id}\"\nprompt = \"P {id}\"\n{rest}")
    }

    /// Blocks with a blank line between them.
    fn deck(blocks: &[&str]) -> String {
        blocks.join("\n")
    }

    #[test]
    fn cards_are_merged_by_identity() {
        let [x, y, z] = ["x", "y", "z"].map(|id| card(id, ""));
        let [x, y, z] = [x.as_str(), &y, &z];
        let (u, v) = (card("u", ""), card("v", ""));
        let base = deck(&[x, y, z]);
        // Both append; one inserts where the other deletes.
        case(&base, &deck(&[x, y, z, &u]), &deck(&[x, y, z, &v]), &deck(&[x, y, z, &u, &v]), "");
        case(&base, &deck(&[x, &u, y, z]), &deck(&[x, z]), &deck(&[x, &u, z]), "");
        case(&base, &deck(&[&u, x, y, z]), &deck(&[y, z]), &deck(&[&u, y, z]), "");
        case(&base, &deck(&[&u, x, y, z]), &deck(&[&v, x, y, z]), &deck(&[&u, &v, x, y, z]), "");
        // One moves, the other edits and adds.
        let edited = card("y", "tags = [\"t\"]\n");
        case(&base, &deck(&[z, x, y]), &deck(&[x, &edited, &u, z]), &deck(&[z, x, &edited, &u]), "");
        // Deleted here, edited there; deleted on both sides; all of it deleted.
        case(&base, &deck(&[x, z]), &deck(&[x, &edited, z]), &deck(&[x, &edited, z]), "kept card `y`");
        case(&base, &deck(&[x, z]), &deck(&[x, z]), &deck(&[x, z]), "");
        case(&base, "", &base, "", "");
        // The same card added on both sides, alike or not.
        let tagged = card("u", "tags = [\"t\"]\n");
        case(x, &deck(&[x, &u]), &deck(&[x, &u]), &deck(&[x, &u]), "");
        case(x, &deck(&[x, &u]), &deck(&[x, &tagged]), &deck(&[x, &tagged]), "");
        case("", &deck(&[x, y]), &deck(&[x, z]), &deck(&[x, y, z]), "");
    }

    #[test]
    fn a_card_that_both_changed_is_merged_by_field() {
        let base = card("x", "limit = 60\ntags = [\"a\", \"b\"]\n");
        let cases = [
            ("limit = 90\ntags = [\"a\", \"b\"]\n", "limit = 60\ntags = [\"b\"]\n", "limit = 90\ntags = [\"b\"]\n"),
            (
                "limit = 60\ntags = [\"a\", \"b\", \"c\"]\n",
                "limit = 60\ntags = [\"b\", \"d\"]\n",
                "limit = 60\ntags = [\"b\", \"c\", \"d\"]\n",
            ),
            // Remarks: above, beside, below.
            (
                "# why\nlimit = 60 # short\ntags = [\"a\", \"b\"]\n",
                "limit = 60 # or more\ntags = [\"a\", \"b\"]\n# end\n",
                "# why\nlimit = 60 # or more # short\ntags = [\"a\", \"b\"]\n# end\n",
            ),
            // A field taken away, another added; the same value in other words.
            (
                "tags = [\"a\", \"b\"]\n",
                "limit = 60\nhint = \"h\"\ntags = [\"a\", \"b\"]\n",
                "hint = \"h\"\ntags = [\"a\", \"b\"]\n",
            ),
            ("limit = 0x3c\ntags = []\n", "limit = 70\ntags = [\"b\"]\n", "limit = 70\ntags = []\n"),
            // A tall list stays tall, with its remarks.
            (
                "limit = 60\ntags = [\n    \"a\", # first\n    # more\n    \"b\",\n]\n",
                "limit = 60\ntags = [\"a\", \"b\", \"c\"]\n",
                "limit = 60\ntags = [\n    \"a\", # first\n    # more\n    \"b\",\n    \"c\",\n]\n",
            ),
        ];
        for (a, b, expected) in cases {
            case(&base, &card("x", a), &card("x", b), &card("x", expected), "");
        }
    }

    #[test]
    fn a_conflict_marks_one_card_and_what_is_not_in_conflict_is_merged_in_it() {
        let [before, after] = [card("a", ""), card("z", "")];
        let whole = |middle: &str| deck(&[&before, middle, &after]);
        let base = card("x", "limit = 60\n");
        let (a, b) = (card("x", "limit = 70\n"), card("x", "limit = 80\ntags = [\"t\"]\n"));
        let tagged = card("x", "limit = 70\ntags = [\"t\"]\n");
        let marked = format!("<<<<<<< ours\n{tagged}=======\n{b}>>>>>>> theirs\n");
        case(&whole(&base), &whole(&a), &whole(&b), &whole(&marked), "card `x` `limit`");
        // Taken away here, changed there.
        let (a, b) = (card("x", ""), card("x", "limit = 80\n"));
        let marked = format!("<<<<<<< ours\n{a}=======\n{b}>>>>>>> theirs\n");
        case(&whole(&base), &whole(&a), &whole(&b), &whole(&marked), "card `x` `limit`");
        // A block that cannot be read, and changed on both sides.
        let (a, b) = (card("x", "limit = \n"), card("x", "limit = 80\n"));
        let marked = format!("<<<<<<< ours\n{a}=======\n{b}>>>>>>> theirs\n");
        case(&whole(&base), &whole(&a), &whole(&b), &whole(&marked), "card `x`");
        let merged = merge(&whole(&base), [&whole(&a), &whole(&b)], 9).unwrap();
        assert!(merged.text.contains("\n<<<<<<<<< ours\n") && merged.text.contains("\n=========\n"));
        // One that is broken on one side alone is taken as it is, and costs no other card.
        let more = card("n", "");
        case(&whole(&base), &whole(&a), &deck(&[&whole(&base), &more]), &deck(&[&whole(&a), &more]), "");
    }

    #[test]
    fn lists_of_sentences_keep_their_order_and_their_places() {
        let points = |points: &str| card("x", &format!("points = [{points}]\n"));
        let base = points(r#""p", "q", "r""#);
        let cases = [
            (r#""p", "Q", "r""#, r#""p", "q", "r", "s""#, Some(r#""p", "Q", "r", "s""#)),
            (r#""r", "p", "q""#, r#""p", "r""#, Some(r#""r", "p""#)),
            (
                r#""P", "q", "r""#,
                r#""p", "q", { text = "r", any = ["R"] }"#,
                Some(r#""P", "q", { text = "r", any = ["R"] }"#),
            ),
            (r#""p", "q1", "r""#, r#""p", "q2", "r""#, None),
            (r#""p", "q1", "r""#, r#""p", "r""#, Some(r#""p", "q1", "r""#)),
        ];
        for (a, b, expected) in cases {
            let (text, says) = match expected {
                Some(expected) => (points(expected), ""),
                None => {
                    let text = format!("<<<<<<< ours\n{}=======\n{}>>>>>>> theirs\n", points(a), points(b));
                    (text, "card `x` `points`")
                }
            };
            case(&base, &points(a), &points(b), &text, says);
        }
    }

    #[test]
    fn a_card_without_an_id_is_known_by_certain_evidence() {
        let asked = |prompt: &str, rest: &str| format!("[[card]]\nprompt = \"{prompt}\"\n{rest}");
        let (x, z) = (card("x", ""), card("z", ""));
        let within = |middle: &str| deck(&[&x, middle, &z]);
        let old = asked("Why?", "limit = 60\n");
        // The prompt changed; all else is equal, or it stands between unchanged neighbours.
        let tagged = asked("Why?", "limit = 60\ntags = [\"t\"]\n");
        case(&old, &asked("Why us?", "limit = 60\n"), &tagged, &asked("Why us?", "limit = 60\ntags = [\"t\"]\n"), "");
        let (a, both) = (asked("Why us?", "limit = 70\n"), asked("Why us?", "limit = 70\ntags = [\"t\"]\n"));
        case(&within(&old), &within(&a), &within(&tagged), &within(&both), "");
        // An id was written, with or without the other side's new prompt.
        let named = "[[card]]\nid = \"why\"\nprompt = \"Why?\"\nlimit = 60\n";
        let both = "[[card]]\nid = \"why\"\nprompt = \"Why us?\"\nlimit = 60\n";
        case(&old, named, &tagged, &format!("{named}tags = [\"t\"]\n"), "");
        case(&old, named, &asked("Why us?", "limit = 60\n"), both, "");
        // Both reworded it.
        let (a, b) = (asked("Why us?", "limit = 60\n"), asked("Why me?", "limit = 60\n"));
        let marked = format!("<<<<<<< ours\n{a}=======\n{b}>>>>>>> theirs\n");
        case(&within(&old), &within(&a), &within(&b), &within(&marked), "card \"Why?\" `prompt`");
        case(&within(&old), &within(&a), &within(&a), &within(&a), "");
        // Two side by side were reworded: what each says for itself tells which is which, and labels do not.
        let two = |a: &str, b: &str, own: &str| {
            let asked = |prompt, n| asked(prompt, &format!("{own} = \"{n}\"\n"));
            (asked(a, 1), asked(b, 2))
        };
        for (own, kept) in [("hint", ""), ("source", "kept card \"A?\"")] {
            let ((a, b), (c, d)) = (two("A?", "B?", own), two("C?", "D?", own));
            let theirs = format!("{a}tags = [\"t\"]\n");
            let merged = format!("{c}tags = [\"t\"]\n");
            let merged = if kept.is_empty() { deck(&[&x, &merged, &d, &z]) } else { deck(&[&x, &theirs, &c, &d, &z]) };
            case(&deck(&[&x, &a, &b, &z]), &deck(&[&x, &c, &d, &z]), &deck(&[&x, &theirs, &b, &z]), &merged, kept);
        }
        // No evidence: one was taken away and another came. Ids that are written are never taken for one another.
        let other = asked("What?", "limit = 10\n");
        case(&old, &other, &tagged, &deck(&[&tagged, &other]), "kept card \"Why?\"");
        let (y, w) = (card("y", "limit = 60\n"), card("w", "limit = 60\n"));
        let tagged = card("y", "limit = 60\ntags = [\"t\"]\n");
        case(&within(&y), &within(&w), &within(&tagged), &deck(&[&x, &w, &tagged, &z]), "kept card `y`");
    }

    #[test]
    fn other_tables_have_identities_too() {
        let base =
            "[interview]\ncompany = \"N\"\n\n[[interviewer]]\nname = \"P\"\n\n[[story]]\nid = \"s\"\ntitle = \"S\"\n";
        let a = "[interview]\ncompany = \"N\"\nrole = \"R\"\n\n[[interviewer]]\nname = \"P\"\nthanked = true\n\n\
                 [[interviewer]]\nname = \"Q\"\n\n[[story]]\nid = \"s\"\ntitle = \"S\"\n";
        let b = "[interview]\ncompany = \"N\"\nround = 2\n\n[[interviewer]]\nname = \"P\"\ntitle = \"T\"\n\n[[heard]]\nsaid = \"h\"\n\n\
                 [[story]]\nid = \"s\"\ntitle = \"S\"\n[[story.x]]\n";
        let merged = "[interview]\ncompany = \"N\"\nrole = \"R\"\nround = 2\n\n[[interviewer]]\nname = \"P\"\nthanked = true\n\
                      title = \"T\"\n\n[[heard]]\nsaid = \"h\"\n\n[[interviewer]]\nname = \"Q\"\n\n[[story]]\nid = \"s\"\ntitle = \"S\"\n[[story.x]]\n";
        case(base, a, b, merged, "");
        // A story and a card of one id, added apart: which of them is meant nobody but the author knows.
        let (x, story, card) = (card("x", ""), "[[story]]\nid = \"n\"\ntitle = \"T\"\n", card("n", ""));
        let (_, says) = told(&x, &deck(&[&x, story]), &deck(&[&x, &card]));
        assert_eq!(says, "story `n`");
        // Keys above the first table stay above it.
        let root = "# head\na = 1\n\n";
        case(&x, &format!("{root}{x}"), &deck(&[&card, &x]), &format!("{root}{}", deck(&[&card, &x])), "");
    }

    #[test]
    fn remarks_that_stand_alone_are_kept() {
        let (x, y, z) = (card("x", ""), card("y", ""), card("z", ""));
        let base = deck(&["# head\n", &x, "# end\n"]);
        let a = deck(&["# head\n", &x, "# about y\n", &y, "# end\n"]);
        let b = deck(&["# another head\n", &x, &z, "# end\n"]);
        case(&base, &a, &b, &deck(&["# another head\n", &x, "# about y\n", &y, &z, "# end\n"]), "");
    }

    #[test]
    fn bytes_that_are_no_words_are_kept() {
        let crlf = |text: &str| text.replace('\n', "\r\n");
        let (x, y, z) = (card("x", ""), card("y", ""), card("z", "limit = 60\n"));
        let edited = card("z", "limit = 70\n");
        let (base, a, b) = (deck(&[&x, &z]), deck(&[&x, &y, &z]), deck(&[&x, &edited]));
        let merged = deck(&[&x, &y, &edited]);
        case(&crlf(&base), &crlf(&a), &crlf(&b), &crlf(&merged), "");
        // One side's editor writes other line ends, or a byte order mark, or no end of the last line.
        case(&deck(&[&x, &z]), &crlf(&deck(&[&x, &z])), &b, &crlf(&b), "");
        case(&base, &format!("\u{feff}{a}"), &b, &format!("\u{feff}{merged}"), "");
        case(&base, a.trim_end(), &b, merged.trim_end(), "");
        case(&base, &deck(&[&x, &z, &y]), b.trim_end(), deck(&[&x, &edited, &y]).trim_end(), "");
        // One appends where the last line had no end.
        case(base.trim_end(), &format!("{base}\n{y}"), b.trim_end(), &deck(&[&x, &edited, &y]), "");
        // No blank lines between cards: none are made.
        let close = |blocks: &[&str]| blocks.concat();
        case(&close(&[&x, &z]), &close(&[&x, &z, &y]), &close(&[&x, &edited]), &close(&[&x, &edited, &y]), "");
        case(
            &close(&[&x, &z]),
            &close(&[&y, &x, &z]),
            &close(&[&card("w", ""), &x, &z]),
            &close(&[&card("w", ""), &y, &x, &z]),
            "",
        );
    }

    #[test]
    fn what_is_no_deck_or_has_conflicts_already_is_for_a_merge_by_line() {
        let (x, marked) = (
            card("x", ""),
            format!("<<<<<<< ours\n{}=======\n{}>>>>>>> theirs\n", card("y", ""), card("y", "limit = 1\n")),
        );
        assert_eq!(merge("[package]\n", ["[package]\na = 1\n", "[package]\nb = 1\n"], 7), None);
        assert_eq!(merge(&x, [&deck(&[&x, &marked]), &x], 7), None);
        assert_eq!(merge("", ["", ""], 7), None);
        // An origin that was merged from two may have markers; a text may hold what looks like one.
        let (a, b) = (deck(&[&x, &card("y", "limit = 2\n")]), deck(&[&x, &card("y", "limit = 2\n"), &card("z", "")]));
        case(&deck(&[&x, &marked]), &a, &b, &b, "");
        let text = card("t", "note = \"\"\"\n=======\n[[card]]\n\"\"\"\n");
        case(&x, &deck(&[&x, &text]), &deck(&[&card("n", ""), &x]), &deck(&[&card("n", ""), &x, &text]), "");
    }

    /// A card of a random deck. `n` is its own for ever, and stands in a note that nobody changes.
    #[derive(Debug, Clone, PartialEq)]
    struct Drawn {
        n: u32,
        has_id: bool,
        /// What no other card of any text says: counted up by every edit.
        prompt: u32,
        limit: Option<u32>,
        tags: Vec<u32>,
        points: Vec<u32>,
        /// Remarks: standing alone before it, above it, inside it.
        remarks: [Option<u32>; 3],
    }

    impl Drawn {
        fn new(n: u32) -> Self {
            let (tags, points) = ((0..n % 4).collect(), (0..n % 3).map(|point| 10 * n + point).collect());
            let remarks = [3, 2, 5].map(|every| n.is_multiple_of(every).then_some(n));
            Drawn {
                n,
                has_id: n % 3 != 1,
                prompt: n,
                limit: n.is_multiple_of(2).then_some(60 + n),
                tags,
                points,
                remarks,
            }
        }

        /// The table and what touches it.
        fn block(&self) -> String {
            let list = |words: &[u32], word: &str| {
                let words: Vec<String> = words.iter().map(|n| format!("\"{word}{n}\"")).collect();
                words.join(", ")
            };
            let remark =
                |n: usize| self.remarks[n].map(|word| format!("# {n} {word} of {}\n", self.n)).unwrap_or_default();
            let mut text = format!("{}[[card]]\n", remark(1));
            text.push_str(&if self.has_id { format!("id = \"i{}\"\n", self.n) } else { String::new() });
            text.push_str(&format!("prompt = \"p{}\"\nnote = \"n{}\"\n{}", self.prompt, self.n, remark(2)));
            text.push_str(&self.limit.map(|limit| format!("limit = {limit}\n")).unwrap_or_default());
            text.push_str(&format!("tags = [{}]\n", list(&self.tags, &format!("t{}-", self.n))));
            text.push_str(&format!("points = [\n  {},\n]\n", list(&self.points, "w")).replace("  ,\n", ""));
            text
        }
    }

    #[derive(Debug, Clone)]
    enum Edit {
        Add(usize, u32),
        Delete(usize),
        Move(usize, usize),
        Prompt(usize),
        Limit(usize, bool),
        Tag(usize, u32),
        Point(usize, bool),
        Remark(usize, usize),
    }

    fn edit() -> impl Strategy<Value = Edit> {
        let at = || 0..8_usize;
        prop_oneof![
            2 => (at(), 100..104_u32).prop_map(|(at, n)| Edit::Add(at, n)),
            2 => (at(), 0..2_u32).prop_map(|(at, n)| Edit::Add(at, n)),
            2 => at().prop_map(Edit::Delete),
            1 => (at(), at()).prop_map(|(from, to)| Edit::Move(from, to)),
            2 => at().prop_map(Edit::Prompt),
            2 => (at(), any::<bool>()).prop_map(|(at, some)| Edit::Limit(at, some)),
            2 => (at(), 0..6_u32).prop_map(|(at, tag)| Edit::Tag(at, tag)),
            2 => (at(), any::<bool>()).prop_map(|(at, new)| Edit::Point(at, new)),
            1 => (at(), 0..3_usize).prop_map(|(at, which)| Edit::Remark(at, which)),
        ]
    }

    /// A deck as one side edits it; whatever it writes anew is its own, but for some cards that both may add.
    fn edited(base: &[Drawn], edits: &[Edit], own: u32) -> Vec<Drawn> {
        let mut cards = base.to_vec();
        let mut fresh = own;
        for edit in edits {
            fresh += 1;
            let last = cards.len();
            let card = |cards: &mut Vec<Drawn>, at: usize| (last > 0).then(|| at % last).map(|at| cards.remove(at));
            let put = |cards: &mut Vec<Drawn>, at: usize, card: Option<Drawn>| {
                if let Some(card) = card {
                    let at = at % (cards.len() + 1);
                    cards.insert(at, card);
                }
            };
            match *edit {
                Edit::Add(at, n) => {
                    let n = if n < 100 { fresh } else { n };
                    if cards.iter().all(|card| card.n != n) {
                        put(&mut cards, at, Some(Drawn::new(n)));
                    }
                }
                Edit::Delete(at) => drop(card(&mut cards, at)),
                Edit::Move(from, to) => {
                    let moved = card(&mut cards, from);
                    put(&mut cards, to, moved);
                }
                Edit::Prompt(at) | Edit::Limit(at, _) | Edit::Tag(at, _) | Edit::Point(at, _) | Edit::Remark(at, _) => {
                    let Some(card) = cards.get_mut(at % last.max(1)) else { continue };
                    match *edit {
                        Edit::Prompt(_) => card.prompt = fresh,
                        Edit::Limit(_, some) => card.limit = some.then_some(fresh),
                        Edit::Tag(_, tag) if card.tags.contains(&tag) => card.tags.retain(|&has| has != tag),
                        Edit::Tag(_, tag) => card.tags.push(tag),
                        Edit::Point(_, true) => card.points.insert(at % (card.points.len() + 1), fresh),
                        Edit::Point(..) => drop(card.points.pop()),
                        Edit::Remark(_, which) => card.remarks[which] = Some(fresh),
                        _ => {}
                    }
                }
            }
        }
        cards
    }

    fn text(cards: &[Drawn], blank: bool, end: bool) -> String {
        let mut text = "[deck]\ntitle = \"T\"\n".to_owned();
        for card in cards {
            if let Some(word) = card.remarks[0] {
                text.push_str(&format!("\n# 0 {word} alone, of {}\n", card.n));
            }
            let gap = if blank || card.remarks[0].is_some() { "\n" } else { "" };
            text.extend([gap, &card.block()]);
        }
        if !end {
            text.truncate(text.trim_end().len());
        }
        text
    }

    fn crlf(text: &str, wanted: bool) -> String {
        if wanted { text.replace('\n', "\r\n") } else { text.to_owned() }
    }

    /// What a side says of a card, by line: entries of lists each for itself.
    fn lines(text: &str) -> HashSet<String> {
        let words = |line: &str| match line.split_once(" = [") {
            Some((_, list)) => list.split(", ").map(|word| word.trim_matches([']', ',']).to_owned()).collect(),
            None if line.starts_with("  ") => {
                line.split(", ").map(|word| word.trim().trim_matches(',').to_owned()).collect()
            }
            None => vec![line.to_owned()],
        };
        let says = |word: &String| !matches!(word.trim(), "" | "]" | "[[card]]" | "[card]");
        text.lines().flat_map(words).filter(says).collect()
    }

    fn cards() -> impl Strategy<Value = Vec<Drawn>> {
        (0..7_u32).prop_map(|cards| (0..cards).map(Drawn::new).collect())
    }

    /// Lines of decks, right and wrong ones.
    const LINES: &[&str] = &[
        "[[card]]\n",
        "[[card]]\n",
        "[[card]]\n",
        "[deck]\n",
        "[[card.points]]\n",
        "[[story]]\r\n",
        "[card]\n",
        "id = \"a\"\n",
        "id = \"b\"\n",
        "prompt = \"p\"\n",
        "prompt = \"q\"\n",
        "prompt = \"\"\"\n",
        "\"\"\"\n",
        "tags = [\"s\", \"t\"]\n",
        "tags = [\n",
        "  \"t\",\n",
        "]\n",
        "limit = 1\n",
        "limit = 2 # two\n",
        "limit =\n",
        "# c\n",
        "# d\n",
        "\n",
        "\r\n",
        "=======\n",
    ];

    proptest! {
        #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

        #[test]
        fn nothing_is_lost_and_the_sides_are_alike(
            base in cards(),
            edits in [prop::collection::vec(edit(), 0..6), prop::collection::vec(edit(), 0..6)],
            ends in any::<[bool; 3]>(),
            crlfs in any::<[bool; 3]>(),
            blank in any::<bool>(),
        ) {
            let drawn = [edited(&base, &edits[0], 2000), edited(&base, &edits[1], 3000)];
            let origin = text(&base, blank, ends[0]);
            let [a, b] = [0, 1].map(|side| text(&drawn[side], blank, ends[side + 1]));
            let given = [crlf(&origin, crlfs[0]), crlf(&a, crlfs[1]), crlf(&b, crlfs[2])];
            let (result, says) = told(&given[0], &given[1], &given[2]);
            let (turned, says_turned) = told(&given[0], &given[2], &given[1]);
            prop_assert!(!says.contains("whole file"), "{}", result);
            prop_assert_eq!(says, says_turned);
            prop_assert_eq!(&result, &exchanged(&turned, 7));
            let clean = !result.contains("<<<<<<<");
            prop_assert!(!clean || DeTable::parse_recoverable(&result).1.is_empty());
            let result = result.replace("\r\n", "\n");
            for (side, other) in [(&a, &b), (&b, &a)] {
                // Every word that a side wrote is there, and every one that neither took away.
                let (base, side, other, result) = (lines(&origin), lines(side), lines(other), lines(&result));
                let lost = side.iter().filter(|word| !result.contains(*word));
                let lost: Vec<&String> = lost.filter(|word| !base.contains(*word) || other.contains(*word)).collect();
                prop_assert!(lost.is_empty(), "{:?}", lost);
            }
            for (side, other) in [(0, 1), (1, 0)] {
                for card in &drawn[side] {
                    let was = base.iter().find(|was| was.n == card.n);
                    let there = drawn[other].iter().find(|there| there.n == card.n);
                    // Deleted on the other side, and not changed here.
                    let gone = there.is_none() && was.is_some_and(|was| was.block() == card.block());
                    // Without an id, another in its place is taken for it; and a new prompt may be taken for another card.
                    let anonymous = |drawn: &Drawn| !drawn.has_id && base.iter().all(|was| was.n != drawn.n);
                    if anonymous(card) || !card.has_id && there.is_none() && drawn[other].iter().any(anonymous) {
                        continue;
                    }
                    let reworded = |drawn: Option<&Drawn>| drawn.is_some_and(|drawn| drawn.prompt != card.prompt);
                    let sure = clean && (card.has_id || !(reworded(was) || reworded(there)));
                    let times = result.matches(&format!("note = \"n{}\"\n", card.n)).count();
                    let right = if gone { times == 0 } else { times > 0 && (times == 1 || !sure) };
                    prop_assert!(right, "{} stands there {} times", card.n, times);
                    let same = |other: Option<&Drawn>| other.is_none_or(|other| other.block() == card.block());
                    // Byte for byte where one side alone has it, or wrote it, or neither did.
                    let verbatim = if was.is_none() { same(there) } else { there.is_none() || same(there) || there == was };
                    prop_assert!(gone || !verbatim || result.contains(card.block().trim_end()), "{}", card.n);
                }
            }
        }

        #[test]
        fn where_one_side_changed_nothing_the_other_is_taken_to_the_byte(
            base in cards(),
            edits in prop::collection::vec(edit(), 0..8),
            ends in any::<[bool; 2]>(),
            crlfs in any::<[bool; 2]>(),
            blanks in any::<[bool; 2]>(),
        ) {
            let side = crlf(&text(&edited(&base, &edits, 2000), blanks[0], ends[0]), crlfs[0]);
            let base = crlf(&text(&base, blanks[1], ends[1]), crlfs[1]);
            prop_assert_eq!(&told(&base, &side, &base).0, &side);
            prop_assert_eq!(&told(&base, &side, &side).0, &side);
            prop_assert_eq!(&told(&side, &side, &side).0, &side);
        }

        #[test]
        fn what_does_not_parse_is_merged_or_marked_and_never_lost(
            base in prop::collection::vec(0..LINES.len(), 0..24),
            edits in prop::array::uniform2(prop::collection::vec((0..24_usize, 0..2 * LINES.len()), 0..6)),
        ) {
            let written = |edits: &[(usize, usize)]| {
                let mut rows: Vec<&str> = base.iter().map(|&n| LINES[n]).collect();
                for &(at, what) in edits {
                    match LINES.get(what) {
                        Some(row) => rows.insert(at.min(rows.len()), row),
                        None if at < rows.len() => drop(rows.remove(at)),
                        None => {}
                    }
                }
                rows.concat()
            };
            let (base, a, b) = (written(&[]), written(&edits[0]), written(&edits[1]));
            let Some(merged) = merge(&base, [&a, &b], 9) else { return Ok(()) };
            let turned = merge(&base, [&b, &a], 9).unwrap();
            prop_assert_eq!(exchanged(&turned.text, 9), merged.text.clone());
            prop_assert_eq!(merged.text.contains("<<<<<<<"), !merged.clashes.is_empty());
            for side in [a, b] {
                let (base, result) = (lines(&base), lines(&merged.text));
                let new = lines(&side).into_iter().filter(|word| !base.contains(word));
                let lost: Vec<String> = new.filter(|word| !result.contains(word)).collect();
                prop_assert!(lost.is_empty(), "{:?} in {}", lost, merged.text);
            }
        }
    }
}
