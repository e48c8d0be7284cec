//! Looking at everything that is kept, as `doctor` does: every line of every file of history, and the database beside one
//! built from scratch.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use rusqlite::types::Value;
use rusqlite::{Connection, Row};

use super::build::{Sources, build, published};
use super::catch_up::{absorb, catch_up_log, journal_files, note_log};
use super::log::{Log, Pieces};
use super::{Index, Progress, Store, guard, locked};
use crate::doctor::{Differing, Records};
use crate::history::{EventId, parse_line, parse_lines, render};

/// What an examination found.
#[derive(Debug)]
pub(crate) struct Examined {
    /// Every line of the log and the journals.
    pub(crate) records: Records,
    /// Events that were taken back.
    pub(crate) void: HashSet<EventId>,
    /// Lines of events that stand in no file.
    pub(crate) only_here: Vec<String>,
    /// Rows of the database that are other than the files say.
    pub(crate) differing: Vec<Differing>,
}

/// What is compared: the noun for a row, and its rows by name.
const COMPARED: [(&str, &str); 5] = [
    (
        "event",
        "SELECT d.name || '-' || e.seq || '-' || printf('%08x', e.crc), e.time, e.t, e.logical, e.zone, e.kind, a.name, \
         e.grade, e.proposed, e.ms, e.ticks, e.points, e.flag, b.name, e.of, e.text, e.raw, e.void FROM events e \
         JOIN devices d ON d.n = e.device LEFT JOIN names a ON a.n = e.card LEFT JOIN names b ON b.n = e.other",
    ),
    ("rename", "SELECT a.name, b.name FROM renames r JOIN names a ON a.n = r.old JOIN names b ON b.n = r.final"),
    (
        "state",
        "SELECT i.name, s.repetitions, s.ease, s.interval, s.last, s.reviews, s.lapses, s.suspended, s.buried, s.brought, \
         s.latest_day, s.latest_grade, s.first, s.spoken_ms, s.spoken FROM states s JOIN names i ON i.n = s.card",
    ),
    ("file", "SELECT path, hash, title, is_deck, cards, head, faulty, findings, fresh FROM files"),
    (
        "place",
        "SELECT f.path || ':' || c.line, c.ord, i.name, l.name, c.written, c.start, c.stop, c.kind, c.seconds, c.prompt, \
         c.tags, c.rounds, c.suspended, c.rest, c.telling, c.shadowed, c.asked, c.due, c.likely \
         FROM cards c JOIN files f ON f.n = c.file JOIN names i ON i.n = c.id JOIN names l ON l.n = c.card",
    ),
];

