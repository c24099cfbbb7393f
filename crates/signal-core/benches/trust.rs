//! The trust graph on a random community of 131,072 people and 2.4 million edges: build, path, reach, propagation, update.
//!
//! `cargo bench -p signal-core --features simulation`

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use signal_core::model::{TrustWeight, UserId};
use signal_core::simulation::{RandomGraph, random_graph};
use signal_core::trust::{
    PathLimits, Restart, RestartKind, Spread, Stop, Tracker, TrustGraph, reach, standing, strength,
};

const PEOPLE: u32 = 1 << 17;
const DRAWS: u64 = 20 << 17;
const DAMPING: f64 = 0.85;
const LIMITS: PathLimits = PathLimits { hops: 3, edges: 2_000_000 };

/// Everybody in turn, in an order that jumps about: the step is odd, so that it meets everyone.
struct Turns<'a> {
    people: &'a [UserId],
    at: usize,
}

impl Turns<'_> {
    fn next(&mut self) -> UserId {
        self.at = (self.at + 48_271) % self.people.len();
        self.people[self.at]
    }
}

fn trust(criterion: &mut Criterion) {
    let RandomGraph { people, edges } = random_graph(PEOPLE, DRAWS, 1);
    let mut group = criterion.benchmark_group("trust");
    group.sample_size(20);
    group.bench_function("build", |bench| {
        bench.iter_batched(
            || people.clone(),
            |people| TrustGraph::from_numbered(people, &edges),
            BatchSize::LargeInput,
        );
    });
    let graph = TrustGraph::from_numbered(people.clone(), &edges);
    let restart =
        Restart { weights: people.iter().map(|user| (*user, 1.0)).collect(), kind: RestartKind::AllClaimed };
    let mut turns = Turns { people: &people, at: 0 };
    group.bench_function("path", |bench| {
        bench.iter(|| black_box(strength(&graph, turns.next(), turns.next(), LIMITS)));
    });
    group.bench_function("reach", |bench| bench.iter(|| black_box(reach(&graph, turns.next(), LIMITS, 50))));
    let spread = Spread { damping: DAMPING, stop: Stop::After(20) };
    group.bench_function("propagation", |bench| bench.iter(|| black_box(standing(&graph, &restart, spread))));
    let mut tracker = Tracker::new(&graph, &restart, DAMPING, 1e-6).expect("everyone springs");
    let mut heavy = false;
    group.bench_function("update", |bench| {
        bench.iter(|| {
            heavy = !heavy;
            let weight = TrustWeight::from_ten_thousandths(if heavy { 9_000 } else { 2_000 }).ok();
            tracker.set(turns.next(), turns.next(), weight);
        });
    });
    group.finish();
}

criterion_group!(benches, trust);
criterion_main!(benches);
