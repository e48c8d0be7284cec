//! `check`: every finding in the decks, on stdout, and what a check is about; `schema`: what may stand in a deck.

use std::path::Path;

use serde_json::{Value, json};

use super::door::Door;
use super::{CheckArgs, CheckFormat, DONE, FINDINGS};
use crate::check::{self, Example};
use crate::collection::{Failure, Folders};
use crate::deck;
use crate::diagnostic::{Diagnostic, Severity, did_you_mean, shown_block};

/// Finds what is wrong; exit 1 if something needs the author.
pub fn check(door: &mut Door, args: &CheckArgs) -> Result<u8, Failure> {
    if let Some(name) = &args.explain {
        return explain(door, name, args.format);
    }
    let mut findings = Vec::new();
    if args.folders.is_empty() {
        findings = door.open_at(door.folders()?, false, true)?.check()?;
    }
    for folder in &args.folders {
        findings.extend(check_folder(door, folder)?);
    }
    match if door.json() { CheckFormat::Json } else { args.format } {
        CheckFormat::Json => door.value(&json!({ "findings": findings.iter().map(row).collect::<Vec<_>>() }))?,
        CheckFormat::Short => findings.iter().try_for_each(|finding| door.line(&finding.short()))?,
        CheckFormat::Long => print(door, &findings)?,
    }
    let needs_author = findings.iter().any(|finding| finding.severity < Severity::Info);
    Ok(if needs_author { FINDINGS } else { DONE })
}

/// The findings of one folder: a collection, or a part of one.
fn check_folder(door: &Door, folder: &Path) -> Result<Vec<Diagnostic>, Failure> {
    let named = Folders::find(Some(folder), None, folder)?;
    let collection = match Folders::find(None, None, &named.root) {
        Ok(around) if named.root.starts_with(&around.root) => around,
        _ => named.clone(),
    };
    let below =
        named.root.strip_prefix(&collection.root).map(|below| below.to_string_lossy().into_owned()).unwrap_or_default();
    let mut findings = door.open_at(collection, false, true)?.check()?;
    findings.retain(|finding| Path::new(&finding.file).starts_with(&below));
    Ok(findings)
}

/// Findings in full, an empty line between them.
pub fn print(door: &Door, findings: &[Diagnostic]) -> Result<(), Failure> {
    for (n, finding) in findings.iter().enumerate() {
        let gap = if n > 0 { "\n" } else { "" };
        door.line(&format!("{gap}{}", finding.long()))?;
    }
    Ok(())
}

/// A finding in JSON.
pub fn row(finding: &Diagnostic) -> Value {
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
pub fn schema(door: &mut Door) -> Result<u8, Failure> {
    door.line(&format!("{:#}", deck::schema()))?;
    Ok(DONE)
}
