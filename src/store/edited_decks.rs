//! Updates the index of the decks, and records where the history of edited cards continues.

use super::error::Error;
use super::events::logged;
use super::index::cards::{self, Change};
use super::index::edits::{self, MovedHistory};
use super::writer::Store;
use crate::clock::Instant;
use crate::history::{Body, EventId};

/// Renames that were recorded because history follows an edit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Followed {
    pub(crate) moved: Vec<(MovedHistory, EventId)>,
    /// Whether no card was ever renamed before.
    pub(crate) first: bool,
}

impl Store {
    /// Updates the index of the decks, and records which histories certainly continue elsewhere. Both happen in one
    /// transaction, the log first: if a rename cannot be recorded, the index still has the decks as they were before, and the
    /// next pass finds the same edit.
    pub(crate) fn index(&mut self, at: Instant, changes: &mut dyn Iterator<Item = Change>) -> Result<Followed, Error> {
        let on_disk = self.is_on_disk();
        self.look_at_name()?;
        self.write(|writing| {
            let building = cards::is_empty(writing.db)?;
            if building {
                cards::drop_indexes(writing.db)?;
            }
            let pass = cards::apply(writing.db, changes, building)?;
            if !on_disk || pass.is_empty() {
                return Ok(Followed::default());
            }
            let moved = edits::follow(writing.db, pass)?;
            if moved.is_empty() {
                return Ok(Followed::default());
            }
            let first = !logged::any_rename(writing.db)?;
            let renames = moved.iter().map(|moved| Body::Rename { card: moved.from.clone(), to: moved.to.clone() });
            let ids = writing.append(at, renames.collect())?;
            Ok(Followed { moved: moved.into_iter().zip(ids).collect(), first })
        })
    }
}
