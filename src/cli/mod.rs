//! The command line: arguments, dispatch, exit codes, and the only clock.
//!
//! A command is its arguments and one function; its doc comment is its manual. `look` holds those that only read, `act`
//! those that record, `review` the session, `door` the streams and the time, `usage` words for wrong calls, and every
//! other is a command's own.
//!
//! Not here: what a command does beyond reading its arguments and printing, which is in the modules below.

mod undo;
mod check;
mod coach;
mod candidates;
mod doctor;
mod context;
mod init;
mod due;
mod man;
mod merge_driver;
mod review;
mod show;
mod stats;
mod stories;
mod sync;
mod usage;
mod why;
mod add;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};

use crate::clock::Instant;
use crate::collection::Failure;
use crate::deck::Kind;
use crate::schedule::Grade;
use context::Door;

/// Rehearse answers that have to be given aloud: plain-text decks, spaced repetition, history that is never lost.
///
/// Without a command: today at a glance.
#[derive(Debug, Parser)]
#[command(name = "rehearse", version, max_term_width = 100, disable_help_subcommand = true)]
struct Cli {
    #[command(flatten)]
    everywhere: Everywhere,
    #[command(subcommand)]
    command: Option<Command>,
}

/// What every command takes.
#[derive(Debug, Args)]
struct Everywhere {
    /// The folder of decks [default: the nearest upwards with `.rehearse/` or `rehearse.toml`, else `./decks`]
    #[arg(long, global = true, value_name = "DIR", env = "REHEARSE_DIR", hide_env_values = true)]
    dir: Option<PathBuf>,
    /// This machine's folder [default: `.rehearse/local` in the folder of decks]
    #[arg(long, global = true, value_name = "DIR", env = "REHEARSE_LOCAL", hide_env_values = true)]
    local: Option<PathBuf>,
    /// Start the clock then: RFC 3339, or Unix milliseconds
    #[arg(long, global = true, value_name = "TIME", env = "REHEARSE_NOW", hide_env_values = true, value_parser = context::parse_now)]
    now: Option<Instant>,
    /// Answer in JSON
    #[arg(long, global = true)]
    json: bool,
    /// Say only what was asked for
    #[arg(long, short, global = true)]
    quiet: bool,
    /// When to use colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", value_enum)]
    color: Color,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Rehearse what is due today
    Review(ReviewArgs),
    /// Record one review without a session
    Grade(GradeArgs),
    /// Show what is due today
    Due(DueArgs),
    /// Show every card and how it stands
    List(ListArgs),
    /// Show reviews, the newest first
    Log(LogArgs),
    /// Take back the newest reviews, or any event
    Undo(UndoArgs),
    /// Stop asking a card for a while
    Suspend(CardArgs),
    /// Ask a suspended card again
    #[command(alias = "unsuspend")]
    Resume(CardArgs),
    /// Let the history of one card go on as another's
    Rename(RenameArgs),
    /// Find what is wrong in the decks
    Check(CheckArgs),
    /// Find what is wrong with clocks, histories and this machine's files
    Doctor(DoctorArgs),
    /// Make a collection with starter decks
    Init(InitArgs),
    /// Ask what a typed answer lacks, and what might sour whoever hears it
    ///
    /// Reads the answer from standard input, to its end.
    Coach(CoachArgs),
    /// Check a thank-you note as the coach does an answer
    Note(NoteArgs),
    /// Show one card whole, and how it went
    Show(CardArgs),
    /// Tell how a card's due day came about, and what each grade would do
    Why(CardArgs),
    /// Print the deck format as JSON schema, for editors
    Schema,
    /// Show what was rehearsed, what was remembered, and what comes
    Stats,
    /// Show which competencies your stories serve, what they lack, and where they were told
    Stories,
    /// Print what lets a shell complete commands, cards, decks and tags
    Completions(CompletionsArgs),
    /// Print the manual as a page for man(1), or write one for each command
    Man(ManArgs),
    /// Add a card or a story: $VISUAL or $EDITOR on a template at the end of a deck
    Add(AddArgs),
    /// Edit a card: $VISUAL or $EDITOR on its deck, at its line
    Edit(CardArgs),
    /// Write an id into every card that has none
    Ids(IdsArgs),
    /// Exchange reviews and decks with other machines, through git
    Sync(SyncArgs),
    /// Write the history out
    Export(ExportArgs),
    /// Merge a deck that two sides changed, card by card; git calls this
    ///
    /// The result takes the place of OURS. Exit codes: 0 merged; 1 merged with conflicts, which are marked; 129 no result,
    /// because it is no deck or has conflicts already: then OURS is as it was, and lines can be merged. `rehearse init`
    /// tells git of it, as the driver `rehearse-deck`.
    #[command(hide = true)]
    MergeDriver(MergeArgs),
}

