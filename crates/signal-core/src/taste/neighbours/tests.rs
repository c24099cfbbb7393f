//! What both kinds of index owe, held against a list that is searched number by number.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::model::{Timestamp, VECTOR_DIMENSIONS};
use crate::taste::stable_hash::stable_hash;

fn model() -> ModelId {
    ModelId::new("test-1")
}

fn user(n: u32) -> UserId {
    UserId::new(Timestamp::from_seconds(i64::from(n)), [7; 10])
}

/// A graph of so few links and so narrow a view that small tests walk it.
fn narrow() -> NeighbourPolicy {
    NeighbourPolicy { index_from: 0, links: 6, build_beam: 24, beam: 8 }
}

/// Number `n` of clustered vectors: one of 16 middles, and as much again in a direction of its own.
fn taste(n: u32, dimensions: usize) -> Vec<f32> {
    let number = |seed: u64, n: u32, place: u32| {
        let hash = stable_hash(seed, &[n.to_be_bytes(), place.to_be_bytes()].concat());
        (hash >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    (0u32..).take(dimensions).map(|place| number(1, n % 16, place) + number(2, n, place)).collect()
}

fn both(dimensions: usize, policy: &NeighbourPolicy) -> [Box<dyn Neighbours>; 2] {
    let vectors = || Vectors::new(model(), dimensions);
    [Box::new(ExactScan::new(vectors())), Box::new(Hnsw::new(vectors(), policy))]
}

fn cosine(x: &[f32], y: &[f32]) -> f64 {
    let dot = |x: &[f32], y: &[f32]| x.iter().zip(y).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum::<f64>();
    dot(x, y) / (dot(x, x) * dot(y, y)).sqrt()
}

fn naive(
    kept: &BTreeMap<UserId, Vec<f32>>,
    asked: &[f32],
    k: usize,
    filter: Filter<'_>,
) -> Vec<(UserId, f64)> {
    let mut all: Vec<(UserId, f64)> = kept
        .iter()
        .filter(|(user, _)| filter(**user))
        .map(|(user, numbers)| (*user, cosine(numbers, asked)))
        .collect();
    all.sort_by(|a, b| b.1.total_cmp(&a.1));
    all.truncate(k);
    all
}

fn filled(mut index: Box<dyn Neighbours>, count: u32, dimensions: usize) -> Box<dyn Neighbours> {
    let (model, numbers) = (model(), (0..count).map(|n| taste(n, dimensions)).collect::<Vec<_>>());
    let people: Vec<_> = (0..count)
        .zip(&numbers)
        .map(|(n, numbers)| (user(n), TasteVector { model: &model, numbers }))
        .collect();
    for part in people.chunks(700) {
        index.insert_many(part).unwrap();
    }
    index
}

fn recall(index: &dyn Neighbours, kept: &BTreeMap<UserId, Vec<f32>>, dimensions: usize) -> f64 {
    let (mut found, mut sought) = (0, 0);
    for n in 0..50 {
        let asked = taste(1_000_000 + n, dimensions);
        let near = index.nearest(TasteVector { model: &model(), numbers: &asked }, 10, &|_| true).unwrap();
        let truth = naive(kept, &asked, 10, &|_| true);
        found += near.iter().filter(|near| truth.iter().any(|(user, _)| *user == near.user)).count();
        sought += truth.len();
    }
    found as f64 / sought as f64
}

#[test]
fn a_graph_finds_nearly_all_and_a_scan_all() {
    let kept: BTreeMap<_, _> = (0..3_000).map(|n| (user(n), taste(n, 32))).collect();
    let [exact, graph] = both(32, &narrow()).map(|index| filled(index, 3_000, 32));
    assert!(recall(&*exact, &kept, 32) > 0.999);
    let reached = recall(&*graph, &kept, 32);
    assert!(reached > 0.85, "{reached}");
    let wide = filled(Box::new(Hnsw::new(Vectors::new(model(), 32), &NeighbourPolicy::default())), 3_000, 32);
    let reached = recall(&*wide, &kept, 32);
    assert!(reached > 0.98, "{reached}");
}

#[test]
fn a_graph_stays_good_while_people_come_and_go() {
    let mut graph = filled(Box::new(Hnsw::new(Vectors::new(model(), 32), &narrow())), 2_000, 32);
    let mut kept: BTreeMap<_, _> = (0..2_000).map(|n| (user(n), taste(n, 32))).collect();
    for n in 0..1_500 {
        assert!(graph.remove(user(n)));
        kept.remove(&user(n));
        let numbers = taste(5_000 + n, 32);
        graph.insert(user(5_000 + n), TasteVector { model: &model(), numbers: &numbers }).unwrap();
        kept.insert(user(5_000 + n), numbers);
    }
    assert_eq!((graph.len(), graph.remove(user(3))), (2_000, false));
    let reached = recall(&*graph, &kept, 32);
    assert!(reached > 0.8, "{reached}");
    for n in 0..1_500 {
        graph.remove(user(5_000 + n));
    }
    let asked = taste(1, 32);
    let near = graph.nearest(TasteVector { model: &model(), numbers: &asked }, 1_000, &|_| true).unwrap();
    assert_eq!(near.len(), 500);
}

#[test]
fn the_same_bits_on_any_number_of_threads() {
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let asked: Vec<_> = (0..20).map(|n| taste(9_000 + n, 48)).collect();
            let model = model();
            let asked: Vec<_> = asked.iter().map(|numbers| TasteVector { model: &model, numbers }).collect();
            let mut exact = ExactScan::new(Vectors::new(model.clone(), 48));
            for n in 0..2_500 {
                exact.insert(user(n), TasteVector { model: &model, numbers: &taste(n, 48) }).unwrap();
            }
            for vector in &asked {
                let parallel = exact.nearest_in_parallel(*vector, 10, &|_| true).unwrap();
                assert_eq!(parallel, exact.nearest(*vector, 10, &|_| true).unwrap());
            }
            let scanned = nearest_of_each(&exact, &asked, 10, &|_| true).unwrap();
            let graph = Hnsw::new(exact.into_vectors(), &narrow());
            (scanned, nearest_of_each(&graph, &asked, 10, &|_| true).unwrap(), format!("{graph:?}"))
        })
    };
    let one = run(1);
    assert_ne!(one.0, one.1, "so narrow a graph misses somebody, else it was not walked");
    assert!(one == run(2) && one == run(8));
}

