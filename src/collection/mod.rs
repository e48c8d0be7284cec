//! A collection: a folder of decks with its settings and its store, opened and brought up to date.
//!
//! [`Collection::open`] finds the root, reads the settings, opens the store, walks the folder, reads what changed since
//! the index was written (in parallel), and notes it. Nothing is parsed that has not changed.
//!
//! `init` makes one, `walk` finds its files, `rewrite` writes those that their author asks to have written, `health` looks
//! at all that is kept, and mends it.
//!
//! Not here: printing, the time, what is done with the cards.

mod coaching;
mod merge_driver;
mod health;
mod init;
mod candidates;
mod parallel;
mod deck_file;
mod scan;
mod walk;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::atomic_file::{create_folder, create_private};
use crate::check;
use crate::clock::{Instant, StudyDay};
use crate::deck::competencies::folded;
use crate::deck::{self, Card, CardId, Deck, Interview};
use crate::diagnostic::{Diagnostic, Severity, Source as Text};
use crate::entry::{Entry, Place};
use crate::follow::{self, Evidence};
use crate::git;
use crate::queue::{Filter, Limits, Queue};
use crate::settings::{self, Settings};
use crate::store::{Followed, Journal, Opening, Progress, Stamp, Store};
use crate::text::opening;
pub(crate) use candidates::{Name, cards_named, decks_named, tags_named};
pub(crate) use coaching::Coaching;
pub(crate) use deck_file::{Draft, Original, scratch};
pub(crate) use health::Health;
pub(crate) use init::{Hook, Made, hook, init};
pub(crate) use merge_driver::{Driver, driver_command};
use scan::Shelf;

/// Largest deck file that is read, in bytes.
pub(crate) const LARGEST: u64 = 16 << 20;
/// What to tell somebody whose first reworded card was found again.
const IDS_ADVICE: &str = "without an id a card is known by its wording; `rehearse ids` writes one into every card, and \
                          its history stays with it whatever you change";
/// The file of shared settings.
pub(crate) const SETTINGS: &str = "rehearse.toml";

/// Why a command ended: the user's call was wrong, or the world was. Their decks being wrong is neither; it is reported.
#[derive(Debug)]
pub enum Failure {
    /// Wrong usage, an unknown card or deck: exit 2.
    Usage {
        message: String,
        /// What to do next.
        help: String,
    },
    /// A settings file is broken; guessing would reschedule everything: exit 3.
    Settings(Vec<Diagnostic>),
    /// Disk, database, pipe: exit 3.
    World(anyhow::Error),
}

impl Failure {
    pub(crate) fn usage(message: impl Into<String>, help: impl Into<String>) -> Self {
        Failure::Usage { message: message.into(), help: help.into() }
    }

    /// The same failure, and where the world failed.
    #[must_use]
    pub(crate) fn context(self, place: &'static str) -> Self {
        match self {
            Failure::World(error) => Failure::World(error.context(place)),
            other => other,
        }
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Failure::World(error.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Usage { message, .. } => f.write_str(message),
            Failure::Settings(findings) => write!(f, "{} in the settings", findings.len()),
            Failure::World(error) => write!(f, "{error:#}"),
        }
    }
}

/// Where a collection is.
#[derive(Debug, Clone)]
pub struct Folders {
    /// The folder of decks.
    pub(crate) root: PathBuf,
    pub(crate) local: PathBuf,
}

impl Folders {
    /// Finds the collection: the folder named; else the nearest upwards that holds `.rehearse/` or `rehearse.toml`; else
    /// `./decks`; else the current folder if it holds a deck.
    pub fn find(named: Option<&Path>, local: Option<&Path>, cwd: &Path) -> Result<Folders, Failure> {
        let root = match named {
            Some(named) if named.is_dir() => named.to_owned(),
            Some(named) => {
                let message = format!("`{}` is no folder", named.display());
                return Err(Failure::usage(message, "name an existing folder, or make one with `rehearse init DIR`"));
            }
            None => nearest(cwd).ok_or_else(|| {
                let message =
                    "no decks here: no `.rehearse/` or `rehearse.toml` upwards, no `decks/`, no deck in this folder";
                Failure::usage(message, "`rehearse init` makes a collection with starter decks here")
            })?,
        };
        let root = root.canonicalize().with_context(|| format!("{}: cannot be opened", root.display()))?;
        let local = local.map_or_else(|| root.join(".rehearse").join("local"), Path::to_owned);
        Ok(Folders { root, local })
    }

