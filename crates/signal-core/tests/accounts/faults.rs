//! Ten thousand readings while everything fails: services, permissions, the store, and the program itself.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};

use pollster::block_on;
use signal_core::engine::{AccountError, Accounts, EngineError, REST_MICROS_MAX, SyncAnswer, SyncOutcome};
use signal_core::platform::PlatformError;
use signal_core::simulation::{FaultPlan, FaultyStore};
use signal_core::store::StoreError;

use super::service::{Habits, Luck};
use super::world::World;

const LIVES: u64 = 100;
const READINGS: u64 = 100;

/// What happened in all lives.
#[derive(Debug, Default)]
struct Met {
    readings: u64,
    killed: u64,
    store_faults: u64,
    service_faults: u64,
    waiting: u64,
    consents: u64,
    plays: usize,
}

/// Polls a reading so often at most; none where the program ended before it was done.
fn poll_within<T>(mut task: std::pin::Pin<Box<dyn Future<Output = T> + '_>>, polls: u64) -> Option<T> {
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..polls {
        if let Poll::Ready(done) = task.as_mut().poll(&mut context) {
            return Some(done);
        }
    }
    None
}

/// Whether a store's fault is what failed.
fn is_fault(error: &AccountError) -> bool {
    matches!(
        error,
        AccountError::Engine(EngineError::Store(StoreError::Failed { .. } | StoreError::Unknown { .. }))
    )
}

/// The person agrees, however often it takes.
fn agree(world: &World, accounts: &Accounts) {
    for _ in 0..400 {
        match block_on(world.connect(accounts, world.ana)) {
            Ok(()) => return,
            Err(
                AccountError::Engine(EngineError::Busy { .. })
                | AccountError::Busy { .. }
                | AccountError::Platform(PlatformError::RateLimited { .. }),
            ) => {}
            Err(error) => assert!(is_fault(&error), "{error}"),
        }
        world.pass(400);
    }
    panic!("nobody could agree");
}

fn live(seed: u64, met: &mut Met) {
    let mut luck = Luck::new(seed);
    let habits = Habits { exact: seed.is_multiple_of(2), rotates: seed.is_multiple_of(3), faults: 12 };
    let world = block_on(World::new(habits, seed));
    let plan = FaultPlan { seed, before: 0.003, instead: 0.001, after: 0.002, turns: 2 };
    let store = Arc::new(FaultyStore::new(Arc::new(world.memory.clone()), plan));
    let process = || world.process_over(Arc::<FaultyStore>::clone(&store) as _, &[1]);
    let mut accounts = process();
    agree(&world, &accounts);
    let mut played = Vec::new();
    for reading in 0..READINGS {
        world.pass(i64::try_from(luck.below(20_000)).expect("small"));
        for _ in 0..luck.below(12) {
            // No song twice, so that nothing but a fault of ours could make two plays of one.
            world.service.play(&format!("Song {}", played.len()), world.host_now());
            played.push(world.host_now());
            world.pass(200);
        }
        let polls = if luck.in_hundred(15) { luck.below(400) } else { u64::MAX };
        met.readings += 1;
        let before = world.service.state(|state| state.early);
        match poll_within(Box::pin(accounts.sync(world.ana, "fake", &|_| {})), polls) {
            None => met.killed += 1,
            Some(Err(error)) => {
                assert!(is_fault(&error), "seed {seed}, reading {reading}: {error}");
                met.store_faults += 1;
            }
            Some(Ok(answer)) => {
                assert!(accounts.rest_micros(std::slice::from_ref(&answer)) <= REST_MICROS_MAX);
                went_well(&world, &accounts, &answer, met);
                // Everything it knew is written: another process goes on.
                if answer.outcome != SyncOutcome::Busy {
                    accounts = process();
                }
            }
        }
        let early = world.service.state(|state| state.early);
        assert_eq!(early, before, "seed {seed}, reading {reading}: asked before the gate opened");
    }
    met.service_faults += world.service.state(|state| state.faults);
    finish(&world, played.len(), seed);
    met.plays += played.len();
    if habits.exact {
        assert_eq!(block_on(world.starts()), played, "seed {seed}");
    }
    let longest = world.host.longest.load(Ordering::SeqCst);
    assert!(longest <= REST_MICROS_MAX, "seed {seed}: slept {longest} microseconds");
}

fn went_well(world: &World, accounts: &Accounts, answer: &SyncAnswer, met: &mut Met) {
    match answer.outcome {
        SyncOutcome::NeedsConsent => {
            met.consents += 1;
            agree(world, accounts);
        }
        SyncOutcome::Waiting => met.waiting += 1,
        _ => {}
    }
}

/// The service is well again, and so is the store: all that was played is there once.
fn finish(world: &World, plays: usize, seed: u64) {
    world.service.state(|state| state.habits.faults = 0);
    world.pass(2 * 86_400);
    let accounts = world.process();
    for _ in 0..3 {
        let answer = block_on(accounts.sync(world.ana, "fake", &|_| {})).expect("reads");
        match answer.outcome {
            SyncOutcome::Synced => {
                assert_eq!(block_on(world.starts()).len(), plays, "seed {seed}: lost or doubled");
                return;
            }
            SyncOutcome::NeedsConsent => agree(world, &accounts),
            outcome => panic!("seed {seed}: {outcome:?}"),
        }
    }
    panic!("seed {seed}: never read to the end");
}

#[test]
fn ten_thousand_readings_lose_nothing_double_nothing_and_never_ask_too_early() {
    let mut met = Met::default();
    for seed in 0..LIVES {
        live(seed, &mut met);
    }
    assert_eq!(met.readings, 10_000);
    let each = [met.killed, met.store_faults, met.service_faults, met.waiting, met.consents];
    assert!(each.iter().all(|count| *count > 50), "too little went wrong: {met:?}");
    assert!(met.plays > 10_000, "{met:?}");
}
