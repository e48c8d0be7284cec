//! `check`: every finding in the decks, on stdout, and what a check is about; `schema`: what may stand in a deck.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::context::Door;
use super::{CheckArgs, CheckFormat, DONE, FINDINGS};
use crate::check::{self, Example};
use crate::collection::{Failure, Folders};
use crate::deck;
use crate::diagnostic::{Diagnostic, Severity};
use crate::render::shown_block;
use crate::text::did_you_mean;

/// Finds what is wrong; exit 1 if something needs the author.
pub(crate) fn check(door: &mut Door, args: &CheckArgs) -> Result<u8, Failure> {
    if let Some(name) = &args.explain {
        return explain(door, name, args.format);
    }
    let findings = match args.folders.as_slice() {
        [] => door.open_at(door.folders()?, false, true)?.check()?,
        folders => check_folders(door, folders)?,
    };
    match if door.json() { CheckFormat::Json } else { args.format } {
        CheckFormat::Json => door.value(&json!({ "findings": findings.iter().map(row).collect::<Vec<_>>() }))?,
        CheckFormat::Short => findings.iter().try_for_each(|finding| door.line(&finding.short()))?,
        CheckFormat::Long => print(door, &findings)?,
    }
    let needs_author = findings.iter().any(|finding| finding.severity < Severity::Info);
    Ok(if needs_author { FINDINGS } else { DONE })
}

/// The findings of some folders: collections, or parts of them. Each collection is opened once, and each finding named once.
fn check_folders(door: &Door, folders: &[PathBuf]) -> Result<Vec<Diagnostic>, Failure> {
    let mut collections: Vec<(Folders, Vec<PathBuf>)> = Vec::new();
    for folder in folders {
        let around = door.folders_around(folder)?;
        let part = folder.canonicalize()?.strip_prefix(&around.root).map(Path::to_owned).unwrap_or_default();
        match collections.iter_mut().find(|(known, _)| known.root == around.root) {
            Some((_, parts)) => parts.push(part),
            None => collections.push((around, vec![part])),
        }
    }
    if collections.len() > 1 && door.names_local() {
        let message = "`--local` is the folder of one collection, and these are several";
        return Err(Failure::usage(message, "check them one by one"));
    }
    let mut findings = Vec::new();
    for (collection, parts) in collections {
        let mut found = door.open_at(collection, false, true)?.check()?;
        found.retain(|finding| parts.iter().any(|part| Path::new(&finding.file).starts_with(part)));
        findings.extend(found);
    }
    Ok(findings)
}

/// Findings in full, an empty line between them.
pub(crate) fn print(door: &Door, findings: &[Diagnostic]) -> Result<(), Failure> {
    for (n, finding) in findings.iter().enumerate() {
        let gap = if n > 0 { "\n" } else { "" };
        door.line(&format!("{gap}{}", finding.long()))?;
    }
    Ok(())
}

/// A finding in JSON.
pub(crate) fn row(finding: &Diagnostic) -> Value {
    json!({
        "file": finding.file,
        "line": finding.line,
        "column": finding.column,
        "severity": finding.severity.word(),
        "check": finding.check,
        "message": finding.message,
        "help": finding.help,
    })
}

/// Tells what a check finds, with its example and what is said of that.
fn explain(door: &Door, name: &str, format: CheckFormat) -> Result<u8, Failure> {
    let Some(check) = check::named(name) else {
        let known: Vec<&str> = check::CHECKS.iter().map(|check| check.name).collect();
        return Err(Failure::usage(format!("no check `{name}`"), did_you_mean(name, &known)));
    };
    let (name, severity) = (check.name, check.severity.word());
    let text = check.example.text();
    if door.json() || format == CheckFormat::Json {
        door.value(&json!({
            "check": name, "severity": severity, "finds": check.finds, "example": text, "says": check.says,
        }))?;
        return Ok(DONE);
    }
    door.line(&format!("`{name}` ({severity}) finds {}.", check.finds))?;
    door.line(match check.example {
        Example::Deck(_) => "\nAn example, `bad.toml`:\n",
        Example::Commands(_) => "\nAn example, as commands:\n",
    })?;
    door.line(&shown_block(text))?;
    door.line("\nWhat `rehearse check` says of it:\n")?;
    door.line(&shown_block(check.says))?;
    Ok(DONE)
}

/// Prints what may stand in a deck as JSON schema.
pub(crate) fn schema(door: &mut Door) -> Result<u8, Failure> {
    door.line(&format!("{:#}", deck::schema()))?;
    Ok(DONE)
}
