//! One step of standing along all edges: everybody collects from those who trust them.
//!
//! The rows of incoming edges are read once, in order; only the flows of the people at their other ends are looked up
//! out of order, 4 bytes each. Nobody writes to a place of somebody else's, so threads need no locks and the order of
//! every sum is fixed.

use rayon::prelude::*;

use crate::trust::graph::TrustGraph;

/// Pieces of the graph that threads take: many, so that none waits long for the last one, and always as many.
const PIECES: usize = 256;
/// Numbers that are added up in one go; sums of sums follow the same order on any number of threads.
const SUM_CHUNK: usize = 8_192;
/// Sums that a person's edges are dealt to: an addition takes about as long as so many more that need not wait for it.
const LANES: usize = 4;

/// A packed graph, ready for iterations.
pub(super) struct Flow<'g> {
    graph: &'g TrustGraph,
    /// What one unit of standing is worth a ten-thousandth of weight; 0 for those who trust nobody.
    share: Vec<f64>,
    cuts: Vec<(u32, u32)>,
    flows: Vec<f32>,
}

impl<'g> Flow<'g> {
    pub(super) fn new(graph: &'g TrustGraph) -> Self {
        let share = totals(graph).into_iter().map(|total| if total > 0 { 1.0 / total as f64 } else { 0.0 });
        let share: Vec<f64> = share.collect();
        Self { graph, cuts: graph.cuts(PIECES), flows: vec![0.0; share.len()], share }
    }

    /// Moves standing on by one iteration; gives what changed in sum.
    pub(super) fn step(&mut self, values: &mut [f64], source: &[f64], damping: f64) -> f64 {
        let Self { graph, share, cuts, flows } = self;
        #[expect(clippy::cast_possible_truncation, reason = "flows are single-precision by design")]
        flows.par_iter_mut().zip(&*values).zip(&*share).for_each(|((flow, value), share)| {
            *flow = (value * share) as f32;
        });
        let lost = sum_by(values.len(), |place| {
            let trusts = share.get(place).is_some_and(|share| *share > 0.0);
            if trusts { 0.0 } else { values.get(place).copied().unwrap_or(0.0) }
        });
        let spring = (1.0 - damping) + damping * lost;
        let flows = flows.as_slice();
        let changes: Vec<f64> = pieces(cuts, values)
            .into_par_iter()
            .map(|(from, values)| {
                let mut changed = 0.0;
                for (person, value) in (from..).zip(values) {
                    let restart = source.get(person as usize).copied().unwrap_or(0.0);
                    let fresh = spring * restart + damping * collected(graph, person, flows);
                    changed += (fresh - *value).abs();
                    *value = fresh;
                }
                changed
            })
            .collect();
        changes.iter().sum()
    }
}

/// What reaches a person in a packed graph: every fourth edge goes to the same one of four sums, which wait for
/// each other only at the end.
fn collected(graph: &TrustGraph, person: u32, flows: &[f32]) -> f64 {
    let (ends, weights) = graph.incoming_packed(person);
    let carried = |(end, weight): (&u32, &u16)| {
        f64::from(flows.get(*end as usize).copied().unwrap_or(0.0) * f32::from(*weight))
    };
    let ((ends, last_ends), (weights, last_weights)) =
        (ends.as_chunks::<LANES>(), weights.as_chunks::<LANES>());
    let mut sums = [0.0; LANES];
    for (ends, weights) in ends.iter().zip(weights) {
        for (sum, edge) in sums.iter_mut().zip(ends.iter().zip(weights)) {
            *sum += carried(edge);
        }
    }
    let rest: f64 = last_ends.iter().zip(last_weights).map(carried).sum();
    sums.iter().sum::<f64>() + rest
}

/// Σ of the weights that each person gives, by number.
pub(super) fn totals(graph: &TrustGraph) -> Vec<u64> {
    let total = |person| graph.outgoing(person).map(|edge| u64::from(edge.1)).sum();
    (0..graph.numbers()).into_par_iter().map(total).collect()
}

/// A list cut into the parts of the given ranges, each with where it starts.
pub(super) fn pieces<'v, T>(cuts: &[(u32, u32)], list: &'v mut [T]) -> Vec<(u32, &'v mut [T])> {
    let mut rest = list;
    let mut parts = Vec::with_capacity(cuts.len());
    for &(from, to) in cuts {
        let (part, others) = std::mem::take(&mut rest).split_at_mut((to - from) as usize);
        parts.push((from, part));
        rest = others;
    }
    parts
}

/// Σ of a list, in an order that does not depend on threads.
pub(super) fn sum(list: &[f64]) -> f64 {
    sum_by(list.len(), |place| list.get(place).copied().unwrap_or(0.0))
}

/// Σ over 0..len, in an order that does not depend on threads.
pub(super) fn sum_by(len: usize, term: impl Fn(usize) -> f64 + Sync) -> f64 {
    let chunks: Vec<f64> = (0..len.div_ceil(SUM_CHUNK))
        .into_par_iter()
        .map(|chunk| (chunk * SUM_CHUNK..len.min((chunk + 1) * SUM_CHUNK)).map(&term).sum())
        .collect();
    chunks.iter().sum()
}
