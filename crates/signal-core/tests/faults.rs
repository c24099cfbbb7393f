//! Whoever tries again after a fault does nothing twice and loses nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use signal_core::decide::Refusal;
use signal_core::engine::{Engine, EngineError};
use signal_core::ledger::{Event, Verifier};
use signal_core::model::{DropId, Stars, Timestamp, TrackRef, TrustWeight, UserId, Verification, Viewer};
use signal_core::simulation::{FaultPlan, FaultyStore, SimulatedHost};
use signal_core::store::{LedgerStore, MemoryStore, Store, StoreError};
use uuid::Uuid;

const CLIENTS: usize = 6;
const PEOPLE: usize = 12;

/// Runs tasks side by side on one thread, in turns: a seed gives the same order every time.
fn run_side_by_side(mut tasks: Vec<Pin<Box<dyn Future<Output = ()> + '_>>>) {
    let mut context = Context::from_waker(Waker::noop());
    while !tasks.is_empty() {
        tasks.retain_mut(|task| task.as_mut().poll(&mut context) == Poll::Pending);
    }
}

/// Tries until it is done; what is there already was done before its answer was lost.
async fn until_done<T>(mut attempt: impl AsyncFnMut() -> Result<T, EngineError>) -> Option<T> {
    for _ in 0..400 {
        match attempt().await {
            Ok(done) => return Some(done),
            Err(EngineError::Refused(Refusal::Exists { .. } | Refusal::Taken { .. })) => return None,
            Err(
                EngineError::Store(StoreError::Failed { .. } | StoreError::Unknown { .. })
                | EngineError::Busy { .. },
            ) => {}
            Err(error) => panic!("{error}"),
        }
    }
    panic!("it is never done");
}

/// What clients were told to be done.
#[derive(Debug, Default)]
struct Told {
    drops: BTreeSet<DropId>,
    ratings: BTreeSet<(DropId, UserId)>,
    trusts: BTreeMap<(UserId, UserId), TrustWeight>,
}

async fn person(engine: &Engine, n: usize) -> UserId {
    let handle = format!("person{n}").parse().expect("a handle");
    if let Some(user) = until_done(async || engine.register(&handle).await).await {
        return user;
    }
    let found = until_done(async || engine.find_user(Viewer::Operator, &format!("person{n}")).await).await;
    found.expect("they are there")
}

/// One client: its people drop, rate what is there, and trust.
async fn client(number: usize, engine: &Engine, people: &[UserId], told: &std::cell::RefCell<Told>) {
    for round in 0..8 {
        let author = people[(number * 2 + round % 2) % PEOPLE];
        let drop = DropId::from_uuid(Uuid::from_u128(0x7000 << 64 | ((number * 100 + round) as u128 + 1)));
        let track = TrackRef::named("Moondog", &format!("Movement {number} {round}")).expect("a track");
        let done = until_done(async || {
            let made = engine.make_drop(author, &track, "It walks.", None, None, Some(drop)).await;
            // Points and drops of a day have their limits, which is an answer, too.
            if let Err(EngineError::Refused(refusal)) = &made
                && !matches!(refusal, Refusal::Exists { .. })
            {
                return Ok(None);
            }
            made.map(Some)
        });
        if done.await != Some(None) {
            told.borrow_mut().drops.insert(drop);
        }
        let open: Vec<DropId> = told.borrow().drops.iter().copied().collect();
        for (n, drop) in open.into_iter().enumerate() {
            let rater = people[(number * 2 + n) % PEOPLE];
            let stars = Stars::from_halves(u8::try_from(n % 11).expect("small")).expect("stars");
            let rated = until_done(async || {
                let rated = engine.rate(rater, drop, stars).await;
                match rated {
                    Err(EngineError::Refused(refusal)) if !matches!(refusal, Refusal::Exists { .. }) => {
                        Ok(false)
                    }
                    rated => rated.map(|()| true),
                }
            });
            if rated.await != Some(false) {
                told.borrow_mut().ratings.insert((drop, rater));
            }
        }
        let (from, to) = (people[(number * 2) % PEOPLE], people[(number * 2 + round + 1) % PEOPLE]);
        if from != to {
            let weight = TrustWeight::from_ten_thousandths(u16::try_from(round * 100 + 1).expect("small"))
                .expect("a weight");
            until_done(async || engine.set_trust(from, to, Some(weight)).await).await;
            told.borrow_mut().trusts.insert((from, to), weight);
        }
    }
}

