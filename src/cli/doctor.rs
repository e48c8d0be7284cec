//! `doctor`: what looks wrong with clocks, ids and files, and how to fix it.

use serde_json::json;

use super::context::Context;
use super::rows::{finding_row, print_findings};
use crate::check;
use crate::collection::Health;
use crate::diagnostic::Severity;
use crate::doctor;
use crate::failure::{DONE, FINDINGS, Failure};
use crate::history::Device;
use crate::render::shown_line;
use crate::store;
use crate::text::did_you_mean;

/// Find what is wrong with clocks, histories and this machine's files
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Mend what can be mended without a doubt, and say what was done
    #[arg(long)]
    fix: bool,
    /// Tell what a finding means, and what to do about it
    #[arg(long, value_name = "NAME", conflicts_with = "fix")]
    explain: Option<String>,
}

/// Prints the findings. The exit code is 1 if the user has to do something.
pub(crate) fn run(context: &Context, args: &Args) -> Result<u8, Failure> {
    if let Some(name) = &args.explain {
        return explain(context, name);
    }
    let folders = context.folders()?;
    let (mut health, fixed) = examine(context, store::copied_from(&folders.local), args.fix)?;
    if !fixed.is_empty() {
        health = examine(context, None, false)?.0;
    }
    if context.json() {
        let findings: Vec<_> = health.findings.iter().map(finding_row).collect();
        let mut answer = json!({ "findings": findings });
        if args.fix {
            answer["mended"] = json!(fixed);
        }
        context.value(&answer)?;
    } else {
        fixed.iter().try_for_each(|line| context.line(&format!("mended {}", shown_line(line))))?;
        if !fixed.is_empty() && !health.findings.is_empty() {
            context.line("")?;
        }
        print_findings(context, &health.findings)?;
    }
    let needs_user = health.findings.iter().any(|finding| finding.severity < Severity::Info);
    Ok(if needs_user { FINDINGS } else { DONE })
}

/// Opens the collection and examines it. With `fix` it fixes what it can; the second value says what was fixed.
fn examine(context: &Context, copied: Option<Device>, fix: bool) -> Result<(Health, Vec<String>), Failure> {
    let collection = context.open_at(context.folders()?, fix, true)?;
    let health = collection.health(context.now(), copied, &|_, _, _| {})?;
    let fixed = if fix { collection.fix(&health, context.now())? } else { Vec::new() };
    Ok((health, fixed))
}

fn explain(context: &Context, name: &str) -> Result<u8, Failure> {
    let Some(problem) = doctor::named(name) else {
        let help = match check::named(name) {
            Some(_) => format!("`rehearse check --explain {name}` tells of it"),
            None => did_you_mean(name, &doctor::PROBLEMS.iter().map(|problem| problem.name).collect::<Vec<_>>()),
        };
        return Err(Failure::usage(format!("`doctor` has no finding `{name}`"), help));
    };
    let (severity, finds, fix) = (problem.severity.word(), problem.finds, problem.fix);
    if context.json() {
        context.value(&json!({ "check": name, "severity": severity, "finds": finds, "help": fix }))?;
    } else {
        context.line(&format!("`{name}` ({severity}) finds {finds}.\nWhat to do: {fix}."))?;
    }
    Ok(DONE)
}
