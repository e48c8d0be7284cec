//! Deck files as the index knows them: stamps, findings, titles, and interviews.

use rusqlite::{Connection, OptionalExtension as _, Result, Row, params};

use super::row::IndexedDeck;
use crate::deck::{Debrief, Interview};
use crate::diagnostic::Diagnostic;
use crate::store::db::file_stamp::Stamp;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredFile {
    pub(crate) n: i64,
    pub(crate) path: String,
    /// Its stamp when it was read.
    pub(crate) stamp: Stamp,
}

pub(crate) fn files(db: &Connection) -> Result<Vec<StoredFile>> {
    let mut statement = db.prepare_cached("SELECT n, path, stamp FROM files ORDER BY path")?;
    let row = |row: &Row<'_>| Ok(StoredFile { n: row.get(0)?, path: row.get(1)?, stamp: row.get(2)? });
    statement.query_map([], row)?.collect()
}

/// Returns a file's stamp when it was read, and the text of its `[deck]` table.
pub(crate) fn head(db: &Connection, path: &str) -> Result<Option<(Stamp, String)>> {
    let sql = "SELECT stamp, head FROM files WHERE path = ?1";
    db.prepare_cached(sql)?.query_row([path], |row| Ok((row.get(0)?, row.get(1)?))).optional()
}

/// Returns BLAKE3 of a file's bytes when it was read.
pub(crate) fn hash(db: &Connection, file: i64) -> Result<Vec<u8>> {
    db.prepare_cached("SELECT hash FROM files WHERE n = ?1")?.query_row([file], |row| row.get(0))
}

/// Whether a known file may hold more than was read.
pub(crate) fn is_faulty(db: &Connection, path: &str) -> Result<bool> {
    let sql = "SELECT faulty FROM files WHERE path = ?1";
    Ok(db.prepare_cached(sql)?.query_row([path], |row| row.get(0)).optional()?.unwrap_or(false))
}

pub(super) fn write(db: &Connection, deck: &IndexedDeck) -> Result<i64> {
    let IndexedDeck { path, stamp, hash, title, is_deck, head, findings, faulty, cards, .. } = deck;
    let file: i64 = db
        .prepare_cached(
            "INSERT INTO files (path, stamp, hash, title, is_deck, cards, head, findings, faulty) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (path) DO UPDATE SET stamp = ?2, hash = ?3, \
             title = ?4, is_deck = ?5, cards = ?6, head = ?7, findings = ?8, faulty = ?9 RETURNING n",
        )?
        .query_row(params![path, stamp, hash, title, is_deck, cards.len(), head, findings, faulty], |row| row.get(0))?;
    delete_interviews(db, file)?;
    if let Some((body, interviewer)) = &deck.interview {
        let sql = "INSERT INTO interviews (file, interviewer, body) VALUES (?1, ?2, ?3)";
        db.prepare_cached(sql)?.execute(params![file, interviewer, body])?;
    }
    if let Some(body) = &deck.debrief {
        db.prepare_cached("INSERT INTO debriefs (file, body) VALUES (?1, ?2)")?.execute(params![file, body])?;
    }
    Ok(file)
}

/// Notes a file's new stamp; its bytes are the same.
pub(super) fn touch(db: &Connection, file: i64, stamp: Stamp) -> Result<()> {
    db.prepare_cached("UPDATE files SET stamp = ?2 WHERE n = ?1")?.execute(params![file, stamp])?;
    Ok(())
}

pub(super) fn delete(db: &Connection, file: i64) -> Result<()> {
    delete_interviews(db, file)?;
    db.prepare_cached("DELETE FROM files WHERE n = ?1")?.execute([file])?;
    Ok(())
}

fn delete_interviews(db: &Connection, file: i64) -> Result<()> {
    db.prepare_cached("DELETE FROM interviews WHERE file = ?1")?.execute([file])?;
    db.prepare_cached("DELETE FROM debriefs WHERE file = ?1")?.execute([file])?;
    Ok(())
}

pub(crate) fn findings(db: &Connection) -> Result<Vec<Diagnostic>> {
    let mut statement = db.prepare("SELECT findings FROM files WHERE findings IS NOT NULL ORDER BY path")?;
    let mut found = Vec::new();
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let json = row.get_ref(0)?.as_str()?;
        found.extend(serde_json::from_str::<Vec<Diagnostic>>(json).unwrap_or_default());
    }
    Ok(found)
}

pub(crate) fn titles(db: &Connection) -> Result<Vec<(String, String)>> {
    db.prepare("SELECT path, title FROM files WHERE is_deck ORDER BY path")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

/// Returns every interview with its first interviewer's name and its file.
pub(crate) fn interviews(db: &Connection) -> Result<Vec<(Interview, Option<String>, String)>> {
    let sql = "SELECT i.body, i.interviewer, f.path FROM interviews i JOIN files f ON f.n = i.file ORDER BY f.path";
    let rows: Vec<(String, Option<String>, String)> = db
        .prepare_cached(sql)?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_>>()?;
    Ok(rows
        .into_iter()
        .filter_map(|(body, name, path)| Some((serde_json::from_str(&body).ok()?, name, path)))
        .collect())
}

/// Returns every debrief with its file, in path order.
pub(crate) fn debriefs(db: &Connection) -> Result<Vec<(Debrief, String)>> {
    let sql = "SELECT d.body, f.path FROM debriefs d JOIN files f ON f.n = d.file ORDER BY f.path";
    let rows: Vec<(String, String)> =
        db.prepare_cached(sql)?.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_>>()?;
    Ok(rows.into_iter().filter_map(|(body, path)| Some((serde_json::from_str(&body).ok()?, path))).collect())
}
