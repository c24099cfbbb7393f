//! How far trust carries: the best product of weights over a few edges.
//!
//! `trust_path(a, b)` is the maximum over paths a → b of at most [`MAX_HOPS`] edges (policy says how many) of the
//! product of the weights. It is the widest-path idea of `TidalTrust` and `MoleTrust` (Golbeck 2005; Massa and
//! Avesani 2007) with a product in place of the minimum, so that trust fades with every step.
//!
//! Weights are at most 1, so a walk that meets a person twice is never better than the one without the loop: the
//! layers below need not remember whom a walk has met. Products are integers, so equal paths are exactly equal and
//! the tie is broken by rule: fewer edges first, then the smaller ids from *a* on.

use std::collections::BTreeMap;

use super::graph::{TrustGraph, find};
use crate::model::{TrustWeight, UserId};

/// The most edges of a path: products of four weights are exact in 64 bits.
pub const MAX_HOPS: u8 = 4;

/// A product of 1, in units of 10⁻¹⁶: ten-thousandths to the power of [`MAX_HOPS`].
const ONE: u64 = 10_000_000_000_000_000;

/// The strongest path from one person to another.
#[derive(Debug, Clone, PartialEq)]
pub struct TrustPath {
    /// The product of the weights, in (0, 1].
    pub strength: f64,
    /// The same product, exact, in units of 10⁻¹⁶; two paths are equally strong when these are equal.
    pub product: u64,
    /// The people on the path, from *a* to *b*, both included.
    pub users: Vec<UserId>,
}

/// The strongest path from `a` to `b` of at most `max_hops` edges (itself at most [`MAX_HOPS`]); `None` when there is
/// none. From a person to the same person it is 1, known to the graph or not.
///
/// The last edge is looked up from `b`'s side, so with 3 edges this walks two steps out from `a` only:
/// O(d² log d) for d edges a person.
///
/// ```
/// use signal_core::model::{Timestamp, TrustWeight, UserId};
/// use signal_core::trust::{TrustGraph, strength};
///
/// let [ann, ben, cleo] = [1, 2, 3].map(|n| UserId::new(Timestamp::from_seconds(n), [0; 10]));
/// let half = TrustWeight::from_fraction(0.5)?;
/// let graph = TrustGraph::from_edges([(ann, ben, half), (ben, cleo, half)]);
/// let path = strength(&graph, ann, cleo, 3).expect("there is a path");
/// assert_eq!((path.strength, path.users), (0.25, vec![ann, ben, cleo]));
/// # Ok::<(), signal_core::model::InvalidNumber>(())
/// ```
pub fn strength(graph: &TrustGraph, a: UserId, b: UserId, max_hops: u8) -> Option<TrustPath> {
    if a == b {
        return Some(TrustPath { strength: 1.0, product: ONE, users: vec![a] });
    }
    let (from, to) = (graph.index(a)?, graph.index(b)?);
    let incoming = graph.incoming(to);
    let layers = Layers::walk(graph, from, max_hops.min(MAX_HOPS).checked_sub(1)?);
    let mut best: Option<(u64, usize, usize)> = None;
    for (hops, layer) in layers.steps.iter().enumerate() {
        for (place, step) in layer.iter().enumerate() {
            let Some(weight) = find(incoming, step.node) else {
                continue;
            };
            let product = extend(step.product, weight);
            if best.is_none_or(|(strongest, ..)| product > strongest) {
                best = Some((product, hops, place));
            }
        }
    }
    let (product, hops, place) = best?;
    let mut users = layers.trace(graph, hops, place);
    users.push(b);
    Some(TrustPath { strength: fraction(product), product, users })
}

