use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::model::{Timestamp, TrustWeight};

fn user(n: u8) -> UserId {
    UserId::new(Timestamp::from_seconds(1), [n; 10])
}

fn weight(w: u16) -> TrustWeight {
    TrustWeight::from_ten_thousandths(w).unwrap()
}

fn graph(edges: &[(u8, u8, u16)]) -> TrustGraph {
    TrustGraph::from_edges(edges.iter().map(|&(from, to, w)| (user(from), user(to), weight(w))))
}

fn restart(weights: &[(u8, f64)]) -> Restart {
    Restart {
        weights: weights.iter().map(|&(n, weight)| (user(n), weight)).collect(),
        kind: RestartKind::Verified,
    }
}

fn after(iterations: u32) -> Spread {
    Spread { damping: 0.85, stop: Stop::After(iterations) }
}

fn close(found: &Standings, expected: &[(u8, f64)]) {
    assert_eq!(found.len(), expected.len());
    for &(n, value) in expected {
        assert!((found.of(user(n)) - value).abs() < 1e-6, "{n}: {} is not {value}", found.of(user(n)));
    }
}

/// The formula of the module's documentation, word by word, in double precision.
fn by_the_book(graph: &TrustGraph, seeds: &[(u8, f64)], iterations: u32) -> BTreeMap<UserId, f64> {
    let linked = |index: u32| graph.outgoing(index).count() + graph.incoming(index).count() > 0;
    let mut source: BTreeMap<UserId, f64> =
        graph.people().filter(|(_, index)| linked(*index)).map(|(user, _)| (user, 0.0)).collect();
    for &(n, weight) in seeds {
        *source.entry(user(n)).or_default() += weight;
    }
    let total: f64 = source.values().sum();
    for value in source.values_mut() {
        *value /= total;
    }
    let mut current = source.clone();
    for _ in 0..iterations {
        let mut next: BTreeMap<UserId, f64> = source.iter().map(|(user, r)| (*user, 0.15 * r)).collect();
        for (who, held) in &current {
            let row: Vec<_> =
                graph.index(*who).map(|index| graph.outgoing(index).collect()).unwrap_or_default();
            let total: f64 = row.iter().map(|edge: &(u32, u16)| f64::from(edge.1)).sum();
            for &(to, weight) in &row {
                *next.get_mut(&graph.user(to).unwrap()).unwrap() += 0.85 * held * f64::from(weight) / total;
            }
            if row.is_empty() {
                for (user, r) in &source {
                    *next.get_mut(user).unwrap() += 0.85 * held * r;
                }
            }
        }
        current = next;
    }
    current
}

fn distance(found: &Standings, expected: &BTreeMap<UserId, f64>) -> f64 {
    assert_eq!(found.len(), expected.len());
    expected.iter().map(|(user, value)| (found.of(*user) - value).abs()).sum()
}

#[test]
fn golden_standings() {
    // docs/algorithms.md, "Standing": the seed trusts ann three times as much as ben; both trust nobody.
    let fork = graph(&[(0, 1, 9_000), (0, 2, 3_000)]);
    let expected = [(0, 0.540_541), (1, 0.344_595), (2, 0.114_865)];
    close(&standing(&fork, &restart(&[(0, 1.0)]), after(200)), &expected);
    // Two people who trust each other share what the one of them springs.
    let pair = graph(&[(0, 1, 10_000), (1, 0, 10_000)]);
    close(&standing(&pair, &restart(&[(0, 1.0)]), after(200)), &[(0, 0.540_541), (1, 0.459_459)]);
}

#[test]
fn a_ring_that_nobody_trusts_keeps_nothing() {
    let ring = graph(&[
        (0, 1, 5_000),
        (1, 0, 5_000),
        (2, 3, 10_000),
        (3, 4, 10_000),
        (4, 2, 10_000),
        (2, 0, 10_000),
    ]);
    let found = standing(&ring, &restart(&[(0, 1.0)]), after(50));
    assert!([2, 3, 4].iter().all(|&n| found.of(user(n)) == 0.0), "{found:?}");
}