    /// This machine's folder as messages name it: relative to the collection where it lies inside.
    fn local_name(&self) -> String {
        let local = self.local.canonicalize().unwrap_or_else(|_| self.local.clone());
        with_slashes(local.strip_prefix(&self.root).unwrap_or(&local))
    }

    /// A path of the collection or of this machine's folder, as messages name it.
    fn name_of(&self, path: &Path) -> String {
        match path.strip_prefix(&self.local) {
            Ok(below) if below.as_os_str().is_empty() => self.local_name(),
            Ok(below) => format!("{}/{}", self.local_name(), with_slashes(below)),
            Err(_) => with_slashes(path.strip_prefix(&self.root).unwrap_or(path)),
        }
    }
}

fn with_slashes(path: &Path) -> String {
    path.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/")
}

fn nearest(cwd: &Path) -> Option<PathBuf> {
    let marked = |folder: &&Path| folder.join(".rehearse").is_dir() || folder.join(SETTINGS).is_file();
    if let Some(folder) = cwd.ancestors().find(marked) {
        return Some(folder.to_owned());
    }
    let decks = cwd.join("decks");
    if decks.is_dir() {
        return Some(decks);
    }
    let holds_deck = |entry: std::fs::DirEntry| {
        let path = entry.path();
        path.extension().is_some_and(|extension| extension == "toml")
            && !entry.file_name().as_encoded_bytes().starts_with(b".")
            && read_bytes(&path).is_ok_and(|bytes| {
                let (text, broken) = deck::decode(bytes);
                deck::parse(&Text::new("", text), &broken).0.is_deck
            })
    };
    std::fs::read_dir(cwd).ok()?.flatten().any(holds_deck).then(|| cwd.to_owned())
}

/// Reads the settings in force; gives every fault found in the two files, and the files.
pub(crate) fn read_settings(folders: &Folders) -> Result<(Settings, Vec<Diagnostic>, Vec<Text>)> {
    let mut settings = Settings::default();
    let (mut findings, mut files) = (Vec::new(), Vec::new());
    let shared = (folders.root.join(SETTINGS), SETTINGS, settings::Place::Shared);
    let personal = (folders.local.join("settings.toml"), ".rehearse/local/settings.toml", settings::Place::Personal);
    for (path, name, place) in [shared, personal] {
        let bytes = match read_bytes(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error).with_context(|| format!("{}: cannot be read", path.display())),
        };
        let (text, broken) = deck::decode(bytes);
        let source = Text::new(name, text);
        let encoding = |&at: &usize| source.error(at..at + 3, "encoding", "not UTF-8 here").help(deck::SAVE_AS_UTF8);
        findings.extend(broken.first().map(encoding));
        findings.extend(settings.lay_over(&source, place));
        files.push(source);
    }
    Ok((settings, findings, files))
}

/// How to open a collection.
pub struct Open<'a> {
    pub folders: Folders,
    /// Fresh random bits, for a device that has no name yet.
    pub random: u64,
    /// When: a rename that follows an edit is recorded then.
    pub now: Instant,
    /// Whether something may be recorded.
    pub write: bool,
    /// Whether broken settings are only reported, because nothing shown depends on them.
    pub lenient: bool,
    /// Hears of long work.
    pub progress: Progress<'a>,
}

/// An open collection, up to date with its folder.
pub struct Collection {
    pub(crate) folders: Folders,
    /// The settings in force.
    pub(crate) settings: Settings,
    /// The log and the database.
    pub store: Store,
    /// What to tell the user besides findings.
    pub notes: Vec<String>,
    settings_findings: Vec<Diagnostic>,
    settings_files: Vec<Text>,
}

