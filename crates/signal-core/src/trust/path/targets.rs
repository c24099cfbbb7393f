//! The strengths of trust from one person to many at once.

use std::cmp::Reverse;

use super::{Budget, ONE, PathLimits, extend};
use crate::model::UserId;
use crate::trust::graph::TrustGraph;

/// People whom trust is followed to together, such as the sample behind a percentile: asked for once, answered from
/// anybody.
///
/// The last edges of all paths are gathered beforehand, by the person they leave. A question then walks the edges
/// within one step less than the path from its asker, and stops at those few people; nothing but a bit is looked at
/// for all others. Holds for the graph it was made from. Takes 8 bytes a gathered edge and a bit and a half a person.
///
/// ```
/// use signal_core::model::{Timestamp, TrustWeight, UserId};
/// use signal_core::trust::{PathLimits, Targets, TrustGraph};
///
/// let [ann, ben, cleo] = [1, 2, 3].map(|n| UserId::new(Timestamp::from_seconds(n), [0; 10]));
/// let half = TrustWeight::from_fraction(0.5)?;
/// let graph = TrustGraph::from_edges([(ann, ben, half), (ben, cleo, half)]);
/// let targets = Targets::new(&graph, vec![ann, ben, cleo]);
/// let found = targets.strengths(&graph, ann, PathLimits::unbounded(3));
/// assert_eq!((found.strengths, found.complete), (vec![1.0, 0.5, 0.25], true));
/// # Ok::<(), signal_core::model::InvalidNumber>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Targets {
    people: Vec<UserId>,
    /// Who has an edge to a target: 64 people a word.
    near: Vec<Word>,
    /// Where the edges of each of them end, in the order of their numbers.
    ends: Vec<u32>,
    edges: Vec<LastEdge>,
}

/// 64 people, and how many came before them.
#[derive(Debug, Clone, Copy, Default)]
struct Word {
    bits: u64,
    before: u32,
}

/// An edge to a target.
#[derive(Debug, Clone, Copy)]
struct LastEdge {
    target: u32,
    weight: u16,
}

/// How strongly one person trusts each of the targets.
#[derive(Debug, Clone, PartialEq)]
pub struct Strengths {
    /// In the order of the targets: 1 for the person themselves, 0 where trust does not reach.
    pub strengths: Vec<f64>,
    /// Whether everything was looked at that could have changed the answer. When not, trust is at least as strong as
    /// said.
    pub complete: bool,
}

impl Targets {
    /// Gathers the edges that end at these people. Takes O(e log e) for e such edges.
    pub fn new(graph: &TrustGraph, people: Vec<UserId>) -> Self {
        let mut gathered: Vec<(u32, LastEdge)> = Vec::new();
        for (target, user) in (0u32..).zip(&people) {
            let Some(index) = graph.index(*user) else { continue };
            gathered.extend(graph.incoming(index).map(|(from, weight)| (from, LastEdge { target, weight })));
        }
        gathered.sort_unstable_by_key(|(from, edge)| (*from, edge.target));
        let mut near = vec![Word::default(); (graph.numbers() as usize).div_ceil(64)];
        let mut ends = Vec::new();
        for (at, (from, _)) in (0u32..).zip(&gathered) {
            let bit = 1u64 << (from % 64);
            let Some(word) = near.get_mut((from / 64) as usize) else { continue };
            if word.bits & bit == 0 {
                word.bits |= bit;
                ends.push(at);
            }
        }
        let mut before = 0;
        for word in &mut near {
            word.before = before;
            before += word.bits.count_ones();
        }
        ends.push(u32::try_from(gathered.len()).unwrap_or(u32::MAX));
        Self { people, near, ends, edges: gathered.into_iter().map(|(_, edge)| edge).collect() }
    }

    /// Whom it is about, in the order of the answers.
    pub fn people(&self) -> &[UserId] {
        &self.people
    }

    /// How strongly `a` trusts each of them within the limits, in the graph that the targets were made from.
    ///
    /// Exact, and equal to [`strength`](fn@super::strength) for each. Takes O(edges within one step less than the path
    /// from `a`), and never more than `limits.edges`.
    pub fn strengths(&self, graph: &TrustGraph, a: UserId, limits: PathLimits) -> Strengths {
        let mut products = vec![0u64; self.people.len()];
        let mut complete = true;
        if let (Some(start), true) = (graph.index(a), limits.hops() > 0) {
            let mut walk = Walk { targets: self, best: vec![0; self.ends.len()], met: Vec::new() };
            complete = walk.run(graph, start, limits);
            walk.finish(&mut products);
        }
        for (user, product) in self.people.iter().zip(&mut products) {
            if *user == a {
                *product = ONE;
            }
        }
        Strengths { strengths: products.into_iter().map(super::fraction).collect(), complete }
    }

    /// The place of somebody among those with an edge to a target.
    fn place(&self, person: u32) -> Option<u32> {
        let word = self.near.get((person / 64) as usize)?;
        let bit = 1u64 << (person % 64);
        (word.bits & bit != 0).then(|| word.before + (word.bits & (bit - 1)).count_ones())
    }
}

/// The way from one person to those with an edge to a target.
struct Walk<'t> {
    targets: &'t Targets,
    /// The best product to each of them; 0 until met.
    best: Vec<u64>,
    met: Vec<u32>,
}

impl Walk<'_> {
    fn meet(&mut self, person: u32, product: u64) {
        let Some(place) = self.targets.place(person) else { return };
        let Some(best) = self.best.get_mut(place as usize) else { return };
        if *best == 0 {
            self.met.push(place);
        }
        *best = product.max(*best);
    }

    /// Walks layer by layer; false when the budget did not suffice.
    fn run(&mut self, graph: &TrustGraph, start: u32, limits: PathLimits) -> bool {
        let mut budget = Budget::new(limits);
        self.meet(start, ONE);
        let mut layer = vec![(start, ONE)];
        for left in (0..limits.hops().saturating_sub(1)).rev() {
            let mut next = Vec::new();
            let edges: usize = layer.iter().map(|way| 1 + graph.outgoing(way.0).at_most()).sum();
            if !budget.suffices(edges) {
                // The strongest ways first, so that little is lost where the budget ends.
                layer.sort_by_cached_key(|&(person, product)| (Reverse(product), graph.user(person)));
            }
            for &(person, product) in &layer {
                let row = graph.outgoing(person);
                if !budget.pay(1 + row.at_most()) {
                    return false;
                }
                row.for_each(|(end, weight)| {
                    let product = extend(product, weight);
                    self.meet(end, product);
                    if left > 0 {
                        next.push((end, product));
                    }
                });
            }
            // Of the ways to one person only the best is walked on.
            next.sort_unstable_by(|x, y| x.0.cmp(&y.0).then(y.1.cmp(&x.1)));
            next.dedup_by_key(|way| way.0);
            layer = next;
        }
        true
    }

    /// One more edge, to the targets.
    fn finish(self, products: &mut [u64]) {
        for place in self.met {
            let at = |place: u32| self.targets.ends.get(place as usize).map(|end| *end as usize);
            let (Some(start), Some(end)) = (at(place), at(place + 1)) else { continue };
            let product = self.best.get(place as usize).copied().unwrap_or(0);
            for edge in self.targets.edges.get(start..end).unwrap_or_default() {
                if let Some(known) = products.get_mut(edge.target as usize) {
                    *known = extend(product, edge.weight).max(*known);
                }
            }
        }
    }
}
