//! What a sync did, or would do, and its notes to the user.

use super::local::Head;
use super::remote::HistoryBranch;
use super::strategy::Obstacle;
use crate::deck::CardId;
use crate::history::EventId;
use crate::store::{Counts, WrittenFiles};

#[derive(Debug, Default)]
pub(crate) struct Report {
    /// The events received, by the name of their device.
    pub(crate) received: Vec<(String, Counts)>,
    /// How many decks changed on the other side only.
    pub(crate) decks: usize,
    /// How many decks changed on both sides.
    pub(crate) merged: usize,
    pub(crate) pushed: Counts,
    /// Resets that another device recorded: the device, the card, and the event.
    pub(crate) resets: Vec<(String, CardId, EventId)>,
    pub(crate) commits: usize,
    /// What was written to the journal's folder if there is nowhere to push it.
    pub(crate) written: Option<WrittenFiles>,
    pub(crate) notes: Vec<String>,
    pub(crate) trouble: Option<Trouble>,
}

/// Something that needs the user, though the reviews are safe.
#[derive(Debug)]
pub(crate) struct Trouble {
    pub(crate) message: String,
    pub(crate) help: String,
}

impl Report {
    pub(super) fn explain(&mut self, obstacle: &Obstacle, upstream: &HistoryBranch, head: &Head) {
        let HistoryBranch { remote, branch, .. } = upstream;
        let (message, help) = match obstacle {
            Obstacle::Unrelated => (
                format!("`{branch}` here and on {remote} have no commit in common; only the reviews are synced"),
                format!("`git pull --no-rebase --allow-unrelated-histories {remote} {branch}` joins the two"),
            ),
            Obstacle::NoUpstream(path) => (
                format!("{remote} has no `{branch}` yet, and its commits touch {path}, outside the collection"),
                format!("`git push -u {remote} {branch}` first, or `rehearse sync --with-commits`"),
            ),
            Obstacle::Conflict(conflicts) => (
                format!("{}; the reviews are synced, the decks wait for you", conflicts.message()),
                format!("`{}` shows the conflict in the file; mend it, commit, and sync again", upstream.pull()),
            ),
            _ => return self.notes.extend(note(obstacle, upstream, head)),
        };
        self.trouble = Some(Trouble { message, help });
    }
}

fn note(obstacle: &Obstacle, upstream: &HistoryBranch, head: &Head) -> Option<String> {
    let HistoryBranch { remote, branch, .. } = upstream;
    match obstacle {
        Obstacle::NotAttached => Some(match head.short() {
            Some(here) => format!("the reviews travel on `{branch}` of {remote}; `{here}` stays as it is"),
            None => format!("HEAD is detached: the reviews travel on `{branch}` of {remote}, and nothing moves here"),
        }),
        Obstacle::Busy(what) => Some(format!("{what} is in progress: only the reviews are synced")),
        Obstacle::Rewritten => Some(format!(
            "`{branch}` of {remote} was rewritten: only the reviews are synced until you bring the two together, \
             as with `git pull --rebase {remote} {branch}`"
        )),
        Obstacle::Outside(path) => Some(format!(
            "commits that are not pushed touch {path}, outside the collection: only the reviews are synced; \
             `rehearse sync --with-commits` takes the commits along"
        )),
        _ => None,
    }
}
