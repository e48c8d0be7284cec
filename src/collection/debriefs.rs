//! The file of a debrief: which one the program owns, and changes of it that are durable one by one.

use std::path::Path;

use super::deck_file::Original;
use super::error::Error;
use super::open::Collection;
use crate::deck::{Deck, decode, parse, stem};
use crate::diagnostic::Source;
use crate::entry::InterviewScope;
use crate::interview::{DebriefFile, NotEditable};

/// How many names are tried for a debrief.
const MOST_NAMES: usize = 100;
/// How often a change is tried while another program writes the file.
const MOST_TRIES: usize = 10;

/// The file of a debrief that the program owns, or will make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OwnDebrief {
    pub(crate) file: String,
    /// The id of the interview.
    interview: String,
}

impl Collection {
    /// Returns the file of an interview's debrief that the program owns: the one that is there, or the first name beside the
    /// interview that is free. A file that was written by hand is passed over.
    pub(crate) fn own_debrief(&self, interview: &InterviewScope) -> Result<OwnDebrief, Error> {
        let folder = interview.file.rfind('/').map_or("", |end| &interview.file[..=end]);
        let id = &interview.interview.id;
        let name = format!("{folder}{}-debrief", stem(&interview.file));
        let own = |file: String| OwnDebrief { file, interview: id.clone() };
        for n in 1..=MOST_NAMES {
            let file = if n == 1 { format!("{name}.toml") } else { format!("{name}-{n}.toml") };
            if std::fs::symlink_metadata(self.folders.root.join(&file)).is_err() {
                return Ok(own(file));
            }
            // What cannot be read, such as a link, is not ours.
            let Ok(original) = self.original(&file) else { continue };
            let (source, broken) = source_of(&original);
            let of = parse(&source, &broken).0.debrief.map(|debrief| debrief.interview);
            if DebriefFile::is_ours(&source.text) && of.is_none_or(|of| of == *id) {
                return Ok(own(file));
            }
        }
        Err(Error::Unusable { name: format!("{name}.toml"), problem: "a hundred files with this name are in the way" })
    }

    /// Reads the debrief as it is now; `None` if there is none yet.
    pub(crate) fn read_debrief(&self, debrief: &OwnDebrief) -> Result<Option<Deck>, Error> {
        self.deck(&debrief.file)
    }

    /// Changes the debrief. It is read again, so that what its author changes meanwhile stays; when this returns, the change
    /// is durable.
    pub(crate) fn change_debrief(
        &self,
        debrief: &OwnDebrief,
        change: &mut dyn FnMut(&mut DebriefFile) -> Result<(), NotEditable>,
    ) -> Result<(), Error> {
        for _ in 0..MOST_TRIES {
            let root = &self.folders.root;
            let exists = std::fs::symlink_metadata(root.join(&debrief.file)).is_ok();
            let original = if exists { self.original(&debrief.file)? } else { self.new_deck(&debrief.file, root)? };
            let mut file = match exists {
                true => DebriefFile::parse(&source_of(&original).0.text).map_err(|why| not_editable(debrief, why))?,
                false => DebriefFile::new(&debrief.interview),
            };
            let before = file.text();
            change(&mut file).map_err(|why| not_editable(debrief, why))?;
            let after = file.text();
            if (exists && after == before) || original.replace(after.as_bytes())? {
                return Ok(());
            }
        }
        Err(Error::Unusable { name: debrief.file.clone(), problem: "another program keeps changing it" })
    }
}

fn source_of(original: &Original) -> (Source, Vec<usize>) {
    let (text, broken) = decode(original.bytes().to_vec());
    (Source::new(&original.name, text), broken)
}

fn not_editable(debrief: &OwnDebrief, why: NotEditable) -> Error {
    let name = Path::new(&debrief.file).display().to_string();
    Error::Debrief { name, why }
}
