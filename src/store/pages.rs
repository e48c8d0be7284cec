//! Pages: the events of one device in one month of the calendar, which are one file of the journal. The rows here tell
//! where a page's events are, and whether the file that was published or written last still has them all.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::path::PathBuf;

use anyhow::Context as _;
use rusqlite::{Connection, Result, Row, params};

use super::catch_up::note_journal;
use super::stamp::Stamp;
use super::{Store, events, locked};
use crate::clock::Month;
use crate::git::Oid;
use crate::history::{Body, Device, Event, Line};

/// A file of the journal, as the store knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) device: Device,
    pub(crate) month: Month,
    /// What git calls the file as it was published, if no event has come since.
    pub(crate) published: Option<Oid>,
    /// The file in the folder of journals as it was written, if no event has come since.
    pub(crate) written: Option<Stamp>,
}

/// How far a page had come when its events were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    device: i64,
    month: Month,
    newest: i64,
    alone: i64,
}

/// Events that came in, by page.
#[derive(Debug, Default)]
pub(crate) struct Arrivals {
    pages: HashMap<(i64, Month), Arrival>,
    /// The page of the last event: mostly the next is of the same.
    last: Option<(i64, Month, Range<i64>, Arrival)>,
}

/// What came for one page.
#[derive(Debug, Clone, Copy)]
struct Arrival {
    first: i64,
    last: i64,
    newest: i64,
    counts: Counts,
}

/// How many events of which sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Counts {
    pub(crate) reviews: usize,
    /// Undos, renames, suspensions and the like; what a device calls itself is not counted.
    pub(crate) others: usize,
}

impl Counts {
    /// Counts one more event.
    pub(crate) fn add(&mut self, body: &Body) {
        match body {
            Body::Review(_) => self.reviews += 1,
            Body::Device { .. } => {}
            _ => self.others += 1,
        }
    }

    /// Whether there is none.
    pub(crate) fn is_none(self) -> bool {
        self == Counts::default()
    }

    #[must_use]
    pub(crate) fn plus(self, more: Counts) -> Counts {
        Counts { reviews: self.reviews + more.reviews, others: self.others + more.others }
    }
}

impl Arrivals {
    /// Notes a new event, by the number of its device and its own.
    pub(crate) fn add(&mut self, device: i64, n: i64, event: &Event) {
        let t = event.at.unix_ms;
        let same = matches!(&self.last, Some((last, _, span, _)) if *last == device && span.contains(&t));
        if !same {
            self.turn();
            let month = event.at.month();
            let fresh = Arrival { first: i64::MAX, last: 0, newest: 0, counts: Counts::default() };
            let arrival = self.pages.remove(&(device, month)).unwrap_or(fresh);
            self.last = Some((device, month, month.span(), arrival));
        }
        if let Some((.., arrival)) = &mut self.last {
            arrival.first = arrival.first.min(event.id.seq);
            arrival.last = arrival.last.max(event.id.seq);
            arrival.newest = arrival.newest.max(n);
            arrival.counts.add(&event.body);
        }
    }

    fn turn(&mut self) {
        if let Some((device, month, _, arrival)) = self.last.take() {
            self.pages.insert((device, month), arrival);
        }
    }

    /// Writes what came, and gives it by the number of the device; reviews count as being nowhere else if `alone`.
    pub(crate) fn settle(&mut self, db: &Connection, alone: bool) -> Result<BTreeMap<i64, Counts>> {
        self.turn();
        let mut counts: BTreeMap<i64, Counts> = BTreeMap::new();
        for ((device, month), arrival) in self.pages.drain() {
            let reviews = if alone { arrival.counts.reviews } else { 0 };
            db.prepare_cached(
                "INSERT INTO pages (device, month, first, last, newest, alone) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
                 ON CONFLICT (device, month) DO UPDATE SET first = min(first, excluded.first), \
                 last = max(last, excluded.last), newest = max(newest, excluded.newest), alone = alone + excluded.alone",
            )?
            .execute(params![device, month.0, arrival.first, arrival.last, arrival.newest, reviews])?;
            let count = counts.entry(device).or_default();
            *count = count.plus(arrival.counts);
        }
        Ok(counts)
    }
}

impl Store {
    /// Every file of the journal, by device and month.
    pub(crate) fn pages(&self) -> anyhow::Result<Vec<Page>> {
        self.checked(pages(self.settled()?))
    }

    /// The events of one file of the journal, and how far it had come when they were read.
    pub(crate) fn page(&self, device: Device, month: Month) -> anyhow::Result<(Vec<Line>, Mark)> {
        self.settled()?;
        let read = || {
            let tx = self.db.unchecked_transaction()?;
            let (mark, range) = mark(&tx, device, month)?;
            Ok::<_, rusqlite::Error>((events::page(&tx, device, month, &range)?, mark))
        };
        self.checked(read())
    }

    /// Notes that pages are published, and what git calls them if they are as the events make them.
    pub(crate) fn note_published(&mut self, published: &[(Mark, Option<Oid>)]) -> anyhow::Result<()> {
        self.note_pages(|tx| {
            for (mark, blob) in published {
                if let Some(blob) = blob {
                    note_published(tx, mark, blob)?;
                }
                no_longer_alone(tx, mark)?;
            }
            Ok(())
        })
    }

