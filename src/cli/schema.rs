//! `schema`: the deck format as JSON schema.

use super::context::Context;
use crate::deck;
use crate::failure::{DONE, Failure};

/// Print the deck format as JSON schema, for editors
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(context: &Context, _: &Args) -> Result<u8, Failure> {
    context.verbatim(&format!("{:#}", deck::schema()))?;
    Ok(DONE)
}