impl Collection {
    pub fn open(open: Open<'_>) -> Result<Collection, Failure> {
        let Open { folders, random, now, write, lenient, progress } = open;
        let (settings, settings_findings, settings_files) = read_settings(&folders)?;
        if !settings_findings.is_empty() && !lenient {
            return Err(Failure::Settings(settings_findings));
        }
        if folders.local.starts_with(&folders.root)
            && let Err(error) = keep_local_out_of_git(&folders.root)
            && write
        {
            return Err(Failure::World(error));
        }
        let journal = Journal::new(&folders.root, &settings.sync);
        let shelf = Shelf { root: &folders.root, exclude: &settings.exclude, progress };
        let read_all = Cell::new(false);
        let opening = Opening {
            local: &folders.local,
            journal: &journal,
            decks: &|clock, index| {
                read_all.set(true);
                shelf.read(shelf.stale(Vec::new(), |_| Ok(Vec::new()))?, clock, index)
            },
            rules: settings.rules,
            random,
            write,
            progress,
        };
        let (store, notes) = Store::open(&opening)?;
        let mut collection = Collection {
            folders: folders.clone(),
            settings: settings.clone(),
            store,
            notes,
            settings_findings,
            settings_files,
        };
        // A database that was built just now has every deck in it.
        if !read_all.get()
            && let Err(error) = collection.refresh(now, progress)
        {
            let (store, notes) = Store::open_without_disk(&opening, error)?;
            collection.store = store;
            collection.notes.extend(notes);
            collection.refresh(now, progress)?;
        }
        Ok(collection)
    }

    /// Every finding that the index knows of and those in the settings, sorted by place. Costs what there is to tell.
    pub(crate) fn findings(&self) -> Result<Vec<Diagnostic>> {
        let mut findings = self.settings_findings.clone();
        findings.extend(self.store.findings()?);
        findings.extend(check::all_twins(&self.store.twins()?, &findings));
        findings.sort_by_cached_key(Diagnostic::order);
        Ok(findings)
    }

    /// Every finding, also those that must be looked for; sorted by place.
    pub fn check(&self) -> Result<Vec<Diagnostic>> {
        let mut findings = self.findings()?;
        findings.extend(self.dangling()?);
        findings.extend(self.duplicate_interviews()?);
        findings.extend(self.unused_stories()?);
        findings.extend(self.orphans()?);
        findings.extend(self.settings_dangling());
        findings.extend(self.phrases().1);
        findings.extend(check::tracked(&self.folders.local_name(), &git::tracked(&self.folders.local)));
        findings.sort_by_cached_key(Diagnostic::order);
        Ok(findings)
    }

    /// Names under which nothing stands. Their files are read again, to show the line.
    fn dangling(&self) -> Result<Vec<Diagnostic>> {
        let mut findings = Vec::new();
        let mut read: Option<Text> = None;
        for dangling in self.store.dangling()? {
            if read.as_ref().is_none_or(|text| text.path != dangling.file) {
                // A file that vanished since the walk names nothing any more.
                let Ok(bytes) = read_bytes(&self.folders.root.join(&dangling.file)) else { continue };
                read = Some(Text::new(dangling.file.clone(), deck::decode(bytes).0));
            }
            findings.extend(read.as_ref().map(|text| check::dangling(&dangling, text)));
        }
        Ok(findings)
    }

    /// Interviews whose id an earlier one in path order has.
    fn duplicate_interviews(&self) -> Result<Vec<Diagnostic>> {
        let mut first: BTreeMap<String, String> = BTreeMap::new();
        let mut findings = Vec::new();
        for (interview, _, file) in self.store.interviews()? {
            match first.get(&interview.id) {
                // What cannot be read now is named as such.
                Some(first) => {
                    let text = self.text(&file).ok().flatten();
                    findings.extend(text.map(|(text, _)| check::duplicate_interview(&interview.id, first, &text)));
                }
                None => {
                    first.insert(interview.id, file);
                }
            }
        }
        Ok(findings)
    }