/// Everyone whom `a`'s trust reaches within `max_hops` edges (at most [`MAX_HOPS`]), with the strength of the best
/// path: strongest first, then by id. `a` is not among them.
///
/// Walks every edge within reach once a layer: O(edges within reach · log).
pub fn reach(graph: &TrustGraph, a: UserId, max_hops: u8) -> Vec<(UserId, f64)> {
    let Some(start) = graph.index(a) else {
        return Vec::new();
    };
    let mut people: Vec<(UserId, u64)> = Layers::walk(graph, start, max_hops.min(MAX_HOPS))
        .best
        .into_iter()
        .filter(|&(node, _)| node != start)
        .filter_map(|(node, product)| graph.user(node).map(|user| (user, product)))
        .collect();
    people.sort_unstable_by(|x, y| y.1.cmp(&x.1).then(x.0.cmp(&y.0)));
    people.into_iter().map(|(user, product)| (user, fraction(product))).collect()
}

/// One person reached, and how.
struct Step {
    node: u32,
    product: u64,
    /// Place in the layer before.
    parent: usize,
}

/// What is reached by exactly 0, 1, 2 … edges, where that is better than by fewer. Each layer is ordered by the ids
/// along the path, so that of equal products the first is the one to keep.
struct Layers {
    steps: Vec<Vec<Step>>,
    best: BTreeMap<u32, u64>,
}

impl Layers {
    fn walk(graph: &TrustGraph, start: u32, hops: u8) -> Self {
        let mut best = BTreeMap::from([(start, ONE)]);
        let mut steps = vec![vec![Step { node: start, product: ONE, parent: 0 }]];
        for _ in 0..hops {
            let layer = steps.last().map_or_else(Vec::new, |last| next_layer(graph, last, &mut best));
            if layer.is_empty() {
                break;
            }
            steps.push(layer);
        }
        Self { steps, best }
    }

    /// The people on the way to a place in a layer, from the start on.
    fn trace(&self, graph: &TrustGraph, layer: usize, place: usize) -> Vec<UserId> {
        let mut users = Vec::with_capacity(layer + 2);
        let mut place = place;
        for steps in self.steps.iter().take(layer + 1).rev() {
            let Some(step) = steps.get(place) else { break };
            users.extend(graph.user(step.node));
            place = step.parent;
        }
        users.reverse();
        users
    }
}

fn next_layer(graph: &TrustGraph, layer: &[Step], best: &mut BTreeMap<u32, u64>) -> Vec<Step> {
    let mut found: BTreeMap<u32, Step> = BTreeMap::new();
    for (parent, step) in layer.iter().enumerate() {
        for &(node, weight) in graph.outgoing(step.node) {
            let product = extend(step.product, weight);
            let known = best.get(&node).copied().unwrap_or(0);
            if product > known && found.get(&node).is_none_or(|other| product > other.product) {
                found.insert(node, Step { node, product, parent });
            }
        }
    }
    best.extend(found.values().map(|step| (step.node, step.product)));
    let mut next: Vec<Step> = found.into_values().collect();
    next.sort_by_cached_key(|step| (step.parent, graph.user(step.node)));
    next
}

/// The product of a path and one more edge. Exact: a path of k edges is a multiple of 10⁴ to the power of 4 − k.
fn extend(product: u64, weight: u16) -> u64 {
    product / u64::from(TrustWeight::ONE) * u64::from(weight)
}

