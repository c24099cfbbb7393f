//! Whoever watches accounts rests no longer and no shorter than it should, whatever the services say.

use std::sync::Arc;

use pollster::block_on;
use signal_core::engine::{REST_MICROS_MAX, SyncOutcome, Watch};
use signal_core::platform::PlatformError;

use super::world::World;
use super::{DAY, GOOD, play};

/// How a watch reads once, and how many seconds it rests after that.
async fn round(world: &World, watch: &mut Watch) -> (Vec<(SyncOutcome, u64)>, i64) {
    let answers = watch.read(&|_| {}).await.expect("reads");
    let before = world.host_now();
    watch.rest().await;
    let rest = world.host_now().micros_since(before) / 1_000_000;
    (answers.iter().map(|answer| (answer.outcome, answer.new)).collect(), rest)
}

#[test]
fn a_watch_reads_what_is_due_and_sees_accounts_that_are_connected_later() {
    block_on(async {
        let world = World::new(GOOD, 1).await;
        let accounts = world.process();
        let mut watch = accounts.watch(world.ana, None);
        assert_eq!(round(&world, &mut watch).await, (vec![], 15 * 60));
        world.connect(&accounts, world.ana).await.expect("connects");
        play(&world, 2);
        // The service says nothing of how often: there is a bound all the same.
        assert_eq!(round(&world, &mut watch).await, (vec![(SyncOutcome::Synced, 2)], 30));
        play(&world, 1);
        assert_eq!(round(&world, &mut watch).await, (vec![(SyncOutcome::Synced, 1)], 30));
        accounts.disconnect(world.ana, "fake").await.expect("lets go");
        assert_eq!(round(&world, &mut watch).await, (vec![], 15 * 60));
    });
}

#[test]
fn a_watch_rests_no_longer_than_the_cap_and_asks_nothing_before_the_gate_opens() {
    block_on(async {
        let world = World::new(GOOD, 1).await;
        let accounts = world.process();
        world.connect(&accounts, world.ana).await.expect("connects");
        world.service.state(|state| state.gate = world.host_now().plus_seconds(DAY));
        let mut watch = accounts.watch(world.ana, None);
        let cap = i64::try_from(REST_MICROS_MAX / 1_000_000).expect("small");
        for _ in 0..DAY / cap {
            assert_eq!(round(&world, &mut watch).await, (vec![(SyncOutcome::Waiting, 0)], cap));
        }
        assert_eq!(world.service.state(|state| state.early), 1, "nobody knew at first");
        play(&world, 1);
        assert_eq!(round(&world, &mut watch).await.0, [(SyncOutcome::Synced, 1)]);
    });
}

#[test]
fn after_an_error_a_watch_rests_a_minute_and_longer_where_trying_again_does_not_help() {
    block_on(async {
        let world = World::new(GOOD, 1).await;
        world.connect(&world.process(), world.ana).await.expect("connects");
        let mut watch = world.process().watch(world.ana, None);
        for (retry, rest) in [(true, 60), (false, 15 * 60)] {
            let failed =
                PlatformError::Failed { platform: "fake", what: "answer", reason: "no".to_owned(), retry };
            world.service.state(|state| state.refuses = Some(failed));
            assert_eq!(round(&world, &mut watch).await, (vec![(SyncOutcome::Failed, 0)], rest));
        }
        // Another key: of all accounts that is an answer, of one it is an error.
        let other = world.process_over(Arc::new(world.memory.clone()), &[9]);
        let mut all = other.watch(world.ana, None);
        assert_eq!(round(&world, &mut all).await, (vec![(SyncOutcome::Failed, 0)], 15 * 60));
        let mut one = other.watch(world.ana, Some("fake"));
        one.read(&|_| {}).await.expect_err("cannot open it");
        let before = world.host_now();
        one.rest().await;
        assert_eq!(world.host_now().micros_since(before), 60_000_000);
    });
}