    /// Stories that nothing names and nothing asks for. The decks are read for it only where something is not named.
    fn unused_stories(&self) -> Result<Vec<Diagnostic>> {
        let mut unnamed = self.store.unnamed_stories()?;
        if unnamed.is_empty() {
            return Ok(Vec::new());
        }
        let mut asked: BTreeSet<String> = BTreeSet::new();
        self.each_deck(|_, deck| {
            let cards = deck.cards.iter().filter(|card| deck.stories.iter().all(|story| story.id != card.id));
            asked.extend(cards.flat_map(|card| &card.shows).map(|title| folded(title)));
            let interview = deck.interview.iter();
            let titles = interview.flat_map(|interview| interview.competencies.iter().chain(&interview.qualifications));
            asked.extend(titles.map(|title| folded(title)));
        })?;
        unnamed.retain(|story| !story.shows.iter().any(|title| asked.contains(&folded(title))));
        Ok(unnamed.iter().map(check::unused_story).collect())
    }

    /// Cards whose history has no card any more, each at the card it may have become.
    fn orphans(&self) -> Result<Vec<Diagnostic>> {
        let orphans = self.store.orphans()?;
        if orphans.is_empty() {
            return Ok(Vec::new());
        }
        let newcomers = self.store.newcomers()?;
        let suggested = follow::suggest(&orphans, &newcomers, &self.store.refused()?);
        let log = self.folders.local.join("log.jsonl");
        let log = log.strip_prefix(&self.folders.root).unwrap_or(&log).to_string_lossy();
        Ok(check::orphans(&orphans, &newcomers, &suggested, &log))
    }

    /// How many reviews are on this machine alone; `None` where there is no remote that could have them.
    pub(crate) fn unsynced(&self) -> Result<Option<usize>> {
        let sync = &self.settings.sync;
        let home = Journal::new(&self.folders.root, sync).home;
        if sync.stays_here() || !home.canonicalize().is_ok_and(|home| git::has_remote(&home)) {
            return Ok(None);
        }
        self.store.unsynced().map(Some)
    }

    /// Brings the index up to date with the folder.
    pub(crate) fn refresh(&mut self, now: Instant, progress: Progress<'_>) -> Result<()> {
        let followed = self.index(now, progress)?;
        self.notes.extend(followed.moved.iter().map(|(moved, event)| {
            let place = format!("{}:{}", moved.file, moved.line);
            let onwards = match moved.why {
                Evidence::Prompt => format!("goes on as `{}`", moved.to),
                Evidence::Content | Evidence::Place => "follows its new wording".to_owned(),
            };
            format!("{place}: the history of \"{}\" {onwards} (undo {event} takes it back)", opening(&moved.prompt))
        }));
        if followed.first && !followed.moved.is_empty() {
            self.notes.push(IDS_ADVICE.to_owned());
        }
        Ok(())
    }

    /// Reads what changed since the index was written; gives the histories that go on elsewhere.
    fn index(&mut self, now: Instant, progress: Progress<'_>) -> Result<Followed> {
        let shelf = Shelf { root: &self.folders.root, exclude: &self.settings.exclude, progress };
        let stale = shelf.stale(self.store.files()?, |file| self.store.hash(file))?;
        let mut followed = Followed::default();
        if !stale.is_none() {
            shelf.read(stale, self.store.file_clock(), &mut |changes| {
                followed = self.store.index(now, changes)?;
                Ok(())
            })?;
        }
        Ok(followed)
    }

    /// A card whole, from its file as it is now; `None` if it is no longer there.
    pub(crate) fn card(&self, entry: &Entry) -> Result<Option<Card>> {
        let Some(place) = &entry.place else { return Ok(None) };
        if let Some(card) = self.card_alone(place)?.filter(|card| card.prompt == entry.prompt) {
            return Ok(Some(card));
        }
        // The file is another, or the card's block alone does not tell: the file is read whole.
        let Some((source, broken)) = self.text(&place.file)? else { return Ok(None) };
        let (Deck { mut cards, .. }, _) = deck::parse(&source, &broken);
        Ok(position(&cards, entry).map(|at| cards.swap_remove(at)))
    }

