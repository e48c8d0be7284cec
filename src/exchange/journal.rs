//! The journal: one file for each device and month of UTC, `DEVICE/YYYY-MM.jsonl`, lines sorted by sequence number and
//! checksum, each ended by LF. A pure function of the set of events: two machines that know the same write the same bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::atomic_file::{self, Access};
use crate::clock::Month;
use crate::deck::CardId;
use crate::history::{Device, Line, parse_lines};
use crate::store::{Journal, PURGED, Stamp, Store, purged_of};

/// The files of the journal that has these events, by device and month. An event that comes twice is there once.
pub fn render(lines: impl IntoIterator<Item = Line>) -> BTreeMap<(Device, Month), String> {
    let mut pages: BTreeMap<(Device, Month), Vec<Line>> = BTreeMap::new();
    for line in lines {
        pages.entry((line.event.id.device, line.event.at.month())).or_default().push(line);
    }
    let text = |mut lines: Vec<Line>| {
        lines.sort_by_key(|line| line.event.id);
        lines.dedup_by_key(|line| line.event.id);
        let mut text = String::with_capacity(lines.len() * 128);
        lines.iter().for_each(|line| text.extend([&line.text(), "\n"]));
        text
    };
    pages.into_iter().map(|(page, lines)| (page, text(lines))).collect()
}

/// The way to a file of the journal from its folder.
pub fn page_path(device: Device, month: Month) -> String {
    format!("{device}/{month}.jsonl")
}

/// Whose events of which month are in a file of the journal.
pub fn page_of(path: &str) -> Option<(Device, Month)> {
    let (device, month) = path.strip_suffix(".jsonl")?.split_once('/')?;
    Some((Device::parse(device)?, Month::parse(month)?))
}

/// Whether a file of the journal, by its way from the journal's folder, is one that this program writes.
pub fn is_of_journal(path: &str) -> bool {
    path == PURGED || page_of(path).is_some()
}

/// Whether a file of the journal has nothing but events that were purged.
pub fn is_purged(bytes: &[u8], purged: &BTreeSet<CardId>) -> bool {
    let mut events = parse_lines(bytes).map(|line| purged_of(&line.event.body, purged).is_some()).peekable();
    events.peek().is_some() && events.all(|purged| purged)
}

/// What writing the journal left in its folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Left {
    /// Files that were written, because they were not what they should be.
    pub(crate) files: usize,
    /// All files there are.
    pub(crate) of: usize,
}

/// Writes every file of the journal that is not what the events make it. Reviews count as known elsewhere if `shared`: the
/// user takes care of the files.
pub fn write(store: &mut Store, journal: &Journal, shared: bool) -> Result<Left> {
    let folder = journal.folder();
    let mut left = Left::default();
    let mut noted = Vec::new();
    for page in store.pages()? {
        left.of += 1;
        let path = folder.join(page_path(page.device, page.month));
        // A link is no file of the journal, wherever it leads.
        let there = std::fs::symlink_metadata(&path).ok().filter(std::fs::Metadata::is_file);
        if there.is_some_and(|metadata| page.written == Some(Stamp::of(&metadata))) {
            continue;
        }
        let (lines, mark) = store.page(page.device, page.month)?;
        for text in render(lines).into_values() {
            if std::fs::read(&path).ok().as_deref() != Some(text.as_bytes()) {
                replace(journal, &page_path(page.device, page.month), text.as_bytes())?;
                left.files += 1;
            }
        }
        noted.push((mark, path));
    }
    store.note_written(&noted, shared)?;
    left.files += remove_purged(&folder, &store.purged()?)?;
    Ok(left)
}

/// Removes files that have nothing but events that were purged; gives how many.
fn remove_purged(folder: &Path, purged: &BTreeSet<CardId>) -> Result<usize> {
    if purged.is_empty() {
        return Ok(0);
    }
    let below = |folder: &Path| std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut removed = 0;
    for (device, page) in
        below(folder).flat_map(|device| below(&device.path()).map(move |page| (device.file_name(), page)))
    {
        let path = format!("{}/{}", device.to_string_lossy(), page.file_name().to_string_lossy());
        let regular = page.file_type().is_ok_and(|kind| kind.is_file());
        if !regular || page_of(&path).is_none() || !is_purged(&std::fs::read(page.path())?, purged) {
            continue;
        }
        std::fs::remove_file(page.path()).with_context(|| format!("{}: cannot be removed", page.path().display()))?;
        removed += 1;
    }
    Ok(removed)
}