#[test]
fn seeds_outside_the_graph_count_and_no_seed_means_no_answer() {
    close(&standing(&graph(&[]), &restart(&[(7, 3.0), (8, 1.0)]), after(50)), &[(7, 0.75), (8, 0.25)]);
    let nobody = restart(&[(0, 0.0), (1, f64::NAN)]);
    assert!(standing(&graph(&[(0, 1, 1)]), &nobody, after(50)).is_empty());
    assert!(Tracker::new(&graph(&[(0, 1, 1)]), &nobody, 0.85, 1e-6).is_none());
}

#[test]
fn who_is_known_without_an_edge_leaves_no_trace() {
    let edges = graph(&[(0, 1, 10_000)]);
    let mut past = edges.clone();
    past.set(user(2), user(3), Some(TrustWeight::FULL));
    past.set(user(2), user(3), None);
    assert_eq!((past.users(), edges.users()), (4, 2));
    let found = |graph: &TrustGraph| standing(graph, &restart(&[(0, 1.0)]), after(50));
    assert_eq!(found(&past), found(&edges));
}

#[test]
fn it_stops_when_it_has_settled() {
    let pair = graph(&[(0, 1, 10_000), (1, 0, 10_000)]);
    let spread = |at_most| Spread { damping: 0.85, stop: Stop::Settled { change: 1e-3, at_most } };
    let settled = standing(&pair, &restart(&[(0, 1.0)]), spread(1_000));
    // Each iteration moves 0.85 of what the one before moved: 2 · 0.85ᵗ ≤ 10⁻³ after 47.
    assert_eq!(settled.iterations, 47);
    assert!(settled.change <= 1e-3);
    assert_eq!(standing(&pair, &restart(&[(0, 1.0)]), spread(5)).iterations, 5);
}

#[test]
fn distrust_takes_what_trust_would_have_given() {
    // 0 holds 0.4 and gives 0.6 + 0.2 of trust, 0.2 of distrust: a fifth of its standing is taken from 2.
    let graph = graph(&[(0, 1, 6_000), (0, 2, 2_000)]);
    let mut found = Standings {
        people: [0, 1, 2].map(user).to_vec(),
        values: vec![0.4, 0.4, 0.2],
        ..Standings::default()
    };
    discount(&mut found, &graph, &[(user(0), user(2), weight(2_000)), (user(9), user(1), weight(10_000))]);
    close(&found, &[(0, 0.4), (1, 0.4), (2, 0.12)]);
    discount(&mut found, &graph, &[(user(1), user(2), weight(1))]);
    close(&found, &[(0, 0.4), (1, 0.4), (2, 0.0)]);
}

/// More people than near numbers. What sweeps in double precision find is what single-precision flows find.
#[test]
fn threads_leave_no_trace() {
    let mut state = 1u64;
    let mut random = |below: u32| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from(state >> 33).unwrap() % below
    };
    let people: Vec<UserId> = (0..70_000).map(|n| UserId::new(Timestamp::from_seconds(n), [7; 10])).collect();
    let edges: Vec<_> = (0..400_000)
        .map(|_| {
            let near = random(70_000).min(random(70_000));
            (random(70_000), near, weight(1 + u16::try_from(random(10_000)).unwrap()))
        })
        .collect();
    let seeds = Restart { weights: vec![(people[3], 1.0), (people[99], 3.0)], kind: RestartKind::Verified };
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let graph = TrustGraph::from_numbered(people.clone(), &edges);
            let bits = |found: &Standings| found.iter().map(|(_, value)| value.to_bits()).collect::<Vec<_>>();
            let all = standing(&graph, &seeds, after(120));
            let mut tracker = Tracker::new(&graph, &seeds, 0.85, 1e-9).unwrap();
            let off: f64 = tracker.standings().iter().zip(all.iter()).map(|(a, b)| (a.1 - b.1).abs()).sum();
            assert!(off < 1e-7, "{off}");
            for n in 0..50 {
                tracker.set(people[n * 7], people[n * 11 + 1], Some(weight(5_000)));
            }
            (bits(&all), bits(&tracker.standings()))
        })
    };
    let one = run(1);
    assert_eq!(one, run(2));
    assert_eq!(one, run(8));
}

fn edges() -> impl Strategy<Value = BTreeMap<(u8, u8), u16>> {
    prop::collection::btree_map((0u8..9, 0u8..9), 1u16..=10_000, 0..40)
}

