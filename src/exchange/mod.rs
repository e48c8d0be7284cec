//! Exchange: history in the form in which it leaves this machine.
//!
//! `journal` renders events as the files of the journal, and writes those files.
//!
//! Not here: git, printing, the time.

mod journal;

pub use journal::{Left, is_of_journal, is_purged, page_of, page_path, render, replace, write};