impl Store {
    /// Reads every file of history, and builds a second database in memory to compare this one with. `decks` reads every
    /// deck; `name` is what a path is called in messages.
    pub(crate) fn examine(
        &self,
        decks: &dyn Fn(Index<'_>) -> Result<()>,
        name: &dyn Fn(&Path) -> String,
        progress: Progress<'_>,
    ) -> Result<Examined> {
        self.settle()?;
        let records = self.records(name)?;
        let elsewhere = self.in_commits();
        let (mut void, mut only_here) = (HashSet::new(), Vec::new());
        self.newest(true, |logged| {
            let id = logged.event.id;
            if logged.void {
                void.insert(id);
            }
            if !records.has(id) && !elsewhere.contains(&id) {
                only_here.push(logged.raw.unwrap_or_else(|| render(&logged.event)));
            }
            Ok(true)
        })?;
        // Oldest first, as a log is.
        only_here.reverse();
        let fresh = Connection::open_in_memory()?;
        guard::create(&fresh)?;
        let log = Log::new(self.log.path().to_owned());
        let sources = Sources { log: &log, journal: &self.journal, device: self.device };
        build(&fresh, &sources, &self.rules, progress, decks)?;
        let lines = only_here.iter().filter_map(|line| parse_line(line).ok());
        absorb(&fresh, self.device, |intake| Ok(intake.take(lines)?), &self.rules)?;
        let compare = |(noun, sql)| Ok(Differing { noun, names: differing(&self.db, &fresh, sql)? });
        let differing = COMPARED.into_iter().map(compare).collect::<Result<Vec<_>>>();
        Ok(Examined { records, void, only_here, differing: self.checked(differing)? })
    }

    /// Every line of the log and the journals.
    fn records(&self, name: &dyn Fn(&Path) -> String) -> Result<Records> {
        let mut records = Records::default();
        if let Some(pieces) = self.log.pieces(0)? {
            take(&mut records, &name(self.log.path()), true, pieces)?;
        }
        for (path, _) in journal_files(&self.journal.folder()) {
            take(&mut records, &name(&path), false, Pieces::of(&path, 0)?)?;
        }
        Ok(records.finish())
    }

    /// Events that git has in its commits, though no file of the folder may have them. Where git cannot be asked, none.
    fn in_commits(&self) -> HashSet<EventId> {
        let mut ids = HashSet::new();
        let Ok(Some((published, _))) = published(&self.journal) else { return ids };
        // What was read before an error is known all the same.
        let _ = published.pages(|bytes| {
            ids.extend(parse_lines(&bytes).map(|line| line.event.id));
            Ok::<_, crate::git::Error>(())
        });
        ids
    }

    /// Writes lines of events that only the database knows to the end of the log.
    pub(crate) fn keep(&mut self, lines: &[String]) -> Result<()> {
        if lines.is_empty() {
            return Ok(());
        }
        let (log, rules, device) = (&mut self.log, &self.rules, self.device);
        let tx = locked(&self.db)?;
        catch_up_log(&tx, log, device, rules)?;
        let (size, mark) = log.append(&lines.join("\n"))?;
        note_log(&tx, size, &mark)?;
        tx.commit().context("rehearse.db: cannot be written")
    }

    /// Gives the database up: the next opening sets it aside and builds it anew.
    pub(crate) fn give_up(self) {
        if let Some(guard) = &self.guard {
            guard.distrust();
        }
    }
}

fn take(records: &mut Records, name: &str, log: bool, mut pieces: Pieces) -> Result<()> {
    records.begin(name, log);
    let mut whole = true;
    while let Some(piece) = pieces.next()? {
        whole = piece.ends_with(b"\n");
        let lines = piece.strip_suffix(b"\n").unwrap_or(piece);
        lines.split(|&byte| byte == b'\n').for_each(|line| records.line(line));
    }
    records.end(whole);
    Ok(())
}

/// The names of rows that one database has otherwise than the other, or alone.
fn differing(ours: &Connection, fresh: &Connection, sql: &str) -> Result<Vec<String>> {
    let sql = format!("{sql} ORDER BY 1, 2");
    let (mut ours, mut fresh) = (ours.prepare(&sql)?, fresh.prepare(&sql)?);
    let (mut ours, mut fresh) = (ours.query_map([], row)?, fresh.query_map([], row)?);
    let (mut left, mut right) = (ours.next().transpose()?, fresh.next().transpose()?);
    let mut names = Vec::new();
    loop {
        let order = match (&left, &right) {
            (None, None) => return Ok(names),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((a, _)), Some((b, _))) => a.cmp(b),
        };
        if order != Ordering::Equal || left != right {
            let of = if order == Ordering::Greater { &right } else { &left };
            names.extend(of.as_ref().map(|(name, _)| name.clone()).filter(|name| names.last() != Some(name)));
        }
        if order != Ordering::Greater {
            left = ours.next().transpose()?;
        }
        if order != Ordering::Less {
            right = fresh.next().transpose()?;
        }
    }
}

fn row(row: &Row<'_>) -> rusqlite::Result<(String, Vec<Value>)> {
    let columns = row.as_ref().column_count();
    Ok((row.get(0)?, (1..columns).map(|column| row.get(column)).collect::<rusqlite::Result<_>>()?))
}

/// What other users may open of this machine's folder: each with its mode and the one it should have.
#[cfg(unix)]
pub(crate) fn open_to_others(local: &Path) -> Vec<(PathBuf, u32, u32)> {
    use std::os::unix::fs::PermissionsExt as _;
    let below = std::fs::read_dir(local).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut open = Vec::new();
    for path in std::iter::once(local.to_owned()).chain(below) {
        let Ok(metadata) = std::fs::symlink_metadata(&path) else { continue };
        let mode = metadata.permissions().mode() & 0o7777;
        if !metadata.is_symlink() && mode & 0o077 != 0 {
            open.push((path, mode, if metadata.is_dir() { 0o700 } else { 0o600 }));
        }
    }
    open.sort();
    open
}

/// What other users may open, as far as the system knows of such things.
#[cfg(not(unix))]
pub(crate) fn open_to_others(_: &Path) -> Vec<(PathBuf, u32, u32)> {
    Vec::new()
}

/// Lets nobody else open a file or a folder.
#[cfg(unix)]
pub(crate) fn close_to_others(path: &Path, mode: u32) -> Result<()> {
    let closed = std::os::unix::fs::PermissionsExt::from_mode(mode);
    std::fs::set_permissions(path, closed).with_context(|| format!("{}: cannot be closed", path.display()))
}

/// Lets nobody else open a file or a folder, as far as the system knows of such things.
#[cfg(not(unix))]
pub(crate) fn close_to_others(_: &Path, _: u32) -> Result<()> {
    Ok(())
}
