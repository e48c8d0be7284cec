//! Sync: history travels with git.
//!
//! The events a machine knows are the union of every journal it has seen and its own log. [`sync`] fetches what others
//! published, takes it in, publishes what only this machine knows, and lets the local branch follow. Plumbing only: the
//! user's files, index entries and hooks are not touched, and nothing is ever forced.
//!
//! 1. `remote` finds and fetches the branch that carries the history, `sides` tells what it has and what is here;
//! 2. the journals in it that are new are taken in;
//! 3. `publish`: every file of the journal that differs is rendered, without what was purged;
//! 4. `way` decides on what the commit is made, `merge` merges decks, `publish` makes the commit;
//! 5. `remote`: it is pushed; rejected, all begins again;
//! 6. `advance`: the local branch follows, unless something of the user's is in the way.
//!
//! Not here: printing, the time, what the bytes of the journal are.

mod advance;
mod local;
mod merge;
mod publish;
mod remote;
mod sides;
mod way;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::atomic_file::{create_folder, create_private};
use crate::clock::Instant;
use crate::collection::{Collection, DeckPaths};
use crate::deck::CardId;
use crate::exchange;
use crate::git::{self, Oid, Repository};
use crate::history::{Body, Device};
use crate::store::{Counts, Journal, PURGED, Progress, purged_names};
use local::Local;
use merge::Merged;
use publish::Rendered;
use remote::{Push, Target};
use sides::Sides;
use way::{Relation, Way, Why};

/// How often a rejected push is tried anew.
const TRIES: u32 = 8;
/// How long to wait for another sync of this collection, in steps of a fifth of a second.
const PATIENCE: u32 = 300;

/// What to sync, and how.
pub(crate) struct Request<'a> {
    pub(crate) at: Instant,
    /// What this machine is called.
    pub(crate) host: &'a str,
    /// This program, which git runs to merge decks.
    pub(crate) program: &'a Path,
    pub(crate) random: u64,
    /// Whether commits that touch anything outside the collection go along.
    pub(crate) with_commits: bool,
    /// Whether it is only told what would be done.
    pub(crate) dry_run: bool,
    /// Hears what is being done.
    pub(crate) progress: Progress<'a>,
}

/// What was done, or would be.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// What came from whom.
    pub(crate) received: Vec<(String, Counts)>,
    /// Decks that others changed and that came as they are.
    pub(crate) decks: usize,
    /// Decks that both sides changed.
    pub(crate) merged: usize,
    pub(crate) pushed: Counts,
    /// Names that were purged here, of which others did not know.
    pub(crate) purged: usize,
    /// Names that were purged elsewhere, and whose history is forgotten here, too.
    pub(crate) forgotten: usize,
    /// Commits of the user's that went along.
    pub(crate) commits: usize,
    /// Files of the journal that were written, where there is nowhere to push them.
    pub(crate) written: Option<exchange::Left>,
    /// What else to know.
    pub(crate) notes: Vec<String>,
    /// What needs the user.
    pub(crate) trouble: Option<Trouble>,
}

/// Something that needs the user, though the reviews are safe.
#[derive(Debug)]
pub(crate) struct Trouble {
    pub(crate) message: String,
    /// What to do next.
    pub(crate) help: String,
}

/// Syncs a collection. What was done before something failed is in the report all the same.
pub(crate) fn sync(collection: &mut Collection, request: &Request<'_>, report: &mut Report) -> Result<()> {
    let settings = collection.settings.sync.clone();
    let journal = Journal::new(&collection.folders.root, &settings);
    if settings.stays_here() {
        report.notes.push(
            "`private` of `[sync]` keeps the history on this machine; `journal` there names another repository for it"
                .to_owned(),
        );
        return Ok(());
    }
    if !journal.home.is_dir() {
        bail!(
            "{}: `journal` of `[sync]` names no folder; clone the repository of your history there",
            journal.home.display()
        );
    }
    let _lock = lock(&collection.folders.local)?;
    let written = if request.dry_run { "would be written" } else { "is written" };
    let alone = |why: &str| format!("{why}: the journal {written} to {}, and stays on this machine", journal.path);
    let repository = match Repository::find(&journal.home) {
        Ok(Some(repository)) => repository,
        Ok(None) => return write(collection, &journal, request, report, alone("this is no git repository")),
        Err(error @ git::Error::NoGit) => {
            return write(collection, &journal, request, report, alone(&error.to_string()));
        }
        Err(error) => return Err(error.into()),
    };
    let looked = local::look(&repository)?;
    let Some(target) = remote::target(&repository, &looked, settings.branch.as_deref())? else {
        return write(collection, &journal, request, report, alone("the repository has no remote to sync with"));
    };
    let work = collection.folders.local.join("sync");
    let mut run = Run {
        repository,
        journal: journal.clone(),
        collection,
        request,
        report,
        target,
        looked: Some(looked),
        work,
        ignored: None,
    };
    let synced = run.rounds();
    let _ = std::fs::remove_dir_all(&run.work);
    match (synced, run.ignored) {
        (Ok(()), Some(rule)) => {
            write(collection, &journal, request, report, alone(&format!("git ignores the journal ({rule})")))
        }
        (synced, _) => synced,
    }
}

