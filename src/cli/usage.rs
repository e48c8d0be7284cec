//! A wrong call in the words of every other message: what is wrong, and what to write instead.

use std::error::Error as _;
use std::num::ParseIntError;

use clap::Error;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::text::{did_you_mean, list, nearest};

/// What is wrong with a call, and the next move.
pub(crate) fn words(error: &Error) -> (String, String) {
    let call = Call(error);
    let (name, value) = (call.names(ContextKind::InvalidArg), call.text(ContextKind::InvalidValue));
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let help = call.suggestion(ContextKind::SuggestedSubcommand);
            let message = format!("no command `{}`", call.text(ContextKind::InvalidSubcommand));
            (message, help.unwrap_or_else(|| "`rehearse --help` shows every command".to_owned()))
        }
        ErrorKind::UnknownArgument => {
            let stray = call.text(ContextKind::InvalidArg);
            if stray.starts_with('-') {
                let help = call.suggestion(ContextKind::SuggestedArg).unwrap_or_else(|| MANUAL.to_owned());
                (format!("no option `{stray}` here"), help)
            } else {
                (format!("`{stray}` is one too many"), call.usage())
            }
        }
        ErrorKind::InvalidValue if value.is_empty() => (format!("{name} needs a value"), call.values()),
        ErrorKind::InvalidValue => {
            let known = call.texts(ContextKind::ValidValue);
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            (format!("{name} cannot be \"{value}\""), did_you_mean(&value, &known))
        }
        ErrorKind::ValueValidation => {
            let help = match error.source() {
                Some(source) if source.is::<ParseIntError>() => "write a whole number".to_owned(),
                Some(source) => source.to_string(),
                None => call.usage(),
            };
            (format!("{name} cannot be \"{value}\""), help)
        }
        ErrorKind::MissingRequiredArgument => {
            let are = if call.texts(ContextKind::InvalidArg).len() == 1 { "is" } else { "are" };
            (format!("{name} {are} missing"), call.usage())
        }
        ErrorKind::ArgumentConflict => {
            let other = call.names(ContextKind::PriorArg);
            let twice = name == other;
            let message =
                if twice { format!("{name} stands twice") } else { format!("{name} does not go with {other}") };
            (message, "leave one of them out".to_owned())
        }
        ErrorKind::TooManyValues => (format!("{name} takes no value"), format!("write {name} alone")),
        ErrorKind::InvalidUtf8 => ("an argument is not UTF-8".to_owned(), call.usage()),
        _ => ("the call makes no sense".to_owned(), call.usage()),
    }
}

/// Where everything is told.
const MANUAL: &str = "`rehearse COMMAND --help` tells what it takes";

/// What clap knows of a wrong call.
struct Call<'e>(&'e Error);

impl Call<'_> {
    fn texts(&self, kind: ContextKind) -> Vec<String> {
        match self.0.get(kind) {
            Some(ContextValue::String(text)) => vec![text.clone()],
            Some(ContextValue::Strings(texts)) => texts.clone(),
            _ => Vec::new(),
        }
    }

    fn text(&self, kind: ContextKind) -> String {
        self.texts(kind).into_iter().next().unwrap_or_default()
    }

    /// Arguments as this program writes them: `--limit`, `GRADE`.
    fn names(&self, kind: ContextKind) -> String {
        let bare = |name: &String| {
            let name = name.split([' ', '=']).next().unwrap_or_default();
            format!("`{}`", name.trim_matches(['<', '>', '[', ']', '.']))
        };
        list(&self.texts(kind).iter().map(bare).collect::<Vec<_>>(), "and")
    }

    /// What was probably meant, if it is as near as every other suggestion of this program.
    fn suggestion(&self, kind: ContextKind) -> Option<String> {
        let written = [ContextKind::InvalidSubcommand, ContextKind::InvalidArg].map(|kind| self.text(kind)).concat();
        let near = self.texts(kind);
        nearest(&written, near.iter().map(String::as_str)).map(|near| format!("did you mean `{near}`?"))
    }

    fn values(&self) -> String {
        let values = self.texts(ContextKind::ValidValue);
        let values: Vec<String> =
            values.iter().filter(|value| !value.is_empty()).map(|value| format!("`{value}`")).collect();
        if values.is_empty() { self.usage() } else { format!("it is {}", list(&values, "or")) }
    }

    /// How the command is called.
    fn usage(&self) -> String {
        match self.0.get(ContextKind::Usage) {
            Some(ContextValue::StyledStr(usage)) => {
                let usage = usage.to_string();
                // What the environment gives is no part of the call.
                let given = [" --dir <DIR>", " --local <DIR>", " --now <TIME>"];
                let usage = given.iter().fold(usage.replace("Usage:", ""), |usage, given| usage.replace(given, ""));
                format!("write `{}`", usage.trim().replace(['<', '>'], ""))
            }
            _ => MANUAL.to_owned(),
        }
    }
}
