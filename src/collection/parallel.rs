//! Work on many files on every core.

use std::sync::mpsc::sync_channel;

use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

/// How many results may wait to be taken, which bounds memory for any number of files.
const WAITING: usize = 32;

/// Passes the results of `work` on some files to `take` as they come, in no order.
pub(super) fn each<F: Send, T: Send, R>(
    files: Vec<F>,
    work: impl Fn(F) -> Option<T> + Sync,
    take: impl FnOnce(&mut dyn Iterator<Item = T>) -> R,
) -> R {
    // One or two files take less time than starting threads.
    if files.len() < 3 {
        return take(&mut files.into_iter().filter_map(work));
    }
    let (sender, results) = sync_channel(WAITING);
    rayon::in_place_scope(|scope| {
        let work = &work;
        scope.spawn(move |_| {
            // A closed channel means that nothing more is taken, so the rest is left.
            let _ = files
                .into_par_iter()
                .filter_map(work)
                .try_for_each_with(sender, |sender, result| sender.send(result).ok());
        });
        take(&mut results.into_iter())
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
