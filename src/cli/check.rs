//! `check`: findings in the decks, and what a check is about.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde_json::json;

use super::context::Context;
use super::rows::{finding_row, print_findings};
use crate::check::{self, Example};
use crate::collection::Folders;
use crate::diagnostic::{Diagnostic, Severity};
use crate::failure::{DONE, FINDINGS, Failure};
use crate::render::shown_block;
use crate::text::did_you_mean;

/// Find what is wrong in the decks
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only these folders
    #[arg(value_name = "DIR")]
    folders: Vec<PathBuf>,
    /// How findings look
    #[arg(long, value_name = "FORMAT", default_value = "long", value_enum)]
    format: FindingFormat,
    /// Tell what a check finds, with an example
    #[arg(long, value_name = "NAME", conflicts_with = "folders")]
    explain: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FindingFormat {
    /// With excerpt and help
    Long,
    /// One line each, for editors
    Short,
    /// One JSON object
    Json,
}

/// Prints the findings. The exit code is 1 if the author has to do something.
pub(crate) fn run(context: &Context, args: &Args) -> Result<u8, Failure> {
    if let Some(name) = &args.explain {
        return explain(context, name, args.format);
    }
    let findings = match args.folders.as_slice() {
        [] => context.open_at(context.folders()?, false, true)?.check()?,
        folders => check_folders(context, folders)?,
    };
    match if context.json() { FindingFormat::Json } else { args.format } {
        FindingFormat::Json => {
            context.value(&json!({ "findings": findings.iter().map(finding_row).collect::<Vec<_>>() }))?;
        }
        FindingFormat::Short => findings.iter().try_for_each(|finding| context.line(&finding.short()))?,
        FindingFormat::Long => print_findings(context, &findings)?,
    }
    let needs_author = findings.iter().any(|finding| finding.severity < Severity::Info);
    Ok(if needs_author { FINDINGS } else { DONE })
}

/// Checks folders, which are collections or parts of them. Each collection is opened once, and each finding returned once.
fn check_folders(context: &Context, folders: &[PathBuf]) -> Result<Vec<Diagnostic>, Failure> {
    let mut collections: Vec<(Folders, Vec<PathBuf>)> = Vec::new();
    for folder in folders {
        if !folder.is_dir() {
            let message = format!("`{}` is not a folder", folder.display());
            return Err(Failure::usage(message, "name folders of decks, or none to check the whole collection"));
        }
        let around = context.folders_around(folder)?;
        let part = folder.canonicalize()?.strip_prefix(&around.root).map(Path::to_owned).unwrap_or_default();
        match collections.iter_mut().find(|(known, _)| known.root == around.root) {
            Some((_, parts)) => parts.push(part),
            None => collections.push((around, vec![part])),
        }
    }
    if collections.len() > 1 && context.names_local() {
        let message = "`--local` is the folder of one collection, and these are several";
        return Err(Failure::usage(message, "check them one by one"));
    }
    let mut findings = Vec::new();
    for (collection, parts) in collections {
        let mut found = context.open_at(collection, false, true)?.check()?;
        found.retain(|finding| parts.iter().any(|part| Path::new(&finding.file).starts_with(part)));
        findings.extend(found);
    }
    Ok(findings)
}

fn explain(context: &Context, name: &str, format: FindingFormat) -> Result<u8, Failure> {
    let Some(check) = check::named(name) else {
        let known: Vec<&str> = check::CHECKS.iter().map(|check| check.name).collect();
        return Err(Failure::usage(format!("no check `{name}`"), did_you_mean(name, &known)));
    };
    let (name, severity) = (check.name, check.severity.word());
    let text = check.example.text();
    if context.json() || format == FindingFormat::Json {
        context.value(&json!({
            "check": name, "severity": severity, "finds": check.finds, "example": text, "says": check.says,
        }))?;
        return Ok(DONE);
    }
    context.line(&format!("`{name}` ({severity}) finds {}.", check.finds))?;
    context.line(match check.example {
        Example::Deck(_) => "\nAn example, `bad.toml`:\n",
        Example::Commands(_) => "\nAn example, as commands:\n",
    })?;
    context.line(&shown_block(text))?;
    context.line("\nWhat `rehearse check` says of it:\n")?;
    context.line(&shown_block(check.says))?;
    Ok(DONE)
}