/// Which rule keeps the journal of a collection out of git; `None` if none does, or there is no git.
pub(crate) fn ignored(collection: &Collection) -> Result<Option<String>> {
    let journal = Journal::new(&collection.folders.root, &collection.settings.sync);
    match Repository::find(&journal.home) {
        Ok(Some(repository)) => {
            let tracked = repository.resolve_one(&format!("HEAD:{}", journal.below(repository.prefix())))?.is_some();
            if tracked { Ok(None) } else { local::ignored(&repository, &journal, collection.store.device()) }
        }
        Ok(None) => Ok(None),
        Err(git::Error::NoGit) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Writes the journal where it cannot be pushed.
fn write(
    collection: &mut Collection,
    journal: &Journal,
    request: &Request<'_>,
    report: &mut Report,
    why: String,
) -> Result<()> {
    if !request.dry_run {
        report.written = Some(exchange::write(&mut collection.store, journal, false)?);
    }
    report.notes.push(why);
    Ok(())
}

/// One sync of a collection at a time.
fn lock(local: &Path) -> Result<File> {
    let path = local.join("sync.lock");
    let file = create_private(File::options().create(true).append(true)).open(&path);
    let file = file.with_context(|| format!("{}: cannot be opened", path.display()))?;
    for _ in 0..PATIENCE {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(std::fs::TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(200)),
            Err(std::fs::TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("{}: cannot be locked", path.display()));
            }
        }
    }
    bail!("another `rehearse sync` of this collection is still running; no review is lost")
}

/// A sync on its way.
struct Run<'a, 'r> {
    repository: Repository,
    journal: Journal,
    collection: &'a mut Collection,
    request: &'a Request<'r>,
    report: &'a mut Report,
    target: Target,
    /// Where HEAD is, as the first round finds it.
    looked: Option<Local>,
    /// A folder for what is in the making.
    work: PathBuf,
    /// The rule by which git ignores the journal, if it does.
    ignored: Option<String>,
}

/// What git calls the pages among the files of a journal.
fn pages(files: &BTreeMap<String, Oid>) -> impl Iterator<Item = &Oid> {
    files.iter().filter(|(path, _)| *path != PURGED).map(|(_, blob)| blob)
}

/// What is to be pushed, and how the local branch stands to it.
struct Made {
    commit: Option<Oid>,
    /// Whether the local branch is to follow.
    follows: bool,
    /// An error to end with when the reviews are pushed.
    failed: Option<anyhow::Error>,
}

