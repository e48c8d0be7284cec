//! The author of a deck, wherever they are.

use crate::diagnostic::Diagnostic;
use crate::failure::Failure;

pub(crate) trait Author {
    fn say(&mut self, line: &str) -> Result<(), Failure>;
    fn note(&mut self, text: &str) -> Result<(), Failure>;
    fn problem(&mut self, problem: &Diagnostic) -> Result<(), Failure>;
    /// Asks a question; `None` if nobody can answer.
    fn ask(&mut self, question: &str) -> Result<Option<String>, Failure>;
}
