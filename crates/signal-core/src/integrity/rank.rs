//! Numbers about single people: suspicion and reliability.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::UserId;
use crate::trust::{Standings, TrustGraph};

/// How little honest trust reaches each person for the number of their links: 1 for the least, 0 for the most.
///
/// The ranking of `SybilRank` (Cao, Sirivianos, Yang and Pregueiro, NSDI 2012): standing divided by degree, because
/// fakes can link to each other as much as they like, but only honest people hand standing on. The degree is the number
/// of people linked by trust in either direction, at least 1. Equals share the mean of their ranks; a person alone has
/// nobody to be compared with and gets 0. Covers exactly the people of `standings`; takes O(edges · log).
///
/// `SybilRank` stops its walk after log n steps; here the walk returns to its seeds instead, which keeps it as near to
/// them and makes the result a fixed point.
pub fn suspicion(graph: &TrustGraph, standings: &Standings) -> BTreeMap<UserId, f64> {
    let mut ranked: Vec<(f64, UserId)> =
        standings.iter().map(|(user, standing)| (standing / degree(graph, user), user)).collect();
    ranked.sort_by(|x, y| y.0.total_cmp(&x.0).then(x.1.cmp(&y.1)));
    let Some(last) = ranked.len().checked_sub(1).filter(|last| *last > 0) else {
        return ranked.into_iter().map(|(_, user)| (user, 0.0)).collect();
    };
    let mut suspicion = BTreeMap::new();
    let mut before = 0;
    for equals in ranked.chunk_by(|x, y| x.0.total_cmp(&y.0).is_eq()) {
        let middle = before as f64 + (equals.len() - 1) as f64 / 2.0;
        suspicion.extend(equals.iter().map(|&(_, user)| (user, middle / last as f64)));
        before += equals.len();
    }
    suspicion
}

fn degree(graph: &TrustGraph, user: UserId) -> f64 {
    let Some(index) = graph.index(user) else {
        return 1.0;
    };
    let linked: BTreeSet<u32> =
        graph.outgoing(index).chain(graph.incoming(index)).map(|edge| edge.0).collect();
    linked.len().max(1) as f64
}

/// How far a rater's word is worth listening to, in (0, 1): the mean of Beta(1 + agreements, 1 + disagreements), Laplace's
/// rule of succession.
///
/// `agreements` of `rated` counted ratings were on the side of the outcome. Without any the answer is a half; ten of ten
/// give 0.917, so that a record has to be long before it is trusted.
///
/// ```
/// # use signal_core::integrity::reliability;
/// assert_eq!([reliability(0, 0), reliability(3, 4), reliability(0, 8)], [0.5, 4.0 / 6.0, 0.1]);
/// ```
pub fn reliability(agreements: u32, rated: u32) -> f64 {
    (f64::from(agreements.min(rated)) + 1.0) / (f64::from(rated) + 2.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::{Timestamp, TrustWeight};
    use crate::trust::{Restart, RestartKind, Spread, Stop, standing};

    fn user(n: u8) -> UserId {
        UserId::new(Timestamp::from_seconds(1), [n; 10])
    }

    fn graph(edges: &[(u8, u8)]) -> TrustGraph {
        TrustGraph::from_edges(edges.iter().map(|&(from, to)| (user(from), user(to), TrustWeight::FULL)))
    }

    #[test]
    fn golden_suspicions() {
        // docs/algorithms.md, "Integrity": standing over degree is 0.2, 0.1, 0.1, 0.05.
        let graph = graph(&[(1, 2), (2, 3), (3, 4)]);
        let standing =
            [(1, 0.2), (2, 0.2), (3, 0.2), (4, 0.05)].map(|(n, s)| (user(n), s)).into_iter().collect();
        let found = suspicion(&graph, &standing);
        assert_eq!([1, 2, 3, 4].map(|n| Some(found[&user(n)])), [0.0, 0.5, 0.5, 1.0].map(Some));
    }

    #[test]
    fn nobody_is_suspect_alone() {
        assert!(suspicion(&graph(&[]), &Standings::default()).is_empty());
        assert_eq!(suspicion(&graph(&[]), &Standings::from_iter([(user(1), 1.0)])), [(user(1), 0.0)].into());
    }

    #[test]
    fn a_sybil_region_behind_one_attack_edge_is_most_suspect() {
        // 0..20 are honest and know each other; 20..30 are one person's, and 0 was fooled into trusting one of them.
        let mut edges: Vec<(u8, u8)> =
            (0..20).flat_map(|n| (1..6).map(move |step| (n, (n + step * 3) % 20))).collect();
        edges.extend((20..30).flat_map(|n| (20..30).filter(move |m| *m != n).map(move |m| (n, m))));
        edges.push((0, 20));
        let graph = graph(&edges);
        let seeds =
            Restart { weights: (0..5).map(|n| (user(n), 1.0)).collect(), kind: RestartKind::Verified };
        let found =
            suspicion(&graph, &standing(&graph, &seeds, Spread { damping: 0.85, stop: Stop::After(50) }));
        let least_sybil = (20..30).map(|n| found[&user(n)]).fold(1.0, f64::min);
        let most_honest = (0..20).map(|n| found[&user(n)]).fold(0.0, f64::max);
        assert!(least_sybil > most_honest, "{least_sybil} {most_honest}");
    }

    #[test]
    fn golden_reliabilities() {
        let table = [(0, 0, 0.5), (1, 1, 2.0 / 3.0), (10, 10, 11.0 / 12.0), (0, 8, 0.1), (9, 4, 5.0 / 6.0)];
        for (agreements, rated, expected) in table {
            assert!((reliability(agreements, rated) - expected).abs() < 1e-12, "{agreements} of {rated}");
        }
        assert!(reliability(u32::MAX, u32::MAX) < 1.0);
    }

    proptest! {
        /// Ranks keep the order of standing over degree, and their mean is a half.
        #[test]
        fn suspicion_is_a_rank(
            edges in prop::collection::vec((0u8..8, 0u8..8), 0..20),
            standings in prop::collection::btree_map(0u8..10, prop::sample::select(vec![0.0, 0.1, 0.2, 0.4]), 2..10),
        ) {
            let graph = graph(&edges);
            let standing: BTreeMap<UserId, f64> = standings.iter().map(|(&n, &s)| (user(n), s)).collect();
            let found = suspicion(&graph, &standing.iter().map(|(user, s)| (*user, *s)).collect());
            prop_assert!((found.values().sum::<f64>() / found.len() as f64 - 0.5).abs() < 1e-9);
            let value = |user: &UserId| standing[user] / degree(&graph, *user);
            for (one, suspicion_of_one) in &found {
                for (other, suspicion_of_other) in &found {
                    prop_assert_eq!(value(one) > value(other), suspicion_of_one < suspicion_of_other);
                }
            }
        }
    }
}
