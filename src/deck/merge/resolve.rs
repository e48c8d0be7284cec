//! What becomes of each block of a merge.

use super::fields;
use super::identity::{BlockKey, KnownBlock, join_renamed};
use super::order::{
    Aligned, Resolution, Versions, align, move_above, order, pick, pick_optional, pick_or_longer, stays,
};
use super::text::{DeckText, WrittenBlock, line_end, with_lf};

pub(super) struct Merge<'t> {
    pub(super) base: DeckText<'t>,
    pub(super) sides: [DeckText<'t>; 2],
    pub(super) blocks: Vec<Aligned>,
}

impl<'t> Merge<'t> {
    pub(super) fn new(base: DeckText<'t>, sides: [DeckText<'t>; 2]) -> Self {
        let keys = |deck: &DeckText<'_>| deck.known.iter().map(|known| known.key.clone()).collect::<Vec<BlockKey>>();
        let mut blocks = align(&keys(&base), [&keys(&sides[0]), &keys(&sides[1])]);
        join_renamed(&mut blocks, &base.known, [&sides[0].known, &sides[1].known]);
        Merge { base, sides, blocks }
    }

    pub(super) fn known(&self, block: &Aligned) -> Versions<'_, KnownBlock> {
        block.in_lists(&self.base.known, [&self.sides[0].known, &self.sides[1].known])
    }

    fn written(&self, block: &Aligned) -> Versions<'_, WrittenBlock<'t>> {
        block.in_lists(&self.base.written, [&self.sides[0].written, &self.sides[1].written])
    }

    /// Returns what becomes of every block, and the order of those that stay.
    pub(super) fn resolve_all(&self) -> (Vec<Resolution>, Vec<usize>) {
        let resolved: Vec<Resolution> = self.blocks.iter().map(|block| self.resolve(block)).collect();
        let keys: Vec<BlockKey> =
            self.blocks.iter().filter_map(|block| Some(self.known(block).any()?.key.clone())).collect();
        let mut order = order(&self.blocks, &keys, &Resolution::live(&resolved));
        move_above(&mut order, |n| keys[n] == BlockKey::Root, |n| !matches!(keys[n], BlockKey::Comment(_)));
        (resolved, order)
    }

    fn resolve(&self, block: &Aligned) -> Resolution {
        let known = self.known(block);
        let (base, sides) = known.map(|known| known.text.as_str());
        match (known.sides, sides) {
            ([Some(a), Some(b)], [Some(text_a), Some(text_b)]) => match pick(base, [text_a, text_b]) {
                Some(text) => Resolution::Text(self.with_line_ends(block, text)),
                None => self.merge_changes(block, known.base, [a, b]),
            },
            (_, [Some(text), _] | [_, Some(text)]) if stays((base, sides)) => {
                Resolution::Text(self.with_line_ends(block, text))
            }
            _ => Resolution::Removed,
        }
    }

    fn merge_changes(&self, block: &Aligned, base: Option<&KnownBlock>, [a, b]: [&KnownBlock; 2]) -> Resolution {
        let name = |known: &KnownBlock| known.table.map(|table| table.name);
        if !a.parses || !b.parses || name(a) != name(b) {
            return Resolution::Conflict(self.with_own_line_ends(block, [&a.text, &b.text]), Vec::new());
        }
        let base = base.filter(|known| known.parses && name(known) == name(a)).map(|known| known.text.as_str());
        match fields::merge_table(a.table, base, [&a.text, &b.text]) {
            Resolution::Conflict(sides, fields) => {
                Resolution::Conflict(self.with_own_line_ends(block, sides.each_ref().map(String::as_str)), fields)
            }
            Resolution::Text(text) => Resolution::Text(self.with_line_ends(block, &text)),
            Resolution::Removed => Resolution::Removed,
        }
    }

    /// Returns a text with the line ends of the side that changed them, byte for byte if a side has this text.
    fn with_line_ends(&self, block: &Aligned, text: &str) -> String {
        let Versions { base, sides } = self.written(block);
        let crlf = match (base, sides.map(|side| side.map(|written| written.crlf))) {
            (Some(base), [Some(a), Some(b)]) if a != b => !base.crlf,
            (_, [a, b]) => a.unwrap_or(true) && b.unwrap_or(true),
        };
        let has_text = |written: &WrittenBlock<'t>| written.crlf == crlf && with_lf(&written.text) == text;
        match sides.map(|side| side.filter(|written| has_text(written)).map(|written| written.text.as_str())) {
            [Some(a), Some(b)] => pick_or_longer(base.map(|base| base.text.as_str()), [a, b]).to_owned(),
            [Some(written), None] | [None, Some(written)] => written.to_owned(),
            [None, None] => text.replace('\n', line_end(crlf)),
        }
    }

    fn with_own_line_ends(&self, block: &Aligned, texts: [&str; 2]) -> [String; 2] {
        let Versions { sides, .. } = self.written(block);
        [0, 1].map(|n| texts[n].replace('\n', line_end(sides[n].is_some_and(|written| written.crlf))))
    }

    /// Returns the blank lines above a block. Only texts in which it comes first say how the result begins.
    pub(super) fn gap(&self, block: &Aligned, first: bool) -> &'t str {
        let gap = |deck: &DeckText<'t>, place: Option<usize>| {
            place.filter(|&at| (at == 0) == first).map(|at| deck.written[at].gap)
        };
        let next = |n: usize| block.sides[n].and_then(|at| self.sides[n].written.get(at + 1)).map(|next| next.gap);
        let sides = [0, 1].map(|n| gap(&self.sides[n], block.sides[n]));
        match pick_optional((gap(&self.base, block.base), sides)) {
            Some(gap) => gap,
            None if first => "",
            None => pick_optional((None, [next(0), next(1)])).unwrap_or("\n"),
        }
    }
}