fn listed(edges: &BTreeMap<(u8, u8), u16>) -> Vec<(u8, u8, u16)> {
    edges.iter().map(|(&(from, to), &w)| (from, to, w)).collect()
}

proptest! {
    /// The sum is 1, nothing is negative, the order of the edges leaves no trace, and the formula agrees.
    #[test]
    fn standing_is_a_distribution_whatever_the_order(
        edges in edges(),
        seeds in prop::collection::vec((0u8..12, 0.1f64..5.0), 1..4),
        iterations in 0u32..60,
    ) {
        let mut edges = listed(&edges);
        let found = standing(&graph(&edges), &restart(&seeds), after(iterations));
        let book = by_the_book(&graph(&edges), &seeds, iterations);
        prop_assert!(distance(&found, &book) < 1e-6);
        edges.reverse();
        prop_assert_eq!(&found, &standing(&graph(&edges), &restart(&seeds), after(iterations)));
        prop_assert!((found.iter().map(|row| row.1).sum::<f64>() - 1.0).abs() < 1e-9);
        prop_assert!(found.iter().all(|(_, standing)| (0.0..=1.0 + 1e-9).contains(&standing)));
    }

    /// After any changes the tracker agrees with the formula to within the bound it states; settled, to its tolerance.
    #[test]
    fn the_tracker_follows_every_change(
        first in edges(),
        changes in prop::collection::vec((0u8..11, 0u8..11, prop::option::of(1u16..=10_000)), 1..30),
        seeds in prop::collection::vec((0u8..12, 0.1f64..5.0), 1..4),
    ) {
        let mut tracker = Tracker::new(&graph(&listed(&first)), &restart(&seeds), 0.85, 1e-7).unwrap();
        for (from, to, change) in changes {
            tracker.set(user(from), user(to), change.map(weight));
        }
        let book = by_the_book(tracker.graph(), &seeds, 200);
        let off: f64 = book.iter().map(|(user, value)| (tracker.of(*user) - value).abs()).sum();
        prop_assert!(off <= tracker.error_bound() + 1e-9, "off by {off}, bound {}", tracker.error_bound());
        let settled = tracker.standings();
        let off: f64 = settled.iter().map(|(who, value)| (book.get(&who).unwrap_or(&0.0) - value).abs()).sum();
        prop_assert!(off < 2e-7);
        prop_assert!(tracker.error_bound() <= 1e-7);
    }

    /// What a person's ranking misses is exactly what it says, and nobody is ranked too high.
    #[test]
    fn a_ranking_says_what_it_misses(edges in edges(), least in 1e-6f64..0.2, most_edges in 1u64..500) {
        let graph = graph(&listed(&edges));
        let ranking = rank_from(&graph, user(0), 0.85, least, most_edges, 100, |_| true);
        prop_assume!(graph.index(user(0)).is_some());
        let book = by_the_book(&graph, &[(0, 1.0)], 200);
        let mut short: f64 = 0.0;
        for one in &ranking.people {
            let missing = book[&one.user] - one.standing;
            prop_assert!(missing > -1e-9 && missing <= ranking.missing + 1e-9);
            short += missing;
        }
        let named = |user: &UserId| ranking.people.iter().any(|one| one.user == *user);
        short += book.iter().filter(|(who, _)| !named(who) && **who != user(0)).map(|row| row.1).sum::<f64>();
        prop_assert!(short <= ranking.missing + 1e-9);
        // Whom somebody trusts who does not show it makes no difference.
        let silent = |who: UserId| who != user(1) && who != user(2);
        let mut without = graph.clone();
        for (from, to) in [1, 2].into_iter().flat_map(|from| (0..9).map(move |to| (from, to))) {
            without.set(user(from), user(to), None);
        }
        let ranked = |graph: &TrustGraph| rank_from(graph, user(0), 0.85, 1e-9, 1 << 20, 100, silent).people;
        let close = |(a, b): (&Ranked, &Ranked)| (a.standing - b.standing).abs() < 1e-12;
        let (all, fewer) = (ranked(&graph), ranked(&without));
        prop_assert_eq!(all.len(), fewer.len());
        prop_assert!(all.iter().zip(&fewer).all(close));
    }
}
