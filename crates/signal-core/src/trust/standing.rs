//! Standing: trust that has spread through the whole community.
//!
//! Personalised `PageRank` (Page, Brin, Motwani and Winograd 1999; as `EigenTrust` in Kamvar, Schlosser and
//! Garcia-Molina, WWW 2003, section 4.5 with its pre-trusted peers):
//!
//! ```text
//! s₀   = r
//! sₜ₊₁ = (1 − d) · r + d · (Wᵀ sₜ + lost(sₜ) · r)
//! ```
//!
//! `r` is the restart distribution, `W` the trust weights with every row scaled to 1, `d` the damping and `lost` the
//! standing of people who trust nobody, which returns to the restart set. So the sum stays 1, and a ring of accounts
//! that nobody outside trusts keeps nothing.

use std::collections::BTreeMap;

use super::TrustGraph;
use crate::model::UserId;

/// Where standing comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Restart {
    /// People and their restart weights; weights that are not above 0 are ignored, the rest is scaled to sum 1.
    pub weights: Vec<(UserId, f64)>,
    /// Why these people.
    pub kind: RestartKind,
}

/// Which people standing springs from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RestartKind {
    /// People whose identity was verified.
    Verified,
    /// Nobody is verified: people the operator chose.
    OperatorSeeds,
    /// Neither: everyone who claimed an account, alike.
    AllClaimed,
}

/// The standing of everyone with an edge or in the restart set. Sums to 1; empty when nobody has a restart weight.
///
/// `damping` in [0, 1] is the share that flows along edges. Costs O(iterations · edges). The sums run in the order of
/// ids, so that the order in which the graph was built leaves no trace in the last bits.
pub fn standing(
    graph: &TrustGraph,
    restart: &Restart,
    damping: f64,
    iterations: u32,
) -> BTreeMap<UserId, f64> {
    let Some(source) = distribution(restart) else {
        return BTreeMap::new();
    };
    let damping = if damping.is_finite() { damping.clamp(0.0, 1.0) } else { 0.0 };
    let rows = Rows::new(graph, &source);
    let mut current = rows.restart.clone();
    for _ in 0..iterations {
        current = rows.step(&current, damping);
    }
    rows.people.into_iter().zip(current).collect()
}

/// The restart weights scaled to sum 1; `None` when there are none.
fn distribution(restart: &Restart) -> Option<BTreeMap<UserId, f64>> {
    let mut weights: BTreeMap<UserId, f64> = BTreeMap::new();
    for &(user, weight) in &restart.weights {
        if weight.is_finite() && weight > 0.0 {
            *weights.entry(user).or_default() += weight;
        }
    }
    let total: f64 = weights.values().sum();
    if total <= 0.0 || !total.is_finite() {
        return None;
    }
    for weight in weights.values_mut() {
        *weight /= total;
    }
    Some(weights)
}

/// The community in the order of ids.
struct Rows {
    people: Vec<UserId>,
    restart: Vec<f64>,
    /// For each person, who trusts them and which share of that one's trust it is.
    incoming: Vec<Vec<(usize, f64)>>,
    /// Those who trust nobody.
    lost: Vec<usize>,
}

impl Rows {
    fn new(graph: &TrustGraph, source: &BTreeMap<UserId, f64>) -> Self {
        let mut numbers: BTreeMap<UserId, Option<u32>> = source.keys().map(|&user| (user, None)).collect();
        // Who is known without an edge is an accident of the past, and must leave no trace.
        let linked = |index: u32| !(graph.outgoing(index).is_empty() && graph.incoming(index).is_empty());
        numbers.extend(graph.people().filter(|(_, i)| linked(*i)).map(|(user, i)| (user, Some(i))));
        let place: BTreeMap<u32, usize> =
            numbers.values().enumerate().filter_map(|(place, number)| number.map(|n| (n, place))).collect();
        let outgoing = |number: Option<u32>| number.map_or(&[][..], |n| graph.outgoing(n));
        let totals: Vec<u64> =
            numbers.values().map(|&n| outgoing(n).iter().map(|edge| u64::from(edge.1)).sum()).collect();
        let share = |from: u32, weight: u16| {
            let from = *place.get(&from)?;
            let total = *totals.get(from)?;
            (total > 0).then(|| (from, f64::from(weight) / total as f64))
        };
        let incoming = numbers.values().map(|&number| {
            let edges = number.map_or(&[][..], |n| graph.incoming(n));
            let mut row: Vec<_> = edges.iter().filter_map(|&(from, weight)| share(from, weight)).collect();
            row.sort_unstable_by_key(|&(from, _)| from);
            row
        });
        Self {
            incoming: incoming.collect(),
            restart: numbers.keys().map(|user| source.get(user).copied().unwrap_or(0.0)).collect(),
            lost: totals
                .iter()
                .enumerate()
                .filter(|(_, total)| **total == 0)
                .map(|(place, _)| place)
                .collect(),
            people: numbers.into_keys().collect(),
        }
    }

