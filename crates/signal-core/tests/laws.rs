//! Laws that hold after every step of any sequence of commands.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use pollster::block_on;
use proptest::prelude::*;
use signal_core::engine::Engine;
use signal_core::live::Live;
use signal_core::model::{Account, Move, Points, Timestamp, UserId, Viewer};
use signal_core::store::conformance::{Raw, Story};
use signal_core::store::{LedgerStore, MemoryStore};

fn raws(most: usize) -> impl Strategy<Value = Vec<Raw>> {
    prop::collection::vec(any::<Raw>(), 1..most)
}

/// A few people, verified and trusting each other, so that random steps find something to do.
fn opening() -> Vec<Raw> {
    let arrivals = (0..8u8).map(|i| (0, i, 0, 0));
    let verified = (0..8u8).map(|i| (4, i, 0, u16::from(i)));
    let trust = (0..8u8).map(|i| (7, i, i.wrapping_add(1), 8_000));
    let circle = [(20, 0, 0, 1), (21, 1, 0, 1), (21, 2, 0, 1)];
    arrivals.chain(verified).chain(trust).chain(circle).collect()
}

async fn play(story: &mut Story, steps: &[Raw]) -> Vec<String> {
    let mut said = Vec::new();
    for step in opening().iter().chain(steps) {
        said.push(story.step(*step).await);
    }
    said
}

/// After every single entry the books are at zero and no account but `mint` is below it.
async fn check_every_entry(engine: &Engine) {
    let mut balances: BTreeMap<Account, Points> = BTreeMap::new();
    for stored in engine.store().entries(0, u32::MAX).await.expect("entries") {
        let leaf = stored.leaf().expect("a leaf");
        for Move(account, points) in &leaf.moves {
            let balance = balances.entry(*account).or_default();
            *balance = *balance + *points;
            assert!(*account == Account::Mint || *balance >= Points::ZERO, "{account:?} after {leaf:?}");
        }
        assert_eq!(balances.values().copied().sum::<Points>(), Points::ZERO, "after {leaf:?}");
    }
}

fn edges(live: &Live) -> BTreeSet<(UserId, UserId, u16)> {
    let names: BTreeMap<u32, UserId> = live.graph.people().map(|(user, index)| (index, user)).collect();
    let from = |(user, index)| live.graph.outgoing(index).map(move |(to, weight)| (user, to, weight));
    live.graph.people().flat_map(from).map(|(from, to, weight)| (from, names[&to], weight)).collect()
}