    /// Notes in which files pages are written. They count as known elsewhere if `shared`.
    pub(crate) fn note_written(&mut self, written: &[(Mark, PathBuf)], shared: bool) -> anyhow::Result<()> {
        self.note_pages(|tx| {
            for (mark, path) in written {
                let Ok(metadata) = std::fs::metadata(path) else { continue };
                note_written(tx, mark, Stamp::of(&metadata))?;
                note_journal(tx, path, Stamp::of(&metadata))?;
                if shared {
                    no_longer_alone(tx, mark)?;
                }
            }
            Ok(())
        })
    }

    /// What is noted of pages holds for the database they were read from, and no other.
    fn note_pages(&mut self, note: impl FnOnce(&Connection) -> Result<()>) -> anyhow::Result<()> {
        if self.guard.as_ref().is_none_or(|guard| guard.file() != self.file) {
            return Ok(());
        }
        let noted = (|| {
            let tx = locked(&self.db)?;
            note(&tx)?;
            tx.commit().context("rehearse.db: cannot be written")
        })();
        self.checked(noted)
    }

    /// How many reviews are on this machine alone.
    pub(crate) fn unsynced(&self) -> anyhow::Result<usize> {
        self.checked(alone(self.settled()?))
    }
}

/// Every page, by device and month.
fn pages(db: &Connection) -> Result<Vec<Page>> {
    let sql = "SELECT d.name, p.month, p.blob, p.blob_covers >= p.newest, p.stamp, p.stamp_covers >= p.newest \
               FROM pages p JOIN devices d ON d.n = p.device ORDER BY d.name, p.month";
    let page = |row: &Row<'_>| {
        let impossible = rusqlite::Error::InvalidColumnType(0, "device".into(), rusqlite::types::Type::Text);
        let published: Option<String> = row.get(2)?;
        let (is_published, is_written): (bool, bool) = (row.get(3)?, row.get(5)?);
        Ok(Page {
            device: Device::parse(row.get_ref(0)?.as_str()?).ok_or(impossible)?,
            month: Month(row.get(1)?),
            published: published.and_then(|oid| Oid::parse(&oid)).filter(|_| is_published),
            written: row.get::<_, Option<Stamp>>(4)?.filter(|_| is_written),
        })
    };
    db.prepare(sql)?.query_map([], page)?.collect()
}

/// How far a page has come, and the range of its sequence numbers.
fn mark(db: &Connection, device: Device, month: Month) -> Result<(Mark, Range<i64>)> {
    let sql = "SELECT p.device, p.newest, p.alone, p.first, p.last FROM pages p JOIN devices d ON d.n = p.device \
               WHERE d.name = ?1 AND p.month = ?2";
    db.prepare_cached(sql)?.query_row(params![device.as_str(), month.0], |row| {
        let mark = Mark { device: row.get(0)?, month, newest: row.get(1)?, alone: row.get(2)? };
        Ok((mark, row.get(3)?..row.get::<_, i64>(4)?.saturating_add(1)))
    })
}

/// Notes that a page as it was read is published under this name.
fn note_published(db: &Connection, mark: &Mark, blob: &Oid) -> Result<()> {
    db.prepare_cached("UPDATE pages SET blob = ?3, blob_covers = ?4 WHERE device = ?1 AND month = ?2")?
        .execute(params![mark.device, mark.month.0, blob.as_str(), mark.newest])?;
    Ok(())
}

/// Notes that a page as it was read is in its file, which has this stamp.
fn note_written(db: &Connection, mark: &Mark, stamp: Stamp) -> Result<()> {
    db.prepare_cached("UPDATE pages SET stamp = ?3, stamp_covers = ?4 WHERE device = ?1 AND month = ?2")?
        .execute(params![mark.device, mark.month.0, stamp, mark.newest])?;
    Ok(())
}

/// Notes that what was on this machine alone when the page was read is no longer.
fn no_longer_alone(db: &Connection, mark: &Mark) -> Result<()> {
    db.prepare_cached("UPDATE pages SET alone = max(0, alone - ?3) WHERE device = ?1 AND month = ?2")?
        .execute(params![mark.device, mark.month.0, mark.alone])?;
    Ok(())
}

/// After events were taken out: no file is as it should be any more, and no more reviews are here alone than there are.
pub(crate) fn lessened(db: &Connection) -> Result<()> {
    db.execute_batch(
        "UPDATE pages SET blob = NULL, blob_covers = 0, stamp = NULL, stamp_covers = 0, alone = min(alone, (SELECT count(*) \
         FROM events e WHERE e.device = pages.device AND e.seq BETWEEN pages.first AND pages.last AND e.grade IS NOT NULL))",
    )
}

/// How many reviews are in the log of this machine and nowhere else.
fn alone(db: &Connection) -> Result<usize> {
    db.prepare_cached("SELECT coalesce(sum(alone), 0) FROM pages")?.query_row([], |row| row.get(0))
}
