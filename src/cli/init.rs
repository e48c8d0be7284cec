//! `init`: a new collection with starter decks.

use std::path::{Path, PathBuf};

use clap::builder::PossibleValuesParser;
use serde_json::{Value, json};

use super::context::{Context, current_folder};
use crate::collection::{self, Created, Driver, Hook, PACKS, Pack};
use crate::failure::{DONE, Failure};
use crate::render::{shown_block, shown_line};
use crate::text::{agree, count};

/// Make a collection with starter decks
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Where [default: the current folder]
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Also a hook of git that takes the journal along with every commit, for those who do not `sync`
    #[arg(long)]
    hook: bool,
    /// Copy this pack, too; where decks exist, only packs named so are copied, without the cards that are there
    #[arg(long = "pack", value_name = "PACK", value_parser = pack_names(), hide_possible_values = true)]
    packs: Vec<String>,
    /// List the packs, and do nothing else
    #[arg(long, conflicts_with_all = ["folder", "hook", "packs"])]
    list: bool,
}

fn pack_names() -> PossibleValuesParser {
    PossibleValuesParser::new(PACKS.iter().map(|pack| pack.name))
}

/// Adds what is missing; overwrites nothing and commits nothing.
pub(crate) fn run(context: &Context, args: &Args) -> Result<u8, Failure> {
    if args.list {
        return list_packs(context);
    }
    let named = args.folder.as_ref().filter(|folder| folder.as_path() != Path::new("."));
    let folder = match named {
        Some(folder) => folder.clone(),
        None => current_folder()?,
    };
    let made = collection::init(&folder, &args.packs)?;
    // A path such as `..` names nothing.
    let folder = if folder.file_name().is_some() { folder } else { folder.canonicalize().unwrap_or(folder) };
    if !context.json() {
        print_made(context, &made, &folder)?;
    }
    note_driver(context, &made.driver);
    let hook = args.hook.then(|| collection::hook(&folder)).transpose()?;
    if let Some(Hook::Taken(path, _)) = &hook {
        context.note(&format!("{path} is your own, and stays as it is; these lines would take the journal along"));
    }
    if context.json() {
        return context.value(&made_row(&made, &folder, hook.as_ref())).map(|()| DONE);
    }
    match &hook {
        Some(Hook::Written(path)) => {
            context.line(&format!("Every commit takes the journal along now, by {}.", shown_line(path)))?;
        }
        Some(Hook::There) => context.line("The hook is there already.")?,
        Some(Hook::Taken(_, lines)) => context.line(&shown_block(lines))?,
        None => {}
    }
    let dir = named.map(|_| format!(" --dir {}", shown_line(&folder.display().to_string())));
    context.line(&format!("`rehearse review{}` begins.", dir.unwrap_or_default()))?;
    Ok(DONE)
}

fn list_packs(context: &Context) -> Result<u8, Failure> {
    if context.json() {
        let row = |pack: &Pack| json!({"name": pack.name, "cards": pack.cards(), "about": pack.about});
        let rows: Vec<Value> = PACKS.iter().map(row).collect();
        return context.value(&json!({ "packs": rows })).map(|()| DONE);
    }
    for pack in &PACKS {
        context.line(&format!("  {:<10}  {:>3}  {}", pack.name, pack.cards(), pack.about))?;
    }
    Ok(DONE)
}

fn print_made(context: &Context, made: &Created, folder: &Path) -> Result<(), Failure> {
    for file in &made.files {
        context.remark(&format!("  {}", shown_line(file)))?;
    }
    let place = shown_line(&folder.display().to_string());
    if made.files.is_empty() && made.attributes == 0 && !matches!(made.driver, Driver::Set(_)) {
        context.line(&format!("Nothing was missing in {place}."))?;
    }
    if !made.files.is_empty() {
        context.line(&format!("Made {} in {place}.", count(made.files.len(), "file")))?;
    }
    if made.attributes > 0 {
        context.line(&format!("Added {} to .gitattributes.", count(made.attributes, "line")))?;
    }
    if made.cards_left_out > 0 {
        let (cards, are) = (count(made.cards_left_out, "card"), agree(made.cards_left_out, "is", "are"));
        context.line(&format!("Left out {cards} that {are} here already."))?;
    }
    if made.had_decks && !made.files.is_empty() {
        context.line("There are decks here, so no starter pack was copied. `rehearse init --list` shows the packs.")?;
    }
    if made.examples_left_out {
        context.line("The examples are left out: `rehearse.toml` does not exclude them, so they would be asked.")?;
    }
    if made.repository {
        context.line("It is a git repository now; nothing is committed.")?;
    }
    if let Driver::Set(program) = &made.driver {
        let why = if program.starts_with('\'') { ", which is not what PATH finds" } else { "" };
        context.line(&format!("In this clone git merges decks card by card, with {}{why}.", shown_line(program)))?;
    }
    Ok(())
}

fn note_driver(context: &Context, driver: &Driver) {
    match driver {
        Driver::None | Driver::There | Driver::Set(_) => {}
        Driver::Foreign => {
            context.note("`git config merge.rehearse-deck.driver` is another command; it stays as it is");
        }
        Driver::Refused => context.note("git cannot be told how to merge decks: its configuration cannot be written"),
    }
}

fn made_row(made: &Created, folder: &Path, hook: Option<&Hook>) -> Value {
    let driver = match &made.driver {
        Driver::None => "none",
        Driver::There => "there",
        Driver::Set(_) => "set",
        Driver::Foreign => "foreign",
        Driver::Refused => "refused",
    };
    let hook = hook.map(|hook| match hook {
        Hook::Written(_) => "written",
        Hook::There => "there",
        Hook::Taken(..) => "taken",
    });
    json!({
        "folder": folder.display().to_string(), "files": made.files, "attributes": made.attributes,
        "examples_left_out": made.examples_left_out, "repository": made.repository, "driver": driver, "hook": hook,
    })
}
