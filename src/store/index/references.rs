//! What decks refer to that is defined elsewhere: written when a file is indexed, looked up only for `check`.

use std::collections::{BTreeSet, HashMap};

use rusqlite::{Connection, Result, params};

use super::files::{interviews, titles};
use super::row::References;
use crate::check::{Dangling, UnusedStory};
use crate::coach::RULES;
use crate::deck::{ReferenceKind, stem};
use crate::entry::names_deck;
use crate::store::events::ids::known_number;
use crate::store::events::states::state_of;
use crate::stories::StoryRef;
use crate::text::nearest;

pub(crate) fn write(db: &Connection, file: i64, references: &References) -> Result<()> {
    for (id, title, shows) in &references.stories {
        let sql = "INSERT OR IGNORE INTO stories (file, id, title, shows) VALUES (?1, ?2, ?3, ?4)";
        db.prepare_cached(sql)?.execute(params![file, id.as_str(), title, shows])?;
    }
    for story in &references.told {
        let sql =
            "INSERT INTO told (file, story, times) VALUES (?1, ?2, 1) ON CONFLICT DO UPDATE SET times = times + 1";
        db.prepare_cached(sql)?.execute(params![file, story])?;
    }
    for mention in &references.mentions {
        let sql = "INSERT OR IGNORE INTO mentions (file, start, \"end\", what, name) VALUES (?1, ?2, ?3, ?4, ?5)";
        let (span, what) = (&mention.span, mention.kind.word());
        db.prepare_cached(sql)?.execute(params![file, span.start, span.end, what, mention.name])?;
    }
    Ok(())
}

pub(crate) fn delete(db: &Connection, file: i64) -> Result<()> {
    db.prepare_cached("DELETE FROM stories WHERE file = ?1")?.execute([file])?;
    db.prepare_cached("DELETE FROM told WHERE file = ?1")?.execute([file])?;
    db.prepare_cached("DELETE FROM mentions WHERE file = ?1")?.execute([file])?;
    Ok(())
}

/// Returns every story of the decks in path order, with how often it was told and rehearsed.
pub(crate) fn stories(db: &Connection) -> Result<Vec<StoryRef>> {
    let sql = "SELECT s.id, s.title, s.shows, coalesce((SELECT sum(t.times) FROM told t WHERE t.story = s.id), 0) FROM stories s \
               JOIN files f ON f.n = s.file ORDER BY f.path, s.id";
    let row = |row: &rusqlite::Row<'_>| {
        let shows = serde_json::from_str(row.get_ref(2)?.as_str()?).unwrap_or_default();
        Ok(StoryRef { id: row.get(0)?, title: row.get(1)?, shows, told: row.get(3)?, rehearsed: 0 })
    };
    let mut stories: Vec<StoryRef> = db.prepare_cached(sql)?.query_map([], row)?.collect::<Result<_>>()?;
    for story in &mut stories {
        if let Some(number) = known_number(db, &story.id)? {
            story.rehearsed = state_of(db, number)?.reviews;
        }
    }
    Ok(stories)
}

/// Returns references to nothing, by file and place.
pub(crate) fn dangling(db: &Connection) -> Result<Vec<Dangling>> {
    let sql = "SELECT f.path, m.start, m.\"end\", m.what, m.name FROM mentions m JOIN files f ON f.n = m.file \
               ORDER BY f.path, m.start";
    let mut definitions = Definitions { db, names: HashMap::new() };
    let mut statement = db.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (what, name): (String, String) = (row.get(3)?, row.get(4)?);
        let Some(what) = ReferenceKind::parse(&what) else { continue };
        if definitions.has(what, &name)? {
            continue;
        }
        let near = definitions.near(what, &name)?;
        let card = what == ReferenceKind::Story && definitions.has(ReferenceKind::Card, &name)?;
        found.push(Dangling { file: row.get(0)?, span: row.get(1)?..row.get(2)?, kind: what, name, near, card });
    }
    Ok(found)
}

/// Returns stories that nothing in the decks refers to, by file and place.
pub(crate) fn unnamed(db: &Connection) -> Result<Vec<UnusedStory>> {
    let sql = "SELECT f.path, c.line, s.id, s.shows FROM stories s JOIN files f ON f.n = s.file \
               JOIN names i ON i.name = s.id JOIN cards c ON c.id = i.n AND c.file = s.file \
               WHERE NOT EXISTS (SELECT 1 FROM mentions m WHERE m.name = s.id AND m.what IN (?1, ?2)) ORDER BY f.path, c.line";
    let row = |row: &rusqlite::Row<'_>| {
        let shows = serde_json::from_str(row.get_ref(3)?.as_str()?).unwrap_or_default();
        Ok(UnusedStory { file: row.get(0)?, line: row.get(1)?, id: row.get(2)?, shows })
    };
    db.prepare(sql)?.query_map([ReferenceKind::Story.word(), ReferenceKind::Card.word()], row)?.collect()
}

/// What the decks define. Names of one sort are read when the first is looked up; cards, which are many, only when one is
/// missing.
struct Definitions<'d> {
    db: &'d Connection,
    names: HashMap<ReferenceKind, BTreeSet<String>>,
}

impl Definitions<'_> {
    fn has(&mut self, what: ReferenceKind, name: &str) -> Result<bool> {
        match what {
            // A card is known by any id it ever had.
            ReferenceKind::Card => match known_number(self.db, name)? {
                Some(number) => self.db.prepare_cached("SELECT 1 FROM cards WHERE card = ?1")?.exists([number]),
                None => Ok(false),
            },
            ReferenceKind::Deck => Ok(titles(self.db)?.iter().any(|(path, title)| names_deck(name, path, title))),
            _ => Ok(self.names(what)?.contains(name)),
        }
    }

    fn near(&mut self, what: ReferenceKind, name: &str) -> Result<Option<String>> {
        Ok(nearest(name, self.names(what)?.iter().map(String::as_str)).map(str::to_owned))
    }

    fn names(&mut self, what: ReferenceKind) -> Result<&BTreeSet<String>> {
        if !self.names.contains_key(&what) {
            let names = self.read(what)?;
            self.names.insert(what, names);
        }
        Ok(&self.names[&what])
    }

    fn read(&self, what: ReferenceKind) -> Result<BTreeSet<String>> {
        let texts = |sql: &str| self.db.prepare(sql)?.query_map([], |row| row.get(0))?.collect();
        match what {
            ReferenceKind::Story => texts("SELECT DISTINCT id FROM stories"),
            ReferenceKind::Card => texts("SELECT DISTINCT i.name FROM cards c JOIN names i ON i.n = c.id"),
            ReferenceKind::Tag => texts("SELECT DISTINCT t.value FROM cards c, json_each(c.tags) t"),
            ReferenceKind::Rule => Ok(RULES.iter().map(|rule| rule.id.to_owned()).collect()),
            // Decks refer to none.
            ReferenceKind::File => Ok(BTreeSet::new()),
            ReferenceKind::Interview => {
                Ok(interviews(self.db)?.into_iter().map(|(interview, ..)| interview.id).collect())
            }
            ReferenceKind::Deck => {
                let names = |(path, title): (String, String)| [stem(&path).to_owned(), title, path];
                Ok(titles(self.db)?.into_iter().flat_map(names).collect())
            }
        }
    }
}