    fn step(&self, current: &[f64], damping: f64) -> Vec<f64> {
        let of = |place: usize| current.get(place).copied().unwrap_or(0.0);
        let lost: f64 = self.lost.iter().map(|&place| of(place)).sum();
        let spring = (1.0 - damping) + damping * lost;
        let flows =
            self.incoming.iter().map(|row| row.iter().map(|&(from, share)| of(from) * share).sum::<f64>());
        self.restart.iter().zip(flows).map(|(restart, flow)| spring * restart + damping * flow).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::{Timestamp, TrustWeight};

    fn user(n: u8) -> UserId {
        UserId::new(Timestamp::from_seconds(1), [n; 10])
    }

    fn graph(edges: &[(u8, u8, u16)]) -> TrustGraph {
        TrustGraph::from_edges(edges.iter().map(|&(from, to, weight)| {
            (user(from), user(to), TrustWeight::from_ten_thousandths(weight).unwrap())
        }))
    }

    fn restart(weights: &[(u8, f64)]) -> Restart {
        Restart {
            weights: weights.iter().map(|&(n, weight)| (user(n), weight)).collect(),
            kind: RestartKind::Verified,
        }
    }

    fn close(found: &BTreeMap<UserId, f64>, expected: &[(u8, f64)]) {
        assert_eq!(found.len(), expected.len());
        for &(n, value) in expected {
            assert!((found[&user(n)] - value).abs() < 1e-6, "{n}: {} is not {value}", found[&user(n)]);
        }
    }

    #[test]
    fn golden_standings() {
        // docs/algorithms.md, "Standing": the seed trusts ann three times as much as ben; both trust nobody.
        let fork = graph(&[(0, 1, 9_000), (0, 2, 3_000)]);
        close(
            &standing(&fork, &restart(&[(0, 1.0)]), 0.85, 200),
            &[(0, 0.540_541), (1, 0.344_595), (2, 0.114_865)],
        );
        // Two people who trust each other share what the one of them springs.
        let pair = graph(&[(0, 1, 10_000), (1, 0, 10_000)]);
        close(&standing(&pair, &restart(&[(0, 1.0)]), 0.85, 200), &[(0, 0.540_541), (1, 0.459_459)]);
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
        let found = standing(&ring, &restart(&[(0, 1.0)]), 0.85, 50);
        assert!([2, 3, 4].iter().all(|&n| found[&user(n)] == 0.0), "{found:?}");
    }

    #[test]
    fn seeds_outside_the_graph_count_and_no_seed_means_no_answer() {
        close(&standing(&graph(&[]), &restart(&[(7, 3.0), (8, 1.0)]), 0.85, 50), &[(7, 0.75), (8, 0.25)]);
        assert!(standing(&graph(&[(0, 1, 1)]), &restart(&[(0, 0.0), (1, f64::NAN)]), 0.85, 50).is_empty());
    }

    #[test]
    fn who_is_known_without_an_edge_leaves_no_trace() {
        let edges = graph(&[(0, 1, 10_000)]);
        let mut past = edges.clone();
        past.set(user(2), user(3), Some(TrustWeight::FULL));
        past.set(user(2), user(3), None);
        assert_eq!((past.users(), edges.users()), (4, 2));
        let found = |graph: &TrustGraph| standing(graph, &restart(&[(0, 1.0)]), 0.85, 50);
        assert_eq!(found(&past), found(&edges));
    }

    proptest! {
        /// The sum is 1, nothing is negative, and the order of the edges leaves no trace.
        #[test]
        fn standing_is_a_distribution_whatever_the_order(
            mut edges in prop::collection::vec((0u8..9, 0u8..9, 1u16..=10_000), 0..40),
            seeds in prop::collection::vec((0u8..12, 0.1f64..5.0), 1..4),
            iterations in 0u32..60,
        ) {
            edges.sort_unstable();
            edges.dedup_by_key(|edge| (edge.0, edge.1));
            let forward = standing(&graph(&edges), &restart(&seeds), 0.85, iterations);
            edges.reverse();
            let backward = standing(&graph(&edges), &restart(&seeds), 0.85, iterations);
            prop_assert_eq!(&forward, &backward);
            prop_assert!((forward.values().sum::<f64>() - 1.0).abs() < 1e-9);
            prop_assert!(forward.values().all(|standing| (0.0..=1.0 + 1e-9).contains(standing)));
        }
    }
}