/// What a session is about.
#[derive(Debug, Args)]
struct ReviewArgs {
    /// Only these decks: title, path, or folder
    #[arg(value_name = "DECK")]
    decks: Vec<String>,
    /// At most so many cards, whatever the settings say
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// At most so many new cards, whatever the settings say
    #[arg(long, value_name = "N")]
    new: Option<usize>,
    /// Begin no further card after so many minutes
    #[arg(long, value_name = "N")]
    minutes: Option<u32>,
    /// Only cards with this tag
    #[arg(long, value_name = "TAG")]
    tag: Vec<String>,
    /// Only cards of this kind
    #[arg(long, value_name = "KIND", value_parser = parse_kind)]
    kind: Vec<Kind>,
    /// Only cards for this round of interview
    #[arg(long, value_name = "N")]
    round: Option<i64>,
    /// Also cards that are not due yet, the soonest first
    #[arg(long)]
    ahead: bool,
    /// Every card that fits, and leave the schedule untouched
    #[arg(long, conflicts_with = "ahead")]
    cram: bool,
    /// Type the answers
    #[arg(long)]
    r#type: bool,
    /// Write the answers in $VISUAL or $EDITOR
    #[arg(long, conflicts_with = "type")]
    edit: bool,
    /// Name the competency behind each question first, where the card says what it shows
    #[arg(long)]
    spot: bool,
    /// A listener holds the sheet: points, model answer and follow-ups are shown from the start, and they tick
    #[arg(long, conflicts_with_all = ["type", "edit"])]
    partner: bool,
    /// How to talk: text, or one JSON object a line both ways, as with `--json`
    #[arg(long, value_name = "FORMAT", default_value = "text", value_enum)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Jsonl,
}

#[derive(Debug, Args)]
struct GradeArgs {
    /// The card
    #[arg(value_name = "ID")]
    card: String,
    /// From 0 (nothing came) to 5 (every point, inside the time)
    #[arg(value_name = "GRADE", value_parser = parse_grade)]
    grade: Grade,
    /// Spoken time in milliseconds
    #[arg(long, value_name = "N")]
    ms: Option<u64>,
    /// The numbers of the parts and points said, as in 1,3
    #[arg(long, value_name = "N", value_delimiter = ',')]
    ticks: Option<Vec<u16>>,
}

#[derive(Debug, Args)]
struct DueArgs {
    /// One line, for a shell prompt
    #[arg(long)]
    short: bool,
    /// Show at most so many cards
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Exit 4 when nothing is due
    #[arg(long)]
    exit_code: bool,
}

#[derive(Debug, Args)]
struct ListArgs {
    /// Cards with history that are in no deck
    #[arg(long)]
    absent: bool,
}

#[derive(Debug, Args)]
struct LogArgs {
    /// Every event, not only reviews
    #[arg(long)]
    all: bool,
}

#[derive(Debug, Args)]
struct UndoArgs {
    /// How many reviews, or the id of an event
    #[arg(value_name = "N|EVENT", default_value = "1")]
    what: String,
}

#[derive(Debug, Args)]
struct CardArgs {
    /// The card
    #[arg(value_name = "ID")]
    card: String,
}

#[derive(Debug, Args)]
struct RenameArgs {
    /// The card's id until now
    #[arg(value_name = "OLD")]
    old: String,
    /// Its id from now on
    #[arg(value_name = "NEW")]
    new: String,
}

