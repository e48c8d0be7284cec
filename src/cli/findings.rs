//! Findings on stdout, and as JSON rows.

use serde_json::{Value, json};

use super::context::Context;
use crate::diagnostic::Diagnostic;
use crate::failure::Failure;

/// Prints findings in full, with an empty line between them.
pub(crate) fn print_findings(context: &Context, findings: &[Diagnostic]) -> Result<(), Failure> {
    for (n, finding) in findings.iter().enumerate() {
        let gap = if n > 0 { "\n" } else { "" };
        context.line(&format!("{gap}{}", finding.long()))?;
    }
    Ok(())
}

pub(crate) fn finding_row(finding: &Diagnostic) -> Value {
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
