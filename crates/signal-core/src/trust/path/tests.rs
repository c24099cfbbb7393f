use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::model::{Timestamp, UserId};
use crate::policy::Policy;
use crate::trust::TrustGraph;

fn user(n: u8) -> UserId {
    UserId::new(Timestamp::from_seconds(1), [n; 10])
}

fn weight(weight: u16) -> TrustWeight {
    TrustWeight::from_ten_thousandths(weight).unwrap()
}

fn graph(edges: &[(u8, u8, u16)]) -> TrustGraph {
    TrustGraph::from_edges(edges.iter().map(|&(from, to, w)| (user(from), user(to), weight(w))))
}

fn found(graph: &TrustGraph, a: u8, b: u8, hops: u8) -> Option<TrustPath> {
    let search = strength(graph, user(a), user(b), PathLimits::unbounded(hops));
    assert!(search.complete);
    search.path
}

fn people(path: Option<TrustPath>) -> Vec<UserId> {
    path.map(|path| path.users).unwrap_or_default()
}

#[test]
fn golden_paths() {
    // docs/algorithms.md, "Compatibility": a = 1, b = 2, x = 3, y = 4, c = 5.
    let edges = [(1, 2, 5_000), (1, 3, 9_000), (3, 2, 8_000), (3, 4, 10_000), (4, 2, 10_000), (2, 5, 3_333)];
    let graph = graph(&edges);
    let at = |b, hops| found(&graph, 1, b, hops).map(|path| path.product);
    assert_eq!(at(2, 1), Some(5_000_000_000_000_000));
    assert_eq!(at(2, 2), Some(7_200_000_000_000_000));
    assert_eq!(at(2, 3), Some(9_000_000_000_000_000));
    assert_eq!(at(5, 3), Some(2_399_760_000_000_000));
    assert_eq!(at(5, 4), Some(2_999_700_000_000_000));
    assert_eq!(people(found(&graph, 1, 2, 3)), [1, 3, 4, 2].map(user));
    assert_eq!(found(&graph, 5, 1, 3), None);
    assert_eq!(at(1, 0), Some(ONE));
    assert_eq!(at(2, 0), None);
}

#[test]
fn of_equal_paths_the_shorter_and_then_the_smaller_ids_win() {
    let edges = [(1, 9, 10_000), (9, 2, 2_500), (1, 4, 5_000), (1, 3, 5_000), (4, 2, 5_000), (3, 2, 5_000)];
    assert_eq!(people(found(&graph(&edges), 1, 2, 3)), [1, 3, 2].map(user));
    let direct = [(1, 3, 10_000), (3, 2, 5_000), (1, 2, 5_000)];
    assert_eq!(people(found(&graph(&direct), 1, 2, 3)), [1, 2].map(user));
}

#[test]
fn a_stranger_reaches_nobody() {
    let around = reach(&graph(&[(1, 2, 5_000)]), user(7), PathLimits::unbounded(3), 10);
    assert_eq!((around.people, around.complete), (Vec::new(), true));
    assert_eq!(people(found(&graph(&[]), 7, 7, 3)), [user(7)]);
}

#[test]
fn a_search_that_may_not_look_far_says_so() {
    let spokes: Vec<_> = (10..=200).flat_map(|n| [(1, n, 5_000), (n, 2, 5_000)]).collect();
    let graph = graph(&spokes);
    let search = |edges| strength(&graph, user(1), user(2), PathLimits { hops: 3, edges });
    assert_eq!(search(50), PathSearch { path: None, complete: false });
    assert!(search(1_000).complete);
    let around = reach(&graph, user(1), PathLimits { hops: 3, edges: 195 }, 500);
    assert!(!around.complete);
    assert!(around.people.iter().all(|reached| reached.strength >= 0.25));
    assert_eq!(around.people.len(), 192);
    let targets = Targets::new(&graph, vec![user(2), user(10)]);
    let found = |edges| targets.strengths(&graph, user(1), PathLimits { hops: 3, edges });
    assert_eq!(found(50), Strengths { strengths: vec![0.0, 0.5], complete: false });
    assert_eq!(found(1_000), Strengths { strengths: vec![0.25, 0.5], complete: true });
}

#[test]
fn a_hub_with_a_million_followers_does_not_stall_a_search() {
    let hub = 500_000u32;
    let people: Vec<UserId> =
        (0..=1_000_000u32).map(|n| UserId::new(Timestamp::from_seconds(i64::from(n)), [0; 10])).collect();
    let half = weight(5_000);
    let around = (0..=1_000_000).filter(|&n| n != hub).flat_map(|n| [(n, hub, half), (hub, n, half)]);
    let graph = TrustGraph::from_numbered(people.clone(), &around.collect::<Vec<_>>());
    let limits = PathLimits { hops: 3, edges: Policy::default().limits.path_edges };
    let path = strength(&graph, people[1], people[900_000], PathLimits { edges: 10, ..limits });
    assert!(path.complete, "ten edges are enough to meet at the hub");
    assert_eq!(path.path.unwrap().users, [people[1], people[hub as usize], people[900_000]]);
    let few = PathLimits { edges: 1_000, ..limits };
    let around = reach(&graph, people[1], few, 50);
    assert!(!around.complete, "the hub's row alone is longer than that");
    assert_eq!(around.people.len(), 1);
    let around = reach(&graph, people[1], limits, usize::MAX);
    assert!(!around.complete, "the rows behind the hub do not fit the limit");
    assert_eq!(around.people.len(), 1_000_000);
}

