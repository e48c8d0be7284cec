//! `sync`: exchanges reviews and decks through git.

use std::time::Duration;

use serde_json::{Value, json};

use super::context::Context;
use super::output::complain;
use crate::failure::{DONE, FINDINGS, Failure};
use crate::render::shown_line;
use crate::store::Counts;
use crate::sync::{self, Report, SyncRequest};
use crate::text::count;

/// Exchange reviews and decks with other machines, through git
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only say what would be done
    #[arg(long)]
    dry_run: bool,
    /// Also push commits that touch files outside the collection
    #[arg(long)]
    with_commits: bool,
}

/// Syncs and prints what was received and pushed. The exit code is 1 if the user has to do something.
pub(crate) fn run(context: &Context, args: &Args) -> Result<u8, Failure> {
    let mut collection = context.open_to_record()?;
    let program = std::env::current_exe().unwrap_or_else(|_| "rehearse".into());
    let bar = context.bar(Duration::ZERO);
    let request = SyncRequest {
        at: context.now(),
        host: &host(),
        program: &program,
        random: rand::random(),
        with_commits: args.with_commits,
        dry_run: args.dry_run,
        progress: &|what, done, of| bar.update(what, done, of),
    };
    let mut report = Report::default();
    let synced = sync::sync(&mut collection, &request, &mut report);
    bar.clear();
    print_report(context, &report, args.dry_run, synced.is_ok())?;
    synced?;
    match &report.trouble {
        Some(trouble) => {
            context.finish()?;
            complain(&trouble.message, Some(&trouble.help));
            Ok(FINDINGS)
        }
        None => Ok(DONE),
    }
}

/// Prints one fact per line, or one JSON object. Notes are printed on stderr in both cases.
fn print_report(context: &Context, report: &Report, dry_run: bool, whole: bool) -> Result<(), Failure> {
    report.notes.iter().for_each(|note| context.note(note));
    for (device, card, event) in &report.resets {
        context.note(&format!(
            "{device} reset `{card}`: its earlier reviews no longer count; `rehearse undo {event}` restores them"
        ));
    }
    if context.json() {
        return context.value(&report_row(report, dry_run, whole));
    }
    let facts = facts(report, whole);
    for (done, would, rest) in &facts {
        let line = if dry_run { format!("would {would} {rest}") } else { format!("{done} {rest}") };
        context.remark(&shown_line(&line))?;
    }
    if facts.is_empty() && whole && report.notes.is_empty() && report.trouble.is_none() {
        context.remark("nothing new")?;
    }
    Ok(())
}

/// Returns the facts as JSON. `whole` is false after an error; then nothing counts as pushed.
fn report_row(report: &Report, dry_run: bool, whole: bool) -> Value {
    let counted = |n: usize| if whole { n } else { 0 };
    let received = report.received.iter().filter(|(_, counts)| events(*counts).next().is_some());
    let received = received.map(|(name, c)| json!({ "from": name, "reviews": c.reviews, "others": c.others }));
    let resets = report.resets.iter();
    let resets = resets.map(|(name, card, id)| json!({ "from": name, "card": card.as_str(), "event": id.to_string() }));
    let trouble = report.trouble.as_ref().map(|t| json!({ "message": t.message, "help": t.help }));
    json!({
        "dry_run": dry_run,
        "done": whole,
        "received": received.collect::<Vec<_>>(),
        "resets": resets.collect::<Vec<_>>(),
        "decks": { "received": counted(report.decks), "merged": counted(report.merged) },
        "pushed": {
            "commits": counted(report.commits),
            "reviews": counted(report.pushed.reviews),
            "others": counted(report.pushed.others),
        },
        "written": report.written.filter(|_| whole).map(|left| left.files),
        "notes": report.notes,
        "trouble": trouble,
    })
}

/// Returns what happened, as a verb in the past and in the infinitive with its object. After an error nothing counts as
/// pushed.
fn facts(report: &Report, whole: bool) -> Vec<(&'static str, &'static str, String)> {
    let mut facts = Vec::new();
    for (name, counts) in &report.received {
        facts.extend(events(*counts).map(|what| ("received", "receive", format!("{what} from {name}"))));
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
        if let Some(left) = report.written.filter(|left| left.files > 0) {
            facts.push(("wrote", "write", format!("{} of the journal", count(left.files, "file"))));
        }
    }
    facts
}

fn events(counts: Counts) -> impl Iterator<Item = String> {
    let counted = [(counts.reviews, "review"), (counts.others, "other event")];
    counted.into_iter().filter(|(n, _)| *n > 0).map(|(n, noun)| count(n, noun))
}

fn host() -> String {
    let name = gethostname::gethostname().to_string_lossy().into_owned();
    name.split('.').next().unwrap_or_default().to_owned()
}