fn fraction(product: u64) -> f64 {
    product as f64 / ONE as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Timestamp;

    fn user(n: u8) -> UserId {
        UserId::new(Timestamp::from_seconds(1), [n; 10])
    }

    fn graph(edges: &[(u8, u8, u16)]) -> TrustGraph {
        TrustGraph::from_edges(edges.iter().map(|&(from, to, weight)| {
            (user(from), user(to), TrustWeight::from_ten_thousandths(weight).unwrap())
        }))
    }

    fn people(path: Option<TrustPath>) -> Vec<UserId> {
        path.map(|path| path.users).unwrap_or_default()
    }

    #[test]
    fn golden_paths() {
        // docs/algorithms.md, "Compatibility": a = 1, b = 2, x = 3, y = 4, c = 5.
        let edges =
            [(1, 2, 5_000), (1, 3, 9_000), (3, 2, 8_000), (3, 4, 10_000), (4, 2, 10_000), (2, 5, 3_333)];
        let graph = graph(&edges);
        let at = |b, hops| strength(&graph, user(1), user(b), hops).map(|path| path.product);
        assert_eq!(at(2, 1), Some(5_000_000_000_000_000));
        assert_eq!(at(2, 2), Some(7_200_000_000_000_000));
        assert_eq!(at(2, 3), Some(9_000_000_000_000_000));
        assert_eq!(at(5, 3), Some(2_399_760_000_000_000));
        assert_eq!(at(5, 4), Some(2_999_700_000_000_000));
        assert_eq!(people(strength(&graph, user(1), user(2), 3)), [1, 3, 4, 2].map(user));
        assert_eq!(strength(&graph, user(5), user(1), 3), None);
        assert_eq!(at(1, 0), Some(ONE));
        assert_eq!(at(2, 0), None);
    }

    #[test]
    fn of_equal_paths_the_shorter_and_then_the_smaller_ids_win() {
        let edges =
            [(1, 9, 10_000), (9, 2, 2_500), (1, 4, 5_000), (1, 3, 5_000), (4, 2, 5_000), (3, 2, 5_000)];
        assert_eq!(people(strength(&graph(&edges), user(1), user(2), 3)), [1, 3, 2].map(user));
        let direct = [(1, 3, 10_000), (3, 2, 5_000), (1, 2, 5_000)];
        assert_eq!(people(strength(&graph(&direct), user(1), user(2), 3)), [1, 2].map(user));
    }

    #[test]
    fn a_stranger_reaches_nobody() {
        assert_eq!(reach(&graph(&[(1, 2, 5_000)]), user(7), 3), []);
        assert_eq!(people(strength(&graph(&[]), user(7), user(7), 3)), [user(7)]);
    }

    /// Every walk of at most `hops` edges from the end of `walk`, with its product.
    fn walks(
        edges: &[(u8, u8, u16)],
        walk: &mut Vec<u8>,
        product: u64,
        hops: u8,
        out: &mut Vec<(u64, Vec<u8>)>,
    ) {
        out.push((product, walk.clone()));
        if hops == 0 {
            return;
        }
        for &(from, to, weight) in edges {
            if Some(&from) == walk.last() && from != to {
                walk.push(to);
                walks(edges, walk, product / 10_000 * u64::from(weight), hops - 1, out);
                walk.pop();
            }
        }
    }

    proptest! {
        /// The best of all walks, by the rule for ties, is what both functions find.
        #[test]
        fn no_walk_is_better(
            pairs in prop::collection::btree_map((0u8..6, 0u8..6), prop::sample::select(vec![2_500u16, 5_000, 9_999, 10_000]), 0..18),
            hops in 1u8..=4,
        ) {
            let edges: Vec<_> = pairs.iter().map(|(&(from, to), &weight)| (from, to, weight)).collect();
            let graph = graph(&edges);
            let mut all = Vec::new();
            walks(&edges, &mut vec![0], ONE, hops, &mut all);
            let mut expected: Vec<(UserId, f64)> = Vec::new();
            for b in 1u8..6 {
                let best = all
                    .iter()
                    .filter(|(_, walk)| walk.last() == Some(&b))
                    .min_by_key(|(product, walk)| (std::cmp::Reverse(*product), walk.len(), walk.clone()));
                let found = strength(&graph, user(0), user(b), hops);
                prop_assert_eq!(found.as_ref().map(|path| path.product), best.map(|best| best.0));
                let named = best.map(|best| best.1.iter().map(|&n| user(n)).collect::<Vec<_>>());
                prop_assert_eq!(found.as_ref().map(|path| path.users.clone()), named);
                expected.extend(found.map(|path| (user(b), path.strength)));
            }
            expected.sort_by(|x, y| y.1.total_cmp(&x.1).then(x.0.cmp(&y.0)));
            prop_assert_eq!(reach(&graph, user(0), hops), expected);
        }
    }
}