/// Every walk of at most `hops` edges from the end of `walk`, with its product.
fn walks(
    edges: &BTreeMap<(u8, u8), u16>,
    walk: &mut Vec<u8>,
    product: u64,
    hops: u8,
    out: &mut Vec<(u64, Vec<u8>)>,
) {
    out.push((product, walk.clone()));
    if hops == 0 {
        return;
    }
    let Some(&last) = walk.last() else { return };
    for (&(_, to), &weight) in edges.range((last, 0)..=(last, u8::MAX)) {
        if to != last {
            walk.push(to);
            walks(edges, walk, product / 10_000 * u64::from(weight), hops - 1, out);
            walk.pop();
        }
    }
}

/// What the searches must find from person 0, by looking at every walk.
fn by_walks(edges: &BTreeMap<(u8, u8), u16>, people: u8, hops: u8) -> Vec<(u64, Vec<u8>)> {
    let mut all = Vec::new();
    walks(edges, &mut vec![0], ONE, hops, &mut all);
    let best = |b: u8| {
        let to_b = all.iter().filter(|(_, walk)| walk.last() == Some(&b));
        to_b.min_by_key(|(product, walk)| (std::cmp::Reverse(*product), walk.len(), walk.clone()))
    };
    (1..people).filter_map(best).cloned().collect()
}

fn agrees(
    graph: &TrustGraph,
    edges: &BTreeMap<(u8, u8), u16>,
    people: u8,
    hops: u8,
) -> Result<(), TestCaseError> {
    let best = by_walks(edges, people, hops);
    for b in 1..people {
        let path = found(graph, 0, b, hops);
        let expected = best.iter().find(|(_, walk)| walk.last() == Some(&b));
        prop_assert_eq!(path.as_ref().map(|path| path.product), expected.map(|best| best.0));
        let named = expected.map(|best| best.1.iter().map(|&n| user(n)).collect::<Vec<_>>());
        prop_assert_eq!(path.map(|path| path.users), named);
    }
    let targets = Targets::new(graph, (0..people).rev().map(user).collect());
    let together = targets.strengths(graph, user(0), PathLimits::unbounded(hops));
    let alone = (0..people).rev().map(|b| found(graph, 0, b, hops).map_or(0.0, |path| path.strength));
    prop_assert_eq!(together, Strengths { strengths: alone.collect(), complete: true });
    let mut around: Vec<_> =
        best.iter().map(|(product, walk)| (*product, user(*walk.last().unwrap()))).collect();
    around.sort_by_key(|&(product, who)| (std::cmp::Reverse(product), who));
    for most in [1, 2, 3, 5, usize::from(people), usize::MAX] {
        let reached = reach(graph, user(0), PathLimits::unbounded(hops), most);
        prop_assert!(reached.complete);
        let reached: Vec<_> = reached.people.iter().map(|one| (one.product, one.user)).collect();
        prop_assert_eq!(&reached, &around[..most.min(around.len())], "the {} strongest", most);
    }
    Ok(())
}

/// Few weights, so that many paths are equally strong.
fn weights() -> impl Strategy<Value = u16> {
    prop::sample::select(vec![2_500u16, 5_000, 9_999, 10_000])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    /// The best of all walks, by the rule for ties, is what both searches find.
    #[test]
    fn no_walk_is_better(
        edges in prop::collection::btree_map((0u8..7, 0u8..7), weights(), 0..26),
        hops in 1u8..=4,
    ) {
        let graph = graph(&edges.iter().map(|(&(from, to), &w)| (from, to, w)).collect::<Vec<_>>());
        agrees(&graph, &edges, 7, hops)?;
    }

    /// The same on a graph with changes on top, people added out of the order of their ids among them.
    #[test]
    fn changes_count_like_packed_edges(
        packed in prop::collection::btree_map((0u8..7, 0u8..7), weights(), 0..20),
        changes in prop::collection::vec((0u8..9, 0u8..9, prop::option::of(weights())), 0..20),
        hops in 1u8..=4,
    ) {
        let late = |n: u8| if n < 7 { n * 2 } else { (n - 7) * 4 + 1 };
        let mut edges: BTreeMap<(u8, u8), u16> = packed.iter().map(|(&(f, t), &w)| ((late(f), late(t)), w)).collect();
        let mut graph = graph(&edges.iter().map(|(&(from, to), &w)| (from, to, w)).collect::<Vec<_>>());
        for (from, to, change) in changes {
            let (from, to) = (late(from), late(to));
            graph.set(user(from), user(to), change.map(weight));
            match change {
                Some(w) => edges.insert((from, to), w),
                None => edges.remove(&(from, to)),
            };
        }
        agrees(&graph, &edges, 13, hops)?;
        agrees(&graph.merged(), &edges, 13, hops)?;
    }
}