#[test]
fn the_size_picks_the_index() {
    let policy = NeighbourPolicy::default();
    let picked = |people| format!("{:?}", for_size(people, model(), VECTOR_DIMENSIONS, &policy));
    assert!(picked(policy.index_from - 1).starts_with("ExactScan"));
    assert!(picked(policy.index_from).starts_with("Hnsw"));
}

#[test]
fn what_cannot_be_compared_is_refused_and_changes_nothing() {
    for mut index in both(2, &narrow()) {
        let (own, other) = (model(), ModelId::new("other-1"));
        index.insert(user(1), TasteVector { model: &own, numbers: &[1.0, 0.0] }).unwrap();
        let foreign = TasteVector { model: &other, numbers: &[1.0, 0.0] };
        let expected = NeighbourError::OtherModel { expected: own.clone(), found: other.clone() };
        assert_eq!(index.insert(user(2), foreign), Err(expected.clone()));
        assert_eq!(index.nearest(foreign, 1, &|_| true), Err(expected));
        let of = |numbers| TasteVector { model: &own, numbers };
        let refused = [
            (of(&[1.0][..]), "comparing a vector of 1 numbers with vectors of 2"),
            (of(&[1.0, f32::NAN]), "reading a taste vector: number 1 is not finite"),
            (of(&[0.0, 0.0]), "reading a taste vector: all its numbers are zero, which is near to nobody"),
        ];
        for (vector, words) in refused {
            assert_eq!(index.nearest(vector, 1, &|_| true).unwrap_err().to_string(), words);
            let batch = [(user(1), of(&[0.0, 1.0])), (user(3), vector)];
            assert_eq!(index.insert_many(&batch).unwrap_err().to_string(), words);
        }
        assert_eq!(index.len(), 1);
        let near = index.nearest(of(&[1.0, 0.0]), 5, &|_| true).unwrap();
        assert_eq!(near, [Neighbour { user: user(1), cosine: 1.0 }]);
        assert!(index.nearest(of(&[1.0, 0.0]), 0, &|_| true).unwrap().is_empty());
    }
}

