//! Whole collections in temporary folders, edited and opened again.
//!
//! Not here: what commands print of them.
#![allow(clippy::unwrap_used, reason = "tests fail by it")]

use std::path::Path;

use proptest::prelude::ProptestConfig;
use proptest::test_runner::FileFailurePersistence;

use super::{Collection, Folders, Open};
use crate::clock::Instant;

mod follow;
mod index;

/// A property test with this many cases, and N times as many with `REHEARSE_TEST_RUNS=N`.
fn cases(count: u32) -> ProptestConfig {
    let times = std::env::var("REHEARSE_TEST_RUNS").map_or(1, |times| times.parse().unwrap());
    let saved = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/proptest-regressions/collection.txt");
    let saved = FileFailurePersistence::Direct(saved);
    ProptestConfig { failure_persistence: Some(Box::new(saved)), ..ProptestConfig::with_cases(count * times) }
}

fn open(root: &Path, local: &Path, random: u64, now: Instant) -> Collection {
    let folders = Folders::find(Some(root), Some(local), root).unwrap();
    Collection::open(Open {
        folders,
        random,
        now,
        write: true,
        waiting: || {},
        lenient: false,
        progress: &|_, _, _| {},
    })
    .unwrap()
}
