//! The same random commands on the reference store and on `SQLite`: equal in every read and every leaf.

use std::sync::Arc;

use proptest::prelude::*;
use signal_adapters::sqlite::SqliteStore;
use signal_core::store::conformance::{Raw, Story, agree};
use signal_core::store::{MemoryStore, Store};

/// People who trust each other and share a circle, so that random steps find something to do.
fn opening() -> impl Iterator<Item = Raw> {
    let arrivals = (0..8u8).map(|i| (0, i, 0, 0));
    let verified = (0..8u8).map(|i| (4, i, 0, u16::from(i)));
    let trust = (0..8u8).map(|i| (7, i, i.wrapping_add(1), 8_000));
    arrivals.chain(verified).chain(trust).chain([(20, 0, 0, 1), (21, 1, 0, 1), (21, 2, 0, 1)])
}

/// Compares the answers, the refusals and the roots after every step, and every read at the end, or at every step.
fn compare(steps: &[Raw], seed: u64, always: bool) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let folder = tempfile::tempdir().expect("a folder");
        let sqlite = SqliteStore::open(folder.path().join("story.db")).await.expect("opens");
        let memory = MemoryStore::new();
        let mut left = Story::new(Arc::new(memory.clone()), seed);
        let mut right = Story::new(Arc::new(sqlite.clone()), seed);
        for (number, step) in opening().chain(steps.iter().copied()).enumerate() {
            assert_eq!(left.step(step).await, right.step(step).await, "step {number}: {step:?}");
            let heads = (left.engine.checkpoint().await, right.engine.checkpoint().await);
            assert_eq!(heads.0.expect("a head"), heads.1.expect("a head"), "after step {number}: {step:?}");
            if always {
                agree(&memory as &dyn Store, &sqlite as &dyn Store).await;
            }
        }
        agree(&memory as &dyn Store, &sqlite as &dyn Store).await;
        let replay = right.engine.replay_ledger(&|_| {}).await.expect("replays");
        assert!(replay.equal, "{:?}", replay.differences);
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 60, ..ProptestConfig::default() })]

    #[test]
    fn sqlite_and_memory_agree_on_everything(steps in prop::collection::vec(any::<Raw>(), 1..90), seed in any::<u64>()) {
        compare(&steps, seed, false);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3, max_shrink_iters: 30, ..ProptestConfig::default() })]

    #[test]
    fn they_agree_after_every_step(steps in prop::collection::vec(any::<Raw>(), 1..25), seed in any::<u64>()) {
        compare(&steps, seed, true);
    }
}
