//! A deck as the merge reads it: its blocks as they are written, and what is known of each.

use super::super::blocks::Start;
use super::super::keys::MAIN;
use super::identity::KnownBlock;
use super::units::units;

#[derive(Debug)]
pub(super) struct DeckText<'t> {
    pub(super) whole: &'t str,
    /// The byte order mark, if it has one.
    pub(super) mark: &'t str,
    pub(super) known: Vec<KnownBlock>,
    pub(super) written: Vec<WrittenBlock<'t>>,
    /// The text from the line end of the last block; `None` if all of it is left out.
    pub(super) ending: Option<&'t str>,
    pub(super) has_conflicts: bool,
}

#[derive(Debug)]
pub(super) struct WrittenBlock<'t> {
    pub(super) gap: &'t str,
    /// Its text, with the end of its last line.
    pub(super) text: String,
    pub(super) crlf: bool,
}

impl<'t> DeckText<'t> {
    /// Cuts a deck into blocks. An origin that was itself merged may have conflicts: it says nothing there.
    pub(super) fn new(whole: &'t str, with_conflicts: bool) -> Self {
        let text = whole.strip_prefix('\u{feff}').unwrap_or(whole);
        let mark = &whole[..whole.len() - text.len()];
        let (known, written) = (Vec::new(), Vec::new());
        let mut deck = DeckText { whole, mark, known, written, ending: None, has_conflicts: false };
        let (text_is_crlf, mut in_conflict) = (is_crlf(text), false);
        for unit in units(text) {
            let (gap, body, bare) = (&text[unit.gap], &text[unit.body.clone()], &text[unit.table]);
            deck.ending = Some(&text[unit.body.start + body.trim_end_matches(['\n', '\r']).len()..]);
            let marker = unit.start == Some(Start::Conflict);
            deck.has_conflicts |= marker;
            in_conflict = if marker { !bare.starts_with('>') } else { in_conflict };
            if (marker || in_conflict) && !with_conflicts {
                continue;
            }
            let crlf = if body.contains('\n') { is_crlf(body) } else { text_is_crlf };
            deck.written.push(WrittenBlock { gap, text: with_line_end(body.to_owned(), line_end(crlf)), crlf });
            deck.known.push(KnownBlock::new(with_line_end(with_lf(body), "\n"), &with_lf(bare), unit.start));
        }
        deck.ending = deck.ending.filter(|_| !deck.known.is_empty());
        deck
    }

    pub(super) fn is_deck(&self) -> bool {
        self.known.iter().any(|known| known.table.is_some_and(|table| MAIN.contains(&table.name)))
    }
}

pub(super) fn with_lf(text: &str) -> String {
    text.replace("\r\n", "\n")
}

pub(super) fn with_line_end(mut text: String, end: &str) -> String {
    if !text.ends_with('\n') {
        text.push_str(end);
    }
    text
}

/// Returns whether every line of a text ends with CR and LF.
pub(super) fn is_crlf(text: &str) -> bool {
    text.contains('\n') && text.matches("\r\n").count() == text.matches('\n').count()
}

pub(super) fn line_end(crlf: bool) -> &'static str {
    if crlf { "\r\n" } else { "\n" }
}