async fn check_books(engine: &Engine) {
    check_every_entry(engine).await;
    let replay = engine.replay_ledger(&|_| {}).await.expect("replays");
    assert_eq!(replay.books_sum_millipoints, Points::ZERO);
    assert_eq!(replay.negative, vec![]);
    assert_eq!(replay.differences, vec![]);
    let verified = engine.verify_ledger(&|_| {}).await.expect("verifies");
    assert_eq!(verified.problem, None);
    for circle in engine.circles(Viewer::Operator).await.expect("circles") {
        assert!(circle.size <= 150);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 400, ..ProptestConfig::default() })]

    /// Books at zero, no account but `mint` below zero, replay equal to what is stored, the tree whole.
    #[test]
    fn the_ledger_explains_everything(steps in raws(160), seed in any::<u64>()) {
        let mut story = Story::new(Arc::new(MemoryStore::new()), seed);
        block_on(async {
            play(&mut story, &steps).await;
            check_books(&story.engine).await;
        });
    }

    /// What followed every entry while it could be read holds the same as what reads only what erasures left.
    #[test]
    fn live_state_is_what_is_left_to_read(steps in raws(140), seed in any::<u64>()) {
        let store = MemoryStore::new();
        let mut story = Story::new(Arc::new(store.clone()), seed);
        let (mut followed, mut rebuilt) = (Live::default(), Live::default());
        block_on(async {
            for step in opening().iter().chain(&steps) {
                story.step(*step).await;
                for entry in store.entries(followed.position, u32::MAX).await.expect("entries") {
                    followed.apply(&entry).expect("folds");
                }
            }
            for entry in store.entries(0, u32::MAX).await.expect("entries") {
                rebuilt.apply(&entry).expect("folds");
            }
        });
        prop_assert_eq!(&followed.people, &rebuilt.people);
        prop_assert_eq!(&followed.drops, &rebuilt.drops);
        prop_assert_eq!(&followed.circles, &rebuilt.circles);
        prop_assert_eq!(&followed.blocks, &rebuilt.blocks);
        prop_assert_eq!(edges(&followed), edges(&rebuilt));
    }

    /// The same steps give the same bytes.
    #[test]
    fn the_same_steps_give_the_same_root(steps in raws(60), seed in any::<u64>()) {
        let run = || {
            let mut story = Story::new(Arc::new(MemoryStore::new()), seed);
            block_on(async {
                let said = play(&mut story, &steps).await;
                (said, story.engine.checkpoint().await.expect("a head"))
            })
        };
        prop_assert_eq!(run(), run());
    }

    /// Whatever can be looked up finds what a look at everything finds, in what was folded entry by entry.
    #[test]
    fn lookups_miss_nothing(steps in raws(160), seed in any::<u64>()) {
        let store = MemoryStore::new();
        let mut story = Story::new(Arc::new(store.clone()), seed);
        let mut live = Live::default();
        block_on(async {
            play(&mut story, &steps).await;
            for entry in store.entries(0, u32::MAX).await.expect("entries") {
                live.apply(&entry).expect("folds");
            }
        });
        for (&user, person) in &live.people {
            prop_assert_eq!(live.called(person.pseudonym), Some(user));
            let within: Vec<_> = live.circles.iter().filter(|(_, c)| c.members.contains(&user)).map(|(id, _)| *id).collect();
            prop_assert_eq!(live.circles_of(user).collect::<Vec<_>>(), within);
            let made: Vec<_> = live.drops.iter().filter(|(_, d)| d.author == user).map(|(id, _)| *id).collect();
            prop_assert_eq!(live.drops_of(user).map(|(id, _)| id).collect::<Vec<_>>(), made);
        }
        let mut all: Vec<_> = live.drops.iter().map(|(id, d)| (d.made_at, *id)).collect();
        all.sort_unstable_by(|a, b| b.cmp(a));
        let since: Vec<_> = live.drops_since(Timestamp::from_seconds(0)).map(|(id, d)| (d.made_at, id)).collect();
        prop_assert_eq!(since, all);
        let mut crowd = live.crowd().people(1_000);
        crowd.sort_unstable();
        prop_assert_eq!(crowd, live.people.keys().copied().collect::<Vec<_>>());
    }

    /// What follows the tail entry by entry holds the same as what reads it all at once.
    #[test]
    fn live_state_does_not_depend_on_when_it_follows(steps in raws(100), seed in any::<u64>()) {
        let store = MemoryStore::new();
        let mut story = Story::new(Arc::new(store.clone()), seed);
        block_on(async {
            play(&mut story, &steps).await;
            let late = Engine::new(Arc::new(store), story.host.clone());
            let (a, b) = (story.engine.drops(Viewer::Operator, None, 1_000).await, late.drops(Viewer::Operator, None, 1_000).await);
            prop_assert_eq!(a.expect("drops"), b.expect("drops"));
            let (a, b) = (story.engine.users(Viewer::Operator, None, 1_000).await, late.users(Viewer::Operator, None, 1_000).await);
            prop_assert_eq!(a.expect("users"), b.expect("users"));
            Ok(())
        })?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 100, ..ProptestConfig::default() })]

    /// The same, looked at after every step of shorter stories.
    #[test]
    fn the_ledger_explains_everything_at_any_time(steps in raws(30), seed in any::<u64>()) {
        let mut story = Story::new(Arc::new(MemoryStore::new()), seed);
        block_on(async {
            play(&mut story, &[]).await;
            for step in steps {
                story.step(step).await;
                check_books(&story.engine).await;
            }
        });
    }
}