/// How often each thing is in the ledger.
async fn in_ledger(store: &MemoryStore) -> (BTreeMap<DropId, u32>, BTreeMap<(DropId, UserId), u32>) {
    let (mut drops, mut ratings): (BTreeMap<_, u32>, BTreeMap<_, u32>) = Default::default();
    let mut verifier = Verifier::new();
    for entry in store.entries(0, u32::MAX).await.expect("entries") {
        verifier.push(&entry).expect("the entry holds");
        match entry.read().expect("reads").body.expect("nobody left").event {
            Event::DropMade { drop, .. } => *drops.entry(drop).or_default() += 1,
            Event::DropRated { drop, rater, .. } => *ratings.entry((drop, rater)).or_default() += 1,
            _ => {}
        }
    }
    verifier.finish(&store.head().await.expect("head")).expect("the ledger holds");
    (drops, ratings)
}

fn faults_of(seed: u64) {
    let memory = MemoryStore::new();
    let plan = FaultPlan { seed, before: 0.02, instead: 0.03, after: 0.05, turns: 3 };
    let faulty = FaultyStore::new(Arc::new(memory.clone()), plan);
    let start: Timestamp = "2026-01-01T00:00:00Z".parse().expect("a time");
    let engine = |n: u64| {
        let host = SimulatedHost::new(seed * 10 + n, start);
        Engine::new(Arc::new(faulty.clone()) as Arc<dyn Store>, Arc::new(host))
    };
    let engines = [engine(1), engine(2)];
    let people: Vec<UserId> = pollster::block_on(async {
        let mut people = Vec::new();
        for n in 0..PEOPLE {
            let user = person(&engines[n % 2], n).await;
            let token = format!("token {n}");
            until_done(async || engines[0].verify(user, Verification::Paid, &token).await).await;
            people.push(user);
        }
        people
    });
    assert_eq!(people.iter().collect::<BTreeSet<_>>().len(), PEOPLE, "everybody is somebody else");
    let told = std::cell::RefCell::new(Told::default());
    let clients = (0..CLIENTS).map(|number| {
        let (engine, people, told) = (&engines[number % 2], people.as_slice(), &told);
        Box::pin(client(number, engine, people, told)) as Pin<Box<dyn Future<Output = ()> + '_>>
    });
    run_side_by_side(clients.collect());
    pollster::block_on(async {
        let (drops, ratings) = in_ledger(&memory).await;
        let told = told.into_inner();
        assert!(told.drops.len() > 10 && told.ratings.len() > 20, "{told:?}");
        for drop in &told.drops {
            assert_eq!(drops.get(drop), Some(&1), "seed {seed}: {drop} was told to be there");
        }
        for rating in &told.ratings {
            assert_eq!(ratings.get(rating), Some(&1), "seed {seed}: {rating:?} was told to be there");
        }
        assert_eq!((drops.len(), ratings.len()), (told.drops.len(), told.ratings.len()), "and nothing else");
        let calm = Engine::new(Arc::new(memory.clone()), Arc::new(SimulatedHost::new(1, start)));
        let replay = calm.replay_ledger(&|_| {}).await.expect("replays");
        assert!(replay.equal, "seed {seed}: {:?}", replay.differences);
        assert_eq!(replay.books_sum_millipoints.milli(), 0, "the books balance");
        for ((from, to), weight) in told.trusts {
            let edges = signal_core::store::ContentStore::edges_from(&memory, from).await.expect("edges");
            assert!(
                edges.iter().any(|edge| edge.to == to && edge.weight == weight),
                "seed {seed}: {from} trusts {to}"
            );
        }
    });
    let counts = faulty.counts();
    assert!(counts.before > 5 && counts.instead > 5 && counts.after > 5, "{counts:?}");
}

#[test]
fn nothing_is_lost_and_nothing_is_there_twice_whatever_breaks() {
    for seed in 1..=12 {
        faults_of(seed);
    }
}
