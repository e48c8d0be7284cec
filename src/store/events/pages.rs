//! Pages: the events of one device in one month of UTC, which are one journal file. The rows here say which events a page
//! has, and whether the file that was last published or written still has them all.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::path::Path;

use rusqlite::{Connection, Result, Row, params};

use crate::clock::Month;
use crate::git::Oid;
use crate::history::{Body, Device, Event};
use crate::store::db::file_stamp::Stamp;
use crate::store::db::rows::device;

/// A journal file, as the store knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) device: Device,
    pub(crate) month: Month,
    /// Git's name of the file as it was published, if no event was added since.
    pub(crate) published: Option<Oid>,
    /// The file in the journal's folder as it was written, if no event was added since.
    pub(crate) written: Option<Stamp>,
}

/// How many events a page had when they were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    device: i64,
    month: Month,
    newest: i64,
    unsynced: i64,
}

#[derive(Debug, Default)]
pub(crate) struct Arrivals {
    pages: HashMap<(i64, Month), Arrival>,
    /// The page of the last event, which is usually that of the next.
    last: Option<(i64, Month, Range<i64>, Arrival)>,
}

#[derive(Debug, Clone, Copy)]
struct Arrival {
    first: i64,
    last: i64,
    newest: i64,
    counts: Counts,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Counts {
    pub(crate) reviews: usize,
    /// Undos, renames, suspensions, and the like; names of devices are not counted.
    pub(crate) others: usize,
}

impl Counts {
    pub(crate) fn add(&mut self, body: &Body) {
        match body {
            Body::Review(_) => self.reviews += 1,
            Body::Device { .. } => {}
            _ => self.others += 1,
        }
    }

    pub(crate) fn is_none(self) -> bool {
        self == Counts::default()
    }

    #[must_use]
    pub(crate) fn plus(self, more: Counts) -> Counts {
        Counts { reviews: self.reviews + more.reviews, others: self.others + more.others }
    }
}

impl Arrivals {
    /// Adds a new event, by the row numbers of its device and its own.
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

    /// Writes the new events to their pages and returns their numbers by device. `unsynced`: whether they are only in the
    /// log of this machine.
    pub(crate) fn write(&mut self, db: &Connection, unsynced: bool) -> Result<BTreeMap<i64, Counts>> {
        self.turn();
        let mut counts: BTreeMap<i64, Counts> = BTreeMap::new();
        for ((device, month), arrival) in self.pages.drain() {
            let reviews = if unsynced { arrival.counts.reviews } else { 0 };
            db.prepare_cached(
                "INSERT INTO pages (device, month, first, last, newest, unsynced) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
                 ON CONFLICT (device, month) DO UPDATE SET first = min(first, excluded.first), \
                 last = max(last, excluded.last), newest = max(newest, excluded.newest), unsynced = unsynced + excluded.unsynced",
            )?
            .execute(params![device, month.0, arrival.first, arrival.last, arrival.newest, reviews])?;
            let count = counts.entry(device).or_default();
            *count = count.plus(arrival.counts);
        }
        Ok(counts)
    }
}

pub(crate) fn note_journal(db: &Connection, path: &Path, stamp: Stamp) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO journals (path, stamp) VALUES (?1, ?2)";
    db.prepare_cached(sql)?.execute(params![path.to_string_lossy(), stamp])?;
    Ok(())
}

pub(crate) fn pages(db: &Connection) -> Result<Vec<Page>> {
    let sql = "SELECT d.name, p.month, p.blob, p.blob_covers >= p.newest, p.stamp, p.stamp_covers >= p.newest \
               FROM pages p JOIN devices d ON d.n = p.device ORDER BY d.name, p.month";
    let page = |row: &Row<'_>| {
        let published: Option<String> = row.get(2)?;
        let (is_published, is_written): (bool, bool) = (row.get(3)?, row.get(5)?);
        Ok(Page {
            device: device(row, 0)?,
            month: Month(row.get(1)?),
            published: published.and_then(|oid| Oid::parse(&oid)).filter(|_| is_published),
            written: row.get::<_, Option<Stamp>>(4)?.filter(|_| is_written),
        })
    };
    db.prepare(sql)?.query_map([], page)?.collect()
}

/// Returns how many events a page has, and the range of their sequence numbers.
pub(crate) fn mark(db: &Connection, device: Device, month: Month) -> Result<(Mark, Range<i64>)> {
    let sql = "SELECT p.device, p.newest, p.unsynced, p.first, p.last FROM pages p JOIN devices d ON d.n = p.device \
               WHERE d.name = ?1 AND p.month = ?2";
    db.prepare_cached(sql)?.query_row(params![device.as_str(), month.0], |row| {
        let mark = Mark { device: row.get(0)?, month, newest: row.get(1)?, unsynced: row.get(2)? };
        Ok((mark, row.get(3)?..row.get::<_, i64>(4)?.saturating_add(1)))
    })
}

/// Notes that a page as it was read is published under this name.
pub(crate) fn note_published(db: &Connection, mark: &Mark, blob: &Oid) -> Result<()> {
    db.prepare_cached("UPDATE pages SET blob = ?3, blob_covers = ?4 WHERE device = ?1 AND month = ?2")?
        .execute(params![mark.device, mark.month.0, blob.as_str(), mark.newest])?;
    Ok(())
}

/// Notes that a page as it was read is in its file, which has this stamp.
pub(crate) fn note_written(db: &Connection, mark: &Mark, stamp: Stamp) -> Result<()> {
    db.prepare_cached("UPDATE pages SET stamp = ?3, stamp_covers = ?4 WHERE device = ?1 AND month = ?2")?
        .execute(params![mark.device, mark.month.0, stamp, mark.newest])?;
    Ok(())
}

/// Notes that what was only on this machine when the page was read is elsewhere, too.
pub(crate) fn note_synced(db: &Connection, mark: &Mark) -> Result<()> {
    db.prepare_cached("UPDATE pages SET unsynced = max(0, unsynced - ?3) WHERE device = ?1 AND month = ?2")?
        .execute(params![mark.device, mark.month.0, mark.unsynced])?;
    Ok(())
}

pub(crate) fn unsynced(db: &Connection) -> Result<usize> {
    db.prepare_cached("SELECT coalesce(sum(unsynced), 0) FROM pages")?.query_row([], |row| row.get(0))
}