/// Replaces a file of the journal as a whole: whoever reads it finds the old one or the new one. Leads nowhere else, whatever
/// links lie on the way.
pub fn replace(journal: &Journal, page: &str, text: &[u8]) -> Result<PathBuf> {
    let mut folder = journal.home.clone();
    let way = format!("{}/{page}", journal.path);
    let (folders, name) = way.rsplit_once('/').context("a page without a folder")?;
    for part in folders.split('/') {
        folder.push(part);
        enter(&folder)?;
    }
    let path = folder.join(name);
    atomic_file::replace(&path, text, Access::Shared)
        .with_context(|| format!("{}: cannot be written", path.display()))?;
    Ok(path)
}

/// Makes a folder on the way to the journal if it is not there. A link in its place is not followed.
fn enter(folder: &Path) -> Result<()> {
    match std::fs::symlink_metadata(folder) {
        Ok(metadata) if metadata.is_dir() => Ok(()),
        Ok(_) => bail!("{}: is no folder; the journal is not written through a link", folder.display()),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            std::fs::create_dir(folder).with_context(|| format!("{}: cannot be created", folder.display()))
        }
        Err(error) => Err(error).with_context(|| format!("{}: cannot be opened", folder.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::parse_line;
    use crate::history::samples::{events, seeds};
    use proptest::prelude::*;

    fn sealed(body: &str) -> String {
        format!("{body},\"x\":\"{:08x}\"}}", crc32fast::hash(body.as_bytes()))
    }

    #[test]
    fn a_line_is_published_as_it_was_written() {
        let line = |s: i64, t: i64, rest: &str| {
            sealed(&format!("{{\"v\":2, \"d\":\"k7f3qm2x\",\"s\":{s},\"t\":{t},\"z\":-600,\"k\":\"dream\"{rest}"))
        };
        // The last second of November in UTC, in which it is still the day before on Hawaii; and the first of December.
        let (november, december) = (1_796_083_199_999, 1_796_083_200_000);
        let texts =
            [line(10, november, ""), line(2, november, ",\"é\":[1]"), line(2, december, ""), line(2, november, "")];
        let lines = texts.iter().chain(&texts[..1]).map(|text| parse_line(text).unwrap());
        let pages: Vec<(String, String)> =
            render(lines).into_iter().map(|((device, month), text)| (page_path(device, month), text)).collect();
        let mut twice = [&texts[1], &texts[3]].map(|text| format!("{text}\n"));
        twice.sort_by_key(|text| text[text.len() - 11..].to_owned());
        let expected = [
            ("k7f3qm2x/2026-11.jsonl".to_owned(), format!("{}{}\n", twice.concat(), texts[0])),
            ("k7f3qm2x/2026-12.jsonl".to_owned(), format!("{}\n", texts[2])),
        ];
        assert_eq!(pages, expected);
    }

    #[test]
    fn only_pages_are_taken_for_pages() {
        for good in ["k7f3qm2x/2026-11.jsonl", "aaaaaaaa/0001-01.jsonl"] {
            let (device, month) = page_of(good).unwrap();
            assert_eq!(page_path(device, month), good);
        }
        for bad in [
            "k7f3qm2x/2026-13.jsonl",
            "k7f3qm2/2026-11.jsonl",
            "2026-11.jsonl",
            "k7f3qm2x/2026-11.json",
            "PURGED",
            "a/b/c.jsonl",
        ] {
            assert_eq!(page_of(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn the_same_events_give_the_same_bytes_and_come_back(seeds in seeds(), turn in 0usize..40) {
            let events = events(&seeds);
            let lines: Vec<Line> = events.iter().map(|event| Line { event: event.clone(), raw: None }).collect();
            let pages = render(lines.clone());
            let mut other = lines.clone();
            other.rotate_left(turn % lines.len());
            other.extend(lines.iter().take(3).cloned());
            prop_assert_eq!(&render(other), &pages);
            let back: Vec<Line> = pages.values().flat_map(|text| text.lines()).map(|line| parse_line(line).unwrap()).collect();
            prop_assert_eq!(back.len(), { let mut ids: Vec<_> = events.iter().map(|event| event.id).collect(); ids.sort(); ids.dedup(); ids.len() });
            prop_assert_eq!(render(back), pages);
        }
    }
}
