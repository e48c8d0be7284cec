//! Work on many files on every core.

use std::num::NonZero;
use std::sync::mpsc::sync_channel;
use std::sync::{Mutex, PoisonError};

/// How many results may wait to be taken, which bounds memory for any number of files.
const WAITING: usize = 32;

/// Passes the results of `work` on some files to `take` as they come, in no order. The thread that takes also works while
/// no result waits, so every core has exactly one thread.
pub(super) fn each<F: Send, T: Send, R>(
    files: Vec<F>,
    work: impl Fn(F) -> Option<T> + Sync,
    take: impl FnOnce(&mut dyn Iterator<Item = T>) -> R,
) -> R {
    // One or two files take less time than starting threads.
    let cores = if files.len() > 2 { std::thread::available_parallelism().map_or(1, NonZero::get) } else { 1 };
    let threads = 1..cores.min(files.len());
    let files = Mutex::new(files.into_iter());
    let next = || files.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work = || std::iter::from_fn(next).find_map(&work);
    let (sender, done) = sync_channel(WAITING);
    std::thread::scope(|scope| {
        for _ in threads {
            let sender = sender.clone();
            // A closed channel means that nothing more is taken, so the rest is left.
            let until_closed = move || std::iter::from_fn(work).all(|result| sender.send(result).is_ok());
            // If no thread can be started, the others do the work.
            let _ = std::thread::Builder::new().spawn_scoped(scope, until_closed);
        }
        drop(sender);
        take(&mut std::iter::from_fn(move || done.try_recv().ok().or_else(work).or_else(|| done.recv().ok())))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_worked_on_once_and_what_is_not_taken_is_left() {
        for count in [0, 1, 2, 3, 100, 1000] {
            let odd = |n: usize| (n % 2 == 1).then_some(n);
            let mut done: Vec<usize> = each((0..count).collect(), odd, |done| done.collect());
            done.sort_unstable();
            assert_eq!(done, (0..count).filter(|n| n % 2 == 1).collect::<Vec<_>>());
            // Taking only one does not leave the others waiting forever.
            assert_eq!(each((0..count).collect(), Some, |done| done.next().is_some()), count > 0);
        }
    }
}
