//! Two processes over one file sweep at the same moment: every stake ends once.

use std::sync::Arc;

use signal_adapters::sqlite::SqliteStore;
use signal_core::engine::Engine;
use signal_core::model::{Points, Stars, Timestamp, TrackRef, UserId, Verification, Viewer};
use signal_core::simulation::SimulatedHost;

/// Drops that are due at once.
const DROPS: usize = 12;

struct Process {
    engine: Engine,
    host: Arc<SimulatedHost>,
}

/// An engine of its own over the file, with entropy of its own.
async fn process(path: &std::path::Path, seed: u64, now: Timestamp) -> Process {
    let host = Arc::new(SimulatedHost::new(seed, now));
    let store = SqliteStore::open(path.to_owned()).await.expect("opens");
    Process { engine: Engine::new(Arc::new(store), Arc::<SimulatedHost>::clone(&host)), host }
}

async fn people(engine: &Engine) -> Vec<UserId> {
    let mut people = Vec::new();
    for number in 0..6 {
        let person =
            engine.register(&format!("person{number}").parse().expect("a handle")).await.expect("joins");
        engine.verify(person, Verification::Paid, &format!("token {number}")).await.expect("verifies");
        people.push(person);
    }
    people
}

async fn entries(engine: &Engine) -> u64 {
    engine.checkpoint().await.expect("a head").entries
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_that_sweep_at_once_settle_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("signal.db");
    let start: Timestamp = "2026-01-01T00:00:00Z".parse().expect("a time");
    let one = process(&path, 1, start).await;
    let other = process(&path, 2, start).await;
    let people = people(&one.engine).await;
    for number in 0..DROPS {
        let song = TrackRef::named("Some Band", &format!("Song {number}")).expect("a track");
        let author = people[number % 6];
        let stake = Some(Points::whole(10));
        let drop = one.engine.make_drop(author, &song, "listen", stake, None, None).await.expect("drops");
        for rater in people.iter().filter(|rater| **rater != author) {
            let halves = u8::try_from(number % 11).expect("small");
            one.engine.rate(*rater, drop, Stars::from_halves(halves).expect("stars")).await.expect("rates");
        }
    }
    let before = entries(&one.engine).await;
    for process in [&one, &other] {
        process.host.set_now(start.plus_days(8));
    }
    let sweeps = [&one, &other].map(|process| {
        let engine = process.engine.clone();
        tokio::spawn(async move { engine.settle_due().await.expect("sweeps").settled })
    });
    let mut settled = Vec::new();
    for sweep in sweeps {
        settled.extend(sweep.await.expect("ends"));
    }
    assert_eq!(entries(&one.engine).await, before + DROPS as u64, "one entry a drop");
    settled.sort_unstable();
    settled.dedup();
    assert_eq!(settled.len(), DROPS);
    for process in [&one, &other] {
        assert_eq!(process.engine.settle_due().await.expect("sweeps").settled, []);
        for person in &people {
            let user = process.engine.user(Viewer::Operator, *person).await.expect("a user");
            assert_eq!(user.staked_millipoints, Some(Points::ZERO));
        }
        let replay = process.engine.replay_ledger(&|_| {}).await.expect("replays");
        assert!(replay.equal, "{:?}", replay.differences);
    }
    assert_eq!(entries(&one.engine).await, before + DROPS as u64, "sweeping again writes nothing");
}
