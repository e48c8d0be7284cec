//! Preparing what is pushed: the strategy, a merge if it needs one, and the commit.

use super::error::Error;
use super::local;
use super::merge::{HistoryMerge, MergeOutcome};
use super::publish::{self, CommitContent, RenderedJournal};
use super::run::Run;
use super::state::SyncState;
use super::strategy::{Obstacle, Relation, Strategy, strategy};
use crate::collection::DeckPaths;
use crate::git::Oid;
use crate::journal;

pub(super) struct Prepared {
    pub(super) commit: Option<Oid>,
    pub(super) follows: bool,
    /// An error to return after the reviews are pushed.
    pub(super) failed: Option<Error>,
}

struct Plan {
    strategy: Strategy,
    /// The merged tree of [`Strategy::Merge`].
    merged: Option<Oid>,
    failed: Option<Error>,
}

impl Run<'_, '_> {
    /// Prepares the commit to push. Returns `None` if the user has to do something first.
    pub(super) fn prepare(&mut self, state: &SyncState, rendered: &RenderedJournal) -> Result<Option<Prepared>, Error> {
        let (relation, base) = self.relation(state)?;
        let plan = self.plan(state, relation)?;
        if let Strategy::Wait(obstacle) | Strategy::JournalOnly(obstacle) = &plan.strategy {
            self.report.explain(obstacle, &self.upstream, &state.head);
        }
        if matches!(plan.strategy, Strategy::Wait(_)) {
            return Ok(None);
        }
        self.count(&plan.strategy, state, base.as_ref())?;
        let commit = if self.request.dry_run { None } else { self.commit(&plan, state, rendered)? };
        let follows = !matches!(plan.strategy, Strategy::JournalOnly(_));
        Ok(Some(Prepared { commit, follows, failed: plan.failed }))
    }

    fn relation(&self, state: &SyncState) -> Result<(Relation, Option<Oid>), Error> {
        let (ours, theirs) = match (&state.before.tip, &state.upstream) {
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

    /// Decides on what the journal is committed, and merges if that is needed.
    fn plan(&mut self, state: &SyncState, relation: Relation) -> Result<Plan, Error> {
        let (tip, upstream) = (state.before.tip.as_ref(), state.upstream.as_ref());
        let outside = match relation {
            Relation::NoUpstream | Relation::Ahead | Relation::Diverged if !self.request.with_commits => {
                local::outside(&self.repository, tip, upstream)?
            }
            _ => None,
        };
        let rewritten = relation == Relation::Diverged && self.is_rewritten(state)?;
        let strategy = strategy(self.upstream.attached, state.head.busy, relation, rewritten, outside);
        let mut plan = Plan { strategy, merged: None, failed: None };
        if let (Strategy::Merge, Some(ours), Some(theirs)) = (&plan.strategy, tip, upstream) {
            match self.merge(ours, theirs)? {
                MergeOutcome::Clean(tree, notes) => {
                    self.report.notes.extend(notes);
                    plan.merged = Some(tree);
                }
                MergeOutcome::Conflicts(conflicts) => {
                    plan.strategy = Strategy::JournalOnly(Obstacle::Conflict(conflicts));
                }
                MergeOutcome::Impossible(why) => {
                    plan.failed = Some(why);
                    plan.strategy = Strategy::JournalOnly(Obstacle::CannotMerge);
                }
            }
        }
        Ok(plan)
    }

    /// Merges two commits. Conflicts in the journal don't count: it is rendered again.
    fn merge(&self, ours: &Oid, theirs: &Oid) -> Result<MergeOutcome, Error> {
        let pull = self.upstream.pull();
        let merge =
            HistoryMerge { repository: &self.repository, work: &self.work, program: self.request.program, pull };
        let mut conflicts = match merge.run(ours, theirs)? {
            MergeOutcome::Conflicts(conflicts) => conflicts,
            other => return Ok(other),
        };
        let folder = format!("{}/", self.folder());
        conflicts
            .files
            .retain(|conflict| conflict.file.strip_prefix(&folder).is_none_or(|page| journal::page_of(page).is_none()));
        if conflicts.files.is_empty() {
            Ok(MergeOutcome::Clean(conflicts.tree, Vec::new()))
        } else {
            Ok(MergeOutcome::Conflicts(conflicts))
        }
    }

    fn count(&mut self, strategy: &Strategy, state: &SyncState, base: Option<&Oid>) -> Result<(), Error> {
        let repository = &self.repository;
        let paths = DeckPaths::new(&self.collection.folders.root, &self.collection.settings.exclude);
        let decks = |from: Option<&Oid>, to: Option<&Oid>| match (from, to) {
            (Some(from), Some(to)) if from != to => publish::changed_decks(repository, &paths, from, to),
            (None, Some(to)) => publish::changed_decks(repository, &paths, &repository.empty_tree(), to),
            _ => Ok(Default::default()),
        };
        let (ours, theirs) = (state.before.tip.as_ref(), state.upstream.as_ref());
        if let Strategy::Local | Strategy::Merge = strategy {
            self.report.commits = local::unpushed(repository, ours, theirs)?;
        }
        match strategy {
            Strategy::Upstream => self.report.decks = decks(ours, theirs)?.len(),
            Strategy::Merge => {
                let (mine, others) = (decks(base, ours)?, decks(base, theirs)?);
                self.report.merged = mine.intersection(&others).count();
                self.report.decks = others.len() - self.report.merged;
            }
            _ => {}
        }
        Ok(())
    }

    /// Writes the commit. Returns an existing one if it has all of the journal.
    fn commit(&mut self, plan: &Plan, state: &SyncState, rendered: &RenderedJournal) -> Result<Option<Oid>, Error> {
        let repository = &self.repository;
        let (tip, upstream) = (&state.before.tip, &state.upstream);
        let (base, files) = match (&plan.strategy, &plan.merged) {
            (_, Some(tree)) => (Some(tree), self.files(tree)?),
            (Strategy::Local, _) => (tip.as_ref(), state.here.clone()),
            _ => (upstream.as_ref(), state.there.clone()),
        };
        let updates = rendered.updates(&files);
        let merged = plan.merged.is_some();
        if updates.is_empty() && !merged {
            return Ok(base.cloned());
        }
        let tree = publish::write_tree(repository, &self.journal, &self.work, base, &updates)?;
        let parents: Vec<&Oid> = if merged { tip.iter().chain(upstream).collect() } else { base.into_iter().collect() };
        let message = publish::commit_message(rendered.counts, merged);
        self.write_commit(&CommitContent { tree: &tree, parents: &parents, message: &message }).map(Some)
    }

    /// Writes a commit, signed if that is wanted and works. Says once if it doesn't.
    fn write_commit(&mut self, content: &CommitContent<'_>) -> Result<Oid, Error> {
        if self.signs {
            match publish::write_signed_commit(&self.repository, content, self.request.program, &self.work)? {
                Ok(commit) => return Ok(commit),
                Err(why) => self.report.notes.push(format!("the commits of this sync are not signed: {why}")),
            }
            self.signs = false;
        }
        publish::write_commit(&self.repository, content)
    }
}