    /// Where a card stands that is left out for a fault: its file, and the line of the fault where its block has one, else
    /// that of its header.
    pub(crate) fn left_out(&self, id: &CardId) -> Result<Option<(String, usize)>> {
        let mut faults = self.store.findings()?;
        faults.retain(|finding| finding.severity == Severity::Error);
        for faults in faults.chunk_by(|a, b| a.file == b.file) {
            let file = &faults[0].file;
            // What cannot be read is named as such.
            let Ok(Some((source, _))) = self.text(file) else { continue };
            if let Some(block) = deck::block_of(&source.text, id) {
                let (first, last) = (source.line(block.start), source.line(block.end.saturating_sub(1)));
                let within = faults.iter().map(|fault| fault.line).find(|line| (first..=last).contains(line));
                return Ok(Some((file.clone(), within.unwrap_or(first))));
            }
        }
        Ok(None)
    }

    /// The competencies that each of some cards shows, from their one file as it is now.
    pub(crate) fn shows(&self, entries: &[Entry]) -> Result<Vec<Vec<String>>> {
        let file = entries.iter().find_map(|entry| entry.place.as_ref()).map(|place| place.file.as_str());
        let text = file.map(|file| self.text(file)).transpose()?.flatten();
        let cards = text.map(|(source, broken)| deck::parse(&source, &broken).0.cards).unwrap_or_default();
        let shows = |entry| position(&cards, entry).map(|at| cards[at].shows.clone()).unwrap_or_default();
        Ok(entries.iter().map(shows).collect())
    }

    /// Every deck as its file is now, in path order, one at a time. What cannot be read is left out; `check` names it.
    pub(crate) fn each_deck(&self, mut each: impl FnMut(&str, Deck)) -> Result<()> {
        for file in self.store.files()? {
            if let Ok(Some((source, broken))) = self.text(&file.path) {
                each(&file.path, deck::parse(&source, &broken).0);
            }
        }
        Ok(())
    }

    /// A deck file as it is now; `None` if it is no longer there.
    fn deck(&self, file: &str) -> Result<Option<Deck>> {
        Ok(self.text(file)?.map(|(source, broken)| deck::parse(&source, &broken).0))
    }

