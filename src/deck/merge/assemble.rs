//! Puts the blocks of a merge together, and checks that nothing is lost.

use std::collections::HashSet;

use toml::de::DeTable;

use super::super::parse::parse;
use super::identity::KnownBlock;
use super::order::{Aligned, Resolution, Versions, pick_optional, pick_or_longer};
use super::resolve::Merge;
use super::text::{is_crlf, line_end, with_lf, with_line_end};
use super::units::units;
use crate::diagnostic::Source;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct MergedDeck {
    /// The whole text, with markers where the sides conflict.
    pub(crate) text: String,
    pub(crate) conflicts: Vec<DeckConflict>,
    /// Tables that one side removed and the other changed, each with its offset in the text: they are kept.
    pub(crate) kept: Vec<(String, usize)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DeckConflict {
    pub(crate) what: String,
    /// The fields on which the sides differ; none if it is a conflict as a whole.
    pub(crate) fields: Vec<String>,
    pub(crate) at: usize,
}

pub(super) fn assemble(merge: &Merge<'_>, markers: usize) -> MergedDeck {
    let (resolved, order) = merge.resolve_all();
    let [a, b] = &merge.sides;
    let mut result = Assembled { markers, ..Assembled::default() };
    result.write([pick_or_longer(Some(merge.base.mark), [a.mark, b.mark]); 3]);
    for (nth, n) in order.into_iter().enumerate() {
        let block = &merge.blocks[n];
        result.write([merge.gap(block, nth == 0); 3]);
        let what = merge.known(block).any().map(KnownBlock::name).unwrap_or_default();
        result.write_block(block, &resolved[n], what);
    }
    result.end(pick_optional((merge.base.ending, [a.ending, b.ending])).unwrap_or_default());
    if is_complete(merge, &result) { result.merged } else { whole_conflict(merge, markers) }
}

#[derive(Default)]
struct Assembled {
    merged: MergedDeck,
    markers: usize,
    /// The text as either side would have it, and its blocks.
    either: [String; 2],
    blocks: [Vec<String>; 2],
}

impl Assembled {
    fn write(&mut self, [marked, ours, theirs]: [&str; 3]) {
        self.merged.text.push_str(marked);
        self.either[0].push_str(ours);
        self.either[1].push_str(theirs);
    }

    fn write_block(&mut self, block: &Aligned, resolution: &Resolution, what: String) {
        let at = self.merged.text.len();
        match resolution {
            Resolution::Removed => {}
            Resolution::Text(text) => {
                if block.base.is_some() && block.sides.contains(&None) {
                    self.merged.kept.push((what, at));
                }
                self.write_sides(text, [text, text]);
            }
            Resolution::Conflict(sides, fields) => {
                let sides = sides.each_ref().map(String::as_str);
                self.merged.conflicts.push(DeckConflict { what, fields: fields.clone(), at });
                self.write_sides(&between_markers(sides, self.markers), sides);
            }
        }
    }

    fn write_sides(&mut self, marked: &str, [ours, theirs]: [&str; 2]) {
        self.write([marked, ours, theirs]);
        self.blocks[0].push(ours.to_owned());
        self.blocks[1].push(theirs.to_owned());
    }

    /// Ends the last line as the sides do.
    fn end(&mut self, ending: &str) {
        for text in [&mut self.merged.text].into_iter().chain(&mut self.either) {
            if self.blocks[0].is_empty() {
                continue;
            }
            text.truncate(text.trim_end_matches('\n').trim_end_matches('\r').len());
            text.push_str(ending);
        }
    }
}

fn between_markers(sides: [&str; 2], markers: usize) -> String {
    let end = line_end(sides.into_iter().all(is_crlf));
    let marker = |sign: &str, name: &str| format!("{}{name}{end}", sign.repeat(markers));
    let [ours, theirs] =
        sides.map(|side| if side.is_empty() { String::new() } else { with_line_end(side.to_owned(), end) });
    [marker("<", " ours"), ours, marker("=", ""), theirs, marker(">", " theirs")].concat()
}

/// Returns both texts whole between markers, for a result that is not complete.
fn whole_conflict(merge: &Merge<'_>, markers: usize) -> MergedDeck {
    let sides = merge.sides.each_ref().map(|side| side.whole.strip_prefix('\u{feff}').unwrap_or(side.whole));
    let conflict = DeckConflict { what: "the whole file".to_owned(), fields: Vec::new(), at: 0 };
    MergedDeck { text: between_markers(sides, markers), conflicts: vec![conflict], kept: Vec::new() }
}

/// Returns whether the result, read again, has the same blocks, parses if both sides did, and has every card.
fn is_complete(merge: &Merge<'_>, result: &Assembled) -> bool {
    let parses = |text: &str| DeTable::parse_recoverable(text).1.is_empty();
    let must_parse = merge.sides.iter().all(|side| parses(side.whole));
    let is_as_assembled = |(text, blocks): (&String, &Vec<String>)| {
        bare_tables(text) == blocks.iter().flat_map(|block| bare_tables(block)).collect::<Vec<String>>()
            && (!must_parse || parses(text))
    };
    result.either.iter().zip(&result.blocks).all(is_as_assembled) && has_every_card(merge, &result.either)
}

/// Returns whether every card that a side added, or that both have, is in the result under one of its ids.
fn has_every_card(merge: &Merge<'_>, either: &[String; 2]) -> bool {
    let ids = |text: &str| {
        let (deck, _) = parse(&Source::new("", text), &[]);
        deck.cards.into_iter().map(|card| card.id.as_str().to_owned()).collect::<HashSet<String>>()
    };
    let (base, sides) = (ids(merge.base.whole), merge.sides.each_ref().map(|side| ids(side.whole)));
    let result: HashSet<String> = either.iter().flat_map(|text| ids(text)).collect();
    let needed = |id: &&String| !base.contains(*id) || sides.iter().all(|side| side.contains(*id));
    let names = |block: &Aligned| {
        let Versions { base, sides: [a, b] } = merge.known(block);
        [base, a, b].map(|known| known.and_then(KnownBlock::id))
    };
    let is_there = |names: &[Option<&str>; 3]| names.iter().flatten().any(|id| result.contains(*id));
    let found: HashSet<&str> = merge.blocks.iter().map(names).filter(is_there).flatten().flatten().collect();
    sides.iter().flatten().filter(needed).all(|id| result.contains(id) || found.contains(id.as_str()))
}

/// Returns the tables of a text without their comments, with LF as line ends.
fn bare_tables(text: &str) -> Vec<String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let tables = units(text).into_iter().filter(|unit| unit.start.is_some());
    tables.map(|unit| with_line_end(with_lf(&text[unit.table]), "\n")).collect()
}