impl Run<'_, '_> {
    fn rounds(&mut self) -> Result<()> {
        for tried in 0..=TRIES {
            if tried > 0 {
                self.pause(tried);
            }
            match std::fs::remove_dir_all(&self.work) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(error).with_context(|| format!("{}: cannot be emptied", self.work.display()));
                }
                _ => {}
            }
            create_folder(&self.work).with_context(|| format!("{}: cannot be created", self.work.display()))?;
            if self.round()? {
                return Ok(());
            }
        }
        bail!(
            "`{}` of {} was pushed to by others each time; no review is lost: sync again in a while",
            self.target.branch,
            self.target.remote
        )
    }

    /// Waits a while, at random, so that two machines do not go on getting in each other's way.
    fn pause(&self, tried: u32) {
        let hash = blake3::hash(format!("{} {tried}", self.request.random).as_bytes());
        let share = u64::from(hash.as_bytes()[0]) + 1;
        let most = (50 << tried).min(3_000);
        std::thread::sleep(Duration::from_millis(most * share / 256));
    }

    fn at(&self, what: &'static str, step: usize) {
        (self.request.progress)(what, step, 4);
    }

    /// One round: everything but the waiting. Gives `false` if others were faster.
    fn round(&mut self) -> Result<bool> {
        self.at("fetching", 0);
        let Some(sides) = self.fetch()? else { return Ok(true) };
        self.at("taking in what is new", 1);
        self.take_in(&sides)?;
        self.announce()?;
        let published = self.published()?;
        self.at("writing the journal", 2);
        let store = &self.collection.store;
        let mut rendered = publish::render(&self.repository, store, &sides.there, &published)?;
        self.report.purged = rendered.purge(&self.repository, store, &sides, &self.journal.folder())?;
        self.report.pushed = rendered.counts;
        if !self.request.dry_run {
            publish::hash(&self.repository, &self.work, &mut rendered)?;
        }
        let Some(made) = self.make(&sides, &rendered)? else { return Ok(true) };
        if self.request.dry_run {
            return Ok(true);
        }
        self.at("pushing", 3);
        let pushed = match &made.commit {
            Some(commit) if Some(commit) != sides.upstream.as_ref() => {
                remote::push(&self.repository, &self.target, commit)?
            }
            _ => Push::Done,
        };
        if pushed == Push::Rejected {
            return Ok(false);
        }
        self.settle(&sides, &made, &rendered)?;
        made.failed.map_or(Ok(true), Err)
    }

    /// What pages are called as they were published last.
    fn published(&self) -> Result<BTreeMap<String, Oid>> {
        let pages = self.collection.store.pages()?.into_iter();
        Ok(pages.filter_map(|page| Some((exchange::page_path(page.device, page.month), page.published?))).collect())
    }

    /// Takes in the journals that are not as this machine published them.
    fn take_in(&mut self, sides: &Sides) -> Result<()> {
        let known: HashSet<Oid> = self.published()?.into_values().collect();
        let mut new: Vec<Oid> =
            pages(&sides.there).chain(pages(&sides.here)).filter(|blob| !known.contains(blob)).cloned().collect();
        new.sort();
        new.dedup();
        let journals = self.repository.every_blob(&new)?;
        let purged: BTreeSet<CardId> = sides.purged.iter().flat_map(|text| purged_names(text)).collect();
        self.report.forgotten += purged.difference(&self.collection.store.purged()?).count();
        let (received, note) = self.collection.store.receive(&journals, &purged, !self.request.dry_run)?;
        self.report.notes.extend(note);
        self.tell_received(received)
    }

    fn tell_received(&mut self, received: BTreeMap<Device, Counts>) -> Result<()> {
        let names = if received.is_empty() { BTreeMap::new() } else { self.collection.store.device_names()? };
        for (device, counts) in received.into_iter().filter(|(_, counts)| !counts.is_none()) {
            let name = names.get(&device).cloned().unwrap_or_else(|| device.to_string());
            // Others may have been faster in an earlier round.
            match self.report.received.iter_mut().find(|(known, _)| *known == name) {
                Some((_, known)) => *known = known.plus(counts),
                None => self.report.received.push((name, counts)),
            }
        }
        self.report.received.sort_by(|(a, _), (b, _)| a.cmp(b));
        Ok(())
    }

    /// Says once what this machine is called.
    fn announce(&mut self) -> Result<()> {
        let store = &mut self.collection.store;
        if self.request.dry_run || self.request.host.is_empty() || store.device_names()?.contains_key(&store.device()) {
            return Ok(());
        }
        store.record(self.request.at, Body::Device { name: self.request.host.to_owned() })?;
        Ok(())
    }

    /// Makes the commit to push. `None` if there is nothing to do before the user does something.
    fn make(&mut self, sides: &Sides, rendered: &Rendered) -> Result<Option<Made>> {
        let (relation, base) = self.relation(sides)?;
        let outside = match relation {
            Relation::NoUpstream | Relation::Ahead | Relation::Diverged if !self.request.with_commits => {
                local::outside(&self.repository, sides.before.tip.as_ref(), sides.upstream.as_ref())?
            }
            _ => None,
        };
        let rewritten = relation == Relation::Diverged && self.is_rewritten(sides)?;
        let way = way::way(self.target.attached, sides.local.busy, relation, rewritten, outside);
        let mut failed = None;
        let mut merged = None;
        let way = match (way, sides.before.tip.as_ref(), sides.upstream.as_ref()) {
            (Way::Merge, Some(ours), Some(theirs)) => {
                let pull = self.target.pull();
                let attempt = merge::merge(&self.repository, &self.work, self.request.program, &pull, ours, theirs)?;
                match self.without_journal(attempt) {
                    Merged::Clean(tree, notes) => {
                        self.report.notes.extend(notes);
                        merged = Some(tree);
                        Way::Merge
                    }
                    Merged::Conflicts(conflicts) => Way::Alone(Why::Conflict(conflicts)),
                    Merged::Impossible(why) => {
                        failed = Some(why);
                        Way::Alone(Why::CannotMerge)
                    }
                }
            }
            (way, ..) => way,
        };
        if let Way::Wait(why) | Way::Alone(why) = &way {
            self.explain(why, sides);
        }
        if matches!(way, Way::Wait(_)) {
            return Ok(None);
        }
        self.count(&way, sides, base.as_ref())?;
        let commit = if self.request.dry_run { None } else { self.commit(&way, merged, sides, rendered)? };
        Ok(Some(Made { commit, follows: !matches!(way, Way::Alone(_)), failed }))
    }

    /// Conflicts in the journal are none: it is rendered anew.
    fn without_journal(&self, merged: Merged) -> Merged {
        let folder = format!("{}/", self.folder());
        match merged {
            Merged::Conflicts(mut conflicts) => {
                conflicts.files.retain(|conflict| {
                    conflict.file.strip_prefix(&folder).is_none_or(|page| !exchange::is_of_journal(page))
                });
                if conflicts.files.is_empty() {
                    Merged::Clean(conflicts.tree, Vec::new())
                } else {
                    Merged::Conflicts(conflicts)
                }
            }
            merged => merged,
        }
    }

    /// How the local branch stands to the upstream branch, and the commit they have in common.
    fn relation(&self, sides: &Sides) -> Result<(Relation, Option<Oid>)> {
        let (ours, theirs) = match (&sides.before.tip, &sides.upstream) {
            (_, None) => return Ok((Relation::NoUpstream, None)),
            (None, Some(_)) => return Ok((Relation::Unborn, None)),
            (Some(ours), Some(theirs)) => (ours, theirs),
        };
        if ours == theirs {
            return Ok((Relation::Same, Some(ours.clone())));
        }
        let base = local::merge_base(&self.repository, ours, theirs)?;
        let relation = match &base {
            None => Relation::Unrelated,
            Some(base) if base == ours => Relation::Behind,
            Some(base) if base == theirs => Relation::Ahead,
            Some(_) => Relation::Diverged,
        };
        Ok((relation, base))
    }

    /// Whether the upstream branch no longer has what it had when it was synced last.
    fn is_rewritten(&self, sides: &Sides) -> Result<bool> {
        match (sides.before.last(), &sides.upstream) {
            (Some(seen), Some(upstream)) if seen != upstream => {
                Ok(!local::is_ancestor(&self.repository, seen, upstream)?)
            }
            _ => Ok(false),
        }
    }

    /// Says why only the journal travels.
    fn explain(&mut self, why: &Why, sides: &Sides) {
        let Target { remote, branch, .. } = &self.target;
        let here = sides.local.short();
        let note = match why {
            Why::NotAttached => match here {
                Some(here) => format!("the reviews travel on `{branch}` of {remote}; `{here}` stays as it is"),
                None => {
                    format!("HEAD is detached: the reviews travel on `{branch}` of {remote}, and nothing moves here")
                }
            },
            Why::Busy(what) => format!("{what} is in progress: only the reviews are synced"),
            Why::Rewritten => format!(
                "`{branch}` of {remote} was rewritten: only the reviews are synced until you bring the two together, \
                 as with `git pull --rebase {remote} {branch}`"
            ),
            Why::Outside(path) => format!(
                "commits that are not pushed touch {path}, outside the collection: only the reviews are synced; \
                 `rehearse sync --with-commits` takes the commits along"
            ),
            Why::Unrelated => {
                self.report.trouble = Some(Trouble {
                    message: format!(
                        "`{branch}` here and on {remote} have no commit in common; only the reviews are synced"
                    ),
                    help: format!("`git pull --no-rebase --allow-unrelated-histories {remote} {branch}` joins the two"),
                });
                return;
            }
            Why::Unpushed(path) => {
                self.report.trouble = Some(Trouble {
                    message: format!(
                        "{remote} has no `{branch}` yet, and its commits touch {path}, outside the collection"
                    ),
                    help: format!("`git push -u {remote} {branch}` first, or `rehearse sync --with-commits`"),
                });
                return;
            }
            Why::Conflict(conflicts) => {
                self.report.trouble = Some(Trouble {
                    message: format!("{}; the reviews are synced, the decks wait for you", conflicts.words()),
                    help: format!(
                        "`{}` shows the conflict in the file; mend it, commit, and sync again",
                        self.target.pull()
                    ),
                });
                return;
            }
            Why::CannotMerge => return,
        };
        self.report.notes.push(note);
    }

    /// Counts the decks and the commits that a way takes along.
    fn count(&mut self, way: &Way, sides: &Sides, base: Option<&Oid>) -> Result<()> {
        let repository = &self.repository;
        let paths = DeckPaths::new(&self.collection.folders.root, &self.collection.settings.exclude);
        let decks = |from: Option<&Oid>, to: Option<&Oid>| match (from, to) {
            (Some(from), Some(to)) if from != to => publish::decks(repository, &paths, from, to),
            (None, Some(to)) => publish::decks(repository, &paths, &repository.empty_tree(), to),
            _ => Ok(Default::default()),
        };
        let (ours, theirs) = (sides.before.tip.as_ref(), sides.upstream.as_ref());
        if let Way::Here | Way::Merge = way {
            self.report.commits = local::unpushed(repository, ours, theirs)?;
        }
        match way {
            Way::There => self.report.decks = decks(ours, theirs)?.len(),
            Way::Merge => {
                let (mine, others) = (decks(base, ours)?, decks(base, theirs)?);
                self.report.merged = mine.intersection(&others).count();
                self.report.decks = others.len() - self.report.merged;
            }
            _ => {}
        }
        Ok(())
    }

    /// The commit itself: what is there already, if it has all of the journal.
    fn commit(&self, way: &Way, merged: Option<Oid>, sides: &Sides, rendered: &Rendered) -> Result<Option<Oid>> {
        let repository = &self.repository;
        let (base, pages) = match way {
            Way::Here => (sides.before.tip.clone(), sides.here.clone()),
            Way::Merge => {
                let tree = merged.clone().context("nothing was merged")?;
                let files = self.files(tree.as_str())?;
                (Some(tree), files)
            }
            _ => (sides.upstream.clone(), sides.there.clone()),
        };
        let updates = rendered.updates(&pages);
        if updates.is_empty() && merged.is_none() {
            return Ok(base);
        }
        let tree = publish::tree(repository, &self.journal, &self.work, base.as_ref(), &updates)?;
        let parents: Vec<&Oid> = match way {
            Way::Merge => sides.before.tip.iter().chain(&sides.upstream).collect(),
            _ => base.iter().collect(),
        };
        publish::commit(repository, &tree, &parents, &publish::message(rendered.counts, merged.is_some())).map(Some)
    }

    /// What is to be remembered when the reviews are pushed; and the local branch follows.
    fn settle(&mut self, sides: &Sides, made: &Made, rendered: &Rendered) -> Result<()> {
        let Some(commit) = &made.commit else { return Ok(()) };
        let contained = made.follows;
        if contained || !self.is_rewritten(sides)? {
            let known = sides.before.seen.as_ref() == Some(commit);
            remote::note_seen(&self.repository, &self.target, Some(commit).filter(|_| !known))?;
        }
        self.collection.store.note_published(&rendered.notes())?;
        let Some(branch) =
            sides.local.branch.as_deref().filter(|_| made.follows && sides.before.tip.as_ref() != Some(commit))
        else {
            return Ok(());
        };
        let (repository, journal) = (&self.repository, &self.journal);
        let store = &mut self.collection.store;
        // The reviews are pushed: whatever keeps the branch from following is no failure.
        let advanced = advance::advance(repository, journal, store, branch, sides.before.tip.as_ref(), commit);
        if let Some(way) = advanced.unwrap_or_else(|error| Some(format!("{error:#}"))) {
            let short = sides.local.short().unwrap_or(branch);
            self.report.decks = 0;
            self.report.notes.push(format!("{way}: `{short}` stays where it is, and the next sync catches up"));
        }
        Ok(())
    }
}
