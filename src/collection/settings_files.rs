//! Reading the settings in force from the shared and the personal file.

use super::deck_path::SETTINGS;
use super::error::Error;
use super::find::Folders;
use crate::deck;
use crate::diagnostic::{Diagnostic, Source};
use crate::regular_file;
use crate::settings::{Settings, SettingsScope};

/// The largest settings file that is read, in bytes.
const LARGEST: u64 = 1 << 20;

#[derive(Debug, Default)]
pub(super) struct SettingsFiles {
    pub(super) settings: Settings,
    pub(super) findings: Vec<Diagnostic>,
    pub(super) sources: Vec<Source>,
}

pub(super) fn read_settings(folders: &Folders) -> Result<SettingsFiles, Error> {
    let mut read = SettingsFiles::default();
    let shared = (folders.root.join(SETTINGS), SETTINGS, SettingsScope::Shared);
    let personal = (folders.local.join("settings.toml"), ".rehearse/local/settings.toml", SettingsScope::Personal);
    for (path, name, place) in [shared, personal] {
        let bytes = match regular_file::read(&path, LARGEST) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(Error::file(&path, "cannot be read")(error)),
        };
        let (text, broken) = deck::decode(bytes);
        let source = Source::new(name, text);
        let encoding = |&at: &usize| source.error(at..at + 3, "encoding", "not UTF-8 here").help(deck::SAVE_AS_UTF8);
        read.findings.extend(broken.first().map(encoding));
        read.findings.extend(read.settings.apply(&source, place));
        read.sources.push(source);
    }
    Ok(read)
}