#[derive(Debug, Args)]
struct CheckArgs {
    /// Only these folders
    #[arg(value_name = "DIR")]
    folders: Vec<PathBuf>,
    /// How findings look
    #[arg(long, value_name = "FORMAT", default_value = "long", value_enum)]
    format: CheckFormat,
    /// Tell what a check finds, with an example
    #[arg(long, value_name = "NAME", conflicts_with = "folders")]
    explain: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum CheckFormat {
    /// With excerpt and help
    Long,
    /// One line each, for editors
    Short,
    /// One JSON object
    Json,
}

#[derive(Debug, Args)]
struct DoctorArgs {
    /// Mend what can be mended without a doubt, and say what was done
    #[arg(long)]
    fix: bool,
    /// Tell what a finding means, and what to do about it
    #[arg(long, value_name = "NAME", conflicts_with = "fix")]
    explain: Option<String>,
    /// Forget the history of a card that is in no deck, for good and on every machine
    #[arg(long, value_name = "CARD", conflicts_with_all = ["fix", "explain"])]
    purge: Option<String>,
    /// Do not ask before purging
    #[arg(long, requires = "purge")]
    yes: bool,
}

#[derive(Debug, Args)]
struct InitArgs {
    /// Where [default: the current folder]
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Also a hook of git that takes the journal along with every commit, for those who do not `sync`
    #[arg(long)]
    hook: bool,
}

#[derive(Debug, Args)]
struct SyncArgs {
    /// Only say what would be done
    #[arg(long)]
    dry_run: bool,
    /// Also push commits that touch files outside the collection
    #[arg(long)]
    with_commits: bool,
}

#[derive(Debug, Args)]
struct ExportArgs {
    /// The journal, into `.rehearse/journal/`, for those who commit it themselves
    #[arg(long, required = true)]
    journal: bool,
}

#[derive(Debug, Args)]
struct CompletionsArgs {
    /// Which shell
    #[arg(value_name = "SHELL", value_enum)]
    shell: Shell,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Shell {
    /// In ~/.bashrc: source <(rehearse completions bash)
    Bash,
    /// In ~/.zshrc: source <(rehearse completions zsh)
    Zsh,
    /// In ~/.config/fish/config.fish: rehearse completions fish | source
    Fish,
}

#[derive(Debug, Args)]
struct ManArgs {
    /// Write a page for each command into this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct AddArgs {
    /// The deck: title or path; a NAME.toml that does not exist is made [default: the only deck]
    #[arg(value_name = "DECK")]
    deck: Option<String>,
    /// What sort of answer is wanted [default: the deck's kind]
    #[arg(long, value_name = "KIND", value_parser = parse_kind)]
    kind: Option<Kind>,
    /// The prompt, where you know it
    #[arg(long, value_name = "PROMPT")]
    from: Option<String>,
    /// A story instead of a card
    #[arg(long, conflicts_with_all = ["kind", "from"])]
    story: bool,
}

#[derive(Debug, Args)]
struct IdsArgs {
    /// Only these decks: title, path, or folder
    #[arg(value_name = "DECK")]
    decks: Vec<String>,
}

#[derive(Debug, Args)]
struct CoachArgs {
    /// The card that is answered
    #[arg(long, value_name = "ID")]
    card: Option<String>,
    /// What sort of answer it is, where it is to no card
    #[arg(long, value_name = "KIND", value_parser = parse_kind, conflicts_with = "card")]
    kind: Option<Kind>,
    /// How long it took aloud
    #[arg(long, value_name = "N")]
    seconds: Option<u64>,
    /// The numbers of the parts and points said, as in 1,3
    #[arg(long, value_name = "N", value_delimiter = ',', requires = "card")]
    ticks: Option<Vec<u16>>,
    /// Tell what a rule finds and why it matters, with an example; of no rule, list them
    #[arg(long, value_name = "RULE", num_args = 0..=1, conflicts_with_all = ["card", "kind", "seconds", "ticks"])]
    explain: Option<Option<String>>,
}

#[derive(Debug, Args)]
struct NoteArgs {
    /// The note, in a file; `-` is standard input
    #[arg(long, value_name = "FILE")]
    check: PathBuf,
}

#[derive(Debug, Args)]
struct MergeArgs {
    /// What both sides began with: git's %O
    #[arg(value_name = "BASE", allow_hyphen_values = true)]
    base: PathBuf,
    /// Our side, and where the result goes: git's %A
    #[arg(value_name = "OURS", allow_hyphen_values = true)]
    ours: PathBuf,
    /// Their side: git's %B
    #[arg(value_name = "THEIRS", allow_hyphen_values = true)]
    theirs: PathBuf,
    /// What the file is called: git's %P
    #[arg(value_name = "PATH", allow_hyphen_values = true)]
    path: PathBuf,
    /// How many characters a marker has: git's %L
    #[arg(value_name = "N", default_value = "7", value_parser = parse_markers)]
    markers: usize,
}

/// Git's markers have seven characters, and some more where merges are merged.
fn parse_markers(text: &str) -> Result<usize, String> {
    let markers = text.parse().ok().filter(|markers| (1..=1000).contains(markers));
    markers.ok_or_else(|| "from 1 to 1000".to_owned())
}

fn parse_grade(text: &str) -> Result<Grade, String> {
    Grade::parse(text).ok_or_else(|| "a grade is one of 0 to 5".to_owned())
}

fn parse_kind(text: &str) -> Result<Kind, String> {
    let known: Vec<&str> = Kind::ALL.iter().map(|(_, word)| *word).collect();
    Kind::parse(text).ok_or_else(|| crate::text::did_you_mean(text, &known))
}

/// Done.
const DONE: u8 = 0;
/// Something in the user's files needs the user.
const FINDINGS: u8 = 1;
/// Wrong usage, an unknown card or deck.
const USAGE: u8 = 2;
/// It could not be done; nothing acknowledged is lost.
const WORLD: u8 = 3;
/// `due --exit-code`: nothing is due.
const NOTHING_DUE: u8 = 4;
/// `merge-driver`: nothing is merged. By git's own rule more than 128, which it does not take for a conflict.
const NO_RESULT: u8 = 129;
/// Interrupted.
const INTERRUPTED: u8 = 130;

/// Runs the program; gives its exit code.
pub fn main(args: impl IntoIterator<Item = OsString>) -> u8 {
    let args: Vec<OsString> = args.into_iter().collect();
    if let Some(words) = candidates::asked(&args) {
        // A shell that stopped listening is not worth a word, nor is anything else while a word is typed.
        let _ = std::io::Write::write_all(&mut std::io::stdout(), candidates::candidates(words).as_bytes());
        return DONE;
    }
    let driver = args.get(1).is_some_and(|command| command == "merge-driver");
    match run(args) {
        // Whatever kept it from merging: git must not take that for a conflict, which would lose one side.
        code if driver && code > FINDINGS => NO_RESULT,
        code => code,
    }
}

fn run(args: Vec<OsString>) -> u8 {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() => {
            let (message, help) = usage::words(&error);
            context::complain(&message, Some(&help));
            return USAGE;
        }
        Err(help) => {
            // A closed pipe is not worth a word.
            let _ = help.print();
            return DONE;
        }
    };
    let mut door = Door::new(cli.everywhere);
    let result = match &cli.command {
        None => due::today(&mut door),
        Some(Command::Review(args)) => review::review(&mut door, args),
        Some(Command::Grade(args)) => undo::grade(&mut door, args),
        Some(Command::Due(args)) => due::due(&mut door, args),
        Some(Command::List(args)) => due::list(&mut door, args),
        Some(Command::Log(args)) => due::log(&mut door, args),
        Some(Command::Undo(args)) => undo::undo(&mut door, args),
        Some(Command::Suspend(args)) => undo::suspend(&mut door, args),
        Some(Command::Resume(args)) => undo::resume(&mut door, args),
        Some(Command::Rename(args)) => undo::rename(&mut door, args),
        Some(Command::Check(args)) => check::check(&mut door, args),
        Some(Command::Doctor(args)) => doctor::doctor(&mut door, args),
        Some(Command::Init(args)) => init::init(&mut door, args),
        Some(Command::Coach(args)) => coach::coach(&mut door, args),
        Some(Command::Note(args)) => coach::note(&mut door, args),
        Some(Command::Show(args)) => show::show(&mut door, args),
        Some(Command::Why(args)) => why::why(&mut door, args),
        Some(Command::Schema) => check::schema(&mut door),
        Some(Command::Stats) => stats::stats(&mut door),
        Some(Command::Stories) => stories::stories(&mut door),
        Some(Command::Completions(args)) => candidates::completions(&mut door, args),
        Some(Command::Man(args)) => man::man(&mut door, args),
        Some(Command::Add(args)) => add::add(&mut door, args),
        Some(Command::Edit(args)) => add::edit(&mut door, args),
        Some(Command::Ids(args)) => add::ids(&mut door, args),
        Some(Command::Sync(args)) => sync::sync(&mut door, args),
        Some(Command::Export(args)) => sync::export(&mut door, args),
        Some(Command::MergeDriver(args)) => merge_driver::merge_driver(&mut door, args),
    };
    match result.and_then(|code| door.finish().map(|()| code)) {
        Ok(code) => code,
        Err(failure) => report(&failure, cli.command.as_ref()),
    }
}

/// Says what went wrong, on stderr; gives the exit code.
fn report(failure: &Failure, command: Option<&Command>) -> u8 {
    use Command::{Grade, Rename, Resume, Review, Suspend, Undo};
    let records = matches!(command, Some(Review(_) | Grade(_) | Undo(_) | Suspend(_) | Resume(_) | Rename(_)));
    match failure {
        Failure::Usage { message, help } => {
            context::complain(message, Some(help));
            USAGE
        }
        Failure::Settings(findings) => {
            for finding in findings {
                context::say(&finding.long());
            }
            context::say("note: nothing was shown or recorded; with other settings every due day would move");
            WORLD
        }
        Failure::World(error) if closed_pipe(error) => DONE,
        Failure::World(error) => {
            context::complain(&format!("{error:#}"), None);
            if records {
                context::say("note: whatever was acknowledged is saved");
            }
            WORLD
        }
    }
}

/// Whoever read the output stopped reading: no fault of anyone.
fn closed_pipe(error: &anyhow::Error) -> bool {
    let broken = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
    };
    error.chain().any(broken)
}

/// The manual of every command, as `--help` shows it; for the snapshot in the tests.
pub fn manual() -> String {
    let mut command = Cli::command().term_width(100);
    command.build();
    let mut text = command.render_long_help().to_string();
    for sub in command.get_subcommands_mut() {
        text.push_str(&format!("\n--- {}\n\n{}", sub.get_name().to_owned(), sub.render_long_help()));
    }
    text
}