#[test]
fn equal_tastes_come_in_the_order_of_ids() {
    for mut index in both(3, &narrow()) {
        let model = model();
        let same = TasteVector { model: &model, numbers: &[1.0, 2.0, 3.0] };
        for n in [5, 2, 9, 1, 7] {
            index.insert(user(n), same).unwrap();
        }
        let near = index.nearest(same, 3, &|_| true).unwrap();
        assert_eq!(near.iter().map(|near| near.user).collect::<Vec<_>>(), [1, 2, 5].map(user));
    }
}

/// What happens to an index.
#[derive(Debug, Clone)]
enum Step {
    Insert(u32, u32),
    InsertMany(Vec<(u32, u32)>),
    Remove(u32),
    Ask(u32, usize, u32),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0u32..90, 0u32..500).prop_map(|(user, taste)| Step::Insert(user, taste)),
        1 => prop::collection::vec((0u32..150, 0u32..500), 1..120).prop_map(Step::InsertMany),
        3 => (0u32..150).prop_map(Step::Remove),
        3 => (0u32..500, 0usize..12, 1u32..5).prop_map(|(taste, k, share)| Step::Ask(taste, k, share)),
    ];
    prop::collection::vec(step, 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// An index holds what a map would hold. A scan answers as the map does; a graph names as many, in order, each with
    /// their true cosine, and nobody whom the filter stops.
    #[test]
    fn an_index_is_a_map_that_can_be_asked_for_the_nearest(steps in steps()) {
        let policy = NeighbourPolicy { beam: 1, build_beam: 6, ..narrow() };
        for (exact, mut index) in [true, false].into_iter().zip(both(16, &policy)) {
            let (model, mut kept) = (model(), BTreeMap::new());
            for step in &steps {
                match step {
                    Step::Insert(n, t) => {
                        let numbers = taste(*t, 16);
                        index.insert(user(*n), TasteVector { model: &model, numbers: &numbers }).unwrap();
                        kept.insert(user(*n), numbers);
                    }
                    Step::InsertMany(many) => {
                        let numbers: Vec<_> = many.iter().map(|(n, t)| (user(*n), taste(*t, 16))).collect();
                        let vectors: Vec<_> = numbers
                            .iter()
                            .map(|(user, numbers)| (*user, TasteVector { model: &model, numbers }))
                            .collect();
                        index.insert_many(&vectors).unwrap();
                        kept.extend(numbers);
                    }
                    Step::Remove(n) => prop_assert_eq!(index.remove(user(*n)), kept.remove(&user(*n)).is_some()),
                    Step::Ask(t, k, share) => {
                        let asked = taste(*t, 16);
                        let filter = |user: UserId| u32::from(user.uuid().as_bytes()[5]) % share == 0;
                        let vector = TasteVector { model: &model, numbers: &asked };
                        let near = index.nearest(vector, *k, &filter).unwrap();
                        let truth = naive(&kept, &asked, *k, &filter);
                        prop_assert_eq!(near.len(), truth.len());
                        prop_assert!(near.is_sorted_by(|a, b| (b.cosine, a.user) < (a.cosine, b.user)));
                        for (near, (_, best)) in near.iter().zip(&truth) {
                            prop_assert!(filter(near.user));
                            let own = cosine(&kept[&near.user], &asked);
                            prop_assert!((f64::from(near.cosine) - own).abs() < 1e-4);
                            prop_assert!(f64::from(near.cosine) < best + 1e-4);
                            prop_assert!(!exact || f64::from(near.cosine) > best - 1e-4);
                        }
                    }
                }
                prop_assert_eq!(index.len(), kept.len());
            }
        }
    }
}