    /// A file of the collection, and where its bytes are not UTF-8; `None` if it is no longer there.
    fn text(&self, file: &str) -> Result<Option<(Text, Vec<usize>)>> {
        let path = self.folders.root.join(file);
        let bytes = match read_bytes(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("{}: cannot be read", path.display())),
        };
        let (text, broken) = deck::decode(bytes);
        Ok(Some((Text::new(file, text), broken)))
    }

    /// A card from its bytes alone, if its file is still as it was indexed.
    fn card_alone(&self, place: &Place) -> Result<Option<Card>> {
        let Some((stamp, head)) = self.store.head(&place.file)?.filter(|_| !place.block.is_empty()) else {
            return Ok(None);
        };
        let path = self.folders.root.join(&place.file);
        let is_as_indexed = |metadata: &std::fs::Metadata| Stamp::of(metadata) == stamp;
        // Looked at before it is opened: opening a pipe would wait for ever.
        if !std::fs::metadata(&path).is_ok_and(|metadata| is_as_indexed(&metadata)) {
            return Ok(None);
        }
        let read = || {
            let mut file = std::fs::File::open(&path)?;
            let mut block = vec![0; place.block.len()];
            file.seek(SeekFrom::Start(place.block.start as u64))?;
            file.read_exact(&mut block)?;
            // And afterwards: it may have been written meanwhile.
            Ok::<_, std::io::Error>((block, file.metadata()?))
        };
        // What cannot be read so is read whole, and named if that fails as well.
        let block = read().ok().filter(|(_, metadata)| is_as_indexed(metadata)).map(|(block, _)| block);
        let block = block.and_then(|block| String::from_utf8(block).ok());
        Ok(block.and_then(|block| deck::card_in(&place.file, &head, &block, place.line)))
    }

    /// What is to be asked on a study day. `new` and `cards` stand in for the settings' limits.
    pub fn agenda(
        &mut self,
        today: StudyDay,
        filter: Filter,
        new: Option<usize>,
        cards: Option<usize>,
    ) -> Result<Agenda> {
        let (met, reviewed) = self.store.day_counts(today)?;
        let per_day = |limit: u32, done: usize| (limit as usize).saturating_sub(done);
        let limits = Limits {
            new: new.unwrap_or_else(|| per_day(self.settings.new_per_day, met)),
            cards: cards.or_else(|| self.settings.max_per_day.map(|limit| per_day(limit, reviewed))),
        };
        let takes = |entry: &Entry| filter.takes(entry) && entry.askable(today);
        let mut source = Source::Agenda(0);
        let (mut due, mut seconds) = self.store.tally(today)?;
        if !filter.is_empty() {
            // How many fit is known only when all were looked at.
            let (all, _) = self.store.agenda(today, 0, usize::MAX)?;
            let fit: VecDeque<Entry> = all.into_iter().filter(takes).collect();
            (due, seconds) = (fit.len(), fit.iter().map(Entry::seconds).sum());
            source = Source::Listed(fit);
        }
        // Whoever picks cards wants those; else a new card waits for a round in which it may come.
        let rounds = if filter.is_empty() { self.rounds_in_sight(today)? } else { Vec::new() };
        let fresh = self.store.fresh(Queue::room(limits, due), |entry| takes(entry) && entry.comes_in_any(&rounds))?;
        let again = self.store.again(today)?.into_iter().filter(takes).collect();
        let queue = Queue::new(due, fresh, again, limits, today);
        // Of due cards over the limit, the seconds are taken to be like those of the rest.
        let asked = queue.due() as u64;
        let seconds = if due == 0 { 0 } else { seconds * asked / due as u64 } + queue.seconds();
        Ok(Agenda { today, queue, source, seconds })
    }

    /// The rounds of the interviews still to come, for which new cards are met; none if any round may come.
    pub(crate) fn rounds_in_sight(&self, today: StudyDay) -> Result<Vec<i64>> {
        let interviews = self.store.interviews()?.into_iter().map(|(interview, ..)| interview);
        let to_come = interviews.filter(|interview| interview.date.is_none_or(|date| date >= today));
        let rounds: Option<Vec<i64>> = to_come.map(|interview| interview.round).collect();
        Ok(rounds.unwrap_or_default())
    }

    /// The interview that prompts are filled from: the next one, else one without a date. With its first interviewer.
    pub(crate) fn next_interview(&self, today: StudyDay) -> Result<Option<(Interview, Option<String>)>> {
        let mut interviews = self.store.interviews()?;
        interviews.retain(|(interview, ..)| interview.date.is_none_or(|date| date >= today));
        interviews.sort_by_key(|(interview, ..)| interview.date.map_or(i32::MAX, |date| date.0));
        Ok(interviews.into_iter().next().map(|(interview, interviewer, _)| (interview, interviewer)))
    }
}

/// Where a card is among those of its file as it is now.
pub(crate) fn position(cards: &[Card], entry: &Entry) -> Option<usize> {
    let same = |card: &Card| card.prompt == entry.prompt;
    let ordinal = entry.place.as_ref()?.ordinal;
    let there = cards.get(ordinal).filter(|card| same(card)).map(|_| ordinal);
    there.or_else(|| cards.iter().position(same)).or_else(|| cards.iter().position(|card| card.id == entry.card))
}

/// What is to be asked on a day: counted at once, drawn as it is needed.
#[derive(Debug)]
pub struct Agenda {
    today: StudyDay,
    queue: Queue,
    source: Source,
    /// Seconds it is likely to take.
    pub seconds: u64,
}

