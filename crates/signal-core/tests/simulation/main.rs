//! A simulated community: the same seed gives the same ledger, the books are at zero, and attackers are found.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod five_friends;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use pollster::block_on;
use signal_core::engine::{CheckpointAnswer, Engine};
use signal_core::model::{Points, UserId};
use signal_core::simulation::{Outcome, Plan, SimulatedHost, Simulation};
use signal_core::store::{MemoryStore, Store};

fn small(seed: u64) -> Plan {
    Plan {
        seed,
        people: 160,
        days: 40,
        sybils: 12,
        praise_ring: 6,
        friends: 6,
        ..Plan::default()
    }
}

fn live(plan: &Plan) -> (Outcome, Engine) {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
    let outcome = block_on(Simulation::run(plan, Arc::clone(&store), &|_, _| ())).expect("lives");
    let host = SimulatedHost::new(plan.seed, outcome.end);
    (outcome, Engine::new(store, Arc::new(host)))
}

fn checkpoint(engine: &Engine) -> CheckpointAnswer {
    block_on(engine.checkpoint()).expect("has a head")
}

#[test]
fn one_seed_gives_one_ledger_and_another_seed_another() {
    let plan = Plan {
        people: 80,
        days: 12,
        ..small(1)
    };
    let (first, second, other) = (live(&plan), live(&plan), live(&Plan { seed: 2, ..plan }));
    assert_eq!(first.0, second.0);
    assert_eq!(checkpoint(&first.1), checkpoint(&second.1));
    assert_ne!(checkpoint(&first.1).root, checkpoint(&other.1).root);
}

#[test]
fn what_was_lived_verifies_and_adds_up() {
    let days = AtomicU32::new(0);
    let plan = small(3);
    let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
    let count = |day, of| {
        assert_eq!((days.fetch_add(1, Ordering::SeqCst) + 1, plan.days), (day, of));
    };
    let outcome = block_on(Simulation::run(&plan, Arc::clone(&store), &count)).expect("lives");
    assert_eq!(days.into_inner(), plan.days);
    let engine = Engine::new(store, Arc::new(SimulatedHost::new(0, outcome.end)));
    let verified = block_on(engine.verify_ledger(&|_| ())).expect("reads");
    assert!(verified.verified, "{verified:?}");
    let replayed = block_on(engine.replay_ledger(&|_| ())).expect("reads");
    assert!(replayed.equal, "{:?}", replayed.differences);
    assert_eq!(replayed.books_sum_millipoints, Points::ZERO);
    assert!(replayed.negative.is_empty(), "{:?}", replayed.negative);
    assert_eq!(verified.entries, replayed.entries);
    let tally = outcome.tally;
    assert!(
        tally.drops > 30 && tally.ratings > 5 * tally.drops && tally.settled > 10,
        "{tally:?}"
    );
}

#[test]
fn rings_are_found_friends_are_not_and_attacking_does_not_pay() {
    for seed in [3, 4, 5] {
        let (outcome, _) = live(&small(seed));
        let caught: BTreeSet<UserId> = outcome.caught.iter().copied().collect();
        let flagged: BTreeSet<UserId> = outcome.flagged.iter().copied().collect();
        let truth = &outcome.truth;
        let share = |ring: &[UserId]| {
            ring.iter().filter(|user| caught.contains(user)).count() as f64 / ring.len() as f64
        };
        assert!(
            share(&truth.praise_ring) >= 0.8,
            "seed {seed}: praise ring {}",
            share(&truth.praise_ring)
        );
        assert!(
            share(&truth.sybils) >= 0.8,
            "seed {seed}: sybils {}",
            share(&truth.sybils)
        );
        assert!(
            truth.friends.iter().all(|friend| !flagged.contains(friend)),
            "seed {seed}: friends were flagged"
        );
        assert!(
            flagged.is_empty(),
            "seed {seed}: {} honest people were flagged",
            flagged.len()
        );
        let (attackers, honest) = (outcome.attackers.mean(), outcome.honest.mean());
        assert!(
            attackers <= honest,
            "seed {seed}: attackers won {attackers} each, honest people {honest}"
        );
    }
}
