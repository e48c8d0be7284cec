//! Decks and cards as their files are now. The index has only the columns that queries need.

use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom};

use super::error::Error;
use super::open::Collection;
use super::read_file::read_bytes;
use crate::deck::{self, Card, CardId, Deck};
use crate::diagnostic::{Severity, Source};
use crate::entry::{Entry, Place};
use crate::store::Stamp;

impl Collection {
    pub(crate) fn card(&self, entry: &Entry) -> Result<Option<Card>, Error> {
        let Some(place) = &entry.place else { return Ok(None) };
        if let Some(card) = self.card_at(place)?.filter(|card| card.prompt == entry.prompt) {
            return Ok(Some(card));
        }
        // The file changed, or the card's block alone is not enough: the whole file is read.
        let Some(Deck { mut cards, .. }) = self.deck(&place.file)? else { return Ok(None) };
        Ok(position(&cards, entry).map(|at| cards.swap_remove(at)))
    }

    /// Returns the file and line of a card that is left out because of an error: the line of the error if it is in the
    /// card's block, else that of its header.
    pub(crate) fn left_out(&self, id: &CardId) -> Result<Option<(String, usize)>, Error> {
        let mut errors = self.store.findings()?;
        errors.retain(|finding| finding.severity == Severity::Error);
        for errors in errors.chunk_by(|a, b| a.file == b.file) {
            let file = &errors[0].file;
            // Files that cannot be read have a finding of their own.
            let Ok(Some((source, _))) = self.source(file) else { continue };
            if let Some(block) = deck::block_of(&source.text, id) {
                let (first, last) = (source.line(block.start), source.line(block.end.saturating_sub(1)));
                let within = errors.iter().map(|error| error.line).find(|line| (first..=last).contains(line));
                return Ok(Some((file.clone(), within.unwrap_or(first))));
            }
        }
        Ok(None)
    }

    pub(crate) fn shows(&self, entries: &[Entry]) -> Result<Vec<Vec<String>>, Error> {
        let file = entries.iter().find_map(|entry| entry.place.as_ref()).map(|place| place.file.as_str());
        let deck = file.map(|file| self.deck(file)).transpose()?.flatten();
        let cards = deck.map(|deck| deck.cards).unwrap_or_default();
        let shows = |entry| position(&cards, entry).map(|at| cards[at].shows.clone()).unwrap_or_default();
        Ok(entries.iter().map(shows).collect())
    }

    /// Passes every deck to `each`, in path order, one at a time. What cannot be read is skipped; `check` reports it.
    pub(crate) fn each_deck(&self, mut each: impl FnMut(&str, Deck)) -> Result<(), Error> {
        for file in self.store.files()? {
            if let Ok(Some(deck)) = self.deck(&file.path) {
                each(&file.path, deck);
            }
        }
        Ok(())
    }

    pub(crate) fn deck(&self, file: &str) -> Result<Option<Deck>, Error> {
        Ok(self.source(file)?.map(|(source, broken)| deck::parse(&source, &broken).0))
    }

    /// Returns a file of the collection, and where its bytes are not UTF-8; `None` if it is no longer there.
    pub(super) fn source(&self, file: &str) -> Result<Option<(Source, Vec<usize>)>, Error> {
        let path = self.folders.root.join(file);
        let bytes = match read_bytes(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::file(&path, "cannot be read")(error)),
        };
        let (text, broken) = deck::decode(bytes);
        Ok(Some((Source::new(file, text), broken)))
    }

    /// Returns a card from its block alone, if its file is still as it was indexed.
    fn card_at(&self, place: &Place) -> Result<Option<Card>, Error> {
        let Some((stamp, head)) = self.store.head(&place.file)?.filter(|_| !place.block.is_empty()) else {
            return Ok(None);
        };
        let path = self.folders.root.join(&place.file);
        let is_as_indexed = |metadata: &std::fs::Metadata| Stamp::new(metadata) == stamp;
        // Checked before it is opened: opening a pipe would block forever.
        if !std::fs::metadata(&path).is_ok_and(|metadata| is_as_indexed(&metadata)) {
            return Ok(None);
        }
        let read = || {
            let mut file = std::fs::File::open(&path)?;
            let mut block = vec![0; place.block.len()];
            file.seek(SeekFrom::Start(place.block.start as u64))?;
            file.read_exact(&mut block)?;
            // Checked again: it may have been written in the meantime.
            Ok::<_, std::io::Error>((block, file.metadata()?))
        };
        // After an error the whole file is read, and the error reported if that fails as well.
        let block = read().ok().filter(|(_, metadata)| is_as_indexed(metadata)).map(|(block, _)| block);
        let block = block.and_then(|block| String::from_utf8(block).ok());
        Ok(block.and_then(|block| deck::card_in(&place.file, &head, &block, place.line)))
    }
}

pub(crate) fn position(cards: &[Card], entry: &Entry) -> Option<usize> {
    let same = |card: &Card| card.prompt == entry.prompt;
    let ordinal = entry.place.as_ref()?.ordinal;
    let there = cards.get(ordinal).filter(|card| same(card)).map(|_| ordinal);
    there.or_else(|| cards.iter().position(same)).or_else(|| cards.iter().position(|card| card.id == entry.card))
}