/// Where due cards come from.
#[derive(Debug)]
enum Source {
    /// The store's agenda, from this place on.
    Agenda(i64),
    /// A list of them.
    Listed(VecDeque<Entry>),
}

impl Agenda {
    /// Cards that were picked otherwise, to be mixed as new ones are.
    pub(crate) fn of(cards: Vec<Entry>, limits: Limits, today: StudyDay) -> Self {
        let queue = Queue::new(0, cards, Vec::new(), limits, today);
        let seconds = queue.seconds();
        Agenda { today, queue, source: Source::Listed(VecDeque::new()), seconds }
    }

    /// Cards that were picked otherwise and keep their order.
    pub(crate) fn as_listed(mut cards: Vec<Entry>, limits: Limits, today: StudyDay) -> Self {
        cards.truncate(limits.cards.unwrap_or(usize::MAX));
        let seconds = cards.iter().map(Entry::seconds).sum();
        let queue = Queue::new(cards.len(), Vec::new(), Vec::new(), Limits::NONE, today);
        Agenda { today, queue, source: Source::Listed(cards.into()), seconds }
    }

    /// Due cards, those to repeat today included; and new ones.
    pub fn counts(&self) -> (usize, usize) {
        self.queue.counts()
    }

    /// How many cards are left.
    pub(crate) fn len(&self) -> usize {
        self.queue.len()
    }

    /// Whether nothing is left.
    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Takes the rest of the store's agenda over: what is drawn then no longer depends on the index, which may change.
    pub(crate) fn take_over(&mut self, store: &mut Store) -> Result<()> {
        if let Source::Agenda(place) = self.source {
            self.source = Source::Listed(store.agenda(self.today, place, usize::MAX)?.0.into());
        }
        Ok(())
    }

    /// Draws the next cards, in the order of asking.
    pub fn draw(&mut self, store: &mut Store, most: usize) -> Result<Vec<Entry>> {
        let mut drawn = Vec::new();
        while drawn.len() < most {
            while self.queue.lacks() > 0 {
                let lacks = self.queue.lacks();
                let entries = match &mut self.source {
                    Source::Agenda(place) => {
                        let (entries, next) = store.agenda(self.today, *place, lacks)?;
                        *place = next;
                        entries
                    }
                    Source::Listed(cards) => cards.drain(..lacks.min(cards.len())).collect(),
                };
                self.queue.refill(entries);
            }
            match self.queue.draw() {
                Some(entry) => drawn.push(entry),
                None => break,
            }
        }
        Ok(drawn)
    }
}

/// `.rehearse/.gitignore`, so that what is this machine's never travels.
fn keep_local_out_of_git(root: &Path) -> Result<()> {
    let path = root.join(".rehearse").join(".gitignore");
    if path.exists() {
        return Ok(());
    }
    let write = || {
        create_folder(&root.join(".rehearse"))?;
        let mut options = std::fs::OpenOptions::new();
        create_private(options.create_new(true).write(true));
        match options.open(&path).and_then(|mut file| std::io::Write::write_all(&mut file, b"/local/\n")) {
            // Another process was first.
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
            _ => Ok(()),
        }
    };
    write().with_context(|| format!("{}: cannot be written", path.display()))
}

/// Reads a regular file; opening a pipe would wait for ever. One byte over the largest tells that it grew meanwhile.
pub(crate) fn read_bytes(path: &Path) -> std::io::Result<Vec<u8>> {
    let metadata = std::fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(std::io::Error::new(std::io::ErrorKind::InvalidInput, "no regular file"));
    }
    // Read at one go; what it has grown by meanwhile, after that.
    let (size, mut file) = (metadata.len().min(LARGEST), std::fs::File::open(path)?);
    let mut bytes = vec![0; usize::try_from(size).unwrap_or(0)];
    let mut read = 0;
    while read < bytes.len() {
        match file.read(&mut bytes[read..]) {
            Ok(0) => break,
            Ok(more) => read += more,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(read);
    file.take(LARGEST + 1 - read as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}
