//! A simulated community: the same seed gives the same ledger, the books are at zero, and attackers are found.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod attacks;
mod five_friends;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use pollster::block_on;
use signal_core::engine::{CheckpointAnswer, Engine};
use signal_core::model::{Points, UserId, Viewer};
use signal_core::simulation::{Outcome, Plan, SimulatedHost, Simulation};
use signal_core::store::{MemoryStore, Store};

fn small(seed: u64) -> Plan {
    Plan { seed, people: 160, days: 40, sybils: 12, praise_ring: 6, friends: 6, ..Plan::default() }
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
    let plan = Plan { people: 80, days: 12, ..small(1) };
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
    assert!(tally.drops > 30 && tally.ratings > 5 * tally.drops && tally.settled > 10, "{tally:?}");
}

#[test]
fn a_community_begins_in_an_empty_store() {
    let plan = Plan { people: 40, days: 2, sybils: 4, praise_ring: 4, friends: 4, ..Plan::default() };
    let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
    block_on(Simulation::run(&plan, Arc::clone(&store), &|_, _| ())).expect("lives");
    let again = block_on(Simulation::run(&plan, store, &|_, _| ()));
    assert!(again.is_err_and(|error| !error.is_world()));
}

#[test]
fn rings_are_found_friends_are_not_and_attacking_does_not_pay() {
    // Long enough for the rings to be found and to feel it: in their first weeks they win now and then.
    let plan = Plan { people: 240, days: 60, sybils: 15, ..small(0) };
    for seed in 3..9 {
        let (outcome, engine) = live(&Plan { seed, ..plan });
        let truth = &outcome.truth;
        // A false account that never dropped was praised by nobody: it votes, but no praise links it to the ring.
        let dropped =
            |user: &UserId| !block_on(engine.drops(Viewer::Operator, Some(*user), 1)).unwrap().is_empty();
        let share = |ring: &[UserId]| {
            let praised: Vec<_> = ring.iter().filter(|user| dropped(user)).collect();
            let found = praised.iter().filter(|user| outcome.caught.contains(user)).count();
            found as f64 / praised.len() as f64
        };
        let (ring, sybils) = (share(&truth.praise_ring), share(&truth.sybils));
        assert!(ring >= 0.8, "seed {seed}: {ring} of the praise ring");
        assert!(sybils >= 0.8, "seed {seed}: {sybils} of the false accounts that dropped");
        assert!(outcome.caught.len() > outcome.missed.len(), "seed {seed}: {} missed", outcome.missed.len());
        let flagged = &outcome.flagged;
        assert!(
            truth.friends.iter().all(|friend| !flagged.contains(friend)),
            "seed {seed}: friends were flagged"
        );
        assert!(flagged.is_empty(), "seed {seed}: {} honest people were flagged", flagged.len());
        let (attackers, honest) = (outcome.attackers.mean(), outcome.honest.mean());
        assert!(attackers <= honest, "seed {seed}: attackers won {attackers} each, honest people {honest}");
    }
}
