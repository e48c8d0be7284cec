//! Arguments that several commands take.

use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue};
use clap::{Args, ValueEnum};

use super::clock::in_local_zone;
use crate::clock::Instant;
use crate::deck::Kind;
use crate::render::{harmless, shown_line};
use crate::text::did_you_mean;

#[derive(Debug, Args)]
pub(crate) struct GlobalArgs {
    /// The folder of decks [default: the nearest upwards with `.rehearse/` or `rehearse.toml`, else `./decks`]
    #[arg(long, global = true, value_name = "DIR", env = "REHEARSE_DIR", hide_env_values = true)]
    pub(crate) dir: Option<PathBuf>,
    /// This machine's folder [default: `.rehearse/local` in the folder of decks]
    #[arg(long, global = true, value_name = "DIR", env = "REHEARSE_LOCAL", hide_env_values = true)]
    pub(crate) local: Option<PathBuf>,
    /// Start the clock then: RFC 3339, or Unix milliseconds
    #[arg(long, global = true, value_name = "TIME", env = "REHEARSE_NOW", hide_env_values = true, value_parser = parse_now)]
    pub(crate) now: Option<Instant>,
    /// Answer in JSON
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Say only what was asked for
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// When to use colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", value_enum)]
    pub(crate) color: Color,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

/// Parses `--now`: RFC 3339 with its offset, or Unix milliseconds in the local time zone.
fn parse_now(text: &str) -> Result<Instant, String> {
    let parsed = match text.parse::<i64>() {
        Ok(ms) => in_local_zone(ms),
        Err(_) => Instant::parse_rfc3339(text),
    };
    parsed.ok_or_else(|| "a time is written 2026-11-22T07:30:00+01:00, or in Unix milliseconds".to_owned())
}

/// Escapes the arguments that an error quotes, so that they cannot send escape sequences or imitate lines of the program.
pub(crate) fn escaped(error: &mut clap::Error) -> &clap::Error {
    let quoted: Vec<(ContextKind, ContextValue)> = error.context().map(|(kind, value)| (kind, value.clone())).collect();
    for (kind, value) in quoted {
        match value {
            ContextValue::String(text) => {
                error.insert(kind, ContextValue::String(shown_line(&text)));
            }
            ContextValue::Strings(texts) => {
                let texts = texts.iter().map(|text| shown_line(text)).collect();
                error.insert(kind, ContextValue::Strings(texts));
            }
            // A suggestion has styles between its words, and is not worth escaping.
            ContextValue::StyledStrs(texts) if !texts.iter().all(|text| text.to_string().chars().all(harmless)) => {
                error.remove(kind);
            }
            _ => {}
        }
    }
    error
}

pub(crate) fn parse_kind(text: &str) -> Result<Kind, String> {
    let known: Vec<&str> = Kind::ALL.iter().map(|(_, word)| *word).collect();
    Kind::parse(text).ok_or_else(|| did_you_mean(text, &known))
}
