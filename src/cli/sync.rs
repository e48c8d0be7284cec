//! `sync`: history travels with git; `export --journal`: its files for those who prefer plain git.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::context::{Door, complain};
use super::{DONE, ExportArgs, FINDINGS, SyncArgs};
use crate::collection::Failure;
use crate::exchange;
use crate::render::shown_line;
use crate::store::{Counts, Journal};
use crate::sync::{self, Report, Request};
use crate::text::count;

/// Syncs, and says what came and what went; exit 1 if something needs the user.
pub(crate) fn sync(door: &mut Door, args: &SyncArgs) -> Result<u8, Failure> {
    let mut collection = door.open_to_record()?;
    let program = std::env::current_exe().unwrap_or_else(|_| "rehearse".into());
    let bar = door.bar(Duration::ZERO);
    let request = Request {
        at: door.now(),
        host: &host(),
        program: &program,
        random: rand::random(),
        with_commits: args.with_commits,
        dry_run: args.dry_run,
        progress: &|what, done, of| bar.at(what, done, of),
    };
    let mut report = Report::default();
    let synced = sync::sync(&mut collection, &request, &mut report);
    bar.clear();
    tell(door, &report, args.dry_run, synced.is_ok())?;
    synced?;
    match &report.trouble {
        Some(trouble) => {
            door.finish()?;
            complain(&trouble.message, Some(&trouble.help));
            Ok(FINDINGS)
        }
        None => Ok(DONE),
    }
}

/// A fact a line, or all of them as one JSON object; notes in either case on stderr, too.
fn tell(door: &Door, report: &Report, dry_run: bool, whole: bool) -> Result<(), Failure> {
    report.notes.iter().for_each(|note| door.note(note));
    if door.json() {
        return door.value(&value(report, dry_run, whole));
    }
    let facts = facts(report, whole);
    for (done, would, rest) in &facts {
        let line = if dry_run { format!("would {would} {rest}") } else { format!("{done} {rest}") };
        door.remark(&shown_line(&line))?;
    }
    if facts.is_empty() && whole && report.notes.is_empty() && report.trouble.is_none() {
        door.remark("nothing new")?;
    }
    Ok(())
}

/// The facts with their names: what was done, or with `dry_run` what would be. `done` is false where it ended in an error;
/// what was to be pushed counts only if all went well.
fn value(report: &Report, dry_run: bool, whole: bool) -> Value {
    let counted = |n: usize| if whole { n } else { 0 };
    let received = report.received.iter().filter(|(_, counts)| events(*counts).next().is_some());
    let received = received.map(|(name, c)| json!({ "from": name, "reviews": c.reviews, "others": c.others }));
    let trouble = report.trouble.as_ref().map(|t| json!({ "message": t.message, "help": t.help }));
    json!({
        "dry_run": dry_run,
        "done": whole,
        "received": received.collect::<Vec<_>>(),
        "forgotten": report.forgotten,
        "decks": { "received": counted(report.decks), "merged": counted(report.merged) },
        "pushed": {
            "commits": counted(report.commits),
            "reviews": counted(report.pushed.reviews),
            "others": counted(report.pushed.others),
            "purged": counted(report.purged),
        },
        "written": report.written.filter(|_| whole).map(|left| left.files),
        "notes": report.notes,
        "trouble": trouble,
    })
}

/// What happened, what would happen, and to what. What was to be pushed counts only if all went well.
fn facts(report: &Report, whole: bool) -> Vec<(&'static str, &'static str, String)> {
    let mut facts = Vec::new();
    for (name, counts) in &report.received {
        facts.extend(events(*counts).map(|what| ("received", "receive", format!("{what} from {name}"))));
    }
    if report.forgotten > 0 {
        facts.push(("forgot", "forget", format!("{}, purged elsewhere", count(report.forgotten, "card"))));
    }
    if whole {
        if report.decks > 0 {
            facts.push(("received", "receive", count(report.decks, "deck")));
        }
        if report.merged > 0 {
            facts.push(("merged", "merge", count(report.merged, "deck")));
        }
        if report.commits > 0 {
            facts.push(("pushed", "push", count(report.commits, "commit")));
        }
        facts.extend(events(report.pushed).map(|what| ("pushed", "push", what)));
        if report.purged > 0 {
            facts.push(("pushed", "push", count(report.purged, "purged card")));
        }
        if let Some(left) = report.written.filter(|left| left.files > 0) {
            facts.push(("wrote", "write", format!("{} of the journal", count(left.files, "file"))));
        }
    }
    facts
}

/// Reviews, then the rest, each if there is any.
fn events(counts: Counts) -> impl Iterator<Item = String> {
    let counted = [(counts.reviews, "review"), (counts.others, "other event")];
    counted.into_iter().filter(|(n, _)| *n > 0).map(|(n, noun)| count(n, noun))
}

/// What this machine is called, without the domain.
fn host() -> String {
    let name = gethostname::gethostname().to_string_lossy().into_owned();
    name.split('.').next().unwrap_or_default().to_owned()
}

/// Writes the journal's files, for those who commit them themselves.
pub(crate) fn export(door: &mut Door, _: &ExportArgs) -> Result<u8, Failure> {
    let mut collection = door.open_to_record()?;
    let settings = &collection.settings.sync;
    if settings.stays_here() {
        let message = "`private` of `[sync]` keeps the history out of this repository";
        return Err(Failure::usage(message, "`journal` of `[sync]` names another repository for it"));
    }
    let journal = Journal::new(&collection.folders.root, settings);
    let left = exchange::write(&mut collection.store, &journal, true)?;
    let folder = relative(&journal.folder(), &collection.folders.root);
    let place = shown_line(&folder);
    let ignored = sync::ignored(&collection)?;
    match (left.files, left.of) {
        _ if door.json() => {
            door.value(&json!({ "folder": folder, "written": left.files, "of": left.of, "ignored": ignored }))?;
        }
        (_, 0) => door.remark("No reviews yet, so there is no journal to write.")?,
        (0, _) => door.remark(&format!("The journal in {place} is as it should be."))?,
        (files, _) => door.remark(&format!("wrote {} of the journal to {place}", count(files, "file")))?,
    }
    if let Some(rule) = ignored {
        door.note(&format!("git ignores the journal ({rule}); `git add` will pass it over"));
    }
    Ok(DONE)
}

fn relative(folder: &Path, root: &Path) -> String {
    folder.strip_prefix(root).unwrap_or(folder).to_string_lossy().into_owned()
}
