//! Merges two decks that come from one, card by card.
//!
//! What one side changed is taken byte for byte. What cannot be merged is marked, one table at a time. Nothing else is lost.
//!
//! - `units`: a text cut into tables with their comments, and into lines
//! - `order`: three lists aligned and put in one order
//! - `identity`: which block is which
//! - `lists`: a list that both sides changed
//! - `fields`: a table that both sides changed
//! - `text`: a deck as the merge reads it
//! - `resolve`: what becomes of each block
//! - `assemble`: the result, and the check that nothing is lost
//!
//! Not here: files, and git.

mod units;
mod order;
mod identity;
mod lists;
mod fields;
mod text;
mod resolve;
mod assemble;

pub(crate) use assemble::{DeckConflict, MergedDeck};
pub(crate) use identity::block_of;

use super::blocks::too_many_tokens;
use resolve::Merge;
use text::DeckText;

/// Merges the text of `base` as two sides changed it, with markers of so many characters. Returns `None` for a text that is
/// not a deck, already has conflicts, or is too large to parse: it can only be merged line by line.
///
/// With the sides exchanged, the result is the same to the byte, except between markers.
pub(crate) fn merge(base: &str, sides: [&str; 2], markers: usize) -> Option<MergedDeck> {
    if [base, sides[0], sides[1]].into_iter().any(too_many_tokens) {
        return None;
    }
    let (base, sides) = (DeckText::new(base, false), sides.map(|side| DeckText::new(side, true)));
    if sides.iter().any(|side| side.has_conflicts) || ![&base, &sides[0], &sides[1]].into_iter().any(DeckText::is_deck)
    {
        return None;
    }
    Some(assemble::assemble(&Merge::new(base, sides), markers))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;
    use toml::de::DeTable;

    /// Returns the result, and its conflicts and what was kept as words.
    fn merged_with_words(base: &str, a: &str, b: &str) -> (String, String) {
        let merged = merge(base, [a, b], 7).unwrap();
        let conflicts = merged.conflicts.iter().map(|conflict| {
            assert!(merged.text[conflict.at..].starts_with("<<<<<<< ours") || conflict.what == "the whole file");
            format!("{} {}", conflict.what, conflict.fields.join(", ")).trim_end().to_owned()
        });
        let kept = merged.kept.iter().map(|(what, _)| format!("kept {what}"));
        (merged.text.clone(), conflicts.chain(kept).collect::<Vec<_>>().join("; "))
    }

    /// Returns a text with the sides of every conflict exchanged.
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
        let (text, said) = merged_with_words(base, a, b);
        assert_eq!((text.as_str(), said.as_str()), (expected, says), "\n{text}");
        let (text, said) = merged_with_words(base, b, a);
        assert_eq!((exchanged(&text, 7).as_str(), said.as_str()), (expected, says), "with the sides exchanged\n{text}");
    }

    fn card(id: &str, rest: &str) -> String {
        format!("[[card]]\nid = \"{id}\"\nprompt = \"P {id}\"\n{rest}")
    }

    fn marked(ours: &str, theirs: &str) -> String {
        format!("<<<<<<< ours\n{ours}=======\n{theirs}>>>>>>> theirs\n")
    }

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
        // The same card added on both sides, equal or not.
        let tagged = card("u", "tags = [\"t\"]\n");
        case(x, &deck(&[x, &u]), &deck(&[x, &u]), &deck(&[x, &u]), "");
        case(x, &deck(&[x, &u]), &deck(&[x, &tagged]), &deck(&[x, &tagged]), "");
        case("", &deck(&[x, y]), &deck(&[x, z]), &deck(&[x, y, z]), "");
    }

    #[test]
    fn a_weight_is_merged_as_one_value() {
        let [light, heavy, heavier] = [1, 2, 3].map(|weight| card("x", &format!("limit = 60\nweight = {weight}\n")));
        let longer = card("x", "limit = 90\nweight = 1\n");
        case(&light, &heavy, &longer, &card("x", "limit = 90\nweight = 2\n"), "");
        case(&light, &heavy, &light, &heavy, "");
        let both = marked(&heavy, &heavier);
        case(&light, &heavy, &heavier, &both, "card `x` `weight`");
        let defaults = |weight: u8| format!("[deck]\ntitle = \"T\"\nweight = {weight}\n");
        case(
            &defaults(1),
            &defaults(2),
            &defaults(1).replace("\"T\"", "\"U\""),
            &defaults(2).replace("\"T\"", "\"U\""),
            "",
        );
    }

    #[test]
    fn a_card_that_both_changed_is_merged_by_field() {
        let base = card("x", "limit = 60\ntags = [\"a\", \"b\"]\n");
        let cases = [
            ("limit = 90\ntags = [\"a\", \"b\"]\n", "limit = 60\ntags = [\"b\"]\n", "limit = 90\ntags = [\"b\"]\n"),
            ("tags = [\"a\", \"b\", \"c\"]\n", "tags = [\"b\", \"d\"]\n", "tags = [\"b\", \"c\", \"d\"]\n"),
            (
                "# why\nlimit = 60 # short\ntags = [\"a\", \"b\"]\n",
                "limit = 60 # or more\ntags = [\"a\", \"b\"]\n# end\n",
                "# why\nlimit = 60 # or more # short\ntags = [\"a\", \"b\"]\n# end\n",
            ),
            // A field removed, another added; the same value in another notation.
            ("tags = [\"b\"]\n", "limit = 60\nhint = \"h\"\ntags = [\"a\", \"b\"]\n", "hint = \"h\"\ntags = [\"b\"]\n"),
            ("limit = 0x3c\ntags = []\n", "limit = 70\ntags = [\"b\"]\n", "limit = 70\ntags = []\n"),
            // A list on several lines keeps its lines and comments.
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
    fn a_conflict_marks_one_card_and_the_rest_of_it_is_merged() {
        let [before, after] = [card("a", ""), card("z", "")];
        let whole = |middle: &str| deck(&[&before, middle, &after]);
        let base = card("x", "limit = 60\n");
        let (a, b) = (card("x", "limit = 70\n"), card("x", "limit = 80\ntags = [\"t\"]\n"));
        let tagged = card("x", "limit = 70\ntags = [\"t\"]\n");
        case(&whole(&base), &whole(&a), &whole(&b), &whole(&marked(&tagged, &b)), "card `x` `limit`");
        let (a, b) = (card("x", ""), card("x", "limit = 80\n"));
        case(&whole(&base), &whole(&a), &whole(&b), &whole(&marked(&a, &b)), "card `x` `limit`");
        // A block that cannot be read, and changed on both sides.
        let (a, b) = (card("x", "limit = \n"), card("x", "limit = 80\n"));
        case(&whole(&base), &whole(&a), &whole(&b), &whole(&marked(&a, &b)), "card `x`");
        let merged = merge(&whole(&base), [&whole(&a), &whole(&b)], 9).unwrap();
        assert!(merged.text.contains("\n<<<<<<<<< ours\n") && merged.text.contains("\n=========\n"));
        // A block that is broken on one side only is taken as it is, and costs no other card.
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
                None => (marked(&points(a), &points(b)), "card `x` `points`"),
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
        // The prompt changed; everything else is equal, or it is between unchanged neighbors.
        let tagged = asked("Why?", "limit = 60\ntags = [\"t\"]\n");
        case(&old, &asked("Why us?", "limit = 60\n"), &tagged, &asked("Why us?", "limit = 60\ntags = [\"t\"]\n"), "");
        let (a, both) = (asked("Why us?", "limit = 70\n"), asked("Why us?", "limit = 70\ntags = [\"t\"]\n"));
        case(&within(&old), &within(&a), &within(&tagged), &within(&both), "");
        // An id was written, with or without the other side's new prompt.
        let named = "[[card]]\nid = \"why\"\nprompt = \"Why?\"\nlimit = 60\n";
        let both = "[[card]]\nid = \"why\"\nprompt = \"Why us?\"\nlimit = 60\n";
        case(&old, named, &tagged, &format!("{named}tags = [\"t\"]\n"), "");
        case(&old, named, &asked("Why us?", "limit = 60\n"), both, "");
        let (a, b) = (asked("Why us?", "limit = 60\n"), asked("Why me?", "limit = 60\n"));
        case(&within(&old), &within(&a), &within(&b), &within(&marked(&a, &b)), "card \"Why?\" `prompt`");
        case(&within(&old), &within(&a), &within(&a), &within(&a), "");
        // Two neighbors were reworded: distinctive content says which is which, labels do not.
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
        // No evidence: one was removed and another added. Written ids never match one another.
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
        // A story and a card with one id, added apart: only the author knows which one is meant.
        let (x, story, card) = (card("x", ""), "[[story]]\nid = \"n\"\ntitle = \"T\"\n", card("n", ""));
        let (_, says) = merged_with_words(&x, &deck(&[&x, story]), &deck(&[&x, &card]));
        assert_eq!(says, "story `n`");
        // Keys above the first table stay above it.
        let root = "# head\na = 1\n\n";
        case(&x, &format!("{root}{x}"), &deck(&[&card, &x]), &format!("{root}{}", deck(&[&card, &x])), "");
    }

    #[test]
    fn comments_on_their_own_are_kept() {
        let (x, y, z) = (card("x", ""), card("y", ""), card("z", ""));
        let base = deck(&["# head\n", &x, "# end\n"]);
        let a = deck(&["# head\n", &x, "# about y\n", &y, "# end\n"]);
        let b = deck(&["# another head\n", &x, &z, "# end\n"]);
        case(&base, &a, &b, &deck(&["# another head\n", &x, "# about y\n", &y, &z, "# end\n"]), "");
    }

    #[test]
    fn line_ends_byte_order_marks_and_blank_lines_are_kept() {
        let crlf = |text: &str| text.replace('\n', "\r\n");
        let (x, y, z) = (card("x", ""), card("y", ""), card("z", "limit = 60\n"));
        let edited = card("z", "limit = 70\n");
        let (base, a, b) = (deck(&[&x, &z]), deck(&[&x, &y, &z]), deck(&[&x, &edited]));
        let merged = deck(&[&x, &y, &edited]);
        case(&crlf(&base), &crlf(&a), &crlf(&b), &crlf(&merged), "");
        // One side's editor writes other line ends, or a byte order mark, or no newline at the end.
        case(&deck(&[&x, &z]), &crlf(&deck(&[&x, &z])), &b, &crlf(&b), "");
        case(&base, &format!("\u{feff}{a}"), &b, &format!("\u{feff}{merged}"), "");
        case(&base, a.trim_end(), &b, merged.trim_end(), "");
        case(&base, &deck(&[&x, &z, &y]), b.trim_end(), deck(&[&x, &edited, &y]).trim_end(), "");
        // One appends to a file without a newline at the end.
        case(base.trim_end(), &format!("{base}\n{y}"), b.trim_end(), &deck(&[&x, &edited, &y]), "");
        // No blank lines between cards: none are added.
        let [w, base] = [card("w", ""), format!("{x}{z}")];
        case(&base, &format!("{base}{y}"), &format!("{x}{edited}"), &format!("{x}{edited}{y}"), "");
        case(&base, &format!("{y}{base}"), &format!("{w}{base}"), &format!("{w}{y}{base}"), "");
    }

    #[test]
    fn a_text_that_is_not_a_deck_or_has_conflicts_is_not_merged() {
        let (x, marked) = (card("x", ""), marked(&card("y", ""), &card("y", "limit = 1\n")));
        assert_eq!(merge("[package]\n", ["[package]\na = 1\n", "[package]\nb = 1\n"], 7), None);
        assert_eq!(merge(&x, [&deck(&[&x, &marked]), &x], 7), None);
        assert_eq!(merge("", ["", ""], 7), None);
        // An origin that was itself merged may have markers; a text may hold what looks like one.
        let (a, b) = (deck(&[&x, &card("y", "limit = 2\n")]), deck(&[&x, &card("y", "limit = 2\n"), &card("z", "")]));
        case(&deck(&[&x, &marked]), &a, &b, &b, "");
        let text = card("t", "note = \"\"\"\n=======\n[[card]]\n\"\"\"\n");
        case(&x, &deck(&[&x, &text]), &deck(&[&card("n", ""), &x]), &deck(&[&card("n", ""), &x, &text]), "");
    }

    /// A card of a random deck. `n` is its number, which is in a note that no edit changes.
    #[derive(Debug, Clone, PartialEq)]
    struct Drawn {
        n: u32,
        has_id: bool,
        /// A number that every edit counts up, so that no other prompt has it.
        prompt: u32,
        limit: Option<u32>,
        tags: Vec<u32>,
        points: Vec<u32>,
        /// Comments: on their own before it, above it, inside it.
        remarks: [Option<u32>; 3],
    }

    impl Drawn {
        fn new(n: u32) -> Self {
            let (tags, points) = ((0..n % 4).collect(), (0..n % 3).map(|point| 10 * n + point).collect());
            let remarks = [3, 2, 5].map(|every| n.is_multiple_of(every).then_some(n));
            let limit = n.is_multiple_of(2).then_some(60 + n);
            Drawn { n, has_id: n % 3 != 1, prompt: n, limit, tags, points, remarks }
        }

        /// Writes the table and the comments that touch it.
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

    /// What is edited, where, and a number that says how.
    type Edit = (&'static str, usize, u32);

    fn edit() -> impl Strategy<Value = Edit> {
        let what = "add add add add delete delete move prompt prompt limit limit tag tag point point remark";
        (prop::sample::select(what.split(' ').collect::<Vec<_>>()), 0..8_usize, 0..24_u32)
    }

    /// Returns a deck as one side edits it. What it writes is unique to it, except for some cards that both may add.
    fn edited(base: &[Drawn], edits: &[Edit], own: u32) -> Vec<Drawn> {
        let mut cards = base.to_vec();
        for (fresh, &(what, at, how)) in (own + 1..).zip(edits) {
            let last = cards.len();
            if what == "add" {
                let n = if how % 2 == 0 { fresh } else { 100 + how / 2 % 4 };
                if cards.iter().all(|card| card.n != n) {
                    cards.insert(at % (last + 1), Drawn::new(n));
                }
            }
            let Some(card) = cards.get_mut(at % last.max(1)) else { continue };
            match what {
                "delete" => drop(cards.remove(at % last)),
                "move" => {
                    let moved = cards.remove(at % last);
                    cards.insert(how as usize % last, moved);
                }
                "prompt" => card.prompt = fresh,
                "limit" => card.limit = how.is_multiple_of(2).then_some(fresh),
                "tag" if card.tags.contains(&(how % 6)) => card.tags.retain(|&has| has != how % 6),
                "tag" => card.tags.push(how % 6),
                "point" if how % 2 == 0 => card.points.insert(at % (card.points.len() + 1), fresh),
                "point" => drop(card.points.pop()),
                "remark" => card.remarks[how as usize % 3] = Some(fresh),
                _ => {}
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

    /// Returns what a side says, by line; list entries one by one.
    fn lines(text: &str) -> HashSet<String> {
        let words = |line: &str| match line.split_once(" = [") {
            Some((_, list)) => list.split(", ").map(|word| word.trim_matches([']', ',']).to_owned()).collect(),
            None if line.starts_with("  ") => {
                line.split(", ").map(|word| word.trim_matches([' ', ',']).to_owned()).collect()
            }
            None => vec![line.to_owned()],
        };
        let says = |word: &String| !matches!(word.trim(), "" | "]" | "[[card]]" | "[card]");
        text.lines().flat_map(words).filter(says).collect()
    }

    fn cards() -> impl Strategy<Value = Vec<Drawn>> {
        (0..7_u32).prop_map(|cards| (0..cards).map(Drawn::new).collect())
    }

    const LINES: &str = "[[card]]\n[[card]]\n[[card]]\n[deck]\n[[card.points]]\n[[story]]\r\n[card]\nid = \"a\"\n\
                         id = \"b\"\nprompt = \"p\"\nprompt = \"q\"\nprompt = \"\"\"\n\"\"\"\ntags = [\"s\", \"t\"]\n\
                         tags = [\n\x20 \"t\",\n]\nlimit = 1\nlimit = 2 # two\nlimit =\n# c\n# d\n\n\r\n=======\n";

    proptest! {
        #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

        #[test]
        fn nothing_is_lost_and_the_sides_are_equal(
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
            let (result, says) = merged_with_words(&given[0], &given[1], &given[2]);
            let (turned, says_turned) = merged_with_words(&given[0], &given[2], &given[1]);
            prop_assert!(!says.contains("whole file"), "{}", result);
            prop_assert_eq!(says, says_turned);
            prop_assert_eq!(&result, &exchanged(&turned, 7));
            let clean = !result.contains("<<<<<<<");
            prop_assert!(!clean || DeTable::parse_recoverable(&result).1.is_empty());
            let result = result.replace("\r\n", "\n");
            for (side, other) in [(&a, &b), (&b, &a)] {
                // Every word that a side wrote is there, and every word that neither removed.
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
                    // A card without an id may match another in its place, and with a new prompt it may match none.
                    let anonymous = |drawn: &Drawn| !drawn.has_id && base.iter().all(|was| was.n != drawn.n);
                    if anonymous(card) || !card.has_id && there.is_none() && drawn[other].iter().any(anonymous) {
                        continue;
                    }
                    let reworded = |drawn: Option<&Drawn>| drawn.is_some_and(|drawn| drawn.prompt != card.prompt);
                    let sure = clean && (card.has_id || !(reworded(was) || reworded(there)));
                    let times = result.matches(&format!("note = \"n{}\"\n", card.n)).count();
                    let right = if gone { times == 0 } else { times > 0 && (times == 1 || !sure) };
                    prop_assert!(right, "{} is there {} times", card.n, times);
                    let same = |other: Option<&Drawn>| other.is_none_or(|other| other.block() == card.block());
                    // Byte for byte if only one side has it or changed it, or neither did.
                    let verbatim = if was.is_none() { same(there) } else { there.is_none() || same(there) || there == was };
                    prop_assert!(gone || !verbatim || result.contains(card.block().trim_end()), "{}", card.n);
                }
            }
        }

        #[test]
        fn if_one_side_changed_nothing_the_other_is_taken_to_the_byte(
            base in cards(),
            edits in prop::collection::vec(edit(), 0..8),
            ends in any::<[bool; 2]>(),
            crlfs in any::<[bool; 2]>(),
            blanks in any::<[bool; 2]>(),
        ) {
            let side = crlf(&text(&edited(&base, &edits, 2000), blanks[0], ends[0]), crlfs[0]);
            let base = crlf(&text(&base, blanks[1], ends[1]), crlfs[1]);
            prop_assert_eq!(&merged_with_words(&base, &side, &base).0, &side);
            prop_assert_eq!(&merged_with_words(&base, &side, &side).0, &side);
            prop_assert_eq!(&merged_with_words(&side, &side, &side).0, &side);
        }

        #[test]
        fn text_that_does_not_parse_is_merged_or_marked_and_never_lost(
            base in prop::collection::vec(0..LINES.lines().count(), 0..24),
            edits in prop::array::uniform2(prop::collection::vec((0..24_usize, 0..2 * LINES.lines().count()), 0..6)),
        ) {
            let known: Vec<&str> = LINES.split_inclusive('\n').collect();
            let written = |edits: &[(usize, usize)]| {
                let mut rows: Vec<&str> = base.iter().map(|&n| known[n]).collect();
                for &(at, what) in edits {
                    match known.get(what) {
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
            prop_assert_eq!(merged.text.contains("<<<<<<<"), !merged.conflicts.is_empty());
            for side in [a, b] {
                let (base, result) = (lines(&base), lines(&merged.text));
                let new = lines(&side).into_iter().filter(|word| !base.contains(word));
                let lost: Vec<String> = new.filter(|word| !result.contains(word)).collect();
                prop_assert!(lost.is_empty(), "{:?} in {}", lost, merged.text);
            }
        }
    }
}
